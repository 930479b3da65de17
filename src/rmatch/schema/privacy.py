"""Why something was decided by hand: free text that goes into the record of runs, so nobody may be found in it.

Whether a text names somebody cannot be known for sure. What can be looked for is refused rather than blotted out, so
that its writer chooses other words: ids, names and addresses of those who take part, and answers that stand
apart. Words are compared without regard to case, accents and the marks between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np
import pandas as pd
from pydantic import AfterValidator

from rmatch.columns import Category, Items, Table

MOST = 200
"""Characters of a reason."""

REMEDY = "Give the kind of reason and no person, such as 'conflict of interest'."

_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"\S@\S")
_TOGETHER = 8  # words at most that may make one id or name
_PLAIN = frozenset({"yes", "no", "true", "false"})  # answers that say nothing without their question


def tidied(text: str | None) -> str | None:
    """The text on one line, None where there is nothing in it.

    Raises:
        ValueError: It is too long.
    """
    text = " ".join((text or "").encode("utf-8", "backslashreplace").decode().split())
    if len(text) > MOST:
        raise ValueError(f"a reason has {MOST} characters at most")
    return text or None


Why: TypeAlias = Annotated[str | None, AfterValidator(tidied)]
"""A reason on one line, None where none is given."""


@dataclass(frozen=True, eq=False, repr=False)
class Private:
    """What no reason may hold: who takes part, and what they answered apart. All of it folded, words run together."""

    ids: frozenset[str]
    names: frozenset[str]
    parts: frozenset[str]
    answers: frozenset[str]

    @classmethod
    def of(cls, tables: Iterable[Table], apart: Iterable[Table], ids: Iterable[str] = ()) -> Private:
        """Of both sides' ``tables`` and their columns that stand ``apart``; ``ids`` are those of further rows."""
        tables = tuple(tables)
        names = {label for table in tables for label in _labels(table, "name")}
        answers = {label for table in apart for name in table for label in _labels(table, name)}
        every = {_joined(answer) for answer in answers}
        return cls(
            frozenset(map(_joined, [*(str(id_) for table in tables for id_ in table.ids), *ids])) - {""},
            frozenset(map(_joined, names)) - {""},
            frozenset(part for name in names for part in _parts(name)),
            frozenset(answer for answer in every if len(answer) > 2 and answer not in _PLAIN),
        )

    def found_in(self, reason: str, names: Iterable[str] = ()) -> str:
        """What a reason holds that must not be in it, in words; empty where it may stand.

        ``names`` are those of the people it is about: each word of them is looked for in any case, a word of
        anybody else's name only where it is written with a capital, for many a name is a common word too.
        """
        own = {part for name in names for part in _parts(name)}
        for said, key, capital in _phrases(reason):
            if key in own or (capital and key in self.parts):
                return f"{said!r}, which is somebody's name, or part of one"
            if key in self.answers:
                return "an answer that stands apart"
        return self.named_in(reason)

    def named_in(self, text: str) -> str:
        """Whom a text names by an address, an id or a whole name, in words; empty where it names nobody."""
        if _ADDRESS.search(text):
            return "an address"
        for said, key, _ in _phrases(text):
            if key in self.ids:
                return f"{said!r}, which is somebody's id"
            if key in self.names:
                return f"{said!r}, which is somebody's name"
        whole = _joined(text)
        hidden = sorted(name for name in self.names if len(name) > 1 and not _cased(name) and name in whole)
        return f"{hidden[0]!r}, which is somebody's name" if hidden else ""


def rows_of(accounts: pd.DataFrame) -> set[str]:
    """The ids of every row of the input, taking part or not."""
    return set(accounts["employee_id"]) if "employee_id" in accounts else set()


def names_in_pairs(pairs: Iterable[tuple[str, str]], tables: tuple[Table, Table]) -> Iterator[str]:
    """The names of the people in pairs, whichever side they stand on."""
    people = pd.Index(sorted({id_ for pair in pairs for id_ in pair}), dtype=object)
    for table in tables:
        name, rows = table.get("name"), pd.Index(table.ids).get_indexer(people).astype(np.int64)
        if isinstance(name, Category):
            yield from map(str, name.take(rows[rows >= 0]).cells())


def _labels(table: Table, name: str) -> set[str]:
    """The different texts of a column, those of a list one by one."""
    column = table.get(name)
    if isinstance(column, Items):
        return {str(column.labels[k]) for k in set(column.ids.tolist())}
    if isinstance(column, Category):
        return {str(column.labels[k]) for k in set(column.codes.tolist()) - {-1}}
    return set() if column is None else {str(cell) for cell in column.cells()}


def _phrases(text: str) -> Iterator[tuple[str, str, bool]]:
    """Every run of a few words: as it is written, folded, and whether it is one word with a capital or without case."""
    found = list(_WORD.finditer(unicodedata.normalize("NFC", text)))
    for k, first in enumerate(found):
        for last in found[k : k + _TOGETHER]:
            said = first.string[first.start() : last.end()]
            yield said, _joined(said), first is last and not said[0].islower()


def _parts(name: str) -> set[str]:
    """The words of a name, folded: those with a capital, unless it has none; no initials."""
    words = _WORD.findall(unicodedata.normalize("NFC", name))
    proper = [word for word in words if not word[0].islower()] or words
    return {key for word in proper if len(key := _joined(word)) > 1}


def _joined(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def _cased(text: str) -> bool:
    """Whether the script knows capitals, and so, as good as always, blanks between words; digits do not count."""
    return text.isdecimal() or text.upper() != text.lower()
