"""In which track a pair is, and a person in a role."""

from __future__ import annotations

from typing import Literal

import numpy as np

from rmatch.columns import IntArray, Labels, Table
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.schema.tracks import seniors


def tracks_of(program: Program, role: Literal["mentor", "mentee"], table: Table, rows: IntArray) -> Labels | None:
    """Return the name of the track in which each of some people has a role, ``(people,)``; None without tracks.

    Where everybody who meets teaches and learns, that is the names of both tracks.

    Args:
        program: The program.
        role: The role.
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
