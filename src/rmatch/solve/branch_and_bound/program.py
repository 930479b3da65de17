"""The linear program over listed pairs: OR-Tools' GLOP, warm-started, with elastic bounds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rmatch._util.deadline import TimeUpError, until
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.rows import UNBOUNDED
from rmatch.solve.branch_and_bound.box import Box
from rmatch.solve.branch_and_bound.stage import StageProblem

if TYPE_CHECKING:
    import ortools.linear_solver.pywraplp as pywraplp

_RANGE = 1024.0
"""Size to which the largest coefficient of the objective and of each row is scaled."""

_NOISE = 1e-15
"""Violations up to this, beside a sum of 1, are rounding errors."""

_OPTIONS = (
    "use_preprocessing:false use_dual_simplex:{} dual_feasibility_tolerance:1e-9 "
    "primal_feasibility_tolerance:1e-9 solution_feasibility_tolerance:1e-6"
)

_SPARE = 256
"""Columns for violations that are made at once."""

_VIOLATED = 1e-7
"""By how much a row that waits may be violated."""

_FINER, _EXACT = 2.0**56, 2.0**60
"""Limits of a root's duals: below the first in a coarser unit, and never above the second in int64."""

DEAREST = 1 << 9
"""Penalty of a violated unit, in largest pairs, beyond which it is not raised."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Solution of a linear program: total violation, and duals of people, of the number of pairs and of rows, int64."""

    missing: float
    prices: IntArray


class LinearProgram:
    """The linear program of a stage, to which pairs can be added."""

    def __init__(
        self, stage: StageProblem, i: IntArray, j: IntArray, *, circles: bool = False, prices: IntArray | None = None
    ) -> None:
        from ortools.linear_solver import pywraplp  # few programs need it, and it takes long to import

        self.stage = stage
        (m, n), lines = stage.shape, stage.lines
        self.people = m + n
        self.unit = max(stage.largest, 1) / _RANGE
        self.solver = pywraplp.Solver("", pywraplp.Solver.GLOP_LINEAR_PROGRAMMING)
        self.dual(True)
        self.goal = self.solver.Objective()
        self.goal.SetMaximization()
        self.i, self.j = (np.zeros(0, np.int64) for _ in range(2))
        self.pairs: list[pywraplp.Variable] = []
        self.slacks: list[pywraplp.Variable] = []
        self.spare: list[pywraplp.Variable] = []
        self.missed: list[tuple[int, float, int]] = []
        self.at, self.values = np.zeros(0, np.int64), np.zeros(0)
        self.price = 4.0
        self.low = np.concatenate([*stage.instance.minimum, [lines.span[0]], lines.rounded(lines.span)[0]])
        self.high = np.concatenate([*stage.instance.capacity, [lines.span[1]], lines.rounded(lines.span)[1]])
        self.divisor = np.concatenate([np.ones(self.people + 1), np.maximum(stage.sizes / _RANGE, 1.0)])
        self.used = np.concatenate([np.ones(self.people + 1, bool), stage.binding])
        self.waiting = self._rarely() & (True if prices is None else prices == 0)
        self.used &= ~self.waiting
        self.counted: list[tuple[IntArray, IntArray, IntArray]] = []
        self.rows: list[pywraplp.Constraint | None] = [
            self.solver.Constraint(*self._ends(c)) if self.used[c] else None for c in range(len(self.low))
        ]
        self.row_at = np.where(self.used, np.cumsum(self.used) - 1, -1)
        self._elastic()
        self._layers()
        self.circles = self._circles() if circles else {}
        self.lb, self.ub = np.zeros(0, bool), np.zeros(0, bool)
        self.add(i, j)

    def dual(self, wanted: bool) -> None:
        """Choose the dual simplex method, for changed bounds, or the primal one, for added pairs."""
        self.solver.SetSolverSpecificParametersAsString(_OPTIONS.format("true" if wanted else "false"))

    def _ends(self, c: int) -> tuple[float, float]:
        """The bounds of a row as the solver gets them."""
        infinity, by = self.solver.infinity(), self.divisor[c]
        low, high = self.low[c], self.high[c]
        if c == self.people:  # rows and people bound the number of pairs, until a case does
            low = -UNBOUNDED if low <= self.stage.lines.span[0] else low
            high = UNBOUNDED if high >= self.stage.lines.span[1] else high
        return (
            -infinity if low <= -UNBOUNDED else float(low) / by,
            infinity if high >= UNBOUNDED else float(high) / by,
        )

    def _rarely(self) -> BoolArray:
        """Rows of one person or couple that no pair at all satisfies too: they wait until a solution violates them."""
        own = [np.full(len(line.low), line.each is not None) for line in self.stage.lines.lines]
        found: BoolArray = np.concatenate([np.zeros(self.people + 1, bool), *own])
        return self.used & (self.low <= 0) & (self.high >= 0) & found

    def _elastic(self) -> None:
        """Let people's lower bounds, the number of pairs and every row be violated at a penalty."""
        locked = self.stage.instance.locked
        present = np.concatenate([locked.any(1), locked.any(0)])  # locked pairs may be more than a person can have
        for c, row in enumerate(self.rows):
            if row is not None:
                self._slacks(c, row, c >= self.people or bool(present[c]))
        self.free = {c for c in range(self.people) if self.low[c] > 0}

    def _slacks(self, c: int, row: pywraplp.Constraint, above: bool) -> None:
        """Let a row be violated at a penalty, at its upper end only where that is wanted."""
        size = 1.0 if c <= self.people else min(max(float(self.stage.sizes[c - self.people - 1]), 1.0), _RANGE)
        if c == self.people or self.low[c] > (0 if c < self.people else -UNBOUNDED):
            self._slack(c, row, size)
        if c == self.people or (self.high[c] < UNBOUNDED and above):
            self._slack(c, row, -size)

    def _slack(self, c: int, row: pywraplp.Constraint, much: float) -> None:
        if not self.spare:  # a column that the solver has already lets it go on from where it is
            self.spare = [self.solver.NumVar(0, self.solver.infinity(), "") for _ in range(_SPARE)]
            for slack in self.spare:
                self.goal.SetCoefficient(slack, -self.price * _RANGE)
        slack = self.spare.pop()
        row.SetCoefficient(slack, float(much))
        self.slacks.append(slack)
        self.missed.append((c, abs(float(much)), slack.index()))

    def _missing(self) -> float:
        """The total violation, without what is rounding error beside a row's bounds."""
        c, much, at = (np.array(column) for column in zip(*self.missed, strict=True))
        value = self.values[at]
        ends = [np.where(np.abs(end) < UNBOUNDED, np.abs(end), 0) for end in (self.low[c], self.high[c])]
        return float(value[value * much * self.divisor[c] > _NOISE * np.maximum(*ends)].sum())

    def _layers(self) -> None:
        """Add a variable for each pair of people whose number of pairs has a utility."""
        self.linked: dict[int, pywraplp.Constraint] = {}
        self.layers: dict[int, list[pywraplp.Variable]] = {}
        for side, m in enumerate((0, self.stage.shape[0])):
            most = self.stage.layers(side)
            steps = self.stage.steps(side)
            if steps is None:
                continue
            value, rows = steps
            for p in range(len(most)):
                row = self.linked[m + p] = self.solver.Constraint(0.0, 0.0)
                own = self.layers[m + p] = []
                for k in range(int(most[p])):
                    layer = self.solver.NumVar(0, 1, "")
                    row.SetCoefficient(layer, -1.0)
                    self.goal.SetCoefficient(layer, float(value[k, p]) / self.unit)
                    for c, adds in rows.items():
                        at = self.people + 1 + c
                        present = self.rows[at]
                        if present is not None and adds[k, p]:
                            present.SetCoefficient(layer, float(adds[k, p]) / self.divisor[at])
                    own.append(layer)

    def _circles(self) -> dict[int, tuple[pywraplp.Variable, list[pywraplp.Constraint]]]:
        """Add for each mentor of none or several whether they have any, from 0 to 1, and the rows that say how many
        pairs that means.
        """
        found, infinity = {}, self.solver.infinity()
        for p in np.flatnonzero(self.stage.instance.fewest[0] > 1).tolist():
            any_ = self.solver.NumVar(0, 1, "")
            ends = [self.solver.Constraint(0, infinity), self.solver.Constraint(-infinity, 0)]
            ends[0].SetCoefficient(any_, -float(self.stage.instance.fewest[0][p]))
            ends[1].SetCoefficient(any_, -float(self.stage.instance.capacity[0][p]))
            found[p] = any_, ends
        return found

    def dearer(self, times: float) -> None:
        """Multiply the penalty of violations; a large one takes infeasible cases below every cutoff."""
        self.price *= times
        for slack in (*self.slacks, *self.spare):
            self.goal.SetCoefficient(slack, -self.price * _RANGE)

    def tilt(self, wanted: bool) -> None:
        """Break ties by scores where pairs' values are equal, or stop doing so: ties make the program slow."""
        value = self.stage.values[self.i, self.j] / self.unit
        if wanted:
            value += _RANGE / (8 * max(sum(self.stage.shape), 1)) * (self.stage.instance.points[self.i, self.j] / SCALE)
        for pair, much in zip(self.pairs, value.tolist(), strict=True):
            self.goal.SetCoefficient(pair, much)

    def add(self, i: IntArray, j: IntArray) -> None:
        """Add pairs; a locked pair is fixed at 1."""
        first = len(self.pairs)
        self.at = np.append(self.at, self.solver.NumVariables() + np.arange(len(i)))
        locked = self.stage.instance.locked[i, j]
        value = self.stage.values[i, j] / self.unit
        where = [self.rows[p] for p in range(self.people)]
        m, total = self.stage.shape[0], self.rows[self.people]
        assert total is not None
        for a, b, sure, much in zip(i.tolist(), j.tolist(), locked.tolist(), value.tolist(), strict=True):
            pair = self.solver.NumVar(float(sure), 1.0, "")
            self.pairs.append(pair)
            self.goal.SetCoefficient(pair, much)
            for p in (a, m + b):
                where[p].SetCoefficient(pair, 1.0)
                if p in self.linked:
                    self.linked[p].SetCoefficient(pair, 1.0)
            if a in self.circles:
                any_, ends = self.circles[a]
                within = self.solver.Constraint(-self.solver.infinity(), 0)
                within.SetCoefficient(any_, -1.0)
                for row in (*ends, within):
                    row.SetCoefficient(pair, 1.0)
            total.SetCoefficient(pair, 1.0)
        pair_of, row_of, adds = self.stage.lines.entries(i, j)
        at = self.people + 1 + row_of
        rare = self.waiting[at]
        self.counted.append((first + pair_of[rare], at[rare], adds[rare]))
        for k, c, much in zip((first + pair_of).tolist(), at.tolist(), (adds / self.divisor[at]).tolist(), strict=True):
            present = self.rows[c]
            if present is not None:
                present.SetCoefficient(self.pairs[k], much)
        self.i, self.j = np.append(self.i, i), np.append(self.j, j)
        self.lb, self.ub = np.append(self.lb, locked), np.append(self.ub, np.ones(len(i), bool))

    def within(self, box: Box) -> None:
        """Set the bounds of a case."""
        for k in np.flatnonzero((box.sure != self.lb) | (box.may != self.ub)).tolist():
            self.pairs[k].SetBounds(float(box.sure[k] and box.may[k]), float(box.may[k]))
        self.lb, self.ub = box.sure.copy(), box.may.copy()
        low, high = self.stage.lines.rounded(box.span)
        low, high = np.concatenate([box.low, [box.span[0]], low]), np.concatenate([box.high, [box.span[1]], high])
        for c in np.flatnonzero((low != self.low) | (high != self.high)).tolist():
            self.low[c], self.high[c] = low[c], high[c]
            row = self.rows[c]
            if row is not None:
                if c < self.people and low[c] > 0 and c not in self.free:
                    self._newly_elastic(c, row)
                row.SetBounds(*self._ends(c))
                for k, layer in enumerate(self.layers.get(c, ())):
                    layer.SetBounds(0.0, float(k < high[c]))

    def _newly_elastic(self, c: int, row: pywraplp.Constraint) -> None:
        self.free.add(c)
        self._slack(c, row, 1.0)

    def solve(self, coarser: bool = False) -> Solution | None:
        """Return the optimal solution; None where the solver fails.

        Raises:
            TimeUpError: The time is over.
        """
        from ortools.linear_solver.linear_solver_pb2 import MPSolutionResponse

        while True:
            left = until() - time.monotonic()
            if left <= 0:
                raise TimeUpError
            if np.isfinite(left):
                self.solver.SetTimeLimit(max(int(1000 * left), 1))
            if self.solver.Solve() != self.solver.OPTIMAL:
                if time.monotonic() > until():
                    raise TimeUpError
                return None
            answer = MPSolutionResponse()  # all figures at once
            self.solver.FillSolutionResponseProto(answer)
            self.values = np.array(answer.variable_value)
            if not self._violated():
                break
        duals = np.where(self.row_at < 0, 0.0, np.array(answer.dual_value)[self.row_at])
        for person, row in self.linked.items():
            duals[person] += row.dual_value()
        prices = np.rint(duals * (self.unit * self.stage.scale) / self.divisor)
        reach = self.stage.reach(prices)
        if coarser and _EXACT <= reach < np.inf:
            by = int(np.ceil(np.log2(reach / _FINER)))
            self.stage.scale = max(self.stage.scale >> by, 1)
            prices = np.rint(duals * (self.unit * self.stage.scale) / self.divisor)
            reach = self.stage.reach(prices)
        if not reach < _EXACT:
            self.stage.strained = True
            return None
        return Solution(self._missing(), self.signed(prices.astype(np.int64)))

    def _violated(self) -> bool:
        """Add the rows that waited until the solution violates them; return whether there were any."""
        if not self.waiting.any():
            return False
        pair, at, adds = (np.concatenate(part) for part in zip(*self.counted, strict=True))
        sums = np.bincount(at, adds * self.x()[pair], len(self.low))
        new = self.waiting & ((sums > self.high + _VIOLATED) | (sums < self.low - _VIOLATED))
        self.waiting &= ~new
        for c in np.flatnonzero(new).tolist():
            row = self.rows[c] = self.solver.Constraint(*self._ends(c))
            self.row_at[c] = row.index()
            self._slacks(c, row, True)
        some = new[at]
        much = (adds / self.divisor[at])[some]
        for k, c, own in zip(pair[some].tolist(), at[some].tolist(), much.tolist(), strict=True):
            self.rows[c].SetCoefficient(self.pairs[k], own)
        self.counted = [(pair[~some], at[~some], adds[~some])]
        if new.any():
            self.dual(True)
        return bool(new.any())

    def x(self) -> FloatArray:
        """Return the fraction of each pair in the last solution, ``(pairs,)`` float64."""
        return self.values[self.at]

    def misfits(self, load: IntArray) -> dict[int, float]:
        """Return by how much each person's load variables differ from 1 for the first ``load`` of them and 0 for the
        rest.
        """
        found = {}
        for person, layers in self.layers.items():
            level = [layer.solution_value() for layer in layers]
            found[person] = sum(abs(y - float(k < load[person])) for k, y in enumerate(level))
        return found

    def signed(self, prices: IntArray) -> IntArray:
        """Return the duals without those whose sign no bound of the row justifies."""
        at = self.people + 1
        lines = self.stage.lines
        own = prices[at:]
        own = np.where(lines.high >= UNBOUNDED, np.minimum(own, 0), own)
        own = np.where(lines.low <= -UNBOUNDED, np.maximum(own, 0), own)
        return np.concatenate([prices[:at], own])
