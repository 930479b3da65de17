"""Which header becomes which column: programs, canonical names, aliases; and what is said of the rest."""

from __future__ import annotations

import io
from typing import Any

import pytest
from given import Given
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.schema.person import ALIASES, CANONICAL, CELLS


def program(columns: dict[str, Any] | None = None, **rest: Any) -> Given:
    return Given(columns=columns or {}, **rest)


def read(content: str, mentees: str | None = None, **options: Any) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(content), mentees=io.StringIO(mentees) if mentees else None, **options)


@given(st.sampled_from(sorted(ALIASES.items())), st.sampled_from([str.upper, str.title, str.lower]))
def test_every_alias_is_its_canonical_column(alias: tuple[str, str], spelled: Any) -> None:
    header, name = alias
    others = [other for other in ("employee_id", "role") if other != name]
    roster = read(
        ",".join([f'"{spelled(header)}"', *others])
        + "\n"
        + ",".join("x" if name == "employee_id" else "" for _ in range(1))
        + ",".join(["", *("1" if o == "employee_id" else "mentor" for o in others)])
        + "\n"
    )
    assert name in (*roster.mentors.columns, "employee_id", "role")


def test_headers_match_after_folding_case_spaces_and_punctuation() -> None:
    roster = read("Employee-ID,ROLE,Skills  Offered,Manager #\n1,mentor,a,\n")
    assert {"skills_offered", "manager_id"} <= set(roster.mentors.columns)
    assert "'Manager #' read as manager_id" in roster.summary()


def test_the_exact_name_wins_over_an_alias_which_stays_a_column_of_its_own() -> None:
    roster = read("employee_id,role,unit,department\n1,mentor,U,D\n")
    assert roster.mentors.loc["1", "department"] == "D"
    assert roster.mentors.loc["1", "unit"] == "U"


def test_two_aliases_of_one_column_must_be_chosen_between() -> None:
    content = "employee_id,role,Unit,Division\n1,mentor,U,D\n"
    with pytest.raises(
        rmatch.RosterError,
        match=r"2 headers mean the column 'department': 'Unit', 'Division'.*\[columns.department\] source",
    ):
        read(content)
    roster = read(content, program=program({"department": {"source": "Division"}}))
    assert roster.mentors.loc["1", "department"] == "D"
    assert "Unit" not in roster.mentors


@pytest.mark.parametrize("header", ["role,role", "Role, ROLE", "Cohort,cohort"])
def test_a_header_that_stands_twice_is_refused(header: str) -> None:
    with pytest.raises(rmatch.RosterError, match="2 headers mean the column") as caught:
        read(f"employee_id,{header}\n1,mentor,mentor\n")
    (remedy,) = caught.value.issues["remedy"]  # which of the two a program cannot say where both are spelled alike
    assert ("choose in the program" in remedy) == (header != "role,role")


def test_a_header_that_the_program_names_may_not_stand_twice_and_others_may() -> None:
    content = "employee_id,role,Note,Note\n1,mentor,a,b\n"
    with pytest.raises(rmatch.RosterError, match="2 headers mean the column 'goals'"):
        read(content, program=program({"goals": {"source": "Note"}}))
    assert len(read(content, program=program()).mentors) == 1


def test_a_canonical_header_whose_column_comes_from_elsewhere_is_not_read() -> None:
    roster = read("employee_id,role\nx,mentor\n", program=program({"employee_id": {"source": "@row"}}))
    assert list(roster.mentors.index) == ["workforce:2"]
    assert list(roster.mentors.columns) == ["capacity", "min_pairs"]


def test_without_ids_the_error_says_how_to_name_them() -> None:
    with pytest.raises(rmatch.RosterError, match=r"no header means 'employee_id'.*@row.*Did you mean 'Employe ID'"):
        read("Employe ID,role\n1,mentor\n")


def test_near_misses_are_told_and_never_applied() -> None:
    roster = read("employee_id,role,Departmnt\n1,mentor,D\n")
    assert list(roster.mentors.columns) == ["Departmnt", "capacity", "min_pairs"]
    assert roster.issues["reason"].str.contains("looks like 'department'").any()


def test_a_program_s_headers_come_first() -> None:
    content = "Key,department,Unit,role\n1,D,U,mentor\n"
    roster = read(content, program=program({"employee_id": {"source": "key"}, "department": {"source": "Unit"}}))
    assert roster.mentors.loc["1", "department"] == "U"
    assert "columns that the program does not name are not read: 'department'" in " ".join(roster.issues["reason"])


def test_a_header_that_is_not_there_is_named_with_a_suggestion() -> None:
    with pytest.raises(
        rmatch.RosterError, match=r"no header 'Skils', which the program reads as 'skills_offered'.*'Skills'"
    ):
        read("employee_id,role,Skills\n1,mentor,a\n", program=program({"skills_offered": {"source": "Skils"}}))
    with pytest.raises(rmatch.RosterError, match="no header 'gender'"):
        read("employee_id,role\n1,mentor\n", program=program({"gender": {"split": ";"}}))
    assert len(read("employee_id,role\n1,mentor\n", program=program({"grade": {"order": ["a", "b"]}})).mentors) == 1


def test_with_a_program_only_what_it_names_or_is_canonical_is_kept() -> None:
    content = "employee_id,role,team,gender,shoe\n1,mentor,T,x,44\n"
    assert {"team", "gender", "shoe"} <= set(read(content).mentors.columns)
    kept = read(content, program=program(named=frozenset({"gender"})))
    assert {"team", "gender"} <= set(kept.mentors.columns)
    assert "shoe" not in kept.mentors
    assert "44" not in kept.issues.to_csv() + kept.summary() + kept.accounts.to_csv()


def test_several_headers_make_one_list_or_one_text() -> None:
    content = "employee_id,role,First,Last,Have,Had\n1,mentor,Ada,King,a;b,b;C\n2,mentor,Bo,,NA,\n"
    columns = {
        "name": {"source": ["First", "Last"]},
        "skills_offered": {"source": ["Have", "Had"], "na": ["NA"]},
    }
    roster = read(content, program=program(columns))
    assert list(roster.mentors["name"]) == ["Ada King", "Bo"]
    assert list(roster.mentors["skills_offered"]) == ["a; b; C", ""]
    with pytest.raises(rmatch.RosterError, match="'grade' takes one header, not 2"):
        read(content, program=program({"grade": {"source": ["First", "Last"]}}))


def test_rows_may_be_numbered_for_ids() -> None:
    rows = program({"employee_id": {"source": "@row"}})
    roster = read("\nrole,name\nmentor,A\n\nmentee,B\n", program=rows)
    assert [*roster.mentors.index, *roster.mentees.index] == ["workforce:3", "workforce:5"]
    two = read("name\nA\n", "name\nB\n", program=rows)
    assert [*two.mentors.index, *two.mentees.index] == ["mentors:2", "mentees:2"]
    mixed = program({"employee_id": {"source": {"mentors": "@row", "mentees": "Post"}}})
    assert list(read("name\nA\n", "Post,name\nP7,B\n", program=mixed).mentees.index) == ["P7"]
    with pytest.raises(rmatch.RosterError, match="'@row' is a source of ids, not of 'name'"):
        read("employee_id,role\n1,mentor\n", program=program({"name": {"source": "@row"}}))


def test_a_source_may_differ_by_sheet_or_stand_on_one_alone() -> None:
    columns = {"department": {"source": {"mentors": "Unit", "mentees": "Area"}}, "goals": {"source": "Hopes"}}
    roster = read("employee_id,Unit\n1,U\n", "employee_id,Area,Hopes\n2,A,x\n", program=program(columns))
    assert roster.mentors.loc["1", "department"] == "U"
    assert roster.mentees.loc["2", "department"] == "A"
    assert "goals" not in roster.mentors
    assert roster.mentees.loc["2", "goals"] == "x"
    with pytest.raises(rmatch.RosterError, match=r"mentees.*no header 'Area'"):
        read("employee_id,Unit\n1,U\n", "employee_id,Unit\n2,A\n", program=program(columns | {"goals": {}}))


def test_a_column_that_a_sheet_does_not_have_is_not_in_its_table() -> None:
    roster = read("employee_id,skills_offered\n1,a\n", "employee_id,skills_wanted\n2,a\n")
    mentors, mentees = roster.tables()
    assert set(mentors) == {"skills_offered", "capacity", "min_pairs"}
    assert set(mentees) == {"skills_wanted", "capacity", "min_pairs"}


def test_columns_of_two_sheets_are_one_where_their_headers_fold_alike() -> None:
    roster = read("employee_id,Home Town\n1,Rome\n", "employee_id,home-town\n2,rome\n")
    mentors, mentees = roster.tables()
    assert list(mentors) == list(mentees) == ["Home Town", "capacity", "min_pairs"]
    assert list(mentors["Home Town"].keys) == list(mentees["Home Town"].keys) == ["rome"]  # type: ignore[union-attr]


def test_the_schema_has_one_kind_of_cell_for_each_column() -> None:
    assert set(CELLS) == set(CANONICAL) == set(rmatch.Person.model_fields)
    assert {cell.kind for cell in CELLS.values()} <= {
        "id",
        "text",
        "category",
        "number",
        "whole",
        "items",
        "times",
        "people",
        "role",
    }
