"""What ``match`` says of a program, held against the oracle over rows and against the plain meaning of its words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import rows_oracle
from meaning import Plan, Question, lawful, values
from real_programs import Real
from rows_oracle import Best, UnsureError

import rmatch
from rmatch.errors import InfeasibleError, ProgramError

Seen = Counter[str]
"""What was met on the way."""


def plan_of(matching: rmatch.Matching, question: Question) -> Plan:
    """The pairs of a matching in the question's own order of people."""
    place = [{name: k for k, name in enumerate(side)} for side in question.names]
    return [(place[0][mentor], place[1][mentee]) for mentor, mentee in matching.pair_ids]


def hold(real: Real, folder: Path | None = None, seen: Seen | None = None) -> rmatch.Matching | None:
    """Match a program's people, and hold the answer against the oracle; what was matched, None where no plan is lawful.

    With a ``folder`` the result is also saved, read back and verified there. Where HiGHS is unsure nothing is judged,
    and ``seen`` counts it.
    """
    seen = Seen() if seen is None else seen
    roster = real.roster()
    question = real.question(roster)
    try:
        expected = rows_oracle.best(question)
    except UnsureError:
        seen["the oracle was unsure"] += 1
        return None
    matching = answered(real, roster, expected, folder)
    if matching is None:
        seen["without a plan"] += 1
        return None
    assert expected is not None, f"a plan of {len(matching.pair_ids)} pairs where there is none"
    assert_best(matching, question, expected)
    told = matching.verify()
    assert told, f"verify() refuses it: {told}"
    seen["optimal" if matching.status is rmatch.Status.OPTIMAL else "feasible"] += 1
    seen["without pairs"] += not expected.plan
    if not real.strange:  # a file cannot name a limit of the tests' own
        told = matching.verify(roster)
        assert told, f"verify(roster) refuses it: {told}"
        seen["verified"] += 1
    if folder is not None and not real.strange:
        matching.save(folder / "matching.json")
        for again in (rmatch.load(folder / "matching.json"), rmatch.load(folder / "matching.json", roster)):
            told = again.verify(roster)
            assert told, f"verify(roster) refuses it when read back: {told}"
            assert again.pair_ids == matching.pair_ids
        seen["read back"] += 1
    return matching


def answered(real: Real, roster: rmatch.Roster, expected: Best | None, folder: Path | None) -> rmatch.Matching | None:
    """What ``match`` gives; None where it says, rightly, that there is no plan.

    A program that contradicts itself may be refused before anybody is asked, if no plan with a pair in it keeps it.
    """
    try:
        return rmatch.match(roster, real.program(None if folder is None else folder / "scores.csv"))
    except InfeasibleError as error:
        wrong, told = expected is not None, f"InfeasibleError: {error}"
    except ProgramError as error:
        wrong, told = expected is not None and bool(expected.plan), f"ProgramError: {error}"
    assert not wrong, f"{told}; but {expected}"
    return None


def assert_best(matching: rmatch.Matching, question: Question, expected: Best) -> None:
    """The plan is lawful, the best where that is claimed, and no bound is false."""
    plan = plan_of(matching, question)
    assert lawful(question)(plan), f"a plan that is not lawful: {matching.pair_ids}"
    found, stages = values(question)(plan), matching.certificate.stages
    assert len(found) == len(stages) == len(expected.values)
    assert tuple(stage.value for stage in stages) == found, "the values told are not those of the plan"
    assert found <= expected.values, f"a lawful plan is worth {found}: the oracle was beaten"
    if matching.status is rmatch.Status.OPTIMAL:
        assert found == expected.values, f"{found} is called optimal; {expected} is better"
    for k, (stage, best) in enumerate(zip(stages, expected.values, strict=True)):
        if all(value <= most for value, most in zip(found[:k], expected.values[:k], strict=True)):
            assert stage.bound >= best, f"the bound {stage.bound} of {stage.name} lies below {expected}"
