"""Placing one joiner into a plan that stands, and what a full new solve would do better, exactly.

The joiner's unit of flow goes to a partner and from there the shortest way out of the residual graph: to somebody on
the joiner's own side who has a pair less, or to somebody with room, which makes one pair more. With ``D`` that way's
length,

    gain = max over partners of (worth - the partner's price - the ground's price - D(partner)),
           and the price of the number of pairs with it where there is one pair more,

is what the best plan of all gains by one pair of the joiner, so that no new solve is needed. See
:mod:`rmatch.analysis.residual`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmatch.analysis.residual import MOST_SEARCHED, Residual, Step, Ways, residual_of
from rmatch.analysis.values import PAIRS, Change
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.errors import InfeasibleError, RmatchError, suggestion
from rmatch.factors import SCALE
from rmatch.matching import Matching
from rmatch.problem.build import People, prepare
from rmatch.problem.model import Model, open_bounds

_ROLES = ("mentor", "mentee")


@dataclass(frozen=True)
class Placement:
    """Where one joiner goes while everybody else stays, and what the best plan of all would do instead.

    ``partner_id`` is the best partner with room, None where there is none, and ``score`` that pair's. The best plan in
    which the joiner has one pair, or none, has ``loss`` more in total than this, as ``Matching.stages`` tells it, and
    ``pairs_lost`` pairs more, which is None where the program does not settle their number. To get there, the pairs of
    ``made`` would be made and those of ``parted`` given up. All is exact.
    """

    employee_id: str
    role: str
    partner_id: str | None
    score: float | None
    loss: float
    pairs_lost: int | None
    made: tuple[tuple[str, str], ...]
    parted: tuple[tuple[str, str], ...]
    several: bool = False
    """The joiner has room for more pairs than the one that is spoken of."""

    def __str__(self) -> str:
        where = f"{self.role} {self.employee_id}"
        if self.partner_id is None:
            said = f"{where} has no suitable partner with room."
        else:
            said = f"{where} goes to {self.partner_id}, {self.score:.3f}, and nobody else moves."
        one = "with one pair for them " * self.several
        if not (self.loss or self.pairs_lost):
            return f"{said} No plan {one}does better."
        pairs = Change(PAIRS, self.pairs_lost or 0)
        more = f"{pairs} {'more' if pairs.amount > 0 else 'less'} and " * bool(self.pairs_lost)
        moved = Change(PAIRS, len(self.parted))
        sign = "more" if self.loss >= 0 else "less"
        return f"{said} A new solve {one}would give up {moved} and have {more}{abs(self.loss):.6f} {sign} in total."


def place(matching: Matching, roster: People, person: str) -> Placement:
    """Return where one joiner of ``roster`` goes in a plan that stands, and what a full new solve would gain.

    ``person`` is the joiner's ``employee_id``, in a role that they do not have in the plan yet; for somebody with room
    for several pairs this is about one. All possible partners of the plan must still be in the roster. The joiner
    scores as in a new match; the others' scores stay those of the plan, in which an answer that is missing counts as
    the average of the people there were. Use :func:`rmatch.rematch` to make the next plan.
    Raises RmatchError where the plan is not proved best by prices alone, or is too large to search (25 million pairs),
    and where the joiner must have several pairs; InfeasibleError where they must have one and no plan gives it to them.
    """
    graph = residual_of(matching)
    if graph is None:
        raise RmatchError(
            "somebody can be placed in a plan that is proved best, with no objectives but the most pairs and their "
            f"total and no limits across groups, and with at most {MOST_SEARCHED:,} pairs of people; use `rematch`"
        )
    now, _ = prepare(roster, matching.program)
    side, own, others = _joiner(matching, now, str(person))
    room, needed = int(now.capacity[side][own]), int(now.minimum[side][own])
    if not room:
        raise RmatchError(f"{person!r} has no room for a pair: `capacity` is 0")
    if needed > 1:
        raise RmatchError(f"{person!r} must have {needed} pairs, and this places somebody in one: use `rematch`")
    here = np.full(len(others), own)
    i, j = (here, others) if side == 0 else (others, here)
    worth = np.where(now.eligible(i, j), now.points(i, j) - matching.model.floor, -np.inf)
    load, people = np.bincount(matching.chosen[1 - side], minlength=len(others)), matching.model.shape[side]
    grown = (load == people) & (now.capacity[1 - side][others] > people)
    joiner = _Joiner(str(person), side, worth, grown, bool(needed), room > 1)
    return _placed(matching, graph if side == 0 else graph.turned, joiner)


@dataclass(frozen=True, eq=False)
class _Joiner:
    """Who joins on which side, what a pair with each partner is worth, and whether one is needed or several may be.

    ``grown`` are the partners who are paired with everybody on that side, so had no room in the plan, and have now.
    """

    person: str
    side: int
    worth: FloatArray
    grown: BoolArray
    needy: bool
    several: bool


def _joiner(matching: Matching, now: Model, person: str) -> tuple[int, int, IntArray]:
    """The joiner's side, where they stand now, and where all possible partners of the plan do."""
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


def _placed(matching: Matching, graph: Residual, joiner: _Joiner) -> Placement:
    model, side, person = matching.model, joiner.side, joiner.person
    ids = [str(each) for each in (model.mentees.ids, model.mentors.ids)[side]]
    capacity, load = open_bounds(model)[0][1 - side], np.bincount(graph.chosen[1], minlength=len(ids))
    free = np.where((load < capacity) | joiner.grown, joiner.worth, -np.inf)
    best = _first(free, ids)
    wanted = model.most_pairs or joiner.needy
    here = best if free[best] > (-np.inf if wanted else 0) else None

    gain, steps, partner, more = _best_plan(graph, joiner, wanted)
    if partner is None and joiner.needy:
        raise InfeasibleError(f"{person!r} must have a pair, and no plan that keeps the limits gives them one")

    def named(moves: list[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
        pairs = [move if side == 0 else move[::-1] for move in moves]
        return tuple(sorted((str(model.mentors.ids[a]), str(model.mentees.ids[b])) for a, b in pairs))

    made = named([move for kind, move in steps if kind == "make"])
    if partner is not None:
        made = tuple(sorted((*made, (person, ids[partner]) if side == 0 else (ids[partner], person))))
    reached = 0.0 if here is None else float(free[here])
    return Placement(
        person,
        _ROLES[side],
        None if here is None else ids[here],
        None if here is None else float(free[here] + model.floor) / SCALE,
        (gain - reached) / SCALE,
        int(more) - int(here is not None) if model.most_pairs else None,
        made,
        named([move for kind, move in steps if kind == "undo"]),
        joiner.several,
    )


def _best_plan(graph: Residual, joiner: _Joiner, wanted: bool) -> tuple[float, list[Step], int | None, bool]:
    """What the best plan gains, how the others move in it, who the joiner's partner is, and whether it has a pair more.

    The joiner has none where no plan has a pair for them, or none that gains where none is ``wanted``. A pair more is
    worth any loss where there are to be as many as can be.
    """
    net = joiner.worth - graph.prices.people[1 - graph.axis] - graph.prices.grounds[graph.axis]
    same, more = (_best_way(graph, worth, own) for own, worth in ((True, net), (False, net + graph.number)))
    direct = np.where(joiner.grown, joiner.worth, -np.inf)
    grown = float(direct.max(initial=-np.inf)), int(direct.argmax()), None
    best = max(more, grown, key=lambda found: found[0])
    one_more = bool(np.isfinite(best[0]) and (not graph.free or best[0] > same[0]))
    gain, partner, ways = best if one_more else same
    if gain > 0 or (np.isfinite(gain) and (joiner.needy or (one_more and wanted))):
        return gain, [] if ways is None else [*ways.steps(partner)], partner, one_more
    return 0.0, [], None, False


def _first(worth: FloatArray, ids: list[str]) -> int:
    """The partner worth most; of equals the first by id."""
    return min(range(len(ids)), key=lambda k: (-worth[k], ids[k]))


def _best_way(graph: Residual, worth: FloatArray, own: bool) -> tuple[float, int, Ways | None]:
    """What the best way to a ground gains, the partner from whom to go there, and the ways, as far as needed.

    All that could be as good is looked at, so that the choice among equals is the same however far others searched.
    """

    def enough(known: FloatArray, beyond: float) -> bool:
        settled = known <= beyond
        return bool((worth - known)[settled].max(initial=-np.inf) > worth[~settled].max(initial=-np.inf) - beyond)

    ways = graph.to_ground(own, enough)
    gains = worth - ways.column
    return float(gains.max()), int(gains.argmax()), ways
