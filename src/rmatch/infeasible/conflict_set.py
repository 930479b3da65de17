"""Minimal conflicting sets, by the deletion filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Name = TypeVar("Name")


def smallest_conflict(names: Iterable[Name], feasible: Callable[[frozenset[Name]], bool]) -> tuple[Name, ...]:
    """Return an irreducible infeasible subset: infeasible together, feasible without any one of them.

    The deletion filter of Chinneck and Dravnieks (1991).

    Args:
        names: Elements; those that come early are removed first, so put first what should rather not be blamed.
        feasible: Whether a set of elements is feasible; monotone. Called once for each element, and once for all.

    Returns:
        The elements in their order; empty where all are feasible together.
    """
    names = tuple(dict.fromkeys(names))
    kept = frozenset(names)
    if feasible(kept):
        return ()
    for name in names:
        if not feasible(kept - {name}):
            kept -= {name}
    return tuple(name for name in names if name in kept)
