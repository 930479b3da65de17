"""Tables and records in memory are read as the same people in a file are."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rmatch
from rmatch import datasets

FRAME = datasets.workforce(n_mentors=12, n_mentees=9, n_others=3, seed=4)


def polars_frame(frame: pd.DataFrame) -> Any:
    return pytest.importorskip("polars").DataFrame(frame.to_dict("list"))


def arrow_table(frame: pd.DataFrame) -> Any:
    return pytest.importorskip("pyarrow").table(frame.to_dict("list"))


def same(one: rmatch.Roster, two: rmatch.Roster) -> None:
    pd.testing.assert_frame_equal(one.mentors, two.mentors)
    pd.testing.assert_frame_equal(one.mentees, two.mentees)
    pd.testing.assert_frame_equal(one.accounts, two.accounts)
    pd.testing.assert_frame_equal(one.issues, two.issues)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [polars_frame, arrow_table, lambda f: f.astype(object), lambda f: f.astype("category")]
)
def test_every_kind_of_table_gives_the_roster_of_the_file(kind: Callable[[pd.DataFrame], Any]) -> None:
    expected = rmatch.read_csv(io.StringIO(FRAME.to_csv(index=False)))
    same(rmatch.from_frame(kind(FRAME)), expected)
    same(rmatch.from_frame(FRAME), expected)
    same(rmatch.from_records(FRAME.to_dict("records")), expected)
    assert len(expected.mentors) == 12


def test_typed_cells_read_as_their_text() -> None:
    typed = FRAME.assign(grade=FRAME["grade"].astype(int), capacity=FRAME["capacity"].replace("", None).astype(float))
    same(rmatch.from_frame(typed), rmatch.from_frame(FRAME))
    same(rmatch.from_frame(polars_frame(typed.astype({"grade": object}))), rmatch.from_frame(FRAME))


def test_tables_of_arrow_types_and_categories() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    expected = rmatch.from_frame(FRAME)
    same(rmatch.from_frame(FRAME.astype(pd.ArrowDtype(pyarrow.string()))), expected)
    same(
        rmatch.from_frame(
            polars.DataFrame(FRAME.to_dict("list")).with_columns(polars.col("department").cast(polars.Categorical))
        ),
        expected,
    )


def test_an_index_with_a_name_is_a_column() -> None:
    same(rmatch.from_frame(FRAME.set_index("employee_id")), rmatch.from_frame(FRAME))
    with pytest.raises(rmatch.RosterError, match="no header means 'employee_id'"):
        rmatch.from_frame(FRAME.drop(columns=["employee_id", "email"]))


def test_an_index_that_is_a_column_too_or_has_no_name_is_left_alone() -> None:
    expected = rmatch.from_frame(FRAME)
    same(rmatch.from_frame(FRAME.set_index("employee_id", drop=False)), expected)
    same(rmatch.from_frame(FRAME.set_index(["employee_id", "role"], drop=False)), expected)
    several = [FRAME["employee_id"], range(len(FRAME))]
    levels = pd.MultiIndex.from_arrays(several, names=["employee_id", None])
    frame = FRAME.assign(level_1="x")  # what pandas would call the level without a name
    same(rmatch.from_frame(frame.drop(columns="employee_id").set_index(levels)), rmatch.from_frame(frame))


class _Odd:
    """What raises when it is looked at."""

    def __str__(self) -> str:
        raise RuntimeError("not a text")


def test_a_cell_that_no_text_can_be_made_of_is_missing_and_told() -> None:
    endless: list[object] = []
    endless.append(endless)
    for cell in (_Odd(), endless, Decimal("sNaN"), [["a"], "b"], np.array([["a", "b"]])):
        frame = FRAME.assign(goals=pd.Series([cell, *["x"] * (len(FRAME) - 1)], dtype=object))
        issues = rmatch.from_frame(frame).issues
        assert "is read as missing" in issues.loc[issues["column"] == "goals", "reason"].iloc[0]
    zero = FRAME.assign(goals=pd.Series([np.array("x")] * len(FRAME), dtype=object))
    same(rmatch.from_frame(zero), rmatch.from_frame(FRAME.assign(goals="x")))


def test_one_column_is_no_table() -> None:
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    for column in (FRAME["role"], polars.Series(["a"]), pyarrow.chunked_array([[1, 2]])):
        with pytest.raises(rmatch.RosterError, match="is no table"):
            rmatch.from_frame(column)


def test_a_class_is_no_program() -> None:
    with pytest.raises(rmatch.ProgramError, match="a program is needed"):
        rmatch.from_frame(FRAME, program=rmatch.Program)  # type: ignore[arg-type]


def test_two_tables_and_a_directory() -> None:
    sides = [FRAME[FRAME["role"] == role].drop(columns="role") for role in ("mentor", "mentee")]
    roster = rmatch.from_frame(sides[0], mentees=sides[1], directory=FRAME)
    assert set(roster.accounts["file"]) == {"mentors", "mentees"}
    assert (len(roster.mentors), len(roster.mentees)) == (12, 9)


def test_lists_in_cells_are_lists_of_items_and_nothing_splits_them_further() -> None:
    records = [
        {"employee_id": 1, "role": "mentor", "skills_offered": ["C; C++", "a|b", "Go:3"], "team": ["x", "y"]},
        {"employee_id": 2, "role": "mentor", "skills_offered": [], "goals": "a; b"},
        {"employee_id": 3, "role": "mentor", "skills_offered": {"b", "a"}, "goals": ("one", "", "two")},
    ]
    roster = rmatch.from_records(records)
    skills = roster.tables()[0]["skills_offered"]
    assert [skills.of(k) for k in range(3)] == [["a|b", "C; C++", "Go"], [], ["a", "b"]]  # type: ignore[union-attr]
    assert list(roster.mentors["goals"]) == ["", "a; b", "one; two"]
    assert list(roster.mentors["team"]) == ["x; y", "", ""]
    for table in (pd.DataFrame(records[1:2]), polars_frame(pd.DataFrame({"employee_id": ["1"], "role": ["mentor"]}))):
        assert len(rmatch.from_frame(table).mentors) == 1


def test_lists_come_through_arrow() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"id": [1], "role": ["mentor"], "goals": [["x; y", "z"]]}).rename({"id": "employee_id"})
    assert rmatch.from_frame(table).tables()[0]["goals"].of(0) == ["x; y", "z"]  # type: ignore[union-attr]


def test_values_of_other_kinds() -> None:
    values = [7, 7.0, "7", np.int64(7), Decimal(7), np.float32(7)]
    roster = rmatch.from_records([{"employee_id": f"p{k}", "role": "mentor", "grade": v} for k, v in enumerate(values)])
    assert list(roster.mentors["grade"]) == [7] * len(values)
    missing = [None, float("nan"), pd.NA, pd.NaT, "", "  "]
    roster = rmatch.from_records(
        [{"employee_id": f"p{k}", "role": "mentor", "grade": v} for k, v in enumerate(missing)]
    )
    assert roster.mentors["grade"].isna().all()
    assert roster.issues.empty


@pytest.mark.parametrize(
    "value",
    ["a\0b", "\ud800", b"x", {"a": 1}, [["a"]], ["a\0"], 10**5000, "x" * 131_073],
    ids=lambda value: type(value).__name__,
)
def test_what_no_file_can_hold_is_missing_with_a_warning(value: object) -> None:
    record = {"employee_id": "1", "role": "mentor", "name": value}
    roster = rmatch.from_records([record])
    assert roster.mentors.loc["1", "name"] == ""
    assert list(roster.issues["severity"]) == ["warning"]
    same(rmatch.from_frame(pd.DataFrame([record], dtype=object)), roster)


def test_a_record_that_is_no_dict_is_a_rejected_row() -> None:
    records: list[Any] = [{"employee_id": 1, "role": "mentor"}, ["x"], None]
    with pytest.raises(rmatch.RosterError, match="no dict but a list"):
        rmatch.from_records(records)
    roster = rmatch.from_records(records, on_bad_rows="skip")
    assert list(roster.accounts["row"]) == [2, 3, 4]
    assert list(roster.accounts["status"]) == ["taking part", "rejected", "rejected"]


@pytest.mark.parametrize("records", ["text", b"x", {"a": 1}, 7])
def test_what_is_no_series_of_records_is_refused(records: Any) -> None:
    with pytest.raises(rmatch.RosterError, match="is no series of records"):
        rmatch.from_records(records)


@pytest.mark.slow
def test_a_table_has_a_limit_of_columns() -> None:
    wide = dict.fromkeys(["employee_id", *map(str, range(10_000))], "1")
    for read in (lambda: rmatch.from_records([wide]), lambda: rmatch.from_frame(pd.DataFrame([wide]))):
        with pytest.raises(rmatch.RosterError, match="10,001 columns"):
            read()


def test_what_is_no_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for thing in ("x.csv", [1], None):
        with pytest.raises(rmatch.RosterError, match="is no table"):
            rmatch.from_frame(thing)  # type: ignore[arg-type]
    for empty in (pd.DataFrame(), FRAME.head(0)):
        with pytest.raises(rmatch.RosterError, match=r"no people|no header"):
            rmatch.from_frame(empty)
    with pytest.raises(rmatch.RosterError, match="several levels"):
        rmatch.from_frame(pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])))
    table = polars_frame(FRAME)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(rmatch.RosterError, match=r"needs pyarrow.*rmatch-engine\[arrow\]"):
        rmatch.from_frame(table)
