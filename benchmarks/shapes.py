"""Plans of many shapes, hard ones among them: seconds from the roster to a verified plan, memory, and what was proved.

    python -m benchmarks.shapes --large --json benchmarks/results/shapes.json

Each shape is made, read, matched and verified in a process of its own; the large ones are read from a file that another
process made, and ``all_s`` counts the reading. Multiples are of one bare product of the same people with the columns of
the default program, in a process of its own by turns. ``rounds`` counts the passes over what beats the prices. Ten
minutes are the most that a shape gets; what is unproved by then says FEASIBLE, with the gap that is left.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from _run import Figures, alone, alone_in_turn, parser, peak_bytes, report
from bare import bare

import rmatch
from rmatch import Program
from rmatch.columns import Number, Table
from rmatch.criteria import Criterion, Difference, Similarity, Skills
from rmatch.factors import Factors
from rmatch.rules import GradeGap, OutsideReportingLine, Same
from rmatch.solve.progress import Event

TIME_LIMIT = 600.0
PATIENCE = 300.0
"""Seconds; what takes longer is measured once."""
DEFAULT = Program()
SKILLS = tuple(f"skill {k:03d}" for k in range(150))

Shape = tuple[pd.DataFrame, Program]


@dataclass(frozen=True)
class Product(Criterion):
    """``q_i · w_j``: everybody agrees who is best, on both sides, so prices spread far and ties are many."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: D102
        return ("grade",), ("grade",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:  # noqa: D102
        q, w = (cast(Number, table["grade"]).values[:, None] for table in (mentors, mentees))
        return 2.0**-12 * Factors.of(q, w)


# ---------------------------------------------------------------- shapes of a real workforce


def capacities(size: int) -> Shape:
    """Mentors for one to three mentees each, and two and a half times as many mentees."""
    people = rmatch.datasets.workforce(size, size * 5 // 2, seed=1, levels=0.0).assign(capacity="1")
    places = np.random.default_rng(0).integers(1, 4, size).astype(str)
    people.loc[people["role"] == "mentor", "capacity"] = places
    return people, DEFAULT


def sites(size: int) -> Shape:
    """Most pairs first where people of the same site only may meet, and the sites do not balance."""
    people = rmatch.datasets.workforce(size, size, seed=1, levels=0.0).assign(capacity="1")
    return people, Program(rules=(GradeGap(at_least=1), OutsideReportingLine(), Same("location")))


# ---------------------------------------------------------------- shapes made to be hard


def people(size: int, **columns: Iterable[object]) -> pd.DataFrame:
    """As many mentors as mentees, mentors first in every column."""
    ids = [f"{side}{k}" for side in ("a", "b") for k in range(size)]
    return pd.DataFrame({"employee_id": ids, "role": ["mentor"] * size + ["mentee"] * size} | columns).astype(str)


def some(random: np.random.Generator, persons: int, least: int, most: int) -> list[str]:
    """So many skills for each person, all equally likely."""
    counts = random.integers(least, most + 1, persons)
    return ["; ".join(random.choice(SKILLS, count, replace=False)) for count in counts]


def offers(random: np.random.Generator, size: int) -> dict[str, list[str]]:
    """What mentors offer and mentees want."""
    return {
        "skills_offered": some(random, size, 3, 9) + [""] * size,
        "skills_wanted": [""] * size + some(random, size, 2, 6),
    }


def all_equal(size: int) -> Shape:
    """Every pair scores the same."""
    return people(size, department=["one"] * 2 * size), Program(criteria=(Similarity(column="department"),), rules=())


def coarse(size: int) -> Shape:
    """A score of 0 or 1: thirty departments, the same one wanted."""
    departments = np.random.default_rng(0).integers(0, 30, 2 * size)
    return people(size, department=departments), Program(criteria=(Similarity(column="department"),), rules=())


def coarse_different(size: int) -> Shape:
    """A score of 0 or 1: eight departments, another one wanted."""
    departments = np.random.default_rng(0).integers(0, 8, 2 * size)
    return people(size, department=departments), Program(criteria=(Difference(column="department"),), rules=())


def stars(size: int) -> Shape:
    """One mentor in a hundred offers every skill, so everyone wants them; the others offer one to three."""
    random = np.random.default_rng(0)
    famous = size // 100 + 1
    offered = ["; ".join(SKILLS)] * famous + some(random, size - famous, 1, 3)
    wanted = some(random, size, 2, 5)
    made = people(size, skills_offered=offered + [""] * size, skills_wanted=[""] * size + wanted)
    return made, Program(criteria=(Skills(),), rules=())


def products(size: int) -> Shape:
    """Scores ``q_i · w_j``, each of 65 values."""
    values = np.random.default_rng(0).integers(0, 65, 2 * size)
    return people(size, grade=values), Program(criteria=(Product(),), rules=())


def half(size: int) -> Shape:
    """Grades the same on both sides, so that more than half of all pairs are forbidden and many people stay alone."""
    random = np.random.default_rng(0)
    made = people(size, grade=random.integers(1, 8, 2 * size), **offers(random, size))
    return made, Program(criteria=(Skills(),), rules=(GradeGap(at_least=1),))


def clusters(size: int) -> Shape:
    """Fifty departments that do not touch."""
    random = np.random.default_rng(0)
    made = people(size, department=random.integers(0, 50, 2 * size), **offers(random, size))
    return made, Program(criteria=(Skills(),), rules=(Same("department"),))


SHAPES: tuple[tuple[Callable[[int], Shape], int], ...] = (
    (capacities, 20_000),
    (sites, 20_000),
    (all_equal, 10_000),
    (coarse, 10_000),
    (coarse_different, 10_000),
    (stars, 10_000),
    (products, 10_000),
    (half, 10_000),
    (clusters, 10_000),
)
LARGE = ((200_000, 5_000), (1_000_000, 20_000))


# ---------------------------------------------------------------- runs


def warm() -> None:
    """Have everything imported before the clock runs."""
    rmatch.match(rmatch.from_frame(rmatch.datasets.workforce(20, 20))).verify()


def planned(roster: rmatch.Roster, program: Program | None, limit: float | None) -> Figures:
    events: list[Event] = []
    begin = time.perf_counter()
    matching = rmatch.match(roster, program, time_limit=limit, progress=events.append)
    matched = time.perf_counter()
    match_peak = peak_bytes()
    verification = matching.verify()
    verified = time.perf_counter()
    assert verification, str(verification)
    return {
        "mentors": len(roster.mentors),
        "mentees": len(roster.mentees),
        "match_s": matched - begin,
        "verify_s": verified - matched,
        "whole_s": verified - begin,
        "pairs": len(matching.points),
        "points": int(matching.points.sum()),
        "total": matching.total,
        "gap": matching.gap,
        "status": matching.status.name,
        "rounds": events[-1].round,
        "match_peak_bytes": match_peak,
    }


def shaped(make: Callable[[int], Shape], size: int) -> Figures:
    warm()
    frame, program = make(size)
    begin = time.perf_counter()
    roster = rmatch.from_frame(frame)
    del frame
    read_s = time.perf_counter() - begin
    return {"read_s": read_s, **planned(roster, program, TIME_LIMIT)}


def write(file: str, m: int, n: int) -> Figures:
    rmatch.datasets.workforce(m, n, seed=1, levels=0.0).assign(capacity="1").to_csv(file, index=False)
    return {}


def from_file(file: str) -> Figures:
    warm()
    begin = time.perf_counter()
    roster = rmatch.read_csv(file)
    read_s, read_peak = time.perf_counter() - begin, peak_bytes()
    figures = planned(roster, None, None)
    return {"read_s": read_s, "all_s": read_s + figures["whole_s"], "read_peak_bytes": read_peak, **figures}


def beside_bare(name: str, what: str, shape: tuple[int, int], times: int, run: tuple[object, ...]) -> Figures:
    """One shape's figures, with the bare product of as many people."""
    us, yardstick = alone_in_turn(times, run, (bare, *shape), patience=PATIENCE)
    whole = us["whole_s"] / yardstick["seconds"]
    print(f"{name}: {us['whole_s']:.2f} s, {us['status']}, gap {us['gap']}", file=sys.stderr)
    return {"name": name, "what": what, **us, "bare_s": yardstick["seconds"], "whole_over_bare": round(whole, 2)}


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--size", type=int, metavar="N", help="mentors of every shape, instead of its own number")
    words.add_argument("--only", nargs="+", metavar="NAME", help="these shapes only")
    words.add_argument("--large", action="store_true", help="200,000 × 5,000 and 1,000,000 × 20,000 too, from files")
    given = words.parse_args()
    one_size, times = (200, 1) if given.smallest else (given.size, 3)
    found = []
    for make, usual in SHAPES:
        if given.only and make.__name__ not in given.only:
            continue
        size, name, what = one_size or usual, make.__name__, (make.__doc__ or "").strip()
        mentees = size * 5 // 2 if make is capacities else size
        found.append(beside_bare(name, what, (size, mentees), times, (shaped, make, size)))
    for m, n in LARGE if given.large else ():
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "workforce.csv")
            alone(write, file, m, n)
            what = "The default program from a file, reading included."
            found.append(beside_bare(f"{m:,} × {n:,}", what, (m, n), times, (from_file, file)))
    report("shapes", {"shapes": found}, given.json)


if __name__ == "__main__":
    main()
