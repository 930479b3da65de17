"""People alike: a flow between kinds, dealt out to people, is the best plan, lawful and proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proofs import assert_bound_is_true, assert_lawful, best, solved
from strategies import COARSE, NEEDY, SHARED, Compiled, Crowd, Problem, Rare, problems

import rmatch
from rmatch.columns import IntArray
from rmatch.criteria import Department, PairScores, Similarity
from rmatch.errors import InfeasibleError
from rmatch.factors import sparse
from rmatch.limits import Capacity, Lock
from rmatch.objectives import MostPairs, Total
from rmatch.rules import Differs, Exclude, OutsideReportingLine, Rule
from rmatch.solve import kinds
from rmatch.solve.column_generation import Proof
from rmatch.solve.kinds import AlikePeople, Kinds, solve_by_kinds
from rmatch.solve.progress import SILENT

MANY = settings(max_examples=4 * settings.default.max_examples)
FEW_LABELS = replace(COARSE, labels=3), replace(SHARED, labels=2, missing=0.0), replace(SHARED, labels=3, skills=2)
OPAQUE: tuple[Rule, ...] = (
    OutsideReportingLine(),
    Exclude((("a0", "b0"), ("a1", "b0"), ("a2", "b1"), ("a3", "b3"))),
    Differs(column="location"),
    Rare(2),
    Rare(3),
)


@pytest.fixture(autouse=True)
def of_any_size() -> Iterator[None]:
    """Kinds are made however few people there are."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("_SHARE", 1), ("_VARIED", {}), ("_AT_ONCE", 3)):
            patch.setattr(kinds, name, size)
        yield


def by_kinds(made: Compiled) -> Proof | None:
    return solve_by_kinds(made.model, made.kernel, made.bounds, SILENT)


@st.composite
def alike(draw: st.DrawFn) -> Problem:
    """Crowds of few kinds, with rules that a table of two codes holds, and rules that only ask about a pair."""
    crowd = Crowd(draw(st.integers(0, 2**32 - 1)), *draw(st.tuples(*(st.integers(1, 16),) * 2)), draw(LABELLED))
    criteria = draw(st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=2, unique=True))
    rules = draw(st.lists(st.sampled_from(OPAQUE), max_size=2, unique=True))
    rules = [replace(r, unknown="ignore") if isinstance(r, Exclude) else r for r in rules]
    limits = (Capacity(mentors=draw(st.integers(1, 4)), mentees=draw(st.integers(1, 4))),) * draw(st.booleans())
    objectives = draw(st.sampled_from(((MostPairs(), Total()), (Total(),), (Total(floor=0.4),))))
    return Problem(crowd, tuple(criteria), tuple(rules), limits, objectives)


LABELLED = st.sampled_from(FEW_LABELS)
CRITERIA = (Department(), Department(prefer="same"), Similarity(column="location"), Similarity(column="grade"))


def assert_best(made: Compiled, proof: Proof) -> None:
    """The plan is lawful, as good as an integer program's, and its prices and its cover prove it."""
    assert_lawful(made, proof)
    assert_bound_is_true(made, proof)
    assert proof.gap == 0
    expected = best(made)
    assert expected is not None
    assert proof.total == expected[1]
    assert (proof.cover is not None) == made.bounds.most_pairs
    if proof.cover is not None:
        assert len(proof.i) == expected[0]
        open_ = made.eligible()
        open_[proof.i, proof.j] = False
        assert (proof.cover.mentors[:, None] | proof.cover.mentees)[open_].all()
        covered = proof.cover.mentors[proof.i] | proof.cover.mentees[proof.j]
        places = sum(int(c[side].sum()) for c, side in zip(made.bounds.capacity, covers(proof), strict=True))
        assert proof.cover.pairs == len(proof.i) == places + int((~covered).sum())


def covers(proof: Proof) -> tuple[IntArray, IntArray]:
    assert proof.cover is not None
    return np.flatnonzero(proof.cover.mentors), np.flatnonzero(proof.cover.mentees)


@MANY
@given(alike())
def test_a_flow_between_kinds_is_the_best_plan(problem: Problem) -> None:
    made = problem.compiled()
    proof = by_kinds(made)
    if proof is not None:
        assert_best(made, proof)


@MANY
@given(problems(most=9))
def test_a_flow_between_kinds_is_the_best_plan_whatever_the_program(problem: Problem) -> None:
    made = problem.compiled()
    try:
        ordinary = solved(made)
    except InfeasibleError:
        return
    proof = by_kinds(made)
    if proof is not None:
        assert_best(made, proof)
        assert proof.total == ordinary.total


def frame(scores: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(scores, [f"a{k}" for k in range(len(scores))], [f"b{k}" for k in range(scores.shape[1])])


def test_kinds_are_told_by_every_entry_and_by_capacity() -> None:
    rows = sparse(np.array([[1.0, 0.0, 2.0], [1.0, 0.0, 2.0], [0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [1.0, 0.0, 2.0]]))
    found = Kinds.among(rows, np.array([1, 1, 1, 1, 2]), 4)
    assert found is not None
    assert (found.of.tolist(), found.first.tolist()) == ([0, 0, 1, 2, 3], [0, 2, 3, 4])
    assert Kinds.among(rows, np.array([1, 1, 1, 1, 2]), 3) is None


def test_pairs_are_dealt_in_turn() -> None:
    people = Kinds(np.array([0, 1, 0, 0]), np.array([0, 1]))
    amount, person = people.dealt(np.array([0, 1, 0]), np.array([2, 2, 3]))
    assert amount.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert person.tolist() == [0, 2, 1, 1, 3, 0, 2]


def twins(size: int, *rules: Rule, limits: tuple[Lock, ...] = ()) -> rmatch.Matching:
    """As many mentors as mentees, all alike."""
    ids = [f"{side}{k}" for side in "ab" for k in range(size)]
    people = pd.DataFrame({"employee_id": ids, "role": ["mentor"] * size + ["mentee"] * size, "department": "one"})
    program = rmatch.Program(criteria=(Similarity(column="department"),), rules=rules, limits=limits)
    return rmatch.match(rmatch.from_frame(people, program=program), program)


def test_a_forbidden_pair_exchanges_its_partner_for_another() -> None:
    free = twins(20)
    forbidden = tuple(free.pair_ids[:7])
    plan = twins(20, Exclude(forbidden))
    assert len(plan.pair_ids) == 20
    assert not {*forbidden} & {*plan.pair_ids}
    assert plan.gap == 0
    assert plan.verify()
    assert twins(20, limits=(Lock(forbidden),)).verify()


@pytest.mark.parametrize("most", [0, 1 << 10])
def test_what_predicates_forbid_beyond_mending_is_left_to_column_generation(most: int) -> None:
    made = Problem(Crowd(3, 12, 12, COARSE), (Department(),), (Rare(100),)).compiled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "_MOST_FORBIDDEN", most)
        assert by_kinds(made) is None


def test_people_who_need_pairs_or_scores_without_factors_are_left_to_column_generation() -> None:
    made = Problem(Crowd(1, 6, 6, replace(NEEDY, min_pairs=(1, 1))), (Department(),)).compiled()
    assert AlikePeople.of(made.model, made.kernel, made.bounds) is None
    tile = Problem(Crowd(0, 6, 6, COARSE), (PairScores(frame=frame(np.ones((6, 6)))),)).compiled()
    assert AlikePeople.of(tile.model, tile.kernel, tile.bounds) is None


@pytest.mark.parametrize(("name", "usual"), [("_SHARE", 16), ("_VARIED", {64: 0.7}), ("_VARIED", {256: 0.25})])
def test_of_people_who_all_differ_no_kinds_are_made(name: str, usual: object) -> None:
    made = Problem(Crowd(1, 40, 40), (Department(), Similarity(column="years"))).compiled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, name, usual)
        assert AlikePeople.of(made.model, made.kernel, made.bounds) is None


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_order_of_rows_does_not_matter_to_people_alike(seed: int, shared: bool) -> None:
    people = rmatch.datasets.workforce(30, 25, seed=seed % 1000, levels=0.0)
    people = people if shared else people.assign(capacity="1")
    program = rmatch.Program(
        criteria=(Department(), Similarity(column="location")), rules=(OutsideReportingLine(shared_manager=True),)
    )
    one, two = (
        rmatch.match(rmatch.from_frame(rows, program=program), program)
        for rows in (people, people.sample(frac=1, random_state=seed))
    )
    assert one.pair_ids == two.pair_ids
    assert one.total == two.total
