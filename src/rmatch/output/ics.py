"""Calendar files: a programme's term, or one pair's meetings, that calendars read (iCalendar, RFC 5545)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from rmatch.analysis.explain import shared_runs
from rmatch.columns import Category, Table
from rmatch.errors import ProgramError, RmatchError
from rmatch.result import Result
from rmatch.schema.term import ProgramTerm, meeting_windows

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")  # no calendar may hold them
_WEEK = timedelta(days=6)
_AGREE = "Agree a time within these days."
_FOUND = "Both gave this time. It is the same in UTC all through the term: where the clocks change, check it."


@dataclass(frozen=True)
class Entry:
    """One entry of a calendar: whole days, both included, or from one moment to another."""

    key: tuple[str, ...]
    """Tells it from all others, and finds it again when the calendar is written anew."""
    title: str
    begin: date
    end: date
    note: str = ""


def calendar_of(matching: Result, mentor_id: str | None, mentee_id: str | None) -> bytes:
    """Return the programme's calendar or, with ids, that of one pair.

    Raises ProgramError where the program has no term, RmatchError where the two are no pair of the plan, or
    icalendar is not installed.
    """
    term = matching.program.term
    if term is None:
        raise ProgramError(
            "the program has no term; add [term] with `start`, `end` and `meetings`, such as "
            "start = 2026-03-01, end = 2026-08-31, meetings = 6"
        )
    if mentor_id is None and mentee_id is None:
        return calendar(term, _programme(term))
    if mentor_id is None or mentee_id is None:
        raise RmatchError("a pair's calendar needs both ids: `mentor_id` and `mentee_id`")
    return calendar(term, _meetings(term, matching, str(mentor_id), str(mentee_id)))


def _programme(term: ProgramTerm) -> Iterator[Entry]:
    key, of = ("programme", term.start.isoformat()), term.meetings
    yield Entry((*key, "start"), "Reverse mentoring begins", term.start, term.start, f"It has {term.in_words()}.")
    for k, (first, last) in enumerate(meeting_windows(term), start=1):
        yield Entry((*key, str(k)), f"Reverse mentoring: meeting {k} of {of}", first, min(first + _WEEK, last), _AGREE)
    yield Entry((*key, "end"), "Reverse mentoring ends", term.end, term.end)


def _meetings(term: ProgramTerm, matching: Result, mentor_id: str, mentee_id: str) -> Iterator[Entry]:
    model, (i, j) = matching.model, matching.chosen
    made = np.flatnonzero((model.mentors.ids[i] == mentor_id) & (model.mentees.ids[j] == mentee_id))
    if not len(made):
        raise RmatchError(f"({mentor_id}, {mentee_id}) is no pair of this plan; `pairs` lists them")
    one, other = i[made], j[made]
    runs = (shared_runs(model, one, other) or [[]])[0]
    names = _called(model.mentors, int(one[0])), _called(model.mentees, int(other[0]))
    who = f"{names[0]} teaches, {names[1]} learns."
    for k, (first, last) in enumerate(meeting_windows(term), start=1):
        key = ("meeting", mentor_id, mentee_id, term.start.isoformat(), str(k))
        title = f"Reverse mentoring: {' and '.join(names)} ({k} of {term.meetings})"
        moments = _moments(runs, term.minutes, first, last)
        if moments is None:
            yield Entry(key, title, first, min(first + _WEEK, last), f"{who} {_AGREE}")
        else:
            yield Entry(key, title, *moments, f"{who} {_FOUND}")


def _called(table: Table, row: int) -> str:
    names, person = table.get("name"), str(table.ids[row])
    name = names.cells()[row] if isinstance(names, Category) else ""
    return f"{name} ({person})" if name else person


def _moments(runs: list[tuple[int, int]], minutes: int, first: date, last: date) -> tuple[datetime, datetime] | None:
    """The first shared time of the week that is long enough, else the first one, on its day within the window."""
    if not runs:
        return None
    begin, end = next((run for run in runs if (run[1] - run[0]) * 30 >= minutes), runs[0])
    day = first + timedelta(days=(begin // 48 - first.weekday()) % 7)
    if day > last:
        return None
    moment = datetime.combine(day, time(begin % 48 // 2, begin % 2 * 30), UTC)
    return moment, moment + timedelta(minutes=min(minutes, (end - begin) * 30))


def calendar(term: ProgramTerm, events: Iterator[Entry]) -> bytes:
    """Return the events as a calendar file, the same bytes whenever it is written.

    Raises RmatchError where icalendar is not installed.
    """
    try:
        import icalendar
    except ImportError:
        raise RmatchError('a calendar file needs the extra "calendar": pip install ".[calendar]"') from None
    written = icalendar.Calendar()
    written.add("version", "2.0")
    written.add("prodid", "-//rmatch//reverse mentoring//EN")
    for event in events:
        entry = icalendar.Event()
        entry.add("uid", f"{_digest(event.key)}@rmatch")
        entry.add("dtstamp", datetime.combine(term.start, time(), UTC))  # no clock: a file says the same tomorrow
        entry.add("summary", _clean(event.title))
        entry.add("dtstart", event.begin)
        timed = isinstance(event.end, datetime)
        entry.add("dtend", event.end if timed else event.end + timedelta(days=1))
        entry.add("transp", "OPAQUE" if timed else "TRANSPARENT")
        if event.note:
            entry.add("description", _clean(event.note))
        written.add_component(entry)
    found: bytes = written.to_ical()
    return found


def _digest(key: tuple[str, ...]) -> str:
    return hashlib.sha256("\x1f".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text).encode("utf-8", "backslashreplace").decode()
