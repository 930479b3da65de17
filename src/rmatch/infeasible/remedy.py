"""What stands between some people and enough partners, and which single change would be enough.

No remedy is guessed: each is tried on these people alone, with all the places that their partners then have.
"""

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
_OPEN, _CLOSED = -1, -2


@dataclass(frozen=True, eq=False)
class Barred:
    """What forbids the pairs of some people with all of the other side.

    ``removed`` counts the pairs that each rule forbids, whichever others do too, most first. ``only[k, l]`` is the
    position in ``names`` of the one rule that forbids a pair, -1 where it may be, and -2 where more than one rule or a
    lock has settled it.
    """

    names: tuple[str, ...]
    removed: dict[str, int]
    only: NDArray[np.int8]

    @classmethod
    def of(cls, model: Model, side: int, people: IntArray) -> Barred:
        """Look at all pairs of some people of one side."""
        others = model.shape[1 - side]
        only = np.full((len(people), others), _OPEN, np.int8)
        removed: dict[str, int] = {}
        size = max(1, _BLOCK // max(others, 1))
        for begin in range(0, len(people), size):
            some = people[begin : begin + size]
            i, j = pairs_of(some, others, side)
            block = only[begin : begin + size].reshape(-1)
            for rule, (name, barred) in enumerate(model.reasons(i, j).items()):
                removed[name] = removed.get(name, 0) + int(barred.sum())
                block[barred] = np.where(block[barred] == _OPEN, rule, _CLOSED)
            block[locked(model, i, j)] = _CLOSED
        most_first = sorted(removed, key=lambda name: (-removed[name], name))
        return cls(tuple(removed), {name: removed[name] for name in most_first if removed[name]}, only)

    @property
    def eligible(self) -> BoolArray:
        """Which pairs may be, ``(people, others)``."""
        may: BoolArray = self.only == _OPEN
        return may

    def without(self, name: str) -> BoolArray:
        """Which pairs may be where a rule is dropped, ``(people, others)``."""
        may: BoolArray = self.eligible | (self.only == self.names.index(name))
        return may


def pairs_of(people: IntArray, others: int, side: int) -> tuple[IntArray, IntArray]:
    """All pairs of some people of one side with all ``others``, person by person: mentors, mentees."""
    own, other = np.repeat(people, others), np.tile(np.arange(others), len(people))
    return (own, other) if side == 0 else (other, own)


def locked(model: Model, i: IntArray, j: IntArray) -> BoolArray:
    """Which of the listed pairs are locked."""
    if not len(model.locked_keys):
        return np.zeros(len(i), bool)
    there: BoolArray = np.isin(i * np.int64(model.shape[1]) + j, model.locked_keys)
    return there


def room_beside_locks(model: Model, side: int) -> IntArray:
    """How many pairs beside the locked ones everybody of a side may have."""
    room: IntArray = model.capacity[side] - np.bincount(model.locked[side], minlength=model.shape[side])
    return room


@dataclass(frozen=True)
class Remedy:
    """One change that is enough, in words. ``changes`` counts the people or pairs that it touches.

    ``by`` is how much is added to each partner's capacity, or taken from the people's ``min_pairs`` in all;
    ``rule`` is the name of the rule that is dropped.
    """

    kind: Literal["capacity", "rule", "min_pairs"]
    changes: int
    words: str
    by: int = 0
    rule: str = ""


def remedies(model: Model, side: int, people: IntArray, needs: IntArray, required: bool) -> tuple[Remedy, ...]:
    """Return the single changes that let some people have what they need, cheapest first.

    ``needs`` are pairs beside locked ones; ``required`` says that `min_pairs` asks for them. To ask for less comes
    last: it is the one change that leaves people with fewer pairs.
    """
    barred, room = Barred.of(model, side, people), room_beside_locks(model, 1 - side)
    found = [_capacity(model, side, barred.eligible, needs, room)]
    found += [_rule(model, name, barred, needs, room) for name in barred.removed]
    more = sorted((remedy for remedy in found if remedy is not None), key=lambda r: (r.changes, r.words))
    return (*more, *([_asking_less(barred.eligible, needs, room)] if required else ()))


def _capacity(model: Model, side: int, eligible: BoolArray, needs: IntArray, room: IntArray) -> Remedy | None:
    """The least that every eligible partner's capacity must rise by."""
    if (eligible.sum(1) < needs).any():
        return None  # nobody is paired twice with one partner, however much room there is
    partners = np.flatnonzero(eligible.any(0))

    def helps(by: int) -> bool:
        raised = room.copy()
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
    whom = ("mentee", "mentor")[side]
    these = f"this {whom}" if len(partners) == 1 else f"these {whom}s"
    return Remedy("capacity", len(partners) * high, f"raise the capacity of {these} {how}", by=high)


def _rule(model: Model, name: str, barred: Barred, needs: IntArray, room: IntArray) -> Remedy | None:
    told = _dropped(model, name)
    if not told:
        return None
    may = barred.without(name)
    if not enough(may, needs, room):
        return None
    return Remedy("rule", int((may & ~barred.eligible).sum()), told, rule=name)


def _dropped(model: Model, name: str) -> str:
    """How a rule is done without; empty for what is no rule, or one of which nothing is said."""
    kinds = {type(rule) for rule, _ in model.rules if rule.name == name and not rule.confidential}
    if kinds:
        kind = min(kinds, key=lambda k: k.__name__)
        return f"drop `{kind.__name__}`" + (f" ({name})" if name != kind.kind() else "")
    return f"score the pairs that `{name}` leaves out" if name in model.names else ""


def _asking_less(eligible: BoolArray, needs: IntArray, room: IntArray) -> Remedy:
    by = lacking(eligible, needs, room)
    return Remedy("min_pairs", by, f"lower `min_pairs` by {by}" + " in total" * (len(needs) > 1), by=by)
