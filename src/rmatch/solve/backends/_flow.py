"""Network-flow backends, the problems for which each is exact, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import expand
from rmatch.problem.bounds import Bounds, Candidates, Groups
from rmatch.solve.backends._checked import assignment, cheapest_flow, largest_flow
from rmatch.valuation import NO_UTILITY, LoadUtilities, LoadUtility


@dataclass(frozen=True)
class Solver:
    """A backend. ``solve(candidates, bounds, pairs, cost, load_utilities)`` returns the chosen pairs, ``(pairs,)``
    bool.

    ``pairs`` is the number of pairs to make, None where it is free within the bounds. The result is None where the
    candidates contain no plan within the bounds.

    Args:
        solve: The solver.
    """

    solve: Callable[[Candidates, Bounds, int | None, IntArray, LoadUtilities], BoolArray | None]
    shifts: bool = False
    """Whether prices may be subtracted from the costs: every person's number of pairs is fixed."""


def _assign(
    candidates: Candidates,
    bounds: Bounds,
    pairs: int | None,
    cost: IntArray,
    load_utilities: LoadUtilities = NO_UTILITY,
) -> BoolArray | None:
    mate = assignment(bounds.shape[0], candidates.i, candidates.j, cost)
    # what it calls infeasible is asked of the other solver too: it has been wrong
    return (
        _flow(candidates, bounds, pairs, cost, load_utilities) if mate is None else candidates.j == mate[candidates.i]
    )


def _flow(
    candidates: Candidates,
    bounds: Bounds,
    pairs: int | None,
    cost: IntArray,
    load_utilities: LoadUtilities = NO_UTILITY,
) -> BoolArray | None:
    """Minimum-cost flow: pairs are arcs from mentors to mentees; groups lie between people and the root of their
    side.
    """
    (m, n), (mentors, mentees) = bounds.shape, bounds.trees
    root = m + n, m + n + len(mentors)
    least, most = bounds.span if pairs is None else (pairs, pairs)
    if any((minimum > most).any() for minimum in bounds.minimum):  # a person needs more pairs than the plan has
        return None
    supply = np.zeros(m + n + len(mentors) + len(mentees), np.int64)
    supply[[*root]] = most, -most
    arcs = [(candidates.i, m + candidates.j, np.ones(len(candidates), np.int64), cost)]
    people = (np.arange(m), root[0] + mentors.of), (m + np.arange(n), root[1] + mentees.of)
    for side, (own, around) in enumerate(people):
        capacity = np.minimum(bounds.capacity[side], most)
        arcs.append(_ahead(*_layers(own, around, bounds.minimum[side], capacity, load_utilities[side]), side))
    arcs.append((np.array([root[0]]), np.array([root[1]]), np.array([most - least]), np.zeros(1, np.int64)))
    inner = [(root[side] + np.arange(1, len(t)), root[side] + t.parent[1:], t) for side, t in enumerate(bounds.trees)]
    for side, (own, around, tree) in enumerate(inner):
        arcs += [_ahead(*each, side) for each in _group_layers(own, around, tree, most)]
    # a least number of pairs is supplied to the person or group directly, and taken off what it would get from around
    floors = [(*ends, least) for ends, least in zip(people, bounds.minimum, strict=True)]
    for found in (floors, [(own, around, tree.least[1:]) for own, around, tree in inner]):
        for (own, around, number), sign in zip(found, (1, -1), strict=True):
            np.add.at(supply, own, sign * number)
            np.subtract.at(supply, around, sign * number)
    tail, head, capacity, costs = (np.concatenate(column).astype(np.int64) for column in zip(*arcs, strict=True))
    if (bounds.groups is None and (supply[root[0]] < 0 or supply[root[1]] > 0)) or (capacity < 0).any():
        return None
    flow = cheapest_flow(tail, head, capacity, costs, supply)
    return None if flow is None else flow[: len(candidates)] > 0


Arcs: TypeAlias = tuple[IntArray, IntArray, IntArray, IntArray]


def _ahead(own: IntArray, around: IntArray, capacity: IntArray, utility: IntArray, side: int) -> Arcs:
    """Arcs in flow direction: towards the people on the mentors' side, away from them on the mentees'."""
    return (around, own, capacity, -utility) if side == 0 else (own, around, capacity, -utility)


def _group_layers(own: IntArray, around: IntArray, tree: Groups, most: int) -> Iterator[Arcs]:
    """Yield the arcs of groups beyond their lower bounds; groups with utilities separately."""
    utility, groups = tree.utility, np.arange(1, len(tree))
    has_utility = (
        np.zeros(len(tree), bool) if utility is None else (utility.first != 0) | (np.asarray(utility.square) != 0)
    )
    for some, own_utility in ((groups[~has_utility[1:]], None), (groups[has_utility[1:]], utility)):
        capacity = np.maximum(np.minimum(tree.most[some], most), np.minimum(tree.least[some], tree.most[some]))
        taken = None if own_utility is None else own_utility.take(some)
        yield _layers(own[some - 1], around[some - 1], tree.least[some], capacity, taken)


def _layers(
    own: IntArray, around: IntArray, least: IntArray, most: IntArray, utility: LoadUtility | None
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Arcs of people or groups beyond their lower bounds: inner node, outer node, capacity and utility.

    Where the marginal utility depends on the number of pairs, each number has its own arc; utilities are concave, so a
    cheapest flow fills them in order.
    """
    if utility is None:
        return own, around, most - least, np.zeros(len(own), np.int64)
    if np.any(utility.square):
        who = np.repeat(np.arange(len(own)), most - least)
        number = np.arange(len(who)) - np.repeat(np.cumsum(most - least) - (most - least), most - least)
        return own[who], around[who], np.ones(len(who), np.int64), utility.take(who).next(least[who] + number)
    early = np.clip(utility.upto - utility.before - least, 0, most - least)
    twice = np.concatenate([early, most - least - early])
    return np.tile(own, 2), np.tile(around, 2), twice, np.concatenate([utility.first, 0 * utility.first])


ASSIGNMENT = Solver(_assign, shifts=True)
FLOW = Solver(_flow)


def choose(bounds: Bounds, pairs: int | None, load_utilities: LoadUtilities = NO_UTILITY) -> Solver:
    """Return the simplest backend that is exact for a problem.

    Args:
        bounds: Bounds on numbers of pairs.
        pairs: Number of pairs; None where it is free.
        load_utilities: Utility of numbers of pairs on each side.
    """
    one_each = bounds.one_to_one and pairs == bounds.shape[0] and load_utilities == NO_UTILITY
    return ASSIGNMENT if one_each else FLOW


def most_pairs(candidates: Candidates, bounds: Bounds) -> BoolArray:
    """Return a largest set of candidates within the capacities, ``(pairs,)`` bool."""
    return largest(candidates.i, candidates.j, np.ones(len(candidates), np.int64), bounds.capacity) > 0


def largest(i: IntArray, j: IntArray, most: IntArray, capacity: tuple[IntArray, IntArray]) -> IntArray:
    """Return a largest flow from mentors to mentees, ``(arcs,)`` int64.

    Args:
        i, j: Mentor and mentee of each arc, int64.
        most: Capacity of each arc, int64.
        capacity: Capacity of each mentor and of each mentee, int64.
    """
    tail, head, within = _network(i, j, most, capacity)
    nodes = len(capacity[0]) + len(capacity[1])
    return largest_flow(tail, head, within, nodes, nodes + 1)[: len(i)]


def cheapest(
    i: IntArray, j: IntArray, most: IntArray, capacity: tuple[IntArray, IntArray], cost: IntArray, pairs: int | None
) -> IntArray:
    """Return the cheapest flow of ``pairs`` from mentors to mentees, of any number where None, ``(arcs,)`` int64.

    ``cost`` is that of each arc, int64; the others are those of :func:`largest`. The flow must be possible.
    """
    tail, head, within = _network(i, j, most, capacity)
    nodes, free = len(capacity[0]) + len(capacity[1]), min(int(side.sum()) for side in capacity)
    supply = np.zeros(nodes + 2, np.int64)
    supply[nodes:] = (free, -free) if pairs is None else (pairs, -pairs)
    ends = np.array([nodes]), np.array([nodes + 1])  # what is not paired goes straight from end to end
    straight = np.array([free if pairs is None else 0])
    costs = np.concatenate([cost, np.zeros(nodes + 1, np.int64)])
    tail, head, within = (np.concatenate(each) for each in ((tail, ends[0]), (head, ends[1]), (within, straight)))
    flow = cheapest_flow(tail, head, within, costs, supply)
    assert flow is not None
    return flow[: len(i)]


def _network(
    i: IntArray, j: IntArray, most: IntArray, capacity: tuple[IntArray, IntArray]
) -> tuple[IntArray, IntArray, IntArray]:
    """Arcs from a source, the last node but one, over mentors and mentees to a sink: ends and capacities, int64."""
    m, n = len(capacity[0]), len(capacity[1])
    tail = np.concatenate([i, np.full(m, m + n), m + np.arange(n)])
    head = np.concatenate([m + j, np.arange(m), np.full(n, m + n + 1)])
    return tail.astype(np.int64), head.astype(np.int64), np.concatenate([most, *capacity])


@dataclass(frozen=True, eq=False)
class Fit:
    """Result of a feasibility check: a maximum flow and its minimum cut.

    Only a further eligible pair of a reached mentor with an unreached mentee could help.

    Args:
        missing: Pairs that are lacking; 0 where there is a plan.
        mentors, mentees: People reached in the residual graph, bool.
        groups: Groups reached, mentors' and mentees', bool.
        chosen: Whether each candidate is a pair of the flow, bool.
    """

    missing: int
    mentors: BoolArray
    mentees: BoolArray
    groups: tuple[BoolArray, BoolArray]
    chosen: BoolArray


def fit(candidates: Candidates, bounds: Bounds) -> Fit:
    """Check whether the candidates contain a plan within all bounds, lower bounds included.

    A flow with lower bounds is reduced to a maximum flow: the lower bound of an arc is supplied to its head by a source
    and taken from its tail by a sink; the flow is feasible if the source can supply everything.
    """
    (m, n), (mentors, mentees) = bounds.shape, bounds.trees
    root = m + n, m + n + len(mentors)
    nodes = m + n + len(mentors) + len(mentees)
    least, most = bounds.span
    people = (root[0] + mentors.of, np.arange(m)), (m + np.arange(n), root[1] + mentees.of)
    inner = [root[side] + np.arange(1, len(tree)) for side, tree in enumerate((mentors, mentees))]
    around = [root[side] + tree.parent[1:] for side, tree in enumerate((mentors, mentees))]
    lows = (*bounds.minimum, mentors.least[1:], mentees.least[1:])
    every = most + least + sum(int(low.sum()) for low in lows) + 1
    arcs = [
        (candidates.i, m + candidates.j, np.zeros(len(candidates), np.int64), np.ones(len(candidates), np.int64)),
        *((*people[side], bounds.minimum[side], bounds.capacity[side]) for side in (0, 1)),
        (around[0], inner[0], mentors.least[1:], np.minimum(mentors.most[1:], every)),
        (inner[1], around[1], mentees.least[1:], np.minimum(mentees.most[1:], every)),
        (np.array([root[1]]), np.array([root[0]]), np.array([least]), np.array([most])),
    ]
    tail, head, low, high = (np.concatenate(column).astype(np.int64) for column in zip(*arcs, strict=True))
    short = int(np.maximum(low - high, 0).sum())  # bounds that no plan can keep, whatever pairs there are
    high = np.maximum(high, low)
    need = np.bincount(head, low, nodes).astype(np.int64) - np.bincount(tail, low, nodes).astype(np.int64)
    give, take = np.flatnonzero(need > 0), np.flatnonzero(need < 0)
    ends = np.full(len(give), nodes), np.full(len(take), nodes + 1)
    tail, head = np.concatenate([tail, ends[0], take]), np.concatenate([head, give, ends[1]])
    capacity = np.concatenate([high - low, need[give], -need[take]])
    flow = largest_flow(tail, head, capacity, nodes, nodes + 1)
    missing = int(need[give].sum() - flow[len(high) : len(high) + len(give)].sum()) + short
    seen = _reached(tail, head, flow < capacity, flow > 0, nodes + 2, nodes) if missing else np.zeros(nodes + 2, bool)
    groups = seen[root[0] : root[1]], seen[root[1] : nodes]
    return Fit(missing, seen[:m], seen[m : m + n], groups, flow[: len(candidates)] > 0)


def _reached(tail: IntArray, head: IntArray, onward: BoolArray, back: BoolArray, nodes: int, first: int) -> BoolArray:
    """Nodes reachable from ``first`` in the residual graph."""
    one, two = np.concatenate([tail[onward], head[back]]), np.concatenate([head[onward], tail[back]])
    order = np.argsort(one, kind="stable")
    two, start = two[order], np.searchsorted(one[order], np.arange(nodes + 1))
    seen, front = np.zeros(nodes, bool), np.array([first])
    seen[first] = True
    while len(front):
        entry, _ = expand(start, front)
        front = distinct(two[entry])
        front = front[~seen[front]]
        seen[front] = True
    return seen
