"""People for conformance tests: typical ones, and edge cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from rmatch.columns import Category, Column, IntArray, Number, Table
from rmatch.datasets import workforce
from rmatch.roster import from_frame
from rmatch.roster.weekly import Zones

_MOST = 40  # people of a side; laws are checked on all their pairs


@dataclass(frozen=True, eq=False)
class Case:
    """Mentors and mentees with a description; ``hard`` where some are missing, or their answers."""

    name: str
    mentors: Table
    mentees: Table
    hard: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.mentors.ids), len(self.mentees.ids)

    def pair(self, i: int, j: int) -> str:
        """Return a pair as text."""
        return f"mentor {self.mentors.ids[i]!r} and mentee {self.mentees.ids[j]!r} of {self.name}"

    def listed(self) -> tuple[IntArray, IntArray]:
        """Return pairs in any order, some of them twice; none where a side is empty."""
        draw, (m, n) = np.random.default_rng(0), self.shape
        size = 4 * m if m * n else 0
        return draw.integers(0, max(m, 1), size), draw.integers(0, max(n, 1), size)

    def taken(self, rows: IntArray, columns: IntArray) -> Case:
        """Return some of the people, in the given order."""
        return replace(self, mentors=self.mentors.take(rows), mentees=self.mentees.take(columns))

    def with_columns(self, mentors: Mapping[str, Column], mentees: Mapping[str, Column]) -> Case:
        """Return the same people with other columns."""
        return replace(
            self, mentors=replace(self.mentors, columns=mentors), mentees=replace(self.mentees, columns=mentees)
        )


def usual(mentors: Table | None, mentees: Table | None) -> Case:
    """Return the people given, at most 40 a side, or the built-in ones."""
    if mentors is None or mentees is None:
        return Case("the built-in people", *deepcopy(_built_in()))
    some = [deepcopy(t.take(np.arange(min(len(t.ids), _MOST)))) for t in (mentors, mentees)]
    return Case("your people", some[0], some[1])


@cache
def _built_in() -> tuple[Table, Table]:
    return from_frame(workforce(16, 13, seed=2, n_others=6, missing=0.15)).tables()


def hard(case: Case) -> Iterator[Case]:
    """Yield edge cases: all answers of a side blank, one person a side, an empty side, no people."""
    case = replace(case, hard=True)
    yield replace(case, mentors=silenced(case.mentors), name="people whose mentors left every cell blank")
    yield replace(case, mentees=silenced(case.mentees), name="people whose mentees left every cell blank")
    one, empty, every = (np.arange(min(k, 1)) for k in case.shape), np.arange(0), np.arange(case.shape[1])
    yield replace(case.taken(*one), name="one mentor and one mentee")
    yield replace(case.taken(empty, every), name="a round without mentors")
    yield replace(case.taken(empty, empty), name="a round without anybody")


def alike(case: Case, names: Iterable[str]) -> Case:
    """Return the people with mentees who say in these columns what the mentors say there, one after the other."""
    (m, n), columns = case.shape, {}
    for name in names if m else ():
        if name in case.mentors:
            columns[name] = case.mentors[name].take(np.arange(n) % m)
    mentees = replace(case.mentees, columns={**case.mentees, **columns})
    return replace(case, mentees=mentees, name=f"{case.name}, where mentees answer as mentors do")


def silenced(table: Table, names: Iterable[str] | None = None) -> Table:
    """Return the same people with blank cells in these columns, or in all."""
    blank = {name: _silent(table[name]) for name in (table if names is None else names)}
    return replace(table, columns={**table, **blank})


def _silent(column: Column) -> Column:
    if isinstance(column, Category):
        return replace(column, codes=np.full(len(column), -1))
    if isinstance(column, Number):
        return replace(column, values=np.full(len(column), np.nan))
    none = np.zeros(0, np.int64)
    start = np.zeros(len(column) + 1, np.int64)
    return replace(column, start=start, ids=none, levels=none.astype(np.int8), places=None)


def renumbered(table: Table) -> Table:
    """Return the same answers with permuted codes; sides that share a vocabulary still share it."""
    return replace(table, columns={name: _renumbered(column) for name, column in table.items()})


def _renumbered(column: Column) -> Column:
    if isinstance(column, Number):
        return column
    order = np.random.default_rng(1).permutation(len(column.labels))
    place = np.append(np.argsort(order), -1).astype(np.int64)
    if isinstance(column, Zones):
        names = tuple(column.names[k] for k in order)
        column = replace(column, names=names, offsets=column.offsets[order])
    if isinstance(column, Category):
        return replace(column, codes=place[column.codes], labels=column.labels[order])
    ids = place[column.ids]
    entry = np.lexsort((ids, column.rows))
    labels, keys = column.labels[order], column.keys[order]
    places = None if column.places is None else column.places[entry]
    return replace(column, ids=ids[entry], levels=column.levels[entry], labels=labels, keys=keys, places=places)


def renamed(table: Table, word: str) -> Table:
    """Return the same people under other ids, in another alphabetical order."""
    size = len(table.ids)
    return replace(table, ids=np.array([f"{word} {size - k:04d}" for k in range(size)], dtype=object))
