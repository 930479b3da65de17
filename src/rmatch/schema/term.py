"""When the pairs of a programme meet: the term, and the days on which its meetings fall due."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _day(value: Any) -> Any:
    """A date, or its ISO text; a bare number would be taken for seconds since 1970."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a day is written as 2026-03-01") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a day is a date such as 2026-03-01, without a time")
    return value


Day = Annotated[date, BeforeValidator(_day), Field(ge=date(1970, 1, 1), le=date(2999, 12, 31))]
"""A day of the calendar, in TOML as such or as ISO text."""


class ProgramTerm(BaseModel):
    """The time that a programme runs, and how often its pairs meet (``[term]``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Day = Field(description="The first day.")
    end: Day = Field(description="The last day.")
    meetings: int = Field(strict=True, ge=1, description="How often each pair meets.")
    minutes: int = Field(default=60, strict=True, ge=1, le=24 * 60, description="How long a meeting lasts.")

    @property
    def days(self) -> int:
        """How many days the term has, both ends included."""
        return (self.end - self.start).days + 1

    @model_validator(mode="after")
    def _room_for_all(self) -> ProgramTerm:
        if self.end <= self.start:
            raise ValueError(f"`end` must come after `start`, but {self.end} does not come after {self.start}")
        if self.meetings > self.days:
            raise ValueError(f"{self.meetings} meetings do not fit into {self.days} days")
        return self

    def in_words(self) -> str:
        """One plain clause for reports."""
        each = f"{self.meetings} meetings" if self.meetings > 1 else "one meeting"
        return f"{each} of {self.minutes} minutes from {self.start} to {self.end}"


def meeting_windows(term: ProgramTerm) -> tuple[tuple[date, date], ...]:
    """Return the first and the last day on which each meeting may be held: the term in equal parts, whole days."""
    first = term.start.toordinal()
    starts = [first + k * term.days // term.meetings for k in range(term.meetings + 1)]
    return tuple((date.fromordinal(start), date.fromordinal(after - 1)) for start, after in pairwise(starts))
