"""A plan as data: it goes through a pickle and a process pool, and without its people it says what it needs."""

from __future__ import annotations

import inspect
import json
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import rmatch
from rmatch import limits
from rmatch.result import NEEDS_PEOPLE, Result

pytestmark = pytest.mark.slow

LIMITS = (), (limits.Share("location", differ=False, least=0.1),)
PERSON = dict.fromkeys(("mentor_id", "mentee_id", "employee_id"), "a")
ASKED = PERSON | {"element": "total", "directory": [], "plan": [], "path": "x"}
KNOWN = {
    "approved", "bound", "certificate", "chosen", "compare", "decisions", "gap", "issues", "keys", "left_out",
    "lines", "model", "named", "notes", "pair_ids", "pairs", "parts", "points", "program", "reached", "reasons",
    "record", "roster", "save", "saved", "second_stage", "solve", "stages", "state", "status", "summary", "to_csv",
    "to_dict", "to_ics", "to_json", "to_record", "total", "unmatched", "value_of", "verify", "waiting", "withheld",
    "plot", "by_lottery",
}  # fmt: skip
"""What a plan tells without its people; everything else needs them."""


def plan(seed: int, kept: tuple[limits.Limit, ...] = ()) -> rmatch.Matching:
    people = rmatch.datasets.workforce(14, 12, seed=seed)
    return rmatch.match(rmatch.from_frame(people), rmatch.Program(limits=kept))


@pytest.mark.parametrize("kept", LIMITS)
def test_a_plan_comes_back_from_a_pickle_with_all_that_it_can_be_asked(kept: tuple[limits.Limit, ...]) -> None:
    first = plan(1, kept)
    _ = first.residual, first.stages, first.summary(), first.plot  # what was computed does not go along
    again = pickle.loads(pickle.dumps(first))
    assert type(again) is rmatch.Matching
    assert again.to_json() == first.to_json()
    assert again.stages.equals(first.stages)
    assert again.verify()
    mentor, mentee = first.pair_ids[0][0], first.pair_ids[1][1]
    assert again.why_not(mentor, mentee) == first.why_not(mentor, mentee)
    assert again.explain(mentor, mentee).next_best == first.explain(mentor, mentee).next_best


def test_a_loaded_plan_comes_back_from_a_pickle(tmp_path: Path) -> None:
    first = plan(2)
    first.save(tmp_path / "plan.json")
    loaded = rmatch.load(tmp_path / "plan.json")
    again = pickle.loads(pickle.dumps(loaded))
    assert type(again) is type(loaded) is rmatch.Matching
    assert again.to_json() == first.to_json()
    with pytest.raises(rmatch.RmatchError, match="roster="):
        again.explain(*first.pair_ids[0])


def test_plans_come_back_from_a_pool_of_processes() -> None:
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(plan, (1, 2)))
    assert [each.to_json() for each in found] == [plan(seed).to_json() for seed in (1, 2)]


def test_a_plan_is_its_pairs_and_plain_data(tmp_path: Path) -> None:
    first = plan(2)
    assert len(first) == len(first.pairs) > 0
    assert list(first) == list(zip(first.pairs["mentor_id"], first.pairs["mentee_id"], strict=True))
    first.save(tmp_path / "plan.json")
    loaded = rmatch.load(tmp_path / "plan.json")
    assert (list(loaded), loaded.to_dict()) == (list(first), first.to_dict())
    assert first.to_dict() == json.loads(first.to_json())


def test_a_status_is_a_word_and_says_what_it_means() -> None:
    assert rmatch.Status.OPTIMAL == "OPTIMAL" == str(plan(2).status)
    assert rmatch.Status("FEASIBLE") is rmatch.Status.FEASIBLE
    assert "Proved" in rmatch.Status.OPTIMAL.sentence
    assert "time_limit" in rmatch.Status.FEASIBLE.sentence


def members() -> Iterator[str]:
    return (name for name in dir(rmatch.Matching) if not name.startswith("_"))


@pytest.mark.parametrize("name", sorted({*members()} - KNOWN))
def test_what_needs_people_says_so_and_how_to_give_them(name: str, tmp_path: Path) -> None:
    plan(3).save(tmp_path / "plan.json")
    alone = rmatch.load(tmp_path / "plan.json")
    with pytest.raises(rmatch.RmatchError, match="roster="):
        ask(alone, name)


def ask(matching: rmatch.Matching, name: str) -> object:
    """Look a member up and, where it is a method, call it with whatever it must be given."""
    member = getattr(matching, name)
    if not callable(member):
        return member
    needed = (each for each in inspect.signature(member).parameters.values() if each.default is each.empty)
    return member(*(ASKED[each.name] for each in needed if each.kind is not each.VAR_KEYWORD))


def test_what_is_known_without_people_is_what_it_was(tmp_path: Path) -> None:
    first = plan(4)
    first.save(tmp_path / "plan.json")
    alone = rmatch.load(tmp_path / "plan.json")
    assert (alone.pair_ids, alone.total, alone.bound, alone.state) == (
        first.pair_ids,
        first.total,
        first.bound,
        first.state,
    )
    assert alone.reached.equals(first.reached)
    unknown = ["name", "email", "detail"]
    assert alone.unmatched.drop(columns="detail").equals(first.unmatched.drop(columns=unknown))
    assert NEEDS_PEOPLE not in alone.summary()


def test_a_plan_without_a_way_to_solve_says_that_it_needs_people() -> None:
    bare = replace(plan(5), solve=None)
    assert isinstance(bare, Result)
    with pytest.raises(rmatch.RmatchError, match="roster="):
        bare.solve_again(limits=())
