"""What a limit is: bounds on the number of pairs in a set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rmatch.errors import ProgramError
from rmatch.spec import Spec


@dataclass(frozen=True)
class Limit(Spec):
    """How many pairs? ``least ≤ number of pairs in a set ≤ most``."""

    family: ClassVar[str] = "limits"


MANY = 1 << 53
"""No number of pairs is higher: up to here whole numbers are exact everywhere."""


def refuse_bounds(limit: Limit, least: float | None, most: float | None) -> None:
    """Raise ProgramError where there is no bound, a negative one, or nothing between the two."""
    who = type(limit).__name__
    if least is None and most is None:
        raise ProgramError(f"{who}: give `least`, `most` or both")
    for field, bound in (("least", least), ("most", most)):
        if bound is not None and bound < 0:
            raise ProgramError(f"{who}: `{field}` must be 0 or more, not {bound!r}")
        if bound is not None and bound > MANY:
            raise ProgramError(f"{who}: `{field}` is beyond any number of pairs; leave it out")
    if least is not None and most is not None and least > most:
        raise ProgramError(f"{who}: `least` is {least!r}, above `most`, which is {most!r}; swap them or drop one")


def bounds_in_words(least: int | None, most: int | None) -> str:
    """``2 to 5 pairs``, ``at least 1 pair``, ``at most 5 pairs``, ``exactly 5 pairs``."""
    last = most if most is not None else least
    noun = f"{last:,} pair{'s' * (last != 1)}"
    if least is None or most is None:
        return f"at {'most' if least is None else 'least'} {noun}"
    return f"exactly {noun}" if least == most else f"{least:,} to {noun}"
