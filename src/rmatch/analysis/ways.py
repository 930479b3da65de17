"""Shortest paths in the residual graph of a plan, to one row or to one of the unmatched nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from rmatch.analysis.arcs import Arcs
from rmatch.columns import FloatArray, IntArray
from rmatch.factors import expand

UNMATCHED = -2
"""The unmatched node of the rows."""
OTHER_UNMATCHED = -3
_HOME = -1  # where the ways lead to
_NO_ROW = -1

Move: TypeAlias = tuple[int, int]
"""A row and a column."""
Step: TypeAlias = tuple[Literal["undo", "make"], Move]


@dataclass(frozen=True, eq=False)
class Side:
    """Lengths of the arcs that give each person of a side one pair more, and one less, ``(people,)`` float64."""

    more: FloatArray
    less: FloatArray


@dataclass(frozen=True, eq=False)
class Graph:
    """A residual graph seen from one side; all arc lengths are 0 or more.

    Args:
        arcs: Arcs of the pairs that could be made.
        chosen: Pairs that may be undone, rows and columns.
        undo: Value less price of each of them, ``(pairs,)`` float64.
        rows, columns: Arcs of the two sides.
    """

    arcs: Arcs
    chosen: tuple[IntArray, IntArray]
    undo: FloatArray
    rows: Side
    columns: Side

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return len(self.rows.more), len(self.columns.more)

    @cached_property
    def by_row(self) -> tuple[IntArray, IntArray]:
        """The chosen pairs by row: where each row's begin, and their positions."""
        order = np.argsort(self.chosen[0], kind="stable")
        return np.searchsorted(self.chosen[0][order], np.arange(self.shape[0] + 1)), order


class Ways:
    """Shortest paths from every column, and from both unmatched nodes, to one row or one unmatched node.

    ``column`` and ``unmatched`` contain the lengths, infinite where there is no path; those beyond what was asked for
    may be too large. A step of a path undoes a pair with row ``via`` and continues at ``then``. Labels only ever fall,
    and no arc is shorter than 0, so no path is cyclic.
    """

    def __init__(self, graph: Graph, to: int) -> None:
        self.graph, self._arcs = graph, copy(graph.arcs)  # what is added serves this search, so none depends on others
        m, n = graph.shape
        self.column, self.via, self.then = np.full(n, np.inf), np.full(n, _NO_ROW), np.full(n, _HOME)
        self.unmatched: list[float] = [np.inf, np.inf]
        self._unmatched_via, self._unmatched_then = [_NO_ROW, _NO_ROW], [_HOME, _HOME]
        self._row, self._row_then = np.full(m, np.inf), np.full(m, _HOME)
        self._fell = [np.zeros(m, bool), np.zeros(n, bool)]  # whose lower label is not passed on yet
        self._unmatched_fell = [False, False]
        if to >= 0:
            self._lower_rows(np.array([to]), np.zeros(1), np.array([_HOME]))
        else:
            self._lower_unmatched(int(to == OTHER_UNMATCHED), 0.0, _NO_ROW, _HOME)

    def known(self, longest: Callable[[Ways], float] = lambda _: 0.0) -> Ways:
        """Search until every path is known that is no longer than ``longest`` says of the paths found so far."""
        while True:
            within, nearest = longest(self), self._nearest()
            if nearest < np.inf and nearest <= within:
                self._pass_on(min(within, nearest + self._arcs.step))
            elif self._arcs.add_shorter(self._of_use(), self.column, within):
                self._fell[1] |= self.column <= within
            else:
                return self

    def _of_use(self) -> FloatArray:
        """Below which length a path from each row would shorten another; from one without a pair, only by its node."""
        of_use, more = self._row.copy(), self.graph.rows.more
        alone = np.diff(self.graph.by_row[0]) == 0
        of_use[alone & np.isinf(more)] = -np.inf
        alone &= np.isfinite(more)
        of_use[alone] = np.minimum(of_use[alone], self.unmatched[0] - more[alone])
        return of_use

    def _nearest(self) -> float:
        """The least label that is not passed on yet, infinite where there is none."""
        people = zip((self._row, self.column), self._fell, strict=True)
        nodes = zip(self.unmatched, self._unmatched_fell, strict=True)
        return min(
            *(float(labels.min(initial=np.inf, where=fell)) for labels, fell in people),
            *(label if fell else np.inf for label, fell in nodes),
        )

    def steps(self, place: int) -> Iterator[Step]:
        """Yield the steps of the path from a column, or from an unmatched node."""
        while place != _HOME:
            if place >= 0:
                row, then = int(self.via[place]), int(self.then[place])
            else:
                node = int(place == OTHER_UNMATCHED)
                row, then = self._unmatched_via[node], self._unmatched_then[node]
            if place >= 0 and row != _NO_ROW:
                yield "undo", (row, place)
            if then >= 0 and row != _NO_ROW:
                yield "make", (row, then)
            place = then

    def _pass_on(self, within: float) -> None:
        """Pass lower labels up to ``within`` on along all known arcs."""
        graph = self.graph
        rows = self._take(0, self._row, within)
        if len(rows):
            start, order = graph.by_row
            entry, begin = expand(start, rows)
            pair = order[entry]
            own = rows[np.repeat(np.arange(len(rows)), np.diff(begin))]
            self._lower_columns(graph.chosen[1][pair], self._row[own] + graph.undo[pair], own, self._row_then[own])
            remaining = self._row[rows] + graph.rows.more[rows]
            row = rows[remaining.argmin()]
            self._lower_unmatched(0, float(remaining.min()), int(row), int(self._row_then[row]))
        columns = self._take(1, self.column, within)
        if len(columns):
            row, of, length = self._arcs.into(columns)
            self._lower_rows(row, self.column[columns][of] + length, columns[of])
            # from the other unmatched node to a column: another person of its side may lose a pair instead
            remaining = self.column[columns] + graph.columns.less[columns]
            self._lower_unmatched(1, float(remaining.min()), _NO_ROW, int(columns[remaining.argmin()]))
        if self._unmatched_fell[0] and self.unmatched[0] <= within:
            self._unmatched_fell[0] = False
            everyone = np.arange(len(self._row))
            self._lower_rows(everyone, self.unmatched[0] + graph.rows.less, np.full(len(everyone), UNMATCHED))
        if self._unmatched_fell[1] and self.unmatched[1] <= within:
            self._unmatched_fell[1] = False
            everyone = np.arange(len(self.column))
            none, other = np.full(len(everyone), _NO_ROW), np.full(len(everyone), OTHER_UNMATCHED)
            self._lower_columns(everyone, self.unmatched[1] + graph.columns.more, none, other)

    def _take(self, side: int, labels: FloatArray, within: float) -> IntArray:
        """People of a side whose lower label is to be passed on now."""
        fell = self._fell[side]
        people = np.flatnonzero(fell & (labels <= within))
        fell[people] = False
        return people

    def _lower_unmatched(self, which: int, length: float, via: int, then: int) -> None:
        if length < self.unmatched[which]:
            self.unmatched[which], self._unmatched_via[which], self._unmatched_then[which] = length, via, then
            self._unmatched_fell[which] = True

    def _lower_rows(self, rows: IntArray, lengths: FloatArray, then: IntArray) -> None:
        fall = _least(rows, lengths, self._row)
        rows = rows[fall]
        self._row[rows], self._row_then[rows], self._fell[0][rows] = lengths[fall], then[fall], True

    def _lower_columns(self, columns: IntArray, lengths: FloatArray, via: IntArray, then: IntArray) -> None:
        fall = _least(columns, lengths, self.column)
        columns = columns[fall]
        self.column[columns], self._fell[1][columns] = lengths[fall], True
        self.via[columns], self.then[columns] = via[fall], then[fall]


def _least(people: IntArray, lengths: FloatArray, labels: FloatArray) -> IntArray:
    """Positions of the shortest length of each person, where it is below their label."""
    fall = np.flatnonzero(lengths < labels[people])
    fall = fall[np.lexsort((lengths[fall], people[fall]))]
    return fall[np.diff(people[fall], prepend=-1) > 0]
