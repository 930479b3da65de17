"""Laws of Hall's condition: a group is named exactly where it fails, and the group is as small as can be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmatch.columns import BoolArray, IntArray
from rmatch.infeasible.alternating import enough, lacking
from rmatch.infeasible.hall import Group, short_groups

MANY = settings(max_examples=5 * settings.default.max_examples)
NOTHING = (np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True)
class Case:
    """People who need pairs and partners who have room, made again the same from few numbers."""

    seed: int
    people: int
    partners: int
    density: float
    most_need: int
    most_room: int

    def made(self) -> tuple[BoolArray, IntArray, IntArray]:
        draw = np.random.default_rng(self.seed)
        eligible = draw.random((self.people, self.partners)) < self.density
        need = draw.integers(0 if self.most_need > 1 else 1, self.most_need + 1, self.people)
        return eligible, need, draw.integers(min(self.most_room, 1), self.most_room + 1, self.partners)


CASES = st.builds(
    Case,
    st.integers(0, 2**32 - 1),
    st.integers(0, 7),
    st.integers(0, 6),
    st.sampled_from((0.15, 0.3, 0.5, 1.0)),
    st.integers(1, 3),
    st.integers(0, 3),
)


def groups_of(
    eligible: BoolArray,
    need: IntArray,
    capacity: IntArray,
    plan: tuple[IntArray, IntArray] = NOTHING,
    most: int = 10**6,
) -> list[Group] | None:
    return short_groups(lambda people: eligible[people], need, capacity, np.arange(len(need)), plan, most)


def lack(eligible: BoolArray, need: IntArray, capacity: IntArray, some: IntArray) -> int:
    """By how much some people need more than their partners have for them."""
    return int(need[some].sum() - np.minimum(capacity, eligible[some].sum(0)).sum())


def subsets(people: IntArray):
    return (np.array(some, np.int64) for k in range(len(people) + 1) for some in combinations(people.tolist(), k))


def some_plan(seed: int, eligible: BoolArray, need: IntArray, capacity: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs within needs and room, taken at random."""
    need, capacity, kept = need.copy(), capacity.copy(), []
    for i, j in np.random.default_rng(seed).permutation(np.argwhere(eligible)):
        if need[i] and capacity[j]:
            need[i], capacity[j] = need[i] - 1, capacity[j] - 1
            kept.append((i, j))
    pairs = np.array(kept, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@pytest.mark.slow
@MANY
@given(CASES, st.sampled_from((None, 0, 1)))
def test_groups_are_named_exactly_where_halls_condition_fails(case: Case, planned: int | None) -> None:
    eligible, need, capacity = case.made()
    plan = NOTHING if planned is None else some_plan(planned, eligible, need, capacity)
    found = groups_of(eligible, need, capacity, plan)
    assert found is not None
    holds = all(lack(eligible, need, capacity, some) <= 0 for some in subsets(np.arange(len(need))))
    assert holds == (not found)
    assert holds == (oracles.most_pairs_by_flow(eligible, (need, capacity)) == need.sum())


@pytest.mark.slow
@MANY
@given(CASES, st.sampled_from((None, 0, 1)))
def test_a_group_is_true_and_has_no_smaller_one_inside(case: Case, planned: int | None) -> None:
    eligible, need, capacity = case.made()
    plan = NOTHING if planned is None else some_plan(planned, eligible, need, capacity)
    for group in groups_of(eligible, need, capacity, plan) or []:
        assert lack(eligible, need, capacity, group.core) > 0
        for some in subsets(group.core):
            assert len(some) == len(group.core) or lack(eligible, need, capacity, some) <= 0
        assert need[group.people].sum() - group.places == lack(eligible, need, capacity, group.people)
        assert lack(eligible, need, capacity, group.people) >= lack(eligible, need, capacity, group.core)
        assert np.isin(group.core, group.people).all()
        for some in (group.core, group.people):
            assert group.partners.tolist() == np.flatnonzero(eligible[some].any(0)).tolist()


@pytest.mark.slow
@MANY
@given(CASES)
def test_whoever_depends_on_the_same_partners_alone_is_in_the_group(case: Case) -> None:
    eligible, need, capacity = case.made()
    for group in groups_of(eligible, need, capacity) or []:
        shared = np.isin(np.arange(len(capacity)), group.partners)
        now = lack(eligible, need, capacity, group.people)
        for person in np.setdiff1d(np.flatnonzero(need), group.people):
            own = eligible[person]
            if own.any() == shared.any() and not (own & ~shared).any():
                assert lack(eligible, need, capacity, np.append(group.people, person)) < now


@given(CASES)
def test_no_two_groups_have_a_partner_in_common(case: Case) -> None:
    found = groups_of(*case.made()) or []
    assert all(not np.intersect1d(one.partners, two.partners).size for one, two in combinations(found, 2))
    assert sum(not len(group.partners) for group in found) <= 1


@MANY
@given(CASES, st.integers(0, 9), st.integers(0, 9))
def test_which_plan_places_the_same_people_does_not_matter(case: Case, one: int, two: int) -> None:
    eligible, need, capacity = case.made()
    plan, other = (some_plan(seed, eligible, need, capacity) for seed in (one, two))
    loads = [np.bincount(p[0], minlength=len(need)) for p in (plan, other)]
    if all((load == need * (load > 0)).all() for load in loads) and np.array_equal(*loads):
        told = [[(g.core.tolist(), g.people.tolist()) for g in groups_of(eligible, need, capacity, p) or []]
                for p in (plan, other)]  # fmt: skip
        assert told[0] == told[1]


@pytest.mark.slow
@MANY
@given(CASES)
def test_what_is_lacking_is_what_a_maximum_flow_leaves(case: Case) -> None:
    eligible, need, capacity = case.made()
    lack = need.sum() - oracles.most_pairs_by_flow(eligible, (need, capacity))
    assert lacking(eligible, need, capacity) == lack
    assert enough(eligible, need, capacity) == (lack == 0)


def test_the_smallest_reason_is_told_and_not_the_whole_cut() -> None:
    """198 people share 197, but it is two of them who share one; all others only stand behind each other."""
    eligible = np.zeros((198, 197), bool)
    eligible[np.arange(197), np.arange(197)] = eligible[np.arange(1, 197), np.arange(196)] = True
    eligible[197] = True
    eligible[196] = eligible[0] = np.arange(197) == 0
    (group, *_) = groups_of(eligible, np.ones(198, np.int64), np.ones(197, np.int64)) or []
    assert (len(group.core), group.partners.tolist()) == (2, [0])


def test_a_long_chain_that_really_is_one_reason_is_told_whole() -> None:
    eligible = np.zeros((400, 399), bool)
    eligible[np.arange(399), np.arange(399)] = eligible[np.arange(1, 400), np.arange(399)] = True
    (group,) = groups_of(eligible, np.ones(400, np.int64), np.ones(399, np.int64), most=10**6) or []
    assert len(group.core) == 400
    assert group.places == 399


def test_apart_groups_are_told_apart() -> None:
    eligible = np.zeros((7, 4), bool)
    eligible[:3, 0] = eligible[3:6, 1:3] = eligible[6, 3] = True
    found = groups_of(eligible, np.ones(7, np.int64), np.ones(4, np.int64)) or []
    assert [(group.people.tolist(), group.partners.tolist()) for group in found] == [
        ([0, 1, 2], [0]),
        ([3, 4, 5], [1, 2]),
    ]
    assert [len(group.core) for group in found] == [2, 3]


def test_people_without_any_partner_are_one_group() -> None:
    (group,) = groups_of(np.zeros((5, 3), bool), np.array([1, 0, 2, 1, 0]), np.ones(3, np.int64)) or []
    assert (group.people.tolist(), group.partners.tolist(), group.places) == ([0, 2, 3], [], 0)


def test_it_says_when_it_may_not_look_at_enough_pairs() -> None:
    eligible = np.ones((30, 20), bool)
    one = np.ones(30, np.int64), np.ones(20, np.int64)
    assert groups_of(eligible, *one, most=599) is None
    (group,) = groups_of(eligible, *one, most=600) or []
    assert (len(group.core), len(group.people)) == (21, 30)


def test_a_group_is_told_without_those_who_would_take_too_much_looking() -> None:
    eligible = np.ones((30, 20), bool)
    plan = np.arange(20), np.arange(20)
    short = np.array([25])
    found = short_groups(
        lambda people: eligible[people], np.ones(30, np.int64), np.ones(20, np.int64), short, plan, 21 * 20
    )
    assert found is not None
    assert (len(found[0].core), len(found[0].people)) == (21, 21)
