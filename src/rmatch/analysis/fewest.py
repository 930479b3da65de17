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
from rmatch.infeasible.alternating import Placing, Sight

STEPS = 2_000
"""Most sets of joiners that are examined."""


def fewest(
    able: BoolArray, made: BoolArray, remaining: IntArray, outside: BoolArray, capacity: IntArray, most: int
) -> list[int]:
    """Return the people to invite: the fewest that give the most mentees a partner.

    Of equal people the first come first. Where the search ends early, another set may place more, or as many with
    fewer.

    Args:
        able, made: Eligible pairs, and those that are made, ``(mentors, mentees)`` bool.
        remaining: Pairs that each mentee still may have, ``(mentees,)`` int64.
        outside: Eligible mentees of each outside person, ``(people, mentees)`` bool.
        capacity: Most pairs of each, ``(people,)`` int64.
        most: Most invitations.
    """
    now = _placing(able, made, remaining, outside[:0], capacity[:0])
    leading = now.leading()  # a mentee from which no path leads on now never gets one
    moving = np.flatnonzero(made[:, leading].any(axis=1))
    inner, outside = np.ix_(moving, leading), outside[:, leading]
    kept = _distinct(outside, capacity, most)
    start = _placing(able[inner], made[inner], remaining[leading], outside[kept], capacity[kept])
    search = _Search(len(moving), outside[kept], capacity[kept], STEPS, -1, [])
    search.run(start, most)
    placed, found = search.placed, search.found
    adds = np.sort(np.minimum(capacity[kept], outside[kept].sum(axis=1)))[::-1]
    for size in range(int((np.cumsum(adds) < placed).sum()) + 1, len(found)):
        search = replace(search, placed=placed - 1)
        search.run(start, size)
        if search.placed == placed:
            found = search.found
            break
    return [int(kept[k]) for k in found]


def _placing(able: BoolArray, made: BoolArray, remaining: IntArray, outside: BoolArray, capacity: IntArray) -> Placing:
    """The pairs that are made; outside people follow the mentors, and have none yet."""
    rows = np.vstack([able, outside])
    need = np.concatenate([made.sum(axis=1), capacity])
    sight, (mentors, mentees) = Sight(lambda people: rows[people], rows.shape[1], rows.size), np.nonzero(made)
    return Placing(sight, need, remaining + made.sum(axis=0), (mentors, mentees))


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


Branch: TypeAlias = tuple[Placing, int, IntArray, list[int], int]
"""A node of the search: the pairs, people placed, candidates, people joined, and invitations left."""


@dataclass
class _Search:
    """A depth-first search; joiners are tried in the order of what they could add."""

    mentors: int
    able: BoolArray
    capacity: IntArray
    steps: int
    placed: int
    found: list[int]

    def run(self, start: Placing, most: int) -> None:
        """Examine sets of up to ``most`` people, as far as the steps allow."""
        open_ = [self._branches((start, 0, np.arange(len(self.able)), [], most))]
        while open_:
            branch = next(open_[-1], None)
            if branch is None:
                open_.pop()
            else:
                open_.append(self._branches(branch))

    def _branches(self, branch: Branch) -> Iterator[Branch]:
        """Yield the branch of each further joiner, while it may improve on the best set."""
        placing, placed, people, joined, left = branch
        if placed > self.placed:
            self.placed, self.found = placed, joined
        leading = placing.leading()
        adds = np.minimum(self.capacity[people], (self.able[people] & leading).sum(axis=1))
        order = np.argsort(-adds, kind="stable")
        people, adds = people[order][adds[order] > 0], adds[order][adds[order] > 0]
        waiting = int(placing.left[leading].sum())
        for k, person in enumerate(people.tolist()):
            if not left or not self.steps or placed + min(waiting, int(adds[k : k + left].sum())) <= self.placed:
                return
            self.steps -= 1
            after = placing.copy()
            gained = int(self.capacity[person]) - after.close(self.mentors + person)
            yield after, placed + gained, people[k + 1 :], [*joined, person], left - 1
