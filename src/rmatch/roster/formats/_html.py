"""Tables of a web page: many systems write one and name it ``.xls``, for Excel opens it."""

from __future__ import annotations

import re

from rmatch.roster.formats._base import FileFormat, Wanted
from rmatch.roster.issues import refusal
from rmatch.roster.markup import read_tables
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Peeked, open_text

_BEFORE = rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]{0,200}\?>\s*|<!--.{0,2000}?-->\s*)*"
_PAGE = re.compile(_BEFORE + rb"<(?:!doctype html|html|head|meta|body|style|div|table)\b", re.IGNORECASE | re.DOTALL)
_OF_2003 = re.compile(_BEFORE + rb"(?:<\?mso-application[^>]{0,200}\?>\s*)?<(?:ss:)?Workbook\b", re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class HtmlTable(FileFormat):
    """A page with a table: the one whose headers are known, else the largest."""

    endings = (".html", ".htm")
    text = workbook = True

    def recognises(self, head: bytes) -> bool:
        """Whether it begins as a page does."""
        plain = head.replace(b"\0", b"")
        return bool(_PAGE.match(plain) or _OF_2003.match(plain))

    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return the sheet, as :meth:`Format.read` does."""
        plain = file.head.replace(b"\0", b"")
        if _OF_2003.match(plain):
            remedy = "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."
            raise refusal(wanted.name, "this is an XML spreadsheet of Excel 2003", remedy)
        charset = _CHARSET.search(plain)
        encoding = wanted.encoding or (charset[1].decode() if charset else None)
        with open_text(file, wanted.name, encoding) as text:
            return read_tables(text, wanted.kind, wanted.known, wanted.log)
