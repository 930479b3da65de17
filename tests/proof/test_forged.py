"""Every number of a certificate changed, one at a time: refused, or what it claims is still true."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tamperings import Data, recorded, sign, stage, verified

import rmatch
from rmatch import limits, objectives
from rmatch.criteria import Difference, Skills
from rmatch.output.check import check_alone
from rmatch.schema.record import MatchingRecord

pytestmark = pytest.mark.slow

MOST, TOTAL = objectives.MostPairs(), objectives.Total()


def people() -> pd.DataFrame:
    frame = rmatch.datasets.workforce(12, 11, seed=11).assign(manager_id="")
    return frame.assign(capacity=np.where(np.arange(len(frame)) % 2, "1", "3"))


def ids(role: str) -> list[str]:
    frame = people()
    return sorted(frame["employee_id"][frame["role"] == role])


MENTOR, MENTEE = ids("mentor")[2], ids("mentee")[3]
ORDER = (
    MOST,
    objectives.Priority(mentors=(MENTOR,)),
    objectives.WorstPair(),
    objectives.Bands((0.5,)),
    objectives.LeastLoad(),
    TOTAL,
)
PROGRAMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "total alone": {"objectives": (objectives.Total(floor=0.3),)},
    "a lock": {"limits": (limits.Lock(((MENTOR, MENTEE),)),)},
    "groups inside groups": {
        "limits": (
            limits.Group("mentee", "location", most=3),
            limits.Group("mentee", "department", most=2),
            limits.TotalPairs(most=9),
        )
    },
    "shares": {
        "limits": (limits.Share("location", differ=False, least=0.35), limits.Share("department", least=0.6, most=0.8)),
    },
    "many shares": {
        "limits": tuple(
            limits.Share(column, differ=False, least=least)
            for column, least in (("location", 0.3), ("department", 0.2), ("job_family", 0.3), ("career_path", 0.5))
        ),
    },
    "spreads": {"limits": (limits.Spread("mentor", "department"), limits.Spread("mentee", "career_path"))},
    "in order": {"objectives": ORDER, "limits": (limits.Share("department", least=0.5),)},
}


def program(kind: str, *more: limits.Limit) -> rmatch.Program:
    families = PROGRAMS[kind]
    return rmatch.Program(
        criteria=(Skills(0.7), Difference(0.3, column="location")),
        rules=(),
        objectives=families.get("objectives", (MOST, TOTAL)),
        limits=(*families.get("limits", ()), *more),
    )


@cache
def matched(kind: str) -> tuple[rmatch.Roster, rmatch.Matching]:
    roster = rmatch.from_frame(people())
    matching = rmatch.match(roster, program(kind))
    assert matching.status is rmatch.Status.OPTIMAL
    return roster, matching


@cache
def worse(kind: str) -> rmatch.Matching:
    """A lawful plan that is not the best, which claims to be, with the best one's proof."""
    roster, best = matched(kind)
    for mentor in ids("mentor"):
        for mentee in ids("mentee"):
            try:
                other = rmatch.match(roster, program(kind, limits.Lock(((mentor, mentee),))))
            except rmatch.InfeasibleError:
                continue
            values = [best.value_of(o) > other.value_of(o) for o in stages(best)]
            if any(values):
                proofs = [
                    replace(proof, value=value, bound=value)
                    for proof, value in zip(
                        best.certificate.stages, (other.value_of(o) for o in stages(best)), strict=True
                    )
                ]
                total = next(proof for proof in proofs if proof.name == "total")
                claimed = replace(best.certificate, stages=tuple(proofs), total=total.value, bound=total.value)
                return replace(best, chosen=other.chosen, certificate=claimed)
    raise AssertionError("every lawful plan is the best")


def stages(matching: rmatch.Matching) -> list[objectives.Objective]:
    return [stage for objective in matching.program.objectives for stage in objective.stages()]


# ---------------------------------------------------------------- every number


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the whole numbers of a certificate are."""
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(inner, (*path, key))
    elif isinstance(node, int) and not isinstance(node, bool):
        yield path


def changed(data: Data, path: tuple[Any, ...], change: Callable[[int], int]) -> Data | None:
    """The record with one number changed, None where that changes nothing."""
    other = copy.deepcopy(data)
    place = other["certificate"]
    for key in path[:-1]:
        place = place[key]
    before = place[path[-1]]
    place[path[-1]] = change(before)
    return None if place[path[-1]] == before else other


CHANGES: tuple[Callable[[int], int], ...] = (
    lambda k: k + 1,
    lambda k: k - 1,
    lambda k: 0,
    lambda k: k - (1 << 62),
    lambda k: k + (1 << 100),
)


def tried(data: Data) -> Iterator[tuple[tuple[Any, ...], Data]]:
    """Every number, changed in each of the ways."""
    for path in places(data["certificate"]):
        for change in CHANGES:
            other = changed(data, path, change)
            if other is not None:
                yield path, other


def readable(data: Data) -> bool:
    """Whether the file is read at all: a scale below 1, say, is not."""
    try:
        MatchingRecord.model_validate(data)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_number_that_is_not_the_written_one_is_noticed(kind: str) -> None:
    """By the digest alone, with the people and without."""
    roster, matching = matched(kind)
    data = recorded(matching)
    count = 0
    for path, other in tried(data):
        if readable(other):
            assert "not those that were written" in str(check_alone(MatchingRecord.model_validate(other))), path
            count += 1
    assert count > 50
    assert not verified(other, roster)
    assert verified(data, roster)


@pytest.mark.trials
@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_number_whose_digest_was_written_anew_is_refused_or_claims_no_more_than_is_true(kind: str) -> None:
    roster, matching = matched(kind)
    data = recorded(matching)
    true = [proof.value for proof in matching.certificate.stages]
    accepted = refused = 0
    for path, other in tried(data):
        if not readable(other):
            refused += 1
            continue
        sign(other)
        if verified(other, roster):
            accepted += 1
            claimed = [(proof["value"], proof["bound"]) for proof in other["certificate"]["stages"]]
            assert claimed == list(zip(true, true, strict=True)), path
            assert path[2] in ("mentor_prices", "mentee_prices", "multipliers", "tree", "scale"), path
        else:
            refused += 1
    assert refused > accepted


@pytest.mark.trials
@pytest.mark.parametrize("kind", PROGRAMS)
def test_no_number_makes_a_proof_of_a_plan_that_is_not_the_best(kind: str) -> None:
    roster, _ = matched(kind)
    data = recorded(worse(kind))
    told = str(verified(data, roster))
    assert "the prices prove" in told or "a leaf of the tree leaves plans worth" in told
    for path, other in tried(data):
        if readable(other):
            sign(other)
            assert not verified(other, roster), path


def test_some_of_these_proofs_are_by_cases_and_some_weigh_rows() -> None:
    proofs = [proof for kind in PROGRAMS for proof in matched(kind)[1].certificate.stages]
    assert any(proof.tree is not None and proof.tree.leaves > 1 for proof in proofs)
    assert any(len(price) > 1 for proof in proofs for price in proof.multipliers.values())
    assert any(len(price) == 1 for proof in proofs for price in proof.multipliers.values())


def test_an_open_gap_is_no_smaller_than_what_a_better_plan_shows() -> None:
    """Of a plan that time cut short, no number makes the bound lower than the best plan's total."""
    roster = rmatch.from_frame(people())
    late, best = rmatch.match(roster, program("plain"), time_limit=1e-9), matched("plain")[1]
    data = recorded(late)
    assert late.status is rmatch.Status.FEASIBLE
    assert verified(data, roster)
    for path, other in tried(data):
        if readable(other):
            sign(other)
            if verified(other, roster):
                assert other["certificate"]["bound"] >= best.certificate.total, path
                assert stage(other, "most_pairs")["bound"] >= len(best.pairs), path
                assert other["status"] == "FEASIBLE"
