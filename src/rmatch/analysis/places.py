"""Positions of people in a plan, by id."""

from __future__ import annotations

import pandas as pd

from rmatch.columns import Table
from rmatch.errors import RmatchError
from rmatch.result import Result
from rmatch.roster.resolver import Resolver, Role


def both(result: Result, mentor_id: str, mentee_id: str) -> tuple[int, int]:
    """Return the positions of a mentor and a mentee, named by id, e-mail address or a name that one person has.

    Raises:
        RmatchError: Nobody is meant, or it may be several; the message suggests a similar one.
    """
    model = result.model
    resolver = Resolver.of(model.mentors, model.mentees)
    i = _place(model.mentors, "mentor", mentor_id, resolver)
    return i, _place(model.mentees, "mentee", mentee_id, resolver)


def is_made(result: Result, i: int, j: int) -> bool:
    """Return whether a pair, by positions, is in the plan."""
    return bool(((result.chosen[0] == i) & (result.chosen[1] == j)).any())


def _place(table: Table, role: Role, employee_id: str, resolver: Resolver) -> int:
    found = resolver.find(str(employee_id), role)
    if len(found.ids) > 1:
        raise RmatchError(f"{employee_id!r} may be {resolver.called(found.ids)}. Name one of them by the id.")
    if not found.ids:
        raise RmatchError(f"no {role} has the id {employee_id!r}.{resolver.near(str(employee_id))}")
    return int(pd.Index(table.ids).get_indexer(pd.Index(found.ids, dtype=object))[0])
