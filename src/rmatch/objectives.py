"""Objectives: which total comes first?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmatch.errors import ProgramError
from rmatch.spec import Spec


@dataclass(frozen=True)
class Objective(Spec):
    """Which total comes first? Objectives are met in order, each without giving up any of the earlier."""

    family: ClassVar[str] = "objectives"


@dataclass(frozen=True)
class MostPairs(Objective):
    """As many pairs as the rules and limits allow."""

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "as many pairs as possible"


@dataclass(frozen=True)
class Total(Objective):
    """The largest sum of ``score - floor`` over the pairs.

    Alone, it makes only pairs that are worth more than ``floor``; after :class:`MostPairs` the number of pairs is
    settled, and the floor changes nothing.
    """

    floor: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.floor <= 1:
            raise ProgramError(f"Total: `floor` must lie in [0, 1], not {self.floor!r}")

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "the highest total score" + (f" above {self.floor:g} a pair" if self.floor else "")
