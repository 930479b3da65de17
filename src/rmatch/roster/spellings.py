"""Skills that are probably written wrongly: said with how many people say so, and never changed.

A pair is only named where the words differ in letters, and the likelier it is that both are words of their own, the
commoner one of them must be. What tells real words apart never counts as a slip: figures, ``+`` and ``#``, the first
letter, and whole words more. So "Java" and "JavaScript", "C" and "C++", "Python 2" and "Python 3" are never named.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from rmatch._util.quoted import excerpt
from rmatch.columns import Category, Column, IntArray, Items, fold
from rmatch.roster.issues import IssueLog, Places
from rmatch.roster.texts import Answers
from rmatch.schema.binding import Binding

MOST = 20
"""So many are said one by one: those that most people say."""

ALIKE = re.compile(r"['\"](.+)['\"] \(.* looks like ['\"](.+)['\"] \(.*")
"""The two labels of a suggestion."""

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


LARGEST = 20_000
"""So many words are compared, the commonest; all of them with all others they may be confused with."""

SWAPPED, DROPPED, MISTYPED, TWICE = 1, 5, 10, 20
"""How many times as common the usual word must be: two letters swapped or one doubled, one too many or too few, one
another letter, two such slips in a long word."""

_SHORT = 10
"""The same for any slip in the shortest words that may hold one."""

_LEAST, _LONG, _MOST = 5, 10, 32
"""Letters of a word in which one slip is looked for, two are, and none is."""

_WHOLE = 4
"""Letters from which on a word is compared without its marks."""

_TEXT = 64
"""Letters of what is compared at all; more are a sentence."""

_BUCKET, _COMPARED = 8, 200_000
"""Of words that may be confused with one another each is compared with so many, the commonest; and so many pairs."""

_Part = tuple[str, int, int]
"""A part of a word, how many people say the word, and its number."""

_ACCENTS = re.compile("[\u0300-\u036f]")
_BETWEEN_FIGURES = re.compile(r"(?<=\d)[^\w+#]+(?=\d)")
_KEPT = frozenset("+#")


def alike(keys: Sequence[str], counts: IntArray) -> list[tuple[int, int]]:
    """Return the pairs of words that look like one: the unusual one first, then the usual one.

    Each word is named as the unusual one at most once, beside the commonest of those it looks like. The answer does
    not depend on the order of the words.

    Args:
        keys: Folded words, all different.
        counts: How many people say each, ``(len(keys),)``.
    """
    times = counts.tolist()
    order = sorted((k for k in range(len(keys)) if len(keys[k]) <= _TEXT), key=lambda k: (-times[k], keys[k]))
    order = order[:LARGEST]
    best: dict[int, int] = {}
    rank = {k: place for place, k in enumerate(order)}
    for usual, odd in (*_same_but_for_marks(keys, order), *_slips(keys, times, order)):
        if odd not in best or rank[usual] < rank[best[odd]]:
            best[odd] = usual
    return [(odd, best[odd]) for odd in order if odd in best]


def _same_but_for_marks(keys: Sequence[str], order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Words that are equal without blanks, punctuation, accents and plurals, short ones without blanks alone;
    ``order`` has the commonest first.
    """
    first: dict[str, int] = {}
    for k in order:
        bare = stem(keys[k])
        if len(bare) < _WHOLE:  # "R & D" is "R&D"; marks may tell so short words apart
            bare = keys[k].replace(" ", "")
        if len(bare) > 1 and first.setdefault(bare, k) != k:
            yield first[bare], k


def stem(key: str) -> str:
    """The folded word without blanks, punctuation and accents, each of its words in the singular.

    ``+`` and ``#`` stay, and so does what stands between two figures.
    """
    if not key.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFD", key))
        key = "".join(c for c in plain if unicodedata.category(c)[0] not in "PC" or c in _KEPT or c.isascii())
    key = _BETWEEN_FIGURES.sub("\0", key)
    words = "".join(map(_singular, key.split(" ")))
    return _singular("".join(c for c in words if c.isalnum() or c in _KEPT or not c.isascii() or c == "\0"))


def _singular(word: str) -> str:
    if len(word) < 5 or word[-1] != "s" or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]


def _slips(keys: Sequence[str], times: Sequence[int], order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Words that are equal but for one slip, or two in a long word, in one of their parts between blanks."""
    groups: defaultdict[tuple[str, str], list[_Part]] = defaultdict(list)
    for k in order:
        parts = keys[k].split(" ")
        for at, part in enumerate(parts):
            if _LEAST - 1 <= len(part) <= _MOST:
                groups[" ".join(parts[:at]), " ".join(parts[at + 1 :])].append((part, times[k], k))
    candidates = (pair for group in groups.values() if len(group) > 1 for pair in _candidates(group))
    for (usual, often, k), (odd, seldom, j) in islice(candidates, _COMPARED):
        needed = slip(usual, odd)
        if needed is not None and often >= needed * seldom:
            yield k, j


def _candidates(group: Sequence[_Part]) -> Iterator[tuple[_Part, _Part]]:
    """Pairs that share what is left without one letter, of the whole or of the start or end of a long one."""
    for variants, ratio in ((_without_one, SWAPPED), (_halves_without_one, TWICE)):
        buckets: defaultdict[str, list[_Part]] = defaultdict(list)
        for part in group:
            for left in dict.fromkeys(variants(part[0])):
                buckets[left].append(part)
        for bucket in buckets.values():
            for place, odd in enumerate(bucket):
                for usual in bucket[: min(place, _BUCKET)]:
                    if usual[1] >= ratio * odd[1]:
                        yield usual, odd


def _without_one(word: str) -> Iterator[str]:
    yield word
    for k in range(1, len(word)):
        if word[k].isalpha():
            yield word[:k] + word[k + 1 :]


def _halves_without_one(word: str) -> Iterator[str]:
    """Of two slips one is in the first letters, or one is in the last ones."""
    half = _LONG // 2
    for name, letters in (("<", word[:half]), (">", word[-half:])) if len(word) >= _LONG else ():
        for k in range(half):
            yield name + letters[:k] + letters[k + 1 :]


def slip(usual: str, odd: str) -> int | None:
    """How many times as common ``usual`` must be to take ``odd`` for a slip of it, None where it never is one."""
    shorter = min(len(usual), len(odd))
    start = _common(usual, odd)
    end = min(_common(usual[::-1], odd[::-1]), shorter - start)
    a, b = usual[start : len(usual) - end], odd[start : len(odd) - end]
    if not start or not (a + b).isalpha() or shorter < _LEAST - (len(a) > len(b)):
        return None
    needed: int | None
    if len(a) == 2 and a == b[::-1]:
        needed = SWAPPED
    elif len(a) + len(b) == 1:
        needed = SWAPPED if (a or b) == usual[start - 1] else DROPPED if end else MISTYPED
    elif not end:
        return None  # an ending of its own
    elif len(a) == len(b) == 1:
        needed = MISTYPED
    else:
        needed = TWICE if shorter >= _LONG and _edits(a, b) <= 2 else None
    return needed and max(needed, _SHORT if shorter <= _LEAST else needed)


def _common(a: str, b: str) -> int:
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _edits(a: str, b: str) -> int:
    """How many letters must be added, dropped, changed or swapped with the next to make ``b`` of ``a``."""
    before, above = list[int](), list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            least = min(row[j - 1] + 1, above[j] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, above = above, row
    return above[-1]
