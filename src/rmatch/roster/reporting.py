"""Who reports to whom, over everybody that the sheets and the directory know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rmatch._util.quoted import called, excerpt
from rmatch.columns import BoolArray, IntArray, Labels, Register, ReportingLines
from rmatch.roster.issues import ColumnLog, IssueLog, Places, listing
from rmatch.roster.resolver import Resolver, email_key, plain
from rmatch.roster.rows import Rows
from rmatch.roster.texts import Texts, labels

_NEARLY_ALL = 0.9
_ADDRESS = "is an e-mail address, and no column is read as `email`"


@dataclass(frozen=True, eq=False)
class Named:
    """Whom each row is about and whom it names as manager: numbers of ``words``, ids that are told apart once.

    The rows are those of all sheets, the directory last.
    """

    words: Labels
    person: IntArray
    manager: IntArray
    places: Places

    @cached_property
    def written(self) -> str:
        """All words, each in a line of its own."""
        return "\n".join(["", *self.words.tolist(), ""])

    @classmethod
    def of(cls, every: Sequence[Rows]) -> Named:
        """Number the ids of some rows."""
        managers = [
            each.cells["manager_id"][0] if "manager_id" in each.cells else Texts.blank(len(each)) for each in every
        ]
        both = Texts.stack([*(each.ids for each in every), *managers]).distinct
        codes = both.codes.astype(np.int64)
        sheet = np.cumsum([0, *(len(each.kinds) for each in every[:-1])])
        places = Places(
            tuple(file for each in every for file in each.places.files),
            np.concatenate([each.places.sheet + first for each, first in zip(every, sheet, strict=True)]),
            np.concatenate([each.places.row for each in every]),
        )
        return cls(both.words, codes[: len(places)], codes[len(places) :], places)


@dataclass(frozen=True, eq=False)
class Meant:
    """Whom each word means as a manager: ``one[k]`` is the node of word ``k``.

    ``others`` are further people whom a word may mean, ``doubtful`` the words that may be several or cannot be looked
    up, and ``unclear`` says why, a sentence each; ``source`` is where most of those who are nobody stand.
    """

    one: IntArray
    others: Mapping[int, tuple[int, ...]]
    doubtful: frozenset[int]
    unclear: tuple[str, ...]
    source: str = ""

    @classmethod
    def of(
        cls,
        named: Named,
        one: IntArray,
        known: BoolArray,
        people: Register,
        rows: IntArray,
        unread: Mapping[str, Texts],
        log: ColumnLog,
    ) -> Meant:
        """Look up, in every form that a reference may have, the managers who are nobody's id.

        Args:
            named: Rows by the numbers of their words.
            one: The person of each word, as :func:`~rmatch.roster.identity.identities` numbers them.
            known: Whether each word is somebody's id, ``(words,)`` bool.
            people: Everybody in the files.
            rows: Places of the rows whose managers are looked up.
            unread: Columns that are read as nothing that names a person, by their headers.
            log: Takes the warnings.
        """
        words = named.words
        strangers, first = np.unique(named.manager[rows], return_index=True)
        strange = ~known[one[strangers]]
        strangers, first = strangers[strange], rows[first[strange]]
        if not len(strangers):
            return cls(one, {}, frozenset(), ())
        resolver, place = Resolver.among(people), pd.Index(words, dtype=object)
        meant, others, why = one.copy(), dict[int, tuple[int, ...]](), dict[int, str]()
        told, every = dict[int, str](), {k: resolver.find(words[k]) for k in strangers.tolist()}
        source = _source([str(words[k]) for k, found in every.items() if not found.ids], unread)
        for (k, found), row in zip(every.items(), first.tolist(), strict=True):
            if not found.ids:
                reason = "stands in a row without an id" if found.people else _no_such_form(words[k], resolver)
                if reason:
                    why[k] = reason
                continue
            nodes = dict.fromkeys(one[place.get_indexer(pd.Index(found.ids, dtype=object))].tolist())
            meant[k], *rest = nodes
            if rest:
                others[k], why[k] = tuple(rest), f"may be {resolver.called(found.ids)}"
            else:
                told[row] = found.ids[0]
        if told:
            example = next(iter(told))
            reason = (
                f"this manager is read as {excerpt(told[example])!r}: named by an e-mail address, by a name, or by the "
                "id in other letters or with other leading zeros"
            )
            value = str(words[named.manager[example]])
            log.once("info", np.array([*told], dtype=np.int64), value, reason, "Nothing to do, if that is right.")
        at = rows[np.isin(named.manager[rows], list(why))]
        listed = words[named.manager[at]]
        reasons = labels([f"this manager {why[k]}" for k in named.manager[at].tolist()])
        log.rows(
            "warning", at, listed, reasons, f"Write {source} into the program." if source else "Write the manager's id."
        )
        return cls(meant, others, frozenset(why), _in_sentences(words, why, source), source)


def _in_sentences(words: Labels, why: Mapping[int, str], source: str) -> tuple[str, ...]:
    """Who is unclear and why, a sentence each; one for all e-mail addresses, with the line that reads theirs."""
    addresses = [str(words[k]) for k, reason in why.items() if reason == _ADDRESS]
    held = f": write {source}" if source else ""
    return (
        *[f"{listing(addresses, 3)} {_ADDRESS}{held}"] * bool(addresses),
        *(f"{excerpt(str(words[k]))!r} {reason}" for k, reason in why.items() if reason != _ADDRESS),
    )


def _source(words: Sequence[str], unread: Mapping[str, Texts]) -> str:
    """The line of a program that reads the column in which most of some words stand, each once; empty without one."""
    wanted = {word.casefold() for word in words}
    for header, cells in unread.items() if wanted else ():
        held = [word.casefold() for word in cells.words.tolist() if word]
        if len(wanted & set(held)) * 2 > len(wanted) and len(held) >= _NEARLY_ALL * int((~cells.empty).sum()):
            address, plain_name = all("@" in word for word in words), all(re.fullmatch(r"\D+ \D+", w) for w in words)
            return f"[columns.{'email' if address else 'name' if plain_name else 'employee_id'}] source = {header!r}"
    return ""


def _no_such_form(word: str, resolver: Resolver) -> str:
    """Why a word that nobody is called can be nobody's, though the person may be here; empty where that is not so."""
    if email_key(word):
        return "" if resolver.has_emails else _ADDRESS
    alike = resolver.alike(word) or resolver.within(word)
    if alike:
        return f"is nobody's name as it is written, and may be {resolver.called(alike)}"
    named = " " in plain(word) and not any(map(str.isdigit, word))
    return "is a name, and the files have no names" if named and not resolver.has_names else ""


def reporting_lines(
    named: Named, one: IntArray, people: Register, sheets: int, unread: Mapping[str, Texts], log: IssueLog
) -> tuple[ReportingLines, IntArray]:
    """Return the company tree and each row's node in it, ``(n,)``, -1 for a row without an id.

    A manager is named by id, e-mail address or name. Whoever is named is a node, known or not. Where rows of one person
    disagree, each manager counts; the directory is asked about those of whom the sheets say nothing. A cycle is cut
    above its smallest id. Managers who are unknown or cannot be told apart, and cycles, are warnings.

    Args:
        named: The rows, ``(n,)``.
        one: The word that stands for all ids of one person, ``(words,)``.
        people: Everybody in the rows.
        sheets: How many of the rows are those of the sheets; the directory's follow.
        unread: Columns that are read as nothing that names a person, by their headers.
        log: Takes the warnings.
    """
    words, places = named.words, named.places
    person, blank = one[named.person], words == ""
    known = np.zeros(len(words), bool)
    known[person[~blank[named.person]]] = True
    here = log.on(places, "manager_id")
    rows = np.flatnonzero(~blank[named.person] & ~blank[named.manager])
    meant = Meant.of(named, one, known, people, rows, unread, here)
    manager = meant.one[named.manager]

    parent, more = _parents(person, manager, words, rows, sheets, len(places))
    unsure = rows[np.isin(named.manager[rows], list(meant.doubtful))] if meant.doubtful else rows[:0]
    for row in unsure.tolist():
        more += [(int(person[row]), other) for other in meant.others.get(int(named.manager[row]), ())]
    _report_unknown(rows[~known[manager[rows]] & ~np.isin(rows, unsure)], manager, words, meant.source, here)
    circle = _cut_cycles(parent, words, person, people, here)
    enter, leave = nested(parent)
    lines = ReportingLines(parent, enter, leave, tuple(more), unclear=meant.unclear)
    followed = _followed(lines, known, [*circle, *person[unsure].tolist()])
    return replace(lines, followed=followed), np.where(blank[named.person], -1, person)


def _parents(
    person: IntArray, manager: IntArray, words: Labels, rows: IntArray, sheets: int, n: int
) -> tuple[IntArray, list[tuple[int, int]]]:
    """The manager of each node, the one with the smallest id of several, and the others."""
    parent, spoken = np.full(len(words), -1, np.int64), np.zeros(len(words), bool)
    spoken[person[rows[rows < sheets]]] = True
    rows = rows[(rows < sheets) | ~spoken[person[rows]]]
    parent[person[rows]] = manager[rows]
    disputed = np.flatnonzero(parent[person[rows]] != manager[rows])
    more: list[tuple[int, int]] = []
    if not len(disputed):
        return parent, more
    said: dict[int, set[int]] = {int(node): set() for node in person[rows[disputed]]}
    for row in rows[np.isin(person[rows], list(said))].tolist():
        said[int(person[row])].add(int(manager[row]))
    for node, managers in said.items():
        first, *others = sorted(managers, key=lambda k: str(words[k]))
        parent[node] = first
        more += [(node, other) for other in others]
    return parent, more


def _followed(lines: ReportingLines, known: BoolArray, loose: Sequence[int]) -> BoolArray:
    """Whether each node's line ends with somebody of the files who manages others and has no manager, ``(nodes,)``."""
    n, parent = len(lines.parent), lines.parent
    manages = np.zeros(n, bool)
    manages[parent[parent >= 0]] = True
    top = np.arange(n)
    above = np.where(parent < 0, top, parent)
    for _ in range(n.bit_length()):
        above = above[above]
    ends = known & manages & (parent < 0)
    found: BoolArray = ends[above]
    ended = np.zeros(n, np.int64)
    ended[[*loose, *(node for node, manager in lines.more if not found[manager])]] = 1
    if ended.any():
        marks = np.zeros(2 * n + 1, np.int64)
        nodes = np.flatnonzero(ended)
        np.add.at(marks, lines.enter[nodes], 1)
        np.add.at(marks, lines.leave[nodes], -1)
        found &= np.cumsum(marks)[lines.enter] == 0
    return found


def _report_unknown(rows: IntArray, manager: IntArray, words: Labels, source: str, log: ColumnLog) -> None:
    """Report the managers that ``rows`` name and nobody is, each once."""
    if not len(rows):
        return
    strangers, first, counts = np.unique(manager[rows], return_index=True, return_counts=True)
    reasons = labels(
        [f"nobody here has this id or name, which {n:,} row{' gives' if n == 1 else 's give'}" for n in counts]
    )
    remedy = "Add the person with role none, or pass the whole company as directory=."
    remedy = (
        f"Most of them stand in a column that is read as something else: write {source} into the program."
        if source
        else remedy
    )
    log.rows("warning", rows[first], words[strangers], reasons, remedy)


def _cut_cycles(parent: IntArray, words: Labels, person: IntArray, people: Register, log: ColumnLog) -> list[int]:
    """Make the smallest id of each cycle a root, in place, and return these."""
    n = len(parent)
    jump = np.append(np.where(parent < 0, n, parent), n)  # node n stands above all roots
    for _ in range(n.bit_length()):
        if (jump == n).all():
            return []
        jump = jump[jump]
    on_cycle = np.unique(jump[jump < n])  # whoever is still below somebody after n steps went round
    row_of = np.full(n, -1, np.int64)
    row_of[person[::-1]] = np.arange(len(person))[::-1]
    seen, cut = np.zeros(n, bool), list[int]()
    for start in sorted(on_cycle.tolist(), key=lambda node: words[node]):
        if seen[start]:
            continue
        members, node = [], start
        while not seen[node]:
            seen[node] = True
            members.append(str(words[node]))
            node = int(parent[node])
        parent[start] = -1
        cut.append(start)
        reason = "this person is named as the own manager"
        if len(members) > 1:
            names = dict(zip(people.ids, people.names, strict=True))
            reason = f"the reporting line runs in a circle: {listing([called(who, names) for who in members])}"
        log.once("warning", row_of[[start]], members[0], f"{reason}; it is cut here", "Correct the manager.")
    return cut


def nested(parent: IntArray) -> tuple[IntArray, IntArray]:
    """Number the nodes of a forest so that ``a`` is above ``b`` when ``enter[a] < enter[b] < leave[a]``.

    The walk round the forest is a linked list of arrivals and departures; where each stands in it is
    found by doubling steps, at any depth in ``log2`` rounds.

    Args:
        parent: Each node's parent, -1 at a root, without cycles, ``(n,)``.
    """
    n = len(parent)
    order = np.argsort(parent, kind="stable")  # siblings side by side
    above = parent[order]
    first = np.append(True, above[1:] != above[:-1])[:n]
    last = np.append(above[1:] != above[:-1], True)[:n] if n else first
    after = np.full(2 * n + 1, 2 * n, dtype=np.int32)  # arrivals 0 … n-1, departures n … 2n-1, then the end
    after[:n] = np.arange(n, 2 * n)  # a leaf is left at once
    inner = first & (above >= 0)
    after[above[inner]] = order[inner]
    after[n + order[~last]] = order[np.flatnonzero(~last) + 1]
    ends = last & (above >= 0)
    after[n + order[ends]] = n + above[ends]
    left = np.append(np.ones(2 * n, np.int32), np.int32(0))
    for _ in range((2 * n).bit_length()):
        left += left[after]
        after = after[after]
    place = 2 * n - left[: 2 * n].astype(np.int64)
    return place[:n], place[n:]
