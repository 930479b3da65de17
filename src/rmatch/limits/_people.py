"""Limits on each person's number of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray, Number, Table
from rmatch.errors import ProgramError
from rmatch.limits._base import MANY, Limit
from rmatch.rows import Part, People, Row, Side


@dataclass(frozen=True)
class Capacity(Limit):
    """At most this many pairs for every mentor and mentee.

    A smaller number that somebody wrote in ``capacity`` counts; who wrote nothing has this many. Of several the
    smallest counts.
    """

    mentors: int | None = None
    mentees: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for side, most in (("mentors", self.mentors), ("mentees", self.mentees)):
            if most is not None and most < 1:
                raise ProgramError(f"Capacity: `{side}` must be 1 or more, not {most}")
            if most is not None and most > MANY:
                raise ProgramError(f"Capacity: `{side}` is beyond any number of pairs; leave it out")

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each person of a side that is limited."""
        sides: tuple[tuple[Side, int | None], ...] = (("mentor", self.mentors), ("mentee", self.mentees))
        return tuple(Row(f"{self.name}_{side}s", (Part(),), most=k, each=side) for side, k in sides if k is not None)

    def figure(self, people: People, i: IntArray, j: IntArray) -> None:
        """Return nothing: every person is told of their own capacity."""
        return None

    def grants(self, side: Side) -> int | None:
        """Return what the limit allows each person on ``side``."""
        return self.mentors if side == "mentor" else self.mentees

    def in_words(self) -> str:
        """One plain clause for reports."""
        sides = [
            f"each {s[:-1]} has at most {k}" for s, k in (("mentors", self.mentors), ("mentees", self.mentees)) if k
        ]
        return " and ".join(sides) or "capacities as the export says"


def places(limits: Sequence[Limit], mentors: Table, mentees: Table, joiners: int = 0) -> tuple[IntArray, IntArray]:
    """Return how many pairs each mentor, and each mentee, has room for, ``(people,)`` each.

    What a person wrote in ``capacity`` counts up to the smallest Capacity; who wrote nothing has that, or room for 1
    where there is none. Nobody has room for more people than there are on the other side, and may be ``joiners``.
    """
    others = len(mentees.ids) + joiners, len(mentors.ids) + joiners
    return _places("mentor", limits, mentors, others[0]), _places("mentee", limits, mentees, others[1])


def _places(side: Side, limits: Sequence[Limit], table: Table, others: int) -> IntArray:
    given = [k for limit in limits if (k := limit.grants(side)) is not None]
    most = [k for limit in limits if isinstance(limit, Capacity) and (k := limit.grants(side)) is not None]
    each, column = np.full(len(table.ids), float(min(given, default=1))), table.get("capacity")
    if isinstance(column, Number):
        each = np.where(column.missing, each, column.values)
    room: IntArray = np.minimum(each, min([others, *most])).astype(np.int64)
    return room
