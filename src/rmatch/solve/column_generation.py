"""Column generation: a proved optimum over all pairs without ever storing the matrix.

A plan is optimal if dual prices exist with ``value ≤ x_i + y_j`` for *every* eligible pair that is not chosen. Starting
from initial columns, each round solves the problem on the candidates, recovers the duals, and scans for pairs with
positive reduced value ``value - x_i - y_j``. An invariant makes the scans cheap, from the first round to the last:

    every eligible pair outside the candidates has  value ≤ a_i + b_j   (the outside duals)

so only pairs with ``(a_i - x_i) + (b_j - y_j) > 0`` are priced again, see :func:`pricing_step`. The invariant is true
whatever the initial guess; a bad guess costs time only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.partner_types import NO_TYPE_DUALS, PartnerTypeDuals
from rmatch.solve.backends import Hint, solve
from rmatch.solve.cover import Cover, everybody, settle
from rmatch.solve.duals import Prices, prices_of
from rmatch.solve.initial_columns import USUAL, Solve, Tuning, initial_columns, margin_of
from rmatch.solve.progress import SILENT, ProgressReporter, Stage
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Found, Harvest, together
from rmatch.solve.turned_network import network_of
from rmatch.valuation import TOTAL, Valuation

_NEAR = SCALE // 100  # how far below their prices candidates may lie in later rounds


@dataclass(frozen=True, eq=False)
class Proof:
    """A plan and its proof over all pairs.

    Args:
        i, j: Mentors and mentees of the plan, int64.
        points: Value of each chosen pair, ``(pairs,)`` int64.
        prices: Dual values.
        type_duals: Partner-type duals.
        cover: Vertex cover that proves the number of pairs, where pairs come first.
        total: Value of the plan.
        bound: Upper bound of the value of every plan.
        rounds: Rounds so far.
        candidates: The candidate pairs.
        outside_duals: ``(a, b)``: no eligible pair outside the candidates exceeds ``a_i + b_j``, without the constant
            ``each`` of the valuation.
    """

    i: IntArray
    j: IntArray
    points: IntArray
    prices: Prices
    type_duals: PartnerTypeDuals
    cover: Cover | None
    total: int
    bound: int
    rounds: int
    candidates: Candidates
    outside_duals: tuple[IntArray, IntArray]

    @property
    def priced(self) -> tuple[Prices, PartnerTypeDuals]:
        """Prices and partner-type duals."""
        return self.prices, self.type_duals

    @property
    def gap(self) -> int:
        """Bound less total, in points."""
        return self.bound - self.total


@dataclass(frozen=True, eq=False)
class Begun:
    """Starting point of column generation that follows an earlier one on the same people.

    Args:
        candidates: Candidates that contain a plan within the bounds.
        a, b: Outside duals, ``(mentors,)`` and ``(mentees,)`` int64.
        start: Initial mentees' prices, ``(mentees,)`` int64.
        thin: Whether candidates that no better plan needs may go; not where rows or other valuations need them.
    """

    candidates: Candidates
    a: IntArray
    b: IntArray
    start: IntArray
    thin: bool = False

    @classmethod
    def on(
        cls,
        candidates: Candidates,
        valuation: Valuation,
        start: IntArray,
        outside: tuple[IntArray, IntArray] | None = None,
    ) -> Begun:
        """Return the starting point for another valuation, with outside duals from the bound of a pair's value alone,
        or those known of the score.
        """
        (m, n), most = candidates.shape, valuation.reach
        if outside is not None and valuation.plain:
            return cls(candidates, *outside, start, thin=True)
        return cls(candidates, np.full(m, most), np.zeros(n, np.int64), start)


def generate_columns(
    kernel: Kernel,
    bounds: Bounds,
    valuation: Valuation = TOTAL,
    report: ProgressReporter = SILENT,
    tuning: Tuning = USUAL,
    begun: Begun | None = None,
) -> Proof:
    """Return a plan of the greatest value over all eligible pairs with its proof, or the best so far when the time is
    over.

    Args:
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds on numbers of pairs.
        valuation: What is maximised.
        report: Receiver of progress.
        tuning: Parameters that trade time for memory.
        begun: Starting point; None to begin with initial columns.

    Raises:
        InfeasibleError: Lower bounds on numbers of pairs cannot be met.
        TimeUpError: The time was over before there was a plan.
    """
    proof: Proof | None = None
    try:
        for better in column_generation_rounds(kernel, bounds, valuation, report, tuning, begun):
            proof = better
    except TimeUpError:
        if proof is None:
            raise
    assert proof is not None  # there is at least one round
    return proof


def column_generation_rounds(
    kernel: Kernel,
    bounds: Bounds,
    valuation: Valuation,
    report: ProgressReporter,
    tuning: Tuning,
    begun: Begun | None = None,
) -> Iterator[Proof]:
    """Yield after every round a feasible plan with a valid bound; the last one is proved optimal.

    Arguments are those of :func:`generate_columns`.
    """
    cover, chosen, thinned, lowest, each = None, None, 0, 1 << 62, 0
    thin = valuation.plain and (begun is None or begun.thin)
    if thin and bounds.type_capacities is None and kernel.shape[0] * kernel.shape[1] > tuning.middle:
        thinned = tuning.thinned
    if begun is None:
        candidates, a, b, each = initial_columns(kernel, bounds, tuning, sampled(tuning))
        report(Stage.FIRST_PAIRS, candidates=len(candidates))
        chosen = everybody(candidates, bounds, valuation, Hint(a, b)) if kernel.held or kernel.apart is None else None
        if chosen is None:
            candidates, cover = settle(kernel, bounds, candidates, b)
        else:
            cover = Cover.of_a_full_side(bounds, candidates.i[chosen])
        report(Stage.SETTLED, candidates=len(candidates))
        begun = Begun(candidates, a, b, b + valuation.each)
    candidates, a, b, start = begun.candidates, begun.a, begun.b, begun.start
    paired, rounds, type_duals = None if cover is None else cover.paired, 0, NO_TYPE_DUALS
    caps: int | IntArray = each or tuning.cap
    settled = cover is not None or bounds.span[0] == bounds.span[1]
    while True:
        rounds += 1
        chosen, prices, after = priced_plan(candidates, bounds, valuation, paired, settled, Hint(a, start), chosen)
        (decrease_a, decrease_b), type_duals = type_duals.decrease(after), after
        under = kernel.under(valuation + type_duals.valuation)
        x, y = prices.x - valuation.each, prices.y
        margin = margin_of(under, bounds, tuning, x, y, rounds, each > 0)
        found, a, b = pricing_step(under, candidates, (a + decrease_a, b + decrease_b), (x - margin, y), caps, each)
        caps = each or _caps(tuning.cap, a > x - margin)
        proof = _proof(candidates, chosen, bounds, valuation, prices, type_duals, cover, found, (a, b), rounds)
        report(Stage.ROUND, round=rounds, candidates=len(candidates), plan=(proof.total, proof.bound))
        yield proof
        if not (found.points > x[found.i] + y[found.j]).any():
            return
        points = found.points if under.score_function is None else kernel.scores(found.i, found.j)
        if thinned and (rounds <= thinned or proof.gap < lowest):  # gaps are whole, so this ends
            # the plan is kept, so there is one with as many pairs in each component
            paired = None if paired is None else np.bincount(candidates.i[chosen], minlength=kernel.shape[0])
            slack = 0 if rounds <= thinned else min(proof.gap, _NEAR)  # no better plan has a pair beyond the gap
            level = x - margin - 1 if each else a  # of ties where they are many, all stay
            candidates = candidates.only(chosen | (candidates.points > level[candidates.i] + b[candidates.j] - slack))
        lowest = min(lowest, proof.gap)
        candidates, start, chosen = candidates.plus(found.i, found.j, points), y, None


def priced_plan(
    candidates: Candidates,
    bounds: Bounds,
    valuation: Valuation,
    paired: IntArray | None,
    settled: bool,
    hint: Hint,
    chosen: BoolArray | None = None,
) -> tuple[BoolArray, Prices, PartnerTypeDuals]:
    """Return a plan of the greatest value on the candidates, its prices, and its partner-type duals.

    Args:
        candidates: Candidate pairs.
        bounds: Bounds on numbers of pairs.
        valuation: What is maximised.
        paired: Number of pairs of each mentor in a plan with the most pairs; None where the number is free.
        settled: Whether the number of pairs is fixed.
        hint: Prices close to the answer.
        chosen: The plan, where it is known, ``(pairs,)`` bool.
    """
    each = valuation.of(candidates.i, candidates.j, candidates.points, candidates.shape[1])
    if chosen is None:
        chosen = best_plan(candidates, bounds, valuation, paired, hint)
    network = network_of(bounds, valuation.load_utilities)
    if network is None:
        return (
            chosen,
            prices_of(replace(candidates, points=each), chosen, bounds, settled, hint.y, valuation.load_utilities),
            NO_TYPE_DUALS,
        )
    nodes, order = network.apply(replace(candidates, points=each))
    start = network.hint(hint).y
    prices = prices_of(nodes, chosen[order], network.bounds, settled, start, network.load_utilities)
    return chosen, *network.invert(prices)


def best_plan(
    candidates: Candidates, bounds: Bounds, valuation: Valuation, paired: IntArray | None, hint: Hint
) -> BoolArray:
    """Return which candidates form a plan of the greatest value, ``(pairs,)`` bool; see
    :func:`rmatch.solve.backends.solve`.
    """
    each = valuation.of(candidates.i, candidates.j, candidates.points, candidates.shape[1])
    network = network_of(bounds, valuation.load_utilities)
    if network is None:
        return solve(candidates, bounds, paired, each, hint, valuation.load_utilities)
    nodes, order = network.apply(candidates)
    chosen = np.zeros(len(candidates), bool)
    chosen[order] = solve(nodes, network.bounds, None, each[order], network.hint(hint), network.load_utilities)
    return chosen


def _caps(cap: int, crowded: BoolArray) -> IntArray:
    """Most new pairs of each mentor in the next round: mentors who had to leave some out share an eighth of all
    candidates.
    """
    share = cap * len(crowded) // (8 * max(int(crowded.sum()), 1))
    return np.where(crowded, max(share, cap), cap)


def sampled(tuning: Tuning) -> Solve:
    """Return the solver of samples, which is column generation itself."""
    return lambda kernel, bounds: generate_columns(kernel, bounds, tuning=tuning).prices


def pricing_step(
    kernel: Kernel,
    candidates: Candidates,
    outside_duals: tuple[IntArray, IntArray],
    asked: tuple[IntArray, IntArray],
    cap: int | IntArray,
    also: int = 0,
) -> tuple[Candidates, IntArray, IntArray]:
    """Find the eligible pairs outside the candidates that exceed given prices, and update the outside duals.

    A pair outside has ``value ≤ a_i + b_j``, so it can exceed ``x_i + y_j`` only where ``(a_i - x_i) + (b_j - y_j) >
    0``. A mentor with more than ``cap`` such pairs keeps the best; their dual rises to the reduced value of the best
    one left out.

    Args:
        kernel: Scores and eligibility of all pairs.
        candidates: Candidate pairs.
        outside_duals: ``(a, b)``, the current outside duals.
        asked: ``(x, y)``, the prices to exceed.
        cap: Most new pairs of a mentor; one number or ``(mentors,)`` int64.
        also: Best new pairs of each mentee, which are found whatever the cap.

    Returns:
        The new pairs with their values, and the new outside duals ``a`` and ``b``.
    """
    (a, b), (x, y) = outside_duals, asked
    harvest, moved = Harvest(kernel.outside(candidates, x, y), cap, kernel.shape[0], also=also), (a - x, b - y)
    parts = [
        part for block in kernel.blocks() if (part := _exceeding(kernel, harvest, asked, moved, block)) is not None
    ]
    if not parts:
        return Candidates.of(*(np.zeros(0, np.int64),) * 3, kernel.shape), x, y
    found = together(parts)
    points = found.reduced + x[found.i] + y[found.j]
    return Candidates(found.i, found.j, points, kernel.shape), x + found.dropped, y


def _exceeding(
    kernel: Kernel,
    harvest: Harvest,
    asked: tuple[IntArray, IntArray],
    moved: tuple[IntArray, IntArray],
    block: tuple[IntArray, IntArray],
) -> Found | None:
    """Harvest the pairs of a block of mentors and mentees that exceed the prices ``asked``; None where none can."""
    fall, rise = moved
    rows, columns = (some[np.argsort(-by[some], kind="stable")] for some, by in zip(block, moved, strict=True))
    prefix = np.searchsorted(-rise[columns], fall[rows], side="left")
    steps = int((prefix > 0).sum())
    if not steps:
        return None
    if kernel.held and 2 * prefix.sum() > len(rows) * len(columns):  # all are read sooner than most, gathered
        return kernel.scan(kernel.priced(*asked, *block), harvest)
    rows, prefix = rows[:steps], prefix[:steps]
    return kernel.scan(kernel.priced(*asked, rows, columns[: prefix[0]]), harvest, prefix)


# ---------------------------------------------------------------- the proof


def _proof(
    candidates: Candidates,
    chosen: BoolArray,
    bounds: Bounds,
    valuation: Valuation,
    prices: Prices,
    type_duals: PartnerTypeDuals,
    cover: Cover | None,
    found: Candidates,
    outside_duals: tuple[IntArray, IntArray],
    rounds: int,
) -> Proof:
    """Assemble plan and bound. While pairs still exceed their prices, mentors' prices are raised until none does."""
    plan = candidates.only(np.flatnonzero(chosen))
    each = valuation.of(plan.i, plan.j, plan.points, plan.shape[1])
    dear = each + type_duals.valuation.of(plan.i, plan.j, plan.points, plan.shape[1])
    x = np.maximum(prices.x, outside_duals[0] + valuation.each)
    np.maximum.at(x, found.i, found.points + valuation.each - prices.y[found.j])
    prices = replace(prices, x=x)
    pairs = bounds.span if cover is None else (len(plan), len(plan))
    beyond = int(np.maximum(dear - x[plan.i] - prices.y[plan.j], 0).sum())
    bound = prices.bound(bounds, pairs, valuation.load_utilities) + type_duals.total + beyond
    total = valuation.of_plan(plan.i, plan.j, plan.points, plan.shape)
    return Proof(plan.i, plan.j, each, prices, type_duals, cover, total, bound, rounds, candidates, outside_duals)
