"""Laws of limits as they are written: whole in a file, read in words, and refused where they cannot hold."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import meaning
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, Crowd, category, crowds, items_of, number, people, permuted

import rmatch
from rmatch import element, objectives
from rmatch.columns import BoolArray, Category, IntArray, Number, Table, fold
from rmatch.criteria import Criterion, Factors, Skills, constant
from rmatch.errors import ContradictionError, InfeasibleError, ProgramError
from rmatch.limits import (
    Capacity,
    CapacityTotal,
    Changes,
    Circles,
    Group,
    Limit,
    Lock,
    OneDirection,
    Representative,
    Share,
    Spread,
    TotalPairs,
    places,
)
from rmatch.limits._base import rows_of, with_distinct_names
from rmatch.limits._people import with_implied
from rmatch.limits._rounds import limit_in_round
from rmatch.program import Program
from rmatch.proof.problem import problem_of
from rmatch.rows import Part, People, Row
from rmatch.rules import Exclude, NoRepeat, Rule
from rmatch.schema.rounds import Round

LIMITS: tuple[tuple[Limit, str, str], ...] = (
    (TotalPairs(least=2), "total_pairs", "at least 2 pairs in all"),
    (TotalPairs(most=1), "total_pairs", "at most 1 pair in all"),
    (TotalPairs(least=2, most=1500), "total_pairs", "2 to 1,500 pairs in all"),
    (TotalPairs(least=3, most=3), "total_pairs", "exactly 3 pairs in all"),
    (
        Group("mentee", "location", least=1),
        "group_mentee_location",
        "at least 1 pair of mentees of each location",
    ),
    (
        Group("mentor", "job_family", "Human Resources", most=5),
        "group_mentor_job_family_human_resources",
        "at most 5 pairs of mentors whose job family is Human Resources",
    ),
    (Share("department", least=0.4), "share_department", "at least 40 % of the pairs differ in department"),
    (
        Share(("department", "location"), differ=False, most=0.07),
        "share_same_department_location",
        "at most 7 % of the pairs are the same in department and location",
    ),
    (Share("team", least=0.25, most=0.5), "share_team", "25 to 50 % of the pairs differ in team"),
    (Share("team", least=0.5, most=0.5), "share_team", "exactly 50 % of the pairs differ in team"),
    (
        Spread("mentor", "department"),
        "spread_mentor_department",
        "each mentor has at most 1 pair with mentees of each department",
    ),
    (
        Spread("mentee", "department", "Finance", most=2),
        "spread_mentee_department_finance",
        "each mentee has at most 2 pairs with mentors whose department is Finance",
    ),
    (Circles(), "circles", "each mentor has no mentee or a circle of 3 to 8"),
    (Changes((("a", "b"), ("c", "d")), most=1), "changes", "at most 1 of 2 earlier pairs given up"),
    (CapacityTotal(), "capacity_total", "nobody has more pairs in all roles together than their capacity_total says"),
    (OneDirection(), "one_direction", "two people meet in one direction at most"),
)
"""Every limit on the plan, in each of its ways, with its name and its words."""


def program(*limits: Limit) -> Program:
    return Program(criteria=(Skills(),), rules=(), limits=limits)


# ---------------------------------------------------------------- in a file and back


@pytest.mark.parametrize(("limit", "name", "words"), LIMITS, ids=repr)
def test_every_limit_has_a_name_and_words(limit: Limit, name: str, words: str) -> None:
    assert (limit.name, limit.in_words()) == (name, words)


@pytest.mark.parametrize("limit", [limit for limit, _, _ in LIMITS], ids=repr)
def test_a_limit_written_to_a_file_is_the_same_limit(limit: Limit) -> None:
    whole = program(limit)
    assert Program.model_validate(tomllib.loads(whole.to_toml())) == whole
    assert Program.model_validate(json.loads(json.dumps(whole.to_dict()))) == whole


def test_every_limit_is_listed_and_in_the_schema() -> None:
    listed = {*(type(limit) for limit, _, _ in LIMITS), Capacity, Lock, Representative}
    shipped = {cls for cls in element.known(Limit).values() if cls.__module__.startswith("rmatch.")}
    lacking = sorted(cls.__name__ for cls in shipped - listed)
    assert not lacking, f"add {', '.join(lacking)} to LIMITS of tests/limits/test_limits.py"
    assert listed == shipped, "a limit of the list has no name in a program file"
    schema = {one["properties"]["kind"]["const"]: one for one in element.json_schema(Limit)["oneOf"]}
    assert schema["group"]["required"] == ["kind", "side", "column"]
    assert schema["group"]["properties"]["side"]["enum"] == ["mentor", "mentee"]
    assert schema["changes"]["required"] == ["kind", "pairs", "most"]
    assert {one["type"] for one in schema["share"]["properties"]["column"]["anyOf"]} == {"string", "array"}


def test_one_column_or_several_may_be_named() -> None:
    text = "[[limits]]\nkind = 'share'\nleast = 0.4\ncolumn = {}"
    one, two = (Program.model_validate(tomllib.loads(text.format(c))) for c in ("'team'", "['team', 'unit']"))
    assert one.limits == (Share("team", least=0.4),)
    assert two.limits == (Share(("team", "unit"), least=0.4),)
    assert two.binding().named >= {"team", "unit"}


def test_a_limit_reads_the_side_that_it_counts() -> None:
    assert Group("mentor", "team", least=1).reads() == (("team",), ())
    assert Group("mentee", "team", least=1).reads() == ((), ("team",))
    assert Spread("mentor", "team").reads() == ((), ("team",)), "the partners' answers are what is spread"
    assert Share(("team", "unit"), least=0.1).reads() == (("team", "unit"), ("team", "unit"))
    sides = people("a", skills_offered=items_of([set()], ())), people("x", skills_wanted=items_of([set()], ()))
    with pytest.raises(ProgramError, match=r"group_mentee_team needs the column 'team'"):
        program(Group("mentee", "team", least=1)).resolved(*sides)


@given(st.integers(0, 10_000), st.sampled_from((10, 100, 1000, 10_000)))
def test_a_share_is_the_fraction_that_was_written(part: int, whole: int) -> None:
    part = min(part, whole)
    assert Share("team", least=part / whole, most=1).fractions() == (Fraction(part, whole), Fraction(1))
    assert Share("team", most=part / whole).fractions() == (None, Fraction(part, whole))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: TotalPairs(), r"TotalPairs: give `least`, `most` or both"),
        (lambda: TotalPairs(least=-1), r"`least` must be 0 or more, not -1"),
        (lambda: TotalPairs(most=-2), r"`most` must be 0 or more, not -2"),
        (lambda: TotalPairs(least=3, most=2), r"`least` is 3, above `most`, which is 2"),
        (lambda: TotalPairs(least=1.5), r"`least`.*1\.5"),  # type: ignore[arg-type]
        (lambda: Group("junior", "team", least=1), r"`side`.*'junior'"),  # type: ignore[arg-type]
        (lambda: Group("mentor", "", least=1), r"Group: `column` is missing"),
        (lambda: Group("mentor", "team"), r"Group: give `least`, `most` or both"),
        (lambda: Group("mentor", "team", " ", least=1), r"`value` is blank; leave it out"),
        (lambda: Group("mentor", "team", "x", 3, 2), r"`least` is 3, above `most`"),
        (lambda: Spread("mentor", ""), r"Spread: `column` is missing"),
        (lambda: TotalPairs(least=10**30), r"`least` is beyond any number of pairs"),
        (lambda: Capacity(mentees=2**63), r"`mentees` is beyond any number of pairs"),
        (lambda: Spread("mentor", "team", most=10**30), r"`most` is beyond any number of pairs"),
        (lambda: Spread("mentor", "team", most=-1), r"`most` must be 0 or more, not -1"),
        (lambda: Share("", least=0.1), r"Share: `column` is missing"),
        (lambda: Share((), least=0.1), r"Share: `column` is missing"),
        (lambda: Share(("team", "team"), least=0.1), r"each column once"),
        (lambda: Share("team"), r"Share: give `least`, `most` or both"),
        (lambda: Share("team", least=40), r"`least` is 40, a share above 100 %; write 40 % as 0\.4"),
        (lambda: Share("team", most=1.01), r"`most` is 1\.01, a share above 100 %"),
        (lambda: Share("team", least=-0.1), r"\[0, 1\], not -0\.1"),
        (lambda: Share("team", least=math.nan), r"\[0, 1\], not nan"),
        (lambda: Share("team", least=0.6, most=0.5), r"`least` is 0\.6, above `most`"),
        (lambda: Circles(least=1), r"Circles: `least` is 1, and a circle has 2 mentees or more; use `capacity`"),
        (lambda: Circles(5, 4), r"Circles: `least` is 5, above `most`, which is 4"),
        (lambda: Circles(2.5), r"Circles: `least`.*2\.5"),  # type: ignore[arg-type]
        (lambda: Changes((), most=-1), r"`most` must be 0 or more, not -1; 0 keeps every pair"),
        (lambda: Changes((("a", "b"), ("a", "b")), most=1), r"`pairs` lists \('a', 'b'\) twice"),
        (lambda: Changes((("a",),), most=1), r"pairs\.0"),  # type: ignore[arg-type]
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_with_the_reason(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        make()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            (TotalPairs(least=9), Capacity(2), TotalPairs(most=8)),
            r"contradict each other: at least 9 pairs in all, and at most 8 pairs in all; change or drop",
        ),
        (
            (Group("mentee", "team", "Blue", least=5), Group("mentee", "team", "blue", most=4)),
            r"at least 5 pairs of mentees whose team is Blue, and at most 4 pairs of mentees whose team is blue",
        ),
        (
            (Group("mentee", "team", most=4), Group("mentee", "team", "blue", least=5)),
            r"at least 5 pairs of mentees whose team is blue, and at most 4 pairs of mentees of each team",
        ),
        (
            (TotalPairs(least=1), TotalPairs(least=5), TotalPairs(most=3), TotalPairs(most=9)),
            r"at least 5 pairs in all, and at most 3 pairs in all",
        ),
        (
            (Group("mentee", "team", most=4), Group("mentee", "team", least=5)),
            r"at least 5 pairs of mentees of each team, and at most 4",
        ),
        (
            (Share(("a", "b"), least=0.5), Share(("b", "a"), most=0.4)),
            r"at least 50 % of the pairs differ in a and b, and at most 40 %",
        ),
        (
            (Share("team", least=0.6), Share("team", differ=False, least=0.5)),
            r"more than all pairs: at least 60 % of the pairs differ in team, and at least 50 % of the pairs are the",
        ),
    ],
)
def test_limits_that_contradict_each_other_are_both_named(limits: tuple[Limit, ...], said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        program(*limits)
    with pytest.raises(ProgramError, match="two limits"):
        program(*limits[::-1])


def test_limits_that_only_look_alike_stand_together() -> None:
    program(
        TotalPairs(least=8),
        TotalPairs(most=8),
        Group("mentee", "team", "blue", least=5),
        Group("mentor", "team", "blue", most=4),
        Group("mentee", "unit", "blue", most=4),
        Group("mentee", "team", "red", most=4),
        Group("mentee", "years", "-1", least=5),
        Group("mentee", "years", "1", most=4),
        Share("team", least=0.6),
        Share("team", differ=False, least=0.4),
        Share("unit", most=0.5),
    )


# ---------------------------------------------------------------- meeting an export

SIDES = (
    people("a0", "a1", "a2", team=category(["Blue", "Blue", "Red"]), grade=Number(np.array([0.0, 1, 1]), ("AO", "EO"))),
    people("b0", "b1", "b2", "b3", team=category(["Red", "Red", "", "Green"]), years=number([-1, 2, 2, math.nan])),
)


class Any_(Criterion):
    """Every pair is as good; what is tested is what surrounds it."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(1.0, len(mentors.ids), len(mentees.ids))


def resolve(*limits: Limit, sides: tuple[Table, Table] = SIDES) -> Program:
    return Program(criteria=(Any_(),), rules=(), limits=limits).resolved(*sides)[0]


@pytest.mark.parametrize(
    ("limit", "error", "said"),
    [
        (Group("mentor", "team", "blu", least=1), ProgramError, r"no mentor has the team 'blu'.*'Blue'"),
        (Group("mentor", "grade", "EEO", most=1), ProgramError, r"'EEO'.*'EO'"),
        (Group("mentee", "years", "1", most=1), ProgramError, r"no mentee has the years '1'"),
        (Spread("mentor", "team", "Gren"), ProgramError, r"Spread: no mentee has the team 'Gren'.*'Green'"),
        (Changes((("a0", "b33"),), 0), ProgramError, r"Changes: no mentee has the id 'b33'.*'b3'"),
        (Changes((("b0", "a0"),), 0), ProgramError, r"Changes: no mentor has the id 'b0'"),
        (
            TotalPairs(least=4),
            InfeasibleError,
            r"at least 4 pairs in all: too many for the mentors, who have room for 3 together; lower",
        ),
        (
            Group("mentor", "team", "blue", least=3),
            InfeasibleError,
            r"3 pairs of .* the mentors whose team is 'Blue', who have room for 2",
        ),
        (Group("mentor", "team", least=2), InfeasibleError, r"the mentors whose team is 'Red', who have room for 1"),
        (
            Group("mentee", "team", "Blue", least=1),
            InfeasibleError,
            r"the mentees whose team is 'Blue', who have room for 0",
        ),
    ],
)
def test_a_limit_that_does_not_fit_these_people_is_refused(limit: Limit, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        resolve(limit)


def test_what_fits_these_people_stands() -> None:
    resolve(
        TotalPairs(least=3),
        Group("mentor", "team", " BLUE ", least=2),
        Group("mentor", "grade", "eo", least=2),
        Group("mentee", "team", "blue", most=0),
        Group("mentee", "years", "-1.0", least=1),
        Group("mentor", "team", least=1),
        Spread("mentor", "team", "red"),
        Changes((("a0", "b3"),), 1),
        Share("team", least=0.5),
    )


def test_groups_may_not_need_more_pairs_than_there_may_be() -> None:
    least, most = Group("mentor", "team", least=1), TotalPairs(most=1)
    with pytest.raises(
        InfeasibleError, match=r"groups of mentors by team need at least 2 pairs together, more than the 1"
    ):
        resolve(least, most)
    with pytest.raises(InfeasibleError, match=r"need at least 3 pairs together, more than the 2"):
        resolve(least, Group("mentor", "team", "Blue", least=2), TotalPairs(most=2))
    resolve(least, Group("mentee", "team", "Red", least=2), TotalPairs(most=2))  # other pairs, or the same ones
    skilled = people("a0", "a1", skills=items_of([{0, 1}, {0}], ("SQL", "R"))), SIDES[1]
    resolve(Group("mentor", "skills", least=1), TotalPairs(most=1), sides=skilled)  # one person may be in both


def test_more_locks_than_pairs_are_refused() -> None:
    with pytest.raises(InfeasibleError, match=r"2 pairs are locked, more than the 1"):
        resolve(Lock((("a0", "b0"), ("a1", "b1"))), TotalPairs(most=1))


@pytest.mark.parametrize(
    ("limits", "rules", "said"),
    [
        ((Lock((("x", "x"),)),), (), r"the lock on x → x breaks the rule 'same person'"),
        ((Lock((("x", "y"),)),), (Exclude((("y", "x"),)),), r"lock on x → y breaks the rule 'not available'; drop"),
        ((Lock((("x", "y"),)),), (NoRepeat(pairs=(("x", "y"),)),), r"lock on x → y breaks the rule 'no_repeat'"),
        ((Lock((("x", "y"),)), Lock((("x", "z"),))), (), r"locks on x → y and x → z give x 2 pairs"),
    ],
)
def test_locks_that_cannot_stand_are_refused_before_anything_is_solved(
    limits: tuple[Limit, ...], rules: tuple[Rule, ...], said: str
) -> None:
    people_ = [{"employee_id": i, "role": "both", "skills_offered": "R", "skills_wanted": "R"} for i in "xyz"]
    with pytest.raises(InfeasibleError, match=said):
        rmatch.match(rmatch.from_records(people_), Program(rules=rules, limits=limits))


def test_a_share_of_unknown_answers_is_refused() -> None:
    silent = people("b0", "b1", team=category(["", ""]))
    with pytest.raises(ProgramError, match=r"no mentee has an answer in 'team', so no pair counts"):
        resolve(Share("team", least=0.1), sides=(SIDES[0], silent))
    resolve(Share("team", most=0.1), sides=(SIDES[0], silent))


def test_room_is_the_capacity_and_no_more_than_the_others() -> None:
    sides = people("a", "b", capacity=number([9, math.nan])), people("x", "y", "z", capacity=number([0, 2, 1]))
    assert [side.tolist() for side in places((), *sides)] == [[3, 1], [0, 2, 1]]
    limits = (Capacity(mentors=3), Capacity(mentors=2, mentees=5))
    assert [side.tolist() for side in places(limits, *sides)] == [[2, 2], [0, 2, 1]]
    assert places(limits, *sides)[0].tolist() == places(limits[::-1], *sides)[0].tolist(), "the smallest counts"


def test_only_a_capacity_takes_room_from_who_wrote_more() -> None:
    """Circles give room to who wrote nothing, and bound the rest by their rows."""
    sides = people("a", "b", capacity=number([5, math.nan])), people(*"vwxyz")
    assert places((Circles(2, 3),), *sides)[0].tolist() == [5, 3]
    assert places((Circles(2, 3), Capacity(mentors=4)), *sides)[0].tolist() == [4, 3]


@given(SEEDS, st.lists(st.tuples(*[st.sampled_from((None, 1, 2, 3, 1000000))] * 2), max_size=3))
def test_a_capacity_never_raises_what_somebody_wrote_and_who_wrote_nothing_has_it(
    seed: int, limits: list[tuple[int | None, int | None]]
) -> None:
    draw = np.random.default_rng(seed)
    written = [draw.choice([math.nan, 0, 1, 2, 5], 4), draw.choice([math.nan, 0, 1, 2, 5], 3)]
    sides = people(*"abcd", capacity=number(written[0])), people(*"xyz", capacity=number(written[1]))
    kept = tuple(Capacity(mentors=mentors, mentees=mentees) for mentors, mentees in limits)
    for side, own, others in ((0, written[0], 3), (1, written[1], 4)):
        most = [both[side] for both in limits if both[side] is not None]
        room = [min([*most, *([1] if not most else [])] if math.isnan(k) else [int(k), *most]) for k in own]
        assert places(kept, *sides)[side].tolist() == [min(k, others) for k in room]
    program = Program(criteria=(Skills(),), rules=(), limits=kept)
    checked = problem_of(program, *sides)
    assert [side.tolist() for side in checked.capacity] == [side.tolist() for side in places(kept, *sides)]


@given(crowds(), st.sampled_from(("department", "goals", "grade", "years")), SEEDS)
def test_everybody_who_answered_is_a_member_of_her_groups_in_any_order(crowd: Crowd, column: str, seed: int) -> None:
    sides = crowd.tables()
    group, spread = Group("mentee", column, least=0), Spread("mentor", column)
    members = group.members(*sides)
    assert {value: rows.tolist() for value, rows in members.items()} == {
        value: rows.tolist() for value, rows in spread.members(*sides).items()
    }
    table = sides[1]
    if isinstance(table[column], Category):
        expected: dict[str, set[str]] = {}
        for id_, cell in zip(table.ids, table[column].cells(), strict=True):
            if cell:
                expected.setdefault(fold(cell), set()).add(id_)
        assert {fold(value): {*table.ids[rows]} for value, rows in members.items()} == expected
    answered = np.flatnonzero(~table[column].missing)
    assert {*answered.tolist()} == {row for rows in members.values() for row in rows.tolist()}
    other = sides[0], permuted(table, seed)
    turned = group.members(*other)
    assert {v: {*table.ids[rows]} for v, rows in members.items()} == {v: {*other[1].ids[r]} for v, r in turned.items()}
    for value, rows in members.items():
        assert Group("mentee", column, value, least=0).members(*sides)[value].tolist() == rows.tolist()


def all_eligible(i: IntArray, j: IntArray) -> BoolArray:
    return np.ones(len(i), bool)


TWO_BY_THREE = People(people("a", "b", team=category(["red", ""])), people("x", "y", "z"), all_eligible)
PAIRED = np.array([0, 0]), np.array([0, 1])  # a with x and y


@pytest.mark.parametrize(
    ("limit", "reached"),
    [
        (TotalPairs(most=2), [("mentor", [0, 1]), ("mentee", [0, 1, 2])]),
        (TotalPairs(most=3), []),
        (TotalPairs(least=2), []),
        (Group("mentor", "team", most=2), [("mentor", [0])]),
        (Group("mentor", "team", most=3), []),
        (Group("mentor", "team", least=2), []),
        (Circles(2, 3), [("mentor", [1])]),
    ],
)
def test_who_may_have_no_further_pair_is_known_at_exactly_the_most(
    limit: Limit, reached: list[tuple[str, list[int]]]
) -> None:
    assert [(side, own.tolist()) for side, own, _ in limit.reached(TWO_BY_THREE, *PAIRED)] == reached


def test_a_row_that_is_none_is_told_by_what_it_is() -> None:
    class Own(Limit):
        def rows(self, people: People) -> Any:
            return (Row("fine", (Part(),), most=1), "not")

    with pytest.raises(ProgramError, match="`rows` returns a tuple of `Row`, and one of them is str"):
        rows_of((Own(),), TWO_BY_THREE)


def test_rows_of_one_name_are_numbered_past_the_names_that_are_taken() -> None:
    rows = tuple(Row("pairs", (Part(),), most=k) for k in range(4))
    named = with_distinct_names(rows, taken=("pairs 3",))
    assert [(row.name, row.most) for row in named] == [("pairs", 0), ("pairs 2", 1), ("pairs 4", 2), ("pairs 5", 3)]


def test_the_bounds_of_each_group_are_told_apart() -> None:
    group = Group("mentee", "team", least=1, most=2)
    assert [*group.by_value(*SIDES)] == [
        Group("mentee", "team", value, **bound) for value in ("Green", "Red") for bound in ({"least": 1}, {"most": 2})
    ]
    assert [*Group("mentee", "team", least=1).by_value(*SIDES)] == [
        Group("mentee", "team", value, least=1) for value in ("Green", "Red")
    ]


@pytest.mark.parametrize(
    ("only", "couples"),
    [
        (None, ["x y", "x z"]),
        ((("z", "x"),), ["x z"]),  # whichever of the two teaches
        ((("y", "z"),), []),
        ((), []),
    ],
)
def test_couples_who_may_meet_in_both_directions_meet_in_one(
    only: tuple[tuple[str, str], ...] | None, couples: list[str]
) -> None:
    """Of three people in both roles, ``z`` may not teach ``y``."""
    lawful = np.array([[False, True, True], [True, False, True], [True, False, False]])
    who = People(people("x", "y", "z"), people("x", "y", "z"), lambda i, j: lawful[i, j])
    rows = OneDirection(only=only).rows(who)
    assert [(row.name, row.most) for row in rows] == [(f"one_direction {couple}", 1) for couple in couples]
    for row in rows:
        i, j = np.nonzero(lawful)
        both = [{"xyz"[a], "xyz"[b]} == {*row.name.split()[1:]} for a, b in zip(i, j, strict=True)]
        assert [int(row.sums(i[k : k + 1], j[k : k + 1], who.shape)[0]) for k in range(len(i))] == both


def test_people_cannot_have_to_meet_in_both_directions_and_in_one() -> None:
    with pytest.raises(ContradictionError, match="one_direction lets two people meet in one direction only"):
        with_implied((OneDirection(),), *SIDES, "require")
    assert with_implied((TotalPairs(most=1),), *SIDES, "require") == (TotalPairs(most=1),)
    for named in ((), (OneDirection(),)):
        assert with_implied(named, *SIDES, "forbid") == (OneDirection(),)


@pytest.mark.parametrize(("side", "pairs"), [("mentor", [2, 1]), ("mentee", [1, 1, 1])])
def test_a_pilot_counts_the_pairs_of_the_side_it_names(side: Any, pairs: list[int]) -> None:
    """Mentors are two of blue and one of red; mentees two of red, one of green, and one without an answer."""
    pilot, who = Representative(3, "team", side), People(*SIDES, all_eligible)
    all_, *groups = pilot.rows(who)
    assert (all_.least, all_.most) == (3, 3)
    assert [(row.least, row.most) for row in groups] == [(k, k) for k in pairs]
    i, j = np.indices((3, 4)).reshape(2, -1)
    here = {"mentor": [8, 4], "mentee": [3, 6, 3]}[side]
    assert [int(row.sums(i, j, (3, 4))[0]) for row in groups] == here
    assert pilot.figure(who, i, j).split(", ") == [
        f"{word} {k}" for word, k in zip(pilot.seats(*SIDES), here, strict=True)
    ]


def test_the_capacity_of_a_round_is_that_of_its_people_alone() -> None:
    everybody, own = (people("a", "b", "c"), people(*"vwxyz")), (people("b", "c"), people("v", "w"))
    limit = limit_in_round(Capacity(mentors=2), Round("later", "junior", own=own, before=(1, 0)))
    granted = limit.granted("mentor", everybody[0])
    assert granted is not None
    assert granted.tolist() == [math.inf, 2, 2]
    assert limit.granted("mentee", everybody[1]) is None


@pytest.mark.parametrize(("mentors", "mentees"), [(3, 1), (1, 3), (3, 2)])
def test_of_earlier_pairs_those_that_are_still_eligible_are_counted(mentors: int, mentees: int) -> None:
    """All but the first one's, however few the other side has."""
    sides = people(*(f"a{k}" for k in range(mentors))), people(*(f"b{k}" for k in range(mentees)))
    pairs = tuple((f"a{i}", f"b{j}") for i in range(mentors) for j in range(mentees))
    eligible = np.ones((mentors, mentees), bool)
    eligible[0, 0] = False
    who = People(*sides, lambda i, j: eligible[i, j])
    (row,) = Changes(pairs, most=1).rows(who)
    i, j = np.divmod(np.arange(mentors * mentees), mentees)
    assert row.least == mentors * mentees - 2
    assert row.sums(i, j, who.shape).tolist() == [mentors * mentees - 1]
    assert row.sums(i[:1], j[:1], who.shape).tolist() == [0]


@given(SEEDS, st.integers(1, 3), st.booleans())
def test_the_factors_of_a_share_are_the_pairs_that_count(seed: int, columns: int, differ: bool) -> None:
    """Who differs, or agrees, in every column counts once; who did not answer all of them never does."""
    draw = np.random.default_rng(seed)
    names = tuple(f"column_{k}" for k in range(columns))
    cells = [[draw.choice(["", "a", "b", "c"], size).tolist() for _ in names] for size in (5, 6)]
    sides = [
        people(*map(str, range(len(own[0]))), **{name: category(each) for name, each in zip(names, own, strict=True)})
        for own in cells
    ]
    expected = [
        [
            all(one[i] and other[j] and (one[i] != other[j]) == differ for one, other in zip(*cells, strict=True))
            for j in range(6)
        ]
        for i in range(5)
    ]
    share = Share(names, differ=differ, least=0.5)
    u, v = share.ratio(*sides)
    assert np.array_equal(u.dense() @ v.dense().T, np.array(expected, float))
    (row,) = share.rows(People(*sides, all_eligible))
    i, j = np.indices((5, 6)).reshape(2, -1)
    assert row.coefficients(i, j).tolist() == [2 * met - 1 for met in np.ravel(expected).astype(int)]


# ---------------------------------------------------------------- people in both roles


ONE, TWO = "1 pair in all roles together, and have it.", "2 pairs in all roles together, and have them."


def in_both_roles() -> tuple[Table, Table]:
    """``w`` only teaches, ``v`` only learns; of the others ``x`` may have 2 pairs in all, ``y`` 1, and ``z`` any."""
    written = {"v": 1.0, "w": 1.0, "x": 2.0, "y": 1.0, "z": math.nan}
    mentors, mentees = (people(*ids, capacity_total=number([written[id_] for id_ in ids])) for ids in ("wxyz", "zyxv"))
    return mentors, mentees


def test_who_has_both_roles_has_no_more_pairs_in_all_than_they_wrote() -> None:
    who, limit = People(*in_both_roles(), all_eligible), CapacityTotal()
    rows = limit.rows(who)
    assert [(row.name, row.least, row.most, row.each) for row in rows] == [
        ("capacity_total x", None, 2, None),
        ("capacity_total y", None, 1, None),
    ]
    for row in rows:
        own = row.name.split()[1]
        for i, j in np.ndindex(4, 4):
            count = int(row.sums(np.array([i]), np.array([j]), (4, 4))[0])
            assert count == ("wxyz"[i] == own) + ("zyxv"[j] == own)


@pytest.mark.parametrize(
    ("pairs", "full", "reached"),
    [
        ("", 0, {}),
        ("xz", 0, {}),
        ("xz wx", 1, {"x": TWO}),
        ("xz xv", 1, {"x": TWO}),
        ("wy", 1, {"y": ONE}),
        ("yx xv", 2, {"x": TWO, "y": ONE}),
        ("wz wv zy", 1, {"y": ONE}),
    ],
)
def test_who_has_as_many_pairs_in_all_as_they_may_is_told_on_both_sides(
    pairs: str, full: int, reached: dict[str, str]
) -> None:
    """Each pair is written as who teaches and who learns."""
    who, limit = People(*in_both_roles(), all_eligible), CapacityTotal()
    i, j = (
        np.array([ids.index(pair[k]) for pair in pairs.split()], np.int64) for k, ids in enumerate(("wxyz", "zyxv"))
    )
    assert limit.figure(who, i, j) == f"{full} of 2 people have as many as they may"
    found = [(side, "".join((who.mentors, who.mentees)[side == "mentee"].ids[some]), said)
             for side, some, said in limit.reached(who, i, j)]  # fmt: skip
    assert found == [
        (side, own, f"They may have {said}") for own, said in reached.items() for side in ("mentor", "mentee")
    ]


def test_of_two_numbers_in_all_the_smaller_counts_and_one_written_once_is_enough() -> None:
    sides = (
        people("x", "y", "z", capacity_total=number([3, 2, math.nan])),
        people("z", "y", "x", capacity_total=number([4, 5, math.nan])),
    )
    who = People(*sides, all_eligible)
    assert [(row.name, row.most) for row in CapacityTotal().rows(who)] == [
        ("capacity_total x", 3),
        ("capacity_total y", 2),
        ("capacity_total z", 4),
    ]


def test_a_number_in_all_limits_by_itself_who_has_both_roles() -> None:
    sides = in_both_roles()
    assert CapacityTotal().reads() == (("capacity_total",), ("capacity_total",))
    for mirror in ("allow", "require"):
        assert with_implied((), *sides, mirror) == (CapacityTotal(),)
    assert with_implied((TotalPairs(most=1),), *sides, "forbid") == (
        TotalPairs(most=1),
        CapacityTotal(),
        OneDirection(),
    )
    assert with_implied((CapacityTotal(),), *sides, "allow") == (CapacityTotal(),)
    assert with_implied((), *SIDES, "allow") == ()
    once = people("a", capacity_total=number([1])), people("b", capacity_total=number([1]))
    assert not CapacityTotal().applies(*once), "nobody has both roles"
    blank = people("a", capacity_total=number([math.nan])), people("a")
    assert not CapacityTotal().applies(*blank)
    assert not CapacityTotal().applies(people("a"), people("a"))
    assert CapacityTotal().applies(people("a", capacity_total=number([1])), people("a"))
    assert CapacityTotal().applies(people("a"), people("a", capacity_total=number([1])))
    assert not CapacityTotal().applies(people(capacity_total=number([])), people(capacity_total=number([])))


def test_a_number_in_all_is_room_too() -> None:
    """For people with one role it is the only limit of it; somebody may still join the other side."""
    sides = people("a", "b", capacity=number([3, 3]), capacity_total=number([2, math.nan])), people(*"xy")
    assert [side.tolist() for side in places((), *sides)] == [[2, 2], [1, 1]]
    assert [side.tolist() for side in places((), *sides, joiners=1)] == [[2, 3], [1, 1]]
    assert [side.tolist() for side in places((Capacity(mentees=9),), *sides, joiners=2)] == [[2, 3], [4, 4]]


def test_couples_who_meet_twice_in_a_plan_are_the_ones_to_hold_apart() -> None:
    who = People(people("x", "y", "z"), people("z", "x", "w"), all_eligible)
    plans = [
        (np.array([0, 2]), np.array([0, 1])),  # x and z teach each other
        (np.array([1, 0]), np.array([1, 2])),
        (np.array([2, 0]), np.array([1, 0])),
    ]
    assert OneDirection().lazily(who, plans) == OneDirection(only=(("x", "z"),))
    assert OneDirection().lazily(who, plans[1:2]) == OneDirection(only=())
    assert OneDirection(only=()).lazily(who, plans) is None


# ---------------------------------------------------------------- numbers of pairs

MANY = 2**53


@pytest.mark.parametrize(
    "make",
    [
        lambda most: TotalPairs(least=most).least,
        lambda most: TotalPairs(most=most).most,
        lambda most: Capacity(mentors=most).mentors,
        lambda most: Capacity(mentees=most).mentees,
        lambda most: Spread("mentor", "team", most=most).most,
        lambda most: Circles(2, most).most,
        lambda most: Representative(most).pairs,
    ],
)
def test_a_number_of_pairs_is_at_most_one_that_can_be_counted_exactly(make: Callable[[int], int]) -> None:
    assert make(MANY) == MANY
    with pytest.raises(ProgramError, match=r"beyond any number|a number of pairs"):
        make(MANY + 1)


@pytest.mark.parametrize("field", ["mentors", "mentees"])
def test_a_capacity_is_one_or_more_of_either_side(field: str) -> None:
    """It says what each person of that side may have, and leaves the other alone."""
    one = Capacity(**{field: 1})
    assert one.in_words() == f"each {field[:-1]} has at most 1"
    side = "mentor" if field == "mentors" else "mentee"
    assert [one.grants(own) for own in ("mentor", "mentee")] == [
        1 if own == side else None for own in ("mentor", "mentee")
    ]
    assert one.for_rounds(3) == Capacity(**{field: 3})
    assert Capacity(**{field: MANY}).for_rounds(2) == Capacity(**{field: MANY})
    (row,) = one.rows(TWO_BY_THREE)
    assert (row.name, row.each, row.least, row.most) == (f"capacity_{side}s", side, None, 1)
    for none in (0, -1):
        with pytest.raises(ProgramError, match=f"Capacity: `{field}` must be 1 or more, not {none}"):
            Capacity(**{field: none})


def test_a_capacity_of_neither_side_leaves_all_to_the_export() -> None:
    assert Capacity().in_words() == "capacities as the export says"
    assert Capacity(2, 3).in_words() == "each mentor has at most 2 and each mentee has at most 3"
    assert Capacity().rows(TWO_BY_THREE) == ()


def test_which_limits_capacities_and_fixed_pairs_keep_alone() -> None:
    """Such a plan is found without rows; those that cap take room from who wrote more."""
    assert {type(limit) for limit, _, _ in LIMITS if limit.plain} == set()
    assert (Capacity(2).plain, Lock().plain, Representative(2).plain) == (True, True, False)
    assert (Capacity(2).caps, Lock().caps, Circles().caps) == (True, False, False)
    assert {type(limit) for limit, _, _ in LIMITS if limit.in_circles} == {Circles}
    assert {type(limit) for limit, _, _ in LIMITS if limit.of_last_plan} == {Changes}
    assert {type(limit) for limit, _, _ in LIMITS if limit.instead} == {CapacityTotal, OneDirection}


@pytest.mark.parametrize(
    ("mentors", "said"),
    [
        ([], "no circles"),
        ([1, 1, 1], "1 circle of 3 mentees"),
        ([0, 0, 2, 2], "2 circles of 2 mentees"),
        ([0, 0, 2, 2, 2], "2 circles of 2 to 3 mentees"),
        ([0, 0, 0, 0, 1, 1, 2, 2, 2], "3 circles of 2 to 4 mentees"),
    ],
)
def test_circles_are_told_by_their_number_and_their_sizes(mentors: list[int], said: str) -> None:
    who = People(people(*"abc"), people(*"stuvwxyz1"), all_eligible)
    assert Circles(2, 4).figure(who, np.array(mentors, np.int64), np.arange(len(mentors))) == said


@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_in_a_pilot_everybody_has_what_they_may(side: Any) -> None:
    """Those of each value by their number of pairs, and the whole other side by that of the plan."""
    who = People(*SIDES, all_eligible)
    reached = [(own, some.tolist(), said) for own, some, said in Representative(3, "team", side).reached(who, *PAIRED)]
    values = {"mentor": [("Blue", [0, 1], 2), ("Red", [2], 1)],
              "mentee": [("Green", [3], 1), ("Red", [0, 1], 1), ("no answer", [2], 1)]}[side]  # fmt: skip
    *groups, last = reached
    assert [(own, some) for own, some, _ in groups] == [(side, some) for _, some, _ in values]
    for (_, _, said), (word, _, pairs) in zip(groups, values, strict=True):
        assert said.startswith(f"In a pilot of 3 pairs, {pairs} are for {side}s whose team is '")
        assert word in said
    other = {"mentor": ("mentee", [0, 1, 2, 3]), "mentee": ("mentor", [0, 1, 2])}[side]
    assert last == (*other, "The plan may have 3 pairs at most.")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Lock((("a", "b"),)), "1 pair set by hand"),
        (Lock((("a", "b"), ("c", "d"))), "2 pairs set by hand"),
        (Changes((("a", "b"),), most=0), "at most 0 of 1 earlier pair given up"),
        (Share("team", most=0.125), "at most 12.5 % of the pairs differ in team"),
        (Representative(1_200, "job_family", "mentor"), "exactly 1,200 pairs, the mentors in proportion by job family"),
    ],
    ids=repr,
)
def test_words_agree_with_their_numbers(limit: Limit, words: str) -> None:
    assert limit.in_words() == words


@pytest.mark.parametrize(
    ("limit", "pairs", "figure"),
    [
        (TotalPairs(most=9), "", "0 pairs"),
        (TotalPairs(most=9), "00 11", "2 pairs"),
        (Group("mentor", "team", least=0), "00 11 12", "0 to 3"),  # three of Blue, none of Red
        (Group("mentor", "team", "Blue", least=0), "00 11 20", "2"),
        (Group("mentee", "team", least=0), "00 01 02", "0 to 2"),
        (Spread("mentor", "team"), "00 01 10", "2 at most"),
        (Spread("mentee", "team"), "00 10 20 01", "2 at most"),
        (Spread("mentor", "team"), "", "0 at most"),
        (Share("team", least=0.1), "", "no pairs"),
        (Share("team", least=0.1), "00 20 02", "33.3% (1 of 3)"),  # who gave no team does not differ
        (Share("team", differ=False, least=0.1), "00 20 21 22", "50.0% (2 of 4)"),
        (Changes((("a0", "b0"), ("a1", "b1")), most=1), "00 12", "1 given up"),
        (Changes((("a0", "b0"), ("a1", "b1")), most=0), "00 11", "0 given up"),
        (Changes((("a0", "b0"), ("a1", "b1")), most=2), "", "2 given up"),
    ],
)
def test_a_figure_is_what_the_plan_attains(limit: Limit, pairs: str, figure: str) -> None:
    """Each pair is written as the places of its two people."""
    i, j = (np.array([int(pair[k]) for pair in pairs.split()], np.int64) for k in (0, 1))
    assert limit.figure(People(*SIDES, all_eligible), i, j) == figure


def test_what_several_rounds_may_have_together_is_as_many_times_what_one_may() -> None:
    assert TotalPairs(2, 3).for_rounds(3) == TotalPairs(6, 9)
    assert TotalPairs(most=3).for_rounds(2) == TotalPairs(most=6)
    assert TotalPairs(most=MANY).for_rounds(2) == TotalPairs(most=MANY)
    assert Group("mentor", "team", "x", least=1, most=4).for_rounds(2) == Group("mentor", "team", "x", 2, 8)
    for limit in (Spread("mentor", "team"), Share("team", least=0.5), Circles(), CapacityTotal(), OneDirection()):
        assert limit.for_rounds(2) is None


@pytest.mark.parametrize(("side", "room"), [("mentor", 3), ("mentee", 4)])
def test_room_is_counted_on_both_sides(side: Any, room: int) -> None:
    """Three mentors, or four mentees, have one pair each, and the other side as many as it likes."""
    wide = Capacity(**{"mentees" if side == "mentor" else "mentors": 4})
    resolve(TotalPairs(least=room), wide)
    with pytest.raises(InfeasibleError, match=rf"too many for the {side}s, who have room for {room} together"):
        resolve(TotalPairs(least=room + 1), wide)


def test_locks_are_the_pairs_that_every_plan_has() -> None:
    who, lock = People(*SIDES, all_eligible), Lock((("a0", "b3"), ("a2", "b1")))
    assert lock.fixed_pairs == (("a0", "b3"), ("a2", "b1"))
    i, j = np.indices((3, 4)).reshape(2, -1)
    for row, own in zip(lock.rows(who), ((0, 3), (2, 1)), strict=True):
        assert (row.least, row.most) == (1, 1)
        assert [(a, b) for a, b, c in zip(i, j, row.coefficients(i, j), strict=True) if c] == [own]
    with pytest.raises(ProgramError, match="a pair is locked twice"):
        Lock((("a", "b"), ("c", "d"), ("a", "b")))
    assert [[*names] for names in Changes((("a", "b"), ("c", "d")), 1).names_people()] == [["a", "c"], ["b", "d"]]


def test_of_groups_those_that_have_their_most_are_named() -> None:
    """Mentors of Blue have two pairs, and one of Red has one."""
    who, pairs = People(*SIDES, all_eligible), (np.array([0, 1, 2]), np.array([0, 1, 2]))
    for most, full in ((1, [[0, 1], [2]]), (2, [[0, 1]]), (3, [])):
        reached = [*Group("mentor", "team", most=most).reached(who, *pairs)]
        assert [(side, own.tolist()) for side, own, _ in reached] == [("mentor", own) for own in full]
        words = ("Blue", "Red")
        assert [said for _, _, said in reached] == [
            f"At most {most} pairs are for mentors whose team is {word!r}."
            for word, _ in zip(words, full, strict=False)
        ]
    assert [own.tolist() for _, own, _ in Group("mentee", "team", most=2).reached(who, *pairs)] == [[0, 1]]


def test_circles_that_nobody_has_room_for_are_refused_unless_there_are_too_few_to_meet() -> None:
    two = people("a", "b", capacity=number([2, 1])), people(*"vwx")
    with pytest.raises(ProgramError, match=r"no mentor may have more than 2"):
        resolve(Circles(3, 4), sides=two)
    resolve(Circles(2, 4), sides=two)
    resolve(Circles(4, 4), sides=two)  # of three mentees nobody can have four, whatever their capacity
    with pytest.raises(ProgramError, match=r"no mentor may have more than 2"):
        resolve(Circles(3, 3), sides=two)


def test_every_limit_and_objective_has_a_second_statement_of_what_it_means() -> None:
    """In plain Python, in ``tests/support/meaning.py``: everything is held against it, at random."""
    for family, told in ((Limit, meaning.keeps), (objectives.Objective, meaning.worth)):
        own = (kind for kind in element.known(family).values() if kind.__module__.startswith("rmatch."))
        untold = [kind.__name__ for kind in own if told.dispatch(kind) is told.dispatch(object)]
        assert not untold, f"say in tests/support/meaning.py what these mean: {', '.join(untold)}"
