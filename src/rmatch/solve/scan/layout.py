"""Memory layout for scans: frequent columns as dense rows, rare columns as sparse entries.

A column that the shares ``p`` of mentors and ``q`` of mentees have costs 0.0125 ns a cell in the matrix product, and
8 ns for each of the ``p · q`` co-occurrences in the scatter (measured). Both are exact, so the split changes no result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.arrays import EXACT, Floats, straight
from rmatch.columns import IntArray
from rmatch.factors import Sparse, beside
from rmatch.problem.model import Model
from rmatch.solve.scan.spared import most_of, worth_sparing

RARE = 1.6e-3
"""Columns with ``p · q`` up to this are scattered."""


@dataclass(frozen=True, eq=False)
class Side:
    """People of one side laid out for scans.

    Args:
        dense: Frequent columns, ``(people, columns)`` float32 or float64.
        rare: Entries of the other columns.
        extra: Columns of a valuation beside the score, ``(people, columns)``; None for none.
        spared: Columns that a harvest spares, see :mod:`rmatch.solve.scan.spared`; None for none.
        most: The most that these can add to each person's scores, ``(people,)`` int64.
    """

    dense: Floats
    rare: Sparse
    extra: Floats | None = None
    spared: Floats | None = None
    most: IntArray | None = None

    def take(self, people: IntArray) -> Side:
        """Return some of the people, copied."""
        extra, spared = (None if own is None else own[people] for own in (self.extra, self.spared))
        most = None if self.most is None else self.most[people]
        return Side(self.dense[people], self.rare.take(people), extra, spared, most)

    @property
    def full(self) -> list[Floats]:
        """All columns that lie in full, without those of a valuation."""
        return [self.dense] if self.spared is None else [self.dense, self.spared]


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Some people of one side in a given order, each with a price in points.

    Rows are gathered tile by tile, so a row block copies nothing.

    Args:
        side: The layout of the side.
        ids: Row of each person in ``side``, which is their number in the model, ``(people,)`` int64.
        place: Number of each person within the problem that is solved, ``(people,)`` int64.
        price: Price of each person in points, ``(people,)`` int64.
        first: Number of the first person within the whole block, for a block that was cut out of it.
        local: Whether ``side`` contains exactly the people of the block.
    """

    side: Side
    ids: IntArray
    place: IntArray
    price: IntArray
    first: int = 0
    local: bool = False

    @classmethod
    def whole(cls, side: Side) -> RowBlock:
        """Return the block of all people, with price 0."""
        all_people = np.arange(len(side.dense))
        return cls(side, all_people, all_people, np.zeros(len(all_people), np.int64))

    def take(self, rows: IntArray) -> RowBlock:
        """Return the block of some people, in the given order."""
        return RowBlock(self.side, self.ids[rows], self.place[rows], self.price[rows])

    def alone(self) -> RowBlock:
        """Return the block as a problem of its own, renumbered."""
        return replace(self, place=np.arange(len(self)))

    def at(self, prices: IntArray) -> RowBlock:
        """Return the block with prices from ``prices``, which is in the order of the problem."""
        return replace(self, price=prices[self.place])

    def cut(self, rows: slice) -> RowBlock:
        """Return a slice that carries only its own people, for pickling; its tiles keep their numbers."""
        return RowBlock(
            self.side.take(self.laid[rows]),
            self.ids[rows],
            self.place[rows],
            self.price[rows],
            first=rows.start,
            local=True,
        )

    def tile(self, rows: slice) -> RowBlock:
        """Return the people of one tile; ``rows`` counts from the start of the whole block."""
        own = slice(rows.start - self.first, rows.stop - self.first)
        side_rows = np.arange(own.start, own.stop) if self.local else self.ids[own]
        return RowBlock(self.side, side_rows, self.place[own], self.price[own])

    def model_ids(self, rows: slice) -> IntArray:
        """Return the numbers in the model of one tile's people."""
        return self.ids[rows.start - self.first : rows.stop - self.first]

    @property
    def most(self) -> IntArray:
        """The most that spared columns can add to each person's scores, ``(people,)`` int64."""
        assert self.side.most is not None
        return self.side.most[self.ids]

    def with_most(self) -> RowBlock:
        """Return the block with this most taken off the prices."""
        return replace(self, price=self.price - self.most)

    @property
    def laid(self) -> IntArray:
        """Row of each person in ``side``."""
        return np.arange(len(self.ids)) if self.local else self.ids

    @property
    def rows(self) -> slice | IntArray:
        """Rows of the people in ``side`` as an index, a slice where they follow one another."""
        return straight(self.ids)

    def gathered(
        self,
        kind: type[np.floating],
        constant_first: bool,
        score: bool = True,
        price: bool = True,
        spared: bool = True,
    ) -> Floats:
        """Return the rows of the matrix product.

        Args:
            kind: Floating-point type.
            constant_first: Whether the constant column 1 precedes the column of negated prices, or follows it.
            score: Whether to include the dense columns of the score.
            price: Whether to include the extra columns, the constant and the prices.
            spared: Whether to include the columns of the score that a harvest spares.

        Returns:
            ``(people, columns)`` of type ``kind``.
        """
        parts = self.side.full[: None if spared else 1] if score else []
        if price and self.side.extra is not None:
            parts.append(self.side.extra)
        width = sum(part.shape[1] for part in parts)
        full = np.empty((len(self), width + 2 * price), kind)
        rows, at = self.rows, 0
        for part in parts:
            full[:, at : at + part.shape[1]] = part[rows]
            at += part.shape[1]
        if price:
            full[:, width + (not constant_first)] = 1
            full[:, width + constant_first] = -self.price
        return full

    def __len__(self) -> int:
        return len(self.ids)


def lay_out(model: Model, most: int | None = None, sparing: bool = False) -> tuple[Side, Side]:
    """Return the layouts of both sides of a model, penalties included; columns that one side never uses are dropped.

    ``most`` is the model's :func:`reach`, where it is known; ``sparing`` is whether columns may be set apart that a
    harvest spares.
    """
    u, v = model.u, model.v
    if model.penalty is not None:
        u, v = beside([u, model.penalty[0]]), beside([v, model.penalty[1]])
    share = [np.bincount(s.column, minlength=s.width) / max(len(s), 1) for s in (u, v)]
    both = share[0] * share[1]
    penalty = np.arange(len(both)) >= model.u.width  # kept out of the scatter, which rounds large sums
    out = np.zeros(len(both), bool)
    if sparing:
        out = worth_sparing(u, v, both / np.maximum(both, RARE + 1e-12), ~penalty & (both > 0))
    frequent = np.flatnonzero(~out & ((both > RARE) | ((both > 0) & penalty)))
    rare = np.flatnonzero(~out & (both > 0) & (both <= RARE) & ~penalty)
    kind = np.float32 if (reach(model) if most is None else most) < EXACT else np.float64
    left, right = (Side(_full(s, frequent, kind), only(s, rare)) for s in (u, v))
    if not out.any():
        return left, right
    apart = [_full(s, np.flatnonzero(out), kind) for s in (u, v)]
    return replace(left, spared=apart[0], most=most_of(u, v, out)), replace(right, spared=apart[1])


def _full(s: Sparse, wanted: IntArray, kind: type[np.floating]) -> Floats:
    """Some columns in full, ``(rows, columns)``."""
    own, full = only(s, wanted), np.zeros((len(s), len(wanted)), kind)
    full[own.rows, own.column] = own.value
    return full


def only(s: Sparse, wanted: IntArray) -> Sparse:
    """Return the matrix of some columns, renumbered."""
    place = np.full(s.width, -1)
    place[wanted] = np.arange(len(wanted))
    kept = place[s.column] >= 0
    start = np.concatenate([[0], np.cumsum(kept)])[s.start]
    return Sparse(start, place[s.column[kept]], s.value[kept], len(wanted))


def reach(model: Model) -> int:
    """Return an upper bound of ``Σ |u · v|`` over allowed pairs, in points, which sets the floating-point type."""
    most = [_most(s) for s in (model.u, model.v)]
    sides = [
        (s.rows, np.abs(s.value) * other[s.column]) for s, other in zip((model.u, model.v), most[::-1], strict=True)
    ]
    bound = sum(tile.weight for tile in model.tiles)
    most = []
    for s, (rows, points) in zip((model.u, model.v), sides, strict=True):
        shape = len(model.names), len(s)
        each = np.bincount(model.owner[s.column] * len(s) + rows, points, shape[0] * shape[1])
        most.append(each.reshape(shape).max(1, initial=0))
    return bound + int(np.minimum(*most).sum())


def _most(s: Sparse) -> IntArray:
    most = np.zeros(s.width, np.int64)
    np.maximum.at(most, s.column, np.abs(s.value).astype(np.int64))
    return most
