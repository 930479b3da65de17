"""Progress: events that a solve reports to a listener and to the log, and that never enter a result."""

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
    """Stage that has just been finished."""

    LAID_OUT = "laid out"
    FIRST_PAIRS = "first pairs"
    SETTLED = "numbers settled"
    ROUND = "round"


@dataclass(frozen=True)
class Event:
    """Progress after a stage; ``str(event)`` is one line.

    Args:
        stage: The stage.
        pairs: All pairs of a mentor and a mentee.
        seconds: Time since the solve began.
        round: Round of column generation.
        priced: Pairs priced so far, with repeats.
        candidates: Candidate pairs.
        total: Score of the best plan so far; None before there is one.
        bound: Upper bound of the total; None before there is one.
        memory: Predicted memory in bytes.
    """

    stage: Stage
    pairs: int
    seconds: float
    round: int = 0
    priced: int = 0
    candidates: int = 0
    total: float | None = None
    bound: float | None = None
    memory: int | None = None

    @property
    def gap(self) -> float | None:
        """Bound less total; None before there is a plan."""
        return None if self.total is None or self.bound is None else self.bound - self.total

    @property
    def rate(self) -> float:
        """Pairs priced per second so far."""
        return self.priced / self.seconds if self.seconds > 0 else 0.0

    def __str__(self) -> str:
        parts = []
        if self.memory is not None:
            parts.append(f"{self.pairs:,} pairs, about {bytes_in_words(self.memory)} of memory")
        if self.priced:
            parts.append(f"{_large(self.priced)} priced ({_large(round(self.rate))}/s)")
        if self.candidates:
            parts.append(f"columns {self.candidates:,}")
        if self.gap is not None:
            parts.append(f"gap {self.gap:.4g}")
        return f"{self.stage.value}{f' {self.round}' if self.round else ''}: {', '.join(parts)}"


def _large(number: int) -> str:
    return f"{number:,}" if number < 10_000_000 else f"{number / 1e6:,.0f} million"


Listener: TypeAlias = Callable[[Event], None]

_LOG = logging.getLogger("rmatch")


def logged(listener: Listener | None) -> Listener | None:
    """Return a listener that logs each event at level INFO before it calls ``listener``."""
    if not _LOG.isEnabledFor(logging.INFO):
        return listener

    def log_and_forward(event: Event) -> None:
        _LOG.info("%s", event)
        if listener is not None:
            listener(event)

    return log_and_forward


class ProgressReporter:
    """Counts priced pairs and reports events to one listener, or to none.

    An exception raised by the listener ends the solve, which is how users cancel it.

    Args:
        listener: Receiver of events; None for none.
        pairs: All pairs of the problem.
        settled: Points of the locked pairs, which are added to total and bound.
    """

    def __init__(self, listener: Listener | None = None, pairs: int = 0, settled: int = 0) -> None:
        self._listener, self._pairs, self._settled = listener, pairs, settled
        self._begin, self._priced = time.monotonic(), 0

    def count(self, priced: int) -> None:
        """Add ``priced`` pairs to the count."""
        self._priced += priced

    def __call__(
        self,
        stage: Stage,
        *,
        round: int = 0,
        candidates: int = 0,
        plan: tuple[int, int] | None = None,
        memory: int | None = None,
    ) -> None:
        """Report that a stage is finished; ``plan`` is total and bound in points."""
        if self._listener is None:
            return
        total, bound = (None, None) if plan is None else ((p + self._settled) / SCALE for p in plan)
        seconds = time.monotonic() - self._begin
        self._listener(Event(stage, self._pairs, seconds, round, self._priced, candidates, total, bound, memory))


SILENT = ProgressReporter()
"""Reporter without a listener."""
