"""Laws of every criterion: it says what its words say, in any order of people, and its parts are the score."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import oracles
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import CRITERIA, GAPS, PLAIN, SEEDS, Crowd, category, compiled, crowds, items_of, number, scored

import rmatch
from rmatch.columns import Column, Table
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
    Text,
    Tile,
)
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, on_grid
from rmatch.program import Program

FEW = settings(max_examples=settings.default.max_examples // 4)
EXACT = [c for c in CRITERIA if not isinstance(c, Text)]


def points_of(criterion: Criterion, mentors: Table, mentees: Table, weight: int = SCALE) -> np.ndarray:
    factors = criterion.factors(mentors, mentees)
    assert factors is not None
    u, v = on_grid(factors, weight)
    return np.asarray(u.dense(np.int64) @ v.dense(np.int64).T)


def people(**columns: Column) -> Table:
    size = len(next(iter(columns.values())))
    return Table(np.array([f"p{k}" for k in range(size)], dtype=object), columns)


def skills(*rows: dict[str, int]) -> Column:
    words = tuple(sorted({w for row in rows for w in row})) or ("nothing",)
    return items_of([{words.index(w): level for w, level in row.items()} for row in rows], words)


# ---------------------------------------------------------------- what the words say


@pytest.mark.slow
@pytest.mark.parametrize("criterion", EXACT, ids=repr)
@FEW
@example(crowd=Crowd(3, 1, 1, GAPS))  # without a number on either side
@given(crowd=crowds())
def test_every_criterion_scores_as_its_words_say(criterion: Criterion, crowd: Crowd) -> None:
    mentors, mentees = crowd.tables()
    factors = criterion.factors(mentors, mentees)
    expected = np.array([[float(x) for x in row] for row in oracles.scores(criterion, mentors, mentees)])
    assert factors is not None
    assert np.allclose(factors.matrix(), expected.reshape(factors.shape), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("criterion", EXACT, ids=repr)
@FEW
@given(crowd=crowds(), weight=st.integers(1, SCALE))
def test_points_are_the_score_within_the_rounding_of_the_grid(criterion: Criterion, crowd: Crowd, weight: int) -> None:
    mentors, mentees = crowd.tables()
    most = 1 + 5 * 4  # a wanted list holds up to four items, each with up to five levels, each rounded
    points = points_of(criterion, mentors, mentees, weight)
    for row, exact in zip(points, oracles.scores(criterion, mentors, mentees), strict=True):
        assert all(abs(p - x * weight) <= most for p, x in zip(row.tolist(), exact, strict=True) if x is not None)


@given(crowds(), st.integers(1 << 10, SCALE))
def test_texts_are_never_scored_above_their_cosine(crowd: Crowd, weight: int) -> None:
    """And below it by no more than the two roundings: 1/1024 of a mentor's word, a point for every mentee's."""
    criterion = Text(mentor_column="biography", mentee_column="biography")
    mentors, mentees = crowd.tables()
    points = points_of(criterion, mentors, mentees, weight)
    exact = np.array(oracles.scores(criterion, mentors, mentees), dtype=float).reshape(points.shape) * weight
    words = 8
    assert np.all(points <= exact + 1e-6)
    assert np.all(exact - points <= weight / 1024 * math.sqrt(words) + 1024 * math.sqrt(words) + 1)


@pytest.mark.slow
@given(SEEDS, st.integers(0, 6), st.integers(0, 6), st.sampled_from(["forbid", 0.0]), st.booleans())
def test_given_scores_come_back_as_they_were_given(seed: int, m: int, n: int, missing: str | float, long: bool) -> None:
    draw = np.random.default_rng(seed)
    mentors, mentees = Crowd(seed, m, n).tables()
    values = np.where(draw.random((m + 1, n + 1)) < 0.4, np.nan, draw.integers(0, 1025, (m + 1, n + 1)) / 1024)
    frame = pd.DataFrame(values, [*mentors.ids[::-1], "stranger"], [*mentees.ids[::-1], "stranger"])
    if long:
        i, j = np.nonzero(~np.isnan(values))
        frame = pd.DataFrame({"mentor_id": frame.index[i], "mentee_id": frame.columns[j], "score": values[i, j]})
    criterion = PairScores(frame=frame, missing=missing)  # type: ignore[arg-type]
    tile = criterion.tile(mentors, mentees)
    found = tile.block(np.arange(m), np.arange(n))
    expected = [[math.nan if x is None else x for x in row] for row in oracles.scores(criterion, mentors, mentees)]
    assert np.array_equal(found, np.array(expected, dtype=float).reshape(m, n), equal_nan=True)


# ---------------------------------------------------------------- known answers


def test_a_level_counts_as_far_as_it_reaches_the_target() -> None:
    mentors = people(skills_offered=skills({"sql": 2}, {"sql": 5}, {"sql": 0}, {}))
    mentees = people(skills_wanted=skills({"sql": 4}, {"sql": 0}, {"sql": 4, "r": 1}, {}))
    assert points_of(Skills(), mentors, mentees).tolist() == [
        [SCALE // 2, SCALE, SCALE // 4, 0],
        [SCALE, SCALE, SCALE // 2, 0],
        [SCALE, SCALE, SCALE // 2, 0],
        [0, 0, 0, 0],
    ]


def test_reciprocity_is_coverage_the_other_way() -> None:
    mentors = people(skills_wanted=skills({"law": 0, "budget": 0}))
    mentees = people(skills_offered=skills({"law": 0}, {"law": 0, "budget": 0}, {}))
    assert points_of(Reciprocity(), mentors, mentees).tolist() == [[SCALE // 2, SCALE, 0]]


def test_a_blank_background_takes_the_mean_of_its_column() -> None:
    mentors = people(site=category(["Leeds", "Bath", ""]), path=category(["a", "a", "a"]))
    mentees = people(site=category(["Leeds", "York"]), path=category(["a", "b"]))
    # sites differ in 3 of 4 answered pairs
    expected = [[0, 1.0], [0.5, 1.0], [0.375, 0.875]]
    assert (points_of(Background(columns=("site", "path")), mentors, mentees) / SCALE).tolist() == expected


def test_a_number_is_as_close_as_its_distance_within_the_range() -> None:
    mentors, mentees = people(years=number([0, 10, np.nan])), people(years=number([0, 5]))
    assert (points_of(Similarity(column="years"), mentors, mentees) / SCALE).tolist() == [
        [1, 0.5],
        [0, 0.5],
        [0.5, 0.5],
    ]
    assert (points_of(Difference(column="years"), mentors, mentees) / SCALE).tolist() == [
        [0, 0.5],
        [1, 0.5],
        [0.5, 0.5],
    ]


def test_equal_texts_are_worth_nearly_all_and_never_more() -> None:
    mentors = people(t=category(["python", "law and budget", "", "Größe"]))
    mentees = people(t=category(["Python", "law & budget and", "", "GRÖSSE"]))
    for weight in (SCALE, 157_286, 209_715):
        equal = np.diag(points_of(Text(mentor_column="t", mentee_column="t"), mentors, mentees, weight))
        assert equal[2] == 0
        assert np.all(equal <= weight)
        assert np.all(equal[[0, 1, 3]] > 0.97 * weight)


def test_a_pair_of_the_most_different_people_earns_exactly_the_weight() -> None:
    """Shares of a third, and every column answered: rounded apart they would add up to a point too many."""
    columns = {name: category(["x", "y"]) for name in ("one", "two", "three")}
    criterion = Background(columns=tuple(columns))
    for weight in (SCALE, 157_286, 209_715, 157_287):
        points = points_of(criterion, people(**columns), people(**columns), weight)
        assert points.tolist() == [[0, weight], [weight, 0]]


# ---------------------------------------------------------------- the whole score


@given(crowds(), st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=5))
def test_parts_sum_to_the_score_and_the_score_lies_in_the_unit(crowd: Crowd, criteria: list[Criterion]) -> None:
    made = compiled(Program(criteria=criteria, rules=()), *crowd.tables())
    i, j = np.indices(made.model.shape).reshape(2, -1)
    parts = made.model.parts(i, j)
    assert parts.shape == (len(criteria), len(i))
    assert np.array_equal(parts.sum(0), made.model.points(i, j))
    assert parts.min(initial=0) >= 0
    assert parts.sum(0).max(initial=0) <= SCALE


@pytest.mark.slow
@given(crowds(), st.lists(st.sampled_from(EXACT), min_size=1, max_size=5))
def test_each_part_is_its_criterions_share_of_the_weights(crowd: Crowd, criteria: list[Criterion]) -> None:
    made = compiled(Program(criteria=criteria, rules=()), *crowd.tables())
    i, j = np.indices(made.model.shape).reshape(2, -1)
    whole = sum(Fraction(c.weight) for c in criteria)
    for criterion, part in zip(criteria, made.model.parts(i, j), strict=True):
        exact = np.array(oracles.scores(criterion, made.model.mentors, made.model.mentees), dtype=object).reshape(-1)
        share = Fraction(criterion.weight) / whole * SCALE
        assert all(abs(int(p) - share * x) <= 22 for p, x in zip(part, exact, strict=True))


@given(SEEDS, st.integers(1, 6), st.integers(1, 6))
def test_given_scores_in_whole_points_are_exact(seed: int, m: int, n: int) -> None:
    values = np.random.default_rng(seed).integers(0, SCALE + 1, (m, n))
    made = scored(values / SCALE).compiled()
    order = [[int(str(k)[1:]) for k in t.ids] for t in (made.model.mentors, made.model.mentees)]
    assert np.array_equal(made.points(), values[np.ix_(*order)])


# ---------------------------------------------------------------- tiles


@pytest.mark.slow
@given(SEEDS, st.integers(1, 8), st.integers(1, 8))
def test_a_block_is_the_same_from_any_window(seed: int, m: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        np.where(draw.random((m, n)) < 0.3, np.nan, draw.random((m, n))),
        [f"a{k}" for k in range(m)],
        [f"b{k}" for k in range(n)],
    )
    tile = PairScores(frame=frame).tile(*Crowd(seed, m, n).tables())
    rows, columns = draw.permutation(m)[: draw.integers(0, m + 1)], draw.permutation(n)[: draw.integers(0, n + 1)]
    assert np.array_equal(tile.block(rows, columns), frame.to_numpy()[np.ix_(rows, columns)], equal_nan=True)
    i, j = draw.integers(0, m, 30), draw.integers(0, n, 30)
    assert np.array_equal(tile.at(i, j), frame.to_numpy()[i, j], equal_nan=True)


class Distance(Tile):
    """A tile that defines its blocks only."""

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return 1 / (1.0 + np.abs(np.subtract.outer(rows, columns)))


@given(SEEDS, st.integers(0, 40))
def test_a_tile_that_gives_blocks_gives_listed_pairs_too(seed: int, size: int) -> None:
    draw = np.random.default_rng(seed)
    i, j = draw.integers(0, 9, size), draw.integers(0, 9, size)
    assert np.array_equal(Distance().at(i, j), 1 / (1.0 + np.abs(i - j)))


def test_a_tile_without_blocks_says_what_is_missing() -> None:
    with pytest.raises(TypeError, match="block"):
        Tile().block(np.arange(1), np.arange(1))


# ---------------------------------------------------------------- the reasons in words


def test_because_names_what_earned_the_points() -> None:
    mentors = people(
        skills_offered=skills({"SQL": 3, "Excel": 0}),
        skills_wanted=skills({"Budgets": 0}),
        goals=skills({"network": 0}),
        department=category(["IT"]),
        location=category(["Leeds"]),
        job_family=category(["tech"]),
        t=category(["cloud budgets"]),
    )
    mentees = people(
        skills_offered=skills({"budgets": 0}),
        skills_wanted=skills({"sql": 3, "excel": 0, "r": 0}),
        goals=skills({"Network": 0}),
        department=category(["Legal"]),
        location=category(["Bath"]),
        job_family=category(["tech"]),
        t=category(["budgets for the cloud"]),
    )
    said = {
        Skills(): "teaches excel and sql",
        Reciprocity(): "gains Budgets in return",
        Goals(): "shares the goal Network",
        Department(): "comes from another department",
        Department(prefer="same"): "",
        Background(columns=("location", "job_family")): "differs in location",
        Similarity(column="job_family"): "has the same job family",
        Similarity(column="location"): "",
        Similarity(column="goals"): "shares Network",
        Difference(column="location"): "differs in location",
        Text(mentor_column="t", mentee_column="t"): "writes of budgets, cloud",
    }
    one = np.array([0])
    assert {c: c.because(mentors, mentees, one, one) for c in said} == {c: [words] for c, words in said.items()}


@pytest.mark.slow
@pytest.mark.parametrize("criterion", [*CRITERIA, PairScores(frame=pd.DataFrame([[1.0]]))], ids=lambda c: c.kind())
@FEW
@given(crowd=crowds(most=3, least=1))
def test_every_criterion_can_say_why_and_what_it_is(criterion: Criterion, crowd: Crowd) -> None:
    mentors, mentees = crowd.tables()
    i, j = np.indices((len(mentors.ids), len(mentees.ids))).reshape(2, -1)
    said = criterion.because(mentors, mentees, i, j)
    assert criterion.in_words()
    assert len(said) == len(i)
    assert all(isinstance(words, str) for words in said)


@pytest.mark.slow
@given(crowds(least=1))
def test_what_is_said_to_be_taught_is_what_earned_points(crowd: Crowd) -> None:
    mentors, mentees = crowd.tables()
    points = points_of(Skills(), mentors, mentees)
    i, j = np.indices(points.shape).reshape(2, -1)
    assert [bool(words) for words in Skills().because(mentors, mentees, i, j)] == points[i, j].astype(bool).tolist()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("weight", [0, -1, math.inf, -math.inf, math.nan, "much", None])
def test_a_weight_is_a_finite_number_above_nothing(weight: object) -> None:
    with pytest.raises(ProgramError, match="weight"):
        Skills(weight)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Similarity(), "`column` is missing"),
        (lambda: Background(columns=()), "at least one column"),
        (lambda: Background(columns=("a", "a")), "each once"),
        (lambda: Text(mentor_column="t"), "both needed"),
        (lambda: Department(prefer="other"), "prefer"),  # type: ignore[arg-type]
        (lambda: PairScores(), "`frame` or `file`"),
        (lambda: PairScores(frame=pd.DataFrame([[1.0]]), file="x.csv"), "`frame` or `file`"),
        (lambda: PairScores(frame=pd.DataFrame([[1.0]]), missing=0.5), "missing"),
        (lambda: PairScores(frame=pd.DataFrame([[1.0]]), sha256="0" * 64), "not those that were recorded"),
        (lambda: PairScores(frame=pd.DataFrame([[0.0, 5.0]])), r"rescale with \(score - 0\) / 5"),
        (lambda: PairScores(frame=pd.DataFrame([[3.0, 3.0]])), r"rescale with \(score - 0\) / 3"),
        (lambda: PairScores(frame=pd.DataFrame([[-0.1]])), "outside"),
        (lambda: PairScores(frame=pd.DataFrame([[0.5]], [["a0"], ["x"]])), "several levels"),
        (lambda: PairScores(file="no such file.csv"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(make: object, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("none", [None, np.nan, pd.NA])
@pytest.mark.parametrize("long", [True, False])
def test_an_id_that_is_missing_is_nobodys_even_where_somebody_is_called_nan(none: object, long: bool) -> None:
    score = [0.5, 0.25]
    if long:
        frame = pd.DataFrame({"mentor_id": ["a0", none], "mentee_id": ["b0", "b0"], "score": score})
    else:
        frame = pd.DataFrame({"b0": score}, index=pd.Index(["a0", none], dtype=object))
    criterion = PairScores(frame=frame, missing=0.0)
    crowd = rmatch.from_records(
        [{"employee_id": id_, "role": "mentor", "grade": 1} for id_ in ("a0", "nan", "None", "<NA>")]
        + [{"employee_id": "b0", "role": "mentee", "grade": 5}]
    )
    tile = criterion.tile(*crowd.tables())
    assert tile.at(np.arange(4), np.zeros(4, np.int64)).tolist() == [0.5, 0.0, 0.0, 0.0]
    assert criterion.sha256 == PairScores(frame=frame.replace({none: np.nan}), missing=0.0).sha256


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_file_of_scores_is_read_whatever_separates_its_cells(mark: str, tmp_path: Path) -> None:
    path, expected = tmp_path / "scores.csv", PairScores(frame=pd.DataFrame([[0.5, 0.25]], ["a0"], ["b0", "b1"]))
    for text in ("mentor_id,mentee_id,score\n a0,b0 ,0.5\na0,b1,0.25\n", ",b0,b1\na0,0.5,0.25\n"):
        path.write_text(text.replace(",", mark))
        assert PairScores(file=str(path)).sha256 == expected.sha256
    path.write_text("mentor_id,mentee_id,score\na0,b0,0.5,1\n".replace(",", mark))
    with pytest.raises(ProgramError, match=r"row 2: the row has 4 cells where the headers have 3"):
        PairScores(file=str(path))
    with pytest.raises(ProgramError, match="is a folder"):
        PairScores(file=str(tmp_path))


@pytest.mark.parametrize(
    ("cell", "score"), [("0,5", 0.5), ("0,125", 0.125), ("1,000", 1.0), (" 0,75 ", 0.75), ("1", 1.0)]
)
def test_a_comma_in_a_score_is_the_decimal_sign(cell: str, score: float, tmp_path: Path) -> None:
    expected = PairScores(frame=pd.DataFrame([[score]], ["a0"], ["b0"]))
    for text in (f"mentor_id;mentee_id;score\na0;b0;{cell}\n", f";b0\na0;{cell}\n"):
        (tmp_path / "scores.csv").write_text(text)
        assert PairScores(file=str(tmp_path / "scores.csv")).sha256 == expected.sha256


@pytest.mark.parametrize("cell", ["", "much", "inf", "1.5", "1,5", "nan"])
def test_a_listed_score_that_is_no_score_is_refused(cell: str) -> None:
    frame = pd.DataFrame({"mentor_id": ["a0"], "mentee_id": ["b0"], "score": [cell]})
    with pytest.raises(ProgramError, match="PairScores"):
        PairScores(frame=frame)


@pytest.mark.parametrize("cell", ["5,0", "0,5,0", "high", "inf"])
def test_a_cell_of_a_matrix_that_is_no_number_is_not_taken_for_a_missing_one(cell: str) -> None:
    with pytest.raises(ProgramError, match=r"no number|not numbers|infinite"):
        PairScores(frame=pd.DataFrame([["0.5", ""], [cell, None]], ["a0", "a1"], ["b0", "b1"]))


def test_two_scores_for_one_pair_are_refused() -> None:
    frame = pd.DataFrame({"mentor_id": ["a", "a"], "mentee_id": ["b", "b"], "score": [0.1, 0.1]})
    with pytest.raises(ProgramError, match="two scores"):
        PairScores(frame=frame)


def test_scores_from_a_file_are_those_of_the_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame([[0.25, np.nan], [1.0, 0.0]], ["a0", "a1"], ["b0", "b1"])
    matrix, long = tmp_path / "matrix.csv", tmp_path / "long.csv"
    frame.to_csv(matrix)
    listed = frame.stack().dropna().rename_axis(["mentor_id", "mentee_id"]).rename("score").reset_index()
    listed.sample(frac=1, random_state=1).to_csv(long, index=False)
    prints = {PairScores(**given).sha256 for given in ({"frame": frame}, {"file": str(matrix)}, {"file": str(long)})}
    assert len(prints) == 1
    again = PairScores(file=str(matrix), sha256=prints.pop())
    assert "frame" not in again.to_dict()


def test_scores_known_by_their_fingerprint_alone_ask_for_the_frame() -> None:
    given = PairScores(frame=pd.DataFrame([[1.0]], ["a0"], ["b0"]))
    with pytest.raises(ProgramError, match="same `frame`"):
        PairScores(sha256=given.sha256).tile(*Crowd(0, 1, 1, PLAIN).tables())
