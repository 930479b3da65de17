"""A plan edited by hand: every decision is kept, all the rest is best, and what cannot be is named by its row."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exports import GAPS, KINDS, NEEDY, PICK, PLAIN, SHARED, SMALL, Export, exports, named, programs, solved, table_of
from hypothesis import assume, given

import rmatch
from rmatch._util.files import csv_bytes
from rmatch.api.load import restore
from rmatch.criteria import PairScores
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.rules import Exclude
from rmatch.schema.record import MatchingRecord

WORDS = ("", "", "approve", "lock", "reject", "gone", " Approve ", "LOCK")


def edited(matching: rmatch.Matching, pick: int) -> pd.DataFrame:
    """The pairs with a decision beside each, some rows gone, in another order."""
    draw = np.random.default_rng(pick)
    frame = matching.pairs.assign(decision=draw.choice(WORDS, len(matching.pairs)))
    frame = frame[frame["decision"] != "gone"]
    return frame.iloc[draw.permutation(len(frame))]


def ids(frame: pd.DataFrame, *words: str) -> set[tuple[str, str]]:
    some = frame[frame["decision"].str.strip().str.lower().isin(words)]
    return set(zip(some["mentor_id"], some["mentee_id"], strict=True))


# ---------------------------------------------------------------- laws


@pytest.mark.slow
@given(SMALL, programs(), PICK)
def test_without_an_edit_nothing_changes(export: Export, program: rmatch.Program, pick: int) -> None:
    _, matching = solved(export, program)
    shuffled = matching.pairs.sample(frac=1, random_state=pick % 99)
    as_text = pd.read_csv(io.BytesIO(csv_bytes(matching.pairs)), dtype=str, keep_default_na=False)
    for frame in (
        matching.pairs,
        shuffled,
        as_text,
        matching.pairs.assign(decision=""),
        shuffled.assign(decision=None),
    ):
        again = matching.review(frame)
        assert again.to_json() == matching.to_json()
        assert csv_bytes(again.pairs) == csv_bytes(matching.pairs)
    assert matching.state == "draft"
    assert '"state": "draft"' in matching.to_json()


@pytest.mark.slow
@given(exports(5), programs(), PICK)
def test_a_review_is_the_best_plan_that_keeps_to_the_decisions(
    export: Export, program: rmatch.Program, pick: int
) -> None:
    roster, matching = solved(export, program)
    frame = edited(matching, pick)
    assume(len(frame) or not len(matching.pairs))
    locked, approved = ids(frame, "approve", "lock"), ids(frame, "approve")
    rejected = named(matching) - ids(frame, "", "approve", "lock")
    assume(not {pair[::-1] for pair in rejected} & locked)
    told = rmatch.Program(
        seed=program.seed,
        criteria=program.criteria,
        rules=(*program.rules, Exclude(tuple(sorted(rejected)))),
        limits=(Lock(tuple(sorted(locked))),),
        objectives=program.objectives,
    )
    try:
        after = matching.review(frame)
    except rmatch.InfeasibleError:
        with pytest.raises(rmatch.InfeasibleError):
            rmatch.match(roster, told)
        return
    expected = rmatch.match(roster, told)
    assert after.pairs.equals(replace(expected, approved=frozenset(approved)).pairs)
    assert (after.total, after.status) == (expected.total, expected.status)
    assert locked <= named(after)
    assert not rejected & named(after)
    assert after.approved == approved
    assert after.state == ("approved" if named(after) and named(after) <= approved else "draft")
    assert after.verify()
    assert after.verify(roster)
    assert after.review(after.pairs).to_json() == after.to_json()


@pytest.mark.trials
@pytest.mark.slow
@given(exports(5, kinds=(PLAIN, SHARED, NEEDY)))
def test_decisions_survive_saving_and_a_second_review(export: Export) -> None:
    roster, matching = solved(export)
    assume(len(matching.pairs) > 1)
    first = matching.review(matching.pairs.assign(decision=["approve", *[""] * (len(matching.pairs) - 1)]))
    record = first.to_json()
    assert first.review(first.pairs) is first
    loaded = restore(MatchingRecord.model_validate_json(record), roster)
    for other in (loaded, loaded.review(loaded.pairs[["mentor_id", "mentee_id"]])):
        assert other.to_json() == record
        assert other.pairs.equals(first.pairs)
        assert (other.state, other.approved) == (first.state, first.approved)
    second = loaded.review(loaded.pairs.assign(decision="approve"))
    assert second.state == "approved"
    assert second.verify(roster)
    assert named(second) == named(first)
    try:
        taken_back = second.review(second.pairs.iloc[1:])
    except rmatch.InfeasibleError:
        return
    assert taken_back.approved == named(second) - {second.pair_ids[0]}


@pytest.mark.slow
@given(exports(6, kinds=KINDS[:2]), PICK)
def test_the_difference_counts_what_changed_and_what_it_cost(export: Export, pick: int) -> None:
    _, matching = solved(export)
    assume(len(matching.pairs))
    frame = edited(matching, pick)
    assume(len(frame))
    after = matching.review(frame)
    told = matching.compare(after, "these decisions")
    assert set(told.kept) == named(matching) & named(after)
    assert set(told.new) == named(after) - named(matching)
    assert set(told.gone) == named(matching) - named(after)
    assert told.cost * SCALE == matching.points.sum() - after.points.sum()
    assert (told.pairs_before, told.pairs_after) == (len(matching.pairs), len(after.pairs))
    assert told.mean_after == pytest.approx(after.pairs["score"].mean() if len(after.pairs) else 0)
    waiting = {(u.role, u.employee_id) for u in after.waiting} - {(u.role, u.employee_id) for u in matching.waiting}
    assert set(told.lost) == waiting
    assert bool(told) == (named(matching) != named(after))
    assert bool(told) == ("these decisions" in str(told))


# ---------------------------------------------------------------- the ways to edit


def scored(scores: np.ndarray, ids: list[str] | None = None) -> rmatch.Matching:
    """The plan for a table of scores, of mentors and mentees with these ids."""
    people, table = table_of(scores)
    assert table.frame is not None
    frame = table.frame
    if ids is not None:
        people["employee_id"] = ids
        frame = frame.set_axis(ids[: len(scores)]).set_axis(ids[len(scores) :], axis=1)
    return rmatch.match(rmatch.from_frame(people), rmatch.Program(criteria=(PairScores(frame=frame),), rules=()))


@pytest.fixture(scope="module")
def plan() -> rmatch.Matching:
    return scored(np.array([[0.9, 0.8, 0.1], [0.8, 0.1, 0.2], [0.3, 0.2, np.nan]]))


def rows(*lines: str) -> pd.DataFrame:
    return pd.DataFrame([line.split() + [""] * (3 - len(line.split())) for line in lines], columns=COLUMNS)


COLUMNS = ["mentor_id", "mentee_id", "decision"]


def test_each_way_to_edit_does_what_it_says(plan: rmatch.Matching) -> None:
    assert named(plan) == {("a0", "b1"), ("a1", "b2"), ("a2", "b0")}
    gone = plan.review(rows("a1 b2", "a2 b0"))
    assert ("a0", "b1") not in named(gone)
    assert gone.program.rules == (Exclude((("a0", "b1"),)),)
    assert plan.review(rows("a0 b1 reject", "a1 b2", "a2 b0")).to_json() == gone.to_json()
    changed = plan.review(rows("a0 b0", "a1 b2", "a2 b1"))
    assert named(changed) == {("a0", "b0"), ("a1", "b2"), ("a2", "b1")}
    assert changed.program.limits == (Lock((("a0", "b0"), ("a2", "b1"))),)
    assert changed.program.rules == (Exclude((("a0", "b1"), ("a2", "b0"))),)
    approved = plan.review(rows("a0 b1 approve", "a1 b2 lock", "a2 b0"))
    words = {("a0", "b1"): "approve", ("a1", "b2"): "lock", ("a2", "b0"): ""}
    assert approved.decisions == [words[pair] for pair in approved.pair_ids]
    assert approved.pairs["decision"].tolist() == approved.decisions
    assert "decision" not in plan.pairs
    assert named(plan.review(rows("a0 b1 reject", "a1 b2 reject", "a2 b0 reject", "a0 b0"))) >= {("a0", "b0")}


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_a_list_of_an_earlier_plan_is_refused(seed: int) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(14, 12, seed=seed))
    plan = rmatch.match(roster)
    frame = plan.pairs.assign(decision="")
    frame.loc[frame.index[1], "decision"] = "reject"
    after = plan.review(frame)
    moved = set(plan.pair_ids) - set(after.pair_ids)
    assert len(moved) > 1, "the people of the rejected pair have taken other partners"
    with pytest.raises(rmatch.EditsError, match="has been rejected before"):
        after.review(frame)
    again = after.pairs.assign(decision="")
    assert after.review(pd.concat([again, frame.iloc[[1]]])).pair_ids == after.pair_ids, "nothing else is new"


def test_a_locked_pair_that_is_rejected_later_is_let_go(plan: rmatch.Matching) -> None:
    locked = plan.review(rows("a0 b1 approve", "a1 b2", "a2 b0 lock"))
    later = locked.review(rows("a0 b1 reject", "a1 b2", "a2 b0"))
    assert later.program.limits == (Lock((("a2", "b0"),)),)
    assert later.program.rules == (Exclude((("a0", "b1"),)),)
    assert later.approved == frozenset()


def test_a_plan_is_approved_when_each_pair_is(plan: rmatch.Matching) -> None:
    assert plan.state == "draft"
    most = plan.review(rows("a0 b1 approve", "a1 b2 approve", "a2 b0"))
    assert most.state == "draft"
    assert most.review(rows("a0 b1", "a1 b2", "a2 b0 approve")).state == "approved"
    nobody = scored(np.array([[np.nan]]))
    assert nobody.state == "draft"
    assert nobody.review(nobody.pairs) is nobody


# ---------------------------------------------------------------- what cannot be


def problems(plan: rmatch.Matching, frame: object) -> list[tuple[int, str]]:
    with pytest.raises(rmatch.EditsError) as caught:
        plan.review(frame)  # type: ignore[arg-type]
    issues = caught.value.issues
    assert list(issues) == ["file", "row", "column", "value", "severity", "reason", "remedy"]
    assert all(reason in str(caught.value) for reason in issues["reason"])
    assert issues["remedy"].str.len().all()
    return [
        (0 if row is pd.NA else int(row), reason) for row, reason in zip(issues["row"], issues["reason"], strict=True)
    ]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["a0 b1", "a9 b2", "a2 b0"], [(3, "no mentor has the id 'a9'")]),
        (["a0 b1", "a1 a2", "a2 b0"], [(3, "no mentee has the id 'a2'")]),
        (["a0 b1", "a1 b1", "a2 b0"], [(row, "the mentee b1 has 2 pairs, but may have 1") for row in (2, 3)]),
        (["a0 b1", "a0 b1 lock", "a2 b0"], [(3, "a0 → b1 stands in row 2 already")]),
        (["a0 b1", "a1 b0", "a2 b2 approve"], [(4, "a2 → b2 is not allowed: pair_scores")]),
        (["a0 b1 approved", "a1 b2 yes", "a2 b0"], [(2, "'approved' is no decision"), (3, "'yes' is no decision")]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_by_its_row(plan: rmatch.Matching, lines: list[str], found: list) -> None:
    assert problems(plan, rows(*lines)) == found


def test_whoever_has_the_other_role_is_not_suggested_again(plan: rmatch.Matching) -> None:
    for line in ("b1 a0", "a1 a2"):
        with pytest.raises(rmatch.EditsError, match=r"in the files, but not in that role\.$") as caught:
            plan.review(rows("a0 b1", line))
        assert "Did you mean" not in str(caught.value)


def test_all_problems_come_at_once(plan: rmatch.Matching) -> None:
    frame = rows("a9 b1", "a0 b1 aprove", "a1 b2", "a2 b2", "a1 b0")
    frame.loc[5] = ["", "b1", ""]
    told = problems(plan, frame)
    assert [row for row, _ in told] == [2, 3, 4, 4, 5, 5, 6, 7]
    with pytest.raises(rmatch.EditsError, match="8 problems; nothing was changed") as caught:
        plan.review(frame)
    assert "Did you mean 'approve'?" in str(caught.value)


def test_a_forbidden_pair_names_its_rule_but_an_exclusion_only_that_it_is_not_available() -> None:
    frame = Export(5, 4, 4, PLAIN).frame().assign(grade=["1", "1", "1", "1", "5", "5", "5", "1"], manager_id="")
    roster = rmatch.from_frame(frame)
    mentors, mentees = list(roster.mentors.index), list(roster.mentees.index)
    program = rmatch.Program(rules=(rmatch.rules.GradeGap(1), Exclude(((mentors[0], mentees[0]),))))
    matching = rmatch.match(roster, program)
    low = frame.loc[7, "employee_id"]
    told = problems(
        matching, pd.DataFrame([(mentors[0], mentees[0], "approve"), (mentors[1], low, "")], columns=COLUMNS)
    )
    assert told == [
        (2, f"Person {mentors[0]} ({mentors[0]}) → Person {mentees[0]} ({mentees[0]}) is not allowed: not available"),
        (3, f"Person {mentors[1]} ({mentors[1]}) → Person {low} ({low}) is not allowed: grade_gap"),
    ]


def test_two_people_who_are_rejected_do_not_meet_the_other_way_round_either() -> None:
    people = pd.DataFrame({"employee_id": ["x", "y"], "role": "both", "skills_offered": "a", "skills_wanted": "a"})
    matching = rmatch.match(rmatch.from_frame(people), rmatch.Program(criteria=(rmatch.criteria.Skills(),), rules=()))
    assert named(matching) == {("x", "y"), ("y", "x")}
    assert named(matching.review(rows("x y reject", "y x"))) == set()
    assert problems(matching, rows("x y reject", "y x lock"))[0][0] == 3
    locked = matching.review(rows("x y", "y x lock"))
    assert problems(locked, rows("y x")) == [
        (2, "y → x is to stand, but the same two are rejected the other way round")
    ]


def test_zeros_that_a_spreadsheet_took_are_put_back_and_said() -> None:
    matching = scored(np.full((2, 2), 0.5), ["007", "08", "0", "00x"])
    pairs = matching.pairs[["mentor_id", "mentee_id"]]
    eaten = pairs.assign(mentor_id=pairs["mentor_id"].str.lstrip("0").astype(int), decision="lock")
    locked = matching.review(eaten)
    assert locked.named == matching.named
    assert any("'7' is read as '007'" in note for note in locked.left_out)
    assert "'8' is read as '08'" in locked.summary()
    assert matching.review(pairs) is matching


def test_ids_that_a_csv_of_ours_made_harmless_are_known_again() -> None:
    matching = scored(np.array([[0.9, 0.1], [0.1, 0.9]]), ["=a0", "'-a1", "+b0", "＠b1"])
    as_text = pd.read_csv(io.BytesIO(csv_bytes(matching.pairs)), dtype=str, keep_default_na=False)
    assert set(as_text["mentor_id"]) == {"'=a0", "'-a1"}
    assert matching.review(as_text) is matching
    assert matching.review(matching.pairs) is matching
    twins = scored(np.array([[0.9, 0.1], [0.1, 0.9]]), ["=a0", "'=a0", "+b0", "b1"])
    assert [row for row, _ in problems(twins, pd.DataFrame([("'=a0", "b1", "")], columns=COLUMNS))] == [2]


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (pd.DataFrame({"mentor_id": ["a0"], "mentee": ["b1"]}), "no column 'mentee_id'.*Is it 'mentee'"),
        (pd.DataFrame({"x": ["a0"]}), "no column 'mentor_id'"),
        (pd.DataFrame([("a0", "b1", "c")], columns=["mentor_id", "mentee_id", "mentor_id"]), "2 columns 'mentor_id'"),
        (pd.DataFrame([("a0", "b1", "lock")], columns=["mentor_id", "mentee_id", "Decisions"]), "column 'Decisions'"),
        (pd.DataFrame(columns=COLUMNS), "headers, but no pairs"),
        ([1, 2], "no table"),
    ],
)  # fmt: skip
def test_a_table_that_is_no_edited_plan(plan: rmatch.Matching, frame: object, word: str) -> None:
    with pytest.raises(rmatch.EditsError, match=word):
        plan.review(frame)  # type: ignore[arg-type]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("write", ["comma", "semicolon", "utf-16", "headers", "blank rows"])
def test_a_csv_file_as_a_spreadsheet_may_save_it(plan: rmatch.Matching, tmp_path: Path, write: str) -> None:
    frame = rows("a0 b1 approve", "a1 b2", "a2 b0")
    text = frame.to_csv(index=False, sep=";" if write == "semicolon" else ",")
    if write == "headers":
        text = text.replace("mentor_id", "Mentor ID").replace("decision", " Decision")
    if write == "blank rows":
        text = text.replace("a1,b2,", ",,\na1,b2,") + "\n,,\n"
    (tmp_path / "e.csv").write_bytes(text.encode("utf-16" if write == "utf-16" else "utf-8-sig"))
    assert plan.review(tmp_path / "e.csv").to_json() == plan.review(frame).to_json()


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"", "empty"), (b"xyz\0", "NUL"), (b"mentor_id,mentee_id\na0,b1,c,d\n", "row 2"), (b"PK\x03\x04", "workbook"),
     (b'mentor_id,mentee_id\na0,"b1\n', "quote"), (b"mentor_id,mentee_id\na\xe9,b1\n", "UTF-8")],
)  # fmt: skip
def test_a_file_that_cannot_be_read(plan: rmatch.Matching, tmp_path: Path, data: bytes, word: str) -> None:
    (tmp_path / "e.csv").write_bytes(data)
    with pytest.raises(rmatch.EditsError, match=word):
        plan.review(tmp_path / "e.csv")
    with pytest.raises(rmatch.EditsError, match=r"no file .*other\.csv"):
        plan.review(tmp_path / "other.csv")


def test_a_workbook_is_read_by_its_sheet_of_pairs(plan: rmatch.Matching, tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="python-calamine is not installed: no workbook is read")
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed: no workbook is written")
    frame = rows("a0 b1 approve", "a1 b2 reject", "a2 b0")
    with xlsxwriter.Workbook(tmp_path / "e.xlsx") as book:
        book.add_worksheet("Summary").write_string(0, 0, "3 pairs")
        sheet = book.add_worksheet("Pairs")
        for r, line in enumerate([COLUMNS, *frame.to_numpy().tolist()]):
            for c, cell in enumerate(line):
                sheet.write_string(r, c, cell)
    assert plan.review(tmp_path / "e.xlsx").to_json() == plan.review(frame).to_json()
    (tmp_path / "no.xlsx").write_bytes(b"nothing")
    for name, said in (("no.xlsx", "no Excel workbook"), ("missing.xlsx", "missing.xlsx")):
        with pytest.raises(rmatch.EditsError, match=said):
            plan.review(tmp_path / name)


def test_a_plan_without_its_people_or_with_others_is_not_reviewed(tmp_path: Path) -> None:
    frame = Export(8, 6, 6, GAPS).frame()
    matching = rmatch.match(rmatch.from_frame(frame))
    matching.save(tmp_path / "plan.json")
    with pytest.raises(rmatch.RmatchError, match="roster="):
        rmatch.load(tmp_path / "plan.json").review(matching.pairs)
    assert rmatch.load(tmp_path / "plan.json", rmatch.from_frame(frame)).review(matching.pairs)
    others = rmatch.from_frame(frame.assign(skills_offered="Python"))
    with pytest.raises(rmatch.RosterError, match="the people have changed since the plan was made: match again"):
        rmatch.load(tmp_path / "plan.json", others).review(matching.pairs)


@pytest.mark.parametrize("more", ["foo", "Age", "cost centre"])
def test_columns_that_nothing_reads_do_not_change_the_people(tmp_path: Path, more: str) -> None:
    frame = Export(8, 6, 6, GAPS).frame()
    frame[more] = [str(k) for k in range(len(frame))]
    matching = rmatch.match(rmatch.from_frame(frame))
    matching.save(tmp_path / "plan.json")
    again = rmatch.from_frame(frame, program=matching.program)
    loaded = rmatch.load(tmp_path / "plan.json", again)
    assert loaded.review(matching.pairs.iloc[1:]).to_json() == matching.review(matching.pairs.iloc[1:]).to_json()


@pytest.mark.parametrize(
    ("before", "after", "new", "said"),
    [
        (3.0, 2.5, (("a", "x"),), "Cost of a change: 0.5 of 3.000000 in total."),
        (3.0, 2.5, (), "Cost of a change: 0.5 of 3.000000 in total, and 1 pair."),
        (2.0, 2.25, (("a", "x"),), "Gain of a change: 0.25 on 2.000000 in total."),
        (2.0, 2.25, (), "Gain of a change: 0.25 on 2.000000 in total, though 1 pair fewer."),
    ],
)
def test_what_was_lost_is_not_told_as_gained(before: float, after: float, new: tuple, said: str) -> None:
    difference = rmatch.Difference((("b", "y"),), new, (("a", "z"),), before, after, cause="a change")
    assert said in str(difference)
