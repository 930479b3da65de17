"""Several rounds at once: against the enumeration of all rounds, the check, the lottery, and what is refused."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rmatch
from rmatch import criteria, limits, objectives
from rmatch.rules import Exclude, NoRepeat, Rule
from rmatch.solve import run

Pair = tuple[int, int]


class Small:
    """A random small program, and everything that it says in plain Python."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        m, n = draw.integers(2, 5, 2).tolist()
        may = np.array(list(product(range(m), range(n))))
        may = may[draw.permutation(len(may))[: draw.integers(3, 10)]]
        self.pairs: list[Pair] = sorted(map(tuple, may.tolist()))
        self.scores = {pair: int(draw.integers(0, 65)) / 64 for pair in self.pairs}
        self.capacity = [draw.choice([1, 1, 2], size).tolist() for size in (m, n)]
        self.least = [(draw.random(size) < 0.1).astype(int).tolist() for size in (m, n)]
        self.dept = draw.integers(0, 2, n).tolist()
        self.group = int(draw.integers(1, 3)) if draw.random() < 0.4 else None
        self.total = int(draw.integers(1, 4)) if draw.random() < 0.4 else None
        self.floor = 0.3 if draw.random() < 0.3 else None
        self.shape = m, n

    def plan(self, mask: int) -> bool:
        """Whether the pairs of a mask are a plan of one round."""
        some = [pair for bit, pair in enumerate(self.pairs) if mask >> bit & 1]
        for side in (0, 1):
            loads = [sum(pair[side] == who for pair in some) for who in range(self.shape[side])]
            bounds = zip(self.least[side], loads, self.capacity[side], strict=True)
            if any(not low <= load <= high for low, load, high in bounds):
                return False
        if self.group is not None and any(sum(self.dept[j] == d for _, j in some) > self.group for d in (0, 1)):
            return False
        return self.total is None or len(some) <= self.total

    def best(self, k: int) -> tuple[float, float] | None:
        """The best value of ``k`` plans that share no pair, by looking at all of them; None where there are none."""
        single = [mask for mask in range(1 << len(self.pairs)) if self.plan(mask)]
        unions = {0}
        for _ in range(k):
            unions = {union | mask for union in unions for mask in single if not union & mask}
        return max(map(self.value, unions), default=None)

    def value(self, mask: int) -> tuple[float, float]:
        some = [pair for bit, pair in enumerate(self.pairs) if mask >> bit & 1]
        floor = self.floor or 0
        total = sum(round(self.scores[pair] * 2**20) - round(floor * 2**20) for pair in some)
        return (len(some) if self.floor is None else 0), total

    def frame(self) -> pd.DataFrame:
        sides = [
            pd.DataFrame(
                {
                    "employee_id": [f"{role}{k}" for k in range(size)],
                    "role": role,
                    "capacity": list(map(str, capacity)),
                    "min_pairs": list(map(str, least)),
                    "department": [f"d{self.dept[k]}" if role == "mentee" else "" for k in range(size)],
                }
            )
            for role, size, capacity, least in zip(
                ("mentor", "mentee"), self.shape, self.capacity, self.least, strict=True
            )
        ]
        return pd.concat(sides, ignore_index=True)

    def program(self) -> rmatch.Program:
        table = pd.DataFrame(
            np.nan,
            index=[f"mentor{k}" for k in range(self.shape[0])],
            columns=[f"mentee{k}" for k in range(self.shape[1])],
        )
        for (i, j), score in self.scores.items():
            table.iloc[i, j] = score
        wished: list[limits.Limit] = []
        if self.group is not None:
            wished.append(limits.Group("mentee", "department", most=self.group))
        if self.total is not None:
            wished.append(limits.TotalPairs(most=self.total))
        order = (objectives.MostPairs(), objectives.Total())
        if self.floor is not None:
            order = (objectives.Total(floor=self.floor),)
        return rmatch.Program(
            criteria=(criteria.PairScores(frame=table),), rules=(), limits=tuple(wished), objectives=order
        )


@pytest.mark.trials
@pytest.mark.parametrize("block", range(10))
def test_rounds_are_the_best_of_all_there_are(block: int) -> None:
    """Whatever is enumerated, and each round is a plan that is proved best beside the others."""
    found = refused = 0
    for seed in range(40 * block, 40 * block + 40):
        small, k = Small(seed), 2 + seed % 2
        if k > max(small.shape):
            continue
        program = small.program()
        roster = rmatch.from_frame(small.frame(), program=program)
        best = small.best(k)
        if best is None:
            with pytest.raises(rmatch.InfeasibleError, match=f"in {k} rounds together|needs"):
                rmatch.rounds(roster, program, k)
            refused += 1
            continue
        rounds = rmatch.rounds(roster, program, k)
        names = {(f"mentor{i}", f"mentee{j}"): 1 << bit for bit, (i, j) in enumerate(small.pairs)}
        masks = [sum(names[pair] for pair in plan.named) for plan in rounds]
        assert all(map(small.plan, masks)), seed
        assert sum(masks) == np.bitwise_or.reduce(masks), seed
        assert small.value(sum(masks)) == best, seed
        assert rounds.status is rmatch.Status.OPTIMAL
        assert {plan.status for plan in rounds} == {rmatch.Status.OPTIMAL}, seed
        assert rounds.verify(), (seed, str(rounds.verify()))
        sizes = [len(plan) for plan in (plan.named for plan in rounds)]
        assert max(sizes) - min(sizes) <= 1
        found += 1
    assert found > 10, refused


def made(k: int = 3, **changes: Any) -> rmatch.Rounds:
    frame = rmatch.datasets.workforce(30, 28, seed=4)
    program = rmatch.Program(**changes)
    return rmatch.rounds(rmatch.from_frame(frame, program=program), program, k)


def test_the_check_needs_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = made()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the check solved something")

    for name in ("solve", "staged", "by_rows", "generate_columns"):
        monkeypatch.setattr(run, name, never)
    assert rounds.verify()
    assert all(plan.verify() for plan in rounds)


def test_the_check_finds_what_was_changed() -> None:
    rounds = made()
    one, two, three = rounds.rounds
    twice = rmatch.Rounds(rounds.joint, (one, one, three))
    assert "a pair is in two rounds" in str(twice.verify())
    fewer = rmatch.Rounds(rounds.joint, (one, two))
    assert "the rounds are not the pairs that the proof is about" in str(fewer.verify())
    single = rmatch.Rounds(two, (two, one, three))
    assert "fewer places" in str(single.verify())
    small = made(limits=(limits.TotalPairs(most=9),))
    tight = replace(small.joint, model=replace(small.joint.model, program=small.rounds[0].program))
    assert "allows less than the rounds" in str(rmatch.Rounds(tight, small.rounds).verify())


def test_the_check_finds_that_a_round_has_another_program_than_the_proof(tmp_path: Path) -> None:
    """With looser limits, or other criteria, the proof is about other rounds."""
    people = [("a", "mentor", "D1"), ("b", "mentor", "D2"), ("x", "mentee", "D2"), ("y", "mentee", "D1")]
    frame = pd.DataFrame(people, columns=["employee_id", "role", "department"])

    def program(most: int, *more: Rule, prefer: str = "different") -> rmatch.Program:
        own = criteria.Department(1.0, prefer=prefer)  # type: ignore[arg-type]
        return rmatch.Program(
            criteria=[own], rules=[Exclude([("a", "y")]), *more], limits=[limits.TotalPairs(most=most)]
        )

    roster = rmatch.from_frame(frame, program=program(1))
    found = rmatch.rounds(roster, program(1), 2)
    rmatch.save_rounds(found, tmp_path / "year")
    assert rmatch.load_rounds(tmp_path / "year", roster).verify()
    new = NoRepeat(pairs=found[0].pair_ids, filled=True)
    for other in (program(2, new), program(1, new, prefer="same")):
        rmatch.match(roster, other).save(tmp_path / "year" / "round-2" / "matching.json")
        assert "another program" in str(rmatch.load_rounds(tmp_path / "year", roster).verify())


def test_places_in_both_roles_together_are_multiplied_too() -> None:
    people = [("m", "mentor", "A", "1"), ("n0", "mentee", "B", ""), ("n1", "mentee", "B", "")]
    frame = pd.DataFrame(people, columns=["employee_id", "role", "department", "capacity_total"])
    program = rmatch.Program(criteria=[criteria.Department(1.0)], rules=[])
    roster = rmatch.from_frame(frame, program=program)
    found = rmatch.rounds(roster, program, 2)
    assert [len(plan) for plan in found] == [1, 1]
    assert (found.total, found.status) == (rmatch.rounds(roster, [program, program]).total, rmatch.Status.OPTIMAL)
    assert found.verify()


def test_nobody_meets_twice_and_the_order_of_rows_does_not_matter() -> None:
    frame = rmatch.datasets.workforce(30, 28, seed=4)
    rounds = rmatch.rounds(rmatch.from_frame(frame), None, 3)
    again = rmatch.rounds(rmatch.from_frame(frame.sample(frac=1, random_state=1)), None, 3)
    assert rounds.pairs.equals(again.pairs)
    assert not rounds.pairs.duplicated(["mentor_id", "mentee_id"]).any()
    assert list(rounds.pairs.columns[:3]) == ["round", "mentor_id", "mentee_id"]
    assert set(rounds.pairs["round"]) == {1, 2, 3}
    assert rounds.total == pytest.approx(sum(plan.total for plan in rounds))
    assert (rounds.gap, rounds.bound, len(rounds)) == (0, rounds.total, 3)
    assert "Proved over all 840 possible pairs." in rounds.summary()


def test_one_round_is_a_match() -> None:
    frame = rmatch.datasets.workforce(30, 28, seed=4)
    (only,) = rmatch.rounds(rmatch.from_frame(frame), None, 1)
    best = rmatch.match(rmatch.from_frame(frame))
    assert (only.total, len(only.points)) == (best.total, len(best.points))
    assert only.program == best.program


def test_the_lottery_gives_every_pair_the_same_chance() -> None:
    rounds = made(4)
    drawn = [rounds.drawn(seed) for seed in range(400)]
    counts = np.bincount(drawn)[1:]
    assert counts.shape == (4,)
    assert counts.min() > 60  # 100 each are expected, 60 is four and a half deviations away
    assert rounds.draw(7) is rounds.rounds[rounds.drawn(7) - 1]
    chances = rounds.chances
    assert set(chances["chance"]) == {0.25}
    assert len(chances) == len(rounds.pairs)
    assert rounds.best.total >= max(plan.total for plan in rounds)
    assert rounds.price == pytest.approx(1 - rounds.total / 4 / rounds.best.total)
    assert f"costs {rounds.price:.1%}" in rounds.price_in_words()
    told = rounds.lottery(7)
    assert (told["chance"], told["seed"], told["rounds"], told["proved"]) == ("1/4", 7, 4, True)
    with pytest.raises(rmatch.RmatchError, match="whole number"):
        rounds.draw("7")  # type: ignore[arg-type]


def test_a_round_is_a_plan_like_any_other(tmp_path: Path) -> None:
    rounds = made()
    plan = rounds[1]
    plan.save(tmp_path / "plan.json")
    again = rmatch.load(tmp_path / "plan.json", plan.roster)
    assert again.named == plan.named
    assert again.status is rmatch.Status.OPTIMAL
    assert again.verify()
    elsewhere = next(iter(rounds[0].named))
    assert "no_repeat" in plan.why_not(*elsewhere).rules
    rounds.to_csv(tmp_path / "rounds.csv")
    assert len(pd.read_csv(tmp_path / "rounds.csv")) == len(rounds.pairs)


@pytest.mark.parametrize(
    "changes",
    [
        {"limits": (limits.Share("department", least=0.9),)},
        {"limits": (limits.Spread("mentor", "department"),)},
        {"objectives": (objectives.MostPairs(), objectives.LeastLoad(), objectives.Total())},
        {"limits": (limits.Group("mentee", "department", most=3), limits.Group("mentee", "location", most=4))},
    ],
)
def test_what_does_not_add_up_is_solved_with_everybody_once_for_each_round(changes: dict[str, Any]) -> None:
    rounds = made(2, **changes)
    assert rounds.apart
    assert rounds.status is rmatch.Status.OPTIMAL
    assert rounds.verify()


def test_the_worst_pair_of_all_rounds_is_not_that_of_each() -> None:
    with pytest.raises(rmatch.ProgramError, match="`worst_pair` does not add up over rounds"):
        made(2, objectives=(objectives.MostPairs(), objectives.WorstPair(), objectives.Total()))


def test_a_locked_pair_cannot_be_in_every_round() -> None:
    frame = rmatch.datasets.workforce(30, 28, seed=4)
    pair = next(iter(rmatch.match(rmatch.from_frame(frame)).named))
    with pytest.raises(rmatch.ProgramError, match=r"is locked in rounds 1 and 2, and no pair is there twice"):
        made(2, limits=(limits.Lock((pair,)),))


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "2"])
def test_a_number_of_rounds_is_a_whole_number(k: Any) -> None:
    with pytest.raises(rmatch.ProgramError, match="the number of rounds is a whole number"):
        made(k)


def test_more_rounds_than_partners_are_refused() -> None:
    with pytest.raises(rmatch.ProgramError, match="ask for 30 rounds at most"):
        made(31)


def test_sensitive_criteria_are_refused() -> None:
    frame = rmatch.datasets.workforce(30, 28, seed=4).assign(gender="x", consent="yes")
    program = rmatch.Program.model_validate(
        {
            "columns": {"gender": {"use": "score", "sensitive": True, "consent": "consent", "purpose": "agreed"}},
            "criteria": [
                {"kind": "skills", "weight": 0.5},
                {"kind": "difference", "weight": 0.5, "column": "gender"},
            ],
        }
    )
    with pytest.raises(rmatch.ProgramError, match="cannot score sensitive columns"):
        rmatch.rounds(rmatch.from_frame(frame, program=program), program, 2)


def test_rounds_follow_a_history() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(30, 28, seed=4))
    before = rmatch.match(roster)
    program = rmatch.Program(rules=(NoRepeat(),))
    rounds = rmatch.rounds(roster, program, 2, history=before)
    assert not before.named & rounds.joint.named
    assert not before.named & rounds.best.named
    assert rounds.verify()


def test_nested_groups_and_bands_hold_in_every_round() -> None:
    wished = (
        limits.Group("mentee", "department", most=3),
        limits.Group("mentor", "location", least=1),
        limits.TotalPairs(most=15),
        limits.Capacity(mentors=2, mentees=1),
    )
    order = (objectives.MostPairs(), objectives.Bands((0.4, 0.5)), objectives.Total())
    rounds = made(4, limits=wished, objectives=order)
    assert rounds.status is rmatch.Status.OPTIMAL
    assert {plan.status for plan in rounds} == {rmatch.Status.OPTIMAL}
    assert rounds.verify()
    again = pickle.loads(pickle.dumps(rounds))
    assert (again.total, bool(again.verify())) == (rounds.total, True)


def test_where_the_time_is_over_nothing_is_called_best() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(200, 200, seed=4))
    rounds = rmatch.rounds(roster, None, 2, time_limit=1e-6)
    assert rounds.status is rmatch.Status.FEASIBLE
    assert rounds.verify()
    assert "Valid rounds, not proved best" in rounds.summary()
    assert not rounds.pairs.duplicated(["mentor_id", "mentee_id"]).any()
    assert rounds.lottery(1)["proved"] is False


def test_what_cannot_be_done_says_for_how_many_rounds() -> None:
    frame = rmatch.datasets.workforce(30, 28, seed=4).assign(min_pairs="2", capacity="2")
    with pytest.raises(
        rmatch.InfeasibleError, match=r"in 20 rounds together, with 20 times everybody's places: .* needs"
    ):
        rmatch.rounds(rmatch.from_frame(frame), None, 20)


@pytest.mark.parametrize(("mentors", "mentees"), [(1, 3), (2, 1), (1, 1)])
def test_more_rounds_than_partners_are_refused_in_plain_numbers(mentors: int, mentees: int) -> None:
    rows = [{"employee_id": f"{side}{k}", "role": side, "department": f"{side}{k}"}
            for side, number in (("mentor", mentors), ("mentee", mentees)) for k in range(number)]  # fmt: skip
    most = max(mentors, mentees)
    with pytest.raises(rmatch.ProgramError) as caught:
        rmatch.rounds(rmatch.from_records(rows), k=most + 1)
    counts = [f"{number} {word}{'s' * (number > 1)}" for number, word in ((mentors, "mentor"), (mentees, "mentee"))]
    told = f"{most + 1} rounds are more than anybody has partners, among {' and '.join(counts)}: ask for {most} round"
    assert str(caught.value).startswith(told)


def test_what_does_not_add_up_goes_without_what_is_refused_beside_it() -> None:
    frame = rmatch.datasets.workforce(30, 28, seed=4).assign(matters="skills")
    asked = {
        "personal": {"column": "matters", "factor": 2},
        "limits": [{"kind": "spread", "side": "mentor", "column": "department"}],
    }
    program = rmatch.Program.model_validate(asked)
    with pytest.raises(
        rmatch.ProgramError, match=r"`spread`.*does not add up over rounds.*\[personal\] beside it is ref"
    ):
        rmatch.rounds(rmatch.from_frame(frame, program=program), program, 2)
    both = [{"kind": "group", "side": "mentee", "column": name, "most": 9} for name in ("department", "location")]
    program = rmatch.Program.model_validate({**asked, "limits": both})
    with pytest.raises(rmatch.ProgramError, match="what overlapping groups ask does not add up over rounds"):
        rmatch.rounds(rmatch.from_frame(frame, program=program), program, 2)
    with pytest.raises(rmatch.ProgramError, match=r"people of their own cannot have \[personal\]"):
        rmatch.rounds(rmatch.from_frame(frame, program=program), program, 2, away={1: [frame["employee_id"][0]]})
