"""What one person wants of the other's answer, as a rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.criteria import Acceptance, Wanted
from rmatch.rules._base import Predicate, Rule


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
