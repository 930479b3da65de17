"""A plan from an integer program on the few pairs that a plan better than the known one could hold.

A pair that falls short of its prices by more than the gap is in no better plan (reduced-cost fixing), so the others
are enough. What the solver says of bounds is not used: a plan is measured, and its bound is what prices prove.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.engines import integer_program, patience
from rmatch.factors import SCALE
from rmatch.ladder.multipliers import Bounded, Plan, Task
from rmatch.loop.folds import Harvest
from rmatch.pool import UNLIMITED, Pool
from rmatch.worth import Worth

SMALL = 160_000
"""Pairs of people up to which the program is tried at once, or where no plan is known."""
MOST, UNKNOWN = 3_000, 40_000
"""Pairs up to which it is tried where a plan is known, and where none is."""
FEW = 1_000
"""Pairs up to which it decides at once; among more, a better plan is looked for first, so that fewer could matter."""
NODES = 20_000


def closed(found: Bounded, best: Plan | None) -> Plan | None:
    """Return the best plan that the integer program finds, or the known one; None where there is none."""
    task = found.task
    pairs = _left(found, best)
    if pairs is None or not len(pairs):
        return best
    layers = _layers(task, pairs)
    value = _valued(task.worth, pairs, layers)
    unit = float(max(np.abs(value).max(initial=1), 1))
    answer = integer_program(value / unit, *_program(task, pairs, layers), NODES, patience())
    if answer is not None and answer[1] is not None:
        plan = task.plan(pairs.only(answer[1][: len(pairs)]))
        if plan.fits and (best is None or plan.worth >= best.worth):
            return plan
    return best


def few(found: Bounded, best: Plan | None) -> bool:
    """Whether so few pairs could be in a better plan that the program may decide among them at once.

    Of many people they are not counted: below a poor plan there may be most of all pairs.
    """
    if int(np.prod(found.task.pool.shape)) > SMALL:
        return False
    pairs = _left(found, best)
    return pairs is not None and len(pairs) <= FEW


def _left(found: Bounded, best: Plan | None) -> Pool | None:
    """The pairs that could be in a better plan; None where they are too many."""
    task = found.task
    (m, n), worth = task.pool.shape, task.combined(found.prices)
    gap = found.bound - best.worth if best is not None else 1 << 40
    if best is None and m * n > SMALL:
        return None
    kernel = task.kernel.under(worth)
    x = np.maximum(found.proof.prices.x - worth.each - gap - 1, -4 * SCALE - worth.reach)
    empty = Pool.empty((m, n))
    y = found.proof.prices.y
    kept = kernel.scan(kernel.priced(x, y), Harvest(kernel.outside(empty, x, y), n, m))
    if len(kept.i) > (UNKNOWN if best is None else MOST):
        return None
    pairs = Pool.of(kept.i, kept.j, task.kernel.scores(kept.i, kept.j), (m, n))
    listed = task.pool.only(~pairs.has(task.pool.i, task.pool.j)) if worth.listed is not None else empty
    pairs = pairs.plus(listed.i, listed.j, listed.points)
    if best is not None:
        pairs = pairs.plus(best.pairs.i, best.pairs.j, best.pairs.points)
    return pairs


@dataclass(frozen=True, eq=False)
class _Layer:
    """The ``number``-th pair of each ``person`` of a side on which numbers of pairs are worth something."""

    side: int
    person: IntArray
    number: IntArray


def _layers(task: Task, pairs: Pool) -> list[_Layer]:
    found = []
    for side, people in enumerate((pairs.i, pairs.j)):
        if any(worth.gains[side] is not None for worth in (task.worth, *(row.worth for row in task.rows))):
            most = np.minimum(task.bounds.capacity[side], np.bincount(people, minlength=pairs.shape[side]))
            person = np.repeat(np.arange(len(most)), most)
            found.append(_Layer(side, person, np.arange(len(person)) - np.repeat(np.cumsum(most) - most, most)))
    return found


def _valued(worth: Worth, pairs: Pool, layers: list[_Layer]) -> IntArray:
    """What each pair adds, and then each layer: gains fall with the number, so the earlier layers are filled first."""
    parts = [worth.of(pairs.i, pairs.j, pairs.points, pairs.shape[1])]
    for layer in layers:
        gain = worth.gains[layer.side]
        nothing = np.zeros(len(layer.person), np.int64)
        parts.append(nothing if gain is None else gain.take(layer.person).next(layer.number))
    return np.concatenate(parts)


def _program(
    task: Task, pairs: Pool, layers: list[_Layer]
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray]:
    """The bounds and rows as a matrix by (row, column, entry), and what each row may be."""
    bounds, number = task.bounds, np.arange(len(pairs))
    rows: list[IntArray] = []
    columns: list[IntArray] = []
    entries: list[FloatArray] = []
    low: list[FloatArray] = []
    high: list[FloatArray] = []

    def add(own: IntArray, which: IntArray, entry: IntArray | FloatArray, least: IntArray, most: IntArray) -> None:
        rows.append(own + sum(len(part) for part in low))
        columns.append(which)
        entries.append(entry.astype(float))
        low.append(np.asarray(least, float))
        high.append(np.where(np.asarray(most) >= UNLIMITED, np.inf, np.asarray(most, float)))

    one = np.ones(len(pairs))
    for side, people in enumerate((pairs.i, pairs.j)):
        add(people, number, one, bounds.minimum[side], bounds.capacity[side])
        tree = bounds.trees[side]
        before, inside = sum(len(part) for part in low), tree.of[people]
        while (some := np.flatnonzero(inside > 0)).size:
            rows.append(before + inside[some] - 1)
            columns.append(number[some])
            entries.append(one[some])
            inside = np.where(inside > 0, tree.parent[inside], 0)
        none = np.zeros(0, np.int64)
        add(none, none, none, tree.least[1:], tree.most[1:])
    least, most = bounds.span
    add(0 * number, number, one, np.array([least]), np.array([most]))
    for side, half in enumerate(bounds.halves or ()):
        if half is not None:
            own, other = (pairs.i, pairs.j) if side == 0 else (pairs.j, pairs.i)
            some = np.flatnonzero(half.kind[other] >= 0)
            add(
                own[some] * half.kinds + half.kind[other[some]],
                number[some],
                one[some],
                0 * half.most.ravel(),
                half.most.ravel(),
            )
    first = len(pairs)
    for layer in layers:  # as many layers are filled as somebody has pairs
        people, size = (pairs.i, pairs.j)[layer.side], pairs.shape[layer.side]
        own = np.concatenate([people, layer.person])
        which = np.concatenate([number, first + np.arange(len(layer.person))])
        sign = np.concatenate([one, -np.ones(len(layer.person))])
        add(own, which, sign, np.zeros(size, np.int64), np.zeros(size, np.int64))
        first += len(layer.person)
    for row in task.rows:
        value = _valued(row.worth, pairs, layers)
        unit = float(max(np.abs(value).max(initial=1), 1)) if row.unit > 1 else 1.0
        add(np.zeros(first, np.int64), np.arange(first), value / unit, np.array([row.least / unit]), np.array([np.inf]))
    entry = np.concatenate(entries)
    used = np.flatnonzero(entry)
    made = np.concatenate(rows)[used].astype(np.int64), np.concatenate(columns)[used].astype(np.int64), entry[used]
    return *made, np.concatenate(low), np.concatenate(high)
