"""Lexicographic branch and bound: settle the objectives in order, none at the expense of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import BoolArray
from rmatch.errors import SolverError
from rmatch.objectives import Objective, loads_of, values_of
from rmatch.proof.certificate import StageProof
from rmatch.proof.settled import counts_pairs
from rmatch.solve.branch_and_bound.instance import Answer, ImpossibleError, Instance
from rmatch.solve.branch_and_bound.lines import Lines, Settled
from rmatch.solve.branch_and_bound.root import root
from rmatch.solve.branch_and_bound.settle import (
    NOT_FOUND,
    FractionsError,
    NoPlanError,
    Pairs,
    budget,
    possible_plan,
    refuted,
    solve_stage,
)
from rmatch.solve.branch_and_bound.stage import StageProblem
from rmatch.solve.branch_and_bound.stage_proof import stage_proof
from rmatch.solve.branch_and_bound.worst import from_score, highest

_TREES = 4
"""How often a proof tree lowers the bound on the number of pairs before a plan is sought."""


@dataclass(frozen=True, eq=False)
class _State:
    """What the objectives so far have settled."""

    instance: Instance
    settled: tuple[Settled, ...] = ()
    proofs: tuple[StageProof, ...] = ()
    plan: Pairs | None = None
    near: BoolArray | None = None
    cache: dict[int, Any] = field(default_factory=dict)


def solve(
    instance: Instance, *, nodes: int | None = None, known: StageProof | None = None, plan: Pairs | None = None
) -> Answer:
    """Return the best plan, and a proof of each objective.

    Args:
        instance: People, rows and objectives, each objective one stage.
        nodes: Cases examined for one objective; None for about 200 with a thousand people a side.
        known: A proof of the largest number of pairs, where that comes first; it may ignore rows.
        plan: A starting plan, mentors and mentees; used if it satisfies all rows.

    Raises:
        ImpossibleError: No plan satisfies the rows; it has the proof.
        SolverError: No plan was found within the nodes or the time.
    """
    start = _State(instance, plan=plan if plan is not None and Lines(instance, (), {}).kept(*plan) else None)
    try:
        state = _at_most(start, nodes, known) or start
        for objective in instance.objectives[len(state.proofs) :]:
            state = _next(state, objective, nodes)
        plan = possible_plan(_nothing(state), _nodes(instance, nodes)) if state.plan is None else state.plan
    except NoPlanError as error:
        raise ImpossibleError(error.proof) from None
    except TimeUpError:
        raise SolverError(NOT_FOUND) from None
    return Answer(*plan, state.proofs)


def _at_most(start: _State, nodes: int | None, known: StageProof | None) -> _State | None:
    """Settle the first two objectives where the first is the number of pairs and a bound on it is attained; else
    None.
    """
    if len(start.instance.objectives) < 2 or not start.instance.objectives[0].counts_pairs:
        return None
    known = _capacity_bound(start) if known is None else known
    try:
        return _with(start, nodes, known, patient=False)
    except (NoPlanError, SolverError):
        pass
    except FractionsError as error:
        start = replace(start, near=error.near)
    try:
        return _below(start, nodes, known)
    except (FractionsError, NoPlanError, SolverError, TimeUpError):
        return None


def _capacity_bound(start: _State) -> StageProof:
    """The proof that the number of pairs is at most the capacity of the smaller side."""
    instance, name = start.instance, start.instance.objectives[0].name
    found = []
    for side in (0, 1):
        some = instance.eligible.any(1 - side)
        bound, price = int(instance.capacity[side][some].sum()), some.astype(np.int64)
        free = np.zeros(instance.shape[1 - side], np.int64)
        found.append(StageProof(name, bound, bound, *((price, free) if side == 0 else (free, price))))
    return min(found, key=lambda proof: proof.bound)


def _below(start: _State, nodes: int | None, known: StageProof) -> _State | None:
    """Settle the first two objectives at the number of pairs that linear programs, or a few proof trees, allow."""
    instance = start.instance
    stage = StageProblem(
        Lines(instance, (), start.cache), instance.objectives[0].name, np.ones(instance.shape, np.int64)
    )
    found = root(stage, start.near)
    shown = stage_proof(stage, found, None, 0, found.bound // stage.scale) if found.possible else None
    if shown is not None and known.bound <= shown.bound:
        shown = known
    for _ in range(_TREES):
        if shown is None or shown.bound < 0:
            return None
        try:
            return _with(start, nodes, shown, patient=False)
        except (FractionsError, NoPlanError):
            bound = shown.bound
            shown = refuted(stage, found, bound, _nodes(instance, nodes))
    return None


def _with(start: _State, nodes: int | None, known: StageProof, *, patient: bool = True) -> _State:
    """Settle the second objective at the number of pairs of a bound."""
    first, second, *_ = start.instance.objectives
    plan = start.plan if start.plan is not None and len(start.plan[0]) == known.bound else None
    ones = np.ones(start.instance.shape, np.int64)
    done = Settled(first.name, ones, (None, None), known.bound, known.bound, counts=True)
    proof = replace(known, name=first.name, value=known.bound)
    state = replace(start, settled=(done,), proofs=(proof,), plan=plan)
    return _next(state, second, nodes, patient=patient)


def _next(state: _State, objective: Objective, nodes: int | None, *, patient: bool = True) -> _State:
    """Settle one more objective, and freeze its value and bound as a row."""
    instance, lines = state.instance, Lines(state.instance, state.settled, state.cache)
    if objective.threshold:
        found = highest(lines, objective.name, state.plan, _nodes(instance, nodes))
        instance = from_score(instance, found.proof.value)
        return replace(state, instance=instance, proofs=(*state.proofs, found.proof), plan=found.plan)
    values = values_of(objective, instance.people)(*instance.grid, instance.points.reshape(-1))
    values = np.asarray(values, np.int64).reshape(instance.shape)
    loads = loads_of(objective, instance.people)
    stage = StageProblem(lines, objective.name, values, loads)
    found = solve_stage(stage, state.plan, _nodes(instance, nodes), state.near, patient=patient)
    counts = counts_pairs(objective, instance.people)
    done = Settled(objective.name, values, loads, found.proof.value, found.proof.bound, counts)
    return replace(
        state,
        settled=(*state.settled, done),
        proofs=(*state.proofs, found.proof),
        plan=found.plan,
        near=found.near,
    )


def _nothing(state: _State) -> StageProblem:
    """The stage with objective 0."""
    return StageProblem(Lines(state.instance, state.settled, state.cache), "", np.zeros(state.instance.shape, np.int64))


def _nodes(instance: Instance, nodes: int | None) -> int:
    return budget(instance.shape) if nodes is None else nodes
