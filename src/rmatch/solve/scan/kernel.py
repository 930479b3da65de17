"""Kernel: scan all pairs tile by tile: a matrix product, a scatter of rare columns, and a reduction of the results.

                 right (mentees, each with a price)
               ┌───────┬────────────┬─────┐
         left  │ tile ─┼► reduction │     │    tile = dense rows @ dense rows.T       frequent columns, and the prices
    (mentors)  ├───────┼────────────┼─────┤           + co-occurrences of rare columns, scattered
               │       │            │     │           + tiles of criteria without factors
               └───────┴────────────┴─────┘

A tile contains reduced points ``score - x_i - y_j`` exactly: integers in float32 while every sum stays below 2**24, and
in float64 otherwise. So results do not depend on tile size, number of threads or machines, or the split of columns.
Memory is one tile per thread.
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
from rmatch.problem.bounds import Candidates
from rmatch.problem.model import Model
from rmatch.rules.eligibility import Eligibility, PointTile
from rmatch.solve.scan import apart, held
from rmatch.solve.scan.apart import Apart
from rmatch.solve.scan.executors import THREADS, Workspace, here, there
from rmatch.solve.scan.held import HeldScores
from rmatch.solve.scan.layout import RowBlock, lay_out, reach
from rmatch.solve.scan.outside import Outside
from rmatch.solve.scan.reductions import Dense, Harvest, Reduction, TileIndex
from rmatch.solve.scan.transform import ScoreTransform
from rmatch.valuation import Valuation

ROWS, COLUMNS = 512, 1024
_FEW = 1 << 22  # pairs of people with which further threads take more processor time than they save
_MIN_REMOTE_TILES = 64  # tiles; a smaller pass is over before its people have travelled

T = TypeVar("T")
R = TypeVar("R")
RowBlocks: TypeAlias = tuple[RowBlock, RowBlock]
Job: TypeAlias = tuple[slice, slice]


def _uncounted(pairs: int) -> None:
    pass


@dataclass(frozen=True, eq=False)
class Kernel:
    """A problem laid out for scans.

    Args:
        eligibility: Rules, tiles and locks.
        left, right: Row blocks of all mentors and of all mentees.
        reach: Upper bound of ``Σ |u · v|`` over allowed pairs, in points.
        threads: Number of threads.
        executor: Executor for large scans; threads if None.
        count: Called with the number of pairs of each scan.
        score_transform: Applied to scores before prices are subtracted; None for the identity.
        score_function: Gives the scores of pairs, where what is priced is not the score; else None.
        held: Holders of the scores of each block, where they are few enough; none where each scan computes them.
        apart: Who may meet whom by kinds, for harvests, which forbidden pairs do not concern; None where it is no help.
        turned: Whether each mentor and mentee of the model changes sides, see :class:`rmatch.problem.bounds.Turned`;
            or None.
    """

    eligibility: Eligibility
    left: RowBlock
    right: RowBlock
    reach: int
    threads: int = THREADS
    executor: Executor | None = None
    count: Callable[[int], None] = _uncounted
    score_transform: ScoreTransform | None = None
    score_function: Callable[[IntArray, IntArray], IntArray] | None = None
    held: tuple[HeldScores, ...] = ()
    apart: Apart | None = None
    turned: tuple[BoolArray, BoolArray] | None = None

    @classmethod
    def of(
        cls,
        model: Model,
        threads: int | None = None,
        executor: Executor | None = None,
        count: Callable[[int], None] = _uncounted,
    ) -> Kernel:
        """Return the kernel of a whole model, with one thread for few pairs, else one for each core."""
        most = reach(model)
        left, right = map(RowBlock.whole, lay_out(model, most))
        pairs = len(left) * len(right)
        threads = threads or (THREADS if pairs > _FEW else 1)
        divided = Apart.of(model.eligibility) if pairs >= apart.LARGE else None
        changes = model.turned
        turned = None if changes is None else (changes.mentors, changes.mentees)
        scans = cls(model.eligibility, left, right, most, threads, executor, count, apart=divided, turned=turned)
        blocks, size = [*scans.blocks()], left.side.dense.itemsize
        if sum(len(rows) * len(columns) for rows, columns in blocks) > held.MOST_HELD:
            return scans
        return replace(scans, held=tuple(HeldScores(people, scans.shape, size) for people in blocks))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.left), len(self.right)

    def blocks(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield mentors and mentees such that every eligible pair is in one of the blocks: all people, or two blocks
        where a rule lets people of two sides meet only across them.
        """
        if self.turned is None:
            yield np.arange(len(self.left)), np.arange(len(self.right))
            return
        change = self.turned[0][self.left.ids], self.turned[1][self.right.ids]
        for side in (False, True):
            yield np.flatnonzero(change[0] == side), np.flatnonzero(change[1] == side)

    def under(self, valuation: Valuation) -> Kernel:
        """Return the kernel that prices a valuation instead of the score, without its constant ``each``.

        The bonus of listed pairs is not scanned: callers keep these pairs among the candidates.
        """
        if valuation.times == 1 and not valuation.steps and valuation.sides is None:
            return self
        score_transform = (
            None if valuation.times == 1 and not valuation.steps else ScoreTransform(valuation.times, valuation.steps)
        )
        row_blocks, reach = (self.left, self.right), self.reach + valuation.reach
        if valuation.sides is not None:
            dense = [side.dense(np.float64) for side in valuation.sides]
            used = np.flatnonzero(dense[0].any(0) & dense[1].any(0))
            kind: type[np.floating] = np.float32 if reach < EXACT else np.float64
            extra = [side[:, used].astype(kind) for side in dense]
            row_blocks = tuple(  # type: ignore[assignment]
                replace(row_block, side=replace(row_block.side, extra=own))
                for row_block, own in zip(row_blocks, extra, strict=True)
            )
        return replace(
            self,
            left=row_blocks[0],
            right=row_blocks[1],
            reach=reach,
            score_transform=score_transform,
            score_function=self._score,
            executor=None,
        )

    def scores(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the scores of listed pairs in points, ``(pairs,)`` int64; any negative number where a rule forbids
        a pair.
        """
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
        """Return the kernel of some people only, renumbered."""
        left, right = self.left.take(rows).alone(), self.right.take(columns).alone()
        return replace(self, left=left, right=right)

    def priced(
        self, x: IntArray, y: IntArray, rows: IntArray | None = None, columns: IntArray | None = None
    ) -> RowBlocks:
        """Return the row blocks of some people at given prices.

        Args:
            x, y: Prices in points, ``(mentors,)`` and ``(mentees,)`` int64, of all people.
            rows, columns: Mentors and mentees; all if None.
        """
        left = self.left if rows is None else self.left.take(rows)
        right = self.right if columns is None else self.right.take(columns)
        return left.at(x), right.at(y)

    def eligible(self, i: IntArray, j: IntArray, points: IntArray) -> BoolArray:
        """Return whether listed pairs are eligible and not locked, ``(pairs,)`` bool; ``points`` are their scores."""
        return self.eligibility.open(self.left.ids[i], self.right.ids[j], points)

    def outside(self, candidates: Candidates, x: IntArray, y: IntArray) -> Outside:
        """Return the predicate of a harvest: a pair is eligible and not yet a candidate."""
        return Outside(self.eligibility, self.left.ids, self.right.ids, candidates.keys, x, y, self.score_function)

    def scan(self, row_blocks: RowBlocks, reduction: Reduction[T, R], prefix: IntArray | None = None) -> R:
        """Apply a reduction to every tile.

        Args:
            row_blocks: Mentors and mentees with prices.
            reduction: Reduction of the tiles.
            prefix: Number of leading columns of each row to scan, ``(rows,)`` int64, not increasing; all if None.

        Returns:
            The merged result of the reduction.
        """
        left, right = row_blocks
        prefix = np.full(len(left), len(right)) if prefix is None else prefix
        pairs = int(prefix.sum())
        self.count(pairs)
        jobs, tiles, executor = _jobs(row_blocks, prefix), self.eligibility.tiles, self.executor
        if executor is not None and len(jobs) >= _MIN_REMOTE_TILES:
            scan = TileScan(right.cut(slice(0, len(right))), tiles, self.reach, reduction, self.score_transform)
            return reduction.merge(there(executor, scan, list(_stripes(left, jobs))))
        ready = (own for own in self.held if own.ready(left.ids, right.ids, pairs, partial(self._computed, own.people)))
        scores = next(ready, None)
        parts = [(left, right, jobs)]
        if self.apart is not None and scores is None and pairs >= apart.LARGE and isinstance(reduction, Harvest):
            parts = [(a, b, _jobs((a, b), own)) for a, b, own in self.apart.parts(left, right, prefix)]
        work = []
        for a, b, own in parts:
            visit = TileScan(b, tiles, self.reach, reduction, self.score_transform, scores).visit
            work += [partial(visit, a, job) for job in own]
        return reduction.merge(here(work, lambda job, workspace: job(workspace), reduction.gather, self.threads))

    def _computed(self, people: tuple[IntArray, IntArray]) -> Floats:
        """The scores of all pairs of some mentors with some mentees, ``(mentors, mentees)``."""
        left, right = (
            RowBlock.whole(replace(block.side, extra=None)).take(some)
            for block, some in zip((self.left, self.right), people, strict=True)
        )
        full = np.empty((len(left), len(right)), left.side.dense.dtype)
        strips = TileScan(right, self.eligibility.tiles, self.reach, Dense(*full.shape), columns=max(len(right), 1))
        jobs = [(slice(r, min(r + ROWS, len(left))), slice(0, len(right))) for r in range(0, len(left), ROWS)]
        here(jobs, lambda job, _: strips.multiply(full[job[0]], left, job, price=False), list, self.threads)
        return full


def _jobs(row_blocks: RowBlocks, prefix: IntArray) -> list[Job]:
    """The tiles that leading columns of each row have a share in."""
    left, right = map(len, row_blocks)
    return [
        (slice(r, min(r + ROWS, left)), slice(c, min(c + COLUMNS, int(prefix[r]))))
        for c in range(0, right, COLUMNS)
        for r in range(0, left, ROWS)
        if c < prefix[r]
    ]


def _stripes(left: RowBlock, jobs: list[Job]) -> Iterator[tuple[RowBlock, list[Job]]]:
    """Yield the work by mentors: each stripe's rows, and its tiles."""
    for first in sorted({rows.start for rows, _ in jobs}):
        own = [job for job in jobs if job[0].start == first]
        yield left.cut(own[0][0]), own


class TileScan(Generic[T, R]):
    """Body of a scan: one right row block and one reduction, for any left row block, on any thread or machine."""

    def __init__(
        self,
        right: RowBlock,
        tiles: tuple[PointTile, ...],
        reach: int,
        reduction: Reduction[T, R],
        score_transform: ScoreTransform | None = None,
        scores: HeldScores | None = None,
        columns: int | None = None,
    ) -> None:
        self.right, self.tiles, self.reach, self.reduction = right, tiles, reach, reduction
        self.score_transform, self.scores = score_transform, scores
        self.postings = _Postings(right, columns or COLUMNS) if scores is None and len(right.side.rare.column) else None

    def visit(self, left: RowBlock, job: Job, workspace: Workspace) -> T | None:
        """Compute one tile in ``workspace`` and reduce it.

        Args:
            left: Row block of the mentors.
            job: Rows and columns of the tile.
            workspace: Memory of the thread.
        """
        rows, columns = job
        a, b = left.tile(rows), self.right.tile(columns)
        most = self.reach + int(np.abs(a.price).max()) + int(np.abs(b.price).max())
        kind = np.float32 if most < EXACT else np.float64
        tile = workspace.tile(len(a), len(b), kind)
        if self.scores is not None:
            now = b.price * (self.score_transform is None and b.side.extra is None)  # in one go with the reading
            self.scores.read(a.ids, b.ids, now, tile)
            b = replace(b, price=b.price - now)
        else:
            self.multiply(tile, left, job, price=self.score_transform is None)
        if self.score_transform is not None:
            self.score_transform(tile)
        if self.scores is not None or self.score_transform is not None:  # else the product has subtracted them
            _subtract_prices(tile, a, b)
        return self.reduction.visit(tile, TileIndex(rows, columns, a.place, b.place))

    def multiply(self, tile: Floats, left: RowBlock, job: Job, price: bool) -> None:
        """Write the scores of a tile, less the prices if ``price``."""
        (rows, columns), kind = job, tile.dtype.type
        a, b = left.tile(rows), self.right.tile(columns)
        np.matmul(a.gathered(kind, True, price=price), b.gathered(kind, False, price=price).T, out=tile)
        if self.postings is not None and len(a.side.rare.column):
            self.postings.add(tile, a.side.rare.take(a.ids), columns)
        for extra in self.tiles:
            points = extra.block(left.model_ids(rows), self.right.model_ids(columns))
            tile += np.nan_to_num(points, nan=-2.0 * FORBIDDEN)


def _subtract_prices(tile: Floats, a: RowBlock, b: RowBlock) -> None:
    """Take the prices from a tile, and add the extra columns of a valuation."""
    if a.side.extra is None:
        for price in (a.price[:, None], b.price):
            if price.any():
                tile -= price.astype(tile.dtype)
    else:
        kind = tile.dtype.type
        tile += a.gathered(kind, True, score=False) @ b.gathered(kind, False, score=False).T


class _Postings:
    """People of the right row block by rare column, for each column block of tiles."""

    def __init__(self, right: RowBlock, columns: int) -> None:
        rare = right.side.rare.take(right.laid)
        key = rare.rows // columns * np.int64(rare.width) + rare.column
        order = np.argsort(key)  # people of one key in any order: their sums are exact
        self._width, self._value, self._columns = rare.width, rare.value[order].astype(right.side.dense.dtype), columns
        self._local, key = (rare.rows % columns)[order], key[order]
        self._start = np.searchsorted(key, np.arange(-(-len(right) // columns) * rare.width + 1))

    def add(self, tile: Floats, rare: Sparse, columns: slice) -> None:
        """Add ``u · v`` of every co-occurrence of a rare column to a tile whose rows have the entries ``rare``."""
        posting, begin = expand(self._start, rare.column + columns.start // self._columns * self._width)
        counts = np.diff(begin)
        place = self._local[posting]
        cell = np.repeat(rare.rows * tile.shape[1], counts)
        cell += place
        increment = np.repeat(rare.value.astype(tile.dtype), counts)  # all is whole and within the reach, so exact
        increment *= self._value[posting]
        if tile.shape[1] < self._columns:
            inside = place < tile.shape[1]
            cell, increment = cell[inside], increment[inside]
        np.add.at(tile.reshape(-1), cell, increment)
