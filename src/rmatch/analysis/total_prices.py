"""What the prices of a certificate tell of a plain plan: every person's, and what forcing a pair costs at least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.objectives import MostPairs, Total
from rmatch.problem.compiled import staged
from rmatch.problem.model import Model
from rmatch.proof.certificate import Certificate


@dataclass(frozen=True, eq=False)
class TotalPrices:
    """Prices for the total of a plan whose program settles nothing before it but perhaps the number of pairs.

    In points above the floor: ``people`` are those of every mentor and of every mentee, ``grounds`` those of a mentor,
    and of a mentee, without a pair. No plan with as many pairs has more than ``gap`` more in total; ``settled`` says
    that none has more pairs where as many as can be are wanted.
    """

    people: tuple[IntArray, IntArray]
    grounds: tuple[int, int]
    gap: int
    settled: bool

    @property
    def number(self) -> int:
        """What one pair more adds to the bound."""
        return sum(self.grounds)


def prices_of_total(model: Model, certificate: Certificate) -> TotalPrices | None:
    """Return the prices of the total, None where other objectives or limits have a part in them, or they are sealed.

    All that is asked here of a certificate's prices is asked in this function.
    """
    if certificate.sealed or staged(model.program):
        return None
    total = certificate.stage(Total.kind())
    if total is None or total.scale != 1 or total.tree is not None:
        return None
    number = int(total.multipliers[MostPairs.kind()][0]) if MostPairs.kind() in total.multipliers else 0
    return TotalPrices(
        (total.mentor_prices + number, total.mentee_prices),
        (number, 0),
        certificate.gap,
        not certificate.gaps.get(MostPairs.kind(), 0),
    )


def least_losses(model: Model, certificate: Certificate, i: IntArray, j: IntArray, points: IntArray) -> FloatArray:
    """Return the least that the prices prove of what forcing pairs that are not made costs in total, in points.

    NaN where they prove nothing. Below 0 where better plans are not ruled out, or a pair less may add to the total.
    """
    prices = prices_of_total(model, certificate)
    if prices is None or not prices.settled:
        return np.full(len(i), np.nan)
    slack = prices.people[0][i] + prices.people[1][j] - (points - model.floor)
    one_less = min(prices.number, 0) if model.most_pairs else 0
    return (slack - prices.gap + one_less).astype(float)
