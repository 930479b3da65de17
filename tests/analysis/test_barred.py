"""Where no pair is possible, or hardly one: the summary names the rules, and asks whether two sheets are exchanged."""

from __future__ import annotations

import io

import pytest

import rmatch
from rmatch.analysis import cautions

ASKED = "Are the two the wrong way round?"


def summary(mentors: list[str], mentees: list[str], **program: object) -> str:
    texts = [
        "\n".join([f"employee_id,grade,{column}", *(f"{side}{k},{grade},SQL" for k, grade in enumerate(grades))])
        for side, column, grades in (("a", "skills_offered", mentors), ("b", "skills_wanted", mentees))
    ]
    roster = rmatch.read_csv(io.StringIO(texts[0]), mentees=io.StringIO(texts[1]))
    return rmatch.match(roster, rmatch.Program(**program) if program else None).summary()


@pytest.mark.parametrize(
    ("mentors", "mentees"), [(["9", "8"], ["1", "2"]), (["14", "12", "13"], ["11"]), (["3"], ["2"])]
)
def test_seniors_as_mentors_are_asked_about(mentors: list[str], mentees: list[str]) -> None:
    said, cells = summary(mentors, mentees), len(mentors) * len(mentees)
    assert f"They removed: grade gap {cells} of {cells}." in said
    assert "Every mentor outranks every mentee." in said
    assert ASKED in said


def test_who_has_no_grade_is_not_said_to_outrank() -> None:
    said = summary(["9", "", "8"], ["1", "2"])
    assert "grade gap 6 of 6" in said
    assert "Every mentor whose grade is known outranks every mentee whose grade is known." in said


def test_equals_are_not_the_wrong_way_round() -> None:
    said = summary(["5", "4"], ["4", "1"])
    assert "None of the 4 pairs of people is possible under the rules. They removed: grade gap 4 of 4." in said
    assert ASKED not in said


def test_hardly_a_pair_names_the_rule_too() -> None:
    said = summary([str(9 + k) for k in range(6)], ["10"] + ["2"] * 5)
    assert "Only 1 of the 36 pairs of people is possible under the rules. They removed: grade gap 35 of 36." in said
    assert ASKED not in said


def test_the_only_pair_is_said_not_to_be_possible() -> None:
    assert "The one pair of people is not possible under the rules. They removed: grade gap 1 of 1." in summary(
        ["9"], ["1"]
    )


def test_usual_people_hear_nothing_of_it() -> None:
    said = summary(["1", "2"], ["8", "9"])
    assert "They removed" not in said
    assert ASKED not in said


def test_a_rule_that_is_confidential_is_not_named() -> None:
    rule = rmatch.rules.Exclude(pairs=(("a0", "b0"),))
    said = summary(["1"], ["8"], rules=(rule,))
    assert "They removed: not available 1 of 1." in said
    assert "exclude" not in said


def test_too_many_pairs_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cautions, "MOST_COUNTED", 3)
    assert "They removed" not in summary(["9", "8"], ["1", "2"])
