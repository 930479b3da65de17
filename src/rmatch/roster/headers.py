"""Which row holds the headers: the first ones of a table that are known, whatever stands above them."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch.roster.issues import IssueLog
from rmatch.roster.records import Record
from rmatch.roster.sheet import MAX_COLUMNS, refuse_wide
from rmatch.schema.person import fold_header

LOOK_AHEAD = 10
"""The headers are looked for in this many rows."""


@dataclass(frozen=True)
class Known:
    """The folded headers by which a header row is known: those of the id, and those of any column."""

    ids: frozenset[str]
    every: frozenset[str]

    def counts(self, cells: list[str]) -> tuple[int, int]:
        """How many cells are headers of the id, and of any column."""
        folded = [fold_header(cell) for cell in cells[:MAX_COLUMNS]]
        return sum(f in self.ids for f in folded), sum(f in self.every for f in folded)


def find_headers(ahead: list[Record], known: Known, file: str, log: IssueLog) -> tuple[list[str], list[Record], int]:
    """Return the headers, those of the first rows that stand below them, and the row they are read from.

    Lines above them, and a second row of headers, are no people.
    Raises RosterError where there are more than :data:`MAX_COLUMNS`.
    """
    counts = [known.counts(record.cells) for record in ahead]
    likely = (ids > 0 if known.ids else every > 1 for ids, every in counts)
    top = next((k for k, is_header in enumerate(likely) if is_header), 0)
    headers, body = ahead[top].cells, ahead[top + 1 :]
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
    headers = _fitted(headers, body)
    refuse_wide(len(headers), file)
    return headers, body, ahead[top].row


def _fitted(headers: list[str], body: list[Record]) -> list[str]:
    """The headers, made as wide as the first row of cells where only blanks at the end make the difference."""
    if body:
        width, cells = len(headers), body[0].cells
        if len(cells) > width and not "".join(cells[width:]).strip():
            return headers + [""] * (len(cells) - width)
        if len(cells) < width and not "".join(headers[len(cells) :]).strip():
            return headers[: len(cells)]
    return headers
