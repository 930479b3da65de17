"""The default program, one to one, from the roster to a verified plan, beside solvers of the dense assignment.

    python -m benchmarks.assignment --large --peers-up-to 20000 --json benchmarks/results/assignment.json
    python -m benchmarks.assignment --sizes 100 200 --json benchmarks/results/assignment.json   # keeps the other sizes

Every run has a process of its own, which repeats what is short; runs of ours and of the bare product take turns. The
people come from a file that another process made; ``read_s`` stands apart. ``verify_s`` is the separate pass over all
pairs. Imports are left out, by a tiny plan made first. Names that end in ``_s`` are seconds by the clock, in ``_cpu``
those of the processor, all threads together.

scipy, lapx and lapjv (group ``bench``, skipped where missing) get the same whole points as a dense float64 matrix, made
elsewhere; their seconds are those of the assignment alone, and their peak holds that matrix. ``scores`` is what
:func:`rmatch.score_matrix` takes for it. A pair that a rule forbids costs more there than all others together, so that
they too make most pairs first. Pairs and points are asserted equal. (lapjv comes as source, so it needs a C++ compiler,
and has no macOS build.) ``instead`` is :mod:`benchmarks._instead`: what one would write by hand, from the frame to the
pairs.

``growth`` fits ``seconds ~ size ** time`` and ``bytes above an idle process ~ size ** memory`` to the sizes from
``from`` on.

``--smallest`` also watches one ratio of processor times, match ÷ (scores + scipy) at 1,000 a side: where it is so much
above the recorded one that a factor of nearly two has been lost, the run fails.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from _instead import paired
from _run import LONG, Figures, alone, alone_in_turn, both_clocks, medians, parser, peak_bytes, report
from bare import bare

import rmatch
from rmatch.factors import SCALE
from rmatch.solve.scan.executors import THREADS

SIZES, LARGE = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000), (100_000,)
GROWTH_FROM = 10_000
WATCHED, SMALLEST = 1_000, (100, 1_000)
GENEROUS = 1.8
"""The watched ratio may be so much above the recorded one: less than twice, and more than runs differ."""
RECORDED = Path(__file__).parent / "results" / "assignment.json"


def make(file: str, size: int) -> Figures:
    rmatch.datasets.workforce(size, size, seed=1, levels=0.0).assign(capacity="1").to_csv(file, index=False)
    return {}


def warm() -> Figures:
    """A process that has imported all, and made a plan for next to nobody."""
    people = rmatch.datasets.workforce(20, 20)
    return {"verified": bool(rmatch.match(rmatch.from_frame(people)).verify())}


def repeats(size: int) -> int:
    """How often a process repeats what takes that size."""
    return 9 if size <= 200 else 5 if size <= 1_000 else 3 if size <= 2_000 else 1


def ours(file: str, size: int) -> Figures:
    warm()
    return medians([once(file) for _ in range(repeats(size))])


def once(file: str) -> Figures:
    begin = time.perf_counter()
    roster = rmatch.read_csv(file)
    read_s, read_peak = time.perf_counter() - begin, peak_bytes()
    matched, matching = both_clocks(lambda: rmatch.match(roster))
    verified, verification = both_clocks(matching.verify)
    assert verification, str(verification)
    assert matching.status is rmatch.Status.OPTIMAL, matching.status
    return {
        "read_s": read_s,
        "match_s": matched[0],
        "match_cpu": matched[1],
        "verify_s": verified[0],
        "verify_cpu": verified[1],
        "whole_s": matched[0] + verified[0],
        "pairs": len(matching.points),
        "points": int(matching.points.sum()),
        "total": matching.total,
        "gap": matching.gap,
        "read_peak_bytes": read_peak,
    }


# ---------------------------------------------------------------- peers


def costs(file: str, matrix: str) -> Figures:
    """Write the dense matrix that peers minimise: the points lost, for a forbidden pair more than all can lose."""
    from rmatch.problem.build import prepare
    from rmatch.solve.scan.kernel import ROWS, Kernel
    from rmatch.solve.scan.reductions import Dense

    model, _ = prepare(rmatch.read_csv(file), None)
    (m, n), kernel = model.shape, Kernel.of(model)
    free = np.zeros(m, np.int64), np.zeros(n, np.int64)
    cost = np.lib.format.open_memmap(matrix, "w+", np.float64, (m, n))
    for begin in range(0, m, ROWS):
        rows = np.arange(begin, min(begin + ROWS, m))
        points = kernel.scan(kernel.priced(*free, rows=rows), Dense(len(rows), n)).astype(np.int64)
        i, j = np.divmod(np.arange(points.size), n)
        fine = kernel.eligible(i + begin, j, points.ravel()).reshape(points.shape)
        cost[rows] = np.where(fine, SCALE - points, (n + 1) * SCALE)
    cost.flush()
    return {}


def scipys(cost: np.ndarray) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(cost)[1]


def lapxs(cost: np.ndarray) -> np.ndarray:
    from lap import lapjv

    return lapjv(cost, return_cost=False)[0]


def lapjvs(cost: np.ndarray) -> np.ndarray:
    from lapjv import lapjv

    return lapjv(cost, force_doubles=1)[0]  # by default it rounds to float32, and is wrong


PEERS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "scipy": ("scipy", scipys),
    "lapx": ("lap", lapxs),
    "lapjv": ("lapjv", lapjvs),
}


def assigned(name: str, matrix: str, size: int) -> Figures:
    cost = np.load(matrix)
    PEERS[name][1](np.random.default_rng(0).random((8, 8)))
    runs = [both_clocks(lambda: PEERS[name][1](cost)) for _ in range(repeats(size))]
    lost = cost[np.arange(len(cost)), runs[-1][1]]
    made = lost <= SCALE
    spent = medians([{"assign_s": clock, "assign_cpu": cpu} for (clock, cpu), _ in runs])
    return {**spent, "pairs": int(made.sum()), "points": int((SCALE - lost[made]).sum())}


def scores(file: str, size: int) -> Figures:
    """Seconds of all scores in a frame."""
    warm()
    rosters = [rmatch.read_csv(file) for _ in range(repeats(size))]
    runs = [both_clocks(lambda own=own: rmatch.score_matrix(own, memory_limit=9 * size * size))[0] for own in rosters]
    return medians([{"scores_s": clock, "scores_cpu": cpu} for clock, cpu in runs])


def instead(file: str, size: int) -> Figures:
    """Seconds of what one would write by hand."""
    people = pd.read_csv(file, dtype=str, keep_default_na=False)
    paired(people.head(20))
    runs = [both_clocks(lambda: paired(people))[0] for _ in range(repeats(size))]
    return medians([{"instead_s": clock, "instead_cpu": cpu} for clock, cpu in runs])


def peers_of(file: str, matrix: str, size: int, times: int) -> tuple[dict[str, Figures], Figures]:
    """The solvers that are installed, and what else is measured beside them."""
    there = [name for name, (module, _) in PEERS.items() if find_spec(module) is not None]
    for name in PEERS.keys() - there:
        print(f"{name} is not installed and left out", file=sys.stderr)
    beside = [scores] + [instead] * ("lapx" in there)
    alone(costs, file, matrix)
    calls = [*((assigned, name, matrix, size) for name in there), *((call, file, size) for call in beside)]
    found = alone_in_turn(times, *calls, patience=LONG)
    Path(matrix).unlink()
    return dict(zip(there, found, strict=False)), {
        key: value for own in found[len(there) :] for key, value in own.items()
    }


# ---------------------------------------------------------------- all sizes


def at(size: int, folder: str, times: int, peers: bool) -> Figures:
    file, matrix = str(Path(folder) / f"{size}.csv"), str(Path(folder) / f"{size}.npy")
    alone(make, file, size)
    us, yardstick = alone_in_turn(times, (ours, file, size), (bare, size, size), patience=LONG)
    figures = {
        "mentors": size,
        "mentees": size,
        "rmatch": us,
        "bare_columns": yardstick["columns"],
        "bare_s": yardstick["seconds"],
        "match_over_bare": ratio(us["match_s"], yardstick["seconds"]),
        "whole_over_bare": ratio(us["whole_s"], yardstick["seconds"]),
        "match_busy": ratio(us["match_cpu"], us["match_s"] * THREADS),
        "verify_busy": ratio(us["verify_cpu"], us["verify_s"] * THREADS),
        "peers": {},
    }
    if not peers:
        return figures
    figures["peers"], beside = peers_of(file, matrix, size, times)
    for name, them in figures["peers"].items():
        assert (them["pairs"], them["points"]) == (us["pairs"], us["points"]), (name, us, them)
        them["over_ours"] = ratio(them["assign_s"], us["whole_s"])
        them["match_over_scored_cpu"] = ratio(us["match_cpu"], beside["scores_cpu"] + them["assign_cpu"])
        them["match_over_alone_cpu"] = ratio(us["match_cpu"], them["assign_cpu"])
    if "instead_s" in beside:
        figures["match_over_instead"] = ratio(us["match_s"], beside["instead_s"])
    return figures | {"beside": beside}


def ratio(one: float, other: float) -> float:
    return float(f"{one / other:.3g}")


def growth(runs: list[Figures], idle_bytes: int | None) -> Figures:
    """The exponents of time and memory in the size, by least squares of logarithms."""
    large = [run for run in runs if run["mentors"] >= GROWTH_FROM] or runs
    if len(large) < 2:
        return {}
    sizes = np.log([run["mentors"] for run in large])

    def exponent(values: list[float]) -> float:
        return round(float(np.polyfit(sizes, np.log(values), 1)[0]), 3)

    found: Figures = {"from": large[0]["mentors"], "to": large[-1]["mentors"]}
    for part in ("match_s", "whole_s"):
        found[part] = exponent([run["rmatch"][part] for run in large])
    found["bare_s"] = exponent([run["bare_s"] for run in large])
    if idle_bytes is not None:
        found["memory"] = exponent([max(run["rmatch"]["peak_bytes"] - idle_bytes, 1) for run in large])
    return found


def watch(runs: list[Figures]) -> None:
    """Fail where the watched ratio is far above the recorded one."""

    def watched(sizes: list[Figures]) -> float | None:
        found = (
            run["peers"].get("scipy", {}).get("match_over_scored_cpu") for run in sizes if run["mentors"] == WATCHED
        )
        return next(found, None)

    now, before = watched(runs), watched(json.loads(RECORDED.read_text(encoding="utf-8"))["sizes"])
    if now is not None and before is not None and now > GENEROUS * before:
        sys.exit(f"match ÷ (scores + scipy) at {WATCHED:,} a side, in processor time: {now}, recorded {before}")


def kept(file: Path | None, sizes: Sequence[int]) -> list[Figures]:
    """What was recorded of other sizes."""
    if file is None or not file.exists():
        return []
    return [run for run in json.loads(file.read_text(encoding="utf-8"))["sizes"] if run["mentors"] not in sizes]


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--sizes", type=int, nargs="+", metavar="N", help="these sizes only; others stay as recorded")
    words.add_argument("--large", action="store_true", help="100,000 too, without peers")
    words.add_argument("--peers-up-to", type=int, default=10_000, metavar="N", help="peers' largest size (10000)")
    given = words.parse_args()
    sizes = given.sizes or (SMALLEST if given.smallest else (*SIZES, *LARGE) if given.large else SIZES)
    times = 1 if given.smallest else 3
    idle_bytes = alone(warm)["peak_bytes"]
    runs = kept(given.json, sizes) if given.sizes else []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            runs.append(at(size, folder, times, peers=size <= given.peers_up_to))
            print(f"{size:,}: {runs[-1]['rmatch']['whole_s']:.2f} s", file=sys.stderr)
    runs.sort(key=lambda run: run["mentors"])
    report("assignment", {"sizes": runs, "idle_bytes": idle_bytes, "growth": growth(runs, idle_bytes)}, given.json)
    if given.smallest:
        watch(runs)


if __name__ == "__main__":
    main()
