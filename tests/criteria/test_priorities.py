"""Skills that count several times: as the words say, exactly the weight in full, and told in explanations."""

from __future__ import annotations

from itertools import product

import numpy as np
import oracles
import pandas as pd
import pytest

import rmatch
from rmatch import testing
from rmatch.columns import Items
from rmatch.criteria import Skills
from rmatch.factors import SCALE, on_grid
from rmatch.program import Program

WORDS = ("SQL", "AI ethics", "Figma", "C++")


def people(draw: np.random.Generator, m: int, n: int, levels: bool) -> pd.DataFrame:
    """Mentors and mentees with some skills, perhaps with levels."""

    def cell() -> str:
        some = [str(word) for word in draw.permutation(WORDS) if draw.random() < 0.5]
        return "; ".join(f"{word}:{draw.integers(1, 6)}" if levels and draw.random() < 0.7 else word for word in some)

    ids = [f"j{k}" for k in range(m)] + [f"s{k}" for k in range(n)]
    role = ["mentor"] * m + ["mentee"] * n
    skills = {name: [cell() for _ in ids] for name in ("skills_offered", "skills_wanted")}
    return pd.DataFrame({"employee_id": ids, "role": role, **skills})


@pytest.mark.parametrize(
    ("values", "rare", "order"),
    [
        ({"ai Ethics": 2, "c++": 0.5}, False, None),
        ({}, True, None),
        ({"SQL": 3}, True, None),
        ({}, False, "first_counts_most"),
        ({"SQL": 3}, True, "first_counts_most"),
    ],
)
def test_scores_are_what_the_words_say(values: dict[str, float], rare: bool, order: str | None) -> None:
    for seed in range(60):
        draw = np.random.default_rng(seed)
        roster = rmatch.from_frame(people(draw, int(draw.integers(1, 5)), int(draw.integers(1, 5)), bool(seed % 2)))
        criterion = Skills(values=values, rare=rare, order=order)  # type: ignore[arg-type]
        mentors, mentees = roster.tables()
        expected = [[float(x) for x in row] for row in oracles.scores(criterion, mentors, mentees)]  # type: ignore[arg-type]
        factors = criterion.factors(mentors, mentees)
        assert np.allclose(factors.matrix(), expected, atol=1e-12)
        assert ((factors.matrix() >= 0) & (factors.matrix() <= 1 + 1e-12)).all()
        u, v = on_grid(factors, 367_001)
        points = u.dense(np.int64) @ v.dense(np.int64).T
        full = np.array(expected) == 1.0
        assert (points[full] == 367_001).all(), "who gets all that they want has the whole weight"


def test_a_skill_that_counts_twice_is_worth_twice_as_much() -> None:
    frame = pd.DataFrame(
        {
            "employee_id": ["j1", "j2", "s1"],
            "role": ["mentor", "mentor", "mentee"],
            "skills_offered": ["AI ethics", "SQL; Figma", ""],
            "skills_wanted": ["", "", "ai-ethics; SQL; Figma"],
        }
    )
    program = Program(criteria=[Skills(values={"AI ethics": 2})], rules=[])
    roster = rmatch.from_frame(frame, program=program)
    scores = rmatch.score_matrix(roster, program)
    assert scores.loc["j1", "s1"] == scores.loc["j2", "s1"] == 0.5
    matching = rmatch.match(roster, program)
    told = matching.explain("j1", "s1").sentence
    assert "ai-ethics (50% of what they want)" in told
    assert "SQL (25% of what they want)" in matching.explain("j2", "s1").sentence
    assert matching.verify(roster).ok
    assert "AI ethics counts 2 times" in program.criteria[0].in_words()
    assert "what few juniors offer" in Skills(rare=True).in_words()
    rare = rmatch.score_matrix(roster, Program(criteria=[Skills(rare=True)], rules=[]))
    assert rare.loc["j1", "s1"] == pytest.approx(1 / 3, abs=2 / SCALE), "each is offered by one of two"


def test_what_they_name_first_counts_most() -> None:
    """Three skills in a cell count 1, 1/2 and 1/3; the order of the letters and of other people's cells is nothing."""
    frame = pd.DataFrame(
        {
            "employee_id": ["j1", "j2", "s1", "s2"],
            "role": ["mentor", "mentor", "mentee", "mentee"],
            "skills_offered": ["SQL", "AI ethics; Figma", "", ""],
            "skills_wanted": ["", "", "SQL; Figma; sql; AI ethics", "AI ethics"],
        }
    )
    program = Program(criteria=[Skills(order="first_counts_most")], rules=[])
    roster = rmatch.from_frame(frame, program=program)
    scores = rmatch.score_matrix(roster, program)
    assert scores.loc["j1", "s1"] == pytest.approx(6 / 11, abs=2 / SCALE)
    assert scores.loc["j2", "s1"] == pytest.approx(5 / 11, abs=2 / SCALE)
    assert scores.loc["j2", "s2"] == 1
    wanted = roster.tables()[1]["skills_wanted"]
    assert isinstance(wanted, Items)
    assert wanted.places is not None
    assert wanted.places.tolist() == [3, 2, 1, 1], "beside AI ethics, Figma and SQL, and the other's AI ethics"
    matching = rmatch.match(roster, program)
    assert "SQL (55% of what they want)" in matching.explain("j1", "s1").sentence
    assert matching.verify(roster).ok
    assert "what they name first counts most" in program.criteria[0].in_words()
    asked = frame.drop(columns="skills_wanted").assign(T1=["", "", "SQL", "SQL"], T2=["", "", "AI", "SQL"])
    program = Program.model_validate(
        {
            "criteria": [Skills(order="first_counts_most")],
            "rules": [],
            "columns": {"skills_wanted": {"source": ["T1", "T2"]}},
        }
    )
    scores = rmatch.score_matrix(rmatch.from_frame(asked, program=program), program)
    assert scores.loc["j1", "s1"] == pytest.approx(2 / 3, abs=2 / SCALE), "the order of the questions"
    assert scores.loc["j1", "s2"] == 1


def test_it_is_written_to_a_file_and_read_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    whole = Program(criteria=[Skills(values={"AI ethics": 2}, rare=True)])
    path = tmp_path / "program.toml"
    path.write_text(whole.to_toml(), encoding="utf-8")
    assert Program.from_file(path) == whole
    path.write_text('[[criteria]]\nkind = "skills"\nvalues = { "AI ethics" = 2 }\nrare = true\n', encoding="utf-8")
    assert Program.from_file(path) == whole
    testing.check_criterion(Skills(rare=True))
    path.write_text('[[criteria]]\nkind = "skills"\norder = "first_counts_most"\n', encoding="utf-8")
    whole = Program.from_file(path)
    assert whole == Program(criteria=[Skills(order="first_counts_most")])
    assert 'order = "first_counts_most"' in whole.to_toml()
    testing.check_criterion(Skills(order="first_counts_most"))
    path.write_text('[[criteria]]\nkind = "skills"\norder = "first"\n', encoding="utf-8")
    with pytest.raises(rmatch.ProgramError, match="first_counts_most"):
        Program.from_file(path)


def test_an_alias_is_understood() -> None:
    program = Program(
        criteria=[Skills(values={"Machine ethics": 2})], rules=[], aliases={"machine ethics": "AI ethics"}
    )
    frame = people(np.random.default_rng(1), 3, 3, False)
    frame.loc[0, "skills_offered"], frame.loc[3, "skills_wanted"] = "AI ethics", "AI ethics; SQL"
    roster = rmatch.from_frame(frame, program=program)
    assert rmatch.score_matrix(roster, program).loc["j0", "s0"] == pytest.approx(2 / 3, abs=3 / SCALE)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"SQL": 0}, r"above 0 and up to 100; 'SQL' has 0"),
        ({"SQL": float("nan")}, r"'SQL' has nan"),
        ({"SQL": 1000}, r"'SQL' has 1000"),
        ({"SQL": 2, "sql": 1}, r"`values` names 'sql' 2 times; keep one"),
        ({"SQL": "much"}, r"`values\."),
        (["SQL"], r"`values\."),
    ],
)
def test_values_that_make_no_sense_are_refused(values: object, said: str) -> None:
    with pytest.raises(rmatch.ProgramError, match=said):
        Skills(values=values)  # type: ignore[arg-type]


def test_a_skill_that_nobody_has_is_an_error_with_a_suggestion() -> None:
    roster = rmatch.from_frame(people(np.random.default_rng(1), 4, 4, False))
    with pytest.raises(
        rmatch.ProgramError, match=r"skills: `values` names 'Sigma', which nobody offers or wants.*Figma"
    ):
        rmatch.match(roster, Program(criteria=[Skills(values={"Sigma": 2})], rules=[]))


def test_plans_with_them_are_the_best_of_all() -> None:
    """Against enumeration of the assignments of a few people."""
    from scipy.optimize import linear_sum_assignment

    for seed, rare in product(range(20), (False, True)):
        frame = people(np.random.default_rng(seed), 4, 4, True)
        program = Program(criteria=[Skills(rare=rare)] if rare else [Skills(values={"SQL": 2})], rules=[])
        roster = rmatch.from_frame(frame, program=program)
        try:
            matching = rmatch.match(roster, program)
        except rmatch.ProgramError:  # nobody has SQL
            continue
        scores = rmatch.score_matrix(roster, program).to_numpy() * SCALE
        i, j = linear_sum_assignment(-scores)
        assert round(matching.total * SCALE) == round(scores[i, j].sum())
        assert matching.status is rmatch.Status.OPTIMAL
