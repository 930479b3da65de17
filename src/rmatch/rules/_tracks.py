"""Rules where there are tracks, or rounds: some hold in one only; a pair is a junior and a senior, in one round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.criteria import InTrack, among_all
from rmatch.factors import Factors
from rmatch.rules._base import Coded, OfCodes, Predicate, Rule, Score
from rmatch.rules._pairs import MinScore
from rmatch.rules.checked import predicate_of
from rmatch.schema.tracks import SIDE, Members, Teaching, seniors


@dataclass(frozen=True)
class Sides(OfCodes, Rule):
    """One of the two is a junior and one a senior. A program with tracks has it by itself."""

    always: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return SIDE

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (SIDE,), (SIDE,)

    def sides(self, mentors: Table, mentees: Table) -> tuple[BoolArray, BoolArray]:
        """Return which mentors are seniors, and which mentees are juniors."""
        return seniors(mentors), ~seniors(mentees)

    def coded(self, mentors: Table, mentees: Table) -> Coded:
        """Return 1 for a senior, 0 for a junior, and that the two differ."""
        return seniors(mentors).astype(np.int64), seniors(mentees).astype(np.int64), ~np.eye(2, dtype=bool)

    def in_words(self) -> str:
        return "one of the two is a junior and one a senior"


@dataclass(frozen=True)
class _TrackRule(InTrack, Rule):
    """A rule in a track; every other pair may be.

    A rule that is about juniors and seniors is asked about them, whoever teaches.
    """

    inner: Rule = field(default_factory=Rule)
    shared: bool = False
    """Whether the rule is the program's own, and holds in this track as in the others."""

    @property
    def confidential(self) -> bool:  # type: ignore[override]
        return self.inner.confidential

    @property
    def of_one_track(self) -> bool:
        return not self.shared

    @property
    def name(self) -> str:
        """Name in results, led by that of the track unless the rule holds in all."""
        return self.inner.name if self.shared else super().name

    def _asked(self, mentors: Table, mentees: Table) -> tuple[Members, tuple[Table, Table], bool]:
        """The members, the two tables that the rule is asked about, and whether these are turned round."""
        members = self.teaching.members(mentors, mentees)
        first, second = members.tables(mentors, mentees)
        turned = self.teaching.side == "senior" and self.teaching.mutual != self.inner.of_juniors
        return members, (second, first) if turned else (first, second), turned

    def misfit(self, mentors: Table, mentees: Table) -> str:
        return self.inner.misfit(*self._asked(mentors, mentees)[1])

    def gaps(self, mentors: Table, mentees: Table) -> str:
        return self.inner.gaps(*self._asked(mentors, mentees)[1])

    def kept(self, mentors: Table, mentees: Table) -> str:
        return self._led(self.inner.kept(*self._asked(mentors, mentees)[1]))

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        """Return the predicate of the track's pairs, true for all others."""
        members, asked, turned = self._asked(mentors, mentees)
        return _TrackAllows(predicate_of(self.inner, *asked), members, turned)

    def scored(self, score: Score, whole: int, mentors: Table, mentees: Table) -> Predicate | None:
        """Return the predicate of a least score, true for all pairs outside the track."""
        if not isinstance(self.inner, MinScore):
            return None
        return _TrackScores(score, self.inner.least(whole), self.teaching.members(mentors, mentees))

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        """Return the penalty of the track's pairs, 0 for all others."""
        members, asked, turned = self._asked(mentors, mentees)
        made = self.inner.penalty(*asked)
        if made is None:
            return None
        return among_all(made.T if turned else made, members, (len(mentors.ids), len(mentees.ids)))

    def _led(self, words: str) -> str:
        return words if self.shared else f"in {self.teaching.name}: {words}"

    def in_words(self) -> str:
        return self._led(self.inner.in_words())


@dataclass(frozen=True)
class _SameRound(OfCodes, Rule):
    """Mentor and mentee are those of one round.

    Args:
        sizes: How many mentors and how many mentees each round has.
    """

    sizes: tuple[tuple[int, int], ...] = ()

    always: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return "round"

    def coded(self, mentors: Table, mentees: Table) -> Coded:
        """Return the number of each one's round, and that the two are equal."""
        one, other = (np.repeat(np.arange(len(self.sizes)), side) for side in zip(*self.sizes, strict=True))
        return one, other, np.eye(len(self.sizes), dtype=bool)


def same_round(sizes: Sequence[tuple[int, int]]) -> Rule:
    """Return the rule that mentor and mentee are those of one round, of rounds with so many mentors and mentees."""
    return _SameRound(tuple(sizes))


@dataclass(frozen=True, eq=False)
class _TrackAllows:
    inner: Predicate
    members: Members
    turned: bool

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        own_i, own_j, here = self.members.within(i, j)
        fine = np.ones(len(i), bool)
        a, b = own_i[here], own_j[here]
        fine[here] = self.inner(b, a) if self.turned else self.inner(a, b)
        return fine


@dataclass(frozen=True, eq=False)
class _TrackScores:
    score: Score
    least: int
    members: Members

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        fine = ~self.members.within(i, j)[2]
        here = np.flatnonzero(~fine)
        fine[here] = self.score(i[here], j[here]) >= self.least
        return fine


def rule_in_track(rule: Rule, track: Teaching, shared: bool = False) -> Rule:
    """Return a rule that holds in one track only."""
    return _TrackRule(rule, track, shared)
