"""Scores of classes from outside the package, held to the law on which every proof rests: they lie in [0, 1]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, Sparse
from rmatch.problem.model import Model
from rmatch.problem.scored import shares_by_kind

WHOLE = 4_000_000
"""Most pairs of people all of whom are looked at."""

ROUNDING = 100
"""Points by which the grid may round a criterion beyond [0, 1] for a pair that no plan has."""

_AT_ONCE = 1 << 20  # pairs
_CELLS = 1 << 24  # numbers that two sides of factors may have when they are written out


def remedy(beyond: float) -> str:
    """Return what to do about a criterion that leaves [0, 1] by so many points."""
    if beyond <= ROUNDING:
        return "use indicators, [a ≥ 1], [a ≥ 2], …, or the brick `table`: larger whole numbers enlarge the rounding"
    return "divide by the most that can be reached; never take away more than was given"


def refuse_ranges(model: Model) -> None:
    """Raise ProgramError where a criterion from outside the package scores a possible pair below 0 or above 1.

    A bound of each person's scores settles most criteria. Where it does not, all pairs are scored, if there are not too
    many; the pairs of a plan are looked at by :func:`refuse_scores` always.
    """
    for k in _from_outside(model):
        most = _points(model)[k]
        u, v = _own_factors(model, k)
        scored_by_tile = any(tile.criterion == k for tile in model.tiles)
        if not scored_by_tile and _bounded(u, v, most):
            continue
        if np.prod(model.shape) > WHOLE or sum(model.shape) * u.width > _CELLS:
            continue
        for rows, points in _blocks(model, k):
            beyond = np.nan_to_num(np.maximum(-points, points - most))
            some, j = np.nonzero(beyond > ROUNDING)
            i = rows[some]
            fine = np.flatnonzero(model.eligible(i, j))
            if len(fine):
                _refuse(model, k, i[fine], j[fine], points[some, j][fine], beyond[some, j][fine])


def refuse_scores(model: Model, i: IntArray, j: IntArray) -> None:
    """Raise ProgramError where a criterion from outside the package takes the score of a listed pair out of [0, 1]."""
    own = _from_outside(model)
    if not own or not len(i):
        return
    parts = model.parts(i, j)
    above = parts.sum(0) > SCALE
    for k in own:
        beyond = np.maximum(-parts[k], np.where(above, parts[k] - _points(model)[k][j], 0))
        if (beyond > 0).any():
            _refuse(model, k, i, j, parts[k].astype(float), beyond.astype(float))


def _from_outside(model: Model) -> list[int]:
    return [k for k, criterion in enumerate(model.criteria) if criterion.from_outside]


def _points(model: Model) -> IntArray:
    """The points of each criterion for each mentee, ``(criteria, mentees)`` int64."""
    shares, kind = shares_by_kind(model.program.personal, model.criteria, model.names, model.mentees)
    return shares[:, kind]


def _own_factors(model: Model, k: int) -> tuple[Sparse, Sparse]:
    """The columns of one criterion."""
    first, end = np.searchsorted(model.owner, [k, k + 1])
    u, v = (_columns(side, int(first), int(end)) for side in (model.u, model.v))
    return u, v


def _columns(side: Sparse, first: int, end: int) -> Sparse:
    kept = (side.column >= first) & (side.column < end)
    start = np.append(0, np.cumsum(np.bincount(side.rows[kept], minlength=len(side))))
    return Sparse(start, side.column[kept] - first, side.value[kept], end - first)


def _bounded(u: Sparse, v: Sparse, most: IntArray) -> bool:
    """Whether the largest and the smallest entry of each column show that no mentee's score leaves its range."""
    high, low = np.zeros(u.width), np.zeros(u.width)
    np.maximum.at(high, u.column, u.value)
    np.minimum.at(low, u.column, u.value)
    ends = v.value * high[v.column], v.value * low[v.column]
    largest, least = (np.bincount(v.rows, pick(*ends), len(v)) for pick in (np.maximum, np.minimum))
    return bool((largest <= most + ROUNDING).all() and (least >= -ROUNDING).all())


def _blocks(model: Model, k: int) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield some mentors, and what one criterion gives them with all mentees, in points; NaN where it forbids it."""
    m, n = model.shape
    tile = next((tile for tile in model.tiles if tile.criterion == k), None)
    u, v = _own_factors(model, k)
    right = v.dense().T
    step = max(_AT_ONCE // max(n, 1), 1)
    for begin in range(0, m, step):
        rows = np.arange(begin, min(begin + step, m))
        yield rows, u.take(rows).dense() @ right if tile is None else tile.block(rows, np.arange(n))


def _refuse(model: Model, k: int, i: IntArray, j: IntArray, points: FloatArray, beyond: FloatArray) -> None:
    """Raise ProgramError about the pair whose score lies furthest outside.

    What a sensitive column says of a pair is told to nobody, so its criterion is named and no more.
    """
    criterion, worst = model.criteria[k], int(beyond.argmax())
    score = points[worst] / _points(model)[k][j[worst]]
    seen = criterion in model.program.visible
    found = f" ({score:.7g} for {model.people.pair(int(i[worst]), int(j[worst]))})" if seen else ""
    raise ProgramError(
        f"{criterion.called}: every score lies in [0, 1], and its scores do not{found}: "
        f"{remedy(beyond[worst])}; "
        "`rmatch.testing.check_criterion` tests such a class"
    )
