"""Simulated programmes with a small minority: who gets a place, and by which way of scoring a sensitive column.

``python tests/support/minority.py`` prints the table of ``docs/trust.md``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

import rmatch
from rmatch.criteria import Background, Difference, Similarity, Skills
from rmatch.datasets import workforce
from rmatch.schema.binding import ColumnBinding

MENTORS, MENTEES, MINORITY, WITHHELD, DRAWS = 300, 150, 0.08, 0.30, 10
VISIBLE = (Skills(0.45), Background(0.25))
UNLIKE, ALIKE = Difference(0.30, column="heritage"), Similarity(0.30, column="heritage")
SENSITIVE = ColumnBinding(use="score", sensitive=True, consent="agrees", purpose="pairs across heritages")
OPEN = {"heritage": ColumnBinding()}
WAYS = {
    "visible criteria alone": rmatch.Program(criteria=VISIBLE, columns={"heritage": SENSITIVE}),
    "heritage as a sensitive column, unlike preferred": rmatch.Program(
        criteria=(*VISIBLE, UNLIKE), columns={"heritage": SENSITIVE}
    ),
    "heritage as any other column, unlike preferred": rmatch.Program(criteria=(*VISIBLE, UNLIKE), columns=OPEN),
    "heritage as a sensitive column, alike preferred": rmatch.Program(
        criteria=(*VISIBLE, ALIKE), columns={"heritage": SENSITIVE}
    ),
    "heritage as any other column, alike preferred": rmatch.Program(criteria=(*VISIBLE, ALIKE), columns=OPEN),
}
GROUPS = ("majority", "minority", "withheld")


@cache
def people(seed: int = 0) -> pd.DataFrame:
    """A programme with two juniors for each place, 8 % of a minority on both sides, and 30 % who do not say."""
    frame = workforce(MENTORS, MENTEES, seed=seed, missing=0.0).assign(capacity="1")
    draw = np.random.default_rng(seed)
    silent = draw.random(len(frame)) < WITHHELD
    heritage = np.where(draw.random(len(frame)) < MINORITY, "minority", "majority")
    return frame.assign(heritage=np.where(silent, "", heritage), agrees="yes")


@cache
def matched(way: str, seed: int = 0) -> rmatch.Matching:
    """The programme, matched one way."""
    program = WAYS[way]
    return rmatch.match(rmatch.from_frame(people(seed), program=program), program)


def rates(way: str, seed: int = 0) -> dict[str, tuple[int, int]]:
    """Of the juniors of each group, how many have a partner and how many there are."""
    juniors = people(seed)[people(seed)["role"] == "mentor"]
    placed = juniors["employee_id"].isin(matched(way, seed).pairs["mentor_id"])
    group = juniors["heritage"].replace("", "withheld")
    return {name: (int(placed[group == name].sum()), int((group == name).sum())) for name in GROUPS}


def across(way: str, seed: int = 0) -> tuple[int, int]:
    """Of the pairs in which both said what they are, how many cross the line, and how many there are."""
    said = people(seed).set_index("employee_id")["heritage"]
    pairs = matched(way, seed).pairs
    a, b = said[pairs["mentor_id"]].to_numpy(), said[pairs["mentee_id"]].to_numpy()
    known = (a != "") & (b != "")
    return int((known & (a != b)).sum()), int(known.sum())


def table() -> str:
    """The figures of all draws together, as a table of a document."""
    lines = [["juniors with a partner", *GROUPS, "pairs across"], ["---", *["---:"] * (len(GROUPS) + 1)]]
    for way in WAYS:
        each, pairs = ([count(way, seed) for seed in range(DRAWS)] for count in (rates, across))
        counts = [[sum(draw[name][k] for draw in each) for k in (0, 1)] for name in GROUPS]
        counts.append([sum(draw[k] for draw in pairs) for k in (0, 1)])
        lines.append([way, *(f"{a:,} of {n:,} ({100 * a / n:.0f} %)" for a, n in counts)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    print(table(), end="")
