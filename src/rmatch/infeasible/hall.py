"""Hall's condition: everybody can have what they need, or a few of them need more than all their partners can give.

What an alternating tree reaches from somebody who cannot be placed is such a group, a Hall violator, and it has no
smaller one inside where she lacks one pair and everybody else in it is placed: two violators with her in common have
one in common (places are submodular), so there is a smallest, and the tree is never larger. It depends on who is
placed, not on how.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.infeasible.alternating import Placing, Sight, TooManyLooksError, enough
from rmatch.infeasible.conflict_set import smallest_conflict

_TREES = 64
_FILTERED = 200  # people; a larger tree from somebody who lacks several pairs is told as it is


@dataclass(frozen=True, eq=False)
class Group:
    """People who need more than their ``partners``, all who are eligible for any of them, have ``places`` for.

    ``core`` are so few of them that leaving anybody out ends the shortage; ``people`` are all who depend on the same
    partners alone. A partner gives no more places than there are people who are eligible for her.
    """

    core: IntArray
    people: IntArray
    partners: IntArray
    places: int


def short_groups(
    ask: Callable[[IntArray], BoolArray],
    need: IntArray,
    room: IntArray,
    short: IntArray,
    plan: tuple[IntArray, IntArray],
    most: int,
) -> list[Group] | None:
    """Return the groups found that keep anybody of ``short`` from having what she needs, those of fewest people first.

    ``ask(people)`` says with whom people may be paired, ``(people, partners)``; ``need`` is how many pairs each person
    needs and ``room`` how many each partner can make. ``plan`` are pairs (person, partner) to begin with.
    No two groups have a partner in common. Empty where all of ``short`` can be placed beside those who are; None where
    that cannot be told from ``most`` pairs.
    """
    search = _Search(need, room, sight := Sight(ask, len(room), most), Placing(sight, need, room, plan))
    found: list[Group] = []
    told = np.zeros(len(need), bool)
    try:
        short = short[np.argsort(sight.rows(short).sum(1), kind="stable")]  # few partners, a small tree
        for person in short.tolist():
            if len(found) == _TREES:
                break
            group = None if told[person] else search.group(person)
            if group is not None:
                found.append(group)
                told[group.people] = True
    except TooManyLooksError:
        if not found:
            return None
    return _apart(found)


def _apart(groups: list[Group]) -> list[Group]:
    """The groups in few people first, none of which shares a partner with one before."""
    kept: list[Group] = []
    for group in sorted(groups, key=lambda g: (len(g.core), g.core.tolist())):
        if not any(len(np.intersect1d(group.partners, other.partners)) for other in kept):
            kept.append(group)
    return kept


@dataclass(frozen=True, eq=False)
class _Search:
    """Looks for who cannot be placed beside those who are."""

    need: IntArray
    room: IntArray
    sight: Sight
    placing: Placing

    def group(self, person: int) -> Group | None:
        """Place a person; where that cannot be, return the group for whom it cannot, and leave her out."""
        reached = self.placing.place(person)
        if reached is None:
            return None
        lack = self.placing.lack(person)
        self.placing.release(person)
        core = reached if lack == 1 or len(reached) > _FILTERED else self._core(reached)
        rows = self.sight.rows(core)
        shared: BoolArray = np.any(rows, axis=0)
        people, known = self._all(core, shared, rows.sum(0))
        return Group(core, people, np.flatnonzero(shared), int(np.minimum(known, self.room).sum()))

    def _core(self, people: IntArray) -> IntArray:
        rows = dict(zip(people.tolist(), self.sight.rows(people), strict=True))

        def feasible(some: frozenset[int]) -> bool:
            chosen = sorted(some)
            return not chosen or enough(np.array([rows[k] for k in chosen]), self.need[chosen], self.room)

        return np.array(smallest_conflict(people.tolist(), feasible), np.int64)

    def _all(self, core: IntArray, shared: BoolArray, known: IntArray) -> tuple[IntArray, IntArray]:
        """Everybody who needs pairs and has no other partners than the shared ones, and how many know each partner.

        Somebody who brings more places than she needs is left out, so the shortage never gets smaller; and nobody but
        the core is in it where too many would have to be looked at.
        """
        others = np.setdiff1d(np.flatnonzero(self.need > 0), core)
        maybe = np.array([k for k in others.tolist() if shared[self.placing.held(k)].all()], np.int64)
        try:
            rows = self.sight.rows(maybe)
        except TooManyLooksError:
            return core, known
        alone = ~(rows & ~shared).any(1) & (rows.any(1) == shared.any())
        people, waiting, before = core, np.flatnonzero(alone), -1
        while len(waiting) != before:
            before, left = len(waiting), []
            for k in waiting.tolist():
                if int((rows[k] & (known < self.room)).sum()) <= self.need[maybe[k]]:
                    people, known = np.append(people, maybe[k]), known + rows[k]
                else:
                    left.append(k)
            waiting = np.array(left, np.int64)
        return np.sort(people), known
