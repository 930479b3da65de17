"""Root relaxation: the linear program over all pairs, by column generation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import BoolArray, IntArray
from rmatch.solve.branch_and_bound.likely import likely_prices
from rmatch.solve.branch_and_bound.program import DEAREST, Basis, LinearProgram
from rmatch.solve.branch_and_bound.stage import StageProblem

_EACH = 3
"""Best partners of each person that join at once, and with which a program that counts starts."""
_LIKELY = 6
"""Likeliest partners of each person with which any other program starts."""

_FAR = 1 << 61


@dataclass(frozen=True, eq=False)
class Root:
    """Duals of a stage and what follows from them.

    Args:
        prices: Duals, ``(people + 1 + rows,)`` int64.
        bound: Dual bound in units of ``1 / scale``.
        excess: Reduced value of every pair, ``(mentors, mentees)`` int64.
        near: Pairs that the program contains, ``(mentors, mentees)`` bool.
        plan: The solution, where it is integral.
        possible: Whether the solution violates no row.
        tight: The bound with rounded rows, where the number of pairs is settled.
        basis: Where the solution rests, if there is one.
    """

    prices: IntArray
    bound: int
    excess: IntArray
    near: BoolArray
    plan: tuple[IntArray, IntArray] | None
    possible: bool
    tight: int
    basis: Basis | None

    def reach(self, bound: int) -> IntArray:
        """Return the bound of plans that contain each pair, given a bound of all plans; clipped to int64."""
        return min(max(bound, -_FAR), _FAR) + np.minimum(self.excess, 0)


def first_pairs(stage: StageProblem) -> BoolArray:
    """Return the initial pairs: each person's likeliest, and locked ones; where pairs are counted, each person's best,
    of all and of those that count in a row.
    """
    instance = stage.instance
    near = instance.locked.copy()
    if not stage.flat:
        excess = stage.excess(likely_prices(stage))
        low = int(excess.min(initial=0)) - 1
        return near | _best(np.where(instance.eligible, excess, low), low, _LIKELY)
    scores = stage.values if stage.values.any() else instance.points
    low = int(scores.min(initial=0)) - 1
    valued = np.where(instance.eligible, scores, low)
    near |= _best(valued, low)
    for grid in {id(p.grid): p.grid for line in stage.lines.lines for p in line.pieces if p.grid is not None}.values():
        if grid is not stage.values and grid.dtype == np.int8 and np.count_nonzero(grid) < 0.9 * grid.size:
            near |= _best(np.where(grid > 0, valued, low), low)
    return near


def _best(valued: IntArray, low: int, each: int = _EACH) -> BoolArray:
    """Each mentor's and each mentee's best pairs among those valued above ``low``."""
    found = np.zeros(valued.shape, bool)
    for axis in (0, 1):
        size = valued.shape[axis]
        k = min(each, size)
        if k and valued.size:
            best = np.argpartition(valued, size - k, axis).take(range(size - k, size), axis)
            np.put_along_axis(found, best, True, axis)
    best_too: BoolArray = found & (valued > low)
    return best_too


def best_of(i: IntArray, j: IntArray, value: IntArray) -> BoolArray:
    """Return which of some pairs are each mentor's and each mentee's best, ``(pairs,)`` bool."""
    chosen = np.zeros(len(i), bool)
    for who in (i, j):
        order = np.lexsort((-value, who))
        rank = np.arange(len(i)) - np.searchsorted(who[order], who[order])
        chosen[order[rank < _EACH]] = True
    return chosen


def root(stage: StageProblem, near: BoolArray | None = None, *, patient: bool = True) -> Root:
    """Solve the linear program of a stage; where the time is over, return the duals so far.

    Args:
        stage: The stage.
        near: Initial pairs; :func:`first_pairs` if None.
        patient: If False, a row that is violated at a low penalty counts as infeasible.
    """
    instance = stage.instance
    near = first_pairs(stage) if near is None else near & instance.eligible | instance.locked
    prices = np.zeros(sum(stage.shape) + 1 + stage.lines.size, np.int64)
    plan, possible, basis = None, True, None
    sides = zip(instance.minimum, instance.capacity, strict=True)
    if stage.lines.contradictory(stage.lines.span) or any(
        (least > most).any() for least, most in sides
    ):  # no linear program is made of bounds that contradict each other
        return _priced(stage, prices, near, None, False, None)
    try:
        program = LinearProgram(stage, *np.nonzero(near))
        tilted = stage.flat
        program.tilt(tilted)
        while True:
            solution = program.solve(coarser=True)
            if solution is None:
                break
            prices, possible = solution.prices, solution.missing < 1e-6
            excess = stage.excess(prices)
            bad = instance.eligible & ~near & (excess > stage.scale // 2)
            if not bad.any() and tilted:
                tilted = False
                program.tilt(False)
                program.dual(False)
                continue
            if not bad.any():
                if possible or not patient or program.price > DEAREST or not stage.largest:
                    plan, basis = _whole(program, program.x()) if possible else None, program.rests()
                    break
                program.dearer(16)
                program.dual(False)
                continue
            i, j = np.nonzero(bad)
            new = best_of(i, j, excess[i, j])
            near[i[new], j[new]] = True
            program.add(i[new], j[new])
            program.dual(False)
    except TimeUpError:
        pass
    return _priced(stage, prices, near, plan, possible, basis)


def _whole(program: LinearProgram, x: np.ndarray) -> tuple[IntArray, IntArray] | None:
    if (np.abs(x - np.rint(x)) > 1e-6).any():
        return None
    i, j = program.i[x > 0.5], program.j[x > 0.5]
    return (i, j) if program.stage.lines.kept(i, j) else None


def _priced(
    stage: StageProblem,
    prices: IntArray,
    near: BoolArray,
    plan: tuple[IntArray, IntArray] | None,
    possible: bool,
    basis: Basis | None,
) -> Root:
    """The bound at given duals; mentors of one pair are priced at their best pair."""
    prices = prices.copy()
    m, n = stage.shape
    prices[m + n] = 0
    y = prices[m + n + 1 :]
    excess = stage.excess(prices)
    if m and n and stage.combined(y, 0) is None:
        best = np.max(excess, axis=1, where=stage.instance.eligible, initial=-(1 << 61))
        one = (stage.instance.capacity[0] == 1) & ~stage.instance.locked.any(1) & (stage.instance.minimum[0] == 0)
        change = np.where(one, np.maximum(best, -prices[:m]), 0)
        prices[:m] += change
        excess -= change[:, None]
    bound = stage.bound(prices, excess)
    loose = stage.row_value(y, stage.lines.low, stage.lines.high)
    tight = bound - loose + stage.row_value(y, *stage.lines.rounded(stage.lines.span))
    return Root(prices, bound, excess, near, plan, possible, min(tight, bound), basis)
