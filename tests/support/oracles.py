"""The same answers by other means: every criterion and rule in plain Python, pair by pair, and optima by other solvers.

Written from the words of the documents alone; nothing here uses factors, the grid, the kernel or the loop.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import scipy.optimize as so
import scipy.sparse as sp
from scipy.sparse.csgraph import maximum_flow

from rmatch import criteria as c
from rmatch import rules as r
from rmatch.columns import Category, Items, Number, Table
from rmatch.roster.weekly import Zones

Cell = Any  # str | Fraction | dict[str, int] | None
Score = Fraction | float | None
Matrix = list[list[Score]]


def folded(label: str) -> str:
    """A label as it is compared: case, Unicode form, white space, ``-`` and ``_`` do not count."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    return re.sub(r"[\s_-]+", " ", plain).strip()


def cells(table: Table, column: str) -> list[Cell]:
    """One plain value per person: a folded label, a fraction, or folded labels with levels, in the order in which the
    person named them; None where missing."""
    data = table[column]
    if isinstance(data, Category):
        return [folded(str(data.labels[k])) if k >= 0 else None for k in data.codes.tolist()]
    if isinstance(data, Number):
        return [None if math.isnan(x) else Fraction(x) for x in data.values.tolist()]
    assert isinstance(data, Items)
    rows = []
    for a, b in zip(data.start.tolist(), data.start[1:].tolist(), strict=False):
        places = range(b - a) if data.places is None else data.places[a:b].tolist()
        entries = sorted(zip(places, data.ids[a:b].tolist(), data.levels[a:b].tolist(), strict=True))
        rows.append({folded(str(data.labels[k])): level for _, k, level in entries} or None)
    return rows


def known(values: list[Cell]) -> list[Cell]:
    """The answers that were given."""
    return [x for x in values if x is not None]


# ---------------------------------------------------------------- criteria


def coverage(
    offered: Cell, wanted: Cell, worth: Mapping[str, Fraction] | None = None, first_most: bool = False
) -> Fraction:
    """Share of what is wanted that is offered; a level counts as far as it reaches the target, an item so many times as
    it is worth, and half as much, a third, ... where it is named second, third, ... and the first counts most."""
    offered, wanted = (dict.fromkeys([x], 0) if isinstance(x, str) else x for x in (offered, wanted))
    if not offered or not wanted:
        return Fraction(0)
    total, times = Fraction(0), {skill: (worth or {}).get(skill, Fraction(1)) for skill in wanted}
    for place, skill in enumerate(wanted, 1):
        times[skill] /= place if first_most else 1
    for skill, target in wanted.items():
        if skill in offered:
            has = offered[skill]
            total += times[skill] * (Fraction(1) if not has or not target else Fraction(min(has, target), target))
    return total / sum(times.values())


def answered(a: list[Cell], b: list[Cell], value: Callable[[Cell, Cell], Fraction]) -> Matrix:
    """``value`` where both answered, and its mean over those pairs everywhere else."""
    pairs = [value(x, y) for x in known(a) for y in known(b)]
    mean = sum(pairs, Fraction(0)) / len(pairs) if pairs else Fraction(0)
    return [[mean if x is None or y is None else value(x, y) for y in b] for x in a]


def differ(x: Cell, y: Cell) -> Fraction:
    """1 where two answers differ, as sets where they are sets."""
    return Fraction(set(x) != set(y) if isinstance(x, dict) else x != y)


def likeness(a: list[Cell], b: list[Cell]) -> Matrix:
    """How alike all pairs are in a column of any kind."""
    if any(isinstance(x, dict) for x in (*a, *b)):
        return [[coverage(x, y) for y in b] for x in a]
    numbers = [x for x in (*known(a), *known(b)) if isinstance(x, Fraction)]
    if not numbers or not (known(a) and known(b)):
        return answered(a, b, lambda x, y: 1 - differ(x, y))
    low, span = min(numbers), max(numbers) - min(numbers)
    if span == 0:
        return [[Fraction(1) for _ in b] for _ in a]
    steps = span if span <= 64 and all(x.denominator == 1 for x in numbers) else Fraction(64)

    def height(x: Fraction) -> int:
        return round((float(x) - float(low)) / float(span) * float(steps))  # a tie falls as floats fall

    return answered(a, b, lambda x, y: 1 - abs(height(x) - height(y)) / steps)


def cosines(a: list[Cell], b: list[Cell]) -> list[list[float]]:
    """TF-IDF cosines of texts, idf = 1 + ln((1 + N) / (1 + df))."""
    texts = [(x or "").split() for x in (*a, *b)]
    seen = {word: sum(word in text for text in texts) for text in texts for word in text}
    idf = {word: 1 + math.log((1 + len(texts)) / (1 + df)) for word, df in seen.items()}
    vectors = []
    for text in texts:
        raw = {word: text.count(word) * idf[word] for word in text}
        length = math.sqrt(sum(x * x for x in raw.values()))
        vectors.append({word: x / length for word, x in raw.items()})
    left, right = vectors[: len(a)], vectors[len(a) :]
    return [[sum(x * v.get(word, 0.0) for word, x in u.items()) for v in right] for u in left]


def wished(table: Table, column: str) -> list[list[str]]:
    """Whom each person names, in order."""
    return [[word for word in str(cell).split("; ") if word] for cell in table[column].cells()]


def placed(by_rank: Sequence[float], own: list[str], id_: str) -> Fraction:
    """What a list of wishes is worth with this partner."""
    place = own.index(str(id_)) if str(id_) in own else len(by_rank)
    return Fraction(by_rank[place]) if place < len(by_rank) else Fraction(0)


def accepting(wanted: c.Accepts | r.Accepts, mentors: Table, mentees: Table) -> list[list[list[bool]]]:
    """Whether each one who is asked accepts the other, for every pair."""
    free = {folded(word) for word in wanted.anyone}

    def words(cell: Cell) -> set[str]:
        return set() if cell is None else {cell} if isinstance(cell, str) else set(cell)

    def fine(wish: Cell, answer: Cell) -> bool:
        return not words(wish) or bool(words(wish) & free) or bool(words(wish) & words(answer))

    return [
        [
            [
                fine(cells(own, wanted.column)[x], cells(other, wanted.of)[y])
                for side, own, other, x, y in (("mentor", mentors, mentees, i, j), ("mentee", mentees, mentors, j, i))
                if wanted.side in (side, "both")
            ]
            for j in range(len(mentees.ids))
        ]
        for i in range(len(mentors.ids))
    ]


def scores(criterion: c.Criterion, mentors: Table, mentees: Table) -> Matrix:
    """The criterion's score of every pair; None where the criterion itself forbids the pair."""
    both = lambda column: (cells(mentors, column), cells(mentees, column))  # noqa: E731
    match criterion:
        case c.Skills():
            a, b = cells(mentors, criterion.offered), cells(mentees, criterion.wanted)
            worth = {folded(skill): Fraction(times) for skill, times in criterion.values}
            if criterion.rare:
                for skill in {skill for y in b if y for skill in ([y] if isinstance(y, str) else y)}:
                    offering = sum(skill in ([x] if isinstance(x, str) else x) for x in a if x)
                    worth[skill] = worth.get(skill, Fraction(1)) * (2 - Fraction(offering, max(len(a), 1)))
            return [[coverage(x, y, worth, criterion.order is not None) for y in b] for x in a]
        case c.Reciprocity():
            a, b = cells(mentors, criterion.wanted), cells(mentees, criterion.offered)
            return [[coverage(y, x) for y in b] for x in a]
        case c.Goals():
            a, b = both(criterion.column)
            return [[coverage(x, y) for y in b] for x in a]
        case c.Department():
            same = criterion.prefer == "same"
            return answered(*both(criterion.column), lambda x, y: 1 - differ(x, y) if same else differ(x, y))
        case c.Background():
            parts = [answered(*both(column), differ) for column in criterion.columns]
            size = (range(len(mentors.ids)), range(len(mentees.ids)))
            return [[sum(part[i][j] for part in parts) / len(parts) for j in size[1]] for i in size[0]]  # type: ignore[misc]
        case c.Difference() if not isinstance(mentors[criterion.column], Category):
            a, b = both(criterion.column)
            if not isinstance(mentors[criterion.column], Items) and not (known(a) and known(b)):
                return [[Fraction(0) for _ in b] for _ in a]
            return [[1 - x for x in row] for row in likeness(a, b)]  # type: ignore[operator]
        case c.Difference():
            return answered(*both(criterion.column), differ)
        case c.Similarity():
            return likeness(*both(criterion.column))
        case c.Text():
            a, b = cells(mentors, criterion.mentor_column), cells(mentees, criterion.mentee_column)
            return [list(row) for row in cosines(a, b)]
        case c.Wishes():
            parts = []
            if criterion.side != "mentor":
                lists = wished(mentees, "wishes")
                parts.append(
                    [[placed(criterion.by_rank, lists[j], id_) for j in range(len(lists))] for id_ in mentors.ids]
                )
            if criterion.side != "mentee":
                lists = wished(mentors, "wishes")
                parts.append([[placed(criterion.by_rank, own, id_) for id_ in mentees.ids] for own in lists])
            pairs = [[*zip(*rows, strict=True)] for rows in zip(*parts, strict=True)]
            return [[sum(pair, Fraction(0)) / len(pair) for pair in row] for row in pairs]
        case c.Accepts():
            pairs = accepting(criterion, mentors, mentees)
            return [[Fraction(sum(said), len(said)) for said in row] for row in pairs]
        case c.Lookup():
            a, b = cells(mentors, criterion.mentor_column), cells(mentees, criterion.mentee_column)
            told = {(folded(x), folded(y)): Fraction(score) for x, y, score in criterion.scores}
            return [[told.get((x, y), Fraction(criterion.otherwise)) for y in b] for x in a]
        case c.PairScores():
            assert criterion.frame is not None
            given = (
                criterion.frame.stack()
                if "score" not in criterion.frame
                else criterion.frame.set_index(["mentor_id", "mentee_id"])["score"]
            )
            table = {(str(i), str(j)): float(x) for (i, j), x in given.items() if not math.isnan(x)}
            empty = None if criterion.missing == "forbid" else 0.0
            return [[table.get((str(i), str(j)), empty) for j in mentees.ids] for i in mentors.ids]
    raise TypeError(f"no oracle for {criterion}")


# ---------------------------------------------------------------- rules

YES = {"yes", "y", "true", "t", "1", "x", "ok", "agree", "agreed", "opt in", "opted in"}


def managers(table: Table, row: int) -> list[int]:
    """Everybody above a person, nearest first."""
    assert table.lines is not None
    chain, node = [], int(table.lines.parent[table.node[row]])
    while node >= 0:
        chain.append(node)
        node = int(table.lines.parent[node])
    return chain


def allowed(rule: r.Rule, mentors: Table, mentees: Table) -> list[list[bool]]:
    """Whether the rule allows each pair; a blank never satisfies a rule that reads it."""
    may = _may(rule, mentors, mentees)
    return [[may(i, j) for j in range(len(mentees.ids))] for i in range(len(mentors.ids))]


def _may(rule: r.Rule, mentors: Table, mentees: Table) -> Callable[[int, int], bool]:
    if isinstance(rule, r.OutsideReportingLine):
        return lambda i, j: _outside(rule, mentors, mentees, i, j)
    if isinstance(rule, r.Exclude):
        apart = {frozenset(pair) for pair in rule.pairs}
        return lambda i, j: frozenset((str(mentors.ids[i]), str(mentees.ids[j]))) not in apart
    if isinstance(rule, r.Accepts):
        pairs = accepting(rule, mentors, mentees)
        return lambda i, j: all(pairs[i][j])
    if isinstance(rule, r.Avoids):
        apart = {
            frozenset((str(id_), other))
            for table in (mentors, mentees)
            for id_, named in zip(table.ids, wished(table, "avoids"), strict=True)
            for other in named
        }
        return lambda i, j: frozenset((str(mentors.ids[i]), str(mentees.ids[j]))) not in apart
    if isinstance(rule, r.NoRepeat):
        return lambda i, j: (str(mentors.ids[i]), str(mentees.ids[j])) not in rule.pairs
    if isinstance(rule, r.MinGain):
        junior = scores(c.Reciprocity(), mentors, mentees)
        senior = scores(c.Skills(), mentors, mentees)
        return lambda i, j: junior[i][j] > rule.mentor - 1e-9 and senior[i][j] > rule.mentee - 1e-9  # type: ignore[operator]
    if isinstance(rule, r.TimeZoneDistance):
        return lambda i, j: _near(rule, ahead(mentors, i), ahead(mentees, j))
    if isinstance(rule, r.Away):
        return lambda i, j: not {str(mentors.ids[i]), str(mentees.ids[j])} & {*rule.people}
    if isinstance(rule, r.MinScore):
        return lambda i, j: True  # on the whole score, which no single rule sees
    if not isinstance(rule, r.GradeGap | r.Same | r.Shares | r.OptIn):
        raise TypeError(f"say in tests/support/oracles.py what {type(rule).__name__} means")
    a, b = cells(mentors, rule.column), cells(mentees, rule.column)
    return lambda i, j: a[i] is not None and b[j] is not None and _between(rule, a[i], b[j])


def _between(rule: r.Rule, x: Cell, y: Cell) -> bool:
    match rule:
        case r.GradeGap():
            return y - x >= rule.at_least and (rule.at_most is None or y - x <= rule.at_most)
        case r.Differs():
            return bool(differ(x, y))
        case r.Same():
            return not differ(x, y)
        case r.Shares():
            return len(set(x) & set(y)) >= rule.at_least
        case r.OptIn():
            return x in YES and y in YES
    raise TypeError(f"no oracle for {rule}")


def ahead(table: Table, person: int) -> list[float] | None:
    """The minutes that a person's clock is ahead of UTC on some days; None without a time zone."""
    zones = table["timezone"]
    assert isinstance(zones, Zones)
    code = int(zones.codes[person])
    return zones.offsets[code].tolist() if code >= 0 and zones.names[code] else None


def _near(rule: r.TimeZoneDistance, a: list[float] | None, b: list[float] | None) -> bool:
    """Never more than so many hours apart, the shorter way round the dial."""
    if a is None or b is None:
        return False
    return all(min((x - y) % 1440, (y - x) % 1440) <= 60 * rule.most for x, y in zip(a, b, strict=True))


def _outside(rule: r.OutsideReportingLine, mentors: Table, mentees: Table, i: int, j: int) -> bool:
    a, b = managers(mentors, i), managers(mentees, j)
    if int(mentees.node[j]) in a or int(mentors.node[i]) in b:
        return False
    return not (rule.shared_manager and a and b and a[0] == b[0])


# ---------------------------------------------------------------- optima

Sides = tuple[Sequence[int], Sequence[int]]
Best = tuple[int, int] | None
"""Number of pairs and their total, None where no plan keeps the bounds."""


def best_by_trying(worth: np.ndarray, eligible: np.ndarray, capacity: Sides, minimum: Sides, most_pairs: bool) -> Best:
    """Try every set of partners for every mentor; for a handful of people."""
    m, n = worth.shape
    lists = [[j for j in range(n) if eligible[i, j]] for i in range(m)]

    def partners(i: int, room: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        free = [j for j in lists[i] if room[j]]
        for size in range(int(minimum[0][i]), min(int(capacity[0][i]), len(free)) + 1):
            yield from combinations(free, size)

    @cache
    def rest(i: int, room: tuple[int, ...]) -> dict[int, int]:
        """The best total for each number of pairs of mentors ``i`` onwards."""
        if i == m:
            used = [int(most) - left for most, left in zip(capacity[1], room, strict=True)]
            return {0: 0} if all(u >= least for u, least in zip(used, minimum[1], strict=True)) else {}
        best: dict[int, int] = {}
        for some in partners(i, room):
            after = tuple(left - (j in some) for j, left in enumerate(room))
            gain = sum(int(worth[i, j]) for j in some)
            for pairs, total in rest(i + 1, after).items():
                best[pairs + len(some)] = max(best.get(pairs + len(some), total + gain), total + gain)
        return best

    found = rest(0, tuple(int(k) for k in capacity[1]))
    if not found:
        return None
    pairs = max(found) if most_pairs else max(found, key=lambda k: (found[k], k))
    return pairs, found[pairs]


def best_by_milp(worth: np.ndarray, eligible: np.ndarray, capacity: Sides, minimum: Sides, most_pairs: bool) -> Best:
    """Solve the integer program over all eligible pairs; the number of pairs first where that is asked."""
    i, j = np.nonzero(eligible)
    size = len(i)
    if not size:
        return None if np.any(minimum[0]) or np.any(minimum[1]) else (0, 0)
    every = np.arange(size)
    sides = [
        sp.csr_matrix((np.ones(size), (place, every)), (people, size))
        for place, people in zip((i, j), worth.shape, strict=True)
    ]
    limits = [so.LinearConstraint(sp.vstack(sides), np.concatenate(minimum), np.concatenate(capacity))]

    def solve(value: np.ndarray) -> np.ndarray | None:
        options = {"mip_rel_gap": 0.0}
        found = so.milp(-value, constraints=limits, integrality=np.ones(size), bounds=so.Bounds(0, 1), options=options)
        return None if found.x is None else found.x > 0.5

    if most_pairs:
        plan = solve(np.ones(size))
        if plan is None:
            return None
        limits.append(so.LinearConstraint(np.ones((1, size)), plan.sum(), plan.sum()))
    plan = solve(worth[i, j].astype(float))
    return None if plan is None else (int(plan.sum()), int(worth[i, j][plan].sum()))


def best_by_assignment(worth: np.ndarray) -> int:
    """The best total where everybody of the smaller side has one partner and all pairs may be."""
    rows, columns = so.linear_sum_assignment(worth, maximize=True)
    return int(worth[rows, columns].sum())


def most_pairs_by_flow(eligible: np.ndarray, capacity: Sides) -> int:
    """The largest number of pairs, by a maximum flow."""
    m, n = eligible.shape
    size = m + n + 2
    i, j = np.nonzero(eligible)
    tail = np.concatenate([i, np.full(m, m + n), m + np.arange(n)])
    head = np.concatenate([m + j, np.arange(m), np.full(n, m + n + 1)])
    room = np.concatenate([np.ones(len(i)), *capacity]).astype(np.int32)
    graph = sp.csr_matrix((room, (tail, head)), (size, size))
    return int(maximum_flow(graph, m + n, m + n + 1).flow_value)
