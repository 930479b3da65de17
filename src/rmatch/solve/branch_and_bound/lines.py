"""Rows of an instance and of settled objectives, evaluated on all pairs and on listed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import BoolArray, IntArray
from rmatch.limits import Alike
from rmatch.proof.settled import rounded, settled_number
from rmatch.rows import UNBOUNDED, Condition, Couples, LoadValues, Part
from rmatch.solve.branch_and_bound.instance import Instance

_SMALL = 1 << 7


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a row on every pair: ``times`` on masks of mentors and mentees, multiplied by ``grid``, (mentors,
    mentees).
    """

    times: int
    mentors: BoolArray | None
    mentees: BoolArray | None
    grid: NDArray[np.integer] | None = None

    def at(self, i: IntArray, j: IntArray) -> IntArray:
        """Return what it adds for each listed pair, ``(pairs,)`` int64."""
        adds = np.full(len(i), self.times, np.int64)
        for some, who in ((self.mentors, i), (self.mentees, j)):
            if some is not None:
                adds *= some[who]
        return adds if self.grid is None else adds * self.grid[i, j]

    def full(self, shape: tuple[int, int]) -> IntArray:
        """Return what it adds for every pair, ``(mentors, mentees)`` int64."""
        adds = np.full(shape, self.times, np.int64)
        if self.grid is not None:
            adds *= self.grid
        for side, some in enumerate((self.mentors, self.mentees)):
            if some is not None:
                adds *= some[:, None] if side == 0 else some
        return adds

    @cached_property
    def ends(self) -> tuple[int, int]:
        """Least and largest value that it adds where it counts."""
        if self.grid is None or not self.grid.size:
            return self.times, self.times
        ends = sorted(self.times * int(end) for end in (self.grid.min(), self.grid.max()))
        return ends[0], ends[1]

    def subtract(self, full: IntArray, weight: IntArray) -> None:
        """Subtract ``weight`` times what it adds from a full matrix; ``weight`` is a number, a row or a column."""
        weight = self.times * weight
        if self.mentors is None and self.mentees is None:
            full -= weight if self.grid is None else weight * self.grid
            return
        some = [_some(mask, size) for mask, size in zip((self.mentors, self.mentees), full.shape, strict=True)]
        for side, who in enumerate(some):
            if weight.shape[side] > 1:  # few of a row for each have a multiplier
                some[side] = who[weight.take(who, side).any(1 - side)]
        at = np.ix_(*some)
        part = np.broadcast_to(weight, full.shape)[at]
        full[at] -= part if self.grid is None else part * self.grid[at]


def _some(mask: BoolArray | None, size: int) -> IntArray:
    return np.arange(size) if mask is None else np.flatnonzero(mask)


@dataclass(frozen=True, eq=False)
class Line:
    """One row, or one for each person of side ``each`` (0 or 1) or each couple, with its bounds; ``start`` is its first
    index.
    """

    name: str
    pieces: tuple[Piece, ...]
    low: IntArray
    high: IntArray
    each: int | Couples | None
    start: int
    loads: LoadValues = (None, None)

    def at(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the coefficient of each listed pair, ``(pairs,)`` int64."""
        return sum((piece.at(i, j) for piece in self.pieces), np.zeros(len(i), np.int64))

    @cached_property
    def pattern(self) -> tuple[int, int]:
        """``(v, g)``: the coefficient of every pair is v plus a multiple of g."""
        alike, others = 0, []
        for piece in self.pieces:
            if piece.mentors is not None or piece.mentees is not None:
                others.append(piece.times)
            elif piece.grid is None:
                alike += piece.times
            elif piece.grid.size and int(piece.grid.min()) == int(piece.grid.max()):
                alike += piece.times * int(piece.grid.flat[0])
            else:
                others.append(piece.times)
        return alike, int(np.gcd.reduce(others)) if others else 0

    def number(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the index of the row of each listed pair, ``(pairs,)`` int64."""
        if isinstance(self.each, Couples):
            return self.start + self.each.of(i, j)
        return self.start + (np.zeros(len(i), np.int64) if self.each is None else (i, j)[self.each])

    def weight(self, y: IntArray) -> IntArray:
        """Return the multiplier of every pair, of a shape that broadcasts to ``(mentors, mentees)``."""
        if isinstance(self.each, Couples):
            return y[self.each.of(np.arange(len(self.each.mentors))[:, None], np.arange(len(self.each.mentees)))]
        return y[:, None] if self.each in (None, 0) else y[None, :]


@dataclass(frozen=True, eq=False)
class Settled:
    """A settled objective: its values on every pair, and the interval in which it stays."""

    name: str
    values: IntArray
    loads: LoadValues
    value: int
    bound: int
    counts: bool = False


class Lines:
    """All rows of a stage, those of settled objectives last."""

    def __init__(self, instance: Instance, settled: Sequence[Settled], cache: dict[int, NDArray[np.integer]]) -> None:
        self.instance, self.shape = instance, instance.shape
        self.settled, self.cache = tuple(settled), cache
        lines: list[Line] = []
        start, counted = 0, [(done.value, done.bound) for done in settled if done.counts]
        pairs = settled_number(instance.rows, self.shape, counted)
        for row in instance.rows:
            low, high = rounded(row, self.shape, pairs)  # as the check has them, so that both list the same pairs
            each = (
                None if row.each is None else row.each if isinstance(row.each, Couples) else int(row.each == "mentee")
            )
            pieces = tuple(self._piece(part, cache) for part in row.parts)
            lines.append(Line(row.name, pieces, low, high, each, start))
            start += len(low)
        for done in settled:
            low, high = np.array([done.value]), np.array([done.bound])
            piece = Piece(1, None, None, done.values)
            lines.append(Line(done.name, (piece,), low, high, None, start, done.loads))
            start += 1
        self.lines, self.size = tuple(lines), start
        self.low = np.concatenate([line.low for line in lines] or [np.zeros(0, np.int64)])
        self.high = np.concatenate([line.high for line in lines] or [np.zeros(0, np.int64)])

    def _piece(self, part: Part, cache: dict[int, NDArray[np.integer]]) -> Piece:
        masks = []
        for some, size in zip((part.mentors, part.mentees), self.shape, strict=True):
            mask = None if some is None else np.zeros(size, bool)
            if mask is not None:
                mask[some] = True
            masks.append(mask)
        grid = None if part.pairs is None else self._grid(part.pairs, cache)
        return Piece(part.times, masks[0], masks[1], grid)

    def _grid(self, condition: Condition, cache: dict[int, NDArray[np.integer]]) -> NDArray[np.integer]:
        if id(condition) not in cache:
            if isinstance(condition, Alike):
                met = condition.block(*map(np.arange, self.shape)).astype(np.int64)
            else:
                met = np.asarray(condition(*self.instance.grid), np.int64).reshape(self.shape)
            small = met.size == 0 or max(int(met.max()), -int(met.min())) < _SMALL
            cache[id(condition)] = met.astype(np.int8) if small else met
        return cache[id(condition)]

    @cached_property
    def span(self) -> tuple[int, int]:
        """Fewest and most pairs, from people and from rows that count every pair alike."""
        bounds = self.instance
        low = max(int(least.sum()) for least in bounds.minimum)
        high = min(int(most.sum()) for most in bounds.capacity)
        for line in self.lines:
            v, g = line.pattern
            if v and not g and line.each is None and not any(line.loads):
                ends = sorted(int(x[0]) * (1 if v > 0 else -1) for x in (line.low, line.high))
                low, high = max(low, -(-ends[0] // abs(v))), min(high, ends[1] // abs(v))
        return low, high

    def rounded(self, span: tuple[int, int]) -> tuple[IntArray, IntArray]:
        """Return the bounds of all rows, tightened to attainable sums where the number of pairs is settled,
        ``(rows,)`` int64.
        """
        low, high = self.low.copy(), self.high.copy()
        for line in self.lines:
            v, g = line.pattern
            if span[0] == span[1] and line.each is None and not any(line.loads) and g:
                sure, at = v * span[0], line.start
                if low[at] > -UNBOUNDED:
                    low[at] = sure - (sure - int(low[at])) // g * g
                if high[at] < UNBOUNDED:
                    high[at] = sure + (int(high[at]) - sure) // g * g
        return low, high

    def contradictory(self, span: tuple[int, int]) -> bool:
        """Return whether a lower bound exceeds its upper bound, so that no plan satisfies the rows."""
        low, high = self.rounded(span)
        return span[0] > span[1] or bool((low > high).any())

    def subtract(self, full: IntArray, y: IntArray) -> None:
        """Subtract ``Σ y_r · coefficient_r`` from a full matrix in place."""
        for line in self.lines:
            own = y[line.start : line.start + len(line.low)]
            if own.any():
                for piece in line.pieces:
                    piece.subtract(full, line.weight(own))

    def entries(self, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return the nonzero coefficients of listed pairs: pair, row and coefficient, ``(entries,)`` int64 each."""
        pair, row, much = [], [], []
        for line in self.lines:
            value = line.at(i, j)
            some = np.flatnonzero(value)
            pair.append(some)
            row.append(line.number(i, j)[some])
            much.append(value[some])
        none = [np.zeros(0, np.int64)]
        return np.concatenate(pair or none), np.concatenate(row or none), np.concatenate(much or none)

    def kept(self, i: IntArray, j: IntArray) -> bool:
        """Return whether a plan satisfies every person's bounds and every row."""
        loads = [np.bincount(who, minlength=size) for who, size in zip((i, j), self.shape, strict=True)]
        instance = self.instance
        people = zip(loads, instance.minimum, instance.capacity, instance.fewest, strict=True)
        if any(((k < least) | (k > most) | (k > 0) & (k < some)).any() for k, least, most, some in people):
            return False
        _, row, much = self.entries(i, j)
        sums = np.zeros(self.size, np.int64)
        np.add.at(sums, row, much)
        for line in self.lines:
            for load, value in zip(loads, line.loads, strict=True):
                if value is not None:
                    sums[line.start] += int(value.of(load).sum())
        return bool((sums >= self.low).all() and (sums <= self.high).all())
