"""The certificate: all that is needed to check that a plan is best, without trusting a solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch import display
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import SCALE


@dataclass(frozen=True, eq=False)
class Certificate:
    """Prices that prove the total, and a cover that proves the number of pairs.

    With ``u = mentor_prices - no_mentee`` and ``v = mentee_prices - no_mentor``, all in points above the floor::

        bound = Σ (capacity · u⁺ - min_pairs · u⁻) + the same for v + (no_mentee + no_mentor) · pairs
                + Σ over chosen pairs of (points - mentor price - mentee price)⁺

    is at least the total of every plan with that many pairs, if no eligible pair that is not chosen has more
    points than its two prices. ``cover`` proves that there cannot be more pairs (König): the capacities of the
    covered people, and the chosen pairs that nobody covers, add up to ``pairs``. Locked pairs stand aside: they
    take room, and add their points to total and bound alike.

    ``sealed`` is the certificate of a program that scores sensitive columns: the prices of a pair that was chosen sum
    to its score, so there are none to see, and the total is that of the visible criteria, given who is with whom.
    """

    mentor_prices: IntArray
    mentee_prices: IntArray
    no_mentee: int
    no_mentor: int
    pairs: int
    cover: tuple[BoolArray, BoolArray] | None
    total: int
    bound: int
    trusts: tuple[str, ...] = ()
    sealed: bool = False

    @property
    def gap(self) -> int:
        """Bound less total, in points: 0 proves the plan best."""
        return self.bound - self.total

    def slack(self, i: IntArray, j: IntArray, worth: IntArray) -> FloatArray:
        """What listed pairs, worth ``worth`` points above the floor, fall short of their prices; NaN where sealed."""
        if self.sealed:
            return np.full(len(i), np.nan)
        short: FloatArray = (self.mentor_prices[i] + self.mentee_prices[j] - worth).astype(float)
        return short

    def arithmetic(
        self,
        points: IntArray,
        i: IntArray,
        j: IntArray,
        capacity: tuple[IntArray, IntArray],
        minimum: tuple[IntArray, IntArray],
    ) -> int:
        """The bound, computed anew from the prices for chosen pairs ``(i, j)`` worth ``points`` above the floor."""
        bound = (self.no_mentee + self.no_mentor) * self.pairs
        for price, ground, most, least in zip(
            (self.mentor_prices, self.mentee_prices), (self.no_mentee, self.no_mentor), capacity, minimum, strict=True
        ):
            u = price - ground
            bound += int((most * np.maximum(u, 0)).sum()) - int((least * np.maximum(-u, 0)).sum())
        return bound + int(np.maximum(points - self.mentor_prices[i] - self.mentee_prices[j], 0).sum())

    def __repr__(self) -> str:
        proved = "proved" if self.gap == 0 else f"gap {self.gap / SCALE:.6g}"
        return f"Certificate(total {self.total / SCALE:.6f}, bound {self.bound / SCALE:.6f}, {proved})"

    def _repr_html_(self) -> str:
        facts = [
            ("total", f"{self.total / SCALE:.6f}"),
            ("bound", f"{self.bound / SCALE:.6f}"),
            ("gap", f"{self.gap / SCALE:.6g}"),
            ("pairs that were open", f"{self.pairs:,}"),
        ]
        if self.cover is not None:
            covered = " and ".join(f"{int(side.sum()):,} of {len(side):,}" for side in self.cover)
            facts.append(("covered mentors and mentees", covered))
        if self.trusts:
            facts.append(("rests on the word of", ", ".join(self.trusts)))
        title = "Certificate: proved best" if self.gap == 0 else "Certificate: a gap is left"
        return display.block(title, display.table(("", ""), facts, len(facts)))
