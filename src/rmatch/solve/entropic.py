"""Entropic transport: prices of a small problem, so sharp that few pairs near them hold the best plan.

The plan ``exp((score - x_i - y_j) / T)`` whose rows and columns sum to the capacities is found by Sinkhorn's sweeps
over all scores (Cuturi, 2013). On the larger side, whose people cannot all be paired, none has a price below a least
one: their rows sum to less instead. The prices are a guess that costs time only, so float32 is enough for the weights.
They are rounded far more coarsely than float32 differs between machines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.arrays import Floats
from rmatch._util.threads import one_thread
from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import TileIndex

_TEMPERATURE = 0.014 * SCALE  # points
_SWEEPS = 5, 15  # at least and at most
_SETTLED = 0.1  # by how much a price moves in a sweep, in temperatures, on average
_BEYOND = 0.7  # of each step again: half the sweeps do (Thibault and others, 2021)
_NONE = 1e-32  # far below what an eligible pair weighs, far above what a forbidden one does
_STEP = 1 << 8  # points to which prices are rounded
_CELLS = 1 << 17  # that stay in the cache between two passes


def entropic_prices(kernel: Kernel, capacity: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray, bool]:
    """Return prices of mentors and mentees in points, ``(mentors,)`` and ``(mentees,)`` int64, and if they settled.

    They settle late where all want the same few people, and never where even the smaller side cannot all be paired.

    Args:
        kernel: Scores and eligibility of all pairs.
        capacity: Most pairs of each mentor and of each mentee, int64.
    """
    m, n = kernel.shape
    below_one = kernel.priced(np.zeros(m, np.int64), np.full(n, SCALE))
    plan = replace(kernel, executor=None).scan(below_one, _Weights(np.empty((m, n), np.float32)))
    blocks = [slice(begin, begin + max(1, _CELLS // n)) for begin in range(0, m, max(1, _CELLS // n))]
    c, d = (np.clip(own.astype(float), _NONE, size) for own, size in zip(capacity, (n, m), strict=True))
    (u, v), settled = map(np.ones, (m, n)), False
    above_u, above_v = (1.0 if more else 1 / _NONE for more in (c.sum() > d.sum(), d.sum() > c.sum()))
    with one_thread():
        for sweep in range(1, _SWEEPS[1] + 1):
            sums, weights = np.zeros(n), v.astype(np.float32)
            for rows in blocks:
                u[rows] = _scaled(c[rows], plan[rows] @ weights, above_u)
                sums += u[rows].astype(np.float32) @ plan[rows]
            new = _scaled(d, sums, above_v)
            settled = float(np.abs(np.log(new / v)).mean()) < _SETTLED
            v = np.minimum(new * (new / v) ** _BEYOND, above_v) if sweep > 1 else new
            if settled and sweep >= _SWEEPS[0]:
                break
        u = _scaled(c, plan @ v.astype(np.float32), above_u)
    x, y = (np.rint(-_TEMPERATURE / _STEP * np.log(side)).astype(np.int64) * _STEP for side in (u, v))
    return x + SCALE, y, settled


def _scaled(wanted: FloatArray, sums: Floats, most: float) -> FloatArray:
    """Return ``min(wanted / sums, most)``, ``(people,)`` float64, of a sum of next to nothing as if it were little."""
    return np.minimum(wanted / np.maximum(sums, _NONE, dtype=np.float64), most)


@dataclass(frozen=True, eq=False)
class _Weights:
    """Write ``exp((score - 1) / T)`` of every pair, priced at 1, into one array, ``(rows, columns)`` float32."""

    full: Floats

    def visit(self, tile: Floats, tile_index: TileIndex) -> None:
        """Write a tile, so few rows at a time that they stay in the cache."""
        own, step = self.full[tile_index.rows, tile_index.columns], max(1, _CELLS // tile.shape[1])
        for begin in range(0, len(tile), step):
            rows = slice(begin, begin + step)
            np.multiply(tile[rows], 1 / _TEMPERATURE, out=own[rows])
            np.exp(own[rows], out=own[rows])

    def gather(self, found: list[None]) -> list[None]:
        """Return the results unchanged: there are none."""
        return found

    def merge(self, found: list[None]) -> Floats:
        """Return the array."""
        return self.full
