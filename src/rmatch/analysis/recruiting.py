"""Recruiting: which outside people to invite so that the most waiting people of the other side get a partner.

Invitations are evaluated by the next match with the invited people. No person stays on the list without whom as many
would be placed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch.analysis.demand import demand
from rmatch.analysis.inviting import SIDES, Invitations, Solve, as_text
from rmatch.analysis.tables import pairs_table
from rmatch.analysis.unmatched import waiting_of
from rmatch.columns import BoolArray, Table
from rmatch.errors import RmatchError, RosterError
from rmatch.factors import SCALE
from rmatch.program import Program
from rmatch.result import Result
from rmatch.roster import Roster, from_frame
from rmatch.roster.frames import ArrowStream, Frame, from_arrow
from rmatch.roster.headers import Known, known_headers, withheld_headers
from rmatch.roster.issues import IssueLog
from rmatch.roster.resolver import Resolver
from rmatch.roster.small import read_sheet
from rmatch.rows import Side
from rmatch.schema.person import fold_header

Directory: TypeAlias = Frame | Iterable[Mapping[str, object]] | str | os.PathLike[str] | Roster
"""A table, dicts, the path of a CSV file, or a roster of which the people on the invited side are used."""

_SHOWN = ("name", "job_title", "department", "location")
_PROFILE = ("department", "location", "job_family", "grade")


@dataclass(frozen=True)
class Recruitment:
    """Invitations and their effect.

    Args:
        invitations: One line per person, the best first: their partners in the next match if all join, the score of the
            first of these pairs, what is taught in them, and in ``placed`` how many waiting people have a partner once
            this person and all above have joined.
        profiles: The same by kind of person.
        placed: Waiting people who would have a partner.
        waiting: Number of people on the other side without a partner now.
        suited: Whether the rules allow any person of the directory as a partner of one of them.
        displaced: People of the other side with a partner now who would have none.
        side: Which side is invited.
        demand: One line per skill that is in want: how many want and offer it, and whom of the directory to ask.
    """

    invitations: pd.DataFrame
    profiles: pd.DataFrame
    placed: tuple[str, ...]
    waiting: int
    suited: bool = False
    displaced: tuple[str, ...] = ()
    side: Side = "mentor"
    demand: pd.DataFrame = field(default_factory=pd.DataFrame)

    def checklist(self, most: int = 20) -> str:
        """Return the skills in want as lines to tick on a sign-up page, the scarcest first.

        Args:
            most: Most lines.
        """
        verb = "I can teach" if self.side == "mentor" else "I want to learn"
        head = self.demand.head(most)
        return "\n".join([f"{verb}:", *(f"[ ] {skill}" for skill in head["skill"])]) if len(head) else ""

    def __str__(self) -> str:
        count = len(self.invitations)
        if not self.waiting:
            return f"Nobody is waiting for a {self.side}."
        if not self.suited:
            verb = "mentor" if self.side == "mentor" else "be mentored by"
            return f"Nobody in the directory could {verb} any of the {self.waiting:,} who wait."
        if not count:
            return f"No invitation was found that would place any of the {self.waiting:,} who wait."
        who = "seniors" if self.side == "mentor" else "juniors"
        these = f"These {count:,} invitations place" if count > 1 else "This invitation places"
        message = f"{these} {len(self.placed):,} of {self.waiting:,} waiting {who}."
        lose = len(self.displaced)
        others = (
            f"{lose:,} other{'s' * (lose != 1)} who {'have' if lose != 1 else 'has'} a {self.side} now would have none."
        )
        return f"{message} In that match {others}" if lose else message


def recruit(matching: Result, solve: Solve, directory: Directory, best: int, side: Side = "mentor") -> Recruitment:
    """Return the people to invite on one side, as ``Matching.recruit`` does.

    Args:
        matching: The plan.
        solve: Solver of a program on a roster.
        directory, best, side: As there.
    """
    if best < 1:
        raise RmatchError(f"`best` is a number of invitations, 1 or more, not {best!r}")
    if side not in SIDES:
        raise RmatchError(f"`side` says whom to invite, 'mentor' or 'mentee', not {side!r}")
    if matching.program.tracks:
        raise RmatchError(
            "whom to invite is told of a plan in one direction, and this one has tracks: match one of them by itself, "
            "with a program without `tracks`"
        )
    own = SIDES.index(side)
    waiting = frozenset(who.employee_id for who in waiting_of(matching) if who.role == SIDES[1 - own])
    candidates, table = _candidates(directory, matching.program, side)
    outside = _outside(matching, table)
    candidates, in_want = candidates[outside], demand(matching, table.take(np.flatnonzero(outside)), side)
    if not waiting or not len(candidates):
        return Recruitment(_table([], side), _profiles([], candidates), (), len(waiting), side=side, demand=in_want)
    rounds = Invitations(matching, solve, candidates, waiting, own)
    plan, invited = rounds.invited(best)
    rows = _rows(plan, invited, side)
    then = [rounds.placed(frozenset(str(row["employee_id"]) for row in rows[:k])) for k in range(1, len(rows) + 1)]
    rows = [{**row, "placed": len(some)} for row, some in zip(rows, then, strict=True)]
    placed = sorted(then[-1]) if then else []
    displaced = {pair[1 - own] for pair in matching.named} - {pair[1 - own] for pair in plan.named}
    profiles, suited = _profiles(rows, candidates), bool(rows) or rounds.suited()
    invitations, lose = _table(rows, side), tuple(sorted(displaced))
    return Recruitment(invitations, profiles, tuple(placed), len(waiting), suited, lose, side, in_want)


def _outside(matching: Result, people: Table) -> BoolArray:
    """Who of some people takes no part yet, by whatever spelling of the id, and by the e-mail address."""
    resolver, known = Resolver.of(matching.model.mentors, matching.model.mentees), people.register
    emails = {} if known is None else dict(zip(known.ids.tolist(), known.emails.tolist(), strict=True))
    return np.array([not (resolver.knows(who) or resolver.knows(emails.get(who, ""))) for who in people.ids], bool)


def _candidates(directory: Directory, program: Program, side: Side) -> tuple[pd.DataFrame, Table]:
    """People of the directory as possible partners on one side, in canonical columns: as text, and typed."""
    binding = program.binding()
    withheld = withheld_headers(binding) | set(map(fold_header, binding.withheld))

    def open_to_all(frame: pd.DataFrame, *others: str) -> pd.DataFrame:
        headers = {header: fold_header(str(header)) for header in frame.columns}
        return frame.drop(columns=[header for header, name in headers.items() if name in withheld or name in others])

    def both(table: Table) -> tuple[pd.DataFrame, Table]:
        frame = open_to_all(as_text(table), "minpairs")
        return frame, replace(table, columns={name: table[name] for name in table if name in frame})

    if isinstance(directory, Roster):
        return both(directory.tables()[SIDES.index(side)])
    known = known_headers(binding, "workforce")
    frame = _frame(directory, known)
    ids, every = known.counts(list(map(str, frame.columns)))
    if withheld and not ids and every < 2:  # the first row may contain a person's cells, which are not quoted
        raise RosterError("the directory has no row of headers: none means 'employee_id'")
    columns = {name: column for name, column in program.columns.items() if not column.withheld}
    all_people = Program(  # limits and objectives, too, name columns that are to be read
        columns=columns,
        aliases=program.aliases,
        criteria=program.visible,
        personal=program.personal,
        rules=program.rules,
        limits=program.limits,
        objectives=program.objectives,
    )
    people = open_to_all(frame, "role", "minpairs").assign(role=side)
    roster = from_frame(people, program=all_people, on_bad_rows="skip")
    return both(roster.tables()[SIDES.index(side)])


def _frame(directory: Directory, known: Known) -> pd.DataFrame:
    if isinstance(directory, str | os.PathLike):
        sheet = read_sheet(directory, "the directory", known, IssueLog(), kind="directory")
        return pd.DataFrame({header: column.cells for header, column in zip(sheet.headers, sheet.columns, strict=True)})
    if isinstance(directory, pd.DataFrame):
        return directory
    if isinstance(directory, ArrowStream):
        return from_arrow(directory, "directory")
    try:
        return pd.DataFrame([dict(record) for record in directory])  # type: ignore[union-attr]
    except (TypeError, ValueError) as error:
        raise RosterError(f"the directory is no table of people: {error}") from None


def _rows(plan: Result, people: frozenset[str], side: Side) -> list[dict[str, object]]:
    """One row for each of some people on one side with their pairs, the best first."""
    own = SIDES.index(side)
    partner = f"{SIDES[1 - own]}_id"
    found: dict[str, dict[str, object]] = {}
    exchanged: dict[str, tuple[list[str], dict[str, None]]] = {}
    for pair, points, record in zip(
        plan.pair_ids, plan.points.tolist(), pairs_table(plan).to_dict("records"), strict=True
    ):
        who = pair[own]
        if who not in people:
            continue
        about = {name: record[f"{side}_{name}"] for name in _SHOWN if f"{side}_{name}" in record}
        found.setdefault(who, {"employee_id": who, **about, partner: "", "score": points / SCALE})
        partners, teaches = exchanged.setdefault(who, ([], {}))
        partners.append(pair[1 - own])
        teaches |= dict.fromkeys(word for word in str(record["teaches"]).split("; ") if word)
    return [
        {**row, partner: "; ".join(exchanged[who][0]), "teaches": "; ".join(exchanged[who][1])}
        for who, row in found.items()
    ]


def _table(rows: list[dict[str, object]], side: Side) -> pd.DataFrame:
    partner = f"{SIDES[1 - SIDES.index(side)]}_id"
    first = ["employee_id", *(name for name in _SHOWN if rows and name in rows[0])]
    return pd.DataFrame(rows, columns=[*first, partner, "score", "teaches", "placed"])


def _profiles(rows: list[dict[str, object]], candidates: pd.DataFrame) -> pd.DataFrame:
    """The invited people by kind: how many to invite, how many there are, and what would be taught."""
    by = [name for name in _PROFILE if name in candidates and (candidates[name] != "").any()]
    people = candidates.set_index("employee_id")[by]
    kinds = Counter(tuple(kind) for kind in people.to_numpy().tolist())
    invited: dict[tuple[str, ...], Counter[str]] = {}
    number: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        kind = tuple(people.loc[str(row["employee_id"])])
        number[kind] += 1
        invited.setdefault(kind, Counter()).update(word for word in str(row["teaches"]).split("; ") if word)
    found = [
        (*kind, count, kinds[kind], "; ".join(word for word, _ in invited[kind].most_common()))
        for kind, count in sorted(number.items(), key=lambda each: (-each[1], each[0]))
    ]
    return pd.DataFrame(found, columns=[*by, "invite", "people", "teaches"])
