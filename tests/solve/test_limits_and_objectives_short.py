"""Limits and objectives where something is short: time, the integer program, or the people of a sample."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from ending import ending
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_proofs import assert_as_the_oracle, assert_shown, compiled
from strategies import SEEDS, Compiled, Problem
from wishes import wishes

import rmatch
from rmatch import limits, objectives
from rmatch.errors import InfeasibleError, ProgramError, SolverError
from rmatch.proof.certificate import Certificate
from rmatch.solve.run import solved

pytestmark = pytest.mark.slow

CROSSING = ("share", "group", "changes")


@contextmanager
def constants(**changed: object) -> Iterator[None]:
    """Constants as they are not, by their module and name."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in changed.items():
            module, _, constant = name.partition("__")
            patch.setattr(f"rmatch.{module.replace('_in_', '.')}.{constant}", value)
        yield


MANY = {"solve_in_run__MOST_BY_ROWS": 0}
"""As if there were too many people to hold every pair of them."""
UNSOLVED = (
    "no plan that keeps all limits was found",
    "no plan was found, though none is proved to be impossible",
    "a limit on each person crosses another one",
)
"""What is said of many people where no plan is found, and none is proved to be impossible."""


def answer(problem: Problem, many: bool = False) -> tuple[Compiled, tuple[np.ndarray, np.ndarray], Certificate] | None:
    """The plan; None where there is none, or where the ladder finds none of ``many`` people and says so."""
    made = compiled(problem)
    if made is None:
        return None
    try:
        return made, *solved(made.model)
    except InfeasibleError as error:
        assert_shown(made, error)
        return None
    except (ProgramError, SolverError) as error:
        said = str(error)
    assert many, said
    assert re.match("|".join(UNSOLVED), said), said  # of small problems few plans are near, and none of them may fit
    return None


@settings(max_examples=30)
@given(wishes(most=7, kinds=CROSSING, more=3))
def test_many_people_have_lawful_plans_and_true_bounds(problem: Problem) -> None:
    with constants(**MANY):
        found = answer(problem, many=True)
    if found is not None:
        assert_as_the_oracle(*found)


@settings(max_examples=5)
@given(SEEDS, st.sampled_from([0.0, 0.5, 0.9]), st.booleans(), st.booleans())
def test_moves_between_plans_near_the_bound_are_lawful(seed: int, share: float, twice: bool, capacity: bool) -> None:
    """Enough people for long cycles and many swaps; solved on the declared rows, the same or better."""
    people = rmatch.datasets.workforce(45, 40, seed=seed % 1000)
    roster = rmatch.from_frame(people if capacity else people.assign(capacity="1"))
    wished = [
        limits.Share("location", differ=False, least=0.1 + share / 10),
        limits.Share("department", differ=False, least=0.1),
    ]
    program = rmatch.Program(limits=tuple(wished[: 1 + twice]), rules=())
    best = rmatch.match(roster, program)
    with constants(**MANY, solve_in_repair___NEAR=0.0):
        try:
            matching = rmatch.match(roster, program)
        except SolverError:
            return
    assert matching.verify()
    assert len(matching.points) == len(best.points)
    assert matching.total <= best.total <= matching.bound
    assert matching.bound - matching.total < 0.05 * matching.bound


@settings(max_examples=20)
@given(wishes(most=7, kinds=CROSSING, more=2))
def test_multipliers_guessed_on_a_sample_change_no_value(problem: Problem) -> None:
    with constants(**MANY, solve_in_lagrangian___SAMPLED=2, solve_in_lagrangian___LEAST_SAMPLE=2):
        found = answer(problem, many=True)
    if found is not None:
        assert_as_the_oracle(*found)


@settings(max_examples=60)
@given(wishes(most=6, more=2), st.integers(0, 200), st.booleans())
def test_whenever_the_time_ends_the_plan_keeps_all_limits_and_every_bound_is_true(
    problem: Problem, patience: int, many: bool
) -> None:
    """Of few people there always is a plan, where there can be one."""
    with constants(**MANY if many else {}), ending(patience):
        found = answer(problem, many)
    if found is not None:
        assert_as_the_oracle(*found)


SHARED = rmatch.Program(
    limits=(limits.Share("location", differ=False, least=0.3),),
    objectives=(objectives.MostPairs(), objectives.WorstPair(), objectives.Total()),
)


@pytest.mark.parametrize("seconds", [1e-9, 0.05, 0.5])
def test_a_limit_of_time_gives_a_lawful_plan_with_true_bounds(seconds: float) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(120, 110, seed=1))
    best, late = rmatch.match(roster, SHARED), rmatch.match(roster, SHARED, time_limit=seconds)
    assert late.verify(roster)
    for proof, other in zip(best.certificate.stages, late.certificate.stages, strict=True):
        assert other.value <= proof.value <= other.bound
        if proof.value != other.value:
            break
    assert rmatch.match(roster, SHARED, time_limit=1e9).to_json() == best.to_json()
