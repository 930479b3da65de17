"""A pilot round, 200 juniors × 50 seniors: milliseconds of ``match()`` after import, and of one peer.

Two programs are timed. The default one, for rmatch alone, and a small one that the peer can express too: the grade
decides who may meet, another department earns 3, the same job family 4. The peer is mentor-match (group ``bench``),
which scores every pair in Python and assigns with Munkres; it is left out where it is not installed. Totals are
asserted equal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

import pandas as pd
from _run import Figures, alone, arguments, median, report

import rmatch
from rmatch.criteria import Department, Similarity
from rmatch.limits import Capacity
from rmatch.rules import GradeGap

SMALL = rmatch.Program(
    criteria=(Department(weight=3 / 7), Similarity(weight=4 / 7, column="job_family")),
    rules=(GradeGap(at_least=1),),
    limits=(Capacity(mentors=1, mentees=1),),
)


def timed(call: Callable[[], object], times: int) -> float:
    """The median of so many calls, after one to warm up, in milliseconds."""
    call()
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        spent.append((time.perf_counter() - begin) * 1000)
    return median(spent)


def ours(people: pd.DataFrame, times: int) -> Figures:
    roster = rmatch.from_frame(people)
    default, small = rmatch.match(roster), rmatch.match(roster, SMALL)
    assert default.status is small.status is rmatch.Status.OPTIMAL
    return {
        "default_ms": timed(lambda: rmatch.match(roster), times),
        "small_ms": timed(lambda: rmatch.match(roster, SMALL), times),
        "default_total": default.total,
        "small_total": small.total,
        "small_pairs": len(small.pairs),
        "proved": True,
    }


def peers(people: pd.DataFrame, times: int) -> Figures:
    from matching import process
    from matching.mentee import Mentee
    from matching.mentor import Mentor
    from matching.rules.rule import Disqualify, Generic

    def rules() -> list[object]:
        return [
            Generic({True: 3, False: 0}, lambda pair: pair.mentor.organisation != pair.mentee.organisation),
            Generic({True: 4, False: 0}, lambda pair: pair.mentor.profession == pair.mentee.profession),
            Disqualify(lambda pair: pair.mentee.grade <= pair.mentor.grade),
        ]

    def sides() -> tuple[list[Mentor], list[Mentee]]:
        found: dict[str, list[Mentor | Mentee]] = {"mentor": [], "mentee": []}
        for row in people.itertuples():
            cells = {"grade": row.grade, "organisation": row.department, "profession": row.job_family}
            found[row.role].append((Mentor if row.role == "mentor" else Mentee)(email=row.employee_id, **cells))
        return found["mentor"], found["mentee"]

    def matched() -> tuple[list[Mentor], list[Mentee]]:
        return process.process_data(*sides(), [rules()])

    mentors, _ = matched()
    pairs = [(mentor, mentee) for mentor in mentors for mentee in mentor.mentees]
    worth = sum(3 * (a.organisation != b.organisation) + 4 * (a.profession == b.profession) for a, b in pairs)
    return {"small_ms": timed(matched, times), "small_total": worth / 7, "small_pairs": len(pairs), "proved": False}


def main() -> None:
    words = arguments(__doc__ or "")
    m, n, times = (20, 5, 1) if words.smallest else (200, 50, 9)
    people = rmatch.datasets.workforce(m, n, missing=0.0).assign(capacity="1")
    figures: Figures = {"mentors": m, "mentees": n, "times": times, "rmatch": alone(ours, people, times)}
    if find_spec("matching") is not None:
        figures["mentor-match"] = alone(peers, people, times)
        one, other = figures["rmatch"], figures["mentor-match"]
        assert one["small_pairs"] == other["small_pairs"]
        assert abs(one["small_total"] - other["small_total"]) < 1e-4, (one, other)
    report("pilot", figures, words.json)


if __name__ == "__main__":
    main()
