"""Skills that are probably written wrongly: said with how many people say so, and never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import Category, Column, IntArray, Items, fold
from rmatch.roster.alike import alike
from rmatch.roster.issues import IssueLog, Places, excerpt
from rmatch.roster.texts import Answers
from rmatch.schema.binding import Binding

MOST = 20
"""So many are said one by one: those that most people say."""

_REMEDY = "Correct it, or put it into the program's alias table; a word that is right goes there as an alias of itself."


@dataclass(frozen=True, eq=False)
class _Said:
    """A column of skills: how often each key is said, in which spelling, and by which rows."""

    name: str
    items: Items
    codes: IntArray
    times: IntArray
    place: Mapping[str, int]

    @classmethod
    def of(cls, name: str, items: Items, codes: IntArray) -> _Said:
        answers = np.bincount(codes, minlength=len(items))
        times = np.bincount(items.ids, weights=answers[items.rows], minlength=len(items.keys))
        place = {key: k for k, key in enumerate(items.keys.tolist()) if times[k]}
        return cls(name, items, codes, times.astype(np.int64), place)

    def saying(self, keys: Sequence[str]) -> Mapping[str, IntArray]:
        """The rows that name each of some skills."""
        at = {self.place[key]: key for key in keys if key in self.place}
        entry = np.flatnonzero(np.isin(self.items.ids, list(at)))
        item, answer = self.items.ids[entry], np.searchsorted(self.items.start, entry, side="right") - 1
        rows = {}
        for k, key in at.items():
            named = np.zeros(len(self.items), bool)
            named[answer[item == k]] = True
            rows[key] = np.flatnonzero(named[self.codes])
        return rows


def suggest(columns: Mapping[str, Answers], binding: Binding, person: IntArray, places: Places, log: IssueLog) -> None:
    """Say which labels look like another that more people name, in every column that is compared.

    The columns of skills speak together, every other one for itself. What the alias table gives as a canonical word is
    right. Columns that are withheld are not looked at.

    Args:
        columns: All columns, over all rows.
        binding: Names the columns of skills and of other labels, and holds the alias table.
        person: The number of the person of each row, ``(n,)``.
        places: Where each row stands.
        log: Takes the suggestions, as ``info``.
    """
    seen = {name: columns[name] for name in sorted({*columns} & (binding.skills | binding.labels) - binding.withheld)}
    said = [
        _Said.of(name, values, column.codes.astype(np.int64))
        for name, column in seen.items()
        if (values := _as_items(column.values)) is not None
    ]
    _suggest([each for each in said if each.name in binding.skills], "skill", binding, person, places, log)
    for each in said:
        if each.name not in binding.skills:
            _suggest([each], "label", binding, person, places, log)


def _as_items(column: Column) -> Items | None:
    """A column of labels as one of lists, each with one label; None for numbers."""
    if not isinstance(column, Category):
        return column if isinstance(column, Items) else None
    there = column.codes >= 0
    start = np.concatenate([[0], np.cumsum(there)])
    ids = column.codes[there]
    return Items(start, ids, np.zeros(len(ids), np.int8), column.labels, column.keys)


def _suggest(said: list[_Said], what: str, binding: Binding, person: IntArray, places: Places, log: IssueLog) -> None:
    """Say which words of one vocabulary look like another one."""
    times = Counter[str]()
    for each in said:
        times.update({key: int(each.times[k]) for key, k in each.place.items()})
    keys, right = sorted(times), {fold(word) for word in binding.aliases.values()}
    found = alike(keys, np.array([times[key] for key in keys], dtype=np.int64))
    pairs = [(keys[odd], keys[usual]) for odd, usual in found if keys[odd] not in right]
    shown = sorted({key for pair in pairs[:MOST] for key in pair})
    sayers = [each.saying(shown) for each in said]
    told = {key: _told(key, said, sayers, person) for key in shown}
    for odd, usual in pairs[:MOST]:
        name, rows = next((each.name, by[odd]) for each, by in zip(said, sayers, strict=True) if odd in by)
        first = rows[np.lexsort((places.row[rows], places.sheet[rows]))[0]]
        file, row = places.files[places.sheet[first]], int(places.row[first])
        reason = f"{told[odd]} looks like {told[usual]}"
        log.note("info", file, reason, _REMEDY, column=name, value=_spelled(odd, said), row=row)
    if len(pairs) > MOST:
        more = len(pairs) - MOST
        reason = f"{more:,} more {f'{what} looks' if more == 1 else f'{what}s look'} like another"
        log.note("info", places.files[0], reason, _REMEDY, column=said[0].name)


def _told(key: str, said: list[_Said], sayers: list[Mapping[str, IntArray]], person: IntArray) -> str:
    rows = np.concatenate([by[key] for by in sayers if key in by])
    people = len(np.unique(person[rows]))
    return f"{excerpt(_spelled(key, said))!r} ({people:,} {'person' if people == 1 else 'people'})"


def _spelled(key: str, said: list[_Said]) -> str:
    """The commonest spelling of a skill."""
    found = [(each, each.place[key]) for each in said if key in each.place]
    return min((-int(each.times[k]), str(each.items.labels[k])) for each, k in found)[1]
