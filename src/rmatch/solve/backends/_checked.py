"""Checked backend: every call of OR-Tools, with types and ranges checked before and the status before any result.

The graph solvers truncate floats, wrap indices, and crash when results are read after a failure; these functions
prevent all of that.
"""

from __future__ import annotations

import time

import numpy as np

from rmatch._util.deadline import until
from rmatch.columns import BoolArray, FloatArray, IntArray
from rmatch.errors import SolverError
from rmatch.solve.backends import _subprocess

_PATIENCE = 120.0
_MOST = 1 << 40  # pairs; far more than there are, and far from overflow


def _checked(name: str, values: IntArray, low: int, high: int) -> None:
    if values.dtype != np.int64 or values.ndim != 1:
        raise SolverError(f"{name}: a row of int64 is needed, not {values.dtype} of shape {values.shape}")
    if len(values) and not (values.min() >= low and values.max() <= high):
        raise SolverError(f"{name}: {values.min()} … {values.max()} leaves the range {low} … {high}")


def _check_arcs(nodes: int, **columns: tuple[IntArray, int, int]) -> None:
    if nodes >= 1 << 31:
        raise SolverError(f"{nodes} nodes are more than the solvers can number")
    for name, (values, low, high) in columns.items():
        _checked(name, values, low, high)
    if len({len(values) for values, _, _ in columns.values()}) > 1:
        raise SolverError(f"{', '.join(columns)}: as many values each are needed, one per arc")


def _safe_cost(nodes: int) -> int:
    """Largest absolute cost that cannot overflow the cost-scaling solvers of ``nodes`` nodes."""
    return (1 << 63) // (2 * (nodes + 2) ** 2)


def assignment(n: int, tail: IntArray, head: IntArray, cost: IntArray) -> IntArray | None:
    """Solve a linear assignment problem.

    Costs of both signs make the solver call some problems of two or three tails infeasible, so all are reduced by the
    largest, which does not change the optimum.

    Args:
        n: Number of tails, and of heads.
        tail, head: Ends of the arcs, ``(arcs,)`` int64 in ``[0, n)``.
        cost: Cost of each arc, ``(arcs,)`` int64.

    Returns:
        The head matched to each tail, ``(n,)`` int64; None where there is no perfect matching.

    Raises:
        SolverError: An array has the wrong type, shape or range.
    """
    if len(cost) and cost.dtype == np.int64:
        cost = cost - cost.max()
    safe = _safe_cost(2 * n)
    _check_arcs(2 * n, tail=(tail, 0, n - 1), head=(head, 0, n - 1), cost=(cost, -safe, safe))
    mate: IntArray | None = _subprocess.call("assignment", np.array(n), tail, head, cost)
    return mate


def largest_flow(tail: IntArray, head: IntArray, capacity: IntArray, source: int, sink: int) -> IntArray:
    """Return the flow on each arc of a maximum flow, ``(arcs,)`` int64.

    Args:
        tail, head: Ends of the arcs, ``(arcs,)`` int64.
        capacity: Capacity of each arc, ``(arcs,)`` int64.
        source, sink: Two nodes.

    Raises:
        SolverError: An array has the wrong type, shape or range.
    """
    if min(source, sink) < 0 or source == sink:
        raise SolverError(f"source and sink must be two nodes, not {source} and {sink}")
    last = max(source, sink)
    _check_arcs(last + 1, tail=(tail, 0, last), head=(head, 0, last), capacity=(capacity, 0, _MOST))
    flow: IntArray | None = _subprocess.call("largest_flow", tail, head, capacity, np.array([source, sink]))
    assert flow is not None  # there is always a flow, if only of nothing
    return flow


def cheapest_flow(
    tail: IntArray, head: IntArray, capacity: IntArray, cost: IntArray, supply: IntArray
) -> IntArray | None:
    """Return the flow on each arc of a minimum-cost flow, ``(arcs,)`` int64; None where the supply cannot be moved.

    Args:
        tail, head: Ends of the arcs, ``(arcs,)`` int64.
        capacity: Capacity of each arc, ``(arcs,)`` int64.
        cost: Cost per unit of each arc, ``(arcs,)`` int64.
        supply: Supply of each node, negative for demand, ``(nodes,)`` int64; the sum is 0.

    Raises:
        SolverError: An array has the wrong type, shape or range.
    """
    nodes = len(supply)
    safe = _safe_cost(nodes)
    _check_arcs(
        nodes,
        tail=(tail, 0, nodes - 1),
        head=(head, 0, nodes - 1),
        capacity=(capacity, 0, _MOST),
        cost=(cost, -safe, safe),
    )
    _checked("supply", supply, -_MOST, _MOST)
    if supply.sum() != 0:
        raise SolverError("supplies and demands differ")
    flow: IntArray | None = _subprocess.call("cheapest_flow", tail, head, capacity, cost, supply)
    return flow


def integer_program(
    value: FloatArray,
    row: IntArray,
    column: IntArray,
    entry: FloatArray,
    low: FloatArray,
    high: FloatArray,
    nodes: int,
    seconds: float,
) -> tuple[float, BoolArray | None] | None:
    """Maximise ``value · x`` over binary ``x`` with ``low ≤ A x ≤ high``, by HiGHS in a process of its own.

    The bound is not verified; use the choice only.

    Args:
        value: Objective, ``(columns,)`` float64.
        row, column, entry: Entries of ``A``, ``(entries,)`` int64, int64 and float64.
        low, high: Bounds of the rows, ``(rows,)`` float64.
        nodes: Limit of the search, so that results are repeatable.
        seconds: Time limit for emergencies.

    Returns:
        An upper bound and the best choice found, ``(columns,)`` bool or None; None where the program is infeasible.

    Raises:
        SolverError: An array has the wrong type or range, or contains numbers that are not finite.
    """
    for name, numbers in (("value", value), ("entry", entry)):
        if numbers.dtype != np.float64 or not np.isfinite(numbers).all():
            raise SolverError(f"{name}: finite float64 numbers are needed")
    if np.isnan(low).any() or np.isnan(high).any() or (low > high).any() or not seconds > 0:
        raise SolverError("an integer program needs bounds in order, and seconds above 0")
    _checked("row", row, 0, len(low) - 1)
    _checked("column", column, 0, len(value) - 1)
    shape = np.array([len(low), len(value)])
    found: FloatArray | None = _subprocess.call(
        "integer_program", shape, value, row, column, entry, low, high, np.array(nodes), np.array(seconds)
    )
    if found is None:
        return None
    chosen = None if len(found) == 1 else found[1:] > 0.5
    return float(found[0]), chosen


def patience() -> float:
    """Return the seconds that an integer program may take: the time left, and at most two minutes."""
    return max(min(_PATIENCE, until() - time.monotonic()), 0.01)
