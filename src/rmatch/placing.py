"""Placing one joiner into a plan that stands, and what a full new solve would do better, exactly.

The joiner's unit of flow goes to a partner and from there the shortest way out of the residual graph: to somebody
with room, or to somebody on the joiner's own side who has a pair less. With ``D`` that way's length,

    gain = max over partners of (worth - the partner's price - the ground's price - D(partner))

is what the best plan of all gains by the joiner, so that no new solve is needed. See :mod:`rmatch.answer.residual`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmatch.answer.residual import MOST_SEARCHED, Residual, Ways, prices_of_total
from rmatch.columns import FloatArray, IntArray
from rmatch.errors import RmatchError, suggestion
from rmatch.factors import SCALE
from rmatch.matching import Matching
from rmatch.model import Model, open_bounds
from rmatch.prepare import People, prepare

_ROLES = ("mentor", "mentee")


@dataclass(frozen=True)
class Placement:
    """Where one joiner goes while everybody else stays, and what the best plan of all would do instead.

    ``partner_id`` is the best partner with room, None where there is none, and ``score`` that pair's. The best plan
    with the joiner in it has ``loss`` more in total and ``pairs_lost`` pairs more; to get there, the pairs of ``made``
    would be made and those of ``parted`` given up. All is exact.
    """

    employee_id: str
    role: str
    partner_id: str | None
    score: float | None
    loss: float
    pairs_lost: int
    made: tuple[tuple[str, str], ...]
    parted: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        where = f"{self.role} {self.employee_id}"
        if self.partner_id is None:
            said = f"{where} has no partner with room who is eligible."
        else:
            said = f"{where} goes to {self.partner_id}, {self.score:.3f}, and nobody else moves."
        if not (self.loss or self.pairs_lost):
            return f"{said} No plan does better."
        more = f"{self.pairs_lost} pair{'s' * (self.pairs_lost != 1)} more and " * bool(self.pairs_lost)
        moved = f"{len(self.parted)} pair{'s' * (len(self.parted) != 1)}"
        sign = "more" if self.loss >= 0 else "less"
        return f"{said} A new solve would give up {moved} and have {more}{abs(self.loss):.6f} {sign} in total."


def place(matching: Matching, roster: People, person: str) -> Placement:
    """Return where one joiner of ``roster`` goes in a plan that stands, and what a full new solve would gain.

    ``person`` is the joiner's ``employee_id``, in a role in which the plan does not have her yet; for somebody with
    room for several pairs this is about the first. All possible partners of the plan must still be in the roster. She
    scores as in a new match; the others' scores stay those of the plan, in which an answer that is missing counts as
    the average of the people there were. Use :func:`rmatch.rematch` to make the next plan.
    Raises RmatchError where the plan is not proved best by prices alone, or is too large to search (25 million pairs).
    """
    graph = matching.residual
    if graph is None:
        raise RmatchError(
            "somebody can be placed in a plan that is proved best, with no objectives but the most pairs and their "
            f"total and no limits across groups, and with at most {MOST_SEARCHED:,} pairs of people; use `rematch`"
        )
    now, _ = prepare(roster, matching.program)
    side, own, others = _joiner(matching, now, str(person))
    if not now.capacity[side][own]:
        raise RmatchError(f"{person!r} has no room for a pair: `capacity` is 0")
    here = np.full(len(others), own)
    i, j = (here, others) if side == 0 else (others, here)
    worth = np.where(now.eligible(i, j), now.points(i, j) - matching.model.floor, -np.inf)
    return _placed(matching, graph if side == 0 else graph.turned, side, str(person), worth)


def _joiner(matching: Matching, now: Model, person: str) -> tuple[int, int, IntArray]:
    """The joiner's side, where she stands now, and where all possible partners of the plan do."""
    tables, planned = (now.mentors, now.mentees), (matching.model.mentors, matching.model.mentees)
    sides = [s for s in (0, 1) if (tables[s].ids == person).any() and not (planned[s].ids == person).any()]
    if len(sides) != 1:
        if sides:
            raise RmatchError(f"{person!r} would join as mentor and as mentee: use `rematch`")
        if any((table.ids == person).any() for table in planned):
            raise RmatchError(f"{person!r} is in the plan already")
        known = {str(x) for table in tables for x in table.ids}
        raise RmatchError(f"nobody in the roster has the id {person!r}.{suggestion(person, sorted(known))}")
    side = sides[0]
    others = pd.Index(tables[1 - side].ids).get_indexer(pd.Index(planned[1 - side].ids)).astype(np.int64)
    for gone in np.flatnonzero(others < 0)[:1]:
        who = planned[1 - side].ids[gone]
        raise RmatchError(f"{who!r} is in the plan, but no {_ROLES[1 - side]} any more: use `rematch`")
    return side, int(np.flatnonzero(tables[side].ids == person)[0]), others


def _placed(matching: Matching, graph: Residual, side: int, person: str, worth: FloatArray) -> Placement:
    model, certificate = matching.model, matching.certificate
    ids = [str(each) for each in (model.mentees.ids, model.mentors.ids)[side]]
    x, y, number = prices_of_total(certificate)
    prices, ground = (y, number) if side == 0 else (x, 0)
    capacity, load = open_bounds(model)[0][1 - side], np.bincount(graph.chosen[1], minlength=len(worth))
    free = np.where(load < capacity, worth, -np.inf)
    best = _first(free, ids)
    here = best if free[best] > (-np.inf if model.most_pairs else 0) else None

    net = worth - prices - ground
    ways, partner = _best_way(graph, net, own=True)
    wider, other = _best_way(graph, net + graph.number, own=False)
    gain, gain_by_one_more = (
        float(by[k] - found.column[k]) for by, found, k in ((net, ways, partner), (net + graph.number, wider, other))
    )
    more = np.isfinite(gain_by_one_more) and (model.most_pairs or gain_by_one_more > gain)
    if more:  # a pair more, which is worth any loss where there are to be as many as can be
        ways, partner, gain = wider, other, gain_by_one_more
    moves = gain > 0 or (more and model.most_pairs)
    gain = gain if moves else 0.0
    steps = [*ways.steps(partner)] if moves else []

    def named(moves: list[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
        pairs = [move if side == 0 else move[::-1] for move in moves]
        return tuple(sorted((str(model.mentors.ids[a]), str(model.mentees.ids[b])) for a, b in pairs))

    made = named([move for kind, move in steps if kind == "make"])
    parted = named([move for kind, move in steps if kind == "undo"])
    if moves:
        made = tuple(sorted((*made, (person, ids[partner]) if side == 0 else (ids[partner], person))))
    reached = 0.0 if here is None else float(free[here])
    return Placement(
        person,
        _ROLES[side],
        None if here is None else ids[here],
        None if here is None else float(free[here] + model.floor) / SCALE,
        (gain - reached) / SCALE,
        int(bool(more) and model.most_pairs) - int(model.most_pairs and here is not None),
        made,
        parted,
    )


def _first(worth: FloatArray, ids: list[str]) -> int:
    """The partner worth most; of equals the first by id."""
    return min(range(len(ids)), key=lambda k: (-worth[k], ids[k]))


def _best_way(graph: Residual, net: FloatArray, own: bool) -> tuple[Ways, int]:
    """The ways to a ground, as far as needed, and the partner from whom to go there.

    All that could be as good is looked at, so that the choice among equals is the same however far others searched.
    """

    def enough(known: FloatArray, beyond: float) -> bool:
        settled = known <= beyond
        return bool((net - known)[settled].max(initial=-np.inf) > net[~settled].max(initial=-np.inf) - beyond)

    ways = graph.to_ground(own, enough)
    return ways, int(np.argmax(net - ways.column))
