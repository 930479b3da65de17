"""Random draws that give the same values on every machine.

Only the raw words of PCG64, whose stream NumPy guarantees, and integer masses are used: no logarithm,
no power and no sum of floats stands between the seed and the answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import FloatArray, IntArray, Labels


def zipf(size: int, offset: int) -> IntArray:
    """Masses of a Zipf-Mandelbrot law, ``mass[k] = floor(2**40 / (k + 1 + offset))``, ``(size,)`` int64."""
    return (1 << 40) // (np.arange(size, dtype=np.int64) + 1 + offset)


def rank_within(groups: IntArray) -> IntArray:
    """How many earlier rows share each row's group, ``(n,)`` int64."""
    order = np.argsort(groups, kind="stable")
    arranged = groups[order]
    place = np.arange(len(groups))
    first = np.flatnonzero(np.append(True, arranged[1:] != arranged[:-1])) if len(groups) else place
    rank = np.empty(len(groups), np.int64)
    rank[order] = place - np.repeat(first, np.diff(np.append(first, len(groups))))
    return rank


class Draws:
    """One stream of random numbers for each topic of a seed, so that no column depends on another's draws."""

    def __init__(self, seed: int, topic: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, *topic.encode()]))

    def uniform(self, size: int) -> FloatArray:
        """Multiples of 2⁻⁵³ in [0, 1), ``(size,)``."""
        raw: NDArray[np.uint64] = self._bits.random_raw(size)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def whole(self, size: int, low: int, high: int) -> IntArray:
        """Whole numbers from ``low`` to ``high``, both included, ``(size,)``."""
        return low + (self.uniform(size) * (high - low + 1)).astype(np.int64)

    def pick(self, size: int, mass: IntArray) -> IntArray:
        """Indices into ``mass``, each as likely as its mass (whole numbers, sum below 2⁵²), ``(size,)``."""
        ends = np.cumsum(mass)
        at = (self.uniform(size) * float(ends[-1])).astype(np.int64)
        return np.searchsorted(ends, at, side="right")

    def order(self, size: int) -> IntArray:
        """A random permutation of ``range(size)``."""
        return np.argsort(self.uniform(size), kind="stable")


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
