"""The record of runs: one line for each, all of it true, no person in it; and the audit's file, only when asked for."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rmatch
from rmatch import cli
from rmatch.api.folder import write_folder
from rmatch.datasets import workforce
from rmatch.output.run_log import _impersonal

PROGRAM = """
[columns.group]
use = "audit"
sensitive = true
[[rules]]
kind = "exclude"
pairs = [["{0}", "{1}"], ["{2}", "{1}"]]
[[limits]]
kind = "lock"
pairs = [["{0}", "{3}"]]
"""


@pytest.fixture(autouse=True)
def frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A folder with people and a program, in which every test stands."""
    monkeypatch.chdir(tmp_path)
    people = workforce(40, 30, seed=1).assign(group=lambda f: ["zzqa", "zzqb"] * (len(f) // 2))
    people.to_csv("w.csv", index=False)
    juniors, seniors = (people.loc[people["role"] == role, "employee_id"].tolist() for role in ("mentor", "mentee"))
    Path("p.toml").write_text(PROGRAM.format(juniors[0], seniors[0], juniors[1], seniors[1]))
    return people


def match(*more: str) -> int:
    return cli.main(("match", "w.csv", "--program", "p.toml", "--out", "out", *more))


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out/audit.jsonl").read_text(encoding="utf-8").splitlines()]


def sha(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def verify(capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.main(("verify", "out"))
    return code, *capsys.readouterr()


# ---------------------------------------------------------------- what it says


def test_a_line_tells_of_the_run_and_its_result() -> None:
    assert match() == cli.DONE
    (line,) = lines()
    record = json.loads(Path("out/matching.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", line["time"])
    assert line["command"] == "match"
    assert set(line["versions"]) == {"python", "rmatch-engine", "numpy", "ortools"}
    assert line["inputs"] == {"workforce": sha("w.csv"), "program": sha("p.toml")}
    assert line["outputs"] == {**record["files"], "matching.json": sha("out/matching.json")}
    assert line["people"] == record["people"]
    assert line["status"] == "OPTIMAL"
    certificate = {key: record["certificate"][key] for key in ("total", "bound")}
    gaps = {"most_pairs": 0, "total": 0}
    assert line["certificate"] == {"pairs": len(record["pairs"]), **certificate, "gap": 0, "gaps": gaps}
    none: dict[str, int] = {}
    reasons = {"locks": none, "exclusions": none}
    assert line["overrides"] == {"locks": 1, "exclusions": 2, "approved": 0, "reasons": reasons}
    assert line["counts"] == record["counts"]
    assert line["program"]["limits"] == [{"kind": "lock", "pairs": 1}]
    assert {"kind": "exclude", "pairs": 2}.items() <= next(
        r for r in line["program"]["rules"] if r["kind"] == "exclude"
    ).items()
    expected = json.loads(json.dumps(record["program"]))
    for family in ("criteria", "objectives", "columns"):
        assert line["program"][family] == expected[family]


def test_no_person_is_in_it(frame: pd.DataFrame) -> None:
    assert match("--audit") == cli.DONE
    text = Path("out/audit.jsonl").read_text(encoding="utf-8")
    for column in ("employee_id", "name", "email", "group"):
        assert not [cell for cell in frame[column] if cell and cell in text]


def test_people_who_come_first_are_counted_and_not_named(frame: pd.DataFrame) -> None:
    juniors = frame.loc[frame["role"] == "mentor", "employee_id"].tolist()
    first = {"kind": "priority", "mentors": juniors[:3], "mentees": []}
    assert _impersonal(first) == {"kind": "priority", "mentors": 3, "mentees": 0}
    chosen = {"kind": "group", "side": "mentor", "column": "name", "value": "Alex Stone", "most": 1}
    assert _impersonal(chosen) == {**chosen, "value": "(somebody)"}
    named = {"kind": "group", "side": "mentor", "column": "location", "value": "Berlin", "most": 1}
    assert _impersonal(named) == named
    capacity, source = {"kind": "capacity", "mentors": 2}, {"source": {"mentors": ["A", "B"]}}
    assert _impersonal([capacity, source]) == [capacity, source]


@pytest.mark.slow
def test_each_run_adds_a_line_and_changes_none() -> None:
    match()
    first = Path("out/audit.jsonl").read_bytes()
    match("--audit")
    match("--json")
    assert Path("out/audit.jsonl").read_bytes().startswith(first)
    assert [line["command"] for line in lines()] == ["match"] * 3
    Path("out/audit.jsonl").write_bytes(first.rstrip(b"\n"))
    match()
    assert len(lines()) == 2


def test_every_input_has_its_fingerprint(frame: pd.DataFrame) -> None:
    for role in ("mentor", "mentee"):
        frame[frame["role"] == role].drop(columns="role").to_csv(f"{role}s.csv", index=False)
    files = ("mentors.csv", "--mentees", "mentees.csv", "--directory", "w.csv")
    assert cli.main(("match", *files, "--out", "out")) == cli.DONE
    named = {"workforce": "mentors.csv", "mentees": "mentees.csv", "directory": "w.csv"}
    assert lines()[0]["inputs"] == {name: sha(path) for name, path in named.items()}


@pytest.mark.slow
def test_the_demo_and_a_folder_written_from_python_have_a_record_too() -> None:
    assert cli.main(("demo", "--mentors", "5", "--mentees", "4", "--out", "out")) == cli.DONE
    assert lines()[0]["command"] == "demo"
    roster = rmatch.from_frame(workforce(5, 4))
    write_folder(rmatch.match(roster), Path("out"))
    assert [line["inputs"] for line in lines()] == [{}, {}]


def test_columns_may_be_called_as_the_keys_of_a_program_are(frame: pd.DataFrame) -> None:
    frame.assign(pairs="x", file="y").to_csv("w.csv", index=False)
    Path("p.toml").write_text('[columns.pairs]\nuse = "audit"\n[columns.file]\nsource = "file"\n')
    assert match() == cli.DONE
    assert lines()[0]["program"]["columns"] == {"pairs": {"use": "audit"}, "file": {"source": "file"}}


def test_a_file_of_scores_is_named_without_its_folder(frame: pd.DataFrame) -> None:
    sides = [frame.loc[frame["role"] == role, "employee_id"] for role in ("mentor", "mentee")]
    pd.DataFrame(0.5, *sides).to_csv("scores.csv")
    Path("p.toml").write_text('[[criteria]]\nkind = "pair_scores"\nfile = "scores.csv"\n')
    Path("deep").mkdir()
    Path("p.toml").rename("deep/p.toml")
    Path("scores.csv").rename("deep/scores.csv")
    assert cli.main(("match", "w.csv", "--program", "deep/p.toml", "--out", "out")) == cli.DONE
    (criterion,) = lines()[0]["program"]["criteria"]
    assert criterion["file"] == "scores.csv"


@pytest.mark.slow
def test_a_full_disk_leaves_the_record_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    match()
    before = Path("out/audit.jsonl").read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert match() == cli.OUTPUT
    assert Path("out/audit.jsonl").read_bytes() == before


# ---------------------------------------------------------------- verify


@pytest.mark.slow
def test_a_result_agrees_with_its_record(capsys: pytest.CaptureFixture[str]) -> None:
    match("--audit")
    match("--audit")
    code, out, err = verify(capsys)
    assert (code, err) == (cli.DONE, "")
    assert out.startswith("Verified")


def _other(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda line: line.update({key: value})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other("status", "FEASIBLE"), "another status"),
        (_other("people", "0" * 64), "another people"),
        (lambda line: line["certificate"].update(total=1), "another certificate"),
        (lambda line: line["overrides"].update(locks=0), "another overrides"),
        (lambda line: line["counts"].update(paired=99), "another counts"),
        (lambda line: line["program"].update(seed=99), "another program"),
        (lambda line: line["outputs"].update({"pairs.csv": "0" * 64}), "other fingerprints"),
        (lambda line: line["outputs"].pop("pairs.csv"), "other fingerprints"),
        (
            lambda line: line["outputs"].update({"matching.json": "0" * 64}),
            "matching.json is not as audit.jsonl has it",
        ),
        (lambda line: line["outputs"].update({"gone.csv": "0" * 64}), "gone.csv cannot be read"),
        (_other("outputs", None), "not the record of a run"),
        (_other("format", 99), "not the record of a run"),
    ],
)
def test_a_record_that_disagrees_is_found(
    capsys: pytest.CaptureFixture[str], change: Callable[[dict[str, Any]], None], words: str
) -> None:
    match()
    (line,) = lines()
    change(line)
    Path("out/audit.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    code, out, _ = verify(capsys)
    assert code == cli.UNVERIFIED
    assert words in out


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"\n", b"{", b"[]\n", b"\xff\xfe\n", b"null", b"[" * 100_000])
def test_a_record_that_is_none_is_found(capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    match()
    path = Path("out/audit.jsonl")
    path.write_bytes(path.read_bytes() + content if content.strip() else content)
    code, out, _ = verify(capsys)
    assert code == cli.UNVERIFIED
    assert "not the record of a run" in out


@pytest.mark.slow
def test_a_plan_that_was_changed_with_all_its_sums_does_not_fit_its_record(capsys: pytest.CaptureFixture[str]) -> None:
    match()
    path = Path("out/matching.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    one, two = record["pairs"][:2]
    one["mentee_id"], two["mentee_id"] = two["mentee_id"], one["mentee_id"]
    path.write_text(json.dumps(record), encoding="utf-8")
    code, out, _ = verify(capsys)
    assert code == cli.UNVERIFIED
    assert "matching.json is not as audit.jsonl has it" in out


@pytest.mark.slow
def test_a_result_without_a_record_is_verified_and_the_lack_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    match()
    Path("out/audit.jsonl").unlink()
    code, out, err = verify(capsys)
    assert code == cli.DONE
    assert out.startswith("Verified")
    assert "no audit.jsonl" in err


# ---------------------------------------------------------------- audit.csv


@pytest.mark.slow
def test_the_audit_is_written_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    match()
    assert not Path("out/audit.csv").exists()
    plain = Path("out/matching.json").read_bytes()
    match("--audit")
    assert "audit.csv" in capsys.readouterr().out
    table = pd.read_csv("out/audit.csv", encoding="utf-8-sig")
    assert table["group"].tolist() == ["zzqa", "zzqb"] * 2
    assert table["people"].sum() == 70
    assert lines()[-1]["outputs"]["audit.csv"] == sha("out/audit.csv")
    assert Path("out/matching.json").read_bytes() == plain
    match()
    assert not Path("out/audit.csv").exists(), "the audit of an earlier plan is left beside a new one"


@pytest.mark.slow
def test_a_file_of_ones_own_by_that_name_is_left_alone() -> None:
    match()
    Path("out/audit.csv").write_text("mine")
    match()
    assert Path("out/audit.csv").read_text() == "mine"


def test_an_audit_that_was_changed_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    match("--audit")
    Path("out/audit.csv").write_bytes(Path("out/audit.csv").read_bytes().replace(b"zzqa", b"zzqc"))
    code, out, _ = verify(capsys)
    assert code == cli.UNVERIFIED
    assert "audit.csv is not as audit.jsonl has it" in out


@pytest.mark.parametrize("program", [None, "seed = 1\n"])
def test_an_audit_by_no_column_is_refused_before_the_work(
    capsys: pytest.CaptureFixture[str], program: str | None
) -> None:
    Path("p.toml").write_text(program or "")
    words = ("match", "nosuch.csv", "--out", "out", "--audit", *(("--program", "p.toml") if program else ()))
    assert cli.main(words) == cli.INPUT
    assert "no column is declared for audits" in capsys.readouterr().err
    assert not Path("out").exists()
