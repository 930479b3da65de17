"""Who teaches and who learns: by sheet, by a role column, by ranges of a number, or by sides and tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, Category, IntArray, Items, Number, fold, is_one_of
from rmatch.errors import suggestion
from rmatch.roster.issues import IssueLog, listing, refusal
from rmatch.roster.rows import Rows
from rmatch.roster.texts import Answers, Texts, labels
from rmatch.roster.unread import means
from rmatch.schema.binding import Binding, Range, Roles
from rmatch.schema.tracks import SIDE
from rmatch.schema.vocabulary import numbered

NONE, MENTOR, MENTEE, BOTH, UNKNOWN = range(5)
"""The roles as bits: BOTH is MENTOR + MENTEE, and UNKNOWN is neither."""

NAMES = ("none", "mentor", "mentee", "both", "")

WORDS = numbered("roles")
"""What may stand in the role column, folded."""


JUNIOR, SENIOR = MENTOR, MENTEE
"""The sides, numbered as the roles that are the words of a reverse programme for them."""

_SIDES = numbered("sides")


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
        likely = [name for name in rows.cells if name not in binding.withheld and _tells_roles(rows.cells[name][0])]
        likely = likely or [name for name in rows.cells if name not in binding.withheld and means("role", name)]
        if likely:
            source = f"write [columns.role] source = {likely[0]!r}"
            remedy = f"{likely[0]!r} seems to: {source} in a program, as `rmatch init` drafts it. Or g{remedy[1:]}"
        if "side" in rows.cells:
            remedy += " A column `side` goes with a program that has [[tracks]]."
        raise refusal(rows.places.files[0], "nothing says who is mentor and who mentee", remedy, column="role")
    texts = rows.cells["role"][0].distinct
    found = texts.meaning(WORDS, UNKNOWN)
    here = log.on(rows.places, "role")
    remedy = 'Write mentor, mentee, both or none, or say what it means: [columns.role] values = { "…" = "mentor" }.'
    here.words("error", texts, found == UNKNOWN, "this is no role", remedy)
    return found[texts.codes]


def _tells_roles(texts: Texts) -> bool:
    """Whether cells say mentor and mentee, and nothing that is no role."""
    found = set(texts.distinct.meaning(WORDS, UNKNOWN).tolist())
    return {MENTOR, MENTEE} <= found and UNKNOWN not in found


def by_sheet(rows: Rows) -> IntArray:
    """The sheet is the role, unless the row's own role says that the person does not take part."""
    of_sheet = np.array([MENTOR if kind == "mentors" else MENTEE for kind in rows.kinds])
    return np.where(declines(rows), NONE, of_sheet[rows.places.sheet])


def declines(rows: Rows) -> BoolArray:
    """Whether a row's own role says that the person takes no part."""
    if "role" not in rows.cells:
        return np.zeros(len(rows), bool)
    texts = rows.cells["role"][0].distinct
    return texts.where((texts.meaning(WORDS) == NONE) & (texts.words != ""))


def by_range(rows: Rows, columns: Mapping[str, Answers], given: Roles, log: IssueLog) -> IntArray:
    """Return the role of each row by the ranges of a column.

    Args:
        rows: The rows as text.
        columns: The same, typed.
        given: The column, and the range of the mentors and of the mentees.
        log: Is told who has no value, and so no role.

    Raises:
        RosterError: The column is not there or holds labels without an order, or the ranges overlap.
    """
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


def sides_and_roles(
    rows: Rows, columns: Mapping[str, Answers], binding: Binding, log: IssueLog
) -> tuple[Category, IntArray]:
    """Return whether each row is a junior's or a senior's, as a column, and the role that follows from its tracks.

    Args:
        rows: The rows as text.
        columns: The same, typed.
        binding: The tracks of the program, with who teaches in each, and whether everybody has to do both.
        log: Takes warnings and errors.

    Returns:
        The side as labels, missing for those who take no part, and the role as bits, ``(rows,)`` int64.

    Raises:
        RosterError: Nothing says who is a junior, or nobody of one side joins a track.
    """
    side = _sides(rows, columns, binding, log)
    _refuse_twice(rows, side, log)
    joins = _joins(rows, columns, binding, log)
    role = np.zeros(len(rows), np.int64)
    if binding.mirror == "require":
        apart = (side != NONE) & joins.any(0) & ~joins.all(0)
        reason = 'with mirror = "require" everybody teaches and learns, so who joins one track alone takes no part'
        log.on(rows.places, "tracks").once("info", np.flatnonzero(apart), "", reason, "Let them join every track.")
        role = np.where(joins.all(0), side, NONE)
    else:
        for track, here in zip(binding.tracks, joins, strict=True):
            teaches = JUNIOR if track.teaches == "junior" else SENIOR
            role |= np.where(here & (side != NONE), np.where(side == teaches, MENTOR, MENTEE), NONE)
    for track, here in zip(binding.tracks, joins, strict=True) if not log.count("error") else ():
        for number, word in ((JUNIOR, "junior"), (SENIOR, "senior")):
            if not (here & (side == number)).any():
                reason = f"no {word} joins the track {track.name!r}"
                remedy = "Look at the columns `side` and `tracks`, or drop the track."
                raise refusal(rows.places.files[0], reason, remedy, column="tracks")
    return Category(np.where(side == NONE, -1, side - JUNIOR), labels(["junior", "senior"])), role


def halved(columns: Mapping[str, Answers]) -> dict[str, Answers]:
    """Return the columns with half of each ``capacity_total``: two who teach each other use two places each."""
    found = dict(columns)
    if "capacity_total" in found:
        total = found["capacity_total"]
        assert isinstance(total.values, Number)
        found["capacity_total"] = Answers(Number(np.floor(total.values.values / 2)), total.codes)
    return found


def _refuse_twice(rows: Rows, side: IntArray, log: IssueLog) -> None:
    """Reject the rows of somebody who stands on both sheets: nobody is a junior and a senior."""
    ids, sheet = rows.ids.cells, rows.places.sheet
    shared = {*ids[(sheet == 0) & (side != NONE)]} & {*ids[(sheet == 1) & (side != NONE)]} - {""}
    again = np.flatnonzero(is_one_of(ids, shared) & (side != NONE))
    reason = "the same person stands on both sheets, and with tracks everybody has one row"
    log.on(rows.places, "employee_id").rows("error", again, ids[again], reason, "Keep the row of their own side.")


def _sides(rows: Rows, columns: Mapping[str, Answers], binding: Binding, log: IssueLog) -> IntArray:
    """Each row's side: as it says itself, by a range, or the mentor's as a junior and the mentee's as a senior."""
    if SIDE in rows.cells:
        texts = rows.cells[SIDE][0].distinct
        found = texts.meaning(_SIDES)
        log.on(rows.places, SIDE).words(
            "error", texts, found < 0, "this is no side", "Write junior or senior; leave it blank for no part."
        )
        return np.where(declines(rows), NONE, np.maximum(found, NONE)[texts.codes])
    if "mentors" in rows.kinds:
        return by_sheet(rows)
    if binding.roles is not None:
        return by_range(rows, columns, binding.roles, log)
    if "role" not in rows.cells:
        remedy = (
            "Give a `side` column (junior, senior), or a `role` column (mentor for a junior, mentee for a senior), or "
            "ranges in the program: [roles] column = …, junior = { at_most = … }, senior = { at_least = … }."
        )
        raise refusal(rows.places.files[0], "nothing says who is a junior and who a senior", remedy, column=SIDE)
    texts = rows.cells["role"][0].distinct
    role = texts.meaning(WORDS)
    here = log.on(rows.places, "role")
    here.words("error", texts, role < 0, "this is no role", "Write mentor, mentee, or none.")
    reason = "this does not say whether the person is a junior or a senior, so which of them is taught in which track"
    here.words("error", texts, role == BOTH, reason, "Add a column `side` with junior or senior.")
    return np.where((role < 0) | (role == BOTH), NONE, role)[texts.codes]


def _joins(rows: Rows, columns: Mapping[str, Answers], binding: Binding, log: IssueLog) -> BoolArray:
    """Whether each row joins each track, ``(tracks, rows)`` bool; a blank joins all."""
    every = np.ones((len(binding.tracks), len(rows)), bool)
    if "tracks" not in columns:
        return every
    column = columns["tracks"].at(np.arange(len(rows)))
    assert isinstance(column, Items)
    place = {fold(track.name): k for k, track in enumerate(binding.tracks)}
    known = np.array([place.get(key, -1) for key in column.keys], dtype=np.int64)
    joins = np.zeros_like(every)
    entry = known[column.ids] >= 0
    joins[known[column.ids[entry]], column.rows[entry]] = True
    joins[:, column.missing] = True
    strange = np.unique(column.rows[~entry])
    if len(strange):
        words = labels(["; ".join(word for word in column.of(row) if fold(word) not in place) for row in strange])
        names = [track.name for track in binding.tracks]
        near = suggestion(str(words[0]), names)
        remedy = f"The tracks are {listing(names)}; leave the cell blank for all.{near}"
        log.on(rows.places, "tracks").rows("error", strange, words, "the program has no such track", remedy)
    return joins
