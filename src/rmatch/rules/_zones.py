"""The rule about time zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.errors import ProgramError
from rmatch.factors import Factors
from rmatch.roster.weekly import Zones
from rmatch.rules._base import Predicate, Rule, penalty_table

_DAY, _HOUR = 24 * 60, 60


@dataclass(frozen=True, eq=False)
class _InTable:
    """``allowed[a[i], b[j]]``; code -1 is allowed with nobody."""

    a: IntArray
    b: IntArray
    allowed: BoolArray

    broadcasts: ClassVar[bool] = True

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        fine: BoolArray = np.pad(self.allowed, ((0, 1), (0, 1)))[self.a[i], self.b[j]]
        return fine


@dataclass(frozen=True)
class TimeZoneDistance(Rule):
    """The clocks of the two are at most ``most`` hours apart, on every day of the program's term.

    The shorter way round the dial counts: Auckland is 23 hours ahead of Honolulu, and so one hour behind. Without a
    term the clocks are those of 6 January 2025. Whoever gave no time zone, or one that cannot be read, fits nobody.
    """

    most: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.most <= 12:
            raise ProgramError(f"TimeZoneDistance: `most` is a number of hours from 0 to 12, not {self.most}")

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("timezone",), ("timezone",)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return _InTable(*self._coded(mentors, mentees))

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        return penalty_table(*self._coded(mentors, mentees))

    def in_words(self) -> str:
        return f"the clocks of the two are at most {self.most:g} hour{'s' if self.most != 1 else ''} apart"

    def _coded(self, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray, BoolArray]:
        """A code for each person, -1 for no zone, and which codes of the two sides may meet."""
        sides = [column for table in (mentors, mentees) if isinstance(column := table["timezone"], Zones)]
        clocks, place = np.unique(np.concatenate([side.offsets for side in sides]), axis=0, return_inverse=True)
        one, other = (np.append(some, -1) for some in np.split(place.reshape(-1), [len(sides[0].names)]))
        apart = (clocks[:, None] - clocks[None]) % _DAY
        allowed = np.minimum(apart, _DAY - apart).max(axis=2, initial=0) <= self.most * _HOUR  # NaN, no zone, is not
        return one[sides[0].codes], other[sides[1].codes], allowed
