"""What must follow when a problem changes a little. No blanks, so that no score depends on who else takes part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exports import COMPLETE, DEFAULT, PLAIN, RULES, SHARED, TIED, Export, Rare, exports, found, named
from hypothesis import assume, given
from hypothesis import strategies as st

import rmatch
from rmatch.criteria import Goals, Reciprocity, Skills
from rmatch.limits import Capacity, Lock
from rmatch.objectives import Total
from rmatch.rules import Exclude, Rule, Same

pytestmark = pytest.mark.slow

RULE_SETS = st.sampled_from([rules for rules in RULES if not any(isinstance(rule, Rare) for rule in rules)])
NAMED_RULES = st.sampled_from(RULES)
EXPORTS = exports(8, least=2, kinds=COMPLETE)
PICK = st.integers(0, 10**6)


def planned(frame: pd.DataFrame, rules: tuple[Rule, ...] = (), **families: tuple) -> rmatch.Matching | None:
    """The plan, None where somebody's least number of pairs cannot be met."""
    program = rmatch.Program(criteria=families.pop("criteria", DEFAULT), rules=rules, **families)
    try:
        matching = rmatch.match(rmatch.from_frame(frame, program=program), program)
    except rmatch.InfeasibleError:
        return None
    assert matching.status is rmatch.Status.OPTIMAL
    return matching


def plan_of(frame: pd.DataFrame, rules: tuple[Rule, ...], **families: tuple) -> rmatch.Matching:
    """The plan of a problem that is thrown away where there is none, or none with a pair."""
    matching = planned(frame, rules, **families)
    assume(matching is not None)
    assert matching is not None
    return matching


def worth(matching: rmatch.Matching | None) -> tuple[float, float]:
    """What the objectives compare: the number of pairs, then the total."""
    return (-1.0, 0.0) if matching is None else found(matching)


@given(EXPORTS, RULE_SETS, PICK)
def test_other_ids_have_the_same_total(export: Export, rules: tuple[Rule, ...], seed: int) -> None:
    frame = export.frame()
    draw = np.random.default_rng(seed)
    new = dict(zip(frame["employee_id"], [f"Z{k}" for k in draw.permutation(len(frame))], strict=True))
    other = frame.assign(
        employee_id=frame["employee_id"].map(new), manager_id=frame["manager_id"].map(lambda id_: new.get(id_, id_))
    )
    assert worth(planned(frame, rules)) == worth(planned(other, rules, seed=seed))  # type: ignore[arg-type]


@given(EXPORTS, NAMED_RULES, PICK)
def test_another_order_of_rows_makes_the_same_pairs(export: Export, rules: tuple[Rule, ...], seed: int) -> None:
    frame = export.frame()
    one, two = (planned(f, rules) for f in (frame, frame.sample(frac=1, random_state=seed)))
    assert (one is None) == (two is None)
    assert one is None or two is None or one.pairs.equals(two.pairs)


@given(EXPORTS, NAMED_RULES, st.sampled_from(["mentor", "mentee"]))
def test_somebody_whom_no_rule_allows_changes_nothing(export: Export, rules: tuple[Rule, ...], role: str) -> None:
    frame = export.frame()
    useless = frame.head(1).assign(employee_id="Useless", role=role, capacity="3", min_pairs="0", manager_id="")
    alone = Exclude(tuple(("Useless", id_) for id_ in frame["employee_id"]))
    before, after = planned(frame, rules), planned(pd.concat([frame, useless]), (*rules, alone))
    assert worth(before) == worth(after)


@given(EXPORTS, NAMED_RULES, PICK)
def test_forbidding_an_unused_pair_keeps_the_total(export: Export, rules: tuple[Rule, ...], pick: int) -> None:
    frame = export.frame()
    plan = plan_of(frame, rules)
    ids = frame["employee_id"].tolist()
    unused = [(a, b) for a in ids for b in ids if a < b and not {(a, b), (b, a)} & named(plan)]
    assume(unused)
    without = planned(frame, (*rules, Exclude((unused[pick % len(unused)],))))
    assert worth(without) == worth(plan)


@given(EXPORTS, NAMED_RULES, PICK)
def test_forbidding_a_used_pair_never_raises_the_total(export: Export, rules: tuple[Rule, ...], pick: int) -> None:
    frame = export.frame()
    plan = plan_of(frame, rules)
    assume(len(plan.pairs))
    pair = sorted(named(plan))[pick % len(plan.pairs)]
    without = planned(frame, (*rules, Exclude((pair,))))
    assert worth(without) <= worth(plan)
    assert without is None or pair not in named(without)


@given(EXPORTS, NAMED_RULES, PICK)
def test_raising_a_capacity_never_lowers_pairs_nor_total(export: Export, rules: tuple[Rule, ...], pick: int) -> None:
    frame = export.frame()
    more = frame.copy()
    row = pick % len(frame)
    more.loc[row, "capacity"] = str(int(frame.loc[row, "capacity"]) + 1)
    for objectives in (rmatch.Program().objectives, (Total(floor=0.3),)):
        before, after = (planned(f, rules, objectives=objectives) for f in (frame, more))
        if len(objectives) == 1 and before is not None:
            assert after is not None
            assert after.certificate.total >= before.certificate.total
        else:
            assert worth(after) >= worth(before)


@given(EXPORTS, NAMED_RULES, PICK)
def test_locking_a_chosen_pair_changes_nothing(export: Export, rules: tuple[Rule, ...], pick: int) -> None:
    frame = export.frame()
    plan = plan_of(frame, rules)
    assume(len(plan.pairs))
    pairs = sorted(named(plan))
    some = tuple(pairs[pick % len(pairs) :])
    locked = planned(frame, rules, limits=(Lock(some),))
    assert locked is not None
    assert worth(locked) == worth(plan)
    assert set(some) <= named(locked)
    assert locked.gap == 0
    assert locked.verify()


@pytest.mark.trials
@given(EXPORTS, RULE_SETS)
def test_departments_that_never_meet_add_up(export: Export, rules: tuple[Rule, ...]) -> None:
    frame = export.frame()
    rules = (*rules, Same(column="department"))
    criteria = (Skills(2), Reciprocity(1), Goals(1))
    whole = planned(frame, rules, criteria=criteria)
    parts = [
        planned(
            frame.assign(role=frame["role"].where(frame["department"].str.casefold() == name, "none")),
            rules,
            criteria=criteria,
        )
        for name in frame["department"].str.casefold().unique()
    ]
    if whole is None:
        assert None in parts
    else:
        assert worth(whole) == tuple(np.sum([worth(part) for part in parts], axis=0))


@given(exports(7, least=2, kinds=(PLAIN, TIED)), NAMED_RULES, st.booleans())
def test_who_wrote_no_capacity_has_that_of_the_program(export: Export, rules: tuple[Rule, ...], blank: bool) -> None:
    frame = export.frame()
    silent = frame.assign(capacity="") if blank else frame.drop(columns="capacity")
    one = planned(silent, rules, limits=(Capacity(mentors=2, mentees=3),))
    two = planned(frame.assign(capacity=np.where(frame["role"] == "mentor", "2", "3")), rules)
    assert worth(one) == worth(two)


@given(exports(7, least=2, kinds=(SHARED,)), NAMED_RULES, st.integers(1, 3), st.integers(1, 3))
def test_a_capacity_of_the_program_never_raises_what_somebody_wrote(
    export: Export, rules: tuple[Rule, ...], mentors: int, mentees: int
) -> None:
    frame = export.frame()
    frame["role"] = frame["role"].replace("both", "mentor")  # who plays both has one cell for two limits
    one = planned(frame, rules, limits=(Capacity(mentors=mentors), Capacity(mentees=mentees), Capacity(1000, 1000)))
    most = np.where(frame["role"] == "mentor", mentors, mentees)
    two = planned(frame.assign(capacity=np.minimum(frame["capacity"].astype(int), most).astype(str)), rules)
    assert worth(one) == worth(two)
