"""The summary of a roster: the three gravest kinds of warnings, who somebody is first, and how many more there are."""

from __future__ import annotations

import io

import rmatch


def roster(*rows: str) -> rmatch.Roster:
    head = "employee_id,role,email,capacity,grade,min_pairs,skills_offered"
    return rmatch.read_csv(io.StringIO("\n".join([head, *rows])), on_bad_rows="skip")


def test_alike_warnings_are_told_together_and_who_somebody_is_first() -> None:
    found = roster(
        "1,mentor,a@x.org,x,?,y,SQL",
        "2,mentor,a@x.org,x,?,1,SQL",
        "3,mentee,b@x.org,x,3,1,",
        "4,mentee,c@x.org,1,3,1,Go",
    )
    issues = found.issues
    some = issues[issues["severity"] == "warning"]
    told = [line for line in found.summary().splitlines() if line.startswith("Warning: ")]
    assert len(told) == 3
    first = some[some["column"].isin(["employee_id", "email", "manager_id"])]["reason"].iloc[0]
    assert first in told[0]
    assert "row 2 and 2 more: " in told[1]
    assert "(x)" in told[1]
    assert told[2].endswith("so the grade is missing (1 more like it) ('?')")
    assert len(some) == 1 + 3 + 1 + 1
    assert found.summary().endswith("\n1 more warning: `rmatch check`")
    assert found.summary(warnings=False) == found.summary().partition("\nWarning: ")[0]


def test_without_warnings_nothing_is_said_of_them() -> None:
    found = roster("1,mentor,a@x.org,1,2,1,SQL", "2,mentee,b@x.org,1,3,1,")
    assert "Warning" not in found.summary()
    assert "more warning" not in found.summary()
