"""The check by kinds of people finds every pair above its prices that there is, or says that it does not apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import COARSE, SEEDS, SHARED, Crowd, Problem

from rmatch.columns import IntArray
from rmatch.criteria import Department, Similarity, Text
from rmatch.factors import SCALE
from rmatch.proof import alike
from rmatch.proof.alike import above_by_kinds

CROWDS = st.builds(
    Crowd,
    SEEDS,
    *(st.integers(0, 12),) * 2,
    st.sampled_from((COARSE, replace(SHARED, labels=2), replace(COARSE, labels=4))),
)


@pytest.fixture(autouse=True)
def of_any_size() -> Iterator[None]:
    """Kinds are made however few people there are, and their pairs come in small parts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("_SHARE", 1), ("_AT_ONCE", 3), ("_VARIED", 1), ("_BLOCK", 4)):
            patch.setattr(alike, name, size)
        yield


def problem(crowd: Crowd) -> Problem:
    return Problem(crowd, (Department(), Similarity(column="location")))


@settings(max_examples=4 * settings.default.max_examples)
@given(CROWDS, SEEDS)
def test_every_pair_above_its_prices_is_found(crowd: Crowd, seed: int) -> None:
    made, draw = problem(crowd).compiled(), np.random.default_rng(seed)
    x, y = (draw.choice([-SCALE // 2, 0, SCALE // 3, SCALE], size) for size in made.model.shape)
    level = int(draw.choice([-1, 0, SCALE // 2]))
    least = int(draw.choice(np.append(made.points(), 0)))  # as some pair scores, or 0: none
    found = above_by_kinds(made.checked().scores, x, y, level, least)
    assert found is not None
    pairs = [pair for i, j in found for pair in zip(i.tolist(), j.tolist(), strict=True)]
    assert len({*pairs}) == len(pairs)
    above = (made.points() - x[:, None] - y > level) & (made.points() >= least)
    assert {*pairs} == {*map(tuple, np.argwhere(above).tolist())}


def asked(
    made: Problem, prices: tuple[IntArray, IntArray], share: int = 1, kinds: int = 1 << 11, varied: float = 1
) -> bool:
    """Whether it applies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "_SHARE", share)
        patch.setattr(alike, "_MOST_KINDS", kinds)
        patch.setattr(alike, "_VARIED", varied)
        return above_by_kinds(made.compiled().checked().scores, *prices, 0, 0) is not None


def test_it_is_left_to_all_pairs_where_kinds_do_not_pay() -> None:
    made, free = problem(Crowd(2, 12, 12, COARSE)), (np.zeros(12, np.int64),) * 2
    dear = free[0] + SCALE, free[1]
    assert asked(made, dear)
    assert not asked(made, (dear[0] + np.arange(12), dear[1]), kinds=11)  # mentors are of too many kinds
    assert not asked(made, (dear[0], dear[1] + np.arange(12)), kinds=11)  # mentees are
    assert not asked(made, (dear[0] + np.arange(12), dear[1]), share=13)  # their pairs are
    assert not asked(made, (dear[0] + np.arange(12), dear[1]), varied=0.9)  # the first of them are
    assert asked(made, (dear[0] + np.arange(12) // 2, dear[1]), varied=0.9)
    assert asked(made, dear, share=8)
    assert not asked(made, free, share=8)  # so many pairs above their prices must be forbidden
    text = Text(mentor_column="biography", mentee_column="biography")
    assert asked(Problem(made.crowd, (text,)), dear) == (text.tile(*made.crowd.tables()) is None)
