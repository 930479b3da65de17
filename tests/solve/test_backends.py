"""Laws of the solvers: each is exact where it says so, and bad input ends in an error and never in a crash."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import SEEDS

from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.backends import ASSIGNMENT, FLOW, Solver, _ortools, choose, integer_program, lowest, most_pairs
from rmatch.solve.backends._checked import assignment, cheapest_flow, largest_flow


def square(seed: int, n: int, density: float) -> tuple[Candidates, Bounds]:
    draw = np.random.default_rng(seed)
    held = draw.random((n, n)) < density
    np.fill_diagonal(held, True)
    i, j = np.nonzero(held)
    one = np.ones(n, np.int64)
    candidates = Candidates.of(i, j, draw.integers(-SCALE, SCALE + 1, len(i)), (n, n))
    return candidates, Bounds((one, one), (0 * one, 0 * one), True)


@pytest.mark.parametrize("solver", [ASSIGNMENT, FLOW], ids=["assignment", "flow"])
@example(seed=1024, n=2, density=0.3)  # costs of both signs
@given(seed=SEEDS, n=st.integers(1, 9), density=st.sampled_from((0.0, 0.3, 1.0)))
def test_every_solver_finds_the_best_square_assignment(solver: Solver, seed: int, n: int, density: float) -> None:
    candidates, bounds = square(seed, n, density)
    chosen = solver.solve(candidates, bounds, n, -candidates.points)
    assert chosen is not None
    assert sorted(candidates.i[chosen]) == sorted(candidates.j[chosen]) == list(range(n))
    worth = np.full((n, n), -(SCALE * 100), dtype=float)
    worth[candidates.i, candidates.j] = candidates.points
    assert candidates.points[chosen].sum() == oracles.best_by_assignment(worth)


@given(SEEDS, st.integers(1, 7), st.integers(1, 7))
def test_most_pairs_is_the_largest_flow(seed: int, m: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    held = draw.random((m, n)) < 0.3
    capacity = draw.integers(0, 3, m), draw.integers(0, 3, n)
    i, j = np.nonzero(held)
    candidates = Candidates.of(i, j, np.zeros(len(i), np.int64), (m, n))
    chosen = most_pairs(candidates, Bounds(capacity, (0 * capacity[0], 0 * capacity[1]), True))
    assert chosen.sum() == oracles.most_pairs_by_flow(held, capacity)
    for place, most in zip((candidates.i, candidates.j), capacity, strict=True):
        assert np.all(np.bincount(place[chosen], minlength=len(most)) <= most)


def test_the_plainest_exact_solver_is_chosen() -> None:
    one, two, none = np.ones(3, np.int64), np.full(3, 2), np.zeros(3, np.int64)
    assert choose(Bounds((one, one), (none, none), True), 3) is ASSIGNMENT
    assert choose(Bounds((one, one), (none, none), True), 2) is FLOW
    assert choose(Bounds((one, one), (none, none), False), None) is FLOW
    assert choose(Bounds((two, one), (none, none), True), 3) is FLOW
    assert choose(Bounds((one, one), (one, none), True), 3) is FLOW
    assert choose(Bounds((one, one[:2]), (none, none[:2]), True), 2) is FLOW


def test_a_problem_without_a_plan_has_no_answer() -> None:
    i, j = np.array([0, 1]), np.array([0, 0])
    candidates = Candidates.of(i, j, np.array([5, 5]), (2, 2))
    one = np.ones(2, np.int64)
    for solver in (ASSIGNMENT, FLOW):
        assert solver.solve(candidates, Bounds((one, one), (0 * one, 0 * one), True), 2, -candidates.points) is None
    assert FLOW.solve(candidates, Bounds((one, one), (one, 0 * one), True), None, -candidates.points) is None
    assert FLOW.solve(candidates, Bounds((one, one), (one, 0 * one), True), 1, -candidates.points) is None


# ---------------------------------------------------------------- the guarded adapter

INT, INT32 = np.int64, np.int32


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    "bad",
    [
        ("tail", np.array([0.9, 1.0])),
        ("tail", np.array([0, 1], INT32)),
        ("tail", ints(-1, 1)),
        ("tail", ints(0, 2)),
        ("tail", ints(0, 1 << 32)),
        ("tail", ints(0)),
        ("tail", ints()),
        ("tail", ints(0, 1).reshape(1, 2)),
        ("head", np.array([np.nan, 1.0])),
        ("head", ints(0, -5)),
        ("head", ints(0, 1, 1)),
        ("cost", np.array([1.9, 2.0])),
        ("cost", np.array([np.inf, 2.0])),
        ("cost", ints(1 << 62, 0)),
        ("cost", ints(-(1 << 62), 0)),
        ("cost", ints(0)),
    ],
    ids=str,
)
def test_no_wrong_type_or_range_reaches_the_assignment_solver(bad: tuple[str, np.ndarray]) -> None:
    given_ = {"tail": ints(0, 1), "head": ints(0, 1), "cost": ints(1, 2)} | {bad[0]: bad[1]}
    with pytest.raises(SolverError, match=bad[0]):
        assignment(2, **given_)


@pytest.mark.parametrize(
    "bad",
    [
        ("tail", np.array([0.5, 1.0])),
        ("tail", ints(0, 9)),
        ("tail", ints(0, -1)),
        ("head", ints(1)),
        ("head", ints(1, 1 << 40)),
        ("capacity", np.array([1.5, np.nan])),
        ("capacity", ints(1, -1)),
        ("capacity", ints(1, 1 << 62)),
        ("capacity", ints(1)),
        ("source", -1),
        ("sink", -2),
        ("sink", 0),
    ],
    ids=str,
)
def test_no_wrong_type_or_range_reaches_the_largest_flow(bad: tuple[str, object]) -> None:
    given_ = {"tail": ints(0, 1), "head": ints(1, 2), "capacity": ints(1, 1), "source": 0, "sink": 2} | {bad[0]: bad[1]}
    with pytest.raises(SolverError, match=bad[0]):
        largest_flow(**given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [
        ("tail", np.array([0.5, 1.0])),
        ("tail", ints(0, 3)),
        ("head", ints(1, -1)),
        ("head", ints(1)),
        ("capacity", ints(1, -1)),
        ("capacity", np.array([True, True])),
        ("cost", ints(0, 1 << 62)),
        ("cost", np.array([0.1, 0.2])),
        ("cost", ints(1)),
        ("supply", np.array([1.5, 0.0, -1.5])),
        ("supply", np.array([np.nan, 0.0, 0.0])),
        ("supply", ints(1 << 62, 0, -(1 << 62))),
        ("supply", ints(1, 0, 0)),
    ],
    ids=str,
)
def test_no_wrong_type_or_range_reaches_the_cheapest_flow(bad: tuple[str, np.ndarray]) -> None:
    given_ = {
        "tail": ints(0, 1),
        "head": ints(1, 2),
        "capacity": ints(1, 1),
        "cost": ints(3, 4),
        "supply": ints(1, 0, -1),
    } | {bad[0]: bad[1]}
    with pytest.raises(SolverError, match="suppl" if bad[0] == "supply" else bad[0]):
        cheapest_flow(**given_)


def test_the_adapter_answers_what_can_be_answered() -> None:
    assert assignment(2, ints(0, 0, 1), ints(0, 1, 0), ints(5, 1, 1)).tolist() == [1, 0]  # type: ignore[union-attr]
    assert assignment(2, ints(0, 1), ints(0, 0), ints(0, 0)) is None
    assert assignment(2, ints(0), ints(0), ints(0)) is None
    assert assignment(2, ints(), ints(), ints()) is None
    assert assignment(0, ints(), ints(), ints()).tolist() == []  # type: ignore[union-attr]
    assert largest_flow(ints(0, 1), ints(1, 2), ints(5, 3), 0, 2).tolist() == [3, 3]
    assert largest_flow(ints(), ints(), ints(), 0, 1).tolist() == []
    two = cheapest_flow(ints(0, 0, 1), ints(1, 2, 2), ints(2, 1, 2), ints(1, 9, 1), ints(2, 0, -2))
    assert two is not None
    assert two.tolist() == [2, 0, 2]
    assert cheapest_flow(ints(0), ints(1), ints(1), ints(0), ints(2, -2)) is None
    assert cheapest_flow(ints(), ints(), ints(), ints(), ints(0, 0)).tolist() == []  # type: ignore[union-attr]


def test_arcs_in_parallel_and_back_to_the_same_person_are_lawful() -> None:
    """A larger cost range than any score, as shifted costs have."""
    cost = ints(10 * SCALE, -10 * SCALE, 0, 0)
    assert assignment(2, ints(0, 0, 0, 1), ints(0, 0, 1, 1), cost).tolist() == [0, 1]  # type: ignore[union-attr]


# ---------------------------------------------------------------- the integer program, and the multipliers' program


def program(**changed: object) -> dict[str, object]:
    """At most one of two choices, worth 3 and 5."""
    usual: dict[str, object] = {
        "value": np.array([3.0, 5.0]),
        "row": np.array([0, 0]),
        "column": np.array([0, 1]),
        "entry": np.array([1.0, 1.0]),
        "low": np.array([-np.inf]),
        "high": np.array([1.0]),
        "nodes": 100,
        "seconds": 10.0,
    }
    return usual | changed


@pytest.mark.slow
def test_an_integer_program_gives_a_bound_and_a_choice_or_says_that_there_is_none() -> None:
    bound, chosen = integer_program(**program())  # type: ignore[arg-type, misc]
    assert (bound, chosen.tolist()) == (5.0, [False, True])
    assert integer_program(**program(low=np.array([3.0]), high=np.array([4.0]))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"value": np.array([np.nan, 1.0])}, "value: finite float64"),
        ({"entry": np.array([1, 1])}, "entry: finite float64"),
        ({"low": np.array([2.0])}, "bounds in order"),
        ({"high": np.array([np.nan])}, "bounds in order"),
        ({"seconds": 0.0}, "seconds above 0"),
        ({"row": np.array([0, 1])}, "row: 0 … 1 leaves the range"),
        ({"column": np.array([0, 2])}, "column: 0 … 2 leaves the range"),
        ({"column": np.array([0.0, 1.0])}, "column: a row of int64"),
    ],
)
def test_what_is_no_integer_program_never_reaches_the_engine(changed: dict[str, object], words: str) -> None:
    with pytest.raises(SolverError, match=words):
        integer_program(**program(**changed))  # type: ignore[arg-type]


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 1000))
def test_the_lowest_point_of_cuts_is_below_every_other(plans: int, rows: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    values, slopes = draw.normal(size=plans), draw.normal(size=(plans, rows))
    low, high = np.zeros(rows), draw.uniform(0.5, 2, rows)
    most, at = lowest(values, slopes, low, high)
    assert np.isclose(most, (values + slopes @ at).max())
    assert ((at >= low - 1e-9) & (at <= high + 1e-9)).all()
    for _ in range(20):
        assert (values + slopes @ draw.uniform(low, high)).max() >= most - 1e-7


def test_cuts_that_are_no_numbers_or_have_no_lowest_point_are_refused() -> None:
    one = np.ones(1)
    with pytest.raises(SolverError, match="not finite"):
        lowest(np.array([np.inf]), np.ones((1, 1)), 0 * one, one)
    with pytest.raises(SolverError, match="no optimum"):
        lowest(one, np.ones((1, 1)), 2 * one, one)


def test_a_status_that_is_no_answer_is_a_failure() -> None:
    two = np.array([0, 1]), np.array([0, 1])
    with pytest.raises(_ortools.FailedError, match="assignment"):
        _ortools.assignment(np.array(2), *two, np.array([1 << 62, 1 << 62]))
    with pytest.raises(_ortools.FailedError, match="cheapest-flow"):
        _ortools.cheapest_flow(np.array([0]), np.array([1]), np.array([1]), np.array([1 << 62]), np.array([1, -1]))
    with pytest.raises(_ortools.FailedError, match="largest-flow"):
        _ortools.largest_flow(np.array([0]), np.array([1]), np.array([1]), np.array([0, 0]))


def test_arcs_that_cannot_be_numbered_and_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(SolverError, match="more than the solvers can number"):
        assignment(1 << 31, np.array([0]), np.array([0]), np.array([0]))
    with pytest.raises(SolverError, match="as many values each"):
        assignment(1, np.array([0]), np.array([0]), np.array([0, 1]))
    with pytest.raises(SolverError, match="two nodes"):
        largest_flow(np.array([0]), np.array([1]), np.array([1]), 0, 0)
