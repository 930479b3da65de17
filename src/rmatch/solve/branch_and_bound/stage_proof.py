"""Stage proofs: from a search to the root's duals and a tree with the changes of duals at each leaf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.proof.certificate import StageProof
from rmatch.proof.listed import Listed, RowOnPairs, narrowed, step_of
from rmatch.proof.refute import Case, WrongError, children, every_plan, shown_by, that_may_reach
from rmatch.proof.tree import Leaf, Split, Tree
from rmatch.rows import UNBOUNDED, Couples
from rmatch.solve.branch_and_bound.root import Root
from rmatch.solve.branch_and_bound.search import Node
from rmatch.solve.branch_and_bound.stage import StageProblem


def stage_proof(stage: StageProblem, root: Root, top: Node | None, value: int, bound: int) -> StageProof | None:
    """Return the proof that no plan has a value above ``bound``; None where the search does not show it.

    Args:
        stage: The stage.
        root: Duals of the linear program over all pairs.
        top: Root node of the search; None where there was none.
        value: Value of the best plan.
        bound: The bound to prove.
    """
    m, n = stage.shape
    y = root.prices[m + n + 1 :]
    multipliers = {
        line.name: own for line in stage.lines.lines if (own := y[line.start : line.start + len(line.low)]).any()
    }
    proof = StageProof(
        stage.name, value, bound, root.prices[:m], root.prices[m : m + n], multipliers, stage.scale, None
    )
    if root.bound // stage.scale <= bound:
        return replace(proof, bound=root.bound // stage.scale)
    listed = listed_pairs(stage, root, bound)
    cap = stage.scale * (bound + step_of(listed, bound))
    try:
        tree = None if top is None else _tree(that_may_reach(cap, listed), top, cap)
    except WrongError:  # prices too large to be added up exactly
        return None
    return None if tree is None else replace(proof, tree=tree)


def listed_pairs(stage: StageProblem, root: Root, bound: int) -> Listed:
    """Return the pairs that a plan with a value above ``bound`` may contain, by the root's duals."""
    instance, (m, n) = stage.instance, stage.shape
    reach = root.reach(root.bound)
    i, j = np.nonzero(instance.eligible & (instance.locked | (reach >= stage.scale * (bound + 1))))
    lines, y = stage.lines.lines, root.prices[m + n + 1 :]
    rows = [
        RowOnPairs(
            x.at(i, j),
            x.low,
            x.high,
            None if x.each is None else x.number(i, j) - x.start,
            x.loads,
            isinstance(x.each, Couples),
        )
        for x in lines
    ]
    some, multipliers, kept = narrowed(rows, [y[x.start : x.start + len(x.low)] for x in lines])
    return Listed(
        i,
        j,
        stage.values[i, j],
        instance.locked[i, j],
        instance.minimum,
        instance.capacity,
        instance.fewest,
        some,
        stage.loads,
        stage.scale,
        root.bound,
        root.prices[:m],
        root.prices[m : m + n],
        multipliers,
        kept,
    )


def _tree(listed: Listed, top: Node, cap: int) -> Tree | None:
    """The nodes in the order in which they are checked; None where a leaf shows too little."""
    nodes: list[Split | Leaf] = []
    prices = np.concatenate([listed.mentee_prices, [0], *listed.multipliers])
    stack, (m, n) = [(top, every_plan(listed))], listed.shape
    places = np.concatenate([np.arange(m, m + n + 1), m + n + 1 + listed.kept])
    while stack:
        node, case = stack.pop()
        if node.kids is not None and node.split is not None and node.bound >= cap:
            split = _still_listed(listed, node.split)
            if isinstance(split, int):  # the other child requires pairs that no better plan has
                stack.append((node.kids[split], case))
                continue
            first, second = children(listed, case, split)
            nodes.append(split)
            stack += [(node.kids[1], second), (node.kids[0], first)]
            continue
        leaf = _leaf(listed, case, prices, node.prices[places], cap)
        if leaf is None:
            return None
        nodes.append(leaf)
        np.add.at(prices, leaf.at, leaf.by << leaf.bits)
    return Tree(tuple(nodes))


def _still_listed(listed: Listed, split: Split) -> Split | int:
    """The split by those of its pairs that are listed, or which child alone remains."""
    if split.kind == "pair":
        return split if split.numbers[0] in listed.place else 0
    if split.kind == "either":
        first, second = (tuple(k for k in keys if k in listed.place) for keys in (split.numbers, split.others))
        return Split("either", first, second) if first and second else int(bool(first))
    return split


def _leaf(listed: Listed, case: Case, before: IntArray, wanted: IntArray, cap: int) -> Leaf | None:
    """The coarsest change of the duals that still shows a bound below ``cap`` for the case."""
    change, found = wanted - before, None
    low, high = 0, int(np.abs(change).max(initial=0)).bit_length() + 1
    while low <= high:  # finer changes nearly always show more
        bits = (low + high) // 2
        by = _signed(listed, before, (change + (1 << bits >> 1)) >> bits, bits)
        shown = shown_by(listed, case, before + (by << bits))
        if shown is None or shown < cap:
            found, low = Leaf(np.flatnonzero(by), by[by != 0], bits), bits + 1
        else:
            high = bits - 1
    return found


def _signed(listed: Listed, before: IntArray, by: IntArray, bits: int) -> IntArray:
    """The change, adjusted where a row lacks the bound that the multiplier's sign requires."""
    people = listed.shape[1] + 1
    most = np.concatenate([np.zeros(people, np.int64), *(row.most for row in listed.rows)])
    least = np.concatenate([np.zeros(people, np.int64), *(row.least for row in listed.rows)])
    after = before + (by << bits)
    return by - ((most >= UNBOUNDED) & (after > 0)) + ((least <= -UNBOUNDED) & (after < 0))
