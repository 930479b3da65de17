"""The question of a harvest: whether a pair is eligible, and not a candidate already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.rules.eligibility import Eligibility


@dataclass(frozen=True, eq=False)
class Outside:
    """Predicate: a pair is eligible and not a candidate. It consists of integer arrays, so it can be pickled."""

    eligibility: Eligibility
    mentors: IntArray
    mentees: IntArray
    candidates: IntArray
    x: IntArray
    y: IntArray
    score_function: Callable[[IntArray, IntArray], IntArray] | None = None

    def __call__(self, i: IntArray, j: IntArray, reduced: IntArray) -> BoolArray:
        """Return whether a harvest may keep each listed pair, ``(pairs,)`` bool; ``reduced`` are its reduced points."""
        wanted = i * np.int64(len(self.mentees)) + j
        fine: BoolArray = np.ones(len(wanted), bool)
        if len(self.candidates):  # beyond the last there is none that could be equal
            fine = self.candidates.take(np.searchsorted(self.candidates, wanted), mode="clip") != wanted
        i, j, points = i[fine], j[fine], reduced[fine]
        a, b = self.mentors[i], self.mentees[j]
        if self.score_function is None:
            points = points + self.x[i] + self.y[j]
        elif self.eligibility.least_points:
            points = self.score_function(a, b)
        fine[fine] = self.eligibility.open(a, b, points)
        return fine
