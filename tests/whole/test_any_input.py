"""No bad input kills or hangs: it ends in a plan that can be verified, or in an error that says what was wrong."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmatch

pytestmark = pytest.mark.slow

HEADERS = ["employee_id", "role", "grade", "skills_offered", "skills_wanted", "capacity", "min_pairs", "manager_id",
           "goals", "availability", "timezone", "department", "role", "x"]  # fmt: skip
WORDS = ["mentor", "mentee", "both", "none", "", "1", "2", "-3", "1e9", "NaN", "a;b", "Mon 09:00-11:00", "=1+1"]
CELLS = st.sampled_from(WORDS) | st.text(max_size=6)
KINDS = ["skills", "goals", "department", "background", "similarity", "text", "pair_scores", "grade_gap", "exclude",
         "x", "shares", "min_score", "capacity", "lock", "most_pairs", "total"]  # fmt: skip
KEYS = ["weight", "column", "columns", "pairs", "score", "at_least", "prefer", "floor", "file", "missing", "mentors"]
FAMILIES = ["criteria", "rules", "limits", "objectives"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = st.builds(
    lambda kind, rest: {"kind": kind, **rest},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from([1, 0.5, "grade", "same"]), max_size=2),
)
PROGRAMS = st.dictionaries(st.sampled_from(FAMILIES), st.lists(ELEMENTS | JSON, max_size=2), max_size=3)
ANYTHING = st.dictionaries(st.sampled_from([*FAMILIES, "seed", "roles", "columns", "bogus"]), JSON, max_size=3)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_table(data: bytes) -> None:
    with suppress(rmatch.RmatchError):
        rmatch.match(rmatch.read_csv(io.BytesIO(data), on_bad_rows="skip"))


@given(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=9), st.lists(st.lists(CELLS, max_size=10), max_size=7))
def test_any_table(headers: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    with suppress(rmatch.RmatchError):
        matching = rmatch.match(rmatch.read_csv(io.StringIO(text.getvalue()), on_bad_rows="skip"))
        assert matching.verify()
        assert matching.summary()
        assert len(matching.accounts) >= len(matching.pairs)


@given(st.lists(st.dictionaries(st.sampled_from(HEADERS), JSON, max_size=6) | JSON, max_size=5))
def test_any_records(records: list[object]) -> None:
    with suppress(rmatch.RmatchError):
        rmatch.match(rmatch.from_records(records, on_bad_rows="skip"))  # type: ignore[arg-type]


@given(PROGRAMS | ANYTHING)
def test_any_program(data: dict[str, object]) -> None:
    with suppress(rmatch.ProgramError):
        program = rmatch.Program.model_validate(data)
        assert rmatch.Program.model_validate(json.loads(json.dumps(program.to_dict()))) == program
        assert rmatch.Program.model_json_schema()


PEOPLE = [
    {"employee_id": "1", "role": "mentor", "grade": 1, "skills_offered": "a;b", "skills_wanted": "c", "goals": "x"},
    {"employee_id": "2", "role": "mentee", "grade": 3, "skills_offered": "c", "skills_wanted": "b", "goals": "x"},
    {"employee_id": "3", "role": "both", "grade": 2, "skills_offered": "", "skills_wanted": "a:3", "goals": ""},
]


@given(PROGRAMS)
def test_any_program_on_people(data: dict[str, object]) -> None:
    with suppress(rmatch.RmatchError):
        program = rmatch.Program.model_validate(data)
        assert rmatch.match(rmatch.from_records(PEOPLE, program=program), program).verify()
