"""The Pollock set of polluted CSV files, where it is there: no file is silently wrong."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

HOUSE = Path(__file__).parents[2]
SET = Path(os.environ.get("POLLOCK", HOUSE.parent / "shared" / "data" / "pollock"))


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pollock", HOUSE / "benchmarks" / "pollock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not (SET / "polluted_files").is_dir(), reason="the Pollock set is not there (POLLOCK=its folder)")
def test_each_polluted_file_is_its_twin_or_refused_with_a_reason() -> None:
    found = benchmark().judged(SET)
    assert not found["silently wrong"]
    assert len(found["warned"]) <= 5
    assert sum(map(len, found.values())) == 2_290
