"""Limits by kinds of partners as limits on nested groups: people taken apart for the solver, and put together again.

A person whose pairs are counted by kind becomes a small group, with a part for each kind of partner and one for all
others; a pair runs through the part that its partner's kind says. Everywhere else people stay whole: what a part costs
more than its person is that person's toll for the kind, see :mod:`rmatch.problem.partner_types`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.problem.bounds import UNLIMITED, Bounds, Groups, Pool
from rmatch.problem.partner_types import Half, Tolls
from rmatch.solve.duals import Prices
from rmatch.valuation import Gain, Gains


@dataclass(frozen=True, eq=False)
class Parts:
    """Where each person's parts begin: one for each kind and one for the rest, or a single one for who stays whole."""

    half: Half
    split: BoolArray
    start: IntArray

    @cached_property
    def of(self) -> IntArray:
        """The person of each part."""
        return np.repeat(np.arange(len(self.split)), np.diff(self.start))

    @cached_property
    def kind(self) -> IntArray:
        """The kind of each part, -1 for the rest and for who stays whole."""
        kind = np.arange(self.start[-1]) - self.start[self.of]
        kind[(kind == self.half.kinds) | ~self.split[self.of]] = -1
        return kind

    def at(self, person: IntArray, other: IntArray) -> IntArray:
        """The part through which pairs of these people with these others run."""
        kind = self.half.kind[other]
        place = np.where(kind < 0, self.half.kinds, kind)
        return self.start[person] + np.where(self.split[person], place, 0)


@dataclass(frozen=True, eq=False)
class Wide:
    """A problem with people in parts: its bounds and gains, and the way there and back."""

    bounds: Bounds
    gains: Gains
    parts: tuple[Parts | None, Parts | None]
    first: tuple[int, int]
    """The number of the first group that stands for a person, on each side."""

    @classmethod
    def of(cls, bounds: Bounds, gains: Gains, halves: tuple[Half | None, Half | None]) -> Wide:
        """Take people apart."""
        sides = [_widened(bounds, gains[side], halves[side], side) for side in (0, 1)]
        wide = Bounds(
            (sides[0].most, sides[1].most),
            (sides[0].least, sides[1].least),
            False,
            (sides[0].groups, sides[1].groups),
            bounds.span,
        )
        parts = sides[0].parts, sides[1].parts
        return cls(wide, (sides[0].gain, sides[1].gain), parts, (len(bounds.trees[0]), len(bounds.trees[1])))

    def order(self, pool: Pool) -> tuple[Pool, IntArray]:
        """The pool between parts, and which of its own pairs each is."""
        ends = [
            own if part is None else part.at(own, other)
            for part, own, other in zip(self.parts, (pool.i, pool.j), (pool.j, pool.i), strict=True)
        ]
        order = np.lexsort((ends[1], ends[0]))
        return Pool(ends[0][order], ends[1][order], pool.points[order], self.bounds.shape), order

    def starts(self, prices: IntArray) -> IntArray:
        """Mentees' prices for their parts."""
        part = self.parts[1]
        return prices if part is None else prices[part.of]

    def folded(self, prices: Prices) -> tuple[Prices, Tolls]:
        """Prices of people, and their tolls by kind."""
        sides = [
            _folded(own, grounds, part, first)
            for own, grounds, part, first in zip(
                (prices.x, prices.y), prices.grounds, self.parts, self.first, strict=True
            )
        ]
        grounds = tuple(g[:first] for g, first in zip(prices.grounds, self.first, strict=True))
        whole = Prices(sides[0][0], sides[1][0], prices.X, prices.Y, (grounds[0], grounds[1]))
        halves = tuple(None if part is None else part.half for part in self.parts)
        return whole, Tolls((halves[0], halves[1]), (sides[0][1], sides[1][1]))

    def blocks(self, reached: tuple[BoolArray, BoolArray]) -> Iterator[tuple[IntArray, IntArray]]:
        """Mentors and mentees, block by block, whose pairs lead from a reached part to one that is not."""
        kinds = [
            np.zeros(len(part.half.kind) if part is not None else 0, np.int64) if part is None else part.half.kind
            for part in self.parts
        ]
        m = len(self.bounds.capacity[0]) if self.parts[0] is None else len(self.parts[0].split)
        n = len(self.bounds.capacity[1]) if self.parts[1] is None else len(self.parts[1].split)
        of_mentees = kinds[0] if self.parts[0] is not None else np.zeros(n, np.int64)
        of_mentors = kinds[1] if self.parts[1] is not None else np.zeros(m, np.int64)
        for a in np.unique(of_mentors):
            rows = np.flatnonzero(of_mentors == a)
            for b in np.unique(of_mentees):
                columns = np.flatnonzero(of_mentees == b)
                one = rows if self.parts[0] is None else self.parts[0].at(rows, np.full(len(rows), columns[0]))
                two = columns if self.parts[1] is None else self.parts[1].at(columns, np.full(len(columns), rows[0]))
                some = rows[reached[0][one]], columns[~reached[1][two]]
                if len(some[0]) and len(some[1]):
                    yield some


@dataclass(frozen=True, eq=False)
class _WideSide:
    most: IntArray
    least: IntArray
    groups: Groups
    gain: Gain | None
    parts: Parts | None


def _parts(half: Half, capacity: IntArray, all_: bool) -> Parts:
    """The parts of everybody whom a kind could limit, or of all; the others stay whole."""
    split = np.full(len(capacity), all_) | (half.most < capacity[:, None]).any(1)
    sizes = np.where(split, half.kinds + 1, 1)
    return Parts(half, split, np.concatenate([[0], np.cumsum(sizes)]))


def _widened(bounds: Bounds, gain: Gain | None, half: Half | None, side: int) -> _WideSide:
    capacity, least, tree = bounds.capacity[side], bounds.minimum[side], bounds.trees[side]
    if half is None:
        return _WideSide(capacity, least, tree, gain, None)
    parts = _parts(half, capacity, all_=gain is not None)  # with gains, everybody's own number stands in a group
    people, of, kind = np.flatnonzero(parts.split), parts.of, parts.kind
    inside = parts.split[of]
    limited = inside & (kind >= 0)
    most = np.where(inside, UNLIMITED, capacity[of])
    most[limited] = np.minimum(half.most[of[limited], kind[limited]], capacity[of[limited]])
    most = np.minimum(most, np.maximum(capacity[of], 0)) if gain is None and not inside.any() else most
    place = np.full(len(capacity), -1)
    place[people] = len(tree) + np.arange(len(people))
    groups = Groups(
        np.where(inside, place[of], tree.of[of]),
        np.concatenate([tree.parent, tree.of[people]]),
        np.concatenate([tree.least, least[people]]),
        np.concatenate([tree.most, capacity[people]]),
    )
    if gain is not None:
        none = np.zeros(len(tree), np.int64)
        first, upto, before = (np.concatenate([none, c[people]]) for c in (gain.first, gain.upto, gain.before))
        square = np.concatenate([none, np.broadcast_to(gain.square, len(people))])
        groups = replace(groups, gain=Gain(first, upto, before, square))
    return _WideSide(most, np.where(inside, 0, least[of]), groups, None, parts)


def _folded(prices: IntArray, grounds: IntArray, parts: Parts | None, first: int) -> tuple[IntArray, IntArray | None]:
    if parts is None:
        return prices, None
    people = np.flatnonzero(parts.split)
    whole = prices[parts.start[:-1]].copy()
    whole[people] = grounds[first:]
    tolls = np.zeros(parts.half.most.shape, np.int64)
    limited = np.flatnonzero(parts.split[parts.of] & (parts.kind >= 0))
    of, kind = parts.of[limited], parts.kind[limited]
    tolls[of, kind] = np.maximum(prices[limited] - whole[of], 0)
    return whole, tolls
