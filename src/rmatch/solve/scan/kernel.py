"""Kernel: scan all pairs tile by tile: a matrix product, a scatter of rare columns, and a reduction of the results.

                 right (mentees, each with a price)
               ┌───────┬────────────┬─────┐
         left  │ tile ─┼► reduction │     │    tile = dense rows @ dense rows.T       frequent columns, and the prices
    (mentors)  ├───────┼────────────┼─────┤           + co-occurrences of rare columns, scattered
               │       │            │     │           + tiles of criteria without factors
               └───────┴────────────┴─────┘

A tile contains reduced points ``score - x_i - y_j`` exactly: integers in float32 while every sum stays below 2**24, and
in float64 otherwise. So results do not depend on tile size, number of threads or machines, or the split of columns.
A harvest spares columns that give nearly every pair their most, see :mod:`rmatch.solve.scan.spared`. Memory is one tile
and its columns per thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from rmatch._util.arrays import EXACT, Floats
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import FORBIDDEN, dot
from rmatch.problem.bounds import Candidates
from rmatch.problem.model import Model
from rmatch.rules.eligibility import Eligibility
from rmatch.solve.scan import apart, held, spared
from rmatch.solve.scan.apart import Apart
from rmatch.solve.scan.executors import THREADS, here, there
from rmatch.solve.scan.held import HeldScores
from rmatch.solve.scan.layout import RowBlock, lay_out, reach
from rmatch.solve.scan.outside import Outside
from rmatch.solve.scan.reductions import Dense, Harvest, Reduction
from rmatch.solve.scan.tile_scan import Job, RowBlocks, TileScan
from rmatch.solve.scan.transform import ScoreTransform
from rmatch.valuation import Valuation

ROWS, COLUMNS = 512, 1024
_FEW = 1 << 22  # pairs of people with which further threads take more processor time than they save
_MIN_REMOTE_TILES = 64  # tiles; a smaller pass is over before its people have travelled

T = TypeVar("T")
R = TypeVar("R")


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
        pairs = int(np.prod(model.shape))
        threads = threads or (THREADS if pairs > _FEW else 1)
        left, right = map(RowBlock.whole, lay_out(model, most, sparing=pairs >= spared.LARGE))
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
            for one, two in zip(u.full, v.full, strict=True):
                points[some] += np.einsum("kc,kc->k", one[i[some]], two[j[some]], dtype=np.float64)
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
            scan = TileScan(
                right.cut(slice(0, len(right))), tiles, self.reach, reduction, COLUMNS, self.score_transform
            )
            return reduction.merge(there(executor, scan, list(_stripes(left, jobs))))
        ready = (own for own in self.held if own.ready(left.ids, right.ids, pairs, partial(self._computed, own.people)))
        scores = next(ready, None)
        parts = [(left, right, jobs)]
        if self.apart is not None and scores is None and pairs >= apart.LARGE and isinstance(reduction, Harvest):
            parts = [(a, b, _jobs((a, b), own)) for a, b, own in self.apart.parts(left, right, prefix)]
        work = []
        for a, b, own in parts:
            visit = TileScan(b, tiles, self.reach, reduction, COLUMNS, self.score_transform, scores).visit
            work += [partial(visit, a, job) for job in own]
        return reduction.merge(here(work, lambda job, workspace: job(workspace), reduction.gather, self.threads))

    def _computed(self, people: tuple[IntArray, IntArray]) -> Floats:
        """The scores of all pairs of some mentors with some mentees, ``(mentors, mentees)``."""
        left, right = (
            RowBlock.whole(replace(block.side, extra=None)).take(some)
            for block, some in zip((self.left, self.right), people, strict=True)
        )
        full = np.empty((len(left), len(right)), left.side.dense.dtype)
        strips = TileScan(right, self.eligibility.tiles, self.reach, Dense(*full.shape), max(len(right), 1))
        jobs = [(slice(r, min(r + ROWS, len(left))), slice(0, len(right))) for r in range(0, len(left), ROWS)]
        here(jobs, partial(strips.strip, full, left), list, self.threads)
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
