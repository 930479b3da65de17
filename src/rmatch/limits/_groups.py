"""Limits on the pairs of people who have an attribute in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Literal

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import Category, Column, IntArray, Items, Number, Table, distinct_texts, fold
from rmatch.errors import ProgramError
from rmatch.factors import Sparse
from rmatch.limits._alike import Alike
from rmatch.limits._base import Limit, Reached, bounds_in_words, refuse_bounds, times
from rmatch.rows import Part, People, Row, Side


@dataclass(frozen=True)
class _OfValue(Limit):
    """A limit that counts the pairs of people whose ``column`` is ``value``; of each value that occurs without one."""

    side: Literal["mentor", "mentee"]
    column: str
    value: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.column:
            raise ProgramError(f"{type(self).__name__}: `column` is missing")
        if self.value is not None and not self.value.strip():
            raise ProgramError(f"{type(self).__name__}: `value` is blank; leave it out to limit every value")

    @property
    def name(self) -> str:
        value = [] if self.value is None else [_signed(self.value).replace(" ", "_")]
        return "_".join([self.kind(), self.side, self.column, *value])

    @property
    def counted(self) -> Side:
        """The side whose column is read."""
        return self.side

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ((self.column,), ()) if self.counted == "mentor" else ((), (self.column,))

    def members(self, mentors: Table, mentees: Table) -> dict[str, IntArray]:
        """Return the positions of the people of each group by value, in the order of the folded values.

        Raises:
            ProgramError: No person in the export has ``value``; the message suggests a similar one.
        """
        table, other = (mentors, mentees) if self.counted == "mentor" else (mentees, mentors)
        column, value = table[self.column], self.value
        rows, entry, labels = _values_held(column)
        keys = [_key(column, word) for word in labels]
        spelled = dict(zip(reversed(keys), reversed(labels), strict=True))
        number = {key: k for k, key in enumerate(spelled)}
        entry = np.array([number[key] for key in keys], np.int64)[entry]
        if value is None:
            return {spelled[key]: rows[entry == number[key]] for key in sorted(spelled) if (entry == number[key]).any()}
        key = _key(column, value)
        if key in spelled:
            return {spelled[key]: rows[entry == number[key]]}
        elsewhere = _values_held(other[self.column])[2] if self.column in other else []
        known = {_key(column, word): word for word in elsewhere} | spelled
        if key not in known:
            near = [f" Did you mean {known[close]!r}?" for close in get_close_matches(key, sorted(known), 1)]
            raise ProgramError(
                f"{type(self).__name__}: no {self.counted} has the {self.column} {value!r}.{''.join(near)}"
            )
        return {value: rows[:0]}

    def _parts(self, people: People) -> Iterator[tuple[str, tuple[Part]]]:
        """The name of a row for each value, and the people whose pairs it counts."""
        for word, rows in self.members(people.mentors, people.mentees).items():
            own = Part(mentors=rows) if self.counted == "mentor" else Part(mentees=rows)
            yield self.name if self.value is not None else f"{self.name}_{fold(word).replace(' ', '_')}", (own,)

    def _whose(self) -> str:
        label = self.column.replace("_", " ")
        each = f"of each {label}" if self.value is None else f"whose {label} is {self.value}"
        return f"{self.counted}s {each}"


@dataclass(frozen=True)
class Group(_OfValue):
    """Bounds on the number of pairs of the people on one ``side`` whose ``column`` is ``value``.

    Without a ``value`` the bounds apply to each value that occurs on that side. In a list column a person belongs to
    each of their items. Values match after folding case and spaces.

    Args:
        side: ``"mentor"`` or ``"mentee"``.
        column: Column that is read.
        value: Value of the group; None for every value.
        least, most: Fewest and most pairs.
    """

    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_bounds(self, self.least, self.most)

    @property
    def key(self) -> str | None:
        """Folded form of ``value``; None where each value is limited."""
        return None if self.value is None else _signed(self.value)

    def by_value(self, mentors: Table, mentees: Table) -> Iterator[Limit]:
        """Yield the bounds of each group, least and most apart."""
        for word in self.members(mentors, mentees):
            for least, most in ((self.least, None), (None, self.most)):
                if least or most is not None:
                    yield Group(self.side, self.column, value=word, least=least, most=most)

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each group."""
        return tuple(Row(name, parts, self.least, self.most) for name, parts in self._parts(people))

    def for_rounds(self, k: int) -> Group:
        """Return the limit with ``k`` times the least and the most."""
        return replace(self, least=times(self.least, k), most=times(self.most, k))

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the people of each group that has its most pairs, with a sentence."""
        own = i if self.side == "mentor" else j
        for word, rows in self.members(people.mentors, people.mentees).items():
            if self.most is not None and np.isin(own, rows).sum() >= self.most:
                column = self.column.replace("_", " ")
                sentence = f"At most {self.most} pairs are for {self.side}s whose {column} is {word!r}."
                yield self.side, rows, sentence

    def in_words(self) -> str:
        return f"{bounds_in_words(self.least, self.most)} of {self._whose()}"


@dataclass(frozen=True)
class Spread(_OfValue):
    """At most ``most`` pairs of each person on ``side`` with people whose ``column`` has the same value.

    ``Spread("mentor", "department")`` allows a mentor one mentee from each department. With a ``value`` only that one
    is limited. Missing answers are not limited.

    Args:
        side: ``"mentor"`` or ``"mentee"``.
        column: Column of the other side.
        value: Limited value; None for every value.
        most: Most pairs with each value.
    """

    most: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_bounds(self, None, self.most)

    @property
    def others(self) -> Side:
        """The other side, whose column is read."""
        return "mentee" if self.side == "mentor" else "mentor"

    counted = others

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each value and person of ``side``."""
        return tuple(Row(name, parts, most=self.most, each=self.side) for name, parts in self._parts(people))

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return the most pairs of any person with one value, as text."""
        most = max((int(row.sums(i, j, people.shape).max(initial=0)) for row in self.rows(people)), default=0)
        return f"{most:,} at most"

    def in_words(self) -> str:
        return f"each {self.side} has {bounds_in_words(None, self.most)} with {self._whose()}"


@dataclass(frozen=True)
class Share(Limit):
    """Bounds on the share of all pairs whose two people differ, or agree, in ``column``.

    Of several columns a pair must differ, or agree, in every one. A missing answer on either side counts as neither.

    Args:
        column: One column or several.
        differ: Whether pairs that differ are counted, or pairs that agree.
        least, most: Bounds in [0, 1].
    """

    column: str | Listed[str]
    differ: bool = True
    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.columns or not all(self.columns):
            raise ProgramError("Share: `column` is missing")
        if len(set(self.columns)) < len(self.columns):
            raise ProgramError(f"Share: `column` must name each column once, not {self.columns!r}")
        for field, share in (("least", self.least), ("most", self.most)):
            if share is not None and share > 1:
                raise ProgramError(f"Share: `{field}` is {share:g}, a share above 100 %; write 40 % as 0.4")
            if share is not None and not share >= 0:
                raise ProgramError(f"Share: `{field}` must lie in [0, 1], not {share!r}")
        refuse_bounds(self, self.least, self.most)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, as a tuple."""
        return (self.column,) if isinstance(self.column, str) else tuple(self.column)

    @property
    def name(self) -> str:
        return "_".join(["share", *(() if self.differ else ("same",)), *self.columns])

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.columns, self.columns

    def fractions(self) -> tuple[Fraction | None, Fraction | None]:
        """Return ``least`` and ``most`` as exact fractions with denominators up to 10,000: 0.4 is 2/5."""
        least, most = (
            None if x is None else Fraction(str(x)).limit_denominator(10_000) for x in (self.least, self.most)
        )
        return least, most

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return for a share ``p / q`` the row ``q · (pairs that count) - p · (all pairs)``, at least or at most 0."""
        counts = Alike.between(people.mentors, people.mentees, self.columns, self.differ)
        found = []
        for share, word in zip(self.fractions(), ("least", "most"), strict=True):
            if share is not None:
                parts = Part(share.denominator, pairs=counts), Part(-share.numerator)
                bounds = (0, None) if word == "least" else (None, 0)
                found.append(Row(f"{self.name} ({word})", parts, *bounds))
        return tuple(found)

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return the share that a plan attains, as text."""
        count = int(Alike.between(people.mentors, people.mentees, self.columns, self.differ)(i, j).sum())
        return f"{count / len(i):.1%} ({count:,} of {len(i):,})" if len(i) else "no pairs"

    def ratio(self, mentors: Table, mentees: Table) -> tuple[Sparse, Sparse]:
        """Return the pairs that differ, or agree, as factors of both sides."""
        return Alike.between(mentors, mentees, self.columns, self.differ).factors()

    def in_words(self) -> str:
        least, most = (None if x is None else f"{100 * x:g}" for x in (self.least, self.most))
        if least is None or most is None:
            bounds = f"at {'most' if least is None else 'least'} {least or most} %"
        else:
            bounds = f"exactly {least} %" if least == most else f"{least} to {most} %"
        columns = " and ".join(column.replace("_", " ") for column in self.columns)
        return f"{bounds} of the pairs {'differ' if self.differ else 'are the same'} in {columns}"


def _signed(value: str) -> str:
    """The folded value with its sign, for it may be a number."""
    return ("-" if value.strip().startswith("-") else "") + fold(value)


def _values_held(column: Column) -> tuple[IntArray, IntArray, list[str]]:
    """Values of a column as written, and for each answer the person and the index of the value."""
    if isinstance(column, Items):
        return column.rows, column.ids, [str(word) for word in column.labels]
    if isinstance(column, Category):
        rows = np.flatnonzero(~column.missing)
        return rows, column.codes[rows], [str(word) for word in column.labels]
    rows = np.flatnonzero(~column.missing)
    written, entry = distinct_texts(column.cells()[rows])
    unused = [word for word in column.order if word not in written]
    return rows, entry, [*written.tolist(), *unused]


def _key(column: Column, word: str) -> str:
    """The form that spellings of one value share; a number is its own, because folding would lose its sign."""
    if isinstance(column, Number) and not column.order:
        with suppress(ValueError):
            return f"{float(word):.15g}"
    return fold(word)
