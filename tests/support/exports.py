"""Exports of a company at random: tables of text cells, as an HR system gives them. A seed fills the cells."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from hypothesis import assume
from hypothesis import strategies as st
from oracles import Best, best_by_milp, best_by_trying

import rmatch
from rmatch.columns import BoolArray, IntArray, Table
from rmatch.criteria import Background, Criterion, Department, Goals, PairScores, Reciprocity, Skills
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.rules import (
    Differs,
    GradeGap,
    MinGain,
    MinScore,
    OptIn,
    OutsideReportingLine,
    Predicate,
    Rule,
    Same,
    Shares,
)
from rmatch.solve import run
from rmatch.solve.column_generation import Tuning, generate_columns

SKILLS = ("Python", "C", "C++", "C#", "social media", "Data-viz", "Excel", "SQL", "prompting", "Video")
DEFAULT = (Skills(0.35), Reciprocity(0.15), Goals(0.15), Department(0.15), Background(0.20))


@dataclass(frozen=True)
class Kind:
    """How the cells of an export are filled."""

    skills: int = 8
    labels: int = 3
    missing: float = 0.0
    levels: bool = True
    capacity: tuple[int, int] = (1, 1)
    min_pairs: tuple[int, int] = (0, 0)
    both: float = 0.0
    none: float = 0.0
    circles: bool = False
    """Managers may be anybody, so that reporting lines run in circles, which are cut by id."""


PLAIN = Kind()
TIED = Kind(skills=1, labels=1, levels=False)
GAPS = Kind(missing=0.4, both=0.2, none=0.2, circles=True)
SHARED = Kind(capacity=(0, 3), both=0.3)
NEEDY = Kind(capacity=(1, 3), min_pairs=(0, 1))
KINDS = (PLAIN, TIED, GAPS, SHARED, NEEDY)
COMPLETE = (PLAIN, TIED, SHARED, NEEDY)
"""Kinds without blanks or circles: nothing in them depends on the averages of the pool, or on ids."""


@dataclass(frozen=True)
class Export:
    """A sheet of people, made again the same from its few numbers."""

    seed: int
    mentors: int
    mentees: int
    kind: Kind = PLAIN

    def frame(self) -> pd.DataFrame:
        """The sheet, all cells text."""
        draw, kind, n = np.random.default_rng(self.seed), self.kind, self.mentors + self.mentees

        def label(words: tuple[str, ...]) -> list[str]:
            drawn = draw.choice(words[: kind.labels], n)
            spelled = [w.upper() if shout else w for w, shout in zip(drawn, draw.random(n) < 0.2, strict=True)]
            return [("" if gone else w) for w, gone in zip(spelled, draw.random(n) < kind.missing, strict=True)]

        def items(words: tuple[str, ...], most: int, levels: bool) -> list[str]:
            rows = [
                draw.choice(words, min(int(draw.integers(0, most + 1)), len(words)), replace=False) for _ in range(n)
            ]

            def level() -> str:
                return f":{draw.integers(1, 6)}" if levels and draw.random() < 0.5 else ""

            return ["; ".join(f"{w}{level()}" for w in row) for row in rows]

        senior = np.arange(n) >= self.mentors
        role = np.where(senior, "mentee", "mentor").astype(object)
        role[draw.random(n) < kind.both] = "both"
        role[draw.random(n) < kind.none] = "none"
        ids = [f"E{k:03d}" for k in draw.permutation(1000)[:n]]
        managers = [n if kind.circles else k for k in range(n)]  # of whom the k-th person may have one
        manager = [ids[int(draw.integers(0, k))] if k and draw.random() < 0.4 else "" for k in managers]
        most = draw.integers(kind.capacity[0], kind.capacity[1] + 1, n)
        least = np.minimum(draw.integers(kind.min_pairs[0], kind.min_pairs[1] + 1, n), most)
        return pd.DataFrame(
            {
                "employee_id": ids,
                "name": [f"Person {id_}" for id_ in ids],
                "role": role,
                "grade": [str(k) for k in np.where(senior, draw.integers(2, 7, n), draw.integers(1, 5, n))],
                "department": label(("Sales", "Legal", "Human Resources")),
                "manager_id": manager,
                "location": label(("Leeds", "Bath", "York")),
                "job_family": label(("ops", "tech", "law")),
                "career_path": label(("graduate", "direct")),
                "tenure_band": label(("0-2", "2-5", "5-10")),
                "languages": items(("en", "de", "fr"), 2, levels=False),
                "consent": label(("yes", "No", "agreed")),
                "skills_offered": items(SKILLS[: kind.skills], 4, kind.levels),
                "skills_wanted": items(SKILLS[: kind.skills], 4, kind.levels),
                "goals": items(("promotion", "network", "craft"), 2, levels=False),
                "capacity": most.astype(str),
                "min_pairs": least.astype(str),
            },
            dtype=object,
        )


def exports(most: int = 6, least: int = 1, kinds: tuple[Kind, ...] = KINDS) -> st.SearchStrategy[Export]:
    """Exports of up to ``most`` mentors and mentees each."""
    sizes = st.integers(least, most)
    return st.builds(Export, st.integers(0, 2**32 - 1), sizes, sizes, st.sampled_from(kinds))


SMALL = exports(5)
PICK = st.integers(0, 10**6)


@dataclass(frozen=True)
class Rare(Rule):
    """A predicate without factors: few of all pairs may be, by a checksum of the two ids."""

    one_in: int = 100

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        a, b = ([str(id_).encode() for id_ in table.ids] for table in (mentors, mentees))

        def rare(i: IntArray, j: IntArray) -> BoolArray:
            both = zip(i.tolist(), j.tolist(), strict=True)
            return np.array([zlib.crc32(a[p] + b[q]) % self.one_in == 0 for p, q in both], dtype=bool)

        return rare


RULES: tuple[tuple[Rule, ...], ...] = (
    (),
    (GradeGap(1), OutsideReportingLine()),
    (OutsideReportingLine(shared_manager=True),),
    (GradeGap(0, 2), Differs(column="department")),
    (Same(column="location"),),
    (Shares(column="languages"), OptIn(column="consent")),
    (MinScore(0.4),),
    (MinGain(mentee=0.5),),
    (Rare(3),),
    (Rare(100),),
)
OBJECTIVES: tuple[tuple[Objective, ...], ...] = ((MostPairs(), Total()), (Total(),), (Total(floor=0.35),))


def programs(
    rules: tuple[tuple[Rule, ...], ...] = RULES,
    objectives: tuple[tuple[Objective, ...], ...] = OBJECTIVES,
    criteria: tuple[Criterion, ...] = DEFAULT,
) -> st.SearchStrategy[rmatch.Program]:
    """Programs of some criteria, some rules and one aim."""
    some = st.lists(st.sampled_from(criteria), min_size=1, max_size=5, unique=True).map(tuple)
    return st.builds(
        lambda seed, criteria, rules, objectives: rmatch.Program(
            seed=seed, criteria=criteria, rules=rules, objectives=objectives
        ),
        st.integers(0, 3),
        some,
        st.sampled_from(rules),
        st.sampled_from(objectives),
    )


def table_of(scores: np.ndarray, **columns: tuple[int, int]) -> tuple[pd.DataFrame, PairScores]:
    """Mentors ``a0, a1, …`` and mentees ``b0, b1, …`` with given scores, NaN where a pair may not be.

    ``columns`` are numbers that all mentors, and all mentees, have in common.
    """
    sides = [[f"{letter}{k}" for k in range(size)] for letter, size in zip("ab", scores.shape, strict=True)]
    rows = [
        (id_, role, *(str(pair[side]) for pair in columns.values()))
        for side, role in enumerate(("mentor", "mentee"))
        for id_ in sides[side]
    ]
    people = pd.DataFrame(rows, columns=["employee_id", "role", *columns], dtype=object)
    return people, PairScores(frame=pd.DataFrame(scores, *sides))


@dataclass(frozen=True)
class Weighed:
    """All that an oracle needs to know of a problem, taken from the public score matrix."""

    scores: pd.DataFrame
    worth: IntArray
    eligible: BoolArray
    capacity: tuple[list[int], list[int]]
    minimum: tuple[list[int], list[int]]
    most_pairs: bool
    floor: int

    @classmethod
    def of(cls, roster: rmatch.Roster, program: rmatch.Program) -> Weighed:
        """Weigh a roster under a program."""
        scores = rmatch.score_matrix(roster, program)
        sides = roster.mentors.loc[scores.index], roster.mentees.loc[scores.columns]
        most_pairs = any(isinstance(o, MostPairs) for o in program.objectives)
        total = next(o for o in program.objectives if isinstance(o, Total))
        floor = 0 if most_pairs else round(total.floor * SCALE)
        worth = np.rint(np.nan_to_num(scores.to_numpy()) * SCALE).astype(np.int64) - floor
        most, least = ([side[name].astype(int).tolist() for side in sides] for name in ("capacity", "min_pairs"))
        return cls(
            scores, worth, scores.notna().to_numpy(bool), (most[0], most[1]), (least[0], least[1]), most_pairs, floor
        )

    def best(self) -> Best:
        """The number of pairs and the total above the floor of a best plan, None where no plan keeps the bounds."""
        solve = best_by_trying if max(self.scores.shape) <= 6 else best_by_milp
        return solve(self.worth, self.eligible, self.capacity, self.minimum, self.most_pairs)

    def best_with(self, mentor_id: str, mentee_id: str) -> Best:
        """The same over the plans that contain one pair."""
        i, j = self.scores.index.get_loc(mentor_id), self.scores.columns.get_loc(mentee_id)
        if not (self.eligible[i, j] and self.capacity[0][i] and self.capacity[1][j]):
            return None
        eligible = self.eligible.copy()
        eligible[i, j] = False
        sides = [[list(side) for side in pair] for pair in (self.capacity, self.minimum)]
        for pair in sides:
            for side, k in zip(pair, (i, j), strict=True):
                side[k] = max(side[k] - 1, 0)
        rest = best_by_trying(self.worth, eligible, *((a, b) for a, b in sides), self.most_pairs)
        return None if rest is None else (rest[0] + 1, rest[1] + int(self.worth[i, j]))


def found(matching: rmatch.Matching) -> tuple[int, int]:
    """The number of pairs and their total above the floor, in points."""
    return len(matching.pairs), matching.certificate.total


def named(matching: rmatch.Matching) -> set[tuple[str, str]]:
    """The pairs by their ids."""
    return set(zip(matching.pairs["mentor_id"], matching.pairs["mentee_id"], strict=True))


def pick_pair(roster: rmatch.Roster, pick: int) -> tuple[str, str]:
    """One of all pairs of a mentor and a mentee, by any number."""
    mentors, mentees = sorted(roster.mentors.index), sorted(roster.mentees.index)
    assume(mentors and mentees)
    return mentors[pick % len(mentors)], mentees[pick // 1000 % len(mentees)]


FEW = Tuning(per_person=1, cap=1, small=4, middle=4, least_sample=2)


@contextmanager
def first_candidates_only(tuning: Tuning = FEW) -> Iterator[None]:
    """Within, the loop begins with next to nothing, so that the optimum is never among the first candidates."""
    usual = run.generate_columns
    run.generate_columns = partial(generate_columns, tuning=tuning)
    try:
        yield
    finally:
        run.generate_columns = usual


def solved(export: Export, program: rmatch.Program | None = None) -> tuple[rmatch.Roster, rmatch.Matching]:
    """An export's people and their plan; an example in which no plan keeps the limits is passed over."""
    roster = rmatch.from_frame(export.frame(), program=program)
    try:
        return roster, rmatch.match(roster, program)
    except rmatch.InfeasibleError:
        assume(False)
        raise
