"""A small minority and many who do not say: the same people get a place, with the sensitive criterion and without."""

from __future__ import annotations

import minority
import pytest
from places import DOCS

pytestmark = pytest.mark.slow

VISIBLE, UNLIKE, OPEN_UNLIKE, ALIKE, OPEN_ALIKE = minority.WAYS


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", [UNLIKE, ALIKE])
def test_the_same_people_are_matched_with_the_sensitive_criterion_and_without(way: str, seed: int) -> None:
    plain, second_stage_model = minority.matched(VISIBLE, seed).pairs, minority.matched(way, seed).pairs
    assert minority.rates(way, seed) == minority.rates(VISIBLE, seed)
    for side in ("mentor_id", "mentee_id"):
        assert set(second_stage_model[side]) == set(plain[side])
    assert set(zip(second_stage_model["mentor_id"], second_stage_model["mentee_id"], strict=True)) != set(
        zip(plain["mentor_id"], plain["mentee_id"], strict=True)
    )
    assert minority.matched(way, seed).verify()


@pytest.mark.parametrize("seed", range(3))
def test_it_moves_the_pairs_as_it_is_asked_to(seed: int) -> None:
    crossing = {way: minority.across(way, seed)[0] for way in minority.WAYS}
    assert crossing[ALIKE] < crossing[VISIBLE] < crossing[UNLIKE]


@pytest.mark.parametrize("seed", range(3))
def test_one_step_would_have_decided_who_takes_part(seed: int) -> None:
    def rate(way: str, group: str) -> float:
        placed, people = minority.rates(way, seed)[group]
        return placed / people

    assert rate(OPEN_UNLIKE, "minority") > 0.9 > 0.8 * rate(OPEN_UNLIKE, "minority") > rate(OPEN_UNLIKE, "majority")
    assert rate(OPEN_UNLIKE, "withheld") > rate(VISIBLE, "withheld")
    assert rate(OPEN_ALIKE, "majority") > rate(VISIBLE, "majority")


@pytest.mark.trials
def test_the_figures_of_the_document_are_those_of_the_simulation() -> None:
    text = (DOCS / "trust.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- minority:start -->\n")[2].partition("<!-- minority:end -->")[0]
    assert shown == minority.table()
