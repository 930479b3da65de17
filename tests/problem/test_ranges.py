"""A criterion of somebody's own whose scores leave [0, 1] is refused, and no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import rmatch
from rmatch.columns import IntArray, Number, Table
from rmatch.criteria import Criterion, Department, Factors, Tile, constant, covers, same
from rmatch.errors import ProgramError
from rmatch.problem import ranges
from rmatch.problem.build import rehearse
from rmatch.rules import Predicate, Rule
from rmatch.testing import Unlawful, check_criterion

BOTH = ("x",), ("x",)
COLUMNS: dict[str, Any] = {"x": {"source": "x"}}


def number(table: Table) -> Any:
    column = table["x"]
    assert isinstance(column, Number)
    return column.values


@dataclass(frozen=True)
class Summed(Criterion):
    """``by · (x of the mentor + x of the mentee)``."""

    by: float = 0.5

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return BOTH

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        a, b = number(mentors), number(mentees)
        one = np.ones(len(b))
        return self.by * Factors.of(np.stack([a, np.ones(len(a))], 1), np.stack([one, b], 1))


@dataclass(frozen=True)
class Tiled(Criterion):
    """The same, in tiles; NaN where the sum is above ``silent``."""

    by: float = 0.5
    silent: float = np.inf

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return BOTH

    def tile(self, mentors: Table, mentees: Table) -> Tile:
        return Sums(number(mentors), number(mentees), self.by, self.silent)


@dataclass(frozen=True, eq=False)
class Sums(Tile):
    a: Any
    b: Any
    by: float
    silent: float

    def block(self, rows: IntArray, columns: IntArray) -> Any:
        sums = self.a[rows][:, None] + self.b[columns]
        return np.where(sums > self.silent, np.nan, self.by * sums)


@dataclass(frozen=True)
class AtMost(Rule):
    """The two numbers add up to ``most`` or less."""

    most: float = 1.0

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return BOTH

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        a, b = number(mentors), number(mentees)
        return lambda i, j: np.asarray(a[i] + b[j] <= self.most, bool)


def people(juniors: list[int], seniors: list[int], program: rmatch.Program) -> Any:
    rows = [
        {"employee_id": f"{role} {k}", "role": role, "x": x, "agreed": "yes", "department": f"{role}{k % 3}"}
        for role, own in (("mentor", juniors), ("mentee", seniors))
        for k, x in enumerate(own)
    ]
    return rmatch.from_records(rows, program=program)


def matched(juniors: list[int], seniors: list[int], *criteria: Criterion, rules: Any = ()) -> rmatch.Matching:
    program = rmatch.Program(columns=COLUMNS, criteria=criteria, rules=rules)
    return rmatch.match(people(juniors, seniors, program), program)


@pytest.mark.parametrize("kind", [Summed, Tiled])
def test_a_score_above_1_or_below_0_names_the_criterion_the_pair_and_what_to_do(kind: Any) -> None:
    with pytest.raises(ProgramError) as above:
        matched([0, 3, 1], [0, 0, 2, 0], kind(by=0.25))
    assert f"the criterion {kind.__name__}" in str(above.value)
    assert "(1.25 for mentor 1 → mentee 2)" in str(above.value)
    assert ranges.remedy(1 << 18) in str(above.value)
    with pytest.raises(ProgramError, match=r"\(-0\.75 for mentor 0 → mentee 0\)"):
        matched([-2, 1], [-1, 1], kind(by=0.25))


@dataclass(frozen=True)
class Barred(Tiled):
    """The same, with another number instead of NaN."""

    instead: float = np.inf

    def tile(self, mentors: Table, mentees: Table) -> Tile:
        sums = super().tile(mentors, mentees)

        @dataclass(frozen=True, eq=False)
        class Instead(Tile):
            by: float

            def block(self, rows: IntArray, columns: IntArray) -> Any:
                return np.nan_to_num(sums.block(rows, columns), nan=self.by)

        return Instead(self.instead)


@pytest.mark.parametrize("instead", [np.inf, -np.inf, 1e300, -1e7])
def test_an_infinite_score_is_refused_also_where_a_rule_bars_the_pair(instead: float) -> None:
    with pytest.raises(ProgramError, match=r"the criterion Barred: .* infinite or beyond 1,000,000, .* every pair"):
        matched([0, 3, 1], [0, 0, 1], Barred(silent=2, instead=instead), rules=(AtMost(2),))
    assert matched([0, 3, 1], [0, 0, 1], Barred(silent=2, instead=5.0), rules=(AtMost(2),)).total == pytest.approx(
        matched([0, 3, 1], [0, 0, 1], Tiled(silent=2)).total
    )


@pytest.mark.parametrize("seed", range(30))
def test_exactly_those_are_refused_who_have_a_possible_pair_outside(seed: int) -> None:
    draw = np.random.default_rng(seed)
    for _ in range(6):
        a, b = (draw.integers(-1, 4, draw.integers(1, 5)).tolist() for _ in range(2))
        most, by, weight = (
            int(draw.integers(0, 6)),
            float(draw.choice([0.125, 0.25, 0.5, 1])),
            float(draw.choice([1, 3])),
        )
        possible = [x + y for x in a for y in b if x + y <= most]
        lawful = all(0 <= by * s <= 1 for s in possible)
        for criterion, rules in (
            (Summed(weight, by), (AtMost(most),)),
            (Tiled(weight, by), (AtMost(most),)),
            (Tiled(weight, by, silent=most), ()),
        ):
            criteria = (criterion, Department(1.0))[: int(draw.integers(1, 3))]
            if not lawful:
                with pytest.raises(ProgramError, match=type(criterion).__name__):
                    matched(a, b, *criteria, rules=rules)
                continue
            matching = matched(a, b, *criteria, rules=rules)
            assert matching.verify()
            assert bool(matching.pair_ids) == bool(possible)


@dataclass(frozen=True)
class Unhalved(Criterion):
    """Two shares that somebody forgot to halve."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("availability", "location"), ("availability", "location")

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return covers(mentors["availability"], mentees["availability"]) + same(mentors["location"], mentees["location"])


@dataclass(frozen=True)
class Tripled(Criterion):
    """The same for all, three times what there may be."""

    times: float = 3.0

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return self.times * constant(1.0, len(mentors.ids), len(mentees.ids))


@pytest.mark.parametrize("criterion", [Unhalved(), Unhalved(weight=0.01), Tripled(), Tripled(times=-0.01)])
def test_what_is_refused_is_unlawful_too_and_check_says_it_before_anybody_is_matched(criterion: Criterion) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(12, 9, seed=3))
    program = rmatch.Program(criteria=(Department(1.0), criterion))
    for asked in (rmatch.match, rmatch.score_matrix, rehearse):
        with pytest.raises(ProgramError, match=type(criterion).__name__):
            asked(roster, program)
    with pytest.raises(Unlawful, match="lies in"):
        check_criterion(criterion)


def test_a_sensitive_criterion_is_named_without_a_pair_or_a_figure() -> None:
    columns: dict[str, Any] = {
        "x": {"source": "x", "sensitive": True, "use": "score", "purpose": "to pair equals", "consent": "agreed"}
    }
    program = rmatch.Program(columns=columns, criteria=(Department(1.0), Summed(by=1.0)))
    with pytest.raises(ProgramError, match="the criterion Summed") as refused:
        rmatch.match(people([0, 1], [1, 1], program), program)
    assert "mentee" not in str(refused.value)
    assert "(" not in str(refused.value)


def test_beyond_the_size_that_is_looked_at_the_pairs_of_the_plan_still_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "WHOLE", 3)
    with pytest.raises(ProgramError, match=r"the criterion Tiled.*\(2 for mentor"):
        matched([2, 2], [2, 2], Department(1.0), Tiled())
    with pytest.raises(ProgramError, match=r"the criterion Summed.*\(-0\.5 for mentor"):
        matched([-1, 0], [0, 0], Summed(), Department(1.0))
    with pytest.raises(ProgramError, match=r"the criterion Summed.*\(1\.00000\d for .*: use indicators"):
        matched([6] * 3, [7] * 4, Summed(by=1 / 13))
    assert matched([0, 1], [0, 1], Summed()).verify()
    assert not matched([], [0, 1], Tiled()).pair_ids
