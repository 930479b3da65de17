"""Juniors, seniors and the tracks that they join: who teaches and who learns follows from these."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rmatch.columns import BoolArray, Category, IntArray, Items, Number, fold, is_one_of
from rmatch.errors import suggestion
from rmatch.roster.issues import IssueLog, listing, refusal
from rmatch.roster.roles import BOTH, MENTEE, MENTOR, NONE, WORDS, by_range, by_sheet
from rmatch.roster.rows import Rows
from rmatch.roster.texts import Answers, labels
from rmatch.schema.binding import Binding
from rmatch.schema.tracks import SIDE
from rmatch.schema.vocabulary import numbered

JUNIOR, SENIOR = MENTOR, MENTEE
"""The sides, numbered as the roles that are the words of a reverse programme for them."""

_SIDES = numbered("sides")


def sides_and_roles(
    rows: Rows, columns: Mapping[str, Answers], binding: Binding, log: IssueLog
) -> tuple[Category, IntArray]:
    """Return whether each row is a junior's or a senior's, as a column, and the role that follows from its tracks.

    Raises RosterError where nothing says who is a junior.
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
        found = np.array([_SIDES.get(fold(word), -1) for word in texts.words], dtype=np.int64)
        log.on(rows.places, SIDE).words(
            "error", texts, found < 0, "this is no side", "Write junior or senior; leave it blank for no part."
        )
        side = np.maximum(found, NONE)[texts.codes]
        return np.where(_declines(rows), NONE, side)
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
    role = np.array([WORDS.get(fold(word), -1) for word in texts.words], dtype=np.int64)
    here = log.on(rows.places, "role")
    here.words("error", texts, role < 0, "this is no role", "Write mentor, mentee, or none.")
    reason = "this does not say whether the person is a junior or a senior, so which of them is taught in which track"
    here.words("error", texts, role == BOTH, reason, "Add a column `side` with junior or senior.")
    return np.where((role < 0) | (role == BOTH), NONE, role)[texts.codes]


def _declines(rows: Rows) -> BoolArray:
    """Whether a row's own role says that the person takes no part."""
    if "role" not in rows.cells:
        return np.zeros(len(rows), bool)
    texts = rows.cells["role"][0].distinct
    return texts.where([bool(word) and WORDS.get(fold(word)) == NONE for word in texts.words])


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
