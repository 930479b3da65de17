"""Bottleneck objective: the highest threshold of the least score at which a plan exists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.proof.certificate import StageProof
from rmatch.solve.branch_and_bound.instance import Instance
from rmatch.solve.branch_and_bound.lines import Lines
from rmatch.solve.branch_and_bound.settle import Found, NoPlanError, Pairs, possible_plan
from rmatch.solve.branch_and_bound.stage import StageProblem


def from_score(instance: Instance, least: int) -> Instance:
    """Return the instance restricted to locked pairs and pairs that score at least ``least`` points."""
    return replace(instance, eligible=instance.eligible & ((instance.points >= least) | instance.locked))


def highest(lines: Lines, name: str, plan: Pairs | None, nodes: int) -> Found:
    """Return a plan whose least score is as high as can be shown, and the proof that none is higher.

    Args:
        lines: The rows.
        name: Name of the objective.
        plan: A feasible plan, or None.
        nodes: Cases to examine for each threshold.

    Raises:
        NoPlanError: No plan satisfies the rows.
        SolverError: None was found.
    """
    instance = lines.instance
    if plan is None:
        plan = possible_plan(_nothing(lines, instance), nodes)
    cap = int(instance.points[instance.locked].min(initial=SCALE))
    value = _worst(instance, plan)
    points = np.append(instance.points[instance.eligible], cap)
    scores = np.unique(points[(points > value) & (points <= cap)])
    low, high = 0, len(scores)  # below `low` there is a plan
    proof, shown = None, len(scores)  # from `shown` on there is none
    while low < high:
        middle = (low + high) // 2
        try:
            plan = possible_plan(_nothing(lines, from_score(instance, int(scores[middle]))), nodes)
            value = _worst(instance, plan)
            low = int(np.searchsorted(scores, value, side="right"))
        except NoPlanError as error:
            high = shown = middle
            proof = error.proof
        except (SolverError, TimeUpError):
            high = middle
    if proof is None:
        mentors, mentees = (np.zeros(size, np.int64) for size in instance.shape)
        return Found(plan, StageProof(name, value, cap, mentors, mentees), instance.locked)
    bound = max(value, int(scores[shown - 1]) if shown else value)
    return Found(plan, replace(proof, name=name, value=value, bound=bound), instance.locked)


def _worst(instance: Instance, plan: Pairs) -> int:
    return int(instance.points[plan].min(initial=SCALE))


def _nothing(lines: Lines, instance: Instance) -> StageProblem:
    return StageProblem(Lines(instance, lines.settled, lines.cache), "", np.zeros(instance.shape, np.int64))
