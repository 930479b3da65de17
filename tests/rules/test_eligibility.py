"""What is open is what may be, less exactly the pairs that locks have settled."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from rmatch.rules.eligibility import Eligibility

PAIRS = range(6)
SOME_LOCKS = [*chain.from_iterable(combinations(PAIRS, size) for size in range(7))]


@pytest.mark.parametrize("locked", SOME_LOCKS, ids=str)
def test_locks_settle_their_own_pairs_and_no_other(locked: tuple[int, ...]) -> None:
    """Two mentors, three mentees; the first mentor is the third mentee, and the last pair scores too little."""
    i, j = np.indices((2, 3)).reshape(2, -1)
    points = np.array([2, 9, 3, 2, 4, 1])
    eligibility = Eligibility(3, (np.array([2, 7]), np.arange(3)), (), (), 2, np.array(locked, np.int64))
    may = [True, True, False, True, True, False]
    assert eligibility.allowed(i, j, points).tolist() == may
    assert eligibility.open(i, j, points).tolist() == [may[k] and k not in locked for k in PAIRS]
    grid = eligibility.grid(np.arange(2), np.arange(3), points.reshape(2, 3).astype(np.float32))
    assert grid.ravel().tolist() == may
    assert np.array_equal(
        eligibility.grid(np.array([1, 0]), np.array([2, 0, 1]), np.array([[1, 2, 4], [3, 2, 9.0]])),
        np.array(may).reshape(2, 3)[np.ix_([1, 0], [2, 0, 1])],
    )
