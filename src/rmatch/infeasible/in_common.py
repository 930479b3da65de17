"""Whom we are speaking of: what some people have in common and the others of their side have not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rmatch.columns import BoolArray, Category, IntArray, Labels, Number, Table, distinct_texts
from rmatch.roster.issues import excerpt

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
"""The columns by which people are described, in the order of telling, and how."""

FEW = 3
"""So many people are simply named."""

_MOST = 3  # columns
# what an ``s`` makes plural: executive, vice president, analyst
_TRADE = re.compile(r"(?!Other$)[A-Z]?[a-z]+(?: [A-Z]?[a-z]+)*(?:er|or|ive|ant|ent|ist|yst)")


@dataclass(frozen=True, eq=False)
class _Trait:
    """One answer that all of some people gave: how it is told, and everybody on their side who gave it."""

    column: str
    label: str
    everybody: BoolArray

    @property
    def noun(self) -> str:
        """``executives`` where the answer says what people are, else nothing."""
        trade = self.column in ("job_title", "grade") and _TRADE.fullmatch(self.label)
        return f"{self.label.lower()}s" if trade else ""


def described(table: Table, people: IntArray, word: str) -> str:
    """Return ``14 executives in Munich``, ``9 of the 11 mentees of grade 7`` or ``7 mentees (a, b, c, …)``.

    ``table`` is one side, ``word`` what one of it is called. Only the columns in :data:`CLAUSES` are read, so none
    that stands apart; a few people are named by their ids, and so is who has nothing in common that is special.
    """
    size = len(table.ids)
    if len(people) == size > FEW:
        return f"all {size:,} {word}s"
    told = _told(table, people, word) if len(people) > FEW else ""
    return told or f"{len(people):,} {word}{'s' * (len(people) != 1)} ({_named(table.ids[people])})"


def _named(ids: Labels) -> str:
    names = sorted(excerpt(str(id_)) for id_ in ids)
    return ", ".join(names[:FEW]) + (", …" if len(names) > FEW else "")


def _told(table: Table, people: IntArray, word: str) -> str:
    """What all of them share, by the fewest columns that fit fewest others; empty where it would fit too many."""
    traits = [trait for name in CLAUSES if (trait := _trait(table, name, people)) is not None]
    best: tuple[int, tuple[_Trait, ...]] | None = None
    for number in range(1, min(_MOST, len(traits)) + 1):
        for some in combinations(traits, number):
            fits = int(np.logical_and.reduce([trait.everybody for trait in some]).sum())
            if best is None or fits < best[0]:
                best = fits, some
    if best is None:
        return ""
    trade = next((trait for trait in traits if trait.noun), None)  # says more than `mentees`, whether it is needed
    some = tuple(dict.fromkeys((*best[1], *([trade] if trade else []))))
    fits = int(np.logical_and.reduce([trait.everybody for trait in some]).sum())
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
