"""The condition that the two people of a pair agree, or differ, in some columns: pairwise, and as a product of
factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.criteria.blocks import align
from rmatch.factors import Sparse, beside, one_hot


@dataclass(frozen=True, eq=False)
class Alike:
    """The condition that two people differ in every one of some columns, or agree in every one.

    Args:
        mentors, mentees: Code of each answer, ``(columns, people)`` int64; -1 for no answer, which meets neither
        condition.
        differ: Whether they must differ.
    """

    mentors: IntArray
    mentees: IntArray
    differ: bool

    @classmethod
    def between(cls, mentors: Table, mentees: Table, columns: tuple[str, ...], differ: bool) -> Alike:
        """Return the condition on some columns that both sides have."""
        codes = [align(mentors[column], mentees[column])[:2] for column in columns]
        return cls(np.array([a for a, _ in codes]), np.array([b for _, b in codes]), differ)

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether each listed pair meets the condition, ``(pairs,)`` bool."""
        met = np.ones(len(i), bool)
        for a, b in zip(self.mentors, self.mentees, strict=True):
            met &= (a[i] >= 0) & (b[j] >= 0) & ((a[i] != b[j]) == self.differ)
        return met

    def block(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Return whether each pair of some mentors with some mentees meets the condition, ``(rows, columns)`` bool."""
        met = np.ones((len(rows), len(columns)), bool)
        for a, b in zip(self.mentors[:, rows], self.mentees[:, columns], strict=True):
            met &= (a[:, None] != b) == self.differ
            met &= (a >= 0)[:, None] & (b >= 0)
        return met

    def factors(self) -> tuple[Sparse, Sparse]:
        """Return the condition as an inner product of integers, mentors and mentees.

        Differing in all of several columns is expanded by inclusion and exclusion:
        ``Π (1 - same_c) = Σ over sets C of columns: (-1)^|C| · [same in all of C]``.
        """
        known = np.all(self.mentors >= 0, axis=0), np.all(self.mentees >= 0, axis=0)
        everything = tuple(range(len(self.mentors)))
        sets = (
            [some for size in range(len(everything) + 1) for some in combinations(everything, size)]
            if self.differ
            else [everything]
        )
        left, right = [], []
        for some in sets:
            a, b, width = self._joint(some, known)
            left.append(one_hot(a, width))
            right.append(one_hot(b, width).times((-1) ** len(some) if self.differ else 1))
        return beside(left), beside(right)

    def _joint(self, some: tuple[int, ...], known: tuple[BoolArray, BoolArray]) -> tuple[IntArray, IntArray, int]:
        """One code for each combination of answers; -1 for people who did not answer all."""
        sides = (self.mentors, self.mentees)
        stacked = [np.column_stack([np.zeros(side.shape[1], np.int64), *[side[c] for c in some]]) for side in sides]
        kinds, place = np.unique(np.concatenate(stacked), axis=0, return_inverse=True)
        a, b = np.split(place.reshape(-1), [self.mentors.shape[1]])
        return np.where(known[0], a, -1), np.where(known[1], b, -1), len(kinds)
