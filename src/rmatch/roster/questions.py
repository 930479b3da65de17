"""Columns that a form asks for in several questions: a role in two, and weekly times in one for each day or hour."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rmatch.columns import fold
from rmatch.roster.grid import NO, YES
from rmatch.roster.texts import MARK, Texts, labels

_PIECES = re.compile(rf"[;|,\r\n{MARK}]")
_FIRST = re.compile(r"\w+|\W")
_ROLES = {(True, True): "both", (True, False): "mentor", (False, True): "mentee", (False, False): "none"}


def says_yes(answer: str) -> bool | None:
    """Whether an answer is yes, by its first word, as in ``Yes, gladly``; a blank is a no. None where it is neither."""
    said = fold(answer)
    first = _FIRST.match(said)
    if first is None or {said, first[0]} & NO:
        return False
    return True if {said, first[0]} & YES else None


def role_asked(teaches: Texts, learns: Texts) -> Texts:
    """Return the roles of people who were asked whether they would teach, and whether they would learn.

    An answer that is neither yes nor no stands in the place of the role, where it is refused.
    """
    known = {word: says_yes(word) for part in (teaches, learns) for word in part.words.tolist()}
    cells = []
    for words in zip(teaches.cells.tolist(), learns.cells.tolist(), strict=True):
        unclear = [word for word in words if known[word] is None]
        cells.append(unclear[0] if unclear else _ROLES[bool(known[words[0]]), bool(known[words[1]])])
    return Texts.of(cells)


def times_asked(parts: Sequence[Texts], items: Sequence[str], values: Mapping[str, str]) -> Texts:
    """Return the weekly times of people who were asked day by day, or hour by hour.

    What the header asks for and what the cell says belong together: ``Monday`` and ``9-11, 14-16``, or ``9-11`` and
    ``Monday, Tuesday``. A tick stands for what the header asks.

    Args:
        parts: The cells below each header.
        items: What each header asks for.
        values: What a word stands for, by its folded form.
    """
    rows = [""] * len(parts[0])
    for part, item in zip(parts, items, strict=True):
        head = values.get(fold(item), item)
        said = [
            "".join(
                f"{MARK}{head} {_beside(piece, values)}".rstrip() for piece in _PIECES.split(word) if _counts(piece)
            )
            for word in part.words.tolist()
        ]
        rows = [row + said[code] for row, code in zip(rows, part.codes.tolist(), strict=True)]
    return Texts(Texts.of(rows).codes, labels(rows), True)


def _counts(piece: str) -> bool:
    return bool(piece.strip()) and fold(piece) not in NO


def _beside(piece: str, values: Mapping[str, str]) -> str:
    return "" if fold(piece) in YES else values.get(fold(piece), piece.strip())
