"""Limits and objectives through the whole house: solved, shown, written, read back, checked, and tampered with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tamperings import sign

import rmatch
from rmatch import limits, objectives
from rmatch.analysis.unmatched import reached
from rmatch.columns import fold
from rmatch.criteria import Difference, PairScores, Skills
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import broken_limits
from rmatch.solve.scan import executors


def people(seed: int = 5, mentors: int = 22, mentees: int = 20) -> pd.DataFrame:
    frame = rmatch.datasets.workforce(mentors, mentees, seed=seed).assign(manager_id="")
    return frame.assign(capacity=np.where(np.arange(len(frame)) % 3, "1", "2"))


MENTOR, MENTEE = (people().query("role == @role")["employee_id"].iloc[2] for role in ("mentor", "mentee"))
MENTORS = tuple(people().query("role == 'mentor'")["employee_id"])
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
    "spreads": (limits.Spread("mentor", "department"), limits.Spread("mentor", "location")),
    "all": EVERY,
}


def wished_for(kind: str) -> rmatch.Program:
    return program(*WISHES[kind])


@pytest.mark.slow
@pytest.mark.parametrize("kind", WISHES)
def test_a_plan_with_limits_is_written_read_back_and_verifies(kind: str, tmp_path: Path) -> None:
    roster = rmatch.from_frame(people())
    matching = rmatch.match(roster, wished_for(kind))
    assert matching.status is rmatch.Status.OPTIMAL
    assert matching.certificate.trusts == ()
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
    assert alone.reached.equals(matching.reached)
    assert alone.stages.equals(matching.stages.assign(cost="")), "what each cost the next needs the people"
    with pytest.raises(rmatch.RmatchError, match="roster="):
        alone.price_of("total")


@pytest.mark.slow
@pytest.mark.parametrize("kind", WISHES)
def test_order_executor_and_tiles_change_no_byte(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, wished = people(), wished_for(kind)
    first = matched(frame, wished).to_json()
    assert matched(frame.sample(frac=1, random_state=3), wished).to_json() == first
    with ThreadPoolExecutor(2) as executor:
        assert matched(frame, wished, executor=executor).to_json() == first
    monkeypatch.setattr(executors, "THREADS", 1)
    monkeypatch.setattr("rmatch.solve.scan.kernel.ROWS", 7)
    monkeypatch.setattr("rmatch.solve.scan.kernel.COLUMNS", 5)
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


def _weigh(name: str, multiplier: Any) -> Tamper:
    return lambda stage: stage["multipliers"].update({name: multiplier})


def _tree(*nodes: list[Any]) -> Tamper:
    """Prices that show nothing, and a tree that is to show everything."""
    return lambda stage: stage.update(mentor_prices={}, mentee_prices={}, multipliers={}, tree=[*nodes])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (lambda stage: stage["mentor_prices"].update(somebody=5), "a price of 'somebody', who is not here"),
        (lambda stage: stage["mentee_prices"].update(somebody=0), "a price of 'somebody', who is not here"),
        (lambda stage: stage["mentor_prices"].update({MENTOR: 1 << 199}), "the prices prove"),
        (lambda stage: stage["mentor_prices"].update({MENTOR: -(1 << 90)}), "the prices prove"),
        (lambda stage: stage["mentor_prices"].update(dict.fromkeys(MENTORS, -(1 << 21))), "the prices prove"),
        (lambda stage: stage.update(mentor_prices={}, mentee_prices={}, multipliers={}), "the prices prove"),
        (_weigh("nonsense", 3), "weighs 'nonsense', which is no limit and no earlier objective"),
        (_weigh("total", -3), "weighs 'total', which is no limit and no earlier objective"),
        (_weigh("total_pairs", -3), "its multiplier of 'total_pairs' is for a bound that the row does not have"),
        (_weigh("total_pairs", {MENTOR: 3}), "weighs 'total_pairs' otherwise than the program"),
        (_weigh("spread_mentor_department_finance", 3), "weighs 'spread_mentor_department_finance' otherwise"),
        (_weigh("spread_mentor_department_finance", {MENTEE: 3}), f"a price of '{MENTEE}', who is not here"),
        (_tree(), "the tree leaves a case open"),
        (_tree(["total", [3], []]), "the tree leaves a case open"),
        (_tree(["total", [], []]), "has other numbers than its kind asks for"),
        (_tree(["mentor", [99, 1], []]), "names a person who is not there"),
        (_tree(["pair", [-1], []]), "names a pair that is not listed"),
        (_tree(["either", [0, 1], [40, 41]]), "a split of the tree"),
        (_tree([0, [], []]), "a leaf of the tree leaves plans worth"),
        (_tree([0, [], []], [0, [], []]), "the tree"),
        (_tree([70, [0], [1]]), "changes prices that are not there"),
        (_tree([60, [0], [1 << 40]]), "too large to be added up exactly"),
        (_tree(["sideways", [], []]), "proof tree"),
        (_tree([0, [1], []]), "proof tree"),
        (_tree([0, [True], [1]]), "proof tree"),
        (_tree([0, []]), "proof tree"),
    ],
)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("signed", [True, False])
def test_a_proof_that_was_tampered_with_in_the_file_does_not_verify(
    tamper: Tamper, words: str, last: bool, signed: bool, saved: tuple[rmatch.Roster, dict[str, Any]], tmp_path: Path
) -> None:
    roster, record = saved[0], copy.deepcopy(saved[1])
    tamper(record["certificate"]["stages"][-1 if last else 0])
    if signed:
        sign(record)
    (tmp_path / "plan.json").write_text(json.dumps(record))
    result = rmatch.load(tmp_path / "plan.json").verify(roster)
    assert not result
    assert (words if signed else "not those that were written") in str(result)


@pytest.fixture(scope="module")
def saved() -> tuple[rmatch.Roster, dict[str, Any]]:
    """A plan with limits of every kind, as it is written."""
    roster = rmatch.from_frame(people())
    record = json.loads(rmatch.match(roster, program(*EVERY)).to_json())
    return roster, record


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
    strict = problem_of(model.program.model_copy(update={"limits": wished}), model.mentors, model.mentees)
    assert not list(broken_limits(strict, i, j))
    none = np.zeros(0, np.int64)
    assert list(broken_limits(strict, none, none)) == [
        f"group_mentee_location_{fold(site)}: the plan has 0, and 1 is the least",
        f"changes: the plan has 0, and {len(i) - 2} is the least",
        "total_pairs: the plan has 0, and 1 is the least",
    ]
    few = problem_of(
        model.program.model_copy(
            update={"limits": (limits.TotalPairs(most=2), limits.Spread("mentor", "location", site, most=0))}
        ),
        model.mentors,
        model.mentees,
    )
    told = list(broken_limits(few, i, j))
    assert told[0] == f"total_pairs: the plan has {len(i)}, and 2 is the most"
    taken = {
        model.mentors.ids[a] for a, b in zip(i, j, strict=True) if str(model.mentees["location"].cells()[b]) == site
    }
    assert len(told[1:]) == min(len(taken), 5)
    assert all(any(f" ({id_}): the plan has " in line for id_ in taken) for line in told[1:])


def test_a_bound_below_the_value_and_prices_that_many_pairs_beat_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    matching = matched(people(), program(*EVERY))
    stages = matching.certificate.stages

    def told(at: int, **claims: Any) -> str:
        changed = (*stages[:at], replace(stages[at], **claims), *stages[at + 1 :][: len(stages) - at - 1])
        certificate = replace(matching.certificate, stages=changed)
        return str(replace(matching, certificate=certificate).verify())

    assert "the bound 13 lies below the value 14" in told(0, bound=stages[0].value - 1)
    place = next(k for k, stage in enumerate(stages) if stage.name == "worst_pair")
    dear = told(place, mentor_prices=stages[place].mentor_prices + (1 << 22))
    assert f"worst_pair: the prices prove {1 << 20}, not the bound {stages[place].bound}" in dear
    lower = {"value": stages[place].value - 1, "bound": stages[place].bound - 1}
    assert f"worst_pair: the plan's value is {stages[place].value}, not {lower['value']}" in told(place, **lower)
    monkeypatch.setattr("rmatch.proof.check._MOST", 3)
    cheap = told(len(stages) - 1, mentor_prices=stages[-1].mentor_prices - (1 << 20))
    assert "more than 3 pairs are worth more than their prices" in cheap


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
        replace(matching, roster=None).why_not(mentor, mentee)
    with pytest.raises(rmatch.RmatchError, match="roster="):
        replace(matching, solve=None).recruit(people())


def test_what_a_plan_makes_of_a_capacity_is_said_to_each_person_and_not_of_the_plan() -> None:
    matching = matched(people(), program(limits.Capacity(2, 1), limits.TotalPairs(most=9)))
    assert reached(matching.model, *matching.chosen) == {limits.TotalPairs(most=9).in_words(): "9 pairs"}


def test_a_plan_of_the_total_alone_is_shown_with_one_objective() -> None:
    plan = matched(people(), program(order=(objectives.Total(),)))
    assert "1 of 1" in plan.certificate._repr_html_()
