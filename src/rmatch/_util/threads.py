"""Work on threads of ours, one a core, and BLAS on one thread each meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""How many cores this process may use."""

_lock = threading.Lock()
_users = 0
_limits: Any = None

S = TypeVar("S")
T = TypeVar("T")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS on one thread inside; overlapping uses in several threads are counted, and the last restores it."""
    global _users, _limits
    with _lock:
        _users += 1
        if _users == 1:
            _limits = _controller().limit(limits=1, user_api="blas")
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limits.restore_original_limits()
                _limits = None


def side_by_side(long: Callable[[], S], short: Callable[[], T], much: bool) -> tuple[S, T]:
    """Return what two calls return; where they do ``much``, the short one runs on another thread meanwhile."""
    if not much:  # to begin a thread would take longer
        return long(), short()
    with ThreadPoolExecutor(1) as other:
        later = other.submit(short)
        return long(), later.result()
