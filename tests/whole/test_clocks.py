"""A programme in several time zones, whose clocks are put forward and back on different days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmatch
from rmatch import Program
from rmatch.columns import Items
from rmatch.criteria import covered
from rmatch.limits import Lock
from rmatch.output.ics import calendar_of
from rmatch.output.report import View, report_html
from rmatch.rules import Shares, TimeZoneDistance

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Sao_Paulo", "Asia/Kolkata",
         "Asia/Kathmandu", "Europe/London", "Australia/Lord_Howe", "America/Santiago", "UTC")  # fmt: skip
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = 7 * 24 * 60
Span = tuple[int, int]


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Times of the week, in minutes, mostly within working hours."""
    found = []
    for day in draw(st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True)):
        begin = draw(st.integers(0, 90)) * 15
        found.append((day * 1440 + begin, day * 1440 + min(begin + draw(st.integers(1, 24)) * 15, 1440)))
    return found


def written(some: list[Span]) -> str:
    clock = [(begin // 1440, begin % 1440, end - begin // 1440 * 1440) for begin, end in some]
    return "; ".join(f"{DAYS[d]} {b // 60:02d}:{b % 60:02d}-{e // 60:02d}:{e % 60:02d}" for d, b, e in clock)


@st.composite
def programmes(draw: st.DrawFn) -> tuple[pd.DataFrame, Program]:
    """A few people in a few places, and a term of some weeks or months."""
    rows = []
    for side, role in (("a", "mentor"), ("b", "mentee")):
        for k in range(draw(st.integers(1, 4))):
            row = {"employee_id": f"{side}{k}", "role": role, "timezone": draw(st.sampled_from(ZONES))}
            rows.append(row | {"availability": written(draw(spans())), "capacity": draw(st.sampled_from("123"))})
    start = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    days = draw(st.integers(1, 330))
    term = {"start": start, "end": start + timedelta(days), "meetings": draw(st.integers(1, min(days, 12)))}
    return pd.DataFrame(rows), Program.model_validate({"term": term | {"minutes": draw(st.sampled_from([30, 60, 90]))}})


def free(times: str) -> list[Span]:
    """The minutes of two weeks, joined where one time begins as another ends."""
    found: list[list[int]] = []
    read = [(DAYS.index(piece[:3]) * 1440, *(int(t[:2]) * 60 + int(t[3:]) for t in piece[4:].split("-")))
            for piece in times.split("; ")]  # fmt: skip
    for begin, end in sorted((day + b + past, day + e + past) for day, b, e in read for past in (0, WEEK)):
        if found and begin <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([begin, end])
    return [(begin, end) for begin, end in found]


def is_free(times: str, zone: str, begin: datetime, end: datetime) -> bool:
    """Whether somebody who wrote these times has time from one moment to another, on the clock of the wall."""
    local = [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in (begin, end)]
    at = local[0].weekday() * 1440 + local[0].hour * 60 + local[0].minute
    return any(b <= at and at + (local[1] - local[0]) / timedelta(minutes=1) <= e for b, e in free(times))


def matched(frame: pd.DataFrame, program: Program, *rules: Any) -> rmatch.Matching:
    whole = program.model_copy(update={"rules": rules})
    frame = frame.assign(department="x")
    return rmatch.match(rmatch.from_frame(frame, program=whole), whole)


def cards(matching: rmatch.Matching) -> str:
    return str(report_html(matching, View.PARTICIPANT))


def meetings(matching: rmatch.Matching) -> Iterator[tuple[str, str, list[tuple[datetime, datetime]]]]:
    """Each pair and the meetings of its calendar that have an hour, as icalendar reads them."""
    for mentor, mentee in matching.pair_ids:
        events = icalendar.Calendar.from_ical(calendar_of(matching, mentor, mentee)).walk("VEVENT")
        decoded = [(event.decoded("dtstart"), event.decoded("dtend")) for event in events]
        assert matching.program.term is not None
        assert len(decoded) == matching.program.term.meetings
        yield mentor, mentee, [(a.astimezone(UTC), b.astimezone(UTC)) for a, b in decoded if isinstance(a, datetime)]


@settings(max_examples=40)
@given(programmes())
def test_every_meeting_is_at_an_hour_that_both_gave_and_nobody_is_in_two(case: tuple[pd.DataFrame, Program]) -> None:
    frame, program = case
    matching = matched(frame, program)
    people = frame.set_index("employee_id")
    busy: dict[str, list[tuple[datetime, datetime]]] = {}
    for mentor, mentee, events in meetings(matching):
        for begin, end in events:
            for person in (mentor, mentee):
                assert is_free(people["availability"][person], people["timezone"][person], begin, end)
                assert all(end <= other[0] or other[1] <= begin for other in busy.setdefault(person, []))
        for person in (mentor, mentee):
            busy.setdefault(person, []).extend(events)


@pytest.mark.trials
@settings(max_examples=60)
@given(programmes())
def test_a_half_hour_counts_when_it_holds_on_every_day_of_the_term(case: tuple[pd.DataFrame, Program]) -> None:
    frame, program = case
    model = matched(frame, program).model
    people, term = frame.set_index("employee_id"), program.term
    assert term is not None
    noons = [datetime(term.start.year, term.start.month, term.start.day, 12, tzinfo=UTC) + timedelta(k)
             for k in range(term.days)]  # fmt: skip

    def ahead(person: str) -> list[int]:
        zone = ZoneInfo(people["timezone"][person])
        return [round((noon.astimezone(zone).utcoffset() or timedelta()) / timedelta(minutes=1)) for noon in noons]

    def within(person: str, begin: int) -> bool:
        some = free(people["availability"][person])
        return any(b <= begin % WEEK + past and begin % WEEK + past + 30 <= e for b, e in some for past in (0, WEEK))

    a, b = model.mentors["availability"], model.mentees["availability"]
    assert isinstance(a, Items)
    for i, mentor in enumerate(model.mentors.ids):
        for j, mentee in enumerate(model.mentees.ids):
            apart = {x - y for x, y in zip(ahead(mentor), ahead(mentee), strict=True)}
            expected = [
                h for h in range(336) if within(mentee, h * 30) and all(within(mentor, h * 30 + d) for d in apart)
            ]
            assert len(covered(a, b, np.array([i]), np.array([j]))[0]) == len(expected)


def test_berlin_and_new_york_through_both_changes_of_the_clocks() -> None:
    frame = pd.DataFrame(
        {
            "employee_id": ["a1", "a2", "b1", "b2"],
            "role": ["mentor", "mentor", "mentee", "mentee"],
            "timezone": ["Europe/Berlin", "Berlin", "America/New_York", "Eastern Time"],
            "availability": ["Mon 15:00-17:00", "Tue 15:00-16:00", "Mon 09:00-11:00", "Tue 09:00-10:00"],
        }
    )
    program = Program.model_validate({"term": {"start": "2026-03-02", "end": "2026-11-29", "meetings": 39}})
    couples = program.model_copy(update={"limits": (Lock((("a1", "b1"), ("a2", "b2"))),)})
    matching = matched(frame, couples)
    slots = dict(zip(matching.pairs["mentee_id"], matching.pairs["slot"], strict=True))
    assert slots["b1"] == (
        "mentor: Mon 16:00-17:00 Europe/Berlin; from Mon 15:00-16:00 in the weeks of 2026-03-09, 2026-03-16, "
        "2026-03-23 and 2026-10-26. Mentee: Mon 10:00-11:00 America/New_York"
    )
    assert slots["b2"].endswith("not in the weeks of 2026-03-10, 2026-03-17, 2026-03-24 and 2026-10-27"), (
        "the weeks are named"
    )
    found = {mentee: events for _, mentee, events in meetings(matching)}
    assert len(found["b1"]) == 39
    assert {begin.astimezone(ZoneInfo("America/New_York")).strftime("%a %H:%M") for begin, _ in found["b1"]} == {
        "Mon 10:00"
    }
    assert {begin.astimezone(ZoneInfo("Europe/Berlin")).strftime("%a %H:%M") for begin, _ in found["b1"]} == {
        "Mon 15:00", "Mon 16:00"
    }  # fmt: skip
    assert len(found["b2"]) == 35
    assert "1 pair has a weekly meeting that does not hold in every week; the column `slot` names" in matching.summary()
    held = matched(frame, program, Shares("availability", 2))
    assert held.pair_ids == [("a1", "b1")], "what holds in some weeks only is no time in common"


def test_cards_without_a_term_show_all_times_in_common_on_people_s_own_clocks() -> None:
    frame = pd.DataFrame(
        {
            "employee_id": ["a1", "b1"],
            "role": ["mentor", "mentee"],
            "timezone": ["Europe/Berlin", "America/New_York"],
            "availability": ["Mon 15:00-17:00", "Mon 08:00-10:30"],
        }
    )
    page = cards(matched(frame, Program()))
    assert "Mentor: Mon 15:00-16:30 Europe/Berlin" in page
    assert "Mentee: Mon 09:00-10:30 America/New_York" in page
    assert "Mentor: Mon" not in cards(
        matched(frame.assign(timezone="Europe/Berlin", availability="Mon 9-10"), Program())
    )
    assert "Both are free" not in cards(matched(frame.drop(columns="availability"), Program()))


def test_who_has_no_meeting_is_named() -> None:
    frame = pd.DataFrame(
        {
            "employee_id": ["a1", "b1", "b2", "b3"],
            "role": ["mentor", "mentee", "mentee", "mentee"],
            "timezone": "Asia/Kathmandu",
            "availability": ["Mon 09:15-10:15", "Mon 09:00-11:00", "Mon 09:15-10:15", "Tue 09:00-10:00"],
            "capacity": ["3", "", "", ""],
        }
    )
    matching = matched(
        frame, Program.model_validate({"term": {"start": "2026-03-02", "end": "2026-05-31", "meetings": 3}})
    )
    assert sorted(matching.pairs["slot"]) == ["", "", "Mon 09:15-10:15 Asia/Kathmandu"]
    assert "1 pair has no weekly meeting, for lack of a common time (a1 → b3)." in matching.summary()
    assert "because their other meetings take their common times" in matching.summary()
    assert "Mon 09:15-10:15 Asia/Kathmandu" in cards(matching)


# ---------------------------------------------------------------- names and distances


@pytest.mark.parametrize(
    ("word", "zone"),
    [
        ("Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("new york", "America/New_York"),
        ("São Paulo", "America/Sao_Paulo"), ("PST", "America/Los_Angeles"), ("EST", "America/New_York"),
        ("CEST", "Europe/Brussels"), ("GMT+1", "UTC+01:00"), ("UTC+05:30", "UTC+05:30"), ("UTC−5", "UTC-05:00"),
        ("+0530", "UTC+05:30"), ("UTC +5.5", "UTC+05:30"), ("GMT", "UTC"), ("Etc/GMT+1", "Etc/GMT+1"),
        ("W. Europe Standard Time", "Europe/Berlin"), ("Eastern Time", "America/New_York"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"), ("Pacific Time Zone", "America/Los_Angeles"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern", "Europe/Amsterdam"), ("UTC+1 (Berlin)", "Europe/Berlin"),
        ("CET/CEST", "Europe/Brussels"), ("India", "Asia/Kolkata"), ("London time", "Europe/London"),
    ],
)  # fmt: skip
def test_names_that_people_write_are_understood(word: str, zone: str) -> None:
    from rmatch.roster.zones import zone_of

    assert zone_of(word) == zone


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("CST", " It may be America/Chicago or Asia/Shanghai."),
        ("ist", " It may be Asia/Kolkata, Europe/Dublin or Asia/Jerusalem."),
        ("Berln", " Did you mean 'Europe/Berlin'?"),
        ("(UTC+09:00) Berlin", ""), ("(UTC) Nowhere", ""), ("UTC+15", ""), ("UTC+05:75", ""),
        ("Mars", ""), ("5", ""), ("foo)", ""),
        ("a/b", ""), ("x" * 200, ""),
    ],
)  # fmt: skip
def test_what_is_no_zone_or_several_is_refused_with_a_suggestion_that_is_right(word: str, hint: str) -> None:
    from rmatch.roster.zones import near, zone_of

    assert (zone_of(word), near(word)) == (None, hint)


def test_clocks_may_be_so_far_apart_on_no_day_of_the_term() -> None:
    zones = ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "", "Nowhere", "Asia/Kolkata"]
    both = pd.DataFrame(
        [
            {"employee_id": f"{role}{k}", "role": role, "timezone": zone, "department": "x"}
            for role in ("mentor", "mentee")
            for k, zone in enumerate([*zones, "Pacific/Honolulu"])
        ]
    )

    def fits(most: float, **term: Any) -> set[tuple[int, int]]:
        program = Program.model_validate({"term": term} if term else {}).model_copy(
            update={"rules": (TimeZoneDistance(most),)}
        )
        scores = rmatch.score_matrix(rmatch.from_frame(both, program=program), program).notna().to_numpy()
        return {(i, j) for i, j in np.argwhere(scores).tolist() if i < j}

    assert fits(6) == {(0, 1), (0, 5), (1, 2), (1, 6), (2, 6)}, "January: Auckland is an hour behind Honolulu"
    assert fits(5, start="2026-03-10", end="2026-03-20", meetings=1) >= {(0, 1)}, "both have not yet changed"
    assert (0, 1) not in fits(5, start="2026-03-10", end="2026-04-20", meetings=1)
    assert fits(0.5) == set()
    for most in (-1, 13, float("nan")):
        with pytest.raises(rmatch.ProgramError, match="from 0 to 12"):
            TimeZoneDistance(most)
    assert TimeZoneDistance(1).in_words() == "the clocks of the two are at most 1 hour apart"
