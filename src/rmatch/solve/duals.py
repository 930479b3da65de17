"""Prices from a plan: the dual values that prove it best among the pairs of a pool.

The graph solvers keep their duals to themselves, so they are found again as shortest distances in the residual
graph, by a Bellman–Ford search whose frontier is an array. With ``x`` the price of a mentor and ``y`` of a mentee,

    worth ≤ x_i + y_j   for every pair of the pool that is not chosen
    worth ≥ x_i + y_j   for every chosen pair
    x_i ≤ X - next_i where i has room for more, x_i ≥ X - last_i where i has more than it must;  likewise y_j and Y

X and Y are the prices of having no pair, of the innermost group that somebody is in; ``next`` and ``last`` what one
pair more, and the last one, add to the worth by themselves (nothing, as a rule). A group that has room for more, or
more than it must, keeps its price below or above that of the group around it; so do the two sides as a whole: where
the number of pairs is free, X + Y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import distinct
from rmatch._util.deadline import TimeUpError, over, until
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.factors import SCALE, expand
from rmatch.problem.bounds import Bounds, Groups, Pool
from rmatch.valuation import FREE, Gain, Gains

_FAR = 1 << 60
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Prices:
    """``x`` per mentor and ``y`` per mentee with the grounds ``X`` and ``Y`` of having no pair, all in points.

    ``groups`` are the grounds of all groups, each side's own first; None where there are no others.
    """

    x: IntArray
    y: IntArray
    X: int
    Y: int
    groups: tuple[IntArray, IntArray] | None = None

    @property
    def grounds(self) -> tuple[IntArray, IntArray]:
        """The ground of every group, mentors' and mentees'."""
        return (np.array([self.X]), np.array([self.Y])) if self.groups is None else self.groups

    def bound(self, bounds: Bounds, pairs: tuple[int, int], gains: Gains = FREE) -> int:
        """What no plan exceeds whose number of pairs lies in ``pairs``, if no eligible pair exceeds its two prices.

        ``Σ (most · u⁺ - least · u⁻)`` over people and groups, ``u`` being what their price exceeds that of the group
        around them by, plus the price ``X + Y`` of the number of pairs. Where numbers of pairs are worth something,
        ``most · u⁺ - least · u⁻`` of a person is the largest ``gain(k) + u · k``.
        """
        ground = self.X + self.Y
        total = max(pairs[1] * ground, pairs[0] * ground)
        sides = zip((self.x, self.y), self.grounds, bounds.trees, bounds.capacity, bounds.minimum, gains, strict=True)
        for price, grounds, tree, most, least, gain in sides:
            u = price - grounds[tree.of]
            total += _span(u, least, most) if gain is None else int(gain.most(u, least, most).sum())
            if len(tree) > 1:
                total += _span((grounds - grounds[tree.parent])[1:], tree.least[1:], tree.most[1:])
        return total


def _span(u: IntArray, least: IntArray, most: IntArray) -> int:
    return int((most * np.maximum(u, 0)).sum()) - int((least * np.maximum(-u, 0)).sum())


class _Tree:
    """One side's people and groups in the residual graph; labels only ever fall.

    ``up`` leads from a person or group to the group around it, ``down`` back; each holds what a step adds to the
    label, ``_FAR`` where there is no step.
    """

    def __init__(self, tree: Groups, load: IntArray, bounds: tuple[IntArray, IntArray], gain: Gain | None) -> None:
        least, most = bounds
        loads, nothing = tree.loads(load), np.zeros(len(load), np.int64)
        more = np.where(load < most, nothing if gain is None else -gain.next(load), _FAR)
        less = np.where(load > least, nothing if gain is None else gain.last(load), _FAR)
        self.more, self.less = more, less
        none, gain = np.zeros(len(tree), np.int64), tree.gain
        self.groups_more = np.where(loads < tree.most, none if gain is None else -gain.next(loads), _FAR)
        self.groups_less = np.where(loads > tree.least, none if gain is None else gain.last(loads), _FAR)
        self.tree = tree
        if len(tree) > 1:
            self.members = np.argsort(tree.of, kind="stable")
            self.start = np.searchsorted(tree.of[self.members], np.arange(len(tree) + 1))

    def rise(self, up: IntArray, labels: IntArray, people: IntArray, ground: IntArray) -> None:
        """Let labels of ``people`` reach their groups."""
        some = people[up[people] < _FAR]
        if len(some) and len(ground) == 1:
            ground[0] = min(ground[0], (labels[some] + up[some]).min())
        elif len(some):
            np.minimum.at(ground, self.tree.of[some], labels[some] + up[some])

    def settle(self, ground: IntArray, mentors: bool) -> None:
        """Let labels go up and down between groups until none falls."""
        if len(ground) == 1:
            return
        up, down = self._up(mentors), self._down(mentors)
        child, parent = np.arange(1, len(ground)), self.tree.parent[1:]
        rises, falls = up[1:] < _FAR, down[1:] < _FAR
        while True:
            before = ground.copy()
            np.minimum.at(ground, parent[rises], ground[child[rises]] + up[child[rises]])
            ground[child[falls]] = np.minimum(ground[child[falls]], ground[parent[falls]] + down[child[falls]])
            if np.array_equal(before, ground):
                return

    def fall(self, down: IntArray, labels: IntArray, ground: IntArray, before: IntArray) -> IntArray:
        """Let groups whose labels fell reach their people; return whose labels fell."""
        fell = np.flatnonzero(ground < before)
        if not len(fell):
            return _NONE
        if len(ground) == 1:
            people = np.flatnonzero((down < _FAR) & (labels > ground[0] + down))
            labels[people] = ground[0] + down[people]
            return people
        entry, _ = expand(self.start, fell)
        people = self.members[entry]
        people = people[down[people] < _FAR]
        new = ground[self.tree.of[people]] + down[people]
        people, new = people[new < labels[people]], new[new < labels[people]]
        labels[people] = new
        return people

    def least_grounds(self, down: IntArray, labels: IntArray, ground: IntArray, mentors: bool) -> IntArray:
        """What each group that no label reached must be at least, for its people and the groups in it."""
        least, open_ = np.full(len(ground), -_FAR), ground == _FAR
        some = np.flatnonzero(open_[self.tree.of] & (down < _FAR))
        np.maximum.at(least, self.tree.of[some], labels[some] - down[some])
        below = self._down(mentors)
        for child in range(len(ground) - 1, 0, -1):
            parent = self.tree.parent[child]
            own = least[child] if open_[child] else ground[child]
            if open_[parent] and below[child] < _FAR and own > -_FAR:
                least[parent] = max(least[parent], own - below[child])
        return least

    def fill(self, ground: IntArray, least: IntArray, mentors: bool) -> None:
        """Settle the groups below the root that no label reached: no higher than the group around, nor too low."""
        down, up = self._down(mentors), self._up(mentors)
        for child in range(1, len(ground)):
            if ground[child] == _FAR:
                around = ground[self.tree.parent[child]]
                lowest = around - up[child] if up[child] < _FAR else around
                ground[child] = around + down[child] if down[child] < _FAR else max(least[child], lowest)

    def _down(self, mentors: bool) -> IntArray:
        return self.groups_more if mentors else self.groups_less

    def _up(self, mentors: bool) -> IntArray:
        return self.groups_less if mentors else self.groups_more


def prices_of(
    pool: Pool, chosen: BoolArray, bounds: Bounds, settled: bool, start: IntArray, gains: Gains = FREE
) -> Prices:
    """Return prices that prove ``chosen`` best on the pool, started at ``start`` for the mentees.

    ``pool.points`` is what each pair is worth, ``gains`` what numbers of pairs are worth to people. ``settled`` says
    that the number of pairs is fixed. A start near the answer saves nearly all of the work; any start is right. Raises
    SolverError if ``chosen`` is not best: then no prices exist.
    """
    m, n = bounds.shape
    taken = np.flatnonzero(chosen)
    mentors, mentees = trees = _trees(pool, taken, bounds, gains)
    by_mentee = taken[np.argsort(pool.j[taken], kind="stable")]
    taken_start = np.searchsorted(pool.j[by_mentee], np.arange(n + 1))
    least, most = (len(taken), len(taken)) if settled else bounds.span
    may_shrink, may_grow = len(taken) > least, len(taken) < most

    # labels are x and, so that they fall as well, -y: distances in the residual graph
    x, z = np.full(m, _FAR), -start.astype(np.int64)
    ground_x, ground_z = (np.full(len(tree.tree), _FAR) for tree in trees)
    columns = np.arange(n)
    moment = until()
    for _ in range(4 * (m + n) + 16):
        if over(moment):
            raise TimeUpError
        # chosen pairs carry a mentee's rise to her mentor; the grounds carry it to everybody with room
        entry, _begin = expand(taken_start, columns)
        edge = by_mentee[entry]
        rows = _lower(x, pool.i[edge], pool.points[edge] + z[pool.j[edge]])
        before_x, before_z = ground_x.copy(), ground_z.copy()
        mentees.rise(mentees.more, z, columns, ground_z)
        mentors.rise(mentors.less, x, rows, ground_x)
        mentees.settle(ground_z, mentors=False)
        mentors.settle(ground_x, mentors=True)
        if may_shrink and ground_x[0] < ground_z[0]:
            ground_z[0] = ground_x[0]
            mentees.settle(ground_z, mentors=False)
        if may_grow and ground_z[0] < ground_x[0]:
            ground_x[0] = ground_z[0]
            mentors.settle(ground_x, mentors=True)
        fallen = mentors.fall(mentors.more, x, ground_x, before_x)
        risen = mentees.fall(mentees.less, z, ground_z, before_z)
        # every pair not chosen carries a mentor's fall to the mentee
        rows = distinct(np.concatenate([rows, fallen])) if len(fallen) else rows
        edge, _begin = expand(pool.start, rows)
        edge = edge[~chosen[edge]]
        columns = _lower(z, pool.j[edge], x[pool.i[edge]] - pool.points[edge])
        columns = distinct(np.concatenate([risen, columns])) if len(risen) else columns
        if not len(columns):
            # nothing holds a mentor without pairs where their number is settled: a price that no pair beats will do
            x[x == _FAR] = max(SCALE, int(pool.points.max(initial=0))) + int(z.max(initial=0))
            grounds = _grounds(x, z, ground_x, ground_z, mentors, mentees, settled)
            more = None if bounds.groups is None else grounds
            return Prices(x, -z, int(grounds[0][0]), int(grounds[1][0]), more)
    raise SolverError("the plan is not the best of its pool: its prices do not settle")


def _trees(pool: Pool, taken: IntArray, bounds: Bounds, gains: Gains) -> tuple[_Tree, _Tree]:
    """The mentors and the mentees in the residual graph of the chosen pairs."""
    one, two = (
        _Tree(tree, np.bincount(people[taken], minlength=size), (least, most), gain)
        for people, size, tree, least, most, gain in zip(
            (pool.i, pool.j), bounds.shape, bounds.trees, bounds.minimum, bounds.capacity, gains, strict=True
        )
    )
    return one, two


def _lower(labels: IntArray, where: IntArray, to: IntArray) -> IntArray:
    less = np.flatnonzero(to < labels[where])
    np.minimum.at(labels, where[less], to[less])
    return distinct(where[less])


def _grounds(
    x: IntArray,
    z: IntArray,
    ground_x: IntArray,
    ground_z: IntArray,
    mentors: _Tree,
    mentees: _Tree,
    settled: bool,
) -> tuple[IntArray, IntArray]:
    """Settle the grounds that nothing fixed: no lower than any mentor with room, no higher than a mentee who may go."""
    least_x = mentors.least_grounds(mentors.more, x, ground_x, mentors=True)
    least_z = mentees.least_grounds(mentees.less, z, ground_z, mentors=False)
    top_x, top_z = int(ground_x[0]), int(ground_z[0])
    if top_x == _FAR:
        top_x = int(least_x[0]) if settled else max(int(least_x[0]), int(least_z[0]) if top_z == _FAR else top_z)
        top_x = 0 if top_x == -_FAR else top_x
    if top_z == _FAR:
        top_z = max(int(least_z[0]), 0) if settled else max(int(least_z[0]), top_x)
    ground_x[0], ground_z[0] = top_x, top_z
    mentors.fill(ground_x, least_x, mentors=True)
    mentees.fill(ground_z, least_z, mentors=False)
    return ground_x, -ground_z
