"""The command line: every command, option and exit code; no traceback, no half-written folder."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import tamperings
from folders import held
from workbooks import sheets

import rmatch
from rmatch import cli

TABLES = ("pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv", "program.toml")
WRITTEN = (*TABLES, "report.html", "pairs.xlsx", "input.json", "audit.jsonl")
FILES = {*WRITTEN, "matching.json"} - {"audit.jsonl"}  # which tells the time
PEOPLE = """employee_id,name,role,grade,department,manager_id,skills_offered,skills_wanted
a1,Ann,mentor,1,Sales,,Python:4; SQL,Public speaking
a2,Ben,mentor,2,Legal,,Figma,Negotiation
a3,Cem,mentor,2,Legal,,Video,Negotiation
b1,Dea,mentee,6,Legal,,Public speaking,Python:3
b2,Eve,mentee,7,Sales,,Negotiation,Figma; Video
c1,Fay,none,8,Sales,,,
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test stands in a folder of its own that holds ``people.csv``."""
    monkeypatch.chdir(tmp_path)
    write("people.csv", PEOPLE)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process."""

    def ran(*words: str) -> Said:
        try:
            code = cli.main(words)
        except SystemExit as exit_:  # argparse's way out
            code = int(exit_.code or 0)
        said = Said(code, *capsys.readouterr())
        assert "Traceback" not in said.err
        assert not [line for line in os.listdir() if line.startswith(".")], "a staging folder is left"
        return said

    return ran


def write(name: str, text: str, encoding: str = "utf-8") -> None:
    Path(name).write_bytes(text.encode(encoding))


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(name, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def pairs(name: str = "out") -> set[tuple[str, str]]:
    frame = table(f"{name}/pairs.csv")
    return set(zip(frame["mentor_id"], frame["mentee_id"], strict=True))


def refused(said: Said, code: int, *words: str, out: str = "out") -> None:
    """The run ended with this code and these words, nothing on standard output, and no folder."""
    assert said.code == code
    assert said.out == ""
    assert said.err.strip()
    assert all(word in said.err for word in words), said.err
    assert not Path(out).exists()


# ---------------------------------------------------------------- match


def test_match_writes_the_files_and_says_what_it_found(run: Run) -> None:
    said = run("match", "people.csv", "--out", "out")
    assert (said.code, said.err) == (cli.DONE, "")
    assert held("out").keys() == FILES
    assert pairs() == {("a1", "b1"), ("a2", "b2")} or pairs() == {("a1", "b1"), ("a3", "b2")}
    assert "2 pairs: 2 of 3 mentors and all 2 mentees have a partner." in said.out
    assert "Proved over all 6 possible pairs." in said.out
    assert "Ann (a1) mentors Dea (b1)" in said.out
    assert said.out.splitlines()[-1] == f"Written to out: {', '.join(WRITTEN)}, matching.json"
    everyone = table("out/everyone.csv").set_index("employee_id")["status"]
    assert everyone.value_counts().to_dict() == {"paired": 4, "unmatched": 1, "not taking part": 1}


@pytest.mark.slow
def test_match_json_is_the_figures_and_nothing_else(run: Run) -> None:
    said = run("match", "people.csv", "--out", "out", "--json")
    figures = json.loads(said.out)
    matching = rmatch.match(rmatch.read_csv("people.csv"))
    assert (said.code, said.err) == (cli.DONE, "")
    assert figures["status"] == "OPTIMAL"
    assert figures["gap"] == 0
    assert (figures["total"], figures["pairs"], figures["unmatched"]) == (matching.total, 2, 1)
    assert figures["counts"] == {"not taking part": 1, "paired": 4, "unmatched": 1}
    assert (figures["out"], set(figures["files"])) == ("out", FILES | {"audit.jsonl"})


@pytest.mark.slow
def test_verbose_speaks_to_standard_error_alone(run: Run) -> None:
    quiet = run("match", "people.csv", "--out", "out")
    loud = run("match", "people.csv", "--out", "out", "--verbose")
    assert loud.out == quiet.out
    assert "reading people.csv" in loud.err
    assert "round 1" in loud.err


@pytest.mark.slow
def test_progress_passes_by_on_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = run("match", "people.csv", "--out", "out")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    seen = run("match", "people.csv", "--out", "out")
    assert (quiet.err, seen.out) == ("", quiet.out)
    shown = seen.err.split("\r")
    assert "\n" not in seen.err
    assert any(line.startswith("reading people.csv") for line in shown)
    assert not shown[-1] + shown[-2].strip(), "the last line is wiped before the result is printed"


@pytest.mark.slow
def test_two_sign_up_sheets(run: Run) -> None:
    frame = table("people.csv")
    for role in ("mentor", "mentee"):
        frame[frame["role"] == role].drop(columns="role").to_csv(f"{role}s.csv", index=False)
    assert run("match", "people.csv", "--out", "one").code == cli.DONE
    assert run("match", "mentors.csv", "--mentees", "mentees.csv", "--out", "two").code == cli.DONE
    assert pairs("one") == pairs("two")


@pytest.mark.slow
def test_the_directory_knows_the_managers_between(run: Run) -> None:
    write("people.csv", "employee_id,role,manager_id,skills_offered,skills_wanted\nx,mentor,m,a,\ny,mentee,,,a\n")
    write("company.csv", "employee_id,manager_id\nx,m\nm,y\ny,\n")
    assert run("match", "people.csv", "--out", "without").code == cli.DONE
    assert run("match", "people.csv", "--directory", "company.csv", "--out", "with").code == cli.DONE
    assert pairs("without") == {("x", "y")}
    assert pairs("with") == set()
    assert set(table("with/unmatched.csv")["reason"]) == {"NO_ELIGIBLE_PARTNER"}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_program_from_a_file(run: Run, suffix: str) -> None:
    rules = [{"kind": "grade_gap", "at_least": 5}, {"kind": "exclude", "pairs": [["a1", "b1"]]}]
    toml = "".join("[[rules]]\n" + "".join(f"{key} = {json.dumps(rule[key])}\n" for key in rule) for rule in rules)
    write(f"p.{suffix}", toml if suffix == "toml" else json.dumps({"rules": rules}))
    assert run("match", "people.csv", "--program", f"p.{suffix}", "--out", "out").code == cli.DONE
    assert len(pairs()) == 1
    assert pairs() <= {("a2", "b2"), ("a3", "b2")}
    assert [rule.kind() for rule in rmatch.Program.from_file("out/program.toml").rules] == ["grade_gap", "exclude"]


@pytest.mark.slow
def test_the_resolved_program_gives_the_same_result_again(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    assert run("match", "people.csv", "--program", "out/program.toml", "--out", "again").code == cli.DONE
    assert held("out")["pairs.csv"] == held("again")["pairs.csv"]


@pytest.mark.slow
def test_bad_rows_stop_it_or_are_left_out(run: Run) -> None:
    write("people.csv", PEOPLE + "a1,Gus,mentor,1,Sales,,Python,\n")
    refused(run("match", "people.csv", "--out", "out"), cli.INPUT, "people.csv, row 2", "row 8", "--on-bad-rows skip")
    said = run("match", "people.csv", "--out", "out", "--on-bad-rows", "skip")
    assert said.code == cli.DONE
    assert pairs() == {("a2", "b2")} or pairs() == {("a3", "b2")} or len(pairs()) == 2
    everyone = table("out/everyone.csv")
    assert list(everyone.loc[everyone["employee_id"] == "a1", "status"]) == ["rejected", "rejected"]


def test_an_encoding_is_named_where_the_file_is_not_utf8(run: Run) -> None:
    write("people.csv", PEOPLE.replace("Ann", "André"), "cp1252")
    refused(run("match", "people.csv", "--out", "out"), cli.INPUT, "UTF-8", "--encoding cp1252")
    assert run("match", "people.csv", "--encoding", "cp1252", "--out", "out").code == cli.DONE
    assert "André" in set(table("out/pairs.csv")["mentor_name"])


@pytest.mark.slow
def test_a_delimiter_is_named_where_it_is_not_recognised(run: Run) -> None:
    write("people.csv", PEOPLE.replace(",", "~"))
    assert run("match", "people.csv", "--out", "out").code == cli.INPUT
    assert run("match", "people.csv", "--delimiter", "~", "--out", "out").code == cli.DONE
    assert len(pairs()) == 2


def test_one_side_alone_is_all_waiting(run: Run) -> None:
    write("people.csv", "employee_id,role,skills_offered,skills_wanted\nx,mentor,a,b\ny,mentor,a,b\n")
    said = run("match", "people.csv", "--out", "out")
    assert said.code == cli.DONE
    assert "No pairs from 2 mentors and no mentees." in said.out
    assert set(table("out/unmatched.csv")["reason"]) == {"OTHER_SIDE_EMPTY"}


def test_hostile_cells_are_harmless(run: Run) -> None:
    write("people.csv", PEOPLE.replace("Ann", "=cmd|calc").replace("Dea", "@SUM(1)"))
    assert run("match", "people.csv", "--out", "out").code == cli.DONE
    assert not {cell[:1] for cell in table("out/pairs.csv").to_numpy().ravel()} & set("=+-@")


# ---------------------------------------------------------------- input that cannot be used


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("employee_id,role\n", "no people"),
        ("name,role\nAnn,mentor\n", "employee_id"),
        (PEOPLE.replace("a2", "a1"), "a1"),
        (PEOPLE.replace("Ann,mentor", "Ann,mentor,more,and,more"), "row 2"),
        ("employee_id,role,capacity\nx,mentor,-1\ny,mentee,1\n", "-1"),
        ('employee_id,role\nx,"mentor\ny,mentee\n', "quote"),
        ("employee_id,role,role\nx,mentor,mentor\ny,mentee,mentee\n", "role"),
        (PEOPLE.replace("Ann", "A\x00n"), "NUL"),
    ],
)
def test_a_file_that_cannot_be_used(run: Run, text: str, word: str) -> None:
    write("people.csv", text)
    refused(run("match", "people.csv", "--out", "out"), cli.INPUT, word)


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("criteria = [[[", "TOML"),
        ("sede = 1", "seed"),
        ('[[criteria]]\nkind = "skils"\n', "'skills'"),
        ('[[criteria]]\nkind = "skills"\nweight = inf\n', "weight"),
        ('[[criteria]]\nkind = "skills"\nweight = nan\n', "weight"),
        ('[[criteria]]\nkind = "skills"\nweight = 0\n', "weight"),
        ('[[criteria]]\nkind = "similarity"\ncolumn = "shoe_size"\n', "shoe_size"),
        ('[columns.grade]\nsource = "Rank"\n', "Rank"),
    ],
)
def test_a_program_that_cannot_be_used(run: Run, program: str, word: str) -> None:
    write("p.toml", program)
    refused(run("match", "people.csv", "--program", "p.toml", "--out", "out"), cli.INPUT, word)


def test_files_that_are_not_there(run: Run) -> None:
    refused(run("match", "nosuch.csv", "--out", "out"), cli.INPUT, "nosuch.csv")
    refused(run("match", "people.csv", "--program", "nosuch.toml", "--out", "out"), cli.INPUT, "nosuch.toml")
    refused(run("match", ".", "--out", "out"), cli.INPUT, "folder")


# ---------------------------------------------------------------- other ways to end


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("marry",),
        ("match",),
        ("match", "people.csv"),
        ("match", "people.csv", "--out", "out", "--quick"),
        ("match", "people.csv", "--out", "out", "--on-bad-rows", "ignore"),
        ("demo", "--mentors", "-1"),
        ("demo", "--mentors", "many"),
        ("schema", "company"),
        ("verify",),
        ("review", "out"),
    ],
)
def test_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words)
    refused(said, cli.USAGE, "usage: rmatch")


def test_limits_that_nothing_satisfies(run: Run) -> None:
    write("p.toml", '[[limits]]\nkind = "lock"\npairs = [["a1", "b1"], ["a1", "b2"]]\n')
    refused(run("match", "people.csv", "--program", "p.toml", "--out", "out"), cli.INFEASIBLE, "a1", "capacity")
    write(
        "people.csv",
        "employee_id,role,skills_offered,skills_wanted,capacity,min_pairs\nx,mentor,a,,3,2\ny,mentee,,a,1,0\n",
    )
    refused(run("match", "people.csv", "--out", "out"), cli.INFEASIBLE, "x")


@pytest.mark.parametrize(
    "error", [rmatch.SolverError("the solver gave up"), RuntimeError("the solver gave up"), MemoryError()]
)
def test_a_failure_of_ours_is_one_plain_line(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr("rmatch.api.match.match", _raising(error))
    said = run("match", "people.csv", "--out", "out")
    refused(said, cli.FAILED, "Error: ", str(error))
    assert len(said.err.splitlines()) == 1


SAID = {
    "[[rules]] exclude: nobody has the id 'x9'": 'rules = [{kind = "exclude", pairs = [["a1", "x9"]]}]',
    "[[rules]] no_repeat: `rounds` must be": 'rules = [{kind = "no_repeat", rounds = 0}]',
    "[[rules]] grade_gap: no gap lies": 'rules = [{kind = "grade_gap", at_least = 3, at_most = 1}]',
    "[[criteria]] skills: `weight` must be": 'criteria = [{kind = "skills", weight = -1}]',
    "[[limits]] lock: a pair is locked twice": 'limits = [{kind = "lock", pairs = [["a", "b"], ["a", "b"]]}]',
}


@pytest.mark.parametrize("words", SAID)
@pytest.mark.parametrize("command", [("check", "people.csv"), ("match", "people.csv", "--out", "out")])
def test_an_element_is_called_as_the_program_file_calls_it(run: Run, words: str, command: tuple[str, ...]) -> None:
    write("program.toml", SAID[words])
    said = run(*command, "--program", "program.toml")
    assert said.code == cli.INPUT
    assert words in said.err


def test_people_without_anything_to_pair_them_by_are_led_to_a_draft(run: Run) -> None:
    for head in ("employee_id,role,name", "employee_id,role,grade", "employee_id,role,First choice"):
        write("plain.csv", f"{head}\n1,mentor,1\n2,mentee,9\n")
        for command in (("check", "plain.csv"), ("match", "plain.csv", "--out", "out")):
            said = run(*command)
            assert said.code == cli.INPUT
            assert "`rmatch init` drafts a program" in said.err
        assert "1 mentor and 1 mentee take part" in run("check", "plain.csv").out
    write("program.toml", '[columns.name]\nsource = "First choice"\n')  # as a draft is that leaves this open
    said = run("match", "plain.csv", "--program", "program.toml", "--out", "out")
    assert "rmatch init" not in said.err
    assert "say in the program which headers they are" in said.err


def test_verbose_shows_where_a_failure_of_ours_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rmatch.api.match.match", _raising(RuntimeError("the solver gave up")))
    with pytest.raises(RuntimeError, match="gave up"):
        cli.main(("match", "people.csv", "--out", "out", "--verbose"))


def _raising(error: BaseException) -> Callable[..., None]:
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises


def test_an_interruption_in_the_middle(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rmatch.api.match.match", _raising(KeyboardInterrupt()))
    refused(run("match", "people.csv", "--out", "out"), cli.INTERRUPTED, "Interrupted")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT that a parent can send to one child")
def test_ctrl_c_ends_it_quietly() -> None:
    words = ("demo", "--mentors", "5000", "--mentees", "5000", "--out", "out", "--verbose")
    with subprocess.Popen(
        [sys.executable, "-m", "rmatch", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        seen = next(line for line in child.stderr if line.startswith("matching"))
        child.send_signal(signal.SIGINT)
        err, out = child.stderr.read(), child.stdout.read()
    assert seen == "matching 5,000 mentors with 5,000 mentees\n"
    assert child.returncode == cli.INTERRUPTED
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert out == ""
    assert set(os.listdir()) == {"people.csv"}


# ---------------------------------------------------------------- the folder


@pytest.mark.slow
def test_a_result_replaces_an_earlier_one_of_its_own(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    write("out/my notes.txt", "keep me")
    write("people.csv", PEOPLE.replace("a1", "z1"))
    assert run("match", "people.csv", "--out", "out").code == cli.DONE
    assert ("z1", "b1") in pairs()
    assert held("out")["my notes.txt"] == b"keep me"
    assert run("verify", "out", "--workforce", "people.csv").code == cli.DONE


@pytest.mark.slow
def test_an_empty_folder_and_missing_parents_are_fine(run: Run) -> None:
    Path("empty").mkdir()
    assert run("match", "people.csv", "--out", "empty").code == cli.DONE
    assert run("match", "people.csv", "--out", "a/b/c").code == cli.DONE
    one, two = held("empty"), held("a/b/c")
    assert one.pop("input.json") != two.pop("input.json"), "the same people are another way from here"
    assert one == two


def test_a_folder_that_holds_something_else_is_left_alone(run: Run) -> None:
    Path("out").mkdir()
    write("out/holiday.txt", "sun")
    for words in (("match", "people.csv", "--out", "out"), ("demo", "--out", "out")):
        said = run(*words)
        assert (said.code, said.out) == (cli.OUTPUT, "")
        assert "not empty" in said.err
        assert held("out") == {"holiday.txt": b"sun"}


@pytest.mark.parametrize("out", ["people.csv", "people.csv/out", "people.csv/a/out"])
def test_a_file_in_the_way(run: Run, out: str) -> None:
    said = run("match", "people.csv", "--out", out)
    assert (said.code, said.out) == (cli.OUTPUT, "")
    assert "is a file, not a folder" in said.err
    assert Path("people.csv").read_text() == PEOPLE


@pytest.mark.slow
def test_a_failed_run_leaves_the_earlier_result_as_it_was(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    before = held("out")
    write("people.csv", PEOPLE + "a1,Gus,mentor,1,Sales,,Python,\n")
    assert run("match", "people.csv", "--out", "out").code == cli.INPUT
    assert held("out") == before


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [False, True])
def test_a_full_disk_leaves_no_half_of_a_result(run: Run, monkeypatch: pytest.MonkeyPatch, earlier: bool) -> None:
    if earlier:
        run("match", "people.csv", "--out", "out")
        write("people.csv", PEOPLE.replace("a1", "z1"))
    before = held("out") if earlier else None
    monkeypatch.setattr("os.fsync", _raising(OSError(errno.ENOSPC, "No space left on device")))
    said = run("match", "people.csv", "--out", "out")
    assert (said.code, said.out) == (cli.OUTPUT, "")
    assert "No space left" in said.err
    assert before == (held("out") if Path("out").exists() else None)


# ---------------------------------------------------------------- verify


def test_verify_with_the_people_and_without(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    full, inner = run("verify", "out", "--workforce", "people.csv"), run("verify", "out")
    assert (full.code, inner.code) == (cli.DONE, cli.DONE)
    assert "Verified against the people" in full.out
    assert "in itself" in inner.out


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FILES - {"matching.json", "input.json"}))
def test_verify_sees_a_file_that_was_changed(run: Run, name: str) -> None:
    run("match", "people.csv", "--out", "out")
    path = Path("out", name)
    path.write_bytes(path.read_bytes() + b"more,\n")
    for words in (("verify", "out"), ("verify", "out", "--workforce", "people.csv")):
        said = run(*words)
        assert said.code == cli.UNVERIFIED
        assert said.out.startswith(f"Not verified:\n  {name}")
    path.unlink()
    assert run("verify", "out").code == cli.UNVERIFIED


@pytest.mark.slow
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("change", ["score", "price", "pairs", "partner"])
def test_verify_sees_a_plan_that_was_changed(run: Run, change: str, signed: bool) -> None:
    run("match", "people.csv", "--out", "out")
    record = json.loads(Path("out/matching.json").read_text(encoding="utf-8"))
    if change == "score":
        record["pairs"][0]["points"] -= 1
        record["pairs"][0]["parts"][0] -= 1
    elif change == "price":
        prices = tamperings.stage(record)["mentee_prices"]
        prices["b1"] = prices.get("b1", 0) - 1
    elif change == "pairs":
        tamperings.more_pairs(record)
    else:
        one, two = record["pairs"]
        one["mentor_id"], two["mentor_id"] = two["mentor_id"], one["mentor_id"]
    if signed:
        tamperings.sign(record)
    write("out/matching.json", json.dumps(record))
    said = run("verify", "out", "--workforce", "people.csv")
    assert said.code == cli.UNVERIFIED
    assert said.out.startswith("Not verified:\n  ")


def test_verify_sees_other_people(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    write("other.csv", PEOPLE.replace("Python:4", "Python:1"))
    assert run("verify", "out", "--workforce", "other.csv").code == cli.UNVERIFIED
    write("other.csv", PEOPLE.replace("a1", "z1"))
    assert run("verify", "out", "--workforce", "other.csv").code == cli.UNVERIFIED


def test_verify_takes_the_files_and_the_program_that_were_matched(run: Run) -> None:
    frame = table("people.csv").rename(columns={"grade": "Rank"})
    for role in ("mentor", "mentee"):
        frame[frame["role"] == role].drop(columns="role").to_csv(f"{role}s.csv", index=False, sep=";")
    write("p.toml", '[columns.grade]\nsource = "Rank"\n')
    files = ("--mentees", "mentees.csv", "--directory", "people.csv", "--delimiter", ";")
    write("people.csv", PEOPLE.replace("grade", "Rank").replace(",", ";"))
    assert run("match", "mentors.csv", *files, "--program", "p.toml", "--out", "out").code == cli.DONE
    assert run("verify", "out", "--workforce", "mentors.csv", *files).code == cli.DONE


def test_what_is_no_result_cannot_be_verified(run: Run) -> None:
    Path("out").mkdir()
    for text in (None, "{", "[]", '{"format": 99}', '{"format": 1}'):
        if text is not None:
            write("out/matching.json", text)
        said = run("verify", "out")
        assert (said.code, said.out) == (cli.INPUT, "")
        assert "matching.json" in said.err


def test_two_sheets_are_verified_only_with_the_first(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    said = run("verify", "out", "--mentees", "people.csv")
    assert said.code == cli.INPUT
    assert "--workforce" in said.err


# ---------------------------------------------------------------- check


def test_check_finds_nothing_where_nothing_is_wrong(run: Run) -> None:
    write("people.csv", rmatch.datasets.workforce(8, 8, n_others=9, missing=0).to_csv(index=False))
    said = run("check", "people.csv")
    assert (said.code, said.err) == (cli.DONE, "")
    assert "ERROR" not in said.out
    assert json.loads(run("check", "people.csv", "--json").out) == []


def test_check_says_what_where_how_many_more_and_what_to_do(run: Run) -> None:
    rows = "".join(f"d{k},Dup,mentor,1,Sales,,SQL,\n" * 2 for k in range(12))
    write("people.csv", PEOPLE.replace("Legal,,Figma", "Legal,nobody,Figma") + rows)
    said = run("check", "people.csv")
    assert (said.code, said.err) == (cli.INPUT, "")
    for words in (
        "ERROR in employee_id: 24 rows are rejected",
        "people.csv, row 8 and 1 more:",
        "… and 4 more",
        "What to do:",
    ):
        assert words in said.out
    assert said.out.index("ERROR") < said.out.index("WARNING in manager_id") < said.out.index("NOTE in criteria")
    assert set(os.listdir()) == {"people.csv"}


def test_check_json_is_the_table_of_issues(run: Run) -> None:
    write("people.csv", PEOPLE + "a1,Gus,mentor,1,Sales,,SQL,\n")
    said = run("check", "people.csv", "--json")
    issues = json.loads(said.out)
    assert said.code == cli.INPUT
    assert [issue["row"] for issue in issues if issue["severity"] == "error"] == [2, 8]
    assert list(issues[0]) == ["file", "row", "column", "value", "severity", "reason", "remedy"]


@pytest.mark.parametrize("as_json", [False, True])
def test_check_diagnoses_what_cannot_be_read_at_all(run: Run, as_json: bool) -> None:
    write("people.csv", "")
    said = run("check", "people.csv", *["--json"] * as_json)
    assert (said.code, said.err) == (cli.INPUT, "")
    assert "the file is empty" in said.out
    assert not as_json or json.loads(said.out)[0]["severity"] == "error"


def test_check_tries_the_program_too(run: Run) -> None:
    write("p.toml", '[[criteria]]\nkind = "similarity"\ncolumn = "shoe_size"\n')
    said = run("check", "people.csv", "--program", "p.toml")
    assert said.code == cli.INPUT
    assert "shoe_size" in said.err


# ---------------------------------------------------------------- report


@pytest.mark.slow
def test_report_writes_another_view_of_a_result(run: Run) -> None:
    assert run("match", "people.csv", "--out", "out").code == cli.DONE
    for view in ("owner", "director", "participant"):
        said = run("report", "out", "--view", view, "--out", f"{view}.html")
        assert (said.code, said.out, said.err) == (cli.DONE, f"Written: {view}.html\n", "")
    assert Path("owner.html").read_bytes() == Path("out/report.html").read_bytes()
    assert "teaches" not in Path("director.html").read_text(encoding="utf-8")
    assert "Ann</bdi> mentors <bdi>Dea" in Path("participant.html").read_text(encoding="utf-8")


def test_report_of_other_people_or_into_nowhere_is_refused(run: Run) -> None:
    run("match", "people.csv", "--out", "out")
    write("others.csv", PEOPLE.replace("a1", "a9"))
    said = run("report", "out", "--workforce", "others.csv", "--out", "r.html")
    assert said.code == cli.INPUT
    assert "made for other people" in said.err
    assert run("report", "out", "--workforce", "people.csv", "--out", "no/r.html").code == cli.OUTPUT
    assert run("report", "nothing", "--workforce", "people.csv", "--out", "r.html").code == cli.INPUT
    assert not Path("r.html").exists()


# ---------------------------------------------------------------- demo and schema


@pytest.mark.slow
def test_demo_makes_people_pairs_them_and_can_be_verified(run: Run) -> None:
    said = run("demo", "--mentors", "12", "--mentees", "9")
    assert (said.code, said.err) == (cli.DONE, "")
    assert held("rmatch-demo").keys() == FILES | {"workforce.csv"}
    assert len(table("rmatch-demo/workforce.csv")) == 21
    assert run("verify", "rmatch-demo", "--workforce", "rmatch-demo/workforce.csv").code == cli.DONE
    assert (
        json.loads(run("demo", "--mentors", "12", "--mentees", "9", "--seed", "1", "--json").out)["status"] == "OPTIMAL"
    )


@pytest.mark.parametrize(
    ("of", "field"), [("person", "employee_id"), ("program", "criteria"), ("matching", "certificate")]
)
def test_schema_prints_json(run: Run, of: str, field: str) -> None:
    said = run("schema", of)
    assert (said.code, said.err) == (cli.DONE, "")
    assert field in json.loads(said.out)["properties"]


# ---------------------------------------------------------------- the console


@pytest.mark.parametrize("words", [(), ("match",), ("check",), ("demo",), ("review",), ("verify",), ("schema",)])
def test_help_of_every_command(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words, "--help")
    assert (said.code, said.err) == (cli.DONE, "")
    assert said.out.startswith(f"usage: {' '.join(('rmatch', *words))}")


def test_help_waits_for_no_library() -> None:
    code = (
        "import sys\nfrom rmatch.cli import main\ntry:\n main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    loaded = child("-c", code).stdout.split()
    assert "rmatch.cli" in loaded
    assert not {"numpy", "pandas", "pydantic", "ortools"} & set(loaded)


@pytest.mark.slow
@pytest.mark.parametrize("no_color", ["", "1"])
def test_nothing_is_coloured(no_color: str) -> None:
    said = child("-m", "rmatch", "match", "people.csv", "--out", "out", NO_COLOR=no_color)
    assert said.returncode == cli.DONE
    assert "\x1b" not in said.stdout + said.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the shell is that of POSIX")
@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("schema person >&-", cli.DONE, ""),
        ("schema person >&- 2>&-", cli.DONE, ""),
        ("check nosuch.csv >&- 2>&-", cli.INPUT, ""),
        ("schema person | true", 0, ""),
        ("schema person > /dev/full", cli.OUTPUT, "standard output cannot be written: No space left on device"),
    ],
)
def test_streams_that_are_closed_or_full_end_in_a_code_and_no_traceback(command: str, code: int, words: str) -> None:
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("no full device here")
    done = subprocess.run(
        f"{sys.executable} -m rmatch {command}", shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "unexpectedly" not in done.stderr


def test_no_cell_moves_the_terminal(run: Run) -> None:
    title, red, turned = "\033]0;pwn\007", "\033[31m", "\u202e"
    rows = f"{title}a,mentor,1,Py,\n{red}b,mentee,5,,Py\n{turned}c,chef{title},1,,\n"
    write("odd.csv", f"employee_id,role,grade,skills_offered,skills_wanted\n{rows}")
    for words in (
        ("match", "odd.csv", "--on-bad-rows", "skip", "--out", "odd"),
        ("match", "odd.csv", "--out", "o"),
        ("check", "odd.csv"),
    ):
        said = run(*words)
        assert "pwn" in said.out + said.err
        assert not {"\033", "\007", turned} & {*said.out, *said.err}


@pytest.mark.slow
def test_a_console_that_cannot_show_a_name_still_gets_its_result() -> None:
    write("people.csv", PEOPLE.replace("Ann", "Zoë 王"))
    said = child("-m", "rmatch", "match", "people.csv", "--out", "out", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (said.returncode, said.stderr) == (cli.DONE, "")
    assert "Zo? ?" in said.stdout
    assert "Zoë 王" in set(table("out/pairs.csv")["mentor_name"])


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error_of_ours() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "rmatch", "schema", "program"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as left:
        assert left.stdout is not None
        assert left.stderr is not None
        left.stdout.close()
        assert left.stderr.read() == b""


def child(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own."""
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env=os.environ | env, check=False, encoding="utf-8"
    )


# ---------------------------------------------------------------- workbooks


@pytest.mark.slow
def test_a_workbook_is_taken_wherever_a_csv_is(run: Run) -> None:
    rows = [line.split(",") for line in PEOPLE.splitlines()]
    Path("people.xlsx").write_bytes(sheets(Notes=[["x"]], People=rows).getvalue())
    assert run("match", "people.csv", "--out", "one").code == cli.DONE
    assert run("match", "people.xlsx", "--sheet", "People", "--out", "two").code == cli.DONE
    assert pairs("one") == pairs("two")
    said = run("verify", "two", "--workforce", "people.xlsx", "--sheet", "People")
    assert said.code == cli.DONE
    refused(run("match", "people.xlsx", "--sheet", "Peple", "--out", "out"), cli.INPUT, "Did you mean 'People'")
    refused(run("match", "people.csv", "--sheet", "People", "--out", "out"), cli.INPUT, "no file is an Excel workbook")
    assert run("check", "people.xlsx", "--sheet", "Notes").code == cli.INPUT


@pytest.mark.slow
def test_two_sheets_of_one_workbook_are_two_sign_up_sheets(run: Run) -> None:
    frame = table("people.csv")
    tabs = {f"{role}s": frame[frame["role"] == role].drop(columns="role") for role in ("mentor", "mentee")}
    book = sheets(**{name: [list(some), *some.to_numpy().tolist()] for name, some in tabs.items()})
    Path("people.xlsx").write_bytes(book.getvalue())
    words = ("people.xlsx", "--mentees", "people.xlsx", "--sheet", "mentors", "--sheet", "mentees=mentees")
    assert run("match", "people.csv", "--out", "one").code == cli.DONE
    assert run("match", *words, "--out", "two").code == cli.DONE
    assert pairs("one") == pairs("two")


@pytest.mark.slow
def test_a_term_gives_a_calendar_and_verbose_says_what_is_not_written(run: Run) -> None:
    write("program.toml", "[term]\nstart = 2026-03-02\nend = 2026-08-30\nmeetings = 6\n")
    said = run("match", "people.csv", "--out", "out", "--verbose")
    assert "calendar.ics is not written: the program has no [term]" in said.err
    quiet = run("match", "people.csv", "--program", "program.toml", "--out", "out")
    assert held("out").keys() == FILES | {"calendar.ics"}
    assert quiet.err == ""
    assert run("verify", "out", "--workforce", "people.csv").code == cli.DONE
    Path("out/calendar.ics").write_bytes(b"BEGIN:VCALENDAR")
    assert run("verify", "out", "--workforce", "people.csv").code == cli.UNVERIFIED
