"""A limit on the pairs of one track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray, Table
from rmatch.criteria import InTrack, spread
from rmatch.factors import Sparse
from rmatch.limits._base import Limit, Reached, held_rows
from rmatch.rows import UNBOUNDED, Condition, Named, Part, People, Product, Row, Side
from rmatch.schema.tracks import Members, Teaching, seniors


@dataclass(frozen=True)
class _TrackLimit(InTrack, Limit):
    """A limit on the pairs of a track."""

    inner: Limit = field(default_factory=Limit)

    @property
    def label(self) -> str:
        return f"{self.inner.label} of {self.teaching.name}"

    @property
    def plain(self) -> bool:  # type: ignore[override]
        return self.inner.plain

    @property
    def caps(self) -> bool:  # type: ignore[override]
        return self.inner.caps

    @property
    def in_circles(self) -> bool:  # type: ignore[override]
        return self.inner.in_circles

    @property
    def of_last_plan(self) -> bool:  # type: ignore[override]
        return self.inner.of_last_plan

    @property
    def fixed_pairs(self) -> Sequence[tuple[str, str]]:
        """The locked pairs, as the plan has them."""
        turned = self.teaching.turned
        return tuple((b, a) for a, b in self.inner.fixed_pairs) if turned else self.inner.fixed_pairs

    def by_value(self, mentors: Table, mentees: Table) -> Iterator[Limit]:
        """Yield limits of the track that say the same together."""
        yield from map(self.holding, self.inner.by_value(*self.teaching.asked(mentors, mentees)[1]))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return the rows on the pairs of the track."""
        own, members = self._people(people)
        led = (replace(row, name=f"{self.teaching.key}_{row.name}") for row in held_rows(self.inner, own))
        if self.teaching.turned:
            return tuple(_turned(row, people.shape) for row in led)
        return tuple(_among_all(row, members, people.shape) for row in led)

    def _people(self, people: People) -> tuple[People, Members]:
        members, tables = self.teaching.asked(people.mentors, people.mentees)

        def eligible(i: IntArray, j: IntArray) -> BoolArray:
            a, b = (j, i) if self.teaching.turned else (i, j)
            return people.eligible(members.mentors[a], members.mentees[b])

        return People(*tables, eligible, people.pairs_first), members

    def _pairs(self, members: Members, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
        """The pairs of the track, as positions of who teaches and who learns in it."""
        a, b, here = members.within(i, j)
        return (b[here], a[here]) if self.teaching.turned else (a[here], b[here])

    def granted(self, side: Side, table: Table) -> FloatArray | None:
        """Return the capacity of those of the track who have none of their own; infinite for everybody else."""
        if self.teaching.turned:
            side = "mentee" if side == "mentor" else "mentor"
        granted = self.inner.grants(side)
        if granted is None:
            return None
        if self.teaching.mutual:
            return np.full(len(table.ids), float(granted))
        here = (seniors(table) == (self.teaching.side == "senior")) == (side == "mentor")
        return np.where(here, float(granted), np.inf)

    def figure(self, people: People, i: IntArray, j: IntArray) -> str | None:
        """Return what the pairs of the track attain, as text."""
        own, members = self._people(people)
        return self.inner.figure(own, *self._pairs(members, i, j))

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield the people of the track who may have no further pair in it."""
        own, members = self._people(people)
        for side, some, sentence in self.inner.reached(own, *self._pairs(members, i, j)):
            if self.teaching.turned:
                yield "mentee" if side == "mentor" else "mentor", some, sentence
            else:
                yield side, (members.mentors if side == "mentor" else members.mentees)[some], sentence

    def for_rounds(self, k: int) -> Limit | None:
        inner = self.inner.for_rounds(k)
        return None if inner is None else self.holding(inner)


def _among_all(row: Row, members: Members, shape: tuple[int, int]) -> Row:
    """A row about the members of a track as one about all people."""
    parts = tuple(_part(part, members, row.each is not None, shape) for part in row.parts)
    if row.each is None:
        return replace(row, parts=parts)
    side = int(row.each == "mentee")
    places = (members.mentors, members.mentees)[side]
    least, most = _each(row.least, places, shape[side], -UNBOUNDED), _each(row.most, places, shape[side], UNBOUNDED)
    return replace(row, parts=parts, least=least, most=most)


def _each(bound: int | IntArray | None, places: IntArray, size: int, none: int) -> IntArray | None:
    """A bound on each member as one on everybody, as it was given: who has no pair may be free of it."""
    if bound is None:
        return None
    found = np.full(size, none)
    found[places] = bound
    return found


def _turned(row: Row, shape: tuple[int, int]) -> Row:
    """A row with the sides exchanged."""
    each: Side | None = None if row.each is None else "mentee" if row.each == "mentor" else "mentor"
    parts = tuple(
        Part(
            part.times, part.mentees, part.mentors, None if part.pairs is None else _condition_turned(part.pairs, shape)
        )
        for part in row.parts
    )
    return replace(row, parts=parts, each=each)


def _condition_turned(condition: Condition, shape: tuple[int, int]) -> Condition:
    if not isinstance(condition, Named):
        return _Turned(condition)
    j, i = np.divmod(condition.keys, shape[0])
    return _TurnedNamed(condition, np.sort(i * np.int64(shape[1]) + j))


@dataclass(frozen=True, eq=False)
class _Turned:
    """A condition on a mentee and a mentor."""

    condition: Condition

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray | IntArray:
        return self.condition(j, i)


@dataclass(frozen=True, eq=False)
class _TurnedNamed(_Turned):
    keys: IntArray


def _part(part: Part, members: Members, each: bool, shape: tuple[int, int]) -> Part:
    mentors, mentees = (
        None if some is None else all_[some]
        for some, all_ in ((part.mentors, members.mentors), (part.mentees, members.mentees))
    )
    if part.pairs is not None:
        return Part(part.times, mentors, mentees, _condition(part.pairs, members, shape))
    if mentors is None and mentees is None and not each:
        mentors = members.mentors
    return Part(part.times, mentors, mentees)


def _condition(condition: Condition, members: Members, shape: tuple[int, int]) -> Condition:
    if isinstance(condition, Product):
        return _TrackProduct(condition, members, shape)
    if isinstance(condition, Named):
        i, j = condition.keys // max(len(members.mentees), 1), condition.keys % max(len(members.mentees), 1)
        return _TrackNamed(condition, members, members.mentors[i] * np.int64(shape[1]) + members.mentees[j])
    return _TrackPairs(condition, members)


@dataclass(frozen=True, eq=False)
class _TrackPairs:
    """A condition on the pairs of a track; no other pair meets it."""

    condition: Condition
    members: Members

    def __call__(self, i: IntArray, j: IntArray) -> IntArray:
        a, b, here = self.members.within(i, j)
        answer = np.asarray(self.condition(a[here], b[here]))
        found = np.zeros(len(i), np.result_type(np.int64, answer.dtype))  # a share stays one, to be refused
        found[here] = answer
        return found


@dataclass(frozen=True, eq=False)
class _TrackNamed(_TrackPairs):
    keys: IntArray


@dataclass(frozen=True, eq=False)
class _TrackProduct(_TrackPairs):
    shape: tuple[int, int]

    def factors(self) -> tuple[Sparse, Sparse]:
        assert isinstance(self.condition, Product)
        u, v = self.condition.factors()
        return spread(u, self.members.mentors, self.shape[0]), spread(v, self.members.mentees, self.shape[1])


def limit_in_track(limit: Limit, track: Teaching) -> Limit:
    """Return a limit on the pairs of one track."""
    return _TrackLimit(limit, track)
