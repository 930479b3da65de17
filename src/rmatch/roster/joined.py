"""Somebody who stands in a row for each of their answers: the rows are one, where the program says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import SheetMap
from rmatch.roster.resolver import email_key, id_key
from rmatch.roster.rows import Rows, is_list
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import Texts
from rmatch.schema.binding import Binding, ColumnBinding

REMEDY = 'Keep one row per person; or, if each row is one more answer, join them in a program: keep = "joined".'
REPEATED = (
    'The rows are the same word for word: remove all but one, or keep one by keep = "joined" in a program. Going on '
    "without bad rows leaves the person out."
)
_LOOKED_AT = 1_000


def rows_by_person(sheet: Sheet, found: SheetMap) -> list[list[int]]:
    """Return the rows of each person who has several on a sheet, by the id, or the e-mail address of numbered rows."""
    key = found.columns.get("email" if found.numbered else "employee_id")
    rows: dict[str, list[int]] = {}
    for k, cell in enumerate(map(str, sheet.columns[key[0]].cells) if key is not None else ()):
        who = email_key(cell) or id_key(cell)
        if who:
            rows.setdefault(who, []).append(k)
    return [group for group in rows.values() if len(group) > 1]


def join_rows(sheet: Sheet, found: SheetMap, binding: Binding, log: IssueLog) -> Sheet:
    """Return the sheet with one row for each person whose rows differ in lists alone: each list has all answers.

    Rows that differ in anything else stay, and are refused.

    Args:
        sheet: The sheet.
        found: Where it has each column.
        binding: Says whether rows are joined, and how lists are separated.
        log: Takes how many were joined.
    """
    if binding.keep != "joined" or sheet.kind == "directory":
        return sheet
    lists = _lists(sheet, found, binding)
    cells = {k: sheet.columns[k].cells for at in found.columns.values() for k in at}
    first: dict[int, int] = {}
    whole: dict[int, list[str]] = {k: cells[k].tolist() for k in lists}
    for group in rows_by_person(sheet, found):
        if all(k in lists for k in _differing(cells, group)):
            first |= dict.fromkeys(group[1:], group[0])
            for k, separator in lists.items():
                whole[k][group[0]] = separator.join(dict.fromkeys(filter(None, cells[k][group])))
    if not first:
        return sheet
    n = len(first)
    reason = f"{n:,} {'row is' if n == 1 else 'rows are'} joined with an earlier one of the same person"
    log.note("info", sheet.file, reason, "Nothing to do.", row=int(sheet.rows[min(first)]))
    columns = tuple(Texts.of(whole[k]) if k in lists else column for k, column in enumerate(sheet.columns))
    gone = {k: f"the answers are joined with those in row {int(sheet.rows[to])}" for k, to in first.items()}
    return replace(sheet, columns=columns).without(gone)


def remedies(rows: Rows, groups: Sequence[np.ndarray], binding: Binding) -> list[str]:
    """Return what to do about the rows of each person who has several.

    Args:
        rows: The rows.
        groups: Places of the rows of each of these people; of the first thousand the cells are compared.
        binding: Says which columns are lists.
    """
    lists = {name for name in rows.cells if is_list(name, binding)}
    cells = {name: parts[0].cells for name, parts in rows.cells.items()}
    differing = [_differing(cells, group.tolist()) for group in groups[:_LOOKED_AT]]
    join = any(differing) and all(name in lists for some in differing for name in some)
    usual = REMEDY if join else "Keep one row per person, or give each an id of their own."
    return [usual if some else REPEATED for some in differing] + [usual] * (len(groups) - len(differing))


def _lists(sheet: Sheet, found: SheetMap, binding: Binding) -> dict[int, str]:
    """The places of the headers below which cells are lists, each with what separates the items."""
    names = [name for name in found.columns if is_list(name, binding) and name not in found.grids]
    return {
        k: (binding.columns.get(name, ColumnBinding()).separators or ("; ",))[0]
        for name in names
        for k in found.columns[name]
        if not sheet.columns[k].listed
    }


def _differing(cells: Mapping[int, np.ndarray] | Mapping[str, np.ndarray], group: Sequence[int]) -> list[int | str]:
    """The columns in which some rows of one person differ."""
    return [name for name, words in cells.items() if len(set(words[group].tolist())) > 1]
