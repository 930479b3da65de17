"""The default program, one to one, from the roster to a verified plan, beside three solvers of the dense assignment.

    python -m benchmarks.assignment --large --peers-up-to 20000 --json benchmarks/results/assignment.json

Every run has a process of its own; runs of ours and of the bare product take turns. The people come from a file that
another process made; ``read_s`` stands apart. ``verify_s`` is the separate pass over all pairs. Imports are left out,
by a tiny plan made first.

scipy, lapx and lapjv (group ``bench``, skipped where missing) get the same whole points as a dense float64 matrix, made
elsewhere; their seconds are those of the assignment alone, without the scores, and their peak holds that matrix. A pair
that a rule forbids costs more there than all others together, so that they too make most pairs first. Pairs and points
are asserted equal. (lapjv comes as source, so it needs a C++ compiler, and has no macOS build.)

``growth`` fits ``seconds ~ size ** time`` and ``bytes above an idle process ~ size ** memory`` to the sizes from
``from`` on.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from _run import LONG, Figures, alone, alone_in_turn, parser, peak_bytes, report
from bare import bare

import rmatch
from rmatch.factors import SCALE

SIZES, LARGE, SMALLEST = (1_000, 2_000, 5_000, 10_000, 20_000), (50_000, 100_000), (100, 200)
GROWTH_FROM = 10_000


def make(file: str, size: int) -> Figures:
    rmatch.datasets.workforce(size, size, seed=1, levels=0.0).assign(capacity="1").to_csv(file, index=False)
    return {}


def warm() -> Figures:
    """A process that has imported all, and made a plan for next to nobody."""
    people = rmatch.datasets.workforce(20, 20)
    return {"verified": bool(rmatch.match(rmatch.from_frame(people)).verify())}


def ours(file: str) -> Figures:
    warm()
    begin = time.perf_counter()
    roster = rmatch.read_csv(file)
    read, read_peak = time.perf_counter(), peak_bytes()
    matching = rmatch.match(roster)
    matched = time.perf_counter()
    verification = matching.verify()
    verified = time.perf_counter()
    assert verification, str(verification)
    assert matching.status is rmatch.Status.OPTIMAL, matching.status
    return {
        "read_s": read - begin,
        "match_s": matched - read,
        "verify_s": verified - matched,
        "whole_s": verified - read,
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


def assigned(name: str, matrix: str) -> Figures:
    cost = np.load(matrix)
    PEERS[name][1](np.random.default_rng(0).random((8, 8)))
    begin = time.perf_counter()
    partner = PEERS[name][1](cost)
    seconds = time.perf_counter() - begin
    lost = cost[np.arange(len(cost)), partner]
    made = lost <= SCALE
    return {"assign_s": seconds, "pairs": int(made.sum()), "points": int((SCALE - lost[made]).sum())}


def peers_of(file: str, matrix: str, times: int) -> dict[str, Figures]:
    there = [name for name, (module, _) in PEERS.items() if find_spec(module) is not None]
    for name in PEERS.keys() - there:
        print(f"{name} is not installed and left out", file=sys.stderr)
    if not there:
        return {}
    alone(costs, file, matrix)
    found = alone_in_turn(times, *((assigned, name, matrix) for name in there), patience=LONG)
    Path(matrix).unlink()
    return dict(zip(there, found, strict=True))


# ---------------------------------------------------------------- all sizes


def at(size: int, folder: str, times: int, peers: bool) -> Figures:
    file, matrix = str(Path(folder) / f"{size}.csv"), str(Path(folder) / f"{size}.npy")
    alone(make, file, size)
    us, yardstick = alone_in_turn(times, (ours, file), (bare, size, size))
    figures = {
        "mentors": size,
        "mentees": size,
        "rmatch": us,
        "bare_columns": yardstick["columns"],
        "bare_s": yardstick["seconds"],
        "match_over_bare": round(us["match_s"] / yardstick["seconds"], 2),
        "whole_over_bare": round(us["whole_s"] / yardstick["seconds"], 2),
        "peers": peers_of(file, matrix, times) if peers else {},
    }
    for name, them in figures["peers"].items():
        assert (them["pairs"], them["points"]) == (us["pairs"], us["points"]), (name, us, them)
        them["over_ours"] = round(them["assign_s"] / us["whole_s"], 2)
    return figures


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


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--sizes", type=int, nargs="+", metavar="N", help="these sizes instead")
    words.add_argument("--large", action="store_true", help="50,000 and 100,000 too, without peers")
    words.add_argument("--peers-up-to", type=int, default=10_000, metavar="N", help="peers' largest size (10000)")
    given = words.parse_args()
    sizes = given.sizes or (SMALLEST if given.smallest else (*SIZES, *LARGE) if given.large else SIZES)
    times = 1 if given.smallest else 3
    idle_bytes = alone(warm)["peak_bytes"]
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            runs.append(at(size, folder, times, peers=size <= given.peers_up_to))
            print(f"{size:,}: {runs[-1]['rmatch']['whole_s']:.2f} s", file=sys.stderr)
    report("assignment", {"sizes": runs, "idle_bytes": idle_bytes, "growth": growth(runs, idle_bytes)}, given.json)


if __name__ == "__main__":
    main()
