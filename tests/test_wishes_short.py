"""Limits and objectives where something is short: time, the integer program, or the people of a sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import SEEDS, Compiled, Problem
from test_time import Clock
from test_wishes import assert_as_the_oracle, compiled, values
from wishes import in_order, wishes

import rmatch
from rmatch import limits, objectives
from rmatch.engine import solved
from rmatch.engines import _leash
from rmatch.errors import InfeasibleError, SolverError
from rmatch.loop import spread
from rmatch.proof.verify import verify

CROSSING = ("share", "group", "changes")


@contextmanager
def constants(**changed: object) -> Iterator[None]:
    """Constants of the ladder as they are not, by their module and name."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in changed.items():
            module, _, constant = name.partition("__")
            patch.setattr(f"rmatch.ladder.{module}.{constant}", value)
        yield


def answer(problem: Problem) -> tuple[Compiled, tuple[np.ndarray, np.ndarray], object] | None:
    made = compiled(problem)
    if made is None:
        return None
    try:
        return made, *solved(made.model)
    except InfeasibleError:
        assert in_order(made) is None
    except SolverError as error:  # of small problems few plans are near, and none of them may fit
        told = str(error)
        assert "no plan that keeps all limits was found" in told
    return None


@settings(max_examples=30)
@given(wishes(most=7, kinds=CROSSING, more=3))
def test_without_the_integer_program_plans_are_lawful_and_bounds_true(problem: Problem) -> None:
    with constants(integers__MOST=0, integers__UNKNOWN=0):
        found = answer(problem)
    if found is not None:
        assert not found[2].trusts  # type: ignore[attr-defined]
        assert_as_the_oracle(*found)  # type: ignore[arg-type]


@settings(max_examples=5)
@given(SEEDS, st.sampled_from([0.0, 0.5, 0.9]), st.booleans(), st.booleans())
def test_moves_between_plans_near_the_bound_are_lawful(seed: int, share: float, twice: bool, capacity: bool) -> None:
    """Enough people for long cycles and many swaps; with the integer program the same, or better."""
    people = rmatch.datasets.workforce(45, 40, seed=seed % 1000)
    roster = rmatch.from_frame(people if capacity else people.assign(capacity="1"))
    wished = [
        limits.Share("location", differ=False, least=0.1 + share / 10),
        limits.Share("department", differ=False, least=0.1),
    ]
    program = rmatch.Program(limits=tuple(wished[: 1 + twice]), rules=())
    best = rmatch.match(roster, program)
    with constants(integers__MOST=0, integers__UNKNOWN=0, exchange___NEAR=0.0):
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
    with constants(multipliers___SAMPLED=2, multipliers___LEAST_SAMPLE=2):
        found = answer(problem)
    if found is not None:
        assert_as_the_oracle(*found)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(wishes(most=6, more=2), st.integers(0, 200))
def test_whenever_the_time_ends_the_plan_keeps_all_limits_and_every_bound_is_true(
    problem: Problem, patience: int
) -> None:
    made = compiled(problem)
    if made is None:
        return
    stopped = Clock(patience)
    with pytest.MonkeyPatch.context() as patch:
        for module in (spread, _leash):
            patch.setattr(module, "over", stopped.over)
        patch.setattr("rmatch.loop.prices.over", stopped.over)
        try:
            pairs, certificate = solved(made.model)
        except InfeasibleError:
            assert in_order(made) is None
            return
        except SolverError as error:
            told = str(error)
            assert "time was over" in told or "no plan that keeps all limits" in told
            return
    points, parts = made.model.points(*pairs), made.model.parts(*pairs)
    result = verify(made.model, pairs, points, parts, certificate, certificate.proved)
    assert result.ok, str(result)
    expected = in_order(made)
    assert expected is not None
    found = values(made, certificate, pairs)
    assert found <= expected
    for value, stage, best in zip(found, certificate.stages, expected, strict=False):
        assert value + stage.gap >= best
        if value != best:
            break


def test_a_limit_of_time_gives_a_lawful_plan_or_says_that_there_was_none_yet() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(120, 110, seed=1))
    program = rmatch.Program(
        limits=(limits.Share("location", differ=False, least=0.3),),
        objectives=(objectives.MostPairs(), objectives.WorstPair(), objectives.Total()),
    )
    with pytest.raises(rmatch.SolverError, match="before any plan kept all limits and objectives; allow more"):
        rmatch.match(roster, program, time_limit=1e-9)
    best = rmatch.match(roster, program)
    assert rmatch.match(roster, program, time_limit=1e9).to_json() == best.to_json()
