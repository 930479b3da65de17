"""Laws of limits and objectives: beside an integer program, stage by stage, and checked by their own proofs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofs import TUNINGS
from rmatch.proof.kept import broken_limits
from strategies import Compiled, Problem
from wishes import LIMITS, Programme, counts, in_order, wishes

from rmatch.aims import aims
from rmatch.constraints import compile_limits
from rmatch.engine import solved, staged_certificate
from rmatch.errors import InfeasibleError, ProgramError
from rmatch.ladder.multipliers import UnreachableError
from rmatch.ladder.stages import staged
from rmatch.loop.first_pool import Tuning
from rmatch.model import open_bounds
from rmatch.pool import Bounds
from rmatch.proof.certificate import Certificate
from rmatch.proof.verify import verify


def compiled(problem: Problem) -> Compiled | None:
    """The problem, or None where its limits contradict one another before anything is solved."""
    try:
        return problem.compiled()
    except (ProgramError, InfeasibleError):
        return None


def values(made: Compiled, certificate: Certificate, pairs: tuple[np.ndarray, np.ndarray]) -> list[int]:
    """What the plan is worth to each objective, locked pairs among the others."""
    if not certificate.stages:
        points = made.model.points(*pairs) - made.model.floor
        return ([len(pairs[0])] if made.model.most_pairs else []) + [int(points.sum())]
    return [aim.of_all(made.model, *pairs) for aim in aims(made.model)]


def assert_as_the_oracle(made: Compiled, pairs: tuple[np.ndarray, np.ndarray], certificate: Certificate) -> None:
    """Proved plans have the oracle's values; others are no better, and their bounds never below."""
    expected = in_order(made)
    assert expected is not None
    points, parts = made.model.points(*pairs), made.model.parts(*pairs)
    result = verify(made.model, pairs, points, parts, certificate, certificate.proved)
    assert result.ok, str(result)
    found = values(made, certificate, pairs)
    if certificate.proved or certificate.trusts:
        assert found == expected
    assert found <= expected
    for value, stage, best in zip(found, certificate.stages, expected, strict=False):
        assert value + stage.gap >= best, "the bound lies below the optimum"
        if value != best:
            break


@pytest.mark.parametrize("kind", LIMITS)
@given(st.data())
def test_every_kind_of_limit_gives_the_best_plan_there_is(kind: str, data: st.DataObject) -> None:
    made = compiled(data.draw(wishes(kinds=(kind,))))
    if made is None:
        return
    try:
        pairs, certificate = solved(made.model)
    except InfeasibleError:
        assert in_order(made) is None
        return
    assert_as_the_oracle(made, pairs, certificate)


@given(wishes(more=3))
def test_limits_and_objectives_together_give_the_best_plan_there_is(problem: Problem) -> None:
    made = compiled(problem)
    if made is None:
        return
    try:
        pairs, certificate = solved(made.model)
    except InfeasibleError:
        assert in_order(made) is None
        return
    assert_as_the_oracle(made, pairs, certificate)


@given(wishes(more=2), TUNINGS)
def test_a_poor_first_guess_changes_no_value(problem: Problem, tuning: Tuning) -> None:
    made = compiled(problem)
    if made is None:
        return
    constraints = compile_limits(made.model, Bounds(*open_bounds(made.model), most_pairs=False))
    try:
        answer = staged(made.kernel, made.model, constraints, tuning=tuning)
    except (InfeasibleError, UnreachableError):
        assert in_order(made) is None
        return
    assert_as_the_oracle(made, *staged_certificate(made.model, answer))


@given(wishes(more=3), st.randoms(use_true_random=False))
def test_whether_a_plan_keeps_its_limits_is_counted_as_the_documents_say(problem: Problem, chance) -> None:  # type: ignore[no-untyped-def]
    made = compiled(problem)
    if made is None:
        return
    programme = Programme(made)
    chosen = [chance.random() < 0.3 for _ in programme.pairs]
    i, j = (
        np.array([pair[side] for pair, yes in zip(programme.pairs, chosen, strict=True) if yes], int) for side in (0, 1)
    )
    kept = all(
        least <= sum(add for add, yes in zip(adds, chosen, strict=True) if yes) <= most
        for limit in made.model.program.limits
        for adds, least, most in counts(made, limit, programme.pairs)
    )
    assert (not list(broken_limits(made.model, i, j))) == kept


@given(wishes(more=2))
def test_a_proof_that_is_tampered_with_is_refused(problem: Problem) -> None:
    made = compiled(problem)
    if made is None:
        return
    try:
        pairs, certificate = solved(made.model)
    except InfeasibleError:
        return
    if not certificate.stages or not certificate.proved or not len(pairs[0]):
        return
    points, parts = made.model.points(*pairs), made.model.parts(*pairs)

    def accepted(stages: tuple[object, ...]) -> bool:
        forged = replace(certificate, stages=stages)  # type: ignore[arg-type]
        return verify(made.model, pairs, points, parts, forged, True).ok

    for number, stage in enumerate(certificate.stages):
        others = certificate.stages
        swapped = [
            replace(stage, value=stage.value - 1, bound=stage.bound - 1),
            replace(stage, value=stage.value + 1, bound=stage.bound + 1),
            replace(stage, bound=stage.bound + 1),
            replace(stage, name="another"),
            replace(stage, trusts=("HiGHS",)),
            replace(
                stage,
                least_points=stage.bound + 2 if stage.name == "worst_pair" else made.model.least_points + (1 << 19),
            ),
            replace(stage, span=(0, 0)) if stage.span != (0, 0) else replace(stage, name=""),
            replace(stage, multipliers=(*stage.multipliers, ("nothing", 1))),
            replace(stage, multipliers=(*stage.multipliers, (certificate.stages[0].name, -1))),
            replace(stage, mentor_prices=stage.mentor_prices - (1 << 21)),
            replace(stage, mentee_prices=stage.mentee_prices[:-1])
            if False
            else replace(stage, grounds=(np.zeros(9, int), stage.grounds[1])),
        ]
        for forged in swapped:
            assert not accepted((*others[:number], forged, *others[number + 1 :])), forged
    assert not accepted(certificate.stages[:-1])
    assert not accepted(())
