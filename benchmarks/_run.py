"""What every benchmark shares: a process for each run, seconds and peak memory, and JSON that says on what."""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import platform
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

PACKAGES = ("rmatch-engine", "numpy", "pandas", "ortools", "scipy", "mentor-match", "lapx", "lapjv", "faiss-cpu",
            "sparse-dot-topn", "scikit-learn")  # fmt: skip
LONG = 60.0
"""Seconds; a peer that takes longer is measured once."""

Figures = dict[str, Any]
T = TypeVar("T")


def arguments(purpose: str) -> argparse.Namespace:
    """``--json FILE`` keeps the figures, ``--smallest`` only tries whether the benchmark runs."""
    return parser(purpose).parse_args()


def parser(purpose: str) -> argparse.ArgumentParser:
    """What every benchmark is asked with, for those that can be asked for more."""
    words = argparse.ArgumentParser(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    words.add_argument("--smallest", action="store_true", help="a tiny size, once: does it run?")
    return words


def alone(measure: Callable[..., Figures], *given: Any) -> Figures:
    """Call ``measure`` in a fresh process and return its figures with ``peak_bytes``, the most memory it ever held.

    A process that dies, for want of memory say, is an error and no endless wait.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_measured, measure, given).result()


def alone_in_turn(times: int, *calls: tuple[Any, ...], patience: float = math.inf) -> list[Figures]:
    """Make each call ``(measure, argument, …)`` alone, in turn, ``times`` over, and return each one's medians.

    What took over ``patience`` seconds at its first turn gets no other; ``times`` in the figures says how many there
    were.
    """
    runs: list[list[Figures]] = [[] for _ in calls]
    long: set[int] = set()
    for _ in range(times):
        for number, (measure, *given) in enumerate(calls):
            if number not in long:
                begin = time.perf_counter()
                runs[number].append(alone(measure, *given))
                if time.perf_counter() - begin > patience:
                    long.add(number)
    return [medians(each) | {"times": len(each)} for each in runs]


def seconds(
    call: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter, long: float = LONG
) -> float:
    """The median seconds of so many calls, or of the first where that takes over a minute, or ``long``."""
    spent: list[float] = []
    while len(spent) < times and not (spent and spent[0] > long):
        begin = clock()
        call()
        spent.append(clock() - begin)
    return median(spent)


def both_clocks(call: Callable[[], T]) -> tuple[tuple[float, float], T]:
    """Seconds of one call by the clock and of the processor, all threads together, and what it returned."""
    begin, spent = time.perf_counter(), time.process_time()
    answer = call()
    return (time.perf_counter() - begin, time.process_time() - spent), answer


def _measured(measure: Callable[..., Figures], given: tuple[Any, ...]) -> Figures:
    figures = measure(*given)
    return figures | {"peak_bytes": peak_bytes()}


def peak_bytes() -> int | None:
    """The most memory this process ever held, resident, in bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def median(values: list[float]) -> float:
    """The median, to five digits."""
    return float(f"{statistics.median(values):.5g}")


def medians(runs: list[Figures]) -> Figures:
    """The median of every figure that is a number and differs between runs; what is the same in all stays as it is."""
    figures = {}
    for key, value in runs[0].items():
        values = [run[key] for run in runs]
        middle = statistics.median_low(values) if all(isinstance(one, int) for one in values) else None
        figures[key] = value if values.count(value) == len(runs) else middle if middle is not None else median(values)
    return figures


def report(name: str, figures: Figures, file: Path | None) -> None:
    """Print the figures with the versions and the processor they were measured on, and write them where asked."""
    everything = {"benchmark": name, **figures, "on": _machine(), "versions": _versions()}
    text = json.dumps(everything, indent=1) + "\n"
    if file is not None:
        file.write_text(text, encoding="utf-8")
    print(text, end="")


def _machine() -> Figures:
    return {
        "processor": _processor(),
        "cores": multiprocessing.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
