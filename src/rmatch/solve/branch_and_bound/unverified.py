"""A plan from an unverified solver, HiGHS, for where the search found none; the search then proves it."""

from __future__ import annotations

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.errors import SolverError
from rmatch.rows import UNBOUNDED
from rmatch.solve.backends import integer_program, patience
from rmatch.solve.branch_and_bound.box import Listing

NODES = 5_000


def unverified_plan(listing: Listing) -> tuple[IntArray, IntArray] | None:
    """Return a plan of listed pairs that satisfies every row; None where none is found."""
    stage, lines, pairs = listing.stage, listing.stage.lines, len(listing.i)
    (m, n), (low, high) = stage.shape, lines.rounded(lines.span)
    if not pairs or (low > high).any():
        return None
    person, value, layered = _layers(listing)
    use = np.flatnonzero(stage.binding)
    place = np.full(lines.size, -1)
    place[use] = m + n + np.arange(len(use))
    present = place[listing.row] >= 0
    load_row, load_column, load_much = layered
    row = [listing.i, m + listing.j, place[listing.row][present]]
    column = [np.arange(pairs), np.arange(pairs), listing.pair[present]]
    much = [np.ones(pairs), np.ones(pairs), listing.much[present].astype(float)]
    some = place[load_row] >= 0
    row, column, much = (
        [*row, place[load_row][some]],
        [*column, pairs + load_column[some]],
        [*much, load_much[some].astype(float)],
    )
    linked = np.unique(person)
    link = m + n + len(use) + np.searchsorted(linked, person)
    for who in (listing.i, m + listing.j):
        own = np.flatnonzero(np.isin(who, linked))
        row, column = [*row, m + n + len(use) + np.searchsorted(linked, who[own])], [*column, own]
        much.append(np.ones(len(own)))
    row, column = [*row, link], [*column, pairs + np.arange(len(person))]
    much.append(np.full(len(person), -1.0))
    locks = np.flatnonzero(listing.locked)
    row, column = [*row, m + n + len(use) + len(linked) + np.arange(len(locks))], [*column, locks]
    much.append(np.ones(len(locks)))
    none, one = np.zeros(len(linked)), np.ones(len(locks))
    lows = np.concatenate([*stage.instance.minimum, low[use], none, one]).astype(float)
    highs = np.concatenate([*stage.instance.capacity, high[use], none, one]).astype(float)
    lows[lows <= -UNBOUNDED], highs[highs >= UNBOUNDED] = -np.inf, np.inf
    objective = np.concatenate([listing.values, value]).astype(float)
    objective /= max(float(np.abs(objective).max(initial=0)), 1.0)
    entries: FloatArray = np.concatenate(much)
    try:
        answer = integer_program(
            objective, np.concatenate(row), np.concatenate(column), entries, lows, highs, NODES, patience()
        )
    except SolverError:
        return None
    if answer is None or answer[1] is None:
        return None
    chosen = answer[1][:pairs]
    i, j = listing.i[chosen], listing.j[chosen]
    return (i, j) if lines.kept(i, j) else None


def _layers(listing: Listing) -> tuple[IntArray, IntArray, tuple[IntArray, IntArray, IntArray]]:
    """Load variables: their person, their value, and their coefficients in rows."""
    stage = listing.stage
    person, value = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    row, column, much = ([np.zeros(0, np.int64)] for _ in range(3))
    start = 0
    for side, first in enumerate((0, stage.shape[0])):
        steps = stage.steps(side)
        if steps is None:
            continue
        k, p = np.nonzero(np.arange(len(steps[0]))[:, None] < stage.max_pairs[side])
        person.append(first + p)
        value.append(steps[0][k, p])
        for c, adds in steps[1].items():
            row.append(np.full(len(k), c))
            column.append(start + np.arange(len(k)))
            much.append(adds[k, p])
        start += len(k)
    return (
        np.concatenate(person),
        np.concatenate(value),
        (np.concatenate(row), np.concatenate(column), np.concatenate(much)),
    )
