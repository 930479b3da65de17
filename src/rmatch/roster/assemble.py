"""From sheets to a roster: one pass over every column, one table of issues, one line of account for every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from rmatch.columns import BoolArray, Category, Column, IntArray, Register, ReportingLines, Table
from rmatch.errors import RosterError
from rmatch.roster.checks import (
    check_bands,
    check_ids,
    check_odd_rows,
    check_pairs,
    check_spoiled_ids,
    compare_sheets,
    number_or,
    refuse_strangers,
)
from rmatch.roster.concluded import concluded
from rmatch.roster.identity import identities, numbered_ids, register
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.joined import join_rows
from rmatch.roster.latest import latest
from rmatch.roster.mapping import SheetMap, map_headers
from rmatch.roster.named_people import named_people
from rmatch.roster.reporting import Named, reporting_lines
from rmatch.roster.roles import MENTEE, MENTOR, NONE, halved, roles, sides_and_roles
from rmatch.roster.roster import Accounts, Roster
from rmatch.roster.rows import Rows, gather, with_directory
from rmatch.roster.sheet import Sheet
from rmatch.roster.spellings import suggest
from rmatch.roster.texts import Answers
from rmatch.roster.typed import agreed, set_apart, typed_columns
from rmatch.roster.unread import tell_unread, unread
from rmatch.schema.binding import Binding
from rmatch.schema.person import CANONICAL
from rmatch.schema.tracks import SIDE

OnBadRows = Literal["raise", "skip"]

_WRITTEN = (
    {"mentor_id", "mentee_id", "score", "why"},
    {"employee_id", "role", "eligible", "participant_note"},
    {"file", "row", "employee_id", "role", "status", "reason"},
    {"file", "row", "column", "severity", "remedy"},
)
"""Headers of the tables of a result: pairs, who is unmatched, everyone, and issues."""


def assemble(
    sheets: Sequence[Sheet],
    directory: Sheet | None,
    binding: Binding,
    keep_all: bool,
    on_bad_rows: OnBadRows,
    log: IssueLog,
) -> Roster:
    """Return the roster of one or two sheets and perhaps a directory.

    Args:
        sheets: One of everybody, or the mentors' and the mentees'.
        directory: The whole company, which fills gaps and gives reporting lines.
        binding: The roles and columns of the program.
        keep_all: Whether a header that is no column's becomes one of its own.
        on_bad_rows: ``"raise"`` refuses the input if any row has an error, ``"skip"`` goes on without those rows.
        log: Holds what was found while reading, and takes the rest.

    Raises:
        RosterError: The sheets cannot be used, or rows are rejected and may not be skipped.
    """
    every = _reported([*sheets, *([directory] if directory is not None else [])], log)
    kept, binding, told = _bindings(binding, sheets, keep_all, log)
    maps = map_headers(every, binding, keep_all, log)
    sheets = [join_rows(latest(s, m, binding, log), m, binding, log) for s, m in zip(sheets, maps, strict=False)]
    rows, joined, beyond = _gathered(sheets, directory, maps, binding, log)
    everybody = [rows] if beyond is None else [rows, beyond]
    named = Named.of(everybody)
    same = np.append(np.where(joined >= 0, joined + len(rows), -1), np.full(len(named.person) - len(rows), -1))
    one = identities(everybody, named, same, log)
    people = register(everybody, named, one, any(found.numbered for found in maps))
    check_ids(rows, named, people.numbered, binding, log)
    check_spoiled_ids(named, log)
    columns = typed_columns(rows, binding, log)
    side, role = (
        sides_and_roles(rows, columns, binding, log) if binding.tracks else (None, roles(rows, columns, binding, log))
    )
    columns = halved(columns) if binding.mirror == "require" else columns
    check_pairs(rows, columns, log)
    suggest(columns, binding, named.person[: len(rows)], rows.places, log)
    check_bands(rows, columns, sheets, maps, binding, log)
    compare_sheets(rows, named, log)
    lines, node = None, np.zeros(0, np.int64)
    if any("manager_id" in each.cells for each in everybody):
        lines, node = reporting_lines(named, one, people, len(rows), unread(every, maps, binding), log)
    for name in ("manager_id", "grade") if keep_all else ("manager_id",):
        if not any(name in each.cells for each in everybody):
            tell_unread(unread(every, maps, binding, binding.columns), people, name, sheets[0].file, log)
    rejected, reasons = log.refusals(len(rows))
    if log.count("error") and on_bad_rows == "raise":
        raise _bad_rows(log)
    taking = _taking(role, rejected, sheets[0].file, log)
    theirs = named_people(rows, taking, people, binding, log)
    tables = (
        _table(rows, columns, (lines, node), people, chosen, of, said, side)
        for of, chosen, said in zip((MENTOR, MENTEE), taking, theirs, strict=True)
    )
    accounts = Accounts(rows.places, rows.ids, role, rejected, reasons, tuple(sheet.unreadable for sheet in sheets))
    (seen, apart), (others, further) = (set_apart(table, binding) for table in tables)
    return Roster(kept, (seen, others), (apart, further), log, accounts, (*_notes(every, maps), *told))


def _reported(every: list[Sheet], log: IssueLog) -> list[Sheet]:
    """The sheets, after what is wrong with their rows was reported. Raises RosterError where nobody is on them."""
    for sheet in every:
        if sheet.kind != "directory" and any(own <= set(sheet.headers) for own in _WRITTEN):
            remedy = "Give the file that was matched."
            raise refusal(sheet.file, "this is a table of results that rmatch wrote, and no export of people", remedy)
    if not any(len(sheet.rows) + len(sheet.unreadable) for sheet in every if sheet.kind != "directory"):
        raise refusal(every[0].file, "there are headers, but no people", "Give one row per person.")
    for sheet in every:
        sheet.report(log)
    return every


def _bindings(
    binding: Binding, sheets: Sequence[Sheet], keep_all: bool, log: IssueLog
) -> tuple[Binding, Binding, list[str]]:
    """The binding as it is kept and as it is read with, and what the answers told of it where no program does."""
    told, said = concluded(sheets, log) if keep_all else ({}, [])
    columns = {**told, **binding.columns}
    return binding.model_copy(update={"concluded": told}), binding.model_copy(update={"columns": columns}), said


def _gathered(
    sheets: Sequence[Sheet], directory: Sheet | None, maps: Sequence[SheetMap], binding: Binding, log: IssueLog
) -> tuple[Rows, IntArray, Rows | None]:
    """The rows of the sheets, the row of the directory that each was joined with or -1, and the directory's rows."""
    own = maps[: len(sheets)]
    rows = numbered_ids(gather(sheets, own, binding, log), own, log)
    check_odd_rows(rows, sheets, maps, log)
    joined, beyond = np.full(len(rows), -1, np.int64), None
    if directory is not None:
        beyond = gather([directory], maps[len(sheets) :], binding, log)
    refuse_strangers(rows, beyond)
    if beyond is not None:
        rows, joined = with_directory(rows, beyond, binding, log)
    return agreed(rows, binding, log), joined, beyond


def _taking(role: IntArray, rejected: BoolArray, file: str, log: IssueLog) -> tuple[IntArray, IntArray]:
    """The rows of those who take part, as mentors and as mentees."""
    if not (role[~rejected] != NONE).any():
        log.note("warning", file, "nobody takes part", "Look at the roles, and at the rows that are rejected.")
    mentors, mentees = (np.flatnonzero((role & side > 0) & ~rejected) for side in (MENTOR, MENTEE))
    return mentors, mentees


def _table(
    rows: Rows,
    columns: Mapping[str, Answers],
    reporting: tuple[ReportingLines | None, IntArray],
    people: Register,
    chosen: IntArray,
    role: int,
    said: Mapping[str, Column],
    side: Category | None,
) -> Table:
    """The people of one role, with the columns that its sheet has, or any sheet where both may have that role."""
    sheet = 1 if role == MENTEE and "mentees" in rows.kinds else 0
    here = {name: column for name, column in columns.items() if side is not None or sheet in rows.sheets[name]}
    mine = {name: column.at(chosen) for name, column in here.items()} | dict(said)
    if side is not None:
        mine[SIDE] = side.take(chosen)
    mine["capacity"] = number_or(mine, "capacity", len(chosen), np.nan)
    mine["min_pairs"] = number_or(mine, "min_pairs", len(chosen), 0.0)
    lines, node = reporting
    own = node[chosen] if lines is not None else node
    return Table(rows.ids.cells[chosen], mine, lines, own, people, people.person[chosen])


def _bad_rows(log: IssueLog) -> RosterError:
    issues = log.frame()
    errors = issues[issues["severity"] == "error"]
    shown = []
    for each in errors.head(3).itertuples():
        where = ", ".join(map(str, filter(None, [each.file, f"row {each.row}", each.column])))
        value = f" ({each.value!r})" if each.value else ""
        shown.append(f"  {where}: {each.reason}{value}. {each.remedy}")
    more = f"\n  and {len(errors) - 3:,} more, see `.issues`" if len(errors) > 3 else ""
    count = f"{len(errors):,} errors reject rows" if len(errors) > 1 else "1 error rejects a row"
    return RosterError(
        f'{count}. Correct the input, or go on without those rows with on_bad_rows="skip".\n' + "\n".join(shown) + more,
        issues,
    )


def _notes(sheets: Sequence[Sheet], maps: Sequence[SheetMap]) -> tuple[str, ...]:
    notes = []
    for sheet, found in zip(sheets, maps, strict=True):
        known = [name for name in found.columns if name in CANONICAL]
        aliased = "".join(f", {header!r} read as {name}" for name, header in found.aliased.items())
        kept = f"; kept as they are: {', '.join(found.kept)}" if found.kept else ""
        dropped = f"; not read: {', '.join(found.dropped)}" if found.dropped else ""
        notes.append(f"{sheet.file} ({sheet.found}): {len(known)} known columns{aliased}{kept}{dropped}")
    return tuple(notes)
