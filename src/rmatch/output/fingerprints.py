"""The fingerprint of a workbook: what it says, however the rows of the input were ordered."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

from rmatch._util.files import digest
from rmatch.output.workbook import PAGES, PLACED

_MOST, _RATIO = 2**27, 100  # bytes to unpack, or times the size of the file
_ROW = re.compile(rb'<row r="\d+">(.*?)</row>', re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"(.*?)</c>', re.DOTALL)
_WORDS = re.compile(rb"<t[^>]*>(.*?)</t>", re.DOTALL)
_NUMBER = re.compile(rb"\d+")


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
