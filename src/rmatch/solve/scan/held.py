"""Small problems: the scores of all pairs are computed once and held, and every later scan reads them.

A match of few people scans all pairs several times, and the matrix product is most of each scan. Points are whole
numbers, exact either way, so what is held changes no result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from rmatch._util.arrays import Floats
from rmatch.columns import IntArray

MOST_HELD = 1 << 23
"""Most pairs of people whose scores are held."""

_SHARE = 32  # a scan of one pair in so many is followed by others


class HeldScores:
    """Scores of all pairs of a kernel in points, ``(mentors, mentees)``, from its first large scan on.

    Args:
        pairs: Number of pairs of people.
        nbytes: Bytes that their scores take.
    """

    def __init__(self, pairs: int, nbytes: int) -> None:
        self.pairs, self.nbytes = pairs, nbytes
        self._lock = threading.Lock()
        self._scores: Floats | None = None

    def scores(self, pairs: int, compute: Callable[[], Floats]) -> Floats | None:
        """Return the scores of all pairs; None where they are not held yet and one scan of ``pairs`` does not pay."""
        with self._lock:
            if self._scores is None and _SHARE * pairs >= self.pairs:
                self._scores = compute()
            return self._scores


def read(scores: Floats, rows: slice | IntArray, columns: slice | IntArray, tile: Floats) -> None:
    """Copy the scores of some mentors with some mentees into a tile."""
    own = scores[rows]
    if isinstance(columns, slice) or tile.dtype != scores.dtype:
        tile[:] = own[:, columns]
    else:
        np.take(own, columns, axis=1, out=tile, mode="clip")  # no place is beyond the end, and "raise" copies twice
