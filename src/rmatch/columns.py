"""Typed columns: what a cell of the export has become once it was read.

A column holds one side's people in rows. There are three kinds, and no other:

==========  ==========================  =====================================
kind        one cell is                 examples
==========  ==========================  =====================================
Category    one label, or missing       department, name, a biography
Number      one number, or missing      grade, capacity, years of experience
Items       a set of labels             skills, goals, languages, half hours
==========  ==========================  =====================================

Two labels are the same thing when their folded keys are equal, see :func:`fold`. Cells may be sensitive, so none is
shown where a column or a table is printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Labels: TypeAlias = NDArray[np.object_]

FEWEST = 10
"""Of fewer people than these nothing is counted aloud that depends on sensitive cells."""

_SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015]+")


@lru_cache(maxsize=1 << 13)
def fold(label: str) -> str:
    """Return the key under which a label matches: case, Unicode form, white space, ``-`` and ``_`` folded.

    ``+``, ``#`` and ``.`` stay, so C, C++ and C# are three skills.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    return _SEPARATORS.sub(" ", plain).strip() or plain


def distinct_texts(texts: Labels) -> tuple[Labels, IntArray]:
    """Return the distinct texts by code point, and the place of each text among them, ``(n,)``.

    As ``numpy.unique``, whose arrays of texts would give each as much room as the longest has.
    """
    codes, known = pd.factorize(texts)
    words = known.tolist()
    order = np.array(sorted(range(len(words)), key=words.__getitem__), dtype=np.int64)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return known[order], place[codes]


def text_rank(texts: Labels) -> IntArray:
    """Return each text's place in the order of code points, ``(n,)``; equal texts have the same."""
    return distinct_texts(texts)[1]


def is_one_of(texts: Labels, some: Iterable[str]) -> BoolArray:
    """True where the text is one of ``some``, ``(n,)``."""
    found: BoolArray = pd.Index(texts, dtype=object).isin(list(some))
    return found


@dataclass(frozen=True, eq=False, repr=False)
class Category:
    """One label per person: ``labels[codes[i]]``, missing where ``codes[i] == -1``."""

    codes: IntArray
    labels: Labels

    @cached_property
    def keys(self) -> Labels:
        """Folded label of each code, ``(len(labels),)``."""
        return np.array([fold(label) for label in self.labels], dtype=object)

    @property
    def missing(self) -> BoolArray:
        """True where the person gave no answer, ``(n,)``."""
        return self.codes < 0

    def take(self, rows: IntArray) -> Category:
        """The same column for the people in ``rows``."""
        return Category(self.codes[rows], self.labels)

    def cells(self) -> Labels:
        """The labels as text, empty where missing, ``(n,)``."""
        return np.append(self.labels, "")[self.codes]

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"Category({len(self)} cells)"


@dataclass(frozen=True, eq=False, repr=False)
class Number:
    """One number per person, NaN where missing; ``order`` names the values 0, 1, 2, … of an ordered scale."""

    values: FloatArray
    order: tuple[str, ...] = ()

    @property
    def missing(self) -> BoolArray:
        """True where the person gave no answer, ``(n,)``."""
        return np.isnan(self.values)

    def take(self, rows: IntArray) -> Number:
        """The same column for the people in ``rows``."""
        return Number(self.values[rows], self.order)

    def cells(self) -> Labels:
        """The values as text (the scale's own words where it has an order), empty where missing."""
        known, inverse = np.unique(self.values + 0.0, return_inverse=True)  # -0 is 0
        words = ["" if np.isnan(x) else self.order[int(x)] if self.order else f"{x:.15g}" for x in known]
        return np.array(words, dtype=object)[inverse]

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"Number({len(self)} cells)"


@dataclass(frozen=True, eq=False, repr=False)
class Items:
    """A set of labels per person: ``ids[start[i]:start[i + 1]]``, ascending and without repeats.

    ``keys[id]`` is the folded label, unique; ``labels[id]`` its commonest spelling. Beside ``ids`` run ``levels``, 1 to
    5 and 0 where none was given, and ``places``: as which of their answers, from 1, it was named, where that is known.
    """

    start: IntArray
    ids: IntArray
    levels: NDArray[np.int8]
    labels: Labels
    keys: Labels
    places: IntArray | None = field(default=None, kw_only=True)

    @property
    def counts(self) -> IntArray:
        """How many items each person has, ``(n,)``."""
        return self.start[1:] - self.start[:-1]

    @property
    def missing(self) -> BoolArray:
        """True where the person named nothing, ``(n,)``."""
        return ~self.counts.astype(bool)

    @property
    def rows(self) -> IntArray:
        """The person of each entry of ``ids``."""
        return np.repeat(np.arange(len(self)), self.counts)

    def take(self, rows: IntArray) -> Items:
        """The same column for the people in ``rows``."""
        counts = self.counts[rows]
        start = np.concatenate([[0], np.cumsum(counts)])
        entry = np.repeat(self.start[rows] - start[:-1], counts) + np.arange(start[-1])
        places = None if self.places is None else self.places[entry]
        return type(self)(start, self.ids[entry], self.levels[entry], self.labels, self.keys, places=places)

    def of(self, row: int) -> list[str]:
        """The labels of one person, alphabetically by key."""
        return [str(self.labels[k]) for k in self.ids[self.start[row] : self.start[row + 1]]]

    def cells(self) -> Labels:
        """The sets as text, ``label:level`` where a level was given, joined with ``; ``."""
        entry = self.labels[self.ids]
        levelled = np.flatnonzero(self.levels)
        entry[levelled] = [f"{self.labels[self.ids[e]]}:{self.levels[e]}" for e in levelled]
        flat = entry.tolist()
        return np.array(["; ".join(flat[a:b]) for a, b in pairwise(self.start.tolist())], dtype=object)

    def __len__(self) -> int:
        return len(self.start) - 1

    def __repr__(self) -> str:
        return f"Items({len(self)} cells)"


Column: TypeAlias = Category | Number | Items


@dataclass(frozen=True, eq=False)
class ReportingLines:
    """The company tree as nested intervals: ``a`` is above ``b`` when ``enter[a] < enter[b] < leave[a]``.

    Nodes are all whom the roster or its directory knows; ``parent`` is -1 at a root. Cycles were cut, and reported.
    """

    parent: IntArray
    enter: IntArray
    leave: IntArray
    more: tuple[tuple[int, int], ...] = ()  # further managers, (node, manager), where rows about one person disagree
    followed: BoolArray = field(default_factory=lambda: np.zeros(0, bool))  # whether a node's line is known to its end
    unclear: tuple[str, ...] = ()  # what was written as a manager and may be somebody, or nobody, a sentence each

    def above(self, a: IntArray, b: IntArray) -> BoolArray:
        """True where node ``a[k]`` is a manager of ``b[k]``, at any depth; ``a`` may be a column, and ``b`` a row."""
        found = self._inside(a, b)
        if not self.more:
            return found
        below = np.nonzero(self._disputed[b] & ~found)
        a, b = (np.broadcast_to(nodes, found.shape)[below] for nodes in (a, b))
        hit = np.zeros(len(a), bool)
        for start, top in ((start, top) for start, tops in self._tops.items() for top in tops):
            under = (b == start) | self._inside(np.full(len(b), start), b)
            hit |= under & ((a == top) | self._inside(a, np.full(len(a), top)))
        found[below] = hit
        return found

    def share(self, a: IntArray, b: IntArray) -> BoolArray:
        """True where ``a[k]`` and ``b[k]`` have a direct manager in common."""
        common: BoolArray = (self.parent[a] == self.parent[b]) & (self.parent[a] >= 0)
        for start, top in self.more:
            for one, other in ((a, b), (b, a)):
                too = np.isin(other, [node for node, manager in self.more if manager == top])
                common |= (one == start) & ((self.parent[other] == top) | too)
        return common

    def _inside(self, a: IntArray, b: IntArray) -> BoolArray:
        after = self.enter[b].astype(np.int32) - (self.enter[a] + 1).astype(np.int32)  # below 0, it is large unsigned
        inside: BoolArray = after.view(np.uint32) < (self.leave[a] - self.enter[a] - 1).astype(np.uint32)
        return inside

    @cached_property
    def _tops(self) -> dict[int, tuple[int, ...]]:
        """The managers that each disputed node has by a further line, those of the managers above among them."""
        starts = np.array(sorted({start for start, _ in self.more}), dtype=np.int64)
        direct = {start: [top for node, top in self.more if node == start] for start in starts.tolist()}
        found = {}
        for start in direct:
            tops, wait = dict.fromkeys(direct[start]), list(direct[start])
            while wait:
                here = np.full(len(starts), wait.pop(), dtype=np.int64)
                for other in starts[(here == starts) | self._inside(starts, here)].tolist():
                    new = [manager for manager in direct[other] if manager not in tops]
                    tops.update(dict.fromkeys(new))
                    wait += new
            found[start] = tuple(tops)
        return found

    @cached_property
    def _disputed(self) -> BoolArray:
        """Whether a node, or one above it, has several managers, ``(nodes,)``."""
        marks = np.zeros(2 * len(self.parent) + 1, np.int64)
        for start, _ in self.more:
            marks[self.enter[start]] += 1
            marks[self.leave[start]] -= 1
        return np.cumsum(marks)[self.enter].astype(bool)


@dataclass(frozen=True, eq=False, repr=False)
class Register:
    """Everybody whom the sheets and the directory name, whether they take part or not, a line for each row.

    ``person`` numbers the people, alike where they may be one person under two ids; ``numbered`` ids are row numbers.
    """

    ids: Labels
    emails: Labels
    names: Labels
    person: IntArray
    numbered: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Table(Mapping[str, Column]):
    """One side's people: ``table["department"]`` is a column; rows are in the order of ``ids``.

    ``node`` is each person's place in ``lines``, the company tree that both sides share, and ``person`` their number in
    ``register``, which tells of everybody in the files; both are empty where nothing is known of that.
    """

    ids: Labels
    columns: Mapping[str, Column]
    lines: ReportingLines | None = None
    node: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    register: Register | None = None
    person: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))

    def of(self, ids: Labels) -> Table:
        """The same table for the people with these ids, in that order. Each of them must be in it."""
        return self.take(pd.Index(self.ids, dtype=object).get_indexer(pd.Index(ids, dtype=object)).astype(np.int64))

    def take(self, rows: IntArray) -> Table:
        """The same table for the people in ``rows``, in that order."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        node, person = (each[rows] if len(each) else each for each in (self.node, self.person))
        return Table(self.ids[rows], columns, self.lines, node, self.register, person)

    def frame(self) -> pd.DataFrame:
        """The people as text and numbers, indexed by ``employee_id``."""
        cells: dict[str, Any] = {
            name: column.values if isinstance(column, Number) and not column.order else column.cells()
            for name, column in self.columns.items()
        }
        return pd.DataFrame(cells, index=pd.Index(self.ids, name="employee_id", dtype=object))

    def __repr__(self) -> str:
        return f"Table({len(self.ids)} people, {len(self.columns)} columns)"

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def persons(mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
    """Return a number for each mentor and each mentee; two who are, or may be, one person have the same."""
    if mentors.register is not None and mentors.register is mentees.register:
        return mentors.person, mentees.person
    codes = pd.factorize(np.concatenate([mentors.ids, mentees.ids]))[0].astype(np.int64)
    return codes[: len(mentors.ids)], codes[len(mentors.ids) :]
