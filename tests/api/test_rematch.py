"""``rematch``: the best plan that parts few pairs, beside an integer program; who is gone and why; the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.optimize as so
from hypothesis import given, settings
from hypothesis import strategies as st

import rmatch
from rmatch import cli
from rmatch.factors import SCALE
from rmatch.limits import Changes, Lock
from rmatch.objectives import MostPairs, Priority, Stability, Total
from rmatch.rules import Differs, NoRepeat

pytestmark = pytest.mark.slow

SEEDS = st.integers(0, 10_000)


def people(seed: int, mentors: int = 8, mentees: int = 7) -> pd.DataFrame:
    return rmatch.datasets.workforce(mentors, mentees, n_others=2, seed=seed).assign(capacity="1")


def moved(seed: int, frame: pd.DataFrame, leavers: int = 2, joiners: int = 3) -> pd.DataFrame:
    """The people some months later: some have left, some have come."""
    draw = np.random.default_rng(seed)
    stay = frame.iloc[np.sort(draw.permutation(len(frame))[leavers:])]
    new = people(seed + 1).sample(joiners, random_state=seed)
    return pd.concat([stay, new.assign(employee_id="new" + new["employee_id"], manager_id="")])


def best(roster: rmatch.Roster, earlier: frozenset[tuple[str, str]], most: int) -> tuple[int, int]:
    """Pairs and points of the best plan that parts at most so many pairs that stand, by an integer program."""
    scores = rmatch.score_matrix(roster)
    values = scores.to_numpy()
    i, j = np.nonzero(~np.isnan(values))
    points = np.rint(values[i, j] * SCALE)
    stands = np.array(
        [(str(scores.index[a]), str(scores.columns[b])) in earlier for a, b in zip(i, j, strict=True)], float
    )
    rows = [(i == a).astype(float) for a in range(len(values))] + [
        (j == b).astype(float) for b in range(values.shape[1])
    ]
    each = so.LinearConstraint(np.array(rows), 0, 1)
    kept = so.LinearConstraint(stands[None, :], max(stands.sum() - most, 0), np.inf)
    whole = {"integrality": np.ones(len(i)), "bounds": so.Bounds(0, 1), "options": {"mip_rel_gap": 0.0}}
    first = so.milp(-np.ones(len(i)), constraints=[each, kept], **whole)
    pairs = round(-first.fun)
    settled = so.LinearConstraint(np.ones((1, len(i))), pairs, pairs)
    second = so.milp(-points, constraints=[each, kept, settled], **whole)
    return pairs, round(-second.fun)


@settings(max_examples=20)
@given(SEEDS, st.integers(0, 6))
def test_it_is_the_best_plan_within_the_budget(seed: int, most: int) -> None:
    before = rmatch.match(rmatch.from_frame(people(seed)))
    roster = rmatch.from_frame(moved(seed, people(seed)))
    after = rmatch.rematch(before, roster, max_changes=most)
    pairs, points = best(roster, before.named, most)
    assert len(after.points) == pairs
    assert int(after.points.sum()) == points
    assert after.verify()
    parted = [why for why in before.compare(after).because if "no longer" not in why and "forbidden" not in why]
    assert len(parted) <= most


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 6), st.integers(1, 3))
def test_a_budget_parts_nobody_for_nothing(seed: int, most: int, levels: int) -> None:
    """Scores are so coarse that many plans are equally good: with fewer changes each of them is worse."""
    draw = np.random.default_rng(seed)
    ids = [f"a{k}" for k in range(6)], [f"b{k}" for k in range(6)]
    old, new = (pd.DataFrame(draw.integers(0, levels + 1, (6, 6)) / levels, *ids) for _ in range(2))
    sides = zip(ids, ("mentor", "mentee"), strict=True)
    records = [{"employee_id": id_, "role": role} for side, role in sides for id_ in side]
    roster = rmatch.from_records(records)
    before = rmatch.match(roster, rmatch.Program(criteria=[rmatch.criteria.PairScores(frame=old)], rules=[]))
    program = rmatch.Program(criteria=[rmatch.criteria.PairScores(frame=new)], rules=[])
    after = rmatch.rematch(before, roster, program, max_changes=most)
    changed = len(before.named - after.named)
    assert after.verify()
    assert changed <= most
    if changed:
        fewer = rmatch.rematch(before, roster, program, max_changes=changed - 1)
        assert (len(fewer.points), fewer.total) < (len(after.points), after.total)


@settings(max_examples=8)
@given(SEEDS)
def test_the_curve_rises_and_its_points_are_those_of_single_rematches(seed: int) -> None:
    before = rmatch.match(rmatch.from_frame(people(seed)))
    roster = rmatch.from_frame(moved(seed, people(seed)))
    curve = rmatch.rematch_curve(before, roster)
    free = rmatch.rematch(before, roster)
    assert curve["max_changes"].is_monotonic_increasing
    assert curve["max_changes"].iloc[0] == 0
    assert (curve["changed"] <= curve["max_changes"]).all()
    order = list(zip(curve["pairs"], curve["total"], strict=True))
    assert order == sorted(order)
    assert order[-1] == (len(free.points), free.total)
    assert (curve["gap"] == 0).all()
    one = rmatch.rematch_curve(before, roster, changes=[2, 1, 2])
    assert list(one["max_changes"]) == [1, 2]
    assert one["total"].iloc[0] == rmatch.rematch(before, roster, max_changes=1).total


@given(SEEDS, st.sampled_from([None, 0, 3]))
def test_for_the_same_people_the_best_plan_stays(seed: int, most: int | None) -> None:
    roster = rmatch.from_frame(people(seed))
    before = rmatch.match(roster)
    after = rmatch.rematch(before, roster, max_changes=most)
    assert after.total == before.total
    assert most is None or len(before.compare(after).gone) <= most


@given(SEEDS)
def test_no_change_keeps_every_pair_that_stands_and_says_why_the_others_are_gone(seed: int) -> None:
    before = rmatch.match(rmatch.from_frame(people(seed)))
    frame = moved(seed, people(seed))
    after = rmatch.rematch(before, rmatch.from_frame(frame), max_changes=0)
    difference = before.compare(after)
    here = set(frame["employee_id"])
    for (mentor, mentee), why in zip(difference.gone, difference.because, strict=True):
        left = [role for who, role in ((mentor, "mentor"), (mentee, "mentee")) if who not in here]
        assert left
        assert why == " and ".join(f"{role} no longer here" for role in left)
    assert not [who for _, who in difference.lost if who not in here]
    assert {pair for pairs in difference.gone_by_reason().values() for pair in pairs} == set(difference.gone)


@pytest.fixture
def plan() -> rmatch.Matching:
    return rmatch.match(rmatch.from_frame(people(3)))


def test_what_is_to_stay_stays_and_what_is_to_go_goes_and_neither_is_a_change(plan: rmatch.Matching) -> None:
    roster = rmatch.from_frame(people(3))
    apart, together = plan.pair_ids[:2]
    after = rmatch.rematch(plan, roster, max_changes=0, keep=[together], drop=[apart])
    assert set(plan.named) - after.named == {apart}
    assert after.verify()
    difference = plan.compare(after)
    assert dict(zip(difference.gone, difference.because, strict=True)) == {apart: "not available"}
    assert after.pairs.set_index(["mentor_id", "mentee_id"])["decision"].loc[together] == "lock"


def test_another_role_and_a_new_rule_are_told(plan: rmatch.Matching) -> None:
    frame = people(3)
    mentor, mentee = plan.pair_ids[0]
    frame.loc[frame["employee_id"] == mentor, ["role", "grade"]] = ["mentee", "9"]
    after = rmatch.rematch(plan, rmatch.from_frame(frame))
    difference = plan.compare(after)
    assert (
        dict(zip(difference.gone, difference.because, strict=True))[mentor, mentee] == "mentor no longer in that role"
    )
    same = plan.model.mentors["location"].cells()
    assert len(set(same)) > 1
    program = rmatch.Program(rules=(Differs("location"),))
    strict = rmatch.rematch(plan, rmatch.from_frame(people(3)), program, max_changes=0)
    reasons = plan.compare(strict).gone_by_reason()
    assert set(reasons) <= {"forbidden by differs_location", "separated by the new plan"}
    assert str(plan.compare(strict)).count("Gone (") == len(reasons)


def test_the_program_is_inherited_without_those_who_left(plan: rmatch.Matching) -> None:
    gone, kept = plan.pair_ids[0], plan.pair_ids[1]
    left = plan.waiting[0].employee_id if plan.waiting else plan.pair_ids[2][0]
    objectives = (MostPairs(), Priority(mentors=(left,)), Stability(pairs=(gone, kept)), Total())
    program = plan.program.model_copy(
        update={"limits": (Lock((gone, kept)), Changes((gone,), 1)), "objectives": objectives}
    )
    first = rmatch.match(rmatch.from_frame(people(3)), program)
    frame = people(3)
    later = rmatch.rematch(first, rmatch.from_frame(frame[frame["employee_id"] != gone[0]]), max_changes=1)
    assert [limit for limit in later.program.limits if isinstance(limit, Lock)] == [Lock((kept,))]
    assert [limit.most for limit in later.program.limits if isinstance(limit, Changes)] == [1]
    stability = next(o for o in later.program.objectives if isinstance(o, Stability))
    assert stability.pairs == (kept,)
    told = [note for note in later.left_out if "lock" in note]
    assert told == [f"limits: the lock on ({gone[0]}, {gone[1]}) is left out, they are not both here any more"]
    assert (later.issues["reason"].str.contains("lock on") & (later.issues["severity"] == "info")).any()


def test_objectives_look_at_the_plan_and_rules_at_the_history_before_it(plan: rmatch.Matching) -> None:
    program = rmatch.Program(rules=(NoRepeat(),), objectives=(MostPairs(), Priority(), Stability(), Total()))
    met = pd.DataFrame([plan.pair_ids[0]], columns=["mentor_id", "mentee_id"])
    roster = rmatch.from_frame(people(3))
    after = rmatch.rematch(plan, roster, program, history=met)
    assert plan.pair_ids[0] not in after.named
    filled = {type(o): o for o in after.program.objectives}
    assert set(filled[Stability].pairs) == plan.named
    waiting = {w.employee_id for w in plan.waiting if w.role == "mentor"}
    assert set(filled[Priority].mentors) == waiting
    with pytest.raises(rmatch.ProgramError, match="history"):
        rmatch.rematch(plan, roster, program)


def test_approval_stays_with_a_pair_that_stays(plan: rmatch.Matching) -> None:
    edits = plan.pairs.assign(decision=["approve", *[""] * (len(plan.pairs) - 1)])
    approved = plan.review(edits)
    after = rmatch.rematch(approved, rmatch.from_frame(people(3)), max_changes=0)
    assert after.approved == approved.approved
    assert len(after.approved) == 1


def test_a_plan_read_back_without_its_people_is_enough(plan: rmatch.Matching, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan.json")
    roster = rmatch.from_frame(moved(3, people(3)))
    one, two = (rmatch.rematch(each, roster, max_changes=1) for each in (plan, rmatch.load(tmp_path / "plan.json")))
    assert one.to_json() == two.to_json()


def test_sensitive_columns_change_nobodys_place_and_no_budget(plan: rmatch.Matching) -> None:
    assert plan.total > 0
    frame = people(5, 14, 12).assign(background=["a", "b"] * 14, told="yes")
    program = rmatch.Program.model_validate(
        {
            "columns": {"background": {"use": "score", "sensitive": True, "consent": "told", "purpose": "agreed"}},
            "criteria": [
                {"kind": "skills", "weight": 0.8},
                {"kind": "difference", "column": "background", "weight": 0.2},
            ],
        }
    )
    before = rmatch.match(rmatch.from_frame(frame, program=program), program)
    later = frame.iloc[3:]
    plans = [
        rmatch.rematch(before, rmatch.from_frame(each, program=program), max_changes=2)
        for each in (later, later.assign(background=later["background"].iloc[::-1].to_numpy()))
    ]
    for after in plans:
        assert after.verify()
        assert sum("by the new" in why for why in before.compare(after).because) <= 2
    places = [({a for a, _ in after.named}, {b for _, b in after.named}) for after in plans]
    assert places[0] == places[1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_changes": -1}, "0 or more, not -1"),
        ({"max_changes": 1.5}, "a number of pairs"),
        ({"drop": [("nobody", "x")]}, "`drop`: nobody → x: no mentor has the id 'nobody'"),
        ({"keep": ["ab"]}, "`keep` lists pairs"),
        ({"keep": [(1, 2)]}, "`keep` lists pairs"),
        ({"keep": [("nobody", "x")]}, "no mentor has the id 'nobody'"),
        ({"history": pd.DataFrame({"mentor_id": ["nobody"], "mentee_id": ["x"]})}, "the history names 2 people"),
    ],
)
def test_bad_input_is_a_clear_error(plan: rmatch.Matching, settings: dict[str, object], words: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=words):
        rmatch.rematch(plan, rmatch.from_frame(people(3)), **settings)  # type: ignore[arg-type]


def test_what_is_no_plan_and_what_cannot_be_are_told(plan: rmatch.Matching) -> None:
    roster = rmatch.from_frame(people(3))
    with pytest.raises(rmatch.RmatchError, match="starts from a plan, not from a str"):
        rmatch.rematch("plan", roster)  # type: ignore[arg-type]
    with pytest.raises(rmatch.RosterError, match="a roster is needed"):
        rmatch.rematch(plan, people(3))  # type: ignore[arg-type]
    with pytest.raises(rmatch.InfeasibleError, match="not available"):
        rmatch.rematch(plan, roster, keep=plan.pair_ids[:1], drop=plan.pair_ids[:1])
    tight = plan.program.model_copy(update={"limits": (rmatch.limits.TotalPairs(most=1),)})
    with pytest.raises(rmatch.InfeasibleError, match="earlier pairs given up; at least 5 have to be"):
        rmatch.rematch(plan, roster, tight, max_changes=0)
    with pytest.raises(TypeError, match="a plan is compared with another plan, not with a NoneType"):
        plan.compare(None)  # type: ignore[arg-type]


NAMED = pd.DataFrame(
    {
        "employee_id": ["04", "05", "06", "31", "32", "33"],
        "name": ["Kim Oda", "Lou Pak", "Lou Pak", "Max Quo", "Nia Rue", "Oz Sol"],
        "role": ["mentor"] * 3 + ["mentee"] * 3,
        "site": ["x", "y", "z", "x", "z", "w"],
        "skills_offered": ["sql"] * 3 + [""] * 3,
        "skills_wanted": [""] * 3 + ["sql"] * 3,
    }
)


@pytest.mark.parametrize(
    ("option", "row", "words"),
    [
        ("keep", "44,31", "`--keep`, row 3: 44 → Max Quo (31): no mentor has the id '44'"),
        ("keep", "4,Lou Pak", "row 3: Kim Oda (04) → Lou Pak: no mentee has the id 'Lou Pak'."),
        ("keep", "Lou Pak,33", "row 3: Lou Pak → Oz Sol (33): 'Lou Pak' may be Lou Pak (0"),
        ("keep", "4,31", "the lock on Kim Oda (04) → Max Quo (31) breaks the rule 'differs_site'"),
        ("drop", "Lou Pak,33", "`--drop`, row 3: Lou Pak → Oz Sol (33): 'Lou Pak' may be"),
        ("drop", "4,nobody", "`--drop`, row 3: Kim Oda (04) → nobody: no mentee has the id 'nobody'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_pair_of_the_command_names_both_people_and_the_row(
    option: str,
    row: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    NAMED.to_csv("people.csv", index=False)
    Path("p.toml").write_text('[columns.site]\n[[rules]]\nkind = "differs"\ncolumn = "site"\n')
    Path("pairs.csv").write_text(f"mentor_id,mentee_id\n5,33\n{row}\n")
    assert cli.main(("match", "people.csv", "--program", "p.toml", "--out", "plan")) == cli.DONE
    assert cli.main(("rematch", "plan", "people.csv", f"--{option}", "pairs.csv", "--out", "next")) > cli.DONE
    said = capsys.readouterr().err
    assert words in said
    assert f"`--{option}`, row 3" in said


def test_pairs_to_keep_and_the_history_say_who_was_read_otherwise() -> None:
    first = rmatch.match(rmatch.from_frame(NAMED))
    met = pd.DataFrame({"mentor_id": ["6.0"], "mentee_id": ["Rue, Nia"]})
    after = rmatch.rematch(first, rmatch.from_frame(NAMED), keep=[("4", "33")], history=met)
    assert ("04", "33") in after.named
    assert "'4' is read as Kim Oda (04)" in after.summary()
    assert "'6.0' is read as Lou Pak (06); 'Rue, Nia' is read as Nia Rue (32)" in after.summary()
    assert not any("is read as" in note for note in rmatch.rematch(first, rmatch.from_frame(NAMED)).left_out)
    twice = rmatch.rematch(first, rmatch.from_frame(NAMED), keep={("4", "33"): 2, ("04", "33"): 3})
    assert ("04", "33") in twice.named


def test_a_plan_without_its_people_cannot_tell_why_pairs_are_gone(plan: rmatch.Matching, tmp_path: Path) -> None:
    after = rmatch.rematch(plan, rmatch.from_frame(people(3)), drop=plan.pair_ids[:1])
    after.save(tmp_path / "after.json")
    told = plan.compare(rmatch.load(tmp_path / "after.json"))
    assert told.because == ()
    assert "Gone: " in str(told)
    assert replace(plan.compare(after), because=(), lost=told.lost) == told


# ---------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    people(3).to_csv("people.csv", index=False)
    moved(3, people(3)).to_csv("later.csv", index=False)
    assert cli.main(("match", "people.csv", "--out", "plan")) == cli.DONE
    return tmp_path


def written(folder: str) -> set[tuple[str, ...]]:
    """The pairs of a result."""
    pairs = pd.read_csv(f"{folder}/pairs.csv", dtype=str, encoding="utf-8-sig")[["mentor_id", "mentee_id"]]
    return {tuple(pair) for pair in pairs.to_numpy()}


@pytest.mark.usefixtures("folder")
def test_the_command_writes_a_plan_that_verifies_and_tells_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    words = ("rematch", "plan", "later.csv", "--max-changes", "1", "--curve", "--out", "next")
    assert cli.main((*words, "--json")) == cli.DONE
    said = json.loads(capsys.readouterr().out)
    before, roster = rmatch.load("plan/matching.json"), rmatch.read_csv("later.csv")
    after = rmatch.rematch(before, roster, max_changes=1)
    assert said["difference"]["gone"] == [list(pair) for pair in before.compare(after).gone]
    assert [point["max_changes"] for point in said["curve"]] == list(
        rmatch.rematch_curve(before, roster)["max_changes"]
    )
    assert pd.read_csv("next/curve.csv", encoding="utf-8-sig")["max_changes"].tolist() == [
        point["max_changes"] for point in said["curve"]
    ]
    assert cli.main(("verify", "next", "--workforce", "later.csv")) == cli.DONE
    assert cli.main(words) == cli.DONE
    out = capsys.readouterr().out
    assert "What a budget of changes buys" in out
    assert "0 changes:" in out
    line = json.loads(Path("next/audit.jsonl").read_text().splitlines()[-1])
    assert line["command"] == "rematch"


@pytest.mark.usefixtures("folder")
def test_the_command_reads_pairs_and_history_and_refuses_what_it_does_not_know(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = pd.read_csv("plan/pairs.csv", dtype=str, encoding="utf-8-sig")[["mentor_id", "mentee_id"]]
    first.iloc[:1].to_csv("one.csv", index=False)
    first.iloc[1:2].to_csv("two.csv", index=False)
    Path("p.toml").write_text('[[rules]]\nkind = "no_repeat"\n')
    words = ("rematch", "plan", "people.csv", "--drop", "one.csv", "--keep", "two.csv", "--out", "next")
    assert cli.main(words) == cli.DONE
    after = {
        tuple(pair) for pair in pd.read_csv("next/pairs.csv", dtype=str, encoding="utf-8-sig").iloc[:, :2].to_numpy()
    }
    assert tuple(first.iloc[0]) not in after
    assert tuple(first.iloc[1]) in after
    match = ("match", "people.csv", "--program", "p.toml", "--history", "one.csv", "--out", "again")
    assert cli.main(match) == cli.DONE
    assert tuple(first.iloc[0]) not in written("again")
    Path("one.csv").write_text("mentor_id,mentee_id\nnobody,else\n")
    capsys.readouterr()
    assert cli.main(match) == cli.INPUT
    assert "--unknown ignore" in capsys.readouterr().err
    assert cli.main((*match, "--unknown", "ignore")) == cli.DONE
    assert cli.main((*words, "--force")) == cli.INPUT
    assert cli.main(("rematch", "nowhere", "people.csv", "--out", "next")) == cli.INPUT


def test_no_changes_at_all_are_possible_among_many_people() -> None:
    """Pairs that a limit lists stay among the candidates, also where so many are that others are let go of."""
    frame = rmatch.datasets.workforce(2_100, 2_100, seed=1, levels=0.0).assign(capacity="1")
    frame = frame[frame["role"] != "none"]
    plain = rmatch.match(rmatch.from_frame(frame))
    after = rmatch.from_frame(frame.sample(frac=0.98, random_state=1))
    stayed = {*after.mentors.index}, {*after.mentees.index}
    kept = {(one, other) for one, other in plain.pair_ids if one in stayed[0] and other in stayed[1]}
    again = rmatch.rematch(plain, after, max_changes=0)
    assert kept <= {*again.pair_ids}
    assert again.status is rmatch.Status.OPTIMAL
    assert again.verify()
