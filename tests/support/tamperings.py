"""Ways to falsify a saved matching, as changes of its plain data."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import rmatch
from rmatch.factors import SCALE
from rmatch.output.check import check
from rmatch.output.saved_certificate import digest_of
from rmatch.problem.build import prepare
from rmatch.proof.verify import Verification
from rmatch.schema.record import CertificateRecord, MatchingRecord

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


def sign(data: Data) -> None:
    """Write the digest that the certificate's numbers have now, as a forger would who knows how."""
    data["certificate"]["digest"] = digest_of(CertificateRecord.model_validate(data["certificate"]))


def stage(data: Data, name: str = "total") -> Data:
    """The proof of an objective."""
    return next(proof for proof in data["certificate"]["stages"] if proof["name"] == name)  # type: ignore[no-any-return]


def people(data: Data, role: str) -> list[str]:
    """Everybody of a side, by id."""
    paired = {pair[f"{role}_id"] for pair in data["pairs"]}
    return sorted(paired | {u["employee_id"] for u in data["unmatched"] if u["role"] == role})


def shift(data: Data, role: str, by: int) -> None:
    """Change the price of everybody of a side; what is 0 is not written down."""
    prices = stage(data)[f"{role}_prices"]
    prices.update({id_: prices.get(id_, 0) + by for id_ in people(data, role)})


def raise_total(data: Data, by: int) -> None:
    """Claim another total, wherever it is told."""
    data["certificate"]["total"] += by
    data["certificate"]["bound"] += by
    for proof in data["certificate"]["stages"]:
        if proof["name"] == "total":
            proof["value"] += by
            proof["bound"] += by


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
    fewer_pairs(data)
    raise_total(data, -gone["points"])
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
    other_total(data)


def other_parts(data: Data) -> None:
    data["pairs"][0]["parts"][0] += 1
    data["pairs"][0]["parts"][1] -= 1


def other_criteria(data: Data) -> None:
    data["criteria"][0], data["criteria"][1] = data["criteria"][1], data["criteria"][0]


def high_price(data: Data) -> None:
    prices = stage(data)["mentor_prices"]
    who = data["pairs"][0]["mentor_id"]
    prices[who] = prices.get(who, 0) + 10 * SCALE


def low_price(data: Data) -> None:
    prices = stage(data)["mentee_prices"]
    who = data["pairs"][0]["mentee_id"]
    prices[who] = prices.get(who, 0) - 10 * SCALE


def low_prices(data: Data) -> None:
    shift(data, "mentor", -1)


def high_prices(data: Data) -> None:
    shift(data, "mentee", 1)


def lower_bound_than_total(data: Data) -> None:
    data["certificate"]["bound"] -= 1


def lower_bound_than_total_throughout(data: Data) -> None:
    lower_bound_than_total(data)
    stage(data)["bound"] -= 1


def huge_price(data: Data) -> None:
    stage(data)["mentor_prices"][data["pairs"][0]["mentor_id"]] = 1 << 61


def endless_price(data: Data) -> None:
    """Beyond int64."""
    stage(data)["mentor_prices"][data["pairs"][0]["mentor_id"]] = 1 << 199


def nobodys_price(data: Data) -> None:
    stage(data)["mentor_prices"]["nobody"] = 0


def lost_prices(data: Data) -> None:
    stage(data)["mentee_prices"].clear()


def another_price_of_a_pair(data: Data) -> None:
    """What one pair more is worth."""
    stage(data)["multipliers"]["most_pairs"] = stage(data)["multipliers"].get("most_pairs", 0) - SCALE


def multiplier_of_nothing(data: Data) -> None:
    stage(data)["multipliers"]["nothing"] = 1


def multiplier_of_a_later_objective(data: Data) -> None:
    stage(data, "most_pairs")["multipliers"]["total"] = -1


def multipliers_of_one_row(data: Data) -> None:
    stage(data)["multipliers"]["most_pairs"] = {people(data, "mentor")[0]: 1}


def another_scale(data: Data) -> None:
    stage(data)["scale"] = 2


def more_pairs(data: Data) -> None:
    for claim in ("value", "bound"):
        stage(data, "most_pairs")[claim] += 1


def fewer_pairs(data: Data) -> None:
    for claim in ("value", "bound"):
        stage(data, "most_pairs")[claim] -= 1


def other_total(data: Data) -> None:
    raise_total(data, 1)


def another_total_than_proved(data: Data) -> None:
    for claim in ("total", "bound"):
        data["certificate"][claim] += 1


def no_cover(data: Data) -> None:
    data["certificate"]["stages"] = [proof for proof in data["certificate"]["stages"] if proof["name"] != "most_pairs"]


def no_proof(data: Data) -> None:
    data["certificate"]["stages"] = []


def empty_cover(data: Data) -> None:
    stage(data, "most_pairs").update(mentor_prices={}, mentee_prices={})


def wider_cover(data: Data) -> None:
    everybody = {f"{role}_prices": dict.fromkeys(people(data, role), 1) for role in ("mentor", "mentee")}
    stage(data, "most_pairs").update(everybody)


def proofs_in_another_order(data: Data) -> None:
    data["certificate"]["stages"].reverse()


def proof_of_something_else(data: Data) -> None:
    stage(data, "most_pairs")["name"] = "least_load"


def a_later_gap(data: Data) -> None:
    """The number of pairs is said to be open, and the plan to be the best all the same."""
    stage(data, "most_pairs")["bound"] += 1


def without_prices(data: Data) -> None:
    """As if sensitive columns had been scored."""
    data["certificate"].update(sealed=True, stages=data["certificate"]["stages"][:1])


def modest(data: Data) -> None:
    data["status"] = "FEASIBLE"


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


CLAIMS: list[Tampering] = [
    swap, worse_partner, drop, twice, stranger, flattered, flattered_with_parts, other_parts, other_criteria, modest,
    forgotten, another_reason, another_count, ghost, miscounted, falsely_locked, approved_by_nobody, approved_but_open,
    late_lock, late_rule, late_exclusion, other_weights, late_objective, forgotten_and_counted, beyond_one,
    below_nothing,
]  # fmt: skip
"""What is claimed of the plan."""

PROOFS: list[Tampering] = [
    drop_and_forge, flattered_throughout, high_price, low_price, low_prices, high_prices, lower_bound_than_total,
    lower_bound_than_total_throughout, huge_price, endless_price, nobodys_price, lost_prices, another_price_of_a_pair,
    multiplier_of_nothing, multiplier_of_a_later_objective, multipliers_of_one_row, another_scale, more_pairs,
    fewer_pairs, other_total, another_total_than_proved, no_cover, no_proof, empty_cover, wider_cover,
    proofs_in_another_order, proof_of_something_else, a_later_gap, without_prices, gap_of_a_first_step,
]  # fmt: skip
"""What is changed in the certificate."""


def signed(tampering: Tampering) -> Tampering:
    """The same by somebody who writes the digest anew."""

    def forged(data: Data) -> None:
        tampering(data)
        sign(data)

    forged.__name__ = f"{tampering.__name__}_and_sign"
    return forged


FORGERIES: list[Tampering] = [signed(tampering) for tampering in PROOFS]
TAMPERINGS: list[Tampering] = [*CLAIMS, *PROOFS, *FORGERIES]

_SHOWN = {drop, twice, flattered, modest, forgotten, miscounted, approved_by_nobody, approved_but_open, beyond_one,
          below_nothing}  # fmt: skip
_SHOWN_THOUGH_SIGNED = {lower_bound_than_total, lower_bound_than_total_throughout, more_pairs, fewer_pairs,
                        another_total_than_proved, a_later_gap, gap_of_a_first_step}  # fmt: skip
_PRICES = {high_price, low_price, low_prices, high_prices, lower_bound_than_total_throughout, huge_price, endless_price,
           nobodys_price, lost_prices, another_price_of_a_pair, multiplier_of_nothing, multipliers_of_one_row,
           another_scale}  # fmt: skip
WITH_PRICES = {*_PRICES, *(f for f, t in zip(FORGERIES, PROOFS, strict=True) if t in _PRICES)}
"""What falsifies the proof of the total: of a plan whose certificate shows it."""

SHOWN_ALONE = {*_SHOWN, *PROOFS, *(f for f, t in zip(FORGERIES, PROOFS, strict=True) if t in _SHOWN_THOUGH_SIGNED)}
"""What a record betrays by itself: of the certificate everything, but where the digest was written anew."""

_UNPLACED = {nobodys_price, multipliers_of_one_row}
UNPLACED = {stranger, *PROOFS, *(f for f, t in zip(FORGERIES, PROOFS, strict=True) if t in _UNPLACED)}
"""What cannot even be laid on the people."""
