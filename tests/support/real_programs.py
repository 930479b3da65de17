"""Programs as people have them: teams in sites in regions in countries, and limits that just hold or just do not.

Drawn by Hypothesis, which makes failing ones small, or by a numbered seed, thousands in a row. Limits are drawn about a
plan that was made beforehand, so that many of them are tight and most can be kept together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from meaning import Question, asked
from strangers import LIMITS, AtHome, Balanced, BothSides, Crossing, Fair, Generous, OneOf, ShortWays, Stairs, Steep

import rmatch
from rmatch.criteria import Criterion, Department, Difference, PairScores, Similarity
from rmatch.errors import ProgramError
from rmatch.limits import Capacity, Changes, Group, Limit, Lock, Share, Spread, TotalPairs
from rmatch.objectives import USUAL, Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.program._checks import refuse_order
from rmatch.rules import Differs, Exclude, GradeGap, MinScore, Rule, Same, Shares

T = TypeVar("T")
Pair = tuple[str, str]
Record = dict[str, str]

PLACES = ("country", "region", "location", "team")
"""From the widest to the narrowest: each value lies in one value of the column before."""
COLUMNS = (*PLACES, "department", "languages", "grade", "floor")
SHARED = (
    ("location",),
    ("department",),
    ("team",),
    ("grade",),
    ("languages",),
    ("department", "location"),
    PLACES[::3],
)
"""Columns in which the two of a pair may differ, or be the same."""
STEPS = 1024


# ---------------------------------------------------------------- chance


class Draws(Protocol):
    """Where numbers come from."""

    def whole(self, least: int, most: int) -> int:
        """A whole number, both ends included; the least is the simplest."""


class Examples:
    """Numbers that Hypothesis draws, and makes small where a test fails."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def whole(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))


class Seeded:
    """Numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def whole(self, least: int, most: int) -> int:
        return int(self.random.integers(least, most + 1))


def pick(draws: Draws, some: Sequence[T]) -> T:
    """One of some things; the first is the simplest."""
    return some[draws.whole(0, len(some) - 1)]


def chance(draws: Draws, percent: int) -> bool:
    """Yes so often; no is the simplest."""
    return draws.whole(0, 99) >= 100 - percent


def several(draws: Draws, some: Sequence[T], number: int) -> list[T]:
    """So many different ones of some things, or all where there are fewer."""
    left, found = list(some), list[T]()
    while left and len(found) < number:
        found.append(left.pop(draws.whole(0, len(left) - 1)))
    return found


# ---------------------------------------------------------------- a program and its people


@dataclass(frozen=True)
class Real:
    """Records as an HR system gives them, scores in 1/1024 for each mentor and mentee, and a program.

    A score of None forbids the pair; without ``scores`` the ``criteria`` alone judge. Printed, it is the Python that
    makes it again.
    """

    records: tuple[Record, ...]
    scores: tuple[tuple[int | None, ...], ...] | None
    criteria: tuple[Criterion, ...] = ()
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    objectives: tuple[Objective, ...] = (MostPairs(), Total())
    seed: int = 0

    @cached_property
    def ids(self) -> tuple[list[str], list[str]]:
        """The ids of the mentors and of the mentees, in the order of the records."""
        return _sides(self.records)

    @property
    def strange(self) -> bool:
        """Whether a limit or an objective of somebody else's is in it, which no file can name."""
        return any(not type(each).__module__.startswith("rmatch.") for each in (*self.limits, *self.objectives))

    def frame(self) -> pd.DataFrame:
        """The scores, NaN where a pair may not be."""
        table = np.array([[np.nan if x is None else x / STEPS for x in row] for row in self.scores or ()], float)
        return pd.DataFrame(table.reshape(tuple(map(len, self.ids))), *self.ids)

    def judged(self, file: Path | None = None) -> tuple[Criterion, ...]:
        """All criteria; the scores stand in a ``file`` where one is given, so that they can be read again."""
        if self.scores is None:
            return self.criteria
        frame = self.frame()
        if file is None:
            return (PairScores(frame=frame), *self.criteria)
        frame.to_csv(file)
        return (PairScores(file=str(file)), *self.criteria)

    def program(self, file: Path | None = None) -> rmatch.Program:
        """The program. Raises ProgramError where it contradicts itself."""
        return rmatch.Program(
            criteria=self.judged(file),
            rules=self.rules,
            limits=self.limits,
            objectives=self.objectives,
            seed=self.seed,
        )

    def roster(self) -> rmatch.Roster:
        """The people."""
        return rmatch.from_records(list(self.records))

    def question(self, roster: rmatch.Roster | None = None) -> Question:
        """The same for those who reckon otherwise."""
        people = self.roster() if roster is None else roster
        cells = {record["employee_id"]: record.get("capacity", "") for record in self.records}
        capacity = {id_: int(cell) if cell else None for id_, cell in cells.items()}
        return replace(asked(people, self.judged(), self.rules, self.limits, self.objectives), capacity=capacity)


def _sides(records: Sequence[Record]) -> tuple[list[str], list[str]]:
    mentors, mentees = (
        [r["employee_id"] for r in records if r["role"] in (side, "both")] for side in ("mentor", "mentee")
    )
    return mentors, mentees


# ---------------------------------------------------------------- people


def people(draws: Draws, most: int) -> list[Record]:
    """Some on either side; a few on both."""
    sizes = [draws.whole(1, most) for _ in range(2)]
    if chance(draws, 3):  # nobody on a side
        sizes[draws.whole(0, 1)] = 0
    both = draws.whole(1, 2) if chance(draws, 8) else 0
    leaves, blank = _leaves(draws), pick(draws, (0, 0, 0, 10, 40))
    dense, needy = chance(draws, 40), pick(draws, (0, 0, 0, 8, 30))
    few = leaves[: draws.whole(1, len(leaves))]
    roles = [*["mentor"] * sizes[0], *["mentee"] * sizes[1], *["both"] * both]
    number = Counter[str]()
    records = []
    for role in roles:
        letter = {"mentor": "a", "mentee": "b", "both": "c"}[role]
        record = {"employee_id": f"{letter}{number[letter]}", "role": role}
        number[letter] += 1
        record |= dict(zip(PLACES, pick(draws, few), strict=True))
        record |= _said(draws)
        record["capacity"] = pick(
            draws, ("", "1", "1", "2", "3", "5", "0", "1000") if dense else ("1", "", "2", "1", "0")
        )
        needs = draws.whole(1, 2) if chance(draws, needy) else 0
        record["min_pairs"] = str(min(needs, int(record["capacity"] or 1)) or "")  # more than that is refused when read
        silent = [c for c in (*PLACES, "department", "languages", "floor", "waited") if chance(draws, blank)]
        records.append(record | dict.fromkeys(silent, ""))
    return records


def _said(draws: Draws) -> Record:
    """What somebody says of all but where they are."""
    department = pick(draws, ("HR", "IT", "Ops"))
    return {
        "department": department.lower() if chance(draws, 10) else department,
        "languages": "; ".join(several(draws, ("de", "en", "fr"), draws.whole(1, 3))),
        "grade": pick(draws, ("3", "1", "2", "4", "")),
        "floor": pick(draws, ("0", "1", "2", "-1")),
        "waited": pick(draws, ("0", "1", "7", "0", "2", "1", "2147483648")),
    }


def _leaves(draws: Draws) -> list[tuple[str, ...]]:
    """The teams of a company, each with its country, region and site, which may be all that is in the one around it."""
    countries, names = ("DE", "FR"), {k: Counter[str]() for k in range(3)}
    sites = ("Berlin", "Munich", "Paris", "Lyon", "Oslo", "Rome", "Bath", "York")
    regions = ("north", "south", "east", "west")
    found = []
    for country in countries[: draws.whole(1, 2)]:
        for _ in range(draws.whole(1, 2)):
            region = regions[names[0]["n"]]
            names[0]["n"] += 1
            for _ in range(draws.whole(1, 2)):
                site = sites[names[1]["n"]]
                names[1]["n"] += 1
                for _ in range(draws.whole(1, 3)):
                    names[2]["n"] += 1
                    found.append((country, region, site, f"t{names[2]['n']}"))
    return found


def table_of_scores(draws: Draws, mentors: int, mentees: int) -> tuple[tuple[int | None, ...], ...]:
    """Scores of every pair: fine or coarse with many ties, some or all of them forbidden."""
    forbidden = pick(draws, (0, 0, 15, 30, 60, 100 if chance(draws, 10) else 5))
    scale = pick(draws, ((512,), (0, 512, 1024), (0, 256, 512, 768, 1024), None, None, None))
    return tuple(
        tuple(
            None if chance(draws, forbidden) else draws.whole(0, STEPS) if scale is None else pick(draws, scale)
            for _ in range(mentees)
        )
        for _ in range(mentors)
    )


# ---------------------------------------------------------------- limits about a plan


@dataclass(frozen=True, eq=False)
class Scene:
    """The people, and a plan of theirs that limits are drawn about."""

    draws: Draws
    records: Sequence[Record]
    open: list[Pair]
    plan: list[Pair]

    @cached_property
    def person(self) -> dict[str, Record]:
        return {record["employee_id"]: record for record in self.records}

    @cached_property
    def ids(self) -> tuple[list[str], list[str]]:
        return _sides(self.records)

    def words(self, side: int, column: str) -> list[str]:
        """What the people of a side said in a column, each word once."""
        return list(dict.fromkeys(word for id_ in self.ids[side] for word in self.of(id_, column)))

    def of(self, id_: str, column: str) -> list[str]:
        """What one person said; in a list several words. Small and large letters are the same."""
        return [word for word in self.person[id_][column].casefold().split("; ") if word]

    def count(self, side: int, column: str, word: str) -> int:
        """How many pairs of the plan are those of people of one word."""
        return sum(word in self.of(pair[side], column) for pair in self.plan)


def room(records: Sequence[Record], capacity: Sequence[Capacity]) -> tuple[dict[str, int], dict[str, int]]:
    """How many pairs each mentor, and each mentee, may have."""
    found = []
    for side, ids in zip(("mentors", "mentees"), _sides(records), strict=True):
        most = min((k for limit in capacity if (k := getattr(limit, side)) is not None), default=None)
        cells = {record["employee_id"]: record["capacity"] for record in records}
        top = 10**9 if most is None else most
        found.append({id_: min(int(cells[id_]), top) if cells[id_] else (1 if most is None else most) for id_ in ids})
    return found[0], found[1]


def planned(draws: Draws, records: Sequence[Record], open_: list[Pair], capacity: Sequence[Capacity]) -> list[Pair]:
    """A plan that keeps the capacities, with few or many pairs."""
    left, full = room(records, capacity), pick(draws, (100, 100, 60, 30))
    found = []
    for pair in several(draws, open_, len(open_)):
        if left[0][pair[0]] and left[1][pair[1]] and chance(draws, full):
            left[0][pair[0]] -= 1
            left[1][pair[1]] -= 1
            found.append(pair)
    return found


def bounds(draws: Draws, counts: Sequence[int], one_sided: bool = False) -> dict[str, int]:
    """A least, a most, or both, that the counts just keep; or any at all."""
    low, high = min(counts, default=0), max(counts, default=0)
    if chance(draws, 25):
        low, high = sorted((draws.whole(0, 3), draws.whole(0, 4)))
    if chance(draws, 20):
        low = max(low - 1, 0)
    if chance(draws, 20):
        high += 1
    kind = "most" if one_sided else pick(draws, ("most", "least", "both"))
    return {k: v for k, v in (("least", low), ("most", high)) if kind in (k, "both")}


def a_total(scene: Scene) -> list[Limit]:
    return [TotalPairs(**bounds(scene.draws, [len(scene.plan)]))]


def a_group(scene: Scene, side: int | None = None, column: str | None = None) -> list[Limit]:
    draws = scene.draws
    side = draws.whole(0, 1) if side is None else side
    column = pick(draws, COLUMNS) if column is None else column
    words, name = scene.words(side, column), ("mentor", "mentee")[side]
    elsewhere = sorted({*scene.words(1 - side, column)} - {*words})
    if elsewhere and chance(draws, 8):  # nobody on this side
        return [Group(name, column, pick(draws, elsewhere), **bounds(draws, [0]))]  # type: ignore[arg-type]
    if not words or chance(draws, 50):
        counts = [scene.count(side, column, word) for word in words]
        return [Group(name, column, **bounds(draws, counts))]  # type: ignore[arg-type]
    word = pick(draws, words)
    spelled = word.upper() if chance(draws, 20) else word
    return [Group(name, column, spelled, **bounds(draws, [scene.count(side, column, word)]))]  # type: ignore[arg-type]


def some_nested_groups(scene: Scene) -> list[Limit]:
    """Limits on several levels of one side: the groups of one fill those of the other around them."""
    side = scene.draws.whole(0, 1)
    levels = several(scene.draws, (*PLACES, "department"), scene.draws.whole(2, 3))
    return [limit for level in levels for limit in a_group(scene, side, level)]


def a_spread(scene: Scene, side: int | None = None) -> list[Limit]:
    draws = scene.draws
    side = draws.whole(0, 1) if side is None else side
    column = pick(draws, COLUMNS[1:])
    words = scene.words(1 - side, column)
    value = pick(draws, words) if words and chance(draws, 25) else None
    times = Counter(
        (pair[side], word) for pair in scene.plan for word in scene.of(pair[1 - side], column) if value in (None, word)
    )
    most = bounds(draws, list(times.values()), one_sided=True)["most"]
    return [Spread(("mentor", "mentee")[side], column, value, most=most)]  # type: ignore[arg-type]


def two_spreads(scene: Scene) -> list[Limit]:
    side = scene.draws.whole(0, 1)
    return [*a_spread(scene, side), *a_spread(scene, side)]


def a_share(scene: Scene) -> list[Limit]:
    draws = scene.draws
    columns = pick(draws, SHARED)
    differ = chance(draws, 50)
    told = [[[scene.of(id_, column) for id_ in pair] for column in columns] for pair in scene.plan]
    yes = sum(all(a and b and ({*a} != {*b}) == differ for a, b in pair) for pair in told)
    here = Fraction(yes, len(scene.plan)) if scene.plan else Fraction(0)
    digits = pick(draws, (100, 10_000, 10))
    low, high = float(here * digits // 1) / digits, float(-(-here * digits // 1)) / digits
    if chance(draws, 30):
        low, high = sorted(pick(draws, (0.0, 0.2, 0.25, 0.4, 0.5, 0.62, 0.6667, 0.75, 1.0)) for _ in range(2))
    kind = pick(draws, ("least", "most", "both"))
    given = {k: v for k, v in (("least", low), ("most", high)) if kind in (k, "both")}
    return [Share(columns if len(columns) > 1 else columns[0], differ, **given)]


def two_shares(scene: Scene) -> list[Limit]:
    return [*a_share(scene), *a_share(scene)]


def some_locks(scene: Scene) -> list[Limit]:
    """Pairs of the plan, all of one team's at times; seldom a pair that may not be."""
    draws = scene.draws
    mentors, mentees = scene.ids
    if mentors and mentees and chance(draws, 10):
        return [Lock(((pick(draws, mentors), pick(draws, mentees)),))]
    side, teams = draws.whole(0, 1), [scene.of(pair[1], "team") for pair in scene.plan]
    if scene.plan and chance(draws, 30):
        team = pick(draws, teams)
        locked = [pair for pair, own in zip(scene.plan, teams, strict=True) if own == team][:4]
    else:
        locked = several(draws, scene.plan if chance(draws, 80) else scene.open, draws.whole(1, 3))
    more: list[Limit] = a_group(scene, side) if chance(draws, 50) else []
    return [Lock(tuple(locked)), *more]


def a_budget(scene: Scene) -> list[Limit]:
    draws = scene.draws
    pairs = several(draws, [(a, b) for a in scene.ids[0] for b in scene.ids[1]], draws.whole(1, 6))
    given_up = sum(pair in scene.open and pair not in scene.plan for pair in pairs)
    return [Changes(tuple(pairs), most=bounds(draws, [given_up], one_sided=True)["most"])]


def a_stranger(scene: Scene) -> list[Limit]:
    draws, kind = scene.draws, pick(scene.draws, LIMITS)
    if kind is Stairs:
        at = {id_: int(record["floor"] or 0) for id_, record in scene.person.items()}
        climbed = sum(abs(at[a] - at[b]) for a, b in scene.plan)
        return [Stairs(bounds(draws, [climbed], one_sided=True)["most"])]
    if kind is AtHome:
        return [AtHome(("mentor", "mentee")[draws.whole(0, 1)], draws.whole(0, 1))]  # type: ignore[arg-type]
    if kind is OneOf and scene.open:
        kept = several(draws, scene.plan, 1)
        left = [pair for pair in scene.open if pair not in scene.plan]
        return [OneOf((*kept, *several(draws, left, draws.whole(0 if kept else 1, 3))))] if kept or left else []
    if kind is Generous:
        return [Generous(draws.whole(1, 2))]
    side, column = draws.whole(0, 1), pick(draws, PLACES)
    words = scene.words(side, column)
    one, another = (pick(draws, words) for _ in range(2)) if words else ("DE", "FR")
    slack = abs(scene.count(side, column, one) - scene.count(side, column, another))
    most = bounds(draws, [slack], one_sided=True)["most"]
    return [Balanced(("mentor", "mentee")[side], column, one, another, most)]  # type: ignore[arg-type]


KINDS: dict[str, Callable[[Scene], list[Limit]]] = {
    "total": a_total,
    "group": a_group,
    "nested groups": some_nested_groups,
    "spread": a_spread,
    "two spreads": two_spreads,
    "share": a_share,
    "two shares": two_shares,
    "lock": some_locks,
    "changes": a_budget,
    "stranger": a_stranger,
}
CEILINGS = (10**6, 2**31, 2**53)


def capacities(draws: Draws) -> list[Capacity]:
    """None, one or two limits on everybody's number of pairs, at times as high as they go."""
    number = pick(draws, (0, 0, 0, 1, 1, 2))
    sizes = (None, 1, 2, 3, *(CEILINGS if chance(draws, 50) else ()))
    return [Capacity(mentors=pick(draws, sizes), mentees=pick(draws, sizes)) for _ in range(number)]


# ---------------------------------------------------------------- objectives


def objectives_of(draws: Draws, scene: Scene, limits: Sequence[Limit], strangers: bool) -> tuple[Objective, ...]:
    """Some objectives in an order that makes sense: the usual one, or another that is not refused."""
    every = [(a, b) for a in scene.ids[0] for b in scene.ids[1]]
    some: list[Objective] = [Total(floor=pick(draws, (0.0, 0.0, 0.3, 0.5, 1.0)))]
    locked = any(isinstance(limit, Lock) for limit in limits)
    if chance(draws, 80):
        some.append(MostPairs())
    if chance(draws, 55 if locked else 25):
        some.append(WorstPair())
    if chance(draws, 30):
        some.append(_priority(draws, scene))
    if chance(draws, 20):
        some.append(_bands(draws))
    if chance(draws, 20):
        some.append(LeastLoad())
    if every and chance(draws, 20):
        some.append(Stability(tuple(several(draws, every, draws.whole(1, 5)))))
    if strangers and chance(draws, 60):
        some.append(pick(draws, (Crossing(), ShortWays(), Steep(), Fair(), BothSides())))
    shuffled = several(draws, some, len(some)) if chance(draws, 50) else sorted(some, key=_usual)
    for order in (shuffled, sorted(some, key=_usual), sorted([*some, MostPairs()], key=_usual)):
        with suppress(ProgramError):
            refuse_order(order, limits)
            return tuple(order)
    return MostPairs(), Total()


def _usual(objective: Objective) -> int:
    return USUAL.index(type(objective)) if type(objective) in USUAL else USUAL.index(WorstPair)


def _bands(draws: Draws) -> Bands:
    return Bands(tuple(sorted(several(draws, (0.5, 0.25, 0.33, 0.75, 0.9, 1.0), draws.whole(1, 2)))))


def _priority(draws: Draws, scene: Scene) -> Priority:
    if chance(draws, 50):
        return Priority(column="waited")
    first = [tuple(several(draws, ids, draws.whole(0, 3))) for ids in scene.ids]
    return Priority(mentors=first[0], mentees=first[1]) if any(first) else Priority(column="waited")


# ---------------------------------------------------------------- the whole


def criteria_of(draws: Draws) -> tuple[Criterion, ...]:
    """Criteria that columns speak for, with exactly as many points whoever is in the pool, where nobody is silent."""
    return (
        pick(
            draws,
            (
                Department(1.0),
                Difference(1.0, column="location"),
                Similarity(1.0, column="team"),
                Similarity(1.0, column="grade"),
            ),
        ),
    )


def rules_of(draws: Draws, ids: tuple[list[str], list[str]]) -> tuple[Rule, ...]:
    rules: list[Rule] = [Differs("department"), GradeGap(0), Same("country"), Shares("languages"), MinScore(0.25)]
    if all(ids):
        every = [(a, b) for a in ids[0] for b in ids[1] if a != b]
        rules.append(Exclude(tuple(several(draws, every, 2)))) if every else None
    return tuple(several(draws, rules, 1)) if chance(draws, 25) else ()


def drawn(draws: Draws, most: int = 8, kinds: Sequence[str] = tuple(KINDS), more: int = 3) -> Real:
    """A program and its people; limits of these kinds, so many draws of them at most."""
    records = people(draws, most)
    ids = _sides(records)
    told = chance(draws, 12)
    scores = None if told else table_of_scores(draws, len(ids[0]), len(ids[1]))
    forbidden = {
        (a, b)
        for a, row in zip(ids[0], scores or (), strict=False)
        for b, x in zip(ids[1], row, strict=True)
        if x is None
    }
    open_ = [(a, b) for a in ids[0] for b in ids[1] if a != b and (a, b) not in forbidden]
    capacity = capacities(draws)
    scene = Scene(draws, records, open_, planned(draws, records, open_, capacity))
    limits: list[Limit] = [*capacity]
    for _ in range(draws.whole(0, more)):
        limits += KINDS[pick(draws, kinds)](scene)
    rules = rules_of(draws, ids)
    if chance(draws, 50):
        limits = several(draws, limits, len(limits))
    return Real(
        tuple(records),
        scores,
        criteria_of(draws) if told else (),
        rules,
        tuple(limits),
        objectives_of(draws, scene, limits, "stranger" in kinds and chance(draws, 10)),
        draws.whole(0, 3),
    )


@st.composite
def real_programs(draw: st.DrawFn, most: int = 6, kinds: Sequence[str] = tuple(KINDS), more: int = 3) -> Real:
    """Programs that Hypothesis makes small."""
    return drawn(Examples(draw), most, kinds, more)


def numbered(seed: int, most: int = 8, kinds: Sequence[str] = tuple(KINDS), more: int = 3) -> Real:
    """The program of a number: the same for everybody."""
    return drawn(Seeded(seed), most, kinds, more)
