"""Where the work stands: what the engine tells whoever listens and the log, and never puts into a result."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from rmatch._util.arrays import bytes_in_words
from rmatch.factors import SCALE


class Stage(Enum):
    """What has just been done."""

    LAID_OUT = "laid out"
    FIRST_PAIRS = "first pairs"
    SETTLED = "numbers settled"
    ROUND = "round"


@dataclass(frozen=True)
class Event:
    """Where the work stands after a stage; printed, it is one calm line.

    ``pairs`` are all pairs of a mentor and a mentee, ``priced`` those that were scored and held against prices so far,
    a pair that was looked at twice counting twice; ``pool`` is how many the solver has before it. ``total`` is the
    score of the best plan in the pool, ``bound`` what no plan can exceed, both once there is a plan. ``memory`` is the
    prediction in bytes, and ``seconds`` the time since the work began.
    """

    stage: Stage
    pairs: int
    seconds: float
    round: int = 0
    priced: int = 0
    pool: int = 0
    total: float | None = None
    bound: float | None = None
    memory: int | None = None

    @property
    def gap(self) -> float | None:
        """What the total could still gain at most; None while there is no plan."""
        return None if self.total is None or self.bound is None else self.bound - self.total

    @property
    def rate(self) -> float:
        """Pairs priced per second so far."""
        return self.priced / self.seconds if self.seconds > 0 else 0.0

    def __str__(self) -> str:
        said = []
        if self.memory is not None:
            said.append(f"{self.pairs:,} pairs, about {bytes_in_words(self.memory)} of memory")
        if self.priced:
            said.append(f"{_large(self.priced)} priced ({_large(round(self.rate))}/s)")
        if self.pool:
            said.append(f"pool {self.pool:,}")
        if self.gap is not None:
            said.append(f"gap {self.gap:.4g}")
        return f"{self.stage.value}{f' {self.round}' if self.round else ''}: {', '.join(said)}"


def _large(number: int) -> str:
    return f"{number:,}" if number < 10_000_000 else f"{number / 1e6:,.0f} million"


Listener: TypeAlias = Callable[[Event], None]

_LOG = logging.getLogger("rmatch")


def logged(listener: Listener | None) -> Listener | None:
    """Return a listener that writes each event to the log, at the level INFO, before it tells ``listener``."""
    if not _LOG.isEnabledFor(logging.INFO):
        return listener

    def told(event: Event) -> None:
        _LOG.info("%s", event)
        if listener is not None:
            listener(event)

    return told


class Teller:
    """Counts the pairs that are priced, looks at the clock, and tells one listener, or nobody.

    ``pairs`` are all pairs of the problem, ``settled`` the points of those that were locked beforehand. What the
    listener raises ends the work: that is how a user cancels it.
    """

    def __init__(self, listener: Listener | None = None, pairs: int = 0, settled: int = 0) -> None:
        self._listener, self._pairs, self._settled = listener, pairs, settled
        self._begin, self._priced = time.monotonic(), 0

    def count(self, priced: int) -> None:
        """Take note of so many more pairs."""
        self._priced += priced

    def __call__(
        self,
        stage: Stage,
        *,
        round: int = 0,
        pool: int = 0,
        plan: tuple[int, int] | None = None,
        memory: int | None = None,
    ) -> None:
        """Tell of a stage that is done; ``plan`` is total and bound in points."""
        if self._listener is None:
            return
        total, bound = (None, None) if plan is None else ((p + self._settled) / SCALE for p in plan)
        seconds = time.monotonic() - self._begin
        self._listener(Event(stage, self._pairs, seconds, round, self._priced, pool, total, bound, memory))


SILENT = Teller()
"""Tells nobody."""
