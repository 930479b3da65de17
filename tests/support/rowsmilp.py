"""Any instance as an integer program from its rows and values alone, solved by SciPy; and a plain check of a stage."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from rmatch.columns import BoolArray
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Objective
from rmatch.proof.certificate import StageProof
from rmatch.proof.listed import Listed, RowOnPairs, step_of
from rmatch.proof.refute import refuted
from rmatch.rows import UNBOUNDED, LoadValue, Row
from rmatch.solve.branch_and_bound import Instance


class Program:
    """The pairs of an instance, what limits them, and what numbers of pairs are worth."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.shape = instance, instance.shape
        self.i, self.j = np.nonzero(instance.eligible)
        self.points = instance.points[self.i, self.j]
        self.most = [min(int(c.max(initial=0)), max(instance.shape)) for c in instance.capacity]
        self.levels = [  # for each person and number of pairs a choice, the lower ones first
            np.array([(p, k) for p in range(size) for k in range(most)]).reshape(-1, 2)
            for size, most in zip(instance.shape, self.most, strict=True)
        ]
        self.sizes = [len(self.i), len(self.levels[0]), len(self.levels[1])]
        self.rows: list[tuple[np.ndarray, float, float]] = []
        self._people()
        for row in instance.rows:
            entry = row.coefficients(self.i, self.j).astype(float)
            low, high = row.bounds(instance.shape)
            for k in range(len(low)):
                mine = np.ones(len(entry)) if row.each is None else (self.i, self.j)[row.each == "mentee"] == k
                self.add(entry * mine, float(low[k]), float(high[k]))

    def add(self, entry: np.ndarray, low: float, high: float, rest: np.ndarray | None = None) -> None:
        """One more row, over the pairs and perhaps the numbers of pairs."""
        rest = np.zeros(self.sizes[1] + self.sizes[2]) if rest is None else rest
        ends = -np.inf if low <= -UNBOUNDED else low, np.inf if high >= UNBOUNDED else high
        self.rows.append((np.concatenate([entry, rest]), *ends))

    def _people(self) -> None:
        for side, who in enumerate((self.i, self.j)):
            offset = 0 if side == 0 else self.sizes[1]
            levels = self.levels[side]
            for p in range(self.shape[side]):
                own = (who == p).astype(float)
                self.add(own, float(self.instance.minimum[side][p]), float(self.instance.capacity[side][p]))
                rest = np.zeros(self.sizes[1] + self.sizes[2])
                mine = offset + np.flatnonzero(levels[:, 0] == p)
                rest[mine] = -1
                self.add(own, 0, 0, rest)
                for a, b in pairwise(mine.tolist()):
                    order = np.zeros_like(rest)
                    order[a], order[b] = 1, -1
                    self.add(np.zeros(len(own)), 0, 1, order)
                some = int(self.instance.fewest[side][p])
                if some > 1 and len(mine):  # with the first pair come all of the fewest
                    together = np.zeros_like(rest)
                    together[mine[0]] = -1
                    together[mine[some - 1 : some]] = 1
                    self.add(np.zeros(len(own)), 0, 1, together)

    def value(self, objective: Objective) -> np.ndarray:
        """What each pair and each number of pairs adds to an objective."""
        pairs = objective.pair_values(self.instance.people)(self.i, self.j, self.points)
        parts = [pairs]
        for load, levels in zip(objective.load_values(self.instance.people), self.levels, strict=True):
            parts.append(_steps(load, levels))
        return np.concatenate(parts).astype(float)

    def best(self, value: np.ndarray, allowed: BoolArray | None = None) -> np.ndarray | None:
        """The best choice, None where there is none."""
        upper = np.ones(sum(self.sizes))
        if allowed is not None:
            upper[: self.sizes[0]] = allowed
        if not len(upper):
            return np.zeros(0) if all(low <= 0 <= high for _, low, high in self.rows) else None
        matrix = coo_array(np.array([row for row, _, _ in self.rows]))
        limits = LinearConstraint(matrix, [low for _, low, _ in self.rows], [high for _, _, high in self.rows])
        scale = max(np.abs(value).max(initial=1), 1.0)
        found = milp(
            -value / scale, constraints=limits, bounds=Bounds(0, upper), integrality=1, options={"mip_rel_gap": 0}
        )
        assert found.status in (0, 2), found.message
        return None if found.status == 2 else np.rint(found.x)

    def locked(self) -> BoolArray:
        """Which pairs a lock asks for."""
        return self.instance.locked[self.i, self.j]


def _steps(load: LoadValue | None, levels: np.ndarray) -> np.ndarray:
    if load is None or not len(levels):
        return np.zeros(len(levels))
    p, k = levels[:, 0], levels[:, 1]
    return load.first[p] * (k == 0) - load.square * (2 * k + 1)


def oracle(instance: Instance) -> list[int] | None:
    """The value of each objective in turn, None where no plan keeps the rows."""
    program, values = Program(instance), []
    allowed = np.ones(program.sizes[0], bool)
    if program.best(np.zeros(sum(program.sizes))) is None:
        return None
    for objective in instance.objectives:
        if objective.threshold:
            top = int(program.points[program.locked()].min(initial=SCALE))
            for t in sorted({top, *program.points[program.points < top].tolist()}, reverse=True):
                narrower = allowed & ((program.points >= t) | program.locked())
                choice = program.best(np.zeros(sum(program.sizes)), narrower)
                if choice is not None:
                    break
            allowed, worst = narrower, t
            values.append(worst)
            continue
        value = program.value(objective)
        choice = program.best(value, allowed)
        assert choice is not None
        values.append(int(np.rint(value @ choice)))
        n = program.sizes[0]
        program.add(value[:n], values[-1] - 0.25, np.inf, value[n:])
    return values


# ---------------------------------------------------------------- the check of a stage, plainly


def problem(
    instance: Instance, objective: Objective | None, earlier: list[tuple[Objective, StageProof]], proof: StageProof
) -> str | None:
    """None where the proof shows its bound; ``objective`` is None where it shows that there is no plan."""
    people, (m, n) = instance.people, instance.shape
    least = max((p.value for o, p in earlier if o.threshold), default=-(1 << 40))
    claimed, scale = proof.bound, proof.scale
    if objective is not None and objective.threshold:
        if claimed >= int(instance.points[instance.locked].min(initial=SCALE)):
            return None
        least, claimed, objective = max(least, claimed + 1), -1, None
    i, j = np.nonzero(instance.eligible & (instance.locked | (instance.points >= least)))
    points, fixed = instance.points[i, j], instance.locked[i, j]
    value = np.zeros(len(i), np.int64) if objective is None else objective.pair_values(people)(i, j, points)
    loads = (None, None) if objective is None else objective.load_values(people)
    pairs = _settled(instance, earlier)
    rows = {row.name: _moved(RowOnPairs.of(row, i, j, (m, n)), row, pairs) for row in instance.rows}
    for each, done in earlier:
        if not each.threshold:
            rows[done.name] = RowOnPairs.of_objective(each, people, (i, j, points), done.value, done.bound)
    if set(proof.multipliers) - set(rows) or scale < 1:
        return "unknown rows or no scale"
    y = {name: proof.multipliers.get(name, np.zeros(len(row.least), np.int64)) for name, row in rows.items()}
    if any(len(y[name]) != len(row.least) for name, row in rows.items()):
        return "multipliers for other rows"
    excess = [scale * v for v in value.tolist()]
    excess = [
        e - a - b
        for e, a, b in zip(excess, proof.mentor_prices[i].tolist(), proof.mentee_prices[j].tolist(), strict=True)
    ]
    bound = 0
    for name, row in rows.items():
        own = y[name].tolist()
        which = np.zeros(len(i), np.int64) if row.who is None else row.who
        excess = [e - own[k] * c for e, k, c in zip(excess, which.tolist(), row.coefficient.tolist(), strict=True)]
        for price, low, high in zip(own, row.least.tolist(), row.most.tolist(), strict=True):
            if (price > 0 and high >= UNBOUNDED) or (price < 0 and low <= -UNBOUNDED):
                return "a multiplier of the wrong sign"
            bound += max(price * low, price * high) if price else 0
    for side, prices in enumerate((proof.mentor_prices, proof.mentee_prices)):
        least_pairs = np.maximum(instance.minimum[side], instance.locked.sum(1 - side))
        if (least_pairs > instance.capacity[side]).any():
            return None if objective is None else "somebody must have more pairs than they may have"
        for p, price in enumerate(prices.tolist()):
            bound += max(
                price * k
                + _worth(scale, loads[side], p, k)
                - sum(int(y[name][0]) * _worth(1, row.loads[side], p, k) for name, row in rows.items())
                for k in range(int(least_pairs[p]), int(instance.capacity[side][p]) + 1)
            )
    bound += sum(e if lock else max(e, 0) for e, lock in zip(excess, fixed.tolist(), strict=True))
    if proof.tree is None:
        return (
            None
            if bound // scale == claimed or (objective is None and bound < 0)
            else f"the prices show {bound // scale}, not {claimed}"
        )
    kept = np.array(
        [lock or bound + min(e, 0) >= scale * (claimed + 1) for e, lock in zip(excess, fixed, strict=True)], bool
    )
    listed = Listed(
        i[kept], j[kept], value[kept], fixed[kept], instance.minimum, instance.capacity,
        instance.fewest, tuple(row.only(kept) for row in rows.values()), loads, scale, bound,
        proof.mentor_prices, proof.mentee_prices, tuple(y.values()),
    )  # fmt: skip
    return refuted(listed, proof.tree, scale * (claimed + step_of(listed, claimed)))


def _settled(instance: Instance, earlier: list[tuple[Objective, StageProof]]) -> int | None:
    """How many pairs every plan has, where rows that count each once, or the objective that counts them, say so."""
    ends = [(done.value, done.bound) for each, done in earlier if isinstance(each, MostPairs)]
    for row in instance.rows:
        if row.each is None and all(part.bare for part in row.parts) and sum(part.times for part in row.parts) == 1:
            ends.append((row.least or 0, (1 << 62) if row.most is None else row.most))
    low, high = max((low for low, _ in ends), default=0), min((high for _, high in ends), default=1 << 62)
    return low if low == high else None


def _moved(on_pairs: RowOnPairs, row: Row, pairs: int | None) -> RowOnPairs:
    """The row's bounds, one step after the other, inwards to sums that so many pairs can have."""
    steps = [part.times for part in row.parts if not part.bare]
    if pairs is None or row.each is not None or not steps:
        return on_pairs
    alike, step = pairs * sum(part.times for part in row.parts if part.bare), int(np.gcd.reduce(steps))
    low, high = int(on_pairs.least[0]), int(on_pairs.most[0])
    while abs(low) < UNBOUNDED and (low - alike) % step:
        low += 1
    while abs(high) < UNBOUNDED and (high - alike) % step:
        high -= 1
    return replace(on_pairs, least=np.array([low]), most=np.array([high]))


def _worth(scale: int, load: LoadValue | None, p: int, k: int) -> int:
    return 0 if load is None else scale * (int(load.first[p]) * min(k, 1) - load.square * k * k)


def problems(instance: Instance, proofs: tuple[StageProof, ...]) -> list[str]:
    """What is wrong with the proofs of an answer."""
    found: list[str] = []
    earlier: list[tuple[Objective, StageProof]] = []
    for objective, proof in zip(instance.objectives, proofs, strict=True):
        wrong = problem(instance, objective, earlier, proof)
        if wrong is not None:
            found.append(f"{proof.name}: {wrong}")
        earlier.append((objective, proof))
    return found
