"""The bare product: one matrix product of the same shape, tile by tile, and nothing else.

    python -m benchmarks.bare --json benchmarks/results/bare.json

It is the yardstick of the other benchmarks: float32 tiles of the kernel's size by ``numpy.matmul``, as many threads as
the kernel has, BLAS on one thread in each. Nothing is kept of a tile, and the factors are drawn at random.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from _run import Figures, alone_in_turn, arguments, report
from threadpoolctl import threadpool_limits

from rmatch.solve.scan.executors import THREADS
from rmatch.solve.scan.kernel import COLUMNS, ROWS

WIDTH = 371
"""About the columns of the default program's factors with 150 skills: the yardstick of whole plans."""


def product_seconds(m: int, n: int, width: int = WIDTH) -> float:
    """Seconds of an ``m`` × ``width`` by ``width`` × ``n`` product."""
    random = np.random.default_rng(0)
    left, right = (random.random((people, width), dtype=np.float32) for people in (m, n))
    corners = [(row, column) for column in range(0, n, COLUMNS) for row in range(0, m, ROWS)]
    own = threading.local()

    def tile(corner: tuple[int, int]) -> None:
        a, b = left[corner[0] : corner[0] + ROWS], right[corner[1] : corner[1] + COLUMNS]
        if not hasattr(own, "room"):
            own.room = np.empty(ROWS * COLUMNS, np.float32)
        np.matmul(a, b.T, out=own.room[: len(a) * len(b)].reshape(len(a), len(b)))

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(THREADS) as threads:
        deque(threads.map(tile, corners[:THREADS]), maxlen=0)
        begin = time.perf_counter()
        deque(threads.map(tile, corners), maxlen=0)
        return time.perf_counter() - begin


def bare(m: int, n: int, width: int = WIDTH) -> Figures:
    """The same as figures, for a process of its own."""
    return {"columns": width, "threads": THREADS, "seconds": product_seconds(m, n, width)}


def main() -> None:
    words = arguments(__doc__ or "")
    sizes, times = ((1_000,), 1) if words.smallest else ((1_000, 5_000, 20_000), 3)
    figures = []
    for size in sizes:
        (own,) = alone_in_turn(times, (bare, size, size))
        speed = 2 * size * size * own["columns"] / own["seconds"] / 1e9
        figures.append({"mentors": size, "mentees": size, **own, "gigaflops": round(speed, 1)})
    report("bare", {"sizes": figures}, words.json)


if __name__ == "__main__":
    main()
