"""Laws of the algebra of factors and of the grid, held against matrices that are really made."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import COARSE, CRITERIA, GAPS, SEEDS, Crowd, category, crowds, number, permuted

from rmatch import factors as module
from rmatch.columns import Category, Items, Number, Table
from rmatch.criteria import Criterion
from rmatch.criteria.blocks import align, as_items, closeness, covers, differs, same, table, total
from rmatch.errors import ProgramError
from rmatch.factors import SCALE, Factors, Sparse, Term, beside, constant, dot, indicator, on_grid, sparse

WEIGHTS = st.one_of(st.just(SCALE), st.integers(1, SCALE))
FACTORED = tuple(c for c in CRITERIA)


def made(seed: int, m: int, n: int, k: int) -> Factors:
    """Factors of small whole numbers against eighths, so that float64 products are exact."""
    draw = np.random.default_rng(seed)
    return Factors.of(draw.integers(-2, 3, (m, k)).astype(float), draw.integers(-16, 17, (n, k)) / 8)


def points_of(factors: Factors, points: int = SCALE) -> np.ndarray:
    u, v = on_grid(factors, points)
    return np.asarray(u.dense(np.int64) @ v.dense(np.int64).T)


SIZES = st.integers(0, 5)
three = st.tuples(SEEDS, SIZES, SIZES, st.integers(1, 4))


# ---------------------------------------------------------------- the algebra


def lawful(factors: Factors) -> bool:
    """Whether each row of each side holds its columns once, ascending, and within the width."""
    for side in (side for term in factors.terms for side in (term.u, term.v)):
        places = side.rows * side.width + side.column
        if (np.diff(places) <= 0).any() or ((side.column < 0) | (side.column >= side.width)).any():
            return False
    return True


@given(three, SEEDS, st.integers(1, 4))
def test_a_sum_of_factors_is_the_sum_of_matrices(one: tuple[int, int, int, int], seed: int, k: int) -> None:
    f, g = made(*one), made(seed, one[1], one[2], k)
    assert np.array_equal((f + g).matrix(), f.matrix() + g.matrix())
    assert np.array_equal((f - g).matrix(), f.matrix() - g.matrix())
    assert lawful(f + g)
    assert lawful(f - g)


@given(three, SEEDS, st.integers(1, 4))
def test_a_product_of_factors_is_the_elementwise_product(one: tuple[int, int, int, int], seed: int, k: int) -> None:
    f, g = made(*one), made(seed, one[1], one[2], k)
    assert np.array_equal((f * g).matrix(), f.matrix() * g.matrix())
    assert lawful(f * g)
    assert lawful((f - g) * (1 - f))


@given(three, st.integers(-8, 8))
def test_numbers_scale_and_shift(one: tuple[int, int, int, int], eighths: int) -> None:
    f, w = made(*one), eighths / 8
    assert np.array_equal((w * f).matrix(), w * f.matrix())
    assert np.array_equal((f * w).matrix(), w * f.matrix())
    assert np.array_equal((f + w).matrix(), f.matrix() + w)
    assert np.array_equal((w - f).matrix(), w - f.matrix())
    assert np.array_equal((f - w).matrix(), f.matrix() - w)


@given(three)
def test_swapping_the_sides_transposes(one: tuple[int, int, int, int]) -> None:
    f = made(*one)
    assert np.array_equal(f.T.matrix(), f.matrix().T)
    assert f.T.shape == f.shape[::-1]


@given(three, SEEDS, st.integers(1, 4))
def test_whole_numbers_may_stand_on_either_side_of_a_difference(
    one: tuple[int, int, int, int], seed: int, k: int
) -> None:
    f, g = made(*one), made(seed, one[2], one[1], k).T
    assert np.array_equal((f - g).matrix(), f.matrix() - g.matrix())
    assert np.array_equal((g - f).matrix(), g.matrix() - f.matrix())
    if f.terms[0].v.value.size and g.terms[0].u.value.size:
        assert np.abs(points_of(f - g) - (f - g).matrix() * SCALE).max(initial=0) < one[3] + k


@given(three)
def test_the_mean_needs_no_matrix(one: tuple[int, int, int, int]) -> None:
    f = 0.5 * made(*one)
    assert f.mean(f.matrix().size) == (f.matrix().mean() if f.matrix().size else 0.0)


@given(st.lists(three, min_size=1, max_size=4))
def test_total_is_the_mean_of_the_parts(parts: list[tuple[int, int, int, int]]) -> None:
    made_parts = [made(seed, 3, 4, k) for seed, _, _, k in parts]
    expected = sum(f.matrix() for f in made_parts) / len(made_parts)
    assert np.allclose(total(made_parts).matrix(), expected)


@given(three)
def test_parentheses_do_not_matter(one: tuple[int, int, int, int]) -> None:
    f, g, h = (made(one[0] + k, *one[1:]) for k in range(3))
    assert np.array_equal((f * (g + h)).matrix(), (f * g + f * h).matrix())
    assert np.array_equal(((f * g) * h).matrix(), (f * (g * h)).matrix())


def test_shapes_that_do_not_fit_are_refused() -> None:
    f, g = made(0, 2, 3, 1), made(0, 3, 3, 1)
    for combine in (lambda: f + g, lambda: f * g, lambda: Factors.of(np.ones((2, 2)), np.ones((2, 3)))):
        with pytest.raises(ProgramError):
            combine()


# ---------------------------------------------------------------- sparse matrices


@given(SEEDS, SIZES, SIZES, st.integers(0, 6))
def test_sparse_is_dense_with_the_zeros_left_out(seed: int, n: int, more: int, width: int) -> None:
    draw = np.random.default_rng(seed)
    full = draw.integers(-1, 2, (n, width)).astype(float)
    other = draw.integers(-1, 2, (n, more)).astype(float)
    rows = draw.integers(0, n, 4) if n else np.zeros(0, np.int64)
    assert np.array_equal(sparse(full).dense(), full)
    assert np.array_equal(sparse(full).take(rows).dense(), full[rows])
    assert np.array_equal(beside([sparse(full), sparse(other)]).dense(), np.hstack([full, other]))


@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.sampled_from((1, 2, 4, 99)), st.integers(1, 3))
def test_dot_of_listed_pairs_is_the_product_split_by_owner(seed: int, m: int, n: int, k: int, owners: int) -> None:
    draw = np.random.default_rng(seed)  # few entries in many columns, and many in few, are looked up in two ways
    u, v = (draw.integers(-2, 3, (size, k)) * 1.0 * (draw.random((size, k)) < min(2 / k, 1.0)) for size in (m, n))
    i, j, owner = draw.integers(0, m, 20), draw.integers(0, n, 20), draw.integers(0, owners, k)
    with patch("rmatch.factors._CELLS", 3 * k):
        split = dot(sparse(u), sparse(v), i, j, owner, owners)
    for o in range(owners):
        assert np.array_equal(split[o], (u[:, owner == o] @ v[:, owner == o].T)[i, j])
    assert np.array_equal(dot(sparse(u), sparse(v), i, j), [(u @ v.T)[i, j]])


@given(SEEDS, st.integers(0, 9), st.sampled_from((1, 4, 99)), st.sampled_from((1, 1 << 18)), st.booleans())
def test_dot_of_one_person_with_many(seed: int, n: int, k: int, cells: int, mentor: bool) -> None:
    draw = np.random.default_rng(seed)
    u, v = (draw.random((size, k)) * (draw.random((size, k)) < 0.3) for size in (5, 6))
    i, j = (np.full(n, 3), draw.integers(0, 6, n)) if mentor else (draw.integers(0, 5, n), np.full(n, 3))
    with patch("rmatch.factors._CELLS", cells):
        one = dot(sparse(u), sparse(v), i, j, draw.integers(0, 2, k), 2)
    among_others = dot(sparse(u), sparse(v), np.append(i, [0, 1]), np.append(j, [0, 1]))[0, :n]
    assert np.allclose(one.sum(0), (u @ v.T)[i, j])
    assert np.array_equal(dot(sparse(u), sparse(v), i, j)[0], among_others)  # to the last bit


def test_dot_takes_more_pairs_than_one_piece_holds() -> None:
    u, v = sparse(np.array([[1.0, 2.0], [0.0, 3.0]])), sparse(np.array([[5.0, 0.0], [1.0, 1.0]]))
    i, j = np.tile([0, 1, 1], 50_000), np.tile([0, 0, 1], 50_000)
    assert np.array_equal(dot(u, v, i, j)[0], np.tile([5.0, 0.0, 3.0], 50_000))


# ---------------------------------------------------------------- the grid


@given(crowds(), st.sampled_from(FACTORED), WEIGHTS)
def test_points_lie_from_nothing_to_the_weight(crowd: Crowd, criterion: Criterion, weight: int) -> None:
    points = points_of(criterion.factors(*crowd.tables()), weight)
    assert points.min(initial=0) >= 0
    assert points.max(initial=0) <= weight


@given(crowds(), st.sampled_from([c for c in FACTORED if c.kind() != "text"]), WEIGHTS)
def test_every_entry_is_off_by_less_than_a_point(crowd: Crowd, criterion: Criterion, weight: int) -> None:
    factors = criterion.factors(*crowd.tables())
    entries = sum((np.abs(np.sign(t.u.dense())) @ np.abs(np.sign(t.v.dense())).T for t in factors.terms), np.zeros(1))
    assert np.all(np.abs(points_of(factors, weight) - factors.matrix() * weight) <= np.maximum(entries, 1))


@given(SEEDS, st.integers(1, 12), WEIGHTS)
def test_full_coverage_is_exactly_the_weight(seed: int, wanted: int, weight: int) -> None:
    words = [f"skill {k}" for k in range(wanted)]
    levels = np.random.default_rng(seed).integers(1, 6, wanted).astype(np.int8)
    wants = Items(np.array([0, wanted]), np.arange(wanted), levels, np.array(words, object), np.array(words, object))
    assert points_of(covers(wants, wants), weight)[0, 0] == weight


@pytest.mark.slow
@given(st.integers(1, 9), SEEDS, WEIGHTS)
def test_parts_of_equal_weight_add_up_to_exactly_the_whole(parts: int, seed: int, weight: int) -> None:
    """With columns that hold blanks among them, and 1/3 of a weight that is no multiple of 3."""
    draw = np.random.default_rng(seed)
    columns = [category([*draw.choice(["x", "y", ""], 3), "x", "y"]) for _ in range(parts)]
    other = category(["z", "z"])
    alike = points_of(total([same(c, c) for c in columns]), weight)
    assert np.all(alike[[3, 4], [3, 4]] == weight)
    assert np.all(points_of(total([differs(c, c) for c in columns]), weight)[[3, 4], [3, 4]] == 0)
    assert np.all(points_of(total([differs(c, other) for c in columns]), weight)[3:] == weight)
    complement = points_of(total([1.0 - same(c, other) for c in columns]), weight)
    assert np.all(complement[3:] == weight)


@given(crowds(), st.lists(st.sampled_from(FACTORED), min_size=1, max_size=3), st.lists(st.booleans()), WEIGHTS)
def test_complements_and_their_mixtures_stay_within_the_weight(
    crowd: Crowd, criteria: list[Criterion], complements: list[bool], weight: int
) -> None:
    """``1 - f`` gives what ``f`` leaves, to the point, in thirds of a weight too."""
    parts = [c.factors(*crowd.tables()) for c in criteria]
    turned = [1.0 - f if k < len(complements) and complements[k] else f for k, f in enumerate(parts)]
    points = points_of(total(turned), weight)
    assert points.min(initial=0) >= 0
    assert points.max(initial=0) <= weight
    for part in parts:
        assert np.all(points_of(part, weight) + points_of(1.0 - part, weight) == weight)


@given(crowds(), st.sampled_from([c for c in FACTORED if c.kind() in ("skills", "reciprocity", "text")]), WEIGHTS)
def test_shares_that_are_taken_away_again_are_gone(crowd: Crowd, criterion: Criterion, weight: int) -> None:
    shares = criterion.factors(*crowd.tables())
    assert not points_of(shares - shares, weight).any()
    assert not points_of((1 / 3) * (shares - shares), weight).any()


@given(st.lists(st.integers(-300, 300), min_size=2, max_size=8), WEIGHTS)
def test_closeness_is_rounded_once_from_nothing_to_the_weight(values: list[int], weight: int) -> None:
    column = number(list(map(float, values)))
    span = max(values) - min(values)
    points, exact = points_of(closeness(column, column), weight), closeness(column, column).matrix()
    assert np.all(np.diag(points) == weight)
    assert np.all(np.abs(points - exact * weight) <= 0.5 + 1e-5)
    if 0 < span <= 64:
        distance = np.abs(np.subtract.outer(values, values))
        assert np.all(np.abs(points - (1 - distance / span) * weight) <= 0.5 + 1e-5)
    if span:
        assert points[np.argmin(values), np.argmax(values)] == 0


SHARES = [c for c in FACTORED if c.kind() in ("skills", "reciprocity", "goals") and not getattr(c, "rare", False)]
"""How rare a skill is depends on everybody, all else on the two people."""


@given(crowds(least=2), st.sampled_from(SHARES), SEEDS)
def test_nobodys_points_depend_on_who_else_takes_part(crowd: Crowd, criterion: Criterion, seed: int) -> None:
    mentors, mentees = crowd.tables()
    draw = np.random.default_rng(seed)
    some = [np.flatnonzero(draw.random(len(t.ids)) < 0.5) for t in (mentors, mentees)]
    every = points_of(criterion.factors(mentors, mentees), 157_286)
    assert np.array_equal(
        points_of(criterion.factors(mentors.take(some[0]), mentees.take(some[1])), 157_286), every[np.ix_(*some)]
    )


@given(crowds(kinds=(GAPS,)), SEEDS)
def test_only_the_neutral_mean_depends_on_who_else_takes_part(crowd: Crowd, seed: int) -> None:
    mentors, mentees = crowd.tables()
    some = np.flatnonzero(np.random.default_rng(seed).random(len(mentors.ids)) < 0.5)

    def points(people: Table) -> np.ndarray:
        return points_of(differs(people["department"], mentees["department"]))

    answered = np.ix_(~mentors["department"].missing[some], ~mentees["department"].missing)
    assert np.array_equal(points(mentors)[some][answered], points(mentors.take(some))[answered])


@given(crowds(), st.sampled_from(FACTORED), WEIGHTS, SEEDS)
def test_points_follow_the_people_in_any_order(crowd: Crowd, criterion: Criterion, weight: int, seed: int) -> None:
    mentors, mentees = crowd.tables()
    others = permuted(mentors, seed), permuted(mentees, seed + 1)
    place = [[list(t.ids).index(id_) for id_ in o.ids] for t, o in zip((mentors, mentees), others, strict=True)]
    points = points_of(criterion.factors(mentors, mentees), weight)
    assert np.array_equal(points_of(criterion.factors(*others), weight), points[np.ix_(*place)])


def test_one_side_of_a_term_must_hold_whole_numbers() -> None:
    half = np.array([[0.5]])
    with pytest.raises(ProgramError, match="whole numbers"):
        on_grid(Factors.of(half, half), SCALE)
    assert points_of(Factors.of(half, half * 2))[0, 0] == SCALE // 2
    assert points_of(Factors.of(half * 2, half))[0, 0] == SCALE // 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300, 1e10])
def test_what_is_not_finite_or_too_large_is_off_the_grid(bad: float) -> None:
    one = np.array([[1.0]])
    for factors in (Factors.of(one, one * bad), Factors.of(one * bad, one), bad * Factors.of(one, one)):
        with pytest.raises(ProgramError, match="off the grid"):
            on_grid(factors, SCALE)


@pytest.mark.parametrize("largest", [1.0, -1.0])
def test_scores_end_where_whole_numbers_do(largest: float) -> None:
    """2**53 points is the first number whose successor a float cannot hold: it is refused, and a quarter is exact."""
    one = np.array([[largest]])
    first = 2.0**53 / SCALE
    for factors in (Factors.of(one, one * first), Factors.of(one * first, one), first * Factors.of(one, one)):
        with pytest.raises(ProgramError, match="off the grid"):
            on_grid(factors, SCALE)
        assert abs(points_of(0.25 * factors)[0, 0]) == 1 << 51


def test_large_numbers_that_never_meet_are_no_large_score() -> None:
    factors = Factors.of(np.array([[2.0**25, 1.0]]), np.array([[1.0, 2.0**25]]))
    assert points_of(factors)[0, 0] == (1 << 26) * SCALE


@pytest.mark.parametrize("side", [0, 1])
def test_a_number_that_is_too_large_with_its_weight_is_off_the_grid_though_nobody_meets_it(side: int) -> None:
    """2³¹ twice is 2⁵² points, which are exact; four times it is 2⁵³."""
    both = [np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]])]
    both[side] = np.array([[1.0, 2.0**31]])
    assert points_of(2.0 * Factors.of(*both))[0, 0] == 2 * SCALE
    with pytest.raises(ProgramError, match="terms as large as"):
        on_grid(4.0 * Factors.of(*both), SCALE)


@pytest.mark.parametrize("side", [0, 1])
def test_one_pair_whose_factors_are_too_large_together_is_off_the_grid(side: int) -> None:
    """Neither is too large alone, and all others' are small: 2¹⁷ times 2¹⁶ is the first too many points."""
    both = [np.ones((3, 2)), np.ones((3, 2))]
    both[side][1] = [2.0**16, 0.0]
    both[1 - side][2] = [2.0**16, 0.0]
    assert points_of(Factors.of(*both)).max() == (1 << 32) * SCALE
    both[1 - side][2, 0] = 2.0**17
    with pytest.raises(ProgramError, match="terms as large as"):
        on_grid(Factors.of(*both), SCALE)


@given(three, st.integers(1, 6))
def test_people_are_rounded_a_few_at_a_time_as_all_at_once(one: tuple[int, int, int, int], rows: int) -> None:
    factors = made(*one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ROWS", rows)
        some = points_of(factors, 1001)
    assert np.array_equal(some, points_of(factors, 1001))


def test_an_indicator_is_one_column() -> None:
    assert indicator(np.array([True, False, True])).dense().tolist() == [[1], [0], [1]]


def test_a_term_that_rounds_down_never_gains() -> None:
    third = Sparse(np.array([0, 3]), np.arange(3), np.full(3, 1 / 3), 3)
    ones = Sparse(np.array([0, 3]), np.arange(3), np.ones(3), 3)
    u, v = on_grid(Factors((Term(1.0, ones, third, down=True),)), 100)
    assert v.value.tolist() == [33, 33, 33]
    u, v = on_grid(Factors((Term(1.0, ones, third),)), 100)
    assert sorted(v.value.tolist()) == [33, 33, 34]
    assert u.value.tolist() == [1, 1, 1]


# ---------------------------------------------------------------- the bricks


@given(three, SEEDS)
def test_what_is_made_of_a_term_that_rounds_down_rounds_down(one: tuple[int, int, int, int], seed: int) -> None:
    plain = made(*one)
    down = Factors(tuple(replace(term, down=True) for term in made(seed, one[1], one[2], 2).terms))
    for product in (plain * down, down * plain, 0.5 * (down * down).T):
        assert all(term.down for term in product.terms)
    assert not any(term.down for term in (plain * plain).terms)


def test_constant_is_the_same_for_all() -> None:
    assert np.array_equal(constant(0.25, 2, 3).matrix(), np.full((2, 3), 0.25))


def test_labels_match_by_their_folded_keys() -> None:
    a, b = category(["Human-Resources", "C++", "C", ""]), category(["human  resources", "c#", "c", ""])
    assert same(a, b).matrix()[0, 0] == 1
    codes_a, codes_b, k = align(a, b)
    assert np.array_equal(np.equal.outer(codes_a, codes_b)[:3, :3], np.diag([True, False, True]))
    assert k == 4
    assert codes_a[3] == codes_b[3] == -1


def test_numbers_match_by_their_value() -> None:
    assert same(number([-0.0, 3, 0.1 + 0.2]), number([0, 3.0, 0.3])).matrix().tolist() == np.eye(3).tolist()


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=6), st.lists(st.integers(-3, 3), max_size=6))
def test_numbers_keep_their_sign_and_the_words_of_a_scale_match_as_labels(a: list[int | None], b: list[int]) -> None:
    values = number([np.nan if x is None else x for x in a]), number(b)
    codes = align(*values)[:2]
    expected = np.array([[x == y for y in b] for x in a], bool).reshape(len(a), len(b))
    assert np.array_equal(np.equal.outer(*codes), expected)
    words = [f"Level-{'abcdefg'[k]}" for k in range(7)]
    scale = Number(values[0].values + 3, tuple(words))
    labels = category([words[k + 3].replace("-", " ").upper() for k in b])
    assert np.array_equal(np.equal.outer(*align(scale, labels)[:2]), expected)


@given(st.lists(st.one_of(st.none(), st.sampled_from((-1.0, 0.0, 2.5))), max_size=6))
def test_whoever_names_no_number_has_no_item(a: list[float | None]) -> None:
    items = as_items(number([np.nan if x is None else x for x in a]))
    assert [[str(items.keys[k]) for k in row] for row in np.split(items.ids, items.start[1:-1])][: len(a)] == [
        [] if x is None else [f"{x:.15g}"] for x in a
    ]


def test_sets_are_the_same_where_all_their_items_are() -> None:
    """Whatever the order of the vocabulary, the spelling and the levels."""
    one = Items(
        np.array([0, 2, 3]), np.array([0, 1, 0]), np.array([3, 0, 0], np.int8),
        np.array(["French", "German"], object), np.array(["french", "german"], object),
    )  # fmt: skip
    two = Items(
        np.array([0, 2, 2]), np.array([0, 1]), np.array([0, 4], np.int8),
        np.array(["GERMAN", "FRENCH"], object), np.array(["german", "french"], object),
    )  # fmt: skip
    assert same(one, two).matrix()[:, 0].tolist() == [1.0, 0.0]
    assert align(one, two)[1][1] == -1


def test_a_category_is_covered_like_a_set_of_one() -> None:
    a, b = category(["IT", "Legal", ""]), category(["it", "", "Sales"])
    assert as_items(a).counts.tolist() == [1, 1, 0]
    assert covers(a, b).matrix().tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


@given(SEEDS, st.integers(1, 4), st.integers(1, 4), st.integers(0, 5), st.integers(0, 5))
def test_table_looks_every_pair_up(seed: int, rows: int, columns: int, m: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    words = [[f"w{k}" for k in range(size)] for size in (rows, columns)]
    values = draw.random((rows, columns))
    a, b = ([*draw.choice([*w, ""], size)] for w, size in zip(words, (m, n), strict=True))
    expected = [[values[words[0].index(x), words[1].index(y)] if x and y else 0.0 for y in b] for x in a]
    found = table(category(a), category(b), values, *words).matrix()
    assert np.array_equal(found, np.array(expected).reshape(m, n))


@pytest.mark.parametrize("brick", [same, differs], ids=lambda b: b.__name__)
def test_silence_takes_the_mean_of_all_answered_pairs(brick: object) -> None:
    a, b = category(["x", "y", "", "x"]), category(["x", "", "z"])
    full = brick(a, b).matrix()  # type: ignore[operator]
    mean = Fraction(int(full[[0, 1, 3]][:, [0, 2]].sum()), 6)
    assert np.allclose(full[2], float(mean))
    assert np.allclose(full[:, 1], float(mean))


def test_nobody_at_all_is_no_trouble() -> None:
    empty = Category(np.zeros(0, np.int64), np.zeros(0, object))
    for brick in (same, differs, covers):
        assert points_of(brick(empty, category(["x"]))).shape == (0, 1)
    assert points_of(closeness(number([]), number([1.0]))).shape == (0, 1)


@given(crowds(kinds=(COARSE,)))
def test_a_column_with_one_answer_makes_everybody_alike(crowd: Crowd) -> None:
    mentors, mentees = crowd.tables()
    assert np.all(points_of(same(mentors["department"], mentees["department"])) == SCALE)
