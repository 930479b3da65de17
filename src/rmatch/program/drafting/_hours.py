"""What words for parts of a day stand for: proposals of hours, which somebody has to look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rmatch.columns import fold
from rmatch.roster.weektimes import DAYS, day_words, intervals, plain
from rmatch.schema.vocabulary import answers

_PIECES = re.compile(r"[;|\r\n\0]")
_WORD = re.compile(r"[^\W\d_]+")
_CLOCK = r"(\d{1,2}(?::\d{2})?\s*(?:am|pm|uhr|h|u)?)\b"
_AFTER = re.compile(rf"\b(?:after|from|ab|nach|apres|a partir de|despues de|na|vanaf)\s+{_CLOCK}")
_BEFORE = re.compile(rf"\b(?:before|until|vor|bis|avant|jusqu'a|antes de|hasta|voor|tot)\s+{_CLOCK}")
_WEEKEND = ("weekend", "week-end", "wochenende", "fin de semana")
_WHOLE_DAY = "09:00-17:00"
_FIRST, _LAST = "8am", "8pm"  # nobody is met before or after


def hours_of(words: Iterable[str], by_day: bool) -> tuple[bool, dict[str, str], list[str]]:
    """Return what answers to a question for times need to be read.

    Args:
        words: The answers.
        by_day: The question is asked for each day, so the answers are hours alone.

    Returns:
        Whether commas separate the items; what each item stands for that cannot be read as it is; the items for
        which there is no proposal.
    """
    said = [*words]
    days = day_words(said)
    pieces = {piece.strip() for word in said for piece in _PIECES.split(word)} - {""}
    unread = {piece for piece in pieces if not _read(piece, by_day, days)}
    parts = {part.strip() for piece in unread for part in piece.split(",")} - {""}
    commas = any("," in piece for piece in unread) and all(
        _read(part, by_day, days) or _proposed(part, by_day, days) for part in parts
    )
    if commas or by_day:
        unread = {part for part in parts if not _read(part, by_day, days)}
    values = {piece: hours for piece in sorted(unread, key=fold) if (hours := _proposed(piece, by_day, days))}
    return commas and not by_day, values, sorted(unread - values.keys(), key=fold)


def _read(piece: str, by_day: bool, days: Mapping[str, int]) -> bool:
    return intervals(f"Mon {piece}" if by_day else piece, days) is not None


def _proposed(piece: str, by_day: bool, days: Mapping[str, int]) -> str:
    """Weekly times, or hours, for words such as ``Monday mornings`` or ``after 5pm``; those of Monday to Friday where
    no day is named; nothing where there is no proposal."""
    text = plain(piece)
    hours = _clock(text)
    if not hours:
        names = [hour for hour in answers()["hours"] if any(_stands(plain(name), text) for name in hour["names"])]
        hours = " and ".join(hour["from_to"] for hour in names)
    if not by_day and not hours and intervals(f"{text} {_WHOLE_DAY}", days) is not None:
        return f"{piece} {_WHOLE_DAY}"
    if by_day or not hours:
        return hours
    named = [days[word] for word in _singular(text) if word in days]
    when = ", ".join(DAYS[day].capitalize() for day in dict.fromkeys(named))
    if not when:
        when = "Sat-Sun" if any(word in text for word in _WEEKEND) else "Mon-Fri"
    return f"{when} {hours}"


def _clock(text: str) -> str:
    """The hours that are written in a text: a range, or its beginning or end alone."""
    after, before = _AFTER.search(text), _BEFORE.search(text)
    found = [f"{after[1]}-{_LAST}"] if after else [f"{_FIRST}-{before[1]}"] if before else []
    found += [match[0] for match in re.finditer(rf"{_CLOCK}\s*-\s*{_CLOCK}", text)]
    return next((each for each in found if intervals(f"Mon {each}") is not None), "")


def _singular(text: str) -> list[str]:
    return [each for word in _WORD.findall(text) for each in (word, word.removesuffix("s")) if len(each) > 1]


def _stands(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
