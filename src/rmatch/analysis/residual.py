"""What forcing a pair costs, exactly: shortest ways through the residual graph of a proved plan.

To force ``(i, j)`` is to send one unit along that arc and home again: from j through chosen pairs that are undone and
others that are made, and through the grounds where somebody's number of pairs changes, back to i. Every arc is as long
as the slack that the prices leave, which is nowhere below 0, so one search by Dijkstra tells the loss of a person with
each of all partners::

    loss(i, j) = x_i + y_j - worth_ij + the shortest way from j to i

The slack alone is only a lower bound. No arc joins the grounds of the two sides, so such a way leaves the number of
pairs as it is. The plan has one pair less by a way from j to i's ground and one from the other ground to i, and one
more by a way from j to the other ground and one from i's ground to i; the price of the number of pairs is then paid, or
earned. Locked pairs stand aside: they take room, and are neither undone nor made.

Both sides are searched by the same code: *rows* are the side of the person who is asked about, *columns* the other.
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
"""Up to so many pairs of people their slack is held in memory and searched."""

_HOME = -1  # where the ways lead to
_GROUND = -2  # the ground of the rows
_OTHER_GROUND = -3
_NOBODY = -1

Move: TypeAlias = tuple[int, int]
"""A row and a column."""
Enough: TypeAlias = Callable[[FloatArray, float], bool]
"""Is told the lengths of the columns' ways as far as they are known, and what all others reach at least."""
Step: TypeAlias = tuple[Literal["undo", "make"], Move]


@dataclass(frozen=True, eq=False)
class Side:
    """One side's people in the residual graph: what one pair more, and one less, of theirs adds to a way."""

    more: FloatArray
    less: FloatArray


@kept
def residual_of(result: Result) -> Residual | None:
    """Return the residual graph of a plan, or None where its prices are not enough.

    They are not where there are more objectives than the most pairs and their total or limits that cross groups, where
    a gap is left or prices are not told, where there are too many pairs of people to hold, and where some arc would be
    shorter than 0.
    """
    model, prices = result.model, prices_of_total(result.model, result.certificate)
    if prices is None or prices.gap or not prices.settled or not 0 < np.prod(model.shape) <= MOST_SEARCHED:
        return None
    return Residual.of(model, result.chosen, prices)


@dataclass(frozen=True, eq=False)
class Residual:
    """The residual graph of a plan that its prices prove best, seen from one side; no arc is shorter than 0.

    ``slack`` (rows, columns) is what each pair falls short of its prices, infinite where it is made already; ``undo``
    what each made one exceeds them by. ``chosen`` are the pairs that may be undone, ``locked`` those that stand.
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
        """The graph of a plain plan whose gap is 0, seen from the mentors; None where its prices do not prove it."""
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
            load, u = np.bincount(chosen[side], minlength=model.shape[side]), price - prices.grounds[side]
            more, less = np.where(load < capacity[side], -u, np.inf), np.where(load > minimum[side], u, np.inf)
            sides.append(Side(more, less))
        undo = (model.points(*chosen) - model.floor - x[chosen[0]] - y[chosen[1]]).astype(float)
        lengths = (undo, *(length for side in sides for length in (side.more, side.less)))
        if not _without_shorter_than_nothing(model, slack) or any((length < 0).any() for length in lengths):
            return None
        return cls(model, prices, 0, np.asfortranarray(slack), chosen, model.locked, undo, sides[0], sides[1])

    @cached_property
    def turned(self) -> Residual:
        """The same graph seen from the other side: every arc the other way round."""
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
        """The price of the number of pairs; where that is free, below 0 only if there can be no pair less, above 0 only
        if there can be none more."""
        return self.prices.number

    @property
    def free(self) -> bool:
        """Whether the number of pairs is not settled before the total."""
        return not self.model.most_pairs

    def eligible(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether each pair of a row and a column may be."""
        return self.model.eligible(*((rows, columns) if self.axis == 0 else (columns, rows)))

    @cached_property
    def by_row(self) -> tuple[IntArray, IntArray]:
        """The chosen pairs by their rows: where each row's begin, and which they are."""
        order = np.argsort(self.chosen[0], kind="stable")
        return np.searchsorted(self.chosen[0][order], np.arange(self.slack.shape[0] + 1)), order

    def to(self, row: int, enough: Enough | None = None) -> Ways:
        """Return the shortest ways to a row; ``enough`` may end the search before all of them are known."""
        return Ways(self, row).known(enough)

    def to_ground(self, own: bool, enough: Enough | None = None) -> Ways:
        """Return the shortest ways to the rows' own ground, or to that of the columns; each search goes on where the
        last one ended, for they lead to the same place whoever asks."""
        return self._to_grounds[not own].known(enough)

    @cached_property
    def _to_grounds(self) -> tuple[Ways, Ways]:
        return Ways(self, _GROUND), Ways(self, _OTHER_GROUND)

    def losses(self, row: int, ways: Ways, columns: IntArray) -> tuple[FloatArray, FloatArray]:
        """What forcing a row with each of some eligible columns costs, and how many pairs fewer there are then.

        Losses are infinite where it cannot be; the number is NaN there, and where plans as good differ in it.
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
        """How long the way home is with as many pairs, with one pair less, and with one more: ``(3, columns)``.

        A pair less is looked for where it may be had, a pair more only where the number is free.
        """
        kept, none = ways.column[columns], np.full(len(columns), np.inf)
        fewer, more = none, none
        if np.isfinite(ways.grounds[1]) and (self.number >= 0 if self.free else np.isinf(kept).any()):
            fewer = self.to_ground(own=True).column[columns] + self.number + ways.grounds[1]
        if np.isfinite(ways.grounds[0]) and self.free and self.number <= 0:
            more = self.to_ground(own=False).column[columns] - self.number + ways.grounds[0]
        return np.stack([kept, fewer, more])

    @cached_property
    def _number_is_unique(self) -> bool:
        """Whether all plans as good as this one have as many pairs; asked where the number is free."""
        fewer = self.to_ground(own=True).grounds[1] + self.number if self.number >= 0 else np.inf
        more = self.to_ground(own=False).grounds[0] - self.number if self.number <= 0 else np.inf
        return min(fewer, more) > 0

    def moves(self, row: int, column: int, ways: Ways) -> tuple[list[Move], list[Move]]:
        """The pairs ``(row, column)`` that are undone, and those that are made, if this one is forced."""
        kept, fewer, more = self._lengths(ways, np.array([column]))[:, 0]
        if np.isfinite(kept) and (not self.free or kept <= min(fewer, more)):
            steps = [*ways.steps(column)]
        elif not self.free or fewer <= more:
            steps = [*self.to_ground(own=True).steps(column), *ways.steps(_OTHER_GROUND)]
        else:
            steps = [*self.to_ground(own=False).steps(column), *ways.steps(_GROUND)]
        undone = [move for kind, move in steps if kind == "undo"]
        return undone, [(row, column), *(move for kind, move in steps if kind == "make")]


_LOST = np.array([0.0, 1.0, -1.0])


def _without_shorter_than_nothing(model: Model, slack: Floats) -> bool:
    """Whether no pair that may be exceeds its prices; what may not be is set aside where it seems to."""
    for row in np.flatnonzero(slack.min(axis=1) < 0):
        columns = np.flatnonzero(slack[row] < 0)
        if model.eligible(np.full(len(columns), row), columns).any():
            return False
        slack[row, columns] = np.inf
    return True


class Ways:
    """The shortest ways from every column, and from both grounds, to one row, or to a ground: Dijkstra's search.

    ``column`` and ``grounds`` hold the lengths, infinite where there is no way. Columns and grounds are settled once,
    the nearest first, and rows are passed through: a step undoes a pair with a row (``via``), and goes on to a place
    that was settled before (``then``). So no way runs in a circle.
    """

    def __init__(self, graph: Residual, to: int) -> None:
        self.graph = graph
        m, n = graph.slack.shape
        self.column, self.via, self.then = np.full(n, np.inf), np.full(n, _NOBODY), np.full(n, _HOME)
        self.grounds: list[float] = [np.inf, np.inf]
        self._ground_via, self._ground_then = [_NOBODY, _NOBODY], [_HOME, _HOME]
        self._row = np.full(m, np.inf)
        self._open = np.full(n, np.inf)  # the lengths of columns that are not settled
        self._settled, self._grounds_settled = np.zeros(n, bool), [False, False]
        if to in (_GROUND, _OTHER_GROUND):
            self.grounds[to == _OTHER_GROUND] = 0.0
        else:
            self._reach(np.array([to]), np.zeros(1), _HOME)

    def known(self, enough: Enough | None) -> Ways:
        """Search until all ways are known, or enough of them."""
        while True:
            column = int(self._open.argmin())
            own, other = (
                np.inf if settled else length
                for settled, length in zip(self._grounds_settled, self.grounds, strict=True)
            )
            nearest = min(float(self._open[column]), own, other)
            if np.isinf(nearest) or (enough is not None and enough(self.column, nearest)):
                return self
            if nearest == own:
                self._settle_ground()
            elif nearest == other:
                self._settle_other_ground()
            else:
                self._settle_column(column)

    def steps(self, place: int) -> Iterator[Step]:
        """The way from a column, or from a ground."""
        while place != _HOME:
            if place >= 0:
                row, then = int(self.via[place]), int(self.then[place])
            else:
                ground = int(place == _OTHER_GROUND)
                row, then = self._ground_via[ground], self._ground_then[ground]
            if place >= 0 and row != _NOBODY:
                yield "undo", (row, place)
            if then >= 0 and row != _NOBODY:
                yield "make", (row, then)
            place = then

    def _settle_column(self, column: int) -> None:
        graph, length = self.graph, float(self.column[column])
        self._open[column], self._settled[column] = np.inf, True
        to = length + graph.slack[:, column]
        rows = np.flatnonzero(to < self._row)
        rows = rows[graph.eligible(rows, np.full(len(rows), column))] if len(rows) else rows
        self._reach(rows, to[rows], column)
        # from the other ground into this column: somebody else of its side may lose a pair instead
        self._reach_ground(1, length + float(graph.columns.less[column]), _NOBODY, column)

    def _settle_ground(self) -> None:
        """From rows that may lose a pair to their ground."""
        self._grounds_settled[0] = True
        to = self.grounds[0] + self.graph.rows.less
        rows = np.flatnonzero(to < self._row)
        self._reach(rows, to[rows], _GROUND)

    def _settle_other_ground(self) -> None:
        """From columns with room to their ground."""
        self._grounds_settled[1] = True
        to = self.grounds[1] + self.graph.columns.more
        columns = np.flatnonzero((to < self.column) & ~self._settled)
        self.column[columns] = self._open[columns] = to[columns]
        self.via[columns], self.then[columns] = _NOBODY, _OTHER_GROUND

    def _reach_ground(self, which: int, length: float, via: int, then: int) -> None:
        if length < self.grounds[which] and not self._grounds_settled[which]:
            self.grounds[which], self._ground_via[which], self._ground_then[which] = length, via, then

    def _reach(self, rows: IntArray, lengths: Floats, then: int) -> None:
        """Rows have a shorter way: so have the columns paired with them, and the ground where a row has room."""
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
        room = lengths + graph.rows.more[rows]
        nearest = int(np.argmin(room))
        self._reach_ground(0, float(room[nearest]), int(rows[nearest]), then)
