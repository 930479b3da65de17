"""The number of pairs where it is settled, and the row bounds that it implies."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import numpy as np

from rmatch.columns import IntArray
from rmatch.objectives import Objective, linear_of, loads_of
from rmatch.rows import UNBOUNDED, People, Row


def counts_pairs(objective: Objective, people: People) -> bool:
    """Return whether an objective is the number of pairs."""
    return linear_of(objective, people) == (0, 1) and loads_of(objective, people) == (None, None)


def settled_number(rows: Sequence[Row], shape: tuple[int, int], counted: Sequence[tuple[int, int]]) -> int | None:
    """Return the number of pairs of every plan, where rows or earlier objectives fix it; else None.

    Args:
        rows: Rows of all limits.
        shape: Number of mentors and mentees.
        counted: Value and bound of earlier objectives that count pairs.
    """
    low, high = 0, UNBOUNDED
    for row in rows:
        if row.each is None and all(part.bare for part in row.parts) and sum(part.times for part in row.parts) == 1:
            least, most = row.bounds(shape)
            low, high = max(low, int(least[0])), min(high, int(most[0]))
    for least_counted, most_counted in counted:
        low, high = max(low, least_counted), min(high, most_counted)
    return low if low == high else None


def rounded(row: Row, shape: tuple[int, int], pairs: int | None) -> tuple[IntArray, IntArray]:
    """Return the bounds of a row, tightened to sums that a plan with ``pairs`` pairs can attain; unchanged where it is
    None.

    A part that counts every pair contributes a constant, the others multiples of their common divisor.
    """
    low, high = row.bounds(shape)
    if pairs is None or row.each is not None:
        return low, high
    base = pairs * sum(part.times for part in row.parts if part.bare)
    step = gcd(*(part.times for part in row.parts if not part.bare))
    if step == 0:
        return low, high
    least, most = int(low[0]), int(high[0])
    least = least if least == -UNBOUNDED else base - (base - least) // step * step
    most = most if most == UNBOUNDED else base + (most - base) // step * step
    return np.array([least]), np.array([most])
