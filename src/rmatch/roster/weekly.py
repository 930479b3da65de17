"""Weekly times and time zones as columns, and what they mean on the dates of a programme.

Clocks are put forward and back on other days in other places, so what two people share depends on the week. Here a half
hour counts for two people when both are free in every week of the term, at one hour of the mentee's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import BoolArray, Category, Column, IntArray, Items, Labels, Table, fold
from rmatch.roster.issues import ColumnLog
from rmatch.roster.lists import split
from rmatch.roster.texts import Answers, Texts, labels
from rmatch.roster.weektimes import DAYS, day_words, intervals
from rmatch.roster.zones import clock, near, zone_of

REFERENCE = date(2025, 1, 6)
"""The day that gives the offsets of all time zones where there is no term; results do not change with the date."""

DAY, WEEK = 24 * 60, 7 * 24 * 60
SLOT, SLOTS = 30, 7 * 48
_REPEATS = 28 * 366  # days after which the days of the week fall on the same dates again


_REMEDY = (
    "Write `Mon 09:00-11:00; Wed 14:00-16:00`, or say what the word stands for: "
    '[columns.availability] values = { mornings = "Mon-Fri 9-12" }.'
)
_ZONE = "Write a name such as Europe/Berlin."

_FEW = 20
"""So many unknown zones get a suggestion, and so many readings are said."""


@dataclass(frozen=True, eq=False, repr=False)
class Times(Items):
    """When people are free: half hours that may be compared, and the times as they were written.

    Person ``i`` wrote ``spans[first[i]:first[i + 1]]``, the minutes of the week from which and to which each time lasts
    on the clocks of ``zones[zone[i]]``.
    """

    first: IntArray
    spans: NDArray[np.int64]
    zone: IntArray
    zones: tuple[str, ...]

    @classmethod
    def of_hours(
        cls, hours: Items, first: IntArray, spans: NDArray[np.int64], zone: IntArray, zones: tuple[str, ...]
    ) -> Times:
        """The same half hours, with the times as they were written."""
        return cls(hours.start, hours.ids, hours.levels, hours.labels, hours.keys, first, spans, zone, zones)

    def take(self, rows: IntArray) -> Times:
        """The same column for the people in ``rows``."""
        some, count = Items(self.start, self.ids, self.levels, self.labels, self.keys).take(rows), np.diff(self.first)
        _, entry = repeated(self.first[rows], count[rows])
        first = np.concatenate([[0], np.cumsum(count[rows])])
        return Times.of_hours(some, first, self.spans[entry], self.zone[rows], self.zones)

    def written(self) -> list[str]:
        """Return the times of each person as text that is read as the same, on their own clock."""
        shown = [spoken(begin, end - begin) for begin, end in self.spans.tolist()]
        return ["; ".join(shown[a:b]) for a, b in pairwise(self.first.tolist())]

    def half_hours(self, ahead: NDArray[np.float64]) -> tuple[IntArray, IntArray]:
        """Return people and the half hours, on a clock, that lie wholly within a time.

        ``ahead`` are the minutes that each person's own clock is ahead of it, ``(people,)``.
        """
        person = np.repeat(np.arange(len(self)), np.diff(self.first))
        shift = ahead[person].astype(np.int64)
        begin = -((shift - self.spans[:, 0]) // SLOT)  # rounded up
        end = (self.spans[:, 1] - shift) // SLOT  # rounded down
        owner, slot = repeated(begin, np.maximum(end - begin, 0))
        return person[owner], slot % SLOTS


@dataclass(frozen=True, eq=False, repr=False)
class Zones(Category):
    """Time zones as people wrote them: label ``k`` means ``names[k]``, and no zone where that is empty.

    ``offsets[k]`` are the minutes that its clocks are ahead of UTC on each of some days, NaN for no zone.
    """

    names: tuple[str, ...]
    offsets: NDArray[np.float64]

    def take(self, rows: IntArray) -> Zones:
        """The same column for the people in ``rows``."""
        return replace(self, codes=self.codes[rows])


def repeated(start: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """For each ``k``: ``k`` beside ``start[k], start[k] + 1, …``, ``count[k]`` times."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.repeat(start - (np.cumsum(count) - count), count) + np.arange(len(owner))


def offsets(names: Sequence[str], days: Sequence[date] = (REFERENCE,)) -> NDArray[np.float64]:
    """Return the minutes that clocks are ahead of UTC at noon UTC of some days; NaN for no name.

    Args:
        names: The zones, each by the one name that it has here.
        days: The days.

    Returns:
        ``(names, distinct days)``: days on which all clocks are as on an earlier one are left out.
    """
    noons = [datetime.combine(day, time(12), UTC) for day in days]
    ahead = [[_minutes(name, noon) if name else np.nan for noon in noons] for name in names]
    found = np.array(ahead, dtype=float).reshape(len(names), len(noons))
    return found[:, np.sort(np.unique(np.nan_to_num(found), axis=1, return_index=True)[1])]


def _minutes(name: str, moment: datetime) -> float:
    return round((moment.astimezone(clock(name)).utcoffset() or timedelta()) / timedelta(minutes=1))


def on_dates(mentors: Table, mentees: Table, term: tuple[date, date] | None) -> tuple[Table, Table]:
    """Return both sides with times and time zones as they are in a term.

    Args:
        mentors, mentees: Both sides, whose times and zones are those of the day of :data:`REFERENCE`.
        term: The first and the last day; None leaves everything as it is.
    """
    if term is None:
        return mentors, mentees
    days = [term[0] + timedelta(k) for k in range(min((term[1] - term[0]).days + 1, _REPEATS))]
    zone, times = (tuple(table.get(name) for table in (mentors, mentees)) for name in ("timezone", "availability"))
    new: tuple[dict[str, Column], dict[str, Column]] = ({}, {})
    if isinstance(zone[0], Zones) and isinstance(zone[1], Zones):  # the words of both sides are numbered alike
        ahead = offsets(zone[0].names, days)
        new[0]["timezone"], new[1]["timezone"] = (replace(zone[0], offsets=ahead), replace(zone[1], offsets=ahead))
    if isinstance(times[0], Times) and isinstance(times[1], Times):
        new[0]["availability"], new[1]["availability"] = _dated(times[0], times[1], days)
    one, other = (
        replace(table, columns={**table.columns, **found}) for table, found in zip((mentors, mentees), new, strict=True)
    )
    return one, other


def _dated(mentors: Times, mentees: Times, days: Sequence[date]) -> tuple[Times, Times]:
    """The half hours that count for two people in every week, which they share then and only then.

    Zones whose clocks are put forward and back on the same days have one frame, the clock of the first of them. A
    mentee stands in the own frame, a mentor in all of them, each with the half hours that hold on every day.
    """
    zones = mentors.zones  # both sides have the same
    ahead = offsets(zones, days)
    used = sorted(np.unique(mentees.zone[np.diff(mentees.first) > 0]).tolist(), key=lambda z: zones[z])
    frames: list[int] = []
    own = np.zeros(len(zones), np.int64)
    for zone in used:
        own[zone] = next((k for k, frame in enumerate(frames) if _together(ahead[zone], ahead[frame])), len(frames))
        frames += [zone] if own[zone] == len(frames) else []
    behind = ahead[:, 0] - ahead[np.array(frames, dtype=np.int64)[own], 0] if frames else ahead[:, 0]
    person, slot = mentees.half_hours(behind[mentees.zone])
    learn = person, own[mentees.zone[person]] * SLOTS + slot
    teach = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for k, frame in enumerate(frames):
        who, when = _always(mentors, ahead - ahead[frame])
        teach[0].append(who)
        teach[1].append(k * SLOTS + when)
    owner = np.concatenate([*teach[0], learn[0] + len(mentors)])
    named = [f" {zones[frame]}" if len(frames) > 1 else "" for frame in frames]
    both = packed(owner, np.concatenate([*teach[1], learn[1]]), len(mentors) + len(mentees), named)
    sides = both.take(np.arange(len(mentors))), both.take(np.arange(len(mentors), len(mentors) + len(mentees)))
    one, other = (
        Times.of_hours(side, times.first, times.spans, times.zone, times.zones)
        for side, times in zip(sides, (mentors, mentees), strict=True)
    )
    return one, other


def _together(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two clocks are apart by the same whole half hours on all days."""
    apart = np.unique(one - other)
    return len(apart) == 1 and bool(apart[0] % SLOT == 0)


def _always(times: Times, behind: NDArray[np.float64]) -> tuple[IntArray, IntArray]:
    """The half hours of a clock at which people are free whichever column of ``behind`` their zone is ahead by."""
    columns = np.unique(behind, axis=1).T
    held = [person * SLOTS + slot for person, slot in (times.half_hours(column[times.zone]) for column in columns)]
    key, count = np.unique(np.concatenate([np.unique(each) for each in held]), return_counts=True)
    return np.divmod(key[count == len(held)], SLOTS)


def packed(owner: IntArray, slot: IntArray, n: int, frames: Sequence[str] = ("",)) -> Items:
    """Return half hours as a column of items; the items ascend by their names.

    Args:
        owner: The owner of each half hour, from 0.
        slot: Which of :data:`SLOTS` it is, those of frame ``k`` counted from ``k * SLOTS``.
        n: How many owners there are.
        frames: What follows the name of a half hour in each frame.
    """
    size = len(frames) * SLOTS
    used = np.flatnonzero(np.bincount(slot, minlength=size))
    names = [hour_name(s % SLOTS) + frames[s // SLOTS] for s in used.tolist()]
    order = np.argsort(np.array(names, dtype=str))
    rank = np.zeros(size, np.int64)
    rank[used[order]] = np.arange(len(used))
    code = np.sort(owner * size + rank[slot])
    code = code[np.flatnonzero(np.diff(code, prepend=-1))]
    start = np.concatenate([[0], np.cumsum(np.bincount(code // size, minlength=n))])
    shown: Labels = labels([names[k] for k in order])
    keys = labels([fold(name) for name in shown])
    return Items(start, code % size, np.zeros(len(code), np.int8), shown, keys)


def half_hour(name: str) -> int:
    """Return the half hour of the week that ``Mon 09:30`` names."""
    return DAYS.index(name[:3].lower()) * 48 + int(name[4:6]) * 2 + (name[7:9] == "30")


def spoken(start: int, minutes: int) -> str:
    """Return ``Mon 09:00-10:00`` for a minute of the week and a length."""
    day, begin = divmod(start, DAY)
    end = begin + minutes
    shown = end if end == DAY else end % DAY
    return f"{DAYS[day].capitalize()} {begin // 60:02d}:{begin % 60:02d}-{shown // 60:02d}:{shown % 60:02d}"


def hour_name(slot: int) -> str:
    """Return ``Mon 09:30`` for a half hour of the week."""
    return f"{DAYS[slot // 48].capitalize()} {slot % 48 // 2:02d}:{slot % 2 * SLOT:02d}"


def time_zones(zones: Texts, asked: BoolArray, log: ColumnLog) -> Answers:
    """Return the time zones that people wrote.

    A word that is no zone is a warning, and missing. A word that is not the zone's own name is said once.

    Args:
        zones: The words.
        asked: The people who gave times, ``(people,)`` bool: without their zone these cannot be read.
        log: Takes the warnings.
    """
    zone = zones.distinct
    names = [zone_of(word) or "" for word in zone.words]
    unknown = np.array([bool(word) and not name for word, name in zip(zone.words, names, strict=True)], bool)
    for some, what in ((asked, "the availability"), (~asked, "it")):
        rows = np.flatnonzero(zone.where(unknown) & some)
        hints = {word: near(word) for word in sorted(set(zone.words[unknown].tolist()))[:_FEW]}
        reason = f"this is no time zone, so {what} is missing"
        reasons = labels([f"{reason}.{hints[word]}" if hints.get(word) else reason for word in zone.words])
        log.rows("warning", rows, zone.words[zone.codes[rows]], reasons[zone.codes[rows]], _ZONE)
    read = [k for k, (word, name) in enumerate(zip(zone.words, names, strict=True)) if name and word != name]
    for k in sorted(read, key=lambda k: zone.words[k])[:_FEW]:
        rows = np.flatnonzero(zone.codes == k)
        log.once("info", rows, zone.words[k], f"this is read as the time zone {names[k]}", _ZONE)
    said = sorted(word for word in zone.words.tolist() if word)
    place = {word: k for k, word in enumerate(said)}
    codes = np.array([place.get(word, -1) for word in zone.words], dtype=np.int64)
    meant = tuple(zone_of(word) or "" for word in said)
    return Answers(Zones(codes, labels(said), meant, offsets(meant)), zone.codes)


def half_hours(texts: Texts, zones: Texts | None, separators: tuple[str, ...] | None, log: ColumnLog) -> Answers:
    """Return the UTC half hours in which each person is free: those that lie wholly within a time the person named.

    A piece that cannot be read is a warning, and missing; so is all that goes with an unknown time zone.

    Args:
        texts: The times.
        zones: The time zone of each person; without it the times are read as UTC, and said so once.
        separators: Where to split a cell, as in :func:`~rmatch.roster.lists.split`.
        log: Takes the warnings.
    """
    times, zone = texts.distinct, (zones or Texts.blank(len(texts))).distinct
    asked = times.where(times.words != "")
    names = [zone_of(word) if word else "UTC" for word in zone.words]
    utc = np.flatnonzero(asked & zone.where(zone.words == ""))
    reason = "there is no time zone, so the times are read as UTC"
    log.once("info", utc, "", reason, "Give a `timezone`, such as Europe/Berlin.")

    both, pair = np.unique(times.codes.astype(np.int64) * len(zone.words) + zone.codes, return_inverse=True)
    word, place = np.divmod(both, len(zone.words))  # each answer in each zone, once
    apart = tuple(mark for mark in separators or () if mark != ",") or None  # commas stand between days too
    pieces = split(times, apart, log, commas=False)
    days = day_words(pieces.spelled)
    read = [intervals(piece, days) for piece in pieces.spelled]
    bad = np.zeros(len(times.words), bool)
    bad[pieces.owner[np.array([found is None for found in read], dtype=bool)[pieces.code]]] = True
    log.words("warning", times, bad, "a time cannot be read, so it is missing", _REMEDY)

    size = np.array([len(found or ()) for found in read], dtype=np.int64)
    flat = np.array([span for found in read for span in found or ()], dtype=np.int64).reshape(-1, 2)
    entry_of_word = np.searchsorted(pieces.owner, np.arange(len(times.words) + 1))
    owner, entry = repeated(entry_of_word[word], np.diff(entry_of_word)[word])
    inner, span = repeated((np.cumsum(size) - size)[pieces.code[entry]], size[pieces.code[entry]])
    owner = owner[inner]
    known = np.array([name is not None for name in names], bool)[place[owner]]
    owner, spans = owner[known], flat[span[known]]
    first = np.searchsorted(owner, np.arange(len(both) + 1))
    nothing = packed(np.zeros(0, np.int64), np.zeros(0, np.int64), len(both))
    written = Times.of_hours(nothing, first, spans, place, tuple(name or "UTC" for name in names))
    hours = packed(*written.half_hours(offsets(written.zones)[place, 0]), len(both))
    values = Times.of_hours(hours, first, spans, place, written.zones)
    return Answers(values, pair.reshape(-1).astype(np.int32))
