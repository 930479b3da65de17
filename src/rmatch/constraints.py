"""Limits compiled for their people: nested groups and totals for the flow, and rows for whatever crosses them.

Sets of people of one side that lie inside one another, or apart, are bounded exactly in the flow. A set that overlaps
another one, and a share, which looks at both sides of a pair, become a row: a worth whose sum over the plan must
reach a number. All numbers are those of the pairs that locks leave open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from rmatch.bricks import align
from rmatch.columns import BoolArray, IntArray, Table, fold
from rmatch.errors import InfeasibleError, ProgramError
from rmatch.factors import Sparse, beside, indicator, one_hot
from rmatch.halves import Half
from rmatch.limits import Changes, Group, Share, Spread, TotalPairs
from rmatch.model import Model, pair_places
from rmatch.pool import UNLIMITED, Bounds, Groups
from rmatch.worth import Row, Worth


@dataclass(frozen=True, eq=False)
class Constraints:
    """The limits of a program on its people.

    ``bounds`` are those of people, of nested groups and of all pairs; ``names`` say which limit bounds each group,
    mentors' and mentees', each side's own first. ``rows`` are the limits that have no place there.
    """

    bounds: Bounds
    names: tuple[tuple[str, ...], tuple[str, ...]]
    rows: tuple[Row, ...]


def compile_limits(model: Model, bounds: Bounds) -> Constraints:
    """Compile the limits of a model's program beyond what each person may have, which ``bounds`` hold.

    Raises InfeasibleError where locked pairs alone break a limit.
    """
    limits = model.program.limits
    sides = [_Side(size) for size in model.shape]
    rows: list[Row] = []
    sets = sorted(
        _sets(model), key=lambda found: -len(found.people)
    )  # the larger ones first; of equals the first named
    for found in sets:
        if not sides[found.side].nest(found):
            rows += _across(model, found)
    for limit in limits:
        if isinstance(limit, Share):
            rows += _share(model, limit)
        if isinstance(limit, Changes):
            rows.append(_changes(model, limit))
    total = _total(model)
    groups = [side.groups() for side in sides]
    nested = any(len(side) > 1 for side in groups)
    held = replace(bounds, groups=(groups[0], groups[1]) if nested else None, total=total, halves=_halves(model))
    names = tuple(tuple(side.names) for side in sides)
    return Constraints(held, (names[0], names[1]), tuple(_told_apart(rows)))


def _told_apart(rows: list[Row]) -> Iterator[Row]:
    """The rows with a number behind the names that stand there twice."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.name] += 1
        yield row if seen[row.name] == 1 else replace(row, name=f"{row.name} {seen[row.name]}")


# ---------------------------------------------------------------- groups


@dataclass(frozen=True, eq=False)
class _Set:
    """The people of one side who are bounded together, how many pairs they may have, and what that is called."""

    side: int
    people: IntArray
    least: int
    most: int
    name: str


def _sets(model: Model) -> Iterator[_Set]:
    for limit in model.program.limits:
        if not isinstance(limit, Group):
            continue
        side = ("mentor", "mentee").index(limit.side)
        for word, people in limit.members(model.mentors, model.mentees).items():
            name = limit.name if limit.value is not None else f"{limit.name}_{fold(word).replace(' ', '_')}"
            locked = int(np.isin(model.locked[side], people).sum())
            least, most = _left(limit.least, limit.most, locked, name)
            yield _Set(side, people, least, most, name)


def _left(least: int | None, most: int | None, locked: int, name: str) -> tuple[int, int]:
    """What a limit leaves for pairs that are not locked."""
    if most is not None and locked > most:
        raise InfeasibleError(f"the locked pairs break {name}: there are {locked} of them, and {most} is the most")
    return max((least or 0) - locked, 0), UNLIMITED if most is None else most - locked


class _Side:
    """The nested groups of one side, while they are being found."""

    def __init__(self, people: int) -> None:
        self.of = np.zeros(people, np.int64)
        self.parent, self.least, self.most, self.names = [-1], [0], [UNLIMITED], [""]

    def nest(self, found: _Set) -> bool:
        """Give a set its place inside the smallest group around it; False where it would cut a group in two."""
        around = np.unique(self.of[found.people])
        if len(around) != 1:
            return not len(found.people) and found.least == 0
        group = int(around[0])
        if group and int((self.of == group).sum()) == len(found.people):
            self.least[group] = max(self.least[group], found.least)
            self.most[group] = min(self.most[group], found.most)
            self.names[group] += f" and {found.name}"
            return True
        self.of[found.people] = len(self.parent)
        self.parent.append(group)
        self.least.append(found.least)
        self.most.append(found.most)
        self.names.append(found.name)
        return True

    def groups(self) -> Groups:
        parent, least, most = (np.array(column, np.int64) for column in (self.parent, self.least, self.most))
        return Groups(self.of, parent, least, most)


def _across(model: Model, found: _Set) -> Iterator[Row]:
    """A set of people that overlaps a group: a row for each of its bounds."""
    some = np.zeros(model.shape[found.side], bool)
    some[found.people] = True
    own, others = indicator(some), _ones(model.shape[1 - found.side])
    worth = Worth(times=0, sides=(own, others) if found.side == 0 else (others, own))
    if found.least > 0:
        yield Row(f"{found.name} (least)", worth, found.least)
    if found.most < UNLIMITED:
        yield Row(f"{found.name} (most)", -1 * worth, -found.most)


def _total(model: Model) -> tuple[int, int] | None:
    """The least and the most pairs that all limits on the total leave open."""
    limits = [limit for limit in model.program.limits if isinstance(limit, TotalPairs)]
    if not limits:
        return None
    spans = [_left(limit.least, limit.most, len(model.locked[0]), limit.name) for limit in limits]
    return max(least for least, _ in spans), min(most for _, most in spans)


def _halves(model: Model) -> tuple[Half | None, Half | None] | None:
    """What each person may have with each kind of partner, beside the locked pairs."""
    found: list[Half | None] = [None, None]
    for side, name in enumerate(("mentor", "mentee")):
        limits = [limit for limit in model.program.limits if isinstance(limit, Spread) and limit.side == name]
        if limits:
            found[side] = _half(model, limits, side)
    return None if found == [None, None] else (found[0], found[1])


def _half(model: Model, limits: list[Spread], side: int) -> Half:
    bounded: dict[str, tuple[IntArray, int]] = {}
    for limit in limits:
        for word, people in limit.members(model.mentors, model.mentees).items():
            key = fold(word)
            bounded[key] = people, min(limit.most, bounded[key][1] if key in bounded else limit.most)
    name = limits[0].name
    kind, most = np.full(model.shape[1 - side], -1), np.zeros((model.shape[side], max(len(bounded), 1)), np.int64)
    for number, (people, number_of_pairs) in enumerate(bounded.values()):
        if (kind[people] >= 0).any():
            raise ProgramError(f"{name}: {limits[0].column!r} is a list; kinds of partners need one answer each")
        kind[people], most[:, number] = number, number_of_pairs
    own, other = model.locked[side], model.locked[1 - side]
    inside = kind[other] >= 0
    np.subtract.at(most, (own[inside], kind[other][inside]), 1)
    if (most < 0).any():
        person = (model.mentors, model.mentees)[side].ids[np.argwhere(most < 0)[0][0]]
        raise InfeasibleError(f"the locked pairs of {person!r} break {name}: {limits[0].in_words()}")
    return Half(name, kind, most)


# ---------------------------------------------------------------- rows


def _share(model: Model, limit: Share) -> Iterator[Row]:
    """``q · (pairs that count) - p · (all pairs) ≥ 0`` for a share of at least ``p / q``; turned about for at most."""
    counting = counted(model.mentors, model.mentees, limit.columns, limit.differ)
    least, most = limit.fractions()
    for share, sign, word in ((least, 1, "least"), (most, -1, "most")):
        if share is not None:
            p, q = share.numerator, share.denominator
            worth = Worth(each=-sign * p, times=0, sides=(counting[0], scaled(counting[1], sign * q)))
            i, j = model.locked
            locked = int(worth.of(i, j, np.zeros(len(i), np.int64), model.shape[1]).sum())
            yield Row(f"{limit.name} ({word})", worth, -locked)


def counted(mentors: Table, mentees: Table, columns: tuple[str, ...], differ: bool) -> tuple[Sparse, Sparse]:
    """Factors, whole numbers, of the pairs whose people differ, or agree, in every one of the columns.

    Who gave no answer in one of them counts in no pair. That two differ in all of several columns is found by inclusion
    and exclusion: ``Π (1 - same_c) = Σ over sets C of columns: (-1)^|C| · [same in all of C]``.
    """
    codes = [align(mentors[column], mentees[column])[:2] for column in columns]
    known = [np.logical_and.reduce([side[k] >= 0 for side in codes]) for k in (0, 1)]
    chosen = [
        some for size in range(len(columns) + 1) for some in combinations(range(len(columns)), size)
    ] if differ else [tuple(range(len(columns)))]  # fmt: skip
    left, right = [], []
    for some in chosen:
        one, two, width = _joint([codes[c] for c in some], known[0], known[1])
        left.append(one_hot(one, width))
        right.append(scaled(one_hot(two, width), (-1) ** len(some) if differ else 1))
    return beside(left), beside(right)


def _joint(
    codes: list[tuple[IntArray, IntArray]], known_a: BoolArray, known_b: BoolArray
) -> tuple[IntArray, IntArray, int]:
    """One code for each combination of answers, -1 for who did not answer all."""
    stacked = [np.column_stack([np.zeros(len(k), np.int64), *[side[s] for side in codes]]) for s, k in
               enumerate((known_a, known_b))]  # fmt: skip
    kinds, place = np.unique(np.concatenate(stacked), axis=0, return_inverse=True)
    place = place.reshape(-1)
    a, b = place[: len(known_a)], place[len(known_a) :]
    return np.where(known_a, a, -1), np.where(known_b, b, -1), len(kinds)


def _changes(model: Model, limit: Changes) -> Row:
    """At least all but so many of the listed pairs, those that may be, are kept."""
    i, j = pair_places(limit.pairs, model.mentors, model.mentees)
    both = (i >= 0) & (j >= 0)
    i, j = i[both], j[both]
    fine = model.eligible(i, j)
    keys = np.unique(i[fine] * np.int64(model.shape[1]) + j[fine])
    open_ = keys[~np.isin(keys, model.locked_keys)]
    worth = Worth(times=0, listed=(open_, np.ones(len(open_), np.int64)))
    return Row(limit.name, worth, max(len(open_) - limit.most, 0))


def scaled(side: Sparse, times: int) -> Sparse:
    """Every entry so many times."""
    return Sparse(side.start, side.column, times * side.value, side.width)


def _ones(people: int) -> Sparse:
    return indicator(np.ones(people, bool))
