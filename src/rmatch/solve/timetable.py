"""A time for every meeting, so that nobody is in two at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from rmatch.solve.backends import integer_program, patience

Options: TypeAlias = Sequence[frozenset[int]]
"""What each time that a meeting may have takes: numbers that no other meeting may take too. Earlier ones are better."""

_NODES = 10_000


def timetable(meetings: Sequence[Options]) -> list[int]:
    """Return the place of each meeting's time among its options, -1 where it has none.

    As many meetings have one as can, unless the search ends early; then no fewer than by giving each in turn the first
    time that is free.
    """
    found = _in_turn(meetings)
    short = sorted(k for group in _groups(meetings) if -1 in (found[k] for k in group) for k in group)
    if short:
        most = _most([meetings[k] for k in short], [found[k] for k in short])
        for k, place in zip(short, most, strict=True):
            found[k] = place
    return found


def _groups(meetings: Sequence[Options]) -> list[list[int]]:
    """The meetings that compete for something, directly or through others."""
    top = list(range(len(meetings)))

    def root(k: int) -> int:
        while top[k] != k:
            top[k] = top[top[k]]
            k = top[k]
        return k

    first: dict[int, int] = {}
    for k, options in enumerate(meetings):
        for key in set().union(*options):
            top[root(k)] = root(first.setdefault(key, k))
    groups: dict[int, list[int]] = {}
    for k in range(len(meetings)):
        if meetings[k]:
            groups.setdefault(root(k), []).append(k)
    return list(groups.values())


def _in_turn(meetings: Sequence[Options]) -> list[int]:
    """Give each meeting the first time that is free, those with the fewest options first."""
    given, taken = [-1] * len(meetings), set[int]()
    for k in sorted(range(len(meetings)), key=lambda k: len(meetings[k])):
        given[k] = next((place for place, keys in enumerate(meetings[k]) if not keys & taken), -1)
        if given[k] >= 0:
            taken |= meetings[k][given[k]]
    return given


def _most(meetings: Sequence[Options], given: list[int]) -> list[int]:
    """The largest number of meetings that can have a time, then the earliest times."""
    columns = [(k, place) for k, options in enumerate(meetings) for place in range(len(options))]
    rows: dict[tuple[int, int], list[int]] = {}
    for column, (k, place) in enumerate(columns):
        rows.setdefault((0, k), []).append(column)
        for key in meetings[k][place]:
            rows.setdefault((1, key), []).append(column)
    several = list({tuple(some) for some in rows.values() if len(some) > 1})
    several.sort()
    row = np.repeat(np.arange(len(several)), [len(some) for some in several]).astype(np.int64)
    places = np.array([c for some in several for c in some], dtype=np.int64)
    worst = max(len(options) for options in meetings)
    value = np.array([1 - place / (worst * len(meetings)) / 2 for _, place in columns])
    answer = integer_program(
        value, row, places, np.ones(len(row)), np.full(len(several), -np.inf), np.ones(len(several)), _NODES, patience()
    )
    chosen = answer[1] if answer is not None else None
    if chosen is None or chosen.sum() <= sum(place >= 0 for place in given):
        return given
    given = [-1] * len(meetings)
    for c in np.flatnonzero(chosen).tolist():
        given[columns[c][0]] = columns[c][1]
    return given
