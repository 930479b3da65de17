"""Exhaustive trials: compare the solver's plans with all plans of a few people that satisfy rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from rmatch.api.match import match
from rmatch.columns import BoolArray, IntArray, Number, Table
from rmatch.criteria import PairScores
from rmatch.element import Spec
from rmatch.errors import InfeasibleError, ProgramError, Status
from rmatch.factors import SCALE
from rmatch.limits import Limit, TotalPairs, places, with_distinct_names
from rmatch.matching import Matching
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.program import Program
from rmatch.rows import PairValues, People
from rmatch.schema.binding import Binding
from rmatch.testing._laws import refuse
from rmatch.testing._people import Case

_SIDES = ((3, 3), (4, 3), (2, 4))  # of the samples; of 12 pairs there are 4,096 plans
_STEPS = 8  # of a score, so that many are the same


def people_of(case: Case) -> People:
    """Return the people of a case, all pairs of different people eligible."""
    a, b = case.mentors.ids, case.mentees.ids
    return People(case.mentors, case.mentees, lambda i, j: np.asarray(a[i] != b[j], bool))


@dataclass(frozen=True)
class _Driven(Objective):
    """The objective that maximises or minimises what one row of a limit counts."""

    limit: Any  # a Limit, which pydantic takes for a dataclass of its own
    row: str
    times: int

    @property
    def name(self) -> str:
        """Name in results: the row and the direction."""
        return f"{'most' if self.times > 0 else 'least'}_{self.row}"

    def pair_values(self, people: People) -> PairValues:
        """Return the row's coefficients, or their negatives."""
        row = next(row for row in with_distinct_names(self.limit.rows(people)) if row.name == self.row)
        return lambda i, j, points: self.times * row.coefficients(i, j)


@dataclass(frozen=True, eq=False)
class _Sample:
    """A few people with scores, as a roster."""

    case: Case
    points: IntArray
    binding: Binding = field(default_factory=Binding)

    def tables(self) -> tuple[Table, Table]:
        """Return both sides."""
        return self.case.mentors, self.case.mentees

    def withheld(self) -> tuple[Table, Table]:
        """Return empty tables: there are no withheld columns."""
        mentors, mentees = (Table(table.ids, {}) for table in self.tables())
        return mentors, mentees

    def criterion(self) -> PairScores:
        """Return the scores as a criterion."""
        return PairScores(frame=pd.DataFrame(self.points / SCALE, self.case.mentors.ids, self.case.mentees.ids))


def check_kept(limit: Limit, case: Case) -> None:
    """Check that plans found under a limit are the best of all that satisfy its rows."""
    for number, size in enumerate(_SIDES):
        with suppress(ProgramError):  # a limit that refuses the people with a message has no plan
            sample = _sample(limit, case, number, size, _touched(limit, case))
            for objectives in _driven(limit, sample, number):
                _compare(limit, sample, (limit,), objectives)


def check_reached(objective: Objective, case: Case) -> None:
    """Check that plans found for an objective are the best of all."""
    every = np.ones(case.shape, bool)
    for number, size in enumerate(_SIDES):
        sample = _sample(objective, case, number, size, [every])
        for limits in ((), (TotalPairs(most=2, least=1),)):
            for objectives in ((MostPairs(), objective, Total()), (objective, Total()), (Total(), objective)):
                with suppress(ProgramError):  # an order that makes no sense, or people who are not here
                    _compare(objective, sample, limits, objectives)


def _touched(limit: Limit, case: Case) -> list[BoolArray]:
    """Pairs that each row counts, ``(mentors, mentees)`` bool."""
    i, j = np.indices(case.shape).reshape(2, -1)
    rows = limit.rows(people_of(case))
    return [np.asarray(row.coefficients(i, j) != 0).reshape(case.shape) for row in rows] or [np.ones(case.shape, bool)]


def _sample(spec: Spec, case: Case, number: int, size: tuple[int, int], touched: Sequence[BoolArray]) -> _Sample:
    """A few people, some of them from pairs that rows count, with capacity for one or two pairs."""
    draw = np.random.default_rng(number)
    picked: list[list[int]] = [[], []]
    for k in draw.permutation(len(touched)).tolist():
        pairs = np.argwhere(touched[k])
        if len(pairs):
            for side, person in enumerate(pairs[draw.integers(len(pairs))].tolist()):
                picked[side].append(person)
    chosen = [
        np.array(list(dict.fromkeys([*some, *draw.permutation(people).tolist()]))[:most], np.int64)
        for some, people, most in zip(picked, case.shape, size, strict=True)
    ]
    few = case.taken(chosen[0], chosen[1])
    named = {column for side in spec.reads() for column in side}
    sides = [
        {
            **table.columns,
            **({} if "capacity" in named else {"capacity": Number(draw.integers(1, 3, len(table.ids)).astype(float))}),
            **({} if "min_pairs" in named else {"min_pairs": Number(np.zeros(len(table.ids)))}),
        }
        for table in (few.mentors, few.mentees)
    ]
    points = draw.integers(0, _STEPS + 1, few.shape) * (SCALE // _STEPS)
    return _Sample(replace(few.with_columns(*sides), name=f"{few.shape[0]} × {few.shape[1]} of {case.name}"), points)


def _driven(limit: Limit, sample: _Sample, number: int) -> Iterator[tuple[Objective, ...]]:
    """Yield objectives that ignore the limit, and others that push its rows in both directions."""
    yield MostPairs(), Total()
    yield (Total(floor=0.5),)
    rows = with_distinct_names(limit.rows(people_of(sample.case)))
    for k in np.random.default_rng(number).permutation(len(rows))[:2].tolist():
        for times in (1, -1):
            yield _Driven(limit, rows[k].name, times), Total()


# ---------------------------------------------------------------- every plan


def _compare(spec: Spec, sample: _Sample, limits: tuple[Limit, ...], objectives: tuple[Objective, ...]) -> None:
    case, law = sample.case, "the plan that is found is the best that rows and values allow"
    remedy = "its other forms must say what its rows or values say; where you gave none, please report it"
    program = Program(criteria=(sample.criterion(),), rules=(), limits=limits, objectives=objectives)
    best, asked = best_of_all(sample.case, sample.points, limits, objectives), _in_words(limits, objectives)
    try:
        matching = match(sample, program)
    except InfeasibleError as error:
        if best is not None:
            refuse(spec, law, f"none, though a plan has {best} for {case.name}, {asked}: {error}", remedy)
        return
    found = _found(sample, limits, objectives, matching)
    if found is None or best is None:
        refuse(spec, law, f"a plan that breaks the rows for {case.name}, {asked}", remedy)
    if found > best or (matching.status is Status.OPTIMAL and found != best):
        refuse(spec, law, f"{found} where {best} is the best for {case.name}, {asked}", remedy)
    for value, stage, most in zip(found, matching.certificate.stages, best, strict=True):
        if stage.bound < most:
            refuse(spec, "no bound lies below a plan", f"{stage.bound} below {most} for {case.name}, {asked}", remedy)
        if value != most:
            break
    checked = matching.verify()
    if not checked:
        refuse(spec, "the proof of the plan is accepted", f"{checked} for {case.name}, {asked}", remedy)


def _in_words(limits: Sequence[Limit], objectives: Sequence[Objective]) -> str:
    return ", ".join([*(limit.in_words() for limit in limits), " then ".join(o.name for o in objectives)])


def _found(
    sample: _Sample, limits: Sequence[Limit], objectives: Sequence[Objective], matching: Matching
) -> tuple[int, ...] | None:
    """Value of a matching's plan in each stage; None where it breaks a row."""
    sides = (sample.case.mentors, sample.case.mentees)
    place = [{str(id_): k for k, id_ in enumerate(table.ids)} for table in sides]
    mine = {(place[0][mentor], place[1][mentee]) for mentor, mentee in matching.pair_ids}
    return best_of_all(sample.case, sample.points, limits, objectives, mine)


def best_of_all(
    case: Case,
    points: IntArray,
    limits: Sequence[Limit],
    objectives: Sequence[Objective],
    plan: set[tuple[int, int]] | None = None,
) -> tuple[int, ...] | None:
    """Return the best value of each stage in order, by enumeration; None where no plan satisfies the rows.

    Args:
        case: The people.
        points: Scores in points, ``(mentors, mentees)`` int64.
        objectives: The objectives in order.
        plan: A single plan to evaluate, as positions; all plans if None.
    """
    settled = any(isinstance(objective, MostPairs) for objective in objectives)
    people = replace(people_of(case), pairs_first=settled)
    i, j = np.indices(case.shape).reshape(2, -1)
    open_ = people.eligible(i, j)
    i, j = i[open_], j[open_]
    if plan is None:
        plans = (np.arange(1 << len(i))[:, None] >> np.arange(len(i))) & 1
    else:
        plans = np.array([[(a, b) in plan for a, b in zip(i.tolist(), j.tolist(), strict=True)]], np.int64)
    plans = plans[_kept(case, people, limits, plans, i, j)]
    values = []
    for stage in (stage for objective in objectives for stage in objective.stages()):
        if not len(plans):
            return None
        total = _values(stage, people, plans, i, j, points[i, j])
        values.append(int(total.max()))
        plans = plans[total == total.max()]
    return tuple(values) if len(plans) else None


def _kept(case: Case, people: People, limits: Sequence[Limit], plans: IntArray, i: IntArray, j: IntArray) -> BoolArray:
    """Plans that satisfy every capacity and every row, ``(plans,)`` bool."""
    fine = np.ones(len(plans), bool)
    for load, most in zip(_loads(people, plans, i, j), places(limits, case.mentors, case.mentees), strict=True):
        fine &= (load <= most).all(1)
    for limit in limits:
        for row in with_distinct_names(limit.rows(people)):
            adds = row.coefficients(i, j)
            which = row.number(i, j)
            sums = np.array([plans @ np.where(which == k, adds, 0) for k in range(len(row.fewest(case.shape)))])
            fine &= ~np.array([row.broken(plan, case.shape) for plan in sums.T]).reshape(len(plans), -1).any(1)
    return fine


def _loads(people: People, plans: IntArray, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
    """Number of pairs of each person in each plan, ``(plans, people)`` for either side."""
    mentors, mentees = (
        plans @ (who[:, None] == np.arange(size)).astype(np.int64)
        for who, size in zip((i, j), people.shape, strict=True)
    )
    return mentors, mentees


def _values(stage: Objective, people: People, plans: IntArray, i: IntArray, j: IntArray, points: IntArray) -> IntArray:
    """Value of each plan under one objective, ``(plans,)`` int64."""
    if stage.threshold:
        return cast(IntArray, np.where(plans > 0, points, SCALE).min(1, initial=SCALE))
    total: IntArray = plans @ np.asarray(stage.pair_values(people)(i, j, points), np.int64)
    for value, load in zip(stage.load_values(people), _loads(people, plans, i, j), strict=True):
        if value is not None:
            total = total + value.of(load).sum(1)
    return total
