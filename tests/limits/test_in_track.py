"""A limit in a track counts the pairs of the track, as who teaches and who learns in it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from strategies import category, people

from rmatch.columns import BoolArray, IntArray
from rmatch.limits import (
    Capacity,
    Changes,
    Circles,
    Group,
    Limit,
    Lock,
    Representative,
    Share,
    Spread,
    TotalPairs,
)
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


TRACKS = tuple(Teaching("Of One", side, mutual) for side in ("junior", "senior") for mutual in (False, True))
"""Juniors teach, or seniors, in some of the pairs or in all of them."""


SIDES = ["junior", "senior", "junior"], ["senior", "senior", "junior", "senior"]
"""Of the mentors and of the mentees of the plan."""


def everybody() -> People:
    """Three mentors and four mentees of two teams, one of them of none."""
    mentors = people(
        *("a0", "a1", "a2"),
        side=category(SIDES[0]),
        team=category(["red", "blue", "blue"]),
    )
    mentees = people(
        *("b0", "b1", "b2", "b3"),
        side=category(SIDES[1]),
        team=category(["blue", "red", "red", ""]),
    )
    return People(mentors, mentees, lambda i, j: np.ones(np.broadcast(i, j).shape, bool))


def those_of(track: Teaching, who: People) -> tuple[list[int], list[int]]:
    """The mentors and the mentees of the plan whose pairs are in the track, from its words alone."""
    if track.mutual:
        return [*range(who.shape[0])], [*range(who.shape[1])]
    return (
        [k for k, side in enumerate(SIDES[0]) if side == track.side],
        [k for k, side in enumerate(SIDES[1]) if side != track.side],
    )


def lawful(track: Teaching) -> BoolArray:
    """The pairs that a plan may have: those of a junior and a senior, unless every pair is mutual."""
    one, other = np.array(SIDES[0]), np.array(SIDES[1])
    return np.full((len(one), len(other)), track.mutual) | (one[:, None] != other)


def alone(track: Teaching, who: People) -> People:
    """Those who teach and those who learn in the track, as a programme of it has them."""
    one, other = (
        table.take(np.array(some)) for table, some in zip((who.mentors, who.mentees), those_of(track, who), strict=True)
    )
    return People(*((other, one) if track.turned else (one, other)), who.eligible)


def in_it(track: Teaching, who: People, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
    """The pairs of the track, by the places of who teaches and of who learns among those of the track."""
    one, other = those_of(track, who)
    own = [
        (one.index(a), other.index(b)) for a, b in zip(i.tolist(), j.tolist(), strict=True) if a in one and b in other
    ]
    places = np.array([pair[::-1] if track.turned else pair for pair in own], np.int64).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def kinds_of(track: Teaching, who: People) -> tuple[Limit, ...]:
    """Limits of every kind on the pairs of a track."""
    own = alone(track, who)
    first, last = ((str(own.mentors.ids[k]), str(own.mentees.ids[k])) for k in (0, -1))
    return (
        TotalPairs(1, 2),
        Capacity(mentors=2),
        Capacity(mentees=1),
        Group("mentor", "team", most=1),
        Group("mentee", "team", most=1),
        Spread("mentor", "team"),
        Spread("mentee", "team"),
        Share("team", least=0.5),
        Circles(2, 3),
        Lock((first, last) if first != last else (first,)),
        Changes((first, last) if first != last else (first,), most=0),
        Representative(2, "team", "mentor"),
        Representative(2, "team", "mentee"),
    )


@pytest.mark.parametrize("track", TRACKS, ids=repr)
def test_a_limit_says_of_a_track_what_it_says_of_a_programme_of_it(track: Teaching) -> None:
    """Its rows, its figure and whom it has reached, in a hundred plans; nobody else breaks it."""
    who, draw = everybody(), np.random.default_rng(0)
    own, (one, other) = alone(track, who), those_of(track, who)
    for limit in kinds_of(track, who):
        led, inner = limit_in_track(limit, track), limit.rows(own)
        rows = led.rows(who)
        assert [row.name for row in rows] == [f"of_one_{row.name}" for row in inner]
        for _ in range(100):
            i, j = np.nonzero(lawful(track) & (draw.random(who.shape) < draw.random()))
            a, b = in_it(track, who, i, j)
            for row, alike in zip(rows, inner, strict=True):
                broken = row.broken(row.sums(i, j, who.shape), who.shape)
                expected = alike.broken(alike.sums(a, b, own.shape), own.shape)
                if row.each is None:
                    assert broken.tolist() == expected.tolist()
                    continue
                assert row.each == (
                    alike.each if not track.turned else {"mentor": "mentee"}.get(str(alike.each), "mentor")
                )
                here = one if row.each == "mentor" else other
                assert broken[here].tolist() == expected.tolist()
                assert not np.delete(broken, here).any()
            assert led.figure(who, i, j) == limit.figure(own, a, b)
            reached = [(side, some.tolist(), said) for side, some, said in limit.reached(own, a, b)]
            turned = {"mentor": "mentee", "mentee": "mentor"} if track.turned else {}
            assert [(side, some.tolist(), said) for side, some, said in led.reached(who, i, j)] == [
                (plan := turned.get(side, side), [(one if plan == "mentor" else other)[k] for k in some], said)
                for side, some, said in reached
            ]


@pytest.mark.parametrize("track", TRACKS, ids=repr)
def test_what_is_true_of_a_limit_is_true_of_it_in_a_track(track: Teaching) -> None:
    who = everybody()
    own = alone(track, who)
    for limit in kinds_of(track, who):
        led = limit_in_track(limit, track)
        for word in ("plain", "caps", "in_circles", "of_last_plan"):
            assert getattr(led, word) == getattr(limit, word)
        assert led.label == f"{limit.label} of Of One"
        assert led.fixed_pairs == tuple(pair[::-1] if track.turned else pair for pair in limit.fixed_pairs)
        assert [*led.by_value(who.mentors, who.mentees)] == [
            limit_in_track(each, track) for each in limit.by_value(own.mentors, own.mentees)
        ]
        twice = limit.for_rounds(2)
        assert led.for_rounds(2) == (None if twice is None else limit_in_track(twice, track))


@pytest.mark.parametrize("track", TRACKS, ids=repr)
@pytest.mark.parametrize("limit", [Capacity(mentors=2, mentees=3), Capacity(mentors=2), Capacity(mentees=3)], ids=repr)
def test_a_capacity_of_a_track_is_that_of_its_people(limit: Capacity, track: Teaching) -> None:
    """Of who teaches in it and of who learns in it, on either side of the plan."""
    who = everybody()
    tables, most = (who.mentors, who.mentees), (limit.mentors, limit.mentees)
    for side, table, here, number in zip(
        ("mentor", "mentee"), tables, those_of(track, who), most[::-1] if track.turned else most, strict=True
    ):
        granted = limit_in_track(limit, track).granted(side, table)  # type: ignore[arg-type]
        if number is None:
            assert granted is None
        else:
            assert granted is not None
            assert granted.tolist() == [number if k in here else math.inf for k in range(len(table.ids))]
