"""The part of a program that binds at reading: which headers become which columns, and who plays which role."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Source = str | tuple[str, ...]
Sheet = Literal["mentors", "mentees", "directory"]


class ColumnBinding(BaseModel):
    """Where one column comes from and how its cells are to be understood (``[columns.NAME]``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source | dict[Sheet, Source] | None = Field(
        default=None,
        description="Header, or headers, of the export; `@row` for the row number; per sheet where two differ.",
    )
    na: tuple[str, ...] = Field(default=(), description="Words that mean: no answer.")
    split: str | None = Field(default=None, min_length=1, description="What separates the items of a list cell.")
    order: tuple[str, ...] = Field(default=(), description="Labels from lowest to highest; makes the column ordered.")

    def headers(self, name: str, sheet: str) -> tuple[str, ...]:
        """The headers that feed column ``name`` on ``sheet``; empty where that sheet has none."""
        source = self.source.get(sheet, ()) if isinstance(self.source, dict) else self.source  # type: ignore[call-overload]
        if source is None:
            return (name,)
        return (source,) if isinstance(source, str) else tuple(source)

    @model_validator(mode="after")
    def _distinct(self) -> ColumnBinding:
        if len(set(self.order)) < len(self.order):
            raise ValueError("`order` names a label twice")
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
    """Who teaches and who learns, from one ordered or numeric column (``[roles]``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    mentor: Range
    mentee: Range


class Binding(BaseModel):
    """The roles and columns of a program: what a reader needs to know of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: Roles | None = None
    columns: dict[str, ColumnBinding] = Field(default_factory=dict)
    named: frozenset[str] = Field(
        default=frozenset(),
        description="Further columns that criteria, rules, limits or objectives name, and so are kept.",
    )
