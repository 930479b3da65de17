"""Settle one objective: the best plan, and the proof that none is better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rmatch._util.deadline import TimeUpError, until
from rmatch.columns import BoolArray, IntArray
from rmatch.errors import SolverError
from rmatch.proof.certificate import StageProof
from rmatch.solve.branch_and_bound.box import Listing
from rmatch.solve.branch_and_bound.circles import guessed
from rmatch.solve.branch_and_bound.dive import dive
from rmatch.solve.branch_and_bound.lines import Lines
from rmatch.solve.branch_and_bound.root import Root, root
from rmatch.solve.branch_and_bound.search import Node, Search
from rmatch.solve.branch_and_bound.stage import StageProblem
from rmatch.solve.branch_and_bound.stage_proof import stage_proof
from rmatch.solve.branch_and_bound.unverified import unverified_plan

Pairs = tuple[IntArray, IntArray]

NOT_FOUND = "no plan that keeps all limits was found, though none is proved to be impossible"
_TRIES = 4
"""Cutoffs that are refuted before any plan is sought."""
_COARSER = 10
"""Bits by which a unit is made coarser where duals were too large."""
_EXACT = 1 << 60
"""Sums below this are exact in int64."""
_FEW = 20_000
"""Pairs of people up to which cases are looked at for circles however near the bound is."""
_ENOUGH = 1e-3
"""Gap of a plan with circles, as a share of its value, that is left for more."""
_DEEP = 7
"""The first cutoff is below the bound by the largest pair value over 2 to the power of this."""


class NoPlanError(Exception):
    """No plan satisfies the rows, as ``proof`` shows."""

    def __init__(self, proof: StageProof) -> None:
        super().__init__("no plan keeps all rows")
        self.proof = proof


class FractionsError(Exception):
    """The linear relaxation does not easily satisfy the rows; ``near`` are the pairs that it contains."""

    def __init__(self, near: BoolArray) -> None:
        super().__init__("fractions of pairs do not keep all rows")
        self.near = near


@dataclass(frozen=True, eq=False)
class Found:
    """A plan, its proof, and the pairs that the linear program contains."""

    plan: Pairs
    proof: StageProof
    near: BoolArray


class _Attempt:
    """The best plan so far, and the lowest bound with the cases that show it."""

    def __init__(self, stage: StageProblem, start: Root, plan: Pairs | None, nodes: int) -> None:
        self.stage, self.root, self.left = stage, start, nodes
        self.plan: Pairs | None = None
        self.value = 0
        self.bound = start.bound // stage.scale
        self.top: Node | None = None
        self.listing: Listing | None = None
        for each in (plan, start.plan):
            if each is not None:
                self.offer(each)

    def offer(self, plan: Pairs) -> None:
        """Keep a plan that is better than the best."""
        value = self.stage.value(*plan)
        if self.plan is None or value > self.value:
            self.plan, self.value = plan, value

    @property
    def proved(self) -> bool:
        """Whether no plan is better."""
        return self.plan is not None and self.bound <= self.value

    @property
    def near(self) -> bool:
        """Whether a plan with circles is so near the best that, for so many people, cases are not worth the time."""
        if not self.stage.circled or self.plan is None or self.stage.values.size <= _FEW:
            return False
        return self.bound - self.value <= _ENOUGH * abs(self.value)

    def search(self, cutoff: int) -> bool:
        """Search for plans with a value above ``cutoff``; return whether all cases were refuted."""
        known = self.plan is not None and cutoff == self.value
        search = Search(self.stage, self.root, cutoff, self.plan if known else None)
        try:
            search.run(self.left)
        finally:
            self.listing = search.few
            self.left -= search.nodes
            if search.plan is not None:
                self.offer(search.plan)
            shown = search.best if search.exhausted else search.top.proved // self.stage.scale
            if shown < self.bound:
                self.bound, self.top = shown, search.top
        return search.exhausted


def solve_stage(
    stage: StageProblem, plan: Pairs | None, nodes: int, near: BoolArray | None = None, *, patient: bool = True
) -> Found:
    """Return the best plan of a stage and its proof; a gap remains where the nodes or the time are over.

    Args:
        stage: The stage.
        plan: A feasible plan, or None.
        nodes: Cases to examine.
        near: Initial pairs of the linear program, or None.
        patient: If False, FractionsError is raised where the relaxation does not easily satisfy the rows.

    Raises:
        NoPlanError: No plan satisfies the rows.
        SolverError: None was found.
        FractionsError: See ``patient``.
    """
    found = _settled(stage, plan, nodes, near, patient)
    if not found.proof.gap or not stage.strained:
        return found
    stage.scale = max(stage.scale >> _COARSER, 1)
    again = _settled(stage, found.plan, nodes, found.near, patient=True)
    better = again.proof if again.proof.bound < found.proof.bound else found.proof
    return replace(again, proof=replace(better, value=again.proof.value))


def _settled(stage: StageProblem, plan: Pairs | None, nodes: int, near: BoolArray | None, patient: bool) -> Found:
    start = root(stage, near, patient=patient)
    if not patient and not start.possible:
        raise FractionsError(start.near)
    attempt = _Attempt(stage, start, plan, nodes)
    try:
        if stage.circled and start.possible and stage.largest and not attempt.proved:
            _guess(attempt)
        if not attempt.proved and not attempt.near:
            _deepen(attempt)
    except TimeUpError:
        pass
    if attempt.plan is None:
        raise SolverError(NOT_FOUND)
    bound = max(attempt.bound, attempt.value)
    proof = stage_proof(stage, start, attempt.top, attempt.value, bound)
    if proof is None:
        proof = stage_proof(stage, start, None, attempt.value, start.bound // stage.scale)
    assert proof is not None
    return Found(attempt.plan, proof, start.near)


def refuted(stage: StageProblem, start: Root, value: int, nodes: int) -> StageProof | None:
    """Return a proof that no plan has a value.

    Args:
        stage: The objective.
        start: Its root.
        value: The value.
        nodes: Most nodes of the search.

    Returns:
        A proof as for ``value - 1``; None where it is not shown.
    """
    search = Search(stage, start, value - 1, None)
    search.run(nodes)
    exhausted = search.exhausted and search.plan is None
    return stage_proof(stage, start, search.top, value - 1, value - 1) if exhausted else None


def _guess(attempt: _Attempt) -> None:
    """Find a plan with circles, and prices that show more than those of the linear program."""
    stage = attempt.stage
    prices, near, plan = guessed(stage, attempt.root.prices)
    attempt.root = replace(attempt.root, near=near)
    if plan is not None:
        attempt.offer(plan)
    listing = Listing(stage, *np.nonzero(stage.instance.eligible))
    box = listing.box()
    bound = listing.shown(prices, box) if stage.reach(prices) < _EXACT else attempt.root.bound
    if bound // stage.scale < attempt.bound:
        attempt.bound, attempt.top = bound // stage.scale, Node(box, prices, bound)


def _deepen(attempt: _Attempt) -> None:
    """Try cutoffs below the bound, each four times as deep as the last, until a plan is found or proved optimal."""
    stage, deep = attempt.stage, attempt.stage.largest >> _DEEP
    highest = min(attempt.bound, attempt.root.tight // stage.scale)
    if not attempt.root.possible and attempt.plan is None:
        attempt.offer(possible_plan(stage, attempt.left))
    if attempt.plan is None and np.isfinite(until()):  # so that there is a plan when the time is over
        plan = dive(Listing(stage, *np.nonzero(attempt.root.near)))
        if plan is not None:
            attempt.offer(plan)
    for tries in range(64):
        cutoff = highest - max(deep, 1)
        if attempt.plan is None and tries >= _TRIES:
            attempt.offer(possible_plan(stage, attempt.left))
        if attempt.plan is not None:
            cutoff = max(cutoff, attempt.value)
        exhausted = attempt.search(cutoff)
        if attempt.proved:
            return
        if not exhausted:
            _with_help(attempt)
            return
        deep = max(4 * deep, 4)


def _with_help(attempt: _Attempt) -> None:
    """After an inconclusive search, find a plan by heuristics, at last by HiGHS, and prove the best one."""
    for look in (dive, unverified_plan):
        plan = look(attempt.listing) if attempt.plan is None and attempt.listing is not None else None
        if plan is not None:
            attempt.offer(plan)
    if attempt.plan is None:
        attempt.offer(possible_plan(attempt.stage, attempt.left))
    attempt.left = max(attempt.left, budget(attempt.stage.shape))
    attempt.search(attempt.value)


def budget(shape: tuple[int, int]) -> int:
    """Return the number of cases examined for one objective: about 200 with a thousand people a side, more with
    fewer.
    """
    return int(np.clip(100_000 // max(sum(shape), 1), 200, 2_000))


def possible_plan(stage: StageProblem, nodes: int) -> Pairs:
    """Return any plan that satisfies the rows.

    Raises:
        NoPlanError: There is none; it has the proof.
        SolverError: None was found, and none is proved to be impossible.
    """
    nothing = StageProblem(
        Lines(stage.instance, stage.lines.settled, stage.lines.cache), "", np.zeros(stage.shape, np.int64)
    )
    start = root(nothing)
    if start.plan is not None:
        return start.plan
    search = None
    if start.bound >= 0:
        search = Search(nothing, start, -1, None)
        search.run(max(nodes, budget(stage.shape)))
        if search.plan is not None:
            return search.plan
        if not search.exhausted:
            plan = unverified_plan(search.few)
            if plan is None:
                raise SolverError(NOT_FOUND)
            return plan
    proof = stage_proof(nothing, start, None if search is None else search.top, 0, -1)
    if proof is None:
        raise SolverError(NOT_FOUND)
    raise NoPlanError(proof)
