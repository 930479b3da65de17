"""The files of a round: read as text, and as people under a program."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch.program._program import Program
from rmatch.roster.read import SheetName, raw_sheets, read_files
from rmatch.roster.roster import Roster
from rmatch.roster.sheet import Sheet
from rmatch.roster.source import Source


@dataclass(frozen=True)
class Files:
    """The files of a round as `read_files` takes them."""

    source: Source
    sheet: SheetName = None
    mentees: Source | None = None
    directory: Source | None = None
    encoding: str | None = None
    delimiter: str | None = None

    def sheets(self) -> list[Sheet]:
        """The sheets as text. Raises RosterError."""
        return raw_sheets(
            self.source,
            self.sheet,
            mentees=self.mentees,
            directory=self.directory,
            encoding=self.encoding,
            delimiter=self.delimiter,
        )

    def roster(self, program: Program, mentees: Source | None) -> Roster:
        """The people as a program reads them, without rows that have errors. Raises RosterError."""
        sheet = self.sheet
        if sheet is not None and mentees is not None and self.mentees is None:  # one file in both roles
            tab = sheet if isinstance(sheet, str) else sheet.get("workforce", "")
            sheet = {"mentors": tab, "mentees": tab}
        return read_files(
            self.source,
            sheet,
            mentees=mentees,
            directory=self.directory,
            program=program,
            on_bad_rows="skip",
            encoding=self.encoding,
            delimiter=self.delimiter,
        )
