"""Every answer and every refusal that is about somebody says the name beside the id, where the files show one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rmatch
from rmatch._util.quoted import SHOWN, arrow, called, names_of, with_names
from rmatch.columns import Category, Register, Table
from rmatch.limits import Lock, Spread
from rmatch.output.check import check
from rmatch.output.report import View, report_html
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import broken_limits, broken_rules
from rmatch.rules import Exclude, GradeGap

NAMES = {"m1": "Ann Lee", "m2": "Bo Roe", "m3": "Cy Fox", "s1": "Di Orr", "s2": "Ed Poe"}


def people(**changes: dict[str, str]) -> pd.DataFrame:
    """Three juniors and two seniors with names; ``changes`` give cells by id."""
    frame = pd.DataFrame(
        {
            "employee_id": list(NAMES),
            "name": list(NAMES.values()),
            "role": ["mentor"] * 3 + ["mentee"] * 2,
            "skills_offered": ["SQL"] * 3 + [""] * 2,
            "skills_wanted": [""] * 3 + ["SQL"] * 2,
            "grade": ["1", "2", "3", "7", "8"],
            "department": ["A", "B", "A", "B", "C"],
        }
    )
    return frame.assign(**{c: [of.get(who, "") for who in NAMES] for c, of in changes.items()})


def solved(frame: pd.DataFrame, **families: object) -> rmatch.Matching:
    program = rmatch.Program(**families)  # type: ignore[arg-type]
    return rmatch.match(rmatch.from_frame(frame, program=program), program)


def said(act: Callable[[], object]) -> str:
    """What an answer or a refusal says."""
    try:
        return str(act())
    except rmatch.RmatchError as error:
        return str(error)


def answers(frame: pd.DataFrame) -> dict[str, tuple[str, list[str]]]:
    """What is said, and the ids of those of whom it must speak."""
    plan = solved(frame)
    free = next(who for who in ("m1", "m2", "m3") if who not in set(plan.pairs["mentor_id"]))
    mentor, mentee = plan.pair_ids[0]
    lock = Lock((("m1", "s1"), ("m1", "s2")))
    low = people(grade={"m1": "9", "m2": "2", "m3": "3", "s1": "7", "s2": "8"}).assign(name=frame.get("name", ""))
    needy = frame.assign(min_pairs=["", "", "", "", "3"], capacity=["1"] * 4 + ["9"])
    edits = pd.DataFrame({"mentor_id": ["m2", "m2"], "mentee_id": ["s1", "s2"]})
    joined = solved(frame[frame["employee_id"] != free])
    joiner = rmatch.place(joined, rmatch.from_frame(frame), free)
    return {
        "explain": (said(lambda: plan.explain(mentor, mentee)), [mentor, mentee]),
        "next best": (said(lambda: plan.explain(mentor, mentee).next_best[0]), [mentor]),
        "why not": (said(lambda: plan.why_not(free, mentee)), [free, mentee]),
        "place": (str(joiner), [free]),
        "nowhere": (said(lambda: rmatch.place(plan, rmatch.from_frame(frame), "m1")), ["m1"]),
        "locks": (said(lambda: solved(frame, limits=(lock,))), ["m1", "s1", "s2"]),
        "rule": (said(lambda: solved(low, limits=(Lock((("m1", "s1"),)),), rules=(GradeGap(1),))), ["m1", "s1"]),
        "least": (said(lambda: solved(needy.assign(min_pairs=["", "", "", "", "4"]))), ["s2"]),
        "edits": (said(lambda: plan.review(edits)), ["m2"]),
        "too few": (solved(frame.assign(grade=["1", "3", "3", "2", "2"])).summary(), ["s1", "s2"]),
        "best": (_best(plan), [mentor, mentee]),
    }


def _best(plan: rmatch.Matching) -> str:
    from rmatch.analysis.summary import best_pair

    return best_pair(plan)


def test_messages_name_people_where_names_are_known_and_give_ids_alone_where_not() -> None:
    for kind, (text, who) in answers(people()).items():
        for each in who:
            if each in text:
                assert f"{NAMES[each]} ({each})" in text, kind
        assert any(NAMES[each] in text for each in who), kind
    for kind, (text, who) in answers(people().drop(columns="name")).items():
        assert not any(name in text for name in NAMES.values()), kind
        assert any(each in text for each in who), kind


def test_what_is_wrong_with_a_plan_names_people_too() -> None:
    plan = solved(people(), rules=(GradeGap(1), Exclude((("m3", "s2"),))), limits=(Spread("mentor", "department"),))
    model = plan.model
    problem = problem_of(plan.program, model.mentors, model.mentees)
    at = [int(np.flatnonzero(model.mentors.ids == "m3")[0]), int(np.flatnonzero(model.mentees.ids == "s2")[0])]
    i, j = np.array(at[:1]), np.array(at[1:])
    (rule,) = broken_rules(problem, i, j)
    assert rule == "the pair Cy Fox (m3) → Ed Poe (s2) breaks the rule 'not available'"
    twice = list(broken_limits(problem, np.repeat(i, 2), np.repeat(j, 2)))
    assert "the pair Cy Fox (m3) → Ed Poe (s2) is made 2 times" in twice
    assert any(line.startswith("Cy Fox (m3) has 2 pairs; allowed are 0 to 1") for line in twice)
    record = plan.to_record()
    first = record.pairs[0]
    wrong = record.model_copy(
        update={"pairs": (first.model_copy(update={"points": first.points + 1}), *record.pairs[1:])}
    )
    who = f"{NAMES[first.mentor_id]} ({first.mentor_id}) → {NAMES[first.mentee_id]} ({first.mentee_id})"
    assert f"the parts of {who} do not sum to its score" in str(check(wrong, model))


@pytest.mark.parametrize("name", ["Ann Lee", "", "x" * 200])
def test_a_name_stands_before_the_id_and_is_cut_where_nobody_reads_on(name: str) -> None:
    told = called("m1", {"m1": name} if name else {})
    assert told == (f"{name} (m1)" if 0 < len(name) <= SHOWN else "m1" if not name else f"{name[: SHOWN - 1]}… (m1)")
    assert arrow("m1", "s1", {"m1": name}) == f"{told} → s1"


def test_names_come_from_a_side_that_shows_them_and_then_for_everybody_in_the_files() -> None:
    ids = np.array(["a", "b"], dtype=object)
    register = Register(ids, np.array(["a@x", ""], dtype=object), np.array(["Ann", "Bo"], dtype=object), np.arange(2))
    cells = Category(np.array([0]), np.array(["Ann"], dtype=object))
    bare, full = Table(ids[1:], {}, register=register), Table(ids[:1], {"name": cells}, register=register)
    assert names_of(bare, bare) == {}
    assert names_of(full, bare) == {"a": "Ann", "b": "Bo"}
    assert names_of(Table(ids[:1], {"name": cells}), Table(ids[1:], {})) == {"a": "Ann"}
    assert names_of(Table(ids[:1], {"email": cells}, register=register), bare, "email") == {"a": "Ann", "b": ""}


def test_notes_of_what_was_read_otherwise_name_people_and_a_saved_plan_holds_ids_alone(tmp_path: Path) -> None:
    frame = people().assign(employee_id=["07", "08", "09", "21", "22"])
    program = rmatch.Program(limits=(Lock((("7", "Poe, Ed"),)),))
    history = pd.DataFrame({"mentor_id": ["9"], "mentee_id": ["21.0"]})
    roster = rmatch.from_frame(frame)
    plan = rmatch.match(roster, program, history=history)
    read = "'7' is read as Ann Lee (07), 'Poe, Ed' is read as Ed Poe (22)", "'9' is read as Cy Fox (09)"
    for each in read:
        assert each in plan.summary()
        assert plan.issues["reason"].str.contains(each, regex=False).any()
    saved = plan.save(tmp_path / "plan.json") or (tmp_path / "plan.json").read_text(encoding="utf-8")
    assert "'7' is read as '07'" in saved
    assert "Ann Lee" not in saved
    loaded = rmatch.load(tmp_path / "plan.json", roster)
    assert loaded.summary() == plan.summary()
    assert rmatch.load(tmp_path / "plan.json").notes == plan.left_out
    bare = rmatch.match(rmatch.from_frame(frame.drop(columns="name")), rmatch.Program(limits=(Lock((("7", "22"),)),)))
    assert "'7' is read as '07'" in bare.summary()
    assert with_names("'a' is read as \"o'x\"", {"o'x": "Ann"}) == "'a' is read as Ann (o'x)"
    report = report_html(plan, View.DIRECTOR).decode(), report_html(plan, View.OWNER).decode()
    assert ["Ann Lee (07)" in page for page in report] == [False, True]


def test_people_of_a_shortage_are_named_beside_their_ids_and_saved_by_them() -> None:
    frame = people(grade={"m1": "1", "m2": "3", "m3": "3", "s1": "2", "s2": "2"})
    plan = solved(frame, rules=(GradeGap(1),))
    (left,) = (each for each in plan.waiting if each.role == "mentee")
    assert "Di Orr (s1), Ed Poe (s2)" in left.detail
    assert "(s1, s2)" in left.recorded
    assert left.detail in plan.unmatched["detail"].tolist()[-1]
    record = plan.to_record()
    assert left.recorded in [each.detail for each in record.unmatched]
    assert check(record, plan.model)


def test_two_ids_of_one_address_and_a_circle_of_managers_are_named() -> None:
    both = people(email={"m1": "a@x.org", "m2": "A@x.org"}, manager_id={"s1": "s2", "s2": "s1"})
    said = " ".join(rmatch.from_frame(both).issues["reason"])
    assert "beside the ids Ann Lee (m1) and Bo Roe (m2)" in said
    assert "'Di Orr (s1)', 'Ed Poe (s2)'" in said
    bare = " ".join(rmatch.from_frame(both.drop(columns="name")).issues["reason"])
    assert "beside the ids 'm1' and 'm2'" in bare
    assert "'s1', 's2'" in bare


def test_somebody_in_another_role_is_named_where_a_plan_is_held_against_the_people() -> None:
    plan = solved(people())
    mentor = plan.pair_ids[0][0]
    turned = people(role=dict.fromkeys(NAMES, "mentor") | {"s1": "mentee", "s2": "mentee", mentor: "mentee"})
    told = str(plan.verify(rmatch.from_frame(turned)))
    assert f"{NAMES[mentor]} ({mentor}) is no mentor" in told
