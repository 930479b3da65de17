"""What is to be solved, the answer, and that there is none."""

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
    """People, the rows of all limits and the objectives in order, with every pair's score held in full.

    ``capacity`` and ``minimum`` are ``(mentors,)`` and ``(mentees,)``. ``points`` and ``eligible`` are mentors ×
    mentees; locked pairs are eligible, and have a row each whose least number is 1.
    """

    people: People
    rows: tuple[Row, ...]
    objectives: tuple[Objective, ...]
    capacity: tuple[IntArray, IntArray]
    minimum: tuple[IntArray, IntArray]
    points: IntArray
    eligible: BoolArray

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return self.people.shape

    @cached_property
    def locked(self) -> BoolArray:
        """Which pairs a row asks for, mentors × mentees."""
        found = np.zeros(self.shape, bool)
        for pair in map(demanded, self.rows):  # as the check has it, so that both count the same pairs in full
            if pair is not None:
                found[pair] = True
        return found & self.eligible

    @cached_property
    def grid(self) -> tuple[IntArray, IntArray]:
        """The mentor and the mentee of every pair, ``(mentors · mentees,)`` each."""
        m, n = self.shape
        return np.repeat(np.arange(m), n), np.tile(np.arange(n), m)


@dataclass(frozen=True, eq=False)
class Answer:
    """A plan, and a proof for each objective."""

    i: IntArray
    j: IntArray
    stages: tuple[StageProof, ...] = field(default=())


class ImpossibleError(Exception):
    """No plan keeps the rows; ``proof`` shows it."""

    def __init__(self, proof: StageProof) -> None:
        super().__init__("no plan keeps all rows")
        self.proof = proof
