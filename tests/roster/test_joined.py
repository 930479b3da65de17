"""A table with a row for each answer: the rows of one person are joined where the program asks for it."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

import rmatch

LONG = """employee_id,name,role,department,skills_offered,skills_wanted,No
1,Ann,mentor,IT,SQL,,1
2,Bo,mentee,HR,,Excel,2
1,Ann,mentor,IT,Excel,,3
1,Ann,mentor,IT,SQL,,4
2,Bo,mentee,HR,,Go,5
3,Cy,mentee,HR,,SQL,6
"""


def read(text: str, **families: object) -> rmatch.Roster:
    return rmatch.read_csv(io.StringIO(text), program=rmatch.Program(**families))  # type: ignore[arg-type]


def test_rows_that_differ_in_lists_alone_are_one_person_who_has_all_the_answers() -> None:
    roster = read(LONG, keep="joined")
    assert roster.mentors["skills_offered"].to_dict() == {"1": "Excel; SQL"}
    assert roster.mentees["skills_wanted"].to_dict() == {"2": "Excel; Go", "3": "SQL"}
    accounts = roster.accounts.set_index("row")
    assert set(accounts.index) == {2, 3, 4, 5, 6, 7}
    assert accounts.loc[4, "reason"] == "the answers are joined with those in row 2"
    told = roster.issues[roster.issues["reason"].str.contains("joined with an earlier one")]
    assert told[["severity", "row", "reason"]].to_numpy().tolist() == [
        ["info", 4, "3 rows are joined with an earlier one of the same person"]
    ]


def test_without_that_they_are_refused_and_the_line_that_joins_them_is_given() -> None:
    with pytest.raises(rmatch.RosterError, match=r'the id stands in 3 rows: 2, 4, 5.*keep = "joined"'):
        read(LONG)
    for other in ("1,Ann,mentor,HR,Go,,7\n", "1,Anna,mentor,IT,Go,,7\n", "001,Ann,mentor,IT,Go,,7\n1,Bo,none,,,,8\n"):
        with pytest.raises(rmatch.RosterError, match="Keep one row per person"):
            read(LONG + other)
        with pytest.raises(rmatch.RosterError, match="the id stands in"):
            read(LONG + other, keep="joined")
    same = "employee_id,role,department\n1,mentor,IT\n1,mentor,IT\n2,mentee,IT\n"
    with pytest.raises(rmatch.RosterError, match=r'the same word for word: .*keep = "joined".*leaves the person out'):
        read(same)
    both = f"{same}3,mentor,HR\n4,mentee,IT\n3,mentor,Law\n"
    with pytest.raises(rmatch.RosterError) as caught:
        read(both)
    assert caught.value.issues is not None
    told = dict(zip(caught.value.issues["row"], caught.value.issues["remedy"].str.partition(":")[0], strict=True))
    alike, other = "The rows are the same word for word", "Keep one row per person, or give each an id of their own."
    assert told == {2: alike, 3: alike, 5: other, 7: other}
    assert list(read(same, keep="joined").mentors.index) == ["1"]


@pytest.mark.parametrize(("time", "kept"), [("2025-01-02", ["Go"]), ("", ["Go", "SQL"])])
def test_a_latest_row_and_joined_rows_are_two_things(time: str, kept: list[str]) -> None:
    with pytest.raises(rmatch.ProgramError, match="go together"):
        rmatch.Program(keep="joined", by="When")
    rows = f"employee_id,role,skills_offered,When\n1,mentor,SQL,2025-01-01\n1,mentor,Go,{time}\n2,mentee,,\n"
    if time:
        assert read(rows, keep="latest", by="When").mentors["skills_offered"].tolist() == kept
    else:
        assert read(rows, keep="joined").mentors["skills_offered"].tolist() == ["; ".join(kept)]


def test_a_separator_that_is_declared_joins_and_lists_from_memory_are_left_as_they_are() -> None:
    rows = 'employee_id,role,Topic\n1,mentor,"SQL, Go"\n1,mentor,Excel\n2,mentee,\n'
    columns = {"skills_offered": {"source": "Topic", "split": ","}}
    assert read(rows, keep="joined", columns=columns).mentors["skills_offered"].tolist() == ["Excel; Go; SQL"]
    records = [
        {"employee_id": "1", "role": "mentor", "skills_offered": ["SQL"]},
        {"employee_id": "1", "role": "mentor", "skills_offered": ["Go"]},
        {"employee_id": "2", "role": "mentee", "skills_offered": []},
    ]
    with pytest.raises(rmatch.RosterError, match="the id stands in 2 rows"):
        rmatch.from_records(records, program=rmatch.Program(keep="joined"))


@pytest.mark.parametrize("seed", range(20))
def test_a_table_turned_long_and_joined_is_the_table(seed: int) -> None:
    wide = rmatch.datasets.workforce(12, 8, seed=seed)
    rng = np.random.default_rng(seed)
    long = []
    for row in wide.to_dict("records"):
        column = "skills_offered" if rng.random() < 0.5 else "skills_wanted"
        long += [row | {column: word} for word in str(row[column]).split("; ")]
    table = pd.DataFrame(long).sample(frac=1, random_state=seed)
    roster = read(table.to_csv(index=False), keep="joined")
    true = read(wide.to_csv(index=False))
    for side in ("mentors", "mentees"):
        assert getattr(roster, side).sort_index().equals(getattr(true, side).sort_index())
