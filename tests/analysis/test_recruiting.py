"""``recruit``: whom to invite, beside every choice of people that could be invited."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rmatch
from rmatch.rules import Differs, GradeGap, Shares

pytestmark = pytest.mark.slow

PROGRAM = rmatch.Program(rules=(GradeGap(at_least=1), Differs("department"), Differs("location")))


def company(seed: int, mentors: int, mentees: int) -> pd.DataFrame:
    frame = rmatch.datasets.workforce(mentors, mentees, seed=seed).assign(capacity="1", manager_id="")
    return frame[frame["role"] != "none"]


def parted(seed: int, mentors: int, mentees: int, outside: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The whole company, and its people who take part: some of the mentors do not."""
    frame = company(seed, mentors, mentees)
    out = frame["employee_id"][frame["role"] == "mentor"].iloc[:outside]
    return frame, frame[~frame["employee_id"].isin(out)]


@settings(max_examples=8)
@given(st.integers(0, 5_000), st.integers(1, 3))
def test_no_other_choice_of_so_many_places_more(seed: int, best: int) -> None:
    whole, inside = parted(seed, 6, 6, outside=4)
    matching = rmatch.match(rmatch.from_frame(inside), PROGRAM)
    told = matching.recruit(whole, best=best)
    outside = whole[~whole["employee_id"].isin(inside["employee_id"])]
    assert len(told.invitations) <= best
    assert set(told.invitations["employee_id"]) <= set(outside["employee_id"])
    most = max(
        len(rmatch.match(rmatch.from_frame(pd.concat([inside, outside.iloc[list(some)]])), PROGRAM).points)
        for size in range(best + 1)
        for some in combinations(range(len(outside)), size)
    )
    assert len(told.placed) >= most - len(matching.points)
    joined = pd.concat([inside, outside[outside["employee_id"].isin(told.invitations["employee_id"])]])
    assert len(rmatch.match(rmatch.from_frame(joined), PROGRAM).points) == most
    assert len(told.invitations) == most - len(matching.points)
    waiting = {who.employee_id for who in matching.waiting if who.role == "mentee"}
    assert set(told.placed) <= waiting
    assert told.waiting == len(waiting)


@pytest.mark.trials
@settings(max_examples=10)
@given(st.integers(0, 5_000), st.booleans())
def test_so_many_are_placed_in_the_next_match_as_is_said(seed: int, times: bool) -> None:
    """Where all have room for several, and where they must share a time; ``min_pairs`` do not bind who joins."""
    rules = (*PROGRAM.rules, *((Shares("availability"),) if times else ()))
    program = PROGRAM.model_copy(update={"rules": rules})
    frame = rmatch.datasets.workforce(14, 12, seed=seed).assign(manager_id="")
    whole = frame[frame["role"] != "none"]
    out = whole["employee_id"][whole["role"] == "mentor"].iloc[:10]
    inside, outside = (whole[whole["employee_id"].isin(out) == there] for there in (False, True))
    matching = rmatch.match(rmatch.from_frame(inside), program)
    told = matching.recruit(outside.assign(capacity="2", min_pairs="1"), best=4)
    waiting = {who.employee_id for who in matching.waiting if who.role == "mentee"}
    joined = outside.assign(capacity="2", min_pairs="")
    for k, placed in enumerate(told.invitations["placed"], 1):
        some = joined[joined["employee_id"].isin(told.invitations["employee_id"][:k])]
        then = rmatch.match(rmatch.from_frame(pd.concat([inside, some])), program)
        assert placed == len({mentee for _, mentee in then.named} & waiting)
    assert len(told.placed) == (told.invitations["placed"].iloc[-1] if len(told.invitations) else 0)


def seniors_parted(seed: int, mentors: int, mentees: int, outside: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The whole company, and its people who take part: some of the mentees do not."""
    frame = company(seed, mentors, mentees)
    out = frame["employee_id"][frame["role"] == "mentee"].iloc[:outside]
    return frame, frame[~frame["employee_id"].isin(out)]


@pytest.mark.trials
@settings(max_examples=20)
@given(st.integers(0, 5_000), st.integers(1, 3), st.sampled_from(["1", "2"]))
def test_no_other_choice_of_so_many_seniors_places_more_juniors(seed: int, best: int, capacity: str) -> None:
    whole, inside = seniors_parted(seed, 6, 6, outside=4)
    outside = whole[~whole["employee_id"].isin(inside["employee_id"])].assign(capacity=capacity)
    matching = rmatch.match(rmatch.from_frame(inside), PROGRAM)
    told = matching.recruit(outside, best=best, side="mentee")
    waiting = {who.employee_id for who in matching.waiting if who.role == "mentor"}
    assert len(told.invitations) <= best
    assert set(told.placed) <= waiting
    assert (told.waiting, told.side) == (len(waiting), "mentee")
    assert set(told.invitations["employee_id"]) <= set(outside["employee_id"])
    most = max(
        len(rmatch.match(rmatch.from_frame(pd.concat([inside, outside.iloc[list(some)]])), PROGRAM).points)
        for size in range(best + 1)
        for some in combinations(range(len(outside)), size)
    )
    joined = pd.concat([inside, outside[outside["employee_id"].isin(told.invitations["employee_id"])]])
    then = rmatch.match(rmatch.from_frame(joined), PROGRAM)
    assert len(then.points) == most
    assert set(told.placed) == {mentor for mentor, _ in then.named} & waiting
    for row in told.invitations.itertuples():
        assert set(row.mentor_id.split("; ")) == {mentor for mentor, mentee in then.named if mentee == row.employee_id}


def test_seniors_are_invited_for_juniors_who_wait() -> None:
    whole, inside = seniors_parted(4, 20, 30, outside=20)
    matching = rmatch.match(rmatch.from_frame(inside))
    told = matching.recruit(whole, best=4, side="mentee")
    assert str(told) == f"These 4 invitations place {len(told.placed)} of {told.waiting} waiting juniors."
    assert "mentor_id" in told.invitations
    assert "mentee_id" not in told.invitations
    assert matching.recruit(rmatch.from_frame(whole), best=4, side="mentee").invitations.equals(told.invitations)
    bare = whole[["employee_id", "department", "location", "grade"]]
    assert matching.recruit(bare, best=5, side="mentee").profiles["invite"].sum() == 5
    everybody = rmatch.match(rmatch.from_frame(whole))
    assert str(everybody.recruit(whole, side="mentee")) == "Nobody is waiting for a mentee."
    nobody = whole[whole["role"] == "mentor"].assign(employee_id="X" + whole["employee_id"].astype(str), grade="0")
    told = matching.recruit(nobody, side="mentee")
    assert str(told).startswith("Nobody in the directory could be mentored by any of the ")
    with pytest.raises(rmatch.RmatchError, match="`side` says whom to invite"):
        matching.recruit(whole, side="both")  # type: ignore[arg-type]


@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_the_demand_says_whom_to_ask_for_each_skill_in_want(side: str) -> None:
    whole, inside = parted(4, 40, 30, outside=25) if side == "mentor" else seniors_parted(4, 40, 30, outside=25)
    matching = rmatch.match(rmatch.from_frame(inside))
    demand = matching.recruit(whole, best=1, side=side).demand  # type: ignore[arg-type]
    assert list(demand) == ["skill", "wanted", "offered", "could", "ask"]
    outside = whole[~whole["employee_id"].isin(inside["employee_id"])].set_index("employee_id")

    def people(frame: pd.DataFrame, column: str, skill: str) -> set[str]:
        named = frame[column].map(lambda cell: skill in [word.split(":")[0].strip() for word in cell.split(";")])
        return set(frame.index[named])

    assert len(demand) > 3
    asked = matching.recruit(whole, best=1, side=side)  # type: ignore[arg-type]
    first = "I can teach:" if side == "mentor" else "I want to learn:"
    assert asked.checklist(2).splitlines() == [first, *(f"[ ] {skill}" for skill in demand["skill"].head(2))]
    assert replace(asked, demand=demand.head(0)).checklist() == ""
    lacks = []
    own = inside.set_index("employee_id")
    juniors, seniors = own[own["role"] == "mentor"], own[own["role"] == "mentee"]
    for row in demand.itertuples():
        assert row.wanted == len(people(seniors, "skills_wanted", row.skill))
        assert row.offered == len(people(juniors, "skills_offered", row.skill))
        able = people(outside, "skills_offered" if side == "mentor" else "skills_wanted", row.skill)
        named = {id_ for id_ in row.ask.split("; ") if id_}
        assert named <= able
        assert (len(named), row.could) == (min(len(able), 10), len(able))
        lacks.append(row.wanted - row.offered if side == "mentor" else row.offered - row.wanted)
    assert lacks == sorted(lacks, reverse=True)
    assert lacks[-1] > 0
    bare = whole[["employee_id", "department", "grade"]]
    assert set(matching.recruit(bare, best=1, side=side).demand["could"]) == {0}  # type: ignore[arg-type]


def test_nobody_is_invited_for_nothing() -> None:
    """Where no joiner could be anybody's partner, though the directory is full."""
    _, inside = parted(4, 12, 8, outside=9)
    program = PROGRAM.model_copy(update={"rules": (*PROGRAM.rules, Shares("availability"))})
    matching = rmatch.match(rmatch.from_frame(inside), program)
    others = company(9, 20, 1).assign(availability="")
    told = matching.recruit(others.assign(employee_id="D" + others["employee_id"].astype(str)), best=6)
    assert told.waiting
    assert told.invitations.empty
    assert str(told).startswith("Nobody in the directory could mentor any of the ")


@pytest.mark.trials
def test_every_kind_of_directory_gives_the_same_invitations(tmp_path: Path) -> None:
    whole, inside = parted(4, 30, 20, outside=20)
    matching = rmatch.match(rmatch.from_frame(inside))
    whole.to_csv(tmp_path / "company.csv", index=False)
    found = matching.recruit(whole, best=4)
    assert str(found) == f"These 4 invitations place {len(found.placed)} of {found.waiting} waiting seniors."
    for directory in (
        tmp_path / "company.csv",
        whole.to_dict("records"),
        pl.from_pandas(whole),
        rmatch.from_frame(whole),
        rmatch.from_frame(whole.assign(min_pairs="1")),
        whole.assign(capacity=""),
        whole.rename(columns={"role": "Role", "capacity": "Capacity"}),
    ):
        assert matching.recruit(directory, best=4).invitations.equals(found.invitations)
    loaded = rmatch.load(_saved(matching, tmp_path), rmatch.from_frame(inside))
    assert loaded.recruit(whole, best=4).invitations.equals(found.invitations)
    assert len(matching.recruit(whole, best=1).invitations) == 1
    assert str(matching.recruit(whole, best=1)).startswith("This invitation places ")
    with pytest.raises(rmatch.RmatchError, match="roster="):
        rmatch.load(_saved(matching, tmp_path)).recruit(whole)


def test_who_has_room_for_several_takes_the_place_of_several() -> None:
    """Whether the directory says so or the program, which lets everybody have as many."""
    whole, inside = parted(4, 30, 20, outside=20)
    one = rmatch.match(rmatch.from_frame(inside)).recruit(whole, best=12)
    assert len(one.placed) == len(one.invitations) == one.waiting
    roomy = whole.assign(capacity="3")
    for matching in (
        rmatch.match(rmatch.from_frame(inside)),
        rmatch.match(rmatch.from_frame(inside), rmatch.Program(limits=(rmatch.limits.Capacity(mentors=3),))),
    ):
        three = matching.recruit(roomy, best=12)
        assert three.waiting == len(three.placed)
        assert 3 * len(three.invitations) >= three.waiting
        assert len(three.invitations) <= max(-(-three.waiting // 3), len(one.invitations) - 1)
        assert three.invitations["employee_id"].is_unique
        assert all(1 <= len(row.split("; ")) <= 3 for row in three.invitations["mentee_id"])


def _saved(matching: rmatch.Matching, folder: Path) -> Path:
    matching.save(folder / "plan.json")
    return folder / "plan.json"


def test_a_directory_without_profiles_tells_whom_to_ask_by_kind() -> None:
    whole, inside = parted(4, 40, 20, outside=30)
    matching = rmatch.match(rmatch.from_frame(inside), PROGRAM)
    bare = whole[["employee_id", "department", "location", "grade"]]
    told = matching.recruit(bare, best=5)
    assert told.profiles["invite"].sum() == len(told.invitations) > 0
    assert (told.profiles["invite"] <= told.profiles["people"]).all()
    assert list(told.profiles)[:3] == ["department", "location", "grade"]
    kinds = bare.groupby(["department", "location", "grade"]).size()
    for row in told.profiles.itertuples():
        assert row.people <= kinds[row.department, row.location, row.grade]


def test_where_there_is_nobody_to_invite_or_to_place_it_says_so() -> None:
    whole, inside = parted(4, 12, 6, outside=4)
    matching = rmatch.match(rmatch.from_frame(whole))
    waiting = [who for who in matching.waiting if who.role == "mentee"]
    assert not waiting
    assert str(matching.recruit(whole)) == "Nobody is waiting for a mentor."
    few = rmatch.match(rmatch.from_frame(inside[(inside["role"] == "mentee") | (inside.index % 9 == 0)]))
    assert [who for who in few.waiting if who.role == "mentee"]
    told = few.recruit(inside[inside["role"] == "mentee"])
    assert str(told).startswith("Nobody in the directory could mentor any of the ")
    assert told.invitations.empty
    assert told.profiles.empty
    with pytest.raises(rmatch.RmatchError, match="1 or more, not 0"):
        few.recruit(whole, best=0)
    with pytest.raises(rmatch.RosterError, match="no table of people"):
        few.recruit([1, 2])  # type: ignore[list-item]


@pytest.mark.trials
@pytest.mark.parametrize("name", ["location", "department", "grade", "gender"])
@pytest.mark.parametrize(("source", "use"), [(None, "score"), ("Origin", "audit"), ("Origin", "score")])
def test_a_column_that_stands_apart_is_neither_read_nor_shown(
    name: str, source: str | None, use: str, tmp_path: Path
) -> None:
    """Be it under its own name, under that of the header that feeds it, or in a file whose headers are missing."""
    secret = "zzqsecret"
    score = {"consent": "ok", "purpose": "partners unlike oneself"} if use == "score" else {}
    column = {"use": use, "sensitive": True, "source": source, **score}
    steering = [{"kind": "difference", "column": name, "weight": 0.2}] if use == "score" else []
    program = rmatch.Program.model_validate(
        {"columns": {name: column}, "criteria": [{"kind": "skills", "weight": 1}, *steering], "rules": []}
    )
    cells = {name: secret, "Origin": secret, "ok": "yes"}
    inside, outside = company(2, 6, 14).assign(**cells), company(9, 20, 1).assign(**cells)
    outside = outside.assign(employee_id="D" + outside["employee_id"].astype(str))
    matching = rmatch.match(rmatch.from_frame(inside, program=program), program)
    outside.to_csv(tmp_path / "company.csv", index=False)
    directories = (outside, tmp_path / "company.csv", outside.to_dict("records"), rmatch.from_frame(outside))
    for directory in directories:
        told = matching.recruit(directory, best=3)
        assert len(told.invitations) == 3
        assert secret not in f"{told.invitations.to_csv()}{told.profiles.to_csv()}{told!r}"
        assert {name, "Origin", "ok"}.isdisjoint({*told.invitations, *told.profiles})
    outside.to_csv(tmp_path / "headless.csv", index=False, header=False)
    with pytest.raises(rmatch.RosterError) as refused:
        matching.recruit(tmp_path / "headless.csv")
    assert secret not in str(refused.value)


def test_columns_that_only_limits_and_objectives_name_are_read_of_joiners_too() -> None:
    """Otherwise a limit on them would not bind whoever joins, and the next match would be another."""
    whole, inside = parted(4, 30, 20, outside=20)
    whole, inside = (frame.assign(guild=["North", "South"] * (len(frame) // 2) + ["North"] * (len(frame) % 2))
                     for frame in (whole, inside))  # fmt: skip
    whole.loc[whole["employee_id"].isin(inside["employee_id"]), "guild"] = inside["guild"].to_numpy()
    limit = rmatch.limits.Group("mentor", "guild", "North", most=6)
    program = PROGRAM.model_copy(update={"limits": (limit,)})
    matching = rmatch.match(rmatch.from_frame(inside, program=program), program)
    told = matching.recruit(whole, best=8)
    joined = whole[whole["employee_id"].isin([*inside["employee_id"], *told.invitations["employee_id"]])]
    then = rmatch.match(rmatch.from_frame(joined, program=program), program)
    guild = whole.set_index("employee_id")["guild"]
    assert sum(guild[mentor] == "North" for mentor, _ in then.named) <= 6
    waiting = {who.employee_id for who in matching.waiting if who.role == "mentee"}
    assert {*told.placed} == {mentee for _, mentee in then.named} & waiting
    assert told.placed


def test_who_takes_part_is_not_invited_under_another_spelling() -> None:
    people = [
        {"employee_id": "007", "email": "an@x.org", "role": "mentor", "skills_offered": "SQL"},
        {"employee_id": "d1", "email": "di@x.org", "role": "mentee", "skills_wanted": "SQL"},
        {"employee_id": "D2", "email": "el@x.org", "role": "mentee", "skills_wanted": "SQL"},
    ]
    matching = rmatch.match(rmatch.from_records(people))
    outside = [{"employee_id": "7"}, {"employee_id": "9", "email": "AN@x.org"}, {"employee_id": "D1"}]
    again = [{"email": "", **person, "skills_offered": "SQL"} for person in outside]
    assert matching.recruit(pd.DataFrame(again), best=5).invitations.empty
    joined = matching.recruit(
        pd.DataFrame([*again, {"employee_id": "8", "email": "", "skills_offered": "SQL"}]), best=5
    )
    assert list(joined.invitations["employee_id"]) == ["8"]
