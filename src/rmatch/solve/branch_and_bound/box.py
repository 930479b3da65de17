"""Cases of the search: their bounds, their two children, and the bound that duals show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.proof.tree import Split
from rmatch.solve.branch_and_bound.stage import StageProblem, people_value

NOTHING = -(1 << 62)
"""Bound of a case without a plan."""


@dataclass(frozen=True, eq=False)
class Box:
    """A case: bounds of each listed pair, of each person's number of pairs, and of the number of pairs.

    Args:
        sure: Pairs that are made, ``(pairs,)`` bool.
        may: Pairs that may be made, ``(pairs,)`` bool.
        low, high: Fewest and most pairs of each person, mentors first, ``(people,)`` int64.
        span: Fewest and most pairs of the plan.
    """

    sure: BoolArray
    may: BoolArray
    low: IntArray
    high: IntArray
    span: tuple[int, int]


class Listing:
    """Some pairs of a stage, with their values and row coefficients."""

    def __init__(self, stage: StageProblem, i: IntArray, j: IntArray) -> None:
        self.stage, self.i, self.j = stage, i, j
        self.values, self.locked = stage.values[i, j], stage.instance.locked[i, j]
        self.pair, self.row, self.much = stage.lines.entries(i, j)

    @cached_property
    def fewest(self) -> IntArray:
        """Fewest pairs of each person who has any, mentors first, ``(people,)`` int64."""
        return np.concatenate(self.stage.instance.fewest)

    @cached_property
    def place(self) -> dict[int, int]:
        """Position of the pair of each key."""
        return {key: k for k, key in enumerate(self.keys.tolist())}

    @cached_property
    def keys(self) -> IntArray:
        """Key of each pair, ``i · mentees + j``, int64."""
        return np.asarray(self.i * np.int64(self.stage.shape[1]) + self.j, np.int64)

    def box(self) -> Box:
        """Return the case that excludes nothing."""
        bounds = self.stage.instance
        low, high = np.concatenate(bounds.minimum), np.concatenate(bounds.capacity)
        return Box(self.locked, np.ones(len(self.i), bool), low, high, self.stage.lines.span)

    def children(self, box: Box, split: Split) -> tuple[Box, Box]:
        """Return the two cases of a split."""
        if split.kind == "total":
            k, (low, high) = split.numbers[0], box.span
            return replace(box, span=(low, min(k, high))), replace(box, span=(max(k + 1, low), high))
        if split.kind in ("mentor", "mentee"):
            person = split.numbers[0] + (self.stage.shape[0] if split.kind == "mentee" else 0)
            k, lower, higher = split.numbers[1], box.high.copy(), box.low.copy()
            some = int(self.fewest[person])
            lower[person] = min(k, lower[person]) if k >= some else 0
            higher[person] = max(k + 1, higher[person], some)
            return replace(box, high=lower), replace(box, low=higher)
        first, second = ([self.place[key] for key in keys] for keys in (split.numbers, split.others))
        if split.kind == "pair":
            sure = box.sure.copy()
            sure[first] = True
            return self._without(box, first), replace(box, sure=sure)
        return self._without(box, first), self._without(box, second)

    def _without(self, box: Box, places: list[int]) -> Box:
        may = box.may.copy()
        may[places] = False
        return replace(box, may=may)

    def empty(self, box: Box) -> bool:
        """Return whether the bounds alone exclude every plan."""
        contradictory = self.stage.lines.contradictory(box.span) or bool((box.low > box.high).any())
        sure = self.number(box.sure)
        low = np.where(sure > 0, np.maximum(box.low, self.fewest), box.low)
        few = (sure > box.high).any() or (low > np.minimum(self.number(box.may), box.high)).any()
        return contradictory or bool(few or (box.sure & ~box.may).any())

    def number(self, some: BoolArray) -> IntArray:
        """Return how many of some pairs each person has, ``(people,)`` int64."""
        m, n = self.stage.shape
        both: IntArray = np.bincount(np.concatenate([self.i[some], m + self.j[some]]), minlength=m + n)
        return both

    def excess(self, prices: IntArray) -> IntArray:
        """Return the reduced value of each pair, ``(pairs,)`` int64, in units of ``1 / scale``.

        ``prices`` are those of people, of the number of pairs and of rows, ``(people + 1 + rows,)`` int64.
        """
        m, n = self.stage.shape
        excess: IntArray = self.stage.scale * self.values - prices[self.i] - prices[m + self.j] - prices[m + n]
        np.subtract.at(excess, self.pair, prices[m + n + 1 + self.row] * self.much)
        return excess

    def refuting(self, box: Box, cap: int) -> IntArray | None:
        """Return duals that show a bound below ``cap`` for a case with a single plan, by one row that the plan misses.

        A row can be missed by so little, of so large a sum, that the linear program takes it for satisfied. None where
        a pair is open, no row is missed, or the dual would be too large.
        """
        if (box.may & ~box.sure).any():
            return None
        stage, people = self.stage, sum(self.stage.shape) + 1
        low, high = stage.lines.rounded(box.span)
        sums = np.zeros(len(low), np.int64)
        taken = box.sure[self.pair]
        np.add.at(sums, self.row[taken], self.much[taken])
        prices = np.zeros(people + len(low), np.int64)
        base = self.shown(prices, box)
        for line in stage.lines.lines:
            if any(load is not None for load in line.loads):
                continue
            for row in range(line.start, line.start + len(line.low)):
                missed = max(int(low[row] - sums[row]), int(sums[row] - high[row]))
                if missed > 0:
                    weight = (base - cap) // missed + 1
                    prices[people + row] = weight if sums[row] > high[row] else -weight
                    return prices if stage.reach(prices) < 1 << 61 else None
        return None

    def shown(self, prices: IntArray, box: Box) -> int:
        """Return the dual bound of a case in units of ``1 / scale``."""
        if self.empty(box):
            return NOTHING
        stage, (m, n) = self.stage, self.stage.shape
        y, price = prices[m + n + 1 :], int(prices[m + n])
        total = max(price * box.span[0], price * box.span[1])
        total += stage.row_value(y, *stage.lines.rounded(box.span))
        if stage.circled:
            total += self.circles(prices, box)[0]
        else:
            excess = self.excess(prices)
            over = np.where(box.sure, excess, np.where(box.may, np.maximum(excess, 0), 0))
            total += sum(over.tolist())
        high = np.minimum(box.high, self.number(box.may))
        for side, own in ((0, slice(0, m)), (1, slice(m, m + n)))[stage.circled :]:
            total += people_value(prices[own], box.low[own], high[own], stage.combined(y, side))
        return int(total)

    def circles(self, prices: IntArray, box: Box) -> tuple[int, BoolArray]:
        """Return the most that mentors contribute, each with their best pairs in a number that they may have, as the
        check has it, and those pairs.

        Args:
            prices: Duals, ``(people + 1 + rows,)`` int64; those of mentors do not matter.
            box: The case, which has a plan as far as numbers of pairs say.
        """
        m, y = self.stage.shape[0], prices[sum(self.stage.shape) + 1 :]
        excess = self.excess(prices) + prices[self.i]
        some = np.flatnonzero(box.may)
        some = some[np.lexsort((-excess[some], ~box.sure[some], self.i[some]))]
        who = self.i[some]
        begin = np.searchsorted(who, who)
        number = np.arange(len(some)) - begin + 1
        total = np.concatenate([[0], np.cumsum(excess[some])])
        value = total[1:] - total[begin]
        load = self.stage.combined(y, 0)
        if load is not None:
            value += load[0][who] - load[1] * number * number
        least = np.maximum(box.low[:m], np.bincount(self.i[box.sure], minlength=m))
        best = np.where(least == 0, 0, NOTHING)
        allowed = (np.maximum(least, self.fewest[:m])[who] <= number) & (number <= box.high[who])
        np.maximum.at(best, who[allowed], value[allowed])
        size = np.zeros(m, np.int64)
        reached = allowed & (value == best[who]) & ((value > 0) | (least[who] > 0))
        size[who[reached]] = number[reached]
        chosen = np.zeros(len(self.i), bool)
        chosen[some[number <= size[who]]] = True
        return sum(best.tolist()), chosen
