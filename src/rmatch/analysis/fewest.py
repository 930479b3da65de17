"""The fewest people outside who let the most of those inside have a partner, where some have room for several pairs.

Whom a set of joiners places is a largest flow: from each joiner, as often as they have room, to somebody whom they may
mentor, from there to somebody else's mentee instead, and so on to somebody who waits. What one more joiner adds to it
never grows with those who joined before, so the sum of what the next few could add at most bounds a search by branches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from rmatch.columns import BoolArray, IntArray

STEPS = 2_000
"""So many sets of joiners are looked at; whatever is not settled then is left as it is."""


@dataclass(frozen=True, eq=False)
class Flow:
    """Who may mentor whom, and does: ``able`` and ``made`` (mentors, mentees); ``room`` is what mentees have left."""

    able: BoolArray
    made: BoolArray
    room: IntArray

    def joined(self, able: BoolArray, capacity: int) -> tuple[Flow, int]:
        """The flow with one more mentor, and how many more mentees have a partner then."""
        nobody = np.zeros((1, len(able)), bool)
        flow = Flow(np.vstack([self.able, able]), np.vstack([self.made, nobody]), self.room.copy())
        gained = 0
        while gained < capacity and flow._add(len(flow.able) - 1):
            gained += 1
        return flow, gained

    def leading(self) -> BoolArray:
        """From whom a way leads to somebody with room: to take them, or somebody who can be given another partner."""
        found = self.room > 0
        while True:
            free = (self.able & ~self.made & found).any(axis=1)
            more = found | (self.made[free].any(axis=0))
            if (more == found).all():
                return found
            found = more

    def _add(self, mentor: int) -> bool:
        """Give a mentor one more mentee, others moving where they must; False where there is no way."""
        by, gives = np.full(len(self.room), -1), {mentor: -1}  # who would take each mentee, whom each would give up
        queue = [mentor]
        for taker in queue:
            new = np.flatnonzero(self.able[taker] & ~self.made[taker] & (by < 0))
            by[new] = taker
            free = new[self.room[new] > 0]
            if len(free):
                self._move(int(free[0]), by, gives)
                return True
            held = self.made[:, new]
            for other in np.flatnonzero(held.any(axis=1)).tolist():
                if other not in gives:
                    gives[other] = int(new[held[other].argmax()])
                    queue.append(other)
        return False

    def _move(self, mentee: int, by: IntArray, gives: dict[int, int]) -> None:
        self.room[mentee] -= 1
        while mentee >= 0:
            taker = int(by[mentee])
            self.made[taker, mentee] = True
            mentee = gives[taker]
            if mentee >= 0:
                self.made[taker, mentee] = False


def fewest(flow: Flow, able: BoolArray, capacity: IntArray, most: int) -> list[int]:
    """Return which of the people outside to invite: as few as give the most mentees a partner, ``most`` at most.

    ``able`` (people, mentees) says whom each may mentor, ``capacity`` how many. Of people who are alike the first come
    first. Where the search ends before all is settled, others may place more, or as many with fewer.
    """
    leading = flow.leading()  # whoever leads nowhere now never will
    moving = flow.made[:, leading].any(axis=1)
    flow = Flow(flow.able[np.ix_(moving, leading)], flow.made[np.ix_(moving, leading)], flow.room[leading])
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
    """The people who could add anything; of those who are alike no more than may be invited."""
    seen: dict[tuple[bytes, int], int] = {}
    kept = []
    for k in np.flatnonzero(able.any(axis=1) & (capacity > 0)).tolist():
        kind = np.packbits(able[k]).tobytes(), min(int(capacity[k]), able.shape[1])
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= most:
            kept.append(k)
    return np.array(kept, np.int64)


Branch: TypeAlias = tuple[Flow, int, IntArray, list[int], int]
"""Those who joined: what the flow is then, how many they place, who may yet join, who they are, and room for more."""


@dataclass
class _Search:
    """A search by branches: who joins is looked at in the order of what they could add."""

    able: BoolArray
    capacity: IntArray
    steps: int
    placed: int
    found: list[int]

    def run(self, flow: Flow, most: int) -> None:
        """Look at all sets of up to so many people, or at those that the steps allow."""
        open_ = [self._branches((flow, 0, np.arange(len(self.able)), [], most))]
        while open_:
            branch = next(open_[-1], None)
            if branch is None:
                open_.pop()
            else:
                open_.append(self._branches(branch))

    def _branches(self, branch: Branch) -> Iterator[Branch]:
        """One more who joins, as long as that may place more than is known."""
        flow, placed, people, joined, left = branch
        if placed > self.placed:
            self.placed, self.found = placed, joined
        leading = flow.leading()
        adds = np.minimum(self.capacity[people], (self.able[people] & leading).sum(axis=1))
        order = np.argsort(-adds, kind="stable")
        people, adds = people[order][adds[order] > 0], adds[order][adds[order] > 0]
        waiting = int(flow.room[leading].sum())
        for k, person in enumerate(people.tolist()):
            if not left or not self.steps or placed + min(waiting, int(adds[k : k + left].sum())) <= self.placed:
                return
            self.steps -= 1
            after, gained = flow.joined(self.able[person], int(self.capacity[person]))
            yield after, placed + gained, people[k + 1 :], [*joined, person], left - 1
