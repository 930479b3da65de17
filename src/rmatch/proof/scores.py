"""Scores and rules for the check, computed plainly from the program.

A score is the sum of the criteria's factors on the integer grid, in points; rules are asked pair by pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TypeAlias

import numpy as np

from rmatch.columns import BoolArray, Category, FloatArray, IntArray, Labels, Table, fold, persons
from rmatch.criteria import Criterion, Tile
from rmatch.factors import SCALE, Sparse, beside, dot, on_grid
from rmatch.program import Program
from rmatch.rules import MinScore, Predicate, Rule
from rmatch.rules.eligibility import PointTile

_OFTEN = 16  # one pair in so many of those of some people: a product of all is sooner than each
_CELLS = 1 << 23  # of such a product and its factors

Allowed: TypeAlias = tuple[str, Predicate]
"""A rule's name, and its predicate of listed pairs."""


@dataclass(frozen=True, eq=False)
class Scored:
    """A criterion: its name, the points it may give, and its factors on the grid or its tile."""

    name: str
    points: int
    factors: tuple[Sparse, Sparse] | None
    tile: Tile | PointTile | None

    def tile_points(self, scores: FloatArray) -> FloatArray:
        """Return a tile's scores in integer points; NaN where the criterion forbids the pair."""
        return np.floor(np.asarray(scores, np.float64) * self.points + 0.5)

    def at(self, i: IntArray, j: IntArray) -> FloatArray:
        """Return the points of listed pairs, ``(pairs,)`` float64; NaN where the criterion forbids one."""
        if self.factors is not None:
            points: FloatArray = dot(*self.factors, i, j)[0]
            return points
        assert self.tile is not None
        return self.tile_points(self.tile.at(i, j))


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores and rules of a problem; ``score`` and ``rule`` compute them on first use."""

    sides: tuple[Table, Table]
    score: Callable[[], tuple[Scored, ...]]
    rule: Callable[[], Sequence[Allowed]]
    least_points: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.sides[0].ids), len(self.sides[1].ids)

    @cached_property
    def scored(self) -> tuple[Scored, ...]:
        """The criteria on the grid."""
        return self.score()

    @cached_property
    def allows(self) -> Sequence[Allowed]:
        """The rules by name."""
        return self.rule()

    @cached_property
    def factors(self) -> tuple[Sparse, Sparse]:
        """Factors of all criteria that have some, side by side."""
        own = [scored.factors for scored in self.scored if scored.factors is not None]
        if own:
            return beside([u for u, _ in own]), beside([v for _, v in own])
        none = np.zeros(0, np.int64)
        empty = [Sparse(np.zeros(size + 1, np.int64), none, none, 1) for size in self.shape]
        return empty[0], empty[1]

    @property
    def tiles(self) -> tuple[Scored, ...]:
        """The criteria without factors."""
        return tuple(scored for scored in self.scored if scored.tile is not None)

    def parts(self, i: IntArray, j: IntArray) -> IntArray:
        """Return each criterion's points for listed pairs, ``(criteria, pairs)`` int64; 0 where one forbids the
        pair.
        """
        own = [np.rint(np.nan_to_num(scored.at(i, j))) for scored in self.scored]
        return np.array(own, np.int64).reshape(len(own), len(i))

    def points(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the score of listed pairs, ``(pairs,)`` int64."""
        (u, v), ((rows, a), (columns, b)) = self.factors, (np.unique(k, return_inverse=True) for k in (i, j))
        room = max((len(rows) + len(columns)) * u.width, len(rows) * len(columns))
        if len(rows) * len(columns) <= _OFTEN * len(i) and room <= _CELLS:
            points: FloatArray = (u.take(rows).dense() @ v.take(columns).dense().T)[a, b]
        else:
            points = dot(u, v, i, j)[0]
        for scored in self.tiles:
            points += np.nan_to_num(scored.at(i, j))
        whole: IntArray = np.rint(points).astype(np.int64)
        return whole

    def broken(self, i: IntArray, j: IntArray) -> dict[str, BoolArray]:
        """Return which of the listed pairs break each rule, ``(pairs,)`` bool by name."""
        found: dict[str, BoolArray] = {}
        for name, allows in self.allows:
            found[name] = ~allows(i, j) | found.get(name, np.zeros(len(i), bool))
        if self.least_points:
            found["min_score"] = self.points(i, j) < self.least_points
        for scored in self.tiles:
            found[scored.name] = np.isnan(scored.at(i, j))
        return found

    def eligible(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether each listed pair is eligible, ``(pairs,)`` bool."""
        fine = np.ones(len(i), bool)
        for barred in self.broken(i, j).values():
            fine &= ~barred
        return fine


def scores_of(program: Program, mentors: Table, mentees: Table) -> Scores:
    """Return the scores and rules of a program's visible criteria on its people."""
    sides = mentors, mentees
    score = cache(partial(scored_on_grid, program, *sides))
    return Scores(
        sides,
        score,
        partial(_rules, program, *sides, score),
        max((rule.points for rule in program.rules if isinstance(rule, MinScore)), default=0),
    )


def scored_on_grid(program: Program, mentors: Table, mentees: Table) -> tuple[Scored, ...]:
    """Return the criteria on the grid.

    Their points are proportional to the weights for each mentee, for whom the criterion that they name counts more; and
    those of one track, or of all where there are none, sum to 2²⁰ exactly.
    """
    criteria = program.visible
    words, named = _named(program, mentees)
    points_of = {word: _points(program, word) for word in words}
    found = []
    for k, criterion in enumerate(criteria):
        made = criterion.factors(mentors, mentees)
        if made is None:
            found.append(Scored(criterion.name, points_of[""][k], None, criterion.tile(mentors, mentees)))
            continue
        sides = [(word, *on_grid(made, points_of[word][k])) for word in words]
        own = [_only(v, named == word) for word, _, v in sides] if len(sides) > 1 else [sides[0][2]]
        factors = beside([u for _, u, _ in sides]), beside(own)
        found.append(Scored(criterion.name, points_of[""][k], factors, None))
    return tuple(found)


def _named(program: Program, mentees: Table) -> tuple[list[str], Labels]:
    """The words that name criteria, "" first, which names none; and the word of each mentee, folded, ``(mentees,)``."""
    if program.personal is None:
        return [""], np.full(len(mentees.ids), "", dtype=object)
    column, known = mentees[program.personal.column], set(_words(program.visible))
    assert isinstance(column, Category)
    cells = [fold(cell) for cell in column.cells().tolist()]
    named = np.array([cell if cell in known else "" for cell in cells], dtype=object)
    return ["", *sorted({*named.tolist()} - {""})], named


def _words(criteria: Sequence[Criterion]) -> list[str]:
    """How a cell names each criterion: as results call it, folded; a later one of that name with its number."""
    names = [criterion.name for criterion in criteria]
    later = [names[:k].count(name) for k, name in enumerate(names)]
    return [fold(f"{name}_{before + 1}" if before else name) for name, before in zip(names, later, strict=True)]


def _points(program: Program, word: str) -> list[int]:
    """The points of each criterion for a mentee whose cell is ``word``."""
    criteria, points = program.visible, dict[int, int]()
    times = [1.0] * len(criteria)
    if program.personal is not None and word:
        times[_words(criteria).index(word)] = program.personal.factor
    for track in {criterion.pool for criterion in criteria}:
        some = [k for k, criterion in enumerate(criteria) if criterion.pool == track]
        weights = np.array([criteria[k].weight for k in some])
        weights = weights / weights.max() * np.array([times[k] for k in some])
        ends = np.rint(np.cumsum(weights) / weights.sum() * SCALE).astype(np.int64)
        points |= dict(zip(some, np.diff(ends, prepend=0).tolist(), strict=True))
    return [points[k] for k in range(len(criteria))]


def _only(v: Sparse, people: BoolArray) -> Sparse:
    """The rows of some people; those of all others empty."""
    kept = np.repeat(people, v.counts)
    return Sparse(np.append(0, np.cumsum(v.counts * people)), v.column[kept], v.value[kept], v.width)


def _rules(program: Program, mentors: Table, mentees: Table, score: Callable[[], tuple[Scored, ...]]) -> list[Allowed]:
    """Different people, and every rule except a least score of all pairs."""
    juniors, seniors = persons(mentors, mentees)
    found: list[Allowed] = [("same person", lambda i, j: juniors[i] != seniors[j])]
    for rule in program.rules:
        if not isinstance(rule, MinScore):
            name = "not available" if rule.confidential else rule.name
            of_track = isinstance(rule.whole, MinScore)
            enough = _enough(rule, program, score(), (mentors, mentees)) if of_track else None
            found.append((name, enough or rule.allows(mentors, mentees)))
    return found


def _enough(rule: Rule, program: Program, scored: Sequence[Scored], sides: tuple[Table, Table]) -> Predicate | None:
    """Whether pairs of a track score enough by the criteria that count in it."""
    criteria = zip(scored, program.visible, strict=True)
    own = tuple(each for each, criterion in criteria if criterion.track in (None, rule.track))
    score = Scores(sides, lambda: own, tuple, 0).points
    return rule.scored(score, sum(each.points for each in own), *sides)
