"""Workbooks of Excel 95 to 2003 (``.xls``): looked over before anything reads them.

Such a file is a small file system (a compound file), and in it the stream ``Workbook``: records of a number, a size and
that many bytes. Here only so much is understood as tells how many cells and characters a reader would have to hold.
"""

from __future__ import annotations

import io
import struct
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rmatch.roster.issues import refusal
from rmatch.roster.package import AGAIN, Worksheet, readable
from rmatch.roster.survey import (
    FREE_CELLS,
    FREE_EMPTY,
    MAX_CELLS,
    MAX_MERGED,
    MAX_SPARSE,
    MAX_TEXT,
    Survey,
    too_large,
    too_long,
    too_merged,
)

OLD = b"\xd0\xcf\x11\xe0"
"""How a compound file begins."""

_END = 0xFFFFFFFA  # what is no sector has a number from here on
_ROW, _EOF, _SHEET, _PASSWORD, _TEXTS, _MORE, _MERGED = 0x208, 0x0A, 0x85, 0x2F, 0xFC, 0x3C, 0xE5
_FORMULA, _SAID, _SHARED, _TRUTH = 0x06, 0x207, 0xFD, 0x205
_BLANKS, _SEVERAL, _NUMBERS, _TEXTS_OF_THEIR_OWN = (0x201, 0xBE), (0xBD, 0xBE), (0x203, 0x27E, 0x06), (0x204, 0xD6)
_EXCEL_95 = b"\0\5"
_CELLS = frozenset((_SHARED, _TRUTH, *_BLANKS, *_SEVERAL, *_NUMBERS, *_TEXTS_OF_THEIR_OWN))

Record = tuple[int, int, int]
"""Number, where its bytes begin, and how many there are."""


@dataclass(frozen=True, eq=False)
class OldWorkbook:
    """The bytes of an ``.xls`` file."""

    name: str
    data: bytes

    def sheets(self) -> list[Worksheet]:
        """Return the sheets of cells. Raises RosterError where the workbook is protected, damaged or too large."""
        with readable(self.name):
            return [sheet for (sheet, _), _ in zip(self._sheets, self._seen, strict=True)]

    def survey(self, sheet: Worksheet) -> Survey:
        """Return what was seen of a sheet."""
        return self._seen[sheet.place]

    def excerpt(self, sheet: Worksheet, seen: Survey) -> io.BytesIO:
        """Return the workbook as it is: it was measured as a whole, for a reader takes in all sheets of it."""
        return io.BytesIO(self.data)

    @cached_property
    def _stream(self) -> bytes:
        return _stream(self.data, self.name)

    @cached_property
    def _sheets(self) -> list[tuple[Worksheet, int]]:
        stream, found = self._stream, list[tuple[Worksheet, int]]()
        for kind, at, size in _within(stream, 0):
            if kind == _PASSWORD:
                raise _protected(self.name)
            if kind == _SHEET:
                place, state, what = struct.unpack_from("<IBB", stream, at)
                begins = 7 if stream[4:6] == _EXCEL_95 else 8  # from Excel 97 on, a byte says how letters are written
                wide = begins == 8 and size > 7 and stream[at + 7] & 1
                title = stream[at + begins : at + size].decode("utf-16-le" if wide else "cp1252", "replace")
                if what == 0:
                    found.append((Worksheet(title, len(found), "", state & 3 > 0), place))
        return found

    @cached_property
    def _seen(self) -> list[Survey]:
        """Each sheet. Raises RosterError where all together reach too far, write too much, or show too much text."""
        most, cells, grid, shown = min(MAX_CELLS, FREE_CELLS + len(self.data)), 0, 0, 0
        lengths, paddings, found = array("q", _lengths(self._stream)), _paddings(self._stream), list[Survey]()
        for sheet, place in self._sheets:
            eye = _Eye(lengths, paddings)
            for record in _within(self._stream, place):
                eye.take(self._stream, *record)
            seen = eye.seen
            cells, grid, shown = cells + eye.cells, grid + seen.rows * seen.columns, shown + eye.shown
            if cells > most:
                raise too_large(self.name, "the workbook holds too much", most)
            if grid > min(MAX_CELLS, FREE_EMPTY + MAX_SPARSE * cells):
                reason = f"the sheet {sheet.name!r} reaches to row {seen.rows:,}, column {seen.columns:,}"
                raise too_large(self.name, reason, min(MAX_CELLS, FREE_EMPTY + MAX_SPARSE * cells))
            if shown > MAX_TEXT:
                raise too_long(self.name, "the workbook")
            if len(seen.merged) > MAX_MERGED:
                raise too_merged(self.name, sheet.name)
            found.append(seen)
        return found


def _protected(name: str) -> Exception:
    remedy = "Remove the password in Excel (File, Info, Protect Workbook, Encrypt with Password) and save it."
    return refusal(name, "the workbook is protected by a password", remedy)


def _damaged(name: str, what: str) -> Exception:
    return refusal(name, f"the workbook is damaged: {what}", AGAIN)


def _stream(data: bytes, name: str) -> bytes:
    """The bytes of the stream ``Workbook`` in a compound file."""
    shift, small = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small != 6:
        raise _damaged(name, "its sectors have no size that there is")
    head = struct.unpack_from("<9I", data, 44)
    size = 1 << shift

    def sector(number: int) -> bytes:
        found = data[(number + 1) << shift : (number + 2) << shift]
        return found + bytes(size - len(found))

    places, more, most = [*struct.unpack_from("<109I", data, 76)], head[6], len(data) >> shift
    while more < _END and len(places) < 109 + most:  # each further sector has a list of some hundred
        *further, more = struct.unpack(f"<{size // 4}I", sector(more))
        places += further
    table = np.frombuffer(b"".join(sector(place) for place in places if place < _END), dtype="<u4")

    def chain(start: int, links: np.ndarray) -> Iterator[int]:
        seen = 0
        while start < _END:
            if start >= len(links) or seen > len(links):
                raise _damaged(name, "a stream in it has no end")
            yield start
            start, seen = int(links[start]), seen + 1

    entries = b"".join(map(sector, chain(head[1], table)))
    streams: dict[str, tuple[int, int]] = {}
    for at in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        title = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").casefold()
        streams.setdefault("/" if kind == 5 else title, struct.unpack_from("<II", entries, at + 116))
    if "encryptedpackage" in streams:
        raise _protected(name)
    start, length = streams.get("workbook") or streams.get("book") or (_END, 0)
    if start >= _END:
        raise refusal(name, "this is an old file of Microsoft's, but no Excel workbook", AGAIN)
    if length >= head[3]:
        return b"".join(map(sector, chain(start, table)))[:length]
    held = b"".join(map(sector, chain(streams.get("/", (_END, 0))[0], table)))
    links = np.frombuffer(b"".join(map(sector, chain(head[4], table))), dtype="<u4")
    return b"".join(held[k << 6 : (k + 1) << 6] for k in chain(start, links))[:length]


def _within(stream: bytes, at: int) -> Iterator[Record]:
    """The records from a place on, up to the first that says that a substream ends."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, at + 4, min(size, len(stream) - at - 4)
        at += 4 + size


class _Eye:
    """Takes in the records of a sheet."""

    def __init__(self, lengths: array[int], paddings: Mapping[int, int]) -> None:
        self._lengths, self._paddings = lengths, paddings
        self.seen, self.cells, self.shown = Survey(), 0, 0

    def take(self, stream: bytes, kind: int, at: int, size: int) -> None:
        """Take in one record."""
        if kind in _CELLS and size >= 6:
            self._cell(stream, kind, at, size)
        elif kind == _SAID:
            self.shown += size
        elif kind == _ROW and size >= 14:
            self.seen.hidden_rows += (stream[at + 12] & 0x20) > 0
        elif kind == _MERGED:
            places = (struct.unpack_from("<4H", stream, k) for k in range(at + 2, at + size - 7, 8))
            self.seen.merged += [(top, left, bottom, right) for top, bottom, left, right in places]

    def _cell(self, stream: bytes, kind: int, at: int, size: int) -> None:
        seen = self.seen
        row, column, style = struct.unpack_from("<3H", stream, at)
        last = max(column, struct.unpack_from("<H", stream, at + size - 2)[0]) if kind in _SEVERAL else column
        self.cells += last - column + 1
        seen.filled |= kind not in _BLANKS
        seen.rows, seen.columns = max(seen.rows, row + 1), max(seen.columns, last + 1)
        if kind == _SHARED and size >= 10:
            text = struct.unpack_from("<I", stream, at + 6)[0]
            self.shown += self._lengths[text] if text < len(self._lengths) else 0
        elif kind in _TEXTS_OF_THEIR_OWN:
            self.shown += size
        elif kind == _TRUTH and size >= 8 and stream[at + 7]:
            seen.errors[column].append(row)
        elif kind == _FORMULA and size >= 14:
            result = stream[at + 6] if stream[at + 12 : at + 14] == b"\xff\xff" else -1  # -1: a number
            if result == 2:
                seen.errors[column].append(row)
            elif result == -1:
                seen.formulas[column].append(row)
        if kind in _NUMBERS and style in self._paddings:
            seen.padded[column, self._paddings[style]].append(row)


def _paddings(stream: bytes) -> dict[int, int]:
    """The cell styles that show a number as so many digits: their number formats are ``00000`` and the like."""
    digits, styles = dict[int, int](), list[int]()
    for kind, at, size in _within(stream, 0):
        if kind == 0x41E and size > 5:
            number, length = struct.unpack_from("<HH", stream, at)
            wide = stream[at + 4] & 1
            shown = stream[at + 5 : at + 5 + (length << wide)].decode("utf-16-le" if wide else "latin-1", "replace")
            if 2 <= len(shown) <= 20 and not shown.strip("0"):
                digits[number] = len(shown)
        elif kind == 0xE0 and size >= 4:
            styles.append(struct.unpack_from("<H", stream, at + 2)[0])
    return {k: digits[style] for k, style in enumerate(styles) if style in digits}


def _lengths(stream: bytes) -> Iterator[int]:
    """How many characters each of the texts has that cells share; a text may run over several records."""
    parts: list[tuple[int, int]] = []
    for kind, at, size in _within(stream, 0):
        if kind == _TEXTS or (parts and kind == _MORE and parts[-1][1] == at - 4):
            parts.append((at, at + size))
    part, at = 0, parts[0][0] + 8 if parts else 0

    def passed(count: int) -> None:
        """Go on by so many bytes, over the ends of records."""
        nonlocal part, at
        while part < len(parts) and at + count > parts[part][1]:
            count -= parts[part][1] - at
            part += 1
            at = parts[part][0] if part < len(parts) else 0
        at += count

    while part < len(parts):
        if at + 3 > parts[part][1]:
            part += 1
            at = parts[part][0] if part < len(parts) else 0
            continue
        length, flags = struct.unpack_from("<HB", stream, at)
        at += 3
        runs = struct.unpack_from("<H", stream, at)[0] if flags & 8 else 0
        at += 2 if flags & 8 else 0
        extra = struct.unpack_from("<I", stream, at)[0] if flags & 4 else 0
        at += 4 if flags & 4 else 0
        yield length
        left, wide = length, flags & 1
        while left and part < len(parts):
            here = min(left, max(0, parts[part][1] - at) >> wide)
            left, at = left - here, at + (here << wide)
            if left:
                part += 1
                if part < len(parts):
                    wide, at = stream[parts[part][0]] & 1, parts[part][0] + 1
        if part < len(parts):
            passed(4 * runs + extra)
