"""How people are spoken of: by what they share and others have not, and only by columns that may be shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import category, number

from rmatch.columns import Column, Number, Table
from rmatch.infeasible.in_common import described

TOWNS = ["Munich"] * 6 + ["MUNICH", "Berlin", "Berlin", ""]
PATHS = ["direct"] * 5 + ["graduate"] * 5


def side(**columns: Column | list[str]) -> Table:
    made = {name: category(c) if isinstance(c, list) else c for name, c in columns.items()}
    size = len(next(iter(made.values())))
    return Table(np.array([f"p{k}" for k in range(size)], dtype=object), made)


def said(table: Table, people: range | list[int]) -> str:
    return described(table, np.array(people, np.int64), "mentee")


def test_one_column_is_enough_where_it_tells_them_from_all_others() -> None:
    assert said(side(location=TOWNS, career_path=PATHS), range(7)) == "7 mentees in Munich"


def test_two_columns_are_named_where_one_would_fit_others_too() -> None:
    table = side(location=TOWNS, career_path=PATHS)
    assert said(table, range(5)) == "5 mentees of the career path direct"
    assert (
        said(side(location=TOWNS, career_path=["x", *PATHS[1:]]), range(1, 5)) == "4 mentees of the career path direct"
    )
    towns, paths = ["M"] * 6 + ["B"] * 4, ["d"] * 4 + ["g"] * 2 + ["d"] * 2 + ["g"] * 2
    assert said(side(location=towns, career_path=paths), range(4)) == "4 mentees in M of the career path d"


def test_others_whom_the_words_fit_are_counted() -> None:
    assert said(side(location=TOWNS), range(6)) == "6 of the 7 mentees in Munich"


def test_words_that_would_fit_too_many_are_not_used() -> None:
    assert said(side(location=["M"] * 9 + ["B"]), range(4)) == "4 mentees (p0, p1, p2, …)"
    assert said(side(location=["M"] * 10), range(6)) == "6 mentees (p0, p1, p2, …)"


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        ("Executive", "executives"),
        ("Vice President", "vice presidents"),
        ("Analyst", "analysts"),
        ("Head of Sales", "mentees with the job title Head of Sales"),
        ("VP", "mentees with the job title VP"),
        ("Secretary", "mentees with the job title Secretary"),
        ("Other", "mentees with the job title Other"),
    ],
)
def test_a_trade_is_made_plural_only_where_an_s_does_it(title: str, noun: str) -> None:
    assert said(side(job_title=[title] * 4 + ["Clerk"] * 4), range(4)) == f"4 {noun}"


def test_a_trade_says_who_they_are_even_where_it_is_not_needed() -> None:
    assert said(side(job_title=["Executive"] * 8, location=TOWNS[:8]), range(7)) == "7 executives in Munich"


def test_grades_are_told_by_number_or_by_their_own_words() -> None:
    assert said(side(grade=number([7] * 5 + [8] * 3)), range(5)) == "5 mentees of grade 7"
    order = Number(np.array([1.0] * 5 + [0.0] * 3), ("Clerk", "SCS1"))
    assert said(side(grade=order), range(5)) == "5 mentees of grade SCS1"


def test_blank_cells_and_unknown_columns_say_nothing() -> None:
    table = side(location=[""] * 8, salary=["9"] * 4 + ["1"] * 4, grade=number([np.nan] * 8))
    assert said(table, range(4)) == "4 mentees (p0, p1, p2, …)"


def test_few_are_named_and_all_are_all() -> None:
    table = side(location=["Munich"] * 3 + ["Berlin"] * 3)
    assert said(table, [1]) == "1 mentee (p1)"
    assert said(table, range(3)) == "3 mentees (p0, p1, p2)"
    assert said(table, range(6)) == "all 6 mentees"
    assert said(side(location=["Munich"]), [0]) == "1 mentee (p0)"


NINE_TOWNS = st.lists(st.sampled_from(("a", "b", "")), min_size=9, max_size=9)
NINE_TIMES = st.lists(st.booleans(), min_size=9, max_size=9)


@given(NINE_TOWNS, NINE_TIMES, st.sets(st.integers(0, 8), min_size=4, max_size=8), st.permutations(range(9)))
def test_what_is_said_is_true_and_the_order_does_not_matter(
    towns: list[str], old: list[bool], people: set[int], order: list[int]
) -> None:
    table = side(location=towns, tenure_band=["old" if k else "new" for k in old])
    some = sorted(people)
    text = said(table, some)
    in_town = [" in " not in text or (town != "" and f" in {town}" in text) for town in towns]
    in_band = ["tenure" not in text or f"band {'old' if k else 'new'}" in text for k in old]
    fits = [k for k in range(9) if in_town[k] and in_band[k]]
    if "(" not in text:
        assert set(some) <= set(fits)
        assert text.startswith(f"{len(some)} mentees" if len(fits) == len(some) else f"{len(some)} of the {len(fits)} ")
    shuffled = table.take(np.array(order, np.int64))
    assert described(shuffled, np.array([order.index(k) for k in some], np.int64), "mentee") == text
