"""Self-check: the independent check of an answer before it is returned; of many people only limits and values."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.check import impossible, shown_bound
from rmatch.proof.claim import FalseProofError, Frozen
from rmatch.proof.problem import Problem
from rmatch.proof.verify import broken_limits, broken_rules

WHOLE = 4_000_000
"""Most pairs of people for which the whole certificate is checked before it is returned."""

NO_CLAIM = np.iinfo(np.int64).min
"""Bound of a proof that says nothing yet; the check sets it."""

_LESS = "%s: the engine's proof does not show what it says, which is a fault of %s; it is not called proved"
"""Log message without figures and names, because some depend on sensitive columns."""

_log = logging.getLogger("rmatch")


def self_checked(
    problem: Problem, pairs: tuple[IntArray, IntArray], points: IntArray, certificate: Certificate, most: int = WHOLE
) -> Certificate:
    """Return the certificate with each bound raised to what the check shows, where that is more.

    Args:
        pairs: Mentors and mentees of the plan, int64.
        points: Their scores in points, ``(pairs,)`` int64.
        most: Most pairs of people for which rules, scores and proofs are checked in full.

    Raises:
        SolverError: The plan breaks a limit or, where it is checked in full, a rule, or has other scores.
    """
    i, j = pairs
    whole, stages, frozen = int(np.prod(problem.shape)) <= most, list[StageProof](), list[Frozen]()
    broken = next(broken_limits(problem, i, j), None)
    if broken is None and whole:
        broken = next(broken_rules(problem, i, j), None)
        if broken is None and not np.array_equal(problem.points(i, j), points):
            broken = "its pairs score otherwise than it says"
    if broken is not None:
        raise SolverError(
            f"the engine made a plan that the check refuses, which is a fault of {_whose(problem)}: {broken}"
        )
    for objective, proof in zip(problem.objectives, certificate.stages, strict=True):
        value = objective.value(problem.people, i, j, points)
        bound, claimed = max(int(proof.bound), value), int(proof.bound) != NO_CLAIM
        if whole:
            try:
                shown = shown_bound(problem, objective, proof, tuple(frozen))
            except FalseProofError:
                proof = plain_proof(problem.capacity, proof.name, objective.threshold)
                shown = SCALE if objective.threshold else shown_bound(problem, objective, proof, tuple(frozen))
            if claimed and shown > bound:
                _log.warning(_LESS, proof.name, _whose(problem))
            bound = max(value, shown)
        stages.append(replace(proof, value=int(value), bound=int(bound)))
        frozen.append(Frozen(objective, value, bound))
    last = next(stage for stage in stages if stage.name == "total")
    return Certificate(tuple(stages), last.value, last.bound)


def _whose(problem: Problem) -> str:
    """Whose fault it may be that an answer is refused."""
    if not problem.outside:
        return "ours"
    return f"ours or of what is not ours, {' or '.join(problem.outside)} (`rmatch.testing` tests such classes)"


def no_plan_shown(problem: Problem, proof: object) -> bool:
    """Return whether a proof shows that no plan satisfies the limits; None counts as a proof by plain numbers."""
    if not isinstance(proof, StageProof):
        return proof is None
    try:
        return impossible(problem, proof)
    except FalseProofError:
        _log.warning(_LESS, proof.name, _whose(problem))
        return False


def plain_proof(capacity: tuple[IntArray, IntArray], name: str, threshold: bool = False) -> StageProof:
    """Return a proof that needs no solver: each person of the smaller side is priced at the largest value of a pair.

    Its bound is set by the check.
    """
    sides = [np.zeros(len(side), np.int64) for side in capacity]
    if not threshold:
        scarce = int(capacity[1].sum() < capacity[0].sum())
        sides[scarce][:] = SCALE if name == "total" else 1
    return StageProof(name, 0, SCALE if threshold else NO_CLAIM, sides[0], sides[1])
