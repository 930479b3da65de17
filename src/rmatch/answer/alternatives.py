"""Who else: what each other partner would cost the whole plan, the best of them, and second choices for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmatch.answer.residual import slack_of
from rmatch.columns import FloatArray, IntArray, text_rank
from rmatch.errors import RmatchError
from rmatch.factors import SCALE
from rmatch.limits import Changes, Lock
from rmatch.rules import NoRepeat

if TYPE_CHECKING:
    from rmatch.matching import Matching

SOLVED_AGAIN = 4_000_000
"""Up to so many pairs of people, what is asked for in passing may be found by solving again."""


@dataclass(frozen=True)
class NextBest:
    """The best other partner of one person of a pair, and what the best plan with that partner would lose.

    ``loss`` is ``exact``; otherwise, for many people, the least that the prices prove. It is None where no plan that
    keeps the limits has that pair, and NaN where it is not told because sensitive columns were scored. ``pairs_lost``
    is how many pairs fewer there would be, None where that is not known.
    """

    role: str
    employee_id: str
    partner_id: str
    score: float
    loss: float | None
    pairs_lost: int | None
    exact: bool

    def __str__(self) -> str:
        who = f"Next best for {self.role} {self.employee_id}: {self.partner_id}, {self.score:.3f};"
        if self.loss is None:
            return f"{who} no plan that keeps the limits has that pair."
        if np.isnan(self.loss):
            return f"{who} what it would cost is not told where sensitive columns are scored."
        fewer = f" and {self.pairs_lost} pair{'s' * (self.pairs_lost != 1)}" if self.pairs_lost else ""
        return f"{who} it would cost {'' if self.exact else 'at least '}{self.loss:.6f}{fewer} in total."


def losses(matching: Matching, employee_id: str) -> pd.DataFrame:
    """Return what pairing somebody with each eligible partner would cost the plan, the cheapest first.

    Raises RmatchError where nobody has the id.
    """
    frames = [_priced(matching, side, person) for side, person in _roles(matching, employee_id)]
    found = pd.concat(frames, ignore_index=True)
    return found.sort_values(["role", "pairs_lost", "loss", "partner_id"], kind="stable", ignore_index=True)


def alternatives(matching: Matching, employee_id: str, best: int) -> pd.DataFrame:
    """Return the best eligible partners, by score, that somebody does not have: for each of her roles.

    Raises RmatchError where nobody has the id.
    """
    frames = []
    for side, person in _roles(matching, employee_id):
        found = _priced(matching, side, person, best)
        frames.append(found.sort_values(["score", "partner_id"], ascending=[False, True], ignore_index=True))
    return pd.concat(frames, ignore_index=True)


def _roles(matching: Matching, employee_id: str) -> list[tuple[int, int]]:
    """The sides on which somebody takes part, and where she stands there."""
    tables = matching.model.mentors, matching.model.mentees
    places = [pd.Index(t.ids).get_indexer(pd.Index([str(employee_id)], dtype=object))[0] for t in tables]
    found = [(side, int(place)) for side, place in enumerate(places) if place >= 0]
    if not found:
        raise RmatchError(f"nobody in this matching has the id {employee_id!r}")
    return found


def _priced(matching: Matching, side: int, person: int, best: int | None = None) -> pd.DataFrame:
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
        "pairs_lost": lost,
        "exact": exact,
    }
    return pd.DataFrame(columns).astype({"partner_id": object, "role": object})


def _costs(
    matching: Matching, side: int, person: int, i: IntArray, j: IntArray, points: IntArray
) -> tuple[FloatArray, pd.api.extensions.ExtensionArray, bool]:
    """What forcing each pair costs in points, infinite where no plan has it, and in pairs; else the least there is."""
    graph, certificate = matching.residual, matching.certificate
    if graph is not None:
        seen = graph if side == 0 else graph.turned
        loss, lost = seen.losses(person, seen.to(person), (j, i)[side])
        return loss, pd.array(lost, dtype="Int64"), True
    slack = np.maximum(slack_of(certificate, i, j, points - matching.model.floor) - certificate.gap, 0)
    slack = np.where(np.isin(i * np.int64(matching.model.shape[1]) + j, matching.keys), 0 * slack, slack)
    return slack, pd.array([pd.NA] * len(i), dtype="Int64"), False


def next_best(matching: Matching, mentor_id: str, mentee_id: str) -> tuple[NextBest, ...]:
    """Return the mentor's next best partner, then the mentee's; nothing for somebody who has no other."""
    return tuple(_next_best(matching, mentor_id, mentee_id))


def _next_best(matching: Matching, mentor_id: str, mentee_id: str) -> Iterator[NextBest]:
    few = matching.residual is not None or int(np.prod(matching.model.shape)) <= SOLVED_AGAIN
    exact = few and matching.again is not None and not matching.certificate.sealed
    for role, person, partner in (("mentor", mentor_id, mentee_id), ("mentee", mentee_id, mentor_id)):
        found = alternatives(matching, person, best=2)
        found = found[(found["role"] == role) & (found["partner_id"] != partner)]
        for other, score, least in zip(found["partner_id"][:1], found["score"], found["loss"], strict=False):
            loss: float | None = float(least)
            fewer: int | None = None
            if exact:
                told = matching.why_not(*((person, other) if role == "mentor" else (other, person)))
                exact = told.exact
            if exact:
                loss, fewer = told.loss, told.pairs_lost
            yield NextBest(role, person, str(other), float(score), loss, fewer, exact)


def backups(matching: Matching) -> pd.DataFrame:
    """Return a second choice for every mentee with a partner, all of them possible together.

    They are the best plan in which nobody has a partner that she has now. Raises as :func:`rmatch.match` does.
    """
    program = matching.program
    limits = tuple(limit for limit in program.limits if not isinstance(limit, Lock | Changes))
    rules = (*program.rules, NoRepeat(pairs=tuple(sorted(matching.named)), filled=True))
    second = matching.solve_again(rules=rules, limits=limits)
    model, (i, _) = matching.model, matching.chosen
    room = model.capacity[0] - np.bincount(i, minlength=model.shape[0])
    spare = dict(zip(map(str, model.mentors.ids), (room > 0).tolist(), strict=True))
    now: dict[str, list[str]] = {}
    for mentor, mentee in matching.pair_ids:
        now.setdefault(mentee, []).append(mentor)
    then: dict[str, list[tuple[str, float]]] = {}
    for (mentor, mentee), points in zip(second.pair_ids, second.points.tolist(), strict=True):
        then.setdefault(mentee, []).append((mentor, points / SCALE))
    rows = []
    for mentee, mentors in now.items():
        others = [*then.get(mentee, []), *[("", np.nan)] * len(mentors)]
        for mentor, (other, score) in zip(mentors, others, strict=False):
            rows.append((mentee, mentor, other, score, spare.get(other, False)))
    frame = pd.DataFrame(rows, columns=["mentee_id", "mentor_id", "backup_id", "score", "spare"])
    return frame.sort_values("mentee_id", kind="stable", ignore_index=True)
