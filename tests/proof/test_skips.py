"""What the check passes over without a look, held against a look at every pair, one by one.

Thousands of small problems: rules of every kind, also somebody's own that say what is not true, criteria of every kind,
locks, and prices that many scores meet exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CRITERIA, PLAIN, SEEDS, Crowd, Lying, Problem, compiled, problems

from rmatch.columns import IntArray, Table
from rmatch.criteria import Criterion, Department, Factors, Goals, PairScores, Skills
from rmatch.factors import SCALE, sparse
from rmatch.objectives import MostPairs, Total
from rmatch.program import Program
from rmatch.proof import bands, blocks, check, left_out, scores
from rmatch.proof.certificate import StageProof
from rmatch.proof.check import FalseProofError
from rmatch.proof.claim import claim_of
from rmatch.proof.problem import Problem as Checked
from rmatch.rules import Differs, GradeGap, OptIn, Rule, Same

MANY = settings(max_examples=10 * settings.default.max_examples)


@dataclass(frozen=True)
class Uneven(Criterion):
    """Somebody's own criterion: parts of every sign in columns that few or all people have."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        a, b = (np.array([int(str(k)[1:]) for k in t.ids], np.int64) for t in (mentors, mentees))
        u = np.column_stack([np.ones(len(a)), a % 3 == 0, a % 5, a % 2]).astype(float)
        v = np.column_stack([0.5 + 0 * b, b % 3 / -8, (b % 4 == 1) / 16, -(b % 2) / 4]).astype(float)
        return Factors.of(u, v)


@st.composite
def cuts(draw: st.DrawFn) -> dict[tuple[object, str], float]:
    """How the check cuts and skips its work."""
    return {
        (bands, "_MANY"): 1,
        (bands, "_KINDS"): draw(st.sampled_from((2, 4, 256))),
        (bands, "_SPARED"): draw(st.sampled_from((-1.0, 0.05, 0.5))),
        (scores, "_OFTEN"): draw(st.sampled_from((0, 2, 16))),
        (scores, "_CELLS"): draw(st.sampled_from((50, 1 << 23))),
        (left_out, "_MANY"): draw(st.sampled_from((1, 1, 1 << 30))),
        (left_out, "_SURVIVOR"): draw(st.sampled_from((0, 0, 10, 64_000))),
        (left_out, "_TABLE"): draw(st.sampled_from((0, 5, 1 << 22))),
        (left_out, "_SMALL"): draw(st.sampled_from((0.5, 1e9, 1e9))),
        (left_out, "_MOST"): draw(st.sampled_from((1, 8))),
        (blocks, "_ROWS"): draw(st.integers(1, 9)),
        (blocks, "_COLUMNS"): draw(st.integers(1, 9)),
        (blocks, "_OFTEN"): draw(st.sampled_from((0.0, 0.1, 2.0))),
        (blocks, "_FEW"): draw(st.sampled_from((0, 1 << 16))),
        (blocks, "_WAITING"): draw(st.sampled_from((0, 1 << 18))),
    }


def edge(problem: Checked, seed: int) -> tuple[IntArray, IntArray]:
    """Prices that some score meets exactly for most people, and few or many exceed."""
    draw, (m, n) = np.random.default_rng(seed), problem.shape
    points = problem.points(*np.indices((m, n)).reshape(2, -1)).reshape(m, n)
    y = draw.choice([0, 1, SCALE // 8, SCALE // 4], n)
    met = np.sort(points - y, axis=1)[:, -min(draw.integers(1, 4), n)] if n else np.zeros(m, np.int64)
    return met + draw.choice([-1, 0, 0, 0, 1], m), y


def every_pair(problem: Checked, x: IntArray, y: IntArray, each: int, level: int) -> set[tuple[int, int]]:
    """The pairs above the level, by a look at all."""
    i, j = np.indices(problem.shape).reshape(2, -1)
    some = problem.is_open(i, j) & (problem.points(i, j) + each - x[i] - y[j] > level)
    return set(zip(i[some].tolist(), j[some].tolist(), strict=True))


@MANY
@given(problems(most=14), cuts(), SEEDS, st.booleans(), st.booleans(), st.sampled_from((0, 0, 1, SCALE // 16)))
def test_no_pair_that_is_worth_more_than_its_prices_is_passed_over(
    given_: Problem, cut: dict[tuple[object, str], float], seed: int, own: bool, bar: bool, level: int
) -> None:
    """By score, by prices alone, and under multipliers of an earlier objective: those pairs and no others are told.

    Also where a pair may not score less than some pair does.
    """
    if own and not given_.limits:
        given_ = replace(given_, rules=(*given_.rules, Lying()), criteria=(*given_.criteria, Uneven()))
    problem = given_.compiled().checked()
    (x, y), each = edge(problem, seed), seed % 3 - 1
    if bar and np.prod(problem.shape):
        least = problem.points(*(np.array([seed % size]) for size in problem.shape))[0]
        problem = replace(problem, scores=replace(problem.scores, least_points=int(least)))
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), value in cut.items():
            patch.setattr(module, name, value)
        for objective, base in ((Total(), 1), (MostPairs(), 0)):
            prices = (x, y) if base else (x % 2, y % 2)
            claim = claim_of(problem, objective, StageProof(objective.name, 0, 0, *prices), ())
            claim = replace(claim, each=claim.each + each)
            hits = check._above(problem, claim, level if base else 0)
            i, j = np.indices(problem.shape).reshape(2, -1)
            over = base * problem.points(i, j) + claim.each - prices[0][i] - prices[1][j]
            some = problem.is_open(i, j) & (over > (level if base else 0))
            expected = dict(zip(zip(i[some].tolist(), j[some].tolist(), strict=True), over[some].tolist(), strict=True))
            assert len(hits.i) == len(expected), "each once"
            told = zip(hits.i.tolist(), hits.j.tolist(), strict=True)
            assert dict(zip(told, hits.excess.tolist(), strict=True)) == expected


RULES = (GradeGap(1), GradeGap(-1, 2), Same(column="location"), Differs(column="department"), OptIn(column="consent"))


@given(st.lists(st.sampled_from((*RULES, Lying())), max_size=3), SEEDS, st.integers(1, 30), st.integers(1, 30))
def test_bands_hold_each_pair_that_may_be_once(rules: list[Rule], seed: int, m: int, n: int) -> None:
    """And where all rules are of the package's own on few kinds, and enough is spared, no pair that may not be."""
    made = compiled(Program(criteria=(Skills(),), rules=tuple(rules)), *Crowd(seed, m, n, PLAIN).tables())
    scores = made.checked().scores
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "_MANY", 1)
        found = bands.bands_of(scores)
        pairs = np.zeros((m, n), np.int64)
        for rows, runs in found.bands:
            pairs[np.ix_(rows, found.columns(runs))] += 1
        ends, jobs = found.tiles(4, 3)
        tiled = np.zeros((m, n), np.int64)
        for rows, tiles in jobs:
            assert len(rows) <= 4
            for a, b in tiles:
                assert ends[b] - ends[a] <= 3
                tiled[np.ix_(rows, found.order[ends[a] : ends[b]])] += 1
    allowed = made.eligible() if not any(isinstance(rule, Lying) for rule in rules) else None
    assert np.array_equal(tiled, pairs)
    assert pairs.max(initial=0) <= 1
    assert pairs[made.eligible()].all()
    if allowed is not None and allowed.mean() < 0.9:
        assert np.array_equal(pairs == 1, allowed)


def test_somebodys_own_predicate_is_not_believed_that_people_are_alike() -> None:
    """It derives from one of the package, and says that it cannot tell people apart."""
    made = compiled(Program(criteria=(Skills(),), rules=(Lying(),)), *Crowd(1, 12, 12, PLAIN).tables())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "_MANY", 1)
        assert len(bands.bands_of(made.checked().scores).bands) == 1


@MANY
@given(
    st.sampled_from((*CRITERIA, Uneven())), SEEDS, st.integers(1, 20), st.integers(1, 20), st.sampled_from((0, 9999))
)
def test_the_most_of_a_criterion_is_reached_by_no_less_than_every_pair(
    criterion: Criterion, seed: int, m: int, n: int, table: int
) -> None:
    made = compiled(Program(criteria=(criterion,), rules=()), *Crowd(seed, m, n, PLAIN).tables())
    (scored,) = made.checked().scores.scored
    assert scored.factors is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(left_out, "_TABLE", table)
        most = left_out._most(*scored.factors)
    assert (most >= made.points().max(1)).all()
    if table and criterion == Department(0.15):
        assert np.array_equal(most, made.points().max(1))


def test_rows_whose_hashes_are_the_same_are_not_taken_for_equal() -> None:
    """All hashes are made the same."""
    full = sparse(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    side = replace(full, value=full.value.astype(np.int64))
    assert sorted(left_out._distinct(side)[0].tolist()) == [0, 1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", lambda _: Zeros())
        assert left_out._distinct(side)[0].tolist() == [0, 1, 2]


class Zeros:
    """A generator of nothing but 0."""

    def integers(self, low: int, high: int, size: int) -> IntArray:
        return np.zeros(size, np.int64)


def large(seed: int, size: int) -> tuple[Table, Table]:
    return Crowd(seed, size, size, PLAIN).tables()


def test_a_large_problem_leaves_criteria_out_and_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the size from which on it skips; a criterion without factors is always looked at."""
    monkeypatch.setattr(left_out, "_SURVIVOR", 1)
    mentors, mentees = large(2, 1100)
    frame = pd.DataFrame(np.random.default_rng(0).integers(0, 4, (1100, 1100)) / 4, mentors.ids, mentees.ids)
    criteria = Skills(0.6), Goals(0.2), PairScores(0.1, frame=frame), Department(0.1)
    program = Program(criteria=criteria, rules=(GradeGap(1), Lying()))
    problem = compiled(program, mentors, mentees).checked()
    i, j = np.indices(problem.shape).reshape(2, -1)
    points = problem.points(i, j).reshape(problem.shape)
    y = np.full(problem.shape[1], SCALE // 4)
    x = np.sort(points, axis=1)[:, -8] - y
    kept, most = left_out.left_out(problem.scores, problem.bands, (x, y), 0)
    assert len(kept.scored) < 4
    assert kept.tiles
    assert most.any()
    assert len(problem.bands.bands) > 1
    claim = claim_of(problem, Total(), StageProof("total", 0, 0, x, y), ())
    hits = check._above(problem, claim, 0)
    told = set(zip(hits.i.tolist(), hits.j.tolist(), strict=True))
    assert told == every_pair(problem, x, y, 0, 0)


def test_prices_of_nothing_are_refused_before_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_MOST", 10)
    problem = compiled(Program(criteria=(Skills(),), rules=()), *large(2, 20)).checked()
    none = np.full(20, -1)
    for objective in (Total(), MostPairs()):
        claim = claim_of(problem, objective, StageProof(objective.name, 0, 0, none, none), ())
        with pytest.raises(FalseProofError, match="more than 10 pairs"):
            check._above(problem, claim, 0)
