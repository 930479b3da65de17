"""The people that a check is tried on: some of every kind, and the few, the silent and the absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from rmatch.columns import Category, Column, IntArray, Items, Number, Table
from rmatch.datasets import workforce
from rmatch.roster import from_frame

_MOST = 40  # people of a side; laws are held against all their pairs


@dataclass(frozen=True, eq=False)
class Case:
    """Mentors and mentees, and who they are in words."""

    name: str
    mentors: Table
    mentees: Table

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.mentors.ids), len(self.mentees.ids)

    def pair(self, i: int, j: int) -> str:
        """A pair by name."""
        return f"mentor {self.mentors.ids[i]!r} and mentee {self.mentees.ids[j]!r} of {self.name}"

    def taken(self, rows: IntArray, columns: IntArray) -> Case:
        """Some of the people, in this order."""
        return replace(self, mentors=self.mentors.take(rows), mentees=self.mentees.take(columns))

    def with_columns(self, mentors: Mapping[str, Column], mentees: Mapping[str, Column]) -> Case:
        """The same people with other columns."""
        return replace(
            self, mentors=replace(self.mentors, columns=mentors), mentees=replace(self.mentees, columns=mentees)
        )


def usual(mentors: Table | None, mentees: Table | None) -> Case:
    """The people given, as many as can be tried in a moment, or some that are built in."""
    if mentors is None or mentees is None:
        return Case("the built-in people", *deepcopy(_built_in()))
    some = (t.take(np.arange(min(len(t.ids), _MOST))) for t in (mentors, mentees))
    return Case("your people", *deepcopy(tuple(some)))


@cache
def _built_in() -> tuple[Table, Table]:
    return from_frame(workforce(16, 13, seed=2, n_others=6, missing=0.15)).tables()


def hard(case: Case) -> Iterator[Case]:
    """The same people where one side says nothing, where there is one a side, and where there is nobody."""
    silent = {name: _silent(column) for name, column in case.mentors.items()}
    yield replace(case.with_columns(silent, case.mentees.columns), name="people whose mentors left every cell blank")
    silent = {name: _silent(column) for name, column in case.mentees.items()}
    yield replace(case.with_columns(case.mentors.columns, silent), name="people whose mentees left every cell blank")
    one, nobody, every = (np.arange(min(k, 1)) for k in case.shape), np.arange(0), np.arange(case.shape[1])
    yield replace(case.taken(*one), name="one mentor and one mentee")
    yield replace(case.taken(nobody, every), name="a round without mentors")
    yield replace(case.taken(nobody, nobody), name="a round without anybody")


def _silent(column: Column) -> Column:
    if isinstance(column, Category):
        return Category(np.full(len(column), -1), column.labels)
    if isinstance(column, Number):
        return replace(column, values=np.full(len(column), np.nan))
    none = np.zeros(0, np.int64)
    return replace(column, start=np.zeros(len(column) + 1, np.int64), ids=none, levels=none.astype(np.int8))


def renumbered(table: Table) -> Table:
    """The same answers of the same people under other numbers; sides that share a vocabulary go on sharing it."""
    return replace(table, columns={name: _renumbered(column) for name, column in table.items()})


def _renumbered(column: Column) -> Column:
    if isinstance(column, Number):
        return column
    order = np.random.default_rng(1).permutation(len(column.labels))
    place = np.append(np.argsort(order), -1).astype(np.int64)
    if isinstance(column, Category):
        return Category(place[column.codes], column.labels[order])
    ids = place[column.ids]
    entry = np.lexsort((ids, column.rows))
    return Items(column.start, ids[entry], column.levels[entry], column.labels[order], column.keys[order])


def renamed(table: Table, word: str) -> Table:
    """The same people under other ids, in another alphabetical order."""
    size = len(table.ids)
    return replace(table, ids=np.array([f"{word} {size - k:04d}" for k in range(size)], dtype=object))
