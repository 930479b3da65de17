"""The pairs that may be in a better plan, with all rows written out on them: what a proof tree is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import BoolArray, IntArray
from rmatch.objectives import Objective
from rmatch.rows import UNBOUNDED, LoadValues, People, Row

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, eq=False)
class RowOnPairs:
    """A row written out on listed pairs: each one's coefficient, and whose row it is in where there is one for each.

    ``least`` and ``most`` are ``(rows,)``; ``who`` is ``(pairs,)``, None for a single row. ``loads`` are what numbers
    of pairs add to the row of an earlier objective.
    """

    coefficient: IntArray
    least: IntArray
    most: IntArray
    who: IntArray | None = None
    loads: LoadValues = (None, None)

    @classmethod
    def of(cls, row: Row, i: IntArray, j: IntArray, shape: tuple[int, int]) -> RowOnPairs:
        """Return a limit's row on the pairs ``(i, j)``."""
        who = None if row.each is None else i if row.each == "mentor" else j
        return cls(row.coefficients(i, j), *row.bounds(shape), who)

    @classmethod
    def held(
        cls, objective: Objective, people: People, pairs: tuple[IntArray, IntArray, IntArray], value: int, bound: int
    ) -> RowOnPairs:
        """Return an earlier objective's row on ``pairs``, given as mentors, mentees and points."""
        low, high = np.array([value]), np.array([bound])
        return cls(objective.pair_values(people)(*pairs), low, high, None, objective.load_values(people))

    @cached_property
    def pattern(self) -> tuple[int, int]:
        """``(v, g)``: every coefficient is v plus a multiple of g; g is 0 where all are v."""
        return _pattern(self.coefficient)

    def weighed(self, multiplier: NDArray[Number]) -> NDArray[Number]:
        """The multiplier times the coefficient of each pair."""
        weighed: NDArray[Number] = multiplier[0 if self.who is None else self.who] * self.coefficient
        return weighed

    def only(self, kept: BoolArray) -> RowOnPairs:
        """The same row on some of the pairs."""
        return replace(self, coefficient=self.coefficient[kept], who=None if self.who is None else self.who[kept])

    def rounded(self, span: tuple[int, int]) -> tuple[list[int], list[int]]:
        """The least and the most that sums reach within the row's bounds; no sum is between where they cross."""
        least, most = self.least.tolist(), self.most.tolist()
        if self.who is not None or span[0] != span[1] or any(self.loads):
            return least, most
        v, g = self.pattern
        sure = v * span[0]
        if g == 0:
            return [max(sure, least[0])], [min(sure, most[0])]
        low = least if least[0] <= -UNBOUNDED else [sure - (sure - least[0]) // g * g]
        return low, most if most[0] >= UNBOUNDED else [sure + (most[0] - sure) // g * g]


@dataclass(frozen=True, eq=False)
class Listed:
    """The pairs that may be in a plan worth more than the claimed bound, and all that the tree is held against.

    ``value`` is the objective's, ``fixed`` says which pairs are locked. ``least`` and ``most`` are numbers of pairs of
    mentors and mentees; ``rows`` are those of every limit in order, then those of earlier objectives. ``bound`` is what
    the stage's prices show, in units of ``1 / scale``; ``multipliers`` has an array for each row.
    """

    i: IntArray
    j: IntArray
    value: IntArray
    fixed: BoolArray
    least: tuple[IntArray, IntArray]
    most: tuple[IntArray, IntArray]
    rows: tuple[RowOnPairs, ...]
    loads: LoadValues
    scale: int
    bound: int
    mentor_prices: IntArray
    mentee_prices: IntArray
    multipliers: tuple[IntArray, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.mentor_prices), len(self.mentee_prices)

    @cached_property
    def place(self) -> dict[int, int]:
        """Where the pair of each number stands."""
        return {key: k for k, key in enumerate((self.i * np.int64(self.shape[1]) + self.j).tolist())}

    @cached_property
    def span(self) -> tuple[int, int]:
        """The least and the most pairs that people and rows with one coefficient leave."""
        low = max(sum(least.tolist()) for least in self.least)
        high = min(len(self.i), *(sum(most.tolist()) for most in self.most))
        for row in self.rows:
            v, g = row.pattern
            if v and not g and row.who is None and not any(row.loads):
                least, most = int(row.least[0]) * (v // abs(v)), int(row.most[0]) * (v // abs(v))
                low, high = max(low, -(-min(least, most) // abs(v))), min(high, max(least, most) // abs(v))
        return low, high

    def only(self, kept: BoolArray) -> Listed:
        """The same for some of the pairs."""
        rows = tuple(row.only(kept) for row in self.rows)
        some = {name: getattr(self, name)[kept] for name in ("i", "j", "value", "fixed")}
        return replace(self, rows=rows, **some)


def step_of(listed: Listed, bound: int) -> int:
    """Return by how much a plan that is worth more than ``bound`` is worth more at least.

    Such a plan has listed pairs only. Where their values agree modulo g and the number of pairs is settled, or they are
    multiples of g, the values of plans differ by multiples of g; likewise what numbers of pairs add, from one number to
    the next. Pairs are to be listed for ``scale · (bound + 1)``; ``cap`` is ``scale · (bound + step)`` then.
    """
    low, high = listed.span
    residue, g = 0, 0
    adds = [(listed.value, low)]
    for load, least, most, who in zip(listed.loads, listed.least, listed.most, (listed.i, listed.j), strict=True):
        if load is not None:
            room = np.minimum(most, np.bincount(who, minlength=len(most)))
            number = np.arange(int(room.max(initial=0)) + 1)[:, None]
            worth = np.array([load.of(np.full(len(most), k)) for k in range(len(number))])
            adds.append((np.diff(worth, axis=0)[((least <= number) & (number < room))[:-1]], low - int(least.sum())))
            residue += int(load.of(least).sum())
    for numbers, times in adds:
        v, h = _pattern(numbers)
        residue, g = residue + v * times, int(np.gcd.reduce([g, h, 0 if low == high else v]))
    return (residue - bound - 1) % g + 1 if g else max(residue - bound, 1)


def _pattern(numbers: IntArray) -> tuple[int, int]:
    v = int(numbers[0]) if len(numbers) else 0
    return v, int(np.gcd.reduce(numbers - v)) if len(numbers) else 0
