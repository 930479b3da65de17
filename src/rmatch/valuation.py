"""Valuations of plans: the one data form into which objectives and side constraints are compiled.

A valuation assigns an integer to every pair and, through concave load utilities, to every person's number of pairs::

    value(i, j) = each + times · score_ij + Σ increment · [score_ij ≥ threshold] + u_i · v_j + bonus of a listed pair
    utility of k pairs of one person = first · min(k, upto) - square · k²

The value of a plan is the sum over its pairs and its people. Valuations can be added and scaled, so a Lagrangian
(an objective plus multiples of side constraints) is again a valuation. All numbers are integers, in points where
scores are involved (score 1 is 2²⁰ points).

================  ============================================================================
objective         valuation
================  ============================================================================
total             times 1, each -floor
most pairs        each 1
fewest below t    each -1, increment 1 at threshold t
a share           u · v, integers; see :func:`rmatch.problem.compile.compile_limits`
pairs to keep     bonus 1
people first      load utility with first 1 and upto 1
least load        load utility with square 1
================  ============================================================================
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
class LoadUtility:
    """Concave utility of the number of pairs of each person on one side.

    With ``b`` pairs already fixed by locks, ``k`` further pairs of a person add::

        U(b + k) - U(b),   U(t) = first · min(t, upto) - square · t²

    The marginal utility of a pair never increases with ``k``, so a min-cost flow fills parallel arcs in order.

    Args:
        first: Utility of each of the first ``upto`` pairs, ``(people,)`` int64, 0 or more.
        upto: Number of pairs that earn ``first``, ``(people,)`` int64.
        before: Pairs fixed by locks, ``(people,)`` int64.
        square: Coefficient of the quadratic cost, 0 or more; one for all people or ``(people,)``.
    """

    first: IntArray
    upto: IntArray
    before: IntArray
    square: int | IntArray = 0

    def __add__(self, other: LoadUtility) -> LoadUtility:
        idle = not self.first.any()
        assert idle or not other.first.any() or np.array_equal(self.upto, other.upto), "gains of two reaches"
        upto = other.upto if idle else self.upto
        return replace(self, first=self.first + other.first, upto=upto, square=self.square + other.square)

    def __rmul__(self, times: int) -> LoadUtility:
        return replace(self, first=times * self.first, square=times * self.square)

    def take(self, people: IntArray) -> LoadUtility:
        """Return the utilities of some people, given by position."""
        square = self.square if isinstance(self.square, int) else self.square[people]
        columns = self.first[people], self.upto[people], self.before[people]
        return LoadUtility(*columns, square)

    def next(self, load: IntArray) -> IntArray:
        """Return ``U(before + load + 1) - U(before + load)``, the marginal utility of one more pair, ``(people,)``
        int64.
        """
        k = self.before + load + 1
        adds: IntArray = np.where(k <= self.upto, self.first, 0) - self.square * (2 * k - 1)
        return adds

    def last(self, load: IntArray) -> IntArray:
        """Return ``U(before + load) - U(before + load - 1)``, the marginal utility of the last pair, ``(people,)``
        int64.
        """
        return self.next(load - 1)

    def of(self, load: IntArray) -> IntArray:
        """Return ``U(before + load) - U(before)``, the utility of ``load`` pairs beyond the locked ones,
        ``(people,)`` int64.
        """
        k, b = self.before + load, self.before
        first = self.first * (np.minimum(k, self.upto) - np.minimum(b, self.upto))
        adds: IntArray = first - self.square * (k * k - b * b)
        return adds

    def most(self, price: IntArray, least: IntArray, most: IntArray) -> IntArray:
        """Return the conjugate ``max(of(k) + price · k)`` over ``least ≤ k ≤ most``, for each person, ``(people,)``
        int64.

        The maximum of a concave function is attained at a bound, at the kink ``upto``, or next to the stationary point.
        """
        turns = [least, most, self.upto - self.before]
        if np.any(self.square):
            for peak in (price, price + self.first):
                turns += [peak // np.maximum(2 * self.square, 1) - self.before + step for step in (0, 1)]
        values = [self.of(k) + price * k for k in (np.clip(turn, least, most) for turn in turns)]
        return reduce(np.maximum, values)


Each: TypeAlias = Callable[[IntArray, IntArray], IntArray]
"""Value added by each listed pair: ``(i, j) -> (pairs,)`` int64."""

LoadUtilities: TypeAlias = tuple[LoadUtility | None, LoadUtility | None]
NO_UTILITY: LoadUtilities = (None, None)
"""No load utility on either side."""


@dataclass(frozen=True, eq=False)
class Valuation:
    """An integer value of every pair and of every person's number of pairs; the formula is in the module's docstring.

    Args:
        each: Constant added for every pair.
        times: Multiple of the score in points.
        steps: ``(threshold, increment)`` pairs: the increment is added where the score reaches the threshold, in
            points.
        sides: Integer factors ``u`` (mentors) and ``v`` (mentees) whose inner product is added, or None.
        listed: ``(keys, bonus)``, int64 arrays; ``keys`` are ``i · mentees + j`` ascending, or None.
        load_utilities: Utility of numbers of pairs on the mentors' and the mentees' side; None for none.
    """

    each: int = 0
    times: int = 1
    steps: tuple[tuple[int, int], ...] = ()
    sides: tuple[Sparse, Sparse] | None = None
    listed: tuple[IntArray, IntArray] | None = None
    load_utilities: LoadUtilities = NO_UTILITY

    @property
    def plain(self) -> bool:
        """Whether the valuation is the score plus a constant."""
        return self.times == 1 and not self.steps and self.sides is None and self.listed is None and self.bare

    @property
    def bare(self) -> bool:
        """Whether there is no load utility."""
        return self.load_utilities == NO_UTILITY

    def __add__(self, other: Valuation) -> Valuation:
        return Valuation(
            self.each + other.each,
            self.times + other.times,
            _merged(self.steps, other.steps),
            _both(self.sides, other.sides),
            _listed(self.listed, other.listed),
            tuple(map(_sum, self.load_utilities, other.load_utilities)),  # type: ignore[arg-type]
        )

    def __rmul__(self, times: int) -> Valuation:
        return Valuation(
            times * self.each,
            times * self.times,
            tuple((threshold, times * increment) for threshold, increment in self.steps) if times else (),
            None if self.sides is None or not times else (self.sides[0], self.sides[1].times(times)),
            None if self.listed is None or not times else (self.listed[0], times * self.listed[1]),
            tuple(None if utility is None or not times else times * utility for utility in self.load_utilities),  # type: ignore[arg-type]
        )

    def part(self, rows: IntArray, columns: IntArray) -> Valuation:
        """Return the valuation restricted to mentors ``rows`` and mentees ``columns``, renumbered, without listed
        pairs.
        """
        sides = None if self.sides is None else (self.sides[0].take(rows), self.sides[1].take(columns))
        people = zip(self.load_utilities, (rows, columns), strict=True)
        load_utilities = [None if utility is None else utility.take(some) for utility, some in people]
        return replace(self, sides=sides, listed=None, load_utilities=(load_utilities[0], load_utilities[1]))

    def of(self, i: IntArray, j: IntArray, points: IntArray, mentees: int) -> IntArray:
        """Return the value of listed pairs, without load utilities.

        Args:
            i: Mentors, ``(pairs,)`` int64.
            j: Mentees, ``(pairs,)`` int64.
            points: Scores in points, ``(pairs,)`` int64.
            mentees: Number of mentees, by which listed keys are formed.

        Returns:
            ``(pairs,)`` int64.
        """
        value = np.full(len(i), self.each, np.int64) + self.times * points
        for threshold, increment in self.steps:
            value += np.where(points >= threshold, increment, 0)
        if self.sides is not None:
            value += np.rint(dot(*self.sides, i, j)[0]).astype(np.int64)
        if self.listed is not None:
            keys, bonus = self.listed
            wanted = i * np.int64(mentees) + j
            at = np.searchsorted(keys, wanted)
            value += np.where(np.append(keys, -1)[at] == wanted, np.append(bonus, 0)[at], 0)
        return value

    def of_loads(self, loads: tuple[IntArray, IntArray]) -> int:
        """Return the sum of the load utilities for given numbers of pairs, mentors' and mentees'."""
        return sum(int(g.of(load).sum()) for g, load in zip(self.load_utilities, loads, strict=True) if g is not None)

    def of_plan(self, i: IntArray, j: IntArray, points: IntArray, shape: tuple[int, int]) -> int:
        """Return the value of a whole plan: pairs ``(i, j)`` with scores ``points``, among ``shape`` mentors and
        mentees.
        """
        loads = np.bincount(i, minlength=shape[0]), np.bincount(j, minlength=shape[1])
        return int(self.of(i, j, points, shape[1]).sum()) + self.of_loads(loads)

    @property
    def reach(self) -> int:
        """Upper bound of ``|value(i, j) - each|`` over pairs that are not listed and score in [0, 1]."""
        increments = sum(abs(increment) for _, increment in self.steps)
        return abs(self.times) * SCALE + increments + (0 if self.sides is None else _reach(*self.sides))

    def block(self, scores: IntArray, i: IntArray, j: IntArray, mentees: int) -> IntArray:
        """Return the value of every pair of some mentors with some mentees, without load utilities.

        Args:
            scores: Scores in points, ``(len(i), len(j))`` int64.
            i: Mentors, ``(k,)`` int64.
            j: Mentees, ``(l,)`` int64.
            mentees: Number of all mentees.

        Returns:
            ``(k, l)`` int64.
        """
        value = self.each + self.times * scores
        for threshold, increment in self.steps:
            value += np.where(scores >= threshold, increment, 0)
        if self.sides is not None:
            u, v = (side.take(rows).dense() for side, rows in zip(self.sides, (i, j), strict=True))
            used = np.flatnonzero(u.any(0) & v.any(0))
            value += np.rint(u[:, used] @ v[:, used].T).astype(np.int64)
        if self.listed is not None:
            bare = replace(self, each=0, times=0, steps=(), sides=None)
            value += bare.of(np.repeat(i, len(j)), np.tile(j, len(i)), np.zeros(value.size, np.int64), mentees).reshape(
                value.shape
            )
        return value


TOTAL = Valuation()
"""The score itself."""

NOTHING = Valuation(times=0)
"""The valuation that is 0 for every plan."""

PAIR = Valuation(each=1, times=0)
"""The valuation that counts pairs."""


@dataclass(frozen=True, eq=False)
class SideConstraint:
    """The constraint that the valuation of a plan is at least ``least``.

    Args:
        name: Name in messages and certificates.
        valuation: What is summed over the plan.
        least: Right-hand side.
        frozen: Whether it freezes an earlier objective at a value that is known to be attainable.
        unit: Points in one unit of the valuation; 1 where it counts.
        origin: Name of the declared row that it represents; empty for an earlier objective.
        sign: Sign of the declared row's multiplier: -1 for its least, 1 for its most.
    """

    name: str
    valuation: Valuation
    least: int
    frozen: bool = False
    unit: int = 1
    origin: str = ""
    sign: int = -1


def total(valuations: list[tuple[int, Valuation]], start: Valuation) -> Valuation:
    """Return ``start`` plus a linear combination of valuations.

    Args:
        valuations: ``(multiplier, valuation)`` pairs.
        start: Valuation to which they are added.
    """
    return reduce(lambda sum_, each: sum_ + each[0] * each[1] if each[0] else sum_, valuations, start)


def _sum(one: LoadUtility | None, other: LoadUtility | None) -> LoadUtility | None:
    return other if one is None else one if other is None else one + other


def _both(one: tuple[Sparse, Sparse] | None, other: tuple[Sparse, Sparse] | None) -> tuple[Sparse, Sparse] | None:
    if one is None or other is None:
        return other if one is None else one
    return beside([one[0], other[0]]), beside([one[1], other[1]])


def _merged(one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    steps = dict(one)
    for threshold, increment in other:
        steps[threshold] = steps.get(threshold, 0) + increment
    return tuple(sorted((threshold, increment) for threshold, increment in steps.items() if increment))


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
