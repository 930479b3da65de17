"""What one person wants of the other's answer, and whom people would rather not meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray, Table
from rmatch.criteria import Acceptance, Wanted
from rmatch.element import Unknown
from rmatch.roster.named_people import Ranked
from rmatch.rules._base import Predicate, Rule
from rmatch.rules._pairs import NotListed


@dataclass(frozen=True, eq=False)
class _Accepted:
    mine: Acceptance | None
    theirs: Acceptance | None

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        fine = np.ones(len(i), bool)
        if self.mine is not None:
            fine &= self.mine.at(i, j)
        if self.theirs is not None:
            fine &= self.theirs.at(j, i)
        return fine


@dataclass(frozen=True)
class Accepts(Wanted, Rule):
    """The partner's answer in ``of`` is one that the person wants in ``column``; ``side`` says whose wishes count.

    A person who wants nothing in particular, by a blank or a word of ``anyone``, accepts everybody. A partner without
    an answer meets no wish.
    """

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return _Accepted(*self.acceptances(mentors, mentees))


@dataclass(frozen=True)
class Avoids(Rule):
    """Nobody meets a person whom either of the two would rather not meet, whichever of them teaches.

    The column ``avoids`` says whom, and results say only "not available". A name that nobody in the files has is an
    error, with ``unknown="ignore"`` it is passed over.
    """

    unknown: Unknown = "raise"

    confidential: ClassVar[bool] = True

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("avoids",), ("avoids",)

    def narrowed(self, mentors: Table, mentees: Table) -> Self | None:
        said = [column for table in (mentors, mentees) if (column := table.get("avoids")) is not None]
        return self if any(not column.missing.all() for column in said) else None

    def misfit(self, mentors: Table, mentees: Table) -> str:
        lost = 0 if self.unknown == "ignore" else len(_lost(mentors) | _lost(mentees))
        if not lost:
            return ""
        return (
            f"{lost:,} name{'s' * (lost != 1)} in the column `avoids` {'is' if lost == 1 else 'are'} nobody's in the "
            "files. Correct the cells, which the issues list by row (`rmatch check`), or pass over such names "
            'with the rule `kind = "avoids"`, `unknown = "ignore"`'
        )

    def gaps(self, mentors: Table, mentees: Table) -> str:
        return "somebody whom the files do not have" if _lost(mentors) | _lost(mentees) else ""

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        size = np.int64(len(mentees.ids))
        junior, senior, _ = _lists(mentors).among(mentees.ids)
        other, teacher, _ = _lists(mentees).among(mentors.ids)
        return NotListed(distinct(np.concatenate([junior * size + senior, teacher * size + other])), int(size))

    def in_words(self) -> str:
        return "some pairs are not available"


def _lists(table: Table) -> Ranked:
    column = table.get("avoids")
    return column if isinstance(column, Ranked) else Ranked.of_lists({} for _ in table.ids)


def _lost(table: Table) -> set[str]:
    """The names that are nobody's."""
    column = _lists(table)
    said = {str(column.labels[k]) for k in set(column.ids.tolist())}
    return said - set(table.register.ids.tolist()) if said and table.register is not None else set()
