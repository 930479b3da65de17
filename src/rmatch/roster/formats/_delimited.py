"""Delimited text: CSV, TSV and their kin; what is recognised as nothing else is read as such."""

from __future__ import annotations

from rmatch.roster.delimited import read_delimited
from rmatch.roster.formats._base import FileFormat, Wanted
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Peeked, open_text


class Delimited(FileFormat):
    """Cells between commas, semicolons, tabs or bars."""

    endings = (".csv", ".tsv", ".txt")
    text = True

    def recognises(self, head: bytes) -> bool:
        """Never by its beginning: any text may be delimited."""
        return False

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet, as :meth:`Format.read` does."""
        with open_text(file, wanted.name, wanted.encoding) as text:
            return read_delimited(text, wanted.kind, wanted.known, wanted.log, wanted.delimiter)
