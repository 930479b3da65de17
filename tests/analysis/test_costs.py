"""What a wish costs, and second choices for everybody: each beside plans made without the wish."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from exports import DEFAULT, OBJECTIVES, RULES, SMALL, Export, programs, solved
from hypothesis import given

import rmatch
from rmatch.analysis.costs import Price
from rmatch.criteria import Department
from rmatch.limits import Group, Lock, TotalPairs
from rmatch.objectives import LeastLoad, MostPairs, Total, WorstPair
from rmatch.rules import Differs, Exclude, GradeGap, MinScore, Same

pytestmark = pytest.mark.slow


def roster(seed: int = 1, mentors: int = 14, mentees: int = 12) -> rmatch.Roster:
    return rmatch.from_frame(rmatch.datasets.workforce(mentors, mentees, seed=seed))


@given(SMALL, programs(criteria=DEFAULT, rules=RULES[1:2], objectives=OBJECTIVES[:2]))
def test_a_price_is_the_difference_to_the_plan_without(export: Export, program: rmatch.Program) -> None:
    people, matching = solved(export, program)
    for family, element in (*(("rules", rule) for rule in program.rules), ("objectives", program.objectives[0])):
        if isinstance(element, Total):
            continue
        left = tuple(each for each in getattr(program, family) if each != element)
        without = rmatch.match(people, matching.program.model_copy(update={family: left}))
        told = matching.price_of(element)
        assert told == matching.price_of(element.name) == matching.price_of(type(element).kind())
        assert (told.pairs, told.total) == (len(without.points) - len(matching.points), without.total - matching.total)
        assert told.exact
        assert family == "objectives" or told.pairs > 0 or told.total >= 0 or not matching.model.most_pairs
        assert element.name in str(told)


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Price("a", 0, 0.0, 5.0), "a costs nothing."),
        (Price("a", 4, 0.16, 5.0), "a costs 4 pairs and 3.20% of the total (0.160000)."),
        (Price("a", -1, -0.5, 5.0), "a gains 1 pair and 0.500000 in total."),
        (Price("a", -2, 0.5, 5.0), "a gains 2 pairs and costs 10.00% of the total (0.500000)."),
        (Price("a", 0, 0.5, 5.0, exact=False), "a costs 10.00% of the total (0.500000), as far as is proved."),
        (Price("a", 1, 0.0, 0.0), "a costs 1 pair."),
    ],
)
def test_a_price_in_words(price: Price, words: str) -> None:
    assert str(price) == words


def test_elements_are_found_by_name_and_what_is_not_there_is_told() -> None:
    rules = (GradeGap(at_least=1), Differs("location"), Differs("department"), Exclude((("a", "b"),), unknown="ignore"))
    limits = (Group("mentor", "location", most=9), TotalPairs(most=11))
    program = rmatch.Program(rules=rules, limits=limits)
    matching = rmatch.match(roster(), program)
    for name in ("differs_location", "group_mentor_location", "total_pairs", Differs("department"), limits[0]):
        assert matching.price_of(name).pairs >= 0
    assert matching.price_of("exclude").name == "not available"
    with pytest.raises(rmatch.RmatchError, match=r"no rule, limit or objective 'gradegap'.*Did you mean 'grade_gap'"):
        matching.price_of("gradegap")
    with pytest.raises(rmatch.RmatchError, match="'min_score'"):
        matching.price_of(MinScore(0.5))
    with pytest.raises(rmatch.RmatchError, match="the program has 2 elements 'differs'"):
        matching.price_of("differs")
    with pytest.raises(rmatch.RmatchError, match="has no price itself"):
        matching.price_of("total")
    sealed = replace(matching, certificate=replace(matching.certificate, sealed=True))
    with pytest.raises(rmatch.RmatchError, match="not told where sensitive"):
        sealed.price_of("grade_gap")


def test_each_stage_says_what_it_cost_the_next() -> None:
    people = roster(seed=8)
    rules = (GradeGap(at_least=1), Differs("location"))
    weak = rmatch.Program(rules=rules, objectives=(MostPairs(), WorstPair(), LeastLoad(), Total()))
    stages = rmatch.match(people, weak).stages
    assert stages["cost"].iloc[0] == "without it no pair would be made"
    assert stages["cost"].iloc[-1] == ""
    plain = rmatch.match(people, rmatch.Program(rules=rules, objectives=(MostPairs(), Total(floor=0.5))))
    above = rmatch.match(people, rmatch.Program(rules=rules, objectives=(Total(floor=0.5),)))
    more = len(plain.points) - len(above.points)
    assert more > 0
    means = [matching.total / len(matching.points) for matching in (above, plain)]
    assert plain.stages["cost"].iloc[0] == f"{more} more pairs lowered the mean from {means[0]:.4f} to {means[1]:.4f}"
    value = rmatch.match(people, rmatch.Program(rules=rules, objectives=(MostPairs(), LeastLoad(), Total()))).reached
    said = stages["cost"].iloc[1]
    assert said == "nothing" or f"{value['value'].iloc[1]:,.0f} without it" in said
    assert (replace(plain, roster=None).stages["cost"] == "").all()
    only = rmatch.match(people, rmatch.Program(rules=rules, objectives=(Total(),)))
    assert list(only.stages["cost"]) == [""]


@given(SMALL, programs(criteria=DEFAULT, objectives=OBJECTIVES[:1]))
def test_second_choices_are_possible_together_and_nobody_keeps_her_partner(
    export: Export, program: rmatch.Program
) -> None:
    _, matching = solved(export, program)
    try:
        table = matching.backups()
    except rmatch.InfeasibleError:
        assert export.kind.min_pairs != (0, 0)
        return
    model, ids = matching.model, list(map(str, matching.model.mentors.ids))
    assert sorted(zip(table["mentor_id"], table["mentee_id"], strict=True)) == sorted(matching.named)
    some = table[table["backup_id"] != ""]
    assert not {*zip(some["backup_id"], some["mentee_id"], strict=True)} & matching.named
    scores = rmatch.score_matrix(_, matching.program)
    for row in some.itertuples():
        assert scores.loc[row.backup_id, row.mentee_id] == row.score
        mine = sum(pair[0] == row.backup_id for pair in matching.named)
        assert row.spare == (mine < model.capacity[0][ids.index(row.backup_id)])
    for mentor, count in some["backup_id"].value_counts().items():
        assert count <= model.capacity[0][ids.index(str(mentor))]


def test_locks_are_set_aside_for_second_choices() -> None:
    people = roster()
    first = rmatch.match(people)
    locked = rmatch.match(people, first.program.model_copy(update={"limits": (Lock(tuple(first.pair_ids[:2])),)}))
    table = locked.backups()
    assert (table["backup_id"] != "").any()


@pytest.mark.parametrize("people", [1, 2])
def test_no_second_choices_for_all_is_told_without_a_rule_that_nobody_wrote(people: int) -> None:
    ids = [f"p{k}" for k in range(2 * people)]
    frame = pd.DataFrame({"employee_id": ids, "role": ["mentor"] * people + ["mentee"] * people, "min_pairs": 1})
    frame["department"] = [str(k % people) for k in range(2 * people)]  # so that each has one partner
    program = rmatch.Program(criteria=(Department(),), rules=(Same("department"),))
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    with pytest.raises(rmatch.InfeasibleError, match="no second choices for everybody together") as told:
        matching.backups()
    assert "no_repeat" not in str(told.value)
