"""Small cases on which other products were seen to fail: none is hard, and each has an answer that can be tried out."""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import scipy.optimize as so

import rmatch
from rmatch.criteria import PairScores
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.objectives import MostPairs, Total, WorstPair
from rmatch.rules import Differs


def named(prefix: str, size: int) -> list[str]:
    return [f"{prefix}{k}" for k in range(size)]


def everybody(mentors: int, mentees: int, **columns: list[str]) -> rmatch.Roster:
    """People of whom nothing is known but their columns, mentors first in each."""
    roles = ["mentor"] * mentors + ["mentee"] * mentees
    frame = pd.DataFrame({"employee_id": named("a", mentors) + named("b", mentees), "role": roles, **columns})
    return rmatch.from_frame(frame, program=rmatch.Program(rules=(Differs("organisation"),)))


def scored(scores: np.ndarray, **families: object) -> tuple[rmatch.Roster, rmatch.Program]:
    frame = pd.DataFrame(scores, index=named("a", len(scores)), columns=named("b", scores.shape[1]))
    program = rmatch.Program(criteria=(PairScores(frame=frame),), **{"rules": (), **families})  # type: ignore[arg-type]
    return everybody(*scores.shape), program


def points(roster: rmatch.Roster, program: rmatch.Program) -> np.ndarray:
    scores = rmatch.score_matrix(roster, program)
    order = named("a", len(scores)), named("b", scores.shape[1])
    return np.rint(scores.loc[order[0], order[1]].to_numpy() * SCALE)


def test_a_lawful_pairing_of_two_and_two_is_found_where_the_first_choice_would_spoil_it() -> None:
    """a0 may meet anybody, a1 only b0: whoever gives b0 to a0, who scores best with her, leaves a1 alone."""
    organisation = ["north", "south", "east", "south"]
    scores = pd.DataFrame([[0.9, 0.2], [0.5, 0.9]], index=["a0", "a1"], columns=["b0", "b1"])
    program = rmatch.Program(criteria=(PairScores(frame=scores),), rules=(Differs("organisation"),))
    matching = rmatch.match(everybody(2, 2, organisation=organisation), program)
    assert matching.named == {("a0", "b1"), ("a1", "b0")}
    assert matching.status is rmatch.Status.OPTIMAL


@pytest.mark.trials
@pytest.mark.slow
def test_two_hundred_squares_of_six_with_close_scores() -> None:
    draw = np.random.default_rng(6)
    for _ in range(200):
        roster, program = scored(0.7 + draw.integers(0, 10, (6, 6)) / 1000)
        matching, values = rmatch.match(roster, program), points(roster, program)
        rows, columns = so.linear_sum_assignment(-values)
        assert int(matching.points.sum()) == int(values[rows, columns].sum())
        assert matching.status is rmatch.Status.OPTIMAL
        assert matching.verify()


@pytest.mark.trials
@pytest.mark.slow
def test_a_hundred_times_the_best_worst_pair_and_then_the_best_total() -> None:
    draw = np.random.default_rng(7)
    for number in range(100):
        size = int(draw.integers(3, 7))
        scores = draw.integers(0, 8, (size, size)) / 10 if number % 2 else draw.random((size, size))
        roster, program = scored(scores, objectives=(MostPairs(), WorstPair(), Total()))
        matching, values = rmatch.match(roster, program), points(roster, program)
        tried = [values[range(size), list(order)] for order in permutations(range(size))]
        best = max((plan.min(), plan.sum()) for plan in tried)
        assert (matching.points.min(), matching.points.sum()) == best
        assert matching.status is rmatch.Status.OPTIMAL
        assert matching.verify()


def test_a_lock_stands_whatever_it_costs() -> None:
    scores = np.array([[0.9, 0.1, 0.8], [0.1, 0.9, 0.8], [0.8, 0.8, 0.0]])
    roster, program = scored(scores, limits=(Lock((("a2", "b2"),)),))
    matching = rmatch.match(roster, program)
    assert ("a2", "b2") in matching.named
    assert round(matching.total, 4) == 1.8
    free = rmatch.match(roster, program.model_copy(update={"limits": ()}))
    assert ("a2", "b2") not in free.named


def test_a_lock_stands_though_it_makes_a_pair_impossible_and_one_against_a_rule_is_named() -> None:
    """a1 may meet b0 alone, whom the lock takes."""
    organisation = ["north", "south", "east", "south"]
    roster = everybody(2, 2, organisation=organisation)
    program = rmatch.Program(criteria=(PairScores(frame=_flat()),), rules=(Differs("organisation"),))
    locked = rmatch.match(roster, program.model_copy(update={"limits": (Lock((("a0", "b0"),)),)}))
    assert locked.named == {("a0", "b0")}
    assert len(rmatch.match(roster, program).named) == 2
    with pytest.raises(rmatch.InfeasibleError, match=r"lock on a1 → b1 breaks the rule 'differs_organisation'"):
        rmatch.match(roster, program.model_copy(update={"limits": (Lock((("a1", "b1"),)),)}))


def _flat() -> pd.DataFrame:
    return pd.DataFrame(0.5, index=["a0", "a1"], columns=["b0", "b1"])


@pytest.mark.parametrize("score", [0.0, 0.0001, 0.009])
def test_a_low_score_is_a_score_and_not_unknown(score: float) -> None:
    roster, program = scored(np.array([[0.9, np.nan], [np.nan, score]]))
    matching = rmatch.match(roster, program)
    assert matching.named == {("a0", "b0"), ("a1", "b1")}
    made = matching.pairs.set_index(["mentor_id", "mentee_id"])["score"]
    assert abs(made["a1", "b1"] - score) < 1 / SCALE
    told = matching.explain("a1", "b1")
    assert (told.state, told.rules) == ("paired", ())
    assert abs(told.score - score) < 1 / SCALE
    assert told.sentence
    assert matching.why_not("a0", "b1").rules
    assert matching.status is rmatch.Status.OPTIMAL


def test_no_score_forbids_a_pair_or_is_nothing_as_the_program_says() -> None:
    """a1 may meet b0 alone unless what is missing counts as 0: then the pairs of next to nothing must be made."""
    scores = pd.DataFrame([[0.9, 0.0], [0.005, np.nan]], index=["a0", "a1"], columns=["b0", "b1"])
    roster, found = everybody(2, 2), {}
    missing: tuple[Literal["forbid"] | float, ...] = ("forbid", 0.0)
    for each in missing:
        program = rmatch.Program(criteria=(PairScores(frame=scores, missing=each),), rules=())
        matching = rmatch.match(roster, program)
        assert matching.status is rmatch.Status.OPTIMAL
        assert matching.verify()
        found[each] = matching.named
        assert np.isnan(rmatch.score_matrix(roster, program).loc["a1", "b1"]) == (each == "forbid")
    assert found == {"forbid": {("a0", "b1"), ("a1", "b0")}, 0.0: {("a0", "b0"), ("a1", "b1")}}
