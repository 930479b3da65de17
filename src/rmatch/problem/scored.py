"""Criteria as factors or tiles, and the points of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, Category, IntArray, Table, fold
from rmatch.criteria import Criterion, Tile
from rmatch.criteria.checked import held
from rmatch.element import asked
from rmatch.errors import ProgramError, suggestion
from rmatch.factors import SCALE, Factors, Sparse, beside, dot, on_grid
from rmatch.rules.eligibility import PointTile
from rmatch.schema.personal import Personal

_MOST_TOLD = 5  # words that are near to a criterion


def scored_by(
    criterion: Criterion, mentors: Table, mentees: Table, personal: Personal | None
) -> tuple[Factors | None, Tile | None]:
    """Return the factors of a criterion, or its tile.

    Raises:
        ProgramError: It gives both, neither, or something else; or a tile where weights are personal.
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
    if tile is not None and personal is not None:
        raise ProgramError(f"[personal] does not go with {criterion.name!r}, which has no factors: drop one of the two")
    return made, None if tile is None else held(criterion, tile)


def tops_of(personal: Personal | None, names: Sequence[str], mentees: Table) -> IntArray:
    """Return the place of the criterion that counts more for each mentee, ``(mentees,)`` int64; -1 for none."""
    if personal is None:
        return np.full(len(mentees.ids), -1, np.int64)
    column, places = mentees[personal.column], {fold(name): k for k, name in reversed([*enumerate(names)])}
    assert isinstance(column, Category)
    of_label = [places.get(fold(label), -1) for label in column.labels.tolist()]
    return np.array([*of_label, -1], np.int64)[column.codes]


def unread_tops(personal: Personal | None, names: Sequence[str], mentees: Table) -> Iterator[str]:
    """Yield, led by ``criteria: ``, how many mentees name no criterion; only what is near to one is quoted."""
    if personal is None:
        return
    column = mentees[personal.column]
    assert isinstance(column, Category)
    lost = column.codes[(tops_of(personal, names, mentees) < 0) & (column.codes >= 0)]
    if not len(lost):
        return
    words, known = sorted(column.labels[np.unique(lost)].tolist()), [fold(name) for name in names]
    near = [f" {word!r}:{meant}" for word in words if (meant := suggestion(fold(word), known))]
    yield (
        f"criteria: [personal] could not be applied to {len(lost):,} mentee{'s' * (len(lost) > 1)} whose "
        f"{personal.column} names none of the criteria: {', '.join(names)}.{''.join(near[:_MOST_TOLD])} What else "
        "means one of them can be told by `values` of that column"
    )


def shares_of(criteria: Sequence[Criterion], top: int = -1, factor: float = 1.0) -> IntArray:
    """Return the points of each criterion, by weight; those that count for one pair sum to 2²⁰ exactly.

    Args:
        criteria: The criteria, of one track or of several.
        top: The place of the one that counts ``factor`` times; -1 for none.
        factor: How many times it counts.

    Returns:
        ``(criteria,)`` int64.
    """
    shares, tracks = np.zeros(len(criteria), np.int64), [criterion.pool for criterion in criteria]
    for track in dict.fromkeys(tracks):
        own = [k for k, other in enumerate(tracks) if other == track]
        weights = np.array([criteria[k].weight for k in own])
        weights /= weights.max()  # the sum of the largest floats would be infinite
        weights[[k == top for k in own]] *= factor
        ends = np.rint(np.cumsum(weights) / weights.sum() * SCALE).astype(np.int64)
        shares[own] = np.diff(ends, prepend=0)
    return shares


def shares_by_kind(
    personal: Personal | None, criteria: Sequence[Criterion], names: Sequence[str], mentees: Table
) -> tuple[IntArray, IntArray]:
    """Return the points of each criterion for each kind of mentee, and the kind of each mentee.

    Args:
        personal: What counts more for a mentee who says so; those of one kind say the same.
        names: What results call them.

    Returns:
        ``(criteria, kinds)`` and ``(mentees,)`` int64.
    """
    tops, kind = np.unique(tops_of(personal, names, mentees), return_inverse=True)
    factor = 1.0 if personal is None else personal.factor
    return np.array([shares_of(criteria, top, factor) for top in tops.tolist() or [-1]]).T, kind


@dataclass(frozen=True, eq=False)
class Points:
    """What listed pairs score by some criteria, in points.

    Args:
        u, v: Integer factors of all criteria, mentors' and mentees'.
        counts: 1 for the columns of the factors that count, else 0, ``(columns,)`` int64.
        tiles: The criteria without factors that count.
    """

    u: Sparse
    v: Sparse
    counts: IntArray
    tiles: tuple[PointTile, ...]

    def __call__(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the points of listed pairs, ``(pairs,)`` int64."""
        points = dot(self.u, self.v, i, j, self.counts, 2)[1]
        for tile in self.tiles:
            points += np.nan_to_num(tile.at(i, j))
        whole: IntArray = np.rint(points).astype(np.int64)
        return whole


def weighed(made: Factors, points: IntArray, kind: IntArray) -> tuple[Sparse, Sparse]:
    """Return a criterion on the grid, ``(u, v)``, where it weighs differently for mentees of different kinds.

    The mentees' side carries the points where it can; else each kind has columns of its own.

    Args:
        made: The factors.
        points: Points of the criterion for each kind of mentee, ``(kinds,)`` int64.
        kind: Kind of each mentee, ``(mentees,)`` int64.
    """
    each = [on_grid(made, own) for own in points.tolist()]
    u, v = each[0]
    if len(each) == 1:
        return u, v
    rows = kind[v.rows]
    if all(np.array_equal(other.value, u.value) for other, _ in each):
        value = np.array([other.value for _, other in each])[rows, np.arange(len(rows))]
        return u, Sparse(v.start, v.column, value, v.width)
    return beside([own for own, _ in each]), beside(
        [_of_kind(own, rows == k, kind == k) for k, (_, own) in enumerate(each)]
    )


def _of_kind(v: Sparse, entries: BoolArray, people: BoolArray) -> Sparse:
    """The matrix with the rows of some people only."""
    start = np.append(0, np.cumsum(np.where(people, v.counts, 0)))
    return Sparse(start, v.column[entries], v.value[entries], v.width)
