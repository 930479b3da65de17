"""The worst pair as good as can be: the highest threshold at which there still is a plan.

Thresholds are bisected on the pool, by flows alone. One that a flow meets needs no proof; where it fails, only one more
pair of a reached mentor with a mentee who is not reached could help, so only these are looked at.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.folds import Harvest
from rmatch.kernel import Kernel
from rmatch.numbers import distinct
from rmatch.pool import Bounds, Pool
from rmatch.prices import Prices
from rmatch.solvers import Fit, fit

_CAP = 32


def highest_threshold(kernel: Kernel, bounds: Bounds, pool: Pool, known: int) -> tuple[int, Pool, Prices]:
    """Return the highest threshold, in points, at or above which a plan within the bounds can stay.

    With it come a pool that holds such a plan, and prices that show that a point more is too much. ``known`` is a
    threshold that a plan in the pool reaches.
    """
    low = known
    while True:
        between = distinct(pool.points[pool.points > low])
        first, last = 0, len(between)  # the answer on the pool is the last threshold that is met
        while first < last:
            middle = (first + last) // 2
            found, pool = _looked(kernel, bounds, pool, int(between[middle]))
            first, last = (first, middle) if found.missing else (middle + 1, last)
            low = low if found.missing else int(between[middle])
        found, pool = _looked(kernel, bounds, pool, low + 1)
        if found.missing or low >= SCALE:
            return low, pool, cut_prices(found)
        low = int(pool.points[pool.points > low].min(initial=SCALE))  # SCALE where no pair need be made at all


def _looked(kernel: Kernel, bounds: Bounds, pool: Pool, threshold: int) -> tuple[Fit, Pool]:
    """Whether a plan can stay at or above the threshold; and the pool with the pairs that were found on the way."""
    while True:
        found = fit(pool.only(pool.points >= threshold), bounds)
        if not found.missing:
            return found, pool
        more = _reaching(kernel, pool, threshold, np.flatnonzero(found.mentors), np.flatnonzero(~found.mentees))
        if not len(more):
            return found, pool
        pool = pool.plus(more.i, more.j, more.points)


def cut_prices(found: Fit) -> Prices:
    """Prices at which any plan within the bounds, worth nothing, would be worth less than nothing: so there is none.

    Whoever is reached from where pairs are missing costs a point more or less; what the cut lets through is what the
    bounds allow there, and that is less than they demand.
    """
    x, y = -found.mentors.astype(np.int64), found.mentees.astype(np.int64)
    grounds = -found.groups[0].astype(np.int64), found.groups[1].astype(np.int64)
    return Prices(x, y, int(grounds[0][0]), int(grounds[1][0]), grounds)


def _reaching(kernel: Kernel, pool: Pool, threshold: int, rows: IntArray, columns: IntArray) -> Pool:
    """The best eligible pairs, not in the pool, of these mentors and mentees that reach the threshold."""
    x, y = np.full(kernel.shape[0], threshold - 1), np.zeros(kernel.shape[1], np.int64)
    found = kernel.scan(kernel.priced(x, y, rows, columns), Harvest(kernel.outside(pool, x, y), _CAP, kernel.shape[0]))
    return Pool(found.i, found.j, found.reduced + threshold - 1, kernel.shape)


def above(kernel: Kernel, threshold: int) -> Kernel:
    """The kernel of pairs that score at least the threshold."""
    least = max(kernel.eligibility.least_points, threshold)
    return replace(kernel, eligibility=replace(kernel.eligibility, least_points=least))
