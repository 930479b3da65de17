"""Whether a column of labels has any: where nearly everybody has an answer of their own, it sorts nobody."""

from __future__ import annotations

import re

import numpy as np

from rmatch.columns import Category, Column, IntArray

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,9})?", re.ASCII)
_TIME = (
    r"\s*(?:years?|yrs?|y|months?|mos?|m|weeks?|days?|jahren?|jahre?|monate?n?|tage?n?|ans?|année?s?|mois|años?|"
    r"mes(?:es)?|jaar|jaren|maand(?:en)?)\.?"
)
_UNIT = re.compile(rf"(?<=\d){_TIME}(?:\s*(?:,|&|and|und|et|y|en)?\s*(\d{{1,3}}){_TIME})?\Z")
"""A unit of time after a number, as people write how long they have been here: ``7 years``, ``7 years 3 months``."""

_PARTS = re.compile(r"[+-]?\d{1,15}[.,]\d{1,9}", re.ASCII)

FEWEST_NUMBERS, FEWEST_WORDS = 3, 20
"""Of fewer answers nothing is concluded: numbers, words."""

MOST_BANDS = 12
"""Numbers with a decimal point that take more values than these are no bands, however many people there are."""

ALONE = 0.9
"""The share of people with an answer of their own from which a column counts as singular."""


def singular(*sides: Column | None) -> bool:
    """Return whether nearly everybody has an answer of their own in a column of labels, or the answers are measures.

    Words need more people than numbers. Columns that are read as numbers, and lists, are never singular.

    Args:
        sides: The column of the mentors and that of the mentees; None where a side has none.
    """
    columns = [side for side in sides if isinstance(side, Category)]
    counts: dict[str, int] = {}
    for column in columns:
        for code, number in enumerate(_counted(column).tolist()):
            if number:
                key = str(column.keys[code])
                counts[key] = counts.get(key, 0) + number
    return apart(counts)


def numeric(column: Category) -> bool:
    """Return whether every answer of a column of labels is a number."""
    return all(_NUMBER.fullmatch(str(column.keys[code])) for code in np.unique(column.codes[column.codes >= 0]))


def measured(column: Category) -> bool:
    """Return whether every answer of a column of labels is a number, or one with a unit of time behind it."""
    said = (_bare(str(column.keys[code])) for code in np.unique(column.codes[column.codes >= 0]))
    return all(map(_NUMBER.fullmatch, said))


def apart(counts: dict[str, int]) -> bool:
    """Return whether so many people with each label, by its folded key, are people with answers of their own."""
    people, labels = sum(counts.values()), len(counts)
    bare = [(_bare(label), number) for label, number in counts.items()]
    if labels < FEWEST_NUMBERS:
        return False
    if all(_NUMBER.fullmatch(label) for label, _ in bare):
        if 2 * sum(number for label, number in bare if _PARTS.fullmatch(label)) > people:
            return labels > MOST_BANDS or 2 * labels > people
        return labels >= ALONE * people
    return people >= FEWEST_WORDS and labels >= ALONE * people


def _bare(label: str) -> str:
    """The number that stands before a unit of time; a second one counts as what stands behind its decimal point."""
    return _UNIT.sub(lambda found: f".{found[1]}" if found[1] else "", label)


def _counted(column: Category) -> IntArray:
    known = column.codes[column.codes >= 0]
    return np.bincount(known, minlength=len(column.labels))
