"""Answers that are computed once for each object and kept with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


def kept(function: Callable[[Subject], Answer]) -> Callable[[Subject], Answer]:
    """Make a function of one frozen object compute its answer once for each object.

    The answer lives in the object's ``__dict__`` and goes with it. A copy begins anew.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def once(subject: Subject) -> Answer:
        store: dict[str, Any] = subject.__dict__
        if name not in store:
            store[name] = function(subject)
        answer: Answer = store[name]
        return answer

    return once
