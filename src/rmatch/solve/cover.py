"""How many pairs there can be, proved by a cover.

König's theorem: the largest number of pairs equals the smallest cover, people counted with their capacity such that
every eligible pair has a covered side. Start from the mentors with room to spare and follow alternating paths; mentors
not reached and mentees reached are the cover, once no eligible pair leads from a reached mentor to another mentee.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.arrays import distinct
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE, expand
from rmatch.problem.bounds import Bounds, Pool
from rmatch.solve.backends import most_pairs
from rmatch.solve.duals import Prices
from rmatch.solve.feasibility import Fitting, fitting
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Harvest

_CAP = 32


@dataclass(frozen=True, eq=False)
class Cover:
    """``pairs``, and the covered mentors and mentees that prove there cannot be more.

    ``pairs = Σ capacity of the covered + number of eligible pairs with neither side covered`` (all of them chosen).
    ``paired`` is how many pairs each mentor has in a plan with as many.
    """

    pairs: int
    mentors: BoolArray
    mentees: BoolArray
    paired: IntArray

    @classmethod
    def of_a_full_side(cls, bounds: Bounds, i: IntArray) -> Cover:
        """The cover of a plan, with mentors ``i``, that leaves one side no room: that whole side."""
        mentors = bool(bounds.capacity[0].sum() == len(i))
        m, n = bounds.shape
        return cls(len(i), np.full(m, mentors), np.full(n, not mentors), np.bincount(i, minlength=m))

    def prices(self) -> Prices:
        """The cover as prices of pairs: a covered person costs one."""
        return Prices(self.mentors.astype(np.int64), self.mentees.astype(np.int64), 0, 0)


class ShortageError(InfeasibleError):
    """Some people of one side cannot all have their least number of pairs: Hall's condition fails for them.

    ``people`` of ``side`` must have ``pairs`` pairs, but those eligible for them have only ``places`` to give.
    """

    def __init__(self, side: int, people: IntArray, pairs: int, places: int) -> None:
        self.side, self.people, self.pairs, self.places = side, people, pairs, places
        super().__init__(self.in_words([f"number {k}" for k in people]))

    def in_words(self, names: list[str]) -> str:
        """The shortage, and what helps, with people's names."""
        own, others = ("mentors", "mentees") if self.side == 0 else ("mentees", "mentors")
        shown = ", ".join(sorted(names)[:5]) + (", …" if len(names) > 5 else "")
        return (
            f"{len(names)} {own} ({shown}) must have {self.pairs} pairs by `min_pairs`, but the {others} eligible for "
            f"them have {self.places} place{'s' * (self.places != 1)} to give; lower `min_pairs`, raise the capacity "
            f"of those {others}, or drop a rule"
        )


class BoundsError(InfeasibleError):
    """No plan keeps all bounds on people, groups and the total, as ``found`` shows; ``missing`` pairs are lacking."""

    def __init__(self, found: Fitting) -> None:
        self.found, self.missing = found, found.missing
        super().__init__(f"no plan keeps the limits: {found.missing} pairs are lacking")


def settle(kernel: Kernel, bounds: Bounds, pool: Pool, price: IntArray) -> tuple[Pool, Cover | None]:
    """Return a pool that holds a plan with everybody's least number of pairs, and the cover where pairs come first.

    By the theorem of Mendelsohn and Dulmage the two sides' least numbers can be met together, and in a largest plan,
    if each can be met alone. ``price`` is what each mentee is thought to cost; it spreads the pairs that are added over
    all mentees instead of the most wanted, and changes nothing else. Raises ShortageError where one
    cannot.

    Where groups or the total are bounded, a pool that holds any plan within the bounds is returned, without a cover.
    Raises BoundsError where there is none.
    """
    if not bounds.plain:
        return _holding(kernel, bounds, pool, price), None
    for side in (0, 1):
        least = bounds.minimum[side]
        if least.any():
            only = (least, bounds.capacity[1]) if side == 0 else (bounds.capacity[0], least)
            pool, cover = _largest(kernel, replace(bounds, capacity=only), pool, price)
            if cover.pairs < least.sum():
                covered = (cover.mentors, cover.mentees)[side]
                needing = np.flatnonzero(~covered & (least > 0))
                raise ShortageError(side, needing, int(least[needing].sum()), cover.pairs - int(least[covered].sum()))
    if not bounds.most_pairs:
        return pool, None
    return _largest(kernel, bounds, pool, price)


def _holding(kernel: Kernel, bounds: Bounds, pool: Pool, price: IntArray) -> Pool:
    while (found := fitting(pool, bounds)).missing:
        before = len(pool)
        for rows, columns in found.blocks():
            more = _open_pairs(kernel, pool, price, rows, columns)
            pool = pool.plus(more.i, more.j, more.points)
        if len(pool) == before:
            raise BoundsError(found)
    return pool


def _largest(kernel: Kernel, bounds: Bounds, pool: Pool, price: IntArray) -> tuple[Pool, Cover]:
    m = bounds.shape[0]
    while True:
        chosen = most_pairs(pool, bounds)
        pairs, paired = int(chosen.sum()), np.bincount(pool.i[chosen], minlength=m)
        if pairs == bounds.room:
            return pool, Cover.of_a_full_side(bounds, pool.i[chosen])
        reached_u, reached_v = _reached(pool, chosen, bounds)
        found = _open_pairs(kernel, pool, price, np.flatnonzero(reached_u), np.flatnonzero(~reached_v))
        if not len(found):
            return pool, Cover(pairs, ~reached_u, reached_v, paired)
        pool = pool.plus(found.i, found.j, found.points)


def _reached(pool: Pool, chosen: BoolArray, bounds: Bounds) -> tuple[BoolArray, BoolArray]:
    """Who is reached by alternating paths from the mentors with room to spare."""
    m, n = bounds.shape
    reached_u = np.bincount(pool.i[chosen], minlength=m) < bounds.capacity[0]
    reached_v = np.zeros(n, bool)
    taken = np.flatnonzero(chosen)
    by_mentee = taken[np.argsort(pool.j[taken], kind="stable")]
    start = np.searchsorted(pool.j[by_mentee], np.arange(n + 1))
    rows = np.flatnonzero(reached_u)
    while len(rows):
        edge, _ = expand(pool.start, rows)
        edge = edge[~chosen[edge]]
        columns = distinct(pool.j[edge])
        columns = columns[~reached_v[columns]]
        reached_v[columns] = True
        entry, _ = expand(start, columns)
        rows = distinct(pool.i[by_mentee[entry]])
        rows = rows[~reached_u[rows]]
        reached_u[rows] = True
    return reached_u, reached_v


def _open_pairs(kernel: Kernel, pool: Pool, price: IntArray, rows: IntArray, columns: IntArray) -> Pool:
    """The best eligible pairs, not in the pool, of reached mentors with mentees not reached."""
    x = np.full(kernel.shape[0], -SCALE - int(price.max(initial=0)))  # so low that every eligible pair beats it
    bands = kernel.priced(x, price, rows, columns)
    found = kernel.scan(bands, Harvest(kernel.outside(pool, x, price), _CAP, kernel.shape[0]))
    return Pool(found.i, found.j, found.reduced + x[found.i] + price[found.j], kernel.shape)
