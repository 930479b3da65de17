"""Who is who: one person under several ids, and ids where the files give none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rmatch._util.quoted import called, excerpt
from rmatch.columns import BoolArray, IntArray, Labels, Register
from rmatch.roster.issues import IssueLog, Places
from rmatch.roster.mapping import SheetMap
from rmatch.roster.reporting import Named
from rmatch.roster.resolver import email_key, id_key, name_key
from rmatch.roster.rows import Rows, repeated
from rmatch.roster.texts import Texts, labels

SHARED = 3
"""An e-mail address that people of so many names give is that of an office, and says nothing of who they are."""

_ODD = re.compile(r"""\n['"=#0]|['";,]\n|[.,]0*\n|[^\x21-\x7e\n]""")
_ADDRESSES = re.compile(r"(?:[\w.+-]++@[\w.-]++(?:\n|\Z)|\n)*+", re.ASCII)  # none of "mailto:" and other surprises
_REMEDY = "Give one person one id, and two people two; until then they are never paired with each other."


def numbered_ids(rows: Rows, maps: Sequence[SheetMap], log: IssueLog) -> Rows:
    """Return the rows with one id for each person where ids are row numbers.

    A row that is only numbered takes the id of the row with the same e-mail address; without addresses, that of the
    row on the other sheet with the same name, where neither sheet has the name twice.

    Args:
        rows: The rows.
        maps: Where each sheet has each column.
        log: Takes what is noted.
    """
    numbered = np.array([found.numbered for found in maps], bool)[rows.places.sheet]
    if not numbered.any():
        return rows
    owner = np.arange(len(rows))
    keys = _keys(_cells(rows, "email"), email_key)
    owner = _first_of(keys, keys != "", numbered, owner)
    nameless = keys == ""
    if len(maps) > 1:
        names = _keys(_cells(rows, "name"), name_key)
        once = (names != "") & ~pd.DataFrame({"name": names, "sheet": rows.places.sheet}).duplicated(
            keep=False
        ).to_numpy()
        owner = _first_of(names, once & nameless, numbered, owner)
    other = np.flatnonzero(owner != np.arange(len(rows)))
    if not len(other):
        return rows
    reason = "this person stands in an earlier row too, by the e-mail address or the name, and has its number as id"
    log.on(rows.places, "employee_id").once("info", other, "", reason, "Nothing to do, if that is one person.")
    ids = Texts.of(rows.ids.cells[owner].tolist())
    return replace(rows, cells={**rows.cells, "employee_id": (ids,)})


def _first_of(keys: Labels, asked: BoolArray, numbered: BoolArray, owner: IntArray) -> IntArray:
    """For each numbered row the one that gives its id: of those with its key one that has an id, or the first."""
    rows = np.flatnonzero(asked)
    order = rows[np.argsort(numbered[rows], kind="stable")]
    codes = pd.factorize(keys[order])[0]
    first = np.full(len(order), -1, np.int64)
    first[codes[::-1]] = order[::-1]
    found = owner.copy()
    mine = numbered[order]
    found[order[mine]] = first[codes[mine]]
    return found


def identities(every: Sequence[Rows], named: Named, joined: IntArray, log: IssueLog) -> IntArray:
    """Return for each word of ``named`` a number that is the same for the ids of one person, ``(words,)``.

    Ids count as one person's where they differ only in spelling, where their rows have one e-mail address, and where a
    row of the directory was found for a row by its address. What is doubtful is said.

    Args:
        every: The rows of the sheets, then perhaps those of the directory.
        named: The same rows, by the numbers of their words.
        joined: The row whose person is this row's too, -1 for none, ``(n,)``.
        log: Takes the warnings.
    """
    size = len(named.words)
    edges = [(named.person[joined >= 0], named.person[joined[joined >= 0]])]
    sheets = len(every[0])  # rows of the directory that nobody signed up with are nobody's concern
    edges.append(_spelled_alike(every, named, sheets, log))
    one = _components(size, edges)
    edges.append(_one_address(every, named, one, sheets, log))
    return _components(size, edges)


def register(every: Sequence[Rows], named: Named, one: IntArray, numbered: bool) -> Register:
    """Return everybody in some rows.

    Args:
        every: The rows of the sheets, then perhaps those of the directory.
        named: The same rows, by the numbers of their words.
        one: The person of each word, as :func:`identities` numbers them.
        numbered: Whether ids are row numbers.
    """
    person = pd.factorize(one[named.person])[0].astype(np.int64)
    ids = named.words[named.person]
    nobody = np.flatnonzero(np.concatenate([rows.ids.empty for rows in every]))
    person[nobody] = len(ids) + np.arange(len(nobody))  # rows without an id are not one person
    return Register(
        ids, _column(every, "email"), _column(every, "name"), pd.factorize(person)[0].astype(np.int64), numbered
    )


def _components(size: int, edges: Sequence[tuple[IntArray, IntArray]]) -> IntArray:
    """Return the smallest number that edges lead to from each of ``size`` numbers."""
    a, b = (np.concatenate(side) for side in zip(*edges, strict=True))
    one = np.arange(size)
    while (apart := one[a] != one[b]).any():
        a, b = a[apart], b[apart]
        least = np.minimum(one[a], one[b])
        np.minimum.at(one, one[a], least)
        np.minimum.at(one, one[b], least)
        while (further := one[one] != one).any():
            one[further] = one[one[further]]
    return one


def _spelled_alike(every: Sequence[Rows], named: Named, sheets: int, log: IssueLog) -> tuple[IntArray, IntArray]:
    """The ids that differ only in their spelling, said where they stand on the sheets."""
    numbers = np.flatnonzero(np.bincount(named.person, minlength=len(named.words)))
    words = named.words[numbers]
    keys = np.zeros(0, object) if _of_one_case(words) else _keys(words, id_key)
    once = len({*keys}) == len(keys)
    groups = [] if once else [numbers[some] for some in repeated(pd.factorize(keys)[0], asked=words != "")]
    on_sheets = np.zeros(len(named.words), bool)
    on_sheets[named.person[:sheets]] = True
    told = [group[on_sheets[group]] for group in groups]  # of leading zeros `check_spoiled_ids` tells
    said = [some for some in told if len(some) > 1 and not all(map(str.isdecimal, named.words[some]))]
    if said:
        rows = [int(np.flatnonzero(named.person == group[-1])[0]) for group in said]
        names = dict(zip(named.words[named.person], _column(every, "name"), strict=True))
        both = [{id_: names[id_] for id_ in named.words[group]} for group in said]
        reasons = labels([f"the ids {_both(some)} {_alike(some)}" for some in both])
        values = named.words[[group[-1] for group in said]]
        log.on(named.places, "employee_id").rows("warning", np.array(rows), values, reasons, _REMEDY)
    a = np.concatenate([np.full(len(group) - 1, group[0]) for group in groups] or [np.zeros(0, np.int64)])
    b = np.concatenate([group[1:] for group in groups] or [np.zeros(0, np.int64)])
    return a.astype(np.int64), b.astype(np.int64)


def _one_address(
    every: Sequence[Rows], named: Named, one: IntArray, sheets: int, log: IssueLog
) -> tuple[IntArray, IntArray]:
    """The ids whose rows have one e-mail address, beside the id or as the id, said where both stand on the sheets."""
    emails = _column(every, "email")
    beside = np.flatnonzero(~np.concatenate([_blank(rows, "email") | rows.ids.empty for rows in every]))
    emails, rows = emails if len(beside) == len(emails) else emails[beside], beside
    if "@" in named.written:
        addresses = np.array(["@" in word for word in named.words.tolist()], bool)
        as_ids = np.flatnonzero(addresses[named.person])
        rows = np.concatenate([rows, as_ids])
        emails = np.concatenate([emails, named.words[named.person[as_ids]]])
    keys = _keys(emails, email_key)
    if len({*keys}) == len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows, emails = rows[keys != ""], emails[keys != ""]
    person = one[named.person[rows]]
    codes = pd.factorize(keys[keys != ""])[0].astype(np.int64)
    lines = pd.DataFrame({"code": codes, "person": person}).drop_duplicates()
    shared = np.flatnonzero(np.bincount(lines["code"], minlength=1) > 1)
    groups = repeated(codes, asked=np.isin(codes, shared))
    names = _column(every, "name") if groups else emails
    here, first, second = log.on(named.places, "email"), list[int](), list[int]()
    for some in groups:
        places = some[np.argsort(rows[some], kind="stable")]
        group = np.unique(rows[places])
        called = {name_key(name) for name in names[group] if name}
        office = len(called) >= SHARED
        if not office:
            first += [int(named.person[group[0]])] * (len(group) - 1)
            second += named.person[group[1:]].tolist()
        told = group[group < sheets]
        if len(np.unique(one[named.person[told]])) < 2:
            continue
        where = _where(named.places, told)
        if office:
            reason = f"people of {len(called)} names have this e-mail address: {where}; it tells nobody apart"
            here.rows("warning", told[:1], emails[places[:1]], reason, "Give each person their own address.")
        else:
            ids = _both(dict(zip(named.words[named.person[told]].tolist(), names[told].tolist(), strict=True)))
            reason = f"one e-mail address stands beside the ids {ids}: {where}"
            here.rows("warning", told[-1:], emails[places[:1]], reason, _REMEDY)
    return np.array(first, np.int64), np.array(second, np.int64)


def _alike(ids: Iterable[str]) -> str:
    case = len({id_.casefold() for id_ in ids}) == 1
    return f"differ only in {'case' if case else 'how they are written'}, so they count as one person"


def _both(names: Mapping[str, str]) -> str:
    """Some ids, with the names that stand beside them."""
    shown = [called(id_, names) if name else repr(excerpt(id_)) for id_, name in names.items()]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _where(places: Places, rows: IntArray) -> str:
    said = [f"{places.files[places.sheet[row]]}, row {places.row[row]}" for row in rows[:4].tolist()]
    return "; ".join(said) + (f"; and {len(rows) - 4:,} more" if len(rows) > 4 else "")


def _column(every: Sequence[Rows], column: str) -> Labels:
    cells = [_cells(rows, column) for rows in every]
    return cells[0] if len(cells) == 1 else np.concatenate(cells)


def _cells(rows: Rows, column: str) -> Labels:
    found = rows.cells.get(column)
    return np.full(len(rows), "", dtype=object) if not found else found[0].cells


def _blank(rows: Rows, column: str) -> BoolArray:
    found = rows.cells.get(column)
    return found[0].empty if found else np.ones(len(rows), bool)


def _plain(joined: str, key_of: Callable[[str], str]) -> bool:
    """Whether the key of each line is its text in small letters."""
    if key_of is not id_key:
        return _ADDRESSES.fullmatch(joined) is not None and ".\n" not in joined
    bare = joined.replace("\n", "")
    return "\n0" not in joined if bare.isascii() and bare.isalnum() else _ODD.search(joined) is None


def _of_one_case(words: Labels) -> bool:
    """Whether ids are figures and plain letters, all small or all large: no two of them then have one key."""
    joined = "\n".join(["", *words.tolist()])
    bare = joined.replace("\n", "")
    plain = bare.isascii() and bare.isalnum() and "\n0" not in joined and joined.count("\n") == len(words)
    return plain and (bare.isupper() or bare.islower() or bare.isdigit())


def _keys(words: Labels, key_of: Callable[[str], str]) -> Labels:
    """The keys of some words; of plain ones at once, since most are."""
    listed = words.tolist()
    joined = "\n".join(["", *listed, ""])
    if listed and joined.count("\n") == len(listed) + 1 and _plain(joined, key_of):
        folded = joined.casefold()
        return words if folded == joined else labels(folded[1:-1].split("\n"))
    known: dict[str, str] = {}
    return labels([known[word] if word in known else known.setdefault(word, key_of(word)) for word in listed])
