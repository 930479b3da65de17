"""Limits and objectives beside the plain solve of the same people: seconds, multiples, and what is proved.

    python -m benchmarks.limits --json benchmarks/results/limits.json

Every figure is measured in a process of its own, beside the plain certified solve of the same people under the default
program: ``plain_s`` there, ``over_plain`` the multiple of it. ``peak_bytes`` is the most memory of both. ``gap_share``
is what the total could still gain, of the total. Shares ask
for a tenth, or a twentieth where there are four, more pairs within one location, job family, career path and tenure
band than the plain plan has, which prefers pairs that differ; so all of them bind. The curve is eight rematches: one in
fifty has left, as many have joined, and each has another budget of changes; its multiple is that of one of them, its
gap the largest, its status the weakest. ``losses`` is what every partner of one mentor would cost, ``alternatives``
and ``why_not`` what their best others and one other would, the graph laid out anew each time; ``price_of`` that of the
grade gap, and ``backups`` a second choice for everybody. ``place`` is told of eight joiners one after another, with the
graph laid out for the first of them (``first_s``). Medians of three, but what takes over a minute is measured once.

``crossing`` is about limits that cross both sides, those of :mod:`benchmarks._crossing`, in seconds of the processor;
``before`` are the figures of an earlier version for the same programs, kept from the file that is written. Each part
can be measured alone, the other is then kept too:

    python -m benchmarks.limits --only crossing --json benchmarks/results/limits.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import _crossing
import pandas as pd
from _run import Figures, alone, parser, report, seconds

import rmatch
from rmatch import limits, objectives
from rmatch.analysis.difference import DROPPED

SIZES = 200, 2_000, 10_000
CROSSING_SIZES = 50, 100, 200, 500, 1_000
COLUMNS = "location", "job_family", "career_path", "tenure_band"
BUDGETS = JOINERS = 8


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


def proved(plans: Sequence[rmatch.Matching]) -> Figures:
    """What is proved of some plans: the largest gap, the weakest status, and whose word they rest on."""
    for plan in plans:
        told = plan.verify()
        assert told, str(told)
    statuses = [plan.status for plan in plans]
    optimal = statuses.count(rmatch.Status.OPTIMAL)
    return {
        "gap_share": float(f"{max(plan.gap / max(plan.total, 1e-9) for plan in plans):.2g}"),
        "status": "OPTIMAL" if optimal == len(plans) else "FEASIBLE",
        "optimal": optimal,
        "plans": len(plans),
    }


def solved(roster: rmatch.Roster, program: rmatch.Program, times: int) -> Figures:
    """One program: how long it takes, and what is proved of its plan."""
    plans: list[rmatch.Matching] = []

    def solve() -> None:
        plans[:] = [rmatch.match(roster, program)]

    return {"seconds": seconds(solve, times), **proved(plans)}


# ---------------------------------------------------------------- what is asked beside the plain solve


def one_share(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    return solved(roster, shares(roster, plain, COLUMNS[:1], 0.1), times)


def four_shares(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    return solved(roster, shares(roster, plain, COLUMNS, 0.05), times)


def worst_pair(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    order = (objectives.MostPairs(), objectives.WorstPair(), objectives.Total())
    return solved(roster, plain.program.model_copy(update={"objectives": order}), times)


def bands(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    order = (objectives.MostPairs(), objectives.Bands((0.3, 0.5)), objectives.Total())
    return solved(roster, plain.program.model_copy(update={"objectives": order}), times)


def curve(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """A rematch under each of eight budgets; the seconds are those of one."""
    after = rmatch.from_frame(later(frame, len(roster.mentors)))
    most = parted(plain, rmatch.rematch(plain, after))
    budgets = sorted({round(most * k / (BUDGETS - 1)) for k in range(BUDGETS)})
    plans: list[rmatch.Matching] = []

    def solve() -> None:
        plans[:] = [rmatch.rematch(plain, after, max_changes=k) for k in budgets]

    spent = seconds(solve, times) / len(budgets)
    return {
        "seconds": float(f"{spent:.5g}"),
        **proved(plans),
        "budgets": budgets,
        "changes": [parted(plain, plan) for plan in plans],
    }


def parted(before: rmatch.Matching, after: rmatch.Matching) -> int:
    """How many pairs that could have stayed are gone."""
    return before.compare(after).because.count(DROPPED)


def losses(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """What each partner of one mentor would cost."""
    mentor = plain.pair_ids[len(plain.points) // 2][0]
    found = plain.losses(mentor)
    spent = seconds(lambda: replace(plain).losses(mentor), times)
    return {"seconds": spent, "status": "exact" if found["exact"].all() else "at least", "partners": len(found)}


def why_not(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """What one partner of that mentor, whom the rules allow her, would cost."""
    mentor = plain.pair_ids[len(plain.points) // 2][0]
    others = (who for _, who in plain.pair_ids if (mentor, who) not in plain.named)
    mentee = next(who for who in others if not plain.explain(mentor, who).rules)
    told = plain.why_not(mentor, mentee)
    assert told.loss is not None, str(told)
    return {"seconds": seconds(lambda: replace(plain).why_not(mentor, mentee), times), "status": "exact"}


def alternatives(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """What the best other partners of that mentor would cost."""
    mentor = plain.pair_ids[len(plain.points) // 2][0]
    assert plain.alternatives(mentor)["exact"].all()
    return {"seconds": seconds(lambda: replace(plain).alternatives(mentor), times), "status": "exact"}


def price_of(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """What the grade gap costs."""
    assert plain.price_of("grade_gap").exact
    return {"seconds": seconds(lambda: plain.price_of("grade_gap"), times), "status": "exact"}


def backups(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """A second choice for everybody."""
    return {"seconds": seconds(plain.backups, times), "status": "exact"}


def place(plain: rmatch.Matching, roster: rmatch.Roster, frame: pd.DataFrame, times: int) -> Figures:
    """Where joiners go, one after another, among the people of the plan and all joiners."""
    joiners = people(max(JOINERS, 2), seed=2)
    joiners = joiners.assign(employee_id="joined" + joiners["employee_id"], manager_id="")
    after = rmatch.from_frame(pd.concat([frame, joiners]))
    who = iter(joiners["employee_id"][:JOINERS])
    first = seconds(lambda: rmatch.place(plain, after, next(who)), 1)
    return {"seconds": seconds(lambda: rmatch.place(plain, after, next(who)), JOINERS - 1), "first_s": first,
            "status": "exact"}  # fmt: skip


Wish = Callable[[rmatch.Matching, rmatch.Roster, pd.DataFrame, int], Figures]
WISHES: dict[str, Wish] = {
    "one share": one_share,
    "four shares": four_shares,
    "max–min then total": worst_pair,
    "bands then total": bands,
    "rematch, each of eight budgets": curve,
    "losses": losses,
    "why_not": why_not,
    "alternatives": alternatives,
    "price_of": price_of,
    "backups": backups,
    "place, each of eight joiners": place,
}


def measured(size: int, times: int, name: str | None) -> Figures:
    """One wish beside the plain solve, or the plain solve alone."""
    frame = people(size)
    roster = rmatch.from_frame(frame)
    rmatch.match(rmatch.from_frame(people(20))).verify()  # have everything imported before the clock runs
    plain = rmatch.match(roster)
    plain_s = seconds(lambda: rmatch.match(roster), times)
    if name is None:
        return {"seconds": plain_s, **proved([plain])}
    found = WISHES[name](plain, roster, frame, times)
    return {**found, "plain_s": plain_s, "over_plain": float(f"{found['seconds'] / plain_s:.3g}")}


def of_size(size: int, times: int) -> Figures:
    plain = alone(measured, size, times, None)
    wishes: dict[str, Figures] = {}
    for name in WISHES:
        wishes[name] = figures = alone(measured, size, times, name)
        said = f"{figures['status']}, gap {figures['gap_share']}" if "gap_share" in figures else figures["status"]
        print(f"{size:,}: {name}: {figures['over_plain']} ×, {said}", file=sys.stderr)
    return {"mentors": size, "mentees": size, "plain_s": plain["seconds"], "plain": plain, "wishes": wishes}


def crossing(size: int, times: int) -> Figures:
    """Every program whose limits cross both sides, for people of one size."""
    return {"mentors": size, "mentees": size, **alone(_crossing.all_measured, size, times)}


def kept(file: Path | None) -> Figures:
    """The parts that were recorded before."""
    if file is None or not file.exists():
        return {}
    recorded = json.loads(file.read_text(encoding="utf-8"))
    return {part: recorded[part] for part in ("sizes", "crossing", "before") if part in recorded}


def main() -> None:
    words = parser(__doc__ or "")
    words.add_argument("--sizes", type=int, nargs="+", metavar="N", help="these sizes instead")
    words.add_argument("--only", choices=("sizes", "crossing"), help="measure one part alone")
    given = words.parse_args()
    times = 1 if given.smallest else 3
    parts: dict[str, tuple[Callable[[int, int], Figures], Sequence[int]]] = {
        "sizes": (of_size, (16,) if given.smallest else given.sizes or SIZES),
        "crossing": (crossing, (16,) if given.smallest else given.sizes or CROSSING_SIZES),
    }
    measured = {
        part: [one(size, times) for size in sizes] for part, (one, sizes) in parts.items() if given.only in (None, part)
    }
    report("limits", {**kept(given.json), **measured}, given.json)


if __name__ == "__main__":
    main()
