"""Entropic transport: prices of a small one-to-one problem, so sharp that few pairs near them hold the best plan.

The plan ``exp((score - x_i - y_j) / T)`` whose rows and columns sum to 1 is found by Sinkhorn's sweeps over all scores
(Cuturi, 2013). Its prices are a guess that costs time only. They are rounded to whole points, far more coarsely than
float64 differs between machines.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch._util.threads import one_thread
from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.whole import Into

_TEMPERATURE = 0.012 * SCALE  # points
_SWEEPS = 8
_COLD = -80.0  # what a rule forbids lies far below
_NONE = 1e-30
_CELLS = 1 << 17  # that stay in the cache between two products


def entropic_prices(kernel: Kernel) -> tuple[IntArray, IntArray]:
    """Return prices of mentors and mentees in points, ``(mentors,)`` and ``(mentees,)`` int64."""
    m, n = kernel.shape
    free = kernel.priced(np.zeros(m, np.int64), np.zeros(n, np.int64))
    plan = replace(kernel, executor=None).scan(free, Into(np.empty((m, n))))
    best = np.maximum(plan.max(1), 0)  # who may have nobody then takes part in next to nothing
    plan -= best[:, None]
    plan *= 1 / _TEMPERATURE
    np.exp(np.maximum(plan, _COLD, out=plan), out=plan)
    blocks = [slice(begin, begin + max(1, _CELLS // n)) for begin in range(0, m, max(1, _CELLS // n))]
    u, v = np.ones(m), _inverse(plan.sum(0))
    with one_thread():
        for _ in range(_SWEEPS):
            sums = np.zeros(n)
            for rows in blocks:
                u[rows] = _inverse(plan[rows] @ v)
                sums += u[rows] @ plan[rows]
            v = _inverse(sums)
        u = _inverse(plan @ v)
    x, y = best - _TEMPERATURE * np.log(u), -_TEMPERATURE * np.log(v)
    return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)


def _inverse(sums: FloatArray) -> FloatArray:
    return 1 / np.maximum(sums, _NONE)
