"""Listed pairs: the pairs that a better plan may contain, with all row coefficients, for the check of a proof tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import BoolArray, IntArray
from rmatch.objectives import Objective, loads_of, values_of
from rmatch.rows import UNBOUNDED, Couples, LoadValues, People, Row

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, eq=False)
class RowOnPairs:
    """A row on listed pairs.

    Args:
        coefficient: Coefficient of each pair, ``(pairs,)`` int64.
        least, most: Bounds, ``(rows,)`` int64.
        who: Row of each pair, where there are several, ``(pairs,)`` int64; None for a single row.
        loads: Load values of an earlier objective.
        couples: Whether there is a row for each couple: so many that only those that matter are kept.
    """

    coefficient: IntArray
    least: IntArray
    most: IntArray
    who: IntArray | None = None
    loads: LoadValues = (None, None)
    couples: bool = False

    @classmethod
    def of(cls, row: Row, i: IntArray, j: IntArray, shape: tuple[int, int]) -> RowOnPairs:
        """Return a limit's row on the pairs ``(i, j)``."""
        who = None if row.each is None else row.number(i, j)
        return cls(row.coefficients(i, j), *row.bounds(shape), who, couples=isinstance(row.each, Couples))

    @classmethod
    def of_objective(
        cls, objective: Objective, people: People, pairs: tuple[IntArray, IntArray, IntArray], value: int, bound: int
    ) -> RowOnPairs:
        """Return an earlier objective's row, between value and bound, on ``pairs``: mentors, mentees and points."""
        low, high = np.array([value]), np.array([bound])
        return cls(values_of(objective, people)(*pairs), low, high, None, loads_of(objective, people))

    @cached_property
    def pattern(self) -> tuple[int, int]:
        """``(v, g)``: every coefficient is v plus a multiple of g; g is 0 where all are v."""
        return _pattern(self.coefficient)

    def weighed(self, multiplier: NDArray[Number]) -> NDArray[Number]:
        """Return the multiplier times the coefficient of each pair, ``(pairs,)``."""
        weighed: NDArray[Number] = multiplier[0 if self.who is None else self.who] * self.coefficient
        return weighed

    def only(self, kept: BoolArray) -> RowOnPairs:
        """Return the row on some of the pairs."""
        return replace(self, coefficient=self.coefficient[kept], who=None if self.who is None else self.who[kept])

    def rounded(self, span: tuple[int, int]) -> tuple[IntArray, IntArray]:
        """Return the bounds tightened to attainable sums for numbers of pairs in ``span``; where no sum is attainable,
        the least is above the most.
        """
        if self.who is not None or span[0] != span[1] or any(self.loads):
            return self.least, self.most
        (v, g), least, most = self.pattern, int(self.least[0]), int(self.most[0])
        sure = v * span[0]
        if g == 0:
            return np.array([max(sure, least)]), np.array([min(sure, most)])
        low = least if least <= -UNBOUNDED else sure - (sure - least) // g * g
        return np.array([low]), np.array([most if most >= UNBOUNDED else sure + (most - sure) // g * g])


def narrowed(
    rows: Sequence[RowOnPairs], multipliers: Sequence[IntArray]
) -> tuple[tuple[RowOnPairs, ...], tuple[IntArray, ...], IntArray]:
    """Return rows and their multipliers without the rows of couples of whom no pair is listed and whose multiplier is
    0; and which rows these are among all, ``(rows,)`` int64.
    """
    made, kept, places, start = list[RowOnPairs](), list[IntArray](), [np.zeros(0, np.int64)], 0
    for row, price in zip(rows, multipliers, strict=True):
        some = np.arange(len(price))
        if row.couples and row.who is not None:
            some = np.union1d(row.who, np.flatnonzero(price)).astype(np.int64)
            row = replace(row, least=row.least[some], most=row.most[some], who=np.searchsorted(some, row.who))
        made.append(row)
        kept.append(price[some])
        places.append(start + some)
        start += len(price)
    return tuple(made), tuple(kept), np.concatenate(places)


@dataclass(frozen=True, eq=False)
class Listed:
    """The pairs that a plan with a value above the claimed bound may contain.

    Args:
        i, j: Mentors and mentees, ``(pairs,)`` int64.
        value: The objective's value of each pair, ``(pairs,)`` int64.
        fixed: Locked pairs, ``(pairs,)`` bool.
        least, most: Fewest and most pairs of mentors and of mentees, int64.
        fewest: Fewest pairs of those of them who have any, int64.
        rows: Rows of every limit in order, then those of earlier objectives.
        loads: Load values of the objective.
        scale: Units of the duals in one unit of the objective.
        bound: Bound that the stage's duals show, in units of ``1 / scale``.
        mentor_prices, mentee_prices: Prices of the stage, int64.
        multipliers: Multipliers of each row.
        kept: Which of all rows' multipliers these are, see :func:`narrowed`, int64.
    """

    i: IntArray
    j: IntArray
    value: IntArray
    fixed: BoolArray
    least: tuple[IntArray, IntArray]
    most: tuple[IntArray, IntArray]
    fewest: tuple[IntArray, IntArray]
    rows: tuple[RowOnPairs, ...]
    loads: LoadValues
    scale: int
    bound: int
    mentor_prices: IntArray
    mentee_prices: IntArray
    multipliers: tuple[IntArray, ...]
    kept: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.mentor_prices), len(self.mentee_prices)

    @cached_property
    def place(self) -> dict[int, int]:
        """Position of the pair of each key ``i · mentees + j``."""
        return {key: k for k, key in enumerate((self.i * np.int64(self.shape[1]) + self.j).tolist())}

    @cached_property
    def span(self) -> tuple[int, int]:
        """Fewest and most pairs, from people and from rows with one coefficient."""
        low = max(sum(least.tolist()) for least in self.least)
        high = min(len(self.i), *(sum(most.tolist()) for most in self.most))
        for row in self.rows:
            v, g = row.pattern
            if v and not g and row.who is None and not any(row.loads):
                least, most = int(row.least[0]) * (v // abs(v)), int(row.most[0]) * (v // abs(v))
                low, high = max(low, -(-min(least, most) // abs(v))), min(high, max(least, most) // abs(v))
        return low, high

    def only(self, kept: BoolArray) -> Listed:
        """Return the same for some of the pairs."""
        rows = tuple(row.only(kept) for row in self.rows)
        some = {name: getattr(self, name)[kept] for name in ("i", "j", "value", "fixed")}
        return replace(self, rows=rows, **some)


def step_of(listed: Listed, bound: int) -> int:
    """Return by how much a plan with a value above ``bound`` exceeds it at least.

    Such a plan consists of listed pairs. Where their values agree modulo g and the number of pairs is settled, or they
    are multiples of g, values of plans differ by multiples of g; likewise the marginal load values. Pairs must be
    listed for ``scale · (bound + 1)``; the cutoff is then ``scale · (bound + step)``.
    """
    low, high = listed.span
    residue, g = 0, 0
    adds = [(listed.value, low)]
    for load, least, most, who in zip(listed.loads, listed.least, listed.most, (listed.i, listed.j), strict=True):
        if load is not None:
            max_pairs = np.minimum(most, np.bincount(who, minlength=len(most)))
            number = np.arange(int(max_pairs.max(initial=0)) + 1)[:, None]
            value = np.array([load.of(np.full(len(most), k)) for k in range(len(number))])
            adds.append(
                (np.diff(value, axis=0)[((least <= number) & (number < max_pairs))[:-1]], low - int(least.sum()))
            )
            residue += int(load.of(least).sum())
    for numbers, times in adds:
        v, h = _pattern(numbers)
        residue, g = residue + v * times, int(np.gcd.reduce([g, h, 0 if low == high else v]))
    return (residue - bound - 1) % g + 1 if g else max(residue - bound, 1)


def _pattern(numbers: IntArray) -> tuple[int, int]:
    v = int(numbers[0]) if len(numbers) else 0
    return v, int(np.gcd.reduce(numbers - v)) if len(numbers) else 0
