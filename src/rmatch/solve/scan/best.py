"""Each person's best pairs of both sides, in one scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import Floats
from rmatch.columns import FloatArray, IntArray
from rmatch.solve.scan.reductions import Question, ScoredPairs, TileIndex, best_of_each


@dataclass(frozen=True, eq=False)
class Best:
    """Keep each person's ``best`` eligible pairs among those at or above their bar, ties by lottery, for both sides in
    one pass.

    Args:
        question: Predicate evaluated before anything is cut.
        bars: Bars in points, ``(mentors,)`` and ``(mentees,)`` float64; infinite for people who are not asked about.
        best: Number of pairs.
    """

    question: Question
    bars: tuple[FloatArray, FloatArray]
    best: int

    def visit(self, tile: Floats, tile_index: TileIndex) -> ScoredPairs:
        """Return the pairs of a tile that either person wants."""
        over = np.zeros(tile.shape, bool)
        for bar, people, along in ((self.bars[0], tile_index.i, (-1, 1)), (self.bars[1], tile_index.j, (1, -1))):
            own = bar[people].astype(tile.dtype).reshape(along)
            if np.isfinite(own).any():
                over |= tile >= own
        hit = np.flatnonzero(over)
        row, column = np.divmod(hit, tile.shape[1])
        i, j, points = tile_index.i[row], tile_index.j[column], tile.reshape(-1)[hit].astype(np.int64)
        fine = self.question(i, j, points)
        listed = i[fine], j[fine], points[fine]
        return listed if len(hit) < self.best * sum(tile.shape) else self._wanted(*listed)

    def _wanted(self, i: IntArray, j: IntArray, points: IntArray) -> ScoredPairs:
        """The listed pairs that are among the best of either of their people."""
        kept = np.zeros(len(i), bool)
        for axis in (0, 1):
            kept[self._of_side(axis, (i, j, points))] = True
        return i[kept], j[kept], points[kept]

    def _of_side(self, axis: int, listed: ScoredPairs) -> IntArray:
        """Which of the listed pairs are among the best of their mentor, or of their mentee."""
        own = np.flatnonzero(listed[2] >= self.bars[axis][listed[axis]])
        i, j, points = (side[own] for side in listed)
        return own[best_of_each(self.best, (i, j, points), axis)]

    def gather(self, found: list[ScoredPairs]) -> list[ScoredPairs]:
        """Return the results without pairs beyond both people's best, where so many tie that it pays."""
        if sum(len(i) for i, _, _ in found) <= 8 * self.best * sum(map(len, self.bars)):
            return found
        return [self._wanted(*(np.concatenate(column) for column in zip(*found, strict=True)))]

    def merge(self, found: list[ScoredPairs]) -> list[ScoredPairs]:
        """Return the best pairs of the mentors, and those of the mentees, in no particular order."""
        none = (np.zeros(0, np.int64),) * 3
        i, j, points = (np.concatenate(column) for column in zip(none, *found, strict=True))
        sides = (self._of_side(axis, (i, j, points)) for axis in (0, 1))
        return [(i[own], j[own], points[own]) for own in sides]
