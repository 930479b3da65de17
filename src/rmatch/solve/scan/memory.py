"""Memory prediction for a solve, before it starts."""

from __future__ import annotations

from rmatch._util.arrays import bytes_in_words
from rmatch.errors import ProgramError
from rmatch.problem.bounds import Bounds
from rmatch.solve.scan.kernel import COLUMNS, ROWS, Kernel

_PAIR = 260
"""Bytes per candidate at the peak: its arrays, their sorting, and the solver's arcs (measured)."""

_PAIRS_PER_PLACE = 45
"""Candidates per place of the scarcer side at the peak (measured; ties take up to twice as many)."""


def predicted(kernel: Kernel, bounds: Bounds) -> int:
    """Return the bytes that a solve takes beyond the roster: layout, one tile per thread, held scores, and candidates
    or, before them, weights of as many bytes as the held scores.
    """
    laid = 0
    for row_block in (kernel.left, kernel.right):
        side = row_block.side
        laid += sum(full.nbytes for full in side.full) + 32 * len(side.rare.column) + 64 * len(row_block)
    width = int(kernel.left.side.dense.shape[1]) + 2
    tiles = kernel.threads * (9 * ROWS * COLUMNS + 4 * width * (ROWS + COLUMNS))
    m, n = bounds.shape
    pairs = min(m * n, _PAIRS_PER_PLACE * bounds.max_pairs + 8 * (m + n))
    held = sum(block.nbytes for block in kernel.held)
    return laid + tiles + held + max(_PAIR * pairs, held)


def refuse_beyond(limit: int | None, kernel: Kernel, bounds: Bounds) -> None:
    """Raise ProgramError, naming the size, where a solve would take more than ``limit`` bytes."""
    needed = predicted(kernel, bounds)
    if limit is not None and needed > limit:
        m, n = bounds.shape
        raise ProgramError(
            f"pairing {m:,} mentors with {n:,} mentees takes about {bytes_in_words(needed)}, over the limit of "
            f"{bytes_in_words(limit)}; raise `memory_limit`, or match parts of the company apart"
        )
