"""Every naughty text comes through every way in to the letter, as id, name and skill, or is refused with a reason."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from naughty import EMPTY, STORABLE, UNSTORABLE, shared
from workbooks import sheets

import rmatch
from rmatch.columns import Items, fold
from rmatch.roster.answers import ERRORS

SPLIT = "\x1d"  # which none of the texts holds
PROGRAM = rmatch.Program(columns={name: {"split": SPLIT} for name in ("skills_offered", "skills_wanted")})
LEVEL = re.compile(r"\s*(:\s*[1-5]|\([1-5]\))\Z")
COLUMNS = ["employee_id", "role", "name", "skills_offered"]
GIVEN = [text.strip() for text in [*STORABLE, *shared()] if text.strip() and "\0" not in text]
TEXTS = [text for text in dict.fromkeys(GIVEN) if fold(text) not in ERRORS]  # which are no answers


def records(texts: Sequence[str], listed: bool = False) -> list[dict[str, Any]]:
    return [
        {"employee_id": text, "role": "mentor", "name": text, "skills_offered": [text] if listed else text}
        for text in texts
    ]


def as_csv(texts: Sequence[str], delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([COLUMNS, *([record[name] for name in COLUMNS] for record in records(texts))])
    return out.getvalue()


def in_csv(delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> Callable[[Sequence[str]], rmatch.Roster]:
    def read(texts: Sequence[str]) -> rmatch.Roster:
        source = io.BytesIO(as_csv(texts, delimiter, end).encode(encoding, "surrogatepass"))
        return rmatch.read_csv(source, program=PROGRAM, delimiter=delimiter)

    return read


WAYS: dict[str, Callable[[Sequence[str]], rmatch.Roster]] = {
    "csv": in_csv(),
    "csv, semicolons, CR LF": in_csv(";", "utf-8-sig", "\r\n"),
    "csv, tabs, UTF-16": in_csv("\t", "utf-16"),
    "text": lambda texts: rmatch.read_csv(io.StringIO(as_csv(texts), newline=""), program=PROGRAM, delimiter=","),
    "records": lambda texts: rmatch.from_records(records(texts), program=PROGRAM),
    "records of lists": lambda texts: rmatch.from_records(records(texts, listed=True), program=PROGRAM),
    "pandas": lambda texts: rmatch.from_frame(pd.DataFrame(records(texts), dtype=object), program=PROGRAM),
    "polars": lambda texts: rmatch.from_frame(pl.DataFrame(records(texts)), program=PROGRAM),
    "pyarrow": lambda texts: rmatch.from_frame(pa.Table.from_pylist(records(texts)), program=PROGRAM),
}


def in_excel(texts: Sequence[str]) -> rmatch.Roster:
    people = [COLUMNS, *([record[name] for name in COLUMNS] for record in records(texts))]
    return rmatch.read_excel(sheets(People=people), program=PROGRAM)


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_what_a_file_can_hold_comes_through_to_the_letter(way: str) -> None:
    come_through(WAYS[way](TEXTS), TEXTS)


def test_what_a_workbook_can_hold_comes_through_to_the_letter() -> None:
    texts = [text for text in TEXTS if not {"\ufffe", "\uffff"} & set(text)]  # which XML cannot say
    assert len(texts) == len(TEXTS) - 2
    come_through(in_excel(texts), texts)


def come_through(roster: rmatch.Roster, texts: list[str]) -> None:
    assert list(roster.mentors.index) == texts
    assert list(roster.mentors["name"]) == texts
    skills = roster.tables()[0]["skills_offered"]
    assert isinstance(skills, Items)
    said = [LEVEL.sub("", text) for text in texts]
    for k, skill in enumerate(said):
        assert len(skills.of(k)) == 1, skill
        same = {other for other in said if fold(other) == fold(skill)}
        assert skills.of(k)[0] in same, "the text, or one that is the same skill"
    assert not (roster.issues["severity"] == "error").any()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", UNSTORABLE, ids=lambda text: f"{text[:3]!a} {len(text)}")
def test_what_none_can_hold_is_refused_with_a_reason(way: str, text: str) -> None:
    if way in ("polars", "pyarrow") and not _encodable(text):
        pytest.skip("Arrow cannot even take it")
    with pytest.raises(rmatch.RosterError) as caught:
        WAYS[way](["1", text])
    assert caught.value.issues is not None
    assert (caught.value.issues["severity"] == "error").any()
    assert (caught.value.issues["reason"] != "").all()


def _encodable(text: str) -> bool:
    return text.encode(errors="ignore").decode() == text


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", EMPTY, ids=ascii)
def test_white_space_alone_is_no_id(way: str, text: str) -> None:
    with pytest.raises(rmatch.RosterError, match="row 3, employee_id: the row has no id"):
        WAYS[way](["1", text])


@pytest.mark.parametrize("text", TEXTS[::7], ids=lambda text: f"{text[:9]!a}")
def test_a_header_may_be_any_text_that_a_file_can_hold(text: str) -> None:
    roster = rmatch.from_records([{"employee_id": "1", "role": "mentor", text: "x"}])
    assert roster.mentors[text].tolist() == ["x"]


@pytest.mark.parametrize("text", UNSTORABLE, ids=lambda text: f"{text[:3]!a} {len(text)}")
def test_a_header_that_no_file_can_hold_is_refused(text: str) -> None:
    record = {"employee_id": "1", "role": "mentor", text: "x"}
    with pytest.raises(rmatch.RosterError, match="the header of column 3"):
        rmatch.from_records([record])
    if _encodable(text):  # pandas takes no other
        with pytest.raises(rmatch.RosterError, match="the header of column 3"):
            rmatch.from_frame(pd.DataFrame([record]))
