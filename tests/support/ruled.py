"""Programmes with tracks in which each rule and limit stands in one track, in both or in the program, at random.

What one means in a track is what it means in a programme of that track alone, in which nobody has two roles: that is
reckoned by :mod:`oracles` and :mod:`meaning`. Where two people teach each other, a rule or limit of a track is about
the direction of that track, and one of the program about the pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any

import meaning
import numpy as np
import oracles
import pandas as pd
from meaning import Question
from tracks import DEPARTMENTS, TEACHES, Drawn, Pair, Record

import rmatch
from rmatch.factors import SCALE
from rmatch.limits import Limit
from rmatch.rules import GradeGap, MinScore, NoRepeat, Rule

BARS = (0.21, 0.37, 0.53, 0.71)
_NEAR = 64  # points within which a score and a bar may be rounded to either side
_SIDES = ("junior", "senior")


def a_rule(draw: Random, ids: list[str]) -> dict[str, Any]:
    """A rule of any kind, as a file says it."""
    return draw.choice(
        [
            {"kind": "min_score", "score": draw.choice(BARS)},
            {"kind": "min_score", "score": draw.choice(BARS)},
            {"kind": "no_repeat"},
            {"kind": "no_repeat", "rounds": 1},
            {"kind": "no_repeat", "pairs": [draw.sample(ids, 2)]},
            {"kind": "exclude", "pairs": [draw.sample(ids, 2)]},
            {"kind": draw.choice(["differs", "same"]), "column": "department"},
            {"kind": "shares", "column": "skills_offered"},
            {"kind": "opt_in", "column": "agrees"},
            {"kind": "accepts", "column": "likes", "of": "department"},
            {"kind": "avoids"},
            {"kind": "grade_gap", "at_least": 1, "at_most": 3},
            {"kind": "min_gain", "mentor": draw.choice([0, 0.5]), "mentee": 0.5},
            {"kind": "outside_reporting_line", "shared_manager": True},
            {"kind": "time_zone_distance", "most": 3},
        ]
    )


def a_limit(draw: Random, teachers: list[str], learners: list[str]) -> dict[str, Any]:
    """A limit of any kind on pairs of some who teach with some who learn."""
    side, column = draw.choice(["mentor", "mentee"]), "department"
    pairs = [[draw.choice(teachers), draw.choice(learners)] for _ in range(2)]
    return draw.choice(
        [
            {"kind": "total_pairs", "most": draw.randint(1, 3)},
            {"kind": "total_pairs", "least": draw.randint(1, 2)},
            {"kind": "capacity", draw.choice(["mentors", "mentees"]): draw.randint(1, 2)},
            {"kind": "circles", "least": 2, "most": draw.randint(2, 3)},
            {"kind": "group", "side": side, "column": column, "value": "A", "most": 1},
            {"kind": "group", "side": side, "column": column, "most": 1},
            {"kind": "spread", "side": side, "column": column, "most": 1},
            {"kind": "share", "column": column, "least": 0.5},
            {"kind": "share", "column": column, "differ": False, "most": 0.5},
            {"kind": "representative", "pairs": draw.randint(1, 2), "column": column, "side": side},
            {"kind": "lock", "pairs": pairs[:1]},
            {"kind": "lock", "pairs": pairs[:1]},
            {"kind": "changes", "pairs": pairs if pairs[0] != pairs[1] else pairs[:1], "most": draw.randint(0, 1)},
        ]
    )


@dataclass(frozen=True, eq=False)
class Ruled(Drawn):
    """A programme with two tracks, and rules and limits of every kind."""

    most: int = 3

    def __post_init__(self) -> None:
        draw, own = Random(f"{self.seed} {self.mirror} ruled"), dict[str, dict[str, Any]]()
        for name, side in TEACHES.items():
            said = own[name] = dict[str, Any]()
            if draw.random() < 0.3:
                said["criteria"] = [{"kind": "skills", "weight": 2}, {"kind": "department", "weight": 1}]
            if draw.random() < 0.5:
                said["rules"] = [a_rule(draw, self.ids) for _ in range(draw.randint(0, 2))]
            if draw.random() < 0.6:
                of = [[id_ for id_ in self.ids if id_[0] == s[0] and self.joins(id_, name)] for s in _SIDES]
                of = of if side == "junior" else of[::-1]
                limits = [a_limit(draw, *of) for _ in range(draw.randint(1, 2))]
                said["limits"] = limits[: len({limit["kind"] for limit in limits})]  # no two that contradict each other
        object.__setattr__(self, "own", own)

    @property
    def ids(self) -> list[str]:
        """Everybody's id."""
        return [*self.people]

    @cached_property
    def records(self) -> list[Record]:
        """The people, with an answer for each kind of rule."""
        draw, found = Random(f"{self.seed} cells"), [dict(record) for record in super().records]
        ids = [record["employee_id"] for record in found]
        if self.mirror == "require":  # whoever joins one track has no part
            found = [{**record, "tracks": ""} for record in found]
        for record in found:
            record["agrees"] = draw.choice(["yes", "yes", "yes", "no", ""])
            record["likes"] = "; ".join(draw.sample(DEPARTMENTS, draw.randint(1, 3)))
            record["avoids"] = draw.choice(["", "", "", draw.choice(ids)])
            record["manager_id"] = draw.choice(["", "", "", ids[-1]])
            record["timezone"] = draw.choice(["Europe/Berlin", "Europe/Berlin", "Europe/Lisbon", "Asia/Tokyo", ""])
            record["avoids"] = "" if record["avoids"] == record["employee_id"] else record["avoids"]
            record["manager_id"] = "" if record["manager_id"] == record["employee_id"] else record["manager_id"]
        return found

    @cached_property
    def further(self) -> dict[str, Any]:
        """What the program itself says."""
        draw, said = Random(f"{self.seed} program"), dict[str, Any]()
        if draw.random() < 0.4:
            said["rules"] = [a_rule(draw, self.ids) for _ in range(draw.randint(1, 2))]
        juniors, seniors = ([id_ for id_ in self.ids if id_[0] == side[0]] for side in _SIDES)
        of = (juniors, seniors) if self.mirror == "require" or draw.random() < 0.5 else (seniors, juniors)
        inside = [[id_ for id_ in some if self.people[id_]["tracks"] in ("", "reverse; traditional")] for some in of]
        said["limits"] = [a_limit(draw, *inside)] if draw.random() < 0.4 else []
        orders = (["most_pairs", "total"], ["most_pairs", "total"], ["total"], ["most_pairs", "worst_pair", "total"])
        return {**said, "objectives": [{"kind": kind} for kind in draw.choice(orders)]}

    @cached_property
    def earlier(self) -> list[tuple[str, str, int]]:
        """Who met in two earlier rounds: who taught, who learned, and the round."""
        draw, found = Random(f"{self.seed} earlier"), list[tuple[str, str, int]]()
        for number in (1, 2):
            for _ in range(2):
                pair = draw.sample([draw.choice([id_ for id_ in self.ids if id_[0] == s[0]]) for s in _SIDES], 2)
                found.append((pair[0], pair[1], number))
        return [*dict.fromkeys(found)]

    @property
    def history(self) -> rmatch.History:
        """The earlier rounds as read."""
        return rmatch.History.of(pd.DataFrame(self.earlier, columns=["mentor_id", "mentee_id", "round"]))

    # ------------------------------------------------------------ what it means

    def rules(self, track: str) -> tuple[Rule, ...]:
        """The rules of a track, about who teaches and who learns in it."""
        said, shared = self.own[track].get("rules"), self.further.get("rules")
        lists = [rule for rule in shared or () if rule["kind"] in ("exclude", "no_repeat", "away")]
        said = shared if said is None else [*said, *lists]
        program = rmatch.Program() if said is None else rmatch.Program.model_validate({"rules": said})
        return tuple(self._meant(rule, track) for rule in program.rules)

    def _meant(self, rule: Rule, track: str) -> Rule:
        if isinstance(rule, NoRepeat) and not rule.pairs:
            last = 2 if rule.rounds is None else rule.rounds
            return NoRepeat(pairs=tuple(sorted({(a, b) for a, b, number in self.earlier if number > 2 - last})))
        if isinstance(rule, GradeGap) and TEACHES[track] == "senior":  # from the senior down to the junior
            return GradeGap(-99 if rule.at_most is None else -rule.at_most, -rule.at_least)
        return rule

    def limits(self, said: dict[str, Any]) -> tuple[Limit, ...]:
        """The limits of a track, or of the program."""
        return rmatch.Program.model_validate({"limits": said.get("limits", [])}).limits

    @cached_property
    def alone(self) -> dict[str, Question]:
        """Each track as a programme by itself: of who joins it, in one direction."""
        return {track: self._alone(track) for track in TEACHES}

    def _alone(self, track: str) -> Question:
        everybody = [record for record in self.records if self.joins(record["employee_id"], track)]
        roles = [
            {**r, "role": "mentor" if r["side"] == TEACHES[track] else "mentee", "capacity_total": "", "side": ""}
            for r in everybody
        ]
        said = {key: self.own[track][key] for key in ("criteria",) if key in self.own[track]} | {"rules": []}
        program = rmatch.Program.model_validate(said)
        roster = rmatch.from_records([{k: v for k, v in r.items() if k != "side"} for r in roles])
        mentors, mentees = roster.tables()
        shown = rmatch.score_matrix(roster, program).loc[mentors.ids, mentees.ids].to_numpy(float)
        points = np.rint(shown * SCALE).astype(np.int64)
        may = np.ones(points.shape, bool)
        for rule in self.rules(track):
            if isinstance(rule, MinScore):
                if "rules" in self.own[track]:
                    may &= self._reaches(points, rule)
            else:
                may &= np.array(oracles.allowed(rule, mentors, mentees), bool).reshape(may.shape)
        return Question(mentors, mentees, may, points, self.limits(self.own[track]), ())

    @staticmethod
    def _reaches(points: Any, rule: MinScore) -> Any:
        return np.array([[Fraction(int(x), SCALE) >= Fraction(rule.score) for x in row] for row in points], bool)

    def directions(self, track: str) -> dict[Pair, int]:
        """The points of each pair (who teaches, who learns) that a track allows by itself."""
        asked = self.alone[track]
        return {asked.named(pair): int(asked.points[pair]) for pair in asked.pairs}

    @cached_property
    def possible(self) -> dict[Pair, int]:
        """The points of each pair that may be; of two who teach each other, those of the pair that the junior leads."""
        one, other = self.directions("reverse"), self.directions("traditional")
        found = one | other
        if self.mirror == "require":
            found = {(a, b): (points + other[b, a]) // 2 for (a, b), points in one.items() if (b, a) in other}
        bars = [limit["score"] for limit in self.further.get("rules", ()) if limit["kind"] == "min_score"]
        return {pair: points for pair, points in found.items() if all(points >= bar * SCALE for bar in bars)}

    @property
    def doubtful(self) -> bool:
        """Whether a score lies so near a bar that rounding could decide."""
        points = np.concatenate([asked.points.ravel() for asked in self.alone.values()])
        both = (np.add.outer(points, points) // 2).ravel() if self.mirror == "require" else points
        return any(np.abs(np.append(points, both) - bar * SCALE).min(initial=SCALE) < _NEAR for bar in BARS)

    @cached_property
    def whole(self) -> Question:
        """The people of the whole programme, and the pairs that may be."""
        tables = self.roster.tables()
        names = [[str(id_) for id_ in table.ids] for table in tables]
        may = np.array([[(a, b) in self.possible for b in names[1]] for a in names[0]], bool)
        may = may.reshape(len(names[0]), len(names[1]))
        return Question(*tables, may, np.zeros(may.shape, np.int64), self.limits(self.further), ())

    @cached_property
    def judges(self) -> list[tuple[str | None, Question, list[meaning.Judge]]]:
        """What keeps each limit: of a track about its pairs, else about all."""
        found: list[tuple[str | None, Question, list[meaning.Judge]]] = []
        for track, asked in self.alone.items():
            names = asked.names
            lead = [[self._made((a, b)) in self.possible for b in names[1]] for a in names[0]]
            open_ = replace(asked, may=np.array(lead, bool).reshape(asked.shape))
            found.append((track, open_, [meaning.keeps(limit, open_) for limit in open_.limits]))
        return [*found, (None, self.whole, [meaning.keeps(limit, self.whole) for limit in self.whole.limits])]

    def _made(self, pair: Pair) -> Pair:
        """The pair of a plan by which somebody teaches somebody."""
        return pair[::-1] if self.mirror == "require" and self.track(pair) == "traditional" else pair

    def granted(self, id_: str, track: str | None, teaching: bool) -> Iterator[int]:
        """How many pairs a track, or the program, grants somebody in a role."""
        for limit in (self.further if track is None else self.own[track]).get("limits", ()):
            if limit["kind"] == "capacity" and ("mentors" if teaching else "mentees") in limit:
                yield limit["mentors" if teaching else "mentees"]
            if limit["kind"] == "circles" and teaching:
                yield limit["most"]

    def room(self, id_: str, track: str, teaching: bool) -> int:
        """How many pairs somebody may have in one role."""
        if self.mirror == "require":  # each pair is one in either role
            junior = self.people[id_]["side"] == "junior"
            roles = [("reverse", junior), ("traditional", not junior), (None, junior)]
        else:
            roles = [(track, teaching), (None, teaching)]
        granted = [number for where, leads in roles for number in self.granted(id_, where, leads)]
        return min(int(self.people[id_]["capacity"] or min(granted, default=1)), *granted, 1 << 30)

    def keeps(self, plan: tuple[Pair, ...]) -> bool:
        """Whether a plan of possible pairs keeps everything else."""
        mutual = self.mirror == "require"
        taught = [*plan, *((b, a) for a, b in plan)] if mutual else [*plan]
        load = Counter((id_, self.track(pair), k) for pair in taught for k, id_ in enumerate(pair))
        if any(number > self.room(id_, track, not k) for (id_, track, k), number in load.items()):
            return False
        for id_, record in self.people.items():
            if record["capacity_total"] and sum(id_ in pair for pair in taught) > int(record["capacity_total"]):
                return False
        if self.mirror == "forbid" and any((b, a) in plan for a, b in plan):
            return False
        return self.keeps_limits(plan, taught)

    def keeps_limits(self, plan: tuple[Pair, ...], taught: list[Pair]) -> bool:
        """Whether a plan keeps the limits of the tracks and of the program."""
        for track, asked, judges in self.judges:
            some = plan if track is None else [pair for pair in taught if self.track(pair) == track]
            places = [(asked.names[0].index(a), asked.names[1].index(b)) for a, b in some]
            if not all(judge(places) for judge in judges):
                return False
        return True
