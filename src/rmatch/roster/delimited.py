"""From delimited text to a sheet: which delimiter, the cells of each record, and which rows fit the headers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from rmatch.errors import RosterError
from rmatch.roster.file_format import FileFormat
from rmatch.roster.headers import LOOK_AHEAD, Known, Wanted, find_headers
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.quotes import Swallowed, astray, in_apostrophes, reread, resembles, swallowed
from rmatch.roster.rectangle import Rectangle
from rmatch.roster.sheet import FAR, MAX_CELL, Record, Sheet, Unreadable, sheet_of
from rmatch.roster.source import SAVE_AS, Peeked, Text, open_text
from rmatch.roster.texts import Texts

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_HEAD_LINES, _HEAD_CHARACTERS = 200, 2**20
_JSON = re.compile(rb'\s*(?:\{\s*"|\[\s*\{)')
_CHUNK = 512  # so few rows stay in the processor's cache while they become columns; a large chunk takes twice as long
_QUOTES = "Write a quote inside a quoted cell twice, or save the file again from the program it came from."
_ASTRAY = "quotes stand within several cells of the row, so a delimiter may be text, or one may be missing"


class Delimited(FileFormat):
    """Cells between commas, semicolons, tabs or bars; what is recognised as nothing else is read as such."""

    endings = (".csv", ".tsv", ".txt")
    text = True

    def recognises(self, head: bytes) -> bool:
        """Never by its beginning: any text may be delimited."""
        return False

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet, as :meth:`FileFormat.read` does."""
        if _JSON.match(file.head):
            raise refusal(wanted.name, "this is JSON, not a table", SAVE_AS)
        with open_text(file, wanted.name, wanted.encoding) as text:
            return read_delimited(text, wanted)


def read_delimited(text: Text, wanted: Wanted) -> Sheet:
    """Return the sheet of a delimited text.

    Args:
        text: The lines.
        wanted: What is asked of it; without a delimiter, the comma, semicolon, tab or bar under which the headers are
            best known.

    Raises:
        RosterError: The text is empty, a quote is not closed, or a cell, line or table is beyond its limit.
    """
    log, delimiter = wanted.log, wanted.delimiter
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n\0 '):
        raise refusal(text.name, f"{delimiter!r} is no delimiter", "Give one character, such as ';'.")
    head = _head(text.lines)
    found = delimiter or max(DELIMITERS, key=lambda mark: _likelihood(head, mark, wanted.known))
    name = DELIMITERS.get(found, repr(found))
    if found != "," and delimiter is None:
        log.note("info", text.name, f"the cells are separated by {name}s", "Nothing to do; delimiter= overrules it.")

    if in_apostrophes(head, LOOK_AHEAD, found):
        reason = "cells stand in apostrophes instead of quotes, so one within a cell cannot be told from its end"
        raise refusal(text.name, reason, 'Save it again with quotes ("), as spreadsheets do.')
    records = Records(text, chain(head, text.lines), found)
    headers, body, top = find_headers(records.ahead(LOOK_AHEAD), wanted)
    records.start_after(top)

    table = Rectangle(headers)
    for record in body:
        table.add(record.row, [record.cells])
    for first, rows in records.chunks():
        table.add(first, rows)
    table.refuse_second(text.name)
    columns, numbers, ragged = table.finished(text, log)
    _refuse_swallowed(records.suspects, columns, text.name, log)
    unreadable = sorted([*records.broken, *ragged], key=lambda bad: bad.row)
    found = f"{name}-separated, {text.encoding}"
    return sheet_of(wanted.kind, text.name, headers, columns, numbers, log, unreadable, found)


def _head(lines: Iterator[str]) -> list[str]:
    head: list[str] = []
    size = 0
    for line in lines:
        head.append(line)
        size += len(line)
        if len(head) == _HEAD_LINES or size > _HEAD_CHARACTERS:
            break
    return head


def _likelihood(head: list[str], delimiter: str, known: Known) -> tuple[bool, bool, int, int]:
    """Whether an id's header is seen under this delimiter, whether several are known in rows of one width, how many are
    known in a row, how many cells there are."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # what came before still tells
        lines = (line[:_HEAD_CHARACTERS] for line in head)
        rows.extend(islice(filter(None, csv.reader(lines, delimiter=delimiter)), LOOK_AHEAD))
    counts = [known.counts(row) for row in rows]
    most = max((every for _, every in counts), default=0)
    return (
        any(ids for ids, _ in counts),
        most > 1 and len({*map(len, rows)}) == 1,
        most,
        max(map(len, rows[:1]), default=0),
    )


def _refuse_swallowed(suspects: list[Swallowed], columns: list[Texts], file: str, log: IssueLog) -> None:
    """Raise RosterError where a cell holds rows that look like the others; warn where they only have their form."""
    suspects = [each for each in suspects if each.width == len(columns)]
    words = [column.distinct.words.tolist() for column in columns] if suspects else []
    words = [[word for word in column if "\n" not in word and "\r" not in word] for column in words]
    for each in suspects:
        last = each.row + each.lines - 1
        if resembles(each, words):
            reason = f"a quote swallows rows {each.row:,} to {last:,}, which are read as one"
            remedy = "Close the quote in the first of them, or remove it, and the one in the last."
            raise refusal(file, reason, remedy, row=each.row)
        reason = f"a quoted cell spans {each.lines} lines that have the form of rows of their own, and is read as text"
        log.note("warning", file, reason, "Nothing to do, if it is one answer; else correct its quotes.", row=each.row)


class Records:
    """Reads records one after the other and numbers them as a spreadsheet does.

    A record is one row however many lines its quoted cells span; blank rows count. Blanks round a quoted cell are none
    of it.
    """

    def __init__(self, text: Text, lines: Iterable[str], delimiter: str) -> None:
        self._text, self._delimiter = text, delimiter
        self._reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
        self._row = 0
        self._unread = 0  # lines that the reader never saw
        self._guarded = csv.field_size_limit() <= MAX_CELL  # a limit of the process, which others may have raised
        self.broken: list[Unreadable] = []
        self.suspects: list[Swallowed] = []
        """Rows of which one cell may hold others."""

    def ahead(self, most: int) -> list[Record]:
        """Return the first rows that are not blank.

        Raises:
            RosterError: There is none.
        """
        found: list[Record] = []
        while len(found) < most and self._row < FAR and (rows := self._next(1)) is not None:
            found += [record for record in (Record(self._row, cells) for cells in rows) if not record.blank]
        if not found:
            reason = "no row can be read" if self.broken else "the file is empty"
            reason = reason if self._row < FAR else f"the first {FAR:,} rows are empty"
            raise refusal(self._text.name, reason, "Give a file with a header row and a row per person.")
        return found

    def start_after(self, row: int) -> None:
        """Take this row for the headers: what could not be read above it is nobody.

        Raises:
            RosterError: The very first row could not be read; it may have been the headers.
        """
        if self.broken and self.broken[0].row == 1:
            reason = "the first row, perhaps that of the headers, cannot be read: text follows a closing quote"
            raise refusal(self._text.name, reason, _QUOTES, row=1)
        self.broken = [bad for bad in self.broken if bad.row > row]

    def chunks(self) -> Iterator[tuple[int, list[list[str]]]]:
        """The other rows, some at a time, each time with the number of the first."""
        while True:
            first = self._row + 1
            rows = self._at_once()
            if rows is None:
                rows = self._next(min(_CHUNK, max(self._text.taken - self._line, 1)))
            if rows is None:
                return
            yield first, rows

    @property
    def _line(self) -> int:
        """How many lines were read."""
        return self._reader.line_num + self._unread

    def _at_once(self) -> list[list[str]] | None:
        """The rows of the next part of the text if the reader is done with those before, and each line is a row."""
        if self._line < self._text.taken:
            return None
        rows = by_line(self._text.ahead(), self._delimiter)
        if rows is not None:
            self._text.take()
            self._unread += len(rows)
            self._row += len(rows)
        return rows

    def _next(self, most: int) -> list[list[str]] | None:
        """At most so many rows, None after the last; a row that cannot be read ends them early."""
        rows: list[list[str]] = []
        line = self._line
        try:
            rows.extend(islice(self._reader, most))  # keeps what came before an error
        except csv.Error as error:
            self._row += len(rows)
            self._look(rows, line)
            first = line + sum(map(_lines, rows)) + 1
            mended = self._mended(error, first)
            self._row += 1
            if mended is None:
                self._fail(error, self._line - first + 1)
            else:
                rows.append(mended)
            return rows
        if not self._guarded:
            self._check(rows)
        self._row += len(rows)
        self._look(rows, line)
        return rows or None

    def _look(self, rows: list[list[str]], line: int) -> None:
        """Look for quotes that went astray in the last of the rows, which begin after ``line``."""
        said = "".join(map("".join, rows))
        if "\n" in said or "\r" in said:
            first = self._row - len(rows) + 1
            found = (swallowed(first + k, cells, self._delimiter) for k, cells in enumerate(rows))
            self.suspects += [each for each in found if each is not None]
        if '"' in said:
            for k, cells in enumerate(rows):
                first, line = line + 1, line + _lines(cells)
                if '"' in "".join(cells) and astray(self._text.written(first, line), cells, self._delimiter):
                    self.broken.append(Unreadable(self._row - len(rows) + 1 + k, _ASTRAY, _QUOTES))
                    rows[k] = []

    def _mended(self, error: csv.Error, line: int) -> list[str] | None:
        """The cells of a row that could not be read, if only blanks behind its quotes were in the way."""
        if self._line != line or "expected after" not in str(error):
            return None
        return reread(self._text.written(line, line), self._delimiter)

    def _check(self, rows: list[list[str]]) -> None:
        for k, cells in enumerate(rows, start=1):
            if max(map(len, cells), default=0) > MAX_CELL:
                raise self._too_long(self._row + k)

    def _too_long(self, row: int, lines: int = 1) -> RosterError:
        reason = f"a cell has more than {min(csv.field_size_limit(), MAX_CELL):,} characters{_down_to(row, lines)}"
        return refusal(self._text.name, reason, "Shorten it, or close a quote that is open.", row=row)

    def _fail(self, error: csv.Error, lines: int) -> None:
        name, row = self._text.name, self._row
        if "field limit" in str(error):
            raise self._too_long(row, lines)
        if "unexpected end" in str(error):
            reason = f"a quote that opens in this row is never closed{_down_to(row, lines)}"
            raise refusal(name, reason, "Close it, or remove it.", row=row)
        if lines > 1:
            reason = (
                f"a quoted cell spans {lines} lines and ends before other text{_down_to(row, lines)}: "
                "a quote is missing or too many"
            )
            raise refusal(name, reason, _QUOTES, row=row)
        self.broken.append(Unreadable(row, "text follows a closing quote, so the cells cannot be told apart", _QUOTES))


def by_line(part: str, delimiter: str) -> list[list[str]] | None:
    """Return the rows of some lines as ``csv`` reads them, blanks before cells kept, where each line is one for sure.

    Args:
        part: Whole lines.
        delimiter: The delimiter.

    Returns:
        The cells of each line; None where a cell may hold a line end or a quote, or be too long.
    """
    plain = part.replace("\r\n", "\n") if "\r" in part else part
    if not plain or "\r" in plain or len(plain) > min(csv.field_size_limit(), MAX_CELL):
        return None
    lines = plain.removesuffix("\n").split("\n")
    rows = [line.split(delimiter) if line else [] for line in lines]
    if '"' not in plain:
        return rows
    quoted = [k for k, line in enumerate(lines) if '"' in line]
    try:
        read = [*csv.reader([lines[k] for k in quoted], delimiter=delimiter, skipinitialspace=True, strict=True)]
    except csv.Error:
        return None
    if len(read) < len(quoted) or '"' in "".join(map("".join, read)):
        return None
    for k, cells in zip(quoted, read, strict=True):
        rows[k] = cells
    return rows


def _down_to(row: int, lines: int) -> str:
    return f", so rows {row:,} to {row + lines - 1:,} are one" if lines > 1 else ""


def _lines(cells: list[str]) -> int:
    return 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in cells)
