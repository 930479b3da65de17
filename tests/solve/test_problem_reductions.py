"""Reductions: the answer to the easier problem, inverted, answers the first one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import rmatch
from rmatch.limits import Lock
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.backends import Components, Hint
from rmatch.solve.locked_pairs import LockedPairs
from rmatch.valuation import NO_UTILITY


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_a_plan_without_its_locked_pairs_inverts_to_the_plan(seed: int, locked: int) -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(9, 8, seed=seed))
    first = rmatch.match(roster)
    lock = (Lock(tuple(first.pair_ids[:locked])),) if locked and first.pair_ids else ()
    plan = rmatch.match(roster, rmatch.Program(limits=lock))
    reduction = LockedPairs(plan.model)
    rest = reduction.without(plan.chosen)
    whole = reduction.invert((rest.i, rest.j))
    assert {*zip(*(side.tolist() for side in whole), strict=True)} == {
        *zip(*(side.tolist() for side in plan.chosen), strict=True)
    }
    left = reduction.apply(True)
    for side in (0, 1):
        used = np.bincount(plan.model.locked[side], minlength=plan.model.shape[side])
        assert (left.capacity[side] + used == plan.model.capacity[side]).all()
    assert plan.certificate.total == reduction.value + int((rest.points - plan.model.floor).sum())


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12), st.integers(0, 30))
def test_parts_that_nothing_connects_make_up_the_whole(seed: int, m: int, n: int, size: int) -> None:
    draw = np.random.default_rng(seed)
    keys = np.unique(draw.integers(0, m * n, size))
    i, j = np.divmod(keys, n)
    value = draw.integers(0, 100, len(keys))
    bounds = Bounds(
        (draw.integers(1, 4, m), draw.integers(1, 4, n)), (np.zeros(m, np.int64), np.zeros(n, np.int64)), True
    )
    hint = Hint(draw.integers(0, 50, m), draw.integers(0, 50, n))
    whole = Components(Candidates(i, j, value, (m, n)), bounds, None, hint, NO_UTILITY)
    marks, seen = [], 0
    for part in whole.apply(value):
        seen += len(part.candidates)
        assert part.shift.shape == part.candidates.points.shape
        marks.append(part.candidates.points >= 50)
    assert seen == len(keys)
    assert (whole.invert(marks) == (value >= 50)).all()
