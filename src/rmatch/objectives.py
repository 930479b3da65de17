"""Objectives: which total comes first?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch.columns import Column, IntArray, Number, Table, fold, means_yes, said_yes
from rmatch.element import Spec, refuse_twice
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.rows import LoadValue, LoadValues, PairValues, People, listed
from rmatch.valuation import PAIR, Gain, Worth

_NO = frozenset({"no", "n", "false", "f", "0", "none"})


@dataclass(frozen=True)
class Objective(Spec):
    """Which total comes first? Objectives are met in order, each without giving up any of the earlier.

    A class of your own gives :meth:`pair_values`, or :meth:`linear` where every pair counts alike or by its score, and
    perhaps :meth:`load_values`: it is solved, proved and checked by them. ``rmatch.testing.check_objective`` tells
    whether they are lawful.
    """

    family: ClassVar[str] = "objectives"

    unit: ClassVar[int] = 1
    """How many points one unit of the value has where results show it: 1 where it counts something."""
    sign: ClassVar[int] = 1
    """-1 where results show what is to be small, such as pairs below a threshold."""
    threshold: ClassVar[bool] = False
    """Whether the value is the least score of a pair, and not a sum."""

    def linear(self, people: People) -> tuple[int, int] | None:
        """Return ``(times, each)`` where every pair adds ``times · points + each``, else None."""
        return None

    def pair_values(self, people: People) -> PairValues:
        """Return a function that tells what each listed pair adds to the value; what it looks up is prepared once."""
        linear = self.linear(people)
        if linear is None:
            raise TypeError(f"{type(self).__name__} must define `pair_values` or `linear`")
        times, each = linear
        return lambda i, j, points: times * points + each

    @property
    def unspoken(self) -> str:
        """The methods of which one says what the objective means, where both are missing; else empty."""
        own = type(self)
        said = own.threshold or own.linear is not Objective.linear or own.pair_values is not Objective.pair_values
        return "" if said else "`pair_values(people)` or `linear(people)`"

    def load_values(self, people: People) -> LoadValues:
        """Return what people's numbers of pairs add, on the mentors' and the mentees' side; None for nothing."""
        return None, None

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return what a whole plan is worth: the sum of what its pairs, and people's numbers of pairs, add."""
        loads = (np.bincount(side, minlength=size) for side, size in zip((i, j), people.shape, strict=True))
        adds = (int(v.of(load).sum()) for v, load in zip(self.load_values(people), loads, strict=True) if v is not None)
        return int(self.pair_values(people)(i, j, points).sum()) + sum(adds)

    def stages(self) -> tuple[Objective, ...]:
        """Return the objectives that this one consists of, settled one after the other."""
        return (self,)

    def compile(self, people: People) -> Worth | None:
        """Return the same value in the form that scans add up fast; None where there is none."""
        return None


@dataclass(frozen=True)
class MostPairs(Objective):
    """As many pairs as the rules and limits allow."""

    def linear(self, people: People) -> tuple[int, int]:
        """Return 1 for each pair."""
        return 0, 1

    def compile(self, people: People) -> Worth:
        """Return 1 a pair."""
        return PAIR

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "as many pairs as possible"


@dataclass(frozen=True)
class WorstPair(Objective):
    """The pair with the lowest score is as good as possible, once the number of pairs is settled.

    Locked pairs count: no plan has a better worst pair than the worst locked one, and the others are then free to be
    as low as that.
    """

    unit: ClassVar[int] = SCALE
    threshold: ClassVar[bool] = True

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return the least score of a pair, in points; that of a perfect pair where there is none."""
        return int(points.min(initial=SCALE))

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "the worst pair as good as possible"


@dataclass(frozen=True)
class Bands(Objective):
    """As few pairs as possible below each of ``thresholds``, the lowest first, once the number of pairs is settled."""

    thresholds: tuple[float, ...]

    sign: ClassVar[int] = -1

    @property
    def name(self) -> str:
        """What results and messages call this element: with its threshold where there is but one."""
        if len(self.thresholds) > 1:
            return "bands"
        (threshold,) = self.thresholds
        short = f"{threshold:g}"  # of two that differ in a later digit alone, each keeps a name of its own
        return f"bands_{short if float(short) == threshold else repr(threshold)}"

    def stages(self) -> tuple[Objective, ...]:
        """Return an objective for each threshold, the lowest first."""
        return tuple(Bands((threshold,)) for threshold in self.thresholds)

    def pair_values(self, people: People) -> PairValues:
        """Return -1 for each pair below the first threshold."""
        bar = math.ceil(self.thresholds[0] * SCALE)
        return lambda i, j, points: -(points < bar).astype(np.int64)

    def compile(self, people: People) -> Worth:
        """Return -1 a pair, and 1 from the first threshold on."""
        return Worth(each=-1, times=0, steps=((math.ceil(self.thresholds[0] * SCALE), 1),))

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
        """One plain clause for reports."""
        return f"as few pairs as possible below {', then below '.join(f'{t:g}' for t in self.thresholds)}"


@dataclass(frozen=True)
class Total(Objective):
    """The largest sum of ``score - floor`` over the pairs.

    Alone, it makes only pairs that are worth more than ``floor``; after :class:`MostPairs` the number of pairs is
    settled, and the floor changes nothing.
    """

    floor: float = 0.0

    unit: ClassVar[int] = SCALE

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.floor <= 1:
            raise ProgramError(f"Total: `floor` must lie in [0, 1], not {self.floor!r}")

    def _floor(self, people: People) -> int:
        """What a pair must be worth, in points, before it adds to the total."""
        return 0 if people.pairs_first else round(self.floor * SCALE)

    def linear(self, people: People) -> tuple[int, int]:
        """Return the score of each pair above the floor."""
        return 1, -self._floor(people)

    def compile(self, people: People) -> Worth:
        """Return the score less the floor."""
        return Worth(each=-self._floor(people))

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "the highest total score" + (f" above {self.floor:g} a pair" if self.floor else "")


@dataclass(frozen=True)
class LeastLoad(Objective):
    """The work is spread over the mentors: none has many pairs where another could have them."""

    sign: ClassVar[int] = -1

    def linear(self, people: People) -> tuple[int, int]:
        """Return 0: only how many pairs a mentor has counts."""
        return 0, 0

    def load_values(self, people: People) -> LoadValues:
        """Return ``-load²`` for each mentor: each further pair of one costs more than the last."""
        return LoadValue(np.zeros(people.shape[0], np.int64), square=1), None

    def compile(self, people: People) -> Worth:
        """Return the same as a gain."""
        nothing = np.zeros(people.shape[0], np.int64)
        return Worth(times=0, gains=(Gain(nothing, nothing, nothing, square=1), None))

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "the fewest pairs for each mentor"


@dataclass(frozen=True)
class Priority(Objective):
    """Some people have a partner before others: the sum of the numbers of those who have one is as large as possible.

    ``column`` holds these numbers, whole ones from 0, or yes and no, which are 1 and 0; or ``mentors`` and ``mentees``
    list ids, 1 each. With neither, those who were left out of the last round come first, see ``rmatch.History``, and
    ``filled`` says that they were listed.
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

    @property
    def needs_history(self) -> bool:
        """Whether nobody has said yet who comes first."""
        return not (self.column or self.mentors or self.mentees or self.filled)

    @property
    def name(self) -> str:
        """What results and messages call this element."""
        return f"priority_{self.column}" if self.column else "priority"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns this element reads: of the mentors, and of the mentees."""
        return ((self.column,), (self.column,)) if self.column else ((), ())

    def urgency(self, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
        """How urgent it is that each mentor, and each mentee, has a partner; 0 for those who do not come first.

        Raises ProgramError where ``column`` holds anything but yes and no, or whole numbers from 0.
        """
        if self.column:
            return _urgency(self.column, mentors[self.column]), _urgency(self.column, mentees[self.column])
        first = [set(self.mentors), set(self.mentees)]
        listed = [
            np.array([str(id_) in some for id_ in table.ids], dtype=np.int64)
            for table, some in zip((mentors, mentees), first, strict=True)
        ]
        return listed[0], listed[1]

    def linear(self, people: People) -> tuple[int, int]:
        """Return 0: only who has a partner counts."""
        return 0, 0

    def load_values(self, people: People) -> LoadValues:
        """Return what it is worth that each person has a pair at all."""
        mentors, mentees = self.urgency(people.mentors, people.mentees)
        return LoadValue(mentors), LoadValue(mentees)

    def compile(self, people: People) -> Worth:
        """Return the same as gains of a first pair."""
        gains = [
            Gain(urgency, np.ones(len(urgency), np.int64), np.zeros(len(urgency), np.int64))
            for urgency in self.urgency(people.mentors, people.mentees)
        ]
        return Worth(times=0, gains=(gains[0], gains[1]))

    def in_words(self) -> str:
        """One plain clause for reports."""
        if self.column:
            return f"a partner first for those with the highest {self.column.replace('_', ' ')}"
        who = "those left out of the last round" if self.filled or self.needs_history else "some people"
        return f"a partner first for {who}"


@dataclass(frozen=True)
class Stability(Objective):
    """As many as possible of these pairs stay together: ``(mentor_id, mentee_id)``.

    Left out, they are the pairs of the last round, see ``rmatch.History``, and ``filled`` says that they were listed.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    filled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_twice(self, "pairs")

    @property
    def needs_history(self) -> bool:
        """Whether nobody has said yet which pairs there were."""
        return not (self.pairs or self.filled)

    def pair_values(self, people: People) -> PairValues:
        """Return 1 for each listed pair."""
        earlier = listed(self.pairs, people)
        return lambda i, j, points: earlier(i, j).astype(np.int64)

    def compile(self, people: People) -> Worth:
        """Return the same as a bonus."""
        keys = listed(self.pairs, people).keys
        return Worth(times=0, listed=(keys, np.ones(len(keys), np.int64)))

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "as many earlier pairs as possible stay together"


def _urgency(name: str, column: Column) -> IntArray:
    if isinstance(column, Number) and not column.order:
        values = np.where(column.missing, 0, column.values)
        wrong = [f"{x:g}" for x in values if not 0 <= x <= 2**31 or x != np.floor(x)]
    else:
        values = said_yes(column)
        wrong = sorted(w for w in {*map(str, column.cells())} - {""} if not means_yes(w) and fold(w) not in _NO)
    if wrong:
        raise ProgramError(f"Priority: {name!r} must hold yes and no, or whole numbers from 0; {wrong[0]!r} is neither")
    return values.astype(np.int64)
