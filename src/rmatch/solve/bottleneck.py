"""Bottleneck problem: maximise the least score of a pair by bisection over thresholds.

Thresholds are bisected on the candidates by maximum flows. A feasible threshold needs no proof; for an infeasible one,
only a further pair across the minimum cut can help, so only these pairs are scanned.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.feasibility import Fitting, fitting
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Harvest

_CAP = 32


def highest_threshold(
    kernel: Kernel, bounds: Bounds, candidates: Candidates, known: int
) -> tuple[int, Candidates, Fitting]:
    """Return the highest threshold at which a plan within the bounds exists.

    Args:
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds on numbers of pairs.
        candidates: Candidate pairs.
        known: A feasible threshold on the candidates, in points.

    Returns:
        The threshold in points, candidates that contain such a plan, and the proof that one point more is infeasible.
    """
    low = known
    while True:
        between = distinct(candidates.points[candidates.points > low])
        first, last = 0, len(between)  # the answer on the candidates is the last feasible threshold
        while first < last:
            middle = (first + last) // 2
            found, candidates = _looked(kernel, bounds, candidates, int(between[middle]))
            first, last = (first, middle) if found.missing else (middle + 1, last)
            low = low if found.missing else int(between[middle])
        found, candidates = _looked(kernel, bounds, candidates, low + 1)
        if found.missing or low >= SCALE:
            return low, candidates, found
        low = int(
            candidates.points[candidates.points > low].min(initial=SCALE)
        )  # SCALE where no pair need be made at all


def _looked(kernel: Kernel, bounds: Bounds, candidates: Candidates, threshold: int) -> tuple[Fitting, Candidates]:
    """Whether a plan exists at the threshold, and the candidates with the pairs found on the way."""
    while True:
        found, before = fitting(candidates.only(candidates.points >= threshold), bounds), len(candidates)
        for rows, columns in found.blocks() if found.missing else ():
            more = _reaching(kernel, candidates, threshold, rows, columns)
            candidates = candidates.plus(more.i, more.j, more.points)
        if len(candidates) == before:
            return found, candidates


def _reaching(kernel: Kernel, candidates: Candidates, threshold: int, rows: IntArray, columns: IntArray) -> Candidates:
    """The best eligible pairs outside the candidates of some mentors and mentees at the threshold."""
    x, y = np.full(kernel.shape[0], threshold - 1), np.zeros(kernel.shape[1], np.int64)
    found = kernel.scan(
        kernel.priced(x, y, rows, columns), Harvest(kernel.outside(candidates, x, y), _CAP, kernel.shape[0])
    )
    return Candidates(found.i, found.j, found.reduced + threshold - 1, kernel.shape)


def above(kernel: Kernel, threshold: int) -> Kernel:
    """Return the kernel restricted to pairs that score at least the threshold, in points."""
    least = max(kernel.eligibility.least_points, threshold)
    return replace(kernel, eligibility=replace(kernel.eligibility, least_points=least))
