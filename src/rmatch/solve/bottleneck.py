"""The worst pair as good as can be: the highest threshold at which there still is a plan.

Thresholds are bisected on the pool, by flows alone. One that a flow meets needs no proof; where it fails, only one more
pair of a reached mentor with a mentee who is not reached could help, so only these are looked at.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Pool
from rmatch.solve.feasibility import Fitting, fitting
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Harvest

_CAP = 32


def highest_threshold(kernel: Kernel, bounds: Bounds, pool: Pool, known: int) -> tuple[int, Pool, Fitting]:
    """Return the highest threshold, in points, at or above which a plan within the bounds can stay.

    With it come a pool that holds such a plan, and what shows that a point more is too much. ``known`` is a
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
            return low, pool, found
        low = int(pool.points[pool.points > low].min(initial=SCALE))  # SCALE where no pair need be made at all


def _looked(kernel: Kernel, bounds: Bounds, pool: Pool, threshold: int) -> tuple[Fitting, Pool]:
    """Whether a plan can stay at or above the threshold; and the pool with the pairs that were found on the way."""
    while True:
        found, before = fitting(pool.only(pool.points >= threshold), bounds), len(pool)
        for rows, columns in found.blocks() if found.missing else ():
            more = _reaching(kernel, pool, threshold, rows, columns)
            pool = pool.plus(more.i, more.j, more.points)
        if len(pool) == before:
            return found, pool


def _reaching(kernel: Kernel, pool: Pool, threshold: int, rows: IntArray, columns: IntArray) -> Pool:
    """The best eligible pairs, not in the pool, of these mentors and mentees that reach the threshold."""
    x, y = np.full(kernel.shape[0], threshold - 1), np.zeros(kernel.shape[1], np.int64)
    found = kernel.scan(kernel.priced(x, y, rows, columns), Harvest(kernel.outside(pool, x, y), _CAP, kernel.shape[0]))
    return Pool(found.i, found.j, found.reduced + threshold - 1, kernel.shape)


def above(kernel: Kernel, threshold: int) -> Kernel:
    """The kernel of pairs that score at least the threshold."""
    least = max(kernel.eligibility.least_points, threshold)
    return replace(kernel, eligibility=replace(kernel.eligibility, least_points=least))
