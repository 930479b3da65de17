"""A program of one round for the people of another, of whom some have left."""

from __future__ import annotations

from dataclasses import replace

from rmatch.program._program import Program
from rmatch.rules import Exclude, NoRepeat


def without_strangers(program: Program) -> Program:
    """Return the program with rules that pass over people who have left: who they are was settled before."""
    rules = tuple(
        replace(rule, unknown="ignore") if isinstance(rule, Exclude | NoRepeat) else rule for rule in program.rules
    )
    return program if rules == program.rules else program.model_copy(update={"rules": rules})
