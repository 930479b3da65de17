"""Residual graph of a proved plan: the exact loss of forcing a pair, by shortest paths.

Forcing ``(i, j)`` sends one unit along that arc and back from j to i, through pairs that are undone or made and through
the unmatched nodes, where a person's number of pairs changes. Every arc has the slack of the dual prices as its length,
which is nowhere negative, so one Dijkstra search gives the loss of a person with each partner::

    loss(i, j) = x_i + y_j - value_ij + length of the shortest path from j to i

No arc joins the two unmatched nodes, so such a path keeps the number of pairs. With one pair less the path goes from j
to i's unmatched node and from the other unmatched node to i; with one pair more, from j to the other unmatched node and
from i's own to i. The cardinality dual is then added or subtracted. Locked pairs use capacity, and are neither undone
nor made.

Both sides are searched by the same code: *rows* are the side of the person in question, *columns* the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from rmatch._util.arrays import Floats
from rmatch._util.kept import kept
from rmatch.analysis.total_prices import TotalPrices, prices_of_total
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import expand
from rmatch.problem.model import Model, open_bounds
from rmatch.result import Result
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense

MOST_SEARCHED = 25_000_000
"""Most pairs of people whose slack is kept in memory."""

_HOME = -1  # where the ways lead to
_UNMATCHED = -2  # the unmatched node of the rows
_OTHER_UNMATCHED = -3
_NO_ROW = -1

Move: TypeAlias = tuple[int, int]
"""A row and a column."""
Enough: TypeAlias = Callable[[FloatArray, float], bool]
"""Stopping rule of a search: receives the known lengths of the columns' paths, and a lower bound of all others."""
Step: TypeAlias = tuple[Literal["undo", "make"], Move]


@dataclass(frozen=True, eq=False)
class Side:
    """Lengths of the arcs that give each person of a side one pair more, and one less, ``(people,)`` float64."""

    more: FloatArray
    less: FloatArray


@kept
def residual_of(result: Result) -> Residual | None:
    """Return the residual graph of a plan; None where its prices do not suffice.

    They do not where the program has further objectives or crossing limits, a gap remains, prices are redacted, there
    are too many pairs of people, or some arc would be negative.
    """
    model, prices = result.model, prices_of_total(result.model, result.certificate)
    if prices is None or prices.gap or not prices.settled or not 0 < np.prod(model.shape) <= MOST_SEARCHED:
        return None
    return Residual.of(model, result.chosen, prices)


@dataclass(frozen=True, eq=False)
class Residual:
    """The residual graph of an optimal plan, seen from one side; all arc lengths are 0 or more.

    Args:
        model: The model.
        prices: Prices of the total.
        axis: Side of the rows: 0 for mentors, 1 for mentees.
        slack: Price less value of each pair, ``(rows, columns)``; infinite where it is made.
        chosen: Pairs that may be undone, rows and columns.
        locked: Locked pairs, rows and columns.
        undo: Value less price of each chosen pair, ``(pairs,)`` float64.
        rows, columns: Arcs of the two sides.
    """

    model: Model
    prices: TotalPrices
    axis: int
    slack: Floats
    chosen: tuple[IntArray, IntArray]
    locked: tuple[IntArray, IntArray]
    undo: FloatArray
    rows: Side
    columns: Side

    @classmethod
    def of(cls, model: Model, pairs: tuple[IntArray, IntArray], prices: TotalPrices) -> Residual | None:
        """Return the graph of a plan with gap 0, seen from the mentors; None where its prices do not prove it."""
        open_ = ~np.isin(pairs[0] * np.int64(model.shape[1]) + pairs[1], model.locked_keys)
        chosen = pairs[0][open_], pairs[1][open_]
        x, y = prices.people
        kernel = Kernel.of(model)
        slack = -kernel.scan(kernel.priced(x + model.floor, y), Dense(*model.shape))
        for made in (chosen, model.locked):
            slack[made] = np.inf
        capacity, minimum = open_bounds(model)
        sides = []
        for side, price in enumerate((x, y)):
            load, u = np.bincount(chosen[side], minlength=model.shape[side]), price - prices.potentials[side]
            more, less = np.where(load < capacity[side], -u, np.inf), np.where(load > minimum[side], u, np.inf)
            sides.append(Side(more, less))
        undo = (model.points(*chosen) - model.floor - x[chosen[0]] - y[chosen[1]]).astype(float)
        lengths = (undo, *(length for side in sides for length in (side.more, side.less)))
        if not _without_shorter_than_nothing(model, slack) or any((length < 0).any() for length in lengths):
            return None
        return cls(model, prices, 0, np.asfortranarray(slack), chosen, model.locked, undo, sides[0], sides[1])

    @cached_property
    def turned(self) -> Residual:
        """The same graph seen from the other side, with all arcs reversed."""
        return replace(
            self,
            axis=1 - self.axis,
            slack=np.asfortranarray(self.slack.T),
            chosen=self.chosen[::-1],
            locked=self.locked[::-1],
            rows=self.columns,
            columns=self.rows,
        )

    @property
    def number(self) -> int:
        """Cardinality dual; where the number is free, below 0 only if it cannot fall, above 0 only if it cannot
        rise.
        """
        return self.prices.number

    @property
    def free(self) -> bool:
        """Whether the number of pairs is not settled before the total."""
        return not self.model.most_pairs

    def eligible(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Return whether each pair of a row and a column is eligible, bool."""
        return self.model.eligible(*((rows, columns) if self.axis == 0 else (columns, rows)))

    @cached_property
    def by_row(self) -> tuple[IntArray, IntArray]:
        """The chosen pairs by row: where each row's begin, and their positions."""
        order = np.argsort(self.chosen[0], kind="stable")
        return np.searchsorted(self.chosen[0][order], np.arange(self.slack.shape[0] + 1)), order

    def to(self, row: int, enough: Enough | None = None) -> Ways:
        """Return the shortest paths to a row; ``enough`` may end the search early."""
        return Ways(self, row).known(enough)

    def to_unmatched(self, own: bool, enough: Enough | None = None) -> Ways:
        """Return the shortest paths to the rows' unmatched node, or to that of the columns; searches are resumed."""
        return self._to_unmatched[not own].known(enough)

    @cached_property
    def _to_unmatched(self) -> tuple[Ways, Ways]:
        return Ways(self, _UNMATCHED), Ways(self, _OTHER_UNMATCHED)

    def losses(self, row: int, ways: Ways, columns: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the loss of forcing a row with each of some eligible columns, and how many pairs fewer the plan then
        has.

        Losses are infinite where it is impossible; the number is NaN there, and where equally good plans differ in it.

        Args:
            row: The row.
            ways: Shortest paths to it.
            columns: The columns, int64.
        """
        slack, lengths = self.slack[row, columns].astype(float), self._lengths(ways, columns)
        if self.free:
            shortest = lengths.min(axis=0)
            several = ((lengths == shortest).sum(axis=0) > 1) | (not self._number_is_unique)
            lost = np.where(several, np.nan, _LOST[lengths.argmin(axis=0)])
        else:
            shortest = np.where(np.isfinite(lengths[0]), lengths[0], lengths[1])
            lost = np.where(np.isfinite(lengths[0]), 0.0, 1.0)
        loss = slack + shortest
        partners = [theirs[own == row] for own, theirs in (self.chosen, self.locked)]
        made = np.isin(columns, np.concatenate(partners))
        return np.where(made, 0, loss), np.where(made, 0, np.where(np.isfinite(loss), lost, np.nan))

    def _lengths(self, ways: Ways, columns: IntArray) -> FloatArray:
        """Lengths of the paths back with as many pairs, one pair less, and one more, ``(3, columns)`` float64.

        One pair less is considered where it is allowed, one more only where the number is free.
        """
        kept, none = ways.column[columns], np.full(len(columns), np.inf)
        fewer, more = none, none
        if np.isfinite(ways.unmatched[1]) and (self.number >= 0 if self.free else np.isinf(kept).any()):
            fewer = self.to_unmatched(own=True).column[columns] + self.number + ways.unmatched[1]
        if np.isfinite(ways.unmatched[0]) and self.free and self.number <= 0:
            more = self.to_unmatched(own=False).column[columns] - self.number + ways.unmatched[0]
        return np.stack([kept, fewer, more])

    @cached_property
    def _number_is_unique(self) -> bool:
        """Whether all equally good plans have as many pairs; asked where the number is free."""
        fewer = self.to_unmatched(own=True).unmatched[1] + self.number if self.number >= 0 else np.inf
        more = self.to_unmatched(own=False).unmatched[0] - self.number if self.number <= 0 else np.inf
        return min(fewer, more) > 0

    def moves(self, row: int, column: int, ways: Ways) -> tuple[list[Move], list[Move]]:
        """Return the pairs ``(row, column)`` that are undone and made if this one is forced."""
        kept, fewer, more = self._lengths(ways, np.array([column]))[:, 0]
        if np.isfinite(kept) and (not self.free or kept <= min(fewer, more)):
            steps = [*ways.steps(column)]
        elif not self.free or fewer <= more:
            steps = [*self.to_unmatched(own=True).steps(column), *ways.steps(_OTHER_UNMATCHED)]
        else:
            steps = [*self.to_unmatched(own=False).steps(column), *ways.steps(_UNMATCHED)]
        undone = [move for kind, move in steps if kind == "undo"]
        return undone, [(row, column), *(move for kind, move in steps if kind == "make")]


_LOST = np.array([0.0, 1.0, -1.0])


def _without_shorter_than_nothing(model: Model, slack: Floats) -> bool:
    """Whether no eligible pair exceeds its prices; ineligible ones are set to infinite slack."""
    for row in np.flatnonzero(slack.min(axis=1) < 0):
        columns = np.flatnonzero(slack[row] < 0)
        if model.eligible(np.full(len(columns), row), columns).any():
            return False
        slack[row, columns] = np.inf
    return True


class Ways:
    """Shortest paths from every column, and from both unmatched nodes, to one row or one unmatched node (Dijkstra).

    ``column`` and ``unmatched`` contain the lengths, infinite where there is no path. A step of a path undoes a pair
    with row ``via`` and continues at ``then``, which was settled earlier, so no path is cyclic.
    """

    def __init__(self, graph: Residual, to: int) -> None:
        self.graph = graph
        m, n = graph.slack.shape
        self.column, self.via, self.then = np.full(n, np.inf), np.full(n, _NO_ROW), np.full(n, _HOME)
        self.unmatched: list[float] = [np.inf, np.inf]
        self._unmatched_via, self._unmatched_then = [_NO_ROW, _NO_ROW], [_HOME, _HOME]
        self._row = np.full(m, np.inf)
        self._open = np.full(n, np.inf)  # the lengths of columns that are not settled
        self._settled, self._unmatched_settled = np.zeros(n, bool), [False, False]
        if to in (_UNMATCHED, _OTHER_UNMATCHED):
            self.unmatched[to == _OTHER_UNMATCHED] = 0.0
        else:
            self._reach(np.array([to]), np.zeros(1), _HOME)

    def known(self, enough: Enough | None) -> Ways:
        """Search until all paths are known, or ``enough`` ends it."""
        while True:
            column = int(self._open.argmin())
            own, other = (
                np.inf if settled else length
                for settled, length in zip(self._unmatched_settled, self.unmatched, strict=True)
            )
            nearest = min(float(self._open[column]), own, other)
            if np.isinf(nearest) or (enough is not None and enough(self.column, nearest)):
                return self
            if nearest == own:
                self._settle_unmatched()
            elif nearest == other:
                self._settle_other_unmatched()
            else:
                self._settle_column(column)

    def steps(self, place: int) -> Iterator[Step]:
        """Yield the steps of the path from a column, or from an unmatched node."""
        while place != _HOME:
            if place >= 0:
                row, then = int(self.via[place]), int(self.then[place])
            else:
                node = int(place == _OTHER_UNMATCHED)
                row, then = self._unmatched_via[node], self._unmatched_then[node]
            if place >= 0 and row != _NO_ROW:
                yield "undo", (row, place)
            if then >= 0 and row != _NO_ROW:
                yield "make", (row, then)
            place = then

    def _settle_column(self, column: int) -> None:
        graph, length = self.graph, float(self.column[column])
        self._open[column], self._settled[column] = np.inf, True
        to = length + graph.slack[:, column]
        rows = np.flatnonzero(to < self._row)
        rows = rows[graph.eligible(rows, np.full(len(rows), column))] if len(rows) else rows
        self._reach(rows, to[rows], column)
        # from the other unmatched node to this column: another person of its side may lose a pair instead
        self._reach_unmatched(1, length + float(graph.columns.less[column]), _NO_ROW, column)

    def _settle_unmatched(self) -> None:
        """Relax the arcs from rows that may lose a pair to their unmatched node."""
        self._unmatched_settled[0] = True
        to = self.unmatched[0] + self.graph.rows.less
        rows = np.flatnonzero(to < self._row)
        self._reach(rows, to[rows], _UNMATCHED)

    def _settle_other_unmatched(self) -> None:
        """Relax the arcs from columns below capacity to their unmatched node."""
        self._unmatched_settled[1] = True
        to = self.unmatched[1] + self.graph.columns.more
        columns = np.flatnonzero((to < self.column) & ~self._settled)
        self.column[columns] = self._open[columns] = to[columns]
        self.via[columns], self.then[columns] = _NO_ROW, _OTHER_UNMATCHED

    def _reach_unmatched(self, which: int, length: float, via: int, then: int) -> None:
        if length < self.unmatched[which] and not self._unmatched_settled[which]:
            self.unmatched[which], self._unmatched_via[which], self._unmatched_then[which] = length, via, then

    def _reach(self, rows: IntArray, lengths: Floats, then: int) -> None:
        """Record shorter paths of rows, and relax the columns paired with them and their unmatched node."""
        if not len(rows):
            return
        graph = self.graph
        self._row[rows] = lengths
        start, order = graph.by_row
        entry, begin = expand(start, rows)
        pair = order[entry]
        column = graph.chosen[1][pair]
        of = np.repeat(np.arange(len(rows)), np.diff(begin))
        through = lengths[of] + graph.undo[pair]
        shorter = np.flatnonzero((through < self.column[column]) & ~self._settled[column])
        shorter = shorter[np.lexsort((through[shorter], column[shorter]))][::-1]  # the shortest is written last
        self.column[column[shorter]] = self._open[column[shorter]] = through[shorter]
        self.via[column[shorter]], self.then[column[shorter]] = rows[of[shorter]], then
        remaining = lengths + graph.rows.more[rows]
        nearest = int(np.argmin(remaining))
        self._reach_unmatched(0, float(remaining[nearest]), int(rows[nearest]), then)
