"""Columns that a harvest spares: of them only the most is taken that each mentor can get from anybody.

Where a pair's other columns and this most do not exceed its prices, nor does its score. The few pairs that are left are
computed in full, so what is spared changes no result. Worth sparing is a column that gives nearly every pair its most.
"""

from __future__ import annotations

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import SCALE, Sparse

LARGE = 1 << 30
"""Pairs of people from which on columns are spared; among fewer, too large a share of pairs exceed their prices."""
_EACH = SCALE / 1000  # of points that a column may give less than its most, on average, for its cost
_ALL = SCALE / 16  # that all of them together may
_FEW = 0.1  # of the cost of all columns; to spare less is not worth while


def worth_sparing(u: Sparse, v: Sparse, cost: FloatArray, there: BoolArray) -> BoolArray:
    """Return which columns are worth sparing, ``(columns,)`` bool.

    Args:
        u, v: Factors of mentors and mentees.
        cost: What each column costs in a product, 1 for one that is multiplied in full.
        there: Which columns may be spared.
    """
    mean = [np.bincount(side.column, side.value, side.width) / max(len(side), 1) for side in (u, v)]
    most = np.bincount(u.column, _most_of_entries(u, v), u.width) / max(len(u), 1)
    lacking = np.where(there, most - mean[0] * mean[1], np.inf)
    order = np.argsort(lacking / np.maximum(cost, 1e-9), kind="stable")
    fine = (lacking <= _EACH * cost)[order] & (np.cumsum(lacking[order]) <= _ALL)
    out = np.zeros(len(cost), bool)
    out[order[fine]] = True
    return out if cost[out].sum() > _FEW * cost.sum() else np.zeros(len(cost), bool)


def most_of(u: Sparse, v: Sparse, columns: BoolArray) -> IntArray:
    """Return the most that some columns can add to each mentor's scores, ``(mentors,)`` int64 points."""
    each = np.where(columns[u.column], _most_of_entries(u, v), 0)
    most: IntArray = np.bincount(u.rows, each, len(u)).astype(np.int64)
    return most


def _most_of_entries(u: Sparse, v: Sparse) -> IntArray:
    """The most that each entry of a mentor can add to a score."""
    lacked = np.bincount(v.column, minlength=v.width) < len(v)  # who lacks a column has 0 there
    high, low = (np.where(lacked, 0, end) for end in (v.value.min(initial=0), v.value.max(initial=0)))
    np.maximum.at(high, v.column, v.value)
    np.minimum.at(low, v.column, v.value)
    most: IntArray = np.maximum(u.value * high[u.column], u.value * low[u.column])
    return most
