"""Limits on each person's number of pairs, and those that a program has by itself where people have both roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import FloatArray, IntArray, Number, Table, persons
from rmatch.errors import ContradictionError, ProgramError
from rmatch.limits._base import MANY, Limit, Reached, times
from rmatch.rows import Part, People, Row, Side
from rmatch.schema.binding import Mirror

COLUMN = "capacity_total"

MOST_COUPLES = 20_000
"""Most couples who could meet in both directions."""


@dataclass(frozen=True)
class CapacityTotal(Limit):
    """At most as many pairs of one person, as mentor and as mentee together, as their ``capacity_total`` says.

    A program has it wherever somebody has a number in that column; who left it blank is not limited by it.
    """

    instead: ClassVar[str] = "the column `capacity_total` alone is enough"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (COLUMN,), (COLUMN,)

    def applies(self, mentors: Table, mentees: Table) -> bool:
        """Whether it limits somebody who has both roles."""
        return bool(self._people(mentors, mentees))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each person with both roles who wrote a number."""
        name = self.name
        return tuple(
            Row(f"{name} {id_}", (Part(mentors=one), Part(mentees=two)), most=most)
            for id_, one, two, most in self._people(people.mentors, people.mentees)
        )

    def _people(self, mentors: Table, mentees: Table) -> list[tuple[str, IntArray, IntArray, int]]:
        """Id, positions as mentors and as mentees, and the most pairs of each person with both roles."""
        if COLUMN not in mentors and COLUMN not in mentees:
            return []
        numbers, written = persons(mentors, mentees), (most_in_all(mentors), most_in_all(mentees))
        most = np.full(max(int(own.max(initial=-1)) for own in numbers) + 1, np.inf)
        for own, each in zip(numbers, written, strict=True):
            np.minimum.at(most, own, each)
        both = numbers[0][np.isin(numbers[0], numbers[1]) & np.isfinite(most[numbers[0]])]
        both = both[np.sort(np.unique(both, return_index=True)[1])]  # in the order of the mentors
        one, other = (_where(own, both) for own in numbers)
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
        return "nobody has more pairs in all roles together than their capacity_total says"


def _where(numbers: IntArray, some: IntArray) -> list[IntArray]:
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


@dataclass(frozen=True)
class OneDirection(Limit):
    """Two people are a pair in one direction at most: who teaches somebody does not learn from them.

    A program with ``mirror = "forbid"`` has it by itself.

    Args:
        only: The couples that it is about, by the ids of mentor and mentee in one direction; None for all.
    """

    instead: ClassVar[str] = 'write `mirror = "forbid"` above the first [[tracks]]'

    only: Listed[tuple[str, str]] | None = None

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
        return "two people meet in one direction at most"

    def figure(self, people: People, i: IntArray, j: IntArray) -> None:
        return None


def with_implied(limits: Sequence[Limit], mentors: Table, mentees: Table, mirror: Mirror) -> tuple[Limit, ...]:
    """Return limits with those that nobody needs to name.

    Args:
        limits: The limits that a program names.
        mentors, mentees: Tables.
        mirror: Whether two people may meet in both directions.

    Raises:
        ContradictionError: Two people must, and a limit lets them meet in one only.
    """
    kinds = [type(limit) for limit in limits]
    if mirror == "require" and OneDirection in kinds:
        raise ContradictionError(
            '[[limits]] one_direction lets two people meet in one direction only, and mirror = "require" has them meet '
            "in both: drop one of the two"
        )
    more: list[Limit] = []
    if CapacityTotal not in kinds and CapacityTotal().applies(mentors, mentees):
        more.append(CapacityTotal())
    if mirror == "forbid" and OneDirection not in kinds:
        more.append(OneDirection())
    return (*limits, *more)


def _pair(i: int, j: int) -> Part:
    return Part(1, np.array([i]), np.array([j]))


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
        sides = [
            f"each {s[:-1]} has at most {k}" for s, k in (("mentors", self.mentors), ("mentees", self.mentees)) if k
        ]
        return " and ".join(sides) or "capacities as the export says"


def places(limits: Sequence[Limit], mentors: Table, mentees: Table, joiners: int = 0) -> tuple[IntArray, IntArray]:
    """Return the capacity of each mentor and of each mentee, ``(people,)`` int64 each.

    A number in the ``capacity`` column counts up to the smallest Capacity; people without one get that, or 1 where
    there is none. It never exceeds the number of people on the other side plus ``joiners``.

    Args:
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
