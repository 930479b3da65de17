"""A saved plan held against people: the record's ids become positions, then everything is verified."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rmatch.answer.unmatched import Unmatched, unmatched
from rmatch.columns import BoolArray, IntArray, Labels, is_one_of
from rmatch.constraints import compile_limits
from rmatch.factors import SCALE
from rmatch.model import Model
from rmatch.pool import Bounds
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.verify import Verification, verify
from rmatch.record import MatchingRecord, StageRecord


def located(record: MatchingRecord, model: Model) -> tuple[tuple[IntArray, IntArray], Certificate] | str:
    """Return the record's pairs as positions in the model, and its certificate; or what stands in the way."""
    sides = []
    for role, ids, prices in (
        ("mentor", model.mentors.ids, record.certificate.mentor_prices),
        ("mentee", model.mentees.ids, record.certificate.mentee_prices),
    ):
        known = {str(x) for x in ids}
        strangers = sorted({getattr(pair, f"{role}_id") for pair in record.pairs} - known)
        if strangers:
            return f"no {role} has the id {strangers[0]!r}"
        if record.certificate.sealed:
            prices = dict.fromkeys(known, 0)
        if known != prices.keys():
            odd = sorted(known ^ prices.keys())
            where = "the people" if odd[0] in known else "it"
            return f"the certificate is for other {role}s: {odd[0]!r} is only in {where}"
        place = pd.Index(ids).get_indexer(pd.Index([getattr(p, f"{role}_id") for p in record.pairs], dtype=object))
        sides.append((place.astype(np.int64), np.array([prices[str(x)] for x in ids], np.int64)))
    saved = record.certificate
    cover = None
    if saved.cover is not None:
        cover = _mask(model.mentors.ids, saved.cover.mentors), _mask(model.mentees.ids, saved.cover.mentees)
    none = np.zeros(0, np.int64)
    stages = [_stage(stage, model) for stage in saved.stages]
    if None in stages:
        return "a stage of the certificate is for other people"
    certificate = Certificate(
        none if saved.sealed else sides[0][1],
        none if saved.sealed else sides[1][1],
        saved.no_mentee,
        saved.no_mentor,
        saved.pairs,
        cover,
        saved.total,
        saved.bound,
        saved.trusts,
        saved.sealed,
        tuple(stage for stage in stages if stage is not None),
        tuple(saved.first_gaps.items()),
    )
    return (sides[0][0], sides[1][0]), certificate


def _stage(saved: StageRecord, model: Model) -> StageProof | None:
    """The proof of one objective with its prices in the order of the model's people; None where it is for others."""
    prices = []
    for ids, own in ((model.mentors.ids, saved.mentor_prices), (model.mentees.ids, saved.mentee_prices)):
        if {str(x) for x in ids} != own.keys():
            return None
        prices.append(np.array([own[str(x)] for x in ids], np.int64))
    return StageProof(
        saved.name,
        saved.value,
        saved.bound,
        prices[0],
        prices[1],
        (np.array(saved.mentor_grounds, np.int64), np.array(saved.mentee_grounds, np.int64)),
        tuple(saved.multipliers.items()),
        saved.least_points,
        saved.span,
        saved.scale,
        saved.trusts,
        (_tolls(saved.mentor_tolls, model, 0), _tolls(saved.mentee_tolls, model, 1)),
    )


def _tolls(saved: tuple[tuple[str, int, int], ...], model: Model, side: int) -> IntArray | None:
    """The tolls of a side, (people, kinds); of a person or kind that there is not, a toll that no check lets pass."""
    halves = compile_limits(model, Bounds(model.capacity, model.minimum, most_pairs=False)).bounds.halves
    half = None if halves is None else (halves[0], halves[1])[side]
    if half is None:
        return np.full((1, 1), -1, np.int64) if saved else None
    tolls = np.zeros(half.most.shape, np.int64)
    place = {str(x): k for k, x in enumerate((model.mentors, model.mentees)[side].ids)}
    for person, kind, toll in saved:
        if person not in place or not 0 <= kind < half.kinds:
            return np.full((1, 1), -1, np.int64)
        tolls[place[person], kind] = toll
    return tolls


def _mask(ids: Labels, covered: tuple[str, ...] | str) -> BoolArray:
    return np.ones(len(ids), bool) if covered == "all" else is_one_of(ids, covered)


def columns_of(record: MatchingRecord) -> tuple[IntArray, IntArray]:
    """The points of each pair, ``(pairs,)``, and by criterion, ``(criteria, pairs)``."""
    points = np.array([pair.points for pair in record.pairs], np.int64)
    parts = np.array([pair.parts for pair in record.pairs], np.int64).reshape(len(points), len(record.criteria)).T
    return points, parts


def check(record: MatchingRecord, model: Model) -> Verification:
    """Verify a saved plan against the people a model was compiled from."""
    inner = list(_inner(record))
    if inner:
        return Verification(tuple(inner), (), with_people=True)
    found = located(record, model)
    if isinstance(found, str):
        return Verification((found,), ("people",), with_people=True)
    pairs, certificate = found
    proved = certificate.proved if certificate.sealed else record.status == "OPTIMAL"
    result = verify(model, pairs, *columns_of(record), certificate, proved)
    problems = [*result.problems, *_labels(record, model, pairs)]
    if not problems:  # why somebody is left is only worth asking of a lawful plan
        problems += _left(record, unmatched(model, *pairs, proved=proved or certificate.settled))
    return Verification(tuple(problems), ("accounts", *result.checked), with_people=True)


def check_alone(record: MatchingRecord) -> Verification:
    """Verify what can be verified without the people: that the record does not contradict itself."""
    return Verification(tuple(_inner(record)), ("sums", "counts", "claim"), with_people=False)


def _inner(record: MatchingRecord) -> Iterator[str]:
    for pair in record.pairs:
        if sum(pair.parts) != pair.points:
            yield f"the parts of ({pair.mentor_id}, {pair.mentee_id}) do not sum to its score"
            return
        if not 0 <= pair.points <= SCALE:
            yield f"the pair ({pair.mentor_id}, {pair.mentee_id}) scores outside [0, 1]"
            return
    saved = record.certificate
    open_pairs = sum(not pair.locked for pair in record.pairs)
    if open_pairs != saved.pairs:
        yield f"the certificate is for {saved.pairs} pairs, the plan has {open_pairs}"
    if saved.bound < saved.total:
        yield "the bound lies below the total"
    if saved.sealed and (saved.mentor_prices or saved.mentee_prices or saved.no_mentee or saved.no_mentor):
        yield "sensitive columns were scored, but there are prices"
    if saved.first_gaps and not saved.sealed:
        yield "there are gaps of a first step, but no sensitive columns were scored"
    exact = saved.bound == saved.total and not saved.trusts and not any(saved.first_gaps.values())
    exact = exact and all(s.bound == s.value for s in saved.stages)
    if (record.status == "OPTIMAL") != exact and not (saved.sealed and exact):
        yield f"the status is {record.status}, but the gap is {(saved.bound - saved.total) / SCALE:.6f}"
    for pair in record.pairs:
        if pair.approved and not pair.locked:
            yield f"the pair ({pair.mentor_id}, {pair.mentee_id}) is approved, but not locked"
            break
    approved, pairs = sum(pair.approved for pair in record.pairs), len(record.pairs)
    if (record.state == "approved") != (0 < approved == pairs):
        yield f"the state is {record.state}, but {approved} of {pairs} pairs are approved"
    paired = {(p.mentor_id, "mentor") for p in record.pairs} | {(p.mentee_id, "mentee") for p in record.pairs}
    waiting = {(u.employee_id, u.role) for u in record.unmatched}
    for both in sorted(paired & waiting)[:1]:
        yield f"{both[0]!r} is both paired and unmatched as a {both[1]}"
    for status, number in (("paired", len(paired)), ("unmatched", len(record.unmatched))):
        if record.counts.get(status, 0) != number:
            yield f"{record.counts.get(status, 0)} lines are counted as {status}, but {number} people are"


def _labels(record: MatchingRecord, model: Model, pairs: tuple[IntArray, IntArray]) -> Iterator[str]:
    """What is written about the pairs: by which criteria they score, and which of them are locked."""
    if record.criteria != model.names:
        yield f"the criteria are {', '.join(model.names)}, not {', '.join(record.criteria)}"
    if record.certificate.sealed != bool(model.program.steering):
        some = "" if model.program.steering else "no "
        yield f"the program scores {some}sensitive columns, but the certificate says otherwise"
    locked = np.isin(pairs[0] * np.int64(model.shape[1]) + pairs[1], model.locked_keys)
    for pair, lock in zip(record.pairs, locked.tolist(), strict=True):
        if pair.locked != lock:
            is_ = "is" if lock else "is not"
            yield f"the pair ({pair.mentor_id}, {pair.mentee_id}) {is_} locked, but the opposite is written"
            return


def _left(record: MatchingRecord, true: list[Unmatched]) -> Iterator[str]:
    """Whether exactly those who have no partner are written down, with the reasons that looking again finds."""
    reasons = {(u.employee_id, u.role): (u.reason.name, u.eligible, u.detail) for u in true}
    written = {(u.employee_id, u.role): (u.reason, u.eligible, u.detail) for u in record.unmatched}
    for person, role in sorted(reasons.keys() - written.keys())[:1]:
        yield f"the {role} {person!r} is neither paired nor unmatched"
    for person, role in sorted(written.keys() - reasons.keys())[:1]:
        yield f"the {role} {person!r} is written down as unmatched, but there is no such {role} without a partner"
    for person, role in sorted(who for who in reasons.keys() & written.keys() if reasons[who] != written[who])[:1]:
        name, eligible, detail = reasons[person, role]
        count = "" if eligible is None else f", {eligible} eligible"
        yield f"the {role} {person!r} is unmatched for another reason than written: {name}{count}. {detail}"
