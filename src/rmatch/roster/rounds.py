"""Earlier rounds as somebody wrote them down: from a table or a CSV file, every row at fault named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rmatch._util.quoted import excerpt
from rmatch.columns import Labels
from rmatch.errors import ProgramError, RosterError
from rmatch.roster.issues import IssueLog
from rmatch.roster.resolver import plain
from rmatch.roster.small import Small, SmallTable, as_written, problems, read_small

Pairs: TypeAlias = tuple[tuple[str, str], ...]

_Line: TypeAlias = tuple[int, str, str]
_SIDES = ("mentor_id", "mentee_id")
_ROUND, _PERSON = "round", "employee_id"


_Key: TypeAlias = tuple[int, ...]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_FIGURES = re.compile(r"[0-9]{1,18}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b"
)


@dataclass(frozen=True)
class Round:
    """One round: its pairs ``(mentor_id, mentee_id)``, and the mentors and mentees who were left out of it."""

    pairs: Pairs = ()
    mentors: tuple[str, ...] = ()
    mentees: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rounds:
    """Rounds, the oldest first; ``unordered`` are their names where nothing says that this is their order.

    ``rows`` says where each pair stands first.
    """

    rounds: tuple[Round, ...] = ()
    unordered: tuple[str, ...] = ()
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict, compare=False)


def read_rounds(source: Small, encoding: str | None = None, called: str = "the history") -> Rounds:
    """Return the rounds in a table, a CSV file or a workbook, the oldest first.

    Their order is that of the numbers or dates in their names; where these say nothing, it is that in which they
    first stand in the table, and is not relied upon.

    Args:
        source: ``mentor_id`` and ``mentee_id`` name a pair, one of them alone somebody who was left out; ``round``
            tells rounds apart. Other columns are ignored.
        encoding: Python's name of the encoding of a CSV file; UTF-8 where none is given.
        called: What messages call the table.

    Raises:
        ProgramError: The table cannot be used; every row at fault is named.
    """
    log, hint = IssueLog(), "Name the columns `mentor_id` and `mentee_id`."
    try:
        table = read_small(source, called, _SIDES, log, others=(_ROUND,), hint=hint, encoding=encoding)
        rounds = _rounds(table, log)
    except RosterError as error:
        raise ProgramError(f"{called} cannot be used: {error}") from None
    if log.count("error"):
        raise ProgramError(problems(log, f"{called} has")[0])
    return rounds


def read_away(source: Small, encoding: str | None = None) -> dict[int, list[str]]:
    """Return who is away in each round, by the round's number.

    Args:
        source: A table with ``employee_id``, which may hold an id, an e-mail address or a name, and ``round``.
        encoding: Python's name of the encoding of a CSV file; UTF-8 where none is given.

    Raises:
        ProgramError: The table cannot be used; every row at fault is named.
    """
    log, found, called = IssueLog(), dict[int, list[str]](), "the table of who is away"
    hint = "Name the columns `employee_id` and `round`."
    try:
        table = read_small(source, called, (_PERSON, _ROUND), log, hint=hint, encoding=encoding)
    except RosterError as error:
        raise ProgramError(f"{called} cannot be used: {error}") from None
    people, numbers = (as_written(table.columns[name]) for name in (_PERSON, _ROUND))
    for row, who, number in zip(table.rows.tolist(), people, numbers, strict=True):
        if not who:
            _note(log, table.file, row, "the row names nobody", "Fill in an id, or take it out.")
        elif not _FIGURES.fullmatch(number):
            reason = f"{excerpt(number)!r} is no number of a round" if number else "its `round` is blank"
            _note(log, table.file, row, reason, "Rounds are numbered from 1.")
        else:
            found.setdefault(int(number), []).append(str(who))
    if log.count("error"):
        raise ProgramError(problems(log, f"{called} has")[0])
    return found


def _rounds(table: SmallTable, log: IssueLog) -> Rounds:
    mentors, mentees = (as_written(table.columns[name]) for name in _SIDES)
    when, unordered = _places(table)
    if not len(table):
        return Rounds()
    rows, file = table.rows.tolist(), table.file
    for row in sorted({*range(rows[0], rows[-1])} - {*rows} - set(log.frame()["row"].dropna().tolist())):
        _note(log, file, row, "the row is blank", "Take it out.")
    first: dict[_Line, int] = {}
    for row, line in zip(rows, zip(when, mentors, mentees, strict=True), strict=True):
        number, mentor, mentee = line
        stands = first.setdefault(line, row)
        if not (mentor or mentee):
            _note(log, file, row, "the row names nobody", "Fill in an id, or take it out.")
        elif number < 0:
            _note(log, file, row, "its `round` is blank", "Say in which round that was.")
        elif stands != row:
            who = f"({excerpt(mentor)}, {excerpt(mentee)})" if mentor and mentee else repr(excerpt(mentor or mentee))
            reason = f"{who} stands in row {stands} already, for the same round"
            _note(log, file, row, reason, "Keep one of the two rows.")
    _note_both_ways(first, file, log)
    found: dict[int, list[_Line]] = {number: [] for number in sorted({line[0] for line in first})}
    for line in first:
        found[line[0]].append(line)
    rounds = tuple(
        Round(
            tuple((a, b) for _, a, b in lines if a and b),
            tuple(a for _, a, b in lines if not b),
            tuple(b for _, a, b in lines if not a),
        )
        for lines in found.values()
    )
    at = {(mentor, mentee): row for (_, mentor, mentee), row in reversed(first.items()) if mentor and mentee}
    return Rounds(rounds, unordered, at)


def _places(table: SmallTable) -> tuple[Sequence[int], tuple[str, ...]]:
    """The place of each row's round among all, from 0, -1 where it is blank; and names that have no order."""
    if _ROUND not in table.present:
        return [0] * len(table), ()
    named: Labels = as_written(table.columns[_ROUND])
    names = list(dict.fromkeys(str(name) for name in named if name))
    places = in_order(names)
    known = places if places is not None else {name: k for k, name in enumerate(names)}
    return [known.get(str(name), -1) for name in named], () if places is not None else tuple(names)


def _note_both_ways(first: dict[_Line, int], file: str, log: IssueLog) -> None:
    """Note who is left out of a round in which they have a partner."""
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
                _note(log, file, row, reason, "Keep one of the two rows.")


def _note(log: IssueLog, file: str, row: int, reason: str, remedy: str) -> None:
    log.note("error", file, reason, remedy, row=row)


def in_order(names: Sequence[str]) -> dict[str, int] | None:
    """Return the place of each name, from 0, equal ones together; None where the names do not tell.

    They tell where they are whole numbers; dates; the same words with one number, such as ``Round 2``; or years with a
    number or a month, such as ``Q1 2026`` or ``March 2026``. Of two that only differ in other words, such as ``spring``
    and ``autumn``, nothing is known, unless their years differ.
    """
    if len(names) < 2:
        return dict.fromkeys(names, 0)
    if all(_WHOLE.fullmatch(name) for name in names):
        return _placed({name: (int(name),) for name in names})
    words = {name: plain(name) for name in names}
    kinds = {_FIGURES.sub("#", word) for word in words.values()}
    numbers = {name: tuple(map(int, _FIGURES.findall(word))) for name, word in words.items()}
    if len(kinds) == 1 and len(next(iter(numbers.values()))) == 1:
        return _placed(numbers)
    years = {name: _YEAR.findall(word) for name, word in words.items()}
    if any(len(found) != 1 for found in years.values()):
        return None
    year = {name: int(found[0]) for name, found in years.items()}
    if len({*year.values()}) == len(names):
        return _placed({name: (each,) for name, each in year.items()})
    if len(kinds) == 1:
        return _dated(words, numbers, year)
    months = {name: _MONTH.findall(word) for name, word in words.items()}
    left = {_MONTH.sub("", _FIGURES.sub("#", word)) for word in words.values()}
    if len(left) == 1 and left.pop().count("#") == 1 and all(len(found) == 1 for found in months.values()):
        return _placed({name: (year[name], _MONTHS.index(months[name][0][:3])) for name in names})
    return None


def _dated(words: Mapping[str, str], numbers: Mapping[str, _Key], year: Mapping[str, int]) -> dict[str, int] | None:
    """The places of names that have a year and one or two further numbers; None where day and month may be either."""
    rest = {name: [k for k in found if k != year[name]] for name, found in numbers.items()}
    if {*map(len, rest.values())} == {1}:
        return _placed({name: (year[name], *rest[name]) for name in rest})
    if {*map(len, rest.values())} != {2}:
        return None
    first = all(found[0] == year[name] for name, found in numbers.items())
    readings = [(0, 1)] if first else [(1, 0)] if all("." in word for word in words.values()) else [(0, 1), (1, 0)]
    fits = [
        _placed({name: (year[name], found[month], found[day]) for name, found in rest.items()})
        for month, day in readings
        if all(1 <= found[month] <= 12 and 1 <= found[day] <= 31 for found in rest.values())
    ]
    return fits[0] if fits and all(each == fits[0] for each in fits) else None


def _placed(keys: Mapping[str, _Key]) -> dict[str, int]:
    order = sorted({*keys.values()})
    return {name: order.index(key) for name, key in keys.items()}
