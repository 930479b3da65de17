"""Initial columns: prices guessed from a sample, and the pairs that exceed them.

Whatever is guessed, the invariant is established: every eligible pair outside the candidates has ``score ≤ a_i + b_j``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from rmatch._util.arrays import Floats
from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.duals import Prices
from rmatch.solve.entropic import entropic_prices
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense, Harvest, Maxima, together
from rmatch.solve.scan.top_k import best_of

_LANES = 32  # groups in which maxima are taken, a multiple of four
_GUESS = 3 * SCALE  # a guess may be clipped; a price of a proof never is


@dataclass(frozen=True)
class Tuning:
    """Parameters that trade time for memory and never change the answer."""

    per_person: int = 30
    """Initial candidates wanted for each person of the scarcer side."""
    cap: int = 64
    """Most new candidates of a mentor in one round."""
    crowded: tuple[int, int] = (24, 12)
    """Where ties are many: initial candidates below which a person is given as many of their best, and most new ones of
    a mentor, and of a mentee beside them, in one round.
    """
    small: int = 1 << 16
    """Number of pairs of people up to which all eligible pairs are candidates."""
    middle: int = 1 << 21
    """Number of pairs of people up to which each person's best pairs are the initial candidates; beyond, a sample
    sets prices.
    """
    entropic: tuple[int, int] = (1 << 14, 1 << 24)
    """Fewest and most pairs of people for which entropic transport sets the prices, where only people are bounded."""
    nearest: tuple[int, int] = (8, 24)
    """Initial candidates wanted for each person then: where these prices settle, and where they do not."""
    few: int = 256
    """Mentors from whom it is estimated, at least, how many pairs exceed their prices."""
    sample: float = 0.1
    least_sample: int = 400
    margins: tuple[float, ...] = (0.03, 0.01, 0.004, 0.002, 0.0)
    """How far below its price a pair may lie to become a candidate, round by round."""
    thinned: int = 2
    """Rounds of a large problem after which candidates that lie further below their prices are let go again; later on,
    only after a round that narrows the gap. 0 for never."""


USUAL = Tuning()

Solve: TypeAlias = Callable[[Kernel, Bounds], Prices]
"""Solver of a sample, which returns its prices."""


def initial_columns(
    kernel: Kernel, bounds: Bounds, tuning: Tuning, solve: Solve
) -> tuple[Candidates, IntArray, IntArray, int]:
    """Return initial candidates and duals such that every other eligible pair has ``score ≤ a_i + b_j``.

    Where people meet one to one and so many pairs tie at these prices that a lottery among them leaves some people with
    few, these are given their best at these prices.

    Args:
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds on numbers of pairs.
        tuning: Parameters that trade time for memory.
        solve: Solver of a sample.

    Returns:
        The candidates, ``a`` (mentors,) and ``b`` (mentees,), int64 points, and most new pairs of a mentor and of a
        mentee in a round, where so many tie; else 0.
    """
    m, n = kernel.shape
    zero, empty = (np.zeros(m, np.int64), np.zeros(n, np.int64)), Candidates.empty(kernel.shape)
    entropic = bounds.plain and bounds.most_pairs and tuning.entropic[0] <= m * n <= tuning.entropic[1]
    if m * n <= tuning.small and not entropic:
        scores = kernel.scan(kernel.priced(*zero), Dense(m, n))
        i, j = np.nonzero(kernel.eligibility.grid(kernel.left.ids, kernel.right.ids, scores))
        fine = kernel.eligibility.unlocked(kernel.left.ids[i], kernel.right.ids[j])
        i, j = i[fine], j[fine]
        return Candidates(i, j, scores[i, j].astype(np.int64), kernel.shape), zero[0] - SCALE, zero[1], 0
    largest = max(len(rows) * len(columns) for rows, columns in kernel.blocks())
    sampling = largest > tuning.middle and max(m, n) > tuning.least_sample
    if entropic:
        x, y, settled = entropic_prices(kernel, bounds.capacity)
        wanted = replace(tuning, per_person=tuning.nearest[not settled], few=tuning.few // 2)
        a, b, ties = _offset(kernel, bounds, wanted, x.clip(-_GUESS, _GUESS), y.clip(-_GUESS, _GUESS))
    else:
        a, b, ties = _guess(kernel, bounds, tuning, solve) if sampling else _best_of_each(kernel, tuning)
    harvest = Harvest(kernel.outside(empty, a, b), tuning.cap, m, ties)
    found = together([kernel.scan(kernel.priced(a, b, *block), harvest) for block in kernel.blocks()])
    points = found.reduced + a[found.i] + b[found.j]
    candidates, outside = Candidates(found.i, found.j, points, kernel.shape), a + found.dropped
    if entropic:
        return candidates, outside, b, 0
    kept = int((found.reduced == 0).sum())
    if sampling and bounds.one_to_one and kept > 2 * tuning.cap * m * ties:
        return _topped_up(kernel, candidates, *tuning.crowded[:1] * 2, (a, b)), outside, b, tuning.crowded[1]
    return _topped_up(kernel, candidates), outside, b, 0


def _best_of_each(kernel: Kernel, tuning: Tuning) -> tuple[IntArray, IntArray, float]:
    """Prices that each mentor's ``per_person`` best pairs reach."""
    m, n = kernel.shape
    a, zero = np.full(m, -SCALE), (np.zeros(m, np.int64), np.zeros(n, np.int64))
    for block in kernel.blocks():
        left, right = kernel.priced(*zero, *block)
        k = min(tuning.per_person, len(right))
        if k:
            scores = kernel.scan((left, right), Dense(len(left), len(right)))
            scores.partition(len(right) - k, axis=1)
            a[left.place] = scores[:, len(right) - k]
    return np.maximum(a, -SCALE), zero[1], min(1.0, tuning.per_person / n)


def _guess(kernel: Kernel, bounds: Bounds, tuning: Tuning, solve: Solve) -> tuple[IntArray, IntArray, float]:
    """Prices from the solution of a sample, shifted so that about ``per_person`` pairs of each person exceed them.

    The canonical order is random, so its head is a sample. The price of a mentee is estimated from what the sampled
    mentors would pay at their own prices: the second of four chunk maxima, because the largest is biased upwards.
    """
    (m, n), sizes = kernel.shape, [max(int(tuning.sample * k), min(k, tuning.least_sample)) for k in kernel.shape]
    rows, columns = (np.arange(k) for k in sizes)
    sample = replace(
        bounds,
        capacity=(bounds.capacity[0][rows], bounds.capacity[1][columns]),
        minimum=(np.zeros(sizes[0], np.int64), np.zeros(sizes[1], np.int64)),
        groups=None,
        total=None,
        type_capacities=None,
        turned=None,
    )
    prices = solve(kernel.part(rows, columns), sample)
    zero = np.zeros(m, np.int64), np.zeros(n, np.int64)
    full = zero[0].copy(), zero[1].copy()
    full[0][rows], full[1][columns] = prices.x.clip(-_GUESS, _GUESS), prices.y.clip(-_GUESS, _GUESS)
    b = _second_of_four(kernel.scan(kernel.priced(full[0], zero[1], rows=rows), Maxima((sizes[0], n), 1, _LANES)))
    a = _second_of_four(kernel.scan(kernel.priced(zero[0], full[1], columns=columns), Maxima((m, sizes[1]), 0, _LANES)))
    return _offset(kernel, bounds, tuning, a, b)


def _second_of_four(maxima: Floats) -> IntArray:
    """The second largest of four maxima, each over a quarter of the lanes."""
    quarters = maxima.reshape(-1, 4, maxima.shape[1]).max(0)
    second: IntArray = np.sort(quarters, axis=0)[-2].clip(-_GUESS, _GUESS).astype(np.int64)
    return second


def _offset(
    kernel: Kernel, bounds: Bounds, tuning: Tuning, a: IntArray, b: IntArray
) -> tuple[IntArray, IntArray, float]:
    """Shift ``a`` so that about ``per_person`` pairs for each place of the scarcer side exceed it, estimated from
    few mentors.
    """
    m, n = kernel.shape
    few, exceeding = few_mentors(kernel, a, b, tuning.few)
    scores = exceeding.ravel()
    wanted = min(max(int(tuning.per_person * bounds.max_pairs / m * len(few)), 1), len(scores))
    likely = _highest(scores, min(4 * wanted, len(scores)))
    i, j = few[likely // n], likely % n
    likely = likely[kernel.eligible(i, j, scores[likely].astype(np.int64) + a[i] + b[j])]
    values = np.sort(scores[likely])[::-1]
    if not len(values):
        return a, b, 0.0
    level = values[min(wanted, len(values)) - 1]
    above, equal = int((values > level).sum()), int((scores == level).sum())
    return a + int(level), b, min(1.0, max(wanted - above, 0) / max(equal, 1))


def _highest(scores: Floats, number: int) -> IntArray:
    """Positions of the highest scores; among equal ones the first, so that the choice is deterministic."""
    level = np.partition(scores, -number)[-number]
    above, equal = np.flatnonzero(scores > level), np.flatnonzero(scores == level)
    return np.concatenate([above, equal[: number - len(above)]])


def _topped_up(
    kernel: Kernel,
    candidates: Candidates,
    least: int = 4,
    best: int = 8,
    prices: tuple[IntArray, IntArray] | None = None,
) -> Candidates:
    """The candidates, topped up with the best pairs, at ``prices`` if any, of each person of the scarcer side who has
    fewer than ``least``.
    """
    for people in kernel.blocks():
        own, (m, n) = kernel.part(*people), map(len, people)
        for axis in [0] * (m <= n) + [1] * (n <= m):
            count = np.bincount((candidates.i, candidates.j)[axis], minlength=kernel.shape[axis])[people[axis]]
            at = None if prices is None else (prices[0][people[0]], prices[1][people[1]])
            more = best_of(own, np.flatnonzero(count < least), axis, best, exact=False, prices=at)
            candidates = candidates.plus(people[0][more.i], people[1][more.j], more.points)
    return candidates


def few_mentors(kernel: Kernel, x: IntArray, y: IntArray, least: int = USUAL.few) -> tuple[IntArray, Floats]:
    """Return a few mentors, the head of the random order, and their reduced scores with all mentees.

    Args:
        kernel: Scores and eligibility of all pairs.
        x, y: Prices in points, ``(mentors,)`` and ``(mentees,)`` int64.
        least: So many mentors at least, where there are as many.

    Returns:
        Mentors ``(k,)`` and ``score - x - y``, ``(k, mentees)``.
    """
    m, n = kernel.shape
    few = np.arange(min(m, max(least, m // 400), max(64, (1 << 25) // max(n, 1))))
    return few, kernel.scan(kernel.priced(x, y, rows=few), Dense(len(few), n))


def margin_of(
    kernel: Kernel, bounds: Bounds, tuning: Tuning, x: IntArray, y: IntArray, rounds: int, crowded: bool = False
) -> int:
    """Return how far below its price a pair may lie to be added in a round, in points; less where many scores are close
    together; 0 where the prices seem to be right and scores are held or, ``crowded``, so many tie.
    """
    most = round(tuning.margins[min(rounds, len(tuning.margins)) - 1] * SCALE)
    some = [few_mentors(kernel.part(i, j), x[i], y[j]) for i, j in kernel.blocks()]
    few, pairs = sum(len(few) for few, _ in some), sum(own.size for _, own in some)
    if not (most and pairs):
        return 0
    wanted = min(max(int(8 * tuning.per_person * bounds.max_pairs / kernel.shape[0] * few), 1), pairs)
    near = np.concatenate([own[own > -most] for _, own in some])
    if (kernel.held or crowded) and not (near > 0).any():
        return 0  # to scan once more costs little, or less than to solve with more that tie
    return most if len(near) < wanted else max(-int(np.partition(near, -wanted)[-wanted]), 0)
