"""A price for each unit of what crosses the groups: shares, overlapping groups, earlier objectives, changes.

With a multiplier ``μ ≥ 0`` for each row, every plan that reaches the rows' numbers satisfies

    worth ≤ (worth + Σ μ_r row_r) - Σ μ_r least_r ≤ the proved optimum at μ - Σ μ_r least_r.

So any multipliers give a true bound over all pairs, proved by one pass, and the loop that maximises any worth is all
that is needed. The best multipliers are sought on the pool, where a step is one solve: each plan that was found is a
cut below the bound, and the lowest point of all cuts within a trusted distance comes next (Kelley 1960). A row that
freezes an earlier objective is exact at any multiplier that is large enough, and so it is raised until the plan keeps
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError, SolverError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Pool
from rmatch.solve.backends import Hint, lowest
from rmatch.solve.column_generation import Begun, Proof, best_plan, certify, sampled
from rmatch.solve.cover import settle
from rmatch.solve.initial_columns import USUAL, Tuning, first_pool
from rmatch.solve.progress import SILENT, Teller
from rmatch.solve.scan.kernel import Kernel
from rmatch.valuation import NOTHING, Row, Worth, total

_ROUNDS, _STEPS = 24, 60
_ENOUGH, _ENOUGH_SAMPLED = 5e-7, 1e-4
"""Of the bound, for each row: multipliers that cannot lower it by more are near enough."""
_FAR_OFF = 0.5
_KEPT = 40
"""Pairs of the pool for each pair of the plan that steps look at."""
_SAMPLED, _LEAST_SAMPLE, _TRUST = 10, 400, 0.15
_SHRINK = 0.6
_DOUBTFUL, _FURTHEST = 16 * SCALE, 256 * SCALE
"""Multipliers that are sought so far off make one doubt whether the rows can be reached at all; they go no further."""
_WEIGHT = 1000
_COUNT, _POINT = 2 * SCALE, 16
"""What one of what an earlier objective counts, or a point of it, is thought to be worth at first."""
_LARGEST = 1 << 40
_UNBOUNDED = 1 << 62


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan within the bounds: its pairs with their scores, its worth, by how much it exceeds each row's number."""

    pairs: Pool
    worth: int
    beyond: IntArray

    @property
    def fits(self) -> bool:
        """Whether it reaches every row's number."""
        return bool((self.beyond >= 0).all())


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be maximised, on what: a worth, the rows it must respect, and where to begin.

    ``guess`` holds multipliers of rows by their names, thought to be near the answer.
    """

    kernel: Kernel
    bounds: Bounds
    worth: Worth
    rows: tuple[Row, ...]
    pool: Pool
    start: IntArray
    tell: Teller = SILENT
    tuning: Tuning = USUAL
    guess: Mapping[str, int] = field(default_factory=dict)

    def sample(self) -> Task | None:
        """The same task for one in so many people, the head of a random order; None where that would say little."""
        (m, n), limits = self.pool.shape, [row for row in self.rows if not row.frozen]
        sizes = [min(max(size // _SAMPLED, _LEAST_SAMPLE), size) for size in (m, n)]
        if sizes[0] * sizes[1] * 4 > m * n or any(row.worth.listed is not None for row in limits):
            return None
        rows, columns = (np.arange(size) for size in sizes)
        bounds = self.bounds.part(rows, columns)
        share = bounds.room / max(self.bounds.room, 1)
        kernel = self.kernel.part(rows, columns)
        smaller = tuple(
            replace(row, worth=row.worth.part(rows, columns), least=int(row.least * share)) for row in limits
        )
        pool, _, price = first_pool(kernel, bounds, self.tuning, sampled(self.tuning))
        pool, _ = settle(kernel, bounds, pool, price)
        worth = self.worth.part(rows, columns)
        return Task(kernel, bounds, worth, smaller, pool, price, tuning=self.tuning)

    def combined(self, prices: IntArray) -> Worth:
        """The worth and so many times each row's."""
        return total([(int(price), row.worth) for price, row in zip(prices, self.rows, strict=True)], self.worth)

    def least(self, prices: IntArray) -> int:
        """What the rows' numbers are worth at these prices."""
        return sum(int(price) * row.least for price, row in zip(prices, self.rows, strict=True))

    def best_on_pool(self, prices: IntArray) -> Plan:
        """The best plan on the pool at these multipliers."""
        return self.best_on_pool_for(self.combined(prices))

    def best_on_pool_for(self, worth: Worth) -> Plan:
        """The plan on the pool that is best for another worth."""
        hint = Hint(np.zeros(self.pool.shape[0], np.int64), self.start)
        chosen = best_plan(self.pool, self.bounds, worth, None, hint)
        return self.plan(self.pool.only(np.flatnonzero(chosen)))

    def proved(self, proof: Proof) -> Plan:
        """Measure the plan of a proof."""
        pool = proof.pool
        points = pool.points[np.searchsorted(pool.keys, proof.i * np.int64(pool.shape[1]) + proof.j)]
        return self.plan(Pool(proof.i, proof.j, points, pool.shape))

    def plan(self, pairs: Pool) -> Plan:
        """Measure a plan."""
        args = pairs.i, pairs.j, pairs.points, pairs.shape
        beyond = [row.worth.of_plan(*args) - row.least for row in self.rows]
        return Plan(pairs, self.worth.of_plan(*args), np.array(beyond, np.int64))


@dataclass(eq=False)
class Bounded:
    """What a search has found: plans, and the lowest bound with the multipliers and the proof that show it."""

    task: Task
    plans: list[Plan]
    prices: IntArray
    bound: int
    proof: Proof

    @property
    def best(self) -> Plan | None:
        """The best plan that reaches every row's number."""
        fitting = [plan for plan in self.plans if plan.fits]
        return max(fitting, key=lambda plan: plan.worth, default=None)


class UnreachableError(Exception):
    """No plan reaches the rows' numbers together: with these multipliers the most that any reaches is less."""

    def __init__(self, rows: tuple[Row, ...], multipliers: IntArray, proof: Proof) -> None:
        super().__init__(f"no plan reaches {', '.join(row.name for row in rows)} together")
        self.rows, self.multipliers, self.proof = rows, multipliers, proof


def bounded(task: Task) -> Bounded:
    """Return plans and a bound for the task; where every row is frozen or slack, the bound is reached.

    Raises UnreachableError where the rows cannot be reached, and TimeUpError where the time was over before any bound.
    """
    return _Search(task, _ENOUGH * max(sum(not row.frozen for row in task.rows), 1)).run()


@dataclass(eq=False)
class _Search:
    """Proofs at some multipliers, and between them cheap steps on the pool towards better ones."""

    task: Task
    enough: float
    plans: list[Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        task = self.task
        frozen = np.array([row.frozen for row in task.rows], bool)
        self.search = not frozen.all()
        # an earlier objective outweighs a later one by far, one of what it counts more than a whole score of the last
        place = np.cumsum(frozen[::-1])[::-1]
        unit = np.array([_COUNT if row.unit == 1 else _POINT for row in task.rows], np.int64)
        self.prices = np.where(frozen, unit * 4 ** np.maximum(place - 1, 0), 0)
        self.radius = np.maximum(self.prices / 2, SCALE / 32)
        self.reachable = False
        self.shown, self.bound = self.prices, _UNBOUNDED
        self.proof: Proof | None = None

    def run(self) -> Bounded:
        try:
            if self.search:
                self._guess()
            for _ in range(_ROUNDS):
                self._prove()
                if self._done() or not self._near():
                    break
        except TimeUpError:
            if self.proof is None:
                raise
        assert self.proof is not None
        return Bounded(self.task, self.plans, self.shown, self.bound, self.proof)

    def _done(self) -> bool:
        return any(plan.fits and plan.worth == self.bound for plan in self.plans[-2:])

    def _guess(self) -> None:
        """Begin with the multipliers that were guessed, or with those of a sample."""
        own = np.array([not row.frozen for row in self.task.rows], bool)
        names = [row.name for row in self.task.rows if not row.frozen]
        if all(name in self.task.guess for name in names):
            guess = np.array([self.task.guess[name] for name in names], np.int64)
        else:
            try:
                sample = self.task.sample()
                if sample is None:
                    return
                guess = _Search(sample, _ENOUGH_SAMPLED).run().prices
            except (InfeasibleError, UnreachableError):
                return
        self.prices[own] = guess
        self.radius[own] = np.maximum(guess * _TRUST, SCALE / 512)

    # ------------------------------------------------------------ the two kinds of step

    def _prove(self) -> None:
        """Prove the optimum at the present multipliers over all pairs, and leave the pool with the pairs that are
        near it.

        Where the plan gives up an earlier objective, that is weighed more, and all is done once more.
        """
        while True:
            task, prices = self.task, self.prices
            worth = task.combined(prices)
            begun = Begun.on(task.pool, worth, task.start)
            proof = certify(task.kernel, task.bounds, worth, task.tell, task.tuning, begun)
            plan = task.proved(proof)
            self.plans.append(plan)
            bound = proof.bound - task.least(prices)
            if bound < self.bound:
                self.bound, self.shown, self.proof = bound, prices, proof
            if proof.gap:
                raise TimeUpError
            self.task = replace(task, pool=_near_prices(proof, worth, plan), start=proof.prices.y)
            if not self._strengthen(plan):
                return

    def _strengthen(self, plan: Plan) -> bool:
        """Raise the multipliers of earlier objectives that the plan gave up, and of those before them."""
        short = np.flatnonzero(plan.beyond < 0)
        if self.search or not len(short):
            return False
        self.prices = np.where(np.arange(len(self.prices)) <= short.max(), 4 * self.prices, self.prices)
        if self.prices.max() > _LARGEST:
            raise SolverError("an earlier objective cannot be kept at any price: its value was not reached by a plan")
        return True

    # ------------------------------------------------------------ the search on the pool

    def _near(self) -> bool:
        """Move to multipliers with a lower bound on the pool; False where there is none worth the while."""
        if not self.search:
            return False
        centre, value = self.prices, self._value(self.plans[-1], self.prices)
        moved, proved = False, centre
        for _ in range(_STEPS):
            promise, ahead, edge = self._next(centre)
            if value - promise <= max(1.0, self.enough * abs(value)) or np.array_equal(ahead, centre):
                if edge and self.radius.min() < _FURTHEST:  # all is flat around here, so look further
                    self.radius = np.minimum(self.radius * 8, _FURTHEST)
                    continue
                break
            plan = self.task.best_on_pool(ahead)
            self.plans.append(plan)
            there = self._value(plan, ahead)
            if there < value:
                centre, value, moved = ahead, there, True
                self.radius = np.minimum(self.radius * 2, _FURTHEST)
                if edge and (np.abs(centre - proved) > _FAR_OFF * np.maximum(proved, SCALE / 64)).any():
                    break  # so far off the pool may lack what is wanted there
            else:
                self.radius = np.maximum(self.radius * _SHRINK, 1.0)
        self.prices = centre
        if centre.max(initial=0) > _DOUBTFUL and not self.reachable:
            self._refuse_unreachable()
            self.reachable = True
        return moved

    def _value(self, plan: Plan, prices: IntArray) -> int:
        return plan.worth + int(prices @ plan.beyond)

    def _next(self, centre: IntArray) -> tuple[float, IntArray, bool]:
        """The lowest point of all cuts near ``centre``: its value, the multipliers, and whether the edge stopped it."""
        values = np.array([plan.worth for plan in self.plans], float)
        slopes = np.array([plan.beyond for plan in self.plans], float)
        low = np.maximum(centre - self.radius, 0)
        high = np.minimum(centre + self.radius, np.maximum(_FURTHEST, 2 * centre))
        scale = np.maximum(np.abs(slopes).max(0), 1.0)  # so that the program's numbers are near 1
        shift = values.max()
        most, at = lowest((values - shift) / SCALE, slopes / scale, low / SCALE * scale, high / SCALE * scale)
        point = at * SCALE / scale
        edge = bool(((point >= high - 1) | ((point <= low + 1) & (low > 0))).any())
        return most * SCALE + shift, np.rint(point).astype(np.int64), edge

    def _refuse_unreachable(self) -> None:
        """Raise UnreachableError where no plan reaches the rows' numbers together, even in parts.

        Then some weights of the rows show it: the most that any plan reaches, so weighted, is less than what is asked.
        They are sought by cuts, as the multipliers are, and proved over all pairs.
        """
        task, high = replace(self.task, worth=NOTHING), np.full(len(self.prices), float(_WEIGHT))
        slopes = [plan.beyond for plan in self.plans]
        for _ in range(_STEPS):
            scale = np.maximum(np.abs(np.array(slopes)).max(0), 1)
            most, at = lowest(np.zeros(len(slopes)), np.array(slopes) / scale, 0 * high, high)
            if most > -1e-6:
                return
            weights = np.rint(at * (int(scale.max()) / scale)).astype(np.int64)
            worth = task.combined(weights)
            begun = Begun.on(task.pool, worth, 0 * task.start)
            proof = certify(task.kernel, task.bounds, worth, task.tell, task.tuning, begun)
            task = replace(task, pool=proof.pool)
            self.task = replace(self.task, pool=proof.pool)
            if proof.bound < task.least(weights):
                raise UnreachableError(task.rows, weights, proof)
            slopes.append(task.proved(proof).beyond)


def _near_prices(proof: Proof, worth: Worth, plan: Plan) -> Pool:
    """The pairs of the pool that come near their prices, so that steps are quick; those of the plan among them."""
    pool = proof.pool
    most = _KEPT * min(len(plan.pairs) + 100, len(pool))
    if len(pool) <= most:
        return pool
    each = worth.of(pool.i, pool.j, pool.points, pool.shape[1])
    slack = proof.prices.x[pool.i] + proof.prices.y[pool.j] - each
    kept = slack <= np.partition(slack, most)[most]
    kept |= plan.pairs.has(pool.i, pool.j)
    if worth.listed is not None:
        kept |= np.isin(pool.keys, worth.listed[0])
    return pool.only(kept)
