"""Who else: what each other partner would cost the whole plan, the best of them, and second choices for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rmatch.analysis.residual import residual_of
from rmatch.analysis.total_prices import least_losses
from rmatch.analysis.values import Change, at_least_in_words, in_words
from rmatch.analysis.why_not import why_not
from rmatch.columns import BoolArray, FloatArray, IntArray, text_rank
from rmatch.errors import RmatchError, SolverError
from rmatch.factors import SCALE
from rmatch.limits import Changes, Limit, Lock
from rmatch.proof.problem import Problem, problem_of
from rmatch.proof.verify import broken_limits
from rmatch.result import Result
from rmatch.rules import NoRepeat

SOLVED_AGAIN = 4_000_000
"""Up to so many pairs of people, what is asked for in passing may be found by solving again."""


@dataclass(frozen=True)
class NextBest:
    """The best other partner of one person of a pair, and what the best plan with that partner would lose.

    ``loss`` and ``pairs_lost`` are those of :meth:`rmatch.Matching.why_not`, and ``changes`` what every objective
    loses. Where they are not ``exact``, for many people, ``loss`` is the least that the prices prove, and NaN where
    they prove nothing or where it is not told because sensitive columns were scored (``sealed``). It is None where no
    plan that keeps the limits has that pair.
    """

    role: str
    employee_id: str
    partner_id: str
    score: float
    loss: float | None
    pairs_lost: int | None
    exact: bool
    changes: tuple[Change, ...] = ()
    sealed: bool = False

    def __str__(self) -> str:
        who = f"Next best for {self.role} {self.employee_id}: {self.partner_id}, {self.score:.3f};"
        if self.loss is None:
            return f"{who} no plan that keeps the limits has that pair."
        if self.sealed:
            return f"{who} what it would cost is not told where sensitive columns are scored."
        if np.isnan(self.loss):
            return f"{who} what it would cost takes solving again: ask `why_not`."
        if not self.changes:
            return f"{who} it would {at_least_in_words(self.loss)}."
        return f"{who} it would {in_words(self.changes)}{'' if self.exact else ', as far as is proved'}."


def losses(matching: Result, employee_id: str) -> pd.DataFrame:
    """Return what pairing somebody with each eligible partner would cost the plan, the cheapest first.

    Raises RmatchError where nobody has the id.
    """
    frames = [_priced(matching, side, person) for side, person in _roles(matching, employee_id)]
    found = pd.concat(frames, ignore_index=True)
    loss, lost = found["loss"].to_numpy(), found["pairs_lost"].fillna(0).to_numpy(float)
    first = lost if matching.model.most_pairs else 0 * lost  # what is lost before the total is
    keys = text_rank(found["partner_id"].to_numpy()), loss, first, np.isinf(loss), found["role"] == "mentor"
    return found.iloc[np.lexsort(keys)].reset_index(drop=True)


def alternatives(matching: Result, employee_id: str, best: int) -> pd.DataFrame:
    """Return the best eligible partners, by score, that somebody does not have: in each of their roles.

    Raises RmatchError where nobody has the id.
    """
    frames = []
    for side, person in _roles(matching, employee_id):
        found = _priced(matching, side, person, best)
        frames.append(found.sort_values(["score", "partner_id"], ascending=[False, True], ignore_index=True))
    return pd.concat(frames, ignore_index=True)


def _roles(matching: Result, employee_id: str) -> list[tuple[int, int]]:
    """The sides on which somebody takes part, and where they stand there."""
    tables = matching.model.mentors, matching.model.mentees
    places = [pd.Index(t.ids).get_indexer(pd.Index([str(employee_id)], dtype=object))[0] for t in tables]
    found = [(side, int(place)) for side, place in enumerate(places) if place >= 0]
    if not found:
        raise RmatchError(f"nobody in this matching has the id {employee_id!r}")
    return found


def _priced(matching: Result, side: int, person: int, best: int | None = None) -> pd.DataFrame:
    """Eligible partners of one person and what each would cost; only the ``best`` others by score, if so many."""
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
    """What forcing each pair costs in points, infinite where no plan has it, and in pairs; else the least there is."""
    graph = residual_of(matching)
    if graph is not None:
        seen = graph if side == 0 else graph.turned
        return *seen.losses(person, seen.to(person), (j, i)[side]), np.ones(len(i), bool)
    made = np.isin(i * np.int64(matching.model.shape[1]) + j, matching.keys)
    least = least_losses(matching.model, matching.certificate, i, j, points)
    told = made & (not matching.certificate.sealed)
    return np.where(told, 0, least), np.where(told, 0, np.nan), told & matching.certificate.proved


def next_best(matching: Result, mentor_id: str, mentee_id: str) -> tuple[NextBest, ...]:
    """Return the mentor's next best partner, then the mentee's; nothing for somebody who has no other."""
    return tuple(_next_best(matching, mentor_id, mentee_id))


def _next_best(matching: Result, mentor_id: str, mentee_id: str) -> Iterator[NextBest]:
    sealed = matching.certificate.sealed
    few = matching.roster is not None and int(np.prod(matching.model.shape)) <= SOLVED_AGAIN
    for role, person, partner in (("mentor", mentor_id, mentee_id), ("mentee", mentee_id, mentor_id)):
        found = alternatives(matching, person, best=2)
        found = found[(found["role"] == role) & (found["partner_id"] != partner)]
        for other, score, least in zip(found["partner_id"][:1], found["score"], found["loss"], strict=False):
            best = NextBest(role, person, str(other), float(score), float(least), None, False, sealed=sealed)
            if not sealed and (few or residual_of(matching) is not None):
                best = _told(matching, best)
            yield best


def _told(matching: Result, best: NextBest) -> NextBest:
    """What the best plan with the next best partner loses; as it was where that cannot be settled."""
    pair = best.employee_id, best.partner_id
    try:
        told = why_not(matching, *(pair if best.role == "mentor" else pair[::-1]))
    except SolverError:
        return best
    return replace(best, loss=told.loss, pairs_lost=told.pairs_lost, exact=told.exact, changes=told.changes)


def backups(matching: Result) -> pd.DataFrame:
    """Return a second choice for every mentee with a partner, all of them possible together.

    They are the best plan in which nobody has a partner that they have now. Raises as :func:`rmatch.match` does.
    """
    program = matching.program
    limits = tuple(limit for limit in program.limits if not isinstance(limit, Lock | Changes))
    rules = (*program.rules, NoRepeat(pairs=tuple(sorted(matching.named)), filled=True))
    second = matching.solve_again(rules=rules, limits=limits)
    now, then = (_by_mentee(plan) for plan in (matching, second))
    ids = matching.model.mentors.ids, matching.model.mentees.ids
    room = _Room.beside(matching, limits)
    rows = []
    for mentee, mentors in now.items():
        others = [*then.get(mentee, []), *[None] * len(mentors)]
        for (mentor, _), other in zip(mentors, others, strict=False):
            who = str(ids[1][mentee]), str(ids[0][mentor])
            if other is None:
                rows.append((*who, "", np.nan, False))
            else:
                rows.append((*who, str(ids[0][other[0]]), other[1] / SCALE, room.for_move(mentee, mentor, other[0])))
    frame = pd.DataFrame(rows, columns=["mentee_id", "mentor_id", "backup_id", "score", "spare"])
    return frame.sort_values("mentee_id", kind="stable", ignore_index=True)


def _by_mentee(plan: Result) -> dict[int, list[tuple[int, int]]]:
    """Everybody's mentors, and the points of those pairs, the best first."""
    found: dict[int, list[tuple[int, int]]] = {}
    for mentor, mentee, points in zip(*(side.tolist() for side in plan.chosen), plan.points.tolist(), strict=True):
        found.setdefault(mentee, []).append((mentor, points))
    return found


@dataclass(frozen=True, eq=False)
class _Room:
    """Where somebody may go in a plan while all others stay."""

    problem: Problem
    chosen: tuple[IntArray, IntArray]
    load: IntArray

    @classmethod
    def beside(cls, plan: Result, limits: tuple[Limit, ...]) -> _Room:
        """Room under some of the program's limits."""
        model = plan.model
        problem = problem_of(plan.program.model_copy(update={"limits": limits}), model.mentors, model.mentees)
        return cls(problem, plan.chosen, np.bincount(plan.chosen[0], minlength=model.shape[0]))

    def for_move(self, mentee: int, mentor: int, other: int) -> bool:
        """Whether a mentee may go from one mentor to another, and all numbers and limits are kept."""
        problem, (i, j) = self.problem, self.chosen
        full = self.load[other] >= problem.capacity[0][other] or self.load[mentor] <= problem.minimum[0][mentor]
        moved = np.where((i == mentor) & (j == mentee), other, i)
        return not full and not any(broken_limits(problem, moved, j))
