"""Laws of the loop: the promise holds after every step, the plan is lawful and the best, and the bound is true."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proofs import THINNINGS, assert_bound_is_true, assert_lawful, best, solved
from strategies import (
    COARSE,
    CRITERIA,
    CUTS,
    KINDS,
    NEEDY,
    SEEDS,
    SHARED,
    STARS,
    Compiled,
    Crowd,
    Cut,
    Cutting,
    Problem,
    Rare,
    chain,
    compiled,
    crowds,
    permuted,
    problems,
    scored,
)

import rmatch
from rmatch._util.deadline import TimeUpError
from rmatch.columns import IntArray
from rmatch.criteria import Background, Department, Goals, Reciprocity, Skills
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.limits import Capacity
from rmatch.objectives import MostPairs, Total
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.build import prepare
from rmatch.problem.model import open_bounds
from rmatch.problem.partner_types import PartnerTypeCapacity
from rmatch.rules import GradeGap, MinGain, MinScore, OutsideReportingLine, Shares
from rmatch.solve import column_generation as module
from rmatch.solve.column_generation import Proof, column_generation_rounds, generate_columns, pricing_step, sampled
from rmatch.solve.cover import settle
from rmatch.solve.initial_columns import Tuning, initial_columns, margin_of
from rmatch.solve.progress import SILENT, Event, ProgressReporter
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import Dense
from rmatch.valuation import Valuation

pytestmark = pytest.mark.slow

MANY = settings(max_examples=3 * settings.default.max_examples)
SOME = settings(max_examples=settings.default.max_examples // 2)

MEAN = Tuning(per_person=1, cap=1, small=4, middle=0, least_sample=2, margins=(0.0,))
"""As little to begin with as there may be, so that the first candidates miss the optimum."""


# ---------------------------------------------------------------- the answer


def assert_best(made: Compiled, tuning: Tuning) -> Proof | None:
    """The plan that is found is the best there is, and proved; None where there is none, which is an error."""
    expected = best(made)
    if expected is None:
        with pytest.raises(InfeasibleError):
            solved(made, tuning)
        return None
    proof = solved(made, tuning)
    assert_lawful(made, proof)
    assert (proof.gap, proof.points.sum()) == (0, expected[1])
    if made.bounds.most_pairs:
        assert len(proof.i) == expected[0]
    return proof


@MANY
@given(problems(most=9), THINNINGS)
def test_the_plan_is_the_best_there_is_and_proved(problem: Problem, tuning: Tuning) -> None:
    made = problem.compiled()
    proof = assert_best(made, tuning)
    if proof is not None:
        assert_bound_is_true(made, proof)


@SOME
@given(problems(most=40, least=12), THINNINGS)
def test_the_plan_of_a_larger_crowd_is_the_best_there_is(problem: Problem, tuning: Tuning) -> None:
    assert_best(problem.compiled(), tuning)


@MANY
@given(problems(most=4), THINNINGS)
def test_no_plan_tried_by_hand_is_better(problem: Problem, tuning: Tuning) -> None:
    made = problem.compiled()
    bounds, worth = made.bounds, made.points() - made.model.floor
    tried = oracles.best_by_trying(worth, made.eligible(), bounds.capacity, bounds.minimum, bounds.most_pairs)
    try:
        proof = solved(made, tuning)
    except InfeasibleError:
        assert tried is None
        return
    assert tried is not None
    assert proof.points.sum() == tried[1]


@given(problems(most=9), THINNINGS)
def test_after_every_round_the_plan_is_lawful_and_the_bound_true(problem: Problem, tuning: Tuning) -> None:
    made = problem.compiled()
    expected = best(made)
    rounds = column_generation_rounds(
        made.kernel, made.bounds, Valuation(each=-made.model.floor), SILENT, replace(tuning, small=0)
    )
    if expected is None:
        with pytest.raises(InfeasibleError):
            next(rounds)
        return
    for number, proof in enumerate(rounds, 1):
        assert proof.rounds == number
        assert_lawful(made, proof)
        assert_bound_is_true(made, proof)
        assert proof.points.sum() <= expected[1] <= proof.bound
        if made.bounds.most_pairs:
            assert len(proof.i) == expected[0]
    assert proof.gap == 0


# ---------------------------------------------------------------- the promise


def everything(made: Compiled, kernel: Kernel) -> tuple[np.ndarray, IntArray]:
    """Which pairs of a kernel are open, and the points of all."""
    people = np.ix_(kernel.left.ids, kernel.right.ids)
    return made.eligible()[people], made.points()[people]


def assert_promise(made: Compiled, kernel: Kernel, candidates: Candidates, a: IntArray, b: IntArray) -> None:
    """Outside the pool every eligible pair has score ≤ a_i + b_j; the pool holds eligible pairs with their points."""
    open_, points = everything(made, kernel)
    assert open_[candidates.i, candidates.j].all()
    assert np.array_equal(points[candidates.i, candidates.j], candidates.points)
    open_[candidates.i, candidates.j] = False
    assert np.all((points <= a[:, None] + b[None, :])[open_])


@MANY
@given(problems(most=12, least=1), THINNINGS)
def test_the_promise_holds_from_the_first_pool_and_after_every_staircase(problem: Problem, tuning: Tuning) -> None:
    """In the recursion on samples too; and a pool that is never thinned only grows."""
    made = problem.compiled()
    sizes: list[tuple[tuple[int, int], int]] = []

    def first(kernel: Kernel, *rest: object) -> tuple[Candidates, IntArray, IntArray, int]:
        candidates, a, b, each = initial_columns(kernel, *rest)  # type: ignore[arg-type]
        assert_promise(made, kernel, candidates, a, b)
        return candidates, a, b, each

    def step(
        kernel: Kernel,
        candidates: Candidates,
        outside_duals: tuple[IntArray, IntArray],
        asked: tuple[IntArray, IntArray],
        cap: int | IntArray,
        also: int,
    ) -> tuple[Candidates, IntArray, IntArray]:
        assert_promise(made, kernel, candidates, *outside_duals)
        found, a, b = pricing_step(kernel, candidates, outside_duals, asked, cap, also)
        assert not candidates.has(found.i, found.j).any()
        more = np.maximum(np.bincount(found.i, minlength=kernel.shape[0]) - cap, 0)
        assert more.sum() <= also * kernel.shape[1]
        assert_promise(made, kernel, candidates.plus(found.i, found.j, found.points), a, b)
        grows = not sizes or sizes[-1][0] != kernel.shape or sizes[-1][1] <= len(candidates)
        assert grows or tuning.thinned
        sizes.append((kernel.shape, len(candidates)))
        return found, a, b

    with patch.object(module, "initial_columns", first), patch.object(module, "pricing_step", step):
        try:
            solved(made, tuning)
        except InfeasibleError:
            return
    assert sizes


@MANY
@given(
    problems(most=10, least=1),
    SEEDS,
    st.integers(0, 10),
    st.sampled_from((SCALE // 4, SCALE, 30 * SCALE)),
    CUTS,
    st.integers(0, 3),
)
def test_a_staircase_finds_all_that_beats_the_asked_prices(
    problem: Problem, seed: int, most: int, size: int, cut: Cut, also: int
) -> None:
    """From any prices of which the promise is true, to any others, higher or lower; mentors may have a cap each (where
    ``most`` is 0), and mentees find some whatever the cap."""
    made = problem.compiled()
    kernel, draw = made.kernel, np.random.default_rng(seed)
    m, n = kernel.shape
    cap = most or draw.integers(1, 11, m)
    open_, points = everything(made, kernel)
    i, j = np.nonzero(open_ & (draw.random((m, n)) < 0.3))
    candidates = Candidates.of(i, j, points[i, j], (m, n))
    b = draw.integers(-size, size + 1, n)
    outside = open_.copy()
    outside[i, j] = False
    a = np.where(outside, points - b[None, :], -size).max(1, initial=-size) + draw.integers(0, size, m)
    x, y = a - draw.integers(-size, size, m), b - draw.integers(-size, size, n)
    with Cutting(cut) as cutting:
        found, raised, same_y = pricing_step(cutting.kernel(made), candidates, (a, b), (x, y), cap, also)
    beats = outside & (points > x[:, None] + y[None, :])
    assert np.array_equal(y, same_y)
    assert np.all(raised >= x)
    assert_promise(made, kernel, candidates.plus(found.i, found.j, found.points), raised, y)
    assert beats[found.i, found.j].all()
    full = beats.sum(1) <= cap
    assert np.array_equal(np.bincount(found.i, minlength=m)[full], beats.sum(1)[full])
    assert np.array_equal(raised[full], x[full])
    assert np.all(np.bincount(found.j, minlength=n) >= np.minimum(beats.sum(0), also))


# ---------------------------------------------------------------- shapes that are hard


def test_who_had_to_leave_pairs_out_may_bring_more_the_next_time() -> None:
    """A mentor with room for several mentees may find hundreds of pairs at once; she need not come back for a few."""
    people = rmatch.datasets.workforce(200, 500, seed=1, levels=0.0).assign(capacity="1")
    people.loc[people["role"] == "mentor", "capacity"] = np.random.default_rng(0).integers(1, 4, 200).astype(str)
    model, _ = prepare(rmatch.from_frame(people), rmatch.Program())
    bounds = Bounds(*open_bounds(model), most_pairs=True)
    tuning = Tuning(entropic=(1, 0), small=0, middle=0, thinned=0, least_sample=20, per_person=4, cap=1)
    proof = generate_columns(Kernel.of(model), bounds, tuning=tuning)
    with patch.object(module, "_caps", lambda cap, crowded: cap):
        patient = generate_columns(Kernel.of(model), bounds, tuning=tuning)
    assert proof.gap == patient.gap == 0
    assert proof.total == patient.total
    assert 4 * proof.rounds <= 3 * patient.rounds


@given(st.integers(1, 100), SEEDS, st.integers(1, 40))
def test_who_is_crowded_shares_an_eighth_of_what_all_may_bring(cap: int, seed: int, mentors: int) -> None:
    crowded = np.random.default_rng(seed).random(mentors) < 0.3
    caps = module._caps(cap, crowded)
    assert (caps[~crowded] == cap).all()
    assert (caps[crowded] >= cap).all()
    assert (caps[crowded] - cap).sum() <= cap * mentors // 8
    if crowded.any() and 8 * crowded.sum() <= mentors:
        assert caps[crowded].sum() > cap * mentors // 8 - crowded.sum()


@pytest.mark.parametrize("tuning", [Tuning(), MEAN, replace(MEAN, small=1 << 16)], ids=["usual", "mean", "small"])
@pytest.mark.parametrize("length", [2, 24, 61])
def test_a_chain_is_proved_with_prices_as_high_as_it_is_long(length: int, tuning: Tuning) -> None:
    made = chain(length).compiled()
    proof = solved(made, tuning)
    assert (len(proof.i), proof.points.sum(), proof.gap) == (length, 0, 0)
    assert_bound_is_true(made, proof)
    assert np.ptp(proof.prices.y) >= (length - 1) * SCALE


def test_value_first_takes_the_better_end_of_every_link() -> None:
    made = replace(chain(24), objectives=(Total(),)).compiled()
    proof = solved(made, MEAN)
    assert proof.points.sum() == 23 * SCALE
    assert proof.gap == 0


def wanted_by_all(seed: int, steps: int = SCALE) -> Compiled:
    """Everybody wants the same few."""
    draw = np.random.default_rng(seed)
    taste = np.multiply.outer(draw.random(24), draw.random(24)) + 0.2 * draw.random((24, 24))
    return scored(np.floor(taste / 1.2 * steps) / steps).compiled()


@pytest.mark.parametrize("seed", range(6))
def test_the_first_candidates_miss_the_optimum_and_it_is_found(seed: int) -> None:
    """Everybody's single best pair, and what it takes to pair everybody, where all want the same few."""
    made = wanted_by_all(seed)
    first, _, b, _ = initial_columns(made.kernel, made.bounds, MEAN, sampled(MEAN))
    first, _ = settle(made.kernel, made.bounds, first, b)
    held = np.zeros((24, 24), bool)
    held[first.i, first.j] = True
    within = oracles.best_by_milp(made.points(), held, made.bounds.capacity, made.bounds.minimum, True)
    best_of_all = oracles.best_by_assignment(made.points())
    assert within is not None
    assert within[0] == 24
    assert within[1] < best_of_all
    proof = solved(made, MEAN)
    assert proof.rounds > 1
    assert (proof.points.sum(), proof.gap) == (best_of_all, 0)


@pytest.mark.parametrize(
    "value",
    [
        Valuation(each=SCALE // 3),
        Valuation(each=-SCALE // 3),
        Valuation(times=2, each=5),
        Valuation(steps=((SCALE // 2, SCALE // 4),)),
        Valuation(times=-1, each=SCALE),
    ],
    ids=["welcome", "floor", "twice", "step", "worst"],
)
def test_the_greatest_value_is_found_where_it_is_not_the_score(value: Valuation) -> None:
    """With a constant for each pair, up or down, and where what is scanned is not the score that candidates have."""
    made = wanted_by_all(1)
    first = initial_columns(made.kernel, made.bounds, MEAN, sampled(MEAN))
    candidates, _ = settle(made.kernel, made.bounds, first[0], first[2])
    begun = module.Begun.on(candidates, value, np.zeros(24, np.int64))
    proof = generate_columns(made.kernel, made.bounds, value, tuning=MEAN, begun=begun)
    worth = value.block(made.points(), np.arange(24), np.arange(24), 24)
    bounds = made.bounds
    expected = oracles.best_by_milp(worth, made.eligible(), bounds.capacity, bounds.minimum, False)
    assert expected is not None
    assert (proof.total, proof.gap) == (expected[1], 0)
    assert proof.rounds > 1
    held = proof.candidates
    assert np.array_equal(held.points, made.points()[held.i, held.j])


@pytest.mark.parametrize("seed", range(4))
def test_partners_of_few_types_are_proved_with_what_their_limits_cost(seed: int) -> None:
    """A mentor with room for three takes at most one or two of each of two types, a few too many for all."""
    made, draw = wanted_by_all(seed), np.random.default_rng(seed)
    kind, most = draw.integers(0, 2, 24), draw.integers(1, 3, (24, 2))
    capacity = np.full(24, 3), np.full(24, 2)
    limited = PartnerTypeCapacity("types", kind, most)
    bounds = replace(made.bounds, capacity=capacity, most_pairs=False, type_capacities=(limited, None))
    proof = generate_columns(made.kernel, bounds, tuning=MEAN)
    each = np.zeros((24, 2), np.int64)
    np.add.at(each, (proof.i, kind[proof.j]), 1)
    assert (each <= most).all()
    dual = proof.type_duals.duals[0]
    assert dual is not None
    assert dual.any()
    charged = proof.prices.x[:, None] + proof.prices.y[None, :] + dual[:, kind]
    excess = np.maximum(made.points() - charged, 0)
    chosen = np.zeros((24, 24), bool)
    chosen[proof.i, proof.j] = True
    assert not excess[~chosen].any()
    assert excess.any()
    costs = proof.prices.bound(bounds, bounds.span) + int((dual * most).sum())
    assert proof.total == proof.bound == costs + excess.sum() == made.points()[chosen].sum()


@pytest.mark.parametrize("thinned", [1, 2, 4])
@pytest.mark.parametrize("asked", [(0, SCALE), (14, 8)], ids=["fine scores", "gaps that stay the same"])
def test_candidates_are_let_go_that_no_better_plan_needs(asked: tuple[int, int], thinned: int) -> None:
    """In the first rounds all that do not exceed their price; then, where the gap narrowed, those beyond the gap."""
    made = wanted_by_all(*asked)
    value, tuning = Valuation(each=-made.model.floor), replace(MEAN, thinned=thinned)
    proofs = list(column_generation_rounds(made.kernel, made.bounds, value, SILENT, tuning))
    narrowest, gone, near = 1 << 60, 0, 0
    for proof, after in pairwise(proofs):
        held, (a, b) = proof.candidates, proof.outside_duals
        below = a[held.i] + b[held.j] - held.points
        kept = np.isin(held.keys, proof.i * 24 + proof.j) | (below < 0)
        if proof.rounds > thinned:
            kept |= below < min(proof.gap, SCALE // 100)
            kept |= proof.gap >= narrowest
        narrowest = min(narrowest, proof.gap)
        assert np.array_equal(after.candidates.has(held.i, held.j), kept)
        gone, near = gone + (~kept).sum(), near + (kept & (below > 0)).sum()
    assert gone
    assert near


@pytest.mark.parametrize("each", [SCALE // 2, -SCALE // 4])
def test_the_first_guess_of_prices_is_one_of_values_that_each_pair_outside_keeps(each: int) -> None:
    """Of the value, with what every pair adds to its score."""
    made = wanted_by_all(0)
    with patch.object(module, "priced_plan", wraps=module.priced_plan) as asked:
        generate_columns(made.kernel, made.bounds, Valuation(each=each), tuning=MEAN)
    candidates, *_, hint, _ = next(call.args for call in asked.call_args_list if call.args[0].shape == (24, 24))
    above = made.points() + each - hint.x[:, None] - hint.y
    above[candidates.i, candidates.j] = 0
    assert above.max() <= 0


def test_nobody_is_priced_again_where_no_pair_can_exceed_its_price() -> None:
    made = wanted_by_all(0)
    candidates, a, b, _ = initial_columns(made.kernel, made.bounds, MEAN, sampled(MEAN))
    with patch.object(Kernel, "scan", side_effect=AssertionError):
        found, x, y = pricing_step(made.kernel, candidates, (a, b), (a, b), 1)
    assert (len(found), x.tolist(), y.tolist()) == (0, a.tolist(), b.tolist())


@given(SEEDS, st.sampled_from((1, 2, 4, 1000)), THINNINGS)
def test_coarse_scores_and_ties_are_proved(seed: int, steps: int, tuning: Tuning) -> None:
    draw = np.random.default_rng(seed)
    m, n = draw.integers(5, 25, 2)
    made = scored(draw.integers(0, steps, (m, n)) / steps).compiled()
    proof = solved(made, tuning)
    assert proof.points.sum() == oracles.best_by_assignment(made.points())
    assert proof.gap == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: f"{k.skills} skills, {k.capacity}, {k.missing} missing")
@given(seed=SEEDS, one_in=st.sampled_from((10, 50, 100)), first=st.booleans())
@SOME
def test_nearly_everything_forbidden_is_proved_all_the_same(kind: object, seed: int, one_in: int, first: bool) -> None:
    """By a predicate alone, so that the scan knows nothing of it."""
    crowd = Crowd(seed, 30, 25, kind)  # type: ignore[arg-type]
    made = Problem(
        crowd, (Skills(), Goals()), (Rare(one_in),), objectives=(MostPairs(), Total()) if first else (Total(),)
    )
    ready = made.compiled()
    expected = best(ready)
    if expected is None:
        with pytest.raises(InfeasibleError):
            solved(ready, MEAN)
        return
    proof = solved(ready, MEAN)
    assert (proof.gap, proof.points.sum()) == (0, expected[1])
    assert not first or len(proof.i) == expected[0]


def test_clusters_that_do_not_touch_add_up() -> None:
    draw = np.random.default_rng(5)
    blocks = [np.floor(draw.random((k, k + 1)) * SCALE) / SCALE for k in (3, 5, 7)]
    whole = np.full((15, 18), np.nan)
    at = np.array([0, 0])
    for block in blocks:
        whole[at[0] : at[0] + len(block), at[1] : at[1] + len(block) + 1] = block
        at += block.shape
    parts = [solved(scored(block).compiled(), MEAN).points.sum() for block in blocks]
    assert solved(scored(whole).compiled(), MEAN).points.sum() == sum(parts)


@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 4), (4, 0), (1, 1)])
@pytest.mark.parametrize(
    "tuning", [Tuning(), Tuning(small=0), Tuning(small=1, middle=0)], ids=["small", "middle", "large"]
)
@pytest.mark.parametrize("first", [True, False])
def test_hardly_anybody_is_no_trouble(m: int, n: int, tuning: Tuning, first: bool) -> None:
    made = Problem(Crowd(0, m, n), (Skills(),), objectives=(MostPairs(), Total()) if first else (Total(),)).compiled()
    proof = solved(made, tuning)
    assert proof.gap == 0
    assert len(proof.i) == min(m, n) * first or proof.points.sum() == 0


@pytest.mark.parametrize("kind", [SHARED, NEEDY, STARS, COARSE], ids=["capacities", "least", "stars", "ties"])
def test_a_few_hundred_people_are_proved_from_guessed_prices(kind: object) -> None:
    """Large enough for every branch of the first pool, small enough for an integer program."""
    rules = (GradeGap(1), OutsideReportingLine(), Shares(column="languages"), MinScore(0.05))
    criteria = (Skills(0.35), Reciprocity(0.15), Goals(0.15), Department(0.15), Background(0.20))
    for first in (True, False):
        problem = Problem(
            Crowd(3, 90, 70, kind),  # type: ignore[arg-type]
            criteria,
            rules if kind is not NEEDY else (MinGain(mentee=0.01),),
            (Capacity(mentors=3),) if kind is SHARED else (),
            (MostPairs(), Total()) if first else (Total(floor=0.3),),
        )
        made = problem.compiled()
        expected = best(made)
        if expected is None:
            with pytest.raises(InfeasibleError):
                solved(made)
            continue
        for tuning in (Tuning(small=0), Tuning(small=0, middle=0, least_sample=20, per_person=4, cap=6)):
            proof = solved(made, tuning)
            assert_lawful(made, proof)
            assert (proof.gap, proof.points.sum()) == (0, expected[1])


@pytest.mark.parametrize("last", [0, 1, 2, 3, 99])
def test_time_that_ends_between_two_rounds_leaves_the_plan_of_the_last_one(last: int) -> None:
    made = wanted_by_all(0)
    every = list(column_generation_rounds(made.kernel, made.bounds, Valuation(each=-made.model.floor), SILENT, MEAN))
    assert len(every) > 3

    def stop(event: Event) -> None:
        if event.round > last:
            raise TimeUpError

    if last == 0:
        with pytest.raises(TimeUpError):
            generate_columns(made.kernel, made.bounds, Valuation(each=-made.model.floor), ProgressReporter(stop), MEAN)
        return
    proof, expected = (
        generate_columns(made.kernel, made.bounds, Valuation(each=-made.model.floor), ProgressReporter(stop), MEAN),
        every[:last][-1],
    )
    assert_lawful(made, proof)
    assert_bound_is_true(made, proof)
    assert (proof.total, proof.bound) == (expected.total, expected.bound)
    assert proof.total <= oracles.best_by_assignment(made.points()) <= proof.bound


# ---------------------------------------------------------------- nothing that should not matter does


@given(problems(most=14, least=4), CUTS, CUTS, THINNINGS)
def test_tiles_and_threads_cannot_be_seen_in_the_plan(problem: Problem, one: Cut, two: Cut, tuning: Tuning) -> None:
    made = problem.compiled()
    plans = []
    for cut in (one, two):
        with Cutting(cut) as cutting:
            try:
                proof = generate_columns(
                    cutting.kernel(made), made.bounds, Valuation(each=-made.model.floor), tuning=tuning
                )
            except InfeasibleError as error:
                plans.append(str(error))
                continue
        arrays = (proof.i, proof.j, proof.points, proof.prices.x, proof.prices.y)
        plans.append(
            [a.tolist() for a in arrays] + [proof.prices.mentor_potential, proof.prices.mentee_potential, proof.bound]
        )  # type: ignore[arg-type]
    assert plans[0] == plans[1]


@given(problems(most=10, locks=False), SEEDS)
def test_the_order_of_the_rows_cannot_be_seen_in_the_plan(problem: Problem, seed: int) -> None:
    mentors, mentees = problem.crowd.tables()
    plans = []
    for sides in ((mentors, mentees), (permuted(mentors, seed), permuted(mentees, seed + 1))):
        made = compiled(problem.program(), *sides)
        try:
            proof = solved(made)
        except InfeasibleError as error:
            plans.append([str(error)])
            continue
        ids = made.model.mentors.ids[proof.i], made.model.mentees.ids[proof.j]
        plans.append([*map(str, zip(*ids, proof.points, strict=True)), str(proof.prices)])
    assert plans[0] == plans[1]


@given(crowds(most=12, least=2), st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=3))
def test_a_smaller_pool_is_no_worse_a_plan(crowd: Crowd, criteria: list) -> None:
    made = Problem(crowd, tuple(criteria)).compiled()
    totals = set()
    for tuning in (Tuning(), MEAN, replace(MEAN, cap=3, middle=1 << 21)):
        try:
            totals.add(int(solved(made, tuning).points.sum()))
        except InfeasibleError:
            totals.add(-1)
    assert len(totals) == 1


def test_the_bound_counts_what_least_numbers_cost() -> None:
    """One mentor must take a mentee worth less than the floor: the least number's price enters with its sign."""
    made = replace(scored(np.array([[0.25, 0.125]])), objectives=(Total(floor=0.5),)).compiled()
    bounds = Bounds(made.bounds.capacity, (np.array([1]), made.bounds.minimum[1]), False)
    proof = generate_columns(made.kernel, bounds, Valuation(each=-made.model.floor))
    assert proof.points.tolist() == [-SCALE // 4]
    assert proof.bound == -SCALE // 4


# ---------------------------------------------------------------- what trades time for memory


@given(
    problems(most=10, least=1, locks=False),
    SEEDS,
    st.sampled_from((SCALE // 8, SCALE)),
    st.integers(1, 3),
    st.integers(1, 5),
)
def test_the_welcome_below_the_price_is_as_wide_as_the_round_allows_and_few_enough_come(
    problem: Problem, seed: int, size: int, per_person: int, rounds: int
) -> None:
    """Eight times the pairs that everybody should find, and those that tie with the last of them; none where no pair is
    worth more than its price, and all scores are held or ties are many.
    """
    made = problem.compiled()
    m, n = made.model.shape
    draw = np.random.default_rng(seed)
    x, y = draw.integers(-size, size + 1, m), draw.integers(-size, size + 1, n)
    tuning = Tuning(per_person=per_person, margins=(0.5, 0.25, 0.03, 0.0))
    most = round((0.5, 0.25, 0.03, 0.0)[min(rounds, 4) - 1] * SCALE)
    over = made.kernel.scan(made.kernel.priced(x, y), Dense(m, n))
    margin = margin_of(made.kernel, made.bounds, tuning, x, y, rounds)
    if not (over > 0).any():
        assert margin == 0
        kernel = replace(made.kernel, held=())
        assert margin_of(kernel, made.bounds, tuning, x, y, rounds, crowded=True) == 0
        margin = margin_of(kernel, made.bounds, tuning, x, y, rounds)
    assert 0 <= margin <= most
    wanted = min(max(int(8 * per_person * made.bounds.max_pairs), 1), m * n)
    assert margin == 0 or (over > -margin).sum() < wanted
    assert margin == most or (over >= -margin).sum() >= wanted


def test_nobody_is_welcome_below_a_price_where_there_is_nobody() -> None:
    made = Problem(Crowd(0, 0, 3), (Skills(),)).compiled()
    none = np.zeros(0, np.int64)
    assert margin_of(made.kernel, made.bounds, Tuning(), none, np.zeros(3, np.int64), 1) == 0


@given(problems(most=8, least=1), THINNINGS)
def test_every_step_is_told_in_its_order(problem: Problem, tuning: Tuning) -> None:
    """The pool never shrinks, the rounds are counted, and each tells the plan and the bound that it proves."""
    made = problem.compiled()
    heard: list[tuple[str, dict]] = []  # type: ignore[type-arg]

    def report(stage: object, **figures: object) -> None:
        heard.append((getattr(stage, "name", str(stage)), figures))

    try:
        proofs = list(
            column_generation_rounds(made.kernel, made.bounds, Valuation(each=-made.model.floor), report, tuning)
        )  # type: ignore[arg-type]
    except InfeasibleError:
        return
    rounds = [figures for name, figures in heard if name == "ROUND"]
    assert (
        [figures["round"] for figures in rounds] == [proof.rounds for proof in proofs] == [*range(1, len(proofs) + 1)]
    )
    assert [figures["plan"] for figures in rounds] == [(proof.total, proof.bound) for proof in proofs]
    assert [proof.gap for proof in proofs] == [proof.bound - proof.total for proof in proofs]
    sizes = [figures["candidates"] for _, figures in heard]
    assert sizes == sorted(sizes)
    assert [name for name, _ in heard][:2] == ["FIRST_PAIRS", "SETTLED"]
