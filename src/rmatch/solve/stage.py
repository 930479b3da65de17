"""State of the lexicographic solve, and the steps that several objectives share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.compile import Constraints
from rmatch.problem.compiled import CompiledObjective
from rmatch.problem.partner_types import PartnerTypeDuals
from rmatch.proof.certificate import StageProof
from rmatch.solve.column_generation import Begun, Proof, generate_columns
from rmatch.solve.cover import settle
from rmatch.solve.declared import Priced, declared
from rmatch.solve.duals import Prices
from rmatch.solve.initial_columns import Tuning
from rmatch.solve.lagrangian import Bounded, Plan, Task, UnreachableError, bounded
from rmatch.solve.progress import ProgressReporter
from rmatch.solve.repair import improved
from rmatch.solve.scan.kernel import Kernel
from rmatch.valuation import TOTAL, SideConstraint, Valuation

UNFOUND = (
    "no plan that keeps all limits was found, though none is proved to be impossible; loosen a share or a group, or "
    "give more time"
)


@dataclass(frozen=True, eq=False)
class State:
    """State between objectives.

    Args:
        kernel: Scores and eligibility of the pairs that are still allowed.
        bounds: Bounds on numbers of pairs.
        side_constraints: Side constraints of limits and of frozen objectives.
        candidates: Candidates that contain a plan within the bounds.
        start: Initial mentees' prices, ``(mentees,)`` int64.
        plan: The best plan so far.
        report, tuning: As in column generation.
        outside: Duals that no score outside the candidates exceeds, where they are known.
        constraints: The compiled limits.
    """

    kernel: Kernel
    bounds: Bounds
    side_constraints: tuple[SideConstraint, ...]
    candidates: Candidates
    start: IntArray
    plan: Plan | None
    report: ProgressReporter
    tuning: Tuning
    constraints: Constraints
    worst_locked: int
    """The least score of a locked pair, in points; 2²⁰ where none is locked."""
    guess: Mapping[str, int] = field(default_factory=dict)
    counted: str | None = None
    """Name of the objective that settled the number of pairs."""
    outside: tuple[IntArray, IntArray] | None = None

    def task(self, compiled: CompiledObjective) -> Task:
        """Return the task of maximising an objective; counts are scaled where its bound may be fractional."""
        return self.task_for(SCALE * compiled.valuation if compiled.unit == 1 and self.crossed else compiled.valuation)

    def task_for(self, valuation: Valuation) -> Task:
        """Return the task of maximising a valuation."""
        return Task(
            self.kernel,
            self.bounds,
            valuation,
            self.side_constraints,
            self.candidates,
            self.start,
            self.report,
            self.tuning,
            self.guess,
            self.outside,
        )

    @property
    def crossed(self) -> bool:
        """Whether limits cross the groups, so that bounds may lie between integers."""
        return any(not row.frozen for row in self.side_constraints)


def unit_of(task: Task, compiled: CompiledObjective) -> int:
    """Return how many of a task's units make one unit of the objective."""
    return 1 if task.valuation is compiled.valuation else SCALE


def after(state: State, found: Bounded) -> State:
    """Return the state with the candidates and prices of a Lagrangian search."""
    return replace(state, candidates=found.task.candidates, start=found.task.start, outside=None)


def value_of(compiled: CompiledObjective, plan: Plan) -> int:
    """Return the value of a plan under an objective, without locked pairs."""
    pairs = plan.pairs
    return compiled.valuation.of_plan(pairs.i, pairs.j, pairs.points, pairs.shape)


def best_of(found: Bounded) -> tuple[Plan | None, int]:
    """Return the best plan found by the Lagrangian search and repair, or None, and the bound."""
    best = found.best
    if best is None or best.value < found.bound:
        best = improved(found)
    return best, found.bound


def proof_of(
    state: State,
    compiled: CompiledObjective,
    value: int,
    bound: int,
    multipliers: IntArray,
    priced: tuple[Prices, PartnerTypeDuals],
    scale: int = 1,
) -> StageProof:
    """Return the proof of a stage on the declared rows.

    Args:
        state: The state before the objective is settled.
        compiled: The objective.
        value, bound: Value of the plan, and the bound.
        multipliers: Multiplier of each side constraint, int64.
        priced: Prices and partner-type duals.
        scale: Units of the duals in one unit of the objective.
    """
    weighed = [(row, int(price)) for row, price in zip(state.side_constraints, multipliers, strict=True) if price]
    return declared(
        compiled.name, value, bound, Priced(*priced, weighed), state.bounds, state.constraints, state.counted, scale
    )


def certified(state: State, valuation: Valuation) -> Proof:
    """Return the proof of the maximum of a valuation within the bounds, without side constraints.

    Raises:
        TimeUpError: The time was over before it was proved.
    """
    begun = Begun.on(state.candidates, valuation, 0 * state.start)
    proof = generate_columns(state.kernel, state.bounds, valuation, state.report, state.tuning, begun)
    if proof.gap:
        raise TimeUpError
    return proof


def exactly(bounds: Bounds, pairs: int) -> Bounds:
    """Return the bounds with the number of pairs fixed."""
    return replace(bounds, total=(pairs, pairs))


def plan_with(state: State, pairs: int) -> tuple[Plan | None, State]:
    """Return a plan with exactly ``pairs`` pairs that satisfies the side constraints, or None, and the state."""
    if pairs < state.bounds.span[0]:
        return None, state
    exact = replace(state, bounds=exactly(state.bounds, pairs))
    try:
        candidates, _ = settle(state.kernel, exact.bounds, state.candidates, state.start)
        plan, exact = any_plan(replace(exact, candidates=candidates))
    except (InfeasibleError, UnreachableError):
        return None, state
    return plan, replace(exact, bounds=state.bounds)


def any_plan(state: State) -> tuple[Plan | None, State]:
    """Return any plan that satisfies bounds and side constraints, or None, and the state.

    Raises:
        UnreachableError: It is proved that there is none.
    """
    task = state.task_for(TOTAL)
    if len(state.side_constraints) < 2:
        valuation = state.side_constraints[0].valuation if state.side_constraints else TOTAL
        near = task.best_on_candidates_for(valuation)
        if near.fits:
            return near, state
        proof = certified(state, valuation)
        if proof.total < state.side_constraints[0].least:
            raise UnreachableError(state.side_constraints, np.ones(1, np.int64), proof)
        return task.proved(proof), replace(state, candidates=proof.candidates)
    # earlier objectives, too, may be out of reach here, so none outweighs the others
    found = bounded(replace(task, side_constraints=tuple(replace(row, frozen=False) for row in task.side_constraints)))
    plan = improved(found, near=np.inf)
    guess = {row.name: int(price) for row, price in zip(state.side_constraints, found.prices, strict=True)}
    return plan, replace(after(state, found), guess=guess)
