"""An engine that lies is caught: ``match`` never returns as proved what its own check does not show."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_proofs import assert_as_the_oracle, compiled
from strategies import SEEDS, Compiled, Problem, problems
from wishes import in_order, wishes

import rmatch
from rmatch.columns import IntArray
from rmatch.criteria import PairScores
from rmatch.errors import InfeasibleError, SolverError
from rmatch.factors import SCALE
from rmatch.limits import Group, Limit, Lock, Share
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Total
from rmatch.problem import compile
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.problem import problem_of
from rmatch.proof.self_check import no_plan_shown, self_checked
from rmatch.rows import Row
from rmatch.solve import run
from rmatch.solve.branch_and_bound import Answer, Instance, solve
from rmatch.solve.cover import ShortageError
from rmatch.solve.run import Found, solved

# ---------------------------------------------------------------- a compiler that merges groups


def merging(self: Any, people: IntArray, least: int, most: int, row: Row) -> bool:
    """The fault as it was: a group whose members are all in its subgroups is known by those who are left alone."""
    around = np.unique(self.of[people])
    if len(around) != 1:
        return not len(people) and least == 0
    group = int(around[0])
    own = np.zeros(len(self.of), bool)
    own[people] = True
    if group and np.array_equal(own, self.of == group):
        self.least[group], self.most[group] = max(self.least[group], least), min(self.most[group], most)
        self.rows[group].append(row)
        return True
    self.of[people] = len(self.parent)
    self.parent.append(group)
    self.least.append(least)
    self.most.append(most)
    self.members.append(own)
    self.rows.append([row])
    return True


SITES = ("Berlin", "Berlin", "Berlin", "Berlin", "Paris", "Paris")
TEAMS = ("t1", "t1", "t2", "t2", "t3", "t3")
PEOPLE = [{"employee_id": f"J{k}", "role": "mentor"} for k in range(6)] + [
    {"employee_id": f"S{k}", "role": "mentee", "location": site, "team": team}
    for k, (site, team) in enumerate(zip(SITES, TEAMS, strict=True))
]
NESTED: dict[str, tuple[tuple[Limit, ...], int]] = {
    "a pair in each site, two a team": ((Group("mentee", "location", least=1), Group("mentee", "team", most=2)), 6),
    "four a site, one a team": ((Group("mentee", "location", most=4), Group("mentee", "team", most=1)), 3),
    "three a site, one a team at least": ((Group("mentee", "location", most=3), Group("mentee", "team", least=1)), 5),
    "all of a site, one a team": ((Group("mentee", "location", "Berlin", least=2), Group("mentee", "team", most=1)), 3),
}


def matched(*limits: Limit) -> rmatch.Matching:
    scores = pd.DataFrame(np.arange(1, 37).reshape(6, 6) / 64, [f"J{k}" for k in range(6)], [f"S{k}" for k in range(6)])
    program = rmatch.Program(criteria=(PairScores(frame=scores),), rules=(), limits=limits)
    return rmatch.match(rmatch.from_records(PEOPLE, program=program), program)


@pytest.fixture
def merged(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(compile._Side, "nest", merging)
    return monkeypatch


@pytest.mark.slow
@pytest.mark.parametrize("kind", NESTED)
def test_groups_that_the_compiler_merges_are_solved_on_the_declared_rows(merged: pytest.MonkeyPatch, kind: str) -> None:
    limits, pairs = NESTED[kind]
    matching = matched(*limits)
    assert (len(matching.pairs), matching.status) == (pairs, rmatch.Status.OPTIMAL)
    assert matching.verify()


@pytest.mark.parametrize("kind", NESTED)
def test_where_nothing_else_can_be_asked_merged_groups_are_not_called_proved(
    merged: pytest.MonkeyPatch, kind: str
) -> None:
    limits, pairs = NESTED[kind]
    with merged.context() as right:
        right.setattr(compile._Side, "nest", NEST)
        best = matched(*limits)
    merged.setattr(run, "MOST_BY_ROWS", 0)
    try:
        matching = matched(*limits)
    except SolverError as error:
        said = str(error)
    else:
        assert matching.verify()
        assert len(matching.pairs) <= pairs <= matching.stages["bound"].iloc[0]
        assert matching.status is rmatch.Status.FEASIBLE or matching.total == best.total
        return
    assert "none is proved to be impossible" in said or "a fault of ours" in said


NEST = compile._Side.nest


def test_the_fault_is_one() -> None:
    """Without the check, and the rows to fall back on, two pairs would be called the best of six."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile._Side, "nest", merging)
        patch.setattr(run, "self_checked", lambda problem, pairs, points, certificate, most=0: certificate)
        matching = matched(*NESTED["a pair in each site, two a team"][0])
        assert matching.status is rmatch.Status.OPTIMAL
        assert len(matching.pairs) < 6
        assert not matching.verify()


# ---------------------------------------------------------------- plans and proofs that are changed on the way


Lie = Callable[[Found, "np.random.Generator", tuple[int, int]], Found]


def a_pair_more(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    (i, j), certificate = found
    return (np.append(i, draw.integers(shape[0])), np.append(j, draw.integers(shape[1]))), certificate


def a_pair_less(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    (i, j), certificate = found
    kept = np.arange(len(i)) != (draw.integers(len(i)) if len(i) else 0)
    return (i[kept], j[kept]), certificate


def other_partners(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    (i, j), certificate = found
    return (i, draw.permutation(j)), certificate


def somebody_else(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    (i, j), certificate = found
    i = i.copy()
    if len(i):
        i[draw.integers(len(i))] = draw.integers(shape[0])
    return (i, j), certificate


def with_stages(found: Found, change: Callable[[StageProof], StageProof], at: int) -> Found:
    """A certificate with one stage changed, its totals to match."""
    pairs, certificate = found
    stages = list(certificate.stages)
    stages[at % len(stages)] = change(stages[at % len(stages)])
    total = next(stage for stage in stages if stage.name == "total")
    return pairs, Certificate(tuple(stages), total.value, total.bound)


def a_bound_too_low(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    return with_stages(found, lambda stage: replace(stage, bound=stage.bound - 1), int(draw.integers(9)))


def a_price_too_low(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    def lower(stage: StageProof) -> StageProof:
        prices = stage.mentor_prices.copy()
        prices[draw.integers(max(len(prices), 1)) : None][:1] -= 1 + int(draw.integers(SCALE))
        return replace(stage, mentor_prices=prices, bound=stage.bound - 1)

    return with_stages(found, lower, int(draw.integers(9)))


def no_prices(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    def none(stage: StageProof) -> StageProof:
        return replace(stage, mentor_prices=0 * stage.mentor_prices, mentee_prices=0 * stage.mentee_prices, tree=None)

    return with_stages(found, none, int(draw.integers(9)))


def a_multiplier_of_nothing(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    def weigh(stage: StageProof) -> StageProof:
        return replace(stage, multipliers={**stage.multipliers, "nothing": np.ones(1, np.int64)})

    return with_stages(found, weigh, int(draw.integers(9)))


def a_worse_plan_that_claims_to_be_the_best(found: Found, draw: np.random.Generator, shape: tuple[int, int]) -> Found:
    """Its bounds are said to be what it has."""
    fewer = a_pair_less(found, draw, shape)
    return fewer[0], replace(fewer[1], stages=tuple(replace(s, bound=-(1 << 40)) for s in fewer[1].stages))


LIES: tuple[Lie, ...] = (
    a_pair_more, a_pair_less, other_partners, somebody_else, a_bound_too_low, a_price_too_low, no_prices,
    a_multiplier_of_nothing, a_worse_plan_that_claims_to_be_the_best,
)  # fmt: skip


def lying(patch: pytest.MonkeyPatch, lie: Lie, draw: np.random.Generator, ways: tuple[str, ...]) -> None:
    """Have some of the ways that find a plan lie about it."""

    def bent(find: Callable[..., Found]) -> Callable[..., Found]:
        return lambda model, *args, **more: lie(find(model, *args, **more), draw, model.shape)

    for way in ways:
        patch.setattr(run, way, bent(getattr(run, way)))


FLOW, ROWS = ("certified", "staged_certificate"), ("by_rows",)


def assert_honest(made: Compiled, lie: Lie, seed: int, ways: tuple[str, ...], sure: bool) -> None:
    """What comes back is lawful, its bounds are true, and what is called proved is the best; or an error says why not.

    ``sure`` says that there is a way left that does not lie, so that the best plan is found all the same.
    """
    with pytest.MonkeyPatch.context() as patch:
        lying(patch, lie, np.random.default_rng(seed), ways)
        try:
            pairs, certificate = solved(made.model)
        except InfeasibleError:
            assert in_order(made) is None
            return
        except SolverError as error:
            said = str(error)
        else:
            assert_as_the_oracle(made, pairs, certificate)
            assert certificate.proved or not sure
            return
    assert not sure, said
    assert "which is a fault of ours" in said


@pytest.mark.slow
@settings(max_examples=3 * settings.default.max_examples)
@given(wishes(more=2), st.sampled_from(LIES), SEEDS)
def test_whatever_the_flow_says_limits_and_objectives_have_the_best_plan(problem: Problem, lie: Lie, seed: int) -> None:
    made = compiled(problem)
    if made is not None:
        assert_honest(made, lie, seed, FLOW, run.is_staged(made.model.program))


@pytest.mark.slow
@settings(max_examples=3 * settings.default.max_examples)
@given(wishes(more=2), st.sampled_from(LIES), SEEDS)
def test_whatever_both_say_nothing_is_called_proved_that_is_not(problem: Problem, lie: Lie, seed: int) -> None:
    made = compiled(problem)
    if made is not None:
        assert_honest(made, lie, seed, FLOW + ROWS, False)


@pytest.mark.slow
@given(problems(most=7, least=1), st.sampled_from(LIES), SEEDS)
def test_nothing_is_called_proved_of_a_plain_program_that_is_not(problem: Problem, lie: Lie, seed: int) -> None:
    assert_honest(problem.compiled(), lie, seed, FLOW, False)


@pytest.mark.slow
@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_the_second_step_of_sensitive_columns_is_checked_too(lie: Lie, monkeypatch: pytest.MonkeyPatch) -> None:
    people = rmatch.datasets.workforce(9, 8, seed=4).assign(manager_id="", told="yes")
    people["club"] = [("a", "b", "c")[k % 3] for k in range(len(people))]
    apart = {"use": "score", "sensitive": True, "consent": "told", "purpose": "agreed"}
    program = rmatch.Program(
        columns={"club": apart},  # type: ignore[dict-item]
        criteria=(rmatch.criteria.Skills(), rmatch.criteria.Difference(0.5, column="club")),
        rules=(),
    )
    roster = rmatch.from_frame(people, program=program)
    best, plain = rmatch.match(roster, program), [0]
    find = run.certified

    def second(*args: Any) -> Found:
        plain[0] += 1
        found = find(*args)
        return lie(found, np.random.default_rng(1), args[0].shape) if plain[0] == 2 else found

    monkeypatch.setattr(run, "certified", second)
    try:
        matching = rmatch.match(roster, program)
    except SolverError as error:
        said = str(error)
    else:
        assert matching.verify()
        assert matching.status is rmatch.Status.FEASIBLE or matching.named == best.named
        return
    assert "a fault of ours" in said


# ---------------------------------------------------------------- that there is no plan


def test_that_there_is_no_plan_is_not_believed_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few people the rows know better; of a plain program, no word of it is repeated as proved."""

    def none(*args: Any, **more: Any) -> Any:
        raise ShortageError(0, np.array([0]), 3, 2)

    monkeypatch.setattr(run, "staged", none)
    limit = Group("mentee", "team", most=1)
    assert len(matched(limit).pairs) == 3
    monkeypatch.setattr(run, "MOST_BY_ROWS", 0)
    with pytest.raises(SolverError, match="no plan was found, though none is proved to be impossible"):
        matched(limit)
    monkeypatch.setattr(run, "generate_columns", none)
    with pytest.raises(SolverError, match="no plan was found, though none is proved to be impossible"):
        matched()


def test_a_proof_that_there_is_none_must_show_it(caplog: pytest.LogCaptureFixture) -> None:
    model = matched().model
    problem = problem_of(model.program, model.mentors, model.mentees)
    nothing = StageProof("possible", 0, -1, np.zeros(6, np.int64), np.zeros(6, np.int64))
    assert not no_plan_shown(problem, nothing)
    assert not no_plan_shown(problem, replace(nothing, mentor_prices=np.full(6, -1)))
    with caplog.at_level(logging.WARNING, "rmatch"):
        assert not no_plan_shown(problem, replace(nothing, mentor_prices=np.zeros(5, np.int64)))
    assert [record.getMessage() for record in caplog.records] == [
        "possible: the engine's proof does not show what it says, which is a fault of ours; it is not called proved"
    ]
    assert not no_plan_shown(problem, "no plan, honestly")


# ---------------------------------------------------------------- what is done with a proof that shows less


def test_a_bound_is_what_the_proof_shows_and_what_shows_nothing_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    matching = matched(Share("location", least=0.0), Lock((("J0", "S0"),)))
    model, certificate = matching.model, matching.certificate
    problem = problem_of(model.program, model.mentors, model.mentees)

    def checked(at: int, most: int = 1 << 40, **claims: Any) -> Certificate:
        changed = tuple(replace(s, **claims) if k == at else s for k, s in enumerate(certificate.stages))
        with caplog.at_level(logging.WARNING, "rmatch"):
            return self_checked(problem, matching.chosen, matching.points, replace(certificate, stages=changed), most)

    same = checked(9)
    assert [(s.value, s.bound) for s in same.stages] == [(s.value, s.bound) for s in certificate.stages]
    assert same.proved
    assert not caplog.text
    low = checked(1, bound=0)
    assert (low.bound, low.proved) == (certificate.bound, True), "what the prices show is no less, whatever is said"
    high = checked(1, bound=certificate.bound + 7)
    assert (high.bound, high.proved) == (certificate.bound, True)
    dear = checked(1, mentor_prices=certificate.stages[1].mentor_prices + 9 * SCALE, tree=None)
    assert dear.bound > certificate.bound
    assert not dear.proved
    assert "total: the engine's proof does not show what it says" in caplog.text
    caplog.clear()
    other = checked(0, mentor_prices=np.zeros(1, np.int64))
    assert not caplog.text, "a plain proof shows as much"
    assert (other.stages[0].value, other.stages[0].bound) == (6, 6), "six people have room for one each"
    assert len(other.stages[0].mentor_prices) == 6
    unlooked = checked(1, most=0, bound=certificate.total - 3)
    assert unlooked.bound == certificate.total, "of very many people: never below the value"


@pytest.mark.parametrize("objectives", [(MostPairs(), Total()), (MostPairs(), LeastLoad(), Bands((0.5,)), Total())])
def test_a_search_that_ends_before_it_proves_anything_is_no_fault(
    objectives: tuple[Objective, ...], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inconclusive(instance: Instance, *, nodes: int | None = None, **given: Any) -> Answer:
        if nodes is not None:
            raise SolverError("a few cases do not find a plan")
        return solve(instance, **given)

    best = matched(Share("location", least=0.0))
    program = best.program.model_copy(update={"objectives": objectives})
    monkeypatch.setattr("rmatch.solve.by_rows.solve", inconclusive)
    with caplog.at_level(logging.WARNING, "rmatch"):
        hasty = rmatch.match(rmatch.from_records(PEOPLE, program=program), program, time_limit=1e-9)
    assert not caplog.text
    assert hasty.status is rmatch.Status.FEASIBLE
    assert hasty.certificate.stages[0].bound >= best.certificate.stages[0].value
    assert hasty.verify()


def test_a_plan_is_held_against_rules_limits_locks_and_scores() -> None:
    matching = matched(Group("mentee", "team", most=1), Lock((("J0", "S0"),)))
    model, certificate = matching.model, matching.certificate
    program = model.program.model_copy(update={"rules": (rmatch.rules.Exclude((("J1", "S3"),)),)})
    problem = problem_of(program, model.mentors, model.mentees)
    i, j = matching.chosen
    (a,), (b,) = np.flatnonzero(model.mentors.ids == "J1"), np.flatnonzero(model.mentees.ids == "S3")
    locked = (i == model.locked[0][0]) & (j == model.locked[1][0])

    def refused(i: IntArray, j: IntArray, off: int = 0) -> str:
        with pytest.raises(SolverError, match="which is a fault of ours") as error:
            self_checked(problem, (i, j), model.points(i, j) + off, certificate)
        return str(error.value)

    assert "its pairs score otherwise than it says" in refused(i[locked], j[locked], 1)
    assert "the locked pair J0 → S0 is missing" in refused(i[~locked], j[~locked])
    assert "is made 2 times" in refused(np.append(i, i[:1]), np.append(j, j[:1]))
    assert "breaks the rule 'not available'" in refused(np.append(i[locked], a), np.append(j[locked], b))
    full = np.flatnonzero(model.mentees.ids == "S1")
    more = refused(np.append(i[locked], a), np.append(j[locked], full))
    assert more.endswith("group_mentee_team: the plan has 2, and 1 is the most") or "_t1: the plan has 2" in more


def test_what_is_checked_of_very_many_people_are_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the value, always."""
    monkeypatch.setattr(run, "FEW", 0)
    monkeypatch.setattr(run, "WHOLE", 0)
    calls: list[Any] = []
    monkeypatch.setattr("rmatch.proof.self_check.shown_bound", lambda *args: calls.append(args))
    assert matched().status is rmatch.Status.OPTIMAL
    assert matched(Group("mentee", "team", most=1)).status is rmatch.Status.OPTIMAL
    assert not calls
    monkeypatch.setattr(run, "certified", lambda model, proof: a_pair_more(certified(model, proof), DRAW, (6, 6)))
    with pytest.raises(SolverError, match="a fault of ours"):
        matched()


certified, DRAW = run.certified, np.random.default_rng(0)


def test_the_objectives_are_those_of_the_program() -> None:
    """Else the numbers would be of something else."""
    assert [stage.name for stage in matched().certificate.stages] == [o.name for o in (MostPairs(), Total())]
