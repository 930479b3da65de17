"""5,000 juniors × 5,000 seniors under the default program, from the file to a verified proof: seconds and peak memory.

Beside it, in the same run and on the same scores, ``scipy.optimize.linear_sum_assignment`` on the dense matrix; pairs
and total are asserted equal. ``above_roster_bytes`` is what matching and verifying add to the peak of a process that
only reads the people, ``match_above_roster_bytes`` what matching alone adds; ``dense_float32_bytes`` is what one dense
matrix of the scores would take. Scipy's seconds are those of the assignment alone; its peak includes the dense scores
that it needs.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from _run import Figures, alone, arguments, medians, peak_bytes, report

import rmatch


def make(file: str, size: int) -> Figures:
    rmatch.datasets.workforce(size, size, seed=1).assign(capacity="1").to_csv(file, index=False)
    return {}


def reading(file: str) -> Figures:
    from rmatch.api import match

    begin = time.perf_counter()
    roster = rmatch.read_csv(file)
    return {"read_s": time.perf_counter() - begin, "people": len(roster.tables()[0].ids), "engine": match.__name__}


def ours(file: str) -> Figures:
    begin = time.perf_counter()
    roster = rmatch.read_csv(file)
    read = time.perf_counter()
    matching = rmatch.match(roster)
    matched, matched_peak = time.perf_counter(), peak_bytes()
    assert matching.verify(roster), "the proof does not hold"
    verified = time.perf_counter()
    assert matching.status is rmatch.Status.OPTIMAL
    return {
        "read_s": read - begin,
        "match_s": matched - read,
        "verify_s": verified - matched,
        "whole_s": verified - begin,
        "pairs": len(matching.pairs),
        "points": int(matching.points.sum()),
        "total": matching.total,
        "gap": matching.gap,
        "matched_peak_bytes": matched_peak,
    }


def scipys(file: str) -> Figures:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    scores = rmatch.score_matrix(rmatch.read_csv(file)).to_numpy()
    points = np.rint(scores * 2**20)
    worth = np.where(
        np.isnan(points), 0.0, points + 2.0**34
    )  # most pairs first: one more is worth more than all scores
    begin = time.perf_counter()
    i, j = linear_sum_assignment(worth, maximize=True)
    seconds = time.perf_counter() - begin
    made = worth[i, j] > 0
    return {"assign_s": seconds, "pairs": int(made.sum()), "points": int(points[i, j][made].sum())}


def main() -> None:
    words = arguments(__doc__ or "")
    size, times = (60, 1) if words.smallest else (5_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "workforce.csv")
        alone(make, file, size)
        only_read = medians([alone(reading, file) for _ in range(times)])
        us, them = (medians([alone(run, file) for _ in range(times)]) for run in (ours, scipys))
    assert (us["pairs"], us["points"]) == (them["pairs"], them["points"]), (us, them)
    figures: Figures = {"mentors": size, "mentees": size, "times": times, "rmatch": us, "scipy": them}
    if only_read["peak_bytes"] is not None:
        figures["roster_peak_bytes"] = only_read["peak_bytes"]
        figures["match_above_roster_bytes"] = us["matched_peak_bytes"] - only_read["peak_bytes"]
        figures["above_roster_bytes"] = us["peak_bytes"] - only_read["peak_bytes"]
    figures["dense_float32_bytes"] = 4 * size * size
    report("five_thousand", figures, words.json)


if __name__ == "__main__":
    main()
