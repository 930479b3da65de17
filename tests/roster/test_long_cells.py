"""One long cell takes its own length, not that length once for everybody."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pandas as pd
import pytest

import rmatch

LONG = 131_000  # characters: a cell of a file may have 131,072

MATCHED = """
import resource, sys
import rmatch
people = rmatch.datasets.workforce(2_000, 2_000, seed=1).astype({sys.argv[1]: object})
people.loc[3, sys.argv[1]] = "w" * int(sys.argv[2])
matching = rmatch.match(rmatch.from_frame(people))
first = matching.pair_ids[0]
texts = [str(matching.explain(*first)), str(matching.why_not(*first)), matching.unmatched.to_csv()]
assert matching.verify() and all(texts)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@cache
def peak(column: str = "employee_id", length: int = 8) -> int:
    """The most memory, in kB, of a process that matches people of whom one has a cell of so many characters."""
    words = [sys.executable, "-c", MATCHED, column, str(length)]
    return int(subprocess.run(words, capture_output=True, check=True).stdout)


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is counted in other units elsewhere")
@pytest.mark.parametrize("column", ["employee_id", "skills_offered", "department"])
def test_a_long_cell_costs_its_own_length_only(column: str) -> None:
    assert peak(column, LONG) - peak() < 300 * LONG / 1000  # kB; as wide a cell for each of 2,000 people would be 1 GB


def test_texts_of_any_length_are_ordered_by_code_point() -> None:
    ids = ["é", "e" * 500, "e", "Z", "z", "\U0001f600", "\uffff", "10", "9"]
    frame = pd.DataFrame({"employee_id": ids, "role": "mentor", "skills_offered": "a", "skills_wanted": "a"})
    frame = pd.concat([frame, frame.assign(employee_id=[f"t{k}" for k in ids], role="mentee")])
    program = rmatch.Program(rules=(), criteria=[{"kind": "skills"}])
    matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    assert list(rmatch.score_matrix(rmatch.from_frame(frame, program=program), program).index) == sorted(ids)
    assert [a for a, _ in matching.pair_ids] == sorted(ids)
