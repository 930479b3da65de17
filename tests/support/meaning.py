"""What limits and objectives mean, in plain Python over a list of pairs.

Written from the words of the documents alone: nothing here reads rows, compiles, prices or looks at a certificate. A
limit or an objective of the tests' own says what it means by registering with :func:`keeps` or :func:`worth`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, singledispatch
from itertools import chain, combinations

import numpy as np
import oracles
from oracles import folded

import rmatch
from rmatch.columns import BoolArray, Category, IntArray, Items, Number, Table
from rmatch.criteria import PairScores
from rmatch.factors import SCALE
from rmatch.limits import (
    Capacity,
    CapacityTotal,
    Changes,
    Circles,
    Group,
    Limit,
    Lock,
    OneDirection,
    Representative,
    Share,
    Spread,
    TotalPairs,
)
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.rules import Away, MinScore
from rmatch.schema.binding import Binding
from rmatch.schema.yes import means_yes

Pair = tuple[int, int]
Plan = list[Pair]
Judge = Callable[[Plan], bool]
Values = Callable[[Plan], tuple[int, ...]]
Word = str | Fraction


@dataclass(frozen=True, eq=False)
class Question:
    """Who may be with whom and at what score, ``(mentors, mentees)`` each, and what is asked of a plan for them.

    ``capacity`` is what each person wrote, by id, where it is known from elsewhere than the tables. Who is ``away``
    need have no pair.
    """

    mentors: Table
    mentees: Table
    may: BoolArray
    points: IntArray
    limits: tuple[Limit, ...]
    objectives: tuple[Objective, ...]
    capacity: Mapping[str, int | None] | None = None
    away: frozenset[str] = frozenset()

    @classmethod
    def of(cls, roster: rmatch.Roster, program: rmatch.Program) -> Question:
        """What a program with rules and criteria of its own asks of a roster's people."""
        parts = program.criteria, program.rules, program.limits, program.objectives
        return asked(roster, *parts)

    @property
    def tables(self) -> tuple[Table, Table]:
        return self.mentors, self.mentees

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.mentors.ids), len(self.mentees.ids)

    @cached_property
    def names(self) -> list[list[str]]:
        """Everybody's id, on both sides."""
        return [[str(id_) for id_ in table.ids] for table in self.tables]

    @cached_property
    def pairs(self) -> Plan:
        """All pairs that may be."""
        return [(int(i), int(j)) for i, j in np.argwhere(self.may)]

    @cached_property
    def room(self) -> list[list[int]]:
        """How many pairs each person may have, on both sides."""
        return [self._room(side) for side in (0, 1)]

    @cached_property
    def least(self) -> list[list[int]]:
        """How many pairs each person must have, on both sides."""
        return [
            [
                0 if name in self.away else int(x or 0)
                for name, x in zip(names, written(table, "min_pairs"), strict=True)
            ]
            for names, table in zip(self.names, self.tables, strict=True)
        ]

    def _room(self, side: int) -> list[int]:
        """What somebody wrote counts up to the smallest Capacity; who wrote nothing has that, or 1."""
        who = "mentors" if side == 0 else "mentees"
        told = [most for limit in self.limits if isinstance(limit, Capacity) and (most := getattr(limit, who))]
        granted = [k for limit in self.limits if (k := limit.grants("mentor" if side == 0 else "mentee")) is not None]
        own_words = written(self.tables[side], "capacity")
        if self.capacity is not None:
            own_words = [self.capacity[name] for name in self.names[side]]
        return [min([*told, int(x) if x is not None else min(granted, default=1)]) for x in own_words]

    def named(self, pair: Pair) -> tuple[str, str]:
        """The ids of a pair."""
        return self.names[0][pair[0]], self.names[1][pair[1]]


def asked(
    roster: rmatch.Roster,
    criteria: tuple[rmatch.criteria.Criterion, ...],
    rules: tuple[rmatch.rules.Rule, ...],
    limits: tuple[Limit, ...],
    objectives: tuple[Objective, ...],
) -> Question:
    """The question, with rules held in plain Python, and scores too where they are written in a table of scores."""
    mentors, mentees = roster.tables()
    shape = len(mentors.ids), len(mentees.ids)
    points, may = np.zeros(shape, np.int64), np.ones(shape, bool)
    for criterion in criteria:
        if isinstance(criterion, PairScores):
            may &= np.array(
                [[x is not None for x in row] for row in _given(criterion, mentors, mentees)], bool
            ).reshape(shape)
    if all(shape) and len(criteria) == 1 and isinstance(criteria[0], PairScores):
        scores = _given(criteria[0], mentors, mentees)
        points = np.array(
            [[0 if x is None else math.floor(Fraction(x) * SCALE + Fraction(1, 2)) for x in row] for row in scores]
        )
    elif all(shape):
        table = rmatch.score_matrix(_Scored(roster), rmatch.Program(criteria=criteria, rules=()))
        points = np.rint(np.nan_to_num(table.loc[mentors.ids, mentees.ids].to_numpy(float)) * SCALE).astype(np.int64)
    for i, mentor in enumerate(mentors.ids):
        may[i] &= mentees.ids != mentor
    for rule in rules:
        if isinstance(rule, MinScore):
            bar = Fraction(rule.score)
            may &= np.array([[Fraction(int(x), SCALE) >= bar for x in row] for row in points], bool).reshape(shape)
        else:
            may &= np.array(oracles.allowed(rule, mentors, mentees), bool).reshape(shape)
    away = frozenset(id_ for rule in rules if isinstance(rule, Away) for id_ in rule.people)
    return Question(mentors, mentees, may, points, tuple(limits), tuple(objectives), away=away)


@dataclass(frozen=True)
class _Scored:
    """The same people with no least number of pairs, which may be too many for so few."""

    roster: rmatch.Roster

    @property
    def binding(self) -> Binding:
        return self.roster.binding

    def tables(self) -> tuple[Table, Table]:
        mentors, mentees = (
            replace(table, columns={name: column for name, column in table.columns.items() if name != "min_pairs"})
            for table in self.roster.tables()
        )
        return mentors, mentees

    def withheld(self) -> tuple[Table, Table]:
        return self.roster.withheld()


def _given(criterion: PairScores, mentors: Table, mentees: Table) -> list[list[float | None]]:
    return oracles.scores(criterion, mentors, mentees)  # type: ignore[return-value]


# ---------------------------------------------------------------- what people said


def written(table: Table, column: str) -> list[float | None]:
    """A number for each person, None where there is none."""
    data = table.get(column)
    if not isinstance(data, Number):
        return [None] * len(table.ids)
    return [None if math.isnan(x) else x for x in data.values.tolist()]


def said(table: Table, column: str) -> list[set[Word]]:
    """What each person said in a column: one word or number, several words, or nothing."""
    data = table[column]
    if isinstance(data, Number) and data.order:
        return [set() if math.isnan(x) else {folded(data.order[int(x)])} for x in data.values.tolist()]
    if isinstance(data, Category):  # "-" alone folds to nothing, and stays what it is
        words = [folded(str(label)) or str(label) for label in data.labels]
        return [{words[k]} if k >= 0 else set() for k in data.codes.tolist()]
    cells = oracles.cells(table, column)
    return [set() if x is None else set(x) if isinstance(data, Items) else {x} for x in cells]


def meant(table: Table, column: str, value: str) -> Word:
    """What a ``value`` of a program is among the words of a column: a number among numbers, else a folded word."""
    data = table[column]
    if isinstance(data, Number) and not data.order:
        try:
            return Fraction(float(value))
        except ValueError:
            return folded(value)
    return folded(value)


def _words(table: Table, column: str, value: str | None) -> set[Word]:
    return set().union(*said(table, column)) if value is None else {meant(table, column, value)}


# ---------------------------------------------------------------- limits


@singledispatch
def keeps(limit: Limit, question: Question) -> Judge:
    """Whether a plan keeps the limit, as a function of the plan."""
    raise TypeError(f"nobody has said what {limit} means")


def _between(least: float | None, number: float, most: float | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


@keeps.register
def _(limit: TotalPairs, question: Question) -> Judge:
    return lambda plan: _between(limit.least, len(plan), limit.most)


@keeps.register
def _(limit: Group, question: Question) -> Judge:
    side = ("mentor", "mentee").index(limit.side)
    table = question.tables[side]
    answers, words = said(table, limit.column), _words(table, limit.column, limit.value)
    return lambda plan: all(
        _between(limit.least, sum(word in answers[pair[side]] for pair in plan), limit.most) for word in words
    )


@keeps.register
def _(limit: Spread, question: Question) -> Judge:
    own, other = (0, 1) if limit.side == "mentor" else (1, 0)
    table = question.tables[other]
    answers, words = said(table, limit.column), _words(table, limit.column, limit.value)

    def kept(plan: Plan) -> bool:
        partners = Counter((pair[own], word) for pair in plan for word in answers[pair[other]] & words)
        return all(times <= limit.most for times in partners.values())

    return kept


@keeps.register
def _(limit: Share, question: Question) -> Judge:
    columns = [limit.column] if isinstance(limit.column, str) else list(limit.column)
    answers = [[said(table, column) for table in question.tables] for column in columns]
    least, most = (None if share is None else Fraction(str(share)) for share in (limit.least, limit.most))

    def kept(plan: Plan) -> bool:
        count = sum(all(a[i] and b[j] and (a[i] != b[j]) == limit.differ for a, b in answers) for i, j in plan)
        return (least is None or count >= least * len(plan)) and (most is None or count <= most * len(plan))

    return kept


@keeps.register
def _(limit: Capacity, question: Question) -> Judge:
    def kept(plan: Plan) -> bool:
        for side, most in enumerate((limit.mentors, limit.mentees)):
            if most is not None and any(k > most for k in Counter(pair[side] for pair in plan).values()):
                return False
        return True

    return kept


@keeps.register
def _(limit: Circles, question: Question) -> Judge:
    return lambda plan: all(limit.least <= k <= limit.most for k in Counter(mentor for mentor, _ in plan).values())


@keeps.register
def _(limit: Lock, question: Question) -> Judge:
    return lambda plan: {*limit.pairs} <= {question.named(pair) for pair in plan}


@keeps.register
def _(limit: CapacityTotal, question: Question) -> Judge:
    most = {
        name: int(number)
        for names, table in zip(question.names, question.tables, strict=True)
        for name, number in zip(names, written(table, "capacity_total"), strict=True)
        if number is not None
    }

    def kept(plan: Plan) -> bool:
        load = Counter(name for pair in plan for name in question.named(pair))
        return all(load[name] <= number for name, number in most.items())

    return kept


@keeps.register
def _(limit: OneDirection, question: Question) -> Judge:
    def kept(plan: Plan) -> bool:
        named = {question.named(pair) for pair in plan}
        return not any((b, a) in named for a, b in named)

    return kept


@keeps.register
def _(limit: Changes, question: Question) -> Judge:
    possible = {question.named(pair) for pair in question.pairs} & {*limit.pairs}
    return lambda plan: len(possible - {question.named(pair) for pair in plan}) <= limit.most


@keeps.register
def _(limit: Representative, question: Question) -> Judge:
    side = ("mentor", "mentee").index(limit.side)
    words = [min(map(str, answer), default=None) for answer in said(question.tables[side], limit.column)]
    people = Counter(words)
    exact = {word: Fraction(limit.pairs * count, len(words)) for word, count in people.items()}
    seats = {word: math.floor(quota) for word, quota in exact.items()}
    order = sorted(people, key=lambda word: (seats[word] - exact[word], -people[word], word or "no answer"))
    for word in order[: limit.pairs - sum(seats.values())]:
        seats[word] += 1
    return lambda plan: (
        len(plan) == limit.pairs
        and all(sum(words[pair[side]] == word for pair in plan) == number for word, number in seats.items())
    )


def lawful(question: Question) -> Judge:
    """Whether a plan breaks nothing at all: rules, room, least numbers of pairs, limits; and no pair twice."""
    judges = [keeps(limit, question) for limit in question.limits]
    open_ = {*question.pairs}

    def kept(plan: Plan) -> bool:
        if len({*plan}) < len(plan) or not {*plan} <= open_:
            return False
        for side in (0, 1):
            load = Counter(pair[side] for pair in plan)
            bounds = zip(question.least[side], question.room[side], strict=True)
            if not all(least <= load[k] <= most for k, (least, most) in enumerate(bounds)):
                return False
        return all(judge(plan) for judge in judges)

    return kept


# ---------------------------------------------------------------- objectives


@singledispatch
def worth(objective: Objective, question: Question) -> Values:
    """What a plan is worth to the objective, a number for each of its stages, as a function of the plan."""
    raise TypeError(f"nobody has said what {objective} means")


def scored(question: Question, plan: Plan) -> list[int]:
    """The points of each pair of a plan."""
    return [int(question.points[pair]) for pair in plan]


def load(plan: Plan, side: int, people: int) -> list[int]:
    """Everybody's number of pairs on a side."""
    found = Counter(pair[side] for pair in plan)
    return [found[k] for k in range(people)]


@worth.register
def _(objective: MostPairs, question: Question) -> Values:
    return lambda plan: (len(plan),)


@worth.register
def _(objective: Total, question: Question) -> Values:
    settled = any(isinstance(other, MostPairs) for other in question.objectives)
    floor = 0 if settled else round(objective.floor * SCALE)
    return lambda plan: (sum(scored(question, plan)) - floor * len(plan),)


@worth.register
def _(objective: WorstPair, question: Question) -> Values:
    return lambda plan: (min(scored(question, plan), default=SCALE),)


@worth.register
def _(objective: Bands, question: Question) -> Values:
    bars = [Fraction(threshold) for threshold in objective.thresholds]
    return lambda plan: tuple(-sum(Fraction(x, SCALE) < bar for x in scored(question, plan)) for bar in bars)


@worth.register
def _(objective: LeastLoad, question: Question) -> Values:
    return lambda plan: (-sum(k * k for k in load(plan, 0, question.shape[0])),)


@worth.register
def _(objective: Stability, question: Question) -> Values:
    return lambda plan: (sum(question.named(pair) in objective.pairs for pair in plan),)


@worth.register
def _(objective: Priority, question: Question) -> Values:
    first = [_first(objective, question, side) for side in (0, 1)]
    return lambda plan: (sum(first[side][k] for side in (0, 1) for k in {pair[side] for pair in plan}),)


def _first(objective: Priority, question: Question, side: int) -> list[int]:
    if not objective.column:
        listed = (objective.mentors, objective.mentees)[side]
        return [int(name in listed) for name in question.names[side]]
    data = question.tables[side][objective.column]
    if isinstance(data, Number):
        return [int(x or 0) for x in written(question.tables[side], objective.column)]
    return [int(means_yes(str(cell))) for cell in data.cells()]


def values(question: Question) -> Values:
    """What a plan is worth to each objective in order, stage by stage."""
    each = [worth(objective, question) for objective in question.objectives]
    return lambda plan: tuple(chain.from_iterable(value(plan) for value in each))


# ---------------------------------------------------------------- every plan there is


def plans(pairs: Plan) -> Iterator[Plan]:
    """Every set of these pairs."""
    return map(list, chain.from_iterable(combinations(pairs, size) for size in range(len(pairs) + 1)))


def best_rounds_by_trying(questions: Sequence[Question]) -> tuple[int, ...] | None:
    """The best values of rounds that share no pair, summed over the rounds, by trying all of them; None where there are
    none.
    """
    best: dict[frozenset[tuple[str, str]], tuple[int, ...]] = {frozenset(): ()}
    for question in questions:
        kept, value = lawful(question), values(question)
        single = [(frozenset(map(question.named, plan)), value(plan)) for plan in plans(question.pairs) if kept(plan)]
        found: dict[frozenset[tuple[str, str]], tuple[int, ...]] = {}
        for made, so_far in best.items():
            for pairs, worth_ in single:
                if not made & pairs:
                    sums = tuple(map(sum, zip(so_far or (0,) * len(worth_), worth_, strict=True)))
                    found[made | pairs] = max(found.get(made | pairs, sums), sums)
        best = found
    return max(best.values(), default=None)


def best_by_trying(question: Question) -> tuple[int, ...] | None:
    """The best values in the order of the objectives, by trying every plan; None where none is lawful."""
    kept, value = lawful(question), values(question)
    return max((value(plan) for plan in plans(question.pairs) if kept(plan)), default=None)
