"""A matching as plain data, to be saved."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.proof.certificate import StageProof
from rmatch.record import (
    CertificateRecord,
    CoverRecord,
    MatchingRecord,
    PairRecord,
    StageRecord,
    UnmatchedRecord,
)

if TYPE_CHECKING:
    from rmatch.matching import Matching


def record_of(matching: Matching) -> MatchingRecord:
    """Return all that is saved of a matching."""
    model = matching.model
    return MatchingRecord(
        engine=f"rmatch-engine {version('rmatch-engine')}",
        status=matching.status.name,
        state=matching.state,
        criteria=model.names,
        pairs=_pairs(matching),
        unmatched=tuple(
            UnmatchedRecord(
                employee_id=u.employee_id, role=u.role, reason=u.reason.name, eligible=u.eligible, detail=u.detail
            )
            for u in matching.waiting
        ),
        certificate=_certificate(matching),
        program=matching.program.to_dict(),
        left_out=matching.left_out,
        counts={str(k): int(n) for k, n in sorted(matching.accounts["status"].value_counts().items())},
        people=fingerprint(model.mentors, model.mentees),
    )


def _pairs(matching: Matching) -> tuple[PairRecord, ...]:
    points, parts = matching.points.tolist(), matching.parts.T.tolist()
    return tuple(
        PairRecord(
            mentor_id=mentor, mentee_id=mentee, points=p, parts=part, locked=word != "", approved=word == "approve"
        )
        for (mentor, mentee), p, part, word in zip(matching.pair_ids, points, parts, matching.decisions, strict=True)
    )


def _certificate(matching: Matching) -> CertificateRecord:
    certificate, cover = matching.certificate, None
    mentors, mentees = ([str(x) for x in t.ids] for t in (matching.model.mentors, matching.model.mentees))
    if certificate.cover is not None:
        cover = CoverRecord(mentors=_who(mentors, certificate.cover[0]), mentees=_who(mentees, certificate.cover[1]))
    return CertificateRecord(
        mentor_prices=dict(zip(mentors, certificate.mentor_prices.tolist(), strict=not certificate.sealed)),
        mentee_prices=dict(zip(mentees, certificate.mentee_prices.tolist(), strict=not certificate.sealed)),
        no_mentee=certificate.no_mentee,
        no_mentor=certificate.no_mentor,
        pairs=certificate.pairs,
        cover=cover,
        total=certificate.total,
        bound=certificate.bound,
        trusts=certificate.trusts,
        sealed=certificate.sealed,
        stages=tuple(_stage(stage, mentors, mentees) for stage in certificate.stages),
        first_gaps=dict(certificate.first_gaps),
    )


def _stage(stage: StageProof, mentors: list[str], mentees: list[str]) -> StageRecord:
    return StageRecord(
        name=stage.name,
        value=stage.value,
        bound=stage.bound,
        mentor_prices=dict(zip(mentors, stage.mentor_prices.tolist(), strict=True)),
        mentee_prices=dict(zip(mentees, stage.mentee_prices.tolist(), strict=True)),
        mentor_grounds=tuple(stage.grounds[0].tolist()),
        mentee_grounds=tuple(stage.grounds[1].tolist()),
        multipliers=dict(stage.multipliers),
        least_points=stage.least_points,
        span=stage.span,
        scale=stage.scale,
        trusts=stage.trusts,
        mentor_tolls=_tolls(mentors, stage.tolls[0]),
        mentee_tolls=_tolls(mentees, stage.tolls[1]),
    )


def _tolls(ids: list[str], tolls: IntArray | None) -> tuple[tuple[str, int, int], ...]:
    if tolls is None:
        return ()
    person, kind = np.nonzero(tolls)
    return tuple(
        (ids[p], k, toll)
        for p, k, toll in zip(person.tolist(), kind.tolist(), tolls[person, kind].tolist(), strict=True)
    )


def _who(ids: list[str], covered: BoolArray) -> tuple[str, ...] | Literal["all"]:
    return "all" if len(ids) and covered.all() else tuple(ids[k] for k in np.flatnonzero(covered))


def fingerprint(mentors: Table, mentees: Table) -> str:
    """SHA-256 over everybody's cells in canonical order: the same people give the same, whatever the order of rows."""
    digest = hashlib.sha256()
    for table in (mentors, mentees):
        digest.update("\x1e".join(map(str, table.ids)).encode("utf-8", "surrogatepass"))
        for name in sorted(table):
            cells = "\x1e".join(map(str, table[name].cells()))
            digest.update(f"\x1d{name}\x1f{cells}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
