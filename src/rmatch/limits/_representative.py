"""A limit for pilots: few pairs, in proportion to the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rmatch.columns import IntArray, Items, Table, fold
from rmatch.errors import ProgramError
from rmatch.limits._base import MANY, Limit, Reached
from rmatch.limits._groups import Group
from rmatch.rows import Part, People, Row

_UNANSWERED = "no answer"


@dataclass(frozen=True)
class Representative(Limit):
    """Exactly ``pairs`` pairs, in proportion to the people on ``side`` by ``column``, as for a pilot.

    With ``n`` of ``N`` people, a value has ``⌊pairs · n / N⌋`` pairs, and those with the largest remainders have one
    more, of equal ones the value with more people first. People without an answer are a group of their own.

    Args:
        pairs: Number of pairs.
        column: Column that is read.
        side: ``"mentor"`` or ``"mentee"``.
    """

    pairs: int
    column: str = "department"
    side: Literal["mentor", "mentee"] = "mentee"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.pairs <= MANY:
            raise ProgramError(f"Representative: `pairs` is a number of pairs, 1 or more, not {self.pairs!r}")
        if not self.column:
            raise ProgramError("Representative: `column` is missing")

    @property
    def name(self) -> str:
        return f"representative_{self.side}_{self.column}"

    @property
    def total_bounds(self) -> tuple[int, int]:
        """The number of pairs, twice."""
        return self.pairs, self.pairs

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ((self.column,), ()) if self.side == "mentor" else ((), (self.column,))

    def seats(self, mentors: Table, mentees: Table) -> dict[str, tuple[IntArray, int]]:
        """Return the positions of the people of each value and their number of pairs, in the order of the values.

        Raises:
            ProgramError: The column holds lists, so that a person would count several times.
        """
        table = mentors if self.side == "mentor" else mentees
        if isinstance(table[self.column], Items):
            raise ProgramError(
                f"Representative: {self.column!r} holds lists, so somebody would count several times; name a column "
                "with one value for each person"
            )
        groups = Group(self.side, self.column, most=0).members(mentors, mentees)
        unanswered = np.flatnonzero(table[self.column].missing)
        if len(unanswered):
            groups[f"({_UNANSWERED})"] = unanswered
        counts = {word: len(rows) for word, rows in groups.items()}
        return dict(zip(groups, zip(groups.values(), largest_remainder(self.pairs, counts), strict=True), strict=True))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each value, and one for the number of pairs."""
        found = [Row(f"{self.name} (pairs)", (Part(),), self.pairs, self.pairs)]
        for word, (rows, seats) in self.seats(people.mentors, people.mentees).items():
            own = Part(mentors=rows) if self.side == "mentor" else Part(mentees=rows)
            found.append(Row(f"{self.name}_{fold(word).replace(' ', '_')}", (own,), seats, seats))
        return tuple(found)

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return the number of pairs of each value, as text."""
        own = i if self.side == "mentor" else j
        seats = self.seats(people.mentors, people.mentees)
        return ", ".join(f"{word} {int(np.isin(own, rows).sum()):,}" for word, (rows, _) in seats.items())

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the people of each value, all of which has its pairs, with a sentence."""
        column = self.column.replace("_", " ")
        for word, (rows, seats) in self.seats(people.mentors, people.mentees).items():
            sentence = f"In a pilot of {self.pairs:,} pairs, {seats:,} are for {self.side}s whose {column} is {word!r}."
            yield self.side, rows, sentence
        other = 1 if self.side == "mentor" else 0
        everybody = np.arange(people.shape[other], dtype=np.int64)
        yield ("mentor", "mentee")[other], everybody, f"The plan may have {self.pairs:,} pairs at most."

    def in_words(self) -> str:
        return f"exactly {self.pairs:,} pairs, the {self.side}s in proportion by {self.column.replace('_', ' ')}"


def largest_remainder(seats: int, counts: dict[str, int]) -> list[int]:
    """Return the seats of each group by the method of the largest remainder, in exact arithmetic.

    Args:
        seats: Number of seats.
        counts: People of each group.
    """
    people = sum(counts.values())
    if not people:
        return []
    given = {word: seats * count // people for word, count in counts.items()}
    left = seats - sum(given.values())
    order = sorted(counts, key=lambda word: (-(seats * counts[word] % people), -counts[word], fold(word)))
    for word in order[:left]:
        given[word] += 1
    return list(given.values())
