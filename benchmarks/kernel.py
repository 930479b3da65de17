"""The kernel: one pass over all pairs with rules and harvest, beside the bare product and beside top-32 libraries.

    python -m benchmarks.kernel --json benchmarks/results/kernel.json

``scan_s`` is the loop's own harvest under the default program, at prices that about thirty pairs a person beat: the
product, the rules, and the pairs that are kept. ``bare_s``, by turns in the same process, is one product of the columns
that the factors have with 150 skills before they are split; with 14,000 skills the yardstick stays the same.

``best`` holds the best 32 of everybody on *both* sides: rmatch's with the default rules and without, and without rules,
on the same points, faiss (``IndexFlatIP`` on the dense rows; one search a side) and sparse_dot_topn (one product a
side). The sums of all 32 best are asserted equal. scikit-learn has no best-k of inner products; its ``linear_kernel``
makes the scores once, a thousand mentors at a time, and keeps nothing. Peers come with the group ``bench`` and are
skipped, with a word, where they are missing. Names that end in ``_cpu`` are seconds of the processor, all threads
together.

``matrix`` is :func:`rmatch.score_matrix`, the frame included, beside one such pass over the same people.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from _run import Figures, alone, both_clocks, median, medians, parser, report, seconds
from bare import product_seconds

import rmatch
from rmatch.problem.bounds import Candidates
from rmatch.problem.build import prepare
from rmatch.problem.model import Model
from rmatch.solve.scan.executors import THREADS
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.layout import only
from rmatch.solve.scan.reductions import Dense, Found, Harvest
from rmatch.solve.scan.top_k import best_of_both

VOCABULARIES = 150, 14_000
MATRIX = 10_000
PER_PERSON, CAP, BEST = 30, 64, 32
_SAMPLE, _BLOCK = 256, 1_000


def roster_of(size: int, vocabulary: int) -> rmatch.Roster:
    people = rmatch.datasets.workforce(size, size, seed=1, vocabulary=vocabulary, levels=0.0)
    return rmatch.from_frame(people.assign(capacity="1"))


def model_of(size: int, vocabulary: int, rules: bool = True) -> Model:
    return prepare(roster_of(size, vocabulary), rmatch.Program() if rules else rmatch.Program(rules=()))[0]


def calibrated(kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
    """Prices that about thirty eligible pairs a mentor beat, judged on a sample: popular mentees cost more."""
    m, n = kernel.shape
    few = np.arange(min(m, _SAMPLE))
    free = np.zeros(m, np.int64), np.zeros(n, np.int64)
    scores = kernel.scan(kernel.priced(*free, rows=few), Dense(len(few), n))
    y = np.quantile(scores, 0.95, axis=0, method="nearest").astype(np.int64)
    beating = (scores - y).ravel()
    level = np.partition(beating, -PER_PERSON * len(few))[-PER_PERSON * len(few)]
    return np.full(m, int(level), np.int64), y


def harvester(model: Model) -> Callable[[], Found]:
    """One pass of the loop's own."""
    kernel, size = Kernel.of(model), model.shape[0]
    x, y = calibrated(kernel)
    none = np.zeros(0, np.int64)
    question = kernel.outside(Candidates.of(none, none, none, kernel.shape), x, y)

    return lambda: kernel.scan(kernel.priced(x, y), Harvest(question, CAP, size))


def scanned(size: int, vocabulary: int, columns: int | None, times: int) -> Figures:
    model = model_of(size, vocabulary)
    harvest = harvester(model)
    kept, width = len(harvest().i), columns or len(_used(model))
    scans, bares = [], []
    for _ in range(times):
        scans.append(seconds(harvest, 1))
        bares.append(product_seconds(size, size, width))
    scan, bare = median(scans), median(bares)
    return {
        "vocabulary": vocabulary,
        "factor_columns": len(_used(model)),
        "product_columns": Kernel.of(model).left.side.dense.shape[1],
        "layout_s": seconds(lambda: Kernel.of(model), times),
        "kept_per_person": round(kept / size, 1),
        "scan_s": scan,
        "bare_columns": width,
        "bare_s": bare,
        "scan_over_bare": round(scan / bare, 3),
    }


def matrix(size: int, times: int) -> Figures:
    """All scores in a frame, beside the pass, by turns."""
    roster = roster_of(size, VOCABULARIES[0])
    harvest = harvester(prepare(roster, rmatch.Program())[0])
    rmatch.score_matrix(roster_of(20, VOCABULARIES[0]))  # have everything imported before the clock runs
    runs = []
    for _ in range(times):
        (pass_s, pass_cpu), _ = both_clocks(harvest)
        (matrix_s, matrix_cpu), _ = both_clocks(lambda: rmatch.score_matrix(roster))
        runs.append({"pass_s": pass_s, "pass_cpu": pass_cpu, "matrix_s": matrix_s, "matrix_cpu": matrix_cpu})
    found = medians(runs)
    over = {part: round(found[f"matrix_{part}"] / found[f"pass_{part}"], 2) for part in ("s", "cpu")}
    return {"people": size, **found, "matrix_over_pass": over["s"], "matrix_over_pass_cpu": over["cpu"]}


# ---------------------------------------------------------------- the best 32 of everybody, both sides


def ours(size: int, vocabulary: int, times: int) -> Figures:
    ruled, free = (Kernel.of(model_of(size, vocabulary, rules)) for rules in (True, False))

    return {
        "with_rules_s": seconds(lambda: best_of_both(ruled, BEST), times),
        "both_s": seconds(lambda: best_of_both(free, BEST), times),
        "both_cpu": seconds(lambda: best_of_both(free, BEST), times, time.process_time),
        "points": sum(int(side.points.sum()) for side in best_of_both(free, BEST)),
    }


def faisss(size: int, vocabulary: int, times: int) -> Figures:
    import faiss

    faiss.omp_set_num_threads(THREADS)
    model = model_of(size, vocabulary, rules=False)
    sides = _dense(model)
    found: dict[int, int] = {}

    def search(own: int) -> None:
        index = faiss.IndexFlatIP(sides[own].shape[1])
        index.add(sides[1 - own])
        found[own] = int(index.search(sides[own], BEST)[0].astype(np.int64).sum())

    spent = [seconds(lambda own=own: search(own), times) for own in (0, 1)]
    return {"columns": sides[0].shape[1], "mentors_s": spent[0], "both_s": sum(spent), "points": sum(found.values())}


def sparse_dot_topns(size: int, vocabulary: int, times: int) -> Figures:
    from scipy.sparse import csr_matrix
    from sparse_dot_topn import sp_matmul_topn

    model = model_of(size, vocabulary, rules=False)
    sides = [csr_matrix((s.value.astype(float), s.column, s.start), (len(s), s.width)) for s in (model.u, model.v)]
    found: dict[int, int] = {}

    def multiply(own: int) -> None:
        best = sp_matmul_topn(sides[own], sides[1 - own].T.tocsr(), top_n=BEST, n_threads=THREADS)
        found[own] = int(best.data.astype(np.int64).sum())

    spent = [seconds(lambda own=own: multiply(own), times) for own in (0, 1)]
    return {"mentors_s": spent[0], "both_s": sum(spent), "points": sum(found.values())}


def scikit_learns(size: int, vocabulary: int, times: int) -> Figures:
    from sklearn.metrics.pairwise import linear_kernel

    u, v = _dense(model_of(size, vocabulary, rules=False))

    def score() -> None:
        for begin in range(0, size, _BLOCK):
            linear_kernel(u[begin : begin + _BLOCK], v)

    return {"columns": u.shape[1], "scores_s": seconds(score, times)}


def _used(model: Model) -> np.ndarray:
    """The columns of the factors that somebody uses on either side."""
    used = [np.bincount(s.column, minlength=s.width) > 0 for s in (model.u, model.v)]
    return np.flatnonzero(used[0] & used[1])


def _dense(model: Model) -> list[np.ndarray]:
    """Both sides' rows in full, in float32, which holds their points exactly."""
    return [only(side, _used(model)).dense(np.float32) for side in (model.u, model.v)]


PEERS: dict[str, tuple[str, Callable[[int, int, int], Figures]]] = {
    "faiss": ("faiss", faisss),
    "sparse_dot_topn": ("sparse_dot_topn", sparse_dot_topns),
    "scikit-learn": ("sklearn", scikit_learns),
}


def best(size: int, vocabulary: int, times: int) -> Figures:
    found = {"rmatch": alone(ours, size, vocabulary, times)}
    us = found["rmatch"]
    for name, (module, measure) in PEERS.items():
        if find_spec(module) is None:
            print(f"{name} is not installed and left out", file=sys.stderr)
            continue
        found[name] = them = alone(measure, size, vocabulary, times)
        if "points" in them:
            assert them["points"] == us["points"], (name, us, them)
            them["over_ours"] = round(them["both_s"] / us["both_s"], 2)
            them["mentors_over_ours_both"] = round(them["mentors_s"] / us["both_s"], 2)
    return found


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--size", type=int, default=20_000, metavar="N", help="mentors and mentees, each (20000)")
    given = words.parse_args()
    size, times = (1_000, 1) if given.smallest else (given.size, 3)
    columns: int | None = None
    scans = []
    for vocabulary in VOCABULARIES:
        scans.append(alone(scanned, size, vocabulary, columns, times))
        columns = scans[0]["bare_columns"]
    figures: Figures = {
        "mentors": size,
        "mentees": size,
        "times": times,
        "scan": scans,
        "wide_over_narrow": round(scans[1]["scan_s"] / scans[0]["scan_s"], 3),
        "matrix": alone(matrix, 1_000 if given.smallest else MATRIX, times),
        "best": {str(vocabulary): best(size, vocabulary, times) for vocabulary in VOCABULARIES},
    }
    report("kernel", figures, given.json)


if __name__ == "__main__":
    main()
