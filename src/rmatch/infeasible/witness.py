"""When it cannot be done: the few people who need more than all their eligible partners have to give, and what helps.

One group that violates Hall's condition is proof enough; the smallest is the reason to tell. See
:mod:`rmatch.infeasible.hall`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.infeasible.hall import Group, short_groups
from rmatch.infeasible.in_common import described
from rmatch.infeasible.remedy import Barred, Remedy, locked, pairs_of, remedies, room_beside_locks
from rmatch.problem.model import Model

MOST_LOOKED_AT = 50_000_000
"""Pairs that are looked at, at most, to find out who shares too few partners."""

_SAID = 2  # remedies


@dataclass(frozen=True, eq=False, repr=False)
class Violator:
    """People of one side who need more pairs than their eligible partners have places for: Hall's condition fails.

    ``core`` are so few of them that leaving anybody out ends the shortage; ``people`` are all who depend on the same
    ``partners`` alone. Everybody is a position in the model. ``needs`` are the people's pairs and ``places`` what the
    partners can give them, locked pairs apart; ``required`` says that `min_pairs` asks for them. ``removed`` counts,
    for each rule, the pairs of these people that it forbids.
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
        """How many pairs the people need, all together."""
        return int(self.needs.sum())

    @property
    def shortfall(self) -> int:
        """How many pairs are lacking at the least."""
        return self.need - self.places

    def remedies(self, model: Model) -> tuple[Remedy, ...]:
        """The single changes that are enough for these people, each of them tried, cheapest first."""
        return remedies(model, self.side, self.people, self.needs, self.required)

    def shared(self, model: Model) -> str:
        """Who shares too few partners: ``14 executives in Munich share only 9 eligible mentors``."""
        own, other = (("mentor", "mentee"), ("mentee", "mentor"))[self.side]
        many, partners = len(self.people), len(self.partners)
        verb = ("has" if many == 1 else "have") if many == 1 or not partners else "share"
        few = f"only {partners:,} eligible {other}{'s' * (partners != 1)}" if partners else f"no eligible {other}"
        room = f" with {self.places:,} place{'s' * (self.places != 1)}" if self.places != partners else ""
        beside = " beside the locked pairs" if len(model.locked_keys) else ""
        who = described((model.mentors, model.mentees)[self.side], self.people, own)
        return f"{who} {verb} {few}{room}{beside}{self._asked()}"

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
        """The whole reason: who shares too few partners, what each rule removed, and the cheapest single changes."""
        gone = ", ".join(
            f"{name.replace('_', ' ')}{' removed' * (k == 0)} {n:,}" for k, (name, n) in enumerate(self.removed.items())
        )
        return "; ".join(part for part in (self.shared(model), gone, self._advice(model)) if part)

    def _advice(self, model: Model) -> str:
        """The remedies in words; that there is none is said too."""
        found = self.remedies(model)
        more = [remedy.words for remedy in found if remedy.kind != "min_pairs"][:_SAID]
        less = [remedy.words for remedy in found if remedy.kind == "min_pairs"]
        if more:
            said = [*more, *less]
            return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"
        return "; ".join(["no one change of a capacity or of a rule named here is enough", *less])


def violators(
    model: Model,
    side: int,
    need: IntArray,
    plan: tuple[IntArray, IntArray] | None = None,
    short: IntArray | None = None,
    most: int = MOST_LOOKED_AT,
) -> list[Violator] | None:
    """Return groups of one side who need more than their eligible partners can give, those in few people first.

    ``need`` is how many pairs beside the locked ones everybody of ``side`` is to have; ``plan`` are pairs (mentor,
    mentee) to begin with, and ``short`` who is asked about, or everybody. No two groups have a partner in common.
    Empty where all of ``short`` can have what they need; None where that cannot be told from ``most`` pairs.
    """
    others, room = model.shape[1 - side], room_beside_locks(model, 1 - side)

    def ask(people: IntArray) -> BoolArray:
        i, j = pairs_of(people, others, side)
        fine: BoolArray = model.eligible(i, j) & ~locked(model, i, j)
        return fine.reshape(len(people), others)

    short = np.arange(model.shape[side]) if short is None else short
    groups = short_groups(ask, need, room, short, _within(model, side, need, plan), most)
    return None if groups is None else [_violator(model, side, need, group) for group in groups]


def shortages(
    model: Model, pairs: tuple[IntArray, IntArray], short: tuple[IntArray, IntArray], most: int = MOST_LOOKED_AT
) -> list[Violator] | None:
    """Return why a plan cannot give everybody of ``short``, mentors and mentees, a partner: the largest lack first.

    All who have room are to have one partner, and what `min_pairs` asks for. Who could have one if others had fewer
    pairs or other partners is in no group. None where that cannot be told from ``most`` pairs for each side.
    """
    found: list[Violator] = []
    for side in (0, 1):
        if not len(short[side]):
            continue
        need = np.maximum(model.minimum[side], np.minimum(model.capacity[side], 1))
        groups = violators(model, side, _beside_locks(model, side, need), pairs, short[side], most)
        if groups is None:
            return None
        found += groups
    return sorted(found, key=lambda v: (-v.shortfall, -len(v.people), v.side, v.people.tolist()))


class Shortage(Protocol):
    """That ``people`` of one ``side`` cannot all have their least number of pairs, however that was found out."""

    side: int
    people: IntArray

    def in_words(self, names: list[str]) -> str:
        """The same in plain words, for people of these names."""


def explained(model: Model, shortage: Shortage) -> str:
    """Return the smallest reason found why some people cannot all have the pairs that `min_pairs` asks for.

    Where there are too many to look for one, the shortage is told as it is.
    """
    side, table = shortage.side, (model.mentors, model.mentees)[shortage.side]
    need = _beside_locks(model, side, model.minimum[side])
    found = violators(model, side, need, short=shortage.people)
    if not found:
        return shortage.in_words([str(id_) for id_ in table.ids[shortage.people]])
    return found[0].in_words(model)


def _beside_locks(model: Model, side: int, need: IntArray) -> IntArray:
    left: IntArray = np.maximum(need - np.bincount(model.locked[side], minlength=model.shape[side]), 0)
    return left


def _within(
    model: Model, side: int, need: IntArray, plan: tuple[IntArray, IntArray] | None
) -> tuple[IntArray, IntArray]:
    """The pairs of a plan as (person, partner), without locked ones, and of each person no more than she needs."""
    if plan is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    free = ~locked(model, *plan)
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
