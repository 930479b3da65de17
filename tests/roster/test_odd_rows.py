"""Totals, notes and second tables below a sheet are nobody: they are refused or pointed out, never read in silence."""

from __future__ import annotations

import csv
import io
import random

import pytest

import rmatch

NUMBERED = rmatch.Program.model_validate({"columns": {"employee_id": {"source": "@row"}}})


def sheets(tail: list[list[str]], addressed: bool) -> rmatch.Roster:
    who = ["Email", "eva@x.org", "max@x.org", "ute@x.org"] if addressed else ["Name", "Eva Ott", "Max Ulm", "Ute Lob"]
    rows = [[who[0], "Can teach"], *([each, "Law; Art"] for each in who[1:]), *tail]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    other = f"{who[0]},Wants to learn\n{'kim@x.org' if addressed else 'Kim Aal'},Art\n"
    program = None if addressed else NUMBERED
    first = io.StringIO(out.getvalue())
    return rmatch.read_csv(first, mentees=io.StringIO(other), program=program, on_bad_rows="skip")


@pytest.mark.parametrize("word", ["Total", "Totals:", "Summe", "Somme", "Suma", "Totaal"])
@pytest.mark.parametrize("addressed", [True, False])
def test_totals_are_rejected(word: str, addressed: bool) -> None:
    roster = sheets([[word, "3"]], addressed)
    assert len(roster.mentors) == 3
    assert roster.accounts["status"].tolist() == ["taking part"] * 3 + ["rejected", "taking part"]


@pytest.mark.parametrize("tail", [[["Updated in May", ""]], [[], ["Cost centre", "Amount"], ["4711", "12.50"]]])
def test_what_stands_below_the_table_is_rejected_or_pointed_out(tail: list[list[str]]) -> None:
    assert len(sheets(tail, addressed=True).mentors) == 3
    roster = sheets(tail, addressed=False)
    warned = roster.issues[roster.issues["severity"] == "warning"]
    assert warned["reason"].str.contains("read as (?:a person|people)").any()


def test_a_person_called_like_a_sum_and_blocks_of_people_are_people() -> None:
    assert len(sheets([["Sum", "Law"]], addressed=False).mentors) == 4
    blocks = [["A B", "Law"], [], ["C D", "Art"], ["E F", "Art"], ["G H", "Law"], ["I J", "Law"]]
    roster = sheets(blocks, addressed=False)
    assert len(roster.mentors) == 8
    assert not (roster.issues["severity"] == "warning").any()
    usernames = rmatch.read_csv(
        io.StringIO("Email,Can teach\nann,Law\nbob,Art\ncyd,Art\ndan,Law\n"),
        mentees=io.StringIO("Email,Wants\neve@x.org,Law\n"),
    )
    assert len(usernames.mentors) == 4


TRICKS = {
    "totals": ([["", "Total", "", "", "9", ""]], "employee_id"),
    "notes": ([[], ["* internal use only"]], "cells"),
    "again in small letters": ([["e000", "P 0", "p0@x.org", "mentor", "Law", ""]], "differ only in case"),
    "another id": ([["E777", "P 0", "p0@x.org", "mentor", "Law", ""]], "one e-mail address stands beside"),
    "another table": ([[], ["Cost centre", "Amount", "", "", "", ""], ["4711", "1", "", "", "", ""]], ""),
}
HEADERS = ["Employee ID", "Name", "Email", "Role", "Can teach", "Wants to learn"]


@pytest.mark.parametrize("seed", range(30))
def test_nobody_is_lost_and_nobody_comes_in_silence(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randint(3, 9)
    people = [[f"E{k:03}", f"P {k}", f"p{k}@x.org", ("mentor", "mentee")[k % 2], "Law", "Law"] for k in range(n)]
    chosen = rng.sample(sorted(TRICKS), rng.randint(0, 4))
    rows = [*([["Sign-up"], []] if rng.random() < 0.4 else []), HEADERS, *people]
    rows += [row for name in chosen for row in TRICKS[name][0]]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    roster = rmatch.read_csv(io.StringIO(out.getvalue()), on_bad_rows="skip")
    accounts = roster.accounts.set_index("employee_id")
    assert {row[0] for row in people} <= set(accounts.index[accounts["status"] == "taking part"])
    taking = set(accounts.index[accounts["status"] == "taking part"]) - {row[0] for row in people}
    assert taking <= {"e000", "E777"}
    said = " ".join(roster.issues["reason"]) + " ".join(roster.issues["column"])
    for name in chosen:
        assert TRICKS[name][1] in said
