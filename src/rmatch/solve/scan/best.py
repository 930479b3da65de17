"""Each person's best pairs of both sides, in one scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import Floats
from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.solve.scan.reductions import Question, ScoredPairs, TileIndex, best_first, beyond, rank_within


def best_of_each(best: int, listed: ScoredPairs, axis: int) -> IntArray:
    """Return which pairs are among the ``best`` of their person of one side, ties by lottery.

    A pair is one whole number: the person, the points that it lacks, its position. A plain sort of these is several
    times faster than one that returns an order.

    Args:
        best: Number of pairs.
        listed: The pairs.
        axis: 0 for the best of each mentor, 1 for those of each mentee.

    Returns:
        Their positions, ``(kept,)`` int64, by person.
    """
    person, points = listed[axis], listed[2]
    lacking, last = points.max(initial=-SCALE) - points, max(len(person) - 1, 0)
    bits = [int(values.max(initial=0)).bit_length() for values in (person, lacking)] + [last.bit_length()]
    if sum(bits) > 63:
        order = best_first(person, points, *listed[:2])
        return order[rank_within(person[order]) < best]
    key = person << np.int64(bits[1] + bits[2])
    key |= lacking << np.int64(bits[2])
    key |= np.arange(len(key))
    key.sort()
    at, level = key & ((1 << bits[2]) - 1), key >> np.int64(bits[2])
    first = np.flatnonzero(np.diff(level >> np.int64(bits[1]), prepend=-1))
    size = np.diff(first, append=len(key))
    kept = np.arange(len(key)) - np.repeat(first, size) < best
    cut = first[size > best] + best
    torn = level[cut[level[cut - 1] == level[cut]]]  # as many points on both sides of the cut
    tied = np.flatnonzero(np.append(torn, -1)[np.searchsorted(torn, level)] == level)
    drawn = tied[best_first(level[tied], np.zeros(len(tied), np.int64), *(people[at[tied]] for people in listed[:2]))]
    room = np.bincount(np.searchsorted(torn, level[tied]), kept[tied], len(torn))
    kept[drawn] = rank_within(level[drawn]) < room[np.searchsorted(torn, level[drawn])]
    return at[kept]


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
        for bar, person in zip(self.bars, (i, j), strict=True):
            own = np.flatnonzero(points >= bar[person])
            kept[np.delete(own, beyond(self.best, person[own], points[own], i[own], j[own]))] = True
        return i[kept], j[kept], points[kept]

    def gather(self, found: list[ScoredPairs]) -> list[ScoredPairs]:
        """Return the results without pairs beyond both people's best, where so many tie that it pays."""
        if sum(len(i) for i, _, _ in found) <= 8 * self.best * sum(map(len, self.bars)):
            return found
        return [self._wanted(*(np.concatenate(column) for column in zip(*found, strict=True)))]

    def merge(self, found: list[ScoredPairs]) -> list[ScoredPairs]:
        """Return the best pairs of the mentors, and those of the mentees, in no particular order."""
        none = (np.zeros(0, np.int64),) * 3
        i, j, points = (np.concatenate(column) for column in zip(none, *found, strict=True))
        sides = []
        for axis, (bar, person) in enumerate(zip(self.bars, (i, j), strict=True)):
            own = np.flatnonzero(points >= bar[person])
            own = own[best_of_each(self.best, (i[own], j[own], points[own]), axis)]
            sides.append((i[own], j[own], points[own]))
        return sides
