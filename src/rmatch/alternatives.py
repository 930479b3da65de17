"""Who else: the best other partners of a person, and what each would cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmatch.errors import RmatchError
from rmatch.factors import SCALE

if TYPE_CHECKING:
    from rmatch.matching import Matching

SOLVED_AGAIN = 4_000_000
"""Up to so many pairs of people, a loss that is asked for in passing is found exactly, by solving again."""


@dataclass(frozen=True)
class NextBest:
    """The best other partner of one person of a pair, and what the best plan with that partner would lose.

    ``loss`` is ``exact`` by solving again; otherwise, for many people, the least that the prices prove. It is None
    where no plan that keeps the limits has that pair, and NaN where it is not told because sensitive columns were
    scored. ``pairs_lost`` is how many pairs fewer there would be, None where that is not known.
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


def alternatives(matching: Matching, employee_id: str, best: int) -> pd.DataFrame:
    """Return the best eligible partners, by score, that somebody does not have: for each of her roles.

    Raises RmatchError where nobody has the id.
    """
    model, certificate, frames = matching.model, matching.certificate, []
    for side, (role, table) in enumerate((("mentor", model.mentors), ("mentee", model.mentees))):
        person = pd.Index(table.ids).get_indexer(pd.Index([str(employee_id)], dtype=object))[0]
        if person < 0:
            continue
        others = np.arange(model.shape[1 - side])
        own = np.full(len(others), person)
        i, j = (own, others) if side == 0 else (others, own)
        fine = model.eligible(i, j) & ~np.isin(i * np.int64(model.shape[1]) + j, matching.keys)
        i, j = i[fine], j[fine]
        points = model.points(i, j)
        slack = certificate.slack(i, j, points - model.floor)
        partner = (model.mentees.ids[j], model.mentors.ids[i])[side]
        order = np.lexsort((partner.astype(str), -points))[:best]
        columns = {
            "role": role,
            "partner_id": partner[order],
            "score": points[order] / SCALE,
            "loss_at_least": np.maximum(slack[order] - certificate.gap, 0) / SCALE,
        }
        frames.append(pd.DataFrame(columns))
    if not frames:
        raise RmatchError(f"nobody in this matching has the id {employee_id!r}")
    return pd.concat(frames, ignore_index=True)


def next_best(matching: Matching, mentor_id: str, mentee_id: str) -> tuple[NextBest, ...]:
    """Return the mentor's next best partner, then the mentee's; nothing for somebody who has no other."""
    return tuple(_next_best(matching, mentor_id, mentee_id))


def _next_best(matching: Matching, mentor_id: str, mentee_id: str) -> Iterator[NextBest]:
    exact = (
        matching.again is not None
        and not matching.certificate.sealed
        and int(np.prod(matching.model.shape)) <= SOLVED_AGAIN
    )
    for role, person, partner in (("mentor", mentor_id, mentee_id), ("mentee", mentee_id, mentor_id)):
        found = alternatives(matching, person, best=2)
        found = found[(found["role"] == role) & (found["partner_id"] != partner)]
        for other, score, least in zip(found["partner_id"][:1], found["score"], found["loss_at_least"], strict=False):
            loss: float | None = float(least)
            fewer: int | None = None
            if exact:
                told = matching.why_not(*((person, other) if role == "mentor" else (other, person)))
                loss, fewer = told.loss, told.pairs_lost
            yield NextBest(role, person, str(other), float(score), loss, fewer, exact)
