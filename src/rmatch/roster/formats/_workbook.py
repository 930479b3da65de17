"""Excel workbooks."""

from __future__ import annotations

from rmatch.roster.excel import read_workbook
from rmatch.roster.formats._base import FileFormat, Wanted
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Peeked


class Workbook(FileFormat):
    """A workbook of Excel 97 or later; other ones are recognised to be refused by name."""

    endings = (".xlsx", ".xlsm")
    workbook = tabs = True

    def recognises(self, head: bytes) -> bool:
        """Whether it is a zip archive or an old container of Microsoft's."""
        return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet that is wanted, else the first visible one with headers, as :meth:`Format.read` does."""
        return read_workbook(file, wanted.name, wanted.kind, wanted.known, wanted.log, wanted.tab)
