"""The bricks that criteria are made of: each a matrix of pairs, as factors of two columns.

=========================  =====================================================
brick                      the pair's value
=========================  =====================================================
``same``, ``differs``      1 where the labels are equal, or not
``covers``                 the share of what is wanted that is offered
``closeness``              ``1 - |a - b| / range`` of two numbers
``table``                  any function of two small columns
=========================  =====================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import (
    BoolArray,
    Category,
    Column,
    FloatArray,
    IntArray,
    Items,
    Number,
    distinct_texts,
    fold,
    text_rank,
)
from rmatch.factors import Factors, Sparse, Term, constant, from_entries, indicator, joined, one_hot

_STEPS = 64  # of a scale of numbers


def align(a: Column, b: Column) -> tuple[IntArray, IntArray, int]:
    """Return each side's codes in one shared numbering (-1 where missing), and how many codes there are.

    Labels are the same where their folded keys are, numbers where they are equal, sets where all items are.
    """
    (codes_a, keys_a), (codes_b, keys_b) = _coded(a), _coded(b)
    known, place = distinct_texts(np.concatenate([keys_a, keys_b, [""]]))  # "" sorts first and means missing
    place_a, place_b = (np.append(p, 0) - 1 for p in np.split(place[:-1], [len(keys_a)]))
    return place_a[codes_a], place_b[codes_b], len(known) - 1


def _coded(column: Column) -> tuple[IntArray, NDArray[np.object_]]:
    """Return a code per person (-1 where missing) and the key of each code; equal keys are the same answer."""
    if isinstance(column, Category):
        return column.codes, column.keys
    cells = _sets(column) if isinstance(column, Items) else column.cells()
    keys, codes = distinct_texts(cells)
    if isinstance(column, Number) and column.order:  # its values are labels, and match as labels do
        return codes, np.array([fold(key) for key in keys], dtype=object)
    return codes, keys


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
        terms = (*constant(mean, m, n).terms, Term(-mean, indicator(known_a), indicator(known_b)), *terms)
    return Factors(joined(terms))


def same(a: Column, b: Column) -> Factors:
    """1 where both gave the same answer, 0 where they differ, the mean over answered pairs where one gave none."""
    return _compared(a, b, np.ones(1))


def differs(a: Column, b: Column) -> Factors:
    """1 where the answers differ, 0 where they are the same, the mean over answered pairs where one gave none."""
    return _compared(a, b, np.array([1.0, -1.0]))


def _compared(a: Column, b: Column, values: FloatArray) -> Factors:
    """The last of ``values`` where the answers are the same, and the sum of the others everywhere, laid at once as
    :func:`_neutral` has it.
    """
    codes_a, codes_b, k = align(a, b)
    known = codes_a[codes_a >= 0], codes_b[codes_b >= 0]
    if len(known[0]) < len(codes_a) or len(known[1]) < len(codes_b):
        pairs, alike = (
            len(known[0]) * len(known[1]),
            np.bincount(known[0], minlength=k) @ np.bincount(known[1], minlength=k),
        )
        mean = (values[:-1].sum() * pairs + values[-1] * alike) / max(pairs, 1)
        values = np.array([mean, -mean, *values])
    return Factors.between(_laid(codes_a, k, np.ones(len(values))), _laid(codes_b, k, values))


def _laid(codes: IntArray, k: int, values: FloatArray) -> Sparse:
    """A column for each value but the last, which stands in the column of each person's code; who has none has the
    first value alone.
    """
    here = np.ones((len(codes), len(values)), bool)
    here[codes < 0, 1:] = False
    column = np.arange(len(values)) + np.zeros_like(here, np.int64)
    column[:, -1] += codes
    start = np.append(0, np.cumsum(here.sum(1)))
    return Sparse(start, column[here], np.broadcast_to(values, here.shape)[here], len(values) - 1 + max(k, 1))


def as_items(column: Column) -> Items:
    """Return a list column as it is, and any other as sets of one."""
    if isinstance(column, Items):
        return column
    codes, keys = _coded(column)
    known = np.flatnonzero(keys != "")
    place = np.append(np.where(keys != "", np.cumsum(keys != "") - 1, -1), -1)
    hot = one_hot(place[codes], len(known))
    return Items(hot.start, hot.column, np.zeros(len(hot.column), np.int8), keys[known], keys[known])


def shared_items(a: Items, b: Items) -> tuple[IntArray, IntArray, int]:
    """Return, for each item id of either side, its number in the vocabulary both share (-1: only one has it)."""
    known, place = distinct_texts(np.concatenate([a.keys, b.keys]))
    common = np.bincount(place, minlength=len(known)) == 2  # a side has each key once
    number_a, number_b = np.split(np.where(common, np.cumsum(common) - 1, -1)[place], [len(a.keys)])
    return number_a, number_b, int(common.sum())


def covers(offered: Column, wanted: Column, worth: FloatArray | None = None) -> Factors:
    """The share of what the second side wants that the first offers, 0 where it wants nothing.

    ``worth`` says how many times each wanted item counts, above 0, beside ``as_items(wanted).ids``; who gets all has a
    share of 1 whatever it says.

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
    if worth is not None:
        share = worth / (targets * np.bincount(wants.rows, worth, len(wants))[wants.rows])
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
    """``1 - |a - b| / (largest - smallest value)``, in 64 equal steps at most; unknown takes the mean.

    The mean over no pairs is 0.
    """
    if a.missing.all() or b.missing.all():
        return constant(0.0, len(a), len(b))
    values = np.concatenate([a.values, b.values])
    values = values[~np.isnan(values)]
    low, span = values.min(), np.ptp(values)
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
    """Return ``values[r, c]`` where the mentor's answer is ``rows[r]`` and the mentee's ``columns[c]``, else 0.

    Any function of two small fields, such as one of two grades: one-hot @ table · one-hot.

    Args:
        a, b: The column of the mentors and of the mentees.
        values: The scores, ``(rows, columns)`` float64.
        rows, columns: The answers of either side.
    """
    a_row, b_column = (positions(c, words) for c, words in ((a, rows), (b, columns)))
    u = one_hot(a_row, len(rows)).dense()
    v = np.zeros((len(b), len(rows)))
    answered = b_column >= 0
    v[answered] = np.asarray(values, float).T[b_column[answered]]
    return Factors.of(u, v)


def distinct_answers(column: Column) -> tuple[IntArray, IntArray]:
    """Return a row for each different answer, and the number of each person's."""
    _, first, code = np.unique(text_rank(column.cells()), return_index=True, return_inverse=True)
    return first.astype(np.int64), code.astype(np.int64)


def positions(column: Column, words: Sequence[str]) -> IntArray:
    """Return each person's place among some words, -1 where their answer is none of them, ``(n,)``."""
    order = np.arange(len(words))
    scale = Category(order, np.array(list(words), dtype=object))
    codes, scale_codes, k = align(column, scale)
    place = np.full(k + 1, -1)
    place[scale_codes] = order
    return place[codes]


def total(parts: Sequence[Factors]) -> Factors:
    """The sum of several factors, each counted equally: their mean."""
    return reduce(lambda f, g: f + g, [(1.0 / len(parts)) * f for f in parts])
