"""From a workbook to a sheet: each cell becomes the text that Excel would write into a CSV file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from rmatch.errors import RosterError, suggestion
from rmatch.roster.biff import OLD, OldWorkbook
from rmatch.roster.file_format import FileFormat
from rmatch.roster.headers import LOOK_AHEAD, Known, Wanted, find_headers
from rmatch.roster.issues import IssueLog, Places, listing, refusal
from rmatch.roster.package import Package, Worksheet, bytes_of, excerpt_of, open_package, readable, worksheets
from rmatch.roster.sheet import FAR, MAX_CELL, Record, Sheet, sheet_of
from rmatch.roster.source import Peeked
from rmatch.roster.survey import Survey, count_texts, report_mistyped, survey
from rmatch.roster.texts import MARK, Texts

MAX_FILLED = 2**22
"""Most cells that are filled from merged ones."""

_HEADERS_NEEDED = "Give a sheet with a header row and a row per person."


class Workbook(FileFormat):
    """A workbook of Excel 97 or later; other ones are recognised to be refused by name."""

    endings = (".xlsx", ".xlsm")
    workbook = tabs = True

    def recognises(self, head: bytes) -> bool:
        """Whether it is a zip archive or an old container of Microsoft's."""
        return head.startswith((b"PK\x03\x04", OLD))

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet of the name that is wanted, as :meth:`FileFormat.read` does.

        Without a name it is the first visible one with known headers, else the first that holds something. Numbers are
        written as short as they are exact, with the zeros that their format puts in front; dates in ISO form; TRUE and
        FALSE as such; a formula is its last result. Errors such as ``#N/A`` are reported and missing.
        """
        if wanted.tab is not None and not isinstance(wanted.tab, str):
            reason = f"a sheet is given by its name, not by {wanted.tab!r}"
            raise refusal(wanted.name, reason, "Give the text on its tab.")
        return _read_book(_open_book(bytes_of(file, wanted.name), wanted.name), wanted)


def _read_book(book: Book, wanted: Wanted) -> Sheet:
    name, log = wanted.name, wanted.log
    sheet, seen, cells = _chosen(book, wanted)
    ahead = _ahead(cells, name, sheet.name)
    headers, body, top = find_headers(ahead, wanted)
    headers, first = _under(headers, top, body[0].row if body else ahead[-1].row + 1, seen, cells)
    if seen.hidden_rows:
        reason = f"{seen.hidden_rows:,} rows are hidden, perhaps by a filter; they are read like the others"
        log.note("info", name, reason, "Delete them, if those people should not be read.")
    _fill_merged(cells, seen, first, name, log)
    columns, below = [], [*zip(*cells[first - 1 :], strict=True)] or [()] * len(headers)
    rows = np.arange(first, first + seen.rows + len(cells))
    places = Places((name,), np.zeros(len(rows), np.int64), rows)
    for k, (header, held) in enumerate(zip(headers, below, strict=True)):
        words = [*map(_text, held)]
        for (column, digits), padded in seen.padded.items():
            for row in padded if column == k else ():
                if row >= first - 1 and row - first + 1 < len(words) and words[row - first + 1].isdecimal():
                    words[row - first + 1] = words[row - first + 1].zfill(digits)
        report_mistyped(seen, k, held, words, first, log.on(places, header.strip()))
        columns.append(_checked(Texts.of(words).distinct, first, name))
    numbers = np.arange(first, first + max(0, len(cells) - first + 1))
    others = [each.name for each in book.sheets() if each != sheet]
    beside = f"This is the sheet {sheet.name!r}; the others are {listing(others, 20)}: name one with sheet=."
    found = f"Excel workbook, sheet {sheet.name!r}"
    return sheet_of(wanted.kind, name, headers, columns, numbers, log, found=found, beside=beside if others else "")


@dataclass(frozen=True, eq=False)
class _NewWorkbook:
    """A workbook of Excel 2007 or later; it says of itself what an older one does."""

    package: Package

    @property
    def name(self) -> str:
        return self.package.name

    def sheets(self) -> list[Worksheet]:
        return worksheets(self.package)

    def survey(self, sheet: Worksheet) -> Survey:
        return survey(self.package, sheet)

    def excerpt(self, sheet: Worksheet, seen: Survey) -> io.BytesIO:
        count_texts(self.package, sheet, seen)
        return excerpt_of(self.package, sheet)


Book: TypeAlias = _NewWorkbook | OldWorkbook
"""A workbook that is looked over before it is read."""


def _open_book(data: bytes, name: str) -> Book:
    """Open a workbook of either kind. Raises RosterError where it is none, or is too large."""
    return OldWorkbook(name, data) if data.startswith(OLD) else _NewWorkbook(open_package(data, name))


def _chosen(book: Book, wanted: Wanted) -> tuple[Worksheet, Survey, list[list[Any]]]:
    """The sheet to read, looked over, and its cells: the one named, else the first visible with known headers."""
    sheets, file, tab = book.sheets(), book.name, wanted.tab
    names = [sheet.name for sheet in sheets]
    same = [sheet for sheet in sheets if sheet.name == tab] or [
        sheet for sheet in sheets if tab is not None and sheet.name.casefold() == tab.casefold()
    ]
    if tab is not None and not same and not wanted.or_first:
        remedy = f"The sheets are {listing(names, 20)}.{suggestion(tab, names)}"
        raise refusal(file, f"there is no sheet {tab[:80]!r}", remedy)
    if same:
        seen = book.survey(same[0])
        if not seen.filled:
            raise refusal(file, f"the sheet {same[0].name!r} is empty", _HEADERS_NEEDED)
        return same[0], seen, _cells(book, same[0], seen)
    found: tuple[Worksheet, Survey, list[list[Any]]] | None = None
    for sheet in sheets:
        seen = Survey() if sheet.hidden else book.survey(sheet)
        if seen.filled:
            cells = _cells(book, sheet, seen)
            likely = _has_headers(cells, wanted.known)
            found = (sheet, seen, cells) if likely else found or (sheet, seen, cells)
            if likely:
                break
    if found is not None:
        others = [name for name in names if name != found[0].name]
        if others:
            reason = f"the sheet {found[0].name!r} is read, and not {listing(others, 20)}"
            wanted.log.note("info", file, reason, "Nothing to do; sheet= reads another.")
        return found
    hidden = [sheet.name for sheet in sheets if sheet.hidden]
    if hidden:
        raise refusal(file, f"only hidden sheets may hold something: {listing(hidden, 20)}", "Name one with sheet=.")
    raise refusal(file, "the workbook is empty", _HEADERS_NEEDED)


def _has_headers(cells: list[list[Any]], known: Known) -> bool:
    """Whether one of the first rows is a row of headers; sheets in front of that of the people have none."""
    return any(known.has(record.cells) for record in islice(_records(cells), LOOK_AHEAD))


def _under(headers: list[str], top: int, first: int, seen: Survey, cells: list[list[Any]]) -> tuple[list[str], int]:
    """The headers and the first row of people, where headers are merged over several rows, with groups above them."""
    last = max((bottom for row, _, bottom, _ in seen.merged if row == top - 1), default=top - 1)
    if last == top - 1 or last - top > LOOK_AHEAD:
        return headers, first
    above = list(headers)
    for row, left, _, right in seen.merged:
        if row == top - 1 and left < len(above):
            above[left + 1 : right + 1] = [above[left]] * (min(right, len(above) - 1) - left)
    for held in cells[top : last + 1]:
        below = [_text(value).strip() for value in held]
        above = [f"{a.strip()} {b}".strip() if b else a for a, b in zip(above, below, strict=False)]
    return above, max(first, last + 2)


def _fill_merged(cells: list[list[Any]], seen: Survey, first: int, file: str, log: IssueLog) -> None:
    """Give each row of a cell that is merged over several rows what that cell says."""
    filled, at = 0, 0
    for top, left, bottom, _ in seen.merged:
        if top < first - 1 or top >= len(cells) or left >= len(cells[top]) or cells[top][left] == "":
            continue
        for row in range(top + 1, min(bottom + 1, len(cells))):
            cells[row][left] = cells[top][left]
            filled += 1
        at = at or top + 1
        if filled > MAX_FILLED:
            raise refusal(file, f"merged cells reach over more than {MAX_FILLED:,} rows", "Take them apart in Excel.")
    if filled:
        reason = f"{filled:,} cells are filled with what the merged cell above them says"
        log.note("info", file, reason, "Nothing to do, if it holds for each of those rows.", row=at)


def _cells(book: Book, sheet: Worksheet, seen: Survey) -> list[list[Any]]:
    """The cells from A1 on, row by row, as Python's own values; all rows are as wide as the widest."""
    data = book.excerpt(sheet, seen)
    try:
        import python_calamine
    except ImportError:
        raise RosterError(
            f'{book.name}: reading a workbook needs the extra "excel": pip install ".[excel]". '
            "Or save the sheet as CSV."
        ) from None
    with readable(book.name):
        workbook = python_calamine.load_workbook(data)
        held = workbook.get_sheet_by_index(sheet.place)
        rows: list[list[Any]] = held.to_python(skip_empty_area=True)
        above, left = held.start or (0, 0)
    width = left + max(map(len, rows), default=0)
    return [[""] * width for _ in range(above)] + ([[""] * left + row for row in rows] if left else rows)


def _records(cells: list[list[Any]]) -> Iterator[Record]:
    """Those of the first rows that are not blank."""
    records = (Record(k, [*map(_text, row)]) for k, row in enumerate(cells[:FAR], start=1))
    return (record for record in records if not record.blank)


def _ahead(cells: list[list[Any]], file: str, sheet: str) -> list[Record]:
    """The first rows that are not blank. Raises RosterError where there is none."""
    found = [*islice(_records(cells), LOOK_AHEAD)]
    if not found:
        empty = f"the first {FAR:,} rows of the sheet {sheet!r} are empty"
        raise refusal(file, empty if len(cells) > FAR else f"the sheet {sheet!r} is empty", _HEADERS_NEEDED)
    return found


def _checked(texts: Texts, first: int, file: str) -> Texts:
    """The column. Raises RosterError for a cell beyond the limit, and for a NUL character."""
    for k, word in enumerate(texts.words):
        if len(word) > MAX_CELL or MARK in word:
            what = "a NUL character" if MARK in word else f"more than {MAX_CELL:,} characters"
            row = first + int(texts.rows(np.arange(len(texts.words)) == k)[0])
            raise refusal(file, f"a cell has {what}", "Shorten or clear it.", row=row)
    return texts


def _text(value: Any) -> str:
    return _TEXT[type(value)](value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: lambda value: value.isoformat(" "),
    time: time.isoformat,
    timedelta: _duration,
}
