"""Fewest invitations: the smallest set of outside mentors that places the most mentees, by branch and bound.

The mentees placed by a set of joiners are a maximum flow from the joiners, by their capacity, over eligible pairs and
reassigned mentees, to mentees without a partner. The flow's increase by one joiner never grows with the set (it is
submodular), so the sum of the next few joiners' largest increases bounds the search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from rmatch.columns import BoolArray, IntArray

STEPS = 2_000
"""Most sets of joiners that are examined."""


@dataclass(frozen=True, eq=False)
class Flow:
    """An assignment of mentees to mentors.

    Args:
        able: Eligible pairs, ``(mentors, mentees)`` bool.
        made: Pairs that are made, ``(mentors, mentees)`` bool.
        remaining: Pairs that each mentee still may have, ``(mentees,)`` int64.
    """

    able: BoolArray
    made: BoolArray
    remaining: IntArray

    def joined(self, able: BoolArray, capacity: int) -> tuple[Flow, int]:
        """Return the flow with one more mentor, and how many more mentees have a partner.

        Args:
            able: Eligible mentees, ``(mentees,)`` bool.
            capacity: Most pairs of the mentor.
        """
        no_one = np.zeros((1, len(able)), bool)
        flow = Flow(np.vstack([self.able, able]), np.vstack([self.made, no_one]), self.remaining.copy())
        gained = 0
        while gained < capacity and flow._add(len(flow.able) - 1):
            gained += 1
        return flow, gained

    def leading(self) -> BoolArray:
        """Return the mentees from which an augmenting path reaches a mentee without a partner, bool."""
        found = self.remaining > 0
        while True:
            free = (self.able & ~self.made & found).any(axis=1)
            more = found | (self.made[free].any(axis=0))
            if (more == found).all():
                return found
            found = more

    def _add(self, mentor: int) -> bool:
        """Give a mentor one more mentee by an augmenting path; return False where there is none."""
        by, gives = (
            np.full(len(self.remaining), -1),
            {mentor: -1},
        )  # who would take each mentee, and which mentee each would give up
        queue = [mentor]
        for taker in queue:
            new = np.flatnonzero(self.able[taker] & ~self.made[taker] & (by < 0))
            by[new] = taker
            free = new[self.remaining[new] > 0]
            if len(free):
                self._move(int(free[0]), by, gives)
                return True
            taken = self.made[:, new]
            for other in np.flatnonzero(taken.any(axis=1)).tolist():
                if other not in gives:
                    gives[other] = int(new[taken[other].argmax()])
                    queue.append(other)
        return False

    def _move(self, mentee: int, by: IntArray, gives: dict[int, int]) -> None:
        self.remaining[mentee] -= 1
        while mentee >= 0:
            taker = int(by[mentee])
            self.made[taker, mentee] = True
            mentee = gives[taker]
            if mentee >= 0:
                self.made[taker, mentee] = False


def fewest(flow: Flow, able: BoolArray, capacity: IntArray, most: int) -> list[int]:
    """Return the people to invite: the fewest that give the most mentees a partner.

    Of equal people the first come first. Where the search ends early, another set may place more, or as many with
    fewer.

    Args:
        flow: The current assignment.
        able: Eligible mentees of each outside person, ``(people, mentees)`` bool.
        capacity: Most pairs of each, ``(people,)`` int64.
        most: Most invitations.
    """
    leading = flow.leading()  # a mentee from which no path leads on now never gets one
    moving = flow.made[:, leading].any(axis=1)
    flow = Flow(flow.able[np.ix_(moving, leading)], flow.made[np.ix_(moving, leading)], flow.remaining[leading])
    able = able[:, leading]
    kept = _distinct(able, capacity, most)
    search = _Search(able[kept], capacity[kept], STEPS, -1, [])
    search.run(flow, most)
    placed, found = search.placed, search.found
    adds = np.sort(np.minimum(capacity[kept], able[kept].sum(axis=1)))[::-1]
    for size in range(int((np.cumsum(adds) < placed).sum()) + 1, len(found)):
        search = replace(search, placed=placed - 1)
        search.run(flow, size)
        if search.placed == placed:
            found = search.found
            break
    return [int(kept[k]) for k in found]


def _distinct(able: BoolArray, capacity: IntArray, most: int) -> IntArray:
    """People who could add a pair; of equal ones no more than may be invited."""
    seen: dict[tuple[bytes, int], int] = {}
    kept = []
    for k in np.flatnonzero(able.any(axis=1) & (capacity > 0)).tolist():
        kind = np.packbits(able[k]).tobytes(), min(int(capacity[k]), able.shape[1])
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= most:
            kept.append(k)
    return np.array(kept, np.int64)


Branch: TypeAlias = tuple[Flow, int, IntArray, list[int], int]
"""A node of the search: the flow, people placed, candidates, people joined, and invitations left."""


@dataclass
class _Search:
    """A depth-first search; joiners are tried in the order of what they could add."""

    able: BoolArray
    capacity: IntArray
    steps: int
    placed: int
    found: list[int]

    def run(self, flow: Flow, most: int) -> None:
        """Examine sets of up to ``most`` people, as far as the steps allow."""
        open_ = [self._branches((flow, 0, np.arange(len(self.able)), [], most))]
        while open_:
            branch = next(open_[-1], None)
            if branch is None:
                open_.pop()
            else:
                open_.append(self._branches(branch))

    def _branches(self, branch: Branch) -> Iterator[Branch]:
        """Yield the branch of each further joiner, while it may improve on the best set."""
        flow, placed, people, joined, left = branch
        if placed > self.placed:
            self.placed, self.found = placed, joined
        leading = flow.leading()
        adds = np.minimum(self.capacity[people], (self.able[people] & leading).sum(axis=1))
        order = np.argsort(-adds, kind="stable")
        people, adds = people[order][adds[order] > 0], adds[order][adds[order] > 0]
        waiting = int(flow.remaining[leading].sum())
        for k, person in enumerate(people.tolist()):
            if not left or not self.steps or placed + min(waiting, int(adds[k : k + left].sum())) <= self.placed:
                return
            self.steps -= 1
            after, gained = flow.joined(self.able[person], int(self.capacity[person]))
            yield after, placed + gained, people[k + 1 :], [*joined, person], left - 1
