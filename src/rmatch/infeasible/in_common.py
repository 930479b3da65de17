"""Descriptions of people: the attributes that some people share and the others of their side do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rmatch._util.quoted import called, excerpt, names_of
from rmatch.columns import BoolArray, Category, IntArray, Number, Table, distinct_texts

CLAUSES = {
    "job_title": "with the job title {}",
    "grade": "of grade {}",
    "location": "in {}",
    "department": "of the department {}",
    "team": "of the team {}",
    "job_family": "of the job family {}",
    "career_path": "of the career path {}",
    "tenure_band": "of the tenure band {}",
}
"""Columns by which people are described, in order of preference, with their clause."""

FEW = 3
"""Number of people up to which they are listed one by one."""

_MOST = 3  # columns
# what an ``s`` makes plural: executive, vice president, analyst
_TRADE = re.compile(r"(?!Other$)[A-Z]?[a-z]+(?: [A-Z]?[a-z]+)*(?:er|or|ive|ant|ent|ist|yst)")


@dataclass(frozen=True, eq=False)
class _Trait:
    """An answer that all of some people gave: its column, its label, and a mask of all people who gave it."""

    column: str
    label: str
    holders: BoolArray

    @property
    def noun(self) -> str:
        """``executives`` where the answer is an occupation, else empty."""
        trade = self.column in ("job_title", "grade") and _TRADE.fullmatch(self.label)
        return f"{self.label.lower()}s" if trade else ""


def described(table: Table, people: IntArray, word: str, named: bool = True) -> str:
    """Return a description such as ``14 executives in Munich``, ``9 of the 11 mentees of grade 7`` or ``7 mentees (a,
    b, …)``.

    Only the columns in :data:`CLAUSES` are read, never withheld ones. A few people, or people without a distinctive
    attribute, are listed by name and id.

    Args:
        table: Table of one side.
        people: Positions of the people, int64.
        word: Noun for one person of the side.
        named: Whether names stand beside ids.
    """
    size = len(table.ids)
    if len(people) == size > FEW:
        return f"all {size:,} {word}s"
    traits_in_words = _shared_traits(table, people, word) if len(people) > FEW else ""
    if traits_in_words:
        return traits_in_words
    names = names_of(table, table) if named else {}
    some = [called(id_, names) for id_ in sorted(table.ids[people])[:FEW]]
    return f"{len(people):,} {word}{'s' * (len(people) != 1)} ({', '.join(some)}{', …' * (len(people) > FEW)})"


def _shared_traits(table: Table, people: IntArray, word: str) -> str:
    """What all of the people share, by the fewest columns that fit the fewest others; empty where it fits too many."""
    traits = [trait for name in CLAUSES if (trait := _trait(table, name, people)) is not None]
    best: tuple[int, tuple[_Trait, ...]] | None = None
    for number in range(1, min(_MOST, len(traits)) + 1):
        for some in combinations(traits, number):
            fits = int(np.logical_and.reduce([trait.holders for trait in some]).sum())
            if best is None or fits < best[0]:
                best = fits, some
    if best is None:
        return ""
    trade = next((trait for trait in traits if trait.noun), None)  # more specific than `mentees`, even if not needed
    some = tuple(dict.fromkeys((*best[1], *([trade] if trade else []))))
    fits = int(np.logical_and.reduce([trait.holders for trait in some]).sum())
    if fits > 2 * len(people) or fits == len(table.ids):
        return ""
    many = f"{len(people):,}" if fits == len(people) else f"{len(people):,} of the {fits:,}"
    clauses = [CLAUSES[trait.column].format(trait.label) for trait in some if trait is not trade]
    return " ".join([many, f"{word}s" if trade is None else trade.noun, *clauses])


def _trait(table: Table, name: str, people: IntArray) -> _Trait | None:
    column = table.get(name)
    if not isinstance(column, Category | Number):
        return None
    cells = column.cells()
    keys = np.append(column.keys, "")[column.codes] if isinstance(column, Category) else cells
    key = keys[people[0]]
    if not key or (keys[people] != key).any():
        return None
    spellings, place = distinct_texts(cells[people])
    return _Trait(name, excerpt(str(spellings[np.bincount(place).argmax()])), keys == key)
