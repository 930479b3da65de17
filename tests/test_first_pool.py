"""Laws of the first pool's steps that no answer can show, because any pool leads to the same plan."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rmatch.loop.first_pool import _highest


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 40))
def test_of_equal_scores_the_first_are_taken_whatever_the_processor(scores: list[int], number: int) -> None:
    """A bare partition leaves their order to the instructions that a processor has."""
    number = min(number, len(scores))
    found = _highest(np.array(scores, np.float32), number)
    assert sorted(found.tolist()) == sorted(sorted(range(len(scores)), key=lambda k: (-scores[k], k))[:number])
