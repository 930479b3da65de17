"""What is not connected may be solved apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import rmatch
from rmatch.columns import IntArray
from rmatch.errors import ProgramError
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.build import prepare
from rmatch.problem.model import open_bounds
from rmatch.solve.backends import FLOW, Hint, components, most_pairs, solve
from rmatch.solve.backends import _components as apart
from rmatch.solve.scan import memory
from rmatch.solve.scan.kernel import Kernel


def clustered(seed: int, groups: int) -> tuple[Candidates, Bounds]:
    """A pool whose pairs stay within groups, with capacities above one here and there."""
    draw = np.random.default_rng(seed)
    m, n = draw.integers(1, 13, 2)
    own = draw.integers(0, groups, m), draw.integers(0, groups, n)
    i, j = np.nonzero((own[0][:, None] == own[1]) & (draw.random((m, n)) < 0.7))
    points = draw.integers(0, 6, len(i)) * 1000
    capacity = draw.integers(1, 3, m), draw.integers(1, 3, n)
    return Candidates.of(i, j, points, (m, n)), Bounds(capacity, (np.zeros(m, np.int64), np.zeros(n, np.int64)), True)


def by_hand(candidates: Candidates) -> IntArray:
    """The smallest mentor of everybody's group, by walking."""
    label = np.arange(candidates.shape[0])
    moved = True
    while moved:
        moved = False
        for a, b in (
            (a, b) for a in range(len(candidates)) for b in range(len(candidates)) if candidates.j[a] == candidates.j[b]
        ):
            least = min(label[candidates.i[a]], label[candidates.i[b]])
            moved |= bool((label[[candidates.i[a], candidates.i[b]]] != least).any())
            label[[candidates.i[a], candidates.i[b]]] = least
    return label


@given(SEEDS, st.integers(1, 6))
def test_components_are_what_pairs_connect(seed: int, groups: int) -> None:
    candidates, _ = clustered(seed, groups)
    assert np.array_equal(components(candidates), by_hand(candidates))


@given(SEEDS, st.integers(1, 6), st.booleans(), st.sampled_from((0, 3, 1 << 14)))
def test_groups_solved_apart_are_as_good_as_together(seed: int, groups: int, settled: bool, few: int) -> None:
    candidates, bounds = clustered(seed, groups)
    paired = (
        np.bincount(candidates.i[most_pairs(candidates, bounds)], minlength=candidates.shape[0]) if settled else None
    )
    pairs = None if paired is None else int(paired.sum())
    zero = Hint(np.zeros(candidates.shape[0], np.int64), np.zeros(candidates.shape[1], np.int64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "_FEW", max(few, 1))
        found = solve(candidates, bounds, paired, candidates.points, zero)
    together = FLOW.solve(candidates, bounds, pairs, -candidates.points)
    assert together is not None
    assert candidates.points[found].sum() == candidates.points[together].sum()
    assert not settled or found.sum() == pairs
    for side, most in zip((candidates.i, candidates.j), bounds.capacity, strict=True):
        assert (np.bincount(side[found], minlength=len(most)) <= most).all()


def test_too_little_memory_is_said_before_anything_is_begun() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(n_mentors=30, n_mentees=20, seed=1))
    with pytest.raises(ProgramError, match=r"30 mentors with 20 mentees takes about .* over the limit of 1 kB"):
        rmatch.match(roster, memory_limit=1000)
    assert len(rmatch.match(roster, memory_limit=10**9).pairs)


@pytest.mark.slow
def test_the_prediction_grows_with_people_and_not_with_pairs() -> None:
    sizes = []
    for n in (1000, 2000, 4000):
        model, _ = prepare(rmatch.from_frame(rmatch.datasets.workforce(n_mentors=n, n_mentees=n, seed=1)), None)
        sizes.append(memory.predicted(Kernel.of(model), Bounds(*open_bounds(model), most_pairs=True)))
    tile = sizes[0] - (sizes[1] - sizes[0])
    assert sizes[0] < sizes[1] < sizes[2]
    assert (sizes[2] - tile) / (sizes[1] - tile) < 2.5
