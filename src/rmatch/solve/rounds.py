"""Rounds: the pairs of a plan with ``k`` times the places, split into ``k`` plans that share no pair.

Bounds on people, on nested groups of a side and on the whole are a flow network. A whole flow within ``k`` times the
bounds is the sum of ``k`` whole flows within the bounds (Baum and Trotter; for one pair each it is König's theorem that
a bipartite graph of degree ``k`` has an edge colouring with ``k`` colours). The rounds are taken off one by one: with
``r`` rounds left, a person or group with ``d`` pairs left has ``⌊d / r⌋`` or ``⌈d / r⌉`` of them in the next round.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import SolverError
from rmatch.problem.bounds import Bounds, Candidates, Groups
from rmatch.problem.compile import compile_limits
from rmatch.problem.model import Model
from rmatch.solve.backends import FLOW
from rmatch.solve.locked_pairs import LockedPairs


def network(model: Model) -> Bounds | None:
    """Return the bounds of one round, if a flow network represents all limits; else None.

    Args:
        model: The people and the program of one round, without locked pairs.
    """
    constraints = compile_limits(model, LockedPairs(model).apply(model.most_pairs))
    bounds = constraints.bounds
    return None if constraints.crossed or bounds.type_capacities is not None else bounds


def split(bounds: Bounds, i: IntArray, j: IntArray, k: int) -> list[tuple[IntArray, IntArray]]:
    """Return the pairs of ``k`` rounds, which share none; sizes of rounds differ by at most 1.

    Args:
        bounds: Bounds of one round, see :func:`network`.
        i, j: Mentors and mentees of the pairs of all rounds together, int64.
        k: Number of rounds, 1 or more.

    Raises:
        SolverError: The pairs cannot be split, so they do not keep ``k`` times the bounds.
    """
    left, found = Candidates.of(i, j, np.zeros(len(i), np.int64), bounds.shape), []
    for rounds in range(k, 0, -1):
        chosen = FLOW.solve(left, _even(bounds, left, rounds), None, np.zeros(len(left), np.int64), (None, None))
        if chosen is None:
            raise SolverError("the pairs of all rounds cannot be split into rounds, which is a fault of ours")
        found.append((left.i[chosen], left.j[chosen]))
        left = left.only(~chosen)
    return found


def _even(bounds: Bounds, left: Candidates, rounds: int) -> Bounds:
    """The bounds of the next round, so that the others can have as many pairs of each person and group."""
    loads = [np.bincount(places, minlength=size) for places, size in zip((left.i, left.j), left.shape, strict=True)]
    trees = [_even_groups(tree, load, rounds) for tree, load in zip(bounds.trees, loads, strict=True)]
    return replace(
        bounds,
        minimum=(loads[0] // rounds, loads[1] // rounds),
        capacity=(-(-loads[0] // rounds), -(-loads[1] // rounds)),
        groups=None if bounds.groups is None else (trees[0], trees[1]),
        total=(len(left) // rounds, -(-len(left) // rounds)),
    )


def _even_groups(tree: Groups, load: IntArray, rounds: int) -> Groups:
    loads = tree.loads(load)
    return replace(tree, least=loads // rounds, most=-(-loads // rounds))
