"""The alias table: other words for a skill are read as one, said so, and a table that contradicts itself is refused."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.api.folder import write_folder
from rmatch.columns import fold
from rmatch.roster import aliases

PEOPLE = """employee_id,role,skills_offered,skills_wanted
1,mentor,JS:4; C#; Python,golf
2,mentor,java script,
3,mentor,JavaScript; js:2,
4,mentee,,ECMAScript;Py
5,mentee,golf,javascript
"""
TABLE = "alias,canonical\njs,JavaScript\nECMAScript,JavaScript\njava script,JavaScript\npy,Python\n"
WORDS = {"js": "JavaScript", "ECMAScript": "JavaScript", "java script": "JavaScript", "py": "Python"}


def read(program: rmatch.Program, people: str = PEOPLE) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(people), program=program)


def skills(roster: rmatch.Roster, side: int, column: str) -> list[list[str]]:
    table = roster.tables()[side]
    return [table[column].of(k) for k in range(len(table.ids))]  # type: ignore[union-attr]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "skills.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "skills.csv"


def test_other_words_for_a_skill_are_read_as_one_on_both_sides(table: Path) -> None:
    for way in (WORDS, table, str(table)):
        roster = read(rmatch.Program(aliases=way))  # type: ignore[arg-type]
        assert skills(roster, 0, "skills_offered") == [["C#", "JavaScript", "Python"], ["JavaScript"], ["JavaScript"]]
        assert skills(roster, 1, "skills_wanted") == [["JavaScript", "Python"], ["JavaScript"]]
    assert list(roster.mentors["skills_offered"]) == ["C#; JavaScript:4; Python", "JavaScript", "JavaScript:2"]


def test_what_was_read_otherwise_is_said_with_counts() -> None:
    said = read(rmatch.Program(aliases=WORDS)).issues.query("reason.str.contains('alias table')")
    assert list(said["severity"]) == ["info"] * 2
    assert list(said["column"]) == ["skills_offered", "skills_wanted"]
    assert list(said["row"]) == [2, 5]
    assert list(said["reason"]) == [
        "3 answers are read by the alias table: 'JS' as 'JavaScript' (2), 'java script' as 'JavaScript' (1) "
        "(2 more like it)",
        "2 answers are read by the alias table: 'ECMAScript' as 'JavaScript' (1), 'Py' as 'Python' (1)",
    ]
    assert not read(rmatch.Program(aliases={"x": "y"})).issues["reason"].str.contains("alias table").any()


def test_a_table_of_many_words_is_said_in_one_line() -> None:
    offered = ";".join(f"w{k}" for k in range(9))
    program = rmatch.Program(aliases={f"w{k}": "word" for k in range(9)})
    said = read(program, f"employee_id,role,skills_offered\n1,mentor,{offered}\n2,mentee,\n").issues
    (reason,) = said["reason"][said["reason"].str.contains("alias")]
    assert reason.startswith("9 answers are read by the alias table: 'w0' as 'word' (1), ")
    assert reason.endswith(" and 4 more")


def test_the_table_s_spelling_is_shown_even_where_another_is_commoner() -> None:
    people = "employee_id,role,skills_offered\n1,mentor,javascript\n2,mentor,JAVASCRIPT\n3,mentor,js\n"
    roster = read(rmatch.Program(aliases={"js": "JavaScript"}), people)
    assert skills(roster, 0, "skills_offered") == [["JavaScript"]] * 3


def test_aliases_are_for_skills_and_for_the_columns_that_a_program_names_so() -> None:
    rows = ["1,mentor,js;sql,a,js,js", "2,mentor,sql,b,x,y", "3,mentee,c,js,z,y"]
    people = "\n".join(["employee_id,role,knows,likes,goals,department", *rows])
    columns = {"knows": {"split": ";"}, "likes": {"split": ";"}}
    criteria = (rmatch.criteria.Skills(offered="knows", wanted="likes"),)
    roster = read(rmatch.Program(aliases=WORDS, columns=columns, criteria=criteria), people)  # type: ignore[arg-type]
    assert skills(roster, 0, "knows")[0] == ["JavaScript", "sql"]
    assert skills(roster, 1, "likes")[0] == ["JavaScript"]
    assert skills(roster, 0, "goals")[0] == ["js"]
    assert roster.mentors.loc["1", "department"] == "js"


def test_several_headers_of_one_column_are_read_by_the_table_too() -> None:
    people = "employee_id,role,a,b\n1,mentor,js,ECMAScript\n2,mentor,sql,js\n3,mentee,,\n"
    roster = read(rmatch.Program(aliases=WORDS, columns={"skills_offered": {"source": ["a", "b"]}}), people)  # type: ignore[dict-item]
    assert skills(roster, 0, "skills_offered") == [["JavaScript"], ["JavaScript", "sql"]]
    assert "3 answers" in "".join(roster.issues["reason"])


def test_of_a_withheld_column_nothing_is_said() -> None:
    columns = {"skills_wanted": {"use": "audit", "sensitive": True}}
    program = rmatch.Program(aliases=WORDS, columns=columns, criteria=(rmatch.criteria.Goals(),))  # type: ignore[arg-type]
    issues = read(
        program, PEOPLE.replace("role,", "role,goals,").replace("or,", "or,x,").replace("ee,", "ee,x,")
    ).issues
    assert [column for column in issues["column"] if column.startswith("skills")] == ["skills_offered"]
    assert "ECMAScript" not in issues.to_string()


# ---------------------------------------------------------------- programs


def test_a_program_names_the_file_beside_it_and_carries_the_words_away(table: Path, tmp_path: Path) -> None:
    (tmp_path / "program.toml").write_text('aliases = "skills.csv"\n', encoding="utf-8")
    (tmp_path / "program.json").write_text('{"aliases": "skills.csv"}', encoding="utf-8")
    for name in ("program.toml", "program.json"):
        program = rmatch.Program.from_file(tmp_path / name)
        assert program == rmatch.Program(aliases=WORDS)
    matching = rmatch.match(read(program), program)
    write_folder(matching, tmp_path / "out")
    table.unlink()
    again = rmatch.Program.from_file(tmp_path / "out" / "program.toml")
    assert again == matching.program
    assert again.aliases == WORDS
    loaded = rmatch.load(tmp_path / "out" / "matching.json", read(again))
    assert loaded.verify()
    assert loaded.program == matching.program
    assert rmatch.Program.model_validate(json.loads(json.dumps(program.to_dict()))) == program


def test_the_order_of_the_table_does_not_matter() -> None:
    turned = dict(reversed(WORDS.items()))
    assert rmatch.Program(aliases=turned).to_toml() == rmatch.Program(aliases=WORDS).to_toml()


def test_aliases_bind_when_the_people_are_read() -> None:
    program = rmatch.Program(aliases=WORDS)
    with pytest.raises(rmatch.ProgramError, match="`aliases`, `tracks` and `mirror` bind when the people are read"):
        rmatch.match(read(rmatch.Program()), program)
    assert rmatch.match(read(program)).program.aliases == WORDS
    matching = rmatch.match(read(program), program)
    assert "JavaScript" in matching.pairs["teaches"].str.cat()
    assert matching.why_not("2", "4").loss is not None


def test_no_aliases_leave_a_program_as_it_was() -> None:
    assert "aliases" not in rmatch.Program().to_dict()
    assert rmatch.Program(aliases={}) == rmatch.Program()
    assert rmatch.Program.model_json_schema()["properties"]["aliases"]["anyOf"]


# ---------------------------------------------------------------- tables that cannot be used

TABLES = {
    "two words for one": (
        "alias,canonical\njs,JavaScript\npy,Python\nJ-S,x\nJS,JScript\n",
        r"skills.csv: row 5 reads 'JS' as 'JScript', but row 2 reads 'js' as 'JavaScript'. One word cannot be",
    ),
    "a chain": (
        "alias,canonical\njs,Javascript\nJavaScript,ECMAScript\n",
        "row 2 reads 'js' as 'Javascript', but row 3 reads 'JavaScript' as 'ECMAScript'. Give the last word in both",
    ),
    "a circle": (
        "alias,canonical\na,b\nb,c\nc,a\n",
        "run in a circle: row 2 reads 'a' as 'b'; row 3 reads 'b' as 'c'; row 4 reads 'c' as 'a'. Keep one",
    ),
    "a chain into a circle": ("alias,canonical\nx,a\na,b\nb,a\n", "circle: row 3 reads 'a' as 'b'; row 4 reads 'b'"),
    "no canonical word": ("alias,canonical\njs,JavaScript\npy,\n", "row 3: there is no canonical word"),
    "no alias": ("alias,canonical\n ,JavaScript\n", "row 2: there is no alias"),
    "no column": ("alias,word\njs,JavaScript\n", "there is no column 'canonical'. A table needs"),
    "a column twice": ("alias,canonical,Alias\njs,JavaScript,x\n", "there are 2 columns 'alias'"),
    "a long row": ("alias,canonical\njs,JavaScript\npy,Python,3\n", "row 3: the row has 3 cells"),
    "an empty file": ("", "the file is empty"),
    "another encoding": (b"alias,canonical\nju,J\xfc\n", "not utf-8 near line 2"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_used_is_refused_by_its_rows(name: str, tmp_path: Path) -> None:
    text, message = TABLES[name]
    (tmp_path / "skills.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(rmatch.ProgramError, match=message):
        rmatch.Program(aliases=tmp_path / "skills.csv")  # type: ignore[arg-type]
    (tmp_path / "program.toml").write_text('aliases = "skills.csv"', encoding="utf-8")
    with pytest.raises(rmatch.ProgramError, match=r"program\.toml"):
        rmatch.Program.from_file(tmp_path / "program.toml")


@pytest.mark.parametrize("given", [3, None, ["a"], {"a": 3}, {"": "b"}, {"a": " "}, {1: "a"}, {"a": "b", "A": "c"}])
def test_what_is_no_table_is_refused(given: object) -> None:
    with pytest.raises(rmatch.ProgramError, match="alias"):
        rmatch.Program(aliases=given)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(rmatch.ProgramError, match=r"aliases: nosuch\.csv: there is no file"):
        rmatch.Program(aliases="nosuch.csv")  # type: ignore[arg-type]


def test_a_table_may_be_written_as_any_sheet(tmp_path: Path) -> None:
    text = "Skills of the company;;\nAlias;Canonical;note\njs;JavaScript;\nJS;javascript;again\nC++;C++;as it is\n"
    (tmp_path / "skills.csv").write_bytes(text.encode("utf-16"))
    assert rmatch.Program(aliases=tmp_path / "skills.csv").aliases == {"C++": "C++", "JS": "javascript"}  # type: ignore[arg-type]


NAMES = st.text(st.sampled_from("abAB -"), min_size=1, max_size=3).filter(str.strip)


@given(st.dictionaries(NAMES, NAMES, max_size=6))
def test_a_table_is_lawful_or_names_two_entries(words: dict[str, str]) -> None:
    try:
        program = rmatch.Program(aliases=words)
    except rmatch.ProgramError as error:
        assert len(re.findall("the entry reads", str(error))) >= 2  # noqa: PT017
        return
    readings = program.binding().readings()
    for word in readings.values():
        assert fold(readings[fold(word)]) == fold(word), "what a word is read as is read as itself"
    for alias, word in words.items():
        assert fold(readings[fold(alias.strip())]) == fold(word.strip())
    assert rmatch.Program(aliases=program.aliases) == program


def test_more_aliases_than_anybody_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliases, "MOST", 3)
    with pytest.raises(rmatch.ProgramError, match="aliases: there are 4 aliases, more than 3"):
        rmatch.Program(aliases=WORDS)
