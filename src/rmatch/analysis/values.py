"""What plans reach in each objective, and what one has less than another: the one meaning of a loss.

Every objective is measured as ``Matching.stages`` tells it. The total is the sum of all scores or, where a program has
a ``floor`` and does not settle the number of pairs first, of what they exceed the floor by. The values of all
objectives are the same in every best plan; the number of pairs is only where the program settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rmatch.limits import TotalPairs
from rmatch.objectives import MostPairs, Total
from rmatch.problem.compiled import aims
from rmatch.program import Program
from rmatch.result import Result

PAIRS, TOTAL = MostPairs.kind(), Total.kind()
"""The names of the objectives that every plan is measured by."""


@dataclass(frozen=True)
class Change:
    """What one ``objective`` loses: ``amount`` in its own unit, as in ``Matching.stages``; below 0 where it gains."""

    objective: str
    amount: float

    def __str__(self) -> str:
        """``2 pairs``, ``0.125000 in total``, ``3 in priority``."""
        size = abs(self.amount)
        if self.objective == PAIRS:
            return f"{size:,.0f} pair{'s' * (size != 1)}"
        amount = f"{size:.6f}" if self.objective == TOTAL or not size.is_integer() else f"{size:,.0f}"
        return f"{amount} in {self.objective.replace('_', ' ')}"


def reached(plan: Result) -> dict[str, tuple[int, int]]:
    """What a plan reaches in each objective, in order, the more the better; and how many of that make one unit."""
    return {aim.name: (aim.of_all(plan.model, *plan.chosen), aim.unit) for aim in aims(plan.model)}


def changes(plan: Result, other: Result) -> tuple[Change, ...]:
    """What another plan has less than this one in each objective that both programs have, in order."""
    values, others = reached(plan), reached(other)
    return tuple(
        Change(name, (value - others[name][0]) / unit) for name, (value, unit) in values.items() if name in others
    )


def settles_pairs(program: Program) -> bool:
    """Whether all best plans under a program have as many pairs."""
    exact = any(isinstance(x, TotalPairs) and x.least is not None and x.least == x.most for x in program.limits)
    return exact or any(isinstance(objective, MostPairs) for objective in program.objectives)


def worse(found: Sequence[Change]) -> str | None:
    """The first objective, in order, that loses, if there is one."""
    return next((change.objective for change in found if change.amount > 0), None)


def in_words(found: Sequence[Change]) -> str:
    """``cost 1 pair and 0.125000 in total``; ``cost 0.250000 in worst pair, gain 0.125000 in total``; or of nothing."""
    costs = [str(change) for change in found if change.amount > 0]
    gains = [str(change) for change in found if change.amount < 0]
    said = [f"cost {' and '.join(costs)}"] * bool(costs) + [f"gain {' and '.join(gains)}"] * bool(gains)
    return ", ".join(said) or "cost nothing"


def at_least_in_words(loss: float) -> str:
    """The same where no more is known of the total than the least that it loses."""
    return f"{'gain at most' if loss < 0 else 'cost at least'} {Change(TOTAL, loss)}"
