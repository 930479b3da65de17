"""The representative pilot: quotas by largest remainder, the best plan that has them, and what is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import rmatch
from rmatch import criteria, limits, objectives, testing


def of(pairs: int, frame: pd.DataFrame, **settings: str) -> dict[str, int]:
    mentors, mentees = rmatch.from_frame(frame).tables()
    seats = limits.Representative(pairs, **settings).seats(mentors, mentees)
    return {word: number for word, (_, number) in seats.items()}


def people(departments: list[str], mentors: int = 3) -> pd.DataFrame:
    mentees = pd.DataFrame({"employee_id": [f"s{k}" for k in range(len(departments))], "department": departments})
    juniors = pd.DataFrame({"employee_id": [f"j{k}" for k in range(mentors)], "department": "it"})
    return pd.concat([juniors.assign(role="mentor"), mentees.assign(role="mentee")], ignore_index=True)


@pytest.mark.parametrize(
    ("pairs", "departments", "expected"),
    [
        (5, ["a"] * 5 + ["b"] * 3 + ["c"] * 2, {"a": 3, "b": 1, "c": 1}),  # 2.5, 1.5 and 1: of equal ones the larger
        (4, ["a"] * 2 + ["b"] * 2 + ["c"] * 2, {"a": 2, "b": 1, "c": 1}),
        (3, ["a"] * 4 + ["A "] * 2 + [""] * 3, {"a": 2, "(no answer)": 1}),
        (2, ["a"] * 9 + ["b"], {"a": 2, "b": 0}),
        (6, ["a", "b"], {"a": 3, "b": 3}),
    ],
)
def test_pairs_are_given_by_the_largest_remainder(pairs: int, departments: list[str], expected: dict[str, int]) -> None:
    assert of(pairs, people(departments)) == expected


@pytest.mark.parametrize("side", ["mentor", "mentee"])
@pytest.mark.parametrize("pairs", [1, 3])
def test_it_keeps_the_laws_of_limits(side: str, pairs: int) -> None:
    testing.check_limit(limits.Representative(pairs, "department", side))  # type: ignore[arg-type]


@pytest.mark.trials
@pytest.mark.parametrize("block", range(4))
def test_the_pilot_is_the_best_of_all_there_are(block: int) -> None:
    """Against every set of pairs of single people with the quotas."""
    solved = 0
    for seed in range(50 * block, 50 * block + 50):
        draw = np.random.default_rng(seed)
        m, n, pairs = int(draw.integers(2, 5)), int(draw.integers(2, 6)), int(draw.integers(1, 4))
        frame = people(draw.choice(["a", "b", "c", ""], n).tolist(), m)
        scores = np.where(draw.random((m, n)) < 0.7, draw.integers(0, 65, (m, n)) / 64, np.nan)
        table = pd.DataFrame(scores, [f"j{k}" for k in range(m)], [f"s{k}" for k in range(n)])
        program = rmatch.Program(
            criteria=(criteria.PairScores(frame=table),),
            rules=(),
            limits=(limits.Representative(pairs),),
            objectives=(objectives.MostPairs(), objectives.Total()),
        )
        seats = of(pairs, frame)
        of_senior = frame.query("role == 'mentee'")["department"].replace("", "(no answer)").tolist()
        cells = [(int(i), int(j)) for i, j in zip(*np.nonzero(~np.isnan(scores)), strict=True)]
        best = max(
            (
                sum(scores[pair] for pair in some)
                for some in combinations(cells, pairs)
                if len({i for i, _ in some}) == len({j for _, j in some}) == pairs
                and all(sum(of_senior[j] == word for _, j in some) == number for word, number in seats.items())
            ),
            default=None,
        )
        roster = rmatch.from_frame(frame, program=program)
        if best is None:
            with pytest.raises(rmatch.InfeasibleError):
                rmatch.match(roster, program)
            continue
        plan = rmatch.match(roster, program)
        assert plan.total == pytest.approx(best, abs=1e-9), seed
        assert plan.status is rmatch.Status.OPTIMAL, seed
        assert plan.verify(), seed
        solved += 1
    assert solved > 10


def test_one_word_in_a_program() -> None:
    program = rmatch.Program.model_validate({"limits": [{"kind": "representative", "pairs": 20}]})
    frame = rmatch.datasets.workforce(60, 50, seed=3)
    plan = rmatch.match(rmatch.from_frame(frame, program=program), program)
    own = plan.program.limits[0]
    assert isinstance(own, limits.Representative)
    counts = frame.query("role == 'mentee'")["department"].replace("", "(no answer)").value_counts()
    found = frame.set_index("employee_id")["department"][[mentee for _, mentee in plan.pair_ids]]
    shares = found.replace("", "(no answer)").value_counts().reindex(counts.index, fill_value=0)
    assert shares.sum() == 20
    assert (abs(shares - 20 * counts / counts.sum()) < 1).all()
    assert plan.status is rmatch.Status.OPTIMAL
    assert plan.verify()
    assert own.in_words() == "exactly 20 pairs, the mentees in proportion by department"
    assert {who.reason for who in plan.waiting} == {rmatch.Reason.LIMIT_REACHED}
    assert own.figure(plan.model.people, *plan.chosen).count(",") == len(counts) - 1


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(rmatch.ProgramError, match="1 or more"):
        limits.Representative(0)
    with pytest.raises(rmatch.ProgramError, match="`column` is missing"):
        limits.Representative(2, "")
    frame = rmatch.datasets.workforce(20, 20, seed=3)
    lists = rmatch.Program(limits=(limits.Representative(5, "languages"),))
    with pytest.raises(rmatch.ProgramError, match=r"holds lists.*one value for each person"):
        rmatch.match(rmatch.from_frame(frame, program=lists), lists)
    many = rmatch.Program(limits=(limits.Representative(500),))
    with pytest.raises(
        rmatch.InfeasibleError, match=r"no plan keeps this limit: exactly 500 pairs, the mentees in prop"
    ):
        rmatch.match(rmatch.from_frame(frame, program=many), many)
    few = rmatch.Program(limits=(limits.Representative(5),))
    rounds = rmatch.rounds(rmatch.from_frame(frame, program=few), few, 2)
    assert [len(plan.pairs) for plan in rounds] == [5, 5]
    assert rounds.verify()
    other = rmatch.Program(limits=(limits.Representative(5, "unit"),))
    with pytest.raises(rmatch.ProgramError, match="needs the column 'unit'"):
        rmatch.match(rmatch.from_frame(frame, program=other), other)


def test_that_nobody_can_be_paired_is_said_with_limits_that_cross() -> None:
    records = [{"employee_id": f"a{k}", "role": "mentor", "team": "t", "grade": 4} for k in range(2)]
    crossing = limits.Share("grade", differ=True, least=0.5)
    asked = limits.Capacity(mentees=1), limits.Representative(1, "team", "mentor"), crossing
    program = rmatch.Program(criteria=(rmatch.criteria.Similarity(column="team"),), rules=(), limits=asked)
    with pytest.raises(rmatch.InfeasibleError, match="exactly 1 pairs"):
        rmatch.match(rmatch.from_records(records), program)
