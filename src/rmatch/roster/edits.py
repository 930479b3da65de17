"""A plan that somebody edited by hand, as rows of text: from a table, a CSV file or a workbook."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch.columns import IntArray, Labels
from rmatch.errors import EditsError, RosterError
from rmatch.roster.delimited import read_delimited
from rmatch.roster.excel import read_workbook
from rmatch.roster.frames import Frame, read_frame
from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog
from rmatch.roster.package import open_package, worksheets
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import open_text
from rmatch.schema.person import fold_header

REQUIRED = ("mentor_id", "mentee_id")
DECISION = "decision"
REASON = "reason"
SHEET = "Pairs"

EditedPlan: TypeAlias = Frame | str | os.PathLike[str]

_MOST_SHOWN = 50  # problems in a message; `.issues` has them all
_KNOWN = frozenset(map(fold_header, (*REQUIRED, DECISION, REASON)))


@dataclass(frozen=True, eq=False)
class Edits:
    """The rows of an edited plan: where each stands in a spreadsheet, whom it pairs, the word of decision, and why."""

    file: str
    row: IntArray
    mentor_id: Labels
    mentee_id: Labels
    decision: Labels
    reason: Labels

    def __len__(self) -> int:
        return len(self.row)


def read_edits(source: EditedPlan, log: IssueLog) -> Edits:
    """Return the rows of an edited plan: ``mentor_id``, ``mentee_id``, perhaps ``decision`` and ``reason``.

    Other columns are ignored. ``source`` is a table, or the path of a CSV file, or of a workbook where the name ends in
    ``.xlsx``. Rows that cannot be read go into ``log``. Raises EditsError where the table as a whole cannot be used.
    """
    try:
        sheet = _sheet(source, log)
    except RosterError as error:
        if error.issues is None:
            raise
        raise EditsError(str(error), error.issues) from None
    sheet.report(log)
    columns = {name: _column(sheet, name, log) for name in REQUIRED}
    spoken = (_column(sheet, name, log, needed=False) for name in (DECISION, REASON))
    return Edits(sheet.file, sheet.rows, columns["mentor_id"], columns["mentee_id"], *spoken)


def refusal(log: IssueLog) -> EditsError:
    """Return the error that names every problem in ``log`` by its row."""
    issues = log.frame()
    issues = issues[issues["severity"] == "error"].reset_index(drop=True)
    lines = []
    shown = issues.head(_MOST_SHOWN)
    for file, row, reason, remedy in zip(shown["file"], shown["row"], shown["reason"], shown["remedy"], strict=True):
        where = file if row is pd.NA else f"{file}, row {row}"
        lines.append(f"  {where}: {reason}. {remedy}".rstrip())
    if len(issues) > _MOST_SHOWN:
        lines.append(f"  and {len(issues) - _MOST_SHOWN:,} more, see `.issues`")
    problems = f"{len(issues):,} problems" if len(issues) > 1 else "a problem"
    return EditsError("\n".join([f"the edited plan has {problems}; nothing was changed:", *lines]), issues)


def _sheet(source: EditedPlan, log: IssueLog) -> Sheet:
    if not isinstance(source, str | os.PathLike):
        return _named(read_frame(source, "workforce", log), "the edited plan")
    path, known = Path(source), Known(frozenset({fold_header(REQUIRED[0])}), _KNOWN)
    if path.suffix.lower() == ".xlsx":
        tabs = {sheet.name for sheet in worksheets(open_package(path, path.name))}
        return read_workbook(path, path.name, "workforce", known, log, SHEET if SHEET in tabs else None)
    with open_text(path, path.name) as text:
        return read_delimited(text, "workforce", known, log)


def _named(sheet: Sheet, file: str) -> Sheet:
    return Sheet(sheet.kind, file, sheet.headers, sheet.columns, sheet.rows, sheet.unreadable, sheet.found)


def _column(sheet: Sheet, name: str, log: IssueLog, needed: bool = True) -> Labels:
    """The cells of the one column with this header. Raises EditsError where there is none, or more."""
    folded = [fold_header(header) for header in sheet.headers]
    found = [k for k, header in enumerate(folded) if header == fold_header(name)]
    if len(found) == 1:
        return sheet.columns[found[0]].cells
    close = [sheet.headers[folded.index(near)] for near in get_close_matches(fold_header(name), folded, 1, cutoff=0.85)]
    if found:
        problem, remedy = f"there are {len(found)} columns {name!r}", "Keep one of them."
    elif needed:
        did_you = f" Is it {close[0]!r}?" if close else ""
        problem, remedy = f"there is no column {name!r}", f"Edit the pairs as they were written.{did_you}"
    elif close:  # a misspelt header must not make decisions unheard
        problem, remedy = f"the column {close[0]!r} is not known", f"Rename it to {name!r}, or take it out."
    else:
        return np.full(len(sheet.rows), "", dtype=object)
    log.note("error", sheet.file, problem, remedy, column=name, row=1)
    raise refusal(log)
