"""The one loop over all pairs: tile by tile a matrix product, a scatter of rare columns, and a fold of what was found.

                 right (mentees, each with a price)
               ┌───────┬───────┬───────┐
         left  │ tile ─┼─► fold│       │    tile = dense rows @ dense rows.T       frequent columns, and the prices
    (mentors)  ├───────┼───────┼───────┤           + co-occurrences of rare columns, scattered
               │       │       │       │           + tiles of criteria without factors
               └───────┴───────┴───────┘

A tile holds reduced points, ``score - x_i - y_j``, exactly: whole numbers, in float32 while every sum stays below
2**24 and in float64 otherwise. So the size of a tile, the number of threads or machines and the split of columns cannot
be seen in any result. Nothing larger than a tile per thread is ever held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeAlias, TypeVar

import numpy as np

from rmatch._util.arrays import EXACT, Floats
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import FORBIDDEN, Sparse, dot, expand
from rmatch.problem.bounds import Pool
from rmatch.problem.model import Model
from rmatch.rules.eligibility import Eligibility, PointTile
from rmatch.solve.scan.executors import THREADS, Room, here, there
from rmatch.solve.scan.layout import Band, lay_out, reach
from rmatch.solve.scan.reductions import Fold, Spot
from rmatch.valuation import Worth

ROWS, COLUMNS = 512, 1024
_WORTH_A_JOURNEY = 64  # tiles; a smaller pass is over before its people have travelled

T = TypeVar("T")
R = TypeVar("R")
Bands: TypeAlias = tuple[Band, Band]
Job: TypeAlias = tuple[slice, slice]


def _uncounted(pairs: int) -> None:
    pass


@dataclass(frozen=True, eq=False)
class Kernel:
    """A problem laid out for the loop: each side's band, and ``reach``, a bound on ``Σ |u · v|`` over allowed pairs.

    ``count`` hears of each scan how many pairs it prices. ``bend`` is what becomes of a score before prices are taken
    off, None where it counts as it is; ``judge`` tells scores, None where they are what is priced.
    """

    eligibility: Eligibility
    left: Band
    right: Band
    reach: int
    threads: int = THREADS
    executor: Executor | None = None
    count: Callable[[int], None] = _uncounted
    bend: Bend | None = None
    judge: Callable[[IntArray, IntArray], IntArray] | None = None

    @classmethod
    def of(
        cls,
        model: Model,
        threads: int = THREADS,
        executor: Executor | None = None,
        count: Callable[[int], None] = _uncounted,
    ) -> Kernel:
        """Lay out a whole model."""
        left, right = map(Band.whole, lay_out(model))
        return cls(model.eligibility, left, right, reach(model), threads, executor, count)

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.left), len(self.right)

    def under(self, worth: Worth) -> Kernel:
        """The kernel that prices what pairs are worth instead of their scores, but for what all are worth alike.

        Pairs that are listed are not told apart: whoever asks holds them in the pool.
        """
        if worth.times == 1 and not worth.steps and worth.sides is None:
            return self
        bend = None if worth.times == 1 and not worth.steps else Bend(worth.times, worth.steps)
        bands, reach = (self.left, self.right), self.reach + worth.reach
        if worth.sides is not None:
            dense = [side.dense(np.float64) for side in worth.sides]
            used = np.flatnonzero(dense[0].any(0) & dense[1].any(0))
            kind: type[np.floating] = np.float32 if reach < EXACT else np.float64
            extra = [side[:, used].astype(kind) for side in dense]
            bands = tuple(  # type: ignore[assignment]
                replace(band, side=replace(band.side, extra=own)) for band, own in zip(bands, extra, strict=True)
            )
        return replace(self, left=bands[0], right=bands[1], reach=reach, bend=bend, judge=self._score, executor=None)

    def scores(self, i: IntArray, j: IntArray) -> IntArray:
        """The scores of listed pairs, by their numbers in the problem; what a rule forbids may have any below 0."""
        return self._score(self.left.ids[i], self.right.ids[j])

    def _score(self, i: IntArray, j: IntArray) -> IntArray:
        u, v = self.left.side, self.right.side
        points = dot(u.rare, v.rare, i, j)[0]
        for begin in range(0, len(i), 1 << 16):
            some = slice(begin, begin + (1 << 16))
            points[some] += np.einsum("kc,kc->k", u.dense[i[some]], v.dense[j[some]], dtype=np.float64)
        for tile in self.eligibility.tiles:
            points += np.nan_to_num(tile.at(i, j), nan=-2.0 * FORBIDDEN)
        whole: IntArray = points.astype(np.int64)
        return whole

    def part(self, rows: IntArray, columns: IntArray) -> Kernel:
        """The kernel of some people only, numbered anew."""
        left, right = self.left.take(rows).alone(), self.right.take(columns).alone()
        return replace(self, left=left, right=right)

    def priced(self, x: IntArray, y: IntArray, rows: IntArray | None = None, columns: IntArray | None = None) -> Bands:
        """Return the bands of ``rows`` and ``columns`` at prices ``x`` and ``y``, given in points for everybody."""
        left = self.left if rows is None else self.left.take(rows)
        right = self.right if columns is None else self.right.take(columns)
        return left.at(x), right.at(y)

    def eligible(self, i: IntArray, j: IntArray, points: IntArray) -> BoolArray:
        """Whether the listed pairs, worth ``points``, may be and are still open: no rule, and no lock, forbids them."""
        return self.eligibility.open(self.left.ids[i], self.right.ids[j], points)

    def outside(self, pool: Pool, x: IntArray, y: IntArray) -> Outside:
        """The question a harvest at prices ``x`` and ``y`` asks of each pair: eligible, and not in the pool already?"""
        return Outside(self.eligibility, self.left.ids, self.right.ids, pool.keys, x, y, self.judge)

    def scan(self, bands: Bands, fold: Fold[T, R], prefix: IntArray | None = None) -> R:
        """Run the fold over every tile of the bands, or over the first ``prefix[row]`` columns of each row.

        ``prefix`` must not increase from row to row: the tiles then form a staircase.
        """
        left, right = bands
        prefix = np.full(len(left), len(right)) if prefix is None else prefix
        self.count(int(prefix.sum()))
        jobs = [
            (slice(r, min(r + ROWS, len(left))), slice(c, min(c + COLUMNS, int(prefix[r]))))
            for c in range(0, len(right), COLUMNS)
            for r in range(0, len(left), ROWS)
            if c < prefix[r]
        ]
        tiles, executor = self.eligibility.tiles, self.executor
        if executor is not None and len(jobs) >= _WORTH_A_JOURNEY:
            loop = Loop(right.cut(slice(0, len(right))), tiles, self.reach, fold, self.bend)
            return fold.merge(there(executor, loop, list(_stripes(left, jobs))))
        work = partial(Loop(right, tiles, self.reach, fold, self.bend).visit, left)
        return fold.merge(here(jobs, work, fold.gather, self.threads))


def _stripes(left: Band, jobs: list[Job]) -> Iterator[tuple[Band, list[Job]]]:
    """The work cut by mentors: each stripe's people, laid out alone, and the tiles that are theirs."""
    for first in sorted({rows.start for rows, _ in jobs}):
        own = [job for job in jobs if job[0].start == first]
        yield left.cut(own[0][0]), own


@dataclass(frozen=True, eq=False)
class Outside:
    """Is a pair eligible, and not in the pool? Arrays of whole numbers only, so it may travel to other machines."""

    eligibility: Eligibility
    mentors: IntArray
    mentees: IntArray
    pool: IntArray
    x: IntArray
    y: IntArray
    judge: Callable[[IntArray, IntArray], IntArray] | None = None

    def __call__(self, i: IntArray, j: IntArray, reduced: IntArray) -> BoolArray:
        """True for each listed pair that a harvest may keep."""
        wanted = i * np.int64(len(self.mentees)) + j
        fine: BoolArray = np.append(self.pool, -1)[np.searchsorted(self.pool, wanted)] != wanted
        i, j, points = i[fine], j[fine], reduced[fine]
        a, b = self.mentors[i], self.mentees[j]
        if self.judge is None:
            points = points + self.x[i] + self.y[j]
        elif self.eligibility.least_points:
            points = self.judge(a, b)
        fine[fine] = self.eligibility.open(a, b, points)
        return fine


@dataclass(frozen=True)
class Bend:
    """What becomes of a score before prices are taken off: ``times`` it, and each step's gain from its threshold on.

    What a rule has put below 0 stays out.
    """

    times: int
    steps: tuple[tuple[int, int], ...]

    def __call__(self, tile: Floats) -> None:
        """Bend a tile of scores in place."""
        out = tile < 0
        reached = [(tile >= threshold, gain) for threshold, gain in self.steps]
        tile *= self.times
        for where, gain in reached:
            tile[where] += gain
        tile[out] = -2.0 * FORBIDDEN


class Loop(Generic[T, R]):
    """The loop's body: one right band, one fold, any left band. It is the same here, on a thread, and elsewhere."""

    def __init__(
        self, right: Band, tiles: tuple[PointTile, ...], reach: int, fold: Fold[T, R], bend: Bend | None = None
    ) -> None:
        self.right, self.tiles, self.reach, self.fold, self.bend = right, tiles, reach, fold, bend
        self.postings = _Postings(right) if len(right.side.rare.column) else None

    def visit(self, left: Band, job: Job, room: Room) -> T | None:
        """Make one tile in ``room`` and let the fold see it."""
        rows, columns = job
        a, b = left.tile(rows), self.right.tile(columns)
        most = self.reach + int(np.abs(a.price).max()) + int(np.abs(b.price).max())
        kind = np.float32 if most < EXACT else np.float64
        tile = room.tile(len(a), len(b), kind)
        straight = self.bend is None
        left_rows, right_rows = a.gathered(kind, True, price=straight), b.gathered(kind, False, price=straight)
        np.matmul(left_rows, right_rows.T, out=tile)
        if self.postings is not None and len(a.side.rare.column):
            self.postings.add(tile, a.side.rare.take(a.ids), columns)
        for extra in self.tiles:
            points = extra.block(left.model_ids(rows), self.right.model_ids(columns))
            tile += np.nan_to_num(points, nan=-2.0 * FORBIDDEN)
        if self.bend is not None:
            self.bend(tile)
            tile += a.gathered(kind, True, score=False) @ b.gathered(kind, False, score=False).T
        return self.fold.visit(tile, Spot(rows, columns, a.place, b.place))


class _Postings:
    """Who, among the right band, has each rare column: for every column band of tiles, sorted by rare column."""

    def __init__(self, right: Band) -> None:
        rare = right.side.rare.take(right.laid)
        band = rare.rows // COLUMNS
        order = np.lexsort((rare.rows, rare.column, band))
        self._width, self._value, self._columns = rare.width, rare.value[order].astype(right.side.dense.dtype), COLUMNS
        self._local = (rare.rows % COLUMNS)[order]
        key = (band * np.int64(rare.width) + rare.column)[order]
        self._start = np.searchsorted(key, np.arange(-(-len(right) // COLUMNS) * rare.width + 1))

    def add(self, tile: Floats, rare: Sparse, columns: slice) -> None:
        """Add ``u · v`` of every co-occurrence of a rare column to the tile whose rows have the entries ``rare``."""
        posting, begin = expand(self._start, rare.column + columns.start // self._columns * self._width)
        counts = np.diff(begin)
        place = self._local[posting]
        cell = np.repeat(rare.rows * tile.shape[1], counts)
        cell += place
        gain = np.repeat(rare.value.astype(tile.dtype), counts)  # all is whole and within the reach, so exact
        gain *= self._value[posting]
        if tile.shape[1] < self._columns:
            inside = place < tile.shape[1]
            cell, gain = cell[inside], gain[inside]
        np.add.at(tile.reshape(-1), cell, gain)
