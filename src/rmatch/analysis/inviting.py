"""Invitations: propose outside mentors, and evaluate them by the next match.

Proposals come from one match of all people with a limit on pairs of outside mentors, after the programme's own; or,
where joiners have capacity for several pairs and only people's bounds limit the pairs, from a search for the fewest,
see :mod:`rmatch.analysis.fewest`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch.analysis.fewest import Flow, fewest
from rmatch.columns import BoolArray, IntArray, Table, is_one_of, text_rank
from rmatch.errors import InfeasibleError
from rmatch.limits import Group
from rmatch.objectives import MostPairs, Priority, Total
from rmatch.problem.build import prepare
from rmatch.problem.model import Model
from rmatch.program import Program, without_strangers
from rmatch.result import Result
from rmatch.roster import Roster, from_frame
from rmatch.rows import pair_places
from rmatch.schema.binding import ColumnBinding

Solve: TypeAlias = Callable[[Roster, Program], Result]
"""Solver of a program on a roster."""

MOST_KEPT = 500_000_000
"""Most pairs of people, times invitations, that the search keeps in memory."""

_INVITED = "invited"
_UNREAD = ("timezone", "email")


@dataclass
class Rounds:
    """Next matches for sets of joiners; each is solved once.

    Args:
        matching: The current plan.
        solve: Solver.
        candidates: Outside people, in canonical columns of text.
        waiting: Ids of mentees without a partner.
        made: Matches so far by set of joiners; None where no plan satisfies the limits.
    """

    matching: Result
    solve: Solve
    candidates: pd.DataFrame
    waiting: frozenset[str]
    made: dict[frozenset[str], Result | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program = _open(self.matching.program)
        self.mentors, self.mentees = (as_text(t) for t in (self.matching.model.mentors, self.matching.model.mentees))
        self.made[frozenset()] = self.matching

    def people(self, joined: Iterable[str]) -> pd.DataFrame:
        """Return the programme's mentors and some joiners."""
        some = self.candidates[self.candidates["employee_id"].isin([*joined])]
        return pd.concat([self.mentors, some], ignore_index=True)

    def model(self, joined: Iterable[str]) -> Model:
        """Return the model with some joiners."""
        model, _ = prepare(_together(self.people(joined), self.mentees, self.program), self.program)
        return model

    def match(self, joined: frozenset[str]) -> Result | None:
        """Return the next match with some joiners; None where no plan satisfies the limits."""
        if joined not in self.made:
            roster = _together(self.people(joined), self.mentees, self.program)
            try:
                self.made[joined] = self.solve(roster, self.program)
            except InfeasibleError:
                self.made[joined] = None
        return self.made[joined]

    def pairs(self, joined: frozenset[str]) -> frozenset[tuple[str, str]]:
        """Return the pairs of that match."""
        plan = self.match(joined)
        return frozenset() if plan is None else plan.named

    def placed(self, joined: frozenset[str]) -> set[str]:
        """Return the waiting mentees who have a partner in that match."""
        return {mentee for _, mentee in self.pairs(joined)} & self.waiting

    def placed_counts(self, joined: frozenset[str]) -> tuple[int, int]:
        """Return how many mentees have a partner in that match, and how many waiting ones do."""
        return len({mentee for _, mentee in self.pairs(joined)}), len(self.placed(joined))

    def invited(self, best: int) -> tuple[Result, frozenset[str]]:
        """Return the next match with at most ``best`` invitations, and the people invited.

        People are proposed, those who are not needed are removed, and others are tried in their place.
        """
        plan, joined, tried = self.matching, frozenset[str](), frozenset[str]()
        while len(joined) < best and len(self.placed(joined)) < len(self.waiting):
            new = self._proposed(plan, joined, tried | joined, best - len(joined))
            more = self._needed(joined | new)
            then = self.match(more)
            if then is None or self.placed_counts(more) <= self.placed_counts(joined):
                break
            plan, joined, tried = then, more, tried | new
        return plan, joined

    def suited(self) -> bool:
        """Return whether any outside person is eligible for a waiting mentee."""
        model = self.model(self.candidates["employee_id"])
        outside = np.flatnonzero(is_one_of(model.mentors.ids, [*self.candidates["employee_id"]]))
        waits = np.flatnonzero(is_one_of(model.mentees.ids, [*self.waiting])).tolist()
        return any(model.eligible(outside, np.full(len(outside), mentee)).any() for mentee in waits)

    def _needed(self, joined: frozenset[str]) -> frozenset[str]:
        """The people who remain when those without a pair, or without effect, are removed."""
        kept = joined
        while True:
            idle = kept - {mentor for mentor, _ in self.pairs(kept)}
            if not idle:
                idle = frozenset(next(([who] for who in sorted(kept) if self._as_many(kept - {who}, kept)), []))
            if not idle:
                return kept
            kept -= idle

    def _as_many(self, joined: frozenset[str], others: frozenset[str]) -> bool:
        """Whether some people place as many as others, of all mentees and of those waiting."""
        return all(a >= b for a, b in zip(self.placed_counts(joined), self.placed_counts(others), strict=True))

    def _proposed(self, plan: Result, joined: frozenset[str], tried: frozenset[str], most: int) -> frozenset[str]:
        """At most ``most`` people to try beside those who joined; ``plan`` is the match with them."""
        others = self.candidates[~self.candidates["employee_id"].isin(tried)]
        if not len(others):
            return frozenset()
        found = self._searched(plan, joined, others, most) if _by_people_alone(self.program) else None
        return self._planned(plan, joined, others.assign(capacity="1"), most) if found is None else found

    def _planned(self, plan: Result, joined: frozenset[str], others: pd.DataFrame, most: int) -> frozenset[str]:
        """People invited by one more match, each for one pair; as few as the most pairs need."""
        own = self.people(joined)
        mentors = pd.concat([own, others.assign(**{_INVITED: "yes"})], ignore_index=True)
        capacity = dict(zip(map(str, plan.model.mentees.ids), _mentee_capacity(plan), strict=True))
        mentees = self.mentees.assign(capacity=self.mentees["employee_id"].map(capacity))
        asked, pairs = most, None
        while asked > 0:
            program = _program(self.program, tuple(own["employee_id"]), tuple(mentees["employee_id"]), asked)
            try:
                found = self.solve(_together(mentors, mentees, program), program)
            except InfeasibleError:
                break
            more = len(found.points) - len(plan.points)
            pairs = found.named if more > 0 else None
            if not 0 < more < asked:
                break
            asked = more  # each further pair takes one invitation
        return frozenset(mentor for mentor, _ in pairs or ()) & frozenset(others["employee_id"])

    def _searched(self, plan: Result, joined: frozenset[str], others: pd.DataFrame, most: int) -> frozenset[str] | None:
        """The fewest who place most; None where each has capacity for one pair only, or there are too many to
        search.
        """
        model = self.model([*joined, *others["employee_id"]])
        outside = np.flatnonzero(is_one_of(model.mentors.ids, [*others["employee_id"]]))
        size = float(np.prod(model.shape)) * min(most, len(self.waiting), len(outside))
        if size > MOST_KEPT or model.capacity[0][outside].max(initial=0) <= 1:
            return None
        able = _open_pairs(model)
        made, load = _made(model, plan)
        best = [
            int(model.points(np.full(int(able[k].sum()), k), np.flatnonzero(able[k])).max(initial=-1)) for k in outside
        ]
        outside = outside[np.lexsort((text_rank(model.mentors.ids[outside]), -np.array(best)))]
        own = np.setdiff1d(np.arange(model.shape[0]), outside)
        flow = Flow(able[own], made[own], ((load == 0) & (model.capacity[1] > 0)).astype(np.int64))
        found = fewest(flow, able[outside], model.capacity[0][outside], most)
        return frozenset(map(str, model.mentors.ids[outside[found]]))


def _by_people_alone(program: Program) -> bool:
    """Whether the number of pairs comes first, and only rules, capacities and locks limit it."""
    plain = all(limit.plain for limit in program.limits)
    return plain and program.objectives[0].counts_pairs


def _open_pairs(model: Model) -> BoolArray:
    """Eligible pairs that are not locked, ``(mentors, mentees)`` bool."""
    all_mentees = np.arange(model.shape[1])
    able = np.array([model.eligible(np.full(model.shape[1], k), all_mentees) for k in range(model.shape[0])])
    able[model.locked] = False
    return able


def _made(model: Model, plan: Result) -> tuple[BoolArray, IntArray]:
    """Pairs of a plan that are not locked, among a model's people, and the number of pairs of each mentee."""
    made = np.zeros(model.shape, bool)
    made[pair_places(tuple(plan.pair_ids), model.mentors, model.mentees)] = True
    load = made.sum(axis=0)
    made[model.locked] = False
    return made, load


def _together(mentors: pd.DataFrame, mentees: pd.DataFrame, program: Program) -> Roster:
    juniors, seniors = mentors.fillna("").assign(role="mentor"), mentees.fillna("").assign(role="mentee")
    return from_frame(juniors, mentees=seniors, program=program, on_bad_rows="skip")


def _open(program: Program) -> Program:
    """The part of a program that settles who is paired, for people in canonical columns."""
    columns = {
        name: ColumnBinding(order=column.order, split=";")
        for name, column in program.columns.items()
        if not column.withheld and name != "employee_id"
    }
    return Program(
        seed=program.seed,
        columns=columns,
        criteria=program.visible,
        rules=without_strangers(program).rules,
        limits=tuple(limit for limit in program.limits if not limit.of_last_plan),
        objectives=program.objectives,
    )


def _program(program: Program, own: tuple[str, ...], mentees: tuple[str, ...], best: int) -> Program:
    """The program for all people: its own first, and at most ``best`` pairs of others."""
    open_ = _open(program)
    most = Group("mentor", _INVITED, "yes", most=best)
    objectives = (MostPairs(), Priority(mentors=own, mentees=mentees), Total())
    return open_.model_copy(update={"limits": (*open_.limits, most), "objectives": objectives})


def _mentee_capacity(matching: Result) -> list[str]:
    """Capacity of each mentee as text: current pairs of those who have some, so that waiting ones come first."""
    model = matching.model
    load = np.bincount(matching.chosen[1], minlength=model.shape[1])
    return [str(number) for number in np.minimum(np.maximum(load, 1), model.capacity[1]).tolist()]


def as_text(table: Table) -> pd.DataFrame:
    """Return a table's people as text columns that read back as the same people; times are in UTC."""
    frame = table.frame().reset_index()
    frame.columns = ["employee_id", *frame.columns[1:]]
    frame = frame.drop(columns=[name for name in _UNREAD if name in frame])
    for name in frame.select_dtypes("number"):
        frame[name] = frame[name].map(lambda value: "" if np.isnan(value) else f"{value:.17g}")
    if "availability" in frame:  # half hours of UTC
        frame["availability"] = frame["availability"].map(_spans)
    return frame.fillna("").astype(object)


def _spans(slots: str) -> str:
    """``Mon 08:00-08:30`` for ``Mon 08:00``; several are separated by semicolons."""
    later = ((slot, int(slot[4:6]) * 2 + (slot[7:] == "30") + 1) for slot in slots.split("; ") if slot)
    return "; ".join(f"{slot}-{slot_end // 2:02d}:{slot_end % 2 * 30:02d}" for slot, slot_end in later)
