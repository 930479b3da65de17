"""What is checked between cells: ids, capacities, and one person on two sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import compress

import numpy as np

from rmatch.columns import Column, IntArray, Number, fold
from rmatch.roster.issues import IssueLog, excerpt
from rmatch.roster.reporting import Named
from rmatch.roster.rows import Rows, repeated
from rmatch.roster.texts import Answers, labels
from rmatch.schema.person import CANONICAL, CELLS

_ALONE = tuple(name for name in CANONICAL if CELLS[name].kind in ("text", "category", "whole"))
"""Columns in which one person has one value, whatever sheet it stands on."""


_POWER = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}", re.ASCII | re.IGNORECASE)


def check_ids(rows: Rows, named: Named, log: IssueLog) -> None:
    """Reject rows without an id, and every row of an id that stands twice on one sheet."""
    here = log.on(rows.places, "employee_id")
    nobody = np.flatnonzero(rows.ids.empty)
    here.rows("error", nobody, rows.ids.cells[nobody], "the row has no id", "Give every person a unique id.")
    groups = repeated(named.person[: len(rows)], rows.places.sheet, ~rows.ids.empty)
    if groups:
        again = np.concatenate(groups)
        reasons = labels([f"the id stands in {len(g)} rows: {_numbers(rows.places.row[g])}" for g in groups])
        remedy = "Keep one row per person, or give each an id of their own."
        here.rows("error", again, rows.ids.cells[again], np.repeat(reasons, [len(g) for g in groups]), remedy)


def check_spoiled_ids(named: Named, log: IssueLog) -> None:
    """Warn of ids that a spreadsheet has shortened: to a power of ten, or by their leading zeros."""
    here = log.on(named.places, "employee_id")
    person = np.flatnonzero(np.bincount(named.person))
    words, remedy = named.words[person].tolist(), "Export again with the ids as text."

    def warn(spoiled: list[bool], reason: str) -> None:
        some = np.flatnonzero(np.isin(named.person, person[np.array(spoiled)]))
        here.once("warning", some, min(compress(words, spoiled)), reason, remedy)

    powers = ["+" in word and _POWER.fullmatch(word) is not None for word in words]
    if any(powers):
        warn(powers, "the id looks like a number that a spreadsheet has rounded to a power of ten")
    led = sorted((word for word in words if word[:1] == "0" and word.isdecimal()), reverse=True)
    if not led:
        return
    full, width = {word.lstrip("0"): word for word in led}, len(led[0])
    eaten = [word.isdecimal() and full.get(word.lstrip("0"), word) != word for word in words]
    short = [word.isdecimal() and len(word) < width for word in words]
    longest = max(len(word) for word in words if word.isdecimal())
    if any(eaten):
        other = full[min(compress(words, eaten)).lstrip("0")]
        warn(eaten, f"this id and {other!r} differ only in leading zeros, which a spreadsheet may remove")
    elif any(short) and longest == width and all(len(word) == width for word in led):
        warn(short, f"the id has fewer digits than those that begin with 0, which all have {width}: zeros may be gone")


def _numbers(row: IntArray) -> str:
    shown = ", ".join(map(str, row[:5].tolist()))
    return shown if len(row) <= 5 else f"{shown} and {len(row) - 5:,} more"


def check_pairs(rows: Rows, columns: Mapping[str, Answers], log: IssueLog) -> None:
    """Reject rows that ask for more pairs than they have room for."""
    if "min_pairs" not in columns:
        return
    both = {name: columns[name].at(np.arange(len(rows))) for name in ("capacity", "min_pairs") if name in columns}
    capacity, least = number_or(both, "capacity", len(rows), np.nan), number_or(both, "min_pairs", len(rows), 0.0)
    beyond = np.flatnonzero(least.values > capacity.values)  # who wrote no capacity has what the program gives
    values = rows.cells["min_pairs"][0].cells[beyond]
    reason, remedy = "the row asks for more pairs than its capacity", "Lower min_pairs or raise capacity."
    log.on(rows.places, "min_pairs").rows("error", beyond, values, reason, remedy)


def number_or(columns: Mapping[str, Column], name: str, n: int, default: float) -> Number:
    """The column, or ``default`` for everybody where there is none."""
    column = columns.get(name)
    return column if isinstance(column, Number) else Number(np.full(n, default))


def compare_sheets(rows: Rows, named: Named, log: IssueLog) -> None:
    """Warn where one person's two rows, on two sheets, disagree about who he or she is; each keeps its own."""
    if len(rows.kinds) < 2 or not len(rows):
        return
    codes = named.person[: len(rows)]
    first = np.full(len(named.words), -1, np.int64)
    on_first = rows.places.sheet == 0
    first[codes[on_first]] = np.flatnonzero(on_first)
    second = np.flatnonzero(~on_first & ~rows.ids.empty & (first[codes] >= 0))
    other = first[codes[second]]
    for name in _ALONE:
        if name not in rows.cells or log.hides(name):
            continue
        texts = rows.cells[name][0]
        a, b = texts.cells[other], texts.cells[second]
        differ = np.flatnonzero((a != b) & (a != "") & (b != ""))
        differ = differ[[fold(a[k]) != fold(b[k]) for k in differ]] if len(differ) else differ
        file, row = rows.places.files[0], rows.places.row[other]
        reasons = labels([f"the same person has {excerpt(a[k])!r} in {file}, row {row[k]}" for k in differ])
        remedy = "Correct whichever is wrong; until then each role keeps its own row."
        log.on(rows.places, name).rows("warning", second[differ], b[differ], reasons, remedy)
