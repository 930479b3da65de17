"""A look over a sheet before it is read: how far it reaches, and which cells do not show what was typed."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import partial
from typing import Any, NoReturn

import numpy as np

from rmatch.roster.issues import ColumnLog, refusal
from rmatch.roster.package import Package, Worksheet, plain, relations

MAX_ROWS, MAX_WIDTH = 1_048_576, 16_384
"""The size of Excel's grid."""

MAX_CELLS = 2**26
"""Most cells of the rectangle round all that a sheet holds; the reader takes 32 bytes for each, empty or not."""

FREE_CELLS = 2**20
"""A sheet may write so many cells, and one more for each byte of the workbook; no program packs them closer."""

FREE_EMPTY, MAX_SPARSE = 2**22, 8
"""The rectangle may have so many cells, and so many times those that the sheet writes."""

MAX_TEXT = 2**28
"""Most characters in the cells of a sheet, a text that many share counted for each."""

MAX_MERGED = 2**16
"""Most merged cells."""

_STYLES = 2**26  # bytes
_LETTERS = re.compile("[A-Za-z]{1,3}")
_PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_DIGITS = re.compile("[1-9][0-9]{0,6}")
_ZEROS = re.compile("0{2,20}")

_ZERO_LED = re.compile("0[0-9]+")
_EXACT = 1e15
_TIMES = (date, time, timedelta)
_rows = partial(array, "l")


@dataclass
class Survey:
    """What was seen. Rows are listed by column; both count from 0."""

    rows: int = 0
    columns: int = 0
    filled: bool = False
    """Some cell holds something."""
    hidden_rows: int = 0
    errors: defaultdict[int, array[int]] = field(default_factory=lambda: defaultdict(_rows))
    """Cells that hold an error such as ``#N/A``."""
    formulas: defaultdict[int, array[int]] = field(default_factory=lambda: defaultdict(_rows))
    """Cells that hold a formula whose result, if there is one, is a number."""
    padded: defaultdict[tuple[int, int], array[int]] = field(default_factory=lambda: defaultdict(_rows))
    """By column and number of digits, cells that show a number with zeros in front."""
    shared: int = 0
    """How many cells hold a text that others may share."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged cells: the first row and column, the last row and column."""


def survey(package: Package, sheet: Worksheet) -> Survey:
    """Look over a sheet.

    Args:
        package: The workbook.
        sheet: The sheet.

    Raises:
        RosterError: It is damaged, or reaches too far to be held.
    """
    eye = _Eye(package, sheet.name, _paddings(package))
    package.walk(sheet.part, eye.start)
    seen = eye.seen
    most = min(MAX_CELLS, FREE_EMPTY + MAX_SPARSE * eye.cells)
    if seen.rows * seen.columns > most:
        reason = f"the sheet {sheet.name!r} reaches to row {seen.rows:,}, column {seen.columns:,}"
        raise too_large(package.name, reason, most)
    return seen


class _Eye:
    """Follows the elements of a sheet. A cell that says no place stands right of the one before it."""

    def __init__(self, package: Package, sheet: str, paddings: Mapping[str, int]) -> None:
        self._file, self._sheet, self._paddings = package.name, sheet, paddings
        self._row, self._column, self._kind = -1, -1, ""
        self._digits, self._numbers = "", dict[str, int]()
        self._other = 0
        self._most = min(MAX_CELLS, FREE_CELLS + package.packed)
        self.cells = 0
        self.seen = Survey()

    def start(self, name: str, given: Mapping[str, str]) -> None:
        """Take in the beginning of an element."""
        if name == "c":
            self._cell(given)
        elif name in ("v", "t"):
            seen = self.seen
            seen.filled = True
            if self._row >= seen.rows:
                seen.rows = self._row + 1
            if self._column >= seen.columns:
                seen.columns = self._column + 1
        elif name == "f" and self._kind in ("", "n"):
            self.seen.formulas[self._column].append(self._row)
        elif name == "row":
            self._row, self._column, self._digits = self._row + 1, -1, ""
            if "r" in given:
                self._row = self._number(given["r"])
            self.seen.hidden_rows += given.get("hidden") in ("1", "true")
            self._count()
        elif ":" in name:
            self.start(name.rpartition(":")[2], given)
        elif name == "mergeCell":
            self._merge(given.get("ref", ""))
        else:
            self._count()

    def _count(self) -> None:
        """Count what is no cell; a sheet of people has little else."""
        self._other += 1
        if self._other > 4 * self._most + MAX_ROWS:
            raise too_large(self._file, f"the sheet {self._sheet!r} holds too much", self._most)

    def _merge(self, ref: str) -> None:
        ends = [_PLACE.fullmatch(end) for end in ref.partition(":")[::2] if end]
        if not ends or None in ends:
            self._damaged(ref)
        if len(self.seen.merged) == MAX_MERGED:
            raise too_merged(self._file, self._sheet)
        places = [(self._number(end[2]), self._letters(end[1])) for end in ends if end is not None]
        (top, left), (bottom, right) = places[0], places[-1]
        self.seen.merged.append((top, left, bottom, right))

    def _cell(self, given: Mapping[str, str]) -> None:
        where, seen = given.get("r"), self.seen
        if where is None:
            self._column += 1
        else:
            letters = where.rstrip("0123456789")
            digits = where[len(letters) :]
            if digits != self._digits:
                self._row, self._digits = self._number(digits), digits
            known = self._numbers.get(letters)
            self._column = self._letters(letters) if known is None else known
        if self._column >= MAX_WIDTH or not 0 <= self._row < MAX_ROWS:
            self._damaged(where or f"{self._column + 1} in row {self._row + 1}")
        self.cells += 1
        if self.cells > self._most:
            raise too_large(self._file, f"the sheet {self._sheet!r} holds too much", self._most)
        self._kind = given.get("t", "")
        if self._kind == "s":
            seen.shared += 1
        elif self._kind == "e":
            seen.errors[self._column].append(self._row)
        elif self._kind in ("", "n") and given.get("s") in self._paddings:
            seen.padded[self._column, self._paddings[given["s"]]].append(self._row)

    def _number(self, digits: str) -> int:
        if not _DIGITS.fullmatch(digits) or int(digits) > MAX_ROWS:
            self._damaged(digits)
        return int(digits) - 1

    def _letters(self, letters: str) -> int:
        if not _LETTERS.fullmatch(letters):
            self._damaged(letters)
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        self._numbers[letters] = number - 1
        return number - 1

    def _damaged(self, where: str) -> NoReturn:
        reason = f"the workbook is damaged: the sheet {self._sheet!r} has a cell {where[:20]!r}, outside of any sheet"
        raise refusal(self._file, reason, "Open it in Excel and save it again, or save it as CSV.")


def too_large(file: str, reason: str, most: int) -> Exception:
    """Return the error that a workbook makes too many cells."""
    remedy = "Delete the rows and columns beyond the table, where a stray cell may stand, and save it again."
    return refusal(file, f"{reason}, which makes more than {most:,} cells, the most for its size", remedy)


def too_merged(file: str, sheet: str) -> Exception:
    """Return the error that a sheet has too many merged cells."""
    reason = f"the sheet {sheet!r} has more than {MAX_MERGED:,} merged cells"
    return refusal(file, reason, "Take them apart in Excel (Unmerge Cells), or save it as CSV.")


def too_long(file: str, what: str) -> Exception:
    """Return the error that a workbook shows too many characters."""
    return refusal(file, f"{what} shows more than {MAX_TEXT:,} characters", "Shorten long texts in many rows.")


def count_texts(package: Package, sheet: Worksheet, seen: Survey) -> None:
    """Refuse a sheet that shows more text than can be held.

    Args:
        package: The workbook.
        sheet: The sheet.
        seen: What was seen of it.

    Raises:
        RosterError: The sheets share more texts than there may be cells, or one fills too many cells.
    """
    lengths, most = array("q"), min(MAX_CELLS, FREE_CELLS + package.packed)

    def start(name: str, _: Mapping[str, str]) -> None:
        if name == "si":
            lengths.append(0)
            if len(lengths) > most:
                raise too_large(package.name, "the workbook holds too many texts", most)

    def said(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    for kind, part in relations(package).values():
        if kind == "sharedStrings" and part in package:
            package.walk(part, plain(start), said=said)
    if seen.shared * max(lengths, default=0) > MAX_TEXT and _characters(package, sheet, lengths) > MAX_TEXT:
        raise too_long(package.name, f"the sheet {sheet.name!r}")


def _characters(package: Package, sheet: Worksheet, lengths: array[int]) -> int:
    """How many characters the cells of a sheet show of texts that they share."""
    total, shared = 0, False

    def start(name: str, given: Mapping[str, str]) -> None:
        nonlocal shared
        if name == "c":
            shared = given.get("t") == "s"

    def said(text: str) -> None:
        nonlocal total
        if shared and text.isdecimal() and len(text) < 10 and int(text) < len(lengths):
            total += lengths[int(text)]

    package.walk(sheet.part, plain(start), said=said)
    return total


def _paddings(package: Package) -> dict[str, int]:
    """The cell styles that show a number as so many digits: their number formats are ``00000`` and the like."""
    part = next((part for kind, part in relations(package).values() if kind == "styles"), "")
    if part not in package:
        return {}
    digits: dict[str, int] = {}
    styles: list[str] = []
    within = ""

    def start(name: str, given: Mapping[str, str]) -> None:
        nonlocal within
        if name in ("cellXfs", "cellStyleXfs", "dxfs"):
            within = name
        elif name == "numFmt" and _ZEROS.fullmatch(given.get("formatCode", "")):
            digits[given.get("numFmtId", "")] = len(given["formatCode"])
        elif name == "xf" and within == "cellXfs":
            styles.append(given.get("numFmtId", ""))

    package.walk(part, plain(start), _STYLES)
    return {str(k): digits[style] for k, style in enumerate(styles) if style in digits}


def report_mistyped(
    seen: Survey, k: int, held: Sequence[Any], words: Sequence[str], first: int, log: ColumnLog
) -> None:
    """Warn of cells in a column that may not hold what was typed into them; each fault is said once, at its first row.

    Args:
        seen: What was seen of the sheet.
        k: Place of the column, from 0.
        held, words: The cells as the workbook types them, and as text.
        first: Row of the first of them.
        log: Takes the warnings; its places are those of the cells.
    """

    def say(rows: Sequence[int], reason: str, remedy: str, value: str = "") -> None:
        log.once("warning", np.array(rows, np.int64), value, reason, remedy)

    here = range(len(held))
    faulty = sorted(row + 1 - first for row in seen.errors.get(k, ()) if row + 1 >= first)
    say(
        faulty, "the cell holds an error such as #N/A and is read as missing", "Correct the formula, or clear the cell."
    )
    if k in seen.formulas:
        without = {row + 1 - first for row in seen.formulas[k]}
        say(
            [row for row in here if row in without and words[row] == ""],
            "the cell holds a formula that was never computed and is read as missing",
            "Open the workbook in Excel and save it, so that results stand in it.",
        )
    kinds = set(map(type, held)) - {str}
    if not kinds:
        return
    texts = [row for row in here if isinstance(held[row], str) and words[row].strip()]
    dates = [row for row in here if isinstance(held[row], _TIMES)]
    if dates and (texts or len(dates) < sum(word != "" for word in words)):
        say(
            dates,
            "the cell holds a date or time among other answers; a spreadsheet makes one of entries such as 2-5",
            "If it was typed otherwise, format the column as text and type it again.",
            words[dates[0]],
        )
    numbers = [row for row in here if type(held[row]) in (int, float)]
    long = [row for row in numbers if abs(held[row]) >= _EXACT]
    say(
        long,
        "the number has more than the 15 digits that a spreadsheet keeps, so its last ones are lost",
        "Export it as text.",
        words[long[0]] if long else "",
    )
    led = [len(words[row].strip()) for row in texts if _ZERO_LED.fullmatch(words[row].strip())]
    eaten = [row for row in numbers if led and words[row].isdecimal() and len(words[row]) < max(led)]
    say(
        eaten,
        "the number stands among texts with leading zeros, and may have lost its own",
        "Format the column as text and enter the zeros again, or export it as text.",
        words[eaten[0]] if eaten else "",
    )
