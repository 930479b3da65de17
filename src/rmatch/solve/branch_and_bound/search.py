"""Branch and bound below a cutoff: no plan exceeds it, or one is found and the cutoff rises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.proof.tree import Split
from rmatch.solve.branch_and_bound.box import NOTHING, Box, Listing
from rmatch.solve.branch_and_bound.columns import TINY, Columns
from rmatch.solve.branch_and_bound.root import Root
from rmatch.solve.branch_and_bound.simplex import BASIC
from rmatch.solve.branch_and_bound.stage import StageProblem

_TRIED = 3
"""Splits of a case whose children are both solved."""
_CROSSING = 16
"""Most rows by which a person's pairs are split."""


@dataclass(eq=False)
class Node:
    """A case with its bound, the duals that show it, what its program found until it is split, and its split.

    Args:
        made: The pairs of the solution and their fractions.
        misfits: By how much a person's load variables differ from their load, where no pair is a fraction.
    """

    box: Box
    prices: IntArray
    bound: int
    made: tuple[IntArray, FloatArray] | None = None
    misfits: dict[int, float] = field(default_factory=dict)
    split: Split | None = None
    kids: tuple[Node, Node] | None = None

    @property
    def proved(self) -> int:
        """The bound of the case, by its own duals or by those of the cases below it."""
        stack, found = [self], NOTHING
        while stack:
            node = stack.pop()
            if node.kids is None:
                found = max(found, node.bound)
            elif node.bound > found:
                stack += node.kids
        return min(found, self.bound)


class Search:
    """The search for plans with a value above ``best``.

    ``exhausted`` is set once all cases are refuted.
    """

    def __init__(self, stage: StageProblem, root: Root, best: int, plan: tuple[IntArray, IntArray] | None) -> None:
        self.stage, self.root, self.best, self.plan = stage, root, best, plan
        reach = root.reach(root.tight)
        kept = stage.instance.eligible & ((reach >= self.cap) | stage.instance.locked)
        if root.basis is not None:  # the program goes on from where the root's rests
            kept.flat[root.basis.keys[root.basis.pairs == BASIC]] = True
        self.listing = Listing(stage, *np.nonzero(kept))
        self.reach = reach[kept]
        self.columns = Columns(self.listing, root.near, root.prices, root.basis)
        lines = [line for line in stage.lines.lines if any(piece.grid is not None for piece in line.pieces)]
        self.crossing = [line.at(self.listing.i, self.listing.j) for line in lines[:_CROSSING]]
        self.nodes, self.exhausted = 0, False
        self.top = self._node(self.listing.box())

    @property
    def few(self) -> Listing:
        """The pairs that the linear programs came to contain."""
        place = np.sort(self.columns.place)
        return Listing(self.stage, self.listing.i[place], self.listing.j[place])

    @property
    def cap(self) -> int:
        """A case with a bound below this is refuted."""
        return self.stage.scale * self.stage.above(self.best)

    def run(self, nodes: int) -> None:
        """Split cases until all are refuted, or ``nodes`` of them were examined."""
        open_ones, limit = [(-self.top.bound, 0, self.top)], self.nodes + nodes
        while open_ones:
            node = heappop(open_ones)[2]  # the most promising is looked at first
            if node.bound < self.cap:
                break
            if self.nodes >= limit:
                return
            self.nodes += 1
            best = self._branched(node)
            if best is None:
                return
            node.split, node.kids = best
            for which, kid in enumerate(node.kids):
                heappush(open_ones, (-kid.bound, 2 * self.nodes + which, kid))
        self.exhausted = True

    def _node(self, box: Box) -> Node:
        """The case with its bound; a plan that the program finds is kept."""
        nothing = Node(box, self.root.prices, NOTHING)
        if self.listing.empty(box):
            return nothing
        may = box.may & (box.sure | (self.reach >= self.cap))  # best may have risen since
        case = Box(box.sure, may, box.low, box.high, box.span)
        found = self.columns.solve(case, self.cap)
        if found is None:
            return Node(box, self.root.prices, self.listing.shown(self.root.prices, case))
        made, misfits = np.flatnonzero(found.x), self._misfits(found.x)
        if found.bound >= self.cap:
            prices = self.listing.refuting(case, self.cap)
            if prices is not None:
                return Node(box, prices, self.listing.shown(prices, case), (made, found.x[made]), misfits)
        if found.whole:
            self._offer(found.x)
        return Node(box, found.prices, found.bound, (made, found.x[made]), misfits)

    def _offer(self, x: FloatArray) -> None:
        """Keep an integral plan that is better than the best."""
        i, j = self.listing.i[x > 0.5], self.listing.j[x > 0.5]
        value = self.stage.value(i, j)
        if value > self.best and self.stage.lines.kept(i, j):
            self.best, self.plan = value, (i, j)

    def _branched(self, node: Node) -> tuple[Split, tuple[Node, Node]] | None:
        """The best of a few splits, by the product of both children's progress."""
        x = None if node.made is None else np.zeros(len(self.listing.i))
        if x is not None and node.made is not None:
            x[node.made[0]], node.made = node.made[1], None
        best: tuple[float, Split, tuple[Node, Node]] | None = None
        for split in self._ways(node, x):
            kids = [self._node(child) for child in self.listing.children(node.box, split)]
            slack = node.bound - self.cap + 1
            progress = [max(min((node.bound - kid.bound) / slack, 1.05), 1e-4) for kid in kids]
            if best is None or progress[0] * progress[1] > best[0]:
                best = progress[0] * progress[1], split, (kids[0], kids[1])
            if min(progress) > 1:
                break
        return None if best is None else best[1:]

    def _ways(self, node: Node, x: FloatArray | None) -> list[Split]:
        """Splits of a case, the most fractional first; the number of pairs always comes first."""
        box, (low, high) = node.box, node.box.span
        if x is None:
            return self._any(box, None)
        ways: list[tuple[float, Split]] = []
        if low < high:
            k = int(np.floor(x.sum() + TINY))
            whole = k > low and x.sum() - k < TINY
            ways.append((2.0, Split("total", (int(min(max(k - whole, low), high - 1)),))))
        ways += self._by_circle(box, x)
        part = np.flatnonzero((x > TINY) & (x < 1 - TINY))
        ways += [(min(x[k], 1 - x[k]), Split("pair", (int(self.listing.keys[k]),))) for k in part]
        ways += self._by_person(box, x, part)
        ways += self._by_misfit(node, x)
        ways.sort(key=lambda way: -way[0])
        return self._apart(ways, part) or self._any(box, x)

    def _apart(self, ways: list[tuple[float, Split]], part: IntArray) -> list[Split]:
        """A few splits that most likely differ in what they do: of several circles of the fractional pairs ``part``, or
        of distant pairs of one.
        """
        (m, n), label = self.stage.shape, np.arange(sum(self.stage.shape))
        i, j = self.listing.i[part], m + self.listing.j[part]
        while (label[i] != label[j]).any():
            least = np.minimum(label[i], label[j])
            np.minimum.at(label, i, least)
            np.minimum.at(label, j, least)
            label = label[label]
        alike: dict[tuple[int, float], list[Split]] = {}
        for much, split in ways:
            first = split.numbers[0]
            person = {"total": 0, "mentor": first, "mentee": m + first}.get(split.kind, first // n)
            alike.setdefault((int(label[person]), round(much, 6)), []).append(split)
        spread = [splits[k * len(splits) // _TRIED] for k in range(_TRIED) for splits in alike.values()]
        return list(dict.fromkeys(spread))[:_TRIED]

    def _any(self, box: Box, x: FloatArray | None) -> list[Split]:
        """Any open pair, where nothing is fractional and the bound is still too high."""
        open_ones = np.flatnonzero(box.may & ~box.sure & (self.reach >= self.cap))
        if x is not None and len(open_ones):
            open_ones = open_ones[np.argsort(-x[open_ones], kind="stable")]
        return [Split("pair", (int(self.listing.keys[k]),)) for k in open_ones[:1]]

    def _by_circle(self, box: Box, x: FloatArray) -> Iterator[tuple[float, Split]]:
        """Yield splits of people who have none or several, by whether they have any."""
        m, listing = self.stage.shape[0], self.listing
        some, load, largest = listing.fewest, self._loads(x), np.zeros(len(listing.fewest))
        for who in (listing.i, m + listing.j):
            np.maximum.at(largest, who, x)
        part = np.where(
            load < some - TINY,
            np.maximum(np.minimum(largest, 1 - largest), load / some),
            np.minimum(largest, 1 - largest),
        )
        for person in np.flatnonzero((some > 1) & (load > TINY) & (part > TINY) & (box.low == 0) & (box.high > 0)):
            yield 1 + float(part[person]), _split(int(person), m, 0)

    def _misfits(self, x: FloatArray) -> dict[int, float]:
        """The misfits of the program's last solution, whose fractions are ``x``."""
        if ((x > TINY) & (x < 1 - TINY)).any():
            return {}
        return self.columns.program.misfits(np.rint(self._loads(x)).astype(np.int64))

    def _by_misfit(self, node: Node, x: FloatArray) -> Iterator[tuple[float, Split]]:
        m, low, high = self.stage.shape[0], node.box.low, node.box.high
        load = np.rint(self._loads(x)).astype(np.int64)
        for person, misfit in node.misfits.items():
            if misfit > TINY and low[person] < high[person]:
                k = min(max(int(load[person]), int(low[person])), int(high[person]) - 1)
                yield misfit, _split(person, m, k)

    def _by_person(self, box: Box, x: FloatArray, part: IntArray) -> Iterator[tuple[float, Split]]:
        """Yield splits of a person: by whether their one pair counts in a row, or by their number of pairs."""
        m, listing, load = self.stage.shape[0], self.listing, self._loads(x)
        for who, start in ((listing.i, 0), (listing.j, m)):
            for person in np.unique(who[part]).tolist():
                most, number = box.high[start + person], load[start + person]
                if most > 1:
                    k = int(np.floor(number))
                    undecided = min(number - k, k + 1 - number)
                    if undecided > TINY and box.low[start + person] <= k < most:
                        yield undecided, _split(start + person, m, k)
                    continue
                own = np.flatnonzero((who == person) & box.may)
                for entries in self.crossing:
                    entry = entries[own]
                    some, rest = own[entry > entry.min()], own[entry == entry.min()]
                    undecided = min(x[some].sum(), x[rest].sum()) if len(some) else 0.0
                    if undecided > TINY:
                        yield undecided, Split("either", *(tuple(listing.keys[a].tolist()) for a in (some, rest)))

    def _loads(self, x: FloatArray) -> FloatArray:
        m, n = self.stage.shape
        return np.concatenate([np.bincount(self.listing.i, x, m), np.bincount(self.listing.j, x, n)])


def _split(person: int, mentors: int, k: int) -> Split:
    """The split of a person, numbered over both sides, by whether they have at most ``k`` pairs."""
    return Split("mentor", (person, k)) if person < mentors else Split("mentee", (person - mentors, k))
