"""Whom to invite: the people outside the programme whose joining would give most of those who wait a partner.

It is one more match, not a guess: the programme's people and, as possible mentors, everybody in the directory who is
not among them; with a limit on the pairs of those, and with the programme's own mentors before them. So the plan
invites as few as place as many as can be, and is proved like any other. What comes of it is the next match itself, made
for each number of joiners.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from rmatch.binding import ColumnBinding
from rmatch.columns import Table
from rmatch.errors import RmatchError, RosterError
from rmatch.factors import SCALE
from rmatch.limits import Changes, Group
from rmatch.objectives import MostPairs, Priority, Total
from rmatch.people import fold_header
from rmatch.program import Program
from rmatch.roster import Roster, from_frame
from rmatch.roster.delimited import read_delimited
from rmatch.roster.frames import Frame
from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog
from rmatch.roster.mapping import known_headers, withheld_headers
from rmatch.roster.source import open_text

if TYPE_CHECKING:
    from rmatch.matching import Matching

Directory: TypeAlias = Frame | Iterable[Mapping[str, object]] | str | os.PathLike[str] | Roster
"""A table, dicts, the path of a CSV file, or a roster, whose mentors are meant."""
Solve: TypeAlias = Callable[[Roster, Program], "Matching"]

_INVITED = "invited"
_SHOWN = ("name", "job_title", "department", "location")
_PROFILE = ("department", "location", "job_family", "grade")
_UNREAD = ("timezone", "email")


@dataclass(frozen=True)
class Recruitment:
    """Whom to invite, and what comes of it.

    ``invitations``, the best first: the person, whom she would mentor, the score, what she would teach, and in
    ``placed`` how many of those who wait have a partner in the next match if she and all before her have joined.
    ``profiles`` says the same of kinds of people, for directories that tell no more. ``placed`` are the mentees who
    would have a partner and have none now, ``waiting`` how many have none.
    """

    invitations: pd.DataFrame
    profiles: pd.DataFrame
    placed: tuple[str, ...]
    waiting: int

    def __str__(self) -> str:
        count = len(self.invitations)
        if not self.waiting:
            return "Nobody is waiting for a mentor."
        if not count:
            return f"No invitation was found that would place any of the {self.waiting:,} who wait."
        these = f"These {count:,} invitations place" if count > 1 else "This invitation places"
        return f"{these} {len(self.placed):,} of {self.waiting:,} waiting seniors."


def recruit(matching: Matching, solve: Solve, directory: Directory, best: int) -> Recruitment:
    """Return whom to invite as mentors, at most ``best`` people; ``solve`` matches other people under a program."""
    if best < 1:
        raise RmatchError(f"`best` is a number of invitations, 1 or more, not {best!r}")
    waiting = {who.employee_id for who in matching.waiting if who.role == "mentee"}
    own = tuple(map(str, matching.model.mentors.ids))
    mentees = tuple(map(str, matching.model.mentees.ids))
    known = {*own, *mentees}
    candidates = _candidates(directory, matching.program)
    candidates = candidates[~candidates["employee_id"].isin(known)]
    if not waiting or not len(candidates):
        return Recruitment(_table([]), _profiles([], candidates), (), len(waiting))
    mentors = pd.concat([_text(matching.model.mentors), candidates.assign(**{_INVITED: "yes"})], ignore_index=True)
    room = _room(matching)

    def planned(invited: int) -> Matching:
        program = _program(matching.program, own, mentees, invited)
        return solve(_together(mentors, _text(matching.model.mentees).assign(capacity=room), program), program)

    plan = planned(best)
    more = len(plan.points) - len(matching.points)
    if 0 < more < best:  # each further pair takes one invitation
        plan = planned(more)
    rows = [row for row in _rows(plan) if row["employee_id"] not in known and more > 0]

    def joined(count: int) -> set[str]:
        """Who of those who wait has a partner in the next match, with the first so many invited people in it."""
        invited = {row["employee_id"] for row in rows[:count]}
        there = mentors[mentors["employee_id"].isin({*own, *invited})].drop(columns=_INVITED)
        roster = _together(there, _text(matching.model.mentees), program := _open(matching.program))
        return {mentee for _, mentee in solve(roster, program).named} & waiting

    then = [joined(count) for count in range(1, len(rows) + 1)]
    rows = [{**row, "placed": len(some)} for row, some in zip(rows, then, strict=True)]
    placed = sorted(then[-1]) if then else []
    return Recruitment(_table(rows), _profiles(rows, candidates), tuple(placed), len(waiting))


def _together(mentors: pd.DataFrame, mentees: pd.DataFrame, program: Program) -> Roster:
    juniors, seniors = mentors.fillna("").assign(role="mentor"), mentees.fillna("").assign(role="mentee")
    return from_frame(juniors, mentees=seniors, program=program, on_bad_rows="skip")


def _open(program: Program) -> Program:
    """The part of the program that settles who is paired, for people in canonical columns, new ones among them."""
    columns = {
        name: ColumnBinding(order=column.order, split=";")
        for name, column in program.columns.items()
        if not column.withheld and name != "employee_id"
    }
    return Program(
        seed=program.seed,
        columns=columns,
        criteria=program.visible,
        rules=program.rules,
        limits=tuple(limit for limit in program.limits if not isinstance(limit, Changes)),
        objectives=program.objectives,
    )


def _program(program: Program, own: tuple[str, ...], mentees: tuple[str, ...], best: int) -> Program:
    """The program for everybody: its own people first, and no more than so many pairs of others."""
    open_ = _open(program)
    most = Group("mentor", _INVITED, "yes", most=best)
    objectives = (MostPairs(), Priority(mentors=own, mentees=mentees), Total())
    return open_.model_copy(update={"limits": (*open_.limits, most), "objectives": objectives})


def _room(matching: Matching) -> list[str]:
    """What each mentee may have: those who have a partner no more than now, so that those who wait come first."""
    model = matching.model
    load = np.bincount(matching.chosen[1], minlength=model.shape[1])
    return [str(number) for number in np.minimum(np.maximum(load, 1), model.capacity[1]).tolist()]


def _candidates(directory: Directory, program: Program) -> pd.DataFrame:
    """Everybody in the directory as a possible mentor, in canonical columns of text."""
    binding = program.binding()
    apart = withheld_headers(binding) | set(map(fold_header, binding.withheld))

    def open_to_all(frame: pd.DataFrame, *others: str) -> pd.DataFrame:
        headers = {header: fold_header(str(header)) for header in frame.columns}
        return frame.drop(columns=[header for header, name in headers.items() if name in apart or name in others])

    if isinstance(directory, Roster):
        return open_to_all(_text(directory.tables()[0]), "capacity", "minpairs")
    known = known_headers(binding, "workforce")
    frame = _frame(directory, known)
    ids, every = known.counts(list(map(str, frame.columns)))
    if apart and not ids and every < 2:  # somebody's cells may stand there, and are not quoted
        raise RosterError("the directory has no row of headers: none means 'employee_id'")
    columns = {name: column for name, column in program.columns.items() if not column.withheld}
    everybody = Program(columns=columns, aliases=program.aliases, criteria=program.visible, rules=program.rules)
    people = open_to_all(frame, "role", "capacity", "minpairs").assign(role="mentor")
    return open_to_all(_text(from_frame(people, program=everybody, on_bad_rows="skip").tables()[0]))


def _frame(directory: Directory, known: Known) -> pd.DataFrame:
    if isinstance(directory, str | os.PathLike):
        path = Path(directory)
        with open_text(path, path.name) as text:
            sheet = read_delimited(text, "directory", known, IssueLog())
        return pd.DataFrame({header: column.cells for header, column in zip(sheet.headers, sheet.columns, strict=True)})
    if isinstance(directory, pd.DataFrame):
        return directory
    try:
        if hasattr(directory, "__arrow_c_stream__"):
            return pd.DataFrame.from_arrow(directory)  # type: ignore[attr-defined,no-any-return]
        return pd.DataFrame([dict(record) for record in directory])  # type: ignore[union-attr]
    except (TypeError, ValueError) as error:
        raise RosterError(f"the directory is no table of people: {error}") from None


def _text(table: Table) -> pd.DataFrame:
    """A table's people as text that reads as the same people; times are those of UTC, so zones are left out."""
    frame = table.frame().reset_index()
    frame.columns = ["employee_id", *frame.columns[1:]]
    frame = frame.drop(columns=[name for name in _UNREAD if name in frame])
    for name in frame.select_dtypes("number"):
        frame[name] = frame[name].map(lambda value: "" if np.isnan(value) else f"{value:g}")
    if "availability" in frame:  # half hours of UTC
        frame["availability"] = frame["availability"].map(_spans)
    return frame.fillna("").astype(object)


def _spans(slots: str) -> str:
    """``Mon 08:00-08:30`` for ``Mon 08:00``; several are separated by semicolons."""
    later = ((slot, int(slot[4:6]) * 2 + (slot[7:] == "30") + 1) for slot in slots.split("; ") if slot)
    return "; ".join(f"{slot}-{half // 2:02d}:{half % 2 * 30:02d}" for slot, half in later)


def _rows(plan: Matching) -> list[dict[str, object]]:
    """Every pair as a row about its mentor, best first."""
    shown = plan.pairs
    rows = []
    for (mentor, mentee), points, record in zip(
        plan.pair_ids, plan.points.tolist(), shown.to_dict("records"), strict=True
    ):
        about = {name: record[f"mentor_{name}"] for name in _SHOWN if f"mentor_{name}" in record}
        profile = {"mentee_id": mentee, "score": points / SCALE, "teaches": record["teaches"]}
        rows.append({"employee_id": mentor, **about, **profile})
    return rows


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
