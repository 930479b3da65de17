"""What is open is what may be, less exactly the pairs that locks have settled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import pytest

from rmatch.columns import BoolArray, FloatArray, IntArray, Table
from rmatch.criteria import Tile
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.rules import Predicate, Rule
from rmatch.rules.checked import predicate_of
from rmatch.rules.eligibility import Eligibility, PointTile

PAIRS = range(6)
SOME_LOCKS = [*chain.from_iterable(combinations(PAIRS, size) for size in range(7))]


@pytest.mark.parametrize("locked", SOME_LOCKS, ids=str)
def test_locks_settle_their_own_pairs_and_no_other(locked: tuple[int, ...]) -> None:
    """Two mentors, three mentees; the first mentor is the third mentee, and the last pair scores too little."""
    i, j = np.indices((2, 3)).reshape(2, -1)
    points = np.array([2, 9, 3, 2, 4, 1])
    eligibility = Eligibility(3, (np.array([2, 7]), np.arange(3)), (), (), 2, np.array(locked, np.int64))
    may = [True, True, False, True, True, False]
    assert eligibility.allowed(i, j, points).tolist() == may
    assert eligibility.open(i, j, points).tolist() == [may[k] and k not in locked for k in PAIRS]
    grid = eligibility.grid(np.arange(2), np.arange(3), points.reshape(2, 3).astype(np.float32))
    assert grid.ravel().tolist() == may
    assert np.array_equal(
        eligibility.grid(np.array([1, 0]), np.array([2, 0, 1]), np.array([[1, 2, 4], [3, 2, 9.0]])),
        np.array(may).reshape(2, 3)[np.ix_([1, 0], [2, 0, 1])],
    )


def test_what_a_penalty_forbids_is_not_open_even_where_the_score_is_1() -> None:
    """A penalty of two scores leaves -1 of a score of 1, the most that there is."""
    eligibility = Eligibility(2, (np.array([7]), np.arange(2)), (), (), 0, np.zeros(0, np.int64))
    assert eligibility.grid(np.arange(1), np.arange(2), np.array([[-SCALE, 1.0 - SCALE]])).tolist() == [[False, True]]


@dataclass(frozen=True)
class Thirds(Rule):
    """Two of three pairs by their places, asked about in the form that a predicate says it takes."""

    broadcasts: bool

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        def allowed(i: IntArray, j: IntArray) -> BoolArray:
            assert i.ndim == j.ndim == (2 if self.broadcasts and i.ndim == 2 else 1)
            assert self.broadcasts or i.shape == j.shape
            found: BoolArray = (i + j) % 3 != 0
            return found

        allowed.broadcasts = self.broadcasts  # type: ignore[attr-defined]
        return allowed


@pytest.mark.parametrize("broadcasts", [True, False])
@pytest.mark.parametrize("checked", [True, False])
def test_a_predicate_is_asked_about_listed_pairs_or_rows_and_columns_as_it_says(
    broadcasts: bool, checked: bool
) -> None:
    none = Table(np.zeros(0, object), {})
    rule = Thirds(broadcasts)
    allows = predicate_of(rule, none, none) if checked else rule.allows(none, none)
    assert getattr(allows, "broadcasts", False) == broadcasts
    eligibility = Eligibility(4, (np.arange(8, 11), np.arange(4)), (allows,), (), 0, np.zeros(0, np.int64))
    i, j = np.indices((3, 4))
    wanted = (i + j) % 3 != 0
    assert np.array_equal(eligibility.grid(np.arange(3), np.arange(4), np.ones((3, 4))), wanted)
    listed = eligibility.allowed(i.ravel(), j.ravel(), np.ones(12, np.int64))
    assert np.array_equal(listed.reshape(3, 4), wanted)


def test_a_predicate_that_says_nothing_of_its_form_is_asked_about_listed_pairs() -> None:
    def allowed(i: IntArray, j: IntArray) -> BoolArray:
        assert i.shape == j.shape == (12,)
        found: BoolArray = i < j
        return found

    @dataclass(frozen=True)
    class Own(Rule):
        def allows(self, mentors: Table, mentees: Table) -> Predicate:
            return allowed

    none = Table(np.zeros(0, object), {})
    for allows in (allowed, predicate_of(Own(), none, none)):
        eligibility = Eligibility(4, (np.arange(8, 11), np.arange(4)), (allows,), (), 0, np.zeros(0, np.int64))
        grid = eligibility.grid(np.arange(3), np.arange(4), np.ones((3, 4)))
        assert np.array_equal(grid, np.less.outer(np.arange(3), np.arange(4)))


@pytest.mark.parametrize(
    ("answer", "said"),
    [(np.ones(2), r"float64 \(2,\)"), (np.ones(3, bool), r"bool \(3,\)"), ([True, True], "list")],
)
def test_an_answer_that_is_no_bool_for_each_pair_is_refused_with_what_it_is(answer: object, said: str) -> None:
    @dataclass(frozen=True)
    class Odd(Rule):
        def allows(self, mentors: Table, mentees: Table) -> Predicate:
            return lambda i, j: answer  # type: ignore[return-value]

    none = Table(np.zeros(0, object), {})
    with pytest.raises(ProgramError, match=rf"an array of bool, one for each pair, \(2,\), not {said};"):
        predicate_of(Odd(), none, none)(np.arange(2), np.arange(2))


@dataclass(frozen=True)
class Given(Tile):
    """Scores that are at hand."""

    scores: FloatArray

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        return self.scores[np.ix_(rows, columns)]


def test_a_tile_is_rounded_once_and_forbids_where_it_has_no_score() -> None:
    tile = PointTile(0, 3, Given(np.array([[0.5, np.nan], [0.25, 1.0]], np.float32)))
    assert np.array_equal(tile.block(np.arange(2), np.arange(2)), [[2.0, np.nan], [1.0, 3.0]], equal_nan=True)
    assert np.array_equal(tile.at(np.array([0, 1]), np.array([1, 1])), [np.nan, 3.0], equal_nan=True)
    eligibility = Eligibility(2, (np.arange(2), np.arange(2, 4)), (), (tile,), 0, np.zeros(0, np.int64))
    i, j = np.indices((2, 2)).reshape(2, -1)
    assert eligibility.allowed(i, j, np.ones(4, np.int64)).tolist() == [True, False, True, True]
