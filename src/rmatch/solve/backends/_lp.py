"""The small linear program of the multipliers: the lowest bound that the plans found so far leave possible."""

from __future__ import annotations

import numpy as np
from ortools.linear_solver.python import model_builder

from rmatch.columns import FloatArray
from rmatch.errors import SolverError


def lowest(values: FloatArray, slopes: FloatArray, low: FloatArray, high: FloatArray) -> tuple[float, FloatArray]:
    """Minimise ``max over k of values[k] + slopes[k] · μ`` for ``low ≤ μ ≤ high``: the value, and a μ that has it.

    ``values`` is (plans,), ``slopes`` (plans, rows); all finite. Raises SolverError where GLOP gives no optimum.
    """
    if not all(np.isfinite(given).all() for given in (values, slopes, low, high)):
        raise SolverError("the multipliers' program holds a number that is not finite")
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    most = model.new_num_var(-np.inf, np.inf, "")
    prices = [model.new_num_var(float(a), float(b), "") for a, b in zip(low, high, strict=True)]
    for value, slope in zip(values.tolist(), slopes.tolist(), strict=True):
        model.add(most - sum(s * price for s, price in zip(slope, prices, strict=True)) >= value)
    model.minimize(most)
    solver = model_builder.Solver("glop")
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        raise SolverError("the multipliers' program has no optimum")
    return float(solver.value(most)), np.array([solver.value(price) for price in prices])
