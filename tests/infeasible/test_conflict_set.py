"""Laws of the smallest conflict: it is one, and it is none once anything is left out."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rmatch.infeasible.hall import smallest_conflict

NAMES = tuple("abcdefg")
CONFLICTS = st.lists(st.frozensets(st.sampled_from(NAMES)), max_size=4)
"""Sets of names that cannot be granted together; whatever contains one of them cannot either."""


def oracle(conflicts: list[frozenset[str]], asked: list[frozenset[str]] | None = None):
    def feasible(some: frozenset[str]) -> bool:
        if asked is not None:
            asked.append(some)
        return not any(conflict <= some for conflict in conflicts)

    return feasible


@given(CONFLICTS, st.permutations(NAMES))
def test_what_is_returned_conflicts_and_nothing_inside_it_does(conflicts: list[frozenset[str]], order: list) -> None:
    feasible = oracle(conflicts)
    found = smallest_conflict(order, feasible)
    if feasible(frozenset(order)):
        assert found == ()
        return
    assert not feasible(frozenset(found))
    assert all(feasible(frozenset(some)) for k in range(len(found)) for some in combinations(found, k))
    assert list(found) == [name for name in order if name in found]


@given(CONFLICTS)
def test_each_name_is_asked_about_once(conflicts: list[frozenset[str]]) -> None:
    asked: list[frozenset[str]] = []
    smallest_conflict([*NAMES, "a"], oracle(conflicts, asked))
    assert len(asked) <= len(NAMES) + 1
    assert len(set(asked)) == len(asked)


def test_what_stands_first_is_blamed_last() -> None:
    feasible = oracle([frozenset("ab"), frozenset("cd")])
    assert smallest_conflict("abcd", feasible) == ("c", "d")
    assert smallest_conflict("cdab", feasible) == ("a", "b")


def test_a_wish_that_cannot_be_granted_alone_is_the_whole_conflict() -> None:
    assert smallest_conflict(NAMES, oracle([frozenset("c")])) == ("c",)


def test_what_fails_with_no_wish_at_all_blames_none() -> None:
    assert smallest_conflict(NAMES, lambda some: False) == ()
