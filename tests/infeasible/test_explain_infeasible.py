"""When no plan keeps the limits: the fewest that conflict, what is out of reach, and what would help, each tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from strangers import holders

import rmatch
from rmatch.errors import InfeasibleError
from rmatch.limits import Group, Limit, Share, Spread, TotalPairs
from rmatch.objectives import MostPairs, Total
from rmatch.problem.build import prepare
from rmatch.proof.certificate import StageProof
from rmatch.proof.check import impossible
from rmatch.proof.problem import problem_of
from rmatch.rows import Part, People, Row
from rmatch.rules import Rule, Same

pytestmark = pytest.mark.slow

PEOPLE = [
    {"employee_id": f"a{k}", "role": "mentor", "department": "IT" if k < 4 else "HR", "location": "Rome"}
    for k in range(6)
] + [
    {"employee_id": f"b{k}", "role": "mentee", "department": "IT" if k < 3 else "Ops", "location": "Oslo"}
    for k in range(6)
]


def refused(*limits: Limit, rules: tuple[Rule, ...] = (), **more: str) -> str:
    roster = rmatch.from_records(
        [{**person, "skills_offered": "SQL", "skills_wanted": "SQL", **more} for person in PEOPLE]
    )
    program = rmatch.Program(
        criteria=[rmatch.criteria.Skills()], rules=rules, limits=limits, objectives=(MostPairs(), Total())
    )
    with pytest.raises(InfeasibleError) as caught:
        rmatch.match(roster, program)
    model, _ = prepare(roster, program)
    assert isinstance(caught.value.proof, StageProof), "words alone prove nothing"
    assert impossible(problem_of(model.program, model.mentors, model.mentees), caught.value.proof)
    return str(caught.value)


def test_a_limit_that_the_rules_leave_no_room_for_is_named_alone() -> None:
    said = refused(Group("mentor", "department", value="HR", least=1), TotalPairs(most=5), rules=(Same("department"),))
    assert said == (
        "no plan keeps this limit: at least 1 pair of mentors whose department is HR; lower `least` of "
        "`group_mentor_department_hr` from 1 to 0 or drop it"
    )


def test_the_fewest_limits_that_conflict_are_named_and_each_remedy_was_tried() -> None:
    said = refused(
        Group("mentor", "location", least=1),
        Spread("mentee", "department", most=1),
        TotalPairs(least=11),
        capacity="2",
    )
    assert said == (
        "no plan keeps these limits together: at least 11 pairs in all; each mentee has at most 1 pair with mentors of "
        "each department; lower `least` of all pairs from 11 to 10 or raise `most` of `spread_mentee_department` from "
        "1 to 2 or drop one of them"
    )


def test_of_a_share_the_most_that_can_be_reached_is_told() -> None:
    said = refused(Share("department", differ=False, least=0.8), TotalPairs(least=6))
    assert said == (
        "no plan within the rules and the other limits reaches this one: at least 80 % of the pairs are the same in "
        "department; the most that can be reached is 50.0% (3 of 6 pairs); loosen it, drop it, or drop a rule"
    )


def test_shares_that_are_out_of_reach_together_are_named_together() -> None:
    said = refused(
        Share("department", differ=False, least=0.4),
        Share(("department", "location"), least=0.7),
        TotalPairs(least=6),
    )
    assert said.startswith("no plan reaches these limits together: ")
    assert "at least 40 % of the pairs are the same in department" in said
    assert "at least 70 % of the pairs differ in department and location" in said


# ---------------------------------------------------------------- limits from outside


@dataclass(frozen=True)
class FromIt(Limit):
    """So many pairs of mentors in IT, as somebody else may write it."""

    least: int

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ()

    def rows(self, people: People) -> tuple[Row, ...]:
        return (Row(self.name, (Part(mentors=holders(people.mentors, "department", "IT")),), least=self.least),)

    def in_words(self) -> str:
        return f"at least {self.least} pairs of mentors in IT"


@dataclass(frozen=True)
class Crowded(Limit):
    """At least a number of pairs that is no field, of everybody, or of the mentors alone."""

    of_all: bool = True

    @property
    def least(self) -> int:
        return 7

    def rows(self, people: People) -> tuple[Row, ...]:
        everybody = None if self.of_all else np.arange(people.shape[0])
        return (Row(self.name, (Part(mentors=everybody),), least=self.least),)

    def in_words(self) -> str:
        return "7 pairs at least"


def test_a_limit_from_outside_that_people_have_no_room_for_is_named_and_what_would_help() -> None:
    assert refused(FromIt(5)) == (
        "no plan keeps this limit: at least 5 pairs of mentors in IT; lower `least` of `from_it` from 5 to 4 or drop it"
    )
    for of_all in (True, False):
        assert refused(Crowded(of_all)) == "no plan keeps this limit: 7 pairs at least; drop it"


def test_limits_from_outside_and_ours_that_conflict_are_named_together() -> None:
    said = refused(FromIt(4), TotalPairs(most=3), Group("mentor", "department", value="HR", most=1))
    assert said == (
        "no plan keeps these limits together: at most 3 pairs in all; at least 4 pairs of mentors in IT; raise `most` "
        "of all pairs from 3 to 4 or lower `least` of `from_it` from 4 to 3 or drop one of them"
    )


def test_a_share_beside_a_limit_from_outside_that_nobody_can_keep_is_not_blamed() -> None:
    assert "this limit: at least 5 pairs of mentors in IT" in refused(FromIt(5), Share("location", least=0.1))
