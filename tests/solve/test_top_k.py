"""Everybody's best partners are those of the whole matrix, ties by lottery, however little of it was looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import COARSE, CUTS, SEEDS, Compiled, Crowd, Cut, Cutting, Problem, crowds, problems, scored

from rmatch.columns import IntArray
from rmatch.criteria import Skills
from rmatch.factors import SCALE
from rmatch.problem.bounds import Candidates
from rmatch.solve.scan import top_k as best_module
from rmatch.solve.scan.reductions import best_first, beyond, pair_hash
from rmatch.solve.scan.top_k import best_of, best_of_both

pytestmark = pytest.mark.slow

SAMPLES = st.tuples(st.integers(1, 8), st.integers(0, 3))


def of_the_matrix(made: Compiled, axis: int, best: int) -> IntArray:
    """Keys of everybody's best pairs, by sorting all that are eligible."""
    m, n = made.model.shape
    i, j = np.nonzero(made.eligible())
    keys = i * n + j
    person, points = (i, j)[axis], made.points()[i, j]
    order = np.lexsort((pair_hash(i, j), -points, person))
    kept: list[int] = []
    for k in range((m, n)[axis]):
        kept += keys[order[person[order] == k][:best]].tolist()
    return np.sort(np.array(kept, np.int64))


def keys(found: Candidates) -> IntArray:
    return np.sort(found.i * found.shape[1] + found.j)


@given(problems(most=20, locks=False), st.integers(1, 4), CUTS, SAMPLES)
def test_the_best_of_both_sides_are_those_of_the_matrix(
    problem: Problem, best: int, cut: Cut, sample: tuple[int, int]
) -> None:
    """For any rules, tiles and threads, and for samples so small that most people are left short at first."""
    made = problem.compiled()
    with pytest.MonkeyPatch.context() as patch, Cutting(cut) as cutting:
        patch.setattr(best_module, "_SAMPLED", sample[0])
        patch.setattr(best_module, "_LEAST", sample[1])
        kernel = cutting.kernel(made)
        both = best_of_both(kernel, best)
        one = [best_of(kernel, np.arange(made.model.shape[axis]), axis, best) for axis in (0, 1)]
    for axis in (0, 1):
        wanted = of_the_matrix(made, axis, best)
        assert np.array_equal(keys(both[axis]), wanted)
        assert np.array_equal(keys(one[axis]), wanted)
        assert np.array_equal(both[axis].points, made.points()[both[axis].i, both[axis].j])


@settings(max_examples=40)
@given(crowds(most=30, least=8, kinds=(COARSE,)), st.integers(1, 3), CUTS)
def test_ties_fall_by_lottery_and_take_no_more_room_than_the_lists(crowd: Crowd, best: int, cut: Cut) -> None:
    made = Problem(crowd, (Skills(),)).compiled()
    with Cutting(cut) as cutting:
        both = best_of_both(cutting.kernel(made), best)
    for axis in (0, 1):
        assert np.array_equal(keys(both[axis]), of_the_matrix(made, axis, best))


@given(problems(most=14, locks=False), st.integers(0, 1), SEEDS)
def test_only_those_who_are_asked_about_get_lists(problem: Problem, axis: int, seed: int) -> None:
    made = problem.compiled()
    people = made.model.shape[axis]
    some = np.flatnonzero(np.random.default_rng(seed).random(people) < 0.4)
    found = best_of(made.kernel, some, axis, 2)
    wanted = of_the_matrix(made, axis, 2)
    person = (wanted // made.model.shape[1], wanted % made.model.shape[1])[axis]
    assert np.array_equal(keys(found), wanted[np.isin(person, some)])


@given(problems(most=14, locks=False), st.integers(0, 1))
def test_without_exactness_nobody_who_has_a_partner_is_left_without(problem: Problem, axis: int) -> None:
    made = problem.compiled()
    found = best_of(made.kernel, np.arange(made.model.shape[axis]), axis, 3, exact=False)
    eligible = made.eligible()
    assert eligible[found.i, found.j].all()
    assert np.array_equal(np.unique((found.i, found.j)[axis]), np.flatnonzero(eligible.any(1 - axis)))


@given(crowds(most=20, least=1), st.integers(0, 1), st.integers(1, 4), CUTS, SAMPLES, SEEDS)
def test_at_prices_those_asked_about_find_the_best_at_these_prices(
    crowd: Crowd, axis: int, best: int, cut: Cut, sample: tuple[int, int], seed: int
) -> None:
    """As many as asked for at most, and none that is worse than one left out."""
    made = Problem(crowd, (Skills(),)).compiled()
    draw = np.random.default_rng(seed)
    x, y = (draw.integers(-SCALE, SCALE, people) for people in made.model.shape)
    some = np.flatnonzero(draw.random(made.model.shape[axis]) < 0.6)
    with pytest.MonkeyPatch.context() as patch, Cutting(cut) as cutting:
        patch.setattr(best_module, "_SAMPLED", sample[0])
        patch.setattr(best_module, "_LEAST", sample[1])
        found = best_of(cutting.kernel(made), some, axis, best, exact=False, prices=(x, y))
    assert np.array_equal(found.points, made.points()[found.i, found.j])
    reduced = made.points() - x[:, None] - y
    person = (found.i, found.j)[axis]
    assert np.isin(person, some).all()
    for who in some:
        own = np.sort(reduced[found.i, found.j][person == who])[::-1]
        assert len(own) <= best
        assert np.array_equal(own, np.sort(reduced.take(who, axis))[::-1][: len(own)])


@given(SEEDS, st.integers(1, 60), st.sampled_from((1, 3, 1 << 20, 1 << 45, 1 << 62)), st.integers(0, 5))
def test_one_sorting_key_orders_as_three_do(seed: int, size: int, spread: int, cap: int) -> None:
    """Also where people, points and tickets do not all fit into it."""
    draw = np.random.default_rng(seed)
    i, j = draw.integers(0, 9, size), np.arange(size)
    points = draw.integers(-spread // 2, spread // 2 + 1, size)
    three = np.lexsort((pair_hash(i, j), -points, i))
    assert np.array_equal(best_first(i, points, i, j), three)
    kept = np.delete(np.arange(size), beyond(cap, i, points, i, j))
    assert np.array_equal(np.bincount(i[kept], minlength=9), np.minimum(np.bincount(i, minlength=9), cap))
    for person in range(9):
        mine = three[i[three] == person][:cap]
        assert set(mine) == set(kept[i[kept] == person])


@pytest.mark.parametrize(("mentors", "mentees"), [(0, 3), (3, 0), (0, 0)])
def test_where_one_side_is_empty_nobody_has_a_partner(mentors: int, mentees: int) -> None:
    made = Problem(Crowd(1, mentors, mentees), (Skills(),)).compiled()
    assert [len(side) for side in best_of_both(made.kernel, 3)] == [0, 0]


@pytest.mark.parametrize("best", [1, 2])
def test_where_everybody_ties_what_small_tiles_find_is_cut_down_before_it_is_put_together(best: int) -> None:
    made = scored(np.full((70, 60), 0.5)).compiled()
    with Cutting(Cut(rows=5, columns=4, threads=1, rare=0.0)) as cutting:
        both = best_of_both(cutting.kernel(made), best)
    for axis in (0, 1):
        assert np.array_equal(keys(both[axis]), of_the_matrix(made, axis, best))
        assert len(both[axis]) == best * made.model.shape[axis]
