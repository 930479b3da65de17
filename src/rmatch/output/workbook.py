"""The workbook that people read and edit: every cell typed, no text a formula, the same bytes for the same plan."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from rmatch._util.files import digest
from rmatch._util.typed import advised
from rmatch.analysis.claims import bounds
from rmatch.analysis.tables import accounts_table, pairs_table, unmatched_table
from rmatch.errors import OutputError
from rmatch.program import share_of, told
from rmatch.result import Result
from rmatch.roster.edits import DECISION, REASON

PAGES = ("Pairs", "Unmatched", "Everyone", "Issues", "Program", "Summary")
"""The sheets, in their order."""

PLACED = ("Everyone", "Issues")
"""Those that say where a line stood in the input: the one thing that may change when its rows are shuffled."""

MAX_ROWS = 1_048_576
"""Rows of a sheet, headers included."""

MAX_TEXT = 32_767
"""UTF-16 units of a cell's text."""

DECISIONS = ("approve", "reject", "lock")

_CREATED = datetime(1980, 1, 1)
_OPTIONS = {
    "constant_memory": True,  # each sheet holds its own texts, whatever stands in the others
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "use_zip64": True,
}
_FIXED = {"Pairs": 4, "Unmatched": 1}  # columns that stay in sight
_WIDEST, _NARROWEST = 60, 9
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")  # XML has no way to say them

_MOST, _RATIO = 2**27, 100  # bytes to unpack, or times the size of the file
_ROW = re.compile(rb'<row r="\d+">(.*?)</row>', re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"(.*?)</c>', re.DOTALL)
_WORDS = re.compile(rb"<t[^>]*>(.*?)</t>", re.DOTALL)
_NUMBER = re.compile(rb"\d+")


def workbook_bytes(matching: Result) -> bytes:
    """Return the plan as an Excel workbook: pairs, unmatched people, everyone, issues, the program, and a summary.

    Raises:
        OutputError: XlsxWriter is not installed, or a table has more rows than a sheet.
    """
    try:
        import xlsxwriter
        from xlsxwriter.exceptions import XlsxFileError
    except ImportError:
        raise OutputError('writing a workbook needs the extra "excel": pip install ".[excel]"') from None
    pages = _pages(matching)
    for name, table in pages.items():
        if len(table) >= MAX_ROWS:
            raise OutputError(
                f"the sheet {name!r} would have {len(table) + 1:,} rows, but Excel has {MAX_ROWS:,}; "
                "use `to_csv`, or the files beside it"
            )
    written = io.BytesIO()
    try:
        with xlsxwriter.Workbook(written, _OPTIONS) as book:
            book.set_properties({"created": _CREATED})
            looks = _Looks.of(book)
            for name, table in pages.items():
                _write(book.add_worksheet(name), table, _FIXED.get(name, 0), looks)
    except (OSError, XlsxFileError) as error:  # the library keeps the rows in temporary files meanwhile
        cause = error.args[0] if isinstance(error, XlsxFileError) and error.args else error
        raise OutputError(f"the workbook cannot be written: {getattr(cause, 'strerror', None) or cause}") from None
    return written.getvalue()


def too_long(matching: Result) -> bool:
    """Whether some table has more rows than a sheet."""
    return max(len(matching.points), len(accounts_table(matching)), len(matching.issues)) >= MAX_ROWS


# ---------------------------------------------------------------- what stands in it


def _pages(matching: Result) -> dict[str, pd.DataFrame]:
    pairs = pairs_table(matching).copy(deep=False)
    for place, name in enumerate((DECISION, REASON)):
        pairs.insert(place, name, pairs.pop(name) if name in pairs else "")
    issues = advised(matching.issues if len(matching.issues.columns) else _NO_ISSUES)
    program, figures = _program(matching), _summary(matching)
    tables = (pairs, unmatched_table(matching), accounts_table(matching), issues, program, figures)
    return dict(zip(PAGES, tables, strict=True))


_NO_ISSUES = pd.DataFrame(columns=["file", "row", "column", "value", "severity", "reason", "remedy"])


def _program(matching: Result) -> pd.DataFrame:
    """The program in words, then as TOML. What is confidential is in neither."""
    program, people = matching.program, (matching.model.mentors, matching.model.mentees)
    rows = [
        ("criterion", c.name, f"{share_of(c, program.criteria):.1%}", told(c, program.tracks)) for c in program.criteria
    ]
    if program.personal is not None:
        rows.append(("personal", "", "", program.personal.in_words()))
    rows += [("rule", "" if r.confidential else r.name, "", r.kept(*people)) for r in program.rules]
    rows += [("limit", limit.name, "", limit.in_words()) for limit in program.limits]
    rows += [("objective", o.name, "", o.in_words()) for o in program.objectives]
    if program.term is not None:
        rows.append(("term", "", "", program.term.in_words()))
    shown = program.model_copy(update={"rules": tuple(rule for rule in program.rules if not rule.confidential)})
    lines = ["# Without the pairs that are not available."] if shown.rules != program.rules else []
    rows += [("TOML", "", "", line) for line in [*lines, *shown.to_toml().splitlines()]]
    return pd.DataFrame(rows, columns=["part", "name", "weight", "in words"])


def _summary(matching: Result) -> pd.DataFrame:
    model, scores = matching.model, pairs_table(matching)["score"]
    rows: list[tuple[str, object]] = [("pairs", len(scores))]
    for word, people, chosen in zip(("mentors", "mentees"), model.shape, matching.chosen, strict=True):
        rows += [(word, people), (f"{word} with a partner", len(np.unique(chosen)))]
    rows.append(("total score", matching.total))
    rows += [(label[:1].lower() + label[1:], told) for label, told in bounds(matching)]
    rows.append(("status", matching.status.sentence))
    if len(scores):
        rows += [("highest score", float(scores.max())), ("average score", float(scores.mean()))]
        rows.append(("lowest score", float(scores.min())))
    rows += _counted("unmatched", unmatched_table(matching), "reason")
    rows += _counted("rows", accounts_table(matching), "status")
    rows += _counted("issues", matching.issues, "severity")
    return pd.DataFrame(rows, columns=["figure", "value"], dtype=object)


def _counted(what: str, table: pd.DataFrame, column: str) -> list[tuple[str, object]]:
    if column not in table:
        return []
    counts = table[column].value_counts().sort_index()
    return [(f"{what}: {str(name).lower().replace('_', ' ')}", int(count)) for name, count in counts.items()]


# ---------------------------------------------------------------- how it is written


@dataclass(frozen=True)
class _Looks:
    """The formats of cells."""

    head: Any
    text: Any
    whole: Any
    score: Any

    @classmethod
    def of(cls, book: Any) -> _Looks:
        head = {"bold": True, "bottom": 1, "bg_color": "#E7EDF5", "num_format": "@"}
        formats = [head, {"num_format": "@"}, {"num_format": "0"}, {"num_format": "0.000"}]
        return cls(*map(book.add_format, formats))

    def of_column(self, column: pd.Series[Any]) -> Any:
        """The format of what may yet be typed into a column."""
        if pd.api.types.is_float_dtype(column.dtype):
            return self.score
        return self.whole if pd.api.types.is_integer_dtype(column.dtype) else self.text


def _write(sheet: Any, table: pd.DataFrame, fixed: int, looks: _Looks) -> None:
    names = [str(name) for name in table.columns]
    columns = [_cells(table.iloc[:, k]) for k in range(len(names))]
    for k, (name, cells) in enumerate(zip(names, columns, strict=True)):
        sheet.set_column(k, k, _width(name, cells), looks.of_column(table.iloc[:, k]))
    _text(sheet, 0, range(len(columns)), names, looks.head)
    for number, row in enumerate(zip(*columns, strict=True), start=1):
        for k, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    _text(sheet, number, [k], [cell], looks.text)
            elif cell is not None:
                sheet.write_number(number, k, cell, looks.score if isinstance(cell, float) else looks.whole)
    sheet.freeze_panes(1, fixed)
    sheet.autofilter(0, 0, len(table), len(columns) - 1)
    if len(table):
        _aids(sheet, names, len(table))


def _text(sheet: Any, row: int, places: Iterable[int], texts: Iterable[str], look: Any) -> None:
    for k, text in zip(places, texts, strict=True):
        text = _fitting(text)
        if text.startswith("<r>") and text.endswith("</r>"):  # XlsxWriter would take this for its own markup
            sheet.write_rich_string(row, k, text[:1], look, text[1:], look)
        else:
            sheet.write_string(row, k, text, look)


def _aids(sheet: Any, names: list[str], rows: int) -> None:
    """Bars on the scores, and the words to choose from for a decision."""
    if "score" in names:
        k = names.index("score")
        bars = {"type": "data_bar", "bar_color": "#9DC3E6", "bar_solid": True, "min_type": "num", "max_type": "num"}
        sheet.conditional_format(1, k, rows, k, bars | {"min_value": 0, "max_value": 1})
    if DECISION in names:
        k = names.index(DECISION)
        title, message = "Not a decision", f"Choose {', '.join(DECISIONS)}, or leave the cell empty."
        choice = {"validate": "list", "source": [*DECISIONS], "error_title": title, "error_message": message}
        sheet.data_validation(1, k, rows, k, choice)


def _cells(column: pd.Series[Any]) -> list[str | int | float | None]:
    """The cells as texts and numbers, None where there is nothing."""
    if pd.api.types.is_float_dtype(column.dtype):
        return [value if np.isfinite(value) else None for value in column.to_numpy(float).tolist()]
    return [
        None if value is None or value is pd.NA else value if isinstance(value, int | float) else str(value)
        for value in column.astype(object).tolist()
    ]


def _width(name: str, cells: list[str | int | float | None]) -> int:
    longest = max((len(cell.partition("\n")[0]) for cell in cells if isinstance(cell, str)), default=0)
    return max(_NARROWEST, min(_WIDEST, max(longest, len(name) + 2) + 1))  # an arrow stands beside a header


def _fitting(text: str) -> str:
    """The text without what XML cannot hold, cut to what a cell holds."""
    text = _UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    if len(text) <= MAX_TEXT // 2 or len(text.encode("utf-16-le")) <= 2 * MAX_TEXT:
        return text
    return text.encode("utf-16-le")[: 2 * (MAX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def workbook_print(data: bytes) -> str:
    """Return SHA-256 over the parts of a workbook of ours, sheets that name rows of the input as sorted lines.

    Of what is no workbook it is that of the bytes.
    """
    if not data.startswith(b"PK\x03\x04") or data[-22:-18] != b"PK\x05\x06":  # something before or after the package
        return digest(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > max(_MOST, _RATIO * len(data)):
                return digest(data)
            parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    except Exception:  # whatever a damaged package makes the library raise, it is not as it was written
        return digest(data)
    for name in PLACED:
        part = f"xl/worksheets/sheet{PAGES.index(name) + 1}.xml"
        if part in parts:
            parts[part] = _unplaced(parts[part])
    whole = hashlib.sha256()
    for name, content in parts.items():
        whole.update(f"{name}\x1f{len(content)}\x1f".encode("utf-8", "surrogateescape"))
        whole.update(content)
    return whole.hexdigest()


def _unplaced(sheet: bytes) -> bytes:
    """A sheet without the cells that say where a line stood, its lines sorted; a reason may name rows too.

    One that holds anything but rows of cells, each written as ours are, stays as it is.
    """
    before, _, rest = sheet.partition(b"<sheetData>")
    rows, _, after = rest.rpartition(b"</sheetData>")
    found = [(_CELL.findall(row), _CELL.sub(b"", row)) for row in _ROW.findall(rows)]
    if _ROW.sub(b"", rows) or any(left or len(cells) > len(dict(cells)) for cells, left in found):
        return sheet
    lines = [dict(cells) for cells, _ in found]
    headers = {b"".join(_WORDS.findall(cell)): letters for letters, cell in lines[0].items()} if lines else {}
    dropped, numbered = {headers.get(b"file"), headers.get(b"row")}, headers.get(b"reason")
    said = sorted(
        b"\x1f".join(
            letters + (_NUMBER.sub(b"#", cell) if letters == numbered else cell)
            for letters, cell in line.items()
            if letters not in dropped
        )
        for line in lines
    )
    frame = re.sub(rb"<cols>.*?</cols>", b"", before)  # widths go by the longest cell
    return b"\x1e".join([frame, *said, after])
