"""Repair: combine parts of several plans into a better one near the bound, by a small integer program.

At good multipliers many plans are almost equally good; some violate a side constraint, some have slack. Where two plans
differ, mentors trade mentees in cycles, and each cycle can be adopted by itself. A segment of a cycle can be adopted
too if its two loose ends form a pair: all segments of a cycle of ``L`` people are ``L²`` moves, evaluated by prefix
sums and one small product. Two mentors may also swap mentees; all swaps are evaluated by two products. Each move costs
a little of the Lagrangian and changes the side constraints by integers. The integer program chooses the best set of
moves that satisfies every side constraint and moves each person at most once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.solve.backends import integer_program, patience
from rmatch.solve.lagrangian import Bounded, Plan, Task
from rmatch.solve.scan.reductions import Dense

_NEAR = 3e-5
"""Relative distance to the bound at which a plan is good enough."""
_STARTS = 2
_JITTERS, _JITTER = 12, 0.02
_PLANS = 16  # that are compared with the one to be mended
_LONGEST, _STRETCHES = 1500, 24  # people in a cycle, and its stretches that are looked at
_BLOCK, _SWAPS, _MOST_SWAPPED = 512, 400, 20_000
_NODES = 50


@dataclass(frozen=True, eq=False)
class _Move:
    """Mentors who get other mentees, and the change of the value, then of each side constraint."""

    mentors: IntArray
    mentees: IntArray
    change: IntArray


def improved(found: Bounded, near: float = _NEAR) -> Plan | None:
    """Return the best plan that satisfies every side constraint, built from the plans of a search; None where none is
    found.

    Args:
        found: The plans and the bound of a search.
        near: Relative distance to the bound that is good enough; infinite if any feasible plan is.
    """
    best = found.best
    if _is_near(found, best, near):
        return best
    others = sorted(_around(found), key=lambda plan: -_value(found, plan))[:_PLANS]
    for start in others[:_STARTS]:
        made = _mended(found, start, others, near)
        if made is not None and made.fits and (best is None or made.value > best.value):
            best = made
        if _is_near(found, best, near):
            break
    return best


def _value(found: Bounded, plan: Plan) -> int:
    return plan.value + int(found.prices @ plan.beyond)


def _around(found: Bounded) -> Iterator[Plan]:
    """Yield the plans that were found, and those at perturbed multipliers."""
    yield from found.plans
    prices, free = found.prices, ~np.array([row.frozen for row in found.task.side_constraints], bool)
    if free.sum() > 1:
        chance = np.random.default_rng(0)
        for _ in range(_JITTERS):
            factor = np.where(free, 1 + _JITTER * chance.standard_normal(len(prices)), 1.0)
            yield found.task.best_on_candidates(np.rint(prices * np.maximum(factor, 0)).astype(np.int64))


def _mended(found: Bounded, plan: Plan, others: list[Plan], near: float) -> Plan | None:
    """The plan after the best set of moves that satisfies every side constraint; None where no set does.

    Swaps are sought among all pairs, which takes longest, so cycles are tried first without them.
    """
    if any(
        type_capacity is not None and (type_capacity.most < 1).any()
        for type_capacity in found.task.bounds.type_capacities or ()
    ):
        return None  # a person may have no pair of some type, which moves do not check
    mates = _Mates.of(plan)
    moves = [move for other in others for move in _cycles(found, mates, _Mates.of(other))]
    made = _moved(found.task, plan, mates, moves)
    if _is_near(found, made, near) or len(plan.pairs) > _MOST_SWAPPED:
        return made
    both = _moved(found.task, plan, mates, [*moves, *_swaps(found, plan, mates)])
    return max((p for p in (made, both) if p is not None), key=lambda p: (p.fits, p.value), default=None)


def _is_near(found: Bounded, plan: Plan | None, near: float) -> bool:
    return plan is not None and plan.fits and found.bound - plan.value <= near * abs(found.bound)


def _moved(task: Task, plan: Plan, mates: _Mates, moves: list[_Move]) -> Plan | None:
    """The plan after the best set of the given moves."""
    chosen = _chosen(task, plan, moves)
    if chosen is None:
        return None
    mentee_of = mates.mentee_of.copy()
    for move in chosen:
        mentee_of[move.mentors] = move.mentees
    single = np.flatnonzero(mentee_of >= 0)
    kept = plan.pairs.only(mates.mentee_of[plan.pairs.i] < 0)
    points = task.kernel.scores(single, mentee_of[single])
    return task.plan(kept.plus(single, mentee_of[single], points))


def _chosen(task: Task, plan: Plan, moves: list[_Move]) -> list[_Move] | None:
    if not moves:
        return None
    change = np.array([move.change for move in moves]).T
    sizes = [len(move.mentors) for move in moves]
    people, person = np.unique(np.concatenate([move.mentors for move in moves]), return_inverse=True)
    rows, number = len(task.side_constraints), np.arange(len(moves))
    row = np.concatenate([person, np.repeat(len(people) + np.arange(rows), len(moves))])
    column = np.concatenate([np.repeat(number, sizes), np.tile(number, rows)])
    unit = np.maximum(np.abs(change[1:]).max(axis=1, initial=1), 1) ** np.array(
        [r.unit > 1 for r in task.side_constraints], int
    )
    entry = np.concatenate([np.ones(len(person)), (change[1:] / unit[:, None]).ravel()])
    used = np.flatnonzero(entry)
    low = np.concatenate([np.full(len(people), -np.inf), -plan.beyond / unit])
    high = np.concatenate([np.ones(len(people)), np.full(rows, np.inf)])
    answer = integer_program(change[0] / SCALE, row[used], column[used], entry[used], low, high, _NODES, patience())
    if answer is None or answer[1] is None:
        return None
    return [moves[k] for k in np.flatnonzero(answer[1])]


# ---------------------------------------------------------------- cycles of another plan, and stretches of them


@dataclass(frozen=True, eq=False)
class _Mates:
    """Each person's only partner in a plan; -1 for people with none or several."""

    mentee_of: IntArray
    mentor_of: IntArray

    @classmethod
    def of(cls, plan: Plan) -> _Mates:
        pairs = plan.pairs
        load = [np.bincount(k, minlength=size) for k, size in zip((pairs.i, pairs.j), pairs.shape, strict=True)]
        single = (load[0][pairs.i] == 1) & (load[1][pairs.j] == 1)
        mentee_of, mentor_of = (np.full(size, -1) for size in pairs.shape)
        mentee_of[pairs.i[single]], mentor_of[pairs.j[single]] = pairs.j[single], pairs.i[single]
        return cls(mentee_of, mentor_of)


def _rings(one: _Mates, two: _Mates) -> Iterator[IntArray]:
    """Yield the mentors of each cycle in which two plans differ, in order."""
    differ = (one.mentee_of != two.mentee_of) & (one.mentee_of >= 0) & (two.mentee_of >= 0)
    nexts = np.where(differ, one.mentor_of[two.mentee_of], -1).tolist()
    seen = ~differ
    for first in np.flatnonzero(differ).tolist():
        path, at = [], first
        while at >= 0 and not seen[at]:
            seen[at] = True
            path.append(at)
            at = nexts[at]
        if at == first and len(path) > 1:
            yield np.array(path)


def _cycles(found: Bounded, one: _Mates, two: _Mates) -> Iterator[_Move]:
    """Yield each cycle as a move, and its best segments."""
    task, mentees = found.task, found.task.candidates.shape[1]
    valuations = [task.valuation, *(row.valuation for row in task.side_constraints)]
    weights = np.concatenate([[1], found.prices])
    zero = np.zeros(task.candidates.shape[0], np.int64), np.zeros(mentees, np.int64)
    for ring in _rings(one, two):
        here, there, length = one.mentee_of[ring], two.mentee_of[ring], len(ring)
        now, then = task.kernel.scores(ring, here), task.kernel.scores(ring, there)
        own = np.array([w.of(ring, here, now, mentees) for w in valuations])
        difference = np.array([w.of(ring, there, then, mentees) for w in valuations]) - own
        yield _Move(ring, there, difference.sum(1))
        if not 2 < length <= _LONGEST:
            continue
        # mentors a … b - 1 adopt the other plan, and mentor b takes the former mentee of a
        scores = task.kernel.scan(task.kernel.priced(*zero, ring, here), Dense(length, length)).astype(np.int64)
        block = np.array([w.block(scores, ring, here, mentees) for w in valuations]) - own[:, :, None]
        sums = np.concatenate(
            [np.zeros((len(valuations), 1), np.int64), np.cumsum(np.tile(difference, 2), axis=1)], axis=1
        )
        a, b = np.arange(length)[None, :], np.arange(length)[:, None]
        end = np.where(b > a, b, b + length)
        change = sums[:, end] - sums[:, np.broadcast_to(a, end.shape)] + block
        value = np.tensordot(weights, change, axes=(0, 0)).astype(float)
        value[(scores < 0) | (a == b)] = -np.inf
        most = min(_STRETCHES, value.size)
        for place in np.argpartition(value.ravel(), value.size - most)[-most:].tolist():
            last, first = divmod(place, length)
            pair = ring[[last]], here[[first]]
            if np.isfinite(value[last, first]) and task.kernel.eligible(*pair, scores[last, first][None])[0]:
                turn = np.arange(first, last if last > first else last + length) % length
                mentors = np.concatenate([ring[turn], ring[[last]]])
                yield _Move(mentors, np.concatenate([there[turn], here[[first]]]), change[:, last, first])


# ---------------------------------------------------------------- swaps


def _swaps(found: Bounded, plan: Plan, mates: _Mates) -> list[_Move]:
    """The feasible swaps that cost least, among all pairs of pairs whose people have no other partner."""
    task, mentees = found.task, plan.pairs.shape[1]
    i = np.flatnonzero(mates.mentee_of >= 0)
    j, size = mates.mentee_of[i], len(i)
    valuation, prices = task.combined(found.prices), found.proof.prices
    kernel = task.kernel.under(valuation)
    x, y = prices.x - valuation.each, prices.y
    points = task.kernel.scores(i, j)
    own = valuation.of(i, j, points, mentees) - prices.x[i] - prices.y[j]
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    for begin in range(0, size, _BLOCK):
        some, theirs = np.arange(begin, min(begin + _BLOCK, size)), np.arange(begin, size)
        rows, columns = kernel.priced(x, y, i[some], j[theirs]), kernel.priced(x, y, i[theirs], j[some])
        kept = kernel.scan(rows, Dense(len(some), len(theirs))) + kernel.scan(columns, Dense(len(theirs), len(some))).T
        kept = kept - own[some][:, None] - own[theirs]
        kept[np.tril_indices(len(some), 0, len(theirs))] = -np.inf
        most = min(_SWAPS, kept.size)
        level = np.partition(kept.ravel(), -most)[-most]
        a, b = np.nonzero(kept >= max(level, -4 * SCALE))
        parts.append((some[a], theirs[b], kept[a, b]))
    if not parts:
        return []
    a, b, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    best = np.lexsort((b, a, -value))[:_SWAPS]
    a, b = a[best], b[best]
    swapped = (i[a], j[b]), (i[b], j[a])
    scores = [task.kernel.scores(*pair) for pair in swapped]
    may = np.logical_and.reduce([task.kernel.eligible(*pair, own) for pair, own in zip(swapped, scores, strict=True)])
    a, b, after = a[may], b[may], [score[may] for score in scores]
    change = np.array(
        [
            w.of(i[a], j[b], after[0], mentees)
            + w.of(i[b], j[a], after[1], mentees)
            - w.of(i[a], j[a], points[a], mentees)
            - w.of(i[b], j[b], points[b], mentees)
            for w in (task.valuation, *(row.valuation for row in task.side_constraints))
        ]
    )
    return [_Move(i[[p, q]], j[[q, p]], change[:, k]) for k, (p, q) in enumerate(zip(a, b, strict=True))]
