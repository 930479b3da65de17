"""Vectors from a file: the cosine in exact points, whatever the format, and each fault in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

import rmatch
from rmatch import testing
from rmatch.criteria import Vectors
from rmatch.factors import SCALE, on_grid


def people(m: int, n: int) -> pd.DataFrame:
    rows = [(f"j{k}", "mentor", f"t{k % 3}") for k in range(m)] + [(f"s{k}", "mentee", f"t{k % 2}") for k in range(n)]
    return pd.DataFrame(rows, columns=["employee_id", "role", "team"])


def written(folder: Path, kind: str, keys: list[str], vectors: np.ndarray) -> str:
    path = folder / f"meaning.{kind}"
    frame = pd.DataFrame({"key": keys, **{f"x{d}": vectors[:, d] for d in range(vectors.shape[1])}})
    if kind == "npz":
        np.savez(path, keys=np.array(keys), vectors=vectors.astype(np.float32))
    elif kind == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    return str(path)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("kind", ["npz", "csv", "parquet"])
def test_the_score_is_the_cosine_and_the_plan_the_best(kind: str, tmp_path: Path) -> None:
    for seed in range(25):
        draw = np.random.default_rng(seed)
        m, n, d = (int(x) for x in draw.integers(1, 7, 3))
        vectors = draw.normal(size=(m + n, d)) * 10.0 ** draw.integers(-3, 4)
        vectors[draw.random(m + n) < 0.2] = np.eye(d)[0]  # as far along one axis as a vector reaches
        keys = [f"j{k}" for k in range(m)] + [f"s{k}" for k in range(n)]
        criterion = Vectors(file=written(tmp_path, kind, keys, vectors))
        program = rmatch.Program(criteria=[criterion], rules=[])
        roster = rmatch.from_frame(people(m, n), program=program)
        vectors = vectors.astype(np.float32).astype(float) if kind == "npz" else vectors
        exact = np.array([[(1 + cosine(a, b)) / 2 for b in vectors[m:]] for a in vectors[:m]])
        scores = rmatch.score_matrix(roster, program).loc[keys[:m], keys[m:]].to_numpy()
        assert np.abs(scores - exact).max() <= 1.5 * np.sqrt(d) / 1024 + 2e-6
        matching = rmatch.match(roster, program)
        i, j = linear_sum_assignment(-scores)
        assert round(matching.total * SCALE) == round(float(scores[i, j].sum()) * SCALE)
        assert matching.status is rmatch.Status.OPTIMAL
        assert matching.verify(roster).ok
        for weight in (1, 3, 1001):  # never below 0 nor above the weight, however coarse the grid
            u, v = on_grid(criterion.factors(*roster.tables()), weight)
            points = u.dense(np.int64) @ v.dense(np.int64).T
            assert points.min() >= 0
            assert points.max() <= weight


def test_a_column_may_hold_the_keys_and_nobody_needs_a_vector(tmp_path: Path) -> None:
    file = written(tmp_path, "csv", ["t0", "t1"], np.array([[1.0, 0.0], [0.6, 0.8]]))
    program = rmatch.Program(criteria=[Vectors(file=file, mentor_column="team", mentee_column="team")], rules=[])
    roster = rmatch.from_frame(people(3, 2), program=program)
    scores = rmatch.score_matrix(roster, program)
    assert scores.loc["j0", "s0"] == 1.0
    assert scores.loc["j1", "s0"] == pytest.approx(0.8, abs=1e-3)
    assert (scores.loc["j2"] == 0.5).all(), "team t2 has no vector"
    matching = rmatch.match(roster, program)
    assert "is like the other by meaning (cosine 0.60)" in matching.explain("j1", "s0").sentence
    assert matching.explain("j2", "s0").because == {}
    assert "meaning.csv" in program.criteria[0].in_words()


def test_a_program_file_names_it_beside_itself_and_a_result_knows_its_fingerprint(tmp_path: Path) -> None:
    file = written(tmp_path, "npz", ["j0", "s0"], np.eye(2))
    path = tmp_path / "program.toml"
    path.write_text('[[criteria]]\nkind = "vectors"\nfile = "meaning.npz"\n', encoding="utf-8")
    program = rmatch.Program.from_file(path)
    assert program.criteria == (Vectors(file=file),)
    again = rmatch.Program.model_validate(program.to_dict())
    assert again == program
    written(tmp_path, "npz", ["j0", "s0"], np.ones((2, 2)))
    with pytest.raises(rmatch.ProgramError, match=r"meaning\.npz is not the file that was recorded"):
        rmatch.Program.model_validate(program.to_dict())
    testing.check_criterion(Vectors(file=written(tmp_path, "csv", ["2", "3"], np.eye(2)), mentor_column="grade"))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("", "", r"`file` is missing: the path of a \.npz, \.csv or \.parquet file"),
        ("a.txt", "key,x\na,1\n", r"a\.txt is no \.npz, \.csv or \.parquet file"),
        ("a.npz", "no zip", r"a\.npz cannot be read"),
        ("a.parquet", "no parquet", r"a\.parquet cannot be read"),
        ("a.csv", "key,x\na,much\n", r"a\.csv cannot be read: could not convert"),
        ("a.csv", "key\na\n", r"needs a key and numbers in each row"),
        ("a.csv", "key,x\na,inf\n", r"the vector of 'a' holds a number that is not finite"),
        ("a.csv", "key,x\na,1\na,2\n", r"'a' has two vectors"),
        ("a.csv", "key,x\na,0\n", r"the vector of 'a' is 0 and points nowhere"),
    ],
)
def test_a_file_that_holds_no_vectors_is_refused(name: str, text: str, said: str, tmp_path: Path) -> None:
    if name:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(rmatch.ProgramError, match=said):
        Vectors(file=str(tmp_path / name) if name else "")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(rmatch.ProgramError, match=r"cannot be read"):
        Vectors(file=str(tmp_path / "none.csv"))


def test_keys_of_somebody_else_are_refused(tmp_path: Path) -> None:
    program = rmatch.Program(criteria=[Vectors(file=written(tmp_path, "csv", ["x"], np.eye(1)))], rules=[])
    with pytest.raises(
        rmatch.ProgramError, match=r"no mentor has a vector in .*: its keys are such as 'x', not ids of people"
    ):
        rmatch.match(rmatch.from_frame(people(2, 2)), program)
