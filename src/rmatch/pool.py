"""The problem on people and the pool of pairs it is solved on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Bounds:
    """How many pairs each person may and must have, mentors then mentees, and whether the number is settled first."""

    capacity: tuple[IntArray, IntArray]
    minimum: tuple[IntArray, IntArray]
    most_pairs: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.capacity[0]), len(self.capacity[1])

    @cached_property
    def room(self) -> int:
        """No plan has more pairs than the smaller side has room for."""
        return int(min(c.sum() for c in self.capacity))

    @cached_property
    def one_to_one(self) -> bool:
        """Whether everybody has room for exactly one pair, must have none, and both sides are as large."""
        m, n = self.shape
        return m == n and all((c == 1).all() for c in self.capacity) and not any(c.any() for c in self.minimum)


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

    def plus(self, i: IntArray, j: IntArray, points: IntArray) -> Pool:
        """The pool with more pairs."""
        more = ((self.i, i), (self.j, j), (self.points, points))
        all_i, all_j, all_points = (np.concatenate(pair) for pair in more)
        return Pool.of(all_i, all_j, all_points, self.shape)

    def has(self, i: IntArray, j: IntArray) -> BoolArray:
        """Which of the listed pairs are in the pool."""
        wanted = i * np.int64(self.shape[1]) + j
        there: BoolArray = np.append(self.keys, -1)[np.searchsorted(self.keys, wanted)] == wanted
        return there

    def __len__(self) -> int:
        return len(self.i)
