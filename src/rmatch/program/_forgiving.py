"""A program of one round for the people of another, of whom some have left."""

from __future__ import annotations

from dataclasses import replace

from rmatch.program._program import Program
from rmatch.rules import Exclude, NoRepeat, Rule


def without_strangers(program: Program) -> Program:
    """Return the program with rules that pass over people who have left: who they are was settled before."""
    rules = tuple(map(_forgiving, program.rules))
    return program if rules == program.rules else program.model_copy(update={"rules": rules})


def _forgiving(rule: Rule) -> Rule:
    inner = rule.whole
    return rule.holding(replace(inner, unknown="ignore")) if isinstance(inner, Exclude | NoRepeat) else rule
