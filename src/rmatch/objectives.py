"""Objectives: the quantities that a program optimises, in lexicographic order."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from rmatch.columns import IntArray, Table
from rmatch.element import Spec, Who, pairs_by_id, refuse_twice
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.rows import LoadValue, LoadValues, PairValues, People, listed, urgency_of
from rmatch.valuation import PAIR, LoadUtility, Valuation


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
    def earlier_pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of an earlier plan that it would keep."""
        return ()

    @property
    def gives_priority(self) -> bool:
        """Whether it prefers the people who were left without a partner before."""
        return False

    def linear(self, people: People) -> tuple[int, int] | None:
        """Return ``(times, each)`` if every pair adds ``times · points + each``, else None."""
        return None

    def pair_values(self, people: People) -> PairValues:
        """Return the function that gives the value added by each listed pair, ``values(i, j, points) -> (pairs,)``
        int64.
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
            people: Both sides in canonical order.
        """
        return None, None

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return the value of a whole plan: the sum over its pairs and over people's numbers of pairs.

        ``i`` and ``j`` are the mentors and mentees of its pairs, ``points`` their scores in points, ``(pairs,)`` int64
        each.
        """
        loads = (np.bincount(side, minlength=size) for side, size in zip((i, j), people.shape, strict=True))
        adds = (int(v.of(load).sum()) for v, load in zip(self.load_values(people), loads, strict=True) if v is not None)
        return int(self.pair_values(people)(i, j, points).sum()) + sum(adds)

    def stages(self) -> tuple[Objective, ...]:
        """Return the objectives of which this one consists, settled one after the other."""
        return (self,)

    def compile(self, people: People) -> Valuation | None:
        """Return the same value as a :class:`~rmatch.valuation.Valuation`, which scans evaluate fast; None where
        there is none.
        """
        return None


@dataclass(frozen=True)
class MostPairs(Objective):
    """Maximise the number of pairs."""

    counts_pairs: ClassVar[bool] = True

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(0, 1)``: every pair counts 1."""
        return 0, 1

    def compile(self, people: People) -> Valuation:
        """Return the valuation that counts pairs."""
        return PAIR

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "as many pairs as possible"


@dataclass(frozen=True)
class WorstPair(Objective):
    """Maximise the lowest score of a pair, once the number of pairs is settled.

    Locked pairs count: no plan has a better worst pair than the worst locked one, and the others may then be as low.
    """

    unit: ClassVar[int] = SCALE
    threshold: ClassVar[bool] = True

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return the least score of a pair, in points; 2²⁰ for a plan without pairs."""
        return int(points.min(initial=SCALE))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "the worst pair as good as possible"


@dataclass(frozen=True)
class Bands(Objective):
    """Minimise the number of pairs below each of ``thresholds``, ascending scores in (0, 1], the lowest first.

    The number of pairs is settled before.
    """

    hides_scores: ClassVar[bool] = False

    thresholds: tuple[float, ...]

    sign: ClassVar[int] = -1

    @property
    def name(self) -> str:
        """Name in results and messages; with the threshold where there is only one."""
        if len(self.thresholds) > 1:
            return "bands"
        (threshold,) = self.thresholds
        short = f"{threshold:g}"  # of two that differ in a later digit alone, each keeps a name of its own
        return f"bands_{short if float(short) == threshold else repr(threshold)}"

    def stages(self) -> tuple[Objective, ...]:
        """Return one objective for each threshold, the lowest first."""
        return tuple(Bands((threshold,)) for threshold in self.thresholds)

    def pair_values(self, people: People) -> PairValues:
        """Return the function that is -1 for each pair below the first threshold."""
        bar = math.ceil(self.thresholds[0] * SCALE)
        return lambda i, j, points: -(points < bar).astype(np.int64)

    def compile(self, people: People) -> Valuation:
        """Return the valuation that is -1 for each pair, and 1 more from the first threshold on."""
        return Valuation(each=-1, times=0, steps=((math.ceil(self.thresholds[0] * SCALE), 1),))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.thresholds:
            raise ProgramError("Bands: `thresholds` is empty; give one or more scores, such as [0.3, 0.5]")
        for threshold in self.thresholds:
            if not 0 < threshold <= 1:
                raise ProgramError(f"Bands: each of `thresholds` must lie above 0 and be 1 at most, not {threshold!r}")
        ascending = tuple(sorted(set(self.thresholds)))
        if ascending != self.thresholds:
            raise ProgramError(
                f"Bands: `thresholds` must ascend, each once: write {list(ascending)}, not {list(self.thresholds)}"
            )

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return f"as few pairs as possible below {', then below '.join(f'{t:g}' for t in self.thresholds)}"


@dataclass(frozen=True)
class Total(Objective):
    """Maximise the sum of ``score - floor`` over the pairs; ``floor`` lies in [0, 1].

    Alone, it makes only pairs that score more than ``floor``; once the number of pairs is settled, the floor has no
    effect.
    """

    is_total: ClassVar[bool] = True

    floor: float = 0.0

    unit: ClassVar[int] = SCALE

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.floor <= 1:
            raise ProgramError(f"Total: `floor` must lie in [0, 1], not {self.floor!r}")

    def _floor(self, people: People) -> int:
        """The floor in points; 0 where the number of pairs is settled first."""
        return 0 if people.pairs_first else round(self.floor * SCALE)

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(1, -floor)``: the score of each pair above the floor, in points."""
        return 1, -self._floor(people)

    def compile(self, people: People) -> Valuation:
        """Return the score less the floor as a valuation."""
        return Valuation(each=-self._floor(people))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "the highest total score" + (f" above {self.floor:g} a pair" if self.floor else "")


@dataclass(frozen=True)
class LeastLoad(Objective):
    """Minimise the sum of the squares of the mentors' numbers of pairs, which spreads the work evenly."""

    sign: ClassVar[int] = -1

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(0, 0)``: only the mentors' numbers of pairs count."""
        return 0, 0

    def load_values(self, people: People) -> LoadValues:
        """Return ``-load²`` for each mentor: the marginal cost of a pair grows with the load."""
        return LoadValue(np.zeros(people.shape[0], np.int64), square=1), None

    def compile(self, people: People) -> Valuation:
        """Return the same value as a load utility."""
        nothing = np.zeros(people.shape[0], np.int64)
        return Valuation(times=0, load_utilities=(LoadUtility(nothing, nothing, nothing, square=1), None))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "the fewest pairs for each mentor"


@dataclass(frozen=True)
class Priority(Objective):
    """Maximise the sum of urgencies of the people who have a partner.

    ``column`` contains urgencies, integers from 0, or yes and no, which count 1 and 0; or ``mentors`` and ``mentees``
    list ids, which count 1. With neither, the people without a partner in the last round come first; see
    :class:`rmatch.History`, which sets ``filled``.
    """

    column: str = ""
    mentors: tuple[str, ...] = ()
    mentees: tuple[str, ...] = ()
    filled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.column and (self.mentors or self.mentees):
            raise ProgramError("Priority: give either `column`, or `mentors` and `mentees`")
        refuse_twice(self, "mentors", "mentees")

    def with_ids(self, who: Who) -> Self:
        """Return the same for the ids of the people named."""
        mentors = tuple(dict.fromkeys(who.id_of(word, "mentor") for word in self.mentors))
        mentees = tuple(dict.fromkeys(who.id_of(word, "mentee") for word in self.mentees))
        return (
            self
            if (mentors, mentees) == (self.mentors, self.mentees)
            else replace(self, mentors=mentors, mentees=mentees)
        )

    @property
    def needs_history(self) -> bool:
        """Whether neither a column, a list nor a history defines who comes first."""
        return not (self.column or self.mentors or self.mentees or self.filled)

    @property
    def gives_priority(self) -> bool:
        """Whether the people who were left without a partner in the last round come first."""
        return self.filled or self.needs_history

    @property
    def name(self) -> str:
        """Name in results and messages."""
        return f"priority_{self.column}" if self.column else "priority"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the columns that are read: of the mentors, and of the mentees."""
        return ((self.column,), (self.column,)) if self.column else ((), ())

    def urgency(self, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
        """Return the urgency of each mentor and of each mentee, int64; ProgramError where the column cannot be read
        so.
        """
        if self.column:
            return urgency_of(self.column, mentors[self.column]), urgency_of(self.column, mentees[self.column])
        first = [set(self.mentors), set(self.mentees)]
        listed = [
            np.array([str(id_) in some for id_ in table.ids], dtype=np.int64)
            for table, some in zip((mentors, mentees), first, strict=True)
        ]
        return listed[0], listed[1]

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(0, 0)``: only whether a person has a partner counts."""
        return 0, 0

    def load_values(self, people: People) -> LoadValues:
        """Return each person's urgency as the value of having a pair at all."""
        mentors, mentees = self.urgency(people.mentors, people.mentees)
        return LoadValue(mentors), LoadValue(mentees)

    def compile(self, people: People) -> Valuation:
        """Return the same value as load utilities of a first pair."""
        load_utilities = [
            LoadUtility(urgency, np.ones(len(urgency), np.int64), np.zeros(len(urgency), np.int64))
            for urgency in self.urgency(people.mentors, people.mentees)
        ]
        return Valuation(times=0, load_utilities=(load_utilities[0], load_utilities[1]))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        if self.column:
            return f"a partner first for those with the highest {self.column.replace('_', ' ')}"
        who = "those left out of the last round" if self.filled or self.needs_history else "some people"
        return f"a partner first for {who}"


@dataclass(frozen=True)
class Stability(Objective):
    """Maximise the number of pairs of ``pairs``, ``(mentor_id, mentee_id)``, that stay together.

    Left out, they are those of the last round; see :class:`rmatch.History`, which sets ``filled``.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    filled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_twice(self, "pairs")

    def with_ids(self, who: Who) -> Self:
        """Return the same for the ids of the people named."""
        return replace(self, pairs=pairs_by_id(self.pairs, who))

    @property
    def earlier_pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs that should stay together."""
        return self.pairs

    @property
    def needs_history(self) -> bool:
        """Whether neither a list nor a history defines the earlier pairs."""
        return not (self.pairs or self.filled)

    def pair_values(self, people: People) -> PairValues:
        """Return the function that is 1 for each listed pair."""
        earlier = listed(self.pairs, people)
        return lambda i, j, points: earlier(i, j).astype(np.int64)

    def compile(self, people: People) -> Valuation:
        """Return the same value as a bonus of 1 for each listed pair."""
        keys = listed(self.pairs, people).keys
        return Valuation(times=0, listed=(keys, np.ones(len(keys), np.int64)))

    def in_words(self) -> str:
        """Return one plain clause for reports."""
        return "as many earlier pairs as possible stay together"
