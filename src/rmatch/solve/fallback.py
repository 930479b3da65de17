"""Greedy fallback for when the time is over at once: a feasible plan and a bound that is valid for every plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch._util.deadline import unlimited
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.model import Model
from rmatch.problem.partner_types import NO_TYPE_DUALS
from rmatch.solve.backends import Hint
from rmatch.solve.column_generation import Proof, best_plan
from rmatch.solve.cover import Cover, settle
from rmatch.solve.duals import Prices
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import best_first
from rmatch.valuation import Valuation

_EACH = 4  # partners tried for each person of the larger side
_ROUNDS = 64


def greedy_plan(model: Model, kernel: Kernel, bounds: Bounds) -> Proof:
    """Return a feasible plan of good pairs from a small sample, with the bound that no score exceeds 1.

    The canonical order is random, so partners at fixed distances in it are random partners; the best pairs are taken
    first. Where people must have pairs, such a plan is found however long it takes.

    Args:
        model: The model.
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds on numbers of pairs.

    Raises:
        ShortageError: Least numbers of pairs cannot be met.
    """
    candidates = drawn(model)
    if any(least.any() for least in bounds.minimum):
        with unlimited():
            candidates, _ = settle(
                kernel, replace(bounds, most_pairs=False), candidates, np.zeros(bounds.shape[1], np.int64)
            )
            nothing = Hint(*(np.zeros(size, np.int64) for size in bounds.shape))
            chosen = best_plan(
                candidates, replace(bounds, most_pairs=False), Valuation(each=-model.floor), None, nothing
            )
        return with_plain_bound(candidates.only(np.flatnonzero(chosen)), bounds, model.floor)
    candidates = candidates.only(candidates.points > (-1 if bounds.most_pairs else model.floor))
    order = best_first(np.zeros(len(candidates), np.int64), candidates.points, candidates.i, candidates.j)
    taken = order[_greedy(candidates.i[order], candidates.j[order], bounds)]
    return with_plain_bound(candidates.only(np.sort(taken)), bounds, model.floor)


def drawn(model: Model) -> Candidates:
    """Return a few random eligible pairs of each person."""
    m, n = model.shape
    person = np.arange(max(m, n) if min(m, n) else 0)
    shifts = np.unique(np.linspace(0, min(m, n), _EACH, endpoint=False).astype(np.int64))
    partner = np.concatenate([(person + shift) % max(min(m, n), 1) for shift in shifts])
    person = np.tile(person, len(shifts))
    i, j = (person, partner) if m >= n else (partner, person)
    points = model.points(i, j)
    fine = model.eligibility.open(i, j, points)
    return Candidates.of(i[fine], j[fine], points[fine], model.shape)


def with_plain_bound(plan: Candidates, bounds: Bounds, floor: int) -> Proof:
    """Return a plan with the trivial bound: each person of the scarcer side has pairs of the best possible score.

    Args:
        plan: Pairs of a feasible plan.
        bounds: Bounds on numbers of pairs.
        floor: Points subtracted for each pair.
    """
    scarce = int(bounds.capacity[1].sum() < bounds.capacity[0].sum())
    x, y = (np.full(size, SCALE - floor if side == scarce else 0) for side, size in enumerate(bounds.shape))
    prices = Prices(x, y, 0, 0)
    bound = prices.bound(bounds, (len(plan), len(plan)) if bounds.most_pairs else bounds.span)
    cover = Cover.of_a_full_side(bounds, plan.i) if bounds.most_pairs and len(plan) == bounds.max_pairs else None
    value, far = plan.points - floor, (np.full(bounds.shape[0], SCALE), np.zeros(bounds.shape[1], np.int64))
    return Proof(plan.i, plan.j, value, prices, NO_TYPE_DUALS, cover, int(value.sum()), bound, 0, plan, far)


def _greedy(i: IntArray, j: IntArray, bounds: Bounds) -> IntArray:
    """Positions of the pairs taken; each round takes the pairs that come first for both people."""
    max_pairs = [most.copy() for most in bounds.capacity]
    open_, taken = np.arange(len(i)), [np.zeros(0, np.int64)]
    for _ in range(_ROUNDS):
        open_ = open_[(max_pairs[0][i[open_]] > 0) & (max_pairs[1][j[open_]] > 0)]
        if not len(open_):
            break
        now = _first(i[open_], len(max_pairs[0])) & _first(j[open_], len(max_pairs[1]))
        taken.append(open_[now])
        for left, side in zip(max_pairs, (i, j), strict=True):
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
