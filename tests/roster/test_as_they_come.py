"""Sheets as people make them: mixed separators, codes above questions, words for nobody, and everyday headers."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest

import rmatch
from rmatch.program.drafting import Files, draft_program
from rmatch.rules import Avoids


def people(header: str, *cells: str, program: rmatch.Program | None = None) -> rmatch.Roster:
    rows = "".join(f"{k},{'mentor' if k % 2 else 'mentee'},{cell}\n" for k, cell in enumerate(cells, 1))
    return rmatch.read_csv(io.StringIO(f"employee_id,role,{header}\n{rows}"), program=program)


@pytest.mark.parametrize("cell", ["KI (Agenten, RAG; LLM), Excel", "Excel, KI [Agenten; RAG]", 'Excel, "a; b" und c'])
def test_one_item_with_commas_is_warned_of_though_brackets_hold_another_separator(cell: str) -> None:
    quoted = cell.replace('"', '""')
    roster = people("skills_offered", f'"{quoted}"', "")
    told = roster.issues[roster.issues["reason"] == "the cell is read as one item, though it has commas"]
    assert len(told) == (0 if '"' in cell else 1)
    if len(told):
        assert told["value"].tolist() == [cell]
        assert told["remedy"].item().endswith('split = [",", ";"].')
        declared = rmatch.Program(columns={"skills_offered": {"split": [",", ";"]}})
        split = people("skills_offered", f'"{quoted}"', "", program=declared)
        assert split.mentors["skills_offered"].item().startswith("Excel; KI ")
        assert not split.issues["reason"].str.contains("one item").any()


@pytest.mark.parametrize("cell", ["Excel (basics, charts; pivots)", "Excel (basics; charts)", "['a, b; c']"])
def test_commas_within_brackets_and_within_lists_are_no_reason_to_ask(cell: str) -> None:
    roster = people("skills_offered", f'"{cell}"', "")
    assert not roster.issues["reason"].str.contains("though it has commas").any()


CODED = """StartDate,Q1,Q2,Q3_1,Q3_2,QID4,Team
{second},E-mail address,Do you join as mentor or mentee?,Topics I can share - R,Topics I can share - Git,{wanted},Team
{rows}"""
ROWS = "2026-01-02,a@x.org,Mentor,R,,,blue\n2026-01-02,b@x.org,Mentee,,,R,red\n"
IMPORT = ",".join(f'"{{""ImportId"":""QID{k}""}}"' for k in range(7)) + "\n"


@pytest.mark.parametrize("imported", [True, False])
@pytest.mark.parametrize("wanted", ["Was würdest du gern lernen?", "Topics I would like to learn"])
def test_questions_below_codes_tell_what_the_columns_are(imported: bool, wanted: str, tmp_path: Path) -> None:
    text = CODED.format(second="Start Date", wanted=wanted, rows=(IMPORT if imported else "") + ROWS)
    (tmp_path / "form.csv").write_text(text, encoding="utf-8")
    text, draft = draft_program(Files(tmp_path / "form.csv"), "x")
    assert not draft.open
    program = rmatch.Program.model_validate(tomllib.loads(text))
    roster = rmatch.read_csv(tmp_path / "form.csv", program=program)
    assert roster.mentors.index.tolist() == ["a@x.org"]
    assert roster.mentors["skills_offered"].tolist() == ["R"]
    assert roster.mentees["skills_wanted"].tolist() == ["R"]
    assert roster.mentees["team"].tolist() == ["red"]
    assert roster.issues["reason"].str.contains("question").any()


def test_a_code_that_the_program_names_stays_and_so_does_one_without_a_question_of_its_own() -> None:
    text = CODED.format(second="Start Date", wanted="E-mail address", rows=ROWS)
    columns = {"skills_offered": {"source": "Q3_1"}, "role": {"source": "Q2"}, "employee_id": {"source": "Q1"}}
    program = rmatch.Program(columns=columns, criteria=[{"kind": "similarity", "column": "QID4"}])
    roster = rmatch.read_csv(io.StringIO(text), program=program)
    assert roster.mentors["skills_offered"].tolist() == ["R"]
    assert roster.mentees["QID4"].tolist() == ["R"]


@pytest.mark.parametrize("row", ["2026-01-01,ann,mentor,R,,?,blue", "2026-01-01,ann,mentor,R,Git,R,blue"])
def test_the_first_person_below_codes_is_a_person(row: str) -> None:
    names = CODED.splitlines()[0].replace("Q1", "employee_id").replace("Q2", "role")
    roster = rmatch.read_csv(io.StringIO(f"{names}\n{row}\n2026-01-01,bo,mentee,,,R,red\n"))
    assert roster.mentors.index.tolist() == ["ann"]


@pytest.mark.parametrize("word", ["n/a", "None", "-", "–", "nobody", "Niemand", "No one", "x"])
def test_words_for_nobody_name_nobody(word: str) -> None:
    program = rmatch.Program(criteria=[{"kind": "wishes"}], rules=(Avoids(),))
    roster = people("wishes,avoids", f"{word},{word}", f"1; {word},{word}", program=program)
    assert len(roster.issues) == 0
    assert roster.mentees["wishes"].tolist() == ["1"]
    assert roster.mentees["avoids"].tolist() == [""]
    assert len(rmatch.match(roster, program).pairs) == 1


def test_somebody_who_is_called_so_can_be_named() -> None:
    program = rmatch.Program(criteria=[{"kind": "wishes"}])
    text = "employee_id,role,wishes\nx,mentor,\n2,mentee,x\n3,mentee,none\n"
    assert rmatch.read_csv(io.StringIO(text), program=program).mentees["wishes"].tolist() == ["x", ""]


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [
        ("Topics I could share", "Topics I would like to learn"),
        ("Was kannst du anderen beibringen?", "Was möchtest du lernen?"),
        ("What I could share", "Was willst du lernen?"),
    ],
)
def test_everyday_headers_are_known(offered: str, wanted: str) -> None:
    roster = rmatch.read_csv(io.StringIO(f"employee_id,role,{offered},{wanted}\n1,mentor,R,\n2,mentee,,R\n"))
    assert roster.mentors["skills_offered"].tolist() == ["R"]
    assert roster.mentees["skills_wanted"].tolist() == ["R"]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#NV"])
def test_a_department_that_a_formula_failed_to_find_is_as_blank(error: str) -> None:
    told, blank = (
        rmatch.match(people("department,skills_offered,skills_wanted", "A,R,", f"{cell},,R", f"{cell},R,", "B,,R"))
        for cell in (error, "")
    )
    assert told.total == blank.total
    for pair in (("1", "2"), ("3", "2"), ("3", "4")):
        assert told.explain(*pair).parts == blank.explain(*pair).parts
    written = [plan.pairs.drop(columns="why").to_csv() for plan in (told, blank)]
    assert written[0] == written[1]
