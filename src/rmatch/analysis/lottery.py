"""Lottery: people whose place only the tie-breaking lottery decided, because an equally good plan includes them.

In the residual graph of a proved plan that is a path of length 0 from the unmatched node of a side through the person
and back. All people without a partner on a side are reached from the same node, so one search covers them; see
:mod:`rmatch.analysis.residual`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rmatch._util.kept import kept
from rmatch.analysis.residual import Residual, residual_of
from rmatch.analysis.unmatched import MOST_REPORTED, waiting_of
from rmatch.analysis.ways import Ways
from rmatch.columns import IntArray, is_one_of
from rmatch.errors import Reason
from rmatch.result import Result

RoleAndId = tuple[str, str]
"""A role and an id."""


def decided(seed: int) -> str:
    """Return the sentence about a person whom only the lottery left out."""
    return f"Another plan that is just as good would include them; the lottery (seed {seed}) decided."


@kept
def by_lottery(matching: Result) -> frozenset[RoleAndId] | None:
    """Return the people without a partner who have one in another equally good plan; None where that is not known.

    It is known where the plan is proved by prices, its people are at hand, and the search is fast.
    """
    if (
        matching.roster is None
        or not matching.certificate.proved
        or not 0 < np.prod(matching.model.shape) <= MOST_REPORTED
    ):
        return None
    if len(matching.model.locked_keys):  # the graph is that of the pairs that are not locked
        return None
    waiting = [who for who in waiting_of(matching) if who.reason is Reason.PARTNERS_BETTER_PLACED]
    if not waiting:
        return frozenset()
    graph = residual_of(matching)
    if graph is None:
        return None
    found: list[RoleAndId] = []
    for side, (role, table) in enumerate((("mentor", matching.model.mentors), ("mentee", matching.model.mentees))):
        people = np.flatnonzero(is_one_of(table.ids, [who.employee_id for who in waiting if who.role == role]))
        if len(people):
            seen = graph if side == 0 else graph.turned
            found += ((role, str(table.ids[person])) for person in _placed_at_no_loss(seen, people))
    return frozenset(found)


def _placed_at_no_loss(graph: Residual, people: IntArray) -> Iterator[int]:
    """People without a pair who have a partner with loss 0, as rows of the graph."""
    ways: Ways | None = None
    for person in people.tolist():
        if graph.rows.more[person] > 0:  # the place has a positive price already
            continue
        ways = Ways(graph, person).known() if ways is None else ways
        near = np.flatnonzero(ways.column <= 0)
        near = near[graph.eligible(np.full(len(near), person), near)]
        loss, lost = graph.losses(person, ways, near)
        if ((loss == 0) & ((lost == 0) | graph.free)).any():
            yield person
