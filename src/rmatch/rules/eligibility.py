"""May this pair be, and is it still open? Whole numbers and predicates only: nothing here knows a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmatch._util.arrays import Floats, among
from rmatch.columns import BoolArray, FloatArray, IntArray, Table
from rmatch.criteria import Tile
from rmatch.element import asked
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.rules import Predicate, Rule


@dataclass(frozen=True, eq=False)
class PointTile:
    """A criterion without a factor form, in points: ``weight · tile`` rounded once; ineligible where NaN."""

    criterion: int
    weight: int
    tile: Tile

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Points of a block, float64 whole numbers, NaN where the criterion forbids the pair."""
        return self._points(self.tile.block(rows, columns))

    def at(self, i: IntArray, j: IntArray) -> FloatArray:
        """Points of listed pairs, the same numbers as :meth:`block` gives."""
        return self._points(self.tile.at(i, j))

    def _points(self, scores: FloatArray) -> FloatArray:
        return np.floor(np.asarray(scores, np.float64) * self.weight + 0.5)  # float32 would round otherwise in lists


@dataclass(frozen=True, eq=False)
class Eligibility:
    """All that forbids a pair: being one person, a rule, a missing score, too low a score; or a lock that settled it.

    ``persons`` number the mentors and the mentees, one person always the same; ``locked`` are ascending keys
    ``i · mentees + j``.
    """

    mentees: int
    persons: tuple[IntArray, IntArray]
    predicates: tuple[Predicate, ...]
    tiles: tuple[PointTile, ...]
    least_points: int
    locked: IntArray

    def allowed(self, i: IntArray, j: IntArray, points: IntArray) -> BoolArray:
        """Whether each listed pair, worth ``points``, may be."""
        fine: BoolArray = (self.persons[0][i] != self.persons[1][j]) & (points >= self.least_points)
        for allows in self.predicates:
            fine[fine] = allows(i[fine], j[fine])
        for tile in self.tiles:
            fine[fine] = ~np.isnan(tile.at(i[fine], j[fine]))
        return fine

    def grid(self, mentors: IntArray, mentees: IntArray, points: Floats) -> BoolArray:
        """Whether each pair of some mentors with some mentees may be, ``(mentors, mentees)``.

        ``points`` are their scores with penalties and tiles, as a scan gives them: what a penalty forbids is passed
        over unasked, and every other pair is asked about as in :meth:`allowed`.
        """
        fine: BoolArray = points > -SCALE  # a score of at most 1 less a penalty of 2
        if self.least_points:
            fine &= points >= self.least_points
        own, others = self.persons[0][mentors], self.persons[1][mentees]
        both = np.flatnonzero(np.isin(own, others))
        fine[both] &= own[both, None] != others
        for allows in self.predicates:
            if getattr(allows, "broadcasts", False):
                fine &= allows(mentors[:, None], mentees[None, :])
            else:
                row, column = np.nonzero(fine)
                fine[row, column] = allows(mentors[row], mentees[column])
        return fine

    def open(self, i: IntArray, j: IntArray, points: IntArray) -> BoolArray:
        """Whether each listed pair may be and is not settled by a lock."""
        fine = self.allowed(i, j, points)
        if len(self.locked):
            fine &= ~among(i * np.int64(self.mentees) + j, self.locked)
        return fine


def predicate_of(rule: Rule, mentors: Table, mentees: Table) -> Predicate:
    """Return the predicate of a rule; one from outside the package is held to what a predicate answers.

    Raises:
        ProgramError: ``allows`` failed, or returns no function.
    """
    allows = asked(rule.called, "allows", lambda: rule.allows(mentors, mentees))
    if not callable(allows):
        raise ProgramError(
            f"{rule.called}: `allows` returns a function of two arrays, i and j, not {type(allows).__name__}"
        )
    return allows if type(rule).__module__.startswith("rmatch.") else _Checked(rule.called, allows)


@dataclass(frozen=True, eq=False)
class _Checked:
    """A predicate whose answers are looked at: arrays of bool, one for each pair."""

    called: str
    allows: Predicate

    @property
    def broadcasts(self) -> bool:
        """Whether it answers for all pairs of a column and a row."""
        return bool(getattr(self.allows, "broadcasts", False))

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        answer: Any = asked(self.called, "allows", lambda: self.allows(i, j))
        wanted = np.broadcast_shapes(i.shape, j.shape)
        shapes = wanted, i.shape, j.shape  # of a column and a row, an answer that depends on one person has its shape
        if not (isinstance(answer, np.ndarray) and answer.dtype == np.bool_ and answer.shape in shapes):
            kind = f"{answer.dtype} {answer.shape}" if isinstance(answer, np.ndarray) else type(answer).__name__
            raise ProgramError(
                f"{self.called}: the function that `allows` returns answers with an array of bool, one for each "
                f"pair, {wanted}, not {kind}; `rmatch.testing.check_rule` tests such a class"
            )
        return answer
