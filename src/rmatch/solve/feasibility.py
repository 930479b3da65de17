"""Feasibility: find any plan within the bounds on the candidates, or the pairs that could still make one possible.

Partner-type capacities, and bounds on both roles of a person, are handled on networks of their own; results refer to
people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.partner_types import NO_TYPE_DUALS, PartnerTypeDuals
from rmatch.solve.backends import Fit, fit
from rmatch.solve.duals import Prices
from rmatch.solve.expanded_network import ExpandedNetwork
from rmatch.solve.turned_network import TurnedNetwork, network_of
from rmatch.valuation import NO_UTILITY


@dataclass(frozen=True, eq=False)
class Fitting:
    """Result of a feasibility check on candidates.

    Args:
        bounds: The bounds.
        found: The maximum flow's result, on nodes of the network of its own where there is one.
        network: The network whose nodes are not simply the people, or None.
        chosen: Whether each candidate is a pair of the flow, which is a plan where nothing is missing, bool.
    """

    bounds: Bounds
    found: Fit
    network: ExpandedNetwork | TurnedNetwork | None
    chosen: BoolArray

    @property
    def missing(self) -> int:
        """Number of pairs lacking at least; 0 where there is a plan."""
        return self.found.missing

    def blocks(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield blocks of mentors and mentees; only one more pair within a block can help."""
        reached = self.found.mentors, self.found.mentees
        if self.network is not None:
            yield from self.network.blocks(reached)
        elif reached[0].any() and not reached[1].all():
            yield np.flatnonzero(reached[0]), np.flatnonzero(~reached[1])

    def prices(self) -> tuple[Prices, PartnerTypeDuals]:
        """Return duals that prove infeasibility: for the valuation 0 they show a negative bound.

        People on the source side of the minimum cut are priced at one point; the capacity of the cut is below the
        demand.
        """
        found = self.found
        potentials = -found.groups[0].astype(np.int64), found.groups[1].astype(np.int64)
        x, y = -found.mentors.astype(np.int64), found.mentees.astype(np.int64)
        prices = Prices(x, y, int(potentials[0][0]), int(potentials[1][0]), potentials)
        return (prices, NO_TYPE_DUALS) if self.network is None else self.network.invert(prices)


def fitting(candidates: Candidates, bounds: Bounds) -> Fitting:
    """Return whether the candidates contain a plan within the bounds, with the evidence."""
    network = network_of(bounds, NO_UTILITY)
    if network is None:
        found = fit(candidates, bounds)
        return Fitting(bounds, found, None, found.chosen)
    nodes, order = network.apply(candidates)
    found, chosen = fit(nodes, network.bounds), np.zeros(len(candidates), bool)
    chosen[order] = found.chosen
    return Fitting(bounds, found, network, chosen)
