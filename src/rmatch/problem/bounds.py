"""The problem on people and the pool of pairs it is solved on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rmatch.columns import BoolArray, IntArray

if TYPE_CHECKING:
    from rmatch.problem.partner_types import Half
    from rmatch.valuation import Gain

UNLIMITED = 1 << 40
"""More pairs than there ever are."""


@dataclass(frozen=True, eq=False)
class Groups:
    """One side's people in nested groups, each with the least and the most pairs that its people may have together.

    Person ``p`` is in group ``of[p]``, group ``g`` in ``parent[g]``, which has a smaller number; group 0 is the whole
    side and has no bounds of its own.
    """

    of: IntArray
    parent: IntArray
    least: IntArray
    most: IntArray
    gain: Gain | None = None
    """What a group's number of pairs is worth; nothing, as a rule."""

    @classmethod
    def none(cls, people: int) -> Groups:
        """The whole side, and nothing below it."""
        return cls(np.zeros(people, np.int64), np.array([-1]), np.array([0]), np.array([UNLIMITED]))

    def loads(self, load: IntArray) -> IntArray:
        """How many pairs each group has where its people have ``load``, ``(groups,)``."""
        counts = np.bincount(self.of, load, len(self)).astype(np.int64)
        for group in range(len(self) - 1, 0, -1):
            counts[self.parent[group]] += counts[group]
        return counts

    def room(self, capacity: IntArray) -> int:
        """No plan gives this side more pairs."""
        counts = np.bincount(self.of, np.minimum(capacity, UNLIMITED), len(self)).astype(np.int64)
        for group in range(len(self) - 1, 0, -1):
            counts[self.parent[group]] += min(counts[group], self.most[group])
        return int(min(counts[0], self.most[0]))

    def take(self, people: IntArray) -> Groups:
        """The same groups for some of the people, without their least numbers."""
        return Groups(self.of[people], self.parent, 0 * self.least, self.most)

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True, eq=False)
class Bounds:
    """How many pairs each person may and must have, mentors then mentees, and whether the number is settled first.

    ``groups`` bound what people have together, ``total`` what all have: the least and the most; ``halves`` what people
    have with each kind of partner (see :mod:`rmatch.problem.partner_types`). They are None where nothing bounds them.
    """

    capacity: tuple[IntArray, IntArray]
    minimum: tuple[IntArray, IntArray]
    most_pairs: bool
    groups: tuple[Groups, Groups] | None = None
    total: tuple[int, int] | None = None
    halves: tuple[Half | None, Half | None] | None = None

    def part(self, rows: IntArray, columns: IntArray) -> Bounds:
        """The bounds of some people only, without least numbers; of a settled total, their share."""
        some = rows, columns
        groups = None if self.groups is None else tuple(t.take(k) for t, k in zip(self.groups, some, strict=True))
        none = np.zeros(len(rows), np.int64), np.zeros(len(columns), np.int64)
        own = Bounds((self.capacity[0][rows], self.capacity[1][columns]), none, False, groups)  # type: ignore[arg-type]
        least, most = self.span
        if not most:
            return own
        total = int(least * own.room / most), -int(-most * own.room // self.room)
        return replace(own, total=(min(total[0], own.room), min(total[1], own.room)))

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.capacity[0]), len(self.capacity[1])

    @property
    def plain(self) -> bool:
        """Whether people alone are bounded."""
        return self.groups is None and self.total is None and self.halves is None

    @cached_property
    def trees(self) -> tuple[Groups, Groups]:
        """The groups of both sides, of which there may be none but the sides themselves."""
        return self.groups or (Groups.none(self.shape[0]), Groups.none(self.shape[1]))

    @cached_property
    def room(self) -> int:
        """No plan has more pairs than the smaller side has room for."""
        sides = zip(self.trees, self.capacity, strict=True)
        most = min(tree.room(capacity) for tree, capacity in sides)
        return most if self.total is None else min(most, self.total[1])

    @property
    def span(self) -> tuple[int, int]:
        """The least and the most pairs that a plan may have."""
        return 0 if self.total is None else self.total[0], self.room

    @cached_property
    def one_to_one(self) -> bool:
        """Whether everybody has room for exactly one pair, must have none, and both sides are as large."""
        m, n = self.shape
        free = self.groups is None and self.halves is None and m == n
        return free and all((c == 1).all() for c in self.capacity) and not any(c.any() for c in self.minimum)


@dataclass(frozen=True, eq=False)
class Pool:
    """Eligible pairs that the solver sees: mentor ``i``, mentee ``j``, ``points``; ascending by ``i``, then ``j``."""

    i: IntArray
    j: IntArray
    points: IntArray
    shape: tuple[int, int]

    @cached_property
    def keys(self) -> IntArray:
        """``i · mentees + j``, ascending."""
        return self.i * np.int64(self.shape[1]) + self.j

    @cached_property
    def start(self) -> IntArray:
        """Where each mentor's pairs begin, and the end."""
        return np.searchsorted(self.i, np.arange(self.shape[0] + 1))

    @classmethod
    def of(cls, i: IntArray, j: IntArray, points: IntArray, shape: tuple[int, int]) -> Pool:
        """A pool of listed pairs, in any order, repeats dropped."""
        keys, first = np.unique(i * np.int64(shape[1]) + j, return_index=True)
        return cls(keys // shape[1], keys % shape[1], points[first], shape)

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Pool:
        """No pairs."""
        none = np.zeros(0, np.int64)
        return cls(none, none, none, shape)

    def plus(self, i: IntArray, j: IntArray, points: IntArray) -> Pool:
        """The pool with more pairs."""
        more = ((self.i, i), (self.j, j), (self.points, points))
        all_i, all_j, all_points = (np.concatenate(pair) for pair in more)
        return Pool.of(all_i, all_j, all_points, self.shape)

    def only(self, some: IntArray | BoolArray) -> Pool:
        """Some of the pairs, at ascending positions or where true."""
        return Pool(self.i[some], self.j[some], self.points[some], self.shape)

    def has(self, i: IntArray, j: IntArray) -> BoolArray:
        """Which of the listed pairs are in the pool."""
        wanted = i * np.int64(self.shape[1]) + j
        there: BoolArray = np.append(self.keys, -1)[np.searchsorted(self.keys, wanted)] == wanted
        return there

    def __len__(self) -> int:
        return len(self.i)
