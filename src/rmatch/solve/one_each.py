"""Labels of a plan in which everybody has exactly one pair: a mentee's follows from another's by one candidate."""

from __future__ import annotations

import numpy as np

from rmatch._util.deadline import TimeUpError, over, until
from rmatch.columns import IntArray
from rmatch.errors import SolverError
from rmatch.factors import expand
from rmatch.problem.bounds import Candidates

NOT_OPTIMAL = "the plan is not optimal among its candidates: its prices do not settle"
"""What is said of a plan that has no prices."""

_STEPS = 6  # measured


def labels_of_one_each(candidates: Candidates, taken: IntArray, start: IntArray) -> tuple[IntArray, IntArray]:
    """Return the labels of mentors and mentees.

    A fall is handed on along the candidates by which labels fell last, so that long chains take few rounds.

    Args:
        candidates: Candidate pairs, with the pairs' values as points.
        taken: Positions of the plan's pairs, ascending, one of each person.
        start: Initial mentees' prices, ``(mentees,)`` int64.

    Returns:
        ``x`` and ``-y``, int64 points.

    Raises:
        SolverError: The plan is not optimal.
    """
    i, j, mate, worth = candidates.i, candidates.j, candidates.j[taken], candidates.points[taken]
    mentor, source, length = np.argsort(mate), mate[i], worth[i] - candidates.points
    z, last, moment = -start.astype(np.int64), taken[mentor], until()
    edge, to = np.arange(len(candidates)), z[source] + length
    for _ in range(len(start) + 1):
        if over(moment):
            raise TimeUpError
        less = np.flatnonzero(to < z[j[edge]])
        if not len(less):
            return worth + z[mate], z
        edge, to, before = edge[less], to[less], z.copy()
        np.minimum.at(z, j[edge], to)
        lowest = edge[to == z[j[edge]]]
        last[j[lowest]] = lowest
        parent, step = source[last], length[last]
        for _ in range(_STEPS):
            z = np.minimum(z[parent] + step, z)
        columns = np.flatnonzero(z < before)
        edge, begin = expand(candidates.start, mentor[columns])
        to = np.repeat(z[columns], begin[1:] - begin[:-1]) + length[edge]
    raise SolverError(NOT_OPTIMAL)
