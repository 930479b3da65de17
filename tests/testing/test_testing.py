"""The checks for strangers' classes: every shipped class passes, and every way of being unlawful is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from strangers import AtHome, Balanced, BothSides, Crossing, Fair, Generous, OneOf, ShortWays, Stairs, Steep
from strategies import CRITERIA, GAPS, KINDS, PLAIN, RULES, Crowd, Rare, number

import rmatch
from rmatch import rules
from rmatch.columns import Category, Items, Number, Table
from rmatch.criteria import (
    Accepts,
    Criterion,
    Factors,
    Lookup,
    PairScores,
    Skills,
    Tile,
    Vectors,
    Wishes,
    closeness,
    constant,
    covers,
    same,
)
from rmatch.errors import InfeasibleError, ProgramError
from rmatch.factors import Term, from_entries, sparse
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
)
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.rows import LoadValue, Part, People, Row
from rmatch.rules import Avoids, Away, Exclude, NoRepeat, Predicate, Rule, penalty_table
from rmatch.testing import Unlawful, _trial, check_criterion, check_limit, check_objective, check_rule
from rmatch.valuation import PAIR, LoadUtility, Valuation

OWN = Crowd(7, 9, 8, PLAIN).tables()
LIMITS: tuple[Limit, ...] = (
    Capacity(mentors=2, mentees=1),
    TotalPairs(least=1, most=3),
    Group("mentor", "department", most=1),
    Group("mentee", "languages", "de", least=1),
    Group("mentee", "grade", "3", most=2),
    Spread("mentor", "department"),
    Spread("mentee", "languages", "en", most=2),
    Share("department", least=0.4, most=0.75),
    Share(("department", "location"), differ=False, most=0.5),
    Share("languages", least=0.5),
    Representative(3),
    Circles(2, 3),
    Representative(2, "grade", "mentor"),
)
"""Every shipped limit that knows nobody by id, in each of its ways."""
LIMITS_BY_ID: tuple[Limit, ...] = (Lock((("a0", "b0"), ("a1", "b1"))), Changes((("a0", "b0"), ("a1", "b1")), most=1))
OBJECTIVES: tuple[Objective, ...] = (
    MostPairs(), WorstPair(), Bands((0.3, 0.5)), Total(floor=0.4), LeastLoad(), Priority(column="consent"),
    Priority(column="grade"),
)  # fmt: skip
OBJECTIVES_BY_ID: tuple[Objective, ...] = (
    Priority(mentors=("a0", "a1"), mentees=("b0",)),
    Stability((("a0", "b0"), ("a1", "b1"))),
)


def sizes(mentors: Table, mentees: Table) -> tuple[int, int]:
    return len(mentors.ids), len(mentees.ids)


# ---------------------------------------------------------------- the lawful


@pytest.mark.slow
@pytest.mark.parametrize("criterion", CRITERIA, ids=repr)
@pytest.mark.parametrize("kind", [PLAIN, GAPS], ids=["plain", "gaps"])
def test_every_shipped_criterion_is_lawful(criterion: Criterion, kind: object) -> None:
    check_criterion(criterion, *Crowd(3, 8, 7, kind).tables())  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["forbid", 0.0])
def test_scores_given_by_id_are_lawful(missing: Any) -> None:
    values = np.random.default_rng(0).random((9, 8))
    values[::2, 1] = np.nan
    frame = pd.DataFrame(values, OWN[0].ids, OWN[1].ids)
    check_criterion(PairScores(frame=frame, missing=missing), *OWN, by_id=True)
    with pytest.raises(Unlawful, match="by_id=True"):
        check_criterion(PairScores(frame=frame, missing=missing), *OWN)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("kind", [PLAIN, GAPS], ids=["plain", "gaps"])
def test_every_shipped_rule_is_lawful(rule: Rule, kind: object) -> None:
    check_rule(
        rule,
        *Crowd(3, 8, 7, kind).tables(),
        by_id=isinstance(rule, Away | Exclude | NoRepeat),
        blanks=isinstance(rule, Avoids),
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("side", ["mentor", "mentee", "both"])
def test_wishes_and_avoids_are_lawful(side: Any) -> None:
    rng = np.random.default_rng(3)
    records = []
    for own, other, role in (("a", "b", "mentor"), ("b", "a", "mentee")):
        for k in range(8):
            named = [f"{other}{x}" for x in rng.permutation(8)]
            cells = {"wishes": "; ".join(named[: k % 5]), "avoids": "; ".join(named[6 : 6 + k % 2])}
            records.append({"employee_id": f"{own}{k}", "role": role, **cells})
    tables = rmatch.from_records(records).tables()
    check_criterion(Wishes(side=side), *tables, by_id=True)
    check_rule(Avoids(), *tables, by_id=True, blanks=True)
    with pytest.raises(Unlawful, match="blanks=True"):
        check_rule(Avoids(), *tables, by_id=True)
    with pytest.raises(Unlawful, match="by_id=True"):
        check_criterion(Wishes(side=side), *tables)


def test_the_lists_of_shipped_classes_are_complete() -> None:
    """A newcomer joins a list and inherits every law."""
    families: tuple[tuple[type[Any], tuple[Any, ...]], ...] = (
        (Criterion, (*CRITERIA, PairScores, Wishes, Accepts, Lookup, Vectors)),
        (Rule, (*RULES, Avoids, rules.Accepts, rules.Sides)),
        (Limit, (*LIMITS, *LIMITS_BY_ID, CapacityTotal, OneDirection)),
        (Objective, (*OBJECTIVES, *OBJECTIVES_BY_ID)),
    )
    for family, shipped in families:
        listed = {x if isinstance(x, type) else type(x) for x in shipped}
        todo, all_ = [family], set()
        while todo:
            kin = todo.pop().__subclasses__()
            all_ |= {c for c in kin if c.__module__.startswith("rmatch.") and not c.__name__.startswith("_")}
            todo += kin
        absent = sorted(c.__name__ for c in all_ - listed)
        assert not absent, f"add to the {family.family} of tests/support/strategies.py or of this file: {absent}"


@dataclass(frozen=True)
class Seniority(Criterion):
    """A lawful criterion of one's own, made of arrays and of bricks."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("grade", "department"), ("grade", "department")

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        near = closeness(mentors["grade"], mentees["grade"])  # type: ignore[arg-type]
        other = 1.0 - same(mentors["department"], mentees["department"])
        return 0.25 * near + 0.5 * other + 0.25 * (near - near * other)


@dataclass(frozen=True)
class Numbers(Tile):
    """Blocks of a small table looked up by each person's department."""

    a: np.ndarray
    b: np.ndarray

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        scores = np.abs(np.sin(self.a[rows][:, None] * 3.0 + self.b[columns][None, :]))
        return np.where(scores < 0.1, np.nan, scores)


@dataclass(frozen=True)
class Looked(Criterion):
    """A lawful criterion without factors, which forbids some pairs itself."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("grade",), ("grade",)

    def tile(self, mentors: Table, mentees: Table) -> Tile:
        return Numbers(*(np.nan_to_num(t["grade"].values) for t in (mentors, mentees)))  # type: ignore[union-attr]


@pytest.mark.slow
def test_lawful_classes_of_ones_own_pass_on_the_built_in_people_and_on_others() -> None:
    for criterion in (Seniority(), Looked(), Skills()):
        check_criterion(criterion)
        check_criterion(criterion, *OWN)
    check_rule(Rare(3), *OWN, by_id=True)


@pytest.mark.slow
def test_people_of_every_kind_do_for_a_check() -> None:
    for kind in KINDS:
        for m, n in ((0, 0), (0, 3), (3, 0), (1, 5), (45, 2)):
            people = Crowd(0, m, n, kind).tables()
            check_criterion(Seniority(), *people)
            check_criterion(Looked(), *people)
            check_rule(Rare(3), *people, by_id=True)


def test_a_column_that_the_people_lack_is_asked_for() -> None:
    @dataclass(frozen=True)
    class Shoes(Criterion):
        def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
            return ("shoe_size",), ()

    with pytest.raises(ProgramError, match=r"'shoe_size'.*people of your own"):
        check_criterion(Shoes())


# ---------------------------------------------------------------- unlawful criteria

CriterionClass = type[Criterion]
UNLAWFUL: list[tuple[str, CriterionClass]] = []


def unlawful(said: str) -> Callable[[CriterionClass], CriterionClass]:
    """Add a criterion to the list, with what a check must say of it."""

    def listed(cls: CriterionClass) -> CriterionClass:
        UNLAWFUL.append((said, dataclass(frozen=True)(cls)))
        return cls

    return listed


def full(mentors: Table, mentees: Table, value: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    m, n = sizes(mentors, mentees)
    return np.ones((m, 1)), np.full((n, 1), value)


class Telling(Criterion):
    """Lawful scores."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(0.5, *sizes(mentors, mentees))


@unlawful("`because` returns a list of texts")
class OneTextForAll(Telling):
    def because(self, mentors: Table, mentees: Table, i: Any, j: Any) -> Any:
        return "alike"


@unlawful("one for each pair")
class OneTextInAList(Telling):
    def because(self, mentors: Table, mentees: Table, i: Any, j: Any) -> Any:
        return ["alike"]


@unlawful("None in it")
class NothingForSome(Telling):
    def because(self, mentors: Table, mentees: Table, i: Any, j: Any) -> Any:
        return [None if k else "alike" for k in i.tolist()]


@unlawful("raised ZeroDivisionError")
class NoWordsForSome(Telling):
    def because(self, mentors: Table, mentees: Table, i: Any, j: Any) -> Any:
        return [f"{1 // k}" for k in j.tolist()]


@unlawful("does not depend on the list it stands in")
class ToldByTheirNumber(Telling):
    def because(self, mentors: Table, mentees: Table, i: Any, j: Any) -> Any:
        return [f"one of {len(i)}"] * len(i)


@unlawful("`in_words` returns a text")
class Wordless(Telling):
    def in_words(self) -> Any:
        return None


@unlawful("raised IndexError")
class LostForWords(Telling):
    def in_words(self) -> Any:
        return "x"[2]


@unlawful("whole numbers")
class OffTheGrid(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        u, v = full(mentors, mentees)
        return Factors.of(u * 0.3, v)


@unlawful("NaN")
class NotANumber(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        u, v = full(mentors, mentees, np.nan)
        return Factors.of(u, v)


@unlawful("NaN")
class Infinite(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return np.inf * constant(1.0, *sizes(mentors, mentees))


@unlawful(r"\[0, 1\]")
class AboveOne(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(1.0 + 2.0**-20, *sizes(mentors, mentees))


@unlawful(r"\[0, 1\]")
class BelowNothing(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("location",), ("location",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return same(mentors["location"], mentees["location"]) - 0.001


@unlawful("order of rows")
class ByRowNumber(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        return Factors.of(np.ones((m, 1)), (np.arange(n) / max(n, 1))[:, None])


@unlawful("order of rows")
class FirstComeFirstServed(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        return Factors.of((np.arange(m) < 3)[:, None].astype(float), np.ones((n, 1)))


@unlawful("between calls")
class Counting(Criterion):
    calls: list[int] = field(default_factory=list)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        self.calls.append(1)
        return constant((len(self.calls) % 5) / 5, *sizes(mentors, mentees))


@unlawful("other people")
class Remembering(Criterion):
    most: list[int] = field(default_factory=list)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        self.most[:] = [min([m * n, *self.most])]
        return constant(1 / (1 + self.most[0]), m, n)


@unlawful("mentors × mentees")
class TheWrongWayRound(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(0.5, *sizes(mentors, mentees)).T


@unlawful("`factors` returns Factors")
class AnArray(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Any:
        return np.full(sizes(mentors, mentees), 0.5)


@unlawful("neither of them")
class Nothing(Criterion):
    pass


@unlawful("both of them")
class Both(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return constant(0.5, *sizes(mentors, mentees))

    def tile(self, mentors: Table, mentees: Table) -> Tile:
        return Numbers(np.ones(len(mentors.ids)), np.ones(len(mentees.ids)))


@unlawful("leaves the tables")
class Mutating(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ("department",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        column = mentors["department"]
        assert isinstance(column, Category)
        column.codes[:] = np.maximum(column.codes, 0)
        return same(column, mentees["department"])


@unlawful("leaves the tables")
class Forgetting(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("languages",), ("languages",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        column = mentees["languages"]
        assert isinstance(column, Items)
        column.levels[:] = 3
        return covers(mentors["languages"], column)


@unlawful("it reads 'goals' too")
class ReadingMore(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("languages",), ("languages",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return covers(mentors["goals"], mentees["languages"])


@unlawful("`reads\\(\\)` names every column")
class ReadingIfThere(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        if "goals" not in mentors or "goals" not in mentees:
            return constant(0.5, m, n)
        return covers(mentors["goals"], mentees["goals"])


@unlawful("what people's ids are")
class ById(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        lucky = np.array([str(id_)[-1] in "13579" for id_ in mentors.ids], float).reshape(m, 1)
        return Factors.of(lucky, np.ones((n, 1)))


@unlawful("numbered")
class ByCode(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ()

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        column = mentors["department"]
        assert isinstance(column, Category)
        return Factors.of((column.codes % 2 == 0).astype(float).reshape(m, 1), np.ones((n, 1)))


@unlawful("it must answer for any people")
class OfNobodyFloats(Criterion):
    """Columns of its factors that are whole numbers only where there is somebody."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("department",), ()

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        cells = mentors["department"].cells()
        column = np.array([len(cell) % 2 for cell in cells])
        u = from_entries(len(cells), 2, np.arange(len(cells)), column, np.ones(len(cells)))
        return Factors((Term(1.0, u, sparse(np.ones((len(mentees.ids), 2)))),))


@unlawful("it must answer for any people")
class DividingByNobody(Criterion):
    def factors(self, mentors: Table, mentees: Table) -> Factors:
        m, n = sizes(mentors, mentees)
        return constant(0.5 * (m * n) / (m * n), m, n)


@unlawful("whose mentees left every cell blank")
class NeedingAnAnswer(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (), ("grade",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        grade = mentees["grade"]
        assert isinstance(grade, Number)
        known = grade.values[~grade.missing]
        top = max(known.tolist()) if len(grade) else 1.0
        v = np.where(grade.missing, 0.0, np.nan_to_num(grade.values) / top)
        return Factors.of(np.ones((len(mentors.ids), 1)), v[:, None])


@unlawful("the grid keeps its scores")
class FarFromNothing(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("grade",), ("grade",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        low, high = (np.nan_to_num(t["grade"].values) + 100_000 for t in (mentors, mentees))  # type: ignore[union-attr]
        u = np.column_stack([np.ones(len(low)), low])
        return Factors.of(u, np.column_stack([0.5 + high / 1000, np.full(len(high), -1 / 1000)]))


@unlawful("by rounding on the grid.*\n.*indicators")
class TenSteps(Criterion):
    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("grade",), ()

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        steps = np.nan_to_num(mentors["grade"].values).clip(0, 3)  # type: ignore[union-attr]
        return Factors.of(steps[:, None], np.full((len(mentees.ids), 1), 1 / 3))


def tiled(block: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Any], at: Any = None) -> CriterionClass:
    """A criterion whose tile is a function of rows, columns and the two sides' grades."""

    class Own(Tile):
        def __init__(self, a: np.ndarray, b: np.ndarray) -> None:
            self.a, self.b = a, b

        def block(self, rows: np.ndarray, columns: np.ndarray) -> Any:
            return block(rows, columns, self.a, self.b)

        def at(self, i: np.ndarray, j: np.ndarray) -> Any:
            return super().at(i, j) if at is None else at(i, j, self.a, self.b)

    class Tiled(Looked):
        def tile(self, mentors: Table, mentees: Table) -> Tile:
            return Own(*(np.nan_to_num(t["grade"].values) / 10 for t in (mentors, mentees)))  # type: ignore[union-attr]

    return Tiled


def product(rows: np.ndarray, columns: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.multiply.outer(a[rows], b[columns]))


unlawful("every block and list")(
    tiled(lambda r, c, a, b: product(r, c, a, b) / max(product(r, c, a, b).max(initial=1e-9), 1e-9))
)
unlawful("every block and list")(tiled(lambda r, c, a, b: product(np.sort(r), c, a, b)))
unlawful("every block and list")(tiled(product, lambda i, j, a, b: a[i] * b[j] * 0.999))
unlawful("every block and list")(tiled(product, lambda i, j, a, b: product(i, j, a, b)))
unlawful("rows × columns")(tiled(lambda r, c, a, b: product(r, c, a, b).T))
unlawful("array of floats")(tiled(lambda r, c, a, b: np.ones((len(r), len(c)), np.int64)))
unlawful("array of floats")(tiled(lambda r, c, a, b: product(r, c, a, b).tolist()))
unlawful(r"\[0, 1\]")(tiled(lambda r, c, a, b: product(r, c, a, b) + 1))
unlawful(r"\[0, 1\]")(tiled(lambda r, c, a, b: product(r, c, a, b) - np.inf))
unlawful("order of rows")(tiled(lambda r, c, a, b: product(r, c, np.arange(len(a)) / 99, b)))


@unlawful("returns a Tile")
class ABlockAlone(Criterion):
    def tile(self, mentors: Table, mentees: Table) -> Any:
        return np.full(sizes(mentors, mentees), 0.5)


@pytest.mark.parametrize(("said", "cls"), UNLAWFUL, ids=[f"{cls.__name__}: {said}" for said, cls in UNLAWFUL])
def test_an_unlawful_criterion_is_refused_with_the_law_and_the_remedy(said: str, cls: CriterionClass) -> None:
    with pytest.raises(Unlawful, match=said) as error:
        check_criterion(cls())
    for word in (f"{cls.__name__} is unlawful", "found:", "remedy:"):
        assert word in str(error.value)


def test_the_message_names_the_pair() -> None:
    with pytest.raises(Unlawful, match=r"mentor 'E\d+' and mentee 'E\d+' of the built-in people"):
        check_criterion(next(cls for _, cls in UNLAWFUL if cls.__name__ == "ByRowNumber")())
    with pytest.raises(Unlawful, match=r"mentor 'a\d' and mentee 'b\d' of your people"):
        check_criterion(next(cls for _, cls in UNLAWFUL if cls.__name__ == "ByRowNumber")(), *OWN)


def test_a_refused_criterion_leaves_the_built_in_people_as_they_were() -> None:
    with pytest.raises(Unlawful):
        check_criterion(next(cls for _, cls in UNLAWFUL if cls.__name__ == "Mutating")())
    check_criterion(Seniority())


# ---------------------------------------------------------------- unlawful rules

RuleClass = type[Rule]
UNLAWFUL_RULES: list[tuple[str, RuleClass]] = []


Made = Callable[[Table, Table], Any]


def ruled(said: str, allows: Made, penalty: Made | None = None, name: str = "") -> None:
    """Add a rule made of two functions to the list, with what a check must say of it."""

    class Own(Rule):
        def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
            return ("grade",), ("grade",)

        def allows(self, mentors: Table, mentees: Table) -> Predicate:
            predicate: Predicate = allows(mentors, mentees)
            return predicate

        def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
            return penalty(mentors, mentees) if penalty else None

    Own.__name__ = name or f"Own{len(UNLAWFUL_RULES)}"
    UNLAWFUL_RULES.append((said, dataclass(frozen=True)(Own)))


def higher(mentors: Table, mentees: Table) -> Predicate:
    """A lawful predicate."""
    a, b = mentors["grade"].values, mentees["grade"].values  # type: ignore[union-attr]
    return lambda i, j: b[j] > a[i]


def twofold(mentors: Table, mentees: Table, allowed: float, forbidden: float) -> Factors:
    """A penalty for :func:`higher`, as it should be or not."""
    (a, b), m, n = (t["grade"].values for t in (mentors, mentees)), *sizes(mentors, mentees)  # type: ignore[union-attr, misc]
    full_ = np.where(b[None, :] > a[:, None], allowed, forbidden).reshape(m, n)
    return Factors.of(np.eye(m), full_.T)


calls: list[int] = []


def moody(mentors: Table, mentees: Table) -> Predicate:
    calls.append(1)
    turn = len(calls)
    return lambda i, j: (i + j + turn) % 2 == 0


ruled("a numpy array of bool", lambda a, b: lambda i, j: (i + j) % 2, name="Integers")
ruled("a numpy array of bool", lambda a, b: lambda i, j: [True] * len(i), name="AList")
ruled("a numpy array of bool", lambda a, b: lambda i, j: True, name="OneAnswer")
ruled("one answer per listed pair", lambda a, b: lambda i, j: np.ones((len(i), 1), bool), name="AColumn")
ruled("one answer per listed pair", lambda a, b: lambda i, j: np.ones(1, bool), name="TooFew")
ruled("returns a predicate", lambda a, b: np.ones(sizes(a, b), bool), name="AMatrix")
ruled("order of rows", lambda a, b: lambda i, j: i < 3, name="FirstThree")
ruled("list it stands in", lambda a, b: lambda i, j: np.arange(len(i)) % 7 != 3, name="ByPlaceInTheList")
ruled("list it stands in", lambda a, b: lambda i, j: j >= j[:1].sum() // 2, name="ByItsNeighbours")
ruled("list it stands in|between calls|order of rows", moody, name="Moody")
ruled("what people's ids are", lambda a, b: lambda i, j: a.ids[i].astype(str) > "E1000012", name="ByIds")
ruled("it reads 'goals' too", lambda a, b: lambda i, j: a["goals"].counts[i] > 1, name="ReadsMore")  # type: ignore[union-attr]
ruled("it must answer for any people", lambda a, b: lambda i, j: np.full(len(i), i.max() >= 0), name="NobodyFails")
ruled("takes nothing from an allowed pair", higher, lambda a, b: twofold(a, b, -2.0, -2.0), name="PenaltyForAll")
ruled("takes nothing from an allowed pair", higher, lambda a, b: twofold(a, b, 0.5, -2.0), name="Bonus")
ruled("takes 2 or more", higher, lambda a, b: twofold(a, b, 0.0, -1.5), name="TooLittle")
ruled("takes 2 or more", higher, lambda a, b: twofold(a, b, 0.0, 0.0), name="NoPenalty")
ruled("takes nothing from an allowed pair, term by term", higher,
      lambda a, b: twofold(a, b, 0.0, -2.0) + constant(1.0, *sizes(a, b)) - constant(1.0, *sizes(a, b)),
      name="Cancelling")  # fmt: skip
ruled("on the grid", higher, lambda a, b: Factors.of(*(np.full((k, 1), 0.3) for k in sizes(a, b))), name="OffGrid")
ruled("a penalty is Factors", higher, lambda a, b: np.zeros(sizes(a, b)), name="APenaltyArray")
ruled("a penalty is Factors", higher, lambda a, b: twofold(a, b, 0.0, -2.0).T, name="PenaltyAcross")


@pytest.mark.parametrize(("said", "cls"), UNLAWFUL_RULES, ids=[cls.__name__ for _, cls in UNLAWFUL_RULES])
def test_an_unlawful_rule_is_refused_with_the_law_and_the_remedy(said: str, cls: RuleClass) -> None:
    with pytest.raises(Unlawful, match=said) as error:
        check_rule(cls())
    for word in (f"{cls.__name__} is unlawful", "found:", "remedy:"):
        assert word in str(error.value)


def test_a_rule_of_ones_own_with_a_penalty_passes() -> None:
    @dataclass(frozen=True)
    class Higher(Rule):
        def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
            return ("grade",), ("grade",)

        def allows(self, mentors: Table, mentees: Table) -> Predicate:
            return higher(mentors, mentees)

        def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
            a, b = (np.nan_to_num(t["grade"].values, nan=-1).astype(int) for t in (mentors, mentees))  # type: ignore[union-attr]
            return penalty_table(a, b, np.less.outer(np.arange(12), np.arange(12)))

    check_rule(Higher())
    check_rule(Higher(), *OWN)


def two_columns(one: Any, other: Any, combine: Any) -> Predicate:
    return lambda i, j: combine(one[0][i], one[1][j], other[0][i], other[1][j])


BLANKS: dict[str, tuple[Any, str]] = {  # cells of location and of grade of both: whether the two may meet
    "equal or both blank": (lambda a, b, c, d: a == b, "'location' of the mentors"),
    "different or blank": (lambda a, b, c, d: (a != b) & (c != "") & (d != ""), "'location'"),
    "a mentor's blank alone": (
        lambda a, b, c, d: (a != b) & (b != "") & (c != "") & (d != ""),
        "'location' of the mentors",
    ),
    "a mentee's blank alone": (
        lambda a, b, c, d: (a != "") & (b != "") & (c != d) & (c != ""),
        "'grade' of the mentees",
    ),
    "one or the other, known": (lambda a, b, c, d: ((a == b) & (a != "")) | ((c == d) & (c != "")), ""),
    "both, known": (lambda a, b, c, d: (a != b) & (a != "") & (b != "") & (c != "") & (d != "") & (c != d), ""),
}


@pytest.mark.parametrize(("meet", "blank"), BLANKS.values(), ids=BLANKS.keys())
def test_a_blank_cell_allows_nobody_on_either_side_in_any_column(meet: Any, blank: str) -> None:
    @dataclass(frozen=True)
    class Met(Rule):
        def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
            return ("location", "grade"), ("location", "grade")

        def allows(self, mentors: Table, mentees: Table) -> Predicate:
            place, level = ([side[name].cells() for side in (mentors, mentees)] for name in ("location", "grade"))
            return two_columns(place, level, meet)

    if not blank:
        check_rule(Met())
        return
    with pytest.raises(
        Unlawful, match=f"a blank cell allows no pair(.|\n)*{blank}(.|\n)* blank\n  remedy: leave out"
    ) as error:
        check_rule(Met())
    assert "blanks=True" in str(error.value)
    check_rule(Met(), blanks=True)


def test_a_rule_without_a_predicate_is_refused() -> None:
    with pytest.raises(Unlawful, match="must define `allows`"):
        check_rule(Rule())


def test_unlawful_is_an_assertion_error() -> None:
    assert issubclass(Unlawful, AssertionError)


# ---------------------------------------------------------------- lawful limits and objectives


@pytest.mark.trials
@pytest.mark.slow
@pytest.mark.parametrize("limit", [*LIMITS, *LIMITS_BY_ID], ids=repr)
def test_every_shipped_limit_is_lawful(limit: Limit) -> None:
    check_limit(limit, *OWN, by_id=limit in LIMITS_BY_ID)


@pytest.mark.slow
@pytest.mark.parametrize("objective", [*OBJECTIVES, *OBJECTIVES_BY_ID], ids=repr)
def test_every_shipped_objective_is_lawful(objective: Objective) -> None:
    check_objective(objective, *OWN, by_id=objective in OBJECTIVES_BY_ID)


WITH_FLOORS = tuple(
    Table(table.ids, {**table.columns, "floor": number([(5 * k) % 4 - 1.0 for k in range(len(table.ids))])})
    for table in OWN
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "limit",
    [Balanced("mentor", "department", "Sales", "IT"), Stairs(2), AtHome("mentee", 0), AtHome("mentor"), Generous()],
    ids=repr,
)
def test_a_limit_of_ones_own_passes(limit: Limit) -> None:
    check_limit(limit, *WITH_FLOORS)


@pytest.mark.slow
def test_a_limit_of_ones_own_that_knows_people_by_id_says_so() -> None:
    limit = OneOf((("a0", "b0"), ("a1", "b1")))
    check_limit(limit, *OWN, by_id=True)
    with pytest.raises(Unlawful, match="by_id=True"):
        check_limit(limit, *OWN)


@pytest.mark.slow
@pytest.mark.parametrize("objective", [Crossing(), ShortWays(), Steep(), Fair(), BothSides()], ids=repr)
def test_an_objective_of_ones_own_passes(objective: Objective) -> None:
    check_objective(objective, *WITH_FLOORS)


@pytest.mark.slow
def test_strangers_pass_on_the_built_in_people() -> None:
    check_limit(Generous())
    check_objective(Crossing())


def test_a_column_or_a_value_that_the_people_lack_is_asked_for() -> None:
    with pytest.raises(ProgramError, match=r"'floor'.*people of your own"):
        check_limit(Stairs(2))
    with pytest.raises(ProgramError, match="no mentor has the department 'Catering'"):
        check_limit(Group("mentor", "department", "Catering", most=1))
    with pytest.raises(ProgramError, match=r"'floor'.*people of your own"):
        check_objective(ShortWays())
    with pytest.raises(ProgramError, match="must hold yes and no, or whole numbers"):
        check_objective(Priority(column="biography"), *OWN)


@pytest.mark.slow
def test_people_of_every_kind_do_for_a_limit_and_an_objective() -> None:
    for m, n in ((0, 0), (0, 3), (3, 0), (1, 5), (45, 2)):
        check_limit(Generous(), *Crowd(0, m, n, GAPS).tables())
        check_objective(Fair(), *Crowd(0, m, n, GAPS).tables())


# ---------------------------------------------------------------- unlawful limits

UNLAWFUL_LIMITS: list[tuple[str, type[Limit]]] = []


def limited(said: str, rows: Callable[[People], Any], name: str, grants: Any = None) -> None:
    """Add a limit made of a function to the list, with what a check must say of it."""

    class Own(Limit):
        def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
            return ("grade",), ("grade",)

        def rows(self, people: People) -> tuple[Row, ...]:
            made: tuple[Row, ...] = rows(people)
            return made

        def grants(self, side: Any) -> int | None:
            allowed: int | None = grants
            return allowed

    Own.__name__ = name
    UNLAWFUL_LIMITS.append((said, dataclass(frozen=True)(Own)))


def of_part(said: str, part: Callable[[People], Any], name: str) -> None:
    """A limit of one row with one part."""
    limited(said, lambda people: (Row("own", (part(people),), most=1),), name)


def of_condition(said: str, condition: Any, name: str) -> None:
    """A limit on the pairs that meet a condition."""
    of_part(said, lambda people: Part(pairs=condition), name)


def graded(people: People) -> np.ndarray:
    """The mentors who have a grade."""
    return np.flatnonzero(~people.mentors["grade"].missing)


@dataclass(frozen=True, eq=False)
class Twofold:
    """A condition in two forms."""

    people: People
    listed: Callable[[np.ndarray], np.ndarray]

    def __call__(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.isin(i, graded(self.people))

    @property
    def keys(self) -> np.ndarray:
        i, j = np.indices(self.people.shape).reshape(2, -1)
        return self.listed((i * self.people.shape[1] + j)[self(i, j)])


turns: list[int] = []


def moody_rows(people: People) -> tuple[Row, ...]:
    turns.append(1)
    return (Row("own", (Part(),), most=len(turns) % 5),)


def needing_somebody(people: People) -> tuple[Row, ...]:
    first = int(people.mentors.ids.shape[0] * people.mentees.ids.shape[0] / len(people.mentors.ids))
    return (Row("own", (Part(),), most=first),)


def rewriting(people: People) -> tuple[Row, ...]:
    column = people.mentors["grade"]
    assert isinstance(column, Number)
    column.values[:] = 1
    return (Row("own", (Part(),), most=1),)


limited("a tuple of rows", lambda people: [Row("own", (Part(),), most=1)], "AListOfRows")
limited("a tuple of rows", lambda people: (Part(),), "PartsAlone")
limited("a tuple of rows", lambda people: None, "NoRows")
limited("a row has a name", lambda people: (Row("", (Part(),), most=1),), "Nameless")
limited(
    "for `each` mentor or mentee", lambda people: (Row("own", (Part(),), most=1, each="everybody"),), "ForEverybody"
)  # type: ignore[arg-type]
limited("consists of parts", lambda people: (Row("own", [Part()], most=1),), "AListOfParts")  # type: ignore[arg-type]
limited("consists of parts", lambda people: (Row("own", (), most=1),), "WithoutParts")
of_part("`times` is a whole number", lambda people: Part(0.5), "HalfAPair")  # type: ignore[arg-type]
of_part("`times` is a whole number", lambda people: Part(True), "TimesTrue")
of_part("`times` is a whole number", lambda people: Part(1 << 40), "TimesTooMuch")
of_part("are positions", lambda people: Part(mentors=~people.mentors["grade"].missing), "AMask")
of_part("are positions", lambda people: Part(mentors=graded(people).tolist()), "AListOfPositions")  # type: ignore[arg-type]
of_part("are positions of people", lambda people: Part(mentees=np.array([people.shape[1]])), "BeyondTheLast")
of_part("each once", lambda people: Part(mentors=np.repeat(graded(people), 2)), "Twice")
limited("`most` is a whole number", lambda people: (Row("own", (Part(),), most=1.5),), "OneAndAHalf")  # type: ignore[arg-type]
limited("`least` is a whole number", lambda people: (Row("own", (Part(),), least=True),), "AtLeastTrue")
limited(
    "`most` is a whole number", lambda people: (Row("own", (Part(),), most=np.ones(people.shape[0], int)),), "NotEach"
)
limited(
    "one for each person",
    lambda people: (Row("own", (Part(),), most=np.ones(people.shape[0] + 1, int), each="mentor"),),
    "OneTooMany",
)
limited("a row has a bound", lambda people: (Row("own", (Part(),)),), "Boundless")
limited("the least is no more than the most", lambda people: (Row("own", (Part(),), 2, 1),), "UpsideDown")
of_condition("is a condition", np.ones(3, bool), "AnArrayForACondition")
of_condition("answers for each listed pair", lambda i, j: np.full(len(i), 0.5), "AHalf")
of_condition("answers for each listed pair", lambda i, j: [True] * len(i), "AListOfAnswers")
of_condition("answers for each listed pair", lambda i, j: True, "OneAnswerForAll")
of_condition("a whole number up to 2³¹", lambda i, j: np.full(len(i), 1 << 40), "FarTooMany")
of_condition("list it stands in", lambda i, j: np.arange(len(i)) % 7 != 3, "ByPlaceInAList")
of_condition("order of rows", lambda i, j: i < 3, "TheFirstThree")
of_part("order of rows", lambda people: Part(mentors=np.arange(min(2, people.shape[0]))), "TheFirstTwo")
of_part(
    "it reads 'goals' too", lambda people: Part(mentors=np.flatnonzero(people.mentors["goals"].missing)), "ReadsGoals"
)
of_part(
    "what people's ids are",
    lambda people: Part(mentors=np.flatnonzero(people.mentors.ids.astype(str) > "E1000012")),
    "ByTheirIds",
)
of_part(
    "`keys` says the same|`keys`.*both forms",
    lambda people: Part(pairs=Twofold(people, lambda keys: keys[1:])),
    "OneKeyShort",
)
of_part("ascend", lambda people: Part(pairs=Twofold(people, lambda keys: keys[::-1])), "KeysBackwards")
limited("between calls", moody_rows, "MoodyRows")
limited("it must answer for any people", needing_somebody, "NeedingSomebody")
limited("leaves the tables", rewriting, "Rewriting")
limited("whole number of pairs", lambda people: (Row("own", (Part(),), most=1),), "GrantsNothing", grants=0)
limited("whole number of pairs", lambda people: (Row("own", (Part(),), most=1),), "GrantsAHalf", grants=1.5)


@pytest.mark.parametrize(("said", "cls"), UNLAWFUL_LIMITS, ids=[cls.__name__ for _, cls in UNLAWFUL_LIMITS])
def test_an_unlawful_limit_is_refused_with_the_law_and_the_remedy(said: str, cls: type[Limit]) -> None:
    with pytest.raises(Unlawful, match=said) as error:
        check_limit(cls())
    for word in (f"{cls.__name__} is unlawful", "found:", "remedy:"):
        assert word in str(error.value)


def test_a_limit_without_rows_is_refused() -> None:
    with pytest.raises(Unlawful, match="must define `rows`"):
        check_limit(Limit())


# ---------------------------------------------------------------- unlawful objectives

UNLAWFUL_OBJECTIVES: list[tuple[str, type[Objective]]] = []


def valued(said: str, name: str, **methods: Any) -> None:
    """Add an objective made of functions, by the names of its methods, to the list."""
    body = {
        "reads": lambda self: (("grade",), ("grade",)),
        "linear": lambda self, people: (0, 1),
        **{
            key: (lambda self, *given, made=made: made(*given)) if callable(made) else made
            for key, made in methods.items()
        },
    }
    UNLAWFUL_OBJECTIVES.append((said, dataclass(frozen=True)(type(name, (Objective,), body))))


def of_pairs(said: str, values: Any, name: str) -> None:
    """An objective with ``pair_values`` alone."""
    valued(said, name, linear=lambda people: None, pair_values=values)


def ones(i: np.ndarray, j: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.ones(len(i), np.int64)


def loads(said: str, name: str, value: Callable[[People], Any]) -> None:
    """An objective with a value of the mentors' loads."""
    valued(said, name, load_values=lambda people: (value(people), None))


def zeros(people: People) -> np.ndarray:
    return np.zeros(people.shape[0], np.int64)


def spread(people: People) -> LoadUtility:
    return LoadUtility(*[zeros(people)] * 3, square=1)


of_pairs("returns a function", lambda people: np.ones(people.shape), "AMatrixOfValues")
of_pairs("a whole number", lambda people: lambda i, j, points: points / 2, "Halves")
of_pairs("a whole number", lambda people: lambda i, j, points: points > 5, "YesAndNo")
of_pairs("a whole number", lambda people: lambda i, j, points: 1, "OneNumber")
of_pairs("a whole number", lambda people: lambda i, j, points: np.ones((len(i), 1), int), "AColumnOfValues")
of_pairs("no pair adds more", lambda people: lambda i, j, points: np.full(len(i), 1 << 60), "Enormous")
of_pairs("list it stands in", lambda people: lambda i, j, points: points - points.max(initial=0), "ComparedWithOthers")
of_pairs("order of rows", lambda people: lambda i, j, points: i + j, "ByTheirPlaces")
of_pairs(
    "what people's ids are",
    lambda people: lambda i, j, points: (people.mentors.ids[i].astype(str) > "E1000012") + 0,
    "ByTheirOwnIds",
)
of_pairs("it reads 'goals' too", lambda people: lambda i, j, points: people.mentors["goals"].counts[i], "ReadsGoalsToo")  # type: ignore[union-attr]
valued("must define `pair_values` or `linear`", "SaysNothing", linear=lambda people: None)
valued("two whole numbers", "HalfAScore", linear=lambda people: (0.5, 0), pair_values=lambda people: ones)
valued("`linear` and `pair_values`", "TwoMinds", pair_values=lambda people: lambda i, j, points: points)
valued("returns two", "OneSide", load_values=lambda people: LoadValue(zeros(people)))
valued("returns two", "Numbers", load_values=lambda people: (zeros(people), None))
loads(
    "a whole number for each person", "TooManyPeople", lambda people: LoadValue(np.zeros(people.shape[0] + 1, np.int64))
)
loads("a whole number for each person", "FloatsOfPeople", lambda people: LoadValue(np.zeros(people.shape[0])))  # type: ignore[arg-type]
loads("no further pair of somebody", "Hoarding", lambda people: LoadValue(zeros(people), square=-1))
loads("`square` is a whole number", "HalfASquare", lambda people: LoadValue(zeros(people), square=0.5))  # type: ignore[arg-type]
loads("no further pair of somebody", "Unwelcome", lambda people: LoadValue(zeros(people) - 1))
loads("order of rows", "FirstComers", lambda people: LoadValue(np.arange(people.shape[0])))
valued("returns a Valuation", "CompiledToNothing", compile=lambda people: 7)
valued("`compile` says the same", "OtherPairs", compile=lambda people: Valuation())
valued("`compile` says the same", "OtherLoads",
       compile=lambda people: PAIR + Valuation(times=0, load_utilities=(spread(people), None)))  # fmt: skip
valued("the `value` of a plan", "AnotherValue", value=lambda people, i, j, points: len(i) ** 2)
valued("the `value` of a plan", "AFloat", value=lambda people, i, j, points: float(len(i)))
valued("its least score", "TheBestPair", threshold=True, value=lambda people, i, j, points: int(points.max(initial=0)))
valued("a tuple of objectives", "NoStages", stages=lambda: ())
valued("a tuple of objectives", "AListOfStages", stages=lambda: [MostPairs()])
valued("`unit` is a whole number", "UnitOfNothing", unit=0)
valued("`sign` is 1 or -1", "SignOfTwo", sign=2)


@pytest.mark.parametrize(("said", "cls"), UNLAWFUL_OBJECTIVES, ids=[cls.__name__ for _, cls in UNLAWFUL_OBJECTIVES])
def test_an_unlawful_objective_is_refused_with_the_law_and_the_remedy(said: str, cls: type[Objective]) -> None:
    with pytest.raises(Unlawful, match=said) as error:
        check_objective(cls())
    for word in (f"{cls.__name__} is unlawful", "found:", "remedy:"):
        assert word in str(error.value)


# ---------------------------------------------------------------- a solver that errs


Match = Callable[..., rmatch.Matching]


def forgetful(family: str, instead: Any) -> Match:
    """A solver that leaves out a family of a program, and claims to have solved the whole."""

    def solved(people: Any, program: rmatch.Program) -> rmatch.Matching:
        return rmatch.match(people, program.model_copy(update={family: instead}))

    return solved


def hopeless(people: Any, program: rmatch.Program) -> rmatch.Matching:
    """A solver that finds nothing."""
    raise InfeasibleError("no plan keeps these limits together")


def test_plans_that_break_a_limit_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_trial, "match", forgetful("limits", ()))
    with pytest.raises(Unlawful, match="a plan that breaks the rows for 3 × 3 of"):
        check_limit(TotalPairs(most=1), *OWN)


def test_plans_that_are_not_the_best_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_trial, "match", forgetful("limits", (TotalPairs(most=1),)))
    with pytest.raises(Unlawful, match=r"\(1, .* where \([23], .* is the best for 3 × 3 of"):
        check_limit(TotalPairs(most=3), *OWN)


def test_plans_that_are_denied_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_trial, "match", hopeless)
    with pytest.raises(Unlawful, match="none, though a plan has"):
        check_limit(TotalPairs(most=3), *OWN)
    with pytest.raises(Unlawful, match="none, though a plan has"):
        check_objective(LeastLoad(), *OWN)


@dataclass(frozen=True)
class Misspelled(Rule):
    """Fails whoever is asked about."""

    def allows(self, mentors: Table, mentees: Table) -> Any:
        return mentors.ids.nonsense  # type: ignore[attr-defined]


def test_a_class_that_fails_for_everybody_is_not_told_to_mind_blank_cells() -> None:
    with pytest.raises(Unlawful, match="remedy: it fails for people as they usually are: the error above"):
        check_rule(Misspelled())


@pytest.mark.parametrize("family", [Criterion, Rule, Limit, Objective])
@pytest.mark.parametrize("field", ["kind", "reads", "in_words", "name"])
def test_a_field_that_is_called_as_a_method_of_its_family_is_refused_with_its_class(family: type, field: str) -> None:
    own = {"kind": "a", "reads": (), "in_words": "so"}
    body = {"__annotations__": {field: "str"}, **({field: own[field]} if field in own else {})}
    with pytest.raises(
        ProgramError, match=rf"^Own: a field cannot be called `{field}`, .* give the field another name$"
    ):
        type("Own", (family,), body)
    type("Own", (family,), {"__annotations__": {"kinds": "str", field: "ClassVar[Any]"}})
