"""Tracks beside the plain solve: juniors and seniors who teach each other, and the same people in one direction.

    python -m benchmarks.tracks --json benchmarks/results/tracks.json

Half of the people have room for one partner in both roles together. ``plain_s`` is the plain solve of the same people
in one direction, ``apart_s`` that of both directions one after the other, each under the default program, and
``over_plain`` and ``over_apart`` are the multiples of these. Seconds of the processor, medians of three, in one process
after a solve to warm up. ``verify_s`` is what checking the plan anew takes.
"""

from __future__ import annotations

import time

import numpy as np
from _run import Figures, alone, arguments, report, seconds

import rmatch
from rmatch import datasets

SIZES = (10, 5), (100, 50), (500, 250), (2_000, 1_000)
TRACKS = ({"name": "reverse", "teaches": "junior"}, {"name": "traditional", "teaches": "senior"})


def measured(juniors: int, seniors: int, times: int) -> Figures:
    frame = datasets.two_tracks(juniors, seniors, seed=1, one_track=0.0)
    junior = frame["side"] == "junior"
    bare = frame.drop(columns=["side", "tracks", "capacity_total"])
    plain, back = (rmatch.from_frame(bare.assign(role=np.where(who, "mentor", "mentee"))) for who in (junior, ~junior))
    down = rmatch.Program(rules=(rmatch.rules.GradeGap(at_least=-99, at_most=-1), rmatch.rules.OutsideReportingLine()))
    rmatch.match(plain)
    base = seconds(lambda: rmatch.match(plain), times, time.process_time)
    apart = base + seconds(lambda: rmatch.match(back, down), times, time.process_time)
    figures: Figures = {"juniors": juniors, "seniors": seniors, "plain_s": base, "apart_s": float(f"{apart:.5g}")}
    for mirror in ("allow", "require"):
        program = rmatch.Program.model_validate({"tracks": TRACKS, "mirror": mirror})
        roster = rmatch.from_frame(frame, program=program)
        plan = rmatch.match(roster, program)
        assert plan.status is rmatch.Status.OPTIMAL
        spent = seconds(lambda: rmatch.match(roster, program), times, time.process_time)  # noqa: B023
        figures[mirror] = {
            "s": spent,
            "over_plain": float(f"{spent / base:.3g}"),
            "over_apart": float(f"{spent / apart:.3g}"),
            "pairs": len(plan.pair_ids),
            "status": plan.status.name,
            "gap": plan.gap,
            "verify_s": seconds(lambda: plan.verify(roster), 1, time.process_time),  # noqa: B023
        }
    return figures


if __name__ == "__main__":
    asked = arguments(__doc__)
    sizes, times = (SIZES[:1], 1) if asked.smallest else (SIZES, 3)
    report("tracks", {"times": times, "sizes": [alone(measured, *size, times) for size in sizes]}, asked.json)
