"""What becomes of the tiles: pairs over their prices, maxima, or the tiles themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from rmatch._util.arrays import Floats
from rmatch.columns import BoolArray, FloatArray, IntArray

T = TypeVar("T")
R = TypeVar("R", covariant=True)
Listed: TypeAlias = tuple[IntArray, IntArray, IntArray]
"""Pairs: mentors, mentees, points."""


@dataclass(frozen=True, eq=False)
class Spot:
    """Where a tile lies: its rows and columns in the bands, and the mentors ``i`` and mentees ``j`` who stand there."""

    rows: slice
    columns: slice
    i: IntArray
    j: IntArray


class Fold(Protocol[T, R]):
    """``visit`` sees each tile once, on any thread or machine; ``merge`` sees what the visits gave, in any order."""

    def visit(self, tile: Floats, spot: Spot) -> T | None:
        """Take what is wanted from a tile."""
        ...

    def gather(self, found: list[T]) -> list[T]:
        """Say the same in fewer words, where many visits can be one."""
        ...

    def merge(self, found: list[T]) -> R:
        """Make one result of all that the visits returned, whatever their order."""
        ...


class Question(Protocol):
    """Which of the listed pairs a harvest may keep."""

    def __call__(self, i: IntArray, j: IntArray, reduced: IntArray) -> BoolArray:
        """True for each pair that may be kept."""
        ...


def pair_hash(i: IntArray, j: IntArray) -> NDArray[np.uint64]:
    """A fixed scramble of each pair's place in the canonical order: its number in the lottery."""
    with np.errstate(over="ignore"):
        h = i.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + j.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(32)
        return h


def ticket(i: IntArray, j: IntArray) -> FloatArray:
    """The lottery ticket of a pair as a number in [0, 1)."""
    return (pair_hash(i, j) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def rank_within(group: IntArray) -> IntArray:
    """The place of each element in its run of equal values: 0, 1, 2, … from every run's first."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(first, np.diff(first, append=len(group)))


def best_first(person: IntArray, points: IntArray, i: IntArray, j: IntArray) -> IntArray:
    """The order of pairs by person, then from the most points to the least, ties by lottery."""
    lottery = pair_hash(i, j)
    if not len(person):
        return np.zeros(0, np.int64)
    most = int(points.max())
    bits = int(person.max()).bit_length(), (most - int(points.min())).bit_length()
    left = 64 - sum(bits)
    if left < 1:
        return np.lexsort((lottery, -points, person))
    key = (person << bits[1] | (most - points)).astype(np.uint64) << np.uint64(left)
    key |= lottery >> np.uint64(64 - left)
    order = np.argsort(key)  # of one whole number a pair: several times faster than of three
    key = key[order]
    same = np.flatnonzero(np.append(key[1:] == key[:-1], False) | np.append(False, key[1:] == key[:-1]))
    order[same] = order[same][np.lexsort((lottery[order[same]], key[same]))]  # tickets that begin alike
    return order


def beyond(cap: int | IntArray, person: IntArray, points: IntArray, i: IntArray, j: IntArray) -> IntArray:
    """Which pairs are beyond their person's best ``cap``, ties by lottery. ``person`` may be numbered in any way.

    ``cap`` is one number for all, or one for each pair: that of its person.
    """
    least = int(np.min(cap, initial=len(person)))
    if len(person) <= least:
        return np.zeros(0, np.int64)
    count = np.bincount(person)
    if count.max() <= least:
        return np.zeros(0, np.int64)
    some = np.flatnonzero(count[person] > cap)
    order = some[best_first(person[some], points[some], i[some], j[some])]
    return order[rank_within(person[order]) >= (cap if isinstance(cap, int) else cap[order])]


@dataclass(frozen=True, eq=False)
class Found:
    """Pairs that a scan kept: mentor ``i``, mentee ``j``, reduced points; and per mentor the most that was dropped."""

    i: IntArray
    j: IntArray
    reduced: IntArray
    dropped: IntArray


@dataclass(frozen=True, eq=False)
class Harvest:
    """Keep every pair whose reduced points exceed 0, at most ``cap`` a mentor: the best, ties by lottery.

    ``cap`` is one number for all mentors, or one for each.
    ``question`` is asked before anything is cut off. ``ties`` keeps that share of the pairs at exactly 0, drawn by
    lottery; leaving any of them out keeps the promise ``score ≤ x + y`` true of all that is not kept.
    ``mentors`` is how many there are, for the length of what was dropped.
    """

    question: Question
    cap: int | IntArray
    mentors: int
    ties: float = 0.0

    def visit(self, tile: Floats, spot: Spot) -> Found | None:
        """The kept pairs of one tile: one more a mentor than the cap, so that the first pair dropped is known."""
        flat = tile.reshape(-1)
        hit = np.flatnonzero(flat > 0) if not self.ties else np.flatnonzero(flat >= 0)
        if not len(hit):
            return None
        row, column = np.divmod(hit, tile.shape[1])
        i, j, reduced = spot.i[row], spot.j[column], flat[hit].astype(np.int64)
        if self.ties:
            kept = (reduced > 0) | (ticket(j, i) < self.ties)
            row, i, j, reduced = row[kept], i[kept], j[kept], reduced[kept]
        fine = self.question(i, j, reduced)
        row, i, j, reduced = row[fine], i[fine], j[fine], reduced[fine]
        cut = beyond(self._cap(i) + 1, row, reduced, i, j)
        if len(cut):
            i, j, reduced = (np.delete(a, cut) for a in (i, j, reduced))
        return Found(i, j, reduced, np.zeros(0, np.int64))

    def _cap(self, i: IntArray) -> int | IntArray:
        return self.cap if isinstance(self.cap, int) else self.cap[i]

    def gather(self, found: list[Found]) -> list[Found]:
        """Nothing can be said in fewer words: a cut is made once, at the end."""
        return found

    def merge(self, found: list[Found]) -> Found:
        """All kept pairs, ascending by mentor and mentee."""
        none = np.zeros(0, np.int64)
        i, j, reduced = (np.concatenate([none, *[getattr(f, name) for f in found]]) for name in ("i", "j", "reduced"))
        cut, dropped = beyond(self._cap(i), i, reduced, i, j), np.zeros(self.mentors, np.int64)
        np.maximum.at(dropped, i[cut], reduced[cut])
        i, j, reduced = (np.delete(a, cut) for a in (i, j, reduced))
        order = np.lexsort((j, i))
        return Found(i[order], j[order], reduced[order], dropped)


@dataclass(frozen=True, eq=False)
class Best:
    """Keep everybody's best ``best`` eligible pairs among those at or above her bar, ties by lottery.

    ``bars`` are in points, one for each mentor and each mentee; infinite for whoever is not asked about. Both sides
    are seen in one pass. ``question`` is asked before anything is cut off.
    """

    question: Question
    bars: tuple[FloatArray, FloatArray]
    best: int

    def visit(self, tile: Floats, spot: Spot) -> Listed:
        """The pairs of one tile that either person wants."""
        over = np.zeros(tile.shape, bool)
        for bar, people, along in ((self.bars[0], spot.i, (-1, 1)), (self.bars[1], spot.j, (1, -1))):
            own = bar[people].astype(tile.dtype).reshape(along)
            if np.isfinite(own).any():
                over |= tile >= own
        hit = np.flatnonzero(over)
        row, column = np.divmod(hit, tile.shape[1])
        i, j, points = spot.i[row], spot.j[column], tile.reshape(-1)[hit].astype(np.int64)
        fine = self.question(i, j, points)
        listed = i[fine], j[fine], points[fine]
        return listed if len(hit) < self.best * sum(tile.shape) else self._wanted(*listed)

    def _wanted(self, i: IntArray, j: IntArray, points: IntArray) -> Listed:
        """The listed pairs without those that are beyond the best of both their people."""
        kept = np.zeros(len(i), bool)
        for bar, person in zip(self.bars, (i, j), strict=True):
            own = np.flatnonzero(points >= bar[person])
            kept[np.delete(own, beyond(self.best, person[own], points[own], i[own], j[own]))] = True
        return i[kept], j[kept], points[kept]

    def gather(self, found: list[Listed]) -> list[Listed]:
        """Without what is beyond anybody's best, where so many pairs tie that it pays."""
        if sum(len(i) for i, _, _ in found) <= 8 * self.best * sum(map(len, self.bars)):
            return found
        return [self._wanted(*(np.concatenate(column) for column in zip(*found, strict=True)))]

    def merge(self, found: list[Listed]) -> list[Listed]:
        """The best pairs of the mentors, and those of the mentees: mentor, mentee, points, in no promised order."""
        none = (np.zeros(0, np.int64),) * 3
        i, j, points = (np.concatenate(column) for column in zip(none, *found, strict=True))
        sides = []
        for bar, person in zip(self.bars, (i, j), strict=True):
            own = np.flatnonzero(points >= bar[person])
            order = own[best_first(person[own], points[own], i[own], j[own])]
            kept = order[rank_within(person[order]) < self.best]
            sides.append((i[kept], j[kept], points[kept]))
        return sides


@dataclass(frozen=True, eq=False)
class Maxima:
    """The largest value of everybody on one axis, within each of ``chunks`` groups of the other side.

    A person belongs to the group of her number modulo ``chunks``, so that a tile is folded by whole slices. ``axis`` 0
    asks for mentors, 1 for mentees; the result is ``(chunks, people of that axis)``.
    """

    shape: tuple[int, int]
    axis: int
    chunks: int

    def visit(self, tile: Floats, spot: Spot) -> tuple[slice, Floats]:
        """The maxima of one tile, ``(chunks, people)``, transposed in memory for axis 0."""
        kept, other = (spot.rows, spot.columns) if self.axis == 0 else (spot.columns, spot.rows)
        people = kept.stop - kept.start
        most = np.full((people, self.chunks) if self.axis == 0 else (self.chunks, people), -np.inf, tile.dtype)
        at = other.start
        while at < other.stop:
            group = at % self.chunks
            end = min(at + self.chunks - group, other.stop)
            from_, to = slice(at - other.start, end - other.start), slice(group, group + end - at)
            into, part = (most[:, to], tile[:, from_]) if self.axis == 0 else (most[to], tile[from_])
            np.maximum(into, part, out=into)
            at = end
        return kept, most.T if self.axis == 0 else most

    def gather(self, found: list[tuple[slice, Floats]]) -> list[tuple[slice, Floats]]:
        """One entry for each run of people, so that many tiles take no more room than few."""
        most: dict[tuple[int, int], tuple[slice, Floats]] = {}
        for kept, part in found:
            key = kept.start, kept.stop
            most[key] = (kept, np.maximum(most[key][1], part)) if key in most else (kept, part)
        return list(most.values())

    def merge(self, found: list[tuple[slice, Floats]]) -> Floats:
        """The maxima over all tiles."""
        kind = np.result_type(np.float32, *{part.dtype for _, part in found})
        most = np.full((self.chunks, self.shape[self.axis]), -np.inf, kind)
        for kept, part in found:
            np.maximum(most[:, kept], part, out=most[:, kept])
        return most


@dataclass(frozen=True, eq=False)
class Dense:
    """The reduced points of every pair, ``(rows, columns)``: for problems small enough to hold."""

    rows: int
    columns: int

    def visit(self, tile: Floats, spot: Spot) -> tuple[slice, slice, Floats]:
        """A copy of one tile."""
        return spot.rows, spot.columns, tile.copy()

    def gather(self, found: list[tuple[slice, slice, Floats]]) -> list[tuple[slice, slice, Floats]]:
        """Tiles stay tiles."""
        return found

    def merge(self, found: list[tuple[slice, slice, Floats]]) -> Floats:
        """The tiles in their places."""
        kind = np.result_type(np.float32, *{part.dtype for _, _, part in found})
        full = np.empty((self.rows, self.columns), kind)
        for rows, columns, part in found:
            full[rows, columns] = part
        return full
