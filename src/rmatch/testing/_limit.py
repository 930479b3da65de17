"""Conformance test of limits."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import IntArray, Table
from rmatch.errors import ProgramError
from rmatch.factors import dot
from rmatch.limits import Limit, with_distinct_names
from rmatch.rows import UNBOUNDED, Named, Part, Product, Row
from rmatch.testing._laws import check_columns, check_repeatable, check_symmetric, kind, refuse, tried
from rmatch.testing._people import Case, hard, usual
from rmatch.testing._trial import check_kept, people_of

_MOST = 1 << 31  # of a coefficient: the sum over all pairs stays a whole number
_WHOLE = (int, np.integer)


def check_limit(
    limit: Limit, mentors: Table | None = None, mentees: Table | None = None, *, by_id: bool = False
) -> None:
    """Check that a limit satisfies the laws on which every proof rests.

    Its rows are valid for any people: integer coefficients for any list of pairs, bounds in order, positions in range.
    They depend on the people only, not on the order of rows, the numbering of labels or ids. It reads only the columns
    of ``reads()``, changes no table and keeps no state. Then a few people are matched under it, and the plans compared
    with all plans that satisfy the rows: none is better, no bound is too low, and the proof is accepted.

    Args:
        limit: An instance of your class.
        mentors: People to try it on, such as ``roster.tables()[0]``; some are built in.
        mentees: The other side, such as ``roster.tables()[1]``.
        by_id: Whether rows may depend on ids, as those of ``Lock`` do.

    Raises:
        Unlawful: A law is broken; the message names it, an example, and the remedy.
        ProgramError: The people lack a column or a value that the limit reads.
    """
    case = usual(mentors, mentees)
    check_columns(limit, case)
    _check_grants(limit)
    answer = partial(_description, limit)
    check_repeatable(limit, answer, case)
    _asked(limit, case)  # what it refuses by a ProgramError for these people is for the caller to hear
    for some in (case, *hard(case)):
        for row in _rows(limit, some):
            _check_lists(limit, row, some)
            _check_forms(limit, row, some)
    check_symmetric(limit, answer, case, by_id)
    check_kept(limit, case)


def _check_grants(limit: Limit) -> None:
    for side in ("mentor", "mentee"):
        granted = limit.grants(side)
        if granted is not None and (not _whole(granted) or granted < 1):
            refuse(limit, "`grants` gives a whole number of pairs from 1, or None", f"{granted!r} for each {side}",
                   "leave the method out where somebody without a capacity has room for one pair")  # fmt: skip


def _whole(value: object) -> bool:
    return isinstance(value, _WHOLE) and not isinstance(value, bool | np.bool_)


def _rows(limit: Limit, case: Case) -> tuple[Row, ...]:
    """The rows for a case; none where the limit refuses the people with a ProgramError."""
    try:
        return _asked(limit, case)
    except ProgramError:
        return ()


def _asked(limit: Limit, case: Case) -> tuple[Row, ...]:
    """The rows for a case, each validated."""
    rows = tried(limit, case, lambda *_: limit.rows(people_of(case)), ProgramError)
    if not isinstance(rows, tuple) or not all(isinstance(row, Row) for row in rows):
        found = type(rows).__name__ if not isinstance(rows, tuple) else [type(row).__name__ for row in rows]
        refuse(limit, "`rows` returns a tuple of rows", f"{found} for {case.name}", "return (Row(…), …) of rmatch.rows")
    for row in rows:
        _check_row(limit, row, case)
    return with_distinct_names(rows)


def _check_row(limit: Limit, row: Row, case: Case) -> None:
    if not isinstance(row.name, str) or not row.name:
        refuse(limit, "a row has a name", f"{row.name!r} for {case.name}", "give it the limit's `name`, or one with it")
    if row.each not in (None, "mentor", "mentee"):
        refuse(limit, "a row is for `each` mentor or mentee, or for all", f"{row.each!r} in {row.name}",
               'say "mentor" or "mentee", or leave `each` out')  # fmt: skip
    if not isinstance(row.parts, tuple) or not row.parts or not all(isinstance(part, Part) for part in row.parts):
        refuse(limit, "a row consists of parts", f"{row.parts!r} in {row.name}", "give `parts` as a tuple of Part")
    for part in row.parts:
        _check_part(limit, row, part, case)
    _check_bounds(limit, row, case)
    _check_or_none(limit, row)


def _check_part(limit: Limit, row: Row, part: Part, case: Case) -> None:
    if not _whole(part.times) or abs(int(part.times)) > _MOST:
        refuse(limit, "`times` is a whole number, up to 2³¹", f"{part.times!r} in {row.name}",
               "multiply the row, and its bounds, until every coefficient is whole")  # fmt: skip
    for side, some, size in zip(("mentors", "mentees"), (part.mentors, part.mentees), case.shape, strict=True):
        if some is None:
            continue
        if not isinstance(some, np.ndarray) or some.dtype.kind != "i" or some.ndim != 1:
            refuse(limit, f"`{side}` of a part are positions", f"{kind(some)} in {row.name} for {case.name}",
                   "give a numpy array of whole numbers, or None for everybody; np.flatnonzero makes one")  # fmt: skip
        if len(some) and (some.min() < -1 or some.max() >= size or len(np.unique(some)) < len(some)):
            refuse(limit, f"`{side}` of a part are positions of people, each once, or -1 for nobody",
                   f"{some.tolist()} of {size} in {row.name} for {case.name}",
                   "count from 0 in the order of the table")  # fmt: skip


def _check_bounds(limit: Limit, row: Row, case: Case) -> None:
    size = 1 if row.each is None else case.shape[("mentor", "mentee").index(row.each)]
    if row.least is None and row.most is None:
        refuse(limit, "a row has a bound", f"neither `least` nor `most` in {row.name}", "give one of them, or both")
    for side, bound in (("least", row.least), ("most", row.most)):
        if bound is None or _whole(bound):
            continue
        fine = isinstance(bound, np.ndarray) and bound.dtype.kind == "i" and row.each is not None
        if not fine or np.shape(bound) != (size,):
            shape = f" of {np.shape(bound)}" if isinstance(bound, np.ndarray) else ""
            refuse(limit, f"`{side}` is a whole number or, with `each`, an array of one for each person",
                   f"{kind(bound)}{shape} in {row.name} for {case.shape} people: {case.name}",
                   "round it so that it allows no more than you mean, or give an int64 for everybody of that side",
                   )  # fmt: skip
    least, most = row.bounds(case.shape)
    if (least > most).any() or (np.abs([least, most]) > UNBOUNDED).any():
        k = int(np.argmax(least > most))
        refuse(limit, "the least is no more than the most", f"{least[k]} to {most[k]} in {row.name} for {case.name}",
               "refuse such a limit when it is made, by a ProgramError")  # fmt: skip


def _check_or_none(limit: Limit, row: Row) -> None:
    if row.or_none and (row.each is None or [(part.bare, part.times) for part in row.parts] != [(True, 1)]):
        refuse(limit, "`or_none` is for rows that count each person's pairs", f"something else in {row.name}",
               "give `each` and one `Part()`")  # fmt: skip


# ---------------------------------------------------------------- coefficients of pairs


def _coefficients(limit: Limit, row: Row, case: Case, i: IntArray, j: IntArray) -> IntArray:
    """The coefficients of listed pairs, each condition validated."""
    for part in row.parts:
        if part.pairs is None:
            continue
        condition = part.pairs
        if not callable(condition):
            refuse(limit, "`pairs` of a part is a condition", f"{kind(condition)} in {row.name}",
                   "give a function of two arrays, i and j, or None for every pair")  # fmt: skip
        answer = tried(limit, case, lambda *_, met=condition: met(i, j))
        if not isinstance(answer, np.ndarray) or answer.dtype.kind not in "bi" or answer.shape != i.shape:
            shape = f" of {np.shape(answer)}" if isinstance(answer, np.ndarray) else ""
            refuse(limit, "a condition answers for each listed pair, by True and False or a whole number",
                   f"{kind(answer)}{shape} for {len(i)} pairs in {row.name} for {case.name}",
                   "return a numpy array of bool, or of int64, one for each pair")  # fmt: skip
        if len(answer) and np.abs(answer.astype(np.int64)).max() > _MOST:
            refuse(limit, "a condition is a whole number up to 2³¹", f"{np.abs(answer).max()} in {row.name}",
                   "measure in a larger unit")  # fmt: skip
    found: IntArray = tried(limit, case, lambda *_: row.coefficients(i, j))
    return found


def _description(limit: Limit, case: Case) -> NDArray[Any]:
    """The rows' effect on each pair as text, ``(mentors, mentees)``."""
    i, j = np.indices(case.shape).reshape(2, -1)
    described: list[list[str]] = [[] for _ in i]
    try:
        rows = _asked(limit, case)
    except ProgramError as error:
        described, rows = [[f"refused: {error}"] for _ in i], ()
    for row in rows:
        adds = _coefficients(limit, row, case, i, j)
        least, most = row.bounds(case.shape)
        which = row.number(i, j)
        for k in np.flatnonzero(adds).tolist():
            fewest = f", {row.fewest(case.shape)[which[k]]} if any" * row.or_none
            described[k].append(
                f"{row.name} counts {adds[k]}, {_within(int(least[which[k]]), int(most[which[k]]))}{fewest}"
            )
        counted = np.zeros(len(least), bool)
        counted[which[adds != 0]] = True
        if (~counted & ((least > 0) | (most < 0))).any():
            described = [[*each, f"{row.name} cannot hold"] for each in described]
    cells = np.empty(len(i), object)
    cells[:] = ["; ".join(each) for each in described]
    return cells.reshape(case.shape)


def _within(least: int, most: int) -> str:
    return " and ".join(
        f"at {word} {bound}" for word, bound in (("least", least), ("most", most)) if abs(bound) < UNBOUNDED
    )


def _check_lists(limit: Limit, row: Row, case: Case) -> None:
    """Check that coefficients are equal in any list of pairs: shuffled, repeated, in pieces, empty."""
    every = np.indices(case.shape).reshape(2, -1)
    whole = _coefficients(limit, row, case, *every).reshape(case.shape)
    (i, j), m = case.listed(), case.shape[0]
    for part in (slice(None), slice(0, m), slice(m, None), slice(0, 0)):
        adds = _coefficients(limit, row, case, i[part], j[part])
        for k in np.flatnonzero(adds != whole[i[part], j[part]])[:1]:
            a, b = i[part][k], j[part][k]
            refuse(limit, "the coefficient of a pair does not depend on the list it stands in",
                   f"{whole[a, b]}, then {adds[k]} for {case.pair(a, b)} in {row.name}",
                   "answer each pair from i[k] and j[k] alone")  # fmt: skip


def _check_forms(limit: Limit, row: Row, case: Case) -> None:
    """Check that a condition that is also a product, or a list, is the same in both forms."""
    i, j = np.indices(case.shape).reshape(2, -1)
    for condition in (part.pairs for part in row.parts if part.pairs is not None):
        plain = np.asarray(condition(i, j), np.int64)
        for form, other in _forms(limit, condition, case, i, j):
            for k in np.flatnonzero(plain != other)[:1]:
                refuse(limit, f"a condition with `{form}` says the same in both forms",
                       f"{plain[k]}, and {other[k]} by its {form}, for {case.pair(i[k], j[k])} in {row.name}",
                       f"leave `{form}` out: the condition is enough")  # fmt: skip


def _forms(limit: Limit, condition: object, case: Case, i: IntArray, j: IntArray) -> Iterator[tuple[str, IntArray]]:
    if isinstance(condition, Product):
        factors = condition.factors()
        yield "factors", np.rint(tried(limit, case, lambda *_: dot(*factors, i, j)[0])).astype(np.int64)
    if isinstance(condition, Named):
        keys = condition.keys
        if (np.diff(keys) <= 0).any():
            refuse(limit, "the `keys` of a condition ascend, each once", f"{keys[:5].tolist()}…", "sort them")
        yield "keys", np.isin(i * np.int64(case.shape[1]) + j, keys).astype(np.int64)
