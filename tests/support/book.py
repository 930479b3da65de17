"""What a certificate shows, by the book: pair by pair and person by person, in Python's own numbers.

Written from the formula that ``StageProof`` documents. Nothing here folds prices, scans blocks, lists pairs or rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from rmatch.objectives import Objective
from rmatch.proof.certificate import StageProof
from rmatch.proof.claim import Frozen
from rmatch.proof.problem import Problem
from rmatch.rows import UNBOUNDED, LoadValue, Row

Pair = tuple[int, int]
Plan = tuple[Pair, ...]


def pairs_of(problem: Problem) -> list[Pair]:
    """Every eligible pair, and the locked ones."""
    i, j = np.indices(problem.shape).reshape(2, -1)
    fine = problem.eligible(i, j)
    open_ = zip(i[fine].tolist(), j[fine].tolist(), strict=True)
    return sorted({*open_, *zip(problem.fixed[0].tolist(), problem.fixed[1].tolist(), strict=True)})


def points_of(problem: Problem, pair: Pair) -> int:
    """What a pair scores."""
    return int(problem.points(np.array([pair[0]]), np.array([pair[1]]))[0])


def worth_of(problem: Problem, objective: Objective, pair: Pair) -> int:
    """What a pair adds to an objective."""
    i, j = np.array([pair[0]]), np.array([pair[1]])
    return int((objective.pair_values(problem.people)(i, j, problem.points(i, j)) + np.zeros(1, np.int64))[0])


def coefficient(row: Row, pair: Pair) -> int:
    """What a pair adds to a row."""
    return int(row.coefficients(np.array([pair[0]]), np.array([pair[1]]))[0])


def of_load(value: LoadValue | None, person: int, k: int) -> int:
    """What so many pairs of a person are worth."""
    return 0 if value is None else int(value.first[person]) * min(k, 1) - value.square * k * k


def shown(problem: Problem, objective: Objective, proof: StageProof, frozen: Sequence[Frozen]) -> int | None:
    """What no plan exceeds by the prices alone, in units of the objective; None where they show nothing.

    Of a threshold it is the sum itself, which is below 0 where no plan has only pairs above the bound.
    """
    total = 0
    paid: list[tuple[object, int | None, int]] = []  # a row or an earlier objective, whose it is, the multiplier
    for row in problem.rows:
        low, high = row.bounds(problem.shape)
        for place, price in enumerate(map(int, proof.multipliers.get(row.name, ()))):
            if (price > 0 and high[place] >= UNBOUNDED) or (price < 0 and low[place] <= -UNBOUNDED):
                return None
            total += max(price * int(low[place]), price * int(high[place])) if price else 0
            paid.append((row, None if row.each is None else place, price))
    for done in frozen:
        for price in map(int, proof.multipliers.get(done.objective.name, ())):
            total += max(price * done.value, price * done.bound)
            paid.append((done.objective, None, price))
    times = 0 if objective.threshold else proof.scale
    least = max([done.value for done in frozen if done.objective.threshold], default=-UNBOUNDED)
    least = max(least, proof.bound + 1) if objective.threshold else least
    locked = {*zip(problem.fixed[0].tolist(), problem.fixed[1].tolist(), strict=True)}
    for pair in pairs_of(problem):
        excess = times * worth_of(problem, objective, pair) if times else 0
        excess -= int(proof.mentor_prices[pair[0]]) + int(proof.mentee_prices[pair[1]])
        for element, place, price in paid:
            if isinstance(element, Row):
                if place is None or place == pair[element.each == "mentee"]:
                    excess -= price * coefficient(element, pair)
            elif isinstance(element, Objective):
                excess -= price * worth_of(problem, element, pair)
        if pair in locked:
            total += excess
        elif points_of(problem, pair) >= least:
            total += max(excess, 0)
    for side, prices in enumerate((proof.mentor_prices, proof.mentee_prices)):
        loads = [(times, objective.load_values(problem.people)[side])]
        loads += [
            (-price, element.load_values(problem.people)[side])
            for element, _, price in paid
            if isinstance(element, Objective)
        ]
        for person, price in enumerate(map(int, prices)):
            fixed = sum(pair[side] == person for pair in locked)
            numbers = range(max(int(problem.minimum[side][person]), fixed), int(problem.capacity[side][person]) + 1)
            if not numbers:
                return None
            total += max(price * k + sum(w * of_load(v, person, k) for w, v in loads) for k in numbers)
    return total if objective.threshold else total // proof.scale


# ---------------------------------------------------------------- every plan of a handful of people


def plans(problem: Problem, frozen: Sequence[Frozen] = ()) -> Iterator[Plan]:
    """Every plan that keeps the rows and the earlier objectives, by trying every set of pairs."""
    pairs = pairs_of(problem)
    for size in range(len(pairs) + 1):
        for plan in combinations(pairs, size):
            if keeps(problem, plan, frozen):
                yield plan


def keeps(problem: Problem, plan: Plan, frozen: Sequence[Frozen]) -> bool:
    """Whether a plan keeps the people's bounds, every row, and the earlier objectives."""
    i, j = sides(plan)
    for own, size, low, high in zip((i, j), problem.shape, problem.minimum, problem.capacity, strict=True):
        load = np.bincount(own, minlength=size)
        if ((load < low) | (load > high)).any():
            return False
    for row in problem.rows:
        sums, (least, most) = row.sums(i, j, problem.shape), row.bounds(problem.shape)
        if ((sums < least) | (sums > most)).any():
            return False
    return all(done.value <= value(problem, done.objective, plan) <= done.bound for done in frozen)


def value(problem: Problem, objective: Objective, plan: Plan) -> int:
    """What a plan is worth."""
    i, j = sides(plan)
    return objective.value(problem.people, i, j, problem.points(i, j))


def sides(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Mentors and mentees of a plan's pairs."""
    return np.array([i for i, _ in plan], np.int64), np.array([j for _, j in plan], np.int64)
