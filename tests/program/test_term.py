"""A programme's term: read and kept as it was written, meetings spread evenly over it, calendars that others read."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import icalendar
import pandas as pd
import pytest
from exports import PLAIN, Export
from hypothesis import given, settings
from hypothesis import strategies as st

import rmatch
from rmatch import Program
from rmatch.api.folder import not_written, write_folder
from rmatch.limits import Lock
from rmatch.output.ics import calendar_of
from rmatch.schema.term import ProgramTerm, meeting_windows

TERM = {"start": "2026-03-02", "end": "2026-08-30", "meetings": 6}


@st.composite
def terms(draw: st.DrawFn) -> ProgramTerm:
    start = draw(st.dates(date(1970, 1, 1), date(2999, 12, 30)))
    days = draw(st.integers(1, min(800, (date(2999, 12, 31) - start).days)))
    meetings = draw(st.integers(1, days + 1))
    return ProgramTerm(
        start=start, end=start + timedelta(days), meetings=meetings, minutes=draw(st.sampled_from([30, 60, 300]))
    )


# ---------------------------------------------------------------- the term of a program


@given(terms())
def test_a_term_survives_every_way_in_and_out(term: ProgramTerm) -> None:
    import tomllib

    program = Program(term=term)
    assert Program.model_validate(program.to_dict()) == program
    assert Program.model_validate(json.loads(json.dumps(program.to_dict()))) == program
    assert Program.model_validate(tomllib.loads(program.to_toml())) == program
    assert program.to_toml() == Program.model_validate(tomllib.loads(program.to_toml())).to_toml()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.toml", "[term]\nstart = 2026-03-02\nend = 2026-08-30\nmeetings = 6\n"),
        ("p.toml", '[term]\nstart = "2026-03-02"\nend = "2026-08-30"\nmeetings = 6\nminutes = 60\n'),
        ("p.json", json.dumps({"term": TERM})),
    ],
)
def test_a_file_gives_the_days_as_such_or_as_text(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    term = Program.from_file(tmp_path / name).term
    assert term == ProgramTerm(start=date(2026, 3, 2), end=date(2026, 8, 30), meetings=6, minutes=60)


def test_a_program_without_a_term_is_written_as_before() -> None:
    assert "term" not in Program().to_dict()
    assert "term" not in Program().to_toml()
    assert Program().term is None


def test_the_schema_knows_the_term() -> None:
    schema = Program.model_json_schema()
    found = schema["$defs"]["ProgramTerm"]
    assert set(found["properties"]) == {"start", "end", "meetings", "minutes"}
    assert (found["required"], found["properties"]["start"]["format"]) == (["start", "end", "meetings"], "date")
    assert {"$ref": "#/$defs/ProgramTerm"} in schema["properties"]["term"]["anyOf"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"end": "2026-03-02"}, "`end` must come after `start`"),
        ({"end": "2026-03-01"}, "2026-03-01 does not come after 2026-03-02"),
        ({"end": "2026-03-04", "meetings": 4}, "4 meetings do not fit into 3 days"),
        ({"start": "March"}, r"`term.start`.*written as 2026-03-01, not 'March'"),
        ({"start": "2026-02-30"}, "`term.start`"),
        ({"start": 20260302}, "without a time, not 20260302"),
        ({"start": datetime(2026, 3, 2, 9)}, "without a time"),
        ({"start": "0001-01-01"}, "`term.start`.*1970"),
        ({"end": "9999-12-31"}, "`term.end`.*2999"),
        ({"meetings": 0}, "`term.meetings`.*not 0"),
        ({"meetings": True}, "`term.meetings`.*not True"),
        ({"meetings": 2.0}, "`term.meetings`.*not 2.0"),
        ({"meetings": "six"}, "`term.meetings`.*not 'six'"),
        ({"minutes": 0}, "`term.minutes`.*not 0"),
        ({"minutes": 1441}, "`term.minutes`.*not 1441"),
        ({"meeting": 3}, "unknown key `term.meeting`. Did you mean 'meetings'"),
    ],
)
def test_a_bad_term_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=words):
        Program.model_validate({"term": TERM | change})


def test_what_is_missing_or_no_term_at_all_is_named() -> None:
    with pytest.raises(rmatch.ProgramError, match=r"`term.meetings` is missing$"):
        Program.model_validate({"term": {"start": "2026-03-02", "end": "2026-08-30"}})
    with pytest.raises(rmatch.ProgramError, match=r"unknown key `term.from`"):  # and so `start` is missing
        Program.model_validate({"term": {"from": "2026-03-02", "end": "2026-08-30", "meetings": 6}})
    with pytest.raises(rmatch.ProgramError, match="`term`"):
        Program.model_validate({"term": "spring"})
    with pytest.raises(rmatch.ProgramError, match=r"unknown key `trem`. Did you mean 'term'"):
        Program.model_validate({"trem": TERM})


def test_the_term_stays_with_the_plan_and_with_what_is_solved_again(tmp_path: Path) -> None:
    roster = rmatch.from_frame(Export(3, 4, 4, PLAIN).frame())
    matching = rmatch.match(roster, Program(term=TERM))
    assert matching.program.term == ProgramTerm.model_validate(TERM)
    assert matching.solve_again(limits=(Lock(()),)).program.term == matching.program.term
    assert matching.value_first().program.seed == matching.program.seed
    matching.save(tmp_path / "plan.json")
    assert rmatch.load(tmp_path / "plan.json").program == matching.program
    plain = rmatch.match(roster)
    assert plain.pairs.equals(matching.pairs), "a term says when, not who"
    assert plain.program == matching.program.model_copy(update={"term": None})


# ---------------------------------------------------------------- when the meetings are


@given(terms())
def test_the_windows_part_the_term_evenly_and_the_first_opens_it(term: ProgramTerm) -> None:
    windows = meeting_windows(term)
    assert len(windows) == term.meetings
    assert (windows[0][0], windows[-1][1]) == (term.start, term.end)
    assert all(two - one == timedelta(1) for (_, one), (two, _) in pairwise(windows))
    lengths = {(last - first).days + 1 for first, last in windows}
    assert min(lengths) >= 1
    assert max(lengths) - min(lengths) <= 1


def test_six_meetings_of_half_a_year_are_a_month_apart() -> None:
    windows = meeting_windows(ProgramTerm.model_validate(TERM))
    assert [str(first) for first, _ in windows] == [
        "2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-07-31",
    ]  # fmt: skip


# ---------------------------------------------------------------- calendars

PEOPLE = pd.DataFrame(
    {
        "employee_id": ["a1", "a2", "b1", "b2"],
        "name": ["Ann, O'Neil; \\x", "Ben\nBCC:x", "Dea\x01 \u202e😀", "Eve"],
        "role": ["mentor", "mentor", "mentee", "mentee"],
        "skills_offered": ["SQL", "Figma", "", ""],
        "skills_wanted": ["", "", "SQL", "Figma"],
        "availability": ["Wed 10:00-10:30; Thu 14:00-16:00", "Mon 09:00-10:00", "Wed 10:00-11:00; Thu 15:00-16:00", ""],
    }
)


def matched(people: pd.DataFrame = PEOPLE, **term: Any) -> rmatch.Matching:
    program = Program(term=TERM | term, rules=())
    return rmatch.match(rmatch.from_frame(people, program=program), program)


def events(data: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(data).walk("VEVENT"))


def spans(data: bytes) -> list[tuple[Any, Any]]:
    return [(event.decoded("dtstart"), event.decoded("dtend")) for event in events(data)]


def test_the_programme_s_calendar_has_its_term_and_a_week_for_each_meeting(tmp_path: Path) -> None:
    matching = matched()
    matching.to_ics(tmp_path / "calendar.ics")
    data = (tmp_path / "calendar.ics").read_bytes()
    begin, *meetings, end = spans(data)
    assert begin == (date(2026, 3, 2), date(2026, 3, 3))
    assert end == (date(2026, 8, 30), date(2026, 8, 31))
    windows = meeting_windows(ProgramTerm.model_validate(TERM))
    assert [first for first, _ in meetings] == [first for first, _ in windows]
    assert {after - first for first, after in meetings} == {timedelta(7)}
    for person in ("(a1)", "Ann", "(b1)", "Eve"):
        assert person.encode() not in data


@pytest.mark.slow
@settings(max_examples=10)
@given(terms())
def test_any_term_makes_a_calendar_that_is_read_back_within_it(term: ProgramTerm) -> None:
    matching = replace(matched())
    matching.__dict__["model"] = replace(matching.model, program=matching.program.model_copy(update={"term": term}))
    after = term.end + timedelta(1)
    programme = calendar_of(matching, None, None)
    for first, last in spans(programme):
        assert term.start <= first < last <= after
    pair = calendar_of(matching, "a1", "b1")
    whole = datetime.combine(term.start, datetime.min.time(), UTC), datetime.combine(after, datetime.min.time(), UTC)
    for first, last in spans(pair):
        if isinstance(first, datetime):
            assert whole[0] <= first < last <= whole[1]
            assert last - first <= timedelta(minutes=term.minutes)
        else:
            assert term.start <= first < last <= after
    assert len(events(pair)) == term.meetings
    ids = [str(event["uid"]) for event in [*events(programme), *events(pair)]]
    assert len(set(ids)) == len(ids)
    assert calendar_of(matching, "a1", "b1") == pair


def test_a_pair_meets_at_the_first_shared_time_that_is_long_enough() -> None:
    first, last = spans(calendar_of(matched(), "a1", "b1"))[0]
    assert (first, last) == (datetime(2026, 3, 5, 15, tzinfo=UTC), datetime(2026, 3, 5, 16, tzinfo=UTC))
    first, last = spans(calendar_of(matched(minutes=30), "a1", "b1"))[0]
    assert (first, last) == (datetime(2026, 3, 4, 10, tzinfo=UTC), datetime(2026, 3, 4, 10, 30, tzinfo=UTC))
    first, last = spans(calendar_of(matched(minutes=240), "a1", "b1"))[0]
    assert last - first == timedelta(minutes=60), "the longest time that is too short is better than none"


def test_a_pair_without_a_shared_time_is_told_to_agree_one() -> None:
    for people in (PEOPLE, PEOPLE.drop(columns="availability")):
        found = events(calendar_of(matched(people), "a2", "b2"))
        assert {event.decoded("dtend") - event.decoded("dtstart") for event in found} == {timedelta(7)}
        assert all("Agree a time" in str(event["description"]) for event in found)


def test_a_weekly_time_outside_a_short_window_is_not_used() -> None:
    found = spans(calendar_of(matched(start="2026-03-02", end="2026-03-05", meetings=4), "a1", "b1"))
    assert [isinstance(first, datetime) for first, _ in found] == [False, False, False, True]


def test_names_and_ids_of_that_pair_alone_are_said_and_cannot_act() -> None:
    matching = matched()
    data = calendar_of(matching, "a1", "b1")
    (event, *_) = events(data)
    assert str(event["summary"]).startswith("Reverse mentoring: Ann, O'Neil; \\x (a1) and Dea \u202e😀 (b1)")
    for other in ("(a2)", "Ben", "(b2)", "Eve", "score", "0.", "SQL"):
        assert other.encode() not in data
    lines = calendar_of(matching, "a2", "b2").split(b"\r\n")
    assert not any(line.startswith(b"BCC") for line in lines)
    assert all(len(line) <= 75 for line in lines)
    assert not any(byte < 32 for line in lines for byte in line)


def test_who_is_no_pair_and_what_is_missing_is_named(tmp_path: Path) -> None:
    matching = matched()
    cases: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: matching.to_ics(tmp_path / "x", "a1", "b2"), rmatch.RmatchError, r"\(a1\) → Eve \(b2\) is no pair"),
        (lambda: matching.to_ics(tmp_path / "x", "a1", "zz"), rmatch.RmatchError, "no mentee has the id 'zz'"),
        (lambda: matching.to_ics(tmp_path / "x", "a1"), rmatch.RmatchError, "both ids"),
        (lambda: matching.to_ics(tmp_path / "x", mentee_id="b1"), rmatch.RmatchError, "both ids"),
        (lambda: matching.to_ics(tmp_path / "no" / "x"), rmatch.OutputError, "cannot be written"),
    ]
    for call, kind, words in cases:
        with pytest.raises(kind, match=words):
            call()
    plain = rmatch.match(rmatch.from_frame(PEOPLE), Program(rules=()))
    with pytest.raises(rmatch.ProgramError, match=r"no term; add \[term\]"):
        plain.to_ics(tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_loaded_plan_gives_the_programme_s_calendar_and_with_people_a_pair_s(tmp_path: Path) -> None:
    matching = matched()
    matching.save(tmp_path / "plan.json")
    loaded = rmatch.load(tmp_path / "plan.json")
    assert calendar_of(loaded, None, None) == calendar_of(matching, None, None)
    with pytest.raises(rmatch.RmatchError, match="needs the people"):
        loaded.to_ics(tmp_path / "x.ics", "a1", "b1")
    program = loaded.program
    again = rmatch.load(tmp_path / "plan.json", rmatch.from_frame(PEOPLE, program=program))
    again.to_ics(tmp_path / "x.ics", "a1", "b1")
    assert (tmp_path / "x.ics").read_bytes() == calendar_of(matching, "a1", "b1")


@pytest.mark.slow
def test_a_result_has_a_calendar_where_the_program_has_a_term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = rmatch.from_frame(PEOPLE)
    with_term, plain = matched(), rmatch.match(roster, Program(rules=()))
    assert "calendar.ics" in write_folder(with_term, tmp_path / "plan")
    assert (tmp_path / "plan" / "calendar.ics").read_bytes() == calendar_of(with_term, None, None)
    assert "calendar.ics" not in write_folder(plain, tmp_path / "plan")
    assert not (tmp_path / "plan" / "calendar.ics").exists(), "the calendar of the earlier plan is gone"
    assert "no [term]" in not_written(plain)["calendar.ics"]
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "icalendar":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("rmatch.api.folder.find_spec", lambda name: None if name == "icalendar" else object())
    with pytest.raises(rmatch.RmatchError, match=r'pip install "\.\[calendar\]"'):
        with_term.to_ics(tmp_path / "x.ics")
    assert "calendar.ics" not in write_folder(with_term, tmp_path / "plan")
