"""Limits and objectives beside the plain solve of the same people: seconds, multiples, and what is proved.

    python -m benchmarks.limits --json benchmarks/results/limits.json

Every size is measured in a process of its own. ``over_plain`` is a multiple of the plain certified solve there, the
default program; ``gap_share`` is what the total could still gain, of the total. Shares ask for a tenth, or a twentieth
where there are four, more pairs within one location, job family, career path and tenure band than the plain plan has,
which prefers pairs that differ; so all of them bind. The curve is that of ``rematch_curve``: one in fifty has left, as
many have joined, and eight budgets of changes are each solved for; its multiple is that of one point. ``losses`` is
what every partner of one mentor would cost, the graph laid out anew; beyond 25 million pairs one ``why_not`` solves
again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
from _run import Figures, alone, median, parser, report, seconds

import rmatch
from rmatch import limits, objectives

SIZES = 200, 2_000, 10_000
COLUMNS = "location", "job_family", "career_path", "tenure_band"
BUDGETS = 8


def people(size: int, seed: int = 1) -> pd.DataFrame:
    frame = rmatch.datasets.workforce(size, size, seed=seed, levels=0.0).assign(capacity="1")
    return frame[frame["role"] != "none"]


def same(roster: rmatch.Roster, matching: rmatch.Matching, column: str) -> float:
    """The share of pairs whose two people have the same answer."""
    mentors, mentees = (
        side[column].astype(str).reindex([pair[k] for pair in matching.pair_ids]).to_numpy()
        for k, side in enumerate((roster.mentors, roster.mentees))
    )
    return float(((mentors == mentees) & (mentors != "")).mean())


def shares(roster: rmatch.Roster, plain: rmatch.Matching, columns: tuple[str, ...], more: float) -> rmatch.Program:
    """The default program with a least share of pairs that are the same in each column."""
    asked = ((column, round(same(roster, plain, column) + more, 2)) for column in columns)
    wished = tuple(limits.Share(column, differ=False, least=least) for column, least in asked)
    return plain.program.model_copy(update={"limits": wished})


def later(frame: pd.DataFrame, size: int) -> pd.DataFrame:
    """The people when one in fifty has left and as many have joined."""
    joined = people(max(size // 50, 2), seed=2)
    joined = joined.assign(employee_id="joined" + joined["employee_id"], manager_id="")
    stayed = frame.sample(frac=1 - 1 / 50, random_state=1)
    return pd.concat([stayed, joined])


def solved(roster: rmatch.Roster, program: rmatch.Program, times: int, plain_s: float) -> Figures:
    """One program: how long it takes, and what is proved of its plan."""
    spent: list[float] = []
    for _ in range(times):
        begin = time.perf_counter()
        matching = rmatch.match(roster, program)
        spent.append(time.perf_counter() - begin)
    assert matching.verify(), str(matching.verify())
    return {
        "seconds": median(spent),
        "over_plain": round(median(spent) / plain_s, 2),
        "gap_share": float(f"{matching.gap / max(matching.total, 1e-9):.2g}"),
        "status": matching.status.name,
        "trusts": list(matching.certificate.trusts),
    }


def curve(plain: rmatch.Matching, frame: pd.DataFrame, size: int, plain_s: float) -> Figures:
    """The curve of a rematch: all its points at once."""
    roster = rmatch.from_frame(later(frame, size))
    free = rmatch.rematch(plain, roster)
    most = len([why for why in plain.compare(free).because if "better" in why])
    budgets = sorted({round(most * k / (BUDGETS - 1)) for k in range(BUDGETS)})
    begin = time.perf_counter()
    found = rmatch.rematch_curve(plain, roster, changes=budgets)
    spent = time.perf_counter() - begin
    gaps = (found["gap"] / found["total"].clip(lower=1e-9)).max()
    return {
        "points": len(found),
        "seconds": float(f"{spent:.5g}"),
        "over_plain": round(spent / len(found) / plain_s, 2),
        "gap_share": float(f"{gaps:.2g}"),
        "status": " ".join(sorted(set(found["status"]))),
        "trusts": [],
        "changes": [int(k) for k in found["changed"]],
    }


def asked(plain: rmatch.Matching, times: int, plain_s: float) -> dict[str, Figures]:
    """Questions to the plain plan."""
    mentor = plain.pair_ids[len(plain.points) // 2][0]
    questions: dict[str, Callable[[], object]] = {"losses": lambda: replace(plain).losses(mentor)}
    if plain.residual is None:
        mentee = plain.pair_ids[0][1]
        questions = {"why_not": lambda: plain.why_not(mentor, mentee)}
    found: dict[str, Figures] = {}
    for name, question in questions.items():
        spent = seconds(question, times)
        found[name] = {"seconds": spent, "over_plain": round(spent / plain_s, 2), "gap_share": 0.0, "status": "exact"}
    return found


def measured(size: int, times: int) -> Figures:
    frame = people(size)
    roster = rmatch.from_frame(frame)
    rmatch.match(rmatch.from_frame(people(20))).verify()  # have everything imported before the clock runs
    plain_s = seconds(lambda: rmatch.match(roster), times)
    plain = rmatch.match(roster)
    order = (objectives.MostPairs(), objectives.WorstPair(), objectives.Total())
    bands = (objectives.MostPairs(), objectives.Bands((0.3, 0.5)), objectives.Total())
    programs = {
        "one share": shares(roster, plain, COLUMNS[:1], 0.1),
        "four shares": shares(roster, plain, COLUMNS, 0.05),
        "max–min then total": plain.program.model_copy(update={"objectives": order}),
        "bands then total": plain.program.model_copy(update={"objectives": bands}),
    }
    wishes = {name: solved(roster, program, times, plain_s) for name, program in programs.items()}
    wishes["rematch, each of eight budgets"] = curve(plain, frame, size, plain_s)
    for name, figures in wishes.items():
        print(f"{size:,}: {name}: {figures['over_plain']} ×, gap {figures['gap_share']}", file=sys.stderr)
    return {"mentors": size, "mentees": size, "plain_s": plain_s, "wishes": wishes | asked(plain, times, plain_s)}


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--sizes", type=int, nargs="+", metavar="N", help="these sizes instead")
    given = words.parse_args()
    sizes, times = ((40,), 1) if given.smallest else (given.sizes or SIZES, 3)
    report("limits", {"sizes": [alone(measured, size, times) for size in sizes]}, given.json)


if __name__ == "__main__":
    main()
