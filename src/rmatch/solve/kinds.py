"""People alike as a reduction: where few people differ, a plan is a flow between kinds of people.

People of one side are alike if their factors, penalties included, and their capacities are equal. A pair is worth what
its kinds are worth, and a predicate can only forbid it, so the best flow between kinds bounds every plan. Dealt out to
the people, it is one: kind by kind in canonical order, which is random, so people alike have equal chances. Pairs that
a predicate forbids (one person on both sides, a reporting line, a past round) exchange partners at an equal total.
Where that fails, column generation decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.factors import Sparse, beside
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.model import Model
from rmatch.problem.partner_types import NO_TYPE_DUALS
from rmatch.solve.backends import cheapest, largest
from rmatch.solve.column_generation import Proof
from rmatch.solve.cover import Cover, reached
from rmatch.solve.duals import Prices, prices_of
from rmatch.solve.progress import ProgressReporter, Stage
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense

_MOST_KINDS = 1 << 11  # of each side
_MOST_ARCS = 1 << 17  # pairs of kinds
# most distinct rows, as a share of so many people of both sides, multiplied: above it few people are alike
_VARIED = {64: 0.8, 256: 0.25}
_AT_ONCE = 1 << 12  # people whose rows are compared
_SHARE = 16  # pairs of people for each pair of kinds, at least
_MOST_FORBIDDEN = 1 << 10  # dealt pairs that are mended one by one

Pairs = tuple[IntArray, IntArray]


@dataclass(frozen=True, eq=False)
class Kinds:
    """Kinds of the people of one side.

    Args:
        of: Kind of each person, ``(people,)`` int64.
        first: First person of each kind in canonical order, ``(kinds,)`` int64.
    """

    of: IntArray
    first: IntArray

    @classmethod
    def among(cls, rows: Sparse, capacity: IntArray, most: int) -> Kinds | None:
        """Return the kinds of people by equal rows of factors and equal capacities; None if there are over ``most``."""
        seen, of, first = dict[bytes, int](), list[int](), list[int]()
        for begin in range(0, len(rows), _AT_ONCE):
            places = capacity[begin : begin + _AT_ONCE].tobytes()
            for k, row in enumerate(_as_bytes(rows, begin, _AT_ONCE)):
                of.append(seen.setdefault(row + places[8 * k : 8 * k + 8], len(seen)))
                if of[-1] == len(first):
                    first.append(begin + k)
            if len(first) > most:
                return None
        return cls(np.array(of, np.int64), np.array(first, np.int64))

    @cached_property
    def count(self) -> IntArray:
        """Number of people of each kind, ``(kinds,)`` int64."""
        return np.bincount(self.of, minlength=len(self.first))

    def dealt(self, kinds: IntArray, amounts: IntArray) -> tuple[IntArray, IntArray]:
        """Deal amounts of pairs to people, each kind's in turn, round after round.

        Args:
            kinds: Kind of each amount, int64.
            amounts: Number of pairs, int64.

        Returns:
            The amount to which each pair belongs and its person, ``(pairs,)`` int64 each.
        """
        order = np.argsort(kinds, kind="stable")
        begin = np.zeros(len(kinds), np.int64)  # pairs that the kind has been dealt before
        before = np.cumsum(amounts[order]) - amounts[order]
        new = np.diff(kinds[order], prepend=-1) != 0
        begin[order] = before - np.maximum.accumulate(np.where(new, before, 0))
        amount = np.repeat(np.arange(len(amounts)), amounts)
        within = np.arange(len(amount)) - np.repeat(np.cumsum(amounts) - amounts, amounts)
        members = np.argsort(self.of, kind="stable")
        kind = kinds[amount]
        place = (begin[amount] + within) % self.count[kind]
        return amount, members[(np.cumsum(self.count) - self.count)[kind] + place]


def _variety(rows: Sparse, people: int) -> float:
    """Return the share of distinct rows among the first people, whose order is random."""
    head = list(_as_bytes(rows, 0, people))
    return len({*head}) / len(head)


def _as_bytes(rows: Sparse, begin: int, size: int) -> Iterator[bytes]:
    """Yield the entries of some rows, each as bytes."""
    ends = rows.start[begin : begin + size + 1]
    entries = np.column_stack([side[ends[0] : ends[-1]] for side in (rows.column, rows.value)]).tobytes()
    return (entries[start:end] for start, end in pairwise((16 * (ends - ends[0])).tolist()))


@dataclass(frozen=True, eq=False)
class Transport:
    """A transport problem between kinds.

    Args:
        arcs: Pairs of kinds that may meet, with the value of a pair.
        most: Most pairs of each arc, ``(arcs,)`` int64.
        capacity: Most pairs of each kind of mentors and of mentees, int64.
        settled: Whether the number of pairs is maximised before their value.
    """

    arcs: Candidates
    most: IntArray
    capacity: tuple[IntArray, IntArray]
    settled: bool

    def flow(self) -> IntArray:
        """Return the number of pairs of each arc in a plan of the greatest value, ``(arcs,)`` int64."""
        ends = self.arcs.i, self.arcs.j
        pairs = int(largest(*ends, self.most, self.capacity).sum()) if self.settled else None
        return cheapest(*ends, self.most, self.capacity, -self.arcs.points, pairs)

    def residual(self, flow: IntArray) -> tuple[Candidates, BoolArray, Bounds]:
        """Return the arcs of a residual graph, which are chosen, and bounds, in the form of a plan of single pairs.

        An arc stands twice where it has flow and may have more. Capacities are such that a kind has room to spare
        in this plan as it has in the flow.
        """
        arc = np.concatenate([np.flatnonzero(flow), np.flatnonzero(flow < self.most)])
        order = np.argsort(arc, kind="stable")
        arcs, chosen = self.arcs.only(arc[order]), order < np.count_nonzero(flow)
        room = [
            np.bincount(ends[chosen], minlength=len(most)) + (np.bincount(own, flow, len(most)) < most)
            for ends, own, most in zip((arcs.i, arcs.j), (self.arcs.i, self.arcs.j), self.capacity, strict=True)
        ]
        none = tuple(np.zeros(len(most), np.int64) for most in self.capacity)
        return arcs, chosen, Bounds((room[0], room[1]), (none[0], none[1]), self.settled)


@dataclass(frozen=True, eq=False)
class AlikePeople:
    """People divided into kinds, whose plan is a flow.

    Args:
        kernel: Scores and eligibility of all pairs.
        mentors, mentees: The kinds of both sides.
        points: Score of each pair of kinds in points, ``(kinds, kinds)`` int64; negative where a rule forbids it.
        each: What is added to the score of a pair.
    """

    kernel: Kernel
    mentors: Kinds
    mentees: Kinds
    points: IntArray
    each: int

    @classmethod
    def of(cls, model: Model, kernel: Kernel, bounds: Bounds) -> AlikePeople | None:
        """Return the reduction, or None where people do not fall into few kinds, or some need pairs."""
        most = min(_MOST_ARCS, kernel.shape[0] * kernel.shape[1] // _SHARE)
        if not most or model.tiles or any(least.any() for least in bounds.minimum):
            return None
        sides = (model.u, model.v)
        if any(_variety(sides[0], head) * _variety(sides[1], head) > most for head, most in _VARIED.items()):
            return None
        if model.penalty is not None:
            sides = beside([model.u, model.penalty[0]]), beside([model.v, model.penalty[1]])
        mentors = Kinds.among(sides[0], bounds.capacity[0], min(most, _MOST_KINDS))
        mentees = mentors and Kinds.among(sides[1], bounds.capacity[1], min(most // len(mentors.first), _MOST_KINDS))
        if mentors is None or mentees is None:
            return None
        part = kernel.part(mentors.first, mentees.first)
        shape = part.shape
        free = part.priced(*(np.zeros(size, np.int64) for size in shape))
        points = part.scan(free, Dense(*shape)).astype(np.int64)
        points[points < kernel.eligibility.least_points] = -1
        return cls(kernel, mentors, mentees, points, -model.floor)

    def apply(self, problem: Bounds) -> Transport:
        """Return the transport problem of bounds on single people."""
        a, b = np.nonzero(self.points >= 0)
        sizes = self.mentors.count, self.mentees.count
        capacity = (
            sizes[0] * problem.capacity[0][self.mentors.first],
            sizes[1] * problem.capacity[1][self.mentees.first],
        )
        arcs = Candidates(a, b, self.points[a, b] + self.each, self.points.shape)
        return Transport(arcs, sizes[0][a] * sizes[1][b], capacity, problem.most_pairs)

    def invert(self, answer: IntArray) -> Pairs:
        """Return mentors and mentees of the pairs of a flow, given for every pair of kinds, no pair twice.

        A mentor's pairs with one kind follow one another and its mentees take turns, so that none comes twice: both
        get their pairs as evenly as can be, and the kinds have at least as many pairs of people as the flow.
        """
        a, b = np.nonzero(answer)
        amount, i = self.mentors.dealt(a, answer[a, b])
        _, j = self.mentees.dealt(b, answer[a, b])
        return i[np.lexsort((i, amount))], j

    def allowed(self, pairs: Pairs, bounds: Bounds) -> Pairs | None:
        """Return the pairs of a plan after forbidden ones exchanged a partner at the same total, or None where one
        cannot.

        Whoever has room takes part as a pair with nobody, so that a partner can be left for one who has room.
        """
        m, n = self.kernel.shape
        spare = [
            np.flatnonzero(np.bincount(own, minlength=len(most)) < most)
            for own, most in zip(pairs, bounds.capacity, strict=True)
        ]
        i = np.concatenate([pairs[0], spare[0], np.full(len(spare[1]), m)])
        j = np.concatenate([pairs[1], np.full(len(spare[0]), n), spare[1]])
        forbidden = ~self._open(i, j)
        if forbidden.sum() > _MOST_FORBIDDEN:
            return None
        for k in np.flatnonzero(forbidden):
            if not forbidden[k]:  # it has given its partner to an earlier one
                continue
            other = self._exchange(i, j, int(k))
            if other is None:
                return None
            j[k], j[other] = j[other], j[k]
            forbidden[k] = forbidden[other] = False
        made = np.flatnonzero((i < m) & (j < n))
        return i[made], j[made]

    def _exchange(self, i: IntArray, j: IntArray, k: int) -> int | None:
        """A pair with which a forbidden pair may exchange mentees at the same total, or None."""
        own = self._value(i, j) + self._value(i[k], j[k])
        like = own == self._value(i[k], j) + self._value(i, j[k])
        m, n = self.kernel.shape
        like &= ~(np.isin(j, j[i == i[k]]) & (j < n)) & ~(np.isin(i, i[j == j[k]]) & (i < m))
        for some in np.array_split(np.flatnonzero(like), 1 + int(like.sum()) // 256):
            both = self._open(np.full(len(some), i[k]), j[some]) & self._open(i[some], np.full(len(some), j[k]))
            if both.any():
                return int(some[both.argmax()])
        return None

    def _value(self, i: IntArray, j: IntArray) -> IntArray:
        """Value of listed pairs, ``(pairs,)`` int64; 0 with nobody."""
        value: IntArray = self._values[self._kind[0][i], self._kind[1][j]]
        return value

    def _open(self, i: IntArray, j: IntArray) -> BoolArray:
        """Whether each listed pair may be made; a pair with nobody may."""
        m, n = self.kernel.shape
        fine, real = np.ones(len(i), bool), np.flatnonzero((i < m) & (j < n))
        points = self.points[self._kind[0][i[real]], self._kind[1][j[real]]]
        fine[real] = (points >= 0) & self.kernel.eligible(i[real], j[real], points)
        return fine

    @cached_property
    def _kind(self) -> Pairs:
        """Kind of each person, and a last one of nobody."""
        return np.append(self.mentors.of, len(self.points)), np.append(self.mentees.of, self.points.shape[1])

    @cached_property
    def _values(self) -> IntArray:
        return np.pad(self.points + self.each, (0, 1))


def solve_by_kinds(model: Model, kernel: Kernel, bounds: Bounds, report: ProgressReporter) -> Proof | None:
    """Return a plan with its proof, or None where people are not alike enough, or predicates forbid too much.

    Args:
        model: The model, with limits on single people only.
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds on numbers of pairs.
        report: Receiver of progress.
    """
    alike = AlikePeople.of(model, kernel, bounds)
    if alike is None:
        return None
    transport = alike.apply(bounds)
    flow = transport.flow()
    full = np.zeros(alike.points.shape, np.int64)
    full[transport.arcs.i, transport.arcs.j] = flow
    plan = alike.allowed(alike.invert(full), bounds)
    if plan is None:
        return None
    residual, pairs = transport.residual(flow), int(flow.sum())
    start, (x_of, y_of) = np.zeros(len(alike.mentees.first), np.int64), (alike.mentors.of, alike.mentees.of)
    kinds = prices_of(*residual, transport.settled, start)
    prices = Prices(kinds.x[x_of], kinds.y[y_of], kinds.mentor_potential, kinds.mentee_potential)
    cover = None
    if bounds.most_pairs:
        one, two = reached(*residual)
        cover = Cover(pairs, ~one[x_of], two[y_of], np.bincount(plan[0], minlength=len(x_of)))
    i, j = (side[np.lexsort((plan[1], plan[0]))] for side in plan)
    value = alike.points[x_of[i], y_of[j]] + alike.each
    over = np.maximum(value - prices.x[i] - prices.y[j], 0).sum()  # of arcs whose pairs are all made
    total, bound = int(value.sum()), prices.bound(bounds, (pairs, pairs) if cover else bounds.span) + int(over)
    chosen = Candidates(i, j, value - alike.each, kernel.shape)
    report(Stage.ROUND, round=1, candidates=len(flow), plan=(total, bound))
    outside = prices.x - alike.each, prices.y
    return Proof(i, j, value, prices, NO_TYPE_DUALS, cover, total, bound, 1, chosen, outside)
