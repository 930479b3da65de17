"""What scores become before prices are subtracted, where a pair is worth more or less than its score."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch._util.arrays import Floats
from rmatch.factors import FORBIDDEN


@dataclass(frozen=True)
class ScoreTransform:
    """Transformation of scores before prices are subtracted: ``times · score + Σ increment · [score ≥ threshold]``.

    Negative scores, which mark forbidden pairs, stay far below 0.
    """

    times: int
    steps: tuple[tuple[int, int], ...]

    def __call__(self, tile: Floats) -> None:
        """Transform a tile of scores in place."""
        out = tile < 0
        reached = [(tile >= threshold, increment) for threshold, increment in self.steps]
        tile *= self.times
        for where, increment in reached:
            tile[where] += increment
        tile[out] = -2.0 * FORBIDDEN
