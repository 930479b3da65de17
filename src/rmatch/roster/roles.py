"""Who teaches and who learns: by sheet, by a role column, or by ranges of a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray, Number, fold
from rmatch.errors import suggestion
from rmatch.roster.issues import IssueLog, refusal
from rmatch.roster.rows import Rows
from rmatch.roster.texts import Answers
from rmatch.schema.binding import Binding, Range, Roles
from rmatch.schema.vocabulary import numbered

NONE, MENTOR, MENTEE, BOTH, UNKNOWN = range(5)
"""The roles as bits: BOTH is MENTOR + MENTEE, and UNKNOWN is neither."""

NAMES = ("none", "mentor", "mentee", "both", "")

WORDS = numbered("roles")
"""What may stand in the role column, folded."""


def roles(rows: Rows, columns: Mapping[str, Answers], binding: Binding, log: IssueLog) -> IntArray:
    """Return each row's role.

    Args:
        rows: The rows as text.
        columns: The same, typed.
        binding: The roles of the program.
        log: Takes warnings and errors.

    Raises:
        RosterError: Nothing says who plays which role.
    """
    if "mentors" in rows.kinds:
        return by_sheet(rows)
    if binding.roles is not None:
        return by_range(rows, columns, binding.roles, log)
    if "role" not in rows.cells:
        remedy = (
            "Give a `role` column (mentor, mentee, both, none), or two files (mentees=), or ranges in the program: "
            "[roles] column = …, mentor = { at_most = … }, mentee = { at_least = … }."
        )
        if "side" in rows.cells:
            remedy += " A column `side` goes with a program that has [[tracks]]."
        raise refusal(rows.places.files[0], "nothing says who is mentor and who mentee", remedy, column="role")
    texts = rows.cells["role"][0].distinct
    found = np.array([WORDS.get(fold(word), UNKNOWN) for word in texts.words], dtype=np.int64)
    here = log.on(rows.places, "role")
    remedy = 'Write mentor, mentee, both or none, or say what it means: [columns.role] values = { "…" = "mentor" }.'
    here.words("error", texts, found == UNKNOWN, "this is no role", remedy)
    return found[texts.codes]


def by_sheet(rows: Rows) -> IntArray:
    """The sheet is the role, unless the row's own role says that the person does not take part."""
    of_sheet = np.array([MENTOR if kind == "mentors" else MENTEE for kind in rows.kinds])
    role = of_sheet[rows.places.sheet]
    if "role" not in rows.cells:
        return role
    texts = rows.cells["role"][0].distinct
    refuses = [bool(word) and WORDS.get(fold(word)) == NONE for word in texts.words]
    return np.where(texts.where(refuses), NONE, role)


def by_range(rows: Rows, columns: Mapping[str, Answers], given: Roles, log: IssueLog) -> IntArray:
    """Return the role of each row by the ranges of a column. Raises RosterError where these cannot be used."""
    name, file = given.column, rows.places.files[0]
    if name not in columns:
        reason = f"[roles] reads the column {name!r}, which is not there"
        raise refusal(file, reason, f"Correct its name.{suggestion(name, columns)}", column=name)
    column = columns[name].at(np.arange(len(rows)))
    if not isinstance(column, Number):
        reason = f"[roles] reads ranges of {name!r}, which holds labels without an order"
        raise refusal(file, reason, f"Declare it, lowest first: [columns.{name}] order = [...].", column=name)
    junior, senior = (_Ends.of(range_, column, name, file) for range_ in given.ranges)
    if max(junior.least, senior.least) <= min(junior.most, senior.most):
        reason = f"the ranges of mentors and mentees in {name!r} overlap, so one person would be both"
        raise refusal(file, reason, "Let one range of [roles] end before the other begins.", column=name)
    silent = np.flatnonzero(column.missing)
    reason = "there is no value, so the person takes no part"
    log.on(rows.places, name).once("info", silent, "", reason, "Fill it in, if the person should.")
    return MENTOR * junior.hold(column) + MENTEE * senior.hold(column)


@dataclass(frozen=True)
class _Ends:
    least: float
    most: float

    @classmethod
    def of(cls, wanted: Range, column: Number, name: str, file: str) -> _Ends:
        least = -np.inf if wanted.at_least is None else _value(wanted.at_least, column, name, file)
        return cls(least, np.inf if wanted.at_most is None else _value(wanted.at_most, column, name, file))

    def hold(self, column: Number) -> BoolArray:
        return (column.values >= self.least) & (column.values <= self.most)


def _value(end: float | str, column: Number, name: str, file: str) -> float:
    """The number that a label or a number of a range means in this column."""
    if not column.order and not isinstance(end, str):
        return end
    word = end if isinstance(end, str) else f"{end:g}"
    place = {fold(label): k for k, label in enumerate(column.order)}
    if fold(word) not in place:
        known = f" The order is {', '.join(column.order)}." if column.order else ""
        remedy = f"Correct it.{suggestion(word, column.order)}{known}"
        raise refusal(file, f"[roles] names {end!r}, which is no value of {name!r}", remedy, column=name)
    return float(place[fold(word)])
