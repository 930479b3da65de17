"""What was found while reading, collected in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from rmatch._util.quoted import excerpt
from rmatch.columns import FEWEST, BoolArray, IntArray, Labels
from rmatch.errors import RosterError
from rmatch.roster.texts import Texts, labels
from rmatch.schema.person import fold_header

Severity = Literal["error", "warning", "info"]

_UNSAID = "the cell cannot be read"


def listing(values: list[str], most: int = 5) -> str:
    """``'a', 'b' and 3 more``."""
    shown = ", ".join(repr(excerpt(value)) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"


@dataclass(frozen=True, eq=False)
class Places:
    """Where each row stands: ``files[sheet[i]]``, spreadsheet row ``row[i]``."""

    files: tuple[str, ...]
    sheet: IntArray
    row: IntArray

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, eq=False)
class _Lines:
    file: Labels
    row: IntArray
    column: str
    value: Labels
    severity: Severity
    reason: Labels
    remedy: str


@dataclass
class IssueLog:
    """Takes issues one by one or by rows; ``frame()`` gives the table.

    Row 0 stands for the file as a whole and is shown as missing. What is wrong with cells of ``secret`` columns, or
    below ``headers`` that feed them (folded), rejects nobody and is not in the table, which says whose cell it is:
    ``withheld()`` tells how many cells there are, no more.
    """

    secret: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    _lines: list[_Lines] = field(default_factory=list)
    _refused: list[tuple[IntArray, Labels]] = field(default_factory=list)
    _withheld: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def note(
        self,
        severity: Severity,
        file: str,
        reason: str,
        remedy: str,
        *,
        column: str = "",
        value: str = "",
        row: int = 0,
    ) -> None:
        """Add one line about a file, or about one place in it.

        Args:
            severity: How bad it is; an error rejects nothing by itself.
            file: What the file is called.
            reason: What is wrong.
            remedy: What to do.
            column: The column, if it is one.
            value: The cell, if it may be shown.
            row: The row of the file; 0 for none.
        """
        reason, column = (text.encode("utf-8", "backslashreplace").decode() for text in (reason, column))
        one = [np.array([text], dtype=object) for text in (file, excerpt(value), reason)]
        self._lines.append(_Lines(one[0], np.array([row]), column, one[1], severity, one[2], remedy))

    def on(self, places: Places, column: str) -> ColumnLog:
        """The log of one column."""
        return ColumnLog(self, places, column)

    def hides(self, column: str) -> bool:
        """Whether the cells of a column, or below a header, are not to be shown."""
        return column in self.secret or fold_header(column) in self.headers

    def withhold(self, column: str, cells: int, reason: str, remedy: str) -> None:
        """Count cells of a hidden column for which one reason holds.

        Args:
            column: The column.
            cells: How many cells.
            reason: What is wrong.
            remedy: What to do.
        """
        key = column, reason, remedy
        self._withheld[key] = self._withheld.get(key, 0) + cells

    def withheld(self) -> pd.DataFrame:
        """What is wrong with the cells of hidden columns, in the form of ``frame()``, without rows or values."""
        lines = [
            ("", pd.NA, column, "", "warning", f"{_in_cells(cells)}: {reason}", remedy)
            for (column, reason, remedy), cells in sorted(self._withheld.items())
        ]
        form = IssueLog().frame()
        return pd.DataFrame(lines, columns=form.columns).astype(form.dtypes)

    def _add(self, lines: _Lines, rows: IntArray) -> None:
        self._lines.append(lines)
        if lines.severity == "error":
            self._refused.append((rows, lines.reason))

    def count(self, severity: Severity) -> int:
        """How many lines have this severity."""
        return sum(len(lines.row) for lines in self._lines if lines.severity == severity)

    def refusals(self, n: int) -> tuple[BoolArray, Labels]:
        """Which of ``n`` rows are rejected, and the first reason of each."""
        rejected, reasons = np.zeros(n, bool), np.full(n, "", dtype=object)
        for rows, reason in reversed(self._refused):
            rejected[rows] = True
            reasons[rows] = reason
        return rejected, reasons

    def frame(self) -> pd.DataFrame:
        """The table of all issues, sorted by file, row and column."""
        parts = self._lines
        sizes = [len(part.row) for part in parts]
        columns: dict[str, Labels | IntArray] = {
            "file": _joined([part.file for part in parts]),
            "row": np.concatenate([np.zeros(0, np.int64), *(part.row for part in parts)]),
            "column": np.repeat(labels([part.column for part in parts]), sizes),
            "value": _joined([part.value for part in parts]),
            "severity": np.repeat(labels([part.severity for part in parts]), sizes),
            "reason": _joined([part.reason for part in parts]),
            "remedy": np.repeat(labels([part.remedy for part in parts]), sizes),
        }
        frame = pd.DataFrame(columns).sort_values(["file", "row", "column", "reason", "value"], ignore_index=True)
        frame["row"] = frame["row"].astype("Int64").mask(frame["row"] == 0)
        return frame


@dataclass(frozen=True)
class ColumnLog:
    """Takes the issues of one column."""

    log: IssueLog
    places: Places
    column: str

    def rows(self, severity: Severity, rows: IntArray, values: Labels, reason: str | Labels, remedy: str) -> None:
        """Add one line for each of some rows.

        Args:
            severity: How bad it is; an error rejects the rows.
            rows: Places of the rows, ``(k,)`` int64.
            values: The cell of each, ``(k,)``.
            reason: What is wrong, with all or with each.
            remedy: What to do.
        """
        if len(rows) and self.log.hides(self.column):
            self.log.withhold(self.column, len(rows), reason if isinstance(reason, str) else _UNSAID, remedy)
        elif len(rows):
            files = labels(self.places.files)[self.places.sheet[rows]]
            shown = labels([excerpt(value) for value in values])
            reasons = reason if isinstance(reason, np.ndarray) else np.full(len(rows), reason, dtype=object)
            lines = _Lines(files, self.places.row[rows], self.column, shown, severity, reasons, remedy)
            self.log._add(lines, rows)

    def words(
        self, severity: Severity, texts: Texts, bad: Sequence[bool] | BoolArray, reason: str, remedy: str
    ) -> None:
        """Add one line for each row whose word is bad.

        Args:
            severity: How bad it is; an error rejects the rows.
            texts: The cells.
            bad: Which words are, ``(words,)`` bool.
            reason: What is wrong.
            remedy: What to do.
        """
        rows = texts.rows(bad)
        self.rows(severity, rows, texts.words[texts.codes[rows]], reason, remedy)

    def once(self, severity: Severity, rows: IntArray, value: str, reason: str, remedy: str) -> None:
        """Add one line for all of some rows, at the first of them, with how many more there are.

        Args:
            severity: How bad it is; an error rejects the rows.
            rows: Places of the rows, ``(k,)`` int64.
            value: A cell that shows it.
            reason: What is wrong.
            remedy: What to do.
        """
        if len(rows) and self.log.hides(self.column):
            self.log.withhold(self.column, len(rows), reason, remedy)
        elif len(rows):
            at = self.places
            first = rows[np.lexsort((at.row[rows], at.sheet[rows]))[0]]
            more = f" ({len(rows) - 1:,} more like it)" if len(rows) > 1 else ""
            file, row = at.files[at.sheet[first]], int(at.row[first])
            self.log.note(severity, file, reason + more, remedy, column=self.column, value=value, row=row)


def _in_cells(cells: int) -> str:
    return f"in {cells:,} cells" if cells >= FEWEST else f"in fewer than {FEWEST} cells"


def _joined(parts: list[Labels]) -> Labels:
    return np.concatenate([np.zeros(0, object), *parts])


def refusal(file: str, reason: str, remedy: str, *, column: str = "", row: int = 0) -> RosterError:
    """Return the error about a file that cannot be read at all, with its one-line table of issues.

    Args:
        file: What the file is called.
        reason: What is wrong.
        remedy: What to do.
        column: The column, if it is one.
        row: The row of the file; 0 for none.
    """
    log = IssueLog()
    log.note("error", file, reason, remedy, column=column, row=row)
    where = f"{file}, row {row}" if row else file
    return RosterError(f"{where}: {reason}. {remedy}".rstrip(), log.frame())
