"""Is there any plan within the bounds? Asked of a pool, and then of the pairs that could still help.

The flow looks at people in parts where they are limited by kinds of partners; who asks sees whole people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray
from rmatch.problem.bounds import Bounds, Pool
from rmatch.problem.partner_types import NO_TOLLS, Tolls
from rmatch.solve.backends import Fit, fit
from rmatch.solve.duals import Prices
from rmatch.solve.expanded_network import Wide
from rmatch.valuation import FREE


@dataclass(frozen=True, eq=False)
class Fitting:
    """How many pairs are missing from any plan on a pool; what could help, and what shows that nothing else could."""

    bounds: Bounds
    found: Fit
    wide: Wide | None

    @property
    def missing(self) -> int:
        """How many pairs are lacking at least, 0 where there is a plan."""
        return self.found.missing

    def blocks(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Mentors and mentees such that only one more pair within a block could help."""
        reached = self.found.mentors, self.found.mentees
        if self.wide is not None:
            yield from self.wide.blocks(reached)
        elif reached[0].any() and not reached[1].all():
            yield np.flatnonzero(reached[0]), np.flatnonzero(~reached[1])

    def prices(self) -> tuple[Prices, Tolls]:
        """Prices at which any plan within the bounds, worth nothing, would be worth less than nothing: there is none.

        Whoever is reached from where pairs are missing costs a point more or less; what the cut lets through is what
        the bounds allow there, and that is less than they demand.
        """
        found = self.found
        grounds = -found.groups[0].astype(np.int64), found.groups[1].astype(np.int64)
        x, y = -found.mentors.astype(np.int64), found.mentees.astype(np.int64)
        prices = Prices(x, y, int(grounds[0][0]), int(grounds[1][0]), grounds)
        return (prices, NO_TOLLS) if self.wide is None else self.wide.folded(prices)


def fitting(pool: Pool, bounds: Bounds) -> Fitting:
    """Look on the pool for any plan within the bounds."""
    if bounds.halves is None:
        return Fitting(bounds, fit(pool, bounds), None)
    wide = Wide.of(bounds, FREE, bounds.halves)
    parted, _ = wide.order(pool)
    return Fitting(bounds, fit(parted, wide.bounds), wide)
