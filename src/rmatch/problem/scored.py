"""Criteria as factors or tiles, and the points of each."""

from __future__ import annotations

import numpy as np

from rmatch.columns import IntArray, Table
from rmatch.criteria import Criterion, Tile
from rmatch.element import asked
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, Factors


def scored_by(criterion: Criterion, mentors: Table, mentees: Table) -> tuple[Factors | None, Tile | None]:
    """Return the factors of a criterion, or its tile.

    Raises:
        ProgramError: It gives both, neither, or something else.
    """
    made = asked(criterion.called, "factors", lambda: criterion.factors(mentors, mentees))
    tile = asked(criterion.called, "tile", lambda: criterion.tile(mentors, mentees))
    if (made is None) == (tile is None):
        raise ProgramError(f"{criterion.called}: a criterion gives either `factors` or `tile`")
    for method, answer, kind in (("factors", made, Factors), ("tile", tile, Tile)):
        if not (answer is None or isinstance(answer, kind)):
            raise ProgramError(
                f"{criterion.called}: `{method}` returns rmatch.criteria.{kind.__name__}, not {type(answer).__name__}"
            )
    return made, tile


def shares_of(criteria: tuple[Criterion, ...]) -> IntArray:
    """Return the points of each criterion, by weight; those that count for one pair sum to 2²⁰ exactly.

    Args:
        criteria: The criteria, of one track or of several.

    Returns:
        ``(criteria,)`` int64.
    """
    shares, tracks = np.zeros(len(criteria), np.int64), [criterion.pool for criterion in criteria]
    for track in dict.fromkeys(tracks):
        own = [k for k, other in enumerate(tracks) if other == track]
        weights = np.array([criteria[k].weight for k in own])
        weights /= weights.max()  # the sum of the largest floats would be infinite
        ends = np.rint(np.cumsum(weights) / weights.sum() * SCALE).astype(np.int64)
        shares[own] = np.diff(ends, prepend=0)
    return shares
