"""What the answers below a header need to be understood: values, separators, an order, levels of a grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rmatch.columns import fold
from rmatch.roster.category import WITHHELD
from rmatch.roster.roles import WORDS
from rmatch.roster.texts import Texts
from rmatch.schema.person import CELLS
from rmatch.schema.vocabulary import answers

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\"[^\"]*\"")
_NUMBERED = re.compile(r"(.*?)\s*(\d{1,3})", re.DOTALL)
_WHOLE = re.compile(r"[+-]?\d{1,9}(?:\.0+)?", re.ASCII)
_PLACES = ("1st first choice 1 erste premier primera eerste", "2nd second choice 2 zweite deuxième segunda tweede",
           "3rd third choice 3 dritte troisième tercera derde", "4th fourth", "5th fifth")  # fmt: skip
_FEW = 60  # answers; more are no grades
_MOST_LINES = 25


@dataclass
class Settings:
    """The keys of one column, what was concluded, and what somebody has to look at."""

    keys: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    idle: dict[str, Any] = field(default_factory=dict)
    """Keys that are proposed in a comment, since nobody but the owner can fill them in."""


def settings(name: str, cells: Sequence[Texts], grid: bool) -> Settings:
    """Return what a column needs, from its cells on every sheet."""
    words = Counter(str(word) for part in cells for word in part.spoken().cells if word)
    found = Settings()
    if grid:
        _levels(name, words, found)
    elif name == "role":
        _roles(words, found)
    elif name == "grade":
        _order(words, found)
    elif CELLS[name].kind == "items":
        _separator(words, found)
    return found


def role_of(answer: str) -> str:
    """Return the role that an answer to a question of a form means; empty where that cannot be told."""
    known, said = answers()["roles"], fold(answer)
    if said in WORDS:
        return ""  # understood as it stands
    has = {name: _holds(said, known[name]) for name in ("mentee", "junior", "senior")}
    rest = said
    for word in sorted(map(fold, known["mentee"]), key=len, reverse=True):
        rest = rest.replace(word, " ")
    has["mentor"] = _holds(rest, known["mentor"])
    if any(re.fullmatch(rf"{re.escape(fold(word))}\b.*", said) for word in known["both"]) or (
        has["mentor"] and has["mentee"]
    ):
        return "both" if not (has["junior"] or has["senior"]) else ""
    mentor, mentee = has["mentor"] or has["junior"], has["mentee"] or has["senior"]
    if mentor != mentee:
        return "mentor" if mentor else "mentee"
    if not mentor and any(re.fullmatch(rf"{re.escape(fold(word))}\b.*", said) for word in known["none"]):
        return "none"
    return ""


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(fold(word) in text for word in words)


def _roles(words: Counter[str], found: Settings) -> None:
    strange = [word for word in sorted(words, key=fold) if fold(word) not in WORDS]
    values = {word: role for word in strange if (role := role_of(word))}
    if values:
        found.keys["values"] = dict(list(values.items())[:_MOST_LINES])
        found.checks.append("the mentor is the junior, who teaches; the mentee is the senior, who learns")
    left = [word for word in strange if word not in values]
    if left:
        shown = ", ".join(repr(word[:60]) for word in left[:5])
        more = f" and {len(left) - 5} more" if len(left) > 5 else ""
        found.checks.append(f'say what these answers mean, with values = {{ "…" = "mentor" }}: {shown}{more}')


def _order(words: Counter[str], found: Settings) -> None:
    """The order of grades that are no whole numbers."""
    labels = [word for word in words if fold(word) not in WITHHELD]
    if not labels or all(_WHOLE.fullmatch(word) for word in labels):
        return
    if len({fold(word) for word in labels}) > _FEW:
        found.checks.append(
            "these are no whole numbers, and too many answers to be put in order: choose another column"
        )
        return
    folded = {fold(word): word for word in sorted(labels, reverse=True)}
    for ladder in answers()["ladders"]:
        steps = [fold(step) for step in ladder["order"]]
        if set(folded) <= set(steps):
            found.keys["order"] = [folded[step] for step in steps if step in folded]
            found.checks.append("the order of the grades, lowest first, as it is usual")
            return
    numbered = {word: match for word in folded.values() if (match := _NUMBERED.fullmatch(word))}
    if len(numbered) == len(folded) and len({fold(match[1]) for match in numbered.values()}) == 1:
        found.keys["order"] = sorted(numbered, key=lambda word: int(numbered[word][2]))
        found.checks.append("the order of the grades, lowest first, by their numbers")
        return
    found.idle["order"] = sorted(folded.values(), key=fold)
    found.checks.append("grades without an order are not used: put `order` in order, lowest first, and remove the `#`")


def _separator(words: Counter[str], found: Settings) -> None:
    """A comma, where the cells of a list have commas outside of brackets and no other separator."""
    if any(mark in word for word in words for mark in ";|\n\r\0"):
        return
    with_commas = sum(number for word, number in words.items() if "," in _BRACKETS.sub("", word))
    if with_commas:
        found.keys["split"] = ","
        found.notes.append(f"commas separate the items, in {with_commas:,} of {sum(words.values()):,} answers")


def _levels(name: str, words: Counter[str], found: Settings) -> None:
    """The levels of the places of a grid, the first the highest."""
    if not CELLS[name].levels:
        return
    for word in sorted(words, key=fold):
        said = fold(word)
        place = next((k for k, marks in enumerate(_PLACES) if said.split()[0] in marks.split() and len(said) > 2), None)
        if place is not None:
            found.keys.setdefault("chosen", {})[word] = 5 - place
    if "chosen" in found.keys:
        found.checks.append("the levels of the places, 5 the highest")
