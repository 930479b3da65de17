"""Skills that look like one are suggested, with counts, and never merged; words of their own are left in peace."""

from __future__ import annotations

import csv
import io
from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import DATA

import rmatch
from rmatch.columns import fold
from rmatch.roster.spellings import LARGEST, MOST, _edits, alike, slip, stem

SKILLS = DATA / "skills"


def found(*words: tuple[str, int]) -> set[tuple[str, str]]:
    keys = [fold(word) for word, _ in words]
    return {(words[a][0], words[b][0]) for a, b in alike(keys, np.array([n for _, n in words]))}


APART = [
    ("Java", "JavaScript"), ("C", "C++"), ("C", "C#"), ("C#", "C++"), ("R", "Go"), ("React", "React Native"),
    ("Vue", "Vuex"), ("Python 2", "Python 3"), ("Python2", "Python3"), ("Python", "Python 3"),
    ("Python3", "Python"), ("HTML", "HTML5"), ("Python 3.1", "Python 3.11"), ("Windows 10", "Windows 1.0"),
    ("Windows 1 0", "Windows 10"), ("ISO 9001", "ISO 9002"), ("Angular", "AngularJS"), ("F", "F#"),
    ("Visual C++", "Visual C#"), ("Objective-C", "Objective-C++"), ("B2B", "B2C"), ("GitHub", "GitLab"),
    ("Type I", "Type II"), ("Level A", "Level B"), ("Flask", "Flash"), ("Scala", "Scale"), ("SAP", "SAS"),
    ("Data analysis", "Data analyst"), ("Data analysis", "Data analytics"), ("accounting", "accountant"),
    ("SQL", "MySQL"), ("AW", "AWS"), ("CS", "CSS"), ("iOS", "macOS"), ("React", "Preact"), ("Unity", "Untie"),
    ("R&D", "RD"), (".NET", "NET"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), APART)
def test_words_of_their_own_are_never_taken_for_one_another(one: str, other: str) -> None:
    for a, b in ((1, 1), (1, 10**6), (10**6, 1)):
        assert not found((one, a), (other, b))


RIVALS = [("MySQL", "MSSQL"), ("Slack", "Stack"), ("Scrum", "Serum"), ("Spring", "String"), ("mentoring", "monitoring"),
          ("Microeconomics", "Macroeconomics"), ("Spark", "Shark")]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), RIVALS)
def test_words_a_letter_apart_are_left_in_peace_where_both_are_common(one: str, other: str) -> None:
    assert not found((one, 100), (other, 100))
    assert not found((one, 100), (other, 11))


ONE = [
    # the usual word, how it is written too, how much commoner it must be
    ("R&D", "R & D", 1), ("JavaScript", "java script", 1), ("front-end", "frontend", 1), ("Node.js", "NodeJS", 1),
    ("spreadsheets", "spreadsheet", 1), ("public speaking", "publicspeaking", 1), ("PL/SQL", "PLSQL", 1),
    ("Power BI", "PowerBI", 1), ("Python 3", "python3", 1), ("strategy", "strategies", 1),
    ("pivot tables", "pivot table", 1), ("Café management", "Cafe management", 1),
    ("ISO 9001:2015", "ISO 9001 2015", 1), ("process", "processes", 1), ("C++ templates", "C++ template", 1),
    ("Python", "Pyhton", 1), ("Marketing", "Marekting", 1), ("Programming", "Programing", 1),
    ("Python", "Pythonn", 1), ("Excel", "Excell", 10), ("Excel", "Exel", 10), ("design", "desing", 1),
    ("Python", "Pyton", 10), ("Python", "Pythoon", 1), ("JavaScript", "JavScript", 5), ("Python", "Pytho", 10),
    ("Marketing", "Msrketing", 10), ("Python programming", "Pyhton programming", 1),
    ("communication", "comunnication", 20), ("presentation skills", "persentaion skills", 20),
    ("negotiation", "negociatoin", 20),
]  # fmt: skip


@pytest.mark.parametrize(("usual", "odd", "ratio"), ONE)
def test_a_slip_is_suggested_where_the_other_word_is_so_much_commoner(usual: str, odd: str, ratio: int) -> None:
    assert found((usual, 2 * ratio + (ratio == 1)), (odd, 2)) == {(odd, usual)}
    if ratio > 1:
        assert not found((usual, 2 * ratio - 1), (odd, 2))


def test_what_folding_merges_is_no_suggestion() -> None:
    people = "employee_id,role,skills_offered\n1,mentor,JavaScript\n2,mentor,Javascript \n3,mentor,JAVASCRIPT\n"
    assert rmatch.read_csv(io.StringIO(people)).issues.empty
    roster = rmatch.read_csv(io.StringIO(people + "4,mentor,java-script\n5,mentor,java  script\n"))
    (reason,) = roster.issues["reason"]
    assert reason == "'java  script' (2 people) looks like 'JAVASCRIPT' (3 people)"


PEOPLE = """employee_id,role,skills_offered,skills_wanted
1,mentor,Python; Java; C#,Pyhton
2,mentor,Pyhton:3;JavaScript,golf
3,mentor,python;C++,
4,both,Python,Python
5,mentee,golf,Python; java
"""


def test_a_suggestion_names_both_words_with_their_people_and_merges_nothing() -> None:
    roster = rmatch.read_csv(io.StringIO(PEOPLE))
    (said,) = roster.issues.itertuples()
    assert said.reason == "'Pyhton' (2 people) looks like 'Python' (4 people)"
    assert (said.severity, said.file, said.row, said.column) == ("info", "workforce", 3, "skills_offered")
    assert (said.value, "alias table" in said.remedy) == ("Pyhton", True)
    assert list(roster.mentors["skills_offered"])[1] == "JavaScript; Pyhton:3"


def test_the_order_of_rows_does_not_change_what_is_said() -> None:
    head, *rows = PEOPLE.splitlines()
    for some in list(permutations(rows))[::17]:
        roster = rmatch.read_csv(io.StringIO("\n".join([head, *some])))
        assert list(roster.issues["reason"]) == ["'Pyhton' (2 people) looks like 'Python' (4 people)"]


def test_a_word_in_the_alias_table_is_corrected_or_left_in_peace() -> None:
    for aliases in ({"Pyhton": "Python"}, {"Pyhton": "Pyhton"}):
        roster = rmatch.read_csv(io.StringIO(PEOPLE), program=rmatch.Program(aliases=aliases))
        assert not roster.issues["reason"].str.contains("looks like").any()


def test_withheld_columns_are_not_looked_at() -> None:
    columns = {name: {"use": "audit", "sensitive": True} for name in ("skills_offered", "skills_wanted")}
    program = rmatch.Program(columns=columns, criteria=(rmatch.criteria.Goals(),))  # type: ignore[arg-type]
    roster = rmatch.read_csv(io.StringIO(PEOPLE), program=program)
    assert not roster.issues.to_string().count("Pyhton")


def test_only_what_the_people_say_is_looked_at_not_all_that_a_directory_holds() -> None:
    people = "employee_id,role,skills_offered\n1,mentor,Python\n2,mentor,\n3,mentor,\n"
    company = "employee_id,skills_offered\n2,Pyhton\n3,Python\n8,Pythno\n9,Pythoon\n"
    roster = rmatch.read_csv(io.StringIO(people), directory=io.StringIO(company))
    looks = roster.issues["reason"][roster.issues["reason"].str.contains("looks like")]
    assert list(looks) == ["'Pyhton' (1 person) looks like 'Python' (2 people)"]


def test_many_suggestions_are_capped_and_counted() -> None:
    words = [f"{a}{b}nguage" for a in "bcdfgk" for b in "aeiou"]
    rows = [f"{k},mentor,{w};{w}s" for k, w in enumerate(words)]
    people = "\n".join(["employee_id,role,skills_offered", *rows])
    reasons = list(rmatch.read_csv(io.StringIO(people)).issues["reason"])
    assert len([r for r in reasons if "looks like" in r and "person" in r]) == MOST
    assert [r for r in reasons if "more" in r] == [f"{len(words) - MOST} more skills look like another"]


@pytest.mark.slow
@given(st.lists(st.tuples(st.text("abcxs #+-.é3", max_size=12), st.integers(1, 40)), max_size=12))
def test_suggestions_depend_on_no_order_and_point_to_what_is_commoner(words: list[tuple[str, int]]) -> None:
    unique = list({fold(word): (fold(word), n) for word, n in words}.values())
    pairs = found(*unique)
    assert pairs == found(*reversed(unique))
    often = dict(unique)
    for odd, usual in pairs:
        assert (-often[usual], usual) < (-often[odd], odd)
        assert stem(odd) == stem(usual) or odd.count(" ") == usual.count(" ")
        assert [c for c in odd if c in "+#"] == [c for c in usual if c in "+#"]
    assert len({odd for odd, _ in pairs}) == len(pairs)


@given(st.text("abcd", min_size=5, max_size=14), st.data())
def test_every_single_slip_within_a_word_is_one(word: str, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(word) - 2))
    letter = data.draw(st.sampled_from("xyz"))
    for odd in (word[:k] + letter + word[k:], word[:k] + letter + word[k + 1 :]):
        assert slip(word, odd)
        assert found((word, 1000), (odd, 1)) == {(odd, word)}
    if word[k] != word[k + 1]:
        odd = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
        assert found((word, 1000), (odd, 1)) == {(odd, word)}


@cache
def distance(a: str, b: str) -> int:
    """The fewest letters that are added, dropped, changed, or swapped with the next, each part touched once."""
    if not a or not b:
        return len(a) + len(b)
    steps = [distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0])]
    return min([*steps, distance(a[2:], b[2:]) + 1] if a[:2] == b[1::-1] else steps)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_slips_are_counted_as_they_are(one: str, other: str) -> None:
    assert _edits(one, other) == distance(one, other)


@pytest.mark.slow
def test_so_many_words_are_compared_and_no_more() -> None:
    keys = [f"{'abcdefghij'[k % 10]}{k}" for k in range(LARGEST)]
    counts = np.full(len(keys) + 2, 2)
    counts[-1] = 1
    assert not alike([*keys, "language", "languages"], counts)
    counts[-2:] = 3
    assert alike([*keys, "language", "languages"], counts) == [(LARGEST + 1, LARGEST)]


def test_real_skills_are_left_in_peace() -> None:
    if not SKILLS.is_dir():
        pytest.skip(f"no data in {SKILLS}")
    with (SKILLS / "onet_technology_skills.txt").open(encoding="utf-8", newline="") as file:
        words = sorted({fold(row[1]) for row in csv.reader(file, delimiter="\t")})
    pairs = alike(words, np.ones(len(words), np.int64))
    assert len(words) > 5_000
    named = {(words[odd], words[usual]) for odd, usual in pairs}
    assert ("web browser software", "web broswer software") in named, "a slip in the list itself"
    assert len(named) < len(words) / 500
