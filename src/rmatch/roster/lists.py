"""Columns that hold labels: one for each person, or a set, such as skills, goals, languages."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType

import numpy as np

from rmatch._util.quoted import excerpt
from rmatch.columns import BoolArray, Category, FloatArray, IntArray, Items, Labels, fold
from rmatch.roster.answers import is_error, reworded
from rmatch.roster.issues import ColumnLog
from rmatch.roster.texts import MARK, Answers, Texts, labels
from rmatch.schema.vocabulary import folded

MAX_ITEMS = 1_000
"""Most items in one cell."""

SEPARATORS = (";", "|", "\r", "\n")

EMPTY: Mapping[str, str] = MappingProxyType({})

WITHHELD = folded("withheld") | {
    f"{before} {behind}" for before in folded("withheld_before") for behind in folded("withheld_behind")
}
"""Folded answers that count as none."""

_LONGEST = 2 * max(map(len, WITHHELD))
_BLOCK = 2_000  # cells; so few stay in the processor's cache, which halves the time
_SHOWN = 5  # aliases in one line
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LEVEL = re.compile(r"(.*\S)\s*(?::\s*(\d{1,2})|\(([1-5])\))", re.ASCII | re.DOTALL)
_QUOTED = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(,|$)""", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Pieces:
    """What the words of a column fall into: entry ``e`` says ``spelled[code[e]]`` in the word ``owner[e]``."""

    owner: IntArray
    code: IntArray
    spelled: list[str]


def split(texts: Texts, separators: tuple[str, ...] | None, log: ColumnLog, *, commas: bool = True) -> Pieces:
    """Split every word of a column into items; empty ones are left out.

    A cell of the form ``['a', 'b']`` is read as a list.

    Args:
        texts: The cells.
        separators: Where to split; without them, at semicolons, bars and line ends.
        log: Takes a warning, and rejects rows of more than :data:`MAX_ITEMS` items.
        commas: Whether a single item with commas outside of brackets is worth a warning for the column.
    """
    marks = separators or SEPARATORS
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    codes, sizes, listed = [], [], list[int]()
    for first in range(0, len(texts.words), _BLOCK):
        words = texts.words[first : first + _BLOCK].tolist()
        joined = MARK.join(words)
        bracketed = joined[:1] == "[" or ("[" in joined and f"{MARK}[" in joined)
        if max(map(len, marks)) == 1 and not bracketed and not texts.listed:
            for mark in marks:
                joined = joined.replace(mark, MARK)
        else:
            marked = [_marked(word, marks) for word in words]
            listed += [first + k for k, word in enumerate(marked) if word[:1] == MARK]
            words, joined = marked, MARK.join(marked)
        pieces = joined.split(MARK)
        codes.append(np.array([*map(numbers.__getitem__, pieces)], np.int64))  # faster than `fromiter`
        sizes.append(np.fromiter(map(len, words), np.int64, len(words)))
    code = np.concatenate([np.zeros(0, np.int64), *codes])
    length = np.fromiter(map(len, numbers), np.int64, len(numbers))[code]
    word_end = np.cumsum(np.concatenate([np.zeros(0, np.int64), *sizes]) + 1)
    last = np.searchsorted(np.cumsum(length + 1), word_end)  # the piece with which each word ends
    owner = np.repeat(np.arange(len(word_end)), np.diff(last, prepend=-1))

    stripped = [*map(_said, numbers)]
    spelled = [piece for piece in stripped if piece]
    text = np.fromiter(map(bool, stripped), bool, len(stripped))
    failed = np.fromiter((is_error(piece.strip()) for piece in numbers), bool, len(numbers))
    _report_failed(texts, owner[failed[code]], log)
    kept = text[code]
    owner, code = owner[kept], (np.cumsum(text) - 1)[code[kept]]
    counts = np.bincount(owner, minlength=len(texts.words))
    log.words("error", texts, counts > MAX_ITEMS, f"the cell lists more than {MAX_ITEMS:,} items", "Shorten it.")
    _report_bracketed(texts, listed, log)
    if separators is None and commas:
        comma = np.array(["," in piece and "," in _BRACKETED.sub("", piece) for piece in spelled], dtype=bool)
        alone = np.zeros(len(counts), bool)
        alone[owner[comma[code]]] = True
        alone &= counts == 1
        alone[[k for k in listed if texts.words[k][:2] != MARK + MARK]] = False
        reason = "the cell is read as one item, though it has commas"
        # what separates the items of other cells goes on to do so
        used = [mark for mark in SEPARATORS if alone.any() and any(mark in word for word in texts.words)]
        told = json.dumps([",", *used] if used else ",")
        remedy = f"If they separate items, declare it: [columns.{log.column}] split = {told}."
        log.once("warning", texts.rows(alone), _smallest(texts, alone), reason, remedy)
    return Pieces(owner, code, spelled)


def _said(piece: str) -> str:
    """The piece without white space around it; nothing where it says nothing, or is an error of a spreadsheet."""
    piece = piece.strip()
    return "" if (len(piece) <= _LONGEST and fold(piece) in WITHHELD) or is_error(piece) else piece


def _report_failed(texts: Texts, words: IntArray, log: ColumnLog) -> None:
    failed = np.isin(np.arange(len(texts.words)), words)
    reason = "an item of the list is an error of the spreadsheet and is left out"
    log.once("warning", texts.rows(failed), _smallest(texts, failed), reason, "Correct the formula, or clear the item.")


def _report_bracketed(texts: Texts, listed: list[int], log: ColumnLog) -> None:
    found = np.zeros(len(texts.words), bool)
    found[[k for k in listed if texts.words[k][:1] != MARK]] = True
    log.once("info", texts.rows(found), _smallest(texts, found), "the cell is read as a list", "Nothing to do.")


def _smallest(texts: Texts, chosen: BoolArray) -> str:
    return str(min(texts.words[chosen], default=""))


def items(
    parts: Sequence[Texts],
    separators: tuple[str, ...] | None,
    levels: bool,
    log: ColumnLog,
    readings: Mapping[str, str] = EMPTY,
) -> Answers:
    """Return a column of labels from one or several headers, side by side.

    Labels with one folded key are one item, in the commonest spelling.

    Args:
        parts: The cells below each header.
        separators: Where to split, as in :func:`split`.
        levels: Whether an item may end with ``:4`` or ``(4)``; a level from 1 to 5 stands beside the item, the highest
            where it is named twice.
        log: Takes the warnings.
        readings: As which word a label is read, by its folded key.
    """
    pieces = [split(part, separators, log) for part in parts]
    names: defaultdict[str, int] = defaultdict(count().__next__)
    sets = []
    for part, piece in zip(parts, pieces, strict=True):
        labelled = [_levelled(spelled) if levels else (spelled, None) for spelled in piece.spelled]
        number = np.array([names[label] for label, _ in labelled], dtype=np.int64)
        level = np.array([level or 0 for _, level in labelled], dtype=np.int64)
        wrong = np.array([level is not None and not 1 <= level <= 5 for _, level in labelled], dtype=bool)
        bad = np.zeros(len(part.words), bool)
        bad[piece.owner[wrong[piece.code]]] = True
        reason = "a level is not from 1 to 5, so that item counts as one without a level"
        log.words("warning", part, bad, reason, "Write levels from 1 to 5, such as `Python:4`.")
        level[wrong] = 0
        sets.append(_Entries(piece.owner, number[piece.code], level[piece.code]))

    weight = np.zeros(len(names))
    for part, entries in zip(parts, sets, strict=True):
        people = np.bincount(part.codes, minlength=len(part.words))
        weight += np.bincount(entries.item, weights=people[entries.owner], minlength=len(names))
    spelled, folded = list(names), [fold(label) for label in names]
    if readings:
        renamed = [k for k, key in enumerate(folded) if key in readings and fold(readings[key]) != key]
        if not log.log.hides(log.column):
            _report_renamed(renamed, spelled, folded, readings, weight, _saying(parts, sets, renamed), log)
        spelled = [readings.get(key, label) for key, label in zip(folded, spelled, strict=True)]
        folded = [fold(readings[key]) if key in readings else key for key in folded]
    shown, keys, chosen = commonest(folded, labels(spelled), weight.astype(np.int64))
    if len(parts) == 1:
        return Answers(_packed(sets[0], chosen, len(parts[0].words), shown, keys), parts[0].codes)
    people_sets = _Entries.joined([_spread(part, entries) for part, entries in zip(parts, sets, strict=True)])
    n = len(parts[0])
    return Answers(_packed(people_sets, chosen, n, shown, keys), np.arange(n, dtype=np.int32))


def _saying(parts: Sequence[Texts], sets: Sequence[_Entries], some: Sequence[int]) -> IntArray:
    """The rows that say one of some names."""
    said = np.zeros(len(parts[0]), bool)
    for part, entries in zip(parts, sets, strict=True):
        words = np.zeros(len(part.words), bool)
        words[entries.owner[np.isin(entries.item, some)]] = True
        said |= part.where(words)
    return np.flatnonzero(said)


def _report_renamed(
    renamed: Sequence[int],
    spelled: Sequence[str],
    keys: Sequence[str],
    readings: Mapping[str, str],
    weight: FloatArray,
    rows: IntArray,
    log: ColumnLog,
) -> None:
    """Say once for the column how many answers the alias table changed, and the commonest of them."""
    times: defaultdict[str, int] = defaultdict(int)
    spelling: dict[str, str] = {}
    for k in sorted(renamed, key=lambda k: (-weight[k], spelled[k])):
        times[keys[k]] += int(weight[k])
        spelling.setdefault(keys[k], spelled[k])
    most = sorted(times, key=lambda key: (-times[key], key))
    shown = [f"{excerpt(spelling[key])!r} as {excerpt(readings[key])!r} ({times[key]:,})" for key in most[:_SHOWN]]
    more = f" and {len(most) - _SHOWN:,} more" if len(most) > _SHOWN else ""
    total = sum(times.values())
    answers = "answer is" if total == 1 else "answers are"
    reason = f"{total:,} {answers} read by the alias table: {', '.join(shown)}{more}"
    log.once("info", rows, "", reason, "Nothing to do.")


@dataclass(frozen=True, eq=False)
class _Entries:
    owner: IntArray
    item: IntArray
    level: IntArray

    @classmethod
    def joined(cls, parts: Sequence[_Entries]) -> _Entries:
        """The entries of several columns, by owner, and each owner's in the order of the columns."""
        owner, *more = (np.concatenate([getattr(part, name) for part in parts]) for name in ("owner", "item", "level"))
        order = np.argsort(owner, kind="stable")
        return cls(*(values[order] for values in (owner, *more)))


def _spread(texts: Texts, entries: _Entries) -> _Entries:
    """The entries of words as entries of the people who said them."""
    start = np.searchsorted(entries.owner, np.arange(len(texts.words) + 1))
    counts = np.diff(start)[texts.codes]
    owner = np.repeat(np.arange(len(texts)), counts)
    entry = np.repeat(start[texts.codes] - (np.cumsum(counts) - counts), counts) + np.arange(len(owner))
    return _Entries(owner, entries.item[entry], entries.level[entry])


def _packed(entries: _Entries, chosen: IntArray, n: int, shown: Labels, keys: Labels) -> Items:
    """Sort each owner's items and keep each once, with its highest level, and the place where it stood first.

    Each owner's entries stand together, as :meth:`_Entries.joined` and :func:`split` give them.
    """
    width = max(len(keys), 1)
    code = entries.owner * width + chosen[entries.item]
    order = np.argsort(code, kind="stable")
    first = np.flatnonzero(np.diff(code[order], prepend=-1))
    owner, item = np.divmod(code[order[first]], width)
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])
    levels = np.zeros(len(first), np.int8)
    if len(first):
        levels[:] = np.maximum.reduceat(entries.level[order], first)
    places = (np.cumsum(np.bincount(order[first], minlength=len(order))) - 1)[order[first]] - start[owner] + 1
    return Items(start, item, levels, shown, keys, places=places)


def _levelled(piece: str) -> tuple[str, int | None]:
    found = _LEVEL.fullmatch(piece) if piece[-1:].isdigit() or piece[-1:] == ")" else None
    return (found[1], int(found[2] or found[3])) if found else (piece, None)


def _marked(word: str, marks: Sequence[str]) -> str:
    """The word with MARK before or between its items; in one that came as a list it stands already."""
    if word[:1] == MARK:
        return word
    if word[:1] == "[" and word[-1:] == "]":
        listed = _listed(word[1:-1])
        if listed is not None:
            return listed
    for mark in marks:
        word = word.replace(mark, MARK)
    return word


def _listed(inside: str) -> str | None:
    listed, at, inside = [], 0, inside.rstrip()
    while at < len(inside):
        found = _QUOTED.match(inside, at)
        if found is None:
            return None
        listed.append(re.sub(r"\\(.)", r"\1", found[1][1:-1], flags=re.DOTALL).strip())
        at = found.end()
    return "".join(MARK + item for item in listed if item)


def shown(texts: Texts) -> Answers:
    """A column that is shown and never scored, such as names: every spelling stays its own label."""
    answered = texts.words != ""
    number = np.where(answered, np.arange(len(answered)), -1)
    return Answers(Category(number, texts.words), texts.codes)


def category(texts: Texts, readings: Mapping[str, str] = EMPTY) -> Answers:
    """Return a column of labels; those with one folded key are one label, in the commonest spelling, sorted by key.

    A blank and the words of :data:`WITHHELD` are missing.

    Args:
        texts: The cells.
        readings: As which word a folded one is read.
    """
    texts = reworded(texts.distinct, readings)
    keys = [fold(word) for word in texts.words]
    answers = [k for k, key in enumerate(keys) if key and key not in WITHHELD]
    counts = np.bincount(texts.codes, minlength=len(keys))
    spelled, _, chosen = commonest([keys[k] for k in answers], texts.words[answers], counts[answers])
    number = np.full(len(keys), -1, np.int64)
    number[answers] = chosen
    return Answers(Category(number, spelled), texts.codes)


def commonest(keys: Sequence[str], spellings: Labels, counts: IntArray) -> tuple[Labels, Labels, IntArray]:
    """Number the distinct keys in their order; of the spellings of one key choose that with the highest count.

    Of equal counts the smallest spelling is chosen.

    Args:
        keys: The key of each spelling.
        spellings: The spellings, ``(n,)``.
        counts: How many cells have each, ``(n,)`` int64.

    Returns:
        The spelling of each number, its key, and the number of each of ``keys``.
    """
    order = sorted(range(len(keys)), key=lambda k: (keys[k], -counts[k], spellings[k]))
    number = np.zeros(len(keys), np.int64)
    chosen: list[int] = []
    for k in order:
        if not chosen or keys[chosen[-1]] != keys[k]:
            chosen.append(k)
        number[k] = len(chosen) - 1
    return spellings[chosen], labels([keys[k] for k in chosen]), number
