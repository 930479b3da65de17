"""Everybody's best partners, without the matrix.

A sample of the other side sets everybody's bar where somewhat more than the wanted number should clear it; one pass,
for both sides, then keeps what does. Whoever was left short, by the sample's bad luck or by the rules, is looked at in
full.
"""

from __future__ import annotations

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Pool
from rmatch.solve.scan.kernel import Bands, Kernel
from rmatch.solve.scan.reductions import Best, Dense, Listed, Maxima, best_first, rank_within

_CELLS = 1 << 22  # of rows looked at in full, at a time
_SAMPLED = 8  # one in so many
_LEAST = 16  # people sampled for each place of a list
_SPARE = 2.5  # standard deviations by which the sample is trusted less


def best_of(kernel: Kernel, some: IntArray, axis: int, best: int, exact: bool = True) -> Pool:
    """Return the ``best`` eligible pairs of each of ``some`` people of one side, ties by lottery.

    ``axis`` 0 stands for mentors, 1 for mentees. Rules are asked before the cut: somebody gets fewer only where
    fewer are eligible. Without ``exact``, an unlucky sample or a rule may leave her a few short, and only who has none
    at all is looked at in full.
    """
    nobody = np.zeros(0, np.int64)
    asked = (some, nobody) if axis == 0 else (nobody, some)
    return _best(kernel, asked, best, exact)[axis]


def best_of_both(kernel: Kernel, best: int) -> tuple[Pool, Pool]:
    """Return the ``best`` eligible pairs of every mentor, and those of every mentee, ties by lottery."""
    mentors, mentees = _best(kernel, (np.arange(kernel.shape[0]), np.arange(kernel.shape[1])), best, True)
    return mentors, mentees


def _best(kernel: Kernel, asked: tuple[IntArray, IntArray], best: int, exact: bool) -> list[Pool]:
    bars = tuple(_bars(kernel, some, axis, best) for axis, some in enumerate(asked))
    only = [None if len(asked[1 - axis]) else some for axis, some in enumerate(asked)]
    free = _free(kernel)
    question = kernel.outside(Pool.of(*(np.zeros(0, np.int64),) * 3, kernel.shape), *free)
    sides = kernel.scan(kernel.priced(*free, *only), Best(question, (bars[0], bars[1]), best))
    return [
        Pool.of(*_made_whole(kernel, found, some, axis, best, exact), kernel.shape)
        for axis, (found, some) in enumerate(zip(sides, asked, strict=True))
    ]


def _free(kernel: Kernel) -> tuple[IntArray, IntArray]:
    """Prices of nothing."""
    return np.zeros(kernel.shape[0], np.int64), np.zeros(kernel.shape[1], np.int64)


def _bands(kernel: Kernel, some: IntArray, axis: int, others: IntArray | None = None) -> Bands:
    """The bands of some people of one side, and of all or some of the other."""
    rows, columns = (some, others) if axis == 0 else (others, some)
    return kernel.priced(*_free(kernel), rows, columns)


def _bars(kernel: Kernel, some: IntArray, axis: int, best: int) -> FloatArray:
    """For each person, points that ``best`` partners probably reach; the canonical order is random, its head a sample.

    The ``rank``-th largest of chunk maxima is no larger than the ``rank``-th largest of all, and rarely much smaller.
    """
    everybody = np.full(kernel.shape[axis], np.inf)
    others = kernel.shape[1 - axis]
    if not len(some) or not others:
        return everybody
    head = min(others, max(others // _SAMPLED, _LEAST * best))
    hoped = best * head / others
    rank = best if head == others else int(np.ceil(hoped + _SPARE * np.sqrt(hoped) + 1))
    chunks = min(4 * rank, head)
    if rank >= chunks:
        everybody[some] = 1 - SCALE
        return everybody
    bands = _bands(kernel, some, axis, np.arange(head))
    maxima = kernel.scan(bands, Maxima((len(bands[0]), len(bands[1])), axis, chunks))
    bar = np.partition(maxima, chunks - rank, axis=0)[chunks - rank]
    everybody[some] = np.maximum(bar, 1 - SCALE)  # no eligible pair is below
    return everybody


def _made_whole(kernel: Kernel, found: Listed, some: IntArray, axis: int, best: int, exact: bool) -> Listed:
    """What was found, and in full what people are short of."""
    least = min(best if exact else 1, kernel.shape[1 - axis])
    count = np.bincount(found[axis], minlength=kernel.shape[axis])
    short = some[count[some] < least]
    if not len(short):
        return found
    own = np.isin(found[axis], short, invert=True)
    parts = [tuple(column[own] for column in found)]
    size = max(1, _CELLS // max(kernel.shape[1 - axis], 1))
    parts += [_in_full(kernel, short[k : k + size], axis, best) for k in range(0, len(short), size)]
    i, j, points = (np.concatenate(column) for column in zip(*parts, strict=True))
    return i, j, points


def _cut(i: IntArray, j: IntArray, points: IntArray, axis: int, best: int) -> Listed:
    """Everybody's best of the listed pairs."""
    person = (i, j)[axis]
    order = best_first(person, points, i, j)
    keep = order[rank_within(person[order]) < best]
    return i[keep], j[keep], points[keep]


def _in_full(kernel: Kernel, some: IntArray, axis: int, best: int) -> Listed:
    bands = _bands(kernel, some, axis)
    scores = kernel.scan(bands, Dense(len(bands[0]), len(bands[1])))
    own, others = scores if axis == 0 else np.ascontiguousarray(scores.T), kernel.shape[1 - axis]
    hungry, width = np.arange(len(some)), 4 * best
    kept: list[Listed] = []
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
