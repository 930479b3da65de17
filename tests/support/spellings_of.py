"""Hostile people: spellings of one person, people of one name, and who is left, beside a plain oracle."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

INVISIBLE = ("\u200b", "\u00ad", "\ufeff", "\u2060", "\u200d")
FULL_WIDTH = str.maketrans("0123456789@.", "０１２３４５６７８９＠．")


@dataclass(frozen=True)
class Someone:
    """One person of a company, and whether they take part."""

    id: str
    email: str
    name: str
    role: str
    manager: str = ""


@st.composite
def companies(draw: st.DrawFn) -> tuple[Someone, ...]:
    """Some people; two may have one name, none one id or e-mail address, and some take no part."""
    size = draw(st.integers(3, 7))
    style = draw(st.sampled_from(["00{}", "{}", "E{}", "emp-{}x", "istanbul{}"]))
    first = draw(st.integers(1, 90))
    some = st.sampled_from(["Ann Lee", "Bo Ström", "Zoë O'Neil", "Cy Ng", "İpek Kılıç", "Jürgen Weiß"])
    names = draw(st.lists(some, min_size=size, max_size=size))
    others = st.sampled_from(["mentor", "mentee", "none"])
    roles = ["mentor", "mentee", *draw(st.lists(others, min_size=size - 2, max_size=size - 2))]
    ids = [style.format(first + k) for k in range(size)]
    return tuple(
        Someone(id_, f"p{k}.{first}@example.org", name, role)
        for k, (id_, name, role) in enumerate(zip(ids, names, roles, strict=True))
    )


@st.composite
def spellings(draw: st.DrawFn, who: Someone, people: Sequence[Someone]) -> str:
    """A way in which somebody may write who is meant: by id, by e-mail address, or by a name that nobody else has."""
    forms = [who.id, who.email]
    if [other.name for other in people].count(who.name) == 1:
        forms.append(who.name)
    word = draw(st.sampled_from(forms))
    if word == who.id and word.isdecimal():
        bare = word.lstrip("0")
        word = draw(st.sampled_from([word, bare, f"000{word}", f"{word}.0", f"{bare}.00", f"{bare},0", f"#{word}"]))
    if word == who.id:
        forms = [word, f"{who.name} ({word})", f"{word} - {who.name}", f"{who.name} | {word}", f'="{word}"']
        word = draw(st.sampled_from(forms))
    if word == who.email:
        forms = [word, f"mailto:{word}", f"{who.name} <{word}>", f"<{word}>", word.title(), word.upper(), f"{word}."]
        word = draw(st.sampled_from(forms))
    if word == who.name:
        given, family = word.split(" ")
        word = draw(st.sampled_from([word, f"{family}, {given}", f"{given}  {family}", word.upper(), word.lower()]))
    letters = draw(st.sampled_from(["", "", "upper", "lower", "swapcase"]))
    word = getattr(word, letters)() if letters else word
    if draw(st.booleans()):
        at = draw(st.integers(0, len(word)))
        word = word[:at] + draw(st.sampled_from(INVISIBLE)) + word[at:]
    word = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), word)
    if draw(st.booleans()):
        word = draw(st.sampled_from([f" {word}", f"{word}\u00a0", f"\u3000{word}"]))
    return word.translate(FULL_WIDTH) if draw(st.booleans()) and "@" not in word else word


def barred(pairs: Sequence[tuple[Someone, Someone]]) -> set[tuple[str, str]]:
    """What an exclusion means, whoever teaches: the plain oracle knows people, and no spellings."""
    return {(a.id, b.id) for pair in pairs for a, b in (pair, pair[::-1])}


def in_line(people: Sequence[Someone]) -> set[tuple[str, str]]:
    """Who is above whom, at any depth, either way round; a circle runs to everybody in it."""
    by_id = {who.id: who for who in people}
    found = set()
    for who in people:
        seen, above = set[str](), who.manager
        while above and above not in seen:
            seen.add(above)
            found |= {(who.id, above), (above, who.id)}
            above = by_id[above].manager
    return found
