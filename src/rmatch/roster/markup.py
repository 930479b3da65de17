"""From a page to a sheet: tables in HTML, read cell by cell, merged cells filled down."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rmatch.roster.headers import LOOK_AHEAD, Known, find_headers
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.records import Record
from rmatch.roster.rectangle import Rectangle
from rmatch.roster.sheet import MAX_CELL, MAX_COLUMNS, Sheet, SheetKind, sheet_of
from rmatch.roster.source import Text

MAX_PAGE = 2**28
"""Largest page, in characters."""

MAX_SPANNED = 2**22
"""Most cells that may come of merged ones, beyond those that the page writes."""

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,30})([^<>]{0,4000})>|<!--|<[!?][^<>]{0,4000}>")
_SPAN = re.compile(r"""\b(row|col)span\s*=\s*["']?\s*(\d{1,5})""", re.IGNORECASE)
_BREAKS = frozenset({"br", "p", "div", "li"})
_UNSEEN = frozenset({"style", "script", "title", "xml"})
_BLANKS = re.compile(r"[^\S\n]+")


@dataclass
class _Cell:
    words: list[str]
    down: int
    right: int

    @property
    def text(self) -> str:
        lines = _BLANKS.sub(" ", html.unescape("".join(self.words)).replace("\xa0", " ")).split("\n")
        return "\n".join(filter(None, map(str.strip, lines)))


@dataclass
class _Table:
    rows: list[list[_Cell]] = field(default_factory=list)


def read_tables(text: Text, kind: SheetKind, known: Known, log: IssueLog) -> Sheet:
    """Return the sheet of that table of a page whose headers are known, else of the largest.

    Args:
        text: The page.
        kind: What its people are.
        known: The headers by which the row of headers is known.
        log: Takes what is noted.

    Raises:
        RosterError: There is no table, or the page or a cell is beyond its limit.
    """
    page, size = [], 0
    for line in text.lines:
        page.append(line)
        size += len(line)
        if size > MAX_PAGE:
            raise refusal(text.name, f"the page has more than {MAX_PAGE:,} characters", "Save it as .xlsx or CSV.")
    tables = [table for table in _tables("".join(page)) if table.rows]
    if not tables:
        raise refusal(text.name, "this is a web page without a table", "Give the table of people as CSV or .xlsx.")
    likely = [table for table in tables if _has_headers(table, known)]
    chosen = (likely or sorted(tables, key=lambda table: -len(table.rows)))[0]
    if len(tables) > 1:
        place = tables.index(chosen) + 1
        reason = f"the page has {len(tables)} tables, of which number {place} is read"
        log.note("info", text.name, reason, "Nothing to do, or give a file with that table alone.")
    records, filled = _spread(chosen, text.name)
    some = [record for record in records if not record.blank]
    if not some:
        raise refusal(text.name, "the table is empty", "Give a table with a header row and a row per person.")
    headers, body, _ = find_headers(some[:LOOK_AHEAD], known, text.name, log)
    first = body[0].row if body else some[-1].row + 1
    if any(row >= first for row in filled):
        below = sum(row >= first for row in filled)
        log.note("info", text.name, f"{below:,} cells are filled from merged ones", "Nothing to do.", row=min(filled))
    table = Rectangle(headers)
    for record in body + some[LOOK_AHEAD:]:
        table.add(record.row, [record.cells])
    table.refuse_second(text.name)
    columns, numbers, ragged = table.finished(text, log)
    return sheet_of(kind, text.name, headers, columns, numbers, log, ragged, f"table of a web page, {text.encoding}")


def _has_headers(table: _Table, known: Known) -> bool:
    counts = [known.counts([cell.text for cell in row]) for row in table.rows[:LOOK_AHEAD]]
    return any(ids > 0 if known.ids else every > 1 for ids, every in counts)


def _tables(page: str) -> Iterator[_Table]:
    """The tables of a page; one within a cell is text of that cell."""
    depth, at, table, cell = 0, 0, _Table(), None
    while (tag := _TAG.search(page, at)) is not None:
        if cell is not None:
            cell.words.append(page[at : tag.start()].replace("\r", " ").replace("\n", " "))
        at = tag.end()
        if tag[0] == "<!--":
            at = page.find("-->", at) + 3
            if at < 3:
                break
            continue
        closes, name = tag[1] == "/", (tag[2] or "").lower()
        if name in _UNSEEN and not closes:
            end = re.compile(rf"</{re.escape(name)}\s*>", re.IGNORECASE).search(page, at)
            at = len(page) if end is None else end.end()
        elif name == "table":
            depth = max(depth - 1, 0) if closes else depth + 1
            if not closes and depth == 1:
                table, cell = _Table(), None
            if closes and depth == 0:
                cell = None
                yield table
        elif depth == 1 and name == "tr":
            cell = None
            if not closes:
                table.rows.append([])
        elif depth == 1 and name in ("td", "th"):
            cell = None
            if not closes:
                spans = {way.lower(): int(size) for way, size in _SPAN.findall(tag[3] or "")}
                cell = _Cell([], spans.get("row", 1), spans.get("col", 1))
                table.rows = table.rows or [[]]
                table.rows[-1].append(cell)
        elif cell is not None and name in _BREAKS:
            cell.words.append("\n")
    if depth:
        yield table


def _spread(table: _Table, file: str) -> tuple[list[Record], list[int]]:
    """The rows with merged cells taken apart, and the rows of the cells that were filled from above.

    A cell over several rows is repeated in each; of one over several columns the others are empty. Raises RosterError.
    """
    records, filled, below, spanned = list[Record](), list[int](), dict[int, tuple[int, str]](), 0
    for number, row in enumerate(table.rows, start=1):
        cells, waiting, k = list[str](), list(row), 0
        while waiting or k in below:
            if k in below:
                left, said = below.pop(k)
                if left > 1:
                    below[k] = (left - 1, said)
                cells.append(said)
                filled += [number] if said else []
                k, spanned = k + 1, spanned + 1
            else:
                cell = waiting.pop(0)
                said, right = cell.text, min(max(cell.right, 1), MAX_COLUMNS)
                if len(said) > MAX_CELL:
                    raise refusal(file, f"a cell has more than {MAX_CELL:,} characters", "Shorten it.", row=number)
                for j in range(right):
                    cells.append("" if j else said)
                    if cell.down > 1:
                        below[k + j] = (cell.down - 1, "" if j else said)
                k, spanned = k + right, spanned + right - 1
            if spanned > MAX_SPANNED or k > MAX_COLUMNS:
                raise refusal(file, "the table's merged cells reach too far", "Save it as .xlsx or CSV.", row=number)
        for j in sorted(j for j in below if j > k):
            left, said = below.pop(j)
            if left > 1:
                below[j] = (left - 1, said)
        records.append(Record(number, cells))
    return records, filled
