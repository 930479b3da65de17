"""Stages: one objective under all rows, its values on every pair, its scale, and its dual bound."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.rows import UNBOUNDED, Couples, LoadValue, LoadValues
from rmatch.solve.branch_and_bound.lines import Line, Lines

_FINE = 46
"""Most bits of the largest value in units of ``1 / scale``."""

_FEW = 12
"""Load variables of each person, even if there are fewer partners."""

_COARSE = 1 << 10
"""Values below this are counts rather than scores."""


class StageProblem:
    """One objective under the rows of an instance and of settled objectives.

    Args:
        lines: The rows.
        name: Name of the objective.
        values: Value of every pair, ``(mentors, mentees)`` int64.
        loads: Values of numbers of pairs on each side.
    """

    def __init__(self, lines: Lines, name: str, values: IntArray, loads: LoadValues = (None, None)) -> None:
        self.instance, self.lines, self.name = lines.instance, lines, name
        self.values, self.loads, self.shape = values, loads, lines.shape
        eligible = self.instance.eligible
        self.largest = int(np.abs(values).max(initial=0, where=eligible))
        for side, load in enumerate(loads):
            if load is not None and len(load.first):
                steps = load.of(np.minimum(self.max_pairs[side], 1)) - load.square * self.max_pairs[side]
                self.largest = max(self.largest, int(np.abs(steps).max()))
        fine = 16 * max(sum(self.shape), 1) * int(max(self.sizes.max(initial=1), 1))
        self.strained = False  # whether prices were too large to be reckoned with
        self.scale = 1 << max(min((fine - 1).bit_length(), _FINE - self.largest.bit_length()), 4)

    @property
    def flat(self) -> bool:
        """Whether many pairs have equal values, as where they are counted."""
        return self.largest < _COARSE

    @property
    def circled(self) -> bool:
        """Whether some mentor has no pair or more than one, so that a price for each says too little of them."""
        return bool((self.instance.fewest[0] > 1).any())

    @cached_property
    def max_pairs(self) -> tuple[IntArray, IntArray]:
        """Most pairs of each mentor and of each mentee: capacity, or number of eligible partners."""
        eligible, capacity = self.instance.eligible, self.instance.capacity
        return np.minimum(capacity[0], eligible.sum(1)), np.minimum(capacity[1], eligible.sum(0))

    @cached_property
    def sizes(self) -> FloatArray:
        """Largest absolute coefficient of each row, ``(rows,)`` float64."""
        return np.concatenate(
            [np.full(len(line.low), max(_ends(line)[1], -_ends(line)[0])) for line in self.lines.lines] or [np.zeros(0)]
        ).astype(float)

    @cached_property
    def binding(self) -> BoolArray:
        """Rows that capacities do not imply, ``(rows,)`` bool; those of couples are not looked at."""
        found = [np.zeros(0, bool)]
        for line in self.lines.lines:
            if isinstance(line.each, Couples):
                found.append(np.ones(len(line.low), bool))
                continue
            least, most = (np.zeros(len(line.low), np.int64) for _ in range(2))
            for piece in line.pieces:
                low, high = piece.ends
                number = [
                    int(max_pairs.sum() if mask is None else max_pairs[mask].sum())
                    for max_pairs, mask in zip(self.max_pairs, (piece.mentors, piece.mentees), strict=True)
                ]
                times = (
                    np.array([min(number)]) if line.each is None else np.minimum(self.max_pairs[line.each], min(number))
                )
                least, most = least + min(low, 0) * times, most + max(high, 0) * times
            loaded = any(load is not None for load in line.loads)
            found.append((line.low > least) | (line.high < most) | loaded)
        return np.concatenate(found)

    def steps(self, side: int) -> tuple[IntArray, dict[int, IntArray]] | None:
        """Return the marginal values of each person's pairs, ``(numbers, people)``: of the objective, and of rows by
        index.
        """
        settled = {line.start: line.loads[side] for line in self.lines.lines if line.loads[side] is not None}
        if self.loads[side] is None and not settled:
            return None
        most = self.layers(side)
        k = np.arange(int(most.max(initial=0)) + 1)

        def adds(load: LoadValue | None) -> IntArray:
            if load is None:
                return np.zeros((len(k) - 1, len(most)), np.int64)
            return np.diff(np.array([load.of(np.full(len(most), number)) for number in k]), axis=0)

        return adds(self.loads[side]), {start: adds(load) for start, load in settled.items()}

    def layers(self, side: int) -> IntArray:
        """Return the number of load variables of each person, ``(people,)`` int64."""
        return np.minimum(self.instance.capacity[side], np.maximum(self.max_pairs[side] + 1, _FEW))

    def combined(self, y: IntArray, side: int) -> tuple[IntArray, int] | None:
        """Return ``(first, square)`` of the Lagrangian's load value at multipliers ``y``; None where there is none."""
        first, square, some = np.zeros(self.shape[side], np.int64), 0, False
        weights = [(self.scale, self.loads[side])]
        lines = [line for line in self.lines.lines if line.loads[side] is not None]
        weights += [(-int(y[line.start]), line.loads[side]) for line in lines]
        for weight, load in weights:
            if load is not None:
                first, square, some = first + weight * load.first, square + weight * load.square, True
        return (first, square) if some else None

    def reach(self, prices: FloatArray | IntArray) -> float:
        """Return a number that no int64 sum made of these duals passes: a pair's excess, or a person's value."""
        (m, n), y = self.shape, np.abs(prices[sum(self.shape) + 1 :])
        own = [float(np.abs(side).max(initial=0)) for side in (prices[:m], prices[m : m + n])]
        weights = np.array([y[line.start : line.start + len(line.low)].max(initial=0) for line in self.lines.lines])
        sizes = np.array([self.sizes[line.start : line.start + 1].sum() for line in self.lines.lines])
        found = self.scale * self.largest + sum(own) + float(np.abs(prices[m + n])) + float(weights @ sizes)
        for side, most in enumerate(self.instance.capacity):
            k = int(most.max(initial=0))
            value = own[side] * k + self.scale * _most_value(self.loads[side], k)
            value += sum(
                w * _most_value(line.loads[side], k) for w, line in zip(weights, self.lines.lines, strict=True)
            )
            found = max(found, value)
        return found

    def excess(self, prices: IntArray) -> IntArray:
        """Return the reduced value of every pair, ``(mentors, mentees)`` int64, in units of ``1 / scale``."""
        m, n = self.shape
        full = self.scale * self.values
        full -= prices[:m, None]
        full -= prices[None, m : m + n]
        self.lines.subtract(full, prices[m + n + 1 :])
        return full

    def row_value(self, y: IntArray, low: IntArray, high: IntArray) -> int:
        """Return ``Σ max(y · low, y · high)``, the rows' contribution to the dual bound."""
        some = np.flatnonzero(y)
        ends = np.where(y > 0, high, low)
        return sum(a * b for a, b in zip(y[some].tolist(), ends[some].tolist(), strict=True))

    def bound(self, prices: IntArray, excess: IntArray) -> int:
        """Return the dual bound in units of ``1 / scale``; the formula is that of
        :class:`~rmatch.proof.certificate.StageProof`.
        """
        m, n = self.shape
        y = prices[m + n + 1 :]
        over = np.maximum(excess, 0, where=self.instance.eligible, out=np.zeros_like(excess))
        locked = self.instance.locked
        total = _sum(over) + _sum(np.minimum(excess[locked], 0))
        total += self.row_value(y, self.lines.low, self.lines.high)
        for side, own in enumerate((prices[:m], prices[m : m + n])):
            fixed = locked.sum(1 - side)  # who has locked pairs has as many at least
            least, most = np.maximum(self.instance.minimum[side], fixed), self.instance.capacity[side]
            total += people_value(own, least, most, self.combined(y, side))
        return total

    def value(self, i: IntArray, j: IntArray) -> int:
        """Return the value of a plan."""
        loads = (np.bincount(who, minlength=size) for who, size in zip((i, j), self.shape, strict=True))
        adds = sum(int(v.of(load).sum()) for v, load in zip(self.loads, loads, strict=True) if v is not None)
        return int(self.values[i, j].sum()) + adds

    @cached_property
    def pattern(self) -> tuple[int, int]:
        """``(v, g)``: the value of every plan is v plus a multiple of g."""
        low, high = self.lines.span
        values = self.values[self.instance.eligible]
        if any(self.loads) or not len(values):
            return 0, 1
        base = int(values[0]) if low == high else 0
        few = int(np.gcd.reduce(values[:1000] - base))
        return base * low, few if few == 1 else int(np.gcd.reduce(values - base))

    def above(self, value: int) -> int:
        """Return the least attainable value above ``value``."""
        v, g = self.pattern
        return value + ((v - value - 1) % g + 1 if g else max(v - value, 1))


def _ends(line: Line) -> tuple[int, int]:
    """Least and largest value of a coefficient."""
    ends = [piece.ends for piece in line.pieces]
    return sum(min(low, 0) for low, _ in ends), sum(max(high, 0) for _, high in ends)


def _most_value(load: LoadValue | None, most: int) -> float:
    """A number that the value of up to ``most`` pairs of one person never passes."""
    return 0.0 if load is None else float(np.abs(load.first).max(initial=0)) + abs(load.square) * float(most) ** 2


def _sum(numbers: IntArray) -> int:
    """A sum that may exceed int64, from the sums of the upper and the lower 32 bits."""
    return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())


def people_value(price: IntArray, least: IntArray, most: IntArray, load: tuple[IntArray, int] | None) -> int:
    """Return ``Σ max(price · k + value of k pairs)`` over people, ``k`` from ``least`` to ``most``.

    Args:
        price: Price of a pair, ``(people,)`` int64.
        least, most: Fewest and most pairs, ``(people,)`` int64.
        load: ``(first, square)`` of the value of numbers of pairs; None for none.
    """
    if load is None:
        return sum(np.where(price > 0, price * most, price * least).tolist())
    best = np.full(len(price), -UNBOUNDED)
    for k in range(int(most.max(initial=0)) + 1):
        value = price * k + load[0] * min(k, 1) - load[1] * k * k
        best = np.where((least <= k) & (k <= most), np.maximum(best, value), best)
    return sum(best.tolist())
