"""Laws of limits and objectives: beside an integer program, stage by stage, and checked by their own proofs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofs import TUNINGS
from stage_proofs import assert_as_the_oracle, assert_best_plan, compiled, told
from strategies import Crowd, Kind, Problem, category, number
from strategies import compiled as compiled_for
from wishes import COLUMNS, LIMITS, SIDES, Programme, counts, in_order, wishes

from rmatch.columns import Table
from rmatch.criteria import PairScores
from rmatch.errors import InfeasibleError, SolverError
from rmatch.factors import SCALE
from rmatch.limits import Spread
from rmatch.problem.bounds import Bounds
from rmatch.problem.compile import compile_limits
from rmatch.problem.model import open_bounds
from rmatch.program import Program
from rmatch.proof.certificate import StageProof
from rmatch.proof.verify import broken_limits, verify
from rmatch.solve.initial_columns import Tuning
from rmatch.solve.lagrangian import UnreachableError
from rmatch.solve.lexicographic import staged
from rmatch.solve.run import solved, staged_certificate

pytestmark = pytest.mark.slow


@pytest.mark.trials
@pytest.mark.parametrize("kind", LIMITS)
@given(st.data())
def test_every_kind_of_limit_gives_the_best_plan_there_is(kind: str, data: st.DataObject) -> None:
    assert_best_plan(data.draw(wishes(kinds=(kind,))))


@given(wishes(more=3))
def test_limits_and_objectives_together_give_the_best_plan_there_is(problem: Problem) -> None:
    assert_best_plan(problem)


@given(wishes(more=2), TUNINGS)
def test_a_poor_first_guess_changes_no_value(problem: Problem, tuning: Tuning) -> None:
    made = compiled(problem)
    if made is None:
        return
    constraints = compile_limits(made.model, Bounds(*open_bounds(made.model), most_pairs=False))
    try:
        answer = staged(made.kernel, made.model, constraints, tuning=tuning)
    except (InfeasibleError, UnreachableError):
        assert in_order(made) is None
        return
    except SolverError:  # prices alone found none: for so few people, cases decide
        assert_best_plan(problem)
        return
    assert_as_the_oracle(made, *staged_certificate(made.model, answer))


@given(wishes(more=3), st.randoms(use_true_random=False))
def test_whether_a_plan_keeps_its_limits_is_counted_as_the_documents_say(problem: Problem, chance) -> None:  # type: ignore[no-untyped-def]
    made = compiled(problem)
    if made is None:
        return
    programme, model = Programme(made), made.model
    chosen = [chance.random() < 0.3 for _ in programme.pairs]
    i, j = (
        np.array([pair[side] for pair, yes in zip(programme.pairs, chosen, strict=True) if yes], int) for side in (0, 1)
    )
    kept = all(
        least <= sum(add for add, yes in zip(adds, chosen, strict=True) if yes) <= most
        for limit in model.program.limits
        for adds, least, most in counts(made, limit, programme.pairs)
    )
    for side, size, least, most in zip((i, j), model.shape, model.minimum, model.capacity, strict=True):
        load = np.bincount(side, minlength=size)
        kept = kept and bool(((least <= load) & (load <= most)).all())
    assert (not list(broken_limits(made.checked(), i, j))) == kept


@given(wishes(more=2))
def test_a_claim_that_is_tampered_with_is_refused(problem: Problem) -> None:
    """Whether prices that were changed still show a bound is held against plain sums in ``test_verify_edges``."""
    made = compiled(problem)
    if made is None:
        return
    try:
        pairs, certificate = solved(made.model)
    except InfeasibleError:
        return
    if not certificate.proved:
        return
    assert told(made, pairs, certificate)

    def accepted(stages: tuple[StageProof, ...], **claims: int) -> bool:
        return told(made, pairs, replace(certificate, stages=stages, **claims)).ok  # type: ignore[arg-type]

    stages = certificate.stages
    for at, stage in enumerate(stages):
        everybody = stage.mentor_prices, stage.mentee_prices
        longer = [np.append(prices, 0) for prices in everybody]
        for forged in (
            replace(stage, value=stage.value - 1, bound=stage.bound - 1),
            replace(stage, value=stage.value + 1, bound=stage.bound + 1),
            replace(stage, value=stage.value - 1),
            replace(stage, bound=stage.bound - 1),
            replace(stage, name="another"),
            replace(stage, scale=0),
            replace(stage, scale=-stage.scale),
            replace(stage, multipliers={**stage.multipliers, "nothing": np.ones(1, np.int64)}),
            replace(stage, multipliers={**stage.multipliers, stages[-1].name: -np.ones(1, np.int64)}),
            replace(stage, multipliers={**stage.multipliers, stages[0].name: np.ones(7, np.int64)}),
            replace(stage, mentor_prices=longer[0]),
            replace(stage, mentee_prices=longer[1]),
        ):
            changed = (*stages[:at], forged, *stages[at + 1 :])
            totals = {"total": forged.value, "bound": forged.bound} if stage.name == "total" else {}
            assert not accepted(changed, **totals), forged
        worse = (*stages[:at], replace(stage, bound=stage.bound + 1), *stages[at + 1 :])
        open_ = replace(certificate, stages=worse)
        points, parts = made.model.points(*pairs), made.model.parts(*pairs)
        assert not verify(made.checked(), pairs, points, parts, open_, True), "a gap is left"
    assert not accepted(stages[:-1])
    assert not accepted(stages[::-1] if len(stages) > 1 else (*stages, *stages))
    assert not accepted(())


SPREADS = st.lists(
    st.builds(Spread, SIDES, st.sampled_from((*COLUMNS, "languages")), most=st.sampled_from((0, 1, 1, 2))),
    min_size=2, max_size=4,
)  # fmt: skip


@given(wishes(more=1), SPREADS)
def test_spreads_over_several_columns_of_one_side_are_kept_together(problem: Problem, spreads: list[Spread]) -> None:
    certificate = assert_best_plan(replace(problem, limits=(*problem.limits, *spreads)))
    assert certificate is None or certificate.proved


def test_two_spreads_on_one_side_give_the_plan_that_trying_every_one_gives() -> None:
    """A mentor with room for three, and six mentees: one a department and one a location each."""
    scores = np.random.default_rng(4).integers(0, 64, (2, 6)) / 64
    mentors, mentees = Crowd(0, 2, 6, Kind(capacity=(3, 3), missing=0.0)).tables()
    mentees.columns["department"] = category(["IT", "IT", "Law", "Law", "Ops", ""])
    mentees.columns["location"] = category(["Bath", "York", "Bath", "York", "York", "York"])
    mentees.columns["capacity"] = number([2] * 6)
    both = Spread("mentor", "department"), Spread("mentor", "location")
    frame = pd.DataFrame(scores, ["a0", "a1"], [f"b{k}" for k in range(6)])
    program = Program(criteria=(PairScores(frame=frame),), rules=(), limits=both)
    made = compiled_for(program, mentors, mentees)
    (i, j), certificate = solved(made.model)
    best = 0.0, 0.0
    lawful = [some for size in range(4) for some in combinations(range(6), size) if _apart(mentees, some)]
    for first, second in product(lawful, repeat=2):
        total = sum(scores[0, k] for k in first) + sum(scores[1, k] for k in second)
        best = max(best, (float(len(first) + len(second)), total))
    assert (len(i), certificate.total / SCALE) == best
    assert certificate.proved
    assert told(made, (i, j), certificate)


def _apart(table: Table, some: tuple[int, ...]) -> bool:
    """No two of them from one department, and no two at one location."""
    said = [[cell for k in some if (cell := table[name].cells()[k])] for name in ("department", "location")]
    return all(len(set(cells)) == len(cells) for cells in said)
