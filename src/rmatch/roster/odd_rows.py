"""Rows that may be nobody, on sheets whose ids do not tell: totals, notes below a table, and a second small table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rmatch.columns import BoolArray, IntArray, fold
from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import SheetMap
from rmatch.roster.resolver import email_key
from rmatch.roster.rows import Rows
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import labels

_TOTALS = frozenset(
    map(
        fold,
        ("total", "totals", "grand total", "sum", "count", "summe", "gesamt", "anzahl", "somme", "suma", "totaal"),
    )
)
_MOSTLY, _LAST, _FEW = 0.6, 3, 0.2
_REMEDY = "Remove the row, if it is nobody; else fill in what tells who it is."


def check_odd_rows(rows: Rows, sheets: Sequence[Sheet], maps: Sequence[SheetMap], log: IssueLog) -> None:
    """Reject rows that are no people by their cells, and warn of those that may be none.

    It looks where ids are numbers of rows or e-mail addresses: other ids are missing in such rows, which is said.
    """
    first = 0
    for sheet, found in zip(sheets, maps, strict=False):
        at = first + np.arange(len(sheet.rows))
        if found.addressed:
            _no_addresses(rows, at, log)
        elif found.numbered:
            _totals(rows, sheet, at, log)
            _below(rows, sheet, at, log)
        first += len(sheet.rows)


def _no_addresses(rows: Rows, at: IntArray, log: IssueLog) -> None:
    ids = rows.ids.cells[at]
    good = np.array([bool(email_key(word)) for word in ids], bool)
    odd = at[~good & (ids != "")]
    if good.sum() >= _MOSTLY * (good.sum() + len(odd)):
        reason = "this is no e-mail address, by which people are told apart here"
        log.on(rows.places, "email").rows("error", odd, rows.ids.cells[odd], reason, _REMEDY)


def _totals(rows: Rows, sheet: Sheet, at: IntArray, log: IssueLog) -> None:
    """Reject the last rows that say that they are sums, beside nothing but numbers."""
    for k in range(max(len(at) - _LAST, 0), len(at)):
        cells = [str(column.cells[k]) for column in sheet.columns]
        words = [cell for cell in cells if cell and not cell.replace(".", "").replace(",", "").isdigit()]
        if len(words) == 1 and fold(words[0].rstrip(":")) in _TOTALS:
            reason = "the row holds totals, and is nobody"
            log.on(rows.places, "employee_id").rows("error", at[k : k + 1], labels(words), reason, _REMEDY)


def _below(rows: Rows, sheet: Sheet, at: IntArray, log: IssueLog) -> None:
    """Warn of a few rows at the end that a blank row parts from the others, or that have one cell only."""
    filled = np.sum([~column.empty for column in sheet.columns], axis=0)
    alone: BoolArray = (filled == 1) & (np.median(filled) > 1)
    gaps = np.flatnonzero(np.diff(sheet.rows) > 1)
    below = np.arange(len(at)) > (gaps[-1] if len(gaps) else len(at))
    if below.sum() > max(_FEW * len(at), _LAST):
        below[:] = False
    here = log.on(rows.places, "employee_id")
    reason = "a blank row stands above the last rows, which are read as people"
    here.once("warning", at[below], "", reason, _REMEDY)
    here.once("warning", at[alone & ~below], "", "the row has one cell only, and is read as a person", _REMEDY)
