"""What a pair, and what somebody's number of pairs, is worth: the one form of all objectives and limits.

Every objective asks for the largest sum of some worth over the plan, and every limit that is no bound on nested
groups of people says that such a sum must reach a number. With a price for each unit (a multiplier), such a limit is
part of the worth that is maximised. So there is one kind of value, and it can be added and scaled::

    worth(i, j) = each + times · score + Σ gain · [score ≥ threshold] + u_i · v_j + bonus of a listed pair
    worth of k pairs for one person = first · min(k, upto) - square · k²

================  ==============================================================
total             times 1, each -floor
most pairs        each 1
fewest below t    each -1, gain 1 at t
a share           u · v, whole numbers: see :func:`rmatch.problem.compile.compile_limits`
pairs to keep     bonus 1
people first      first 1 up to 1 pair
least load        square 1
================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import IntArray
from rmatch.factors import SCALE, Sparse, beside, dot


@dataclass(frozen=True, eq=False)
class Gain:
    """What the ``k``-th pair of each person adds: ``first`` while ``k ≤ upto``, less ``square · (2k - 1)``.

    ``before`` are the pairs that a person has beforehand, by locks; marginal gains never rise with ``k``.
    """

    first: IntArray
    upto: IntArray
    before: IntArray
    square: int | IntArray = 0

    def __add__(self, other: Gain) -> Gain:
        idle = not self.first.any()
        assert idle or not other.first.any() or np.array_equal(self.upto, other.upto), "gains of two reaches"
        upto = other.upto if idle else self.upto
        return replace(self, first=self.first + other.first, upto=upto, square=self.square + other.square)

    def __rmul__(self, times: int) -> Gain:
        return replace(self, first=times * self.first, square=times * self.square)

    def take(self, people: IntArray) -> Gain:
        """The same for some of the people."""
        square = self.square if isinstance(self.square, int) else self.square[people]
        columns = self.first[people], self.upto[people], self.before[people]
        return Gain(*columns, square)

    def next(self, load: IntArray) -> IntArray:
        """What one pair more adds to somebody who has ``load``."""
        k = self.before + load + 1
        adds: IntArray = np.where(k <= self.upto, self.first, 0) - self.square * (2 * k - 1)
        return adds

    def last(self, load: IntArray) -> IntArray:
        """What the last pair of ``load`` added."""
        return self.next(load - 1)

    def of(self, load: IntArray) -> IntArray:
        """What ``load`` pairs add for each person."""
        k, b = self.before + load, self.before
        first = self.first * (np.minimum(k, self.upto) - np.minimum(b, self.upto))
        adds: IntArray = first - self.square * (k * k - b * b)
        return adds

    def most(self, price: IntArray, least: IntArray, most: IntArray) -> IntArray:
        """The largest ``of(k) + price · k`` over ``least ≤ k ≤ most``, for each person."""
        turns = [least, most, self.upto - self.before]
        if np.any(self.square):
            for peak in (price, price + self.first):
                turns += [peak // np.maximum(2 * self.square, 1) - self.before + step for step in (0, 1)]
        values = [self.of(k) + price * k for k in (np.clip(turn, least, most) for turn in turns)]
        return reduce(np.maximum, values)


Each: TypeAlias = Callable[[IntArray, IntArray], IntArray]
"""What each listed pair adds."""

Gains: TypeAlias = tuple[Gain | None, Gain | None]
FREE: Gains = (None, None)
"""Numbers of pairs are worth nothing by themselves."""


@dataclass(frozen=True, eq=False)
class Worth:
    """A value of pairs and of people's numbers of pairs; see the head of this room. All in whole points."""

    each: int = 0
    times: int = 1
    steps: tuple[tuple[int, int], ...] = ()
    sides: tuple[Sparse, Sparse] | None = None
    listed: tuple[IntArray, IntArray] | None = None
    gains: Gains = FREE

    @property
    def plain(self) -> bool:
        """Whether it is the score less a constant."""
        return self.times == 1 and not self.steps and self.sides is None and self.listed is None and self.bare

    @property
    def bare(self) -> bool:
        """Whether nobody's number of pairs is worth anything."""
        return self.gains == FREE

    def __add__(self, other: Worth) -> Worth:
        return Worth(
            self.each + other.each,
            self.times + other.times,
            _merged(self.steps, other.steps),
            _both(self.sides, other.sides),
            _listed(self.listed, other.listed),
            (_sum(self.gains[0], other.gains[0]), _sum(self.gains[1], other.gains[1])),
        )

    def __rmul__(self, times: int) -> Worth:
        return Worth(
            times * self.each,
            times * self.times,
            tuple((threshold, times * gain) for threshold, gain in self.steps) if times else (),
            None if self.sides is None or not times else (self.sides[0], _scaled(self.sides[1], times)),
            None if self.listed is None or not times else (self.listed[0], times * self.listed[1]),
            tuple(None if gain is None or not times else times * gain for gain in self.gains),  # type: ignore[arg-type]
        )

    def part(self, rows: IntArray, columns: IntArray) -> Worth:
        """The same for some people only, numbered anew; pairs that are listed by name are left out."""
        sides = None if self.sides is None else (self.sides[0].take(rows), self.sides[1].take(columns))
        people = zip(self.gains, (rows, columns), strict=True)
        gains = [None if gain is None else gain.take(some) for gain, some in people]
        return replace(self, sides=sides, listed=None, gains=(gains[0], gains[1]))

    def of(self, i: IntArray, j: IntArray, points: IntArray, mentees: int) -> IntArray:
        """The worth of listed pairs that score ``points``, without what people's numbers add; int64."""
        worth = np.full(len(i), self.each, np.int64) + self.times * points
        for threshold, gain in self.steps:
            worth += np.where(points >= threshold, gain, 0)
        if self.sides is not None:
            worth += np.rint(dot(*self.sides, i, j)[0]).astype(np.int64)
        if self.listed is not None:
            keys, bonus = self.listed
            wanted = i * np.int64(mentees) + j
            at = np.searchsorted(keys, wanted)
            worth += np.where(np.append(keys, -1)[at] == wanted, np.append(bonus, 0)[at], 0)
        return worth

    def of_loads(self, loads: tuple[IntArray, IntArray]) -> int:
        """What everybody's number of pairs adds."""
        return sum(int(g.of(load).sum()) for g, load in zip(self.gains, loads, strict=True) if g is not None)

    def of_plan(self, i: IntArray, j: IntArray, points: IntArray, shape: tuple[int, int]) -> int:
        """The worth of a whole plan."""
        loads = np.bincount(i, minlength=shape[0]), np.bincount(j, minlength=shape[1])
        return int(self.of(i, j, points, shape[1]).sum()) + self.of_loads(loads)

    @property
    def reach(self) -> int:
        """A bound on what all but ``each`` and the listed pairs adds or takes, for pairs that score in [0, 1]."""
        gains = sum(abs(gain) for _, gain in self.steps)
        return abs(self.times) * SCALE + gains + (0 if self.sides is None else _reach(*self.sides))

    def block(self, scores: IntArray, i: IntArray, j: IntArray, mentees: int) -> IntArray:
        """The worth of every pair of mentors ``i`` with mentees ``j``, whose scores are given: ``(i, j)`` int64."""
        worth = self.each + self.times * scores
        for threshold, gain in self.steps:
            worth += np.where(scores >= threshold, gain, 0)
        if self.sides is not None:
            u, v = (side.take(rows).dense() for side, rows in zip(self.sides, (i, j), strict=True))
            used = np.flatnonzero(u.any(0) & v.any(0))
            worth += np.rint(u[:, used] @ v[:, used].T).astype(np.int64)
        if self.listed is not None:
            bare = replace(self, each=0, times=0, steps=(), sides=None)
            worth += bare.of(np.repeat(i, len(j)), np.tile(j, len(i)), np.zeros(worth.size, np.int64), mentees).reshape(
                worth.shape
            )
        return worth


TOTAL = Worth()
"""The score."""

NOTHING = Worth(times=0)
"""Nothing for any plan."""

PAIR = Worth(each=1, times=0)
"""1 for each pair."""


@dataclass(frozen=True, eq=False)
class Row:
    """The worth of a plan must be at least ``least``; ``name`` is what messages and certificates call it.

    ``frozen`` says that an earlier objective has this value, which a plan is known to reach; ``unit`` how many points
    one unit of the worth has: 1 where it counts. ``origin`` names the declared row that it stands for, and ``sign`` is
    that of the row's multiplier: -1 where this is its least, 1 where it is its most.
    """

    name: str
    worth: Worth
    least: int
    frozen: bool = False
    unit: int = 1
    origin: str = ""
    sign: int = -1


def total(worths: list[tuple[int, Worth]], start: Worth) -> Worth:
    """``start`` plus each worth so many times."""
    return reduce(lambda sum_, each: sum_ + each[0] * each[1] if each[0] else sum_, worths, start)


def _sum(one: Gain | None, other: Gain | None) -> Gain | None:
    return other if one is None else one if other is None else one + other


def _scaled(side: Sparse, times: int) -> Sparse:
    return Sparse(side.start, side.column, times * side.value, side.width)


def _both(one: tuple[Sparse, Sparse] | None, other: tuple[Sparse, Sparse] | None) -> tuple[Sparse, Sparse] | None:
    if one is None or other is None:
        return other if one is None else one
    return beside([one[0], other[0]]), beside([one[1], other[1]])


def _merged(one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    gains = dict(one)
    for threshold, gain in other:
        gains[threshold] = gains.get(threshold, 0) + gain
    return tuple(sorted((threshold, gain) for threshold, gain in gains.items() if gain))


def _listed(
    one: tuple[IntArray, IntArray] | None, other: tuple[IntArray, IntArray] | None
) -> tuple[IntArray, IntArray] | None:
    if one is None or other is None:
        return other if one is None else one
    keys = distinct(np.concatenate([one[0], other[0]]))
    bonus = np.zeros(len(keys), np.int64)
    for own, value in (one, other):
        bonus[np.searchsorted(keys, own)] += value
    return keys, bonus


def _reach(u: Sparse, v: Sparse) -> int:
    most = np.zeros(v.width, np.int64)
    np.maximum.at(most, v.column, np.abs(v.value).astype(np.int64))
    rows = np.bincount(u.rows, np.abs(u.value) * most[u.column], len(u))
    return int(rows.max(initial=0))
