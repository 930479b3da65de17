"""In which order rounds were, by their names: numbers, dates, and years with something beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rmatch.roster.resolver import plain

_Key: TypeAlias = tuple[int, ...]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_FIGURES = re.compile(r"[0-9]{1,18}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b"
)


def in_order(names: Sequence[str]) -> dict[str, int] | None:
    """Return the place of each name, from 0, equal ones together; None where the names do not tell.

    They tell where they are whole numbers; dates; the same words with one number, such as ``Round 2``; or years with a
    number or a month, such as ``Q1 2026`` or ``March 2026``. Of two that only differ in other words, such as ``spring``
    and ``autumn``, nothing is known, unless their years differ.
    """
    if len(names) < 2:
        return dict.fromkeys(names, 0)
    if all(_WHOLE.fullmatch(name) for name in names):
        return _placed({name: (int(name),) for name in names})
    words = {name: plain(name) for name in names}
    kinds = {_FIGURES.sub("#", word) for word in words.values()}
    numbers = {name: tuple(map(int, _FIGURES.findall(word))) for name, word in words.items()}
    if len(kinds) == 1 and len(next(iter(numbers.values()))) == 1:
        return _placed(numbers)
    years = {name: _YEAR.findall(word) for name, word in words.items()}
    if any(len(found) != 1 for found in years.values()):
        return None
    year = {name: int(found[0]) for name, found in years.items()}
    if len({*year.values()}) == len(names):
        return _placed({name: (each,) for name, each in year.items()})
    if len(kinds) == 1:
        return _dated(words, numbers, year)
    months = {name: _MONTH.findall(word) for name, word in words.items()}
    left = {_MONTH.sub("", _FIGURES.sub("#", word)) for word in words.values()}
    if len(left) == 1 and left.pop().count("#") == 1 and all(len(found) == 1 for found in months.values()):
        return _placed({name: (year[name], _MONTHS.index(months[name][0][:3])) for name in names})
    return None


def _dated(words: Mapping[str, str], numbers: Mapping[str, _Key], year: Mapping[str, int]) -> dict[str, int] | None:
    """The places of names that have a year and one or two further numbers; None where day and month may be either."""
    rest = {name: [k for k in found if k != year[name]] for name, found in numbers.items()}
    if {*map(len, rest.values())} == {1}:
        return _placed({name: (year[name], *rest[name]) for name in rest})
    if {*map(len, rest.values())} != {2}:
        return None
    first = all(found[0] == year[name] for name, found in numbers.items())
    readings = [(0, 1)] if first else [(1, 0)] if all("." in word for word in words.values()) else [(0, 1), (1, 0)]
    fits = [
        _placed({name: (year[name], found[month], found[day]) for name, found in rest.items()})
        for month, day in readings
        if all(1 <= found[month] <= 12 and 1 <= found[day] <= 31 for found in rest.values())
    ]
    return fits[0] if fits and all(each == fits[0] for each in fits) else None


def _placed(keys: Mapping[str, _Key]) -> dict[str, int]:
    order = sorted({*keys.values()})
    return {name: order.index(key) for name, key in keys.items()}
