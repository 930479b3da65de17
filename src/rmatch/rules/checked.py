"""The predicate of a rule, held to what a predicate answers where the rule is somebody's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.element import asked
from rmatch.errors import ProgramError
from rmatch.rules._base import Predicate, Rule


def predicate_of(rule: Rule, mentors: Table, mentees: Table) -> Predicate:
    """Return the predicate of a rule; one from outside the package is held to what a predicate answers.

    Raises:
        ProgramError: ``allows`` failed, or returns no function.
    """
    allows = asked(rule.called, "allows", lambda: rule.allows(mentors, mentees))
    if not callable(allows):
        raise ProgramError(
            f"{rule.called}: `allows` returns a function of two arrays, i and j, not {type(allows).__name__}"
        )
    return allows if type(rule).__module__.startswith("rmatch.") else _Checked(rule.called, allows)


@dataclass(frozen=True, eq=False)
class _Checked:
    """A predicate whose answers are looked at: arrays of bool, one for each pair."""

    called: str
    allows: Predicate

    @property
    def broadcasts(self) -> bool:
        """Whether it answers for all pairs of a column and a row."""
        return bool(getattr(self.allows, "broadcasts", False))

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        answer: Any = asked(self.called, "allows", lambda: self.allows(i, j))
        wanted = np.broadcast_shapes(i.shape, j.shape)
        shapes = wanted, i.shape, j.shape  # of a column and a row, an answer that depends on one person has its shape
        if not (isinstance(answer, np.ndarray) and answer.dtype == np.bool_ and answer.shape in shapes):
            kind = f"{answer.dtype} {answer.shape}" if isinstance(answer, np.ndarray) else type(answer).__name__
            raise ProgramError(
                f"{self.called}: the function that `allows` returns answers with an array of bool, one for each "
                f"pair, {wanted}, not {kind}; `rmatch.testing.check_rule` tests such a class"
            )
        return answer
