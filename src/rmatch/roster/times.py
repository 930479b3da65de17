"""Weekly times, local to each person's time zone, and the time zones themselves."""

from __future__ import annotations

import numpy as np

from rmatch.columns import BoolArray
from rmatch.roster.issues import ColumnLog
from rmatch.roster.lists import split
from rmatch.roster.texts import Answers, Texts, labels
from rmatch.roster.weekly import Times, Zones, offsets, packed, repeated
from rmatch.roster.weektimes import day_words, intervals
from rmatch.roster.zones import near, zone_of

_REMEDY = (
    "Write `Mon 09:00-11:00; Wed 14:00-16:00`, or say what the word stands for: "
    '[columns.availability] values = { mornings = "Mon-Fri 9-12" }.'
)
_ZONE = "Write a name such as Europe/Berlin."

_FEW = 20
"""So many unknown zones get a suggestion, and so many readings are said."""


def time_zones(zones: Texts, asked: BoolArray, log: ColumnLog) -> Answers:
    """Return the time zones that people wrote.

    A word that is no zone is a warning, and missing. A word that is not the zone's own name is said once.

    Args:
        zones: The words.
        asked: The people who gave times, ``(people,)`` bool: without their zone these cannot be read.
        log: Takes the warnings.
    """
    zone = zones.distinct
    names = [zone_of(word) or "" for word in zone.words]
    unknown = np.array([bool(word) and not name for word, name in zip(zone.words, names, strict=True)], bool)
    for some, what in ((asked, "the availability"), (~asked, "it")):
        rows = np.flatnonzero(zone.where(unknown) & some)
        hints = {word: near(word) for word in sorted(set(zone.words[unknown].tolist()))[:_FEW]}
        reason = f"this is no time zone, so {what} is missing"
        reasons = labels([f"{reason}.{hints[word]}" if hints.get(word) else reason for word in zone.words])
        log.rows("warning", rows, zone.words[zone.codes[rows]], reasons[zone.codes[rows]], _ZONE)
    read = [k for k, (word, name) in enumerate(zip(zone.words, names, strict=True)) if name and word != name]
    for k in sorted(read, key=lambda k: zone.words[k])[:_FEW]:
        rows = np.flatnonzero(zone.codes == k)
        log.once("info", rows, zone.words[k], f"this is read as the time zone {names[k]}", _ZONE)
    said = sorted(word for word in zone.words.tolist() if word)
    place = {word: k for k, word in enumerate(said)}
    codes = np.array([place.get(word, -1) for word in zone.words], dtype=np.int64)
    meant = tuple(zone_of(word) or "" for word in said)
    return Answers(Zones(codes, labels(said), meant, offsets(meant)), zone.codes)


def half_hours(texts: Texts, zones: Texts | None, separator: str | None, log: ColumnLog) -> Answers:
    """Return the UTC half hours in which each person is free: those that lie wholly within a time the person named.

    A piece that cannot be read is a warning, and missing; so is all that goes with an unknown time zone.

    Args:
        texts: The times.
        zones: The time zone of each person; without it the times are read as UTC, and said so once.
        separator: Where to split a cell, as in :func:`~rmatch.roster.lists.split`.
        log: Takes the warnings.
    """
    times, zone = texts.distinct, (zones or Texts.blank(len(texts))).distinct
    asked = times.where(times.words != "")
    names = [zone_of(word) if word else "UTC" for word in zone.words]
    utc = np.flatnonzero(asked & zone.where(zone.words == ""))
    reason = "there is no time zone, so the times are read as UTC"
    log.once("info", utc, "", reason, "Give a `timezone`, such as Europe/Berlin.")

    both, pair = np.unique(times.codes.astype(np.int64) * len(zone.words) + zone.codes, return_inverse=True)
    word, place = np.divmod(both, len(zone.words))  # each answer in each zone, once
    apart = None if separator == "," else separator  # commas stand between days too
    pieces = split(times, apart, log, commas=False)
    days = day_words(pieces.spelled)
    read = [intervals(piece, days) for piece in pieces.spelled]
    bad = np.zeros(len(times.words), bool)
    bad[pieces.owner[np.array([found is None for found in read], dtype=bool)[pieces.code]]] = True
    log.words("warning", times, bad, "a time cannot be read, so it is missing", _REMEDY)

    size = np.array([len(found or ()) for found in read], dtype=np.int64)
    flat = np.array([span for found in read for span in found or ()], dtype=np.int64).reshape(-1, 2)
    entry_of_word = np.searchsorted(pieces.owner, np.arange(len(times.words) + 1))
    owner, entry = repeated(entry_of_word[word], np.diff(entry_of_word)[word])
    inner, span = repeated((np.cumsum(size) - size)[pieces.code[entry]], size[pieces.code[entry]])
    owner = owner[inner]
    known = np.array([name is not None for name in names], bool)[place[owner]]
    owner, spans = owner[known], flat[span[known]]
    first = np.searchsorted(owner, np.arange(len(both) + 1))
    nothing = packed(np.zeros(0, np.int64), np.zeros(0, np.int64), len(both))
    written = Times.of_hours(nothing, first, spans, place, tuple(name or "UTC" for name in names))
    hours = packed(*written.half_hours(offsets(written.zones)[place, 0]), len(both))
    values = Times.of_hours(hours, first, spans, place, written.zones)
    return Answers(values, pair.reshape(-1).astype(np.int32))
