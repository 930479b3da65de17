"""Laws of the check's own arithmetic, at the numbers where it turns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import rmatch
from rmatch.columns import BoolArray, IntArray
from rmatch.criteria import Skills
from rmatch.factors import SCALE
from rmatch.limits import Lock, Share
from rmatch.objectives import MostPairs, Total
from rmatch.proof import verify as room
from rmatch.proof.certificate import Certificate
from rmatch.proof.verify import Verification


def certificate(**claims: Any) -> Certificate:
    """One mentor and one mentee, and nothing claimed but what is given."""
    nothing: dict[str, Any] = {
        "mentor_prices": np.zeros(1, np.int64), "mentee_prices": np.zeros(1, np.int64), "no_mentee": 0, "no_mentor": 0,
        "pairs": 0, "cover": None, "total": 0, "bound": 0,
    }  # fmt: skip
    return Certificate(**(nothing | claims))


def capacity(places: int) -> tuple[IntArray, IntArray]:
    return np.array([places]), np.array([0])


@pytest.mark.parametrize("where", ["mentor_prices", "mentee_prices", "no_mentee", "no_mentor"])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("largest", "places", "exact"),
    [((1 << 50) - 1, 0, True), (1 << 50, 0, False), ((1 << 50) - 1, 1022, True), ((1 << 50) - 1, 1024, False),
     (1 << 40, (1 << 20) - 2, True), (1 << 40, (1 << 20) - 1, False), (0, 1 << 40, True)],
)  # fmt: skip
def test_prices_are_added_up_only_where_no_sum_can_leave_int64(
    where: str, sign: int, largest: int, places: int, exact: bool
) -> None:
    """Each below 2**50, and four times the largest for every place and one more below 2**62."""
    price = sign * largest
    claim = np.array([price]) if where.endswith("prices") else price
    assert room._exact(certificate(**{where: claim}), capacity(places)) == exact


@given(st.integers(-2, 2), st.integers(-2, 2), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_a_free_number_of_pairs_has_a_price_only_at_its_ends(x: int, y: int, pairs: int, a: int, b: int) -> None:
    """Above nothing where the smaller side is full, below where there is no pair."""
    claimed = certificate(no_mentee=x, no_mentor=y, pairs=pairs)
    fits = x + y == 0 or (x + y > 0 and pairs == min(a, b)) or (x + y < 0 and pairs == 0)
    assert room._free_number_fits(claimed, (np.array([a]), np.array([b]))) == fits


@dataclass
class Many:
    """So many people that not all pairs fit into one block; only one pair may be."""

    shape: tuple[int, int]
    may: tuple[int, int] | None = None
    blocks: list[int] = field(default_factory=list)

    def eligible(self, i: IntArray, j: IntArray) -> BoolArray:
        self.blocks.append(len(i))
        return np.zeros(len(i), bool) if self.may is None else (i == self.may[0]) & (j == self.may[1])

    @property
    def mentors(self) -> Any:
        return self

    mentees = mentors

    @property
    def ids(self) -> range:
        return range(max(self.shape))


def uncovered(model: Many, i: IntArray, j: IntArray) -> list[str]:
    """What the check says where nobody is covered."""
    m, n = model.shape
    none = np.zeros(m, bool), np.zeros(n, bool)
    places = np.ones(m, np.int64), np.ones(n, np.int64)
    claimed = certificate(pairs=len(i), cover=none)
    return list(room._cover(model, i, j, np.sort(i * n + j), claimed, places, True))  # type: ignore[arg-type]


@pytest.mark.parametrize("mentor", [None, 0, 1, 2])
def test_every_pair_that_nobody_covers_is_looked_at_a_block_at_a_time(mentor: int | None) -> None:
    model = Many((3, 1_500_000), None if mentor is None else (mentor, 1_234_567))
    told = uncovered(model, np.array([1]), np.array([5]))
    assert max(model.blocks) <= 1 << 22
    if mentor is None:
        assert told == []
        assert sum(model.blocks) == 3 * 1_500_000 - 1, "the chosen pair is settled"
    else:
        assert told == [f"the eligible pair ({mentor}, 1234567) is not covered, so there could be more pairs"]
    assert uncovered(Many((3, 4), (1, 3)), np.array([1]), np.array([3])) == []


@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_a_cover_must_add_up_to_the_pairs(seed: int, m: int, n: int) -> None:
    """The places of the covered, and each chosen pair that nobody covers."""
    draw = np.random.default_rng(seed)
    cover = draw.random(m) < 0.5, draw.random(n) < 0.5
    places = draw.integers(0, 4, m), draw.integers(0, 4, n)
    i, j = np.nonzero(draw.random((m, n)) < 0.4)
    most = int(places[0][cover[0]].sum() + places[1][cover[1]].sum() + (~cover[0][i] & ~cover[1][j]).sum())
    for claimed in (most, most + 1, most - 1):
        said = list(
            room._cover(Many((m, n)), i, j, i * n + j, certificate(pairs=claimed, cover=cover), places, True)  # type: ignore[arg-type]
        )
        assert said == ([] if claimed == most else [f"the cover allows {most} pairs, the plan has {claimed}"])


def test_what_was_checked_is_said_and_what_was_not() -> None:
    fine = Verification((), ("rules", "bound"), True)
    assert str(fine) == "Verified against the people: rules, bound."
    assert str(Verification((), ("total",), False)) == (
        "Verified in itself only; give the workforce to check rules and scores: total."
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
    return room.verify(made.model, **(claims | changed)).problems


def test_five_of_very_many_mistakes_are_shown() -> None:
    made = matching()
    i, j = made.chosen
    twice = {"points": np.tile(made.points, 2), "parts": np.tile(made.parts, 2)}
    told = told_of(made, pairs=(np.tile(i, 2), np.tile(j, 2)), **twice)
    assert len(i) > 5
    assert sum("is made 2 times" in line for line in told) == 5
    assert sum("has 2 pairs; allowed are 0 to 1" in line for line in told) == 10
    assert sum("or by other parts" in line for line in told_of(made, points=made.points + 1)) == 5
    names = {f"({made.model.mentors.ids[a]}, {made.model.mentees.ids[b]})" for a, b in zip(i, j, strict=True)}
    assert all(any(name in line for name in names) for line in told if "is made" in line)


def test_a_bound_needs_prices_that_no_pair_beats_above_the_floor_as_well() -> None:
    """A certificate whose prices of one person are a point too low, made up for elsewhere, is refused by its pairs."""
    for objectives in ((Total(),), (Total(floor=0.3),)):
        made = matching(objectives=objectives)
        assert told_of(made) == ()
        proof = made.certificate
        x, y = proof.mentor_prices, proof.mentee_prices
        worth = made.model.points(*np.indices(made.model.shape).reshape(2, -1)).reshape(made.model.shape)
        open_ = np.ones(made.model.shape, bool)
        open_[made.chosen] = False
        slack = np.where(open_, x[:, None] + y - (worth - made.model.floor), 1 << 40)
        assert slack.min() >= 0
        for person in np.flatnonzero(slack.min(1) == 0)[:3]:
            lower = x.copy()
            lower[person] -= 1
            told = room._beaten_prices(
                made.model,
                room._settled(made.model, *made.chosen),
                certificate(mentor_prices=lower, mentee_prices=y),
            )
            lines = list(told)
            assert 1 <= len(lines) <= 5
            assert all(f"({made.model.mentors.ids[person]}, " in line for line in lines)
            beaten = {str(made.model.mentees.ids[k]) for k in np.flatnonzero(slack[person] == 0)}
            assert all(any(f", {name})" in line for name in beaten) for line in lines)


# ---------------------------------------------------------------- what the certificate claims


def locked(floor: float) -> rmatch.Matching:
    """A plan with a locked pair, and not the one that it would have anyway."""
    made = matching(objectives=(Total(floor=floor),))
    pair = made.pair_ids[0][0], made.pair_ids[1][1]
    return matching(objectives=(Total(floor=floor),), limits=(Lock((pair,)),))


@pytest.mark.parametrize("floor", [0.0, 0.3])
def test_locked_pairs_stand_aside_and_what_they_are_worth_counts(floor: float) -> None:
    made = locked(floor)
    proof = made.certificate
    assert told_of(made) == ()
    assert proof.pairs == len(made.points) - 1, "the certificate is for those that are free"
    worth = int((made.points - made.model.floor).sum())
    assert worth == proof.total == proof.bound
    more = replace(proof, total=worth + SCALE)
    assert told_of(made, certificate=more, proved=False) == (
        f"the pairs add up to {worth / SCALE:.6f}, not {worth / SCALE + 1:.6f}",
    )
    assert told_of(made, certificate=replace(proof, pairs=len(made.points))) == (
        f"the certificate is for {len(made.points)} pairs, the plan has {len(made.points) - 1}",
    )


def test_a_bound_is_what_the_prices_say_and_told_in_scores() -> None:
    made = locked(0.3)
    proof = made.certificate
    high = replace(proof, bound=proof.bound + 3 * SCALE)
    wrong = f"the prices prove {proof.bound / SCALE:.6f}, not the bound {proof.bound / SCALE + 3:.6f}"
    assert told_of(made, certificate=high, proved=False) == (wrong,)
    assert told_of(made, certificate=high) == (
        wrong, "a gap of 3.000000 is left, so the plan is not proved best",
    )  # fmt: skip


def test_what_is_proved_is_said_in_words() -> None:
    made = matching()

    def said(**changed: Any) -> str:
        claims: dict[str, Any] = {"certificate": made.certificate, "proved": True}
        return str(room.verify(made.model, made.chosen, made.points, made.parts, **(claims | changed)))

    assert said().endswith("rules, limits, scores, total, bound over all pairs.")
    assert said(proved=False).endswith("rules, limits, scores, total, bound.")
    assert "no prices are kept" in said(certificate=replace(made.certificate, sealed=True))


def staged() -> rmatch.Matching:
    return matching(limits=(Share("department", least=0.5),), objectives=(MostPairs(), Total()))


def test_objectives_in_order_need_their_proofs_and_the_total_is_that_of_the_last() -> None:
    made = staged()
    proof, last = made.certificate, made.certificate.stages[-1]
    assert told_of(made) == ()
    assert (last.value, last.bound) == (proof.total, proof.bound)
    assert told_of(made, certificate=replace(proof, stages=())) == (
        "the program has limits or objectives of which the certificate says nothing",
    )
    other = "the total and its bound are not those of the proofs"
    assert other in told_of(made, certificate=replace(proof, stages=proof.stages[:1]))
    for claimed in (
        replace(proof, bound=proof.bound + 1),
        replace(proof, stages=(*proof.stages[:-1], replace(last, bound=last.bound + 1))),
        replace(proof, stages=(*proof.stages[:-1], replace(last, value=last.value - 1))),
    ):
        assert other in told_of(made, certificate=claimed, proved=False)
    dear = replace(proof.stages[0], bound=proof.stages[0].bound + 1)
    assert any("a gap of 1 is left" in line for line in told_of(made, certificate=replace(proof, stages=(dear, last))))
    free = replace(last, mentor_prices=0 * last.mentor_prices)
    assert any("the prices prove" in line for line in told_of(made, certificate=replace(proof, stages=(dear, free))))


def test_without_prices_the_number_of_pairs_alone_is_proved_where_it_comes_first() -> None:
    """Beside limits and other objectives, not even that."""
    for made in (staged(), matching(objectives=(Total(),))):
        sealed = replace(made.certificate, sealed=True, cover=None)
        assert told_of(made, certificate=sealed) == ()
    made = matching()
    assert told_of(made, certificate=replace(made.certificate, sealed=True)) == ()
    assert told_of(made, certificate=replace(made.certificate, sealed=True, cover=None)) == (
        "the plan should have the most pairs, but nothing proves their number",
    )
