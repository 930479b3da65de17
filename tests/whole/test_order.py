"""Order does not matter: the same people and program give the same bytes, however the rows come."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from exports import DEFAULT, GAPS, NEEDY, PLAIN, RULES, SHARED, TIED, Export, exports, first_candidates_only, named
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch.api.folder import write_folder
from rmatch.criteria import Text

SAME = ("pairs.csv", "unmatched.csv", "matching.json")


pytestmark = pytest.mark.slow


def files(roster: rmatch.Roster, program: rmatch.Program | None) -> dict[str, bytes] | str:
    """The three files that may not differ, or the refusal."""
    try:
        matching = rmatch.match(roster, program)
    except rmatch.RmatchError as error:
        return str(error)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(matching, Path(folder) / "plan")
        return {name: (Path(folder) / "plan" / name).read_bytes() for name in SAME}


@pytest.mark.trials
@given(exports(7), st.sampled_from(RULES), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(export: Export, rules: tuple, shuffle: int) -> None:
    program = rmatch.Program(criteria=DEFAULT, rules=rules)
    frame = export.frame()
    shuffled = frame.sample(frac=1, random_state=shuffle)
    one, two = (files(rmatch.from_frame(f, program=program), program) for f in (frame, shuffled))
    assert one == two


@pytest.mark.trials
@given(exports(7, kinds=(GAPS, TIED)), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter_where_some_are_bad(export: Export, shuffle: int) -> None:
    frame = export.frame()
    twice = pd.concat([frame, frame.head(1).assign(grade="9"), frame.tail(1).assign(role="boss", employee_id="E-new")])
    shuffled = twice.sample(frac=1, random_state=shuffle)
    one, two = (files(rmatch.from_frame(f, on_bad_rows="skip"), None) for f in (twice, shuffled))
    assert one == two


@pytest.mark.trials
@given(exports(6, kinds=(GAPS, PLAIN)), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter_on_two_sheets_that_disagree(export: Export, shuffle: int) -> None:
    frame = export.frame()
    other = frame.assign(department="Elsewhere", skills_wanted="Excel")
    one, two = (
        files(rmatch.from_frame(a, mentees=b, directory=c), None)
        for a, b, c in (
            (frame, other, frame),
            tuple(f.sample(frac=1, random_state=shuffle) for f in (frame, other, frame)),
        )
    )
    assert one == two


@pytest.mark.trials
@given(exports(6), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter_to_texts(export: Export, shuffle: int) -> None:
    program = rmatch.Program(criteria=(Text(mentor_column="skills_offered", mentee_column="name"), *DEFAULT), rules=())
    frame = export.frame().assign(name=lambda f: f["skills_wanted"] + " " + f["location"])
    one, two = (
        files(rmatch.from_frame(f, program=program), program)
        for f in (frame, frame.sample(frac=1, random_state=shuffle))
    )
    assert one == two


@pytest.mark.trials
@pytest.mark.parametrize("kind", [PLAIN, TIED, GAPS, SHARED, NEEDY])
def test_every_kind_of_frame_gives_the_same_bytes(kind: object, tmp_path: Path) -> None:
    frame = Export(11, 30, 25, kind).frame()  # type: ignore[arg-type]
    frame.to_csv(tmp_path / "people.csv", index=False)
    frame.to_csv(tmp_path / "people.txt", index=False, sep=";", encoding="utf-16")
    rosters = {
        "pandas": rmatch.from_frame(frame),
        "categories": rmatch.from_frame(frame.astype({"department": "category", "role": "category"})),
        "numbers": rmatch.from_frame(frame.astype({"grade": int, "capacity": "Int64", "min_pairs": float})),
        "polars": rmatch.from_frame(pl.from_pandas(frame.astype(str))),
        "pyarrow": rmatch.from_frame(pa.Table.from_pandas(frame.astype(str), preserve_index=False)),
        "records": rmatch.from_records(frame.to_dict("records")),
        "csv": rmatch.read_csv(tmp_path / "people.csv"),
        "semicolons": rmatch.read_csv(tmp_path / "people.txt", delimiter=";"),
    }
    made = {name: files(roster, None) for name, roster in rosters.items()}
    assert [name for name in made if made[name] != made["pandas"]] == []


def test_lists_in_records_are_lists_in_cells() -> None:
    frame = Export(4, 12, 9, PLAIN).frame()
    lists = frame.to_dict("records")
    for record in lists:
        for column in ("skills_offered", "skills_wanted", "goals", "languages"):
            record[column] = [word for word in record[column].split("; ") if word]
    assert files(rmatch.from_records(lists), None) == files(rmatch.from_frame(frame), None)


def test_the_seed_draws_the_lottery_and_changes_no_total() -> None:
    frame = Export(7, 20, 20, TIED).frame()
    plans = [rmatch.match(rmatch.from_frame(frame), rmatch.Program(seed=seed)) for seed in range(4)]
    assert len({(len(plan.pairs), plan.total) for plan in plans}) == 1
    assert len({frozenset(named(plan)) for plan in plans}) > 1
    again = rmatch.match(rmatch.from_frame(frame.iloc[::-1]), rmatch.Program(seed=3))
    assert named(again) == named(plans[3])


@pytest.mark.parametrize("kind", [PLAIN, TIED, SHARED])
def test_ties_do_not_follow_the_rows_when_the_first_candidates_are_few(kind: object) -> None:
    frame = Export(23, 40, 31, kind).frame()  # type: ignore[arg-type]
    with first_candidates_only():
        one, two = (files(rmatch.from_frame(f), None) for f in (frame, frame.sample(frac=1, random_state=9)))
    assert one == two


def test_neither_hash_seed_nor_rows_nor_threads_change_a_byte(tmp_path: Path) -> None:
    frame = Export(31, 300, 260, GAPS).frame()
    made = []
    for run, (seed, threads) in enumerate((("0", "1"), ("1", "2"))):
        frame.sample(frac=1, random_state=run).to_csv(tmp_path / "people.csv", index=False)
        words = ["match", str(tmp_path / "people.csv"), "--out", str(tmp_path / f"plan{run}")]
        environment = os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-m", "rmatch", *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        made.append({name: (tmp_path / f"plan{run}" / name).read_bytes() for name in SAME})
    assert made[0] == made[1]
