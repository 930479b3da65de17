"""Who has no partner, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import pandas as pd

from rmatch.analysis.tables import unmatched_table
from rmatch.errors import Reason
from rmatch.output.report.people import Person, people_of
from rmatch.output.report.section import Section, View
from rmatch.result import Result


@dataclass(frozen=True)
class Group:
    """People without a partner for one reason; ``people`` with what was found of each, for the owner's eyes."""

    role: str
    reason: str
    number: int
    people: tuple[tuple[Person, str], ...] = ()
    track: str = ""


class Waiting(Section[tuple[Group, ...]]):
    """Everybody without a partner, by role and reason; a director sees how many, the owner also who."""

    title = "Without a partner"
    views = (View.OWNER, View.DIRECTOR)
    place = 60
    open_up_to: ClassVar = 40
    """Names up to which a list stands open."""

    def data(self, result: Result, view: View) -> tuple[Group, ...] | None:
        """Return the groups; None where everybody has a partner."""
        groups = tuple(_groups(result))
        if view is not View.OWNER:
            groups = tuple(replace(group, people=()) for group in groups)
        return groups or None


def _groups(result: Result) -> Iterator[Group]:
    unmatched = unmatched_table(result)
    if "track" not in unmatched:
        unmatched = unmatched.assign(track="")
    for role, table in (("mentor", result.model.mentors), ("mentee", result.model.mentees)):
        for (track, reason), some in unmatched[unmatched["role"] == role].groupby(["track", "reason"], sort=True):
            rows = pd.Index(table.ids).get_indexer(pd.Index(some["employee_id"], dtype=object))
            people = tuple(zip(people_of(table, rows), map(str, some["detail"]), strict=True))
            yield Group(role, Reason[str(reason)].value, len(people), people, str(track))
