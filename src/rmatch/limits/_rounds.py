"""Limits on several rounds together: those of each round, and that nobody teaches a person twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rmatch.columns import FloatArray, Table
from rmatch.limits._base import Limit
from rmatch.limits._in_track import _TrackLimit
from rmatch.rows import Couples, Part, People, Row, Side
from rmatch.schema.rounds import Round


@dataclass(frozen=True)
class _RoundLimit(_TrackLimit):
    """A limit on the pairs of one round."""

    teaching: Round = field(default_factory=Round)

    @property
    def fixed_pairs(self) -> tuple[tuple[str, str], ...]:
        """The locked pairs of the round."""
        return tuple((self.teaching.called(a), self.teaching.called(b)) for a, b in self.inner.fixed_pairs)

    def granted(self, side: Side, table: Table) -> FloatArray | None:
        """Return the capacity of the people of the round; infinite for everybody else."""
        granted, here = self.inner.grants(side), self.teaching.members(table, table)
        if granted is None:
            return None
        found = np.full(len(table.ids), np.inf)
        found[here.mentors if side == "mentor" else here.mentees] = granted
        return found


@dataclass(frozen=True)
class _NotTwice(Limit):
    """Two people meet in one round at most.

    Args:
        couples: Who stands where.
    """

    couples: Couples = field(default_factory=lambda: Couples(*(np.zeros(0, np.int64),) * 2, (np.zeros(0, object),) * 2))

    def __post_init__(self) -> None:
        """Nothing to validate: nobody writes it."""

    @property
    def name(self) -> str:
        return "not_twice"

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each couple."""
        return (Row(self.name, (Part(pairs=self.couples),), most=1, each=self.couples),)

    def in_words(self) -> str:
        return "nobody teaches the same person in two rounds"


def limit_in_round(limit: Limit, round_: Round) -> Limit:
    """Return a limit on the pairs of one round."""
    return _RoundLimit(limit, round_)


def not_twice(couples: Couples) -> Limit:
    """Return the limit that nobody teaches the same person in two rounds."""
    return _NotTwice(couples)
