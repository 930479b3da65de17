"""Declared duals: translate a solver's duals into prices of people and multipliers of the program's declared rows.

A nested group has its own potential; the multiplier of its declared row is the difference to the potential of the group
around. The cardinality dual goes to the row, or the earlier objective, that bounds the number of pairs; if only
capacities do, to the prices of the people of the side that is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray
from rmatch.problem.bounds import Bounds, Groups
from rmatch.problem.compile import Constraints
from rmatch.problem.partner_types import PartnerTypeDuals
from rmatch.proof.certificate import StageProof
from rmatch.rows import Row
from rmatch.solve.duals import Prices
from rmatch.valuation import SideConstraint

_NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64))


NO_LIMITS = Constraints(Bounds(_NONE, _NONE, most_pairs=False), (), ((), ()), ((), ()), ())
"""The compiled limits of a program that limits single people only."""


@dataclass(frozen=True, eq=False)
class Priced:
    """A solver's duals: of people and groups, of partner types, and of side constraints."""

    prices: Prices
    type_duals: PartnerTypeDuals
    weighed: Sequence[tuple[SideConstraint, int]] = ()


def declared(
    name: str,
    value: int,
    bound: int,
    priced: Priced,
    bounds: Bounds,
    constraints: Constraints,
    counted: str | None,
    scale: int = 1,
) -> StageProof:
    """Return the proof of a stage on the declared rows.

    Args:
        value, bound: Value of the plan, and the bound that the duals show.
        priced: The solver's duals, which refer to ``bounds``.
        constraints: The program's compiled limits.
        counted: Name of the earlier objective that settled the number of pairs, if any.
        scale: Units of the duals in one unit of the objective.
    """
    prices, multipliers = priced.prices, dict[str, IntArray]()

    def add(row: str, price: int) -> None:
        if price:
            multipliers[row] = multipliers.get(row, np.zeros(1, np.int64)) + price

    sides = [price.copy() for price in bounds.laid((prices.x, prices.y))]
    capacity = bounds.laid(bounds.capacity)
    added = [np.zeros(len(tree), np.int64) for tree in bounds.trees]
    number = prices.mentor_potential + prices.mentee_potential
    if counted is not None:
        add(counted, number)
    elif (
        number > 0
        and constraints.totals
        and _most(constraints.totals) is not None
        and bounds.span[1] < _max_pairs(bounds)
    ):
        add(_most(constraints.totals).name, number)  # type: ignore[union-attr]
    elif number < 0 and bounds.span[0] > 0:
        add(max(constraints.totals, key=lambda row: int(np.asarray(row.least or 0))).name, number)
    elif number > 0:
        side = next(k for k in (0, 1) if bounds.trees[k].max_pairs(capacity[k]) == _max_pairs(bounds))
        own, added[side] = _pushed(bounds.trees[side], capacity[side], number)
        sides[side] += own
    for side, (tree, potentials) in enumerate(zip(bounds.trees, prices.potentials, strict=True)):
        sides[side] -= potentials[tree.of]
        for group in range(1, len(tree)):
            price = int(potentials[group] - potentials[tree.parent[group]] + added[side][group])
            if price > 0:
                add(min(constraints.groups[side][group], key=_bound_of("most")).name, price)
            elif tree.least[group] > 0:  # else nothing must be in the group, and a price below 0 is not needed
                add(max(constraints.groups[side][group], key=_bound_of("least")).name, price)
    for side, dual in enumerate(priced.type_duals.duals):
        for kind, row in enumerate(constraints.kinds[side] if dual is not None else ()):
            if dual is not None and dual[:, kind].any():
                multipliers[row.name] = dual[:, kind].astype(np.int64)
    for constraint, price in priced.weighed:
        add(constraint.origin or constraint.name, constraint.sign * price)
    return StageProof(name, value, bound, *bounds.back((sides[0], sides[1])), multipliers, scale)


def _bound_of(which: str):  # type: ignore[no-untyped-def]
    """Sort key of rows by a bound; an absent bound sorts last."""
    default = 1 << 62 if which == "most" else -1
    return lambda row: default if getattr(row, which) is None else int(np.asarray(getattr(row, which)))


def _most(rows: Sequence[Row]) -> Row | None:
    bounded = [row for row in rows if row.most is not None]
    return min(bounded, key=_bound_of("most"), default=None)


def _max_pairs(bounds: Bounds) -> int:
    """The capacity of the smaller side, without the bound on the total."""
    sides = zip(bounds.trees, bounds.laid(bounds.capacity), strict=True)
    return min(tree.max_pairs(capacity) for tree, capacity in sides)


def _pushed(tree: Groups, capacity: IntArray, price: int) -> tuple[IntArray, IntArray]:
    """A price of every pair as prices of the people and groups of a side that are full."""
    count = np.bincount(tree.of, capacity, len(tree)).astype(np.int64)
    for group in range(len(tree) - 1, 0, -1):
        count[tree.parent[group]] += min(count[group], tree.most[group])
    paid = np.zeros(len(tree), bool)  # whether the group itself, or one around it, pays
    own = np.zeros(len(tree), np.int64)
    for group in range(1, len(tree)):
        if paid[tree.parent[group]]:
            paid[group] = True
        elif tree.most[group] < count[group]:
            paid[group], own[group] = True, price
    return np.where(paid[tree.of], 0, price), own
