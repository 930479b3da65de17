"""Who takes part in which role, who reports to whom, and what the directory adds."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from given import Given
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.roster.reporting import nested


def read(content: str, mentees: str | None = None, directory: str | None = None, **options: Any) -> rmatch.Roster:
    files = {"mentees": mentees, "directory": directory}
    given = {name: io.StringIO(text) for name, text in files.items() if text is not None}
    return rmatch.read_csv(io.StringIO(content), **given, **options)


def told(roster: rmatch.Roster, severity: str) -> list[tuple[object, ...]]:
    issues = roster.issues[roster.issues["severity"] == severity]
    return list(zip(issues["file"], issues["row"], issues["column"], issues["value"], strict=True))


# ---------------------------------------------------------------- roles


def test_both_has_a_line_and_a_place_in_each_role() -> None:
    roster = read("employee_id,role\n1,both\n2,Mentor\n3,\n4,mentee & mentor\n")
    assert list(roster.mentors.index) == ["1", "2", "4"]
    assert list(roster.mentees.index) == ["1", "4"]
    assert list(roster.accounts["role"]) == ["mentor", "mentee", "mentor", "none", "mentor", "mentee"]
    assert list(roster.accounts["status"]) == [*["taking part"] * 3, "not taking part", *["taking part"] * 2]


def test_an_unknown_role_rejects_the_row() -> None:
    roster = read("employee_id,role\n1,boss\n2,mentor\n", on_bad_rows="skip")
    assert told(roster, "error") == [("workforce", 2, "role", "boss")]
    assert list(roster.accounts["role"]) == ["", "mentor"]


def test_without_roles_the_error_says_how_to_give_them() -> None:
    with pytest.raises(rmatch.RosterError, match=r"who is mentor and who mentee.*`role` column.*mentees=.*\[roles\]"):
        read("employee_id\n1\n")


def test_nobody_taking_part_is_a_warning() -> None:
    roster = read("employee_id,role\n1,none\n")
    assert [line[:2] for line in told(roster, "warning")] == [("workforce", roster.issues.loc[0, "row"])]
    assert len(roster.mentors) == len(roster.mentees) == 0


def ranges(mentor: dict[str, Any], mentee: dict[str, Any], column: str = "Exp", **columns: Any) -> Given:
    return Given(roles={"column": column, "mentor": mentor, "mentee": mentee}, columns=columns)


def test_roles_come_from_ranges_of_a_number() -> None:
    content = "employee_id,Exp\n1,2\n2,5\n3,9\n4,15.5\n5,NA\n6,many\n7,\n"
    roster = read(content, program=ranges({"at_most": 5}, {"at_least": 15}, Exp={"na": ["NA"]}))
    assert list(roster.mentors.index) == ["1", "2"]
    assert list(roster.mentees.index) == ["4"]
    assert (roster.accounts["status"] == "not taking part").sum() == 4
    assert told(roster, "warning") == [("workforce", 7, "Exp", "many")]
    assert told(roster, "info") == [("workforce", 6, "Exp", "")]


def test_roles_come_from_ranges_of_an_order() -> None:
    order = ["AO", "EO", "HEO", "SCS"]
    content = "employee_id,grade\n1,ao\n2,EO\n3,HEO\n4,SCS\n5,Chief\n"
    roster = read(content, program=ranges({"at_most": "EO"}, {"at_least": "scs"}, "grade", grade={"order": order}))
    assert list(roster.mentors.index) == ["1", "2"]
    assert list(roster.mentees.index) == ["4"]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (ranges({"at_most": 5}, {"at_least": 5}), "ranges of mentors and mentees in 'Exp' overlap"),
        (ranges({"at_most": 5}, {"at_most": 9}), "overlap"),
        (ranges({"at_most": "low"}, {"at_least": 9}), "names 'low', which is no value of 'Exp'"),
        (ranges({"at_most": 5}, {"at_least": 9}, "Expp"), r"no header 'Expp'.*Did you mean 'Exp'"),
        (ranges({"at_most": 5}, {"at_least": 9}, "grade"), "'grade', which is not there"),
        (ranges({"at_most": 5}, {"at_least": 9}, "team"), "'team', which holds labels without an order"),
        (ranges({"at_most": "b"}, {"at_least": "c"}, "team", team={"order": ["a", "b"]}), "The order is a, b"),
    ],
)
def test_ranges_that_cannot_be_are_refused(program: Given, words: str) -> None:
    with pytest.raises(rmatch.RosterError, match=words):
        read("employee_id,Exp,team\n1,2,a\n2,15,b\n", program=program)


def test_two_sheets_are_the_two_roles() -> None:
    roster = read("employee_id,name,role\n1,A,mentee\n2,B,none\n", "employee_id,name\n1,A\n3,C\n")
    assert list(roster.mentors.index) == ["1"]
    assert list(roster.mentees.index) == ["1", "3"]
    assert list(roster.accounts["file"]) == ["mentors", "mentors", "mentees", "mentees"]
    assert list(roster.accounts["role"]) == ["mentor", "none", "mentee", "mentee"]


def test_one_person_s_two_rows_may_not_disagree_about_who_it_is() -> None:
    head = "employee_id,name,grade,department,skills_offered,capacity\n"
    roster = read(head + "1,Ada,3,Legal-Ops,x,1\n", head + "1,Eve,4,legal ops,y,2\n")
    assert told(roster, "warning") == [("mentees", 2, "grade", "4"), ("mentees", 2, "name", "Eve")]
    assert "'Ada' in mentors, row 2" in roster.issues.loc[1, "reason"]
    assert roster.mentors.loc["1", "name"] == "Ada"
    assert roster.mentees.loc["1", ["name", "capacity"]].tolist() == ["Eve", 2]


# ---------------------------------------------------------------- ids


def test_every_row_of_a_repeated_id_is_rejected_and_names_the_others() -> None:
    content = "employee_id,role\n" + "7,mentor\n8,mentee\n 7 ,mentee\n,mentor\n9,mentor\n" + "x,mentor\n" * 7
    roster = read(content, on_bad_rows="skip")
    reasons = roster.issues.set_index("row")["reason"]
    assert reasons[2] == reasons[4] == "the id stands in 2 rows: 2, 4"
    assert reasons[7] == "the id stands in 7 rows: 7, 8, 9, 10, 11 and 2 more"
    assert reasons[5] == "the row has no id"
    assert [*roster.mentors.index, *roster.mentees.index] == ["9", "8"]


def test_the_same_id_on_two_sheets_is_one_person() -> None:
    roster = read("employee_id\n1\n1\n2\n", "employee_id\n1\n2\n", on_bad_rows="skip")
    assert list(roster.mentors.index) == ["2"]
    assert list(roster.mentees.index) == ["1", "2"]


# ---------------------------------------------------------------- reporting lines


@st.composite
def forests(draw: st.DrawFn) -> np.ndarray:
    n = draw(st.integers(1, 30))
    parent = np.array([draw(st.integers(-1, k - 1)) for k in range(n)])
    order = np.array(draw(st.permutations(range(n))))
    moved = np.full(n, -1)
    moved[order] = np.where(parent < 0, -1, order[parent])
    return moved


@given(forests())
def test_intervals_nest_as_people_report(parent: np.ndarray) -> None:
    enter, leave = nested(parent)
    n = len(parent)
    assert sorted([*enter, *leave]) == list(range(2 * n))
    for b in range(n):
        above, a = set(), int(parent[b])
        while a >= 0:
            above.add(a)
            a = int(parent[a])
        assert {a for a in range(n) if enter[a] < enter[b] < leave[a]} == above


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_a_hundred_thousand_people_in_one_line_or_under_one_manager(shape: str) -> None:
    n = 100_000
    parent = np.arange(n) - 1 if shape == "chain" else np.where(np.arange(n) == 0, -1, 0)
    enter, leave = nested(parent)
    assert (enter[0], leave[0]) == (0, 2 * n - 1)
    assert ((enter[parent[1:]] < enter[1:]) & (leave[1:] < leave[parent[1:]])).all()


def above(roster: rmatch.Roster, a: str, b: str) -> bool:
    """Whether one is a manager of the other, at any depth."""
    mentors, mentees = roster.tables()
    assert mentors.lines is mentees.lines is not None
    node = {id_: k for table in (mentors, mentees) for id_, k in zip(table.ids, table.node, strict=True)}
    return bool(mentors.lines.above(np.array([node[a]]), np.array([node[b]]))[0])


def test_managers_are_found_at_any_depth_through_people_who_do_not_take_part() -> None:
    roster = read("employee_id,role,manager_id\na,mentee,\nb,none,a\nc,none,b\nd,mentor,c\ne,mentor,\n")
    assert above(roster, "a", "d")
    assert not above(roster, "d", "a")
    assert not above(roster, "a", "e")
    assert roster.issues.empty


def test_without_managers_there_are_no_lines() -> None:
    assert read("employee_id,role\n1,mentor\n").tables()[0].lines is None


def test_an_unknown_manager_is_told_once_and_is_still_shared() -> None:
    roster = read("employee_id,role,manager_id\n1,mentor,X\n2,mentee,X\n3,mentee,Y\n")
    assert told(roster, "warning") == [("workforce", 2, "manager_id", "X"), ("workforce", 4, "manager_id", "Y")]
    assert "2 rows give" in roster.issues.loc[0, "reason"]
    mentors, mentees = roster.tables()
    assert mentors.lines is not None
    parents = mentors.lines.parent[np.append(mentors.node, mentees.node)]
    assert parents[0] == parents[1] != parents[2]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            ("Mentor", "Mentee", ""),
            "'Part' seems to: write [columns.role] source = 'Part' in a program, as `rmatch init` drafts",
        ),
        (("mentor", "mentor", "both"), "Give a `role`"),
        (("mentor", "mentee", "boss"), "Give a `role`"),
    ],
)
def test_a_column_that_seems_to_be_the_role_is_named(cells: tuple[str, ...], said: str) -> None:
    text = "employee_id,Part\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells))
    with pytest.raises(rmatch.RosterError) as caught:
        read(text)
    assert f"nothing says who is mentor and who mentee. {said}" in str(caught.value)
    with pytest.raises(rmatch.RosterError, match=r"'Rol' seems to: write \[columns\.role\] source = 'Rol'"):
        read(text.replace("Part", "Rol"))  # a usual header, whatever stands below it
    withheld = {"part": {"source": "Part", "use": "audit"}}
    with pytest.raises(rmatch.RosterError, match=r"mentee\. Give a `role`"):
        read(text, program=rmatch.Program.model_validate({"columns": withheld}))


UNREAD = [("{}@firm.example", "email"), ("Kit {}", "name"), ("B-{}7", "employee_id")]


@pytest.mark.parametrize(("form", "column"), UNREAD)
@pytest.mark.parametrize("keep", [True, False])
def test_a_column_in_which_the_managers_stand_unread_is_named(form: str, column: str, keep: bool) -> None:
    known = [form.format(letter) for letter in "abcde"]
    bosses = known[4], known[4], known[3].upper(), known[4], ""
    lines = [f"{x},mentor,{bosses[k]},{known[4]},{known[k]}" for k, x in enumerate("abcde")]
    text = "Emp ID,role,manager_id,Dean,Contact\n" + "\n".join(lines) + "\n"
    program = None if keep else rmatch.Program.model_validate({"columns": {"role": {"source": "role"}}})
    roster = read(text, program=program)
    source = f"[columns.{column}] source = 'Contact'"
    warned = roster.issues[roster.issues["column"] == "manager_id"]
    assert all(f"{source} into the program" in remedy for remedy in warned["remedy"])
    lines_ = roster.tables()[0].lines
    if column == "email":
        assert len(warned) == 4
        said = f"{known[4]!r}, {bosses[2]!r} is an e-mail address, and no column is read as `email`: write {source}"
        assert lines_ is not None
        assert lines_.unclear == (said,)
    mapped = rmatch.Program.model_validate({"columns": {column: {"source": "Contact"}}})
    assert not (read(text, program=mapped).issues["severity"] == "warning").any()


def test_no_column_is_named_in_which_few_of_the_managers_stand_or_which_is_withheld() -> None:
    text = "employee_id,role,manager_id,Contact,ok\n1,mentor,x@y.z,v@y.z,yes\n2,mentee,u@y.z,x@y.z,yes\n"
    assert "[columns" not in "".join(read(text).issues["remedy"])
    withheld = {"use": "score", "sensitive": True, "consent": "ok", "purpose": "p", "source": "Contact"}
    program = rmatch.Program.model_validate({"columns": {"contact": withheld}})
    assert "[columns" not in "".join(read(text.replace("u@y.z", "v@y.z"), program=program).issues["remedy"])
    assert "'Contact'" in "".join(read(text.replace("u@y.z", "v@y.z")).issues["remedy"])


@given(st.permutations(["a,mentor,b", "b,mentee,c", "c,none,a", "d,mentee,c", "e,mentor,e"]))
def test_a_cycle_is_cut_above_its_smallest_id_in_any_order_of_rows(rows: list[str]) -> None:
    roster = read("employee_id,role,manager_id\n" + "\n".join(rows) + "\n")
    warnings = sorted(line[3] for line in told(roster, "warning"))
    assert warnings == ["a", "e"]
    assert "'a', 'b', 'c'" in "".join(roster.issues["reason"])
    assert above(roster, "a", "b")
    assert above(roster, "a", "d")
    assert not above(roster, "b", "a")
    assert not above(roster, "e", "a")


def test_zeros_that_a_spreadsheet_ate_are_suspected() -> None:
    roster = read("employee_id,role,manager_id\n7,mentor,0012\n12,mentee,\n")
    assert any("leading zeros" in reason for reason in roster.issues["reason"])
    assert not any("leading zeros" in r for r in read("employee_id,role,manager_id\n7,mentor,13\n").issues["reason"])


@pytest.mark.parametrize(
    ("ids", "example", "other"), [(["7", "007"], "7", "007"), (["007", "7", "8"], "7", "007"), (["0", "00"], "00", "0")]
)
def test_ids_that_differ_only_in_leading_zeros_are_suspected(ids: list[str], example: str, other: str) -> None:
    roster = read("employee_id,role\n" + "".join(f"{id_},mentor\n" for id_ in ids))
    (issue,) = roster.issues.itertuples()
    assert (issue.severity, issue.column, issue.value) == ("warning", "employee_id", example)
    assert f"this id and {other!r} differ only in leading zeros" in issue.reason
    assert len(roster.mentors) == len(ids)


@pytest.mark.parametrize(
    ("ids", "example"),
    [
        (["00012", "12345", "45", "123"], "123"),
        (["007", "8"], "8"),
        (["007", "0008", "9"], ""),  # of no one width
        (["007", "8", "1000"], ""),
        (["007", "x8", "123"], ""),
        (["7", "12", "123"], ""),
    ],
)
def test_ids_that_are_shorter_than_those_with_leading_zeros_are_suspected(ids: list[str], example: str) -> None:
    roster = read("employee_id,role\n" + "".join(f"{id_},mentor\n" for id_ in ids))
    found = [(issue.severity, issue.column, issue.value) for issue in roster.issues.itertuples()]
    assert found == ([("warning", "employee_id", example)] if example else [])
    assert list(roster.mentors.index) == ids


def test_a_directory_whose_zeros_were_eaten_is_suspected() -> None:
    people, company = "employee_id,role\n0012,mentor\n0013,mentor\n", "employee_id,department\n12,Sales\n13,Law\n"
    issues = rmatch.read_csv(io.StringIO(people), directory=io.StringIO(company)).issues
    (reason,) = issues["reason"][issues["reason"].str.contains("leading zeros")]
    assert "(1 more like it)" in reason
    for ids in ("7,mentor\n8,mentor\n", "007,mentor\n008,mentor\n", "a7,mentor\na07,mentor\n"):
        assert read("employee_id,role\n" + ids).issues.empty


def test_ids_that_a_spreadsheet_rounded_are_suspected() -> None:
    roster = read("employee_id,role\n1.23457E+11,mentor\n2E+15,mentor\nE+15,mentor\n1E5,mentor\n")
    (issue,) = roster.issues.itertuples()
    assert (issue.severity, issue.row, issue.value) == ("warning", 2, "1.23457E+11")
    assert "power of ten (1 more like it)" in issue.reason


# ---------------------------------------------------------------- directory


COMPANY = """employee_id,email,department,manager_id,goals,role,capacity,shoe
E1,ada@x,Legal,E2,learn,mentee,5,38
E2,bob@x,Ops,E3,,mentee,5,44
E3,cyd@x,Board,,,none,5,40
"""


def test_the_directory_fills_what_is_blank_joined_on_id_or_else_on_address() -> None:
    roster = read(
        "employee_id,email,role,department\nE1,,mentor,\ns9,CYD@x,mentee,Own\nzz,none@x,mentor,\n", directory=COMPANY
    )
    assert roster.mentors.loc["E1", ["department", "goals", "capacity"]].tolist() == ["Legal", "learn", 1]
    assert roster.mentees.loc["s9", "department"] == "Own"
    assert roster.mentors.loc["zz", "department"] == ""
    assert "shoe" not in roster.mentors
    assert len(roster.accounts) == 3
    assert any("directory says something else" in reason for reason in roster.issues["reason"])
    assert above(roster, "s9", "E1")


def test_a_column_that_the_program_names_may_come_from_the_directory() -> None:
    program = Given(columns={"shoe": {}})
    roster = read("employee_id,role\nE1,mentor\n", directory=COMPANY, program=program)
    assert roster.mentors.loc["E1", "shoe"] == 38


def test_a_list_of_several_headers_is_filled_from_a_directory_that_has_one() -> None:
    program = Given(columns={"goals": {"source": {"mentors": ["one", "two"]}}})
    mentors = "employee_id,one,two\nE1,,\nE2,a,b\n"
    roster = read(mentors, "employee_id\n9\n", COMPANY, program=program)
    assert list(roster.mentors["goals"]) == ["learn", "a; b"]


def test_a_directory_s_column_for_which_a_person_s_range_asks() -> None:
    program = ranges({"at_most": 40}, {"at_least": 41}, "shoe")
    roster = read("employee_id\nE1\nE2\n", directory=COMPANY, program=program)
    assert (list(roster.mentors.index), list(roster.mentees.index)) == (["E1"], ["E2"])


def test_an_id_that_stands_twice_in_the_directory_joins_nobody() -> None:
    roster = read("employee_id,role\nE1,mentor\n", directory=COMPANY + "E1,,Sales,,,,,\n")
    assert "department" not in roster.mentors or roster.mentors.loc["E1", "department"] == ""


def test_a_row_of_the_directory_that_cannot_be_read_rejects_nobody() -> None:
    roster = read("employee_id,role\nE1,mentor\n", directory=COMPANY + "E4,x\n")
    assert told(roster, "error") == []
    assert ("directory", 5, "", "") in told(roster, "warning")
    assert len(roster.accounts) == 1


def test_the_summary_counts_everybody() -> None:
    roster = read("Emp ID,Role,Other\n1,mentor,x\n2,mentee,y\n3,none,z\n4,boss,\n", on_bad_rows="skip")
    summary = roster.summary()
    assert "1 mentor and 1 mentee take part" in summary
    assert "not taking part: 1, rejected: 1; errors: 1, warnings: 0" in summary
    assert "'Emp ID' read as employee_id" in summary
    assert "kept as they are: Other" in summary
    assert repr(roster) == "Roster(1 mentors, 1 mentees, 1 errors, 0 warnings)"


def test_a_roster_s_tables_cannot_be_changed_from_outside() -> None:
    roster = read("employee_id,role,name\n1,mentor,A\n2,boss,B\n", on_bad_rows="skip")
    for name in ("mentors", "issues", "accounts"):
        before = getattr(roster, name).to_csv()
        shown = getattr(roster, name)
        shown.iloc[0, 0] = "changed"
        assert getattr(roster, name).to_csv() == before
