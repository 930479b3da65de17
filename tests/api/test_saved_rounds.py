"""Several rounds on disk: read back, verified from the people, and refused where a number was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmatch
from rmatch import cli, criteria, limits
from rmatch.api.saved_rounds import JOINT, verify_alone

Data = dict[str, Any]


def company() -> pd.DataFrame:
    return rmatch.datasets.workforce(11, 9, seed=4)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder of three rounds."""
    program = rmatch.Program(limits=(limits.TotalPairs(most=7),))
    rmatch.save_rounds(rmatch.rounds(rmatch.from_frame(company(), program=program), program, 3), tmp_path / "year")
    return tmp_path / "year"


def test_they_come_back_as_they_were_and_verify_without_the_solver(saved: Path) -> None:
    roster = rmatch.from_frame(company())
    found = rmatch.load_rounds(saved, roster)
    again = rmatch.rounds(roster, rmatch.Program(limits=(limits.TotalPairs(most=7),)), 3)
    assert found.pairs[["round", "mentor_id", "mentee_id"]].equals(again.pairs[["round", "mentor_id", "mentee_id"]])
    assert (found.total, found.bound, found.status) == (again.total, again.bound, rmatch.Status.OPTIMAL)
    told = found.verify()
    assert told.ok, str(told)
    assert "bound over all pairs" in told.checked
    assert found.draw(7).pair_ids == again.draw(7).pair_ids
    assert verify_alone(saved).ok


def edited(path: Path, change: Callable[[Data], object]) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def swap(data: Data) -> None:
    """The proof speaks of another pair."""
    pairs = data["joint"]["pairs"]
    pairs[0]["mentee_id"], pairs[1]["mentee_id"] = pairs[1]["mentee_id"], pairs[0]["mentee_id"]


def loosen(data: Data) -> None:
    """The proof allows fewer pairs than the rounds may have."""
    for limit in data["joint"]["program"]["limits"]:
        limit["most"] -= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap, "not the pairs that the proof is about"),
        (loosen, "the joint plan allows less than the rounds"),
        (lambda data: data["joint"]["certificate"].update(bound=1), "not those that were written"),
        (lambda data: data.update(rounds=0), "not saved rounds: `rounds`"),
        (lambda data: data.update(format=99), "not saved rounds of format"),
        (lambda data: data.update(rounds=4), "round-4"),
    ],
)
def test_a_changed_proof_is_refused(saved: Path, change: Callable[[Data], object], said: str) -> None:
    edited(saved / JOINT, change)
    roster = rmatch.from_frame(company())
    try:
        told = str(rmatch.load_rounds(saved, roster).verify())
    except rmatch.RmatchError as error:
        told = str(error)
    assert said in told


def test_rounds_that_repeat_a_pair_are_seen_without_the_people(saved: Path) -> None:
    pairs = json.loads((saved / "round-1" / "matching.json").read_text(encoding="utf-8"))["pairs"]
    edited(saved / "round-2" / "matching.json", lambda data: data["pairs"].append(pairs[0]))
    told = str(verify_alone(saved))
    assert "a pair is in two rounds" in told
    assert "round 2: " in told


def test_a_folder_without_rounds_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(rmatch.RmatchError, match=r"rounds\.json: not saved rounds"):
        rmatch.load_rounds(tmp_path, rmatch.from_frame(company()))


def test_the_command_writes_and_verifies_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    company().to_csv("people.csv", index=False)
    assert cli.main(["rounds", "people.csv", "--rounds", "2", "--out", "year"]) == cli.DONE
    assert "rounds.csv, rounds.json" in capsys.readouterr().out
    assert cli.main(["verify", "year", "--workforce", "people.csv"]) == cli.DONE
    assert "Verified against the people" in capsys.readouterr().out
    assert cli.main(["verify", "year"]) == cli.DONE
    assert "in itself only" in capsys.readouterr().out
    pairs = tmp_path / "year" / "round-1" / "pairs.csv"
    pairs.write_bytes(pairs.read_bytes() + b"x")
    assert cli.main(["verify", "year"]) == cli.UNVERIFIED
    assert "round 1: pairs.csv is not as it was written" in capsys.readouterr().out


def test_more_rounds_than_pairs_are_pointed_out() -> None:
    frame = pd.DataFrame({"employee_id": ["a", "b", "x", "y", "z"], "role": ["mentor"] * 2 + ["mentee"] * 3})
    nan = float("nan")
    table = pd.DataFrame([[0.5, nan, nan], [nan, nan, nan]], ["a", "b"], ["x", "y", "z"])
    program = rmatch.Program(criteria=(criteria.PairScores(frame=table),), rules=())
    told = rmatch.rounds(rmatch.from_frame(frame, program=program), program, 3).summary()
    assert "1 pair, 0.500000 in total." in told
    assert "2 rounds have no pairs: there are 1 together, fewer than rounds. Ask for 1 at most." in told
