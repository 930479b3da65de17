"""From a model to a plan and its certificate, by the shortest way that proves it.

==================================================  =====================================================
program                                             way
==================================================  =====================================================
most pairs and total, limits on single people       column generation on a flow
more objectives, nested groups, kinds of partners   the same, objective by objective
limits that cross both sides, few people            the declared rows, with a proof tree where prices leave a gap
limits that cross both sides, many people           a multiplier for each such limit, and a bound
==================================================  =====================================================

Whatever the way, the answer is checked as a stranger would check it. Where the check refuses it, or a gap is left, and
people are few, the declared rows decide.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from rmatch._util.deadline import TimeUpError, over, unlimited, until
from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError, ProgramError, RmatchError, SolverError
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total
from rmatch.problem.bounds import Bounds, Pool
from rmatch.problem.compile import Constraints, compile_limits
from rmatch.problem.compiled import aims
from rmatch.problem.compiled import staged as is_staged
from rmatch.problem.model import Model, open_bounds
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.problem import Problem, assembled
from rmatch.proof.scores import Scored, Scores
from rmatch.proof.self_check import WHOLE, no_plan_shown, self_checked
from rmatch.rules import MinScore
from rmatch.solve.by_rows import MOST_BY_ROWS, by_rows
from rmatch.solve.column_generation import Proof, certify
from rmatch.solve.cover import BoundsError, ShortageError
from rmatch.solve.declared import NO_LIMITS, Priced, declared
from rmatch.solve.explain_infeasible import refused
from rmatch.solve.fallback import hasty, plain_proof
from rmatch.solve.lagrangian import UnreachableError
from rmatch.solve.lexicographic import Staged, hurried, staged
from rmatch.solve.progress import Listener, Stage, Teller
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.memory import predicted, refuse_beyond
from rmatch.valuation import Worth

FEW = 1 << 16
"""Up to so many pairs of people the certificate of a plain program, too, is checked in full before it is returned."""

Found = tuple[tuple[IntArray, IntArray], Certificate]
"""All pairs of a plan, as mentors and mentees, and its certificate."""


def solved(
    model: Model,
    progress: Listener | None = None,
    executor: Executor | None = None,
    memory_limit: int | None = None,
    known: Pool | None = None,
    problem: Problem | None = None,
) -> Found:
    """Solve a model: all pairs of the plan, and the certificate, as its own check leaves it.

    ``problem`` is what the plan is checked against, where that is not the model's program on its people. Raises
    InfeasibleError, with a proof, where no plan keeps the limits, and SolverError where none was found.
    """
    problem = own_problem(model) if problem is None else problem
    if not is_staged(model.program):
        try:
            found = certified(model, solve(model, progress, executor, memory_limit, known))
        except InfeasibleError as error:
            raise _if_shown(problem, error) from None
        return _checked(model, problem, found, FEW)
    tell = Teller(progress, pairs=int(np.prod(model.shape)), settled=locked_worth(model))
    kernel = Kernel.of(model, executor=executor, count=tell.count)
    held = compile_limits(model, Bounds(*open_bounds(model), most_pairs=False))
    refuse_beyond(memory_limit, kernel, held.bounds)
    tell(Stage.LAID_OUT, memory=predicted(kernel, held.bounds))
    few = int(np.prod(model.shape)) <= MOST_BY_ROWS
    by_flow = None
    if not (held.crossed and few):
        by_flow = _by_flow(model, problem, kernel, held, tell, few)
    if by_flow is not None and (by_flow[1].proved or not few or over(until())):
        return by_flow
    plan = None if by_flow is None else by_flow[0]
    try:
        return _checked(model, problem, by_rows(model, kernel, held, problem, plan), WHOLE)
    except InfeasibleError as error:
        raise _if_shown(problem, error) from None


def own_problem(model: Model) -> Problem:
    """What a model's own plan is checked against: its program on its people, whose scores are not computed again."""
    tiles = [Scored(model.names[own.criterion], own.weight, None, own.tile) for own in model.tiles]
    rules = [(rule.name, allows) for rule, allows in model.rules if not isinstance(rule, MinScore)]
    scores = Scores(
        (model.mentors, model.mentees),
        lambda: (Scored("score", SCALE, (model.u, model.v), None), *tiles),
        lambda: [("same person", model.different), *rules],
        model.least_points,
    )
    return assembled(scores, model.program.limits, model.program.objectives)


def _checked(model: Model, problem: Problem, found: Found, most: int) -> Found:
    pairs, certificate = found
    return pairs, self_checked(problem, pairs, model.points(*pairs), certificate, most)


def _if_shown(problem: Problem, refusal: InfeasibleError) -> RmatchError:
    """The refusal, where its proof shows that there is no plan; else an error that says no more than was found."""
    if no_plan_shown(problem, refusal.proof):
        return refusal
    return SolverError(f"no plan was found, though none is proved to be impossible: {refusal}")


def _by_flow(
    model: Model, problem: Problem, kernel: Kernel, held: Constraints, tell: Teller, few: bool
) -> Found | None:
    """Solve objective by objective; None where that fails and ``few`` people leave another way."""
    if held.beyond:
        raise ProgramError(
            f"a limit on each person crosses another one, which is solved for up to {MOST_BY_ROWS:,} pairs of people, "
            f"and here are {int(np.prod(model.shape)):,}; drop one of them, or match fewer people at once"
        )
    try:
        try:
            answer = staged(kernel, model, held, tell)
        except TimeUpError:
            answer = hurried(kernel, model, held)
        return _checked(model, problem, staged_certificate(model, answer), WHOLE)
    except (ShortageError, BoundsError, UnreachableError) as error:
        with unlimited():  # what cannot be is told in full, whatever time is left
            refusal = _if_shown(problem, refused(model, kernel, held, error))
        if isinstance(refusal, InfeasibleError) or not few:
            raise refusal from None
    except SolverError:
        if not few:
            raise
    return None


def staged_certificate(model: Model, answer: Staged) -> Found:
    """Put the locked pairs back: all pairs of the plan, and the certificate of every objective."""
    open_ = answer.pairs
    i, j = (np.concatenate(side) for side in zip(model.locked, (open_.i, open_.j), strict=True))
    points, stages = model.points(i, j), []
    for aim, proof in zip(aims(model), answer.proofs, strict=True):
        value = aim.objective.value(model.people, i, j, points)
        if aim.objective.threshold:
            bound = min(proof.bound, int(model.points(*model.locked).min(initial=SCALE)))
        else:  # locked pairs add to value and bound alike
            bound = proof.bound + value - aim.worth.of_plan(open_.i, open_.j, open_.points, model.shape)
        stages.append(replace(proof, value=value, bound=bound))
    total = next(stage for stage in stages if stage.name == Total.kind())
    return (i, j), Certificate(tuple(stages), total.value, total.bound)


def solve(
    model: Model,
    progress: Listener | None = None,
    executor: Executor | None = None,
    memory_limit: int | None = None,
    known: Pool | None = None,
) -> Proof:
    """Solve the problem that the locked pairs leave.

    Where the time is over before there is a plan, it is the ``known`` one, or else a hasty one, with a plain bound.
    """
    capacity, minimum = open_bounds(model)
    bounds = Bounds(capacity, minimum, model.most_pairs)
    tell = Teller(progress, pairs=int(np.prod(model.shape)), settled=locked_worth(model))
    kernel = Kernel.of(model, executor=executor, count=tell.count)
    refuse_beyond(memory_limit, kernel, bounds)
    tell(Stage.LAID_OUT, memory=predicted(kernel, bounds))
    try:
        return certify(kernel, bounds, Worth(each=-model.floor), tell)
    except TimeUpError:
        return hasty(model, kernel, bounds) if known is None else plain_proof(known, bounds, model.floor)
    except ShortageError as shortage:
        with unlimited():
            raise refused(model, kernel, NO_LIMITS, shortage) from None


def open_pairs(model: Model, pairs: tuple[IntArray, IntArray]) -> Pool:
    """The pairs that are not locked."""
    i, j = pairs
    free = ~np.isin(i * np.int64(model.shape[1]) + j, model.locked_keys)
    return Pool.of(i[free], j[free], model.points(i[free], j[free]), model.shape)


def locked_worth(model: Model) -> int:
    """What the locked pairs are worth above the floor, in points."""
    return int((model.points(*model.locked) - model.floor).sum())


def certified(model: Model, proof: Proof) -> Found:
    """Put the locked pairs back: all pairs of the plan, and the certificate with what they add."""
    i, j = (np.concatenate(side) for side in zip(model.locked, (proof.i, proof.j), strict=True))
    locked, bounds = locked_worth(model), Bounds(*open_bounds(model), model.most_pairs)
    counted = next((o.name for o in model.program.objectives if isinstance(o, MostPairs)), None)
    last = model.program.objectives[-1].name
    total = declared(
        last, proof.total + locked, proof.bound + locked, Priced(proof.prices, proof.tolls), bounds, NO_LIMITS, counted
    )
    stages = (total,) if counted is None else (_number(model, bounds, proof, counted, len(i)), total)
    return (i, j), Certificate(stages, total.value, total.bound)


def _number(model: Model, bounds: Bounds, proof: Proof, name: str, pairs: int) -> StageProof:
    """The proof of the number of pairs: a cover; where there was no time for one, the side with less room."""
    if proof.cover is not None:
        x, y, most = proof.cover.mentors, proof.cover.mentees, pairs
    else:
        scarce = int(bounds.capacity[1].sum() < bounds.capacity[0].sum())
        x, y = (np.full(size, side == scarce) for side, size in enumerate(model.shape))
        most = bounds.room + len(model.locked[0])
    return StageProof(name, pairs, most, x.astype(np.int64), y.astype(np.int64))
