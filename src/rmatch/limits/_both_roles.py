"""The limit on a person's pairs in all roles together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch.columns import FloatArray, IntArray, Number, Table, persons
from rmatch.limits._base import Limit, Reached
from rmatch.rows import Part, People, Row

COLUMN = "capacity_total"


@dataclass(frozen=True)
class CapacityTotal(Limit):
    """At most as many pairs of one person, as mentor and as mentee together, as their ``capacity_total`` says.

    A program has it wherever somebody has a number in that column; who left it blank is not limited by it.
    """

    by_flow: ClassVar[bool] = True

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the column of both sides."""
        return (COLUMN,), (COLUMN,)

    def applies(self, mentors: Table, mentees: Table) -> bool:
        """Whether it limits somebody who has both roles."""
        return bool(self._people(mentors, mentees))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each person with both roles who wrote a number."""
        return tuple(
            Row(f"{self.name} {id_}", (Part(mentors=one), Part(mentees=two)), most=most)
            for id_, one, two, most in self._people(people.mentors, people.mentees)
        )

    def _people(self, mentors: Table, mentees: Table) -> list[tuple[str, IntArray, IntArray, int]]:
        """Id, positions as mentors and as mentees, and the most pairs of each person with both roles."""
        numbers, written = persons(mentors, mentees), (most_in_all(mentors), most_in_all(mentees))
        most = np.full(max((int(own.max(initial=-1)) for own in numbers), default=-1) + 1, np.inf)
        for own, each in zip(numbers, written, strict=True):
            np.minimum.at(most, own, each)
        both = numbers[0][np.isin(numbers[0], numbers[1]) & np.isfinite(most[numbers[0]])]
        both = both[np.sort(np.unique(both, return_index=True)[1])]  # in the order of the mentors
        one, other = (_places(own, both) for own in numbers)
        ids = (str(mentors.ids[places[0]]) for places in one)
        return list(zip(ids, one, other, most[both].astype(int).tolist(), strict=True))

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return how many people have as many pairs as they may."""
        rows = self.rows(people)
        full = sum(int(row.sums(i, j, people.shape)[0]) == row.most for row in rows)
        return f"{full:,} of {len(rows):,} people have as many as they may"

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the people who have as many pairs in both roles as they may."""
        load = np.bincount(i, minlength=people.shape[0]), np.bincount(j, minlength=people.shape[1])
        for _, one, two, most in self._people(people.mentors, people.mentees):
            if load[0][one].sum() + load[1][two].sum() >= most:
                held = "it" if most == 1 else "them"
                sentence = f"They may have {most} pair{'s' * (most != 1)} in all roles together, and have {held}."
                yield "mentor", one, sentence
                yield "mentee", two, sentence

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "nobody has more pairs in all roles together than their capacity_total says"


def _places(numbers: IntArray, some: IntArray) -> list[IntArray]:
    """The positions of each of some numbers among all."""
    order = np.argsort(numbers, kind="stable")
    ends = np.searchsorted(numbers[order], some), np.searchsorted(numbers[order], some, side="right")
    return [order[first:last] for first, last in zip(ends[0].tolist(), ends[1].tolist(), strict=True)]


def most_in_all(table: Table) -> FloatArray:
    """Return the most pairs of each person in all roles together, ``(people,)``; infinite where they wrote none."""
    column = table.get(COLUMN)
    if not isinstance(column, Number):
        return np.full(len(table.ids), np.inf)
    found: FloatArray = np.where(column.missing, np.inf, column.values)
    return found
