"""From columns of text to typed columns, by what the schema says of each; what is withheld stands apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rmatch.columns import FEWEST, BoolArray, Column, Table, fold
from rmatch.roster.answers import itemised
from rmatch.roster.issues import ColumnLog, IssueLog
from rmatch.roster.lists import EMPTY, SEPARATORS, category, items, shown
from rmatch.roster.numbers import count, measured, measures, ordered, plain_number, whole
from rmatch.roster.rows import Parts, Rows, is_list
from rmatch.roster.texts import Answers, Texts
from rmatch.roster.weekly import half_hours, time_zones
from rmatch.schema.binding import PEOPLE, Binding, ColumnBinding
from rmatch.schema.person import CANONICAL, CELLS, Person
from rmatch.schema.yes import means_yes


def of_items(part: Texts, declared: ColumnBinding, log: ColumnLog) -> Texts:
    """Return the cells of a list with the answers as the program declares them.

    Args:
        part: The cells.
        declared: What the program says of the column.
        log: Takes the warnings.
    """
    marks = declared.separators or (*SEPARATORS, *([","] if declared.options else ()))
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
            return items(parts, declared.separators, name in CANONICAL and CELLS[name].levels, here, readings)
        case "times":
            zones = rows.cells["timezone"][0] if "timezone" in rows.cells else None
            cells = of_items(cells, declared, here) if declared.values or declared.options else cells
            return half_hours(cells, zones, declared.separators, here)
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


def agreed(rows: Rows, binding: Binding, log: IssueLog) -> Rows:
    """Return the rows with withheld cells only where their owner said yes, if the column asks for consent.

    That is done before the cells are read as numbers, labels or lists: no answer, "prefer not to say" and no consent
    are one and the same from here on, and what does not count cannot change how the rest is understood either.

    Args:
        rows: The rows.
        binding: Says which columns are withheld, and which hold their consents.
        log: Is told where many answer the question of consent and no answer means yes.
    """
    for consent in sorted(binding.consents & rows.cells.keys()):
        said = int(sum((~part.empty).sum() for part in rows.cells[consent]))
        if said >= FEWEST and not _yes(rows, consent).any():
            log.withhold(consent, said, "nobody's answer means yes", "Write yes or no.")
    cells: Mapping[str, Parts] = {
        name: tuple(part.only(_yes(rows, binding.columns[name].consent)) for part in parts)
        if name in binding.columns and binding.columns[name].withheld
        else parts
        for name, parts in rows.cells.items()
    }
    return replace(rows, cells=cells)


def _yes(rows: Rows, consent: str | None) -> BoolArray:
    if consent is None:
        return np.ones(len(rows), bool)
    said = np.zeros(len(rows), bool)
    for part in rows.cells.get(consent, ()):
        said |= _means_yes(part.spoken())
    return said


def _means_yes(texts: Texts) -> BoolArray:
    words = [word.strip("; |") for word in texts.words]
    return texts.where([means_yes(word) or plain_number(word) == 1 for word in words])


def set_apart(table: Table, binding: Binding) -> tuple[Table, Table]:
    """Return one side without its withheld columns, and the sensitive and audited ones alone; no consents."""
    seen: dict[str, Column] = {}
    apart: dict[str, Column] = {}
    for name, column in table.columns.items():
        if name not in binding.withheld:
            seen[name] = column
        elif name in binding.columns and binding.columns[name].withheld:
            apart[name] = column
    return replace(table, columns=seen), Table(table.ids, apart)
