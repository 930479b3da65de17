"""How much memory a problem will take, before it takes it."""

from __future__ import annotations

from rmatch._util.arrays import bytes_in_words
from rmatch.errors import ProgramError
from rmatch.problem.bounds import Bounds
from rmatch.solve.scan.kernel import COLUMNS, ROWS, Kernel

_PAIR = 260
"""Bytes a pair of the pool costs at the peak: its arrays, their sorting, and the solver's arcs (measured)."""

_PAIRS_PER_PLACE = 45
"""Pairs in the pool for each place of the scarcer side, at the peak (measured; ties and stars take up to twice)."""


def predicted(kernel: Kernel, bounds: Bounds) -> int:
    """Return the bytes that solving will take beyond the roster: the layout, a tile for each thread, and the pool."""
    laid = 0
    for band in (kernel.left, kernel.right):
        laid += int(band.side.dense.nbytes) + 32 * len(band.side.rare.column) + 64 * len(band)
    width = int(kernel.left.side.dense.shape[1]) + 2
    tiles = kernel.threads * (9 * ROWS * COLUMNS + 4 * width * (ROWS + COLUMNS))
    m, n = bounds.shape
    pairs = min(m * n, _PAIRS_PER_PLACE * bounds.room + 8 * (m + n))
    return laid + tiles + _PAIR * pairs


def refuse_beyond(limit: int | None, kernel: Kernel, bounds: Bounds) -> None:
    """Raise ProgramError, naming the size, where solving would take more than ``limit`` bytes."""
    needed = predicted(kernel, bounds)
    if limit is not None and needed > limit:
        m, n = bounds.shape
        raise ProgramError(
            f"pairing {m:,} mentors with {n:,} mentees takes about {bytes_in_words(needed)}, over the limit of "
            f"{bytes_in_words(limit)}; raise `memory_limit`, or match parts of the company apart"
        )
