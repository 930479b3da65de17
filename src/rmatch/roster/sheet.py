"""A sheet: the headers and columns of one file or table, all text, each row with its number in a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rmatch.columns import IntArray
from rmatch.roster.issues import IssueLog, Severity, refusal
from rmatch.roster.texts import Texts
from rmatch.schema.person import fold_header

SheetKind = Literal["workforce", "mentors", "mentees", "directory"]

MAX_CELL = 131_072
"""Longest cell, in characters; also the csv module's own limit."""

MAX_COLUMNS = 10_000
"""Most columns."""


FAR = 1_000
"""Headers that are not found in this many rows are not looked for."""


@dataclass(frozen=True)
class Record:
    """The cells of one row."""

    row: int
    cells: list[str]

    @property
    def blank(self) -> bool:
        """True where no cell holds text."""
        return not any(map(str.strip, self.cells))


@dataclass(frozen=True)
class Unreadable:
    """A row whose cells cannot be told apart, so that it names nobody."""

    row: int
    reason: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """The headers are row 1 of a plain file; ``rows[i]`` is the spreadsheet's number of row ``i``, ascending.

    Rows without any text are left out.
    """

    kind: SheetKind
    file: str
    headers: tuple[str, ...]
    columns: tuple[Texts, ...]
    rows: IntArray
    unreadable: tuple[Unreadable, ...] = ()
    found: str = ""
    """How the file was written, in words."""
    beside: str = ""
    """Which sheet of several this is, and how another is chosen, in a sentence."""

    def report(self, log: IssueLog) -> None:
        """Add the unreadable rows to ``log``; those of a directory are warnings, for its rows take no part."""
        for bad in self.unreadable:
            severity: Severity = "warning" if self.kind == "directory" else "error"
            log.note(severity, self.file, bad.reason, bad.remedy, row=bad.row)

    def without(self, gone: Mapping[int, str]) -> Sheet:
        """Return the sheet without some rows, by their places, each of which is unreadable for the reason given."""
        stay = np.array([k for k in range(len(self.rows)) if k not in gone], dtype=np.int64)
        rows = [Unreadable(int(self.rows[k]), reason, "") for k, reason in gone.items()]
        columns = tuple(column.take(stay) for column in self.columns)
        unreadable = tuple(sorted((*self.unreadable, *rows), key=lambda bad: bad.row))
        return replace(self, columns=columns, rows=self.rows[stay], unreadable=unreadable)


def refuse_wide(columns: int, file: str) -> None:
    """Raise RosterError where a sheet has more than :data:`MAX_COLUMNS` columns."""
    if columns > MAX_COLUMNS:
        raise refusal(file, f"there are {columns:,} columns, more than {MAX_COLUMNS:,}", "Drop some.")


def sheet_of(
    kind: SheetKind,
    file: str,
    headers: Sequence[str],
    columns: Sequence[Texts],
    rows: IntArray,
    log: IssueLog,
    unreadable: Sequence[Unreadable] = (),
    found: str = "",
    beside: str = "",
) -> Sheet:
    """Return a sheet without its blank rows.

    Args:
        kind: What its people are.
        file: What the file is called.
        headers: The headers as they are written.
        columns: The cells below each.
        rows: The row of the file of each, ``(n,)`` int64.
        log: Knows the headers of withheld cells, which count as blank.
        unreadable: Rows that could not be read.
        found: As what the file was read.
        beside: What a refusal should say of the other sheets of the file.
    """
    blank = np.ones(len(rows), bool)
    for header, column in zip(headers, columns, strict=True):
        if not blank.any():
            break
        if fold_header(header) not in log.headers:
            blank &= column.empty
    if blank.any():
        keep = np.flatnonzero(~blank)
        rows, columns = rows[keep], [column.take(keep) for column in columns]
    return Sheet(kind, file, tuple(headers), tuple(columns), rows, tuple(unreadable), found, beside)
