"""Laws of the check's own arithmetic: whatever the numbers in a proof, what it shows is true, and the book's sum."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import book
import numpy as np
import pandas as pd
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_proofs import compiled
from strategies import SEEDS, Compiled, Crowd, Rare
from strategies import Problem as Small
from wishes import in_order, wishes

import rmatch
from rmatch.columns import BoolArray, IntArray
from rmatch.criteria import PairScores, Skills
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.limits import Changes, Limit, Lock, Share
from rmatch.objectives import LeastLoad, MostPairs, Objective, Total
from rmatch.program import Program
from rmatch.proof import check, claim
from rmatch.proof import verify as module
from rmatch.proof.bands import Bands
from rmatch.proof.certificate import StageProof
from rmatch.proof.check import shown_bound
from rmatch.proof.claim import FalseProofError, Frozen, settled_pairs
from rmatch.proof.listed import Listed, step_of
from rmatch.proof.problem import Problem, demanded, problem_of
from rmatch.proof.refute import Case, WrongError, _mentees_best, children, every_plan, refuted, shown_by
from rmatch.proof.settled import rounded
from rmatch.proof.tree import Leaf, Split, Tree
from rmatch.proof.verify import Verification
from rmatch.rows import LoadValue, LoadValues, PairValues, Part, People, Row
from rmatch.solve.run import solved

MANY = settings(max_examples=4 * settings.default.max_examples)
SIZES = (1, 3, 1 << 10, 1 << 20, 1 << 33, 1 << 49, 1 << 60, 1 << 61, 1 << 70, 1 << 190)
"""Of prices: near those of proofs, where floats end, where int64 does, and far beyond."""

# ---------------------------------------------------------------- prices


@dataclass(frozen=True, eq=False)
class Asked:
    """One objective of a small problem, the earlier ones settled, and the best value that there is."""

    problem: Problem
    objective: Objective
    frozen: tuple[Frozen, ...]
    best: int
    proof: StageProof
    """The engine's own."""


def asked(made: Compiled | None, draw: np.random.Generator) -> Asked | None:
    """An objective of a problem that has a plan, at random."""
    if made is None:
        return None
    expected = in_order(made)
    if expected is None:
        return None
    problem, (_, certificate) = made.checked(), solved(made.model)
    place = int(draw.integers(len(expected)))
    frozen = tuple(
        Frozen(objective, value, value + int(draw.integers(0, 4) == 0))
        for objective, value in zip(problem.objectives[:place], expected, strict=False)
    )
    proof = replace(certificate.stages[place], tree=None)
    return Asked(problem, problem.objectives[place], frozen, expected[place], proof)


def whole(numbers: list[int]) -> IntArray:
    """Whole numbers as they are read from a file: Python's own where int64 is too small."""
    return np.array(numbers, np.int64 if max(map(abs, numbers), default=0) < 1 << 62 else object)


def at_random(asked: Asked, draw: np.random.Generator) -> StageProof:
    """A proof with numbers drawn anyhow: near the engine's own, or of any size."""
    size = SIZES[draw.integers(len(SIZES))]

    def drawn(own: IntArray) -> IntArray:
        numbers = [int(k) if close else 0 for k in own]
        for place in np.flatnonzero(draw.random(len(own)) < (0.2 if close else 0.7)):
            numbers[place] += int(draw.integers(-(1 << 20), 1 << 20)) * size >> 20 or int(draw.integers(-3, 4))
        return whole(numbers)

    close, own = draw.random() < 0.5, asked.proof
    named = {row.name: len(row.bounds(asked.problem.shape)[0]) for row in asked.problem.rows}
    named |= {done.objective.name: 1 for done in asked.frozen if not done.objective.threshold}
    multipliers = {
        name: drawn(own.multipliers.get(name, np.zeros(rows, np.int64)))
        for name, rows in named.items()
        if name in own.multipliers or draw.random() < 0.3
    }
    x, y = drawn(own.mentor_prices), drawn(own.mentee_prices)
    bound = asked.best - int(draw.integers(0, 3)) if asked.objective.threshold else own.bound
    scale = own.scale if draw.random() < 0.7 else int(draw.integers(1, 5))
    return replace(own, bound=bound, mentor_prices=x, mentee_prices=y, multipliers=multipliers, scale=scale)


def told(asked: Asked, proof: StageProof) -> int | None:
    """What the check finds that no plan exceeds; None where it says that the proof shows nothing."""
    try:
        return shown_bound(asked.problem, asked.objective, proof, asked.frozen)
    except FalseProofError:
        return None


@pytest.mark.trials
@MANY
@given(wishes(more=3), SEEDS)
def test_what_prices_show_is_the_sum_by_the_book_and_true_whatever_they_are(problem: Any, seed: int) -> None:
    draw = np.random.default_rng(seed)
    one = asked(compiled(problem), draw)
    if one is None:
        return
    for _ in range(4):
        proof = at_random(one, draw)
        by_book, found = book.shown(one.problem, one.objective, proof, one.frozen), told(one, proof)
        if one.objective.threshold:
            low = check.fixed_below(one.problem, proof.bound)
            assert found == (proof.bound if low or (by_book is not None and by_book < 0) else SCALE) or by_book is None
            assert found is None or found >= one.best
            continue
        assert (found is None) == (by_book is None)
        if found is None or by_book is None:
            continue
        assert found >= one.best, "a plan is worth more than is shown"
        settled = settled_pairs(one.problem, one.frozen)
        assert found <= by_book, "rows that are rounded show no less"
        assert settled is not None or found == by_book


@given(wishes(more=2), SEEDS)
def test_narrow_numbers_and_wide_ones_show_the_same(problem: Any, seed: int) -> None:
    draw = np.random.default_rng(seed)
    one = asked(compiled(problem), draw)
    if one is None:
        return
    proof = at_random(one, draw)
    found = told(one, proof)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claim, "_INT64_SAFE", 0)
        assert told(one, proof) == found
        patch.setattr(claim, "_FLOAT", 0)
        assert told(one, proof) == found


@pytest.mark.parametrize("larger", [False, True])
def test_sums_are_made_in_int64_only_where_none_can_leave_it(larger: bool) -> None:
    """The largest price for everybody, on as many people as there are, beside the largest score."""
    made = matching()
    number, total = made.certificate.stages
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    frozen = (Frozen(problem.objectives[0], number.value, number.bound),)
    most = max(problem.shape)
    price = ((1 << 61) - 1) // (2 * most) - (1 << 31)
    price += (1 << 31) * larger
    dear = replace(
        total, mentor_prices=np.full(problem.shape[0], price), mentee_prices=np.full(problem.shape[1], price),
        multipliers={},
    )  # fmt: skip
    made_of = claim.claim_of(problem, problem.objectives[1], dear, frozen)
    assert made_of.x.dtype == (object if larger else np.int64)
    assert shown_bound(problem, problem.objectives[1], dear, frozen) == price * sum(problem.shape)


@dataclass(frozen=True)
class Heavy(Objective):
    """Somebody's own objective, of numbers as large as may be."""

    size: int = 1
    called: str = "heavy"

    @property
    def name(self) -> str:
        """Two of them go by two names."""
        return self.called

    def pair_values(self, people: People) -> PairValues:
        """More for every pair than for the one before."""
        return lambda i, j, points: self.size - i - 3 * j

    def load_values(self, people: People) -> LoadValues:
        """As much for a first pair."""
        return LoadValue(np.maximum(self.size - np.arange(people.shape[0]), 0), square=1), None


def heap(size: int, m: int) -> Row:
    """A row of somebody's own limit: pairs count so often."""
    return Row("heap", (Part(3, pairs=lambda i, j: size - i - j), Part(-1, np.arange(m)[:2])), most=5 * size)


@MANY
@given(SEEDS, *[st.sampled_from((1, 1 << 40, 1 << 58))] * 2)
def test_numbers_of_somebodys_own_are_added_up_exactly_however_large(seed: int, value: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    problem = Small(Crowd(seed, 4, 4), (Skills(),)).compiled().checked()
    problem = replace(problem, rows=(heap(count, 4),))
    frozen = Frozen(MostPairs(), 2, 3), Frozen(Heavy(value, "first"), 7, 9)
    nothing = StageProof("heavy", 0, 0, np.zeros(4, np.int64), np.zeros(4, np.int64))
    for objective in (Heavy(value >> 1 | 1), Total()):
        one = Asked(problem, objective, frozen, 0, nothing)
        for _ in range(4):
            proof = at_random(one, draw)
            assert told(one, proof) == book.shown(problem, objective, proof, frozen)


@given(wishes(more=2), st.integers(0, 5), SEEDS)
def test_a_row_is_rounded_to_what_plans_of_so_many_pairs_reach(problem: Any, pairs: int, seed: int) -> None:
    """Never past a sum that some of the pairs, whichever they are, add up to."""
    made = compiled(problem)
    if made is None:
        return
    checked, draw = made.checked(), np.random.default_rng(seed)
    i, j = np.indices(checked.shape).reshape(2, -1)
    odd = Row("odd", (Part(6, mentors=np.arange(2)), Part(-9, mentees=np.arange(1)), Part(5)), least=3, most=40)
    for row in (*checked.rows, odd):
        (low, high), (least, most) = row.bounds(checked.shape), rounded(row, checked.shape, pairs)
        assert (least >= low).all()
        assert (most <= high).all()
        for _ in range(8):
            some = draw.permutation(len(i))[:pairs]
            if len(some) == pairs:
                sums = row.sums(i[some], j[some], checked.shape)
                kept = (low <= sums) & (sums <= high)
                assert ((least <= sums) & (sums <= most))[kept].all()
        assert [k.tolist() for k in rounded(row, checked.shape, None)] == [low.tolist(), high.tolist()]


def test_a_share_of_so_many_pairs_is_rounded_to_whole_ones() -> None:
    """At least 40 % of 7 are 3 pairs: 5 · 3 - 2 · 7 = 1."""
    share = Row("share", (Part(5, mentors=np.arange(3)), Part(-2)), least=0)
    assert [int(k[0]) for k in rounded(share, (9, 9), 7)] == [1, 1 << 62]
    most = replace(share, least=None, most=0)
    assert [int(k[0]) for k in rounded(most, (9, 9), 7)] == [-(1 << 62), -4]


def test_the_number_of_pairs_is_settled_by_rows_or_an_earlier_objective_that_counts_them() -> None:
    made = matching()
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    pairs, total = problem.objectives
    assert settled_pairs(problem, ()) is None
    assert settled_pairs(problem, (Frozen(pairs, 3, 3),)) == 3
    assert settled_pairs(problem, (Frozen(pairs, 3, 4),)) is None
    assert settled_pairs(problem, (Frozen(total, 3, 3),)) is None
    for part, exact in ((Part(), 5), (Part(2), None), (Part(mentors=np.arange(2)), None)):
        assert settled_pairs(replace(problem, rows=(Row("all", (part,), least=5, most=5),)), ()) == exact
    each = Row("each", (Part(),), least=1, most=1, each="mentor")
    assert settled_pairs(replace(problem, rows=(each,)), ()) is None
    between = Row("least", (Part(),), least=4), Row("most", (Part(),), most=4)
    assert settled_pairs(replace(problem, rows=between), ()) == 4


# ---------------------------------------------------------------- proofs by cases


def listed_by(one: Asked, proof: StageProof) -> Listed:
    """Every pair of a problem, with all rows written out on them, as a tree is held against them."""
    made_of = claim.claim_of(one.problem, one.objective, proof, one.frozen)
    fixed = one.problem.fixed
    locked = made_of.at(*fixed, one.problem.points(*fixed))
    total = made_of.constant + int(locked.sum()) + int(check._above(one.problem, made_of, 0).excess.sum())
    of_objective = {*zip(fixed[0].tolist(), fixed[1].tolist(), strict=True)}
    others = book.sides(tuple(pair for pair in book.pairs_of(one.problem) if pair not in of_objective))
    i, j = (np.append(own, more) for own, more in zip(fixed, others, strict=True))
    return check._listed(one.problem, one.objective, proof, one.frozen, (i, j), total)


def small(problem: Any, seed: int) -> tuple[Asked, np.random.Generator] | None:
    """An objective of a problem with so few eligible pairs that every plan can be looked at, and not of a threshold."""
    draw = np.random.default_rng(seed)
    made = compiled(replace(problem, rules=(*problem.rules, Rare(2), Rare(3))))
    if made is None or not 0 < len(book.pairs_of(made.checked())) <= 9:
        return None
    try:
        one = asked(made, draw)
    except InfeasibleError:
        return None
    return None if one is None or one.objective.threshold else (one, draw)


def lawful(one: Asked, listed: Listed) -> list[tuple[frozenset[int], int]]:
    """Every plan of listed pairs that keeps all rows, by the places of its pairs, and what it is worth."""
    place = {(int(i), int(j)): k for k, (i, j) in enumerate(zip(listed.i, listed.j, strict=True))}
    found = []
    for plan in book.plans(one.problem, one.frozen):
        if all(pair in place for pair in plan):
            found.append((frozenset(place[pair] for pair in plan), book.value(one.problem, one.objective, plan)))
    return found


def inside(listed: Listed, case: Case, plan: frozenset[int]) -> bool:
    """Whether a plan is one of a case."""
    made = np.isin(np.arange(len(listed.i)), list(plan))
    loads = [
        np.bincount(own[made], minlength=len(low)) for own, low in zip((listed.i, listed.j), case.low, strict=True)
    ]
    fine = all(((a <= k) & (k <= b)).all() for a, k, b in zip(case.low, loads, case.high, strict=True))
    return bool(fine and case.span[0] <= made.sum() <= case.span[1] and not (case.sure & ~made).any()) and not bool(
        (made & ~case.may).any()
    )


def split_at_random(listed: Listed, draw: np.random.Generator) -> Split:
    """A split of any kind, that may or may not be lawful."""
    m, n = listed.shape
    keys = (listed.i * n + listed.j).tolist()
    kind = ("total", "mentor", "mentee", "pair", "either")[draw.integers(5)]
    if kind == "total":
        return Split("total", (int(draw.integers(-1, len(keys) + 2)),))
    if kind == "mentor":
        return Split("mentor", (int(draw.integers(m)), int(draw.integers(0, 3))))
    if kind == "mentee":
        return Split("mentee", (int(draw.integers(n)), int(draw.integers(0, 3))))
    if kind == "pair":
        return Split("pair", (keys[draw.integers(len(keys))],))
    who = listed.i if draw.random() < 0.5 else listed.j
    own = np.flatnonzero(who == who[draw.integers(len(who))]) if draw.random() < 0.8 else np.arange(len(who))
    some = draw.permutation(own)
    cut = int(draw.integers(0, len(some) + 1))
    return Split("either", tuple(keys[k] for k in some[:cut]), tuple(keys[k] for k in some[cut:]))


def prices_at_random(listed: Listed, draw: np.random.Generator) -> IntArray:
    """Prices of mentees, of the number of pairs and of rows: the stage's own, changed a little or much."""
    prices = np.concatenate([listed.mentee_prices, [0], *listed.multipliers]).astype(np.int64)
    size = int(SIZES[draw.integers(5)])
    some = draw.random(len(prices)) < 0.5
    return np.where(some, prices + draw.integers(-size, size + 1, len(prices)), prices)


@MANY
@given(wishes(more=2), SEEDS)
def test_a_split_covers_its_case_and_no_plan_of_a_case_is_worth_more_than_is_shown(problem: Any, seed: int) -> None:
    found = small(problem, seed)
    if found is None:
        return
    one, draw = found
    listed = listed_by(one, one.proof)
    plans, case = lawful(one, listed), every_plan(listed)
    assert all(inside(listed, case, plan) for plan, _ in plans)
    for _ in range(4):
        try:
            cases = children(listed, case, split_at_random(listed, draw))
        except WrongError:
            continue
        for plan, _ in plans:
            assert inside(listed, case, plan) == any(inside(listed, child, plan) for child in cases)
        case = cases[draw.integers(2)]
        for _ in range(3):
            try:
                shown = shown_by(listed, case, prices_at_random(listed, draw))
            except WrongError:
                continue
            worth = [value for plan, value in plans if inside(listed, case, plan)]
            assert not worth or (shown is not None and shown >= listed.scale * max(worth))


@MANY
@given(wishes(more=2), SEEDS)
def test_a_tree_that_is_accepted_is_right_however_it_was_made(problem: Any, seed: int) -> None:
    """Random cases and prices, held against every bound near the best plan."""
    found = small(problem, seed)
    if found is None:
        return
    one, draw = found
    accepted = 0
    listed = listed_by(one, one.proof)
    places = len(listed.mentee_prices) + 1 + sum(map(len, listed.multipliers))

    def nodes(deep: int) -> list[Split | Leaf]:
        if deep and draw.random() < 0.6:
            return [split_at_random(listed, draw), *nodes(deep - 1), *nodes(deep - 1)]
        at = np.flatnonzero(draw.random(places) < 0.2)
        return [Leaf(at, draw.integers(-9, 10, len(at)), int(draw.integers(0, 20)))]

    best = max((value for _, value in lawful(one, listed)), default=None)
    unit = max(1, int(np.abs(listed.value).max(initial=0)))
    for above in (-unit, -1, 0, 1, unit, 9 * unit):
        cap = listed.scale * ((one.best if best is None else best) + above)
        if refuted(listed, Tree(tuple(nodes(2))), cap) is None:
            accepted += 1
            assert best is None or listed.scale * best < cap
    assert accepted <= 6


@MANY
@given(wishes(more=2), SEEDS)
def test_a_better_plan_is_better_by_a_step(problem: Any, seed: int) -> None:
    found = small(problem, seed)
    if found is None:
        return
    one, draw = found
    listed = listed_by(one, one.proof)
    for bound in (one.best - 1, one.best, one.best - int(draw.integers(0, 1 << 20))):
        better = [value for _, value in lawful(one, listed) if value > bound]
        assert all(value >= bound + step_of(listed, bound) for value in better)
    assert step_of(listed, one.best) >= 1


def test_steps_are_as_long_as_what_values_have_in_common() -> None:
    """Of pairs one; of scores in quarters, with as many pairs as before, a quarter."""
    scores = pd.DataFrame([[0.5, 0.25], [0.75, 1.0]], ["a", "b"], ["c", "d"])
    people = [{"employee_id": id_, "role": "mentor" if id_ in "ab" else "mentee"} for id_ in "abcd"]
    made = rmatch.match(rmatch.from_records(people), rmatch.Program(criteria=(PairScores(frame=scores),), rules=()))
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    number, total = made.certificate.stages
    first = Frozen(problem.objectives[0], number.value, number.bound)
    for proof, objective, frozen, steps in (
        (number, problem.objectives[0], (), 1),
        (total, problem.objectives[1], (first,), SCALE // 4),
        (total, problem.objectives[1], (replace(first, bound=3),), SCALE // 4),
    ):
        listed = listed_by(Asked(problem, objective, frozen, proof.value, proof), proof)
        assert step_of(listed, proof.bound) == steps


EACH = Row("each", (Part(),), least=1, most=2, each="mentor")
OPEN = Row("open", (Part(mentees=np.arange(2)),), most=3)
FLOOR = Row("floor", (Part(mentees=np.arange(3)),), least=1)


@pytest.mark.parametrize(
    ("multipliers", "words"),
    [
        ({"nothing": [1]}, "weighs 'nothing', which is no limit and no earlier objective"),
        ({"total": [1]}, "weighs 'total', which is no limit and no earlier objective"),
        ({"most_pairs": [1, 2]}, "it has 2 multipliers of 'most_pairs', and there is one row"),
        ({"most_pairs": []}, "it has 0 multipliers of 'most_pairs', and there is one row"),
        ({"open": [1, 2]}, "it has 2 multipliers of 'open', and there are 1 rows"),
        ({"each": [1]}, "it has 1 multipliers of 'each', and there are 16 rows"),
        ({"open": [-1]}, "its multiplier of 'open' is for a bound that the row does not have"),
        ({"floor": [1]}, "its multiplier of 'floor' is for a bound that the row does not have"),
        ({"open": [0], "floor": [-1]}, None),
        ({"open": [1], "each": [1, -1] * 8, "most_pairs": [-7]}, None),
    ],
)
def test_a_proof_of_other_rows_shows_nothing(multipliers: dict[str, list[int]], words: str | None) -> None:
    made = matching()
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    problem = replace(problem, rows=(EACH, OPEN, FLOOR))
    frozen = (Frozen(problem.objectives[0], 14, 14),)
    weighed = {name: np.array(price, np.int64) for name, price in multipliers.items()}
    proof = replace(made.certificate.stages[1], multipliers=weighed)
    if words is None:
        assert shown_bound(problem, problem.objectives[1], proof, frozen) == book.shown(
            problem, problem.objectives[1], proof, frozen
        )
        return
    with pytest.raises(FalseProofError, match=words):
        shown_bound(problem, problem.objectives[1], proof, frozen)


def test_where_somebody_must_have_more_pairs_than_they_may_no_price_shows_anything() -> None:
    made = matching()
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    tight = replace(problem, minimum=(problem.capacity[0] + 1, problem.minimum[1]))
    with pytest.raises(FalseProofError, match="somebody must have more pairs than they may have"):
        shown_bound(tight, problem.objectives[0], made.certificate.stages[0], ())


def listed_total() -> tuple[Listed, StageProof]:
    """The total of a small plan, with its pairs written out."""
    problem = Small(Crowd(7, 4, 4), (Skills(),)).compiled()
    _, certificate = solved(problem.model)
    number, total = certificate.stages
    checked = problem.checked()
    frozen = (Frozen(checked.objectives[0], number.value, number.bound),)
    return listed_by(Asked(checked, checked.objectives[1], frozen, total.value, total), total), total


def test_a_tree_has_exactly_as_many_leaves_as_cases() -> None:
    listed, total = listed_total()
    none, high = np.zeros(0, np.int64), listed.scale * (total.bound + 1)
    leaf = Leaf(none, none, 0)
    for nodes, wrong in (
        ((leaf,), None),
        ((leaf, leaf), "the tree goes on where no case is open"),
        ((), "the tree leaves a case open"),
        ((Split("total", (2,)), leaf), "the tree leaves a case open"),
        ((Split("total", (2,)), leaf, leaf), None),
        ((Split("total", (2,)), leaf, leaf, leaf), "the tree goes on where no case is open"),
    ):
        assert refuted(listed, Tree(nodes), high) == wrong
    assert refuted(listed, Tree((leaf,)), listed.scale * total.bound) == (
        f"a leaf of the tree leaves plans worth {listed.scale * total.bound} / {listed.scale}"
    )


def test_numbers_that_could_leave_int64_are_refused_before_they_are_added_up() -> None:
    listed, _ = listed_total()
    none, low = np.zeros(0, np.int64), -(1 << 40)  # so that every pair may be in such a plan
    for dear in (
        replace(listed, mentor_prices=listed.mentor_prices + (1 << 61)),
        replace(listed, mentee_prices=listed.mentee_prices - (1 << 61)),
        replace(listed, multipliers=(np.array([1 << 61]),)),
        replace(listed, loads=(LoadValue(np.full(4, 1 << 60)), None)),
        replace(listed, loads=(None, LoadValue(np.zeros(4, np.int64), square=1 << 60))),
    ):
        assert "too large to be added up exactly" in str(refuted(dear, Tree((Leaf(none, none, 0),)), low))
    for at, bits in ((0, 60), (4, 60), (5, 60), (0, 62)):
        leaf = Leaf(np.array([at]), np.array([1]), bits)
        assert "too large to be added up exactly" in str(refuted(listed, Tree((leaf,)), low))
    for at, by, bits in (([6], [1], 0), ([-1], [1], 0), ([0], [1], 63), ([0], [1], -1), ([0, 1], [1], 0)):
        leaf = Leaf(np.array(at), np.array(by), bits)
        assert "changes prices that are not there" in str(refuted(listed, Tree((leaf,)), low))


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (Split("total", ()), "other numbers than its kind asks for"),
        (Split("pair", (1, 2)), "other numbers than its kind asks for"),
        (Split("mentor", (1,)), "other numbers than its kind asks for"),
        (Split("mentee", (4, 1)), "a person who is not there"),
        (Split("mentor", (-1, 1)), "a person who is not there"),
        (Split("mentor", (0, -1)), "a person who is not there"),
        (Split("mentor", (0, 1 << 63)), "a person who is not there"),
        (Split("pair", (99,)), "a pair that is not listed"),
        (Split("either", (0, 1), (6,)), "does not part the pairs of a person who has one at most"),
        (Split("either", (0, 1), (1,)), "does not part the pairs of a person who has one at most"),
        (Split("either", (), ()), "does not part the pairs of a person who has one at most"),
        (Split("either", (0, 1), (2, 3)), None),
        (Split("either", (0,), (4, 8)), None),
    ],
)
def test_a_split_that_may_not_cover_its_case_is_refused(split: Split, words: str | None) -> None:
    listed, _ = listed_total()
    assert listed.shape == (4, 4)
    if len(listed.i) < 16:
        listed = replace(
            listed, i=np.repeat(np.arange(4), 4), j=np.tile(np.arange(4), 4), value=np.zeros(16, np.int64),
            fixed=np.zeros(16, bool), rows=(), multipliers=(),
        )  # fmt: skip
    if words is None:
        for child, own in zip(children(listed, every_plan(listed), split), (split.numbers, split.others), strict=True):
            assert np.flatnonzero(~child.may).tolist() == sorted(own)
        return
    with pytest.raises(WrongError, match=words):
        children(listed, every_plan(listed), split)
    two = replace(listed, most=(listed.most[0] + 1, listed.most[1] + 1))
    with pytest.raises(WrongError):
        children(two, every_plan(two), Split("either", (0, 1), (2, 3)))


def test_a_person_may_be_parted_by_any_number_of_pairs() -> None:
    listed, _ = listed_total()
    for kind, side in (("mentor", 0), ("mentee", 1)):
        for person, k in ((0, 0), (3, 0), (0, 1), (1, 7)):
            few, more = children(listed, every_plan(listed), Split(kind, (person, k)))  # type: ignore[arg-type]
            assert few.high[side][person] == min(k, listed.most[side][person])
            assert more.low[side][person] == k + 1
    for k in (-1, 0, 3, 99):
        few, more = children(listed, every_plan(listed), Split("total", (k,)))
        assert (few.span[1], more.span[0]) == (min(k, listed.span[1]), max(k + 1, listed.span[0]))


@given(SEEDS)
def test_pairs_that_only_a_condition_lifts_above_their_prices_are_counted(seed: int) -> None:
    draw = np.random.default_rng(seed)
    earlier = tuple((f"a{k}", f"b{k}") for k in range(4))
    limits = (Share("department", least=0.4), Share("location", differ=False, most=0.5), Changes(earlier, 2))
    made = Small(Crowd(seed, 6, 5), (Skills(),), limits=limits).compiled()
    checked = made.checked()
    signs = {row.name: -1 if row.most is None else 1 for row in checked.rows}
    for objective in (MostPairs(), Total(), LeastLoad()):
        size = SCALE if objective.name == "total" else 4
        for _ in range(6):
            x, y = (draw.integers(-size, 4 * size, people) for people in checked.shape)
            paid = {name: sign * draw.integers(0, size, 1) for name, sign in signs.items() if draw.random() < 0.7}
            proof = StageProof(objective.name, 0, 0, x, y, paid)
            assert shown_bound(checked, objective, proof, ()) == book.shown(checked, objective, proof, ())


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_where_there_is_nobody_every_sum_is_nothing(shape: tuple[int, int]) -> None:
    problem = Small(Crowd(1, *shape), (Skills(),)).compiled().checked()
    proofs = StageProof("most_pairs", 0, 0, *(np.ones(size, np.int64) for size in shape))
    assert shown_bound(problem, MostPairs(), proofs, ()) == 0
    free = replace(proofs, mentor_prices=-9 * proofs.mentor_prices, mentee_prices=-9 * proofs.mentee_prices)
    assert shown_bound(problem, MostPairs(), free, ()) == 0


def test_a_row_that_demands_one_pair_is_told_from_every_other() -> None:
    one, two = np.array([1]), np.array([2])
    lock = Row("lock", (Part(1, one, two),), least=1, most=1)
    assert demanded(lock) == (1, 2)
    for other in (
        replace(lock, each="mentor"), replace(lock, least=0), replace(lock, most=2), replace(lock, least=None),
        replace(lock, parts=(Part(2, one, two),)), replace(lock, parts=(Part(1, one),)),
        replace(lock, parts=(Part(1, None, two),)), replace(lock, parts=(Part(1, one, np.array([2, 3])),)),
        replace(lock, parts=(Part(1, one, two, lambda i, j: i == j),)), replace(lock, parts=lock.parts * 2),
        replace(lock, parts=()),
    ):  # fmt: skip
        assert demanded(other) is None


# ---------------------------------------------------------------- people beyond a block


@dataclass
class Many:
    """So many people that not all pairs fit into one block; only one pair may be, and none is worth anything."""

    shape: tuple[int, int]
    may: tuple[int, int] | None = None
    asked: list[int] = field(default_factory=list)
    rows: tuple[Row, ...] = ()
    fixed: tuple[IntArray, IntArray] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    people: Any = None
    least_points: int = 0

    @property
    def scores(self) -> Any:
        return self

    @property
    def capacity(self) -> tuple[IntArray, IntArray]:
        return np.ones(self.shape[0], np.int64), np.ones(self.shape[1], np.int64)

    @property
    def minimum(self) -> tuple[IntArray, IntArray]:
        return np.zeros(self.shape[0], np.int64), np.zeros(self.shape[1], np.int64)

    def points(self, i: IntArray, j: IntArray) -> IntArray:
        return np.zeros(len(i), np.int64)

    def eligible(self, i: IntArray, j: IntArray) -> BoolArray:
        self.asked.append(len(i))
        return np.zeros(len(i), bool) if self.may is None else (i == self.may[0]) & (j == self.may[1])

    is_open = eligible

    @property
    def bands(self) -> Bands:
        return Bands.of_all(*self.shape)


@pytest.mark.parametrize("mentor", [None, 0, 1, 2])
def test_every_pair_that_nobody_covers_is_looked_at_a_block_at_a_time(mentor: int | None) -> None:
    model = Many((3, 1_500_000), None if mentor is None else (mentor, 1_234_567))
    none = np.zeros(3, np.int64), np.zeros(1_500_000, np.int64)
    shown = shown_bound(model, MostPairs(), StageProof("most_pairs", 0, 0, *none), ())  # type: ignore[arg-type]
    assert shown == (0 if mentor is None else 1)
    assert max(model.asked) <= 1 << 22
    assert sum(model.asked) == 3 * 1_500_000
    covered = none[0].copy()
    covered[[0, 2]] = 1
    few = Many((3, 4), (1, 3))
    assert shown_bound(few, MostPairs(), StageProof("most_pairs", 0, 0, covered, none[1][:4]), ()) == 3  # type: ignore[arg-type]
    assert sum(few.asked) == 4, "of those who are covered no pair need be looked at"


@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_a_cover_shows_its_places_and_each_pair_that_nobody_covers(seed: int, m: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    cover = [draw.integers(0, 2, m), draw.integers(0, 2, n)]
    made = Many((m, n), (int(draw.integers(m)), int(draw.integers(n))))
    bare = not cover[0][made.may[0]] and not cover[1][made.may[1]]  # type: ignore[index]
    proof = StageProof("most_pairs", 0, 0, *cover)
    assert shown_bound(made, MostPairs(), proof, ()) == sum(map(int, map(sum, cover))) + bare  # type: ignore[arg-type]


# ---------------------------------------------------------------- words


def test_what_was_checked_is_said_and_what_was_not() -> None:
    fine = Verification((), ("rules", "bound"), True)
    assert str(fine) == "Verified against the people: rules, bound."
    assert str(Verification((), ("total",), False)) == (
        "Verified in itself only: total. To check rules and scores too, give the workforce."
    )
    assert fine
    assert fine.ok
    wrong = Verification(("one", "two"), ("rules",), True)
    assert str(wrong) == "Not verified:\n  one\n  two"
    assert not wrong
    assert not wrong.ok


# ---------------------------------------------------------------- how much is shown


def matching(**families: Any) -> rmatch.Matching:
    people = rmatch.datasets.workforce(16, 14, seed=3).assign(manager_id="", capacity="1")
    return rmatch.match(rmatch.from_frame(people), rmatch.Program(criteria=(Skills(),), rules=(), **families))


def told_of(made: rmatch.Matching, **changed: Any) -> tuple[str, ...]:
    claims: dict[str, Any] = {
        "pairs": made.chosen, "points": made.points, "parts": made.parts, "certificate": made.certificate,
        "proved": True,
    }  # fmt: skip
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    return module.verify(problem, **(claims | changed)).problems


def changed(made: rmatch.Matching, place: int, **claims: Any) -> tuple[StageProof, ...]:
    """The proofs of a plan, one of them changed."""
    stages = list(made.certificate.stages)
    stages[place] = replace(stages[place], **claims)
    return tuple(stages)


def test_five_of_very_many_mistakes_are_shown() -> None:
    made = matching()
    i, j = made.chosen
    twice = {"points": np.tile(made.points, 2), "parts": np.tile(made.parts, 2)}
    said = told_of(made, pairs=(np.tile(i, 2), np.tile(j, 2)), **twice)
    assert len(i) > 5
    assert sum("is made 2 times" in line for line in said) == 5
    assert sum("has 2 pairs; allowed are 0 to 1" in line for line in said) == 10
    assert sum("or by other parts" in line for line in told_of(made, points=made.points + 1)) == 5
    names = {made.model.people.pair(a, b) for a, b in zip(i, j, strict=True)}
    assert all(any(name in line for name in names) for line in said if "is made" in line)
    none = np.zeros(0, np.int64)
    nobody = {"points": none, "parts": made.parts[:, :0]}
    locked = matching(limits=(Lock(tuple(zip(made.model.mentors.ids[i], made.model.mentees.ids[j], strict=True))),))
    missing = told_of(locked, pairs=(none, none), **nobody)
    assert sum("the locked pair " in line and " is missing" in line for line in missing) == 5


def test_a_bound_needs_prices_that_no_pair_beats_above_the_floor_as_well() -> None:
    """Prices of one person a point too low, made up for elsewhere, show a point more."""
    for objectives in ((Total(),), (Total(floor=0.3),)):
        made = matching(objectives=objectives)
        assert told_of(made) == ()
        (proof,) = made.certificate.stages
        x, y = proof.mentor_prices, proof.mentee_prices
        worth = made.model.points(*np.indices(made.model.shape).reshape(2, -1)).reshape(made.model.shape)
        slack = x[:, None] + y - (worth - made.model.floor)
        assert slack.min() >= 0
        tight = (slack == 0).sum(1)
        assert (tight > 0).any()
        for person in np.flatnonzero(tight)[:3]:
            lower = x.copy()
            lower[person] -= 1
            certificate = replace(made.certificate, stages=changed(made, 0, mentor_prices=lower))
            more = int(tight[person]) - int(x[person] > 0)
            assert told_of(made, certificate=certificate) == (
                (f"total: the prices prove {proof.bound + more}, not the bound {proof.bound}",) if more else ()
            )


# ---------------------------------------------------------------- what the certificate claims


def locked(floor: float) -> rmatch.Matching:
    """A plan with a locked pair, and not the one that it would have anyway."""
    made = matching(objectives=(Total(floor=floor),))
    pair = made.pair_ids[0][0], made.pair_ids[1][1]
    return matching(objectives=(Total(floor=floor),), limits=(Lock((pair,)),))


@pytest.mark.parametrize("floor", [0.0, 0.3])
def test_locked_pairs_are_pairs_of_every_plan_whatever_they_are_worth(floor: float) -> None:
    made = locked(floor)
    proof = made.certificate
    assert told_of(made) == ()
    worth = int((made.points - made.model.floor).sum())
    assert worth == proof.total == proof.bound == proof.stages[0].value
    more = replace(proof, total=worth + SCALE)
    assert told_of(made, certificate=more, proved=False) == (
        f"the pairs add up to {worth / SCALE:.6f}, not {worth / SCALE + 1:.6f}",
        "the total and its bound are not those of the proofs",
    )
    (i,), (j,) = (side[np.isin(made.keys, made.model.locked_keys)] for side in made.chosen)
    (stage,) = proof.stages
    dear = stage.mentor_prices.copy()
    dear[i] += 5 * SCALE  # what its people pay more, the pair is worth less: a locked one counts in full
    assert told_of(made, certificate=replace(proof, stages=changed(made, 0, mentor_prices=dear))) == ()
    assert int(stage.mentee_prices[j]) + int(dear[i]) > SCALE


def test_a_bound_is_what_the_prices_say() -> None:
    made = locked(0.3)
    proof = made.certificate
    low = replace(proof, bound=proof.bound - 1, stages=changed(made, 0, bound=proof.bound - 1))
    assert told_of(made, certificate=low, proved=False) == (
        f"total: the bound {proof.bound - 1} lies below the value {proof.total}",
        f"total: the prices prove {proof.bound}, not the bound {proof.bound - 1}",
    )
    high = replace(proof, bound=proof.bound + 3 * SCALE, stages=changed(made, 0, bound=proof.bound + 3 * SCALE))
    assert told_of(made, certificate=high, proved=False) == (), "a bound that is too high is true"
    assert told_of(made, certificate=high) == ("a gap of 3.000000 is left, so the plan is not proved best",)


def test_what_is_proved_is_said_in_words() -> None:
    made = matching()
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)

    def said(**changed: Any) -> str:
        claims: dict[str, Any] = {"certificate": made.certificate, "proved": True}
        return str(module.verify(problem, made.chosen, made.points, made.parts, **(claims | changed)))

    assert said().endswith("rules, limits, scores, total, bound over all pairs.")
    assert said(proved=False).endswith("rules, limits, scores, total, bound.")
    sealed = replace(made.certificate, sealed=True, stages=made.certificate.stages[:1])
    assert said(certificate=sealed).endswith("number of pairs (no prices are kept where sensitive columns are scored).")


def test_a_total_that_is_proved_of_an_order_that_is_not_is_called_neither() -> None:
    made = staged().certificate
    loose = replace(made.stages[0], bound=made.stages[0].bound + 1)
    certificate = replace(made, stages=(loose, *made.stages[1:]))
    assert repr(certificate).endswith("not proved)")
    html = certificate._repr_html_()
    assert "Certificate: not proved" in html
    assert "objectives proved" in html
    assert "1 of 2" in html
    assert ">gap<" not in html
    dear = replace(made, bound=made.total + SCALE // 2)
    for left, words in ((made, ">0<"), (dear, ">0.5<")):
        assert ">gap<" in left._repr_html_()
        assert words in left._repr_html_()


def test_of_a_row_whose_bounds_contradict_each_other_the_one_that_is_broken_is_named() -> None:
    made = matching()
    problem = problem_of(made.program, made.model.mentors, made.model.mentees)
    odd = replace(problem, rows=(Row("odd", (Part(),), least=len(made.chosen[0]), most=3),))
    assert [*module.broken_limits(odd, *made.chosen)] == [f"odd: the plan has {len(made.chosen[0])}, and 3 is the most"]


@pytest.mark.parametrize(("times", "most", "least"), [(1, [2, 1], [1, 1]), (2, [3, 1], [0, 0])])
def test_a_row_that_counts_each_persons_pairs_once_is_their_capacity(
    times: int, most: list[int], least: list[int]
) -> None:
    """One that counts them twice is held against the plan as it stands."""

    class Own(Limit):
        def rows(self, people: People) -> tuple[Row, ...]:
            return (Row("own", (Part(times),), least=1, most=2, each="mentor"),)

    sides = strategies.people("a", "b", capacity=strategies.number([3, 1])), strategies.people("x", "y", "z")
    nobody = Program(criteria=(PairScores(frame=pd.DataFrame()),), rules=())
    found = problem_of(nobody.model_copy(update={"limits": (Own(),)}), *sides)
    assert (found.capacity[0].tolist(), found.minimum[0].tolist()) == (most, least)


def test_mentees_add_the_most_that_any_number_of_pairs_they_may_have_is_worth() -> None:
    """So much for each pair, so much for the first, and less for every further one."""
    (listed, _), draw = listed_total(), np.random.default_rng(0)
    pairs = np.bincount(listed.j, minlength=4)
    for _ in range(100):
        price, first = draw.integers(-9, 10, 4), draw.integers(-9, 10, 4)
        low, high, fewest = draw.integers(0, 2, 4), draw.integers(1, 5, 4), draw.integers(1, 3, 4)
        square = int(draw.integers(0, 3))
        case = replace(every_plan(listed), low=(np.zeros(4, np.int64), low), high=(pairs, high))
        some = replace(listed, fewest=(np.ones(4, np.int64), fewest))
        worth = [
            [
                int(price[b]) * k + int(first[b]) * (k > 0) - square * k * k
                for k in range(min(high[b], pairs[b]) + 1)
                if k >= low[b] and (k == 0 or k >= fewest[b])
            ]
            for b in range(4)
        ]
        expected = sum(map(max, worth)) if all(worth) else None
        assert _mentees_best(some, case, price, first, square) == expected


def staged() -> rmatch.Matching:
    return matching(limits=(Share("department", least=0.5),), objectives=(MostPairs(), Total()))


def test_objectives_in_order_need_their_proofs_and_the_total_is_that_of_its_own() -> None:
    made = staged()
    proof, last = made.certificate, made.certificate.stages[-1]
    assert told_of(made) == ()
    assert (last.value, last.bound) == (proof.total, proof.bound)
    other = "the total and its bound are not those of the proofs"
    assert told_of(made, certificate=replace(proof, stages=())) == (other,)
    assert told_of(made, certificate=replace(proof, stages=proof.stages[:1])) == (other,)
    assert told_of(made, certificate=replace(proof, stages=proof.stages[1:])) == (
        "the certificate is for other objectives",
    )
    for claimed in (
        replace(proof, bound=proof.bound + 1),
        replace(proof, stages=changed(made, 1, bound=last.bound + 1)),
        replace(proof, stages=changed(made, 1, value=last.value - 1)),
    ):
        assert other in told_of(made, certificate=claimed, proved=False)
    dear = replace(proof, stages=changed(made, 0, bound=proof.stages[0].bound + 1))
    assert told_of(made, certificate=dear) == ("a gap of 0.000000 is left, so the plan is not proved best",)
    free = replace(proof, stages=changed(made, 1, mentor_prices=0 * last.mentor_prices, tree=None))
    assert any("total: the prices prove" in line for line in told_of(made, certificate=free))


def test_without_prices_the_number_of_pairs_alone_is_proved_where_it_comes_first() -> None:
    unproved = ("the plan should have the most pairs, but nothing proves their number",)
    for made, number in ((staged(), True), (matching(), True), (matching(objectives=(Total(),)), False)):
        problem = problem_of(made.program, made.model.mentors, made.model.mentees)
        first = made.certificate.stages[: int(number)]
        sealed = replace(made.certificate, sealed=True, stages=first)
        assert told_of(made, certificate=sealed) == ()
        bare = replace(sealed, stages=())
        assert told_of(made, certificate=bare) == (unproved if number else ())
        if number:
            low = replace(first[0], value=first[0].value - 1, bound=first[0].bound - 1)
            assert told_of(made, certificate=replace(sealed, stages=(low,)))
        said = module.verify(problem, made.chosen, made.points, made.parts, sealed, True)
        assert ("number of pairs" in str(said)) == number
        assert ("no bound" in str(said)) != number
