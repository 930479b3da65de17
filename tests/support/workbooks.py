"""Workbooks for tests: written cell by cell with XlsxWriter, or with a sheet of XML that no program would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

PEOPLE = [["employee_id", "role", "name"], ["1", "mentor", "Zoë"], ["2", "mentee", "Åke"]]
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(fill: Callable[[Any], object]) -> io.BytesIO:
    """A workbook that ``fill`` writes into."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    fill(book)
    book.close()
    out.seek(0)
    return out


def sheets(**tables: Sequence[Sequence[str]]) -> io.BytesIO:
    """A workbook with sheets of text."""

    def fill(book: Any) -> None:
        for name, rows in tables.items():
            texts(book.add_worksheet(name), rows)

    return workbook(fill)


def texts(sheet: Any, rows: Sequence[Sequence[str]]) -> None:
    """Write rows of text into a sheet."""
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet.write_string(r, c, cell)


def changed(parts: Mapping[str, bytes | None], book: io.BytesIO | None = None) -> io.BytesIO:
    """A workbook whose parts are replaced by these, or left out where they are None."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(book or sheets(People=PEOPLE)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in dict.fromkeys([*old.namelist(), *parts]):
            content = parts[name] if name in parts else old.read(name)
            if content is not None:
                new.writestr(name, content)
    out.seek(0)
    return out


def raw(rows: str | bytes) -> io.BytesIO:
    """A workbook whose first sheet holds these rows as XML, or is these bytes."""
    body = (
        f'<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>' if isinstance(rows, str) else rows
    )
    return changed({"xl/worksheets/sheet1.xml": body.encode() if isinstance(body, str) else body})


def inline(where: str, text: str) -> str:
    """A cell of text."""
    return f'<c r="{where}" t="inlineStr"><is><t>{text}</t></is></c>'
