"""From a page to a sheet: tables in HTML, read cell by cell, merged cells filled down."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from rmatch.roster.file_format import FileFormat
from rmatch.roster.headers import LOOK_AHEAD, Wanted, find_headers
from rmatch.roster.issues import refusal
from rmatch.roster.rectangle import Rectangle
from rmatch.roster.sheet import MAX_CELL, MAX_COLUMNS, Record, Sheet, sheet_of
from rmatch.roster.source import Peeked, Text, open_text

MAX_PAGE = 2**28
"""Largest page, in characters."""

MAX_SPANNED = 2**22
"""Most cells that may come of merged ones, beyond those that the page writes."""

_BEFORE = rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]{0,200}\?>\s*|<!--.{0,2000}?-->\s*)*"
_PAGE = re.compile(_BEFORE + rb"<(?:!doctype html|html|head|meta|body|style|div|table)\b", re.IGNORECASE | re.DOTALL)
_OF_2003 = re.compile(_BEFORE + rb"(?:<\?mso-application[^>]{0,200}\?>\s*)?<(?:ss:)?Workbook\b", re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,30})([^<>]{0,4000})>|<!--|<[!?][^<>]{0,4000}>")
_SPAN = re.compile(r"""\b(row|col)span\s*=\s*["']?\s*(\d{1,5})""", re.IGNORECASE)
_BREAKS = frozenset({"br", "p", "div", "li"})
_UNSEEN = frozenset({"style", "script", "title", "xml"})
_BLANKS = re.compile(r"[^\S\n]+")


class HtmlTable(FileFormat):
    """A page with a table, as many systems write one and name it ``.xls``; of several, that with known headers."""

    endings = (".html", ".htm")
    text = workbook = True

    def recognises(self, head: bytes) -> bool:
        """Whether it begins as a page does."""
        plain = head.replace(b"\0", b"")
        return bool(_PAGE.match(plain) or _OF_2003.match(plain))

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet, as :meth:`FileFormat.read` does."""
        plain = file.head.replace(b"\0", b"")
        if _OF_2003.match(plain):
            remedy = "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."
            raise refusal(wanted.name, "this is an XML spreadsheet of Excel 2003", remedy)
        charset = _CHARSET.search(plain)
        encoding = wanted.encoding or (charset[1].decode() if charset else None)
        with open_text(file, wanted.name, encoding) as text:
            return _read_tables(text, wanted)


@dataclass
class _Cell:
    words: list[str]
    down: int
    right: int

    @property
    def text(self) -> str:
        lines = _BLANKS.sub(" ", html.unescape("".join(self.words)).replace("\xa0", " ")).split("\n")
        return "\n".join(filter(None, map(str.strip, lines)))


_Table: TypeAlias = list[list[_Cell]]


def _read_tables(text: Text, wanted: Wanted) -> Sheet:
    """The sheet of a page. Raises RosterError where it has no table, or the page or a cell is beyond its limit."""
    log = wanted.log
    page, size = [], 0
    for line in text.lines:
        page.append(line)
        size += len(line)
        if size > MAX_PAGE:
            raise refusal(text.name, f"the page has more than {MAX_PAGE:,} characters", "Save it as .xlsx or CSV.")
    tables = [table for table in _tables("".join(page)) if table]
    if not tables:
        raise refusal(text.name, "this is a web page without a table", "Give the table of people as CSV or .xlsx.")
    heads = [[[cell.text for cell in row] for row in table[:LOOK_AHEAD]] for table in tables]
    likely = [table for table, head in zip(tables, heads, strict=True) if any(map(wanted.known.has, head))]
    chosen = (likely or sorted(tables, key=lambda table: -len(table)))[0]
    if len(tables) > 1:
        place = tables.index(chosen) + 1
        reason = f"the page has {len(tables)} tables, of which number {place} is read"
        log.note("info", text.name, reason, "Nothing to do, or give a file with that table alone.")
    records, filled = _spread(chosen, text.name)
    some = [record for record in records if not record.blank]
    if not some:
        raise refusal(text.name, "the table is empty", "Give a table with a header row and a row per person.")
    headers, body, _ = find_headers(some[:LOOK_AHEAD], wanted)
    first = body[0].row if body else some[-1].row + 1
    if any(row >= first for row in filled):
        below = sum(row >= first for row in filled)
        log.note("info", text.name, f"{below:,} cells are filled from merged ones", "Nothing to do.", row=min(filled))
    table = Rectangle(headers)
    for record in body + some[LOOK_AHEAD:]:
        table.add(record.row, [record.cells])
    table.refuse_second(text.name)
    columns, numbers, ragged = table.finished(text, log)
    found = f"table of a web page, {text.encoding}"
    return sheet_of(wanted.kind, text.name, headers, columns, numbers, log, ragged, found)


def _tables(page: str) -> Iterator[_Table]:
    """The tables of a page; one within a cell is text of that cell."""
    depth, at, table, cell = 0, 0, list[list[_Cell]](), None
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
                table, cell = list[list[_Cell]](), None
            if closes and depth == 0:
                cell = None
                yield table
        elif depth == 1 and name == "tr":
            cell = None
            if not closes:
                table.append([])
        elif depth == 1 and name in ("td", "th"):
            cell = None
            if not closes:
                spans = {way.lower(): int(size) for way, size in _SPAN.findall(tag[3] or "")}
                cell = _Cell([], spans.get("row", 1), spans.get("col", 1))
                table = table or [[]]
                table[-1].append(cell)
        elif cell is not None and name in _BREAKS:
            cell.words.append("\n")
    if depth:
        yield table


def _spread(table: _Table, file: str) -> tuple[list[Record], list[int]]:
    """The rows with merged cells taken apart, and the rows of the cells that were filled from above.

    A cell over several rows is repeated in each; of one over several columns the others are empty. Raises RosterError.
    """
    records, filled, below, spanned = list[Record](), list[int](), dict[int, tuple[int, str]](), 0
    for number, row in enumerate(table, start=1):
        above = {k: said for k, (_, said) in below.items()}
        below = {k: (left - 1, said) for k, (left, said) in below.items() if left > 1}
        own, end = dict[int, str](), 0
        for cell in row:
            end = next(k for k in count(end) if k not in above)
            said, first, end = cell.text, end, end + min(max(cell.right, 1), MAX_COLUMNS)
            if len(said) > MAX_CELL:
                raise refusal(file, f"a cell has more than {MAX_CELL:,} characters", "Shorten it.", row=number)
            own |= dict.fromkeys(range(first, end), "") | {first: said}
            if cell.down > 1:
                below |= {k: (cell.down - 1, own[k]) for k in range(first, end)}
            spanned += end - first - 1
            if spanned > MAX_SPANNED or end > MAX_COLUMNS:
                break
        end = next(k for k in count(end) if k not in above)
        merged = [above[k] for k in range(end) if k not in own]
        spanned += len(merged)
        if spanned > MAX_SPANNED or end > MAX_COLUMNS:
            raise refusal(file, "the table's merged cells reach too far", "Save it as .xlsx or CSV.", row=number)
        filled += [number for said in merged if said]
        records.append(Record(number, [own[k] if k in own else above[k] for k in range(end)]))
    return records, filled
