"""Bands: what is left of all pairs when no pair is looked at that a rule on few kinds of people forbids.

People whom a predicate cannot tell apart are of one kind. It is asked once for each pair of kinds, and a band holds the
mentors of a kind with all mentees whose kinds the answers allow. A band says nothing of the pairs in it: they are asked
about one by one where it matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.proof.scores import Scores
from rmatch.rules import Predicate

_MANY = 1 << 20
"""Pairs of people from which on it pays to divide them."""
_KINDS = 256
_SPARED = 0.05  # of all pairs; what spares less is not worth blocks of many sizes

Kinds: TypeAlias = tuple[IntArray, IntArray]


@dataclass(frozen=True, eq=False)
class Bands:
    """Disjoint blocks of pairs; a pair in none of them is forbidden.

    Args:
        order: The mentees, those of a kind together, int64.
        ends: Where each kind begins in ``order``, and where the last one ends, int64.
        bands: Mentors of each band, int64, and the runs of its mentees: first and last kind, the last one excluded.
    """

    order: IntArray
    ends: IntArray
    bands: tuple[tuple[IntArray, tuple[tuple[int, int], ...]], ...]

    @classmethod
    def of_all(cls, m: int, n: int) -> Bands:
        """Return one band that holds all pairs."""
        return cls(np.arange(n), np.array([0, n]), ((np.arange(m), ((0, 1),)),))

    def columns(self, runs: tuple[tuple[int, int], ...]) -> IntArray:
        """Return the mentees of some runs, int64."""
        return np.concatenate([self.order[self.ends[a] : self.ends[b]] for a, b in runs])

    def tiles(self, rows: int, columns: int) -> tuple[IntArray, list[tuple[IntArray, list[tuple[int, int]]]]]:
        """Return tiles of at most so many rows and columns.

        Returns:
            ``ends``, positions in ``order``; and mentors, with tiles ``(a, b)``: mentees ``ends[a]`` to ``ends[b]``.
        """
        within = [np.arange(a, b, columns) for a, b in pairwise(self.ends.tolist())]
        ends = np.unique(np.concatenate([self.ends, *within]))
        jobs = []
        for mentors, runs in self.bands:
            tiles = []
            for run in runs:
                at, last = np.searchsorted(ends, self.ends[[*run]]).tolist()
                while at < last:
                    end = min(int(np.searchsorted(ends, ends[at] + columns, side="right")) - 1, last)
                    tiles.append((at, end))
                    at = end
            jobs += [(mentors[k : k + rows], tiles) for k in range(0, len(mentors), rows) if tiles]
        return ends, jobs


def bands_of(scores: Scores) -> Bands:
    """Return the bands of a problem: one that holds all pairs where its rules leave no large part out."""
    m, n = scores.shape
    if m * n < _MANY:
        return Bands.of_all(m, n)
    (a, b), asked = _kinds([allows for _, allows in scores.allows], (m, n))
    first = [np.unique(code, return_index=True)[1] for code in (a, b)]
    i, j = (k.ravel() for k in np.meshgrid(*first, indexing="ij"))
    table = np.logical_and.reduce([np.ones(len(i), bool), *(allows(i, j) for allows in asked)])
    table = table.reshape(len(first[0]), len(first[1]))
    if np.bincount(a) @ table @ np.bincount(b) > (1 - _SPARED) * m * n:
        return Bands.of_all(m, n)
    columns, group = np.unique(table, axis=1, return_inverse=True)  # alike ones beside each other: runs are long
    rows, band = np.unique(columns, axis=0, return_inverse=True)
    group, band = group.ravel()[b], band.ravel()[a]
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(rows.shape[1] + 1))
    mentors = np.split(np.argsort(band, kind="stable"), np.cumsum(np.bincount(band))[:-1])
    return Bands(order, ends, tuple((own, _runs(row)) for own, row in zip(mentors, rows, strict=True) if row.any()))


def _runs(row: BoolArray) -> tuple[tuple[int, int], ...]:
    """Where a row is true: first position and the one behind the last, for each run."""
    edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
    return tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _kinds(predicates: list[Predicate], shape: tuple[int, int]) -> tuple[Kinds, list[Predicate]]:
    """A kind of each mentor and mentee, and the predicates that ask for nothing else."""
    found: Kinds = (np.zeros(shape[0], np.int64), np.zeros(shape[1], np.int64))
    asked = []
    for allows in predicates:
        own = _own_kinds(allows)
        if own is not None:
            both = [_one(*pair) for pair in zip(found, own, strict=True)]
            if max(code.max() for code in both) < _KINDS:
                found = both[0], both[1]
                asked.append(allows)
    return found, asked


def _own_kinds(allows: Predicate) -> Kinds | None:
    """What a predicate asks for; None where it does not say, or is not of this package, whose tests hold its word."""
    if not type(allows).__module__.startswith("rmatch."):
        return None
    kinds = getattr(allows, "kinds", None)
    return None if kinds is None else kinds()


def _one(a: IntArray, b: IntArray) -> IntArray:
    """One number for each two, from 0."""
    code = np.unique(b, return_inverse=True)[1]
    return np.unique(a * (code.max() + 1) + code, return_inverse=True)[1]
