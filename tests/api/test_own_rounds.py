"""Rounds with rules, limits and people of their own: against all rounds there are, the check, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from meaning import Question, asked, best_rounds_by_trying

import rmatch
from rmatch import criteria, limits, objectives
from rmatch.api.saved_rounds import verify_alone
from rmatch.proof.certificate import StageProof
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import broken_limits
from rmatch.rules import Away, Differs, GradeGap, MinScore, OutsideReportingLine, Rule
from rmatch.solve import run
from rmatch.solve import together as solve_together


class Year:
    """Rounds at random for a few people, each with a program of its own, and who is away."""

    def __init__(self, seed: int) -> None:
        self.draw = np.random.default_rng(seed)
        self.shape = tuple(self.draw.integers(2, 5, 2).tolist())
        self.k = int(self.draw.integers(2, 4))
        order = [
            (objectives.MostPairs(), objectives.Total()),
            (objectives.MostPairs(), objectives.LeastLoad(), objectives.Total()),
            (objectives.MostPairs(), objectives.Bands((0.4,)), objectives.Total()),
            (objectives.Total(floor=0.3),),
        ]
        self.order = order[int(self.draw.choice(4, p=[0.55, 0.15, 0.15, 0.15]))]
        self.frame = self._frame()
        self.locked: set[tuple[str, str]] = set()
        one = self._scores()
        alike = self.draw.random() < 0.5
        self.programs = [self._program(one if alike else self._scores()) for _ in range(self.k)]
        ids = self.frame["employee_id"].tolist()
        self.away = {number: [id_ for id_ in ids if self.draw.random() < 0.15] for number in range(1, self.k + 1)}

    def _frame(self) -> pd.DataFrame:
        rows = [
            {
                "employee_id": f"{role}{k}",
                "role": role,
                "capacity": str(self.draw.choice([1, 1, 2])),
                "min_pairs": str(int(self.draw.random() < 0.08)),
                "department": f"d{self.draw.integers(2)}",
            }
            for role, size in zip(("mentor", "mentee"), self.shape, strict=True)
            for k in range(size)
        ]
        return pd.DataFrame(rows)

    def _scores(self) -> pd.DataFrame:
        m, n = self.shape
        scores = self.draw.integers(0, 65, (m, n)) / 64
        keys = self.draw.permutation(m * n)[8:]  # so that all plans can be looked at
        scores.reshape(-1)[keys] = np.nan
        scores[self.draw.random((m, n)) < 0.1] = np.nan
        return pd.DataFrame(scores, [f"mentor{k}" for k in range(m)], [f"mentee{k}" for k in range(n)])

    def _program(self, scores: pd.DataFrame) -> rmatch.Program:
        draw, wished = self.draw, list[limits.Limit]()
        if draw.random() < 0.25:
            wished.append(limits.Group("mentee", "department", most=int(draw.integers(1, 3))))
        if draw.random() < 0.25:
            wished.append(limits.TotalPairs(most=int(draw.integers(1, 4))))
        if draw.random() < 0.2:
            wished.append(limits.Spread("mentor", "department", most=1))
        if draw.random() < 0.2:
            wished.append(limits.Share("department", least=0.5))
        if draw.random() < 0.15:
            wished.append(limits.Capacity(mentors=2))
        if draw.random() < 0.2:
            i, j = np.argwhere(~scores.isna().to_numpy()).tolist()[0]
            pair = (f"mentor{i}", f"mentee{j}")
            wished += [limits.Lock((pair,))] if pair not in self.locked else []
            self.locked.add(pair)
        rules: tuple[Rule, ...] = (Differs("department"),) if draw.random() < 0.2 else ()
        rules += (MinScore(float(draw.choice([0.25, 0.5]))),) if draw.random() < 0.2 else ()
        rated = criteria.PairScores(frame=scores, missing="forbid")
        return rmatch.Program(criteria=(rated,), rules=rules, limits=tuple(wished), objectives=self.order)

    @property
    def sides(self) -> list[set[str]]:
        """The ids of the mentors, and of the mentees."""
        return [set(some["employee_id"]) for _, some in self.frame.groupby("role")]

    def questions(self, roster: rmatch.Roster) -> list[Question]:
        return [
            asked(roster, p.criteria, (*p.rules, Away(tuple(self.away[number]))), p.limits, p.objectives)
            for number, p in enumerate(self.programs, 1)
        ]


@pytest.mark.trials
@pytest.mark.parametrize("block", range(10))
def test_rounds_are_the_best_of_all_there_are(block: int) -> None:
    found = refused = 0
    for seed in range(40 * block, 40 * block + 40):
        year = Year(seed)
        if year.k > max(year.shape):
            continue
        roster = rmatch.from_frame(year.frame, program=year.programs)
        questions = year.questions(roster)
        best = best_rounds_by_trying(questions)
        nobody = any(side <= {*gone} for gone in year.away.values() for side in year.sides)
        if best is None or nobody:
            with pytest.raises(rmatch.RmatchError) as caught:
                rmatch.rounds(roster, year.programs, away=year.away)
            assert isinstance(caught.value, rmatch.InfeasibleError) or "everybody is away" in str(caught.value), seed
            refused += 1
            continue
        rounds = rmatch.rounds(roster, year.programs, away=year.away)
        assert rounds.status is rmatch.Status.OPTIMAL, seed
        stages = [stage for objective in year.order for stage in objective.stages()]
        assert tuple(rounds.joint.value_of(stage) for stage in stages) == best, seed
        assert {plan.status for plan in rounds} == {rmatch.Status.OPTIMAL}, seed
        assert rounds.verify(), (seed, str(rounds.verify()))
        assert sum(len(plan.named) for plan in rounds) == len(set().union(*(plan.named for plan in rounds))), seed
        for plan, question in zip(rounds, questions, strict=True):
            assert plan.named <= {question.named(pair) for pair in question.pairs}, seed
        found += 1
    assert found > 15, refused


FRAME = rmatch.datasets.workforce(30, 28, seed=4)
IDS: list[str] = FRAME["employee_id"].tolist()
USUAL = (GradeGap(at_least=1), OutsideReportingLine())


def three(**changes: Any) -> rmatch.Rounds:
    """Three rounds: the first across locations, in the second some people are away."""
    programs = [
        rmatch.Program(rules=(*USUAL, Differs("location"))),
        rmatch.Program(rules=USUAL, limits=(limits.TotalPairs(most=20),)),
        rmatch.Program(rules=USUAL),
    ]
    return rmatch.rounds(
        rmatch.from_frame(FRAME, program=programs), programs, away={2: IDS[::10], 3: [IDS[0]]}, **changes
    )


def test_each_round_has_its_rules_limits_and_people() -> None:
    rounds = three()
    assert rounds.status is rmatch.Status.OPTIMAL
    assert not rounds.pairs.duplicated(["mentor_id", "mentee_id"]).any()
    sizes = [len(plan.pairs) for plan in rounds]
    assert sizes[1] == 20 < min(sizes[0], sizes[2])
    assert not {id_ for pair in rounds[1].named for id_ in pair} & {*IDS[::10]}
    place = FRAME.drop_duplicates("employee_id").set_index("employee_id")["location"]
    assert all(place[a] != place[b] for a, b in rounds[0].named)
    said = rounds.summary()
    assert "3 rounds, " in said
    assert f"Proved over all {3 * 30 * 28:,} possible pairs." in said
    assert "Round 2: 20 pairs" in said
    assert "6 people are away." in said
    assert "1 person is away." in said
    assert "Away in all rounds" not in said
    assert {plan.status for plan in rounds} == {rmatch.Status.OPTIMAL}


def test_a_capacity_holds_in_its_round() -> None:
    frame = rmatch.datasets.workforce(6, 12, seed=4).drop(columns="capacity", errors="ignore")
    programs = [rmatch.Program(limits=(limits.Capacity(mentors=most),)) for most in (1, 2)]
    rounds = rmatch.rounds(rmatch.from_frame(frame, program=programs), programs)
    most = [plan.pairs["mentor_id"].value_counts().max() for plan in rounds]
    assert (most, rounds.status) == ([1, 2], rmatch.Status.OPTIMAL)
    assert rounds.verify()


def test_a_budget_of_changes_holds_for_all_rounds_as_they_are_planned() -> None:
    """Pairs that another round has count for it, though nobody may make them again in this one."""
    ids = [[f"{side}{k}" for k in range(3)] for side in "mn"]
    rated = criteria.PairScores(frame=pd.DataFrame([[0, 0.75, 0.5], [0, 0, 0.25], [1, 0.75, 0.5]], *ids))
    kept = limits.Changes(pairs=[("m0", "n0"), ("m1", "n1")], most=1)
    program = rmatch.Program(criteria=[rated], rules=[], limits=[kept])
    roles = zip(("mentor", "mentee"), ids, strict=True)
    roster = rmatch.from_records([{"employee_id": id_, "role": role} for role, some in roles for id_ in some])
    rounds = rmatch.rounds(roster, program, 2)
    assert all({("m0", "n0"), ("m1", "n1")} & plan.named for plan in rounds)
    assert (rounds.status, len(rounds.pairs)) == (rmatch.Status.OPTIMAL, 6)
    assert rounds.verify()


def test_the_check_needs_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = three()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the check solved something")

    for name in ("solve", "staged", "by_rows", "generate_columns"):
        monkeypatch.setattr(run, name, never, raising=False)
    assert rounds.verify()


def test_the_check_finds_what_was_changed() -> None:
    rounds = three()
    one, two, three_ = rounds.rounds
    swapped = rmatch.Rounds(rounds.joint, (two, one, three_), apart=True)
    assert not swapped.verify()
    fewer = rmatch.Rounds(rounds.joint, (one, two), apart=True)
    assert "does not bar the pairs of the other rounds" in str(fewer.verify())
    stages = rounds.joint.certificate.stages
    cheap = replace(rounds.joint.certificate, stages=(stages[0], replace(stages[1], multipliers={}, tree=None)))
    wrong = rmatch.Rounds(replace(rounds.joint, certificate=cheap), rounds.rounds, apart=True)
    assert "the prices prove" in str(wrong.verify())
    others = tuple(replace(plan, model=replace(plan.model, program=one.program)) for plan in rounds)
    assert not rmatch.Rounds(rounds.joint, others, apart=True).verify()


def test_a_pair_that_is_there_twice_breaks_a_row() -> None:
    rounds = three()
    model = rounds.joint.model
    i, j = rounds.joint.chosen
    first = int(np.flatnonzero(i < 30)[0])
    twice = np.append(i, i[first] + 30), np.append(j, j[first] + 28)
    said = list(broken_limits(problem_of(model.program, model.mentors, model.mentees), *twice))
    who = " and ".join(rounds.joint.pair_ids[first]).replace(" in round 1", "")
    assert f"not_twice of {who}: the plan has 2, and 1 is the most" in said


def test_rounds_are_saved_and_loaded(tmp_path: Path) -> None:
    rounds = three()
    rmatch.save_rounds(rounds, tmp_path)
    again = rmatch.load_rounds(tmp_path, rounds[0].roster)
    assert again.pairs.equals(rounds.pairs)
    assert again.verify()
    assert again.summary() == rounds.summary()
    assert verify_alone(tmp_path)
    record = json.loads((tmp_path / "rounds.json").read_text())
    record["joint"]["pairs"][0]["mentor_id"] = record["joint"]["pairs"][1]["mentor_id"]
    (tmp_path / "rounds.json").write_text(json.dumps(record))
    assert "the rounds are not the pairs that the proof is about" in str(verify_alone(tmp_path))


def test_prices_of_couples_are_saved_by_their_ids(tmp_path: Path) -> None:
    rounds = three()
    prices = rounds.joint.certificate.stage("total").multipliers["not_twice"]
    rmatch.save_rounds(rounds, tmp_path)
    record = json.loads((tmp_path / "rounds.json").read_text())
    saved = record["joint"]["certificate"]["stages"][-1]["multipliers"]["not_twice"]
    assert len(saved) == np.count_nonzero(prices)
    assert all(set(key.split("\t")) <= {*IDS} for key in saved)


def test_a_draw_and_what_it_costs() -> None:
    rounds = three()
    assert set(rounds.chances["chance"]) == {1 / 3}
    assert rounds.best is rounds.alone[0]
    assert [len(plan.pairs) for plan in rounds.alone][1] == 20
    assert rounds.price == pytest.approx(1 - rounds.total / sum(plan.total for plan in rounds.alone))
    assert "in total on average, a drawn round" in rounds.price_in_words()
    assert rounds.lottery(1)["proved"] is True


def test_one_program_for_all_with_people_away() -> None:
    roster = rmatch.from_frame(FRAME)
    rounds = rmatch.rounds(roster, None, 2, away={1: [IDS[3]], 2: [IDS[3], IDS[4]]})
    assert len(rounds) == 2
    assert f"Away in all rounds: {FRAME['name'][3]} ({IDS[3]})." in rounds.summary()
    assert IDS[3] not in {id_ for plan in rounds for pair in plan.named for id_ in pair}
    many = rmatch.rounds(roster, None, 2, away=dict.fromkeys((1, 2), IDS[:6]))
    assert "and 3 more." in many.summary()


def test_people_are_away_by_any_name() -> None:
    roster = rmatch.from_frame(FRAME)
    away = rmatch.Program(rules=(Away((FRAME["name"][3],)),))
    assert IDS[3] not in {id_ for pair in rmatch.match(roster, away).named for id_ in pair}
    rounds = rmatch.rounds(roster, None, 2, away={2: [FRAME["name"][3]]})
    assert rounds[1].program.rules[-2] == Away((IDS[3],))
    assert any("is read as" in note for note in rounds[1].left_out)
    unknown = (
        rf"round 2: .*nobody has the id '{IDS[3]}x'.*Did you mean.*`unknown = \"ignore\"`; or leave them out of `away`$"
    )
    with pytest.raises(rmatch.ProgramError, match=unknown):
        rmatch.rounds(roster, None, 2, away={2: [f"{IDS[3]}x"]})


def test_who_is_away_need_have_no_pair() -> None:
    frame = FRAME.assign(min_pairs=["1" if id_ == IDS[3] else "" for id_ in IDS])
    roster = rmatch.from_frame(frame)
    rounds = rmatch.rounds(roster, None, 2, away={2: [IDS[3]]})
    assert [IDS[3] in {id_ for pair in plan.named for id_ in pair} for plan in rounds] == [True, False]
    assert rounds.verify()


def test_a_limit_that_cannot_hold_says_who_is_away() -> None:
    team = FRAME["department"][int(np.flatnonzero(FRAME["role"] == "mentee")[0])]
    there = FRAME[(FRAME["role"] == "mentee") & (FRAME["department"] == team)]["employee_id"].tolist()
    asked = rmatch.Program(limits=(limits.Group("mentee", "department", value=team, least=1),))
    said = (
        f"^in 2 rounds together, with 1 away in round 1 and {len(there):,} away in round 2: no plan .*at least 1 pair"
    )
    with pytest.raises(rmatch.InfeasibleError, match=said):
        rmatch.rounds(rmatch.from_frame(FRAME), asked, 2, away={1: [IDS[0]], 2: there})


def test_a_lock_holds_in_its_round() -> None:
    plan = rmatch.match(rmatch.from_frame(FRAME))
    pair = min(plan.named)
    programs = [rmatch.Program(), rmatch.Program(limits=(limits.Lock((pair,)),))]
    rounds = rmatch.rounds(rmatch.from_frame(FRAME, program=programs), programs)
    assert [pair in plan.named for plan in rounds] == [False, True]
    assert rounds.verify()


def test_several_programs_name_further_columns() -> None:
    frame = FRAME.assign(team=[str(k % 5) for k in range(len(FRAME))])
    programs = [rmatch.Program(), rmatch.Program(rules=(Differs("team"),))]
    rounds = rmatch.rounds(rmatch.from_frame(frame, program=programs), programs)
    team = frame.set_index("employee_id")["team"]
    assert all(team[a] != team[b] for a, b in rounds[1].named)


@pytest.mark.parametrize(
    ("programs", "k", "away", "words"),
    [
        ([{}, {}], 3, {}, "2 programs for 3 rounds: give one program for all rounds, or one for each"),
        ([], None, {}, "the number of rounds is a whole number"),
        ([{}, {}], None, {3: [IDS[0]]}, "`away`: there is no round 3: rounds are numbered from 1 to 2"),
        ([{}, {}], None, [IDS[0]], "`away` gives lists of people by the number of the round"),
        ([{}, {}], None, {"2": [IDS[0]]}, "`away`: there is no round '2'"),
        ([{}, {}], None, {2: IDS[0]}, "`away`: of round 2 a list of people is needed, not the text"),
        ([{}, {}], None, {2: IDS}, "nobody is there in round 2: of 30 mentors everybody is away; leave this round out"),
        (
            [{}, {"objectives": (objectives.Total(floor=0.2),)}],
            None,
            {},
            "the programs of rounds 1 and 2 have other objectives",
        ),
        (
            [{"objectives": (objectives.MostPairs(), objectives.Priority(mentees=(IDS[0],)), objectives.Total())}] * 2,
            None,
            {},
            "the objective `priority` does not add up over rounds",
        ),
        ([{}, {"keep": "joined"}], None, {}, "the programs of rounds 1 and 2 differ in `keep`"),
        ([{}] * 31, None, {}, "31 rounds are more than anybody has partners"),
        ([{"limits": (limits.Lock(((IDS[0], IDS[0]),)),)}, {}], None, {}, "round 1: "),
    ],
)
def test_what_cannot_be_used_is_refused(programs: list[dict[str, Any]], k: Any, away: Any, words: str) -> None:
    made = [rmatch.Program(**changes) for changes in programs]

    def tried() -> None:
        rmatch.rounds(rmatch.from_frame(FRAME, program=made or None), made, k, away=away)

    with pytest.raises(rmatch.RmatchError) as caught:
        tried()
    assert words in str(caught.value)


def few(pairs: pd.DataFrame, **changes: Any) -> rmatch.Program:
    """A program for a few people, with a table of scores."""
    return rmatch.Program(criteria=(criteria.PairScores(frame=pairs, missing="forbid"),), rules=(), **changes)


def test_rounds_that_cannot_be_had_together_say_so() -> None:
    people = pd.DataFrame({"employee_id": ["a", "b", "c"], "role": ["mentor", "mentee", "mentee"]})
    one = few(pd.DataFrame([[0.5, np.nan]], ["a"], ["b", "c"]), limits=(limits.TotalPairs(least=1),))
    roster = rmatch.from_frame(people, program=one)
    with pytest.raises(rmatch.InfeasibleError) as caught:
        rmatch.rounds(roster, [one, one])
    assert str(caught.value) == (
        "in 2 rounds together: no plan reaches these limits together: nobody teaches the same person in two rounds; in "
        "round 1: at least 1 pair in all; in round 2: at least 1 pair in all; loosen or drop one of them"
    )
    assert isinstance(caught.value.proof, StageProof)


def test_for_many_people_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    best = three()
    monkeypatch.setattr(solve_together, "MOST_BY_ROWS", 1)
    rounds = three()
    assert rounds.total <= best.total <= rounds.bound
    assert rounds.verify()
    assert not rounds.pairs.duplicated(["mentor_id", "mentee_id"]).any()
    assert "Valid rounds, not proved best" in rounds.summary()
    assert {plan.status for plan in rounds} == {rmatch.Status.OPTIMAL}


def test_for_many_people_a_later_round_may_have_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve_together, "MOST_BY_ROWS", 1)
    people = pd.DataFrame({"employee_id": ["a", "b", "c"], "role": ["mentor", "mentee", "mentee"]})
    one = few(pd.DataFrame([[0.5, np.nan]], ["a"], ["b", "c"]), limits=(limits.TotalPairs(least=1),))
    with pytest.raises(rmatch.SolverError, match="one after the other, a later one has no plan"):
        rmatch.rounds(rmatch.from_frame(people, program=one), [one, one])


def test_where_the_time_is_over_there_are_valid_rounds() -> None:
    rounds = three(time_limit=1e-6)
    assert rounds.status is rmatch.Status.FEASIBLE
    assert rounds.verify()
