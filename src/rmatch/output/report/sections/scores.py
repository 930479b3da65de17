"""How the scores of the pairs are spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.factors import SCALE
from rmatch.output.report.section import Section, View
from rmatch.result import Result

STEPS = 20
"""Bars of the distribution: a score from 0 to 1 in steps of 0.05."""


@dataclass(frozen=True)
class Distribution:
    """How many pairs score from ``k / len(counts)`` up to the next step."""

    counts: tuple[int, ...]
    least: float
    mean: float
    most: float

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield each step that has pairs, and how many."""
        steps = len(self.counts)
        for k, count in enumerate(self.counts):
            if count:
                yield f"{k / steps:.2f} to {(k + 1) / steps:.2f}", f"{count:,}"


class Scores(Section[Distribution]):
    """The distribution of the scores, as bars and as numbers."""

    title = "Scores"
    views = (View.OWNER, View.DIRECTOR)
    place = 20

    def data(self, result: Result, view: View) -> Distribution | None:
        """Return the distribution; None where there is no pair."""
        return distribution(result)


def distribution(result: Result) -> Distribution | None:
    """Return how the scores are spread; None where there is no pair."""
    points = result.points
    if not len(points):
        return None
    step = np.minimum(points * STEPS // SCALE, STEPS - 1)
    counts = np.bincount(step, minlength=STEPS).tolist()
    least, mean, most = (float(x) / SCALE for x in (points.min(), points.mean(), points.max()))
    return Distribution(tuple(counts), least, mean, most)
