"""Dual prices of the total, as a certificate of a plain program contains them, and the losses that they prove."""

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
    """Prices of the total of a plan whose program settles at most the number of pairs before it, in points above the
    floor.

    Args:
        people: Price of each mentor and of each mentee, int64.
        potentials: Potential of the unmatched node of each side.
        gap: Gap of the total for plans with as many pairs.
        settled: Whether no plan has more pairs, where the number of pairs comes first.
    """

    people: tuple[IntArray, IntArray]
    potentials: tuple[int, int]
    gap: int
    settled: bool

    @property
    def number(self) -> int:
        """Cardinality dual: what one more pair adds to the bound."""
        return sum(self.potentials)


def prices_of_total(model: Model, certificate: Certificate) -> TotalPrices | None:
    """Return the prices of the total; None where other objectives or limits contribute, or they are redacted.

    All access to the prices of a certificate in this module is here.
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
    """Return a lower bound of the loss in total of forcing pairs that are not made, in points, ``(pairs,)`` float64.

    NaN where the prices prove nothing; negative where better plans are not excluded, or a pair less may raise the
    total.

    Args:
        model: The model.
        certificate: The certificate.
        i, j: Mentors and mentees, ``(pairs,)`` int64.
        points: Their scores in points, ``(pairs,)`` int64.
    """
    prices = prices_of_total(model, certificate)
    if prices is None or not prices.settled:
        return np.full(len(i), np.nan)
    slack = prices.people[0][i] + prices.people[1][j] - (points - model.floor)
    one_less = min(prices.number, 0) if model.most_pairs else 0
    return (slack - prices.gap + one_less).astype(float)
