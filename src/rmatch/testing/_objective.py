"""Conformance test of objectives."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import IntArray, Table
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.objectives import Objective
from rmatch.rows import LoadValue, LoadValues
from rmatch.testing._laws import check_columns, check_repeatable, check_symmetric, kind, refuse, tried
from rmatch.testing._people import Case, hard, usual
from rmatch.testing._trial import check_reached, people_of
from rmatch.valuation import Valuation

_MOST = 1 << 53  # of a value: up to here whole numbers are exact everywhere
_SCORES = (0, SCALE // 3, SCALE)  # in points, at which every pair is tried


def check_objective(
    objective: Objective, mentors: Table | None = None, mentees: Table | None = None, *, by_id: bool = False
) -> None:
    """Check that an objective satisfies the laws on which every proof rests.

    The value of a pair is an integer that does not depend on the list it is in, the order of rows, the numbering of
    labels or ids. Values of numbers of pairs are concave. ``linear``, ``compile`` and ``value`` agree with
    ``pair_values`` and ``load_values``. It reads only the columns of ``reads()``, changes no table and keeps no state.
    Then a few people are matched by it, and the plans compared with all plans: none is better, no bound is too low, and
    the proof is accepted.

    Args:
        objective: An instance of your class.
        mentors: People to try it on, such as ``roster.tables()[0]``; some are built in.
        mentees: The other side, such as ``roster.tables()[1]``.
        by_id: Whether values may depend on ids, as those of ``Stability`` do.

    Raises:
        Unlawful: A law is broken; the message names it, an example, and the remedy.
        ProgramError: The people lack a column or a value that the objective reads.
    """
    case = usual(mentors, mentees)
    check_columns(objective, case)
    for stage in _stages(objective):
        _check_class(stage)
        if not stage.threshold:
            answer = partial(_description, stage)
            check_repeatable(stage, answer, case)
            _valued(stage, case)  # what it refuses by a ProgramError for these people is for the caller to hear
            for some in (case, *hard(case)):
                if not _refused(stage, some):
                    _check_lists(stage, some)
                    _check_linear(stage, some)
                    _check_compiled(stage, some)
            check_symmetric(stage, answer, case, by_id)
        _check_plans(stage, case)
    check_reached(objective, case)


def _stages(objective: Objective) -> tuple[Objective, ...]:
    stages = objective.stages()
    if not isinstance(stages, tuple) or not stages or not all(isinstance(stage, Objective) for stage in stages):
        refuse(objective, "`stages` returns a tuple of objectives", f"{stages!r}",
               "leave the method out where the objective is one stage")  # fmt: skip
    return stages


def _check_class(objective: Objective) -> None:
    if type(objective.unit) is not int or objective.unit < 1 or objective.sign not in (1, -1):
        refuse(objective, "`unit` is a whole number from 1, and `sign` is 1 or -1",
               f"{objective.unit!r} and {objective.sign!r}",
               "leave them out where results show the value as it is")  # fmt: skip


def _refused(objective: Objective, case: Case) -> bool:
    """Whether the objective refuses these people with a ProgramError."""
    try:
        _valued(objective, case)
    except ProgramError:
        return True
    return False


def _valued(objective: Objective, case: Case) -> tuple[Any, LoadValues]:
    """The functions of pairs and of numbers of pairs, each validated."""
    people = people_of(case)
    values = tried(objective, case, lambda *_: objective.pair_values(people), ProgramError)
    loads = tried(objective, case, lambda *_: objective.load_values(people), ProgramError)
    if not callable(values):
        refuse(objective, "`pair_values` returns a function", kind(values),
               "return a function of three arrays: i, j and the points of each pair")  # fmt: skip
    if not isinstance(loads, tuple) or len(loads) != 2 or not all(isinstance(x, LoadValue | None) for x in loads):
        refuse(objective, "`load_values` returns two, for the mentors' and the mentees' side", f"{loads!r}",
               "return LoadValue(…) of rmatch.rows for a side, or None where numbers of pairs are worth nothing",
               )  # fmt: skip
    for side, value, size in zip(("mentors", "mentees"), loads, case.shape, strict=True):
        if value is not None:
            _check_load(objective, case, side, value, size)
    return values, loads


def _check_load(objective: Objective, case: Case, side: str, value: LoadValue, size: int) -> None:
    law, first = "no further pair of somebody is worth more than the one before", value.first
    if not isinstance(first, np.ndarray) or first.dtype.kind != "i" or first.shape != (size,):
        shape = f" of {np.shape(first)}" if isinstance(first, np.ndarray) else ""
        refuse(objective, "`first` has a whole number for each person",
               f"{kind(first)}{shape} for {size} {side}: {case.name}",
               "return an int64 for everybody of that side, in the order of the table")  # fmt: skip
    square = value.square
    if not isinstance(square, int | np.integer) or isinstance(square, bool):
        refuse(objective, "`square` is a whole number", f"{square!r} for the {side} of {case.name}",
               "multiply the values, and those of pairs, until it is")  # fmt: skip
    if square < 0 or square > 1 << 31:
        refuse(objective, law if square < 0 else "`square` is 2³¹ at most", f"`square` is {square!r}",
               "give a whole number from 0: more pairs of one person cost more")  # fmt: skip
    if len(first) and (first.min() < 0 or first.max() > 1 << 53):
        worst = first.min() if first.min() < 0 else first.max()
        found = f"{worst} for a first pair of one of the {side} of {case.name}"
        refuse(objective, law, found, "give numbers from 0 up to 2⁵³, or take from each pair in `pair_values` instead")


def _pairs(objective: Objective, case: Case, values: Any, i: IntArray, j: IntArray, points: IntArray) -> IntArray:
    """Value of each listed pair, validated."""
    adds = tried(objective, case, lambda *_: values(i, j, points))
    if not isinstance(adds, np.ndarray) or adds.dtype.kind != "i" or adds.shape != i.shape:
        shape = f", {adds.shape}" if isinstance(adds, np.ndarray) else ""
        refuse(objective, "a pair adds a whole number to the value",
               f"{kind(adds)}{shape} for {len(i)} pairs of {case.name}",
               "return an int64 for each pair; multiply what is no whole number, and round it once")  # fmt: skip
    if len(adds) and max(abs(int(adds.min())), abs(int(adds.max()))) > _MOST:
        refuse(objective, "no pair adds more than 2⁵³", f"{int(np.abs(adds).max())} of {case.name}",
               "measure in a larger unit")  # fmt: skip
    return adds.astype(np.int64)


def _description(objective: Objective, case: Case) -> NDArray[Any]:
    """Value of each pair, and of a first pair of its people, as text, ``(mentors, mentees)``."""
    i, j = np.indices(case.shape).reshape(2, -1)
    cells = np.empty(len(i), object)
    try:
        values, loads = _valued(objective, case)
    except ProgramError as error:
        cells[:] = [f"refused: {error}"] * len(i)
        return cells.reshape(case.shape)
    adds = [_pairs(objective, case, values, i, j, np.full(len(i), score)) for score in _SCORES]
    expected = [", ".join(str(x[k]) for x in adds) + " at scores of 0, ⅓ and 1" for k in range(len(i))]
    for side, value, who in zip(("mentor", "mentee"), loads, (i, j), strict=True):
        if value is not None:
            firsts = value.first[who].tolist()
            expected = [
                f"{t}; a first pair of the {side} {x}, less {value.square} · k²"
                for t, x in zip(expected, firsts, strict=True)
            ]
    cells[:] = expected
    return cells.reshape(case.shape)


def _listed(case: Case) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs in any order, some of them twice, with scores."""
    i, j = case.listed()
    return i, j, np.random.default_rng(1).integers(0, SCALE + 1, len(i))


def _check_lists(objective: Objective, case: Case) -> None:
    """Check that values are equal in any list of pairs: whole, in pieces, one by one, empty."""
    values, _ = _valued(objective, case)
    i, j, points = _listed(case)
    whole = _pairs(objective, case, values, i, j, points)
    for part in (slice(0, case.shape[0]), slice(case.shape[0], None), slice(0, 1), slice(0, 0)):
        adds = _pairs(objective, case, values, i[part], j[part], points[part])
        for k in np.flatnonzero(adds != whole[part])[:1]:
            refuse(objective, "what a pair adds does not depend on the list it stands in",
                   f"{whole[part][k]}, then {adds[k]} for {case.pair(i[part][k], j[part][k])}",
                   "answer each pair from i[k], j[k] and points[k] alone")  # fmt: skip


def _check_linear(objective: Objective, case: Case) -> None:
    linear = tried(objective, case, lambda *_: objective.linear(people_of(case)))
    if linear is None:
        return
    if not isinstance(linear, tuple) or len(linear) != 2 or not all(type(x) is int for x in linear):
        refuse(objective, "`linear` gives two whole numbers, or None", f"{linear!r}",
               "return (times, each) where every pair adds times · points + each")  # fmt: skip
    (times, each), (i, j, points) = linear, _listed(case)
    adds = _pairs(objective, case, _valued(objective, case)[0], i, j, points)
    for k in np.flatnonzero(adds != times * points + each)[:1]:
        refuse(objective, "`linear` and `pair_values` say the same",
               f"{times * points[k] + each} and {adds[k]} for {case.pair(i[k], j[k])}",
               "leave one of the two out")  # fmt: skip


def _check_compiled(objective: Objective, case: Case) -> None:
    valuation = tried(objective, case, lambda *_: objective.compile(people_of(case)))
    if valuation is None:
        return
    law, remedy = "`compile` says the same as the values", "leave `compile` out: the values are enough"
    if not isinstance(valuation, Valuation):
        refuse(objective, "`compile` returns a Valuation, or None", kind(valuation), remedy)
    values, loads = _valued(objective, case)
    i, j, points = _listed(case)
    adds = _pairs(objective, case, values, i, j, points)
    same = tried(objective, case, lambda *_: valuation.of(i, j, points, case.shape[1]))
    for k in np.flatnonzero(adds != same)[:1]:
        refuse(objective, law, f"{same[k]} and {adds[k]} for {case.pair(i[k], j[k])}", remedy)
    draw = np.random.default_rng(0)
    for most in (1, 2, 9):
        many = draw.integers(0, most + 1, case.shape[0]), draw.integers(0, most + 1, case.shape[1])
        expected = sum(int(v.of(k).sum()) for v, k in zip(loads, many, strict=True) if v is not None)
        compiled = tried(objective, case, lambda *_, loads=many: valuation.of_loads(loads))
        if compiled != expected:
            found = f"{compiled} and {expected} for numbers of pairs up to {most} of {case.name}"
            refuse(objective, law, found, remedy)


def _check_plans(objective: Objective, case: Case) -> None:
    """Check that the value of a plan is the sum over its pairs and loads, or its least score."""
    people, draw = people_of(case), np.random.default_rng(0)
    i, j = np.indices(case.shape).reshape(2, -1)
    for share in (0.0, 0.1, 0.5):
        some = draw.permutation(np.flatnonzero(draw.random(len(i)) < share))
        points = draw.integers(0, SCALE + 1, len(some))
        value = tried(objective, case, lambda *_, k=some, p=points: objective.value(people, i[k], j[k], p))
        if objective.threshold:
            expected = int(points.min(initial=SCALE))
        else:
            values, loads = _valued(objective, case)
            many = [np.bincount(who[some], minlength=size) for who, size in zip((i, j), case.shape, strict=True)]
            expected = int(_pairs(objective, case, values, i[some], j[some], points).sum())
            expected += sum(int(v.of(k).sum()) for v, k in zip(loads, many, strict=True) if v is not None)
        if value != expected or not isinstance(value, int):
            law = "its least score" if objective.threshold else "what `pair_values` and `load_values` add up to"
            refuse(objective, f"the `value` of a plan is {law}",
                   f"{value!r} and {expected} for {len(some)} pairs of {case.name}",
                   "leave `value` out: it follows from the others")  # fmt: skip
