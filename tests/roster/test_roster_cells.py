"""What a cell means: labels, numbers, lists with levels, weekly times, and what is said where it means nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from given import Given
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.columns import Category, Column, Items, Number, fold
from rmatch.roster.numbers import bounds
from rmatch.roster.weekly import REFERENCE
from rmatch.roster.weektimes import DAYS, intervals
from rmatch.schema.person import Person


def columns(**given: dict[str, Any]) -> Given:
    return Given(columns=given)


def people(on_bad_rows: str = "skip", program: Given | None = None, **columns: list[str]) -> rmatch.Roster:
    """Mentors with these cells, one under the other."""
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"employee_id": [f"p{k}" for k in range(n)], "role": "mentor", **columns}, dtype=object)
    return rmatch.read_csv(
        io.StringIO(frame.to_csv(index=False, quoting=csv.QUOTE_ALL)),
        on_bad_rows=on_bad_rows,
        program=program,
        delimiter=",",  # type: ignore[arg-type]
    )


def column(name: str, cells: list[str], program: Given | None = None) -> Column:
    return people(program=program, **{name: cells}).tables()[0][name]


def told(roster: rmatch.Roster, severity: str) -> list[tuple[int, str, str]]:
    issues = roster.issues[roster.issues["severity"] == severity]
    return list(zip(issues["row"], issues["column"], issues["value"], strict=True))


# ---------------------------------------------------------------- labels


def test_categories_take_the_commonest_spelling_of_a_folded_label() -> None:
    found = column("department", ["Legal Affairs", "legal-affairs", "LEGAL AFFAIRS", "LEGAL AFFAIRS", "Ops", " "])
    assert isinstance(found, Category)
    assert list(found.labels) == ["LEGAL AFFAIRS", "Ops"]
    assert list(found.codes) == [0, 0, 0, 0, 1, -1]


def test_the_smallest_of_equally_common_spellings_is_taken() -> None:
    for order in (["ops", "Ops"], ["Ops", "ops"]):
        assert list(column("department", order).labels) == ["Ops"]  # type: ignore[union-attr]


@pytest.mark.parametrize("word", ["prefer not to say", "Prefer not to answer", "Rather not say", "Not disclosed", ""])
def test_an_answer_that_is_withheld_is_missing(word: str) -> None:
    for name in ("career_path", "gender"):
        assert list(column(name, [word, "x"]).missing) == [True, False]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_labels_are_the_same_where_their_keys_are(cells: list[str]) -> None:
    found = column("team", cells)
    assert isinstance(found, Category)
    assert list(found.keys) == sorted(set(found.keys))
    keys = [fold(cell.strip()) for cell in cells]
    read = [found.keys[code] if code >= 0 else "" for code in found.codes]
    assert all(mine == theirs or not theirs for mine, theirs in zip(keys, read, strict=True))


def test_what_is_shown_is_shown_as_written() -> None:
    roster = people(name=["  Ada  ", "ada"], email=["A@x", ""], job_title=["001", "1E5"])
    assert roster.mentors[["name", "email", "job_title"]].to_numpy().tolist() == [
        ["Ada", "A@x", "001"],
        ["ada", "", "1E5"],
    ]


@pytest.mark.parametrize(
    "cells", [["00123", "1"], ["1E5", "2"], ["NA", "1"], ["None", "1"], ["1" * 16, "1"], ["nan", "1"]]
)
def test_nothing_is_taken_for_a_number_that_is_none(cells: list[str]) -> None:
    assert list(column("badge", cells).cells()) == cells
    assert isinstance(column("badge", cells), Category)


def test_ids_stay_text() -> None:
    frame = io.StringIO("employee_id,role\n00123,mentor\n1E5,mentor\n1234567890123456789,mentor\nNA,mentor\n")
    assert list(rmatch.read_csv(frame).mentors.index) == ["00123", "1E5", "1234567890123456789", "NA"]


# ---------------------------------------------------------------- numbers


def test_counts_have_their_defaults_and_the_bounds_of_the_schema() -> None:
    roster = people(capacity=["", "2", "3.0", "0"], min_pairs=["", "1", "", ""])
    assert list(roster.mentors["capacity"]) == [1, 2, 3, 0]
    assert list(roster.mentors["min_pairs"]) == [0, 1, 0, 0]
    assert bounds("capacity") == (0, 1000)
    assert list(people(name=["x"]).mentors["capacity"]) == [1]


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["-1", "2.5", "1e3", "1,000", "1001", "9" * 30])
def test_a_count_that_is_none_rejects_the_row(cell: str) -> None:
    roster = people(capacity=[cell, "1"])
    assert told(roster, "error") == [(2, "capacity", cell)]
    assert list(roster.mentors.index) == ["p1"]
    with pytest.raises(rmatch.RosterError, match="no whole number from 0 to 1000"):
        people("raise", capacity=[cell, "1"])
    assert not valid(cell)


def valid(cell: str) -> bool:
    try:
        Person(employee_id="1", capacity=cell)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def test_more_pairs_than_room_rejects_the_row() -> None:
    assert told(people(min_pairs=["2", "1"], capacity=["1", "1"]), "error") == [(2, "min_pairs", "2")]
    assert told(people(min_pairs=["2", "1"], capacity=["2", "0"]), "error") == [(3, "min_pairs", "1")]


def test_who_wrote_no_capacity_may_be_given_one_by_the_program() -> None:
    frame = pd.DataFrame({"employee_id": list("abc"), "role": ["mentor", "mentee", "mentee"], "min_pairs": [2, 0, 0]})
    roster = rmatch.from_frame(frame)
    judged = rmatch.criteria.PairScores(frame=pd.DataFrame([[0.5, 0.5]], ["a"], ["b", "c"]))
    with pytest.raises(rmatch.InfeasibleError, match="a needs 2 pairs as one of the mentors but may have 1"):
        rmatch.match(roster, rmatch.Program(criteria=[judged], rules=[]))
    program = rmatch.Program(criteria=[judged], rules=[], limits=[rmatch.limits.Capacity(mentors=2)])
    assert len(rmatch.match(roster, program).pairs) == 2


def test_grades_are_whole_numbers_and_labels_are_told_once() -> None:
    roster = people(grade=["3", "-1", "4.0", "", "G7", "3.5", "G6"])
    assert np.array_equal(roster.mentors["grade"], [3, -1, 4, *[np.nan] * 4], equal_nan=True)
    assert told(roster, "warning") == [(6, "grade", "'3.5', 'G6', 'G7'")]
    assert "[columns.grade] order" in roster.issues.loc[0, "remedy"]


def test_a_declared_order_makes_labels_numbers() -> None:
    program = columns(grade={"order": ["AO", "Grade 7", "SCS1"], "na": ["n/k"]})
    roster = people(program=program, grade=["SCS1", "grade-7", "ao", "Chief", "N/K", ""])
    found = roster.tables()[0]["grade"]
    assert isinstance(found, Number)
    assert np.array_equal(found.values, [2, 1, 0, np.nan, np.nan, np.nan], equal_nan=True)
    assert list(roster.mentors["grade"]) == ["SCS1", "Grade 7", "AO", "", "", ""]
    assert told(roster, "warning") == [(5, "grade", "Chief")]
    with pytest.raises(rmatch.RosterError, match="names one label twice"):
        people(program=columns(grade={"order": ["Grade 7", "grade-7"]}), grade=["x"])


@pytest.mark.slow
@given(st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9), st.decimals(-(10**4), 10**4, places=3)), min_size=1))
def test_a_column_of_plain_numbers_is_numbers(values: list[Any]) -> None:
    found = column("score", ["" if v is None else str(v) for v in values])
    if all(v is None for v in values):
        assert found.missing.all()
    else:
        assert isinstance(found, Number)
        assert np.array_equal(found.values, [np.nan if v is None else float(v) for v in values], equal_nan=True)


def test_decimal_commas_are_read_where_they_cannot_be_thousands() -> None:
    roster = people(hours=["3,5", "4", ""])
    assert np.array_equal(roster.mentors["hours"], [3.5, 4, np.nan], equal_nan=True)
    assert "decimal comma" in roster.issues.loc[0, "reason"]
    roster = people(hours=["3,500", "4"])
    assert list(roster.mentors["hours"]) == ["3,500", "4"]
    assert told(roster, "warning") == [(2, "hours", "")]


# ---------------------------------------------------------------- lists


def items(cells: list[str], name: str = "skills_offered", program: Given | None = None) -> list[list[str]]:
    found = column(name, cells, program)
    assert isinstance(found, Items)
    assert (np.diff(found.start) >= 0).all()
    assert list(found.keys) == sorted(set(found.keys))
    return [found.of(k) for k in range(len(found))]


def test_lists_split_at_semicolons_bars_and_line_ends() -> None:
    assert items(["a;b", "a|e ; ", "b\nd\r\na", ";;", "", "C;C++;C#"]) == [
        *(["a", "b"], ["a", "e"], ["a", "b", "d"], [], []),
        ["C", "C#", "C++"],
    ]


def test_a_separator_of_the_program_s_is_the_only_one() -> None:
    assert items(["a, b;c", "d"], program=columns(skills_offered={"split": ","})) == [["a", "b;c"], ["d"]]
    assert items(["a and b"], program=columns(skills_offered={"split": " and "})) == [["a", "b"]]


def test_people_who_separate_items_in_several_ways_are_read_by_several_separators() -> None:
    several = columns(skills_offered={"split": [",", ";", " and "]})
    assert items(["a, b;c", "d|e and f", "['g, h', 'i']"], program=several) == [
        ["a", "b", "c"],
        ["d|e", "f"],
        ["g, h", "i"],
    ]
    for nothing in ([], [",", ""]):
        with pytest.raises(rmatch.ProgramError, match="split"):
            rmatch.Program(columns={"skills_offered": {"split": nothing}})


def test_commas_alone_give_one_warning_for_the_column() -> None:
    roster = people(skills_offered=["a, b", "c", "d, e; f", "g, h"])
    assert told(roster, "warning") == [(2, "skills_offered", "a, b")]
    assert "(1 more like it)" in roster.issues.loc[0, "reason"]
    assert 'split = [",", ";"]' in roster.issues.loc[0, "remedy"]  # semicolons go on to separate
    assert told(people(program=columns(goals={"split": ";"}), goals=["a, b"]), "warning") == []


@pytest.mark.parametrize("cell", ["['a', 'b, c']", '["a", "b, c"]', "[ 'a','b, c', ]", "['b, c', 'a', '']"])
def test_cells_written_as_lists_are_read_as_such(cell: str) -> None:
    assert items([cell]) == [["a", "b, c"]]
    roster = people(goals=[cell])
    assert told(roster, "info") == [(2, "goals", cell)]
    assert told(roster, "warning") == []


def test_brackets_that_are_no_list_are_text() -> None:
    assert items(["[a, b]", "[x", "['a' 'b']", "[]", "['it\\'s']"]) == [["[a, b]"], ["[x"], ["['a' 'b']"], [], ["it's"]]
    assert items(["[" * 10_000 + "]" * 10_000])[0][0].startswith("[[")


def test_levels_stand_beside_skills() -> None:
    found = column(
        "skills_offered", ["Python:4; SQL (2); Go : 5", "Python; python:3;PYTHON:2", "ISO:9001; HTML (9); x:"]
    )
    assert isinstance(found, Items)
    said = [[(label, int(level)) for label, level in zip(found.of(k), found.levels[a:b], strict=True)]
            for k, (a, b) in enumerate(zip(found.start, found.start[1:], strict=False))]  # fmt: skip
    assert said[0] == [("Go", 5), ("Python", 4), ("SQL", 2)]
    assert said[1] == [("Python", 3)]
    assert said[2] == [("HTML (9)", 0), ("ISO:9001", 0), ("x:", 0)]


def test_a_level_out_of_range_is_dropped_with_a_warning() -> None:
    roster = people(skills_offered=["Python:9; SQL:0", "Go:3"])
    assert told(roster, "warning") == [(2, "skills_offered", "Python:9; SQL:0")]
    assert list(roster.mentors["skills_offered"]) == ["Python; SQL", "Go:3"]


def test_only_skills_have_levels() -> None:
    assert items(["Lead:4", "Room (2)"], "goals") == [["Lead:4"], ["Room (2)"]]


@given(st.lists(st.lists(st.text("abC+#.- _ß", max_size=4), max_size=5), min_size=1, max_size=8))
def test_lists_hold_each_key_once_in_the_commonest_spelling(rows: list[list[str]]) -> None:
    found = column("goals", ["; ".join(row) for row in rows])
    assert isinstance(found, Items)
    wanted = [sorted({fold(x.strip()) for x in row if x.strip()}) for row in rows]
    assert [
        [str(found.keys[k]) for k in found.ids[a:b]] for a, b in zip(found.start, found.start[1:], strict=False)
    ] == wanted
    said = [x.strip() for row in rows for x in {x.strip() for x in row} if x.strip()]
    for label, key in zip(found.labels, found.keys, strict=True):
        spelled = [x for x in said if fold(x) == key]
        assert fold(str(label)) == key
        assert label == min(set(spelled), key=lambda x: (-_times(rows, x), x))


def _times(rows: list[list[str]], spelling: str) -> int:
    return sum(x.strip() == spelling for row in rows for x in row)


def test_a_column_of_one_s_own_is_a_list_where_the_program_says_so() -> None:
    assert items(["a,b"], "hobbies", columns(hobbies={"split": ","})) == [["a", "b"]]


# ---------------------------------------------------------------- times


def free(cell: str, zone: str = "UTC") -> list[str]:
    found = people(availability=[cell], timezone=[zone]).tables()[0]["availability"]
    assert isinstance(found, Items)
    return found.of(0)


def test_times_are_utc_half_hours_of_the_reference_week() -> None:
    assert REFERENCE.weekday() == 0
    assert free("Mon 09:00-10:30") == ["Mon 09:00", "Mon 09:30", "Mon 10:00"]
    assert free("Mon 09:00-10:00", "Europe/Berlin") == ["Mon 08:00", "Mon 08:30"]
    assert free("Mon 09:00-10:00", "America/New_York") == ["Mon 14:00", "Mon 14:30"]
    assert free("Sun 20:00-21:00", "America/New_York") == ["Mon 01:00", "Mon 01:30"]
    assert free("Mon 00:00-01:00", "Asia/Tokyo") == ["Sun 15:00", "Sun 15:30"]


def test_only_half_hours_that_lie_wholly_within_count() -> None:
    assert free("Tue 09:10-10:20") == ["Tue 09:30"]
    assert free("Tue 09:00-10:00", "Asia/Kathmandu") == ["Tue 03:30"]  # 5:45 ahead


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        *(("monday 9:00–10:00", 2), ("Mon. 9-10", 2), ("WED 22:00-24:00", 4), ("Mon-Wed 09:00-10:00", 6)),
        *(("Sat-Mon 09.00 - 10.00", 6), ("Mon 09:00-10:00; Mon 09:30-10:30", 3), ("", 0)),
    ],
)
def test_times_may_be_written_in_several_ways(cell: str, count: int) -> None:
    assert len(free(cell)) == count
    assert told(people(availability=[cell], timezone=["UTC"]), "warning") == []


@pytest.mark.parametrize(
    "piece", ["Mon", "Mon 10:00-09:00", "Mon 09:00-25:00", "Mon 09:70-10:00", "Funday 9-10", "9-10"]
)
def test_a_time_that_cannot_be_read_is_missing(piece: str) -> None:
    assert intervals(piece) is None
    roster = people(availability=[f"{piece}; Tue 09:00-09:30"], timezone=["UTC"])
    assert told(roster, "warning") == [(2, "availability", f"{piece}; Tue 09:00-09:30")]
    assert list(roster.mentors["availability"]) == ["Tue 09:00"]


def test_an_unknown_zone_makes_the_times_missing_and_none_means_utc() -> None:
    roster = people(availability=["Mon 9-10"] * 4 + [""], timezone=["Europe/Berlinn", "", "../etc", "UTC", "Mars"])
    assert [len(cell) > 0 for cell in roster.mentors["availability"]] == [False, True, False, True, False]
    assert told(roster, "warning") == [
        (2, "timezone", "Europe/Berlinn"),
        (4, "timezone", "../etc"),
        (6, "timezone", "Mars"),
    ]
    assert "Did you mean 'Europe/Berlin'" in roster.issues.loc[roster.issues["row"] == 2, "reason"].item()
    assert told(roster, "info") == [(3, "availability", "")]


def test_many_unknown_zones_take_no_longer_than_few() -> None:
    roster = people(availability=["Mon 9-10"] * 2_000, timezone=[f"Zone/{k}" for k in range(2_000)])
    assert len(told(roster, "warning")) == 2_000


@given(
    st.integers(0, 6),
    st.integers(0, 47),
    st.integers(1, 48),
    st.sampled_from(["UTC", "Asia/Kolkata", "Pacific/Auckland"]),
)
def test_times_last_as_long_in_every_zone(day: int, start: int, length: int, zone: str) -> None:
    end = min(start + length, 48)
    hours = "-".join(f"{at // 2}:{at % 2 * 3}0" for at in (start, end))
    assert len(free(f"{DAYS[day]} {hours}", zone)) == end - start


NAMES = ("Monday", "tue", "WED", "Thu", "friday", "Sat", "sunday")
CLOCK = st.tuples(st.integers(0, 26), st.sampled_from([0, 1, 10, 15, 30, 59, 60]))


@given(st.integers(0, 6), st.integers(0, 6) | st.none(), CLOCK, CLOCK, st.sampled_from([":", "."]))
def test_a_time_is_what_it_says(
    first: int, last: int | None, start: tuple[int, int], end: tuple[int, int], mark: str
) -> None:
    days = NAMES[first] + ("" if last is None else f"-{NAMES[last]}")
    shown = [f"{hour:02d}{mark}{minute:02d}" for hour, minute in (start, end)]
    a, b = (hour * 60 + minute for hour, minute in (start, end))
    lawful = a < b <= 24 * 60 and start[1] < 60 and end[1] < 60
    on = [first]
    while last is not None and on[-1] != last:
        on.append((on[-1] + 1) % 7)
    expected = [(day * 1440 + a, day * 1440 + b) for day in on] if lawful else None
    assert intervals(f"{days} {'-'.join(shown)}") == expected


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1430), st.integers(1, 300)), max_size=4),
    st.sampled_from([("UTC", 0), ("Asia/Kolkata", 330), ("Asia/Kathmandu", 345), ("America/New_York", -300)]),
)
def test_half_hours_are_those_that_lie_within_one_of_the_times(times: list, zone: tuple[str, int]) -> None:
    spans = [(day, start, min(start + length, 1440)) for day, start, length in times]
    cell = "; ".join(f"{DAYS[d]} {a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for d, a, b in spans)
    expected = set()
    for slot in range(7 * 48):  # by its first minute in UTC
        here = [(slot * 30 + zone[1] + week * 7 * 1440) for week in (-1, 0, 1)]
        if any(d * 1440 + a <= at and at + 30 <= d * 1440 + b for at in here for d, a, b in spans):
            expected.add(f"{DAYS[slot // 48].capitalize()} {slot % 48 // 2:02d}:{slot % 2 * 30:02d}")
    assert set(free(cell, zone[0])) == expected
