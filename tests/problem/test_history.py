"""Laws of the history: it fills in what the program asks of earlier rounds, and says what it cannot know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmatch
from rmatch import History, ProgramError
from rmatch.columns import Table
from rmatch.criteria import Skills
from rmatch.objectives import MostPairs, Objective, Priority, Stability, Total
from rmatch.problem.history import remembered
from rmatch.program import Program
from rmatch.program._checks import refuse_misfits
from rmatch.roster.rounds import Round
from rmatch.rules import Exclude, NoRepeat, Rule


def people(*ids: str) -> Table:
    return Table(np.array(ids, dtype=object), {})


SIDES = people("a0", "a1", "a2"), people("b0", "b1", "b2")


def program(*elements: Rule | Objective) -> Program:
    rules = tuple(e for e in elements if isinstance(e, Rule))
    between = tuple(e for e in elements if isinstance(e, Objective))
    return Program(criteria=(Skills(),), rules=rules, objectives=(MostPairs(), *between, Total()))


@dataclass(frozen=True)
class Left:
    employee_id: str
    role: str


@dataclass(frozen=True)
class Earlier:
    """An earlier plan, in the form that a matching has."""

    pair_ids: tuple[tuple[str, str], ...] = ()
    waiting: tuple[Left, ...] = ()


# ---------------------------------------------------------------- what it is made of


def test_a_matching_is_a_history_of_one_round() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(9, 6, seed=3))
    matching = rmatch.match(roster)
    (only,) = History.of(matching).rounds
    assert {*only.pairs} == matching.named
    waiting = matching.unmatched
    for role, ids in (("mentor", only.mentors), ("mentee", only.mentees)):
        assert {*ids} == {*waiting.loc[waiting["role"] == role, "employee_id"]}
    assert only.mentors


def test_matchings_are_rounds_the_oldest_first() -> None:
    plans = [Earlier((("a0", "b0"),)), Earlier((), (Left("a0", "mentor"), Left("b1", "mentee")))]
    history = History.of(plans)
    assert history.rounds == (Round((("a0", "b0"),)), Round((), ("a0",), ("b1",)))
    assert History.of(history) is history
    assert History.of([]).rounds == ()


TABLE = """round,mentor_id,mentee_id,note
10,a0,b1,
2,a0,b0,NA
2,a1,,
10,,b0,
10,a2,b2,
"""
ROUNDS = (Round((("a0", "b0"),), ("a1",)), Round((("a0", "b1"), ("a2", "b2")), (), ("b0",)))


def test_a_file_and_a_table_tell_the_same(tmp_path: Path) -> None:
    path = tmp_path / "earlier.csv"
    path.write_text(TABLE, encoding="utf-8-sig")
    frame = pd.read_csv(path)
    assert frame["round"].dtype == np.int64
    for source in (path, str(path), frame, frame.astype({"round": float}), pl.from_pandas(frame)):
        assert History.of(source).rounds == ROUNDS
    path.write_text(TABLE.replace(",", ";"), encoding="utf-16")
    assert History.of(path).rounds == ROUNDS


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("10", "9", "-1"), [2, 1, 0]),
        (("2024 spring", "2023 autumn", "10"), [0, 1, 2]),
        (("3", "x", "20"), [0, 1, 2]),
        (("2026-04", "2025-11", "2026-01"), [1, 2, 0]),
        (("2026-04", "2025", "2026-01"), [0, 1, 2]),
    ],
)
def test_rounds_are_in_the_order_of_their_numbers_or_dates_else_of_the_table(
    names: tuple[str, ...], order: list[int]
) -> None:
    ids = [f"a{k}" for k in range(3)]
    frame = pd.DataFrame({"mentor_id": ids, "mentee_id": "b0", "round": names})
    assert [one.pairs[0][0] for one in History.of(frame).rounds] == [ids[k] for k in order]


def test_one_number_is_one_round_however_it_is_written() -> None:
    frame = pd.DataFrame({"mentor_id": ["a0", "a1"], "mentee_id": ["b0", "b1"], "round": ["1", "01"]})
    assert len(History.of(frame).rounds) == 1


def test_ids_keep_their_zeros_and_their_words(tmp_path: Path) -> None:
    path = tmp_path / "earlier.csv"
    path.write_text("mentor_id,mentee_id\n0012, NA \nnull,1E5\n")
    assert History.of(path).rounds == (Round((("0012", "NA"), ("null", "1E5"))),)


def test_a_table_without_rows_is_no_history() -> None:
    assert History.of(pd.DataFrame({"mentor_id": [], "mentee_id": []})).rounds == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mentor,mentee_id\na0,b0\n", r"there is no column 'mentor_id'.*Is it 'mentor'\?"),
        ("x,y\na0,b0\n", r"no column 'mentor_id' and there is no column 'mentee_id'"),
        ("mentor_id,mentee_id,mentee_id\na0,b0,b1\n", r"there are 2 columns 'mentee_id'. Keep one"),
        ("mentor_id,mentee_id\na0,b0\n,\na1,b1\n", r"row 3: the row is blank. Take it out"),
        ("mentor_id,mentee_id,note\na0,b0,\n,,left\n", r"row 3: the row names nobody. Fill in an id"),
        ("mentor_id,mentee_id\na0,b0\na1,b1\na0,b0\n", r"row 4: \(a0, b0\) stands in row 2 already, for the same"),
        ("mentor_id,mentee_id\na0,\na0,\n", r"row 3: 'a0' stands in row 2 already"),
        ("mentor_id,mentee_id,round\na0,b0,1\na0,b1,\n", r"row 3: its `round` is blank. Say in which round"),
        ("mentor_id,mentee_id\na0,b0\n,b0\n", r"row 3: 'b0' is left out, but has a partner in row 2"),
        ("mentor_id,mentee_id\na0,b0\na1,b1,b2\n", r"row 3: the row has 3 cells where the headers have 2"),
        ("", r"the history cannot be used: earlier\.csv"),
        (b"\xff\xff", r"cannot be used: .*not utf-8"),
    ],
)
def test_a_file_that_is_no_history_is_refused_with_its_rows(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = tmp_path / "earlier.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProgramError, match=said):
        History.of(path)


def test_every_row_at_fault_is_named_up_to_fifty() -> None:
    frame = pd.DataFrame({"mentor_id": ["a"] * 100, "mentee_id": ["b"] * 100})
    with pytest.raises(ProgramError, match=r"99 problems(.|\n)*row 3: (.|\n)*row 51: (.|\n)*and 49 more"):
        History.of(frame)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nosuch.csv", r"there is no file 'nosuch.csv'"),
        (3, r"a int is no table"),
        ([pd.DataFrame()], r"not of a list of DataFrame"),
        ([3], r"not of a list of int"),
    ],
)
def test_what_is_no_history_is_refused(source: Any, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        History.of(source)
    with pytest.raises(ProgramError, match="`unknown` is 'raise' or 'ignore', not 'warn'"):
        History.of([], unknown="warn")  # type: ignore[arg-type]


# ---------------------------------------------------------------- what it fills in

HISTORY = History(
    (
        Round((("a0", "b0"), ("a1", "b1"))),
        Round((("a0", "b1"), ("b2", "a2")), ("a2",), ("b0",)),
        Round((("a0", "b0"), ("a2", "b1")), ("a1", "b1"), ("b2",)),
    )
)


@pytest.mark.parametrize(
    ("rounds", "pairs"),
    [
        (None, (("a0", "b0"), ("a0", "b1"), ("a1", "b1"), ("a2", "b1"))),
        (3, (("a0", "b0"), ("a0", "b1"), ("a1", "b1"), ("a2", "b1"))),
        (2, (("a0", "b0"), ("a0", "b1"), ("a2", "b1"))),
        (1, (("a0", "b0"), ("a2", "b1"))),
        (9, (("a0", "b0"), ("a0", "b1"), ("a1", "b1"), ("a2", "b1"))),
    ],
)
def test_pairs_of_the_last_rounds_are_not_repeated(rounds: int | None, pairs: tuple[tuple[str, str], ...]) -> None:
    filled = HISTORY.fill(program(NoRepeat(rounds)), *SIDES)
    assert filled.rules == (NoRepeat(rounds, pairs, filled=True),)


def test_the_last_round_says_who_was_left_out_and_what_is_kept() -> None:
    filled = HISTORY.fill(program(Priority(), Stability()), *SIDES)
    assert filled.objectives == (
        MostPairs(),
        Priority(mentors=("a1",), mentees=("b2",), filled=True),  # b1 was left out as a mentor, and is none here
        Stability((("a0", "b0"), ("a2", "b1")), filled=True),
        Total(),
    )
    refuse_misfits(filled.limits, filled.objectives, *SIDES)


def test_what_was_listed_by_hand_stays() -> None:
    by_hand = program(NoRepeat(pairs=(("x", "y"),)), Priority(mentors=("a0",)), Stability((("a1", "b1"),)))
    assert HISTORY.fill(by_hand, *SIDES) == by_hand
    column = program(Priority("waited"))
    assert HISTORY.fill(column, *SIDES) == column


def test_what_nobody_asked_for_is_left_alone() -> None:
    default = Program()
    assert HISTORY.fill(default, *SIDES) is default
    assert "rules" not in HISTORY.fill(Program(objectives=(Stability(), Total())), *SIDES).model_fields_set


def test_a_later_history_fills_in_afresh() -> None:
    """So that the program in the folder of a result serves the next round too."""
    asked = program(NoRepeat(), Priority(), Stability())
    once = HISTORY.fill(asked, *SIDES)
    later = History((*HISTORY.rounds, Round((("a1", "b2"),), ("a0",), ("b0",))))
    assert later.fill(once, *SIDES) == later.fill(asked, *SIDES) != once
    assert History().fill(once, *SIDES) == program(NoRepeat(filled=True), Priority(filled=True), Stability(filled=True))


def test_a_filled_program_in_a_file_needs_no_history() -> None:
    first = History().fill(program(NoRepeat(2), Priority(), Stability()), *SIDES)
    again = Program.model_validate(first.to_dict())
    assert again == first
    assert remembered(again, None, *SIDES) == first


@pytest.mark.parametrize(
    ("element", "said"),
    [
        (NoRepeat(2), r"\[\[rules\]\] no_repeat needs to know the earlier rounds: pass `history=`.* name `pairs`"),
        (Stability(), r"\[\[objectives\]\] stability needs .*`history=`.* name `pairs`"),
        (Priority(), r"\[\[objectives\]\] priority needs .*`history=`.* name a `column`, or `mentors` and `mentees`"),
    ],
)
def test_without_a_history_what_needs_one_is_refused(element: Rule | Objective, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        remembered(program(element), None, *SIDES)
    assert remembered(program(element), History(), *SIDES) == History().fill(program(element), *SIDES)


def test_without_a_history_nothing_else_changes() -> None:
    for one in (Program(), program(NoRepeat(pairs=(("a0", "b0"),)), Priority("waited"), Stability((("a0", "b0"),)))):
        assert remembered(one, None, *SIDES) is one


def test_whatever_makes_a_history_may_be_passed() -> None:
    asked = program(NoRepeat())
    frame = pd.DataFrame({"mentor_id": ["a0"], "mentee_id": ["b0"]})
    for past in (frame, Earlier((("a0", "b0"),)), [Earlier((("a0", "b0"),))]):
        assert remembered(asked, past, *SIDES).rules == (NoRepeat(pairs=(("a0", "b0"),), filled=True),)


# ---------------------------------------------------------------- people who are not there


def test_unknown_people_are_an_error_with_suggestions_and_a_remedy() -> None:
    sides = people("E100", "E200"), people("E300")
    pairs = (("E10O", "E300"), ("x1", "x2"), ("x3", "x4"), ("x5", "E200"), ("x6", "E100"))
    with pytest.raises(ProgramError) as error:
        History((Round(pairs),)).fill(program(NoRepeat()), *sides)
    said = str(error.value)
    assert said.startswith(
        "the history names 7 people whom the export does not have: 'E10O'. Did you mean 'E100'?; 'x1'"
    )
    assert "'x4'; and 2 more. Correct the ids" in said
    assert said.endswith('`History.of(…, unknown="ignore")`')
    with pytest.raises(ProgramError, match=r"names 1 person whom the export does not have: 'gone'\. Correct"):
        History((Round((), ("gone",)), Round())).fill(Program(), *sides)


def test_people_who_have_left_may_be_passed_over() -> None:
    frame = pd.DataFrame({"mentor_id": ["a0", "gone", "a1", "gone too"], "mentee_id": ["b0", "b1", "away", None]})
    filled = History.of(frame, unknown="ignore").fill(program(NoRepeat(), Priority(), Stability()), *SIDES)
    assert filled.rules == (NoRepeat(pairs=(("a0", "b0"),), filled=True),)
    assert filled.objectives[1:3] == (Priority(filled=True), Stability((("a0", "b0"),), filled=True))


def test_somebody_who_changed_sides_is_known() -> None:
    filled = History((Round((("b0", "a0"),), ("b1",)),)).fill(program(NoRepeat(), Priority()), *SIDES)
    assert filled.rules == (NoRepeat(filled=True),)
    assert filled.objectives[1] == Priority(filled=True)


# ---------------------------------------------------------------- the rule itself

IDS = st.sampled_from(["a0", "a1", "a2", "b0", "b1", "b2", "gone"])


@given(st.sets(st.tuples(IDS, IDS), max_size=8))
def test_a_pair_that_met_is_not_made_again_in_that_direction_alone(pairs: set[tuple[str, str]]) -> None:
    sides = people("a0", "a1", "b0"), people("b0", "b1", "a1")
    i, j = np.indices((3, 3)).reshape(2, -1)
    may = NoRepeat(pairs=tuple(sorted(pairs))).allows(*sides)(i, j)
    assert may.tolist() == [pair not in pairs for pair in product(sides[0].ids, sides[1].ids)]
    either = Exclude(tuple(sorted(pairs))).allows(*sides)(i, j)
    assert not (either & ~may).any()


def test_the_rule_says_what_it_is_and_hides_nothing() -> None:
    assert NoRepeat().in_words() == "nobody meets a partner again"
    assert NoRepeat(1).in_words() == "nobody meets a partner again within 1 round"
    assert NoRepeat(2).in_words() == "nobody meets a partner again within 2 rounds"
    assert NoRepeat(2).name == "no_repeat"
    assert not NoRepeat.confidential


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rounds": 0}, r"`rounds` must be 1 or more, not 0; leave it out for all rounds"),
        ({"rounds": -1}, r"not -1"),
        ({"rounds": math.nan}, r"`rounds`.*nan"),
        ({"pairs": (("a", "b"), ("a", "b"))}, r"`pairs` lists \('a', 'b'\) twice"),
        ({"pairs": ("ab",)}, r"pairs\.0"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        NoRepeat(**fields)


def test_a_pair_that_met_is_refused_as_a_lock() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(5, 5, seed=1))
    pair = rmatch.match(roster).pair_ids[0]
    locked = Program(rules=(NoRepeat(pairs=(pair,)),), limits=(rmatch.limits.Lock((pair,)),))
    with pytest.raises(rmatch.InfeasibleError, match=r"the lock on .* breaks the rule 'no_repeat'; drop the lock or"):
        rmatch.match(roster, locked)
    again = rmatch.match(roster, Program(rules=(NoRepeat(pairs=(pair,)),)))
    assert pair not in again.named
    assert again.why_not(*pair).rules == ("no_repeat",)
