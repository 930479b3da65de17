"""Solver selection: which solution method a program on given people needs, why, and what it proves.

Every problem goes to the simplest method that is exact for it. :func:`which` returns that method without solving.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rmatch._util import notebook
from rmatch.limits import Changes, Group, Share
from rmatch.problem.bounds import Bounds
from rmatch.problem.build import People, prepare
from rmatch.problem.compile import Constraints, compile_limits, declared_rows, limits_of_rows
from rmatch.problem.compiled import staged
from rmatch.problem.history import Past
from rmatch.problem.model import Model, open_bounds
from rmatch.program import Program
from rmatch.solve.by_rows import MOST_BY_ROWS

_WHY = {
    Share: "looks at both people of a pair",
    Changes: "counts pairs of an earlier plan one by one",
    Group: "cuts across another group",
}
_ELSE = "counts pairs in a way that no flow can"
_OVERLAP = "limits on each person's pairs with some partners overlap"
_ALIKE = "there are as many mentors as mentees, one pair each; where a rule leaves somebody out, it becomes a flow"


@dataclass(frozen=True)
class Method:
    """A solution method.

    Args:
        name: Short name.
        how: Algorithm and library.
        proved: What is proved of a plan that it finds.
        because: Features of the problem for which simpler methods are not exact.
    """

    name: str
    how: str
    proved: str
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.how}.", *(f"  because {reason}" for reason in self.because)]
        return "\n".join([*lines, f"  proved: {self.proved}"])

    def _repr_html_(self) -> str:
        return notebook.block(f"Solver: {self.name}", notebook.lines(str(self)))


ASSIGNMENT = Method("assignment", "OR-Tools' linear sum assignment", "the optimum, over every pair")
FLOW = Method("flow", "OR-Tools' min-cost flow", "the optimum, over every pair")
ROWS = Method(
    "declared rows",
    "OR-Tools' linear program on the rows of the limits, and cases where its prices leave a gap",
    "the optimum, over every pair; a bound where the cases are too many",
)
MULTIPLIERS = Method(
    "multipliers",
    "a price for each unit of the limit, over the flow",
    "a bound over every pair, and the optimum wherever the bound is reached",
)
METHODS = (ASSIGNMENT, FLOW, ROWS, MULTIPLIERS)
"""All methods, the simplest first."""


def which(roster: People, program: Program | None = None, *, history: Past | None = None) -> Method:
    """Return the method that :func:`rmatch.match` uses for a problem. Nothing is solved.

    Args:
        roster: The people.
        program: The program; the default one if None.
        history: Earlier rounds, for programs that ask for them.

    Raises:
        ProgramError: As :func:`rmatch.match` raises it.
        RosterError: As :func:`rmatch.match` raises it.
        InfeasibleError: Locked pairs alone break a rule or limit.
    """
    model, _ = prepare(roster, program, history)
    constraints = compile_limits(model, Bounds(*open_bounds(model), most_pairs=model.most_pairs))
    crossing = tuple(dict.fromkeys(_crossing(model, constraints)))
    if crossing:
        return replace(ROWS if int(np.prod(model.shape)) <= MOST_BY_ROWS else MULTIPLIERS, because=crossing)
    needs = tuple(_needs(model, constraints))
    return replace(FLOW, because=needs) if needs else replace(ASSIGNMENT, because=(_ALIKE,))


def _crossing(model: Model, constraints: Constraints) -> Iterator[str]:
    """Yield the limits that no flow network represents."""
    owner = limits_of_rows(model)
    for row in constraints.side_constraints:
        limit = owner[row.origin]
        yield f"{limit.in_words()}: this {_WHY.get(type(limit), _ELSE)}"
    for own in declared_rows(model):
        if own.or_none:
            yield f"{owner[own.name].in_words()}: this {_ELSE}"
    if constraints.beyond:
        yield _OVERLAP


def _needs(model: Model, constraints: Constraints) -> Iterator[str]:
    """Yield the features that a linear assignment cannot represent."""
    bounds, (m, n) = constraints.bounds, model.shape
    if m != n:
        yield f"there are {m:,} mentors and {n:,} mentees, not as many on both sides"
    elif not bounds.one_to_one:
        yield "some people may have no pair, or more than one"
    for limit in model.program.limits:
        if not limit.plain:
            yield limit.in_words()
    if len(model.locked[0]):
        yield f"pairs set by hand: {len(model.locked[0]):,}"
    if not model.most_pairs:
        yield "no objective settles the number of pairs before their total"
    if staged(model.program):
        for objective in model.program.objectives:
            if not (objective.counts_pairs or objective.is_total):
                yield f"an objective: {objective.in_words()}"
