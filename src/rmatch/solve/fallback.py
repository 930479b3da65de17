"""What can be said when the time is over at once: a lawful plan, and a bound that holds for every plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch._util.deadline import unlimited
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Pool
from rmatch.problem.model import Model
from rmatch.problem.partner_types import NO_TOLLS
from rmatch.solve.backends import Hint
from rmatch.solve.column_generation import Proof, best_plan
from rmatch.solve.cover import Cover, settle
from rmatch.solve.duals import Prices
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import best_first
from rmatch.valuation import Worth

_EACH = 4  # partners that everybody of the larger side is tried with
_ROUNDS = 64


def hasty(model: Model, kernel: Kernel, bounds: Bounds) -> Proof:
    """Return a lawful plan of good pairs, found without looking at many, and the bound that no score exceeds 1.

    The canonical order is random, so partners at fixed distances in it are drawn by lot; the best are taken first.
    Where somebody must have pairs, a plan for that is found however long it takes. Raises ShortageError where there is
    none.
    """
    pool = drawn(model)
    if any(least.any() for least in bounds.minimum):
        with unlimited():
            pool, _ = settle(kernel, replace(bounds, most_pairs=False), pool, np.zeros(bounds.shape[1], np.int64))
            nothing = Hint(*(np.zeros(size, np.int64) for size in bounds.shape))
            chosen = best_plan(pool, replace(bounds, most_pairs=False), Worth(each=-model.floor), None, nothing)
        return plain_proof(pool.only(np.flatnonzero(chosen)), bounds, model.floor)
    pool = pool.only(pool.points > (-1 if bounds.most_pairs else model.floor))
    order = best_first(np.zeros(len(pool), np.int64), pool.points, pool.i, pool.j)
    taken = order[_greedy(pool.i[order], pool.j[order], bounds)]
    return plain_proof(pool.only(np.sort(taken)), bounds, model.floor)


def drawn(model: Model) -> Pool:
    """A few eligible pairs of everybody, found without looking at many."""
    m, n = model.shape
    person = np.arange(max(m, n) if min(m, n) else 0)
    shifts = np.unique(np.linspace(0, min(m, n), _EACH, endpoint=False).astype(np.int64))
    partner = np.concatenate([(person + shift) % max(min(m, n), 1) for shift in shifts])
    person = np.tile(person, len(shifts))
    i, j = (person, partner) if m >= n else (partner, person)
    points = model.points(i, j)
    fine = model.eligibility.open(i, j, points)
    return Pool.of(i[fine], j[fine], points[fine], model.shape)


def plain_proof(plan: Pool, bounds: Bounds, floor: int) -> Proof:
    """What is true of any lawful plan: no plan exceeds the best score there is for everybody of the scarcer side."""
    scarce = int(bounds.capacity[1].sum() < bounds.capacity[0].sum())
    x, y = (np.full(size, SCALE - floor if side == scarce else 0) for side, size in enumerate(bounds.shape))
    prices = Prices(x, y, 0, 0)
    bound = prices.bound(bounds, (len(plan), len(plan)) if bounds.most_pairs else bounds.span)
    cover = Cover.of_a_full_side(bounds, plan.i) if bounds.most_pairs and len(plan) == bounds.room else None
    worth, far = plan.points - floor, (np.full(bounds.shape[0], SCALE), np.zeros(bounds.shape[1], np.int64))
    return Proof(plan.i, plan.j, worth, prices, NO_TOLLS, cover, int(worth.sum()), bound, 0, plan, far)


def _greedy(i: IntArray, j: IntArray, bounds: Bounds) -> IntArray:
    """Positions of the pairs that are taken, the first ones first; a round takes what comes first for both people."""
    room = [most.copy() for most in bounds.capacity]
    open_, taken = np.arange(len(i)), [np.zeros(0, np.int64)]
    for _ in range(_ROUNDS):
        open_ = open_[(room[0][i[open_]] > 0) & (room[1][j[open_]] > 0)]
        if not len(open_):
            break
        now = _first(i[open_], len(room[0])) & _first(j[open_], len(room[1]))
        taken.append(open_[now])
        for left, side in zip(room, (i, j), strict=True):
            left[side[open_[now]]] -= 1
        open_ = open_[~now]
    return np.concatenate(taken)


def _first(people: IntArray, size: int) -> BoolArray:
    """Which entries are the first of their person."""
    place = np.arange(len(people))
    first = np.zeros(size, np.int64)
    first[people[::-1]] = place[::-1]
    earliest: BoolArray = first[people] == place
    return earliest
