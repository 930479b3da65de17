"""Whatever takes a person takes the id, the e-mail address or a name that one person has, and suggests a near one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rmatch
from rmatch.limits import Lock
from rmatch.rules import Exclude

PEOPLE = [
    {"employee_id": "0041", "name": "Ann Lee", "email": "Ann@x.org", "role": "mentor", "skills_offered": "SQL"},
    {"employee_id": "B2", "name": "Bo Rey", "email": "bo@x.org", "role": "mentor", "skills_offered": "Go"},
    {"employee_id": "0077", "name": "Cy Oba", "email": "cy@x.org", "role": "mentee", "skills_wanted": "SQL"},
    {"employee_id": "D4", "name": "Di Um", "email": "di@x.org", "role": "mentee", "skills_wanted": "Go"},
]  # fmt: skip
TERM = {"start": "2026-03-02", "end": "2026-06-26", "meetings": 2}
MENTORS = ("0041", "41", "ann@X.org", "mailto:ann@x.org", "ann lee", "Lee, Ann", "41.0")
MENTEES = ("0077", "77", "CY@x.org", "Cy Oba", "oba, cy")


def plan(**given: Any) -> rmatch.Matching:
    return rmatch.match(rmatch.from_records(PEOPLE), rmatch.Program(term=TERM, **given))


@pytest.mark.parametrize("mentor", MENTORS)
@pytest.mark.parametrize("mentee", MENTEES[:3])
def test_every_question_takes_every_spelling(mentor: str, mentee: str, tmp_path: Path) -> None:
    matching = plan()
    assert matching.pair_ids == [("0041", "0077"), ("B2", "D4")]
    assert (matching.explain(mentor, mentee).mentor_id, matching.explain(mentor, mentee).mentee_id) == ("0041", "0077")
    assert str(matching.why_not(mentor, "di um")) == str(matching.why_not("0041", "D4"))
    assert matching.losses(mentor)["partner_id"].iloc[0] == "0077"
    assert list(matching.alternatives(mentor)["partner_id"]) == list(matching.alternatives("0041")["partner_id"])
    matching.to_ics(tmp_path / "one.ics", mentor, mentee)
    matching.to_ics(tmp_path / "two.ics", "0041", "0077")
    assert (tmp_path / "one.ics").read_bytes() == (tmp_path / "two.ics").read_bytes()


@pytest.mark.parametrize("mentor", MENTORS)
def test_every_rule_limit_and_option_takes_every_spelling(mentor: str) -> None:
    roster = rmatch.from_records(PEOPLE)
    before = plan()
    assert ("0041", "0077") not in plan(rules=(Exclude([(mentor, "cy oba")]),)).named
    assert ("0041", "D4") in plan(limits=(Lock([(mentor, "DI@x.org")]),)).named
    assert ("0041", "0077") in rmatch.rematch(before, roster, keep=[(mentor, "77")]).named
    assert ("0041", "0077") not in rmatch.rematch(before, roster, drop=[(mentor, "cy@x.org")]).named


@pytest.mark.parametrize(
    "ask",
    [
        lambda matching: matching.explain("An Lee", "0077"),
        lambda matching: matching.why_not("An Lee", "0077"),
        lambda matching: matching.alternatives("An Lee"),
        lambda matching: matching.losses("An Lee"),
        lambda matching: matching.to_ics("nowhere.ics", "An Lee", "0077"),
        lambda matching: rmatch.rematch(matching, rmatch.from_records(PEOPLE), drop=[("An Lee", "0077")]),
        lambda matching: rmatch.rematch(matching, rmatch.from_records(PEOPLE), keep=[("An Lee", "0077")]),
        lambda matching: plan(rules=(Exclude([("An Lee", "0077")]),)),
        lambda matching: plan(limits=(Lock([("An Lee", "0077")]),)),
    ],
)
def test_a_near_miss_is_suggested(ask: Callable[[rmatch.Matching], object]) -> None:
    with pytest.raises(rmatch.RmatchError, match="Did you mean 'Ann Lee'"):
        ask(plan())


def test_plans_are_compared_by_who_people_are() -> None:
    spelled = {"0041": "41", "B2": "b2", "0077": "77.0"}
    before = plan()
    again = [{**person, "employee_id": spelled.get(person["employee_id"], person["employee_id"])} for person in PEOPLE]
    after = rmatch.match(rmatch.from_records(again), rmatch.Program(term=TERM))
    told = before.compare(after)
    assert not told
    assert told.kept == (("41", "77.0"), ("b2", "D4"))
    assert told.cost == 0
