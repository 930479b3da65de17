"""The solvers, each with the problems for which it is exact, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import expand
from rmatch.problem.bounds import Bounds, Groups, Pool
from rmatch.solve.backends._checked import assignment, cheapest_flow, largest_flow
from rmatch.valuation import FREE, Gain, Gains


@dataclass(frozen=True)
class Solver:
    """An engine: ``solve(pool, bounds, pairs, cost, gains)`` marks the chosen pairs of the pool, or returns None.

    ``pairs`` is the number of pairs to make, None where any number within the bounds may be made; ``gains`` what
    people's numbers of pairs are worth. None comes back where the pool holds no plan that keeps the bounds.
    """

    name: str
    exact_for: str
    suits: Callable[[Bounds, int | None], bool]
    solve: Callable[[Pool, Bounds, int | None, IntArray, Gains], BoolArray | None]
    shifts: bool = False
    """Whether prices may be taken off the costs beforehand: everybody's number of pairs is settled."""


def _assign(pool: Pool, bounds: Bounds, pairs: int | None, cost: IntArray, gains: Gains = FREE) -> BoolArray | None:
    mate = assignment(bounds.shape[0], pool.i, pool.j, cost)
    # what it calls infeasible is asked of the other solver too: it has been wrong
    return _flow(pool, bounds, pairs, cost, gains) if mate is None else pool.j == mate[pool.i]


def _flow(pool: Pool, bounds: Bounds, pairs: int | None, cost: IntArray, gains: Gains = FREE) -> BoolArray | None:
    """Pairs are arcs from mentors to mentees; a group's pairs pass through it on the way from its side's root."""
    (m, n), (mentors, mentees) = bounds.shape, bounds.trees
    root = m + n, m + n + len(mentors)
    least, most = bounds.span if pairs is None else (pairs, pairs)
    if any((minimum > most).any() for minimum in bounds.minimum):  # somebody needs more pairs than all make
        return None
    supply = np.zeros(m + n + len(mentors) + len(mentees), np.int64)
    supply[[*root]] = most, -most
    arcs = [(pool.i, m + pool.j, np.ones(len(pool), np.int64), cost)]
    people = (np.arange(m), root[0] + mentors.of), (m + np.arange(n), root[1] + mentees.of)
    for side, (own, around) in enumerate(people):
        capacity = np.minimum(bounds.capacity[side], most)
        arcs.append(_ahead(*_layers(own, around, bounds.minimum[side], capacity, gains[side]), side))
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
    return None if flow is None else flow[: len(pool)] > 0


Arcs: TypeAlias = tuple[IntArray, IntArray, IntArray, IntArray]


def _ahead(own: IntArray, around: IntArray, room: IntArray, gain: IntArray, side: int) -> Arcs:
    """Arcs on the way of the pairs: from around to the person or group on the mentors' side, back on the mentees'."""
    return (around, own, room, -gain) if side == 0 else (own, around, room, -gain)


def _group_layers(own: IntArray, around: IntArray, tree: Groups, most: int) -> Iterator[Arcs]:
    """The arcs that give groups their pairs beyond the least; those whose number of pairs is worth something apart."""
    gain, groups = tree.gain, np.arange(1, len(tree))
    worth = np.zeros(len(tree), bool) if gain is None else (gain.first != 0) | (np.asarray(gain.square) != 0)
    for some, own_gain in ((groups[~worth[1:]], None), (groups[worth[1:]], gain)):
        room = np.maximum(np.minimum(tree.most[some], most), np.minimum(tree.least[some], tree.most[some]))
        taken = None if own_gain is None else own_gain.take(some)
        yield _layers(own[some - 1], around[some - 1], tree.least[some], room, taken)


def _layers(
    own: IntArray, around: IntArray, least: IntArray, most: IntArray, gain: Gain | None
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """The arcs that give a side's people their pairs beyond the least: own node, group, capacity and gain of each.

    Where what a pair adds changes with its number, each such number has an arc of its own; gains fall, so a cheapest
    flow fills them in order.
    """
    if gain is None:
        return own, around, most - least, np.zeros(len(own), np.int64)
    if np.any(gain.square):
        who = np.repeat(np.arange(len(own)), most - least)
        number = np.arange(len(who)) - np.repeat(np.cumsum(most - least) - (most - least), most - least)
        return own[who], around[who], np.ones(len(who), np.int64), gain.take(who).next(least[who] + number)
    early = np.clip(gain.upto - gain.before - least, 0, most - least)
    twice = np.concatenate([early, most - least - early])
    return np.tile(own, 2), np.tile(around, 2), twice, np.concatenate([gain.first, 0 * gain.first])


ASSIGNMENT = Solver(
    "assignment",
    "as many mentors as mentees, one pair each, everybody paired",
    lambda bounds, pairs: bounds.one_to_one and pairs == bounds.shape[0],
    _assign,
    shifts=True,
)
FLOW = Solver(
    "flow",
    "any capacities and least numbers of pairs of people and of nested groups on both sides, a settled or a free "
    "number of pairs, and numbers of pairs that are worth something to people",
    lambda bounds, pairs: True,
    _flow,
)


def choose(bounds: Bounds, pairs: int | None, gains: Gains = FREE) -> Solver:
    """Return the plainest solver that is exact for the problem."""
    return ASSIGNMENT if gains == FREE and ASSIGNMENT.suits(bounds, pairs) else FLOW


def most_pairs(pool: Pool, bounds: Bounds) -> BoolArray:
    """Mark a largest set of pairs of the pool that keeps the capacities."""
    m, n = bounds.shape
    source, sink = m + n, m + n + 1
    tail = np.concatenate([pool.i, np.full(m, source), m + np.arange(n)])
    head = np.concatenate([m + pool.j, np.arange(m), np.full(n, sink)])
    capacity = np.concatenate([np.ones(len(pool), np.int64), *bounds.capacity])
    return largest_flow(tail.astype(np.int64), head.astype(np.int64), capacity, source, sink)[: len(pool)] > 0


@dataclass(frozen=True, eq=False)
class Fit:
    """Whether a pool holds a plan within the bounds; where not, how many pairs are missing and who cannot help.

    ``mentors`` and ``mentees`` are reached from where pairs are missing, ``groups`` of both sides likewise: one more
    eligible pair of a reached mentor with a mentee who is not reached could help, and nothing else.
    """

    missing: int
    mentors: BoolArray
    mentees: BoolArray
    groups: tuple[BoolArray, BoolArray]


def fit(pool: Pool, bounds: Bounds) -> Fit:
    """Look for any plan within the bounds, least numbers of people, groups and the total among them.

    A flow with lower bounds is one without: what an arc must carry is handed to its head by a source of its own and
    taken from its tail by a sink; all is well when the source can hand out everything. A group without a most has room
    for all that is handed out, so that what is short is short by a bound that somebody has asked for.
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
        (pool.i, m + pool.j, np.zeros(len(pool), np.int64), np.ones(len(pool), np.int64)),
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
    room = np.concatenate([high - low, need[give], -need[take]])
    flow = largest_flow(tail, head, room, nodes, nodes + 1)
    missing = int(need[give].sum() - flow[len(high) : len(high) + len(give)].sum()) + short
    seen = _reached(tail, head, flow < room, flow > 0, nodes + 2, nodes) if missing else np.zeros(nodes + 2, bool)
    return Fit(missing, seen[:m], seen[m : m + n], (seen[root[0] : root[1]], seen[root[1] : nodes]))


def _reached(tail: IntArray, head: IntArray, onward: BoolArray, back: BoolArray, nodes: int, first: int) -> BoolArray:
    """The nodes that residual arcs lead to from ``first``."""
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
