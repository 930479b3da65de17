"""Who would never have met: department, background, and likeness or difference in any one column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import BoolArray, IntArray, Items, Number, Table
from rmatch.criteria._base import Criterion, OfColumn
from rmatch.criteria._skills import covered, listing
from rmatch.criteria.blocks import align, closeness, covers, differs, same, total
from rmatch.errors import ProgramError
from rmatch.factors import Factors, constant
from rmatch.schema.bands import singular


def _compared(column: str, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> tuple[BoolArray, BoolArray]:
    """Which listed pairs differ in ``column``, and which are the same in it; neither where one gave no answer."""
    a, b, _ = align(mentors[column], mentees[column])
    known = (a[i] >= 0) & (b[j] >= 0)
    return known & (a[i] != b[j]), known & (a[i] == b[j])


@dataclass(frozen=True)
class Department(Criterion):
    """1 where the departments are as preferred, 0 where not; unknown takes the mean over answered pairs."""

    prefer: Literal["different", "same"] = "different"
    column: str = "department"

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.column,), (self.column,)

    def narrowed(self, mentors: Table, mentees: Table) -> Self | None:
        alone = singular(mentors.get(self.column), mentees.get(self.column))
        return None if alone else super().narrowed(mentors, mentees)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        brick = differs if self.prefer == "different" else same
        return brick(mentors[self.column], mentees[self.column])

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        differ, equal = _compared(self.column, mentors, mentees, i, j)
        if self.prefer == "different":
            return [str(x) for x in np.where(differ, "comes from another department", "")]
        return [str(x) for x in np.where(equal, "works in the same department", "")]

    def in_words(self) -> str:
        return f"the two come from {'different departments' if self.prefer == 'different' else 'the same department'}"


@dataclass(frozen=True)
class Background(Criterion):
    """Share of the named columns in which the two differ.

    ``Σ_c [a_c ≠ b_c] / (number of columns)``. A blank, or "prefer not to say", takes one constant per
    column, the mean over all answered pairs, so that silence neither helps nor harms.
    """

    columns: Listed[str] = ("location", "job_family", "career_path", "tenure_band")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.columns or len(set(self.columns)) < len(self.columns):
            raise ProgramError(f"Background: `columns` must name at least one column, each once, not {self.columns!r}")

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(self.columns), tuple(self.columns)

    def narrowed(self, mentors: Table, mentees: Table) -> Self | None:
        known = [c for c in self.columns if Similarity(column=c).narrowed(mentors, mentees)]
        kept = tuple(c for c in known if not singular(mentors.get(c), mentees.get(c)))
        return replace(self, columns=kept) if kept else None

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return total([differs(mentors[column], mentees[column]) for column in self.columns])

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        differing: list[list[str]] = [[] for _ in i]
        for column in self.columns:
            for k in np.flatnonzero(_compared(column, mentors, mentees, i, j)[0]):
                differing[k].append(column.replace("_", " "))
        return [f"differs in {listing(some)}" if some else "" for some in differing]

    def in_words(self) -> str:
        return f"the two differ in {listing([c.replace('_', ' ') for c in self.columns])}"


@dataclass(frozen=True)
class Similarity(OfColumn, Criterion):
    """How alike the two are in one column.

    A category: 1 where it is the same. A number or an ordered scale: ``1 - |a - b| / range``. A list: the
    share of the senior's items that the junior has too. Unknown categories and numbers take the mean.
    """

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        return _alike(self.column, mentors, mentees)

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        if isinstance(mentees[self.column], Items):
            names = covered(mentors[self.column], mentees[self.column], i, j)
            return [f"shares {listing(some)}" if some else "" for some in names]
        name = self.column.replace("_", " ")
        said = np.where(_compared(self.column, mentors, mentees, i, j)[1], f"has the same {name}", "").astype(object)
        a, b = mentors[self.column], mentees[self.column]
        if isinstance(a, Number) and isinstance(b, Number):
            close = _close(a, b, i, j) & (said == "")
            for k, one, other in zip(np.flatnonzero(close), a.cells()[i[close]], b.cells()[j[close]], strict=True):
                said[k] = f"is close in {name} ({one} and {other})"
        return [str(words) for words in said]

    def in_words(self) -> str:
        return f"the two are alike in {self.column.replace('_', ' ')}"


@dataclass(frozen=True)
class Difference(Similarity):
    """How unlike the two are in one column: 1 less their :class:`Similarity`; 0 if no two answers can be compared."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        a, b = mentors[self.column], mentees[self.column]
        if isinstance(a, Number) and isinstance(b, Number) and (a.missing.all() or b.missing.all()):
            return constant(0.0, len(a), len(b))  # of nobody is it known
        if isinstance(a, Items | Number):
            return 1.0 - _alike(self.column, mentors, mentees)
        return differs(a, b)

    def because(self, mentors: Table, mentees: Table, i: IntArray, j: IntArray) -> list[str]:
        differ = _compared(self.column, mentors, mentees, i, j)[0]
        return [str(x) for x in np.where(differ, f"differs in {self.column.replace('_', ' ')}", "")]

    def in_words(self) -> str:
        return f"the two differ in {self.column.replace('_', ' ')}"


def _close(a: Number, b: Number, i: IntArray, j: IntArray) -> BoolArray:
    """Which listed pairs lie apart by half of the range at most; none where one gave no answer."""
    every = np.concatenate([a.values, b.values])
    every = every[~np.isnan(every)]
    close: BoolArray = 2 * np.abs(a.values[i] - b.values[j]) <= (np.ptp(every) if len(every) else 0)
    return close


def _alike(column: str, mentors: Table, mentees: Table) -> Factors:
    a, b = mentors[column], mentees[column]
    if isinstance(a, Number) and isinstance(b, Number):
        return closeness(a, b)
    return covers(a, b) if isinstance(a, Items) else same(a, b)
