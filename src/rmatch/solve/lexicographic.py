"""Lexicographic solve: settle the objectives in order, freezing each before the next, with a proof over all pairs.

==============  ===============================  ====================================
objective       is frozen as                     its valuation
==============  ===============================  ====================================
most pairs      the number of pairs              1 a pair
worst pair      the least score of a pair        the highest threshold still met
any other       a constraint: value at least     see :mod:`rmatch.valuation`
==============  ===============================  ====================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.deadline import TimeUpError, unlimited
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Candidates
from rmatch.problem.compile import Constraints
from rmatch.problem.compiled import CompiledObjective, compile_objectives
from rmatch.problem.model import Model
from rmatch.problem.partner_types import NO_TYPE_DUALS, PartnerTypeDuals
from rmatch.proof.certificate import StageProof
from rmatch.solve.bottleneck import above, highest_threshold
from rmatch.solve.column_generation import sampled
from rmatch.solve.cover import settle
from rmatch.solve.duals import Prices
from rmatch.solve.fallback import drawn
from rmatch.solve.feasibility import fitting
from rmatch.solve.initial_columns import USUAL, Tuning, initial_columns
from rmatch.solve.lagrangian import Plan, UnreachableError, bounded
from rmatch.solve.progress import SILENT, ProgressReporter
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
from rmatch.valuation import NOTHING, PAIR, SideConstraint, Valuation

_TRIES = 16  # numbers of pairs that are tried below the bound


@dataclass(frozen=True, eq=False)
class Staged:
    """The plan after all objectives, and the proof of each."""

    pairs: Candidates
    proofs: tuple[StageProof, ...]


def staged(
    kernel: Kernel, model: Model, constraints: Constraints, report: ProgressReporter = SILENT, tuning: Tuning = USUAL
) -> Staged:
    """Return the best plan under all limits and objectives of the model's program.

    Args:
        kernel: Scores and eligibility of all pairs.
        model: The model.
        constraints: The compiled limits.
        report: Receiver of progress.
        tuning: Parameters of column generation.

    Raises:
        InfeasibleError: No plan satisfies the bounds.
        UnreachableError: No plan satisfies the side constraints.
        SolverError: None was found, and none is proved to be impossible.
        TimeUpError: The time was over before there was a plan.
    """
    wanted = compile_objectives(model)
    state = _begun(kernel, model, constraints, wanted, report, tuning)
    proofs: list[StageProof] = []
    for compiled in wanted:
        try:
            state, proof = _settled(state, compiled)
        except TimeUpError:
            if state.plan is None:
                raise
            proof = _unsettled(state, compiled)
        proofs.append(proof)
    assert state.plan is not None
    return Staged(state.plan.pairs, tuple(proofs))


def _begun(
    kernel: Kernel,
    model: Model,
    constraints: Constraints,
    wanted: list[CompiledObjective],
    report: ProgressReporter,
    tuning: Tuning,
) -> State:
    """Candidates that contain a plan within the bounds, with nothing settled yet."""
    bounds = replace(constraints.bounds, most_pairs=False)
    first, a, price, _ = initial_columns(kernel, bounds, tuning, sampled(tuning))
    rows = constraints.side_constraints
    listed = [compiled.valuation for compiled in wanted] + [row.valuation for row in rows]
    candidates, _ = settle(kernel, bounds, _with_listed(kernel, first, listed), price)
    worst = int(model.points(*model.locked).min(initial=SCALE))
    state = State(kernel, bounds, rows, candidates, price, None, report, tuning, constraints, worst)
    needed = rows or any(valuation.listed is not None for valuation in listed)  # pairs that no scan finds again
    return replace(state, outside=None if needed else (a, price))


def most_pairs_at_most(kernel: Kernel, model: Model, constraints: Constraints) -> StageProof | None:
    """Return the proof of the largest number of pairs without side constraints; None where another objective comes
    first.

    Raises:
        InfeasibleError: No plan satisfies the bounds.
        TimeUpError: The time is over.
    """
    first, *_ = compile_objectives(model)
    if not first.objective.counts_pairs:
        return None
    state = replace(_begun(kernel, model, constraints, [], SILENT, USUAL), side_constraints=())
    state, most, priced, _ = _most_without_rows(state, first)
    proof = proof_of(state, first, most, most, np.zeros(0, np.int64), priced)
    locked = len(model.locked[0])
    return replace(proof, value=most + locked, bound=most + locked)


def fallback_plan(kernel: Kernel, model: Model, constraints: Constraints) -> Staged:
    """Return any plan that satisfies all limits, with trivial bounds, for when the time is over before there is a plan.

    Raises:
        InfeasibleError: No plan satisfies the bounds.
        UnreachableError: No plan satisfies the side constraints.
        SolverError: None was found, and none is proved to be impossible.
    """
    with unlimited():
        bounds, start = replace(constraints.bounds, most_pairs=False), np.zeros(model.shape[1], np.int64)
        wanted = compile_objectives(model)
        candidates = _with_listed(kernel, drawn(model), [row.valuation for row in constraints.side_constraints])
        candidates, _ = settle(kernel, bounds, candidates, start)
        worst = int(model.points(*model.locked).min(initial=SCALE))
        state = State(
            kernel, bounds, constraints.side_constraints, candidates, start, None, SILENT, USUAL, constraints, worst
        )
        plan, state = any_plan(state)
    if plan is None:
        raise SolverError(UNFOUND)
    return Staged(plan.pairs, tuple(_unsettled(state, compiled) for compiled in wanted))


def _with_listed(kernel: Kernel, candidates: Candidates, valuations: list[Valuation]) -> Candidates:
    """The candidates with every eligible listed pair, which the scan does not value."""
    keys = [valuation.listed[0] for valuation in valuations if valuation.listed is not None]
    if not keys:
        return candidates
    listed = np.unique(np.concatenate(keys))
    i, j = listed // candidates.shape[1], listed % candidates.shape[1]
    points = kernel.scores(i, j)
    fine = kernel.eligible(i, j, points)
    return candidates.plus(i[fine], j[fine], points[fine])


def _settled(state: State, compiled: CompiledObjective) -> tuple[State, StageProof]:
    """Settle one objective; return the state in which it is frozen, and its proof."""
    if compiled.objective.counts_pairs:
        return _most_pairs(state, compiled)
    if compiled.objective.threshold:
        return _worst_pair(state, compiled)
    task = state.task(compiled)
    found = bounded(task)
    if state.plan is not None:
        found.plans.append(task.plan(state.plan.pairs))
    plan, bound = best_of(found)
    if plan is None:
        raise SolverError(UNFOUND)
    unit = unit_of(task, compiled)
    value = value_of(compiled, plan)
    proof = proof_of(state, compiled, value, bound // unit, found.prices, found.proof.priced, unit)
    row = SideConstraint(compiled.name, compiled.valuation, value, frozen=True, unit=compiled.unit)
    return replace(after(state, found), side_constraints=(*state.side_constraints, row), plan=plan), proof


# ---------------------------------------------------------------- the number of pairs


def _most_pairs(state: State, compiled: CompiledObjective) -> tuple[State, StageProof]:
    """Maximise the number of pairs; side constraints are considered once it is known without them."""
    state, most, priced, plan = _most_without_rows(state, compiled)
    shown = proof_of(replace(state, side_constraints=()), compiled, most, most, np.zeros(0, np.int64), priced)
    if plan is None or not plan.fits:
        plan, state = plan_with(state, most)
    if plan is not None:
        return replace(state, bounds=exactly(state.bounds, most), plan=plan, counted=compiled.name), shown
    task = state.task(compiled)
    found, unit = bounded(task), unit_of(task, compiled)
    state, bound = after(state, found), min(found.bound // unit, most)
    if bound < most:
        shown = proof_of(state, compiled, 0, bound, found.prices, found.proof.priced, unit)
    for pairs in range(bound, max(bound - _TRIES, -1), -1):
        plan, state = plan_with(state, pairs)
        if plan is not None:
            break
    plan = plan or best_of(found)[0]
    if plan is None:
        raise SolverError(UNFOUND)
    return replace(state, bounds=exactly(state.bounds, len(plan.pairs)), plan=plan, counted=compiled.name), shown


def _most_without_rows(
    state: State, compiled: CompiledObjective
) -> tuple[State, int, tuple[Prices, PartnerTypeDuals], Plan | None]:
    """The most pairs without side constraints, the duals that prove it, and a plan where the proof yields one."""
    if state.bounds.plain:  # a cover proves it, and mostly without a look at the pairs
        candidates, cover = settle(state.kernel, replace(state.bounds, most_pairs=True), state.candidates, state.start)
        assert cover is not None
        return replace(state, candidates=candidates), cover.pairs, (cover.prices(), NO_TYPE_DUALS), None
    most = state.bounds.max_pairs
    found = fitting(state.candidates, exactly(state.bounds, most))
    if not found.missing:  # all places of one side are taken, and that proves it
        sizes = [len(tree.of) for tree in state.bounds.trees]
        ones, groups = np.ones(sizes[0], np.int64), [np.zeros(len(tree), np.int64) for tree in state.bounds.trees]
        sides = state.bounds.back((ones, np.zeros(sizes[1], np.int64)))
        priced = Prices(*sides, 1, 0, (groups[0] + 1, groups[1])), NO_TYPE_DUALS
        return state, most, priced, state.task(compiled).plan(state.candidates.only(found.chosen))
    proof = certified(state, PAIR)
    state = replace(state, candidates=proof.candidates)
    return state, proof.total, proof.priced, state.task(compiled).proved(proof)


# ---------------------------------------------------------------- the worst pair


def _worst_pair(state: State, compiled: CompiledObjective) -> tuple[State, StageProof]:
    """The highest feasible threshold of the least score, and the proof that no higher one is feasible."""
    if state.plan is None:
        state = replace(state, plan=state.task(compiled).proved(certified(state, NOTHING)))
    assert state.plan is not None
    low = int(state.plan.pairs.points.min(initial=SCALE))
    low = min(low, state.worst_locked)
    high, candidates, beyond = highest_threshold(state.kernel, state.bounds, state.candidates, low)
    high = min(high, state.worst_locked)  # no plan is better than its locked pairs; the others need not be, either
    priced = beyond.prices()
    state = replace(state, candidates=candidates, outside=None)
    multipliers, bound = np.zeros(len(state.side_constraints), np.int64), high
    if not state.side_constraints:
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
    if not state.side_constraints:
        state = replace(state, plan=state.task(compiled).proved(certified(state, NOTHING)))
    return state, proof_of(state, compiled, low, bound, multipliers, priced)


def _above(state: State, threshold: int) -> State:
    """The state restricted to pairs that score at least the threshold."""
    candidates = state.candidates.only(state.candidates.points >= threshold)
    return replace(state, kernel=above(state.kernel, threshold), candidates=candidates)


# ---------------------------------------------------------------- when it cannot be settled


def _unsettled(state: State, compiled: CompiledObjective) -> StageProof:
    """When the time is over: the last plan's value, and a bound that values every pair at the maximum."""
    bounds, valuation = state.bounds, compiled.valuation
    bonus = 0 if valuation.listed is None else int(valuation.listed[1].max(initial=0))
    most = max(valuation.each + valuation.reach + bonus, 0)
    scarce = int(bounds.capacity[1].sum() < bounds.capacity[0].sum())
    x, y = (np.full(size, most * (side == scarce)) for side, size in enumerate(state.candidates.shape))
    potentials = np.zeros(len(bounds.trees[0]), np.int64), np.zeros(len(bounds.trees[1]), np.int64)
    prices = Prices(x, y, 0, 0, potentials)
    bound = SCALE if compiled.objective.threshold else prices.bound(bounds, bounds.span, valuation.load_utilities)
    return proof_of(state, compiled, 0, bound, np.zeros(len(state.side_constraints), np.int64), (prices, NO_TYPE_DUALS))
