"""Which header means which column: what is certain, what is likely, and what else might be meant."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rmatch.columns import fold
from rmatch.program.drafting._content import answered_below
from rmatch.roster.concluded import grids
from rmatch.roster.grid import NO, YES, is_grid, items_of, questions
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import Texts
from rmatch.schema.person import ALIASES, CANONICAL, CELLS, fold_header
from rmatch.schema.vocabulary import Header, answers, asks_sensitive, certain, headers

_SURE = 2  # the last rank that is certain
_NEAR = 0.85
_ID = re.compile(r"(?<![a-z])(?:id|ids|identifier|kennung|matricule)(?![a-z])", re.IGNORECASE)
_REMARK = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_DECIMAL = re.compile(r"\d{1,3}(?:,\d{1,2})?", re.ASCII)
_MOST = 100  # headers that are compared with known ones letter by letter, each of which takes milliseconds


@dataclass(frozen=True)
class Guess:
    """A column with its header on one sheet, why it is taken for it, and which other headers might be meant."""

    column: str
    header: str
    place: int
    why: str
    sure: bool
    others: tuple[str, ...] = ()
    grid: str = ""
    """The form of the headers, where the column is asked for item by item."""
    places: tuple[int, ...] = ()
    """Where the headers stand, if there are several."""
    headers: tuple[str, ...] = ()
    """The headers that make the column together, if there are several without the form of a grid."""
    listed: bool = False
    """Whether some cells hold several items, where no schema says it."""

    @property
    def at(self) -> tuple[int, ...]:
        """Where its headers stand."""
        return self.places or (self.place,)


@dataclass(frozen=True)
class _Meant:
    """What one header may mean: the smaller the rank, the more certain."""

    rank: int
    length: int
    column: str
    why: str


def guesses(sheet: Sheet) -> dict[str, Guess]:
    """Return the columns that a sheet has, certainly or likely, by their names."""
    found: dict[str, Guess] = {}
    taken: set[int] = set()
    for name, asked, places in grids(sheet, {}):
        why = "the question asks for one each, and is a usual or known header"
        found[name] = Guess(name, asked, places[0], why, True, (), asked, tuple(places))
        taken.update(places)
    for asked, places in questions(sheet.headers).items():
        if places[0] in taken:
            continue
        grid = _grid(sheet, asked, places)
        if grid is not None and grid.column not in found:
            found[grid.column] = grid
        taken.update(places if grid is not None else ())
    candidates: dict[str, list[tuple[_Meant, int]]] = defaultdict(list)
    often = Counter(fold_header(header) for header in sheet.headers)
    for k, header in enumerate(sheet.headers):
        if often[fold_header(header)] > 1:
            continue  # a program cannot tell them apart
        if k not in taken and header.strip() and (meant := _meant(header, k)) is not None:
            candidates[meant.column].append((meant, k))
    for name, several in candidates.items():
        fit = [(meant, k) for meant, k in several if meant.rank <= _SURE or _fits(name, sheet.columns[k])]
        if name in found or not fit:
            continue
        fit.sort(key=lambda each: (_silent(name, sheet.columns[each[1]]), each[0].rank, -each[0].length, each[1]))
        (best, k), others = fit[0], tuple(sheet.headers[other].strip() for _, other in fit[1:])
        rivals = sum(meant.rank == best.rank for meant, _ in fit)
        found[name] = Guess(
            name, sheet.headers[k].strip(), k, best.why, best.rank <= _SURE and (rivals == 1 or best.rank == 0), others
        )
    return {name: found[name] for name in CANONICAL if name in found}


def share_topics(sheet: Sheet, found: dict[str, Guess]) -> None:
    """Let a header of topics, which says neither who teaches nor who learns, be what its sheet lacks.

    On one sheet of everybody, it is what mentors offer and what mentees want.
    """
    sides = {
        "mentors": ("skills_offered",),
        "mentees": ("skills_wanted",),
        "workforce": ("skills_offered", "skills_wanted"),
    }
    lacking = [name for name in sides.get(sheet.kind, ()) if name not in found]
    if sheet.kind == "workforce" and (len(lacking) == 0 or "skills_wanted" in found):
        return
    other = "skills_offered" if sheet.kind == "mentees" else ""
    words = {fold_header(each) for each in answers()["topics"]}
    taken = {guess.place for name, guess in found.items() if name not in (other, "skills_offered")}
    places = [k for k, header in enumerate(sheet.headers) if fold_header(header) in words and k not in taken]
    if not lacking or not places:
        return
    why = "it names topics, which the mentors offer and the mentees want"
    guess = Guess("", sheet.headers[places[0]].strip(), places[0], why, False)
    if other and other in found and found[other].place == guess.place:
        del found[other]
    if sheet.kind == "workforce" and "skills_offered" in found and found["skills_offered"].place != guess.place:
        return
    found.update({name: replace(guess, column=name) for name in lacking})


def is_time(header: str) -> bool:
    """Whether below a header stands when somebody signed up."""
    return fold_header(header) in {fold_header(each) for each in answers()["times"]}


def is_sensitive(header: str, cells: Texts | None = None) -> bool:
    """Whether a header asks for, or its cells say, what nobody should be paired by without consent."""
    if asks_sensitive(header):
        return True
    items = answered_below(0, header, cells).items if cells is not None else {}
    told = sum(items.get(fold(word), 0) for word in answers()["sensitive_answers"])
    return told > 0 and 3 * told >= sum(items.values())


def _meant(header: str, place: int) -> _Meant | None:
    """The best that a header may mean; None where nothing comes near."""
    folded = fold_header(header)
    if folded in ALIASES:
        name = ALIASES[folded]
        exact = folded == fold_header(name)
        return _Meant(0 if exact else 1, 0, name, "the column's own name" if exact else "a usual header for it")
    if folded in certain():
        known = certain()[folded]
        return _Meant(2, 0, known.column, f"a known header ({known.known_from})")
    if is_time(header) or is_sensitive(header) or folded in {fold_header(each) for each in answers()["technical"]}:
        return None
    plain = fold_header(_REMARK.sub("", header))
    if plain in ALIASES or plain in certain():
        return _Meant(
            3, 0, ALIASES.get(plain) or certain()[plain].column, "without the remark in brackets it is a usual header"
        )
    return min(_likely(header, folded, place), key=lambda each: (each.rank, -each.length), default=None)


def _likely(header: str, folded: str, place: int) -> Iterator[_Meant]:
    for known in headers():
        if known.sure:
            continue
        if known.within and known.folded in folded:
            yield _Meant(5, len(known.folded), known.column, f"it holds the words {known.header.strip('*')!r}")
        elif not known.within and known.folded == folded:
            yield _Meant(3, 0, known.column, f"such a header often means it ({known.known_from})")
    if _ID.search(header):
        yield _Meant(6, 0, "employee_id", "each answer there is another one, and the header speaks of an id")
    if place < _MOST and len(folded) > 4:
        words = _words()
        for near in difflib.get_close_matches(folded, words, n=1, cutoff=_NEAR):
            yield _Meant(4, 0, words[near], f"it resembles {near!r}")


def _words() -> Mapping[str, str]:
    """Every folded header that is known, with its column."""
    return {each.folded: each.column for each in headers() if _exact(each)} | ALIASES


def _exact(each: Header) -> bool:
    return each.sure and not each.within


def _silent(name: str, cells: Texts) -> bool:
    """Whether nobody is told apart below a header, as where a form calls everybody anonymous."""
    return name in ("email", "name") and not any(word and fold(str(word)) != "anonymous" for word in cells.words)


def _fits(name: str, cells: Texts) -> bool:
    """Whether the cells below a header that is merely likely look like the column."""
    words = [str(word) for word in cells.cells if word]
    if not words:
        return False
    if name == "email":
        return 2 * sum("@" in word for word in words) > len(words)
    if name == "employee_id":
        return len({fold(word) for word in words}) == len(cells.codes) and all(len(word) <= 40 for word in words)
    if name == "name":
        return 5 * sum(any(map(str.isdigit, word)) for word in words) <= len(words)
    if name == "manager_id":  # ticks say who is one
        return not {fold(word) for word in words} <= YES | NO
    if name == "languages":  # those that people speak
        items = answered_below(0, "", cells).items
        return 2 * sum(items.get(word, 0) for word in map(fold, answers()["programming"])) < sum(items.values())
    if name in ("department", "location", "team", "job_family", "grade"):  # an essay or a list is none of these
        if all(map(_DECIMAL.fullmatch, words)):
            return True  # the comma of 2,5 separates nothing
        below = answered_below(0, "", cells)
        return bool(np.median([len(word) for word in words]) <= 60) and not (below.listed and below.uneven)
    return True


def _grid(sheet: Sheet, asked: str, places: list[int]) -> Guess | None:
    """The column that a question asks for item by item; None where the cells are neither the items of their headers
    nor ticks, places or ratings.
    """
    headers = tuple(sheet.headers[k].strip() for k in places)
    repeated = _repeats([sheet.columns[k] for k in places], items_of(headers))
    if not repeated and not is_grid([sheet.columns[k] for k in places]):
        return None
    meant = _meant(asked.replace("*", "").strip(" []/|:»>-–—"), 0)
    if meant is None or CELLS[meant.column].kind != "items":
        return None
    why = f"the question asks for one item each, and {'is' if meant.rank <= _SURE else 'may be'} {meant.why}"
    if repeated:
        return Guess(meant.column, headers[0], places[0], why, False, places=tuple(places), headers=headers)
    return Guess(meant.column, asked, places[0], why, meant.rank <= _SURE, (), asked, tuple(places))


def _repeats(parts: Sequence[Texts], items: Sequence[str]) -> bool:
    """Whether the cells repeat the items of their headers, as some forms tick; one header may ask for others."""
    said = [{fold(str(word)) for word in part.words[np.unique(part.codes)]} - {""} for part in parts]
    own = [words <= {fold(item)} for words, item in zip(said, items, strict=True)]
    return any(mine and words for words, mine in zip(said, own, strict=True)) and sum(own) >= len(own) - 1
