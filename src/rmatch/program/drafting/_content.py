"""What stands below headers that nobody knows: two questions are about one thing where their answers are the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rmatch.columns import fold
from rmatch.roster.grid import NO, YES
from rmatch.roster.mapping import joined_name
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import MARK, Texts
from rmatch.schema.person import fold_header
from rmatch.schema.vocabulary import answers

SEPARATED = re.compile(rf"[;|\r\n{MARK}]+")
"""What separates items without being declared."""

_COMMAS = re.compile(r",(?![^()]*\)|[^\[\]]*\])")
_LETTER = re.compile(r"[^\W\d_]")
_LONG = 60  # characters of an item; what is longer is told, and not chosen
_FEW = 2  # so many different items must be on both sides
_LIKE, _LEAST = 0.5, 0.2  # of the answers of one side, and of each
_OFTEN = 0.1  # of the cells have several items: the column is a list
_MOST = 300  # headers that are looked at


@dataclass(frozen=True)
class Answered:
    """The answers below one header, item by item."""

    place: int
    header: str
    items: Mapping[str, int] = field(default_factory=dict)
    """How often each folded item stands there."""
    listed: bool = False
    """Whether some cells hold several items, or what may be such: ``Riga, Latvia`` is two, or one."""
    uneven: bool = False
    """Whether cells hold different numbers of items, or one at different places, as in no address."""

    def share(self, others: Answered) -> float:
        """The share of these answers that are answers there too."""
        return sum(n for item, n in self.items.items() if item in others.items) / sum(self.items.values())

    def alike(self, others: Answered) -> float:
        """How much two questions have the same answers, from 0 to 1; 0 where that may be chance."""
        if len(self.items.keys() & others.items.keys()) < min(_FEW, len(self.items), len(others.items)):
            return 0.0
        shares = self.share(others), others.share(self)
        return max(shares) if max(shares) >= _LIKE and min(shares) >= _LEAST else 0.0


@dataclass(frozen=True)
class Shared:
    """Headers of the first and of the second sheet, or on one sheet, below which the same answers stand."""

    first: tuple[Answered, ...]
    second: tuple[Answered, ...]
    ticks: bool = False
    """Whether the headers are the items, on both sides."""

    @property
    def listed(self) -> bool:
        """Whether people give several answers."""
        every = (*self.first, *self.second)
        return any(each.listed and each.uneven for each in every) or max(len(self.first), len(self.second)) > 1

    @property
    def topical(self) -> bool:
        """Whether a header speaks of teaching and learning."""
        topical, ordinal = ([fold(word) for word in answers()[name]] for name in ("topical", "ordinal"))
        headers = [fold(each.header) for each in (*self.first, *self.second)]
        named = any(word in header for header in headers for word in topical)
        return named and not any(word in header for header in headers for word in ordinal)


def chosen_from(sheet: Sheet, taken: Sequence[int]) -> list[Answered]:
    """Return the answers below each header that is not taken, where they look as if they were chosen or listed."""
    often = Counter(fold_header(header) for header in sheet.headers)
    skipped = {*taken, *joined_name(sheet.headers, taken)}
    found = []
    for k, header in enumerate(sheet.headers[:_MOST]):
        if k in skipped or not header.strip() or often[fold_header(header)] > 1:
            continue
        answered = answered_below(k, header.strip(), sheet.columns[k])
        if are_choices(answered):
            found.append(answered)
    return found


def answered_below(place: int, header: str, cells: Texts) -> Answered:
    """Return the answers in some cells, item by item."""
    words = Counter(str(word) for word in cells.cells if word)
    mark = separator_of(words)
    items: Counter[str] = Counter()
    several, sizes = 0, set[int]()
    first, later = set[str](), set[str]()
    for word, times in words.items():
        pieces = [piece for piece in map(_plain, _pieces(word, mark)) if piece]
        items.update(dict.fromkeys(pieces, times))
        several += times * (len(pieces) > 1)
        sizes.add(len(pieces))
        first.update(pieces[:1])
        later.update(pieces[1:])
    uneven = not mark or len(sizes) > 1 or bool(first & later)
    return Answered(place, header, items, several >= _OFTEN * max(words.total(), 1), uneven)


def separator_of(words: Collection[str]) -> str:
    """Return what separates the items of answers: nothing where the usual marks do, or there is one item in each."""
    if any(SEPARATED.search(word.strip("; \n")) for word in words):
        return ""
    found = next(
        (mark for mark in ",、，；" if any(_COMMAS.search(w) if mark == "," else mark in w for w in words)), ""
    )
    return found or next((mark for mark in "/-+" if _separates(mark, words)), "")


def _separates(mark: str, words: Collection[str]) -> bool:
    """Whether a mark that may be part of a word separates items: often, unevenly, and the same items in any place."""
    pieces = [[piece.strip() for piece in word.casefold().split(mark)] for word in words]
    first, later = {each[0] for each in pieces}, {piece for each in pieces for piece in each[1:]}
    return (
        2 * sum(len(each) > 1 for each in pieces) >= len(pieces)
        and len({*map(len, pieces)}) > 1
        and bool(first & later)
    )


def _pieces(word: str, mark: str) -> list[str]:
    if word[:1] == "[" and word[-1:] == "]":
        word, mark = word[1:-1], ","
    if mark in ("", ","):
        return (_COMMAS if mark else SEPARATED).split(word)
    return word.split(mark)


def _plain(piece: str) -> str:
    return fold(piece.strip().strip("'\""))


def are_choices(answered: Answered) -> bool:
    """Whether people chose among answers that say what: no ticks, numbers, addresses, dates or sentences."""
    items = answered.items
    if not items:
        return False
    total = sum(items.values())
    said = sum(n for item, n in items.items() if item not in YES | NO and 2 * len(_LETTER.findall(item)) > len(item))
    long = sum(n for item, n in items.items() if len(item) > _LONG or "@" in item or "://" in item)
    return 2 * said > total and 5 * long <= total


def shared_between(first: Sequence[Answered], second: Sequence[Answered]) -> list[Shared]:
    """Return the questions of one sheet with those of the other that have the same answers, each question once.

    Each goes with the one that is most like it, the same header first; what hangs together so is one.
    """
    links = {*_nearest(first, second), *((a, b) for b, a in _nearest(second, first))}
    groups: list[tuple[set[int], set[int]]] = []
    for a, b in sorted(links):
        touched = [group for group in groups if a in group[0] or b in group[1]]
        merged = ({a}.union(*(group[0] for group in touched)), {b}.union(*(group[1] for group in touched)))
        groups = [group for group in groups if group not in touched] + [merged]
    return [
        Shared(tuple(first[k] for k in sorted(group[0])), tuple(second[k] for k in sorted(group[1])))
        for group in groups
    ]


def _nearest(some: Sequence[Answered], others: Sequence[Answered]) -> Iterator[tuple[int, int]]:
    for k, one in enumerate(some):
        ranked = [
            (one.alike(other) + (fold_header(one.header) == fold_header(other.header)), -n)
            for n, other in enumerate(others)
            if one.alike(other)
        ]
        if ranked:
            yield k, -max(ranked)[1]


def ticked(sheet: Sheet, taken: Sequence[int]) -> dict[str, Answered]:
    """Return the headers that are items themselves, by their folded form: below them stand only ticks and numbers."""
    often = Counter(fold_header(header) for header in sheet.headers)
    found = {}
    for k, header in enumerate(map(str.strip, sheet.headers[:_MOST])):
        folded = fold_header(header)
        if k in taken or not folded or often[folded] > 1 or header[-1] == "?" or len(header) > _LONG:
            continue
        words = {fold(str(word)) for word in sheet.columns[k].cells if word}
        if words and all(word in YES | NO or word in _DIGITS for word in words):
            found[fold(header)] = Answered(k, header)
    return found


def beside(chosen: Sequence[Answered], every: Mapping[str, Answered], sheet: Sheet) -> list[Answered]:
    """Return headers with those beside them that are items of the same question, in the order of the sheet."""
    at = {each.place: each for each in every.values()}
    low, high = min(each.place for each in chosen), max(each.place for each in chosen)
    low = next(k for k in range(low, -2, -1) if k - 1 not in at)
    high = next(k for k in range(high, high + len(at) + 2) if k + 1 not in at)
    run = [at[k] for k in range(low, high + 1) if k in at]
    return run if side_by_side([each.place for each in run], sheet) else [*chosen]


def side_by_side(places: Sequence[int], sheet: Sheet) -> bool:
    """Whether headers stand beside one another and have answers of one kind, as those of one question have."""
    said = {fold(str(word)) for k in places for word in sheet.columns[k].cells if word}
    near = max(places) - min(places) < 2 * len(places)
    return near and (said <= _DIGITS or not said & _DIGITS or said <= {"0", "1"})


_DIGITS = frozenset(map(str, range(10)))
