"""A class of somebody's own that is wrong ends in a sentence that names the class and what is wrong with it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import rmatch
from rmatch.columns import Table
from rmatch.criteria import Criterion, Department, Tile
from rmatch.errors import ProgramError
from rmatch.limits import Limit, Spread
from rmatch.objectives import Total
from rmatch.rows import Part, People, Row
from rmatch.rules import GradeGap, Predicate, Rule

ROSTER = rmatch.from_frame(rmatch.datasets.workforce(6, 5, seed=1))
LOCATION = ("location",), ("location",)


def match(**families: Any) -> rmatch.Matching:
    return rmatch.match(ROSTER, rmatch.Program(**{"criteria": (Department(1.0),), "rules": (), **families}))


@dataclass(frozen=True)
class OneSite(Rule):
    """Both work in one place, said in whatever way a test wants."""

    answer: Callable[[Any, Any], Any] = lambda mentors, mentees: lambda i, j: np.ones(len(i), bool)
    read: Any = LOCATION

    def reads(self) -> Any:
        return self.read

    def allows(self, mentors: Table, mentees: Table) -> Any:
        return self.answer(mentors, mentees)


@dataclass(frozen=True)
class Silent(Rule):
    """Says nothing."""


@dataclass(frozen=True)
class Mute(Criterion):
    """Says nothing."""


@dataclass(frozen=True)
class Array(Criterion):
    """Gives an array where factors are asked for."""

    def factors(self, mentors: Table, mentees: Table) -> Any:
        return np.ones((len(mentors.ids), len(mentees.ids)))


@dataclass(frozen=True)
class Blocks(Criterion):
    """Scores blocks of pairs in whatever way a test wants."""

    answer: Callable[[int, int], Any] = lambda rows, columns: np.ones((rows, columns))

    def tile(self, mentors: Table, mentees: Table) -> Any:
        return Block(self.answer)


@dataclass(frozen=True)
class Block(Tile):
    answer: Any

    def block(self, rows: Any, columns: Any) -> Any:
        return self.answer(len(rows), len(columns))


@dataclass(frozen=True)
class Nervous(Limit):
    """Divides by nobody."""

    def rows(self, people: People) -> tuple[Row, ...]:
        raise ZeroDivisionError("what somebody answered")


@dataclass(frozen=True)
class Weighed(Limit):
    """Counts every pair by what a test wants."""

    count: Any = 1

    def rows(self, people: People) -> tuple[Row, ...]:
        def answer(i: Any, j: Any) -> Any:
            return self.count(i) if callable(self.count) else np.full(len(i), self.count)

        return (Row("weighed", (Part(), Part(pairs=answer)), most=9),)


class Bare(Rule):
    """A class with a field and no decorator above it."""

    team: str = "x"

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        return lambda i, j: np.ones(len(i), bool)


def codes(table: Table) -> Any:
    return table["club"].codes  # type: ignore[union-attr]


def sites(mentors: Table, mentees: Table) -> Any:
    a, b = codes(mentors), codes(mentees)
    return lambda i, j: a[i] == b[j]


FUNCTION = "the rule OneSite: the function that `allows` returns answers with an array of bool, one for each pair"
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an undeclared column": (
        {"rules": (OneSite(sites, ((), ())),)},
        r"the rule OneSite: `allows` reads the column 'club'",
    ),
    "a list instead of a function": (
        {"rules": (OneSite(lambda a, b: [True]),)},
        "the rule OneSite: `allows` returns a function of two arrays, i and j, not list",
    ),
    "a list of answers": (
        {"rules": (OneSite(lambda a, b: lambda i, j: [True] * len(i)),)},
        f"{FUNCTION}, .*, not list",
    ),
    "numbers for answers": (
        {"rules": (OneSite(lambda a, b: lambda i, j: 1 * (i == j)),)},
        f"{FUNCTION}, .*, not int64",
    ),
    "one answer for all": (
        {"rules": (OneSite(lambda a, b: lambda i, j: np.ones(1, bool)),)},
        f"{FUNCTION}, .*, not bool",
    ),
    "an error in the function": (
        {"rules": (OneSite(lambda a, b: lambda i, j: {}["x"]),)},
        "the rule OneSite: `allows` raised KeyError in test_own_classes.py, line \\d+$",
    ),
    "an error in a lookup": (
        {"rules": (OneSite(lambda a, b: {}["x"]),)},
        "the rule OneSite: `allows` raised KeyError in test_own_classes.py, line \\d+$",
    ),
    "columns as a word": (
        {"rules": (OneSite(read="location"),)},
        "the rule OneSite: `reads` returns .* as two tuples, .* not 'location'",
    ),
    "columns as two words": ({"rules": (OneSite(read=("location", "location")),)}, "as two tuples"),
    "columns of one side": ({"rules": (OneSite(read=(("location",),)),)}, "as two tuples"),
    "columns that are no names": ({"rules": (OneSite(read=((1,), (2,))),)}, "as two tuples"),
    "a forgotten allows": (
        {"rules": (Silent(),)},
        r"the rule Silent says nothing: it must define `allows\(mentors, mentees\)`",
    ),
    "a forgotten score": (
        {"criteria": (Mute(),)},
        r"the criterion Mute says nothing: it must define `factors\(mentors, mentees\)` or",
    ),
    "an array for factors": (
        {"criteria": (Array(),)},
        r"the criterion Array: `factors` returns rmatch.criteria.Factors, not ndarray",
    ),
    "a row for a block": (
        {"criteria": (Blocks(answer=lambda rows, columns: np.ones(columns + 1)),)},
        r"the criterion Blocks: `block` of its tile .* one for each pair, \(\d, \d\), not float64 \(\d,\)",
    ),
    "words for a block": (
        {"criteria": (Department(1.0), Blocks(answer=lambda rows, columns: np.full((rows, columns), "much")))},
        r"the criterion Blocks: `block` of its tile .*, not <U4 \(\d, \d\)",
    ),
    "a list for a block": ({"criteria": (Blocks(answer=lambda rows, columns: []),)}, "Blocks: .*, not list"),
    "a block that fails": (
        {"criteria": (Blocks(answer=lambda rows, columns: 1 / 0),)},
        "the criterion Blocks: `block` raised ZeroDivisionError",
    ),
    "scores beyond 1": (
        {"criteria": (Blocks(answer=lambda rows, columns: np.full((rows, columns), 1.5)),)},
        r"the criterion Blocks: every score lies in \[0, 1\], and its scores do not",
    ),
    "a limit among the rules": (
        {"rules": (Spread("mentor", "department"),)},
        "`rules`: the limit Spread belongs in `limits`",
    ),
    "a criterion among the limits": (
        {"limits": (Department(1.0),)},
        "`limits`: the criterion Department belongs in `criteria`",
    ),
    "a rule among the objectives": (
        {"objectives": (GradeGap(1), Total())},
        "`objectives`: the rule GradeGap belongs in `rules`",
    ),
    "a class": ({"rules": (GradeGap,)}, r"`rules`: GradeGap is a class; write `GradeGap\(\.\.\.\)`"),
    "halves in a row": (
        {"limits": (Weighed(0.5),)},
        r"weighed: a condition of the row '(reverse_)?weighed' answers with .*, one for each pair, not float64 \(1,\)",
    ),
    "a list in a row": ({"limits": (Weighed(lambda i: [True]),)}, "a condition of the row 'weighed' .*, not list"),
    "one answer in a row": (
        {"limits": (Weighed(lambda i: np.ones(3, bool)),)},
        r"the row 'weighed' .*, not bool \(3,\)",
    ),
    "a row that fails": (
        {"limits": (Weighed(lambda i: {}["x"]),)},
        r"the limit Weighed: a condition of the row 'weighed' raised KeyError in test_own_classes.py, line \d+$",
    ),
    "rows that fail": (
        {"limits": (Nervous(),)},
        "the limit Nervous: `rows` raised ZeroDivisionError in test_own_classes.py, line \\d+$",
    ),
}


@pytest.mark.parametrize(("families", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_class_that_is_wrong_is_named_with_what_is_wrong(families: dict[str, Any], words: str) -> None:
    with pytest.raises(ProgramError, match=words):
        match(**families)


IN_TRACK = {
    name: case
    for name, case in WRONG.items()
    if "objectives" not in case[0] and (" row" not in name or "halves" in name)
} | {"an array for factors": ({"criteria": (Array(),)}, "the criterion Array: `factors` raised AttributeError$")}


@pytest.mark.parametrize(("families", "words"), IN_TRACK.values(), ids=IN_TRACK.keys())
def test_a_class_that_is_wrong_is_named_in_a_track_too(families: dict[str, Any], words: str) -> None:
    people = [
        {"employee_id": side + str(k), "side": side, "location": "Berlin", "department": str(k), "grade": grade}
        for side, grade in (("junior", 1), ("senior", 5))
        for k in range(2)
    ]
    own = {"criteria": (Department(1.0),), **families}

    def tried() -> None:
        program = rmatch.Program(tracks=[{"name": "reverse", "teaches": "junior", **own}])
        rmatch.match(rmatch.from_records(people, program=program), program)

    with pytest.raises(ProgramError, match=words):
        tried()


@dataclass(frozen=True)
class Placed:
    """Whether the mentor has a place, asked of a column and a row at once."""

    has: Any
    broadcasts = True

    def __call__(self, i: Any, j: Any) -> Any:
        return self.has[i]


def test_a_predicate_on_one_side_may_answer_in_its_shape() -> None:
    matching = match(rules=(OneSite(lambda mentors, mentees: Placed(np.arange(len(mentors.ids)) % 2 == 0)),))
    assert set(matching.chosen[0].tolist()) == {0, 2, 4}
    assert matching.verify()


@dataclass(frozen=True)
class OtherSite(Rule):
    """The two work in two places; the predicate is a function within a function, which does not pickle by itself."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return LOCATION

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        here, there = mentors["location"].cells(), mentees["location"].cells()
        return lambda i, j: np.asarray(here[i] != there[j], bool)


def test_a_plan_under_a_rule_from_outside_pickles() -> None:
    matching = match(rules=(OtherSite(),))
    again = pickle.loads(pickle.dumps(matching))
    assert again.pair_ids == matching.pair_ids
    assert again.verify()
    assert again.summary() == matching.summary()


def test_a_class_whose_decorator_was_forgotten_is_told_so() -> None:
    with pytest.raises(ProgramError, match=r"^Bare: write `@dataclass\(frozen=True\)` above the class"):
        Bare(team="y")


def test_a_limit_is_not_asked_about_nobody() -> None:
    program = rmatch.Program(criteria=(Department(1.0),), rules=(), limits=(Weighed(lambda i: np.zeros(0, bool)[i]),))
    nobody = rmatch.from_records([{"employee_id": "a", "role": "mentor", "department": "x"}], program=program)
    assert not rmatch.match(nobody, program).pair_ids


def test_a_criterion_that_answers_otherwise_each_time_is_named_as_one_that_may_be_at_fault() -> None:
    draw = np.random.default_rng(0)
    moody = Blocks(answer=lambda rows, columns: draw.random((rows, columns)))
    with pytest.raises(rmatch.SolverError, match="a fault of ours or of what is not ours, the criterion Blocks"):
        match(criteria=(moody, Department(1.0)))


def test_running_out_of_memory_is_no_fault_of_a_class() -> None:
    def large(mentors: Table, mentees: Table) -> Any:
        raise MemoryError

    with pytest.raises(MemoryError):
        match(rules=(OneSite(large),))
