"""The score as an inner product, and the bricks that every criterion is made of.

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
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import BoolArray, Category, Column, FloatArray, IntArray, Items, Number, fold
from rmatch.errors import ProgramError

SCALE = 1 << 20
"""Points in a score of 1."""

FORBIDDEN = 2 * SCALE
"""What a penalty takes, in points, from every pair that a rule forbids: more than any score can make good."""

_STEPS = 64
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
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    @property
    def integral(self) -> bool:
        """Whether every entry is a whole number."""
        return bool((self.value == np.rint(self.value)).all())

    def take(self, rows: IntArray) -> Sparse:
        """The matrix of these rows, in this order."""
        entry, start = expand(self.start, rows)
        return Sparse(start, self.column[entry], self.value[entry], self.width)

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
    n, width = len(parts[0]), sum(p.width for p in parts)
    counts = np.array([np.diff(p.start) for p in parts])
    start = np.concatenate([[0], np.cumsum(counts.sum(0))])
    column = np.empty(start[-1], np.int64)
    value = np.empty(start[-1], np.result_type(*[p.value.dtype for p in parts]))
    at, offset = start[:-1].copy(), 0
    for part, count in zip(parts, counts, strict=True):
        place = np.repeat(at - part.start[:-1], count) + np.arange(len(part.column))
        column[place], value[place] = part.column + offset, part.value
        at, offset = at + count, offset + part.width
    assert len(start) == n + 1
    return Sparse(start, column, value, width)


def _kronecker(a: Sparse, b: Sparse) -> Sparse:
    """Return, row by row, every product of an entry of ``a`` with one of ``b``."""
    count_b = np.diff(b.start)[a.rows]
    entry_b, _ = expand(b.start, a.rows)
    entry_a = np.repeat(np.arange(len(a.column)), count_b)
    start = np.concatenate([[0], np.cumsum(np.diff(a.start) * np.diff(b.start))])
    column = a.column[entry_a] * b.width + b.column[entry_b]
    return Sparse(start, column, a.value[entry_a] * b.value[entry_b], a.width * b.width)


@dataclass(frozen=True, eq=False)
class Term:
    """``weight · (u @ v.T)``; ``down`` rounds entries towards 0 on the grid, where rounding up could pass 1."""

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
        return Factors(_joined((*self.terms, *((-1.0) * self._fitting(other)).terms)))

    def __rsub__(self, other: float) -> Factors:
        # c - Σ w · f = Σ w · (1 - f) + c - Σ w: each part has its own complement, so both round alike
        one = constant(1.0, *self.shape).terms
        parts = [t.weight * Factors(_joined((*one, replace(t, weight=-1.0)))) for t in self.terms]
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


def _joined(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms as columns of one, where one side of all of them holds whole numbers.

    The grid then rounds what is given and what is taken away together.
    """
    if all(t.u.integral for t in terms):
        u, v = [t.u for t in terms], [_times(t.v, t.weight) for t in terms]
    elif all(t.v.integral for t in terms):
        u, v = [_times(t.u, t.weight) for t in terms], [t.v for t in terms]
    else:
        return terms
    return (Term(1.0, beside(u), beside(v), any(t.down for t in terms)),)


def _times(s: Sparse, weight: float) -> Sparse:
    return Sparse(s.start, s.column, weight * s.value.astype(float), s.width)


def sparse(full: FloatArray) -> Sparse:
    """Return a dense array as a :class:`Sparse`."""
    row, column = np.nonzero(full)
    return from_entries(len(full), full.shape[1], row, column, np.asarray(full[row, column], np.float64))


# ---------------------------------------------------------------- the grid


def _shares(start: IntArray, exact: FloatArray, down: bool) -> IntArray:
    """Round each row's entries to whole points so that every *running* sum, of either sign, is off by at most a half.

    Full coverage, and any other sum of a whole row, is so the rounded whole; a share is off by less than a
    point; and what a row takes away again cancels to exactly 0. Rows never see each other, so nobody's score
    depends on who else takes part.
    """
    if down:
        return np.trunc(exact).astype(np.int64)
    points, counts = np.empty(len(exact), np.int64), np.diff(start)
    running, before = np.zeros((2, len(counts))), np.zeros((2, len(counts)), np.int64)
    rows, k = np.flatnonzero(counts > 0), 0
    while len(rows):
        at = start[rows] + k
        sign = (exact[at] < 0).astype(np.int64)
        running[sign, rows] += np.abs(exact[at])
        # the small nudge undoes float noise such as 3 · (1/3) < 1, far below a point
        now = np.floor(running[sign, rows] + (0.5 + 1e-6)).astype(np.int64)
        points[at] = (1 - 2 * sign) * (now - before[sign, rows])
        before[sign, rows] = now
        k += 1
        rows = rows[counts[rows] > k]
    return points


def on_grid(factors: Factors, points: int) -> tuple[Sparse, Sparse]:
    """Return ``(u, v)``, whole numbers, with ``u @ v.T`` the matrix in points of a criterion that weighs ``points``.

    In each term one side keeps its small integers and the other carries ``weight · points``, rounded once.
    Raises ProgramError where neither side of a term holds whole numbers, or a number is not finite or too large.
    """
    weights = np.array([t.weight for t in factors.terms]) * points
    if not (np.abs(weights) < _LARGEST).all():
        raise ProgramError("off the grid: a weight within the factors is NaN, infinite or far too large")
    carried = _shares(np.array([0, len(weights)]), weights, down=False)
    left, right = [], []
    for term, weight in zip(factors.terms, carried, strict=True):
        sides = [term.u, term.v]
        if not all(np.isfinite(s.value).all() for s in sides):
            raise ProgramError("off the grid: a factor holds NaN or an infinite number")
        _not_too_large(term, weight)
        carrier = 0 if not sides[0].integral else 1
        if not sides[1 - carrier].integral:
            raise ProgramError("off the grid: in each term of the factors one side must hold whole numbers")
        whole = [Sparse(s.start, s.column, s.value.astype(np.int64), s.width) for s in sides]
        side = sides[carrier]
        whole[carrier] = Sparse(
            side.start, side.column, _shares(side.start, side.value * weight, term.down), side.width
        )
        left.append(whole[0])
        right.append(whole[1])
    return beside(left), beside(right)


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
    sums = np.zeros((owners, len(i)))
    for begin in range(0, len(i), 1 << 16):
        some = slice(begin, begin + (1 << 16))
        (eu, su), (ev, sv) = expand(u.start, i[some]), expand(v.start, j[some])
        ku, kv = (
            np.repeat(np.arange(len(s) - 1), np.diff(s)) * np.int64(side.width) + side.column[e]
            for side, e, s in ((u, eu, su), (v, ev, sv))
        )
        at = np.searchsorted(ku, kv)
        hit = np.flatnonzero(np.append(ku, -1)[at] == kv)
        pair, column = kv[hit] // v.width, kv[hit] % v.width
        group = pair if owner is None else owner[column] * (len(su) - 1) + pair
        product = u.value[eu[at[hit]]].astype(float) * v.value[ev[hit]]
        sums[:, some] = np.bincount(group, product, owners * (len(su) - 1)).reshape(owners, -1)
    return sums


# ---------------------------------------------------------------- bricks


def constant(value: float, mentors: int, mentees: int) -> Factors:
    """``value`` for every pair."""
    return Factors((Term(value, _ones(mentors), _ones(mentees)),))


def _ones(n: int) -> Sparse:
    return _indicator(np.ones(n, bool))


def _indicator(known: BoolArray) -> Sparse:
    return _one_hot(known.astype(np.int64) - 1, 1)


def _one_hot(codes: IntArray, width: int) -> Sparse:
    row = np.flatnonzero(codes >= 0)
    return from_entries(len(codes), max(width, 1), row, codes[row], np.ones(len(row)))


def align(a: Column, b: Column) -> tuple[IntArray, IntArray, int]:
    """Return each side's codes in one shared numbering (-1 where missing), and how many codes there are.

    Labels are the same where their folded keys are, numbers where they are equal, sets where all items are.
    """
    (codes_a, keys_a), (codes_b, keys_b) = _coded(a), _coded(b)
    known = np.unique(np.concatenate([keys_a, keys_b, [""]]).astype(str))  # "" sorts first and means missing
    place_a, place_b = (np.append(np.searchsorted(known, k.astype(str)), 0) - 1 for k in (keys_a, keys_b))
    return place_a[codes_a], place_b[codes_b], len(known) - 1


def _coded(column: Column) -> tuple[IntArray, NDArray[np.object_]]:
    """Return a code per person (-1 where missing) and the key of each code; equal keys are the same answer."""
    if isinstance(column, Category):
        return column.codes, column.keys
    cells = _sets(column) if isinstance(column, Items) else column.cells()
    keys, codes = np.unique(cells.astype(str), return_inverse=True)
    if isinstance(column, Number) and column.order:  # its values are labels, and match as labels do
        return codes, np.array([fold(key) for key in keys], dtype=object)
    return codes, keys.astype(object)


def _sets(items: Items) -> NDArray[np.object_]:
    """One text per person, the same where the sets of keys are; no folded key holds a newline."""
    keys = items.keys[items.ids].tolist()
    bounds = items.start.tolist()
    return np.array(["\n".join(sorted(keys[a:b])) for a, b in pairwise(bounds)], dtype=object)


def _neutral(factors: Factors, known_a: BoolArray, known_b: BoolArray) -> Factors:
    """Give every pair with an unknown side the mean over all answered pairs, so that silence neither helps nor harms.

    ``factors`` must be 0 wherever a side is unknown.
    """
    (m, n), terms = factors.shape, factors.terms
    if not (known_a.all() and known_b.all()):
        mean = factors.mean(float(known_a.sum()) * float(known_b.sum()))
        terms = (*constant(mean, m, n).terms, Term(-mean, _indicator(known_a), _indicator(known_b)), *terms)
    return Factors(_joined(terms))


def same(a: Column, b: Column) -> Factors:
    """1 where both gave the same answer, 0 where they differ, the mean over answered pairs where one gave none."""
    codes_a, codes_b, k = align(a, b)
    hot = Factors((Term(1.0, _one_hot(codes_a, k), _one_hot(codes_b, k)),))
    return _neutral(hot, codes_a >= 0, codes_b >= 0)


def differs(a: Column, b: Column) -> Factors:
    """1 where the answers differ, 0 where they are the same, the mean over answered pairs where one gave none."""
    codes_a, codes_b, k = align(a, b)
    known_a, known_b = codes_a >= 0, codes_b >= 0
    both = Factors((Term(1.0, _indicator(known_a), _indicator(known_b)),))
    hot = Factors((Term(1.0, _one_hot(codes_a, k), _one_hot(codes_b, k)),))
    return _neutral(both - hot, known_a, known_b)


def as_items(column: Column) -> Items:
    """Return a list column as it is, and any other as sets of one."""
    if isinstance(column, Items):
        return column
    codes, keys = _coded(column)
    known = np.flatnonzero(keys != "")
    place = np.append(np.where(keys != "", np.cumsum(keys != "") - 1, -1), -1)
    hot = _one_hot(place[codes], len(known))
    return Items(hot.start, hot.column, np.zeros(len(hot.column), np.int8), keys[known], keys[known])


def shared_items(a: Items, b: Items) -> tuple[IntArray, IntArray, int]:
    """Return, for each item id of either side, its number in the vocabulary both share (-1: only one has it)."""
    common = np.intersect1d(a.keys.astype(str), b.keys.astype(str))
    numbers = []
    for items in (a, b):
        keys = items.keys.astype(str)
        at = np.searchsorted(common, keys).clip(max=max(len(common) - 1, 0))
        numbers.append(np.where(common[at] == keys, at, -1) if len(common) else np.full(len(keys), -1))
    return numbers[0].astype(np.int64), numbers[1].astype(np.int64), len(common)


def covers(offered: Column, wanted: Column) -> Factors:
    """The share of what the second side wants that the first offers, 0 where it wants nothing.

    ``Σ min(offered level, target) / target / (number wanted)`` over the wanted items: no level on offer means
    full knowledge, no target means that any knowledge covers. A column each for every level from 1 to the target
    carries the minimum: ``min(a, b) = Σ_l [a ≥ l] · [b ≥ l]``.
    """
    has, wants = as_items(offered), as_items(wanted)
    number_has, number_wants, k = shared_items(has, wants)
    targets = np.maximum(wants.levels, 1).astype(np.int64)
    depth = int(targets.max(initial=1))
    knows = np.where(has.levels == 0, depth, has.levels.astype(np.int64)).clip(max=depth)
    share = 1.0 / (targets * wants.counts[wants.rows])
    sides = []
    for items, number, levels, value in (
        (has, number_has, knows, np.ones(len(has.ids))),
        (wants, number_wants, targets, share),
    ):
        entry = np.flatnonzero(number[items.ids] >= 0) if len(items.ids) else np.zeros(0, np.int64)
        each = np.repeat(entry, levels[entry])
        level = np.arange(len(each)) - np.repeat(np.cumsum(levels[entry]) - levels[entry], levels[entry])
        column = number[items.ids[each]] * depth + level
        sides.append(from_entries(len(items), max(k * depth, 1), items.rows[each], column, value[each]))
    return Factors((Term(1.0, sides[0], sides[1]),))


def closeness(a: Number, b: Number) -> Factors:
    """``1 - |a - b| / (largest - smallest value)``, in 64 equal steps at most; unknown takes the mean."""
    values = np.concatenate([a.values, b.values])
    values = values[~np.isnan(values)]
    low, span = (values.min(), np.ptp(values)) if len(values) else (0.0, 0.0)
    if span == 0:
        return constant(1.0, len(a), len(b))
    whole = span <= _STEPS and bool((values == np.rint(values)).all())
    steps = int(span) if whole else _STEPS
    known = [~c.missing for c in (a, b)]
    step = [np.rint((np.nan_to_num(c.values, nan=low) - low) / span * steps).astype(np.int64) for c in (a, b)]
    # one column against the mentee's height from the top, then a step up or down for every mark below the mentor:
    # 1 - |a - b| = (top - b) + Σ_{k ≤ a} (2 · [b ≥ k] - 1), a sum of a row's first entries, so rounded once on the grid
    marks = np.arange(1, steps + 1)
    u = np.column_stack([np.ones(len(a)), step[0][:, None] >= marks]) * known[0][:, None]
    v = np.column_stack([steps - step[1], 2.0 * (step[1][:, None] >= marks) - 1]) * known[1][:, None]
    return _neutral((1.0 / steps) * Factors.of(u, v), *known)


def table(a: Column, b: Column, values: FloatArray, rows: Sequence[str], columns: Sequence[str]) -> Factors:
    """``values[r, c]`` where the mentor's answer is ``rows[r]`` and the mentee's ``columns[c]``, else 0.

    Any function of two small fields, such as one of two grades: one-hot @ table · one-hot.
    """
    a_row, b_column = (_positions(c, words) for c, words in ((a, rows), (b, columns)))
    u = _one_hot(a_row, len(rows)).dense()
    v = np.zeros((len(b), len(rows)))
    answered = b_column >= 0
    v[answered] = np.asarray(values, float).T[b_column[answered]]
    return Factors.of(u, v)


def _positions(column: Column, words: Sequence[str]) -> IntArray:
    order = np.arange(len(words))
    scale = Category(order, np.array(list(words), dtype=object))
    codes, scale_codes, k = align(column, scale)
    place = np.full(k + 1, -1)
    place[scale_codes] = order
    return place[codes]


def total(parts: Sequence[Factors]) -> Factors:
    """The sum of several factors, each counted equally: their mean."""
    return reduce(lambda f, g: f + g, [(1.0 / len(parts)) * f for f in parts])
