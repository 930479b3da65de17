"""Answers that mean yes, and those that mean no, in the words of `words.toml`."""

from __future__ import annotations

import numpy as np

from rmatch.columns import BoolArray, Category, Column, Number, fold, is_one_of
from rmatch.schema.vocabulary import folded

YES, NO = folded("yes") | folded("agreed") | {"1"}, folded("no") | folded("declined") | {"0"}


def means_yes(label: str) -> bool:
    """Whether an answer to a question of consent means yes; whatever is not listed, a blank above all, is a no."""
    return fold(label) in YES


def said_yes(column: Column) -> BoolArray:
    """True where the person's answer means yes, ``(n,)``; a blank is a no."""
    if isinstance(column, Category):
        said: BoolArray = np.append(is_one_of(column.keys, YES), False)
        return said[column.codes]
    if isinstance(column, Number):
        one: BoolArray = column.values == 1
        return one
    return np.array([means_yes(cell) for cell in column.cells()], dtype=bool)


def neither(column: Column) -> list[str]:
    """The answers that mean neither yes nor no, each once, in their order."""
    return sorted(word for word in {*map(str, column.cells())} - {""} if fold(word) not in YES | NO)
