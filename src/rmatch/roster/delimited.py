"""From delimited text to a sheet: which delimiter, and which rows fit the headers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice

from rmatch.roster.file_format import FileFormat
from rmatch.roster.headers import LOOK_AHEAD, Known, Wanted, find_headers
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.quotes import Swallowed, in_apostrophes, resembles
from rmatch.roster.records import Records
from rmatch.roster.rectangle import Rectangle
from rmatch.roster.sheet import Sheet, sheet_of
from rmatch.roster.source import Peeked, Text, open_text
from rmatch.roster.texts import Texts

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_HEAD_LINES, _HEAD_CHARACTERS = 200, 2**20


class Delimited(FileFormat):
    """Cells between commas, semicolons, tabs or bars; what is recognised as nothing else is read as such."""

    endings = (".csv", ".tsv", ".txt")
    text = True

    def recognises(self, head: bytes) -> bool:
        """Never by its beginning: any text may be delimited."""
        return False

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet, as :meth:`FileFormat.read` does."""
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
