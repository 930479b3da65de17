"""Instances of branch and bound, answers, and the proof that there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.objectives import Objective
from rmatch.proof.certificate import StageProof
from rmatch.proof.problem import demanded
from rmatch.rows import People, Row


@dataclass(frozen=True, eq=False)
class Instance:
    """People, the rows of all limits and the objectives in order, with every pair's score.

    Args:
        people: Both sides.
        rows: Rows of all limits; a locked pair has a row whose least is 1.
        objectives: One stage each.
        capacity, minimum: Most and fewest pairs of mentors and of mentees, int64.
        fewest: Fewest pairs of those of them who have any, int64.
        points: Scores, ``(mentors, mentees)`` int64.
        eligible: Eligible pairs, locked ones included, ``(mentors, mentees)`` bool.
    """

    people: People
    rows: tuple[Row, ...]
    objectives: tuple[Objective, ...]
    capacity: tuple[IntArray, IntArray]
    minimum: tuple[IntArray, IntArray]
    fewest: tuple[IntArray, IntArray]
    points: IntArray
    eligible: BoolArray

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return self.people.shape

    @cached_property
    def locked(self) -> BoolArray:
        """Pairs that a row demands, ``(mentors, mentees)`` bool."""
        found = np.zeros(self.shape, bool)
        for pair in map(demanded, self.rows):  # as the check has it, so that both count the same pairs in full
            if pair is not None:
                found[pair] = True
        return found & self.eligible

    @cached_property
    def grid(self) -> tuple[IntArray, IntArray]:
        """Mentor and mentee of every pair, ``(mentors · mentees,)`` int64 each."""
        m, n = self.shape
        return np.repeat(np.arange(m), n), np.tile(np.arange(n), m)


@dataclass(frozen=True, eq=False)
class Answer:
    """A plan, and a proof of each objective."""

    i: IntArray
    j: IntArray
    stages: tuple[StageProof, ...] = field(default=())


class ImpossibleError(Exception):
    """No plan satisfies the rows, as ``proof`` shows."""

    def __init__(self, proof: StageProof) -> None:
        super().__init__("no plan keeps all rows")
        self.proof = proof
