"""Skills, the same the other way round, and shared goals: what one side wants and the other has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator

from rmatch._util.listed import Listed, Told
from rmatch.columns import Column, FloatArray, IntArray, Items, Table, fold
from rmatch.criteria._base import Criterion
from rmatch.criteria.blocks import as_items, covers, shared_items
from rmatch.errors import ProgramError, suggestion
from rmatch.factors import Factors, expand

_MOST = 100


def _listed(values: Any) -> Any:
    """A table of names and numbers as pairs, so that it can be compared."""
    return tuple(values.items()) if isinstance(values, Mapping) else values


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

    ``Σ worth · min(offered, wanted) / wanted / Σ worth`` where skills carry levels from 1 to 5; a skill without a level
    counts in full. The sums are over what the senior wants, so that who gets all of it has a score of 1.

    Args:
        offered, wanted: Columns of skills.
        values: How many times a skill counts, by its name; once where it is not named.
        rare: Whether a skill also counts ``2 - offering / juniors`` times: twice where no junior offers it.
        order: ``"first_counts_most"`` if the skill that a senior names in place ``k`` also counts ``1 / k`` times: the
            first twice as much as the second, and three times as much as the third.
    """

    offered: str = "skills_offered"
    wanted: str = "skills_wanted"
    values: Annotated[Told[Listed[tuple[str, float]]], BeforeValidator(_listed)] = ()
    rare: bool = False
    order: Literal["first_counts_most"] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for skill, times in self.values:
            if not (0 < times <= _MOST):
                raise ProgramError(
                    f"Skills: `values` says how many times a skill counts, above 0 and up to {_MOST}; {skill!r} has "
                    f"{times:g}"
                )
        for skill, number in Counter(fold(skill) for skill, _ in self.values).items():
            if number > 1:
                raise ProgramError(f"Skills: `values` names {skill!r} {number} times; keep one")

    def to_dict(self) -> dict[str, Any]:
        usual = ("values", "rare", "order")
        return {key: value for key, value in super().to_dict().items() if value or key not in usual}

    def with_labels(self, readings: Mapping[str, str]) -> Self:
        return replace(self, values=tuple((readings.get(fold(skill), skill), times) for skill, times in self.values))

    def misfit(self, mentors: Table, mentees: Table) -> str:
        if not self.values:
            return ""
        known = {*as_items(mentors[self.offered]).labels, *as_items(mentees[self.wanted]).labels}
        folded = {fold(label) for label in known}
        for skill, _ in self.values:
            if fold(skill) not in folded:
                return f"`values` names {skill!r}, which nobody offers or wants.{suggestion(skill, known)}"
        return ""

    def _worth(self, mentors: Table, mentees: Table) -> FloatArray | None:
        """How many times each wanted skill of each person counts, ``(entries,)``; None where all count once."""
        if not (self.values or self.rare or self.order):
            return None
        wants, times = as_items(mentees[self.wanted]), {fold(skill): times for skill, times in self.values}
        worth = np.array([times.get(key, 1.0) for key in wants.keys.tolist()])
        if self.rare:
            has = as_items(mentors[self.offered])
            offering = dict(zip(has.keys.tolist(), np.bincount(has.ids, minlength=len(has.keys)).tolist(), strict=True))
            share = np.array([offering.get(key, 0) for key in wants.keys.tolist()]) / max(len(has), 1)
            worth *= 2.0 - share
        found: FloatArray = worth[wants.ids] if len(wants.ids) else np.zeros(0)
        if self.order and wants.places is not None:
            found = found / wants.places
        return found

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.offered,), (self.wanted,)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return covers(mentors[self.offered], mentees[self.wanted], self._worth(mentors, mentees))

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        names = covered(mentors[self.offered], mentees[self.wanted], i, j)
        worth = self._worth(mentors, mentees)
        if worth is not None:
            names = _with_shares(names, as_items(mentees[self.wanted]), worth, j)
        return [f"teaches {listing(some)}" if some else "" for some in names]

    def in_words(self) -> str:
        words = "the junior offers the skills that the senior wants"
        some = [f"{skill} counts {times:g} times" for skill, times in self.values]
        some += ["what few juniors offer counts up to twice"] if self.rare else []
        some += ["what they name first counts most"] if self.order else []
        return f"{words}; {listing(some)}" if some else words


def _with_shares(names: list[list[str]], wants: Items, worth: FloatArray, j: IntArray) -> list[list[str]]:
    """The taught skills, each with its share of all that the senior wants."""
    found = []
    for some, person in zip(names, j.tolist(), strict=True):
        own = slice(wants.start[person], wants.start[person + 1])
        share = dict(zip(wants.labels[wants.ids[own]].tolist(), (worth[own] / worth[own].sum()).tolist(), strict=True))
        found.append([f"{skill} ({share[skill]:.0%} of what they want)" for skill in some])
    return found


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
