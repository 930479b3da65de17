"""Every example runs: the scripts from any folder, the notebooks from their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import EXAMPLES

pytestmark = pytest.mark.slow

SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))

LAST_WORDS = {
    "dask_cluster.py": "the same to the byte: True",
    "make_workforce.py": "bytes",
    "own_criterion.py": "have no time in common",
    "own_rule.py": "have no eligible partner on their continent",
    "quickstart.py": "Verified against the people",
}
NEEDS = {"dask_cluster.py": ("distributed",), "analysts_day.ipynb": ("matplotlib", "xlsxwriter")}


def need(example: str) -> None:
    for module in NEEDS.get(example, ()):
        pytest.importorskip(module, reason=f"{module} is not installed: {example} is not run")


def test_there_are_no_other_scripts() -> None:
    assert set(SCRIPTS) == LAST_WORDS.keys()


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_script_runs(script: str, tmp_path: Path) -> None:
    need(script)
    shipped = {path: path.read_bytes() for path in (EXAMPLES / "data").iterdir()}
    words = [sys.executable, str(EXAMPLES / script)]
    env = os.environ | {"PYTHONUTF8": "1"}
    ran = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    assert LAST_WORDS[script] in ran.stdout.splitlines()[-1]
    assert shipped == {path: path.read_bytes() for path in (EXAMPLES / "data").iterdir()}, "it changed the shipped data"
    assert not any(tmp_path.iterdir()), "it left something behind"


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_notebook_runs_and_is_kept_without_outputs(notebook: str) -> None:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: the notebook is not executed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: the notebook is not executed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: the notebook is not executed")
    need(notebook)
    book = nbformat.read(EXAMPLES / notebook, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": EXAMPLES}}
    ).execute()
    assert all(cell.execution_count for cell in code)
