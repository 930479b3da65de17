"""Stray quotes and rows of another width: nobody is lost, and nobody's cells slip under another header in silence."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused, told

import rmatch

HEAD = "employee_id,role,name,department\n"
PEOPLE = [[str(k), "mentor" if k % 2 else "mentee", f"N{k}", "HR" if k % 3 else "IT"] for k in range(1, 9)]


def read(content: str, **options: object) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(content, newline=""), **options)  # type: ignore[arg-type]


def written(rows: list[list[str]]) -> str:
    return HEAD + "".join(",".join(row) + "\n" for row in rows)


@given(st.integers(0, 6), st.integers(1, 4), st.integers(1, 3), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_quote_that_swallows_rows_is_refused_by_the_first_and_the_last(first: int, n: int, k: int, end: str) -> None:
    last = min(first + n, 7)
    rows = [list(row) for row in PEOPLE]
    rows[first][k] = '"' + rows[first][k]
    rows[last][k] += '"'
    if first == last:
        return
    with refused(f"a quote swallows rows {first + 2} to {last + 2}"):
        read(written(rows).replace("\n", end))


def test_two_stray_quotes_in_different_columns_are_refused_too() -> None:
    rows = [list(row) for row in PEOPLE]
    rows[1][1] = '"' + rows[1][1]
    rows[4][2] += '"'
    with refused("a quote swallows rows 3 to 6"):
        read(written(rows))


def test_other_quotes_that_span_rows_name_both_ends() -> None:
    with refused(r"never closed, so rows 3 to \d"):
        read(HEAD + '1,mentor,A,HR\n2,mentee,"B,HR\n3,mentee,C,HR\n')
    with refused("rows 3 to 4 are one"):
        read(HEAD + '1,mentor,A,HR\n2,mentee,"B,HR\n3,mentee,"C",HR\n')


def test_an_answer_of_several_lines_is_an_answer() -> None:
    answer = '"I like three things:\nsums, words, tunes\nand rest"'
    roster = read("employee_id,role,goals\n" + f"1,mentor,{answer}\n2,mentee,x\n")
    assert len(roster.accounts) == 2
    lines = read(HEAD + '1,mentor,A,"one\na, b, c, d"\n2,mentee,B,"x\nkind, of, a row"\n')
    assert len(lines.accounts) == 2
    assert list(told(lines, "form of rows of their own")["severity"]) == ["warning"]


@pytest.mark.parametrize("row", range(8))
@pytest.mark.parametrize("more", [",", ",,", ", "])
def test_a_delimiter_too_many_at_the_end_of_one_row_changes_nothing(row: int, more: str) -> None:
    lines = written(PEOPLE).splitlines()
    lines[row + 1] += more
    roster = read("\n".join(lines) + "\n")
    assert list(roster.accounts["employee_id"]) == [row[0] for row in PEOPLE]
    assert list(roster.accounts["status"].unique()) == ["taking part"]


@pytest.mark.parametrize("row", range(8))
@pytest.mark.parametrize("column", range(4))
def test_a_delimiter_too_many_or_too_few_within_one_row_rejects_that_row_alone(row: int, column: int) -> None:
    for change in (",,", ""):
        if not change and not column:
            continue
        cells = [list(each) for each in PEOPLE]
        joined = ",".join(cells[row][:column]) + (change if column else ",") + ",".join(cells[row][column:])
        lines = written(PEOPLE).splitlines()
        lines[row + 1] = joined
        roster = read("\n".join(lines) + "\n", on_bad_rows="skip")
        assert list(roster.accounts["status"] == "rejected") == [k == row for k in range(8)]


def test_a_blank_last_column_hides_no_shift() -> None:
    lines = ["employee_id,role,name,team", "1,mentor,A,", "2,mentee,B,", "3,mentee,,C,", "4,mentee,D,"]
    roster = read("\n".join(lines) + "\n", on_bad_rows="skip")
    assert list(roster.accounts["status"] == "rejected") == [False, False, True, False]


def test_text_beyond_the_headers_is_not_read_over() -> None:
    content = "employee_id,role,name\n1,mentor,A,\n2,mentor,Smith, John\n3,mentee,C,\n4,mentee,D,\n"
    roster = read(content, on_bad_rows="skip")
    assert list(roster.accounts["status"] == "rejected") == [False, True, False, False]


def test_a_delimiter_missing_between_two_headers_is_refused_or_warned_of() -> None:
    with refused("missing in the header 'rolename'"):
        read("employee_id,rolename,department\n1,mentor,A,\n2,mentee,B,\n")
    roster = read("employee_id,role,xy\n1,mentor,A,\n2,mentee,B,\n")
    assert list(told(roster, "empty cells at its end")["severity"]) == ["warning"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("before", "behind"), [(" ", ""), ("  ", ""), ("", " "), (" ", " ")])
def test_blanks_round_quotes_are_no_text(delimiter: str, before: str, behind: str) -> None:
    rows = [
        ["employee_id", "role", "name", "skills_offered"],
        ["1", "mentor", '"Ann"', '"C; C++"'],
        ["2", "mentee", '"B ""b"""', ""],
    ]
    roster = read("".join(delimiter.join(f"{before}{cell}{behind}" for cell in row) + "\n" for row in rows))
    assert (list(roster.mentors["name"]), list(roster.mentees["name"])) == (["Ann"], ['B "b"'])
    assert list(roster.mentors["skills_offered"]) == ["C; C++"]


def test_quotes_within_several_cells_reject_the_row_and_inches_do_not() -> None:
    content = HEAD + '1,mentor,X"Y, Z",\n2,mentor,5" disk,HR\n3,mentee,"6"" disk","7"" tape"\n'
    roster = read(content, on_bad_rows="skip")
    assert list(roster.accounts["status"] == "rejected") == [True, False, False]
    assert list(roster.mentees["name"]) == ['6" disk']


def test_headers_that_stand_again_begin_a_second_table() -> None:
    with refused("row 4: the headers stand again"):
        read(HEAD + "1,mentor,A,HR\n2,mentee,B,HR\n" + HEAD + "3,mentor,C,HR\n")
    with refused("row 3: the headers stand again"):
        read(HEAD + "1,mentor,A,HR\n" + "employee_id,role,grade\n3,mentor,4\n")
    twice = read(HEAD + HEAD + "1,mentor,A,HR\n2,mentee,B,IT\n")
    assert list(twice.accounts["row"]) == [3, 4]


def test_cells_in_apostrophes_are_refused() -> None:
    with refused("apostrophes instead of quotes"):
        read("employee_id,'role','name'\n1,'mentor','A, B'\n")
    assert len(read("employee_id,role,name\n1,mentor,O'Neil\n2,mentee,D'Arcy\n").accounts) == 2


def test_a_row_far_down_is_looked_at_as_it_was_written() -> None:
    body = "".join(f'{k},mentor,"N ""{k}""",HR\n' for k in range(1, 3_000))
    roster = read(HEAD + body + '3000,mentor,X"Y, Z",\n', on_bad_rows="skip")
    assert (roster.accounts["status"] == "rejected").sum() == 1
    assert roster.accounts["row"][roster.accounts["status"] == "rejected"].tolist() == [3001]


def test_a_row_with_blanks_behind_a_quote_and_another_that_is_never_closed_is_named() -> None:
    roster = read(HEAD + '1,mentor,A,HR\n2,mentee,"B" ,"HR\n', on_bad_rows="skip")
    assert list(roster.mentors.index) == ["1"]
    assert list(roster.issues.query("severity == 'error'")["row"]) == [3]
