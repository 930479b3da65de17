"""A scan in parts, without what rules on few kinds of people forbid, keeps what a scan of all pairs keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import PLAIN, RULES, SEEDS, Crowd, Cut, Cutting, Lying, Problem, Rare

from rmatch.criteria import Reciprocity, Skills
from rmatch.factors import SCALE
from rmatch.problem.bounds import Candidates
from rmatch.rules import Differs, GradeGap, OptIn, Rule, Same
from rmatch.solve.scan import apart
from rmatch.solve.scan.apart import Apart
from rmatch.solve.scan.reductions import Harvest

MANY = settings(max_examples=20 * settings.default.max_examples)
KINDS = (GradeGap(1), GradeGap(-1, 2), Same(column="location"), Differs(column="department"), OptIn(column="consent"))
CUT = Cut(3, 4, 2, 0.3, apart=True)


@pytest.mark.trials
@MANY
@given(
    st.lists(st.sampled_from((*KINDS, *RULES, Lying(), Rare(3))), max_size=3),
    SEEDS,
    st.integers(1, 25),
    st.integers(1, 25),
    st.integers(1, 25),
    st.sampled_from((0.0, 0.5)),
)
def test_a_harvest_in_parts_is_that_of_all_pairs(
    rules: list[Rule], seed: int, m: int, n: int, cap: int, ties: float
) -> None:
    """Of some people in any order, each mentor with some leading mentees, at prices that many scores meet exactly."""
    problem = Problem(Crowd(seed, m, n, PLAIN), (Skills(), Reciprocity()), tuple(rules))
    draw = np.random.default_rng(seed)
    with Cutting(CUT) as cutting:
        made = problem.compiled()
        kernel = cutting.kernel(made)
        rows, columns = (draw.permutation(size)[: draw.integers(0, size + 1)] for size in (m, n))
        y = draw.choice([0, SCALE // 8], n)
        x = np.sort(made.points() - y, axis=1)[:, -min(3, n)]
        over = (made.points() >= x[:, None] + y)[np.ix_(rows, columns)]
        last = (over * np.arange(1, len(columns) + 1)).max(1, initial=0)  # beyond it nobody exceeds the prices
        prefix = np.maximum.accumulate(last[::-1])[::-1]
        seen = np.nonzero(draw.random((m, n)) < 0.2)
        candidates = Candidates.of(*seen, made.points()[seen], (m, n))
        harvest = Harvest(kernel.outside(candidates, x, y), cap, m, ties)
        blocks = kernel.priced(x, y, rows, columns)
        found, plain = (each.scan(blocks, harvest, prefix) for each in (kernel, replace(kernel, apart=None)))
    for name in ("i", "j", "reduced", "dropped"):
        assert np.array_equal(getattr(found, name), getattr(plain, name))


@MANY
@given(st.lists(st.sampled_from((*KINDS, Lying())), max_size=3), SEEDS, st.integers(1, 25), st.integers(1, 25))
def test_parts_hold_each_pair_that_may_be_once(rules: list[Rule], seed: int, m: int, n: int) -> None:
    with Cutting(CUT) as cutting:
        made = Problem(Crowd(seed, m, n, PLAIN), (Skills(),), tuple(rules)).compiled()
        kernel = cutting.kernel(made)
    if kernel.apart is None:
        assert not [rule for rule in rules if not isinstance(rule, Lying)]
        return
    pairs = np.zeros((m, n), np.int64)
    for left, right, leading in kernel.apart.parts(kernel.left, kernel.right, np.full(m, n)):
        for row, leads in zip(left.ids, leading, strict=True):
            pairs[row, right.ids[:leads]] += 1
    own = replace(made.model, rules=tuple(r for r in made.model.rules if not isinstance(r[0], Lying))).eligible(
        *np.indices((m, n)).reshape(2, -1)
    )
    assert np.array_equal(pairs == 1, own.reshape(m, n))
    assert pairs.max() <= 1


@pytest.mark.parametrize(("name", "most"), [("_KINDS", 30), ("_KINDS", 0), ("_GROUPS", 1), ("_WORTH", 0.0)])
def test_too_many_kinds_are_left_to_the_rules(monkeypatch: pytest.MonkeyPatch, name: str, most: Any) -> None:
    """Of two rules the first alone divides people where both together would make too many kinds."""
    problem = Problem(Crowd(3, 40, 40, PLAIN), (Skills(),), (GradeGap(1), Same(column="location")))
    eligibility = problem.compiled().model.eligibility
    both = Apart.of(eligibility)
    assert both is not None
    monkeypatch.setattr(apart, name, most)
    found = Apart.of(eligibility)
    if most != 30:
        assert found is None
    else:
        assert found is not None
        assert found.allowed.size < both.allowed.size
