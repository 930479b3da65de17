"""Ways to falsify a saved matching, as changes of its plain data."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import rmatch
from rmatch.check import check
from rmatch.factors import SCALE
from rmatch.prepare import prepare
from rmatch.proof.verify import Verification
from rmatch.record import MatchingRecord

Data = dict[str, Any]
Tampering = Callable[[Data], None]


def recorded(matching: rmatch.Matching) -> Data:
    """A matching as plain data."""
    return json.loads(matching.to_json())  # type: ignore[no-any-return]


def verified(data: Data, roster: rmatch.Roster) -> Verification:
    """What verification says of a record, given as plain data, against people."""
    record = MatchingRecord.model_validate(data)
    program = rmatch.Program.model_validate(record.program)
    return check(record, prepare(roster, program)[0])


def swap(data: Data) -> None:
    pairs = data["pairs"]
    made = {(pair["mentor_id"], pair["mentee_id"]) for pair in pairs}
    one, two = next(
        (a, b)
        for a in pairs
        for b in pairs
        if not {(a["mentor_id"], b["mentee_id"]), (b["mentor_id"], a["mentee_id"])} & made
    )
    one["mentee_id"], two["mentee_id"] = two["mentee_id"], one["mentee_id"]


def worse_partner(data: Data) -> None:
    free = next(u for u in data["unmatched"] if u["role"] == "mentor")
    free["employee_id"], data["pairs"][0]["mentor_id"] = data["pairs"][0]["mentor_id"], free["employee_id"]


def drop(data: Data) -> None:
    del data["pairs"][-1]


def drop_and_forge(data: Data) -> None:
    """One pair fewer, with every figure that says how many, and an honest total."""
    gone = data["pairs"].pop()
    certificate = data["certificate"]
    certificate["pairs"] -= 1
    certificate["total"] -= gone["points"]
    certificate["bound"] = certificate["total"]
    for role in ("mentor", "mentee"):
        waiting = {"employee_id": gone[f"{role}_id"], "role": role, "reason": "PARTNERS_BETTER_PLACED", "eligible": 1}
        data["unmatched"].append(waiting | {"detail": "."})
    data["counts"]["paired"] -= 2
    data["counts"]["unmatched"] = data["counts"].get("unmatched", 0) + 2


def twice(data: Data) -> None:
    data["pairs"].append(copy.deepcopy(data["pairs"][0]))


def stranger(data: Data) -> None:
    data["pairs"][0]["mentor_id"] = "nobody"


def flattered(data: Data) -> None:
    data["pairs"][0]["points"] += 1


def flattered_with_parts(data: Data) -> None:
    data["pairs"][0]["points"] += 1
    data["pairs"][0]["parts"][0] += 1


def flattered_throughout(data: Data) -> None:
    flattered_with_parts(data)
    data["certificate"]["total"] += 1
    data["certificate"]["bound"] += 1


def other_parts(data: Data) -> None:
    data["pairs"][0]["parts"][0] += 1
    data["pairs"][0]["parts"][1] -= 1


def other_criteria(data: Data) -> None:
    data["criteria"][0], data["criteria"][1] = data["criteria"][1], data["criteria"][0]


def high_price(data: Data) -> None:
    data["certificate"]["mentor_prices"][data["pairs"][0]["mentor_id"]] += 10 * SCALE


def low_price(data: Data) -> None:
    data["certificate"]["mentee_prices"][data["pairs"][0]["mentee_id"]] -= 10 * SCALE


def low_prices(data: Data) -> None:
    prices = data["certificate"]["mentor_prices"]
    data["certificate"]["mentor_prices"] = {id_: price - 1 for id_, price in prices.items()}


def lower_bound_than_total(data: Data) -> None:
    data["certificate"]["bound"] -= 1


def huge_price(data: Data) -> None:
    data["certificate"]["mentor_prices"][data["pairs"][0]["mentor_id"]] = 1 << 61


def nobodys_price(data: Data) -> None:
    data["certificate"]["mentor_prices"]["nobody"] = 0


def lost_price(data: Data) -> None:
    data["certificate"]["mentee_prices"].popitem()


def other_ground(data: Data) -> None:
    data["certificate"]["no_mentee"] -= SCALE


def more_pairs(data: Data) -> None:
    data["certificate"]["pairs"] += 1


def fewer_pairs(data: Data) -> None:
    data["certificate"]["pairs"] -= 1


def other_total(data: Data) -> None:
    data["certificate"]["total"] += 1
    data["certificate"]["bound"] += 1


def no_cover(data: Data) -> None:
    data["certificate"]["cover"] = None


def empty_cover(data: Data) -> None:
    data["certificate"]["cover"] = {"mentors": [], "mentees": []}


def wider_cover(data: Data) -> None:
    data["certificate"]["cover"] = {"mentors": "all", "mentees": "all"}


def modest(data: Data) -> None:
    data["status"] = "FEASIBLE"


def trusting(data: Data) -> None:
    data["certificate"]["trusts"] = ["a solver"]


def forgotten(data: Data) -> None:
    del data["unmatched"][0]


def another_reason(data: Data) -> None:
    data["unmatched"][0]["reason"] = "OTHER_SIDE_EMPTY"


def another_count(data: Data) -> None:
    data["unmatched"][0]["eligible"] = 999


def ghost(data: Data) -> None:
    data["unmatched"].append(data["unmatched"][0] | {"employee_id": "nobody"})
    data["counts"]["unmatched"] += 1


def miscounted(data: Data) -> None:
    data["counts"]["paired"] += 1


def falsely_locked(data: Data) -> None:
    data["pairs"][0]["locked"] = True


def falsely_locked_and_counted(data: Data) -> None:
    falsely_locked(data)
    data["certificate"]["pairs"] -= 1


def forgotten_and_counted(data: Data) -> None:
    forgotten(data)
    data["counts"]["unmatched"] -= 1


def beyond_one(data: Data) -> None:
    data["pairs"][0]["points"] += SCALE
    data["pairs"][0]["parts"][0] += SCALE


def below_nothing(data: Data) -> None:
    data["pairs"][-1]["points"] -= 2 * SCALE
    data["pairs"][-1]["parts"][0] -= 2 * SCALE


def approved_by_nobody(data: Data) -> None:
    data["state"] = "approved"


def approved_but_open(data: Data) -> None:
    data["pairs"][0]["approved"] = True


def late_lock(data: Data) -> None:
    made = {(pair["mentor_id"], pair["mentee_id"]) for pair in data["pairs"]}
    other = next(
        [a["mentor_id"], b["mentee_id"]]
        for a in data["pairs"]
        for b in data["pairs"]
        if (a["mentor_id"], b["mentee_id"]) not in made
    )
    data["program"]["limits"] = [{"kind": "lock", "pairs": [other]}]


def late_rule(data: Data) -> None:
    data["program"]["rules"] = [{"kind": "min_score", "score": 0.99}]


def late_exclusion(data: Data) -> None:
    first = data["pairs"][0]
    data["program"]["rules"] = [{"kind": "exclude", "pairs": [[first["mentee_id"], first["mentor_id"]]]}]


def other_weights(data: Data) -> None:
    data["program"]["criteria"][0]["weight"] = 5.0


def late_objective(data: Data) -> None:
    data["program"]["objectives"] = [{"kind": "total", "floor": 0.3}]


def gap_of_a_first_step(data: Data) -> None:
    data["certificate"]["first_gaps"] = {"total": 0}


TAMPERINGS: list[Tampering] = [
    swap, worse_partner, drop, drop_and_forge, twice, stranger, flattered, flattered_with_parts, flattered_throughout,
    other_parts, other_criteria, high_price, low_price, low_prices, lower_bound_than_total, huge_price, nobodys_price,
    lost_price, other_ground, more_pairs, fewer_pairs, other_total, no_cover, empty_cover, wider_cover, modest,
    trusting, forgotten, another_reason, another_count, ghost, miscounted, falsely_locked, approved_by_nobody,
    approved_but_open, late_lock, late_rule, late_exclusion, other_weights, late_objective,
    falsely_locked_and_counted, forgotten_and_counted, beyond_one, below_nothing, gap_of_a_first_step,
]  # fmt: skip

SHOWN_ALONE = {drop, twice, flattered, lower_bound_than_total, more_pairs, fewer_pairs, modest, trusting, forgotten,
               miscounted, falsely_locked, approved_by_nobody, approved_but_open, beyond_one,
               below_nothing, gap_of_a_first_step}  # fmt: skip
"""What a record betrays by itself."""

UNPLACED = {stranger, nobodys_price, lost_price}
"""What cannot even be laid on the people."""
