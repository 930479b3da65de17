"""Body of a scan: one tile is multiplied, completed and reduced, on any thread or machine."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Generic, TypeAlias, TypeVar

import numpy as np

from rmatch._util.arrays import EXACT, Floats
from rmatch.columns import IntArray
from rmatch.factors import FORBIDDEN, Sparse, expand
from rmatch.rules.eligibility import PointTile
from rmatch.solve.scan.executors import Workspace
from rmatch.solve.scan.held import HeldScores
from rmatch.solve.scan.layout import RowBlock
from rmatch.solve.scan.reductions import Harvest, Reduction, TileIndex
from rmatch.solve.scan.transform import ScoreTransform

_OFTEN = 9  # one pair in two to the power of this; where more are left, no column is spared

T = TypeVar("T")
R = TypeVar("R")
RowBlocks: TypeAlias = tuple[RowBlock, RowBlock]
Job: TypeAlias = tuple[slice, slice]


class TileScan(Generic[T, R]):
    """Body of a scan: one right row block and one reduction, for any left row block, on any thread or machine."""

    def __init__(
        self,
        right: RowBlock,
        tiles: tuple[PointTile, ...],
        reach: int,
        reduction: Reduction[T, R],
        columns: int,
        score_transform: ScoreTransform | None = None,
        scores: HeldScores | None = None,
    ) -> None:
        self.right, self.tiles, self.reach, self.reduction = right, tiles, reach, reduction
        self.columns, self.score_transform, self.scores = columns, score_transform, scores
        self.postings = Postings(right, self.columns) if scores is None and len(right.side.rare.column) else None
        self.sparing = scores is None and score_transform is None and isinstance(reduction, Harvest)
        self.sparing &= right.side.spared is not None
        self.looked = self.survived = 0

    def visit(self, left: RowBlock, job: Job, workspace: Workspace) -> T | None:
        """Compute one tile in ``workspace`` and reduce it.

        Args:
            left: Row block of the mentors.
            job: Rows and columns of the tile.
            workspace: Memory of the thread.
        """
        rows, columns = job
        a, b = left.tile(rows), self.right.tile(columns)
        sparing = self.sparing and self.survived <= self.looked >> _OFTEN
        if sparing:
            a = a.with_most()
        most = self.reach + int(np.abs(a.price).max()) + int(np.abs(b.price).max())
        kind = np.float32 if most < EXACT else np.float64
        tile = workspace.tile(len(a), len(b), kind)
        if self.scores is not None:
            now = b.price * (self.score_transform is None and b.side.extra is None)  # in one go with the reading
            self.scores.read(a.ids, b.ids, now, tile)
            b = replace(b, price=b.price - now)
        else:
            self._multiply(tile, (a, b), left, job, workspace, price=self.score_transform is None, spared=not sparing)
        if self.score_transform is not None:
            self.score_transform(tile)
        if self.scores is not None or self.score_transform is not None:  # else the product has subtracted them
            _subtract_prices(tile, a, b)
        self.looked += tile.size  # threads may lose a count, which changes no result
        return self.reduction.visit(
            tile, TileIndex(rows, columns, a.place, b.place, partial(self._rest, a, b) if sparing else None)
        )

    def _rest(self, a: RowBlock, b: RowBlock, row: IntArray, column: IntArray) -> Floats:
        """What the spared columns add to listed pairs of a tile, less the most that they might have added."""
        self.survived += len(row)
        one, two = a.side.spared, b.side.spared
        assert one is not None
        assert two is not None
        if len(row) > len(a) * len(b) >> _OFTEN:
            added = (one[a.ids] @ two[b.ids].T)[row, column]
        else:
            added = np.einsum("kc,kc->k", one.take(a.ids[row], axis=0), two.take(b.ids[column], axis=0))
        rest: Floats = added - a.most[row]
        return rest

    def strip(self, full: Floats, left: RowBlock, job: Job, workspace: Workspace) -> None:
        """Write the scores of a tile to its rows of ``full``."""
        a, b = left.tile(job[0]), self.right.tile(job[1])
        self._multiply(full[job[0]], (a, b), left, job, workspace, price=False, spared=True)

    def _multiply(
        self, tile: Floats, people: RowBlocks, left: RowBlock, job: Job, workspace: Workspace, price: bool, spared: bool
    ) -> None:
        """Write the scores of a tile, less the prices if ``price``; without the spared columns if not ``spared``."""
        (a, b), (rows, columns), kind = people, job, tile.dtype.type

        def factors() -> Floats:
            whole = self.right.tile(slice(columns.start, min(columns.start + self.columns, len(self.right))))
            return whole.gathered(kind, False, price=price, spared=spared)

        right = workspace.kept((self, columns.start, kind, spared), factors)[: len(b)]
        np.matmul(a.gathered(kind, True, price=price, spared=spared), right.T, out=tile)
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


class Postings:
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
