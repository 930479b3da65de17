"""A criterion that counts in one track only, and what that does to factors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import IntArray, Table
from rmatch.criteria._base import Criterion, Tile
from rmatch.criteria.checked import held
from rmatch.element import Present, Remembered, Spec, Who
from rmatch.factors import Factors, Sparse, Term
from rmatch.schema.tracks import Members, Teaching


def among_all(factors: Factors, members: Members, shape: tuple[int, int]) -> Factors:
    """Return factors between the members of a track as factors between all people, 0 for everybody else.

    Args:
        factors: Factors of the members, mentors × mentees.
        members: The members.
        shape: Number of all mentors and of all mentees.
    """
    return Factors(
        tuple(
            Term(t.weight, spread(t.u, members.mentors, shape[0]), spread(t.v, members.mentees, shape[1]), t.down)
            for t in factors.terms
        )
    )


def spread(side: Sparse, places: IntArray, people: int) -> Sparse:
    """Return rows at some places among ``people`` rows, ascending; the others are empty."""
    counts = np.zeros(people + 1, np.int64)
    counts[places + 1] = side.counts
    return Sparse(np.cumsum(counts), side.column, side.value, side.width)


def exchanged(words: str, one: str, other: str) -> str:
    """Return a clause with two nouns in each other's place."""
    return re.sub(rf"\b({one}|{other})", lambda found: other if found[1] == one else one, words)


_OTHER: dict[str, Literal["mentor", "mentee"]] = {"mentor": "mentee", "mentee": "mentor"}


@dataclass(frozen=True)
class _Exchanged:
    """People by their roles in a track in which the mentees of the plan teach."""

    who: Who

    def ids(self, word: str) -> tuple[str, ...]:
        return self.who.ids(word)

    def id_of(self, word: str, role: Literal["mentor", "mentee"]) -> str:
        return self.who.id_of(word, _OTHER[role])

    def known(self, word: str, role: Literal["mentor", "mentee"]) -> str | None:
        return self.who.known(word, _OTHER[role])


@dataclass(frozen=True)
class _HereExchanged:
    """Who of an earlier round is here, by their roles in such a track."""

    here: Present

    def both(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((a, b) for b, a in self.here.both((b, a) for a, b in pairs))

    def id_of(self, word: str, role: Literal["mentor", "mentee"]) -> str | None:
        return self.here.id_of(word, _OTHER[role])


@dataclass(frozen=True)
class InTrack(Spec):
    """What ``inner`` says of the pairs of one track: the base of criteria, rules and limits in a track."""

    inner: Spec = field(default_factory=Spec)
    teaching: Teaching = field(default_factory=Teaching)

    def __post_init__(self) -> None:
        """Nothing to validate: it is made of what was validated."""

    @property
    def track(self) -> str:
        """The name of the track."""
        return self.teaching.name

    @property
    def whole(self) -> Any:
        """The element itself."""
        return self.inner

    def holding(self, inner: Any) -> Self:
        """Return ``inner`` in this track."""
        return replace(self, inner=inner)

    @property
    def name(self) -> str:
        """Name in results, led by that of the track."""
        return f"{self.teaching.key}_{self.inner.name}"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.inner.reads()

    def beside(self, criteria: Iterable[Spec]) -> Self:
        return self.holding(self.inner.beside(criteria))

    def narrowed(self, mentors: Table, mentees: Table) -> Self | None:
        narrow = self.inner.narrowed(mentors, mentees)
        return None if narrow is None else self.holding(narrow)

    @property
    def needs_history(self) -> bool:
        return self.inner.needs_history

    @property
    def from_history(self) -> bool:
        return self.inner.from_history

    @property
    def looks_back(self) -> int | None:
        return self.inner.looks_back

    def remembering(self, past: Remembered) -> Self:
        return self.holding(self.inner.remembering(past))

    def names_people(self) -> tuple[Iterable[str], Iterable[str]]:
        teachers, learners = self.inner.names_people()
        return (learners, teachers) if self.teaching.turned else (teachers, learners)

    def explained_pairs(self) -> tuple[str | None, Sequence[tuple[str, str]]]:
        return self.inner.explained_pairs()

    def among(self, here: Present) -> Self:
        return self.holding(self.inner.among(_HereExchanged(here) if self.teaching.turned else here))

    def with_ids(self, who: Who) -> Self:
        return self.holding(self.inner.with_ids(_Exchanged(who) if self.teaching.turned else who))

    def with_labels(self, readings: Mapping[str, str]) -> Self:
        return self.holding(self.inner.with_labels(readings))

    def in_words(self) -> str:
        return f"in {self.teaching.name}: {self.inner.in_words()}"


@dataclass(frozen=True)
class _TrackCriterion(InTrack, Criterion):
    """A criterion in a track; every other pair scores 0.

    The weights of a track's criteria are normalised among themselves.
    """

    inner: Criterion = field(default_factory=Criterion)

    @property
    def pool(self) -> str | None:
        """The name of the track, unless every pair is in both."""
        return None if self.teaching.mutual else self.teaching.name

    def misfit(self, mentors: Table, mentees: Table) -> str:
        return self.inner.misfit(*self.teaching.asked(mentors, mentees)[1])

    def factors(self, mentors: Table, mentees: Table) -> Factors | None:
        """Return the factors of the track's people, and 0 for everybody else."""
        members, own = self.teaching.asked(mentors, mentees)
        made = self.inner.factors(*own)
        if made is None:
            return None
        made = made.T if self.teaching.turned else made
        return among_all(made, members, (len(mentors.ids), len(mentees.ids)))

    def tile(self, mentors: Table, mentees: Table) -> Tile | None:
        """Return the tile of the track's people, with 0 for everybody else."""
        members, own = self.teaching.asked(mentors, mentees)
        tile = self.inner.tile(*own)
        return None if tile is None else _TrackTile(held(self.inner, tile), members, self.teaching.turned)

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        """Return what earned the pairs of the track their points."""
        if self.teaching.turned:
            clauses = self.inner.because(mentees, mentors, j, i)
            return [f"the senior {clause}" if clause else "" for clause in clauses]
        return self.inner.because(mentors, mentees, i, j)

    def in_words(self) -> str:
        words = self.inner.in_words()
        if self.teaching.side == "senior":
            words = exchanged(words, "junior", "senior")
        return f"in {self.teaching.name}: {words}"


@dataclass(frozen=True, eq=False)
class _TrackTile(Tile):
    tile: Tile
    members: Members
    turned: bool

    def block(self, rows: IntArray, columns: IntArray) -> NDArray[np.float64]:
        i, j, here = self.members.within(rows[:, None], columns[None, :])
        scores, some = np.zeros(here.shape), (np.flatnonzero(here.any(1)), np.flatnonzero(here.any(0)))
        if here.any():
            own = i[some[0], 0], j[0, some[1]]
            scores[np.ix_(*some)] = self.tile.block(*own[::-1]).T if self.turned else self.tile.block(*own)
        return scores

    def at(self, i: IntArray, j: IntArray) -> NDArray[np.float64]:
        own_i, own_j, here = self.members.within(i, j)
        scores = np.zeros(len(i))
        own = (own_j, own_i) if self.turned else (own_i, own_j)
        scores[here] = self.tile.at(own[0][here], own[1][here])
        return scores


def criterion_in_track(criterion: Criterion, track: Teaching) -> Criterion:
    """Return a criterion that counts in one track only."""
    return _TrackCriterion(criterion.weight, criterion, track)


def balanced(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Return criteria with the weights of each track summing to the same, for pairs that are in both."""
    total: dict[str | None, float] = {}
    for criterion in criteria:
        total[criterion.track] = total.get(criterion.track, 0.0) + criterion.whole.weight
    return tuple(replace(each, weight=each.whole.weight / total[each.track]) for each in criteria)
