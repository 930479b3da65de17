"""Limits and objectives by other means: their meaning in plain Python, and an integer program for each stage in order.

Written from the words of the documents alone; nothing here compiles limits, prices anything or looks at a certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import scipy.optimize as so
from hypothesis import strategies as st
from oracles import cells, folded
from strategies import CRITERIA, NEEDY, PLAIN, SHARED, Compiled, Problem, Rare, crowds

from rmatch.factors import SCALE
from rmatch.limits import Changes, Group, Limit, Lock, Share, Spread, TotalPairs
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.rules import Differs, GradeGap, Rule

Pairs = list[tuple[int, int]]
COLUMNS = ("department", "location", "job_family")

# ---------------------------------------------------------------- the meaning of each limit


def answers(made: Compiled, side: int, column: str) -> list[set[str]]:
    """What each person of a side said in a column: one word, several, or none."""
    found = cells((made.model.mentors, made.model.mentees)[side], column)
    return [set() if x is None else set(x) if isinstance(x, dict) else {str(x)} for x in found]


def counts(made: Compiled, limit: Limit, pairs: Pairs) -> Iterator[tuple[list[int], Fraction, Fraction]]:
    """The sums that a limit bounds: what each pair adds, the least and the most of the sum."""
    size, none = len(pairs), Fraction(10**9)
    if isinstance(limit, TotalPairs):
        yield [1] * size, Fraction(limit.least or 0), none if limit.most is None else Fraction(limit.most)
    if isinstance(limit, Group):
        side = int(limit.side == "mentee")
        said = answers(made, side, limit.column)
        for word in {folded(limit.value)} if limit.value is not None else set().union(*said):
            adds = [int(word in said[pair[side]]) for pair in pairs]
            yield adds, Fraction(limit.least or 0), none if limit.most is None else Fraction(limit.most)
    if isinstance(limit, Share):
        columns = [limit.column] if isinstance(limit.column, str) else list(limit.column)
        said = [(answers(made, 0, column), answers(made, 1, column)) for column in columns]
        count = [all(a[i] and b[j] and (a[i] != b[j]) == limit.differ for a, b in said) for i, j in pairs]
        for share, sign in ((limit.least, 1), (limit.most, -1)):
            if share is not None:
                p = Fraction(str(share))
                yield [int(sign * p.denominator * (yes - p)) for yes in map(int, count)], Fraction(0), none
    if isinstance(limit, Spread):
        own, other = (0, 1) if limit.side == "mentor" else (1, 0)
        said = answers(made, other, limit.column)
        for person in range(made.model.shape[own]):
            for word in {folded(limit.value)} if limit.value is not None else set().union(*said):
                adds = [int(pair[own] == person and word in said[pair[other]]) for pair in pairs]
                yield adds, Fraction(0), Fraction(limit.most)
    if isinstance(limit, Changes):
        kept = [int(named(made, pair) in limit.pairs) for pair in pairs]
        yield kept, Fraction(sum(kept) - limit.most), none  # `pairs` are all that may be made
    if isinstance(limit, Lock):
        for lock in limit.pairs:
            yield [int(named(made, pair) == lock) for pair in pairs], Fraction(1), Fraction(1)


def named(made: Compiled, pair: tuple[int, int]) -> tuple[str, str]:
    """The ids of a pair."""
    return str(made.model.mentors.ids[pair[0]]), str(made.model.mentees.ids[pair[1]])


# ---------------------------------------------------------------- an integer program, stage by stage


@dataclass
class Programme:
    """Everybody's pairs as 0 or 1, and each person's number of pairs as layers: the first pair, the second, …"""

    made: Compiled
    pairs: Pairs = field(init=False)
    points: np.ndarray = field(init=False)
    locked: np.ndarray = field(init=False)
    rows: list[tuple[np.ndarray, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        model = self.made.model
        i, j = np.indices(model.shape).reshape(2, -1)
        fine = model.eligible(i, j)
        self.pairs = list(zip(i[fine].tolist(), j[fine].tolist(), strict=True))
        self.points = model.points(i[fine], j[fine])
        locks = {pair for limit in model.program.limits if isinstance(limit, Lock) for pair in limit.pairs}
        self.locked = np.array([named(self.made, pair) in locks for pair in self.pairs], bool)
        self.layers = [
            (side, person, number)
            for side in (0, 1)
            for person in range(model.shape[side])
            for number in range(1, min(int(model.capacity[side][person]), model.shape[1 - side]) + 1)
        ]
        self.size = len(self.pairs) + len(self.layers)
        for side in (0, 1):
            for person in range(model.shape[side]):
                own = [int(pair[side] == person) for pair in self.pairs]
                self.add(own, model.minimum[side][person], model.capacity[side][person])
                filled = [-int(layer[:2] == (side, person)) for layer in self.layers]
                self.add(own, 0, 0, filled)
        for limit in model.program.limits:
            for adds, least, most in counts(self.made, limit, self.pairs):
                self.add(adds, float(least), float(most))

    def add(self, adds: list[int], least: float, most: float, filled: list[int] | None = None) -> None:
        """One more row: what each pair, and perhaps each layer, adds to a bounded sum."""
        layers = [0] * len(self.layers) if filled is None else filled
        self.rows.append((np.array([*adds, *layers], float), float(least), float(most)))

    def solve(self, value: np.ndarray, allowed: np.ndarray | None = None) -> np.ndarray | None:
        """The best choice of pairs and layers, or None where there is none."""
        if not self.size:
            return np.zeros(0) if all(least <= 0 <= most for _, least, most in self.rows) else None
        high = np.ones(self.size)
        if allowed is not None:
            high[: len(self.pairs)] = allowed
        limits = so.LinearConstraint(*(np.array(part) for part in zip(*self.rows, strict=True)))
        found = so.milp(
            -value, constraints=limits, integrality=np.ones(self.size), bounds=so.Bounds(0, high),
            options={"mip_rel_gap": 0.0},
        )  # fmt: skip
        return None if found.x is None else np.rint(found.x)

    def value(self, pair: Callable[[int], float], layer: Callable[[int, int, int], float] = lambda *_: 0) -> np.ndarray:
        """A value for each pair, by its place, and each layer, by side, person and number."""
        return np.array([*map(pair, range(len(self.pairs))), *(layer(*each) for each in self.layers)], float)

    def worths(self, objective: Objective) -> Iterator[tuple[str, np.ndarray]]:
        """What an objective maximises."""
        model = self.made.model
        if isinstance(objective, MostPairs):
            yield "most_pairs", self.value(lambda _: 1)
        elif isinstance(objective, Total):
            first = any(isinstance(o, MostPairs) for o in model.program.objectives)
            floor = 0 if first else round(objective.floor * SCALE)
            yield "total", self.value(lambda k: float(self.points[k] - floor))
        elif isinstance(objective, Bands):
            for threshold in objective.thresholds:
                bar = Fraction(threshold)
                yield "bands", self.value(lambda k, bar=bar: -float(Fraction(int(self.points[k]), SCALE) < bar))
        elif isinstance(objective, LeastLoad):
            yield "least_load", self.value(lambda _: 0, lambda side, _, number: -(2 * number - 1) * (side == 0))
        elif isinstance(objective, Stability):
            yield "stability", self.value(lambda k: float(named(self.made, self.pairs[k]) in objective.pairs))
        elif isinstance(objective, Priority):
            first_ = (objective.mentors, objective.mentees)
            ids = model.mentors.ids, model.mentees.ids
            yield (
                "priority",
                self.value(
                    lambda _: 0, lambda side, who, number: float(number == 1 and ids[side][who] in first_[side])
                ),
            )


def in_order(made: Compiled) -> list[int] | None:
    """The best value of each stage in order, or None where no plan keeps the limits."""
    programme = Programme(made)
    if programme.solve(np.zeros(programme.size)) is None:
        return None
    allowed, found = np.ones(len(programme.pairs)), list[int]()
    for objective in made.model.program.objectives:
        if isinstance(objective, WorstPair):
            best = _worst(programme, allowed)
            allowed = allowed * ((programme.points >= best) | programme.locked)
            found.append(best)
            continue
        for name, value in programme.worths(objective):
            plan = programme.solve(value, allowed)
            assert plan is not None
            reached = round(float(value @ plan))
            found.append(reached)
            slack = 0.5 if name == "total" else 0.25
            programme.rows.append((value, reached - slack, np.inf))
    return found


def _worst(programme: Programme, allowed: np.ndarray) -> int:
    """The highest score that the worst pair can have; that of a perfect pair where no pair need be made.

    Locked pairs are pairs of every plan, and the others need be no better than the worst of them.
    """
    nothing = np.zeros(programme.size)
    if programme.solve(nothing, 0 * allowed) is not None:
        return SCALE
    most = programme.points[programme.locked].min(initial=SCALE)
    low, scores = 0, sorted({0, *np.minimum(programme.points[allowed > 0], most).tolist()})
    high = len(scores) - 1
    while low < high:
        middle = (low + high + 1) // 2
        good = (programme.points >= scores[middle]) | programme.locked
        met = programme.solve(nothing, allowed * good) is not None
        low, high = (middle, high) if met else (low, middle - 1)
    return int(scores[low])


# ---------------------------------------------------------------- wishes at random


def bounds_at_random(most: int = 4) -> st.SearchStrategy[tuple[int | None, int | None]]:
    """A least, a most, or both in order."""
    numbers = st.integers(0, most)
    return st.one_of(
        st.tuples(numbers, st.none()),
        st.tuples(st.none(), numbers),
        st.tuples(numbers, numbers).map(lambda both: (min(both), max(both))),
    )


SIDES = st.sampled_from(("mentor", "mentee"))
SHARES_OF = st.sampled_from((0.2, 1 / 4, 0.4, 0.5, 0.75, 1.0))
LIMITS: dict[str, st.SearchStrategy[Limit]] = {
    "total": bounds_at_random().map(lambda b: TotalPairs(least=b[0], most=b[1])),
    "group": st.builds(
        lambda side, column, b: Group(side, column, least=b[0], most=b[1]),
        SIDES,
        st.sampled_from((*COLUMNS, "languages")),
        bounds_at_random(2),
    ),
    "share": st.builds(
        lambda column, differ, share, least: Share(column, differ, **{"least" if least else "most": share}),
        st.sampled_from((*COLUMNS, ("department", "location"))),
        st.booleans(),
        SHARES_OF,
        st.booleans(),
    ),
    "spread": st.builds(lambda side, column: Spread(side, column, most=1), SIDES, st.sampled_from(COLUMNS)),
    "lock": st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda pair: (f"a{pair[0]}", f"b{pair[1]}")),
        min_size=1,
        max_size=2,
        unique=True,
    ).map(lambda pairs: Lock(tuple(pairs))),
    "changes": st.integers(0, 3).map(lambda most: Changes(tuple((f"a{k}", f"b{k}") for k in range(4)), most=most)),
}
LATER: tuple[Objective, ...] = (
    Priority(mentors=("a0", "a1"), mentees=("b0",)),
    WorstPair(),
    Bands((0.3, 0.5)),
    LeastLoad(),
    Stability((("a0", "b1"), ("a1", "b0"), ("a2", "b2"))),
)


@st.composite
def wishes(draw: st.DrawFn, most: int = 6, kinds: tuple[str, ...] = tuple(LIMITS), more: int = 2) -> Problem:
    """Programs with limits and objectives of every kind, in every order that makes sense; people for each id named."""
    crowd = draw(crowds(most, 4, (PLAIN, SHARED, NEEDY)))
    limits = tuple(draw(st.lists(st.sampled_from(kinds).flatmap(LIMITS.__getitem__), max_size=more)))
    rules: tuple[Rule, ...] = tuple(
        draw(st.lists(st.sampled_from((GradeGap(1), Differs("job_family"), Rare(2))), max_size=1))
    )
    later = tuple(o for o in LATER if draw(st.integers(0, 3)) == 0)
    objectives = draw(st.sampled_from(((MostPairs(), *later, Total()), (MostPairs(), Total()), (Total(floor=0.4),))))
    if draw(st.integers(0, 9)) == 0:
        objectives = (Total(), LeastLoad())
    criteria = tuple(draw(st.lists(st.sampled_from(CRITERIA[:8]), min_size=1, max_size=3)))
    return Problem(crowd, criteria, rules, limits, objectives)
