"""Likeness of two free texts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from rmatch.columns import FloatArray, IntArray, Table, fold
from rmatch.criteria._base import Criterion
from rmatch.errors import ProgramError
from rmatch.factors import Factors, Sparse, Term, from_entries

_WORD = re.compile(r"[^\W_][\w+#]*")
_FINE = 1024  # the mentor's side becomes whole numbers out of this many


@dataclass(frozen=True)
class Text(Criterion):
    """Cosine of the TF-IDF vectors of two free-text columns, rounded down on the grid.

    ``tf · idf`` with ``idf = 1 + ln((1 + N) / (1 + df))`` over the texts of both sides, each vector scaled to
    length 1 (Salton and Buckley 1988, with smoothing). An empty text scores 0.
    """

    mentor_column: str = ""
    mentee_column: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.mentor_column and self.mentee_column):
            raise ProgramError("Text: `mentor_column` and `mentee_column` are both needed")

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.mentor_column,), (self.mentee_column,)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        texts = [_words(t[c].cells()) for t, c in ((mentors, self.mentor_column), (mentees, self.mentee_column))]
        vocabulary = sorted({word for side in texts for row in side for word in row})
        number = {word: k for k, word in enumerate(vocabulary)}
        sides = [_entries(side, number) for side in texts]
        documents = 1 + sum(len(side) for side in texts)
        seen = 1 + sum(np.bincount(column, minlength=len(number)) for _, column, _ in sides)
        idf = 1 + np.log(documents / seen)
        u, v = (
            _unit(len(side), max(len(number), 1), row, column, count * idf[column])
            for side, (row, column, count) in zip(texts, sides, strict=True)
        )
        fine = Sparse(u.start, u.column, np.floor(u.value * _FINE), u.width)
        part = Sparse(v.start, v.column, v.value / _FINE, v.width)
        return Factors((Term(1.0, fine, part, down=True),))

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        one, two = (
            [set(words) for words in _words(table[column].take(people).cells())]
            for table, column, people in ((mentors, self.mentor_column, i), (mentees, self.mentee_column, j))
        )
        common = (sorted(sorted(a & b, key=lambda word: (-len(word), word))[:4]) for a, b in zip(one, two, strict=True))
        return [f"writes of {', '.join(words)}" if words else "" for words in common]

    def in_words(self) -> str:
        return f"what the junior writes in {self.mentor_column} is like what the senior writes in {self.mentee_column}"


def _words(cells: np.ndarray) -> list[list[str]]:
    return [_WORD.findall(fold(cell)) for cell in cells]


def _entries(texts: list[list[str]], number: dict[str, int]) -> tuple[IntArray, IntArray, FloatArray]:
    row = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    column = np.array([number[word] for text in texts for word in text], np.int64)
    key, count = np.unique(row * np.int64(max(len(number), 1)) + column, return_counts=True)
    return key // max(len(number), 1), key % max(len(number), 1), count.astype(float)


def _unit(n: int, width: int, row: IntArray, column: IntArray, value: FloatArray) -> Sparse:
    length = np.sqrt(np.bincount(row, value**2, n))
    return from_entries(n, width, row, column, value / length[row])
