"""Witnesses of infeasibility: the smallest group of people who need more than their eligible partners can give.

One group that violates Hall's condition proves infeasibility; see :mod:`rmatch.infeasible.hall`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.infeasible.hall import Group, short_groups
from rmatch.infeasible.in_common import described
from rmatch.infeasible.remedy import Barred, Remedy, capacity_beside_locks, pairs_of, remedies
from rmatch.problem.model import Model

MOST_LOOKED_AT = 50_000_000
"""Most pairs that are examined to find a shortage."""

_MAX_REMEDIES = 2  # remedies


@dataclass(frozen=True, eq=False, repr=False)
class Violator:
    """People of one side who need more pairs than their eligible partners have places: Hall's condition fails.

    Args:
        side: 0 for mentors, 1 for mentees.
        people: All people who depend on ``partners`` only, positions in the model, int64.
        core: People of whom none can be removed without ending the shortage, int64.
        partners: Their eligible partners, int64.
        needs: Pairs that each of ``people`` needs beside locked ones, int64.
        places: Pairs that the partners can have with them beside locked ones.
        required: Whether ``min_pairs`` demands these pairs.
        removed: Number of pairs of these people that each rule forbids.
    """

    side: int
    people: IntArray
    core: IntArray
    partners: IntArray
    needs: IntArray
    places: int
    required: bool
    removed: dict[str, int]

    @property
    def need(self) -> int:
        """Number of pairs that the people need in total."""
        return int(self.needs.sum())

    @property
    def shortfall(self) -> int:
        """Number of pairs that are lacking at least."""
        return self.need - self.places

    def remedies(self, model: Model) -> tuple[Remedy, ...]:
        """Return the single changes that are sufficient for these people, cheapest first."""
        return remedies(model, self.side, self.people, self.needs, self.required)

    def shared(self, model: Model, named: bool = True) -> str:
        """Return who shares too few partners, such as ``14 executives in Munich share only 9 eligible mentors``;
        ``named``: with names beside ids.
        """
        own, other = (("mentor", "mentee"), ("mentee", "mentor"))[self.side]
        many, partners = len(self.people), len(self.partners)
        verb = ("has" if many == 1 else "have") if many == 1 or not partners else "share"
        few = f"only {partners:,} eligible {other}{'s' * (partners != 1)}" if partners else f"no eligible {other}"
        capacity = f" with {self.places:,} place{'s' * (self.places != 1)}" if self.places != partners else ""
        beside = " beside the locked pairs" if len(model.locked_keys) else ""
        who = described((model.mentors, model.mentees)[self.side], self.people, own, named)
        return f"{who} {verb} {few}{capacity}{beside}{self._asked()}"

    def __repr__(self) -> str:
        own, other = (("mentors", "mentees"), ("mentees", "mentors"))[self.side]
        return (
            f"Violator({len(self.people)} {own} need {self.need} pairs, "
            f"{len(self.partners)} {other} have {self.places} places)"
        )

    def _asked(self) -> str:
        pairs = f"{self.need:,} pair{'s' * (self.need != 1)}"
        if self.required:
            return f", but `min_pairs` asks for {pairs}"
        return f", but need {pairs}" if self.need != len(self.people) else ""

    def in_words(self, model: Model) -> str:
        """Return the whole explanation: who shares too few partners, what each rule removed, and the cheapest single
        changes.
        """
        gone = ", ".join(
            f"{name.replace('_', ' ')}{' removed' * (k == 0)} {n:,}" for k, (name, n) in enumerate(self.removed.items())
        )
        return "; ".join(part for part in (self.shared(model), gone, self._advice(model)) if part)

    def _advice(self, model: Model) -> str:
        """The remedies as text, or that there is none."""
        found = self.remedies(model)
        more = [remedy.text for remedy in found if remedy.kind != "min_pairs"][:_MAX_REMEDIES]
        less = [remedy.text for remedy in found if remedy.kind == "min_pairs"]
        if more:
            texts = [*more, *less]
            return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
        return "; ".join(["no one change of a capacity or of a rule named here is enough", *less])


def violators(
    model: Model,
    side: int,
    need: IntArray,
    plan: tuple[IntArray, IntArray] | None = None,
    short: IntArray | None = None,
) -> list[Violator] | None:
    """Return groups of one side who need more than their eligible partners can give, smallest first.

    Args:
        side: 0 for mentors, 1 for mentees.
        need: Pairs that each person needs beside locked ones, ``(people,)`` int64.
        plan: Initial pairs, mentors and mentees; None for none.
        short: People who lack pairs, int64; all who need pairs if None.

    Returns:
        The groups; empty where all can have what they need; None where :data:`MOST_LOOKED_AT` pairs do not decide it.
    """
    others, capacity = model.shape[1 - side], capacity_beside_locks(model, 1 - side)

    def ask(people: IntArray) -> BoolArray:
        i, j = pairs_of(people, others, side)
        fine: BoolArray = model.eligible(i, j) & ~model.is_locked(i, j)
        return fine.reshape(len(people), others)

    short = np.arange(model.shape[side]) if short is None else short
    groups = short_groups(ask, need, capacity, short, _within(model, side, need, plan), MOST_LOOKED_AT)
    return None if groups is None else [_violator(model, side, need, group) for group in groups]


def shortages(
    model: Model, pairs: tuple[IntArray, IntArray], short: tuple[IntArray, IntArray]
) -> list[Violator] | None:
    """Return why a plan cannot give every person of ``short`` a partner, the largest shortfall first.

    Each person with capacity is to have one partner, and what ``min_pairs`` demands. A person who could have one if
    others had fewer pairs or other partners is in no group.

    Args:
        pairs: Mentors and mentees of the plan, int64.
        short: Mentors and mentees without a partner, int64.

    Returns:
        The groups; None where :data:`MOST_LOOKED_AT` pairs of a side do not decide it.
    """
    found: list[Violator] = []
    for side in (0, 1):
        if not len(short[side]):
            continue
        need = np.maximum(model.minimum[side], np.minimum(model.capacity[side], 1))
        groups = violators(model, side, _beside_locks(model, side, need), pairs, short[side])
        if groups is None:
            return None
        found += groups
    return sorted(found, key=lambda v: (-v.shortfall, -len(v.people), v.side, v.people.tolist()))


class Shortage(Protocol):
    """A shortage, however it was found: ``people`` of ``side`` cannot all have their least number of pairs."""

    side: int
    people: IntArray

    def in_words(self, names: list[str]) -> str:
        """Return the shortage as a sentence with people's names."""


def explained(model: Model, shortage: Shortage) -> str:
    """Return the smallest reason found why some people cannot all have the pairs that ``min_pairs`` demands.

    Where there are too many pairs to search, the shortage itself is described.
    """
    side = shortage.side
    need = _beside_locks(model, side, model.minimum[side])
    found = violators(model, side, need, short=shortage.people)
    if not found:
        return shortage.in_words([model.people.called(side, int(k)) for k in shortage.people])
    return found[0].in_words(model)


def _beside_locks(model: Model, side: int, need: IntArray) -> IntArray:
    left: IntArray = np.maximum(need - np.bincount(model.locked[side], minlength=model.shape[side]), 0)
    return left


def _within(
    model: Model, side: int, need: IntArray, plan: tuple[IntArray, IntArray] | None
) -> tuple[IntArray, IntArray]:
    """The given plan without locked pairs, with at most as many pairs of each person as they need."""
    if plan is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    free = ~model.is_locked(*plan)
    person, partner = plan[side][free], plan[1 - side][free]
    order = np.argsort(person, kind="stable")
    person, partner = person[order], partner[order]
    rank = np.arange(len(person)) - np.searchsorted(person, person)
    return person[rank < need[person]], partner[rank < need[person]]


def _violator(model: Model, side: int, need: IntArray, group: Group) -> Violator:
    needs = need[group.people]
    least = _beside_locks(model, side, model.minimum[side])[group.people]
    removed = Barred.of(model, side, group.people).removed
    return Violator(
        side, group.people, group.core, group.partners, needs, group.places, bool((needs <= least).all()), removed
    )
