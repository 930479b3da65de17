"""Laws of prices within groups and totals, and where numbers of pairs are worth something: they prove the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import SEEDS

from rmatch._util.deadline import TimeUpError
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates, Groups
from rmatch.solve import duals as module
from rmatch.solve import one_each
from rmatch.solve.backends import FLOW, fit
from rmatch.solve.duals import Prices, prices_of
from rmatch.valuation import NO_UTILITY, LoadUtilities, LoadUtility

pytestmark = pytest.mark.slow

MANY = settings(max_examples=6 * settings.default.max_examples)


@dataclass(frozen=True)
class Grouped:
    """A pool, bounds of people, groups and the total, and gains; made again the same from a few numbers."""

    seed: int
    mentors: int
    mentees: int
    groups: int
    largest: int
    load_utilities: bool
    total: bool

    def made(self) -> tuple[Candidates, Bounds, LoadUtilities]:
        draw = np.random.default_rng(self.seed)
        shape = m, n = self.mentors, self.mentees
        i, j = np.nonzero(draw.random(shape) < draw.choice([0.4, 1.0]))
        points = draw.integers(-self.largest // 3, self.largest + 1, len(i))
        capacity = draw.integers(0, 4, m), draw.integers(0, 4, n)
        minimum = tuple(np.minimum(c, draw.random(len(c)) < 0.2).astype(np.int64) for c in capacity)
        trees = self._tree(draw, m), self._tree(draw, n)
        load_utilities = (self._gain(draw, m), self._gain(draw, n)) if self.load_utilities else NO_UTILITY
        least = int(draw.integers(0, 3))
        total = (least, int(draw.integers(least, least + 5))) if self.total else None
        bounds = Bounds(capacity, (minimum[0], minimum[1]), False, trees if self.groups else None, total)
        return Candidates.of(i, j, points, shape), bounds, load_utilities

    def _tree(self, draw: np.random.Generator, people: int) -> Groups:
        inner = int(draw.integers(0, self.groups + 1))
        parent = np.array([-1, *(int(draw.integers(0, g + 1)) for g in range(inner))])
        least = np.where(draw.random(inner + 1) < 0.3, 1, 0)
        most = draw.integers(1, 5, inner + 1)
        whole = Groups.none(people)
        least[0], most[0] = whole.least[0], whole.most[0]
        return Groups(draw.integers(0, inner + 1, people), parent, least, most)

    def _gain(self, draw: np.random.Generator, people: int) -> LoadUtility | None:
        if draw.random() < 0.3:
            return None
        first = draw.integers(0, self.largest + 1, people) * int(draw.integers(0, 2))
        square = draw.integers(0, self.largest // 4 + 1, people) * int(draw.integers(0, 2))
        return LoadUtility(first, draw.integers(0, 4, people), draw.integers(0, 2, people), square)


GROUPED = st.builds(
    Grouped,
    SEEDS,
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 4),
    st.sampled_from((3, SCALE)),
    st.booleans(),
    st.booleans(),
)


def best_plan(
    candidates: Candidates, bounds: Bounds, load_utilities: LoadUtilities, points: IntArray
) -> BoolArray | None:
    """None where the pool holds no plan within the bounds."""
    return None if fit(candidates, bounds).missing else FLOW.solve(candidates, bounds, None, -points, load_utilities)


def valuation_of(candidates: Candidates, chosen: BoolArray, load_utilities: LoadUtilities) -> int:
    m, n = candidates.shape
    loads = np.bincount(candidates.i[chosen], minlength=m), np.bincount(candidates.j[chosen], minlength=n)
    more = sum(
        int(utility.of(load).sum()) for utility, load in zip(load_utilities, loads, strict=True) if utility is not None
    )
    return int(candidates.points[chosen].sum()) + more


def best_of(free: int, least: int, most: int, value: Callable[[int], int]) -> int:
    """The best of all lawful numbers, each tried."""
    return max(value(k) + free * k for k in range(least, most + 1))


def bound_by_trying(prices: Prices, bounds: Bounds, pairs: tuple[int, int], load_utilities: LoadUtilities) -> int:
    """What people, groups and the plan would gain at most, each choosing its own number of pairs at these prices."""
    total = best_of(prices.mentor_potential + prices.mentee_potential, *pairs, lambda k: 0)
    for side, (each, potential) in enumerate(zip((prices.x, prices.y), prices.potentials, strict=True)):
        tree, utility = bounds.trees[side], load_utilities[side]
        for p, price in enumerate(each.tolist()):
            spread = np.arange(8)
            own = None if utility is None else [utility.take(np.full(8, p)).of(spread)][0]
            total += best_of(
                price - int(potential[tree.of[p]]),
                int(bounds.minimum[side][p]),
                int(bounds.capacity[side][p]),
                lambda k, own=own: 0 if own is None else int(own[k]),  # type: ignore[misc]
            )
        for g in range(1, len(tree)):
            free = int(potential[g] - potential[tree.parent[g]])
            total += best_of(free, int(tree.least[g]), int(tree.most[g]), lambda k: 0)
    return total


def assert_proof(
    candidates: Candidates,
    chosen: BoolArray,
    bounds: Bounds,
    load_utilities: LoadUtilities,
    settled: bool,
    prices: Prices,
) -> None:
    """No pair beats its prices, and what everybody would choose by themselves adds up to the plan's worth."""
    slack = prices.x[candidates.i] + prices.y[candidates.j] - candidates.points
    assert np.all(slack[~chosen] >= 0)
    assert np.all(slack[chosen] <= 0)
    assert max(abs(int(g)) for potential in prices.potentials for g in potential) < 1 << 50
    count = int(chosen.sum())
    pairs = (count, count) if settled else bounds.span
    assert prices.bound(bounds, pairs, load_utilities) - int(slack[chosen].sum()) == valuation_of(
        candidates, chosen, load_utilities
    )


@MANY
@example(Grouped(0, 1, 5, 1, SCALE, True, False), True, -2, 0, 0)  # fewer pairs than one mentor needs
@example(Grouped(297, 1, 1, 2, 3, False, True), False, 0, 0, 0)  # groups that can have neither more pairs nor fewer
@given(GROUPED, st.booleans(), st.integers(-2, 1), SEEDS, st.sampled_from((0, 3, SCALE)))
def test_prices_prove_a_best_plan_within_groups_totals_and_gains(
    grouped: Grouped, settled: bool, more: int, seed: int, size: int
) -> None:
    candidates, bounds, load_utilities = grouped.made()
    chosen = best_plan(candidates, bounds, load_utilities, candidates.points)
    if chosen is None:
        return
    if settled:
        chosen = FLOW.solve(candidates, bounds, max(int(chosen.sum()) + more, 0), -candidates.points, load_utilities)
        if chosen is None:
            return
    start = np.random.default_rng(seed).integers(-size, size + 1, grouped.mentees)
    assert_proof(
        candidates,
        chosen,
        bounds,
        load_utilities,
        settled,
        prices_of(candidates, chosen, bounds, settled, start, load_utilities),
    )


def assert_nobody_would_choose_otherwise(
    candidates: Candidates, chosen: BoolArray, bounds: Bounds, load_utilities: LoadUtilities, prices: Prices
) -> None:
    """One pair more is worth nothing to whoever has room for it, and the last one is worth its price."""
    m, n = candidates.shape
    loads = np.bincount(candidates.i[chosen], minlength=m), np.bincount(candidates.j[chosen], minlength=n)
    slack = prices.x[candidates.i] + prices.y[candidates.j] - candidates.points
    assert np.all(slack[~chosen] >= 0)
    assert np.all(slack[chosen] <= 0)
    for side, (price, potential) in enumerate(zip((prices.x, prices.y), prices.potentials, strict=True)):
        tree, load = bounds.trees[side], loads[side]
        for u, utility, number, least, most in (
            (price - potential[tree.of], load_utilities[side], load, bounds.minimum[side], bounds.capacity[side]),
            (
                np.append(0, potential[1:] - potential[tree.parent[1:]]),
                tree.utility,
                np.append(0, tree.loads(load)[1:]),
                np.append(0, tree.least[1:]),
                np.append(0, tree.most[1:]),
            ),
        ):
            after, last = (0 * u, 0 * u) if utility is None else (utility.next(number), utility.last(number))
            assert np.all((u + after)[number < most] <= 0)
            assert np.all((u + last)[number > least] >= 0)
    count, free = int(chosen.sum()), prices.mentor_potential + prices.mentee_potential
    assert free <= 0 or count == bounds.span[1]
    assert free >= 0 or count == bounds.span[0]


@MANY
@example(Grouped(4_294_967_294, 5, 2, 2, SCALE, False, False), 1, 0)  # the ground of one side pulls down the other's
@given(GROUPED, SEEDS, st.sampled_from((0, SCALE)))
def test_prices_hold_where_numbers_of_pairs_are_worth_something_to_groups_too(
    grouped: Grouped, seed: int, size: int
) -> None:
    """As they are where people are taken apart by kinds of partners: a group is then a person."""
    candidates, bounds, load_utilities = grouped.made()
    if bounds.groups is None:
        return
    draw = np.random.default_rng(seed)
    trees = tuple(replace(tree, utility=group_utility(draw, len(tree), grouped.largest)) for tree in bounds.groups)
    bounds = replace(bounds, groups=(trees[0], trees[1]))
    chosen = best_plan(candidates, bounds, load_utilities, candidates.points)
    if chosen is None:
        return
    start = draw.integers(-size, size + 1, grouped.mentees)
    prices = prices_of(candidates, chosen, bounds, False, start, load_utilities)
    assert_nobody_would_choose_otherwise(candidates, chosen, bounds, load_utilities, prices)


def group_utility(draw: np.random.Generator, groups: int, largest: int) -> LoadUtility:
    """A gain of each group but the whole side."""
    first, square = draw.integers(0, largest + 1, groups), draw.integers(0, largest // 4 + 1, groups)
    first[0] = square[0] = 0
    return LoadUtility(
        first * (draw.random() < 0.7), draw.integers(0, 4, groups), 0 * first, square * (draw.random() < 0.7)
    )


@MANY
@given(GROUPED, SEEDS)
def test_no_prices_prove_a_worse_plan_within_groups(grouped: Grouped, seed: int) -> None:
    candidates, bounds, load_utilities = grouped.made()
    best = best_plan(candidates, bounds, load_utilities, candidates.points)
    other = best_plan(
        candidates, bounds, load_utilities, np.random.default_rng(seed).integers(-SCALE, SCALE, len(candidates))
    )
    if (
        best is None
        or other is None
        or valuation_of(candidates, other, load_utilities) == valuation_of(candidates, best, load_utilities)
    ):
        return
    with pytest.raises(SolverError, match="not optimal"):
        prices_of(candidates, other, bounds, False, np.zeros(grouped.mentees, np.int64), load_utilities)


@MANY
@given(GROUPED, SEEDS, st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_the_bound_is_what_everybody_would_choose_alone(grouped: Grouped, seed: int, span: tuple[int, int]) -> None:
    """Whatever the prices are."""
    _, bounds, load_utilities = grouped.made()
    draw = np.random.default_rng(seed)
    x, y, *potentials = (
        draw.integers(-SCALE, SCALE + 1, size) for size in (*bounds.shape, len(bounds.trees[0]), len(bounds.trees[1]))
    )
    prices = Prices(x, y, int(potentials[0][0]), int(potentials[1][0]), (potentials[0], potentials[1]))
    pairs = min(span), max(span)
    assert prices.bound(bounds, pairs, load_utilities) == bound_by_trying(prices, bounds, pairs, load_utilities)
    if bounds.groups is None:
        assert replace(prices, groups=None).bound(bounds, pairs, load_utilities) == prices.bound(
            bounds, pairs, load_utilities
        )


def test_a_search_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates, bounds, load_utilities = Grouped(3, 4, 4, 0, SCALE, False, False).made()
    chosen = FLOW.solve(candidates, bounds, None, -candidates.points, load_utilities)
    assert chosen is not None
    none: IntArray = np.zeros(4, np.int64)
    for each in (module, one_each):
        monkeypatch.setattr(each, "over", lambda moment: True)
    with pytest.raises(TimeUpError):
        prices_of(candidates, chosen, bounds, False, none)
    pair, one = Candidates.of(none[:1], none[:1], none[:1], (1, 1)), np.ones(1, np.int64)
    with pytest.raises(TimeUpError):
        prices_of(pair, np.ones(1, bool), Bounds((one, one), (0 * one, 0 * one), True), True, none[:1])
