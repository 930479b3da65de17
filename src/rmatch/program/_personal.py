"""What ``[personal]`` does not go with, and what it needs of the people."""

from __future__ import annotations

from collections.abc import Sequence

from rmatch.columns import Category, Table
from rmatch.criteria import Criterion
from rmatch.errors import ProgramError, suggestion
from rmatch.program._tracks import Track
from rmatch.schema.person import CANONICAL
from rmatch.schema.personal import Personal


def refuse_personal(
    personal: Personal | None, tracks: Sequence[Track], steering: Sequence[Criterion], withheld: frozenset[str]
) -> None:
    """Raise ProgramError where ``[personal]`` does not go with the rest of a program.

    Args:
        personal: What counts more for a mentee who says so.
        tracks: The program's tracks.
        steering: Its criteria that read a sensitive column.
        withheld: The columns that stand apart.
    """
    if personal is None:
        return
    if personal.column in withheld:
        raise ProgramError(
            f"[personal] reads {personal.column!r}, which stands apart: what counts for a mentee shows in their "
            "scores, so it cannot be sensitive, for audits or a consent"
        )
    if personal.column in CANONICAL:
        raise ProgramError(
            f"[personal] reads {personal.column!r}, which holds something else; name the column in which mentees write "
            "what matters most to them"
        )
    if tracks:
        raise ProgramError("[personal] does not go with [[tracks]]: drop one of the two")
    if steering:
        raise ProgramError(
            f"[personal] does not go with {steering[0].name!r}, which reads a sensitive column: drop one of the two"
        )


def require_personal(personal: Personal | None, mentees: Table) -> None:
    """Raise ProgramError where the mentees have no column of words in which ``[personal]`` can look."""
    if personal is None:
        return
    column = mentees.get(personal.column)
    if column is None:
        raise ProgramError(
            f"[personal] needs the column {personal.column!r}, which the export does not have."
            f"{suggestion(personal.column, mentees)}"
        )
    if not isinstance(column, Category):
        raise ProgramError(
            f"[personal] reads {personal.column!r}, which was read as numbers, as lists or with an `order`; each "
            "cell is one word that names a criterion, such as 'skills'"
        )
