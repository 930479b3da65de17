"""Arcs of the residual graph from pairs that could be made: the short ones are kept, the others found by scans.

The arc of a pair is as long as its slack, its two prices less its value, so there are as many arcs as pairs of people.
A shortest path hardly ever uses a long one. One scan of all pairs keeps each mentor's shortest arcs, and the least that
any other arc of theirs can measure. Where this does not rule out that other arcs shorten a path, the people concerned
are scanned for such arcs. So paths are exact, and the matrix is never stored.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE, expand
from rmatch.problem.bounds import Candidates
from rmatch.problem.model import Model
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Found, Harvest, Maxima

PER_MENTOR = 32
"""About so many arcs of each mentor are kept, at most four times as many; of each mentee, where mentors are more."""

_SAMPLED = 16  # one mentee in so many says how short these are


class Arcs:
    """Arcs of the pairs that could be made, seen from one side.

    Args:
        prices: Price of each mentor, the floor included, and of each mentee, in points, int64.
        made: Chosen and locked pairs, mentors and mentees, which are no arcs.
    """

    def __init__(self, model: Model, prices: tuple[IntArray, IntArray], made: tuple[IntArray, IntArray]) -> None:
        self._kernel, self._prices, self.axis = Kernel.of(model), prices, 0
        self._made = Candidates.of(*made, np.zeros(len(made[0]), np.int64), model.shape)
        self._far = sum(int(np.abs(price).max()) for price in prices) + SCALE  # no arc is longer
        m, n = model.shape
        each = -(-PER_MENTOR * min(m, n) // m)
        short = self._short(each)
        found = self._harvest(prices[0] - short, prices[1], 4 * each)
        self._lay(found.i, found.j, short[found.i] - found.reduced)
        self._least = short - found.dropped  # no other arc of the mentor is shorter
        self.step = float(self.length.sum()) / (8 * len(self.length) + 1)
        """Paths are searched in steps so long: far shorter ones are many, and far longer ones do work twice."""

    def turned(self) -> Arcs:
        """Return the arcs seen from the other side."""
        other = copy(self)
        other.axis = 1 - self.axis
        other._lay(*self._pairs, self.length)
        return other

    def into(self, columns: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return the known arcs into some columns: their row, the column's place among those given, their length."""
        arc, begin = expand(self._start, columns)
        return self._row[arc], np.repeat(np.arange(len(columns)), np.diff(begin)), self.length[arc]

    def add_shorter(self, rows: FloatArray, columns: FloatArray, within: float) -> bool:
        """Add arcs that shorten a path from a row, where some unknown ones do.

        Args:
            rows: Length below which a path from each row is of use.
            columns: Lengths of the known paths from each column.
            within: Longest path of interest.

        Returns:
            Whether there were any; else no path as long as ``within`` or shorter can be shortened.
        """
        top = np.minimum(rows, within + 1)
        own, others = (self._least, 0) if self.axis == 0 else (0, self._least)
        some_rows = np.flatnonzero(own < top)
        some_columns = np.flatnonzero(columns + others < top.max(initial=-np.inf, where=own < top))
        if not len(some_rows) or not len(some_columns):
            return False
        near = columns[some_columns].astype(np.int64)
        far = int(near.max()) + self._far + 1
        shorter = [np.zeros(len(lengths), np.int64) for lengths in (rows, columns)]
        shorter[0][some_rows] = -np.minimum(top[some_rows], far).astype(np.int64)
        shorter[1][some_columns] = near
        here, there = shorter if self.axis == 0 else shorter[::-1]
        x, y = self._prices[0] + here, self._prices[1] + there
        people = (some_rows, some_columns) if self.axis == 0 else (some_columns, some_rows)
        found = self._harvest(x, y, PER_MENTOR, *people)
        length = -found.reduced - here[found.i] - there[found.j]
        i, j = self._pairs
        self._lay(np.append(i, found.i), np.append(j, found.j), np.append(self.length, length))
        return len(length) > 0

    def _harvest(
        self, x: IntArray, y: IntArray, cap: int, rows: IntArray | None = None, columns: IntArray | None = None
    ) -> Found:
        """The eligible pairs that are worth more than some prices and not made, at most ``cap`` of each mentor."""
        kernel = self._kernel
        harvest = Harvest(kernel.outside(self._made, x, y), cap, kernel.shape[0])
        return kernel.scan(kernel.priced(x, y, rows, columns), harvest)

    def _short(self, each: int) -> IntArray:
        """What a mentor's shortest arcs probably measure less than, from a sample: the canonical order is random."""
        kernel, (m, n) = self._kernel, self._kernel.shape
        head = min(n, max(n // _SAMPLED, each))
        rank = -(-each * head // n)
        chunks = min(4 * rank, head)
        if rank >= chunks:
            return np.full(m, self._far + 1)
        row_blocks = kernel.priced(*self._prices, columns=np.arange(head))
        nearest = kernel.scan(row_blocks, Maxima((m, head), 0, chunks))
        longest: FloatArray = -np.partition(nearest, chunks - rank, axis=0)[chunks - rank]
        return np.clip(longest, 0, self._far).astype(np.int64)

    def _lay(self, i: IntArray, j: IntArray, length: IntArray) -> None:
        """Sort the arcs by column."""
        row, column = (i, j) if self.axis == 0 else (j, i)
        rows, columns = self._kernel.shape[:: 1 - 2 * self.axis]
        order = np.argsort(column * np.int64(rows) + row)
        self._row, self._column, self.length = row[order], column[order], length[order]
        self._start = np.searchsorted(self._column, np.arange(columns + 1))

    @property
    def _pairs(self) -> tuple[IntArray, IntArray]:
        """Mentors and mentees of the arcs."""
        return (self._row, self._column) if self.axis == 0 else (self._column, self._row)
