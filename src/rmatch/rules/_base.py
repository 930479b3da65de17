"""What a rule is: one question, may this pair be?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.element import Spec
from rmatch.factors import Factors, Term, from_entries, sparse

Predicate: TypeAlias = Callable[[IntArray, IntArray], BoolArray]
"""``allows(i, j)``: for each listed pair (mentor ``i[k]``, mentee ``j[k]``), whether it may be.

One whose class sets ``broadcasts`` is also given ``i`` as a column and ``j`` as a row, and answers for all their pairs.
One of this package whose class has ``kinds()`` numbers the mentors and the mentees, and cannot tell people of equal
numbers apart; so a pass over all pairs asks it once for two kinds. Nobody else's word is taken for that.
"""

Score: TypeAlias = Callable[[IntArray, IntArray], IntArray]
"""``score(i, j)``: what each listed pair scores, in points."""


@dataclass(frozen=True)
class Rule(Spec):
    """May this pair be? A hard yes or no for every mentor and mentee.

    What cannot be shown to hold does not hold: a blank cell allows nobody. It may where it says something itself, as
    that nobody in particular is wanted, in ``Accepts``, or avoided, in ``Avoids``.
    ``rmatch.testing.check_rule`` tells whether a class of your own is lawful.
    """

    family: ClassVar[str] = "rules"

    confidential: ClassVar[bool] = False
    """Whether results say no more than "not available" of the pairs this rule forbids."""

    always: ClassVar[bool] = False
    """Whether it says what the programme is, so that nobody is told of the pairs it forbids or to drop it."""

    of_juniors: ClassVar[bool] = False
    """Whether it asks about a junior and a senior as such: where seniors teach, the two change places."""

    lists_people: ClassVar[bool] = False
    """Whether it is a list of people or pairs: in the program, it holds in every track, whatever rules that has."""

    @property
    def of_one_track(self) -> bool:
        """Whether it is a rule of one track alone; these stand behind the others, as they are read."""
        return False

    @property
    def whole(self) -> Rule:
        """The rule without its track."""
        return self

    def holding(self, inner: Rule) -> Rule:
        """Return ``inner`` in the track of this rule."""
        return inner

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        """Return the predicate over lists of pairs; prepare here, once, what it looks up.

        Args:
            mentors, mentees: Both sides, with the columns that :meth:`reads` names.

        Returns:
            ``allows(i, j)``: for mentors ``i`` and mentees ``j``, ``(pairs,)`` int64 each, whether each pair may be,
            ``(pairs,)`` bool.
        """
        raise TypeError(f"{type(self).__name__} must define `allows`")

    @property
    def unspoken(self) -> str:
        """Name of the method that the class must define and does not; else empty."""
        return "`allows(mentors, mentees)`" if type(self).allows is Rule.allows else ""

    def scored(self, score: Score, whole: int, mentors: Table, mentees: Table) -> Predicate | None:
        """Return the predicate of a rule about what the pairs of one track score in it; None for every other rule.

        Args:
            score: What a pair scores in the track.
            whole: The points of a perfect pair.
            mentors, mentees: Tables.
        """
        return None

    def misfit(self, mentors: Table, mentees: Table) -> str:
        """Why the rule cannot be applied to these people at all; empty where it can."""
        return ""

    def gaps(self, mentors: Table, mentees: Table) -> str:
        """To whom the rule could not be applied, and what helps; empty where it was applied to everybody."""
        return ""

    def kept(self, mentors: Table, mentees: Table) -> str:
        """The rule in words, as far as it was checked for these people."""
        return self.in_words()

    def to_dict(self) -> dict[str, Any]:
        """The rule as plain data; that unknown people are an error goes without saying."""
        plain = super().to_dict()
        return {key: value for key, value in plain.items() if (key, value) != ("unknown", "raise")}

    def sides(self, mentors: Table, mentees: Table) -> tuple[BoolArray, BoolArray] | None:
        """Return which mentors and which mentees stand on the other side of a line that every pair crosses, or None.

        The pairs are those of a mentor who stays with a mentee who stays, and of two who change sides.
        """
        return None

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        """Return factors that add exactly 0 to every allowed pair and at most -2 to every forbidden one, or None.

        Worth giving where a rule forbids many pairs: the scan itself then passes them over.

        Args:
            mentors, mentees: Both sides, with the columns that :meth:`reads` names.
        """
        return None


def penalty_table(codes_a: IntArray, codes_b: IntArray, allowed: BoolArray) -> Factors | None:
    """Return the penalty of a rule that sees only two small codes.

    Args:
        codes_a, codes_b: Code of each mentor and of each mentee, int64; -1, an unknown, is allowed with nobody.
        allowed: Whether two codes are allowed, ``(codes of a, codes of b)`` bool.

    Returns:
        The penalty; None where the table would be wider than a scan should be.
    """
    if max(allowed.shape, default=0) > 256:
        return None
    k, forbidden = allowed.shape[0], np.pad(~allowed, ((0, 1), (0, 1)), constant_values=True)
    u = from_entries(len(codes_a), k + 1, np.arange(len(codes_a)), codes_a % (k + 1), np.ones(len(codes_a)))
    filled = sparse(forbidden.T.astype(float))  # a row for each code of b
    return Factors((Term(-2.0, u, filled.take(codes_b % (allowed.shape[1] + 1))),))


Coded: TypeAlias = tuple[IntArray, IntArray, BoolArray]
"""A code of each mentor and of each mentee, -1 for who meets nobody, and which codes may meet, mentors × mentees."""


@dataclass(frozen=True, eq=False)
class _InTable:
    """``allowed[a[i], b[j]]``; the last row and column are those of -1, which is allowed with nobody."""

    a: IntArray
    b: IntArray
    allowed: BoolArray

    broadcasts: ClassVar[bool] = True

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        a, b = self.a[i], self.b[j]
        fine: BoolArray = self.allowed[a, b] if a.ndim == 1 else self.allowed[a[:, 0]].take(b[0], axis=1)
        return fine

    def kinds(self) -> tuple[IntArray, IntArray]:
        """Return the codes."""
        return self.a, self.b


@dataclass(frozen=True)
class OfCodes(Spec, ABC):
    """What sees a small code of each of the two, and nothing else of them: the base of such rules."""

    @abstractmethod
    def coded(self, mentors: Table, mentees: Table) -> Coded:
        """Return the codes of both sides, and which of them may meet."""

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        """Return the predicate that looks the two codes up."""
        a, b, allowed = self.coded(mentors, mentees)
        return _InTable(a, b, np.pad(allowed, ((0, 1), (0, 1))))

    def penalty(self, mentors: Table, mentees: Table) -> Factors | None:
        """Return the penalty of every pair of codes that may not meet."""
        return penalty_table(*self.coded(mentors, mentees))
