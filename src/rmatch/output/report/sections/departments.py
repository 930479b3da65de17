"""Where pairs cross departments, as a map and as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.analysis.subjects import department_column
from rmatch.columns import Category, fold
from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result

DEPARTMENTS = 9
"""Departments that have a line of their own; the others share one."""

NOT_GIVEN = "not given"


@dataclass(frozen=True)
class Crossing:
    """How many pairs lead from a mentor's department (a row) to a mentee's (a column).

    ``departments`` are the largest, for rows and columns alike; where there are more, the last line of ``counts``
    gathers the ``others``. ``across`` of ``known`` pairs join two departments.
    """

    departments: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    others: int
    across: int
    known: int

    @property
    def names(self) -> tuple[str, ...]:
        """What each line is called."""
        return (*self.departments, *(("all others",) if self.others else ()))

    @property
    def pairs(self) -> int:
        """All pairs, with those whose departments are not known."""
        return sum(map(sum, self.counts))

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Yield both departments and the number of pairs, where there are any."""
        for mentor, row in zip(self.names, self.counts, strict=True):
            for mentee, count in zip(self.names, row, strict=True):
                if count:
                    yield mentor, mentee, f"{count:,}"


class Departments(Section[Crossing]):
    """Where pairs cross departments; equal departments are framed."""

    title = "Departments"
    views = (View.OWNER, View.DIRECTOR)
    place = 30

    def data(self, result: Result, view: View) -> Crossing | None:
        """Return the counts; None where the export has no departments."""
        return crossing(result)


def crossing(result: Result) -> Crossing | None:
    """Return where pairs cross departments; None where the export has none."""
    model, names = result.model, []
    for table, rows in zip((model.mentors, model.mentees), result.chosen, strict=True):
        cells = table.get(department_column(model.program))
        if not isinstance(cells, Category) or not len(rows):
            return None
        names.append([shortened(str(cell)) for cell in cells.take(rows).cells()])
    shown = {"": NOT_GIVEN}
    for name in sorted({*names[0], *names[1]}):
        shown.setdefault(fold(name), name)
    folded = {name: fold(name) for name in {*names[0], *names[1]}}
    keys = [[folded[name] for name in side] for side in names]
    size = Counter(keys[0] + keys[1])
    order = sorted(size, key=lambda key: (not key, -size[key], key))
    top = order if len(order) <= DEPARTMENTS + 1 else order[:DEPARTMENTS]
    place = {key: min(k, len(top)) for k, key in enumerate(order)}
    width = len(top) + (len(top) < len(order))
    counts = np.zeros((width, width), np.int64)
    np.add.at(counts, tuple([place[key] for key in side] for side in keys), 1)
    known = [(a, b) for a, b in zip(*keys, strict=True) if a and b]
    return Crossing(
        departments=tuple(shown[key] for key in top),
        counts=tuple(map(tuple, counts.tolist())),
        others=len(order) - len(top),
        across=sum(a != b for a, b in known),
        known=len(known),
    )
