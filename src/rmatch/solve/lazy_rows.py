"""Limits of which few rows bind: solved without them, then with the rows that the plan broke, until it breaks none.

The proof is that of the last program, and shows the same of the whole one, whose plans are among those it bounds. Its
numbers are translated to the rows of the whole program, against which the check holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError
from rmatch.limits import Limit
from rmatch.problem.compile import declared_rows
from rmatch.problem.model import Model
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.tree import Leaf, Tree

Found: TypeAlias = tuple[tuple[IntArray, IntArray], Certificate]


def lazy(model: Model) -> Limit | None:
    """Return the limit of a model's program that is solved in this way, if it has one."""
    return next((limit for limit in model.program.limits if limit.lazily(model.people, ()) is not None), None)


def lazily(model: Model, limit: Limit, solve: Callable[[Model], Found]) -> Found:
    """Return the pairs of the best plan and its certificate, on the rows of the model's program.

    Args:
        model: The model.
        limit: Its limit of which few rows bind.
        solve: Solver of a model without such a limit.

    Raises:
        InfeasibleError: No plan satisfies the limits.
    """
    now, plans = limit.lazily(model.people, ()), list[tuple[IntArray, IntArray]]()
    while True:
        assert now is not None
        limits = tuple(now if each is limit else each for each in model.program.limits)
        reduced = replace(model, program=model.program.model_copy(update={"limits": limits}))
        try:
            pairs, certificate = solve(reduced)
        except InfeasibleError as error:
            proof = error.proof
            told = _translated(proof, reduced, model, []) if isinstance(proof, StageProof) else proof
            raise InfeasibleError(str(error), told) from None
        before, now = now, limit.lazily(model.people, [*plans, pairs])
        if now == before:
            return pairs, _on_all_rows(certificate, reduced, model)
        plans.append(pairs)


def _on_all_rows(certificate: Certificate, reduced: Model, model: Model) -> Certificate:
    stages, earlier = list[StageProof](), list[str]()
    thresholds = {stage.name for each in model.program.objectives for stage in each.stages() if stage.threshold}
    for proof in certificate.stages:
        stages.append(_translated(proof, reduced, model, earlier))
        earlier += [] if proof.name in thresholds else [proof.name]
    return replace(certificate, stages=tuple(stages))


def _translated(proof: StageProof, reduced: Model, model: Model, earlier: Sequence[str]) -> StageProof:
    """A proof whose tree counts the rows of the model, not of the reduced one."""
    if proof.tree is None:
        return proof
    before, after = _places(reduced, earlier), _places(model, earlier)
    place = np.concatenate([np.arange(start, start + size) for start, size in (after[name] for name in before)])
    ahead = model.shape[1] + 1
    nodes = tuple(
        replace(node, at=np.where(node.at < ahead, node.at, place[np.maximum(node.at - ahead, 0)] + ahead))
        if isinstance(node, Leaf)
        else node
        for node in proof.tree.nodes
    )
    return replace(proof, tree=Tree(nodes))


def _places(model: Model, earlier: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Where each row, and each earlier objective, begins in a proof, and how many numbers it has."""
    sizes = {row.name: len(row.bounds(model.shape)[0]) for row in declared_rows(model)} | dict.fromkeys(earlier, 1)
    starts = np.cumsum([0, *sizes.values()])[:-1].tolist()
    return {name: (start, size) for (name, size), start in zip(sizes.items(), starts, strict=True)}
