"""Solve a model: from the compiled problem to a plan and its certificate, by the simplest method that proves it.

==================================================  =====================================================
program                                             method
==================================================  =====================================================
most pairs and total, limits on single people       column generation on a flow; a flow between kinds of
                                                    people where many are alike
more objectives, nested groups, partner types       lexicographic solve, each stage by column generation
limits that cross both sides, few people            branch and bound on the declared rows
limits that cross both sides, many people           Lagrangian multipliers, and a bound
==================================================  =====================================================

Every answer passes the independent check in :mod:`rmatch.proof`: limits and values always; rules, scores and bounds up
to ``WHOLE`` pairs of people, or ``FEW`` where the program is plain. Where the check rejects it or a gap remains, and
people are few, branch and bound on the declared rows decides.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from rmatch._util.deadline import TimeUpError, over, unlimited, until
from rmatch.columns import IntArray, text_rank
from rmatch.errors import InfeasibleError, ProgramError, RmatchError, SolverError
from rmatch.factors import SCALE
from rmatch.objectives import Total
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.compile import Constraints, compile_limits
from rmatch.problem.compiled import compile_objectives
from rmatch.problem.compiled import staged as is_staged
from rmatch.problem.model import Model
from rmatch.problem.ranges import refuse_scores
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.problem import Problem, assembled, from_outside
from rmatch.proof.scores import Scored, Scores
from rmatch.proof.self_check import WHOLE, no_plan_shown, self_checked
from rmatch.rules import MinScore
from rmatch.solve.by_rows import MOST_BY_ROWS, by_rows
from rmatch.solve.column_generation import Proof, generate_columns
from rmatch.solve.cover import BoundsError, ShortageError
from rmatch.solve.declared import NO_LIMITS, Priced, declared
from rmatch.solve.explain_infeasible import refused
from rmatch.solve.fallback import greedy_plan, with_plain_bound
from rmatch.solve.kinds import solve_by_kinds
from rmatch.solve.lagrangian import UnreachableError
from rmatch.solve.lazy_rows import lazily, lazy
from rmatch.solve.lexicographic import Staged, fallback_plan, staged
from rmatch.solve.locked_pairs import LockedPairs
from rmatch.solve.progress import Listener, ProgressReporter, Stage
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.memory import predicted, refuse_beyond
from rmatch.valuation import Valuation

FEW = 1 << 16
"""Most pairs of people for which rules, scores and certificate of a plain program are checked before it is returned."""

Found = tuple[tuple[IntArray, IntArray], Certificate]
"""All pairs of a plan, as mentors and mentees, and its certificate."""


def solved(
    model: Model,
    progress: Listener | None = None,
    executor: Executor | None = None,
    memory_limit: int | None = None,
    known: Candidates | None = None,
    problem: Problem | None = None,
) -> Found:
    """Return all pairs of the best plan of a model, best first, and the certificate after its own check.

    Args:
        model: The model.
        progress: Listener of progress events.
        executor: Executor for the scans over all pairs; threads if None.
        memory_limit: Most bytes beyond the roster.
        known: Pairs of a known plan, without the locked ones: for when the time is over, or to begin with.
        problem: Problem against which the plan is checked, where it is not the model's own.

    Raises:
        InfeasibleError: No plan satisfies the limits; it has a proof.
        SolverError: None was found, and none is proved to be impossible.
        ProgramError: The memory limit is exceeded, or limits cross for too many people.
    """
    rarely = lazy(model)
    if rarely is not None:
        pairs, certificate = lazily(model, rarely, lambda own: solved(own, progress, executor, memory_limit, known))
        return _checked(model, own_problem(model), (pairs, certificate), WHOLE)
    problem = own_problem(model) if problem is None else problem
    if not is_staged(model.program):
        try:
            found = certified(model, solve(model, progress, executor, memory_limit, known))
        except InfeasibleError as error:
            raise _if_shown(problem, error) from None
        return _checked(model, problem, found, FEW)
    report = ProgressReporter(progress, pairs=int(np.prod(model.shape)), settled=LockedPairs(model).value)
    kernel = Kernel.of(model, executor=executor, count=report.count)
    constraints = compile_limits(model, LockedPairs(model).apply(False))
    refuse_beyond(memory_limit, kernel, constraints.bounds)
    report(Stage.LAID_OUT, memory=predicted(kernel, constraints.bounds))
    few = int(np.prod(model.shape)) <= MOST_BY_ROWS
    by_flow = None
    if constraints.or_none and not few:
        raise ProgramError(
            f"a limit leaves people with no pair or with several, which is solved for up to {MOST_BY_ROWS:,} pairs of "
            f"people, and here are {int(np.prod(model.shape)):,}; match fewer people at once"
        )
    if not (constraints.crossed and few):
        by_flow = _by_flow(model, problem, kernel, constraints, report, few)
    if by_flow is not None and (by_flow[1].proved or not few or over(until())):
        return by_flow
    plan = None if known is None else LockedPairs(model).invert((known.i, known.j))
    plan = plan if by_flow is None else by_flow[0]
    try:
        return _checked(model, problem, by_rows(model, kernel, constraints, problem, plan), WHOLE)
    except InfeasibleError as error:
        raise _if_shown(problem, error) from None


def own_problem(model: Model) -> Problem:
    """Return the problem against which a model's plan is checked; scores are taken from the model."""
    tiles = [Scored(model.names[own.criterion], own.weight, None, own.tile) for own in model.tiles]
    rules = [(rule.name, allows) for rule, allows in model.rules if not isinstance(rule, MinScore)]
    scores = Scores(
        (model.mentors, model.mentees),
        lambda: (Scored("score", SCALE, (model.u, model.v), None), *tiles),
        lambda: [("same person", model.different), *rules],
        model.least_points,
    )
    program = model.program
    return assembled(scores, program.limits, program.objectives, outside=from_outside(program))


def _checked(model: Model, problem: Problem, found: Found, most: int) -> Found:
    pairs, certificate = found
    points = model.points(*pairs)
    refuse_scores(model, *pairs)
    return best_first(model, pairs, points), self_checked(problem, pairs, points, certificate, most)


def best_first(model: Model, pairs: tuple[IntArray, IntArray], points: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs by decreasing score, then by ids; ``points`` are their scores in points, ``(pairs,)`` int64."""
    i, j = pairs
    order = np.argsort(-points, kind="stable")
    near, equal = np.diff(points[order]) == 0, np.zeros(len(points), bool)
    equal[1:] = near
    equal[:-1] |= near
    tied = order[equal]  # texts are ranked where scores tie, and only there
    names = text_rank(model.mentees.ids[j[tied]]), text_rank(model.mentors.ids[i[tied]])
    order[equal] = tied[np.lexsort((*names, -points[tied]))]
    return i[order], j[order]


def _if_shown(problem: Problem, refusal: InfeasibleError) -> RmatchError:
    """The refusal, where the check accepts its proof; else an error that claims only what was found."""
    if no_plan_shown(problem, refusal.proof):
        return refusal
    return SolverError(f"no plan was found, though none is proved to be impossible: {refusal}")


def _by_flow(
    model: Model, problem: Problem, kernel: Kernel, constraints: Constraints, report: ProgressReporter, few: bool
) -> Found | None:
    """Solve objective by objective; return None where that fails and branch and bound remains."""
    if constraints.beyond:
        raise ProgramError(
            f"a limit on each person crosses another one, which is solved for up to {MOST_BY_ROWS:,} pairs of people, "
            f"and here are {int(np.prod(model.shape)):,}; drop one of them, or match fewer people at once"
        )
    try:
        try:
            answer = staged(kernel, model, constraints, report)
        except TimeUpError:
            answer = fallback_plan(kernel, model, constraints)
        return _checked(model, problem, staged_certificate(model, answer), WHOLE)
    except (ShortageError, BoundsError, UnreachableError) as error:
        with unlimited():  # infeasibility is explained in full, whatever time is left
            refusal = _if_shown(problem, refused(model, kernel, constraints, error))
        if isinstance(refusal, InfeasibleError) or not few:
            raise refusal from None
    except SolverError:
        if not few:
            raise
    return None


def staged_certificate(model: Model, answer: Staged) -> Found:
    """Return all pairs of a lexicographic plan with the locked ones, and the certificate."""
    open_ = answer.pairs
    i, j = LockedPairs(model).invert((open_.i, open_.j))
    points, stages = model.points(i, j), []
    for compiled, proof in zip(compile_objectives(model), answer.proofs, strict=True):
        value = compiled.objective.value(model.people, i, j, points)
        if compiled.objective.threshold:
            bound = min(proof.bound, int(model.points(*model.locked).min(initial=SCALE)))
        else:  # locked pairs add to value and bound alike
            bound = proof.bound + value - compiled.valuation.of_plan(open_.i, open_.j, open_.points, model.shape)
        stages.append(replace(proof, value=value, bound=bound))
    total = next(stage for stage in stages if stage.name == Total.kind())
    return (i, j), Certificate(tuple(stages), total.value, total.bound)


def solve(
    model: Model,
    progress: Listener | None = None,
    executor: Executor | None = None,
    memory_limit: int | None = None,
    known: Candidates | None = None,
) -> Proof:
    """Solve the plain problem that the locked pairs leave: most pairs, then total, with bounds on single people.

    Where the time is over before there is a plan, the result is ``known`` or a greedy plan, with the trivial bound.
    Arguments are those of :func:`solved`.
    """
    bounds = LockedPairs(model).apply(model.most_pairs)
    report = ProgressReporter(progress, pairs=int(np.prod(model.shape)), settled=LockedPairs(model).value)
    kernel = Kernel.of(model, executor=executor, count=report.count)
    refuse_beyond(memory_limit, kernel, bounds)
    report(Stage.LAID_OUT, memory=predicted(kernel, bounds))
    try:
        proof = solve_by_kinds(model, kernel, bounds, report)
        return proof or generate_columns(kernel, bounds, Valuation(each=-model.floor), report)
    except TimeUpError:
        return greedy_plan(model, kernel, bounds) if known is None else with_plain_bound(known, bounds, model.floor)
    except ShortageError as shortage:
        with unlimited():
            raise refused(model, kernel, NO_LIMITS, shortage) from None


def certified(model: Model, proof: Proof) -> Found:
    """Return all pairs of a plain plan with the locked ones, and the certificate."""
    reduction = LockedPairs(model)
    i, j = reduction.invert((proof.i, proof.j))
    locked, bounds = reduction.value, reduction.apply(model.most_pairs)
    counted = next((o.name for o in model.program.objectives if o.counts_pairs), None)
    last = model.program.objectives[-1].name
    total = declared(
        last,
        proof.total + locked,
        proof.bound + locked,
        Priced(proof.prices, proof.type_duals),
        bounds,
        NO_LIMITS,
        counted,
    )
    stages = (total,) if counted is None else (_number(model, bounds, proof, counted, len(i)), total)
    return (i, j), Certificate(stages, total.value, total.bound)


def _number(model: Model, bounds: Bounds, proof: Proof, name: str, pairs: int) -> StageProof:
    """Proof of the number of pairs: a vertex cover, or the capacity of the smaller side where the time was over."""
    if proof.cover is not None:
        x, y, most = proof.cover.mentors, proof.cover.mentees, pairs
    else:
        scarce = int(bounds.capacity[1].sum() < bounds.capacity[0].sum())
        x, y = (np.full(size, side == scarce) for side, size in enumerate(model.shape))
        most = bounds.max_pairs + len(model.locked[0])
    return StageProof(name, pairs, most, x.astype(np.int64), y.astype(np.int64))
