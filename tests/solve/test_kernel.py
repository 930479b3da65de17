"""Laws of the one loop: the tiles hold exact reduced points however they are cut, and the folds find what is there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    COARSE,
    CUTS,
    PLAIN,
    RULES,
    SEEDS,
    STARS,
    Compiled,
    Crowd,
    Cut,
    Cutting,
    Problem,
    compiled,
    crowds,
    items_of,
    problems,
)

from rmatch.columns import IntArray, Items, Table
from rmatch.criteria import Criterion, Factors, PairScores, Similarity, Skills, Tile
from rmatch.factors import SCALE, sparse
from rmatch.problem.bounds import Candidates
from rmatch.program import Program
from rmatch.rules import GradeGap, MinScore
from rmatch.rules.eligibility import PointTile
from rmatch.solve.scan import held
from rmatch.solve.scan import kernel as loop
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.layout import RowBlock, Side
from rmatch.solve.scan.reductions import Dense, Found, Harvest, Maxima, pair_hash, rank_within, ticket
from rmatch.solve.scan.tile_scan import Postings
from rmatch.solve.scan.whole import ScoreMatrix
from rmatch.valuation import Valuation

pytestmark = pytest.mark.slow

MANY = settings(max_examples=3 * settings.default.max_examples)


def exact(made: Compiled) -> IntArray:
    """Points of every pair, penalties included, without the loop: ``(mentors, mentees)`` int64."""
    model = made.model
    full = model.u.dense(np.int64) @ model.v.dense(np.int64).T
    if model.penalty is not None:
        full = full + model.penalty[0].dense(np.int64) @ model.penalty[1].dense(np.int64).T
    return np.asarray(full)


def prices(made: Compiled, seed: int, size: int) -> tuple[IntArray, IntArray]:
    draw = np.random.default_rng(seed)
    m, n = made.model.shape
    return draw.integers(-size, size + 1, m), draw.integers(-size, size + 1, n)


SIZES = st.sampled_from((0, SCALE, 40 * SCALE, 1 << 34))

# ---------------------------------------------------------------- tiles


@MANY
@given(problems(most=12, locks=False), CUTS, SEEDS, SIZES)
def test_tiles_hold_exact_reduced_points_however_they_are_cut(problem: Problem, cut: Cut, seed: int, size: int) -> None:
    """For any tile, number of threads and split of columns, with prices far beyond the range of float32 too."""
    made = problem.compiled()
    x, y = prices(made, seed, size)
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made)
        found = kernel.scan(kernel.priced(x, y), Dense(*made.model.shape))
    expected = exact(made) - x[:, None] - y[None, :]
    allowed = made.eligible()
    assert np.array_equal(found[allowed], expected[allowed])


@pytest.mark.parametrize("side", [0, 1])
def test_one_price_beyond_what_float32_tells_apart_is_enough_to_be_exact(side: int) -> None:
    made = Problem(Crowd(4, 6, 6, PLAIN), (Skills(),)).compiled()
    both = np.zeros((2, 6), np.int64)
    both[side, 3] = (1 << 34) + 1
    found = made.kernel.scan(made.kernel.priced(*both), Dense(6, 6))
    assert np.array_equal(found, exact(made) - both[0][:, None] - both[1])


@MANY
@given(problems(most=12), CUTS, SEEDS)
def test_a_score_matrix_holds_what_may_be_in_any_order(problem: Problem, cut: Cut, seed: int) -> None:
    """Rule by rule and pair by pair as the model says, locked pairs included."""
    made, draw = problem.compiled(), np.random.default_rng(seed)
    model = made.model
    rows, columns = (draw.permutation(size) for size in model.shape)
    i, j = np.indices(model.shape).reshape(2, -1)
    expected = np.where(model.eligible(i, j), model.points(i, j) / SCALE, np.nan).reshape(model.shape)
    with Cutting(replace(cut, elsewhere=False)) as cutting:
        kernel = cutting.kernel(made)
        free = kernel.priced(*prices(made, 0, 0), rows, columns)
        found = kernel.scan(free, ScoreMatrix(model.eligibility, np.empty(model.shape)))
    assert np.array_equal(found, expected[np.ix_(rows, columns)], equal_nan=True)


@given(crowds(most=9, kinds=(PLAIN,)), SEEDS)
def test_two_blocks_hold_exactly_the_pairs_whose_people_may_meet(crowd: Crowd, seed: int) -> None:
    """Where people may change sides, the two of a pair either both do or both do not."""
    made, draw = Problem(crowd, (Skills(),)).compiled(), np.random.default_rng(seed)
    mentors, mentees = (draw.random(size) < 0.5 for size in made.model.shape)
    times = np.zeros(made.model.shape, int)
    for rows, columns in replace(made.kernel, turned=(mentors, mentees)).blocks():
        times[np.ix_(rows, columns)] += 1
    assert np.array_equal(times, np.equal.outer(mentors, mentees))
    ((rows, columns),) = made.kernel.blocks()
    assert (rows.tolist(), columns.tolist()) == (list(range(crowd.mentors)), list(range(crowd.mentees)))


@pytest.mark.parametrize(("most", "blocks"), [(30, 1), (29, 0)])
def test_scores_are_held_of_no_more_pairs_than_fit(most: int, blocks: int) -> None:
    made = Problem(Crowd(3, 5, 6), (Skills(),)).compiled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "MOST_HELD", most)
        assert len(Kernel.of(made.model).held) == blocks


def test_what_only_one_side_has_is_left_out_of_a_scan() -> None:
    """A value is a product: its columns that are all zeros on one side add nothing, and are not multiplied."""
    made = Problem(Crowd(3, 2, 3), (Skills(),)).compiled()
    u, v = np.array([[1.0, 2, 0], [0, 3, 0]]), np.array([[0.0, 1, 5], [0, 4, 5], [0, 1, 0]])
    for side in (under := made.kernel.under(Valuation(times=0, sides=(sparse(u), sparse(v))))).left, under.right:
        assert side.side.extra is not None
        assert side.side.extra.shape[1] == 1
    x, y = prices(made, 0, 0)
    assert np.array_equal(under.scan(under.priced(x, y), Dense(2, 3)), u @ v.T)


def test_scores_are_held_from_the_first_large_scan_on() -> None:
    """A look at one person does not compute the scores of all; where all are read twice, they are computed once."""
    made = Problem(Crowd(3, 90, 80), (Skills(), Similarity(column="grade"))).compiled()
    kernel, shape = Kernel.of(made.model), made.model.shape
    x, y = prices(made, 1, SCALE)
    kernel.scan(kernel.priced(x, y, np.array([4])), Dense(1, shape[1]))
    (held,), (i, j), scans = kernel.held, map(np.arange, shape), []
    assert not held.ready(i, j, 0, lambda: np.zeros(0))
    first = kernel.scan(kernel.priced(x, y), Dense(*shape))
    assert held.ready(i, j, int(np.prod(shape)), lambda: scans.append(1) or np.zeros(0))
    assert not scans
    again = kernel.under(Valuation(times=2)).scan(kernel.priced(x, y), Dense(*shape))
    expected, allowed = made.points() - x[:, None] - y, made.eligible()
    assert np.array_equal(first[allowed], expected[allowed])
    assert np.array_equal(again[allowed], (expected + made.points())[allowed])


@given(SEEDS, st.integers(1, 9), st.integers(1, 9), CUTS)
def test_tiles_without_factors_are_added_and_missing_pairs_fall_out(seed: int, m: int, n: int, cut: Cut) -> None:
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 1025, (m, n)) / 1024
    given_ = np.where(draw.random((m, n)) < 0.3, np.nan, values)
    mentors, mentees = Crowd(seed, m, n).tables()
    frame = pd.DataFrame(given_, mentors.ids, mentees.ids)
    made = compiled(Program(criteria=[Skills(0.5), PairScores(0.5, frame=frame)], rules=()), mentors, mentees)
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made)
        found = kernel.scan(kernel.priced(*prices(made, 0, 0)), Dense(m, n))
    eligible = made.eligible()
    order = [[int(str(k)[1:]) for k in t.ids] for t in (made.model.mentors, made.model.mentees)]
    assert np.array_equal(eligible, ~np.isnan(given_[np.ix_(*order)]))
    assert np.array_equal(found[eligible], made.points()[eligible])
    assert np.all(found[~eligible] <= -2 * SCALE)
    told = kernel.scores(*np.indices((m, n)).reshape(2, -1)).reshape(m, n)
    assert np.array_equal(told, found.astype(np.int64)), "pair by pair the same, missing or not"


@dataclass(frozen=True)
class Coarse(Tile):
    """A tile that somebody made in float32."""

    scores: np.ndarray

    def block(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return self.scores[np.ix_(rows, columns)].astype(np.float32)


@given(SEEDS, st.integers(1, SCALE))
def test_blocks_and_lists_of_a_tile_have_the_same_points(seed: int, weight: int) -> None:
    tile = PointTile(0, weight, Coarse(np.random.default_rng(seed).random((9, 7))))
    i, j = np.indices((9, 7)).reshape(2, -1)
    block = tile.block(np.arange(9), np.arange(7))
    assert np.array_equal(tile.at(i, j), block.ravel())
    assert np.array_equal(block, np.rint(block))


@given(problems(most=10, locks=False), SEEDS, CUTS)
def test_a_part_of_the_people_is_a_part_of_the_matrix(problem: Problem, seed: int, cut: Cut) -> None:
    made = problem.compiled()
    draw = np.random.default_rng(seed)
    m, n = made.model.shape
    rows, columns = (np.flatnonzero(draw.random(size) < 0.6) for size in (m, n))
    x, y = prices(made, seed, SCALE)
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made)
        full = kernel.scan(kernel.priced(x, y), Dense(m, n))
        shape = len(rows), len(columns)
        some = kernel.scan(kernel.priced(x, y, rows, columns), Dense(*shape))
        part = kernel.part(rows, columns)
        alone = part.scan(part.priced(x[rows], y[columns]), Dense(*shape))
    allowed = made.eligible()[np.ix_(rows, columns)]
    assert np.array_equal(some[allowed], full[np.ix_(rows, columns)][allowed])
    assert np.array_equal(alone[allowed], some[allowed])
    i, j = np.indices(shape).reshape(2, -1)
    assert np.array_equal(part.eligible(i, j, made.model.points(rows[i], columns[j])).reshape(shape), allowed)


@dataclass(frozen=True)
class Large(Criterion):
    """A half for everybody, made of factors too large for float32."""

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        base = 30_000_001
        u = np.column_stack([np.full(len(mentors.ids), base), np.ones(len(mentors.ids))])
        v = np.column_stack([np.full(len(mentees.ids), 1 / 8), np.full(len(mentees.ids), 0.5 - base / 8)])
        return Factors.of(u, v)


def test_factors_too_large_for_float32_are_exact_all_the_same() -> None:
    made = compiled(Program(criteria=[Large()], rules=()), *Crowd(0, 3, 2).tables())
    found = made.kernel.scan(made.kernel.priced(*prices(made, 0, 0)), Dense(3, 2))
    assert np.array_equal(found, exact(made))
    assert np.all(found == SCALE // 2)


def wide(skills: int, people: int, seed: int) -> tuple[Table, Table]:
    """People who name few of very many skills."""
    draw = np.random.default_rng(seed)
    words = tuple(f"skill {k:05d}" for k in range(skills))
    weight = 1 / np.arange(1, skills + 1)

    def column(least: int, most: int) -> Items:
        rows = [
            set(draw.choice(skills, int(draw.integers(least, most)), p=weight / weight.sum())) for _ in range(people)
        ]
        return items_of(rows, words)

    sides = []
    for prefix in "ab":
        ids = np.array([f"{prefix}{k}" for k in range(people)], dtype=object)
        sides.append(Table(ids, {"skills_offered": column(3, 9), "skills_wanted": column(1, 6)}))
    return sides[0], sides[1]


def test_a_vocabulary_of_thousands_is_split_and_nobody_can_see_it() -> None:
    made = compiled(Program(criteria=[Skills()], rules=()), *wide(4000, 150, 0))
    x, y = prices(made, 1, SCALE)
    for cut in (Cut(64, 32, 2, 1.6e-3), Cut(50, 150, 1, 1e-4), Cut(1024, 2048, 1, 0.0), Cut(1024, 2048, 2, 2.0)):
        with Cutting(cut) as cutting:
            kernel = cutting.kernel(made)
            found = kernel.scan(kernel.priced(x, y), Dense(150, 150))
        assert np.array_equal(found, exact(made) - x[:, None] - y[None, :])
        if cut.rare == 1.6e-3:
            assert len(kernel.left.side.rare.column)
            assert kernel.left.side.dense.shape[1]


@given(SEEDS, st.integers(0, 30), st.integers(1, 7), st.integers(1, 9))
def test_rare_columns_are_looked_up_by_tile_and_nothing_is_held_beyond(
    seed: int, people: int, columns: int, width: int
) -> None:
    full = np.random.default_rng(seed).integers(0, 2, (people, width)).astype(float)
    row_block = RowBlock.whole(Side(np.zeros((people, 0), np.float32), sparse(full)))
    with Cutting(Cut(5, columns, 1, 0.0)):
        postings = Postings(row_block, loop.COLUMNS)
    tiles = [full[at : at + columns] for at in range(0, people, columns)]
    counts = [tile[:, k].sum() for tile in tiles for k in range(width)]
    assert np.array_equal(postings._start, np.concatenate([[0], np.cumsum(counts)]))


@given(problems(most=10, locks=False))
def test_reach_bounds_every_allowed_sum_termwise(problem: Problem) -> None:
    made = problem.compiled()
    u, v = made.model.u.dense(np.int64), made.model.v.dense(np.int64)
    assert (np.abs(u) @ np.abs(v).T).max(initial=0) <= made.kernel.reach


# ---------------------------------------------------------------- other worths


@st.composite
def valuations(draw: st.DrawFn) -> tuple[int, tuple[tuple[int, int], ...], int, int]:
    """How many times the score, which steps, and the seed and the largest number of factors; 0 for none of them."""
    step = st.tuples(st.integers(0, SCALE), st.integers(-2 * SCALE, 2 * SCALE))
    steps = draw(st.lists(step, max_size=2, unique_by=lambda each: each[0]))
    return draw(st.integers(-2, 3)), tuple(sorted(steps)), draw(SEEDS), draw(st.sampled_from((0, 3, 1000, 1 << 22)))


def valuation_for(made: Compiled, times: int, steps: tuple[tuple[int, int], ...], seed: int, size: int) -> Valuation:
    draw = np.random.default_rng(seed)
    sides = [sparse(draw.integers(-2, 3, (made.model.shape[0], 3)).astype(float)),
             sparse(draw.integers(-size, size + 1, (made.model.shape[1], 3)).astype(float))]  # fmt: skip
    return Valuation(times=times, steps=steps, sides=(sides[0], sides[1]) if size else None)


def value_of_all(valuation: Valuation, made: Compiled) -> IntArray:
    m, n = made.model.shape
    return valuation.block(made.points(), np.arange(m), np.arange(n), n)


@MANY
@given(problems(most=10, locks=False), CUTS, valuations(), SEEDS, SIZES)
def test_a_kernel_under_a_worth_holds_what_pairs_are_worth_exactly(
    problem: Problem, cut: Cut, wished: tuple[int, tuple[tuple[int, int], ...], int, int], seed: int, size: int
) -> None:
    """For the whole and for a part of the people, whose scores are told as they are."""
    made = problem.compiled()
    m, n = made.model.shape
    valuation, (x, y) = valuation_for(made, *wished), prices(made, seed, size)
    draw = np.random.default_rng(seed)
    rows, columns = (np.flatnonzero(draw.random(k) < 0.7) for k in (m, n))
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made).under(valuation)
        found = kernel.scan(kernel.priced(x, y), Dense(m, n))
        part = kernel.part(rows, columns)
        some = part.scan(part.priced(x[rows], y[columns]), Dense(len(rows), len(columns)))
    allowed, expected = made.eligible(), value_of_all(valuation, made) - x[:, None] - y[None, :]
    assert np.array_equal(found[allowed], expected[allowed])
    inside = np.ix_(rows, columns)
    assert np.array_equal(some[allowed[inside]], expected[inside][allowed[inside]])
    i, j = np.indices((len(rows), len(columns))).reshape(2, -1)
    told = part.scores(i, j).reshape(len(rows), len(columns))
    assert np.array_equal(told[allowed[inside]], made.points()[inside][allowed[inside]])


@given(problems(most=10, locks=False), CUTS, st.integers(-2, 3), st.integers(0, SCALE))
def test_what_a_rule_keeps_out_of_the_scan_stays_out_whatever_scores_are_worth(
    problem: Problem, cut: Cut, times: int, threshold: int
) -> None:
    made = problem.compiled()
    valuation = Valuation(times=times, steps=((threshold, 5 * SCALE),))
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made).under(valuation)
        found = kernel.scan(kernel.priced(*prices(made, 0, 0)), Dense(*made.model.shape))
    out = exact(made) < 0
    assert np.all(found[out] == -4 * SCALE)
    assert not (out & made.eligible()).any()


@MANY
@given(problems(most=10), CUTS, valuations(), SEEDS, st.integers(1, 5))
def test_a_harvest_under_a_worth_keeps_to_the_rules_and_to_least_scores(
    problem: Problem, cut: Cut, wished: tuple[int, tuple[tuple[int, int], ...], int, int], seed: int, cap: int
) -> None:
    if seed % 2:
        problem = replace(problem, rules=(*problem.rules, MinScore(0.3)), limits=())
    made = problem.compiled()
    valuation, (x, y), candidates = valuation_for(made, *wished), prices(made, seed, SCALE), some_candidates(made, seed)
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made).under(valuation)
        row_blocks = kernel.priced(x, y)
        found = kernel.scan(row_blocks, Harvest(kernel.outside(candidates, x, y), cap, kernel.shape[0]))
    check_harvest(found, brute(made, candidates, x, y, cap, 0.0, value_of_all(valuation, made)))


@given(problems(most=6, locks=False), st.integers(1, 3))
def test_what_is_only_the_score_is_priced_as_the_score(problem: Problem, each: int) -> None:
    kernel = problem.compiled().kernel
    assert kernel.under(Valuation(each=each)) is kernel


def test_scores_of_very_many_pairs_are_those_of_few() -> None:
    made = Problem(Crowd(3, 9, 8), (Skills(), Similarity(column="grade"))).compiled()
    i, j = np.divmod(np.random.default_rng(0).integers(0, 72, 200_000), 8)
    assert np.array_equal(made.kernel.scores(i, j), made.points()[i, j])


@given(problems(most=8, locks=False), CUTS)
def test_every_scan_says_how_many_pairs_it_prices(problem: Problem, cut: Cut) -> None:
    made = problem.compiled()
    m, n = made.model.shape
    heard: list[int] = []
    with Cutting(cut):
        kernel = Kernel.of(made.model, count=heard.append)
        kernel.scan(kernel.priced(*prices(made, 0, 0)), Dense(m, n))
    assert heard == [m * n]


# ---------------------------------------------------------------- harvest


def brute(
    made: Compiled,
    candidates: Candidates,
    x: IntArray,
    y: IntArray,
    cap: int | IntArray,
    ties: float,
    valuation: IntArray | None = None,
    also: int = 0,
) -> Found:
    """What a harvest should keep, from the matrix held whole."""
    reduced = (made.points() if valuation is None else valuation) - x[:, None] - y[None, :]
    i, j = np.nonzero(made.eligible() & ((reduced > 0) | ((reduced == 0) & (ties > 0))))
    open_ = ~candidates.has(i, j)
    i, j = i[open_], j[open_]
    drawn = (reduced[i, j] > 0) | (ticket(j, i) < ties)
    i, j = i[drawn], j[drawn]
    kept, dropped = [], np.zeros(made.model.shape[0], np.int64)
    caps = np.broadcast_to(cap, made.model.shape[:1])
    for row in range(made.model.shape[0]):
        own = np.flatnonzero(i == row)
        own = own[np.lexsort((pair_hash(i[own], j[own]), -reduced[i[own], j[own]]))]
        kept.append(np.sort(own[: caps[row]]))
        dropped[row] = reduced[row, j[own[caps[row] :]]].max(initial=0)
    for column in range(made.model.shape[1]):
        own = np.flatnonzero(j == column)
        kept.append(own[np.lexsort((pair_hash(i[own], j[own]), -reduced[i[own], j[own]]))][:also])
    keep = np.unique(np.concatenate([np.zeros(0, np.int64), *kept]).astype(np.int64))
    return Found(i[keep], j[keep], reduced[i[keep], j[keep]], dropped)


def check_harvest(found: Found, expected: Found) -> None:
    for name in ("i", "j", "reduced", "dropped"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


def some_candidates(made: Compiled, seed: int) -> Candidates:
    m, n = made.model.shape
    i, j = np.nonzero(np.random.default_rng(seed).random((m, n)) < 0.2)
    return Candidates.of(i, j, made.points()[i, j], (m, n))


@MANY
@given(problems(most=12), CUTS, SEEDS, st.integers(0, 12), st.sampled_from((0.0, 0.5, 1.0)), SIZES, st.integers(0, 3))
def test_a_harvest_keeps_the_best_of_all_that_beat_the_prices(
    problem: Problem, cut: Cut, seed: int, most: int, ties: float, size: int, also: int
) -> None:
    """Ties by lottery, pairs of the pool and locked pairs never; and it says the best beyond a cap. Mentors may
    have a cap each (where ``most`` is 0), and mentees bring some of their own."""
    made = problem.compiled()
    cap = most or np.random.default_rng(seed).integers(1, 13, made.model.shape[0])
    x, y = prices(made, seed, size)
    x, y = x // 2 - (size == 0) * (seed % 2) * SCALE, y // 2
    candidates = some_candidates(made, seed)
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made)
        row_blocks = kernel.priced(x, y)
        harvest = Harvest(kernel.outside(candidates, x, y), cap, kernel.shape[0], ties, also)
        found = kernel.scan(row_blocks, harvest)
    check_harvest(found, brute(made, candidates, x, y, cap, ties, also=also))


@given(crowds(most=14, least=3, kinds=(COARSE,)), st.integers(1, 5), CUTS, CUTS, st.integers(0, 2))
def test_the_size_of_tiles_cannot_be_seen_among_ties(crowd: Crowd, cap: int, one: Cut, two: Cut, also: int) -> None:
    made = Problem(crowd, (Skills(),)).compiled()
    results = []
    for cut in (one, two):
        with Cutting(cut) as cutting:
            kernel = cutting.kernel(made)
            x, y = prices(made, 0, 0)
            row_blocks = kernel.priced(x, y)
            none = Candidates.of(*(np.zeros(0, np.int64),) * 3, made.model.shape)
            harvest = Harvest(kernel.outside(none, x, y), cap, kernel.shape[0], 0.5, also)
            results.append(kernel.scan(row_blocks, harvest))
    check_harvest(results[0], results[1])


@given(problems(most=10, locks=False), SEEDS, CUTS)
def test_a_staircase_looks_at_the_columns_below_each_step_and_at_no_others(
    problem: Problem, seed: int, cut: Cut
) -> None:
    made = problem.compiled()
    m, n = made.model.shape
    draw = np.random.default_rng(seed)
    rows, columns = draw.permutation(m), draw.permutation(n)
    prefix = np.sort(draw.integers(1, n + 1, m))[::-1] if n else np.zeros(0, np.int64)
    rows = rows[: len(prefix)]
    x, y = np.full(m, -SCALE), np.zeros(n, np.int64)
    none = Candidates.of(*(np.zeros(0, np.int64),) * 3, (m, n))
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made)
        row_blocks = kernel.priced(x, y, rows, columns)
        found = kernel.scan(row_blocks, Harvest(kernel.outside(none, x, y), n + 1, kernel.shape[0]), prefix)
    inside = np.zeros((m, n), bool)
    reached = np.zeros((m, n), bool)
    for k, row in enumerate(rows):
        inside[row, columns[: prefix[k]]] = True
        first = k // cut.rows * cut.rows  # a band of rows is looked at as far as its longest
        reached[row, columns[: prefix[first]]] = True
    seen = np.zeros((m, n), bool)
    seen[found.i, found.j] = True
    eligible = made.eligible()
    assert np.array_equal(seen & inside, eligible & inside)
    assert cut.apart or not (seen & ~reached).any()  # people who are divided form other bands


# ---------------------------------------------------------------- maxima and dense


@given(problems(most=12, locks=False), CUTS, st.integers(0, 1), st.integers(1, 5))
def test_maxima_are_those_of_every_chunk(problem: Problem, cut: Cut, axis: int, chunks: int) -> None:
    made = problem.compiled()
    m, n = made.model.shape
    with Cutting(cut) as cutting:
        kernel = cutting.kernel(made)
        zero = np.zeros(m, np.int64), np.zeros(n, np.int64)
        full = kernel.scan(kernel.priced(*zero), Dense(m, n)).astype(float)
        found = kernel.scan(kernel.priced(*zero), Maxima((m, n), axis, chunks))
    assert found.shape == (chunks, m if axis == 0 else n)
    values = full if axis == 0 else full.T
    for chunk in range(chunks):
        assert np.array_equal(found[chunk], values[:, chunk::chunks].max(1, initial=-np.inf))


def test_with_nobody_on_a_side_every_fold_finds_nothing() -> None:
    for m, n in ((0, 0), (0, 3), (3, 0)):
        made = Problem(Crowd(0, m, n), (Skills(), Similarity(column="grade")), (GradeGap(1),)).compiled()
        x, y = prices(made, 0, 0)
        row_blocks = made.kernel.priced(x, y)
        none = Candidates.of(*(np.zeros(0, np.int64),) * 3, (m, n))
        assert made.kernel.scan(row_blocks, Dense(m, n)).shape == (m, n)
        assert np.all(made.kernel.scan(row_blocks, Maxima((m, n), 0, 2)) == -np.inf)
        assert not len(
            made.kernel.scan(row_blocks, Harvest(made.kernel.outside(none, x, y), 3, made.kernel.shape[0])).i
        )


# ---------------------------------------------------------------- small helps


@given(st.lists(st.integers(0, 5), max_size=30))
def test_rank_within_counts_from_every_runs_first(values: list[int]) -> None:
    runs = np.array(values, np.int64)
    expected = [next(d for d in range(k + 1) if k == d or values[k - d - 1] != values[k]) for k in range(len(values))]
    assert rank_within(runs).tolist() == expected


def test_tickets_are_drawn_fairly_and_always_the_same() -> None:
    i, j = np.indices((300, 300)).reshape(2, -1)
    drawn = ticket(i, j)
    assert len(np.unique(pair_hash(i, j))) == len(i)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert np.abs(np.histogram(drawn, 10, (0, 1))[0] / len(i) - 0.1).max() < 0.01
    assert pair_hash(np.array([1]), np.array([2]))[0] == pair_hash(np.array([1, 0]), np.array([2, 0]))[0]


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.kind() in ("grade_gap", "same", "differs", "opt_in", "shares")], ids=repr
)
@given(crowd=crowds(most=8, least=1, kinds=(PLAIN, STARS)))
@settings(max_examples=10)
def test_a_rule_with_a_penalty_keeps_what_it_forbids_out_of_the_scan(rule: object, crowd: Crowd) -> None:
    made = Problem(crowd, (Skills(),), (rule,)).compiled()  # type: ignore[arg-type]
    m, n = made.model.shape
    found = made.kernel.scan(made.kernel.priced(*prices(made, 0, 0)), Dense(m, n))
    assert np.array_equal(found >= 0, made.eligible())
    assert np.all(found[found < 0] <= -SCALE)
