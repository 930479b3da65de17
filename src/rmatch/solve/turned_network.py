"""Turned networks: a bound on a person's pairs in both roles expressed as a nested group, see
:class:`rmatch.problem.bounds.Turned`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.problem.bounds import Bounds, Candidates, Turned
from rmatch.problem.partner_types import NO_TYPE_DUALS, PartnerTypeDuals
from rmatch.solve.backends import Hint
from rmatch.solve.duals import Prices
from rmatch.solve.expanded_network import ExpandedNetwork
from rmatch.valuation import LoadUtilities


@dataclass(frozen=True, eq=False)
class TurnedNetwork:
    """A problem of which some people stand on the other side: bounds and utilities of its nodes."""

    bounds: Bounds
    load_utilities: LoadUtilities
    turned: Turned

    @classmethod
    def of(cls, bounds: Bounds, load_utilities: LoadUtilities, turned: Turned) -> TurnedNetwork:
        """Return the turned network of a problem."""
        network = Bounds(bounds.laid(bounds.capacity), bounds.laid(bounds.minimum), False, bounds.trees, bounds.span)
        return cls(network, bounds.laid_utilities(load_utilities), turned)

    def apply(self, problem: Candidates) -> tuple[Candidates, IntArray]:
        """Return the candidates as arcs of the network, and the position in ``problem`` of each."""
        return self.turned.pairs(problem)

    def hint(self, hint: Hint) -> Hint:
        """Return prices of people as those of the network."""
        return Hint(*self.turned.laid((hint.x, hint.y)))

    def invert(self, answer: Prices) -> tuple[Prices, PartnerTypeDuals]:
        """Return the prices of people; potentials stay those of the network's groups."""
        x, y = self.turned.back((answer.x, answer.y))
        return (
            Prices(x, y, answer.mentor_potential, answer.mentee_potential, answer.potentials),
            NO_TYPE_DUALS,
        )

    def blocks(self, reached: tuple[BoolArray, BoolArray]) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield blocks of mentors and mentees whose pairs lead from a reached node to an unreached one.

        Args:
            reached: Reached nodes of the two sides, bool.
        """
        mentors, mentees = self.turned.back(reached)
        for one, two in (
            (~self.turned.mentors & mentors, ~self.turned.mentees & ~mentees),
            (self.turned.mentors & ~mentors, self.turned.mentees & mentees),
        ):
            if one.any() and two.any():
                yield np.flatnonzero(one), np.flatnonzero(two)


def network_of(bounds: Bounds, load_utilities: LoadUtilities) -> ExpandedNetwork | TurnedNetwork | None:
    """Return the network in which a flow keeps the bounds; None where people are its nodes and stay on their sides."""
    if bounds.turned is not None:
        return TurnedNetwork.of(bounds, load_utilities, bounds.turned)
    if bounds.type_capacities is not None:
        return ExpandedNetwork.of(bounds, load_utilities, bounds.type_capacities)
    return None
