"""Residual graph of a proved plan: the exact loss of forcing a pair, by shortest paths.

Forcing ``(i, j)`` sends one unit along that arc and back from j to i, through pairs that are undone or made and through
the unmatched nodes, where a person's number of pairs changes. Every arc has the slack of the dual prices as its length,
which is nowhere negative, so one search for shortest paths gives the loss of a person with each partner::

    loss(i, j) = x_i + y_j - value_ij + length of the shortest path from j to i

No arc joins the two unmatched nodes, so such a path keeps the number of pairs. With one pair less the path goes from j
to i's unmatched node and from the other unmatched node to i; with one pair more, from j to the other unmatched node and
from i's own to i. The cardinality dual is then added or subtracted. Locked pairs use capacity, and are neither undone
nor made.

Both sides are searched by the same code: *rows* are the side of the person in question, *columns* the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rmatch._util.kept import kept
from rmatch.analysis.arcs import Arcs
from rmatch.analysis.ways import OTHER_UNMATCHED, UNMATCHED, Graph, Move, Side, Ways
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.objectives import MostPairs, Total
from rmatch.problem.compiled import staged
from rmatch.problem.model import Model, open_bounds
from rmatch.proof.certificate import Certificate
from rmatch.result import Result


@dataclass(frozen=True, eq=False)
class TotalPrices:
    """Prices of the total of a plan whose program settles at most the number of pairs before it, in points above the
    floor.

    Args:
        people: Price of each mentor and of each mentee, int64.
        potentials: Potential of the unmatched node of each side.
        gap: Gap of the total for plans with as many pairs.
        settled: Whether no plan has more pairs, where the number of pairs comes first.
    """

    people: tuple[IntArray, IntArray]
    potentials: tuple[int, int]
    gap: int
    settled: bool

    @property
    def number(self) -> int:
        """Cardinality dual: what one more pair adds to the bound."""
        return sum(self.potentials)


def prices_of_total(model: Model, certificate: Certificate) -> TotalPrices | None:
    """Return the prices of the total; None where other objectives or limits contribute, or they are redacted.

    All access to the prices of a certificate in this module is here.
    """
    if certificate.sealed or staged(model.program):
        return None
    total = certificate.stage(Total.kind())
    if total is None or total.scale != 1 or total.tree is not None:
        return None
    number = int(total.multipliers[MostPairs.kind()][0]) if MostPairs.kind() in total.multipliers else 0
    return TotalPrices(
        (total.mentor_prices + number, total.mentee_prices),
        (number, 0),
        certificate.gap,
        not certificate.gaps.get(MostPairs.kind(), 0),
    )


def least_losses(model: Model, certificate: Certificate, i: IntArray, j: IntArray, points: IntArray) -> FloatArray:
    """Return a lower bound of the loss in total of forcing pairs that are not made, in points, ``(pairs,)`` float64.

    NaN where the prices prove nothing; negative where better plans are not excluded, or a pair less may raise the
    total.

    Args:
        i, j: Mentors and mentees, ``(pairs,)`` int64.
        points: Their scores in points, ``(pairs,)`` int64.
    """
    prices = prices_of_total(model, certificate)
    if prices is None or not prices.settled:
        return np.full(len(i), np.nan)
    slack = prices.people[0][i] + prices.people[1][j] - (points - model.floor)
    one_less = min(prices.number, 0) if model.most_pairs else 0
    return (slack - prices.gap + one_less).astype(float)


@kept
def residual_of(result: Result) -> Residual | None:
    """Return the residual graph of a plan; None where its prices do not suffice.

    They do not where the program has further objectives or crossing limits, a gap remains, prices are redacted, or some
    arc would be negative.
    """
    model, prices = result.model, prices_of_total(result.model, result.certificate)
    if prices is None or prices.gap or not prices.settled or not np.prod(model.shape):
        return None
    return Residual.of(model, result.chosen, prices)


@dataclass(frozen=True, eq=False)
class Residual(Graph):
    """The residual graph of an optimal plan.

    Args:
        prices: Prices of the total.
        axis: Side of the rows: 0 for mentors, 1 for mentees.
        locked: Locked pairs, rows and columns.
    """

    model: Model
    prices: TotalPrices
    axis: int
    locked: tuple[IntArray, IntArray]

    @classmethod
    def of(cls, model: Model, pairs: tuple[IntArray, IntArray], prices: TotalPrices) -> Residual | None:
        """Return the graph of a plan with gap 0, seen from the mentors; None where its prices do not prove it."""
        open_ = ~model.is_locked(*pairs)
        chosen = pairs[0][open_], pairs[1][open_]
        x, y = prices.people
        capacity, minimum = open_bounds(model)
        sides = []
        for side, price in enumerate((x, y)):
            load, u = np.bincount(chosen[side], minlength=model.shape[side]), price - prices.potentials[side]
            more, less = np.where(load < capacity[side], -u, np.inf), np.where(load > minimum[side], u, np.inf)
            sides.append(Side(more, less))
        undo = (model.points(*chosen) - model.floor - x[chosen[0]] - y[chosen[1]]).astype(float)
        arcs = Arcs(model, (x + model.floor, y), pairs)
        lengths = (arcs.length, undo, *(length for side in sides for length in (side.more, side.less)))
        if any((length < 0).any() for length in lengths):
            return None
        return cls(arcs, chosen, undo, sides[0], sides[1], model, prices, 0, model.locked)

    @cached_property
    def turned(self) -> Residual:
        """The same graph seen from the other side, with all arcs reversed."""
        return replace(
            self,
            axis=1 - self.axis,
            arcs=self.arcs.turned(),
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

    def to(self, row: int, columns: IntArray) -> Ways:
        """Return the shortest paths to a row from some columns."""
        return Ways(self, row).known(lambda ways: float(ways.column[columns].max(initial=0)))

    def to_unmatched(self, own: bool) -> Ways:
        """Return a search for the shortest paths to the rows' unmatched node, or to that of the columns."""
        return Ways(self, UNMATCHED if own else OTHER_UNMATCHED)

    def losses(self, row: int, ways: Ways, columns: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the loss of forcing a row with each of some eligible columns, and how many pairs fewer the plan then
        has.

        Losses are infinite where it is impossible; the number is NaN there, and where equally good plans differ in it.

        Args:
            ways: Shortest paths to it from these columns.
            columns: The columns, int64.
        """
        lengths, _ = self._lengths(ways, columns)
        if self.free:
            shortest = lengths.min(axis=0)
            several = ((lengths == shortest).sum(axis=0) > 1) | (not self._number_is_unique)
            lost = np.where(several, np.nan, _LOST[lengths.argmin(axis=0)])
        else:
            shortest = np.where(np.isfinite(lengths[0]), lengths[0], lengths[1])
            lost = np.where(np.isfinite(lengths[0]), 0.0, 1.0)
        own = np.full(len(columns), row)
        i, j = (own, columns) if self.axis == 0 else (columns, own)
        loss = (
            self.prices.people[0][i] + self.prices.people[1][j] + self.model.floor - self.model.points(i, j) + shortest
        )
        partners = [theirs[own == row] for own, theirs in (self.chosen, self.locked)]
        made = np.isin(columns, np.concatenate(partners))
        return np.where(made, 0, loss), np.where(made, 0, np.where(np.isfinite(loss), lost, np.nan))

    def _lengths(self, ways: Ways, columns: IntArray) -> tuple[FloatArray, dict[bool, Ways]]:
        """Lengths of the paths back with as many pairs, one pair less, and one more, ``(3, columns)`` float64, and the
        searches for those to the rows' unmatched node and to the other.

        One pair less is considered where it is allowed, one more only where the number is free.
        """
        kept, none, searched = ways.column[columns], np.full(len(columns), np.inf), dict[bool, Ways]()

        def through(own: bool, rest: float) -> FloatArray:
            """By way of the unmatched nodes, exact where not longer than what keeps the number."""

            def longest(ways: Ways) -> float:
                return float(np.minimum(ways.column[columns], kept - rest).max(initial=0))

            searched[own] = self.to_unmatched(own).known(longest)
            return searched[own].column[columns] + rest

        fewer, more = none, none
        if np.isfinite(ways.unmatched[1]) and (self.number >= 0 if self.free else np.isinf(kept).any()):
            fewer = through(True, self.number + ways.unmatched[1])
        if np.isfinite(ways.unmatched[0]) and self.free and self.number <= 0:
            more = through(False, ways.unmatched[0] - self.number)
        return np.stack([kept, fewer, more]), searched

    @cached_property
    def _number_is_unique(self) -> bool:
        """Whether all equally good plans have as many pairs; asked where the number is free."""
        fewer = self.to_unmatched(True).known().unmatched[1] + self.number if self.number >= 0 else np.inf
        more = self.to_unmatched(False).known().unmatched[0] - self.number if self.number <= 0 else np.inf
        return min(fewer, more) > 0

    def moves(self, row: int, column: int, ways: Ways) -> tuple[list[Move], list[Move]]:
        """Return the pairs ``(row, column)`` that are undone and made if this one is forced."""
        lengths, searched = self._lengths(ways, np.array([column]))
        kept, fewer, more = lengths[:, 0]
        if np.isfinite(kept) and (not self.free or kept <= min(fewer, more)):
            steps = [*ways.steps(column)]
        elif not self.free or fewer <= more:
            steps = [*searched[True].steps(column), *ways.steps(OTHER_UNMATCHED)]
        else:
            steps = [*searched[False].steps(column), *ways.steps(UNMATCHED)]
        undone = [move for kind, move in steps if kind == "undo"]
        return undone, [(row, column), *(move for kind, move in steps if kind == "make")]


_LOST = np.array([0.0, 1.0, -1.0])
