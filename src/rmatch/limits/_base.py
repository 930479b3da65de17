"""The base class of limits, linear rows over the pairs of a plan; and the rows as they are solved and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, TypeAlias

import numpy as np

from rmatch.columns import FloatArray, IntArray, Table
from rmatch.element import Spec, asked
from rmatch.errors import ProgramError
from rmatch.factors import Sparse
from rmatch.rows import Condition, Couples, Named, Part, People, Product, Row, Side

_SIDES = {"mentor": 0, "mentee": 1}
_TESTS = "`rmatch.testing.check_limit` tests such a class"
_WHOLE = "multiply the row, and its bounds, until every coefficient is whole"


@dataclass(frozen=True)
class Limit(Spec):
    """A bound on numbers of pairs: rows ``least ≤ Σ coefficient(i, j) · x_ij ≤ most`` that every plan satisfies.

    A subclass defines :meth:`rows` only; it is solved, proved and checked by them.
    :func:`rmatch.testing.check_limit` tests them.
    """

    family: ClassVar[str] = "limits"

    plain: ClassVar[bool] = False
    """Whether capacities and fixed pairs alone keep it, for any people."""
    in_circles: ClassVar[bool] = False
    """Whether the mentees of a mentor meet together."""
    caps: ClassVar[bool] = False
    """Whether nobody may have more than it grants them, whatever they wrote."""
    of_last_plan: ClassVar[bool] = False
    """Whether it compares a plan with an earlier one."""
    instead: ClassVar[str] = ""
    """What to write in its place in a track, where it is about the pairs of a person in both roles; else empty."""

    @property
    def fixed_pairs(self) -> Sequence[tuple[str, str]]:
        """The ``(mentor_id, mentee_id)`` pairs that every plan must contain."""
        return ()

    @property
    def total_bounds(self) -> tuple[int | None, int | None]:
        """Fewest and most pairs of the whole plan, where this limit bounds them alone."""
        return None, None

    @property
    def whole(self) -> Limit:
        """The limit without its track."""
        return self

    def holding(self, inner: Limit) -> Limit:
        """Return ``inner`` in the track of this limit."""
        return inner

    @property
    def label(self) -> str:
        """How a message names the limit."""
        return f"`{self.name}`"

    def ratio(self, mentors: Table, mentees: Table) -> tuple[Sparse, Sparse] | None:
        """Return the pairs that count, as factors of both sides, where the limit bounds their share of all pairs."""
        return None

    def by_value(self, mentors: Table, mentees: Table) -> Iterator[Limit]:
        """Yield limits that say the same together, each about one value and one bound."""
        yield self

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return the rows of the limit for both sides in canonical order.

        Args:
            people: Both sides; ``people.mentors`` and ``people.mentees`` have the columns that :meth:`reads` names.

        Raises:
            TypeError: The class does not define it.
        """
        raise TypeError(f"{type(self).__name__} must define `rows`")

    @property
    def unspoken(self) -> str:
        """Name of the method that the class must define and does not; else empty."""
        return "`rows(people)`" if type(self).rows is Limit.rows else ""

    def grants(self, side: Side) -> int | None:
        """Return the capacity of people on ``side`` who have none of their own; None where it stays 1."""
        return None

    def granted(self, side: Side, table: Table) -> FloatArray | None:
        """Return :meth:`grants` for each person of ``table``, ``(people,)``; infinite for who is granted nothing."""
        granted = self.grants(side)
        return None if granted is None else np.full(len(table.ids), float(granted))

    def lazily(self, people: People, plans: Sequence[tuple[IntArray, IntArray]]) -> Limit | None:
        """Return the limit on no more than the rows that these plans break, if so few are broken that they are added
        as they are; else None.
        """
        return None

    def for_rounds(self, k: int) -> Limit | None:
        """Return the limit on ``k`` rounds together that holds exactly where they can be split so that each round keeps
        this one; None where there is none.
        """
        return None

    def figure(self, people: People, i: IntArray, j: IntArray) -> str | None:
        """Return what a plan with pairs ``(i, j)`` attains, as text; None where there is nothing to report."""
        sums = [int(k) for row in held_rows(self, people) for k in row.sums(i, j, people.shape)] or [0]
        return f"{sums[0]:,}" if len(sums) == 1 else f"{min(sums):,} to {max(sums):,}"

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the people who may have no further pair beside the pairs ``(i, j)``, with a sentence."""
        yield from ()


Reached: TypeAlias = tuple[Side, IntArray, str]
"""A side, positions of people, and why they may have no further pair."""

MANY = 1 << 53
"""No number of pairs is larger: integers up to this are exact in float64."""


def refuse_bounds(limit: Limit, least: float | None, most: float | None) -> None:
    """Refuse bounds that make no sense.

    Args:
        limit: The limit, for the message.
        least, most: Its bounds.

    Raises:
        ProgramError: Both are absent, one is negative, or the least is above the most.
    """
    who = type(limit).__name__
    if least is None and most is None:
        raise ProgramError(f"{who}: give `least`, `most` or both")
    for field, bound in (("least", least), ("most", most)):
        if bound is not None and bound < 0:
            raise ProgramError(f"{who}: `{field}` must be 0 or more, not {bound!r}")
        if bound is not None and bound > MANY:
            raise ProgramError(f"{who}: `{field}` is beyond any number of pairs; leave it out")
    if least is not None and most is not None and least > most:
        raise ProgramError(f"{who}: `least` is {least!r}, above `most`, which is {most!r}; swap them or drop one")


def times(bound: int | None, k: int) -> int | None:
    """Return ``k`` times a bound, as far as it is one; None stays None."""
    return None if bound is None else min(bound * k, MANY)


def bounds_in_words(least: int | None, most: int | None) -> str:
    """Return ``2 to 5 pairs``, ``at least 1 pair``, ``at most 5 pairs`` or ``exactly 5 pairs``."""
    last = most if most is not None else least
    noun = f"{last:,} pair{'s' * (last != 1)}"
    if least is None or most is None:
        return f"at {'most' if least is None else 'least'} {noun}"
    return f"exactly {noun}" if least == most else f"{least:,} to {noun}"


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
        found += held_rows(limit, people)
    return with_distinct_names(tuple(found), taken)


def held_rows(limit: Limit, people: People) -> tuple[Row, ...]:
    """Return the rows of one limit; of one from outside the package, each answer of a condition is looked at.

    Args:
        limit: A limit, built in or not.
        people: Both sides in canonical order.

    Raises:
        ProgramError: ``rows`` of the limit failed, or are no rows of whole numbers.
    """
    rows: Any = asked(limit.called, "rows", partial(limit.rows, people))
    wrong = "" if isinstance(rows, tuple) else f"`rows` returns a tuple of `Row`, not {type(rows).__name__}"
    wrong = wrong or next((said for row in rows for said in _wrong(row)), "")
    own = limit.from_outside and limit.whole is limit  # in a track, its rows are held before they are about everybody
    if own and not wrong:
        wrong = next((said for row in rows for said in _out_of_range(row, people.shape)), "")
    if wrong:
        raise ProgramError(f"[[limits]] {limit.name}: {wrong}. {_TESTS}")
    return tuple(_held(limit.called, rows)) if own else rows


def with_distinct_names(rows: tuple[Row, ...], taken: Sequence[str] = ()) -> tuple[Row, ...]:
    """Return the rows with distinct names: a repeated name gets a number appended.

    Args:
        rows: Rows whose names may repeat.
        taken: Names that no row may have, such as those of objectives.
    """
    seen, found = set(taken), []
    for row in rows:
        name, number = row.name, 1
        while name in seen:
            number += 1
            name = f"{row.name} {number}"
        seen.add(name)
        found.append(row if name == row.name else replace(row, name=name))
    return tuple(found)


def _wrong(row: Any) -> Iterator[str]:
    """What is no row of whole numbers, in words."""
    if isinstance(row, Row):
        yield from _wrong_numbers(row)
    else:
        yield f"`rows` returns a tuple of `Row`, and one of them is {type(row).__name__}"


def _wrong_numbers(row: Row) -> Iterator[str]:
    if not (isinstance(row.parts, tuple) and all(isinstance(part, Part) for part in row.parts)):
        yield f"`parts` of the row {row.name!r} is a tuple of `Part`, such as `(Part(),)`"
        return
    if not (row.each in (None, "mentor", "mentee") or isinstance(row.each, Couples)):
        yield f'`each` of the row {row.name!r} is "mentor", "mentee" or left out, not {row.each!r}'
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


def _out_of_range(row: Row, shape: tuple[int, int]) -> Iterator[str]:
    """What is no bound for each person, or no position of anybody, in words."""
    size = None if row.each is None else len(row.each) if isinstance(row.each, Couples) else shape[_SIDES[row.each]]
    for field, bound in (("least", row.least), ("most", row.most)):
        if isinstance(bound, np.ndarray) and bound.shape != (size,):
            wanted = "one number, as it has no `each`" if size is None else f"one number, or one for each, {(size,)}"
            yield f"`{field}` of the row {row.name!r} is {wanted}, not {bound.shape}"
    for part in row.parts:
        for side, places, people in zip(("mentors", "mentees"), (part.mentors, part.mentees), shape, strict=True):
            if places is not None and len(places) and not -1 <= int(places.min()) <= int(places.max()) < people:
                yield f"`{side}` of a part of the row {row.name!r} are positions from 0 to {people - 1}"


def _held(called: str, rows: Sequence[Row]) -> Iterator[Row]:
    """Rows whose conditions are looked at; the same condition stays the same one. Position -1, nobody, is left out."""
    known: dict[int, Condition] = {}
    for row in rows:
        parts = []
        for part in row.parts:
            pairs = part.pairs
            if pairs is not None and not isinstance(pairs, Named):
                kind = _HeldProduct if isinstance(pairs, Product) else _HeldCondition
                pairs = known.setdefault(id(pairs), kind(called, row.name, pairs))
            mentors, mentees = (None if some is None else some[some >= 0] for some in (part.mentors, part.mentees))
            parts.append(Part(part.times, mentors, mentees, pairs))
        yield replace(row, parts=tuple(parts))


@dataclass(frozen=True, eq=False)
class _HeldCondition:
    """A condition of somebody's own limit: it answers with an array, one entry for each pair."""

    called: str
    row: str
    condition: Condition

    def __call__(self, i: IntArray, j: IntArray) -> IntArray:
        what = f"a condition of the row {self.row!r}"
        answer: Any = asked(self.called, what, partial(self.condition, i, j))
        if not (isinstance(answer, np.ndarray) and answer.dtype.kind in "biu" and answer.shape == i.shape):
            kind = f"{answer.dtype} {answer.shape}" if isinstance(answer, np.ndarray) else type(answer).__name__
            raise ProgramError(
                f"{self.called}: {what} answers with an array of bool or of whole numbers, one for each pair, "
                f"{i.shape}, not {kind}; {_TESTS}"
            )
        return answer.astype(np.int64)


@dataclass(frozen=True, eq=False)
class _HeldProduct(_HeldCondition):
    def factors(self) -> tuple[Sparse, Sparse]:
        assert isinstance(self.condition, Product)
        return asked(self.called, f"`factors` of a condition of the row {self.row!r}", self.condition.factors)


def _whole(number: object) -> bool:
    """Whether something is a whole number, or an array of them."""
    if isinstance(number, np.ndarray):
        return number.dtype.kind in "iu"
    return isinstance(number, int | np.integer) and not isinstance(number, bool | np.bool_)
