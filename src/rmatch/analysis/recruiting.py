"""Recruiting: which outside mentors to invite so that the most waiting mentees get a partner.

Invitations are evaluated by the next match with the invited people. No person stays on the list without whom as many
would be placed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from rmatch.analysis.inviting import Rounds, Solve, as_text
from rmatch.analysis.tables import pairs_table
from rmatch.analysis.unmatched import waiting_of
from rmatch.errors import RmatchError, RosterError
from rmatch.factors import SCALE
from rmatch.program import Program
from rmatch.result import Result
from rmatch.roster import Roster, from_frame
from rmatch.roster.frames import ArrowStream, Frame, from_arrow
from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import known_headers, withheld_headers
from rmatch.roster.small import read_sheet
from rmatch.schema.person import fold_header

Directory: TypeAlias = Frame | Iterable[Mapping[str, object]] | str | os.PathLike[str] | Roster
"""A table, dicts, the path of a CSV file, or a roster of which the mentors are used."""

_SHOWN = ("name", "job_title", "department", "location")
_PROFILE = ("department", "location", "job_family", "grade")


@dataclass(frozen=True)
class Recruitment:
    """Invitations and their effect.

    Args:
        invitations: One line per person, the best first: the mentees they would mentor in the next match if all join,
            the score of the first of these pairs, what they would teach, and in ``placed`` how many waiting mentees
            have a partner once this person and all above have joined.
        profiles: The same by kind of person.
        placed: Waiting mentees who would have a partner.
        waiting: Number of mentees without a partner now.
        suited: Whether the rules allow any person of the directory to mentor one of them.
        displaced: Mentees with a partner now who would have none.
    """

    invitations: pd.DataFrame
    profiles: pd.DataFrame
    placed: tuple[str, ...]
    waiting: int
    suited: bool = False
    displaced: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = len(self.invitations)
        if not self.waiting:
            return "Nobody is waiting for a mentor."
        if not self.suited:
            return f"Nobody in the directory could mentor any of the {self.waiting:,} who wait."
        if not count:
            return f"No invitation was found that would place any of the {self.waiting:,} who wait."
        these = f"These {count:,} invitations place" if count > 1 else "This invitation places"
        message = f"{these} {len(self.placed):,} of {self.waiting:,} waiting seniors."
        lose = len(self.displaced)
        others = f"{lose:,} other{'s' * (lose != 1)} who {'have' if lose != 1 else 'has'} a mentor now would have none."
        return f"{message} In that match {others}" if lose else message


def recruit(matching: Result, solve: Solve, directory: Directory, best: int) -> Recruitment:
    """Return the people to invite as mentors.

    Args:
        matching: The plan.
        solve: Solver of a program on a roster.
        directory: Outside people.
        best: Most invitations.

    Raises:
        RmatchError: ``best`` is below 1.
        RosterError: The directory cannot be read.
    """
    if best < 1:
        raise RmatchError(f"`best` is a number of invitations, 1 or more, not {best!r}")
    waiting = frozenset(who.employee_id for who in waiting_of(matching) if who.role == "mentee")
    inside = {*map(str, matching.model.mentors.ids), *map(str, matching.model.mentees.ids)}
    candidates = _candidates(directory, matching.program)
    candidates = candidates[~candidates["employee_id"].isin(inside)]
    if not waiting or not len(candidates):
        return Recruitment(_table([]), _profiles([], candidates), (), len(waiting))
    rounds = Rounds(matching, solve, candidates, waiting)
    plan, invited = rounds.invited(best)
    rows = _rows(plan, invited)
    then = [rounds.placed(frozenset(str(row["employee_id"]) for row in rows[:k])) for k in range(1, len(rows) + 1)]
    rows = [{**row, "placed": len(some)} for row, some in zip(rows, then, strict=True)]
    placed = sorted(then[-1]) if then else []
    displaced = {mentee for _, mentee in matching.named} - {mentee for _, mentee in plan.named}
    profiles, suited = _profiles(rows, candidates), bool(rows) or rounds.suited()
    return Recruitment(_table(rows), profiles, tuple(placed), len(waiting), suited, tuple(sorted(displaced)))


def _candidates(directory: Directory, program: Program) -> pd.DataFrame:
    """People of the directory as possible mentors, in canonical columns of text."""
    binding = program.binding()
    withheld = withheld_headers(binding) | set(map(fold_header, binding.withheld))

    def open_to_all(frame: pd.DataFrame, *others: str) -> pd.DataFrame:
        headers = {header: fold_header(str(header)) for header in frame.columns}
        return frame.drop(columns=[header for header, name in headers.items() if name in withheld or name in others])

    if isinstance(directory, Roster):
        return open_to_all(as_text(directory.tables()[0]), "minpairs")
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
        rules=program.rules,
        limits=program.limits,
        objectives=program.objectives,
    )
    people = open_to_all(frame, "role", "minpairs").assign(role="mentor")
    return open_to_all(as_text(from_frame(people, program=all_people, on_bad_rows="skip").tables()[0]), "minpairs")


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


def _rows(plan: Result, people: frozenset[str]) -> list[dict[str, object]]:
    """One row for each of some mentors with their pairs, the best first."""
    found: dict[str, dict[str, object]] = {}
    exchanged: dict[str, tuple[list[str], dict[str, None]]] = {}
    for (mentor, mentee), points, record in zip(
        plan.pair_ids, plan.points.tolist(), pairs_table(plan).to_dict("records"), strict=True
    ):
        if mentor not in people:
            continue
        about = {name: record[f"mentor_{name}"] for name in _SHOWN if f"mentor_{name}" in record}
        found.setdefault(mentor, {"employee_id": mentor, **about, "mentee_id": "", "score": points / SCALE})
        mentees, teaches = exchanged.setdefault(mentor, ([], {}))
        mentees.append(mentee)
        teaches |= dict.fromkeys(word for word in str(record["teaches"]).split("; ") if word)
    return [
        {**row, "mentee_id": "; ".join(exchanged[who][0]), "teaches": "; ".join(exchanged[who][1])}
        for who, row in found.items()
    ]


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    first = ["employee_id", *(name for name in _SHOWN if rows and name in rows[0])]
    return pd.DataFrame(rows, columns=[*first, "mentee_id", "score", "teaches", "placed"])


def _profiles(rows: list[dict[str, object]], candidates: pd.DataFrame) -> pd.DataFrame:
    """The invited people by kind: how many to invite, how many there are, and what they would teach."""
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
