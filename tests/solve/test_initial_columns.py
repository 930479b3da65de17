"""Laws of the first pool's steps that no answer can show, because any pool leads to the same plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import COARSE, PLAIN, SEEDS, Compiled, Crowd, Problem, Rare, crowds, scored

from rmatch.columns import IntArray
from rmatch.criteria import Skills
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.rules import GradeGap, MinScore, Rule
from rmatch.solve import initial_columns as module
from rmatch.solve.duals import Prices
from rmatch.solve.entropic import entropic_prices
from rmatch.solve.initial_columns import Tuning, few_mentors, initial_columns
from rmatch.solve.scan.kernel import Kernel

pytestmark = pytest.mark.slow

CROWDS = crowds(most=12, least=1, kinds=(PLAIN, COARSE))


def made_of(crowd: Crowd, *rules: object) -> Compiled:
    return Problem(crowd, (Skills(),), rules).compiled()  # type: ignore[arg-type]


def prices(made: Compiled, seed: int, size: int) -> Prices:
    draw = np.random.default_rng(seed)
    x, y = (draw.integers(-size, size + 1, k) for k in made.model.shape)
    return Prices(x, y, 0, 0)


@dataclass
class Asked:
    """A solver of samples that says what it was asked, and gives prices made beforehand."""

    given: Prices
    kernel: Kernel | None = None
    bounds: Bounds | None = None

    def __call__(self, kernel: Kernel, bounds: Bounds) -> Prices:
        self.kernel, self.bounds = kernel, bounds
        m, n = kernel.shape
        return replace(self.given, x=self.given.x[:m], y=self.given.y[:n])


# ---------------------------------------------------------------- which way


@given(CROWDS, st.integers(0, 150), st.integers(0, 150), st.integers(1, 12), SEEDS)
def test_a_sample_is_solved_exactly_where_the_matrix_is_large_and_the_sample_is_not_all(
    crowd: Crowd, small: int, middle: int, least: int, seed: int
) -> None:
    made = made_of(crowd)
    m, n = made.model.shape
    asked = Asked(prices(made, seed, SCALE))
    tuning = Tuning(small=small, middle=middle, least_sample=least, per_person=2)
    candidates, _, _, _ = initial_columns(made.kernel, made.bounds, tuning, asked)
    assert (asked.kernel is not None) == (m * n > max(small, middle) and max(m, n) > least)
    if m * n <= small:
        assert np.array_equal(candidates.keys, np.flatnonzero(made.eligible().ravel()))
        assert np.array_equal(candidates.points, made.points()[candidates.i, candidates.j])


@given(CROWDS, st.integers(-1, 1), st.integers(-1, 1), st.booleans(), st.booleans())
def test_entropic_transport_sets_the_prices_from_the_fewest_pairs_to_the_most_where_only_people_are_bounded(
    crowd: Crowd, fewest: int, most: int, only: bool, most_pairs: bool
) -> None:
    made = made_of(crowd)
    m, n = made.model.shape
    bounds = replace(made.bounds, total=None if only else (0, m), most_pairs=most_pairs)
    with patch.object(module, "entropic_prices", wraps=entropic_prices) as asked:
        tuning = Tuning(entropic=(m * n + fewest, m * n + most))
        initial_columns(made.kernel, bounds, tuning, Asked(prices(made, 0, SCALE)))
    assert asked.called == (only and most_pairs and fewest <= 0 <= most)


@given(CROWDS, SEEDS, st.integers(1, 5), st.sampled_from((0.1, 0.5, 1.0)))
def test_the_sample_is_the_head_of_both_sides_without_least_numbers(
    crowd: Crowd, seed: int, least: int, share: float
) -> None:
    made = made_of(crowd)
    draw = np.random.default_rng(seed)
    bounds = replace(
        made.bounds,
        capacity=(draw.integers(1, 4, made.model.shape[0]), draw.integers(1, 4, made.model.shape[1])),
        minimum=(np.ones(made.model.shape[0], np.int64), np.ones(made.model.shape[1], np.int64)),
        total=(0, 3),
    )
    asked = Asked(prices(made, seed, SCALE))
    tuning = Tuning(small=0, middle=0, sample=share, least_sample=least)
    module._guess(made.kernel, bounds, tuning, asked)
    sizes = [max(int(share * k), min(k, least)) for k in made.model.shape]
    assert asked.kernel is not None
    assert asked.bounds is not None
    assert asked.kernel.shape == tuple(sizes)
    for side, size in enumerate(sizes):
        assert np.array_equal(asked.bounds.capacity[side], bounds.capacity[side][:size])
        assert not asked.bounds.minimum[side].any()
    assert asked.bounds.plain
    assert asked.bounds.most_pairs == bounds.most_pairs


# ---------------------------------------------------------------- the guess


def second_of_four(values: IntArray) -> IntArray:
    """For each column the second largest of four maxima, over rows taken by turns; within three points of score."""
    most = np.full((4, values.shape[1]), -np.inf)
    for row, each in enumerate(values):
        most[row % 4] = np.maximum(most[row % 4], each)
    second: IntArray = np.sort(most, axis=0)[2].clip(-3 * SCALE, 3 * SCALE).astype(np.int64)
    return second


@given(CROWDS, SEEDS, st.sampled_from((SCALE, 5 * SCALE)), st.integers(1, 9))
def test_a_guess_is_what_the_sampled_of_the_other_side_would_pay(
    crowd: Crowd, seed: int, size: int, least: int
) -> None:
    """Whatever the sample's prices are, those too high or too low are clipped."""
    made = made_of(crowd)
    given_ = prices(made, seed, size)
    tuning = Tuning(sample=0.0, least_sample=least)
    rows, columns = (min(k, least) for k in made.model.shape)
    x, y = given_.x.clip(-3 * SCALE, 3 * SCALE)[:rows], given_.y.clip(-3 * SCALE, 3 * SCALE)[:columns]
    b = second_of_four(made.points()[:rows] - x[:, None])
    a = second_of_four((made.points()[:, :columns] - y).T)
    expected = module._offset(made.kernel, made.bounds, tuning, a, b)
    found = module._guess(made.kernel, made.bounds, tuning, Asked(given_))
    assert all(np.array_equal(one, two) for one, two in zip(found[:2], expected[:2], strict=True))
    assert found[2] == expected[2]


@given(CROWDS, st.integers(1, 8), SEEDS)
def test_prices_are_moved_to_where_as_many_pairs_beat_them_as_are_wanted(
    crowd: Crowd, per_person: int, seed: int
) -> None:
    """Counting of those that only equal them the share that is drawn."""
    made = made_of(crowd)
    m, n = made.model.shape
    old = prices(made, seed, SCALE // 4)
    a, b, ties = module._offset(made.kernel, made.bounds, Tuning(per_person=per_person), old.x, old.y)
    wanted = min(max(int(per_person * made.bounds.max_pairs / m * m), 1), m * n)
    over = made.points() - a[:, None] - b
    above, equal = int((over > 0).sum()), int((over == 0).sum())
    assert above < wanted <= above + equal
    assert ties == pytest.approx((wanted - above) / equal)
    assert np.array_equal(b, old.y)
    assert len(np.unique(a - old.x)) == 1


def test_of_pairs_that_tie_at_the_level_as_large_a_share_is_drawn_as_is_wanted() -> None:
    made = scored(np.full((3, 4), 0.5)).compiled()
    none = np.zeros(3, np.int64), np.zeros(4, np.int64)
    a, _, ties = module._offset(made.kernel, made.bounds, Tuning(per_person=1), *none)
    assert (a.tolist(), ties) == ([SCALE // 2] * 3, 3 / 12)
    scores = np.full((3, 4), 0.5)
    scores[[0, 2], [1, 3]] = 0.75  # two are above the level
    made = scored(scores).compiled()
    a, _, ties = module._offset(made.kernel, made.bounds, Tuning(per_person=1), *none)
    assert (a.tolist(), ties) == ([SCALE // 2] * 3, 1 / 10)


@given(CROWDS, SEEDS)
def test_where_nobody_is_eligible_prices_stay_and_nothing_is_drawn(crowd: Crowd, seed: int) -> None:
    made = made_of(crowd, GradeGap(50))
    old = prices(made, seed, SCALE)
    a, b, ties = module._offset(made.kernel, made.bounds, Tuning(), old.x, old.y)
    assert np.array_equal(a, old.x)
    assert np.array_equal(b, old.y)
    assert not ties


@given(CROWDS, SEEDS, st.integers(1, 3), st.sampled_from((Rare(3), MinScore(0.5))))
def test_what_is_not_eligible_sets_no_level(crowd: Crowd, seed: int, per_person: int, rule: Rule) -> None:
    """As many eligible pairs exceed the prices as are wanted, if four times as many pairs hold them."""
    made = made_of(crowd, rule)
    m, n = made.model.shape
    old = prices(made, seed, SCALE // 4)
    a, b, _ = module._offset(made.kernel, made.bounds, Tuning(per_person=per_person), old.x, old.y)
    moved = int((a - old.x)[0])
    values, eligible = made.points() - old.x[:, None] - b, made.eligible()
    assert moved in values[eligible] or not moved
    wanted = min(max(int(per_person * made.bounds.max_pairs / m * m), 1), m * n)
    best = -np.sort(-values, axis=None)[: 4 * wanted]
    if (values[eligible] > best[-1]).sum() >= wanted:
        assert moved == -np.sort(-values[eligible])[wanted - 1]


@given(CROWDS, st.integers(1, 40))
def test_everybodys_price_is_her_last_of_so_many_best(crowd: Crowd, per_person: int) -> None:
    made = made_of(crowd)
    a, b, ties = module._best_of_each(made.kernel, Tuning(per_person=per_person))
    n = made.model.shape[1]
    assert np.array_equal(a, -np.sort(-made.points(), axis=1)[:, min(per_person, n) - 1])
    assert not b.any()
    assert ties == min(1.0, per_person / n)


@given(CROWDS, st.booleans(), st.booleans())
def test_where_everybody_changes_sides_or_nobody_there_is_one_block_with_people(
    crowd: Crowd, senior: bool, junior: bool
) -> None:
    made = made_of(crowd)
    m, n = made.model.shape
    a, _, _ = module._best_of_each(replace(made.kernel, turned=(np.full(m, senior), np.full(n, junior))), Tuning())
    usual, _, _ = module._best_of_each(made.kernel, Tuning())
    assert np.array_equal(a, usual if senior == junior else np.full(m, -SCALE))


@given(crowds(most=6, least=1, kinds=(PLAIN,)))
def test_nobodys_price_is_below_every_score(crowd: Crowd) -> None:
    made = made_of(crowd, GradeGap(50))
    a, _, _ = module._best_of_each(made.kernel, Tuning())
    assert np.all(a == -SCALE)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 40))
def test_of_equal_scores_the_first_are_taken_whatever_the_processor(scores: list[int], number: int) -> None:
    """A bare partition leaves their order to the instructions that a processor has."""
    number = min(number, len(scores))
    found = module._highest(np.array(scores, np.float32), number)
    assert sorted(found.tolist()) == sorted(sorted(range(len(scores)), key=lambda k: (-scores[k], k))[:number])


# ---------------------------------------------------------------- who found too few


@pytest.mark.parametrize(("capacity", "share", "more"), [(1, 0.1, 2), (1, 1.0, 0), (2, 0.1, 0)])
def test_where_a_lottery_among_ties_leaves_people_with_few_they_find_more_on_both_sides(
    capacity: int, share: float, more: int
) -> None:
    """Where people meet one to one, and only where the lottery keeps a small part of very many."""
    made = made_of(Crowd(1, 40, 40, COARSE))
    points = made.points()
    assert points.min() == points.max()
    bounds = replace(made.bounds, capacity=(np.full(40, capacity), np.full(40, capacity)))
    tuning = Tuning(small=0, middle=0, entropic=(1, 0), least_sample=0, cap=3, crowded=(9, 2))
    guessed = patch.object(module, "_guess", lambda *_: (np.zeros(40, np.int64), points[0], share))
    with guessed, patch.object(module, "_topped_up", wraps=module._topped_up) as topped_up:
        found, a, b, each = initial_columns(made.kernel, bounds, tuning, Asked(prices(made, 0, 0)))
    assert each == more
    assert np.array_equal(found.points, points[found.i, found.j])
    assert topped_up.call_args.args[2:4] == ((9, 9) if more else ())
    outside = np.ones((40, 40), bool)
    outside[found.i, found.j] = False
    assert np.all((points <= a[:, None] + b)[outside])


@given(CROWDS, SEEDS, st.integers(1, 5), st.integers(1, 4), st.booleans())
def test_the_scarce_who_found_too_few_are_fed_and_nobody_else(
    crowd: Crowd, seed: int, least: int, best: int, rule: bool
) -> None:
    made = made_of(crowd, *[Rare(3)] * rule)
    m, n = made.model.shape
    eligible = made.eligible()
    i, j = np.nonzero(eligible & (np.random.default_rng(seed).random((m, n)) < 0.4))
    before = Candidates.of(i, j, made.points()[i, j], (m, n))
    after = module._topped_up(made.kernel, before, least, best)
    assert eligible[after.i, after.j].all()
    assert np.array_equal(after.points, made.points()[after.i, after.j])
    new = after.only(np.flatnonzero(~before.has(after.i, after.j)))
    assert len(after) == len(before) + len(new)
    had, has = (
        [np.bincount((candidates.i, candidates.j)[s], minlength=(m, n)[s]) for s in (0, 1)]
        for candidates in (before, after)
    )
    scarce = [s for s in (0, 1) if (m, n)[s] == min(m, n)]
    for side in scarce:
        underfilled = had[side] < least
        assert np.all(has[side][underfilled & eligible.any(1 - side)] >= 1)
        best_points = np.sort(
            np.where(eligible, made.points(), -1) if side == 0 else np.where(eligible, made.points(), -1).T
        )
        for who in np.flatnonzero(underfilled & eligible.any(1 - side)):
            own = after.points[(after.i, after.j)[side] == who]
            assert own.max() == best_points[who, -1]
    if len(scarce) == 1:
        assert np.all(had[scarce[0]][(new.i, new.j)[scarce[0]]] < least)
        assert np.all(has[scarce[0]] - had[scarce[0]] <= best)


@dataclass
class ExpandedNetwork:
    """Nothing of a kernel but its size, and how many rows it is asked for."""

    shape: tuple[int, int]
    rows: int = 0

    def priced(self, x: IntArray, y: IntArray, rows: IntArray) -> None:
        assert np.array_equal(rows, np.arange(len(rows)))
        self.rows = len(rows)

    def scan(self, row_blocks: None, reduction: object) -> None:
        assert (reduction.rows, reduction.columns) == (self.rows, self.shape[1])  # type: ignore[attr-defined]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_few_mentors_are_a_fair_number_and_fit_into_memory(m: int, n: int) -> None:
    """All of a few hundred, one in four hundred of many; never more than 2**25 pairs, unless 64 mentors have more."""
    kernel = ExpandedNetwork((m, n))
    few, _ = few_mentors(kernel, np.zeros(0, np.int64), np.zeros(0, np.int64))  # type: ignore[arg-type]
    assert len(few) == kernel.rows
    assert len(few) <= 64 or len(few) * n <= 1 << 25
    fair = min(m, max(256, m // 400))
    assert len(few) == fair or (len(few) < fair and len(few) >= 64 and (len(few) + 1) * n > 1 << 25)
