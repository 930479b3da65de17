"""Objectives about named people: who comes first, and which pairs stay together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import Column, IntArray, Number, Table
from rmatch.element import Present, Remembered, Who, pairs_by_id, refuse_twice
from rmatch.errors import ProgramError
from rmatch.objectives._base import Objective
from rmatch.rows import LoadValue, LoadValues, PairValues, People, listed
from rmatch.schema.yes import neither, said_yes
from rmatch.valuation import Valuation


@dataclass(frozen=True)
class Priority(Objective):
    """Maximise the sum of urgencies of the people who have a partner.

    ``column`` contains urgencies, integers from 0, or yes and no, which count 1 and 0; or ``mentors`` and ``mentees``
    list ids, which count 1. With neither, the people without a partner in the last round come first; see
    :class:`rmatch.History`, which sets ``filled``.
    """

    column: str = ""
    mentors: Listed[str] = ()
    mentees: Listed[str] = ()
    filled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.column and (self.mentors or self.mentees):
            raise ProgramError("Priority: give either `column`, or `mentors` and `mentees`")
        refuse_twice(self, "mentors", "mentees")

    def with_ids(self, who: Who) -> Self:
        mentors = tuple(dict.fromkeys(who.id_of(word, "mentor") for word in self.mentors))
        mentees = tuple(dict.fromkeys(who.id_of(word, "mentee") for word in self.mentees))
        return replace(self, mentors=mentors, mentees=mentees)

    def names_people(self) -> tuple[Iterable[str], Iterable[str]]:
        """Return the listed mentors and mentees."""
        return self.mentors, self.mentees

    def check(self, mentors: Table, mentees: Table) -> None:
        """Raise ProgramError where the column does not hold priorities."""
        self.urgency(mentors, mentees)

    @property
    def history_fields(self) -> str:
        """What can be written instead of a history."""
        return "a `column`, or `mentors` and `mentees`"

    def remembering(self, past: Remembered) -> Self:
        """Return the same for the people who were left without a partner."""
        return replace(self, mentors=past.mentors, mentees=past.mentees, filled=True)

    def among(self, here: Present) -> Self:
        """Return the same for the listed people who are here."""
        mentors = tuple(id_ for who in self.mentors if (id_ := here.id_of(who, "mentor")) is not None)
        mentees = tuple(id_ for who in self.mentees if (id_ := here.id_of(who, "mentee")) is not None)
        return replace(self, mentors=mentors, mentees=mentees)

    @property
    def needs_history(self) -> bool:
        """Whether neither a column, a list nor a history defines who comes first."""
        return not (self.column or self.mentors or self.mentees or self.filled)

    @property
    def gives_priority(self) -> bool:
        """Whether the people who were left without a partner in the last round come first."""
        return self.filled or self.needs_history

    @property
    def name(self) -> str:
        return f"priority_{self.column}" if self.column else "priority"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ((self.column,), (self.column,)) if self.column else ((), ())

    def urgency(self, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
        """Return the urgency of each mentor and of each mentee, int64; ProgramError where the column cannot be read
        so.
        """
        if self.column:
            return _urgency_of(self.column, mentors[self.column]), _urgency_of(self.column, mentees[self.column])
        first = [set(self.mentors), set(self.mentees)]
        one, other = (
            np.array([str(id_) in some for id_ in table.ids], dtype=np.int64)
            for table, some in zip((mentors, mentees), first, strict=True)
        )
        return one, other

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(0, 0)``: only whether a person has a partner counts."""
        return 0, 0

    def load_values(self, people: People) -> LoadValues:
        """Return each person's urgency as the value of having a pair at all."""
        mentors, mentees = self.urgency(people.mentors, people.mentees)
        return LoadValue(mentors), LoadValue(mentees)

    def in_words(self) -> str:
        if self.column:
            return f"a partner first for those with the highest {self.column.replace('_', ' ')}"
        who = "those left out of the last round" if self.filled or self.needs_history else "some people"
        return f"a partner first for {who}"


def _urgency_of(name: str, column: Column) -> IntArray:
    """Return how urgent each cell of a column of priorities is, ``(people,)``; ProgramError where one is no number."""
    if isinstance(column, Number) and not column.order:
        values = np.where(column.missing, 0, column.values)
        wrong = [f"{x:g}" for x in values if not 0 <= x <= 2**31 or x != np.floor(x)]
    else:
        values = said_yes(column)
        wrong = neither(column)
    if wrong:
        raise ProgramError(f"Priority: {name!r} must hold yes and no, or whole numbers from 0; {wrong[0]!r} is neither")
    return values.astype(np.int64)


@dataclass(frozen=True)
class Stability(Objective):
    """Maximise the number of pairs of ``pairs``, ``(mentor_id, mentee_id)``, that stay together.

    Left out, they are those of the last round; see :class:`rmatch.History`, which sets ``filled``.
    """

    pairs: Listed[tuple[str, str]] = ()
    filled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_twice(self, "pairs")

    def with_ids(self, who: Who) -> Self:
        return replace(self, pairs=pairs_by_id(self.pairs, who))

    def names_people(self) -> tuple[Iterable[str], Iterable[str]]:
        """Return the mentors and the mentees of the earlier pairs."""
        return [a for a, _ in self.pairs], [b for _, b in self.pairs]

    def remembering(self, past: Remembered) -> Self:
        """Return the same for the pairs of the last round."""
        return replace(self, pairs=past.rounds[-1] if past.rounds else (), filled=True)

    def among(self, here: Present) -> Self:
        """Return the same for the pairs of which both people are here."""
        return replace(self, pairs=here.both(self.pairs))

    @property
    def earlier_pairs(self) -> Sequence[tuple[str, str]]:
        """The pairs that should stay together."""
        return self.pairs

    @property
    def needs_history(self) -> bool:
        """Whether neither a list nor a history defines the earlier pairs."""
        return not (self.pairs or self.filled)

    def pair_values(self, people: People) -> PairValues:
        """Return the function that is 1 for each listed pair."""
        earlier = listed(self.pairs, people)
        return lambda i, j, points: earlier(i, j).astype(np.int64)

    def compile(self, people: People) -> Valuation:
        """Return the same value as a bonus of 1 for each listed pair."""
        keys = listed(self.pairs, people).keys
        return Valuation(times=0, listed=(keys, np.ones(len(keys), np.int64)))

    def in_words(self) -> str:
        return "as many earlier pairs as possible stay together"
