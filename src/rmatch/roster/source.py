"""From a path or buffer to lines of text: encoding, and the limits that keep a hostile file harmless."""

from __future__ import annotations

import codecs
import io
import os
import re
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeAlias

from rmatch.errors import RosterError, suggestion
from rmatch.roster.issues import refusal

Source: TypeAlias = str | os.PathLike[str] | IO[bytes] | IO[str]

MAX_BYTES = 4 * 2**30
"""Largest file, in bytes; of a buffer, in characters."""

MAX_LINE = 2**24
"""Longest line, in characters."""

_BLOCK = 2**20
_PART = 2**16  # of a block; so little stays in the processor's cache while it becomes columns
_KEPT = 64
_PEEK = 4096
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WORKBOOK = b"PK\x03\x04"
_NOT_TEXT = {
    _WORKBOOK: "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"MIME-Version:": "a web archive",
}
_SPLIT = "Split the file, or drop columns."
SAVE_AS = "Save it as CSV (in Excel: 'CSV UTF-8') and read that."


@dataclass
class Text:
    """A file that is being read; its lines may be taken once, from ``lines`` or part by part."""

    name: str
    encoding: str
    parts: Iterator[str]
    """Whole lines, some at a time."""
    line_ends: int = 0
    """How many line ends were seen."""
    cut: bool = False
    """The file does not end with a line end."""
    taken: int = 0
    """How many lines were given out or are about to be, as ``lines`` counts them."""
    _last: deque[tuple[int, int, str]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """The last parts, each with the number of lines before it and up to its end."""
    _next: str = ""

    def __post_init__(self) -> None:
        self.lines = chain.from_iterable(io.StringIO(part, newline="") for part in iter(self.take, ""))

    def ahead(self) -> str:
        """The part that is given out next; empty at the end."""
        self._next = self._next or next(self.parts, "")
        return self._next

    def take(self) -> str:
        """Give out the next part, which is remembered for a while; empty at the end."""
        part, self._next = self.ahead(), ""
        if part:
            returns = part.count("\r") - part.count("\r\n") if "\r" in part else 0
            before, self.taken = self.taken, self.taken + part.count("\n") + returns + (part[-1] not in "\r\n")
            self._last.append((before, self.taken, part))
        return part

    def written(self, first: int, last: int) -> str | None:
        """The lines from ``first`` to ``last``, counted from 1, as they were written; None if they are far back."""
        found = list[str]()
        for before, end, part in self._last:
            if before < last and first <= end:
                found += _LINE.findall(part)[max(first - 1 - before, 0) : last - before]
        return "".join(found) if len(found) == last - first + 1 else None


def name_of(source: Source, otherwise: str) -> str:
    """The name under which a source is reported: its file name, or ``otherwise`` for a buffer."""
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
    name = Path(path).name if isinstance(path, str | os.PathLike) else ""
    return name.encode("utf-8", "backslashreplace").decode() or otherwise


@contextmanager
def open_text(source: Source | Peeked, name: str, encoding: str | None = None) -> Iterator[Text]:
    """Open a path, a binary buffer or a text buffer as lines of text, line ends kept.

    A byte order mark decides the encoding (UTF-8, UTF-16, UTF-32), then ``encoding``, then UTF-8, strictly.
    A file is closed afterwards, a buffer of the caller's is not.

    Args:
        source: The path or buffer.
        name: What the file is called.
        encoding: Python's name of the encoding.

    Raises:
        RosterError: The source cannot be opened, is not text, holds NUL characters, or exceeds :data:`MAX_BYTES` or
            :data:`MAX_LINE`; the latter three while the lines are taken.
    """
    with opened(source, name) as file:
        yield _written(file, name) if isinstance(file.read(0), str) else _decoded(file, name, encoding)


def encoding_among(source: Source, encoding: str | None) -> str | None:
    """Return the encoding of one of several files that share one option: UTF-8 where its text beyond ASCII is that.

    Args:
        source: The path or buffer.
        encoding: What the option says; None where it is not given.

    Raises:
        RosterError: It cannot be read.
    """
    if encoding is None or not isinstance(source, str | os.PathLike):
        return encoding
    decoder, plain = codecs.getincrementaldecoder("utf-8")("strict"), True
    with opened(source, Path(source).name) as file:
        for block in chain(iter(lambda: file.read(_BLOCK), b""), [b""]):
            plain = plain and block.isascii()
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                return encoding
    return encoding if plain else None


class Peeked:
    """A file of which the beginning was looked at; reading it gives the whole."""

    def __init__(self, file: Any, head: Any) -> None:
        self._file, self._head, self._left = file, head, head

    @property
    def head(self) -> bytes:
        """The beginning; of a text buffer in UTF-8."""
        return self._head if isinstance(self._head, bytes) else self._head.encode("utf-8", "replace")

    def read(self, most: int = -1) -> Any:
        """As a file reads."""
        if most == 0 or not self._left:
            return self._left[:0] if most == 0 else self._file.read(most)
        now, self._left = (self._left, self._left[:0]) if most < 0 else (self._left[:most], self._left[most:])
        return now + self._file.read(-1 if most < 0 else most - len(now)) if most < 0 or most > len(now) else now


@contextmanager
def peeked(source: Source, name: str) -> Iterator[Peeked]:
    """Open a path, or take a buffer, and look at its beginning.

    Args:
        source: The path or buffer.
        name: What the file is called.

    Raises:
        RosterError: It cannot be read.
    """
    with opened(source, name) as file:
        yield Peeked(file, file.read(_PEEK))


@contextmanager
def opened(source: Source | Peeked, name: str) -> Iterator[Any]:
    """Open a path, or take a buffer as it is.

    Args:
        source: The path or buffer.
        name: What the file is called.

    Raises:
        RosterError: It cannot be opened or read.
    """
    try:
        if isinstance(source, str | os.PathLike):
            with _open(Path(source), name) as file:
                yield file
        elif not hasattr(source, "read"):
            remedy = "Give a path or an open file; `from_frame` and `from_records` take tables and dicts."
            raise refusal(name, f"people cannot be read from a {type(source).__name__}", remedy)
        elif getattr(source, "closed", False):
            raise refusal(name, "the file is closed", "Open it again.")
        else:
            yield source
    except (OSError, UnicodeError, EOFError, zlib.error) as error:  # the last two of a damaged buffer from `gzip`
        reason = getattr(error, "strerror", None) or str(error)
        raise refusal(name, f"it cannot be read: {reason}", "Check the file and its permissions.") from None


def _open(path: Path, name: str) -> IO[bytes]:
    shown = repr(str(path)[:200])
    try:
        if path.is_dir():  # opening one is a permission error on Windows
            raise refusal(name, f"{shown} is a folder", "Give the file in it.")
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise refusal(name, f"the file has more than {MAX_BYTES:,} bytes", _SPLIT)
        return open(path, "rb")
    except FileNotFoundError:
        there = sorted(os.listdir(path.parent))[:10_000] if path.parent.is_dir() else []
        near = suggestion(path.name, [each for each in there if suggestion(path.stem, [Path(each).stem])])
        raise refusal(name, f"there is no file {shown}", f"Check the path.{near}") from None
    except ValueError:  # a NUL in the path
        raise refusal(name, f"{shown} is no path", "Give a path or an open file.") from None


def _decoded(file: Any, name: str, encoding: str | None) -> Text:
    head = file.read(_BLOCK)
    for start, kind in _NOT_TEXT.items():
        if head.startswith(start):
            remedy = "Read it with `read_excel`, or save it as CSV." if start == _WORKBOOK else SAVE_AS
            raise refusal(name, f"this is {kind}, not a text file", remedy)
    mark, marked = next(((m, e) for m, e in _MARKS if head.startswith(m)), (b"", None))
    found = marked or encoding or "utf-8"
    if found == "utf-8" and b"\0" in head[:2]:
        guess = "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
        raise refusal(name, "this is no UTF-8 text, but may be UTF-16 without a mark", f"Pass encoding={guess!r}.")
    try:
        "".encode(found)
        decoder = codecs.getincrementaldecoder(found)("strict")
    except (LookupError, TypeError, ValueError):
        remedy = "Python's names are meant, such as 'utf-8', 'cp1252' or 'utf-16'."
        raise refusal(name, f"unknown encoding {encoding!r}", remedy) from None
    text = Text(name, found, iter(()))
    blocks = chain([head[len(mark) :]], iter(lambda: file.read(_BLOCK), b""))
    text.parts = _parts(_characters(blocks, decoder, text, encoding), text)
    return text


def _written(file: Any, name: str) -> Text:
    text = Text(name, "text", iter(()))
    text.parts = _parts(iter(lambda: file.read(_BLOCK), ""), text)
    return text


def _characters(
    blocks: Iterator[bytes], decoder: codecs.IncrementalDecoder, text: Text, encoding: str | None
) -> Iterator[str]:
    for block in chain(blocks, [b""]):
        try:
            yield decoder.decode(block, final=not block)
        except UnicodeError as error:
            raise _not_decodable(error, text, encoding) from None


def _not_decodable(error: UnicodeError, text: Text, encoding: str | None) -> RosterError:
    where, what, torn = "", str(error), ""
    if isinstance(error, UnicodeDecodeError):
        torn = " It may also break off there." if error.end == len(error.object) else ""
        where = f" near line {text.line_ends + bytes(error.object[: error.start]).count(10) + 1}"
        what = f"byte 0x{error.object[error.start]:02x}"
    remedy = "Pass the encoding in which it was saved."
    if encoding is None:
        remedy = "Save it as 'CSV UTF-8', or pass encoding=, such as encoding='cp1252' for a file of an older Excel."
    return refusal(text.name, f"the text is not {text.encoding}{where} ({what})", remedy + torn)


def _parts(blocks: Iterator[str], text: Text) -> Iterator[str]:
    """Whole lines, some at a time. A line ends with LF, CR LF or CR."""
    rest, size, first = "", 0, True
    strict = text.encoding == "utf-8"  # which has no way to write half of a pair
    for block in blocks:
        size += len(block)
        if size > MAX_BYTES:
            raise refusal(text.name, f"there are more than {MAX_BYTES:,} characters", _SPLIT)
        if first and block:
            block, first = block.removeprefix("\ufeff"), False
        if "\0" in block:
            line = text.line_ends + block[: block.index("\0")].count("\n") + 1
            raise refusal(text.name, f"a NUL character stands in line {line}", "Save it again as 'CSV UTF-8'.")
        try:
            _ = strict or block.isascii() or block.encode()
        except UnicodeEncodeError:
            reason = f"half of a surrogate pair stands near line {text.line_ends + 1}"
            raise refusal(text.name, reason, "Save it as UTF-8.") from None
        text.line_ends += block.count("\n")
        whole = rest + block
        end = max(whole.rfind("\n"), whole.rfind("\r", 0, len(whole) - 1)) + 1  # a last CR may be half of CR LF
        rest = whole[end:]
        if len(rest) > MAX_LINE:
            reason = f"line {text.line_ends + 1} has more than {MAX_LINE:,} characters"
            raise refusal(text.name, reason, "Check that this is a table of people.")
        at = 0
        while at < end:
            cut = whole.rfind("\n", at, min(at + _PART, end)) + 1 or end
            yield whole[at:cut]
            at = cut
    if rest:
        text.cut = not rest.endswith("\r")
        yield rest
