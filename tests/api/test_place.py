"""``place``: one joiner in a plan that stands, beside a whole new solve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import rmatch
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total, WorstPair
from rmatch.rules import Differs

ROUNDING = 64 / SCALE  # the grid of scores may move by some points when somebody joins
PROGRAMS = st.sampled_from(
    [
        None,
        rmatch.Program(rules=(Differs("department"), Differs("location"))),
        *(rmatch.Program(objectives=(Total(floor=floor),)) for floor in (0.0, 0.4, 0.6)),
    ]
)


def people(seed: int, mentors: int, mentees: int, capacity: bool = False, needy: bool = False) -> pd.DataFrame:
    """A workforce without blanks, which would count as an average that moves when somebody joins."""
    draw = np.random.default_rng(seed)
    frame = rmatch.datasets.workforce(mentors, mentees, seed=seed).replace({"": "x"}).assign(manager_id="")
    frame["capacity"] = draw.integers(1, 3, len(frame)).astype(str) if capacity else "1"
    frame["min_pairs"] = np.where(draw.random(len(frame)) < 0.15, "1", "0") if needy else "0"
    return frame


@pytest.mark.slow
@given(
    st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 7), PROGRAMS, st.booleans(), st.booleans(), st.integers(0)
)
def test_what_it_says_of_a_new_solve_is_what_a_new_solve_finds(
    seed: int, mentors: int, mentees: int, program: rmatch.Program | None, capacity: bool, needy: bool, pick: int
) -> None:
    frame = people(seed, mentors + 1, mentees + 1, capacity, needy)
    joiner = pick % len(frame)
    frame.loc[frame.index[joiner], ["capacity", "min_pairs"]] = ["1", "0"]
    who = frame["employee_id"].iloc[joiner]
    whole = rmatch.from_frame(frame)
    try:
        plan = rmatch.match(rmatch.from_frame(frame.drop(frame.index[joiner])), program)
        new = rmatch.match(whole, plan.program)
    except rmatch.InfeasibleError:
        assume(False)
        return
    assert plan.residual is not None
    told = rmatch.place(plan, whole, who)
    floor, scores = plan.model.floor / SCALE, rmatch.score_matrix(whole, plan.program)
    own = scores.loc[who] if told.role == "mentor" else scores[who]
    added = 0.0 if told.partner_id is None else own[told.partner_id] - floor
    assert told.score is None or told.score == own[told.partner_id]
    total = plan.certificate.total / SCALE + added + told.loss
    assert abs(total - new.certificate.total / SCALE) < ROUNDING
    other = plan.named - {*told.undone} | {*told.made}
    assert {*told.undone} <= plan.named
    assert not {*told.made} & plan.named
    assert abs(sum(scores.loc[a, b] - floor for a, b in other) - new.certificate.total / SCALE) < ROUNDING
    if plan.model.most_pairs:
        more = told.pairs_lost
        assert more is not None
        assert len(plan.points) + (told.partner_id is not None) + more == len(new.points) == len(other)
    assert who in str(told)
    assert ("No plan does better" in str(told)) == (told.loss == 0 and not told.pairs_lost)


@pytest.mark.slow
@given(st.integers(0, 10_000), st.booleans())
def test_nobody_who_has_a_partner_moves(seed: int, capacity: bool) -> None:
    frame = people(seed, 6, 5, capacity)
    who = frame["employee_id"].iloc[0]
    plan = rmatch.match(rmatch.from_frame(frame.iloc[1:]))
    told = rmatch.place(plan, rmatch.from_frame(frame), who)
    if told.partner_id is None:
        return
    side = 1 if told.role == "mentor" else 0
    ids, capacities = (plan.model.mentors.ids, plan.model.mentees.ids)[side], plan.model.capacity[side]
    load = sum(pair[side] == told.partner_id for pair in plan.named)
    assert load < capacities[list(ids).index(told.partner_id)]


@pytest.mark.slow
@given(st.integers(0, 10_000), st.sampled_from([None, rmatch.Program(objectives=(Total(),))]), st.booleans(), st.data())
def test_who_was_asked_about_before_changes_nothing(
    seed: int, program: rmatch.Program | None, coarse: bool, data: st.DataObject
) -> None:
    """Each search goes on where the last one ended; where people are much alike many partners are as good."""
    frame = people(seed, 9, 9)
    if coarse:
        alike = ("job_family", "career_path", "tenure_band", "skills_offered", "skills_wanted", "goals")
        frame = frame.assign(**dict.fromkeys(alike, "x"))
        frame["grade"] = np.where(frame["role"] == "mentor", "1", "5")
    joined = data.draw(st.permutations([*frame.index])).copy()[:4]
    whole = rmatch.from_frame(frame)
    try:
        plan = rmatch.match(rmatch.from_frame(frame.drop(joined)), program)
    except rmatch.InfeasibleError:
        assume(False)
        return
    who = frame["employee_id"][joined]
    assume(plan.residual is not None)
    alone = {one: rmatch.place(replace(plan), rmatch.from_frame(frame), one) for one in who}
    assert {one: rmatch.place(plan, whole, one) for one in who} == alone


def test_what_cannot_be_asked_is_a_clear_error() -> None:
    frame = people(2, 6, 5)
    whole = rmatch.from_frame(frame)
    joiner, other = frame.index[frame["role"] == "mentor"][:2]
    who = frame["employee_id"][joiner]
    plan = rmatch.match(rmatch.from_frame(frame.drop(joiner)))
    with pytest.raises(rmatch.RmatchError, match="is in the plan already"):
        rmatch.place(plan, whole, frame["employee_id"][other])
    with pytest.raises(rmatch.RmatchError, match=rf"nobody in the roster has the id '{who}x'.*Did you mean '{who}'"):
        rmatch.place(plan, whole, who + "x")
    with pytest.raises(rmatch.RosterError, match="a roster is needed"):
        rmatch.place(plan, frame, who)  # type: ignore[arg-type]
    mentee = frame["employee_id"][frame["role"] == "mentee"].iloc[0]
    with pytest.raises(rmatch.RmatchError, match=rf"\({mentee}\) is in the plan, but no mentee any more"):
        rmatch.place(plan, rmatch.from_frame(frame[frame["employee_id"] != mentee]), who)
    full = frame.assign(capacity=np.where(frame["employee_id"] == who, "0", "1"))
    with pytest.raises(rmatch.RmatchError, match="has no room for a pair"):
        rmatch.place(plan, rmatch.from_frame(full), who)
    both = frame.assign(role=np.where(frame["employee_id"] == who, "both", frame["role"]))
    with pytest.raises(rmatch.RmatchError, match="would join as mentor and as mentee"):
        rmatch.place(plan, rmatch.from_frame(both), who)
    staged = rmatch.match(
        rmatch.from_frame(frame.drop(joiner)), rmatch.Program(objectives=(MostPairs(), WorstPair(), Total()))
    )
    loose = replace(plan, certificate=replace(plan.certificate, bound=plan.certificate.bound + 1))
    for without in (staged, loose):
        with pytest.raises(rmatch.RmatchError, match="use `rematch`"):
            rmatch.place(without, whole, who)
