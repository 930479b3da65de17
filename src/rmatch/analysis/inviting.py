"""Invitations: propose outside people for one side, and evaluate them by the next match.

Proposals come from one match of all people with a limit on pairs of outside people, after the programme's own; or,
where joiners have capacity for several pairs and only people's bounds limit the pairs, from a search for the fewest,
see :mod:`rmatch.analysis.fewest`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch.analysis.fewest import fewest
from rmatch.columns import BoolArray, IntArray, Labels, Table, is_one_of, text_rank
from rmatch.errors import InfeasibleError
from rmatch.limits import Group
from rmatch.objectives import MostPairs, Priority, Total
from rmatch.problem.build import prepare
from rmatch.problem.model import Model
from rmatch.program import Program, without_strangers
from rmatch.result import Result
from rmatch.roster import Roster, from_frame
from rmatch.roster.weekly import Times
from rmatch.rows import Side, pair_places
from rmatch.schema.binding import ColumnBinding

Solve: TypeAlias = Callable[[Roster, Program], Result]
"""Solver of a program on a roster."""

MOST_KEPT = 500_000_000
"""Most pairs of people, times invitations, that the search keeps in memory."""

SIDES: tuple[Side, Side] = ("mentor", "mentee")
_INVITED = "invited"
_UNREAD = ("timezone", "email")


@dataclass
class Invitations:
    """Next matches for sets of joiners; each is solved once.

    Args:
        matching: The current plan.
        solve: Solver.
        candidates: Outside people, in canonical columns of text.
        waiting: Ids of the people on the other side without a partner.
        side: Which side is invited, 0 for mentors and 1 for mentees.
        made: Matches so far by set of joiners; None where no plan satisfies the limits.
    """

    matching: Result
    solve: Solve
    candidates: pd.DataFrame
    waiting: frozenset[str]
    side: int = 0
    made: dict[frozenset[str], Result | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program = _open(self.matching.program)
        self.sides = tuple(as_text(t) for t in (self.matching.model.mentors, self.matching.model.mentees))
        self.made[frozenset()] = self.matching

    def people(self, joined: Iterable[str]) -> pd.DataFrame:
        """Return the programme's people on the invited side and some joiners."""
        some = self.candidates[self.candidates["employee_id"].isin([*joined])]
        return pd.concat([self.sides[self.side], some], ignore_index=True)

    def roster(self, people: pd.DataFrame, others: pd.DataFrame, program: Program) -> Roster:
        """Return the roster of some people on the invited side, and others on the other one."""
        mentors, mentees = (people, others) if self.side == 0 else (others, people)
        return _together(mentors, mentees, program)

    @property
    def others(self) -> pd.DataFrame:
        """The programme's people on the other side."""
        return self.sides[1 - self.side]

    def model(self, joined: Iterable[str]) -> Model:
        """Return the model with some joiners."""
        model, _ = prepare(self.roster(self.people(joined), self.others, self.program), self.program)
        return model

    def match(self, joined: frozenset[str]) -> Result | None:
        """Return the next match with some joiners; None where no plan satisfies the limits."""
        if joined not in self.made:
            roster = self.roster(self.people(joined), self.others, self.program)
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
        """Return the waiting people who have a partner in that match."""
        return {pair[1 - self.side] for pair in self.pairs(joined)} & self.waiting

    def placed_counts(self, joined: frozenset[str]) -> tuple[int, int]:
        """Return how many of the other side have a partner in that match, and how many waiting ones do."""
        return len({pair[1 - self.side] for pair in self.pairs(joined)}), len(self.placed(joined))

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
        """Return whether any outside person is eligible for a waiting one."""
        model = self.model(self.candidates["employee_id"])
        ids = _ids(model)
        outside = np.flatnonzero(is_one_of(ids[self.side], [*self.candidates["employee_id"]]))
        waits = np.flatnonzero(is_one_of(ids[1 - self.side], [*self.waiting])).tolist()
        ends = ((outside, np.full(len(outside), person)) for person in waits)
        return any(model.eligible(*(pair if self.side == 0 else pair[::-1])).any() for pair in ends)

    def _needed(self, joined: frozenset[str]) -> frozenset[str]:
        """The people who remain when those without a pair, or without effect, are removed."""
        kept = joined
        while True:
            idle = kept - {pair[self.side] for pair in self.pairs(kept)}
            if not idle:
                idle = frozenset(next(([who] for who in sorted(kept) if self._as_many(kept - {who}, kept)), []))
            if not idle:
                return kept
            kept -= idle

    def _as_many(self, joined: frozenset[str], others: frozenset[str]) -> bool:
        """Whether some people place as many as others, of all on the other side and of those waiting."""
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
        people = pd.concat([own, others.assign(**{_INVITED: "yes"})], ignore_index=True)
        capacity = dict(zip(map(str, _ids(plan.model)[1 - self.side]), _places(plan, 1 - self.side), strict=True))
        partners = self.others.assign(capacity=self.others["employee_id"].map(capacity))
        asked, pairs = most, None
        while asked > 0:
            program = _program(self.program, own["employee_id"], partners["employee_id"], SIDES[self.side], asked)
            try:
                found = self.solve(self.roster(people, partners, program), program)
            except InfeasibleError:
                break
            more = len(found.points) - len(plan.points)
            pairs = found.named if more > 0 else None
            if not 0 < more < asked:
                break
            asked = more  # each further pair takes one invitation
        return frozenset(pair[self.side] for pair in pairs or ()) & frozenset(others["employee_id"])

    def _searched(self, plan: Result, joined: frozenset[str], others: pd.DataFrame, most: int) -> frozenset[str] | None:
        """The fewest who place most; None where each has capacity for one pair only, or there are too many to
        search.
        """
        model = self.model([*joined, *others["employee_id"]])
        ids, capacity = _ids(model)[self.side], model.capacity[self.side]
        outside = np.flatnonzero(is_one_of(ids, [*others["employee_id"]]))
        size = float(np.prod(model.shape)) * min(most, len(self.waiting), len(outside))
        if size > MOST_KEPT or capacity[outside].max(initial=0) <= 1:
            return None
        able, (made, loads) = _open_pairs(model), _made(model, plan)
        best = [self._best(model, able, k) for k in outside.tolist()]
        if self.side:
            able, made = able.T, made.T
        outside = outside[np.lexsort((text_rank(ids[outside]), -np.array(best)))]
        own = np.setdiff1d(np.arange(len(ids)), outside)
        in_want = (loads[1 - self.side] == 0) & (model.capacity[1 - self.side] > 0)
        wanting = in_want.astype(np.int64)
        found = fewest(able[own], made[own], wanting, able[outside], capacity[outside], most)
        return frozenset(map(str, ids[outside[found]]))

    def _best(self, model: Model, able: BoolArray, person: int) -> int:
        """The best score of an outside person with anybody, in points; -1 where nobody may be their partner."""
        partners = np.flatnonzero(able.take(person, axis=self.side))
        own = np.full(len(partners), person)
        return int(model.points(*((own, partners) if self.side == 0 else (partners, own))).max(initial=-1))


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


def _ids(model: Model) -> tuple[Labels, Labels]:
    return model.mentors.ids, model.mentees.ids


def _made(model: Model, plan: Result) -> tuple[BoolArray, tuple[IntArray, IntArray]]:
    """Pairs of a plan that are not locked, among a model's people, and the number of pairs of each person."""
    made = np.zeros(model.shape, bool)
    made[pair_places(tuple(plan.pair_ids), model.mentors, model.mentees)] = True
    loads = made.sum(axis=1), made.sum(axis=0)
    made[model.locked] = False
    return made, loads


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
        personal=program.personal,
        rules=without_strangers(program).rules,
        limits=tuple(limit for limit in program.limits if not limit.of_last_plan),
        objectives=program.objectives,
    )


def _program(program: Program, own: Iterable[str], others: Iterable[str], side: Side, best: int) -> Program:
    """The program for all people: its own first, and at most ``best`` pairs of those invited on ``side``."""
    open_ = _open(program)
    most = Group(side, _INVITED, "yes", most=best)
    mentors, mentees = (own, others) if side == "mentor" else (others, own)
    objectives = (MostPairs(), Priority(mentors=tuple(mentors), mentees=tuple(mentees)), Total())
    return open_.model_copy(update={"limits": (*open_.limits, most), "objectives": objectives})


def _places(matching: Result, side: int) -> list[str]:
    """Capacity of each person of a side as text: current pairs of those who have some, so that waiting ones come
    first.
    """
    model = matching.model
    load = np.bincount(matching.chosen[side], minlength=model.shape[side])
    return [str(number) for number in np.minimum(np.maximum(load, 1), model.capacity[side]).tolist()]


def as_text(table: Table) -> pd.DataFrame:
    """Return a table's people as text columns that read back as the same people."""
    frame = table.frame().reset_index()
    frame.columns = ["employee_id", *frame.columns[1:]]
    frame = frame.drop(columns=[name for name in _UNREAD if name in frame])
    for name in frame.select_dtypes("number"):
        frame[name] = frame[name].map(lambda value: "" if np.isnan(value) else f"{value:.17g}")
    times = table.get("availability")
    if isinstance(times, Times):
        frame["availability"], frame["timezone"] = times.written(), [times.zones[zone] for zone in times.zone]
    return frame.fillna("").astype(object)
