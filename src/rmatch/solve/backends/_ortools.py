"""Plain calls of OR-Tools on checked arrays, in the caller's process or in a subprocess.

Run as a program, this file serves one call: it reads a pickled ``(name, arrays)`` and writes a pickled answer. It
imports nothing of rmatch, so that the subprocess starts quickly.
"""

from __future__ import annotations

import ctypes
import pickle
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import linear_sum_assignment, max_flow, min_cost_flow

if TYPE_CHECKING:
    from ortools.math_opt.python import mathopt

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


class FailedError(Exception):
    """A solver ended with a status that is neither an answer nor a proof of infeasibility."""


def assignment(n: Ints, tail: Ints, head: Ints, cost: Ints) -> Ints | None:
    """Return the head of each tail at least cost.

    Args:
        n: Number of tails, ``()`` int64.
        tail, head, cost: Both ends and the cost of each arc, ``(arcs,)`` int64.

    Returns:
        The heads, ``(n,)`` int64; None where there is no perfect matching.
    """
    size, solver = int(n), linear_sum_assignment.SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(tail.astype(np.int32), head.astype(np.int32), cost)
    status = solver.solve()
    if status == solver.INFEASIBLE or solver.num_nodes() != size:
        return None  # with fewer nodes, a person has no arc at all
    if status != solver.OPTIMAL:
        raise FailedError(f"the assignment solver ended with {status}")
    return np.fromiter(map(solver.right_mate, range(size)), np.int64, size)


def largest_flow(tail: Ints, head: Ints, capacity: Ints, ends: Ints) -> Ints:
    """Return the flow on each arc of a maximum flow.

    Args:
        tail, head, capacity: Both ends and the capacity of each arc, ``(arcs,)`` int64.
        ends: Source and sink, ``(2,)`` int64.
    """
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(tail.astype(np.int32), head.astype(np.int32), capacity)
    status = solver.solve(int(ends[0]), int(ends[1]))
    if status != solver.OPTIMAL:
        raise FailedError(f"the largest-flow solver ended with {status}")
    flow: Ints = solver.flows(arcs).astype(np.int64)
    return flow


def cheapest_flow(tail: Ints, head: Ints, capacity: Ints, cost: Ints, supply: Ints) -> Ints | None:
    """Return the flow on each arc of a minimum-cost flow.

    Args:
        tail, head, capacity, cost: Both ends, capacity and cost of each arc, ``(arcs,)`` int64.
        supply: Supply of each node, negative where it is a demand, ``(nodes,)`` int64.

    Returns:
        The flow, ``(arcs,)`` int64; None where it is infeasible.
    """
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail.astype(np.int32), head.astype(np.int32), capacity, cost)
    solver.set_nodes_supplies(np.arange(len(supply), dtype=np.int32), supply)
    status = solver.solve()
    if status == solver.INFEASIBLE:
        return None
    if status != solver.OPTIMAL:
        raise FailedError(f"the cheapest-flow solver ended with {status}")
    flow: Ints = solver.flows(arcs).astype(np.int64)
    return flow


def integer_program(
    shape: Ints,
    value: Floats,
    row: Ints,
    column: Ints,
    entry: Floats,
    low: Floats,
    high: Floats,
    nodes: Ints,
    seconds: Floats,
) -> Floats | None:
    """Maximise ``value · x`` subject to ``low ≤ A x ≤ high``, ``x`` binary, by HiGHS.

    Args:
        shape: Number of rows and of variables, ``(2,)`` int64.
        value: Value of each variable, ``(variables,)`` float64.
        row, column, entry: The entries of ``A``.
        low, high: Bounds of each row, ``(rows,)`` float64.
        nodes: Most nodes of the search, ``()`` int64.
        seconds: Most time in seconds, ``()`` float64.

    Returns:
        HiGHS' bound, and behind it the choice, ``(1 + variables,)`` float64; the bound alone where nodes or time are
        over before any choice was found; None where it is infeasible.
    """
    import datetime

    from ortools.math_opt.python import mathopt

    model = _choice(shape, value, row, column, entry, low, high)
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=float(seconds)),
        node_limit=int(nodes),
        relative_gap_tolerance=0.0,
        absolute_gap_tolerance=2.0**-22,
        random_seed=0,
    )
    found = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters)
    reason = found.termination.reason
    if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
        return None
    if reason not in (
        mathopt.TerminationReason.OPTIMAL,
        mathopt.TerminationReason.FEASIBLE,
        mathopt.TerminationReason.NO_SOLUTION_FOUND,
    ):
        raise FailedError(f"the integer program ended with {reason.name.lower()}")
    bound = np.array([found.dual_bound()])
    if not found.has_primal_feasible_solution():
        return bound
    chosen = found.variable_values()
    return np.concatenate([bound, [chosen[variable] for variable in sorted(chosen, key=lambda each: each.id)]])


def _choice(
    shape: Ints, value: Floats, row: Ints, column: Ints, entry: Floats, low: Floats, high: Floats
) -> mathopt.Model:
    """The integer program as a MathOpt model, its entries ordered by rows, then columns."""
    from ortools.math_opt import model_pb2
    from ortools.math_opt.python import mathopt

    rows, columns = (int(size) for size in shape)
    model = model_pb2.ModelProto()
    model.variables.ids.extend(range(columns))
    model.variables.lower_bounds.extend([0.0] * columns)
    model.variables.upper_bounds.extend([1.0] * columns)
    model.variables.integers.extend([True] * columns)
    model.objective.maximize = True
    used = np.flatnonzero(value)
    model.objective.linear_coefficients.ids.extend(used.tolist())
    model.objective.linear_coefficients.values.extend(value[used].tolist())
    model.linear_constraints.ids.extend(range(rows))
    model.linear_constraints.lower_bounds.extend(low.tolist())
    model.linear_constraints.upper_bounds.extend(high.tolist())
    order = np.lexsort((column, row))
    model.linear_constraint_matrix.row_ids.extend(row[order].tolist())
    model.linear_constraint_matrix.column_ids.extend(column[order].tolist())
    model.linear_constraint_matrix.coefficients.extend(entry[order].tolist())
    return mathopt.Model.from_model_proto(model)


ENGINES: dict[str, Callable[..., Ints | Floats | None]] = {
    function.__name__: function for function in (assignment, largest_flow, cheapest_flow, integer_program)
}


def _serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller is interrupted, and ends this process
    if sys.platform == "linux":  # or is killed, and this process with it
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    name, arrays = pickle.load(sys.stdin.buffer)
    answer: tuple[str, Any]
    try:
        answer = "answer", ENGINES[name](*arrays)
    except FailedError as error:
        answer = "failed", str(error)
    pickle.dump(answer, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
