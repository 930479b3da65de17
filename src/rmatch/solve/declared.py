"""From what solved to what is declared: prices of people and groups become prices and multipliers of a program's rows.

Inside, a group has a potential of its own, and what it is worth to be in it is the difference to the group around. A
declared row knows nothing of the others, so that difference is its multiplier. What the number of pairs is worth goes
to the row, or the earlier objective, that bounds it; where nothing but room does, to the people of the side that is
full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray
from rmatch.problem.bounds import Bounds, Groups
from rmatch.problem.compile import Constraints
from rmatch.problem.partner_types import Tolls
from rmatch.proof.certificate import StageProof
from rmatch.rows import Row
from rmatch.solve.duals import Prices
from rmatch.valuation import Row as SideConstraint

_NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64))


NO_LIMITS = Constraints(Bounds(_NONE, _NONE, most_pairs=False), (), ((), ()), ((), ()), ())
"""The limits of a program that has none but on single people."""


@dataclass(frozen=True, eq=False)
class Priced:
    """Everything that a solver's proof prices: people and groups, kinds of partners, side constraints."""

    prices: Prices
    tolls: Tolls
    weighed: Sequence[tuple[SideConstraint, int]] = ()


def declared(
    name: str,
    value: int,
    bound: int,
    priced: Priced,
    bounds: Bounds,
    held: Constraints,
    counted: str | None,
    scale: int = 1,
) -> StageProof:
    """Return the proof of a stage on the declared rows.

    ``bounds`` are those that the prices are for, ``held`` the program's limits, ``counted`` the earlier objective that
    settled the number of pairs, if one has.
    """
    prices, multipliers = priced.prices, dict[str, IntArray]()

    def add(row: str, price: int) -> None:
        if price:
            multipliers[row] = multipliers.get(row, np.zeros(1, np.int64)) + price

    sides = [prices.x.copy(), prices.y.copy()]
    added = [np.zeros(len(tree), np.int64) for tree in bounds.trees]
    number = prices.X + prices.Y
    if counted is not None:
        add(counted, number)
    elif number > 0 and held.totals and _most(held.totals) is not None and bounds.span[1] < _room(bounds):
        add(_most(held.totals).name, number)  # type: ignore[union-attr]
    elif number < 0 and bounds.span[0] > 0:
        add(max(held.totals, key=lambda row: int(np.asarray(row.least or 0))).name, number)
    elif number > 0:
        side = next(k for k in (0, 1) if bounds.trees[k].room(bounds.capacity[k]) == _room(bounds))
        own, added[side] = _pushed(bounds.trees[side], bounds.capacity[side], number)
        sides[side] += own
    for side, (tree, grounds) in enumerate(zip(bounds.trees, prices.grounds, strict=True)):
        sides[side] -= grounds[tree.of]
        for group in range(1, len(tree)):
            price = int(grounds[group] - grounds[tree.parent[group]] + added[side][group])
            if price > 0:
                add(min(held.groups[side][group], key=_bound_of("most")).name, price)
            elif tree.least[group] > 0:  # else nothing must be in the group, and a price below 0 is not needed
                add(max(held.groups[side][group], key=_bound_of("least")).name, price)
    for side, toll in enumerate(priced.tolls.tolls):
        for kind, row in enumerate(held.kinds[side] if toll is not None else ()):
            if toll is not None and toll[:, kind].any():
                multipliers[row.name] = toll[:, kind].astype(np.int64)
    for constraint, price in priced.weighed:
        add(constraint.origin or constraint.name, constraint.sign * price)
    return StageProof(name, value, bound, sides[0], sides[1], multipliers, scale)


def _bound_of(which: str):  # type: ignore[no-untyped-def]
    """How to compare rows by a bound: what is not there is no bound."""
    default = 1 << 62 if which == "most" else -1
    return lambda row: default if getattr(row, which) is None else int(np.asarray(getattr(row, which)))


def _most(rows: Sequence[Row]) -> Row | None:
    bounded = [row for row in rows if row.most is not None]
    return min(bounded, key=_bound_of("most"), default=None)


def _room(bounds: Bounds) -> int:
    """No plan has more pairs than the smaller side has room for, whatever the total says."""
    return min(tree.room(capacity) for tree, capacity in zip(bounds.trees, bounds.capacity, strict=True))


def _pushed(tree: Groups, capacity: IntArray, price: int) -> tuple[IntArray, IntArray]:
    """A price of every pair as prices of the people, ``(people,)``, and groups, ``(groups,)``, that are full."""
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
