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
    count = _counting(model, limit, i, j)
    least, most = limit.fractions()
    if (least is not None and count < least * len(i)) or (most is not None and count > most * len(i)):
        yield f"{limit.name}: {count} of {len(i)} pairs count, but {limit.in_words()}"


def _counting(model: Model, limit: Share, i: IntArray, j: IntArray) -> int:
    """How many pairs count towards a share."""
    sides = [(words(model.mentors[c]), words(model.mentees[c])) for c in limit.columns]
    return sum(
        all(a[p] and b[q] and (a[p] != b[q]) == limit.differ for a, b in sides)
        for p, q in zip(i.tolist(), j.tolist(), strict=True)
    )


def _spread(model: Model, limit: Spread, i: IntArray, j: IntArray) -> Iterator[str]:
    counts = _by_kind(model, limit, i, j)
    people = model.mentors if limit.side == "mentor" else model.mentees
    for (person, answer), number in sorted(counts.items()):
        if number > limit.most:
            who = people.ids[person]
            yield f"{limit.name}: {who!r} has {number} pairs with {answer!r}, and {limit.most} is the most"


def _by_kind(model: Model, limit: Spread, i: IntArray, j: IntArray) -> Counter[tuple[int, str]]:
    """How many pairs each person has with each kind of partner."""
    own, theirs, table = (i, j, model.mentees) if limit.side == "mentor" else (j, i, model.mentors)
    answers = words(table[limit.column])
    return Counter(
        (person, answer)
        for person, other in zip(own.tolist(), theirs.tolist(), strict=True)
        for answer in answers[other]
        if limit.value is None or answer == fold(limit.value)
    )


def _changes(model: Model, limit: Changes, i: IntArray, j: IntArray) -> Iterator[str]:
    given = _given_up(model, limit, i, j)
    if given > limit.most:
        yield f"{limit.name}: {given} earlier pairs are given up, and {limit.most} is the most"


def _given_up(model: Model, limit: Changes, i: IntArray, j: IntArray) -> int:
    """How many of the listed pairs, of those that could be made, are not."""
    made = set(zip(map(str, model.mentors.ids[i]), map(str, model.mentees.ids[j]), strict=True))
    rows, columns = ({str(x): k for k, x in enumerate(t.ids)} for t in (model.mentors, model.mentees))
    here = [pair for pair in limit.pairs if pair[0] in rows and pair[1] in columns and pair not in made]
    could = model.eligible(
        np.array([rows[a] for a, _ in here], np.int64), np.array([columns[b] for _, b in here], np.int64)
    )
    return int(could.sum())


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


def reached(model: Model, i: IntArray, j: IntArray) -> dict[str, str]:
    """What the plan makes of each limit beyond those of single people: its words, and a figure in words."""
    return {
        limit.in_words(): _figure(model, limit, i, j)
        for limit in model.program.limits
        if isinstance(limit, TotalPairs | Group | Share | Spread | Changes)
    }


def _figure(model: Model, limit: TotalPairs | Group | Share | Spread | Changes, i: IntArray, j: IntArray) -> str:
    if isinstance(limit, TotalPairs):
        return f"{len(i):,} pairs"
    if isinstance(limit, Group):
        place = (i, j)[("mentor", "mentee").index(limit.side)]
        members = limit.members(model.mentors, model.mentees).values()
        counts = [int(np.isin(place, people).sum()) for people in members] or [0]
        return f"{counts[0]:,}" if len(counts) == 1 else f"{min(counts):,} to {max(counts):,}"
    if isinstance(limit, Share):
        count, of = _counting(model, limit, i, j), len(i)
        return f"{count / of:.1%} ({count:,} of {of:,})" if of else "no pairs"
    if isinstance(limit, Spread):
        return f"{max(_by_kind(model, limit, i, j).values(), default=0):,} at most"
    return f"{_given_up(model, limit, i, j):,} given up"
