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

from rmatch._util.deadline import TimeUpError
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Pool
from rmatch.problem.partner_types import NO_TOLLS, Tolls
from rmatch.solve.backends import Hint, solve
from rmatch.solve.cover import Cover, settle
from rmatch.solve.duals import Prices, prices_of
from rmatch.solve.expanded_network import Wide
from rmatch.solve.initial_columns import USUAL, Solve, Tuning, few_mentors, first_pool
from rmatch.solve.progress import SILENT, Stage, Teller
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Harvest
from rmatch.valuation import TOTAL, Worth


@dataclass(frozen=True, eq=False)
class Proof:
    """A plan and what proves it: the chosen pairs, prices, and the cover that proves the number of pairs.

    ``tolls`` are part of the prices where people are limited by kinds of partners.
    ``points`` is what each chosen pair is worth, ``total`` the plan, ``bound`` what no plan exceeds. Outside the pool
    no eligible pair beats the prices ``promised``, before what all pairs are worth alike.
    """

    i: IntArray
    j: IntArray
    points: IntArray
    prices: Prices
    tolls: Tolls
    cover: Cover | None
    total: int
    bound: int
    rounds: int
    pool: Pool
    promised: tuple[IntArray, IntArray]

    @property
    def priced(self) -> tuple[Prices, Tolls]:
        """Prices and tolls."""
        return self.prices, self.tolls

    @property
    def gap(self) -> int:
        """Bound less total, in points."""
        return self.bound - self.total


@dataclass(frozen=True, eq=False)
class Begun:
    """Where a search begins that follows another on the same people.

    A pool that holds a plan within the bounds, prices ``a`` and ``b`` that no eligible pair outside it beats, and
    mentees' prices thought to be near the answer.
    """

    pool: Pool
    a: IntArray
    b: IntArray
    start: IntArray

    @classmethod
    def on(cls, pool: Pool, worth: Worth, start: IntArray) -> Begun:
        """Begin with a pool and prices found for another worth: nothing is promised yet but that pairs have bounds."""
        (m, n), most = pool.shape, worth.reach
        return cls(pool, np.full(m, most), np.zeros(n, np.int64), start)


def certify(
    kernel: Kernel,
    bounds: Bounds,
    worth: Worth = TOTAL,
    tell: Teller = SILENT,
    tuning: Tuning = USUAL,
    begun: Begun | None = None,
) -> Proof:
    """Return a plan of the greatest worth over all eligible pairs, with its proof; the best so far when the time is
    over.

    Raises InfeasibleError where least numbers of pairs cannot be met, and TimeUpError where the time was over before
    there was any plan.
    """
    proof: Proof | None = None
    try:
        for better in improving(kernel, bounds, worth, tell, tuning, begun):
            proof = better
    except TimeUpError:
        if proof is None:
            raise
    assert proof is not None  # there is at least one round
    return proof


def improving(
    kernel: Kernel, bounds: Bounds, worth: Worth, tell: Teller, tuning: Tuning, begun: Begun | None = None
) -> Iterator[Proof]:
    """The loop: after every round a lawful plan with a true bound; the last one is proved best."""
    cover = None
    if begun is None:
        pool, a, b = first_pool(kernel, bounds, tuning, sampled(tuning))
        tell(Stage.FIRST_PAIRS, pool=len(pool))
        pool, cover = settle(kernel, bounds, pool, b)
        tell(Stage.SETTLED, pool=len(pool))
        begun = Begun(pool, a, b, b + worth.each)
    pool, a, b, start = begun.pool, begun.a, begun.b, begun.start
    paired, rounds, tolls = None if cover is None else cover.paired, 0, NO_TOLLS
    caps: int | IntArray = tuning.cap
    settled = cover is not None or bounds.span[0] == bounds.span[1]
    while True:
        rounds += 1
        chosen, prices, after = priced_plan(pool, bounds, worth, paired, settled, Hint(a, start))
        (ease_a, ease_b), tolls = tolls.eased(after), after
        tolled = worth + tolls.worth
        under = kernel.under(tolled)
        x, y = prices.x - worth.each, prices.y
        margin = _margin(under, bounds, tuning, x, y, rounds)
        found, a, b = staircase(under, pool, (a + ease_a, b + ease_b), (x - margin, y), caps)
        caps = _caps(tuning.cap, a > x - margin)
        proof = _proof(pool, chosen, bounds, worth, prices, tolls, cover, found, (a, b), rounds)
        tell(Stage.ROUND, round=rounds, pool=len(pool), plan=(proof.total, proof.bound))
        yield proof
        if not (found.points > x[found.i] + y[found.j]).any():
            return
        points = found.points if under.judge is None else kernel.scores(found.i, found.j)
        pool, start = pool.plus(found.i, found.j, points), y


def priced_plan(
    pool: Pool, bounds: Bounds, worth: Worth, paired: IntArray | None, settled: bool, hint: Hint
) -> tuple[BoolArray, Prices, Tolls]:
    """Return which pairs of the pool make a plan of the greatest worth, and the prices and tolls that prove it."""
    each = worth.of(pool.i, pool.j, pool.points, pool.shape[1])
    chosen = best_plan(pool, bounds, worth, paired, hint)
    if bounds.halves is None:
        return chosen, prices_of(replace(pool, points=each), chosen, bounds, settled, hint.y, worth.gains), NO_TOLLS
    wide = Wide.of(bounds, worth.gains, bounds.halves)
    parted, order = wide.order(replace(pool, points=each))
    prices = prices_of(parted, chosen[order], wide.bounds, settled, wide.starts(hint.y), wide.gains)
    return chosen, *wide.folded(prices)


def best_plan(pool: Pool, bounds: Bounds, worth: Worth, paired: IntArray | None, hint: Hint) -> BoolArray:
    """Mark a plan of the greatest worth on the pool; see :func:`rmatch.solve.backends.solve`."""
    each = worth.of(pool.i, pool.j, pool.points, pool.shape[1])
    if bounds.halves is None:
        return solve(pool, bounds, paired, each, hint, worth.gains)
    wide = Wide.of(bounds, worth.gains, bounds.halves)
    parted, order = wide.order(pool)
    nothing = Hint(*(np.zeros(size, np.int64) for size in parted.shape))
    chosen = np.zeros(len(pool), bool)
    chosen[order] = solve(parted, wide.bounds, None, each[order], nothing, wide.gains)
    return chosen


def _margin(kernel: Kernel, bounds: Bounds, tuning: Tuning, x: IntArray, y: IntArray, rounds: int) -> int:
    """How far below its price a pair is welcome this round: less where scores lie so close that too many would come."""
    most = round(tuning.margins[min(rounds, len(tuning.margins)) - 1] * SCALE)
    few, scores = few_mentors(kernel, x, y)
    if not scores.size:
        return 0
    wanted = min(max(int(8 * tuning.per_person * bounds.room / kernel.shape[0] * len(few)), 1), scores.size)
    return min(most, max(-int(np.partition(scores.ravel(), -wanted)[-wanted]), 0)) if most else 0


def _caps(cap: int, crowded: BoolArray) -> IntArray:
    """How many new pairs each mentor may bring next: those who had to leave some out share an eighth of all there may
    be, so that nobody has to come back for hers round after round."""
    share = cap * len(crowded) // (8 * max(int(crowded.sum()), 1))
    return np.where(crowded, max(share, cap), cap)


def sampled(tuning: Tuning) -> Solve:
    """Return the solver of samples: this very loop."""
    return lambda kernel, bounds: certify(kernel, bounds, tuning=tuning).prices


def staircase(
    kernel: Kernel,
    pool: Pool,
    promised: tuple[IntArray, IntArray],
    asked: tuple[IntArray, IntArray],
    cap: int | IntArray,
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
    worth: Worth,
    prices: Prices,
    tolls: Tolls,
    cover: Cover | None,
    found: Pool,
    promised: tuple[IntArray, IntArray],
    rounds: int,
) -> Proof:
    """Put together plan and bound. Where pairs still beat their prices, mentors' prices rise until none does."""
    plan = pool.only(np.flatnonzero(chosen))
    each = worth.of(plan.i, plan.j, plan.points, plan.shape[1])
    dear = each + tolls.worth.of(plan.i, plan.j, plan.points, plan.shape[1])
    x = np.maximum(prices.x, promised[0] + worth.each)
    np.maximum.at(x, found.i, found.points + worth.each - prices.y[found.j])
    prices = replace(prices, x=x)
    pairs = bounds.span if cover is None else (len(plan), len(plan))
    beyond = int(np.maximum(dear - x[plan.i] - prices.y[plan.j], 0).sum())
    bound = prices.bound(bounds, pairs, worth.gains) + tolls.total + beyond
    total = worth.of_plan(plan.i, plan.j, plan.points, plan.shape)
    return Proof(plan.i, plan.j, each, prices, tolls, cover, total, bound, rounds, pool, promised)
