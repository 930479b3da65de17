"""Without a program, the reader takes from the answers what cannot be meant otherwise, and says it; nothing else."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch import cli
from rmatch.program.drafting import Files, draft_program
from rmatch.roster.concluded import MOST, commas_separate

FORM = """Email,Role,Availability [Monday],Availability [Thursday],I can teach [R],I can teach [Git],I want to learn
a@x.org,mentor,8-10,13-15,yes,,
b@x.org,mentor,"8-10, 16-17",no,,Yes,
c@x.org,mentee,9-10,,,,"R, Git"
d@x.org,mentee,,13-14,,,Git
e@x.org,mentee,,13-14,,,"Git, R"
f@x.org,mentee,,13-14,,,n/a
"""


def read(text: str) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(text))


def test_a_form_without_a_program_is_read_as_its_draft_reads_it_and_says_what_was_concluded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("form.csv").write_text(FORM)
    roster = rmatch.read_csv("form.csv")
    assert roster.mentors["skills_offered"].tolist() == ["R", "Git"]
    assert roster.mentees["skills_wanted"].tolist() == ["Git; R", "Git", "Git; R", ""]
    assert "Mon 08:00" in rmatch.match(roster).model.mentors["availability"].written()[0]
    told = (
        "the 2 headers 'Availability [*]' ask for availability one by one",
        "the 2 headers 'I can teach [*]' ask for skills_offered one by one",
        "commas separate the items of skills_wanted, as in 'Git, R'",
        "'n/a' below skills_wanted means that there is none",
    )
    assert cli.main(("match", "form.csv", "--out", "plan")) == cli.DONE
    shown = capsys.readouterr().out
    issues = pd.read_csv("plan/issues.csv", encoding="utf-8-sig")
    for sentence in told:
        assert sentence in roster.summary()
        assert sentence in shown
        assert sentence in issues["reason"].tolist()
    columns = tomllib.loads(Path("plan/program.toml").read_text())["columns"]
    assert columns["skills_wanted"] == {"split": ",", "na": ["n/a"]}
    assert columns["availability"] == {"grid": "Availability [*]"}
    assert cli.main(("verify", "plan", "--workforce", "form.csv")) == cli.DONE
    text, draft = draft_program(Files(Path("form.csv")), "x")
    assert all(column.sure and not column.settings.checks for column in draft.columns), text
    program = rmatch.Program.model_validate(tomllib.loads(text))
    drafted = rmatch.read_csv("form.csv", program=program)
    for side in ("mentors", "mentees"):
        own, other = getattr(roster, side), getattr(drafted, side)
        pd.testing.assert_frame_equal(own[sorted(own)], other[sorted(other)])


def test_what_was_concluded_holds_for_every_program_of_these_people_and_is_saved(tmp_path: Path) -> None:
    roster = read(FORM)
    for program in (None, rmatch.Program(rules=()), rmatch.match(roster).program):
        plan = rmatch.match(roster, program)
        assert plan.program.columns["skills_wanted"].split == ","
        plan.save(tmp_path / "plan.json")
        assert rmatch.load(tmp_path / "plan.json", roster).verify()
        assert rmatch.load(tmp_path / "plan.json").verify(rmatch.read_csv(io.StringIO(FORM), program=plan.program))
    with pytest.raises(rmatch.ProgramError, match="bind when the people are read"):
        rmatch.match(roster, rmatch.Program(columns={"skills_wanted": {"split": "/"}}))
    with_program = rmatch.read_csv(io.StringIO(FORM), program=rmatch.Program())
    assert with_program.mentees["skills_wanted"].tolist()[0] == "R, Git"
    assert not with_program.binding.concluded


def test_two_sheets_may_ask_each_in_its_way() -> None:
    juniors = "Email,I can teach [R],I can teach [Git]\na@x.org,x,\nb@x.org,,x\n"
    seniors = "Email,I want to learn\nc@x.org,R\nd@x.org,Git\n"
    roster = rmatch.read_csv(io.StringIO(juniors), mentees=io.StringIO(seniors))
    assert roster.binding.concluded["skills_offered"].grid == {"mentors": "I can teach [*]"}
    assert roster.mentors["skills_offered"].tolist() == ["R", "Git"]
    both = "Email,Goals [Lead],Goals [Write]\n"
    roster = rmatch.read_csv(io.StringIO(f"{both}a@x.org,x,\n"), mentees=io.StringIO(f"{both}c@x.org,,x\n"))
    assert roster.binding.concluded["goals"].grid == "Goals [*]"


@pytest.mark.parametrize(
    "cells",
    [
        ["Sales, marketing", "Excel", "SQL"],  # one option with a comma
        ["Data, analysis", "Data, science", "SQL"],  # two that begin alike
        ["Paris, France", "Lyon, France", "Rome, Italy"],  # places
        ["SQL, Excel; Word", "Excel, SQL", "SQL", "Excel"],  # another separator, too
        ["SQL (joins, views)", "Excel"],  # within brackets
        ["SQL,, Excel", "Excel, SQL", "SQL", "Excel"],  # an item is missing
        ["SQL", "Excel"],
    ],
)
def test_commas_that_may_be_part_of_an_answer_separate_nothing(cells: Sequence[str]) -> None:
    assert not commas_separate(cells)
    people = "".join(f'{k}@x.org,mentee,"{cell}"\n' for k, cell in enumerate(cells))
    roster = read(f"Email,Role,Skills wanted\nm@x.org,mentor,\n{people}")
    assert roster.binding.concluded == {}
    assert "commas separate" not in roster.summary()


@pytest.mark.parametrize(
    "rows",
    [
        ["I can teach [R],I can teach [Git]", "4,", ",5"],  # ratings, or places
        ["I can teach [R],I can teach [Git]", "1st choice,", ",1st choice"],
        ["I can teach [R],I can teach [Git]", ",", ","],  # nobody ticks anything
        ["Tastes [R],Tastes [Git]", "x,", ",x"],  # of which nothing is known
        ["I can teach [R],I can teach [Git],Skills offered", "x,,SQL", ",x,SQL"],  # the column has a header of its own
        ["I can teach [R],I can teach [Git],Skills I can offer [R],Skills I can offer [Git]", "x,,,", ",x,,"],
        ["Availability [Monday],Availability [Friday]", "mornings,", ",9-10"],
        ["Availability [9-10],Availability [11-12]", "9-10,", ",11-12"],
        ["Availability [Monday],Availability [Friday]", "no,", ",-"],
    ],
)  # fmt: skip
def test_a_grid_that_may_be_meant_otherwise_is_none(rows: Sequence[str]) -> None:
    head, one, two = rows
    text = f"Email,Role,{head}\na@x.org,mentor,{one}\nb@x.org,mentee,{two}\n"
    assert read(text).binding.concluded == {}


def test_of_lists_and_of_very_many_answers_nothing_is_concluded() -> None:
    cells = [["a, b", "c"], ["b", "a, b"]]
    frame = pd.DataFrame({"employee_id": ["1", "2"], "role": ["mentor", "mentee"], "skills_wanted": cells})
    assert rmatch.from_frame(frame).binding.concluded == {}
    many = pd.DataFrame({"employee_id": [str(k) for k in range(MOST + 2)]})
    many["role"] = ["mentor", "mentee"] * (len(many) // 2)
    many["skills_wanted"] = [f"a{k}, a{k + 1}" for k in range(len(many) - 1)] + ["none"]
    assert rmatch.from_frame(many).binding.concluded == {}


_ITEMS = st.lists(st.sampled_from(["sql", "excel", "git", "r", "power bi"]), min_size=1, max_size=4, unique=True)


@given(st.lists(_ITEMS, min_size=1, max_size=12), st.data())
def test_options_that_hold_a_comma_are_never_cut(chosen: list[list[str]], data: st.DataObject) -> None:
    """A form joins what was ticked with commas; one of its options has a comma, and none is half of another."""
    words = [", ".join(some) for some in chosen]
    whole = data.draw(st.sampled_from(["sales, marketing", "a, b, c"]))
    words.insert(data.draw(st.integers(0, len(words))), f"{whole}, {words[0]}" if data.draw(st.booleans()) else whole)
    assert not commas_separate(sorted({*words}))


def test_words_for_nothing_are_no_department_and_that_is_said() -> None:
    text = "employee_id,role,department,location,skills_offered,skills_wanted\n"
    text += "1,mentor,N/A,NA,SQL,\n2,mentee,Sales,n/a,,SQL\n3,mentee,none,Bonn,,SQL\n"
    roster = read(text)
    assert roster.mentors["department"].tolist() == [""]
    assert roster.mentees["department"].tolist() == ["Sales", ""]
    assert (roster.mentors["location"].tolist(), roster.mentees["location"].tolist()) == (["NA"], ["", "Bonn"])
    assert "'N/A', 'none' below department means that there is none" in roster.summary()
    declared = rmatch.Program.model_validate({"columns": {"department": {"source": "department"}}})
    assert rmatch.read_csv(io.StringIO(text), program=declared).mentors["department"].tolist() == ["N/A"]


def test_a_draft_writes_down_which_words_are_no_department(tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    form.write_text("employee_id,role,department,skills_offered,skills_wanted\n1,mentor,N/A,SQL,\n2,mentee,HR,,SQL\n")
    text, _ = draft_program(Files(form), "x")
    assert tomllib.loads(text)["columns"]["department"]["na"] == ["N/A"]
