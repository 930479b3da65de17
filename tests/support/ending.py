"""A time limit that ends at a moment of one's choice: when somebody has looked at the clock so many times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import rmatch
from rmatch._util import deadline

HOUSE = Path(rmatch.__file__).parent


class Clock:
    """A clock that says the time is over once it was asked so many times; where no limit is set, it never is."""

    def __init__(self, patience: int) -> None:
        self.left = patience

    def over(self, moment: float) -> bool:
        if moment != np.inf:
            self.left -= 1
        return moment != np.inf and self.left < 0

    def until(self) -> float:
        moment = deadline.until()
        return -np.inf if self.over(moment) else moment


ASKS = re.compile(r"^from rmatch\._util\.deadline import .*\b(over|until)\b", re.MULTILINE)
LOOK = [
    import_module(f"rmatch.{path.relative_to(HOUSE).with_suffix('').as_posix().replace('/', '.')}")
    for path in sorted(HOUSE.rglob("*.py"))
    if ASKS.search(path.read_text(encoding="utf-8"))
]
"""The modules that look at the clock."""
assert LOOK, "nobody looks at the clock"


@contextmanager
def ending(patience: int) -> Iterator[None]:
    """Within, the time is over once somebody has asked so many times."""
    stopped = Clock(patience)
    with deadline.limited(1e6), pytest.MonkeyPatch.context() as patch:
        for module in LOOK:
            for name in ("over", "until"):
                if hasattr(module, name):
                    patch.setattr(module, name, getattr(stopped, name))
        yield
