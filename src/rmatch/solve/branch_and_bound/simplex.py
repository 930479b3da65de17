"""The simplex method: OR-Tools' GLOP on a linear program whose columns and rows grow, from any basis."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rmatch._util.deadline import TimeUpError, over, until
from rmatch.columns import FloatArray, IntArray

if TYPE_CHECKING:
    from ortools.math_opt.solution_pb2 import BasisProto

LOWER, BASIC = 2, 5
"""Statuses of a column or row, as OR-Tools numbers them."""


@dataclass(frozen=True, eq=False)
class Solved:
    """An optimal solution: values of columns, duals of rows, and the basis as OR-Tools tells it."""

    values: FloatArray
    duals: FloatArray
    basis: BasisProto

    @cached_property
    def columns(self) -> IntArray:
        """Status of each column, ``(columns,)`` int64."""
        return np.array(self.basis.variable_status.values, np.int64)

    @cached_property
    def rows(self) -> IntArray:
        """Status of each row, ``(rows,)`` int64."""
        return np.array(self.basis.constraint_status.values, np.int64)


class _Bounded:
    """Columns or rows: their bounds, and the cost of columns, as they are and as the solver has them."""

    def __init__(self) -> None:
        self.now, self.sent = np.zeros((3, 0)), np.zeros((3, 0))

    def add(self, low: FloatArray, high: FloatArray | float, cost: FloatArray | float) -> IntArray:
        first = self.now.shape[1]
        self.now = np.concatenate([self.now, np.stack(np.broadcast_arrays(low, high, cost))], axis=1)
        return np.arange(first, self.now.shape[1])

    def changed(self, which: int) -> IntArray:
        """Those that the solver has with another number."""
        return np.flatnonzero(self.now[which, : self.sent.shape[1]] != self.sent[which])


class Simplex:
    """A linear program to be maximised, with the solver that keeps its last basis."""

    def __init__(self) -> None:
        from ortools.math_opt import model_pb2, parameters_pb2  # few programs need them
        from ortools.math_opt.core.python import solver

        self.columns, self.rows = _Bounded(), _Bounded()
        self.entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        model = model_pb2.ModelProto()
        model.objective.maximize = True
        self.solver = solver.new(parameters_pb2.SOLVER_TYPE_GLOP, model, parameters_pb2.SolverInitializerProto())

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return self.rows.now.shape[1], self.columns.now.shape[1]

    def add_columns(self, low: FloatArray, high: FloatArray | float, cost: FloatArray | float) -> IntArray:
        """Add columns with their bounds and costs, ``(columns,)`` float64 or one for all; return their numbers."""
        return self.columns.add(low, high, cost)

    def add_rows(self, low: FloatArray, high: FloatArray) -> IntArray:
        """Add rows with their bounds, ``(rows,)`` float64; return their numbers."""
        return self.rows.add(low, high, 0.0)

    def put(self, rows: IntArray, columns: IntArray, much: FloatArray) -> None:
        """Set coefficients, ``(entries,)`` each, none of them twice."""
        self.entries.append((rows, columns, much))

    def _send(self) -> None:
        """Tell the solver all that is new."""
        from ortools.math_opt import model_update_pb2

        update, columns, rows = model_update_pb2.ModelUpdateProto(), self.columns, self.rows
        for old, new, some in (
            (update.variable_updates, update.new_variables, columns),
            (update.linear_constraint_updates, update.new_linear_constraints, rows),
        ):
            for which, ends in enumerate((old.lower_bounds, old.upper_bounds)):
                at = some.changed(which)
                ends.ids.extend(at.tolist())
                ends.values.extend(some.now[which, at].tolist())
            first = some.sent.shape[1]
            new.ids.extend(range(first, some.now.shape[1]))
            new.lower_bounds.extend(some.now[0, first:].tolist())
            new.upper_bounds.extend(some.now[1, first:].tolist())
        first, size = columns.sent.shape[1], columns.now.shape[1]
        update.new_variables.integers.extend([False] * (size - first))
        at = np.concatenate([columns.changed(2), first + np.flatnonzero(columns.now[2, first:])])
        update.objective_updates.linear_coefficients.ids.extend(at.tolist())
        update.objective_updates.linear_coefficients.values.extend(columns.now[2, at].tolist())
        if self.entries:
            row, column, much = (np.concatenate(part) for part in zip(*self.entries, strict=True))
            order, matrix = np.lexsort((column, row)), update.linear_constraint_matrix_updates
            matrix.row_ids.extend(row[order].tolist())
            matrix.column_ids.extend(column[order].tolist())
            matrix.coefficients.extend(much[order].tolist())
        self.solver.update(update)
        self.entries = []
        columns.sent, rows.sent = columns.now.copy(), rows.now.copy()

    def solve(self, dual: bool, basis: tuple[IntArray, IntArray] | None = None) -> Solved | None:
        """Return an optimal solution; None where the solver fails.

        Args:
            dual: Whether the dual simplex method begins, as suits changed bounds, or the primal one, for new columns.
            basis: Statuses of columns and rows to begin with; None for those of the last solution.

        Raises:
            TimeUpError: The time is over.
        """
        from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2, result_pb2

        if over(until()):
            raise TimeUpError
        self._send()
        wanted, how = parameters_pb2.SolveParametersProto(), model_parameters_pb2.ModelSolveParametersProto()
        method = wanted.glop
        method.use_preprocessing, method.use_dual_simplex = False, dual
        method.dual_feasibility_tolerance = method.primal_feasibility_tolerance = 1e-9
        method.solution_feasibility_tolerance = 1e-6
        left = until() - time.monotonic()
        if math.isfinite(left):
            wanted.time_limit.FromNanoseconds(max(int(1e9 * left), 1))
        how.reduced_costs_filter.filter_by_ids = True
        if basis is not None:
            for told, some in (
                (how.initial_basis.variable_status, basis[0]),
                (how.initial_basis.constraint_status, basis[1]),
            ):
                told.ids.extend(range(len(some)))
                told.values.extend(some.tolist())
        answer = self.solver.solve(wanted, how, None, callback_pb2.CallbackRegistrationProto(), None, None)
        if answer.termination.reason != result_pb2.TERMINATION_REASON_OPTIMAL:
            if over(until()):
                raise TimeUpError
            return None
        best = answer.solutions[0]
        values, duals = (
            np.array(part.values) for part in (best.primal_solution.variable_values, best.dual_solution.dual_values)
        )
        return Solved(values, duals, best.basis)
