"""What a criterion is: one question, how good is this pair?"""

from __future__ import annotations

import dataclasses
import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import IntArray, Table
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.factors import Factors


class Tile:
    """Scores by block, for what has no factor form. NaN where the criterion itself forbids the pair."""

    def block(self, rows: IntArray, columns: IntArray) -> NDArray[np.float64]:
        """Return the scores of some mentors with some mentees.

        Args:
            rows, columns: Positions of the mentors and of the mentees, int64.

        Returns:
            ``(rows, columns)`` float64 in [0, 1]; NaN where the pair may not be.
        """
        raise TypeError(f"{type(self).__name__} must define `block`")

    def at(self, i: IntArray, j: IntArray) -> NDArray[np.float64]:
        """The scores of listed pairs; the same numbers as :meth:`block` gives."""
        scores = np.empty(len(i))
        order = np.argsort(i, kind="stable")
        ends = np.flatnonzero(np.diff(i[order], append=-1)) + 1
        for begin, end in zip(np.append(0, ends)[:-1], ends, strict=True):
            some = order[begin:end]
            scores[some] = self.block(i[some[:1]], j[some])[0]
        return scores


@dataclasses.dataclass(frozen=True)
class Criterion(Spec):
    """How good is this pair? A score in [0, 1] for every mentor and mentee, and its share of the whole.

    A class of your own gives :meth:`factors`, made from the bricks of :mod:`rmatch.criteria`; only what
    has no factor form gives :meth:`tile`. ``rmatch.testing.check_criterion`` tells whether it is lawful.
    """

    weight: float = 1.0

    family: ClassVar[str] = "criteria"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise ProgramError(
                f"{type(self).__name__}: `weight` must be a finite number above 0, not {self.weight!r}; "
                "leave the criterion out to switch it off"
            )

    @property
    def unspoken(self) -> str:
        """Names of the methods of which the class must define one and defines none; else empty."""
        own = type(self)
        defined = own.factors is not Criterion.factors or own.tile is not Criterion.tile
        return "" if defined else "`factors(mentors, mentees)` or `tile(mentors, mentees)`"

    def misfit(self, mentors: Table, mentees: Table) -> str:
        """Why the criterion cannot be applied to these people; empty where it can."""
        return ""

    @property
    def pool(self) -> str | None:
        """With which other criteria its weight is normalised: those of the same track, or all where that is None."""
        return None

    @property
    def whole(self) -> Criterion:
        """The criterion without its track."""
        return self

    def factors(self, mentors: Table, mentees: Table) -> Factors | None:
        """Return the scores as a product of two sides; None where only tiles exist.

        Args:
            mentors, mentees: Both sides, with the columns that :meth:`reads` names.

        Returns:
            Mentors × mentees, in [0, 1]. One side of each term holds whole numbers.
        """
        return None

    def tile(self, mentors: Table, mentees: Table) -> Tile | None:
        """Return the scores as a :class:`Tile`; None where factors exist.

        Args:
            mentors, mentees: Both sides, with the columns that :meth:`reads` names.
        """
        return None

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        """Return what earned each listed pair its points, in a few plain words; empty where there is nothing to say.

        Args:
            mentors, mentees: Both sides.
            i, j: The pairs, ``(pairs,)`` int64.
        """
        return [""] * len(i)


@dataclasses.dataclass(frozen=True)
class OfColumn(Spec):
    """What asks about one column that the user names: the base of criteria and rules; both sides must have it."""

    column: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.column:
            raise ProgramError(f"{type(self).__name__}: `column` is missing")

    @property
    def name(self) -> str:
        return f"{self.kind()}_{self.column}"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.column,), (self.column,)
