"""Cutting-plane model of the Lagrangian dual, a small linear program solved by GLOP."""

from __future__ import annotations

import numpy as np

from rmatch.columns import FloatArray
from rmatch.errors import SolverError


def lowest(values: FloatArray, slopes: FloatArray, low: FloatArray, high: FloatArray) -> tuple[float, FloatArray]:
    """Minimise the cutting-plane model: the largest of ``values + slopes @ prices`` over a box.

    Args:
        values: Constants of the cuts, ``(cuts,)`` float64.
        slopes: Slopes of the cuts, ``(cuts, prices)`` float64.
        low, high: The box, ``(prices,)`` float64.

    Returns:
        The minimum, and where it is attained, ``(prices,)`` float64.

    Raises:
        SolverError: A number is not finite, or there is no optimum.
    """
    from ortools.linear_solver.python import model_builder  # few programs need it, and it takes long to import

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
