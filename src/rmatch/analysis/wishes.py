"""Wishes: which came true, and which two would both rather have each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rmatch.columns import IntArray, Labels, text_rank
from rmatch.criteria import Wishes, ordinal
from rmatch.factors import SCALE
from rmatch.result import Result
from rmatch.roster.named_people import Ranked

_COUNTED = 3  # places that the summary tells one by one
_NOBODY = 1 << 20  # a place behind every wish


@dataclass(frozen=True, eq=False)
class _Side:
    """The lists of one side beside the plan.

    Args:
        role: ``mentor`` or ``mentee``.
        ids, partners: Ids of this side and of the other.
        place: Place of each pair (owner, other) on the owner's list.
        has: Partners of each owner, with the points of those pairs.
        room: How many pairs each owner may have.
    """

    role: str
    ids: Labels
    partners: Labels
    place: dict[tuple[int, int], int]
    has: dict[int, dict[int, int]]
    room: IntArray

    @classmethod
    def of(cls, plan: Result, side: int) -> _Side:
        tables = plan.model.mentors, plan.model.mentees
        column, ids, partners = tables[side].get("wishes"), tables[side].ids, tables[1 - side].ids
        own, other = (some.tolist() for some in (plan.chosen[side], plan.chosen[1 - side]))
        has: dict[int, dict[int, int]] = {}
        for a, b, points in zip(own, other, plan.points.tolist(), strict=True):
            has.setdefault(a, {})[b] = points
        place: dict[tuple[int, int], int] = {}
        if isinstance(column, Ranked):
            rows, named, places = (each.tolist() for each in column.among(partners))
            place = dict(zip(zip(rows, named, strict=True), places, strict=True))
        return cls(("mentor", "mentee")[side], ids, partners, place, has, plan.model.capacity[side])

    @cached_property
    def listed(self) -> Counter[int]:
        """How many wishes each owner has."""
        return Counter(owner for owner, _ in self.place)

    def best(self, owner: int) -> tuple[int, int] | None:
        """The best place that came true, and the partner; None where no wish did."""
        true = ((self.place[owner, other], other) for other in self.has.get(owner, ()) if (owner, other) in self.place)
        return min(true, default=None)

    @cached_property
    def best_of(self) -> dict[int, tuple[int, int] | None]:
        """The same for everybody who has wishes, by id."""
        owners = np.array(sorted(self.listed), dtype=np.int64)
        order = owners[np.argsort(text_rank(self.ids[owners]))] if len(owners) else owners
        return {owner: self.best(owner) for owner in order.tolist()}

    def given_up(self, owner: int, other: int, points: int) -> str | None:
        """The partner whom somebody would give up for ``other``, who is worth ``points``.

        Empty where they have room; None where they would not.
        """
        place, has = self.place.get((owner, other), _NOBODY), self.has.get(owner, {})
        if self.listed[owner] and place == _NOBODY:
            return None
        if len(has) < self.room[owner]:
            return ""
        if self.listed[owner]:
            worse = [(at, k) for k in has if (at := self.place.get((owner, k), _NOBODY)) > place]
        else:
            worse = [(-value, k) for k, value in has.items() if value < points]
        return max(((at, str(self.partners[k])) for at, k in worse), default=(0, None))[1]


def wishes_table(plan: Result) -> pd.DataFrame:
    """Return one line for each person who wished for partners, in each of their roles, mentees first.

    Returns:
        Columns: ``employee_id``, ``role``, ``wishes``, ``rank`` and ``partner_id`` of the best wish that came true.
    """
    rows = []
    for side in (_Side.of(plan, 1), _Side.of(plan, 0)):
        for owner, best in side.best_of.items():
            who = str(side.ids[owner]), side.role, side.listed[owner]
            rows.append((*who, *((None, "") if best is None else (best[0], str(side.partners[best[1]])))))
    frame = pd.DataFrame(rows, columns=["employee_id", "role", "wishes", "rank", "partner_id"])
    return frame.astype({"employee_id": object, "wishes": "int64", "rank": "Int64", "partner_id": object})


def wishes_in_words(plan: Result) -> list[str]:
    """Return how many people got their first, second and third choice, or none, a sentence for each side."""
    scored = {c.side for c in plan.program.criteria if isinstance(c, Wishes)}
    lines = []
    for side in (_Side.of(plan, 1), _Side.of(plan, 0)):
        unheard = _unheard(plan, side)
        wished = len(side.best_of) + unheard
        if not wished:
            continue
        got = Counter(best[0] for best in side.best_of.values() if best is not None)
        parts = [f"{got[place]:,} got their {ordinal(place)} choice" for place in range(1, _COUNTED + 1) if got[place]]
        later = sum(times for place, times in got.items() if place > _COUNTED)
        parts += [f"{later:,} a later one"] * bool(later)
        nobody = "nobody got a partner from their list"
        parts += [f"{wished - got.total():,} none of them" if parts else nobody] * (wished > got.total())
        said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
        people = f"{side.role}s who wished" if wished > 1 else f"{side.role} who wished"
        counts = "" if scored & {side.role, "both"} else f" No criterion `wishes` counts the lists of {side.role}s."
        lists = f"{unheard:,} of the lists" if wished > 1 else "the list"
        counts += f" Nothing on {lists} counts: see the warnings about `wishes`." if unheard else ""
        lines.append(f"Of {wished:,} {people} for partners, {said}.{counts}")
    return lines


def _unheard(plan: Result, side: _Side) -> int:
    """How many people of a side wrote a list on which nothing counts."""
    if not len(plan.lines) or not len(plan.issues):
        return 0
    warned = plan.issues[(plan.issues["column"] == "wishes") & (plan.issues["severity"] == "warning")]
    own = plan.lines[(plan.lines["role"] == side.role) & (plan.lines["status"] == "taking part")]
    people = own.merge(warned[["file", "row"]].drop_duplicates(), on=["file", "row"])["employee_id"]
    return len({*map(str, people)} - {str(side.ids[owner]) for owner in side.listed})


def blocking_pairs(plan: Result) -> pd.DataFrame:
    """Return the pairs that may be and are not made, as ``Matching.blocking_pairs`` does; by ids."""
    model, (one, two) = plan.model, (_Side.of(plan, 0), _Side.of(plan, 1))
    wished = {*one.place, *((i, j) for j, i in two.place)} - {(i, j) for i, some in one.has.items() for j in some}
    i, j = np.array(sorted(wished), dtype=np.int64).reshape(-1, 2).T
    fine = model.eligible(i, j)
    i, j = i[fine], j[fine]
    rows: list[tuple[str, str, int | None, int | None, float, str, str]] = []
    for a, b, points in zip(i.tolist(), j.tolist(), model.points(i, j).tolist(), strict=True):
        mine, theirs = one.given_up(a, b, points), two.given_up(b, a, points)
        if mine is not None and theirs is not None:
            ranks = one.place.get((a, b)), two.place.get((b, a))
            rows.append((str(one.ids[a]), str(two.ids[b]), *ranks, points / SCALE, mine, theirs))
    names = ["mentor_id", "mentee_id", "mentor_rank", "mentee_rank", "score", "instead_of_mentor", "instead_of_mentee"]
    frame = pd.DataFrame(rows, columns=names).sort_values(names[:2], ignore_index=True)
    texts = dict.fromkeys((*names[:2], *names[5:]), object)
    return frame.astype({**texts, "mentor_rank": "Int64", "mentee_rank": "Int64", "score": "float64"})
