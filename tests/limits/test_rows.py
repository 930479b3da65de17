"""Rows and values say what the words of limits and objectives say: beside plain Python, over every plan there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rows_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from meaning import Plan, Question, best_by_trying, keeps, lawful, values, worth
from real_programs import KINDS, Real, numbered, real_programs
from rows_oracle import UnsureError
from strangers import Generous
from strategies import SEEDS, Crowd, crowds
from wishes import LIMITS

from rmatch.errors import ProgramError
from rmatch.limits import Capacity, Group, Limit, Lock, Share, Spread, TotalPairs, places, with_distinct_names
from rmatch.objectives import LeastLoad, MostPairs, Objective, Total
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import broken_limits
from rmatch.rows import LoadValue, LoadValues, Part, People, Row

FEW = 9
"""Pairs whose every set is tried, 512 plans."""


def people_of(question: Question) -> People:
    settled = any(isinstance(objective, MostPairs) for objective in question.objectives)
    return People(question.mentors, question.mentees, lambda i, j: question.may[i, j], settled)


def sets_of(pairs: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every set of a few pairs as 0 and 1, ``(plans, pairs)``, and where their people stand."""
    i, j = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    return (np.arange(1 << len(pairs))[:, None] >> np.arange(len(pairs))) & 1, i, j


def allowed(limit: Limit, people: People, chosen: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Which plans keep all rows of a limit."""
    fine = np.ones(len(chosen), bool)
    for row in with_distinct_names(limit.rows(people)):
        least, most = row.bounds(people.shape)
        adds = row.coefficients(i, j)
        which = {None: np.zeros(len(i), np.int64), "mentor": i, "mentee": j}[row.each]
        sums = chosen @ (adds[:, None] * (which[:, None] == np.arange(len(least))))
        fine &= ((sums >= least) & (sums <= most)).all(1)
    return fine


def assert_rows_say_what_words_say(question: Question, draw: np.random.Generator) -> None:
    people = people_of(question)
    order = draw.permutation(len(question.pairs))[:FEW]
    pairs = [question.pairs[k] for k in order.tolist()]
    chosen, i, j = sets_of(pairs)
    plans = [[pair for pair, yes in zip(pairs, row, strict=True) if yes] for row in chosen.tolist()]
    for limit in question.limits:
        kept = keeps(limit, question)
        assert allowed(limit, people, chosen, i, j).tolist() == [kept(plan) for plan in plans], limit
    for row in (row for limit in question.limits for row in limit.rows(people)):
        some = chosen[draw.integers(len(chosen))].astype(bool)
        coefficients, which = (
            row.coefficients(i[some], j[some]),
            {None: 0 * i, "mentor": i, "mentee": j}[row.each][some],
        )
        expected = np.bincount(which, coefficients, len(row.bounds(people.shape)[0])).astype(np.int64)
        assert row.sums(i[some], j[some], people.shape).tolist() == expected.tolist()


# ---------------------------------------------------------------- rows


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@given(st.data(), SEEDS)
def test_rows_allow_exactly_the_plans_that_the_words_allow(kind: str, data: st.DataObject, seed: int) -> None:
    real = data.draw(real_programs(most=4, kinds=(kind,), more=2))
    assert_rows_say_what_words_say(real.question(), np.random.default_rng(seed))


@pytest.mark.slow
@pytest.mark.parametrize("kind", LIMITS)
@given(st.data(), crowds(5), SEEDS)
def test_rows_say_the_same_whatever_the_spelling(kind: str, data: st.DataObject, crowd: Crowd, seed: int) -> None:
    mentors, mentees = crowd.tables()
    shape = len(mentors.ids), len(mentees.ids)
    draw = np.random.default_rng(seed)
    limits = tuple(data.draw(LIMITS[kind]) for _ in range(2))
    may = draw.random(shape) < 0.8
    assert_rows_say_what_words_say(Question(mentors, mentees, may, np.zeros(shape, np.int64), limits, ()), draw)


@pytest.mark.slow
@given(real_programs(most=6), st.permutations(range(4)))
def test_how_many_pairs_somebody_may_have_is_told_alike(real: Real, order: list[int]) -> None:
    """What a person wrote counts up to the smallest Capacity; who wrote nothing has it, or 1."""
    question = real.question()
    more: list[Limit] = [Capacity(mentors=3), Capacity(mentors=2, mentees=2), Capacity(mentees=2**53), Generous()]
    question = replace(question, limits=(*[more[k] for k in order[:2]], *real.limits))
    others = question.shape[::-1]
    for told, plain, most in zip(places(question.limits, *question.tables), question.room, others, strict=True):
        assert told.tolist() == [min(k, most) for k in plain]


@pytest.mark.slow
@given(real_programs(most=5), SEEDS)
def test_a_check_finds_a_limit_broken_where_the_words_do(real: Real, seed: int) -> None:
    question, draw, roster = real.question(), np.random.default_rng(seed), real.roster()
    try:
        problem = problem_of(real.program(), *roster.tables())
    except ProgramError:  # it contradicts itself
        return
    for share in (0.0, 0.1, 0.3, 0.6):
        plan = [pair for pair in question.pairs if draw.random() < share]
        i, j = (np.array([pair[side] for pair in plan], np.int64) for side in (0, 1))
        assert (not list(broken_limits(problem, i, j))) == lawful(question)(plan)


def test_a_row_for_each_person_may_bound_them_all_otherwise() -> None:
    question = numbered(3).question()
    people, (m, n) = people_of(question), question.shape
    i, j = np.indices((m, n)).reshape(2, -1)
    for side, size, partners in (("mentor", m, n), ("mentee", n, m)):
        row = Row("each", (Part(2), Part(-1)), most=np.arange(size), each=side)  # type: ignore[arg-type]
        assert row.bounds(people.shape)[1].tolist() == list(range(size))
        assert row.sums(i, j, people.shape).tolist() == [partners] * size


def test_rows_of_one_name_are_told_apart() -> None:
    rows = tuple(Row(name, (Part(),), most=1) for name in ("a", "b", "a", "a"))
    assert [row.name for row in with_distinct_names(rows)] == ["a", "b", "a 2", "a 3"]


# ---------------------------------------------------------------- values


@pytest.mark.slow
@given(real_programs(most=5, more=1), SEEDS)
def test_the_value_of_a_plan_is_what_the_words_say(real: Real, seed: int) -> None:
    question, draw = real.question(), np.random.default_rng(seed)
    people = people_of(question)
    for share in (0.0, 0.2, 0.5, 1.0):
        plan = [pair for pair in question.pairs if draw.random() < share]
        i, j = (np.array([pair[side] for pair in plan], np.int64) for side in (0, 1))
        for objective in question.objectives:
            told = tuple(stage.value(people, i, j, question.points[i, j]) for stage in objective.stages())
            assert told == worth(objective, question)(plan), objective


# ---------------------------------------------------------------- the oracle itself


@pytest.mark.slow
@settings(max_examples=50)
@given(real_programs(most=3))
def test_the_integer_program_finds_what_trying_every_plan_finds(real: Real) -> None:
    assert_found_by_trying(real)


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, 400, 8))
def test_the_integer_program_finds_what_trying_finds_in_numbered_programs(seed: int) -> None:
    for number in range(seed, seed + 8):
        assert_found_by_trying(numbered(number))


def assert_found_by_trying(real: Real) -> None:
    question = real.question()
    try:
        found = rows_oracle.best(question)
    except UnsureError:
        return
    if found is not None:
        assert lawful(question)(found.plan)
        assert values(question)(found.plan) == found.values
    if len(question.pairs) <= FEW:
        assert (None if found is None else found.values) == best_by_trying(question)


def test_the_integer_program_refuses_what_it_cannot_write() -> None:
    class Hoarders(LeastLoad):
        def load_values(self, people: People) -> LoadValues:
            return LoadValue(np.zeros(people.shape[0], np.int64), square=-1), None

    real = simple((MostPairs(), Hoarders(), Total()), capacity="2")
    with pytest.raises(ValueError, match="worth more than the one before"):
        rows_oracle.best(real.question())


def test_values_that_contradict_one_another_are_found_out() -> None:
    class TwoMinds(MostPairs):
        def value(self, people: People, i: np.ndarray, j: np.ndarray, points: np.ndarray) -> int:
            return -len(i)

    with pytest.raises(ValueError, match="its value is another"):
        rows_oracle.best(simple((TwoMinds(), Total())).question())


def simple(objectives: tuple[Objective, ...], capacity: str = "1", limits: tuple[Limit, ...] = ()) -> Real:
    """Three mentors and three mentees, all pairs of one score."""
    records = tuple(
        {"employee_id": f"{letter}{k}", "role": role, "capacity": capacity, "location": ("Oslo", "Rome", "")[k]}
        for letter, role in (("a", "mentor"), ("b", "mentee"))
        for k in range(3)
    )
    return Real(records, ((512,) * 3,) * 3, limits=limits, objectives=objectives)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "pairs"),
    [
        ((), 3),
        ((TotalPairs(most=2),), 2),
        ((TotalPairs(least=4),), None),
        ((Group("mentor", "location", most=0),), 1),
        ((Group("mentor", "location", "oslo", least=2),), None),
        ((Spread("mentor", "location", most=0),), 1),
        ((Spread("mentor", "location", most=0), Lock((("a0", "b0"),))), None),
        ((Share("location", differ=True, least=1.0),), 2),
        ((Share("location", differ=True, least=1.0), TotalPairs(least=3)), None),
        ((Capacity(mentors=2, mentees=2**53),), 3),
        ((Lock((("a0", "b1"), ("a1", "b1"))),), None),
    ],
    ids=repr,
)
def test_the_integer_program_knows_these_answers(limits: tuple[Limit, ...], pairs: int | None) -> None:
    found = rows_oracle.best(simple((MostPairs(), Total()), limits=limits).question())
    assert (None if found is None else found.values[0]) == pairs
