"""Reductions of tiles: pairs above their prices, best pairs, maxima, or the tiles themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from rmatch._util.arrays import Floats
from rmatch.columns import BoolArray, FloatArray, IntArray

T = TypeVar("T")
R = TypeVar("R", covariant=True)
ScoredPairs: TypeAlias = tuple[IntArray, IntArray, IntArray]
"""Pairs: mentors, mentees and points, ``(pairs,)`` int64 each."""


@dataclass(frozen=True, eq=False)
class TileIndex:
    """Position of a tile: its rows and columns in the row blocks, and its mentors ``i`` and mentees ``j``.

    ``rest(row, column)`` is what a tile lacks of the points of listed cells, never more than 0; None where it lacks
    nothing.
    """

    rows: slice
    columns: slice
    i: IntArray
    j: IntArray
    rest: Callable[[IntArray, IntArray], Floats] | None = None


class Reduction(Protocol[T, R]):
    """A reduction: ``visit`` sees each tile once, on any thread or machine; ``merge`` combines the results in any
    order.
    """

    def visit(self, tile: Floats, tile_index: TileIndex) -> T | None:
        """Return what is kept of a tile; None for nothing."""
        ...

    def gather(self, found: list[T]) -> list[T]:
        """Condense some results, where they can be."""
        ...

    def merge(self, found: list[T]) -> R:
        """Return the result of all tiles, whatever their order."""
        ...


class Question(Protocol):
    """Predicate of the pairs that a harvest may keep."""

    def __call__(self, i: IntArray, j: IntArray, reduced: IntArray) -> BoolArray:
        """Return whether each pair may be kept, ``(pairs,)`` bool."""
        ...


def pair_hash(i: IntArray, j: IntArray) -> NDArray[np.uint64]:
    """Return a fixed hash of each pair's canonical position, its lottery number, ``(pairs,)`` uint64."""
    with np.errstate(over="ignore"):
        h = i.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + j.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(32)
        return h


def ticket(i: IntArray, j: IntArray) -> FloatArray:
    """Return the lottery number of each pair scaled to [0, 1), ``(pairs,)`` float64."""
    return (pair_hash(i, j) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def rank_within(group: IntArray) -> IntArray:
    """Return the rank of each element in its run of equal values, from 0, ``(n,)`` int64."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(first, np.diff(first, append=len(group)))


def best_first(person: IntArray, points: IntArray, i: IntArray, j: IntArray) -> IntArray:
    """Return the order of pairs by person, then by decreasing points, ties by lottery.

    Args:
        person: Group of each pair, ``(pairs,)`` int64.
        points: Points of each pair, ``(pairs,)`` int64.
        i, j: Mentors and mentees, which determine the lottery number.

    Returns:
        A permutation, ``(pairs,)`` int64.
    """
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
    """Return the positions of pairs that are not among their person's best ``cap``, ties by lottery.

    Args:
        cap: One number for all, or one for each pair, that of its person.
        person: Person of each pair, numbered in any way, ``(pairs,)`` int64.
        points: Points of each pair, ``(pairs,)`` int64.
        i, j: Mentors and mentees, which determine the lottery number.
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


def best_of_each(best: int, listed: ScoredPairs, axis: int) -> IntArray:
    """Return the positions of the ``best`` pairs of each mentor (``axis`` 0) or mentee (1), ties by lottery, by person,
    ``(kept,)`` int64.
    """
    order = best_first(listed[axis], listed[2], *listed[:2])
    return order[rank_within(listed[axis][order]) < best]


@dataclass(frozen=True, eq=False)
class Found:
    """Pairs kept by a scan: mentors ``i``, mentees ``j``, reduced points; and per mentor the largest reduced points
    dropped.
    """

    i: IntArray
    j: IntArray
    reduced: IntArray
    dropped: IntArray


@dataclass(frozen=True, eq=False)
class Harvest:
    """Keep every pair with reduced points above 0, at most ``cap`` per mentor: the best, ties by lottery.

    Args:
        question: Predicate evaluated before anything is cut.
        cap: Most pairs of a mentor; one number or ``(mentors,)`` int64.
        mentors: Number of mentors.
        ties: Share of the pairs at exactly 0 that is kept, drawn by lottery; the others satisfy ``score ≤ x + y``
            anyway.
        also: Pairs of each mentee that are kept whatever the cap of their mentors: the best, ties by lottery.
    """

    question: Question
    cap: int | IntArray
    mentors: int
    ties: float = 0.0
    also: int = 0

    def visit(self, tile: Floats, tile_index: TileIndex) -> Found | None:
        """Return the kept pairs of a tile: one more per mentor than the cap, so that the first dropped pair is
        known.
        """
        flat = tile.reshape(-1)
        hit = self._over(flat)
        if not len(hit):
            return None
        (row, column), points = np.divmod(hit, tile.shape[1]), flat[hit]
        if tile_index.rest is not None:
            points = points + tile_index.rest(row, column)
            own = self._over(points)
            row, column, points = row[own], column[own], points[own]
        i, j, reduced = tile_index.i[row], tile_index.j[column], points.astype(np.int64)
        if self.ties:
            kept = (reduced > 0) | (ticket(j, i) < self.ties)
            row, column, i, j, reduced = row[kept], column[kept], i[kept], j[kept], reduced[kept]
        fine = self.question(i, j, reduced)
        row, column, i, j, reduced = row[fine], column[fine], i[fine], j[fine], reduced[fine]
        if len(i) > self.also * sum(tile.shape):  # else there is little to cut
            cut = self._unwanted(beyond(self._cap(i) + 1, row, reduced, i, j), column, i, j, reduced)
            if len(cut):
                i, j, reduced = (np.delete(a, cut) for a in (i, j, reduced))
        return Found(i, j, reduced, np.zeros(0, np.int64))

    def _over(self, points: Floats) -> IntArray:
        """Positions of what may be kept."""
        return np.flatnonzero(points >= 0 if self.ties else points > 0)

    def _cap(self, i: IntArray) -> int | IntArray:
        return self.cap if isinstance(self.cap, int) else self.cap[i]

    def _unwanted(self, cut: IntArray, column: IntArray, i: IntArray, j: IntArray, reduced: IntArray) -> IntArray:
        """Those of the pairs beyond their mentors' cap that are not among their mentees' best either."""
        if not self.also:
            return cut
        others = np.zeros(len(i), bool)
        others[beyond(self.also, column, reduced, i, j)] = True
        return cut[others[cut]]

    def gather(self, found: list[Found]) -> list[Found]:
        """Return the results unchanged: the cut is made once, at the end."""
        return found

    def merge(self, found: list[Found]) -> Found:
        """Return all kept pairs, ascending by mentor and mentee."""
        none = np.zeros(0, np.int64)
        i, j, reduced = (np.concatenate([none, *[getattr(f, name) for f in found]]) for name in ("i", "j", "reduced"))
        cut, dropped = beyond(self._cap(i), i, reduced, i, j), np.zeros(self.mentors, np.int64)
        np.maximum.at(dropped, i[cut], reduced[cut])  # the first one beyond the cap, kept or not: it is in some tile
        cut = self._unwanted(cut, j, i, j, reduced)
        if len(cut):
            i, j, reduced = (np.delete(a, cut) for a in (i, j, reduced))
        order = np.argsort(i * (j.max(initial=0) + 1) + j)  # of one number a pair, no two alike
        return Found(i[order], j[order], reduced[order], dropped)


def together(found: Sequence[Found]) -> Found:
    """Return harvests of different mentors as one."""
    if len(found) == 1:
        return found[0]
    i, j, reduced = (np.concatenate([getattr(each, name) for each in found]) for name in ("i", "j", "reduced"))
    order = np.lexsort((j, i))
    return Found(i[order], j[order], reduced[order], np.maximum.reduce([each.dropped for each in found]))


@dataclass(frozen=True, eq=False)
class Maxima:
    """Largest value of each person of one axis within each of ``chunks`` groups of the other side.

    A person belongs to the group of their number modulo ``chunks``, so that a tile is reduced by whole slices. The
    result is ``(chunks, people)``; ``axis`` is 0 for mentors, 1 for mentees.
    """

    shape: tuple[int, int]
    axis: int
    chunks: int

    def visit(self, tile: Floats, tile_index: TileIndex) -> tuple[slice, Floats]:
        """Return the maxima of a tile, ``(chunks, people)``."""
        kept, other = (tile_index.rows, tile_index.columns) if self.axis == 0 else (tile_index.columns, tile_index.rows)
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
        """Return one entry for each run of people, so that memory does not grow with the number of tiles."""
        most: dict[tuple[int, int], tuple[slice, Floats]] = {}
        for kept, part in found:
            key = kept.start, kept.stop
            most[key] = (kept, np.maximum(most[key][1], part)) if key in most else (kept, part)
        return list(most.values())

    def merge(self, found: list[tuple[slice, Floats]]) -> Floats:
        """Return the maxima over all tiles, ``(chunks, people)``."""
        kind = np.result_type(np.float32, *{part.dtype for _, part in found})
        most = np.full((self.chunks, self.shape[self.axis]), -np.inf, kind)
        for kept, part in found:
            np.maximum(most[:, kept], part, out=most[:, kept])
        return most


@dataclass(frozen=True, eq=False)
class Dense:
    """Keep the reduced points of every pair, ``(rows, columns)``, for problems small enough."""

    rows: int
    columns: int

    def visit(self, tile: Floats, tile_index: TileIndex) -> tuple[slice, slice, Floats]:
        """Return a copy of a tile."""
        return tile_index.rows, tile_index.columns, tile.copy()

    def gather(self, found: list[tuple[slice, slice, Floats]]) -> list[tuple[slice, slice, Floats]]:
        """Return the tiles unchanged."""
        return found

    def merge(self, found: list[tuple[slice, slice, Floats]]) -> Floats:
        """Return the tiles assembled, ``(rows, columns)``."""
        kind = np.result_type(np.float32, *{part.dtype for _, _, part in found})
        full = np.empty((self.rows, self.columns), kind)
        for rows, columns, part in found:
            full[rows, columns] = part
        return full
