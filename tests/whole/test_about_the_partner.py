"""What one person wants of the other's answer, and tables of answers, against plain Python and the oracle over rows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from judgement import Seen, hold
from places import ROOT
from real_programs import Real, numbered

import rmatch
from rmatch import criteria, rules
from rmatch.criteria import Lookup
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total
from rmatch.testing import check_criterion, check_rule

CASE = ROOT.parent / "shared" / "cases" / "15-wish-about-the-other"
SIDES = ("both", "mentee", "mentor")
ANSWERS = ("Red", "blue", "GREEN", "")
WISHES = ("red", "Blue", "any", "", "No preference", "red; green", "violet")
TABLE = (("red", "blue", 0.3), ("Blue", "green", 1.0), ("green", "RED", 0.65))


def drawn(seed: int, size: int, listed: bool) -> list[dict[str, str]]:
    """What some people say; answers may be lists."""
    rng = np.random.default_rng(seed)
    said = []
    for _ in range(size):
        answer = ANSWERS[rng.integers(4)] + ("; blue" if listed and rng.random() < 0.4 else "")
        said.append({"wish": WISHES[rng.integers(len(WISHES))], "colour": answer, "other": ANSWERS[rng.integers(4)]})
    return said


def with_answers(real: Real, seed: int) -> Real:
    """The same program for people who also say what they want of each other."""
    cells = drawn(seed, len(real.records), False)
    wanted = criteria.Accepts(1.0, column="wish", of="colour", side=SIDES[seed % 3])  # type: ignore[arg-type]
    table = Lookup(0.5, mentor_column="colour", mentee_column="other", scores=TABLE, otherwise=0.2)
    rule = rules.Accepts(column="wish", of="other", side=SIDES[seed // 3 % 3])  # type: ignore[arg-type]
    records = tuple(record | more for record, more in zip(real.records, cells, strict=True))
    some = (rule,) if seed % 2 else ()
    return replace(real, records=records, criteria=(*real.criteria, wanted, table), rules=(*real.rules, *some))


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 25, 50, 75])
def test_with_all_older_limits_the_plan_is_the_best_there_is(first: int) -> None:
    seen = Seen()
    for seed in range(first, first + 25):
        hold(with_answers(numbered(seed, most=5), seed), None, seen)
    assert seen["optimal"] + seen["without_a_plan"] >= 20


def test_where_no_limit_is_dear_every_plan_is_proved_best() -> None:
    seen = Seen()
    for seed in range(30):
        real = replace(numbered(seed, most=6, kinds=("total", "lock"), more=1), objectives=(MostPairs(), Total()))
        hold(with_answers(real, seed), None, seen)
    assert not seen["feasible"]
    assert seen["optimal"] >= 10


def tables(seed: int, listed: bool) -> Any:
    people = [
        {"employee_id": f"p{k}", "role": ("mentor", "mentee")[k % 2], **cells}
        for k, cells in enumerate(drawn(seed, 14, listed))
    ]
    lists = {"wish": {"split": ";"}} | ({"colour": {"split": ";"}} if listed else {})
    one = {"criteria": [{"kind": "similarity", "column": name} for name in ("wish", "colour", "other")]}
    program = rmatch.Program.model_validate({"columns": lists, "rules": [], **one})
    return rmatch.from_records(people, program=program).tables()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("side", SIDES)
def test_who_accepts_whom_is_what_the_words_say(seed: int, side: Any) -> None:
    people = tables(seed, bool(seed % 2))
    criterion = criteria.Accepts(1.0, column="wish", of="colour", side=side)
    assert criterion.factors(*people).matrix().tolist() == [
        [float(x) for x in row]
        for row in oracles.scores(criterion, *people)  # type: ignore[arg-type]
    ]
    rule = rules.Accepts(column="wish", of="colour", side=side)
    i, j = np.indices((len(people[0].ids), len(people[1].ids))).reshape(2, -1)
    assert rule.allows(*people)(i, j).tolist() == np.array(oracles.allowed(rule, *people)).reshape(-1).tolist()
    if seed < 2:
        check_criterion(criterion, *people)
        check_rule(rule, *people, blanks=True)


@pytest.mark.parametrize("seed", range(6))
def test_two_answers_have_the_score_of_the_table(seed: int) -> None:
    people = tables(seed, False)
    criterion = Lookup(1.0, mentor_column="colour", mentee_column="other", scores=TABLE, otherwise=0.1)
    found = criterion.factors(*people).matrix()
    exact = oracles.scores(criterion, *people)
    assert all(
        abs(Fraction(found[i, j]) - Fraction(exact[i][j] or 0)) < Fraction(1, SCALE) for i, j in np.ndindex(found.shape)
    )
    check_criterion(criterion, *people)


@pytest.mark.skipif(not CASE.exists(), reason="the cases are elsewhere")
@pytest.mark.parametrize("family", ["rules", "criteria"])
def test_a_wish_about_the_other_on_a_sign_up_sheet(family: str) -> None:
    columns = {
        "employee_id": {"source": "Email"},
        "gender": {"source": "Gender"},
        "wish": {"source": "Partner's gender"},
    }
    accepts = {"kind": "accepts", "column": "wish", "of": "gender"}
    given = {"columns": columns, "criteria": [accepts], "rules": [accepts] if family == "rules" else []}
    program = rmatch.Program.model_validate(given)
    assert rmatch.Program.model_validate(program.to_dict()) == program
    roster = rmatch.read_csv(CASE / "mentors.csv", mentees=CASE / "mentees.csv", program=program)
    matching = rmatch.match(roster, program)
    assert matching.named == {("ann@example.org", "di@example.org"), ("bo@example.org", "cy@example.org")}
    assert matching.pairs["why"].iloc[0] == "ann@example.org has the gender that the other wished for."
    assert matching.why_not("bo@example.org", "di@example.org").rules == ("accepts_gender",) * (family == "rules")
    assert matching.verify(roster)


def test_a_sensitive_answer_is_refused_as_a_rule() -> None:
    gender = {"use": "score", "sensitive": True, "consent": "agreed", "purpose": "pairs across experience"}
    with pytest.raises(ProgramError, match="only a criterion may read it"):
        rmatch.Program.model_validate(
            {"columns": {"gender": gender}, "rules": [{"kind": "accepts", "column": "wish", "of": "gender"}]}
        )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: criteria.Accepts(column="wish"), "both needed"),
        (lambda: rules.Accepts(of="gender"), "both needed"),
        (lambda: Lookup(mentor_column="a", mentee_column="b"), "all needed"),
        (lambda: Lookup(1, "a", "b", (("x", "y", 1.5),)), "from 0 to 1"),
        (lambda: Lookup(1, "a", "b", (("x", "y", 1.0),), otherwise=float("nan")), "from 0 to 1"),
        (lambda: Lookup(1, "a", "b", (("x", "y", 1.0), ("X", "y", 0.5))), "keep one"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        make()


def test_a_sensitive_answer_steers_as_a_criterion_and_is_not_shown() -> None:
    gender = {"use": "score", "sensitive": True, "consent": "agreed", "purpose": "asked for by those who learn"}
    accepts = {"kind": "accepts", "column": "wish", "of": "gender"}
    given = {"columns": {"gender": gender}, "criteria": [{"kind": "skills"}, accepts], "rules": []}
    program = rmatch.Program.model_validate(given)
    skills = {"skills_offered": "SQL", "skills_wanted": "SQL", "agreed": "yes"}
    people = [
        {"employee_id": id_, "role": role, "gender": said, "wish": wish} | skills
        for id_, role, said, wish in (
            ("a", "mentor", "f", ""),
            ("b", "mentor", "m", ""),
            ("x", "mentee", "f", "m"),
            ("y", "mentee", "f", "f"),
        )
    ]
    matching = rmatch.match(rmatch.from_records(people, program=program), program)
    assert matching.named == {("a", "y"), ("b", "x")}
    assert matching.verify()
    assert set(matching.pairs["why"]) == {"a teaches SQL.", "b teaches SQL."}
