"""The check of a certificate: every stage's duals against all pairs of the full problem.

A proof is accepted if its bound is at least the bound that its own duals show. Each stage is a pass over all pairs, in
blocks, without those that rules on few kinds of people forbid; a tree needs one more pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.objectives import Objective, loads_of, values_of
from rmatch.proof.alike import above_by_kinds
from rmatch.proof.bands import Bands
from rmatch.proof.blocks import Pairs, Sift, each_block
from rmatch.proof.certificate import StageProof
from rmatch.proof.claim import Claim, FalseProofError, Frozen, claim_of, settled_pairs
from rmatch.proof.left_out import left_out
from rmatch.proof.listed import Listed, RowOnPairs, narrowed, step_of
from rmatch.proof.problem import Problem
from rmatch.proof.refute import refuted
from rmatch.proof.settled import rounded

_MOST = 4_000_000  # pairs that exceed their prices; more than a proof of the engine ever leaves
_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class _Hits:
    """Pairs with an excess above a level, and the excess."""

    i: IntArray
    j: IntArray
    excess: IntArray


def stage_problems(
    problem: Problem,
    i: IntArray,
    j: IntArray,
    points: IntArray,
    stages: tuple[StageProof, ...],
    first: bool = False,
) -> Iterator[str]:
    """Yield what is wrong with the proofs of a plan's objectives.

    Args:
        i, j: Mentors and mentees of the plan, ``(pairs,)`` int64.
        points: Their scores in points, ``(pairs,)`` int64.
        stages: The proofs, in order.
        first: Whether ``stages`` are those of the first objectives only.
    """
    objectives = problem.objectives[: len(stages)] if first else problem.objectives
    if [objective.name for objective in objectives] != [stage.name for stage in stages]:
        yield "the certificate is for other objectives"
        return
    frozen: list[Frozen] = []
    for objective, stage in zip(objectives, stages, strict=True):
        value = objective.value(problem.people, i, j, points)
        if value != stage.value:
            yield f"{stage.name}: the plan's value is {value}, not {stage.value}"
        if stage.bound < stage.value:
            yield f"{stage.name}: the bound {stage.bound} lies below the value {stage.value}"
        try:
            shown = shown_bound(problem, objective, stage, tuple(frozen))
        except FalseProofError as error:
            yield f"{stage.name}: {error}"
            return
        if shown > stage.bound:
            yield f"{stage.name}: the prices prove {shown}, not the bound {stage.bound}"
        frozen.append(Frozen(objective, stage.value, stage.bound))


class _Nothing(Objective):
    """The objective of proofs of infeasibility, 0 for every plan."""

    def linear(self, people: object) -> tuple[int, int]:
        """Return ``(0, 0)``."""
        return 0, 0


NOTHING = _Nothing()
"""The objective of proofs of infeasibility."""


def shown_bound(problem: Problem, objective: Objective, proof: StageProof, frozen: tuple[Frozen, ...]) -> int:
    """Return the bound that a proof shows, in the objective's units.

    Args:
        objective: One stage of an objective.
        frozen: The earlier objectives.

    Raises:
        FalseProofError: The proof does not fit the problem.
    """
    claim = claim_of(problem, objective, proof, frozen)
    if not objective.threshold:
        return _bound(problem, objective, proof, frozen, claim, proof.bound)
    if proof.bound >= SCALE or fixed_below(problem, proof.bound):
        return proof.bound
    none = _bound(problem, NOTHING, proof, frozen, claim, -1)
    return proof.bound if none < 0 else SCALE


def impossible(problem: Problem, proof: StageProof) -> bool:
    """Return whether a proof, of the objective 0, shows that no plan satisfies all rows.

    A row that demands an ineligible pair shows it by itself.

    Raises:
        FalseProofError: The proof does not fit the problem.
    """
    if not problem.eligible(*problem.fixed).all() or crowded(problem):
        return True
    return _bound(problem, NOTHING, proof, (), claim_of(problem, NOTHING, proof, ()), -1) < 0


def crowded(problem: Problem) -> bool:
    """Return whether some person must have more pairs than they may, by their bounds or by locked pairs."""
    loads = [np.bincount(k, minlength=size) for k, size in zip(problem.fixed, problem.shape, strict=True)]
    sides = zip(problem.minimum, problem.capacity, loads, strict=True)
    return any(bool((np.maximum(least, fixed) > most).any()) for least, most, fixed in sides)


def fixed_below(problem: Problem, bound: int) -> bool:
    """Return whether a locked pair scores at most ``bound``, so that no plan has only pairs that score more."""
    return bool((problem.points(*problem.fixed) <= bound).any())


def _bound(
    problem: Problem, objective: Objective, proof: StageProof, frozen: tuple[Frozen, ...], claim: Claim, claimed: int
) -> int:
    """The bound shown by the duals, or ``claimed`` where the tree shows it."""
    fixed = problem.fixed
    locked = claim.at(*fixed, problem.points(*fixed))
    total, cap = claim.constant + sum(map(int, locked)), proof.scale * (claimed + 1)
    level = 0 if proof.tree is None else min(cap - total - 1, 0)  # what a tree needs too, where no pair is worth more
    hits = _above(problem, claim, level)
    more = sum(each for each in map(int, hits.excess) if each > 0)
    total += more
    shown = total // proof.scale
    if proof.tree is None or shown <= claimed:
        return shown
    if more:
        hits = _above(problem, claim, cap - total - 1)  # no other pair is in a plan of that value
    listed = _listed(
        problem, objective, proof, frozen, (np.append(fixed[0], hits.i), np.append(fixed[1], hits.j)), total
    )
    wrong = refuted(listed, proof.tree, proof.scale * (claimed + step_of(listed, claimed)))
    if wrong is not None:
        raise FalseProofError(wrong)
    return claimed


def _listed(
    problem: Problem,
    objective: Objective,
    proof: StageProof,
    frozen: tuple[Frozen, ...],
    pairs: tuple[IntArray, IntArray],
    total: int,
) -> Listed:
    """The pairs of a tree, the locked ones first, with the coefficients of every row."""
    i, j = pairs
    points, people, settled = problem.points(i, j), problem.people, settled_pairs(problem, frozen)
    rows, prices = [], []
    for row in problem.rows:
        least, most = rounded(row, problem.shape, settled)
        own = replace(row, least=least, most=most)
        rows.append(RowOnPairs.of(own, i, j, problem.shape))
        prices.append(proof.multipliers.get(row.name, np.zeros(len(least), np.int64)))
    for done in frozen:
        if not done.objective.threshold:
            rows.append(RowOnPairs.of_objective(done.objective, people, (i, j, points), done.value, done.bound))
            prices.append(proof.multipliers.get(done.objective.name, np.zeros(1, np.int64)))
    some, multipliers, kept = narrowed(rows, prices)
    return Listed(
        i,
        j,
        values_of(objective, people)(i, j, points),
        np.arange(len(i)) < len(problem.fixed[0]),
        problem.minimum,
        problem.capacity,
        problem.fewest,
        some,
        loads_of(objective, people),
        proof.scale,
        total,
        proof.mentor_prices,
        proof.mentee_prices,
        multipliers,
        kept,
    )


def _above(problem: Problem, claim: Claim, level: int) -> _Hits:
    """All eligible pairs that are not locked and have an excess above ``level``."""
    found = [np.zeros(0, np.int64)]

    def sift(i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
        fine = np.flatnonzero(_eligible_hits(problem, claim, i, j))  # rules may forbid most, and cost less
        fine = fine[claim.at(i[fine], j[fine], problem.points(i[fine], j[fine])) > level]
        found.append(fine)
        if sum(map(len, found)) > _MOST:
            raise FalseProofError(f"more than {_MOST:,} pairs are worth more than their prices")
        return i[fine], j[fine]

    hits: Iterator[Pairs]
    if claim.scoreless:
        hits = _by_prices(problem, claim, level, sift)
    elif claim.plain:
        kinds = above_by_kinds(problem.scores, claim.x - claim.each, claim.y, level, claim.least_points)
        hits = _by_score(problem, claim, level, sift) if kinds is None else (sift(*some) for some in kinds)
    else:
        hits = _by_all(problem, claim, level, sift, problem.bands)
    none = np.zeros(0, np.int64)
    i, j = (np.concatenate(side) for side in zip((none, none), *hits, strict=True))
    return _Hits(i, j, claim.at(i, j, problem.points(i, j)))


def _by_prices(problem: Problem, claim: Claim, level: int, sift: Sift) -> Iterator[Pairs]:
    """Where only prices count: people with prices low enough, and their scores where these may be too low."""
    x, y = claim.x - claim.each, claim.y
    for mentors, runs in problem.bands.bands:
        mentees = problem.bands.columns(runs)
        if not len(mentors) or not len(mentees):
            continue
        rows = mentors[-x[mentors] - y[mentees].min() > level]
        columns = mentees[-y[mentees] - x[mentors].min() > level]
        if claim.least_points and len(rows) * len(columns):
            cheap = Bands(columns, np.array([0, len(columns)]), ((rows, ((0, 1),)),))
            yield from _by_all(problem, claim, level, sift, cheap)
            continue
        size = max(1, _BLOCK // max(len(columns), 1))
        for begin in range(0, len(rows), size):
            some = rows[begin : begin + size]
            a, b = np.nonzero(-x[some][:, None] - y[columns] > level)
            yield sift(some[a], columns[b])


def _by_score(problem: Problem, claim: Claim, level: int, sift: Sift) -> Iterator[Pairs]:
    """Where the score counts once: prices are part of the product, and of some criteria only the most is."""
    x, y = claim.x - claim.each, claim.y
    scores, most = left_out(problem.scores, problem.bands, (x, y), claim.least_points)

    def look(rows: IntArray, columns: IntArray, over: FloatArray) -> Pairs:
        row, column = np.divmod(np.flatnonzero(over > level), len(columns))
        i, j = rows[row], columns[column]
        if claim.least_points:
            enough = over[row, column] + x[i] + y[j] >= claim.least_points
            i, j = i[enough], j[enough]
        return i, j

    yield from each_block(scores, problem.bands, look, sift, ((x - most).astype(float), y.astype(float)))


def _by_all(problem: Problem, claim: Claim, level: int, sift: Sift, bands: Bands) -> Iterator[Pairs]:
    """The general case."""

    def look(rows: IntArray, columns: IntArray, points: FloatArray) -> Pairs:
        return claim.above(level, rows, columns, np.rint(np.maximum(points, -4.0 * SCALE)).astype(np.int64))

    yield from each_block(problem.scores, bands, look, sift)


def _eligible_hits(problem: Problem, claim: Claim, i: IntArray, j: IntArray) -> BoolArray:
    """Listed pairs that count: eligible, not locked, with a score of at least ``least_points``."""
    fine = problem.is_open(i, j)
    if claim.least_points > problem.scores.least_points:
        fine[fine] = problem.points(i[fine], j[fine]) >= claim.least_points
    return fine
