"""Workbooks of Excel 97 to 2003: read as others are, and harmless whatever they say of themselves."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oldbooks import END, book, cells, compound, record, sheet, stream, text

import rmatch
from rmatch.roster.biff import OldWorkbook, _lengths

ROWS = [
    ["Employee ID", "Name", "Role", "Dept", "Years"],
    [1001.0, "Zoë 漢字", "mentor", "Sales", 7.5],
    [1002.0, "Bo", "mentee", "Sales", 30.0],
]


def read(data: bytes, tmp_path: Path, **more: str) -> rmatch.Roster:
    (tmp_path / "people.xls").write_bytes(data)
    return rmatch.read_excel(tmp_path / "people.xls", **more)


@pytest.mark.parametrize("layout", ["usual", "small", "distant"])
def test_people_are_read_however_the_file_is_laid_out(layout: str, tmp_path: Path) -> None:
    texts: list[str] = []
    rows = ROWS + [[2000.0 + k, f"Person {k}", "mentee", "IT", None] for k in range(0 if layout == "small" else 300)]
    found = cells(rows, texts)
    whole = stream([("People", sheet(*found))], texts)
    data = compound(whole, distant=layout == "distant")
    assert (len(whole) < 4096) == (layout == "small")
    roster = read(data, tmp_path)
    assert roster.mentors["name"].to_dict() == {"1001": "Zoë 漢字"}
    assert len(roster.mentees) == len(rows) - 2


def test_the_command_line_and_small_tables_take_them(tmp_path: Path) -> None:
    from rmatch import cli

    head = ["Employee ID", "Name", "Role", "Skills offered", "Skills wanted"]
    (tmp_path / "people.xls").write_bytes(book([head, *[[*row[:3], "SQL", "SQL"] for row in ROWS[1:]]]))
    edits = [["mentor_id", "mentee_id", "decision"], [1001.0, 1002.0, "lock"]]
    (tmp_path / "edits.xls").write_bytes(book(edits))
    (tmp_path / "text.xls").write_text("mentor_id,mentee_id\n1001,1002\n")
    assert cli.main(["match", str(tmp_path / "people.xls"), "--out", str(tmp_path / "out")]) == cli.DONE
    for name, code in (("edits", cli.DONE), ("text", cli.DONE), ("absent", cli.INPUT)):
        assert cli.main(["review", str(tmp_path / "out"), "--edits", str(tmp_path / f"{name}.xls")]) == code


def test_what_a_cell_does_not_show_is_told_as_of_newer_workbooks(tmp_path: Path) -> None:
    texts: list[str] = []
    head = cells([["Employee ID", "Role", "Dept", "Bonus"]], texts)
    style = struct.pack("<HHH", 1, 0, 1)
    rows = [
        record(0x203, style + struct.pack("<d", 17.0)), *cells([[], [None, "mentor", "Sales"]], texts),
        record(0x27E, struct.pack("<HHHI", 2, 0, 1, 18 << 2 | 2)), *cells([[], [], [None, "mentee"]], texts),
        record(0xE5, struct.pack("<H4H", 1, 1, 2, 2, 2)),
        record(0x205, struct.pack("<HHHBB", 2, 3, 0, 0x2A, 1)),
        record(0x06, struct.pack("<HHHd", 1, 3, 0, 2.0) + bytes(6) + struct.pack("<H", 0)),
        record(0x208, struct.pack("<HHHHHHI", 2, 0, 4, 255, 0, 0, 0x20)),
    ]  # fmt: skip
    shown = (164, b"00000"), (165, b"0.0")
    formats = b"".join(record(0x41E, struct.pack("<HHB", k, len(word), 0) + word) for k, word in shown)
    styles = record(0xE0, struct.pack("<HH", 0, 0) + bytes(16)) + record(0xE0, struct.pack("<HH", 0, 164) + bytes(16))
    other = sheet(*cells([["x"]], texts))
    data = stream(
        [("People", sheet(*head, *rows)), ("Old", other), ("Chart", other)], texts, hidden=["Old"],
        more=formats + styles, kinds=[0, 0, 2],
    )  # fmt: skip
    roster = read(compound(data), tmp_path)
    assert (list(roster.mentors.index), list(roster.mentees.index)) == (["00017"], ["00018"])
    assert roster.mentees["department"].tolist() == ["Sales"]
    said = " ".join(roster.issues["reason"])
    for words in ("1 rows are hidden", "cells are filled with what the merged cell", "and not 'Old'"):
        assert words in said


def test_a_formula_that_shows_a_text_or_an_error(tmp_path: Path) -> None:
    texts: list[str] = []
    head = cells([["Employee ID", "Role", "Dept"], [1.0, "mentor"], [2.0, "mentee"]], texts)
    shown = record(0x06, struct.pack("<HHH", 1, 2, 0) + b"\0\0\0\0\0\0\xff\xff" + bytes(8))
    said = record(0x207, text("Sales"))
    wrong = record(0x06, struct.pack("<HHH", 2, 2, 0) + b"\2\0\x2a\0\0\0\xff\xff" + bytes(8))
    roster = read(compound(stream([("P", sheet(*head, shown, said, wrong))], texts)), tmp_path)
    assert roster.mentors["department"].tolist() == ["Sales"]
    assert roster.mentees["department"].tolist() == [""]


def _repeated(count: int, more: int = 0) -> bytes:
    """One long text in so many cells."""
    long = "y" * 32_000
    rows = [record(0xFD, struct.pack("<HHHI", r, 0, 0, 0)) for r in range(count)]
    return compound(stream([("P", sheet(*rows))] * (1 + more), [long]))


def _far() -> bytes:
    last = record(0x203, struct.pack("<HHHd", 65_535, 255, 0, 1))
    return compound(stream([("P", sheet(*cells([["Employee ID"]], []), last))], ["Employee ID"]))


def _wide() -> bytes:
    blank = record(0xBE, struct.pack("<HH", 0, 0) + struct.pack("<H", 65_535))
    return compound(stream([("P", sheet(*[blank] * 40))]))


def _merged() -> bytes:
    return compound(stream([("P", sheet(record(0xE5, struct.pack("<H", 8) + bytes(64)) * 8200))]))


BAD = {
    "far": (_far(), "reaches to row 65,536, column 256"),
    "long": (_repeated(9_000), "shows more than 268,435,456 characters"),
    "wide": (_wide(), "the workbook holds too much"),
    "merged": (_merged(), "more than 65,536 merged cells"),
    "password": (compound(stream([("P", sheet())], more=record(0x2F, bytes(6)))), "protected by a password"),
    "encrypted": (compound(bytes(5000), "EncryptedPackage"), "protected by a password"),
    "document": (compound(bytes(5000), "WordDocument"), "no Excel workbook"),
    "short": (b"\xd0\xcf\x11\xe0" + bytes(600), "the workbook is damaged"),
    "cut": (b"\xd0\xcf\x11\xe0", "the workbook is damaged"),
    "empty": (compound(stream([("P", sheet())])), "the workbook is empty"),
    "no sheet": (compound(stream([])), "the workbook is empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_or_would_take_all_memory_is_refused(case: str, tmp_path: Path) -> None:
    data, words = BAD[case]
    with pytest.raises(rmatch.RosterError, match=words):
        read(data, tmp_path)


def test_many_sheets_that_are_one_are_counted_each(tmp_path: Path) -> None:
    one = sheet(*[record(0x203, struct.pack("<HHHd", r, c, 0, 1.0)) for r in range(900) for c in range(20)])
    whole = stream([(f"S{k}", one if k == 0 else b"") for k in range(80)])
    first = whole.index(one)
    data, at = bytearray(whole), 0
    while at < first:
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == 0x85:
            struct.pack_into("<I", data, at + 4, first)
        at += 4 + size
    with pytest.raises(rmatch.RosterError, match="holds too much"):
        read(compound(bytes(data)), tmp_path)


def test_a_stream_without_end_is_damaged(tmp_path: Path) -> None:
    data = bytearray(book([*ROWS, *[[3000.0 + k, "x", "mentee"] for k in range(200)]]))
    table = len(data) - 512
    assert struct.unpack_from("<I", data, table)[0] == 1
    struct.pack_into("<I", data, table + 4, 0)
    with pytest.raises(rmatch.RosterError, match="has no end"):
        read(bytes(data), tmp_path)


@given(st.lists(st.tuples(st.text("aé漢", max_size=9), st.integers(0, 3), st.integers(0, 9)), max_size=8), st.data())
def test_the_lengths_of_texts_are_found_across_records(words: list[tuple[str, int, int]], data: st.DataObject) -> None:
    parts, here = [], struct.pack("<II", 9, len(words))
    for word, runs, extra in words:
        wide = int(any(ord(letter) > 255 for letter in word))
        flags = wide | (8 if runs else 0) | (4 if extra else 0)
        here += struct.pack("<HB", len(word), flags)
        here += (struct.pack("<H", runs) if runs else b"") + (struct.pack("<I", extra) if extra else b"")
        cut = data.draw(st.integers(0, len(word)))
        here += word[:cut].encode("utf-16-le" if wide else "latin-1")
        if cut < len(word):
            parts.append(here)
            wide = 1 if wide else data.draw(st.integers(0, 1))
            here = bytes([wide]) + word[cut:].encode("utf-16-le" if wide else "latin-1")
        tail = bytes(4 * runs + extra)
        cut = data.draw(st.integers(0, len(tail)))
        here += tail[:cut]
        if cut < len(tail):
            parts.append(here)
            here = tail[cut:]
        if data.draw(st.booleans()):
            parts.append(here)
            here = b""
    parts.append(here)
    table = b"".join(record(0x3C if k else 0xFC, part) for k, part in enumerate(parts))
    assert list(_lengths(stream([], shared=table))) == [len(word) for word, _, _ in words]


@settings(max_examples=200)
@given(st.data())
def test_no_damage_kills_the_reader(data: st.DataObject) -> None:
    whole = bytearray(book(ROWS))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(8, len(whole) - 1))
        whole[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFE, 0xFF]))
    cut = data.draw(st.sampled_from([len(whole), len(whole), data.draw(st.integers(8, len(whole)))]))
    with suppress(rmatch.RosterError):
        OldWorkbook("x.xls", bytes(whole[:cut])).sheets()


def test_a_cell_may_hold_a_text_of_its_own(tmp_path: Path) -> None:
    texts: list[str] = []
    head = cells([["Employee ID", "Role", "Dept"], [1.0, "mentor"], [2.0, "mentee", "Legal"]], texts)
    own = record(0x204, struct.pack("<HHH", 1, 2, 0) + text("Sales"))
    roster = read(compound(stream([("P", sheet(*head, own))], texts)), tmp_path)
    assert (roster.mentors["department"].item(), roster.mentees["department"].item()) == ("Sales", "Legal")


@pytest.mark.parametrize("title", ["People", "Übersicht", "x"])
@pytest.mark.parametrize("name", ["Book", "Workbook"])
def test_a_workbook_of_excel_95_is_read_with_the_names_of_its_sheets(title: str, name: str, tmp_path: Path) -> None:
    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHH", 0x500, kind, 0, 1995))

    rows = [["employee_id", "name", "role"], ["1", "Jürgen", "mentor"], ["2", "Zoë", "mentee"]]
    said = [
        record(0x204, struct.pack("<HHHH", r, c, 0, len(word)) + word.encode("cp1252"))
        for r, row in enumerate(rows)
        for c, word in enumerate(row)
    ]
    written = title.encode("cp1252")
    head = begin(5) + record(0x42, struct.pack("<H", 1252))
    place = len(head) + 11 + len(written) + 4
    head += record(0x85, struct.pack("<IBBB", place, 0, 0, len(written)) + written) + record(0x0A)
    data = compound(head + begin(0x10) + b"".join(said) + record(0x0A), name)
    roster = read(data, tmp_path, sheet=title)
    assert roster.mentors["name"].tolist() == ["Jürgen"]
    assert f"sheet {title!r}" in roster.summary()
    with pytest.raises(rmatch.RosterError, match=f"'{title}'"):
        read(data, tmp_path, sheet="another")


@pytest.mark.parametrize("cut", [9, 10, 13, 20])
def test_texts_that_break_off_are_counted_as_far_as_they_go(cut: int) -> None:
    whole = struct.pack("<II", 2, 2) + struct.pack("<HBHI", 4, 0xD, 3, 9) + "abcd".encode("utf-16-le") + text("xy")
    assert len(list(_lengths(stream([], shared=record(0xFC, whole[:cut]))))) == (cut > 10)


def test_records_that_are_too_short_are_passed_over() -> None:
    short = [record(kind, bytes(size)) for kind in (0x203, 0x205, 0xFD, 0x06, 0x208, 0xE5) for size in (0, 2, 6)]
    data = compound(stream([("P", sheet(*short))], more=record(0x41E) + record(0xE0)))
    old = OldWorkbook("x.xls", data)
    assert [each.name for each in old.sheets()] == ["P"]
    far = record(0xFD, struct.pack("<HHHI", 0, 0, 0, 7))
    assert OldWorkbook("x.xls", compound(stream([("P", sheet(far))], ["a"]))).sheets()
    open_end = stream([("P", sheet(record(0x809, bytes(16)), record(0x0A)))])[:-4]
    assert OldWorkbook("x.xls", compound(open_end, "Book")).sheets()


def test_a_list_of_tables_that_runs_in_a_circle_ends(tmp_path: Path) -> None:
    data = bytearray(compound(stream([("P", sheet(*[record(0x201, bytes(6))] * 900))]), distant=True))
    far = struct.unpack_from("<I", data, 68)[0]
    struct.pack_into("<I", data, (far + 2) * 512 - 4, far)
    with pytest.raises(rmatch.RosterError, match="the workbook is empty"):
        read(bytes(data), tmp_path)
    assert far < END
