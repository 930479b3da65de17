"""``rmatch rounds``: a folder for each round, or one that is drawn, and the log of the draw."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import rmatch
from rmatch import cli


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test stands in a folder of its own with the people in ``people.csv``."""
    monkeypatch.chdir(tmp_path)
    rmatch.datasets.workforce(14, 12, seed=2).to_csv("people.csv", index=False)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.main(words)
    return code, *capsys.readouterr()


def test_every_round_is_a_result_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "rounds", "people.csv", "--rounds", "3", "--out", "year")
    assert (code, err) == (cli.DONE, "")
    assert "3 rounds, " in out
    assert "Written to year: round-1/, round-2/, round-3/, rounds.csv, rounds.json" in out
    table = pd.read_csv("year/rounds.csv", dtype=str)
    assert not table.duplicated(["mentor_id", "mentee_id"]).any()
    for number in (1, 2, 3):
        place = f"year/round-{number}"
        own = pd.read_csv(f"{place}/pairs.csv", dtype=str)
        pairs = table[table["round"] == str(number)]
        assert own["mentor_id"].tolist() == pairs["mentor_id"].tolist()
        assert ran(capsys, "verify", place, "--workforce", "people.csv")[0] == cli.DONE
    assert ran(capsys, "rounds", "people.csv", "--rounds", "3", "--out", "year")[0] == cli.DONE
    code, _, err = ran(capsys, "rounds", "people.csv", "--rounds", "2", "--out", "year")
    assert (code, err) == (
        cli.OUTPUT,
        "Error: year holds round-3, a round of an earlier run with more rounds; name a new folder\n",
    )


def test_one_round_is_drawn_and_the_log_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "rounds", "people.csv", "--rounds", "4", "--draw", "7", "--out", "pilot")
    assert code == cli.DONE
    said = " ".join(out.split())
    assert "with the seed 7. Each of the" in said
    assert "had the chance 1/4 (chances.csv)." in said
    assert "the draw costs" in said
    (line,) = map(json.loads, Path("pilot/audit.jsonl").read_text(encoding="utf-8").splitlines())
    lottery = line["lottery"]
    assert (line["command"], lottery["chance"], lottery["seed"], lottery["rounds"]) == ("rounds", "1/4", 7, 4)
    chances = pd.read_csv("pilot/chances.csv", dtype={"chance": float})
    assert set(chances["chance"]) == {0.25}
    assert len(chances) == lottery["pairs_with_a_chance"]
    drawn = chances[chances["round"] == lottery["drawn"]]
    assert set(drawn["mentor_id"]) == set(pd.read_csv("pilot/pairs.csv")["mentor_id"])
    assert ran(capsys, "verify", "pilot", "--workforce", "people.csv")[0] == cli.DONE


def test_the_figures_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "rounds", "people.csv", "--rounds", "2", "--draw", "1", "--out", "a", "--json")
    figures = json.loads(out)
    assert (figures["status"], figures["gap"], len(figures["rounds"])) == ("OPTIMAL", 0, 2)
    assert figures["lottery"]["chance"] == "1/2"


def test_what_is_not_ours_stays(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("dear", encoding="utf-8")
    for draw in ((), ("--draw", "1")):
        code, _, err = ran(capsys, "rounds", "people.csv", "--rounds", "2", *draw, "--out", "mine")
        assert code == cli.OUTPUT, err
    assert [path.name for path in Path("mine").iterdir()] == ["letter.txt"]
    code, _, err = ran(capsys, "rounds", "people.csv", "--rounds", "2", "--out", "people.csv")
    assert code == cli.OUTPUT, err
    code, _, err = ran(capsys, "rounds", "people.csv", "--rounds", "99", "--out", "new")
    assert code == cli.INPUT
    assert "rounds at most" in err
    assert not Path("new").exists()


def test_one_result_does_not_take_the_place_of_rounds(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "rounds", "people.csv", "--rounds", "2", "--out", "year")[0] == cli.DONE
    before = {path: path.read_bytes() for path in Path("year").rglob("*") if path.is_file()}
    for command in (("rounds", "people.csv", "--rounds", "2", "--draw", "1"), ("match", "people.csv")):
        code, _, err = ran(capsys, *command, "--out", "year")
        assert code == cli.OUTPUT
        assert "year holds several rounds of rmatch (rounds.json and a folder for each)" in " ".join(err.split())
    assert before == {path: path.read_bytes() for path in Path("year").rglob("*") if path.is_file()}


def test_each_round_has_its_program_and_its_people(capsys: pytest.CaptureFixture[str]) -> None:
    ids = pd.read_csv("people.csv", dtype=str)["employee_id"]
    rule = '[[rules]]\nkind = "grade_gap"\n'
    Path("one.toml").write_text(rule, encoding="utf-8")
    Path("two.toml").write_text(rule + '[[limits]]\nkind = "total_pairs"\nmost = 5\n', encoding="utf-8")
    Path("away.csv").write_text(f"employee_id,round\n{ids[0]},2\n{ids[1]},2\n", encoding="utf-8")
    both = ("--program", "one.toml", "--program", "two.toml")
    code, out, err = ran(capsys, "rounds", "people.csv", *both, "--away", "away.csv", "--out", "year")
    assert (code, err) == (cli.DONE, "")
    assert "Round 2: 5 pairs" in out
    assert "2 people are away." in out
    for words in ((), ("--workforce", "people.csv")):
        code, out, _ = ran(capsys, "verify", "year", *words)
        assert (code, "rounds." in out) == (cli.DONE, True)
    assert ran(capsys, "verify", "year/round-2", "--workforce", "people.csv")[0] == cli.DONE
    (line,) = map(json.loads, Path("year/round-1/audit.jsonl").read_text(encoding="utf-8").splitlines())
    assert {"away", "program 1", "program 2", "workforce"} <= line["inputs"].keys()
    told = Path("year/round-2/audit.jsonl").read_text(encoding="utf-8")
    assert ids[0] not in told
    record = json.loads(Path("year/round-2/matching.json").read_text(encoding="utf-8"))
    record["program"]["rules"] = record["program"]["rules"][:-1]
    Path("year/round-2/matching.json").write_text(json.dumps(record), encoding="utf-8")
    code, out, _ = ran(capsys, "verify", "year", "--workforce", "people.csv")
    assert code != cli.DONE


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "how many rounds? Say it with --rounds"),
        (("--program", "one.toml"), "how many rounds?"),
        (("--rounds", "3", *("--program", "one.toml") * 2), "--rounds 3, but --program is given 2 times"),
        (("--rounds", "2", "--away", "late.csv"), "there is no round 4: rounds are numbered from 1 to 2"),
        (("--rounds", "2", "--away", "words.csv"), "words.csv, row 2: 'two' is no number of a round."),
        (("--rounds", "2", "--away", "words.csv"), "words.csv, row 3: the row names nobody."),
        (("--rounds", "2", "--away", "words.csv"), "words.csv, row 4: its `round` is blank."),
        (("--rounds", "2", "--away", "one.toml"), "the table of who is away cannot be used"),
    ],
)
def test_what_does_not_go_together_is_said(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    Path("one.toml").write_text('[[rules]]\nkind = "grade_gap"\n', encoding="utf-8")
    Path("late.csv").write_text("employee_id,round\nE1000001,4\n", encoding="utf-8")
    Path("words.csv").write_text("employee_id,round\nE1000001,two\n,2\nE1000001,\n", encoding="utf-8")
    code, _, err = ran(capsys, "rounds", "people.csv", *words, "--out", "year")
    assert code == cli.INPUT
    assert told in err
