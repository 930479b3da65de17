"""Conformance test of criteria."""

from __future__ import annotations

from functools import partial

import numpy as np

from rmatch.columns import FloatArray, IntArray, Table
from rmatch.criteria import Criterion, Tile
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, Factors, on_grid
from rmatch.problem.ranges import ROUNDING, remedy
from rmatch.testing._laws import check_columns, check_repeatable, check_symmetric, kind, refuse, shown, tried
from rmatch.testing._people import Case, hard, usual

_WEIGHTS = (SCALE, 209_715, 157_286, 10_486)  # in points: all, a fifth, 0.15, a hundredth
_CLOSE = 0.02  # the coarsest shipped criterion, Text, is nearer to its exact score than this


def check_criterion(
    criterion: Criterion, mentors: Table | None = None, mentees: Table | None = None, *, by_id: bool = False
) -> None:
    """Check that a criterion satisfies the laws on which every proof rests.

    It defines either ``factors`` or ``tile``, for any people. Scores are finite, in [0, 1] and on the integer grid.
    They depend on the pair only, not on the order of rows, the numbering of labels or ids. It reads only the columns of
    ``reads()``, changes no table and keeps no state. A tile gives the same scores in any block, and ``because``
    the same clauses in any list.

    Args:
        criterion: An instance of your class.
        mentors: People to try it on, such as ``roster.tables()[0]``; some are built in.
        mentees: The other side, such as ``roster.tables()[1]``.
        by_id: Whether scores may depend on ids, as those of ``PairScores`` do.

    Raises:
        Unlawful: A law is broken; the message names it, a pair, and the remedy.
        ProgramError: The people lack a column that the criterion reads.
    """
    case = usual(mentors, mentees)
    check_columns(criterion, case)
    check_repeatable(criterion, partial(_points, criterion), case)
    check_symmetric(criterion, partial(_points, criterion), case, by_id)
    _check_factors(criterion, case)
    for some in (case, *hard(case)):
        for weight in _WEIGHTS:
            _check_range(criterion, some, _points(criterion, some, weight), weight)
        _check_because(criterion, some)
    tile = tried(criterion, case, criterion.tile)
    if tile is not None:
        _check_blocks(criterion, case, tile)


def _points(criterion: Criterion, case: Case, weight: int = SCALE) -> FloatArray:
    """Points of every pair, ``(mentors, mentees)`` float64; NaN where the criterion forbids it."""
    factors, tile = (tried(criterion, case, make) for make in (criterion.factors, criterion.tile))
    if (factors is None) == (tile is None):
        given = "neither" if tile is None else "both"
        refuse(criterion, "it gives either `factors` or `tile`", f"{given} of them for {case.name}",
               "return factors made of the bricks of rmatch.criteria, or a Tile where there are none")  # fmt: skip
    if tile is not None:
        return np.floor(_scores(criterion, case, tile) * weight + 0.5)
    if not isinstance(factors, Factors):
        refuse(criterion, "`factors` returns Factors", kind(factors), "make them of bricks, or by `Factors.of`")
    if factors.shape != case.shape:
        refuse(criterion, "its factors are mentors × mentees", f"{factors.shape} for {case.shape} people: {case.name}",
               "give a row per mentor on the left and a row per mentee on the right")  # fmt: skip
    try:
        u, v = on_grid(factors, weight)
    except ProgramError as error:
        refuse(criterion, "its factors lie on the grid", f"for {case.name}, {error}",
               "on one side use whole numbers (indicators, counts, levels), on the other shares of them")  # fmt: skip
    return np.asarray(tried(criterion, case, lambda *_: u.dense() @ v.dense().T), np.float64)


def _check_factors(criterion: Criterion, case: Case) -> None:
    """Check that the scores on the integer grid are close to those of the factors."""
    points, factors = _points(criterion, case), tried(criterion, case, criterion.factors)
    if factors is None:
        return
    exact = factors.matrix()
    for i, j in np.argwhere(np.abs(points / SCALE - exact) > _CLOSE)[:1]:
        found = f"{exact[i, j]:.7g} became {shown(points[i, j])} for {case.pair(i, j)}"
        refuse(criterion, "the grid keeps its scores", found,
               "large whole numbers enlarge the rounding of the other side: measure from nearer to 0")  # fmt: skip


def _check_because(criterion: Criterion, case: Case) -> None:
    """Check that `because` answers with a list of texts, one for each pair, whatever the list."""
    i, j = case.listed()
    whole = _clauses(criterion, case, i, j)
    for part in (slice(0, case.shape[0]), slice(0, 1), slice(0, 0)):
        for k, clause in enumerate(_clauses(criterion, case, i[part], j[part])):
            if clause != whole[part][k]:
                refuse(criterion, "what `because` says of a pair does not depend on the list it stands in",
                       f"{whole[part][k]!r}, then {clause!r} for {case.pair(i[part][k], j[part][k])}",
                       "answer each pair from i[k] and j[k] alone")  # fmt: skip


def _clauses(criterion: Criterion, case: Case, i: IntArray, j: IntArray) -> list[str]:
    said = tried(criterion, case, lambda mentors, mentees: criterion.because(mentors, mentees, i, j))
    if not isinstance(said, list) or len(said) != len(i) or not all(isinstance(clause, str) for clause in said):
        odd = [clause for clause in said if not isinstance(clause, str)] if isinstance(said, list) else []
        found = f"{odd[0]!r} in it" if odd else f"{len(said)}" if isinstance(said, list) else kind(said)
        refuse(criterion, "`because` returns a list of texts, one for each pair",
               f"{found} for {len(i)} pairs of {case.name}",
               'return [… for k in range(len(i))], "" where there is nothing to say')  # fmt: skip
    return said


def _scores(criterion: Criterion, case: Case, tile: object) -> FloatArray:
    if not isinstance(tile, Tile):
        refuse(criterion, "`tile` returns a Tile", kind(tile), "subclass rmatch.criteria.Tile")
    m, n = case.shape
    scores = tried(criterion, case, lambda *_: tile.block(np.arange(m), np.arange(n)))
    if not isinstance(scores, np.ndarray) or scores.dtype.kind != "f":
        refuse(criterion, "a block is an array of floats", f"{kind(scores)} for {case.name}", "return float64")
    if scores.shape != case.shape:
        refuse(criterion, "a block is rows × columns", f"{scores.shape} for {case.shape} people: {case.name}",
               "give a row per mentor asked for and a column per mentee")  # fmt: skip
    return scores.astype(np.float64)


def _check_range(criterion: Criterion, case: Case, points: FloatArray, weight: int) -> None:
    beyond = np.maximum(-points, points - weight)
    for i, j in np.argwhere(beyond > 0)[:1]:
        found = f"{points[i, j] / weight:.9g} for {case.pair(i, j)}"
        found += ", by rounding on the grid" if beyond[i, j] <= ROUNDING else ""
        refuse(criterion, "every score lies in [0, 1]", found, remedy(beyond[i, j]))


def _check_blocks(criterion: Criterion, case: Case, tile: Tile) -> None:
    """Check that any block, in any order, and any list of pairs give the same scores as the whole."""
    whole, draw = _scores(criterion, case, tile), np.random.default_rng(0)
    if not whole.size:
        return
    (m, n), law = case.shape, "a pair has the same score in every block and list"
    remedy = "compute each cell from its own row and column: `rows[k]` and `columns[l]` are places in the tables"
    for few in (1, 2, 5):
        rows, columns = (draw.permutation(k)[: max(k // few, 1)] for k in (m, n))
        block = tried(criterion, case, lambda *_, r=rows, c=columns: tile.block(r, c))
        _same(criterion, case, rows[:, None], columns[None, :], whole, block, law, remedy)
    i, j = draw.integers(0, m, 3 * m), draw.integers(0, n, 3 * m)
    _same(criterion, case, i, j, whole, tried(criterion, case, lambda *_: tile.at(i, j)), law, remedy)
    _same(criterion, case, i[:0], j[:0], whole, tried(criterion, case, lambda *_: tile.at(i[:0], j[:0])), law, remedy)


def _same(
    criterion: Criterion, case: Case, i: IntArray, j: IntArray, whole: FloatArray, part: object, law: str, remedy: str
) -> None:
    expected = whole[i, j]
    if not isinstance(part, np.ndarray) or part.shape != expected.shape:
        found = f"{getattr(part, 'shape', type(part).__name__)} where {expected.shape} was asked for"
        refuse(criterion, law, found, remedy)
    i, j = np.broadcast_arrays(i, j)
    for k in np.argwhere((part != expected) & ~(np.isnan(part) & np.isnan(expected)))[:1]:
        at = tuple(k)
        refuse(criterion, law, f"{expected[at]:g} and {part[at]:g} for {case.pair(i[at], j[at])}", remedy)
