"""Bounds on numbers of pairs, and the candidate pairs on which a problem is solved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rmatch._util.arrays import among
from rmatch.columns import BoolArray, IntArray
from rmatch.valuation import NO_UTILITY, LoadUtilities, LoadUtility

if TYPE_CHECKING:
    from rmatch.problem.partner_types import PartnerTypeCapacity

Array = TypeVar("Array", IntArray, BoolArray)

UNLIMITED = 1 << 40
"""More pairs than there ever are."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Nested groups of the people of one side, each with bounds on the pairs that its people have together.

    Args:
        of: Innermost group of each person, ``(people,)`` int64.
        parent: Group around each group, ``(groups,)`` int64; smaller than its own number, -1 for group 0, the whole
            side.
        least: Fewest pairs of each group, ``(groups,)`` int64.
        most: Most pairs of each group, ``(groups,)`` int64.
    """

    of: IntArray
    parent: IntArray
    least: IntArray
    most: IntArray
    utility: LoadUtility | None = None
    """Utility of each group's number of pairs; None for none."""

    @classmethod
    def none(cls, people: int) -> Groups:
        """Return the tree that consists of the whole side only."""
        return cls(np.zeros(people, np.int64), np.array([-1]), np.array([0]), np.array([UNLIMITED]))

    def loads(self, load: IntArray) -> IntArray:
        """Return the number of pairs of each group, ``(groups,)`` int64, where people have ``load`` pairs."""
        counts = np.bincount(self.of, load, len(self)).astype(np.int64)
        for group in range(len(self) - 1, 0, -1):
            counts[self.parent[group]] += counts[group]
        return counts

    def max_pairs(self, capacity: IntArray) -> int:
        """Return an upper bound of this side's number of pairs, from capacities and groups."""
        counts = np.bincount(self.of, np.minimum(capacity, UNLIMITED), len(self)).astype(np.int64)
        for group in range(len(self) - 1, 0, -1):
            counts[self.parent[group]] += min(counts[group], self.most[group])
        return int(min(counts[0], self.most[0]))

    def take(self, people: IntArray) -> Groups:
        """Return the same groups for some of the people, without lower bounds."""
        return Groups(self.of[people], self.parent, 0 * self.least, self.most)

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True, eq=False)
class Turned:
    """Which people change sides in the network, and its nested groups.

    Where juniors teach seniors and seniors juniors in one plan, one person has a place among the mentors and one among
    the mentees. A bound on both together lies across the sides of the plan, but not across those of a network that has
    all juniors on one side and all seniors on the other: there the two places of a person are a group.

    A side of the network has the people of the plan's side who stay, then those of the other side who change.

    Args:
        mentors: Whether each mentor stands on the second side of the network, ``(mentors,)`` bool.
        mentees: Whether each mentee stands on the first, ``(mentees,)`` bool.
        groups: Nested groups of the two sides of the network; None while there are none.
    """

    mentors: BoolArray
    mentees: BoolArray
    groups: tuple[Groups, Groups] | None = None

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Number of people on each side of the network."""
        first = int((~self.mentors).sum() + self.mentees.sum())
        return first, len(self.mentors) + len(self.mentees) - first

    @cached_property
    def places(self) -> tuple[IntArray, IntArray]:
        """Place of each mentor and of each mentee on their side of the network, int64."""
        stay = int((~self.mentors).sum()), int((~self.mentees).sum())
        mentors = np.where(self.mentors, stay[1] + np.cumsum(self.mentors), np.cumsum(~self.mentors)) - 1
        mentees = np.where(self.mentees, stay[0] + np.cumsum(self.mentees), np.cumsum(~self.mentees)) - 1
        return mentors.astype(np.int64), mentees.astype(np.int64)

    def laid(self, sides: tuple[Array, Array]) -> tuple[Array, Array]:
        """Return numbers of mentors and of mentees in the order of the network's sides."""
        mentors, mentees = sides
        return (
            np.concatenate([mentors[~self.mentors], mentees[self.mentees]]),
            np.concatenate([mentees[~self.mentees], mentors[self.mentors]]),
        )

    def back(self, sides: tuple[Array, Array]) -> tuple[Array, Array]:
        """Return numbers of the network's sides as those of mentors and of mentees."""
        (first, second), (mentors, mentees) = sides, self.places
        return (
            np.where(self.mentors, _at(second, mentors, self.mentors), _at(first, mentors, ~self.mentors)),
            np.where(self.mentees, _at(first, mentees, self.mentees), _at(second, mentees, ~self.mentees)),
        )

    def utilities(self, utilities: LoadUtilities) -> LoadUtilities:
        """Return utilities of numbers of pairs in the order of the network's sides."""
        if utilities == NO_UTILITY:
            return utilities
        known = [
            LoadUtility(*(np.zeros(len(side), np.int64),) * 3) if own is None else own
            for own, side in zip(utilities, (self.mentors, self.mentees), strict=True)
        ]
        first, upto, before, square = (
            self.laid((getattr(known[0], name), getattr(known[1], name)))
            if name != "square"
            else self.laid(tuple(np.broadcast_to(each.square, len(each.first)) for each in known))  # type: ignore[arg-type]
            for name in ("first", "upto", "before", "square")
        )
        return tuple(LoadUtility(first[k], upto[k], before[k], square[k]) for k in (0, 1))  # type: ignore[return-value]

    def pairs(self, candidates: Candidates) -> tuple[Candidates, IntArray]:
        """Return candidates as arcs of the network, and the position among ``candidates`` of each."""
        (mentors, mentees), i, j = self.places, candidates.i, candidates.j
        turned = self.mentors[i]
        first, second = np.where(turned, mentees[j], mentors[i]), np.where(turned, mentors[i], mentees[j])
        order = np.lexsort((second, first))
        return Candidates(first[order], second[order], candidates.points[order], self.shape), order


def _at(numbers: Array, places: IntArray, here: BoolArray) -> Array:
    """The numbers at some places, and any number of who is not ``here``."""
    if not len(numbers):
        return np.zeros(len(places), numbers.dtype)
    return numbers[np.where(here, places, 0)]


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds on numbers of pairs.

    Args:
        capacity: Most pairs of each mentor and of each mentee, int64.
        minimum: Fewest pairs of each mentor and of each mentee, int64.
        most_pairs: Whether the number of pairs is maximised before their total.
        groups: Nested groups of both sides; None where no group is bounded.
        total: Fewest and most pairs of the plan; None where they are free.
        type_capacities: Partner-type capacities of both sides, see :mod:`rmatch.problem.partner_types`; None for none.
        turned: Who changes sides in the network, and its groups; None where the network has the sides of the plan.
    """

    capacity: tuple[IntArray, IntArray]
    minimum: tuple[IntArray, IntArray]
    most_pairs: bool
    groups: tuple[Groups, Groups] | None = None
    total: tuple[int, int] | None = None
    type_capacities: tuple[PartnerTypeCapacity | None, PartnerTypeCapacity | None] | None = None
    turned: Turned | None = None

    def part(self, rows: IntArray, columns: IntArray) -> Bounds:
        """Return the bounds of some people only, without lower bounds; of a bounded total, their proportional share."""
        some = rows, columns
        groups = None if self.groups is None else tuple(t.take(k) for t, k in zip(self.groups, some, strict=True))
        none = np.zeros(len(rows), np.int64), np.zeros(len(columns), np.int64)
        own = Bounds((self.capacity[0][rows], self.capacity[1][columns]), none, False, groups)  # type: ignore[arg-type]
        least, most = self.span
        if not most:
            return own
        total = int(least * own.max_pairs / most), -int(-most * own.max_pairs // self.max_pairs)
        return replace(own, total=(min(total[0], own.max_pairs), min(total[1], own.max_pairs)))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.capacity[0]), len(self.capacity[1])

    @property
    def plain(self) -> bool:
        """Whether only single people are bounded."""
        return self.groups is None and self.total is None and self.type_capacities is None and self.turned is None

    @cached_property
    def trees(self) -> tuple[Groups, Groups]:
        """Groups of both sides of the network; each the whole side where none are bounded."""
        if self.turned is not None and self.turned.groups is not None:
            return self.turned.groups
        return self.groups or (Groups.none(self.shape[0]), Groups.none(self.shape[1]))

    def laid(self, sides: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray]:
        """Return numbers of mentors and of mentees in the order of the network's sides."""
        return sides if self.turned is None else self.turned.laid(sides)

    def back(self, sides: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray]:
        """Return numbers of the network's sides as those of mentors and of mentees."""
        return sides if self.turned is None else self.turned.back(sides)

    def laid_utilities(self, utilities: LoadUtilities) -> LoadUtilities:
        """Return utilities of numbers of pairs in the order of the network's sides."""
        return utilities if self.turned is None else self.turned.utilities(utilities)

    @cached_property
    def max_pairs(self) -> int:
        """Upper bound of the number of pairs: the capacity of the smaller side."""
        sides = zip(self.trees, self.laid(self.capacity), strict=True)
        most = min(tree.max_pairs(capacity) for tree, capacity in sides)
        return most if self.total is None else min(most, self.total[1])

    @property
    def span(self) -> tuple[int, int]:
        """Fewest and most pairs that a plan may have."""
        return 0 if self.total is None else self.total[0], self.max_pairs

    @cached_property
    def one_to_one(self) -> bool:
        """Whether every person may have exactly one pair, none must, and both sides are equally large."""
        m, n = self.shape
        free = self.groups is None and self.type_capacities is None and self.turned is None and m == n
        return free and all((c == 1).all() for c in self.capacity) and not any(c.any() for c in self.minimum)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Eligible pairs on which a problem is solved, sorted by mentor, then mentee.

    Args:
        i, j: Mentors and mentees, ``(pairs,)`` int64.
        points: Scores in points, ``(pairs,)`` int64.
        shape: Number of mentors and mentees.
    """

    i: IntArray
    j: IntArray
    points: IntArray
    shape: tuple[int, int]

    @cached_property
    def keys(self) -> IntArray:
        """``i · mentees + j``, ascending, int64."""
        return self.i * np.int64(self.shape[1]) + self.j

    @cached_property
    def start(self) -> IntArray:
        """Index of each mentor's first pair, and the end, ``(mentors + 1,)`` int64."""
        return np.searchsorted(self.i, np.arange(self.shape[0] + 1))

    @classmethod
    def of(cls, i: IntArray, j: IntArray, points: IntArray, shape: tuple[int, int]) -> Candidates:
        """Return the candidates of listed pairs, in any order, without repeats."""
        _, first = np.unique(i * np.int64(shape[1]) + j, return_index=True)
        return cls(i[first], j[first], points[first], shape)

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Candidates:
        """Return no candidates."""
        none = np.zeros(0, np.int64)
        return cls(none, none, none, shape)

    def plus(self, i: IntArray, j: IntArray, points: IntArray) -> Candidates:
        """Return the candidates with further pairs."""
        more = ((self.i, i), (self.j, j), (self.points, points))
        all_i, all_j, all_points = (np.concatenate(pair) for pair in more)
        return Candidates.of(all_i, all_j, all_points, self.shape)

    def only(self, some: IntArray | BoolArray) -> Candidates:
        """Return some of the candidates, by ascending positions or by a mask."""
        return Candidates(self.i[some], self.j[some], self.points[some], self.shape)

    def has(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return which of the listed pairs are candidates, ``(pairs,)`` bool."""
        return among(i * np.int64(self.shape[1]) + j, self.keys)

    def __len__(self) -> int:
        return len(self.i)
