"""Criteria that need not be multiplied: of them only the most is taken that each mentor can get from anybody.

Where a pair's other criteria and this most do not exceed its prices, nor does its score. The few pairs that are left
are computed in full, so what is left out changes the time and never an answer; it is chosen by the cost in a sample.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from rmatch.columns import FloatArray, IntArray
from rmatch.factors import Sparse, expand
from rmatch.proof.bands import Bands
from rmatch.proof.scores import Scored, Scores

_MANY = 1 << 20  # pairs of people
_SURVIVOR = 64_000  # what a pair that is computed in full costs, in columns of the product for one pair
_ROWS, _COLUMNS = 16, 512  # sampled
_TABLE = 1 << 22
_SMALL = 0.5  # of a usual pair's prices; the most of a criterion that gives more settles little
_MOST = 8  # criteria that are tried


def left_out(scores: Scores, bands: Bands, prices: tuple[IntArray, IntArray], least: int) -> tuple[Scores, IntArray]:
    """Return the scores by the criteria that are worth multiplying, and the most that all others add to each mentor's.

    Args:
        scores: All criteria.
        bands: The pairs that are looked at.
        prices: Prices that the scores are compared with, mentors' and mentees', int64.
        least: The least score that they are compared with too, in points.

    Returns:
        The scores, and ``(mentors,)`` int64 points.
    """
    none = np.zeros(scores.shape[0], np.int64)
    some = [k for k, scored in enumerate(scores.scored) if scored.factors is not None]
    if np.prod(scores.shape) < _MANY or len(some) < 2 or not bands.bands:
        return scores, none
    i, j = _sample(bands)
    parts, price = scores.parts(i, j), np.maximum(prices[0][i] + prices[1][j], least - 1)
    width = [_columns(scored) for scored in scores.scored]
    small = [k for k in some if parts[k].max() <= _SMALL * np.median(price)]
    small = sorted(small, key=lambda k: int(parts[k].max()))[: min(_MOST, len(some) - 1)]
    most = {k: _most(*factors) for k in small if (factors := scores.scored[k].factors) is not None}
    best: tuple[float, tuple[int, ...]] = (np.inf, ())
    for number in range(len(small) + 1):
        for out in combinations(small, number):
            above = parts.sum(0) + sum(most[k][i] - parts[k] for k in out) > price
            best = min(best, (sum(width) - sum(width[k] for k in out) + _SURVIVOR * float(above.mean()), out))
    kept = tuple(scored for k, scored in enumerate(scores.scored) if k not in best[1])
    return replace(scores, score=lambda: kept), sum((most[k] for k in best[1]), none)


def _sample(bands: Bands) -> tuple[IntArray, IntArray]:
    """Some mentors of all bands, each with some mentees of theirs."""
    mentors = np.concatenate([np.column_stack([own, np.full_like(own, k)]) for k, (own, _) in enumerate(bands.bands)])
    found = []
    for mentor, band in mentors[_spread(len(mentors), _ROWS)].tolist():
        columns = bands.columns(bands.bands[band][1])
        own = columns[_spread(len(columns), _COLUMNS)]
        found.append((np.full(len(own), mentor), own))
    return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])


def _spread(size: int, most: int) -> IntArray:
    return np.linspace(0, size - 1, min(size, most)).astype(np.int64)


def _columns(scored: Scored) -> int:
    """Columns that cost time: those that many pairs have in common."""
    if scored.factors is None:
        return 0
    share = [np.bincount(side.column, minlength=side.width) / len(side) for side in scored.factors]
    return int((share[0] * share[1] > 1e-3).sum())


def _most(u: Sparse, v: Sparse) -> IntArray:
    """The most that each row of ``u`` gets from any row of ``v``: the sum of the most of each run of columns."""
    width = np.bincount(v.column, minlength=v.width)
    first = np.flatnonzero((width == len(v)) | (np.arange(v.width) == 0)).tolist()  # a column that all have begins one
    runs = [(_cut(u, a, b), _cut(v, a, b)) for a, b in pairwise([*first, v.width])]
    found: IntArray = np.sum([_most_of_run(*run) for run in runs], axis=0)
    return found


def _most_of_run(u: Sparse, v: Sparse) -> IntArray:
    (rows, kind), (columns, _) = _distinct(u), _distinct(v)
    if len(rows) * len(columns) <= _TABLE:
        product: FloatArray = u.take(rows).dense() @ v.take(columns).dense().T
        most: IntArray = product.max(1)[kind].astype(np.int64)
        return most
    short = np.bincount(v.column, minlength=v.width) < len(v)  # who lacks a column has 0 there
    low, high = np.where(short, 0, v.value.max(initial=0)), np.where(short, 0, v.value.min(initial=0))
    np.minimum.at(low, v.column, v.value)
    np.maximum.at(high, v.column, v.value)
    each = np.maximum(u.value * low[u.column], u.value * high[u.column])
    found: IntArray = np.bincount(u.rows, each, len(u)).astype(np.int64)
    return found


def _cut(side: Sparse, first: int, end: int) -> Sparse:
    """The matrix of some columns that follow one another."""
    if end - first == side.width:
        return side
    kept = (side.column >= first) & (side.column < end)
    start = np.concatenate([[0], np.cumsum(kept)])[side.start]
    return Sparse(start, side.column[kept] - first, side.value[kept], end - first)


def _distinct(side: Sparse) -> tuple[IntArray, IntArray]:
    """One row of each kind, and the kind of each row; rows are of a kind only where they are equal."""
    words = np.random.default_rng(0).integers(1, 1 << 62, side.width)
    running = np.concatenate([[0], np.cumsum(words[side.column] * side.value)])  # modulo 2**64, as a hash may be
    hashes = running[side.start[1:]] - running[side.start[:-1]]
    first, kind = np.flatnonzero(~pd.Index(hashes).duplicated()), pd.factorize(hashes)[0]
    entry, start = expand(side.start, first[kind])
    same = np.array_equal(start, side.start) and all(
        np.array_equal(own[entry], own) for own in (side.column, side.value)
    )
    return (first, kind) if same else (np.arange(len(side)), np.arange(len(side)))
