"""The alias table of skills: what a skill is called otherwise, and the one word that it is read as."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rmatch._util.quoted import excerpt
from rmatch.columns import fold
from rmatch.errors import ProgramError, RosterError
from rmatch.roster.issues import IssueLog
from rmatch.roster.small import problems, read_small
from rmatch.roster.source import name_of

HEADERS = ("alias", "canonical")

MOST = 100_000
"""Most rows of a table."""

_WANTED = "A table needs the columns alias and canonical, such as `js,JavaScript`."


@dataclass(frozen=True)
class _Row:
    """One line of the table, and where it stands, in words."""

    where: str
    alias: str
    canonical: str

    @property
    def folded(self) -> tuple[str, str]:
        return fold(self.alias), fold(self.canonical)

    def __str__(self) -> str:
        return f"{self.where} reads {excerpt(self.alias)!r} as {excerpt(self.canonical)!r}"


def alias_table(given: object) -> dict[str, str]:
    """Return a checked table: each alias with the word it is read as, sorted.

    Words are compared as skills are, folded. A word that is listed as an alias of itself stays as it is.

    Args:
        given: A mapping from alias to canonical word, or the path of a CSV with the columns
            ``alias`` and ``canonical``.

    Raises:
        ProgramError: The table cannot be read, an alias has two canonical words, or a canonical word is itself an
            alias of another; the rows are named.
    """
    if isinstance(given, str | os.PathLike):
        file = name_of(given, "aliases")
        rows = _read(given, file)
    elif isinstance(given, Mapping):
        file = "aliases"
        rows = [_entry(alias, canonical) for alias, canonical in given.items()]
    else:
        raise ProgramError(f"`aliases` is a file or a table of words, not {given!r}")
    if len(rows) > MOST:
        raise ProgramError(f"{file}: there are {len(rows):,} aliases, more than {MOST:,}")
    try:
        known = _one_each(rows)
        _no_chains(known)
    except ValueError as error:
        raise ProgramError(f"{file}: {error}") from None
    return dict(sorted((row.alias, row.canonical) for row in known.values()))


def _entry(alias: object, canonical: object) -> _Row:
    for word in (alias, canonical):
        if not isinstance(word, str) or not word.strip():
            raise ProgramError(f"`aliases`: {alias!r} = {canonical!r}: both sides are words, and neither is empty")
    return _Row("the entry", str(alias).strip(), str(canonical).strip())


def _read(source: str | os.PathLike[str], file: str) -> list[_Row]:
    log = IssueLog()
    try:
        table = read_small(source, file, HEADERS, log, hint=_WANTED)
    except RosterError as error:
        raise ProgramError(f"aliases: {error}") from None
    if log.count("error"):
        raise ProgramError(problems(log, "the table of aliases has")[0])
    alias, canonical = (table.columns[header].tolist() for header in HEADERS)
    rows = [_Row(f"row {row}", *pair) for row, *pair in zip(table.rows.tolist(), alias, canonical, strict=True)]
    for row in rows:
        if not (row.alias and row.canonical):
            missing = "canonical word" if row.alias else "alias"
            raise ProgramError(f"{file}, {row.where}: there is no {missing}. Fill it in, or remove the row.")
    return rows


def _one_each(rows: Iterable[_Row]) -> dict[str, _Row]:
    """The row of each folded alias. Raises ValueError where two rows read one alias as two words."""
    known: dict[str, _Row] = {}
    for row in sorted(rows, key=lambda row: (row.alias, row.canonical)):
        alias, canonical = row.folded
        other = known.setdefault(alias, row)
        if other.folded[1] != canonical:
            raise ValueError(f"{other}, but {row}. One word cannot be read as two: remove one of them.")
    return known


def _no_chains(known: Mapping[str, _Row]) -> None:
    """Raise ValueError where a canonical word is itself read as another."""
    for start in known.values():
        walked = {start.folded[0]: start}
        row = start
        while (after := known.get(row.folded[1])) is not None and after.folded[0] != after.folded[1]:
            if after.folded[0] in walked:
                rows = list(walked.values())
                circle = "; ".join(map(str, rows[rows.index(after) :]))
                raise ValueError(f"the aliases run in a circle: {circle}. Keep one word of them.")
            walked[after.folded[0]] = row = after
        if len(walked) > 1:
            first, second, *_ = walked.values()
            raise ValueError(f"{first}, but {second}. Give the last word in both.")
