"""A mentee's own top criterion counts more for them: as the words say, exactly the whole score, and proved."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import pytest
import python_calamine
from personal import personal_scores
from scipy.optimize import linear_sum_assignment

import rmatch
from rmatch.criteria import (
    Background,
    Criterion,
    Department,
    Difference,
    Goals,
    PairScores,
    Reciprocity,
    Similarity,
    Skills,
)
from rmatch.factors import SCALE
from rmatch.program import Program
from rmatch.proof.problem import problem_of

WORDS = ("SQL", "AI ethics", "Figma", "C++")
CELLS = ("", "skills", " SKILLS ", "reciprocity", "Goals", "department", "Back-ground", "similarity location", "money")
POOL: tuple[Criterion, ...] = (
    Skills(0.35),
    Reciprocity(0.15),
    Goals(0.3),
    Department(0.1),
    Background(0.2, columns=("location", "tenure_band")),
    Similarity(0.7, column="location"),
    Difference(1e-3, column="tenure_band"),
)


def people(draw: np.random.Generator, m: int, n: int) -> pd.DataFrame:
    """Mentors and mentees with answers in some columns, some of them with what matters most to them."""

    def some(words: tuple[str, ...]) -> str:
        return "; ".join(
            f"{word}:{draw.integers(1, 6)}" if draw.random() < 0.3 else word for word in words if draw.random() < 0.6
        )

    def one(words: tuple[str, ...]) -> str:
        return str(draw.choice(["", *words]))

    ids = [f"j{k}" for k in range(m)] + [f"s{k}" for k in range(n)]
    return pd.DataFrame(
        {
            "employee_id": ids,
            "role": ["mentor"] * m + ["mentee"] * n,
            "skills_offered": [some(WORDS) for _ in ids],
            "skills_wanted": [some(WORDS) for _ in ids],
            "goals": ["; ".join(word for word in ("lead", "learn", "rest") if draw.random() < 0.5) for _ in ids],
            "department": [one(("A", "B", "C")) for _ in ids],
            "location": [one(("York", "Bath")) for _ in ids],
            "tenure_band": [one(("new", "old")) for _ in ids],
            "matters_most": [str(draw.choice(CELLS)) for _ in ids],
        }
    )


def programme(draw: np.random.Generator) -> Program:
    """Some of the criteria, in any order, and a factor."""
    some = [POOL[k] for k in draw.permutation(len(POOL))[: draw.integers(1, len(POOL) + 1)]]
    factor = float(draw.choice([1.5, 2, 3, 7.3, 100]))
    return Program(criteria=some, rules=[], personal={"column": "matters_most", "factor": factor})  # type: ignore[arg-type]


@pytest.mark.trials
@pytest.mark.parametrize("first", range(0, 300, 50))
def test_scores_are_what_the_words_say_and_the_check_has_the_same(first: int) -> None:
    full_marks = 0
    for seed in range(first, first + 50):
        draw = np.random.default_rng(seed)
        program = programme(draw)
        roster = rmatch.from_frame(people(draw, int(draw.integers(1, 5)), int(draw.integers(1, 5))), program=program)
        matching = rmatch.match(roster, program)
        model = matching.model
        m, n = model.shape
        i, j = np.repeat(np.arange(m), n), np.tile(np.arange(n), m)
        parts, points = model.parts(i, j), model.points(i, j)
        assert (parts.sum(0) == points).all()
        assert ((points >= 0) & (points <= SCALE)).all()
        exact = [x for row in personal_scores(model.program, model.mentors, model.mentees) for x in row]
        for own, score in zip(points.tolist(), exact, strict=True):
            assert abs(own - score * SCALE) < 12
            assert score < 1 or own == SCALE, "full marks are the whole score"
            full_marks += score == 1
        checked = problem_of(model.program, model.mentors, model.mentees)
        assert (checked.scores.parts(i, j) == parts).all(), "the check computes the same, to the point"
        best = linear_sum_assignment(-points.reshape(m, n))
        assert round(matching.total * SCALE) == points.reshape(m, n)[best].sum()
        assert matching.status is rmatch.Status.OPTIMAL
        assert matching.verify(roster).ok
    assert full_marks


def four(cells: list[str], **more: list[str]) -> pd.DataFrame:
    """Two mentors, of whom one teaches all that is wanted and one is of another department, and two mentees."""
    return pd.DataFrame(
        {
            "employee_id": ["j1", "j2", "s1", "s2"],
            "role": ["mentor", "mentor", "mentee", "mentee"],
            "skills_offered": ["SQL", "Go", "", ""],
            "skills_wanted": ["", "", "SQL", "SQL"],
            "department": ["A", "B", "A", "A"],
            "matters_most": ["", "", *cells],
            **more,
        }
    )


HALVES = {"criteria": [Skills(1), Department(1)], "rules": [], "personal": {"column": "matters_most", "factor": 3}}


def test_who_cares_for_a_criterion_gets_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    program = Program(**HALVES)  # type: ignore[arg-type]
    roster = rmatch.from_frame(four(["skills", " DEPARTMENT"]), program=program)
    scores = rmatch.score_matrix(roster, program)
    assert scores.loc["j1"].tolist() == [0.75, 0.25]
    assert scores.loc["j2"].tolist() == [0.25, 0.75]
    matching = rmatch.match(roster, program)
    assert matching.pairs[["mentor_id", "mentee_id", "skills", "department"]].to_numpy().tolist() in (
        [["j1", "s1", 0.75, 0.0], ["j2", "s2", 0.0, 0.75]],
    )
    said = "(matters most to the mentee: counts 3 times)"
    assert said in matching.explain("j1", "s1").sentence
    assert said in matching.explain("j2", "s2").because["department"]
    assert said not in matching.explain("j2", "s1").sentence
    assert not len(matching.issues)
    matching.to_html(tmp_path / "report.html")
    report = html.unescape((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "The criterion that a mentee names in 'matters_most' counts 3 times for this mentee." in report
    assert said in report
    assert "counts 3 times" in program._repr_html_()
    matching.to_excel(tmp_path / "plan.xlsx")
    rows = python_calamine.load_workbook(tmp_path / "plan.xlsx").get_sheet_by_name("Program").to_python()
    assert any(row[0] == "personal" and "counts 3 times" in row[3] for row in rows)


def test_it_is_written_and_read_back_and_verified_from_the_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    program = Program(**HALVES)  # type: ignore[arg-type]
    (tmp_path / "program.toml").write_text(program.to_toml(), encoding="utf-8")
    assert Program.from_file(tmp_path / "program.toml") == program
    assert "personal" not in Program().to_dict()
    assert "personal" in Program.model_json_schema()["properties"]
    roster = rmatch.from_frame(four(["skills", "department"]), program=program)
    rmatch.match(roster, program).save(tmp_path / "plan.json")
    assert rmatch.load(tmp_path / "plan.json", roster).verify(roster).ok
    other = rmatch.from_frame(four(["department", "skills"]), program=program)
    assert not rmatch.load(tmp_path / "plan.json").verify(other).ok, "other wishes, other scores"


def test_what_names_no_criterion_is_a_warning_with_a_suggestion() -> None:
    program = Program(**HALVES)  # type: ignore[arg-type]
    roster = rmatch.from_frame(four(["Skils", ""]), program=program)
    matching = rmatch.match(roster, program)
    [row] = matching.issues[matching.issues.severity == "warning"].reason.tolist()
    assert row == (
        "[personal] could not be applied to 1 mentee whose matters_most names none of the criteria: skills, "
        "department. 'Skils': Did you mean 'skills'? What else means one of them can be told by `values` of that column"
    )
    assert matching.verify(roster).ok
    assert (rmatch.score_matrix(roster, program).to_numpy() == 0.5).all()
    both = rmatch.match(rmatch.from_frame(four(["pay", "pay"]), program=program), program)
    [row] = both.issues.reason.tolist()
    assert "2 mentees" in row
    assert "pay" not in row, "what is near to no criterion may be anything"


def test_of_two_criteria_with_one_name_each_is_named_as_results_name_it() -> None:
    two = [Skills(1), Skills(1, offered="department", wanted="department")]
    program = Program(**HALVES | {"criteria": two})  # type: ignore[arg-type]
    roster = rmatch.from_frame(four(["skills", "Skills 2"]), program=program)
    matching = rmatch.match(roster, program)
    assert matching.explain("j1", "s1").parts == {"skills": 0.75, "skills_2": 0.25}
    assert matching.explain("j1", "s2").parts == {"skills": 0.25, "skills_2": 0.75}
    assert matching.verify(roster).ok


def test_invited_people_have_their_own_weights_too() -> None:
    program = Program(**HALVES)  # type: ignore[arg-type]
    frame = four(["skills", ""]).iloc[:3]
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    directory = four(["department", "skills"]).assign(employee_id=["a", "b", "c", "d"]).drop(columns="role")
    found = matching.recruit(directory, side="mentee", best=1)
    assert found.invitations[["employee_id", "mentor_id", "score"]].to_numpy().tolist() == [["c", "j2", 0.75]]
    found = matching.recruit(directory.drop(columns="matters_most"), side="mentee", best=1)
    assert found.invitations["score"].tolist() == [0.5], "who has not said it has the weights of the program"
    nobody = rmatch.from_frame(frame[frame.role == "mentor"], program=program)
    assert not len(rmatch.match(nobody, program).pairs)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"personal": {"column": "matters_most", "factor": 1}}, "`personal.factor`: must be greater than 1"),
        ({"personal": {"column": "matters_most", "factor": float("inf")}}, "`personal.factor`"),
        ({"personal": {"column": "matters_most", "factor": float("nan")}}, "`personal.factor`"),
        ({"personal": {"column": "matters_most"}}, "`personal.factor` is missing"),
        ({"personal": {"column": "x", "factor": 2, "facto": 2}}, "unknown key `personal.facto`. Did you mean 'factor'"),
        ({"personal": {"column": "goals", "factor": 2}}, r"\[personal\] reads 'goals', which holds something else"),
        ({"columns": {"matters_most": {"use": "audit"}}}, r"\[personal\] reads 'matters_most', which stands apart"),
        ({"tracks": [{"name": "up", "teaches": "junior"}]}, r"\[personal\] does not go with \[\[tracks\]\]"),
        (
            {
                "criteria": [Skills(1), Similarity(1, column="gender")],
                "columns": {
                    "gender": {"use": "score", "sensitive": True, "consent": "agreed", "purpose": "company of like"}
                },
            },
            r"\[personal\] does not go with 'similarity_gender', which reads a sensitive column",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=said):
        Program(**HALVES | change)  # type: ignore[arg-type]


def test_people_without_such_answers_are_refused() -> None:
    program = Program(**HALVES)  # type: ignore[arg-type]
    misspelt = four(["", ""]).rename(columns={"matters_most": "matters_mos"})
    with pytest.raises(rmatch.ProgramError, match="needs the column 'matters_most', which the export does not have"):
        rmatch.match(rmatch.from_frame(misspelt, program=program), program)
    order = {"matters_most": {"order": ["skills", "department"]}}
    ordered = Program(**HALVES | {"columns": order})  # type: ignore[arg-type]
    for cells, own in ((["1", "2"], program), (["skills", "department"], ordered)):
        with pytest.raises(rmatch.ProgramError, match=r"reads 'matters_most', which was read as numbers, as lists or"):
            rmatch.match(rmatch.from_frame(four(cells), program=own), own)
    frame = pd.DataFrame([[0.5, 0.5], [0.5, 0.5]], ["j1", "j2"], ["s1", "s2"])
    tiles = Program(**HALVES | {"criteria": [Skills(1), PairScores(frame=frame)]})  # type: ignore[arg-type]
    with pytest.raises(rmatch.ProgramError, match="does not go with 'pair_scores', which has no factors"):
        rmatch.match(rmatch.from_frame(four(["skills", ""]), program=tiles), tiles)
