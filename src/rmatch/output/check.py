"""A saved plan held against people: the record's ids become positions, then everything is verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat

import numpy as np
import pandas as pd

from rmatch._util.quoted import arrow, called, names_of
from rmatch.analysis.people import tracks_of_pairs
from rmatch.analysis.unmatched import Unmatched, unmatched
from rmatch.columns import IntArray
from rmatch.errors import Status
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Total
from rmatch.output.saved_certificate import CHANGED, certificate_of, digest_of, each_person, without_prices
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.proof.certificate import Certificate
from rmatch.proof.problem import problem_of
from rmatch.proof.verify import Verification, verify
from rmatch.result import Result
from rmatch.schema.record import MatchingRecord


def located(record: MatchingRecord, model: Model) -> tuple[tuple[IntArray, IntArray], Certificate] | str:
    """Return the record's pairs as positions in the model, and its certificate; or what stands in the way."""
    places = []
    for role, ids in (("mentor", model.mentors.ids), ("mentee", model.mentees.ids)):
        named = pd.Index([getattr(pair, f"{role}_id") for pair in record.pairs], dtype=object)
        place = pd.Index(ids).get_indexer(named)
        if (place < 0).any():
            gone, names = min(named[place < 0]), names_of(model.mentors, model.mentees)
            return f"{called(gone, names)} is no {role}" if names.get(gone) else f"no {role} has the id {gone!r}"
        places.append(place.astype(np.int64))
    each = each_person(problem_of(model.program, model.mentors, model.mentees).rows)
    certificate = certificate_of(record.certificate, (model.mentors.ids, model.mentees.ids), each)
    return certificate if isinstance(certificate, str) else ((places[0], places[1]), certificate)


def columns_of(record: MatchingRecord) -> tuple[IntArray, IntArray]:
    """The points of each pair, ``(pairs,)``, and by criterion, ``(criteria, pairs)``."""
    points = np.array([pair.points for pair in record.pairs], np.int64)
    parts = np.array([pair.parts for pair in record.pairs], np.int64).reshape(len(points), len(record.criteria)).T
    return points, parts


def check(record: MatchingRecord, model: Model) -> Verification:
    """Verify a saved plan against the people a model was compiled from."""
    names = names_of(model.mentors, model.mentees)
    inner = list(_inner(record, names))
    if inner:
        return Verification(tuple(inner), (), with_people=True)
    found = located(record, model)
    if isinstance(found, str):
        return Verification((found,), ("people",), with_people=True)
    pairs, certificate = found
    proved = certificate.proved if certificate.sealed else record.status == "OPTIMAL"
    problem = problem_of(model.program, model.mentors, model.mentees)
    result = verify(problem, pairs, *columns_of(record), certificate, proved)
    problems = [*result.problems, *_labels(record, model, pairs, names)]
    if not problems:  # why somebody is left is only worth asking of a lawful plan
        problems += _left(record, unmatched(model, *pairs, proved=proved), names)
    return Verification(tuple(problems), ("accounts", *result.checked), with_people=True)


def check_saved(record: MatchingRecord, model: Model, again: Callable[[Program], Result]) -> Verification:
    """Verify a saved plan against its people; where sensitive columns were scored, by matching them ``again``.

    Then no prices are kept, and the plans are compared. What is not claimed to be best may differ: of a plan that is
    only lawful, who is paired is compared if that was proved, and nothing if it was not.
    """
    result, saved = check(record, model), record.certificate
    claimed = without_prices(saved)
    if not (saved.sealed and result.ok and claimed.proved):
        return result
    best, pairs = record.status == Status.OPTIMAL.name, [(pair.mentor_id, pair.mentee_id) for pair in record.pairs]
    other, problems = again(model.program), []
    if _how_often(pairs) != _how_often(other.pair_ids):
        problems.append("matched again, other people are paired, or not as often")
    elif best and frozenset(pairs) != other.named:
        problems.append("matched again, these people have other partners")
    if (claimed.gap, claimed.gaps) != (other.certificate.gap, other.certificate.gaps):
        problems.append("matched again, another gap is left")
    what = "the same pairs when matched again" if best else "the same people paired when matched again"
    return Verification(tuple(problems), (*result.checked, what), with_people=True)


def _how_often(pairs: list[tuple[str, str]]) -> tuple[Counter[str], Counter[str]]:
    return Counter(mentor for mentor, _ in pairs), Counter(mentee for _, mentee in pairs)


def check_alone(record: MatchingRecord) -> Verification:
    """Verify what can be verified without the people: that the record does not contradict itself."""
    return Verification(tuple(_inner(record, {})), ("sums", "counts", "claim"), with_people=False)


def _inner(record: MatchingRecord, names: Mapping[str, str]) -> Iterator[str]:
    for pair in record.pairs:
        if sum(pair.parts) != pair.points:
            yield f"the parts of {arrow(pair.mentor_id, pair.mentee_id, names)} do not sum to its score"
            return
        if not 0 <= pair.points <= SCALE:
            yield f"the pair {arrow(pair.mentor_id, pair.mentee_id, names)} scores outside [0, 1]"
            return
    saved = record.certificate
    if saved.digest != digest_of(saved):
        yield CHANGED
    if saved.bound < saved.total:
        yield "the bound lies below the total"
    for stage in saved.stages:
        if stage.bound < stage.value:
            yield f"{stage.name}: the bound lies below the value"
        if stage.name == MostPairs.kind() and stage.value != len(record.pairs):
            yield f"the certificate is for {stage.value} pairs, the plan has {len(record.pairs)}"
        if stage.name == Total.kind() and (stage.value, stage.bound) != (saved.total, saved.bound):
            yield "the total and its bound are not those of the proofs"
    if saved.sealed and any(stage.name != MostPairs.kind() for stage in saved.stages):
        yield "sensitive columns were scored, but there are prices"
    if saved.first_gaps and not saved.sealed:
        yield "there are gaps of a first step, but no sensitive columns were scored"
    exact = saved.bound == saved.total and not any(saved.first_gaps.values())
    exact = exact and all(s.bound == s.value for s in saved.stages)
    if (record.status == "OPTIMAL") != exact and not (saved.sealed and exact):
        yield f"the status is {record.status}, but the gap is {(saved.bound - saved.total) / SCALE:.6f}"
    for pair in record.pairs:
        if pair.approved and not pair.locked:
            yield f"the pair {arrow(pair.mentor_id, pair.mentee_id, names)} is approved, but not locked"
            break
    approved, pairs = sum(pair.approved for pair in record.pairs), len(record.pairs)
    if (record.state == "approved") != (0 < approved == pairs):
        yield f"the state is {record.state}, but {approved} of {pairs} pairs are approved"
    paired = {(p.mentor_id, "mentor") for p in record.pairs} | {(p.mentee_id, "mentee") for p in record.pairs}
    waiting = {(u.employee_id, u.role) for u in record.unmatched}
    for both in sorted(paired & waiting)[:1]:
        yield f"{called(both[0], names)} is both paired and unmatched as a {both[1]}"
    for status, number in (("paired", len(paired)), ("unmatched", len(record.unmatched))):
        if record.counts.get(status, 0) != number:
            yield f"{record.counts.get(status, 0)} lines are counted as {status}, but {number} people are"


def _labels(
    record: MatchingRecord, model: Model, pairs: tuple[IntArray, IntArray], names: Mapping[str, str]
) -> Iterator[str]:
    """What is written about the pairs: by which criteria they score, and which of them are locked."""
    if record.criteria != model.names:
        yield f"the criteria are {', '.join(model.names)}, not {', '.join(record.criteria)}"
    if record.certificate.sealed != bool(model.program.steering):
        some = "" if model.program.steering else "no "
        yield f"the program scores {some}sensitive columns, but the certificate says otherwise"
    tracks = tracks_of_pairs(model, pairs[0]) or repeat(None, len(record.pairs))
    for pair, track in zip(record.pairs, tracks, strict=True):
        if pair.track != track:
            who = arrow(pair.mentor_id, pair.mentee_id, names)
            yield f"the pair {who} is in the track {track!r}, not {pair.track!r}"
            return
    for pair, lock in zip(record.pairs, model.is_locked(*pairs).tolist(), strict=True):
        if pair.locked != lock:
            is_ = "is" if lock else "is not"
            yield f"the pair {arrow(pair.mentor_id, pair.mentee_id, names)} {is_} locked, but the opposite is written"
            return


def _left(record: MatchingRecord, true: list[Unmatched], names: Mapping[str, str]) -> Iterator[str]:
    """Whether exactly those who have no partner are written down, with the reasons that looking again finds."""
    reasons = {(u.employee_id, u.role): (u.reason.name, u.eligible, u.recorded, u.track) for u in true}
    written = {(u.employee_id, u.role): (u.reason, u.eligible, u.detail, u.track) for u in record.unmatched}
    for person, role in sorted(reasons.keys() - written.keys())[:1]:
        yield f"the {role} {called(person, names)} is neither paired nor unmatched"
    for person, role in sorted(written.keys() - reasons.keys())[:1]:
        who = called(person, names)
        yield f"the {role} {who} is written down as unmatched, but there is no such {role} without a partner"
    for person, role in sorted(who for who in reasons.keys() & written.keys() if reasons[who] != written[who])[:1]:
        who, (name, eligible, detail, _) = called(person, names), reasons[person, role]
        count = "" if eligible is None else f", {eligible} eligible"
        yield f"the {role} {who} is unmatched for another reason than written: {name}{count}. {detail}"
