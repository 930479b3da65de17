"""Every question to a plan, in mixes of locks, floors, rooms, limits and objectives, beside every plan there is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import combinations
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mixes import POINTS, Best, Drawn, Mix, Pair, Plans, drawn, unit

import rmatch
from rmatch import limits as lim
from rmatch import objectives as obj
from rmatch.analysis.alternatives import NextBest
from rmatch.analysis.arcs import Arcs
from rmatch.analysis.fewest import fewest
from rmatch.analysis.residual import Residual, TotalPrices
from rmatch.analysis.values import Change
from rmatch.errors import SolverError
from rmatch.infeasible.alternating import Placing, Sight

pytestmark = pytest.mark.slow

PLAIN = drawn(limited=False, further=False)
"""The most pairs, or none but the total, above a floor or not; with rooms, least numbers, locks and forbidden pairs."""
MIXED = drawn()
"""The same with limits that cross groups, and with further objectives."""


def solved(made: Drawn | Mix) -> tuple[Plans, Best, rmatch.Matching]:
    """A mix's plans, the best of them, and the one that was found, which is among these; or the example is passed."""
    plans = Plans(made.mix() if isinstance(made, Drawn) else made)
    best = plans.best()
    try:
        matching = plans.mix.match()
    except rmatch.InfeasibleError:
        assert best is None
        assume(False)
        raise
    except SolverError:  # a mix that the present means settle neither way
        assume(False)
        raise
    assert best is not None
    assert matching.named in best.sets or matching.status is rmatch.Status.FEASIBLE
    assume(matching.status is rmatch.Status.OPTIMAL)
    return plans, best, matching


def lost(before: Best, after: Best) -> dict[str, float]:
    """What each objective loses, in its own unit."""
    return {name: (before.reached[name] - after.reached[name]) / unit(name) for name in before.reached}


def number(cell: Any) -> int | None:
    """A count, None where it is not told."""
    return None if cell is None or pd.isna(cell) else int(cell)


# ---------------------------------------------------------------- why not


def assert_told(told: rmatch.WhyNot, pair: Pair, plans: Plans, best: Best, matching: rmatch.Matching) -> None:
    """What is said of a pair is what the best of all plans with that pair has less."""
    assert str(told)
    assert bool(told.rules) == (pair not in plans.pairs)
    forced = None if told.rules else plans.best(plans.with_pair(pair))
    if forced is None:
        assert (told.loss, told.pairs_lost, told.made, told.changes) == (None, None, (), ())
    elif pair in matching.named:
        assert told == rmatch.WhyNot(*pair, (), 0.0, 0, ())
    elif told.exact:
        assert {change.objective: change.amount for change in told.changes} == lost(best, forced)
        assert told.loss == lost(best, forced)["total"]
        assert told.objective == next((name for name, amount in lost(best, forced).items() if amount > 0), None)
        assert told.objective is None or all(told.objective != c.objective or c.amount > 0 for c in told.changes)
        either = best.pairs is None or forced.pairs is None
        if told.pairs_lost is not None or matching.residual is not None:
            assert told.pairs_lost == (None if either else best.pairs - forced.pairs)  # type: ignore[operator]
        assert pair in told.made
        assert {*told.displaced} <= matching.named
        assert not {*told.made} & matching.named
        assert matching.named - {*told.displaced} | {*told.made} in forced.sets


@pytest.mark.trials
@settings(max_examples=60)
@given(PLAIN, st.booleans())
def test_one_search_says_of_every_pair_what_the_best_plan_with_it_loses(made: Drawn, sparse: bool) -> None:
    """Also where next to no arcs are known at first, as of very many people, and others are looked for one by one."""
    plans, best, matching = solved(made)
    with ExitStack() as patches:
        if sparse:
            patches.enter_context(patch("rmatch.analysis.arcs.PER_MENTOR", 1))
            patches.enter_context(patch.object(Arcs, "_short", lambda arcs, each: np.ones(len(plans.ids[0]), np.int64)))
        assert matching.residual is not None
        assert_all_told(plans, best, matching)


def assert_all_told(plans: Plans, best: Best, matching: rmatch.Matching) -> None:
    """What is said of every pair is what the best of all plans with that pair has less."""
    for person in plans.mix.people["employee_id"]:
        for row in matching.losses(person).itertuples():
            pair = (person, row.partner_id) if row.role == "mentor" else (row.partner_id, person)
            forced = plans.best(plans.with_pair(pair))
            assert row.exact
            if forced is None:
                assert (row.loss, number(row.pairs_lost)) == (np.inf, None)
                continue
            assert row.loss == lost(best, forced)["total"]
            either = best.pairs is None or forced.pairs is None
            fewer = 0 if pair in matching.named else None if either else best.pairs - forced.pairs  # type: ignore[operator]
            assert number(row.pairs_lost) == fewer
    for pair in ((a, b) for a in plans.ids[0] for b in plans.ids[1]):
        assert_told(matching.why_not(*pair), pair, plans, best, matching)


@settings(max_examples=30)
@given(MIXED)
def test_whatever_the_program_why_not_is_exact_where_it_says_so(made: Drawn) -> None:
    plans, best, matching = solved(made)
    pairs = [(a, b) for a in plans.ids[0] for b in plans.ids[1]]
    for pair in pairs[made.seed % 3 :: 3]:
        assert_told(matching.why_not(*pair), pair, plans, best, matching)
    for person in plans.mix.people["employee_id"]:
        for row in matching.losses(person).itertuples():
            pair = (person, row.partner_id) if row.role == "mentor" else (row.partner_id, person)
            forced = plans.best(plans.with_pair(pair))
            assert not row.exact or (np.inf if forced is None else lost(best, forced)["total"]) == row.loss
            assert row.exact or np.isnan(row.loss)


@settings(max_examples=25)
@given(PLAIN, st.integers(1, POINTS))
def test_the_least_that_prices_prove_is_no_more_than_the_loss(made: Drawn, gap: int) -> None:
    plans, best, matching = solved(made)
    loose = replace(matching.certificate, bound=matching.certificate.bound + gap)
    least = replace(matching, certificate=loose)
    assert least.residual is None
    for mentor in plans.ids[0]:
        for row in least.losses(mentor).itertuples():
            forced = plans.best(plans.with_pair((mentor, row.partner_id)))
            assert row.role != "mentor" or forced is None or row.loss <= lost(best, forced)["total"]


@settings(max_examples=25)
@given(MIXED, st.integers(0, 10**6))
def test_the_next_best_is_the_best_other_partner_at_the_loss_of_why_not(made: Drawn, pick: int) -> None:
    plans, best, matching = solved(made)
    a, b = plans.ids[0][pick % len(plans.ids[0])], plans.ids[1][pick // 7 % len(plans.ids[1])]
    score = dict(zip(plans.pairs, (plans.points / POINTS).tolist(), strict=True))
    found = {one.role: one for one in matching.explain(a, b).next_best}
    for side, (role, own, other) in enumerate((("mentor", a, b), ("mentee", b, a))):
        others = {p for p in plans.pairs if p[side] == own and p[1 - side] != other and p not in matching.named}
        assert (role in found) == bool(others)
        if role not in found:
            continue
        told = found[role]
        pair = (a, told.partner_id) if role == "mentor" else (told.partner_id, b)
        forced = plans.best(plans.with_pair(pair))
        assert told.score == score[pair] == max(score[p] for p in others)
        assert told.partner_id in str(told)
        if told.exact:
            assert told.loss == (None if forced is None else lost(best, forced)["total"])
            assert {change.objective: change.amount for change in told.changes} == (
                lost(best, forced) if forced else {}
            )


def test_a_pair_that_only_a_worse_earlier_objective_allows_is_told_by_that_objective() -> None:
    """The total may then even be larger: what is lost is what comes first."""
    people = people_of([1, 1], [1, 1])
    scores = pd.DataFrame([[0.5, 1.0], [0.25, 0.5]], index=["a0", "a1"], columns=["b0", "b1"])
    mix = Mix(people, scores, objectives=(obj.MostPairs(), obj.Bands((0.5,)), obj.Total()))
    told = mix.match().why_not("a0", "b1")
    assert told.changes == (Change("most_pairs", 0), Change("bands_0.5", 1), Change("total", -0.25))
    assert (told.objective, told.loss, told.pairs_lost, told.exact) == ("bands_0.5", -0.25, 0, True)
    words = "a0 → b1 would cost 1 in bands 0.5, gain 0.250000 in total and undo a0 → b0, a1 → b1."
    assert str(told) == words


def people_of(mentors: list[int], mentees: list[int]) -> pd.DataFrame:
    """People with so many places each."""
    ids = [f"a{k}" for k in range(len(mentors))] + [f"b{k}" for k in range(len(mentees))]
    role = ["mentor"] * len(mentors) + ["mentee"] * len(mentees)
    places = [str(room) for room in (*mentors, *mentees)]
    return pd.DataFrame({"employee_id": ids, "role": role, "capacity": places, "min_pairs": "0"})


def scores_of(rows: list[list[float | None]]) -> pd.DataFrame:
    """Scores of mentors ``a0, a1, …`` with mentees ``b0, b1, …``, None where a pair may not be."""
    letters = [f"a{k}" for k in range(len(rows))], [f"b{k}" for k in range(len(rows[0]))]
    return pd.DataFrame(rows, *letters, dtype=float)


@pytest.mark.parametrize(
    ("rooms", "rows", "locks", "pair", "loss"),
    [
        (([2, 1], [2, 1]), [[0.5, None], [0.75, 0.25]], [("a0", "b0")], ("a0", "b0"), 0.0),
        (([1, 3], [2, 2, 1]), [[0.75, 0.0, None], [1.0, None, 0.75]], [("a1", "b0")], ("a0", "b1"), 0.75),
        (([3, 3], [1, 2, 1, 2]), [[0, 0.75, 0.75, None], [0.25, 0, 0.75, None]], [("a0", "b0"), ("a1", "b1")],
         ("a0", "b2"), 0.0),
    ],
)  # fmt: skip
def test_locked_pairs_are_neither_made_again_nor_undone(
    rooms: tuple[list[int], list[int]], rows: list[list[float | None]], locks: list[Pair], pair: Pair, loss: float
) -> None:
    """They stood in the residual graph as if they could be made once more: losses were wrong, or never came."""
    mix = Mix(people_of(*rooms), scores_of(rows), limits=(lim.Lock(tuple(locks)),))
    plans, matching = Plans(mix), mix.match()
    best = plans.best()
    assert best is not None
    for each in plans.pairs:
        assert_told(matching.why_not(*each), each, plans, best, matching)
    assert matching.why_not(*pair).loss == loss
    for lock in locks:
        for person, partner in (lock, lock[::-1]):
            mine = matching.losses(person).set_index("partner_id").loc[partner]
            assert (mine["loss"], mine["pairs_lost"], mine["exact"]) == (0, 0, True)


def test_a_loss_is_that_of_the_total_as_the_stages_tell_it() -> None:
    """So above a floor, which is what the plan is made for; pairs are lost where all plans as good have as many."""
    mix = Mix(people_of([1, 1], [1, 1]), scores_of([[0.75, 0.5], [None, 0.75]]), objectives=(obj.Total(floor=0.5),))
    matching = mix.match()
    told, other = matching.why_not("a0", "b1"), mix.and_also(lim.Lock((("a0", "b1"),))).match()
    values = [plan.stages.set_index("objective")["value"]["total"] for plan in (matching, other)]
    assert told.loss == values[0] - values[1] == 0.5
    # with the pair, which is worth no more than the floor, one pair; without, two
    assert (told.pairs_lost, len(matching.points), len(other.points)) == (1, 2, 1)
    level = Mix(people_of([1, 1], [1, 1]), scores_of([[0.75, 0.5], [0.5, 0.5]]), objectives=(obj.Total(floor=0.5),))
    matching = level.match()  # a1-b1 adds nothing, made or not
    assert matching.why_not("a0", "b1").loss == 0.25
    assert matching.why_not("a0", "b1").pairs_lost is None
    assert matching.losses("a0").set_index("partner_id")["pairs_lost"].isna()["b1"]


def test_what_a_time_limit_cut_short_is_not_called_exact() -> None:
    roster = rmatch.from_frame(rmatch.datasets.workforce(30, 25, seed=3))
    matching = rmatch.match(roster, rmatch.Program(rules=(), objectives=(obj.Total(floor=0.4),)), time_limit=1e-9)
    assert matching.status is rmatch.Status.FEASIBLE
    (mentor, mentee), other = matching.pair_ids[0], matching.pair_ids[1][1]
    told = matching.why_not(mentor, other)
    assert not told.exact
    assert told.loss is not None
    assert told.loss < 0
    assert "would gain " in str(told)
    assert str(told).endswith(", as far as is proved.")
    assert not matching.why_not(mentor, mentee).exact
    assert not matching.losses(mentor)["exact"].any()
    assert not any(one.exact for one in matching.explain(mentor, mentee).next_best)


def test_where_solving_again_proves_nothing_the_next_best_is_told_without_its_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mix = Mix(
        people_of([1, 1], [1, 1]),
        scores_of([[0.5, 1.0], [0.25, 0.5]]),
        objectives=(obj.MostPairs(), obj.LeastLoad(), obj.Total()),
    )
    matching = mix.match()

    def nothing_proved(*_: object, **__: object) -> None:
        raise SolverError("no plan was found")

    monkeypatch.setattr(rmatch.Matching, "solve_again", nothing_proved)
    with pytest.raises(SolverError):
        matching.why_not("a0", "b0")
    for told in matching.explain("a0", "b1").next_best:
        assert told.loss is not None
        assert np.isnan(told.loss)
        assert not told.exact
        assert "takes solving again" in str(told)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (NextBest("mentor", "a", "b", 0.5, None, None, True), "no plan that keeps the limits has that pair."),
        (NextBest("mentor", "a", "b", 0.5, np.nan, None, False, redacted=True), "what it would cost is not told where"),
        (NextBest("mentor", "a", "b", 0.5, 0.25, None, False), "it would cost at least 0.250000 in total."),
        (NextBest("mentor", "a", "b", 0.5, -0.25, None, False), "it would gain at most 0.250000 in total."),
        (NextBest("mentor", "a", "b", 0.5, 0.25, 1, True, (Change("most_pairs", 1), Change("total", 0.25))),
         "it would cost 1 pair and 0.250000 in total."),
        (NextBest("mentor", "a", "b", 0.5, 0, 0, False, (Change("most_pairs", 0), Change("total", 0))),
         "it would cost nothing, as far as is proved."),
    ],
)  # fmt: skip
def test_the_next_best_in_words(told: NextBest, words: str) -> None:
    assert f"Next best for mentor a: b, 0.500; {words}" in str(told)


# ---------------------------------------------------------------- the graph


def test_prices_that_leave_an_arc_shorter_than_nothing_give_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the question is answered by solving again, which nobody's prices can mislead."""
    matching = Mix(people_of([1, 1], [1, 1]), scores_of([[0.5, 1.0], [0.25, 0.5]])).match()
    sound = matching.residual
    assert sound is not None
    for side in (0, 1):
        people = [prices + (side == k) * np.array([POINTS, -POINTS]) for k, prices in enumerate(sound.prices.people)]
        wrong = replace(sound.prices, people=(people[0], people[1]))
        assert Residual.of(matching.model, matching.chosen, wrong) is None
        monkeypatch.setattr("rmatch.analysis.residual.prices_of_total", lambda *_, wrong=wrong: wrong)
        asked = replace(matching)
        assert asked.residual is None
        assert asked.why_not("a0", "b1").loss == matching.why_not("a0", "b1").loss


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6))
def test_no_way_runs_in_a_circle_however_many_arcs_have_no_length(seed: int, mentors: int, mentees: int) -> None:
    draw = np.random.default_rng(seed)
    scores = pd.DataFrame(
        draw.integers(0, 5, (mentors, mentees)) / 4,
        [f"a{k}" for k in range(mentors)],
        [f"b{k}" for k in range(mentees)],
    )
    mix = Mix(people_of([2] * mentors, [2] * mentees), scores)
    matching = mix.match()
    graph = matching.residual
    assert graph is not None
    graph.arcs.length = draw.integers(0, 3, len(graph.arcs.length))
    crooked = replace(graph, undo=draw.integers(0, 2, len(graph.undo)).astype(float))
    for some in (crooked, crooked.turned):
        everybody = np.arange(some.shape[1])
        to_unmatched = (some.to_unmatched(own).known(lambda _: np.inf) for own in (True, False))
        for ways in (some.to(0, everybody), *to_unmatched):
            for place in (*everybody.tolist(), -2, -3):
                steps = list(ways.steps(place))
                assert len(steps) <= 2 * (mentors + mentees) + 2


def test_the_prices_of_a_plan_are_read_in_one_place() -> None:
    """The graph knows what it needs of a certificate, and no more."""
    mix = Mix(people_of([1, 2], [1, 2]), scores_of([[0.5, 1.0], [0.25, 0.5]]))
    matching = mix.match()
    graph = matching.residual
    assert graph is not None
    prices = TotalPrices(graph.prices.people, graph.prices.potentials, 0, True)
    again = Residual.of(matching.model, matching.chosen, prices)
    assert again is not None
    assert np.array_equal(again.arcs.length, graph.arcs.length)


# ---------------------------------------------------------------- shortlists, second choices, prices


@settings(max_examples=20)
@given(MIXED)
def test_the_shortlists_of_both_sides_are_the_rows_of_the_matrix_locked_pairs_among_them(made: Drawn) -> None:
    mix = made.mix()
    plans, roster = Plans(mix), mix.roster()
    wanted = dict(zip(plans.pairs, (plans.points / POINTS).tolist(), strict=True))
    try:
        scores = rmatch.score_matrix(roster, mix.program)
    except rmatch.InfeasibleError:  # a lock that breaks a rule or a room
        assert plans.best() is None
        return
    assert {pair: score for pair, score in scores.stack().items() if not np.isnan(score)} == wanted
    for side in ("mentor", "mentee"):
        shown = rmatch.shortlist(roster, mix.program, side=side, best=9)  # type: ignore[arg-type]
        listed = {(row.mentor_id, row.mentee_id): row.score for row in shown.itertuples()}
        assert listed == wanted
        for _, own in shown.groupby(f"{side}_id"):
            assert own["rank"].tolist() == [*range(1, len(own) + 1)]
            assert own["score"].is_monotonic_decreasing


def test_a_mentee_whose_only_partner_is_locked_has_a_line_in_the_shortlist() -> None:
    mix = Mix(people_of([1, 1], [1, 1]), scores_of([[0.9, 0.2], [None, 0.3]]), limits=(lim.Lock((("a0", "b0"),)),))
    shown = rmatch.shortlist(mix.roster(), mix.program)
    assert [(r.mentee_id, r.rank, r.mentor_id) for r in shown.itertuples()] == [
        ("b0", 1, "a0"),
        ("b1", 1, "a1"),
        ("b1", 2, "a0"),
    ]


@settings(max_examples=20)
@given(MIXED)
def test_second_choices_are_a_best_plan_without_the_present_pairs_and_spare_ones_keep_every_limit(made: Drawn) -> None:
    plans, _, matching = solved(made)
    mix = plans.mix
    limits = tuple(limit for limit in mix.limits if not isinstance(limit, lim.Lock | lim.Changes))
    others = mix.scores.mask(
        mix.scores.apply(lambda column: [(a, column.name) in matching.named for a in column.index])
    )
    second = Plans(replace(mix, limits=limits, scores=others)).best()
    try:
        table = matching.backups()
    except rmatch.InfeasibleError:
        assert second is None
        return
    except SolverError:
        return
    assert sorted(zip(table["mentor_id"], table["mentee_id"], strict=True)) == sorted(matching.named)
    some = table[table["backup_id"] != ""]
    told = {*zip(some["backup_id"], some["mentee_id"], strict=True)}
    assert second is not None
    assert any(_heads(told, plan, matching.named) for plan in second.sets)
    lawful = {*Best({}, Plans(replace(mix, limits=limits)).made, plans).sets}
    for row in table.itertuples():
        moved = matching.named - {(row.mentor_id, row.mentee_id)} | {(row.backup_id, row.mentee_id)}
        assert row.spare == (moved in lawful)
        assert not row.backup_id or row.score == mix.scores.loc[row.backup_id, row.mentee_id]


def _heads(told: set[Pair], plan: frozenset[Pair], now: frozenset[Pair]) -> bool:
    """Whether what is told of each mentee is as much of the plan as they have pairs now."""
    mentees = {b for _, b in now}
    mine = [({p for p in told if p[1] == b}, {p for p in plan if p[1] == b}) for b in mentees]
    has = [sum(p[1] == b for p in now) for b in mentees]
    return all(a <= b and len(a) == min(len(b), most) for (a, b), most in zip(mine, has, strict=True))


@settings(max_examples=20)
@given(MIXED)
def test_a_price_is_what_the_best_plans_without_the_wish_have_more_of_everything(made: Drawn) -> None:
    plans, best, matching = solved(made)
    for family in ("rules", "limits", "objectives"):
        for element in getattr(plans.mix, family):
            if isinstance(element, obj.Total):
                continue
            left = replace(plans.mix, **{family: tuple(x for x in getattr(plans.mix, family) if x is not element)})
            same = next(x for x in getattr(matching.program, family) if type(x) is type(element) and x == element)
            try:
                price = matching.price_of(same)
            except rmatch.ProgramError:  # without it the others stand in no order that makes sense
                continue
            except rmatch.InfeasibleError:  # without it a lock has no room
                assert Plans(left).best() is None
                continue
            without = Plans(left).best()
            assert without is not None
            assert element.name in str(price) or "not available" in str(price)
            if not price.exact:
                continue
            both = best.reached.keys() & without.reached.keys()
            more = {name: (without.reached[name] - best.reached[name]) / unit(name) for name in both}
            assert {change.objective: change.amount for change in price.others} == {
                name: amount for name, amount in more.items() if name not in ("most_pairs", "total")
            }
            if _floor(left) == _floor(plans.mix):
                assert price.total == more["total"]
            if family != "objectives":
                assert ("costs nothing" in str(price)) == (not any(more.values()))
            if without.pairs is not None and best.pairs is not None:
                assert price.pairs == without.pairs - best.pairs


def _floor(mix: Mix) -> float:
    """What the total is counted above."""
    first = any(isinstance(objective, obj.MostPairs) for objective in mix.objectives)
    return 0.0 if first else next(o.floor for o in mix.objectives if isinstance(o, obj.Total))


def test_a_limit_that_only_an_earlier_objective_pays_for_is_not_said_to_cost_nothing() -> None:
    mix = Mix(
        people_of([1, 1], [1]).assign(waited=["0", "3", "0"], department=["Law", "Tax", "Law"]),
        scores_of([[0.5], [0.5]]),
        limits=(lim.Group("mentor", "department", "Tax", most=0),),
        objectives=(obj.MostPairs(), obj.Priority(column="waited"), obj.Total()),
    )
    price = mix.match().price_of(mix.limits[0])
    assert (price.pairs, price.total, price.others) == (0, 0.0, (Change("priority_waited", 3.0),))
    assert str(price) == "group_mentor_department_tax costs 3 in priority waited."


# ---------------------------------------------------------------- who joins


def outside(mix: Mix, *people: str) -> Mix:
    """The same without some people, and without the locks that name them."""
    limits = tuple(
        lim.Lock(tuple(pair for pair in limit.pairs if not {*pair} & {*people}))
        if isinstance(limit, lim.Lock)
        else limit
        for limit in mix.limits
    )
    return replace(mix, people=mix.people[~mix.people["employee_id"].isin(people)], limits=limits)


@settings(max_examples=50)
@given(PLAIN, st.integers(0, 10**6))
def test_a_joiner_is_placed_as_the_best_plan_with_one_pair_for_them_says(made: Drawn, pick: int) -> None:
    mix = made.mix()
    who = mix.people["employee_id"].iloc[pick % len(mix.people)]
    few = outside(mix, who)
    _, _, matching = solved(few)
    whole = Plans(replace(few, people=mix.people))
    side = int(mix.people.set_index("employee_id")["role"][who] == "mentee")
    load = whole.made @ np.array([int(pair[side] == who) for pair in whole.pairs], np.int64)
    best = whole.best(load <= 1)
    try:
        told = rmatch.place(matching, whole.mix.roster(), who)
    except rmatch.InfeasibleError:
        assert best is None
        return
    assert best is not None
    stands = float(matching.reached["value"].iloc[-1])
    added = 0.0 if told.score is None else told.score - matching.model.floor / POINTS
    assert stands + added + told.loss == best.reached["total"] / POINTS
    assert matching.named - {*told.undone} | {*told.made} in best.sets
    assert {*told.undone} <= matching.named
    assert not {*told.made} & matching.named
    if told.pairs_lost is None:
        assert "most_pairs" not in best.reached
    else:
        assert len(matching.points) + (told.partner_id is not None) + told.pairs_lost == best.reached["most_pairs"]
    rooms = int(mix.people.set_index("employee_id")["capacity"][who])
    assert ("with one pair for them" in str(told)) == told.several
    assert told.several == (rooms > 1) or any(isinstance(limit, lim.Capacity) for limit in mix.limits)


def test_somebody_who_must_have_a_pair_is_placed_at_a_loss_or_refused() -> None:
    people = people_of([1, 1], [1]).assign(min_pairs=["0", "1", "0"])
    mix = Mix(people, scores_of([[0.75], [0.25]]), objectives=(obj.Total(floor=0.5),))
    told = rmatch.place(outside(mix, "a1").match(), mix.roster(), "a1")
    assert (told.partner_id, told.undone, told.made, told.loss) == (None, (("a0", "b0"),), (("a1", "b0"),), -0.5)
    locked = outside(mix.and_also(lim.Lock((("a0", "b0"),))), "a1")
    plan, whole = locked.match(), replace(locked, people=people).roster()
    with pytest.raises(rmatch.InfeasibleError, match="a1 must have a pair, and no plan"):
        rmatch.place(plan, whole, "a1")
    people = people_of([1, 2], [1, 1]).assign(min_pairs=["0", "2", "0", "0"])
    mix = Mix(people, scores_of([[0.75, 0.5], [0.25, 0.5]]))
    plan = outside(mix, "a1").match()
    with pytest.raises(rmatch.RmatchError, match="must have 2 pairs, and this places somebody in one"):
        rmatch.place(plan, mix.roster(), "a1")


@pytest.mark.trials
@settings(max_examples=25)
@given(st.booleans(), st.integers(0, 2**32 - 1), st.integers(1, 3), st.booleans())
def test_nobody_is_invited_without_whom_as_many_are_placed_nor_more_than_it_takes(
    limited: bool, seed: int, best: int, further: bool
) -> None:
    """By each choice of people who could be invited, with all their room, in the next match."""
    draw, mix = np.random.default_rng(seed), Drawn(seed, most=5, limited=limited, further=further).mix()
    mentors = mix.people["employee_id"][mix.people["role"] == "mentor"].tolist()
    joiners = [who for who in mentors[1:] if draw.random() < 0.7]
    people = mix.people.assign(min_pairs="0")
    if draw.random() < 0.8:
        people.loc[people["role"] == "mentee", "capacity"] = "1"
    limits = tuple(limit for limit in outside(mix, *joiners).limits if not isinstance(limit, lim.Changes))
    named = (obj.Priority, obj.Stability)
    objectives = tuple(each for each in mix.objectives if not isinstance(each, named))
    mix = replace(mix, people=people, limits=limits, objectives=objectives)
    try:
        matching = outside(mix, *joiners).match()
        told = matching.recruit(people[people["role"] == "mentor"], best=best)
    except (rmatch.InfeasibleError, SolverError):
        return
    invited = told.invitations["employee_id"].tolist()
    assert len({*invited}) == len(invited) <= best
    assert {*invited} <= {*joiners}
    waiting = {who.employee_id for who in matching.waiting if who.role == "mentee"}

    def then(some: list[str]) -> rmatch.Matching:
        return outside(mix, *({*joiners} - {*some})).match()

    def served(some: list[str]) -> tuple[int, int]:
        mentees = {mentee for _, mentee in then(some).named}
        return len(mentees), len(mentees & waiting)

    then_paired, now_paired = ({mentee for _, mentee in plan.named} for plan in (then(invited), matching))
    assert {*told.placed} == then_paired & waiting
    assert {*told.displaced} == now_paired - then_paired
    assert ("would have none" in str(told)) == bool(told.displaced)
    for k, row in enumerate(told.invitations.itertuples(), 1):
        assert row.placed == served(invited[:k])[1]
        mine = [mentee for mentor, mentee in then(invited).named if mentor == row.employee_id]
        assert sorted(row.mentee_id.split("; ")) == sorted(mine)
    everybody = served(invited)
    for who in invited:
        fewer = served([each for each in invited if each != who])
        assert fewer[0] < everybody[0] or fewer[1] < everybody[1]
    plain = all(isinstance(limit, lim.Lock | lim.Capacity) for limit in limits)
    one_each = (people["capacity"][people["role"] == "mentee"] == "1").all()
    if plain and isinstance(objectives[0], obj.MostPairs) and one_each:
        pairs = {some: len(then([*some]).points) for size in range(best + 1) for some in combinations(joiners, size)}
        assert everybody[0] == max(pairs.values())
        assert len(invited) == min(len(some) for some, number in pairs.items() if number == max(pairs.values()))


def test_one_who_has_room_for_several_is_invited_before_several_who_have_room_for_one() -> None:
    """Three wait; one of the directory could take all of them, and two others one each."""
    scores = scores_of(
        [[0.5, None, None, None], [None, 0.9, None, None], [None, None, 0.9, None], [None, 0.5, 0.5, 0.5]]
    )
    mix = Mix(people_of([1, 1, 1, 3], [1, 1, 1, 1]), scores)
    told = outside(mix, "a1", "a2", "a3").match().recruit(mix.people, best=3)
    assert told.invitations["employee_id"].tolist() == ["a3"]
    assert told.invitations["mentee_id"].tolist() == ["b1; b2; b3"]
    assert str(told) == "This invitation places 3 of 3 waiting seniors."


def test_who_would_lose_their_mentor_is_told() -> None:
    nothing = pd.DataFrame({"employee_id": ["a1"]})
    said = "This invitation places 2 of 3 waiting seniors."
    for displaced, more in (
        ((), ""),
        (("b0",), " In that match 1 other who has a mentor now would have none."),
        (("b0", "b3"), " In that match 2 others who have a mentor now would have none."),
    ):
        assert str(rmatch.Recruitment(nothing, nothing, ("b1", "b2"), 3, True, displaced)) == said + more


def test_where_no_invitation_helps_it_says_so_and_no_more() -> None:
    mix = Mix(people_of([1, 1], [1, 1]), scores_of([[0.5, None], [None, 0.5]]), limits=(lim.TotalPairs(most=1),))
    told = outside(mix, "a1").match().recruit(mix.people)
    assert (len(told.invitations), told.suited) == (0, True)
    assert str(told) == "No invitation was found that would place any of the 1 who wait."


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_the_fewest_are_those_of_every_choice(seed: int, most: int) -> None:
    draw = np.random.default_rng(seed)
    size, others, mentees = draw.integers(0, 4), draw.integers(1, 6), draw.integers(1, 7)
    able = draw.random((size + others, mentees)) < draw.choice([0.3, 0.6])
    capacity = draw.integers(0, 4, size + others)
    sight, none = Sight(lambda people: able[people], mentees, able.size), np.zeros(0, np.int64)
    placing = Placing(sight, capacity, np.ones(mentees, np.int64), (none, none))
    made = np.zeros((size, mentees), bool)
    for k in range(size):
        placing.close(k)
    for k in range(size):
        made[k, placing.partners_of(k)] = True
    own, found = able[size:], fewest(able[:size], made, placing.left, able[size:], capacity[size:], most)

    def placed(some: tuple[int, ...]) -> int:
        """By trying: mentees are given away one by one."""
        rows = [*range(size), *(size + k for k in some)]
        reach = {tuple(int(capacity[k]) for k in rows): 0}
        for mentee in range(mentees):
            after = dict(reach)
            for room, count in reach.items():
                for at, k in enumerate(rows):
                    if room[at] and able[k, mentee]:
                        left = (*room[:at], room[at] - 1, *room[at + 1 :])
                        after[left] = max(after.get(left, 0), count + 1)
            reach = after
        return max(reach.values())

    every = {some: placed(some) for k in range(most + 1) for some in combinations(range(len(own)), k)}
    top = max(every.values())
    assert placed(tuple(found)) == top
    assert len(found) == min(len(some) for some, count in every.items() if count == top)
