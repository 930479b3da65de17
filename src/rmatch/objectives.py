"""Objectives: which total comes first?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch.columns import Column, IntArray, Number, Table, fold, means_yes, said_yes
from rmatch.errors import ProgramError
from rmatch.spec import Spec, refuse_twice

_NO = frozenset({"no", "n", "false", "f", "0", "none"})


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
class WorstPair(Objective):
    """The pair with the lowest score is as good as possible, once the number of pairs is settled."""

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "the worst pair as good as possible"


@dataclass(frozen=True)
class Bands(Objective):
    """As few pairs as possible below each of ``thresholds``, the lowest first, once the number of pairs is settled."""

    thresholds: tuple[float, ...]

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

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.floor <= 1:
            raise ProgramError(f"Total: `floor` must lie in [0, 1], not {self.floor!r}")

    def in_words(self) -> str:
        """One plain clause for reports."""
        return "the highest total score" + (f" above {self.floor:g} a pair" if self.floor else "")


@dataclass(frozen=True)
class LeastLoad(Objective):
    """The work is spread over the mentors: none has many pairs where another could have them."""

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
