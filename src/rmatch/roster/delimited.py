"""From delimited text to a sheet: which delimiter, which row holds the headers, which rows fit them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from rmatch.columns import IntArray
from rmatch.people import fold_header
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.records import Record, Records
from rmatch.roster.sheet import MAX_COLUMNS, Sheet, SheetKind, Unreadable, sheet_of
from rmatch.roster.source import Text
from rmatch.roster.texts import Gatherer, Texts

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

LOOK_AHEAD = 10
"""The headers are looked for in this many rows."""

TRIMMED = 3, 0.1
"""Where no row ends with an empty cell, and so many rows and this share of them are short, empty cells at the
end were left out on writing; otherwise a short row lacks a delimiter, nobody knows where."""

_HEAD_LINES, _HEAD_CHARACTERS = 200, 2**20


@dataclass(frozen=True)
class Known:
    """The folded headers by which a header row is known: those of the id, and those of any column."""

    ids: frozenset[str]
    every: frozenset[str]

    def counts(self, cells: list[str]) -> tuple[int, int]:
        """How many cells are headers of the id, and of any column."""
        folded = [fold_header(cell) for cell in cells[:MAX_COLUMNS]]
        return sum(f in self.ids for f in folded), sum(f in self.every for f in folded)


def read_delimited(text: Text, kind: SheetKind, known: Known, log: IssueLog, delimiter: str | None = None) -> Sheet:
    """Return the sheet of a delimited text.

    Without ``delimiter`` it is the comma, semicolon, tab or bar under which the headers are best known.
    Raises RosterError for an empty text, an unclosed quote, and a cell, line or table beyond its limit.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0 '):
        raise refusal(text.name, f"{delimiter!r} is no delimiter", "Give one character, such as ';'.")
    head = _head(text.lines)
    found = delimiter or max(DELIMITERS, key=lambda mark: _likelihood(head, mark, known))
    name = DELIMITERS.get(found, repr(found))
    if found != "," and delimiter is None:
        log.note("info", text.name, f"the cells are separated by {name}s", "Nothing to do; delimiter= overrules it.")

    records = Records(text, chain(head, text.lines), found)
    headers, body = _headers(records, known, text.name, log)
    if len(headers) > MAX_COLUMNS:
        raise refusal(text.name, f"there are {len(headers):,} columns, more than {MAX_COLUMNS:,}", "Drop some.")

    table = _Table(len(headers))
    for record in body:
        table.add(record.row, [record.cells])
    for first, rows in records.chunks():
        table.add(first, rows)
    columns, numbers, ragged = table.finished(text, log)
    unreadable = sorted([*records.broken, *ragged], key=lambda bad: bad.row)
    found = f"{name}-separated, {text.encoding}"
    return sheet_of(kind, text.name, headers, columns, numbers, unreadable, found)


def _head(lines: Iterator[str]) -> list[str]:
    head: list[str] = []
    size = 0
    for line in lines:
        head.append(line)
        size += len(line)
        if len(head) == _HEAD_LINES or size > _HEAD_CHARACTERS:
            break
    return head


def _likelihood(head: list[str], delimiter: str, known: Known) -> tuple[bool, int, int]:
    """Whether an id's header is seen under this delimiter, how many headers are known, how many cells there are."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # what came before still tells
        lines = (line[:_HEAD_CHARACTERS] for line in head)
        rows.extend(islice(filter(None, csv.reader(lines, delimiter=delimiter)), LOOK_AHEAD))
    counts = [known.counts(row) for row in rows]
    return (
        any(ids for ids, _ in counts),
        max((every for _, every in counts), default=0),
        max(map(len, rows[:1]), default=0),
    )


def _headers(records: Records, known: Known, file: str, log: IssueLog) -> tuple[list[str], list[Record]]:
    """The headers, and the rows after them. Lines above them, and a second row of headers, are no people."""
    ahead = records.ahead(LOOK_AHEAD)
    counts = [known.counts(record.cells) for record in ahead]
    likely = (ids > 0 if known.ids else every > 1 for ids, every in counts)
    top = next((k for k, is_header in enumerate(likely) if is_header), 0)
    headers, body = ahead[top].cells, ahead[top + 1 :]
    records.start_after(ahead[top].row)
    if top:
        reason = f"the headers are read from row {ahead[top].row}; what stands above them is not read"
        log.note("info", file, reason, "Nothing to do, if those are the headers.", row=ahead[top].row)
    if body:
        ids, every = known.counts(body[0].cells)
        text = sum(bool(cell.strip()) for cell in body[0].cells)
        if (ids or not known.ids) and every > 1 and 2 * every >= text:
            log.note("info", file, "a second row of headers is not read as a person", "Nothing to do.", row=body[0].row)
            headers = body[0].cells if every > counts[top][1] else headers
            body = body[1:]
    return _fitted(headers, body), body


def _fitted(headers: list[str], body: list[Record]) -> list[str]:
    """The headers, made as wide as the first row of cells where only blanks at the end make the difference."""
    if body:
        width, cells = len(headers), body[0].cells
        if len(cells) > width and not "".join(cells[width:]).strip():
            return headers + [""] * (len(cells) - width)
        if len(cells) < width and not "".join(headers[len(cells) :]).strip():
            return headers[: len(cells)]
    return headers


class _Table:
    """Takes rows as lists of cells and keeps columns; rows of another width are set aside."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._columns = [Gatherer() for _ in range(width)]
        self._numbers: list[IntArray] = []
        self._ragged: list[Record] = []

    def add(self, first: int, rows: list[list[str]]) -> None:
        """Take rows that stand one under the other from row ``first`` on."""
        numbers, widths = np.arange(first, first + len(rows)), {*map(len, rows)}
        if not any(widths):
            return
        if widths != {self._width}:
            numbered = [Record(first + k, cells) for k, cells in enumerate(rows)]
            self._ragged += [r for r in numbered if len(r.cells) != self._width and not r.blank]
            fitting = [r for r in numbered if len(r.cells) == self._width]
            numbers, rows = np.array([r.row for r in fitting], dtype=np.int64), [r.cells for r in fitting]
        self._numbers.append(numbers)
        for column, cells in zip(self._columns, zip(*rows, strict=True), strict=False):
            column.add(cells)

    def finished(self, text: Text, log: IssueLog) -> tuple[list[Texts], IntArray, list[Unreadable]]:
        """The columns, the row numbers, and the rows that do not fit."""
        columns = [column.texts() for column in self._columns]
        numbers = np.concatenate([np.zeros(0, np.int64), *self._numbers])
        last = max([int(numbers.max(initial=0)), *(record.row for record in self._ragged)])
        torn = [r for r in self._ragged if text.cut and r.row == last and len(r.cells) < self._width]
        short = [r for r in self._ragged if len(r.cells) < self._width and r not in torn]
        full = not any(not r.cells[-1].strip() for r in short) and not columns[-1].empty.any()
        least, share = TRIMMED
        if full and len(numbers) and len(short) >= max(least, share * (len(numbers) + len(short))):
            reason = f"{len(short):,} rows are read with empty cells at their end, which were left out"
            remedy = "Nothing to do, if those rows end before their last answers."
            log.note("warning", text.name, reason, remedy, row=short[0].row)
            columns, numbers = self._widened(columns, numbers, short)
            short = []
        long = [r for r in self._ragged if len(r.cells) > self._width]
        return columns, numbers, [self._unfit(r, r in torn) for r in (*long, *short, *torn)]

    def _widened(self, columns: list[Texts], numbers: IntArray, short: list[Record]) -> tuple[list[Texts], IntArray]:
        rows = [r.cells + [""] * (self._width - len(r.cells)) for r in short]
        numbers = np.concatenate([numbers, [r.row for r in short]])
        order = np.argsort(numbers)
        added = [Texts.of(cells) for cells in zip(*rows, strict=True)]
        return [Texts.stack(pair).take(order) for pair in zip(columns, added, strict=True)], numbers[order]

    def _unfit(self, record: Record, torn: bool) -> Unreadable:
        n, width = len(record.cells), self._width
        if torn:
            reason = f"the file breaks off in this row: {n} cells where the headers have {width}"
            remedy = "Export the file again, in full."
        elif n < width:
            reason = f"the row has {n} cells where the headers have {width}"
            remedy = "Add the missing delimiters, so that each cell stands under its header."
        else:
            reason = f"the row has {n} cells where the headers have {width}"
            remedy = "Put quotes round a cell that holds the delimiter."
        return Unreadable(record.row, reason, remedy)
