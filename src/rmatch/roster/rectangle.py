"""Rows of cells become columns; rows of another width than the headers are set aside, and read where that is safe."""

from __future__ import annotations

import numpy as np

from rmatch.columns import IntArray
from rmatch.roster.headers import BEYOND
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.sheet import Record, Unreadable
from rmatch.roster.source import Text
from rmatch.roster.texts import Gatherer, Texts
from rmatch.schema.person import fold_header

TRIMMED = 3, 0.1
"""Where no row ends with an empty cell, and so many rows and this share of them are short, empty cells at the
end were left out on writing; otherwise a short row lacks a delimiter, nobody knows where. Where columns are withheld
that is not guessed: a sensitive cell, blank or not, would decide about other people's rows."""

_REMEDY = "Put quotes round a cell that holds the delimiter, or remove one that is too many."


class Rectangle:
    """Takes rows as lists of cells and keeps columns; rows of another width are set aside."""

    def __init__(self, headers: list[str]) -> None:
        self._headers, self._width = headers, len(headers)
        self._begun = _begun(headers)
        self._named = len(headers)  # as many have a header; those behind it were added for empty cells
        while self._named and not headers[self._named - 1].strip():
            self._named -= 1
        self._beyond = [k for k, header in enumerate(headers) if header == BEYOND]
        self._again = 0
        self._columns = [Gatherer() for _ in headers]
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
        columns = [*zip(*rows, strict=True)]
        if columns and not self._again and self._begun[0].lstrip() in map(str.lstrip, columns[0]):
            again = [_begun(cells) == self._begun for cells in rows]
            self._again = int(numbers[again.index(True)]) if any(again) else 0
        for column, cells in zip(self._columns, columns, strict=False):
            column.add(cells)

    def refuse_second(self, file: str) -> None:
        """Raise RosterError where the headers stand again below rows of people: there a second table begins."""
        folded = {fold_header(header) for header in self._headers} - {""}
        for record in () if self._again else self._ragged:
            cells = {fold_header(cell) for cell in record.cells} - {""}
            if len(cells & folded) > 1 and 2 * len(cells & folded) > len(cells):
                self._again = record.row
                break
        if self._again:
            reason = "the headers stand again in this row, so a second table begins here"
            remedy = "Remove the row, if those below belong to the same table; else make a file of each table."
            raise refusal(file, reason, remedy, row=self._again)

    def finished(self, text: Text, log: IssueLog) -> tuple[list[Texts], IntArray, list[Unreadable]]:
        """Return the columns, the row numbers, and the rows that do not fit.

        Args:
            text: The text they come from, which knows each row as it was written.
            log: Takes what is noted.
        """
        columns = [column.texts() for column in self._columns]
        numbers = np.concatenate([np.zeros(0, np.int64), *self._numbers])
        last = max([int(numbers.max(initial=0)), *(record.row for record in self._ragged)])
        torn = [r for r in self._ragged if text.cut and r.row == last and len(r.cells) < self._width]
        short = [r for r in self._ragged if len(r.cells) < self._width and r not in torn]
        long = [r for r in self._ragged if len(r.cells) > self._width]
        if not log.secret:  # a sensitive cell, blank or not, must not decide about other people's rows
            filled = [not column.empty.any() for column in columns] if long else []
            fitted = [r for r in long if self._ends_empty(r, filled)] if len(numbers) > 1 else []
            if fitted:
                rows = "row ends" if len(fitted) == 1 else "rows end"
                reason = f"{len(fitted):,} {rows} with empty cells beyond the headers, which are not read"
                log.note("info", text.name, reason, "Nothing to do.", row=fitted[0].row)
            fitted += [r for r in short if len(r.cells) == self._named and r.cells[-1].strip()]
            columns, numbers = self._widened(columns, numbers, fitted)
            long, short = [r for r in long if r not in fitted], [r for r in short if r not in fitted]
        full = not log.secret and not any(not r.cells[-1].strip() for r in short) and not columns[-1].empty.any()
        least, share = TRIMMED
        if full and len(numbers) and len(short) >= max(least, share * (len(numbers) + len(short))):
            reason = f"{len(short):,} rows are read with empty cells at their end, which were left out"
            remedy = "Nothing to do, if those rows end before their last answers."
            log.note("warning", text.name, reason, remedy, row=short[0].row)
            columns, numbers = self._widened(columns, numbers, short)
            short = []
        unfit = [self._unfit(r, r in torn) for r in (*long, *short, *torn)]
        outside = ~np.logical_and.reduce([columns[k].empty for k in self._beyond]) if self._beyond else None
        if outside is not None and outside.any():
            unfit += [
                Unreadable(row, "text stands beyond the headers in this row", _REMEDY)
                for row in numbers[outside].tolist()
            ]
            columns, numbers = [column.take(np.flatnonzero(~outside)) for column in columns], numbers[~outside]
        return columns, numbers, unfit

    def _ends_empty(self, record: Record, filled: list[bool]) -> bool:
        """Whether the cells that a row has too many are empty ones at its end, and no delimiter too many before them.

        Were it one before them, the last cells of the row itself would be empty: one of their columns never is.
        """
        extra = len(record.cells) - self._width
        behind = next((k for k, cell in enumerate(reversed(record.cells)) if cell.strip()), len(record.cells))
        return behind >= extra and any(filled[max(self._width - (behind - extra + 1), 0) : self._named])

    def _widened(self, columns: list[Texts], numbers: IntArray, short: list[Record]) -> tuple[list[Texts], IntArray]:
        if not short:
            return columns, numbers
        rows = [(r.cells + [""] * self._width)[: self._width] for r in short]
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
            remedy = _REMEDY
        return Unreadable(record.row, reason, remedy)


def _begun(cells: list[str]) -> list[str]:
    """Cells as they begin behind blanks."""
    return [cell.lstrip(" ") for cell in cells]
