"""`rmatch check` finds what would stop a match, without the scores of everybody."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import rmatch
from rmatch import cli
from rmatch.problem.build import prepare, rehearse

HOW_MANY = 1_500  # of each side: more than a rehearsal makes scores for


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    mentors = pd.DataFrame({"employee_id": [f"m{k}" for k in range(HOW_MANY)], "role": "mentor", "grade": "1"})
    mentees = pd.DataFrame({"employee_id": [f"s{k}" for k in range(HOW_MANY)], "role": "mentee", "grade": "5"})
    frame = pd.concat([mentors, mentees], ignore_index=True)
    return frame.assign(skills_offered="a", skills_wanted="b; a", department="x", capacity="1", min_pairs="0")


def lock(*pairs: tuple[str, str], reason: str | None = None) -> rmatch.Program:
    return rmatch.Program(limits=[{"kind": "lock", "pairs": list(pairs), **({"reason": reason} if reason else {})}])


LAST = f"m{HOW_MANY - 1}", f"s{HOW_MANY - 1}"
REFUSED = {
    "a lock on nobody": lock(("m99999", "s1")),
    "locks over a capacity": lock(LAST, (LAST[0], "s2")),
    "a lock that breaks a rule": rmatch.Program(
        rules=[{"kind": "exclude", "pairs": [LAST]}], limits=[{"kind": "lock", "pairs": [LAST]}]
    ),
    "a reason that names somebody": lock(("m1", "s1"), reason="asked for by m7"),
    "a column that is not there": rmatch.Program(criteria=[{"kind": "difference", "column": "shoe size"}]),
    "rounds before this one": rmatch.Program(rules=[{"kind": "no_repeat", "rounds": 2}]),
    "other roles than it was read with": rmatch.Program(
        roles={"column": "grade", "mentor": {"at_most": 2}, "mentee": {"at_least": 4}}
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("program", REFUSED.values(), ids=REFUSED)
def test_it_refuses_what_a_match_refuses_in_the_same_words(program: rmatch.Program, people: pd.DataFrame) -> None:
    roster = rmatch.from_frame(people)
    with pytest.raises(rmatch.RmatchError) as said:
        prepare(roster, program)
    with pytest.raises(type(said.value)) as rehearsed:
        rehearse(roster, program)
    assert str(rehearsed.value) == str(said.value)


def test_nobody_needs_more_pairs_than_she_may_have(people: pd.DataFrame) -> None:
    short = people["employee_id"].isin([LAST[0], "m1200", "m300"])
    for frame in (people, people[::-1]):
        roster = rmatch.from_frame(frame.assign(min_pairs=short.map({True: "2", False: "0"}), capacity="3"))
        for look in (rehearse, prepare):
            with pytest.raises(rmatch.RmatchError, match="m1200 needs 2 pairs"):
                look(roster, rmatch.Program(limits=[{"kind": "capacity", "mentors": 1}]))


def test_what_can_be_matched_is_let_pass_and_the_same_is_left_out(people: pd.DataFrame) -> None:
    roster = rmatch.from_frame(people.drop(columns="department"))
    for program in (None, lock(LAST), rmatch.Program()):
        assert rehearse(roster, program).notes == prepare(roster, program)[1]


@pytest.mark.parametrize("nothing", [None, "people.csv"])
def test_what_is_no_roster_or_no_program_is_refused(nothing: object, people: pd.DataFrame) -> None:
    with pytest.raises(rmatch.RosterError, match="a roster is needed"):
        rehearse(nothing, None)  # type: ignore[arg-type]
    with pytest.raises(rmatch.ProgramError, match="a program is needed"):
        rehearse(rmatch.from_frame(people), "pairs.toml")  # type: ignore[arg-type]


def test_it_reads_the_history_that_a_match_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], people: pd.DataFrame
) -> None:
    monkeypatch.chdir(tmp_path)
    people.assign(name=[f"P{k} Q" for k in range(len(people))]).to_csv("people.csv", index=False)
    Path("p.toml").write_text('[[rules]]\nkind = "no_repeat"\n')
    Path("met.csv").write_text(f"mentor_id,mentee_id\nP0 Q,{people['employee_id'].iloc[-1]}\n")
    words = ("check", "people.csv", "--program", "p.toml")
    assert cli.main(words) == cli.INPUT
    assert "--history FILE" in capsys.readouterr().err
    assert cli.main((*words, "--history", "met.csv")) == cli.DONE
    assert f"'P0 Q' is read as P0 Q ({people['employee_id'].iloc[0]})" in capsys.readouterr().out
    Path("met.csv").write_text("mentor_id,mentee_id\nnobody,else\n")
    assert cli.main((*words, "--history", "met.csv")) == cli.INPUT
    assert "the history names 2 people" in capsys.readouterr().err
    assert cli.main((*words, "--history", "met.csv", "--unknown", "ignore")) == cli.DONE


def test_a_side_without_anybody_is_told_by_check_and_match(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, bare = tmp_path / "export.csv", tmp_path / "bare.csv"
    export.write_text("employee_id,role,skills_offered,skills_wanted\n5,mentee,Go,R\n6,mentee,R,Go\n", encoding="utf-8")
    bare.write_text("employee_id,role\n5,mentor\n", encoding="utf-8")
    for words in (("check", str(export)), ("match", str(export), "--out", str(tmp_path / "out"))):
        assert cli.main(words) == cli.DONE
        assert "Caution: no mentor takes part, so nobody can have a partner." in capsys.readouterr().out
    for words in (("check", str(bare)), ("match", str(bare), "--out", str(tmp_path / "new"))):
        assert cli.main(words) == cli.INPUT
        assert "no mentee takes part, so nobody can be paired" in capsys.readouterr().err


def test_what_is_no_export_is_called_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, out = tmp_path / "people.csv", tmp_path / "out"
    rmatch.datasets.workforce(5, 4, seed=2).to_csv(export, index=False)
    assert cli.main(("match", str(export), "--out", str(out))) == cli.DONE
    for name in ("pairs.xlsx", "pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv"):
        assert cli.main(("check", str(out / name))) == cli.INPUT, name
        assert f"{name}: this is a table of results that rmatch wrote" in capsys.readouterr().out
    for text in ('{"a": 1}', ' [\n {"employee_id": 1}]'):
        (tmp_path / "people.json").write_text(text, encoding="utf-8")
        assert cli.main(("check", str(tmp_path / "people.json"))) == cli.INPUT
        assert "people.json: this is JSON, not a table" in capsys.readouterr().out
    for name, near in (("poeple.csv", "Did you mean 'people.csv'?"), ("none.csv", "Check the path.\n")):
        assert cli.main(("check", str(tmp_path / name))) == cli.INPUT
        assert near in capsys.readouterr().out
    rmatch.read_csv(export).mentors.drop(columns=["role"], errors="ignore").to_csv(export)
    assert cli.main(("check", str(export))) == cli.INPUT
    assert "`rmatch init` with the same files drafts a program for them." in capsys.readouterr().out
