"""Everybody's best partners, without the matrix.

The (k + 1)-th largest of many chunk maxima lies below at least k values of a row, and not below many more. So one pass
finds a bar for everybody and a second keeps what clears it. Where ties or rules leave somebody short, the row is looked
at in full.
"""

from __future__ import annotations

import numpy as np

from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.folds import Dense, Harvest, Maxima, pair_hash, rank_within
from rmatch.kernel import Kernel
from rmatch.pool import Pool

_CELLS = 1 << 22  # of rows looked at in full, at a time


def best_of(kernel: Kernel, some: IntArray, axis: int, best: int, exact: bool = True) -> Pool:
    """Return the ``best`` eligible pairs of each of ``some`` people of one side, ties by lottery.

    ``axis`` 0 stands for mentors, 1 for mentees. Rules are asked before the cut: somebody gets fewer only where
    fewer are eligible. Without ``exact``, ties at somebody's bar may leave her a few short, and only who has none at
    all is looked at in full.
    """
    m, n = kernel.shape
    others, zero = kernel.shape[1 - axis], [np.zeros(m, np.int64), np.zeros(n, np.int64)]
    none = np.zeros(0, np.int64)
    if not others:
        return Pool.of(none, none, none, kernel.shape)
    if others <= 8 * best or not len(some):
        found, short = (none, none, none), some
    else:
        bar = _bar(kernel, some, axis, best)
        price = list(zero)
        price[axis] = np.zeros(kernel.shape[axis], np.int64)
        price[axis][some] = bar
        rows, columns = (some, None) if axis == 0 else (None, some)
        empty = Pool.of(none, none, none, kernel.shape)
        over = kernel.scan(
            kernel.priced(price[0], price[1], rows, columns), Harvest(kernel.outside(empty, price[0], price[1]), n, m)
        )
        points = over.reduced + price[0][over.i] + price[1][over.j]
        found = _cut(over.i, over.j, points, axis, best)
        short = some[np.bincount(found[axis], minlength=kernel.shape[axis])[some] < (best if exact else 1)]
        whole = np.isin(found[axis], short, invert=True)
        found = found[0][whole], found[1][whole], found[2][whole]
    size = max(1, _CELLS // max(others, 1))
    parts = [found, *(_in_full(kernel, short[k : k + size], axis, best) for k in range(0, len(short), size))]
    i, j, points = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Pool.of(i, j, points, kernel.shape)


def _bar(kernel: Kernel, some: IntArray, axis: int, best: int) -> IntArray:
    """For each person, points that at least ``best`` partners exceed if nothing ties."""
    m, n = kernel.shape
    chunks = 4 * best
    zero = np.zeros(m, np.int64), np.zeros(n, np.int64)
    bands = kernel.priced(*zero, rows=some) if axis == 0 else kernel.priced(*zero, columns=some)
    maxima = kernel.scan(bands, Maxima((len(bands[0]), len(bands[1])), axis, chunks))
    bar = np.partition(maxima, chunks - best - 1, axis=0)[chunks - best - 1]
    points: IntArray = np.maximum(bar, -SCALE).astype(np.int64)  # no eligible pair is below
    return points


def _cut(i: IntArray, j: IntArray, points: IntArray, axis: int, best: int) -> tuple[IntArray, IntArray, IntArray]:
    """Everybody's best of the listed pairs."""
    person = (i, j)[axis]
    order = np.lexsort((pair_hash(i, j), -points, person))
    keep = order[rank_within(person[order]) < best]
    return i[keep], j[keep], points[keep]


def _in_full(kernel: Kernel, some: IntArray, axis: int, best: int) -> tuple[IntArray, IntArray, IntArray]:
    m, n = kernel.shape
    zero = np.zeros(m, np.int64), np.zeros(n, np.int64)
    bands = kernel.priced(*zero, rows=some) if axis == 0 else kernel.priced(*zero, columns=some)
    scores = kernel.scan(bands, Dense(len(bands[0]), len(bands[1])))
    own, others = scores if axis == 0 else np.ascontiguousarray(scores.T), kernel.shape[1 - axis]
    hungry, width = np.arange(len(some)), 4 * best
    kept: list[tuple[IntArray, IntArray, IntArray]] = []
    while len(hungry):
        k = min(width, others)
        bar = np.partition(own[hungry], others - k, axis=1)[:, others - k]
        person, other = np.nonzero(own[hungry] >= np.maximum(bar, 1 - SCALE)[:, None])
        person, points = hungry[person], own[hungry[person], other].astype(np.int64)
        i, j = (some[person], other) if axis == 0 else (other, some[person])
        fine = np.flatnonzero(kernel.eligible(i, j, points))
        count = np.bincount(person[fine], minlength=len(some))
        fed = (count >= best) | (k == others)
        fine = fine[fed[person[fine]]]
        kept.append(_cut(i[fine], j[fine], points[fine], axis, best))
        hungry, width = hungry[~fed[hungry]], 8 * width
    i, j, points = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return i, j, points
