"""The first four laws, over exports at random: nobody is lost, hard means hard, parts sum, optimal is proved."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext

import numpy as np
import oracles
import pytest
from exports import (
    DEFAULT,
    GAPS,
    KINDS,
    NEEDY,
    PLAIN,
    RULES,
    SHARED,
    TIED,
    Export,
    Kind,
    Rare,
    Weighed,
    exports,
    first_candidates_only,
    found,
    named,
    programs,
    table_of,
)
from hypothesis import example, given
from hypothesis import strategies as st

import rmatch
from rmatch.datasets import workforce
from rmatch.factors import SCALE
from rmatch.objectives import Total
from rmatch.rules import MinScore, Rule

pytestmark = pytest.mark.slow


def solved(roster: rmatch.Roster, program: rmatch.Program) -> rmatch.Matching | None:
    """The matching, None where the least numbers of pairs cannot be met."""
    try:
        return rmatch.match(roster, program)
    except rmatch.InfeasibleError:
        assert any(side["min_pairs"].any() for side in (roster.mentors, roster.mentees))
        return None


# ---------------------------------------------------------------- 1. nobody is lost

FAULTS = {
    "role": ("boss", "mentor?"),
    "capacity": ("-1", "many", "1.5", "NaN", "99999"),
    "min_pairs": ("-1", "7", "x"),
    "employee_id": ("", "  ", "E-twice"),
}
ROLES = {"mentor": ["mentor"], "mentee": ["mentee"], "both": ["mentor", "mentee"], "none": ["none"]}


@given(
    exports(8), st.lists(st.tuples(st.integers(0, 15), st.sampled_from(sorted(FAULTS)), st.integers(0, 4)), max_size=5)
)
def test_nobody_is_lost(export: Export, faults: list[tuple[int, str, int]]) -> None:
    frame = export.frame()
    for row, column, which in faults:
        frame.loc[row % len(frame), column] = FAULTS[column][which % len(FAULTS[column])]
    roster = rmatch.from_frame(frame, on_bad_rows="skip")
    matching = solved(roster, rmatch.Program(criteria=DEFAULT, rules=()))
    if matching is None:
        return
    accounts = matching.accounts
    expected = Counter((row + 2, role) for row, cell in enumerate(frame["role"]) for role in ROLES.get(cell, [""]))
    assert Counter(zip(accounts["row"], accounts["role"], strict=True)) == expected
    assert set(accounts["status"]) <= {"paired", "unmatched", "not taking part", "rejected"}
    lines = accounts.groupby("status")[["employee_id", "role"]].apply(
        lambda some: Counter(some.itertuples(index=False, name=None))
    )
    in_pairs = {(a, "mentor") for a, _ in named(matching)} | {(b, "mentee") for _, b in named(matching)}
    assert set(lines.get("paired", Counter())) == in_pairs
    waiting = matching.unmatched[["employee_id", "role"]].itertuples(index=False, name=None)
    assert lines.get("unmatched", Counter()) == Counter(waiting)
    assert (matching.unmatched["reason"].isin(rmatch.Reason.__members__)).all()
    assert (accounts.loc[accounts["status"] == "rejected", "reason"] != "").all()
    bad = {row % len(frame) + 2 for row, _, _ in faults}
    assert set(accounts.loc[accounts["status"] == "rejected", "row"]) <= bad


@pytest.mark.parametrize("role", ["mentor", "mentee"])
def test_a_side_with_nobody_on_it_still_accounts_for_the_other(role: str) -> None:
    frame = Export(1, 3, 3, PLAIN).frame().assign(role=role)
    matching = rmatch.match(rmatch.from_frame(frame))
    assert matching.pairs.empty
    assert (matching.unmatched["reason"] == "OTHER_SIDE_EMPTY").all()
    assert (matching.accounts["status"] == "unmatched").all()
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.verify()
    assert matching.summary()


def test_a_round_in_which_nobody_takes_part_is_still_a_result() -> None:
    matching = rmatch.match(rmatch.from_frame(Export(1, 3, 3, PLAIN).frame().assign(role="none")))
    assert matching.pairs.empty
    assert matching.unmatched.empty
    assert (matching.accounts["status"] == "not taking part").all()
    assert matching.verify()


# ---------------------------------------------------------------- 2. hard means hard


@given(exports(7), programs())
def test_hard_means_hard(export: Export, program: rmatch.Program) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    matching = solved(roster, program)
    if matching is None:
        return
    mentors, mentees = roster.tables()
    place = [{id_: k for k, id_ in enumerate(table.ids)} for table in (mentors, mentees)]
    may = [oracles.allowed(rule, mentors, mentees) for rule in program.rules if not isinstance(rule, Rare)]
    for a, b in named(matching):
        assert a != b
        assert all(allowed[place[0][a]][place[1][b]] for allowed in may)
    for rule in program.rules:
        if isinstance(rule, MinScore):
            assert (matching.pairs["score"] >= rule.score).all()
        if isinstance(rule, Rare):
            i, j = (
                matching.pairs[c].map(p).to_numpy(np.int64)
                for c, p in zip(("mentor_id", "mentee_id"), place, strict=True)
            )
            assert rule.allows(mentors, mentees)(i, j).all()
    assert len(named(matching)) == len(matching.pairs)
    for column, people in (("mentor_id", roster.mentors), ("mentee_id", roster.mentees)):
        load = matching.pairs[column].value_counts().reindex(people.index, fill_value=0)
        assert (load <= people["capacity"]).all()
        assert (load >= people["min_pairs"]).all()


@given(exports(6, kinds=(PLAIN, GAPS, SHARED)), programs(rules=RULES[:8]))
def test_the_score_matrix_is_blank_exactly_where_a_rule_forbids(export: Export, program: rmatch.Program) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    scores = rmatch.score_matrix(roster, program)
    mentors, mentees = (table.take(np.argsort(table.ids.astype(str))) for table in roster.tables())
    expected = np.array([[a != b for b in scores.columns] for a in scores.index], dtype=bool).reshape(scores.shape)
    for rule in program.rules:
        expected &= np.array(oracles.allowed(rule, mentors, mentees), dtype=bool).reshape(scores.shape)
    least = max((rule.score for rule in program.rules if isinstance(rule, MinScore)), default=0.0)
    got = scores.notna().to_numpy(bool)
    if least:
        assert not got[~expected].any()
        assert (scores.to_numpy()[got] >= least).all()
    else:
        assert (got == expected).all()


# ---------------------------------------------------------------- 3. parts sum to the score


@given(exports(7), programs())
def test_parts_sum_to_the_score_and_scores_to_the_total(export: Export, program: rmatch.Program) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    matching = solved(roster, program)
    if matching is None:
        return
    record, pairs = matching.to_record(), matching.pairs
    assert all(sum(pair.parts) == pair.points for pair in record.pairs)
    assert sum(pair.points for pair in record.pairs) == matching.total * SCALE
    assert (pairs[list(record.criteria)].sum(axis=1) == pairs["score"]).all()
    assert pairs["score"].sum() == matching.total
    assert pairs["score"].between(0, 1).all()
    assert matching.bound == matching.total + matching.gap
    scores = rmatch.score_matrix(roster, program)
    for row in pairs.head(3).itertuples():
        told = matching.explain(row.mentor_id, row.mentee_id)
        assert told.chosen
        assert not told.rules
        assert sum(told.parts.values()) == told.score == row.score == scores.loc[row.mentor_id, row.mentee_id]
        assert told.sentence == row.why
        assert "; ".join(told.teaches) == row.teaches


@given(exports(5))
def test_scores_are_what_the_words_say(export: Export) -> None:
    program = rmatch.Program(criteria=DEFAULT, rules=())
    roster = rmatch.from_frame(export.frame(), program=program)
    scores = rmatch.score_matrix(roster, program)
    mentors, mentees = (table.take(np.argsort(table.ids.astype(str))) for table in roster.tables())
    expected = sum(
        criterion.weight * np.array(oracles.scores(criterion, mentors, mentees), float).reshape(scores.shape)
        for criterion in DEFAULT
    )
    near = np.abs(scores.to_numpy() - expected)
    assert np.nan_to_num(near).max(initial=0) < 30 / SCALE


# ---------------------------------------------------------------- 4. optimal is proved


@given(exports(6), programs(), st.booleans())
@example(Export(3, 6, 6, NEEDY), rmatch.Program(criteria=DEFAULT, rules=(Rare(3),)), True)
def test_what_is_called_optimal_is_best(export: Export, program: rmatch.Program, poor_start: bool) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    weighed = Weighed.of(roster, program)
    with first_candidates_only() if poor_start else nullcontext():
        matching = solved(roster, program)
    best = weighed.best()
    assert (matching is None) == (best is None)
    if matching is None:
        return
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.gap == 0
    assert found(matching)[1] == best[1]
    assert not weighed.most_pairs or found(matching)[0] == best[0]
    assert matching.verify()
    assert matching.verify(roster)


@given(st.integers(0, 2**32), st.sampled_from(KINDS), st.sampled_from(RULES), st.booleans())
def test_larger_plans_are_as_good_as_an_integer_program(
    seed: int, kind: Kind, rules: tuple[Rule, ...], poor_start: bool
) -> None:
    export = Export(seed, 24, 17, kind)
    program = rmatch.Program(criteria=DEFAULT, rules=rules)
    roster = rmatch.from_frame(export.frame(), program=program)
    with first_candidates_only() if poor_start else nullcontext():
        matching = solved(roster, program)
    best = Weighed.of(roster, program).best()
    assert best == (None if matching is None else found(matching))
    assert matching is None or (matching.status is rmatch.Status.OPTIMAL and matching.verify())


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_assignments_are_as_good_as_scipys(seed: int, m: int, n: int, coarse: bool) -> None:
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 4, (m, n)) / 4 if coarse else draw.random((m, n))
    people, given_scores = table_of(scores)
    program = rmatch.Program(criteria=(given_scores,), rules=())
    roster = rmatch.from_frame(people)
    with first_candidates_only():
        matching = rmatch.match(roster, program)
    worth = Weighed.of(roster, program).worth
    assert found(matching) == (min(m, n), oracles.best_by_assignment(worth))
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.verify(roster)


@pytest.mark.parametrize("poor_start", [False, True])
@pytest.mark.parametrize(("m", "n"), [(150, 150), (220, 160), (90, 300)])
def test_a_company_under_the_default_program_is_paired_as_well_as_scipy_would(m: int, n: int, poor_start: bool) -> None:
    """A pair too many outweighs every score, so one assignment answers for both objectives."""
    roster = rmatch.from_frame(workforce(m, n, seed=m).assign(capacity="1", min_pairs="0"))
    with first_candidates_only() if poor_start else nullcontext():
        matching = rmatch.match(roster)
    weighed = Weighed.of(roster, rmatch.Program())
    pair = np.int64(1 << 40)
    total = oracles.best_by_assignment(np.where(weighed.eligible, weighed.worth + pair, 0))
    assert found(matching) == (total // pair, total % pair)
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.verify(roster)


@pytest.mark.parametrize("length", [2, 24, 60])
def test_a_chain_needs_prices_beyond_one_and_is_still_proved(length: int) -> None:
    """Mentor k may have mentee k for nothing or mentee k + 1 for everything; all pairs, so nothing, come first."""
    scores = np.full((length, length), np.nan)
    scores[np.arange(length), np.arange(length)] = 0.0
    scores[np.arange(length - 1), np.arange(1, length)] = 1.0
    people, given_scores = table_of(scores)
    roster = rmatch.from_frame(people)
    matching = rmatch.match(roster, rmatch.Program(criteria=(given_scores,), rules=()))
    assert found(matching) == (length, 0)
    total = matching.certificate.stages[-1]
    assert np.ptp(np.concatenate([total.mentor_prices, total.mentee_prices])) >= (length - 1) * SCALE
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.verify(roster)
    value = rmatch.match(roster, rmatch.Program(criteria=(given_scores,), rules=(), objectives=(Total(),)))
    assert value.total == length - 1
    assert value.verify(roster)


@pytest.mark.parametrize("kind", [PLAIN, TIED, GAPS, SHARED])
def test_time_that_runs_out_leaves_a_lawful_plan_with_a_true_bound(kind: Kind) -> None:
    roster = rmatch.from_frame(Export(5, 60, 50, kind).frame())
    best = rmatch.match(roster)
    with first_candidates_only():
        late = rmatch.match(roster, time_limit=1e-9)
    assert late.status is rmatch.Status.FEASIBLE
    assert late.gap > 0
    assert 0 < len(late.pairs) <= len(best.pairs)
    assert late.total <= late.bound
    assert len(late.pairs) < len(best.pairs) or late.total <= best.total <= late.bound
    assert "SEARCH_ENDED_EARLY" in set(late.unmatched["reason"])
    assert "PARTNERS_BETTER_PLACED" not in set(late.unmatched["reason"])
    assert "gap" in late.summary()
    assert late.verify(roster)
