"""The one reader of small tables: edited plans, earlier rounds, aliases, scores, and lists of people to invite.

A table is one in memory, a CSV file, or a workbook. What is wrong with it as a whole is said in one way, whatever it
holds, with the row and what to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch._util.files import unharmed
from rmatch.columns import IntArray, Labels
from rmatch.errors import RosterError
from rmatch.roster.formats import read_file
from rmatch.roster.frames import Frame, read_frame
from rmatch.roster.headers import Known, Wanted
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.sheet import Sheet, SheetKind
from rmatch.roster.source import name_of
from rmatch.roster.texts import labels
from rmatch.schema.person import fold_header

Small: TypeAlias = Frame | str | os.PathLike[str]
"""What a small table can be read from."""

MOST_SHOWN = 50
"""Problems in a message."""


@dataclass(frozen=True, eq=False)
class SmallTable:
    """``columns[name][k]`` is the cell in spreadsheet row ``rows[k]``; a column that is not there is blank.

    ``present`` names the columns that are there.
    """

    file: str
    rows: IntArray
    columns: Mapping[str, Labels]
    present: frozenset[str]

    def __len__(self) -> int:
        return len(self.rows)


def read_sheet(
    source: Small,
    name: str,
    known: Known,
    log: IssueLog,
    *,
    kind: SheetKind = "workforce",
    encoding: str | None = None,
    tab: str | None = None,
) -> Sheet:
    """Return a small table as a sheet of text; rows that cannot be read go into ``log``.

    Args:
        source: A table in memory, or the path of a CSV file or a workbook.
        name: How a table in memory is called in messages; a file is called by its name.
        known: The headers by which the row of headers is known.
        log: Takes what is wrong with single rows.
        kind: As what the sheet is read.
        encoding: Python's name of the encoding of a CSV file; UTF-8 where none is given.
        tab: The sheet of a workbook that is read, where it has one of that name.

    Raises:
        RosterError: The source cannot be opened, or is no table.
    """
    if not isinstance(source, str | os.PathLike):
        sheet = replace(read_frame(source, kind, log), file=name)
    else:
        file = name_of(source, name)
        sheet = read_file(source, Wanted(file, kind, known, log, encoding, tab=tab, or_first=True))
    sheet.report(log)
    return sheet


def read_small(
    source: Small,
    name: str,
    needed: Sequence[str],
    log: IssueLog,
    *,
    others: Sequence[str] = (),
    hint: str = "",
    encoding: str | None = None,
    tab: str | None = None,
) -> SmallTable:
    """Return the columns of a small table: those that are needed, and ``others`` as far as they are there.

    Further columns are ignored. A header that nearly is one of ``others`` is an error, so that no misspelling makes a
    column unheard; so is a column that is there twice.

    Args:
        source: A table in memory, or the path of a CSV file or a workbook.
        name: How a table in memory is called in messages; a file is called by its name.
        needed: Columns without which it cannot be used.
        log: Takes what is wrong with single rows.
        others: Further columns that mean something.
        hint: What the table should look like, in words.
        encoding: Python's name of the encoding of a CSV file; UTF-8 where none is given.
        tab: The sheet of a workbook that is read, where it has one of that name.

    Raises:
        RosterError: The source cannot be read, or has not these columns.
    """
    every = (*needed, *others)
    known = Known(frozenset({fold_header(needed[0])}), frozenset(map(fold_header, every)))
    sheet = read_sheet(source, name, known, log, encoding=encoding, tab=tab)
    folded = [fold_header(header) for header in sheet.headers]
    columns, missing = {}, [column for column in needed if fold_header(column) not in folded]
    if missing:
        near = _near(missing[0], sheet, every, 0.7)
        did_you = f" Is it {near!r}?" if near else ""
        reason = " and ".join(f"there is no column {column!r}" for column in missing)
        raise _refused(sheet, reason, f"{hint or 'Name the columns so.'}{did_you}", missing[0])
    for column in every:
        at = [k for k, header in enumerate(folded) if header == fold_header(column)]
        if len(at) > 1:
            raise _refused(sheet, f"there are {len(at)} columns {column!r}", "Keep one of them.", column)
        near = "" if at else _near(column, sheet, every, 0.85)
        if near:
            remedy = f"Rename it to {column!r}, or take it out."
            raise _refused(sheet, f"the column {near!r} is not known", remedy, column)
        columns[column] = sheet.columns[at[0]].cells if at else np.full(len(sheet.rows), "", dtype=object)
    present = frozenset(column for column in every if fold_header(column) in folded)
    return SmallTable(sheet.file, sheet.rows, columns, present)


def _near(column: str, sheet: Sheet, every: Sequence[str], cutoff: float) -> str:
    """The header that looks most like one that is missing, and is none of ``every``; empty where none does."""
    taken = set(map(fold_header, every))
    free = {fold_header(header): header for header in sheet.headers if fold_header(header) not in taken}
    return next((free[found] for found in get_close_matches(fold_header(column), free, 1, cutoff=cutoff)), "")


def _refused(sheet: Sheet, reason: str, remedy: str, column: str) -> RosterError:
    return refusal(sheet.file, reason, remedy, column=column, row=1)


def as_written(cells: Iterable[str]) -> Labels:
    """Return the cells of a file that may be one of ours as they were before formulas in them were made harmless."""
    return labels([unharmed(cell) for cell in cells])


def problems(log: IssueLog, what: str, then: str = "") -> tuple[str, pd.DataFrame]:
    """Return what is wrong with the rows of a table, as a message and as issues.

    Args:
        log: What was found.
        what: What the table is called, and that it has them.
        then: What follows from it, behind how many problems there are.
    """
    issues = log.frame()
    issues = issues[issues["severity"] == "error"].reset_index(drop=True)
    shown, lines = issues.head(MOST_SHOWN), []
    for file, row, reason, remedy in zip(shown["file"], shown["row"], shown["reason"], shown["remedy"], strict=True):
        where = file if row is pd.NA else f"{file}, row {row}"
        lines.append(f"  {where}: {reason}. {remedy}".rstrip())
    if len(issues) > MOST_SHOWN:
        lines.append(f"  and {len(issues) - MOST_SHOWN:,} more")
    counted = f"{len(issues):,} problems" if len(issues) > 1 else "a problem"
    return "\n".join([f"{what} {counted}{then}:", *lines]), issues
