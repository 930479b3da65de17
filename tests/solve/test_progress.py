"""What is told meanwhile is true, touches no result, and whoever listens may end the work."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from exports import NEEDY, PLAIN, SMALL, Export, exports, first_candidates_only, programs, table_of
from hypothesis import assume, given
from hypothesis import strategies as st

import rmatch
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.solve.progress import Event, Stage

pytestmark = pytest.mark.slow

SOME = exports(12, least=4, kinds=(PLAIN, NEEDY))


def told(roster: rmatch.Roster, program: rmatch.Program | None = None) -> tuple[rmatch.Matching, list[Event]]:
    events: list[Event] = []
    try:
        return rmatch.match(roster, program, progress=events.append), events
    except rmatch.InfeasibleError:
        assume(False)
        raise


@given(SOME, programs(), st.booleans())
def test_every_bound_that_is_told_is_true_and_the_last_one_is_the_answer(
    export: Export, program: rmatch.Program, few: bool
) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    if few:
        with first_candidates_only():
            matching, events = told(roster, program)
    else:
        matching, events = told(roster, program)
    rounds = [event for event in events if event.stage is Stage.ROUND]
    assert [event.stage for event in events[:3]] == [Stage.LAID_OUT, Stage.FIRST_PAIRS, Stage.SETTLED]
    assert [event.round for event in rounds] == [*range(1, len(events) - 2)]
    best = matching.certificate.total / SCALE
    for event in rounds:
        assert event.total is not None
        assert event.bound is not None
        assert event.total <= best <= event.bound
    assert (rounds[-1].total, rounds[-1].bound) == (best, matching.certificate.bound / SCALE)
    assert rounds[-1].gap == matching.gap == 0
    for before, after in itertools.pairwise(events):
        assert before.priced <= after.priced
        assert before.seconds <= after.seconds
        assert before.pairs == after.pairs == matching.model.shape[0] * matching.model.shape[1]
    assert rounds[-1].priced >= rounds[-1].pairs, "the proof is over all pairs"


@given(SMALL, programs())
def test_listening_touches_no_result(export: Export, program: rmatch.Program) -> None:
    roster = rmatch.from_frame(export.frame(), program=program)
    matching, _ = told(roster, program)
    assert matching.to_json() == rmatch.match(roster, program).to_json()


def test_locked_pairs_are_part_of_the_total() -> None:
    people, scores = table_of(np.array([[0.5, 0.25], [0.75, 0.5]]))
    program = rmatch.Program(criteria=(scores,), rules=(), limits=(Lock((("a0", "b1"),)),))
    _, events = told(rmatch.from_frame(people), program)
    assert events[-1].total == 1.0


@pytest.mark.parametrize("stage", Stage)
def test_what_the_listener_raises_ends_the_work(stage: Stage) -> None:
    class CancelledError(Exception):
        pass

    seen = []

    def listen(event: Event) -> None:
        seen.append(event.stage)
        if event.stage is stage:
            raise CancelledError

    with pytest.raises(CancelledError):
        rmatch.match(rmatch.from_frame(Export(1, 9, 9, PLAIN).frame()), progress=listen)
    assert seen.index(stage) == len(seen) - 1


def test_an_event_is_one_calm_line() -> None:
    laid = Event(Stage.LAID_OUT, 10_000_000_000, 0.0, memory=1_400_000_000)
    assert str(laid) == "laid out: 10,000,000,000 pairs, about 1.4 GB of memory"
    late = Event(Stage.ROUND, 10**10, 90.0, 12, 10**10, 3_000_000, 81234.5, 81235.75)
    assert str(late) == "round 12: 10,000 million priced (111 million/s), columns 3,000,000, gap 1.25"
    assert str(Event(Stage.FIRST_PAIRS, 9, 0.0, priced=9, candidates=4)) == "first pairs: 9 priced (0/s), columns 4"
    assert len(str(late)) < 78
    assert (late.gap, laid.gap, late.rate, laid.rate) == (1.25, None, pytest.approx(10**10 / 90), 0)
