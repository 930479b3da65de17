"""May this pair be, and is it still open? Whole numbers and predicates only: nothing here knows a name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import Floats, among
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.criteria import Tile
from rmatch.factors import SCALE
from rmatch.rules import Predicate


@dataclass(frozen=True, eq=False)
class PointTile:
    """A criterion without a factor form, in points: ``weight · tile`` rounded once; ineligible where NaN."""

    criterion: int
    weight: int
    tile: Tile

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Points of a block, float64 whole numbers, NaN where the criterion forbids the pair."""
        return self._points(self.tile.block(rows, columns))

    def at(self, i: IntArray, j: IntArray) -> FloatArray:
        """Points of listed pairs, the same numbers as :meth:`block` gives."""
        return self._points(self.tile.at(i, j))

    def _points(self, scores: FloatArray) -> FloatArray:
        return np.floor(np.asarray(scores, np.float64) * self.weight + 0.5)  # float32 would round otherwise in lists


@dataclass(frozen=True, eq=False)
class Eligibility:
    """All that forbids a pair: being one person, a rule, a missing score, too low a score; or a lock that settled it.

    ``persons`` number the mentors and the mentees, one person always the same; ``locked`` are ascending keys
    ``i · mentees + j``.
    """

    mentees: int
    persons: tuple[IntArray, IntArray]
    predicates: tuple[Predicate, ...]
    tiles: tuple[PointTile, ...]
    least_points: int
    locked: IntArray

    def allowed(self, i: IntArray, j: IntArray, points: IntArray) -> BoolArray:
        """Whether each listed pair, worth ``points``, may be."""
        fine: BoolArray = (self.persons[0][i] != self.persons[1][j]) & (points >= self.least_points)
        for allows in self.predicates:
            fine[fine] = allows(i[fine], j[fine])
        for tile in self.tiles:
            fine[fine] = ~np.isnan(tile.at(i[fine], j[fine]))
        return fine

    def grid(self, mentors: IntArray, mentees: IntArray, points: Floats) -> BoolArray:
        """Whether each pair of some mentors with some mentees may be, ``(mentors, mentees)``.

        ``points`` are their scores with penalties and tiles, as a scan gives them: what a penalty forbids is passed
        over unasked, and every other pair is asked about as in :meth:`allowed`.
        """
        fine: BoolArray = points > -SCALE  # a score of at most 1 less a penalty of 2
        if self.least_points:
            fine &= points >= self.least_points
        own, others = self.persons[0][mentors], self.persons[1][mentees]
        both = np.flatnonzero(np.isin(own, others))
        fine[both] &= own[both, None] != others
        for allows in self.predicates:
            if getattr(allows, "broadcasts", False):
                fine &= allows(mentors[:, None], mentees[None, :])
            else:
                row, column = np.nonzero(fine)
                fine[row, column] = allows(mentors[row], mentees[column])
        return fine

    def open(self, i: IntArray, j: IntArray, points: IntArray) -> BoolArray:
        """Whether each listed pair may be and is not settled by a lock."""
        return self.allowed(i, j, points) & self.unlocked(i, j)

    def unlocked(self, i: IntArray, j: IntArray) -> BoolArray:
        """Whether no lock settles a listed pair."""
        if not len(self.locked):
            return np.ones(len(i), bool)
        return ~among(i * np.int64(self.mentees) + j, self.locked)
