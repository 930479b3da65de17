"""People alike in the check: where few people differ in factors and price, one excess stands for many pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import Sparse
from rmatch.proof.scores import Scores

_SHARE = 64  # pairs of people for each pair of kinds, at least
_MOST_KINDS = 1 << 11  # of each side
_VARIED = 0.75  # kinds for each person so far: others will not be alike
_AT_ONCE = 1 << 8  # people
_BLOCK = 1 << 18  # pairs

Hits = Iterator[tuple[IntArray, IntArray]]


def above_by_kinds(scores: Scores, x: IntArray, y: IntArray, level: int, least: int) -> Hits | None:
    """Return the pairs whose score less two prices is above a level, or None where people do not fall into few kinds.

    People are of one kind if their factors and their prices are equal.

    Args:
        scores: Scores of the problem.
        x, y: Prices of mentors and of mentees in points, int64, each below 2**50.
        level: The level in points.
        least: The least score in points; 0 for none.

    Returns:
        Mentors and mentees of the pairs, a part at a time. None also where so many pairs are above the level that
        most of them must be forbidden.
    """
    room = scores.shape[0] * scores.shape[1] // _SHARE
    one = None if scores.tiles else _kinds(scores.factors[0], x, room or _MOST_KINDS)
    two = None if one is None else _kinds(scores.factors[1], y, (room or _MOST_KINDS) // (1 + int(one.max(initial=0))))
    if one is None or two is None:
        return None
    of = [np.unique(kinds, return_index=True, return_counts=True) for kinds in (one, two)]
    first, sizes = [own[1] for own in of], [own[2] for own in of]
    if len(first[0]) * len(first[1]) > room:
        return None
    u, v = (side.take(own) for side, own in zip(scores.factors, first, strict=True))
    used = np.intersect1d(u.column, v.column)
    left, right = _dense(u, used), _dense(v, used)
    points = left @ right.T  # whole numbers below 2**53: exact
    over = (points - x[first[0]][:, None] - y[first[1]] > level) & (points >= (least or -np.inf))
    return None if sizes[0] @ over @ sizes[1] > room else _pairs(one, two, over)


def _kinds(rows: Sparse, price: IntArray, most: int) -> IntArray | None:
    """Return the kind of each person, ``(people,)`` int64, or None where there are more than ``most`` or too many."""
    found, of = dict[bytes, int](), list[int]()
    for first in range(0, len(rows), _AT_ONCE):
        ends, own = rows.start[first : first + _AT_ONCE + 1], price[first : first + _AT_ONCE].tobytes()
        entries = np.column_stack([side[ends[0] : ends[-1]] for side in (rows.column, rows.value)]).tobytes()
        for k, (begin, end) in enumerate(pairwise((16 * (ends - ends[0])).tolist())):
            of.append(found.setdefault(entries[begin:end] + own[8 * k : 8 * k + 8], len(found)))
            if len(found) > most:
                return None
        if len(found) > _MOST_KINDS or (len(of) < len(rows) and len(found) > _VARIED * len(of)):
            return None
    return np.array(of, np.int64)


def _dense(rows: Sparse, used: IntArray) -> FloatArray:
    """Some columns of a matrix in full, float64."""
    full, at = np.zeros((len(rows), len(used))), np.searchsorted(used, rows.column)
    kept = np.append(used, -1)[at] == rows.column
    full[rows.rows[kept], at[kept]] = rows.value[kept]
    return full


def _pairs(mentors: IntArray, mentees: IntArray, over: BoolArray) -> Hits:
    """All pairs of people of the marked pairs of kinds."""
    for kind in np.flatnonzero(over.any(1)):
        rows, j = np.flatnonzero(mentors == kind), np.flatnonzero(over[kind][mentees])
        some = max(_BLOCK // len(j), 1)
        for begin in range(0, len(rows), some):
            i = rows[begin : begin + some]
            yield np.repeat(i, len(j)), np.tile(j, len(i))
