"""Values of plans in each objective, and differences between plans: the definition of a loss.

Every objective is measured as in ``Matching.stages``. The total is the sum of all scores or, where a program has a
``floor`` and does not settle the number of pairs first, of the scores above it. All optimal plans have equal values;
the number of pairs is equal only where the program settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rmatch.objectives import MostPairs, Total
from rmatch.program import Program
from rmatch.result import Result

PAIRS, TOTAL = MostPairs.kind(), Total.kind()
"""Names of the objectives by which every plan is measured."""


def figure(value: float) -> str:
    """Return a count as an integer, a score with six digits."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.6f}"


def in_total(total: float) -> str:
    """Return a total as a clause, as exactly as tables have it: ``52.512165 in total``."""
    return f"{total:.6f} in total"


@dataclass(frozen=True)
class Change:
    """The loss of one ``objective``, in its own unit; negative for an improvement."""

    objective: str
    amount: float

    def __str__(self) -> str:
        """Return ``2 pairs``, ``0.125000 in total`` or ``3 in priority``."""
        size = abs(self.amount)
        if self.objective == PAIRS:
            return f"{size:,.0f} pair{'s' * (size != 1)}"
        if self.objective == TOTAL:
            return in_total(size)
        return f"{figure(size)} in {self.objective.replace('_', ' ')}"


def reached(plan: Result) -> dict[str, tuple[int, int]]:
    """Return a plan's value in each objective, in order, the larger the better, and the points of one unit."""
    stages = (stage for objective in plan.program.objectives for stage in objective.stages())
    return {stage.name: (plan.value_of(stage), stage.unit) for stage in stages}


def changes(plan: Result, other: Result) -> tuple[Change, ...]:
    """Return how much less another plan has in each objective that both programs have, in order."""
    values, others = reached(plan), reached(other)
    return tuple(
        Change(name, (value - others[name][0]) / unit) for name, (value, unit) in values.items() if name in others
    )


def settles_pairs(program: Program) -> bool:
    """Return whether all optimal plans under a program have as many pairs."""
    exact = any(least is not None and least == most for least, most in (x.total_bounds for x in program.limits))
    return exact or any(objective.counts_pairs for objective in program.objectives)


def worse(found: Sequence[Change]) -> str | None:
    """Return the first objective, in order, with a loss; None where there is none."""
    return next((change.objective for change in found if change.amount > 0), None)


def in_words(found: Sequence[Change]) -> str:
    """Return the losses and improvements as text, such as ``cost 0.250000 in worst pair, gain 0.125000 in total``."""
    costs = [str(change) for change in found if change.amount > 0]
    improvements = [str(change) for change in found if change.amount < 0]
    clauses = [f"{verb} {' and '.join(some)}" for verb, some in (("cost", costs), ("gain", improvements)) if some]
    return ", ".join(clauses) or "cost nothing"


def at_least_in_words(loss: float) -> str:
    """Return the same for a lower bound of the loss in total."""
    return f"{'gain at most' if loss < 0 else 'cost at least'} {Change(TOTAL, loss)}"
