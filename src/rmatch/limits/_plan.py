"""Limits on the plan as a whole: its size, the pairs that stand, and how far it may leave an earlier one."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch.errors import ProgramError
from rmatch.limits._base import Limit, bounds_in_words, refuse_bounds
from rmatch.reasons import Why
from rmatch.spec import refuse_twice


@dataclass(frozen=True)
class TotalPairs(Limit):
    """From ``least`` to ``most`` pairs in all."""

    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_bounds(self, self.least, self.most)

    def in_words(self) -> str:
        return f"{bounds_in_words(self.least, self.most)} in all"


@dataclass(frozen=True)
class Lock(Limit):
    """These pairs stand: ``(mentor_id, mentee_id)``. Hard, like a rule.

    ``reason`` says why, for the record of runs; nobody may be found in it.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    reason: Why = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.pairs)) < len(self.pairs):
            raise ProgramError("Lock: a pair is locked twice")

    def in_words(self) -> str:
        return f"{len(self.pairs)} pair{'s' * (len(self.pairs) != 1)} set by hand"


@dataclass(frozen=True)
class Changes(Limit):
    """At most ``most`` of these pairs, those of an earlier plan, are given up: ``(mentor_id, mentee_id)``."""

    pairs: tuple[tuple[str, str], ...]
    most: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.most < 0:
            raise ProgramError(
                f"Changes: `most` must be 0 or more, not {self.most}; 0 keeps every pair of the earlier plan"
            )
        refuse_twice(self, "pairs")

    def in_words(self) -> str:
        return f"at most {self.most:,} of {len(self.pairs):,} earlier pair{'s' * (len(self.pairs) != 1)} given up"
