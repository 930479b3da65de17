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


class Disagreement(AssertionError):
    """An answer is not the oracle's, a bound is false, or a check refuses what was found; ``kind`` says which."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(f"{kind}: {words}")
        self.kind = kind


def claim(fine: object, kind: str, words: str) -> None:
    """Raise Disagreement where something is not fine."""
    if not fine:
        raise Disagreement(kind, words)


def plan_of(matching: rmatch.Matching, question: Question) -> Plan:
    """The pairs of a matching in the question's own order of people."""
    place = [{name: k for k, name in enumerate(side)} for side in question.names]
    return [(place[0][mentor], place[1][mentee]) for mentor, mentee in matching.pair_ids]


def hold(
    real: Real, folder: Path | None = None, seen: Seen | None = None, installed: bool = False
) -> rmatch.Matching | None:
    """Match a program's people, and hold the answer against the oracle; what was matched, None where no plan is lawful.

    With a ``folder`` the result is also saved, read back and verified there; a program with classes of the tests' own
    only where they are ``installed``, for no file can name them else. Where HiGHS is unsure nothing is judged, and
    ``seen`` counts it. Raises Disagreement.
    """
    seen = Seen() if seen is None else seen
    roster = real.roster()
    question = real.question(roster)
    try:
        expected = rows_oracle.best(question)
    except UnsureError:
        seen["oracle_unsure"] += 1
        return None
    matching = answered(real, roster, expected, folder)
    if matching is None or expected is None:
        claim(matching is None, "a plan where there is none", str(matching))
        seen["without_a_plan"] += 1
        return None
    assert_best(matching, question, expected)
    seen["optimal" if matching.status is rmatch.Status.OPTIMAL else "feasible"] += 1
    seen["without_pairs"] += not expected.plan
    refused("verify()", matching.verify())
    refused("verify(roster)", matching.verify(roster))
    seen["verified"] += 1
    if folder is not None and (installed or not real.strange):
        matching.save(folder / "matching.json")
        for again in (rmatch.load(folder / "matching.json"), rmatch.load(folder / "matching.json", roster)):
            refused("verify(roster) of what was read back", again.verify(roster))
            claim(again.pair_ids == matching.pair_ids, "other pairs when read back", str(again.pair_ids))
        seen["read_back"] += 1
    return matching


def refused(what: str, told: object) -> None:
    claim(told, "refused by its check", f"{what}: {told}")


def answered(real: Real, roster: rmatch.Roster, expected: Best | None, folder: Path | None) -> rmatch.Matching | None:
    """What ``match`` gives; None where it says, rightly, that there is no plan.

    A program that contradicts itself may be refused before anybody is asked, if no plan with a pair in it keeps it.
    """
    try:
        return rmatch.match(roster, real.program(None if folder is None else folder / "scores.csv"))
    except ProgramError as error:  # limits that contradict each other among them
        claim(expected is None or not expected.plan, "a program is refused", f"{expected}: {error}")
    except InfeasibleError as error:
        claim(expected is None, "a plan is denied", f"{expected}: {error}")
    return None


def assert_best(matching: rmatch.Matching, question: Question, expected: Best) -> None:
    """The plan is lawful, the best where that is claimed, and no bound is false."""
    plan, stages = plan_of(matching, question), matching.certificate.stages
    claim(lawful(question)(plan), "an unlawful plan", str(matching.pair_ids))
    found = values(question)(plan)
    claim(tuple(stage.value for stage in stages) == found, "values that are not the plan's", f"{stages}, {found}")
    claim(found <= expected.values, "the oracle was beaten", f"by {found}: {expected}")
    if matching.status is rmatch.Status.OPTIMAL:
        claim(found == expected.values, "another value", f"{found} is called optimal; {expected} is better")
    for k, (stage, best) in enumerate(zip(stages, expected.values, strict=True)):
        if all(value <= most for value, most in zip(found[:k], expected.values[:k], strict=True)):
            claim(stage.bound >= best, "a false bound", f"{stage.bound} of {stage.name} lies below {expected}")
