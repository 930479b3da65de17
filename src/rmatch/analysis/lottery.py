"""Whom only the lottery left out: some other plan, as good in everything, would include them.

In the residual graph of a proved plan that is a way of no length: from the ground of a side to somebody who waits, to a
partner, and back by pairs that are undone and made to somebody of that side who has one pair less. All who wait on a
side leave their ground in the same way, so one search tells of all of them; see :mod:`rmatch.analysis.residual`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from rmatch._util.kept import kept
from rmatch.analysis.residual import residual_of
from rmatch.analysis.unmatched import TOLD, waiting_of
from rmatch.columns import FloatArray, IntArray, is_one_of
from rmatch.errors import Reason

if TYPE_CHECKING:
    from rmatch.analysis.residual import Residual, Ways
    from rmatch.result import Result

Somebody = tuple[str, str]
"""A role and an id."""


def decided(seed: int) -> str:
    """What is said of somebody whom only the lottery left out."""
    return f"Another plan that is just as good would include them; the lottery (seed {seed}) decided."


@kept
def by_lottery(matching: Result) -> frozenset[Somebody] | None:
    """Who of those who wait has a place in another plan that is as good; None where that is not told.

    It is told where the plan is proved by prices that tell losses, its people are here, and it is found quickly.
    """
    if matching.roster is None or not matching.certificate.proved or not 0 < np.prod(matching.model.shape) <= TOLD:
        return None
    if len(matching.model.locked_keys):  # the graph is that of the pairs that are not locked
        return None
    waiting = [who for who in waiting_of(matching) if who.reason is Reason.PARTNERS_BETTER_PLACED]
    if not waiting:
        return frozenset()
    graph = residual_of(matching)
    if graph is None:
        return None
    found: list[Somebody] = []
    for side, (role, table) in enumerate((("mentor", matching.model.mentors), ("mentee", matching.model.mentees))):
        people = np.flatnonzero(is_one_of(table.ids, [who.employee_id for who in waiting if who.role == role]))
        if len(people):
            seen = graph if side == 0 else graph.turned
            found += ((role, str(table.ids[person])) for person in _placed_at_no_loss(seen, people))
    return frozenset(found)


def _placed_at_no_loss(graph: Residual, people: IntArray) -> Iterator[int]:
    """Which of the people without a pair, rows of the graph, have a partner with whom forcing them costs nothing."""
    ways: Ways | None = None
    for person in people.tolist():
        if graph.to(person, _at_once).grounds[0] > 0:  # already the place is worth something to others
            continue
        ways = graph.to(person, _no_further) if ways is None else ways
        near = np.flatnonzero(ways.column <= 0)
        near = near[graph.eligible(np.full(len(near), person), near)]
        loss, lost = graph.losses(person, ways, near)
        if ((loss == 0) & ((lost == 0) | graph.free)).any():
            yield person


def _at_once(known: FloatArray, beyond: float) -> bool:
    return True


def _no_further(known: FloatArray, beyond: float) -> bool:
    return beyond > 0
