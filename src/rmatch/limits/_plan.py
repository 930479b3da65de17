"""Limits on the plan as a whole: its size, fixed pairs, and changes from an earlier plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import IntArray
from rmatch.element import Present, Who, pairs_by_id, refuse_twice
from rmatch.errors import ProgramError
from rmatch.limits._base import Limit, Reached, bounds_in_words, refuse_bounds, times
from rmatch.rows import PairList, Part, People, Row, listed, pair_places
from rmatch.schema.privacy import Why


@dataclass(frozen=True)
class TotalPairs(Limit):
    """From ``least`` to ``most`` pairs in total."""

    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_bounds(self, self.least, self.most)

    @property
    def total_bounds(self) -> tuple[int | None, int | None]:
        return self.least, self.most

    @property
    def label(self) -> str:
        return "all pairs"

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return the row that counts every pair."""
        return (Row(self.name, (Part(),), self.least, self.most),)

    def for_rounds(self, k: int) -> TotalPairs:
        """Return the limit with ``k`` times the least and the most."""
        return replace(self, least=times(self.least, k), most=times(self.most, k))

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return the number of pairs, as text."""
        return f"{len(i):,} pairs"

    def reached(self, people: People, i: IntArray, j: IntArray) -> Iterator[Reached]:
        """Yield all people, with a sentence, where the plan has its most pairs."""
        if self.most is not None and len(i) >= self.most:
            sentence = f"The plan may have {self.most} pairs at most."
            yield "mentor", np.arange(people.shape[0], dtype=np.int64), sentence
            yield "mentee", np.arange(people.shape[1], dtype=np.int64), sentence

    def in_words(self) -> str:
        return f"{bounds_in_words(self.least, self.most)} in all"


@dataclass(frozen=True)
class Lock(Limit):
    """Pairs that every plan must contain.

    Args:
        pairs: ``(mentor_id, mentee_id)`` pairs.
        reason: Why, for the log of runs; no person may be identifiable in it.
    """

    plain: ClassVar[bool] = True

    pairs: Listed[tuple[str, str]] = ()
    reason: Why = None

    @property
    def fixed_pairs(self) -> Sequence[tuple[str, str]]:
        """The locked pairs."""
        return self.pairs

    def explained_pairs(self) -> tuple[str | None, Sequence[tuple[str, str]]]:
        """Return the reason that somebody gave, and the locked pairs."""
        return self.reason, self.pairs

    def among(self, here: Present) -> Self:
        """Return the lock on the pairs of which both people are here."""
        return replace(self, pairs=here.both(self.pairs))

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.pairs)) < len(self.pairs):
            raise ProgramError("Lock: a pair is locked twice")

    def with_ids(self, who: Who) -> Self:
        return replace(self, pairs=pairs_by_id(self.pairs, who))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return one row for each pair, with least and most 1."""
        places = zip(*pair_places(self.pairs, people.mentors, people.mentees), self.pairs, strict=True)
        return tuple(
            Row(f"{self.name} {mentor} {mentee}", (Part(1, np.array([i]), np.array([j])),), 1, 1)
            for i, j, (mentor, mentee) in places
        )

    def figure(self, people: People, i: IntArray, j: IntArray) -> None:
        return None

    def in_words(self) -> str:
        return f"{len(self.pairs)} pair{'s' * (len(self.pairs) != 1)} set by hand"


@dataclass(frozen=True)
class Changes(Limit):
    """At most ``most`` of some earlier pairs are given up.

    Pairs that the rules now forbid, or whose people left, do not count. Those that capacities or other limits end do.

    Args:
        pairs: ``(mentor_id, mentee_id)`` pairs of an earlier plan.
        most: Most pairs to give up.
    """

    of_last_plan: ClassVar[bool] = True

    pairs: Listed[tuple[str, str]]
    most: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.most < 0:
            raise ProgramError(
                f"Changes: `most` must be 0 or more, not {self.most}; 0 keeps every pair of the earlier plan"
            )
        refuse_twice(self, "pairs")

    def names_people(self) -> tuple[Iterable[str], Iterable[str]]:
        """Return the mentors and the mentees of the earlier pairs."""
        return [a for a, _ in self.pairs], [b for _, b in self.pairs]

    def with_ids(self, who: Who) -> Self:
        return replace(self, pairs=pairs_by_id(self.pairs, who))

    def rows(self, people: People) -> tuple[Row, ...]:
        """Return the row that counts the earlier pairs that are still eligible."""
        earlier = listed(self.pairs, people)
        i, j = earlier.keys // max(people.shape[1], 1), earlier.keys % max(people.shape[1], 1)
        possible = PairList(earlier.keys[people.eligible(i, j)], people.shape[1])
        return (Row(self.name, (Part(pairs=possible),), least=len(possible.keys) - self.most),)

    def figure(self, people: People, i: IntArray, j: IntArray) -> str:
        """Return how many pairs are given up, as text."""
        (row,) = self.rows(people)
        return f"{int(row.bounds(people.shape)[0][0]) + self.most - int(row.sums(i, j, people.shape)[0]):,} given up"

    def in_words(self) -> str:
        return f"at most {self.most:,} of {len(self.pairs):,} earlier pair{'s' * (len(self.pairs) != 1)} given up"
