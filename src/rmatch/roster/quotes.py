"""Quotes that went astray: cells that hold whole rows, quotes within cells, blanks round quotes."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rmatch.columns import fold

_END = re.compile(r"\r\n|\r|\n")
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_ALIKE = 3
"""One in so many swallowed cells must look like the others of its column."""


@dataclass(frozen=True)
class Swallowed:
    """A quoted cell that may hold whole rows: where its row stands, over how many lines, and what it says by column."""

    row: int
    lines: int
    width: int
    said: tuple[tuple[int, str], ...]


def swallowed(row: int, cells: Sequence[str], delimiter: str) -> Swallowed | None:
    """Return what a row of cells has swallowed, if one of them has the form of several rows; else None.

    Without its quotes, the lines of such a cell fall into rows of one width: the first with the cells before it, the
    last with those behind it, and each between.

    Args:
        row: The row of the file.
        cells: Its cells.
        delimiter: The delimiter.
    """
    for k, cell in enumerate(cells):
        lines = _END.split(cell) if "\n" in cell or "\r" in cell else []
        if len(lines) < 2:
            continue
        parts = [_cells(line, delimiter) for line in lines]
        rows = [[*cells[:k], *parts[0]], *parts[1:-1], [*parts[-1], *cells[k + 1 :]]]
        if len(rows[0]) > 1 and all(len(each) == len(rows[0]) for each in rows):
            places = [range(k, k + len(parts[0])), *(range(len(part)) for part in parts[1:])]
            said = [(j, cell) for at, part in zip(places, parts, strict=True) for j, cell in zip(at, part, strict=True)]
            return Swallowed(row, len(lines), len(rows[0]), tuple(said))
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line in which quotes mean nothing."""
    return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [""])


def resembles(found: Swallowed, columns: Sequence[Sequence[str]]) -> bool:
    """Whether what was swallowed looks like the table, whose distinct words stand by column.

    A cell does where the same word stands elsewhere in its column, or one of the same shape that has digits or ``@``.
    """
    cells = [(k, cell.strip()) for k, cell in found.said if cell.strip()]
    words = [{fold(word) for word in column} for column in columns]
    shapes = [{_shape(word) for word in column} for column in columns]
    alike = 0
    for k, cell in cells:
        shape = _shape(cell)
        alike += fold(cell) in words[k] or (("9" in shape or "@" in shape) and shape in shapes[k])
    return alike * _ALIKE >= max(len(cells), 1)


def _shape(word: str) -> str:
    return _RUNS.sub(lambda run: "9" if run[0][0].isdigit() else "a", word.strip())


def astray(line: str | None, cells: Sequence[str], delimiter: str) -> bool:
    """Return whether quotes within cells pair up across a delimiter, so that it may be text, or one is missing.

    Args:
        line: The row as it was written; without it, cells that hold an odd number of quotes are all suspected.
        cells: Its cells.
        delimiter: The delimiter.
    """
    odd = sum(cell.count('"') % 2 for cell in cells) > 1
    if not odd or line is None:
        return odd
    return sum(not quoted and cell.count('"') % 2 for cell, quoted in _scanned(line, delimiter) or ()) > 1


def reread(line: str | None, delimiter: str) -> list[str] | None:
    """The cells of a row in which blanks stand between a closing quote and the delimiter; None where more is wrong."""
    scanned = None if line is None else _scanned(line, delimiter)
    return None if scanned is None else [cell for cell, _ in scanned]


def _scanned(line: str, delimiter: str) -> list[tuple[str, bool]] | None:
    """The cells of a line, each with whether it stands in quotes; None where text follows a closing quote."""
    line, at, found = line.rstrip("\r\n"), 0, list[tuple[str, bool]]()
    opening = re.compile(r' *"((?:[^"]|"")*)"[ \t]*' if delimiter != "\t" else r' *"((?:[^"]|"")*)" *')
    while True:
        cell = opening.match(line, at)
        if cell is None:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            found.append((line[at:end], False))
            if line[at:end].lstrip(" ").startswith('"'):
                return None
        else:
            end = cell.end()
            found.append((cell[1].replace('""', '"'), True))
            if end < len(line) and line[end] != delimiter:
                return None
        if end >= len(line):
            return found
        at = end + 1


def in_apostrophes(lines: Sequence[str], headers: int, delimiter: str) -> bool:
    """Return whether one of the first lines has cells in apostrophes, and no line one in quotes.

    Args:
        lines: Lines of the file.
        headers: How many of them may be headers.
        delimiter: The delimiter.
    """
    mark = re.escape(delimiter)
    apostrophes = re.compile(rf"(?:^|{mark}) *'[^']+' *(?:{mark}|[\r\n]|$)")
    quotes = re.compile(rf'(?:^|{mark}) *"')
    return any(map(apostrophes.search, lines[:headers])) and not any(map(quotes.search, lines))
