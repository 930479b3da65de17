"""How people lie in memory for the loop: frequent columns as a dense row each, rare ones as entries.

A column that the shares ``p`` of mentors and ``q`` of mentees have costs a product column 0.0125 ns a cell, and a
scatter 8 ns for each of the ``p · q`` co-occurrences. Either way is exact, so the split cannot be seen in any result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.arrays import EXACT, Floats
from rmatch.columns import IntArray
from rmatch.factors import Sparse, beside
from rmatch.problem.model import Model

RARE = 1.6e-3
"""Columns with ``p · q`` up to this are scattered."""


@dataclass(frozen=True, eq=False)
class Side:
    """One side's people laid out: ``dense`` (people, frequent columns), ``rare`` entries of the other columns.

    ``extra`` (people, further columns) is what pairs are worth beside their score, None where that is nothing.
    """

    dense: Floats
    rare: Sparse
    extra: Floats | None = None

    def take(self, people: IntArray) -> Side:
        """Some of the people, laid out alone."""
        extra = None if self.extra is None else self.extra[people]
        return Side(self.dense[people], self.rare.take(people), extra)


@dataclass(frozen=True, eq=False)
class Band:
    """Some people of a side, in an order of their own, each with a price in points.

    ``ids`` are their rows in ``side``, which is their number in the model; ``place`` their number within the problem
    being solved. Rows are gathered tile by tile, so a band copies nothing. A ``local`` band has a side of its own.
    """

    side: Side
    ids: IntArray
    place: IntArray
    price: IntArray
    first: int = 0
    local: bool = False

    @classmethod
    def whole(cls, side: Side) -> Band:
        """Everybody, free of charge."""
        everybody = np.arange(len(side.dense))
        return cls(side, everybody, everybody, np.zeros(len(everybody), np.int64))

    def take(self, rows: IntArray) -> Band:
        """The band of these people, in this order."""
        return Band(self.side, self.ids[rows], self.place[rows], self.price[rows])

    def alone(self) -> Band:
        """The band as a problem of its own, numbered anew."""
        return replace(self, place=np.arange(len(self)))

    def at(self, prices: IntArray) -> Band:
        """The band with everybody's price from ``prices``, which is in the order of the problem."""
        return replace(self, price=prices[self.place])

    def cut(self, rows: slice) -> Band:
        """A run of the band that carries only its own people along, for a journey; its tiles keep their numbers."""
        return Band(
            self.side.take(self.laid[rows]),
            self.ids[rows],
            self.place[rows],
            self.price[rows],
            first=rows.start,
            local=True,
        )

    def tile(self, rows: slice) -> Band:
        """The people of one tile; ``rows`` counts from the start of the whole band."""
        own = slice(rows.start - self.first, rows.stop - self.first)
        side_rows = np.arange(own.start, own.stop) if self.local else self.ids[own]
        return Band(self.side, side_rows, self.place[own], self.price[own])

    def model_ids(self, rows: slice) -> IntArray:
        """The numbers in the model of one tile's people."""
        return self.ids[rows.start - self.first : rows.stop - self.first]

    @property
    def laid(self) -> IntArray:
        """Where each person's row lies in ``side``."""
        return np.arange(len(self.ids)) if self.local else self.ids

    def gathered(self, kind: type[np.floating], constant_first: bool, score: bool = True, price: bool = True) -> Floats:
        """The dense rows of the score, and the extra ones with two more columns, a constant 1 and the price taken off.

        The two stand in one order or the other. Either part may be left out.
        """
        parts = [self.side.dense] if score else []
        if price and self.side.extra is not None:
            parts.append(self.side.extra)
        width = sum(part.shape[1] for part in parts)
        full = np.empty((len(self), width + 2 * price), kind)
        straight = len(self) > 0 and bool((np.diff(self.ids) == 1).all())
        rows = slice(self.ids[0], self.ids[-1] + 1) if straight else self.ids
        at = 0
        for part in parts:
            full[:, at : at + part.shape[1]] = part[rows]
            at += part.shape[1]
        if price:
            full[:, width + (not constant_first)] = 1
            full[:, width + constant_first] = -self.price
        return full

    def __len__(self) -> int:
        return len(self.ids)


def lay_out(model: Model) -> tuple[Side, Side]:
    """Lay out a model's factors and penalties; columns that one side never uses lie nowhere."""
    u, v = model.u, model.v
    if model.penalty is not None:
        u, v = beside([u, model.penalty[0]]), beside([v, model.penalty[1]])
    share = [np.bincount(s.column, minlength=s.width) / max(len(s), 1) for s in (u, v)]
    both = share[0] * share[1]
    penalty = np.arange(len(both)) >= model.u.width  # must stay out of the scatter, where wide sums are rounded
    frequent = np.flatnonzero((both > RARE) | ((both > 0) & penalty))
    rare = np.flatnonzero((both > 0) & (both <= RARE) & ~penalty)
    kind = np.float32 if reach(model) < EXACT else np.float64
    left, right = (Side(only(s, frequent).dense(kind), only(s, rare)) for s in (u, v))
    return left, right


def only(s: Sparse, wanted: IntArray) -> Sparse:
    """The matrix of these columns only, renumbered."""
    place = np.full(s.width, -1)
    place[wanted] = np.arange(len(wanted))
    kept = place[s.column] >= 0
    start = np.concatenate([[0], np.cumsum(kept)])[s.start]
    return Sparse(start, place[s.column[kept]], s.value[kept], len(wanted))


def reach(model: Model) -> int:
    """A bound on ``Σ |u · v|`` over allowed pairs, in points: what a float must hold besides the prices."""
    bound = sum(tile.weight for tile in model.tiles)
    for k in range(len(model.names)):
        columns = np.flatnonzero(model.owner == k)
        sides = [only(s, columns) for s in (model.u, model.v)]
        most = [_most(s) for s in sides]
        rows = [
            np.bincount(s.rows, np.abs(s.value) * most[1 - side][s.column], len(s)).max(initial=0)
            for side, s in enumerate(sides)
        ]
        bound += int(min(rows))
    return bound


def _most(s: Sparse) -> IntArray:
    most = np.zeros(s.width, np.int64)
    np.maximum.at(most, s.column, np.abs(s.value).astype(np.int64))
    return most
