"""Small instances at random, made of rows and objectives alone."""

from __future__ import annotations

import numpy as np

from rmatch.columns import Category, Table
from rmatch.factors import SCALE
from rmatch.limits import Changes, Group, Limit, Lock, Share, Spread, TotalPairs, with_distinct_names
from rmatch.objectives import (
    Bands,
    LeastLoad,
    MostPairs,
    Objective,
    Priority,
    Stability,
    Total,
    WorstPair,
)
from rmatch.rows import Part, People, Row
from rmatch.solve.branch_and_bound import Instance


def people(draw: np.random.Generator, m: int, n: int, eligible: np.ndarray, pairs_first: bool) -> People:
    """Two sides with a region, a site inside it, and a team."""
    tables = []
    for size, prefix in ((m, "a"), (n, "b")):
        site = draw.integers(-1 if draw.random() < 0.3 else 0, 4, size)
        columns = {"site": site, "region": np.where(site < 0, -1, site // 2), "team": draw.integers(0, 3, size)}
        labels = np.array(["p", "q", "r", "s"], dtype=object)
        ids = np.array([f"{prefix}{k}" for k in range(size)], dtype=object)
        tables.append(Table(ids, {name: Category(codes, labels) for name, codes in columns.items()}))
    return People(*tables, lambda i, j: eligible[i, j], pairs_first)


def limits(draw: np.random.Generator, m: int, n: int, often: float) -> list[Limit]:
    """A few limits of every kind."""
    found: list[Limit] = []

    def pairs(number: int) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys((f"a{draw.integers(m)}", f"b{draw.integers(n)}") for _ in range(number)))

    side = ("mentor", "mentee")
    for column in ("site", "region", "team"):
        if draw.random() < often:
            share = float(draw.choice([0.2, 0.25, 0.3333, 0.4, 0.5, 0.6]))
            bounds = {"least": share} if draw.random() < 0.7 else {"most": 1 - share}
            found.append(Share(column, differ=bool(draw.random() < 0.7), **bounds))
        if draw.random() < often / 2:
            found.append(Spread(side[draw.integers(2)], column, most=int(draw.integers(1, 3))))
        if draw.random() < often / 2:
            low = int(draw.integers(0, 2))
            found.append(Group(side[draw.integers(2)], column, None, low, low + int(draw.integers(0, 3))))
    if draw.random() < often:
        found.append(Changes(pairs(int(draw.integers(1, max(m, n) + 1))), int(draw.integers(0, 3))))
    if draw.random() < often / 2:
        low = int(draw.integers(0, min(m, n)))
        found.append(TotalPairs(low, low + int(draw.integers(0, 3))))
    if draw.random() < often / 2:
        found.append(Lock(pairs(int(draw.integers(1, 3)))))
    return found


def own_rows(draw: np.random.Generator, m: int, n: int) -> list[Row]:
    """Rows that no limit of ours has."""
    some = np.flatnonzero(draw.random(m) < 0.5)
    others = np.flatnonzero(draw.random(n) < 0.5)
    least = draw.integers(-3, 1, m)
    return [
        Row("odd", (Part(int(draw.integers(1, 4)), mentors=some), Part(-2, mentees=others)), -2, 3),
        Row("own", (Part(1, mentees=others), Part(-1, mentors=some)), least, least + 2, "mentor"),
        Row("block", (Part(1, some, others, lambda i, j: (i + j) % 3),), None, int(draw.integers(0, 5))),
    ]


def objectives(draw: np.random.Generator, m: int, n: int) -> tuple[Objective, ...]:
    """Objectives in an order that makes sense."""
    found: list[Objective] = [MostPairs()] if draw.random() < 0.75 else []
    if draw.random() < 0.3:
        found.append(Priority(mentors=tuple(f"a{k}" for k in np.flatnonzero(draw.random(m) < 0.4))))
    if found and isinstance(found[0], MostPairs):
        if draw.random() < 0.25:
            found.append(WorstPair())
        if draw.random() < 0.25:
            found += Bands((0.3, 0.6)).stages()
        if draw.random() < 0.25:
            found.append(LeastLoad())
    if draw.random() < 0.3:
        found.append(
            Stability(tuple(dict.fromkeys((f"a{draw.integers(m)}", f"b{draw.integers(n)}") for _ in range(m))))
        )
    found.append(Total(floor=0.0 if found and isinstance(found[0], MostPairs) else float(draw.choice([0.0, 0.3]))))
    if draw.random() < 0.15 and LeastLoad() not in found:
        found.append(LeastLoad())
    return tuple(found)


def instance(seed: int, most: int = 7) -> Instance:
    """An instance of a few people."""
    draw = np.random.default_rng(seed)
    m, n = draw.integers(1, most + 1, 2)
    kind = draw.integers(4)
    points = draw.integers(0, SCALE + 1, (m, n))
    if kind == 1:
        points = draw.integers(0, 5, (m, n)) * (SCALE // 4)
    elif kind == 2:
        points = np.clip((draw.random((m, 1)) + draw.random((1, n))) / 2 * SCALE, 0, SCALE).astype(np.int64)
    eligible = draw.random((m, n)) < draw.choice([0.5, 0.8, 1.0])
    top = int(draw.choice([1, 2, 3]))
    capacity = tuple(draw.integers(0 if draw.random() < 0.3 else 1, top + 1, size) for size in (m, n))
    few = draw.random() < 0.25
    minimum = tuple(np.minimum(draw.integers(0, 2, len(c)) * few, c) for c in capacity)
    wanted = objectives(draw, m, n)
    chosen = limits(draw, m, n, float(draw.choice([0.0, 0.3, 0.6])))
    for limit in chosen:
        if isinstance(limit, Lock):
            for a, b in limit.pairs:
                eligible[int(a[1:]), int(b[1:])] = True
    who = people(draw, m, n, eligible, bool(wanted and isinstance(wanted[0], MostPairs)))
    rows = [row for limit in chosen for row in limit.rows(who)]
    if draw.random() < 0.15:
        rows += own_rows(draw, m, n)
    fewest = tuple(np.ones(size, np.int64) for size in (m, n))
    if draw.random() < 0.4:  # circles
        side = int(draw.random() < 0.2)
        least = draw.integers(1, 4, (m, n)[side])
        rows.append(Row("circles", (Part(),), least, least + 2, ("mentor", "mentee")[side], or_none=True))  # type: ignore[arg-type]
        capacity = tuple(c + 2 * (k == side) for k, c in enumerate(capacity))
        fewest = tuple(least if k == side else some for k, some in enumerate(fewest))
    return Instance(
        who, with_distinct_names(tuple(rows)), wanted, capacity, minimum, fewest, points.astype(np.int64), eligible
    )
