"""Questions that a form asks in several columns: grids of items, a role in two, weekly times for each day or hour."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from rmatch.columns import fold
from rmatch.errors import RosterError
from rmatch.roster.issues import ColumnLog, listing, refusal
from rmatch.roster.sheet import Sheet
from rmatch.roster.texts import MARK, Texts, labels
from rmatch.schema.vocabulary import folded

YES, NO = folded("yes"), folded("no")

_FORMS = (
    re.compile(r"(.*\S)\s*\[([^\[\]]+)\]", re.DOTALL),
    re.compile(r"(.*\S)\s+[-–—]\s+(\S.*)", re.DOTALL),
    re.compile(r"(.*\S)\s*[/|:»>]\s*(\S.*)", re.DOTALL),
)
_RANK = re.compile(
    r"(?:my )?(?:(1st|first|2nd|second|3rd|third|4th|fourth|5th|fifth)(?: (?:choice|preference|priority|option))?"
    r"|(?:choice|preference|priority|rank|option) ?#?(\d)|([1-9])\. ?(?:choice|wahl|priorität|keuze)"
    r"|(erste|zweite|dritte) (?:wahl|priorität)|(1er|2e|2ème|3e|3ème|premier|deuxième|troisième) choix"
    r"|(primera|segunda|tercera) (?:opción|elección)|(eerste|tweede|derde) keuze)"
)
_NUMBER = re.compile(r"(?:[0-9]|10)(?:\.0+)?", re.ASCII)
_LEVELS = 5
_FEW = 1_000  # distinct answers; a column with more holds items
_LONGEST = 40  # characters of an answer that is yes, a place or a rating


_PIECES = re.compile(rf"[;|,\r\n{MARK}]")
_FIRST = re.compile(r"\w+|\W")
_ROLES = {(True, True): "both", (True, False): "mentor", (False, True): "mentee", (False, False): "none"}


def pattern(grid: str) -> re.Pattern[str]:
    """What the headers of a grid are: ``*`` stands for the item; blanks and case do not count."""
    before, after = (r"\s*".join(re.escape(word) for word in part.split()) for part in grid.partition("*")[::2])
    return re.compile(rf"\s*{before}\s*(\S|\S.*?\S)\s*{after}\s*", re.IGNORECASE | re.DOTALL)


def no_grid(sheet: Sheet, name: str, asked: str, others: Sequence[str]) -> RosterError:
    """Return the error that no header is left for the grid of a column.

    Args:
        sheet: The sheet.
        name: The column.
        asked: The form of its headers, such as ``Topics [*]``.
        others: The columns that have grids on that sheet.
    """
    headers = [header.strip() for header in sheet.headers if header.strip()]
    if others and any(map(pattern(asked).fullmatch, sheet.headers)):
        reason = f"the headers of the form {asked!r} are read as {others[0]!r}, and cannot be {name!r} too"
        remedy = f'Say on which sheet each is asked for: [columns.{name}] grid = {{ mentees = "{asked}" }}.'
    else:
        shown = listing(headers, 12)
        reason = f"no header has the form {asked!r}, in which the program reads {name!r}; they are {shown}"
        remedy = f"Correct [columns.{name}] `grid`: `*` stands for the item."
    return refusal(sheet.file, reason, remedy, column=name)


def items_of(headers: Sequence[str]) -> list[str]:
    """The items that several headers ask for: what differs behind the question that they share, else the headers."""
    for form in _FORMS:
        found = [form.fullmatch(header.strip()) for header in headers]
        parts = [each.groups() for each in found if each is not None]
        if len(parts) == len(headers) and len({fold(question) for question, _ in parts}) == 1:
            return [item.strip() for _, item in parts]
    return [header.strip() for header in headers]


def questions(headers: Sequence[str]) -> dict[str, list[int]]:
    """Return the grids that headers may ask for, as ``Topics [*]``, and where their headers stand, two at least."""
    for form in _FORMS:
        found: dict[str, list[int]] = {}
        for k, header in enumerate(headers):
            match = form.fullmatch(header.strip())
            if match is not None and "*" not in header:
                start, end = match.span(2)
                asked = f"{header.strip()[:start]}*{header.strip()[end:]}"
                found.setdefault(" ".join(asked.split()), []).append(k)
        several = {asked: places for asked, places in found.items() if len(places) > 1}
        if several:
            return several
    return {}


def is_grid(parts: Sequence[Texts]) -> bool:
    """Whether the cells below several headers say nothing but yes, no, places and ratings."""
    if len(parts) < 2 or any(len(word) > _LONGEST for part in parts for word in part.words):
        return False
    words = {fold(str(word)) for part in parts for word in part.words[np.unique(part.codes)]} - {""}
    return bool(words - NO) and all(_meant(word) is not None for word in words)


def says_nothing(part: Texts) -> str:
    """The answer, such as yes or a place, where a list has nothing but such; empty where it has items."""
    if len(part.words) > _FEW or any(len(word) > _LONGEST for word in part.words):
        return ""
    words = {fold(str(word)): str(word) for word in part.words[np.unique(part.codes)] if word}
    if (
        words.keys() <= NO
        or any(len(word) == 1 for word in words)
        or not all(_meant(word) == "yes" or _RANK.fullmatch(word) for word in words)
    ):
        return ""
    return min(said for word, said in words.items() if word not in NO)


def from_grid(
    parts: Sequence[Texts],
    items: Sequence[str],
    chosen: Mapping[str, int],
    levels: bool,
    declared: bool,
    log: ColumnLog,
) -> tuple[Texts, ...]:
    """Return the cells below the headers of a grid, each with its item where that was chosen, and perhaps with a level.

    Args:
        parts: The cells below each header.
        items: The item of each.
        chosen: What answers mean: a level from 1 to 5, 0 for not chosen; plain ones are understood without it.
        levels: Whether the column has levels.
        declared: Whether the program says that this is a grid; else it is said.
        log: Takes what is not understood, and how numbers and places are read.

    Raises:
        RosterError: There are ratings beyond 5 that the program does not explain.
    """
    told = {fold(word): level for word, level in chosen.items()}
    words = sorted(
        {fold(str(w)) for part in parts for w in part.words[np.unique(part.codes)]} - {""} - told.keys() - YES - NO
    )
    numbers = {word: int(float(word)) for word in words if _NUMBER.fullmatch(word)}
    ranked = [word for word in words if _RANK.fullmatch(word)]
    both = sorted(set(numbers.values()))
    example = ", ".join(f'"{word}" = {level}' for word, level in zip([*ranked, *numbers][:3], (5, 3, 1), strict=False))
    remedy = f"Say what the answers mean: [columns.{log.column}] chosen = {{ {example} }}."
    if both and both[-1] > _LEVELS and log.places.files:
        reason = f"{log.column!r} is asked for item by item, and the answers are numbers up to {both[-1]}"
        raise refusal(log.places.files[0], reason, remedy, column=log.column)
    ranks = bool(numbers) and both != [1] and both != [0, 1] and are_ranks(parts, numbers)
    for word, number in numbers.items():
        told[word] = 0 if number == 0 else -1 if ranks or both[-1] <= 1 else number
    told |= dict.fromkeys(ranked, -1)
    rows = np.flatnonzero(np.logical_or.reduce([~part.empty for part in parts]))
    shown = listing([*ranked, *numbers], 5)
    if ranked or ranks:
        log.once("warning", rows, "", f"the answers {shown} are places, and each counts as chosen alike", remedy)
    elif numbers and both[-1] > 1:
        log.once("warning", rows, "", f"the answers {shown} are read as levels, 5 the highest", remedy)
    elif not declared:
        what = f"the headers ask for one item each, so these are the answers: {listing(list(items), 12)}"
        log.once("info", rows, "", what, "Nothing to do.")
    return tuple(_named(part, item, told, levels, log) for part, item in zip(parts, items, strict=True))


def _named(part: Texts, item: str, told: Mapping[str, int], levels: bool, log: ColumnLog) -> Texts:
    """The cells below one header, with its item where the answer means that it was chosen."""
    own, cells, unknown = fold(item), list[str](), list[bool]()
    for word in part.words:
        said = fold(word.split(MARK)[-1] if word[:1] == MARK else word)
        level = told.get(said, -1 if said in YES or (said and said == own) else 0)
        unknown.append(bool(said) and said not in told and said not in YES | NO and said != own)
        cells.append("" if not level else f"{MARK}{item}:{level}" if levels and level > 0 else f"{MARK}{item}")
    reason = "this answer to a grid question is not understood, and not counted"
    log.words("warning", part, unknown, reason, remedy_of(log))
    return Texts(part.codes, labels(cells), True)


def remedy_of(log: ColumnLog) -> str:
    """The line that says what an answer means."""
    return f'Say what it means, from 1 to 5 or 0 for no: [columns.{log.column}] chosen = {{ "…" = 5 }}.'


def _meant(word: str) -> str | None:
    if word in YES or word in NO:
        return "yes"
    if _RANK.fullmatch(word):
        return "rank"
    return "number" if _NUMBER.fullmatch(word) else None


def are_ranks(parts: Sequence[Texts], numbers: Mapping[str, int]) -> bool:
    """Whether everybody's numbers run from 1 without a repeat, and somebody has several: these are places.

    Args:
        parts: The cells below each header, a row for each person.
        numbers: The number that a folded answer means; any other answer counts as none.
    """
    values = np.array([[numbers.get(fold(str(cell)), 0) for cell in part.cells] for part in parts], dtype=np.int64)
    counts = (values > 0).sum(axis=0)
    ordered = np.sort(values, axis=0)[::-1]
    rank = np.where(np.arange(len(parts))[:, None] < counts, counts - np.arange(len(parts))[:, None], 0)
    return bool((ordered == rank).all() and counts.max(initial=0) > 1)


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
