"""Hall violators: small groups of people who need more pairs than all their eligible partners have places.

The people reached by alternating paths from a person who cannot be placed form a violator. It contains no smaller one
if the person lacks one pair and all others are placed: neighbourhoods are submodular, so the intersection of two
violators that contain the person is a violator, and the search reaches the smallest one. It depends on which people
are placed, not on how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.infeasible.alternating import Placing, Sight, TooManyLooksError, enough

Name = TypeVar("Name")

_TREES = 64
_FILTERED = 200  # people; a larger tree of a person who lacks several pairs is not reduced


def smallest_conflict(names: Iterable[Name], feasible: Callable[[frozenset[Name]], bool]) -> tuple[Name, ...]:
    """Return an irreducible infeasible subset: infeasible together, feasible without any one of them.

    The deletion filter of Chinneck and Dravnieks (1991).

    Args:
        names: Elements; those that come early are removed first, so put first what should rather not be blamed.
        feasible: Whether a set of elements is feasible; monotone. Called once for each element, and once for all.

    Returns:
        The elements in their order; empty where all are feasible together.
    """
    names = tuple(dict.fromkeys(names))
    kept = frozenset(names)
    if feasible(kept):
        return ()
    for name in names:
        if not feasible(kept - {name}):
            kept -= {name}
    return tuple(name for name in names if name in kept)


@dataclass(frozen=True, eq=False)
class Group:
    """A violator of Hall's condition.

    Args:
        core: A subset that is short of places, but no longer if any one person is removed, int64.
        people: All people who depend on the same partners only, int64.
        partners: Their eligible partners, int64.
        places: Pairs that the partners can have with them; of each partner at most the number of eligible people.
    """

    core: IntArray
    people: IntArray
    partners: IntArray
    places: int


def short_groups(
    ask: Callable[[IntArray], BoolArray],
    need: IntArray,
    capacity: IntArray,
    short: IntArray,
    plan: tuple[IntArray, IntArray],
    most: int,
) -> list[Group] | None:
    """Return the violators found that keep people of ``short`` from having the pairs that they need, smallest first.

    No two groups share a partner.

    Args:
        ask: ``ask(people) -> (people, partners)`` bool: eligible partners.
        need: Pairs that each person needs, ``(people,)`` int64.
        capacity: Pairs that each partner can have, ``(partners,)`` int64.
        short: People who lack pairs, int64.
        plan: Initial pairs (person, partner).
        most: Pairs to examine.

    Returns:
        The groups; empty where all of ``short`` can be placed; None where ``most`` pairs do not decide it.
    """
    search = _Search(need, capacity, sight := Sight(ask, len(capacity), most), Placing(sight, need, capacity, plan))
    found: list[Group] = []
    covered = np.zeros(len(need), bool)
    try:
        short = short[np.argsort(sight.rows(short).sum(1), kind="stable")]  # few partners, a small tree
        for person in short.tolist():
            if len(found) == _TREES:
                break
            group = None if covered[person] else search.group(person)
            if group is not None:
                found.append(group)
                covered[group.people] = True
    except TooManyLooksError:
        if not found:
            return None
    return _disjoint(found)


def _disjoint(groups: list[Group]) -> list[Group]:
    """The groups, smallest first, that share no partner with an earlier one."""
    kept: list[Group] = []
    for group in sorted(groups, key=lambda g: (len(g.core), g.core.tolist())):
        if not any(len(np.intersect1d(group.partners, other.partners)) for other in kept):
            kept.append(group)
    return kept


@dataclass(frozen=True, eq=False)
class _Search:
    """Searches for people who cannot be placed beside those who are."""

    need: IntArray
    capacity: IntArray
    sight: Sight
    placing: Placing

    def group(self, person: int) -> Group | None:
        """Place a person; where that is impossible, return the violator and leave the person out."""
        reached = self.placing.place(person)
        if reached is None:
            return None
        self.placing.release(person)
        core = reached if len(reached) > _FILTERED or self._lack(reached) == 1 else self._core(reached)
        rows = self.sight.rows(core)
        shared: BoolArray = np.any(rows, axis=0)
        people, known = self._all(core, shared, rows.sum(0))
        return Group(core, people, np.flatnonzero(shared), int(np.minimum(known, self.capacity).sum()))

    def _lack(self, people: IntArray) -> int:
        """How many pairs more some people need than their partners have for them; others may lack pairs beside the one
        who was placed last.
        """
        places = np.minimum(self.capacity, self.sight.rows(people).sum(0))
        return int(self.need[people].sum() - places.sum())

    def _core(self, people: IntArray) -> IntArray:
        rows = dict(zip(people.tolist(), self.sight.rows(people), strict=True))

        def feasible(some: frozenset[int]) -> bool:
            chosen = sorted(some)
            return not chosen or enough(np.array([rows[k] for k in chosen]), self.need[chosen], self.capacity)

        return np.array(smallest_conflict(people.tolist(), feasible), np.int64)

    def _all(self, core: IntArray, shared: BoolArray, known: IntArray) -> tuple[IntArray, IntArray]:
        """All people who need pairs and have the shared partners only, and how many people are eligible for each
        partner.

        People who add more places than they need are left out, so that the shortage never shrinks; where too many would
        have to be examined, only the core is returned.
        """
        others = np.setdiff1d(np.flatnonzero(self.need > 0), core)
        maybe = np.array([k for k in others.tolist() if shared[self.placing.partners_of(k)].all()], np.int64)
        try:
            rows = self.sight.rows(maybe)
        except TooManyLooksError:
            return core, known
        alone = ~(rows & ~shared).any(1) & (rows.any(1) == shared.any())
        people, waiting, before = core, np.flatnonzero(alone), -1
        while len(waiting) != before:
            before, left = len(waiting), []
            for k in waiting.tolist():
                if int((rows[k] & (known < self.capacity)).sum()) <= self.need[maybe[k]]:
                    people, known = np.append(people, maybe[k]), known + rows[k]
                else:
                    left.append(k)
            waiting = np.array(left, np.int64)
        return np.sort(people), known
