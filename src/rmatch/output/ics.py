"""Calendar files: a programme's term, or one pair's meetings, that calendars read (iCalendar, RFC 5545)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from rmatch._util.quoted import arrow, called
from rmatch.analysis.people import both, names_in, tracks_of_pairs
from rmatch.analysis.slots import Slot, timetable_of
from rmatch.errors import ProgramError, RmatchError
from rmatch.result import Result
from rmatch.roster.weekly import DAY
from rmatch.roster.zones import clock
from rmatch.schema.term import ProgramTerm, meeting_windows

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")  # no calendar may hold them
_WEEK = timedelta(days=6)
_AGREE = "Agree a time within these days."
_FOUND = "Both are free at this time."


@dataclass(frozen=True)
class Entry:
    """One entry of a calendar: whole days, both included, or from one moment to another."""

    key: tuple[str, ...]
    """Tells it from all others, and finds it again when the calendar is written anew."""
    title: str
    begin: date
    end: date
    note: str = ""


def calendar_of(matching: Result, mentor_id: str | None = None, mentee_id: str | None = None) -> bytes:
    """Return the programme's calendar or, with ids, that of one pair.

    Raises:
        ProgramError: The program has no term.
        RmatchError: The two are no pair of the plan, or icalendar is not installed.
    """
    term = matching.program.term
    if term is None:
        raise ProgramError(
            "the program has no term; add [term] with `start`, `end` and `meetings`, such as "
            "start = 2026-03-01, end = 2026-08-31, meetings = 6"
        )
    if mentor_id is None and mentee_id is None:
        called = "Mentoring" if matching.program.tracks else "Reverse mentoring"
        return calendar(term, _programme(term, called))
    if mentor_id is None or mentee_id is None:
        raise RmatchError("a pair's calendar needs both ids: `mentor_id` and `mentee_id`")
    i, j = both(matching, mentor_id, mentee_id)
    ids = str(matching.model.mentors.ids[i]), str(matching.model.mentees.ids[j])
    return calendar(term, _meetings(term, matching, *ids))


def _programme(term: ProgramTerm, called: str) -> Iterator[Entry]:
    key, of = ("programme", term.start.isoformat()), term.meetings
    yield Entry((*key, "start"), f"{called} begins", term.start, term.start, f"It has {term.in_words()}.")
    for k, (first, last) in enumerate(meeting_windows(term), start=1):
        yield Entry((*key, str(k)), f"{called}: meeting {k} of {of}", first, min(first + _WEEK, last), _AGREE)
    yield Entry((*key, "end"), f"{called} ends", term.end, term.end)


def _meetings(term: ProgramTerm, matching: Result, mentor_id: str, mentee_id: str) -> Iterator[Entry]:
    model, (i, j) = matching.model, matching.chosen
    made = np.flatnonzero((model.mentors.ids[i] == mentor_id) & (model.mentees.ids[j] == mentee_id))
    if not len(made):
        raise RmatchError(
            f"{arrow(mentor_id, mentee_id, names_in(matching))} is no pair of this plan; `pairs` lists them"
        )
    times = timetable_of(matching)
    slot = times.slots[int(made[0])] if times is not None else None
    names = called(mentor_id, names_in(matching)), called(mentee_id, names_in(matching))
    tracks = tracks_of_pairs(model, i[made])
    kind = "Reverse mentoring" if tracks is None else f"Mentoring ({tracks[0]})"
    who = f"{names[0]} teaches, {names[1]} learns."
    if model.program.mirror == "require":
        who = "Both teach and learn."
    for k, (first, last) in enumerate(meeting_windows(term), start=1):
        key = ("meeting", mentor_id, mentee_id, term.start.isoformat(), str(k))
        day = next((day for day in slot.held if first <= day <= last), None) if slot is not None else None
        title = f"{kind}: {' and '.join(names)} ({k} of {term.meetings})"
        if slot is None or day is None:
            yield Entry(key, title, first, min(first + _WEEK, last), f"{who} {_AGREE}")
        else:
            yield Entry(key, title, *_moments(slot, day), f"{who} {_in_own_time(slot, day, names)}")


def _moments(slot: Slot, day: date) -> tuple[datetime, datetime]:
    """A meeting on one day, on the mentee's clock."""
    begin = datetime.combine(day, time()) + timedelta(minutes=slot.start % DAY)
    here = clock(slot.mentee_zone)
    return begin.replace(tzinfo=here), (begin + timedelta(minutes=slot.minutes)).replace(tzinfo=here)


def _in_own_time(slot: Slot, day: date, names: tuple[str, str]) -> str:
    """When that is for each of the two, where their clocks differ."""
    if slot.one_clock:
        return _FOUND
    begin = _moments(slot, day)[0]
    shown = [begin.astimezone(clock(zone)).strftime("%Y-%m-%d %H:%M") for zone in (slot.mentor_zone, slot.mentee_zone)]
    zones = slot.mentor_zone, slot.mentee_zone
    own = [f"{name}: {at} {zone}" for name, at, zone in zip(names, shown, zones, strict=True)]
    return f"{_FOUND} It begins for {'; for '.join(own)}."


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
        begin, end = (_as_written(moment) for moment in (event.begin, event.end))
        entry = icalendar.Event()
        key = hashlib.sha256("\x1f".join(event.key).encode("utf-8", "surrogatepass"))
        entry.add("uid", f"{key.hexdigest()[:32]}@rmatch")
        entry.add("dtstamp", datetime.combine(term.start, time(), UTC))  # no clock: a file says the same tomorrow
        entry.add("summary", _clean(event.title))
        entry.add("dtstart", begin)
        timed = isinstance(end, datetime)
        entry.add("dtend", end if timed else end + timedelta(days=1))
        entry.add("transp", "OPAQUE" if timed else "TRANSPARENT")
        if event.note:
            entry.add("description", _clean(event.note))
        written.add_component(entry)
    written.add_missing_timezones(date(term.start.year - 1, 1, 1), date(term.end.year + 1, 12, 31))
    found: bytes = written.to_ical()
    return found


def _as_written(moment: date) -> date:
    """A moment with the name of its zone; a clock that is never changed has none, and is written in UTC."""
    named = not isinstance(moment, datetime) or isinstance(moment.tzinfo, ZoneInfo)
    return moment if named else moment.astimezone(UTC)  # type: ignore[attr-defined]


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text).encode("utf-8", "backslashreplace").decode()
