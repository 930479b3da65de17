"""Several rounds solved together: on the rows that keep couples apart, or round by round with the bound that all have
without these rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from rmatch.errors import InfeasibleError, SolverError
from rmatch.problem.bounds import Candidates
from rmatch.problem.model import Model
from rmatch.problem.rounds import Pairs, beside, placed
from rmatch.proof.certificate import Certificate
from rmatch.proof.self_check import self_checked
from rmatch.proof.verify import broken_limits
from rmatch.solve.by_rows import MOST_BY_ROWS
from rmatch.solve.locked_pairs import LockedPairs
from rmatch.solve.run import Found, own_problem

Single: TypeAlias = tuple[Model, Pairs, Certificate]
"""A round beside the others, its pairs, and their certificate."""

Solver: TypeAlias = Callable[[Model, Candidates | None], Found]

_WHOLE = 1 << 62


def solved_together(models: Sequence[Model], joint: Model, solve: Solver) -> tuple[list[Single], Certificate, Pairs]:
    """Return each round beside the others, with its pairs and their certificate; and the certificate and the pairs of
    all together.

    Args:
        models: The rounds.
        joint: All of them as one model; its last limit keeps couples apart.
        solve: Solves a model, from a known plan.

    Raises:
        InfeasibleError: No rounds satisfy the limits; it has a proof.
        SolverError: None were found, and none are proved to be impossible.
    """
    plans, sizes, problem = _one_by_one(models, solve), [model.shape for model in models], own_problem(joint)

    def lawful(some: list[Pairs]) -> bool:  # what a round beside the others may have, all together need not
        return next(broken_limits(problem, *placed(some, sizes)), None) is None

    plans = plans if plans is not None and lawful(plans) else None
    known = None if plans is None else placed(plans, sizes)
    if int(np.prod(joint.shape)) <= MOST_BY_ROWS:
        pairs, certificate = solve(joint, None if known is None else LockedPairs(joint).without(known))
        plans = _split(pairs, sizes)
    else:
        limits = joint.program.limits[:-1]
        free = replace(joint, program=joint.program.model_copy(update={"limits": limits}))
        _, certificate = solve(free, None)
    if plans is None:
        raise SolverError(
            "no rounds were found, though none are proved to be impossible: one after the other, a later one has "
            f"no plan. Up to {MOST_BY_ROWS:,} pairs of people, everybody counted once for each round, all rounds are "
            "looked at together, and here are more: match fewer people at once"
        )
    found = _each_best(models, plans, solve, lawful)
    pairs = placed([own for _, own, _ in found], sizes)
    return found, self_checked(problem, pairs, joint.points(*pairs), certificate, _WHOLE), pairs


def _each_best(
    models: Sequence[Model], plans: list[Pairs], solve: Solver, lawful: Callable[[list[Pairs]], bool]
) -> list[Single]:
    """The rounds, each the best that is found beside the others; where all together are proved best they stay."""
    while True:
        found = list[Single]()
        for number, plan in enumerate(plans):
            others = [pair for k, pairs in enumerate(plans) if k != number for pair in models[k].named(*pairs)]
            model = beside(models[number], others)

            def fine(own: Pairs, k: int = number) -> bool:
                return lawful([*plans[:k], own, *plans[k + 1 :]])

            own, certificate = _at_least(model, plan, solve, fine)
            found.append((model, own, certificate))
            if own is not plan:
                plans[number] = own
                break
        else:
            return found


def _one_by_one(models: Sequence[Model], solve: Solver) -> list[Pairs] | None:
    """A plan of each round that repeats no pair of those before it; None where a round then has none."""
    made, found = list[tuple[str, str]](), list[Pairs]()
    for number, model in enumerate(models):
        later = [pair for other in models[number + 1 :] for limit in other.program.limits for pair in limit.fixed_pairs]
        try:
            pairs, _ = solve(beside(model, [*made, *later]), None)
        except (InfeasibleError, SolverError):
            return None
        found.append(pairs)
        made += model.named(*pairs)
    return found


def _split(pairs: Pairs, sizes: Sequence[tuple[int, int]]) -> list[Pairs]:
    """The pairs of all rounds as those of each."""
    ends = np.cumsum([(0, 0), *sizes], axis=0)
    of = np.searchsorted(ends[:, 0], pairs[0], side="right") - 1
    return [(pairs[0][of == k] - ends[k, 0], pairs[1][of == k] - ends[k, 1]) for k in range(len(sizes))]


def _at_least(model: Model, plan: Pairs, solve: Solver, lawful: Callable[[Pairs], bool]) -> Found:
    """A plan of a round beside the others, or a better one that is lawful with them, with its certificate."""
    pairs, certificate = solve(model, LockedPairs(model).without(plan))
    problem = own_problem(model)

    def values(some: Pairs) -> list[int]:
        return [each.value(problem.people, *some, model.points(*some)) for each in problem.objectives]

    if values(pairs) > values(plan) and lawful(pairs):
        return pairs, certificate
    return plan, self_checked(problem, plan, model.points(*plan), certificate, _WHOLE)
