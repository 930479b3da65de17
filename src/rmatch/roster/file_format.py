"""What a file format is to the reader: a class that knows its files, and gives one sheet of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from rmatch.roster.headers import Wanted
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Peeked


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
