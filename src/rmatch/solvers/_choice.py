"""The solvers, each with the problems for which it is exact, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.pool import Bounds, Pool
from rmatch.solvers._guarded import assignment, cheapest_flow, largest_flow


@dataclass(frozen=True)
class Solver:
    """An engine: ``solve(pool, bounds, pairs, cost)`` marks the chosen pairs of the pool, or returns None.

    ``pairs`` is the number of pairs to make, None where any number may be made. None comes back where the pool holds
    no plan that keeps the bounds.
    """

    name: str
    exact_for: str
    suits: Callable[[Bounds, int | None], bool]
    solve: Callable[[Pool, Bounds, int | None, IntArray], BoolArray | None]
    shifts: bool = False
    """Whether prices may be taken off the costs beforehand: everybody's number of pairs is settled."""


def _assign(pool: Pool, bounds: Bounds, pairs: int | None, cost: IntArray) -> BoolArray | None:
    mate = assignment(bounds.shape[0], pool.i, pool.j, cost)
    return None if mate is None else pool.j == mate[pool.i]


def _flow(pool: Pool, bounds: Bounds, pairs: int | None, cost: IntArray) -> BoolArray | None:
    (m, n), (most_u, most_v), (least_u, least_v) = bounds.shape, bounds.capacity, bounds.minimum
    source, sink, total = m + n, m + n + 1, bounds.room if pairs is None else pairs
    tail = np.concatenate([pool.i, np.full(m, source), m + np.arange(n), [source]])
    head = np.concatenate([m + pool.j, np.arange(m), np.full(n, sink), [sink]])
    spare = total if pairs is None else 0
    capacity = np.concatenate([np.ones(len(pool), np.int64), most_u - least_u, most_v - least_v, [spare]])
    # a least number of pairs is supplied to the person directly, and taken off what the source sends
    supply = np.concatenate([least_u, -least_v, [total - least_u.sum(), least_v.sum() - total]])
    if supply[source] < 0 or supply[sink] > 0:
        return None
    cost = np.concatenate([cost, np.zeros(m + n + 1, np.int64)])
    flow = cheapest_flow(*(a.astype(np.int64) for a in (tail, head, capacity, cost, supply)))
    return None if flow is None else flow[: len(pool)] > 0


ASSIGNMENT = Solver(
    "assignment",
    "as many mentors as mentees, one pair each, everybody paired",
    lambda bounds, pairs: bounds.one_to_one and pairs == bounds.room,
    _assign,
    shifts=True,
)
FLOW = Solver(
    "flow",
    "any capacities and least numbers of pairs on both sides, a settled or a free number of pairs",
    lambda bounds, pairs: True,
    _flow,
)


def choose(bounds: Bounds, pairs: int | None) -> Solver:
    """Return the plainest solver that is exact for the problem."""
    return next(solver for solver in (ASSIGNMENT, FLOW) if solver.suits(bounds, pairs))


def most_pairs(pool: Pool, bounds: Bounds) -> BoolArray:
    """Mark a largest set of pairs of the pool that keeps the capacities."""
    m, n = bounds.shape
    source, sink = m + n, m + n + 1
    tail = np.concatenate([pool.i, np.full(m, source), m + np.arange(n)])
    head = np.concatenate([m + pool.j, np.arange(m), np.full(n, sink)])
    capacity = np.concatenate([np.ones(len(pool), np.int64), *bounds.capacity])
    return largest_flow(tail.astype(np.int64), head.astype(np.int64), capacity, source, sink)[: len(pool)] > 0
