"""Expanded networks: partner-type capacities expressed as nested groups.

A person with partner-type capacities is split into nodes, one for each partner type and one for other partners, which
form a group with the person's own bounds. A pair uses the node of its partner's type. Afterwards the duals are
contracted: the excess of a node's price over the person's price is the partner-type dual, see
:mod:`rmatch.problem.partner_types`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.problem.bounds import UNLIMITED, Bounds, Candidates, Groups
from rmatch.problem.partner_types import PartnerTypeCapacity, PartnerTypeDuals
from rmatch.solve.backends import Hint
from rmatch.solve.duals import Prices
from rmatch.valuation import LoadUtilities, LoadUtility


@dataclass(frozen=True, eq=False)
class Parts:
    """Nodes of one side's people: one per partner type and one for the rest, or a single node for people who are not
    split.

    Args:
        type_capacity: The capacities of the side.
        split: Whether each person is split, ``(people,)`` bool.
        start: First node of each person, and the end, ``(people + 1,)`` int64.
    """

    type_capacity: PartnerTypeCapacity
    split: BoolArray
    start: IntArray

    @cached_property
    def of(self) -> IntArray:
        """Person of each node, ``(nodes,)`` int64."""
        return np.repeat(np.arange(len(self.split)), np.diff(self.start))

    @cached_property
    def kind(self) -> IntArray:
        """Partner type of each node; -1 for the rest and for people who are not split."""
        kind = np.arange(self.start[-1]) - self.start[self.of]
        kind[(kind == self.type_capacity.kinds) | ~self.split[self.of]] = -1
        return kind

    def at(self, person: IntArray, other: IntArray) -> IntArray:
        """Return the node used by pairs of ``person`` with partners ``other``, ``(pairs,)`` int64."""
        kind = self.type_capacity.kind[other]
        place = np.where(kind < 0, self.type_capacity.kinds, kind)
        return self.start[person] + np.where(self.split[person], place, 0)


@dataclass(frozen=True, eq=False)
class ExpandedNetwork:
    """A problem on split people: bounds and utilities of the nodes, and the mapping in both directions."""

    bounds: Bounds
    load_utilities: LoadUtilities
    parts: tuple[Parts | None, Parts | None]
    first: tuple[int, int]
    """Number of the first group that represents a person, on each side."""

    @classmethod
    def of(
        cls,
        bounds: Bounds,
        load_utilities: LoadUtilities,
        type_capacities: tuple[PartnerTypeCapacity | None, PartnerTypeCapacity | None],
    ) -> ExpandedNetwork:
        """Return the expanded network of a problem.

        Args:
            bounds: Bounds of the people.
            load_utilities: Utility of numbers of pairs on each side.
            type_capacities: Partner-type capacities of each side; None for none.
        """
        sides = [_expanded_side(bounds, load_utilities[side], type_capacities[side], side) for side in (0, 1)]
        network = Bounds(
            (sides[0].most, sides[1].most),
            (sides[0].least, sides[1].least),
            False,
            (sides[0].groups, sides[1].groups),
            bounds.span,
        )
        parts = sides[0].parts, sides[1].parts
        return cls(network, (sides[0].utility, sides[1].utility), parts, (len(bounds.trees[0]), len(bounds.trees[1])))

    def apply(self, problem: Candidates) -> tuple[Candidates, IntArray]:
        """Return the candidates between nodes, and the position in ``problem`` of each."""
        ends = [
            own if part is None else part.at(own, other)
            for part, own, other in zip(self.parts, (problem.i, problem.j), (problem.j, problem.i), strict=True)
        ]
        order = np.lexsort((ends[1], ends[0]))
        return Candidates(ends[0][order], ends[1][order], problem.points[order], self.bounds.shape), order

    def hint(self, hint: Hint) -> Hint:
        """Return prices of people repeated for their nodes."""
        sides = zip((hint.x, hint.y), self.parts, strict=True)
        return Hint(*(prices if part is None else prices[part.of] for prices, part in sides))

    def invert(self, answer: Prices) -> tuple[Prices, PartnerTypeDuals]:
        """Return the duals of people, and their partner-type duals, from duals of nodes."""
        sides = [
            _contracted(own, potentials, part, first)
            for own, potentials, part, first in zip(
                (answer.x, answer.y), answer.potentials, self.parts, self.first, strict=True
            )
        ]
        potentials = tuple(g[:first] for g, first in zip(answer.potentials, self.first, strict=True))
        whole = Prices(
            sides[0][0], sides[1][0], answer.mentor_potential, answer.mentee_potential, (potentials[0], potentials[1])
        )
        type_capacities = tuple(None if part is None else part.type_capacity for part in self.parts)
        return whole, PartnerTypeDuals((type_capacities[0], type_capacities[1]), (sides[0][1], sides[1][1]))

    def blocks(self, reached: tuple[BoolArray, BoolArray]) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield blocks of mentors and mentees whose pairs lead from a reached node to an unreached one.

        Args:
            reached: Reached nodes of mentors and of mentees, bool.
        """
        sizes = [
            len(nodes) if part is None else len(part.split)
            for part, nodes in zip(self.parts, self.bounds.capacity, strict=True)
        ]
        of_mentees, of_mentors = (
            np.zeros(size, np.int64) if part is None else part.type_capacity.kind
            for part, size in zip(self.parts, sizes[::-1], strict=True)
        )
        for a in np.unique(of_mentors):
            rows = np.flatnonzero(of_mentors == a)
            for b in np.unique(of_mentees):
                columns = np.flatnonzero(of_mentees == b)
                one = rows if self.parts[0] is None else self.parts[0].at(rows, np.full(len(rows), columns[0]))
                two = columns if self.parts[1] is None else self.parts[1].at(columns, np.full(len(columns), rows[0]))
                some = rows[reached[0][one]], columns[~reached[1][two]]
                if len(some[0]) and len(some[1]):
                    yield some


@dataclass(frozen=True, eq=False)
class _ExpandedSide:
    most: IntArray
    least: IntArray
    groups: Groups
    utility: LoadUtility | None
    parts: Parts | None


def _parts(type_capacity: PartnerTypeCapacity, capacity: IntArray, all_: bool) -> Parts:
    """Nodes of the people that a partner type limits, or of all."""
    split = np.full(len(capacity), all_) | (type_capacity.most < capacity[:, None]).any(1)
    sizes = np.where(split, type_capacity.kinds + 1, 1)
    return Parts(type_capacity, split, np.concatenate([[0], np.cumsum(sizes)]))


def _expanded_side(
    bounds: Bounds, utility: LoadUtility | None, type_capacity: PartnerTypeCapacity | None, side: int
) -> _ExpandedSide:
    capacity, least, tree = bounds.capacity[side], bounds.minimum[side], bounds.trees[side]
    if type_capacity is None:
        return _ExpandedSide(capacity, least, tree, utility, None)
    parts = _parts(
        type_capacity, capacity, all_=utility is not None
    )  # with utilities, each person's number of pairs is that of a group
    people, of, kind = np.flatnonzero(parts.split), parts.of, parts.kind
    inside = parts.split[of]
    limited = inside & (kind >= 0)
    most = np.where(inside, UNLIMITED, capacity[of])
    most[limited] = np.minimum(type_capacity.most[of[limited], kind[limited]], capacity[of[limited]])
    place = np.full(len(capacity), -1)
    place[people] = len(tree) + np.arange(len(people))
    groups = Groups(
        np.where(inside, place[of], tree.of[of]),
        np.concatenate([tree.parent, tree.of[people]]),
        np.concatenate([tree.least, least[people]]),
        np.concatenate([tree.most, capacity[people]]),
    )
    if utility is not None:
        none = np.zeros(len(tree), np.int64)
        first, upto, before = (np.concatenate([none, c[people]]) for c in (utility.first, utility.upto, utility.before))
        square = np.concatenate([none, np.broadcast_to(utility.square, len(people))])
        groups = replace(groups, utility=LoadUtility(first, upto, before, square))
    return _ExpandedSide(most, np.where(inside, 0, least[of]), groups, None, parts)


def _contracted(
    prices: IntArray, potentials: IntArray, parts: Parts | None, first: int
) -> tuple[IntArray, IntArray | None]:
    if parts is None:
        return prices, None
    people = np.flatnonzero(parts.split)
    whole = prices[parts.start[:-1]].copy()
    whole[people] = potentials[first:]
    type_duals = np.zeros(parts.type_capacity.most.shape, np.int64)
    limited = np.flatnonzero(parts.split[parts.of] & (parts.kind >= 0))
    of, kind = parts.of[limited], parts.kind[limited]
    type_duals[of, kind] = np.maximum(prices[limited] - whole[of], 0)
    return whole, type_duals
