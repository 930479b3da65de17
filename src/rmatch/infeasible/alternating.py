"""Bipartite matching with capacities by augmenting paths, with eligibility evaluated on demand.

People of one side need pairs, people of the other side have places. A person who lacks a pair takes a free place of an
eligible partner, or the place of another person who can move on in turn (Kuhn 1955, Munkres 1957). Where the search
finds no free place, the people reached need more pairs than all their eligible partners have places: Hall's condition
(1935) fails for them, each place counted once for every two people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy

import numpy as np

from rmatch.columns import BoolArray, IntArray

_BLOCK = 1 << 20  # pairs that are asked about at once


class TooManyLooksError(Exception):
    """More pairs would have to be examined than was allowed."""


class Sight:
    """Eligibility of pairs, evaluated on demand and cached.

    Args:
        ask: ``ask(people) -> (people, partners)`` bool: the eligible partners of people.
        partners: Number of partners.
        most: Pairs to examine before TooManyLooksError is raised.
    """

    def __init__(self, ask: Callable[[IntArray], BoolArray], partners: int, most: int) -> None:
        self._ask, self.partners, self._left = ask, partners, most
        self._known: dict[int, BoolArray] = {}

    def look(self, people: Iterable[int]) -> None:
        """Evaluate the rows of some people.

        Raises:
            TooManyLooksError: More pairs would have to be examined than was allowed.
        """
        new = [person for person in people if person not in self._known]
        if len(new) * self.partners > self._left:
            raise TooManyLooksError
        self._left -= len(new) * self.partners
        size = max(1, _BLOCK // max(self.partners, 1))
        for begin in range(0, len(new), size):
            some = new[begin : begin + size]
            self._known |= zip(some, self._ask(np.array(some, np.int64)), strict=True)

    def rows(self, people: IntArray) -> BoolArray:
        """Return the eligible partners of some people, ``(people, partners)`` bool."""
        self.look(people.tolist())
        return np.array([self._known[k] for k in people.tolist()], bool).reshape(len(people), self.partners)

    def row(self, person: int) -> BoolArray:
        """Return the eligible partners of one person, ``(partners,)`` bool."""
        self.look((person,))
        return self._known[person]


class Placing:
    """A matching with capacities that grows by augmenting paths.

    Args:
        sight: Eligibility.
        need: Pairs that each person needs, ``(people,)`` int64.
        capacity: Pairs that each partner can have, ``(partners,)`` int64.
        plan: Initial pairs (person, partner), eligible and within ``need`` and ``capacity``.
    """

    def __init__(self, sight: Sight, need: IntArray, capacity: IntArray, plan: tuple[IntArray, IntArray]) -> None:
        self._sight, self._need = sight, need
        self.left = capacity.copy()
        """Pairs that each partner can still have."""
        self._places_of: dict[int, dict[int, None]] = {}  # in the order of taking, so that nothing depends on a hash
        self._holders: dict[int, dict[int, None]] = {}
        self._exhausted = np.zeros(len(capacity), bool)
        for person, place in zip(*(side.tolist() for side in plan), strict=True):
            self._take(person, place)

    def copy(self) -> Placing:
        """Return the same matching, to be grown apart from this one."""
        other = copy(self)
        other.left, other._exhausted = self.left.copy(), self._exhausted.copy()
        other._places_of, other._holders = (
            {key: dict(some) for key, some in each.items()} for each in (self._places_of, self._holders)
        )
        return other

    def leading(self) -> BoolArray:
        """Return the partners from whom an augmenting path leads to a free place, ``(partners,)`` bool."""
        people, found = np.array([*self._places_of], np.int64), self.left > 0
        held = np.zeros((len(people), len(found)), bool)
        for row, person in zip(held, people.tolist(), strict=True):
            row[self.partners_of(person)] = True
        others = self._sight.rows(people) & ~held
        while True:
            more = found | held[(others & found).any(axis=1)].any(axis=0)
            if (more == found).all():
                return found
            found = more

    def partners_of(self, person: int) -> list[int]:
        """Return the partners of a person."""
        return list(self._places_of.get(person, ()))

    def lack(self, person: int) -> int:
        """Return how many pairs a person still needs."""
        return int(self._need[person]) - len(self._places_of.get(person, ()))

    def place(self, person: int) -> IntArray | None:
        """Give a person the pairs that they need; where that is impossible, return everyone reached, the person
        included.
        """
        while self.lack(person) > 0:
            reached, _ = self._search(person)
            if reached is not None:
                return reached
        return None

    def release(self, person: int) -> None:
        """Remove the pairs of a person."""
        for place in self.partners_of(person):
            self._drop(person, place)

    def close(self, person: int) -> int:
        """Give a person as many of their pairs as possible, and return how many are lacking.

        People reached in vain never lead to a free place later, and are not searched again.
        """
        while self.lack(person) > 0:
            reached, seen = self._search(person)
            if reached is not None:
                self._exhausted |= seen
                break
        return self.lack(person)

    def _search(self, root: int) -> tuple[IntArray | None, BoolArray]:
        """Augment along a path from ``root`` to a free place; where there is none, return the people reached."""
        seen = self._exhausted.copy()
        asked_by: dict[int, int] = {}
        reached_by = {root: -1}
        people = [root]
        while people:
            self._sight.look(people)
            further: list[int] = []
            for person in people:
                fresh = self._sight.row(person) & ~seen
                fresh[self.partners_of(person)] = False  # no person is paired with the same partner twice
                places = np.flatnonzero(fresh)
                seen |= fresh
                asked_by |= dict.fromkeys(places.tolist(), person)
                free = places[self.left[places] > 0]
                if len(free):
                    self._hand_on(int(free[0]), asked_by, reached_by)
                    return None, seen
                for place in places.tolist():
                    for other in self._holders.get(place, ()):
                        if other not in reached_by:
                            reached_by[other] = place
                            further.append(other)
            people = further
        return np.array(sorted(reached_by), np.int64), seen

    def _hand_on(self, place: int, asked_by: dict[int, int], reached_by: dict[int, int]) -> None:
        while place >= 0:
            person = asked_by[place]
            before = reached_by[person]
            if before >= 0:
                self._drop(person, before)
            self._take(person, place)
            place = before

    def _take(self, person: int, place: int) -> None:
        self._places_of.setdefault(person, {})[place] = None
        self._holders.setdefault(place, {})[person] = None
        self.left[place] -= 1

    def _drop(self, person: int, place: int) -> None:
        del self._places_of[person][place], self._holders[place][person]
        self.left[place] += 1


def enough(eligible: BoolArray, need: IntArray, capacity: IntArray) -> bool:
    """Return whether all people can have the pairs that they need.

    Args:
        eligible: Eligible pairs, ``(people, partners)`` bool.
        need: Pairs that each person needs, ``(people,)`` int64.
        capacity: Pairs that each partner can have, ``(partners,)`` int64.
    """
    if int(np.minimum(capacity, eligible.sum(0)).sum()) < need.sum():  # no need to try
        return False
    placing = _unplaced(eligible, need, capacity)
    return all(not placing.close(person) for person in range(len(need)))


def lacking(eligible: BoolArray, need: IntArray, capacity: IntArray) -> int:
    """Return how many of the needed pairs cannot be made in total; arguments are those of :func:`enough`."""
    placing = _unplaced(eligible, need, capacity)
    return sum(placing.close(person) for person in range(len(need)))


def _unplaced(eligible: BoolArray, need: IntArray, capacity: IntArray) -> Placing:
    empty = np.zeros(0, np.int64)
    sight = Sight(lambda people: eligible[people], eligible.shape[1], eligible.size)
    return Placing(sight, need, capacity, (empty, empty))
