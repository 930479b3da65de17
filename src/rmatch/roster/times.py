"""Weekly times, local to each person's time zone, as UTC half hours."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray, Items, fold
from rmatch.errors import suggestion
from rmatch.roster.issues import ColumnLog
from rmatch.roster.lists import split
from rmatch.roster.texts import Answers, Texts, labels
from rmatch.roster.weektimes import DAYS, day_words, intervals

REFERENCE = datetime(2025, 1, 6)
"""The Monday whose week gives the offsets of all time zones, so that results do not change with the date."""

_DAY_MINUTES, _SLOT = 24 * 60, 30
_SLOTS = 7 * _DAY_MINUTES // _SLOT

_REMEDY = (
    "Write `Mon 09:00-11:00; Wed 14:00-16:00`, or say what the word stands for: "
    '[columns.availability] values = { mornings = "Mon-Fri 9-12" }.'
)

_FEW = 20
"""So many unknown zones get a suggestion, which takes a millisecond each."""


def half_hours(
    texts: Texts, zones: Texts | None, separator: str | None, log: ColumnLog, zone_log: ColumnLog
) -> Answers:
    """Return the UTC half hours in which each person is free: those that lie wholly within a time the person named.

    A piece that cannot be read is a warning, and missing; so is all that goes with an unknown time zone.

    Args:
        texts: The times.
        zones: The time zone of each person; without it the times are read as UTC, and said so once.
        separator: Where to split a cell, as in :func:`~rmatch.roster.lists.split`.
        log: Takes the warnings about times.
        zone_log: Takes those about time zones.
    """
    times, zone = texts.distinct, (zones or Texts.blank(len(texts))).distinct
    asked = times.where(times.words != "")
    offsets = _offsets(zone, asked, zone_log)
    utc = np.flatnonzero(asked & zone.where(zone.words == ""))
    reason = "there is no time zone, so the times are read as UTC"
    log.once("info", utc, "", reason, "Give a `timezone`, such as Europe/Berlin.")

    both, pair = np.unique(times.codes.astype(np.int64) * len(zone.words) + zone.codes, return_inverse=True)
    word, place = np.divmod(both, len(zone.words))  # each answer in each zone, once
    pieces = split(
        times, None if separator == "," else separator, log, commas=False
    )  # which days may have between them
    days = day_words(pieces.spelled)
    read = [intervals(piece, days) for piece in pieces.spelled]
    bad = np.zeros(len(times.words), bool)
    bad[pieces.owner[np.array([found is None for found in read], dtype=bool)[pieces.code]]] = True
    log.words("warning", times, bad, "a time cannot be read, so it is missing", _REMEDY)

    size = np.array([len(found or ()) for found in read], dtype=np.int64)
    flat = np.array([span for found in read for span in found or ()], dtype=np.int64).reshape(-1, 2)
    entry_of_word = np.searchsorted(pieces.owner, np.arange(len(times.words) + 1))
    owner, entry = _repeated(entry_of_word[word], np.diff(entry_of_word)[word])
    inner, span = _repeated((np.cumsum(size) - size)[pieces.code[entry]], size[pieces.code[entry]])
    owner = owner[inner]
    known = np.isfinite(offsets[place[owner]])
    owner, span = owner[known], span[known]
    shift = offsets[place[owner]].astype(np.int64)
    first = -((shift - flat[span, 0]) // _SLOT)  # rounded up
    last = (flat[span, 1] - shift) // _SLOT  # rounded down
    inner, slot = _repeated(first, np.maximum(last - first, 0))
    return Answers(_packed(owner[inner], slot % _SLOTS, len(both)), pair.reshape(-1).astype(np.int32))


def _repeated(start: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """For each ``k``: ``k`` beside ``start[k], start[k] + 1, …``, ``count[k]`` times."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.repeat(start - (np.cumsum(count) - count), count) + np.arange(len(owner))


def _packed(owner: IntArray, slot: IntArray, n: int) -> Items:
    """The half hours of each of ``n`` owners, named by day and time; names ascend."""
    used = np.flatnonzero(np.bincount(slot, minlength=_SLOTS))
    names = [f"{DAYS[s // 48].capitalize()} {s % 48 // 2:02d}:{s % 2 * _SLOT:02d}" for s in used.tolist()]
    order = np.argsort(np.array(names, dtype=str))
    rank = np.zeros(_SLOTS, np.int64)
    rank[used[order]] = np.arange(len(used))
    code = np.sort(owner * _SLOTS + rank[slot])
    code = code[np.flatnonzero(np.diff(code, prepend=-1))]
    start = np.concatenate([[0], np.cumsum(np.bincount(code // _SLOTS, minlength=n))])
    shown = labels([names[k] for k in order])
    keys = labels([fold(name) for name in shown])
    return Items(start, code % _SLOTS, np.zeros(len(code), np.int8), shown, keys)


def _offsets(zone: Texts, asked: BoolArray, log: ColumnLog) -> FloatArray:
    """Minutes ahead of UTC of each zone's word, 0 where it is empty and NaN where it is no zone."""
    known = available_timezones() if len(zone.words) > 100 else None  # slower than a few tries, faster than many
    offsets = np.array([_offset(word) if known is None or word in known or not word else np.nan for word in zone.words])
    rows = np.flatnonzero(asked & zone.where(np.isnan(offsets)))
    if len(rows):
        names = sorted(available_timezones())
        unknown = sorted(set(zone.words[np.isnan(offsets)].tolist()))
        near = {word: suggestion(word[:64], names) for word in unknown[:_FEW]}
        codes = zone.codes[rows]
        reason = "this is no time zone, so the availability is missing"
        reasons = labels([reason + near.get(word, "") for word in zone.words])[codes]
        log.rows("warning", rows, zone.words[codes], reasons, "Write a name such as Europe/Berlin.")
    return offsets


def _offset(name: str) -> float:
    if not name:
        return 0.0
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-/]{0,63}", name):
        return np.nan
    try:
        offset = ZoneInfo(name).utcoffset(REFERENCE)
    except (KeyError, ValueError, OSError):
        return np.nan
    return offset / timedelta(minutes=1) if offset is not None else np.nan
