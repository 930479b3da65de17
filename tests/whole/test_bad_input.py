"""Every bad input ends in the right error, which names the value and the place, and in nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rmatch
from rmatch import criteria, limits, objectives, rules

HEAD = "employee_id,role,skills_offered,skills_wanted"
GOOD = f"{HEAD}\n1,mentor,a,\n2,mentee,,a\n"


def read(text: str | bytes, **options: object) -> rmatch.Roster:
    buffer = io.StringIO(text) if isinstance(text, str) else io.BytesIO(text)
    return rmatch.read_csv(buffer, **options)  # type: ignore[arg-type]


# ---------------------------------------------------------------- people

FILES = {
    "empty": ("", "the file is empty"),
    "blank lines": ("\n \n\n", "the file is empty"),
    "a header only": (f"{HEAD}\n", "there are headers, but no people"),
    "no id column": ("name,role\nA,mentor\n", "no header means 'employee_id'; the headers are 'name', 'role'"),
    "a near id column": ("employe_id,role\nA,mentor\n", "Did you mean 'employe_id'?"),
    "no role": ("employee_id,x\n1,2\n", "nothing says who is"),
    "a header twice": ("employee_id,role,role\n1,mentor,mentor\n", "2 headers mean the column 'role'"),
    "an open quote": (
        'employee_id,role\n1,"mentor\n2,mentee\n',
        "row 2: a quote that opens in this row is never closed",
    ),
    "a NUL": (f"{HEAD}\n1,mentor,a\0,\n", "NUL"),
    "another encoding": ("employee_id,role\nJosé,mentor\n".encode("latin-1"), r"line 2 \(byte 0xe9\)"),
    "random bytes": (np.random.default_rng(0).bytes(4000), "not utf-8|NUL"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_named_with_the_place(name: str) -> None:
    text, message = FILES[name]
    with pytest.raises(rmatch.RosterError, match=message) as caught:
        read(text, on_bad_rows="skip")
    assert str(caught.value).startswith("workforce")


ROWS = {
    # what: rows below the header, column, value, row
    "the same id twice": ("1,mentor,a,\n1,mentor,b,\n2,mentee,,a\n", "employee_id", "1", 2),
    "a row with too many cells": ("1,mentor,a,,EXTRA,MORE\n2,mentee,,a\n", "", "", 2),
    "a row with too few cells": ("1,mentor\n2,mentee,,a\n", "", "", 2),
    "no id": ("2,mentee,,a\n ,mentor,a,\n", "employee_id", "", 3),
    "no role": ("1,boss,a,\n2,mentee,,a\n", "role", "boss", 2),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_stops_the_reading_or_is_left_out_by_wish(name: str) -> None:
    text, column, value, row = ROWS[name]
    with pytest.raises(rmatch.RosterError, match=f"row {row}") as caught:
        read(f"{HEAD}\n{text}")
    assert 'on_bad_rows="skip"' in str(caught.value)
    assert value in str(caught.value)
    issues = caught.value.issues
    assert issues is not None
    first = issues[issues["severity"] == "error"].iloc[0]
    assert (first["row"], first["column"], first["value"]) == (row, column, value)
    assert first["reason"]
    assert first["remedy"]
    roster = read(f"{HEAD}\n{text}", on_bad_rows="skip")
    assert (roster.accounts["status"] == "rejected").sum() == len(issues[issues["severity"] == "error"])
    assert rmatch.match(roster).verify()


@pytest.mark.parametrize("value", ["-3", "1.5", "1e3", "1001", "99999999999999999999"])
@pytest.mark.parametrize("column", ["capacity", "min_pairs"])
def test_a_number_of_pairs_that_is_none_rejects_its_row(column: str, value: str) -> None:
    with pytest.raises(rmatch.RosterError, match=f"row 2, {column}: this is no whole number") as caught:
        read(f"{HEAD},{column}\n1,mentor,a,,{value}\n2,mentee,,a,1\n")
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", ["many", "NaN", "inf", "as you like"])
@pytest.mark.parametrize("column", ["capacity", "min_pairs"])
def test_words_that_are_no_number_of_pairs_are_warned_of_and_the_default_counts(column: str, value: str) -> None:
    roster = read(f"{HEAD},{column}\n1,mentor,a,,{value}\n2,mentee,,a,1\n")
    (warning,) = (issue for issue in roster.issues.to_dict("records") if issue["severity"] == "warning")
    assert (warning["row"], warning["column"], warning["value"]) == (2, column, value)
    assert len(rmatch.match(roster).pairs) == 1


def test_more_pairs_wanted_than_there_is_room_for_rejects_the_row() -> None:
    with pytest.raises(rmatch.RosterError, match="row 2, min_pairs: the row asks for more pairs than its capacity"):
        read(f"{HEAD},capacity,min_pairs\n1,mentor,a,,1,2\n2,mentee,,a,1,0\n")


def test_an_unknown_manager_is_a_warning_and_no_more() -> None:
    roster = read(f"{HEAD},manager_id\n1,mentor,a,,99\n2,mentee,,a,1\n3,mentee,,a,\n")
    (issue,) = roster.issues[roster.issues["column"] == "manager_id"].itertuples()
    assert (issue.row, issue.value, issue.severity) == (2, "99", "warning")
    assert "nobody here has this id" in issue.reason
    matching = rmatch.match(roster)
    assert matching.pairs["mentee_id"].tolist() == ["3"]
    assert matching.why_not("1", "2").rules == ("outside_reporting_line",)


def test_a_circle_of_managers_is_reported_and_survived() -> None:
    roster = read(f"{HEAD},manager_id\n1,mentor,a,,2\n2,mentee,,a,3\n3,mentee,,a,1\n4,mentee,,a,4\n")
    issues = roster.issues[roster.issues["column"] == "manager_id"]
    assert (issues["severity"] == "warning").all()
    assert len(issues) >= 2
    assert rmatch.match(roster).verify()


def test_a_person_who_differs_on_two_sheets_is_a_warning() -> None:
    mentors = "employee_id,department,skills_offered,skills_wanted\n1,Sales,a,b\n2,Law,b,\n"
    mentees = "employee_id,department,skills_offered,skills_wanted\n1,Finance,b,a\n3,Law,,a\n"
    roster = rmatch.read_csv(io.StringIO(mentors), mentees=io.StringIO(mentees))
    (issue,) = roster.issues[roster.issues["severity"] == "warning"].itertuples()
    assert (issue.row, issue.column, issue.value) == (2, "department", "Finance")
    assert "'Sales'" in issue.reason
    matching = rmatch.match(roster)
    assert ("1", "1") not in set(zip(matching.pairs["mentor_id"], matching.pairs["mentee_id"], strict=True))
    assert matching.why_not("1", "1").rules == ("same person",)
    assert matching.verify()


PEOPLE: list[tuple[Callable[[], object], str]] = [
    (lambda: rmatch.read_csv("nosuch.csv"), "nosuch.csv"),
    (lambda: rmatch.read_csv(Path(__file__).parent), "folder"),
    (lambda: rmatch.read_csv(3), "int"),  # type: ignore[arg-type]
    (lambda: read(GOOD, on_bad_rows="ignore"), "'ignore'"),
    (lambda: read(GOOD, delimiter="::"), "'::'"),
    (lambda: read(GOOD.encode(), encoding="klingon"), "klingon"),
    (lambda: rmatch.from_frame(3), "int"),  # type: ignore[arg-type]
    (lambda: rmatch.from_records([1]), "row 2|headers|record"),  # type: ignore[list-item]
    (lambda: rmatch.from_frame(pd.DataFrame()), "empty|header|people"),
    (lambda: rmatch.match("people.csv"), "read_csv"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("act", "message"), PEOPLE)
def test_what_are_no_people_is_refused(act: Callable[[], object], message: str) -> None:
    with pytest.raises(rmatch.RosterError, match=message):
        act()


# ---------------------------------------------------------------- programs

ELEMENTS: list[tuple[Callable[[], object], str]] = [
    (lambda: criteria.Skills(float("inf")), "Skills: `weight` must be a finite number above 0, not inf"),
    (lambda: criteria.Skills(float("nan")), "Skills: `weight` must be a finite number above 0, not nan"),
    (lambda: criteria.Goals(0), "Goals: `weight` must be a finite number above 0, not 0"),
    (lambda: criteria.Goals(-1), "not -1"),
    (lambda: criteria.Goals("much"), "'much'"),  # type: ignore[arg-type]
    (lambda: criteria.Department(prefer="any"), "'any'"),  # type: ignore[arg-type]
    (lambda: criteria.Background(columns=()), "`columns`"),
    (lambda: criteria.Background(columns=("a", "a")), "each once"),
    (lambda: criteria.Similarity(), "`column` is missing"),
    (lambda: criteria.Text(), "`mentor_column`"),
    (lambda: criteria.PairScores(), "either `frame` or `file`"),
    (lambda: criteria.PairScores(file="nosuch.csv"), "nosuch.csv"),
    (lambda: criteria.PairScores(frame=pd.DataFrame([[2.0]], ["a"], ["b"])), r"outside \[0, 1\].*'a' and 'b'; rescale"),
    (lambda: criteria.PairScores(frame=pd.DataFrame([[0.5]], ["a"], ["b"]), missing=0.5), "`missing`"),
    (lambda: rules.GradeGap(3, 1), "no gap lies from 3"),
    (lambda: rules.GradeGap(float("nan")), "nan"),
    (lambda: rules.MinScore(1.5), "1.5"),
    (lambda: rules.MinScore(float("nan")), "nan"),
    (lambda: rules.MinGain(mentor=-0.1), "-0.1"),
    (lambda: rules.Shares(), "`column` is missing"),
    (lambda: rules.Shares(column="languages", at_least=0), "`at_least`"),
    (lambda: rules.Exclude((("a",),)), "pairs.0"),  # type: ignore[arg-type]
    (lambda: limits.Capacity(mentors=0), "`mentors` must be 1 or more, not 0"),
    (lambda: limits.Lock((("a", "b"), ("a", "b"))), "twice"),
    (lambda: objectives.Total(floor=2), "`floor`"),
    (lambda: rmatch.Program(criteria=()), "`criteria` is empty"),
    (lambda: rmatch.Program(seed=-1), "`seed`.*-1"),
    (lambda: rmatch.Program(objectives=(objectives.MostPairs(),)), "`objectives`"),
    (lambda: rmatch.Program(objectives=(objectives.Total(), objectives.MostPairs())), "`objectives`"),
]


@pytest.mark.parametrize(("make", "message"), ELEMENTS)
def test_an_element_out_of_range_is_refused_with_its_value(make: Callable[[], object], message: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=message):
        make()


TEXTS = {
    "not TOML": ("criteria = [[[", "not TOML"),
    "not UTF-8": (b"\xff\xfe\x00", "UTF-8"),
    "too deep": ("a = " + "[" * 5000, "not TOML"),
    "an unknown key": ("bogus_key = 1", "unknown key `bogus_key`"),
    "a mistyped key": ("criterai = []", "unknown key `criterai`.*Did you mean 'criteria'"),
    "a mistyped kind": ('[[criteria]]\nkind = "skils"', "unknown kind 'skils'.*Did you mean 'skills'"),
    "a mistyped option": ('[[criteria]]\nkind = "skills"\nwieght = 1', "unknown key 'wieght'.*Did you mean 'weight'"),
    "no kind": ("[[rules]]\nat_least = 1", "needs a text `kind`"),
    "a dotted kind": ('[[rules]]\nkind = "os.system"', "unknown kind 'os.system'"),
    "an infinite weight": ('[[criteria]]\nkind = "skills"\nweight = inf', "finite number above 0, not inf"),
    "weights of zero": (
        '[[criteria]]\nkind = "skills"\nweight = 0\n[[criteria]]\nkind = "goals"\nweight = 0',
        "Skills: `weight` must be a finite number above 0, not 0",
    ),
    "one bracket for two": ('[rules]\nkind = "same"', r"`rules` is a list: write \[\[rules\]\], in two brackets"),
    "one bracket for limits": ("[limits]\nmost = 3", r"`limits` is a list: write \[\[limits\]\], in two brackets"),
    "a word for a list": ('limits = "all"', "`limits`: must be a list, not 'all'$"),
    "a word for a count": (
        '[[limits]]\nkind = "total_pairs"\nmost = "ten"',
        "`most`: must be a whole number, not 'ten'$",
    ),
    "a part for a count": (
        "[[limits]]\nkind = 'total_pairs'\nleast = 2.5",
        "`least`: must be a whole number, not 2.5$",
    ),
    "a number for a word": ("[[rules]]\nkind = 'same'\ncolumn = 3", "`column`: must be a text, in quotes, not 3$"),
    "a word for a weight": ("[[criteria]]\nkind = 'goals'\nweight = 'much'", "`weight`: must be a number, not 'much'$"),
    "a word for a switch": (
        "[[rules]]\nkind = 'outside_reporting_line'\nshared_manager = 'maybe'",
        "`shared_manager`: must be true or false, not 'maybe'$",
    ),
    "a third side": (
        "[[rules]]\nkind = 'accepts'\ncolumn = 'a'\nof = 'b'\nside = 'us'",
        "`side`: must be 'mentee', 'mentor' or 'both', not 'us'$",
    ),
    "no objectives": ("objectives = []", "`objectives` is empty: leave it out for .*`most_pairs` then `total`$"),
    "a text for a number": ("seed = 'x'", "`seed`.*'x'"),
    "a range without ends": ("[roles]\ncolumn = 'x'\nmentor = {}\nmentee = { at_least = 1 }", "at_least"),
    "a mistyped column option": ("[columns.grade]\noder = ['a']", "unknown key `columns.grade.oder`.*'order'"),
    "a label twice": ("[columns.grade]\norder = ['a', 'a']", "twice"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_program_file_that_cannot_be_used_is_named_with_what_is_wrong(name: str, tmp_path: Path) -> None:
    text, message = TEXTS[name]
    path = tmp_path / "program.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(rmatch.ProgramError, match=message) as caught:
        rmatch.Program.from_file(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "3", "[" * 100_000, '{"bogus": 1}'])
def test_a_program_in_json_is_held_to_the_same(text: str, tmp_path: Path) -> None:
    path = tmp_path / "program.json"
    path.write_text(text)
    with pytest.raises(rmatch.ProgramError, match=r"program\.json"):
        rmatch.Program.from_file(path)
    with pytest.raises(rmatch.ProgramError, match=r"nosuch\.json"):
        rmatch.Program.from_file(tmp_path / "nosuch.json")


NAMED: list[tuple[rmatch.Program, str]] = [
    (rmatch.Program(criteria=(criteria.Goals(),)), "goals needs the column 'goals'"),
    (rmatch.Program(rules=(rules.GradeGap(),)), "grade_gap needs the column 'grade'"),
    (rmatch.Program(rules=(rules.OutsideReportingLine(),)), "outside_reporting_line needs the column 'manager_id'"),
    (rmatch.Program(rules=(rules.Same(column="skills_ofered"),)), "Did you mean 'skills_offered'"),
    (
        rmatch.Program(roles={"column": "x", "mentor": {"at_most": 1}, "mentee": {"at_least": 2}}),
        "pass `program=` to the reader",
    ),
]


@pytest.mark.parametrize(("program", "message"), NAMED)
def test_what_a_program_names_must_be_there(program: rmatch.Program, message: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=message):
        rmatch.match(read(GOOD), program)


def test_what_the_default_program_does_not_find_is_told() -> None:
    matching = rmatch.match(read(GOOD))
    assert [c.name for c in matching.program.criteria] == ["skills"]
    assert matching.program.rules == ()
    told = "\n".join(matching.left_out)
    for name in ("reciprocity", "goals", "department", "background", "grade_gap", "outside_reporting_line"):
        assert name in told
    with pytest.raises(rmatch.ProgramError, match="no default criterion has a column to read"):
        rmatch.match(read("employee_id,role\n1,mentor\n2,mentee\n"))


def test_labels_of_grades_without_an_order_are_told_from_grades() -> None:
    text = "employee_id,role,grade,skills_offered,skills_wanted\n1,mentor,EO,a,\n2,mentee,SCS1,,a\n"
    roster = read(text)
    issue = next(roster.issues[roster.issues["column"] == "grade"].itertuples())
    assert issue.severity == "warning"
    assert "order" in issue.remedy
    program = rmatch.Program(columns={"grade": {"order": ("EO", "SCS1")}})
    matching = rmatch.match(read(text, program=program), program)
    assert len(matching.pairs) == 1
    assert "grade_gap" in [rule.name for rule in matching.program.rules]


QUESTIONS: list[tuple[Callable[[rmatch.Roster], object], str]] = [
    (lambda roster: rmatch.match(roster, time_limit=0), "`time_limit`"),
    (lambda roster: rmatch.match(roster, time_limit=float("nan")), "`time_limit`"),
    (lambda roster: rmatch.match(roster, "program.toml"), "from_file"),  # type: ignore[arg-type]
    (lambda roster: rmatch.score_matrix(roster, memory_limit=1), "1 × 1 pairs"),
    (lambda roster: rmatch.shortlist(roster, best=0), "`best`"),
    (lambda roster: rmatch.shortlist(roster, side="boss"), "'boss'"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("ask", "message"), QUESTIONS)
def test_a_question_out_of_range_is_refused(ask: Callable[[rmatch.Roster], object], message: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=message):
        ask(read(GOOD))


def test_every_error_is_one_of_ours() -> None:
    for name in ("RosterError", "ProgramError", "InfeasibleError", "SolverError", "OutputError"):
        assert issubclass(getattr(rmatch, name), rmatch.RmatchError)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rmatch.read_csv("people.csv", program="program.toml"), "from_file"),  # type: ignore[arg-type]
        (lambda: rmatch.from_records([], program={"seed": 1}), "from_file"),  # type: ignore[arg-type]
        (lambda: rmatch.match(_two(), time_limit="5"), "`time_limit`"),  # type: ignore[arg-type]
        (lambda: rmatch.match(_two(), memory_limit="5 GB"), "`memory_limit`"),  # type: ignore[arg-type]
        (lambda: rmatch.match(_two(), memory_limit=float("nan")), "`memory_limit`"),
        (lambda: rmatch.score_matrix(_two(), memory_limit="5 GB"), "`memory_limit`"),  # type: ignore[arg-type]
        (lambda: rmatch.shortlist(_two(), best="five"), "`best` is 1 or more"),  # type: ignore[arg-type]
        (lambda: rmatch.shortlist(_two(), best=1.5), "`best` is 1 or more"),  # type: ignore[arg-type]
    ],
)
def test_an_argument_of_the_wrong_kind_is_said_in_words(call: Callable[[], object], words: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=words):
        call()


def _two() -> rmatch.Roster:
    return rmatch.from_records(
        [
            {"employee_id": "1", "role": "mentor", "skills_offered": "SQL"},
            {"employee_id": "2", "role": "mentee", "skills_wanted": "SQL"},
        ]
    )
