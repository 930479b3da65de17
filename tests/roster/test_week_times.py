"""Weekly times as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.roster.weektimes import CLEAR, day_words, intervals

DAY = 1440


def spans(days: str, *hours: tuple[float, float]) -> list[tuple[int, int]]:
    return [(int(d) * DAY + int(a * 60), int(d) * DAY + int(b * 60)) for d in days for a, b in hours]


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("Mon 9am-11am", spans("0", (9, 11))),
        ("Mon 9-11am", spans("0", (9, 11))),
        ("Mon 11-1pm", spans("0", (11, 13))),
        ("Tue 9am-5", spans("1", (9, 17))),
        ("tues 2 - 4 p.m.", spans("1", (14, 16))),
        ("Wed 12pm-1pm", spans("2", (12, 13))),
        ("Sun 10pm-12am", spans("6", (22, 24))),
        ("Mon, Tue 09:00-11:00", spans("01", (9, 11))),
        ("Mon/Wed/Fri 8:30-9:30", spans("024", (8.5, 9.5))),
        ("Mondays and Thursdays, 2pm to 4pm", spans("03", (14, 16))),
        ("Monday: 9:00–10:00, 14:00–15:00", spans("0", (9, 10), (14, 15))),
        ("Mon 9-10, Tue 11-12", spans("0", (9, 10)) + spans("1", (11, 12))),
        ("9-11 Mon & Wed", spans("02", (9, 11))),
        ("weekdays 12 noon - 1pm", spans("01234", (12, 13))),
        ("Mon to Wed 9-10", spans("012", (9, 10))),
        ("Montag und Mittwoch 9-11 Uhr", spans("02", (9, 11))),
        ("dienstags von 14 bis 16 Uhr", spans("1", (14, 16))),
        ("lundi 9h-11h30", spans("0", (9, 11.5))),
        ("mercredi et jeudi de 14h à 16h", spans("23", (14, 16))),
        ("miércoles y sábado 10:00-12:00", spans("25", (10, 12))),
        ("woensdag 9:00 tot 10:00 uur", None),
        ("zaterdag 9.00-10.30 u", spans("5", (9, 10.5))),
        ("Mon", None),
        ("mornings", None),
        ("Mon 5-3", None),
        ("Mon 13pm-2pm", None),
        ("Mon 9-11 or so", None),
        ("9-11", None),
    ],
)
def test_a_time_is_read_as_people_mean_it(piece: str, expected: list[tuple[int, int]] | None) -> None:
    found = intervals(piece)
    assert (None if found is None else sorted(found)) == (None if expected is None else sorted(expected))


def test_a_word_that_languages_share_is_settled_by_the_others() -> None:
    assert "ma" not in CLEAR
    assert day_words(["ma 9-11"]) == CLEAR
    assert day_words(["ma 9-11", "woensdag 9-10"])["ma"] == 0
    assert day_words(["ma 9-11", "mercredi 9-10"])["ma"] == 1


@given(st.text(max_size=40))
def test_any_text_is_times_within_the_week_or_none(text: str) -> None:
    found = intervals(text)
    assert found is None or all(0 <= start < end <= 7 * DAY and end - start <= DAY for start, end in found)


@pytest.mark.parametrize("split", [None, ",", ";"])
def test_days_with_commas_are_days_whatever_separates_the_answers(split: str | None) -> None:
    columns = {"availability": {"split": split}} if split else {}
    program = rmatch.Program.model_validate({"columns": columns})
    record = {"employee_id": "1", "role": "mentor", "availability": "Mon, Tue 9:00-10:00", "timezone": "UTC"}
    roster = rmatch.from_records([record], program=program)
    assert roster.mentors["availability"].item() == "Mon 09:00; Mon 09:30; Tue 09:00; Tue 09:30"
    assert roster.issues[roster.issues["severity"] == "warning"].empty


def test_a_word_for_a_time_asks_to_be_told() -> None:
    record = {"employee_id": "1", "role": "mentor", "availability": "mornings", "timezone": "UTC"}
    issues = rmatch.from_records([record]).issues
    assert issues["remedy"].str.contains("values = { mornings").any()
