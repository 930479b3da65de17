"""Circles: who has none or several pairs. Multipliers for a bound, and plans by opening and closing mentors.

With a price for every mentee, each mentor by themself has no pair, or their best pairs in a number that they may have.
A subgradient method looks for prices at which the sum of these is small: no plan is worth more. The mentors who have
pairs there are opened, a flow finds the best plan of theirs, and further mentors are opened and closed one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.solve.backends import cheapest_flow
from rmatch.solve.branch_and_bound.stage import StageProblem

Pairs = tuple[IntArray, IntArray]

_FAR = 1e6
_THIRD = 3
"""Prices begin at each mentee's third best score."""
_WORK = 20_000_000
"""Pairs looked at for multipliers, in all."""
_STEPS = (30, 240)
"""Fewest and most steps towards better multipliers."""
_PATIENCE = 8
"""Steps without progress after which steps become shorter."""
_NEAR = 24
"""Steps around the best multipliers, from which plans are made."""
_ARCS = 1_500_000
"""Arcs of all flows together."""
_FLOWS = (40, 160)
"""Fewest and most flows."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What is best at some prices.

    Args:
        value: No plan is worth more, in largest pairs.
        mentees, number: Prices of the mentees, ``(mentees,)``, and of the number of pairs.
        best: What each mentor contributes with some pairs, ``(mentors,)``.
        made: The pairs that contribute, ``(mentors, mentees)`` bool.
        slope: Change of the value with the mentees' prices, ``(mentees,)``, and with that of the number.
    """

    value: float
    mentees: FloatArray
    number: float
    best: FloatArray
    made: BoolArray
    slope: tuple[FloatArray, float]


class Circles:
    """The mentors' choices at prices of the mentees and of the number of pairs; other rows keep their multipliers.

    Args:
        stage: The stage; some of its mentors have none or several pairs.
        prices: Duals of the linear program, ``(people + 1 + rows,)`` int64.
    """

    def __init__(self, stage: StageProblem, prices: IntArray) -> None:
        self.stage, (m, n) = stage, stage.shape
        self.prices, instance = prices.copy(), stage.instance
        self.prices[: m + n + 1] = 0
        lines = [x for x in stage.lines.lines if x.pattern == (1, 0) and x.each is None and not any(x.loads)]
        settled = [line for line in lines if int(line.low[0]) == int(line.high[0])]
        self.row = m + n + 1 + settled[0].start if settled else m + n
        self.pairs = int(settled[0].low[0]) if settled else None
        self.prices[self.row] = 0
        self.unit = float(max(stage.largest, 1) * stage.scale)
        self.base = np.where(instance.eligible, stage.excess(self.prices) / self.unit, -_FAR)
        self.most = int(min(stage.max_pairs[0].max(initial=1), n))
        number = np.arange(1, self.most + 1)
        few, many = np.maximum(instance.fewest[0], instance.minimum[0]), instance.capacity[0]
        self.barred = (number < few[:, None]) | (number > many[:, None])
        self.full = self.pairs == int(instance.capacity[1].sum())  # every mentee has as many pairs as they may
        self.idle = np.where(instance.minimum[0] > 0, -_FAR, 0.0)
        third = max(m - _THIRD, 0)
        self.first = self.at(np.clip(np.partition(self.base, third, axis=0)[third], -1.0, 1.0), 0.0)

    def at(self, mentees: FloatArray, number: float) -> Relaxed:
        """Return what is best at some prices."""
        n, instance = self.stage.shape[1], self.stage.instance
        excess = self.base - mentees - number
        top = np.argpartition(excess, n - self.most, axis=1)[:, n - self.most :]
        value = np.take_along_axis(excess, top, 1)
        order = np.argsort(-value, axis=1)
        top, value = np.take_along_axis(top, order, 1), np.take_along_axis(value, order, 1)
        sums = np.where(self.barred, -_FAR, np.cumsum(value, axis=1))
        size = np.argmax(sums, axis=1)
        best = np.take_along_axis(sums, size[:, None], 1)[:, 0]
        some = best > self.idle
        chosen = (np.arange(self.most) <= size[:, None]) & some[:, None]
        made = np.zeros(excess.shape, bool)
        np.put_along_axis(made, top, chosen, 1)
        load = np.where((mentees > 0) | self.full, instance.capacity[1], instance.minimum[1])
        total = float(np.maximum(best, self.idle).sum() + mentees @ load + number * (self.pairs or 0))
        slope = load - made.sum(0), 0.0 if self.pairs is None or self.full else float(self.pairs - made.sum())
        return Relaxed(total, mentees, number, best, made, slope)

    def lowered(self) -> Relaxed:
        """Return prices with a small value, by a subgradient method with ever shorter steps."""
        best = here = self.first
        short, since = 1.0, 0
        for _ in range(int(np.clip(_WORK // max(self.base.size, 1), *_STEPS))):
            here = self._step(here, short, here.value - (1 - 0.01 * short) * best.value, 0.01 * best.value)
            since += 1
            if here.value < best.value:
                best, since = here, 0
            elif since >= _PATIENCE:
                here, short, since = best, 0.6 * short, 0
        return best

    def _step(self, here: Relaxed, short: float, above: float, least: float) -> Relaxed:
        """Prices a step further down; a price of the number of pairs is one of all mentees together."""
        (people, number), n = here.slope, len(here.mentees)
        length = short * 0.3 * max(above, abs(least)) / max(float(people @ people) + number * number / n, 1.0)
        return self.at(here.mentees - length * people, here.number - length * number / n)

    def around(self, best: Relaxed) -> Iterator[Relaxed]:
        """Yield what is best at prices near ``best``."""
        here = best
        for _ in range(_NEAR):
            yield here
            here = self._step(here, 0.3, here.value - best.value, 0.003 * best.value)

    def duals(self, found: Relaxed) -> IntArray:
        """Return the prices as duals of the stage, ``(people + 1 + rows,)`` int64."""
        m, n = self.stage.shape
        prices = self.prices.copy()
        prices[m : m + n] = np.rint(found.mentees * self.unit)
        prices[self.row] = round(found.number * self.unit)
        return prices


class Opening:
    """Plans of some mentors, each by a flow, and the best of them."""

    def __init__(self, circles: Circles) -> None:
        self.circles, self.stage, instance = circles, circles.stage, circles.stage.instance
        self.plan: Pairs | None = None
        self.value = 0
        self.opened: frozenset[int] = frozenset()
        self.tried: set[frozenset[int]] = set()
        self.left = _ARCS
        self.needed = frozenset(np.flatnonzero((instance.minimum[0] > 0) | instance.locked.any(1)).tolist())
        self.may = frozenset(np.flatnonzero(instance.capacity[0] >= instance.fewest[0]).tolist())
        self.dear = 4 * (self.stage.largest + 1)

    def over(self) -> bool:
        """Whether there were enough flows."""
        flows = len(self.tried)
        return flows >= _FLOWS[1] or (self.left < 0 and flows >= _FLOWS[0])

    def offer(self, mentors: frozenset[int]) -> bool:
        """Keep the best plan in which exactly these mentors have pairs, where it is better than the best so far."""
        mentors = (mentors | self.needed) & self.may
        if mentors in self.tried or self.over():
            return False
        self.tried.add(mentors)
        plan = self._flow(np.array(sorted(mentors), np.int64))
        if plan is None or not self.stage.lines.kept(*plan):
            return False
        value = self.stage.value(*plan)
        if self.plan is not None and value <= self.value:
            return False
        self.plan, self.value, self.opened = plan, value, mentors
        return True

    def _flow(self, rows: IntArray) -> Pairs | None:
        """The best pairs of some mentors, each with some; None where numbers of pairs rule it out."""
        instance, n, k = self.stage.instance, self.stage.shape[1], len(rows)
        few = np.maximum(instance.fewest[0], instance.minimum[0])[rows]
        many = instance.capacity[0][rows]
        least, most = instance.minimum[1], instance.capacity[1]
        number = int(min(many.sum(), most.sum())) if self.circles.pairs is None else self.circles.pairs
        if not few.sum() <= number <= many.sum() or not least.sum() <= number <= most.sum():
            return None
        i, j = np.nonzero(instance.eligible[rows])
        self.left -= len(i)
        pool, sink, spare = k + n, k + n + 1, self.circles.pairs is None
        tail = [i, np.full(k, pool), k + np.arange(n), np.full(int(spare), pool)]
        head = [k + j, np.arange(k), np.full(n, sink), np.full(int(spare), sink)]
        room = [np.ones(len(i), np.int64), many - few, most - least, np.full(int(spare), number)]
        cost = np.zeros(sum(map(len, tail)), np.int64)
        cost[: len(i)] = -self.stage.values[rows[i], j] - self.dear * instance.locked[rows[i], j]
        supply = np.concatenate([few, -least, [number - few.sum(), least.sum() - number]])
        ends = [np.concatenate(x).astype(np.int64) for x in (tail, head, room)]
        flow = cheapest_flow(ends[0], ends[1], ends[2], cost, supply)
        if flow is None:
            return None
        made = flow[: len(i)] > 0
        return rows[i[made]], j[made]

    def improve(self, best: Relaxed) -> None:
        """Open, close and exchange mentors until nothing helps; first what is worth most at the prices, if that is more
        than the best plan.
        """
        own, unit = best.best, self.stage.scale / self.circles.unit
        rest = best.value - float(np.maximum(own, self.circles.idle).sum())
        while self.plan is not None and not self.over():
            opened, closed = sorted(self.opened), np.array(sorted(self.may - self.opened), np.int64)
            more = own[closed], -own[opened]
            gain = np.concatenate([more[0], more[1], np.add.outer(*more).ravel()])
            worth = rest + float(own[opened].sum()) + gain
            order = np.argsort(-worth, kind="stable")
            hopeful = order[worth[order] > self.value * unit][: _FLOWS[1]].tolist()
            if not any(self.offer(self._moved(move, opened, closed)) for move in hopeful):
                return

    def _moved(self, move: int, opened: list[int], closed: IntArray) -> frozenset[int]:
        """The mentors after a move: one more, one fewer, or one for another."""
        if move < len(closed):
            return self.opened | {int(closed[move])}
        if move < len(closed) + len(opened):
            return self.opened - {opened[move - len(closed)]}
        one, other = divmod(move - len(closed) - len(opened), len(opened))
        return self.opened - {opened[other]} | {int(closed[one])}


def guessed(stage: StageProblem, prices: IntArray) -> tuple[IntArray, BoolArray, Pairs | None]:
    """Return better duals of a stage with circles, the pairs that are best near them, ``(mentors, mentees)`` bool, and
    a plan that keeps every row, or None.

    Args:
        stage: The stage.
        prices: Duals of the linear program, ``(people + 1 + rows,)`` int64.
    """
    circles = Circles(stage, prices)
    best, opening = circles.lowered(), Opening(circles)
    pairs = stage.instance.locked.copy()
    few = stage.instance.fewest[0]
    for near in circles.around(best):
        order = np.argsort(-near.best, kind="stable")
        some = order[near.best[order] > 0]
        pairs |= near.made
        if circles.pairs is not None:  # as many as may have a circle each
            some = some[np.cumsum(few[some]) <= circles.pairs]
        opening.offer(frozenset(some.tolist()))
    opening.improve(best)
    if opening.plan is not None:
        pairs[opening.plan] = True
    return circles.duals(best), pairs & stage.instance.eligible, opening.plan
