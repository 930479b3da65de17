"""Branch and bound below a cutoff: no plan exceeds it, or one is found and the cutoff rises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch.columns import FloatArray, IntArray
from rmatch.proof.tree import Split
from rmatch.solve.branch_and_bound.box import NOTHING, Box, Listing
from rmatch.solve.branch_and_bound.columns import TINY, Columns
from rmatch.solve.branch_and_bound.root import Root
from rmatch.solve.branch_and_bound.stage import StageProblem

_TRIED = 4
"""Splits of a case whose children are both solved."""
_CROSSING = 16
"""Most rows by which a person's pairs are split."""


@dataclass(eq=False)
class Node:
    """A case with its bound, the duals that show it, and its split."""

    box: Box
    prices: IntArray
    bound: int
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
        self.listing = Listing(stage, *np.nonzero(kept))
        self.reach = reach[kept]
        self.columns = Columns(self.listing, root.near, root.prices)
        lines = [line for line in stage.lines.lines if any(piece.grid is not None for piece in line.pieces)]
        self.crossing = [line.at(self.listing.i, self.listing.j) for line in lines[:_CROSSING]]
        self.nodes, self.exhausted = 0, False
        self.top = self._node(self.listing.box())[0]

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
        stack, limit = [self.top], self.nodes + nodes
        while stack:
            node = stack.pop()
            if node.bound < self.cap:
                continue
            if self.nodes >= limit:
                return
            self.nodes += 1
            found, x = self._node(node.box)
            node.prices, node.bound = (
                (found.prices, found.bound) if found.bound < node.bound else (node.prices, node.bound)
            )
            if node.bound < self.cap:
                continue
            best = self._branched(node, x)
            if best is None:
                return
            node.split, node.kids = best
            stack += sorted(node.kids, key=lambda kid: kid.bound)  # the most promising is looked at first
        self.exhausted = True

    def _node(self, box: Box) -> tuple[Node, FloatArray | None]:
        """The case with its bound; a plan that the program finds is kept."""
        nothing = Node(box, self.root.prices, NOTHING)
        if self.listing.empty(box):
            return nothing, None
        may = box.may & (box.sure | (self.reach >= self.cap))  # best may have risen since
        case = Box(box.sure, may, box.low, box.high, box.span)
        found = self.columns.solve(case, self.cap)
        if found is None:
            return Node(box, self.root.prices, self.listing.shown(self.root.prices, case)), None
        if found.bound >= self.cap:
            prices = self.listing.refuting(case, self.cap)
            if prices is not None:
                return Node(box, prices, self.listing.shown(prices, case)), found.x
        if found.whole:
            self._offer(found.x)
        return Node(box, found.prices, found.bound), found.x

    def _offer(self, x: FloatArray) -> None:
        """Keep an integral plan that is better than the best."""
        i, j = self.listing.i[x > 0.5], self.listing.j[x > 0.5]
        value = self.stage.value(i, j)
        if value > self.best and self.stage.lines.kept(i, j):
            self.best, self.plan = value, (i, j)

    def _branched(self, node: Node, x: FloatArray | None) -> tuple[Split, tuple[Node, Node]] | None:
        """The best of a few splits, by the product of both children's progress."""
        best: tuple[float, Split, tuple[Node, Node]] | None = None
        for split in self._ways(node.box, x):
            kids = [self._node(child)[0] for child in self.listing.children(node.box, split)]
            slack = node.bound - self.cap + 1
            progress = [max(min((node.bound - kid.bound) / slack, 1.05), 1e-4) for kid in kids]
            if best is None or progress[0] * progress[1] > best[0]:
                best = progress[0] * progress[1], split, (kids[0], kids[1])
            if min(progress) > 1:
                break
        return None if best is None else best[1:]

    def _ways(self, box: Box, x: FloatArray | None) -> list[Split]:
        """Splits of a case, the most fractional first; the number of pairs always comes first."""
        if x is None:
            return self._any(box, None)
        low, high = box.span
        ways: list[tuple[float, Split]] = []
        if low < high:
            k = int(np.floor(x.sum() + TINY))
            whole = k > low and x.sum() - k < TINY
            ways.append((2.0, Split("total", (int(min(max(k - whole, low), high - 1)),))))
        ways += self._by_circle(box, x)
        part = np.flatnonzero((x > TINY) & (x < 1 - TINY))
        ways += [(min(x[k], 1 - x[k]), Split("pair", (int(self.listing.keys[k]),))) for k in part]
        ways += self._by_person(box, x, part)
        if not len(part):
            ways += self._by_misfit(box, x)
        ways.sort(key=lambda way: -way[0])
        return [split for _, split in ways[:_TRIED]] or self._any(box, x)

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

    def _by_misfit(self, box: Box, x: FloatArray) -> Iterator[tuple[float, Split]]:
        m = self.stage.shape[0]
        load = np.rint(self._loads(x)).astype(np.int64)
        for person, misfit in self.columns.program.misfits(load).items():
            if misfit > TINY and box.low[person] < box.high[person]:
                k = min(max(int(load[person]), int(box.low[person])), int(box.high[person]) - 1)
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
