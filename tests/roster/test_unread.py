"""Managers and grades that stand in a column which nothing reads: told with the line that reads it."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import rmatch

HEAD = "employee_id,email,name,role,skills_offered,skills_wanted"
PEOPLE = (
    ("1001", "a@x.org", "Ann Lee", "mentor", "SQL", ""),
    ("1002", "b@x.org", "Bo Roy", "mentee", "", "SQL"),
    ("1003", "c@x.org", "Cy Fox", "mentor", "SQL", ""),
    ("1004", "d@x.org", "Di Ray", "mentee", "", "SQL"),
    ("1005", "e@x.org", "Ed Orr", "mentor", "SQL", ""),
)


def told(header: str, cells: tuple[str, ...], column: str, program: rmatch.Program | None = None) -> pd.DataFrame:
    """The warnings about a column that no sheet has, where one further header stands in the file."""
    rows = (",".join((*row, cell)) for row, cell in zip(PEOPLE, cells, strict=True))
    roster = rmatch.read_csv(io.StringIO("\n".join([f"{HEAD},{header}", *rows])), program=program)
    return roster.issues[(roster.issues["column"] == column) & (roster.issues["severity"] == "warning")]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Jefe", ("", "Ann Lee", "", "", "")),  # a usual header needs one name
        ("Responsabile", ("Bo Roy", "", "Di Ray", "", "Somebody Else")),
        ("reports into", ("Bo Roy", "", "Bo Roy", "Bo Roy", "Bo Roy")),  # what nobody knows needs all, and often
        ("top", ("b@x.org", "", "b@x.org", "d@x.org", "d@x.org")),
        ("top", ("1002", "", "1002", "1002", "1002")),
    ],
)
def test_managers_in_a_column_that_is_not_read_are_told_of(header: str, cells: tuple[str, ...]) -> None:
    found = told(header, cells, "manager_id")
    assert len(found) == 1
    assert found["reason"].iloc[0].startswith(f"{header!r} seems to say who manages whom and is not read")
    assert f"[columns.manager_id] source = {header!r}" in found["remedy"].iloc[0]
    declared = rmatch.Program.model_validate({"columns": {"manager_id": {"source": header}}})
    assert told(header, cells, "manager_id", declared)["reason"].str.contains("seems to say").sum() == 0
    own = rmatch.Program.model_validate({"columns": {"boss": {"source": header}}})
    assert told(header, cells, "manager_id", own).empty  # what a program reads as its own is no accident
    assert len(told(header, cells, "manager_id", rmatch.Program())) == 1


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Jefe", ("sí", "no", "no", "sí", "no")),
        ("Jefe", ("", "", "", "", "")),
        ("reports into", ("Bo Roy", "Ann Lee", "Di Ray", "Cy Fox", "Bo Roy")),  # hardly anybody twice: partners
        ("Last year's mentor", ("", "Ann Lee", "", "Ann Lee", "")),
        ("cost centre", ("1", "2", "1", "2", "1")),
        ("place", ("Bo Roy", "Bo Roy", "Rome", "Rome", "Rome")),
    ],
)
def test_what_names_no_managers_is_not_taken_for_them(header: str, cells: tuple[str, ...]) -> None:
    assert told(header, cells, "manager_id").empty


def test_grades_that_no_program_reads_are_told_of_unless_there_are_none() -> None:
    found = told("Nivel", ("1", "4", "2", "5", "1"), "grade")
    assert found["reason"].tolist() == ["'Nivel' seems to say grades and is not read, so none are compared"]
    assert "[columns.grade] source = 'Nivel'" in found["remedy"].iloc[0]
    assert told("Nivel", ("", "", "", "", ""), "grade").empty
    assert told("colour", ("1", "4", "2", "5", "1"), "grade").empty
    assert told("Nivel", ("1", "4", "2", "5", "1"), "grade", rmatch.Program()).empty
