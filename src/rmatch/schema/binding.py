"""The part of a program that binds at reading: which headers become which columns, and who plays which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rmatch.columns import fold
from rmatch.errors import ProgramError
from rmatch.schema.tracks import Seniority

Source = str | tuple[str, ...]
Separator = Annotated[str, Field(min_length=1)]
Sheet = Literal["mentors", "mentees", "directory"]

SKILLS = frozenset({"skills_offered", "skills_wanted"})
"""The columns of skills, where a program names no others."""

LABELS = frozenset({"department", "location", "job_family", "career_path", "tenure_band", "goals"})
"""The other columns whose labels the default program compares."""


class ColumnBinding(BaseModel):
    """Where one column comes from and how its cells are to be understood (``[columns.NAME]``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source | dict[Sheet, Source] | None = Field(
        default=None,
        description="Header, or headers, of the export; `@row` for the row number; per sheet where two differ.",
    )
    na: tuple[str, ...] = Field(default=(), description="Words that mean: no answer.")
    split: Separator | Annotated[tuple[Separator, ...], Field(min_length=1)] | None = Field(
        default=None, description="What separates the items of a list cell; several, where people use several."
    )
    values: dict[str, str] = Field(
        default_factory=dict, description="What an answer stands for, as text: a whole cell, or an item of a list."
    )
    options: tuple[str, ...] = Field(
        default=(), description="Answers of a form that hold the separator; they are taken whole, the longest first."
    )
    grid: str | dict[Sheet, str] | None = Field(
        default=None, description="The headers of a grid question, such as `Topics [*]`; `*` stands for the item."
    )
    chosen: dict[str, Annotated[int, Field(ge=0, le=5)]] = Field(
        default_factory=dict, description="What the answers of a grid mean: a level from 1 to 5, or 0 for not chosen."
    )
    order: tuple[str, ...] = Field(default=(), description="Labels from lowest to highest; makes the column ordered.")
    use: Literal["score", "audit"] | None = Field(
        default=None, description="`audit`: never reaches scoring, only reports of equal treatment. Default: `score`."
    )
    sensitive: bool = Field(
        default=False, description="Never shown; a scored one chooses with whom, never whether, somebody is paired."
    )
    consent: str | None = Field(default=None, description="Column in which people agree to this use of their answer.")
    purpose: str | None = Field(default=None, description="Why a sensitive column is scored, in a sentence.")

    @field_validator("values", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {
            key: f"{v:g}" if isinstance(v, int | float) and not isinstance(v, bool) else v for key, v in given.items()
        }

    @property
    def separators(self) -> tuple[str, ...] | None:
        """What separates items, in one form; None where the program does not say it."""
        return (self.split,) if isinstance(self.split, str) else self.split

    def grid_on(self, sheet: str) -> str | None:
        """The headers of the grid on ``sheet``."""
        return self.grid.get(sheet) if isinstance(self.grid, dict) else self.grid  # type: ignore[call-overload]

    def headers(self, name: str, sheet: str) -> tuple[str, ...]:
        """The headers that feed column ``name`` on ``sheet``; empty where that sheet has none."""
        source = self.source.get(sheet, ()) if isinstance(self.source, dict) else self.source  # type: ignore[call-overload]
        if source is None:
            return (name,)
        return (source,) if isinstance(source, str) else tuple(source)

    @property
    def withheld(self) -> bool:
        """Whether the column stands apart from those that are scored and shown."""
        return self.sensitive or self.use == "audit"

    @model_validator(mode="after")
    def _lawful(self) -> ColumnBinding:
        if len(set(self.order)) < len(self.order):
            raise ValueError("`order` names a label twice")
        grids = self.grid.values() if isinstance(self.grid, dict) else [self.grid] if self.grid is not None else []
        if any(grid.count("*") != 1 for grid in grids):
            raise ValueError("`grid` needs one `*`, which stands for the item, as in `Topics [*]`")
        if self.grid is not None and (self.source is not None or self.withheld):
            raise ValueError("`grid` goes without `source`, and not with a sensitive column or one for audits")
        if self.chosen and self.withheld:
            raise ValueError("`chosen` does not go with a sensitive column or one for audits")
        if not self.withheld and (self.consent is not None or self.purpose is not None):
            raise ValueError("`consent` and `purpose` go with `sensitive = true`")
        if self.sensitive and self.use is None:
            raise ValueError('a sensitive column needs `use = "score"` or `use = "audit"`')
        if self.sensitive and self.use == "score":
            if not (self.consent or "").strip():
                raise ValueError("a sensitive column is scored only with `consent`, the column in which people agree")
            if not (self.purpose or "").strip():
                raise ValueError("a sensitive column is scored only for a `purpose`, written in a sentence")
        return self


class Range(BaseModel):
    """Numbers, or labels of an ordered column, from ``at_least`` to ``at_most``, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float | str | None = None
    at_most: float | str | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Range:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a range needs `at_least`, `at_most` or both")
        return self


class Roles(BaseModel):
    """Who teaches and who learns, from one ordered or numeric column (``[roles]``).

    ``junior`` and ``senior`` are other words for ``mentor`` and ``mentee``; a program with tracks uses them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    mentor: Range | None = None
    mentee: Range | None = None
    junior: Range | None = None
    senior: Range | None = None

    @property
    def ranges(self) -> tuple[Range, Range]:
        """The ranges of mentors, or juniors, and of mentees, or seniors."""
        first, second = self.mentor or self.junior, self.mentee or self.senior
        assert first is not None
        assert second is not None
        return first, second

    @model_validator(mode="after")
    def _both(self) -> Roles:
        given = tuple(name for name in ("mentor", "mentee", "junior", "senior") if getattr(self, name) is not None)
        if given not in (("mentor", "mentee"), ("junior", "senior")):
            raise ValueError("[roles] needs `mentor` and `mentee`, or `junior` and `senior`")
        return self


class TrackRoles(BaseModel):
    """What a reader needs to know of a track: its name, and who teaches in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    teaches: Seniority


Mirror = Literal["allow", "forbid", "require"]
"""Whether two people may, or must, meet in both directions."""


class Binding(BaseModel):
    """The roles and columns of a program: what a reader needs to know of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: Roles | None = None
    columns: dict[str, ColumnBinding] = Field(default_factory=dict)
    named: frozenset[str] = Field(
        default=frozenset(),
        description="Further columns that criteria, rules, limits or objectives name, and so are kept.",
    )
    aliases: dict[str, str] = Field(default_factory=dict, description="What a skill is called otherwise.")
    skills: frozenset[str] = Field(default=SKILLS, description="The columns of skills, which have one vocabulary.")
    labels: frozenset[str] = Field(
        default=LABELS, description="Further columns whose labels are compared; the aliases apply to them too."
    )
    keep: Literal["latest", "joined"] | None = Field(
        default=None, description="Which of several rows of one person count."
    )
    by: str | None = Field(default=None, description="The header of the time by which a row is the latest.")
    tracks: tuple[TrackRoles, ...] = Field(default=(), description="The tracks; who teaches follows from the side.")
    mirror: Mirror = Field(default="allow", description="Whether two people may meet in both directions.")
    concluded: dict[str, ColumnBinding] = Field(
        default_factory=dict, description="What the answers said of columns, where no program did."
    )

    @classmethod
    def of_rounds(cls, each: Sequence[Binding]) -> Binding:
        """Return the binding of several rounds, whose people are read once.

        Raises:
            ProgramError: Two programs would read the people in different ways.
        """
        for number, own in enumerate(each, 1):
            other = [name for name in READ_ONCE if getattr(own, name) != getattr(each[0], name)]
            if other:
                raise ProgramError(
                    f"the people of all rounds are read once, and the programs of rounds 1 and {number} differ in "
                    f"`{other[0]}`: write the same into each"
                )
        found = each[0]
        for own in each[1:]:
            joined = {name: getattr(found, name) | getattr(own, name) for name in ("named", "skills", "labels")}
            found = found.model_copy(update=joined)
        return found

    def readings(self) -> dict[str, str]:
        """The word as which each folded word of the alias table is read, the canonical ones themselves among them."""
        spelled: dict[str, str] = {}
        for canonical in sorted(self.aliases.values()):
            spelled.setdefault(fold(canonical), canonical)
        return spelled | {fold(alias): spelled[fold(word)] for alias, word in self.aliases.items()}

    @property
    def withheld(self) -> frozenset[str]:
        """The columns that stand apart: sensitive ones, those for audits, and the consents to their use."""
        return frozenset(name for name, column in self.columns.items() if column.withheld) | self.consents

    @property
    def consents(self) -> frozenset[str]:
        """The columns in which people agree to the use of another."""
        return frozenset(column.consent for column in self.columns.values() if column.consent is not None)

    @model_validator(mode="after")
    def _open(self) -> Binding:
        refuse_withheld(self.roles, self.columns)
        return self


READ_ONCE = ("roles", "columns", "aliases", "tracks", "mirror", "keep", "by")
"""What the programs of several rounds have in common."""

PEOPLE = ("wishes", "avoids")
"""Columns in which people name others."""

OPEN = (
    "employee_id", "name", "email", "job_title", "role", "side", "tracks", "manager_id", "timezone", *PEOPLE,
    "capacity", "min_pairs", "capacity_total",
)  # fmt: skip
"""Columns that say who somebody is, when, and whether they take part: they cannot be sensitive."""


def refuse_withheld(roles: Roles | None, columns: Mapping[str, ColumnBinding]) -> None:
    """Raise ValueError where a column that must be seen, or that decides who takes part, is to be withheld."""
    for name, column in columns.items():
        if column.withheld and (name in OPEN or (roles is not None and roles.column == name)):
            raise ValueError(f"[columns.{name}] decides who takes part or says who it is; it cannot be withheld")
        if name in PEOPLE and (column.grid is not None or column.chosen or column.order):
            raise ValueError(
                f"[columns.{name}] names people, the dearest first: give the headers in that order as `source`, "
                "without `grid`, `chosen` and `order`"
            )
        if column.consent in OPEN or (roles is not None and column.consent == roles.column):
            raise ValueError(f"[columns.{name}] `consent` must name a column of answers, not {column.consent!r}")
        if column.consent is not None and (
            column.consent == name or columns.get(column.consent, ColumnBinding()).withheld
        ):
            raise ValueError(f"[columns.{name}] `consent` must name another column, one that is not sensitive")
