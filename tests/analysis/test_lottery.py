"""Whom only the lottery left out: looked up, and found by solving again with each partner."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exports import NEEDY, PLAIN, SHARED, TIED, Export, exports, programs, solved, table_of
from hypothesis import given

import rmatch
from rmatch.analysis import lottery
from rmatch.criteria import Skills
from rmatch.limits import Lock, Share


def as_good_with_them(matching: rmatch.Matching) -> set[tuple[str, str]]:
    """Who of those whose partners are placed elsewhere has a partner with whom a plan is as good."""
    found = set()
    for who in matching.waiting:
        if who.reason is not rmatch.Reason.PARTNERS_BETTER_PLACED:
            continue
        others = matching.alternatives(who.employee_id, best=1000).query(f"role == '{who.role}'")
        for other in others["partner_id"]:
            pair = (who.employee_id, other) if who.role == "mentor" else (other, who.employee_id)
            try:
                forced = matching.solve_again(limits=(*matching.program.limits, Lock((pair,))))
            except rmatch.InfeasibleError:
                continue
            same = len(forced.points) == len(matching.points) or not matching.model.most_pairs
            if same and forced.certificate.total == matching.certificate.total:
                found.add((who.role, who.employee_id))
    return found


@pytest.mark.slow
@given(exports(6, kinds=(PLAIN, TIED, SHARED, NEEDY)), programs())
def test_the_lottery_is_named_where_solving_again_finds_a_plan_as_good(export: Export, program: rmatch.Program) -> None:
    _, matching = solved(export, program)
    assert matching.by_lottery == as_good_with_them(matching)


def crowd(mentors: int, **skills: str) -> pd.DataFrame:
    """One mentee who wants SQL, and mentors who all offer it or, by their ids, something else."""
    rows = [(f"a{k}", "mentor", skills.get(f"a{k}", "SQL"), "") for k in range(mentors)]
    return pd.DataFrame(
        [*rows, ("x", "mentee", "", "SQL")], columns=["employee_id", "role", "skills_offered", "skills_wanted"]
    )


def matched(people: pd.DataFrame, **families: object) -> rmatch.Matching:
    program = rmatch.Program(criteria=(Skills(),), rules=(), **families)  # type: ignore[arg-type]
    return rmatch.match(rmatch.from_frame(people), program)


def test_it_is_said_to_everybody_whom_the_lottery_left_out_and_to_nobody_else() -> None:
    matching = matched(crowd(4, a3="Rust"), seed=7)
    left = matching.unmatched.set_index("employee_id")
    drawn = {who for _, who in matching.by_lottery or ()}
    assert drawn == {"a0", "a1", "a2"} & set(left.index)
    assert len(drawn) == 2
    plain = "The one suitable mentee is matched with someone else."
    other = f"{plain} Another plan that is just as good would include them; the lottery (seed 7) decided."
    assert left["detail"].to_dict() == {who: other if who in drawn else plain for who in left.index}
    assert (
        "3 mentors have no partner: everyone they could be paired with is matched with someone else. "
        "For 2 of them another plan that is just as good would include them; the lottery (seed 7) decided."
    ) in matching.summary()
    assert "For each of them another plan" in matched(crowd(3)).summary()
    assert "someone else. Another plan that" in matched(crowd(2)).summary()
    assert "lottery" not in matched(crowd(2, a0="Rust")).summary()


def test_another_seed_draws_another_winner() -> None:
    assert len({matched(crowd(4), seed=seed).named for seed in range(12)}) > 1


def test_nothing_is_told_where_prices_do_not_tell_losses(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    people = crowd(3).assign(department=["it", "law", "it", "it"])
    assert matched(people, limits=(Share(column="department", least=0.0),)).by_lottery is None
    assert matched(people, limits=(Lock((("a1", "x"),)),)).by_lottery is None
    told = matched(people)
    assert told.by_lottery
    told.save(f"{tmp_path}/plan.json")
    assert rmatch.load(f"{tmp_path}/plan.json").by_lottery is None
    assert rmatch.load(f"{tmp_path}/plan.json", rmatch.from_frame(people)).by_lottery == told.by_lottery
    monkeypatch.setattr(lottery, "MOST_REPORTED", 2)
    assert matched(people).by_lottery is None
    assert "lottery" not in matched(people).summary()


def test_partners_with_room_are_not_said_to_be_matched_with_someone_else() -> None:
    """All pairs have to cross departments, and only one mentor is not of the mentees' department."""
    people, table = table_of(np.array([[1.0, 0.0], [0.0, 0.9]]))
    people["department"] = ["it", "law", "law", "law"]
    program = rmatch.Program(criteria=(table,), rules=(), limits=(Share(column="department", least=1.0),))
    matching = rmatch.match(rmatch.from_frame(people), program)
    assert len(matching.pairs) == 1
    assert matching.unmatched.set_index("employee_id").loc["b1", ["reason", "detail"]].tolist() == [
        "LIMIT_REACHED",
        "1 of the 2 suitable mentors has room left, but a limit or an objective stands against the pair.",
    ]
    assert "someone else" not in matching.summary()


def test_partners_without_a_place_are_not_said_to_be_matched_with_someone_else() -> None:
    people, table = table_of(np.array([[1.0, 0.5], [0.9, 0.4]]), capacity=(1, 1))
    people.loc[people["employee_id"] == "b1", "capacity"] = "0"
    matching = rmatch.match(rmatch.from_frame(people), rmatch.Program(criteria=(table,), rules=()))
    left = matching.unmatched.set_index("employee_id").loc["a1"]
    assert left[["reason", "eligible"]].tolist() == ["PARTNERS_BETTER_PLACED", 2]
    assert left["detail"] == "The one suitable mentee is matched with someone else."
