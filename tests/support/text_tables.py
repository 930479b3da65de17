"""Tables of text at random, as they come from files, and what becomes of them when they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st

import rmatch
from rmatch.schema.person import ALIASES, CANONICAL, fold_header

Table: TypeAlias = tuple[list[str], list[list[str]]]

ROLES = ("mentor", "mentee", "both", "none", "", "Senior Mentee", "mentor & mentee", "boss")
IDS = {alias for alias, name in ALIASES.items() if name == "employee_id"}

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
words = st.one_of(
    text,
    st.sampled_from(
        [
            *("Python:4; SQL", "a, b", "['x', 'y']", "a|b\nc", "C++:9", ";;", "[", "3", "-3", "007", "3,5", "inf"),
            *(
                "Mon 09:00-11:00; Wed 14:00-16:00",
                "Mon-Fri 9-17",
                "Europe/Berlin",
                "Mars/Base",
                "prefer not to say",
                "  ",
            ),
        ]
    ),
)
names = st.sampled_from([*CANONICAL[1:], "Emp. No", "Reports To", "Cohort", "", "  ", "Ünïcode", "a;b"])


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Headers and rows: an id, a role, and columns of any name, each cell any text."""
    headers = ["employee_id", "role"]
    seen = set(map(fold_header, headers))
    for name in draw(st.lists(names, max_size=6)):
        target = ALIASES.get(fold_header(name), name)
        if target not in headers and (fold_header(name) not in seen or not name.strip()):
            headers.append(name)
            seen.add(fold_header(name))
    ids = st.one_of(st.sampled_from(["1", "2", "03", " 4 ", ""]), text)
    row = st.tuples(ids, st.sampled_from(ROLES), *(words for _ in headers[2:])).map(list)
    return headers, draw(st.lists(row, min_size=1, max_size=8))


def written(headers: list[str], rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([headers, *rows])
    return out.getvalue()


def people_in(rows: list[list[str]]) -> list[int]:
    """The numbers that a spreadsheet gives the rows that hold text."""
    return [k for k, row in enumerate(rows, start=2) if any(map(str.strip, row))]


def plain(rows: list[list[str]]) -> bool:
    """Whether there are people, and the first of them does not look like a second row of headers."""
    return bool(people_in(rows)) and fold_header(rows[people_in(rows)[0] - 2][0]) not in IDS


def outcome(read: Callable[[], rmatch.Roster]) -> rmatch.Roster | rmatch.RosterError:
    """A roster, or why there is none; anything else that is raised fails the test."""
    try:
        return read()
    except rmatch.RosterError as error:
        return error
