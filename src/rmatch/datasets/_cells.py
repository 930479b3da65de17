"""List cells: from (person, item) entries to text such as ``Python:4; SQL``, without a loop over people."""

from __future__ import annotations

import numpy as np

from rmatch.columns import IntArray, Labels
from rmatch.datasets._draws import Draws


def distinct(rows: IntArray, items: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """The entries sorted by row, then item, each once; ``items`` lie below ``size``."""
    keys = np.sort(rows * size + items)  # ten times as fast as np.unique, which hashes
    keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
    return keys // size, keys % size


def chosen(draws: Draws, rows: IntArray, counts: IntArray, mass: IntArray) -> tuple[IntArray, IntArray]:
    """For each of ``rows`` up to ``counts`` distinct items, drawn by ``mass``, as sorted entries."""
    people = np.repeat(rows, counts)
    return distinct(people, draws.pick(len(people), mass), len(mass))


def joined(size: int, rows: IntArray, labels: Labels) -> Labels:
    """Each row's labels joined with ``; ``, empty where it has none, ``(size,)``; ``rows`` ascend."""
    cells = np.full(size, "", dtype=object)
    counts = np.bincount(rows, minlength=size)
    start = np.cumsum(counts) - counts
    for place in range(int(counts.max(initial=0))):
        more = np.flatnonzero(counts > place)
        words = labels[start[more] + place]
        cells[more] = words if place == 0 else cells[more] + "; " + words
    return cells
