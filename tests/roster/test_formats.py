"""File formats: each is told by its content, whatever its name says; and a page with a table is one."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import blocks
from places import ROOT
from refusals import refused, told
from workbooks import PEOPLE, sheets

import rmatch
from rmatch.roster import formats, markup
from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog
from rmatch.roster.read import read_files
from rmatch.roster.rounds import read_rounds
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Peeked

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta charset="utf-8"><style>td {{a:b}}</style></head>
<body><table><tr><td>Menu</td></tr></table><table border=1>
<tr><td colspan=3>Sign-ups &amp; more</td></tr>
<tr><th>employee_id</th><th>role</th><th>department</th><th>skills offered</th></tr>
{rows}</table></body></html>"""
ROWS = """<tr><td>001</td><td>mentor</td><td rowspan="2">R&amp;D</td><td>SQL<br>C++</td></tr>
<tr><td>2</td><td>mentee</td><td><!-- <td> --> <b>x</b>&nbsp;y</td></tr>"""


def test_a_format_is_told_by_its_content(tmp_path: Path) -> None:
    contents = {
        "csv": b"employee_id,role\n1,mentor\n2,mentee\n",
        "page": PAGE.format(rows=ROWS).encode(),
        "book": sheets(People=PEOPLE).getvalue(),
    }
    for kind, content in contents.items():
        for ending in (".csv", ".xls", ".dat") + ((".xlsx",) if kind != "csv" else ()):
            path = tmp_path / f"{kind}{ending}"
            path.write_bytes(content)
            assert len(read_files(path).accounts) == 2, path.name


def test_small_tables_are_told_by_their_content_too(tmp_path: Path) -> None:
    rows = [["mentor_id", "mentee_id"], ["1", "2"]]
    page = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    for name, content in (("a.csv", sheets(Old=rows).getvalue()), ("b.xls", f"<table>{page}</table>".encode())):
        (tmp_path / name).write_bytes(content)
        assert read_rounds(tmp_path / name).rounds[0].pairs == (("1", "2"),)


def test_a_page_named_xls_is_read_with_its_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes(PAGE.format(rows=ROWS).encode())
    for read in (rmatch.read_csv, rmatch.read_excel, read_files):
        roster = read(path)
        assert list(roster.mentors.index) == ["001"]
        assert list(roster.mentors["skills_offered"]) == ["C++; SQL"]
        assert list(roster.mentees["department"]) == ["R&D"]
        assert len(told(roster, "of which number 2 is read")) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_page_says_its_encoding(encoding: str) -> None:
    page = PAGE.replace("utf-8", encoding).format(rows=ROWS.replace("SQL", "Ärger"))
    roster = rmatch.read_csv(io.BytesIO(page.encode(encoding)))
    assert list(roster.mentors["skills_offered"]) == ["C++; Ärger"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<html><body>No table</body></html>", "web page without a table"),
        ("<table></table>", "without a table"),
        ("<table><tr><td> </td></tr></table>", "the table is empty"),
        ("<table><tr><td>a</td></tr><tr><td>1</td></tr></table>", "no header means 'employee_id'"),
        ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>', "XML spreadsheet of Excel 2003"),
        ("MIME-Version: 1.0\nX: y\n", "web archive"),
        (f"<table><tr><td colspan=9999>{'<td colspan=9999>' * 3}", "merged cells reach too far"),
        (f"<table><tr><td>{'x' * 140_000}</td></tr></table>", "a cell has more than"),
    ],
)
def test_a_page_that_is_no_table_of_people_is_refused(content: str, words: str) -> None:
    with refused(words):
        rmatch.read_csv(io.BytesIO(content.encode()))


def test_spans_without_end_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "<tr>" + "<td rowspan=65000 colspan=900>a</td>" * 10 + "</tr>" + "<tr></tr>" * 2_000
    with refused("merged cells reach too far"):
        rmatch.read_csv(io.BytesIO(PAGE.format(rows=rows).encode()))


def test_a_format_is_a_class_and_a_line() -> None:
    class Backwards(formats.FileFormat):
        endings = (".vsc",)
        text = True

        def recognises(self, head: bytes) -> bool:
            return head.startswith(b"elor,di_eeyolpme")

        def read(self, file: Peeked, wanted: formats.Wanted) -> Sheet:
            lines = [line[::-1] for line in file.read().decode().splitlines()]
            text = "\n".join(lines).encode()
            return formats.FORMATS[-1].read(Peeked(io.BytesIO(b""), text), wanted)

    content = io.BytesIO(b"elor,di_eeyolpme\nrotnem,1\neetnem,2\n")
    known = Known(frozenset({"employeeid"}), frozenset({"employeeid", "role"}))
    sheet = formats.read_file(
        content, formats.Wanted("x", "workforce", known, IssueLog()), (Backwards(), *formats.FORMATS)
    )
    assert [list(column.cells) for column in sheet.columns] == [["1", "2"], ["mentor", "mentee"]]


@pytest.fixture(scope="module")
def with_json_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the format of the page on files, added as the page says: a module and a line."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(Path(rmatch.__file__).parent, source / "rmatch", ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    (module,) = (block.body for block in blocks(text) if "class JsonLines(FileFormat)" in block.body)
    roster = source / "rmatch" / "roster"
    (roster / "json_lines.py").write_text(module, encoding="utf-8")
    listed = (roster / "formats.py").read_text(encoding="utf-8")
    for line, added in (
        ("    Delimited(),\n", "    JsonLines(),\n"),
        ("from rmatch.roster.markup import", "from rmatch.roster.json_lines import JsonLines\n"),
    ):
        listed = listed.replace(line, added + line)
    (roster / "formats.py").write_text(listed, encoding="utf-8")
    return source


def test_the_format_that_the_page_shows_reads_a_file_once_it_is_added(with_json_lines: Path, tmp_path: Path) -> None:
    lines = (
        '{"employee_id": 7, "role": "mentor", "skills_offered": ["SQL", "Go"], "location": null}',
        '{"employee_id": "8", "role": "mentee", "skills_wanted": "Go", "location": "Lyon"}',
    )
    (tmp_path / "people.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "people.dat").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"employee_id": 7}\n{"employee_id":\n', encoding="utf-8")
    (tmp_path / "array.jsonl").write_text('[{"employee_id": 7}]', encoding="utf-8")
    code = """
import sys
import rmatch
for name in sys.argv[1:]:
    try:
        roster = rmatch.read_csv(name)
    except rmatch.RosterError as error:
        print(error)
    else:
        print(*roster.mentors.index, *roster.mentors["skills_offered"], *roster.mentors["location"],
              *roster.mentees.index, *roster.mentees["location"], sep="|")
"""
    names = ["people.jsonl", "people.dat", "bad.jsonl", "array.jsonl"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(with_json_lines), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    read, again, bad, array = (*ran.stdout.splitlines(), *[ran.stderr] * 4)[:4]
    assert read == again == "7|Go; SQL||8|Lyon"
    assert bad.startswith("bad.jsonl, row 2: no JSON object")
    assert "no JSON object" in array


@pytest.mark.parametrize("content", ['{"people": []}', ' [ {"employee_id": 7}]', '{ "employee_id": 7}\n'])
def test_json_is_called_what_it_is_where_no_format_knows_it(content: str) -> None:
    for buffer in (io.BytesIO(content.encode()), io.StringIO(content)):
        with refused("this is JSON, not a table"):
            rmatch.read_csv(buffer)


def test_a_page_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_PAGE", 1000)
    with refused("the page has more than 1,000 characters"):
        rmatch.read_csv(io.BytesIO(PAGE.format(rows=ROWS * 10).encode()))


def test_what_stands_behind_a_comment_that_nobody_closed_is_no_row() -> None:
    rows = "<tr><td>1</td><td>mentor</td><td>HR</td><td>SQL</td></tr><!-- <tr><td>2</td><td>mentor</td></tr>"
    assert list(rmatch.read_csv(io.BytesIO(PAGE.format(rows=rows).encode())).mentors.index) == ["1"]


def test_a_merged_cell_reaches_beyond_the_cells_of_a_short_row() -> None:
    rows = """<tr><td>1</td><td>mentor</td><td>HR</td><td rowspan="{}">SQL</td></tr><tr><td>2</td><td>mentor</td></tr>
    <tr><td>3</td><td>mentor</td><td>IT</td></tr>"""
    for reach, fit in ((2, ["1"]), (3, ["1", "3"])):
        page = PAGE.format(rows=rows.format(reach))
        roster = rmatch.read_csv(io.BytesIO(page.encode()), on_bad_rows="skip")
        assert list(roster.mentors.index) == fit
        assert set(roster.mentors["skills_offered"]) == {"SQL"}
