"""The base class of limits: linear rows over the pairs of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from rmatch.columns import FloatArray, IntArray, Table
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.factors import Sparse
from rmatch.rows import People, Row, Side


@dataclass(frozen=True)
class Limit(Spec):
    """A bound on numbers of pairs: rows ``least ≤ Σ coefficient(i, j) · x_ij ≤ most`` that every plan satisfies.

    A subclass defines :meth:`rows` only; it is solved, proved and checked by them.
    :func:`rmatch.testing.check_limit` tests them.
    """

    family: ClassVar[str] = "limits"

    plain: ClassVar[bool] = False
    """Whether capacities and fixed pairs alone keep it, for any people."""
    in_circles: ClassVar[bool] = False
    """Whether the mentees of a mentor meet together."""
    caps: ClassVar[bool] = False
    """Whether nobody may have more than it grants them, whatever they wrote."""
    of_last_plan: ClassVar[bool] = False
    """Whether it compares a plan with an earlier one."""

    @property
    def fixed_pairs(self) -> tuple[tuple[str, str], ...]:
        """The ``(mentor_id, mentee_id)`` pairs that every plan must contain."""
        return ()

    @property
    def total_bounds(self) -> tuple[int | None, int | None]:
        """Fewest and most pairs of the whole plan, where this limit bounds them alone."""
        return None, None

    @property
    def whole(self) -> Limit:
        """The limit without its track."""
        return self

    def holding(self, inner: Limit) -> Limit:
        """Return ``inner`` in the track of this limit."""
        return inner

    @property
    def label(self) -> str:
        """How a message names the limit."""
        return f"`{self.name}`"

    def ratio(self, mentors: Table, mentees: Table) -> tuple[Sparse, Sparse] | None:
        """Return the pairs that count, as factors of both sides, where the limit bounds their share of all pairs."""
        return None

    def by_value(self, mentors: Table, mentees: Table) -> Iterator[Limit]:
        """Yield limits that say the same together, each about one value and one bound."""
        yield self

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return the rows of the limit.

        Args:
            people: Both sides in canonical order.

        Raises:
            TypeError: The class does not define it.
        """
        raise TypeError(f"{type(self).__name__} must define `rows`")

    @property
    def unspoken(self) -> str:
        """Name of the method that the class must define and does not; else empty."""
        return "`rows(people)`" if type(self).rows is Limit.rows else ""

    def grants(self, side: Side) -> int | None:
        """Return the capacity of people on ``side`` who have none of their own; None where it stays 1."""
        return None

    def granted(self, side: Side, table: Table) -> FloatArray | None:
        """Return :meth:`grants` for each person of ``table``, ``(people,)``; infinite for who is granted nothing."""
        granted = self.grants(side)
        return None if granted is None else np.full(len(table.ids), float(granted))

    def lazily(self, people: People, plans: Sequence[tuple[IntArray, IntArray]]) -> Limit | None:
        """Return the limit on no more than the rows that these plans break, if so few are broken that they are added
        as they are; else None.
        """
        return None

    def for_rounds(self, k: int) -> Limit | None:
        """Return the limit on ``k`` rounds together that holds exactly where they can be split so that each round keeps
        this one; None where there is none.
        """
        return None

    def figure(self, people: People, i: IntArray, j: IntArray) -> str | None:
        """Return what a plan with pairs ``(i, j)`` attains, as text; None where there is nothing to report."""
        sums = [int(k) for row in self.rows(people) for k in row.sums(i, j, people.shape)] or [0]
        return f"{sums[0]:,}" if len(sums) == 1 else f"{min(sums):,} to {max(sums):,}"

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the people who may have no further pair beside the pairs ``(i, j)``, with a sentence."""
        yield from ()


Reached: TypeAlias = tuple[Side, IntArray, str]
"""A side, positions of people, and why they may have no further pair."""

MANY = 1 << 53
"""No number of pairs is larger: integers up to this are exact in float64."""


def refuse_bounds(limit: Limit, least: float | None, most: float | None) -> None:
    """Refuse bounds that make no sense.

    Args:
        limit: The limit, for the message.
        least, most: Its bounds.

    Raises:
        ProgramError: Both are absent, one is negative, or the least is above the most.
    """
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


def times(bound: int | None, k: int) -> int | None:
    """Return ``k`` times a bound, as far as it is one; None stays None."""
    return None if bound is None else min(bound * k, MANY)


def bounds_in_words(least: int | None, most: int | None) -> str:
    """Return ``2 to 5 pairs``, ``at least 1 pair``, ``at most 5 pairs`` or ``exactly 5 pairs``."""
    last = most if most is not None else least
    noun = f"{last:,} pair{'s' * (last != 1)}"
    if least is None or most is None:
        return f"at {'most' if least is None else 'least'} {noun}"
    return f"exactly {noun}" if least == most else f"{least:,} to {noun}"
