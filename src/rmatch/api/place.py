"""Placing a joiner into an existing plan, and the exact advantage of a full new solve.

The joiner's unit of flow goes to a partner and from there along a shortest path of the residual graph: to a person on
the joiner's side who loses a pair, or to a person below capacity, which adds a pair. With ``D`` the length of the path,

    improvement = max over partners of (value - the partner's price - the unmatched potential - D(partner)),
                  plus the cardinality dual where a pair is added,

is the exact increase of the optimum by one pair of the joiner, so no new solve is needed. See
:mod:`rmatch.analysis.residual`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rmatch._util.quoted import called, names_of
from rmatch.analysis.residual import Residual, residual_of
from rmatch.analysis.values import PAIRS, Change
from rmatch.analysis.ways import Step, Ways
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.errors import InfeasibleError, RmatchError
from rmatch.factors import SCALE
from rmatch.matching import Matching
from rmatch.problem.build import People, prepare
from rmatch.problem.model import Model, open_bounds
from rmatch.program import without_strangers
from rmatch.roster.resolver import Resolver

_ROLES = ("mentor", "mentee")


@dataclass(frozen=True)
class Placement:
    """Where one joiner goes while all others stay, and what the best plan of all would do instead. All figures are
    exact.

    Args:
        employee_id, role: The joiner.
        partner_id: The best partner below capacity; None where there is none.
        score: Score of that pair.
        loss: How much more in total the best plan has in which the joiner has at most one pair.
        pairs_lost: How many more pairs that plan has; None where the program does not settle their number.
        made, undone: Pairs that would be made and given up to get there.
    """

    employee_id: str
    role: str
    partner_id: str | None
    score: float | None
    loss: float
    pairs_lost: int | None
    made: tuple[tuple[str, str], ...]
    undone: tuple[tuple[str, str], ...]
    several: bool = False
    """Whether the joiner may have more pairs than the one considered."""
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Names of the people by id, as far as they are known."""

    def __str__(self) -> str:
        where = f"{self.role} {called(self.employee_id, self.names)}"
        if self.partner_id is None:
            message = f"{where} has no suitable partner with room."
        else:
            message = f"{where} goes to {called(self.partner_id, self.names)}, {self.score:.3f}, and nobody else moves."
        one = "with one pair for them " * self.several
        if not (self.loss or self.pairs_lost):
            return f"{message} No plan {one}does better."
        pairs = Change(PAIRS, self.pairs_lost or 0)
        more = f"{pairs} {'more' if pairs.amount > 0 else 'less'} and " * bool(self.pairs_lost)
        moved = Change(PAIRS, len(self.undone))
        sign = "more" if self.loss >= 0 else "less"
        return f"{message} A new solve {one}would give up {moved} and have {more}{abs(self.loss):.6f} {sign} in total."


def place(matching: Matching, roster: People, person: str) -> Placement:
    """Return where one joiner goes in an existing plan, and what a full new solve would improve.

    The joiner scores as in a new match; other scores stay those of the plan, in which a missing answer counts as the
    average of the plan's people. For a joiner with capacity for several pairs, one pair is considered. To make the next
    plan, use :func:`rmatch.rematch`.

    Args:
        matching: The plan.
        roster: The people, the joiner and all possible partners included.
        person: The joiner's ``employee_id``, in a role that they do not have in the plan.

    Raises:
        RmatchError: The plan is not proved optimal by prices alone, or the joiner must have several pairs.
        InfeasibleError: The joiner must have a pair, and no plan gives them one.
    """
    graph = residual_of(matching)
    if graph is None:
        raise RmatchError(
            "somebody can be placed in a plan that is proved best, with no objectives but the most pairs and their "
            "total and no limits across groups; use `rematch`"
        )
    now, _ = prepare(roster, without_strangers(matching.program))
    named = Resolver.of(now.mentors, now.mentees).find(str(person)).ids
    person = named[0] if len(named) == 1 else str(person)
    side, own, others = _joiner(matching, now, person)
    who, names = now.people.called(side, own), names_of(now.mentors, now.mentees)
    capacity, needed = int(now.capacity[side][own]), int(now.minimum[side][own])
    if not capacity:
        raise RmatchError(f"{who} has no room for a pair: `capacity` is 0")
    if needed > 1:
        raise RmatchError(f"{who} must have {needed} pairs, and this places somebody in one: use `rematch`")
    here = np.full(len(others), own)
    i, j = (here, others) if side == 0 else (others, here)
    value = np.where(now.eligible(i, j), now.points(i, j) - matching.model.floor, -np.inf)
    load, people = np.bincount(matching.chosen[1 - side], minlength=len(others)), matching.model.shape[side]
    grown = (load == people) & (now.capacity[1 - side][others] > people)
    joiner = _Joiner(person, side, value, grown, bool(needed), capacity > 1)
    placed = _placed(matching, graph if side == 0 else graph.turned, joiner)
    if placed is None:
        raise InfeasibleError(f"{who} must have a pair, and no plan that keeps the limits gives them one")
    return replace(placed, names=names)


@dataclass(frozen=True, eq=False)
class _Joiner:
    """The joiner: their side, the value of a pair with each partner, and whether they need one or may have several.

    ``grown`` are the partners who are paired with everyone on that side, and so get capacity for the joiner only now.
    """

    person: str
    side: int
    value: FloatArray
    grown: BoolArray
    needy: bool
    several: bool


def _joiner(matching: Matching, now: Model, person: str) -> tuple[int, int, IntArray]:
    """The joiner's side, their position now, and the positions of the plan's possible partners."""
    tables, planned = (now.mentors, now.mentees), (matching.model.mentors, matching.model.mentees)
    sides = [s for s in (0, 1) if (tables[s].ids == person).any() and not (planned[s].ids == person).any()]
    if len(sides) != 1:
        who = called(person, names_of(*tables))
        if sides:
            raise RmatchError(f"{who} would join as mentor and as mentee: use `rematch`")
        if any((table.ids == person).any() for table in planned):
            raise RmatchError(f"{who} is in the plan already")
        near = Resolver.of(*tables).near(person)
        raise RmatchError(f"nobody in the roster has the id {person!r}.{near}")
    side = sides[0]
    others = pd.Index(tables[1 - side].ids).get_indexer(pd.Index(planned[1 - side].ids)).astype(np.int64)
    for gone in np.flatnonzero(others < 0)[:1]:
        who = called(planned[1 - side].ids[gone], names_of(*planned))
        raise RmatchError(f"{who} is in the plan, but no {_ROLES[1 - side]} any more: use `rematch`")
    return side, int(np.flatnonzero(tables[side].ids == person)[0]), others


def _placed(matching: Matching, graph: Residual, joiner: _Joiner) -> Placement | None:
    """Where the joiner goes; None where they must have a pair and no plan has one for them."""
    model, side, person = matching.model, joiner.side, joiner.person
    ids = [str(each) for each in (model.mentees.ids, model.mentors.ids)[side]]
    capacity, load = open_bounds(model)[0][1 - side], np.bincount(graph.chosen[1], minlength=len(ids))
    free = np.where((load < capacity) | joiner.grown, joiner.value, -np.inf)
    best = _first(free, ids)
    wanted = model.most_pairs or joiner.needy
    here = best if free[best] > (-np.inf if wanted else 0) else None

    improvement, steps, partner, more = _best_plan(graph, joiner, wanted)
    if partner is None and joiner.needy:
        return None

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
        (improvement - reached) / SCALE,
        int(more) - int(here is not None) if model.most_pairs else None,
        made,
        named([move for kind, move in steps if kind == "undo"]),
        joiner.several,
    )


def _best_plan(graph: Residual, joiner: _Joiner, wanted: bool) -> tuple[float, list[Step], int | None, bool]:
    """The improvement of the best plan, how the others move, the joiner's partner, and whether a pair is added.

    The joiner has no partner where no plan has a pair for them, or none improves the plan and none is ``wanted``. A
    further pair outweighs any loss where the number of pairs comes first.
    """
    net = joiner.value - graph.prices.people[1 - graph.axis] - graph.prices.potentials[graph.axis]
    same, more = (_best_way(graph, value, own) for own, value in ((True, net), (False, net + graph.number)))
    direct = np.where(joiner.grown, joiner.value, -np.inf)
    grown = float(direct.max(initial=-np.inf)), int(direct.argmax()), None
    best = max(more, grown, key=lambda found: found[0])
    one_more = bool(np.isfinite(best[0]) and (not graph.free or best[0] > same[0]))
    improvement, partner, ways = best if one_more else same
    if improvement > 0 or (np.isfinite(improvement) and (joiner.needy or (one_more and wanted))):
        return improvement, [] if ways is None else [*ways.steps(partner)], partner, one_more
    return 0.0, [], None, False


def _first(value: FloatArray, ids: list[str]) -> int:
    """The partner with the highest value; of equals the first by id."""
    return min(range(len(ids)), key=lambda k: (-value[k], ids[k]))


def _best_way(graph: Residual, value: FloatArray, own: bool) -> tuple[float, int, Ways | None]:
    """The improvement along the best path to an unmatched node, its first partner, and the paths searched.

    All candidates that could be equally good are examined, so that ties do not depend on earlier searches.
    """

    def longest(ways: Ways) -> float:
        best = float((value - ways.column).max())
        return float(value.max()) - best if np.isfinite(best) else np.inf

    ways = graph.to_unmatched(own).known(longest)
    improvements = value - ways.column
    return float(improvements.max()), int(improvements.argmax()), ways
