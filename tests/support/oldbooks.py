"""Workbooks of Excel 97 (``.xls``) made byte by byte: records within a compound file, honest ones and others."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

SECTOR, END, FREE, OF_TABLE = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Cell = str | float | bool | None


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def text(word: str, wide: bool = True) -> bytes:
    """A text as the table of shared ones holds it."""
    return struct.pack("<HB", len(word), wide) + word.encode("utf-16-le" if wide else "latin-1")


def sheet(*records: bytes) -> bytes:
    """A sheet of cells: its records between beginning and end."""
    return record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + b"".join(records) + record(0x0A)


def cells(rows: Sequence[Sequence[Cell]], texts: list[str]) -> list[bytes]:
    """The records of some rows; texts are shared."""
    found = []
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            at = struct.pack("<HHH", r, c, 0)
            if isinstance(value, str):
                if value not in texts:
                    texts.append(value)
                found.append(record(0xFD, at + struct.pack("<I", texts.index(value))))
            elif isinstance(value, bool):
                found.append(record(0x205, at + bytes([value, 0])))
            elif value is not None:
                found.append(record(0x203, at + struct.pack("<d", value)))
    return found


def stream(
    sheets: Iterable[tuple[str, bytes]], texts: Sequence[str] = (), hidden: Iterable[str] = (), more: bytes = b"",
    shared: bytes | None = None, kinds: Iterable[int] = (),
) -> bytes:  # fmt: skip
    """The stream of a workbook: what holds for all sheets (``more`` among it), and then the sheets."""
    listed, hidden, kinds = list(sheets), set(hidden), list(kinds)
    words = b"".join(map(text, texts))
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + more
    tail = shared if shared is not None else record(0xFC, struct.pack("<II", len(texts), len(texts)) + words)
    named = [name.encode("latin-1") for name, _ in listed]
    place = len(head) + sum(12 + len(name) for name in named) + len(tail) + 4
    for k, (name, (title, data)) in enumerate(zip(named, listed, strict=True)):
        kind = kinds[k] if kinds else 0
        head += record(0x85, struct.pack("<IBBBB", place, title in hidden, kind, len(name), 0) + name)
        place += len(data)
    return head + tail + record(0x0A) + b"".join(data for _, data in listed)


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    shown = (name.encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
    return shown + struct.pack("<HBBIII", 2 * len(name) + 2, kind, 1, FREE, FREE, child) + bytes(36) + struct.pack(
        "<IQ", start, size
    )  # fmt: skip


def compound(data: bytes, name: str = "Workbook", *, cutoff: int = 4096, distant: bool = False) -> bytes:
    """A compound file with one stream; a small one stands in sectors of 64 bytes within another stream.

    ``distant``: the list of the tables' sectors stands in a sector of its own.
    """
    small = len(data) < cutoff
    held = data + bytes(-len(data) % (64 if small else SECTOR))
    count = len(held) // 64 if small else 0
    mini = struct.pack(f"<{count}I", *[*range(1, count), END][:count]) if small else b""
    mini += b"\xff" * (-len(mini) % SECTOR)
    held += bytes(-len(held) % SECTOR)
    body, table = len(held) // SECTOR, len(mini) // SECTOR
    links = [*range(1, body), END, END, *range(body + 2, body + 1 + table), *([END] if table else [])]
    size, tables = len(links) + int(distant), 1
    while tables * 128 < size + tables:
        tables += 1
    first = len(links) + int(distant)
    links += [OF_TABLE - 1] * int(distant) + [OF_TABLE] * tables
    links += [FREE] * (-len(links) % 128)
    root = _entry("Root Entry", 5, 0 if small else END, len(held) if small else 0, 1)
    directory = (root + _entry(name, 2, 0, len(data))).ljust(SECTOR, b"\0")
    places = [first + k for k in range(tables)]
    here = [FREE] * 109 if distant else [*places, *[FREE] * (109 - tables)]
    beyond = struct.pack("<128I", *[*places, *[FREE] * (127 - tables)], END) if distant else b""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack(
        "<8I", tables, body, 0, cutoff, body + 1 if table else END, table,
        body + 1 + table if distant else END, int(distant),
    )  # fmt: skip
    return (
        head + struct.pack("<109I", *here) + held + directory + mini + beyond
        + struct.pack(f"<{len(links)}I", *links)
    )  # fmt: skip


def book(rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet of these cells."""
    texts: list[str] = []
    found = cells(rows, texts)
    return compound(stream([("People", sheet(*found))], texts))
