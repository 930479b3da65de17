"""Rules on two people: grade, likeness, shared items, consent, time zones, and who is there at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from rmatch._util.listed import Listed
from rmatch._util.quoted import excerpt
from rmatch.columns import BoolArray, FloatArray, IntArray, Number, Table
from rmatch.criteria import OfColumn
from rmatch.criteria.blocks import align, as_items, distinct_answers, shared_items
from rmatch.element import Unknown, Who
from rmatch.errors import ProgramError
from rmatch.factors import Factors, Sparse, dot, from_entries
from rmatch.roster.weekly import Zones
from rmatch.rules._base import Coded, OfCodes, Predicate, Rule, penalty_table
from rmatch.schema.yes import neither, said_yes

_DAY, _HOUR = 24 * 60, 60
_SHOWN = 3  # answers that are named


@dataclass(frozen=True, eq=False)
class _Gap:
    junior: FloatArray
    senior: FloatArray
    at_least: float
    at_most: float | None

    broadcasts: ClassVar[bool] = True

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        junior, senior = self.junior[i], self.senior[j]
        if junior.ndim == 1:
            return self._fits(junior, senior)
        grades, place = np.unique(junior, return_inverse=True)  # each grade answers for all who are of it
        return self._fits(grades[:, None], senior)[place.ravel()]

    def _fits(self, junior: FloatArray, senior: FloatArray) -> BoolArray:
        gap = senior - junior  # NaN, an unknown grade, fits nothing
        fits: BoolArray = gap >= self.at_least
        return fits if self.at_most is None else fits & (gap <= self.at_most)

    def kinds(self) -> tuple[IntArray, IntArray]:
        """Return a number for each grade."""
        junior, senior = (np.unique(side, return_inverse=True)[1] for side in (self.junior, self.senior))
        return junior, senior


@dataclass(frozen=True)
class GradeGap(Rule):
    """The mentee's grade is above the mentor's by at least ``at_least`` and at most ``at_most`` steps.

    In a track in which seniors teach, the mentor's is above the mentee's.
    """

    of_juniors: ClassVar[bool] = True

    at_least: float = 1
    at_most: float | None = None
    column: str = "grade"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.at_least) or (self.at_most is not None and not self.at_most >= self.at_least):
            raise ProgramError(f"GradeGap: no gap lies from {self.at_least} to {self.at_most}")

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.column,), (self.column,)

    def _grades(self, mentors: Table, mentees: Table) -> tuple[Number, Number]:
        sides = mentors[self.column], mentees[self.column]
        if not (isinstance(sides[0], Number) and isinstance(sides[1], Number)):
            raise ProgramError(
                f"GradeGap: {self.column!r} holds labels; give their order in `[columns.{self.column}] order = [...]`"
            )
        return sides[0], sides[1]

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        junior, senior = (grade.values for grade in self._grades(mentors, mentees))
        return _Gap(junior, senior, self.at_least, self.at_most)

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        (low, code_a), (high, code_b) = (_coded(grade) for grade in self._grades(mentors, mentees))
        fits = _Gap(low, high, self.at_least, self.at_most)
        return penalty_table(code_a, code_b, fits(*np.ogrid[: len(low), : len(high)]))

    def in_words(self) -> str:
        most = "" if self.at_most is None else f" and at most {self.at_most:g}"
        return (
            f"the senior is at least {self.at_least:g}{most} grade{'s' if self.at_least != 1 else ''} above the junior"
        )


def _coded(number: Number) -> tuple[np.ndarray, np.ndarray]:
    values = np.unique(number.values[~number.missing])
    return values, np.where(number.missing, -1, np.searchsorted(values, number.values))


@dataclass(frozen=True, eq=False)
class Codes:
    """Two codes are equal, or differ, and both are known."""

    a: IntArray
    b: IntArray
    equal: bool

    broadcasts: ClassVar[bool] = True

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        a, b = self.a[i], self.b[j]
        fine: BoolArray = ((a == b) == self.equal) & (a >= 0) & (b >= 0)
        return fine

    def kinds(self) -> tuple[IntArray, IntArray]:
        """Return the answers' codes."""
        return self.a, self.b


@dataclass(frozen=True)
class Same(OfColumn, Rule):
    """Both gave the same answer in ``column``."""

    _equal: ClassVar[bool] = True

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        a, b, _ = align(mentors[self.column], mentees[self.column])
        return Codes(a, b, self._equal)

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        a, b, k = align(mentors[self.column], mentees[self.column])
        return penalty_table(a, b, np.eye(k, dtype=bool) == self._equal) if k <= 256 else None

    def in_words(self) -> str:
        return f"the two have the same {self.column.replace('_', ' ')}"


@dataclass(frozen=True)
class Differs(Same):
    """Both answered in ``column``, and differently."""

    _equal: ClassVar[bool] = False

    def in_words(self) -> str:
        return f"the two differ in {self.column.replace('_', ' ')}"


@dataclass(frozen=True, eq=False)
class AtLeast:
    """``u_i · v_j >= least`` for listed pairs."""

    u: Sparse
    v: Sparse
    least: float

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """True for each listed pair with enough."""
        enough: BoolArray = dot(self.u, self.v, i, j)[0] >= self.least
        return enough


@dataclass(frozen=True)
class Shares(OfColumn, Rule):
    """The two have at least ``at_least`` items of a list column in common: languages, half hours of availability."""

    at_least: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at_least < 1:
            raise ProgramError(f"Shares: `at_least` must be 1 or more, not {self.at_least}")

    def _indicators(self, mentors: Table, mentees: Table) -> Factors:
        a, b = as_items(mentors[self.column]), as_items(mentees[self.column])
        number_a, number_b, k = shared_items(a, b)
        sides = []
        for items, number in ((a, number_a), (b, number_b)):
            entry = np.flatnonzero(number[items.ids] >= 0) if len(items.ids) else np.zeros(0, np.int64)
            column = number[items.ids[entry]]
            sides.append(from_entries(len(items), max(k, 1), items.rows[entry], column, np.ones(len(entry))))
        return Factors.between(*sides)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        term = self._indicators(mentors, mentees).terms[0]
        return AtLeast(term.u, term.v, self.at_least)

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        term = self._indicators(mentors, mentees).terms[0]
        (sets_a, code_a), (sets_b, code_b) = (distinct_answers(side[self.column]) for side in (mentors, mentees))
        if max(len(sets_a), len(sets_b)) > 256:
            return None
        common = term.u.take(sets_a).dense() @ term.v.take(sets_b).dense().T
        return penalty_table(code_a, code_b, common >= self.at_least)

    def in_words(self) -> str:
        return f"the two share at least {self.at_least} of {self.column.replace('_', ' ')}"


@dataclass(frozen=True)
class OptIn(OfColumn, OfCodes, Rule):
    """Both said yes in ``column``; a blank is a no."""

    def coded(self, mentors: Table, mentees: Table) -> Coded:
        a, b = (said_yes(table[self.column]) for table in (mentors, mentees))
        return np.where(a, 0, -1), np.where(b, 0, -1), np.ones((1, 1), bool)

    def gaps(self, mentors: Table, mentees: Table) -> str:
        words = sorted({word for table in (mentors, mentees) for word in neither(table[self.column])})
        if not words:
            return ""
        shown = ", ".join(f"{excerpt(word)!r}" for word in words[:_SHOWN])
        more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
        return (
            f"the answers {shown}{more} in {self.column}, which are known neither as a yes nor as a no and count as a "
            f'no; say which mean yes: [columns.{self.column}] values = {{ "{excerpt(words[0])}" = "yes" }}'
        )

    def in_words(self) -> str:
        return f"both said yes in {self.column.replace('_', ' ')}"


@dataclass(frozen=True)
class Away(OfCodes, Rule):
    """These people are not there: nobody is paired with them, and ``min_pairs`` does not hold for them."""

    people: Listed[str]
    unknown: Unknown = "raise"

    lists_people: ClassVar[bool] = True

    def with_ids(self, who: Who) -> Self:
        return replace(self, people=tuple(dict.fromkeys(id_ for word in self.people for id_ in who.ids(word))))

    def coded(self, mentors: Table, mentees: Table) -> Coded:
        return np.where(self.away(mentors), -1, 0), np.where(self.away(mentees), -1, 0), np.ones((1, 1), bool)

    def away(self, table: Table) -> BoolArray:
        """Return who of one side is away, ``(people,)`` bool."""
        people = {*self.people}
        return np.fromiter((id_ in people for id_ in table.ids), bool, len(table.ids))

    def in_words(self) -> str:
        return f"{len(self.people):,} {'person is' if len(self.people) == 1 else 'people are'} away"


def excused(rules: Iterable[Rule], table: Table) -> Table:
    """Return one side without the ``min_pairs`` of those who are away."""
    least = table.get("min_pairs")
    for rule in rules:
        if isinstance(rule, Away) and isinstance(least, Number):
            least = Number(np.where(rule.away(table), np.nan, least.values))
    return table if least is None else replace(table, columns=dict(table.columns) | {"min_pairs": least})


@dataclass(frozen=True)
class TimeZoneDistance(OfCodes, Rule):
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

    def in_words(self) -> str:
        return f"the clocks of the two are at most {self.most:g} hour{'s' if self.most != 1 else ''} apart"

    def coded(self, mentors: Table, mentees: Table) -> Coded:
        sides = [column for table in (mentors, mentees) if isinstance(column := table["timezone"], Zones)]
        clocks, place = np.unique(np.concatenate([side.offsets for side in sides]), axis=0, return_inverse=True)
        one, other = (np.append(some, -1) for some in np.split(place.reshape(-1), [len(sides[0].names)]))
        apart = (clocks[:, None] - clocks[None]) % _DAY
        allowed = np.minimum(apart, _DAY - apart).max(axis=2, initial=0) <= self.most * _HOUR  # NaN, no zone, is not
        return one[sides[0].codes], other[sides[1].codes], allowed
