"""Rules on who the two are to each other, and on what the pair is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from rmatch._util.arrays import among, distinct
from rmatch._util.listed import Listed
from rmatch.columns import BoolArray, IntArray, ReportingLines, Table
from rmatch.criteria import Reciprocity, Skills
from rmatch.element import Remembered, Spec, Unknown, Who, refuse_twice
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.rules._base import Predicate, Rule
from rmatch.rules._people import AtLeast
from rmatch.schema.privacy import Why

_DIRECTORY = "as `directory=`"


@dataclass(frozen=True, eq=False)
class _Outside:
    lines: ReportingLines
    mentors: IntArray
    mentees: IntArray
    shared_manager: bool

    broadcasts: ClassVar[bool] = True

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        a, b = self.mentors[i], self.mentees[j]
        if a.ndim == 2 and not self.lines.more:
            free = self._all_pairs(a[:, 0], b[0])
        else:
            free = ~(self.lines.above(a, b) | self.lines.above(b, a))
        return free & ~self.lines.share(a, b) if self.shared_manager else free

    def _all_pairs(self, a: IntArray, b: IntArray) -> BoolArray:
        """Whether neither of two is above the other, all pairs: sorted by ``enter``, all below one node are a run."""
        free, enter, leave = np.ones((len(a), len(b)), bool), self.lines.enter, self.lines.leave
        for above, below, own in ((a, b, free), (b, a, free.T)):
            order = np.argsort(enter[below])
            entered = enter[below[order]]
            first, end = np.searchsorted(entered, enter[above], side="right"), np.searchsorted(entered, leave[above])
            count = end - first
            place = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
            own[np.repeat(np.arange(len(above)), count), order[place]] = False
        return free


@dataclass(frozen=True)
class OutsideReportingLine(Rule):
    """Neither manages the other, at any depth; with ``shared_manager`` they may not have one direct manager either.

    Managers who cannot be told, such as an e-mail address where the files have none, or a name of two people, are an
    error; with ``unknown="ignore"`` everybody who may be meant counts as the manager.
    """

    shared_manager: bool = False
    unknown: Unknown = "raise"

    def narrowed(self, mentors: Table, mentees: Table) -> Self | None:
        return self if mentors.lines is not None and bool((mentors.lines.parent >= 0).any()) else None

    def absent(self, mentors: Table, mentees: Table) -> tuple[str, ...]:
        return () if mentors.lines is not None else ("manager_id",)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        lines = mentors.lines
        if lines is None:
            raise ProgramError("OutsideReportingLine: the roster has no `manager_id`")

        return _Outside(lines, mentors.node, mentees.node, self.shared_manager)

    def misfit(self, mentors: Table, mentees: Table) -> str:
        unclear = mentors.lines.unclear if mentors.lines is not None else ()
        if not unclear or self.unknown == "ignore":
            return ""
        more = f", and {len(unclear) - 3:,} more" if len(unclear) > 3 else ""
        return (
            f"it cannot be told who some managers are: {'; '.join(unclear[:3])}{more}. Write their ids, or pass "
            f'the whole company {_DIRECTORY}, or write `unknown = "ignore"` into the rule'
        )

    def gaps(self, mentors: Table, mentees: Table) -> str:
        some = [
            f"{int((~known).sum()):,} of {len(known):,} {side}s"
            for side, known in self._followed(mentors, mentees)
            if not known.all()
        ]
        if not some:
            return ""
        return (
            f"{' and '.join(some)}, whose reporting line ends too early: there is no manager, one who is not in the "
            f"files, or a line that runs in a circle; pass the whole company {_DIRECTORY}"
        )

    def kept(self, mentors: Table, mentees: Table) -> str:
        sides = self._followed(mentors, mentees)
        if all(known.all() for _, known in sides):
            return self.in_words()
        if not any(known.any() for _, known in sides):
            return "nobody's reporting line is known to its end, so that it was checked as far as managers are given"
        some = [
            f"all {len(known):,} {side}s" if known.all() else f"{int(known.sum()):,} of {len(known):,} {side}s"
            for side, known in sides
        ]
        return f"{self.in_words()}, for {' and '.join(some)}, whose managers are known"

    @staticmethod
    def _followed(mentors: Table, mentees: Table) -> list[tuple[str, BoolArray]]:
        """Whether the line of each mentor, and of each mentee, was followed to its end."""
        return [
            (side, np.append(table.lines.followed, False)[table.node] if table.lines is not None else np.zeros(0, bool))
            for side, table in (("mentor", mentors), ("mentee", mentees))
        ]

    def in_words(self) -> str:
        return "nobody is paired inside their reporting line" + (
            ", nor with somebody who has the same manager" if self.shared_manager else ""
        )


@dataclass(frozen=True, eq=False)
class NotListed:
    """Every pair but some, given as ascending ``i · mentees + j``."""

    keys: IntArray
    mentees: int

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        return ~among(i * np.int64(self.mentees) + j, self.keys)


@dataclass(frozen=True)
class Exclude(Rule):
    """These two never meet, whichever of them teaches. Often a complaint, so nothing says more than "not available".

    ``reason`` says why, for the record of runs; nobody may be found in it.
    """

    pairs: Listed[tuple[str, str]] = ()
    reason: Why = None
    unknown: Unknown = "raise"

    confidential: ClassVar[bool] = True
    lists_people: ClassVar[bool] = True

    def explained_pairs(self) -> tuple[str | None, Sequence[tuple[str, str]]]:
        return self.reason, self.pairs

    def with_ids(self, who: Who) -> Self:
        return replace(self, pairs=_met(self.pairs, who))

    def gaps(self, mentors: Table, mentees: Table) -> str:
        here = self.unknown == "ignore"  # who is not here is passed over, and told
        return "" if here else _absent(self.pairs, barred_keys(self.pairs, mentors, mentees))

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return NotListed(barred_keys(self.pairs, mentors, mentees), len(mentees.ids))

    def in_words(self) -> str:
        return "some pairs are not available"


@dataclass(frozen=True)
class NoRepeat(Rule):
    """Nobody meets a partner again: these pairs met within the last ``rounds`` rounds, or ever where that is None.

    ``pairs`` is ``(mentor_id, mentee_id)``, in that direction alone; left out, it is filled in from the history, see
    ``rmatch.History``, and ``filled`` then says so, even where no pair was left to list.
    """

    rounds: int | None = None
    pairs: Listed[tuple[str, str]] = ()
    filled: bool = False
    unknown: Unknown = "raise"

    lists_people: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rounds is not None and self.rounds < 1:
            raise ProgramError(f"NoRepeat: `rounds` must be 1 or more, not {self.rounds}; leave it out for all rounds")
        refuse_twice(self, "pairs")

    @property
    def needs_history(self) -> bool:
        """Whether nobody has said yet who met."""
        return not (self.pairs or self.filled)

    @property
    def looks_back(self) -> int | None:
        return self.rounds

    def remembering(self, past: Remembered) -> Self:
        some = past.rounds if self.rounds is None else past.rounds[-self.rounds :]
        return replace(self, pairs=tuple(sorted({pair for each in some for pair in each})), filled=True)

    def with_ids(self, who: Who) -> Self:
        return replace(self, pairs=_met(self.pairs, who))

    def gaps(self, mentors: Table, mentees: Table) -> str:
        return "" if self.filled else _absent(self.pairs, distinct(_listed_keys(self.pairs, mentors, mentees)))

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return NotListed(distinct(_listed_keys(self.pairs, mentors, mentees)), len(mentees.ids))

    def in_words(self) -> str:
        within = "" if self.rounds is None else f" within {self.rounds} round{'s' * (self.rounds != 1)}"
        return f"nobody meets a partner again{within}"


def _met(pairs: Sequence[tuple[str, str]], who: Who) -> tuple[tuple[str, str], ...]:
    """The pairs by the ids of these people: of somebody with several ids by each of them."""
    ids = {word: who.ids(word) for pair in pairs for word in pair}
    return tuple(dict.fromkeys((a, b) for one, other in pairs for a in ids[one] for b in ids[other]))


def _absent(pairs: Sequence[tuple[str, str]], keys: IntArray) -> str:
    """What to say of a list of which no pair is here; of single ones nothing, since people leave."""
    return (
        "any listed pair: no two of these people take part in roles in which they meet"
        if pairs and not len(keys)
        else ""
    )


def barred_keys(pairs: Sequence[tuple[str, str]], mentors: Table, mentees: Table) -> IntArray:
    """Return ``i · mentees + j`` for every listed pair, in either direction, that the roster has."""
    turned = tuple((b, a) for a, b in pairs)
    return distinct(np.concatenate([_listed_keys(some, mentors, mentees) for some in (pairs, turned)]))


def _listed_keys(pairs: Sequence[tuple[str, str]], mentors: Table, mentees: Table) -> IntArray:
    i, j = (
        pd.Index(table.ids).get_indexer(pd.Index([pair[k] for pair in pairs], dtype=object))
        for k, table in enumerate((mentors, mentees))
    )
    known = (i >= 0) & (j >= 0)
    return i[known] * np.int64(len(mentees.ids)) + j[known]


@dataclass(frozen=True, eq=False)
class _All:
    predicates: tuple[Predicate, ...] = ()

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        fine = np.ones(len(i), bool)
        for allows in self.predicates:
            fine &= allows(i, j)
        return fine


@dataclass(frozen=True)
class MinScore(Rule):
    """The pair's score is at least ``score``."""

    score: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _in_unit(self, "score", self.score)

    @property
    def points(self) -> int:
        """The least score in points."""
        return self.least(SCALE)

    def least(self, whole: int) -> int:
        """Return the least score in points where a perfect pair has ``whole``, rounded up: nothing below passes."""
        return math.ceil(self.score * whole)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return _All()  # the score itself is compared where it is known, see Eligibility

    def in_words(self) -> str:
        return f"a pair scores at least {self.score:g}"


@dataclass(frozen=True)
class MinGain(Rule):
    """Each gains enough: the mentor at least ``mentor`` of what they want, the mentee ``mentee`` of theirs.

    Args:
        mentor, mentee: Shares of what they want, from 0 to 1.
        taught: Columns of what mentors offer and mentees want; those of the program's first ``Skills`` if not given.
        returned: What mentees offer and mentors want; those of its first ``Reciprocity``, or else as ``taught``.
    """

    mentor: float = 0.0
    mentee: float = 0.0
    taught: tuple[str, str] | None = None
    returned: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _in_unit(self, "mentor", self.mentor)
        _in_unit(self, "mentee", self.mentee)

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        both = ({name for criterion, _ in self._asked for name in criterion.reads()[side]} for side in (0, 1))
        mentors, mentees = (tuple(sorted(names)) for names in both)
        return mentors, mentees

    @property
    def _asked(self) -> list[tuple[Skills | Reciprocity, float]]:
        """What each of the two gains, and the least of it, where something is asked."""
        taught = self.taught or (Skills.offered, Skills.wanted)
        back = self.returned or taught
        skills = Skills(offered=taught[0], wanted=taught[1])
        both = (skills, self.mentee), (Reciprocity(offered=back[0], wanted=back[1]), self.mentor)
        return [(criterion, floor) for criterion, floor in both if floor > 0]

    def beside(self, criteria: Iterable[Spec]) -> Self:
        wholes = [criterion.whole for criterion in criteria]
        taught = next(((c.offered, c.wanted) for c in wholes if isinstance(c, Skills)), None)
        returned = next(((c.offered, c.wanted) for c in wholes if isinstance(c, Reciprocity)), None)
        return replace(self, taught=self.taught or taught, returned=self.returned or returned)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        least = []
        for criterion, floor in self._asked:
            term = criterion.factors(mentors, mentees).terms[0]
            least.append(AtLeast(term.u, term.v, floor - 1e-9))  # 1/3 as a user writes it, not as floats sum it
        return _All(tuple(least))

    def in_words(self) -> str:
        return f"the mentor gains at least {self.mentor:g} and the mentee {self.mentee:g} of what each wants"


def _in_unit(rule: Rule, field: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ProgramError(f"{type(rule).__name__}: `{field}` must lie in [0, 1], not {value!r}")
