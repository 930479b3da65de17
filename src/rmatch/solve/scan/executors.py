"""Who does the work: threads of this process, or any executor of :mod:`concurrent.futures`.

What many tasks need travels apart from them, once to each worker: a worker that lacks it says so, and the task comes
again with it. So no shared memory, file system or network of our own is needed.
"""

from __future__ import annotations

import hashlib
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import numpy as np

from rmatch._util.arrays import Floats
from rmatch._util.deadline import TimeUpError, over, until
from rmatch._util.threads import CORES, one_thread
from rmatch.errors import SolverError

THREADS = CORES
_GATHERED = 64

T = TypeVar("T")
J = TypeVar("J")


class Room:
    """Memory for one tile, kept from tile to tile."""

    def __init__(self) -> None:
        self._bytes = np.empty(0, np.uint8)

    def tile(self, rows: int, columns: int, kind: type[np.floating]) -> Floats:
        """An array of that shape; what it held before is lost."""
        size = rows * columns * np.dtype(kind).itemsize
        if len(self._bytes) < size:
            self._bytes = np.empty(size, np.uint8)
        tile: Floats = self._bytes[:size].view(kind).reshape(rows, columns)
        return tile


def here(
    jobs: Sequence[J], work: Callable[[J, Room], T | None], gather: Callable[[list[T]], list[T]], threads: int
) -> list[T]:
    """Run the jobs on threads that share one queue, with BLAS on one thread each, and return what they gave.

    ``gather`` says in fewer words what some jobs gave, now and then, so that results do not pile up.
    When the time is over, or somebody interrupts, the tiles in work are the last. Raises TimeUpError.
    """
    queue, lock, found = iter(jobs), threading.Lock(), list[T]()
    moment, ended = until(), threading.Event()

    def drain() -> None:
        room, own, limit = Room(), list[T](), _GATHERED
        while not ended.is_set():
            if over(moment):
                raise TimeUpError
            with lock:
                job = next(queue, None)
            if job is None:
                found.extend(gather(own))
                return
            result = work(job, room)
            if result is not None:
                own.append(result)
            if len(own) >= limit:
                own = gather(own)
                limit = max(2 * len(own), _GATHERED)

    def drain_or_end_all() -> None:
        try:
            drain()
        except BaseException:
            ended.set()
            raise

    if len(jobs) <= 1 or threads == 1:
        drain()
        return found
    with one_thread(), ThreadPoolExecutor(threads) as pool:
        try:
            for future in [pool.submit(drain_or_end_all) for _ in range(threads)]:
                future.result()
        except BaseException:
            ended.set()
            raise
    return found


# ---------------------------------------------------------------- elsewhere

_KEPT = 8  # loops that a worker remembers
_held: OrderedDict[str, Any] = OrderedDict()
_lock = threading.Lock()


def there(executor: Executor, loop: Any, stripes: Sequence[tuple[Any, Sequence[Any]]]) -> list[Any]:
    """Run the stripes on an executor; ``loop`` travels once to each worker, a stripe's own rows with the stripe.

    Raises SolverError where the work cannot travel or a worker fails, and TimeUpError when the time is over.
    """
    try:
        cargo = pickle.dumps(loop, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise SolverError(
            f"a criterion or rule of your own cannot travel to the executor ({error}); let `allows` return an object "
            "of a class at module level, or match without `executor`"
        ) from None
    key = hashlib.sha256(cargo).hexdigest()
    found: list[Any] = []
    todo = list(enumerate(stripes))[::-1]
    running: dict[Future[Any], int] = {}
    width = 2 * (getattr(executor, "_max_workers", None) or THREADS)
    try:
        while todo or running:
            while todo and len(running) < width:
                number, stripe = todo.pop()
                running[executor.submit(_elsewhere, key, None, stripe)] = number
            left = until() - time.monotonic()
            done = wait(running, None if np.isinf(left) else max(left, 0.0), FIRST_COMPLETED).done
            if not done:
                raise TimeUpError
            for future in done:
                number, result = running.pop(future), future.result()
                if result is None:
                    running[executor.submit(_elsewhere, key, cargo, stripes[number])] = number
                else:
                    found += result
    except (SolverError, TimeUpError):
        raise
    except Exception as error:
        raise SolverError(f"the executor failed: {type(error).__name__}: {error}") from error
    finally:
        for future in running:
            future.cancel()
    return found


def _elsewhere(key: str, cargo: bytes | None, stripe: tuple[Any, Sequence[Any]]) -> list[Any] | None:
    """One task on a worker: what its tiles gave, or None where the worker still lacks the cargo."""
    with _lock:
        if cargo is not None and key not in _held:
            _held[key] = pickle.loads(cargo)
            while len(_held) > _KEPT:
                _held.popitem(last=False)
        loop = _held.get(key)
    if loop is None:
        return None
    left, jobs = stripe
    room = Room()
    with one_thread():
        results = [loop.visit(left, job, room) for job in jobs]
    return list(loop.fold.gather([result for result in results if result is not None]))
