"""Names that a sheet has in two columns: the first and the last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rmatch.schema.person import fold_header

_FIRST_NAMES = frozenset(
    map(fold_header, ("first name", "given name", "forename", "vorname", "prénom", "prenom", "nombre", "voornaam"))
)
_LAST_NAMES = frozenset(
    map(
        fold_header,
        ("last name", "surname", "family name", "nachname", "familienname", "nom", "nom de famille", "apellido",
         "apellidos", "achternaam"),
    )
)  # fmt: skip


def joined_name(headers: Sequence[str], taken: Collection[int] = ()) -> tuple[int, ...]:
    """Return where a first and a last name stand, if each is there once; else nothing."""
    halves = [
        [k for k, header in enumerate(headers) if k not in taken and fold_header(header) in words]
        for words in (_FIRST_NAMES, _LAST_NAMES)
    ]
    return (halves[0][0], halves[1][0]) if len(halves[0]) == len(halves[1]) == 1 else ()
