"""What a mentee's own top criterion means, in plain fractions, from the words of the documents alone."""

from __future__ import annotations

from fractions import Fraction

from oracles import cells, folded, scores

from rmatch.columns import Table
from rmatch.program import Program


def weights(program: Program, cell: str | None) -> list[Fraction]:
    """The share of each criterion for a mentee with this cell: what it names counts ``factor`` times, all sum to 1."""
    assert program.personal is not None
    times = []
    for criterion in program.criteria:
        top = cell is not None and folded(cell) == folded(criterion.name)
        times.append(Fraction(criterion.weight) * (Fraction(program.personal.factor) if top else 1))
    return [each / sum(times) for each in times]


def personal_scores(program: Program, mentors: Table, mentees: Table) -> list[list[Fraction]]:
    """The score of every mentor with every mentee, each mentee by weights of their own."""
    assert program.personal is not None
    tops = cells(mentees, program.personal.column)
    each = [scores(criterion, mentors, mentees) for criterion in program.criteria]
    return [
        [
            sum((w * Fraction(own[i][j] or 0) for w, own in zip(weights(program, top), each, strict=True)), Fraction(0))
            for j, top in enumerate(tops)
        ]
        for i in range(len(mentors.ids))
    ]
