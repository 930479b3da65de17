"""No value of a sensitive column shows anywhere: not in a file, a message, a log, a repr, however odd the input is."""

from __future__ import annotations

import csv
import io
import logging
import tomllib
import warnings
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from naughty import shared
from places import DATA

import rmatch
from rmatch import cli
from rmatch.datasets import workforce

pytestmark = pytest.mark.slow

MARK, NUMBER = "zzq", "7770007"
MARKS = (MARK, NUMBER, "777000", "7,770,007", "ZZQ")
"""What stands in sensitive cells and nowhere else."""

SENSITIVE = """
[columns.{name}]
use = "score"
sensitive = true
consent = "may use {name}"
purpose = "pairs that differ"
{more}
[[criteria]]
kind = "goals"
weight = 0.6
[[criteria]]
kind = "difference"
column = "{name}"
weight = 0.4
"""
AUDIT = '[columns.{name}]\nuse = "audit"\n{more}\n'
COLUMNS = {
    "gender": "",
    "care": 'order = ["none", "some", "much"]',
    "faith": 'split = ";"',
    "age": "",
    "belief": 'source = ["Belief 1", "Belief 2"]',
    "location": "",
    "grade": "",
    "languages": "",
    "availability": "",
    "skills_offered": 'source = "Secret skills"',
    "department": 'source = "Origin"\nna = ["NA"]',
}
"""Columns of every kind, canonical ones among them, and what a program says of each."""

CELLS = (
    f"{MARK}woman", f"  {MARK.upper()}man ", f"{MARK}a; {MARK}b", f"['{MARK}a', \"{MARK}b\"]", f"{MARK}|x\n{MARK}y",
    f'{MARK}"quoted", and more', f"={MARK}()", f"@{MARK}", f"<b>{MARK}</b>", f"{MARK}:9", f"{MARK} (7)", f"Mon {MARK}",
    NUMBER, f"{NUMBER}.5", f"-{NUMBER}", f"{NUMBER},5", f"0{NUMBER}", "7,770,007", f"{MARK}@example.org",
    f"{MARK}\N{ZERO WIDTH SPACE}é\N{SNOWMAN}", f"{MARK}, but, with, commas", f"Mon 25:00-{NUMBER}", f"{MARK}" * 300,
    "; ".join(f"{MARK}{k}" for k in range(1500)), "", "prefer not to say", f"prefer not to say {MARK}",
)  # fmt: skip


def people(name: str, seed: int = 0, cells: tuple[str, ...] = CELLS) -> pd.DataFrame:
    """A workforce with odd cells in the headers that feed one column."""
    draw = np.random.default_rng(seed)
    frame = workforce(24, 16, seed=seed, n_others=2)
    for header in headers(name):
        frame[header] = [cells[k] for k in draw.integers(len(cells), size=len(frame))]
    frame[f"may use {name}"] = draw.choice(["yes", "no", f"{MARK} perhaps"], len(frame))
    return frame


def headers(name: str) -> tuple[str, ...]:
    """The headers that feed a column, as the programs here have it."""
    given = {"belief": ("Belief 1", "Belief 2"), "skills_offered": ("Secret skills",), "department": ("Origin",)}
    return given.get(name, (name,))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the commands run; what stands in ``in`` was there before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    return tmp_path


@pytest.fixture
def listening(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[..., int]:
    """Runs a command, and fails where it says or writes a sensitive value."""
    caplog.set_level(logging.DEBUG)

    def ran(*words: str) -> int:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                code = cli.main(words)
            except SystemExit as exit_:
                code = int(exit_.code or 0)
        said = [*capsys.readouterr(), caplog.text, *(str(w.message) for w in warned)]
        for text in said:
            assert shown(text) == [], words
        for path in (p for p in Path().rglob("*") if p.is_file() and p.parts[0] != "in"):
            assert shown(path.read_bytes().decode("utf-8", "replace")) == [], (words, path)
        return code

    return ran


def shown(text: str) -> list[str]:
    """Where sensitive values occur in a text."""
    return [text[max(text.index(mark) - 60, 0) :][:120] for mark in MARKS if mark in text]


def every_command(listening: Callable[..., int], *files: str) -> set[int]:
    """Run all that can be run on some files, and return the exit codes."""
    codes = {
        listening("check", *files, "--program", "in/p.toml"),
        listening("check", *files, "--program", "in/p.toml", "--json"),
        listening("match", *files, "--program", "in/p.toml", "--out", "raised"),
        listening("match", *files, "--program", "in/p.toml", "--out", "out", "--on-bad-rows", "skip", "--verbose"),
        listening("match", *files, "--program", "in/p.toml", "--out", "out", "--on-bad-rows", "skip", "--json"),
    }
    if Path("out").is_dir():
        codes |= {listening("verify", "out"), listening("verify", "out", "--workforce", *files)}
    return codes


def programs(name: str) -> Iterator[str]:
    more = COLUMNS[name]
    yield SENSITIVE.format(name=name, more=more)
    yield AUDIT.format(name=name, more=more)


@pytest.mark.trials
@pytest.mark.parametrize("name", COLUMNS)
def test_no_command_shows_a_cell_of_any_kind_of_column(folder: Path, listening: Callable[..., int], name: str) -> None:
    people(name).to_csv("in/w.csv", index=False)
    for program in programs(name):
        Path("in/p.toml").write_text(program)
        assert every_command(listening, "in/w.csv") == {cli.DONE}
        audited = ("match", "in/w.csv", "--program", "in/p.toml", "--on-bad-rows", "skip", "--audit")
        assert listening(*audited, "--out", "audited") == cli.DONE, "groups are as small as one person here"
        again = ("rematch", "audited", "in/w.csv", "--max-changes", "1", "--on-bad-rows", "skip", "--curve")
        for how in ((), ("--json",)):
            assert listening(*again, *how, "--out", "next") == cli.DONE
        for view in ("director", "participant", "audit"):  # the owner's is written by `match`
            seen = ("report", "audited", "--workforce", "in/w.csv", "--view", view, "--out", f"{view}.html")
            assert listening(*seen) == cli.DONE
        edited(name, "they know each other").to_csv("in/edits.csv", index=False)
        taken = ("review", "audited", "--edits", "in/edits.csv", "--out", "reviewed", "--force", "--verbose")
        assert listening(*taken) == cli.DONE


def edited(name: str, reason: str) -> pd.DataFrame:
    """A plan with a decision beside each pair, and a reason."""
    pairs = pd.read_csv("audited/pairs.csv", dtype=str, encoding="utf-8-sig")
    return pairs.assign(decision=["lock", "reject", "approve", *[""] * (len(pairs) - 3)]).assign(
        reason=[reason] * 3 + [""] * (len(pairs) - 3)
    )


@pytest.mark.trials
@pytest.mark.parametrize("name", ["gender", "faith", "belief", "location"])
def test_a_sensitive_answer_in_a_reason_is_refused_without_a_word_of_it(
    folder: Path, listening: Callable[..., int], name: str
) -> None:
    people(name, cells=(f"{MARK} one", f"{MARK}-two")).to_csv("in/w.csv", index=False)
    for program in programs(name):
        Path("in/p.toml").write_text(program)
        match = ("match", "in/w.csv", "--program", "in/p.toml", "--out", "audited")
        assert listening(*match) == cli.DONE
        for reason in (f"both are {MARK.upper()} one", f"not {MARK} two"):
            edited(name, reason).to_csv("in/edits.csv", index=False)
            assert listening("review", "audited", "--edits", "in/edits.csv") == cli.INPUT


def test_no_command_shows_a_naughty_string(folder: Path, listening: Callable[..., int]) -> None:
    strings = [s for s in shared() if "\0" not in s and s.isprintable()]
    if not strings:
        pytest.skip(f"no data in {DATA}")
    for k in range(0, len(strings), 130):
        cells = tuple(f"{MARK}{s}" for s in strings[k : k + 130])
        people("gender", k, cells).to_csv("in/w.csv", index=False)
        Path("in/p.toml").write_text(SENSITIVE.format(name="gender", more=""))
        assert every_command(listening, "in/w.csv") == {cli.DONE}


@pytest.mark.trials
@pytest.mark.parametrize("name", ["gender", "location", "care"])
def test_two_sheets_that_disagree_and_a_directory_that_fills_gaps(
    folder: Path, listening: Callable[..., int], name: str
) -> None:
    frame = people(name)
    other = people(name, seed=1).assign(employee_id=frame["employee_id"])
    frame.drop(columns="role").iloc[:30].to_csv("in/a.csv", index=False)
    other.drop(columns="role").iloc[10:].to_csv("in/b.csv", index=False)
    other.drop(columns=["role", "capacity"]).to_csv("in/company.csv", index=False, sep=";")
    unasked = frame.drop(columns=["role", name, f"may use {name}"])
    unasked.iloc[:30].to_csv("in/c.csv", index=False)
    for program in programs(name):
        Path("in/p.toml").write_text("rules = []\n" + program)
        for first in ("in/a.csv", "in/c.csv"):
            files = (first, "--mentees", "in/b.csv", "--directory", "in/company.csv")
            assert every_command(listening, *files) == {cli.DONE}


def spoilt(frame: pd.DataFrame) -> Iterator[tuple[str, bytes]]:
    """The export in the ways in which files are broken."""
    text = frame.to_csv(index=False)
    lines = [line.getvalue() for line in _records(frame)]
    head, first, second = lines[0], lines[1], lines[2]
    yield "no headers", "".join(lines[1:]).encode()
    yield "one line", first.encode()
    yield "a preamble", (f"{MARK},Report\n\n" + text).encode()
    yield "two rows of headers", (head + head + "".join(lines[1:])).encode()
    yield "an unclosed quote", (text + f'"{MARK}').encode()
    yield "text after a quote", (head + f'"{MARK}"x' + first + second).encode()
    yield "long and short rows", (head + first.strip() + f",{MARK}\n" + f"{MARK},{MARK}\n" + second).encode()
    yield "torn off", text.encode()[:-40]
    yield "a NUL", text.replace(MARK, f"{MARK}\0", 1).encode()
    yield "another encoding", text.replace(MARK, f"{MARK}é", 3).encode("cp1252", "replace")
    yield "utf-16", text.encode("utf-16")
    yield "half of a surrogate", text.encode().replace(MARK.encode(), MARK.encode() + b"\xed\xa0\x80", 1)
    yield "semicolons", frame.to_csv(index=False, sep=";").encode()
    yield "another delimiter", frame.to_csv(index=False, sep="^").encode()
    yield "a cell too long", (head + first.replace(MARK, MARK * 50_000, 1) + second).encode()
    yield "repeated ids", (text + first + second).encode()
    yield "no ids", frame.drop(columns="employee_id").to_csv(index=False).encode()
    yield "no such column", frame.drop(columns=headers("gender")[0]).to_csv(index=False).encode()
    yield "the header twice", text.replace("department", "gender").encode()
    yield "roles that are none", text.replace("mentee", "boss").encode()
    yield "short rows at the end", (head + "".join(line.rpartition(",")[0] + "\n" for line in lines[1:])).encode()


def _records(frame: pd.DataFrame) -> Iterator[io.StringIO]:
    for cells in [list(frame.columns), *frame.itertuples(index=False)]:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        yield line


@pytest.mark.trials
@pytest.mark.parametrize(("last", "numbered"), [(False, True), (True, False)])
def test_no_broken_file_makes_a_message_quote_a_cell(
    folder: Path, listening: Callable[..., int], last: bool, numbered: bool
) -> None:
    frame = people("gender", cells=tuple(c for c in CELLS if len(c) < 1000))
    if not last:
        frame = frame[["employee_id", "gender", *frame.columns.drop(["employee_id", "gender"])]]
    for (how, data), program in zip(
        spoilt(frame), cycle([*programs("gender")][:: -1 if last else 1])
    ):  # each way with each
        Path("in/w.csv").write_bytes(data)
        Path("in/p.toml").write_text('[columns.employee_id]\nsource = "@row"\n' * numbered + program)
        assert every_command(listening, "in/w.csv") <= {cli.DONE, cli.INPUT}, how


# ---------------------------------------------------------------- Python


@pytest.mark.trials
def test_no_repr_table_or_summary_shows_a_cell() -> None:
    for name in COLUMNS:
        frame = people(name)
        for text in programs(name):
            program = rmatch.Program.model_validate(tomllib.loads(text))
            for roster in _read(frame, program):
                for said in _everything(roster, rmatch.match(roster, program)):
                    assert shown(said) == [], name


def _read(frame: pd.DataFrame, program: rmatch.Program) -> Iterator[rmatch.Roster]:
    yield rmatch.from_frame(frame, program=program)
    odd = frame.to_dict("records")
    for k, record in enumerate(odd):
        for header in set(record) - set(workforce(1, 1).columns):
            if not header.startswith("may use"):
                record[header] = ([MARK, "b"], {"x": MARK}, MARK.encode(), f"{MARK}\0", 7770007, 7770007.5, None)[k % 7]
    yield rmatch.from_records(odd, program=program)


def _everything(roster: rmatch.Roster, matching: rmatch.Matching) -> Iterator[str]:
    yield from (repr(roster), roster.summary(), repr(roster.binding), repr(roster.withheld()), repr(roster.tables()))
    for table in (roster.mentors, roster.mentees, roster.issues, roster.withheld_issues, roster.accounts):
        yield table.to_csv()
    yield from (repr(matching), matching.summary(), matching._repr_html_(), matching.to_json(), str(matching.verify()))
    yield from (repr(matching.model), repr(matching.second_stage), repr(matching.withheld), repr(matching.certificate))
    if matching.second_stage is not None:
        yield from (repr(matching.second_stage.full), repr(matching.second_stage.proof))
    for table in (matching.pairs, matching.unmatched, matching.accounts, matching.stages):
        yield table.to_csv()
    for a in matching.model.mentors.ids[:2]:
        yield from (matching.alternatives(a).to_csv(), matching.losses(a).to_csv())
        for b in matching.model.mentees.ids[:4]:
            yield from (str(matching.explain(a, b)), matching.explain(a, b)._repr_html_(), str(matching.why_not(a, b)))


def test_no_question_that_solves_again_shows_a_cell() -> None:
    frame = people("gender")
    for text in programs("gender"):
        program = rmatch.Program.model_validate(tomllib.loads(text))
        roster = rmatch.from_frame(frame, program=program)
        matching = rmatch.match(roster, program)
        for said in _solved_again(roster, matching):
            assert shown(said) == []


def _solved_again(roster: rmatch.Roster, matching: rmatch.Matching) -> Iterator[str]:
    yield matching.backups().to_csv()
    later = rmatch.rematch(matching, roster, max_changes=1, drop=matching.pair_ids[:1])
    yield from (later.to_json(), str(matching.compare(later)), matching.compare(later)._repr_html_())
    yield rmatch.rematch_curve(matching, roster, changes=[0]).to_csv()


def test_what_is_wrong_with_hidden_cells_is_counted_and_no_row_is_named(folder: Path) -> None:
    frame = people("care")
    frame["care"] = ["lots"] * 12 + ["zzq"] * 3 + ["some"] * (len(frame) - 15)
    frame["may use care"] = "yes"
    Path("in/p.toml").write_text(SENSITIVE.format(name="care", more=COLUMNS["care"]))
    roster = rmatch.from_frame(frame, program=rmatch.Program.from_file("in/p.toml"))
    assert "care" not in set(roster.issues["column"])
    (told,) = roster.withheld_issues.itertuples()
    assert told.reason == "in 15 cells: this label is not in the declared order"
    assert (told.file, told.value, told.severity) == ("", "", "warning")
    assert "some cells of care cannot be read" in roster.summary()
    few = rmatch.from_frame(frame.iloc[10:], program=rmatch.Program.from_file("in/p.toml"))
    assert few.withheld_issues["reason"].tolist() == ["in fewer than 10 cells: this label is not in the declared order"]


def test_answers_of_which_none_means_yes_are_told_of() -> None:
    frame, program = people("care"), rmatch.Program.model_validate(tomllib.loads(next(programs("care"))))
    told = rmatch.from_frame(frame.assign(**{"may use care": "zzq of course"}), program=program).withheld_issues
    assert told[["column", "reason"]].values.tolist() == [["may use care", "in 42 cells: nobody's answer means yes"]]
    assert rmatch.from_frame(frame.assign(**{"may use care": ""}), program=program).withheld_issues.empty


def test_no_command_opens_a_connection(
    folder: Path, listening: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection is opened")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(f"socket.socket.{name}", refuse)
    people("gender").to_csv("in/w.csv", index=False)
    Path("in/p.toml").write_text(next(programs("gender")))
    assert every_command(listening, "in/w.csv") == {cli.DONE}


def test_check_tells_of_hidden_cells(
    folder: Path, listening: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    people("care").to_csv("in/w.csv", index=False)
    Path("in/p.toml").write_text(SENSITIVE.format(name="care", more=COLUMNS["care"]))
    assert cli.main(("check", "in/w.csv", "--program", "in/p.toml")) == cli.DONE
    said = capsys.readouterr().out
    assert "WARNING in care" in said
    assert "this label is not in the declared order" in said
    assert shown(said) == []


@pytest.mark.parametrize("numbered", [False, True])
def test_a_first_row_that_is_a_person_is_not_quoted_as_headers(
    folder: Path, listening: Callable[..., int], numbered: bool
) -> None:
    frame = people("gender", cells=(f"gender {MARK}",))
    frame.insert(0, "gender", frame.pop("gender"))
    mentors, mentees = (frame[frame["role"] == role].drop(columns="role") for role in ("mentor", "mentee"))
    mentors.to_csv("in/a.csv", index=False)
    mentees.to_csv("in/b.csv", index=False, header=False)
    frame.to_csv("in/w.csv", index=False, header=False)
    for program in programs("gender"):
        Path("in/p.toml").write_text('rules = []\n[columns.employee_id]\nsource = "@row"\n' * numbered + program)
        assert every_command(listening, "in/w.csv") == {cli.INPUT}
        every_command(listening, "in/a.csv", "--mentees", "in/b.csv")
