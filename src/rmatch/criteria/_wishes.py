"""Whom people would like to meet."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import IntArray, Labels, Table
from rmatch.criteria._base import Criterion
from rmatch.criteria.blocks import total
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, Factors, Term, from_entries
from rmatch.roster.named_people import Ranked

_WORDS = ("first", "second", "third", "fourth", "fifth")
_MOST = 100
_HALF_A_POINT = 0.5 / SCALE


def ordinal(place: int) -> str:
    """Return ``first``, ``second``, …, ``6th``."""
    if place <= len(_WORDS):
        return _WORDS[place - 1]
    ending = "th" if 10 < place % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


@dataclass(frozen=True)
class Wishes(Criterion):
    """How high a partner stands on the list of wishes: ``by_rank[r - 1]`` for the ``r``-th wish, else 0.

    ``side`` says whose lists count: the mentees', the mentors', or the mean of both. Equal places earn equal points.
    """

    by_rank: Listed[float] = (1.0, 0.6, 0.4, 0.25, 0.15)
    side: Literal["mentee", "mentor", "both"] = "mentee"

    def __post_init__(self) -> None:
        super().__post_init__()
        worth = (1.0, *self.by_rank, 0.0)
        falls = all(a >= b for a, b in pairwise(worth))
        if not (falls and 0 < len(self.by_rank) <= _MOST and self.by_rank[0] > 0):
            raise ProgramError(
                f"Wishes: `by_rank` needs 1 to {_MOST} numbers from 1 down to 0, the first above 0 and none above the "
                f"one before it, such as [1, 0.6, 0.3], not {list(self.by_rank)}"
            )

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        own = ("wishes",)
        return (own if self.side != "mentee" else ()), (own if self.side != "mentor" else ())

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        parts = []
        if self.side != "mentor":
            parts.append(self._listed(_lists(mentees), mentors.ids).T)
        if self.side != "mentee":
            parts.append(self._listed(_lists(mentors), mentees.ids))
        return total(parts)

    def _listed(self, wishes: Ranked, partners: Labels) -> Factors:
        """What each list is worth to its owner, owners × partners: a column for each partner who is on some list."""
        row, partner, place = wishes.among(partners)
        worth = np.append(self.by_rank, 0.0)[np.minimum(place - 1, len(self.by_rank))]
        row, partner, worth = row[worth > 0], partner[worth > 0], np.minimum(worth[worth > 0] + _HALF_A_POINT, 1.0)
        chosen, column = np.unique(partner, return_inverse=True)
        width = max(len(chosen), 1)
        own = from_entries(len(wishes), width, row, column.astype(np.int64), worth)
        theirs = from_entries(len(partners), width, chosen, np.arange(len(chosen)), np.ones(len(chosen)))
        # each entry is rounded by itself, so that equal places earn equal points, and half a point before makes 0.6 of
        # a score that counts in full 0.600000 and not 0.599999
        return Factors((Term(1.0, own, theirs, down=True),))

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        said: list[list[str]] = [[] for _ in i]
        if self.side != "mentor":
            self._say(said, _lists(mentees), mentors.ids, (j, i), "is the {} choice of the other")
        if self.side != "mentee":
            self._say(said, _lists(mentors), mentees.ids, (i, j), "has the other as {} choice")
        return ["; ".join(clauses) for clauses in said]

    def _say(
        self, said: list[list[str]], wishes: Ranked, partners: Labels, pairs: tuple[IntArray, IntArray], clause: str
    ) -> None:
        row, partner, place = (each.tolist() for each in wishes.among(partners))
        places = dict(zip(zip(row, partner, strict=True), place, strict=True))
        for clauses, owner, other in zip(said, *(each.tolist() for each in pairs), strict=True):
            if 0 < places.get((owner, other), 0) <= len(self.by_rank):
                clauses.append(clause.format(ordinal(places[owner, other])))

    def in_words(self) -> str:
        whose = {"mentee": "seniors", "mentor": "juniors", "both": "both sides"}[self.side]
        return f"{whose} get a partner whom they wished for, earlier wishes first"


def _lists(table: Table) -> Ranked:
    column = table["wishes"]
    if not isinstance(column, Ranked):
        raise ProgramError("Wishes: the column `wishes` was not read as a list of people; read the people with rmatch")
    return column
