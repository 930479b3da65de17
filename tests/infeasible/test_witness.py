"""When it cannot be done: the reason that is told is true, small, in words that fit, and what it advises helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import oracles
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import NEEDY, Crowd, Problem, Rare, crowds, problems

import rmatch
from rmatch.analysis import unmatched
from rmatch.columns import BoolArray, IntArray
from rmatch.criteria import PairScores, Skills
from rmatch.errors import InfeasibleError
from rmatch.infeasible import witness
from rmatch.infeasible.remedy import Remedy
from rmatch.infeasible.witness import Violator, violators
from rmatch.limits import Capacity, Lock
from rmatch.problem.model import Model
from rmatch.rules import Differs, Exclude, GradeGap, OutsideReportingLine, Rule, Same
from rmatch.solve.run import solve

MANY = settings(max_examples=4 * settings.default.max_examples)
RULES: tuple[tuple[Rule, ...], ...] = (
    (),
    (GradeGap(1),),
    (Rare(2),),
    (Rare(4), GradeGap(0)),
    (Same(column="location"), GradeGap(1)),
    (Differs(column="department"), OutsideReportingLine()),
    (Exclude((("a0", "b0"), ("a1", "b0"), ("a2", "b1"), ("a2", "b2")), unknown="ignore"), GradeGap(2)),
)
NEEDING = replace(NEEDY, min_pairs=(0, 3), capacity=(3, 4), missing=0.0)

# ---------------------------------------------------------------- laws


def sides(model: Model, side: int) -> tuple[BoolArray, IntArray, IntArray]:
    """Who may be paired beside the locked pairs, by person of a side; and what both sides have beside these."""
    i, j = np.indices(model.shape).reshape(2, -1)
    may = (model.eligible(i, j) & ~np.isin(i * np.int64(model.shape[1]) + j, model.locked_keys)).reshape(model.shape)
    load = [np.bincount(k, minlength=size) for k, size in zip(model.locked, model.shape, strict=True)]
    least = np.maximum(model.minimum[side] - load[side], 0)
    return may if side == 0 else may.T, least, model.capacity[1 - side] - load[1 - side]


def flow(model: Model, violator: Violator) -> int:
    """How many pairs the people can have, if all that their partners have is theirs."""
    may, _, capacity = sides(model, violator.side)
    return oracles.most_pairs_by_flow(may[violator.people], (violator.needs, capacity))


def changed(model: Model, violator: Violator, remedy: Remedy) -> tuple[Model, Violator]:
    """The model and the needs once the remedy was followed."""
    if remedy.kind == "capacity":
        capacity = [side.copy() for side in model.capacity]
        capacity[1 - violator.side][violator.partners] += remedy.by
        return replace(model, capacity=(capacity[0], capacity[1])), violator
    if remedy.kind == "rule":
        return replace(model, rules=tuple(r for r in model.rules if r[0].name != remedy.rule)), violator
    needs = violator.needs.copy()
    for _ in range(remedy.by):  # whoever can best do without
        less = [needs - (np.arange(len(needs)) == k) for k in np.flatnonzero(needs)]
        needs = max(less, key=lambda n: flow(model, replace(violator, needs=n)) - n.sum())
    return model, replace(violator, needs=needs)


def assert_true(model: Model, violator: Violator) -> None:
    may, _, capacity = sides(model, violator.side)
    for some in (violator.people, violator.core):
        assert violator.partners.tolist() == np.flatnonzero(may[some].any(0)).tolist()
    assert violator.places == np.minimum(capacity, may[violator.people].sum(0)).sum()
    assert violator.shortfall > 0
    i, j = (
        np.repeat(violator.people, model.shape[1 - violator.side]),
        np.tile(np.arange(may.shape[1]), len(violator.people)),
    )
    barred = model.reasons(i, j) if violator.side == 0 else model.reasons(j, i)
    assert violator.removed == {name: k for name, mask in barred.items() if (k := int(mask.sum()))}


def assert_remedies(model: Model, violator: Violator) -> None:
    found = violator.remedies(model)
    for remedy in found:
        after = changed(model, violator, remedy)
        assert flow(*after) == after[1].need
        if remedy.kind != "rule":
            assert flow(*(less := changed(model, violator, replace(remedy, by=remedy.by - 1)))) < less[1].need
    more = [remedy.changes for remedy in found if remedy.kind != "min_pairs"]
    assert more == sorted(more)
    assert [r.kind for r in found].count("min_pairs") == violator.required
    dropped = {remedy.rule for remedy in found}
    for rule, _ in model.rules:
        alone = changed(model, violator, Remedy("rule", 0, "", rule=rule.name))
        if rule.name not in dropped and not rule.confidential:
            assert flow(*alone) < violator.need
    if "capacity" not in {remedy.kind for remedy in found}:
        assert flow(*changed(model, violator, Remedy("capacity", 0, "", by=len(violator.people)))) < violator.need


@pytest.mark.slow
@MANY
@given(crowds(most=7, least=1, kinds=(NEEDY, NEEDING)), st.sampled_from(RULES))
def test_a_refusal_names_a_true_reason_and_remedies_that_are_enough(crowd: Crowd, rules: tuple[Rule, ...]) -> None:
    made = Problem(crowd, (Skills(),), rules).compiled()
    for side in (0, 1):
        may, least, capacity = sides(made.model, side)
        found = violators(made.model, side, least)
        assert found is not None
        assert bool(found) == (oracles.most_pairs_by_flow(may, (least, capacity)) < least.sum())
        for violator in found:
            assert violator.required
            assert_true(made.model, violator)
            assert_remedies(made.model, violator)
            for person in violator.core:
                rest = np.setdiff1d(violator.core, person)
                assert oracles.most_pairs_by_flow(may[rest], (least[rest], capacity)) == least[rest].sum()


@pytest.mark.slow
@MANY
@given(crowds(most=7, least=1, kinds=(NEEDY, NEEDING)), st.sampled_from(RULES))
def test_what_cannot_be_done_is_refused_in_the_words_of_its_smallest_reason(crowd: Crowd, rules: tuple) -> None:
    model = Problem(crowd, (Skills(),), rules).compiled().model
    found = [v for side in (0, 1) for v in violators(model, side, sides(model, side)[1]) or []]
    if not found:
        solve(model)
        return
    with pytest.raises(InfeasibleError) as caught:
        solve(model)
    assert str(caught.value) in {violator.in_words(model) for violator in found}
    assert "xclu" not in str(caught.value)


@pytest.mark.slow
@MANY
@given(problems(7))
def test_whoever_is_left_by_a_largest_plan_is_in_want_of_partners(problem: Problem) -> None:
    model = problem.compiled().model
    try:
        proof = solve(model)
    except InfeasibleError:
        return
    pairs = np.append(proof.i, model.locked[0]), np.append(proof.j, model.locked[1])
    waiting = unmatched.unmatched(model, *pairs, proved=True)
    found = unmatched.shortages_of(model, *pairs, waiting)
    assert found is not None
    assert [v.shortfall for v in found] == sorted((v.shortfall for v in found), reverse=True)
    for violator in found:
        assert_true(model, violator)
        assert_remedies(model, violator)
        ids = (model.mentors, model.mentees)[violator.side].ids[violator.people]
        assert any(u.employee_id in ids and u.reason is rmatch.Reason.PARTNERS_BETTER_PLACED for u in waiting)
    single = all((capacity <= 1).all() for capacity in model.capacity)
    better = [u for u in waiting if u.reason is rmatch.Reason.PARTNERS_BETTER_PLACED]
    assert not (model.most_pairs and single and better) or found


# ---------------------------------------------------------------- the executives of Munich


def munich(min_pairs: int = 1, executives: int = 14, **columns: object) -> Iterator[dict[str, object]]:
    """Executives in Munich for whom there are nine juniors; in Berlin there are enough for all."""
    for town, seniors, juniors, least in (("Munich", executives, 9, min_pairs), ("Berlin", 10, 12, 0)):
        senior = {"role": "mentee", "job_title": "Executive", "grade": 8, "skills_wanted": "SQL", "min_pairs": least}
        junior = {"role": "mentor", "job_title": "Analyst", "grade": 4, "skills_offered": "SQL"}
        yield from ({"employee_id": f"{town}-s{k}", "location": town} | senior | columns for k in range(seniors))
        yield from ({"employee_id": f"{town}-j{k}", "location": town} | junior | columns for k in range(juniors))
    yield from (
        {"employee_id": f"head{k}", "role": "mentor", "location": "Munich", "grade": 9, "skills_offered": "SQL"}
        | columns
        for k in range(3)
    )
    yield {"employee_id": "late", "role": "mentee", "job_title": "Clerk", "location": "Munich", "grade": 10,
           "skills_wanted": "SQL"} | columns  # fmt: skip


PROGRAM = rmatch.Program(criteria=(Skills(),), rules=(GradeGap(1), Same(column="location")))


def refusal(records: list[dict[str, object]], program: rmatch.Program = PROGRAM) -> str:
    with pytest.raises(InfeasibleError) as caught:
        rmatch.match(rmatch.from_records(records, program=program), program)
    return str(caught.value)


def test_fourteen_executives_in_munich_share_nine_juniors() -> None:
    assert refusal(list(munich())) == (
        "14 executives in Munich share only 9 eligible mentors, but `min_pairs` asks for 14 pairs; "
        "same location removed 168, grade gap 42; raise the capacity of these mentors from 1 to 2, "
        "drop the rule `same_location` or lower `min_pairs` by 5 in total"
    )


def test_what_is_advised_in_munich_helps() -> None:
    people = list(munich())
    for program in (
        PROGRAM.model_copy(update={"limits": (Capacity(mentors=2),)}),
        PROGRAM.model_copy(update={"rules": PROGRAM.rules[:1]}),
    ):
        assert rmatch.match(rmatch.from_records(people), program).verify()
    asked = [p | {"min_pairs": 0} if p["employee_id"] in {f"Munich-s{k}" for k in range(5)} else p for p in people]
    assert rmatch.match(rmatch.from_records(asked), PROGRAM).verify()
    assert "share only 9" in refusal([p | {"min_pairs": 0} if p["employee_id"] == "Munich-s0" else p for p in people])


def test_no_single_change_is_advised_where_none_is_enough() -> None:
    records = [
        p | {"grade": 8 if p["role"] == "mentor" else p["grade"]} for p in munich() if p["employee_id"] != "late"
    ]
    assert refusal(records).endswith(
        "have no eligible mentor, but `min_pairs` asks for 14 pairs; grade gap removed 336, same location 168; "
        "no one change of a capacity or of a rule named here is enough; lower `min_pairs` by 14 in total"
    )


def test_whoever_waits_in_munich_is_told_why() -> None:
    matching = rmatch.match(rmatch.from_records(munich(0)), PROGRAM)
    told = [v.in_words(matching.model) for v in matching.shortage()]
    assert told == [
        "14 executives in Munich share only 9 eligible mentors; same location removed 168, grade gap 42; "
        "raise the capacity of these mentors from 1 to 2 or drop the rule `same_location`",
        "12 analysts in Berlin share only 10 eligible mentees; same location removed 180; "
        "raise the capacity of these mentees from 1 to 2 or drop the rule `same_location`",
        "3 mentors (head0, head1, head2) share only 1 eligible mentee; grade gap removed 72, same location 30; "
        "raise the capacity of this mentee from 1 to 3 or drop the rule `grade_gap`",
    ]
    first = matching.shortage()[0]
    assert (len(first.people), len(first.core), first.places, first.shortfall) == (14, 10, 9, 5)
    assert [line for line in matching.summary().splitlines() if line.startswith("Too few")] == [
        f"Too few partners: {words}." for words in told[:2]
    ]
    details, others = set(matching.unmatched["detail"]), "All 9 suitable mentors are matched with someone else."
    lottery = "Another plan that is just as good would include them; the lottery (seed 0) decided."
    assert f"{others} 14 executives in Munich share only 9 eligible mentors. {lottery}" in details
    other = "The one suitable mentee is matched with someone else."
    assert f"{other} 3 mentors (head0, head1, head2) share only 1 eligible mentee. {lottery}" in details


def test_who_waits_says_nothing_of_a_shortage_where_another_plan_would_place_everybody() -> None:
    records = [
        {"employee_id": "a", "role": "mentor", "skills_offered": "SQL", "skills_wanted": ""},
        {"employee_id": "b", "role": "mentor", "skills_offered": "Git", "skills_wanted": ""},
        {"employee_id": "x", "role": "mentee", "skills_wanted": "SQL", "capacity": 2},
        {"employee_id": "y", "role": "mentee", "skills_wanted": "Rust", "capacity": 1},
    ]
    matching = rmatch.match(rmatch.from_records(records), rmatch.Program(criteria=(Skills(),), rules=()))
    left = matching.unmatched[matching.unmatched["reason"] == "PARTNERS_BETTER_PLACED"]
    assert matching.shortage() == []
    assert "Too few partners" not in matching.summary()
    assert "share" not in " ".join(left["detail"])


def test_a_search_that_ended_early_knows_who_shares_too_few_all_the_same() -> None:
    model = rmatch.match(rmatch.from_records(munich(0)), PROGRAM).model
    nobody = np.zeros(0, np.int64)
    waiting = unmatched.unmatched(model, nobody, nobody, proved=False)
    found = unmatched.shortages_of(model, nobody, nobody, waiting) or []
    assert found[0].shared(model) == "14 executives in Munich share only 9 eligible mentors"
    (detail,) = {u.detail for u in waiting if u.employee_id.startswith("Munich-s")}
    assert detail == "9 mentors were eligible. 14 executives in Munich share only 9 eligible mentors."


def test_a_side_that_is_simply_larger_is_not_explained_unasked() -> None:
    frame = rmatch.datasets.workforce(8, 12, seed=1).assign(capacity="1")
    matching = rmatch.match(rmatch.from_frame(frame), rmatch.Program(criteria=(Skills(),), rules=()))
    (shortage,) = matching.shortage()
    assert shortage.shared(matching.model) == "all 12 mentees share only 8 eligible mentors"
    assert "Too few partners" not in matching.summary()
    others = "All 8 suitable mentors are matched with someone else."
    assert [who.detail for who in matching.waiting] == [others] * 4


def test_everybody_placed_has_no_shortage() -> None:
    matching = rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(6, 6, seed=1)), rmatch.Program(rules=()))
    assert matching.shortage() == []


@pytest.mark.slow
def test_the_order_of_rows_changes_no_word() -> None:
    people = list(munich(0))
    texts: set[object] = set()
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(people))
        matching = rmatch.match(rmatch.from_records([people[k] for k in order]), PROGRAM)
        words = [v.in_words(matching.model) for v in matching.shortage()]
        texts.add((matching.to_json(), matching.summary(), *words))
        texts.add(refusal([list(munich())[k] for k in order]))
    assert len(texts) == 2


def test_a_saved_plan_needs_its_people_to_say_who_shares_too_few(tmp_path: Path) -> None:
    roster = rmatch.from_records(munich(0))
    matching = rmatch.match(roster, PROGRAM)
    matching.save(tmp_path / "m.json")
    with pytest.raises(rmatch.RmatchError, match="needs the people"):
        rmatch.load(tmp_path / "m.json").shortage()
    again = rmatch.load(tmp_path / "m.json", roster)
    assert again.verify()
    assert again.verify(roster)
    told = [[v.in_words(m.model) for v in m.shortage()] for m in (matching, again)]
    assert told[0] == told[1] != []


# ---------------------------------------------------------------- what may not be said


def test_a_confidential_rule_shows_only_as_not_available_and_is_never_advised_against() -> None:
    barred = tuple((f"Munich-j{k}", f"Munich-s{n}") for k in range(9) for n in range(14))
    text = refusal(list(munich()), rmatch.Program(criteria=(Skills(),), rules=(Exclude(barred), *PROGRAM.rules)))
    assert text.endswith(
        "have no eligible mentor, but `min_pairs` asks for 14 pairs; same location removed 168, not available 126, "
        "grade gap 42; "
        "no one change of a capacity or of a rule named here is enough; lower `min_pairs` by 14 in total"
    )
    assert "xclu" not in text


def test_columns_that_stand_apart_are_in_no_word() -> None:
    program = rmatch.Program.model_validate(
        {
            "columns": {
                "department": {"use": "score", "sensitive": True, "consent": "may", "purpose": "pairs that differ"},
                "career_path": {"use": "audit"},
                "tenure_band": {"use": "audit"},
            },
            "criteria": [{"kind": "skills"}, {"kind": "difference", "column": "department"}],
            "rules": [{"kind": "grade_gap"}, {"kind": "same", "column": "team"}],
        }
    )

    def people(least: int) -> list[dict[str, object]]:
        secret = {"department": "zzq", "career_path": "zzq", "tenure_band": "zzq", "may": "yes"}
        return [
            {key: value for key, value in person.items() if key != "location"}
            | {"team": "t", "min_pairs": least if person["role"] == "mentee" else 0}
            | ({"team": "u"} | secret if "Munich" in str(person["employee_id"]) else {})
            for person in munich(0)
            if person.pop("job_title", "") != "Clerk"
        ]

    text = refusal(people(1), program)
    assert "14 mentees of the team u share only 9 eligible mentors" in text
    matching = rmatch.match(rmatch.from_records(people(0), program=program), program)
    told = [v.in_words(matching.model) for v in matching.shortage()]
    assert "14 mentees of the team u share only 9 eligible mentors" in told[0]
    assert "14 mentees of the team u" in " ".join(matching.unmatched["detail"])
    for said in (text, *told, matching.summary(), matching.to_json(), *matching.unmatched["detail"]):
        assert "zzq" not in said.lower()


@pytest.mark.slow
def test_sensitive_cells_change_no_word_about_who_shares_too_few() -> None:
    program = rmatch.Program.model_validate(
        {
            "columns": {"faith": {"use": "score", "sensitive": True, "consent": "may", "purpose": "pairs that differ"}},
            "criteria": [{"kind": "skills"}, {"kind": "difference", "column": "faith", "weight": 2}],
            "rules": [{"kind": "grade_gap"}, {"kind": "same", "column": "location"}],
        }
    )
    told = set()
    for seed in range(4):
        draw = np.random.default_rng(seed)
        people = [p | {"faith": str(draw.choice(list("abc"))), "may": "yes"} for p in munich(0)]
        matching = rmatch.match(rmatch.from_records(people, program=program), program)
        told.add((*matching.unmatched["detail"], *(v.in_words(matching.model) for v in matching.shortage())))
    assert len(told) == 1


# ---------------------------------------------------------------- locks, gaps, sizes


def test_locked_pairs_are_told_apart() -> None:
    program = PROGRAM.model_copy(update={"limits": (Lock((("Munich-j0", "late"),)),)})
    text = refusal(list(munich()), program)
    assert text.startswith(
        "14 executives in Munich share only 9 eligible mentors with 8 places beside the locked pairs"
    )
    assert "lower `min_pairs` by 6 in total" in text


def test_pairs_that_have_no_score_are_named_and_may_be_scored() -> None:
    scores = pd.DataFrame([[0.5, np.nan], [np.nan, np.nan]], ["a", "b"], ["x", "y"])
    records = [
        {"employee_id": id_, "role": role, "min_pairs": k}
        for id_, role, k in (("a", "mentor", 0), ("b", "mentor", 0), ("x", "mentee", 0), ("y", "mentee", 1))
    ]
    assert refusal(records, rmatch.Program(criteria=(PairScores(frame=scores),), rules=())) == (
        "1 mentee (y) has no eligible mentor, but `min_pairs` asks for 1 pair; pair scores removed 2; "
        "score the pairs that `pair_scores` leaves out or lower `min_pairs` by 1"
    )


def test_one_person_who_needs_too_many_pairs_is_told_in_the_singular() -> None:
    scores = pd.DataFrame([[0.5, 0.5, np.nan]], ["a"], ["x0", "x1", "x2"])
    records = [
        {"employee_id": "a", "role": "mentor", "capacity": 5, "min_pairs": 3},
        *({"employee_id": f"x{k}", "role": "mentee"} for k in range(3)),
    ]
    assert refusal(records, rmatch.Program(criteria=(PairScores(frame=scores),), rules=())) == (
        "1 mentor (a) has only 2 eligible mentees, but `min_pairs` asks for 3 pairs; pair scores removed 1; "
        "score the pairs that `pair_scores` leaves out or lower `min_pairs` by 1"
    )
    assert refusal(records[:-1], rmatch.Program(criteria=(PairScores(frame=scores),), rules=())) == (
        "a needs 3 pairs as one of the mentors but there are 2 mentees"
    )


def test_where_there_are_too_many_pairs_it_says_so_or_says_less(monkeypatch: pytest.MonkeyPatch) -> None:
    matching = rmatch.match(rmatch.from_records(munich(0)), PROGRAM)
    model = matching.model
    need = np.ones(model.shape[1], np.int64)
    with monkeypatch.context() as few:
        few.setattr(witness, "MOST_LOOKED_AT", 10)
        assert violators(model, 1, need) is None
    monkeypatch.setattr(unmatched, "shortages", lambda *_: None)
    with pytest.raises(rmatch.RmatchError, match="50,000,000 pairs"):
        matching.shortage()
    monkeypatch.setattr(witness, "violators", lambda *_, **__: None)
    assert "must have 14 pairs by `min_pairs`" in refusal(list(munich()))


def test_beyond_a_million_pairs_nothing_is_told_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmatched, "MOST_REPORTED", 100)
    matching = rmatch.match(rmatch.from_records(munich(0)), PROGRAM)
    assert "Too few partners" not in matching.summary()
    assert not matching.unmatched["detail"].str.contains("share").any()
    assert matching.shortage()
