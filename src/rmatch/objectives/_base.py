"""The base class of objectives: what a plan is worth, pair by pair and person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch.columns import IntArray, Table
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.rows import LoadValues, PairValues, People
from rmatch.valuation import Valuation


@dataclass(frozen=True)
class Objective(Spec):
    """A quantity to maximise; objectives are met in order, none at the expense of an earlier one.

    A subclass defines :meth:`pair_values`, or :meth:`linear` where a pair's value is affine in its score, and
    optionally :meth:`load_values`. It is solved, proved and checked by these; :func:`rmatch.testing.check_objective`
    tests them.
    """

    family: ClassVar[str] = "objectives"

    unit: ClassVar[int] = 1
    """Points in one unit of the value where results display it; 1 where it counts."""
    sign: ClassVar[int] = 1
    """-1 where results display a quantity that is minimised, such as pairs below a threshold."""
    threshold: ClassVar[bool] = False
    """Whether the value is the least score of a pair instead of a sum."""
    counts_pairs: ClassVar[bool] = False
    """Whether the value is the number of pairs."""
    is_total: ClassVar[bool] = False
    """Whether the value is the sum of all scores, above the floor: every program has this one."""
    hides_scores: ClassVar[bool] = True
    """Whether sensitive columns may be scored beside it: its value says nothing of a single pair's score."""

    @property
    def earlier_pairs(self) -> Sequence[tuple[str, str]]:
        """The pairs of an earlier plan that it would keep."""
        return ()

    @property
    def gives_priority(self) -> bool:
        """Whether it prefers the people who were left without a partner before."""
        return False

    def check(self, mentors: Table, mentees: Table) -> None:
        """Raise ProgramError where these people's answers cannot be read as the objective needs them."""

    def linear(self, people: People) -> tuple[int, int] | None:
        """Return ``(times, each)`` if every pair adds ``times · points + each``, else None."""
        return None

    def pair_values(self, people: People) -> PairValues:
        """Return the function that gives the value added by each listed pair.

        Args:
            people: Both sides; ``people.mentors`` and ``people.mentees`` have the columns that :meth:`reads` names.

        Returns:
            ``values(i, j, points)``: for mentors ``i``, mentees ``j`` and their scores in points, ``(pairs,)`` int64
            each, whole numbers ``(pairs,)``.
        """
        linear = self.linear(people)
        if linear is None:
            raise TypeError(f"{type(self).__name__} must define `pair_values` or `linear`")
        times, each = linear
        return lambda i, j, points: times * points + each

    @property
    def unspoken(self) -> str:
        """Names of the methods of which the class must define one and defines none; else empty."""
        own = type(self)
        defined = own.threshold or own.linear is not Objective.linear or own.pair_values is not Objective.pair_values
        return "" if defined else "`pair_values(people)` or `linear(people)`"

    def load_values(self, people: People) -> LoadValues:
        """Return the values of people's numbers of pairs, on the mentors' and the mentees' side; None for none."""
        return None, None

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return the value of a whole plan: the sum over its pairs and over people's numbers of pairs.

        ``i`` and ``j`` are the mentors and mentees of its pairs, ``points`` their scores in points, ``(pairs,)`` int64
        each.
        """
        loads = (np.bincount(side, minlength=size) for side, size in zip((i, j), people.shape, strict=True))
        adds = (int(v.of(load).sum()) for v, load in zip(self.load_values(people), loads, strict=True) if v is not None)
        values = np.asarray(self.pair_values(people)(i, j, points))
        if values.dtype.kind not in "biu":
            raise ProgramError(
                f"[[objectives]] {self.name}: `pair_values` gives whole numbers, not {values.dtype}; multiply or "
                "round them until they are"
            )
        return int(values.sum()) + sum(adds)

    def stages(self) -> tuple[Objective, ...]:
        """Return the objectives of which this one consists, settled one after the other."""
        return (self,)

    def compile(self, people: People) -> Valuation | None:
        """Return the same value as a :class:`~rmatch.valuation.Valuation`, which scans evaluate fast; None where
        there is none.
        """
        return None
