"""Somebody who signed up several times: their latest row counts, where the program says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.joined import rows_by_person
from rmatch.roster.mapping import SheetMap
from rmatch.roster.sheet import Sheet
from rmatch.schema.binding import Binding
from rmatch.schema.person import fold_header

_DATE = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})")
_TIME = re.compile(
    r"[T ,]*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?m?\.?\s*"
    r"(?:(?:UTC|GMT|Z)?\s*([+-]\d{1,2})(?::?(\d{2}))?|[A-Z]{1,5})?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{1,6}(?:\.\d+)?")


def latest(sheet: Sheet, found: SheetMap, binding: Binding, log: IssueLog) -> Sheet:
    """Return the sheet with the latest row alone of each person who stands on it several times.

    A person is known by their id, and by their e-mail address where rows are numbered. Rows of one moment all stay.

    Args:
        sheet: The sheet.
        found: Where it has each column.
        binding: Says whether the latest row counts, and by which header.
        log: Takes how many were replaced.

    Raises:
        RosterError: The column of times is missing, or its dates can be read in two ways that matter.
    """
    if binding.by is None or sheet.kind == "directory":
        return sheet
    at = [k for k, header in enumerate(sheet.headers) if fold_header(header) == fold_header(binding.by)]
    if len(at) != 1:
        reason = f"no header means {binding.by!r}, by which the program keeps the latest sign-up"
        remedy = (
            f"Correct `by`; the headers are {', '.join(repr(h.strip()) for h in sheet.headers if h.strip())[:300]}."
        )
        raise refusal(sheet.file, reason, remedy)
    several = rows_by_person(sheet, found)
    if not several:
        return sheet
    kept = _kept(several, [str(cell) for cell in sheet.columns[at[0]].cells], sheet, binding.by)
    unsure = [group[-1] for group, last in zip(several, kept, strict=True) if last is None]
    if unsure:
        n, row = len(unsure), int(sheet.rows[unsure[0]])
        people = "1 person" if n == 1 else f"{n:,} people"
        reason = (
            f"{people} signed up several times, and {binding.by!r} does not tell which was the latest: all rows stay"
        )
        log.note("warning", sheet.file, reason, "Take out the earlier rows.", column="employee_id", row=row)
    gone = {k: last for group, last in zip(several, kept, strict=True) if last is not None for k in group if k != last}
    if not gone:
        return sheet
    n, first = len(gone), min(gone)
    reason = f"{n:,} earlier {'sign-up is' if n == 1 else 'sign-ups are'} replaced by a later one of the same person"
    log.note("info", sheet.file, reason, "Nothing to do.", row=int(sheet.rows[first]))
    later = {k: f"row {int(sheet.rows[last])} is a later sign-up of the same person" for k, last in gone.items()}
    return sheet.without(later)


def _kept(several: Sequence[Sequence[int]], cells: Sequence[str], sheet: Sheet, by: str) -> list[int | None]:
    """The latest row of each group; None where two are of one moment, or a time cannot be read."""
    said = [cells[k] for group in several for k in group]
    orders = _orders(said)
    answers = [[_last(group, cells, day_first) for group in several] for day_first in orders]
    if not answers or any(each != answers[0] for each in answers):
        place = int(sheet.rows[several[0][0]])
        reason = f"the dates in {by!r} can be read with the day or the month first, and that decides which is later"
        raise refusal(sheet.file, reason, "Write them as 2025-01-31.", row=place)
    return answers[0]


def _orders(said: Sequence[str]) -> list[bool]:
    """Whether the day may stand first, the month may, or both."""
    dates = [(int(d[1]), int(d[2])) for word in said if (d := _DATE.match(word)) is not None and len(d[1]) < 3]
    day, month = any(a > 12 for a, _ in dates), any(b > 12 for _, b in dates)
    return [first for first, against in ((True, month), (False, day)) if not against]


def _last(group: Sequence[int], cells: Sequence[str], day_first: bool) -> int | None:
    moments = [_moment(cells[k], day_first) for k in group]
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments) or moments.count(max(known)) > 1:
        return None
    return group[moments.index(max(known))]


def _moment(word: str, day_first: bool) -> float | None:
    """The moment as a number that grows with time; None where it cannot be read."""
    if _SERIAL.fullmatch(word):
        return float(word) * 86_400
    date = _DATE.match(word)
    if date is None:
        return None
    time = _TIME.fullmatch(word, date.end()) if word[date.end() :].strip() else None
    if time is None and word[date.end() :].strip():
        return None
    a, b, c = int(date[1]), int(date[2]), int(date[3])
    year, month, day = (a, b, c) if len(date[1]) > 2 else (c, b, a) if day_first else (c, a, b)
    hour, minute, second = (int(time[k] or 0) for k in (1, 2, 3)) if time else (0, 0, 0)
    if time and time[4]:
        hour = hour % 12 + 12 * (time[4].lower() == "p")
    try:
        moment = datetime(year + 2000 * (year < 100), month, day, hour, minute, second, tzinfo=UTC)
        ahead = timedelta(hours=int(time[5]), minutes=int(time[6] or 0)) if time and time[5] else timedelta()
        return (moment - ahead).timestamp()
    except (ValueError, OverflowError):
        return None
