"""Locked pairs as a reduction: they are in every plan, so only the pairs beside them are searched for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.model import Model, open_bounds

Pairs = tuple[IntArray, IntArray]
"""Mentors and mentees of pairs, ``(pairs,)`` int64 each."""


@dataclass(frozen=True, eq=False)
class LockedPairs:
    """The pairs that a model locks, taken out of its problem and put back into a plan.

    Args:
        model: The model. Its kernel passes over locked pairs, so they are no candidates.
    """

    model: Model

    def apply(self, problem: bool) -> Bounds:
        """Return the bounds that locked pairs leave each person; ``problem`` says whether as many pairs as can be are
        wanted.
        """
        return Bounds(*open_bounds(self.model), problem)

    def invert(self, answer: Pairs) -> Pairs:
        """Return all pairs of a plan: the locked ones, then those of ``answer``."""
        locked = self.model.locked
        return np.concatenate([locked[0], answer[0]]), np.concatenate([locked[1], answer[1]])

    def without(self, pairs: Pairs) -> Candidates:
        """Return the pairs of a plan that are not locked, as candidates."""
        i, j = pairs
        free = ~np.isin(i * np.int64(self.model.shape[1]) + j, self.model.locked_keys)
        return Candidates.of(i[free], j[free], self.model.points(i[free], j[free]), self.model.shape)

    @property
    def value(self) -> int:
        """Sum of the locked pairs' scores above the floor, in points."""
        return int((self.model.points(*self.model.locked) - self.model.floor).sum())
