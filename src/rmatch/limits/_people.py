"""Limits on each person's number of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar

import numpy as np

from rmatch.columns import IntArray, Number, Table
from rmatch.errors import ProgramError
from rmatch.limits._base import MANY, Limit, times
from rmatch.limits._both_roles import most_in_all
from rmatch.rows import Part, People, Row, Side


@dataclass(frozen=True)
class Capacity(Limit):
    """At most this many pairs for every mentor and mentee.

    A smaller number in a person's ``capacity`` column takes precedence; people without one have this many. Of several
    limits the smallest counts.

    Args:
        mentors, mentees: Most pairs of each person; None where the side is not limited.
    """

    plain: ClassVar[bool] = True
    caps: ClassVar[bool] = True

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
        """Return one row for each person of a limited side."""
        sides: tuple[tuple[Side, int | None], ...] = (("mentor", self.mentors), ("mentee", self.mentees))
        return tuple(Row(f"{self.name}_{side}s", (Part(),), most=k, each=side) for side, k in sides if k is not None)

    def figure(self, people: People, i: IntArray, j: IntArray) -> None:
        """Return None: every person's own capacity is reported instead."""
        return None

    def grants(self, side: Side) -> int | None:
        """Return the limit of each person on ``side``."""
        return self.mentors if side == "mentor" else self.mentees

    def for_rounds(self, k: int) -> Capacity:
        """Return the limit with ``k`` times the pairs of each person."""
        return replace(self, mentors=times(self.mentors, k), mentees=times(self.mentees, k))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        sides = [
            f"each {s[:-1]} has at most {k}" for s, k in (("mentors", self.mentors), ("mentees", self.mentees)) if k
        ]
        return " and ".join(sides) or "capacities as the export says"


def places(limits: Sequence[Limit], mentors: Table, mentees: Table, joiners: int = 0) -> tuple[IntArray, IntArray]:
    """Return the capacity of each mentor and of each mentee, ``(people,)`` int64 each.

    A number in the ``capacity`` column counts up to the smallest Capacity; people without one get that, or 1 where
    there is none. It never exceeds the number of people on the other side plus ``joiners``.

    Args:
        limits: The limits.
        mentors, mentees: Tables.
        joiners: People who may join the other side later.
    """
    others = len(mentees.ids) + joiners, len(mentors.ids) + joiners
    return _places("mentor", limits, mentors, others[0]), _places("mentee", limits, mentees, others[1])


def _places(side: Side, limits: Sequence[Limit], table: Table, others: int) -> IntArray:
    granted = [(limit, each) for limit in limits if (each := limit.granted(side, table)) is not None]
    wide = np.full(len(table.ids), np.inf)
    each, column = reduce(np.minimum, [own for _, own in granted], wide), table.get("capacity")
    each = np.where(np.isinf(each), 1.0, each)
    if isinstance(column, Number):
        each = np.where(column.missing, each, column.values)
    most = [most_in_all(table), *(own for limit, own in granted if limit.caps)]
    capacity: IntArray = np.minimum(reduce(np.minimum, most, each), others).astype(np.int64)
    return capacity
