"""What the cells say of a column for certain where no program does: a grid, commas between items, words for nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from rmatch._util.quoted import excerpt
from rmatch.columns import fold
from rmatch.roster.grid import NO, YES, items_of, questions
from rmatch.roster.issues import IssueLog
from rmatch.roster.lists import SEPARATORS
from rmatch.roster.sheet import Sheet
from rmatch.roster.weektimes import CLEAR, intervals, plain
from rmatch.schema.binding import LABELS, ColumnBinding
from rmatch.schema.person import ALIASES, CANONICAL, CELLS, fold_header
from rmatch.schema.vocabulary import answers, certain

MOST = 20_000
"""Most different answers of a column that are looked at; of more nothing is concluded."""

_COMMA = re.compile(r",(?![^()]*\)|[^\[\]]*\])")
_PIECES = re.compile(r"[;|,]")
_NO = NO | {""}
_ENDS = " []/|:»>-–—"


def concluded(sheets: Sequence[Sheet], log: IssueLog) -> tuple[dict[str, ColumnBinding], list[str]]:
    """Return what a program would say of columns, and a sentence about each.

    Only what cannot be meant otherwise counts; all else is left to the program, which ``rmatch init`` drafts.

    Args:
        sheets: The sheets of the people who take part.
        log: Takes the sentences too.
    """
    places = [_places(sheet) for sheet in sheets]
    found: defaultdict[str, dict[str, object]] = defaultdict(dict)
    said: list[str] = []
    for sheet, at in zip(sheets, places, strict=True):
        for name, grid, headers in grids(sheet, at):
            found[name].setdefault("grid", {})[sheet.kind] = grid  # type: ignore[index]
            said.append(f"the {len(headers)} headers {excerpt(grid)!r} ask for {name} one by one")
    for name in (name for name in CANONICAL if CELLS[name].kind == "items" or name in LABELS):
        cells = [sheet.columns[at[name]] for sheet, at in zip(sheets, places, strict=True) if name in at]
        few = sum(len(part.words) for part in cells) <= MOST
        words = sorted({str(word) for part in cells for word in part.words if word}) if few else []
        if any(part.listed for part in cells):
            continue
        if CELLS[name].kind == "items" and commas_separate(words):
            found[name]["split"] = ","
            example = min((word for word in words if "," in word), key=len)
            said.append(f"commas separate the items of {name}, as in {excerpt(example)!r}")
        nothing = nothing_said(name, words)
        if nothing:
            found[name]["na"] = nothing
            said.append(f"{', '.join(map(repr, nothing))} below {name} means that there is none")
    for sentence in said:
        log.note("info", sheets[0].file, sentence, "Nothing to do, or say otherwise in a program.")
    return {name: ColumnBinding.model_validate(_plain(keys, sheets)) for name, keys in found.items()}, said


def commas_separate(words: Sequence[str]) -> bool:
    """Whether commas separate items: no two parts beside one another always stand so, as those of one option do.

    Args:
        words: The different answers; a comma within brackets is part of an item.
    """
    if any(mark in word for word in words for mark in SEPARATORS):
        return False
    cells = [[fold(part.strip()) for part in _COMMA.split(word)] for word in words]
    behind: defaultdict[str, set[str]] = defaultdict(set)
    before: defaultdict[str, set[str]] = defaultdict(set)
    for parts in cells:
        for part, following in zip(parts, [*parts[1:], ""], strict=True):
            behind[part].add(following)
        for part, leading in zip(parts, ["", *parts[:-1]], strict=True):
            before[part].add(leading)
    pairs = {both for parts in cells for both in pairwise(parts)}
    return bool(pairs) and all(a and b and len(behind[a]) > 1 and len(before[b]) > 1 for a, b in pairs)


def _places(sheet: Sheet) -> Mapping[str, int]:
    """Where the headers stand that certainly mean a column, each alone."""
    known = {header: each.column for header, each in certain().items()} | ALIASES
    found: defaultdict[str, list[int]] = defaultdict(list)
    for k, header in enumerate(sheet.headers):
        if (name := known.get(fold_header(header))) is not None:
            found[name].append(k)
    return {name: some[0] for name, some in found.items() if len(some) == 1}


def grids(sheet: Sheet, at: Mapping[str, int]) -> Iterator[tuple[str, str, list[int]]]:
    """Yield the columns that a sheet asks for item by item, or day by day, under a question that certainly means them.

    Args:
        sheet: The sheet.
        at: The columns that have a header of their own.

    Yields:
        The column, the form of its headers, and where they stand.
    """
    known = {header: each.column for header, each in certain().items()} | ALIASES
    asked: defaultdict[str, list[tuple[str, list[int]]]] = defaultdict(list)
    for grid, places in questions(sheet.headers).items():
        asked[known.get(fold_header(grid.replace("*", "").strip(_ENDS)), "")].append((grid, places))
    for name, several in asked.items():
        (grid, places), *others = several
        if not name or name in at or others:
            continue
        words = {str(word) for k in places for word in sheet.columns[k].words if fold(str(word)) not in _NO}
        days = name == "availability" and _days([sheet.headers[k] for k in places], words)
        ticks = CELLS[name].kind == "items" and words and {*map(fold, words)} <= YES  # numbers may be places or ratings
        if days or ticks:
            yield name, grid, places


def _days(headers: Sequence[str], words: Collection[str]) -> bool:
    """Whether headers ask for days, and all that people say below them can be read as hours."""
    hours = {piece for word in words for piece in _PIECES.split(word)}
    read = bool(hours) and all(intervals(f"Mon {each}") is not None for each in hours)
    return read and all(plain(item).rstrip("s") in CLEAR for item in items_of(headers))


def nothing_said(name: str, words: Iterable[str]) -> list[str]:
    """Return the answers below a column that say there is nothing, as they are written.

    Args:
        name: The column. Where it holds one label for each person, ``NA`` is one, such as North America.
        words: The answers.
    """
    known = {fold(word) for word in answers()["nothing"]}
    known -= {"na"} if name in CELLS and CELLS[name].kind != "items" else set()
    return sorted({word.strip(" ;") for word in words if fold(word.strip(" ;")) in known}, key=fold)


def _plain(keys: Mapping[str, object], sheets: Sequence[Sheet]) -> Mapping[str, object]:
    """The keys, with a grid that is the same on every sheet said once."""
    grids = keys.get("grid")
    if isinstance(grids, dict) and len(grids) == len(sheets) and len({*grids.values()}) == 1:
        return {**keys, "grid": next(iter(grids.values()))}
    return keys
