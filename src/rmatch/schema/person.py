"""The one schema of a person: the reader, the JSON Schema and the documents are all made from :class:`Person`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["id", "text", "category", "number", "whole", "items", "times", "people", "role"]


@dataclass(frozen=True)
class Cell:
    """How the cells of a canonical column are read, and under which other headers the column is known."""

    kind: Kind
    aliases: tuple[str, ...] = ()
    levels: bool = False


class Person(BaseModel):
    """One record of the export, as a typed value.

    The reader validates whole columns by the very metadata that stands here, so a file and a record
    can never disagree about what is valid.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    employee_id: Annotated[
        str,
        Field(min_length=1, description="Unique id; text, so that leading zeros survive."),
        Cell("id", ("emp id", "employee #", "employee no", "employee number", "emp no", "person id", "personnel number",
                    "personnel no", "staff id", "staff number", "worker id", "user id", "username", "payroll number")),
    ]  # fmt: skip
    name: Annotated[
        str,
        Field(description="Shown, never scored."),
        Cell("text", ("full name", "display name", "employee name", "preferred name", "worker")),
    ] = ""
    email: Annotated[
        str,
        Field(description="Shown, never scored; joins a directory where the id does not."),
        Cell("text", ("e-mail", "email address", "e-mail address", "work email", "contact e-mail", "mail")),
    ] = ""
    job_title: Annotated[
        str,
        Field(description="Shown, never scored."),
        Cell("text", ("title", "position", "position title", "business title", "generic job title")),
    ] = ""
    role: Annotated[
        Literal["mentor", "mentee", "both", "none"],
        Field(description="The junior who teaches, the senior who learns, both, or neither."),
        Cell("role", ("programme role", "program role", "mentoring role", "sign up as", "participates as")),
    ] = "none"
    side: Annotated[
        Literal["junior", "senior"] | None,
        Field(description="Where there are tracks: a junior or a senior, whoever teaches."),
        Cell("category", ("junior or senior", "seniority side")),
    ] = None
    tracks: Annotated[
        tuple[str, ...],
        Field(description="The tracks that the person joins; blank for all."),
        Cell("items", ("mentoring tracks", "programme tracks", "program tracks", "joins tracks")),
    ] = ()
    grade: Annotated[
        float | str | None,
        Field(description="Whole number, or a label of a declared order; higher is more senior."),
        Cell("whole", ("job grade", "pay grade", "level", "job level", "band", "grade or equivalent", "seniority")),
    ] = None
    department: Annotated[
        str,
        Field(description="Organisational unit."),
        Cell("category", ("dept", "department name", "org unit", "organisational unit", "organizational unit",
                          "business unit", "division", "unit")),
    ] = ""  # fmt: skip
    team: Annotated[str, Field(description="Team within the department."), Cell("category", ("team name", "squad"))] = (
        ""
    )
    manager_id: Annotated[
        str,
        Field(description="The `employee_id` of the direct manager."),
        Cell("text", ("reports to", "supervisor id", "manager", "line manager", "line manager id",
                      "manager employee id", "reports to id", "manager #", "supervisor", "reporting senior post",
                      "reports to senior post")),
    ] = ""  # fmt: skip
    location: Annotated[
        str,
        Field(description="Site or city."),
        Cell("category", ("site", "office", "city", "work location", "office location", "base")),
    ] = ""
    job_family: Annotated[
        str,
        Field(description="Profession or function."),
        Cell("category", ("profession", "function", "job function", "discipline", "professional/occupational group")),
    ] = ""
    career_path: Annotated[
        str, Field(description="How the person got here."), Cell("category", ("career track", "entry route", "track"))
    ] = ""
    tenure_band: Annotated[
        str,
        Field(description="Length of service as a band."),
        Cell("category", ("tenure", "length of service", "service band", "years of service")),
    ] = ""
    timezone: Annotated[
        str,
        Field(
            description="Name such as `Europe/Berlin`, `Berlin`, `PST` or `UTC+05:30`; `availability` is local to it."
        ),
        Cell("category", ("time zone", "tz")),
    ] = ""
    languages: Annotated[
        tuple[str, ...], Field(description="Working languages."), Cell("items", ("language", "spoken languages"))
    ] = ()
    availability: Annotated[
        tuple[str, ...],
        Field(description="Weekly times such as `Mon 09:00-11:00`, compared by the half hour."),
        Cell("times", ("available", "available times", "times", "time slots")),
    ] = ()
    skills_offered: Annotated[
        tuple[str, ...],
        Field(description="What the person can teach; `Python:4` carries a level from 1 to 5."),
        Cell(
            "items", ("skills offered", "can teach", "skills", "offers", "i can teach", "skills to share"), levels=True
        ),
    ] = ()
    skills_wanted: Annotated[
        tuple[str, ...],
        Field(description="What the person wants to learn; a level is the target."),
        Cell("items", ("wants to learn", "learning goals", "skills needed", "wants", "i want to learn",
                       "skills to learn"), levels=True),
    ] = ()  # fmt: skip
    goals: Annotated[
        tuple[str, ...],
        Field(description="What the person hopes for from the programme."),
        Cell("items", ("goal", "programme goals", "program goals", "objectives", "interests")),
    ] = ()
    wishes: Annotated[
        tuple[str, ...],
        Field(description="Whom the person would like to meet, the dearest first: ids, e-mail addresses or names."),
        Cell("people", ("preferred partners", "preferred mentors", "preferred mentor", "preferred mentees",
                        "mentor choices", "mentor preferences", "ranked mentors", "requested mentor",
                        "partner wishes")),
    ] = ()  # fmt: skip
    avoids: Annotated[
        tuple[str, ...],
        Field(description="Whom the person would rather not meet; confidential, results say only `not available`."),
        Cell("people", ("rather not meet", "would rather not meet", "do not pair with", "do not match with",
                        "not to be paired with")),
    ] = ()  # fmt: skip
    capacity: Annotated[
        int,
        Field(ge=0, le=1000, description="Most pairs in that role."),
        Cell("number", ("max pairs", "max mentees", "max partners", "places")),
    ] = 1
    min_pairs: Annotated[
        int,
        Field(ge=0, le=1000, description="Fewest pairs in that role."),
        Cell("number", ("minimum pairs", "min partners", "least pairs")),
    ] = 0
    capacity_total: Annotated[
        int | None,
        Field(ge=0, le=1000, description="Most pairs in all roles together; blank for no such limit."),
        Cell("number", ("total capacity", "max pairs in total", "places in total")),
    ] = None


CANONICAL: tuple[str, ...] = tuple(Person.model_fields)
CELLS: dict[str, Cell] = {
    name: next(m for m in info.metadata if isinstance(m, Cell)) for name, info in Person.model_fields.items()
}

_PUNCTUATION = re.compile(r"[^\w#]+|_+")


def fold_header(header: str) -> str:
    """Return the key under which a header matches: case, spaces and punctuation folded (``#`` stays)."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", header).casefold())


ALIASES: dict[str, str] = {fold_header(word): name for name in CANONICAL for word in (name, *CELLS[name].aliases)}
