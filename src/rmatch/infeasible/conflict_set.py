"""Which of many wishes conflict: the smallest set that cannot be granted together, found by leaving out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Name = TypeVar("Name")


def smallest_conflict(names: Iterable[Name], feasible: Callable[[frozenset[Name]], bool]) -> tuple[Name, ...]:
    """Return names that cannot be granted together, though all of them but any one can; in their order.

    ``feasible`` says of a set of names whether all of it can be granted; what a feasible set leaves out never makes it
    infeasible. It is asked once for each name, and once for all of them. Empty where all can be granted.
    What stands early is left out first, so put first what should rather not be blamed.

    The deletion filter of Chinneck and Dravnieks (1991) for irreducible infeasible subsystems.
    """
    names = tuple(dict.fromkeys(names))
    kept = frozenset(names)
    if feasible(kept):
        return ()
    for name in names:
        if not feasible(kept - {name}):
            kept -= {name}
    return tuple(name for name in names if name in kept)
