"""What a file format is to the reader: a class that knows its files, and gives one sheet of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from rmatch.roster.headers import Known
from rmatch.roster.issues import IssueLog
from rmatch.roster.sheet import Sheet, SheetKind
from rmatch.roster.source import Peeked


@dataclass(frozen=True)
class Wanted:
    """What is asked of a file.

    Attributes:
        name: How the file is called in every message.
        kind: What its people are.
        known: The headers by which the row of headers is known.
        log: Takes what is found while reading.
        encoding: Python's name of the encoding, if the user gave one.
        delimiter: The delimiter, if the user gave one.
        tab: The name of the sheet to read, if the user gave one.
    """

    name: str
    kind: SheetKind
    known: Known
    log: IssueLog
    encoding: str | None = None
    delimiter: str | None = None
    tab: str | None = None


class FileFormat(ABC):
    """One kind of file. A new one is a subclass in a file of its own and a line in ``FORMATS``."""

    endings: ClassVar[tuple[str, ...]] = ()
    """How the names of such files end, in small letters; asked where no content is recognised."""
    text: ClassVar[bool] = False
    """Whether `read_csv` reads it."""
    workbook: ClassVar[bool] = False
    """Whether `read_excel` reads it."""
    tabs: ClassVar[bool] = False
    """Whether a file has several sheets with names."""

    @abstractmethod
    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with ``head`` is one of these, whatever its name says."""

    @abstractmethod
    def read(self, file: Peeked, wanted: Wanted) -> Sheet:
        """Return one sheet as text.

        Args:
            file: The file, its beginning already looked at.
            wanted: What is asked of it.

        Raises:
            RosterError: The file cannot be used; that is found before it takes memory out of proportion to its size.
        """
