"""Entropic transport: the prices are those of the textbook's sweeps, whatever is computed at a time."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from strategies import COARSE, PLAIN, SHARED, STARS, Compiled, Crowd, Problem, Rare, crowds

from rmatch.criteria import Department, Skills
from rmatch.factors import SCALE
from rmatch.rules import GradeGap, Rule
from rmatch.solve import entropic
from rmatch.solve.column_generation import sampled
from rmatch.solve.entropic import entropic_prices
from rmatch.solve.initial_columns import Tuning, initial_columns
from rmatch.solve.scan.reductions import TileIndex

CROWDS = crowds(most=14, least=1, kinds=(PLAIN, COARSE, STARS, SHARED))


def textbook(made: Compiled) -> tuple[np.ndarray, np.ndarray, bool]:
    """Sinkhorn's sweeps by logarithms, each but the first 1.7 times as far, 5 at least and 15 at most, until prices
    hardly move; what a rule forbids takes part with next to nothing, and nobody of the larger side is paid for it.
    """
    scores, temperature = made.points().astype(float), 0.014 * SCALE
    scores[~made.eligible()] = -(10.0**9)
    (m, n), plan = scores.shape, (scores - SCALE) / temperature
    c, d = (np.minimum(own, size) for own, size in zip(made.bounds.capacity, (n, m), strict=True))
    free = c.sum() > d.sum(), d.sum() > c.sum()
    y = np.zeros(n)
    for sweep in range(15):
        x = logsumexp(plan - y, axis=1) - np.log(c)
        x = np.maximum(x, 0) if free[0] else x
        now = logsumexp(plan - x[:, None], axis=0) - np.log(d)
        step = (np.maximum(now, 0) if free[1] else now) - y
        y = y + (1.7 if sweep else 1.0) * step
        y = np.maximum(y, 0) if free[1] else y
        settled = bool(np.abs(step).mean() < 0.1)
        if settled and sweep >= 4:
            break
    x = logsumexp(plan - y, axis=1) - np.log(c)
    return SCALE + temperature * (np.maximum(x, 0) if free[0] else x), temperature * y, settled


@given(CROWDS, st.sampled_from(((), (GradeGap(1),))), st.sampled_from((1, 20, 1 << 17)))
def test_the_prices_are_those_of_the_textbook_but_for_rounding(
    crowd: Crowd, rules: tuple[Rule, ...], cells: int
) -> None:
    made = Problem(crowd, (Skills(), Department()), rules).compiled()
    with patch.object(entropic, "_CELLS", cells):
        x, y, settled = entropic_prices(made.kernel, made.bounds.capacity)
    expected = textbook(made)
    hopeful = made.eligible().any(1), made.eligible().any(0)
    if hopeful[0].all() and hopeful[1].all() and expected[2]:  # else some prices may leave what float32 holds
        assert settled
        assert np.abs(x - expected[0]).max() <= 256
        assert np.abs(y - expected[1]).max() <= 256
    for side in (x, y):
        assert np.abs(side).max() < 9 * SCALE


@given(CROWDS, st.sampled_from(((), (GradeGap(1),), (Rare(2),))), st.integers(1, 3))
def test_no_pair_outside_the_candidates_is_worth_more_than_its_prices(
    crowd: Crowd, rules: tuple[Rule, ...], nearest: int
) -> None:
    made = Problem(crowd, (Skills(), Department()), rules).compiled()
    tuning = Tuning(entropic=(1, 1 << 20), nearest=(nearest, nearest + 1), cap=3)
    candidates, a, b, _ = initial_columns(made.kernel, made.bounds, tuning, sampled(tuning))
    outside = made.eligible()
    assert outside[candidates.i, candidates.j].all()
    outside[candidates.i, candidates.j] = False
    assert (made.points() <= a[:, None] + b)[outside].all()
    assert (candidates.points == made.points()[candidates.i, candidates.j]).all()


@given(st.integers(1, 12), st.integers(1, 9), st.sampled_from((1, 2, 20, 1 << 17)))
def test_weights_are_written_as_many_rows_at_a_time_as_fit(m: int, n: int, cells: int) -> None:
    """And one at a time where not even one fits."""
    sizes: list[int] = []

    class Told(np.ndarray):  # type: ignore[type-arg]
        def __getitem__(self, rows: object) -> np.ndarray:  # type: ignore[override,type-arg]
            part = np.asarray(self)[rows]  # type: ignore[index]
            sizes.append(len(part))
            return part

    tile = np.random.default_rng(0).integers(0, SCALE, (m, n)).astype(float)
    weights = entropic._Weights(np.zeros((m + 1, n)))
    with patch.object(entropic, "_CELLS", cells):
        weights.visit((tile - SCALE).view(Told), TileIndex(slice(1, m + 1), slice(0, n), np.arange(m), np.arange(n)))
    assert np.allclose(weights.full[1:], np.exp((tile - SCALE) / (0.014 * SCALE)))
    assert not weights.full[0].any()
    assert sum(sizes) == m
    assert all(size * n <= cells or size == 1 for size in sizes)
    assert all((size + 1) * n > cells for size in sizes[:-1])
