"""The pairs and rows with which the linear program of limits that cross both sides starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from treepeople import people

from rmatch.factors import SCALE
from rmatch.limits import Alike
from rmatch.objectives import MostPairs, Total
from rmatch.rows import Part, Row
from rmatch.solve.branch_and_bound import Instance, solve
from rmatch.solve.branch_and_bound.likely import likely_prices
from rmatch.solve.branch_and_bound.lines import Lines, Settled
from rmatch.solve.branch_and_bound.program import LinearProgram
from rmatch.solve.branch_and_bound.root import first_pairs
from rmatch.solve.branch_and_bound.stage import StageProblem

SIZE = 40


def instance(rows: tuple[Row, ...], most: int = 1, seed: int = 0) -> Instance:
    draw = np.random.default_rng(seed)
    who = people(draw, SIZE, SIZE, np.ones((SIZE, SIZE), bool), True)
    room, none, one = (np.full(SIZE, k, np.int64) for k in (most, 0, 1))
    points = draw.integers(0, SCALE, (SIZE, SIZE)).astype(np.int64)
    everybody = np.ones((SIZE, SIZE), bool)
    return Instance(who, rows, (MostPairs(), Total()), (room, room), (none, none), (one, one), points, everybody)


def stage_of(given: Instance, pairs: int) -> StageProblem:
    """The total, once the number of pairs is settled."""
    ones = np.ones(given.shape, np.int64)
    done = Settled("most_pairs", ones, (None, None), pairs, pairs, counts=True)
    return StageProblem(Lines(given, (done,), {}), "total", given.points)


ALIKE = Part(pairs=lambda i, j: (i % 5 == j % 5).astype(np.int64))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("bounds", "sign", "pairs"),
    [({"least": 20}, -1, SIZE), ({"most": 2}, 1, SIZE), ({"most": SIZE}, 0, SIZE), ({"most": 0}, 1, SIZE - 5)],
)
def test_the_first_program_holds_nearly_all_of_the_best_plan(
    bounds: dict[str, Any], sign: int, pairs: int, seed: int
) -> None:
    given = instance((Row("alike", (ALIKE,), **bounds),), seed=seed)
    answer = solve(given)
    stage = stage_of(given, pairs)
    multiplier = int(likely_prices(stage)[2 * SIZE + 1])
    first = first_pairs(stage)
    assert np.sign(multiplier) == sign
    assert first.sum() < first.size // 2
    assert first[answer.i, answer.j].mean() >= 0.9


def test_without_room_for_anybody_nothing_overflows() -> None:
    """The row demands pairs that nobody may have."""
    stage = stage_of(instance((Row("alike", (ALIKE,), least=20),), most=0), 0)
    with np.errstate(all="raise", under="ignore"):
        assert np.abs(likely_prices(stage)).max() < 1 << 60


def test_a_row_of_one_person_waits_until_a_solution_violates_it() -> None:
    given = instance((Row("one of five", (ALIKE,), most=1, each="mentor"),), most=3)
    stage = stage_of(given, 3 * SIZE)
    program = LinearProgram(stage, *np.nonzero(given.eligible))
    rows = program.simplex.shape[0]
    assert program.waiting.sum() == SIZE
    assert program.solve() is not None
    assert rows < program.simplex.shape[0] < rows + SIZE
    counted = np.bincount(program.i, program.x() * ALIKE.pairs(program.i, program.j), SIZE)  # type: ignore[misc]
    assert counted.max() <= 1 + 1e-6


def test_a_program_goes_on_from_where_another_rests() -> None:
    given = instance((Row("alike", (ALIKE,), least=20),))
    stage = stage_of(given, SIZE)
    i, j = np.nonzero(given.eligible)
    first = LinearProgram(stage, i, j)
    solved = first.solve()
    assert solved is not None
    basis = first.rests()
    again = LinearProgram(stage, i, j, basis=basis)
    assert again.basis is not None
    found = again.solve()
    assert found is not None
    assert stage.bound(found.prices, stage.excess(found.prices)) == stage.bound(
        solved.prices, stage.excess(solved.prices)
    )
    most = first.x() > 0.5
    assert LinearProgram(stage, i[most], j[most], basis=basis).basis is None


@pytest.mark.parametrize("differ", [True, False])
def test_a_block_says_of_each_pair_what_is_said_of_it_alone(differ: bool) -> None:
    draw = np.random.default_rng(0)
    alike = Alike(draw.integers(-1, 3, (2, 9)), draw.integers(-1, 3, (2, 7)), differ)
    rows, columns = draw.permutation(9)[:5], draw.permutation(7)[:4]
    i, j = np.repeat(rows, 4), np.tile(columns, 5)
    assert (alike.block(rows, columns).reshape(-1) == alike(i, j)).all()
