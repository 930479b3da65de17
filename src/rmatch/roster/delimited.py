"""From delimited text to a sheet: which delimiter, and which rows fit the headers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice

import numpy as np

from rmatch.columns import IntArray
from rmatch.roster.headers import LOOK_AHEAD, Known, find_headers
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.records import Record, Records
from rmatch.roster.sheet import Sheet, SheetKind, Unreadable, sheet_of
from rmatch.roster.source import Text
from rmatch.roster.texts import Gatherer, Texts

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

TRIMMED = 3, 0.1
"""Where no row ends with an empty cell, and so many rows and this share of them are short, empty cells at the
end were left out on writing; otherwise a short row lacks a delimiter, nobody knows where. Where columns are withheld
that is not guessed: a sensitive cell, blank or not, would decide about other people's rows."""

_HEAD_LINES, _HEAD_CHARACTERS = 200, 2**20


def read_delimited(text: Text, kind: SheetKind, known: Known, log: IssueLog, delimiter: str | None = None) -> Sheet:
    """Return the sheet of a delimited text.

    Without ``delimiter`` it is the comma, semicolon, tab or bar under which the headers are best known.
    Raises RosterError for an empty text, an unclosed quote, and a cell, line or table beyond its limit.
    """
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n\0 '):
        raise refusal(text.name, f"{delimiter!r} is no delimiter", "Give one character, such as ';'.")
    head = _head(text.lines)
    found = delimiter or max(DELIMITERS, key=lambda mark: _likelihood(head, mark, known))
    name = DELIMITERS.get(found, repr(found))
    if found != "," and delimiter is None:
        log.note("info", text.name, f"the cells are separated by {name}s", "Nothing to do; delimiter= overrules it.")

    records = Records(text, chain(head, text.lines), found)
    headers, body, top = find_headers(records.ahead(LOOK_AHEAD), known, text.name, log)
    records.start_after(top)

    table = _Table(len(headers))
    for record in body:
        table.add(record.row, [record.cells])
    for first, rows in records.chunks():
        table.add(first, rows)
    columns, numbers, ragged = table.finished(text, log)
    unreadable = sorted([*records.broken, *ragged], key=lambda bad: bad.row)
    found = f"{name}-separated, {text.encoding}"
    return sheet_of(kind, text.name, headers, columns, numbers, log, unreadable, found)


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
        full = not log.secret and not any(not r.cells[-1].strip() for r in short) and not columns[-1].empty.any()
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
