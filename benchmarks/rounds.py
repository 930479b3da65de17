"""Several rounds beside the plain solve: five for the same people, and three of which each has its own.

    python -m benchmarks.rounds --json benchmarks/results/rounds.json

``plain_s`` is one plan under the default program, ``five`` are five rounds of it, and ``three`` are three rounds in
each of which a tenth of the people are away. ``gap`` is the share of the bound that the total lacks. Seconds of the
processor, medians of the given number of times, of ``three`` once, after a solve to warm up. ``verify_s`` is what
checking all rounds anew takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from _run import Figures, alone, arguments, report, seconds

import rmatch
from rmatch import datasets

SIZES = 20, 100, 200, 500, 2_000


def measured(size: int, times: int) -> Figures:
    frame = datasets.workforce(size, size, seed=4)
    roster, draw = rmatch.from_frame(frame), np.random.default_rng(0)
    away = {number: frame["employee_id"][draw.random(len(frame)) < 0.1].tolist() for number in (1, 2, 3)}
    rmatch.match(roster)
    base = seconds(lambda: rmatch.match(roster), times, time.process_time)
    figures: Figures = {"mentors": size, "mentees": size, "plain_s": base}
    asked: tuple[tuple[str, Callable[[], rmatch.Rounds]], ...] = (
        ("five", lambda: rmatch.rounds(roster, None, 5)),
        ("three", lambda: rmatch.rounds(roster, None, 3, away=away)),
    )
    for name, solve in asked:
        found = list[rmatch.Rounds]()
        spent = seconds(lambda: found.append(solve()), 1 if name == "three" else times, time.process_time)  # noqa: B023
        figures[name] = {
            "s": spent,
            "over_plain": float(f"{spent / base:.3g}"),
            "pairs": len(found[0].pairs),
            "status": found[0].status.name,
            "gap": float(f"{found[0].gap / found[0].bound:.3g}"),
            "verify_s": seconds(found[0].verify, 1, time.process_time),
        }
    return figures


if __name__ == "__main__":
    asked = arguments(__doc__)
    sizes, times = (SIZES[:1], 1) if asked.smallest else (SIZES, 3)
    report("rounds", {"times": times, "sizes": [alone(measured, size, times) for size in sizes]}, asked.json)
