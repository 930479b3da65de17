"""A column as text: each row holds the number of one of the column's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmatch.columns import BoolArray, Column, IntArray, Labels, fold

Codes: TypeAlias = NDArray[np.int32]

MARK = "\0"
"""Stands before each item of a cell that came as a list; no text may hold it, so it cannot be mistaken."""

_SOME, _OFTEN = 20_000, 0.3
_EDGES = f"{MARK};| \r\n"  # what a form writes round an answer of its own accord


def labels(words: Sequence[str]) -> Labels:
    """The words as an array of Python strings, ``(len(words),)``."""
    return np.fromiter(words, object, len(words))


def may_hold_errors(words: Sequence[str]) -> bool:
    """Whether a word begins with ``#``, or one holds ``Err:``, as what a spreadsheet writes for an error does."""
    joined = "\n".join(words)  # the rare letters first: one letter is found faster than several
    return ("#" in joined and "\n#" in f"\n{joined}") or (":" in joined and "Err:" in joined)


@dataclass(frozen=True, eq=False, repr=False)
class Texts:
    """Row ``i`` reads ``words[codes[i]]``, without white space around it.

    A word may stand in ``words`` more than once. Where ``listed``, some came as lists, see :data:`MARK`.
    """

    codes: Codes
    words: Labels
    listed: bool = False

    @classmethod
    def of(cls, cells: Sequence[str], listed: bool = False) -> Texts:
        """One word for each row."""
        return cls(np.arange(len(cells), dtype=np.int32), labels([*map(str.strip, cells)]), listed)

    @classmethod
    def blank(cls, n: int) -> Texts:
        """A column of ``n`` empty cells."""
        return cls(np.zeros(n, np.int32), labels([""]))

    @classmethod
    def stack(cls, parts: Sequence[Texts]) -> Texts:
        """The rows of all parts, one part under the other."""
        if len(parts) == 1:
            return parts[0]
        offsets = np.cumsum([0, *(len(part.words) for part in parts[:-1])])
        codes = [part.codes + np.int32(offset) for part, offset in zip(parts, offsets, strict=True)]
        words = np.concatenate([part.words for part in parts])
        return cls(np.concatenate(codes), words, any(part.listed for part in parts))

    @cached_property
    def cells(self) -> Labels:
        """The text of each row, ``(n,)``."""
        return self.words[self.codes]

    @cached_property
    def empty(self) -> BoolArray:
        """True where the cell is the empty text, ``(n,)``."""
        return self.where(self.words == "")

    @cached_property
    def sound(self) -> bool:
        """Whether no word looks like an error of a spreadsheet."""
        return not may_hold_errors(self.words.tolist())

    @cached_property
    def distinct(self) -> Texts:
        """The same cells, with each word once."""
        codes, words = pd.factorize(self.words)
        texts = Texts(codes.astype(np.int32)[self.codes], words, self.listed)
        texts.__dict__["distinct"] = texts
        return texts

    def where(self, chosen: Sequence[bool] | BoolArray) -> BoolArray:
        """True for the rows whose word is chosen; ``chosen`` runs beside ``words``."""
        return np.asarray(chosen, dtype=bool)[self.codes]

    def rows(self, chosen: Sequence[bool] | BoolArray) -> IntArray:
        """The rows whose word is chosen."""
        return np.flatnonzero(self.where(chosen))

    def take(self, rows: IntArray) -> Texts:
        """The same column for the rows in ``rows``."""
        return Texts(self.codes[rows], self.words, self.listed)

    def saying(self, words: Iterable[str]) -> Texts:
        """The same cells with other words, which run beside ``words``."""
        return Texts(self.codes, labels([*words]), self.listed)

    def meaning(self, known: Mapping[str, int], otherwise: int = -1) -> IntArray:
        """The number that each word has when folded, ``(words,)``."""
        return np.array([known.get(fold(word), otherwise) for word in self.words], dtype=np.int64)

    def without(self, missing: Sequence[str]) -> Texts:
        """The same cells, empty where they say one of the words in ``missing``."""
        if not missing:
            return self
        unsaid, longest = {fold(word) for word in missing}, 2 * max(map(len, missing)) + 8
        return self.saying(
            "" if len(word) <= longest and not unsaid.isdisjoint((fold(word), fold(word.strip(_EDGES)))) else word
            for word in self.words
        )

    def only(self, some: BoolArray) -> Texts:
        """The same cells, empty for everybody else than ``some``, whose words are forgotten."""
        codes, words = pd.factorize(labels(np.where(some, self.cells, "").tolist()))
        return Texts(codes.astype(np.int32), labels(words.tolist()), self.listed)

    def spoken(self) -> Texts:
        """The same cells, those that came as a list written as one text."""
        if not self.listed:
            return self
        return Texts(self.codes, labels([word[word[:1] == MARK :].replace(MARK, "; ") for word in self.words]))

    def filled(self, other: Texts, rows: IntArray) -> Texts:
        """Return the same cells; one that is empty is filled from another column.

        Args:
            other: The column.
            rows: Its row for each cell, -1 for none, ``(n,)`` int64.
        """
        fill = self.empty & (rows >= 0)
        if not fill.any():
            return self
        codes = self.codes.copy()
        codes[fill] = other.codes[rows[fill]] + np.int32(len(self.words))
        return Texts(codes, np.concatenate([self.words, other.words]), self.listed or other.listed)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class Answers:
    """A column that was read: row ``i`` answers ``values`` number ``codes[i]``."""

    values: Column
    codes: Codes

    def at(self, rows: IntArray) -> Column:
        """The answers of ``rows``."""
        return self.values.take(self.codes[rows].astype(np.int64))


class Gatherer:
    """Takes a column in pieces and gives its :class:`Texts`.

    Each word is kept once, until a column turns out to be mostly distinct, such as names: from then
    on finding out costs more than it saves.
    """

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._codes: list[Codes] = []
        self._some: list[int] = []  # the last codes: a list takes them faster, and more room
        self._words: list[str] = []
        self._rows = 0
        self._distinct = False
        self._full = self._sound = True  # no word is empty, or looks like an error of a spreadsheet

    def add(self, cells: Sequence[str]) -> None:
        """Append the cells of further rows."""
        self._rows += len(cells)
        if self._distinct:
            self._say(cells)
            return
        self._some.extend(map(self._numbers.__getitem__, cells))
        if len(self._some) > _SOME:
            self._pack()
        self._distinct = len(self._numbers) > max(_SOME, _OFTEN * self._rows)
        if self._distinct:
            self._say(self._numbers)

    def _pack(self) -> None:
        self._codes.append(np.array(self._some, np.int32))
        self._some = []

    def _say(self, words: Iterable[str]) -> None:
        """Append words, and look at them while they are at hand: to fetch them again takes longer than to look."""
        said = [*map(str.strip, words)]
        self._words += said
        self._full = self._full and "" not in said
        self._sound = self._sound and not may_hold_errors(said)

    def texts(self) -> Texts:
        """The column that was gathered."""
        self._pack()
        if not self._distinct:
            self._say(self._numbers)
        tail = np.arange(len(self._numbers), len(self._words), dtype=np.int32)
        texts = Texts(np.concatenate([*self._codes, tail]), labels(self._words))
        texts.__dict__["sound"] = self._sound
        if self._full:
            texts.__dict__["empty"] = np.zeros(len(texts), bool)
        return texts
