"""Why a pair was not made: the rules that forbid it, or what it would cost the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch._util import notebook
from rmatch._util.quoted import arrow, called
from rmatch.analysis.people import both, is_made, names_in
from rmatch.analysis.residual import Residual, residual_of
from rmatch.analysis.values import PAIRS, TOTAL, Change, changes, in_words, settles_pairs, worse
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.problem.model import Model
from rmatch.result import Result


@dataclass(frozen=True)
class WhyNot:
    """Why a pair was not made: the rules that forbid it, or what the best plan that contains it loses.

    Args:
        mentor_id, mentee_id: The pair.
        rules: Rules that forbid it.
        loss: Loss in the objective ``total``, as in ``Matching.stages``; None where a rule forbids the pair, no plan
            that satisfies the limits has it, or it is redacted.
        pairs_lost: How many pairs fewer that plan has; None where equally good plans differ in it.
        displaced: Pairs of the plan that the other does not make.
        made: Pairs that the other makes instead.
        redacted: Whether the loss is withheld because sensitive columns helped to choose the plan.
        changes: Loss of every objective, in order.
    """

    mentor_id: str
    mentee_id: str
    rules: tuple[str, ...]
    loss: float | None
    pairs_lost: int | None
    displaced: tuple[tuple[str, str], ...]
    made: tuple[tuple[str, str], ...] = ()
    redacted: bool = False
    changes: tuple[Change, ...] = ()
    exact: bool = True
    """Whether both plans are proved optimal, or no plan has the pair."""
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Names of the people by id, as far as they are known."""

    @property
    def objective(self) -> str | None:
        """The first objective, in order, with a loss; None where there is none."""
        return worse(self.changes)

    def __str__(self) -> str:
        pair = self._arrow((self.mentor_id, self.mentee_id))
        if self.rules:
            return f"{pair} is not allowed: {', '.join(self.rules)}."
        if self.redacted:
            return f"{pair} is allowed; what it would cost is not told where sensitive columns are scored."
        if self.loss is None:
            return f"{pair}: no plan that keeps the limits contains this pair."
        if not self.made:
            return f"{pair} is in the plan."
        moved = ", ".join(map(self._arrow, self.displaced[:4])) + (", …" if len(self.displaced) > 4 else "")
        doubt = "" if self.exact else ", as far as is proved"
        return f"{pair} would {in_words(self.changes)} and undo {moved or 'nothing'}{doubt}."

    def _arrow(self, pair: tuple[str, str]) -> str:
        return arrow(*pair, self.names)

    def _repr_html_(self) -> str:
        moved = [[called(who, self.names) for who in pair] for pair in self.displaced]
        pairs = notebook.table(("mentor that would move", "from mentee"), moved, len(moved))
        return notebook.block("Why not?", notebook.lines(str(self)), pairs)


def forced(model: Model, graph: Residual, i: int, j: int) -> WhyNot:
    """Return the loss of forcing an eligible pair that is not made, from the residual graph."""
    ids = str(model.mentors.ids[i]), str(model.mentees.ids[j])
    ways = graph.to(i, np.array([j]))
    (loss,), (lost,) = graph.losses(i, ways, np.array([j]))
    if np.isinf(loss):
        return WhyNot(*ids, (), None, None, ())
    undone, made = (
        tuple(sorted((str(model.mentors.ids[a]), str(model.mentees.ids[b])) for a, b in moves))
        for moves in graph.moves(i, j, ways)
    )
    total = Change(TOTAL, float(loss) / SCALE)
    found = (total,) if graph.free else (Change(PAIRS, float(lost)), total)
    return WhyNot(*ids, (), total.amount, None if np.isnan(lost) else int(lost), undone, made, changes=found)


def forced_anew(plan: Result, mentor_id: str, mentee_id: str) -> WhyNot:
    """Return the same by solving again with the pair locked.

    Raises:
        SolverError: No plan was found, and none is proved to be impossible.
    """
    try:
        other = plan.solve_again(limits=(*plan.program.limits, Lock(((mentor_id, mentee_id),))))
    except InfeasibleError:
        return WhyNot(mentor_id, mentee_id, (), None, None, ())
    found = changes(plan, other)
    return WhyNot(
        mentor_id,
        mentee_id,
        (),
        next(change.amount for change in found if change.objective == TOTAL),
        len(plan.points) - len(other.points) if settles_pairs(plan.program) else None,
        tuple(sorted(plan.named - other.named)),
        tuple(sorted(other.named - plan.named)),
        changes=found,
        exact=plan.certificate.proved and other.certificate.proved,
    )


def why_not(result: Result, mentor_id: str, mentee_id: str) -> WhyNot:
    """Return the rules that forbid a pair, or what the best plan with it loses, as ``Matching.why_not`` does."""
    return replace(_why_not(result, *both(result, mentor_id, mentee_id)), names=names_in(result))


def _why_not(result: Result, i: int, j: int) -> WhyNot:
    mentor_id, mentee_id = str(result.model.mentors.ids[i]), str(result.model.mentees.ids[j])
    barred = result.model.reasons(np.array([i]), np.array([j]))
    rules = tuple(name for name, hit in barred.items() if hit[0])
    if rules:
        return WhyNot(mentor_id, mentee_id, rules, None, None, ())
    if is_made(result, i, j):
        return WhyNot(mentor_id, mentee_id, (), 0.0, 0, (), exact=result.certificate.proved)
    if result.certificate.sealed:
        return WhyNot(mentor_id, mentee_id, (), None, None, (), redacted=True)
    graph = residual_of(result)
    return forced_anew(result, mentor_id, mentee_id) if graph is None else forced(result.model, graph, i, j)
