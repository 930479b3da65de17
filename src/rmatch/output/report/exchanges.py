"""What the two people of a pair give each other."""

from __future__ import annotations

from rmatch.analysis.explain import gained, taught
from rmatch.analysis.shared import shared_times
from rmatch.output.report.people import joined, shortened
from rmatch.result import Result


def exchanges(result: Result) -> tuple[list[str], list[str], list[str]]:
    """Return, for each pair, what the mentor teaches, what the mentor gains, and when both have time."""
    model, (i, j) = result.model, result.chosen
    teaches, gains = ([joined(some) for some in exchange(model, i, j)] for exchange in (taught, gained))
    return teaches, gains, [shortened(some) for some in shared_times(model, i, j) or [""] * len(i)]
