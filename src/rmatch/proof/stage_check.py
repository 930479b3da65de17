"""The check of every objective's proof: all pairs of the full problem, held against all prices in one pass.

A proof counts if its bound is no lower than what its own prices show: what people, groups and the number of pairs may
bring at those prices, and whatever an eligible pair is worth beyond its two prices, less what the rows' numbers cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.aims import Aim, aims
from rmatch.columns import FloatArray, IntArray
from rmatch.constraints import Constraints, compile_limits
from rmatch.factors import SCALE
from rmatch.halves import Tolls
from rmatch.model import Model
from rmatch.objectives import MostPairs, WorstPair
from rmatch.pool import Bounds, Groups
from rmatch.proof.blocks import each_block
from rmatch.proof.certificate import StageProof
from rmatch.worth import NOTHING, Gain, Row, Worth, total

_MOST = 1_000_000  # pairs beyond their prices; more than a proof of the engine ever leaves


@dataclass(frozen=True, eq=False)
class _Claim:
    """One proof made ready: the worth it prices, and what its prices show of everything but pairs, less its rows."""

    aim: Aim
    proof: StageProof
    worth: Worth
    shown: int


def stage_problems(
    model: Model, pairs: tuple[IntArray, IntArray], stages: tuple[StageProof, ...], bounds: Bounds, proved: bool
) -> Iterator[str]:
    """Say what is wrong with the proofs of a plan's objectives; ``pairs`` are those that no lock settles.

    ``bounds`` are what each person may and must have beside the locked pairs.
    """
    constraints, wanted = compile_limits(model, bounds), aims(model)
    if [aim.name for aim in wanted] != [stage.name for stage in stages]:
        yield "the certificate is for other objectives"
        return
    points = model.points(*pairs)
    for aim, stage in zip(wanted, stages, strict=True):
        value = (
            int(points.min(initial=SCALE))
            if isinstance(aim.objective, WorstPair)
            else _value(aim, pairs, points, model)
        )
        if value != stage.value:
            yield f"{aim.name}: the plan's value is {value}, not {stage.value}"
        if proved and (stage.gap != 0 or stage.trusts):
            yield f"{aim.name}: a gap of {stage.gap} is left, so the plan is not proved best"
        if stage.gap < 0:
            yield f"{aim.name}: the bound lies below the value"
    claims = []
    for number, aim in enumerate(wanted):
        made = _claim(model, constraints, wanted, stages, number)
        if isinstance(made, str):
            yield f"{aim.name}: {made}"
            return
        claims.append(made)
    beyond = _beyond(model, claims)
    for claim, excess in zip(claims, beyond, strict=True):
        if excess is None:
            yield f"{claim.aim.name}: more than {_MOST} pairs are worth more than their prices"
            continue
        shown = claim.shown + excess
        if isinstance(claim.aim.objective, WorstPair):
            if claim.proof.bound < SCALE and shown >= 0:
                yield f"{claim.aim.name}: nothing shows that no plan has a better worst pair"
        elif not claim.proof.trusts and shown // claim.proof.scale > claim.proof.bound:
            yield f"{claim.aim.name}: the prices prove {shown // claim.proof.scale}, not the bound {claim.proof.bound}"


def _value(aim: Aim, pairs: tuple[IntArray, IntArray], points: IntArray, model: Model) -> int:
    return aim.worth.of_plan(*pairs, points, model.shape)


def _claim(
    model: Model, constraints: Constraints, wanted: list[Aim], stages: tuple[StageProof, ...], number: int
) -> _Claim | str:
    aim, proof = wanted[number], stages[number]
    rows = {row.name: row for row in constraints.rows}
    least = model.least_points
    span = constraints.bounds.span
    for earlier, done in zip(wanted[:number], stages[:number], strict=True):
        if isinstance(earlier.objective, MostPairs):
            span = (done.value, done.value)
        elif isinstance(earlier.objective, WorstPair):
            least = max(least, done.value)
        else:
            rows[earlier.name] = Row(earlier.name, earlier.worth, done.value)
    if isinstance(aim.objective, WorstPair):
        least = proof.bound + 1
    if proof.least_points > least:
        return f"its proof leaves out pairs that score less than {proof.least_points / SCALE:.6f}"
    if not proof.span[0] <= span[0] <= span[1] <= proof.span[1]:
        return f"its proof is for {proof.span[0]} to {proof.span[1]} pairs, there may be {span[0]} to {span[1]}"
    priced: list[tuple[int, Row]] = []
    for name, price in proof.multipliers:
        if name not in rows or price < 0:
            return f"its proof weighs {name!r} with {price}, which is no limit and no earlier objective"
        priced.append((price, rows[name]))
    start = NOTHING if isinstance(aim.objective, WorstPair) else proof.scale * aim.worth
    worth = total([(price, row.worth) for price, row in priced], start)
    halves = constraints.bounds.halves or (None, None)
    for half, toll in zip(halves, proof.tolls, strict=True):
        if toll is not None and (half is None or toll.shape != half.most.shape or (toll < 0).any()):
            return "its tolls are for other people or kinds, or below 0"
    tolls = Tolls(halves, proof.tolls)
    shown = _shown(proof, constraints.bounds, worth)
    if shown is None:
        return "its prices are for other people or groups, or too large to be added up exactly"
    shown += tolls.total - sum(price * row.least for price, row in priced)
    return _Claim(aim, proof, worth + tolls.worth, shown)


def _shown(proof: StageProof, bounds: Bounds, worth: Worth) -> int | None:
    """What people, groups and the number of pairs bring at the prices at most, in whole numbers of any size."""
    sides = (proof.mentor_prices, proof.mentee_prices)
    if any(len(g) != len(t) for g, t in zip(proof.grounds, bounds.trees, strict=True)):
        return None
    if any(len(p) and int(np.abs(p).max()) > 1 << 50 for p in (*sides, *proof.grounds)):
        return None
    ground = int(proof.grounds[0][0]) + int(proof.grounds[1][0])
    found = max(proof.span[0] * ground, proof.span[1] * ground)
    parts = zip(sides, proof.grounds, bounds.trees, bounds.capacity, bounds.minimum, worth.gains, strict=True)
    for price, grounds, tree, most, least, gain in parts:
        found += _people(price - grounds[tree.of], most, least, gain) + _groups(grounds, tree)
    return found


def _people(u: IntArray, most: IntArray, least: IntArray, gain: Gain | None) -> int:
    if gain is None:
        return sum(
            max(k * price for k in (int(a), int(b))) for price, a, b in zip(u.tolist(), least, most, strict=True)
        )
    return int(gain.most(u, least, most).sum())


def _groups(grounds: IntArray, tree: Groups) -> int:
    found = 0
    for group in range(1, len(tree)):
        u = int(grounds[group] - grounds[tree.parent[group]])
        found += max(u * int(tree.least[group]), u * int(tree.most[group]))
    return found


def _beyond(model: Model, claims: list[_Claim]) -> list[int | None]:
    """For each claim, what eligible open pairs are worth beyond their two prices, all of them together."""

    def look(rows: IntArray, columns: slice, points: FloatArray) -> list[tuple[int, int]]:
        scores = np.rint(np.maximum(points, -4.0 * SCALE)).astype(np.int64)
        some = np.arange(columns.start, columns.stop)
        return [_exceeding(model, claim, scores, rows, some) for claim in claims]

    sums, counts = [0] * len(claims), [0] * len(claims)
    for found in each_block(model, look):
        for k, (excess, number) in enumerate(found):
            sums[k] += excess
            counts[k] += number
    return [None if number > _MOST else excess for excess, number in zip(sums, counts, strict=True)]


def _exceeding(model: Model, claim: _Claim, scores: IntArray, rows: IntArray, columns: IntArray) -> tuple[int, int]:
    """By how much the pairs of a block exceed their prices, and how many do."""
    proof, mentees = claim.proof, model.shape[1]
    over = claim.worth.block(scores, rows, columns, mentees)
    over -= proof.mentor_prices[rows][:, None] + proof.mentee_prices[columns]
    row, column = np.nonzero((over > 0) & (scores >= proof.least_points))
    i, j = rows[row], columns[column]
    fine = model.eligible(i, j) & ~np.isin(i * np.int64(mentees) + j, model.locked_keys)
    return int(over[row[fine], column[fine]].sum()), int(fine.sum())
