"""The score as an inner product: rows of numbers for mentors and for mentees, and the algebra of such factors.

Every additive criterion can be written ``score(i, j) = u_i · v_j``: a row of numbers for the mentor, one
for the mentee. So the whole score matrix is one product ``U @ V.T``, and criteria form an algebra::

    f + g      adds the matrices        (concatenates columns); f - g takes away, 1 - f is the complement
    w * f      scales the matrix        (a weight)
    f * g      multiplies elementwise   (row-wise Kronecker product)
    f.T        swaps the two sides

On the grid a score is a whole number of points, ``score · 2**20``: one side of each column holds small
integers, the other multiples of one point (see :func:`on_grid`). Sums of such products are exact in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.errors import ProgramError

SCALE = 1 << 20
"""Points in a score of 1."""

FORBIDDEN = 2 * SCALE
"""What a penalty takes, in points, from every pair that a rule forbids: more than any score can make good."""

_ROWS = 4096  # rounded at a time
_CELLS, _SPARSE = 1 << 18, 32  # of rows in full, in which an entry of so many is found sooner than in a list
_LARGEST = 2.0**53  # whole numbers below this, and their sums, are exact in float64


@dataclass(frozen=True, eq=False)
class Sparse:
    """Rows of a matrix, few entries each: row ``i`` has ``value[start[i]:start[i+1]]`` at ascending ``column``."""

    start: IntArray
    column: IntArray
    value: NDArray[np.float64] | NDArray[np.int64]
    width: int

    @property
    def rows(self) -> IntArray:
        """The row of each entry."""
        return np.repeat(np.arange(len(self)), self.counts)

    @property
    def counts(self) -> IntArray:
        """Number of entries of each row, ``(rows,)``."""
        return self.start[1:] - self.start[:-1]

    @cached_property
    def integral(self) -> bool:
        """Whether every entry is a whole number."""
        return bool((self.value == np.rint(self.value)).all())

    def take(self, rows: IntArray) -> Sparse:
        """The matrix of these rows, in this order."""
        entry, start = expand(self.start, rows)
        return Sparse(start, self.column[entry], self.value[entry], self.width)

    def times(self, factor: float) -> Sparse:
        """The matrix with every entry multiplied; whole numbers stay whole under a whole factor."""
        return self.holding(np.multiply(factor, self.value))

    def holding(self, value: NDArray[np.float64] | NDArray[np.int64]) -> Sparse:
        """The matrix with other entries at the same places."""
        return Sparse(self.start, self.column, value, self.width)

    def dense(self, dtype: type[np.generic] = np.float64) -> NDArray[Any]:
        """The matrix in full, ``(rows, width)``."""
        full = np.zeros((len(self), self.width), dtype)
        full[self.rows, self.column] = self.value
        return full

    def __len__(self) -> int:
        return len(self.start) - 1


def expand(start: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the positions of all entries of ``rows``, one row after the other, and where each row begins."""
    counts = start[rows + 1] - start[rows]
    begin = np.concatenate([[0], np.cumsum(counts)])
    return np.repeat(start[rows] - begin[:-1], counts) + np.arange(begin[-1]), begin


def from_entries(n: int, width: int, row: IntArray, column: IntArray, value: NDArray[np.float64]) -> Sparse:
    """Build a :class:`Sparse` of ``n`` rows from unordered entries, each (row, column) at most once."""
    order = np.argsort(row * np.int64(width) + column, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))])
    return Sparse(start, column[order], value[order], width)


def beside(parts: Sequence[Sparse]) -> Sparse:
    """Return the matrices side by side: all columns of the first, then of the second, …"""
    if len(parts) == 1:
        return parts[0]
    counts = [p.counts for p in parts]
    start = np.append(0, np.cumsum(sum(counts[1:], counts[0])))
    column = np.empty(start[-1], np.int64)
    value = np.empty(start[-1], np.result_type(*[p.value.dtype for p in parts]))
    at, offset = start[:-1].copy(), 0
    for part, count in zip(parts, counts, strict=True):
        place = np.repeat(at - part.start[:-1], count)
        place += np.arange(len(place))
        column[place], value[place] = part.column + offset, part.value
        at += count
        offset += part.width
    return Sparse(start, column, value, offset)


def _kronecker(a: Sparse, b: Sparse) -> Sparse:
    """Return, row by row, every product of an entry of ``a`` with one of ``b``."""
    count_b = b.counts[a.rows]
    entry_b, _ = expand(b.start, a.rows)
    entry_a = np.repeat(np.arange(len(a.column)), count_b)
    start = np.concatenate([[0], np.cumsum(a.counts * b.counts)])
    column = a.column[entry_a] * b.width + b.column[entry_b]
    return Sparse(start, column, a.value[entry_a] * b.value[entry_b], a.width * b.width)


@dataclass(frozen=True, eq=False)
class Term:
    """``weight · (u @ v.T)``; ``down`` rounds towards 0, where rounding up could pass 1. Dense: :meth:`Factors.of`."""

    weight: float
    u: Sparse
    v: Sparse
    down: bool = False


@dataclass(frozen=True, eq=False)
class Factors:
    """A sum of terms: the matrix ``Σ weight · (u @ v.T)``, mentors × mentees, never held."""

    terms: tuple[Term, ...]

    @classmethod
    def of(cls, u: FloatArray, v: FloatArray) -> Factors:
        """Make factors of two dense arrays, ``(mentors, k)`` and ``(mentees, k)``; one side whole numbers."""
        if u.ndim != 2 or v.ndim != 2 or u.shape[1] != v.shape[1]:
            raise ProgramError(f"factors need two arrays with as many columns each, not {u.shape} and {v.shape}")
        return cls.between(sparse(u), sparse(v))

    @classmethod
    def between(cls, u: Sparse, v: Sparse) -> Factors:
        """Make factors of two sparse sides."""
        return cls((Term(1.0, u, v),))

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.terms[0].u), len(self.terms[0].v)

    @property
    def T(self) -> Factors:  # noqa: N802 - the field's own name
        """The same matrix with the sides swapped."""
        return Factors(tuple(Term(t.weight, t.v, t.u, t.down) for t in self.terms))

    def __add__(self, other: Factors | float) -> Factors:
        other = other if isinstance(other, Factors) else constant(other, *self.shape)
        return Factors(self.terms + self._fitting(other).terms)

    __radd__ = __add__

    def __sub__(self, other: Factors | float) -> Factors:
        if not isinstance(other, Factors):
            return self + -other
        return Factors(joined((*self.terms, *((-1.0) * self._fitting(other)).terms)))

    def __rsub__(self, other: float) -> Factors:
        # c - Σ w · f = Σ w · (1 - f) + c - Σ w: each part has its own complement, so both round alike
        one = constant(1.0, *self.shape).terms
        parts = [t.weight * Factors(joined((*one, replace(t, weight=-1.0)))) for t in self.terms]
        return sum(parts, constant(other - sum(t.weight for t in self.terms), *self.shape))

    def _fitting(self, other: Factors) -> Factors:
        if other.shape != self.shape:
            raise ProgramError(f"factors of shapes {self.shape} and {other.shape} do not fit each other")
        return other

    def __mul__(self, other: Factors | float) -> Factors:
        if not isinstance(other, Factors):
            return Factors(tuple(Term(t.weight * other, t.u, t.v, t.down) for t in self.terms))
        self._fitting(other)
        return Factors(
            tuple(
                Term(s.weight * t.weight, _kronecker(s.u, t.u), _kronecker(s.v, t.v), s.down or t.down)
                for s in self.terms
                for t in other.terms
            )
        )

    __rmul__ = __mul__

    def matrix(self) -> FloatArray:
        """The matrix in full, ``(mentors, mentees)`` float64: for small cases and for tests."""
        return sum((t.weight * (t.u.dense() @ t.v.dense().T) for t in self.terms), np.zeros(self.shape))

    def mean(self, pairs: float) -> float:
        """The sum of the whole matrix divided by ``pairs``: sums of u times sums of v, no matrix needed."""
        total = 0.0
        for t in self.terms:
            u, v = (np.bincount(s.column, s.value.astype(float), s.width) for s in (t.u, t.v))
            total += t.weight * float(u @ v)
        return total / pairs if pairs else 0.0


def joined(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms as columns of one, where one side of all of them holds whole numbers.

    The grid then rounds what is given and what is taken away together.
    """
    if all(t.u.integral for t in terms):
        u, v = [t.u for t in terms], [t.v.times(t.weight) for t in terms]
    elif all(t.v.integral for t in terms):
        u, v = [t.u.times(t.weight) for t in terms], [t.v for t in terms]
    else:
        return terms
    return (Term(1.0, beside(u), beside(v), any(t.down for t in terms)),)


def sparse(full: FloatArray) -> Sparse:
    """Return a dense array as a :class:`Sparse`."""
    row, column = np.nonzero(full)
    return from_entries(len(full), full.shape[1], row, column, np.asarray(full[row, column], np.float64))


def constant(value: float, mentors: int, mentees: int) -> Factors:
    """``value`` for every pair."""
    ones = [Sparse(np.arange(n + 1), np.zeros(n, np.int64), np.ones(n), 1) for n in (mentors, mentees)]
    return Factors((Term(value, ones[0], ones[1]),))


def indicator(known: BoolArray) -> Sparse:
    """One column: 1 for those in ``known``."""
    return one_hot(known.astype(np.int64) - 1, 1)


def one_hot(codes: IntArray, width: int) -> Sparse:
    """A column for each of ``width`` codes: 1 where a person has it; -1 has none."""
    known = codes >= 0
    start = np.zeros(len(codes) + 1, np.int64)
    np.cumsum(known, out=start[1:])
    return Sparse(start, codes[known], np.ones(start[-1]), max(width, 1))


def _shares(start: IntArray, exact: FloatArray, down: bool) -> IntArray:
    """Round each row's entries to whole points so that every *running* sum, of either sign, is off by at most a half.

    Full coverage, and any other sum of a whole row, is so the rounded whole; a share is off by less than a
    point; and what a row takes away again cancels to exactly 0. Rows never see each other, so nobody's score
    depends on who else takes part.
    """
    if down:
        return np.trunc(exact).astype(np.int64)
    whole = np.rint(exact)
    if (whole == exact).all():
        return whole.astype(np.int64)
    points = np.empty(len(exact), np.int64)
    for first in range(0, len(start) - 1, _ROWS):
        begin = start[first : first + _ROWS + 1]
        counts, own = begin[1:] - begin[:-1], slice(begin[0], begin[-1])
        width = int(counts.max()) + 1  # a row's sum before its first entry, and after each
        place = np.repeat(np.arange(len(counts)) * width + 1 - begin[:-1], counts) + np.arange(begin[0], begin[-1])
        shape = len(counts), width
        points[own] = _running(shape, place, exact[own]) - _running(shape, place, -exact[own])
    return points


def _running(shape: tuple[int, int], place: IntArray, exact: FloatArray) -> IntArray:
    """Round each row's entries above 0 by the running sum of the row, in which they have these places."""
    some = np.maximum(exact, 0)
    if not some.any():
        return np.zeros(len(exact), np.int64)
    running = np.zeros(shape)
    running.reshape(-1)[place] = some
    np.cumsum(running, axis=1, out=running)
    # the small nudge undoes float noise such as 3 · (1/3) < 1, far below a point
    now: IntArray = np.floor(running + (0.5 + 1e-6)).astype(np.int64).reshape(-1)
    return now[place] - now[place - 1]


def on_grid(factors: Factors, points: int) -> tuple[Sparse, Sparse]:
    """Return ``(u, v)``, whole numbers, with ``u @ v.T`` the matrix in points of a criterion that weighs ``points``.

    In each term one side keeps its small integers and the other carries ``weight · points``, rounded once.
    Raises ProgramError where neither side of a term holds whole numbers, or a number is not finite or too large.
    """
    weights = np.array([t.weight for t in factors.terms]) * points
    if not (np.abs(weights) < _LARGEST).all():
        raise ProgramError("off the grid: a weight within the factors is NaN, infinite or far too large")
    carried = _shares(np.array([0, len(weights)]), weights, down=False)
    made = []
    for term, weight in zip(factors.terms, carried, strict=True):
        most = [float(np.abs(s.value).max(initial=0)) for s in (term.u, term.v)]
        if not np.isfinite(most).all():
            raise ProgramError("off the grid: a factor holds NaN or an infinite number")
        if not abs(weight) * max(most[0] * most[1] * term.u.width, *most) < _LARGEST:
            _not_too_large(term, weight)
        kept, carrier = (term.u, term.v) if term.u.integral else (term.v, term.u)
        if not kept.integral:
            raise ProgramError("off the grid: in each term of the factors one side must hold whole numbers")
        shares = carrier.holding(_shares(carrier.start, carrier.value * weight, term.down))
        whole = kept.holding(kept.value.astype(np.int64))
        made.append((whole, shares) if term.u.integral else (shares, whole))
    return beside([u for u, _ in made]), beside([v for _, v in made])


def _not_too_large(term: Term, weight: float) -> None:
    most = np.zeros(term.v.width)
    np.maximum.at(most, term.v.column, np.abs(term.v.value))
    sums = np.bincount(term.u.rows, np.abs(term.u.value) * most[term.u.column], len(term.u)) * abs(weight)
    largest = max([sums.max(initial=0.0), *(np.abs(s.value).max(initial=0.0) * abs(weight) for s in (term.u, term.v))])
    if largest >= _LARGEST:
        raise ProgramError(
            f"off the grid: a score made of terms as large as {largest / SCALE:.3g} cannot be exact; "
            "measure from nearer to 0"
        )


def dot(u: Sparse, v: Sparse, i: IntArray, j: IntArray, owner: IntArray | None = None, owners: int = 1) -> FloatArray:
    """Return ``u[i_k] · v[j_k]`` for each listed pair ``k``, split by the owner of each column: ``(owners, pairs)``.

    Exact where all entries are whole numbers and the sums stay below 2**53.
    """
    if (j == j[:1]).all():
        u, v, i, j = v, u, j, i
    one = u.width <= _CELLS and bool((i == i[:1]).all())  # one person with many: a single row in full
    full = 0 < u.width * len(u) <= _SPARSE * len(u.column)
    sums, step = np.zeros((owners, len(i))), max(_CELLS // u.width, 1) if full and not one else 1 << 16
    for begin in range(0, len(i), step):
        some = slice(begin, begin + step)
        a, b = u.take(i[:1] if one else i[some]), v.take(j[some])
        pair = b.rows
        if one or full:
            met = a.dense()[0 if one else pair, b.column]
        else:
            known, asked = (side.rows * np.int64(side.width) + side.column for side in (a, b))
            at = np.searchsorted(known, asked)
            met = np.where(np.append(known, -1)[at] == asked, np.append(a.value, 0)[at], 0.0)
        group = pair if owner is None else owner[b.column] * len(b) + pair
        sums[:, some] = np.bincount(group, met * b.value, owners * len(b)).reshape(owners, -1)
    return sums
