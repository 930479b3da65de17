"""Limits and objectives through the whole house: solved, shown, written, read back, checked, and tampered with."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rmatch.proof.kept import broken_limits, reached

import rmatch
from rmatch import limits, objectives
from rmatch.criteria import Difference, PairScores, Skills
from rmatch.loop import spread


def people(seed: int = 5, mentors: int = 22, mentees: int = 20) -> pd.DataFrame:
    frame = rmatch.datasets.workforce(mentors, mentees, seed=seed).assign(manager_id="")
    return frame.assign(capacity=np.where(np.arange(len(frame)) % 3, "1", "2"))


MENTOR, MENTEE = (people().query("role == @role")["employee_id"].iloc[2] for role in ("mentor", "mentee"))
ORDER = (
    objectives.MostPairs(),
    objectives.Priority(mentors=(MENTOR,)),
    objectives.WorstPair(),
    objectives.Bands((0.5,)),
    objectives.LeastLoad(),
    objectives.Stability(((MENTOR, MENTEE),)),
    objectives.Total(),
)


def program(*wished: limits.Limit, order: tuple[objectives.Objective, ...] = ORDER) -> rmatch.Program:
    criteria = Skills(0.7), Difference(0.3, column="location")
    return rmatch.Program(criteria=criteria, rules=(), limits=wished, objectives=order)


def matched(frame: pd.DataFrame, wished: rmatch.Program, **settings: Any) -> rmatch.Matching:
    return rmatch.match(rmatch.from_frame(frame), wished, **settings)


EVERY = (
    limits.TotalPairs(most=14),
    limits.Group("mentee", "location", most=5),
    limits.Spread("mentor", "department", most=1),
    limits.Share("department", least=0.5),
)
WISHES = {
    "total and groups": (limits.TotalPairs(most=12, least=3), limits.Group("mentor", "department", most=4)),
    "kinds": (limits.Spread("mentee", "department", most=1), limits.Spread("mentor", "location", most=1)),
    "a share": (limits.Share("location", differ=False, least=0.2),),
    "all": EVERY,
}


def wished_for(kind: str) -> rmatch.Program:
    """A share beside many objectives takes an integer program for each of them; two are enough here."""
    return program(*WISHES[kind], order=(ORDER[0], ORDER[-1]) if kind == "a share" else ORDER)


@pytest.mark.parametrize("kind", WISHES)
def test_a_plan_with_limits_is_written_read_back_and_verifies(kind: str, tmp_path: Path) -> None:
    roster = rmatch.from_frame(people())
    matching = rmatch.match(roster, wished_for(kind))
    assert matching.verify()
    matching.save(tmp_path / "plan.json")
    again, alone = rmatch.load(tmp_path / "plan.json", roster), rmatch.load(tmp_path / "plan.json")
    for other in (again, alone):
        assert other.to_json() == matching.to_json()
        assert other.verify(roster)
    assert again.verify()
    assert alone.verify()
    assert again.reached.equals(matching.reached)
    assert again.summary() == matching.summary()
    assert "objectives proved" in again.certificate._repr_html_()
    with pytest.raises(rmatch.RmatchError, match="roster="):
        _ = alone.stages


@pytest.mark.parametrize("kind", WISHES)
def test_order_executor_and_tiles_change_no_byte(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, wished = people(), wished_for(kind)
    first = matched(frame, wished).to_json()
    assert matched(frame.sample(frac=1, random_state=3), wished).to_json() == first
    with ThreadPoolExecutor(2) as executor:
        assert matched(frame, wished, executor=executor).to_json() == first
    monkeypatch.setattr(spread, "THREADS", 1)
    monkeypatch.setattr("rmatch.loop.kernel.ROWS", 7)
    monkeypatch.setattr("rmatch.loop.kernel.COLUMNS", 5)
    assert matched(frame, wished).to_json() == first


def test_the_report_and_the_accounts_tell_what_each_limit_comes_to() -> None:
    matching = matched(people(), program(*EVERY))
    told = reached(matching.model, *matching.chosen)
    count = len(matching.points)
    assert told["at most 14 pairs in all"] == f"{count} pairs"
    assert told["each mentor has at most 1 pair with mentees of each department"] == "1 at most"
    departments = matching.pairs[["mentor_department", "mentee_department"]]
    known = (departments != "").all(axis=1)
    differing = (known & (departments["mentor_department"] != departments["mentee_department"])).sum()
    assert told["at least 50 % of the pairs differ in department"].endswith(f"({differing} of {count})")
    sites = matching.pairs["mentee_location"].value_counts()
    assert told["at most 5 pairs of mentees of each location"].endswith(f"to {sites.max()}")
    if count == 14:
        assert set(matching.unmatched["reason"]) <= {"LIMIT_REACHED", "NO_ELIGIBLE_PARTNER"}
        assert matching.unmatched["detail"].str.contains("14 pairs at most").any()
    one = limits.Group("mentee", "location", sorted(sites.index)[0], most=5)
    earlier = tuple(matching.pair_ids[:3])
    alone = matched(people(), program(one, limits.Changes(earlier, 1)))
    said = reached(alone.model, *alone.chosen)
    assert said[one.in_words()] == str(int((alone.pairs["mentee_location"] == one.value).sum()))
    given_up = len({*earlier} - alone.named)
    assert said["at most 1 of 3 earlier pairs given up"] == f"{given_up} given up"


def test_a_share_of_no_pairs_is_no_figure() -> None:
    wished = program(limits.Share("department", differ=False, least=1.0), limits.TotalPairs(most=0))
    matching = matched(people(), wished)
    assert not len(matching.points)
    assert "no pairs" in reached(matching.model, *matching.chosen).values()


Tamper = Callable[[dict[str, Any]], None]


def _rename(stage: dict[str, Any]) -> None:
    prices = stage["mentor_prices"]
    prices["somebody"] = prices.pop(next(iter(prices)))


def _charge(who: str, kind: int, toll: int) -> Tamper:
    return lambda stage: stage.update(mentor_tolls=[*stage["mentor_tolls"], [who, kind, toll]])


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (_rename, "other people"),
        (lambda stage: stage["mentor_prices"].update({next(iter(stage["mentor_prices"])): 1 << 51}), "too large"),
        (lambda stage: stage.update(mentor_grounds=[*stage["mentor_grounds"], 0]), "other people or groups"),
        (lambda stage: stage.update(span=[0, 99]), ""),
        (lambda stage: stage["multipliers"].update(nonsense=3), "no limit and no earlier objective"),
        (_charge("somebody", 0, 5), "tolls are for other people"),
        (_charge(MENTOR, 99, 5), "tolls are for other people"),
        (lambda stage: stage.update(mentee_tolls=[[MENTEE, 0, 5]]), "tolls are for other people"),
        (lambda stage: stage.update(least_points=1 << 19), ""),
        (
            lambda stage: stage.update(mentor_prices=dict.fromkeys(stage["mentor_prices"], -(1 << 21))),
            "the prices prove",
        ),
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_a_proof_that_was_tampered_with_in_the_file_does_not_verify(
    tamper: Tamper, words: str, last: bool, tmp_path: Path
) -> None:
    roster = rmatch.from_frame(people())
    rmatch.match(roster, program(*EVERY)).save(tmp_path / "plan.json")
    record = json.loads((tmp_path / "plan.json").read_text())
    tamper(record["certificate"]["stages"][-1 if last else 0])
    (tmp_path / "plan.json").write_text(json.dumps(record))
    result = rmatch.load(tmp_path / "plan.json").verify(roster)
    assert not result
    assert words in str(result)


def test_limits_hold_where_sensitive_columns_choose_with_whom() -> None:
    frame = people()
    frame = frame.assign(background=[("a", "b", "", "c")[k % 4] for k in range(len(frame))], told="yes")
    apart = {"use": "score", "sensitive": True, "consent": "told", "purpose": "agreed"}
    plain = program(*EVERY, order=(objectives.MostPairs(), objectives.LeastLoad(), objectives.Total()))
    wished = rmatch.Program(
        columns={"background": apart},  # type: ignore[dict-item]
        criteria=(*plain.criteria, Difference(0.5, column="background")),
        rules=(),
        limits=plain.limits,
        objectives=plain.objectives,
    )
    matching = rmatch.match(rmatch.from_frame(frame, program=wished), wished)
    assert matching.verify()
    turned = frame.assign(background=frame["background"].to_numpy()[::-1])
    other = rmatch.match(rmatch.from_frame(turned, program=wished), wished)
    for side in (0, 1):
        places = [sorted(pair[side] for pair in plan.pair_ids) for plan in (matching, other)]
        assert places[0] == places[1]
    figures = reached(matching.model, *matching.chosen)
    assert all(figures.values())


def test_scores_of_somebody_else_are_kept_by_objectives_and_limits() -> None:
    frame = people()
    ids = [sorted(frame["employee_id"][frame["role"] == role]) for role in ("mentor", "mentee")]
    scores = pd.DataFrame(np.random.default_rng(0).random((len(ids[0]), len(ids[1]))), *ids)
    wished = rmatch.Program(
        criteria=(PairScores(frame=scores),),
        rules=(),
        limits=(limits.Share("department", least=0.6),),
        objectives=(objectives.MostPairs(), objectives.Stability(((MENTOR, MENTEE),)), objectives.Total()),
    )
    matching = matched(frame, wished)
    assert matching.verify()
    assert (MENTOR, MENTEE) in matching.named


def test_a_plan_that_breaks_a_limit_is_told_which_and_by_how_much() -> None:
    whole = matched(people(), program(order=(objectives.MostPairs(), objectives.Total())))
    model, (i, j) = whole.model, whole.chosen
    site = whole.pairs["mentee_location"].iloc[0]
    wished = (
        limits.Group("mentee", "location", site, least=1),
        limits.Changes(tuple(whole.pair_ids), 2),
        limits.TotalPairs(least=1),
    )
    strict = replace(model, program=model.program.model_copy(update={"limits": wished}))
    assert not list(broken_limits(strict, i, j))
    none = np.zeros(0, np.int64)
    told = "; ".join(broken_limits(strict, none, none))
    assert "there are 0 pairs" in told or "there are 0" in told
    assert f"{len(i)} earlier pairs are given up, and 2 is the most" in told
    assert "1 is the least" in told


def test_a_bound_below_the_value_and_prices_that_many_pairs_beat_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    matching = matched(people(), program(*EVERY))
    stages = matching.certificate.stages
    low = replace(matching.certificate, stages=(replace(stages[0], bound=stages[0].value - 1), *stages[1:]))
    assert "the bound lies below the value" in str(replace(matching, certificate=low).verify())
    place = next(k for k, stage in enumerate(stages) if stage.name == "worst_pair")
    dear = replace(stages[place], mentor_prices=stages[place].mentor_prices + (1 << 22))
    worst = replace(matching.certificate, stages=(*stages[:place], dear, *stages[place + 1 :]))
    assert "nothing shows that no plan has a better worst pair" in str(replace(matching, certificate=worst).verify())
    monkeypatch.setattr("rmatch.proof.stage_check._MOST", 3)
    cheap = replace(stages[-1], mentor_prices=stages[-1].mentor_prices - (1 << 20))
    many = replace(matching.certificate, stages=(*stages[:-1], cheap))
    assert "more than 3 pairs are worth more than their prices" in str(replace(matching, certificate=many).verify())


def test_why_not_under_limits_is_found_by_solving_again() -> None:
    matching = matched(people(), program(limits.TotalPairs(most=5), order=(objectives.MostPairs(), objectives.Total())))
    assert matching.residual is None
    mentor, mentee = matching.pair_ids[0][0], matching.pair_ids[1][1]
    told = matching.why_not(mentor, mentee)
    locked = matching.solve_again(limits=(*matching.program.limits, limits.Lock(((mentor, mentee),))))
    assert told.loss == (matching.certificate.total - locked.certificate.total) / (1 << 20)
    assert matching.named - {*told.displaced} | {*told.made} == locked.named
    full = matching.solve_again(limits=(*matching.program.limits, limits.Lock(tuple(matching.pair_ids))))
    outside = next(m for m in map(str, matching.model.mentors.ids) if m not in {a for a, _ in matching.named})
    assert full.why_not(outside, mentee).loss is None
    with pytest.raises(rmatch.RmatchError, match="roster="):
        replace(matching, again=None).why_not(mentor, mentee)
    with pytest.raises(rmatch.RmatchError, match="roster="):
        replace(matching, anew=None).recruit(people())
