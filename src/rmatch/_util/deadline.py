"""How much time is left: set once around a piece of work, asked wherever that work may take long.

The moment belongs to the thread that set it, so calls in several threads do not hurry one another.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

_UNTIL: ContextVar[float] = ContextVar("until", default=np.inf)


class TimeUpError(Exception):
    """The time that was given is over. Nobody outside the engine sees this."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Give what happens inside at most so many seconds; None, or more than is left, changes nothing."""
    until = _UNTIL.get() if seconds is None else min(_UNTIL.get(), time.monotonic() + seconds)
    token = _UNTIL.set(until)
    try:
        yield
    finally:
        _UNTIL.reset(token)


@contextmanager
def unlimited() -> Iterator[None]:
    """Let what happens inside take as long as it needs: what has to be found even when the time is over."""
    token = _UNTIL.set(np.inf)
    try:
        yield
    finally:
        _UNTIL.reset(token)


def until() -> float:
    """The moment at which the time is over, on the monotonic clock; infinite where none was set."""
    return _UNTIL.get()


def over(moment: float) -> bool:
    """Whether that moment has come."""
    return time.monotonic() > moment
