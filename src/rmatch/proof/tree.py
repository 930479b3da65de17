"""Proof trees: a proof by cases, where duals alone leave a gap. :func:`rmatch.proof.refute.refuted` checks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from rmatch.columns import IntArray

Kind: TypeAlias = Literal["total", "mentor", "mentee", "pair", "either"]

_LARGE = 1 << 62


@dataclass(frozen=True)
class Split:
    """Two cases that cover a case.

    ==========  ===========  =======================================================================
    kind        numbers      the first case, and the second
    ==========  ===========  =======================================================================
    total       k            at most k pairs in all; more
    mentor      person, k    the person has at most k pairs; more
    mentee      person, k    likewise for a mentee
    pair        pair         the pair is not made; it is
    either      pairs        none of ``numbers`` is made; none of ``others``: pairs of a person of one
    ==========  ===========  =======================================================================

    A pair is the number ``i · mentees + j``.
    """

    kind: Kind
    numbers: tuple[int, ...]
    others: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Leaf:
    """A case that duals refute: the duals ``at`` these positions differ from the previous leaf by ``by << bits``.

    Positions count the mentees, then the number of pairs, then the rows. The first leaf differs from the stage's duals.
    """

    at: IntArray
    by: IntArray
    bits: int


@dataclass(frozen=True, eq=False)
class Tree:
    """A proof by cases in preorder: each split is followed by the nodes of its first case, then by those of its
    second.
    """

    nodes: tuple[Split | Leaf, ...]

    @property
    def leaves(self) -> int:
        """Number of leaves."""
        return sum(isinstance(node, Leaf) for node in self.nodes)

    def to_plain(self) -> list[list[Any]]:
        """Return the tree as lists, strings and integers, for JSON."""
        return [
            [int(node.bits), node.at.tolist(), node.by.tolist()]
            if isinstance(node, Leaf)
            else [node.kind, list(map(int, node.numbers)), list(map(int, node.others))]
            for node in self.nodes
        ]

    @classmethod
    def from_plain(cls, plain: Any) -> Tree:
        """Return the tree that :meth:`to_plain` wrote.

        Raises:
            ValueError: ``plain`` is anything else.
        """
        return cls(tuple(_node(node) for node in _list(plain)))


def _node(plain: Any) -> Split | Leaf:
    if not isinstance(plain, list) or len(plain) != 3:
        raise ValueError("a node of a proof tree has three parts")
    head, *lists = plain
    numbers, others = (tuple(_whole(x) for x in _list(each)) for each in lists)
    if head in get_args(Kind):
        return Split(head, numbers, others)
    if len(numbers) != len(others):
        raise ValueError("a leaf of a proof tree has a number for each place")
    return Leaf(np.array(numbers, np.int64), np.array(others, np.int64), _whole(head))


def _list(plain: Any) -> list[Any]:
    if not isinstance(plain, list):
        raise ValueError("a proof tree is written in lists")
    return plain


def _whole(plain: Any) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool) or abs(plain) >= _LARGE:
        raise ValueError(f"a proof tree holds whole numbers, not {plain!r}")
    return plain
