"""What messages say of people and cells: a name beside an id, and no more of a cell than is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from rmatch.columns import Category, Table

SHOWN = 80
"""Longest excerpt of a cell in a message, in characters."""

READ_AS = " is read as "
"""What a note says of somebody who is named otherwise than by the id, between the word and the id."""

_READ = re.compile(READ_AS + r"""('(?:[^'\\]|\\.)*'|"[^"]*")""")
_LOCK = re.compile(r"the lock on \((.+?), (.+?)\) is left out")


def excerpt(value: str) -> str:
    """Return the value, cut where it is too long to be read."""
    value = value.lstrip("\0").replace("\0", "; ")
    return value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"


def called(who: str, names: Mapping[str, str]) -> str:
    """Return a person by name and id, as in ``Ann Lee (1003)``, or by the id alone where no name is known."""
    who, name = str(who), names.get(who)
    return f"{excerpt(name)} ({excerpt(who)})" if name else excerpt(who)


def arrow(mentor: str, mentee: str, names: Mapping[str, str]) -> str:
    """Return a pair, the mentor first, each by name and id as far as names are known."""
    return f"{called(mentor, names)} → {called(mentee, names)}"


def read_otherwise(word: str, who: str) -> str:
    """Return what to say of somebody who is named otherwise than by the id: ``'7' is read as '007'``."""
    return f"{excerpt(word)!r}{READ_AS}{excerpt(who)!r}"


def with_names(note: str, names: Mapping[str, str]) -> str:
    """Return a note that holds ids alone, so that it can be saved, with names beside them."""
    note = _READ.sub(lambda found: f"{READ_AS}{_beside(ast.literal_eval(found[1]), found[1], names)}", note)
    return _LOCK.sub(lambda found: f"the lock on {arrow(found[1], found[2], names)} is left out", note)


def _beside(who: str, otherwise: str, names: Mapping[str, str]) -> str:
    return called(who, names) if names.get(who) else otherwise


def names_of(mentors: Table, mentees: Table, column: str = "name") -> dict[str, str]:
    """Return the name of each person by id, everybody's in the files; nothing where neither side shows a name.

    Args:
        mentors, mentees: Both sides.
        column: What to return in place of the name: ``email``.
    """
    sides = [(table.ids, table.get(column)) for table in (mentors, mentees)]
    if not any(isinstance(cells, Category) for _, cells in sides):
        return {}
    known = mentors.register
    found = {} if known is None else dict(zip(known.ids, getattr(known, f"{column}s"), strict=True))
    for ids, cells in sides:
        found |= zip(ids, cells.cells(), strict=True) if isinstance(cells, Category) else ()
    return found
