"""Blocks of people that hold every eligible pair, where a rule lets people of two sides meet only across them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rmatch.columns import IntArray
from rmatch.solve.scan.kernel import Kernel


def blocks(kernel: Kernel) -> Iterator[tuple[IntArray | None, IntArray | None]]:
    """Yield mentors and mentees such that every eligible pair is in one of the blocks; None for all people."""
    if kernel.turned is None:
        yield None, None
        return
    change = kernel.turned[0][kernel.left.ids], kernel.turned[1][kernel.right.ids]
    for side in (False, True):
        yield np.flatnonzero(change[0] == side), np.flatnonzero(change[1] == side)
