"""A limit for circles: mentors who meet several mentees at once, or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import ProgramError
from rmatch.limits._base import Limit, Reached, refuse_bounds
from rmatch.rows import Part, People, Row, Side


@dataclass(frozen=True)
class Circles(Limit):
    """Each mentor has no mentee, or from ``least`` to ``most`` of them, who meet as a circle.

    A smaller number in a mentor's ``capacity`` column takes precedence; a mentor with room for fewer than ``least`` has
    no circle.

    Args:
        least, most: Fewest and most mentees of a circle.
    """

    in_circles: ClassVar[bool] = True

    least: int = 3
    most: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_bounds(self, self.least, self.most)
        if self.least < 2:
            raise ProgramError(f"Circles: `least` is {self.least}, and a circle has 2 mentees or more; use `capacity`")

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each mentor, which a mentor without mentees keeps too."""
        return (Row(self.name, (Part(),), self.least, self.most, "mentor", or_none=True),)

    def grants(self, side: Side) -> int | None:
        """Return the most mentees of a circle, for mentors."""
        return self.most if side == "mentor" else None

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return the number of circles and their sizes, as text."""
        sizes = np.unique(i, return_counts=True)[1]
        if not len(sizes):
            return "no circles"
        words = f"{sizes.min()}" if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
        return f"{len(sizes):,} circle{'s' * (len(sizes) != 1)} of {words} mentees"

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the mentors without a circle, with a sentence."""
        alone = np.setdiff1d(np.arange(people.shape[0]), i)
        yield "mentor", alone, f"A circle has {self.least:,} mentees or more; a mentor has a whole circle or none."

    def in_words(self) -> str:
        return f"each mentor has no mentee or a circle of {self.least:,} to {self.most:,}"
