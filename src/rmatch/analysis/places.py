"""Positions of people in a plan, by id."""

from __future__ import annotations

import pandas as pd

from rmatch.columns import Table
from rmatch.errors import RmatchError, suggestion
from rmatch.result import Result


def both(result: Result, mentor_id: str, mentee_id: str) -> tuple[int, int]:
    """Return the positions of a mentor and a mentee.

    Raises:
        RmatchError: An id is unknown; the message suggests a similar one.
    """
    model = result.model
    return _place(model.mentors, "mentor", mentor_id), _place(model.mentees, "mentee", mentee_id)


def is_made(result: Result, i: int, j: int) -> bool:
    """Return whether a pair, by positions, is in the plan."""
    return bool(((result.chosen[0] == i) & (result.chosen[1] == j)).any())


def _place(table: Table, role: str, employee_id: str) -> int:
    place = pd.Index(table.ids).get_indexer(pd.Index([str(employee_id)], dtype=object))[0]
    if place < 0:
        raise RmatchError(f"no {role} has the id {employee_id!r}.{suggestion(str(employee_id), map(str, table.ids))}")
    return int(place)
