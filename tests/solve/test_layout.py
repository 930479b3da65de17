"""Laws of how people lie in memory: which no result can show, for every split of the columns is exact."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, starmap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, Compiled, Crowd, Problem, compiled, problems, scored

from rmatch._util.arrays import EXACT
from rmatch.columns import FloatArray, IntArray
from rmatch.criteria import Background, PairScores, Skills
from rmatch.factors import SCALE, sparse
from rmatch.program import Program
from rmatch.solve.scan import layout
from rmatch.solve.scan.layout import RowBlock, Side, lay_out, only, reach

pytestmark = pytest.mark.slow


def full_sides(made: Compiled) -> tuple[IntArray, IntArray]:
    """All columns of both sides in full, those of penalties last."""
    model = made.model
    u, v = model.u.dense(np.int64), model.v.dense(np.int64)
    if model.penalty is None:
        return u, v
    return np.hstack([u, model.penalty[0].dense(np.int64)]), np.hstack([v, model.penalty[1].dense(np.int64)])


def shares(made: Compiled) -> FloatArray:
    """For each column the share of pairs in which both sides have an entry, be it of 0."""
    sides = [[made.model.u, made.model.v], list(made.model.penalty or [])]
    found = []
    for some in filter(None, sides):
        entries = [replace(side, value=np.ones(len(side.value))).dense() for side in some]
        found.append(entries[0].sum(0) * entries[1].sum(0) / max(len(entries[0]) * len(entries[1]), 1))
    return np.concatenate(found)


@given(problems(most=10, locks=False), st.sampled_from((0.0, 0.0399, 0.0999, 0.2999, 1.0)))
def test_every_column_that_both_sides_use_lies_where_it_costs_least(problem: Problem, rare: float) -> None:
    """Frequent ones and those of penalties in full, rare ones as entries; others, which add nothing, nowhere."""
    made = problem.compiled()
    u, v = full_sides(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "RARE", rare)
        sides = lay_out(made.model)
    both = shares(made)
    penalty = np.arange(len(both)) >= made.model.u.width
    for side, full in zip(sides, (u, v), strict=True):
        assert np.array_equal(side.dense, full[:, (both > rare + 1e-12) | ((both > 0) & penalty)])
        assert np.array_equal(side.rare.dense(), full[:, (both > 0) & (both <= rare + 1e-12) & ~penalty])
        assert side.dense.dtype == (np.float32 if reach(made.model) < EXACT else np.float64)
        assert side.extra is None


@given(SEEDS, st.integers(0, 5), st.integers(1, 6))
def test_some_columns_are_renumbered_in_their_order(seed: int, rows: int, width: int) -> None:
    draw = np.random.default_rng(seed)
    full = draw.integers(-1, 2, (rows, width))
    wanted = np.flatnonzero(draw.random(width) < 0.5)
    assert np.array_equal(only(sparse(full.astype(float)), wanted).dense(), full[:, wanted])


@given(problems(most=8, locks=False))
def test_the_reach_is_the_largest_row_of_the_tighter_side_for_every_criterion(problem: Problem) -> None:
    """A row is bounded by its entries, each times the largest of that column on the other side."""
    made = problem.compiled()
    model = made.model
    u, v = (np.abs(side.dense(np.int64)) for side in (model.u, model.v))
    expected = 0
    for k in range(len(model.names)):
        own = model.owner == k
        a, b = u[:, own], v[:, own]
        rows = [int((x * y.max(0, initial=0)).sum(1).max(initial=0)) for x, y in ((a, b), (b, a))]
        expected += min(rows)
    assert reach(model) == expected + sum(tile.weight for tile in model.tiles)


def test_the_reach_counts_scores_that_have_no_factors() -> None:
    assert reach(scored(np.ones((2, 3))).compiled().model) == SCALE
    frame = scored(np.ones((2, 3))).criteria[0].frame  # type: ignore[attr-defined]
    half = Program(criteria=(Skills(0.5), PairScores(0.5, frame=frame)), rules=())
    assert SCALE // 2 <= reach(compiled(half, *Crowd(0, 2, 3).tables()).model) <= 2 * SCALE


@given(SEEDS, st.integers(0, 7), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_rows_are_gathered_with_the_price_beside_a_one(
    seed: int, people: int, straight: bool, first: bool, score: bool, price: bool
) -> None:
    """One side has the one first and the other the price, so that their product takes both prices off."""
    draw = np.random.default_rng(seed)
    dense, extra = draw.integers(-9, 10, (9, 3)).astype(np.float32), draw.integers(-9, 10, (9, 2)).astype(float)
    side = Side(dense, sparse(np.zeros((9, 1))), extra if seed % 2 else None)
    ids = np.arange(people) + 1 if straight else draw.permutation(9)[:people]
    row_block = RowBlock(side, ids, np.arange(people), draw.integers(-9, 10, people))
    parts = [dense[ids]] if score else []
    if price:
        parts += [extra[ids]] if seed % 2 else []
        ends = [np.ones(people), -row_block.price] if first else [-row_block.price, np.ones(people)]
        parts.append(np.column_stack(ends))
    expected = np.hstack([np.zeros((people, 0)), *parts])
    assert np.array_equal(row_block.gathered(np.float64, first, score, price), expected)


@given(SEEDS, st.integers(1, 9), st.integers(1, 4))
def test_a_run_that_travels_holds_its_own_people_only_and_keeps_its_numbers(seed: int, people: int, step: int) -> None:
    draw = np.random.default_rng(seed)
    side = Side(draw.random((12, 2)), sparse(draw.integers(0, 2, (12, 3)).astype(float)), draw.random((12, 1)))
    row_block = RowBlock(
        side, draw.permutation(12)[:people], draw.permutation(20)[:people], draw.integers(0, 99, people)
    )
    for begin in range(0, people, step):
        rows = slice(begin, min(begin + step, people))
        own = row_block.cut(rows)
        assert len(own) == len(own.side.dense) == rows.stop - rows.start
        for some in starmap(slice, combinations(range(rows.start, rows.stop + 1), 2)):
            here, there = row_block.tile(some), own.tile(some)
            assert np.array_equal(row_block.model_ids(some), own.model_ids(some))
            assert np.array_equal(here.place, there.place)
            assert np.array_equal(here.price, there.price)
            assert np.array_equal(here.side.dense[here.ids], there.side.dense[there.ids])
            assert np.array_equal(here.side.rare.take(here.ids).dense(), there.side.rare.take(there.ids).dense())
            for kind in (True, False):
                assert np.array_equal(here.gathered(np.float64, kind), there.gathered(np.float64, kind))
        assert np.array_equal(side.dense[row_block.laid][rows], own.side.dense[own.laid])


@given(SEEDS)
def test_of_two_who_are_alone_every_column_that_both_use_is_everybodys(seed: int) -> None:
    made = Problem(Crowd(seed, 1, 1), (Background(columns=("location", "job_family")),)).compiled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "RARE", 0.9)
        sides = lay_out(made.model)
    assert not any(len(side.rare.column) for side in sides)
