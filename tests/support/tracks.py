"""Programmes of juniors and seniors who teach each other, at random, and what they mean in plain Python.

Scores come from two programmes in one direction, in which nobody has two roles; all else is reckoned from the records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from random import Random
from typing import Any

import numpy as np

import rmatch
from rmatch.factors import SCALE

Pair = tuple[str, str]
Record = dict[str, Any]

TEACHES = {"reverse": "junior", "traditional": "senior"}
DEPARTMENTS = ("A", "B", "C")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A programme with two tracks: records, what each track has of its own, and what the program says beside."""

    seed: int
    mirror: str = "allow"
    most: int = 3
    circles: bool = False
    own: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        draw = Random(f"{self.seed} {self.mirror}")
        own: dict[str, dict[str, Any]] = {"reverse": {}, "traditional": {}}
        if draw.random() < 0.5:
            own["reverse"]["criteria"] = [{"kind": "skills", "weight": 2}, {"kind": "department", "weight": 1}]
            if draw.random() < 0.5:
                own["traditional"]["criteria"] = [{"kind": "goals", "weight": 1}, {"kind": "skills", "weight": 3}]
        if draw.random() < 0.3:
            own["traditional"]["rules"] = [{"kind": "differs", "column": "department"}]
        for track in own.values():
            if draw.random() < 0.3:
                track.setdefault("limits", []).append({"kind": "total_pairs", "most": draw.randint(1, 3)})
            if draw.random() < 0.3:
                track.setdefault("limits", []).append({"kind": "capacity", "mentors": draw.randint(1, 2)})
            if self.circles and draw.random() < 0.7:
                track.setdefault("limits", []).append({"kind": "circles", "least": 2, "most": draw.randint(2, 3)})
        object.__setattr__(self, "own", own)

    @cached_property
    def records(self) -> list[Record]:
        """The people: at least one of each side joins both tracks."""
        draw, found = Random(self.seed), list[Record]()
        for side, number in (("junior", draw.randint(1, self.most)), ("senior", draw.randint(1, self.most))):
            for k in range(number):
                joins = draw.choice(["", "", "", "reverse", "traditional", "reverse; traditional"])
                found.append(
                    {
                        "employee_id": f"{side[0]}{k}",
                        "side": side,
                        "tracks": joins if k else "",
                        "department": DEPARTMENTS[k % 3] if k < 3 else draw.choice(DEPARTMENTS),
                        "grade": str(draw.randint(1, 3) + 2 * (side == "senior")),
                        "skills_offered": ";".join(draw.sample("abcd", 2)),
                        "skills_wanted": ";".join(draw.sample("abcd", 2)),
                        "goals": draw.choice("gh"),
                        "capacity": "" if self.circles and not k else draw.choice(["", "1", "2", "2"]),
                        "capacity_total": draw.choice(["", "", "1", "2", "3"]),
                    }
                )
        return found

    @cached_property
    def further(self) -> dict[str, Any]:
        """Limits and objectives of the program itself."""
        draw, limits = Random(-self.seed - 1), list[dict[str, Any]]()
        if draw.random() < 0.3:
            limits.append({"kind": "total_pairs", "most": draw.randint(1, 4)})
        if draw.random() < 0.25:
            limits.append({"kind": "group", "side": "mentor", "column": "department", "value": "A", "most": 1})
        orders = (["most_pairs", "total"], ["most_pairs", "total"], ["total"], ["most_pairs", "least_load", "total"],
                  ["most_pairs", "worst_pair", "total"])  # fmt: skip
        return {"limits": limits, "objectives": [{"kind": kind} for kind in draw.choice(orders)]}

    @cached_property
    def program(self) -> rmatch.Program:
        """The program as a file says it."""
        tracks = [{"name": name, "teaches": teaches, **self.own[name]} for name, teaches in TEACHES.items()]
        return rmatch.Program.model_validate({"tracks": tracks, "mirror": self.mirror, **self.further})

    @cached_property
    def roster(self) -> rmatch.Roster:
        """The people as read."""
        return rmatch.from_records(self.records, program=self.program)

    # ------------------------------------------------------------ what it means

    @cached_property
    def people(self) -> dict[str, Record]:
        """The records by id."""
        return {record["employee_id"]: record for record in self.records}

    def joins(self, id_: str, track: str) -> bool:
        """Whether somebody is in a track."""
        return self.people[id_]["tracks"] in ("", track) or ";" in self.people[id_]["tracks"]

    def scores(self, track: str) -> dict[Pair, int]:
        """The points of each pair (teacher, learner) that may be in a track alone."""
        teaches = TEACHES[track]
        everybody = [record for record in self.records if self.joins(record["employee_id"], track)]
        roles = [{**r, "role": "mentor" if r["side"] == teaches else "mentee", "capacity_total": ""} for r in everybody]
        said = {key: self.own[track][key] for key in ("criteria", "rules") if key in self.own[track]}
        if teaches == "senior" and "rules" not in said:  # the default rule, from the senior down to the junior
            said["rules"] = [{"kind": "grade_gap", "at_least": -99, "at_most": -1}]
        program = rmatch.Program.model_validate(said)
        table = rmatch.score_matrix(rmatch.from_records(roles, program=program), program)
        return {
            (str(a), str(b)): round(x * SCALE)
            for a, row in zip(table.index, table.to_numpy(float).tolist(), strict=True)
            for b, x in zip(table.columns, row, strict=True)
            if not np.isnan(x)
        }

    @cached_property
    def possible(self) -> dict[Pair, int]:
        """The points of each pair that may be; of two who teach each other, those of the pair that the junior leads."""
        one, other = self.scores("reverse"), self.scores("traditional")
        if self.mirror != "require":
            return one | other
        return {(a, b): (points + other[b, a]) // 2 for (a, b), points in one.items() if (b, a) in other}

    def track(self, pair: Pair) -> str:
        """The track of a pair."""
        return "reverse" if self.people[pair[0]]["side"] == "junior" else "traditional"

    def room(self, id_: str, track: str, teaching: bool) -> int:
        """How many pairs somebody may have in one role."""
        if self.mirror == "require":  # each pair is one in either role
            track, teaching = next(name for name, side in TEACHES.items() if side == self.people[id_]["side"]), True
        said = self.own[track].get("limits", ()) if teaching else ()
        granted: list[int] = [limit["mentors"] for limit in said if limit["kind"] == "capacity"]
        granted += [limit["most"] for limit in said if limit["kind"] == "circles"]
        return min(int(self.people[id_]["capacity"] or min(granted, default=1)), *granted, 1 << 30)

    def fewest(self, track: str, teaching: bool) -> int:
        """How many pairs somebody who has any must have in one role."""
        said = self.own[track].get("limits", ()) if teaching else ()
        least: list[int] = [limit["least"] for limit in said if limit["kind"] == "circles"]
        return max(least, default=1)

    def keeps(self, plan: tuple[Pair, ...]) -> bool:
        """Whether a plan of possible pairs keeps everything else."""
        mutual = self.mirror == "require"
        taught = [*plan, *((b, a) for a, b in plan)] if mutual else [*plan]
        for id_, record in self.people.items():
            own = [(pair, pair[0] == id_) for pair in taught if id_ in pair]
            for track in TEACHES:
                for teaching in (True, False):
                    load = sum(self.track(pair) == track and leads == teaching for pair, leads in own)
                    if load > self.room(id_, track, teaching) or 0 < load < self.fewest(track, teaching):
                        return False
            if record["capacity_total"] and len(own) > int(record["capacity_total"]):
                return False
        for track, said in self.own.items():
            number = len(plan) if mutual else sum(self.track(pair) == track for pair in plan)
            if any(limit["kind"] == "total_pairs" and number > limit["most"] for limit in said.get("limits", ())):
                return False
        if self.mirror == "forbid" and any((b, a) in plan for a, b in plan):
            return False
        return all(
            (len(plan) if limit["kind"] == "total_pairs" else sum(self.people[a]["department"] == "A" for a, _ in plan))
            <= limit["most"]
            for limit in self.further["limits"]
        )

    def worth(self, plan: tuple[Pair, ...], scores: Mapping[Pair, int]) -> tuple[int, ...]:
        """What a plan is worth to each objective, at some scores of all possible pairs."""
        points, loads = [scores[pair] for pair in plan], [sum(a == id_ for a, _ in plan) for id_ in self.people]
        worth = {
            "most_pairs": len(plan),
            "least_load": -sum(load * load for load in loads),
            "worst_pair": min(points, default=SCALE),
            "total": sum(points),
        }
        return tuple(worth[objective["kind"]] for objective in self.further["objectives"])

    def best(self, scores: Mapping[Pair, int]) -> tuple[int, ...]:
        """The best worth of any plan, by looking at all of them."""
        pairs = sorted(self.possible)
        plans = (some for size in range(len(pairs) + 1) for some in combinations(pairs, size))
        return max(self.worth(plan, scores) for plan in plans if self.keeps(plan))
