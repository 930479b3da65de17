"""Columns that no header names: what both sides answer alike, whom people wish for, and what they want of a partner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rmatch.columns import fold
from rmatch.program.drafting._content import (
    Answered,
    Shared,
    answered_below,
    are_choices,
    beside,
    chosen_from,
    shared_between,
    side_by_side,
    ticked,
)
from rmatch.program.drafting._guesses import Guess, is_sensitive, is_time
from rmatch.roster.mapping import joined_name
from rmatch.roster.resolver import email_key, id_key, name_key
from rmatch.roster.sheet import Sheet
from rmatch.roster.unread import may_be_managers
from rmatch.schema.person import ALIASES, CANONICAL, fold_header
from rmatch.schema.vocabulary import answers

Found = dict[str, Guess]

_NAMED = 0.6  # of the cells below a header of wishes name people of the other side
_INTERESTS = "interests"
_BOTH = ("goals", "department", "team", "location", "job_family", "career_path", "tenure_band", "languages")
"""Columns that say something of a pair only where both sides have them."""


@dataclass
class Further:
    """Criteria beyond the usual ones, as data: those of the draft, and those that it proposes."""

    used: list[dict[str, Any]] = field(default_factory=list)
    spare: list[dict[str, Any]] = field(default_factory=list)
    """Criteria that count where nothing else says what makes a good pair."""


def unnamed(sheets: Sequence[Sheet], found: Sequence[Found]) -> Further:
    """Add to ``found`` the columns that the cells tell, and return the criteria that read them.

    Args:
        sheets: The sheets of the people who take part: one, or the mentors' and the mentees'.
        found: The columns of each that are known by their headers.
    """
    further = Further()
    sides = [(0, 1), (1, 0)] if len(sheets) == 2 else [(0, 0)]
    for own, other in sides:
        _wishes(sheets[own], found[own], sheets[other], found[other], further)
    for own, other in sides:
        _wanted(sheets[own], found[own], sheets[other], found[other], further)
    if len(sheets) == 2:
        _between(sheets, found, further)
    else:
        _within(sheets[0], found[0], further)
    return further


def _taken(sheet: Sheet, found: Found, *but: str) -> list[int]:
    """The headers that are spoken for, and those that nobody should be paired by unasked."""
    taken = {k for name, guess in found.items() if name not in but for k in guess.at}
    technical = {fold_header(each) for each in answers()["technical"]} | ALIASES.keys()
    apart = {k for k, h in enumerate(sheet.headers) if fold_header(h) in technical or is_time(h)}
    apart |= {k for k, h in enumerate(sheet.headers) if is_sensitive(h, sheet.columns[k])}
    apart -= {k for name, guess in found.items() if name in but for k in guess.at}
    return sorted(taken | apart)


# ------------------------------------------------------------------------------------------- whom people wish for


def _people(sheet: Sheet, found: Found) -> set[str]:
    """The keys under which the people of a sheet may be named."""
    keys: set[str] = set()
    for name, key_of in (("employee_id", id_key), ("email", email_key), ("name", name_key)):
        if name in found:
            keys |= {key_of(str(cell)) for cell in sheet.columns[found[name].place].cells}
    if both := joined_name(sheet.headers):
        parts = (sheet.columns[k].cells for k in both)
        keys |= {name_key(f"{first} {last}") for first, last in zip(*parts, strict=True)}
    return keys - {""}


def managers_by_content(sheets: Sequence[Sheet], found: Sequence[Found]) -> None:
    """Let headers below which nearly all name people of the files, many of them the same, be the managers."""
    if any("manager_id" in each for each in found):
        return
    people = set[str]().union(*map(_people, sheets, found))
    for sheet, own in zip(sheets, found, strict=True):
        for k in sorted({*range(len(sheet.headers))} - {*_taken(sheet, own)}):
            header, cells = sheet.headers[k].strip(), [str(cell) for cell in sheet.columns[k].cells if cell]
            if header and may_be_managers(header, cells) and _names(sheet, k, people):
                why = "people of the files are named there, many of them several times"
                own["manager_id"] = Guess("manager_id", header, k, why, False)
                break


def _wishes(sheet: Sheet, own: Found, other: Sheet, theirs: Found, further: Further) -> None:
    """Let headers of choices, below which people of the other side stand, be the wishes, the first the dearest.

    Those that ask whom somebody would not like to meet are the avoids.
    """
    people = _people(other, theirs)
    for name, words in (("avoids", "avoided"), ("wishes", "choices")):
        places = [k for k in _asking(sheet, own, words) if name not in own and _names(sheet, k, people)]
        if places:
            headers = tuple(sheet.headers[k].strip() for k in places)
            why = "people of the other side are named there"
            own[name] = Guess(name, headers[0], places[0], why, False, places=tuple(places), headers=headers)
    if "wishes" in own and not any(each["kind"] == "wishes" for each in further.used):
        side = {"mentors": "mentor", "mentees": "mentee"}.get(sheet.kind, "both")
        further.used.append({"kind": "wishes", "weight": 0.5, "side": side})


def _asking(sheet: Sheet, own: Found, about: str) -> Iterator[int]:
    """The headers that are not taken and hold a word of the vocabulary ``about``."""
    taken, words = set(_taken(sheet, own)), [fold(word) for word in answers()[about]]
    yield from (
        k for k, header in enumerate(sheet.headers) if k not in taken and any(word in fold(header) for word in words)
    )


def _names(sheet: Sheet, place: int, people: set[str]) -> bool:
    cells = [str(cell) for cell in sheet.columns[place].cells if cell]
    pieces = [piece for cell in cells for piece in re.split(r"[;|\r\n]", cell) if piece.strip()]
    known = sum(not people.isdisjoint({id_key(piece), email_key(piece), name_key(piece)} - {""}) for piece in pieces)
    return bool(pieces) and known >= _NAMED * len(pieces)


# ------------------------------------------------------------------------------ what people want of their partner


def _wanted(sheet: Sheet, own: Found, other: Sheet, theirs: Found, further: Further) -> None:
    """Let a header of preferences whose answers are those of another question be what is wanted of the partner."""
    taken, anyone = set(_taken(sheet, own)), {fold(word) for word in answers()["anyone"]}
    taken -= {k for k, header in enumerate(sheet.headers) if is_sensitive(header, sheet.columns[k])}
    words = [fold(word) for word in answers()["preferred"]]
    for k, header in enumerate(sheet.headers):
        if k in taken or not any(word in fold(header) for word in words):
            continue
        wish = answered_below(k, header.strip(), sheet.columns[k])
        items = wish.items.keys() - anyone if are_choices(wish) else set()
        asked = [
            of for of in _attributes(other, theirs, header) if items and 2 * len(items & of.items.keys()) > len(items)
        ]
        if not asked or (sheet is other and asked[0].place == k):
            continue
        _accept(sheet, own, theirs, wish, asked[0], sorted(wish.items.keys() & anyone), further)


def _attributes(other: Sheet, theirs: Found, header: str) -> Iterator[Answered]:
    """The questions of the other side that a header speaks of: their header, or its main word, stands in it."""
    said, small = fold(header), {fold(word) for word in answers()["small"]}
    for k, asked in enumerate(other.headers):
        words = [word for word in re.findall(r"[^\W\d_]{4,}", fold(asked)) if word not in small]
        if fold(asked) != said and any(re.search(rf"\b{word}", said) for word in words):
            answered = answered_below(k, asked.strip(), other.columns[k])
            yield from (answered,) * are_choices(answered)


def _accept(
    sheet: Sheet, own: Found, theirs: Found, wish: Answered, of: Answered, anyone: list[str], further: Further
) -> None:
    known = next((name for name, guess in theirs.items() if guess.place == of.place), "")
    name = known or slug(of.header, theirs)
    if not known:
        why = "people of the other side say what they want of it"
        theirs[name] = Guess(name, of.header, of.place, why, False, listed=of.listed and of.uneven)
    wanted = f"wanted_{name}"
    why = f"its answers are those of {of.header!r}, so it is wanted of the partner"
    own[wanted] = Guess(wanted, wish.header, wish.place, why, False, listed=wish.listed and wish.uneven)
    side = {"mentors": "mentor", "mentees": "mentee"}.get(sheet.kind, "both")
    same = next((each for each in further.used if each.get("column") == wanted), None)
    if same is not None:
        same["side"], same["anyone"] = "both", sorted({*same["anyone"], *anyone})
    else:
        words = sorted({*anyone, "any", "no preference"})
        accepts = {"kind": "accepts", "weight": 0.5, "column": wanted, "of": name, "anyone": words, "side": side}
        further.used.append(accepts)


# ----------------------------------------------------------------------------------------- what both sides answer


def _between(sheets: Sequence[Sheet], found: Sequence[Found], further: Further) -> None:
    """Pair the questions of two sheets by their answers: topics are what is taught, all others make people alike."""
    names = ("skills_offered", "skills_wanted")
    lacking = [name not in each for name, each in zip(names, found, strict=True)]
    if not any(lacking):
        return
    alone = [name for name in _BOTH if (name in found[0]) != (name in found[1])]
    pools = [
        chosen_from(sheet, _taken(sheet, each, name, *alone))
        for sheet, each, name in zip(sheets, found, names, strict=True)
    ]
    goals = {each["goals"].place for each in found if "goals" in each and "goals" in alone}
    fixed = [each[name].place if name in each else -1 for name, each in zip(names, found, strict=True)]
    groups = [*shared_between(pools[0], pools[1]), *_as_headers(sheets, found, pools)]
    spoken = _spoken(groups, fixed, goals, "goals" in found[0])
    spoken_for = {
        (side, e.place) for group in groups for side, part in enumerate((group.first, group.second)) for e in part
    }
    for side, each in enumerate(found):
        for name in alone:
            if name in each and (side, each[name].place) in spoken_for:
                del each[name]
    if any(lacking) and spoken:
        for side, name in enumerate(names):
            places = [each for group in spoken for each in (group.first, group.second)[side]]
            if lacking[side]:
                found[side][name] = _joined(name, places, True)
    at = {each.place for group in spoken for each in group.first}
    others = [group for group in groups if not at & {each.place for each in group.first}]
    _alike(others, found, further)


def _spoken(groups: Sequence[Shared], fixed: Sequence[int], goals: set[int], goals_first: bool) -> list[Shared]:
    """The questions of what is taught: those with the answers of a column of skills, else those of topics and goals.

    Where people list topics, a question with one answer is none of them.
    """
    if max(fixed) >= 0:
        known = [
            group
            for group in groups
            if fixed[0] in {each.place for each in group.first} or fixed[1] in {each.place for each in group.second}
        ]
        if fixed[0] >= 0:
            wanted = [tuple(each for each in group.second if not _has_already(each.header)) for group in known]
            known = [replace(group, second=some) for group, some in zip(known, wanted, strict=True) if some]
        return known
    topics = [
        group
        for group in groups
        if group.topical or goals & {each.place for each in (group.first if goals_first else group.second)}
    ]
    return [group for group in topics if group.listed] or topics


def _has_already(header: str) -> bool:
    """Whether a header asks for what somebody has, and not for what they want."""
    return any(fold(word) in fold(header) for word in answers()["already"])


def _as_headers(sheets: Sequence[Sheet], found: Sequence[Found], pools: Sequence[list[Answered]]) -> Iterator[Shared]:
    """Items that one sheet asks for header by header, and the other in the same way, or as answers."""
    ticks = [ticked(sheet, _taken(sheet, each)) for sheet, each in zip(sheets, found, strict=True)]
    both = [item for item in ticks[0] if item in ticks[1]]
    if len(both) > 2 and side_by_side([ticks[0][item].place for item in both], sheets[0]):
        yield Shared(tuple(ticks[0][item] for item in both), tuple(ticks[1][item] for item in both), ticks=True)
    for side in (0, 1):
        for asked in pools[1 - side]:
            items = [item for item in ticks[side] if item in asked.items]
            if len(items) > 1 and not set(items) <= set(both):
                asking = beside([ticks[side][item] for item in items], ticks[side], sheets[side])
                group = tuple(asking), (asked,)
                yield Shared(*(group if side == 0 else group[::-1]))


def _joined(name: str, places: Sequence[Answered], listed: bool) -> Guess:
    headers = tuple(dict.fromkeys(each.header for each in places))
    why = "the same answers stand there as on the other sheet"
    at = tuple(dict.fromkeys(each.place for each in places))
    if len(headers) == 1:
        return Guess(name, headers[0], at[0], why, False, listed=listed)
    return Guess(name, headers[0], at[0], why, False, places=at, headers=headers, listed=True)


def _alike(groups: Sequence[Shared], found: Sequence[Found], further: Further) -> None:
    """Let the questions that both sides answer be columns in which people are alike, all lists of them one."""
    lists, single = [g for g in groups if g.listed], [g for g in groups if not g.listed]
    if lists:
        first = [each for group in lists for each in group.first]
        second = [each for group in lists for each in group.second]
        single.insert(0, Shared(tuple(first), tuple(second)))
    for group in single:
        interests = bool(lists) and group is single[0]
        name = (
            _INTERESTS
            if interests and (len(lists) > 1 or lists[0].ticks)
            else slug(group.second[0].header, {**found[0], **found[1]})
        )
        for each, places in zip(found, (group.first, group.second), strict=True):
            each[name] = _joined(name, places, interests)
        criterion = {"kind": "similarity", "weight": 0.35 if interests else 0.2, "column": name}
        (further.used if interests else further.spare).append(criterion)


def _within(sheet: Sheet, found: Found, further: Further) -> None:
    """On one sheet of everybody: the half of the skills that no header names, else what people have in common."""
    halves = [name for name in ("skills_offered", "skills_wanted") if name in found]
    if len(halves) == 2:
        return
    pool = chosen_from(sheet, _taken(sheet, found))
    if halves:
        known = answered_below(found[halves[0]].place, found[halves[0]].header, sheet.columns[found[halves[0]].place])
        best = max(pool, key=lambda each: (known.alike(each), -each.place), default=None)
        if best is not None and known.alike(best):
            other = "skills_wanted" if halves[0] == "skills_offered" else "skills_offered"
            why = f"the same answers stand there as below {known.header!r}"
            found[other] = Guess(other, best.header, best.place, why, False)
        return
    several = [
        each
        for each in pool
        if max(each.items.values()) > 1
        and (each.listed or any(each.alike(other) for other in pool if other is not each))
    ]
    if several:
        found[_INTERESTS] = replace(
            _joined(_INTERESTS, several, True), why="people give several answers there, often the same"
        )
        further.spare.append({"kind": "similarity", "weight": 0.35, "column": _INTERESTS})


def slug(header: str, known: Mapping[str, object]) -> str:
    """A short name for a column of somebody's own, which no other has."""
    small = {fold(word) for word in answers()["small"]}
    words = re.findall(r"[^\W_]+", re.sub(r"[(\[].*?[)\]]", " ", fold(header)))
    telling = [word for word in words if len(word) > 3 and word not in small] or words or ["answer"]
    name = "_".join(telling[:3])
    name = f"{name}_answer" if name in CANONICAL else name
    return name if name not in known else f"{name}_{len(known)}"
