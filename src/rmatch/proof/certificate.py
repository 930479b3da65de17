"""The certificate: all that is needed to check that a plan is best, without trusting a solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch import display
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import SCALE


@dataclass(frozen=True, eq=False)
class StageProof:
    """One objective: the plan's value, what no plan exceeds that keeps the earlier ones, and what shows it.

    With the worth of the objective, ``scale`` times, plus each multiplier times its row (see :mod:`rmatch.worth`), and
    prices as in :class:`Certificate`, ``grounds`` being those of every group::

        bound · scale = Σ over people and groups (most · u⁺ - least · u⁻) + the same for the number of pairs, in
        ``span``
                        + Σ over pairs of (worth - mentor price - mentee price)⁺ - Σ multiplier · the row's number

    over all eligible pairs that score at least ``least_points``. For the worst pair the bound is a score, and the
    prices show that no plan has only pairs that score more: such a plan would be worth less than nothing.
    ``tolls``, mentors' and mentees', are what one more pair with each kind of partner costs a person beside the prices,
    where kinds are limited: ``(people, kinds)``; the bound holds each of them times the limit.
    ``trusts`` names whose word the bound rests on beyond that.
    """

    name: str
    value: int
    bound: int
    mentor_prices: IntArray
    mentee_prices: IntArray
    grounds: tuple[IntArray, IntArray]
    multipliers: tuple[tuple[str, int], ...] = ()
    least_points: int = 0
    span: tuple[int, int] = (0, 0)
    scale: int = 1
    trusts: tuple[str, ...] = ()
    tolls: tuple[IntArray | None, IntArray | None] = (None, None)

    @property
    def gap(self) -> int:
        """Bound less value."""
        return self.bound - self.value


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

    Where a program has more objectives than the most pairs and their total, or limits beyond what each person may have,
    ``stages`` prove each objective in order, and the prices are those of the total.

    ``sealed`` is the certificate of a program that scores sensitive columns: the prices of a pair that was chosen sum
    to its score, so there are none to see, and the total is that of the visible criteria, given who is with whom. All
    else is said of the step that settled who is paired: ``gap``, ``trusts``, and by ``first_gaps`` what each of its
    objectives leaves open, by name, where it had more than the most pairs and their total. So nothing here depends on
    how well the partners could be chosen.
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
    stages: tuple[StageProof, ...] = ()
    first_gaps: tuple[tuple[str, int], ...] = ()

    @property
    def gap(self) -> int:
        """Bound less total, in points: 0 proves the plan best."""
        return self.bound - self.total

    @property
    def gaps(self) -> dict[str, int]:
        """What each objective leaves open, by name; empty where there are but the most pairs and their total."""
        return {stage.name: stage.gap for stage in self.stages} or dict(self.first_gaps)

    @property
    def proved(self) -> bool:
        """Whether every objective's bound is reached, and none rests on a solver's word."""
        return self.gap == 0 and not self.trusts and not any(self.gaps.values())

    @property
    def settled(self) -> bool:
        """Whether each objective in order has reached its bound, be it by a solver's word."""
        return bool(self.gaps) and self.gap == 0 and not any(self.gaps.values())

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
        proved = "proved" if self.proved else f"gap {self.gap / SCALE:.6g}"
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
        if self.gaps:
            settled = sum(gap == 0 for gap in self.gaps.values())
            facts.append(("objectives proved", f"{settled} of {len(self.gaps)}"))
        if self.trusts:
            facts.append(("rests on the word of", ", ".join(self.trusts)))
        best = "who is paired is proved best" if self.sealed else "proved best"
        title = f"Certificate: {best if self.proved else 'a gap is left' if self.gap else 'not proved'}"
        return display.block(title, display.table(("", ""), facts, len(facts)))
