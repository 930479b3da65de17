"""A limit in a track counts the pairs of the track, as who teaches and who learns in it."""

from __future__ import annotations

import numpy as np
from strategies import category, people

from rmatch.columns import BoolArray, IntArray
from rmatch.limits import Changes
from rmatch.limits._in_track import limit_in_track
from rmatch.rows import Named, People
from rmatch.schema.tracks import Teaching


def counted(limit: Changes, track: Teaching, who: People) -> list[list[int]]:
    """How many times the limit's row in the track counts each pair of a mentor and a mentee of the plan."""
    (row,) = limit_in_track(limit, track).rows(who)
    i, j = np.indices(who.shape).reshape(2, -1)
    sums = [int(row.sums(i[k : k + 1], j[k : k + 1], who.shape)[0]) for k in range(len(i))]
    for part in row.parts:
        if isinstance(part.pairs, Named):  # pairs that are solved for by their keys
            assert part.pairs.keys.tolist() == np.flatnonzero(sums).tolist()
    return np.reshape(sums, who.shape).tolist()


def not_below(i: IntArray, j: IntArray) -> BoolArray:
    return i <= j


def test_earlier_pairs_of_a_track_in_which_mentees_teach_are_asked_about_as_pairs_of_the_plan() -> None:
    """Each pair is in both tracks; in this one it is named after its mentee, who teaches."""
    who = People(people("a0", "a1", "a2"), people("b0", "b1"), not_below)
    earlier = Changes((("b0", "a0"), ("b1", "a2"), ("b1", "a0"), ("b0", "a1")), most=1)
    assert counted(earlier, Teaching("Back", "senior", mutual=True), who) == [[1, 1], [0, 0], [0, 0]]
    forth = Changes((("a0", "b0"), ("a2", "b1"), ("a0", "b1"), ("a1", "b0")), most=1)
    assert counted(forth, Teaching("Forth", "junior", mutual=True), who) == [[1, 1], [0, 0], [0, 0]]


def test_earlier_pairs_of_some_of_all_people_are_found_among_all() -> None:
    """Juniors teach seniors; the others on both sides are of another track."""
    mentors = people("a0", "a1", "a2", side=category(["senior", "junior", "junior"]))
    mentees = people("b0", "b1", "b2", "b3", side=category(["junior", "senior", "junior", "senior"]))
    who = People(mentors, mentees, not_below)
    earlier = Changes((("a1", "b1"), ("a1", "b3"), ("a2", "b1"), ("a2", "b3")), most=0)
    assert counted(earlier, Teaching("Forth", "junior"), who) == [[0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1]]
