"""Groups of people whom no pair of the pool connects are solved apart, each by the plainest solver that suits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.problem.bounds import Bounds, Pool
from rmatch.solve.backends._flow import Solver, choose
from rmatch.valuation import FREE, Gains

_FEW = 1 << 14  # pairs; groups are gathered until they have as many, so that nothing is solved in crumbs


@dataclass(frozen=True, eq=False)
class Hint:
    """Prices near the answer, mentors' and mentees', in points."""

    x: IntArray
    y: IntArray


def solve(
    pool: Pool, bounds: Bounds, paired: IntArray | None, worth: IntArray, hint: Hint, gains: Gains = FREE
) -> BoolArray:
    """Mark a plan of the greatest worth on the pool.

    ``worth`` is each pair's, in points; ``paired`` how many pairs each mentor has in some plan with the most pairs,
    None where any number of pairs may be made. The most pairs of a group are those of its own mentors in that plan.
    ``gains`` is what numbers of pairs are worth to people. Raises SolverError where the pool holds no such plan.
    """
    if not bounds.plain:  # bounds on many together connect them all
        pairs = bounds.span[0] if bounds.span[0] == bounds.span[1] else None
        return _solved(choose(bounds, pairs, gains), pool, bounds, pairs, hint.x[pool.i] + hint.y[pool.j], worth, gains)
    chosen = np.zeros(len(pool), bool)
    for edges, mentors, mentees in _groups(pool):
        place = np.zeros(pool.shape[0], np.int64), np.zeros(pool.shape[1], np.int64)
        place[0][mentors], place[1][mentees] = np.arange(len(mentors)), np.arange(len(mentees))
        i, j = place[0][pool.i[edges]], place[1][pool.j[edges]]
        part = Pool(i, j, worth[edges], (len(mentors), len(mentees)))
        some = Bounds(
            (bounds.capacity[0][mentors], bounds.capacity[1][mentees]),
            (bounds.minimum[0][mentors], bounds.minimum[1][mentees]),
            bounds.most_pairs,
        )
        pairs = None if paired is None else int(paired[mentors].sum())
        own = gains[0] and gains[0].take(mentors), gains[1] and gains[1].take(mentees)
        shift = hint.x[mentors][i] + hint.y[mentees][j]
        chosen[edges] = _solved(choose(some, pairs, own), part, some, pairs, shift, part.points, own)
    return chosen


def _solved(
    solver: Solver,
    pool: Pool,
    bounds: Bounds,
    pairs: int | None,
    shift: IntArray,
    worth: IntArray,
    gains: Gains,
) -> BoolArray:
    found = solver.solve(pool, bounds, pairs, (shift if solver.shifts else 0) - worth, gains)
    if found is None:
        raise SolverError("the pool lost a plan that it was proved to hold")
    return found


def _groups(pool: Pool) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """The pool cut where nothing connects it: positions of pairs, and the mentors and mentees in them, ascending."""
    label = components(pool)[pool.i]
    names, size = np.unique(label, return_counts=True)
    batch = np.cumsum(size) // _FEW  # neighbours in number, and so whole groups, share a batch
    own = batch[np.searchsorted(names, label)]
    for number in distinct(batch):
        edges = np.flatnonzero(own == number) if len(names) > 1 else np.arange(len(pool))
        yield edges, distinct(pool.i[edges]), distinct(pool.j[edges])


def components(pool: Pool) -> IntArray:
    """Return for each mentor the smallest mentor whom pairs of the pool connect with her.

    Every mentor hooks her group's root below the smallest that a shared mentee knows, and paths are halved, until
    nothing moves (Shiloach and Vishkin 1982).
    """
    root = np.arange(pool.shape[0])
    while True:
        least = np.full(pool.shape[1], pool.shape[0])
        np.minimum.at(least, pool.j, root[pool.i])
        before = root.copy()
        np.minimum.at(root, root[pool.i], least[pool.j])
        while not np.array_equal(root, root[root]):
            root = root[root]
        if np.array_equal(root, before):
            return root
