"""The rows of a program's limits, as they are solved, proved and checked: whole numbers, under distinct names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from rmatch.element import asked
from rmatch.errors import ProgramError
from rmatch.limits._base import Limit
from rmatch.rows import Part, People, Row, with_distinct_names

_WHOLE = "multiply the row, and its bounds, until every coefficient is whole"


def rows_of(limits: Iterable[Limit], people: People, taken: Sequence[str] = ()) -> tuple[Row, ...]:
    """Return the rows of limits with distinct names.

    Args:
        limits: Limits, built in or not.
        people: Both sides in canonical order.
        taken: Names that no row may have, such as those of objectives.

    Raises:
        ProgramError: A limit's ``rows`` are no rows of whole numbers.
    """
    found: list[Row] = []
    for limit in limits:
        rows: Any = asked(limit.called, "rows", partial(limit.rows, people))
        wrong = "" if isinstance(rows, tuple) else f"`rows` returns a tuple of `Row`, not {type(rows).__name__}"
        wrong = wrong or next((said for row in rows for said in _wrong(row)), "")
        if wrong:
            raise ProgramError(f"[[limits]] {limit.name}: {wrong}. `rmatch.testing.check_limit` tests such a class")
        found += rows
    return with_distinct_names(tuple(found), taken)


def _wrong(row: Any) -> Iterator[str]:
    """What is no row of whole numbers, in words."""
    if isinstance(row, Row):
        yield from _wrong_numbers(row)
    else:
        yield f"`rows` returns a tuple of `Row`, and one of them is {type(row).__name__}"


def _wrong_numbers(row: Row) -> Iterator[str]:
    for field, bound in (("least", row.least), ("most", row.most)):
        if bound is not None and not _whole(bound):
            yield f"`{field}` of the row {row.name!r} is no whole number; {_WHOLE}"
    if row.or_none and (row.each is None or [(part.bare, part.times) for part in row.parts] != [(True, 1)]):
        yield f"`or_none` of the row {row.name!r} is for rows that count each person's pairs: `each`, and one `Part()`"
    for part in row.parts:
        yield from _wrong_part(row.name, part)


def _wrong_part(name: str, part: Part) -> Iterator[str]:
    if not _whole(part.times) or isinstance(part.times, np.ndarray):
        yield f"`times` of a part of the row {name!r} is {part.times!r}, no whole number; {_WHOLE}"
    for side, places in (("mentors", part.mentors), ("mentees", part.mentees)):
        if places is not None and not (isinstance(places, np.ndarray) and places.dtype.kind in "iu"):
            yield (
                f"`{side}` of a part of the row {name!r} are positions, an array of whole numbers; `np.flatnonzero` "
                "makes them of a mask"
            )


def _whole(number: object) -> bool:
    """Whether something is a whole number, or an array of them."""
    if isinstance(number, np.ndarray):
        return number.dtype.kind in "iu"
    return isinstance(number, int | np.integer) and not isinstance(number, bool | np.bool_)
