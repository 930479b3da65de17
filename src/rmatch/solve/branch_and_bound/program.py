"""The linear program over listed pairs: its columns and rows, which may be violated at a penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.rows import UNBOUNDED
from rmatch.solve.branch_and_bound.box import Box
from rmatch.solve.branch_and_bound.simplex import BASIC, LOWER, Simplex, Solved
from rmatch.solve.branch_and_bound.stage import StageProblem

_RANGE = 1024.0
"""Size to which the largest coefficient of the objective and of each row is scaled."""

_NOISE = 1e-15
"""Violations up to this, beside a sum of 1, are rounding errors."""

_VIOLATED = 1e-7
"""By how much a row that waits may be violated."""

_FINER, _EXACT = 2.0**56, 2.0**60
"""Limits of a root's duals: below the first in a coarser unit, and never above the second in int64."""

DEAREST = 1 << 9
"""Penalty of a violated unit, in largest pairs, beyond which it is not raised."""

_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Solution:
    """Solution of a linear program: total violation, and duals of people, of the number of pairs and of rows, int64."""

    missing: float
    prices: IntArray


@dataclass(frozen=True, eq=False)
class Basis:
    """Where a solution rests: statuses of pairs by key, and of people, the number of pairs and rows, 0 for absent.

    Args:
        keys: Keys ``i · mentees + j`` of the pairs, increasing, int64.
        pairs: Their statuses, int64.
        rows: Statuses of rows, ``(people + 1 + rows,)`` int64.
        slacks: Statuses of the violations of each row, of its lower and of its upper end, ``(2, people + 1 + rows)``.
    """

    keys: IntArray
    pairs: IntArray
    rows: IntArray
    slacks: IntArray


class LinearProgram:
    """The linear program of a stage, to which pairs can be added."""

    def __init__(
        self,
        stage: StageProblem,
        i: IntArray,
        j: IntArray,
        *,
        circles: bool = False,
        prices: IntArray | None = None,
        basis: Basis | None = None,
    ) -> None:
        self.stage = stage
        (m, n), lines = stage.shape, stage.lines
        self.people = m + n
        self.unit = max(stage.largest, 1) / _RANGE
        self.simplex, self.by_dual = Simplex(), True
        self.solved: Solved | None = None
        self.i, self.j, self.at = _NONE, _NONE, _NONE
        self.slack, self.slack_row, self.slack_size = _NONE, _NONE, np.zeros(0)
        self.price = 4.0
        self.low = np.concatenate([*stage.instance.minimum, [lines.span[0]], lines.rounded(lines.span)[0]])
        self.high = np.concatenate([*stage.instance.capacity, [lines.span[1]], lines.rounded(lines.span)[1]])
        self.divisor = np.concatenate([np.ones(self.people + 1), np.maximum(stage.sizes / _RANGE, 1.0)])
        used = np.concatenate([np.ones(self.people + 1, bool), stage.binding])
        self.waiting = used & self._rarely() & (True if prices is None else prices == 0)
        if basis is not None:
            self.waiting &= (basis.rows == 0) | (basis.rows == BASIC)
        self.counted: list[tuple[IntArray, IntArray, IntArray]] = []
        self.row_at = np.full(len(self.low), -1)
        self._rows(np.flatnonzero(used & ~self.waiting))
        self.free = self.low[: self.people] > 0
        self._layers()
        self._circles(np.flatnonzero((stage.instance.fewest[0] > 1) & circles))
        self.lb, self.ub = np.zeros(0, bool), np.zeros(0, bool)
        self.add(i, j)
        self.basis = self._from(basis) if basis is not None and not self.layers and not circles else None

    def dual(self, wanted: bool) -> None:
        """Choose the dual simplex method, for changed bounds, or the primal one, for added pairs."""
        self.by_dual = wanted

    def _ends(self, c: IntArray) -> tuple[FloatArray, FloatArray]:
        """The bounds of rows as the solver gets them."""
        low, high, span = self.low[c], self.high[c], self.stage.lines.span
        number = c == self.people  # rows and people bound the number of pairs, until a case does
        none = (low <= -UNBOUNDED) | number & (low <= span[0]), (high >= UNBOUNDED) | number & (high >= span[1])
        return np.where(none[0], -np.inf, low / self.divisor[c]), np.where(none[1], np.inf, high / self.divisor[c])

    def _rarely(self) -> BoolArray:
        """Rows of one person or couple that no pair at all satisfies too: they wait until a solution violates them."""
        own = [np.full(len(line.low), line.each is not None) for line in self.stage.lines.lines]
        found: BoolArray = np.concatenate([np.zeros(self.people + 1, bool), *own])
        return (self.low <= 0) & (self.high >= 0) & found

    def _rows(self, c: IntArray) -> None:
        """Add rows. People's lower bounds, the number of pairs and every row may be violated at a penalty."""
        self.row_at[c] = self.simplex.add_rows(*self._ends(c))
        locked = self.stage.instance.locked
        present = np.concatenate([locked.any(1), locked.any(0)])  # locked pairs may be more than a person can have
        number, person = c == self.people, c < self.people
        size = np.ones(len(c))
        size[c > self.people] = np.clip(self.stage.sizes[c[c > self.people] - self.people - 1], 1.0, _RANGE)
        below = number | (self.low[c] > np.where(person, 0, -UNBOUNDED))
        above = number | (self.high[c] < UNBOUNDED) & ~(person & ~np.append(present, True)[np.minimum(c, self.people)])
        self._slacks(np.concatenate([c[below], c[above]]), np.concatenate([size[below], -size[above]]))

    def _slacks(self, c: IntArray, much: FloatArray) -> None:
        """Let rows be violated: at their lower ends where ``much`` is positive, else at their upper ones."""
        new = self.simplex.add_columns(np.zeros(len(c)), np.inf, -self.price * _RANGE)
        self.simplex.put(self.row_at[c], new, much)
        self.slack, self.slack_row = np.append(self.slack, new), np.append(self.slack_row, c)
        self.slack_size = np.append(self.slack_size, much)

    def _missing(self, values: FloatArray) -> float:
        """The total violation, without what is rounding error beside a row's bounds."""
        value, c = values[self.slack], self.slack_row
        ends = [np.where(np.abs(end) < UNBOUNDED, np.abs(end), 0) for end in (self.low[c], self.high[c])]
        return float(value[value * np.abs(self.slack_size) * self.divisor[c] > _NOISE * np.maximum(*ends)].sum())

    def _layers(self) -> None:
        """Add a variable for each pair of people whose number of pairs has a utility."""
        self.linked = np.full(self.people, -1)
        self.layers: dict[int, IntArray] = {}
        for side, m in enumerate((0, self.stage.shape[0])):
            most = self.stage.layers(side)
            steps = self.stage.steps(side)
            if steps is None:
                continue
            value, rows = steps
            who = m + np.arange(len(most))
            self.linked[who] = self.simplex.add_rows(np.zeros(len(most)), np.zeros(len(most)))
            p, k = np.nonzero(np.arange(len(value)) < most[:, None])
            new = self.simplex.add_columns(np.zeros(len(p)), 1.0, value[k, p] / self.unit)
            self.simplex.put(self.linked[m + p], new, np.full(len(p), -1.0))
            for c, adds in rows.items():
                at = self.people + 1 + c
                some = np.flatnonzero(adds[k, p]) if self.row_at[at] >= 0 else _NONE
                much = adds[k, p][some] / self.divisor[at]
                self.simplex.put(np.full(len(some), self.row_at[at]), new[some], much)
            ends = np.searchsorted(p, np.arange(len(most) + 1))
            self.layers |= {int(person): new[ends[k] : ends[k + 1]] for k, person in enumerate(who)}

    def _circles(self, some: IntArray) -> None:
        """Add for mentors of none or several whether they have any, from 0 to 1, and the rows that say how many pairs
        that means.
        """
        free = np.full(len(some), np.inf)
        self.any = np.full(self.stage.shape[0], -1)
        self.any[some] = self.simplex.add_columns(np.zeros(len(some)), 1.0, 0.0)
        self.circles = np.full((2, self.stage.shape[0]), -1)
        for ends, bounds, number in zip(
            self.circles,
            ((0 * some, free), (-free, 0 * some)),
            (self.stage.instance.fewest, self.stage.instance.capacity),
            strict=True,
        ):
            ends[some] = self.simplex.add_rows(*bounds)
            self.simplex.put(ends[some], self.any[some], -number[0][some].astype(float))

    def dearer(self, times: float) -> None:
        """Multiply the penalty of violations; a large one takes infeasible cases below every cutoff."""
        self.price *= times
        self.simplex.columns.now[2, self.slack] = -self.price * _RANGE

    def tilt(self, wanted: bool) -> None:
        """Break ties by scores where pairs' values are equal, or stop doing so: ties make the program slow."""
        value = self.stage.values[self.i, self.j] / self.unit
        if wanted:
            value += _RANGE / (8 * max(sum(self.stage.shape), 1)) * (self.stage.instance.points[self.i, self.j] / SCALE)
        self.simplex.columns.now[2, self.at] = value

    def add(self, i: IntArray, j: IntArray) -> None:
        """Add pairs; a locked pair is fixed at 1."""
        first, m, put = len(self.i), self.stage.shape[0], self.simplex.put
        locked = self.stage.instance.locked[i, j]
        new = self.simplex.add_columns(locked.astype(float), 1.0, self.stage.values[i, j] / self.unit)
        ones = np.ones(len(i))
        for rows in (self.row_at[i], self.row_at[m + j], np.full(len(i), self.row_at[self.people])):
            put(rows, new, ones)
        for rows in (self.linked[i], self.linked[m + j], *self.circles[:, i]):
            put(rows[rows >= 0], new[rows >= 0], ones[rows >= 0])
        some = np.flatnonzero(self.any[i] >= 0)
        within = self.simplex.add_rows(np.full(len(some), -np.inf), np.zeros(len(some)))
        put(within, self.any[i[some]], -ones[some])
        put(within, new[some], ones[some])
        pair, row, adds = self.stage.lines.entries(i, j)
        c = self.people + 1 + row
        present, rare = self.row_at[c] >= 0, self.waiting[c]
        put(self.row_at[c[present]], new[pair[present]], (adds / self.divisor[c])[present])
        self.counted.append((first + pair[rare], c[rare], adds[rare]))
        self.i, self.j, self.at = np.append(self.i, i), np.append(self.j, j), np.append(self.at, new)
        self.lb, self.ub = np.append(self.lb, locked), np.append(self.ub, np.ones(len(i), bool))

    def within(self, box: Box) -> None:
        """Set the bounds of a case."""
        columns, rows = self.simplex.columns.now, self.simplex.rows.now
        columns[:2, self.at] = box.sure & box.may, box.may
        low, high = self.stage.lines.rounded(box.span)
        self.low = np.concatenate([box.low, [box.span[0]], low])
        self.high = np.concatenate([box.high, [box.span[1]], high])
        new = np.flatnonzero((self.low[: self.people] > 0) & ~self.free)
        self.free[new] = True
        self._slacks(new, np.ones(len(new)))
        present = np.flatnonzero(self.row_at >= 0)
        rows[:2, self.row_at[present]] = self._ends(present)
        for person, own in self.layers.items():
            columns[1, own] = np.arange(len(own)) < self.high[person]

    def solve(self, coarser: bool = False) -> Solution | None:
        """Return the optimal solution; None where the solver fails.

        Raises:
            TimeUpError: The time is over.
        """
        by_dual = self.by_dual
        while True:
            solved = self.solved = self.simplex.solve(by_dual, self._from_last() if by_dual else None)
            if solved is None:
                return None
            if not self._violated(solved):
                break
            by_dual = True
        duals = np.where(self.row_at < 0, 0.0, solved.duals[self.row_at])
        duals[: self.people] += np.where(self.linked < 0, 0.0, solved.duals[self.linked])
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
        return Solution(self._missing(solved.values), self.signed(prices.astype(np.int64)))

    def _violated(self, solved: Solved) -> bool:
        """Add the rows that waited until the solution violates them; return whether there were any."""
        if not self.waiting.any():
            return False
        pair, c, adds = (np.concatenate(part) for part in zip(*self.counted, strict=True))
        sums = np.bincount(c, adds * solved.values[self.at[pair]], len(self.low))
        new = self.waiting & ((sums > self.high + _VIOLATED) | (sums < self.low - _VIOLATED))
        if not new.any():
            return False
        self.waiting &= ~new
        self._rows(np.flatnonzero(new))
        some = new[c]
        self.simplex.put(self.row_at[c[some]], self.at[pair[some]], (adds / self.divisor[c])[some])
        self.counted = [(pair[~some], c[~some], adds[~some])]
        return True

    def _from_last(self) -> tuple[IntArray, IntArray] | None:
        """The statuses of the last solution, where columns or rows are new: the solver alone would begin anew."""
        solved, (rows, columns) = self.solved, self.simplex.shape
        if solved is None or (rows, columns) == (len(solved.duals), len(solved.values)):
            found, self.basis = self.basis, None
            return found
        return (
            np.append(solved.columns, np.full(columns - len(solved.columns), LOWER)),
            np.append(solved.rows, np.full(rows - len(solved.rows), BASIC)),
        )

    def _from(self, basis: Basis) -> tuple[IntArray, IntArray] | None:
        """The statuses of another program's solution; None where this one lacks some of its pairs or rows."""
        columns = np.full(self.simplex.shape[1], LOWER)
        keys = self.i * np.int64(self.stage.shape[1]) + self.j
        place = np.minimum(np.searchsorted(basis.keys, keys), len(basis.keys) - 1)
        columns[self.at] = np.where(basis.keys[place] == keys, basis.pairs[place], LOWER)
        slacks = basis.slacks[(self.slack_size < 0).astype(int), self.slack_row]
        columns[self.slack] = np.where(slacks > 0, slacks, LOWER)
        rows = basis.rows[self.row_at >= 0]
        rows[rows == 0] = BASIC
        return (columns, rows) if (columns == BASIC).sum() + (rows == BASIC).sum() == len(rows) else None

    def rests(self) -> Basis:
        """Return where the last solution rests."""
        assert self.solved is not None
        columns, keys = self.solved.columns, self.i * np.int64(self.stage.shape[1]) + self.j
        order = np.argsort(keys)
        rows = np.where(self.row_at >= 0, self.solved.rows[self.row_at], 0)
        slacks = np.zeros((2, len(rows)), np.int64)
        slacks[(self.slack_size < 0).astype(int), self.slack_row] = columns[self.slack]
        return Basis(keys[order], columns[self.at[order]], rows, slacks)

    def x(self) -> FloatArray:
        """Return the fraction of each pair in the last solution, ``(pairs,)`` float64."""
        assert self.solved is not None
        return self.solved.values[self.at]

    def misfits(self, load: IntArray) -> dict[int, float]:
        """Return by how much each person's load variables differ from 1 for the first ``load`` of them and 0 for the
        rest.
        """
        assert self.solved is not None
        values = self.solved.values
        return {
            person: float(np.abs(values[own] - (np.arange(len(own)) < load[person])).sum())
            for person, own in self.layers.items()
        }

    def signed(self, prices: IntArray) -> IntArray:
        """Return the duals without those whose sign no bound of the row justifies."""
        at = self.people + 1
        lines = self.stage.lines
        own = prices[at:]
        own = np.where(lines.high >= UNBOUNDED, np.minimum(own, 0), own)
        own = np.where(lines.low <= -UNBOUNDED, np.maximum(own, 0), own)
        return np.concatenate([prices[:at], own])
