"""Dual values of a plan: node potentials that prove it optimal among the candidates.

OR-Tools' graph solvers do not expose duals, so they are recovered as shortest distances in the residual graph by a
Bellman-Ford search with an array frontier. With the price ``x`` of a mentor and ``y`` of a mentee,

    value ≤ x_i + y_j   for every candidate that is not chosen
    value ≥ x_i + y_j   for every chosen pair
    x_i ≤ p - next_i where i may have another pair, x_i ≥ p - last_i where i may have one fewer; likewise y_j

where ``p`` is the potential of the innermost group of the person (the unmatched node of their side if they are in
none), and ``next`` and ``last`` are marginal utilities of a person's number of pairs. The potential of a group that may
have more, or fewer, pairs is at most, or at least, that of the group around it. The two unmatched nodes' potentials sum
to the cardinality dual, which is 0 where the number of pairs is free.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmatch._util.arrays import distinct
from rmatch._util.deadline import TimeUpError, over, until
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.factors import SCALE, expand
from rmatch.problem.bounds import Bounds, Candidates, Groups
from rmatch.solve.one_each import NOT_OPTIMAL, labels_of_one_each
from rmatch.valuation import NO_UTILITY, LoadUtilities, LoadUtility

_FAR = 1 << 60
_FEW = 1 << 18  # candidates of one pair each, of which labels of mentees alone are sooner than those of both sides
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Prices:
    """Dual values in points.

    Args:
        x: Price of each mentor, ``(mentors,)`` int64.
        y: Price of each mentee, ``(mentees,)`` int64.
        mentor_potential: Potential of the mentors' unmatched node.
        mentee_potential: Potential of the mentees' unmatched node. The sum of both is the cardinality dual.
        groups: Potentials of all groups, ``(groups,)`` int64 on each side; None where there are no groups.
    """

    x: IntArray
    y: IntArray
    mentor_potential: int
    mentee_potential: int
    groups: tuple[IntArray, IntArray] | None = None

    @property
    def potentials(self) -> tuple[IntArray, IntArray]:
        """Potentials of every group, mentors' and mentees'; group 0 is the unmatched node."""
        return (
            (np.array([self.mentor_potential]), np.array([self.mentee_potential]))
            if self.groups is None
            else self.groups
        )

    def bound(self, bounds: Bounds, pairs: tuple[int, int], load_utilities: LoadUtilities = NO_UTILITY) -> int:
        """Return the dual bound, valid if no eligible pair exceeds its two prices.

        The bound is ``Σ (most · u⁺ - least · u⁻)`` over people and groups, ``u`` being the price less the potential of
        the group around, plus the cardinality dual times the number of pairs. With load utilities a person contributes
        the largest ``utility(k) + u · k`` instead.

        Args:
            bounds: Bounds of people and groups.
            pairs: Fewest and most pairs.
            load_utilities: Utility of numbers of pairs on each side.

        Returns:
            An upper bound of the value of every plan, in points.
        """
        potential = self.mentor_potential + self.mentee_potential
        total = max(pairs[1] * potential, pairs[0] * potential)
        sides = zip(
            bounds.laid((self.x, self.y)),
            self.potentials,
            bounds.trees,
            bounds.laid(bounds.capacity),
            bounds.laid(bounds.minimum),
            bounds.laid_utilities(load_utilities),
            strict=True,
        )
        for price, potentials, tree, most, least, utility in sides:
            u = price - potentials[tree.of]
            total += _span(u, least, most) if utility is None else int(utility.most(u, least, most).sum())
            if len(tree) > 1:
                total += _span((potentials - potentials[tree.parent])[1:], tree.least[1:], tree.most[1:])
        return total


def _span(u: IntArray, least: IntArray, most: IntArray) -> int:
    return int((most * np.maximum(u, 0)).sum()) - int((least * np.maximum(-u, 0)).sum())


class _Tree:
    """People and groups of one side in the residual graph; labels only decrease.

    ``up`` arcs lead from a person or group to the group around it, ``down`` arcs back. Arrays contain the length of
    each arc, ``_FAR`` where there is none.
    """

    def __init__(
        self, tree: Groups, load: IntArray, bounds: tuple[IntArray, IntArray], utility: LoadUtility | None
    ) -> None:
        least, most = bounds
        loads, nothing = tree.loads(load), np.zeros(len(load), np.int64)
        more = np.where(load < most, nothing if utility is None else -utility.next(load), _FAR)
        less = np.where(load > least, nothing if utility is None else utility.last(load), _FAR)
        self.more, self.less = more, less
        none, utility = np.zeros(len(tree), np.int64), tree.utility
        self.groups_more = np.where(loads < tree.most, none if utility is None else -utility.next(loads), _FAR)
        self.groups_less = np.where(loads > tree.least, none if utility is None else utility.last(loads), _FAR)
        self.tree = tree
        if len(tree) > 1:
            self.members = np.argsort(tree.of, kind="stable")
            self.start = np.searchsorted(tree.of[self.members], np.arange(len(tree) + 1))

    def rise(self, up: IntArray, labels: IntArray, people: IntArray, potential: IntArray) -> None:
        """Relax the arcs from ``people`` to their groups."""
        some = people[up[people] < _FAR]
        if len(some) and len(potential) == 1:
            potential[0] = min(potential[0], (labels[some] + up[some]).min())
        elif len(some):
            np.minimum.at(potential, self.tree.of[some], labels[some] + up[some])

    def relax_groups(self, potential: IntArray, mentors: bool) -> None:
        """Relax the arcs between groups until no label decreases."""
        if len(potential) == 1:
            return
        up, down = self._up(mentors), self._down(mentors)
        child, parent = np.arange(1, len(potential)), self.tree.parent[1:]
        rises, falls = up[1:] < _FAR, down[1:] < _FAR
        while True:
            before = potential.copy()
            np.minimum.at(potential, parent[rises], potential[child[rises]] + up[child[rises]])
            potential[child[falls]] = np.minimum(potential[child[falls]], potential[parent[falls]] + down[child[falls]])
            if np.array_equal(before, potential):
                return

    def fall(self, down: IntArray, labels: IntArray, potential: IntArray, before: IntArray) -> IntArray:
        """Relax the arcs from groups with a lower label to their people; return the people whose labels fell."""
        fell = np.flatnonzero(potential < before)
        if not len(fell):
            return _NONE
        if len(potential) == 1:
            people = np.flatnonzero((down < _FAR) & (labels > potential[0] + down))
            labels[people] = potential[0] + down[people]
            return people
        entry, _ = expand(self.start, fell)
        people = self.members[entry]
        people = people[down[people] < _FAR]
        new = potential[self.tree.of[people]] + down[people]
        people, new = people[new < labels[people]], new[new < labels[people]]
        labels[people] = new
        return people

    def least_potentials(self, down: IntArray, labels: IntArray, potential: IntArray, mentors: bool) -> IntArray:
        """Lower bound of each unreached group's potential, from its people and inner groups."""
        least, open_ = np.full(len(potential), -_FAR), potential == _FAR
        some = np.flatnonzero(open_[self.tree.of] & (down < _FAR))
        np.maximum.at(least, self.tree.of[some], labels[some] - down[some])
        below = self._down(mentors)
        for child in range(len(potential) - 1, 0, -1):
            parent = self.tree.parent[child]
            own = least[child] if open_[child] else potential[child]
            if open_[parent] and below[child] < _FAR and own > -_FAR:
                least[parent] = max(least[parent], own - below[child])
        return least

    def fill(self, potential: IntArray, least: IntArray, mentors: bool) -> None:
        """Set the potentials of unreached groups below the root between their bounds."""
        down, up = self._down(mentors), self._up(mentors)
        for child in range(1, len(potential)):
            if potential[child] == _FAR:
                around = potential[self.tree.parent[child]]
                lowest = around - up[child] if up[child] < _FAR else around
                potential[child] = around + down[child] if down[child] < _FAR else max(least[child], lowest)

    def _down(self, mentors: bool) -> IntArray:
        return self.groups_more if mentors else self.groups_less

    def _up(self, mentors: bool) -> IntArray:
        return self.groups_less if mentors else self.groups_more


def prices_of(
    candidates: Candidates,
    chosen: BoolArray,
    bounds: Bounds,
    settled: bool,
    start: IntArray,
    load_utilities: LoadUtilities = NO_UTILITY,
) -> Prices:
    """Return dual values that prove ``chosen`` optimal on the candidates, whose ``points`` are the pairs' values.

    ``settled`` fixes the number of pairs; ``start``, ``(mentees,)`` int64, are initial mentees' prices, any of which
    will do. Raises SolverError where ``chosen`` is not optimal.
    """
    taken = np.flatnonzero(chosen)
    mentors, mentees = trees = _trees(candidates, taken, bounds, load_utilities)
    potential_x, potential_z = (np.full(len(tree.tree), _FAR) for tree in trees)
    # where everybody has all the pairs that they may have, no label of a person hangs on those of the groups
    rigid = settled and bounds.groups is None and all(bool((tree.more == _FAR).all()) for tree in trees)
    if rigid and bounds.one_to_one and len(candidates) <= _FEW:
        x, z = labels_of_one_each(candidates, taken, start)
    else:
        least, most = (len(taken), len(taken)) if settled else bounds.span
        may_change = None if rigid else (len(taken) > least, len(taken) < most)
        x, z = _labels(candidates, chosen, trees, (potential_x, potential_z), may_change, start)
    if rigid:
        mentors.rise(mentors.less, x, np.flatnonzero(x < _FAR), potential_x)
    # a mentor without pairs is unconstrained where the number is settled: any price that no pair exceeds
    x[x == _FAR] = max(SCALE, int(candidates.points.max(initial=0))) + int(z.max(initial=0))
    top_x, top_z = _potentials(x, z, potential_x, potential_z, mentors, mentees, settled)
    return Prices(x, -z, int(top_x[0]), int(top_z[0]), None if bounds.groups is None else (top_x, top_z))


def _labels(
    candidates: Candidates,
    chosen: BoolArray,
    trees: tuple[_Tree, _Tree],
    potentials: tuple[IntArray, IntArray],
    may_change: tuple[bool, bool] | None,
    start: IntArray,
) -> tuple[IntArray, IntArray]:
    """Labels ``x`` and ``-y`` of people, both nonincreasing: distances in the residual graph; those of groups are set
    in ``potentials``, except where ``may_change`` is None.
    """
    m, n = candidates.shape
    taken = np.flatnonzero(chosen)
    by_mentee = taken[np.argsort(candidates.j[taken], kind="stable")]
    taken_start = np.searchsorted(candidates.j[by_mentee], np.arange(n + 1))
    others = candidates.only(np.flatnonzero(~chosen))
    x, z, columns, moment = np.full(m, _FAR), -start.astype(np.int64), np.arange(n), until()
    for _ in range(4 * (m + n) + 16):
        if over(moment):
            raise TimeUpError
        # chosen pairs propagate a mentee's rise to their mentor; unmatched nodes, to all people below capacity
        entry, _begin = expand(taken_start, columns)
        edge = by_mentee[entry]
        rows = _lower(x, candidates.i[edge], candidates.points[edge] + z[candidates.j[edge]])
        fallen = risen = _NONE
        if may_change is not None:
            fallen, risen = _relaxed(trees, (x, z), potentials, (rows, columns), may_change)
        # every pair not chosen carries a mentor's fall to the mentee
        rows = distinct(np.concatenate([rows, fallen])) if len(fallen) else rows
        edge, begin = expand(others.start, rows)
        columns = _lower(z, others.j[edge], np.repeat(x[rows], begin[1:] - begin[:-1]) - others.points[edge])
        columns = distinct(np.concatenate([risen, columns])) if len(risen) else columns
        if not len(columns):
            return x, z
    raise SolverError(NOT_OPTIMAL)


def _relaxed(
    trees: tuple[_Tree, _Tree],
    labels: tuple[IntArray, IntArray],
    potentials: tuple[IntArray, IntArray],
    people: tuple[IntArray, IntArray],
    may_change: tuple[bool, bool],
) -> tuple[IntArray, IntArray]:
    """Relax the arcs of groups and unmatched nodes; return the mentors and mentees whose labels fell."""
    (mentors, mentees), (x, z), (potential_x, potential_z) = trees, labels, potentials
    before_x, before_z = potential_x.copy(), potential_z.copy()
    mentees.rise(mentees.more, z, people[1], potential_z)
    mentors.rise(mentors.less, x, people[0], potential_x)
    mentees.relax_groups(potential_z, mentors=False)
    mentors.relax_groups(potential_x, mentors=True)
    if may_change[0] and potential_x[0] < potential_z[0]:
        potential_z[0] = potential_x[0]
        mentees.relax_groups(potential_z, mentors=False)
    if may_change[1] and potential_z[0] < potential_x[0]:
        potential_x[0] = potential_z[0]
        mentors.relax_groups(potential_x, mentors=True)
    fallen = mentors.fall(mentors.more, x, potential_x, before_x)
    return fallen, mentees.fall(mentees.less, z, potential_z, before_z)


def _trees(
    candidates: Candidates, taken: IntArray, bounds: Bounds, load_utilities: LoadUtilities
) -> tuple[_Tree, _Tree]:
    """Mentors and mentees in the residual graph of the chosen pairs."""
    one, two = (
        _Tree(tree, np.bincount(people[taken], minlength=size), (least, most), utility)
        for people, size, tree, least, most, utility in zip(
            (candidates.i, candidates.j),
            bounds.shape,
            bounds.trees,
            bounds.minimum,
            bounds.capacity,
            load_utilities,
            strict=True,
        )
    )
    return one, two


def _lower(labels: IntArray, where: IntArray, to: IntArray) -> IntArray:
    less = np.flatnonzero(to < labels[where])
    np.minimum.at(labels, where[less], to[less])
    return distinct(where[less])


def _potentials(
    x: IntArray,
    z: IntArray,
    potential_x: IntArray,
    potential_z: IntArray,
    mentors: _Tree,
    mentees: _Tree,
    settled: bool,
) -> tuple[IntArray, IntArray]:
    """Set the unmatched potentials that no arc fixed, within the bounds of people whose load may change."""
    least_x = mentors.least_potentials(mentors.more, x, potential_x, mentors=True)
    least_z = mentees.least_potentials(mentees.less, z, potential_z, mentors=False)
    top_x, top_z = int(potential_x[0]), int(potential_z[0])
    if top_x == _FAR:
        top_x = int(least_x[0]) if settled else max(int(least_x[0]), int(least_z[0]) if top_z == _FAR else top_z)
        top_x = 0 if top_x == -_FAR else top_x
    if top_z == _FAR:
        top_z = max(int(least_z[0]), 0) if settled else max(int(least_z[0]), top_x)
    potential_x[0], potential_z[0] = top_x, top_z
    mentors.fill(potential_x, least_x, mentors=True)
    mentees.fill(potential_z, least_z, mentors=False)
    return potential_x, -potential_z
