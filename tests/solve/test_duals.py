"""Laws of prices: they prove a best plan best, wherever the search starts, and refuse to prove any other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import oracles
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import SEEDS

from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve import duals
from rmatch.solve.backends import FLOW, choose, most_pairs
from rmatch.solve.duals import Prices, prices_of

pytestmark = pytest.mark.slow

MANY = settings(max_examples=5 * settings.default.max_examples)


@dataclass(frozen=True)
class Small:
    """A pool and its bounds, made again the same from a few numbers."""

    seed: int
    mentors: int
    mentees: int
    coarse: bool
    capacity: int
    least: bool
    below: bool

    def made(self) -> tuple[Candidates, Bounds, np.ndarray]:
        """The pool, the bounds, and which pairs the pool holds as a matrix."""
        draw = np.random.default_rng(self.seed)
        m, n = self.mentors, self.mentees
        held = draw.random((m, n)) < draw.choice([0.2, 0.5, 1.0])
        i, j = np.nonzero(held)
        points = draw.integers(0, 3, len(i)) if self.coarse else draw.integers(0, SCALE + 1, len(i))
        points = points - self.below * (1 if self.coarse else SCALE // 2)
        capacity = tuple(draw.integers(self.capacity > 1, self.capacity + 1, k).clip(0) for k in (m, n))
        if self.capacity == 1:
            capacity = np.ones(m, np.int64), np.ones(n, np.int64)
        minimum = tuple(np.minimum(c, draw.random(len(c)) < 0.3) if self.least else np.zeros_like(c) for c in capacity)
        bounds = Bounds(
            (capacity[0].astype(np.int64), capacity[1].astype(np.int64)),
            (minimum[0].astype(np.int64), minimum[1].astype(np.int64)),
            True,
        )
        return Candidates.of(i, j, points.astype(np.int64), (m, n)), bounds, held


SMALL = st.builds(
    Small, SEEDS, st.integers(1, 6), st.integers(1, 6), st.booleans(), st.integers(1, 3), st.booleans(), st.booleans()
)


def a_best_plan(candidates: Candidates, bounds: Bounds, settled: bool) -> tuple[BoolArray | None, int | None]:
    pairs = int(most_pairs(candidates, bounds).sum()) if settled else None
    return choose(bounds, pairs).solve(candidates, bounds, pairs, -candidates.points), pairs


def assert_proof(candidates: Candidates, chosen: BoolArray, bounds: Bounds, settled: bool, prices: Prices) -> None:
    slack = prices.x[candidates.i] + prices.y[candidates.j] - candidates.points
    assert np.all(slack[~chosen] >= 0)
    assert np.all(slack[chosen] <= 0)
    for place, price, potential, most, least in zip(
        (candidates.i, candidates.j),
        (prices.x, prices.y),
        (prices.mentor_potential, prices.mentee_potential),
        bounds.capacity,
        bounds.minimum,
        strict=True,
    ):
        load = np.bincount(place[chosen], minlength=len(most))
        assert np.all(price[load < most] <= potential)
        assert np.all(price[load > least] >= potential)
    if not settled:
        assert prices.mentor_potential + prices.mentee_potential <= 0 or chosen.sum() == bounds.max_pairs
        assert prices.mentor_potential + prices.mentee_potential >= 0 or chosen.sum() == 0
    assert (
        max(abs(prices.mentor_potential), abs(prices.mentee_potential)) < 1 << 50
    )  # or nobody could add them up exactly
    pairs = int(chosen.sum())
    excess = np.maximum(-slack[chosen], 0).sum()
    assert prices.bound(bounds, (pairs, pairs)) + excess == candidates.points[chosen].sum()


@MANY
@given(SMALL, st.booleans(), SEEDS, st.sampled_from((0, 3, SCALE, 50 * SCALE)))
@example(
    Small(696516609, 1, 1, False, 1, True, False), False, 1, SCALE
)  # nothing but a mentee who may go holds a ground
def test_prices_prove_a_best_plan_from_any_start(small: Small, settled: bool, seed: int, size: int) -> None:
    candidates, bounds, _ = small.made()
    chosen, _ = a_best_plan(candidates, bounds, settled)
    assume(chosen is not None)
    assert chosen is not None
    start = np.random.default_rng(seed).integers(-size, size + 1, small.mentees)
    assert_proof(candidates, chosen, bounds, settled, prices_of(candidates, chosen, bounds, settled, start))


@MANY
@given(SMALL, st.booleans())
def test_a_plan_with_prices_is_as_good_as_the_best_by_trying(small: Small, settled: bool) -> None:
    candidates, bounds, held = small.made()
    worth = np.zeros(held.shape, np.int64)
    worth[candidates.i, candidates.j] = candidates.points
    best = oracles.best_by_trying(worth, held, bounds.capacity, bounds.minimum, settled)
    chosen, _ = a_best_plan(candidates, bounds, settled)
    if best is None or chosen is None:
        assert chosen is None or not settled
        assert best is None
        return
    assert candidates.points[chosen].sum() == best[1]
    assert not settled or chosen.sum() == best[0]


@MANY
@given(SMALL, st.booleans(), SEEDS)
def test_no_prices_prove_a_worse_plan(small: Small, settled: bool, seed: int) -> None:
    candidates, bounds, _ = small.made()
    chosen, pairs = a_best_plan(candidates, bounds, settled)
    assume(chosen is not None)
    assert chosen is not None
    # a plan that is lawful but best for other points
    other = FLOW.solve(candidates, bounds, pairs, np.random.default_rng(seed).integers(-SCALE, SCALE, len(candidates)))
    assert other is not None
    assume(candidates.points[other].sum() < candidates.points[chosen].sum())
    with pytest.raises(SolverError, match="not optimal"):
        prices_of(candidates, other, bounds, settled, np.zeros(small.mentees, np.int64))


@MANY
@given(SEEDS, st.integers(1, 40), st.booleans(), st.booleans())
def test_prices_of_one_pair_each_are_the_same_by_labels_of_one_side_as_by_those_of_both(
    seed: int, people: int, coarse: bool, below: bool
) -> None:
    candidates, bounds, _ = Small(seed, people, people, coarse, 1, False, below).made()
    chosen, pairs = a_best_plan(candidates, bounds, True)
    assume(pairs == people)
    assert chosen is not None
    start = np.random.default_rng(seed).integers(-SCALE, SCALE, people)
    found = []
    for few in (1 << 15, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(duals, "_FEW", few)
            found.append(prices_of(candidates, chosen, bounds, True, start))
    one, two = found
    assert np.array_equal(one.x, two.x)
    assert np.array_equal(one.y, two.y)
    assert (one.mentor_potential, one.mentee_potential) == (two.mentor_potential, two.mentee_potential)


def test_no_prices_prove_a_worse_plan_of_one_pair_each() -> None:
    i, j, ones = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.ones(2, np.int64)
    candidates = Candidates.of(i, j, np.array([3, 0, 0, 3]), (2, 2))
    bounds = Bounds((ones, ones), (0 * ones, 0 * ones), True)
    assert (prices_of(candidates, i == j, bounds, True, 0 * ones).bound(bounds, (2, 2))) == 6
    with pytest.raises(SolverError, match="not optimal"):
        prices_of(candidates, i != j, bounds, True, 0 * ones)


def chain_pool(length: int) -> tuple[Candidates, Bounds]:
    k = np.arange(length)
    i, j = np.concatenate([k, k[:-1]]), np.concatenate([k, k[1:]])
    points = np.concatenate([np.zeros(length), np.full(length - 1, SCALE)]).astype(np.int64)
    one = np.ones(length, np.int64)
    return Candidates.of(i, j, points, (length, length)), Bounds((one, one), (0 * one, 0 * one), True)


@pytest.mark.parametrize("length", [2, 24, 200])
def test_a_chain_needs_prices_as_high_as_it_is_long(length: int) -> None:
    candidates, bounds = chain_pool(length)
    chosen = candidates.i == candidates.j
    prices = prices_of(candidates, chosen, bounds, True, np.zeros(length, np.int64))
    assert_proof(candidates, chosen, bounds, True, prices)
    assert np.ptp(prices.y) >= (length - 1) * SCALE


def test_a_start_at_the_answer_stays_there() -> None:
    candidates, bounds = chain_pool(30)
    chosen = candidates.i == candidates.j
    first = prices_of(candidates, chosen, bounds, True, np.zeros(30, np.int64))
    again = prices_of(candidates, chosen, bounds, True, first.y)
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)


@pytest.mark.parametrize("settled", [True, False])
def test_people_without_any_pair_are_no_trouble(settled: bool) -> None:
    none: IntArray = np.zeros(0, np.int64)
    for m, n in ((0, 0), (0, 2), (3, 0), (2, 2)):
        bounds = Bounds(
            (np.ones(m, np.int64), np.ones(n, np.int64)), (np.zeros(m, np.int64), np.zeros(n, np.int64)), True
        )
        candidates = Candidates.of(none, none, none, (m, n))
        chosen = np.zeros(0, bool)
        prices = prices_of(candidates, chosen, bounds, settled, np.zeros(n, np.int64))
        assert_proof(candidates, chosen, bounds, settled, prices)


@pytest.mark.parametrize("settled", [True, False])
def test_where_nobody_may_go_and_nobody_has_room_prices_prove_all_the_same(settled: bool) -> None:
    """Then nothing fixes what it is worth to have no pair, on either side."""
    one = np.ones(3, np.int64)
    draw = np.random.default_rng(1)
    i, j = np.indices((3, 3)).reshape(2, -1)
    candidates, bounds = Candidates.of(i, j, draw.integers(0, SCALE, 9), (3, 3)), Bounds((one, one), (one, one), True)
    chosen, _ = a_best_plan(candidates, bounds, settled)
    assert chosen is not None
    assert_proof(candidates, chosen, bounds, settled, prices_of(candidates, chosen, bounds, settled, 0 * one))


@pytest.mark.parametrize("most", [SCALE // 4, SCALE, 5 * SCALE])
def test_the_price_of_a_mentor_without_room_is_exceeded_by_none_of_their_pairs(most: int) -> None:
    """Whatever the pairs are worth: a value may be several times a score."""
    bounds = Bounds((np.array([1, 0]), np.array([1])), (np.zeros(2, np.int64), np.zeros(1, np.int64)), True)
    candidates = Candidates.of(np.array([0, 1]), np.array([0, 0]), np.array([most - 1, most]), (2, 1))
    prices = prices_of(candidates, np.array([True, False]), bounds, True, np.zeros(1, np.int64))
    assert prices.x[1] + prices.y[0] >= most
    assert prices.bound(bounds, (1, 1)) == most - 1
