"""Locks are hard: they stand whatever they cost, and say what they conflict with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exports import (
    DEFAULT,
    NEEDY,
    PICK,
    PLAIN,
    SHARED,
    SMALL,
    Export,
    Weighed,
    exports,
    named,
    pick_pair,
    programs,
    table_of,
)
from hypothesis import assume, given

import rmatch
from rmatch.limits import Capacity, Lock
from rmatch.objectives import MostPairs, Total
from rmatch.rules import MinScore


@pytest.fixture
def three() -> pd.DataFrame:
    """Three of either side, all pairs lawful but for what a test adds."""
    frame = Export(12, 3, 3, PLAIN).frame().assign(manager_id="", capacity="1")
    frame["employee_id"] = ["anna", "ben", "cleo", "dora", "emil", "finn"]
    frame["grade"] = ["1", "1", "1", "5", "5", "5"]
    return frame


def lock(frame: pd.DataFrame, *pairs: tuple[str, str], **families: tuple) -> rmatch.Matching:
    return rmatch.match(rmatch.from_frame(frame), rmatch.Program(limits=(Lock(pairs),), **families))


@pytest.mark.slow
def test_a_lock_stands_even_where_it_costs(three: pd.DataFrame) -> None:
    free = rmatch.match(rmatch.from_frame(three))
    for mentor in ("anna", "ben", "cleo"):
        for mentee in ("dora", "emil", "finn"):
            plan = lock(three, (mentor, mentee))
            assert (mentor, mentee) in named(plan)
            assert plan.total == pytest.approx(free.total - free.why_not(mentor, mentee).loss)
            assert plan.status is rmatch.Status.OPTIMAL
            assert plan.verify()
            assert [p.locked for p in plan.to_record().pairs].count(True) == 1


def test_a_lock_that_breaks_a_rule_names_both(three: pd.DataFrame) -> None:
    three.loc[three["employee_id"] == "dora", "grade"] = "1"
    with pytest.raises(rmatch.InfeasibleError, match=r"\(anna\) → .*\(dora\).*grade_gap"):
        lock(three, ("anna", "dora"))
    three.loc[three["employee_id"] == "anna", "manager_id"] = "emil"
    with pytest.raises(rmatch.InfeasibleError, match=r"\(anna\) → .*\(emil\).*outside_reporting_line"):
        lock(three, ("anna", "emil"))
    with pytest.raises(rmatch.InfeasibleError, match=r"\(anna\) → .*\(finn\).*min_score"):
        lock(three, ("anna", "finn"), rules=(MinScore(1.0),))


def test_locks_that_leave_no_room_for_one_another_are_both_named(three: pd.DataFrame) -> None:
    with pytest.raises(rmatch.InfeasibleError) as caught:
        lock(three, ("anna", "dora"), ("anna", "finn"))
    message = str(caught.value)
    names = dict(zip(three["employee_id"], three["name"], strict=True))
    for who in ("dora", "finn"):
        assert f"{names['anna']} (anna) → {names[who]} ({who})" in message
    assert "capacity of 1" in message
    three.loc[three["employee_id"] == "anna", "capacity"] = "2"
    assert {("anna", "dora"), ("anna", "finn")} <= named(lock(three, ("anna", "dora"), ("anna", "finn")))


def test_a_lock_on_somebody_unknown_suggests_who_was_meant(three: pd.DataFrame) -> None:
    with pytest.raises(rmatch.ProgramError, match=r"no mentor has the id 'anne'.*Did you mean 'anna'"):
        lock(three, ("anne", "dora"))
    with pytest.raises(rmatch.ProgramError, match=r"no mentee has the id 'anna'"):
        lock(three, ("anna", "anna"))
    with pytest.raises(rmatch.ProgramError, match="twice"):
        Lock((("anna", "dora"), ("anna", "dora")))


def test_a_lock_on_oneself_is_refused(three: pd.DataFrame) -> None:
    with pytest.raises(rmatch.InfeasibleError, match=r"\(anna\) → .*\(anna\).*same person"):
        lock(three.assign(role="both"), ("anna", "anna"), rules=())


@pytest.mark.slow
@given(SMALL, programs(objectives=((MostPairs(), Total()), (Total(floor=0.35),))), PICK)
def test_a_plan_with_a_lock_is_the_best_that_has_it(export: Export, program: rmatch.Program, pick: int) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    pair = pick_pair(roster, pick)
    weighed = Weighed.of(roster, program)
    best = weighed.best_with(*pair)
    program = program.model_copy(update={"limits": (Lock((pair,)),)})
    if best is None:
        with pytest.raises(rmatch.InfeasibleError) as caught:
            rmatch.match(roster, program)
        needy = roster.mentors["min_pairs"].any() or roster.mentees["min_pairs"].any()
        assert needy or all(f"({who})" in str(caught.value) for who in pair)
        return
    plan = rmatch.match(roster, program)
    assert pair in named(plan)
    assert plan.certificate.total == best[1]
    assert not weighed.most_pairs or len(plan.pairs) == best[0]
    assert plan.verify()
    assert plan.verify(roster)


@pytest.mark.slow
@given(exports(6, least=2, kinds=(SHARED, NEEDY)), PICK)
def test_locking_pairs_of_a_best_plan_costs_nothing_and_makes_none_of_them_twice(export: Export, pick: int) -> None:
    roster, program = rmatch.from_frame(export.frame()), rmatch.Program(criteria=DEFAULT, rules=())
    try:
        best = rmatch.match(roster, program)
    except rmatch.InfeasibleError:
        assume(False)
    kept = {pair for k, pair in enumerate(sorted(named(best))) if pick >> k & 1}
    plan = rmatch.match(roster, program.model_copy(update={"limits": (Lock(tuple(kept)),)}))
    assert named(plan) >= kept
    assert len(plan.pairs) == len(named(plan)) == len(best.pairs)
    assert (plan.total, plan.bound) == (best.total, best.bound)
    assert plan.verify()


def test_least_numbers_that_cannot_be_met_name_who_falls_short() -> None:
    people, scores = table_of(np.full((1, 3), 0.5), capacity=(2, 1), min_pairs=(0, 1))
    with pytest.raises(rmatch.InfeasibleError, match=r"b\d"):
        rmatch.match(rmatch.from_frame(people), rmatch.Program(criteria=(scores,), rules=()))


@pytest.mark.parametrize(("mentors", "mentees"), [(None, None), (2, None), (None, 3), (2, 3)])
def test_a_capacity_says_in_words_what_it_holds_each_side_to(mentors: int | None, mentees: int | None) -> None:
    words = Capacity(mentors=mentors, mentees=mentees).in_words()
    assert ("each mentor has at most 2" in words) == (mentors == 2)
    assert ("each mentee has at most 3" in words) == (mentees == 3)
    assert ("as the export says" in words) == (mentors is None and mentees is None)
    assert words in rmatch.Program(limits=(Capacity(mentors=mentors, mentees=mentees),))._repr_html_()
