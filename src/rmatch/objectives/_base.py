"""The base class of objectives: what a plan is worth, pair by pair and person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from rmatch.columns import IntArray, Table
from rmatch.element import Spec, asked
from rmatch.errors import ProgramError
from rmatch.rows import LoadValue, LoadValues, PairValues, People
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
        """Return the values of people's numbers of pairs, on the mentors' and the mentees' side; None for none.

        Args:
            people: Both sides, as for :meth:`pair_values`.

        Returns:
            ``LoadValue(first, square)`` for a side: ``first`` has a whole number from 0 for each person of it, in the
            order of its table, ``(people,)`` int64; ``square`` is a whole number from 0.
        """
        return None, None

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return the value of a whole plan: the sum over its pairs and over people's numbers of pairs.

        ``i`` and ``j`` are the mentors and mentees of its pairs, ``points`` their scores in points, ``(pairs,)`` int64
        each.
        """
        loads = (np.bincount(side, minlength=size) for side, size in zip((i, j), people.shape, strict=True))
        held = zip(loads_of(self, people), loads, strict=True)
        adds = (int(v.of(load).sum()) for v, load in held if v is not None)
        return int(values_of(self, people)(i, j, points).sum()) + sum(adds)

    def stages(self) -> tuple[Objective, ...]:
        """Return the objectives of which this one consists, settled one after the other."""
        return (self,)

    def compile(self, people: People) -> Valuation | None:
        """Return the same value as a :class:`~rmatch.valuation.Valuation`, which scans evaluate fast; None where
        there is none.
        """
        return None


def linear_of(objective: Objective, people: People) -> tuple[int, int] | None:
    """Return ``linear`` of an objective; one from outside the package is held to what it answers.

    Raises:
        ProgramError: It failed, or is neither two whole numbers nor None.
    """
    linear: Any = asked(objective.called, "linear", partial(objective.linear, people))
    pair = isinstance(linear, tuple) and len(linear) == 2 and all(type(each) is int for each in linear)
    if objective.from_outside and linear is not None and not pair:
        raise _wrong(objective, f"`linear` answers with two whole numbers, (times, each), or None, not {linear!r}")
    found: tuple[int, int] | None = linear
    return found


def values_of(objective: Objective, people: People) -> PairValues:
    """Return ``pair_values`` of an objective; of one from outside the package, each answer is looked at.

    Raises:
        ProgramError: It failed, or returns no function. The function raises it where it fails itself, or answers with
            something else than a whole number for each pair.
    """
    values: Any = asked(objective.called, "pair_values", partial(objective.pair_values, people))
    if not callable(values):
        said = f"`pair_values` returns a function of three arrays, i, j and points, not {_kind(values)}"
        raise _wrong(objective, said)
    return partial(_looked_at, objective, values) if objective.from_outside else values


def _looked_at(objective: Objective, values: PairValues, i: IntArray, j: IntArray, points: IntArray) -> IntArray:
    answer: Any = asked(objective.called, "pair_values", partial(values, i, j, points))
    if not (isinstance(answer, np.ndarray) and answer.dtype.kind == "i" and answer.shape == i.shape):
        raise _wrong(
            objective,
            f"the function that `pair_values` returns answers with an array of whole numbers, int64, one for each "
            f"pair, {i.shape}, not {_kind(answer)}",
        )
    return answer.astype(np.int64, copy=False)


def loads_of(objective: Objective, people: People) -> LoadValues:
    """Return ``load_values`` of an objective; those of one from outside the package are looked at.

    Raises:
        ProgramError: It failed, or answers with something else than two concave values, or None.
    """
    loads: Any = asked(objective.called, "load_values", partial(objective.load_values, people))
    if objective.from_outside:
        if not (isinstance(loads, tuple) and len(loads) == 2 and all(isinstance(x, LoadValue | None) for x in loads)):
            said = "`load_values` answers with two, a LoadValue or None for the mentors and for the mentees"
            raise _wrong(objective, f"{said}, not {_kind(loads)}")
        for side, value, size in zip(("mentors", "mentees"), loads, people.shape, strict=True):
            if value is not None:
                _refuse_load(objective, side, value, size)
    found: LoadValues = loads
    return found


def _refuse_load(objective: Objective, side: str, value: LoadValue, size: int) -> None:
    first: Any = value.first
    square: Any = value.square
    if not (isinstance(first, np.ndarray) and first.dtype.kind == "i" and first.shape == (size,)):
        said = f"`first` of `load_values` is an array of whole numbers, int64, one for each of the {side}, {(size,)}"
        raise _wrong(objective, f"{said}, not {_kind(first)}")
    if not isinstance(square, int | np.integer) or isinstance(square, bool):
        raise _wrong(objective, f"`square` of `load_values` is a whole number from 0, not {square!r}")
    for field, least in (("first", int(first.min(initial=0))), ("square", square)):
        if least < 0:
            raise _wrong(objective, f"`{field}` of `load_values` is 0 or more, not {least}")


def _kind(answer: Any) -> str:
    return f"{answer.dtype} {answer.shape}" if isinstance(answer, np.ndarray) else type(answer).__name__


def _wrong(objective: Objective, said: str) -> ProgramError:
    return ProgramError(f"{objective.called}: {said}; `rmatch.testing.check_objective` tests such a class")
