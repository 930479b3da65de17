"""The weeks of a programme's term, and what o'clock it is for two people in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from rmatch.roster.weekly import DAY, WEEK, offsets
from rmatch.roster.zones import clock

QUARTER = 15


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
