"""Columns that a program's criteria use for skills and departments."""

from __future__ import annotations

from rmatch.criteria import Department, Reciprocity, Skills
from rmatch.element import Spec
from rmatch.program import Program

Columns = tuple[str, str]
"""The offered and the wanted column."""


def taught_columns(program: Program) -> tuple[Columns, ...]:
    """Return the columns of every ``Skills``, or the canonical ones: offered by mentors, wanted by mentees."""
    found = dict.fromkeys((c.offered, c.wanted) for c in _criteria(program) if isinstance(c, Skills))
    return tuple(found) or ((Skills.offered, Skills.wanted),)


def gained_columns(program: Program) -> tuple[Columns, ...]:
    """Return the columns of every ``Reciprocity``, or else those of skills: offered by mentees, wanted by mentors."""
    found = dict.fromkeys((c.offered, c.wanted) for c in _criteria(program) if isinstance(c, Reciprocity))
    return tuple(found) or taught_columns(program)


def department_column(program: Program) -> str:
    """Return the column of the first ``Department``, or the canonical one."""
    return next((c.column for c in _criteria(program) if isinstance(c, Department)), Department.column)


def _criteria(program: Program) -> tuple[Spec, ...]:
    """The visible criteria, those of one track too."""
    return tuple(criterion.whole for criterion in program.visible)
