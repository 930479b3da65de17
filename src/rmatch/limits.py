"""Limits: how many pairs?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmatch.errors import ProgramError
from rmatch.reasons import Why
from rmatch.spec import Spec


@dataclass(frozen=True)
class Limit(Spec):
    """How many pairs? ``least ≤ number of pairs in a set ≤ most``."""

    family: ClassVar[str] = "limits"


@dataclass(frozen=True)
class Capacity(Limit):
    """At most this many pairs for every mentor and mentee, over what the ``capacity`` column says."""

    mentors: int | None = None
    mentees: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for side, most in (("mentors", self.mentors), ("mentees", self.mentees)):
            if most is not None and most < 1:
                raise ProgramError(f"Capacity: `{side}` must be 1 or more, not {most}")

    def in_words(self) -> str:
        """One plain clause for reports."""
        sides = [
            f"each {s[:-1]} has at most {k}" for s, k in (("mentors", self.mentors), ("mentees", self.mentees)) if k
        ]
        return " and ".join(sides) or "capacities as the export says"


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
        """One plain clause for reports."""
        return f"{len(self.pairs)} pair{'s' * (len(self.pairs) != 1)} set by hand"
