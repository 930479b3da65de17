"""Remedies of a shortage: single changes that give some people enough partners, each verified on these people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.infeasible.alternating import enough, lacking
from rmatch.problem.model import Model

_BLOCK = 1 << 20
_OPEN, _EXCLUDED = -1, -2


@dataclass(frozen=True, eq=False)
class Barred:
    """Rules that forbid the pairs of some people with all of the other side.

    Args:
        names: Names of the rules.
        removed: Number of pairs that each rule forbids, most first, whether or not others forbid them too.
        only: ``(people, others)`` int8: index of the only rule that forbids the pair, -1 where it is eligible, -2 where
            it is locked or several rules forbid it.
    """

    names: tuple[str, ...]
    removed: dict[str, int]
    only: NDArray[np.int8]

    @classmethod
    def of(cls, model: Model, side: int, people: IntArray) -> Barred:
        """Evaluate all pairs of some people of one side."""
        others = model.shape[1 - side]
        only = np.full((len(people), others), _OPEN, np.int8)
        removed: dict[str, int] = {}
        always = {rule.name for rule, _ in model.rules if rule.always}
        size = max(1, _BLOCK // max(others, 1))
        for begin in range(0, len(people), size):
            some = people[begin : begin + size]
            i, j = pairs_of(some, others, side)
            block = only[begin : begin + size].reshape(-1)
            reasons = model.reasons(i, j)
            across = ~np.logical_or.reduce([np.zeros(len(i), bool), *(reasons[name] for name in always)])
            for rule, (name, barred) in enumerate(reasons.items()):
                removed[name] = removed.get(name, 0) + int((barred & across).sum())
                block[barred] = np.where(block[barred] == _OPEN, rule, _EXCLUDED)
            block[~across] = _EXCLUDED  # no change makes a pair of people of one side
            block[model.is_locked(i, j)] = _EXCLUDED
        most_first = sorted(removed, key=lambda name: (-removed[name], name))
        return cls(tuple(removed), {name: removed[name] for name in most_first if removed[name]}, only)

    @property
    def eligible(self) -> BoolArray:
        """Eligible pairs, ``(people, others)`` bool."""
        may: BoolArray = self.only == _OPEN
        return may

    def without(self, name: str) -> BoolArray:
        """Return the pairs that are eligible if a rule is dropped, ``(people, others)`` bool."""
        may: BoolArray = self.eligible | (self.only == self.names.index(name))
        return may


def pairs_of(people: IntArray, others: int, side: int) -> tuple[IntArray, IntArray]:
    """Return all pairs of some people of one side with ``others`` people of the other: mentors and mentees, int64."""
    own, other = np.repeat(people, others), np.tile(np.arange(others), len(people))
    return (own, other) if side == 0 else (other, own)


def capacity_beside_locks(model: Model, side: int) -> IntArray:
    """Return the capacity of each person of a side beside locked pairs, ``(people,)`` int64."""
    capacity: IntArray = model.capacity[side] - np.bincount(model.locked[side], minlength=model.shape[side])
    return capacity


@dataclass(frozen=True)
class Remedy:
    """A single sufficient change.

    Args:
        kind: What is changed.
        changes: Number of people or pairs that it touches.
        text: The change as an instruction.
        by: Increase of each partner's capacity, or total decrease of ``min_pairs``.
        rule: Name of the dropped rule.
    """

    kind: Literal["capacity", "rule", "min_pairs"]
    changes: int
    text: str
    by: int = 0
    rule: str = ""


def remedies(model: Model, side: int, people: IntArray, needs: IntArray, required: bool) -> tuple[Remedy, ...]:
    """Return the single changes that give some people the pairs that they need, cheapest first.

    Lowering ``min_pairs`` comes last, because it alone leaves people with fewer pairs.

    Args:
        side: 0 for mentors, 1 for mentees.
        people: The people, int64.
        needs: Pairs that each needs beside locked ones, ``(people,)`` int64.
        required: Whether ``min_pairs`` demands these pairs.
    """
    barred, capacity = Barred.of(model, side, people), capacity_beside_locks(model, 1 - side)
    found = [_capacity(model, side, barred.eligible, needs, capacity)]
    found += [_rule(model, name, barred, needs, capacity) for name in barred.removed]
    more = sorted((remedy for remedy in found if remedy is not None), key=lambda r: (r.changes, r.text))
    return (*more, *([_asking_less(barred.eligible, needs, capacity)] if required else ()))


def _capacity(model: Model, side: int, eligible: BoolArray, needs: IntArray, capacity: IntArray) -> Remedy | None:
    """The least sufficient increase of every eligible partner's capacity."""
    if (eligible.sum(1) < needs).any():
        return None  # no person is paired twice with one partner, whatever the capacity
    partners = np.flatnonzero(eligible.any(0))

    def helps(by: int) -> bool:
        raised = capacity.copy()
        raised[partners] += by
        return enough(eligible, needs, raised)

    low, high = 0, 1
    while not helps(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if helps(middle) else (middle, high)
    before = distinct(model.capacity[1 - side][partners])
    how = f"from {before[0]} to {before[0] + high}" if len(before) == 1 else f"by {high}"
    whose = ("mentee", "mentor")[side]
    these = f"this {whose}" if len(partners) == 1 else f"these {whose}s"
    return Remedy("capacity", len(partners) * high, f"raise the capacity of {these} {how}", by=high)


def _rule(model: Model, name: str, barred: Barred, needs: IntArray, capacity: IntArray) -> Remedy | None:
    description = _dropped(model, name)
    if not description:
        return None
    may = barred.without(name)
    if not enough(may, needs, capacity):
        return None
    return Remedy("rule", int((may & ~barred.eligible).sum()), description, rule=name)


def _dropped(model: Model, name: str) -> str:
    """How to drop a rule; empty for what is no rule, or is confidential."""
    if any(rule.name == name and not (rule.confidential or rule.always) for rule, _ in model.rules):
        return f"drop the rule `{name}`"
    return f"score the pairs that `{name}` leaves out" if name in model.names else ""


def _asking_less(eligible: BoolArray, needs: IntArray, capacity: IntArray) -> Remedy:
    by = lacking(eligible, needs, capacity)
    return Remedy("min_pairs", by, f"lower `min_pairs` by {by}" + " in total" * (len(needs) > 1), by=by)
