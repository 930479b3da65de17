"""The rows of all sheets under one another, by column, still as text; gaps filled from the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray, fold
from rmatch.roster.answers import reworded, signed, without_errors
from rmatch.roster.grid import from_grid, is_grid, items_of, role_asked, says_nothing, times_asked
from rmatch.roster.issues import IssueLog, Places, refusal
from rmatch.roster.lists import WITHHELD
from rmatch.roster.mapping import SheetMap
from rmatch.roster.resolver import email_key, id_key
from rmatch.roster.sheet import Sheet, SheetKind
from rmatch.roster.texts import Texts
from rmatch.schema.binding import Binding, ColumnBinding
from rmatch.schema.person import CANONICAL, CELLS

Parts = tuple[Texts, ...]
"""The headers that feed a column, side by side; one, unless it is a list."""

_OWN = ("employee_id", "role", "capacity", "min_pairs")
"""Columns in which a directory does not speak for the person who signed up."""


@dataclass(frozen=True, eq=False)
class Rows:
    """``cells[name]`` is a column over all rows; ``sheets[name]`` are the sheets that have it."""

    kinds: tuple[SheetKind, ...]
    places: Places
    cells: Mapping[str, Parts]
    sheets: Mapping[str, frozenset[int]]

    @property
    def ids(self) -> Texts:
        """The ids, ``(n,)``."""
        return self.cells["employee_id"][0]

    def __len__(self) -> int:
        return len(self.places)


def is_list(name: str, binding: Binding) -> bool:
    """Whether the cells of a column are lists: by the schema, or for the program's own columns by their source."""
    if name in CANONICAL:
        return CELLS[name].kind in ("items", "times", "people")
    column = binding.columns.get(name)
    if column is None:
        return False
    sources = column.source.values() if isinstance(column.source, dict) else (column.source,)
    if column.grid is not None or column.options:
        return True
    return column.split is not None or any(isinstance(source, tuple) for source in sources)


def gather(sheets: Sequence[Sheet], maps: Sequence[SheetMap], binding: Binding, log: IssueLog) -> Rows:
    """Put the rows of the sheets under one another, cells stripped, errors and words for "no answer" made empty.

    Args:
        sheets: The sheets.
        maps: Where each has each column.
        binding: The columns of the program.
        log: Takes the warnings.

    Raises:
        RosterError: A column that holds one value is given several headers, and is not text, whose parts are joined.
    """
    sizes = [len(sheet.rows) for sheet in sheets]
    cells: dict[str, Parts] = {}
    own = sorted({name for found in maps for name in found.columns if name not in CANONICAL})
    read = [
        without_errors(
            {name: _cells(sheet, found, name) for name in (*CANONICAL, *own) if name in found.columns}, sheet.file, log
        )
        for sheet, found in zip(sheets, maps, strict=True)
    ]
    for name in (*CANONICAL, *own):
        parts = [
            _parts(sheet, found, name, cells_of.get(name, ()), binding, log)
            for sheet, found, cells_of in zip(sheets, maps, read, strict=True)
        ]
        width = max(map(len, parts))
        if width:
            filled = [_widened(part, width, n) for part, n in zip(parts, sizes, strict=True)]
            cells[name] = tuple(Texts.stack(side) for side in zip(*filled, strict=True))
    places = Places(
        tuple(sheet.file for sheet in sheets),
        np.repeat(np.arange(len(sheets)), sizes),
        np.concatenate([sheet.rows for sheet in sheets]),
    )
    present = {name: frozenset(k for k, found in enumerate(maps) if name in found.columns) for name in cells}
    return Rows(tuple(sheet.kind for sheet in sheets), places, cells, present)


def _widened(parts: Parts, width: int, n: int) -> Parts:
    """The parts, with as many empty ones as make them ``width``."""
    return (*parts, *(Texts.blank(n) for _ in range(width - len(parts))))


def _cells(sheet: Sheet, found: SheetMap, name: str) -> Parts:
    return tuple(sheet.columns[k] for k in found.columns[name])


def _parts(sheet: Sheet, found: SheetMap, name: str, cells: Parts, binding: Binding, log: IssueLog) -> Parts:
    if name == "employee_id" and found.numbered:
        return (Texts.of([f"{sheet.kind}:{row}" for row in sheet.rows.tolist()]),)
    column = binding.columns.get(name, ColumnBinding())
    missing = column.na
    if name == "employee_id" and found.addressed:
        (addresses,) = (signed(sheet.columns[k].without(missing)) for k in found.columns[name])
        return (addresses.saying(email_key(word) or word for word in addresses.words),)
    if name in binding.withheld:  # a blank and a refusal are one from here on, also where numbers stand beside them
        missing = (*missing, *WITHHELD)
    values = {fold(word): said for word, said in column.values.items()}
    parts = tuple(reworded(part.without(missing), values) for part in cells)
    if name == "email":
        parts = tuple(map(signed, parts))
    if name == "availability" and (len(parts) > 1 or name in found.grids):
        return (times_asked(parts, _asked(sheet, found, name), values),)
    if is_list(name, binding):
        return _items(sheet, found, name, parts, column, binding, log)
    parts = tuple(part.spoken() for part in parts)
    if len(parts) < 2:
        return parts
    if name == "role" and len(parts) == 2:
        return (role_asked(*parts),)
    if name == "employee_id" or CELLS[name].kind != "text":
        raise refusal(
            sheet.file, f"{name!r} takes one header, not {len(parts)}", "Name one as its source.", column=name
        )
    joined = [" ".join(filter(None, words)) for words in zip(*(part.cells for part in parts), strict=True)]
    return (Texts.of(joined),)


def _asked(sheet: Sheet, found: SheetMap, name: str) -> list[str]:
    """What each header of a column asks for."""
    return found.grids.get(name) or items_of([sheet.headers[k] for k in found.columns[name]])


def _items(
    sheet: Sheet, found: SheetMap, name: str, parts: Parts, column: ColumnBinding, binding: Binding, log: IssueLog
) -> Parts:
    """The parts of a list; where its headers ask for one item each, with that item in the place of the answer."""
    listed = name not in CANONICAL or CELLS[name].kind == "items"
    here = log.on(Places((sheet.file,), np.zeros(len(sheet.rows), np.int64), sheet.rows), name)
    asked = name in found.grids or bool(column.chosen) or (is_grid(parts) and name not in binding.withheld)
    if parts and listed and not asked and not parts[0].listed:
        for k, part in zip(found.columns[name], parts, strict=True):
            said = says_nothing(part)
            reason = f"the cells below {sheet.headers[k].strip()!r} say whether, and not what: they are no items"
            remedy = f'If the header holds the item: [columns.{name}] grid = "… [*]", where `*` stands for it.'
            here.once("warning", np.flatnonzero(~part.empty & bool(said)), said, reason, remedy)
    if not (parts and listed and asked):
        return parts
    items = _asked(sheet, found, name)
    levels = name in CANONICAL and CELLS[name].levels
    return from_grid(parts, items, column.chosen, levels, name in found.grids, here)


def with_directory(rows: Rows, directory: Rows, binding: Binding, log: IssueLog) -> tuple[Rows, IntArray]:
    """Fill what people left blank from their row of the directory.

    A person's row there has the same id, or else the same e-mail address. What both say is taken from
    the person; differences are counted. An id or address that stands there twice joins nobody. For withheld columns
    and consents the directory speaks only where a person's own sheet does not ask: who was asked and said nothing has
    said nothing.

    Args:
        rows: The rows of the sheets.
        directory: Those of the directory.
        binding: The columns of the program.
        log: Takes what is noted.

    Returns:
        The filled rows, and the directory's row of each person, -1 where there is none, ``(n,)``.
    """
    joined = _join(rows, directory)
    cells, sheets = dict(rows.cells), dict(rows.sheets)
    named = {*CANONICAL, *rows.cells, *binding.columns, *binding.named, *binding.consents}
    if binding.roles is not None:
        named.add(binding.roles.column)
    for name, theirs in directory.cells.items():
        if name in _OWN or name not in named:
            continue
        mine = cells.get(name, ())
        if len(mine) == len(theirs) == 1:
            _count_differences(name, mine[0], theirs[0], joined, rows, directory, log)
        width = max(len(mine), len(theirs))
        mine, theirs = _widened(mine, width, len(rows)), _widened(theirs, width, len(directory))
        unanswered = np.logical_and.reduce([part.empty for part in mine])
        if name in binding.withheld | binding.consents:
            unanswered = unanswered & ~np.isin(rows.places.sheet, list(sheets.get(name, ())))
        source = np.where(unanswered, joined, -1)
        cells[name] = tuple(part.filled(other, source) for part, other in zip(mine, theirs, strict=True))
        filled = frozenset(np.unique(rows.places.sheet[source >= 0]).tolist())
        sheets[name] = sheets.get(name, frozenset()) | filled
    return Rows(rows.kinds, rows.places, cells, sheets), joined


def _join(rows: Rows, directory: Rows) -> IntArray:
    joined = _match(rows.ids, directory.ids)
    if (joined < 0).any():  # ids that are written otherwise, such as without their leading zeros
        mine, theirs = (each.ids.saying(map(id_key, each.ids.words)) for each in (rows, directory))
        joined = np.where(joined < 0, _match(mine, theirs), joined)
    if "email" in rows.cells and "email" in directory.cells:
        mine, theirs = (each.cells["email"][0] for each in (rows, directory))
        mine, theirs = (each.saying(map(email_key, each.words)) for each in (mine, theirs))
        joined = np.where(joined < 0, _match(mine, theirs), joined)
    return joined


def _match(mine: Texts, theirs: Texts) -> IntArray:
    """The row of ``theirs`` with the same text, -1 where there is none, or no single one."""
    both = Texts.stack([mine, theirs]).distinct
    here, there = both.codes[: len(mine)], both.codes[len(mine) :]
    row_of = np.full(len(both.words) + 1, -1, np.int64)
    row_of[there] = np.arange(len(there))
    often: BoolArray = np.bincount(there, minlength=len(row_of)) > 1
    row_of[often | (np.append(both.words, "") == "")] = -1
    return row_of[here]


def _count_differences(
    name: str, mine: Texts, theirs: Texts, joined: IntArray, rows: Rows, directory: Rows, log: IssueLog
) -> None:
    known = np.flatnonzero(joined >= 0)
    a, b = mine.cells[known], theirs.cells[joined[known]]
    differ = known[(a != b) & (a != "") & (b != "")]
    reason = f"{directory.places.files[0]} says something else; the person's own row counts"
    log.on(rows.places, name).once("info", differ, "", reason, "Correct whichever is wrong.")


def repeated(code: IntArray, within: IntArray | int = 0, asked: BoolArray | bool = True) -> list[IntArray]:
    """Return rows in groups of two or more, in the order of their codes.

    Args:
        code: The number of what each row is alike in, ``(n,)`` int64, from 0.
        within: The number of where it counts, such as its sheet, ``(n,)``.
        asked: Whether a row may stand in a group, ``(n,)`` bool.
    """
    group = code * (int(np.max(within, initial=0)) + 1) + within
    rows = np.flatnonzero((np.bincount(group)[group] > 1) & asked) if len(group) else np.zeros(0, np.int64)
    order = rows[np.argsort(group[rows], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []
