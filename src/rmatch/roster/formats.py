"""The formats of files that are read, each a class in a module of its own.

To add one: a subclass of :class:`FileFormat` beside them, and its line in :data:`FORMATS`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rmatch.roster.delimited import Delimited
from rmatch.roster.excel import Workbook
from rmatch.roster.file_format import FileFormat
from rmatch.roster.headers import Wanted
from rmatch.roster.markup import HtmlTable
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Source, name_of, peeked

__all__ = ["FORMATS", "FileFormat", "Wanted", "endings", "read_file"]

FORMATS: tuple[FileFormat, ...] = (
    Workbook(),
    HtmlTable(),
    Delimited(),
)
"""In the order in which they are asked; the last takes what no other one recognises."""


def read_file(source: Source, wanted: Wanted, among: Sequence[FileFormat] = FORMATS, otherwise: int = -1) -> Sheet:
    """Return the sheet of a file, by the first format that recognises its content, else by the ending of its name.

    Args:
        source: Path or buffer.
        wanted: What is asked of it.
        among: The formats that come into question.
        otherwise: Which of them takes what none recognises and no ending tells.

    Raises:
        RosterError: The file cannot be used.
    """
    ending = name_of(source, "").lower()
    with peeked(source, wanted.name) as file:
        found = next((each for each in among if each.recognises(file.head)), None)
        found = found or next((each for each in among if ending.endswith(each.endings)), among[otherwise])
        return found.read(file, wanted)


def endings(*, tabs: bool) -> tuple[str, ...]:
    """The endings of files that have sheets with names, or of those that have none."""
    return tuple(ending for each in FORMATS if each.tabs == tabs for ending in each.endings)
