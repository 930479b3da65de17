"""Times for meetings, against trying everything: as many meetings as can have one, then the earliest times."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmatch.solve import timetable as module
from rmatch.solve.timetable import timetable

Meetings = list[list[frozenset[int]]]
MEETINGS = st.lists(st.lists(st.frozensets(st.integers(0, 5), min_size=1, max_size=2), max_size=4), max_size=4)


def plans(meetings: Meetings) -> Iterator[tuple[int, ...]]:
    """Every choice of times in which nothing is taken twice."""
    for places in product(*(range(-1, len(options)) for options in meetings)):
        taken = [options[place] for options, place in zip(meetings, places, strict=True) if place >= 0]
        if not any(one & other for one, other in combinations(taken, 2)):
            yield places


def count(places: tuple[int, ...]) -> int:
    return sum(place >= 0 for place in places)


@given(MEETINGS)
def test_as_many_meetings_have_a_time_as_can(meetings: Meetings) -> None:
    given_ = tuple(timetable(meetings))
    assert given_ in set(plans(meetings))
    assert count(given_) == max(map(count, plans(meetings)))


def taking(*options: str) -> list[frozenset[int]]:
    return [frozenset(map(ord, some)) for some in options]


@pytest.mark.parametrize(
    ("meetings", "places"),
    [
        ([taking("ab", "d", "c"), taking("a", "b")], [1, 0]),
        ([taking("ab", "d", "c"), taking("b", "a"), taking("x", "y")], [1, 0, 0]),
        ([taking("ab", "z", "c"), taking("a", "b"), taking("z")], [2, 0, 0]),
        ([taking("ab", "c"), taking("de", "f"), taking("a", "b"), taking("d", "e")], [1, 1, 0, 0]),
    ],
)
def test_where_somebody_would_be_left_out_the_others_give_way_as_little_as_can_be(
    meetings: Meetings, places: list[int]
) -> None:
    """Each in turn would take the first time that is free, and leave none for another."""
    assert min(sum(plan) for plan in plans(meetings) if count(plan) == len(meetings)) == sum(places)
    assert timetable(meetings) == places


def test_one_more_meeting_is_worth_late_times_for_all_others() -> None:
    """Four meetings have the first or the last of eleven times, and only with the last is there one for the sixth."""
    four = [taking(first, *"zzzzzzzzz", last) for first, last in zip("abcd", "efgh", strict=True)]
    assert timetable([*four, taking(*["abcd"] * 12), taking("z")]) == [10, 10, 10, 10, 0, 0]


def test_a_search_without_an_answer_leaves_the_times_that_each_in_turn_would_take() -> None:
    with patch.object(module, "integer_program", lambda *_: None):
        assert timetable([taking("ab", "c"), taking("a", "b"), taking()]) == [0, -1, -1]


def test_who_gains_nothing_by_a_search_keeps_what_each_in_turn_would_take() -> None:
    """Two of three have a time however it is shared: the first of them and the one with the fewest."""
    assert timetable([taking("a", "b"), taking("a", "b"), taking("a", "b")]) == [0, 1, -1]
