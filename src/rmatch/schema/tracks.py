"""Tracks: who teaches in a part of a programme, juniors or seniors, and who of the people are in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rmatch.columns import BoolArray, Category, IntArray, Table, fold, is_one_of

Seniority = Literal["junior", "senior"]

SIDE = "side"
"""The column that says whether somebody is a junior or a senior."""


def seniors(table: Table) -> BoolArray:
    """Return whether each person is a senior, ``(people,)`` bool; the others are juniors."""
    column = table[SIDE]
    assert isinstance(column, Category)  # the reader makes it
    found: BoolArray = np.append(is_one_of(column.keys, ["senior"]), False)[column.codes]
    return found


@dataclass(frozen=True)
class Teaching:
    """A track: its name, and who teaches in it. Every pair of a junior and a senior is in the track of its mentor.

    Where every pair is ``mutual``, it is in both tracks, and its mentor is the junior.
    """

    name: str = ""
    side: Seniority = "junior"
    mutual: bool = False

    @property
    def key(self) -> str:
        """The name as part of the name of something else."""
        return fold(self.name).replace(" ", "_")

    @property
    def turned(self) -> bool:
        """Whether the mentees of the plan teach in this track."""
        return self.mutual and self.side == "senior"

    def members(self, mentors: Table, mentees: Table) -> Members:
        """Return the mentors and the mentees of the plan whose pairs are in the track."""
        if self.mutual:
            return Members(np.arange(len(mentors.ids)), np.arange(len(mentees.ids)))
        senior = self.side == "senior"
        return Members(np.flatnonzero(seniors(mentors) == senior), np.flatnonzero(seniors(mentees) != senior))

    def asked(self, mentors: Table, mentees: Table) -> tuple[Members, tuple[Table, Table]]:
        """Return the members, and the tables of who teaches and who learns in the track."""
        members = self.members(mentors, mentees)
        one, other = members.tables(mentors, mentees)
        return members, (other, one) if self.turned else (one, other)


@dataclass(frozen=True, eq=False)
class Members:
    """Positions of the mentors and of the mentees of a track among all, int64, ascending."""

    mentors: IntArray
    mentees: IntArray

    def tables(self, mentors: Table, mentees: Table) -> tuple[Table, Table]:
        """Return the tables of the members."""
        return mentors.take(self.mentors), mentees.take(self.mentees)

    def within(self, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
        """Return positions of people among the members, and whether each is one; any position for who is not.

        Args:
            i, j: Positions of mentors and of mentees among all, of shapes that broadcast.
        """
        sides = [_found(some, who) for some, who in ((self.mentors, i), (self.mentees, j))]
        return sides[0][0], sides[1][0], sides[0][1] & sides[1][1]


def _found(some: IntArray, who: IntArray) -> tuple[IntArray, BoolArray]:
    place = np.minimum(np.searchsorted(some, who), max(len(some) - 1, 0))
    here: BoolArray = some[place] == who if len(some) else np.zeros(who.shape, bool)
    return place, here
