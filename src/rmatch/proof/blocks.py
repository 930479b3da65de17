"""Scores of all pairs in blocks, computed plainly for the check of a plan.

Columns that few people share are added one by one, the others form one product, with prices in two further columns. All
numbers are integers, so a sum is exact in float32 where no part of it can pass 2**24, and in float64 otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np

from rmatch._util.threads import CORES, one_thread
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import Sparse
from rmatch.proof.bands import Bands
from rmatch.proof.scores import Scores

_ROWS, _COLUMNS = 512, 1024
_OFTEN = 2e-3  # share of pairs; a column of fewer is added sooner than multiplied (measured)
_FEW = 1 << 16
_WAITING = 1 << 18  # pairs found before they are sifted

Pairs: TypeAlias = tuple[IntArray, IntArray]
"""Mentors and mentees of listed pairs, ``(pairs,)`` int64 each."""
Look: TypeAlias = Callable[[IntArray, IntArray, FloatArray], Pairs]
"""Callback that receives mentors, mentees, and their points, ``(mentors, mentees)``, -inf for a forbidden pair; it
returns the pairs that it is looking for.
"""
Sift: TypeAlias = Callable[[IntArray, IntArray], Pairs]
"""Callback that receives pairs and returns those that count."""

_NONE: Pairs = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def each_block(
    scores: Scores, bands: Bands, look: Look, sift: Sift, prices: tuple[FloatArray, FloatArray] | None = None
) -> Iterator[Pairs]:
    """Yield what ``look`` finds in blocks of points that together hold all pairs of the bands.

    Args:
        scores: Scores of the problem.
        bands: The pairs that are looked at.
        look: Callback for each block.
        sift: Leaves those of the pairs found that count; it runs on the same thread as ``look``.
        prices: Prices of mentors and mentees that are subtracted, float64; None for none.
    """
    u, v = scores.factors
    kind = np.float32 if _largest(scores, prices) < 2.0**24 else np.float64
    share = [np.bincount(s.column, minlength=s.width) / max(len(s), 1) for s in (u, v)]
    often = share[0] * share[1] > _OFTEN
    parts = max(-(-len(u) // _ROWS), 1)
    if parts > CORES:
        parts += -parts % CORES  # as many for each thread, so that all end together
    ends, jobs = bands.tiles(max(-(-len(u) // parts), 1), _COLUMNS)
    v = v.take(bands.order)
    right, rare = _dense(v, often, kind), _Rare(v, ~often, ends)
    if prices is not None:
        right[:, -2], right[:, -1] = -prices[1][bands.order], 1
    local = threading.local()

    def looked(job: tuple[IntArray, list[tuple[int, int]]]) -> Pairs:
        rows, tiles = job
        own = u.take(rows)
        left, entries = _dense(own, often, kind), rare.only(own)
        if prices is not None:
            left[:, -2], left[:, -1] = 1, -prices[0][rows]
        if not hasattr(local, "room"):
            local.room = np.empty(_ROWS * _COLUMNS, kind)
        found, waiting = [_NONE], [_NONE]
        for tile in tiles:
            first, end = ends[tile[0]], ends[tile[1]]
            points = local.room[: len(rows) * (end - first)].reshape(len(rows), -1)
            np.matmul(left, right[first:end].T, out=points)
            rare.add(points, entries, tile)
            columns = bands.order[first:end]
            for scored in scores.tiles:
                assert scored.tile is not None
                added = scored.tile_points(scored.tile.block(rows, columns))
                points += np.nan_to_num(added, nan=-np.inf, neginf=-np.inf)
            waiting.append(look(rows, columns, points))
            if tile is tiles[-1] or sum(len(i) for i, _ in waiting) > _WAITING:
                found.append(sift(*_together(waiting)))
                waiting = [_NONE]
        return _together(found)

    with one_thread():
        if np.prod(scores.shape) <= _FEW:  # to begin a thread would take longer
            yield from map(looked, jobs)
            return
        with ThreadPoolExecutor(CORES) as threads:
            yield from threads.map(looked, jobs)


def _together(found: list[Pairs]) -> Pairs:
    i, j = (np.concatenate(side) for side in zip(*found, strict=True))
    return i, j


def _largest(scores: Scores, prices: tuple[FloatArray, FloatArray] | None) -> float:
    """A number that no partial sum of a score less its prices passes, in any order of summation."""
    if scores.tiles:
        return np.inf
    u, v = scores.factors
    most = np.zeros(v.width)
    np.maximum.at(most, v.column, np.abs(v.value).astype(float))  # of one type, it is several times faster
    each = np.bincount(u.rows, np.abs(u.value) * most[u.column])
    own = 0.0 if prices is None else sum(np.abs(side).max(initial=0) for side in prices)
    return float(each.max(initial=0) + own)


def _dense(side: Sparse, wanted: BoolArray, kind: type[np.floating]) -> FloatArray:
    """The wanted columns in full, and two columns of zeros."""
    place = np.cumsum(wanted) - 1
    full = np.zeros((len(side), int(wanted.sum()) + 2), kind)
    kept = wanted[side.column]
    full[side.rows[kept], place[side.column[kept]]] = side.value[kept]
    return full


class _Rare:
    """People of each column that few share, those of a tile beside each other."""

    def __init__(self, right: Sparse, wanted: BoolArray, ends: IntArray) -> None:
        entry = np.flatnonzero(wanted[right.column])
        entry = entry[np.argsort(right.column[entry], kind="stable")]
        self._place, self._value = right.rows[entry], right.value[entry].astype(float)
        self._wanted, self._number, self._ends, self._parts = wanted, np.cumsum(wanted) - 1, ends, len(ends) - 1
        part = np.searchsorted(ends, self._place, side="right") - 1
        key = self._number[right.column[entry]] * self._parts + part
        self._start = np.searchsorted(key, np.arange(int(wanted.sum()) * self._parts + 1))

    def only(self, left: Sparse) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the entries of these columns: row, number of the column, value."""
        kept = self._wanted[left.column]
        return left.rows[kept], self._number[left.column[kept]], left.value[kept].astype(float)

    def add(self, points: FloatArray, entries: tuple[IntArray, IntArray, FloatArray], tile: tuple[int, int]) -> None:
        """Add the product of every two entries of a column to the points of a tile."""
        row, column, value = entries
        begin, end = (self._start[column * self._parts + part] for part in tile)
        counts = end - begin
        running = np.cumsum(counts)
        if not running[-1:].any():
            return
        meet = np.repeat(begin - running + counts, counts) + np.arange(running[-1])
        cell = np.repeat(row * points.shape[1] - self._ends[tile[0]], counts) + self._place[meet]
        np.add.at(points.reshape(-1), cell, (np.repeat(value, counts) * self._value[meet]).astype(points.dtype))
