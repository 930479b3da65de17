"""Executors: threads of this process, or any executor of :mod:`concurrent.futures`.

Data shared by many tasks is sent once to each worker, separately from the tasks: a worker that lacks it answers so, and
the task is sent again with it. No shared memory, file system or network of our own is needed.
"""

from __future__ import annotations

import hashlib
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
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


class Workspace:
    """Reusable memory for one tile."""

    def __init__(self) -> None:
        self._bytes = np.empty(0, np.uint8)
        self._key: tuple[object, ...] = ()
        self._kept: Floats = np.empty((0, 0))

    def tile(self, rows: int, columns: int, kind: type[np.floating]) -> Floats:
        """Return an array of that shape and dtype; earlier contents are overwritten."""
        size = rows * columns * np.dtype(kind).itemsize
        if len(self._bytes) < size:
            self._bytes = np.empty(size, np.uint8)
        tile: Floats = self._bytes[:size].view(kind).reshape(rows, columns)
        return tile

    def kept(self, key: tuple[object, ...], make: Callable[[], Floats]) -> Floats:
        """Return what ``make`` returned for this key, where no other key has been asked for since; else make it."""
        if key != self._key:
            self._key, self._kept = key, make()
        return self._kept


def here(
    jobs: Sequence[J], work: Callable[[J, Workspace], T | None], gather: Callable[[list[T]], list[T]], threads: int
) -> list[T]:
    """Run jobs on threads that share one queue, this one among them, with BLAS on one thread each; return the results.

    Args:
        jobs: Arguments of ``work``.
        work: ``work(job, workspace)``; a result of None is dropped.
        gather: Condenses results now and then, so that they do not accumulate.
        threads: Number of threads.

    Raises:
        TimeUpError: The time is over; running tiles are finished first.
    """
    queue, lock, found = iter(jobs), threading.Lock(), list[T]()
    moment, ended, wrong = until(), threading.Event(), list[BaseException]()

    def drain() -> None:
        workspace, own, limit = Workspace(), list[T](), _GATHERED
        while not ended.is_set():
            if over(moment):
                raise TimeUpError
            with lock:
                job = next(queue, None)
            if job is None:
                found.extend(gather(own))
                return
            result = work(job, workspace)
            if result is not None:
                own.append(result)
            if len(own) >= limit:
                own = gather(own)
                limit = max(2 * len(own), _GATHERED)

    def drain_or_end_all() -> None:
        try:
            drain()
        except BaseException as error:
            ended.set()
            wrong.append(error)

    others = [threading.Thread(target=drain_or_end_all, daemon=True) for _ in jobs[1:threads]]
    with one_thread():  # BLAS would wait for its own threads longer than so little work takes
        for other in others:
            other.start()
        try:
            drain_or_end_all()
        finally:
            for other in others:
                other.join()
    if wrong:
        raise wrong[0]
    return found


# ---------------------------------------------------------------- elsewhere

_KEPT = 8  # loops that a worker remembers
_scans: OrderedDict[str, Any] = OrderedDict()
_lock = threading.Lock()


def there(executor: Executor, scan: Any, stripes: Sequence[tuple[Any, Sequence[Any]]]) -> list[Any]:
    """Run stripes of work on an executor; ``scan`` is sent once to each worker, a stripe's own rows with the stripe.

    Args:
        executor: Any executor.
        scan: What the stripes share.
        stripes: ``(left, jobs)`` pairs.

    Raises:
        SolverError: The work cannot be pickled, or a worker fails.
        TimeUpError: The time is over.
    """
    try:
        cargo = pickle.dumps(scan, protocol=pickle.HIGHEST_PROTOCOL)
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
    """Run one stripe on a worker; return None where the worker lacks the shared data."""
    with _lock:
        if cargo is not None and key not in _scans:
            _scans[key] = pickle.loads(cargo)
            while len(_scans) > _KEPT:
                _scans.popitem(last=False)
        scan = _scans.get(key)
    if scan is None:
        return None
    left, jobs = stripe
    workspace = Workspace()
    with one_thread():
        results = [scan.visit(left, job, workspace) for job in jobs]
    return list(scan.reduction.gather([result for result in results if result is not None]))
