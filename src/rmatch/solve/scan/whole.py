"""A reduction that writes every pair of a scan into one array; for scans of this process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import Floats
from rmatch.columns import FloatArray
from rmatch.factors import SCALE
from rmatch.rules.eligibility import Eligibility
from rmatch.solve.scan.reductions import TileIndex


@dataclass(frozen=True, eq=False)
class ScoreMatrix:
    """Write the score of every pair, NaN where it is not eligible, from a scan at prices of 0.

    Args:
        eligibility: What forbids a pair.
        full: The array to fill, ``(rows, columns)`` float64.
    """

    eligibility: Eligibility
    full: FloatArray

    def visit(self, tile: Floats, tile_index: TileIndex) -> None:
        """Write a tile."""
        own = self.full[tile_index.rows, tile_index.columns]
        np.multiply(tile, 1 / SCALE, out=own)  # a power of two: exact
        own[~self.eligibility.grid(tile_index.i, tile_index.j, tile)] = np.nan

    def gather(self, found: list[None]) -> list[None]:
        """Return the results unchanged: there are none."""
        return found

    def merge(self, found: list[None]) -> FloatArray:
        """Return the array."""
        return self.full
