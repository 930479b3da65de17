"""What limits and objectives mean, in plain linear rows and values, apart from how a solver keeps them.

A plan is a choice ``x_ij`` of 0 or 1 for every eligible pair. A limit says of it, in one row or several::

    least ≤ Σ coefficient(i, j) · x_ij ≤ most

and an objective what it is worth::

    value = Σ value(i, j) · x_ij + Σ over people of what their number of pairs is worth

A coefficient is a sum of parts, each a whole number for the pairs of some mentors with some mentees that meet a
condition. The check of a proof, and the tests, read rows and values and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.factors import Sparse

Side: TypeAlias = Literal["mentor", "mentee"]

Condition: TypeAlias = Callable[[IntArray, IntArray], "BoolArray | IntArray"]
"""``condition(i, j)``: 1 or True for each listed pair that counts, else 0; or how often it counts, a whole number."""

PairValues: TypeAlias = Callable[[IntArray, IntArray, IntArray], IntArray]
"""``values(i, j, points)``: what each listed pair adds to an objective, a whole number."""

UNBOUNDED = 1 << 62
"""Stands for a bound that is not there; no sum of coefficients is as large."""


@runtime_checkable
class Product(Protocol):
    """A condition that is also an inner product of whole numbers, which a scan adds up fast."""

    def factors(self) -> tuple[Sparse, Sparse]: ...  # noqa: D102


@runtime_checkable
class Named(Protocol):
    """A condition that holds for listed pairs only: ``keys`` are ``i · mentees + j``, ascending."""

    @property
    def keys(self) -> IntArray: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class People:
    """Whom a plan is for: both sides in canonical order, and which pairs the rules allow.

    ``pairs_first`` says that the number of pairs is settled before their total.
    """

    mentors: Table
    mentees: Table
    eligible: Callable[[IntArray, IntArray], BoolArray]
    pairs_first: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.mentors.ids), len(self.mentees.ids)


@dataclass(frozen=True, eq=False)
class Part:
    """``times`` for every pair of one of the ``mentors`` with one of the ``mentees`` that meets ``pairs``.

    ``mentors`` and ``mentees`` are positions; None stands for everybody, and for every pair.
    """

    times: int = 1
    mentors: IntArray | None = None
    mentees: IntArray | None = None
    pairs: Condition | None = None

    @property
    def bare(self) -> bool:
        """Whether it counts every pair of everybody."""
        return self.mentors is None and self.mentees is None and self.pairs is None

    def at(self, i: IntArray, j: IntArray) -> IntArray:
        """What the part adds for each listed pair, ``(pairs,)`` int64."""
        adds = np.full(len(i), self.times, np.int64)
        for some, who in ((self.mentors, i), (self.mentees, j)):
            if some is not None:
                adds *= np.isin(who, some)
        if self.pairs is not None:
            met = np.flatnonzero(adds)
            adds[met] *= np.asarray(self.pairs(i[met], j[met]), np.int64)
        return adds


@dataclass(frozen=True, eq=False)
class Row:
    """``least ≤ Σ coefficient · x ≤ most``, or one such row for ``each`` person of a side, over their own pairs.

    None is no bound. With ``each`` a bound may be an array, a number for each person.
    """

    name: str
    parts: tuple[Part, ...]
    least: int | IntArray | None = None
    most: int | IntArray | None = None
    each: Side | None = None

    def coefficients(self, i: IntArray, j: IntArray) -> IntArray:
        """The coefficient of each listed pair, ``(pairs,)`` int64."""
        found = np.zeros(len(i), np.int64)
        for part in self.parts:
            found += part.at(i, j)
        return found

    def bounds(self, shape: tuple[int, int]) -> tuple[IntArray, IntArray]:
        """The least and the most of each row, ``(rows,)``: one row, or as many as the side has people."""
        size = 1 if self.each is None else shape[("mentor", "mentee").index(self.each)]
        low, high = np.full(size, -UNBOUNDED), np.full(size, UNBOUNDED)
        if self.least is not None:
            low[:] = self.least
        if self.most is not None:
            high[:] = self.most
        return low, high

    def sums(self, i: IntArray, j: IntArray, shape: tuple[int, int]) -> IntArray:
        """What the pairs ``(i, j)`` of a plan add up to in each row, ``(rows,)`` int64."""
        adds = self.coefficients(i, j)
        if self.each is None:
            return np.array([adds.sum()])
        who, size = (i, shape[0]) if self.each == "mentor" else (j, shape[1])
        found = np.zeros(size, np.int64)
        np.add.at(found, who, adds)
        return found


@dataclass(frozen=True, eq=False)
class LoadValue:
    """What ``k`` pairs of one person are worth: ``first · min(k, 1) - square · k²``; ``first`` is ``(people,)``."""

    first: IntArray
    square: int = 0

    def of(self, load: IntArray) -> IntArray:
        """The value of each person's number of pairs, ``(people,)`` int64."""
        worth: IntArray = self.first * np.minimum(load, 1) - self.square * load * load
        return worth


LoadValues: TypeAlias = tuple[LoadValue | None, LoadValue | None]
"""What numbers of pairs are worth, on the mentors' and on the mentees' side; None for nothing."""


@dataclass(frozen=True, eq=False)
class Listed:
    """The condition that a pair is one of those listed: ``keys`` are ``i · mentees + j``, ascending."""

    keys: IntArray
    mentees: int

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        """Whether each listed pair is among them."""
        wanted = i * np.int64(self.mentees) + j
        there: BoolArray = np.append(self.keys, -1)[np.searchsorted(self.keys, wanted)] == wanted
        return there


def pair_places(pairs: tuple[tuple[str, str], ...], mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
    """Where the people of listed pairs stand, mentors and mentees; -1 for an id that nobody has."""
    if not pairs:  # as of most programs; to look for nobody among a million takes a second
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    found = []
    for k, table in ((0, mentors), (1, mentees)):
        ids = pd.Index(np.array([pair[k] for pair in pairs], dtype=object), dtype=object)
        found.append(pd.Index(table.ids).get_indexer(ids).astype(np.int64))
    return found[0], found[1]


def listed(pairs: tuple[tuple[str, str], ...], people: People) -> Listed:
    """Return the condition that a pair is one of ``pairs``, by id; those whose people are not both here count not."""
    i, j = pair_places(pairs, people.mentors, people.mentees)
    both = (i >= 0) & (j >= 0)
    return Listed(np.unique(i[both] * np.int64(people.shape[1]) + j[both]), people.shape[1])


def told_apart(rows: tuple[Row, ...], taken: Sequence[str] = ()) -> tuple[Row, ...]:
    """Return the rows with distinct names, none of them ``taken``: a number stands behind one that is there already."""
    seen, found = set(taken), []
    for row in rows:
        name, number = row.name, 1
        while name in seen:
            number += 1
            name = f"{row.name} {number}"
        seen.add(name)
        found.append(replace(row, name=name))
    return tuple(found)
