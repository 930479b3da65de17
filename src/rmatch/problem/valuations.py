"""Valuations of rows and objectives: from parts and values to the form that scans evaluate fast."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np

from rmatch.columns import IntArray
from rmatch.element import asked
from rmatch.errors import ProgramError
from rmatch.factors import Sparse, indicator
from rmatch.objectives import Objective, linear_of, loads_of, values_of
from rmatch.problem.model import Model
from rmatch.rows import Named, Part, People, Product
from rmatch.valuation import Each, LoadUtility, Valuation

MOST_LISTED = 4_000_000
"""Most pairs of people for which a condition without a product form is evaluated."""


def valuation_of_parts(people: People, parts: tuple[Part, ...]) -> Valuation:
    """Return the sum of some parts as a valuation.

    Args:
        people: Both sides in canonical order.
        parts: Summands of a row's coefficient.

    Raises:
        ProgramError: A condition has no product form, and there are too many pairs to evaluate it for each.
    """
    return reduce(lambda a, b: a + b, [_valuation_of_part(people, part) for part in parts], Valuation(times=0))


def _valuation_of_part(people: People, part: Part) -> Valuation:
    if part.bare:
        return Valuation(each=part.times, times=0)
    if part.pairs is None:
        sides = [_indicated(some, size) for some, size in zip((part.mentors, part.mentees), people.shape, strict=True)]
        return Valuation(times=0, sides=(sides[0], sides[1].times(part.times)))
    if part.mentors is None and part.mentees is None:
        if isinstance(part.pairs, Product):
            u, v = part.pairs.factors()
            return Valuation(times=0, sides=(u, v.times(part.times)))
        if isinstance(part.pairs, Named):
            keys = part.pairs.keys
            return Valuation(times=0, listed=(keys, np.full(len(keys), part.times, np.int64)))
    return _asked(people, part.at)


def _indicated(some: IntArray | None, size: int) -> Sparse:
    known = np.ones(size, bool)
    if some is not None:
        known[:] = False
        known[some] = True
    return indicator(known)


def _asked(people: People, each: Each) -> Valuation:
    """A value evaluated for every pair, as a bonus of the pairs for which it is not 0."""
    m, n = people.shape
    if m * n > MOST_LISTED:
        raise ProgramError(
            f"a limit or objective of your own looks at each of {m * n:,} pairs, and {MOST_LISTED:,} is the most; give "
            "its condition as a product (`factors`), or match fewer people at once"
        )
    i, j = np.divmod(np.arange(m * n, dtype=np.int64), max(n, 1))
    value = np.asarray(each(i, j), np.int64)
    keys = np.flatnonzero(value)
    return Valuation(times=0, listed=(keys, value[keys]))


def valuation_of(model: Model, objective: Objective) -> Valuation:
    """Return the valuation that an objective maximises over the pairs that locks leave open.

    Args:
        objective: One stage of an objective.

    Raises:
        ProgramError: The objective has no compiled form, and there are too many pairs to evaluate it for each.
    """
    people = model.people
    valuation = asked(objective.called, "compile", lambda: objective.compile(people))
    if valuation is None:
        linear = linear_of(objective, people)
        if linear is not None:
            valuation = Valuation(each=linear[1], times=linear[0])
        else:
            values = values_of(objective, people)
            valuation = _asked(people, lambda i, j: values(i, j, model.points(i, j)))
        load_utilities = [
            None if v is None else LoadUtility(v.first, np.ones(len(v.first), np.int64), 0 * v.first, v.square)
            for v in loads_of(objective, people)
        ]
        valuation = replace(valuation, load_utilities=(load_utilities[0], load_utilities[1]))
    load = [np.bincount(side, minlength=size) for side, size in zip(model.locked, model.shape, strict=True)]
    after = [
        None if g is None else replace(g, before=k.astype(np.int64))
        for g, k in zip(valuation.load_utilities, load, strict=True)
    ]
    return replace(valuation, load_utilities=(after[0], after[1]))
