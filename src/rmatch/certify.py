"""The loop: an optimum of the full problem, proved, without ever holding its matrix.

Linear-programming duality is the whole idea. A plan is best if prices exist with ``score ≤ x_i + y_j`` for *every*
eligible pair that is not chosen. So: guess prices from a sample, keep the pairs that beat them in a pool, solve on the
pool, find the prices that prove the answer there, and look among all pairs for one that beats those. The promise that
makes the looking cheap holds from the first step to the last:

    outside the pool, every eligible pair has  score ≤ a_i + b_j.

So only pairs with ``(a_i - x_i) + (b_j - y_j) > 0`` need a second look, and these are a staircase: sort both sides.
Whatever the guess, the promise is true; a bad guess costs time, never truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rmatch.clock import TimeUpError
from rmatch.columns import BoolArray, IntArray
from rmatch.cover import Cover, settle
from rmatch.factors import SCALE
from rmatch.first_pool import USUAL, Solve, Tuning, few_mentors, first_pool
from rmatch.folds import Harvest
from rmatch.kernel import Kernel
from rmatch.pool import Bounds, Pool
from rmatch.prices import Prices, prices_of
from rmatch.progress import SILENT, Stage, Teller
from rmatch.solvers import Hint, solve


@dataclass(frozen=True, eq=False)
class Proof:
    """A plan and what proves it: the chosen pairs, prices, and the cover that proves the number of pairs."""

    i: IntArray
    j: IntArray
    points: IntArray
    prices: Prices
    cover: Cover | None
    bound: int
    rounds: int
    pool: Pool

    @property
    def total(self) -> int:
        """What the pairs are worth together, in points above the floor."""
        return int(self.points.sum())

    @property
    def gap(self) -> int:
        """Bound less total, in points above the floor."""
        return self.bound - self.total


def certify(kernel: Kernel, bounds: Bounds, floor: int = 0, tell: Teller = SILENT, tuning: Tuning = USUAL) -> Proof:
    """Return a best plan for all eligible pairs, with its proof; when the time is over, the best so far.

    ``floor`` is taken from every score, in points. Raises InfeasibleError where least numbers of pairs cannot be met,
    and TimeUpError where the time was over before there was any plan.
    """
    proof: Proof | None = None
    try:
        for better in improving(kernel, bounds, floor, tell, tuning):
            proof = better
    except TimeUpError:
        if proof is None:
            raise
    assert proof is not None  # there is at least one round
    return proof


def improving(kernel: Kernel, bounds: Bounds, floor: int, tell: Teller, tuning: Tuning) -> Iterator[Proof]:
    """The loop: after every round a lawful plan with a true bound; the last one is proved best."""
    pool, a, b = first_pool(kernel, bounds, tuning, sampled(tuning))
    tell(Stage.FIRST_PAIRS, pool=len(pool))
    pool, cover = settle(kernel, bounds, pool, b)
    tell(Stage.SETTLED, pool=len(pool))
    paired, start, rounds = None if cover is None else cover.paired, b - floor, 0
    while True:
        rounds += 1
        worth = pool.points - floor
        chosen = solve(pool, bounds, paired, worth, Hint(a, start))
        prices = prices_of(replace(pool, points=worth), chosen, bounds, paired is not None, start)
        x, y = prices.x + floor, prices.y
        margin = _margin(kernel, bounds, tuning, x, y, rounds)
        found, a, b = staircase(kernel, pool, (a, b), (x - margin, y), tuning.cap)
        proof = _proof(pool, chosen, bounds, floor, prices, cover, found, a, rounds)
        tell(Stage.ROUND, round=rounds, pool=len(pool), plan=(proof.total, proof.bound))
        yield proof
        if not (found.points > x[found.i] + y[found.j]).any():
            return
        pool, start = pool.plus(found.i, found.j, found.points), y


def _margin(kernel: Kernel, bounds: Bounds, tuning: Tuning, x: IntArray, y: IntArray, rounds: int) -> int:
    """How far below its price a pair is welcome this round: less where scores lie so close that too many would come."""
    most = round(tuning.margins[min(rounds, len(tuning.margins)) - 1] * SCALE)
    few, scores = few_mentors(kernel, x, y)
    if not scores.size:
        return 0
    wanted = min(max(int(8 * tuning.per_person * bounds.room / kernel.shape[0] * len(few)), 1), scores.size)
    return min(most, max(-int(np.partition(scores.ravel(), -wanted)[-wanted]), 0)) if most else 0


def sampled(tuning: Tuning) -> Solve:
    """Return the solver of samples: this very loop."""
    return lambda kernel, bounds: certify(kernel, bounds, tuning=tuning).prices


def staircase(
    kernel: Kernel, pool: Pool, promised: tuple[IntArray, IntArray], asked: tuple[IntArray, IntArray], cap: int
) -> tuple[Pool, IntArray, IntArray]:
    """Return the eligible pairs outside the pool that beat the asked prices, and prices that the promise now holds for.

    A pair outside the pool has ``score ≤ a_i + b_j`` as promised, so it can beat the asked ``x_i + y_j`` only where
    ``(a_i - x_i) + (b_j - y_j) > 0``. A mentor with too many such pairs keeps the best; her price rises to what the
    best one left out would need.
    """
    (a, b), (x, y) = promised, asked
    fall, rise = a - x, b - y
    rows = np.argsort(-fall, kind="stable")
    columns = np.argsort(-rise, kind="stable")
    prefix = np.searchsorted(-rise[columns], fall[rows], side="left")
    steps = int((prefix > 0).sum())
    rows, prefix = rows[:steps], prefix[:steps]
    if not steps:
        return Pool.of(*(np.zeros(0, np.int64),) * 3, kernel.shape), x, y
    bands = kernel.priced(x, y, rows, columns[: prefix[0]])
    found = kernel.scan(bands, Harvest(kernel.outside(pool, x, y), cap, kernel.shape[0]), prefix)
    points = found.reduced + x[found.i] + y[found.j]
    return Pool(found.i, found.j, points, kernel.shape), x + found.dropped, y


# ---------------------------------------------------------------- the proof


def _proof(
    pool: Pool,
    chosen: BoolArray,
    bounds: Bounds,
    floor: int,
    prices: Prices,
    cover: Cover | None,
    found: Pool,
    promised: IntArray,
    rounds: int,
) -> Proof:
    """Put together plan and bound. Where pairs still beat their prices, mentors' prices rise until none does."""
    taken = np.flatnonzero(chosen)
    i, j, worth = pool.i[taken], pool.j[taken], pool.points[taken] - floor
    x = np.maximum(prices.x, promised - floor)
    np.maximum.at(x, found.i, found.points - floor - prices.y[found.j])
    prices = replace(prices, x=x)
    bound = dual_bound(prices, bounds, len(taken)) + int(np.maximum(worth - x[i] - prices.y[j], 0).sum())
    return Proof(i, j, worth, prices, cover, bound, rounds, pool)


def dual_bound(prices: Prices, bounds: Bounds, pairs: int) -> int:
    """``Σ (capacity · u⁺ - minimum · u⁻)`` over both sides, plus the price of the number of pairs, in points.

    No plan with that many pairs is worth more, if no eligible pair is worth more than its two prices.
    """
    total = (prices.X + prices.Y) * pairs
    for price, ground, most, least in zip(
        (prices.x, prices.y), (prices.X, prices.Y), bounds.capacity, bounds.minimum, strict=True
    ):
        u = price - ground
        total += int((most * np.maximum(u, 0)).sum()) - int((least * np.maximum(-u, 0)).sum())
    return total
