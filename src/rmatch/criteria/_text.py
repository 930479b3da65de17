"""Likeness of two texts: by their words, or by vectors that somebody else computed, such as embeddings."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from rmatch.columns import FloatArray, IntArray, Labels, Table, fold
from rmatch.criteria._base import Criterion
from rmatch.errors import ProgramError
from rmatch.factors import Factors, Sparse, Term, constant, from_entries, sparse

_WORD = re.compile(r"[^\W_][\w+#]*")
_FINE = 1024  # the mentor's side becomes whole numbers out of this many

_FORMATS = ".npz, .csv or .parquet"


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

    @property
    def compares(self) -> frozenset[str]:
        """No labels: sentences."""
        return frozenset()

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
        return Factors((Term(1.0, fine, v.times(1 / _FINE), down=True),))

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


@dataclass(frozen=True)
class Vectors(Criterion):
    """``(1 + cosine) / 2`` of two vectors from a file, ``√dimensions / 680`` from it at most; 0.5 where one has none.

    The file has a key and a vector in each row: a CSV or Parquet file with the key in its first column and numbers in
    all others, or an ``.npz`` with the arrays ``keys`` and ``vectors``. Nothing is downloaded or computed. A result
    keeps the file's name and its SHA-256, never the vectors.

    Args:
        file: Path of the file.
        mentor_column, mentee_column: Columns whose cells are the keys; the people's ids where blank.
        sha256: Fingerprint of the file; filled in, and compared where it is given.
    """

    file: str = ""
    mentor_column: str = ""
    mentee_column: str = ""
    sha256: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.file:
            raise ProgramError(f"Vectors: `file` is missing: the path of a {_FORMATS} file of keys and vectors")
        found = self.table.fingerprint
        if self.sha256 not in (None, found):
            raise ProgramError(f"Vectors: {self.file} is not the file that was recorded; match again with this one")
        object.__setattr__(self, "sha256", found)

    @cached_property
    def table(self) -> _Table:
        """The vectors by key, checked."""
        return _Table.of(Path(self.file))

    @property
    def name(self) -> str:
        return f"vectors_{Path(self.file).stem}"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        mentors, mentees = ((column,) if column else () for column in (self.mentor_column, self.mentee_column))
        return mentors, mentees

    def _places(self, table: Table, column: str) -> IntArray:
        """The row of each person's vector, -1 for none, ``(people,)``."""
        words = table[column].cells() if column else table.ids
        return pd.Index(self.table.keys).get_indexer(pd.Index(words.astype(str), dtype=object)).astype(np.int64)

    def misfit(self, mentors: Table, mentees: Table) -> str:
        for side, table, column in (("mentor", mentors, self.mentor_column), ("mentee", mentees, self.mentee_column)):
            if len(table.ids) and (self._places(table, column) < 0).all():
                what = f"cells of {column!r}" if column else "ids of people"
                return f"no {side} has a vector in {self.file}: its keys are such as {self.table.keys[0]!r}, not {what}"
        return ""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        places = self._places(mentors, self.mentor_column), self._places(mentees, self.mentee_column)
        units = np.vstack([self.table.units, np.zeros(self.table.units.shape[1])])  # the last is nobody's
        fine = sparse(np.trunc(units[places[0]] * _FINE))
        part = sparse(units[places[1]]).times(1 / _FINE)
        return Factors((*constant(0.5, len(mentors.ids), len(mentees.ids)).terms, Term(0.5, fine, part, down=True)))

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        a, b = self._places(mentors, self.mentor_column)[i], self._places(mentees, self.mentee_column)[j]
        cosine = np.einsum("ij,ij->i", self.table.units[a], self.table.units[b])
        known = (a >= 0) & (b >= 0)
        stem = Path(self.file).stem
        return [
            f"is like the other by {stem} (cosine {x:.2f})" if yes and x > 0 else ""
            for x, yes in zip(cosine.tolist(), known.tolist(), strict=True)
        ]

    def in_words(self) -> str:
        return f"the vectors of the two in {Path(self.file).name} point the same way"


@dataclass(frozen=True, eq=False)
class _Table:
    """Keys, their vectors of length 1, ``(keys, dimensions)`` float64, and the fingerprint of the file."""

    keys: Labels
    units: FloatArray
    fingerprint: str

    @classmethod
    def of(cls, path: Path) -> _Table:
        try:
            fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
            keys, vectors = _READERS[path.suffix.lower()](path)
        except KeyError:
            raise ProgramError(f"Vectors: {path} is no {_FORMATS} file of keys and vectors") from None
        except (OSError, ValueError, ImportError, zipfile.BadZipFile) as error:
            raise ProgramError(f"Vectors: {path} cannot be read: {error}") from None
        if vectors.ndim != 2 or len(keys) != len(vectors) or not vectors.size:
            raise ProgramError(f"Vectors: {path} needs a key and numbers in each row")
        wrong = ~np.isfinite(vectors).all(1)
        if wrong.any():
            raise ProgramError(f"Vectors: the vector of {keys[wrong][0]!r} holds a number that is not finite")
        again = pd.Index(keys).duplicated()
        if again.any():
            raise ProgramError(f"Vectors: {keys[again][0]!r} has two vectors in {path}; keep one")
        largest = np.abs(vectors).max(1)
        if (largest == 0).any():
            raise ProgramError(f"Vectors: the vector of {keys[largest == 0][0]!r} is 0 and points nowhere")
        scaled = vectors / largest[:, None]
        return cls(keys, scaled / np.linalg.norm(scaled, axis=1)[:, None], fingerprint)


def _from_npz(path: Path) -> tuple[Labels, FloatArray]:
    with np.load(path, allow_pickle=False) as held:
        return np.array(held["keys"].astype(str), dtype=object), held["vectors"].astype(np.float64)


def _from_csv(path: Path) -> tuple[Labels, FloatArray]:
    return _split(pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig"))


def _from_parquet(path: Path) -> tuple[Labels, FloatArray]:
    return _split(pd.read_parquet(path))


def _split(frame: pd.DataFrame) -> tuple[Labels, FloatArray]:
    keys = np.array([str(key) for key in frame.iloc[:, 0]], dtype=object)
    return keys, frame.iloc[:, 1:].to_numpy(dtype=np.float64)


_READERS = {".npz": _from_npz, ".csv": _from_csv, ".parquet": _from_parquet}
