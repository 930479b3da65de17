"""What docs/vendors.md says of rmatch inside a product: processes, signals, logs, network, contracts, exit codes."""

from __future__ import annotations

import json
import locale
import logging
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from places import DOCS, ROOT

import rmatch
from rmatch import cli
from rmatch.schema.record import FORMAT, MatchingRecord
from rmatch.solve import run
from rmatch.solve.backends import _subprocess
from rmatch.solve.progress import Event

pytestmark = pytest.mark.slow

PAGE = (DOCS / "vendors.md").read_text(encoding="utf-8")


def people(mentors: int = 30, mentees: int = 20, **columns: str) -> pd.DataFrame:
    return rmatch.datasets.workforce(mentors, mentees, seed=5).assign(**columns)


def answer(frame: pd.DataFrame) -> str:
    """What a worker does: from a table to the saved plan."""
    return rmatch.match(rmatch.from_frame(frame)).to_json()


# ---------------------------------------------------------------- processes


@pytest.mark.parametrize("start", multiprocessing.get_all_start_methods())
def test_a_process_however_started_gives_the_same_bytes(start: str) -> None:
    frame = people()
    here = answer(frame)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start)) as workers:
        assert list(workers.map(answer, [frame, frame.iloc[::-1]])) == [here, here]


def test_nothing_of_the_process_is_changed() -> None:
    def state() -> tuple[object, ...]:
        return (
            dict(os.environ), os.getcwd(), locale.setlocale(locale.LC_ALL), random.getstate(),
            str(np.random.get_state()), [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)],
            list(warnings.filters), threading.active_count(), np.geterr(), sys.getrecursionlimit(),
        )  # fmt: skip

    frame = people()
    answer(frame)
    before = state()
    assert answer(frame)
    assert state() == before


FATAL = {
    "a sink below nothing": ("largest_flow", np.array([0]), np.array([1]), np.array([7]), np.array([0, -3])),
    "a head below nothing": ("cheapest_flow", *(np.array([k]) for k in (0, -1, 1, 1)), np.array([1, -1])),
    "no such engine": ("no_such_engine", np.array([0])),
}


@pytest.mark.parametrize("what", FATAL)
def test_what_ends_a_solvers_process_is_an_error_and_not_the_end(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked past the checks, OR-Tools ends its own process."""
    monkeypatch.setattr(_subprocess, "LONG", 0)
    with pytest.raises(rmatch.SolverError):
        _subprocess.call(*FATAL[what])


# ---------------------------------------------------------------- the command line in a child


def ran(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rmatch", *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )


LOCKED_TWICE = """
[[limits]]
kind = "capacity"
mentors = 1
[[limits]]
kind = "lock"
pairs = [["{0}", "{1}"], ["{0}", "{2}"]]
"""
ENDS = {
    "done": (cli.DONE, "people.csv"),
    "least numbers that cannot be met": (cli.INFEASIBLE, "needy.csv"),
    "locks that contradict each other": (cli.INFEASIBLE, "people.csv --program locked.toml"),
    "a program with an unknown key": (cli.INPUT, "people.csv --program unknown.toml"),
    "a program that is no TOML": (cli.INPUT, "people.csv --program junk.csv"),
    "scores outside 0 to 1": (cli.INPUT, "people.csv --program scores.toml"),
    "bytes that are no text": (cli.INPUT, "junk.csv"),
    "an empty file": (cli.INPUT, "empty.csv"),
    "no file": (cli.INPUT, "nowhere.csv"),
    "an option that does not exist": (cli.USAGE, "people.csv --fast"),
    "a place that is a file": (cli.OUTPUT, "people.csv --out people.csv"),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, frame = tmp_path_factory.mktemp("desk"), people()
    mentors, mentees = (frame.loc[frame["role"] == role, "employee_id"] for role in ("mentor", "mentee"))
    frame.to_csv(folder / "people.csv", index=False)
    frame.assign(min_pairs="40", capacity="90").to_csv(folder / "needy.csv", index=False)
    (folder / "locked.toml").write_text(LOCKED_TWICE.format(mentors.iloc[0], *mentees.iloc[:2]), encoding="utf-8")
    (folder / "unknown.toml").write_text("fast = true\n", encoding="utf-8")
    (folder / "scores.csv").write_text(
        f"mentor_id,mentee_id,score\n{mentors.iloc[0]},{mentees.iloc[0]},nan\n{mentors.iloc[1]},{mentees.iloc[1]},1e300\n"
    )
    (folder / "scores.toml").write_text('[[criteria]]\nkind = "pair_scores"\nfile = "scores.csv"\n', encoding="utf-8")
    (folder / "junk.csv").write_bytes(bytes(range(256)) * 40)
    (folder / "empty.csv").write_bytes(b"")
    return folder


@pytest.mark.parametrize("case", ENDS)
def test_a_child_ends_with_the_code_of_the_contract_and_never_by_a_signal(case: str, desk: Path) -> None:
    code, words = ENDS[case]
    out = [] if "--out" in words else ["--out", f"plan {code} {case}"]
    done = ran("match", *words.split(), *out, cwd=desk)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code not in (cli.DONE, cli.USAGE):
        assert done.stderr.startswith("Error: ")
        assert not out or not (desk / out[1]).exists()


def test_what_is_not_verified_ends_with_its_own_code(desk: Path) -> None:
    assert ran("match", "people.csv", "--out", "checked", cwd=desk).returncode == cli.DONE
    assert ran("verify", "checked", "--workforce", "people.csv", cwd=desk).returncode == cli.DONE
    (desk / "checked" / "pairs.csv").write_bytes(b"changed")
    assert ran("verify", "checked", "--workforce", "people.csv", cwd=desk).returncode == cli.UNVERIFIED


INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started without
from rmatch.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="an interrupt cannot be sent to one child there")
def test_an_interrupt_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    people(6000, 6000).to_csv(tmp_path / "people.csv", index=False)
    words = ["match", "people.csv", "--out", "plan", "--verbose"]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("matching"):
                break
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=120)
    assert child.returncode == cli.INTERRUPTED
    assert said.endswith("Interrupted; no result was written.\n")
    assert [file.name for file in tmp_path.iterdir()] == ["people.csv"]


# ---------------------------------------------------------------- what is said, and to whom

EVERYTHING = """
import sys

def watch(event, args):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "urllib.Request"):
        print("network:", event, args, file=sys.stderr, flush=True)
        import os; os._exit(99)

sys.addaudithook(watch)
from rmatch.cli import main
for words in (
    "match people.csv --out quiet", "check people.csv", "verify quiet --workforce people.csv", "schema program",
    "review quiet --edits quiet/pairs.csv", "report quiet --workforce people.csv --view director --out page.html",
    "demo --out shown",
):
    code = main(words.split())
    assert code == 0, (words, code)
"""


def test_no_command_touches_the_network(desk: Path) -> None:
    done = subprocess.run([sys.executable, "-c", EVERYTHING], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_printed_or_warned_and_nothing_but_events_is_logged(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matching = rmatch.match(rmatch.from_frame(people()))
        matching.save(tmp_path / "plan.json")
        assert rmatch.load(tmp_path / "plan.json").verify()
        with pytest.raises(rmatch.InfeasibleError):
            rmatch.match(rmatch.from_frame(people(min_pairs="40", capacity="90")))
    assert capfd.readouterr() == ("", "")
    assert not caplog.records  # who does not ask for INFO gets nothing
    events: list[Event] = []
    with caplog.at_level(logging.DEBUG):
        rmatch.match(rmatch.from_frame(people()), progress=events.append)
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("rmatch", "INFO", str(e)) for e in events
    ]
    assert len(events) > 2


def test_no_source_of_ours_logs_prints_or_knows_the_network() -> None:
    """The command line prints, the rooms of the events and of the engine's own check log; nothing else does."""
    loud = re.compile(r"^\s*(print\(|(import|from) (logging|socket|http|urllib\.request|requests)\b)", re.M)
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "src" / "rmatch").rglob("*.py")}
    assert {path.name for path, text in sources.items() if loud.search(text)} == {
        "_commands.py",
        "_drafting.py",
        "_rounds.py",
        "_telling.py",
        "progress.py",
        "self_check.py",
    }


def test_a_fault_of_the_engine_is_a_warning_without_a_figure_or_a_person(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = people()
    frame["club"], frame["told"] = "a", "yes"
    apart = {"use": "score", "sensitive": True, "consent": "told", "purpose": "agreed"}
    program = rmatch.Program(
        columns={"club": apart},
        criteria=(rmatch.criteria.Skills(), rmatch.criteria.Difference(0.5, column="club")),
        rules=(),
    )
    right = run.certified

    def wrong(model: Any, proof: Any) -> Any:
        pairs, made = right(model, proof)
        cheap = [replace(stage, mentor_prices=stage.mentor_prices - (1 << 20)) for stage in made.stages]
        return pairs, replace(made, stages=tuple(cheap))

    monkeypatch.setattr(run, "certified", wrong)
    with caplog.at_level(logging.WARNING):
        rmatch.match(rmatch.from_frame(frame, program=program), program)
    said = {record.getMessage() for record in caplog.records}
    words = "the engine's proof does not show what it says, which is a fault of ours; it is not called proved"
    assert said == {f"{name}: {words}" for name in ("most_pairs", "total")}
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert words in PAGE


def test_events_hold_figures_and_no_person() -> None:
    events: list[Event] = []
    frame = people()
    rmatch.match(rmatch.from_frame(frame), progress=events.append)
    assert events
    said = "\n".join(f"{event!r} {event}" for event in events)
    assert not [word for word in [*frame["employee_id"], *frame["name"]] if word in said]


# ---------------------------------------------------------------- contracts


@pytest.mark.parametrize("what", ["person", "program", "matching"])
def test_each_schema_is_json(what: str, desk: Path) -> None:
    done = ran("schema", what, cwd=desk)
    assert done.returncode == cli.DONE
    assert json.loads(done.stdout)["properties"]
    assert f"rmatch schema {what}" in PAGE


def test_another_format_of_the_record_is_refused_and_not_guessed_at(tmp_path: Path) -> None:
    record = json.loads(answer(people()))
    assert record["format"] == FORMAT
    assert record.keys() == MatchingRecord.model_fields.keys()
    (tmp_path / "later.json").write_text(json.dumps(record | {"format": FORMAT + 1}), encoding="utf-8")
    with pytest.raises(rmatch.RmatchError, match=f"format {FORMAT}"):
        rmatch.load(tmp_path / "later.json")
    assert f"`format` is {FORMAT}" in PAGE


def test_the_page_names_every_figure_of_an_event_and_every_exit_code() -> None:
    for field in fields(Event):
        assert f"`{field.name}`" in PAGE
    codes = {cli.DONE, cli.FAILED, cli.USAGE, cli.INPUT, cli.INFEASIBLE, cli.UNVERIFIED, cli.OUTPUT, cli.INTERRUPTED}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.M)} == codes


def test_the_page_names_every_key_of_the_record_of_runs(tmp_path: Path) -> None:
    assert cli.main(("demo", "--mentors", "4", "--mentees", "3", "--out", str(tmp_path / "out"))) == cli.DONE
    line = json.loads((tmp_path / "out" / "audit.jsonl").read_text(encoding="utf-8"))
    (row,) = (each for each in PAGE.splitlines() if each.startswith("| a run,"))
    assert set(re.findall(r"`(\w+)`", row)) == set(line)


def test_the_page_names_every_dependency_with_its_licence() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    users = extras.keys()
    assert len(users) > 4
    named = [*project["dependencies"], *(x for extra in sorted(users) for x in extras[extra])]
    for requirement in named:
        name = re.split(r"[<>=;\[ ]", requirement)[0]
        assert re.search(rf"^\| {re.escape(name)} \| [^|]+\|", PAGE, re.M), name
