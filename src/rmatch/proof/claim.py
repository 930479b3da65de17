"""Claims: a stage's proof in a form that can be evaluated for every pair.

With the objective's value of a pair, and each earlier objective's, the excess of a pair over its prices is::

    excess(i, j) = times · points + each - x_i - y_j - Σ u_i · v_j - what conditional parts add

Numbers that could exceed 64 bits are Python integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.limits import Alike
from rmatch.objectives import Objective, linear_of, loads_of, values_of
from rmatch.proof.certificate import StageProof
from rmatch.proof.problem import Problem
from rmatch.proof.settled import counts_pairs, rounded, settled_number
from rmatch.rows import UNBOUNDED, Couples, PairList, PairValues, Part, Row

_FLOAT = 1 << 50
_EXACT = 1 << 53  # whole numbers up to it are exact among floats
_HIGH = 4 * SCALE  # a score that only an invalid criterion exceeds
_INT64_SAFE = 1 << 61  # sums of numbers below this stay within int64

AnyArray: TypeAlias = np.ndarray[Any, Any]


def _size(numbers: IntArray) -> int:
    """Largest absolute value; exact for every integer type."""
    return max(int(numbers.max(initial=0)), -int(numbers.min(initial=0)))


class FalseProofError(Exception):
    """A proof that shows nothing: it belongs to other people, rows or objectives."""


@dataclass(frozen=True, eq=False)
class Frozen:
    """An earlier objective as a row between its value and its bound."""

    objective: Objective
    value: int
    bound: int


@dataclass(frozen=True, eq=False)
class Claim:
    """A stage's duals in the form of the module's formula.

    Args:
        constant: The most that rows and people's numbers of pairs contribute.
        times, each, x, y: See the formula.
        products: ``(u, v)`` of unconditional parts.
        curved: Multiples of objectives that are not affine in the score.
        some: Multipliers, row and part of conditional parts.
        least_points: Pairs that score less are excluded.
    """

    constant: int
    times: int
    each: int
    x: IntArray
    y: IntArray
    products: tuple[tuple[IntArray, IntArray], ...]
    curved: tuple[tuple[int, PairValues], ...]
    some: tuple[tuple[IntArray, Row, Part], ...]
    least_points: int

    @property
    def scoreless(self) -> bool:
        """Whether the excess depends on the two people's prices only."""
        return self.times == 0 and not (self.products or self.curved or self.some)

    @property
    def plain(self) -> bool:
        """Whether the excess is the score less two prices, exact in float64."""
        if self.times != 1 or self.x.dtype == object or self.products or self.curved or self.some:
            return False
        return all(int(np.abs(side).max(initial=0)) < _FLOAT for side in (self.x - self.each, self.y))

    def at(self, i: IntArray, j: IntArray, points: IntArray) -> IntArray:
        """Return the excess of listed pairs that score ``points``, ``(pairs,)``."""
        over = self.times * points.astype(self.x.dtype) + self.each - self.x[i] - self.y[j]
        for u, v in self.products:
            over -= u[i] * v[j]
        for times, values in self.curved:
            over = over + self._exactly(np.array([times], self.x.dtype), values(i, j, points))
        for price, row, part in self.some:
            over = over - self._exactly(price[row.number(i, j)], part.at(i, j))
        return over

    def _exactly(self, price: IntArray, numbers: IntArray) -> IntArray:
        """A product that stays within int64 with all others of a pair, else of Python integers."""
        if _size(price) * _size(numbers) * (len(self.curved) + len(self.some)) >= _INT64_SAFE:
            price, numbers = price.astype(object), numbers.astype(object)
        product: IntArray = price * numbers.astype(price.dtype)
        return product

    def above(self, level: int, rows: IntArray, columns: IntArray, points: IntArray) -> tuple[IntArray, IntArray]:
        """Return the pairs of some mentors with some mentees whose excess is above ``level``, as ``(i, j)``.

        ``points`` are their scores, ``(rows, mentees)``. Pairs that no condition could lift above the level are
        skipped.
        """
        met, (left, right), reach = points >= self.least_points, self._paid, self._reach
        if reach is not None and points.max(initial=0) <= _HIGH:
            over = self.times * points.astype(left.dtype) - left[rows] @ right[:, columns]
            for price, alike in self._agreeing:
                over -= price * alike.block(rows, columns).astype(left.dtype)
            met &= over > level - reach
        row, column = np.nonzero(met)
        i, j = rows[row], columns[column]
        fine = self.at(i, j, points[row, column]) > level
        return i[fine], j[fine]

    @cached_property
    def _paid(self) -> tuple[AnyArray, AnyArray]:
        """Unconditional prices as one product, ``(mentors, k)`` and ``(k, mentees)``; floats where exact."""
        one = [np.ones_like(side) for side in (self.x, self.y)]
        left = np.column_stack([self.x - self.each, one[0], *(u for u, _ in self.products)])
        right = np.vstack([one[1], self.y, *(v for _, v in self.products)])
        most = zip(np.abs(left).max(0, initial=0).tolist(), np.abs(right).max(1, initial=0).tolist(), strict=True)
        agreeing = sum(abs(price) for price, _ in self._agreeing)
        exact = abs(self.times) * _HIGH + sum(a * b for a, b in most) + agreeing < _EXACT
        return (left.astype(float), right.astype(float)) if exact else (left, right)

    @cached_property
    def _agreeing(self) -> list[tuple[int, Alike]]:
        """Conditions of single rows that all pairs of a block are held against, with what each takes off a pair."""
        return [
            (int(price[0]) * part.times, part.pairs)
            for price, row, part in self.some
            if isinstance(part.pairs, Alike) and _of_all(row, part)
        ]

    @cached_property
    def _reach(self) -> int | None:
        """Most that the other conditions add to a pair; None where it is unknown, as for conditions of user classes."""
        if self.curved or any(not isinstance(part.pairs, PairList | Alike | Couples) for _, _, part in self.some):
            return None
        rest = [(price, part.times) for price, row, part in self.some if not _of_all(row, part)]
        return sum(max(-int(price.min(initial=0)) * k, -int(price.max(initial=0)) * k) for price, k in rest)


def _of_all(row: Row, part: Part) -> bool:
    """Whether a part counts pairs of everybody who agree, or differ, in a single row."""
    return isinstance(part.pairs, Alike) and row.each is None and part.mentors is None and part.mentees is None


def claim_of(problem: Problem, objective: Objective, proof: StageProof, frozen: Sequence[Frozen]) -> Claim:
    """Return the claim of a proof.

    Args:
        objective: One stage of an objective.
        frozen: The earlier objectives.

    Raises:
        FalseProofError: The proof belongs to other people, rows or objectives.
    """
    prices = proof.mentor_prices, proof.mentee_prices
    if any(len(price) != size for price, size in zip(prices, problem.shape, strict=True)):
        raise FalseProofError("its prices are for other people")
    if proof.scale < 1:
        raise FalseProofError(f"its scale is {proof.scale}, and must be 1 or more")
    rows = {row.name: row for row in problem.rows}
    earlier = {done.objective.name: done for done in frozen if not done.objective.threshold}
    if len({done.objective.name for done in frozen}) < len(frozen):
        raise FalseProofError("two earlier objectives have one name, so a multiplier may mean either")
    strangers = [name for name in proof.multipliers if name not in rows and name not in earlier]
    if strangers:
        raise FalseProofError(f"its proof weighs {strangers[0]!r}, which is no limit and no earlier objective")
    weighed = [(done, -_single(proof, name)) for name, done in earlier.items() if name in proof.multipliers]
    dtype = np.int64 if _largest(problem, objective, proof, rows, weighed) < _INT64_SAFE else object
    made = _ClaimBuilder(problem, [price.astype(dtype) for price in prices], settled_pairs(problem, frozen))
    for name, row in rows.items():
        if name in proof.multipliers:
            made.row(row, np.asarray(proof.multipliers[name]).astype(dtype))
    for done, times in weighed:
        made.constant += max(-times * done.value, -times * done.bound)
        made.objective(done.objective, times)
    if not objective.threshold:
        made.objective(objective, proof.scale)
    low = [done.value for done in frozen if done.objective.threshold]
    least = max([problem.scores.least_points, *low, *([proof.bound + 1] if objective.threshold else [])])
    return made.claim(least)


def _single(proof: StageProof, name: str) -> int:
    """The multiplier of an earlier objective."""
    price = proof.multipliers[name]
    if len(price) != 1:
        raise FalseProofError(f"it has {len(price)} multipliers of {name!r}, and there is one row")
    return int(price[0])


def _largest(
    problem: Problem,
    objective: Objective,
    proof: StageProof,
    rows: dict[str, Row],
    weighed: Sequence[tuple[Frozen, int]],
) -> int:
    """A number that no sum of the claim for one pair or person passes."""
    parts = [_size(proof.mentor_prices), _size(proof.mentee_prices)]
    for name, row in rows.items():
        if name in proof.multipliers:
            parts.append(
                _size(np.asarray(proof.multipliers[name])) * max(sum(abs(part.times) for part in row.parts), 1)
            )
    parts += [abs(times) * _reach(problem, done.objective) for done, times in weighed]
    return (sum(parts) + proof.scale * _reach(problem, objective)) * max(*problem.shape, 1)


def _reach(problem: Problem, objective: Objective) -> int:
    """A number that an objective's affine part and load values never pass."""
    times, each = linear_of(objective, problem.people) or (0, 0)
    reach = (abs(times) << 31) + abs(each) + 1  # of scores, which lie far below
    for values in loads_of(objective, problem.people):
        if values is not None:
            reach += int(np.abs(values.first).max(initial=0)) + abs(values.square) * max(problem.shape) ** 2
    return reach


def settled_pairs(problem: Problem, frozen: Sequence[Frozen]) -> int | None:
    """Return the number of pairs of every plan, where rows or an earlier objective fix it; else None."""
    counted = [(done.value, done.bound) for done in frozen if counts_pairs(done.objective, problem.people)]
    return settled_number(problem.rows, problem.shape, counted)


class _ClaimBuilder:
    """Accumulates the terms of a claim."""

    def __init__(self, problem: Problem, prices: list[IntArray], pairs: int | None) -> None:
        self.problem, self.pairs = problem, pairs
        self.own = prices[0].copy(), prices[1].copy()  # what people pay for their pairs
        self.x, self.y = prices[0].copy(), prices[1].copy()
        self.constant, self.times, self.each = 0, 0, 0
        self.products: dict[bytes, tuple[IntArray, IntArray]] = {}
        self.curved: list[tuple[int, PairValues]] = []
        self.some: list[tuple[IntArray, Row, Part]] = []
        self.first = [0 * prices[0], 0 * prices[1]]
        self.square = [0, 0]

    def objective(self, objective: Objective, times: int) -> None:
        """Add a multiple of an objective."""
        people = self.problem.people
        linear = linear_of(objective, people)
        if linear is None:
            self.curved.append((times, values_of(objective, people)))
        else:
            self.times += times * linear[0]
            self.each += times * linear[1]
        for side, values in enumerate(loads_of(objective, people)):
            if values is not None:
                self.first[side] = self.first[side] + times * values.first.astype(self.x.dtype)
                self.square[side] += times * values.square

    def row(self, row: Row, price: IntArray) -> None:
        """Add a row at its multiplier, or each person's row at their own."""
        low, high = rounded(row, self.problem.shape, self.pairs)
        if len(price) != len(low):
            raise FalseProofError(f"it has {len(price)} multipliers of {row.name!r}, and there are {len(low)} rows")
        self.constant += sum(_at_most(p, a, b, row) for p, a, b in _nonzero(price, low, high))
        for part in row.parts:
            self._part(part, row, price)

    def _part(self, part: Part, row: Row, price: IntArray) -> None:
        """Add a part as ``u_i · v_j``, or to one side's prices where the other side is unrestricted."""
        if part.pairs is not None:
            self.some.append((price, row, part))
            return
        (m, n), paid = self.problem.shape, part.times * price
        u, v = _members(part.mentors, m, price.dtype), _members(part.mentees, n, price.dtype)
        turned = row.each == "mentee"
        u, v = (u, paid * v) if turned else (paid * u, v)
        if part.mentees is None and not turned:
            self.x = self.x + u
        elif part.mentors is None and row.each != "mentor":
            self.y = self.y + (v if turned else paid * v)
        else:  # those of the same members at once
            key = bytes([turned]) + (u if turned else v).astype(np.int64).tobytes()
            before = self.products.get(key, (0 * u, 0 * v))
            self.products[key] = (u, before[1] + v) if turned else (before[0] + u, v)

    def claim(self, least_points: int) -> Claim:
        """Return the claim."""
        load = [np.bincount(k, minlength=size) for k, size in zip(self.problem.fixed, self.problem.shape, strict=True)]
        people = zip(self.own, self.first, self.square, self.problem.minimum, self.problem.capacity, load, strict=True)
        for price, first, square, least, most, fixed in people:
            self.constant += _people(price, first, square, np.maximum(least, fixed), most)
        return Claim(
            self.constant,
            self.times,
            self.each,
            self.x,
            self.y,
            tuple(self.products.values()),
            tuple(self.curved),
            tuple(self.some),
            least_points,
        )


def _members(some: IntArray | None, size: int, dtype: np.dtype[Any]) -> IntArray:
    """Indicator of the people at some positions, ``(size,)``; all ones for None."""
    if some is None:
        return np.ones(size, dtype)
    found = np.zeros(size, dtype)
    found[some] = 1
    return found


def _nonzero(price: IntArray, low: IntArray, high: IntArray) -> Iterator[tuple[int, int, int]]:
    at = np.flatnonzero(price)
    return zip(map(int, price[at]), map(int, low[at]), map(int, high[at]), strict=True)


def _at_most(price: int, low: int, high: int, row: Row) -> int:
    """The most that a row contributes at its multiplier."""
    if (price > 0 and high == UNBOUNDED) or (price < 0 and low == -UNBOUNDED):
        raise FalseProofError(f"its multiplier of {row.name!r} is for a bound that the row does not have")
    return max(price * low, price * high)


def _people(price: IntArray, first: IntArray, square: int, least: IntArray, most: IntArray) -> int:
    """The most that people's numbers of pairs contribute, ``k`` from least to most.

    ``price · k + first · min(k, 1) - square · k²`` is largest at an end, at 1, or at its stationary point.
    """
    if (least > most).any():
        raise FalseProofError("somebody must have more pairs than they may have")
    turns = [least, most, np.clip(1, least, most)]
    if square > 0:
        turns += [np.clip((price // (2 * square) + step), least, most) for step in (0, 1)]
    best = None
    for k in turns:
        k = k.astype(price.dtype)
        value = price * k + first * np.minimum(k, 1) - square * k * k
        best = value if best is None else np.maximum(best, value)
    return sum(best.tolist()) if best is not None else 0
