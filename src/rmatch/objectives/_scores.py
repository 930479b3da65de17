"""Objectives about numbers of pairs and their scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rmatch._util.listed import Listed
from rmatch.columns import IntArray
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.objectives._base import Objective
from rmatch.rows import LoadValue, LoadValues, PairValues, People
from rmatch.valuation import Valuation


@dataclass(frozen=True)
class MostPairs(Objective):
    """Maximise the number of pairs."""

    counts_pairs: ClassVar[bool] = True

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(0, 1)``: every pair counts 1."""
        return 0, 1

    def in_words(self) -> str:
        return "as many pairs as possible"


@dataclass(frozen=True)
class WorstPair(Objective):
    """Maximise the lowest score of a pair, once the number of pairs is settled.

    Locked pairs count: no plan has a better worst pair than the worst locked one, and the others may then be as low.
    """

    unit: ClassVar[int] = SCALE
    threshold: ClassVar[bool] = True

    def value(self, people: People, i: IntArray, j: IntArray, points: IntArray) -> int:
        """Return the least score of a pair, in points; 2²⁰ for a plan without pairs."""
        return int(points.min(initial=SCALE))

    def in_words(self) -> str:
        return "the worst pair as good as possible"


@dataclass(frozen=True)
class Bands(Objective):
    """Minimise the number of pairs below each of ``thresholds``, ascending scores in (0, 1], the lowest first.

    The number of pairs is settled before.
    """

    hides_scores: ClassVar[bool] = False

    thresholds: Listed[float]

    sign: ClassVar[int] = -1

    @property
    def name(self) -> str:
        """Name in results and messages; with the threshold where there is only one."""
        if len(self.thresholds) > 1:
            return "bands"
        (threshold,) = self.thresholds
        short = f"{threshold:g}"  # of two that differ in a later digit alone, each keeps a name of its own
        return f"bands_{short if float(short) == threshold else repr(threshold)}"

    def stages(self) -> tuple[Objective, ...]:
        """Return one objective for each threshold, the lowest first."""
        return tuple(Bands((threshold,)) for threshold in self.thresholds)

    def pair_values(self, people: People) -> PairValues:
        """Return the function that is -1 for each pair below the first threshold."""
        bar = math.ceil(self.thresholds[0] * SCALE)
        return lambda i, j, points: -(points < bar).astype(np.int64)

    def compile(self, people: People) -> Valuation:
        """Return the valuation that is -1 for each pair, and 1 more from the first threshold on."""
        return Valuation(each=-1, times=0, steps=((math.ceil(self.thresholds[0] * SCALE), 1),))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.thresholds:
            raise ProgramError("Bands: `thresholds` is empty; give one or more scores, such as [0.3, 0.5]")
        for threshold in self.thresholds:
            if not 0 < threshold <= 1:
                raise ProgramError(f"Bands: each of `thresholds` must lie above 0 and be 1 at most, not {threshold!r}")
        ascending = tuple(sorted(set(self.thresholds)))
        if ascending != self.thresholds:
            raise ProgramError(
                f"Bands: `thresholds` must ascend, each once: write {list(ascending)}, not {list(self.thresholds)}"
            )

    def in_words(self) -> str:
        return f"as few pairs as possible below {', then below '.join(f'{t:g}' for t in self.thresholds)}"


@dataclass(frozen=True)
class Total(Objective):
    """Maximise the sum of ``score - floor`` over the pairs; ``floor`` lies in [0, 1].

    Alone, it makes only pairs that score more than ``floor``; once the number of pairs is settled, the floor has no
    effect.
    """

    is_total: ClassVar[bool] = True

    floor: float = 0.0

    unit: ClassVar[int] = SCALE

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.floor <= 1:
            raise ProgramError(f"Total: `floor` must lie in [0, 1], not {self.floor!r}")

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(1, -floor)``: the score of each pair above the floor, in points, which is 0 where the number of
        pairs is settled first.
        """
        return 1, 0 if people.pairs_first else -round(self.floor * SCALE)

    def in_words(self) -> str:
        return "the highest total score" + (f" above {self.floor:g} a pair" if self.floor else "")


@dataclass(frozen=True)
class LeastLoad(Objective):
    """Minimise the sum of the squares of the mentors' numbers of pairs, which spreads the work evenly."""

    sign: ClassVar[int] = -1

    def linear(self, people: People) -> tuple[int, int]:
        """Return ``(0, 0)``: only the mentors' numbers of pairs count."""
        return 0, 0

    def load_values(self, people: People) -> LoadValues:
        """Return ``-load²`` for each mentor: the marginal cost of a pair grows with the load."""
        return LoadValue(np.zeros(people.shape[0], np.int64), square=1), None

    def in_words(self) -> str:
        return "the fewest pairs for each mentor"
