"""What a summary says: the right numbers, in words that fit them."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import rmatch
from rmatch.analysis.summary import best_pair, counted
from rmatch.factors import SCALE
from rmatch.objectives import Total

SKILLS = (rmatch.criteria.Skills(),)


def matched(rows: list[tuple[str, str, str]], **program: object) -> rmatch.Matching:
    """A matching of people given by id, role, and skills: offered by a mentor, wanted by a mentee."""
    records = [
        {"employee_id": id_, "role": role, ("skills_offered", "skills_wanted")[role == "mentee"]: skills}
        for id_, role, skills in rows
    ]
    frame = pd.DataFrame(records, columns=["employee_id", "role", "skills_offered", "skills_wanted"]).fillna("")
    return rmatch.match(rmatch.from_frame(frame), rmatch.Program(criteria=SKILLS, rules=(), **program))  # type: ignore[arg-type]


ONE = [("a", "mentor", "SQL"), ("x", "mentee", "SQL")]
MANY = [*ONE, ("b", "mentor", "Figma"), ("c", "mentor", "Excel"), ("y", "mentee", "Git; Rust")]


@pytest.mark.parametrize(("number", "said"), [(0, "no pairs"), (1, "1 pair"), (2, "2 pairs"), (1234, "1,234 pairs")])
def test_numbers_agree_with_their_words(number: int, said: str) -> None:
    assert counted(number, "pair") == said


def test_one_pair_is_spoken_of_in_the_singular() -> None:
    assert matched(ONE).summary() == (
        "1 pair: the one mentor and the one mentee have a partner.\n"
        "This is the best possible plan: the rules allow at most 1 pair, and no other one scores higher "
        "(1.000000 in total). Proved over the one possible pair."
    )


def test_who_waits_and_which_pairs_are_weak() -> None:
    lines = matched(MANY).summary().splitlines()
    assert lines.pop(2).startswith("Caution: 1 of 2 pairs teaches nothing that the mentee wants.")
    assert lines[0] == "2 pairs: 2 of 3 mentors and all 2 mentees have a partner."
    assert "the rules allow at most 2 pairs, and no other 2 score higher (1.000000 in total)." in lines[1]
    assert lines[2] == "Scores run from 0.00 to 1.00, 0.50 on average."
    assert lines[3] == (
        "1 mentor has no partner: everyone they could be paired with is matched with someone else. "
        "Another plan that is just as good would include them; the lottery (seed 0) decided."
    )
    assert (
        lines[4] == "Skills in short supply: Git (1 wants it, nobody offers it), Rust (1 wants it, nobody offers it)."
    )
    assert lines[5].startswith("1 pair scores below 0.25, made so that as many people as possible take part.")
    assert lines[5].endswith("`floor = 0.25`, would make 1 pair, 1.00 on average.")


@pytest.mark.slow
def test_the_scores_the_departments_and_the_scarce_skills_are_those_of_the_pairs() -> None:
    frame = rmatch.datasets.workforce(40, 30, seed=6, levels=0.0, missing=0.1)
    roster = rmatch.from_frame(frame)
    matching = rmatch.match(roster, rmatch.Program(criteria=SKILLS))
    pairs, text = matching.pairs, matching.summary()
    low, high = pairs["score"].quantile([0.25, 0.75])
    assert f"{pairs['score'].mean():.2f} on average; half of them lie between {low:.2f} and {high:.2f}." in text
    known = pairs[(pairs["mentor_department"] != "") & (pairs["mentee_department"] != "")]
    across = int((known["mentor_department"] != known["mentee_department"]).sum())
    assert 0 < across < len(known) < len(pairs)
    assert (
        f"{across} of the {len(known)} pairs whose departments are known cross departments ({across / len(known):.0%})"
        in text
    )
    counts = {
        word: people.str.split("; ").explode().loc[lambda s: s != ""].str.casefold().value_counts()
        for word, people in (
            ("wanted", roster.mentees["skills_wanted"]),
            ("offered", roster.mentors["skills_offered"]),
            ("taught", pairs["teaches"]),
        )
    }
    table = matching.skills.assign(skill=matching.skills["skill"].str.casefold()).set_index("skill")
    assert set(table.index) == set(counts["wanted"].index) | set(counts["offered"].index)
    for word, expected in counts.items():
        assert table[word].to_dict() == {k: int(expected.get(k, 0)) for k in table.index}
    short = (table["wanted"] - table["offered"]).tolist()
    assert short == sorted(short, reverse=True)
    first = matching.skills.iloc[0]
    assert f"Skills in short supply: {first['skill']} ({first['wanted']} want it, " in text
    assert f"and {sum(k > 0 for k in short) - 5} others." in text


@pytest.mark.parametrize(
    ("mentors", "mentees", "said"),
    [
        (["x"], ["y"], "1 pair crosses departments (100%)."),
        (["x", "x"], ["y", "Y "], "All 2 pairs cross departments (100%)."),
        (["x", "x"], ["X", "y"], "1 of 2 pairs crosses departments (50%)."),
        (["x", "x"], ["X", "x"], "0 of 2 pairs cross departments (0%)."),
        (["x", "x"], ["", "y"], "1 pair whose departments are known crosses departments (100%)."),
        (["", ""], ["", "y"], ""),
    ],
)
def test_crossing_departments_is_counted_in_words_that_fit(mentors: list[str], mentees: list[str], said: str) -> None:
    rows = [(f"a{k}", "mentor", d, "q") for k, d in enumerate(mentors)] + [
        (f"b{k}", "mentee", d, "q") for k, d in enumerate(mentees)
    ]
    frame = pd.DataFrame(rows, columns=["employee_id", "role", "department", "skills_offered"])
    frame["skills_wanted"] = "q"
    text = rmatch.match(rmatch.from_frame(frame), rmatch.Program(criteria=SKILLS, rules=())).summary()
    assert (said in text) if said else ("cross" not in text)


def test_value_first_claims_no_more_than_is_proved() -> None:
    assert (
        "no plan within the rules scores higher (1.000000 in total)." in matched(MANY, objectives=(Total(),)).summary()
    )
    floored = matched(MANY, objectives=(Total(floor=0.25),)).summary()
    assert "scores higher (0.750000 in total above the floor of 0.25 a pair)." in floored
    assert "1 pair: 1 of 3 mentors and 1 of 2 mentees have a partner." in floored


def test_no_pair_at_all() -> None:
    nobody = matched([*ONE[:1], ("x", "mentee", "Rust")], objectives=(Total(floor=0.5),))
    assert nobody.summary().splitlines()[:2] == [
        "No pairs from 1 mentor and 1 mentee.",
        "No plan within the rules gains from any. Proved over the one possible pair.",
    ]
    assert best_pair(nobody) == ""


def test_a_gap_is_said() -> None:
    plan = matched(MANY)
    loose = dataclasses.replace(
        plan,
        status=rmatch.Status.FEASIBLE,
        certificate=dataclasses.replace(plan.certificate, bound=plan.certificate.total + SCALE // 2),
    )
    assert (
        "A valid plan, not proved optimal: 1.000000 in total; no plan with as many pairs can exceed 1.500000 "
        "(gap 0.500000)."
    ) in loose.summary()
    assert "Proved" not in loose.summary()


def test_the_best_pair_is_named_where_there_are_names() -> None:
    assert best_pair(matched(MANY)).startswith("The best pair scores 1.00: a mentors x.\n  a teaches SQL")
