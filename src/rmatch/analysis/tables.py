"""Tables of a plan: its pairs, the input accounts, and its objectives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch.analysis.explain import gained, sentences, taught
from rmatch.analysis.lottery import by_lottery, decided
from rmatch.analysis.people import contacts_of, own_names, tracks_of, tracks_of_pairs
from rmatch.analysis.review import locks
from rmatch.analysis.shared import shared_times, slots
from rmatch.analysis.unmatched import participant_note, waiting_of
from rmatch.columns import Category, IntArray, Table
from rmatch.factors import SCALE
from rmatch.result import Result
from rmatch.roster.resolver import Role
from rmatch.schema.record import MatchingRecord

DISPLAYED = ("name", "email", "job_title", "department", "location")


@kept
def pairs_table(plan: Result) -> pd.DataFrame:
    """Return the pairs, best first: people, the score and its parts, what is taught and gained, and why."""
    if plan.saved is not None:
        return _saved_pairs(plan, plan.saved)
    model, (i, j) = plan.model, plan.chosen
    columns: dict[str, Any] = {"mentor_id": model.mentors.ids[i], "mentee_id": model.mentees.ids[j]}
    tracks = tracks_of_pairs(model, i)
    if tracks is not None:
        columns["track"] = tracks
    for name in DISPLAYED:
        for side, table, rows in (("mentor", model.mentors, i), ("mentee", model.mentees, j)):
            cells = table.get(name)
            if isinstance(cells, Category):
                columns[f"{side}_{name}"] = cells.take(rows).cells()
    if any(plan.decisions):
        columns["decision"] = plan.decisions
    if any(reasons_of(plan)):
        columns["reason"] = reasons_of(plan)
    columns["score"] = plan.points / SCALE
    columns |= {name: part / SCALE for name, part in zip(model.names, plan.parts, strict=True)}
    columns["teaches"] = ["; ".join(some) for some in taught(model, i, j)]
    columns["gains"] = ["; ".join(some) for some in gained(model, i, j)]
    times = shared_times(model, i, j)
    if times is not None:
        columns["shared_times"] = times
    meetings = slots(plan)
    if meetings is not None:
        columns["slot"] = meetings
    if any(limit.in_circles for limit in plan.program.limits):
        columns["circle"] = circles_of(plan)
    columns["why"] = sentences(model, i, j, plan.parts)
    return pd.DataFrame(columns)


def circles_of(plan: Result) -> list[str]:
    """Return the other mentees of each pair's mentor, by name where they have one, in the order of the names; empty
    where the program has no circles.
    """
    mentees, (i, j) = plan.model.mentees, plan.chosen
    if not any(limit.in_circles for limit in plan.program.limits):
        return [""] * len(i)
    who = list(map(str, own_names(mentees)[j]))
    circle: dict[int, list[int]] = {}
    for pair, mentor in enumerate(i.tolist()):
        circle.setdefault(mentor, []).append(pair)
    others = (sorted(who[k] for k in circle[mentor] if k != pair) for pair, mentor in enumerate(i.tolist()))
    return ["; ".join(some) for some in others]


def reasons_of(plan: Result) -> list[str]:
    """Return the reason why each pair was locked by hand; empty for none."""
    reasons = locks(plan.program)
    return [reasons.get(pair) or "" for pair in plan.pair_ids]


def _saved_pairs(plan: Result, record: MatchingRecord) -> pd.DataFrame:
    """Pairs by id with scores and parts, for a plan without its people."""
    frame = pd.DataFrame(plan.pair_ids, columns=["mentor_id", "mentee_id"])
    if any(pair.track is not None for pair in record.pairs):
        frame["track"] = [pair.track for pair in record.pairs]
    if any(plan.decisions):
        frame["decision"] = plan.decisions
    frame["score"] = plan.points / SCALE
    return frame.assign(**{name: part / SCALE for name, part in zip(record.criteria, plan.parts, strict=True)})


@kept
def unmatched_table(plan: Result) -> pd.DataFrame:
    """Return one line per person without a partner and role: the reason, the number of eligible partners, and a
    note.
    """
    drawn, other = by_lottery(plan) or frozenset(), f" {decided(plan.program.seed)}"
    rows = (
        (u.employee_id, u.role, u.reason.name, u.eligible, u.detail + other * ((u.role, u.employee_id) in drawn))
        for u in waiting_of(plan)
    )
    frame = pd.DataFrame(rows, columns=["employee_id", "role", "reason", "eligible", "detail"])
    tracks = [u.track for u in waiting_of(plan)]
    if any(track is not None for track in tracks):
        frame.insert(1, "track", tracks)
    for place, (column, of) in enumerate(contacts_of(plan).items(), 1):
        frame.insert(place, column, frame["employee_id"].map(of).fillna(""))
    frame["participant_note"] = participant_note(plan.program)
    return frame.astype({"eligible": "Int64"})


@kept
def accounts_table(plan: Result) -> pd.DataFrame:
    """Return one line per input row and role: paired, unmatched, not taking part, or rejected; with tracks, in which
    one.
    """
    mentors, mentees, lines = plan.model.mentors, plan.model.mentees, plan.lines.copy()
    taking = lines["status"] == "taking part"
    if plan.program.tracks:
        lines.insert(list(lines.columns).index("role") + 1, "track", "")
    sides: tuple[tuple[Role, Table, IntArray], ...] = (
        ("mentor", mentors, plan.chosen[0]),
        ("mentee", mentees, plan.chosen[1]),
    )
    for role, table, rows in sides:
        tracks = tracks_of(plan.program, role, table, np.arange(len(table.ids)))
        if tracks is not None:
            here = lines["role"] == role
            lines.loc[here, "track"] = lines.loc[here, "employee_id"].map(dict(zip(table.ids, tracks, strict=True)))
        some = taking & (lines["role"] == role)
        paired = lines["employee_id"].isin(table.ids[rows])
        lines.loc[some, "status"] = np.where(paired[some], "paired", "unmatched")
    contacts = contacts_of(plan)
    partners = _partners(plan, lines)
    for place, (column, of) in enumerate(contacts.items(), list(lines.columns).index("employee_id") + 1):
        lines.insert(place, column, lines["employee_id"].map(of).fillna(""))
    lines["partner_id"] = ["; ".join(some) for some in partners]
    for column, of in contacts.items():
        lines[f"partner_{column}"] = ["; ".join(filter(None, map(of.get, some))) for some in partners]
    return lines


def _partners(plan: Result, lines: pd.DataFrame) -> list[list[str]]:
    """The ids of the partners on each line, best first."""
    found: dict[tuple[str, str], list[str]] = {}
    for mentor, mentee in plan.pair_ids:
        found.setdefault((mentor, "mentor"), []).append(mentee)
        found.setdefault((mentee, "mentee"), []).append(mentor)
    paired = lines["status"] == "paired"  # of two lines with one id, the rejected one has nobody
    who = zip(lines["employee_id"], lines["role"], paired, strict=True)
    return [found[str(id_), role] if has else [] for id_, role, has in who]


@kept
def stages_table(plan: Result) -> pd.DataFrame:
    """Return one line per objective: its value, its bound, and the gap.

    Where sensitive columns were scored, values are the plan's own and gaps those of the first stage.
    """
    gaps, rows = plan.certificate.gaps, []
    for objective in plan.program.objectives:
        for stage in objective.stages():
            value = plan.value_of(stage)
            unit = stage.sign / stage.unit
            rows.append((stage.name, unit * value + 0.0, unit * (value + gaps.get(stage.name, 0)) + 0.0))  # no -0
    if plan.certificate.sealed:  # who has a partner was frozen before sensitive columns were read
        people = float(sum(len(np.unique(side)) for side in plan.chosen))
        rows.insert(-1, ("with_whom", people, people))
    stages = pd.DataFrame(rows, columns=["objective", "value", "bound"])
    return stages.assign(gap=(stages["bound"] - stages["value"]).abs())
