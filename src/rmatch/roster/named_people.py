"""Columns in which people name others: whom they would like to meet, in order, and whom they would rather not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd

from rmatch._util.quoted import excerpt
from rmatch.columns import IntArray, Items, Labels, Register, fold
from rmatch.roster.issues import IssueLog
from rmatch.roster.lists import split
from rmatch.roster.resolver import Found, Resolver, Role
from rmatch.roster.rows import Rows
from rmatch.roster.texts import labels
from rmatch.roster.typed import of_items
from rmatch.schema.binding import PEOPLE, Binding, ColumnBinding
from rmatch.schema.vocabulary import answers, folded

MOST = 100
"""Most wishes of one person that count."""

_NOBODY = folded("nobody") | {fold(word) for word in answers()["nothing"]}
_ROLES: tuple[Role, Role] = ("mentor", "mentee")
_REMEDY = "Write the id, the e-mail address or the full name of each person, separated by semicolons."


class Ranked(Items):
    """People whom each person names, by id: ``levels`` runs beside ``ids`` and holds their place, from 1.

    Ids stand for themselves, letter by letter, so ``keys`` are the ``labels``.
    """

    @classmethod
    def of_lists(cls, lists: Iterable[Mapping[str, int]]) -> Ranked:
        """Return the column of people who name others, each with a place."""
        named = [*lists]
        words = np.array(sorted({id_ for some in named for id_ in some}) or [""], dtype=object)[: sum(map(len, named))]
        code = {word: k for k, word in enumerate(words.tolist())}
        entries = [sorted((code[id_], place) for id_, place in some.items()) for some in named]
        start = np.cumsum([0, *map(len, entries)]).astype(np.int64)
        flat = np.array([pair for some in entries for pair in some], dtype=np.int64).reshape(-1, 2)
        return cls(start, flat[:, 0], flat[:, 1].astype(np.int8), words, words)

    def among(self, partners: Labels) -> tuple[IntArray, IntArray, IntArray]:
        """Return who names whom of some partners, a line each: the row, the position among ``partners``, the place."""
        place = pd.Index(partners, dtype=object).get_indexer(pd.Index(self.labels, dtype=object)).astype(np.int64)
        other = place[self.ids] if len(self.ids) else self.ids
        here = other >= 0
        return self.rows[here], other[here], self.levels[here].astype(np.int64)

    def cells(self) -> Labels:
        """The ids as text in their order, joined with ``; ``."""
        order = np.lexsort((self.ids, self.levels, self.rows))
        flat = self.labels[self.ids[order]].tolist() if len(self.ids) else []
        return np.array(["; ".join(flat[a:b]) for a, b in pairwise(self.start.tolist())], dtype=object)


def named_people(
    rows: Rows, taking: tuple[IntArray, IntArray], people: Register, binding: Binding, log: IssueLog
) -> tuple[dict[str, Ranked], dict[str, Ranked]]:
    """Return the wishes and avoids of the mentors and of the mentees, by id; nothing where no sheet asks.

    A wish counts where it names one other person who takes part on the other side; what does not count is warned of,
    and later wishes move up. Avoids hold for a person in either role, and against everybody who may be meant; whom
    nobody is stands there as it was written. What is wrong with them is told without the word.

    Args:
        rows: All rows.
        taking: The rows of the mentors and of the mentees who take part.
        people: Everybody in the files.
        binding: How the columns were declared.
        log: Takes the warnings.
    """
    found: tuple[dict[str, Ranked], dict[str, Ranked]] = {}, {}
    if not any(name in rows.cells for name in PEOPLE):
        return found
    ids = [rows.ids.cells[some] for some in taking]
    who = _Who(people, Resolver(people.ids, people.emails, people.names, people.person, (ids[0], ids[1])))
    if "wishes" in rows.cells:
        lists = _wishes(rows, taking, who, binding, log)
        for side in (0, 1):
            found[side]["wishes"] = Ranked.of_lists(lists[side])
    if "avoids" in rows.cells:
        by_person = _avoids(rows, taking, who, binding, log)
        for side in (0, 1):
            owners = people.person[taking[side]].tolist()
            found[side]["avoids"] = Ranked.of_lists(by_person.get(owner, {}) for owner in owners)
    return found


@dataclass(frozen=True, eq=False)
class _Who:
    """Looks people up, and tells who is one person."""

    people: Register
    resolver: Resolver

    @cached_property
    def _person(self) -> dict[str, int]:
        return dict(zip(self.people.ids.tolist(), self.people.person.tolist(), strict=True))

    def is_one(self, found: Found, row: int) -> bool:
        """Whether the one person meant is the one of a row."""
        return found.people == 1 and bool(found.ids) and self._person[found.ids[0]] == int(self.people.person[row])

    def words(self, cell: Iterable[str], commas: bool) -> Iterator[str]:
        """The words of a cell but those that say nobody; one that names people between commas is several."""
        for word in cell:
            if fold(word) in _NOBODY and not self.resolver.knows(word):
                continue
            parts = [part.strip() for part in word.split(",")] if commas and "," in word else []
            several = len(parts) > 1 and not self.resolver.knows(word) and all(map(self.resolver.knows, parts))
            yield from parts if several else (word,)


_Problems: TypeAlias = list[tuple[int, str, str]]
"""What does not count: the row, the word, and why."""


def _tell(problems: _Problems, rows: Rows, column: str, log: IssueLog) -> None:
    """Warn of each."""
    at = np.array([row for row, _, _ in problems], dtype=np.int64)
    words, reasons = labels([word for _, word, _ in problems]), labels([why for _, _, why in problems])
    log.on(rows.places, column).rows("warning", at, words, reasons, _REMEDY)


def _said(rows: Rows, name: str, who: _Who, some: IntArray, binding: Binding) -> Iterator[tuple[int, list[str]]]:
    """The words of each of some rows, in their order."""
    declared, unread = binding.columns.get(name, ColumnBinding()), IssueLog().on(rows.places, name)
    said: list[list[str]] = [[] for _ in range(len(rows))]
    for part in rows.cells[name]:
        texts = of_items(part, declared, unread)
        pieces = split(texts, declared.separators, unread, commas=False)
        of_word: list[list[str]] = [[] for _ in texts.words]
        for owner, code in zip(pieces.owner.tolist(), pieces.code.tolist(), strict=True):
            of_word[owner].append(pieces.spelled[code])
        for row, code in enumerate(texts.codes.tolist()):
            said[row] += of_word[code]
    for row in some.tolist():
        yield row, [*who.words(said[row], declared.split is None)]


def _wishes(
    rows: Rows, taking: tuple[IntArray, IntArray], who: _Who, binding: Binding, log: IssueLog
) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """The wishes of each mentor and of each mentee, with their places."""
    takes = [np.isin(np.arange(len(rows)), some) for some in taking]
    problems, lists = _Problems(), (dict[int, dict[str, int]](), dict[int, dict[str, int]]())
    for row, words in _said(rows, "wishes", who, np.flatnonzero(takes[0] | takes[1]), binding):
        mine = [(side, lists[side].setdefault(row, {})) for side in (0, 1) if takes[side][row]]
        for word in words:
            counted, reasons = False, list[str]()
            for side, own in mine:
                reason = _wished(word, row, own, _ROLES[1 - side], who)
                counted |= not reason
                reasons += [reason] * bool(reason)
            if not counted:
                problems.append((row, word, reasons[0]))
    _tell(problems, rows, "wishes", log)
    mentors, mentees = ([own[row] for row in some.tolist()] for own, some in zip(lists, taking, strict=True))
    return mentors, mentees


def _wished(word: str, row: int, own: dict[str, int], role: Role, who: _Who) -> str:
    """Add a wish to a list; return why it does not count, or an empty string."""
    found = who.resolver.find(word, role)
    if not found.people:
        near = who.resolver.near(word).strip().rstrip("?")
        return f"this wish names nobody in the files{f'; did you mean {near[13:]}' if near else ''}"
    if who.is_one(who.resolver.find(word), row):
        return "this wish names the person who wishes"
    if not found.ids:
        return f"this wish names somebody who does not take part as a {role}"
    if found.people > 1:
        return f"this wish may mean {who.resolver.called(found.ids)}"
    if any(id_ in own for id_ in found.ids):
        return "this wish names somebody a second time; the first counts"
    place = max(own.values(), default=0) + 1
    if place > MOST:
        return f"only the first {MOST} wishes of a person count"
    own.update(dict.fromkeys(found.ids, place))
    return ""


def _avoids(
    rows: Rows, taking: tuple[IntArray, IntArray], who: _Who, binding: Binding, log: IssueLog
) -> dict[int, dict[str, int]]:
    """The ids of those whom each person avoids, by the number of the person."""
    problems, by_person = _Problems(), dict[int, dict[str, int]]()
    for row, words in _said(rows, "avoids", who, np.union1d(*taking), binding):
        own = by_person.setdefault(int(who.people.person[row]), {})
        for word in words:
            found = who.resolver.find(word)
            if not found.people:
                problems.append((row, "", "this cell names somebody whom the files do not have"))
                own[excerpt(word)] = 1
            elif who.is_one(found, row):
                problems.append((row, "", "this cell names the person whose row it is; that is passed over"))
            else:
                if found.people > 1:
                    reason = f"a word of this cell may mean {found.people} people; none of them is met"
                    problems.append((row, "", reason))
                own.update(dict.fromkeys(found.ids, 1))
    _tell(problems, rows, "avoids", log)
    return by_person
