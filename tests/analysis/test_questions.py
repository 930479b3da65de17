"""What a matching answers: why this pair, why not that one, who else, and why somebody has nobody."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import oracles
import pandas as pd
import pytest
from exports import (
    DEFAULT,
    GAPS,
    KINDS,
    OBJECTIVES,
    PICK,
    PLAIN,
    RULES,
    SHARED,
    SMALL,
    TIED,
    Export,
    Rare,
    Weighed,
    exports,
    first_candidates_only,
    named,
    pick_pair,
    programs,
    solved,
    table_of,
)
from hypothesis import assume, given
from hypothesis import strategies as st

import rmatch
from rmatch.factors import SCALE
from rmatch.limits import Group, Lock, Share, Spread, TotalPairs
from rmatch.problem.model import pair_places
from rmatch.rules import GradeGap, MinScore, OutsideReportingLine

pytestmark = pytest.mark.slow

# ---------------------------------------------------------------- why not


@given(SMALL, programs(), PICK)
def test_the_loss_of_a_forced_pair_is_what_brute_force_finds(
    export: Export, program: rmatch.Program, pick: int
) -> None:
    roster, matching = solved(export, program)
    mentor, mentee = pick_pair(roster, pick)
    weighed, told = Weighed.of(roster, program), matching.why_not(mentor, mentee)
    assert str(told)
    if told.rules:
        assert np.isnan(weighed.scores.loc[mentor, mentee])
        assert told.loss is None
        return
    forced = weighed.best_with(mentor, mentee)
    if told.loss is None:
        assert forced is None
        return
    assert forced is not None
    assert told.loss * SCALE == matching.certificate.total - forced[1]
    assert not weighed.most_pairs or told.pairs_lost == len(matching.pairs) - forced[0]
    assert set(told.displaced) <= named(matching)
    if (mentor, mentee) in named(matching):
        assert told == rmatch.WhyNot(mentor, mentee, (), 0.0, 0, ())


@given(SMALL, st.sampled_from(RULES[:6]), PICK)
def test_the_rules_that_forbid_a_pair_are_named(export: Export, rules: tuple, pick: int) -> None:
    program = rmatch.Program(criteria=DEFAULT, rules=rules)
    roster, matching = solved(export, program)
    mentor, mentee = pick_pair(roster, pick)
    mentors, mentees = roster.tables()
    i, j = list(mentors.ids).index(mentor), list(mentees.ids).index(mentee)
    expected = ["same person"] * (mentor == mentee)
    expected += [rule.name for rule in rules if not oracles.allowed(rule, mentors, mentees)[i][j]]
    assert list(matching.why_not(mentor, mentee).rules) == expected
    assert list(matching.explain(mentor, mentee).rules) == expected
    assert all(rule in str(matching.why_not(mentor, mentee)) for rule in expected)


@given(SMALL, programs(), PICK)
def test_alternatives_are_the_best_others_and_losses_those_of_every_partner(
    export: Export, program: rmatch.Program, pick: int
) -> None:
    roster, matching = solved(export, program)
    scores = rmatch.score_matrix(roster, program)
    people = sorted({*roster.mentors.index, *roster.mentees.index})
    assume(people)
    person = people[pick % len(people)]
    table, every = matching.alternatives(person, best=4), matching.losses(person)
    assert table["exact"].all()
    assert every["exact"].all()
    costs = {(row.role, row.partner_id): lost_by(row) for row in every.itertuples()}
    for row in table.itertuples():
        assert costs[row.role, row.partner_id] == lost_by(row)
    for role, some in every.groupby("role"):
        partners = (scores.loc[person] if role == "mentor" else scores[person]).dropna()
        assert set(some["partner_id"]) == set(partners.index)
        taken = {b if role == "mentor" else a for a, b in named(matching) if person == (a if role == "mentor" else b)}
        assert set(some["partner_id"][(some["loss"] == 0) & (some["pairs_lost"] == 0)]) >= taken
        open_ = partners.drop(list(taken)).sort_values(ascending=False)
        best = table[table["role"] == role]
        assert best["score"].tolist() == open_.head(4).tolist()
        assert not set(best["partner_id"]) & taken
    for row in every.itertuples():
        pair = (person, row.partner_id) if row.role == "mentor" else (row.partner_id, person)
        told = matching.why_not(*pair)
        assert (np.inf if told.loss is None else told.loss, told.pairs_lost) == lost_by(row)


def lost_by(row: object) -> tuple[float, int | None]:
    """What a line of the tables says is lost; nothing of pairs where their number is not told."""
    lost = row.pairs_lost  # type: ignore[attr-defined]
    return row.loss, None if pd.isna(lost) else lost  # type: ignore[attr-defined]


def assert_lawful(matching: rmatch.Matching, pairs: set[tuple[str, str]], loss: float) -> None:
    """The pairs keep all rules and capacities, and their total is so much less."""
    model = matching.model
    i, j = pair_places(tuple(pairs), model.mentors, model.mentees)
    assert model.eligible(i, j).all()
    for side, rows in enumerate((i, j)):
        load = np.bincount(rows, minlength=model.shape[side])
        assert (load <= model.capacity[side]).all()
        assert (load >= model.minimum[side]).all()
    assert int((model.points(i, j) - model.floor).sum()) == matching.certificate.total - round(loss * SCALE)


@pytest.mark.trials
def test_the_loss_of_a_pair_is_that_of_the_plan_with_the_pair_locked() -> None:
    """On many small rosters of every kind, solved again from nothing but the roster and the program."""
    compared = 0
    for seed in range(120):
        roster = rmatch.from_frame(Export(seed, 3 + seed % 5, 3 + seed % 4, KINDS[seed % len(KINDS)]).frame())
        plain = rmatch.Program(criteria=DEFAULT, rules=RULES[seed % 2], objectives=OBJECTIVES[seed % 3])
        try:
            matching = rmatch.match(roster, plain)
        except rmatch.InfeasibleError:
            continue
        every = [(a, b) for a in sorted(roster.mentors.index) for b in sorted(roster.mentees.index)]
        for pair in every[seed % 3 :: max(len(every) // 2, 1)]:
            told = matching.why_not(*pair)
            try:
                forced = rmatch.match(roster, plain.model_copy(update={"limits": (Lock((pair,)),)}))
            except rmatch.InfeasibleError:
                assert told.loss is None
                continue
            assert told.rules == ()
            assert told.loss is not None
            assert told.loss * SCALE == matching.certificate.total - forced.certificate.total
            if pair not in named(matching):
                other = matching.named - {*told.displaced} | {*told.made}
                assert pair in told.made
                assert {*told.displaced} <= matching.named
                assert not {*told.made} & matching.named
                if told.pairs_lost is not None:
                    assert len(other) == len(matching.pairs) - told.pairs_lost
                assert_lawful(matching, other, told.loss)
                if seed % 3 < 2:  # where the number is free, plans as good may differ in it
                    assert len(other) == len(forced.pairs)
            compared += told.loss != 0
    assert compared > 90


@pytest.mark.parametrize(("mentors", "mentees"), [(150, 140), (40, 200), (200, 40)])
def test_where_a_sample_says_which_arcs_are_kept_losses_are_those_of_solving_again(mentors: int, mentees: int) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(mentors, mentees, seed=4))
    matching = rmatch.match(roster)
    graph = matching.residual
    assert graph is not None
    assert len(graph.arcs.length) < mentors * mentees / 2
    draw = np.random.default_rng(0)
    for role, ids in (("mentor", matching.model.mentors.ids), ("mentee", matching.model.mentees.ids)):
        for person in draw.choice(ids, 3, replace=False).tolist():
            told = matching.losses(person)
            told = told[(told["role"] == role) & (told["loss"] > 0)]
            for row in told.iloc[draw.integers(0, len(told), 2)].itertuples():
                pair = (person, row.partner_id) if role == "mentor" else (row.partner_id, person)
                other = matching.solve_again(limits=(*matching.program.limits, Lock((pair,))))
                assert row.exact
                assert row.loss * SCALE == matching.certificate.total - other.certificate.total
                assert row.pairs_lost == len(matching.points) - len(other.points)


@given(SMALL, programs(), PICK)
def test_both_peoples_next_best_is_the_best_other_partner_and_costs_what_why_not_says(
    export: Export, program: rmatch.Program, pick: int
) -> None:
    roster, matching = solved(export, program)
    pair = pick_pair(roster, pick)
    scores = rmatch.score_matrix(roster, program)
    found = {best.role: best for best in matching.explain(*pair).next_best}
    for role, person, other in (("mentor", *pair), ("mentee", *reversed(pair))):
        partners = (scores.loc[person] if role == "mentor" else scores[person]).dropna()
        k = ("mentor", "mentee").index(role)
        partners = partners.drop([other, *(p[1 - k] for p in named(matching) if p[k] == person)], errors="ignore")
        assert (role in found) == bool(len(partners))
        if role not in found:
            continue
        best = found[role]
        told = matching.why_not(*((person, best.partner_id) if role == "mentor" else (best.partner_id, person)))
        assert best.score == partners.max() == partners[best.partner_id]
        assert (best.employee_id, best.exact, best.loss, best.pairs_lost) == (person, True, told.loss, told.pairs_lost)
        assert best.partner_id in str(best)


def test_the_next_best_is_looked_for_when_it_is_asked_for_and_bounded_where_people_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, matching = solved(Export(1, 9, 9, PLAIN), rmatch.Program())
    pair = matching.pair_ids[0]
    exact = matching.explain(*pair).next_best
    assert [best.role for best in exact] == ["mentor", "mentee"]
    assert all(" would cost 0." in str(best) for best in exact)

    def unasked(*_: object) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr("rmatch.analysis.alternatives.why_not", unasked)
    told = matching.explain(*pair)
    assert str(told)
    assert told._repr_html_()
    with pytest.raises(AssertionError, match="solved again"):
        _ = told.next_best
    monkeypatch.setattr("rmatch.analysis.alternatives.SOLVED_AGAIN", 80)
    monkeypatch.setattr("rmatch.analysis.alternatives.residual_of", lambda _: None)
    for least, best in zip(matching.explain(*pair).next_best, exact, strict=True):
        assert (least.exact, least.partner_id, least.pairs_lost) == (False, best.partner_id, None)
        assert least.loss is not None
        assert best.loss is not None
        assert least.loss <= best.loss
        assert "at least" in str(least)


@given(SMALL, programs())
def test_the_parts_of_every_pair_sum_to_its_score_in_points(export: Export, program: rmatch.Program) -> None:
    roster, matching = solved(export, program)
    scores = rmatch.score_matrix(roster, program)
    made = matching.pairs.set_index(["mentor_id", "mentee_id"])["score"]
    for mentor in roster.mentors.index:
        for mentee in roster.mentees.index:
            told = matching.explain(mentor, mentee)
            assert sum(round(part * SCALE) for part in told.parts.values()) == told.points == round(told.score * SCALE)
            assert all((part * SCALE).is_integer() for part in told.parts.values())
            assert bool(told.rules) == np.isnan(scores.loc[mentor, mentee])
            assert told.rules or told.score == scores.loc[mentor, mentee]
            assert not told.chosen or told.score == made[mentor, mentee]
            assert told.chosen == ((mentor, mentee) in named(matching))


def test_a_gap_is_taken_off_what_an_alternative_costs_at_least() -> None:
    """So it may fall below 0: a better plan, with that pair, is not ruled out."""
    _, matching = solved(Export(1, 9, 9, PLAIN), rmatch.Program())
    total = matching.certificate.stages[-1]
    looser = (*matching.certificate.stages[:-1], replace(total, bound=total.bound + SCALE))
    loose = replace(matching.certificate, stages=looser, bound=total.bound + SCALE)
    person, partner = matching.pair_ids[0]
    exact, least = matching.losses(person), replace(matching, certificate=loose).losses(person)
    assert exact["loss"].max() > 0
    both = exact.merge(least, on="partner_id")
    others = both[both["partner_id"] != partner]
    assert (others["loss_y"] <= others["loss_x"]).all()
    assert (others["loss_y"] < 0).all()
    assert not both["exact_y"].any()  # nor what is made, for a better plan may have it too


def test_unknown_people_are_met_with_a_suggestion() -> None:
    _, matching = solved(Export(1, 4, 4, PLAIN), rmatch.Program())
    mentor, mentee = matching.pairs.iloc[0][["mentor_id", "mentee_id"]]
    for ask in (matching.explain, matching.why_not):
        with pytest.raises(rmatch.RmatchError, match=rf"no mentee has the id '{mentee}x'.*Did you mean '{mentee}'"):
            ask(mentor, mentee + "x")
        with pytest.raises(rmatch.RmatchError, match=rf"no mentor has the id '{mentee}'.*not in that role"):
            ask(mentee, mentee)
    with pytest.raises(rmatch.RmatchError, match="nobody in this matching has the id 'zzz'"):
        matching.alternatives("zzz")


# ---------------------------------------------------------------- unmatched


def reason(weighed: Weighed, lawful: pd.DataFrame, person: str, role: str) -> tuple[str, int | None]:
    """Why somebody has no partner, found by looking at everybody."""
    side = 0 if role == "mentor" else 1
    place = (weighed.scores.index, weighed.scores.columns)[side].get_loc(person)
    allowed, fine = (
        (scores.loc[person] if side == 0 else scores[person]).notna().to_numpy(bool)
        for scores in (lawful, weighed.scores)
    )
    worth = (weighed.worth, weighed.worth.T)[side][place]
    if not len(allowed):
        return "OTHER_SIDE_EMPTY", 0
    if not weighed.capacity[side][place]:
        return "LIMIT_REACHED", None
    if not allowed.any():
        return "NO_ELIGIBLE_PARTNER", 0
    if not fine.any():
        return "BELOW_MIN_SCORE", 0
    if not np.array(weighed.capacity[1 - side])[fine].any():
        return "LIMIT_REACHED", int(fine.sum())
    if not weighed.most_pairs and worth[fine].max() <= 0:
        return "BELOW_MIN_SCORE", int(fine.sum())
    return "PARTNERS_BETTER_PLACED", int(fine.sum())


@given(exports(7, least=0), programs())
def test_everybody_left_has_the_reason_that_looking_finds(export: Export, program: rmatch.Program) -> None:
    assume(export.mentors + export.mentees)
    roster, matching = solved(export, program)
    weighed = Weighed.of(roster, program)
    others = tuple(rule for rule in program.rules if not isinstance(rule, MinScore))
    lawful = rmatch.score_matrix(roster, program.model_copy(update={"rules": others}))
    for row in matching.unmatched.itertuples():
        eligible = None if pd.isna(row.eligible) else row.eligible
        assert (row.reason, eligible) == reason(weighed, lawful, row.employee_id, row.role)
        assert row.detail
        assert row.participant_note == "We could not find you a partner this round."


@given(
    exports(7), st.sampled_from([rules for rules in RULES if not any(isinstance(r, MinScore | Rare) for r in rules)])
)
def test_whoever_has_no_eligible_partner_is_told_how_many_each_rule_removed(export: Export, rules: tuple) -> None:
    program = rmatch.Program(criteria=DEFAULT, rules=rules)
    roster, matching = solved(export, program)
    mentors, mentees = roster.tables()
    alone = matching.unmatched[matching.unmatched["reason"] == "NO_ELIGIBLE_PARTNER"]
    for row in alone.itertuples():
        teaches = row.role == "mentor"
        own, other = (mentors, mentees) if teaches else (mentees, mentors)
        place = list(own.ids).index(row.employee_id)
        expected = {}
        for rule in rules:
            allowed = np.array(oracles.allowed(rule, mentors, mentees), bool).reshape(
                len(mentors.ids), len(mentees.ids)
            )
            expected[rule.name.replace("_", " ")] = int((~(allowed if teaches else allowed.T)[place]).sum())
        expected["same person"] = int(np.isin(other.ids, [row.employee_id]).sum())
        told = {name: int(n) for name, n in re.findall(r"([a-z][a-z ]*?) (\d+)[,.]", row.detail.partition("by: ")[2])}
        assert told == {name: n for name, n in expected.items() if n}
        assert row.detail.startswith(f"Of {len(other.ids)} ")


ACROSS = (
    (),
    (Share("department", least=0.9),),
    (Share("location", differ=False, most=0.3),),
    (Spread("mentor", "department"), Spread("mentee", "location")),
    (TotalPairs(most=2),),
    (Group("mentee", "location", most=1), Group("mentee", "department", most=1)),
)
"""Limits that may leave two people without a partner who both have room and could be a pair."""


@given(exports(7, kinds=(PLAIN, SHARED, GAPS)), st.sampled_from(RULES), st.sampled_from(ACROSS))
def test_whoever_is_better_placed_really_has_no_room(export: Export, rules: tuple, limits: tuple) -> None:
    program = rmatch.Program(criteria=DEFAULT, rules=rules, limits=limits)
    try:
        roster, matching = solved(export, program)
    except rmatch.RmatchError:  # nobody has an answer that the limit reads
        return
    scores = rmatch.score_matrix(roster, program)
    room = {
        role: people["capacity"].astype(int)
        - matching.pairs[f"{role}_id"].value_counts().reindex(people.index, fill_value=0)
        for role, people in (("mentor", roster.mentors), ("mentee", roster.mentees))
    }
    left = matching.unmatched[matching.unmatched["reason"] == "PARTNERS_BETTER_PLACED"]
    for row in left.itertuples():
        partners = scores.loc[row.employee_id] if row.role == "mentor" else scores[row.employee_id]
        other = "mentee" if row.role == "mentor" else "mentor"
        assert (room[other].loc[partners.dropna().index] == 0).all()


def test_every_reason_arises() -> None:
    seen = set()
    people, scores = table_of(np.array([[0.9, 0.1], [0.8, np.nan], [np.nan, np.nan], [0.2, 0.1]]), capacity=(1, 1))
    people.loc[0, "capacity"] = "0"
    program = rmatch.Program(criteria=(scores,), rules=(MinScore(0.5),))
    table = rmatch.match(rmatch.from_frame(people), program).unmatched.set_index("employee_id")
    assert table.loc["a0", "reason"] == "LIMIT_REACHED"
    assert table.loc["a2", "reason"] == "NO_ELIGIBLE_PARTNER"
    assert table.loc["a3", "reason"] == "BELOW_MIN_SCORE"
    seen |= set(table["reason"])
    program = rmatch.Program(criteria=(scores,), rules=())
    table = rmatch.match(rmatch.from_frame(people), program).unmatched.set_index("employee_id")
    assert (table.loc["a3", "reason"] if "a3" in table.index else "PARTNERS_BETTER_PLACED") == "PARTNERS_BETTER_PLACED"
    crowd = Export(2, 9, 3, PLAIN).frame()
    seen |= set(rmatch.match(rmatch.from_frame(crowd)).unmatched["reason"])
    seen |= set(rmatch.match(rmatch.from_frame(crowd.assign(role="mentor"))).unmatched["reason"])
    with first_candidates_only():
        large = rmatch.from_frame(Export(5, 60, 50, TIED).frame())
        seen |= set(rmatch.match(large, time_limit=1e-9).unmatched["reason"])
    assert seen == set(rmatch.Reason.__members__)


# ---------------------------------------------------------------- words


def test_an_explanation_says_in_words_and_numbers_why() -> None:
    frame = pd.DataFrame(
        {
            "employee_id": ["1", "2"],
            "name": ["Ada", "Bo"],
            "role": ["mentor", "mentee"],
            "grade": ["1", "4"],
            "department": ["IT", "Law"],
            "skills_offered": ["Python; SQL:2", "Leadership"],
            "skills_wanted": ["leadership", "python; sql:4; Video"],
            "goals": ["network", "Network; craft"],
            "availability": ["Mon 09:00-11:00", "Mon 10:00-12:00"],
        }
    )
    matching = rmatch.match(rmatch.from_frame(frame))
    told = matching.explain("1", "2")
    assert told.teaches == ("python", "sql")  # as the one who wants them spells them
    assert told.gains == ("leadership",)
    assert told.sentence.startswith("Ada teaches python and sql; gains leadership in return; shares the goal Network")
    assert told.parts["skills"] == pytest.approx(0.35 / 0.8 * (1 + 0.5) / 3, abs=1e-5)
    assert matching.pairs.loc[0, "shared_times"] == "Mon 10:00-11:00 UTC"
    assert "Background" not in str(matching.left_out)
    assert any("background" in note for note in matching.left_out)
    for text in (str(told), told._repr_html_(), matching._repr_html_(), matching.summary(), repr(matching)):
        assert text
    assert [type(rule) for rule in matching.program.rules] == [GradeGap]
    assert not any(isinstance(rule, OutsideReportingLine) for rule in matching.program.rules)


def test_weak_pairs_are_counted_and_the_plan_without_them_is_told() -> None:
    people, scores = table_of(np.array([[0.9, 0.1, np.nan], [0.8, np.nan, np.nan], [np.nan, np.nan, 0.2]]))
    roster, program = rmatch.from_frame(people), rmatch.Program(criteria=(scores,), rules=())
    matching = rmatch.match(roster, program)
    assert matching.pairs["score"].tolist() == pytest.approx([0.8, 0.2, 0.1], abs=1e-6)
    text = " ".join(matching.summary().split())
    assert "2 pairs score below 0.25" in text
    assert "would make 1 pair" in text
    other = matching.value_first()
    assert other.pairs["score"].tolist() == pytest.approx([0.9], abs=1e-6)
    assert other.status is rmatch.Status.OPTIMAL
    reasons = other.unmatched.set_index("employee_id")["reason"]
    assert (reasons.drop("a1") == "BELOW_MIN_SCORE").all()
    assert reasons["a1"] == "PARTNERS_BETTER_PLACED"
    assert "below 0.25" not in rmatch.match(roster, other.program).summary()


# ---------------------------------------------------------------- without a plan


@given(exports(7), programs(), st.sampled_from(["mentor", "mentee"]), st.integers(1, 9))
def test_the_shortlist_is_the_head_of_the_matrix(export: Export, program: rmatch.Program, side: str, best: int) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    scores = rmatch.score_matrix(roster, program)
    shown = rmatch.shortlist(roster, program, best=best, side=side)  # type: ignore[arg-type]
    other = "mentee" if side == "mentor" else "mentor"
    own = scores if side == "mentor" else scores.T
    assert list(shown) == [f"{side}_id", "rank", f"{other}_id", "score"]
    for person in own.index:
        mine = shown[shown[f"{side}_id"] == person]
        expected = own.loc[person].dropna().astype(float).sort_values(ascending=False)
        assert mine["score"].tolist() == expected.head(best).tolist()
        assert mine["rank"].tolist() == [*range(1, len(mine) + 1)]
        assert own.loc[person, mine[f"{other}_id"]].tolist() == mine["score"].tolist()
    assert set(shown[f"{side}_id"]) <= set(own.index)


@pytest.mark.parametrize("role", ["mentor", "mentee"])
def test_scores_of_nobody_are_an_empty_table(role: str) -> None:
    roster = rmatch.from_frame(Export(1, 3, 3, PLAIN).frame().assign(role=role))
    assert sorted(rmatch.score_matrix(roster).shape) == [0, 6]
    for side in ("mentor", "mentee"):
        assert rmatch.shortlist(roster, side=side).empty  # type: ignore[arg-type]
