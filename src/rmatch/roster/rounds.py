"""Earlier rounds as somebody wrote them down: from a table or a CSV file, every row at fault named."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from rmatch._util.files import unharmed
from rmatch.columns import Labels
from rmatch.errors import ProgramError, RosterError
from rmatch.roster.delimited import read_delimited
from rmatch.roster.frames import Frame, read_frame
from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog, excerpt
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import open_text
from rmatch.roster.texts import labels
from rmatch.schema.person import fold_header

Pairs: TypeAlias = tuple[tuple[str, str], ...]

_Line: TypeAlias = tuple[int, str, str]
_SIDES = ("mentor_id", "mentee_id")
_ROUND = "round"
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_MOST_SHOWN = 50


@dataclass(frozen=True)
class Round:
    """One round: its pairs ``(mentor_id, mentee_id)``, and the mentors and mentees who were left out of it."""

    pairs: Pairs = ()
    mentors: tuple[str, ...] = ()
    mentees: tuple[str, ...] = ()


def read_rounds(source: Frame | str | os.PathLike[str]) -> tuple[Round, ...]:
    """Return the rounds in a table or a CSV file, the oldest first; other columns are ignored.

    ``mentor_id`` and ``mentee_id`` name a pair, one of them alone somebody who was left out; ``round`` tells rounds
    apart. Their order is that of their numbers where all are whole, of their dates where all are written as years,
    months or days (``2026``, ``2026-04``, ``2026-04-30``), else that in which they first stand in the table.
    Raises ProgramError where the table cannot be used, naming every row at fault.
    """
    log = IssueLog()
    try:
        sheet = _sheet(source, log)
        sheet.report(log)
        rounds = _rounds(sheet, log)
    except RosterError as error:
        raise ProgramError(f"the history cannot be used: {error}") from None
    if log.count("error"):
        raise _refusal(log)
    return rounds


def _sheet(source: Frame | str | os.PathLike[str], log: IssueLog) -> Sheet:
    if not isinstance(source, str | os.PathLike):
        return read_frame(source, "workforce", log)
    path, every = Path(source), frozenset(map(fold_header, (*_SIDES, _ROUND)))
    with open_text(path, path.name) as text:
        sheet = read_delimited(text, "workforce", Known(frozenset({fold_header(_SIDES[0])}), every), log)
    columns = (replace(column, words=labels([unharmed(word) for word in column.words])) for column in sheet.columns)
    return replace(sheet, columns=tuple(columns))  # a file may be one that we wrote


def _rounds(sheet: Sheet, log: IssueLog) -> tuple[Round, ...]:
    mentors, mentees = (_column(sheet, name, log) for name in _SIDES)
    when = _in_order(_column(sheet, _ROUND, log, needed=False))
    if mentors is None or mentees is None or not len(sheet.rows):
        return ()
    rows = sheet.rows.tolist()
    for row in sorted({*range(rows[0], rows[-1])} - {*rows} - {bad.row for bad in sheet.unreadable}):
        _note(log, row, "the row is blank", "Take it out.")
    first: dict[_Line, int] = {}
    for row, line in zip(rows, zip(when or [0] * len(rows), mentors, mentees, strict=True), strict=True):
        number, mentor, mentee = line
        stands = first.setdefault(line, row)
        if not (mentor or mentee):
            _note(log, row, "the row names nobody", "Fill in an id, or take it out.")
        elif number < 0:
            _note(log, row, "its `round` is blank", "Say in which round that was.")
        elif stands != row:
            who = f"({excerpt(mentor)}, {excerpt(mentee)})" if mentor and mentee else repr(excerpt(mentor or mentee))
            _note(log, row, f"{who} stands in row {stands} already, for the same round", "Keep one of the two rows.")
    _note_both_ways(first, log)
    found: dict[int, list[_Line]] = {number: [] for number in sorted({line[0] for line in first})}
    for line in first:
        found[line[0]].append(line)
    return tuple(
        Round(
            tuple((a, b) for _, a, b in lines if a and b),
            tuple(a for _, a, b in lines if not b),
            tuple(b for _, a, b in lines if not a),
        )
        for lines in found.values()
    )


def _in_order(named: Labels | None) -> list[int]:
    """The place of each row's round among all, from 0; -1 where it is blank. Empty where there is no such column."""
    if named is None:
        return []
    names = list(dict.fromkeys(str(name) for name in named if name))
    if all(_WHOLE.fullmatch(name) for name in names):
        numbers = sorted({int(name) for name in names})
        places = {name: numbers.index(int(name)) for name in names}
    else:  # nothing in a name such as "autumn" says what comes before it
        dated = len({len(name) for name in names}) == 1 and all(_DATE.fullmatch(name) for name in names)
        places = {name: k for k, name in enumerate(sorted(names) if dated else names)}
    return [places.get(str(name), -1) for name in named]


def _note_both_ways(first: dict[_Line, int], log: IssueLog) -> None:
    """Note who is left out of a round in which she has a partner."""
    paired: dict[tuple[int, str, str], int] = {}
    for (number, mentor, mentee), row in first.items():
        if mentor and mentee:
            paired.setdefault((number, "mentor", mentor), row)
            paired.setdefault((number, "mentee", mentee), row)
    for (number, mentor, mentee), row in first.items():
        for role, id_, other in (("mentor", mentor, mentee), ("mentee", mentee, mentor)):
            if not other and (number, role, id_) in paired:
                place = paired[number, role, id_]
                reason = f"{excerpt(id_)!r} is left out, but has a partner in row {place}, in the same round"
                _note(log, row, reason, "Keep one of the two rows.")


def _column(sheet: Sheet, name: str, log: IssueLog, needed: bool = True) -> Labels | None:
    """The cells of the one column with this header; None, which is noted where it is needed, where there is none."""
    folded = [fold_header(header) for header in sheet.headers]
    found = [k for k, header in enumerate(folded) if header == fold_header(name)]
    if len(found) == 1:
        return sheet.columns[found[0]].cells
    if found:
        _note(log, 1, f"there are {len(found)} columns {name!r}", "Keep one of them.")
    elif needed:
        near = get_close_matches(fold_header(name), folded, 1, cutoff=0.7)
        did_you = f" Is it {sheet.headers[folded.index(near[0])]!r}?" if near else ""
        _note(log, 1, f"there is no column {name!r}", f"Name the columns `mentor_id` and `mentee_id`.{did_you}")
    return None


def _note(log: IssueLog, row: int, reason: str, remedy: str) -> None:
    log.note("error", "the history", reason, remedy, row=row)


def _refusal(log: IssueLog) -> ProgramError:
    issues = log.frame()
    issues = issues[issues["severity"] == "error"]
    shown = issues.head(_MOST_SHOWN)
    lines = [
        f"  row {row}: {reason}. {remedy}".rstrip()
        for row, reason, remedy in zip(shown["row"], shown["reason"], shown["remedy"], strict=True)
    ]
    if len(issues) > len(shown):
        lines.append(f"  and {len(issues) - len(shown):,} more")
    problems = f"{len(issues):,} problems" if len(issues) > 1 else "a problem"
    return ProgramError("\n".join([f"the history has {problems}:", *lines]))
