"""Limits and objectives as somebody else may write them, and what they mean in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from meaning import Judge, Plan, Question, Values, keeps, load, said, scored, worth, written

from rmatch.columns import IntArray, Number, Table, fold
from rmatch.factors import SCALE
from rmatch.limits import Limit
from rmatch.objectives import Objective
from rmatch.rows import LoadValue, LoadValues, PairValues, Part, People, Row, listed

Side = Literal["mentor", "mentee"]


def numbers(table: Table, column: str) -> IntArray:
    """A whole number for each person, 0 where there is none."""
    data = table[column]
    if not isinstance(data, Number):  # nobody gave one
        return np.zeros(len(table.ids), np.int64)
    return np.nan_to_num(data.values).astype(np.int64)


def holders(table: Table, column: str, value: str) -> IntArray:
    """The places of the people whose column says ``value``."""
    return np.flatnonzero([fold(str(cell)) == fold(value) for cell in table[column].cells()])


def codes(people: People, column: str) -> tuple[IntArray, IntArray]:
    """What both sides said in a column as shared codes, -1 for nothing."""
    sides = [[fold(str(cell)) for cell in table[column].cells()] for table in (people.mentors, people.mentees)]
    known = {word: k for k, word in enumerate(sorted({*sides[0], *sides[1]} - {""}))}
    a, b = (np.array([known.get(word, -1) for word in side], np.int64) for side in sides)
    return a, b


# ---------------------------------------------------------------- limits


@dataclass(frozen=True)
class Balanced(Limit):
    """About as many pairs of the people of ``one`` value as of those of ``another``, give or take ``slack``."""

    side: Side
    column: str
    one: str
    another: str
    slack: int = 0

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ((self.column,), ()) if self.side == "mentor" else ((), (self.column,))

    def rows(self, people: People) -> tuple[Row, ...]:
        table = people.mentors if self.side == "mentor" else people.mentees
        parts = [
            Part(times, **{f"{self.side}s": holders(table, self.column, value)})  # type: ignore[arg-type]
            for times, value in ((1, self.one), (-1, self.another))
        ]
        return (Row(self.name, tuple(parts), -self.slack, self.slack),)


@keeps.register
def _(limit: Balanced, question: Question) -> Judge:
    side = ("mentor", "mentee").index(limit.side)
    answers = said(question.tables[side], limit.column)

    def kept(plan: Plan) -> bool:
        one, another = (
            sum(fold(value) in answers[pair[side]] for pair in plan) for value in (limit.one, limit.another)
        )
        return abs(one - another) <= limit.slack

    return kept


@dataclass(frozen=True)
class Stairs(Limit):
    """All pairs together climb at most ``most`` floors to meet; who has no floor is on the ground."""

    most: int

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("floor",), ("floor",)

    def rows(self, people: People) -> tuple[Row, ...]:
        a, b = numbers(people.mentors, "floor"), numbers(people.mentees, "floor")
        return (Row(self.name, (Part(pairs=lambda i, j: np.abs(a[i] - b[j])),), most=self.most),)


def floors(question: Question, plan: Plan) -> int:
    """How many floors a plan's pairs climb."""
    a, b = (written(table, "floor") for table in question.tables)
    return sum(abs(int(a[i] or 0) - int(b[j] or 0)) for i, j in plan)


@keeps.register
def _(limit: Stairs, question: Question) -> Judge:
    return lambda plan: floors(question, plan) <= limit.most


@dataclass(frozen=True)
class AtHome(Limit):
    """Nobody on ``side`` has more than ``most`` partners of the own ``location``; who has a grade, one more."""

    side: Side
    most: int = 1

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        own, others = ("location", "grade"), ("location",)
        return (own, others) if self.side == "mentor" else (others, own)

    def rows(self, people: People) -> tuple[Row, ...]:
        a, b = codes(people, "location")
        table = people.mentors if self.side == "mentor" else people.mentees
        most = self.most + (~table["grade"].missing).astype(np.int64)
        home = Part(pairs=lambda i, j: (a[i] == b[j]) & (a[i] >= 0))
        return (Row(self.name, (home,), most=most, each=self.side),)


@keeps.register
def _(limit: AtHome, question: Question) -> Judge:
    side = ("mentor", "mentee").index(limit.side)
    a, b = (said(table, "location") for table in question.tables)
    graded = [x is not None for x in written(question.tables[side], "grade")]

    def kept(plan: Plan) -> bool:
        home = load([(i, j) for i, j in plan if a[i] and a[i] == b[j]], side, question.shape[side])
        return all(times <= limit.most + more for times, more in zip(home, graded, strict=True))

    return kept


@dataclass(frozen=True)
class OneOf(Limit):
    """Of some pairs, by id, one is made and no other: two rows of one name."""

    pairs: tuple[tuple[str, str], ...]

    def rows(self, people: People) -> tuple[Row, ...]:
        some = Part(pairs=listed(self.pairs, people))
        return Row(self.name, (some,), least=1), Row(self.name, (some,), most=1)


@keeps.register
def _(limit: OneOf, question: Question) -> Judge:
    return lambda plan: sum(question.named(pair) in limit.pairs for pair in plan) == 1


@dataclass(frozen=True)
class Generous(Limit):
    """Who wrote no capacity may have two pairs on either side, and all have at most ``most`` of another department."""

    most: int = 2

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ("department",)

    def grants(self, side: Side) -> int | None:
        return 2

    def rows(self, people: People) -> tuple[Row, ...]:
        a, b = codes(people, "department")
        other = Part(pairs=lambda i, j: a[i] != b[j])
        return tuple(Row(f"{self.name}_{side}", (other,), most=self.most, each=side) for side in ("mentor", "mentee"))


@keeps.register
def _(limit: Generous, question: Question) -> Judge:
    a, b = (said(table, "department") for table in question.tables)

    def kept(plan: Plan) -> bool:
        other = [(i, j) for i, j in plan if a[i] != b[j]]
        return all(k <= limit.most for side in (0, 1) for k in load(other, side, question.shape[side]))

    return kept


# ---------------------------------------------------------------- objectives


@dataclass(frozen=True)
class Crossing(Objective):
    """As many pairs as possible of people from two departments."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ("department",)

    def pair_values(self, people: People) -> PairValues:
        a, b = codes(people, "department")
        return lambda i, j, points: ((a[i] >= 0) & (b[j] >= 0) & (a[i] != b[j])).astype(np.int64)


@worth.register
def _(objective: Crossing, question: Question) -> Values:
    a, b = (said(table, "department") for table in question.tables)
    return lambda plan: (sum(bool(a[i] and b[j] and a[i] != b[j]) for i, j in plan),)


@dataclass(frozen=True)
class ShortWays(Objective):
    """As few floors as possible between partners."""

    sign = -1

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("floor",), ("floor",)

    def pair_values(self, people: People) -> PairValues:
        a, b = numbers(people.mentors, "floor"), numbers(people.mentees, "floor")
        return lambda i, j, points: -np.abs(a[i] - b[j])


@worth.register
def _(objective: ShortWays, question: Question) -> Values:
    return lambda plan: (-floors(question, plan),)


@dataclass(frozen=True)
class Steep(Objective):
    """Three times the score, less a third of a perfect pair: by the score alone."""

    unit = SCALE

    def linear(self, people: People) -> tuple[int, int]:
        return 3, -SCALE // 3


@worth.register
def _(objective: Steep, question: Question) -> Values:
    return lambda plan: (sum(3 * x - SCALE // 3 - 1 for x in scored(question, plan)),)  # -SCALE // 3 rounds down


@dataclass(frozen=True)
class Fair(Objective):
    """A first partner for every mentee counts 5, for those with a grade 7; each pair 2, less twice the load squared."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (), ("grade",)

    def linear(self, people: People) -> tuple[int, int]:
        return 0, 2

    def load_values(self, people: People) -> LoadValues:
        first = np.where(people.mentees["grade"].missing, 5, 7)
        return None, LoadValue(first, square=2)


@worth.register
def _(objective: Fair, question: Question) -> Values:
    first = [5 if x is None else 7 for x in written(question.mentees, "grade")]

    def value(plan: Plan) -> tuple[int]:
        loads = load(plan, 1, question.shape[1])
        return (2 * len(plan) + sum((one if k else 0) - 2 * k * k for one, k in zip(first, loads, strict=True)),)

    return value


@dataclass(frozen=True)
class BothSides(Objective):
    """The squares of everybody's number of pairs, on both sides, are small together, and pairs well matched beside."""

    def linear(self, people: People) -> tuple[int, int]:
        return 1, 0

    def load_values(self, people: People) -> LoadValues:
        a, b = (LoadValue(np.zeros(size, np.int64), square=SCALE // 8) for size in people.shape)
        return a, b


@worth.register
def _(objective: BothSides, question: Question) -> Values:
    def value(plan: Plan) -> tuple[int]:
        squares = sum(k * k for side in (0, 1) for k in load(plan, side, question.shape[side]))
        return (sum(scored(question, plan)) - SCALE // 8 * squares,)

    return value


LIMITS: tuple[type[Limit], ...] = (Balanced, Stairs, AtHome, OneOf, Generous)
OBJECTIVES: tuple[type[Objective], ...] = (Crossing, ShortWays, Steep, Fair, BothSides)
