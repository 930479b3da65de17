"""The checks for strangers' classes: every shipped class passes, and every way of being unlawful is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from strategies import CRITERIA, GAPS, KINDS, PLAIN, RULES, Crowd, Rare

from rmatch.columns import Category, Items, Number, Table
from rmatch.criteria import Criterion, Factors, PairScores, Skills, Tile, closeness, constant, covers, same
from rmatch.errors import ProgramError
from rmatch.rules import Exclude, NoRepeat, Predicate, Rule, penalty_table
from rmatch.testing import Unlawful, check_criterion, check_rule

OWN = Crowd(7, 9, 8, PLAIN).tables()


def sizes(mentors: Table, mentees: Table) -> tuple[int, int]:
    return len(mentors.ids), len(mentees.ids)


# ---------------------------------------------------------------- the lawful


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


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("kind", [PLAIN, GAPS], ids=["plain", "gaps"])
def test_every_shipped_rule_is_lawful(rule: Rule, kind: object) -> None:
    check_rule(rule, *Crowd(3, 8, 7, kind).tables(), by_id=isinstance(rule, Exclude | NoRepeat))  # type: ignore[arg-type]


def test_the_lists_of_shipped_classes_are_complete() -> None:
    """A newcomer joins a list and inherits every law."""
    for family, shipped in ((Criterion, [*CRITERIA, PairScores]), (Rule, RULES)):
        listed = {x if isinstance(x, type) else type(x) for x in shipped}
        todo, all_ = [family], set()
        while todo:
            kin = todo.pop().__subclasses__()
            all_ |= {c for c in kin if c.__module__.startswith("rmatch.") and not c.__name__.startswith("_")}
            todo += kin
        assert all_ <= listed


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


def test_lawful_classes_of_ones_own_pass_on_the_built_in_people_and_on_others() -> None:
    for criterion in (Seniority(), Looked(), Skills()):
        check_criterion(criterion)
        check_criterion(criterion, *OWN)
    check_rule(Rare(3), *OWN, by_id=True)


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


def test_a_rule_without_a_predicate_is_refused() -> None:
    with pytest.raises(Unlawful, match="must define `allows`"):
        check_rule(Rule())


def test_unlawful_is_an_assertion_error() -> None:
    assert issubclass(Unlawful, AssertionError)
