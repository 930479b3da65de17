"""Time zones as people and programs write them: ``Europe/Berlin``, ``Berlin``, ``PST``, ``GMT+1``, ``Eastern Time``.

A zone has one name here: that of the IANA data, or ``UTC+05:30`` for one that never changes its clocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from rmatch.errors import did_you_mean, nearest
from rmatch.schema.vocabulary import zones

_OFFSET = re.compile(r"(?:utc|gmt|z)? ?([+-]) ?(\d{1,2})(?::?([0-5]\d)|[.,](25|5|75))?(?: ?h(?:ours)?)?", re.ASCII)
_LABELLED = re.compile(r"\((?P<offset>(?:utc|gmt)[^)]*)\) ?(?P<places>.+)")
_LABELLED_AFTER = re.compile(r"(?P<offset>(?:utc|gmt) ?[+-][^ (]*) ?\((?P<places>[^)]+)\)")
_NAMED = re.compile(r"UTC([+-])(\d\d):(\d\d)", re.ASCII)
_ASIDE = re.compile(r" ?\([^)]*\)$")
_ENDING = re.compile(r" (?:local )?time(?: zone)?$| zone$")
_LIKE = 0.8  # so like a known word must another be to mean it
_PARTS = {"25": 15, "5": 30, "75": 45}
_LONGEST, _KEPT = 80, 10_000
_EARLIEST, _LATEST = -12 * 60, 14 * 60
_SEASONS = tuple(datetime(year, month, 15, 12, tzinfo=UTC) for year in (2025, 2026) for month in range(1, 13))


@cache
def clock(name: str) -> tzinfo:
    """Return the clock of a zone by the one name that it has here."""
    fixed = _NAMED.fullmatch(name)
    if fixed is None:
        return ZoneInfo(name)
    ahead = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
    return timezone(ahead if fixed[1] == "+" else -ahead)


@lru_cache(_KEPT)
def zone_of(word: str) -> str | None:
    """Return the name of the zone that a word means; None where that is no zone, or could be several."""
    plain = _plain(word)
    if not plain or len(plain) > _LONGEST:
        return None
    labelled = _LABELLED.fullmatch(plain) or _LABELLED_AFTER.fullmatch(plain)
    if labelled is not None:
        return _labelled(labelled["offset"], labelled["places"])
    bare = _ASIDE.sub("", plain)
    found = next((name for each in (plain, bare, _ENDING.sub("", bare)) if (name := _known().get(each))), _fixed(bare))
    if found is None and "/" in plain:  # CET/CEST
        parts = {_known().get(part.strip()) for part in plain.split("/")}
        return parts.pop() if len(parts) == 1 else None
    return found


def near(word: str) -> str:
    """Return what a word that is no zone may mean, as a sentence, or an empty string."""
    plain = _ENDING.sub("", _ASIDE.sub("", _plain(word)))[:_LONGEST]
    several = zones()["several"].get(plain)
    if several is not None:
        return f" It may be {', '.join(several[:-1])} or {several[-1]}."
    return did_you_mean([*dict.fromkeys(_known()[close] for close in nearest(plain, _known(), _LIKE))])


def _plain(word: str) -> str:
    """A word as it is looked up: ``-`` stays, because ``GMT-1`` is not ``GMT 1``."""
    dashed = re.sub("[\u2010-\u2015\u2212]", "-", word)
    return " ".join(part for part in re.split(r"[\s_]+", dashed.casefold()) if part)


@cache
def _known() -> Mapping[str, str]:
    """Every word that means one zone: IANA names, their cities, and the vocabulary, which comes first."""
    names = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
    vocabulary = zones()
    read = {_plain(word): name for name, words in vocabulary["read"].items() for word in words if name in names}
    cities: dict[str, list[str]] = {}
    for name in names:
        if "/" in name and not name.startswith(("Etc/", "US/", "SystemV/")):
            cities.setdefault(_plain(name.rpartition("/")[2]), []).append(name)
    alone = {city: some[0] for city, some in cities.items() if len(some) == 1 or len({*map(_year_of, some)}) == 1}
    found = alone | {_plain(name): name for name in names} | read
    return {word: name for word, name in found.items() if word not in vocabulary["several"]}


def _year_of(name: str) -> tuple[timedelta | None, ...]:
    return tuple(clock(name).utcoffset(moment) for moment in _SEASONS)


def _fixed(plain: str) -> str | None:
    """``UTC+05:30`` for any way to write that offset; None where a word is none."""
    found = _OFFSET.fullmatch(plain)
    if found is None:
        return None
    ahead = int(found[2]) * 60 + (_PARTS[found[4]] if found[4] else int(found[3] or 0))
    ahead = ahead if found[1] == "+" else -ahead
    if not _EARLIEST <= ahead <= _LATEST:
        return None
    hours, minutes = divmod(abs(ahead), 60)
    return f"UTC{'-' if ahead < 0 else '+'}{hours:02d}:{minutes:02d}" if ahead else "UTC"


def _labelled(offset: str, places: str) -> str | None:
    """The zone of ``(UTC+01:00) Amsterdam, Berlin``: the first place that is known, if its clock shows that offset."""
    fixed = _fixed(offset) or _known().get(offset)
    known = [name for place in (places, *places.split(",")) if (name := zone_of(place.strip())) is not None]
    if fixed is None or not known:
        return None
    shown = clock(fixed).utcoffset(_SEASONS[0])
    return known[0] if shown in _year_of(known[0]) else None
