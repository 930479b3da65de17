"""Objectives in order: each is settled and frozen before the next has a say, and each is proved over all pairs.

==============  ===============================  ====================================
objective       is frozen as                     its worth
==============  ===============================  ====================================
most pairs      the number of pairs              1 a pair
worst pair      the least score of a pair        the highest threshold still met
any other       a row: its value at least        see :mod:`rmatch.valuation`
==============  ===============================  ====================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.deadline import TimeUpError, unlimited
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs
from rmatch.problem.bounds import Pool
from rmatch.problem.compile import Constraints
from rmatch.problem.compiled import Aim, aims
from rmatch.problem.model import Model
from rmatch.problem.partner_types import NO_TOLLS, Tolls
from rmatch.proof.certificate import StageProof
from rmatch.solve.bottleneck import above, highest_threshold
from rmatch.solve.column_generation import sampled
from rmatch.solve.cover import settle
from rmatch.solve.duals import Prices
from rmatch.solve.fallback import drawn
from rmatch.solve.initial_columns import USUAL, Tuning, first_pool
from rmatch.solve.lagrangian import Plan, UnreachableError, bounded
from rmatch.solve.progress import SILENT, Teller
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.stage import (
    UNFOUND,
    State,
    after,
    any_plan,
    best_of,
    certified,
    exactly,
    plan_with,
    proof_of,
    unit_of,
    value_of,
)
from rmatch.valuation import NOTHING, PAIR, Row, Worth

_TRIES = 16  # numbers of pairs that are tried below the bound


@dataclass(frozen=True, eq=False)
class Staged:
    """The plan that all objectives in order have settled, and a proof for each."""

    pairs: Pool
    proofs: tuple[StageProof, ...]


def staged(
    kernel: Kernel, model: Model, constraints: Constraints, tell: Teller = SILENT, tuning: Tuning = USUAL
) -> Staged:
    """Return the best plan under all limits and objectives of the model's program.

    Raises InfeasibleError where no plan keeps the bounds, UnreachableError where none reaches the rows, and TimeUpError
    where the time was over before there was any.
    """
    wanted = aims(model)
    state = _begun(kernel, model, constraints, wanted, tell, tuning)
    proofs: list[StageProof] = []
    for aim in wanted:
        try:
            state, proof = _settled(state, aim)
        except TimeUpError:
            if state.plan is None:
                raise
            proof = _unsettled(state, aim)
        proofs.append(proof)
    assert state.plan is not None
    return Staged(state.plan.pairs, tuple(proofs))


def _begun(
    kernel: Kernel, model: Model, constraints: Constraints, wanted: list[Aim], tell: Teller, tuning: Tuning
) -> State:
    """Candidate pairs that hold a plan within the bounds, and nothing settled yet."""
    bounds = replace(constraints.bounds, most_pairs=False)
    pool, _, price = first_pool(kernel, bounds, tuning, sampled(tuning))
    pool = _with_listed(kernel, pool, [aim.worth for aim in wanted] + [row.worth for row in constraints.rows])
    pool, _ = settle(kernel, bounds, pool, price)
    worst = int(model.points(*model.locked).min(initial=SCALE))
    return State(kernel, bounds, constraints.rows, pool, price, None, tell, tuning, constraints, worst)


def most_pairs_at_most(kernel: Kernel, model: Model, constraints: Constraints) -> StageProof | None:
    """Return the proof of how many pairs there can be whatever crosses the groups; None where something else is first.

    Raises as :func:`staged` does.
    """
    first, *_ = aims(model)
    if not isinstance(first.objective, MostPairs):
        return None
    state = replace(_begun(kernel, model, constraints, [], SILENT, USUAL), rows=())
    state, most, priced, _ = _most_without_rows(state, first)
    proof = proof_of(state, first, most, most, np.zeros(0, np.int64), priced)
    locked = len(model.locked[0])
    return replace(proof, value=most + locked, bound=most + locked)


def hurried(kernel: Kernel, model: Model, constraints: Constraints) -> Staged:
    """Return any plan that keeps all limits, of few pairs, with bounds that hold for every plan.

    For when the time is over before there is a plan. Raises as :func:`staged` does, but for TimeUpError.
    """
    with unlimited():
        bounds, start = replace(constraints.bounds, most_pairs=False), np.zeros(model.shape[1], np.int64)
        wanted = aims(model)
        pool = _with_listed(kernel, drawn(model), [row.worth for row in constraints.rows])
        pool, _ = settle(kernel, bounds, pool, start)
        worst = int(model.points(*model.locked).min(initial=SCALE))
        state = State(kernel, bounds, constraints.rows, pool, start, None, SILENT, USUAL, constraints, worst)
        plan, state = any_plan(state)
    if plan is None:
        raise SolverError(UNFOUND)
    return Staged(plan.pairs, tuple(_unsettled(state, aim) for aim in wanted))


def _with_listed(kernel: Kernel, pool: Pool, worths: list[Worth]) -> Pool:
    """The pool with every eligible pair that is listed by name: the scan does not tell it apart."""
    keys = [worth.listed[0] for worth in worths if worth.listed is not None]
    if not keys:
        return pool
    listed = np.unique(np.concatenate(keys))
    i, j = listed // pool.shape[1], listed % pool.shape[1]
    points = kernel.scores(i, j)
    fine = kernel.eligible(i, j, points)
    return pool.plus(i[fine], j[fine], points[fine])


def _settled(state: State, aim: Aim) -> tuple[State, StageProof]:
    """Settle one objective: the state in which it is frozen, and its proof."""
    if isinstance(aim.objective, MostPairs):
        return _most_pairs(state, aim)
    if aim.objective.threshold:
        return _worst_pair(state, aim)
    task = state.task(aim)
    found = bounded(task)
    if state.plan is not None:
        found.plans.append(task.plan(state.plan.pairs))
    plan, bound = best_of(found)
    if plan is None:
        raise SolverError(UNFOUND)
    unit = unit_of(task, aim)
    value = value_of(aim, plan)
    proof = proof_of(state, aim, value, bound // unit, found.prices, found.proof.priced, unit)
    row = Row(aim.name, aim.worth, value, frozen=True, unit=aim.unit)
    return replace(after(state, found), rows=(*state.rows, row), plan=plan), proof


# ---------------------------------------------------------------- the number of pairs


def _most_pairs(state: State, aim: Aim) -> tuple[State, StageProof]:
    """As many pairs as the limits allow. Rows are looked at once it is known how many there could be without."""
    state, most, priced, plan = _most_without_rows(state, aim)
    shown = proof_of(replace(state, rows=()), aim, most, most, np.zeros(0, np.int64), priced)
    if plan is None or not plan.fits:
        plan, state = plan_with(state, most)
    if plan is not None:
        return replace(state, bounds=exactly(state.bounds, most), plan=plan, counted=aim.name), shown
    task = state.task(aim)
    found, unit = bounded(task), unit_of(task, aim)
    state, bound = after(state, found), min(found.bound // unit, most)
    if bound < most:
        shown = proof_of(state, aim, 0, bound, found.prices, found.proof.priced, unit)
    for pairs in range(bound, max(bound - _TRIES, -1), -1):
        plan, state = plan_with(state, pairs)
        if plan is not None:
            break
    plan = plan or best_of(found)[0]
    if plan is None:
        raise SolverError(UNFOUND)
    return replace(state, bounds=exactly(state.bounds, len(plan.pairs)), plan=plan, counted=aim.name), shown


def _most_without_rows(state: State, aim: Aim) -> tuple[State, int, tuple[Prices, Tolls], Plan | None]:
    """The most pairs there can be whatever the rows say, what proves it, and a plan where one comes with the proof."""
    if state.bounds.plain:  # a cover proves it, and mostly without a look at the pairs
        pool, cover = settle(state.kernel, replace(state.bounds, most_pairs=True), state.pool, state.start)
        assert cover is not None
        return replace(state, pool=pool), cover.pairs, (cover.prices(), NO_TOLLS), None
    proof = certified(state, PAIR)
    state = replace(state, pool=proof.pool)
    return state, proof.total, proof.priced, state.task(aim).proved(proof)


# ---------------------------------------------------------------- the worst pair


def _worst_pair(state: State, aim: Aim) -> tuple[State, StageProof]:
    """The highest least score of a pair with which all else can be kept, and the proof that no more can be."""
    if state.plan is None:
        state = replace(state, plan=state.task(aim).proved(certified(state, NOTHING)))
    assert state.plan is not None
    low = int(state.plan.pairs.points.min(initial=SCALE))
    low = min(low, state.worst_locked)
    high, pool, beyond = highest_threshold(state.kernel, state.bounds, state.pool, low)
    high = min(high, state.worst_locked)  # no plan is better than its locked pairs; the others need not be, either
    priced = beyond.prices()
    state = replace(state, pool=pool)
    multipliers, bound = np.zeros(len(state.rows), np.int64), high
    if not state.rows:
        low = high
    while low < high:  # rows, too, must be reached by the pairs that are good enough
        middle = (low + high + 1) // 2
        try:
            plan, _ = any_plan(_above(state, middle))
        except UnreachableError as error:
            high = bound = middle - 1
            multipliers, priced = error.multipliers, error.proof.priced
            continue
        if plan is None:
            high = middle - 1
        else:
            low = min(int(plan.pairs.points.min(initial=SCALE)), state.worst_locked)
            state = replace(state, plan=plan)
    state = _above(state, low)
    if not state.rows:
        state = replace(state, plan=state.task(aim).proved(certified(state, NOTHING)))
    return state, proof_of(state, aim, low, bound, multipliers, priced)


def _above(state: State, threshold: int) -> State:
    """Only pairs that score as much may be any more."""
    pool = state.pool.only(state.pool.points >= threshold)
    return replace(state, kernel=above(state.kernel, threshold), pool=pool)


# ---------------------------------------------------------------- when it cannot be settled


def _unsettled(state: State, aim: Aim) -> StageProof:
    """The time is over: what the last plan is worth, and a bound that takes every pair for the best there could be."""
    bounds, worth = state.bounds, aim.worth
    bonus = 0 if worth.listed is None else int(worth.listed[1].max(initial=0))
    most = max(worth.each + worth.reach + bonus, 0)
    scarce = int(bounds.capacity[1].sum() < bounds.capacity[0].sum())
    x, y = (np.full(size, most * (side == scarce)) for side, size in enumerate(state.pool.shape))
    grounds = np.zeros(len(bounds.trees[0]), np.int64), np.zeros(len(bounds.trees[1]), np.int64)
    prices = Prices(x, y, 0, 0, grounds)
    bound = SCALE if aim.objective.threshold else prices.bound(bounds, bounds.span, worth.gains)
    return proof_of(state, aim, 0, bound, np.zeros(len(state.rows), np.int64), (prices, NO_TOLLS))
