"""Limits compiled for their people, from their rows: nested groups and totals for the flow, and what crosses them.

Sets of people of one side that lie inside one another, or apart, are bounded exactly in the flow; so are the number of
all pairs, and each person's pairs with partners of a few kinds. Every other row becomes a side constraint: a worth
whose sum over the plan must reach a number. All numbers are those of the pairs that locks leave open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from rmatch import valuation as valued
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import InfeasibleError, ProgramError
from rmatch.factors import Sparse, indicator
from rmatch.limits import Limit
from rmatch.objectives import Objective
from rmatch.problem.bounds import UNLIMITED, Bounds, Groups
from rmatch.problem.model import Model
from rmatch.problem.partner_types import Half
from rmatch.rows import UNBOUNDED, Named, Part, People, Product, Row, told_apart
from rmatch.valuation import Gain, Worth

MOST_LISTED = 4_000_000
"""Up to so many pairs of people, what has no product form is asked of every pair."""


@dataclass(frozen=True, eq=False)
class Constraints:
    """The limits of a program on its people.

    ``bounds`` are those of people, of nested groups, of kinds of partners and of all pairs, and ``rows`` the side
    constraints. ``groups`` name the declared rows that bound each nested group, each side's own first; ``kinds`` those
    that bound each kind of partner; ``totals`` those on all pairs. ``beyond`` says that a limit on each person has no
    place in either form.
    """

    bounds: Bounds
    rows: tuple[valued.Row, ...]
    groups: tuple[tuple[tuple[Row, ...], ...], tuple[tuple[Row, ...], ...]]
    kinds: tuple[tuple[Row, ...], tuple[Row, ...]]
    totals: tuple[Row, ...]
    beyond: bool = False

    @property
    def crossed(self) -> bool:
        """Whether a limit crosses the groups, so that a flow alone is not enough."""
        return bool(self.rows) or self.beyond


def declared_rows(model: Model) -> tuple[Row, ...]:
    """The rows of all limits of a model's program, by distinct names."""
    names = [stage.name for objective in model.program.objectives for stage in objective.stages()]
    return told_apart(tuple(row for limit in model.program.limits for row in limit.rows(model.people)), names)


def limits_of_rows(model: Model) -> dict[str, Limit]:
    """The limit that each declared row is of, by the row's name."""
    owners = [limit for limit in model.program.limits for _ in limit.rows(model.people)]
    return {row.name: limit for row, limit in zip(declared_rows(model), owners, strict=True)}


def compile_limits(model: Model, bounds: Bounds) -> Constraints:
    """Compile the limits of a model's program beyond what each person may have, which ``bounds`` hold.

    Raises InfeasibleError where locked pairs alone break a limit.
    """
    made = _Compiling(model, bounds, [_Side(size) for size in model.shape])
    rows = declared_rows(model)
    sets = [(row, some) for row in rows if (some := _set_of(row)) is not None]
    for row in rows:
        if _set_of(row) is None:
            made.take(row)
    for row, (side, people) in sorted(sets, key=lambda found: -len(found[1][1])):  # of equals the first named
        made.group(row, side, people)
    return made.done()


def _counts_all(row: Row) -> bool:
    """Whether a row counts every pair once."""
    return len(row.parts) == 1 and row.parts[0].bare and row.parts[0].times == 1


def _set_of(row: Row) -> tuple[int, IntArray] | None:
    """The side and the people whose pairs a row counts; None where it counts anything else."""
    if row.each is not None or len(row.parts) != 1 or row.parts[0].times != 1 or row.parts[0].pairs is not None:
        return None
    part = row.parts[0]
    if (part.mentors is None) == (part.mentees is None):
        return None
    return (0, part.mentors) if part.mentors is not None else (1, part.mentees)  # type: ignore[return-value]


def _kind_of(row: Row) -> IntArray | None:
    """The partners with whom each person's pairs are bounded from above; None where a row says anything else."""
    if row.each is None or len(row.parts) != 1 or row.least is not None or not isinstance(row.most, int):
        return None
    part = row.parts[0]
    own, others = (part.mentors, part.mentees) if row.each == "mentor" else (part.mentees, part.mentors)
    return others if own is None and part.pairs is None and part.times == 1 else None


@dataclass(eq=False)
class _Compiling:
    """The shapes, while the rows are gone through."""

    model: Model
    bounds: Bounds
    sides: list[_Side]
    crossing: list[valued.Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    total: tuple[int, int] = (0, UNLIMITED)
    kinds: list[list[tuple[Row, IntArray]]] = field(default_factory=lambda: [[], []])
    beyond: bool = False

    def take(self, row: Row) -> None:
        """Find the place of a row that bounds no set of people."""
        if row.each is None and _counts_all(row):
            least, most = self._left(row, len(self.model.locked[0]))
            self.total = max(self.total[0], least), min(self.total[1], most)
            self.totals.append(row)
        elif row.each is not None and _counts_all(row):
            self._person(row)
        elif row.each is not None:
            self._kind(row)
        elif not self._locked(row):
            self.crossing += self._side_constraints(row)

    def group(self, row: Row, side: int, people: IntArray) -> None:
        """Give a bounded set its place among the nested groups, or make a side constraint of it."""
        locked = int(np.isin(self.model.locked[side], people).sum())
        least, most = self._left(row, locked)
        if not self.sides[side].nest(people, least, most, row):
            self.crossing += self._side_constraints(row)

    def _locked(self, row: Row) -> bool:
        """Whether a row demands one pair, which the model holds already."""
        part = row.parts[0]
        sizes = [0 if some is None else len(some) for some in (part.mentors, part.mentees)]
        return len(row.parts) == 1 and sizes == [1, 1] and (part.times, row.least, row.most) == (1, 1, 1)

    def _left(self, row: Row, locked: int) -> tuple[int, int]:
        """What a row leaves for pairs that are not locked."""
        (least,), (most,) = (bound.tolist() for bound in row.bounds(self.model.shape))
        if locked > most:
            raise InfeasibleError(
                f"the locked pairs break {row.name}: there are {locked} of them, and {most} is the most"
            )
        return max(least - locked, 0), UNLIMITED if most == UNBOUNDED else most - locked

    def _person(self, row: Row) -> None:
        """A bound on each person's own pairs."""
        side = int(row.each == "mentee")
        load = np.bincount(self.model.locked[side], minlength=self.model.shape[side])
        least, most = row.bounds(self.model.shape)
        if (most < load).any():
            person = (self.model.mentors, self.model.mentees)[side].ids[np.flatnonzero(most < load)[0]]
            raise InfeasibleError(f"the locked pairs of {person!r} break {row.name}")
        own = [list(self.bounds.minimum), list(self.bounds.capacity)]
        own[0][side] = np.maximum(own[0][side], np.maximum(least, 0) - np.minimum(load, np.maximum(least, 0)))
        own[1][side] = np.minimum(own[1][side], most - load)
        self.bounds = replace(self.bounds, minimum=tuple(own[0]), capacity=tuple(own[1]))  # type: ignore[arg-type]

    def _kind(self, row: Row) -> None:
        """A bound on each person's pairs with some partners: one kind of them, where kinds do not overlap."""
        side, others = int(row.each == "mentee"), _kind_of(row)
        if others is None:
            self.beyond = True
            return
        taken = np.concatenate([np.zeros(0, np.int64), *[some for _, some in self.kinds[side]]])
        same = [some for _, some in self.kinds[side] if np.array_equal(np.sort(some), np.sort(others))]
        if not same and np.isin(others, taken).any():
            self.beyond = True
            return
        self.kinds[side].append((row, others))

    def _side_constraints(self, row: Row) -> Iterator[valued.Row]:
        """A row as a worth that must reach its least, or, turned about, its most."""
        worth = worth_of_parts(self.model.people, row.parts)
        i, j = self.model.locked
        locked = int(row.coefficients(i, j).sum())
        (least,), (most,) = (bound.tolist() for bound in row.bounds(self.model.shape))
        both = row.least is not None and row.most is not None
        rising = all(part.times > 0 for part in row.parts)
        if least != -UNBOUNDED and not (rising and least <= locked):
            name = f"{row.name} (least)" if both else row.name
            yield valued.Row(name, worth, least - locked, origin=row.name, sign=-1)
        if most != UNBOUNDED:
            name = f"{row.name} (most)" if both else row.name
            yield valued.Row(name, -1 * worth, locked - most, origin=row.name, sign=1)

    def done(self) -> Constraints:
        """Everything in its place."""
        groups = [side.groups() for side in self.sides]
        nested = any(len(side) > 1 for side in groups)
        halves = [self._half(side) for side in (0, 1)]
        held = replace(
            self.bounds,
            groups=(groups[0], groups[1]) if nested else None,
            total=self.total if self.totals else None,
            halves=(halves[0], halves[1]) if any(halves) else None,
        )
        names = [tuple(map(tuple, side.rows)) for side in self.sides]
        kinds = [tuple(row for row, _ in some) for some in self.kinds]
        return Constraints(
            held, tuple(self.crossing), (names[0], names[1]), (kinds[0], kinds[1]), tuple(self.totals), self.beyond
        )

    def _half(self, side: int) -> Half | None:
        """What each person may have with each kind of partner, beside the locked pairs."""
        model, found = self.model, self.kinds[side]
        if not found:
            return None
        distinct: list[tuple[Row, IntArray, int]] = []
        for row, some in found:
            assert isinstance(row.most, int)
            again = [k for k, (_, other, _) in enumerate(distinct) if np.array_equal(np.sort(some), np.sort(other))]
            if again:
                first, _, most = distinct[again[0]]
                distinct[again[0]] = (row if row.most < most else first), some, min(row.most, most)
            else:
                distinct.append((row, some, row.most))
        kind, most_ = np.full(model.shape[1 - side], -1), np.zeros((model.shape[side], len(distinct)), np.int64)
        for number, (_, some, most) in enumerate(distinct):
            kind[some], most_[:, number] = number, most
        own, other = model.locked[side], model.locked[1 - side]
        inside = kind[other] >= 0
        np.subtract.at(most_, (own[inside], kind[other][inside]), 1)
        if (most_ < 0).any():
            who, which = np.argwhere(most_ < 0)[0]
            person = (model.mentors, model.mentees)[side].ids[who]
            row = distinct[which][0]
            raise InfeasibleError(f"the locked pairs of {person!r} break {row.name}: at most {row.most} are allowed")
        self.kinds[side] = [(row, some) for row, some, _ in distinct]
        return Half(distinct[0][0].name, kind, most_)


class _Side:
    """The nested groups of one side, while they are being found; larger sets come first."""

    def __init__(self, people: int) -> None:
        self.of = np.zeros(people, np.int64)
        self.parent, self.least, self.most = [-1], [0], [UNLIMITED]
        self.members: list[BoolArray] = [np.ones(people, bool)]
        self.rows: list[list[Row]] = [[]]

    def nest(self, people: IntArray, least: int, most: int, row: Row) -> bool:
        """Give a set its place inside the smallest group around it; False where it would cut a group in two."""
        around = np.unique(self.of[people])
        if len(around) != 1:
            return not len(people) and least == 0
        group = int(around[0])
        own = np.zeros(len(self.of), bool)
        own[people] = True
        if group and np.array_equal(own, self.members[group]):
            self.least[group], self.most[group] = max(self.least[group], least), min(self.most[group], most)
            self.rows[group].append(row)
            return True
        self.of[people] = len(self.parent)
        self.parent.append(group)
        self.least.append(least)
        self.most.append(most)
        self.members.append(own)
        self.rows.append([row])
        return True

    def groups(self) -> Groups:
        """The groups as arrays."""
        parent, least, most = (np.array(column, np.int64) for column in (self.parent, self.least, self.most))
        return Groups(self.of, parent, least, most)


# ---------------------------------------------------------------- worths


def worth_of_parts(people: People, parts: tuple[Part, ...]) -> Worth:
    """Return the sum of some parts as a worth. Raises ProgramError where a condition has no product form and there are
    too many pairs to ask it of each."""
    return reduce(lambda a, b: a + b, [_worth_of_part(people, part) for part in parts], Worth(times=0))


def _worth_of_part(people: People, part: Part) -> Worth:
    if part.bare:
        return Worth(each=part.times, times=0)
    if part.pairs is None:
        sides = [_indicated(some, size) for some, size in zip((part.mentors, part.mentees), people.shape, strict=True)]
        return Worth(times=0, sides=(sides[0], _times(sides[1], part.times)))
    if part.mentors is None and part.mentees is None:
        if isinstance(part.pairs, Product):
            u, v = part.pairs.factors()
            return Worth(times=0, sides=(u, _times(v, part.times)))
        if isinstance(part.pairs, Named):
            keys = part.pairs.keys
            return Worth(times=0, listed=(keys, np.full(len(keys), part.times, np.int64)))
    return _asked(people, part.at)


def _indicated(some: IntArray | None, size: int) -> Sparse:
    known = np.ones(size, bool)
    if some is not None:
        known[:] = False
        known[some] = True
    return indicator(known)


def _times(side: Sparse, times: int) -> Sparse:
    return Sparse(side.start, side.column, times * side.value, side.width)


def _asked(people: People, each: valued.Each) -> Worth:
    """A value that is asked of every pair, as a bonus of those for which it is not 0."""
    m, n = people.shape
    if m * n > MOST_LISTED:
        raise ProgramError(
            f"a limit or objective of your own looks at each of {m * n:,} pairs, and {MOST_LISTED:,} is the most; give "
            "its condition as a product (`factors`), or match fewer people at once"
        )
    i, j = np.divmod(np.arange(m * n, dtype=np.int64), max(n, 1))
    value = np.asarray(each(i, j), np.int64)
    keys = np.flatnonzero(value)
    return Worth(times=0, listed=(keys, value[keys]))


def worth_of(model: Model, objective: Objective) -> Worth:
    """Return what an objective maximises as a worth of the pairs that locks leave open."""
    people = model.people
    worth = objective.compile(people)
    if worth is None:
        linear = objective.linear(people)
        if linear is not None:
            worth = Worth(each=linear[1], times=linear[0])
        else:
            values = objective.pair_values(people)
            worth = _asked(people, lambda i, j: values(i, j, model.points(i, j)))
        gains = [
            None if v is None else Gain(v.first, np.ones(len(v.first), np.int64), 0 * v.first, v.square)
            for v in objective.load_values(people)
        ]
        worth = replace(worth, gains=(gains[0], gains[1]))
    load = [np.bincount(side, minlength=size) for side, size in zip(model.locked, model.shape, strict=True)]
    after = [
        None if g is None else replace(g, before=k.astype(np.int64)) for g, k in zip(worth.gains, load, strict=True)
    ]
    return replace(worth, gains=(after[0], after[1]))
