"""Whole numbers: which a float holds exactly, the distinct ones of an array, and large ones in words."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.floating]

EXACT = 1 << 24
"""Whole numbers below this, and their sums and products below it, are exact in float32."""


def distinct(values: Ints) -> Ints:
    """Return the distinct values, ascending. Sorting is far faster here than the hashing of ``numpy.unique``."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def among(values: Ints, ascending: Ints) -> NDArray[np.bool_]:
    """Return which values stand in an ascending list of numbers from 0, bool of the same shape."""
    there: NDArray[np.bool_] = np.append(ascending, -1)[np.searchsorted(ascending, values)] == values
    return there


def straight(places: Ints) -> slice | Ints:
    """Return places as an index, a slice where they follow one another."""
    follow = len(places) > 0 and bool((np.diff(places) == 1).all())
    return slice(int(places[0]), int(places[-1]) + 1) if follow else places


def bytes_in_words(size: int) -> str:
    """``1.2 GB`` for a number of bytes."""
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size / 1000:.0f} kB"
