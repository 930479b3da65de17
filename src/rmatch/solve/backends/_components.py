"""Connected components of the candidates are solved separately, each by the simplest backend that is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.backends._flow import Solver, choose
from rmatch.valuation import NO_UTILITY, LoadUtilities

_FEW = 1 << 14  # pairs; groups are gathered until they have as many, so that nothing is solved in crumbs


@dataclass(frozen=True, eq=False)
class Hint:
    """Prices close to the answer, in points: ``x`` (mentors,) and ``y`` (mentees,), int64."""

    x: IntArray
    y: IntArray


def solve(
    candidates: Candidates,
    bounds: Bounds,
    paired: IntArray | None,
    value: IntArray,
    hint: Hint,
    load_utilities: LoadUtilities = NO_UTILITY,
) -> BoolArray:
    """Return a plan of the greatest value on the candidates, ``(pairs,)`` bool.

    Args:
        candidates: Candidate pairs.
        bounds: Bounds on numbers of pairs.
        paired: Number of pairs of each mentor in some plan with the most pairs; None where the number of pairs is free.
            The number of pairs of a component is that of its mentors in this plan.
        value: Value of each candidate in points, ``(pairs,)`` int64.
        hint: Prices close to the answer.
        load_utilities: Utility of numbers of pairs on each side.

    Raises:
        SolverError: The candidates contain no such plan.
    """
    if not bounds.plain:  # bounds on many together connect them all
        pairs = bounds.span[0] if bounds.span[0] == bounds.span[1] else None
        return _solved(
            choose(bounds, pairs, load_utilities),
            candidates,
            bounds,
            pairs,
            hint.x[candidates.i] + hint.y[candidates.j],
            value,
            load_utilities,
        )
    reduction = Components(candidates, bounds, paired, hint, load_utilities)
    return reduction.invert(
        [
            _solved(
                choose(part.bounds, part.pairs, part.load_utilities),
                part.candidates,
                part.bounds,
                part.pairs,
                part.shift,
                part.candidates.points,
                part.load_utilities,
            )
            for part in reduction.apply(value)
        ]
    )


@dataclass(frozen=True, eq=False)
class Component:
    """The problem of some connected components together, on their own people."""

    candidates: Candidates
    bounds: Bounds
    pairs: int | None
    shift: IntArray
    load_utilities: LoadUtilities


@dataclass(frozen=True, eq=False)
class Components:
    """Candidates divided into what no pair connects. A plan of the whole is a plan of each part.

    Args:
        candidates: Candidate pairs.
        bounds: Bounds on numbers of pairs, of each person alone.
        paired: Number of pairs of each mentor; None where it is free.
        hint: Prices close to the answer.
        load_utilities: Utility of numbers of pairs on each side.
    """

    candidates: Candidates
    bounds: Bounds
    paired: IntArray | None
    hint: Hint
    load_utilities: LoadUtilities

    @cached_property
    def parts(self) -> list[tuple[IntArray, IntArray, IntArray]]:
        """Positions of the pairs, mentors and mentees of each part, ascending."""
        return list(_groups(self.candidates))

    def apply(self, problem: IntArray) -> Iterator[Component]:
        """Yield the problem of each part; ``problem`` is the value of each candidate in points, ``(pairs,)`` int64."""
        bounds = self.bounds
        for edges, mentors, mentees in self.parts:
            place = [np.zeros(size, np.int64) for size in self.candidates.shape]
            place[0][mentors], place[1][mentees] = np.arange(len(mentors)), np.arange(len(mentees))
            i, j = place[0][self.candidates.i[edges]], place[1][self.candidates.j[edges]]
            yield Component(
                Candidates(i, j, problem[edges], (len(mentors), len(mentees))),
                Bounds(
                    (bounds.capacity[0][mentors], bounds.capacity[1][mentees]),
                    (bounds.minimum[0][mentors], bounds.minimum[1][mentees]),
                    bounds.most_pairs,
                ),
                None if self.paired is None else int(self.paired[mentors].sum()),
                self.hint.x[mentors][i] + self.hint.y[mentees][j],
                (
                    self.load_utilities[0] and self.load_utilities[0].take(mentors),
                    self.load_utilities[1] and self.load_utilities[1].take(mentees),
                ),
            )

    def invert(self, answer: Sequence[BoolArray]) -> BoolArray:
        """Return the plan of the whole, ``(pairs,)`` bool, from those of the parts in order."""
        chosen = np.zeros(len(self.candidates), bool)
        for (edges, _mentors, _mentees), part in zip(self.parts, answer, strict=True):
            chosen[edges] = part
        return chosen


def _solved(
    solver: Solver,
    candidates: Candidates,
    bounds: Bounds,
    pairs: int | None,
    shift: IntArray,
    value: IntArray,
    load_utilities: LoadUtilities,
) -> BoolArray:
    found = solver.solve(candidates, bounds, pairs, (shift if solver.shifts else 0) - value, load_utilities)
    if found is None:
        raise SolverError("the candidates lost a plan that they were proved to contain")
    return found


def _groups(candidates: Candidates) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Yield batches of components: positions of pairs, mentors and mentees, ascending."""
    label = components(candidates)[candidates.i]
    names, size = np.unique(label, return_counts=True)
    batch = np.cumsum(size) // _FEW  # neighbours in number, and so whole groups, share a batch
    own = batch[np.searchsorted(names, label)]
    for number in distinct(batch):
        edges = np.flatnonzero(own == number) if len(names) > 1 else np.arange(len(candidates))
        yield edges, distinct(candidates.i[edges]), distinct(candidates.j[edges])


def components(candidates: Candidates) -> IntArray:
    """Return the smallest mentor in each mentor's connected component, ``(mentors,)`` int64.

    Roots are hooked to the smallest root that a shared mentee knows, and paths are halved, until nothing changes
    (Shiloach and Vishkin 1982).
    """
    root = np.arange(candidates.shape[0])
    while True:
        least = np.full(candidates.shape[1], candidates.shape[0])
        np.minimum.at(least, candidates.j, root[candidates.i])
        before = root.copy()
        np.minimum.at(root, root[candidates.i], least[candidates.j])
        while not np.array_equal(root, root[root]):
            root = root[root]
        if np.array_equal(root, before):
            return root
