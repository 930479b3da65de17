"""Programs whose limits cross both sides, each made to bind: it asks for what the best plan without it does not reach.

Their people are :func:`rmatch.datasets.workforce`, capacities of one to three; of the spreads two or three.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import pandas as pd
from _run import Figures, seconds

import rmatch
from rmatch import limits
from rmatch.output.record_of import record_of

LONG = 5.0
"""Seconds of processor time; what takes longer is measured once."""

ALIKE = "location", "job_family", "career_path", "tenure_band"


@dataclass(frozen=True)
class Asked:
    """Some people, and the plan that they have before anything crosses."""

    roster: rmatch.Roster
    plain: rmatch.Matching

    def answers(self, column: str, side: int) -> pd.Series:
        """What each person of a side has in a column, by their id."""
        found: pd.Series = (self.roster.mentors, self.roster.mentees)[side][column].astype(str)
        return found

    def share(self, columns: Sequence[str], differ: bool) -> float:
        """The share of the plain plan's pairs that differ in every column, or are the same in it."""
        met = np.ones(len(self.plain.points), bool)
        for column in columns:
            a, b = (self.answers(column, k).reindex([p[k] for p in self.plain.pair_ids]).to_numpy() for k in (0, 1))
            met &= (a != "") & (b != "") & ((a != b) == differ)
        return float(met.mean())

    def groups(self, column: str) -> pd.DataFrame:
        """What the mentors of each value have: ``pairs`` in the plain plan, the most first, and ``room`` for more."""
        words = self.answers(column, 0).str.split("; ").explode()
        words = words[words != ""]
        load = pd.Series([mentor for mentor, _ in self.plain.pair_ids]).value_counts()
        load, capacity = (each.reindex(words.index).fillna(0) for each in (load, self.roster.mentors["capacity"]))
        found = pd.DataFrame({"pairs": load.astype(int), "room": capacity.astype(int) - load.astype(int)})
        return found.groupby(words).sum().sort_values("pairs", ascending=False, kind="stable")


def people(size: int, seed: int = 1) -> pd.DataFrame:
    frame = rmatch.datasets.workforce(size, size, seed=seed)
    return frame[frame["role"] != "none"]


def roomy(size: int) -> pd.DataFrame:
    """The same with a capacity of two for every mentor and three for every third one."""
    frame = people(size)
    mentors = np.flatnonzero(frame["role"] == "mentor")
    room = np.where(np.arange(len(frame)) % 3, "2", "3")
    return frame.assign(capacity=np.where(np.isin(np.arange(len(frame)), mentors), room, "2"))


# ---------------------------------------------------------------- limits that bind


def same(asked: Asked, *columns: str, more: float = 0.1) -> limits.Limit:
    """A tenth more of all pairs within one answer than the plain plan has."""
    least = round(asked.share(columns, differ=False) + more, 2)
    return limits.Share(columns, differ=False, least=least)


def differing(asked: Asked, *columns: str) -> limits.Limit:
    """Half of the pairs that do not differ in the plain plan have to."""
    had = asked.share(columns, differ=True)
    return limits.Share(columns, differ=True, least=ceil(100 * (1 + had) / 2) / 100)


def changes(asked: Asked, most: float) -> limits.Limit:
    """So many of the pairs that a plan under other weights had may go."""
    criteria = asked.plain.program.criteria
    even = tuple(replace(criterion, weight=1 / len(criteria)) for criterion in criteria)
    before = rmatch.match(asked.roster, asked.plain.program.model_copy(update={"criteria": even}))
    return limits.Changes(tuple(before.pair_ids), round(most * len(before.pair_ids)))


def overlapping(asked: Asked, *columns: str) -> tuple[limits.Limit, ...]:
    """Of each column a tenth fewer pairs of the mentors with one value, and a tenth more of those with another."""
    found: list[limits.Limit] = []
    for column in columns:
        groups = asked.groups(column)
        groups = groups[groups["pairs"] < len(asked.plain.points) / 2]
        often, many = str(groups.index[0]), int(groups["pairs"].iloc[0])
        others = groups.iloc[1:]
        wanted = others.index[(others["room"] > 0) & (others["pairs"] > 0)]
        found.append(limits.Group("mentor", column, often, most=many - ceil(many / 10)))
        if len(wanted):
            pairs, room = groups.loc[wanted[0]].astype(int)
            more = min(ceil(pairs / 10), int(room))
            found.append(limits.Group("mentor", column, str(wanted[0]), least=int(pairs) + more))
    return tuple(found)


SPREADS = limits.Spread("mentor", "department"), limits.Spread("mentor", "location")
CROSSING: dict[str, Callable[[Asked], tuple[limits.Limit, ...]]] = {
    "one share: the same location": lambda a: (same(a, "location"),),
    "one share: both another department and location": lambda a: (differing(a, "department", "location"),),
    "two shares: the same location, the same job family": lambda a: (same(a, "location"), same(a, "job_family")),
    "four shares: the same in each of four columns": lambda a: tuple(same(a, column) for column in ALIKE),
    "four shares: two the same, two different": lambda a: (
        same(a, "location"),
        same(a, "department", more=0.05),
        differing(a, "career_path"),
        differing(a, "tenure_band"),
    ),
    "changes: one in twenty pairs of a plan under other weights": lambda a: (changes(a, 0.05),),
    "changes: one in four of them": lambda a: (changes(a, 0.25),),
    "spreads: two columns on one side, capacities of two and three": lambda _: SPREADS,
    "spreads: both sides, the same people": lambda _: (*SPREADS, limits.Spread("mentee", "department")),
    "overlapping groups: location and languages": lambda a: overlapping(a, "location", "languages"),
    "overlapping groups: location, languages and job family": lambda a: overlapping(
        a, "location", "languages", "job_family"
    ),
    "a mix of four: share, groups, spread, changes": lambda a: (
        same(a, "location", more=0.05),
        *overlapping(a, "languages"),
        limits.Spread("mentor", "department"),
        changes(a, 0.5),
    ),
}


# ---------------------------------------------------------------- what is measured


def processor_time() -> float:
    """Seconds of the processor that this process has used, and those it waited for."""
    others = os.times()
    return time.process_time() + others.children_user + others.children_system


def leaves(plan: rmatch.Matching) -> int:
    """The leaves of the plan's proof trees: 0 where prices alone prove it."""
    return sum(stage.tree.leaves for stage in plan.certificate.stages if stage.tree is not None)


def all_measured(size: int, times: int) -> Figures:
    """Every program beside the plain solve of the same people."""
    rmatch.match(rmatch.from_frame(people(20))).verify()  # have everything imported before the clock runs
    return {"programs": {name: measured(size, times, name) for name in CROSSING}}


def measured(size: int, times: int, name: str) -> Figures:
    """One program, in processor time."""
    roster = rmatch.from_frame((roomy if name.startswith("spreads") else people)(size))
    plain = rmatch.match(roster)
    program = plain.program.model_copy(update={"limits": CROSSING[name](Asked(roster, plain))})
    plain_s = seconds(lambda: rmatch.match(roster), times, processor_time, LONG)
    plans: list[rmatch.Matching] = []
    try:
        spent = seconds(lambda: plans.append(rmatch.match(roster, program)), times, processor_time, LONG)
    except rmatch.RmatchError as error:
        return {"status": "refused", "error": type(error).__name__, "said": str(error), "plain_s": plain_s}
    over = float(f"{spent / plain_s:.3g}")
    print(f"{size:,}: {name}: {over} ×, {plans[0].status.name}", file=sys.stderr)
    return {
        "status": plans[0].status.name,
        "gap": plans[0].certificate.gap,
        "total": plans[0].certificate.total,
        "pairs": len(plans[0].points),
        "plain_pairs": len(plain.points),
        "seconds": spent,
        "plain_s": plain_s,
        "over_plain": over,
        **proof(plans[0], times),
    }


def proof(plan: rmatch.Matching, times: int) -> Figures:
    """The size of the certificate, and the time of its check."""
    text = json.dumps(record_of(plan).certificate.model_dump(mode="json", exclude_defaults=True)).encode()
    told: list[bool] = []
    spent = seconds(lambda: told.append(bool(plan.verify())), times, processor_time, LONG)
    return {
        "verified": all(told),
        "leaves": leaves(plan),
        "verify_s": spent,
        "bytes": len(text),
        "compressed": len(zlib.compress(text, 9)),
    }
