"""Best partners of each person, without the matrix.

A sample of the other side sets each person's bar slightly below the wanted number of pairs; one pass for both sides
keeps what reaches it. People with too few pairs, because of the sample or the rules, are scanned in full.
"""

from __future__ import annotations

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Candidates
from rmatch.solve.scan.best import Best
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense, Maxima, ScoredPairs, best_of_each
from rmatch.solve.scan.tile_scan import RowBlocks

_CELLS = 1 << 22  # of rows looked at in full, at a time
_SAMPLED = 8  # one in so many
_LEAST = 16  # people sampled for each place of a list
_SPARE = 2.5  # standard deviations by which the sample is trusted less


def best_of(
    kernel: Kernel,
    some: IntArray,
    axis: int,
    best: int,
    exact: bool = True,
    prices: tuple[IntArray, IntArray] | None = None,
) -> Candidates:
    """Return the best eligible pairs of some people of one side, ties by lottery.

    Args:
        kernel: Scores and eligibility of all pairs.
        some: The people, ``(k,)`` int64.
        axis: 0 for mentors, 1 for mentees.
        best: Number of pairs of each person; fewer only where fewer are eligible.
        exact: If False, a person may get a few pairs fewer; only people without any are scanned in full.
        prices: Prices in points by which ``score - x_i - y_j`` is judged, ``(mentors,)`` and ``(mentees,)`` int64; None
            for the score. With prices nobody is scanned in full, and of very many that tie as the last none is found.
    """
    empty = np.zeros(0, np.int64)
    asked = (some, empty) if axis == 0 else (empty, some)
    return _best(kernel, asked, best, exact, prices)[axis]


def best_of_both(kernel: Kernel, best: int) -> tuple[Candidates, Candidates]:
    """Return the ``best`` eligible pairs of every mentor, and those of every mentee, ties by lottery."""
    mentors, mentees = _best(kernel, (np.arange(kernel.shape[0]), np.arange(kernel.shape[1])), best, True)
    return mentors, mentees


def _best(
    kernel: Kernel,
    asked: tuple[IntArray, IntArray],
    best: int,
    exact: bool,
    prices: tuple[IntArray, IntArray] | None = None,
) -> list[Candidates]:
    x, y = _free(kernel) if prices is None else prices
    bars = tuple(_bars(kernel, some, axis, best, (x, y), prices is not None) for axis, some in enumerate(asked))
    only = [None if len(asked[1 - axis]) else some for axis, some in enumerate(asked)]
    question = kernel.outside(Candidates.of(*(np.zeros(0, np.int64),) * 3, kernel.shape), x, y)
    sides = kernel.scan(kernel.priced(x, y, *only), Best(question, (bars[0], bars[1]), best))
    lists = []
    for axis, ((i, j, reduced), some) in enumerate(zip(sides, asked, strict=True)):
        found = i, j, reduced + x[i] + y[j]
        if prices is None:
            found = _made_whole(kernel, found, some, axis, best, exact)
        lists.append(Candidates.of(*found, kernel.shape))
    return lists


def _free(kernel: Kernel) -> tuple[IntArray, IntArray]:
    """Prices of 0 for all people."""
    return np.zeros(kernel.shape[0], np.int64), np.zeros(kernel.shape[1], np.int64)


def _row_blocks(
    kernel: Kernel, some: IntArray, axis: int, prices: tuple[IntArray, IntArray], others: IntArray | None = None
) -> RowBlocks:
    """The row blocks of some people of one side, and of all or some of the other."""
    rows, columns = (some, others) if axis == 0 else (others, some)
    return kernel.priced(*prices, rows, columns)


def _bars(
    kernel: Kernel, some: IntArray, axis: int, best: int, prices: tuple[IntArray, IntArray], many: bool = False
) -> FloatArray:
    """Points less prices that the ``best`` partners of each person probably reach; infinite for people who are not
    asked about.

    The canonical order is random, so its head is a sample. The ``rank``-th largest of chunk maxima is at most the
    ``rank``-th largest of all, and rarely much smaller.
    """
    bars = np.full(kernel.shape[axis], np.inf)
    others = kernel.shape[1 - axis]
    if not len(some) or not others:
        return bars
    head = min(others, max(others // _SAMPLED, _LEAST * best))
    hoped = best * head / others
    rank = best if head == others else int(np.ceil(hoped + _SPARE * np.sqrt(hoped) + 1))
    chunks = min(4 * rank, head)
    lowest = 1 - SCALE - sum(int(side.max()) for side in prices)  # no eligible pair is below
    if rank >= chunks:
        bars[some] = lowest
        return bars
    row_blocks = _row_blocks(kernel, some, axis, prices, np.arange(head))
    maxima = kernel.scan(row_blocks, Maxima((len(row_blocks[0]), len(row_blocks[1])), axis, chunks))
    bar = np.partition(maxima, chunks - rank, axis=0)[chunks - rank]
    if many:  # a block of ties that begins at the bar is passed over
        bar = bar + ((maxima == bar).sum(0) > chunks // 2)
    bars[some] = np.maximum(bar, lowest)
    return bars


def _made_whole(kernel: Kernel, found: ScoredPairs, some: IntArray, axis: int, best: int, exact: bool) -> ScoredPairs:
    """The pairs found, with a full scan for people who have too few."""
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


def _in_full(kernel: Kernel, some: IntArray, axis: int, best: int) -> ScoredPairs:
    row_blocks = _row_blocks(kernel, some, axis, _free(kernel))
    scores = kernel.scan(row_blocks, Dense(len(row_blocks[0]), len(row_blocks[1])))
    own = scores if axis == 0 else np.ascontiguousarray(scores.T)
    possible = (own >= 0).sum(1)  # a score below 0 says that a rule forbids the pair
    underfilled, width = np.flatnonzero(possible), 4 * best
    kept: list[ScoredPairs] = [(np.zeros(0, np.int64),) * 3]
    while len(underfilled):
        k, bar = min(width, own.shape[1]), np.zeros(len(underfilled))
        many = np.flatnonzero(possible[underfilled] > width)
        bar[many] = np.maximum(np.partition(own[underfilled[many]], -k, axis=1)[:, -k], 0)
        person, other = np.nonzero(own[underfilled] >= bar[:, None])
        person, points = underfilled[person], own[underfilled[person], other].astype(np.int64)
        i, j = (some[person], other) if axis == 0 else (other, some[person])
        fine = np.flatnonzero(kernel.eligible(i, j, points))
        count = np.bincount(person[fine], minlength=len(some))
        filled = (count >= best) | (possible <= width)
        fine = fine[filled[person[fine]]]
        fine = fine[best_of_each(best, (i[fine], j[fine], points[fine]), axis)]
        kept.append((i[fine], j[fine], points[fine]))
        underfilled, width = underfilled[~filled[underfilled]], 8 * width
    i, j, points = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return i, j, points
