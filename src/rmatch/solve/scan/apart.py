"""Scans of large problems in parts, without most of the pairs that a rule on few kinds of people forbids.

Such a rule's predicate numbers the people that it can tell apart, and is asked about one pair of each two numbers. The
mentors whose answers are the same are scanned together, with the mentees whom the answers allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rmatch.columns import BoolArray, IntArray
from rmatch.rules.eligibility import Eligibility
from rmatch.solve.scan.layout import RowBlock

LARGE = 1 << 22
"""Pairs of people from which on a scan is done in parts."""
_KINDS = 1 << 16  # pairs of kinds that are asked about
_WORTH = 0.9  # of all pairs; a scan of more is not worth parts
_GROUPS = 64  # each of which lays out its own mentees

Part: TypeAlias = tuple[RowBlock, RowBlock, IntArray]
"""Mentors, mentees, and the number of leading mentees that each of the mentors meets."""


@dataclass(frozen=True, eq=False)
class Apart:
    """Groups of mentors, and which mentees they may meet.

    Args:
        group: Group of each mentor of the model, ``(mentors,)`` int64.
        kind: Kind of each mentee, ``(mentees,)`` int64.
        allowed: Whether a group may meet a kind, ``(groups, kinds)`` bool.
    """

    group: IntArray
    kind: IntArray
    allowed: BoolArray

    @classmethod
    def of(cls, eligibility: Eligibility) -> Apart | None:
        """Return the groups of the predicates that tell few kinds of people apart; None where they forbid little."""
        found: Apart | None = None
        for allows in eligibility.predicates:
            kinds = getattr(allows, "kinds", None)
            if kinds is None or not type(allows).__module__.startswith("rmatch."):  # nobody else's word is taken
                continue
            (one, a), (two, b) = (np.unique(k, return_index=True, return_inverse=True)[1:] for k in kinds())
            if len(one) * len(two) <= _KINDS:
                table = allows(np.repeat(one, len(two)), np.tile(two, len(one))).reshape(len(one), len(two))
                met = cls(a, b, table) if found is None else found._and(a, b, table)
                found = met if met is not None else found
        if found is None:
            return None
        share = np.bincount(found.group) @ found.allowed @ np.bincount(found.kind)
        many = len(np.unique(found.allowed, axis=0)) > _GROUPS
        return None if many or share > _WORTH * len(found.group) * len(found.kind) else found

    def _and(self, a: IntArray, b: IntArray, table: BoolArray) -> Apart | None:
        """The groups of two predicates together; None where they are too many."""
        (one, group), (two, kind) = (
            np.unique(own * size + more, return_inverse=True)
            for own, more, size in ((self.group, a, table.shape[0]), (self.kind, b, table.shape[1]))
        )
        if len(one) * len(two) > _KINDS:
            return None
        (g, c), (k, d) = np.divmod(one, table.shape[0]), np.divmod(two, table.shape[1])
        return Apart(group, kind, self.allowed[np.ix_(g, k)] & table[np.ix_(c, d)])

    def parts(self, left: RowBlock, right: RowBlock, prefix: IntArray) -> Iterator[Part]:
        """Yield the parts of a scan of some mentors, each with leading mentees, without pairs that may not be."""
        rows, group = np.unique(self.allowed, axis=0, return_inverse=True)
        own = group.ravel()[self.group[left.ids]]
        for number in np.flatnonzero(np.bincount(own, minlength=len(rows))).tolist():
            mentors, met = np.flatnonzero(own == number), rows[number][self.kind[right.ids]]
            leading = np.concatenate([[0], np.cumsum(met)])[prefix[mentors]]
            if leading.any():
                yield left.take(mentors), right.take(np.flatnonzero(met)), leading
