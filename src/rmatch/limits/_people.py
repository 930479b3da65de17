"""Limits on each person's number of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray, Number, Table
from rmatch.errors import ProgramError
from rmatch.limits._base import MANY, Limit


@dataclass(frozen=True)
class Capacity(Limit):
    """At most this many pairs for every mentor and mentee, over what the ``capacity`` column says."""

    mentors: int | None = None
    mentees: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for side, most in (("mentors", self.mentors), ("mentees", self.mentees)):
            if most is not None and most < 1:
                raise ProgramError(f"Capacity: `{side}` must be 1 or more, not {most}")
            if most is not None and most > MANY:
                raise ProgramError(f"Capacity: `{side}` is beyond any number of pairs; leave it out")

    def in_words(self) -> str:
        """One plain clause for reports."""
        sides = [
            f"each {s[:-1]} has at most {k}" for s, k in (("mentors", self.mentors), ("mentees", self.mentees)) if k
        ]
        return " and ".join(sides) or "capacities as the export says"


def places(limits: Sequence[Limit], mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
    """Return how many pairs each mentor, and each mentee, has room for: the last Capacity, else the column, else 1.

    Nobody has room for more people than there are on the other side.
    """
    room = []
    for table, others, side in ((mentors, mentees, "mentors"), (mentees, mentors, "mentees")):
        said = [k for limit in limits if isinstance(limit, Capacity) and (k := getattr(limit, side)) is not None]
        column = table.get("capacity")
        each = np.ones(len(table.ids))
        if said:
            each[:] = said[-1]
        elif isinstance(column, Number):
            each = np.where(column.missing, 1, column.values)
        room.append(np.minimum(each, len(others.ids)).astype(np.int64))
    return room[0], room[1]
