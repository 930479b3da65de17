"""Where results may be written and what they may be called, and what is said where they may not."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import rmatch
from rmatch import cli
from rmatch.datasets import workforce

pytestmark = pytest.mark.slow

POSIX = pytest.mark.skipif(os.name != "posix", reason="links, pipes and names of bytes are those of POSIX")


@pytest.fixture(autouse=True)
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A folder with an export and a result, in which every test stands."""
    monkeypatch.chdir(tmp_path)
    frame = workforce(12, 9, seed=1)
    frame.to_csv("w.csv", index=False)
    assert cli.main(("match", "w.csv", "--out", "pairs")) == cli.DONE
    return frame


def report(out: str) -> int:
    return cli.main(("report", "pairs", "--workforce", "w.csv", "--out", out))


@POSIX
def test_what_is_no_file_is_written_into_and_not_replaced() -> None:
    os.mkfifo("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_bytes()))
    reader.start()
    assert report("pipe") == cli.DONE
    reader.join()
    assert read[0].startswith(b"<!doctype html>")
    assert Path("pipe").is_fifo()


@POSIX
def test_a_link_is_followed() -> None:
    Path("real.html").write_text("old")
    Path("link.html").symlink_to("real.html")
    assert report("link.html") == cli.DONE
    assert Path("link.html").is_symlink()
    assert Path("real.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@POSIX
def test_links_in_a_circle_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("one").symlink_to("two")
    Path("two").symlink_to("one")
    assert cli.main(("match", "w.csv", "--out", "one")) == cli.OUTPUT
    assert cli.main(("match", "w.csv", "--out", "one/below")) == cli.OUTPUT
    assert cli.main(("verify", "one")) == cli.INPUT
    assert "unexpectedly" not in capsys.readouterr().err


@pytest.mark.parametrize("out", ["", ".", "pairs", "w.csv/x"])
def test_a_place_that_no_file_can_have_is_refused(out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(out) == cli.OUTPUT
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", ".", "\0", "half \ud800"])
def test_a_name_that_no_file_can_have_is_refused(name: str, people: pd.DataFrame) -> None:
    matching = rmatch.match(rmatch.from_frame(people))
    for write in (matching.to_csv, matching.save, matching.to_html, matching.to_excel):
        if os.name == "posix" or "\ud800" not in name:
            with pytest.raises(rmatch.OutputError, match="cannot be written"):
                write(name)


@pytest.mark.parametrize("out", ["w.csv", "pairs/matching.json", "pairs/audit.jsonl", "pairs/input.json"])
def test_a_report_does_not_take_the_place_of_what_it_is_made_from(out: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(out).read_bytes()
    assert report(out) == cli.OUTPUT
    assert "would replace a file of the result or of the people" in capsys.readouterr().err
    assert Path(out).read_bytes() == before


@POSIX
def test_a_file_whose_name_is_no_text_is_read_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    odd = os.fsdecode(b"\xff.csv")
    Path(odd).write_bytes(Path("w.csv").read_bytes())
    assert cli.main(("match", odd, "--out", os.fsdecode(b"out\xff"))) == cli.DONE
    assert set(pd.read_csv(Path(os.fsdecode(b"out\xff")) / "everyone.csv")["file"]) == {"\\udcff.csv"}
    assert cli.main(("check", os.fsdecode(b"nope\xff"))) == cli.INPUT
    assert "unexpectedly" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["criteria = 5", "criteria = true", "criteria = 1.5", 'criteria = "skills"'])
def test_a_family_that_is_no_list_is_refused(text: str) -> None:
    Path("p.toml").write_text(text)
    with pytest.raises(rmatch.ProgramError, match="criteria"):
        rmatch.Program.from_file("p.toml")


def test_a_record_opens_no_file_outside_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(Path("pairs/matching.json").read_text(encoding="utf-8"))
    for name, words in (
        ("../w.csv", "is no file beside it"),
        (str(Path("w.csv").resolve()), "is no file beside it"),
        ("a\0b", "cannot be read"),
    ):
        Path("pairs/matching.json").write_text(json.dumps({**data, "files": {name: "0" * 64}}), encoding="utf-8")
        capsys.readouterr()
        assert cli.main(("verify", "pairs")) == cli.UNVERIFIED
        assert words in capsys.readouterr().out


def test_a_program_may_hold_any_end_of_line(capsys: pytest.CaptureFixture[str]) -> None:
    ends = "a\u2028b\u2029c\x85d"
    Path("p.toml").write_text(f'[[rules]]\nkind = "differs"\ncolumn = "{ends}"\n', encoding="utf-8")
    frame = pd.read_csv("w.csv", dtype=str, keep_default_na=False)
    frame.assign(**{ends: frame["employee_id"]}).to_csv("w.csv", index=False)
    assert cli.main(("match", "w.csv", "--program", "p.toml", "--out", "odd")) == cli.DONE
    assert cli.main(("verify", "odd")) == cli.DONE


def test_half_a_surrogate_pair_in_a_program_or_a_record_is_refused() -> None:
    Path("p.json").write_text(
        json.dumps({"roles": {"column": "\ud800", "mentor": {"at_most": 3}, "mentee": {"at_least": 4}}})
    )
    with pytest.raises(rmatch.RmatchError):
        rmatch.read_csv("w.csv", program=rmatch.Program.from_file("p.json"))
    data = json.loads(Path("pairs/matching.json").read_text(encoding="utf-8"))
    changes: tuple[Callable[[], object], ...] = (
        lambda: data["criteria"].__setitem__(0, "\ud800"),
        lambda: data["pairs"][0].update(mentee_id="\ud800"),
    )
    for change in changes:
        change()
        Path("m.json").write_text(json.dumps(data))
        with pytest.raises(rmatch.RmatchError, match="not a saved matching"):
            rmatch.load("m.json")


def test_the_pairs_that_we_wrote_are_read_as_a_history_whatever_their_ids(people: pd.DataFrame) -> None:
    for column in ("employee_id", "manager_id"):
        people[column] = [f"-{id_}" if id_ else "" for id_ in people[column]]
    people.to_csv("w.csv", index=False)
    assert cli.main(("match", "w.csv", "--out", "first")) == cli.DONE
    assert "'-" in Path("first/pairs.csv").read_text(encoding="utf-8-sig")
    for more in (("--keep", "first/pairs.csv"), ("--history", "first/pairs.csv")):
        assert cli.main(("rematch", "first", "w.csv", *more, "--out", f"next{more[0]}")) == cli.DONE
    pairs = rmatch.load("first/matching.json").named
    assert set(rmatch.History.of("first/pairs.csv").rounds[0].pairs) == pairs
