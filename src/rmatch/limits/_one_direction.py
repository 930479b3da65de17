"""The limit that two people meet in one direction at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from rmatch.columns import IntArray, Table, persons
from rmatch.errors import ProgramError
from rmatch.limits._base import Limit
from rmatch.limits._both_roles import CapacityTotal
from rmatch.rows import Part, People, Row

MOST_COUPLES = 20_000
"""Most couples who could meet in both directions."""


@dataclass(frozen=True)
class OneDirection(Limit):
    """Two people are a pair in one direction at most: who teaches somebody does not learn from them.

    A program with ``mirror = "forbid"`` has it by itself.

    Args:
        only: The couples that it is about, by the ids of mentor and mentee in one direction; None for all.
    """

    by_flow: ClassVar[bool] = False

    only: tuple[tuple[str, str], ...] | None = None

    def lazily(self, people: People, plans: Sequence[tuple[IntArray, IntArray]]) -> OneDirection | None:
        """Return the limit on the couples who meet twice in one of these plans; None if it is not about all."""
        if self.only is not None:
            return None
        one, other = persons(people.mentors, people.mentees)
        couples: dict[frozenset[str], tuple[str, str]] = {}
        for i, j in plans:
            made = set(zip(one[i].tolist(), other[j].tolist(), strict=True))
            for a, b in sorted(zip(i.tolist(), j.tolist(), strict=True)):
                if (int(other[b]), int(one[a])) in made:
                    pair = str(people.mentors.ids[a]), str(people.mentees.ids[b])
                    couples.setdefault(frozenset(pair), pair)
        return replace(self, only=tuple(couples.values()))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each couple who may meet in both directions.

        Raises:
            ProgramError: There are more than can be held apart.
        """
        return tuple(
            Row(f"{self.name} {a} {b}", (_pair(i, j), _pair(other_i, other_j)), most=1)
            for a, b, i, j, other_i, other_j in self._couples(people)
        )

    def _couples(self, people: People) -> Iterator[tuple[str, str, int, int, int, int]]:
        """Yield two ids, and the positions of the pair in each direction."""
        one, other = persons(people.mentors, people.mentees)
        mentor_of = {number: k for k, number in enumerate(one.tolist())}
        mentee_of = {number: k for k, number in enumerate(other.tolist())}
        both = one[np.isin(one, other)]  # in the order of the mentors, whatever numbers people have
        first = np.array([mentor_of[number] for number in both.tolist()], np.int64)
        second = np.array([mentee_of[number] for number in both.tolist()], np.int64)
        a, b = np.triu_indices(len(both), 1)
        fine = people.eligible(first[a], second[b])
        fine[fine] = people.eligible(first[b[fine]], second[a[fine]])
        a, b = a[fine], b[fine]
        if self.only is None and len(a) > MOST_COUPLES:
            raise ProgramError(
                f'mirror = "forbid": {len(a):,} couples could meet in both directions, and {MOST_COUPLES:,} is the '
                "most that are held apart; give `capacity_total` = 1 to whoever should have one partner, or match "
                "fewer people at once"
            )
        wanted = None if self.only is None else {frozenset(pair) for pair in self.only}
        for p, q in zip(a.tolist(), b.tolist(), strict=True):
            names = str(people.mentors.ids[first[p]]), str(people.mentees.ids[second[q]])
            if wanted is None or frozenset(names) in wanted:
                yield (*names, int(first[p]), int(second[q]), int(first[q]), int(second[p]))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "two people meet in one direction at most"

    def figure(self, people: People, i: IntArray, j: IntArray) -> None:
        """Return None: there is nothing to report."""
        return None


def with_implied(limits: Sequence[Limit], mentors: Table, mentees: Table, apart: bool) -> tuple[Limit, ...]:
    """Return limits with those that nobody needs to name.

    Args:
        limits: The limits that a program names.
        mentors, mentees: Tables.
        apart: Whether two people meet in one direction at most.
    """
    kinds = [type(limit) for limit in limits]
    more: list[Limit] = []
    if CapacityTotal not in kinds and CapacityTotal().applies(mentors, mentees):
        more.append(CapacityTotal())
    if apart and OneDirection not in kinds:
        more.append(OneDirection())
    return (*limits, *more)


def _pair(i: int, j: int) -> Part:
    return Part(1, np.array([i]), np.array([j]))
