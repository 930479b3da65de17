"""About the partner: what one person wants of the other's answer, and scores for two answers together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import BoolArray, Column, IntArray, Table, fold
from rmatch.criteria._base import Criterion
from rmatch.criteria.blocks import as_items, distinct_answers, positions, shared_items, total
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.factors import Factors, Term, one_hot, sparse

Side: TypeAlias = Literal["mentee", "mentor", "both"]


@dataclass(frozen=True, eq=False)
class Acceptance:
    """Who accepts whom: ``table[owners[k], partners[l]]``; ``asked`` are those who want something in particular."""

    owners: IntArray
    partners: IntArray
    table: BoolArray
    asked: BoolArray

    @classmethod
    def of(cls, wishes: Column, answers: Column, anyone: Sequence[str]) -> Acceptance:
        """Return who accepts whom, of owners with ``wishes`` and partners with ``answers``."""
        (some, owners), (others, partners) = distinct_answers(wishes), distinct_answers(answers)
        wanted, given = as_items(wishes).take(some), as_items(answers).take(others)
        free = np.array([key in {fold(word) for word in anyone} for key in wanted.keys], dtype=bool)
        open_ = wanted.missing.copy()
        open_[wanted.rows[free[wanted.ids]] if len(wanted.ids) else wanted.ids] = True
        number_wanted, number_given, k = shared_items(wanted, given)
        sides = []
        for items, number in ((wanted, number_wanted), (given, number_given)):
            has = np.zeros((len(items), max(k, 1)), np.float32)
            code = number[items.ids] if len(items.ids) else items.ids
            has[items.rows[code >= 0], code[code >= 0]] = 1
            sides.append(has)
        return cls(owners, partners, (sides[0] @ sides[1].T > 0) | open_[:, None], ~open_[owners])

    def at(self, owners: IntArray, partners: IntArray) -> BoolArray:
        """Whether each listed owner accepts the partner beside."""
        found: BoolArray = self.table[self.owners[owners], self.partners[partners]]
        return found

    def factors(self) -> Factors:
        """1 where the owner accepts the partner, else 0: owners × partners."""
        width = max(self.table.shape[1], 1)  # a column also where there is nobody
        rows = np.zeros((len(self.table), width))
        rows[:, : self.table.shape[1]] = self.table
        return Factors((Term(1.0, sparse(rows).take(self.owners), one_hot(self.partners, width)),))


@dataclass(frozen=True)
class Wanted(Spec):
    """What both the rule and the criterion ``Accepts`` are told."""

    column: str = ""
    of: str = ""
    anyone: Listed[str] = ("any", "anyone", "no preference")
    side: Side = "both"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.column and self.of):
            raise ProgramError(
                "Accepts: `column`, whose answers say what is wanted, and `of`, the column that it is wanted of, are "
                "both needed"
            )

    @property
    def name(self) -> str:
        return f"accepts_{self.of}"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(
            (self.column,) * (self.side in (own, "both")) + (self.of,) * (self.side in (other, "both"))
            for own, other in (("mentor", "mentee"), ("mentee", "mentor"))
        )  # type: ignore[return-value]

    def acceptances(self, mentors: Table, mentees: Table) -> tuple[Acceptance | None, Acceptance | None]:
        """Whom the mentors accept, and whom the mentees; None for the side that is not asked."""
        mine = None if self.side == "mentee" else Acceptance.of(mentors[self.column], mentees[self.of], self.anyone)
        theirs = None if self.side == "mentor" else Acceptance.of(mentees[self.column], mentors[self.of], self.anyone)
        return mine, theirs

    def in_words(self) -> str:
        who = {"both": "both accept", "mentee": "the senior accepts", "mentor": "the junior accepts"}[self.side]
        return f"{who} the other's {self.of.replace('_', ' ')}"


@dataclass(frozen=True)
class Accepts(Wanted, Criterion):
    """1 where the partner's answer in ``of`` is one that the person wants in ``column``, else 0.

    A person who wants nothing in particular, by a blank or a word of ``anyone``, accepts everybody. A partner without
    an answer meets no wish. Where both sides are asked, the score is the mean.
    """

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        mine, theirs = self.acceptances(mentors, mentees)
        parts = [*([mine.factors()] if mine is not None else []), *([theirs.factors().T] if theirs is not None else [])]
        return total(parts)

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        mine, theirs = self.acceptances(mentors, mentees)
        of = self.of.replace("_", " ")
        said: list[list[str]] = [[] for _ in i]
        for found, own, other, clause in (
            (theirs, j, i, f"has the {of} that the other wished for"),
            (mine, i, j, f"wished for the {of} of the other"),
        ):
            if found is not None:
                for pair in np.flatnonzero(found.at(own, other) & found.asked[own]).tolist():
                    said[pair].append(clause)
        return ["; ".join(clauses) for clauses in said]


@dataclass(frozen=True)
class Lookup(Criterion):
    """The score of two answers: ``scores`` has rows (mentor's answer, mentee's, score), else ``otherwise``."""

    mentor_column: str = ""
    mentee_column: str = ""
    scores: Listed[tuple[str, str, float]] = ()
    otherwise: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.mentor_column and self.mentee_column and self.scores):
            raise ProgramError("Lookup: `mentor_column`, `mentee_column` and `scores` are all needed")
        for score in (*(row[2] for row in self.scores), self.otherwise):
            if not (math.isfinite(score) and 0 <= score <= 1):
                raise ProgramError(f"Lookup: a score lies from 0 to 1, and {score!r} does not")
        for (mentor, mentee), times in Counter((fold(row[0]), fold(row[1])) for row in self.scores).items():
            if times > 1:
                raise ProgramError(f"Lookup: `scores` has {times} rows for {mentor!r} and {mentee!r}; keep one")

    @property
    def name(self) -> str:
        return f"lookup_{self.mentor_column}"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.mentor_column,), (self.mentee_column,)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        juniors = {fold(mentor): mentor for mentor, _, _ in self.scores}
        seniors = {fold(mentee): mentee for _, mentee, _ in self.scores}
        rows, columns = ({key: k for k, key in enumerate(side)} for side in (juniors, seniors))
        table = np.full((len(rows) + 1, len(columns) + 1), self.otherwise)  # the last is for every other answer
        for mentor, mentee, score in self.scores:
            table[rows[fold(mentor)], columns[fold(mentee)]] = score
        a = positions(mentors[self.mentor_column], [*juniors.values()])
        b = positions(mentees[self.mentee_column], [*seniors.values()])
        u = one_hot(np.where(a < 0, len(rows), a), len(rows) + 1)
        v = sparse(table.T).take(np.where(b < 0, len(columns), b))
        return Factors((Term(1.0, u, v),))

    def in_words(self) -> str:
        return (
            f"a table scores the {self.mentor_column.replace('_', ' ')} of the junior with the "
            f"{self.mentee_column.replace('_', ' ')} of the senior"
        )
