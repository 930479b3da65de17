"""Why a pair was not made: the rules that forbid it, or what it would cost the whole plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util import notebook
from rmatch.analysis.places import both, is_made
from rmatch.analysis.residual import Residual, residual_of
from rmatch.analysis.values import PAIRS, TOTAL, Change, changes, in_words, settles_pairs, worse
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.problem.model import Model
from rmatch.result import Result


@dataclass(frozen=True)
class WhyNot:
    """Why a pair was not made: the rules that forbid it, or what the best plan that contains it has less than this one.

    ``loss`` is what it has less in the objective ``total``, as ``Matching.stages`` tells it: of all scores or, where
    the program has a floor and does not settle the number of pairs first, of what they exceed the floor by.
    ``pairs_lost`` is how many pairs fewer it has, None where plans as good differ in that. ``changes`` are what every
    objective loses, in order, and ``objective`` names the first that does: that one is the price, and what comes after
    it may be lower or higher, ``loss`` too. ``exact`` says that both plans are proved best, or that no plan has the
    pair. ``displaced`` are the pairs of the present plan that the other does not make, and ``made`` those that it makes
    instead. ``loss`` is None where a rule forbids the pair, where no plan that keeps the limits has it, and where
    sensitive columns helped to choose the plan (``sealed``).
    """

    mentor_id: str
    mentee_id: str
    rules: tuple[str, ...]
    loss: float | None
    pairs_lost: int | None
    displaced: tuple[tuple[str, str], ...]
    made: tuple[tuple[str, str], ...] = ()
    sealed: bool = False
    changes: tuple[Change, ...] = ()
    exact: bool = True
    """Whether both plans are proved best, or no plan has the pair."""

    @property
    def objective(self) -> str | None:
        """The first objective, in order, in which the plan with the pair is worse; None where there is none."""
        return worse(self.changes)

    def __str__(self) -> str:
        pair = f"{self.mentor_id} → {self.mentee_id}"
        if self.rules:
            return f"{pair} is not allowed: {', '.join(self.rules)}."
        if self.sealed:
            return f"{pair} is allowed; what it would cost is not told where sensitive columns are scored."
        if self.loss is None:
            return f"{pair}: no plan that keeps the limits contains this pair."
        if not self.made:
            return f"{pair} is in the plan."
        moved = ", ".join(f"{a} → {b}" for a, b in self.displaced[:4]) + (", …" if len(self.displaced) > 4 else "")
        doubt = "" if self.exact else ", as far as is proved"
        return f"{pair} would {in_words(self.changes)} and undo {moved or 'nothing'}{doubt}."

    def _repr_html_(self) -> str:
        pairs = notebook.table(("mentor that would move", "from mentee"), self.displaced, len(self.displaced))
        return notebook.block("Why not?", notebook.lines(str(self)), pairs)


def forced(model: Model, graph: Residual, i: int, j: int) -> WhyNot:
    """What forcing an eligible pair that is not made would cost, from the residual graph."""
    ids = str(model.mentors.ids[i]), str(model.mentees.ids[j])
    ways = graph.to(i, lambda known, beyond: bool(known[j] < beyond))
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
    """The same by solving again with the pair locked. Raises SolverError where that finds no plan and proves none."""
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
    """Return which rules forbid a pair, or what the best plan with it loses and who moves.

    Where one search cannot tell, the people are matched again with the pair locked.

    Raises:
        RmatchError: Nobody has one of the ids.
        SolverError: Result again finds no plan and does not prove that there is none.
    """
    i, j = both(result, mentor_id, mentee_id)
    barred = result.model.reasons(np.array([i]), np.array([j]))
    rules = tuple(name for name, hit in barred.items() if hit[0])
    if rules:
        return WhyNot(mentor_id, mentee_id, rules, None, None, ())
    if is_made(result, i, j):
        return WhyNot(mentor_id, mentee_id, (), 0.0, 0, (), exact=result.certificate.proved)
    if result.certificate.sealed:
        return WhyNot(mentor_id, mentee_id, (), None, None, (), sealed=True)
    graph = residual_of(result)
    return forced_anew(result, str(mentor_id), str(mentee_id)) if graph is None else forced(result.model, graph, i, j)
