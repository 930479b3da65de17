"""Laws of the folds that no plan can show: the lottery stays the same, and no tile returns more than is wanted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

from rmatch.columns import BoolArray, IntArray
from rmatch.solve.scan import reductions
from rmatch.solve.scan.best import Best
from rmatch.solve.scan.reductions import Found, Harvest, Maxima, TileIndex, beyond, pair_hash, ticket, together

WIDE = 1 << 64


def everybody(i: IntArray, j: IntArray, reduced: IntArray) -> BoolArray:
    return np.ones(len(i), bool)


def tile_index(rows: int, columns: int, first: int = 0) -> TileIndex:
    return TileIndex(slice(0, rows), slice(first, first + columns), np.arange(rows), first + np.arange(columns))


def hashed(i: int, j: int) -> int:
    """The scramble in whole numbers of Python."""
    h = (i * 0x9E3779B97F4A7C15 + j * 0xC2B2AE3D27D4EB4F) % WIDE
    h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9 % WIDE
    return h ^ (h >> 32)


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_the_lottery_is_the_same_in_every_release(i: int, j: int) -> None:
    """Or the same people would be paired otherwise with the next one."""
    assert int(pair_hash(np.array([i]), np.array([j]))[0]) == hashed(i, j)
    assert float(ticket(np.array([i]), np.array([j]))[0]) == (hashed(i, j) >> 11) / (1 << 53)


@given(SEEDS, st.integers(1, 7), st.integers(1, 12), st.integers(1, 4), st.sampled_from((0.0, 0.5, 1.0)))
def test_a_tile_gives_no_more_pairs_than_a_mentor_may_bring_and_the_first_one_dropped(
    seed: int, rows: int, columns: int, cap: int, ties: float
) -> None:
    tile = np.random.default_rng(seed).integers(-1, 3, (rows, columns)).astype(np.float32)
    found = Harvest(everybody, cap, rows, ties).visit(tile, tile_index(rows, columns))
    wanted = (tile > 0) | ((tile == 0) & (ticket(*np.indices(tile.shape)[::-1]) < ties))
    counts = np.zeros(rows, int) if found is None else np.bincount(found.i, minlength=rows)
    assert np.array_equal(counts, np.minimum(wanted.sum(1), cap + 1))
    if found is not None:
        assert np.array_equal(found.reduced, tile[found.i, found.j])


@pytest.mark.parametrize("last", range(6))
def test_of_ties_those_are_kept_whose_tickets_are_below_the_share(last: int) -> None:
    """And none whose ticket is the share itself: of tickets in [0, 1), a share of 0 is nobody."""
    tickets = ticket(np.arange(1, 7), np.zeros(6, np.int64))  # of mentees 1 to 6 and the first mentor
    found = Harvest(everybody, 9, 1, float(np.sort(tickets)[last])).visit(
        np.zeros((1, 6), np.float32), tile_index(1, 6, first=1)
    )
    assert found is not None
    assert found.j.tolist() == (1 + np.flatnonzero(np.argsort(np.argsort(tickets)) < last)).tolist()


def test_harvests_of_different_mentors_are_one_by_mentor_and_mentee() -> None:
    """The most that a mentor lost is that of the harvest which lost it."""
    one = Found(np.array([2, 2]), np.array([0, 4]), np.array([7, 8]), np.array([0, 0, 5]))
    two = Found(np.array([0, 1]), np.array([4, 1]), np.array([9, 6]), np.array([3, 0, 0]))
    assert together([one]) is one
    for some in ([one, two], [two, one]):
        whole = together(some)
        assert [*zip(whole.i.tolist(), whole.j.tolist(), whole.reduced.tolist(), strict=True)] == [
            (0, 4, 9),
            (1, 1, 6),
            (2, 0, 7),
            (2, 4, 8),
        ]
        assert whole.dropped.tolist() == [3, 0, 5]


def test_a_tile_without_anything_wanted_gives_nothing() -> None:
    harvest = Harvest(everybody, 3, 2)
    assert harvest.visit(np.zeros((2, 3), np.float32), tile_index(2, 3)) is None
    assert len(harvest.merge([]).i) == 0
    assert harvest.merge([]).dropped.tolist() == [0, 0]
    one = Found(np.array([1]), np.array([2]), np.array([3]), np.zeros(0, np.int64))
    assert harvest.gather([one]) == [one]


def best(rows: int, columns: int, number: int) -> Best:
    """Nobody has a bar."""
    return Best(everybody, (np.full(rows, -1.0), np.full(columns, -1.0)), number)


@given(SEEDS, st.integers(1, 8), st.integers(1, 8), st.integers(1, 2))
def test_a_tile_of_ties_gives_no_more_than_either_side_wants(seed: int, rows: int, columns: int, number: int) -> None:
    tile = np.random.default_rng(seed).integers(0, 2, (rows, columns)).astype(np.float32)
    reduction = best(rows, columns, number)
    i, j, points = reduction.visit(tile, tile_index(rows, columns))
    assert len(i) <= number * (rows + columns)
    assert np.array_equal(points, tile[i, j])
    for side, found in enumerate(reduction.merge([(i, j, points)])):
        assert np.array_equal(
            np.bincount(found[side], minlength=tile.shape[side]), [min(number, tile.shape[1 - side])] * tile.shape[side]
        )


@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.integers(1, 3))
def test_whoever_is_asked_about_gets_her_best_and_nobody_else_anything(
    seed: int, rows: int, columns: int, number: int
) -> None:
    """Also where only some of a side are, and their bars are all that a tile is held against."""
    draw = np.random.default_rng(seed)
    tile = draw.integers(0, 4, (rows, columns)).astype(np.float32)
    asked = draw.random(rows) < 0.5, draw.random(columns) < 0.5
    bars = np.where(asked[0], 1.0, np.inf), np.where(asked[1], 1.0, np.inf)
    reduction = Best(everybody, bars, number)
    for side, found in enumerate(reduction.merge([reduction.visit(tile, tile_index(rows, columns))])):
        reached = (tile >= 1).sum(1 - side)
        counts = np.bincount(found[side], minlength=tile.shape[side])
        assert np.array_equal(counts, np.where(asked[side], np.minimum(reached, number), 0))


@given(st.integers(1, 40))
def test_what_was_found_is_gathered_once_it_is_eight_times_what_is_wanted(tiles: int) -> None:
    """So that ties of all with all take no more room than the lists."""
    reduction = best(2, 3, 1)
    each = reduction.visit(np.ones((2, 3), np.float32), tile_index(2, 3))
    gathered = reduction.gather([each] * tiles)
    if tiles * len(each[0]) <= 8 * 1 * (2 + 3):
        assert len(gathered) == tiles
    else:
        assert len(gathered) == 1
        assert len(gathered[0][0]) <= 1 * (2 + 3)


@given(SEEDS, st.integers(0, 1), st.integers(1, 4), st.integers(1, 30))
def test_maxima_of_many_tiles_take_the_room_of_one(seed: int, axis: int, chunks: int, tiles: int) -> None:
    draw = np.random.default_rng(seed)
    full = draw.integers(-9, 9, (5, 4 * tiles) if axis == 0 else (4 * tiles, 5)).astype(np.float32)
    reduction = Maxima(full.shape, axis, chunks)
    found = []
    for k in range(tiles):
        run, whole = slice(4 * k, 4 * k + 4), slice(0, 5)
        rows, columns = (whole, run) if axis == 0 else (run, whole)
        found.append(reduction.visit(full[rows, columns], TileIndex(rows, columns, np.arange(5), np.arange(4))))
    gathered = reduction.gather(found)
    assert len(gathered) == 1
    assert np.array_equal(reduction.merge(gathered), reduction.merge(found))
    values = full if axis == 0 else full.T
    for chunk in range(chunks):
        assert np.array_equal(reduction.merge(gathered)[chunk], values[:, chunk::chunks].max(1, initial=-np.inf))


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(0, 4))
def test_nobody_is_sorted_where_nobody_has_too_many(person: list[int], cap: int) -> None:
    """Counting is far quicker than sorting."""
    who = np.array(person, np.int64)
    counts = np.bincount(who, minlength=4)
    sorted_: list[int] = []

    def ordered(person: IntArray, points: IntArray, i: IntArray, j: IntArray) -> IntArray:
        sorted_.extend(person.tolist())
        return np.argsort(person, kind="stable")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reductions, "best_first", ordered)
        cut = beyond(cap, who, 0 * who, who, np.arange(len(who)))
    assert sorted(sorted_) == sorted(p for p in person if counts[p] > cap)
    assert len(cut) == np.maximum(counts - cap, 0).sum()
