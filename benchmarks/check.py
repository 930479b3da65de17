"""The check of a plan and the match before it, by the clock on all cores, beside the bare product of the same people.

    python -m benchmarks.check --json benchmarks/results/check.json

``check_over_bare`` is ``verify`` against people and program, ``whole_over_bare`` from the roster to the verified plan.
``efficiency`` is the time on one core, divided by the number of cores and by the time on all of them.
"""

from __future__ import annotations

import os
import sys
import time

import shapes
from _run import Figures, alone, arguments, median, report
from bare import product_seconds

import rmatch

TIMES = 3
PATIENCE = 5.0
"""Seconds; what takes longer to match is measured once."""
SHAPES = (("default", 10_000), ("default", 20_000), ("default_capacities", 20_000), ("half", 10_000), ("sites", 20_000),
          ("clusters", 10_000))  # fmt: skip


def people(name: str, size: int) -> shapes.Shape:
    """A shape of ``benchmarks.shapes``, or the default program, one to one or with the capacities that people wrote."""
    if not name.startswith("default"):
        shape: shapes.Shape = getattr(shapes, name)(size)
        return shape
    frame = rmatch.datasets.workforce(size, size, seed=1, levels=0.0)
    return (frame if name == "default_capacities" else frame.assign(capacity="1")), shapes.DEFAULT


def checked(name: str, size: int, times: int) -> Figures:
    shapes.warm()
    frame, program = people(name, size)
    roster = rmatch.from_frame(frame)
    runs: dict[str, list[float]] = {"match_s": [], "check_s": [], "bare_s": []}
    for _ in range(times):
        if max(runs["match_s"], default=0.0) > PATIENCE:
            break
        begin = time.perf_counter()
        matching = rmatch.match(roster, program)
        matched = time.perf_counter()
        assert matching.verify()
        runs["check_s"].append(time.perf_counter() - matched)
        runs["match_s"].append(matched - begin)
        runs["bare_s"].append(product_seconds(len(roster.mentors), len(roster.mentees)))
    figures = {key: median(values) for key, values in runs.items()}
    return {
        "name": name,
        "mentors": len(roster.mentors),
        "mentees": len(roster.mentees),
        "times": len(runs["match_s"]),
        **figures,
        "check_over_bare": round(figures["check_s"] / figures["bare_s"], 2),
        "whole_over_bare": round((figures["match_s"] + figures["check_s"]) / figures["bare_s"], 2),
        "gap": matching.gap,
    }


def efficiency(all_cores: Figures, times: int) -> Figures:
    """How much of all cores the match and the check of the same people use, where a process can be kept to one core."""
    if not hasattr(os, "sched_setaffinity"):
        return {}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        one = alone(checked, all_cores["name"], all_cores["mentors"], times)
    finally:
        os.sched_setaffinity(0, cores)
    return {
        f"{what}_efficiency": round(one[f"{what}_s"] / len(cores) / all_cores[f"{what}_s"], 2)
        for what in ("match", "check", "bare")
    }


def main() -> None:
    words = arguments(__doc__ or "")
    times, found = 1 if words.smallest else TIMES, []
    for name, usual in SHAPES:
        figures = alone(checked, name, 300 if words.smallest else usual, times)
        if name == "default":
            figures |= efficiency(figures, times)
        print(f"{name} {figures['mentors']:,}: check {figures['check_over_bare']} × bare", file=sys.stderr)
        found.append(figures)
    report("check", {"shapes": found}, words.json)


if __name__ == "__main__":
    main()
