"""People of a plan: what they are called, where they stand in it, and in which track."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch._util.quoted import names_of
from rmatch.columns import Category, IntArray, Labels, Table
from rmatch.errors import RmatchError
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.result import Result
from rmatch.roster.resolver import Resolver, Role
from rmatch.schema.tracks import seniors


@kept
def contacts_of(plan: Result) -> dict[str, dict[str, str]]:
    """Return names and e-mail addresses by id, as far as the people have these columns; nothing without the people."""
    if plan.saved is not None:
        return {}
    sides = plan.model.mentors, plan.model.mentees
    return {column: names_of(*sides, column) for column in ("name", "email") if any(column in side for side in sides)}


def names_in(plan: Result) -> dict[str, str]:
    """Return the names alone."""
    return contacts_of(plan).get("name", {})


def own_names(table: Table) -> Labels:
    """Return what each person is called, ``(people,)``: by name, or by the id where they have none."""
    name = table.get("name")
    cells = name.cells() if isinstance(name, Category) else np.full(len(table.ids), "", dtype=object)
    return np.where(cells == "", table.ids, cells)


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
        here = " The person is in the files, but not in that role." if found.people else ""
        raise RmatchError(f"no {role} has the id {employee_id!r}.{here or resolver.near(str(employee_id))}")
    return int(pd.Index(table.ids).get_indexer(pd.Index(found.ids, dtype=object))[0])


def tracks_of(program: Program, role: Literal["mentor", "mentee"], table: Table, rows: IntArray) -> Labels | None:
    """Return the name of the track in which each of some people has a role, ``(people,)``; None without tracks.

    Where everybody who meets teaches and learns, that is the names of both tracks.

    Args:
        table: The people who have it.
        rows: Positions in the table, ``(people,)`` int64.
    """
    if not program.tracks:
        return None
    if program.mirror == "require":
        return np.full(len(rows), " and ".join(track.name for track in program.tracks), dtype=object)
    names = {track.teaches: track.name for track in program.tracks}
    taught = seniors(table) == (role == "mentor")  # whether seniors teach in the track
    return np.where(taught, names.get("senior", ""), names.get("junior", "")).astype(object)[rows]


def tracks_of_pairs(model: Model, i: IntArray) -> list[str] | None:
    """Return the name of the track of each pair by its mentor, ``(pairs,)``; None without tracks."""
    found = tracks_of(model.program, "mentor", model.mentors, i)
    return None if found is None else [str(name) for name in found]
