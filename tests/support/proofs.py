"""What must hold of every proof that the loop gives, whatever the problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import oracles
from hypothesis import strategies as st
from strategies import Compiled

from rmatch.solve.column_generation import Proof, generate_columns
from rmatch.solve.initial_columns import Tuning
from rmatch.valuation import Valuation

TUNINGS = st.builds(
    Tuning,
    per_person=st.integers(1, 8),
    cap=st.integers(1, 8),
    crowded=st.sampled_from(((24, 12), (1, 1), (3, 2))),
    small=st.sampled_from((1 << 16, 9, 20)),
    middle=st.sampled_from((0, 0, 1 << 21)),
    entropic=st.sampled_from(((1 << 14, 1 << 22), (1, 1 << 22))),
    nearest=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    sample=st.sampled_from((0.1, 0.5)),
    least_sample=st.integers(2, 3),
    margins=st.sampled_from(((0.03, 0.01, 0.0), (0.0,), (0.5, 0.5, 0.1, 0.0))),
)
THINNINGS = st.builds(lambda tuning, rounds: replace(tuning, thinned=rounds), TUNINGS, st.sampled_from((0, 1, 2, 9)))
"""The same, with candidates let go after none, few or many rounds."""
USUAL = Tuning()


def best(made: Compiled) -> oracles.Best:
    """The optimum of an integer program over all open pairs."""
    bounds = made.bounds
    worth = made.points() - made.model.floor
    return oracles.best_by_milp(worth, made.eligible(), bounds.capacity, bounds.minimum, bounds.most_pairs)


def solved(made: Compiled, tuning: Tuning = USUAL) -> Proof:
    """The loop's answer."""
    return generate_columns(made.kernel, made.bounds, Valuation(each=-made.model.floor), tuning=tuning)


def assert_lawful(made: Compiled, proof: Proof) -> None:
    """Every pair eligible, once, worth what it scores, and nobody with too many or too few."""
    assert made.eligible()[proof.i, proof.j].all()
    assert len(np.unique(proof.i * made.model.shape[1] + proof.j)) == len(proof.i)
    assert np.array_equal(proof.points, made.points()[proof.i, proof.j] - made.model.floor)
    for place, most, least in zip((proof.i, proof.j), made.bounds.capacity, made.bounds.minimum, strict=True):
        load = np.bincount(place, minlength=len(most))
        assert np.all((load >= least) & (load <= most))


def assert_bound_is_true(made: Compiled, proof: Proof) -> None:
    """No open pair that is not chosen is worth more than its prices, so the bound follows by arithmetic."""
    worth = made.points() - made.model.floor
    open_ = made.eligible()
    open_[proof.i, proof.j] = False
    assert np.all((worth <= proof.prices.x[:, None] + proof.prices.y[None, :])[open_])
    excess = proof.points - proof.prices.x[proof.i] - proof.prices.y[proof.j]
    total = proof.prices.bound(made.bounds, (len(proof.i), len(proof.i))) + int(np.maximum(excess, 0).sum())
    assert proof.bound == total
