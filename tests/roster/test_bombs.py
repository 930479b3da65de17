"""Small files that would fill the memory are refused before they do, and a stranger's folder costs nobody a file."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from refusals import refused
from workbooks import NAMESPACE, changed, inline, raw, sheets

import rmatch
from rmatch.api.folder import write_folder
from rmatch.roster import excel, package, survey


def test_a_shared_text_counts_for_each_cell_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    long = f'<sst xmlns="{NAMESPACE}"><si><t>{"x" * 1000}</t></si></sst>'.encode()
    rows = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 200))
    monkeypatch.setattr(survey, "MAX_TEXT", 100_000)
    with refused("shows more than 100,000 characters"):
        rmatch.read_excel(changed({"xl/sharedStrings.xml": long}, raw(rows)))


def test_a_cell_far_away_is_refused_and_one_without_a_value_is_not() -> None:
    near = '<row r="1">' + inline("A1", "employee_id") + inline("B1", "role") + "</row>"
    near += '<row r="2">' + inline("A2", "1") + inline("B2", "mentor") + "</row>"
    with refused("reaches to row 1,000,000, column 63"):
        rmatch.read_excel(raw(near + '<row r="1000000">' + inline("BK1000000", "x") + "</row>"))
    styled = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert len(rmatch.read_excel(raw(near + styled)).accounts) == 1


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"])
def test_elements_within_one_another_without_end_are_refused(part: str) -> None:
    with refused("within one another without end"):
        rmatch.read_excel(changed({part: b"<a>" * 400_000}, sheets(People=[["employee_id", "role"], ["1", "mentor"]])))


def test_more_cells_than_the_packed_size_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "FREE_CELLS", 1000)
    with refused("holds too much"):
        rmatch.read_excel(raw(("<row>" + "<c><v>1</v></c>" * 100 + "</row>") * 500))


def test_more_bytes_than_the_packed_size_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "FREE_UNPACKED", 2**20)
    with refused("unpacks to more than"):
        rmatch.read_excel(raw("<row/>" * 2_000_000))


def test_merged_cells_without_end_are_refused() -> None:
    body = '<row r="1">' + inline("A1", "employee_id") + inline("B1", "role") + "</row>"
    merged = '<mergeCell ref="A1:XFD1048576"/>' * 70_000
    page = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{body}</sheetData><mergeCells>{merged}</mergeCells></worksheet>'
    with refused("more than 65,536 merged cells"):
        rmatch.read_excel(raw(page.encode()))


def test_rows_without_end_that_hold_nothing_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "FREE_CELLS", 1000)
    monkeypatch.setattr(survey, "MAX_ROWS", 1000)
    with refused("holds too much"):
        rmatch.read_excel(raw("<row/>" * 40_000))


def test_merged_cells_that_fill_more_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MAX_FILLED", 2)
    rows = [["employee_id", "role"], ["1", "mentor"], ["2", ""], ["3", ""], ["4", ""]]
    book = sheets(People=rows)
    with zipfile.ZipFile(book) as old:
        page = old.read("xl/worksheets/sheet1.xml")
    merged = page.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="B2:B5"/></mergeCells>')
    with refused("merged cells reach over more than 2 rows"):
        rmatch.read_excel(changed({"xl/worksheets/sheet1.xml": merged}, book))


@pytest.mark.parametrize("large", [False, True])
def test_a_list_of_parts_longer_than_any_workbook_has_is_refused_unread(large: bool) -> None:
    """The end of the archive says how long it is; an end for large archives says so in 64 bits."""
    data = sheets(People=[["employee_id", "role"], ["1", "mentor"]]).getvalue()
    end, size = data.rfind(b"PK\x05\x06"), 2**30
    forged = bytearray(data[end:])
    forged[12:16] = (2**32 - 1 if large else size).to_bytes(4, "little")
    wide = b"PK\x06\x06" + bytes(36) + size.to_bytes(8, "little") + bytes(8) if large else b""
    with refused("unpacks to more than"):
        rmatch.read_excel(io.BytesIO(data[:end] + wide + bytes(forged)))


# ---------------------------------------------------------------- folders


def matching() -> rmatch.Matching:
    frame = rmatch.datasets.workforce(6, 6, seed=1)
    return rmatch.match(rmatch.from_frame(frame))


def test_a_forged_result_takes_no_file_of_the_user_s(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(matching(), out)
    mine = {"thesis.docx": b"mine", "audit.csv": b"mine too", "notes.txt": b"notes"}
    for name, content in mine.items():
        (out / name).write_bytes(content)
    record = json.loads((out / "matching.json").read_text(encoding="utf-8"))
    record["files"] |= dict.fromkeys([*mine, "../elsewhere.txt"], "0" * 64)
    (out / "matching.json").write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "elsewhere.txt").write_bytes(b"elsewhere")
    write_folder(matching(), out)
    assert {name: (out / name).read_bytes() for name in mine} == mine
    assert (tmp_path / "elsewhere.txt").read_bytes() == b"elsewhere"


def test_a_table_that_was_changed_by_hand_is_kept_under_another_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(matching(), out)
    (out / "pairs.csv").write_bytes(b"my own work")
    for _ in range(2):
        write_folder(matching(), out)
    assert (out / "pairs.changed-1.csv").read_bytes() == b"my own work"
    assert not (out / "pairs.changed-2.csv").exists()


RUN = """
import sys
from pathlib import Path
import rmatch
from rmatch.api.folder import write_folder
plan = rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(5, 5, seed=1)))
sys.stdin.readline()
for _ in range(4):
    write_folder(plan, Path(sys.argv[1]))
"""


def test_runs_into_one_folder_at_once_lose_no_line_of_the_record(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    runs = [subprocess.Popen([sys.executable, "-c", RUN, str(out)], stdin=subprocess.PIPE, text=True) for _ in range(3)]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("\n")
        run.stdin.flush()
    assert [run.wait() for run in runs] == [0, 0, 0]
    lines = (out / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == 12
    assert sorted(path.name for path in out.parent.iterdir()) == ["out"]
