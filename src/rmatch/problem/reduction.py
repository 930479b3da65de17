"""Reductions: a problem is turned into an easier one, and the answer to that one into an answer to the first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

Problem = TypeVar("Problem")
Reduced = TypeVar("Reduced")
Answer = TypeVar("Answer")
Inverted = TypeVar("Inverted")


class Reduction(ABC, Generic[Problem, Reduced, Answer, Inverted]):
    """A step from a problem to an easier one, and back: ``invert(solve(apply(problem)))`` solves ``problem``.

    ====================================================  ==================================================
    reduction                                             takes away
    ====================================================  ==================================================
    :class:`rmatch.solve.locked_pairs.LockedPairs`        the locked pairs, and the capacity that they use
    :class:`rmatch.solve.expanded_network`                bounds by type of partner: people become nodes
    :class:`rmatch.solve.kinds.AlikePeople`               who of people alike: kinds become nodes
    :class:`rmatch.solve.backends.Components`             what no candidate pair connects
    :class:`rmatch.second_stage.SecondStage`              whether people are paired: only partners are chosen
    ====================================================  ==================================================
    """

    @abstractmethod
    def apply(self, problem: Problem) -> Reduced:
        """Return the easier problem."""

    @abstractmethod
    def invert(self, answer: Answer) -> Inverted:
        """Return the answer to the first problem from one to the easier problem."""
