"""Somebody else's scores, pair by pair."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmatch.columns import BoolArray, IntArray, Table, text_rank
from rmatch.criteria._base import Criterion, Tile
from rmatch.element import Who
from rmatch.errors import ProgramError, RosterError
from rmatch.factors import expand
from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog
from rmatch.roster.small import problems, read_sheet
from rmatch.schema.person import fold_header


@dataclasses.dataclass(frozen=True, eq=False)
class PairScores(Criterion):
    """A table of scores in [0, 1]: ids of mentors as index and of mentees as columns, or long with
    ``mentor_id, mentee_id, score``.

    ``missing = "forbid"`` makes a pair that is not in the table ineligible; ``missing = 0.0`` scores it 0.
    A result keeps the file's name and the SHA-256 of the scores, never the scores themselves.
    """

    frame: pd.DataFrame | None = None
    file: str | None = None
    missing: Literal["forbid"] | float = "forbid"
    sha256: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.frame is None) == (self.file is None):
            if not (self.frame is None and self.sha256):
                raise ProgramError("PairScores: give either `frame` or `file`")
            return  # known by its fingerprint alone, as a saved program knows a table that was in memory
        if self.missing not in ("forbid", 0.0):
            raise ProgramError(f'PairScores: `missing` is "forbid" or 0.0, not {self.missing!r}')
        fingerprint = self.entries.fingerprint
        if self.sha256 not in (None, fingerprint):
            raise ProgramError(f"PairScores: the scores of {self.file or 'the frame'} are not those that were recorded")
        object.__setattr__(self, "sha256", fingerprint)

    @cached_property
    def entries(self) -> _Entries:
        """The scores in long form, checked."""
        return _Entries.of(self.frame if self.frame is not None else _read(str(self.file)))

    def tile(self, mentors: Table, mentees: Table) -> Tile:
        if self.frame is None and self.file is None:
            raise ProgramError("PairScores: the scores were given in memory; give the same `frame` again")
        row, column = self.entries.located(mentors, mentees)
        kept = (row >= 0) & (column >= 0)
        order = np.lexsort((column[kept], row[kept]))
        row, column, score = row[kept][order], column[kept][order], self.entries.score[kept][order]
        start = np.searchsorted(row, np.arange(len(mentors.ids) + 1))
        return _Listed(start, column, score, len(mentees.ids), np.nan if self.missing == "forbid" else 0.0)

    def with_ids(self, who: Who) -> Self:
        if self.frame is None and self.file is None:
            return self
        entries = self.entries
        sides = tuple(
            np.array([ids[word] for word in words], dtype=object)
            for words, role in ((entries.mentor, "mentor"), (entries.mentee, "mentee"))
            for ids in [{word: who.known(word, role) or word for word in {*words}}]  # type: ignore[arg-type]
        )
        if (sides[0] == entries.mentor).all() and (sides[1] == entries.mentee).all():
            return self
        order = np.lexsort((text_rank(sides[1]), text_rank(sides[0])))
        read = _Entries(sides[0][order], sides[1][order], entries.score[order], entries.fingerprint)
        read.refuse_twice()
        found = copy.copy(self)
        found.__dict__["entries"] = read  # of the table that the fingerprint is of, with people by their ids
        return found

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        listed = zip(mentors.ids[i], mentees.ids[j], strict=True)
        scores = (self.entries.of_pair(str(mentor), str(mentee)) for mentor, mentee in listed)
        return [f"has a score of {score:.2f} in the table given" if score else "" for score in scores]

    def to_dict(self) -> dict[str, Any]:
        plain = super().to_dict()
        plain.pop("frame", None)
        return plain

    def in_words(self) -> str:
        return f"the scores given {f'in {self.file}' if self.file else 'with the program'}"


_LONG = ("mentor_id", "mentee_id", "score")


@dataclasses.dataclass(frozen=True)
class _Listed(Tile):
    """Scores of some pairs, row by row with ascending columns, and ``empty`` for all others."""

    start: IntArray
    column: IntArray
    score: NDArray[np.float64]
    width: int
    empty: float

    def block(self, rows: IntArray, columns: IntArray) -> NDArray[np.float64]:
        place = np.full(self.width, -1)
        place[columns] = np.arange(len(columns))
        entry, begin = expand(self.start, rows)
        local = np.repeat(np.arange(len(rows)), np.diff(begin))
        inside = place[self.column[entry]] >= 0
        full = np.full((len(rows), len(columns)), self.empty)
        full[local[inside], place[self.column[entry[inside]]]] = self.score[entry[inside]]
        return full

    def at(self, i: IntArray, j: IntArray) -> NDArray[np.float64]:
        rows = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        keys, wanted = rows * np.int64(self.width) + self.column, i * np.int64(self.width) + j
        at = np.searchsorted(keys, wanted)
        return np.where(np.append(keys, -1)[at] == wanted, np.append(self.score, 0.0)[at], self.empty)


@dataclasses.dataclass(frozen=True)
class _Entries:
    mentor: NDArray[np.object_]
    mentee: NDArray[np.object_]
    score: NDArray[np.float64]
    fingerprint: str

    @classmethod
    def of(cls, frame: pd.DataFrame) -> _Entries:
        if frame.index.nlevels > 1 or frame.columns.nlevels > 1:
            raise ProgramError("PairScores: the frame has several levels; give ids alone as its index and columns")
        if {"mentor_id", "mentee_id", "score"} <= set(frame.columns):
            mentor, mentee = (_ids(frame[column]) for column in ("mentor_id", "mentee_id"))
            score = _numbers(frame["score"]).to_numpy(float)
            if np.isnan(score).any():
                raise _no_number(frame["score"].to_numpy(object)[np.isnan(score)])
        else:
            numbers = frame.apply(_numbers).to_numpy(float)
            others = pd.unique(frame.to_numpy(object)[np.isnan(numbers)]) if _has_text(frame) else np.zeros(0, object)
            others = np.array([cell for cell in others if not pd.isna(cell) and str(cell).strip()], dtype=object)
            if len(others):
                raise _no_number(others)
            i, j = np.nonzero(~np.isnan(numbers))
            mentor = _ids(frame.index)[i]
            mentee = _ids(frame.columns)[j]
            score = numbers[i, j]
        if np.isinf(score).any():
            raise ProgramError(
                f"PairScores: {_scores(np.isinf(score), 'is', 'are')} infinite; give numbers from 0 to 1"
            )
        outside = ~((score >= 0) & (score <= 1))
        if outside.any():
            k, span = np.flatnonzero(outside)[0], np.ptp(score)
            low, width = (score.min(), span) if span else (0, score[k])
            raise ProgramError(
                f"PairScores: {_scores(outside, 'lies', 'lie')} outside [0, 1], the first is {score[k]:g} for "
                f"{mentor[k]!r} and {mentee[k]!r}; rescale with (score - {low:g}) / {width:g}"
            )
        order = np.lexsort((text_rank(mentee), text_rank(mentor)))
        mentor, mentee, score = mentor[order], mentee[order], score[order]
        text = "\n".join(f"{a}\t{b}\t{x!r}" for a, b, x in zip(mentor, mentee, score.tolist(), strict=True))
        found = cls(mentor, mentee, score, hashlib.sha256(text.encode()).hexdigest())
        found.refuse_twice()
        return found

    def refuse_twice(self) -> None:
        """Raise ProgramError where a pair stands there twice."""
        again = (self.mentor[1:] == self.mentor[:-1]) & (self.mentee[1:] == self.mentee[:-1])
        if again.any():
            k = int(np.flatnonzero(again)[0])
            raise ProgramError(f"PairScores: a pair has two scores: {self.mentor[k]!r} and {self.mentee[k]!r}")

    @cached_property
    def _begins(self) -> dict[str, tuple[int, int]]:
        """Where the entries of each mentor begin and end: they stand together."""
        ends = np.append(np.flatnonzero(self.mentor[1:] != self.mentor[:-1]) + 1, len(self.mentor)).tolist()
        begins = [0, *ends[:-1]]
        return {str(self.mentor[a]): (a, b) for a, b in zip(begins, ends, strict=True) if a < b}

    def of_pair(self, mentor: str, mentee: str) -> float:
        """The score of one pair, 0 where there is none."""
        begin, end = self._begins.get(mentor, (0, 0))
        found = self.score[begin:end][self.mentee[begin:end] == mentee]
        return float(found[0]) if len(found) else 0.0

    def located(self, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
        """The row of each entry's mentor and the column of its mentee; -1 for who is not in the roster."""
        return (
            pd.Index(mentors.ids).get_indexer(pd.Index(self.mentor)),
            pd.Index(mentees.ids).get_indexer(pd.Index(self.mentee)),
        )


def _ids(cells: pd.Series[Any] | pd.Index[Any]) -> NDArray[np.object_]:
    """The ids as text, NaN where there is none: before pandas 3 that would be the text ``nan``, which may be an id."""
    words: NDArray[np.object_] = np.array(cells.astype(str), dtype=object)
    words[pd.isna(cells)] = np.nan
    return words


def _numbers(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells as numbers, NaN where they are none; from 0 to 1 a comma can only be the decimal sign."""
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        cells = cells.astype(str).str.replace(r"^\s*([01]),(\d+)\s*$", r"\1.\2", regex=True)
    return pd.to_numeric(cells, errors="coerce")


def _has_text(frame: pd.DataFrame) -> bool:
    return not all(pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes)


def _no_number(cells: NDArray[np.object_]) -> ProgramError:
    count = _scores(np.ones(len(cells), bool), "is no number", "are not numbers")
    return ProgramError(f"PairScores: {count}, the first is {cells[0]!r}")


def _scores(wrong: BoolArray, one: str, several: str) -> str:
    """How many scores are wrong, with the verb: ``1 score is``, ``2 scores are``."""
    n = int(wrong.sum())
    return f"1 score {one}" if n == 1 else f"{n:,} scores {several}"


def _read(file: str) -> pd.DataFrame:
    log, every = IssueLog(), frozenset(map(fold_header, _LONG))
    try:
        sheet = read_sheet(file, "the scores", Known(frozenset({fold_header(_LONG[0])}), every), log)
    except RosterError as error:
        raise ProgramError(f"PairScores: {file!r} cannot be read: {error}") from None
    if log.count("error"):
        raise ProgramError(problems(log, "PairScores: the scores have")[0])
    folded = {fold_header(header): k for k, header in enumerate(sheet.headers)}
    if every <= folded.keys():
        return pd.DataFrame({name: sheet.columns[folded[fold_header(name)]].cells for name in _LONG})
    frame = pd.concat([pd.Series(column.cells) for column in sheet.columns], axis=1)
    frame.columns = pd.Index([header.strip() for header in sheet.headers], dtype=object)
    return frame.iloc[:, 1:].set_axis(pd.Index(frame.iloc[:, 0], dtype=object))
