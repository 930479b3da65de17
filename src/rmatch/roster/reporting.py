"""Who reports to whom, over everybody that the sheets and the directory know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rmatch.columns import BoolArray, IntArray, Labels, ReportingLines
from rmatch.roster.issues import ColumnLog, IssueLog, Places, listing
from rmatch.roster.rows import Rows
from rmatch.roster.texts import Texts, labels


@dataclass(frozen=True, eq=False)
class Named:
    """Whom each row is about and whom it names as manager: numbers of ``words``, ids that are told apart once.

    The rows are those of all sheets, the directory last.
    """

    words: Labels
    person: IntArray
    manager: IntArray
    places: Places

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


def reporting_lines(named: Named, same: IntArray, log: IssueLog) -> tuple[ReportingLines, IntArray]:
    """Return the company tree and each row's node in it, ``(n,)``, -1 for a row without an id.

    Whoever is named as a manager is a node, known or not. Where rows of one person disagree, the earlier
    sheet counts, and in one sheet the smallest id. A cycle is cut above its smallest id. Unknown managers
    and cycles are warnings.

    Args:
        named: The rows, ``(n,)``.
        same: The row whose id means the same person as this row's, -1 for none, ``(n,)``.
    """
    words, places = named.words, named.places
    one = np.arange(len(words))
    joined = np.flatnonzero(same >= 0)
    one[named.person[joined]] = named.person[same[joined]]
    person, manager = one[named.person], one[named.manager]
    blank = words == ""

    parent = np.full(len(words), -1, np.int64)
    rows = np.flatnonzero(~blank[person] & ~blank[manager])
    rows = rows[_weakest_first(person[rows], words[manager[rows]], places.sheet[rows])]
    parent[person[rows]] = manager[rows]  # of several, the last one written stays
    known = np.zeros(len(words), bool)
    known[person] = True
    here = log.on(places, "manager_id")
    _report_unknown(np.sort(rows[~known[manager[rows]]]), manager, words, known & ~blank, here)
    _cut_cycles(parent, words, person, here)
    enter, leave = nested(parent)
    return ReportingLines(parent, enter, leave), np.where(blank[person], -1, person)


def _weakest_first(person: IntArray, manager: Labels, sheet: IntArray) -> IntArray:
    """The order in which what a later row says overrules: later sheets first, in one sheet the smallest id last."""
    key = person * (int(sheet.max(initial=0)) + 1) + sheet
    again = np.bincount(key)[key] > 1 if len(key) else np.zeros(0, bool)
    disputed = sorted(np.flatnonzero(again).tolist(), key=lambda k: manager[k], reverse=True)
    order = np.concatenate([np.flatnonzero(~again), np.array(disputed, dtype=np.int64)])
    return order[np.argsort(-sheet[order], kind="stable")]


def _report_unknown(rows: IntArray, manager: IntArray, words: Labels, known: BoolArray, log: ColumnLog) -> None:
    """Report the managers that ``rows`` name and nobody is, each once; ``known`` are the ids of somebody."""
    if not len(rows):
        return
    strangers, first, counts = np.unique(manager[rows], return_index=True, return_counts=True)
    reasons = labels([f"nobody here has this id, which {n:,} row{' names' if n == 1 else 's name'}" for n in counts])
    remedy = "Add the person with role none, or pass the whole company as directory=."
    log.rows("warning", rows[first], words[strangers], reasons, remedy)
    ids = words[known].tolist()
    if not all(map(str.isdecimal, ids)):
        return
    bare = {word.lstrip("0"): word for word in ids}
    eaten = [k for k in strangers if words[k].isdecimal() and words[k].lstrip("0") in bare]
    if eaten:
        example = min(words[eaten])
        reason = f"the id {bare[example.lstrip('0')]!r} differs only in leading zeros, which a spreadsheet may remove"
        log.once("warning", rows[np.isin(manager[rows], eaten)], example, reason, "Export again with the ids as text.")


def _cut_cycles(parent: IntArray, words: Labels, person: IntArray, log: ColumnLog) -> None:
    """Make the smallest id of each cycle a root, in place."""
    n = len(parent)
    jump = np.append(np.where(parent < 0, n, parent), n)  # node n stands above all roots
    for _ in range(n.bit_length()):
        if (jump == n).all():
            return
        jump = jump[jump]
    on_cycle = np.unique(jump[jump < n])  # whoever is still below somebody after n steps went round
    row_of = np.full(n, -1, np.int64)
    row_of[person[::-1]] = np.arange(len(person))[::-1]
    seen = np.zeros(n, bool)
    for start in sorted(on_cycle.tolist(), key=lambda node: words[node]):
        if seen[start]:
            continue
        members, node = [], start
        while not seen[node]:
            seen[node] = True
            members.append(str(words[node]))
            node = int(parent[node])
        parent[start] = -1
        reason = "this person is named as the own manager"
        if len(members) > 1:
            reason = f"the reporting line runs in a circle: {listing(members)}"
        log.once("warning", row_of[[start]], members[0], f"{reason}; it is cut here", "Correct the manager.")


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
