"""What is written can be read back to the letter, harms nobody, and is whole or not there."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import python_calamine
from exports import GAPS, PLAIN, Export, named
from hypothesis import given
from hypothesis import strategies as st
from naughty import STORABLE, shared
from places import DATA

import rmatch
from rmatch._util.files import csv_bytes, unharmed, write_whole
from rmatch.api.folder import write_folder
from rmatch.columns import fold
from rmatch.output.report import report_html
from rmatch.output.report.people import LONGEST
from rmatch.output.workbook import workbook_bytes
from rmatch.roster.answers import ERRORS

pytestmark = pytest.mark.slow

FILES = [
    "audit.jsonl",
    "everyone.csv",
    "issues.csv",
    "matching.json",
    "pairs.csv",
    "pairs.xlsx",
    "program.toml",
    "report.html",
    "unmatched.csv",
]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def rows(data: bytes) -> list[list[str]]:
    """A table as a spreadsheet reads it."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def written(text: str) -> str:
    """A cell as it stands in a file."""
    return "'" + text if text.startswith(STARTS) else text


# ---------------------------------------------------------------- naughty strings


@pytest.fixture(scope="module", params=["own", "shared"])
def naughty(request: pytest.FixtureRequest) -> list[str]:
    strings = STORABLE if request.param == "own" else shared()
    if not strings:
        pytest.skip(f"no data in {DATA}")
    answers = (text for text in strings if text.strip() and fold(text) not in ERRORS)  # which are no answers
    return list(dict.fromkeys(text.strip() for text in answers))


PROGRAM = rmatch.Program(
    columns={name: {"split": "¦"} for name in ("skills_offered", "skills_wanted")}, rules=(), seed=7
)


@pytest.fixture(scope="module")
def sheet(naughty: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody's id, name, department and skill is naughty; the second half learns from the first."""
    path = tmp_path_factory.mktemp("naughty") / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["employee_id", "role", "name", "department", "skills_offered", "skills_wanted"])
        for k, text in enumerate(naughty):
            role = "mentor" if k < len(naughty) // 2 else "mentee"
            skill = naughty[k - len(naughty) // 2]
            writer.writerow([text, role, naughty[-k], text, text, skill])
    return path


def test_naughty_strings_come_through_as_ids_names_and_skills(naughty: list[str], sheet: Path, tmp_path: Path) -> None:
    roster = rmatch.read_csv(sheet, program=PROGRAM)
    half = len(naughty) // 2
    assert list(roster.mentors.index) == naughty[:half]
    assert list(roster.mentees.index) == naughty[half:]
    assert list(roster.mentors["name"]) == [naughty[-k] for k in range(half)]
    matching = rmatch.match(roster, PROGRAM)
    assert len(matching.pairs) == half
    assert matching.total > 0.9 * half * 0.35 / 0.65
    write_folder(matching, tmp_path / "plan")
    header, *lines = rows((tmp_path / "plan" / "pairs.csv").read_bytes())
    shown = matching.pairs
    for column in ("mentor_id", "mentee_id", "mentor_name", "mentee_name", "teaches", "why"):
        place = header.index(column)
        assert [line[place] for line in lines] == [written(text) for text in shown[column]]
    data = json.loads((tmp_path / "plan" / "matching.json").read_text(encoding="utf-8"))
    assert {(p["mentor_id"], p["mentee_id"]) for p in data["pairs"]} == named(matching)
    for loaded in (
        rmatch.load(tmp_path / "plan" / "matching.json"),
        rmatch.load(tmp_path / "plan" / "matching.json", roster),
    ):
        assert loaded.pairs["mentor_id"].tolist() == shown["mentor_id"].tolist()
        assert loaded.verify(roster)
    again = rmatch.Program.from_file(tmp_path / "plan" / "program.toml")
    assert again == matching.program


def test_naughty_strings_come_through_in_the_workbook_and_the_report(sheet: Path) -> None:
    matching = rmatch.match(rmatch.read_csv(sheet, program=PROGRAM), PROGRAM)
    book = python_calamine.load_workbook(io.BytesIO(workbook_bytes(matching)))
    header, *lines = book.get_sheet_by_name("Pairs").to_python()
    seen = Seen(report_html(matching).decode())
    for column in ("mentor_id", "mentee_id", "mentor_name", "mentee_name", "teaches"):
        cells = [line[header.index(column)] for line in lines]
        assert cells == [
            UNSAYABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) for text in matching.pairs[column]
        ]
        for text in matching.pairs[column]:
            shown = CONTROLS.sub("\ufffd", text.replace("\r", " "))
            assert (shown if len(shown) <= LONGEST else shown[: LONGEST - 1]) in seen.text


UNSAYABLE, CONTROLS = re.compile("[\ufffe\uffff]"), re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


class Seen(HTMLParser):
    """The text of a page, as a browser has it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(source)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data


def test_naughty_strings_cannot_act(sheet: Path, tmp_path: Path) -> None:
    roster = rmatch.read_csv(sheet, program=PROGRAM)
    matching = rmatch.match(roster, PROGRAM)
    write_folder(matching, tmp_path / "plan")
    for name in ("pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv"):
        for line in rows((tmp_path / "plan" / name).read_bytes()):
            assert not any(cell.startswith(STARTS) for cell in line)
    html = matching._repr_html_() + "".join(matching.explain(a, b)._repr_html_() for a, b in sorted(named(matching)))
    for tag in ("<script", "<img", "<a ", "<i ", "<svg"):
        assert tag not in html.lower()


@given(st.lists(st.text(max_size=8) | st.text('\r\n",;=a', max_size=4), max_size=6))
def test_any_text_comes_back_from_a_table(texts: list[str]) -> None:
    frame = pd.DataFrame({"a": pd.Series(texts, dtype=object), "b": range(len(texts))})
    back = rows(csv_bytes(frame))
    assert back[0] == ["a", "b"]
    assert back[1:] == [[written(text), str(k)] for k, text in enumerate(texts)]


@given(st.text(max_size=6) | st.text("'=+-@a\t1", max_size=4))
def test_a_cell_of_ours_is_known_again_and_any_other_is_left_as_it_is(text: str) -> None:
    if not (text[:1] == "'" and text[1:].startswith(STARTS)):
        assert unharmed(text) == text
        assert unharmed(written(text)) == text


def test_formulas_are_led_by_a_quote_and_numbers_are_left_alone() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "x=1", " =1", "", None]
    frame = pd.DataFrame({"=a": pd.Series(cells, dtype=object), "number": [-1.5] * len(cells), "whole": -3})
    header, *lines = rows(csv_bytes(frame))
    assert header == ["'=a", "number", "whole"]
    assert [line[0] for line in lines] == [*("'" + str(cell) for cell in cells[:11]), "x=1", " =1", "", ""]
    assert {(line[1], line[2]) for line in lines} == {("-1.500000", "-3")}


# ---------------------------------------------------------------- other ways out


def test_every_way_out_tells_the_same_pairs(tmp_path: Path) -> None:
    matching = rmatch.match(rmatch.from_frame(Export(3, 12, 9, PLAIN).frame()))
    ids = matching.pairs[["mentor_id", "mentee_id"]].to_numpy().tolist()
    matching.to_csv(tmp_path / "pairs.csv")
    header, *lines = rows((tmp_path / "pairs.csv").read_bytes())
    assert header == list(matching.pairs)
    assert [line[:2] for line in lines] == ids
    assert [float(line[header.index("score")]) for line in lines] == pytest.approx(matching.pairs["score"], abs=1e-6)
    text = matching.to_json(tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == text
    assert [[p["mentor_id"], p["mentee_id"]] for p in json.loads(text)["pairs"]] == ids
    assert pl.DataFrame(matching).select("mentor_id", "mentee_id").rows() == [*map(tuple, ids)]
    assert pa.table(matching).column("score").to_pylist() == matching.pairs["score"].tolist()


# ---------------------------------------------------------------- whole or not there


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", b"one")
    write_whole(tmp_path / "x", b"two")
    assert (tmp_path / "x").read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "x", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(rmatch.OutputError, match=r"x: cannot be written: No space left on device"):
        write_whole(tmp_path / "x", b"new")
    monkeypatch.undo()
    assert (tmp_path / "x").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    with pytest.raises(rmatch.OutputError, match="cannot be written"):
        write_whole(tmp_path / "no" / "such" / "folder", b"")


@pytest.fixture(scope="module")
def plan() -> tuple[rmatch.Matching, rmatch.Roster]:
    roster = rmatch.from_frame(Export(3, 12, 9, GAPS).frame())
    return rmatch.match(roster), roster


def test_a_folder_is_written_and_written_again(plan: tuple[rmatch.Matching, rmatch.Roster], tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "plan"
    for _ in range(2):
        assert sorted(write_folder(plan[0], out)) == FILES
        assert sorted(p.name for p in out.iterdir()) == FILES
    assert [p.name for p in out.parent.iterdir()] == ["plan"]
    assert rmatch.load(out / "matching.json", plan[1]).verify()
    (tmp_path / "empty").mkdir()
    write_folder(plan[0], tmp_path / "empty")
    assert sorted(p.name for p in (tmp_path / "empty").iterdir()) == FILES


def test_a_folder_that_holds_something_else_is_left_alone(
    plan: tuple[rmatch.Matching, rmatch.Roster], tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("secret")
    with pytest.raises(rmatch.OutputError, match=r"mine is not empty and holds no earlier result"):
        write_folder(plan[0], tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["diary.txt"]
    (tmp_path / "mine" / "matching.json").write_text("{}")
    with pytest.raises(rmatch.OutputError, match="no earlier result"):
        write_folder(plan[0], tmp_path / "mine")
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "plan"):
        with pytest.raises(rmatch.OutputError, match="is a file"):
            write_folder(plan[0], place)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "mine"]


@pytest.mark.parametrize("call", ["mkdir", "fsync", "rename"])
def test_a_folder_that_cannot_be_written_is_not_half_there(
    call: str, plan: tuple[rmatch.Matching, rmatch.Roster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(rmatch.OutputError, match="plan: cannot be written: No space left on device"):
        write_folder(plan[0], tmp_path / "plan")
    assert not any(tmp_path.iterdir())
