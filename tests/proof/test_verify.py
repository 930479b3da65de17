"""Verification accepts every true result and refuses every one that was tampered with."""

from __future__ import annotations

import copy
import json
import shutil
import tomllib
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exports import (
    DEFAULT,
    GAPS,
    PLAIN,
    RULES,
    SHARED,
    Export,
    exports,
    first_candidates_only,
    programs,
    table_of,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from tamperings import PROOFS, SHOWN_ALONE, TAMPERINGS, UNPLACED, Tampering, recorded, sign, stage, verified

import rmatch
from rmatch.cli import main
from rmatch.columns import FloatArray, IntArray, Table
from rmatch.criteria import Criterion
from rmatch.factors import SCALE, Factors, constant
from rmatch.limits import Capacity, Lock
from rmatch.objectives import Total
from rmatch.output.check import check, check_alone
from rmatch.problem.build import prepare
from rmatch.proof import blocks
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import verify
from rmatch.rules import GradeGap
from rmatch.schema.record import MatchingRecord

pytestmark = pytest.mark.slow

# ---------------------------------------------------------------- what is true


@given(exports(6), programs(rules=RULES[:8]), st.booleans())
def test_every_true_result_is_accepted_however_it_is_asked(
    export: Export, program: rmatch.Program, poor_start: bool
) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    try:
        with first_candidates_only() if poor_start else nullcontext():
            matching = rmatch.match(roster, program)
    except rmatch.InfeasibleError:
        return
    assert matching.verify()
    assert matching.verify(roster)
    assert verified(recorded(matching), roster)
    assert check_alone(matching.to_record())
    assert str(matching.verify(roster)).startswith("Verified against the people")
    assert str(check_alone(matching.to_record())).startswith("Verified in itself only")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


def test_a_plan_that_time_cut_short_is_accepted_as_what_it_is() -> None:
    roster = rmatch.from_frame(Export(5, 60, 50, PLAIN).frame())
    with first_candidates_only():
        late = rmatch.match(roster, time_limit=1e-9)
    assert late.status is rmatch.Status.FEASIBLE
    data = recorded(late)
    assert verified(data, roster)
    claimed = copy.deepcopy(data)
    claimed["status"] = "OPTIMAL"
    assert not verified(claimed, roster)
    for lower in (data["certificate"]["total"], data["certificate"]["bound"] - 1):
        forged = copy.deepcopy(data)
        forged["certificate"]["bound"] = stage(forged)["bound"] = lower
        proved = all(proof["value"] == proof["bound"] for proof in forged["certificate"]["stages"])
        forged["status"] = "OPTIMAL" if proved else "FEASIBLE"
        assert "not those that were written" in str(verified(forged, roster))
        sign(forged)
        assert "total: the prices prove" in str(verified(forged, roster))


# ---------------------------------------------------------------- what is not


@pytest.fixture(scope="module", params=[PLAIN, SHARED, GAPS])
def plan(request: pytest.FixtureRequest) -> tuple[rmatch.Roster, rmatch.Matching]:
    roster = rmatch.from_frame(Export(21, 14, 9, request.param).frame())
    matching = rmatch.match(roster, rmatch.Program(criteria=DEFAULT, rules=()))
    assert len(matching.pairs) > 2
    assert set(matching.unmatched["role"]) >= {"mentor"}
    return roster, matching


@pytest.mark.trials
@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_a_tampered_result_is_refused(
    tampering: Tampering, plan: tuple[rmatch.Roster, rmatch.Matching], folder: Path
) -> None:
    roster, matching = plan
    data = recorded(matching)
    assert verified(data, roster)
    tampering(data)
    told = verified(data, roster)
    assert not told
    assert not told.ok
    assert str(told).startswith("Not verified:\n  ")
    record = MatchingRecord.model_validate(data)
    assert tampering not in SHOWN_ALONE or not check_alone(record)
    (folder / "plan.json").write_text(json.dumps(data), encoding="utf-8")
    assert not rmatch.load(folder / "plan.json").verify(roster)
    if tampering in UNPLACED:
        words = "was changed after it was saved" if tampering in PROOFS else "made for other people"
        with pytest.raises(rmatch.RmatchError, match=words):
            rmatch.load(folder / "plan.json", roster)
    else:
        assert not rmatch.load(folder / "plan.json", roster).verify()


@given(st.data())
def test_no_other_plan_passes_for_the_best(data: st.DataObject) -> None:
    """Any lawful plan with fewer pairs or a smaller total, however its certificate is forged, is refused."""
    draw = data.draw
    scores = np.array(draw(st.lists(st.lists(st.integers(0, 8), min_size=4, max_size=4), min_size=4, max_size=4))) / 8
    people, given_scores = table_of(scores)
    program = rmatch.Program(criteria=(given_scores,), rules=())
    roster = rmatch.from_frame(people)
    best = rmatch.match(roster, program)
    order = draw(st.permutations(range(4)))
    points = [int(scores[i, j] * SCALE) for i, j in enumerate(order)]
    assume(sum(points) < best.certificate.total)
    record = recorded(best)
    record["pairs"] = [
        {"mentor_id": f"a{i}", "mentee_id": f"b{j}", "points": p, "parts": [p], "locked": False}
        for (i, j), p in zip(enumerate(order), points, strict=True)
    ]
    certificate, total = record["certificate"], stage(record)
    certificate["total"] = certificate["bound"] = total["value"] = total["bound"] = sum(points)
    for side, letter in (("mentor", "a"), ("mentee", "b")):
        total[f"{side}_prices"] = {f"{letter}{k}": draw(st.integers(-SCALE, SCALE)) for k in range(4)}
    prices = total["mentor_prices"]
    prices["a0"] += sum(points) - sum(prices.values()) - sum(total["mentee_prices"].values())  # they add up to it
    sign(record)
    model = prepare(roster, program)[0]
    assert not check(MatchingRecord.model_validate(record), model)


def test_a_lock_a_rule_or_a_capacity_that_came_later_is_named() -> None:
    frame = Export(21, 14, 9, PLAIN).frame()
    roster = rmatch.from_frame(frame)
    data = recorded(rmatch.match(roster, rmatch.Program(rules=())))
    mentor = data["pairs"][0]["mentor_id"]
    mentee = next(id_ for id_ in roster.mentees.index if id_ != data["pairs"][0]["mentee_id"])
    for family, element, message in (
        (
            "limits",
            Lock(((mentor, mentee),)),
            f"the locked pair Person {mentor} ({mentor}) → Person {mentee} ({mentee}) is missing",
        ),
        ("rules", GradeGap(6), "breaks the rule 'grade_gap'"),
    ):
        changed = copy.deepcopy(data)
        changed["program"][family] = [json.loads(json.dumps(element.to_dict()))]
        assert message in str(verified(changed, roster))
    open_ = rmatch.from_frame(frame.drop(columns="capacity"))
    double = recorded(rmatch.match(open_, rmatch.Program(rules=(), limits=(Capacity(mentors=2, mentees=2),))))
    double["program"]["limits"] = []
    assert "pairs; allowed are 0 to 1" in str(verified(double, open_))
    needy = rmatch.from_frame(frame.assign(min_pairs="1"))
    assert "has 0 pairs; allowed are 1 to 1" in str(verified(data, needy))


def test_nobody_is_both_paired_and_without_a_partner() -> None:
    roster = rmatch.from_frame(Export(21, 14, 9, PLAIN).frame())
    data = recorded(rmatch.match(roster))
    paired = data["pairs"][0]["mentor_id"]
    data["unmatched"][0]["employee_id"] = paired
    assert data["unmatched"][0]["role"] == "mentor"
    assert f"({paired}) is both paired and unmatched as a mentor" in str(verified(data, roster))


def test_other_people_are_noticed() -> None:
    frame = Export(21, 14, 9, PLAIN).frame()
    data = recorded(rmatch.match(rmatch.from_frame(frame)))
    assert not verified(data, rmatch.from_frame(frame.iloc[1:]))
    assert not verified(data, rmatch.from_frame(frame.assign(skills_offered="Python")))
    assert verified(data, rmatch.from_frame(frame.sample(frac=1, random_state=1)))
    more = pd.concat([frame, frame.head(1).assign(employee_id="new")])
    assert "(new) is neither paired" in str(verified(data, rmatch.from_frame(more)))


def test_total_alone_needs_no_cover_and_nothing_settles_the_number() -> None:
    roster = rmatch.from_frame(Export(21, 14, 9, PLAIN).frame())
    data = recorded(rmatch.match(roster, rmatch.Program(rules=(), objectives=(Total(floor=0.4),))))
    assert verified(data, roster)
    assert [proof["name"] for proof in data["certificate"]["stages"]] == ["total"]
    assert stage(data)["multipliers"] == {}
    stage(data)["multipliers"]["most_pairs"] = 1
    sign(data)
    assert "weighs 'most_pairs', which is no limit and no earlier objective" in str(verified(data, roster))


def test_what_a_certificate_does_not_say_is_refused_on_reading(tmp_path: Path) -> None:
    data = recorded(rmatch.match(rmatch.from_frame(Export(21, 14, 9, PLAIN).frame())))
    for where in (data["certificate"], data["certificate"]["stages"][0], data):
        where["trusts"] = ["a solver"]
        (tmp_path / "plan.json").write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(rmatch.RmatchError, match=r"trusts`: Extra inputs are not permitted"):
            rmatch.load(tmp_path / "plan.json")
        del where["trusts"]


# ---------------------------------------------------------------- files


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file of people and the folder of its result, by the command line."""
    place = tmp_path_factory.mktemp("written")
    frame = Export(21, 14, 9, GAPS).frame()
    frame.to_csv(place / "people.csv", index=False)
    assert main(["match", str(place / "people.csv"), "--out", str(place / "plan")]) == 0
    return place / "people.csv", place / "plan"


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    code = main(words)
    return code, capsys.readouterr().out


def test_the_command_accepts_a_true_folder(written: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    people, plan = written
    code, text = told(["verify", str(plan), "--workforce", str(people)], capsys)
    assert (code, text.startswith("Verified against the people")) == (0, True)
    code, text = told(["verify", str(plan)], capsys)
    assert (code, text.startswith("Verified in itself only")) == (0, True)
    assert rmatch.Program.model_validate(tomllib.loads((plan / "program.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["pairs.csv", "unmatched.csv", "everyone.csv", "issues.csv", "program.toml"])
@pytest.mark.parametrize("how", ["changed", "longer", "shorter", "gone"])
def test_the_command_notices_a_change_in_any_file(
    name: str, how: str, written: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people, plan = written
    copied = shutil.copytree(plan, tmp_path / "plan")
    assert told(["verify", str(copied)], capsys)[0] == 0
    victim = copied / name
    text = victim.read_bytes()
    if how == "gone":
        victim.unlink()
    else:
        lines = text.splitlines(keepends=True)
        last = lines[-1].rstrip() + b"x\n" if how == "changed" else b""
        victim.write_bytes(b"".join(lines[:-1]) + last if how != "longer" else text + lines[-1])
    for words in (["verify", str(copied)], ["verify", str(copied), "--workforce", str(people)]):
        code, said = told(words, capsys)
        assert code == 5
        assert name in said


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda tampering: tampering.__name__)
def test_the_command_notices_a_tampered_record(
    tampering: Tampering, written: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people, plan = written
    copied = shutil.copytree(plan, tmp_path / "plan")
    data = json.loads((copied / "matching.json").read_text(encoding="utf-8"))
    tampering(data)
    (copied / "matching.json").write_text(json.dumps(data), encoding="utf-8")
    code, said = told(["verify", str(copied), "--workforce", str(people)], capsys)
    assert code in (4, 5)
    assert code == 4 or said.startswith("Not verified")


# ---------------------------------------------------------------- the check itself, without a record's own in front


def told_of(matching: rmatch.Matching, **changed: Any) -> str:
    """What the check says of a plan with some of its claims changed."""
    claims: dict[str, Any] = {
        "pairs": matching.chosen, "points": matching.points, "parts": matching.parts,
        "certificate": matching.certificate, "proved": True,
    }  # fmt: skip
    model = matching.model
    return str(verify(problem_of(matching.program, model.mentors, model.mentees), **(claims | changed)))


@pytest.mark.parametrize("few", [0, 1 << 22])  # scores on a thread of their own, or not
def test_each_claim_of_a_plan_is_checked_by_itself(
    plan: tuple[rmatch.Roster, rmatch.Matching], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rmatch.proof.verify._FEW", few)
    _, matching = plan
    certificate, parts = matching.certificate, matching.parts
    assert told_of(matching) == str(matching.verify()).replace("accounts, ", "")
    i, j = (np.append(side, side[:1]) for side in matching.chosen)
    more = {"points": np.append(matching.points, matching.points[:1]), "parts": np.column_stack([parts, parts[:, :1]])}
    assert "is made 2 times" in told_of(matching, pairs=(i, j), **more)
    assert "the plan has 4 criteria, the program 5" in told_of(matching, parts=parts[1:])
    assert "scores" in told_of(matching, points=matching.points + 1)
    number, total = certificate.stages
    pairs, room = number.value, int(matching.model.capacity[0].sum())
    nothing = {"mentor_prices": 0 * number.mentor_prices, "mentee_prices": 0 * number.mentee_prices}
    high = replace(total, bound=total.bound + room * SCALE, mentor_prices=total.mentor_prices + SCALE)
    for claim, words in (
        ({"stages": (replace(number, value=pairs + 1, bound=pairs + 1), total)}, f"value is {pairs}, not {pairs + 1}"),
        ({"stages": (replace(number, bound=pairs - 1), total)}, "lies below the value"),
        ({"stages": (replace(number, **nothing), total)}, "most_pairs: the prices prove"),
        ({"stages": (number, replace(total, mentee_prices=0 * total.mentee_prices))}, "total: the prices prove"),
        ({"stages": (number, replace(total, mentee_prices=total.mentee_prices[:-1]))}, "are for other people"),
        ({"stages": (number, replace(total, scale=0))}, "its scale is 0"),
        ({"stages": (total,)}, "the certificate is for other objectives"),
        ({"stages": ()}, "the total and its bound are not those of the proofs"),
        ({"total": certificate.total + 1}, "the pairs add up to"),
        ({"bound": certificate.bound + 1}, "the total and its bound are not those of the proofs"),
        ({"stages": (number, high), "bound": high.bound}, "so the plan is not proved best"),
    ):
        assert words in told_of(matching, certificate=replace(certificate, **claim))  # type: ignore[arg-type]
    assert told_of(matching, certificate=replace(certificate, stages=(number, high), bound=high.bound), proved=False)


@dataclass(frozen=True)
class Boastful(Criterion):
    """Somebody's own criterion that scores more than 1."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        """One and a half for all."""
        return constant(1.5, len(mentors.ids), len(mentees.ids))


def test_scores_beyond_one_are_noticed_though_all_agree_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody refused them before."""
    for place in ("problem.build.refuse_ranges", "solve.run.refuse_scores"):
        monkeypatch.setattr(f"rmatch.{place}", lambda *_: None)
    roster = rmatch.from_frame(Export(21, 6, 5, PLAIN).frame())
    matching = rmatch.match(roster, rmatch.Program(criteria=(Boastful(),), rules=()))
    assert matching.total == len(matching.pairs) * 1.5
    assert "scores outside [0, 1]" in str(matching.verify())


@given(st.integers(0, 1000), st.booleans())
def test_blocks_are_the_scores_in_whichever_kind_of_number(seed: int, priced: bool) -> None:
    """Narrow numbers where no part of a sum can leave them, and the same as wide ones."""
    model, _ = prepare(rmatch.from_frame(rmatch.datasets.workforce(9, 7, seed=seed)), None)
    problem = problem_of(model.program, model.mentors, model.mentees)
    draw = np.random.default_rng(seed)
    prices = tuple(draw.integers(-(1 << 20), 1 << 20, size).astype(float) for size in model.shape) if priced else None
    i, j = np.indices(model.shape).reshape(2, -1)
    expected = model.points(i, j).reshape(model.shape).astype(float)
    if prices is not None:
        expected = expected - prices[0][:, None] - prices[1]

    def told() -> tuple[np.ndarray, set[type]]:
        full, kinds = np.zeros(model.shape), set()

        def look(rows: IntArray, columns: IntArray, points: FloatArray) -> tuple[IntArray, IntArray]:
            full[np.ix_(rows, columns)] = points
            kinds.add(points.dtype.type)
            return rows[:0], columns[:0]

        found = blocks.each_block(problem.scores, problem.bands, look, lambda i, j: (i, j), prices)
        assert all(len(i) == 0 for i, _ in found)
        return full, kinds

    narrow, kinds = told()
    assert kinds == {np.float32}
    assert (narrow == expected).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_largest", lambda *_: np.inf)
        wide, kinds = told()
    assert kinds == {np.float64}
    assert (wide == expected).all()
    with pytest.MonkeyPatch.context() as patch:
        for name, size in zip(("_ROWS", "_COLUMNS"), draw.integers(1, 5, 2).tolist(), strict=True):
            patch.setattr(blocks, name, size)
        for often in (0.0, 2.0):  # every column among those that many share, and none
            patch.setattr(blocks, "_OFTEN", often)
            assert (told()[0] == expected).all()


def test_a_cover_is_told_where_places_alone_prove_the_number_of_pairs() -> None:
    """Every eligible pair takes a place of somebody in it, and all their places are used."""
    roster = rmatch.from_frame(rmatch.datasets.workforce(9, 7, seed=3).assign(capacity="1"))
    plan = rmatch.match(roster)
    cover = plan.certificate.cover
    assert cover is not None
    i, j = (side.ravel() for side in np.indices(plan.model.shape))
    assert (cover[0][i] | cover[1][j])[plan.model.eligible(i, j)].all()
    places = sum(int(most[some].sum()) for most, some in zip(plan.model.capacity, cover, strict=True))
    assert places == len(plan.pair_ids)
    value_first = plan.value_first(0.1)
    assert value_first.certificate.cover is None
