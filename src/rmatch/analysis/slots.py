"""When the two of each pair meet: one weekly time for every pair, in which nobody is in two meetings.

The weeks of a programme's term are looked at once for all in which the clocks are alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import numpy as np

from rmatch._util.kept import kept
from rmatch._util.quoted import arrow
from rmatch.analysis.people import names_in
from rmatch.columns import persons
from rmatch.result import Result
from rmatch.roster.weekly import DAY, WEEK, Times, offsets, spoken
from rmatch.roster.zones import clock
from rmatch.solve.timetable import timetable

QUARTER = 15

Spans = Sequence[tuple[int, int]]
_SHOWN = 4


@dataclass(frozen=True)
class Moment:
    """A meeting in one week: the minute since 1970, in UTC, at which it begins, and that of a partner's week."""

    begin: int
    partner: int


@dataclass(eq=False)
class Weeks:
    """The weeks from Monday that a term touches; those in which all clocks are alike are looked at once."""

    first: date
    last: date
    zones: Sequence[str]
    _known: dict[tuple[str, str, int, int], tuple[Moment | None, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        monday = self.first - timedelta(days=self.first.weekday())
        self.mondays = [monday + timedelta(weeks=k) for k in range((self.last - monday).days // 7 + 1)]
        kinds: dict[tuple[tuple[float, ...], ...], int] = {}
        self.kind = []
        """Which of ``examples`` each week is like."""
        self.examples: list[date] = []
        for start in self.mondays:
            days = [start + timedelta(days=k) for k in range(7)]
            alike = tuple(tuple(offsets(self.zones, [day])[:, 0].tolist()) for day in days)
            if alike not in kinds:
                kinds[alike] = len(kinds)
                self.examples.append(start)
            self.kind.append(kinds[alike])

    def at(self, zone: str, partner: str, start: int, minutes: int) -> tuple[Moment | None, ...]:
        """Return a meeting at a minute of the week in ``zone``, in each example; None where a clock is changed then."""
        key = zone, partner, start, minutes
        if key not in self._known:
            found = list[Moment | None]()
            for monday, steady in zip(self.examples, self._steady, strict=True):
                here, there = steady.get(zone), steady.get(partner)
                if here is None or there is None:
                    found.append(moment(monday, start, zone, partner, minutes))
                else:
                    begin = _minute(datetime.combine(monday, time(), UTC)) + start - here
                    found.append(Moment(begin, (start + there - here) % WEEK))
            self._known[key] = tuple(found)
        return self._known[key]

    @cached_property
    def _steady(self) -> list[dict[str, int]]:
        """By example, the minutes that those clocks are ahead of UTC which are not changed in or beside that week."""
        found = []
        for monday in self.examples:
            ahead = offsets(self.zones, [monday + timedelta(days=k) for k in range(-1, 9)])
            found.append({zone: int(row[0]) for zone, row in zip(self.zones, ahead, strict=True) if len(set(row)) == 1})
        return found

    def days(self, start: int) -> list[tuple[date, int]]:
        """Return the days of the term on which a weekly meeting falls, each with the example that its week is like."""
        return self._by_weekday[start // DAY]

    @cached_property
    def _by_weekday(self) -> list[list[tuple[date, int]]]:
        weeks = list(zip(self.mondays, self.kind, strict=True))
        found = ([(monday + timedelta(days=past), kind) for monday, kind in weeks] for past in range(7))
        return [[(day, kind) for day, kind in days if self.first <= day <= self.last] for days in found]


def moment(monday: date, start: int, zone: str, partner: str, minutes: int) -> Moment | None:
    """Return the meeting of one week; None where one of the clocks is put forward or back at that time."""
    local = datetime.combine(monday, time()) + timedelta(minutes=start)
    begin = local.replace(tzinfo=clock(zone)).astimezone(UTC)
    length = timedelta(minutes=minutes)
    there = [(begin + past).astimezone(clock(partner)).replace(tzinfo=None) for past in (timedelta(), length)]
    here = [(begin + past).astimezone(clock(zone)).replace(tzinfo=None) for past in (timedelta(), length)]
    if here != [local, local + length] or there[1] - there[0] != length:
        return None
    week = datetime.combine(monday, time())
    return Moment(_minute(begin), round((there[0] - week) / timedelta(minutes=1)) % WEEK)


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


@dataclass(frozen=True)
class Slot:
    """A weekly time on the mentee's clock, which decides where the clocks of the two are changed on different days.

    Args:
        start: The minute of the week, from Monday, at which it begins for the mentee.
        minutes: How long it lasts.
        mentor_zone, mentee_zone: The clocks of the two.
        mentor_starts: The minutes of the week at which it begins for the mentor, each with the days on which it does.
        held, lost: The days of the term on which both are free then, and those on which they are not.
    """

    start: int
    minutes: int
    mentor_zone: str
    mentee_zone: str
    mentor_starts: tuple[tuple[int, tuple[date, ...]], ...]
    held: tuple[date, ...]
    lost: tuple[date, ...]

    @property
    def one_clock(self) -> bool:
        """Whether both have the same time zone."""
        return self.mentor_zone == self.mentee_zone

    @property
    def for_mentor(self) -> str:
        """The time on the mentor's clock."""
        (start, _), *others = self.mentor_starts
        also = [f"from {spoken(start, self.minutes)} in the {_weeks(days)}" for start, days in others]
        return "; ".join([f"{spoken(start, self.minutes)} {self.mentor_zone}", *also, *self._without])

    @property
    def for_mentee(self) -> str:
        """The time on the mentee's clock."""
        return "; ".join([f"{spoken(self.start, self.minutes)} {self.mentee_zone}", *self._without])

    @property
    def _without(self) -> list[str]:
        return [f"not in the {_weeks(self.lost)}"] if self.lost else []

    def __str__(self) -> str:
        if self.one_clock:
            return self.for_mentee
        return f"mentor: {self.for_mentor}. Mentee: {self.for_mentee}"


def _weeks(days: Sequence[date]) -> str:
    """Return ``weeks of 2026-03-09 and 2026-03-16``, by the days themselves."""
    shown = [str(day) for day in days[:_SHOWN]] + ([f"{len(days) - _SHOWN} more"] if len(days) > _SHOWN else [])
    return f"week{'s' * (len(days) > 1)} of {' and '.join(filter(None, [', '.join(shown[:-1]), shown[-1]]))}"


@dataclass(frozen=True)
class Timetable:
    """The weekly time of each pair of a plan, None where there is none, and why.

    Args:
        slots: One for each pair, in the plan's order.
        apart: The pairs who share no time that is long enough for anything.
        busy: The pairs who do, but not beside the other meetings of one of them.
    """

    slots: tuple[Slot | None, ...]
    apart: tuple[int, ...]
    busy: tuple[int, ...]


@kept
def timetable_of(result: Result) -> Timetable | None:
    """Return the weekly times of a plan's pairs; None where the program has no term, or nobody gave times."""
    term, (i, j) = result.program.term, result.chosen
    times = result.model.mentors.get("availability"), result.model.mentees.get("availability")
    if term is None or not (isinstance(times[0], Times) and isinstance(times[1], Times)):
        return None
    if not (len(times[0].spans) and len(times[1].spans)):
        return None
    some = Weeks(
        term.start, term.end, [times[0].zones[z] for z in {*times[0].zone[i].tolist(), *times[1].zone[j].tolist()}]
    )
    numbers = persons(result.model.mentors, result.model.mentees)
    who = np.stack([numbers[0][i], numbers[1][j]], axis=1)
    often = {person for person, pairs in zip(*np.unique(who, return_counts=True), strict=True) if pairs > 1}
    open_: list[list[Slot]] = []
    for pair, (a, b) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        alone = often.isdisjoint(who[pair].tolist())
        open_.append(_options(some, _Free.of(times[0], a), _Free.of(times[1], b), term.minutes, alone))
    keys = [
        [_taken(slot, some, [person for person in two if person in often]) for slot in options]
        for options, two in zip(open_, who.tolist(), strict=True)
    ]
    given = timetable(keys)
    slots = tuple(options[place] if place >= 0 else None for options, place in zip(open_, given, strict=True))
    none = [pair for pair, slot in enumerate(slots) if slot is None]
    apart = tuple(pair for pair in none if not open_[pair])
    return Timetable(slots, apart, tuple(pair for pair in none if open_[pair]))


@dataclass(frozen=True)
class _Free:
    """When one person is free, twice over, so that a time past Sunday is found, and on which clock."""

    spans: Spans
    zone: str

    @classmethod
    def of(cls, times: Times, person: int) -> _Free:
        written = times.spans[times.first[person] : times.first[person + 1]].tolist()
        spans: list[tuple[int, int]] = []
        for begin, end in sorted((begin + past, end + past) for begin, end in written for past in (0, WEEK)):
            if spans and begin <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((begin, end))
        return cls(spans, times.zones[times.zone[person]])

    def starts(self, minutes: int) -> Iterator[int]:
        """The quarters of an hour at which a meeting may begin."""
        for begin, end in self.spans:
            first = -(-begin // QUARTER) * QUARTER
            yield from range(first, min(end - minutes + 1, WEEK), QUARTER)

    def has(self, start: int, minutes: int) -> bool:
        return any(begin <= start and start + minutes <= end for begin, end in self.spans)


def _options(some: Weeks, mentor: _Free, mentee: _Free, minutes: int, one: bool) -> list[Slot]:
    """The times of a pair, best first: in all weeks, then in most, then shorter ones; the best ``one`` alone."""
    found: list[Slot] = []
    if minutes > QUARTER and not any(_slot(some, mentor, mentee, start, QUARTER) for start in mentee.starts(QUARTER)):
        return found
    for start in sorted(mentee.starts(minutes), key=lambda start: (start % (2 * QUARTER) > 0, start)):
        slot = _slot(some, mentor, mentee, start, minutes)
        found += [slot] if slot is not None else []
        if one and slot is not None and not slot.lost:
            return [slot]
    found.sort(key=lambda slot: (len(slot.lost), slot.start % (2 * QUARTER) > 0, slot.start))
    if found or minutes <= QUARTER:
        return found
    return _options(some, mentor, mentee, (minutes - 1) // QUARTER * QUARTER, one)


def _slot(some: Weeks, mentor: _Free, mentee: _Free, start: int, minutes: int) -> Slot | None:
    moments = some.at(mentee.zone, mentor.zone, start, minutes)
    fine = [each is not None and mentor.has(each.partner, minutes) for each in moments]
    if not any(fine):
        return None
    starts: dict[int, list[date]] = {}
    lost = []
    for day, kind in some.days(start):
        each = moments[kind]
        if each is not None and fine[kind]:
            starts.setdefault(each.partner, []).append(day)
        else:
            lost.append(day)
    usual = sorted(starts.items(), key=lambda entry: -len(entry[1]))
    held = tuple(sorted(day for days in starts.values() for day in days))
    if not held:
        return None
    shown = tuple((at, tuple(days)) for at, days in usual)
    return Slot(start, minutes, mentor.zone, mentee.zone, shown, held, tuple(lost))


def _taken(slot: Slot, some: Weeks, people: Sequence[int]) -> frozenset[int]:
    """The quarters of an hour of these people that a slot takes, in the weeks in which it holds."""
    if not people:
        return frozenset()
    kinds = {kind for day, kind in some.days(slot.start) if day in slot.held}
    taken = set()
    for kind in kinds:
        each = some.at(slot.mentee_zone, slot.mentor_zone, slot.start, slot.minutes)[kind]
        if each is not None:
            first = each.begin // QUARTER
            taken |= set(range(first, first - (-slot.minutes // QUARTER)))
    return frozenset((person << 33) + quarter for person in people for quarter in taken)


def meetings_in_words(result: Result) -> list[str]:
    """Return a line for the pairs who have no weekly meeting, and one for those who have it in some weeks only."""
    table = timetable_of(result)
    if table is None:
        return []
    partly = [pair for pair, slot in enumerate(table.slots) if slot is not None and slot.lost]
    return [
        f"{len(pairs):,} pair{'s have' if len(pairs) > 1 else ' has'} {what} ({_named(result, pairs)})."
        for pairs, what in (
            (table.apart, "no weekly meeting, for lack of a common time"),
            (table.busy, "no weekly meeting, because their other meetings take their common times"),
            (partly, "a weekly meeting that does not hold in every week; the column `slot` names the weeks"),
        )
        if pairs
    ]


def _named(result: Result, pairs: Sequence[int]) -> str:
    named = [arrow(*result.pair_ids[pair], names_in(result)) for pair in pairs[:_SHOWN]]
    return "; ".join([*named, *([f"{len(pairs) - _SHOWN:,} more"] if len(pairs) > _SHOWN else [])])
