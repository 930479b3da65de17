"""Costs: what one rule, limit or objective costs, by solving again without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch.analysis.alternatives import SOLVED_AGAIN
from rmatch.analysis.tables import stages_table
from rmatch.analysis.values import PAIRS, TOTAL, Change, changes, figure, settles_pairs
from rmatch.element import Spec
from rmatch.errors import RmatchError, suggestion
from rmatch.factors import SCALE
from rmatch.limits import Limit
from rmatch.objectives import Objective
from rmatch.problem.bounds import Bounds
from rmatch.problem.compile import compile_limits
from rmatch.problem.model import open_bounds
from rmatch.result import NEEDS_PEOPLE, Result
from rmatch.rules import Rule

CROSSED_AGAIN = 10_000
"""The same limit where limits cross both sides, which takes longer to solve."""

_FAMILIES = ("rules", "limits", "objectives")


@dataclass(frozen=True)
class Price:
    """The cost of one rule, limit or objective: the best plan without it compared with the plan with it.

    Args:
        name: Name of the element.
        pairs, total: How much more the plan without it has; negative where it has less.
        total_without: Total of that plan. Totals are those of ``Matching.stages`` or, where only one of the two has a
            floor, sums of scores.
        others: The same difference for every further objective that both programs have.
    """

    name: str
    pairs: int
    total: float
    total_without: float
    exact: bool = True
    """Whether both plans are proved best."""
    others: tuple[Change, ...] = ()
    settled: bool = True
    """Whether a program settles the number of pairs; otherwise equally good plans may differ in it."""

    @property
    def share(self) -> float:
        """Part of the total without the element that is lost."""
        return self.total / self.total_without if self.total_without else 0.0

    def __str__(self) -> str:
        clauses = [(self.pairs > 0, str(Change(PAIRS, self.pairs)))] * bool(self.pairs and self.settled)
        clauses += [(change.amount > 0, str(change)) for change in self.others if change.amount]
        if self.total:
            whole = f"{self.share:.2%} of the total ({self.total:.6f})"
            clauses.append((self.total > 0, whole if self.total > 0 else str(Change(TOTAL, self.total))))
        verbs = {True: "costs", False: "gains"}
        runs = [
            f"{verbs[costs]} {' and '.join(words for _, words in run)}"
            for costs, run in groupby(clauses, key=lambda each: each[0])
        ]
        return f"{self.name} {' and '.join(runs) or 'costs nothing'}{'' if self.exact else ', as far as is proved'}."


def price_of(matching: Result, element: Rule | Limit | Objective | str) -> Price:
    """Return the cost of an element of the program, by solving again without it, as ``Matching.price_of`` does."""
    if matching.certificate.sealed:
        raise RmatchError("what a wish costs is not told where sensitive columns are scored")
    if matching.roster is None:
        raise RmatchError(NEEDS_PEOPLE)
    family, found = _find(matching, element)
    alike = _alike(found, getattr(matching.program, family))
    left = tuple(each for each in getattr(matching.program, family) if each not in alike)
    without = matching.solve_again(**{family: left})
    if found in getattr(without.program, family):
        raise RmatchError(
            f"{found.name} is implied by `tracks`, by `mirror` or by the column `capacity_total`, so it cannot be left "
            "out by itself: change one of these, and match again"
        )
    floors = {plan.model.floor for plan in (matching, without)}
    above = floors.pop() if len(floors) == 1 else 0
    totals = [int((plan.points - above).sum()) for plan in (without, matching)]
    others = tuple(change for change in changes(without, matching) if change.objective not in (PAIRS, TOTAL))
    return Price(
        "not available" if isinstance(found, Rule) and found.confidential else found.name,
        len(without.points) - len(matching.points),
        (totals[0] - totals[1]) / SCALE,
        totals[0] / SCALE,
        all(plan.certificate.proved for plan in (matching, without)),
        others,
        any(settles_pairs(plan.program) for plan in (matching, without)),
    )


def _find(matching: Result, element: Rule | Limit | Objective | str) -> tuple[str, Rule | Limit | Objective]:
    """The element and its family, by name, kind or equality."""
    have = [(family, each) for family in _FAMILIES for each in getattr(matching.program, family)]
    found = [(f, each) for f, each in have if element in (each.name, type(each.whole).kind()) or each == element]
    names = [each.name for _, each in have]
    if not found:
        asked = element if isinstance(element, str) else getattr(element, "name", repr(element))
        raise RmatchError(f"the program has no rule, limit or objective {asked!r}.{suggestion(str(asked), names)}")
    if len(found) > len(_alike(found[0][1], [each for _, each in found])):
        raise RmatchError(f"the program has {len(found)} elements {element!r}: pass the one that is meant, as it is")
    if getattr(found[0][1], "is_total", False):
        raise RmatchError("the total is what the others cost, so it has no price itself")
    return found[0]


def _alike(found: Spec, elements: Sequence[Spec]) -> list[Spec]:
    """An element, and the same one as it holds in another track, where the program names it once for all."""
    once = getattr(found, "shared", False)
    return [each for each in elements if each is found or (once and each.whole == found.whole)]


@kept
def stages(matching: Result) -> pd.DataFrame:
    """Return one line per objective, as :func:`~rmatch.analysis.tables.stages_table`, with its cost to the next one."""
    return stages_table(matching).assign(cost=stage_costs(matching))


def stage_costs(matching: Result) -> list[str]:
    """Return what each objective cost the next one, as text; blank for the last, and where it takes too long."""
    objectives = matching.program.objectives
    reached = stages_table(matching)
    blank = [""] * len(reached)
    several = len(objectives) > 1 and len(reached) == len(objectives)
    if matching.roster is None or matching.certificate.sealed or not several:
        return blank
    crossed = compile_limits(matching.model, Bounds(*open_bounds(matching.model), most_pairs=False)).crossed
    if int(np.prod(matching.model.shape)) > (CROSSED_AGAIN if crossed else SOLVED_AGAIN):
        return blank
    return [*_costs(matching, objectives), ""]


def _costs(matching: Result, objectives: Sequence[Objective]) -> Iterator[str]:
    for k, objective in enumerate(objectives[:-1]):
        if objective.is_total:  # there is no program without it
            yield ""
            continue
        left = (*objectives[:k], *objectives[k + 1 :])
        try:
            without = matching.solve_again(objectives=left)
            text = _cost(matching, without, k, objective)
            proved = matching.certificate.proved and without.certificate.proved
            yield text if proved else f"{text}, as far as is proved"
        except RmatchError:  # incidental figures may be left out
            yield ""


def _cost(matching: Result, without: Result, k: int, objective: Objective) -> str:
    """The next objective without this one, as text."""
    name, with_it = stages_table(matching)["objective"].iloc[k + 1], float(stages_table(matching)["value"].iloc[k + 1])
    value = float(stages_table(without)["value"].iloc[k])
    more = len(matching.points) - len(without.points)
    if not len(without.points) and more > 0:
        return "without it no pair would be made"
    if objective.counts_pairs and more > 0:
        means = [plan.total / max(len(plan.points), 1) for plan in (without, matching)]
        way = "lowered" if means[1] < means[0] else "raised" if means[1] > means[0] else "left"
        change = f"from {means[0]:.4f} to {means[1]:.4f}" if way != "left" else f"at {means[0]:.4f}"
        return f"{more:,} more pair{'s' * (more != 1)} {way} the mean {change}"
    if value == with_it:
        return "nothing"
    return f"{name.replace('_', ' ')} {figure(with_it)}, {figure(value)} without it"
