"""Small programs of every kind for a handful of people, and every plan that they allow, looked at one by one.

The plans are all sets of eligible pairs that keep what the limits say in words; each objective is measured plainly.
Nothing here is shared with what finds, proves or explains a plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import rmatch
from rmatch import limits as lim
from rmatch import objectives as obj
from rmatch.columns import BoolArray, IntArray
from rmatch.criteria import PairScores
from rmatch.rules import Exclude, Rule

POINTS = 2**20
MOST_PAIRS = 13
"""So many pairs may be made at most: all sets of them are looked at."""

Pair = tuple[str, str]
COLUMNS = ("department", "location", "region")
REGIONS = {"York": "North", "Leeds": "North", "Bath": "South"}
"""Where each location lies: groups inside groups."""


@dataclass(frozen=True, eq=False)
class Mix:
    """People, the score of each pair (NaN where it may not be), and a program."""

    people: pd.DataFrame
    scores: pd.DataFrame
    rules: tuple[Rule, ...] = ()
    limits: tuple[lim.Limit, ...] = ()
    objectives: tuple[obj.Objective, ...] = (obj.MostPairs(), obj.Total())

    @property
    def program(self) -> rmatch.Program:
        """The program that the mix stands for."""
        return rmatch.Program(
            criteria=[PairScores(frame=self.scores)],
            rules=self.rules,
            limits=self.limits,
            objectives=self.objectives,
        )

    def roster(self) -> rmatch.Roster:
        """The people."""
        return rmatch.from_frame(self.people, program=self.program)

    def match(self) -> rmatch.Matching:
        """The plan."""
        return rmatch.match(self.roster(), self.program)

    def without(self, person: str) -> Mix:
        """The same without somebody."""
        return replace(self, people=self.people[self.people["employee_id"] != person])

    def and_also(self, *more: lim.Limit) -> Mix:
        """The same with further limits."""
        return replace(self, limits=(*self.limits, *more))

    def __repr__(self) -> str:
        people = self.people.to_string()
        return f"Mix(\n{people}\n{self.scores.to_string()}\n{self.rules} {self.limits}\n{self.objectives})"


@dataclass(frozen=True, eq=False)
class Plans:
    """Every plan that keeps the rules and limits of a mix: ``made[plan, pair]``."""

    mix: Mix

    @cached_property
    def ids(self) -> tuple[list[str], list[str]]:
        """The mentors and the mentees."""
        role, who = self.mix.people["role"], self.mix.people["employee_id"]
        return who[role == "mentor"].tolist(), who[role == "mentee"].tolist()

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs that may be."""
        apart = {frozenset(pair) for rule in self.mix.rules if isinstance(rule, Exclude) for pair in rule.pairs}
        every = [(a, b) for a in self.ids[0] for b in self.ids[1] if frozenset((a, b)) not in apart]
        return [(a, b) for a, b in every if not np.isnan(self.mix.scores.loc[a, b])]

    @cached_property
    def points(self) -> IntArray:
        """What each pair scores."""
        return np.array([round(float(self.mix.scores.loc[pair]) * POINTS) for pair in self.pairs], np.int64)

    @cached_property
    def made(self) -> IntArray:
        """Which pairs each lawful plan makes."""
        size = len(self.pairs)
        assert size <= MOST_PAIRS
        every = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
        for weights, least, most in self.rows():
            sums = every @ np.array(weights, np.int64) if size else np.zeros(len(every), np.int64)
            every = every[(sums >= least) & (sums <= most)]
        return every

    def people(self) -> dict[str, Any]:
        """Everybody's cells by id."""
        return self.mix.people.set_index("employee_id").to_dict("index")

    def rows(self) -> Iterable[tuple[list[int], int, int]]:
        """What every lawful plan keeps: a whole number for each pair, and the least and the most of their sum."""
        cells, endless = self.people(), 10**9
        for side in (0, 1):
            word = ("mentors", "mentees")[side]
            rooms = [getattr(x, word) for x in self.mix.limits if isinstance(x, lim.Capacity) and getattr(x, word)]
            for person in self.ids[side]:
                most = min([int(cells[person]["capacity"]), *rooms])
                yield [int(pair[side] == person) for pair in self.pairs], int(cells[person]["min_pairs"]), most
        for limit in self.mix.limits:
            least, most = getattr(limit, "least", None), getattr(limit, "most", None)
            bounds = (least or 0, endless if most is None else most)
            if isinstance(limit, lim.TotalPairs):
                yield [1] * len(self.pairs), *bounds
            elif isinstance(limit, lim.Group):
                side = int(limit.side == "mentee")
                for value in self.values(side, limit.column, limit.value):
                    yield [int(cells[pair[side]][limit.column] == value) for pair in self.pairs], *bounds
            elif isinstance(limit, lim.Spread):
                side = int(limit.side == "mentee")
                for person in self.ids[side]:
                    for value in self.values(1 - side, limit.column, limit.value):
                        yield (
                            [int(p[side] == person and cells[p[1 - side]][limit.column] == value) for p in self.pairs],
                            *bounds,
                        )
            elif isinstance(limit, lim.Share):
                counting = [self.counts(limit, *(cells[who][limit.column] for who in pair)) for pair in self.pairs]
                for share, sign in ((limit.least, 1), (limit.most, -1)):
                    if share is not None:
                        part = Fraction(str(share))
                        yield [sign * int(part.denominator * (yes - part)) for yes in counting], 0, endless
            elif isinstance(limit, lim.Lock):
                for lock in limit.pairs:
                    yield [int(pair == lock) for pair in self.pairs], 1, 1
            elif isinstance(limit, lim.Changes):
                kept = [int(pair in limit.pairs) for pair in self.pairs]
                yield kept, sum(kept) - limit.most, endless

    def values(self, side: int, column: str, value: str | None) -> list[str]:
        """The groups that a limit means."""
        if value is not None:
            return [value]
        cells = self.people()
        return sorted({cells[person][column] for person in self.ids[side]} - {""})

    @staticmethod
    def counts(limit: lim.Share, a: str, b: str) -> int:
        """Whether a pair of people with these answers counts towards a share."""
        return int(bool(a and b) and (a != b) == limit.differ)

    def measures(self) -> dict[str, IntArray]:
        """What each lawful plan reaches in every objective in order, the more the better."""
        made, cells = self.made, self.people()
        first = any(isinstance(objective, obj.MostPairs) for objective in self.mix.objectives)
        loads = [
            {who: made @ np.array([int(pair[side] == who) for pair in self.pairs], np.int64) for who in self.ids[side]}
            for side in (0, 1)
        ]
        found: dict[str, IntArray] = {}
        for objective in self.mix.objectives:
            if isinstance(objective, obj.MostPairs):
                found["most_pairs"] = made.sum(1)
            elif isinstance(objective, obj.Total):
                floor = 0 if first else round(objective.floor * POINTS)
                found["total"] = made @ (self.points - floor)
            elif isinstance(objective, obj.WorstPair):
                found["worst_pair"] = np.where(made, self.points, POINTS).min(axis=1, initial=POINTS)
            elif isinstance(objective, obj.Bands):
                for threshold in objective.thresholds:
                    found[f"bands_{threshold:g}"] = -(made @ (self.points < threshold * POINTS).astype(np.int64))
            elif isinstance(objective, obj.LeastLoad):
                found["least_load"] = -sum((load**2 for load in loads[0].values()), np.zeros(len(made), np.int64))
            elif isinstance(objective, obj.Stability):
                found["stability"] = made @ np.array([int(pair in objective.pairs) for pair in self.pairs], np.int64)
            elif isinstance(objective, obj.Priority):
                urgent = [
                    (load, int(cells[who][objective.column]))
                    if objective.column
                    else (load, int(who in (objective.mentors, objective.mentees)[side]))
                    for side in (0, 1)
                    for who, load in loads[side].items()
                ]
                found[objective.name] = sum(
                    (worth * (load > 0) for load, worth in urgent), np.zeros(len(made), np.int64)
                )
        return found

    def with_pair(self, pair: Pair) -> BoolArray:
        """Which plans make a pair."""
        made: BoolArray = self.made[:, self.pairs.index(pair)] == 1
        return made

    def best(self, some: BoolArray | None = None) -> Best | None:
        """The best of some plans, of all where none are named; None where there are none."""
        left = np.arange(len(self.made)) if some is None else np.flatnonzero(some)
        if not len(left):
            return None
        reached = {}
        for name, value in self.measures().items():
            reached[name] = int(value[left].max())
            left = left[value[left] == reached[name]]
        return Best(reached, self.made[left], self)


@dataclass(frozen=True, eq=False)
class Best:
    """What the best plans reach in each objective, and which plans they are."""

    reached: dict[str, int]
    made: IntArray
    plans: Plans

    @property
    def sets(self) -> list[frozenset[Pair]]:
        """The pairs of each of them."""
        return [frozenset(pair for pair, yes in zip(self.plans.pairs, plan, strict=True) if yes) for plan in self.made]

    @property
    def pairs(self) -> int | None:
        """How many pairs they have, None where they differ."""
        counts = set(self.made.sum(1).tolist())
        return counts.pop() if len(counts) == 1 else None


def unit(name: str) -> int:
    """How much of an objective's measure is one in its own unit."""
    return POINTS if name in ("total", "worst_pair") else 1


# ---------------------------------------------------------------- mixes at random


@dataclass(frozen=True)
class Drawn:
    """A mix made again the same from a seed; ``limited`` and ``further`` say what it may have beyond the plain."""

    seed: int
    most: int = 4
    limited: bool = True
    further: bool = True

    def mix(self) -> Mix:
        """The mix."""
        draw = np.random.default_rng(self.seed)
        sizes = draw.integers(2, self.most + 1, 2)
        people = _people(draw, *sizes.tolist())
        a, b = (people["employee_id"][people["role"] == role].tolist() for role in ("mentor", "mentee"))
        steps = int(draw.choice([4, 8, 64]))
        scores = np.where(draw.random((len(a), len(b))) < draw.choice([0.0, 0.3]), np.nan, 1.0)
        scores *= draw.integers(0, steps + 1, scores.shape) / steps
        open_ = np.flatnonzero(~np.isnan(scores))
        scores.ravel()[draw.permutation(open_)[MOST_PAIRS:]] = np.nan
        frame = pd.DataFrame(scores, index=a, columns=b)
        mix = Mix(people, frame)
        if draw.random() < 0.2:
            mix = replace(mix, rules=(Exclude(((str(draw.choice(a)), str(draw.choice(b))),), unknown="ignore"),))
        pairs = Plans(mix).pairs
        objectives = _objectives(draw, pairs, a, b, self.further)
        limits = _limits(draw, pairs, self.limited)
        return replace(mix, people=_roomy(people, limits), limits=limits, objectives=objectives)


def drawn(**kind: Any) -> st.SearchStrategy[Drawn]:
    """Mixes by their seeds."""
    return st.builds(Drawn, st.integers(0, 2**32 - 1), **{name: st.just(value) for name, value in kind.items()})


def _people(draw: np.random.Generator, mentors: int, mentees: int) -> pd.DataFrame:
    several, needy = draw.random(2) < [0.6, 0.3]
    size = mentors + mentees
    capacity = draw.integers(1, 4, size) if several else np.ones(size, np.int64)
    least = (draw.random(size) < 0.2).astype(int) if needy else np.zeros(size, np.int64)
    department = draw.choice(["Law", "Tax", ""], size, p=[0.5, 0.4, 0.1])
    department[[0, mentors]] = "Law"  # a share of a column that a side leaves blank is refused
    return pd.DataFrame(
        {
            "employee_id": [f"a{k}" for k in range(mentors)] + [f"b{k}" for k in range(mentees)],
            "role": ["mentor"] * mentors + ["mentee"] * mentees,
            "capacity": capacity.astype(str),
            "min_pairs": least.astype(str),
            "department": department,
            "location": (places := draw.choice([*REGIONS], size)),
            "region": [REGIONS[place] for place in places],
            "waited": draw.integers(0, 3, size).astype(str),
        }
    )


def _roomy(people: pd.DataFrame, limits: tuple[lim.Limit, ...]) -> pd.DataFrame:
    """The people with as much room as a limit lets all of a side have, so that it is the limit that counts."""
    room = people["capacity"].astype(int)
    for limit in limits:
        if isinstance(limit, lim.Capacity):
            for role, most in (("mentor", limit.mentors), ("mentee", limit.mentees)):
                room = room.where(people["role"] != role, room.clip(lower=most or 0))
    return people.assign(capacity=room.astype(str))


def _limits(draw: np.random.Generator, pairs: list[Pair], limited: bool) -> tuple[lim.Limit, ...]:
    found: list[lim.Limit] = []
    if draw.random() < 0.15:
        found.append(lim.Capacity(**{str(draw.choice(["mentors", "mentees"])): int(draw.integers(1, 3))}))
    if pairs and draw.random() < 0.5:
        some = draw.permutation(len(pairs))[: draw.integers(1, 3)]
        found.append(lim.Lock(tuple(pairs[k] for k in some)))
    if not limited:
        return tuple(found)
    side = str(draw.choice(["mentor", "mentee"]))
    one, other = draw.permutation(COLUMNS)[:2].tolist()
    low, high = sorted(draw.integers(0, 4, 2).tolist())
    earlier = tuple(pairs[k] for k in draw.permutation(len(pairs))[:3])
    kinds: list[lim.Limit] = [
        lim.TotalPairs(**({"most": high} if draw.random() < 0.5 else {"least": low, "most": high})),
        lim.Group(side, one, least=min(low, 1), most=max(high, 1)),  # type: ignore[arg-type]
        lim.Group(side, other, most=max(high, 1)),  # type: ignore[arg-type]
        lim.Spread(side, one, most=1),  # type: ignore[arg-type]
        _share(draw, one),
        _share(draw, other),
        lim.Changes(earlier, most=int(draw.integers(0, 3))),
    ]
    some = draw.permutation(len(kinds))[: draw.integers(0, 4)]
    return (*found, *(kinds[k] for k in some))


def _share(draw: np.random.Generator, column: str) -> lim.Share:
    bound = {str(draw.choice(["least", "most"])): float(draw.choice([0.25, 0.4, 0.5, 1.0]))}
    return lim.Share(column, bool(draw.random() < 0.5), **bound)


def _objectives(
    draw: np.random.Generator, pairs: list[Pair], a: list[str], b: list[str], further: bool
) -> tuple[obj.Objective, ...]:
    if not further or draw.random() < 0.4:
        floor = float(draw.choice([0.0, 0.25, 0.5]))
        return ((obj.MostPairs(), obj.Total()), (obj.Total(floor=floor),))[int(draw.random() < 0.5)]
    later: list[obj.Objective] = [
        obj.Priority(column="waited") if draw.random() < 0.5 else obj.Priority(mentors=(a[0],), mentees=(b[0], b[1])),
        obj.WorstPair(),
        obj.Bands((0.25, 0.5)),
        obj.LeastLoad(),
        *([obj.Stability(tuple(pairs[k] for k in draw.permutation(len(pairs))[:2]))] if pairs else []),
    ]
    some = sorted(draw.permutation(len(later))[: draw.integers(1, 3)].tolist())
    return (obj.MostPairs(), *(later[k] for k in some), obj.Total())
