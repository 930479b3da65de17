"""Prices from a plan: the dual values that prove it best among the pairs of a pool.

The graph solvers keep their duals to themselves, so they are found again as shortest distances in the residual
graph, by a Bellman–Ford search whose frontier is an array. With ``x`` the price of a mentor and ``y`` of a mentee,

    points ≤ x_i + y_j   for every pair of the pool that is not chosen
    points ≥ x_i + y_j   for every chosen pair
    x_i ≤ X where i has room for more, x_i ≥ X where i has more than it must;  likewise y_j and Y

X and Y are the prices of having no pair. Where the number of pairs is free, X + Y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.clock import TimeUpError, over, until
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.factors import SCALE, expand
from rmatch.numbers import distinct
from rmatch.pool import Bounds, Pool

_FAR = 1 << 60


@dataclass(frozen=True, eq=False)
class Prices:
    """``x`` per mentor and ``y`` per mentee with the grounds ``X`` and ``Y`` of having no pair, all in points."""

    x: IntArray
    y: IntArray
    X: int
    Y: int


def prices_of(pool: Pool, chosen: BoolArray, bounds: Bounds, settled: bool, start: IntArray) -> Prices:
    """Return prices that prove ``chosen`` best on the pool, started at ``start`` for the mentees.

    ``settled`` says that the number of pairs is fixed. A start near the answer saves nearly all of the work; any
    start is right. Raises SolverError if ``chosen`` is not best: then no prices exist.
    """
    (m, n), least = bounds.shape, bounds.minimum
    taken = np.flatnonzero(chosen)
    load = [np.bincount(pool.i[taken], minlength=m), np.bincount(pool.j[taken], minlength=n)]
    room_u, room_v = (count < most for count, most in zip(load, bounds.capacity, strict=True))
    free_u, free_v = (count > must for count, must in zip(load, least, strict=True))
    by_mentee = taken[np.argsort(pool.j[taken], kind="stable")]
    taken_start = np.searchsorted(pool.j[by_mentee], np.arange(n + 1))
    may_shrink, may_grow = not settled and len(taken) > 0, not settled and len(taken) < bounds.room

    x, y, ground_x, ground_y = np.full(m, _FAR), start.astype(np.int64).copy(), _FAR, -_FAR
    none = np.zeros(0, np.int64)
    columns = np.arange(n)
    moment = until()
    for _ in range(4 * (m + n) + 16):
        if over(moment):
            raise TimeUpError
        # chosen pairs carry a mentee's rise to her mentor; the ground carries it to everybody with room
        entry, _begin = expand(taken_start, columns)
        edge = by_mentee[entry]
        rows = _lower(x, pool.i[edge], pool.points[edge] - y[pool.j[edge]])
        before_x, before_y = ground_x, ground_y
        ground_y = max(ground_y, int(y[columns[room_v[columns]]].max(initial=-_FAR)))
        ground_x = min(ground_x, int(x[rows[free_u[rows]]].min(initial=_FAR)))
        if may_shrink and ground_x < _FAR:
            ground_y = max(ground_y, -ground_x)
        if may_grow and ground_y > -_FAR:
            ground_x = min(ground_x, -ground_y)
        fall = np.flatnonzero(room_u & (x > ground_x)) if ground_x < before_x else none
        rise = np.flatnonzero(free_v & (y < ground_y)) if ground_y > before_y else none
        x[fall], y[rise] = ground_x, ground_y
        # every pair not chosen carries a mentor's fall to the mentee
        rows = distinct(np.concatenate([rows, fall])) if len(fall) else rows
        edge, _begin = expand(pool.start, rows)
        edge = edge[~chosen[edge]]
        columns = _raise(y, pool.j[edge], pool.points[edge] - x[pool.i[edge]])
        columns = distinct(np.concatenate([rise, columns])) if len(rise) else columns
        if not len(columns):
            # nothing holds a mentor without pairs where their number is settled: a price that no score beats will do
            x[x == _FAR] = SCALE - int(y.min(initial=0))
            return Prices(x, y, *_grounds(x, y, ground_x, ground_y, room_u, free_v, settled))
    raise SolverError("the plan is not the best of its pool: its prices do not settle")


def _lower(x: IntArray, where: IntArray, to: IntArray) -> IntArray:
    less = np.flatnonzero(to < x[where])
    np.minimum.at(x, where[less], to[less])
    return distinct(where[less])


def _raise(y: IntArray, where: IntArray, to: IntArray) -> IntArray:
    more = np.flatnonzero(to > y[where])
    np.maximum.at(y, where[more], to[more])
    return distinct(where[more])


def _grounds(
    x: IntArray, y: IntArray, ground_x: int, ground_y: int, room_u: BoolArray, free_v: BoolArray, settled: bool
) -> tuple[int, int]:
    """Settle a ground that nothing fixed: no lower than any mentor with room, nor higher than a mentee who may go."""
    least = int(x[room_u].max(initial=-_FAR))
    most = int(y[free_v].min(initial=_FAR))
    if ground_x == _FAR:
        opposite = most if ground_y == -_FAR else ground_y
        ground_x = least if settled else max(least, -opposite)
        ground_x = 0 if ground_x == -_FAR else ground_x
    if ground_y == -_FAR:
        ground_y = min(most, 0) if settled else -ground_x
    return int(ground_x), int(ground_y)
