"""Maximum number of pairs, proved by a vertex cover.

By König's theorem the largest number of pairs equals the smallest weight of a vertex cover, people weighted by
capacity. Search alternating paths from mentors below capacity; unreached mentors and reached mentees form the cover,
once no eligible pair leads from a reached mentor to an unreached mentee.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import InfeasibleError
from rmatch.factors import expand
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.backends import ASSIGNMENT, Hint, choose, most_pairs
from rmatch.solve.duals import Prices
from rmatch.solve.feasibility import Fitting, fitting
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense, Harvest
from rmatch.valuation import Valuation

_CAP = 32
_FEW = 96  # mentors by whom a level is judged
_NEAR = 64  # pairs of each of them above it


@dataclass(frozen=True, eq=False)
class Cover:
    """A vertex cover that proves the number of pairs:
    ``pairs = Σ capacity of covered people + number of eligible pairs with no covered side`` (all of them chosen).

    Args:
        pairs: The largest number of pairs.
        mentors, mentees: Covered people, bool.
        paired: Number of pairs of each mentor in a plan with as many pairs, ``(mentors,)`` int64.
    """

    pairs: int
    mentors: BoolArray
    mentees: BoolArray
    paired: IntArray

    @classmethod
    def of_a_full_side(cls, bounds: Bounds, i: IntArray) -> Cover:
        """Return the cover of a plan with mentors ``i`` that uses all capacity of one side: that side."""
        mentors = bool(bounds.capacity[0].sum() == len(i))
        m, n = bounds.shape
        return cls(len(i), np.full(m, mentors), np.full(n, not mentors), np.bincount(i, minlength=m))

    def prices(self) -> Prices:
        """Return the cover as duals for the valuation 1 per pair: 1 for each covered person."""
        return Prices(self.mentors.astype(np.int64), self.mentees.astype(np.int64), 0, 0)


class ShortageError(InfeasibleError):
    """Hall's condition fails: some people of one side cannot all have their least number of pairs.

    Args:
        side: 0 for mentors, 1 for mentees.
        people: The people, int64.
        pairs: Pairs that they must have together.
        places: Pairs that their eligible partners can have.
    """

    def __init__(self, side: int, people: IntArray, pairs: int, places: int) -> None:
        self.side, self.people, self.pairs, self.places = side, people, pairs, places
        super().__init__(self.in_words([f"number {k}" for k in people]))

    def in_words(self, names: list[str]) -> str:
        """Return the shortage and its remedies as a sentence with people's names."""
        own, others = ("mentors", "mentees") if self.side == 0 else ("mentees", "mentors")
        shown = ", ".join(sorted(names)[:5]) + (", …" if len(names) > 5 else "")
        return (
            f"{len(names)} {own} ({shown}) must have {self.pairs} pairs by `min_pairs`, but the {others} eligible for "
            f"them have {self.places} place{'s' * (self.places != 1)} to give; lower `min_pairs`, raise the capacity "
            f"of those {others}, or drop a rule"
        )


class BoundsError(InfeasibleError):
    """No plan satisfies all bounds on people, groups and the total; ``missing`` pairs are lacking, as ``found``
    shows.
    """

    def __init__(self, found: Fitting) -> None:
        self.found, self.missing = found, found.missing
        super().__init__(f"no plan keeps the limits: {found.missing} pairs are lacking")


def settle(kernel: Kernel, bounds: Bounds, candidates: Candidates, price: IntArray) -> tuple[Candidates, Cover | None]:
    """Return candidates that contain a feasible plan, and the vertex cover where the number of pairs comes first.

    By the theorem of Mendelsohn and Dulmage, the least numbers of both sides can be met together, and in a largest
    plan, if each can be met alone. With bounds on groups or the total, any plan within the bounds is found, without a
    cover.

    Args:
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds on numbers of pairs.
        candidates: Candidate pairs.
        price: Estimated price of each mentee, which spreads added pairs over all mentees, ``(mentees,)`` int64.

    Raises:
        ShortageError: Least numbers of pairs cannot be met.
        BoundsError: No plan satisfies the bounds.
    """
    if not bounds.plain:
        return _holding(kernel, bounds, candidates, price), None
    for side in (0, 1):
        least = bounds.minimum[side]
        if least.any():
            only = (least, bounds.capacity[1]) if side == 0 else (bounds.capacity[0], least)
            candidates, cover = _largest(kernel, replace(bounds, capacity=only), candidates, price)
            if cover.pairs < least.sum():
                covered = (cover.mentors, cover.mentees)[side]
                needing = np.flatnonzero(~covered & (least > 0))
                raise ShortageError(side, needing, int(least[needing].sum()), cover.pairs - int(least[covered].sum()))
    if not bounds.most_pairs:
        return candidates, None
    return _largest(kernel, bounds, candidates, price)


def everybody(candidates: Candidates, bounds: Bounds, valuation: Valuation, hint: Hint) -> BoolArray | None:
    """Return which candidates form a plan of the greatest value, ``(pairs,)`` bool, where people meet one to one and
    all can be paired among the candidates; else None.

    Of many people an assignment is long in failing, so this is not for those whom rules divide.
    """
    size, utilities = bounds.shape[0], valuation.load_utilities
    if not (bounds.plain and bounds.most_pairs and choose(bounds, size, utilities) is ASSIGNMENT):
        return None
    if not all(np.bincount(side, minlength=size).all() for side in (candidates.i, candidates.j)):
        return None
    each = valuation.of(candidates.i, candidates.j, candidates.points, candidates.shape[1])
    return ASSIGNMENT.solve(candidates, bounds, size, hint.x[candidates.i] + hint.y[candidates.j] - each, utilities)


def _holding(kernel: Kernel, bounds: Bounds, candidates: Candidates, price: IntArray) -> Candidates:
    if not (bounds.span[0] or any(least.any() for least in (*bounds.minimum, *(tree.least for tree in bounds.trees)))):
        return candidates  # nobody must have a pair, and no plan is one
    while (found := fitting(candidates, bounds)).missing:
        before = len(candidates)
        for rows, columns in found.blocks():
            more = _open_pairs(kernel, candidates, price, rows, columns)
            candidates = candidates.plus(more.i, more.j, more.points)
        if len(candidates) == before:
            raise BoundsError(found)
    return candidates


def _largest(kernel: Kernel, bounds: Bounds, candidates: Candidates, price: IntArray) -> tuple[Candidates, Cover]:
    m = bounds.shape[0]
    while True:
        chosen = most_pairs(candidates, bounds)
        pairs, paired = int(chosen.sum()), np.bincount(candidates.i[chosen], minlength=m)
        if pairs == bounds.max_pairs:
            return candidates, Cover.of_a_full_side(bounds, candidates.i[chosen])
        reached_u, reached_v = reached(candidates, chosen, bounds)
        found = _open_pairs(kernel, candidates, price, np.flatnonzero(reached_u), np.flatnonzero(~reached_v))
        if not len(found):
            return candidates, Cover(pairs, ~reached_u, reached_v, paired)
        candidates = candidates.plus(found.i, found.j, found.points)


def reached(candidates: Candidates, chosen: BoolArray, bounds: Bounds) -> tuple[BoolArray, BoolArray]:
    """Return the people reached by alternating paths from mentors below capacity, bool."""
    m, n = bounds.shape
    reached_u = np.bincount(candidates.i[chosen], minlength=m) < bounds.capacity[0]
    reached_v = np.zeros(n, bool)
    taken = np.flatnonzero(chosen)
    by_mentee = taken[np.argsort(candidates.j[taken], kind="stable")]
    start = np.searchsorted(candidates.j[by_mentee], np.arange(n + 1))
    rows = np.flatnonzero(reached_u)
    while len(rows):
        edge, _ = expand(candidates.start, rows)
        edge = edge[~chosen[edge]]
        columns = distinct(candidates.j[edge])
        columns = columns[~reached_v[columns]]
        reached_v[columns] = True
        entry, _ = expand(start, columns)
        rows = distinct(candidates.i[by_mentee[entry]])
        rows = rows[~reached_u[rows]]
        reached_u[rows] = True
    return reached_u, reached_v


def _open_pairs(
    kernel: Kernel, candidates: Candidates, price: IntArray, rows: IntArray, columns: IntArray
) -> Candidates:
    """The best eligible pairs outside the candidates, of reached mentors with unreached mentees.

    Where there are many, first only those near the best of their mentors, judged by a few of these.
    """
    m, n = kernel.shape

    def above(level: int, y: IntArray) -> Candidates:
        x = np.full(m, level)
        harvest = Harvest(kernel.outside(candidates, x, y), _CAP, m)
        found = kernel.scan(kernel.priced(x, y, rows, columns), harvest)
        return Candidates(found.i, found.j, found.reduced + x[found.i] + y[found.j], kernel.shape)

    few = rows[:_FEW]
    if len(few) < len(rows):
        row_blocks = kernel.priced(np.zeros(m, np.int64), price, few, columns)
        reduced = kernel.scan(row_blocks, Dense(len(few), len(columns)))
        possible = reduced[reduced + price[columns] >= 0]  # a score below 0 says that a rule forbids the pair
        wanted = _NEAR * len(few)
        if len(possible) > wanted:
            found = above(int(np.partition(possible, -wanted)[-wanted]) - 1, price)
            if len(found):
                return found
    return above(-1, np.zeros(n, np.int64))  # every eligible pair, and nothing that a penalty forbids
