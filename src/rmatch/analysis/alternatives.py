"""Alternatives: what each other partner would cost, the best of them, and a second choice for every person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rmatch._util.quoted import called
from rmatch.analysis.people import names_in
from rmatch.analysis.residual import least_losses, residual_of
from rmatch.analysis.values import Change, at_least_in_words, in_words
from rmatch.analysis.why_not import why_not
from rmatch.columns import BoolArray, FloatArray, IntArray, text_rank
from rmatch.errors import InfeasibleError, RmatchError, SolverError
from rmatch.factors import SCALE
from rmatch.limits import Limit
from rmatch.proof.problem import Problem, problem_of
from rmatch.proof.verify import broken_limits
from rmatch.result import Result
from rmatch.roster.resolver import Resolver
from rmatch.rules import NoRepeat

SOLVED_AGAIN = 4_000_000
"""Most pairs of people for which incidental questions are answered by solving again."""


@dataclass(frozen=True)
class NextBest:
    """The best other partner of one person of a pair, and what the best plan with that partner would lose.

    Args:
        role: Role of the person.
        employee_id, partner_id: The person, and the other partner.
        score: Score of that pair.
        loss, pairs_lost: As in :class:`~rmatch.analysis.why_not.WhyNot`; ``loss`` is None where no plan that satisfies
            the limits has that pair. If not ``exact``, it is the least that the prices prove, and NaN where they prove
            nothing or where it is redacted.
        exact: Whether ``loss`` is exact.
        changes: Loss of every objective.
        redacted: Whether the loss is withheld because sensitive columns were scored.
    """

    role: str
    employee_id: str
    partner_id: str
    score: float
    loss: float | None
    pairs_lost: int | None
    exact: bool
    changes: tuple[Change, ...] = ()
    redacted: bool = False
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Names of the people by id, as far as they are known."""

    def __str__(self) -> str:
        person, partner = (called(who, self.names) for who in (self.employee_id, self.partner_id))
        who = f"Next best for {self.role} {person}: {partner}, {self.score:.3f};"
        if self.loss is None:
            return f"{who} no plan that keeps the limits has that pair."
        if self.redacted:
            return f"{who} what it would cost is not told where sensitive columns are scored."
        if np.isnan(self.loss):
            return f"{who} what it would cost takes solving again: ask `why_not`."
        if not self.changes:
            return f"{who} it would {at_least_in_words(self.loss)}."
        return f"{who} it would {in_words(self.changes)}{'' if self.exact else ', as far as is proved'}."


def losses(matching: Result, employee_id: str) -> pd.DataFrame:
    """Return the loss of pairing a person with each eligible partner, as ``Matching.losses`` does."""
    frames = [_priced(matching, side, person) for side, person in _roles(matching, employee_id)]
    found = pd.concat(frames, ignore_index=True)
    loss, lost = found["loss"].to_numpy(), found["pairs_lost"].fillna(0).to_numpy(float)
    first = lost if matching.model.most_pairs else 0 * lost  # what is lost before the total is
    keys = text_rank(found["partner_id"].to_numpy()), loss, first, np.isinf(loss), found["role"] == "mentor"
    return found.iloc[np.lexsort(keys)].reset_index(drop=True)


def alternatives(matching: Result, employee_id: str, best: int) -> pd.DataFrame:
    """Return the best partners that a person does not have, as ``Matching.alternatives`` does."""
    frames = []
    for side, person in _roles(matching, employee_id):
        found = _priced(matching, side, person, best)
        frames.append(found.sort_values(["score", "partner_id"], ascending=[False, True], ignore_index=True))
    return pd.concat(frames, ignore_index=True)


def _roles(matching: Result, employee_id: str) -> list[tuple[int, int]]:
    """The sides on which a person takes part, and their positions there."""
    tables = matching.model.mentors, matching.model.mentees
    resolver = Resolver.of(*tables)
    meant = resolver.find(str(employee_id))
    if meant.people > 1:
        raise RmatchError(f"{employee_id!r} may be {resolver.called(meant.ids)}. Name one of them by the id.")
    ids = pd.Index(meant.ids, dtype=object)
    found = [
        (side, int(place)) for side, t in enumerate(tables) for place in pd.Index(t.ids).get_indexer(ids) if place >= 0
    ]
    if not found:
        raise RmatchError(f"nobody in this matching has the id {employee_id!r}.{resolver.near(str(employee_id))}")
    return found


def _priced(matching: Result, side: int, person: int, best: int | None = None) -> pd.DataFrame:
    """Eligible partners of one person and the loss of each; only the ``best`` others by score if given."""
    model = matching.model
    others = np.arange(model.shape[1 - side])
    own = np.full(len(others), person)
    fine = model.eligible(*((own, others) if side == 0 else (others, own)))
    i, j = (own[fine], others[fine]) if side == 0 else (others[fine], own[fine])
    ids, points = (model.mentees.ids[j], model.mentors.ids[i])[side], model.points(i, j)
    if best is not None:
        open_ = np.flatnonzero(~np.isin(i * np.int64(model.shape[1]) + j, matching.keys))
        order = open_[np.lexsort((text_rank(ids[open_]), -points[open_]))][:best]
        i, j, ids, points = i[order], j[order], ids[order], points[order]
    loss, lost, exact = _costs(matching, side, person, i, j, points)
    columns = {
        "role": ("mentor", "mentee")[side],
        "partner_id": ids,
        "score": points / SCALE,
        "loss": loss / SCALE,
        "pairs_lost": pd.array(lost).astype("Int64"),
        "exact": exact,
    }
    return pd.DataFrame(columns).astype({"partner_id": object, "role": object})


def _costs(
    matching: Result, side: int, person: int, i: IntArray, j: IntArray, points: IntArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The loss of forcing each pair in points, infinite where no plan has it, and in pairs; else the proved lower
    bound.
    """
    graph = residual_of(matching)
    if graph is not None:
        seen, others = (graph, j) if side == 0 else (graph.turned, i)
        return *seen.losses(person, seen.to(person, others), others), np.ones(len(i), bool)
    made = np.isin(i * np.int64(matching.model.shape[1]) + j, matching.keys)
    least = least_losses(matching.model, matching.certificate, i, j, points)
    found_loss = made & (not matching.certificate.sealed)
    return np.where(found_loss, 0, least), np.where(found_loss, 0, np.nan), found_loss & matching.certificate.proved


def next_best(matching: Result, mentor_id: str, mentee_id: str) -> tuple[NextBest, ...]:
    """Return the mentor's next best partner, then the mentee's; none for a person who has no other."""
    every: list[NextBest] = []
    sealed = matching.certificate.sealed
    few = matching.roster is not None and int(np.prod(matching.model.shape)) <= SOLVED_AGAIN
    for role, person, partner in (("mentor", mentor_id, mentee_id), ("mentee", mentee_id, mentor_id)):
        found = alternatives(matching, person, best=2)
        found = found[(found["role"] == role) & (found["partner_id"] != partner)]
        for other, score, least in zip(found["partner_id"][:1], found["score"], found["loss"], strict=False):
            told = float(score), float(least), None, False, (), sealed, names_in(matching)
            best = NextBest(role, person, str(other), *told)
            solved = not sealed and (few or residual_of(matching) is not None)
            every.append(_settled(matching, best) if solved else best)
    return tuple(every)


def _settled(matching: Result, best: NextBest) -> NextBest:
    """The loss of the best plan with the next best partner; unchanged where it cannot be determined."""
    pair = best.employee_id, best.partner_id
    try:
        found = why_not(matching, *(pair if best.role == "mentor" else pair[::-1]))
    except SolverError:
        return best
    return replace(best, loss=found.loss, pairs_lost=found.pairs_lost, exact=found.exact, changes=found.changes)


def backups(matching: Result) -> pd.DataFrame:
    """Return a second choice for every mentee with a partner, as ``Matching.backups`` does."""
    program = matching.program
    limits = tuple(limit for limit in program.limits if not (limit.fixed_pairs or limit.of_last_plan))
    rules = (*program.rules, NoRepeat(pairs=tuple(sorted(matching.named)), filled=True))
    try:
        second = matching.solve_again(rules=rules, limits=limits)
    except InfeasibleError:  # it would name the rule against the current pairs, which nobody wrote
        raise InfeasibleError(
            "there are no second choices for everybody together: the rules and limits allow no plan without any of the "
            "current pairs; ask `alternatives` for one person"
        ) from None
    now, then = (_by_mentee(plan) for plan in (matching, second))
    ids = matching.model.mentors.ids, matching.model.mentees.ids
    moves = _Moves.beside(matching, limits)
    rows = []
    for mentee, mentors in now.items():
        others = [*then.get(mentee, []), *[None] * len(mentors)]
        for (mentor, _), other in zip(mentors, others, strict=False):
            who = str(ids[1][mentee]), str(ids[0][mentor])
            if other is None:
                rows.append((*who, "", np.nan, False))
            else:
                rows.append((*who, str(ids[0][other[0]]), other[1] / SCALE, moves.for_move(mentee, mentor, other[0])))
    frame = pd.DataFrame(rows, columns=["mentee_id", "mentor_id", "backup_id", "score", "spare"])
    return frame.sort_values("mentee_id", kind="stable", ignore_index=True)


def _by_mentee(plan: Result) -> dict[int, list[tuple[int, int]]]:
    """Mentors of each mentee, and the points of those pairs, the best first."""
    found: dict[int, list[tuple[int, int]]] = {}
    for mentor, mentee, points in zip(*(side.tolist() for side in plan.chosen), plan.points.tolist(), strict=True):
        found.setdefault(mentee, []).append((mentor, points))
    return found


@dataclass(frozen=True, eq=False)
class _Moves:
    """Checks of single moves in a plan while all others stay."""

    problem: Problem
    chosen: tuple[IntArray, IntArray]
    load: IntArray

    @classmethod
    def beside(cls, plan: Result, limits: tuple[Limit, ...]) -> _Moves:
        """Return the checks under some of the program's limits."""
        model = plan.model
        problem = problem_of(plan.program.model_copy(update={"limits": limits}), model.mentors, model.mentees)
        return cls(problem, plan.chosen, np.bincount(plan.chosen[0], minlength=model.shape[0]))

    def for_move(self, mentee: int, mentor: int, other: int) -> bool:
        """Return whether a mentee may move from one mentor to another within all bounds and limits."""
        problem, (i, j) = self.problem, self.chosen
        if self.load[other] >= problem.capacity[0][other] or self.load[mentor] <= problem.minimum[0][mentor]:
            return False
        moved = np.where((i == mentor) & (j == mentee), other, i)
        return not any(broken_limits(problem, moved, j))
