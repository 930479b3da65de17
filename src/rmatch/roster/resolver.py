"""Who is meant by a word: an id, an e-mail address, or a name that one person has.

Programs, edited plans, histories and the export itself name people in words. All of them ask here, so that one spelling
means one person everywhere. Spellings of a word count as the word: upper and lower case, Unicode form, invisible
characters, the letter i with and without its dot, what a spreadsheet or a list puts around a cell, and in a number
leading zeros and ``.0``. What might be two people is nobody, and is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal, TypeAlias

import numpy as np

from rmatch._util.quoted import called, excerpt
from rmatch.columns import IntArray, Labels, Register, Table, fold, persons
from rmatch.errors import did_you_mean, nearest

Role: TypeAlias = Literal["mentor", "mentee"]

LOOKED_AT = 20
"""So many unknown words are compared with everybody, which takes a moment for each."""

_POOL, _SHOWN = 5_000, 3
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_NUMBER = re.compile(r"0*([0-9]+?)(?:[.,]0*)?", re.ASCII)
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\"]+@[^@\s<>()\[\],;:\"]+")
_BESIDE = re.compile(r"(.*?)[(\[<]([^()\[\]<>]+)[)\]>][\s;,]*")
_APART = re.compile(r"(.+?)\s[\s|/\u2010-\u2015-]*[|/\u2010-\u2015-]\s+(.+)|(.+?)\s*[|;]\s*(.+)")
_LISTED, _TELLING = re.compile(r"[,;|/&]"), re.compile("[ @]")
_AT_ONE_END = re.compile(r"(.+?) (\S*[\d@]\S*)"), re.compile(r"(\S*[\d@]\S*) (.+)")
_WORDS = re.compile(r"[^\W_]+")
_TITLES = frozenset(("dr", "prof", "mr", "mrs", "ms", "mx", "miss", "sir", "herr", "frau", "mme", "mlle", "sr", "sra"))
_QUOTES, _DASHES = "\u2018\u2019\u02bc\u00b4`\u2032", "\u2010\u2011\u2012\u2013\u2014\u2212"
_MARKS = str.maketrans(dict.fromkeys(_QUOTES, "'") | dict.fromkeys(_DASHES, "-") | {"\u0130": "i", "\u0131": "i"})


def plain(text: str) -> str:
    """Return the text in one Unicode form, in lower case, without invisible characters, blanks single."""
    if text.isascii() and text.isprintable():
        text = text.casefold()
    else:
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_MARKS)
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text.casefold())).replace("i\u0307", "i")
    return " ".join(text.split()) if " " in text or not text.isprintable() else text


def id_key(text: str) -> str:
    """Return the key under which an id matches: plain, of a number no more than its figures."""
    key = plain(text).lstrip("'\"=#").rstrip("'\";, ")  # with which a spreadsheet marks text
    if key[:1].isdigit():
        number = _NUMBER.fullmatch(key)
        return number[1] if number else key
    return key


def email_key(text: str) -> str:
    """Return the key under which an e-mail address matches; empty where the text is none."""
    if "@" not in text and "\uff20" not in text:
        return ""
    key = plain(text).strip(" <>;,.'\"").removeprefix("mailto:").partition("?")[0]
    return key if _ADDRESS.fullmatch(key) else ""


def name_key(text: str) -> str:
    """Return the key under which a full name matches: ``Lee, Ann`` is ``Ann Lee``."""
    key = plain(text).strip(" ;,\"'")
    if key.count(",") == 1:
        last, first = key.split(",")
        key = f"{first} {last}"
    return fold(key.replace(".", " "))


def _loosely(name: str) -> str:
    """Return a name without accents, titles, marks and the order of its parts; empty where it has one part."""
    apart = unicodedata.normalize("NFKD", name_key(name).replace("'", ""))
    parts = _WORDS.findall("".join(letter for letter in apart if not unicodedata.combining(letter)))
    return " ".join(sorted(set(parts) - _TITLES)) if len(parts) > 1 else ""


@dataclass(frozen=True)
class Found:
    """Who is meant by a word: the ids of one person, or of several who may be; none where that is nobody.

    ``exact`` says that the word is the id letter by letter.
    """

    ids: tuple[str, ...] = ()
    people: int = 0
    exact: bool = False


class Resolver:
    """Everybody who may be named, by id, by e-mail address and by name.

    Args:
        ids: The id of each row, ``(n,)``.
        emails: The e-mail address of each row, empty where there is none, ``(n,)``.
        names: The full name of each row, empty where there is none, ``(n,)``.
        person: The number of each row's person, ``(n,)``.
        roles: The ids of the mentors and of the mentees who take part; None where nobody's role is asked for.
    """

    def __init__(
        self,
        ids: Labels,
        emails: Labels,
        names: Labels,
        person: IntArray,
        roles: tuple[Labels, Labels] | None = None,
    ) -> None:
        self._ids, self._emails, self._names, self._person, self._roles = ids, emails, names, person, roles
        self._looked_at = 0

    @classmethod
    def of(cls, mentors: Table, mentees: Table) -> Resolver:
        """Return the resolver of everybody whom two tables, and the files they come from, know."""
        roles = mentors.ids, mentees.ids
        if mentors.register is not None and mentors.register is mentees.register:
            known = mentors.register
            return cls(known.ids, known.emails, known.names, known.person, roles)
        ids = np.concatenate([mentors.ids, mentees.ids])
        emails, names = (
            np.concatenate([_cells(table, column) for table in (mentors, mentees)]) for column in ("email", "name")
        )
        return cls(ids, emails, names, np.concatenate(persons(mentors, mentees)), roles)

    @classmethod
    def among(cls, register: Register) -> Resolver:
        """Return the resolver of everybody in a register."""
        return cls(register.ids, register.emails, register.names, register.person)

    def find(self, word: str, role: Role | None = None) -> Found:
        """Return who is meant by a word.

        An id letter by letter is that person. Else everybody counts whose id, e-mail address or name the word may be.

        Args:
            word: The word.
            role: In which role they are meant: of several people those in the role are.
        """
        word = str(word)
        exact = self._exact.get(word) if word else None
        if exact is not None and role is None and not self._several[self._person[exact]]:
            return Found((word,), 1, exact=True)
        rows = self._rows_like(word) if exact is None else [exact]
        people = {int(self._person[row]): row for row in reversed(rows)}
        if exact is not None and role is not None and word not in self._in_role[role]:
            exact = None  # the id of the person in the other role
        if exact is not None and role is not None:
            return Found((word,), 1, exact=True)
        ids = {who: self._ids_of(who, row, role) for who, row in people.items()}
        if role is not None and len(people) > 1:
            ids = {who: some for who, some in ids.items() if some} or ids
        listed = tuple(dict.fromkeys(id_ for some in ids.values() for id_ in some))
        return Found(listed, len(ids), exact=exact is not None)

    def knows(self, word: str) -> bool:
        """Whether anybody, in whatever role, may be meant."""
        return bool(self.find(word).people)

    def alike(self, word: str) -> tuple[str, ...]:
        """Return the ids of those whose names differ from the word in accents, titles, marks or order alone."""
        key = _loosely(str(word))
        return tuple(dict.fromkeys(filter(None, (self._ids[row] for row in self._by_loose_name.get(key, ())))))

    def within(self, word: str) -> tuple[str, ...]:
        """Return the ids of those whom a part of a word that is nobody names: of a list, or beside an id or address."""
        word = plain(str(word))
        parts = [part for part in map(str.strip, _LISTED.split(word)) if part[-1:].isdigit() or _TELLING.search(part)]
        ends = (form.fullmatch(word) for form in _AT_ONE_END)
        parts += [part for found in ends if found for part in found.groups() if _TELLING.search(part)]
        return tuple(dict.fromkeys(id_ for part in parts for id_ in self.find(part).ids))

    def near(self, word: str) -> str:
        """Return `` Did you mean 'x'?`` for whom the word nearly names, or several who are as near; else nothing."""
        some = self.alike(word)
        if some:
            return f" Did you mean {self.called(some)}?"
        self._looked_at += 1
        key = plain(str(word))
        if self._looked_at > LOOKED_AT or not key:
            return ""
        pool: dict[str, str] = {}
        for words in (self._names, self._emails, self._ids):
            pool |= {plain(other): excerpt(str(other)) for other in islice(_likely(key, words), _POOL)}
        return did_you_mean([pool[close] for close in nearest(key, pool)])

    def called(self, ids: Sequence[str]) -> str:
        """Return some people by name and id: ``Ann Lee (12) and Ann Lee (17)``."""
        rows = {id_: self._exact.get(id_) for id_ in ids[:_SHOWN]}
        said = [called(id_, {} if row is None else {id_: self._names[row]}) for id_, row in rows.items()]
        said += [f"{len(ids) - _SHOWN:,} more"] if len(ids) > _SHOWN else []
        return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""

    @property
    def has_emails(self) -> bool:
        """Whether anybody has an e-mail address, perhaps as the id."""
        return bool(self._by_email)

    @property
    def has_names(self) -> bool:
        """Whether anybody has a name."""
        return bool(self._by_name)

    @cached_property
    def _exact(self) -> dict[str, int]:
        return dict(zip(reversed(self._ids.tolist()), range(len(self._ids) - 1, -1, -1), strict=True))

    @cached_property
    def _by_id(self) -> dict[str, list[int]]:
        return _index(self._ids, id_key)

    @cached_property
    def _by_email(self) -> dict[str, list[int]]:
        found = _index(self._emails, email_key)
        for key, rows in _index(self._ids, email_key).items():
            found.setdefault(key, []).extend(rows)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        return _index(self._names, name_key)

    @cached_property
    def _by_loose_name(self) -> dict[str, list[int]]:
        return _index(self._names, _loosely)

    @cached_property
    def _in_role(self) -> dict[Role, frozenset[str]]:
        mentors, mentees = self._roles or (self._ids, self._ids)
        return {"mentor": frozenset(mentors.tolist()), "mentee": frozenset(mentees.tolist())}

    @cached_property
    def _rows_of(self) -> dict[int, list[int]]:
        """The rows of everybody who has several."""
        order = np.argsort(self._person, kind="stable")
        repeated = order[self._several[self._person[order]]].tolist()
        found: dict[int, list[int]] = {}
        for row in repeated:
            found.setdefault(int(self._person[row]), []).append(row)
        return found

    @cached_property
    def _several(self) -> np.ndarray:
        return np.bincount(self._person, minlength=1) > 1

    def _ids_of(self, person: int, row: int, role: Role | None) -> list[str]:
        """The ids of the person in a row, those under which the person has the role where one is given."""
        rows = self._rows_of.get(person, [row])
        ids = dict.fromkeys(str(self._ids[row]) for row in rows if self._ids[row])
        return [id_ for id_ in ids if role is None or id_ in self._in_role[role]]

    def _rows_like(self, word: str) -> list[int]:
        rows = list(dict.fromkeys(self._spelled(word)))
        text = "" if rows else plain(word)
        beside = _BESIDE.fullmatch(text)  # as in "Ann Lee (1003)" and "Ann Lee <ann@example.org>"
        apart = None if beside else _APART.fullmatch(text)  # as in "1003 - Ann Lee"
        if beside is None and apart is None:
            return rows
        parts = (beside or apart).groups()  # type: ignore[union-attr]
        first, second = ([*dict.fromkeys(self._spelled(part))] for part in parts if part is not None)
        both = set(self._person[first].tolist()) & set(self._person[second].tolist())
        if apart is not None and not (first and second):
            return []
        return [row for row in (*first, *second) if not both or int(self._person[row]) in both]

    def _spelled(self, word: str) -> Iterator[int]:
        key = id_key(word)
        if not key:
            return
        yield from self._by_id.get(key, ())
        address = email_key(word)
        if address:
            yield from self._by_email.get(address, ())
        elif any(map(str.isalpha, key)):
            yield from self._by_name.get(name_key(word), ())


def _cells(table: Table, column: str) -> Labels:
    found = table.get(column)
    return np.full(len(table.ids), "", dtype=object) if found is None else found.cells()


def _index(words: Labels, key_of: Callable[[str], str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, word in enumerate(words.tolist()):
        if word and (key := key_of(word)):
            found.setdefault(key, []).append(row)
    return found


def _likely(key: str, words: Labels) -> Iterator[str]:
    """The words that may look like a plain one: about as long, and alike at one end."""
    size = len(key)
    for word in words.tolist():
        if abs(len(word) - size) <= max(3, size // 3) and word:
            other = plain(word)
            if other[:1] == key[:1] or other[-2:] == key[-2:]:
                yield word
