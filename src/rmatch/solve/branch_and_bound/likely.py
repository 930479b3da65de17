"""Likely pairs: those that an entropic plan of a stage contains, so that the first linear program has little to add.

The plan ``exp((value - x_i - y_j - Σ multiplier_r · coefficient_rij) / T)`` is found as in
:mod:`rmatch.solve.entropic`, by sweeps over mentors and mentees; after each sweep every row that counts all pairs
together moves its multiplier by a Newton step. Whatever comes out costs time only: the linear program decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.threads import one_thread
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.rows import UNBOUNDED
from rmatch.solve.branch_and_bound.stage import StageProblem

_TEMPERATURE = 0.012  # of the largest value
_SWEEPS = 24
_OFF = 0.15  # share of the pairs by which people and rows together may be off
_STEP = 20.0  # in temperatures, that a multiplier moves at once
_FAR = 400.0  # in temperatures, that all multipliers together may be away from 0
_APART = 97  # pairs of which one is looked at for the coefficient that most have
_NONE = 1e-50  # far below what an eligible pair weighs
_NEVER = 1e-12  # share of a pair that no multiplier makes count for much


@dataclass(eq=False)
class _Row:
    """A row over all pairs, by the pairs that count in it, with a multiplier in temperatures.

    Args:
        at: Its index.
        size: Its largest coefficient, by which all are divided.
        i, j, much: Mentors and mentees of the pairs, and their coefficients.
        low, high: Its bounds.
        far: How far the multiplier may be away from 0.
    """

    at: int
    size: float
    i: IntArray
    j: IntArray
    much: FloatArray
    low: float
    high: float
    far: float
    multiplier: float = 0.0

    def only(self, some: BoolArray) -> None:
        """Keep some of the pairs that count, ``(pairs,)`` bool."""
        self.i, self.j, self.much = self.i[some], self.j[some], self.much[some]

    def move(self, plan: FloatArray) -> tuple[FloatArray, float]:
        """Move the multiplier towards the bounds; return the factor of each pair that counts, and by how much the row
        was off.

        Args:
            plan: Fractions of the pairs that count, ``(pairs,)`` float64.
        """
        counted = float(self.much @ plan)
        wanted = min(max(counted, self.low), self.high)
        if self.multiplier:
            wanted = self.low if self.multiplier < 0 else self.high
        step = counted - wanted
        if counted * wanted > 0:  # exact for a row of ones
            step = counted * float(np.log(counted / wanted))
        step = min(max(step / max(float(self.much**2 @ plan), _NONE), -_STEP), _STEP)
        least, most = -self.far * (self.low > -UNBOUNDED), self.far * (self.high < UNBOUNDED)
        before, self.multiplier = self.multiplier, min(max(self.multiplier + step, least), most)
        step = self.multiplier - before
        return np.exp(-step * self.much), abs(counted - wanted) * bool(step)


def likely_prices(stage: StageProblem) -> IntArray:
    """Return prices of people and multipliers of rows, ``(people + 1 + rows,)`` int64.

    People's are whole units of the value, far more coarsely rounded than float64 differs between machines.

    Args:
        stage: The stage; its values are scores rather than counts.
    """
    instance, (low, high) = stage.instance, stage.lines.span
    unit = _TEMPERATURE * stage.largest
    weights = np.where(instance.eligible, np.exp(np.minimum(stage.values - stage.largest, 0) / unit), 0.0)
    rows = _rows(stage)
    most = [np.minimum(own, some).astype(float) for own, some in zip(instance.capacity, stage.max_pairs, strict=True)]
    ends = np.exp(1 / _TEMPERATURE), 1.0  # where a price would become negative
    free = [np.inf if own.sum() <= low else end for own, end in zip(most, ends, strict=True)]
    number = low == high and low < min(own.sum() for own in most)
    mentors, mentees = np.zeros(len(most[0])), np.ones(len(most[1]))
    with one_thread():
        for sweep in range(_SWEEPS):
            sums = weights @ mentees
            before, mentors = mentors, np.minimum(most[0] / np.maximum(sums, _NONE), free[0])
            off = float(np.abs(mentors - before) @ sums)
            sums = mentors @ weights
            mentees = np.minimum(most[1] / np.maximum(sums, _NONE), free[1])
            pairs = float(sums @ mentees)
            if number:
                weights *= low / max(pairs, _NONE)
            for row in rows:
                plan = mentors[row.i] * weights[row.i, row.j] * mentees[row.j]
                if not sweep:
                    row.only(plan > _NEVER)
                    plan = plan[plan > _NEVER]
                factor, missed = row.move(plan)
                weights[row.i, row.j] *= factor
                off += missed
            if off < _OFF * pairs:
                break
    prices = np.zeros(sum(stage.shape) + 1 + stage.lines.size)
    own = [np.where(side > 0, -unit * np.log(np.maximum(side, _NONE)), 0) for side in (mentors, mentees)]
    prices[: len(mentors)] = np.rint(own[0] + stage.largest) * stage.scale
    prices[len(mentors) : sum(stage.shape)] = np.rint(own[1]) * stage.scale
    for row in rows:
        prices[sum(stage.shape) + 1 + row.at] = np.rint(row.multiplier / row.size * unit * stage.scale)
    return prices.astype(np.int64)


def _rows(stage: StageProblem) -> list[_Row]:
    """The rows over all pairs that capacities do not imply, without those that count every pair alike.

    Where the number of pairs is settled, the coefficient that most pairs have is taken off all.
    """
    span, found = stage.lines.span, []
    low, high = stage.lines.rounded(span)
    lines = [line for line in stage.lines.lines if line.each is None and line.pattern[1] and not any(line.loads)]
    lines = [line for line in lines if stage.binding[line.start]]
    for line in lines:
        much = sum((piece.full(stage.shape) for piece in line.pieces), np.zeros(stage.shape, np.int64)).reshape(-1)
        often = np.sort(much[::_APART])
        alike = int(often[len(often) // 2]) if span[0] == span[1] and len(often) else 0  # few pairs are left to count
        much -= alike
        some = np.flatnonzero(much)
        size = max(float(np.abs(much).max(initial=0)), 1.0)
        ends = [float(end[line.start]) for end in (low, high)]
        least, most = (end if abs(end) >= UNBOUNDED else (end - alike * span[0]) / size for end in ends)
        i, j = np.divmod(some, stage.shape[1])
        found.append(_Row(line.start, size, i, j, much[some] / size, least, most, _FAR / len(lines)))
    return found
