"""Laws of the cover: it proves the number of pairs over all eligible pairs, or says who falls short."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    COARSE,
    NEEDY,
    SEEDS,
    Compiled,
    Crowd,
    Problem,
    Rare,
    chain,
    compiled,
    crowds,
    number,
    problems,
    scored,
)

from rmatch.columns import IntArray
from rmatch.criteria import Skills
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.objectives import Total
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.rules import Exclude, GradeGap
from rmatch.solve import cover as module
from rmatch.solve.backends import Hint, most_pairs
from rmatch.solve.column_generation import sampled
from rmatch.solve.cover import BoundsError, Cover, ShortageError, everybody, settle
from rmatch.solve.initial_columns import Tuning, initial_columns
from rmatch.valuation import TOTAL

pytestmark = pytest.mark.slow

MANY = settings(max_examples=3 * settings.default.max_examples)
NONE: IntArray = np.zeros(0, np.int64)


def settled(made: Compiled, full: bool = False, price: int = 0) -> tuple[Candidates, Cover | None]:
    """Settle from an empty pool, or from one that holds every eligible pair; with a price by few pairs at a time."""
    candidates = Candidates.of(NONE, NONE, NONE, made.model.shape)
    if full:
        candidates, _, _, _ = initial_columns(made.kernel, made.bounds, Tuning(), sampled(Tuning()))
    prices = np.random.default_rng(price).integers(-price, price + 1, made.model.shape[1])
    with patch.multiple(module, _FEW=2 if price else 96, _NEAR=1):
        return settle(made.kernel, made.bounds, candidates, prices)


def chosen_pairs(candidates: Candidates, made: Compiled) -> np.ndarray:
    full = np.zeros(made.model.shape, bool)
    chosen = most_pairs(candidates, made.bounds)
    full[candidates.i[chosen], candidates.j[chosen]] = True
    return full


@MANY
@given(SEEDS, st.integers(1, 8), st.sampled_from((0.3, 0.6, 1.0)), st.booleans())
def test_a_plan_of_everybody_is_the_best_one_and_is_found_where_there_is_one(
    seed: int, people: int, share: float, first: bool
) -> None:
    draw = np.random.default_rng(seed)
    held, points = draw.random((people, people)) < share, draw.integers(0, SCALE, (people, people))
    i, j = np.nonzero(held)
    ones, hint = np.ones(people, np.int64), draw.integers(0, SCALE, (2, people))
    bounds = Bounds((ones, ones), (0 * ones, 0 * ones), first)
    candidates = Candidates.of(i, j, points[i, j], (people, people))
    chosen = everybody(candidates, bounds, TOTAL, Hint(hint[0], hint[1]))
    best = oracles.best_by_milp(points, held, bounds.capacity, bounds.minimum, True)
    assert best is not None
    if chosen is None:
        assert not first or best[0] < people
    else:
        assert (int(chosen.sum()), int(points[i, j][chosen].sum())) == best
        assert best[0] == people


@MANY
@given(problems(), st.booleans(), st.sampled_from((0, 7, 1 << 20)))
def test_a_cover_is_as_small_as_the_largest_plan(problem: Problem, full: bool, price: int) -> None:
    """König: the capacities of the covered and the pairs that nobody covers add up to the largest flow."""
    made = replace(problem, objectives=Problem.objectives).compiled()
    eligible, bounds = made.eligible(), made.bounds
    try:
        candidates, cover = settled(made, full, price)
    except InfeasibleError:
        assert bounds.minimum[0].any() or bounds.minimum[1].any()
        return
    assert cover is not None
    assert cover.pairs == oracles.most_pairs_by_flow(eligible, bounds.capacity)
    bare = eligible & ~cover.mentors[:, None] & ~cover.mentees[None, :]
    assert cover.pairs == sum(
        int(most[covered].sum()) for most, covered in zip(bounds.capacity, (cover.mentors, cover.mentees), strict=True)
    ) + int(bare.sum())
    assert not (bare & ~chosen_pairs(candidates, made)).any()


@MANY
@given(problems(), st.booleans(), st.sampled_from((0, 7, 1 << 20, 1 << 22)))
def test_the_pool_holds_a_largest_plan_of_eligible_pairs(problem: Problem, full: bool, price: int) -> None:
    made = replace(problem, objectives=Problem.objectives).compiled()
    try:
        candidates, cover = settled(made, full, price)
    except InfeasibleError:
        return
    assert cover is not None
    assert chosen_pairs(candidates, made).sum() == cover.pairs
    assert made.eligible()[candidates.i, candidates.j].all()
    assert np.array_equal(made.points()[candidates.i, candidates.j], candidates.points)


@MANY
@given(crowds(most=6, kinds=(NEEDY,)), st.sampled_from(((), (GradeGap(1),), (Rare(2),), (Rare(4),))), st.booleans())
def test_least_numbers_are_refused_exactly_where_no_plan_meets_them(crowd: Crowd, rules: tuple, first: bool) -> None:
    objectives = Problem.objectives if first else (Total(),)
    made = Problem(crowd, (Skills(),), rules, objectives=objectives).compiled()
    best = oracles.best_by_milp(made.points(), made.eligible(), made.bounds.capacity, made.bounds.minimum, first)
    try:
        candidates, cover = settled(made)
    except InfeasibleError:
        assert best is None
        return
    assert best is not None
    assert (cover is None) == (not first)
    held = np.zeros(made.model.shape, bool)
    held[candidates.i, candidates.j] = True
    within = oracles.best_by_milp(made.points(), held, made.bounds.capacity, made.bounds.minimum, first)
    assert within is not None
    assert not first or within[0] == best[0]


@MANY
@given(crowds(most=7, least=1, kinds=(NEEDY, replace(NEEDY, min_pairs=(0, 3)))), st.sampled_from((1, 2, 4)))
def test_who_falls_short_cannot_have_more_pairs_than_is_said(crowd: Crowd, one_in: int) -> None:
    """The named people alone, given all places there are, have as many pairs as the message says: too few."""
    crowd = replace(crowd, kind=replace(crowd.kind, capacity=(3, 4)))
    made = Problem(crowd, (Skills(),), (Rare(one_in),)).compiled()
    shortage = shortage_of(made)
    if shortage is None:
        return
    least, room = made.bounds.minimum[shortage.side], made.bounds.capacity[1 - shortage.side]
    needs = np.zeros_like(least)
    needs[shortage.people] = least[shortage.people]
    sides = (needs, room) if shortage.side == 0 else (room, needs)
    assert shortage.pairs == needs.sum()
    assert shortage.places == oracles.most_pairs_by_flow(made.eligible(), sides) < shortage.pairs


def shortage_of(made: Compiled) -> ShortageError | None:
    try:
        settled(made)
    except ShortageError as shortage:
        return shortage
    return None


def test_who_falls_short_is_told_with_the_places_there_are() -> None:
    made = scored(np.array([[0.5], [0.5], [0.5]])).compiled()
    bounds = replace(made.bounds, minimum=(np.array([1, 1, 0]), np.array([0])))
    with pytest.raises(ShortageError, match=r"2 mentors \(.*\) must have 2 pairs by `min_pairs`.* 1 place to give"):
        settled(Compiled(made.model, bounds))


@given(st.integers(0, 1), st.integers(1, 9), st.integers(1, 30), st.integers(0, 29))
def test_who_falls_short_is_named_to_five_and_both_sides_are_called_what_they_are(
    side: int, people: int, pairs: int, places: int
) -> None:
    own, others = ("mentors", "mentees")[side], ("mentors", "mentees")[1 - side]
    names = [f"P{k}" for k in range(people)]
    shortage = ShortageError(side, np.arange(people), pairs, places)
    said = shortage.in_words(names[::-1])
    shown = ", ".join(names[:5]) + (", …" if people > 5 else "")
    assert said.startswith(f"{people} {own} ({shown}) must have {pairs} pairs by `min_pairs`, but the {others} ")
    assert f" have {places} {'place' if places == 1 else 'places'} to give; " in said
    assert said.endswith(f"raise the capacity of those {others}, or drop a rule")
    assert str(shortage) == shortage.in_words([f"number {k}" for k in range(people)])


@pytest.mark.parametrize(("mentors", "said"), [(0, "there are 0 mentors"), (1, "there is 1 mentor")])
def test_who_must_have_more_pairs_than_there_are_people_is_named_beforehand(mentors: int, said: str) -> None:
    kind = replace(NEEDY, capacity=(5, 5), min_pairs=(2, 2))
    with pytest.raises(InfeasibleError, match=f"b0 needs 2 pairs as one of the mentees but {said}"):
        Problem(Crowd(0, mentors, 3, kind), (Skills(),)).compiled()


def test_who_must_have_more_pairs_than_they_may_is_named_beforehand() -> None:
    sides = Crowd(0, 3, 2, replace(NEEDY, capacity=(5, 5), min_pairs=(2, 2))).tables()
    sides[1].columns["capacity"] = number([5, 1])
    with pytest.raises(InfeasibleError, match="b1 needs 2 pairs as one of the mentees but may have 1"):
        compiled(Problem(Crowd(0, 3, 2), (Skills(),)).program(), *sides)


def test_who_must_have_no_pairs_does_not_fall_short() -> None:
    """And who must have one does, as one who must have two."""
    made = scored(np.array([[0.5], [0.5], [0.5]])).compiled()
    for least, people in (([1, 0, 2], [0, 2]), ([0, 1, 1], [1, 2])):
        bounds = replace(made.bounds, capacity=(np.array([2, 2, 2]), np.array([1])))
        bounds = replace(bounds, minimum=(np.array(least), np.array([0])))
        shortage = shortage_of(Compiled(made.model, bounds))
        assert shortage is not None
        assert (shortage.side, shortage.people.tolist()) == (0, people)


def test_a_total_that_cannot_be_reached_is_told_with_what_is_lacking() -> None:
    made = scored(np.array([[0.5, np.nan], [0.5, np.nan]])).compiled()
    with pytest.raises(BoundsError, match="no plan keeps the limits: 1 pairs are lacking") as told:
        settled(Compiled(made.model, replace(made.bounds, most_pairs=False, total=(2, 2))))
    assert told.value.missing == 1


def test_a_pair_is_made_only_once_however_much_room_there_is() -> None:
    """Two mentees with room for five each are two places for a mentor who must have three pairs."""
    made = scored(np.array([[0.5, 0.5]])).compiled()
    bounds = Bounds((np.array([3]), np.array([5, 5])), (np.array([3]), np.array([0, 0])), True)
    with pytest.raises(ShortageError, match=r"1 mentors .* must have 3 pairs .* 2 places to give"):
        settled(Compiled(made.model, bounds))


def test_a_full_side_is_its_own_cover() -> None:
    made = Problem(Crowd(0, 3, 7, COARSE), (Skills(),)).compiled()
    _, cover = settled(made)
    assert cover is not None
    assert cover.mentors.all()
    assert not cover.mentees.any()


def test_a_long_chain_is_covered() -> None:
    made = chain(60).compiled()
    _, cover = settled(made)
    assert cover is not None
    assert cover.pairs == 60


@given(SEEDS)
def test_nobody_is_covered_where_nobody_is_eligible(seed: int) -> None:
    made = Problem(Crowd(seed, 5, 4, COARSE), (Skills(),), (GradeGap(50),)).compiled()
    candidates, cover = settled(made)
    assert cover is not None
    assert (cover.pairs, len(candidates)) == (0, 0)
    assert not cover.mentees.any()


@given(problems(most=8, locks=False), st.integers(0, 4))
def test_a_plan_within_a_total_is_found_from_an_empty_pool_wherever_there_is_one(problem: Problem, least: int) -> None:
    made = problem.compiled()
    bounds = replace(made.bounds, most_pairs=False, minimum=(0 * made.bounds.minimum[0], 0 * made.bounds.minimum[1]))
    bounds = replace(bounds, total=(least, max(least, bounds.max_pairs)))
    most = oracles.most_pairs_by_flow(made.eligible(), bounds.capacity)
    start = Candidates.of(NONE, NONE, NONE, made.model.shape)
    if most < least:
        with pytest.raises(InfeasibleError):
            settle(made.kernel, bounds, start, np.zeros(made.model.shape[1], np.int64))
        return
    candidates, _ = settle(made.kernel, bounds, start, np.zeros(made.model.shape[1], np.int64))
    assert most_pairs(candidates, bounds).sum() >= least


def test_where_the_best_pairs_are_all_forbidden_the_others_are_found() -> None:
    scores = np.full((6, 6), 0.5)
    scores[:, 0] = 1.0
    made = scored(scores, rules=(Exclude(tuple((f"a{k}", "b0") for k in range(6))),)).compiled()
    _, cover = settled(made, price=1)
    assert cover is not None
    assert cover.pairs == 5


@pytest.mark.parametrize("mentor", range(4))
def test_beside_a_cover_the_pairs_of_every_mentor_are_counted(mentor: int) -> None:
    """Also of those behind the only one who has one."""
    scores = np.full((4, 2), np.nan)
    scores[mentor] = 0.5
    made = scored(scores).compiled()
    _, cover = settled(made)
    assert cover is not None
    assert cover.paired.tolist() == made.eligible().any(1).astype(int).tolist()


def test_of_many_pairs_the_best_at_their_prices_come_first_though_none_scores_anything() -> None:
    """Two mentors are asked; their best pairs are with the cheapest mentee, and so everybody's are looked for there."""
    made = scored(np.zeros((6, 6))).compiled()
    nothing = Candidates.of(NONE, NONE, NONE, (6, 6))
    with patch.multiple(module, _FEW=2, _NEAR=1):
        found = module._open_pairs(made.kernel, nothing, np.arange(1, 7), np.arange(6), np.arange(6))
    assert sorted(zip(found.i.tolist(), found.j.tolist(), strict=True)) == [(k, 0) for k in range(6)]
    assert not found.points.any()
