"""Wishes, rounds and circles beside the plain solve of the same people: seconds of the processor, and what is proved.

    python -m benchmarks.wishes --json benchmarks/results/wishes.json

``plain_s`` is the default program, ``wishes_s`` the same with wishes for three mentors of each mentee drawn at random,
``rounds_s`` five rounds at once. Up to so many a side everybody has one partner. Circles are of three to eight mentees,
500 mentors and 100 mentees without numbers of their own, five made-up companies; ``gap_share`` is what a plan could
still gain, of its total.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from _run import Figures, alone, arguments, report, seconds

import rmatch
from rmatch import criteria, limits

SIZES = 10, 100, 500, 2_000
ROUNDS = 5
WISHED = criteria.Wishes(0.3)


def people(mentors: int, mentees: int, seed: int) -> pd.DataFrame:
    """A made-up company in which each mentee wishes for three mentors."""
    frame = rmatch.datasets.workforce(mentors, mentees, seed=seed).drop(columns="capacity")
    draw, ids = np.random.default_rng(seed), frame["employee_id"][frame["role"] == "mentor"].to_numpy()
    wishes = ["; ".join(draw.choice(ids, 3)) if role == "mentee" else "" for role in frame["role"]]
    return frame.assign(wishes=wishes)


def spent(roster: rmatch.Roster, program: rmatch.Program, times: int) -> tuple[float, rmatch.Matching]:
    """Seconds of the processor for a match, and the plan."""
    found: list[rmatch.Matching] = []
    took = seconds(lambda: found.append(rmatch.match(roster, program)), times, time.process_time)
    return took, found[-1]


def sides(size: int, times: int) -> Figures:
    """Wishes and rounds for as many mentors as mentees."""
    roster = rmatch.from_frame(people(size, size, 1))
    default = rmatch.Program()
    wished = rmatch.Program(criteria=(*default.criteria, WISHED))
    spent(roster, default, 1)  # what is made once
    plain_s, _ = spent(roster, default, times)
    wishes_s, plan = spent(roster, wished, times)
    year: list[rmatch.Rounds] = []
    rounds_s = seconds(lambda: year.append(rmatch.rounds(roster, default, ROUNDS)), 1, time.process_time)
    return {
        "people": size,
        "plain_s": plain_s,
        "wishes_s": wishes_s,
        "wishes": plan.status.name,
        "rounds_s": rounds_s,
        "rounds": year[-1].status.name,
        "rounds_over_plain": round(rounds_s / plain_s, 2),
    }


def circles(mentors: int, mentees: int, seed: int, times: int) -> Figures:
    """Circles beside the same people without any, mentors with room for as many."""
    roster = rmatch.from_frame(people(mentors, mentees, seed).drop(columns="wishes"))
    free, round_ = (rmatch.Program(limits=(each,)) for each in (limits.Capacity(mentors=8), limits.Circles(3, 8)))
    spent(roster, free, 1)
    plain_s, _ = spent(roster, free, times)
    circles_s, plan = spent(roster, round_, times)
    return {
        "mentors": mentors,
        "mentees": mentees,
        "seed": seed,
        "plain_s": plain_s,
        "circles_s": circles_s,
        "over_plain": round(circles_s / plain_s, 1),
        "circles": plan.status.name,
        "gap_share": plan.gap / plan.total if plan.total else 0.0,
    }


if __name__ == "__main__":
    words = arguments(str(__doc__))
    sizes, times = ((10,), 1) if words.smallest else (SIZES, 3)
    many = [(20, 15, 1)] if words.smallest else [(500, 100, seed) for seed in range(1, 6)]
    figures = {
        "sides": [alone(sides, size, times) for size in sizes],
        "circles": [alone(circles, *each, times) for each in many],
    }
    report("wishes", figures, words.json)
