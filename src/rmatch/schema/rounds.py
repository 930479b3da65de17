"""Rounds: a part of several rounds together, in which everybody stands once for each round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import Labels, Table
from rmatch.schema.tracks import Members, Teaching


@dataclass(frozen=True, eq=False)
class _OfRound(Members):
    own: tuple[Table, Table]

    def tables(self, mentors: Table, mentees: Table) -> tuple[Table, Table]:
        return self.own


@dataclass(frozen=True, eq=False)
class Round(Teaching):
    """One of several rounds, whose people stand together among those of all rounds.

    Args:
        own: Its mentors and its mentees, by their own ids.
        before: How many mentors, and how many mentees, the rounds before it have.
    """

    own: tuple[Table, Table] | None = None
    before: tuple[int, int] = (0, 0)

    def members(self, mentors: Table, mentees: Table) -> Members:
        """Return where the people of the round stand."""
        assert self.own is not None
        first, second = (start + np.arange(len(own.ids)) for start, own in zip(self.before, self.own, strict=True))
        return _OfRound(first, second, self.own)

    def ids(self, side: int) -> Labels:
        """Return what its mentors, or its mentees, are called among those of all rounds."""
        assert self.own is not None
        return np.array([self.called(id_) for id_ in self.own[side].ids], dtype=object)

    def called(self, id_: str) -> str:
        """Return what somebody is called among the people of all rounds."""
        return called_in(self.name, id_)


def called_in(name: str, id_: str) -> str:
    """Return what somebody is called among the people of all rounds, by the name of the round."""
    return f"{id_} in {name}"
