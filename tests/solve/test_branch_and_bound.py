"""Problems solved on their rows alone: right values, proofs that a plain check takes, and no tampering unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from rowsmilp import oracle, problem, problems
from strategies import SEEDS
from treepeople import instance, people

from rmatch._util.deadline import limited
from rmatch.errors import SolverError
from rmatch.factors import SCALE
from rmatch.objectives import LeastLoad, MostPairs, Stability, Total, WorstPair
from rmatch.proof.certificate import StageProof
from rmatch.proof.tree import Leaf, Split, Tree
from rmatch.rows import Part, Row
from rmatch.solve.branch_and_bound import ImpossibleError, Instance, solve

pytestmark = pytest.mark.slow


def made(
    points: np.ndarray, rows: tuple[Row, ...], objectives: tuple[object, ...] = (MostPairs(), Total()), most: int = 1
) -> Instance:
    """An instance of these scores, everybody eligible, with room for ``most`` pairs each."""
    m, n = points.shape
    who = people(np.random.default_rng(0), m, n, np.ones((m, n), bool), isinstance(objectives[0], MostPairs))
    room = np.full(m, most), np.full(n, most)
    none = np.zeros(m, np.int64), np.zeros(n, np.int64)
    some = np.ones(m, np.int64), np.ones(n, np.int64)
    return Instance(who, rows, objectives, room, none, some, points.astype(np.int64), np.ones((m, n), bool))  # type: ignore[arg-type]


def check(given: Instance) -> tuple[StageProof, ...] | None:
    """Solve, and hold values and proofs against the oracle and the plain check; None where no plan keeps the rows."""
    wanted = oracle(given)
    if wanted is None:
        with pytest.raises(ImpossibleError) as told:
            solve(given)
        assert problem(given, None, [], told.value.proof) is None
        return None
    answer = solve(given)
    assert [(proof.value, proof.gap) for proof in answer.stages] == [(value, 0) for value in wanted]
    assert problems(given, answer.stages) == []
    return answer.stages


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_every_value_is_the_oracles_and_every_proof_is_taken(seed: int) -> None:
    check(instance(seed, 6))


# ---------------------------------------------------------------- tampering


def tree_of(seed: int) -> tuple[Instance, tuple[StageProof, ...], int] | None:
    """An instance whose last proof needed several cases, with the place of that proof."""
    draw = np.random.default_rng(seed)
    m = int(draw.integers(5, 9))
    grids = [draw.random((m, m)) < 0.4 for _ in range(3)]
    rows = tuple(
        Row(f"row {k}", (Part(3, pairs=lambda i, j, grid=grid: grid[i, j]), Part(-1)), 0)
        for k, grid in enumerate(grids)
    )
    given = made(draw.integers(0, SCALE, (m, m)), rows)
    try:
        proofs = solve(given).stages
    except ImpossibleError:
        return None
    return next(((given, proofs, k) for k, p in enumerate(proofs) if p.tree and p.tree.leaves > 1), None)


def changed(proof: StageProof, by: int) -> Iterator[StageProof]:
    """The proof with one number changed: each price, each multiplier, and each number in the tree."""
    for name in ("mentor_prices", "mentee_prices"):
        for k in range(len(getattr(proof, name))):
            yield replace(proof, **{name: _added(getattr(proof, name), k, by)})
    for name, numbers in proof.multipliers.items():
        yield replace(proof, multipliers={**proof.multipliers, name: _added(numbers, 0, by)})
    yield replace(proof, scale=proof.scale + by)
    yield replace(proof, bound=proof.bound + by)
    yield replace(proof, tree=None)
    nodes = () if proof.tree is None else proof.tree.nodes
    for k, node in enumerate(nodes):
        for other in _nodes(node, by):
            yield replace(proof, tree=Tree((*nodes[:k], other, *nodes[k + 1 :])))
        yield replace(proof, tree=Tree((*nodes[:k], *nodes[k + 1 :])))
        yield replace(proof, tree=Tree((*nodes[:k], node, *nodes[k:])))


def _nodes(node: Split | Leaf, by: int) -> Iterator[Split | Leaf]:
    if isinstance(node, Leaf):
        yield replace(node, bits=node.bits + by)
        for k in range(len(node.at)):
            yield replace(node, at=_added(node.at, k, by))
            yield replace(node, by=_added(node.by, k, by))
        return
    for k in range(len(node.numbers)):
        yield replace(node, numbers=(*node.numbers[:k], node.numbers[k] + by, *node.numbers[k + 1 :]))
    for k in range(len(node.others)):
        yield replace(node, others=(*node.others[:k], node.others[k] + by, *node.others[k + 1 :]))
    yield replace(node, kind="total" if node.kind != "total" else "pair")


def _added(numbers: np.ndarray, k: int, by: int) -> np.ndarray:
    other = numbers.copy()
    other[k] += by
    return other


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_number_changed_is_refused_or_the_bound_is_still_true(seed: int) -> None:
    found = tree_of(seed)
    if found is None:
        return
    given, proofs, place = found
    best = oracle(given)
    assert best is not None
    earlier = list(zip(given.objectives[:place], proofs[:place], strict=True))
    for by in (1, -1, 1 << 20, -(1 << 20), 1 << 61):
        for other in changed(proofs[place], by):
            if problem(given, given.objectives[place], earlier, other) is None:
                assert other.bound >= best[place]


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_no_bound_below_the_optimum_is_taken(seed: int) -> None:
    found = tree_of(seed)
    if found is None:
        return
    given, proofs, place = found
    earlier = list(zip(given.objectives[:place], proofs[:place], strict=True))
    for less in (1, 2, 100, SCALE):
        lower = replace(proofs[place], bound=proofs[place].bound - less)
        assert problem(given, given.objectives[place], earlier, lower) is not None


# ---------------------------------------------------------------- the tree in plain data


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_tree_comes_back_from_plain_data(seed: int) -> None:
    found = tree_of(seed)
    if found is None:
        return
    given, proofs, place = found
    tree = proofs[place].tree
    assert tree is not None
    again = Tree.from_plain(tree.to_plain())
    assert again.to_plain() == tree.to_plain()
    earlier = list(zip(given.objectives[:place], proofs[:place], strict=True))
    assert problem(given, given.objectives[place], earlier, replace(proofs[place], tree=again)) is None


@pytest.mark.parametrize(
    "plain",
    [
        {},
        [1],
        [[]],
        [["pair", [1]]],
        [["nobody", [1], []]],
        [[0, [1], []]],
        [[0, [1.0], [1]]],
        [[True, [], []]],
        [["total", [1 << 62], []]],
        [["total", "1", []]],
    ],
)
def test_what_is_no_tree_is_refused(plain: object) -> None:
    with pytest.raises(ValueError, match="proof tree"):
        Tree.from_plain(plain)


# ---------------------------------------------------------------- known answers


def test_a_group_that_others_fill_keeps_its_own_most() -> None:
    """A site of two teams, at least one pair of the site and at most two of each team: four pairs, not two."""
    site = np.arange(4)
    rows = (
        Row("site", (Part(mentors=site),), 1),
        Row("team a", (Part(mentors=site[:2]),), None, 2),
        Row("team b", (Part(mentors=site[2:]),), None, 2),
    )
    proofs = check(made(np.full((4, 4), SCALE // 2), rows))
    assert proofs is not None
    assert proofs[0].value == 4


def test_what_cannot_be_is_proved() -> None:
    """Of three pairs exactly one of every two: a half of each would do, but no whole ones."""
    ring = [np.array([[0, 0], [1, 1]]), np.array([[1, 1], [2, 2]]), np.array([[0, 0], [2, 2]])]
    rows = tuple(
        Row(f"two {k}", (Part(pairs=lambda i, j, grid=g: sum((i == a) & (j == b) for a, b in grid)),), 1, 1)
        for k, g in enumerate(ring)
    )
    with pytest.raises(ImpossibleError) as told:
        solve(made(np.full((3, 3), SCALE // 2), rows))
    given = made(np.full((3, 3), SCALE // 2), rows)
    assert told.value.proof.tree is not None
    assert problem(given, None, [], told.value.proof) is None


def test_the_worst_pair_is_no_better_than_a_locked_one() -> None:
    points = np.array([[1, 9, 9], [9, 5, 8], [9, 8, 5]]) * (SCALE // 10)
    lock = Row("lock", (Part(1, np.array([0]), np.array([0])),), 1, 1)
    proofs = check(made(points, (lock,), (MostPairs(), WorstPair(), Total())))
    assert proofs is not None
    assert proofs[1].value == SCALE // 10
    proofs = check(made(points, (), (MostPairs(), WorstPair(), Total())))
    assert proofs is not None
    assert proofs[1].value == 8 * (SCALE // 10)


def test_loads_and_earlier_pairs_come_in_their_order() -> None:
    draw = np.random.default_rng(5)
    keep = Stability(tuple((f"a{k}", f"b{k}") for k in range(3)))
    half = Row("half", (Part(2, pairs=lambda i, j: (i + j) % 2 == 0), Part(-1)), 0)
    for objectives in (
        (MostPairs(), LeastLoad(), keep, Total()),
        (MostPairs(), Total(), LeastLoad()),
        (Total(0.4), LeastLoad()),
    ):
        assert check(made(draw.integers(0, SCALE, (4, 5)), (half,), objectives, most=3)) is not None


def test_the_same_instance_gives_the_same_numbers() -> None:
    for seed in range(20):
        given = tree_of(seed)
        again = tree_of(seed)
        if given is None or again is None:
            continue
        for one, other in zip(given[1], again[1], strict=True):
            assert (one.value, one.bound, one.scale) == (other.value, other.bound, other.scale)
            assert one.mentor_prices.tolist() == other.mentor_prices.tolist()
            assert one.tree is None or other.tree is None or one.tree.to_plain() == other.tree.to_plain()


@pytest.mark.parametrize("nodes", [0, 1, 3])
def test_few_cases_leave_a_true_bound(nodes: int) -> None:
    for seed in range(12):
        found = tree_of(seed)
        if found is None:
            continue
        best = oracle(found[0])
        assert best is not None
        try:
            answer = solve(found[0], nodes=nodes)
        except SolverError:
            continue
        assert problems(found[0], answer.stages) == []
        for proof, value in zip(answer.stages, best, strict=True):
            assert proof.value <= value <= proof.bound


def test_without_time_no_plan_is_claimed() -> None:
    given = made(np.random.default_rng(0).integers(0, SCALE, (6, 6)), ())
    with limited(0.0), pytest.raises(SolverError, match="none is proved to be impossible"):
        solve(given)


def test_without_time_a_plan_that_is_known_has_true_bounds() -> None:
    given = made(np.random.default_rng(0).integers(0, SCALE, (6, 6)), ())
    best = oracle(given)
    assert best is not None
    known = np.arange(6), np.arange(6)
    with limited(0.0):
        answer = solve(given, plan=known)
    assert problems(given, answer.stages) == []
    assert [proof.bound >= value for proof, value in zip(answer.stages, best, strict=True)] == [True, True]
