"""Nobody is lost, order does not matter, and no input does worse than a RosterError."""

from __future__ import annotations

import csv
import io
from collections import Counter
from random import Random

import pandas as pd
import pytest
from given import Given
from hypothesis import assume, event, given
from hypothesis import strategies as st
from text_tables import Table, outcome, people_in, plain, tables, text, written

import rmatch
from rmatch.schema.person import CANONICAL

pytestmark = pytest.mark.slow


@given(tables())
def test_every_row_is_accounted_for_once_in_each_of_its_roles(table: Table) -> None:
    headers, rows = table
    assume(plain(rows))
    people = people_in(rows)
    roster = rmatch.read_csv(io.StringIO(written(headers, rows)), on_bad_rows="skip", delimiter=",")
    accounts = roster.accounts
    assert set(accounts["row"]) == set(people)
    assert not accounts.duplicated(["file", "row", "role"]).any()
    lines = Counter(accounts["row"])
    twice = {k for k in people if rows[k - 2][1] in ("both", "mentor & mentee")}
    assert {k for k in people if lines[k] == 2} == twice
    assert max(lines.values()) <= 2
    assert (accounts["reason"] != "").eq(accounts["status"] != "taking part").all()
    for role, side in (("mentor", roster.mentors), ("mentee", roster.mentees)):
        taking_part = accounts[(accounts["role"] == role) & (accounts["status"] == "taking part")]
        assert list(taking_part["employee_id"]) == list(side.index)
    errors = roster.issues[roster.issues["severity"] == "error"]
    assert set(errors["row"]) == set(accounts.loc[accounts["status"] == "rejected", "row"])
    counted(roster)


def counted(roster: rmatch.Roster) -> None:
    """What is said in a line is what stands in the tables."""
    status = Counter(roster.accounts["status"])
    severity = Counter(roster.issues["severity"])
    first, second, *_ = roster.summary().splitlines()
    sides = ("mentor", len(roster.mentors)), ("mentee", len(roster.mentees))
    taking = [f"{n} {side}{'s' * (n != 1)}" for side, n in sides]
    assert first == f"{' and '.join(taking)} take part"
    assert second == (
        f"not taking part: {status['not taking part']}, rejected: {status['rejected']}; "
        f"errors: {severity['error']}, warnings: {severity['warning']}"
    )


UNFIT = ("b,none", "c", "d,both,x,y", '"e"f,mentee,g')


@given(st.lists(st.sampled_from(["a,mentor,b", *UNFIT, "", "h,mentee,"]), min_size=1))
def test_rows_that_cannot_be_read_are_counted_too(rows: list[str]) -> None:
    own = [row.replace(",", f"{k},", 1) for k, row in enumerate(rows)]
    text = "\n".join(["employee_id,role,name", "z,mentor,", *own])  # a last cell is empty, so no row is widened
    roster = rmatch.read_csv(io.StringIO(text + "\n"), on_bad_rows="skip", delimiter=",")
    counted(roster)
    assert set(roster.accounts["row"]) == {2, *(k for k, row in enumerate(rows, start=3) if row)}
    bad = {k for k, row in enumerate(rows, start=3) if row in UNFIT}
    assert set(roster.accounts.loc[roster.accounts["status"] == "rejected", "row"]) == bad


@given(tables(), st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_text_survives_any_quoting_delimiter_and_encoding(table: Table, delimiter: str, encoding: str) -> None:
    headers, rows = table
    assume(plain(rows))
    content = written(headers, rows, delimiter).encode(encoding)
    expected = rmatch.read_csv(io.StringIO(written(headers, rows)), on_bad_rows="skip", delimiter=",")
    found = rmatch.read_csv(io.BytesIO(content), on_bad_rows="skip", delimiter=delimiter)
    pd.testing.assert_frame_equal(found.accounts, expected.accounts)
    pd.testing.assert_frame_equal(found.mentors, expected.mentors)
    pd.testing.assert_frame_equal(found.mentees, expected.mentees)


@given(tables(), st.randoms(use_true_random=False))
def test_shuffled_rows_give_the_same_people(table: Table, random: Random) -> None:
    headers, rows = table
    assume(people_in(rows))
    shuffled = random.sample(rows, len(rows))
    one, two = (
        rmatch.from_records([dict(zip(headers, row, strict=True)) for row in order], on_bad_rows="skip")
        for order in (rows, shuffled)
    )
    for mine, theirs in zip(one.tables(), two.tables(), strict=True):
        pd.testing.assert_frame_equal(mine.frame().sort_index(), theirs.frame().sort_index())
        for name in mine:
            labels = getattr(mine[name], "labels", None)
            if labels is not None and name not in ("name", "email", "job_title", "manager_id"):
                assert list(labels) == list(theirs[name].labels)  # type: ignore[union-attr]
    columns = ["column", "value", "severity", "remedy"]
    lines = [Counter(map(tuple, r.issues[columns].itertuples(index=False))) for r in (one, two)]
    assert lines[0] == lines[1]


@given(st.binary(max_size=300), st.sampled_from([b"", b"employee_id,role\n", b"\xff\xfe", b"\xef\xbb\xbf"]))
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    result = outcome(lambda: rmatch.read_csv(io.BytesIO(start + content), on_bad_rows="skip"))
    assert len(result.accounts) if isinstance(result, rmatch.Roster) else str(result)


@given(st.text(alphabet='ab,"\n\r; \t1', max_size=60))
def test_any_text_is_refused_or_every_record_is_accounted_for(body: str) -> None:
    content = io.StringIO("employee_id,role\nx,none\n" + body)
    result = outcome(lambda: rmatch.read_csv(content, on_bad_rows="skip", delimiter=","))
    if isinstance(result, rmatch.RosterError):
        assert result.issues is not None
        assert len(result.issues)
        return
    records = list(csv.reader(io.StringIO(body, newline="")))
    people = [k for k, cells in enumerate(records, start=3) if any(map(str.strip, cells))]
    assert {2, *people} <= set(result.accounts["row"]) <= set(range(2, len(records) + 3))


values = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), text, st.binary(max_size=3), st.text(max_size=3)),
    st.lists(st.one_of(text, st.integers(), st.lists(text, max_size=2)), max_size=3),
    st.dictionaries(text, text, max_size=1),
)


@given(st.lists(st.dictionaries(st.sampled_from([*CANONICAL, "other"]), values), max_size=5))
def test_any_records_are_read_or_refused(records: list[dict[str, object]]) -> None:
    result = outcome(lambda: rmatch.from_records(records, on_bad_rows="skip"))
    if isinstance(result, rmatch.Roster):
        assert set(result.accounts["row"]) <= set(range(2, len(records) + 2))
    else:
        assert str(result)


headers = st.sampled_from(["employee_id", "role", "grade", "Cohort", "name", "@row", "skills_offered", "nowhere"])
source = st.one_of(headers, st.lists(headers, min_size=1, max_size=2))
bindings = st.fixed_dictionaries(
    {},
    optional={
        "source": st.one_of(source, st.dictionaries(st.sampled_from(["mentors", "mentees", "directory"]), source)),
        "na": st.lists(st.sampled_from(["NA", "", "3", "SQL"]), max_size=2),
        "split": st.sampled_from([",", ";", "::", (",", ";")]),
        "order": st.lists(st.sampled_from(["3", "007", "mentor", "a, b"]), max_size=3, unique=True),
    },
)
ends = st.fixed_dictionaries({"at_least": st.sampled_from([0, 4, "mentor", "3"])})
ranges = st.fixed_dictionaries({"column": headers, "mentor": ends, "mentee": ends})


@given(
    tables(),
    st.one_of(st.none(), tables()),
    st.one_of(st.none(), tables()),
    st.dictionaries(headers.filter(lambda name: name != "@row"), bindings, max_size=4),
    st.one_of(st.none(), ranges),
)
def test_any_program_reads_or_refuses_any_tables(
    people: Table, mentees: Table | None, directory: Table | None, columns: dict[str, object], roles: object
) -> None:
    def buffer(table: Table | None) -> io.StringIO | None:
        return None if table is None else io.StringIO(written(*table))

    sheets = [buffer(people), buffer(mentees), buffer(directory)]
    result = outcome(
        lambda: rmatch.read_csv(
            sheets[0],
            mentees=sheets[1],
            directory=sheets[2],
            program=Given(columns=columns, roles=roles, named=["Cohort"]),
            on_bad_rows="skip",  # type: ignore[arg-type]
        )
    )
    if isinstance(result, rmatch.RosterError):
        assert result.issues is not None
    else:
        event("read")
        assert set(result.issues["severity"]) <= {"error", "warning", "info"}
        assert "take part" in result.summary()
        assert not result.accounts.duplicated(["file", "row", "role"]).any()
        assert result.mentors.index.is_unique
        assert result.mentees.index.is_unique


def test_the_message_names_the_first_errors_and_carries_all() -> None:
    rows = "".join(f"{k},mentor,-1\n" for k in range(10))
    with pytest.raises(rmatch.RosterError, match=r"10 errors.*\n.*row 2, capacity.*'-1'") as caught:
        rmatch.read_csv(io.StringIO("employee_id,role,capacity\n" + rows))
    assert caught.value.issues is not None
    assert list(caught.value.issues["row"]) == list(range(2, 12))
    assert list(caught.value.issues.columns) == ["file", "row", "column", "value", "severity", "reason", "remedy"]
