"""The shape of the company: how many people hold each grade, and who reports to whom."""

from __future__ import annotations

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.datasets._draws import Draws, rank_within

CHIEF = 10
"""Grade of the one person at the top, who exists only where people outside the programme are asked for."""

MENTOR_GRADES = np.array([0, 46, 30, 16, 8])
MENTEE_GRADES = np.array([0, 0, 0, 0, 0, 36, 28, 20, 11, 5])
OTHER_GRADES = np.array([0, 0, 0, 10, 22, 24, 20, 13, 8, 3])
"""Shares of grade 0, 1, 2, … in percent, by role: a pyramid on each side of the programme."""

SPAN = (3, 9)
"""Fewest and most seats for direct reports that one manager has."""

REACH = 3
"""A manager stands at most this many grades above a direct report."""


def reporting(grades: IntArray, departments: IntArray, eager: BoolArray, draws: Draws) -> IntArray:
    """Return each person's manager as a row number, -1 where there is none in the export, ``(n,)``.

    A manager has a higher grade, by at most ``REACH``, and at most ``SPAN[1]`` direct reports, and
    is of the same department where one there has a seat left. ``eager`` people fill their seats first.
    """
    manager = np.full(len(grades), -1, np.int64)
    seats = draws.whole(len(grades), *SPAN)
    keen = draws.uniform(len(grades)) - eager
    shuffled = draws.uniform(len(grades))
    company = np.zeros_like(departments)
    for grade in range(CHIEF - 1, 0, -1):
        for unit in (departments, company):
            reports = np.flatnonzero((grades == grade) & (manager < 0))
            above = np.flatnonzero((grades > grade) & (grades <= grade + REACH) & (seats > 0))
            reports = reports[np.lexsort((shuffled[reports], unit[reports]))]
            above = above[np.lexsort((keen[above], unit[above]))]
            if not (len(reports) and len(above)):
                continue
            ends = np.append(0, np.cumsum(seats[above]))
            first = np.searchsorted(unit[above], unit[reports], side="left")
            last = np.searchsorted(unit[above], unit[reports], side="right")
            seat = ends[first] + rank_within(unit[reports])
            seated = seat < ends[last]
            boss = above[np.searchsorted(ends[1:], seat[seated], side="right")]
            manager[reports[seated]] = boss
            seats -= np.bincount(boss, minlength=len(seats))
    return manager
