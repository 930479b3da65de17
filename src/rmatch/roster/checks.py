"""What is checked between cells: ids, capacities, one person on two sheets, rows and labels that tell of nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import compress

import numpy as np

from rmatch._util.quoted import excerpt
from rmatch.columns import BoolArray, Category, Column, IntArray, Number, fold
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.joined import remedies
from rmatch.roster.mapping import SheetMap
from rmatch.roster.reporting import Named
from rmatch.roster.resolver import email_key
from rmatch.roster.rows import Rows, repeated
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import Answers, labels
from rmatch.schema.bands import measured, numeric, singular
from rmatch.schema.binding import Binding
from rmatch.schema.person import CANONICAL, CELLS
from rmatch.schema.vocabulary import folded

_ALONE = tuple(name for name in CANONICAL if CELLS[name].kind in ("text", "category", "whole"))
"""Columns in which one person has one value, whatever sheet it stands on."""


_TELL = ("name", "email", "department", "location", "grade")
"""What tells two people of one number apart; the first two before all others."""


_NAME = re.compile(r"[^\W_]+")
_POWER = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}", re.ASCII | re.IGNORECASE)


_TOTALS = folded("totals")
_ADDRESSED, _LAST, _FEW = 0.6, 3, 0.2
_NOBODY = "Remove the row, if it is nobody; else fill in what tells who it is."


_MOSTLY = 0.8
"""Where so many of the people whom two files share by id have other names, the ids are not those of people."""


_COMPARED = 1_000
"""So many people whom two files share are compared."""


def check_ids(rows: Rows, named: Named, numbered: bool, binding: Binding, log: IssueLog) -> None:
    """Reject rows without an id, and every row of an id that stands twice on one sheet.

    Args:
        rows: The rows.
        named: The same rows, by the numbers of their ids.
        numbered: Whether ids are row numbers; two rows then have one only where their e-mail address is one.
        binding: How the columns were declared.
        log: Takes the errors.
    """
    here = log.on(rows.places, "employee_id")
    nobody = np.flatnonzero(rows.ids.empty)
    remedy = "Give every person an id of their own; where e-mail addresses are the ids, an address."
    here.rows("error", nobody, rows.ids.cells[nobody], "the row has no id", remedy)
    groups = repeated(named.person[: len(rows)], rows.places.sheet, ~rows.ids.empty)
    if groups:
        what, given = "e-mail address" if numbered else "id", remedies(rows, groups, binding)
        for remedy in dict.fromkeys(given):
            some = [group for group, own in zip(groups, given, strict=True) if own == remedy]
            reasons = labels([f"the {what} stands in {len(g)} rows: {_numbers(rows.places.row[g])}" for g in some])
            again = np.concatenate(some)
            here.rows("error", again, rows.ids.cells[again], np.repeat(reasons, [len(g) for g in some]), remedy)


def check_spoiled_ids(named: Named, log: IssueLog) -> None:
    """Warn of ids that a spreadsheet has shortened: to a power of ten, or by their leading zeros.

    Args:
        named: The rows of the sheets and of the directory; ids are held against all of them.
        log: Takes each warning once, with how many rows it concerns.
    """
    if "+" not in named.written and "\n0" not in named.written:
        return
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
        reason = f"this id and {other!r} differ only in leading zeros, which a spreadsheet may remove"
        warn(eaten, f"{reason}, so they count as one person, who is never paired with themself")
    elif any(short) and longest == width and all(len(word) == width for word in led):
        warn(short, f"the id has fewer digits than those that begin with 0, which all have {width}: zeros may be gone")


def _numbers(row: IntArray) -> str:
    shown = ", ".join(map(str, row[:5].tolist()))
    return shown if len(row) <= 5 else f"{shown} and {len(row) - 5:,} more"


def check_pairs(rows: Rows, columns: Mapping[str, Answers], log: IssueLog) -> None:
    """Reject rows that ask for more pairs than they have room for.

    Args:
        rows: The rows as text.
        columns: The same, typed; without a capacity of their own nobody is rejected.
        log: Takes the errors.
    """
    if "min_pairs" not in columns:
        return
    both = {name: columns[name].at(np.arange(len(rows))) for name in ("capacity", "min_pairs") if name in columns}
    capacity, least = number_or(both, "capacity", len(rows), np.nan), number_or(both, "min_pairs", len(rows), 0.0)
    beyond = np.flatnonzero(least.values > capacity.values)  # who wrote no capacity has what the program gives
    values = rows.cells["min_pairs"][0].cells[beyond]
    reason, remedy = "the row asks for more pairs than its capacity", "Lower min_pairs or raise capacity."
    log.on(rows.places, "min_pairs").rows("error", beyond, values, reason, remedy)


def number_or(columns: Mapping[str, Column], name: str, n: int, default: float) -> Number:
    """Return a column, or ``default`` for everybody where there is none.

    Args:
        columns: Columns by name.
        name: The column's name.
        n: Number of people.
        default: What stands for it.
    """
    column = columns.get(name)
    return column if isinstance(column, Number) else Number(np.full(n, default))


def refuse_strangers(rows: Rows, directory: Rows | None) -> None:
    """Refuse ids that are the running numbers of two forms, or of a form and a directory, and not those of people.

    Args:
        rows: The rows of one or two sheets.
        directory: Those of the directory, if there is one.

    Raises:
        RosterError: Nearly all people whom two files share by id have other names and e-mail addresses in each.
    """
    sides = [np.flatnonzero(rows.places.sheet == k) for k in range(len(rows.kinds))]
    if len(sides) > 1:
        _refuse_strangers(rows, sides[0], rows, sides[1])
    if directory is not None:
        for side in sides:
            _refuse_strangers(directory, np.arange(len(directory)), rows, side)


def _refuse_strangers(one: Rows, some: IntArray, other: Rows, others: IntArray) -> None:
    place: dict[str, int] = {}
    for k in some.tolist():
        place.setdefault(one.ids.cells[k], k)
    shared = [(place[said], k) for k in others.tolist() if (said := other.ids.cells[k]) in place and said]
    told = [(a, b, _differ(one, a, other, b)) for a, b in shared[:_COMPARED]]
    compared = [differ for _, _, differ in told if differ is not None]
    if sum(compared) < 2 or sum(compared) < _MOSTLY * len(compared):
        return
    if not _running([other.ids.cells[b] for _, b, differ in told if differ]):
        return  # people may write their names in two ways; where the rows disagree, that is warned of
    a, b = next((a, b) for a, b, differ in told if differ)
    cells = ((name, *_both_cells(name, one, a, other, b)) for name in _TELL if {name} <= {*one.cells} & {*other.cells})
    shown = next(name for name, here, there in cells if here and there and here.isdisjoint(there))
    names = excerpt(one.cells[shown][0].cells[a]), excerpt(other.cells[shown][0].cells[b])
    reason = (
        f"{sum(compared)} of {len(compared)} ids that this file shares with {one.places.files[one.places.sheet[a]]} "
        f"belong to different people, such as {excerpt(other.ids.cells[b])!r} to {names[0]!r} and {names[1]!r}: "
        "they seem to be row numbers"
    )
    remedy = (
        'Choose another column, such as that of the e-mail addresses: [columns.employee_id] source = "Email"; '
        'or number the rows of each file: source = "@row".'
    )
    file, row = other.places.files[other.places.sheet[b]], int(other.places.row[b])
    raise refusal(file, reason, remedy, column="employee_id", row=row)


def _running(ids: Sequence[str]) -> bool:
    """Whether ids are numbers that follow one another, as rows are numbered, with gaps for those who left."""
    numbers = [int(each) for each in ids if each.isdecimal() and len(each) < 10 and (each[0] != "0")]
    return len(numbers) == len(ids) and max(numbers) - min(numbers) < 3 * len(numbers) + 10


def _differ(one: Rows, a: int, other: Rows, b: int) -> bool | None:
    """Whether two rows are of two people: no e-mail address or name in common, or where neither can be compared, some
    other cell of which a person has one; None where nothing can be compared.
    """
    both = {name: _both_cells(name, one, a, other, b) for name in _TELL if name in one.cells and name in other.cells}
    differ = {name: here.isdisjoint(there) for name, (here, there) in both.items() if here and there}
    names = [differ[name] for name in ("email", "name") if name in differ]
    return all(names) if names else any(differ.values()) if differ else None


def _both_cells(name: str, one: Rows, a: int, other: Rows, b: int) -> tuple[set[str], set[str]]:
    """The words of a name, or the cell, of two rows; nothing where a cell is blank."""
    here, there = (fold(str(rows.cells[name][0].cells[k])) for rows, k in ((one, a), (other, b)))
    return (set(_NAME.findall(here)), set(_NAME.findall(there))) if name == "name" else ({here} - {""}, {there} - {""})


def compare_sheets(rows: Rows, named: Named, log: IssueLog) -> None:
    """Warn where one person's two rows, on two sheets, disagree about who that is; each keeps its own.

    Args:
        rows: The rows of the sheets.
        named: The same rows first, by the numbers of their ids; equal ids, letter by letter, are one person here.
        log: Takes the warnings, at the row of the second sheet.
    """
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


def check_bands(
    rows: Rows,
    columns: Mapping[str, Answers],
    sheets: Sequence[Sheet],
    maps: Sequence[SheetMap],
    binding: Binding,
    log: IssueLog,
) -> None:
    """Warn of each column that is compared as labels, and in which nearly every row has an answer of its own.

    Args:
        rows: The rows as text.
        columns: The same, typed.
        sheets: The sheets that they come from.
        maps: Where each sheet has each column.
        binding: Says which columns are compared.
        log: Takes the warnings.
    """
    for name in sorted({*columns} & binding.labels - binding.withheld):
        column = columns[name].at(np.arange(len(rows)))
        if not isinstance(column, Category) or not singular(column):
            continue
        said = np.flatnonzero(column.codes >= 0)
        some = column.cells()[said]
        own = int((np.bincount(column.codes[said]) > 0).sum())
        reason = (
            f"{own:,} different answers of {len(said):,} people are compared word by word, so hardly two are alike: "
            "these are no bands"
        )
        if numeric(column):
            header = next((s.headers[found.columns[name][0]] for s, found in zip(sheets, maps, strict=False)
                           if name in found.columns), name)  # fmt: skip
            other = f"{name.removesuffix('_band')}_as_number"
            remedy = (
                f'To compare numbers, read them as one: [columns.{other}] source = "{header.strip()}", and a criterion '
                f'`difference` with column = "{other}". Else write bands, such as 0-5 and 6-10.'
            )
        elif measured(column):
            remedy = "Write bands, such as 0-5 and 6-10 years, or the numbers without their unit, to compare these."
        else:
            remedy = "Write fewer, common answers, such as bands, or leave the column out of the program."
        log.on(rows.places, name).once("warning", said, str(some[0]), reason, remedy)


def check_odd_rows(rows: Rows, sheets: Sequence[Sheet], maps: Sequence[SheetMap], log: IssueLog) -> None:
    """Reject rows that are no people by their cells, and warn of those that may be none.

    It looks where ids are numbers of rows or e-mail addresses: other ids are missing in such rows, which is said.

    Args:
        rows: The rows of all sheets, one sheet under the other.
        sheets: The sheets.
        maps: Where each has each column, and what its ids are.
        log: Takes errors and warnings.
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
    if good.sum() >= _ADDRESSED * (good.sum() + len(odd)):
        reason = "this is no e-mail address, by which people are told apart here"
        log.on(rows.places, "email").rows("error", odd, rows.ids.cells[odd], reason, _NOBODY)


def _totals(rows: Rows, sheet: Sheet, at: IntArray, log: IssueLog) -> None:
    """Reject the last rows that say that they are sums, beside nothing but numbers."""
    for k in range(max(len(at) - _LAST, 0), len(at)):
        cells = [str(column.cells[k]) for column in sheet.columns]
        words = [cell for cell in cells if cell and not cell.replace(".", "").replace(",", "").isdigit()]
        if len(words) == 1 and fold(words[0].rstrip(":")) in _TOTALS:
            reason = "the row holds totals, and is nobody"
            log.on(rows.places, "employee_id").rows("error", at[k : k + 1], labels(words), reason, _NOBODY)


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
    here.once("warning", at[below], "", reason, _NOBODY)
    here.once("warning", at[alone & ~below], "", "the row has one cell only, and is read as a person", _NOBODY)
