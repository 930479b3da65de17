"""A workbook says what its CSV would say, cell by cell; and no workbook does worse than a RosterError."""

from __future__ import annotations

import builtins
import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from places import EXAMPLE
from refusals import refused, told
from text_tables import Table, outcome, plain, tables, written
from workbooks import NAMESPACE, PEOPLE, changed, inline, raw, sheets, texts, workbook

import rmatch
from rmatch.roster import package, read_files, survey

HEAD = inline("A1", "employee_id") + inline("B1", "role")
TWO = f'<row r="1">{HEAD}</row><row r="2">{inline("A2", "1")}{inline("B2", "mentor")}</row>'


def read(book: io.BytesIO, sheet: Any = None, **options: Any) -> rmatch.Roster:
    book.seek(0)
    return rmatch.read_excel(book, sheet, **options)


# ---------------------------------------------------------------- the same as CSV


@pytest.mark.slow
@given(tables())
def test_a_table_of_text_reads_alike_from_csv_and_from_a_workbook(table: Table) -> None:
    headers, rows = table
    assume(plain(rows))
    assume(not any(c in cell for row in (headers, *rows) for cell in row for c in "\ufffe\uffff"))  # XML has none
    text = outcome(lambda: rmatch.read_csv(io.StringIO(written(headers, rows)), on_bad_rows="skip", delimiter=","))
    excel = outcome(lambda: read(sheets(S=[headers, *rows]), on_bad_rows="skip"))
    if isinstance(text, rmatch.RosterError) or isinstance(excel, rmatch.RosterError):
        assert str(excel) == str(text)
        return
    event("read")
    for name in ("mentors", "mentees", "accounts", "issues"):
        pd.testing.assert_frame_equal(getattr(excel, name), getattr(text, name))
    for one, two in zip(excel.tables(), text.tables(), strict=True):
        assert list(one) == list(two)
        pd.testing.assert_frame_equal(one.frame(), two.frame())


@pytest.mark.slow
def test_the_example_workforce_reads_alike(tmp_path: Path) -> None:
    frame = pd.read_csv(EXAMPLE, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    book = sheets(People=[list(frame), *frame.to_numpy().tolist()])
    one, two = rmatch.match(rmatch.read_csv(EXAMPLE)), rmatch.match(read(book))
    pd.testing.assert_frame_equal(one.pairs, two.pairs)
    assert one.to_record() == two.to_record()


# ---------------------------------------------------------------- typed cells


def shown(fill: Any) -> tuple[list[str], rmatch.Roster]:
    """The column ``x`` of the people to whom ``fill`` gives typed cells, as text."""
    count = 0

    def people(book: Any) -> None:
        nonlocal count
        sheet = book.add_worksheet("People")
        texts(sheet, [["employee_id", "role", "name"]])
        count = fill(book, sheet)
        for row in range(1, count + 1):
            texts_at(sheet, row)

    def texts_at(sheet: Any, row: int) -> None:
        sheet.write_string(row, 0, f"e{row}")
        sheet.write_string(row, 1, "mentor")

    roster = read(workbook(people))
    return list(roster.mentors["name"]), roster


NUMBERS = [7, 7.0, -0.0, 7.5, 0.1 + 0.2, 1e-7, 1e20, 123456789012345, 1 / 3, -3, 12345.678]


def test_numbers_are_written_as_short_as_they_are_exact() -> None:
    def fill(book: Any, sheet: Any) -> int:
        for row, number in enumerate(NUMBERS, start=1):
            sheet.write_number(row, 2, number)
        return len(NUMBERS)

    words, _ = shown(fill)
    assert words == ["7", "7", "0", "7.5", "0.3", "1e-07", "100000000000000000000", "123456789012345",
                     "0.3333333333333333", "-3", "12345.678"]  # fmt: skip


@pytest.mark.slow
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_that_a_sheet_holds_comes_back(number: float) -> None:
    cell = f'<c r="C2"><v>{number!r}</v></c>'
    name = inline("C1", "name")
    book = raw(f'<row r="1">{HEAD}{name}</row><row r="2">{inline("A2", "1")}{inline("B2", "mentor")}{cell}</row>')
    word = read(book).mentors["name"].iloc[0]
    assert float(word) == number
    assert not word.endswith(".0")


def test_dates_times_and_truths_are_written_as_words() -> None:
    moments: list[tuple[Any, str, str]] = [
        (date(2026, 3, 1), "yyyy-mm-dd", "2026-03-01"),
        (datetime(2026, 3, 1, 9, 30), "dd/mm/yyyy hh:mm", "2026-03-01 09:30:00"),
        (time(9, 30), "hh:mm", "09:30:00"),
        (timedelta(hours=36, minutes=5), "[h]:mm", "36:05:00"),
    ]

    def fill(book: Any, sheet: Any) -> int:
        for row, (moment, form, _) in enumerate(moments, start=1):
            sheet.write_datetime(row, 2, moment, book.add_format({"num_format": form}))
        sheet.write_boolean(5, 2, True)
        sheet.write_boolean(6, 2, False)
        sheet.write_formula(7, 2, "=1+1", None, 2)
        sheet.write_formula(8, 2, '="a"&"b"', None, "ab")
        return 8

    words, _ = shown(fill)
    assert words == [*(word for *_, word in moments), "TRUE", "FALSE", "2", "ab"]


def test_true_is_a_yes_to_a_rule() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        texts(sheet, [["employee_id", "role", "consent"], ["1", "mentor"], ["2", "mentee"], ["3", "mentee"]])
        for row, said in enumerate((True, True, False), start=1):
            sheet.write_boolean(row, 2, said)

    program = rmatch.Program(
        criteria=(rmatch.criteria.Similarity(column="consent"),), rules=(rmatch.rules.OptIn(column="consent"),)
    )
    pairs = rmatch.match(read(workbook(fill), program=program), program).pairs
    assert pairs[["mentor_id", "mentee_id"]].to_numpy().tolist() == [["1", "2"]]


def test_zeros_of_a_number_format_are_read_as_they_are_shown() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        five, four = (book.add_format({"num_format": form}) for form in ("00000", "0000"))
        texts(sheet, [["employee_id", "role", "manager_id"], ["", "mentor"], ["", "mentee"], ["0x", "none"]])
        sheet.write_number(1, 0, 123, five)
        sheet.write_number(2, 0, 7, four)
        sheet.write_string(3, 0, "12", five)
        sheet.write_number(1, 2, 7, four)

    roster = read(workbook(fill))
    assert list(roster.accounts["employee_id"]) == ["00123", "0007", "12"]
    assert list(roster.mentors["manager_id"]) == ["0007"]
    assert not len(told(roster, "nobody here has this id"))


def test_errors_are_missing_and_said_once_a_column() -> None:
    errors = ["#N/A", "#REF!", "#DIV/0!"]

    def fill(book: Any, sheet: Any) -> int:
        for row, error in enumerate(errors, start=1):
            sheet.write_formula(row, 2, "=1/0", None, error)
        return len(errors)

    words, roster = shown(fill)
    assert words == ["", "", ""]
    (line,) = told(roster, "an error such as #N/A").itertuples()
    assert (line.row, line.column, line.severity) == (2, "name", "warning")
    assert "2 more like it" in line.reason


def test_an_error_for_an_id_rejects_the_row() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        texts(sheet, [["employee_id", "role"], ["", "mentor"], ["2", "mentee"]])
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")

    with refused(r"row 2, employee_id: the row has no id"):
        read(workbook(fill))


def test_a_formula_that_was_never_computed_is_missing_and_said() -> None:
    cells = f'{inline("A2", "1")}<c r="B2"><f>A1</f><v></v></c><c r="C2" t="str"><f>""</f><v></v></c>'
    head = f'<row r="1">{HEAD}{inline("C1", "name")}</row>'
    roster = read(raw(f'{head}<row r="2">{cells}</row><row r="3">{inline("A3", "2")}{inline("B3", "mentor")}</row>'))
    (line,) = told(roster, "never computed").itertuples()
    assert (line.row, line.column, line.severity) == (2, "role", "warning")


def test_dates_among_other_answers_are_doubted() -> None:
    def fill(book: Any, sheet: Any) -> int:
        sheet.write_datetime(1, 2, date(2026, 5, 2), book.add_format({"num_format": "d-mmm"}))
        sheet.write_string(2, 2, "5-10")
        return 2

    words, roster = shown(fill)
    assert words == ["2026-05-02", "5-10"]
    (line,) = told(roster, "a date or time among other answers").itertuples()
    assert (line.row, line.column, line.value, line.severity) == (2, "name", "2026-05-02", "warning")


def test_numbers_among_texts_with_leading_zeros_are_doubted() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        texts(sheet, [["employee_id", "role"], ["00123", "mentor"], ["", "mentee"], ["", "mentee"]])
        sheet.write_number(2, 0, 124)
        sheet.write_number(3, 0, 12345)

    roster = read(workbook(fill))
    (line,) = told(roster, "may have lost its own").itertuples()
    assert (line.row, line.column, line.value, line.severity) == (3, "employee_id", "124", "warning")


def test_numbers_of_more_digits_than_excel_keeps_are_doubted() -> None:
    def fill(book: Any, sheet: Any) -> int:
        sheet.write_number(1, 2, 1234567890123456789)
        return 1

    _, roster = shown(fill)
    (line,) = told(roster, "more than the 15 digits").itertuples()
    assert (line.row, line.column, line.severity) == (2, "name", "warning")


# ---------------------------------------------------------------- where the table stands


def test_a_table_may_stand_anywhere_and_rows_keep_their_numbers() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_string(1, 2, "Staff list")
        for r, row in enumerate(PEOPLE, start=4):
            for c, cell in enumerate(row, start=3):
                sheet.write_string(r + (r > 5), c, cell)
        sheet.set_column(0, 40, 12, book.add_format({"bold": True}))

    roster = read(workbook(fill))
    assert list(roster.accounts["row"]) == [6, 8]
    assert len(told(roster, "the headers are read from row 5")) == 1


def test_hidden_rows_are_read_and_said() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        texts(sheet, PEOPLE)
        sheet.set_row(2, None, None, {"hidden": True})

    roster = read(workbook(fill))
    assert len(roster.mentees) == 1
    assert list(told(roster, "1 rows are hidden")["severity"]) == ["info"]


def test_cells_without_a_place_stand_one_after_the_other() -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ("employee_id", "role"))
    people = '<c t="inlineStr"><is><t>1</t></is></c><c t="inlineStr"><is><t>mentor</t></is></c>'
    roster = read(raw(f"<row>{cells}</row><row>{people}</row>"))
    assert list(roster.mentors.index) == ["1"]


def test_a_sheet_may_be_written_with_prefixes() -> None:
    rows = re.sub("<(/?)([a-z])", r"<\1x:\2", f"<worksheet><sheetData>{TWO}</sheetData></worksheet>")
    roster = read(raw(rows.replace("<x:worksheet", f'<x:worksheet xmlns:x="{NAMESPACE}"').encode()))
    assert list(roster.mentors.index) == ["1"]


# ---------------------------------------------------------------- which sheet


def test_the_first_visible_sheet_that_holds_something_is_read_and_named() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Cover").set_column(0, 3, 20)
        texts(hidden := book.add_worksheet("Old"), PEOPLE)
        hidden.hide()
        texts(book.add_worksheet("People"), PEOPLE)
        texts(book.add_worksheet("Lists"), [["Sales"]])

    roster = read(workbook(fill))
    assert list(roster.mentors["name"]) == ["Zoë"]
    assert "Excel workbook, sheet 'People'" in roster.summary()
    assert list(told(roster, "'People' is read, and not 'Cover', 'Old', 'Lists'")["severity"]) == ["info"]
    assert not len(told(read(sheets(People=PEOPLE)), "is read, and not"))
    assert list(read(workbook(fill), "old").mentors.index) == ["1"]


def test_a_sheet_is_named_and_a_near_miss_suggested() -> None:
    book = sheets(Notes=[["x"]], People=PEOPLE)
    assert list(read(book, "People").mentors.index) == ["1"]
    with refused(r"no sheet 'Poeple'.*'Notes', 'People'.*Did you mean 'People'"):
        read(book, "Poeple")
    with refused("by its name, not by 0"):
        read(book, 0)
    with pytest.raises(rmatch.RosterError, match=r"names 'mentee'.*Did you mean 'mentees'"):
        read(book, {"mentee": "People"})


def test_two_sheets_of_one_workbook_are_two_sign_up_sheets(tmp_path: Path) -> None:
    path = tmp_path / "signup.xlsx"
    both = sheets(Juniors=[["employee_id"], ["1"]], Seniors=[["employee_id"], ["2"]], All=[["employee_id"], ["9"]])
    path.write_bytes(both.getvalue())
    tabs: Any = {"mentors": "Juniors", "mentees": "Seniors", "directory": "All"}
    roster = rmatch.read_excel(path, tabs, mentees=path, directory=path)
    assert (list(roster.mentors.index), list(roster.mentees.index)) == (["1"], ["2"])
    assert set(roster.accounts["file"]) == {"signup.xlsx (mentors)", "signup.xlsx (mentees)"}


def test_a_workbook_and_a_text_may_be_read_together(tmp_path: Path) -> None:
    (tmp_path / "a.XLSX").write_bytes(sheets(S=[["employee_id"], ["1"]]).getvalue())
    (tmp_path / "b.csv").write_text("employee_id\n2\n", encoding="utf-8")
    roster = read_files(tmp_path / "a.XLSX", mentees=tmp_path / "b.csv")
    assert (list(roster.mentors.index), list(roster.mentees.index)) == (["1"], ["2"])
    with pytest.raises(rmatch.RosterError, match="no file is an Excel workbook"):
        read_files(tmp_path / "b.csv", "People")


# ---------------------------------------------------------------- what is refused


def test_a_workbook_given_as_text_says_what_reads_it() -> None:
    with refused("an Excel workbook.*`read_excel`"):
        rmatch.read_csv(sheets(People=PEOPLE))


OLD = b"\xd0\xcf\x11\xe0" + bytes(600)
OTHER = io.BytesIO()
with zipfile.ZipFile(OTHER, "w") as _archive:
    _archive.writestr("letter.txt", "hello")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"employee_id,role\n1,mentor\n", r"no Excel workbook.*\.csv"),
        (OLD, "damaged"),
        (b"PK\x03\x04rest", "damaged"),
        (OTHER.getvalue(), "a zip archive, but no Excel workbook"),
        (sheets(People=PEOPLE).getvalue()[:-40], "damaged"),
        (sheets(People=PEOPLE).getvalue()[:2000], "damaged"),
        (sheets(People=[]).getvalue(), "the workbook is empty"),
        (sheets(People=[["  "]]).getvalue(), "the sheet 'People' is empty"),
        (sheets(People=PEOPLE[:1]).getvalue(), "headers, but no people"),
        (changed({"xl/workbook.xml": None}).getvalue(), "no Excel workbook"),
        (changed({"xl/workbook.bin": b"x"}).getvalue(), "binary Excel workbook"),
        (changed({"content.xml": b"x"}).getvalue(), "OpenDocument"),
        (changed({"xl/worksheets/sheet1.xml": None}).getvalue(), "part 'xl/worksheets/sheet1.xml' is missing"),
        (changed({"xl/sharedStrings.xml": None}).getvalue(), "damaged"),
        (changed({"xl/_rels/workbook.xml.rels": b"<"}).getvalue(), "damaged"),
        (raw(b"").getvalue(), "damaged"),
        (raw(b"<worksheet>").getvalue(), "damaged"),
        (raw('<row r="1"><c r="A1" t="what"><v>1</v></c></row>').getvalue(), "damaged"),
        (raw('<row r="1"><c r="A1" t="s"><v>99</v></c></row>').getvalue(), "damaged"),
        (raw('<row r="1"><c r="1A"><v>1</v></c></row>').getvalue(), "outside of any sheet"),
        (raw('<row r="0"><c><v>1</v></c></row>').getvalue(), "outside of any sheet"),
        (raw('<row r="9999999"><c r="A9999999"><v>1</v></c></row>').getvalue(), "outside of any sheet"),
        (raw('<row r="1"><c r="XFE1"><v>1</v></c></row>').getvalue(), "outside of any sheet"),
        (raw('<row r="1"><c r="AAAA1"><v>1</v></c></row>').getvalue(), "outside of any sheet"),
        (raw(b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>').getvalue(), "declares a document type"),
        (raw(TWO + f'<row r="3">{inline("A3", "_x0000_")}</row>').getvalue(), "NUL"),
        (
            raw(TWO + f'<row r="3">{inline("A3", "x" * 140_000)}</row>').getvalue(),
            "row 3: a cell has more than 131,072",
        ),
    ],
)
def test_what_is_no_workbook_of_people_is_refused(content: bytes, words: str) -> None:
    with refused(words):
        read(io.BytesIO(content))


def test_only_hidden_sheets_are_not_read_unasked() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Cover")
        texts(hidden := book.add_worksheet("People"), PEOPLE)
        hidden.very_hidden()

    with refused("only hidden sheets may hold something: 'People'.*sheet="):
        read(workbook(fill))
    with refused("the sheet 'Cover' is empty"):
        read(workbook(fill), "Cover")
    assert len(read(workbook(fill), "People").mentors) == 1


def test_a_stray_cell_far_away_is_refused_before_it_fills_the_memory() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with refused(r"reaches to row 1,048,576, column 16,384.*stray cell"):
        read(raw(TWO + far))
    unplaced = "<row>" + "<c><v>1</v></c>" * 16_384 + "</row>"
    with refused("which makes more than"):
        read(raw('<row r="1048000"><c><v>1</v></c></row>' + unplaced))


def test_bombs_are_refused_before_they_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = sheets(People=[*PEOPLE, *([str(k), "mentee", "x" * 1000] for k in range(3, 2000))])
    monkeypatch.setattr(package, "MAX_UNPACKED", 100_000)
    with refused("unpacks to more than .* 100,000 bytes"):
        read(bomb)
    monkeypatch.setattr(package, "MAX_PACKED", 1000)
    with refused("more than 1,000 bytes"):
        read(bomb)
    monkeypatch.undo()
    monkeypatch.setattr(survey, "MAX_CELLS", 5)
    with refused("more than 5 cells"):
        read(sheets(People=PEOPLE))
    with refused("too many texts"):
        read(sheets(People=[["employee_id"], ["1"]], More=[[str(k) for k in range(9)]]))


def test_a_package_that_lies_about_its_size_is_refused() -> None:
    book = bytearray(sheets(People=PEOPLE).getvalue())
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    for place in range(len(book) - 4):  # wherever the size is written, say less
        if book[place : place + 4] == size.to_bytes(4, "little"):
            book[place : place + 4] = (size // 2).to_bytes(4, "little")
    with refused("damaged"):
        read(io.BytesIO(bytes(book)))


@pytest.mark.slow
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=6), st.sampled_from(["package", "sheet"]))
def test_any_damage_is_read_or_refused(place: int, junk: bytes, where: str) -> None:
    whole = sheets(People=PEOPLE).getvalue()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
    target = whole if where == "package" else content
    place %= len(target)
    torn = target[:place] + junk + target[place + len(junk) :]
    book = io.BytesIO(torn) if where == "package" else raw(torn)
    result = outcome(lambda: read(book, on_bad_rows="skip"))
    assert str(result)


def test_a_buffer_of_text_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with refused("opened as text"):
        read(io.StringIO("x"))  # type: ignore[arg-type]
    (tmp_path / "people.xlsx").write_bytes(b"")
    with refused("Did you mean 'people.xlsx'"):
        rmatch.read_excel(tmp_path / "poeple.xlsx")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "python_calamine":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(rmatch.RosterError, match=r'pip install "\.\[excel\]"'):
        read(sheets(People=PEOPLE))
    matching = rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(2, 2, seed=1)))
    (tmp_path / "plan.xlsx").write_bytes(sheets(Pairs=[["mentor_id", "mentee_id"], ["1", "2"]]).getvalue())
    with pytest.raises(rmatch.RosterError, match=r'pip install "\.\[excel\]"'):
        matching.review(tmp_path / "plan.xlsx")


def test_a_sheet_of_charts_and_a_book_without_styles_are_no_trouble() -> None:
    def fill(book: Any) -> None:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=People!$A$2:$A$3"})
        book.add_chartsheet("Chart").set_chart(chart)
        texts(book.add_worksheet("People"), PEOPLE)

    assert list(read(workbook(fill)).accounts["employee_id"]) == ["1", "2"]
    assert list(read(changed({"xl/styles.xml": None})).accounts["employee_id"]) == ["1", "2"]


def test_zeros_shown_above_the_headers_touch_nobody() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_number(0, 0, 7, book.add_format({"num_format": "00000"}))
        texts(sheet, [[], [], *PEOPLE])

    roster = read(workbook(fill))
    assert list(roster.accounts["employee_id"]) == ["1", "2"]
    assert list(roster.accounts["row"]) == [4, 5]


def test_a_list_of_sheets_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "_LIST", 100)
    with refused("'xl/workbook.xml' has more than 100 bytes"):
        read(sheets(People=PEOPLE))


def test_a_merged_cell_that_is_no_place_is_refused() -> None:
    merged = '<mergeCells><mergeCell ref="B2:?"/></mergeCells>'
    page = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{TWO}</sheetData>{merged}</worksheet>'
    with refused("the workbook is damaged"):
        rmatch.read_excel(raw(page.encode()))


def test_shared_texts_are_counted_letter_by_letter_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    long = f'<sst xmlns="{NAMESPACE}">\n<si><t>{"x" * 1000}</t></si></sst>'.encode()
    shared = "".join(f'<c r="{column}2" t="s"><v>0</v></c>' for column in "CD")
    rows = f'<row r="1">{HEAD}{inline("C1", "a")}{inline("D1", "b")}</row>'
    rows += f'<row r="2">{inline("A2", "1")}{inline("B2", "mentor")}{shared}</row>'
    monkeypatch.setattr(survey, "MAX_TEXT", 2000)
    book = changed({"xl/sharedStrings.xml": long}, raw(rows))
    assert len(rmatch.read_excel(book).accounts) == 1
    book.seek(0)
    monkeypatch.setattr(survey, "MAX_TEXT", 1999)
    with refused("shows more than 1,999 characters"):
        rmatch.read_excel(book)


def test_a_long_sheet_of_notes_is_passed_over_for_the_people() -> None:
    notes = [[f"note {k}", "see below"] for k in range(40)]
    assert len(rmatch.read_excel(sheets(Notes=notes, People=PEOPLE)).accounts) == 2


def test_a_title_merged_above_the_headers_is_no_group_of_theirs() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("People")
        sheet.merge_range("A1:C1", "Sign-ups 2026")
        sheet.merge_range("A2:A3", "employee_id")
        sheet.merge_range("B2:B3", "role")
        sheet.merge_range("C2:D2", "skills")
        texts_at(sheet, 2, ["", "", "offered", "wanted"])
        texts_at(sheet, 3, ["1", "mentor", "SQL", ""])
        texts_at(sheet, 4, ["2", "mentee", "", "SQL"])

    def texts_at(sheet: Any, row: int, cells: list[str]) -> None:
        for column, cell in enumerate(cells):
            if cell:
                sheet.write_string(row, column, cell)

    roster = read(workbook(fill))
    assert list(roster.mentors["skills_offered"]) == list(roster.mentees["skills_wanted"]) == ["SQL"]


def test_a_cell_below_a_withheld_header_is_counted_and_not_shown() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        texts(sheet, [["employee_id", "role", "Health"], ["1", "mentor", "asthma"], ["2", "mentee", ""]])
        sheet.write_datetime(2, 2, date(2020, 2, 5), book.add_format({"num_format": "d-mmm"}))

    binding = {"columns": {"health": {"source": "Health", "use": "audit", "sensitive": True}}}
    roster = read(workbook(fill), program=rmatch.Program.model_validate(binding))
    assert not roster.issues["reason"].str.contains("a date or time").any()
    (counted,) = roster.withheld_issues["reason"]
    assert counted.startswith("in fewer than 10 cells: the cell holds a date or time")
