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
