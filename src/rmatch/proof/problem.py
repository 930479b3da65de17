"""The problem against which a plan is checked: people, scores, rules, rows and objectives, read from the program.

Limits are asked for their rows and objectives for their values; how they are compiled or solved is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray, Number, Table
from rmatch.limits import Limit, rows_of
from rmatch.objectives import Objective
from rmatch.program import Program
from rmatch.proof.bands import Bands, bands_of
from rmatch.proof.scores import Scores, scores_of
from rmatch.rows import PairList, People, Row

Loads: TypeAlias = tuple[IntArray, IntArray]
"""A number of pairs for each mentor, and for each mentee, int64."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A program on its people in canonical order; scores are integer points.

    Args:
        people: Both sides.
        scores: Scores and rules.
        capacity, minimum: Most and fewest pairs of each person.
        fewest: Fewest pairs of each person who has any; 1 where no row says more.
        rows: Rows of all limits, with distinct names.
        objectives: The stages in order.
        outside: What messages call the elements of the program whose classes are not of this package.
    """

    people: People
    scores: Scores
    capacity: Loads
    minimum: Loads
    fewest: Loads
    rows: tuple[Row, ...]
    objectives: tuple[Objective, ...]
    outside: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return self.people.shape

    def points(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the score of listed pairs, ``(pairs,)`` int64."""
        return self.scores.points(i, j)

    def eligible(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether each listed pair is eligible, ``(pairs,)`` bool."""
        return self.scores.eligible(i, j)

    def is_open(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether each listed pair is eligible and not locked, ``(pairs,)`` bool."""
        fixed = PairList(np.sort(self.fixed[0] * np.int64(self.shape[1]) + self.fixed[1]), self.shape[1])
        fine = ~fixed(i, j)
        fine[fine] = self.eligible(i[fine], j[fine])
        return fine

    @cached_property
    def bands(self) -> Bands:
        """All pairs but many that the rules forbid."""
        return bands_of(self.scores)

    @cached_property
    def fixed(self) -> tuple[IntArray, IntArray]:
        """Pairs that the rows demand: mentors and mentees, each pair once."""
        pairs = sorted({pair for row in self.rows if (pair := demanded(row)) is not None})
        return np.array([i for i, _ in pairs], np.int64), np.array([j for _, j in pairs], np.int64)


def demanded(row: Row) -> tuple[int, int] | None:
    """Return the one pair that a row demands, as positions; None for any other row."""
    if row.each is not None or len(row.parts) != 1:
        return None
    part = row.parts[0]
    if part.mentors is None or part.mentees is None or part.pairs is not None or part.times != 1:
        return None
    if len(part.mentors) != 1 or len(part.mentees) != 1 or (row.least, row.most) != (1, 1):
        return None
    return int(part.mentors[0]), int(part.mentees[0])


def problem_of(program: Program, mentors: Table, mentees: Table) -> Problem:
    """Return the problem of a program's visible criteria on people in canonical order."""
    return assembled(scores_of(program, mentors, mentees), program.limits, program.objectives)


def from_outside(program: Program) -> tuple[str, ...]:
    """Return what messages call the elements of a program whose classes are not of this package."""
    elements = (*program.criteria, *program.rules, *program.limits, *program.objectives)
    return tuple(dict.fromkeys(element.called for element in elements if element.from_outside))


def assembled(
    scores: Scores,
    limits: Sequence[Limit],
    objectives: Sequence[Objective],
    loads: Loads | None = None,
    outside: tuple[str, ...] = (),
) -> Problem:
    """Return a problem from its parts.

    Args:
        scores: Scores and rules.
        limits: Limits, for their rows.
        objectives: Objectives in order.
        loads: Fixed number of pairs of each person; None where limits and columns bound it.
        outside: What messages call the elements whose classes are not of this package.
    """
    people = People(*scores.sides, scores.eligible, any(objective.counts_pairs for objective in objectives))
    stages = tuple(stage for objective in objectives for stage in objective.stages())
    rows = rows_of(limits, people, [s.name for s in stages])
    fewest = _fewest(rows, people.shape)
    minimum, capacity = (loads, loads) if loads is not None else _loads(limits, rows, people, fewest)
    return Problem(people, scores, capacity, minimum, fewest, rows, stages, outside)


def _fewest(rows: tuple[Row, ...], shape: tuple[int, int]) -> Loads:
    """Fewest pairs of each person who has any."""
    mentors, mentees = (np.ones(size, np.int64) for size in shape)
    for row in rows:
        if row.or_none and row.each == "mentor":
            mentors = np.maximum(mentors, row.fewest(shape))
        elif row.or_none:
            mentees = np.maximum(mentees, row.fewest(shape))
    return mentors, mentees


def _loads(limits: Sequence[Limit], rows: tuple[Row, ...], people: People, fewest: Loads) -> tuple[Loads, Loads]:
    """Fewest and most pairs of each person, from their columns and from rows on each person's own pairs."""
    least, most = [], []
    for side, table, others, some in (
        ("mentor", people.mentors, people.shape[1], fewest[0]),
        ("mentee", people.mentees, people.shape[0], fewest[1]),
    ):
        granted = np.full(len(table.ids), np.inf)
        for limit in limits:
            each = limit.granted("mentor" if side == "mentor" else "mentee", table)
            granted = granted if each is None else np.minimum(granted, each)
        own = _written(table, "capacity", np.where(np.isinf(granted), 1.0, granted))
        own = np.minimum(own, _written(table, "capacity_total", np.full(len(table.ids), np.inf)))
        most_pairs = np.minimum(own, others).astype(np.int64)
        need = _written(table, "min_pairs", np.zeros(len(table.ids))).astype(np.int64)
        for row in rows:
            if row.each == side and [part.bare for part in row.parts] == [True] and row.parts[0].times == 1:
                low, high = row.bounds(people.shape)
                most_pairs, need = np.minimum(most_pairs, high), np.maximum(need, np.maximum(low, 0))
        least.append(np.where(need > 0, np.maximum(need, some), need))
        most.append(np.where(most_pairs < some, 0, most_pairs))
    return (least[0], least[1]), (most[0], most[1])


def _written(table: Table, name: str, otherwise: FloatArray) -> FloatArray:
    column = table.get(name)
    if not isinstance(column, Number):
        return otherwise
    return np.where(column.missing, otherwise, column.values)
