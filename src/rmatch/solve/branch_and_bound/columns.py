"""Column generation within a case: listed pairs join the linear program where they exceed their prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.solve.branch_and_bound.box import Box, Listing
from rmatch.solve.branch_and_bound.program import DEAREST, Basis, LinearProgram
from rmatch.solve.branch_and_bound.root import best_of

TINY = 1e-6
_SMALL = 1_000
"""Listed pairs up to which the program contains all from the start."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Solution of the linear relaxation of a case.

    Args:
        x: Fraction of each listed pair, ``(pairs,)`` float64.
        prices: Duals, ``(people + 1 + rows,)`` int64.
        bound: Dual bound in units of ``1 / scale``.
        missing: Whether rows are violated.
        whole: Whether no row is violated and all fractions are 0 or 1.
    """

    x: FloatArray
    prices: IntArray
    bound: int
    missing: bool
    whole: bool


class Columns:
    """The linear program of a listing, with the positions of the pairs that it contains so far."""

    def __init__(
        self, listing: Listing, near: BoolArray, prices: IntArray | None = None, basis: Basis | None = None
    ) -> None:
        self.listing, self.stage, self.prices, self.basis = listing, listing.stage, prices, basis
        self.present = near[listing.i, listing.j] | listing.locked | (len(listing.i) <= _SMALL)
        self.place = np.flatnonzero(self.present)

    @cached_property
    def program(self) -> LinearProgram:
        """The linear program, created for the first case without contradictory bounds."""
        program = LinearProgram(
            self.stage,
            self.listing.i[self.place],
            self.listing.j[self.place],
            circles=self.stage.circled,
            prices=self.prices,
            basis=self.basis,
        )
        if self.stage.flat:
            program.tilt(True)
            program.solve()
            program.tilt(False)
        return program

    def _join(self, new: BoolArray) -> None:
        places, program = np.flatnonzero(new), self.program
        self.present |= new
        self.place = np.append(self.place, places)
        program.add(self.listing.i[places], self.listing.j[places])

    def solve(self, box: Box, cap: int) -> Relaxed | None:
        """Solve a case, or show that its bound is below ``cap``; return None where the solver fails."""
        if (box.sure & ~self.present).any():
            self._join(box.sure & ~self.present)
        self.program.dual(True)
        again = True
        while True:
            at = self.place
            self.program.within(Box(box.sure[at], box.may[at], box.low, box.high, box.span))
            solution = self.program.solve()
            if solution is None and again:  # the one that was warm may have gone astray
                again = False
                del self.program
                continue
            if solution is None:
                return None
            bound = self.listing.shown(solution.prices, box)
            better = self._better(solution.prices, box) if bound >= cap else np.zeros(0, bool)
            if better.any():
                self._join(better)
                self.program.dual(False)
                continue
            if solution.missing > TINY and bound >= cap and self.program.price <= DEAREST:
                self.program.dearer(16)
                continue
            x = np.zeros(len(self.listing.i))
            x[self.place] = self.program.x()
            missing = solution.missing > TINY
            whole = not missing and bool((np.abs(x - np.rint(x)) < TINY).all())
            return Relaxed(x, solution.prices, bound, missing, whole)

    def _better(self, prices: IntArray, box: Box) -> BoolArray:
        """Of the absent pairs that exceed their prices, each person's best; those of the mentors' best circles."""
        if self.stage.circled:
            return (
                np.zeros(0, bool) if self.listing.empty(box) else self.listing.circles(prices, box)[1] & ~self.present
            )
        excess = self.listing.excess(prices)
        some = np.flatnonzero(box.may & ~self.present & (excess > self.stage.scale // 2))
        chosen = np.zeros(len(excess), bool)
        chosen[some[best_of(self.listing.i[some], self.listing.j[some], excess[some])]] = True
        return chosen
