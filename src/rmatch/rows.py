"""Linear rows and values: what limits and objectives mean, independent of how a solver represents them.

A plan is a 0/1 vector ``x`` over the eligible pairs. A limit is a set of rows::

    least ≤ Σ coefficient(i, j) · x_ij ≤ most

some of which a person without any pair keeps too (``or_none``), and an objective is a value::

    value = Σ value(i, j) · x_ij + Σ over people of a function of their number of pairs

A coefficient is a sum of parts; each part is an integer for pairs of some mentors with some mentees that meet a
condition. The check of a proof, and the tests, read rows and values only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from rmatch._util.arrays import among
from rmatch._util.quoted import arrow, called, names_of
from rmatch.columns import BoolArray, IntArray, Labels, Table
from rmatch.errors import ProgramError
from rmatch.factors import Sparse

Side: TypeAlias = Literal["mentor", "mentee"]

Condition: TypeAlias = Callable[[IntArray, IntArray], "BoolArray | IntArray"]
"""Coefficient of each listed pair: ``condition(i, j) -> (pairs,)`` bool or int64."""

PairValues: TypeAlias = Callable[[IntArray, IntArray, IntArray], IntArray]
"""Value added by each listed pair: ``values(i, j, points) -> (pairs,)`` int64."""

UNBOUNDED = 1 << 62
"""Value of an absent bound; larger than any sum of coefficients."""


@runtime_checkable
class Product(Protocol):
    """A condition that is also an inner product of integer factors, which a scan evaluates fast."""

    def factors(self) -> tuple[Sparse, Sparse]: ...  # noqa: D102


@runtime_checkable
class Named(Protocol):
    """A condition that is nonzero on listed pairs only; ``keys`` are ``i · mentees + j``, ascending."""

    @property
    def keys(self) -> IntArray: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class People:
    """The people of a plan, both sides in canonical order, and the eligibility of pairs.

    Args:
        mentors, mentees: Tables of both sides.
        eligible: ``eligible(i, j) -> (pairs,)`` bool: whether the rules allow each listed pair.
        pairs_first: Whether the number of pairs is settled before their total.
    """

    mentors: Table
    mentees: Table
    eligible: Callable[[IntArray, IntArray], BoolArray]
    pairs_first: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.mentors.ids), len(self.mentees.ids)

    @cached_property
    def _names(self) -> dict[str, str]:
        return names_of(self.mentors, self.mentees)

    def called(self, side: int, place: int) -> str:
        """Return what a message calls the person at a place on side 0, the mentors, or 1."""
        return called((self.mentors, self.mentees)[side].ids[place], self._names)

    def pair(self, i: int, j: int) -> str:
        """Return what a message calls a pair."""
        return arrow(self.mentors.ids[i], self.mentees.ids[j], self._names)


@dataclass(frozen=True, eq=False)
class Part:
    """A summand of a row's coefficient: ``times`` for pairs of ``mentors`` × ``mentees`` that meet ``pairs``.

    Args:
        times: Integer factor.
        mentors: Positions of the mentors that count, int64; None for all.
        mentees: Positions of the mentees that count, int64; None for all.
        pairs: Condition on the pair; None for none.
    """

    times: int = 1
    mentors: IntArray | None = None
    mentees: IntArray | None = None
    pairs: Condition | None = None

    @property
    def bare(self) -> bool:
        """Whether the part counts every pair alike."""
        return self.mentors is None and self.mentees is None and self.pairs is None

    def at(self, i: IntArray, j: IntArray) -> IntArray:
        """Return what the part adds for each listed pair.

        Args:
            i, j: Mentors and mentees, ``(pairs,)`` int64.

        Returns:
            ``(pairs,)`` int64.
        """
        adds = np.full(len(i), self.times, np.int64)
        for some, who in ((self.mentors, i), (self.mentees, j)):
            if some is not None:
                adds *= who == some[0] if len(some) == 1 else np.isin(who, some)
        if self.pairs is not None:
            met = np.flatnonzero(adds)
            answer = np.asarray(self.pairs(i[met], j[met]))
            if answer.dtype.kind not in "biu" or answer.shape != met.shape:
                raise ProgramError(
                    "a condition of a limit's row answers with True and False or whole numbers, one for each of "
                    f"{len(met):,} pairs, not {answer.dtype} {answer.shape}"
                )
            adds[met] *= answer.astype(np.int64)
        return adds

    def over(self, i: IntArray, j: IntArray) -> int:
        """Return what the part adds for listed pairs together."""
        some, who = (self.mentees, j) if self.mentors is None else (self.mentors, i)
        if (
            self.pairs is None
            and some is not None
            and len(some) == 1
            and (self.mentors is None or self.mentees is None)
        ):
            return self.times * int(np.count_nonzero(who == some[0]))
        return int(self.at(i, j).sum())


@dataclass(frozen=True, eq=False)
class Couples:
    """Every two people, each of whom stands several times among the mentors or the mentees: once for each round.

    As a condition it is true of every pair.

    Args:
        mentors, mentees: Who each mentor and each mentee is, as a position in ``ids``, int64.
        ids: Ids of these people, of the one side and of the other.
    """

    mentors: IntArray
    mentees: IntArray
    ids: tuple[Labels, Labels]

    def __len__(self) -> int:
        return len(self.ids[0]) * len(self.ids[1])

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return True for each pair, ``(pairs,)`` bool."""
        return np.ones(len(i), bool)

    def of(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the number of the couple of each pair, int64; ``i`` and ``j`` are of shapes that broadcast."""
        number: IntArray = self.mentors[i] * np.int64(len(self.ids[1])) + self.mentees[j]
        return number

    def names(self, some: IntArray) -> list[tuple[str, str]]:
        """Return the ids of the two people of some couples."""
        a, b = np.divmod(some, max(len(self.ids[1]), 1))
        return list(zip(map(str, self.ids[0][a]), map(str, self.ids[1][b]), strict=True))


@dataclass(frozen=True, eq=False)
class Row:
    """A linear row ``least ≤ Σ coefficient · x ≤ most``, or one such row for ``each`` person of a side over their own
    pairs, or for each couple over theirs.

    Args:
        name: Name in messages and certificates.
        parts: Summands of the coefficient.
        least: Lower bound; with ``each`` an int64 array may give one for each person. None for no bound.
        most: Upper bound, likewise.
        each: Side whose people have a row of their own, or the couples that have one; None for a single row.
        or_none: Whether a person without any pair keeps their row too; for rows that count each person's pairs.
    """

    name: str
    parts: tuple[Part, ...]
    least: int | IntArray | None = None
    most: int | IntArray | None = None
    each: Side | Couples | None = None
    or_none: bool = False

    def coefficients(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the coefficient of each listed pair.

        Args:
            i, j: Mentors and mentees, ``(pairs,)`` int64.

        Returns:
            ``(pairs,)`` int64.
        """
        found = np.zeros(len(i), np.int64)
        for part in self.parts:
            found += part.at(i, j)
        return found

    def bounds(self, shape: tuple[int, int]) -> tuple[IntArray, IntArray]:
        """Return the lower and upper bounds; absent ones are ``∓UNBOUNDED``. With ``or_none``, 0 lies between them.

        Args:
            shape: Number of mentors and mentees.

        Returns:
            Two int64 arrays ``(rows,)``: one row, or one for each person of the side, or for each couple.
        """
        least, most = -UNBOUNDED if self.least is None else self.least, UNBOUNDED if self.most is None else self.most
        if self.each is None:  # there may be thousands
            return np.array(least, np.int64, ndmin=1), np.array(most, np.int64, ndmin=1)
        size = self._size(shape)
        low, high = np.empty(size, np.int64), np.empty(size, np.int64)
        low[:], high[:] = least, most
        return (np.minimum(low, 0) if self.or_none else low), high

    def _size(self, shape: tuple[int, int]) -> int:
        return len(self.each) if isinstance(self.each, Couples) else shape[("mentor", "mentee").index(self.each)]

    def number(self, i: IntArray, j: IntArray) -> IntArray:
        """Return which of the rows is that of each listed pair, ``(pairs,)`` int64."""
        if self.each is None:
            return np.zeros(len(i), np.int64)
        return self.each.of(i, j) if isinstance(self.each, Couples) else i if self.each == "mentor" else j

    def fewest(self, shape: tuple[int, int]) -> IntArray:
        """Return the fewest pairs of each person who has any, ``(people,)`` int64; 1 without ``or_none``."""
        found = np.ones(len(self.bounds(shape)[0]), np.int64)
        if self.or_none and self.least is not None:
            found[:] = np.maximum(self.least, 1)
        return found

    def broken(self, sums: IntArray, shape: tuple[int, int]) -> BoolArray:
        """Return which left-hand sides break the row, or the row of each person.

        Args:
            sums: What :meth:`sums` returned, ``(rows,)`` int64.
            shape: Number of mentors and mentees.

        Returns:
            ``(rows,)`` bool.
        """
        least, most = self.bounds(shape)
        outside: BoolArray = (sums < least) | (sums > most)
        if self.or_none:
            outside |= (sums > 0) & (sums < self.fewest(shape))
        return outside

    def sums(self, i: IntArray, j: IntArray, shape: tuple[int, int]) -> IntArray:
        """Return the left-hand sides of a plan.

        Args:
            i, j: Mentors and mentees of the plan's pairs, ``(pairs,)`` int64.
            shape: Number of mentors and mentees.

        Returns:
            ``(rows,)`` int64.
        """
        if self.each is None:
            return np.array([sum(part.over(i, j) for part in self.parts)])
        found = np.zeros(self._size(shape), np.int64)
        np.add.at(found, self.number(i, j), self.coefficients(i, j))
        return found


@dataclass(frozen=True, eq=False)
class LoadValue:
    """Concave value of a person's number of pairs: ``first · min(k, 1) - square · k²``.

    Args:
        first: Value of having a pair at all, ``(people,)`` int64, 0 or more.
        square: Coefficient of the quadratic cost, 0 or more.
    """

    first: IntArray
    square: int = 0

    def of(self, load: IntArray) -> IntArray:
        """Return the value of each person's number of pairs ``load``, ``(people,)`` int64 each."""
        value: IntArray = self.first * np.minimum(load, 1) - self.square * load * load
        return value


LoadValues: TypeAlias = tuple[LoadValue | None, LoadValue | None]
"""Values of numbers of pairs on the mentors' and the mentees' side; None for none."""


@dataclass(frozen=True, eq=False)
class PairList:
    """The condition that a pair is in a list.

    Args:
        keys: ``i · mentees + j`` of the listed pairs, ascending, int64.
        mentees: Number of mentees.
    """

    keys: IntArray
    mentees: int

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether each pair ``(i, j)`` is listed, ``(pairs,)`` bool."""
        return among(i * np.int64(self.mentees) + j, self.keys)


def pair_places(pairs: Sequence[tuple[str, str]], mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
    """Return the positions of the people of listed pairs.

    Args:
        pairs: ``(mentor_id, mentee_id)`` pairs.
        mentors, mentees: Tables of both sides.

    Returns:
        Mentors and mentees, ``(pairs,)`` int64 each; -1 for an unknown id.
    """
    if not pairs:  # the usual case; building an index of a million people takes a second
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    found = []
    for k, table in ((0, mentors), (1, mentees)):
        ids = pd.Index(np.array([pair[k] for pair in pairs], dtype=object), dtype=object)
        found.append(pd.Index(table.ids).get_indexer(ids).astype(np.int64))
    return found[0], found[1]


def listed(pairs: Sequence[tuple[str, str]], people: People) -> PairList:
    """Return the condition that a pair is one of those listed by id; pairs with an unknown id are dropped.

    Args:
        pairs: ``(mentor_id, mentee_id)`` pairs.
        people: Both sides.
    """
    i, j = pair_places(pairs, people.mentors, people.mentees)
    both = (i >= 0) & (j >= 0)
    return PairList(np.unique(i[both] * np.int64(people.shape[1]) + j[both]), people.shape[1])
