"""The zip package that a workbook is: opened within limits, its parts found by name, its XML walked piece by piece."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from xml.parsers import expat

from rmatch.errors import RmatchError
from rmatch.roster.issues import refusal
from rmatch.roster.source import Peeked, Source, opened

MAX_PACKED = 2**30
"""Largest workbook, in bytes."""

MAX_UNPACKED = 2**31
"""Largest content of a workbook once it is unpacked, in bytes."""

FREE_UNPACKED, MAX_RATIO = 2**27, 100
"""A workbook may unpack to so many bytes, or to so many times its size if that is more; Excel's to some twenty."""

_MAX_PARTS = 10_000
_MAX_INDEX = 2**22  # bytes of the list of parts at the end of the archive
_MAX_DEPTH = 10_000  # elements of XML within one another; a parser takes memory for each
_LIST = 2**22  # bytes of a list of sheets or parts
_BLOCK = 2**20
AGAIN = "Open it in Excel and save it as 'Excel Workbook (.xlsx)', or save it as CSV."
"""What helps where a workbook is damaged, or of a kind that is not read."""

Start = Callable[[str, Mapping[str, str]], object]
"""Is told the name and the attributes of each XML element that begins; :func:`plain` takes the prefix off the name."""


@dataclass(frozen=True)
class Package:
    """An open package; parts are found whatever the case of their names."""

    name: str
    packed: int
    """Its size, in bytes."""
    _archive: zipfile.ZipFile
    _parts: Mapping[str, zipfile.ZipInfo]

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def blocks(self, part: str) -> Iterator[bytes]:
        """Yield the content of a part, some at a time.

        Raises:
            RosterError: It is absent or damaged.
        """
        if part not in self:
            raise refusal(self.name, f"the workbook is damaged: its part {part!r} is missing", AGAIN)
        with readable(self.name), self._archive.open(self._parts[part.lower()]) as file:
            yield from iter(lambda: file.read(_BLOCK), b"")

    def walk(
        self, part: str, start: Start, most: int = MAX_UNPACKED, said: Callable[[str], object] | None = None
    ) -> None:
        """Tell the elements of a part one after the other.

        Args:
            part: Name of the part.
            start: Is told each element.
            most: Most bytes of the part.
            said: Is told each text.

        Raises:
            RosterError: It is not well-formed XML, or has more than ``most`` bytes.
        """
        if part in self and self._parts[part.lower()].file_size > most:
            raise refusal(self.name, f"the workbook's part {part!r} has more than {most:,} bytes", AGAIN)
        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        parser.StartDoctypeDeclHandler = self._refuse_entities
        if said is not None:
            parser.CharacterDataHandler, parser.buffer_text = said, True
        ended: list[str] = []
        parser.EndElementHandler = ended.append
        depth = 0
        for block in self.blocks(part):
            with readable(self.name):
                parser.Parse(block)
            depth += block.count(b"<") - block.count(b"</") - block.count(b"<?") - block.count(b"<!") - len(ended)
            ended.clear()
            if depth > _MAX_DEPTH:
                reason = f"the workbook is damaged: in its part {part!r}, elements stand within one another without end"
                raise refusal(self.name, reason, AGAIN)
        with readable(self.name):
            parser.Parse(b"", True)

    def _refuse_entities(self, *_: object) -> None:
        raise refusal(self.name, "the workbook declares a document type, which Excel never writes", AGAIN)


def plain(start: Start) -> Start:
    """The same for names as they are without a prefix."""
    return lambda name, given: start(name.rpartition(":")[2], given)


def bytes_of(source: Source | Peeked, name: str) -> bytes:
    """Return the bytes of a workbook.

    Args:
        source: A path or a binary buffer.
        name: What the workbook is called.

    Raises:
        RosterError: They are text, or more than :data:`MAX_PACKED`.
    """
    with opened(source, name) as file:
        data = file.read(MAX_PACKED + 1)
    if isinstance(data, str):
        raise refusal(name, "the workbook was opened as text", "Open it in binary mode, or give its path.")
    if len(data) > MAX_PACKED:
        raise refusal(name, f"the workbook has more than {MAX_PACKED:,} bytes", "Split it, or drop columns.")
    return bytes(data)


def open_package(data: bytes, name: str) -> Package:
    """Open a workbook; nothing of it is unpacked yet.

    Args:
        data: Its bytes.
        name: What it is called.

    Raises:
        RosterError: It is none, or exceeds, by what the package itself says, :data:`MAX_UNPACKED`.
    """
    _refuse_others(data, name)
    most = min(MAX_UNPACKED, max(FREE_UNPACKED, MAX_RATIO * len(data)))
    reason = f"the workbook unpacks to more than {_MAX_PARTS:,} parts or {most:,} bytes"
    remedy = "Copy the table of people into a new workbook and save that."
    if _index_size(data) > _MAX_INDEX:
        raise refusal(name, reason, remedy)
    with readable(name):
        archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    if len(members) > _MAX_PARTS or sum(member.file_size for member in members) > most:
        raise refusal(name, reason, remedy)
    package = Package(
        name, len(data), archive, {member.filename.replace("\\", "/").lower(): member for member in members}
    )
    _refuse_kin(package)
    return package


def _index_size(data: bytes) -> int:
    """The size of the list of parts, as the end of the archive states it."""
    end = data.rfind(b"PK\x05\x06", max(len(data) - 2**16 - 22, 0))
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    if size == 2**32 - 1:
        large = data.rfind(b"PK\x06\x06", 0, end)
        size = int.from_bytes(data[large + 40 : large + 48], "little") if large >= 0 else size
    return size


def _refuse_others(data: bytes, name: str) -> None:
    if not data:
        raise refusal(name, "the file is empty", "Give a workbook with a header row and a row per person.")
    if not data.startswith(b"PK"):
        remedy = "If it is text, give it the ending .csv; else save it again as .xlsx."
        raise refusal(name, "this is no Excel workbook (.xlsx)", remedy)


def _refuse_kin(package: Package) -> None:
    """Refuse what is a package too, but of another kind."""
    if "xl/workbook.bin" in package:
        raise refusal(package.name, "this is a binary Excel workbook (.xlsb)", AGAIN)
    if "content.xml" in package:
        raise refusal(package.name, "this is an OpenDocument spreadsheet (.ods)", "Save it as .xlsx or as CSV.")
    if "xl/workbook.xml" not in package:
        raise refusal(package.name, "this is a zip archive, but no Excel workbook", "Give the workbook itself.")


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn whatever a library makes of damaged bytes into a RosterError."""
    try:
        yield
    except (RmatchError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a Rust library is no Exception
        said = re.split(r"[\r\n]", str(error).strip())[0][:200] or type(error).__name__
        raise refusal(name, f"the workbook is damaged: {said}", AGAIN) from None


@dataclass(frozen=True)
class Worksheet:
    """A sheet of cells; ``place`` counts all sheets of the workbook, charts among them."""

    name: str
    place: int
    part: str
    hidden: bool


def worksheets(package: Package) -> list[Worksheet]:
    """The sheets of cells, in the order of their tabs."""
    found: list[Mapping[str, str]] = []
    package.walk("xl/workbook.xml", plain(lambda name, given: found.append(given) if name == "sheet" else None), _LIST)
    targets = relations(package)
    sheets = []
    for place, given in enumerate(found):
        relation = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
        kind, part = targets.get(relation, ("", ""))
        if kind == "worksheet":
            sheets.append(Worksheet(given.get("name", ""), place, part, given.get("state", "visible") != "visible"))
    return sheets


def relations(package: Package) -> dict[str, tuple[str, str]]:
    """What the workbook is made of: by the number of the relation, what it is and in which part."""
    found: list[Mapping[str, str]] = []
    package.walk("xl/_rels/workbook.xml.rels", lambda _, given: found.append(given), _LIST)
    return {
        given["Id"]: (given["Type"].rpartition("/")[2], posixpath.normpath(posixpath.join("/xl", given["Target"]))[1:])
        for given in found
        if {"Id", "Type", "Target"} <= given.keys()
    }


def excerpt_of(package: Package, sheet: Worksheet) -> io.BytesIO:
    """Return a package with one sheet alone, made of what was unpacked here.

    A library that reads it meets nothing that this module did not see, whatever the original says of itself.
    """
    shared = [part for kind, part in relations(package).values() if kind in ("styles", "sharedStrings")]
    parts = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", *shared, sheet.part]
    alone = io.BytesIO()
    with zipfile.ZipFile(alone, "w", allowZip64=True) as archive:
        for part in dict.fromkeys(part for part in parts if part in package):
            with archive.open(part, "w", force_zip64=True) as file:
                for block in package.blocks(part):
                    file.write(block)
    alone.seek(0)
    return alone
