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
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.rows import LoadValue, Part, People, Row
from rmatch.rules import GradeGap, Predicate, Rule

ROSTER = rmatch.from_frame(rmatch.datasets.workforce(6, 5, seed=1))
LOCATION = ("location",), ("location",)
NOTHING: dict[Any, Any] = {}


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


@dataclass(frozen=True)
class Rowed(Limit):
    """Has the rows, the words and the condition that a test wants."""

    made: Callable[[People], Any] = lambda people: (Row("rowed", (Part(),), most=9),)
    words: Callable[[], Any] = lambda: "as a test wants"

    def rows(self, people: People) -> Any:
        return self.made(people)

    def in_words(self) -> Any:
        return self.words()


def row(**fields: Any) -> dict[str, Any]:
    return {"limits": (Rowed(lambda people: (Row("rowed", **{"parts": (Part(),), "most": 9, **fields}),)),)}


def condition(answer: Callable[[Any, Any], Any]) -> dict[str, Any]:
    return row(parts=(Part(pairs=answer),))


@dataclass(frozen=True)
class Factored:
    """A condition with a product form that fails."""

    def __call__(self, i: Any, j: Any) -> Any:
        return i == j

    def factors(self) -> Any:
        raise LookupError


@dataclass(frozen=True)
class Worth(Objective):
    """Values pairs and numbers of pairs in whatever way a test wants."""

    pairs: Callable[[Any, Any, Any], Any] = lambda i, j, points: np.ones(len(i), np.int64)
    loads: Callable[[People], Any] = lambda people: (None, None)
    line: Any = None
    made: Any = None

    def linear(self, people: People) -> Any:
        return self.line

    def pair_values(self, people: People) -> Any:
        return self.pairs if self.made is None else self.made(people)

    def load_values(self, people: People) -> Any:
        return self.loads(people)


def worth(**fields: Any) -> dict[str, Any]:
    return {"objectives": (MostPairs(), Worth(**fields), Total())}


def load(first: Any, square: Any = 0) -> dict[str, Any]:
    return worth(loads=lambda people: (None, LoadValue(first(people.shape[1]), square)))


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
        {"rules": (OneSite(lambda a, b: lambda i, j: NOTHING["x"]),)},
        "the rule OneSite: `allows` raised KeyError in test_own_classes.py, line \\d+$",
    ),
    "an error in a lookup": (
        {"rules": (OneSite(lambda a, b: NOTHING["x"]),)},
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
        r"Weighed: a condition of the row 'weighed' answers with .*, one for each pair, .* not float64 \(\d+,\)",
    ),
    "a list in a row": ({"limits": (Weighed(lambda i: [True]),)}, "a condition of the row 'weighed' .*, not list"),
    "one answer in a row": (
        {"limits": (Weighed(lambda i: np.ones(3, bool)),)},
        r"the row 'weighed' .*, not bool \(3,\)",
    ),
    "a row that fails": (
        {"limits": (Weighed(lambda i: NOTHING["x"]),)},
        r"the limit Weighed: a condition of the row 'weighed' raised KeyError in test_own_classes.py, line \d+$",
    ),
    "one answer for many in a row": (condition(lambda i, j: (i == j)[:1]), r"the limit Rowed: .*, not bool \(1,\)"),
    "a condition that fails for some pairs": (
        condition(lambda i, j: np.array([{0: True}[k] for k in j.tolist()])),
        r"the limit Rowed: a condition of the row 'rowed' raised KeyError in test_own_classes.py, line \d+$",
    ),
    "a product in a row that fails": (
        condition(Factored()),
        r"the limit Rowed: `factors` of a condition of the row 'rowed' raised LookupError in test_own_classes.py, line",
    ),
    "a side in the plural in a row": (row(each="mentees"), r"`each` of the row 'rowed' is .*, not 'mentees'"),
    "a side as a list in a row": (row(each=["mentor"]), r"`each` of the row 'rowed' is .*, not \['mentor'\]"),
    "a part for a tuple in a row": (row(parts=Part()), r"`parts` of the row 'rowed' is a tuple of `Part`"),
    "a number for a part in a row": (row(parts=(1,)), r"`parts` of the row 'rowed' is a tuple of `Part`"),
    "two bounds for all in a row": (
        row(most=np.array([3, 4])),
        r"`most` of the row 'rowed' is one number, .* \(2,\)",
    ),
    "bounds for too few in a row": (
        row(least=np.zeros(1, np.int64), each="mentor"),
        r"`least` of the row 'rowed' is one number, or one for each, \(6,\), not \(1,\)",
    ),
    "somebody who is not there in a row": (
        row(parts=(Part(mentees=np.array([0, 5])),)),
        "`mentees` of a part of the row 'rowed' are positions from 0 to 4",
    ),
    "no row of words": (
        {"limits": (Rowed(words=lambda: 1 / 0),)},
        "Rowed: `in_words` raised ZeroDivisionError",
    ),
    "no row of text": (
        {"limits": (Rowed(words=lambda: None),)},
        "Rowed: `in_words` returns a text, not NoneType",
    ),
    "one value for all pairs": (
        worth(pairs=lambda i, j, points: np.ones(1, np.int64)),
        r"the objective Worth: .* `pair_values` .*, one for each pair, \(30,\), not int64 \(1,\); .*check_objective",
    ),
    "a number for values": (worth(pairs=lambda i, j, points: 3), "the objective Worth: .*`pair_values` .*, not int;"),
    "shares for values": (
        worth(pairs=lambda i, j, points: points / 7),
        r"Worth: .*`pair_values`.*, not float64",
    ),
    "truths for values": (worth(pairs=lambda i, j, points: j > 1), r"Worth: .*`pair_values`.*, not bool \(30,\)"),
    "a matrix for values": (
        worth(pairs=lambda i, j, points: np.ones((len(i), 1), np.int64)),
        r"Worth: .*`pair_values`.*, not int64 \(30, 1\)",
    ),
    "values that fail": (
        worth(pairs=lambda i, j, points: NOTHING[0]),
        r"the objective Worth: `pair_values` raised KeyError in test_own_classes.py, line \d+$",
    ),
    "values that cannot be prepared": (
        worth(made=lambda people: people.mentors["club"]),
        "the objective Worth: `pair_values` reads the column 'club'",
    ),
    "an array for a function of values": (
        worth(made=lambda people: np.ones(6)),
        r"Worth: `pair_values` returns a function of three arrays, i, j and points, not float64 \(6,\)",
    ),
    "a line of halves": (worth(line=(0.5, 0)), r"Worth: `linear` answers with two whole numbers, .* not \(0.5, 0\)"),
    "a line of one": (worth(line=(1,)), r"the objective Worth: `linear` answers"),
    "loads that fail": (
        worth(loads=lambda people: [][0]),
        r"the objective Worth: `load_values` raised IndexError in test_own_classes.py, line \d+$",
    ),
    "one load for two": (
        worth(loads=lambda people: LoadValue(np.zeros(6, np.int64))),
        "Worth: `load_values` answers with two, .*, not LoadValue",
    ),
    "one first for all": (
        load(lambda size: np.ones(1, np.int64)),
        r"`first` .*mentees, \(5,\), not int64 \(1,\)",
    ),
    "a number for first": (load(lambda size: 4), "Worth: `first` of `load_values` .*, not int;"),
    "halves for first": (load(lambda size: np.full(size, 0.5)), r"Worth: `first` .*, not float64 \(5,\)"),
    "truths for first": (load(lambda size: np.ones(size, bool)), r"Worth: `first` .*, not bool \(5,\)"),
    "less for a first pair": (
        load(lambda size: np.full(size, -2)),
        "Worth: `first` of .* is 0 or more, not -2",
    ),
    "half a square": (
        load(lambda size: np.zeros(size, np.int64), 0.5),
        "Worth: `square` .* from 0, not 0.5",
    ),
    "a square that is true": (load(lambda size: np.zeros(size, np.int64), True), "Worth: `square` .*, not True"),
    "a square that hoards": (load(lambda size: np.zeros(size, np.int64), -3), "Worth: `square` .* 0 or more, not -3"),
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


@dataclass(frozen=True)
class Told(Criterion):
    """Everybody alike, told of in whatever way a test wants."""

    told: Callable[[Any, Any], Any] = lambda i, j: ["alike"] * len(i)

    def tile(self, mentors: Table, mentees: Table) -> Tile:
        return Block(lambda rows, columns: np.ones((rows, columns)))

    def because(self, mentors: Table, mentees: Table, i: Any, j: Any) -> Any:
        return self.told(i, j)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (lambda i, j: "alike", "the criterion Told: `because` answers with a list of texts, .*, not str;"),
        (lambda i, j: ["alike"], r"Told: `because` answers with .*, one for each pair, 5, not a list of 1, of str;"),
        (lambda i, j: [""] * 4 + [None], "Told: `because` answers .*, not a list of 5, of NoneType and str;"),
        (lambda i, j: [], "Told: `because` answers .*, not a list of 0, of nothing;"),
        (
            lambda i, j: [NOTHING[k] for k in i.tolist()],
            r"Told: `because` raised KeyError in test_own_.*, line \d+$",
        ),
    ],
)
def test_words_about_pairs_that_are_wrong_are_named(told: Callable[[Any, Any], Any], words: str) -> None:
    matching = match(criteria=(Told(told=told),))
    with pytest.raises(ProgramError, match=words):
        _ = matching.pairs
    assert match(criteria=(Told(),)).pairs["why"].str.endswith(" alike.").all()


def test_an_objective_that_answers_wrongly_is_no_proof_of_a_plan() -> None:
    """A plan is not verified by values of which there are too few, though it was made by others."""
    told = [True]
    many = Worth(pairs=lambda i, j, points: np.ones(len(i) if told[0] else 1, np.int64))
    matching = match(objectives=(many, Total()))
    assert matching.verify()
    told[0] = False
    with pytest.raises(ProgramError, match=r"the objective Worth: .* `pair_values` .*, not int64 \(1,\)"):
        matching.verify()


def test_nobody_at_position_minus_one_is_nobody() -> None:
    def none(people: People) -> Any:
        return (Row("rowed", (Part(mentors=np.array([-1])),), most=0),)

    assert len(match(limits=(Rowed(none),)).pair_ids) == 5


def test_one_condition_in_two_rows_is_asked_as_one() -> None:
    def rows(people: People) -> Any:
        apart = Part(pairs=lambda i, j: i != j)
        return Row("all", (apart,), most=2), Row("each", (apart,), most=1, each="mentee")

    matching = match(limits=(Rowed(rows),))
    assert matching.verify()
    assert sum(mentor != mentee for mentor, mentee in zip(*matching.chosen, strict=True)) == 2


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
