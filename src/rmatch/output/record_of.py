"""A matching as plain data, to be saved."""

from __future__ import annotations

from importlib.metadata import version
from itertools import repeat

from rmatch.analysis.people import tracks_of_pairs
from rmatch.analysis.tables import accounts_table
from rmatch.analysis.unmatched import waiting_of
from rmatch.output.saved_certificate import certificate_record, each_person, fingerprint
from rmatch.proof.problem import problem_of
from rmatch.result import Result
from rmatch.schema.record import MatchingRecord, PairRecord, UnmatchedRecord


def record_of(matching: Result) -> MatchingRecord:
    """Return all that is saved of a matching; of one that was loaded, what was saved."""
    if matching.record is not None:
        return matching.record
    model, (engine, people) = matching.model, origin_of(matching)
    rows = problem_of(matching.program, model.mentors, model.mentees).rows
    return MatchingRecord(
        engine=engine,
        status=matching.status.name,
        state=matching.state,
        criteria=model.names,
        pairs=_pairs(matching),
        unmatched=tuple(
            UnmatchedRecord(
                employee_id=u.employee_id,
                role=u.role,
                reason=u.reason.name,
                eligible=u.eligible,
                detail=u.recorded,
                track=u.track,
            )
            for u in waiting_of(matching)
        ),
        certificate=certificate_record(matching.certificate, (model.mentors.ids, model.mentees.ids), each_person(rows)),
        program=matching.program.to_dict(),
        left_out=matching.left_out,
        counts={str(k): int(n) for k, n in sorted(accounts_table(matching)["status"].value_counts().items())},
        people=people,
    )


def origin_of(matching: Result) -> tuple[str, str]:
    """Return what made a matching, with its version, and the fingerprint of the people it is for."""
    if matching.record is not None:
        return matching.record.engine, matching.record.people
    people = fingerprint(matching.model.mentors, matching.model.mentees, matching.program)
    return f"rmatch-engine {version('rmatch-engine')}", people


def _pairs(matching: Result) -> tuple[PairRecord, ...]:
    points, parts = matching.points.tolist(), matching.parts.T.tolist()
    tracks = tracks_of_pairs(matching.model, matching.chosen[0]) or repeat(None, len(points))
    columns = zip(matching.pair_ids, points, parts, matching.decisions, tracks, strict=True)
    return tuple(
        PairRecord(
            mentor_id=mentor,
            mentee_id=mentee,
            points=p,
            parts=part,
            locked=word != "",
            approved=word == "approve",
            track=track,
        )
        for (mentor, mentee), p, part, word, track in columns
    )
