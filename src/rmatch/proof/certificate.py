"""Certificates: all that is needed to check that a plan is optimal, without trusting a solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rmatch._util import notebook
from rmatch.columns import BoolArray, IntArray
from rmatch.factors import SCALE
from rmatch.proof.tree import Tree


@dataclass(frozen=True, eq=False)
class StageProof:
    """Proof of one objective: the plan's value, a bound given the earlier objectives, and the duals that show the
    bound.

    It is linear-programming duality on the declared rows. Each person has a price, ``(people,)``, and each row of each
    limit may have a multiplier, ``(rows,)``, by the row's name; an earlier objective is a row too, by its name, between
    its value and its bound. All are integers, in units of ``1 / scale`` of the objective's own. With

        excess(i, j) = scale · value(i, j) - Σ multiplier · coefficient(i, j) - mentor price - mentee price

    no plan has a value above

        bound = (Σ over rows of max(multiplier · most, multiplier · least)
                 + Σ over people of the largest price · k + value of k pairs, k from their least to their most
                 + Σ over eligible pairs of max(excess, 0), a locked pair counting in full) / scale, rounded down.

    Where the number of pairs is settled, a row's bounds are first tightened to sums that so many pairs can attain.

    For the least score of a pair (``WorstPair``) the value is 0, and only pairs that score more than the bound may be
    made; then the sum is below 0, so no plan consists of such pairs only. Where the duals leave a gap, ``tree`` closes
    it; see :mod:`rmatch.proof.tree`.
    """

    name: str
    value: int
    bound: int
    mentor_prices: IntArray
    mentee_prices: IntArray
    multipliers: Mapping[str, IntArray] = field(default_factory=dict)
    scale: int = 1
    tree: Tree | None = None

    @property
    def gap(self) -> int:
        """Bound less value."""
        return self.bound - self.value


@dataclass(frozen=True, eq=False)
class Certificate:
    """Proof of each objective of a program, in order.

    Args:
        stages: The proofs.
        total, bound: Value and bound of the total, in points.
        sealed: Whether the program scores sensitive columns. The prices of a chosen pair sum to its score, so stages
            that rest on scores are then left out; ``total`` is that of the visible criteria, and nothing depends on how
            well the partners could be chosen.
        first_gaps: Gap of each objective in the first stage, by name, where ``sealed``.
    """

    stages: tuple[StageProof, ...]
    total: int
    bound: int
    sealed: bool = False
    first_gaps: tuple[tuple[str, int], ...] = ()

    @property
    def gap(self) -> int:
        """Bound less total, in points; 0 where no plan with the same earlier objectives has a larger total."""
        return self.bound - self.total

    @property
    def gaps(self) -> dict[str, int]:
        """Gap of each objective by name, in its own units."""
        return dict(self.first_gaps) if self.sealed else {stage.name: stage.gap for stage in self.stages}

    @property
    def proved(self) -> bool:
        """Whether every objective's bound is attained."""
        return self.gap == 0 and not any(self.gaps.values())

    @property
    def trusts(self) -> tuple[str, ...]:
        """Unverified solvers on which the bounds rest: none."""
        return ()

    @property
    def cover(self) -> tuple[BoolArray, BoolArray] | None:
        """Mentors and mentees who prove that there cannot be more pairs: each pair takes a place of one of them.

        ``(mentors,)`` and ``(mentees,)`` bool. None where the number of pairs is not proved, or by other means.
        """
        first = self.stage("most_pairs")
        if first is None or first.gap or first.multipliers or first.tree is not None or first.scale != 1:
            return None
        return first.mentor_prices > 0, first.mentee_prices > 0

    def stage(self, name: str) -> StageProof | None:
        """Return the proof of the objective ``name``, or None."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def __repr__(self) -> str:
        proved = "proved" if self.proved else f"gap {self.gap / SCALE:.6g}" if self.gap else "not proved"
        return f"Certificate(total {self.total / SCALE:.6f}, bound {self.bound / SCALE:.6f}, {proved})"

    def _repr_html_(self) -> str:
        facts = [("total", f"{self.total / SCALE:.6f}"), ("bound", f"{self.bound / SCALE:.6f}")]
        if self.gap or self.proved:
            facts.append(("gap", f"{self.gap / SCALE:.6g}"))
        settled = sum(gap == 0 for gap in self.gaps.values())
        facts.append(("objectives proved", f"{settled} of {len(self.gaps)}"))
        leaves = sum(stage.tree.leaves for stage in self.stages if stage.tree is not None)
        facts += [("leaves of proof trees", f"{leaves:,}")] if leaves else []
        best = "who is paired is proved best" if self.sealed else "proved best"
        title = f"Certificate: {best if self.proved else 'a gap is left' if self.gap else 'not proved'}"
        return notebook.block(title, notebook.table(("", ""), facts, len(facts)))
