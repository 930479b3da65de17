"""People as a report shows them, and what the two of a pair give each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.analysis.explain import gained, taught
from rmatch.analysis.shared import shared_times
from rmatch.columns import Category, IntArray, Table
from rmatch.result import Result

LONGEST = 240
"""Characters of a cell that are shown; the CSV files have the whole of it."""


@dataclass(frozen=True)
class Person:
    """A person as shown: the ID, and what the export has of the rest."""

    id: str
    name: str = ""
    title: str = ""
    department: str = ""
    email: str = ""


def shortened(text: str) -> str:
    """Return the text, cut where no one would read on."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def joined(items: list[str]) -> str:
    """Return a list as one cell."""
    return shortened("; ".join(items))


def people_of(table: Table, rows: IntArray) -> list[Person]:
    """Return the people in ``rows``, ``(people,)`` int64, as shown."""
    columns = [[shortened(str(x)) for x in table.ids[rows]]]
    for name in ("name", "job_title", "department", "email"):
        cells = table.get(name)
        shown = cells.take(rows).cells() if isinstance(cells, Category) else np.full(len(rows), "", dtype=object)
        columns.append([shortened(str(cell)) for cell in shown])
    return [Person(*cells) for cells in zip(*columns, strict=True)]


def exchanges(result: Result) -> tuple[list[str], list[str], list[str]]:
    """Return, for each pair, what the mentor teaches, what the mentor gains, and when both have time."""
    model, (i, j) = result.model, result.chosen
    teaches, gains = ([joined(some) for some in exchange(model, i, j)] for exchange in (taught, gained))
    return teaches, gains, [shortened(some) for some in shared_times(model, i, j) or [""] * len(i)]
