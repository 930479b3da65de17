"""Weekly times as people write them: ``Mon 09:00-11:00``, ``Tuesdays and Thursdays, 2-4pm``, ``lundi 9h-11h``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from rmatch.schema.vocabulary import words

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_MINUTES = 24 * 60

_SEVERAL = {"weekdays": range(5), "workdays": range(5), "werktags": range(5), "weekends": range(5, 7)} | dict.fromkeys(
    ("daily", "everyday", "every day", "täglich", "tous les jours", "todos los días", "dagelijks"), range(7)
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_TIME = r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|uhr|hrs|h|u)?\b"
_TO = r"\s*(?:-|to|till|until|bis|à|a|al|tot|t/m)\s*"
_RANGE = re.compile(rf"(?:(?:from|von|de|van|entre|between)\s+)?(?<!\d){_TIME}{_TO}{_TIME}", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"[\s,&+/:.@()]*(?:(?:and|und|et|y|en|e|at|um|on|le|el|les|los|op)\b[\s,&+/:.@()]*)*")
_THROUGH = re.compile(r"[\s.]*(?:-|to\b|through\b|thru\b|till\b|bis\b|au\b|à\b|a\b|al\b|tot\b|t/m\b)[\s.]*")
_CLOCK = ((re.compile(r"\b([ap])\.?\s?m\b\.?"), r"\1m"), (re.compile(r"\b(?:12 )?noon\b"), "12:00"))


def plain(text: str) -> str:
    """A text without accents, in small letters, with hyphens for dashes."""
    apart = unicodedata.normalize("NFKD", text.translate(_DASHES).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


_LANGUAGES: dict[str, dict[str, int]] = {
    language: {word: day for day, names in enumerate(week) for word in plain(names).split()}
    for language, week in words()["days"].items()
}
_MEANT: dict[str, set[int]] = {}
for _words in _LANGUAGES.values():
    for _word in _words:
        _MEANT.setdefault(_word, set()).add(_words[_word])
CLEAR: dict[str, int] = {word: min(days) for word, days in _MEANT.items() if len(days) == 1}
"""The words that mean one day, whatever the language."""


def day_words(cells: Iterable[str]) -> Mapping[str, int]:
    """What words mean which day in a column: one that languages share is settled by the others that are used."""
    doubtful = _MEANT.keys() - CLEAR.keys()
    used = {word for cell in cells for word in _WORD.findall(plain(cell))}
    if not used & doubtful:
        return CLEAR
    told = {language: len(used & words.keys() - doubtful) for language, words in _LANGUAGES.items()}
    most = max(told.values())
    likely = [_LANGUAGES[language] for language, n in told.items() if n == most and most]
    settled = {word: {words[word] for words in likely if word in words} for word in doubtful}
    return CLEAR | {word: min(days) for word, days in settled.items() if len(days) == 1}


def intervals(piece: str, days: Mapping[str, int] = CLEAR) -> list[tuple[int, int]] | None:
    """Return the minutes of the week from which and to which a piece such as ``Mon 09:00-11:00`` lasts.

    ``Mon-Fri 9-17`` is five of them; ``Mon, Tue 9-11am`` two. Days may stand before or after their times.

    Args:
        piece: The piece.
        days: The number of each day by its name.

    Returns:
        First and last minute of each; None where the piece cannot be read as a whole, or holds no time.
    """
    text = plain(piece)
    for pattern, instead in _CLOCK:
        text = pattern.sub(instead, text)
    found: list[tuple[int, int]] = []
    named, spans, at = list[int](), list[tuple[int, int]](), _BETWEEN.match(text).end()  # type: ignore[union-attr]
    ahead = True  # days stand ahead of their times
    while at < len(text):
        clock = _RANGE.match(text, at)
        if clock is not None:
            span = _span(clock)
            if span is None or (not ahead and named):
                return None
            ahead = ahead and bool(named)
            spans.append(span)
            at = clock.end()
        else:
            day = _days(text, at, days)
            if day is None:
                return None
            if spans and ahead:
                found += _each(named, spans)
                named, spans = [], []
            named += day[0]
            at = day[1]
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
    return [*found, *_each(named, spans)] if named and spans else None


def _each(named: list[int], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(day * _DAY_MINUTES + start, day * _DAY_MINUTES + end) for day in named for start, end in spans]


def _days(text: str, at: int, days: Mapping[str, int]) -> tuple[list[int], int] | None:
    """The days that are named at a place, and where that ends."""
    for said, several in _SEVERAL.items():
        if text.startswith(plain(said), at):
            return list(several), at + len(plain(said))
    first = _day(text, at, days)
    if first is None:
        return None
    through = _THROUGH.match(text, first[1])
    last = _day(text, through.end(), days) if through is not None else None
    if last is None:
        return [first[0]], first[1]
    return [(first[0] + k) % 7 for k in range((last[0] - first[0]) % 7 + 1)], last[1]


def _day(text: str, at: int, days: Mapping[str, int]) -> tuple[int, int] | None:
    word = _WORD.match(text, at)
    if word is None:
        return None
    day = days.get(word[0], days.get(word[0].removesuffix("s")) if len(word[0]) > 4 else None)
    return None if day is None else (day, word.end())


def _span(clock: re.Match[str]) -> tuple[int, int] | None:
    """The minutes of the day of a range such as ``9-11am``; None where it is none."""
    halves = [half if half in ("am", "pm") else "" for half in (clock[3], clock[6])]
    hours, minutes = (int(clock[1]), int(clock[4])), (int(clock[2] or 0), int(clock[5] or 0))
    if max(minutes) > 59 or max(hours) > 24 or any(h and not 1 <= n <= 12 for h, n in zip(halves, hours, strict=True)):
        return None
    start, end = (_minute(n, m, h) for n, m, h in zip(hours, minutes, halves, strict=True))
    if halves[1] and not halves[0] and hours[0] <= 12:
        start = _minute(hours[0], minutes[0], halves[1])
        start = _minute(hours[0], minutes[0], "am") if start >= (end or _DAY_MINUTES) else start
    if halves[0] and not halves[1] and end <= start and hours[1] <= 12:
        end = _minute(hours[1], minutes[1], "pm")
    end = _DAY_MINUTES if end == 0 and halves[1] == "am" else end
    return (start, end) if start < end <= _DAY_MINUTES else None


def _minute(hour: int, minute: int, half: str) -> int:
    return (hour % 12 + 12 * (half == "pm") if half else hour) * 60 + minute
