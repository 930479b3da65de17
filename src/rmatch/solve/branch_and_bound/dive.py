"""Diving heuristic: fix what the linear program nearly decided, and solve again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.solve.branch_and_bound.box import NOTHING, Listing
from rmatch.solve.branch_and_bound.columns import Columns

_ROUNDS = 60
_NEARLY = 0.9


def dive(listing: Listing) -> tuple[IntArray, IntArray] | None:
    """Return a plan of listed pairs that satisfies every row; None where rounding finds none."""
    columns = Columns(listing, np.ones(listing.stage.shape, bool))
    box = listing.box()
    for _ in range(_ROUNDS):
        if listing.empty(box):
            return None
        found = columns.solve(box, NOTHING)
        if found is None or found.missing:
            return None
        if found.whole:
            i, j = listing.i[found.x > 0.5], listing.j[found.x > 0.5]
            return (i, j) if listing.stage.lines.kept(i, j) else None
        undecided = np.where(box.sure, 0.0, found.x)
        box = replace(box, sure=box.sure | (undecided >= min(_NEARLY, undecided.max())))
    return None
