"""Who can have the partners they need: places are handed on along alternating paths until somebody is stuck.

One side's people need pairs, the other side's have places to give. Whoever lacks a pair asks an eligible partner; if
that one has no place left, those who hold its places look for another partner in turn (Kuhn 1955, Munkres 1957). Where
that ends without a free place, the people reached need more than all their eligible partners can give: they violate
the condition of Hall (1935), with places counted as often as a pair can be made, once for every two people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from rmatch.columns import BoolArray, IntArray

_BLOCK = 1 << 20  # pairs that are asked about at once


class TooManyLooksError(Exception):
    """More pairs would have to be looked at than was allowed."""


class Sight:
    """Whom each person may be paired with, asked when it is needed and remembered.

    ``ask(people)`` is True where a person may have a partner, ``(people, partners)``. Once more than ``most`` pairs
    would have been looked at, TooManyLooksError is raised.
    """

    def __init__(self, ask: Callable[[IntArray], BoolArray], partners: int, most: int) -> None:
        self._ask, self.partners, self._left = ask, partners, most
        self._known: dict[int, BoolArray] = {}

    def look(self, people: Iterable[int]) -> None:
        """Make sure that these people's rows are known."""
        new = [person for person in people if person not in self._known]
        if len(new) * self.partners > self._left:
            raise TooManyLooksError
        self._left -= len(new) * self.partners
        size = max(1, _BLOCK // max(self.partners, 1))
        for begin in range(0, len(new), size):
            some = new[begin : begin + size]
            self._known |= zip(some, self._ask(np.array(some, np.int64)), strict=True)

    def rows(self, people: IntArray) -> BoolArray:
        """Whom these people may be paired with, ``(people, partners)``."""
        self.look(people.tolist())
        return np.array([self._known[k] for k in people.tolist()], bool).reshape(len(people), self.partners)

    def row(self, person: int) -> BoolArray:
        """Whom one person may be paired with, ``(partners,)``."""
        self.look((person,))
        return self._known[person]


class Placing:
    """Who holds which places. ``need`` is how many pairs each person needs, ``room`` how many each partner can make.

    ``plan`` are pairs (person, partner) to begin with: eligible ones, within ``need`` and ``room``.
    """

    def __init__(self, sight: Sight, need: IntArray, room: IntArray, plan: tuple[IntArray, IntArray]) -> None:
        self._sight, self._need, self._left = sight, need, room.copy()
        self._held: dict[int, dict[int, None]] = {}  # in the order of taking, so that nothing depends on a hash
        self._holders: dict[int, dict[int, None]] = {}
        self._closed = np.zeros(len(room), bool)
        for person, place in zip(*(side.tolist() for side in plan), strict=True):
            self._take(person, place)

    def held(self, person: int) -> list[int]:
        """The partners whose places a person holds."""
        return list(self._held.get(person, ()))

    def lack(self, person: int) -> int:
        """How many pairs a person still needs."""
        return int(self._need[person]) - len(self._held.get(person, ()))

    def place(self, person: int) -> IntArray | None:
        """Give a person what she needs. Where that cannot be, return everybody reached from her, herself included."""
        while self.lack(person) > 0:
            reached, _ = self._search(person)
            if reached is not None:
                return reached
        return None

    def release(self, person: int) -> None:
        """Take a person's places back."""
        for place in self.held(person):
            self._drop(person, place)

    def close(self, person: int) -> int:
        """Give a person as much as can be, and return what is lacking.

        What is reached in vain never leads to a free place later either, and is not searched again.
        """
        while self.lack(person) > 0:
            reached, seen = self._search(person)
            if reached is not None:
                self._closed |= seen
                break
        return self.lack(person)

    def _search(self, root: int) -> tuple[IntArray | None, BoolArray]:
        """Follow alternating paths from a person. Take a free place where there is one, else return who was reached."""
        seen = self._closed.copy()
        asked_by: dict[int, int] = {}
        reached_by = {root: -1}
        people = [root]
        while people:
            self._sight.look(people)
            further: list[int] = []
            for person in people:
                fresh = self._sight.row(person) & ~seen
                fresh[self.held(person)] = False  # nobody is paired with the same partner twice
                places = np.flatnonzero(fresh)
                seen |= fresh
                asked_by |= dict.fromkeys(places.tolist(), person)
                free = places[self._left[places] > 0]
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
        self._held.setdefault(person, {})[place] = None
        self._holders.setdefault(place, {})[person] = None
        self._left[place] -= 1

    def _drop(self, person: int, place: int) -> None:
        del self._held[person][place], self._holders[place][person]
        self._left[place] += 1


def enough(eligible: BoolArray, need: IntArray, room: IntArray) -> bool:
    """Whether all people can have what they need. ``eligible`` is ``(people, partners)``."""
    if int(np.minimum(room, eligible.sum(0)).sum()) < need.sum():  # no need to try
        return False
    placing = _unplaced(eligible, need, room)
    return all(not placing.close(person) for person in range(len(need)))


def lacking(eligible: BoolArray, need: IntArray, room: IntArray) -> int:
    """How many of the needed pairs cannot be made, all people together. ``eligible`` is ``(people, partners)``."""
    placing = _unplaced(eligible, need, room)
    return sum(placing.close(person) for person in range(len(need)))


def _unplaced(eligible: BoolArray, need: IntArray, room: IntArray) -> Placing:
    nobody = np.zeros(0, np.int64)
    sight = Sight(lambda people: eligible[people], eligible.shape[1], eligible.size)
    return Placing(sight, need, room, (nobody, nobody))
