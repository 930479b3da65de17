"""Lagrangian relaxation: multipliers for side constraints, such as shares, crossing groups and earlier objectives.

With a multiplier ``μ_r ≥ 0`` for each side constraint, every feasible plan satisfies

    value ≤ (value + Σ μ_r valuation_r) - Σ μ_r least_r ≤ L(μ) = max over plans of the Lagrangian - Σ μ_r least_r.

``L(μ)`` is a valid bound for any multipliers, proved by one run of column generation. Good multipliers are found on the
candidates, where one step is one solve: each plan is a cut of the convex function ``L``, and the next iterate is the
lowest point of all cuts within a trust region (cutting planes, Kelley 1960). A constraint that freezes an earlier
objective is exact for any sufficiently large multiplier, which is raised until the plan satisfies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from rmatch._util.deadline import TimeUpError
from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError, SolverError
from rmatch.factors import SCALE
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.solve.backends import Hint, lowest
from rmatch.solve.column_generation import Begun, Proof, best_plan, generate_columns, sampled
from rmatch.solve.cover import settle
from rmatch.solve.initial_columns import USUAL, Tuning, initial_columns
from rmatch.solve.progress import SILENT, ProgressReporter
from rmatch.solve.scan.kernel import Kernel
from rmatch.valuation import NOTHING, SideConstraint, Valuation, total

_ROUNDS, _STEPS = 24, 60
_ENOUGH, _ENOUGH_SAMPLED = 5e-7, 1e-4
"""Relative decrease of the bound, per constraint, below which multipliers are good enough."""
_FAR_OFF = 0.5
_KEPT = 40
"""Candidates per pair of the plan that steps use."""
_SAMPLED, _LEAST_SAMPLE, _TRUST = 10, 400, 0.15
_SHRINK = 0.6
_DOUBTFUL, _FURTHEST = 16 * SCALE, 256 * SCALE
"""Multipliers beyond ``_DOUBTFUL`` suggest that the constraints cannot be satisfied; none goes beyond ``_FURTHEST``."""
_WEIGHT = 1000
_COUNT, _POINT = 2 * SCALE, 16
"""Initial multiplier of a frozen objective, per unit that it counts or per point."""
_LARGEST = 1 << 40
_UNBOUNDED = 1 << 62


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan within the bounds: its pairs with their scores, its value, and the slack ``beyond`` of each side
    constraint.

    The slack, ``(constraints,)`` int64, is negative where the constraint is violated.
    """

    pairs: Candidates
    value: int
    beyond: IntArray

    @property
    def fits(self) -> bool:
        """Whether the plan satisfies every side constraint."""
        return bool((self.beyond >= 0).all())


@dataclass(frozen=True, eq=False)
class Task:
    """A maximisation problem with side constraints, and a starting point.

    The candidates contain a plan within the bounds; ``start`` are initial mentees' prices, ``(mentees,)`` int64,
    ``guess`` initial multipliers by constraint name, and ``outside`` what no score outside the candidates exceeds.
    """

    kernel: Kernel
    bounds: Bounds
    valuation: Valuation
    side_constraints: tuple[SideConstraint, ...]
    candidates: Candidates
    start: IntArray
    report: ProgressReporter = SILENT
    tuning: Tuning = USUAL
    guess: Mapping[str, int] = field(default_factory=dict)
    outside: tuple[IntArray, IntArray] | None = None

    def sample(self) -> Task | None:
        """Return the task for a random tenth of the people; None where a sample would be uninformative."""
        (m, n), limits = self.candidates.shape, [row for row in self.side_constraints if not row.frozen]
        sizes = [min(max(size // _SAMPLED, _LEAST_SAMPLE), size) for size in (m, n)]
        if sizes[0] * sizes[1] * 4 > m * n or any(row.valuation.listed is not None for row in limits):
            return None
        rows, columns = (np.arange(size) for size in sizes)
        bounds = self.bounds.part(rows, columns)
        share = bounds.max_pairs / max(self.bounds.max_pairs, 1)
        kernel = self.kernel.part(rows, columns)
        smaller = tuple(
            replace(row, valuation=row.valuation.part(rows, columns), least=int(row.least * share)) for row in limits
        )
        candidates, _, price, _ = initial_columns(kernel, bounds, self.tuning, sampled(self.tuning))
        candidates, _ = settle(kernel, bounds, candidates, price)
        valuation = self.valuation.part(rows, columns)
        return Task(kernel, bounds, valuation, smaller, candidates, price, tuning=self.tuning)

    def combined(self, prices: IntArray) -> Valuation:
        """Return the Lagrangian at multipliers ``prices``."""
        return total(
            [(int(price), row.valuation) for price, row in zip(prices, self.side_constraints, strict=True)],
            self.valuation,
        )

    def least(self, prices: IntArray) -> int:
        """Return ``Σ μ_r least_r`` at multipliers ``prices``."""
        return sum(int(price) * row.least for price, row in zip(prices, self.side_constraints, strict=True))

    def best_on_candidates(self, prices: IntArray) -> Plan:
        """Return the plan that maximises the Lagrangian on the candidates."""
        return self.best_on_candidates_for(self.combined(prices))

    def best_on_candidates_for(self, valuation: Valuation) -> Plan:
        """Return the plan that maximises another valuation on the candidates."""
        hint = Hint(np.zeros(self.candidates.shape[0], np.int64), self.start)
        chosen = best_plan(self.candidates, self.bounds, valuation, None, hint)
        return self.plan(self.candidates.only(np.flatnonzero(chosen)))

    def proved(self, proof: Proof) -> Plan:
        """Return the plan of a column generation proof, measured by this task."""
        candidates = proof.candidates
        points = candidates.points[np.searchsorted(candidates.keys, proof.i * np.int64(candidates.shape[1]) + proof.j)]
        return self.plan(Candidates(proof.i, proof.j, points, candidates.shape))

    def plan(self, pairs: Candidates) -> Plan:
        """Return some pairs as a plan, measured by this task."""
        args = pairs.i, pairs.j, pairs.points, pairs.shape
        beyond = [row.valuation.of_plan(*args) - row.least for row in self.side_constraints]
        return Plan(pairs, self.valuation.of_plan(*args), np.array(beyond, np.int64))


@dataclass(eq=False)
class Bounded:
    """Plans that were found, and the lowest bound with the multipliers and the proof that show it."""

    task: Task
    plans: list[Plan]
    prices: IntArray
    bound: int
    proof: Proof

    @property
    def best(self) -> Plan | None:
        """The best plan that satisfies every side constraint, or None."""
        fitting = [plan for plan in self.plans if plan.fits]
        return max(fitting, key=lambda plan: plan.value, default=None)


class UnreachableError(Exception):
    """No plan satisfies the side constraints together: at ``multipliers`` the maximum of their weighted sum is too
    small.
    """

    def __init__(self, side_constraints: tuple[SideConstraint, ...], multipliers: IntArray, proof: Proof) -> None:
        super().__init__(f"no plan reaches {', '.join(row.name for row in side_constraints)} together")
        self.side_constraints, self.multipliers, self.proof = side_constraints, multipliers, proof


def bounded(task: Task) -> Bounded:
    """Solve the Lagrangian dual of a task; if every side constraint is frozen or slack, the bound is attained.

    Raises:
        UnreachableError: No plan satisfies the side constraints.
        TimeUpError: The time was over before there was a bound.
    """
    return _Search(task, _ENOUGH * max(sum(not row.frozen for row in task.side_constraints), 1)).run()


@dataclass(eq=False)
class _Search:
    """Alternates proofs at fixed multipliers with cheap steps on the candidates."""

    task: Task
    enough: float
    plans: list[Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        task = self.task
        frozen = np.array([row.frozen for row in task.side_constraints], bool)
        self.search = not frozen.all()
        # an earlier objective outweighs a later one by far, one of what it counts more than a whole score of the last
        place = np.cumsum(frozen[::-1])[::-1]
        unit = np.array([_COUNT if row.unit == 1 else _POINT for row in task.side_constraints], np.int64)
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
        return any(plan.fits and plan.value == self.bound for plan in self.plans[-2:])

    def _guess(self) -> None:
        """Start from guessed multipliers, or from those of a sample."""
        own = np.array([not row.frozen for row in self.task.side_constraints], bool)
        names = [row.name for row in self.task.side_constraints if not row.frozen]
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
        """Prove the bound at the current multipliers over all pairs, and keep the candidates close to their prices.

        Where the plan violates a frozen objective, raise its multiplier and repeat.
        """
        while True:
            task, prices = self.task, self.prices
            valuation = task.combined(prices)
            begun = Begun.on(task.candidates, valuation, task.start, task.outside)
            proof = generate_columns(task.kernel, task.bounds, valuation, task.report, task.tuning, begun)
            plan = task.proved(proof)
            self.plans.append(plan)
            bound = proof.bound - task.least(prices)
            if bound < self.bound:
                self.bound, self.shown, self.proof = bound, prices, proof
            if proof.gap:
                raise TimeUpError
            near = _near_prices(proof, valuation, plan)
            self.task = replace(task, candidates=near, start=proof.prices.y, outside=None)
            if not self._strengthen(plan):
                return

    def _strengthen(self, plan: Plan) -> bool:
        """Raise the multipliers of violated frozen objectives and of those before them."""
        short = np.flatnonzero(plan.beyond < 0)
        if self.search or not len(short):
            return False
        self.prices = np.where(np.arange(len(self.prices)) <= short.max(), 4 * self.prices, self.prices)
        if self.prices.max() > _LARGEST:
            raise SolverError("an earlier objective cannot be kept at any price: its value was not reached by a plan")
        return True

    # ------------------------------------------------------------ the search on the candidates

    def _near(self) -> bool:
        """Move to multipliers with a lower bound on the candidates; return whether any were found."""
        if not self.search:
            return False
        centre, value = self.prices, self._value(self.plans[-1], self.prices)
        moved, proved = False, centre
        for _ in range(_STEPS):
            model_bound, ahead, edge = self._next(centre)
            if value - model_bound <= max(1.0, self.enough * abs(value)) or np.array_equal(ahead, centre):
                if edge and self.radius.min() < _FURTHEST:  # all is flat around here, so look further
                    self.radius = np.minimum(self.radius * 8, _FURTHEST)
                    continue
                break
            plan = self.task.best_on_candidates(ahead)
            self.plans.append(plan)
            there = self._value(plan, ahead)
            if there < value:
                centre, value, moved = ahead, there, True
                self.radius = np.minimum(self.radius * 2, _FURTHEST)
                if edge and (np.abs(centre - proved) > _FAR_OFF * np.maximum(proved, SCALE / 64)).any():
                    break  # so far away the candidates may lack the pairs that are wanted there
            else:
                self.radius = np.maximum(self.radius * _SHRINK, 1.0)
        self.prices = centre
        if centre.max(initial=0) > _DOUBTFUL and not self.reachable:
            self._refuse_unreachable()
            self.reachable = True
        return moved

    def _value(self, plan: Plan, prices: IntArray) -> int:
        return plan.value + int(prices @ plan.beyond)

    def _next(self, centre: IntArray) -> tuple[float, IntArray, bool]:
        """Minimise the cutting-plane model in the trust region around ``centre``: value, point, and whether its edge
        is active.
        """
        values = np.array([plan.value for plan in self.plans], float)
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
        """Raise UnreachableError where no fractional plan satisfies the side constraints.

        By Farkas' lemma some weights then show it: the largest weighted sum is below what is required. They are found
        by cuts and proved over all pairs.
        """
        task, high = replace(self.task, valuation=NOTHING), np.full(len(self.prices), float(_WEIGHT))
        slopes = [plan.beyond for plan in self.plans]
        for _ in range(_STEPS):
            scale = np.maximum(np.abs(np.array(slopes)).max(0), 1)
            most, at = lowest(np.zeros(len(slopes)), np.array(slopes) / scale, 0 * high, high)
            if most > -1e-6:
                return
            weights = np.rint(at * (int(scale.max()) / scale)).astype(np.int64)
            valuation = task.combined(weights)
            begun = Begun.on(task.candidates, valuation, 0 * task.start)
            proof = generate_columns(task.kernel, task.bounds, valuation, task.report, task.tuning, begun)
            task = replace(task, candidates=proof.candidates)
            self.task = replace(self.task, candidates=proof.candidates)
            if proof.bound < task.least(weights):
                raise UnreachableError(task.side_constraints, weights, proof)
            slopes.append(task.proved(proof).beyond)


def _near_prices(proof: Proof, valuation: Valuation, plan: Plan) -> Candidates:
    """Candidates with the smallest slack, including those of the plan, so that steps are fast."""
    candidates = proof.candidates
    most = _KEPT * min(len(plan.pairs) + 100, len(candidates))
    if len(candidates) <= most:
        return candidates
    each = valuation.of(candidates.i, candidates.j, candidates.points, candidates.shape[1])
    slack = proof.prices.x[candidates.i] + proof.prices.y[candidates.j] - each
    kept = slack <= np.partition(slack, most)[most]
    kept |= plan.pairs.has(candidates.i, candidates.j)
    if valuation.listed is not None:
        kept |= np.isin(candidates.keys, valuation.listed[0])
    return candidates.only(kept)
