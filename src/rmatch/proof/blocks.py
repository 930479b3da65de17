"""Scores of all pairs in blocks of mentors, computed plainly for the check of a plan.

Columns that few people share are added one by one, the others form one product, with prices in two further columns. All
numbers are integers, so a sum is exact in float32 where no part of it can pass 2**24, and in float64 otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias, TypeVar

import numpy as np

from rmatch._util.threads import CORES, one_thread
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import Sparse, expand
from rmatch.proof.scores import Scores

_ROWS, _COLUMNS = 128, 1024
_OFTEN = 1e-3
_FEW = 1 << 16

T = TypeVar("T")
Look: TypeAlias = Callable[[IntArray, slice, FloatArray], T]
"""Callback that receives mentors, a slice of the mentees, and their points, ``(rows, mentees)``; -inf for a
forbidden pair.
"""


def each_block(scores: Scores, look: Look[T], prices: tuple[FloatArray, FloatArray] | None = None) -> Iterator[T]:
    """Yield the result of ``look`` for every block of points.

    Args:
        scores: Scores of the problem.
        look: Callback for each block.
        prices: Prices of mentors and mentees that are subtracted, float64; None for none.
    """
    m, n = scores.shape
    u, v = scores.factors
    kind = np.float32 if _largest(scores, prices) < 2.0**24 else np.float64
    share = [np.bincount(s.column, minlength=s.width) / max(len(s), 1) for s in (u, v)]
    often = share[0] * share[1] > _OFTEN
    right, posted = _dense(v, np.arange(n), often), _by_column(v, ~often)
    if prices is not None:
        right = np.column_stack([right, -prices[1], np.ones(n)])
    right = right.astype(kind)

    def looked(begin: int) -> list[T]:
        rows = np.arange(begin, min(begin + _ROWS, m))
        left = _dense(u, rows, often)
        if prices is not None:
            left = np.column_stack([left, np.ones(len(rows)), -prices[0][rows]])
        row, column, product = _joined(u.take(rows), posted)
        found = []
        for first in range(0, n, _COLUMNS):
            points = np.matmul(left.astype(kind), right[first : first + _COLUMNS].T)
            some = slice(*np.searchsorted(column // _COLUMNS, [first // _COLUMNS, first // _COLUMNS + 1]))
            np.add.at(
                points.reshape(-1), row[some] * points.shape[1] + column[some] - first, product[some].astype(kind)
            )
            end = first + points.shape[1]
            for scored in scores.tiles:
                assert scored.tile is not None
                own = scored.tile_points(scored.tile.block(rows, np.arange(first, end)))
                points += np.nan_to_num(own, nan=-np.inf, neginf=-np.inf)
            found.append(look(rows, slice(first, end), points))
        return found

    with one_thread():
        if m * n <= _FEW:  # to begin a thread would take longer
            for begin in range(0, m, _ROWS):
                yield from looked(begin)
            return
        with ThreadPoolExecutor(CORES) as threads:
            for found in threads.map(looked, range(0, m, _ROWS)):
                yield from found


def _largest(scores: Scores, prices: tuple[FloatArray, FloatArray] | None) -> float:
    """A number that no partial sum of a score less its prices passes, in any order of summation."""
    if scores.tiles:
        return np.inf
    u, v = scores.factors
    most = np.zeros(v.width)
    np.maximum.at(most, v.column, np.abs(v.value))
    each = np.bincount(u.rows, np.abs(u.value) * most[u.column])
    own = 0.0 if prices is None else sum(np.abs(side).max(initial=0) for side in prices)
    return float(each.max(initial=0) + own)


def _dense(side: Sparse, rows: IntArray, wanted: BoolArray) -> FloatArray:
    some = side.take(rows)
    place = np.cumsum(wanted) - 1
    full = np.zeros((len(rows), int(wanted.sum())))
    kept = wanted[some.column]
    full[some.rows[kept], place[some.column[kept]]] = some.value[kept]
    return full


def _by_column(side: Sparse, wanted: BoolArray) -> tuple[IntArray, IntArray, FloatArray]:
    """People of each wanted column: where a column's entries begin, the people, their values."""
    entry = np.flatnonzero(wanted[side.column])
    entry = entry[np.argsort(side.column[entry], kind="stable")]
    start = np.searchsorted(side.column[entry], np.arange(side.width + 1))
    return start, side.rows[entry], side.value[entry].astype(float)


def _joined(left: Sparse, posted: tuple[IntArray, IntArray, FloatArray]) -> tuple[IntArray, IntArray, FloatArray]:
    """Every pair of a left entry and a right entry of the same column: row, person, product, by column blocks."""
    start, people, values = posted
    meet, begin = expand(start, left.column)
    counts = np.diff(begin)
    row, product = np.repeat(left.rows, counts), np.repeat(left.value.astype(float), counts) * values[meet]
    order = np.argsort((people[meet] // _COLUMNS).astype(np.uint16), kind="stable")
    return row[order], people[meet][order], product[order]
