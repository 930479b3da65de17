"""Which solver, and why: told beforehand, and true of the plan that comes."""

from __future__ import annotations

import pytest

import rmatch
from rmatch import limits, objectives
from rmatch.solvers import ASSIGNMENT, FLOW, METHODS, MULTIPLIERS, ROWS, Method, which

pytestmark = pytest.mark.slow

MOST, TOTAL = objectives.MostPairs(), objectives.Total()


def roster(mentors: int = 12, mentees: int = 12, capacity: str = "1") -> rmatch.Roster:
    frame = rmatch.datasets.workforce(mentors, mentees, seed=2)
    return rmatch.from_frame(frame.assign(capacity=capacity, manager_id=""))


@pytest.mark.parametrize(
    ("program", "rung", "words"),
    [
        ({}, ASSIGNMENT, "as many mentors as mentees"),
        ({"objectives": (TOTAL,)}, FLOW, "no objective settles the number of pairs"),
        ({"objectives": (MOST, objectives.LeastLoad(), TOTAL)}, FLOW, "the fewest pairs for each mentor"),
        ({"limits": (limits.TotalPairs(most=5),)}, FLOW, "at most 5 pairs in all"),
        ({"limits": (limits.Group("mentor", "location", most=9),)}, FLOW, "mentors of each location"),
        ({"limits": (limits.Spread("mentor", "department"),)}, FLOW, "each mentor has at most 1 pair"),
        ({"limits": (limits.Share("location", least=0.4),)}, ROWS, "looks at both people"),
        (
            {"limits": (limits.Group("mentor", "location", most=9), limits.Group("mentor", "department", most=9))},
            ROWS,
            "cuts across another group",
        ),
        (
            {"limits": (limits.Spread("mentor", "department"), limits.Spread("mentor", "location"))},
            ROWS,
            "pairs with some partners overlap",
        ),
    ],
)
def test_each_problem_goes_to_the_lowest_rung_that_is_exact_for_it(
    program: dict[str, object], rung: Method, words: str
) -> None:
    people = roster()
    found = which(people, rmatch.Program(rules=(), **program))  # type: ignore[arg-type]
    assert (found.name, found.how, found.proved) == (rung.name, rung.how, rung.proved)
    assert any(words in reason for reason in found.because)
    assert all(reason in str(found) for reason in found.because)
    assert found.name in found._repr_html_()
    assert rung in METHODS
    matching = rmatch.match(people, rmatch.Program(rules=(), **program))  # type: ignore[arg-type]
    assert matching.status is rmatch.Status.OPTIMAL
    assert not matching.certificate.trusts


def test_people_decide_too() -> None:
    assert which(roster(12, 11)).name == "flow"
    assert "12 mentors and 11 mentees" in which(roster(12, 11)).because[0]
    assert "more than one" in which(roster(capacity="2")).because[0]
    first = rmatch.match(roster())
    locked = first.program.model_copy(update={"limits": (limits.Lock(first.pair_ids[:1]),)})
    assert "pairs set by hand: 1" in " ".join(which(roster(), locked).because)
    kept = first.program.model_copy(update={"limits": (limits.Changes(first.pair_ids, 2),)})
    assert "earlier plan" in which(roster(), kept).because[0]
    share = rmatch.Program(limits=(limits.Share("location", least=0.4),))
    assert which(roster(2_001, 2_000), share).name == MULTIPLIERS.name


def test_its_errors_are_those_of_match() -> None:
    with pytest.raises(rmatch.RosterError, match="a roster is needed"):
        which("people.csv")  # type: ignore[arg-type]
    with pytest.raises(rmatch.ProgramError, match="history"):
        which(roster(), rmatch.Program(rules=(rmatch.rules.NoRepeat(),)))
