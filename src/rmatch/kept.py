"""Whether a plan keeps the limits of its program, counted plainly from the people's own words.

Nothing here is shared with how limits are compiled for the solvers: labels are compared pair by pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rmatch.columns import Column, IntArray, Items, Number, fold
from rmatch.limits import Changes, Group, Share, Spread, TotalPairs
from rmatch.model import Model


def broken_limits(model: Model, i: IntArray, j: IntArray) -> Iterator[str]:
    """Say which limits, beyond those of single people and locks, the pairs ``(i, j)`` break."""
    for limit in model.program.limits:
        if isinstance(limit, TotalPairs):
            yield from _outside(limit.name, len(i), limit.least, limit.most, "pairs")
        elif isinstance(limit, Group):
            table, place = (model.mentors, i) if limit.side == "mentor" else (model.mentees, j)
            yield from _group(limit, table[limit.column], place)
        elif isinstance(limit, Share):
            yield from _share(model, limit, i, j)
        elif isinstance(limit, Spread):
            yield from _spread(model, limit, i, j)
        elif isinstance(limit, Changes):
            yield from _changes(model, limit, i, j)


def words(column: Column) -> list[frozenset[str]]:
    """The folded answers of each person: one, several in a list, or none."""
    if isinstance(column, Items):
        bounds = column.start.tolist()
        keys = column.keys[column.ids].tolist()
        return [frozenset(keys[a:b]) for a, b in pairwise(bounds)]
    numbers = isinstance(column, Number)
    return [
        frozenset() if missing else frozenset([cell if numbers and not cell.strip() else fold(cell)])
        for cell, missing in zip(map(str, column.cells()), column.missing.tolist(), strict=True)
    ]


def _outside(name: str, number: int, least: int | None, most: int | None, what: str) -> Iterator[str]:
    if least is not None and number < least:
        yield f"{name}: there are {number} {what}, and {least} is the least"
    if most is not None and number > most:
        yield f"{name}: there are {number} {what}, and {most} is the most"


def _group(limit: Group, column: Column, place: IntArray) -> Iterator[str]:
    answers = words(column)
    counts = Counter(answer for person in place.tolist() for answer in answers[person])
    wanted = {fold(limit.value)} if limit.value is not None else frozenset().union(*answers)
    for answer in sorted(wanted):
        yield from _outside(limit.name, counts[answer], limit.least, limit.most, f"pairs of {answer!r}")


def _share(model: Model, limit: Share, i: IntArray, j: IntArray) -> Iterator[str]:
    sides = [(words(model.mentors[c]), words(model.mentees[c])) for c in limit.columns]
    count = sum(
        all(a[p] and b[q] and (a[p] != b[q]) == limit.differ for a, b in sides)
        for p, q in zip(i.tolist(), j.tolist(), strict=True)
    )
    least, most = limit.fractions()
    if (least is not None and count < least * len(i)) or (most is not None and count > most * len(i)):
        yield f"{limit.name}: {count} of {len(i)} pairs count, but {limit.in_words()}"


def _spread(model: Model, limit: Spread, i: IntArray, j: IntArray) -> Iterator[str]:
    own, theirs, table = (i, j, model.mentees) if limit.side == "mentor" else (j, i, model.mentors)
    answers = words(table[limit.column])
    counts = Counter(
        (person, answer)
        for person, other in zip(own.tolist(), theirs.tolist(), strict=True)
        for answer in answers[other]
        if limit.value is None or answer == fold(limit.value)
    )
    people = model.mentors if limit.side == "mentor" else model.mentees
    for (person, answer), number in sorted(counts.items()):
        if number > limit.most:
            who = people.ids[person]
            yield f"{limit.name}: {who!r} has {number} pairs with {answer!r}, and {limit.most} is the most"


def _changes(model: Model, limit: Changes, i: IntArray, j: IntArray) -> Iterator[str]:
    made = set(zip(map(str, model.mentors.ids[i]), map(str, model.mentees.ids[j]), strict=True))
    rows, columns = ({str(x): k for k, x in enumerate(t.ids)} for t in (model.mentors, model.mentees))
    here = [pair for pair in limit.pairs if pair[0] in rows and pair[1] in columns and pair not in made]
    could = model.eligible(
        np.array([rows[a] for a, _ in here], np.int64), np.array([columns[b] for _, b in here], np.int64)
    )
    given = int(could.sum())
    if given > limit.most:
        yield f"{limit.name}: {given} earlier pairs are given up, and {limit.most} is the most"


def reached_limits(model: Model, i: IntArray, j: IntArray) -> tuple[dict[int, str], dict[int, str]]:
    """Who can have no further pair because a limit on many is reached, mentors and mentees, with a sentence each."""
    said: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for limit in model.program.limits:
        if isinstance(limit, TotalPairs) and limit.most is not None and len(i) >= limit.most:
            for side in (0, 1):
                said[side].update(
                    dict.fromkeys(range(model.shape[side]), f"The plan may have {limit.most} pairs at most.")
                )
        if isinstance(limit, Group) and limit.most is not None:
            side = ("mentor", "mentee").index(limit.side)
            for word, people in limit.members(model.mentors, model.mentees).items():
                if np.isin((i, j)[side], people).sum() >= limit.most:
                    column = limit.column.replace("_", " ")
                    words = f"At most {limit.most} pairs are for {limit.side}s whose {column} is {word!r}."
                    said[side].update(dict.fromkeys(people.tolist(), words))
    return said
