"""Skills, the same the other way round, and shared goals: what one side wants and the other has."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rmatch.columns import Column, IntArray, Table
from rmatch.criteria._base import Criterion
from rmatch.criteria.blocks import as_items, covers, shared_items
from rmatch.factors import Factors, expand


def covered(offered: Column, wanted: Column, i: IntArray, j: IntArray) -> list[list[str]]:
    """For each listed pair, the items that ``offered[i]`` and ``wanted[j]`` both hold, in the second's spelling."""
    has, wants = as_items(offered), as_items(wanted)
    number_has, number_wants, k = shared_items(has, wants)
    width = np.int64(max(k, 1))
    keys = []
    for items, number, people in ((has, number_has, i), (wants, number_wants, j)):
        entry, begin = expand(items.start, people)
        shared = number[items.ids[entry]] if len(items.ids) else entry
        pair = np.repeat(np.arange(len(people)), np.diff(begin))[shared >= 0]
        keys.append(pair * width + shared[shared >= 0])
    both = np.intersect1d(keys[0], keys[1], assume_unique=True)
    label = np.full(width, "", dtype=object)
    label[number_wants[number_wants >= 0]] = wants.labels[number_wants >= 0]
    ends, items = np.searchsorted(both // width, np.arange(len(i) + 1)).tolist(), label[both % width].tolist()
    return [items[begin:end] for begin, end in pairwise(ends)]


@dataclass(frozen=True)
class Skills(Criterion):
    """Share of what the senior wants to learn that the junior offers.

    ``Σ min(offered, wanted) / wanted / (number wanted)`` where skills carry levels from 1 to 5; a skill
    without a level counts in full.
    """

    offered: str = "skills_offered"
    wanted: str = "skills_wanted"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.offered,), (self.wanted,)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return covers(mentors[self.offered], mentees[self.wanted])

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        names = covered(mentors[self.offered], mentees[self.wanted], i, j)
        return [f"teaches {listing(some)}" if some else "" for some in names]

    def in_words(self) -> str:
        return "the junior offers the skills that the senior wants"


@dataclass(frozen=True)
class Reciprocity(Criterion):
    """Share of what the junior wants to learn that the senior offers: the junior gains too."""

    offered: str = "skills_offered"
    wanted: str = "skills_wanted"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.wanted,), (self.offered,)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return covers(mentees[self.offered], mentors[self.wanted]).T

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        names = covered(mentees[self.offered], mentors[self.wanted], j, i)
        return [f"gains {listing(some)} in return" if some else "" for some in names]

    def in_words(self) -> str:
        return "the senior offers skills that the junior wants"


@dataclass(frozen=True)
class Goals(Criterion):
    """Share of the senior's goals that the junior shares."""

    column: str = "goals"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.column,), (self.column,)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return covers(mentors[self.column], mentees[self.column])

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        names = covered(mentors[self.column], mentees[self.column], i, j)
        return [f"shares the goal{'s' * (len(some) > 1)} {listing(some)}" if some else "" for some in names]

    def in_words(self) -> str:
        return "the two share goals"


def listing(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
