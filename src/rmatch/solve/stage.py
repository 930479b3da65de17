"""How far a lexicographic solve has come, and the steps that several objectives share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Pool
from rmatch.problem.compile import Constraints
from rmatch.problem.compiled import Aim
from rmatch.problem.partner_types import Tolls
from rmatch.proof.certificate import StageProof
from rmatch.solve.column_generation import Begun, Proof, certify
from rmatch.solve.cover import settle
from rmatch.solve.declared import Priced, declared
from rmatch.solve.duals import Prices
from rmatch.solve.initial_columns import Tuning
from rmatch.solve.lagrangian import Bounded, Plan, Task, UnreachableError, bounded
from rmatch.solve.progress import Teller
from rmatch.solve.repair import improved
from rmatch.solve.scan.kernel import Kernel
from rmatch.valuation import TOTAL, Row, Worth

UNFOUND = (
    "no plan that keeps all limits was found, though none is proved to be impossible; loosen a share or a group, or "
    "give more time"
)


@dataclass(frozen=True, eq=False)
class State:
    """How far the objectives have come: what is allowed, what must be kept, and the best plan so far."""

    kernel: Kernel
    bounds: Bounds
    rows: tuple[Row, ...]
    pool: Pool
    start: IntArray
    plan: Plan | None
    tell: Teller
    tuning: Tuning
    held: Constraints
    worst_locked: int
    """The least score of a locked pair, in points; that of a perfect pair where none is locked."""
    guess: Mapping[str, int] = field(default_factory=dict)
    counted: str | None = None
    """The objective that settled the number of pairs."""

    def task(self, aim: Aim) -> Task:
        """An objective to be maximised, scaled where its bound may be a fraction."""
        return self.task_for(SCALE * aim.worth if aim.unit == 1 and self.crossed else aim.worth)

    def task_for(self, worth: Worth) -> Task:
        """Any valuation to be maximised under what is allowed now."""
        return Task(
            self.kernel, self.bounds, worth, self.rows, self.pool, self.start, self.tell, self.tuning, self.guess
        )

    @property
    def crossed(self) -> bool:
        """Whether a limit crosses the groups, so that bounds may lie between whole numbers."""
        return any(not row.frozen for row in self.rows)


def unit_of(task: Task, aim: Aim) -> int:
    """How many of a task's own units are one of its aim's."""
    return 1 if task.worth is aim.worth else SCALE


def after(state: State, found: Bounded) -> State:
    """The state with the candidate pairs and the prices that a solve has come to."""
    return replace(state, pool=found.task.pool, start=found.task.start)


def value_of(aim: Aim, plan: Plan) -> int:
    """The value of an objective in a plan."""
    pairs = plan.pairs
    return aim.worth.of_plan(pairs.i, pairs.j, pairs.points, pairs.shape)


def best_of(found: Bounded) -> tuple[Plan | None, int]:
    """The best plan that any method finds, None where none does, and a bound."""
    best = found.best
    if best is None or best.worth < found.bound:
        best = improved(found)
    return best, found.bound


def proof_of(
    state: State,
    aim: Aim,
    value: int,
    bound: int,
    multipliers: IntArray,
    priced: tuple[Prices, Tolls],
    scale: int = 1,
) -> StageProof:
    """The proof of a stage: its value, its bound, and the prices and multipliers that show the bound."""
    weighed = [(row, int(price)) for row, price in zip(state.rows, multipliers, strict=True) if price]
    return declared(aim.name, value, bound, Priced(*priced, weighed), state.bounds, state.held, state.counted, scale)


def certified(state: State, worth: Worth) -> Proof:
    """The greatest worth within the bounds, whatever the rows say."""
    begun = Begun.on(state.pool, worth, 0 * state.start)
    proof = certify(state.kernel, state.bounds, worth, state.tell, state.tuning, begun)
    if proof.gap:
        raise TimeUpError
    return proof


def exactly(bounds: Bounds, pairs: int) -> Bounds:
    """The bounds with exactly so many pairs."""
    return replace(bounds, total=(pairs, pairs))


def plan_with(state: State, pairs: int) -> tuple[Plan | None, State]:
    """A plan with exactly so many pairs that reaches every row's number, or None where none is found."""
    if pairs < state.bounds.span[0]:
        return None, state
    exact = replace(state, bounds=exactly(state.bounds, pairs))
    try:
        pool, _ = settle(state.kernel, exact.bounds, state.pool, state.start)
        plan, exact = any_plan(replace(exact, pool=pool))
    except (InfeasibleError, UnreachableError):
        return None, state
    return plan, replace(exact, bounds=state.bounds)


def any_plan(state: State) -> tuple[Plan | None, State]:
    """Any plan within the bounds that reaches every row's number, or None where none is found.

    Raises UnreachableError where it is proved that there is none.
    """
    task = state.task_for(TOTAL)
    if len(state.rows) < 2:
        worth = state.rows[0].worth if state.rows else TOTAL
        near = task.best_on_pool_for(worth)
        if near.fits:
            return near, state
        proof = certified(state, worth)
        if proof.total < state.rows[0].least:
            raise UnreachableError(state.rows, np.ones(1, np.int64), proof)
        return task.proved(proof), replace(state, pool=proof.pool)
    # earlier objectives, too, may be out of reach here, so none outweighs the others
    found = bounded(replace(task, rows=tuple(replace(row, frozen=False) for row in task.rows)))
    plan = improved(found, near=np.inf)
    guess = {row.name: int(price) for row, price in zip(state.rows, found.prices, strict=True)}
    return plan, replace(after(state, found), guess=guess)
