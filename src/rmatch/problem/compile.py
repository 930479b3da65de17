"""Compilation of limits and objectives: from rows and values to bounds, side constraints and valuations.

Nested or disjoint sets of people of one side, the total number of pairs, and partner types are represented exactly in a
flow network; so are sets of people of both sides, where a rule lets them stand on one side of the network. Every other
row becomes a side constraint: a valuation whose sum must reach a number. All numbers refer to the pairs that locks
leave open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError
from rmatch.limits import Limit, rows_of
from rmatch.problem.bounds import UNLIMITED, Bounds, Groups, Turned
from rmatch.problem.model import Model
from rmatch.problem.partner_types import PartnerTypeCapacity
from rmatch.problem.valuations import valuation_of_parts
from rmatch.rows import UNBOUNDED, Row
from rmatch.valuation import SideConstraint


@dataclass(frozen=True, eq=False)
class Constraints:
    """The compiled limits of a program.

    Args:
        bounds: Bounds of people, nested groups, partner types and the total.
        side_constraints: Rows that the flow network cannot represent.
        groups: Declared rows that bound each nested group, mentors' and mentees'.
        kinds: Declared rows that bound each partner type, mentors' and mentees'.
        totals: Declared rows that bound the total.
        beyond: Whether some limit on each person has neither form.
        or_none: Whether some person has no pair or more than one.
    """

    bounds: Bounds
    side_constraints: tuple[SideConstraint, ...]
    groups: tuple[tuple[tuple[Row, ...], ...], tuple[tuple[Row, ...], ...]]
    kinds: tuple[tuple[Row, ...], tuple[Row, ...]]
    totals: tuple[Row, ...]
    beyond: bool = False
    or_none: bool = False

    @property
    def crossed(self) -> bool:
        """Whether a flow network alone cannot represent the limits."""
        return bool(self.side_constraints) or self.beyond or self.or_none


def declared_rows(model: Model) -> tuple[Row, ...]:
    """Return the rows of all limits of a model's program, with distinct names."""
    names = [stage.name for objective in model.program.objectives for stage in objective.stages()]
    return rows_of(model.program.limits, model.people, names)


def limits_of_rows(model: Model) -> dict[str, Limit]:
    """Return the limit to which each declared row belongs, by the row's name."""
    owners = [limit for limit in model.program.limits for _ in limit.rows(model.people)]
    return {row.name: limit for row, limit in zip(declared_rows(model), owners, strict=True)}


def compile_limits(model: Model, bounds: Bounds) -> Constraints:
    """Compile the limits of a model's program.

    Args:
        bounds: Bounds of single people, which are tightened.

    Raises:
        InfeasibleError: Locked pairs alone break a limit.
    """
    rows = declared_rows(model)
    turned = model.turned if any(len(row.parts) > 1 and _sets_of(row) for row in rows) else None
    made = _Compiling(model, bounds, [_Side(size) for size in (model if turned is None else turned).shape], turned)
    sets = []
    for row in rows:
        placed = made.placed(row)
        if placed is None:
            made.take(row)
        else:
            sets.append((row, placed))
    for row, (side, people) in sorted(sets, key=lambda found: -len(found[1][1])):  # of equals the first named
        made.group(row, side, people)
    return made.done()


def _counts_all(row: Row) -> bool:
    """Whether a row counts every pair once."""
    return len(row.parts) == 1 and row.parts[0].bare and row.parts[0].times == 1


def _sets_of(row: Row) -> list[tuple[int, IntArray]]:
    """Each side and its people, whose pairs a row counts; none for any other row."""
    found = []
    for part in row.parts if row.each is None else ():
        if part.times != 1 or part.pairs is not None or (part.mentors is None) == (part.mentees is None):
            return []
        people = part.mentees if part.mentors is None else part.mentors
        assert people is not None
        found.append((int(part.mentors is None), people))
    return found


def _kind_of(row: Row) -> IntArray | None:
    """The partners with which each person's pairs are bounded from above; None for any other row."""
    if row.each is None or len(row.parts) != 1 or row.least is not None or not isinstance(row.most, int):
        return None
    part = row.parts[0]
    own, others = (part.mentors, part.mentees) if row.each == "mentor" else (part.mentees, part.mentors)
    return others if own is None and part.pairs is None and part.times == 1 else None


@dataclass(eq=False)
class _Compiling:
    """Accumulates bounds and side constraints while rows are compiled."""

    model: Model
    bounds: Bounds
    sides: list[_Side]
    turned: Turned | None
    crossing: list[SideConstraint] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    total: tuple[int, int] = (0, UNLIMITED)
    kinds: list[list[tuple[Row, IntArray]]] = field(default_factory=lambda: [[], []])
    beyond: bool = False
    or_none: bool = False

    def take(self, row: Row) -> None:
        """Compile a row that does not bound a set of people."""
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

    def placed(self, row: Row) -> tuple[int, IntArray] | None:
        """The side of the network, and the people on it whose pairs a row counts; None for any other row."""
        sets = _sets_of(row)
        if self.turned is None:
            return sets[0] if len(sets) == 1 else None
        changes = self.turned.mentors, self.turned.mentees
        stand = {bool(on) ^ bool(side) for side, people in sets for on in changes[side][people].tolist()}
        if len(stand) != 1:
            return None
        return int(*stand), np.concatenate([self.turned.places[side][people] for side, people in sets])

    def group(self, row: Row, side: int, people: IntArray) -> None:
        """Place a bounded set among the nested groups, or make a side constraint of it."""
        fixed = self.model.locked
        locked = int(row.coefficients(*fixed).sum()) if len(fixed[0]) else 0
        least, most = self._left(row, locked)
        if not self.sides[side].nest(people, least, most, row):
            self.crossing += self._side_constraints(row)

    def _locked(self, row: Row) -> bool:
        """Whether a row demands one pair, which the model fixes already."""
        part = row.parts[0]
        sizes = [0 if some is None else len(some) for some in (part.mentors, part.mentees)]
        return len(row.parts) == 1 and sizes == [1, 1] and (part.times, row.least, row.most) == (1, 1, 1)

    def _left(self, row: Row, locked: int) -> tuple[int, int]:
        """Bounds of a row for the pairs that are not locked."""
        (least,), (most,) = row.bounds(self.model.shape)
        least, most = int(least), int(most)
        if locked > most:
            raise InfeasibleError(
                f"the locked pairs break {row.name}: there are {locked} of them, and {most} is the most"
            )
        return max(least - locked, 0), UNLIMITED if most == UNBOUNDED else most - locked

    def _person(self, row: Row) -> None:
        """Compile a bound on each person's own pairs."""
        side = int(row.each == "mentee")
        load = np.bincount(self.model.locked[side], minlength=self.model.shape[side])
        least, most = row.bounds(self.model.shape)
        self.or_none |= bool((row.fewest(self.model.shape) > 1).any())
        if (most < load).any():
            who = self.model.people.called(side, int(np.flatnonzero(most < load)[0]))
            raise InfeasibleError(f"the locked pairs of {who} break {row.name}")
        own = [list(self.bounds.minimum), list(self.bounds.capacity)]
        own[0][side] = np.maximum(own[0][side], np.maximum(least, 0) - np.minimum(load, np.maximum(least, 0)))
        own[1][side] = np.minimum(own[1][side], most - load)
        self.bounds = replace(self.bounds, minimum=tuple(own[0]), capacity=tuple(own[1]))  # type: ignore[arg-type]

    def _kind(self, row: Row) -> None:
        """Compile a bound on each person's pairs with some partners, if partner types stay disjoint."""
        side, others = int(row.each == "mentee"), _kind_of(row)
        if others is None or self.turned is not None:
            self.beyond = True
            return
        taken = np.concatenate([np.zeros(0, np.int64), *[some for _, some in self.kinds[side]]])
        same = [some for _, some in self.kinds[side] if np.array_equal(np.sort(some), np.sort(others))]
        if not same and np.isin(others, taken).any():
            self.beyond = True
            return
        self.kinds[side].append((row, others))

    def _side_constraints(self, row: Row) -> Iterator[SideConstraint]:
        """Yield a row as valuations that must reach its least and its negated most."""
        valuation = valuation_of_parts(self.model.people, row.parts)
        i, j = self.model.locked
        locked = int(row.coefficients(i, j).sum())
        (least,), (most,) = (bound.tolist() for bound in row.bounds(self.model.shape))
        both = row.least is not None and row.most is not None
        rising = all(part.times > 0 for part in row.parts)
        if least != -UNBOUNDED and not (rising and least <= locked):
            name = f"{row.name} (least)" if both else row.name
            yield SideConstraint(name, valuation, least - locked, origin=row.name, sign=-1)
        if most != UNBOUNDED:
            name = f"{row.name} (most)" if both else row.name
            yield SideConstraint(name, -1 * valuation, locked - most, origin=row.name, sign=1)

    def done(self) -> Constraints:
        """Return the compiled limits."""
        groups = [side.groups() for side in self.sides]
        nested = any(len(side) > 1 for side in groups)
        type_capacities = [self._type_capacity(side) for side in (0, 1)]
        bounds = replace(
            self.bounds,
            groups=(groups[0], groups[1]) if nested and self.turned is None else None,
            turned=None if self.turned is None else replace(self.turned, groups=(groups[0], groups[1])),
            total=self.total if self.totals else None,
            type_capacities=(type_capacities[0], type_capacities[1]) if any(type_capacities) else None,
        )
        names = [tuple(map(tuple, side.rows)) for side in self.sides]
        kinds = [tuple(row for row, _ in some) for some in self.kinds]
        groups_of, kinds_of = (names[0], names[1]), (kinds[0], kinds[1])
        return Constraints(
            bounds, tuple(self.crossing), groups_of, kinds_of, tuple(self.totals), self.beyond, self.or_none
        )

    def _type_capacity(self, side: int) -> PartnerTypeCapacity | None:
        """The partner-type capacities of one side, beside the locked pairs."""
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
            row = distinct[which][0]
            name = model.people.called(side, int(who))
            raise InfeasibleError(f"the locked pairs of {name} break {row.name}: at most {row.most} are allowed")
        self.kinds[side] = [(row, some) for row, some, _ in distinct]
        return PartnerTypeCapacity(distinct[0][0].name, kind, most_)


class _Side:
    """Nested groups of one side under construction; larger sets are added first."""

    def __init__(self, people: int) -> None:
        self.of = np.zeros(people, np.int64)
        self.parent, self.least, self.most = [-1], [0], [UNLIMITED]
        self.members: list[IntArray] = [np.arange(people)]
        self.rows: list[list[Row]] = [[]]

    def nest(self, people: IntArray, least: int, most: int, row: Row) -> bool:
        """Insert a set into the smallest group that contains it; return False where it would cut a group."""
        around = self.of[people]
        if not len(people) or (around != around[0]).any():
            return not len(people) and least == 0
        group = int(around[0])
        if group and np.array_equal(np.unique(people), np.unique(self.members[group])):
            self.least[group], self.most[group] = max(self.least[group], least), min(self.most[group], most)
            self.rows[group].append(row)
            return True
        self.of[people] = len(self.parent)
        self.parent.append(group)
        self.least.append(least)
        self.most.append(most)
        self.members.append(people)
        self.rows.append([row])
        return True

    def groups(self) -> Groups:
        """Return the groups as arrays."""
        parent, least, most = (np.array(column, np.int64) for column in (self.parent, self.least, self.most))
        return Groups(self.of, parent, least, most)
