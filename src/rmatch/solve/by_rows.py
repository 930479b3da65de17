"""Small programs whose limits cross both sides: branch and bound on the declared rows, with every pair in memory."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from rmatch._util.deadline import TimeUpError, over, unlimited, until
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import InfeasibleError, SolverError
from rmatch.objectives import Stability, Total
from rmatch.problem.compile import Constraints, declared_rows
from rmatch.problem.model import Model
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.check import NOTHING, shown_bound
from rmatch.proof.claim import FalseProofError
from rmatch.proof.problem import Loads, Problem
from rmatch.proof.self_check import plain_proof
from rmatch.rows import Row
from rmatch.solve.branch_and_bound import Answer, ImpossibleError, Instance, solve
from rmatch.solve.explain_infeasible import listed_in, no_plan_in_words
from rmatch.solve.lexicographic import most_pairs_at_most
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense

MOST_BY_ROWS = 4_000_000
"""Most pairs of people for which every pair is kept in memory."""

_FEW_CASES = 4  # of branch and bound for each objective, where the time was over before there was a plan
_CELLS = 1 << 15  # pairs of people looked at at once, which stay in the cache
_FEW = 20_000  # pairs of people for whom one more number is found that a refusal tells


def by_rows(
    model: Model,
    kernel: Kernel,
    constraints: Constraints,
    problem: Problem,
    plan: tuple[IntArray, IntArray] | None = None,
) -> tuple[tuple[IntArray, IntArray], Certificate]:
    """Return all pairs of the best plan, and its certificate.

    Of the compiled limits only the number of pairs that a flow proves is used, and only where the check accepts it.

    Args:
        model: The model.
        kernel: Scores and eligibility of all pairs.
        constraints: The compiled limits.
        problem: The problem against which proofs are checked.
        plan: A known feasible plan, mentors and mentees, or None.

    Raises:
        InfeasibleError: No plan satisfies the limits; it has a proof.
        SolverError: None was found, and none is proved to be impossible.
    """
    stages = tuple(stage for objective in model.program.objectives for stage in objective.stages())
    with unlimited():  # without them there is no plan at all
        points, eligible = every_pair(model, kernel)
    capacity, minimum = _as_checked(model, problem)
    instance = Instance(model.people, declared_rows(model), stages, capacity, minimum, problem.fewest, points, eligible)
    known = None if _roomy(constraints, eligible) else _pairs_at_most(model, kernel, constraints, problem)
    try:
        try:
            answer = solve(instance, known=known, plan=plan)
        except (TimeUpError, SolverError):
            if not over(until()):
                raise
            with unlimited():
                answer = _any_plan(instance, _pairs_at_most(model, kernel, constraints, problem), plan)
    except ImpossibleError as error:
        with unlimited():
            words = no_plan_in_words(model, kernel, constraints, error.proof, partial(_most_kept, instance))
        raise InfeasibleError(words, error.proof) from None
    total = next(stage for stage in answer.stages if stage.name == Total.kind())
    return (answer.i, answer.j), Certificate(answer.stages, total.value, total.bound)


def _most_kept(instance: Instance, row: Row) -> int | None:
    """The most pairs of a row that one plan has within the other rows; None where none is found or it takes long."""
    if instance.points.size > _FEW:
        return None
    i, j = np.divmod(listed_in(row), instance.shape[1])
    pairs = zip(map(str, instance.people.mentors.ids[i]), map(str, instance.people.mentees.ids[j]), strict=True)
    others = tuple(other for other in instance.rows if other.name != row.name)
    try:
        return solve(replace(instance, rows=others, objectives=(Stability(tuple(pairs)),))).stages[0].bound
    except (ImpossibleError, SolverError):
        return None


def _as_checked(model: Model, problem: Problem) -> tuple[Loads, Loads]:
    """Most and fewest pairs of each person, tightened to those of the check, so that both show the same bound."""
    most = [np.minimum(own, other) for own, other in zip(model.capacity, problem.capacity, strict=True)]
    least = [np.maximum(own, other) for own, other in zip(model.minimum, problem.minimum, strict=True)]
    return (most[0], most[1]), (least[0], least[1])


def _roomy(constraints: Constraints, eligible: BoolArray) -> bool:
    """Whether everybody who may have a pair may have it with half of the other side: then capacities say how many pairs
    there can be.
    """
    few = [
        2 * int(number[number > 0].min(initial=size)) < size
        for number, size in zip((eligible.sum(1), eligible.sum(0)), eligible.shape[::-1], strict=True)
    ]
    return constraints.bounds.plain and not any(few)


def _pairs_at_most(model: Model, kernel: Kernel, constraints: Constraints, problem: Problem) -> StageProof | None:
    """The proof of the largest number of pairs, where a flow finds one and the check accepts it."""
    try:
        known = most_pairs_at_most(kernel, model, constraints)
        shown = None if known is None else shown_bound(problem, problem.objectives[0], known, ())
    except (InfeasibleError, TimeUpError, FalseProofError):  # branch and bound explains what is infeasible
        return None
    return known if known is not None and shown is not None and shown <= known.bound else None


def _any_plan(instance: Instance, known: StageProof | None, plan: tuple[IntArray, IntArray] | None) -> Answer:
    """A plan of the linear programs or, where they give none, any feasible one, however long it takes; with proofs."""
    try:
        return solve(instance, nodes=_FEW_CASES, known=known, plan=plan)
    except SolverError:
        found = solve(replace(instance, objectives=(NOTHING,)), plan=plan)
    capacity = instance.capacity
    stages = tuple(plain_proof(capacity, stage.name, stage.threshold) for stage in instance.objectives)
    return Answer(found.i, found.j, stages)


def every_pair(model: Model, kernel: Kernel) -> tuple[IntArray, BoolArray]:
    """Return the score of every pair in points and its eligibility, ``(mentors, mentees)`` int64 and bool."""
    m, n = model.shape
    nothing = np.zeros(m, np.int64), np.zeros(n, np.int64)
    points = kernel.scan(kernel.priced(*nothing), Dense(m, n)).astype(np.int64)
    eligible, step = np.zeros((m, n), bool), max(1, _CELLS // max(n, 1))
    for begin in range(0, m, step):
        rows = np.arange(begin, min(begin + step, m))
        i, j = np.repeat(rows, n), np.tile(np.arange(n), len(rows))
        eligible[rows] = model.eligible(i, j).reshape(len(rows), n)
    return points, eligible
