"""What forcing a pair costs, exactly: shortest ways through the residual graph of a proved plan.

To force ``(i, j)`` is to send one unit along that arc and home again: from j through chosen pairs that are undone and
others that are made, and through the grounds where somebody's number of pairs changes, back to i. Every arc is as long
as the slack that the prices leave, which is nowhere below 0, so one search by Dijkstra tells the loss of a person with
each of all partners::

    loss(i, j) = x_i + y_j - worth_ij + the shortest way from j to i

The slack alone is only a lower bound. Where no way leads home the plan has one pair less: then a way from j to i's
ground and one from the other ground to i do, and the price of the number of pairs is paid.

Both sides are searched by the same code: *rows* are the side of the person who is asked about, *columns* the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from rmatch.aims import staged
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import expand
from rmatch.loop.folds import Dense
from rmatch.loop.kernel import Kernel
from rmatch.model import Model, open_bounds
from rmatch.proof.certificate import Certificate

MOST_SEARCHED = 25_000_000
"""Up to so many pairs of people their slack is held in memory and searched."""

_NOBODY = -1
_GROUND = -2  # the ground of the same side, as a step on the way
_OTHER_GROUND = -3

Move: TypeAlias = tuple[int, int]
"""A row and a column."""
Enough: TypeAlias = Callable[[FloatArray, float], bool]
"""Is told the lengths of the columns' ways as far as they are known, and what all others exceed."""
Step: TypeAlias = tuple[Literal["undo", "make"], Move]


@dataclass(frozen=True, eq=False)
class Side:
    """One side's people in the residual graph: what one pair more, and one less, of theirs adds to a way."""

    more: FloatArray
    less: FloatArray


@dataclass(frozen=True, eq=False)
class Ways:
    """The shortest way from every column, and from both grounds, to one row, or to the rows' ground.

    ``column`` holds the lengths, infinite where there is no way; ``column_next``, ``row_next`` and ``ground_next`` the
    next step; ``shift`` how many pairs more the plan has if the way from a column is taken.
    """

    column: FloatArray
    column_next: IntArray
    row_next: IntArray
    grounds: tuple[float, float]
    ground_next: tuple[int, int]
    shift: IntArray

    def steps(self, column: int | None) -> Iterator[Step]:
        """The way from a column, or from the columns' ground where that is None."""
        place, at = ("other ground", 0) if column is None else ("column", column)
        while True:
            if place == "column" or place == "row":
                to = int((self.column_next if place == "column" else self.row_next)[at])
            else:
                to = self.ground_next[place == "other ground"]
            if to == _NOBODY:
                return
            if to in (_GROUND, _OTHER_GROUND):
                place = "ground" if to == _GROUND else "other ground"
                continue
            if place == "column":
                yield "undo", (to, at)
            if place == "row":
                yield "make", (at, to)
            place, at = ("row" if place in ("column", "ground") else "column"), to


def prices_of_total(certificate: Certificate) -> tuple[IntArray, IntArray, int]:
    """Prices of mentors, what one pair more is worth among them, and of mentees, and that price of a pair.

    They are those of the last objective of a plain program: no open pair is worth more than its two prices.
    """
    last = certificate.stages[-1]
    number = int(next(iter(last.multipliers.values()))[0]) if last.multipliers else 0
    return last.mentor_prices + number, last.mentee_prices, number


def slack_of(certificate: Certificate, i: IntArray, j: IntArray, worth: IntArray) -> FloatArray:
    """What listed pairs, worth ``worth`` points above the floor, fall short of their prices; NaN where sealed."""
    if certificate.sealed:
        return np.full(len(i), np.nan)
    x, y, _ = prices_of_total(certificate)
    return (x[i] + y[j] - worth).astype(float)


def residual_of(model: Model, pairs: tuple[IntArray, IntArray], certificate: Certificate) -> Residual | None:
    """Return the residual graph of a plan, or None where its prices are not enough.

    They are not where there are more objectives than the most pairs and their total or limits that cross groups, where
    a gap is left or prices are not told, and where there are too many pairs of people to hold.
    """
    plain = not (staged(model.program) or certificate.sealed) and certificate.gap == 0
    if not plain or not certificate.proved or not 0 < np.prod(model.shape) <= MOST_SEARCHED:
        return None
    free = ~np.isin(pairs[0] * np.int64(model.shape[1]) + pairs[1], model.locked_keys)
    return Residual.of(model, (pairs[0][free], pairs[1][free]), certificate)


@dataclass(frozen=True, eq=False)
class Residual:
    """The residual graph of a plan that its prices prove best, seen from one side.

    ``slack`` (rows, columns) is what each pair falls short of its prices, infinite where it is made already; ``undo``
    what each made one exceeds them by. ``number`` is the price of the number of pairs, which is ``free`` where it is
    not settled before the total.
    """

    model: Model
    axis: int
    slack: FloatArray
    chosen: tuple[IntArray, IntArray]
    undo: FloatArray
    rows: Side
    columns: Side
    number: int
    free: bool

    @classmethod
    def of(cls, model: Model, chosen: tuple[IntArray, IntArray], certificate: Certificate) -> Residual:
        """The graph of a plain plan whose gap is 0, seen from the mentors; ``chosen`` are the pairs not locked."""
        x, y, number = prices_of_total(certificate)
        grounds = number, 0
        kernel = Kernel.of(model)
        slack = -kernel.scan(kernel.priced(x + model.floor, y), Dense(*model.shape))
        slack[chosen] = np.inf  # these can be undone, not made again
        capacity, minimum = open_bounds(model)
        sides = []
        for side, price in enumerate((x, y)):
            load, u = np.bincount(chosen[side], minlength=model.shape[side]), price - grounds[side]
            more, less = np.where(load < capacity[side], -u, np.inf), np.where(load > minimum[side], u, np.inf)
            sides.append(Side(more, less))
        undo = (model.points(*chosen) - model.floor - x[chosen[0]] - y[chosen[1]]).astype(float)
        free = not model.most_pairs
        return cls(model, 0, np.asfortranarray(slack), chosen, undo, sides[0], sides[1], sum(grounds), free)

    @cached_property
    def turned(self) -> Residual:
        """The same graph seen from the other side: every arc the other way round."""
        slack, chosen = np.asfortranarray(self.slack.T), (self.chosen[1], self.chosen[0])
        return replace(self, axis=1 - self.axis, slack=slack, chosen=chosen, rows=self.columns, columns=self.rows)

    def eligible(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether each pair of a row and a column may be."""
        return self.model.eligible(*((rows, columns) if self.axis == 0 else (columns, rows)))

    @cached_property
    def _by_row(self) -> tuple[IntArray, IntArray]:
        """The chosen pairs by their rows: where each row's begin, and which they are."""
        order = np.argsort(self.chosen[0], kind="stable")
        return np.searchsorted(self.chosen[0][order], np.arange(self.slack.shape[0] + 1)), order

    def to(self, row: int, enough: Enough | None = None) -> Ways:
        """Return the shortest ways to a row; ``enough`` may end the search before all of them are known."""
        return _Search(self, row).ways(enough)

    def to_ground(self, own: bool, enough: Enough | None = None) -> Ways:
        """Return the shortest ways to the rows' own ground, or to that of the columns; each search goes on where the
        last one ended, for they lead to the same place whoever asks."""
        return self._searches[not own].ways(enough)

    @cached_property
    def _searches(self) -> tuple[_Search, _Search]:
        return _Search(self, _GROUND), _Search(self, _OTHER_GROUND)

    @cached_property
    def out(self) -> Ways:
        """The shortest ways to the rows' ground: to somebody who has a pair less."""
        return self.to_ground(own=True)

    def losses(self, row: int, ways: Ways, columns: IntArray) -> tuple[FloatArray, IntArray]:
        """What forcing a row with each of some eligible columns costs, infinite where it cannot be, and pairs lost."""
        slack = self.slack[row, columns].astype(float)
        loss = slack + ways.column[columns]
        lost = np.where(np.isfinite(loss), -ways.shift[columns], 0)
        short = np.flatnonzero(np.isinf(ways.column[columns]))
        if len(short) and not self.free and np.isfinite(ways.grounds[1]):
            loss[short] = slack[short] + self.out.column[columns[short]] + self.number + ways.grounds[1]
            lost[short] = np.isfinite(loss[short])
        own = np.isin(columns, self.chosen[1][self.chosen[0] == row])
        return np.where(own, 0, loss), np.where(own, 0, lost)

    def moves(self, row: int, column: int, ways: Ways) -> tuple[list[Move], list[Move]]:
        """The pairs ``(row, column)`` that are undone, and those that are made, if this one is forced."""
        one_less = np.isinf(ways.column[column])
        steps = [*self.out.steps(column), *ways.steps(None)] if one_less else [*ways.steps(column)]
        undone = [move for kind, move in steps if kind == "undo"]
        return undone, [(row, column), *(move for kind, move in steps if kind == "make")]


class _Search:
    """Dijkstra's search, backwards from where the ways lead to. Columns are settled one by one, rows as they fall."""

    def __init__(self, graph: Residual, to: int) -> None:
        self.graph = graph
        m, n = graph.slack.shape
        self.row, self.row_next = np.full(m, np.inf), np.full(m, _NOBODY)
        self.column, self.column_next = np.full(n, np.inf), np.full(n, _NOBODY)
        self.shift = np.zeros(n, np.int64)
        self.open = np.full(n, np.inf)  # the lengths of columns that are not settled
        self.grounds: list[float] = [np.inf, np.inf]
        self.ground_next, self.ground_shift = [_NOBODY, _NOBODY], [0, 0]
        self.settled = [False, False]
        if to < 0:
            self.grounds[to == _OTHER_GROUND] = 0.0
        else:
            self._fell(np.array([to]), np.zeros(1), np.array([_NOBODY]), np.zeros(1, np.int64))

    def ways(self, enough: Enough | None) -> Ways:
        """Search until all ways are known, or enough of them."""
        while True:
            column = int(self.open.argmin())
            own, other = (np.inf if done else at for done, at in zip(self.settled, self.grounds, strict=True))
            nearest = min(self.open[column], own, other)
            if np.isinf(nearest) or (enough is not None and enough(self.column, nearest)):
                break
            if nearest == own:
                self._settle_ground()
            elif nearest == other:
                self._settle_other_ground()
            else:
                self._settle_column(column)
        return Ways(
            self.column,
            self.column_next,
            self.row_next,
            (self.grounds[0], self.grounds[1]),
            (self.ground_next[0], self.ground_next[1]),
            self.shift,
        )

    def _settle_column(self, column: int) -> None:
        graph, length = self.graph, self.column[column]
        self.open[column] = np.inf
        to = length + graph.slack[:, column]
        rows = np.flatnonzero(to < self.row)
        rows = rows[graph.eligible(rows, np.full(len(rows), column))] if len(rows) else rows
        if len(rows):
            shift = np.full(len(rows), self.shift[column])
            self._fell(rows, to[rows], np.full(len(rows), column), shift)
        # from the other ground into this column: somebody else of its side may lose a pair instead
        self._ground(1, length + graph.columns.less[column], column, int(self.shift[column]))

    def _settle_ground(self) -> None:
        """From rows that may lose a pair to their ground."""
        self.settled[0] = True
        to = self.grounds[0] + self.graph.rows.less
        rows = np.flatnonzero(to < self.row)
        if len(rows):
            self._fell(rows, to[rows], np.full(len(rows), _GROUND), np.full(len(rows), self.ground_shift[0]))
        price = self.graph.number
        if self.graph.free and price <= 0:  # from the other ground: one pair more
            self._ground(1, self.grounds[0] - price, _GROUND, self.ground_shift[0] + 1)

    def _settle_other_ground(self) -> None:
        """From columns with room to their ground."""
        self.settled[1] = True
        to = self.grounds[1] + self.graph.columns.more
        columns = np.flatnonzero(to < self.column)
        self.column[columns] = self.open[columns] = to[columns]
        self.column_next[columns], self.shift[columns] = _OTHER_GROUND, self.ground_shift[1]
        price = self.graph.number
        if self.graph.free and price >= 0:  # from the own ground: one pair less
            self._ground(0, self.grounds[1] + price, _OTHER_GROUND, self.ground_shift[1] - 1)

    def _ground(self, which: int, length: float, to: int, shift: int) -> None:
        if length < self.grounds[which]:
            self.grounds[which], self.ground_next[which], self.ground_shift[which] = length, to, shift

    def _fell(self, rows: IntArray, lengths: FloatArray, to: IntArray, shift: IntArray) -> None:
        """Rows have a shorter way: so have the columns paired with them, and the ground where a row has room."""
        graph = self.graph
        self.row[rows], self.row_next[rows] = lengths, to
        start, order = graph._by_row
        entry, begin = expand(start, rows)
        pair = order[entry]
        column = graph.chosen[1][pair]
        of = np.repeat(np.arange(len(rows)), np.diff(begin))
        through = lengths[of] + graph.undo[pair]
        shorter = np.flatnonzero(through < self.column[column])
        for k in shorter[np.lexsort((through[shorter], column[shorter]))][::-1]:  # the shortest is written last
            self.column[column[k]] = self.open[column[k]] = through[k]
            self.column_next[column[k]], self.shift[column[k]] = rows[of[k]], shift[of[k]]
        room = lengths + graph.rows.more[rows]
        nearest = int(np.argmin(room))
        self._ground(0, float(room[nearest]), int(rows[nearest]), int(shift[nearest]))
