"""From columns of text to typed columns, by what the schema says of each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rmatch.columns import fold
from rmatch.roster.answers import itemised
from rmatch.roster.category import category, shown
from rmatch.roster.issues import ColumnLog, IssueLog
from rmatch.roster.lists import EMPTY, SEPARATORS, items
from rmatch.roster.numbers import count, measured, measures, ordered, whole
from rmatch.roster.rows import Rows, is_list
from rmatch.roster.texts import Answers, Texts
from rmatch.roster.times import half_hours, time_zones
from rmatch.schema.binding import PEOPLE, Binding, ColumnBinding
from rmatch.schema.person import CANONICAL, CELLS, Person


def of_items(part: Texts, declared: ColumnBinding, log: ColumnLog) -> Texts:
    """Return the cells of a list with the answers as the program declares them.

    Args:
        part: The cells.
        declared: What the program says of the column.
        log: Takes the warnings.
    """
    marks = (declared.split,) if declared.split is not None else (*SEPARATORS, *([","] if declared.options else ()))
    return itemised(part, marks, declared.options, {fold(word): said for word, said in declared.values.items()}, log)


_APART = ("employee_id", "role", *PEOPLE)
"""Columns that are read by themselves."""


def typed_columns(rows: Rows, binding: Binding, log: IssueLog) -> dict[str, Answers]:
    """Return every column over all rows, with the labels of both sides in one numbering.

    Args:
        rows: The rows as text.
        binding: The columns of the program.
        log: Takes warnings and errors.
    """
    return {name: _typed(name, rows, binding, log) for name in rows.cells if name not in _APART}


def _say_read(cells: Texts, readings: Mapping[str, str], log: ColumnLog) -> None:
    """Say which labels the alias table reads as another one."""
    words = cells.distinct
    read = [fold(readings.get(fold(word), word)) != fold(word) for word in words.words] if readings else []
    if any(read):
        example = min(word for word, other in zip(words.words.tolist(), read, strict=True) if other)
        reason = f"the alias table reads {example!r} as {readings[fold(example)]!r}"
        log.once("info", words.rows(read), example, reason, "Nothing to do; the table is in the program.")


def _typed(name: str, rows: Rows, binding: Binding, log: IssueLog) -> Answers:
    parts, declared = rows.cells[name], binding.columns.get(name, ColumnBinding())
    cells, here = parts[0], log.on(rows.places, name)
    kind = CELLS[name].kind if name in CANONICAL else "items" if is_list(name, binding) else "own"
    readings = binding.readings() if name in binding.skills | binding.labels else EMPTY
    if name == "timezone":
        asked = rows.cells["availability"][0].empty if "availability" in rows.cells else np.ones(len(cells), bool)
        return time_zones(cells, ~asked, here)
    match kind:
        case "text":
            return shown(cells)
        case "number":
            blank = None if name == "min_pairs" else np.nan  # the program may give what they did not write
            default = Person.model_fields[name].default
            return count(cells, 1.0 if default is None else float(default), here, blank)
        case "items":
            parts = tuple(of_items(part, declared, here) for part in parts)
            return items(parts, declared.split, name in CANONICAL and CELLS[name].levels, here, readings)
        case "times":
            zones = rows.cells["timezone"][0] if "timezone" in rows.cells else None
            cells = of_items(cells, declared, here) if declared.values or declared.options else cells
            return half_hours(cells, zones, declared.split, here)
    if declared.order:
        return ordered(cells, declared.order, here)
    if kind == "whole":
        return whole(cells, here)
    _say_read(cells, readings, here)
    if kind == "category":
        return category(cells, readings)
    if binding.roles is not None and binding.roles.column == name:
        return measured(cells, here)
    return measures(cells, here) or category(cells, readings)
