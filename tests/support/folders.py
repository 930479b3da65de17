"""Folders that the command line writes: one with people and their plan to stand in, and what one holds."""

from __future__ import annotations

from pathlib import Path

import pytest

import rmatch
from rmatch import cli


def matched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the folder, with people and in ``plan`` the plan that ``match`` made for them."""
    monkeypatch.chdir(folder)
    rmatch.datasets.workforce(14, 9, n_others=4, seed=3).assign(capacity="1").to_csv("people.csv", index=False)
    assert cli.main(("match", "people.csv", "--out", "plan")) == cli.DONE
    return folder


def held(name: str) -> dict[str, bytes]:
    """The files of a folder, but for the record of runs, which tells the time."""
    return {path.name: path.read_bytes() for path in Path(name).iterdir() if path.name != "audit.jsonl"}
