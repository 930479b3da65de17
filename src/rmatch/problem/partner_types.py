"""How many pairs people may have with each kind of partner: at most one mentee from each department, for example.

What such a limit costs a person is a *toll* for that kind, beside the prices of the two people of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch.columns import IntArray
from rmatch.factors import Sparse, one_hot, sparse
from rmatch.valuation import Worth


@dataclass(frozen=True, eq=False)
class Half:
    """One side's people in parts. ``kind`` is that of each person of the *other* side, -1 for none that is limited.

    ``most`` is how many pairs each person of this side may have with each kind, ``(people, kinds)``.
    """

    name: str
    kind: IntArray
    most: IntArray

    @property
    def kinds(self) -> int:
        """How many kinds there are."""
        return int(self.most.shape[1])


@dataclass(frozen=True, eq=False)
class Tolls:
    """What one more pair with a kind of partner costs a person beside the two prices: ``(people, kinds)`` a side."""

    halves: tuple[Half | None, Half | None]
    tolls: tuple[IntArray | None, IntArray | None]

    @property
    def worth(self) -> Worth:
        """The tolls as a worth, with a minus."""
        worth = Worth(times=0)
        for side, (half, toll) in enumerate(zip(self.halves, self.tolls, strict=True)):
            if half is not None and toll is not None and toll.any():
                worth = worth + Worth(times=0, sides=sides_of(half, toll, side))
        return worth

    @property
    def total(self) -> int:
        """What the tolls add to the bound: each times the most pairs of its kind."""
        pairs = zip(self.halves, self.tolls, strict=True)
        return sum(int((toll * half.most).sum()) for half, toll in pairs if half is not None and toll is not None)

    def eased(self, after: Tolls) -> tuple[IntArray | int, IntArray | int]:
        """By how much less people may cost once these tolls are those of ``after``, at most."""
        found: list[IntArray | int] = []
        for before, now in zip(self.tolls, after.tolls, strict=True):
            if before is None:
                found.append(0)
            elif now is None:
                found.append(before.max(axis=1, initial=0))
            else:
                found.append(np.maximum(before - now, 0).max(axis=1, initial=0))
        return found[0], found[1]


NO_TOLLS = Tolls((None, None), (None, None))


def sides_of(half: Half, toll: IntArray, side: int) -> tuple[Sparse, Sparse]:
    """Factors that take a person's toll from each pair with a partner of that kind."""
    own, others = sparse(-toll.astype(float)), one_hot(half.kind, half.kinds)
    return (own, others) if side == 0 else (others, own)
