"""Laws of objectives as they are written: whole in a file, in an order that makes sense, and about people who exist."""

from __future__ import annotations

import itertools
import json
import math
import re
import tomllib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import category, items_of, number, people

from rmatch import element
from rmatch.columns import Column, Number, Table
from rmatch.criteria import Criterion, Factors, Skills, constant
from rmatch.errors import ProgramError
from rmatch.limits import Limit, TotalPairs
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.program import Program

OBJECTIVES: tuple[tuple[Objective, str, str], ...] = (
    (MostPairs(), "most_pairs", "as many pairs as possible"),
    (WorstPair(), "worst_pair", "the worst pair as good as possible"),
    (Bands((0.3, 0.5)), "bands", "as few pairs as possible below 0.3, then below 0.5"),
    (LeastLoad(), "least_load", "the fewest pairs for each mentor"),
    (Priority("waited"), "priority_waited", "a partner first for those with the highest waited"),
    (Priority(mentors=("a",), mentees=("b", "c")), "priority", "a partner first for some people"),
    (Priority(), "priority", "a partner first for those left out of the last round"),
    (Priority(filled=True), "priority", "a partner first for those left out of the last round"),
    (Stability((("a", "b"),)), "stability", "as many earlier pairs as possible stay together"),
    (Stability(filled=True), "stability", "as many earlier pairs as possible stay together"),
    (Total(0.25), "total", "the highest total score above 0.25 a pair"),
)
"""Every objective, in each of its ways, with its name and its words."""

SETTLED = TotalPairs(least=1)


def program(*objectives: Objective, limits: tuple[Limit, ...] = ()) -> Program:
    return Program(criteria=(Skills(),), rules=(), limits=limits, objectives=objectives)


# ---------------------------------------------------------------- in a file and back


@pytest.mark.parametrize(("objective", "name", "words"), OBJECTIVES, ids=repr)
def test_every_objective_has_a_name_and_words(objective: Objective, name: str, words: str) -> None:
    assert (objective.name, objective.in_words()) == (name, words)


@pytest.mark.parametrize("objective", [o for o, _, _ in OBJECTIVES], ids=repr)
def test_an_objective_written_to_a_file_is_the_same_objective(objective: Objective) -> None:
    first = () if isinstance(objective, MostPairs) else (MostPairs(),)
    last = () if isinstance(objective, Total) else (Total(),)
    whole = program(*first, objective, *last)
    assert Program.model_validate(tomllib.loads(whole.to_toml())) == whole
    assert Program.model_validate(json.loads(json.dumps(whole.to_dict()))) == whole


def test_every_objective_is_listed_and_in_the_schema() -> None:
    assert {*element.known(Objective).values()} == {type(objective) for objective, _, _ in OBJECTIVES}
    schema = {one["properties"]["kind"]["const"]: one for one in element.json_schema(Objective)["oneOf"]}
    assert schema["bands"]["required"] == ["kind", "thresholds"]
    assert schema["bands"]["properties"]["thresholds"]["items"] == {"type": "number"}
    assert {*schema["priority"]["properties"]} == {"kind", "column", "mentors", "mentees", "filled"}


def test_who_comes_first_is_read_on_both_sides() -> None:
    assert Priority("waited").reads() == (("waited",), ("waited",))
    assert Priority(mentors=("a",)).reads() == ((), ())
    assert "waited" in program(Priority("waited"), Total()).binding().named


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Bands(()), r"`thresholds` is empty; give one or more"),
        (lambda: Bands((0.5, 0.3)), r"must ascend, each once: write \[0\.3, 0\.5\], not \[0\.5, 0\.3\]"),
        (lambda: Bands((0.3, 0.3)), r"write \[0\.3\], not \[0\.3, 0\.3\]"),
        (lambda: Bands((0.0, 0.3)), r"must lie above 0 and be 1 at most, not 0\.0"),
        (lambda: Bands((0.3, 1.5)), r"not 1\.5"),
        (lambda: Bands((math.nan,)), r"not nan"),
        (lambda: Bands(("high",)), r"thresholds\.0.*'high'"),  # type: ignore[arg-type]
        (lambda: Priority("waited", mentors=("a",)), r"either `column`, or `mentors` and `mentees`"),
        (lambda: Priority(mentors=("a", "b", "a")), r"`mentors` lists 'a' twice; list it once"),
        (lambda: Priority(mentees=("b", "b")), r"`mentees` lists 'b' twice"),
        (lambda: Stability((("a", "b"), ("a", "b"))), r"`pairs` lists \('a', 'b'\) twice"),
        (lambda: Stability((("a", "b", "c"),)), r"pairs\.0"),  # type: ignore[arg-type]
    ],
)
def test_an_objective_that_makes_no_sense_is_refused_with_the_reason(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        make()


FEWER = "fewer pairs would always do"


@pytest.mark.parametrize(
    ("objectives", "said", "works"),
    [
        ((MostPairs(),), "`total` is missing", "`most_pairs` then `total`"),
        ((Total(), Total(0.5)), "`total` stands there 2 times", "`total`"),
        ((MostPairs(), MostPairs(), Total()), "`most_pairs` stands there 2 times", "`most_pairs` then `total`"),
        ((Total(), MostPairs()), "`most_pairs` must come before `total`", "`most_pairs` then `total`"),
        (
            (MostPairs(), Total(), WorstPair()),
            "`worst_pair` must come before `total`",
            "`most_pairs` then `worst_pair` then `total`",
        ),
        ((MostPairs(), Total(), Bands((0.5,))), "`bands` must come", "`most_pairs` then `bands` then `total`"),
        ((WorstPair(), Total()), FEWER, "`most_pairs` then `worst_pair` then `total`"),
        ((WorstPair(), MostPairs(), Total()), FEWER, "`most_pairs` then `worst_pair` then `total`"),
        ((Bands((0.5,)), Total()), FEWER, "`most_pairs` then `bands` then `total`"),
        ((LeastLoad(), Total()), FEWER, "`most_pairs` then `least_load` then `total`"),
        (
            (Priority("x"), LeastLoad(), MostPairs(), Stability(), Total()),
            FEWER,
            "`most_pairs` then `priority` then `least_load` then `stability` then `total`",
        ),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_one_that_works(
    objectives: tuple[Objective, ...], said: str, works: str
) -> None:
    with pytest.raises(ProgramError, match=re.escape(said)) as error:
        program(*objectives)
    assert str(error.value).endswith(f"; this order works: {works}")


def test_no_objective_at_all_is_told_so() -> None:
    with pytest.raises(ProgramError, match="`objectives` is empty: leave it out for the usual ones"):
        program()


@given(st.permutations([MostPairs(), WorstPair(), Bands((0.5,)), LeastLoad(), Priority("x"), Stability(), Total()]),
       st.integers(1, 7), st.booleans())  # fmt: skip
def test_the_order_that_is_said_to_work_does(objectives: list[Objective], some: int, settled: bool) -> None:
    limits = (SETTLED,) if settled else ()
    named = {objective.kind(): objective for objective in objectives} | {"total": Total(), "most_pairs": MostPairs()}
    try:
        program(*objectives[:some], limits=limits)
    except ProgramError as error:
        works = [named[kind] for kind in re.findall(r"`(\w+)`", str(error).split("this order works: ")[1])]
        assert {*map(type, works)} >= {*map(type, objectives[:some])}
        program(*works, limits=limits)


@pytest.mark.parametrize("first", [WorstPair(), Bands((0.5,)), LeastLoad()], ids=repr)
def test_a_number_of_pairs_asked_for_settles_it_as_well(first: Objective) -> None:
    program(first, Total(), limits=(SETTLED,))
    for limit in (TotalPairs(least=0), TotalPairs(most=5)):
        with pytest.raises(ProgramError, match=FEWER):
            program(first, Total(), limits=(limit,))


def test_people_and_loads_may_come_anywhere() -> None:
    """Once a total is chosen, no pair of it can be left out, so the number of pairs is settled by it too."""
    for others in itertools.permutations((LeastLoad(), Priority("x"), Stability())):
        for place in range(4):
            program(MostPairs(), *others[:place], Total(), *others[place:])
    program(Priority("x"), Stability(), MostPairs(), Total(), LeastLoad())
    program(Total(), LeastLoad())


# ---------------------------------------------------------------- meeting an export


class Any_(Criterion):
    """Every pair is as good; what is tested is what surrounds it."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(1.0, len(mentors.ids), len(mentees.ids))


SIDES = (
    people("ann", "bob", "cem", waited=number([2, math.nan, 0]), first=category(["yes", "", "No"])),
    people("xena", "yves", waited=number([0, 1]), first=category(["N", "X"])),
)


def resolve(objective: Objective, sides: tuple[Table, Table] = SIDES) -> Program:
    return Program(criteria=(Any_(),), rules=(), objectives=(MostPairs(), objective, Total())).resolved(*sides)[0]


@pytest.mark.parametrize(
    ("objective", "urgency"),
    [
        (Priority("waited"), ([2, 0, 0], [0, 1])),
        (Priority("first"), ([1, 0, 0], [0, 1])),
        (Priority(mentors=("cem",), mentees=("xena", "yves")), ([0, 0, 1], [1, 1])),
        (Priority(filled=True), ([0, 0, 0], [0, 0])),
    ],
)
def test_how_urgent_it_is_for_each(objective: Priority, urgency: tuple[list[int], list[int]]) -> None:
    resolve(objective)
    sides = objective.urgency(*SIDES)
    assert tuple(side.tolist() for side in sides) == urgency
    assert [side.dtype for side in sides] == [np.int64, np.int64]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (category(["yes", "Finance", ""]), "'Finance'"),
        (number([1, -1, 0]), "'-1'"),
        (number([1, 0.5, 0]), "'0.5'"),
        (number([1, math.inf, 0]), "'inf'"),
        (number([1, 1e300, 0]), r"'1e\+300'"),
        (items_of([{0}, {1}, {0}], ("yes", "SQL")), "'SQL'"),
        (Number(np.array([0.0, 1, 1]), ("low", "high")), "'high'"),
    ],
)
def test_what_is_no_priority_is_refused(cells: Column, said: str) -> None:
    sides = people("a", "b", "c", first=cells), people("x", first=category(["no"]))
    with pytest.raises(ProgramError, match=rf"Priority: 'first' must hold yes and no, or whole numbers from 0; {said}"):
        resolve(Priority("first"), sides)


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        (Priority("waitd"), r"priority_waitd needs the column 'waitd'.*'waited'"),
        (Priority(mentors=("anne",)), r"Priority: no mentor has the id 'anne'.*'ann'"),
        (Priority(mentees=("ann",)), r"Priority: no mentee has the id 'ann'"),
        (Stability((("ann", "xenia"),)), r"Stability: no mentee has the id 'xenia'.*'xena'"),
        (Stability((("xena", "ann"),)), r"Stability: no mentor has the id 'xena'"),
    ],
)
def test_an_objective_about_people_who_are_not_there_is_refused(objective: Objective, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        resolve(objective)
