"""Limits by partner type: the most pairs that a person may have with partners of each type.

Example: at most one mentee of each department. The dual of such a limit is charged beside the prices of the two people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray
from rmatch.factors import Sparse, one_hot, sparse
from rmatch.valuation import Valuation


@dataclass(frozen=True, eq=False)
class PartnerTypeCapacity:
    """Most pairs of each person of one side with each type of partner.

    Args:
        name: Name of the limit.
        kind: Type of each person of the *other* side, int64; -1 where it is not limited.
        most: Capacity by own person and type, ``(people, types)`` int64.
    """

    name: str
    kind: IntArray
    most: IntArray

    @property
    def kinds(self) -> int:
        """Number of types."""
        return int(self.most.shape[1])


@dataclass(frozen=True, eq=False)
class PartnerTypeDuals:
    """Dual values of the partner-type capacities, ``(people, types)`` int64 on each side, 0 or more.

    The price of a pair is ``x_i + y_j`` plus the duals of mentor and mentee for each other's type.
    """

    capacities: tuple[PartnerTypeCapacity | None, PartnerTypeCapacity | None]
    duals: tuple[IntArray | None, IntArray | None]

    @property
    def valuation(self) -> Valuation:
        """The negated duals as a valuation of pairs."""
        valuation = Valuation(times=0)
        for side, (capacity, dual) in enumerate(zip(self.capacities, self.duals, strict=True)):
            if capacity is not None and dual is not None and dual.any():
                valuation = valuation + Valuation(times=0, sides=type_dual_factors(capacity, dual, side))
        return valuation

    @property
    def total(self) -> int:
        """Contribution to the dual bound: ``Σ dual · most``."""
        pairs = zip(self.capacities, self.duals, strict=True)
        return sum(
            int((dual * capacity.most).sum()) for capacity, dual in pairs if capacity is not None and dual is not None
        )

    def decrease(self, after: PartnerTypeDuals) -> tuple[IntArray | int, IntArray | int]:
        """Return by how much the price of a person's pairs falls at most when these duals change to those of ``after``.

        Returns:
            For mentors and mentees ``(people,)`` int64, or 0.
        """
        found: list[IntArray | int] = []
        for before, now in zip(self.duals, after.duals, strict=True):
            if before is None:
                found.append(0)
            elif now is None:
                found.append(before.max(axis=1, initial=0))
            else:
                found.append(np.maximum(before - now, 0).max(axis=1, initial=0))
        return found[0], found[1]


NO_TYPE_DUALS = PartnerTypeDuals((None, None), (None, None))


def type_dual_factors(capacity: PartnerTypeCapacity, dual: IntArray, side: int) -> tuple[Sparse, Sparse]:
    """Return factors that subtract a person's dual from each pair with a partner of that type.

    Args:
        capacity: The capacities of one side.
        dual: Dual values, ``(people, types)`` int64.
        side: 0 for mentors, 1 for mentees.
    """
    own, others = sparse(-dual.astype(float)), one_hot(capacity.kind, capacity.kinds)
    return (own, others) if side == 0 else (others, own)
