"""What people ask for, held against an integer program made of rows and values."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import rows_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from judgement import Seen, hold
from real_programs import KINDS, Real, numbered, real_programs
from strangers import LIMITS, OBJECTIVES

import rmatch
from rmatch import criteria, limits, objectives, rules
from rmatch.element import _known

pytestmark = pytest.mark.slow


@pytest.mark.trials
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(st.data())
def test_every_kind_of_limit_has_the_best_plan_there_is(kind: str, data: st.DataObject) -> None:
    hold(data.draw(real_programs(most=5, kinds=(kind,), more=2)))


@pytest.mark.trials
@settings(max_examples=60)
@given(real_programs(most=5))
def test_limits_and_objectives_together_have_the_best_plan_there_is(real: Real) -> None:
    hold(real)


def test_prices_that_promise_more_than_numbers_hold_end_in_a_plan() -> None:
    hold(numbered(12053))


@pytest.mark.trials
@pytest.mark.parametrize("first", range(0, 250, 25))
def test_numbered_programs_have_the_best_plan_there_is(first: int, tmp_path: Path) -> None:
    seen = Seen()
    for number in range(first, first + 25):
        hold(numbered(number), tmp_path if number % 5 == 0 else None, seen)
    assert seen["optimal"] + seen["without_a_plan"] >= 20


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The strangers as a package that is installed beside rmatch."""
    found = {
        f"rmatch.{family}": [EntryPoint(cls.kind(), f"strangers:{cls.__name__}", f"rmatch.{family}") for cls in classes]
        for family, classes in (("limits", LIMITS), ("objectives", OBJECTIVES))
    }
    monkeypatch.setattr(_known, "entry_points", lambda group: found.get(group, []))
    _known._installed.cache_clear()
    yield
    monkeypatch.undo()
    _known._installed.cache_clear()


@pytest.mark.trials
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("first", [0, 30])
def test_what_a_stranger_limits_is_saved_read_back_and_verified_like_ours(first: int, tmp_path: Path) -> None:
    seen = Seen()
    for number in range(first, first + 30):
        real = numbered(number, kinds=("stranger",), more=2)
        hold(real, tmp_path, seen, installed=True)
        assert rmatch.Program.model_validate(real.program(tmp_path / "scores.csv").to_dict()).limits == real.limits
    assert seen["read_back"] >= 10


@pytest.mark.trials
def test_the_numbered_programs_are_what_people_have() -> None:
    """Most have a plan, some have none; each kind of limit and objective is among them, in many orders."""
    reals = [numbered(number) for number in range(300)]
    kinds = [type(limit) for real in reals for limit in real.limits]
    for limit in (
        limits.Capacity,
        limits.Group,
        limits.Lock,
        limits.Share,
        limits.Spread,
        limits.TotalPairs,
        limits.Changes,
    ):
        assert kinds.count(limit) >= 15, limit
    assert len({tuple(type(objective) for objective in real.objectives) for real in reals}) > 40
    assert 5 <= sum(rows_oracle.best(real.question()) is None for real in reals[:100]) <= 40
    assert sum(real.strange for real in reals) >= 20


def test_a_program_is_printed_as_the_python_that_makes_it_again() -> None:
    words = {"Real": Real, **vars(criteria), **vars(rules), **vars(limits), **vars(objectives)}
    for real in filter(lambda real: not real.strange, map(numbered, range(40))):
        assert eval(repr(real), words) == real
