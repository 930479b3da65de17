"""When the two of a pair are both free, on a clock that is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from rmatch.analysis.slots import timetable_of
from rmatch.columns import IntArray
from rmatch.criteria import covered
from rmatch.problem.model import Model
from rmatch.result import Result
from rmatch.roster.weekly import SLOT, WEEK, Times, half_hour, offsets, spoken
from rmatch.schema.term import ProgramTerm

_DAY = 48  # half hours


def shared_times(model: Model, i: IntArray, j: IntArray) -> list[str] | None:
    """Return the weekly times shared by each listed pair; None where there are no times.

    They are in UTC or, where the program has a term, on the mentee's clock, and then hold in every week of it.
    """
    times = _sides(model)
    if times is None:
        return None
    term = model.program.term
    if term is None:
        return [_in_words(runs, "UTC") for runs in _in_utc(times, i, j)]
    zones = [times[1].zones[zone] for zone in times[1].zone[j].tolist()]
    return [_in_words(runs, zone) for runs, zone in zip(_always(times, term, i, j), zones, strict=True)]


def own_times(result: Result) -> list[tuple[str, ...]]:
    """Return when the two of each pair of a plan meet, each on their own clock: one line where the clocks are the same.

    Without a term these are all times that they share.
    """
    table, times, (i, j) = timetable_of(result), _sides(result.model), result.chosen
    if table is not None:
        return [
            () if slot is None else _lines(slot.for_mentor, slot.for_mentee, slot.one_clock) for slot in table.slots
        ]
    if times is None:
        return [()] * len(i)
    ahead = offsets(times[0].zones)[:, 0]
    found = []
    for a, b, runs in zip(i, j, _in_utc(times, i, j), strict=True):
        own = [int(side.zone[place]) for side, place in zip(times, (a, b), strict=True)]
        here = [[((begin + int(ahead[zone])) % WEEK, minutes) for begin, minutes in runs] for zone in own]
        zones = [times[0].zones[zone] for zone in own]
        lines = _lines(_in_words(here[0], zones[0]), _in_words(here[1], zones[1]), zones[0] == zones[1])
        found.append(lines if runs else ())
    return found


def slots(result: Result) -> list[str] | None:
    """Return the weekly meeting of each pair of a plan; None where the program has no term, or nobody gave times."""
    table = timetable_of(result)
    return None if table is None else ["" if slot is None else str(slot) for slot in table.slots]


def _lines(mentor: str, mentee: str, same: bool) -> tuple[str, ...]:
    return (mentee,) if same else (f"Mentor: {mentor}", f"Mentee: {mentee}")


def _sides(model: Model) -> tuple[Times, Times] | None:
    a, b = model.mentors.get("availability"), model.mentees.get("availability")
    return (a, b) if isinstance(a, Times) and isinstance(b, Times) and len(a.ids) and len(b.ids) else None


def _in_utc(times: tuple[Times, Times], i: IntArray, j: IntArray) -> list[list[tuple[int, int]]]:
    """The runs that each pair shares: the minute of the week at which each begins, and how long it lasts."""
    return [_runs([half_hour(label) for label in labels]) for labels in covered(*times, i, j)]


def _always(times: tuple[Times, Times], term: ProgramTerm, i: IntArray, j: IntArray) -> list[list[tuple[int, int]]]:
    """The same on the mentee's clock, in all weeks of a term."""
    ahead = offsets(times[0].zones, [term.start + timedelta(days=k) for k in range(term.days)])
    found = []
    for a, b in zip(i.tolist(), j.tolist(), strict=True):
        mentor, mentee = times[0].take(np.array([a])), times[1].take(np.array([b]))
        hours = set(mentee.half_hours(np.zeros(1))[1].tolist())
        for apart in np.unique(ahead[mentor.zone[0]] - ahead[mentee.zone[0]]):
            hours &= set(mentor.half_hours(np.array([apart]))[1].tolist())
        found.append(_runs(sorted(hours)))
    return found


def _runs(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Half hours of the week that follow each other within a day."""
    runs: list[list[int]] = []
    for hour in sorted(hours):
        if runs and hour == sum(runs[-1]) and hour % _DAY:
            runs[-1][1] += 1
        else:
            runs.append([hour, 1])
    return [(begin * SLOT, length * SLOT) for begin, length in runs]


def _in_words(runs: Sequence[tuple[int, int]], zone: str) -> str:
    """The runs as ``Mon 08:00-09:30 UTC``."""
    return f"{'; '.join(spoken(*run) for run in runs)} {zone}" if runs else ""
