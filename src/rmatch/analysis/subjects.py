"""Which columns a program means where a plan speaks of skills and of departments: those that its criteria read."""

from __future__ import annotations

from rmatch.criteria import Department, Reciprocity, Skills
from rmatch.program import Program

Columns = tuple[str, str]
"""What is offered, and what is wanted."""


def taught_columns(program: Program) -> tuple[Columns, ...]:
    """The columns of every ``Skills``, or the canonical ones: offered by mentors, wanted by mentees."""
    found = dict.fromkeys((c.offered, c.wanted) for c in program.visible if isinstance(c, Skills))
    return tuple(found) or ((Skills.offered, Skills.wanted),)


def gained_columns(program: Program) -> tuple[Columns, ...]:
    """The columns of every ``Reciprocity``, or else those of skills: offered by mentees, wanted by mentors."""
    found = dict.fromkeys((c.offered, c.wanted) for c in program.visible if isinstance(c, Reciprocity))
    return tuple(found) or taught_columns(program)


def department_column(program: Program) -> str:
    """The column of the first ``Department``, or the canonical one."""
    return next((c.column for c in program.visible if isinstance(c, Department)), Department.column)
