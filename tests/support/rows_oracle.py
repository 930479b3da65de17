"""The best plan of any program by somebody else: an integer program made of rows and values, solved by HiGHS.

A limit is known here by its ``rows`` and an objective by its ``pair_values``, ``load_values`` and ``value``, a
stranger's like ours. Objectives are settled in their order. HiGHS works with floats, so nothing it says is taken at its
word: a plan is reckoned in whole numbers, and where its bound leaves a doubt, :class:`UnsureError` is raised instead of
a judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import gcd

import numpy as np
import scipy.optimize as so
from meaning import Plan, Question

from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.limits import with_distinct_names
from rmatch.objectives import MostPairs, Objective
from rmatch.rows import UNBOUNDED, LoadValue, People


class UnsureError(Exception):
    """HiGHS gave an answer that whole numbers do not confirm."""


@dataclass(frozen=True)
class Best:
    """The best value of each stage in order, and a plan that has them all."""

    values: tuple[int, ...]
    plan: Plan


@dataclass(frozen=True, eq=False)
class _Row:
    """``least ≤ Σ adds · x + Σ layers · y ≤ most`` in whole numbers."""

    adds: IntArray
    least: int = -UNBOUNDED
    most: int = UNBOUNDED
    layers: IntArray | None = None


@dataclass(eq=False)
class Programme:
    """Each pair that may be as 0 or 1, and the first, second, … pair of each person as layers of 0 or 1."""

    question: Question
    people: People = field(init=False)
    rows: list[_Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        q = self.question
        settled = any(isinstance(objective, MostPairs) for objective in q.objectives)
        self.people = People(q.mentors, q.mentees, lambda i, j: q.may[i, j], settled)
        self.i, self.j = np.nonzero(q.may)
        self.points = q.points[self.i, self.j]
        self.stages = [stage for objective in q.objectives for stage in objective.stages()]
        self.loads = [None if stage.threshold else stage.load_values(self.people) for stage in self.stages]
        self.layers = list(self._layers())
        self.free = np.ones(len(self.i), bool)
        self._declare()

    def _layers(self) -> Iterator[tuple[int, int, int]]:
        """Side, person and number of each layer that some objective counts."""
        for side, places in ((0, self.i), (1, self.j)):
            if any(values is not None and values[side] is not None for values in self.loads):
                possible = np.bincount(places, minlength=self.people.shape[side])
                for person, (room, most) in enumerate(zip(self.question.room[side], possible.tolist(), strict=True)):
                    yield from ((side, person, number) for number in range(1, min(room, most) + 1))

    def _declare(self) -> None:
        """Everybody's room and least number of pairs, their layers, and the rows of every limit."""
        for side, places in ((0, self.i), (1, self.j)):
            for person in range(self.people.shape[side]):
                own = (places == person).astype(np.int64)
                most = min(self.question.room[side][person], UNBOUNDED)
                self.rows.append(_Row(own, self.question.least[side][person], most))
                filled = np.array([layer[:2] == (side, person) for layer in self.layers], np.int64)
                if filled.any():
                    self.rows.append(_Row(own, 0, 0, -filled))
        for limit in self.question.limits:
            for row in with_distinct_names(limit.rows(self.people)):
                self._declare_row(row.coefficients(self.i, self.j), *row.bounds(self.people.shape), row.each)

    def _declare_row(self, adds: IntArray, least: IntArray, most: IntArray, each: str | None) -> None:
        places = {None: np.zeros(len(adds), np.int64), "mentor": self.i, "mentee": self.j}[each]
        for k, (low, high) in enumerate(zip(least.tolist(), most.tolist(), strict=True)):
            self.rows.append(_Row(np.where(places == k, adds, 0), low, high))

    # ------------------------------------------------------------ one stage

    def plan(self, adds: IntArray, layers: IntArray | None = None) -> IntArray | None:
        """The pairs of a plan that has the most of a value, as places in ``i`` and ``j``; None where there is none."""
        gains = np.concatenate([adds, np.zeros(len(self.layers), np.int64) if layers is None else layers])
        if not len(gains):
            return np.zeros(0, np.int64) if all(row.least <= 0 <= row.most for row in self.rows) else None
        step = gcd(*gains.tolist()) or 1
        high = np.concatenate([self.free, np.ones(len(self.layers), bool)]).astype(float)
        found = so.milp(
            -(gains // step).astype(float),
            constraints=self._constraints(),
            integrality=np.ones(len(gains)),
            bounds=so.Bounds(0, high),
            options={"mip_rel_gap": 0.0},
        )
        if found.status == 2:
            return None
        if found.status != 0 or found.x is None:
            raise UnsureError(found.message)
        chosen = np.flatnonzero(found.x[: len(adds)] > 0.5)
        self._confirm(chosen)
        reached = int(adds[chosen].sum()) + self._of_layers(layers, chosen)
        if -found.mip_dual_bound * step >= reached + 0.999 * step:
            raise UnsureError(f"a bound of {-found.mip_dual_bound * step} beside a plan of {reached}")
        return chosen

    def _constraints(self) -> list[so.LinearConstraint]:
        size, rows, low, high = len(self.i) + len(self.layers), [], [], []
        for row in self.rows:
            layers = np.zeros(len(self.layers), np.int64) if row.layers is None else row.layers
            every = np.concatenate([row.adds, layers])
            step = gcd(*every.tolist()) or 1
            rows.append(every // step)
            # sums are whole numbers, so half a unit of room forbids and allows the same, and keeps floats from the edge
            slack = 0.5 if np.abs(every // step).max(initial=0) > 1 else 0
            low.append(-np.inf if row.least == -UNBOUNDED else -(-row.least // step) - slack)
            high.append(np.inf if row.most == UNBOUNDED else row.most // step + slack)
        return [so.LinearConstraint(np.array(rows, float).reshape(-1, size), low, high)] if rows else []

    def _confirm(self, chosen: IntArray) -> None:
        """Raise UnsureError where a plan breaks a row, in whole numbers."""
        if not self.free[chosen].all():
            raise UnsureError("a pair that may not be was chosen")
        for row in self.rows:
            found = int(row.adds[chosen].sum()) + self._of_layers(row.layers, chosen)
            if not row.least <= found <= row.most:
                raise UnsureError(f"a row of {row.least} to {row.most} has {found}")

    def _of_layers(self, layers: IntArray | None, chosen: IntArray) -> int:
        """What the layers add that a plan fills."""
        if layers is None or not len(self.layers):
            return 0
        sides = zip((self.i, self.j), self.people.shape, strict=True)
        loads = [np.bincount(places[chosen], minlength=size) for places, size in sides]
        filled = [number <= loads[side][person] for side, person, number in self.layers]
        return int(layers[np.array(filled)].sum())

    # ------------------------------------------------------------ stage by stage

    def best(self) -> Best | None:
        """The best value of each stage, all earlier ones kept."""
        plan, reached = self.plan(np.zeros(len(self.i), np.int64)), []
        for stage, loads in zip(self.stages, self.loads, strict=True):
            if plan is None:
                return None
            if loads is None:
                plan = self._lift(plan)
            else:
                adds = np.asarray(stage.pair_values(self.people)(self.i, self.j, self.points), np.int64)
                layers = self._layered(loads)
                plan = self._raised(plan, adds, layers)
                value = int(adds[plan].sum()) + self._of_layers(layers, plan)
                if value != self._value(stage, plan):
                    raise ValueError(f"{stage}: its pairs and loads add up to {value}, its value is another")
                self.rows.append(_Row(adds, value, UNBOUNDED, layers))
            reached.append(self._value(stage, plan))
        if plan is None:
            return None
        pairs = [(int(i), int(j)) for i, j in zip(self.i[plan], self.j[plan], strict=True)]
        again = tuple(self._value(stage, plan) for stage in self.stages)
        if again != tuple(reached):
            raise UnsureError(f"the stages reached {reached}, and their last plan has {again}")
        return Best(again, pairs)

    def _raised(self, plan: IntArray, adds: IntArray, layers: IntArray) -> IntArray:
        """A plan that has the most of a value: the one at hand where no pair and no layer is left that would add."""
        most = int(np.maximum(adds, 0).sum() + np.maximum(layers, 0).sum())
        if int(adds[plan].sum()) + self._of_layers(layers, plan) == most:
            return plan
        best = self.plan(adds, layers)
        if best is None:
            raise UnsureError("no plan was found where there was one before")
        return best

    def _layered(self, loads: tuple[LoadValue | None, LoadValue | None]) -> IntArray:
        """What each layer adds; it must never rise with its number, so that the first are filled first."""
        adds = np.zeros(len(self.layers), np.int64)
        for k, (side, person, number) in enumerate(self.layers):
            values = loads[side]
            if values is not None:
                each = [int(values.of(np.full(self.people.shape[side], n))[person]) for n in (number - 1, number)]
                adds[k] = each[1] - each[0]
        for k in range(1, len(adds)):
            if self.layers[k][:2] == self.layers[k - 1][:2] and adds[k] > adds[k - 1]:
                raise ValueError("a further pair of one person is worth more than the one before")
        return adds

    def _lift(self, plan: IntArray) -> IntArray:
        """A plan whose worst pair is as good as any plan's; then only pairs as good as that are free."""
        nothing = np.zeros(len(self.i), np.int64)
        bars = sorted({*self.points[self.free].tolist(), SCALE})
        low = max((k for k, bar in enumerate(bars) if bar <= self.points[plan].min(initial=SCALE)), default=0)
        high, before = len(bars) - 1, self.free
        while low < high:
            middle = (low + high + 1) // 2
            self.free = before & (self.points >= bars[middle])
            other = self.plan(nothing)
            plan, low, high = (plan, low, middle - 1) if other is None else (other, middle, high)
        self.free = before & (self.points >= bars[low])
        return plan

    def _value(self, stage: Objective, plan: IntArray) -> int:
        return stage.value(self.people, self.i[plan], self.j[plan], self.points[plan])


def best(question: Question) -> Best | None:
    """The best values and a plan that has them, or None where no plan is lawful. Raises UnsureError."""
    return Programme(question).best()
