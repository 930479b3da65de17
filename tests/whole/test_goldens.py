"""The same answer tomorrow: every example's result has the recorded bytes, in whatever way it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from goldens import GOLDENS, Example, Prints, kept, other_versions, prints
from places import EXAMPLES, ROOT

import rmatch
from rmatch.solve.scan import kernel
from rmatch.solve.scan.executors import here

pytestmark = pytest.mark.slow

RENEW = "look at what changed, and if it is meant, run `python tests/support/goldens.py`"


@pytest.fixture(params=GOLDENS)
def golden(request: pytest.FixtureRequest) -> tuple[Example, Prints]:
    """An example and what its result must be; the bytes are held where the libraries are those that made them."""
    example = GOLDENS[request.param]
    if not example.here:
        pytest.skip(f"no data in {example.people.parent}")
    recorded = kept()[request.param]
    if other_versions():
        made = prints(example.roster(), example.under())
        assert made["figures"] == recorded["figures"], RENEW
        return example, made
    return example, recorded


def texts(example: Example) -> pd.DataFrame:
    """The people as a table of texts."""
    return pd.read_csv(example.people, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_every_example_is_among_them() -> None:
    programs = {example.program for example in GOLDENS.values()} - {None}
    assert programs == {path.name for path in (EXAMPLES / "programs").iterdir()}
    assert {example.people.name for example in GOLDENS.values() if ROOT in example.people.parents} == {
        path.name for path in (EXAMPLES / "data").glob("*.csv")
    }
    assert kept().keys() == GOLDENS.keys()


def test_the_result_is_the_recorded_one(golden: tuple[Example, Prints]) -> None:
    example, recorded = golden
    if other_versions():
        pytest.skip(f"the bytes were recorded with {other_versions()}; the figures are the same")
    assert prints(example.roster(), example.under()) == recorded, RENEW


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_rows_change_nothing(golden: tuple[Example, Prints], seed: int) -> None:
    example, recorded = golden
    if not example.own_ids:
        pytest.skip("ids are row numbers here: in another order they are other people")
    shuffled = rmatch.from_frame(texts(example).sample(frac=1, random_state=seed), program=example.under())
    assert prints(shuffled, example.under()) == recorded


@pytest.mark.parametrize(
    "kind", [pl.from_pandas, lambda frame: pa.Table.from_pandas(frame, preserve_index=False)], ids=["polars", "pyarrow"]
)
def test_the_kind_of_table_changes_nothing(golden: tuple[Example, Prints], kind: object) -> None:
    example, recorded = golden
    if not example.own_ids:
        pytest.skip("these are two sheets with row numbers for ids; the tables' own names stand in the ids")
    frame = kind(texts(example).astype(str))  # type: ignore[operator]
    assert prints(rmatch.from_frame(frame, program=example.under()), example.under()) == recorded


@pytest.mark.trials
def test_threads_tiles_and_an_executor_change_nothing(
    golden: tuple[Example, Prints], monkeypatch: pytest.MonkeyPatch
) -> None:
    example, recorded = golden
    for rows, columns, threads in ((16, 32, 1), (64, 64, 3)):
        monkeypatch.setattr(kernel, "ROWS", rows)
        monkeypatch.setattr(kernel, "COLUMNS", columns)
        monkeypatch.setattr(kernel, "here", lambda jobs, work, gather, _, use=threads: here(jobs, work, gather, use))
        assert prints(example.roster(), example.under()) == recorded
    monkeypatch.setattr(kernel, "_MIN_REMOTE_TILES", 2)
    with ThreadPoolExecutor(2) as executor:
        assert prints(example.roster(), example.under(), executor) == recorded


SURROUNDINGS = {
    "plain": {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "elsewhere": {"PYTHONHASHSEED": "1", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    "no special instructions": {
        "PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    },
}  # fmt: skip


@pytest.mark.trials
@pytest.mark.parametrize("around", SURROUNDINGS)
def test_hash_seed_locale_time_zone_and_processor_change_nothing(around: str) -> None:
    """Each in a process of its own, under ``-X utf8=0`` where the locale would have its way."""
    words = [sys.executable, "-W", "ignore", "-X", "utf8=0", str(ROOT / "tests" / "support" / "goldens.py"), "--show"]
    done = subprocess.run(words, env=os.environ | SURROUNDINGS[around], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown
    if other_versions():
        assert shown == {name: prints(GOLDENS[name].roster(), GOLDENS[name].under()) for name in shown}
    else:
        assert shown == {name: kept()[name] for name in shown}
