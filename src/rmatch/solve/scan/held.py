"""Small problems: the scores of all pairs are computed once and held, and every later scan reads them.

A match of few people scans all pairs several times, and the matrix product is most of each scan. Points are whole
numbers, exact either way, so what is held changes no result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from rmatch._util.arrays import Floats, straight
from rmatch.columns import IntArray

MOST_HELD = 1 << 24
"""Most pairs of people whose scores are held."""

_SHARE = 32  # a scan of one pair in so many is followed by others


class HeldScores:
    """Scores of all pairs of a block of mentors and mentees in points, from its first large scan on.

    Args:
        people: Numbers of the mentors and of the mentees in the model, int64.
        shape: Number of all mentors and of all mentees.
        itemsize: Bytes that a score takes.
    """

    def __init__(self, people: tuple[IntArray, IntArray], shape: tuple[int, int], itemsize: int) -> None:
        self.people, self.pairs = people, len(people[0]) * len(people[1])
        self.nbytes = self.pairs * itemsize
        self._places = [np.full(size, -1) for size in shape]
        for place, some in zip(self._places, people, strict=True):
            place[some] = np.arange(len(some))
        self._lock = threading.Lock()
        self._scores: Floats | None = None

    def ready(self, mentors: IntArray, mentees: IntArray, pairs: int, compute: Callable[[], Floats]) -> bool:
        """Return whether the scores of some people are held, and compute them where a scan of ``pairs`` pays."""
        if any((place[who] < 0).any() for place, who in zip(self._places, (mentors, mentees), strict=True)):
            return False
        with self._lock:
            if self._scores is None and _SHARE * pairs >= self.pairs:
                self._scores = compute()
            return self._scores is not None

    def read(self, mentors: IntArray, mentees: IntArray, price: IntArray, tile: Floats) -> None:
        """Write the scores of some mentors with some mentees, less a price of each mentee, into a tile."""
        assert self._scores is not None
        rows, columns = (straight(place[who]) for place, who in zip(self._places, (mentors, mentees), strict=True))
        own = self._scores[rows]
        if isinstance(columns, slice) or tile.dtype != own.dtype:
            own = own[:, columns]
        else:
            np.take(own, columns, axis=1, out=tile, mode="clip")  # no place is beyond the end, and "raise" copies twice
            own = tile
        np.subtract(own, price.astype(tile.dtype), out=tile)
