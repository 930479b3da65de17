"""What a limit is: plain linear rows over the pairs of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from rmatch.columns import IntArray
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.rows import People, Row, Side


@dataclass(frozen=True)
class Limit(Spec):
    """How many pairs? Rows ``least ≤ Σ coefficient(i, j) · x_ij ≤ most`` that every plan keeps.

    A class of your own gives :meth:`rows`, and nothing else: it is solved, proved and checked by them.
    ``rmatch.testing.check_limit`` tells whether they are lawful.
    """

    family: ClassVar[str] = "limits"

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return what the limit means for these people."""
        raise TypeError(f"{type(self).__name__} must define `rows`")

    @property
    def unspoken(self) -> str:
        """The method that says what the limit means, where it is missing; else empty."""
        return "`rows(people)`" if type(self).rows is Limit.rows else ""

    def grants(self, side: Side) -> int | None:
        """Return how many pairs somebody on ``side`` may have who wrote no capacity; None where that stays 1."""
        return None

    def figure(self, people: People, i: IntArray, j: IntArray) -> str | None:
        """Return what the plan with pairs ``(i, j)`` makes of the limit, in words; None where that says nothing."""
        sums = [int(k) for row in self.rows(people) for k in row.sums(i, j, people.shape)] or [0]
        return f"{sums[0]:,}" if len(sums) == 1 else f"{min(sums):,} to {max(sums):,}"

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield whom the limit leaves no further pair beside the pairs ``(i, j)``, with a sentence."""
        yield from ()


Reached: TypeAlias = tuple[Side, IntArray, str]
"""A side, people of it by place, and why they can have no further pair."""

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
