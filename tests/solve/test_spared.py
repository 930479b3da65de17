"""Laws of the columns that a harvest spares: the most bounds what they add, and what is spared changes no result."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, Cut, Cutting, Problem, problems

import rmatch
from rmatch.columns import FloatArray
from rmatch.factors import SCALE, sparse
from rmatch.problem.bounds import Candidates
from rmatch.problem.build import prepare
from rmatch.solve.scan import held, spared, tile_scan
from rmatch.solve.scan.executors import Workspace
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Found, Harvest
from rmatch.solve.scan.spared import most_of, worth_sparing

pytestmark = pytest.mark.slow


def sides(seed: int, m: int, n: int, width: int) -> tuple[FloatArray, FloatArray]:
    draw = np.random.default_rng(seed)
    one, two = (draw.integers(-3, 4, (k, width)) * (draw.random((k, width)) < 0.7) * 1.0 for k in (m, n))
    return one, two


@given(SEEDS, st.integers(1, 7), st.integers(1, 7), st.integers(1, 6))
def test_the_most_of_some_columns_is_the_sum_of_each_ones_largest_product(
    seed: int, m: int, n: int, width: int
) -> None:
    u, v = sides(seed, m, n, width)
    columns = np.random.default_rng(seed).random(width) < 0.5
    largest = (u[:, None, :] * v[None, :, :]).max(1)
    assert np.array_equal(most_of(sparse(u), sparse(v), columns), largest[:, columns].sum(1))


@given(
    SEEDS, st.integers(1, 7), st.integers(1, 7), st.integers(1, 6), st.floats(0, 3), st.floats(0, 9), st.floats(0, 1)
)
def test_spared_are_those_that_lack_least_for_their_cost_within_what_all_may_lack(
    seed: int, m: int, n: int, width: int, each: float, together: float, few: float
) -> None:
    """What a column lacks is its largest product for each mentor, less the product of that pair, on average."""
    u, v = sides(seed, m, n, width)
    draw = np.random.default_rng(seed)
    cost, there = draw.random(width) + 0.01, draw.random(width) < 0.8
    product = u[:, None, :] * v[None, :, :]
    lacking = product.max(1).mean(0) - product.mean((0, 1))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_EACH", each), ("_ALL", together), ("_FEW", few)):
            patch.setattr(spared, name, value)
        out = worth_sparing(sparse(u), sparse(v), cost, there)
    wanted, left = np.zeros(width, bool), together
    for k in sorted(np.flatnonzero(there).tolist(), key=lambda k: lacking[k] / cost[k]):
        left -= lacking[k]
        if lacking[k] > each * cost[k] + 1e-9 or left < -1e-9:
            break
        wanted[k] = True
    if cost[wanted].sum() <= few * cost.sum():
        wanted[:] = False
    doubtful = np.isclose(lacking, each * cost) | np.isclose(left, 0) | np.isclose(cost[wanted].sum(), few * cost.sum())
    assert doubtful.any() or np.array_equal(out, wanted)


@given(problems(most=10, locks=False))
def test_every_column_lies_once_and_mentors_know_the_most_of_those_that_are_spared(problem: Problem) -> None:
    made = problem.compiled()
    with Cutting(Cut(5, 5, 1, 0.05, spared=True)) as cutting:
        kernel = cutting.kernel(made)
    left, right = kernel.left.side, kernel.right.side
    penalty = 0 if made.model.penalty is None else made.model.penalty[0].dense() @ made.model.penalty[1].dense().T
    full = sum(a.astype(float) @ b.T.astype(float) for a, b in zip(left.full, right.full, strict=True))
    whole = made.model.u.dense() @ made.model.v.dense().T + penalty
    assert np.array_equal(full + left.rare.dense() @ right.rare.dense().T, whole)
    assert right.most is None
    if left.spared is not None:
        assert right.spared is not None
        assert left.most is not None
        assert ((left.spared @ right.spared.T).max(1, initial=-SCALE) <= left.most).all()


def harvested(size: int, spares: bool, level: int) -> tuple[Kernel, Found, list[int]]:
    """A harvest above a level on a workforce, and how many pairs were left of each tile."""
    survivors: list[int] = []

    def counted(self: tile_scan.TileScan[Found, Found], *given: object) -> object:
        survivors.append(len(given[2]))  # type: ignore[arg-type]
        return rest(self, *given)  # type: ignore[arg-type]

    rest = tile_scan.TileScan._rest
    model, _ = prepare(rmatch.from_frame(rmatch.datasets.workforce(size, size, seed=1)), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spared, "LARGE", 1 if spares else 1 << 60)
        patch.setattr(held, "MOST_HELD", 0)
        patch.setattr(tile_scan.TileScan, "_rest", counted)
        kernel = Kernel.of(model, threads=1)
        x, y = np.full(size, level), np.zeros(size, np.int64)
        none = Candidates.empty(kernel.shape)
        found = kernel.scan(kernel.priced(x, y), Harvest(kernel.outside(none, x, y), size, size))
    return kernel, found, survivors


@pytest.mark.parametrize("share", [0.9, 0.1])
def test_what_most_people_get_alike_is_spared_until_too_many_pairs_are_left(share: float) -> None:
    """At prices that few pairs exceed, and at some that nearly all do."""
    size, level = 1200, int(share * SCALE)
    kernel, found, survivors = harvested(size, True, level)
    _, plain, none = harvested(size, False, level)
    assert not none
    for name in ("i", "j", "reduced", "dropped"):
        assert np.array_equal(getattr(found, name), getattr(plain, name))
    assert kernel.left.side.spared is not None
    assert kernel.left.side.dense.shape[1] < 3 * kernel.left.side.spared.shape[1]
    assert len(survivors) == (6 if share == 0.9 else 1)


def test_a_workspace_keeps_what_was_made_for_the_last_key() -> None:
    workspace, made = Workspace(), []

    def make() -> FloatArray:
        made.append(np.zeros((1, 1)))
        return made[-1]

    for key, count in (((1,), 1), ((1,), 1), ((2,), 2), ((1,), 3)):
        assert workspace.kept(key, make) is made[-1]
        assert len(made) == count
