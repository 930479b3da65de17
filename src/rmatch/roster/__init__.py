"""From bytes to people: text, sheets, columns, and one table of everything that is wrong with them."""

from rmatch.roster.read import from_frame, from_records, read_csv, read_excel, read_files
from rmatch.roster.roster import Roster
from rmatch.roster.sheet import SheetKind

__all__ = ["Roster", "SheetKind", "from_frame", "from_records", "read_csv", "read_excel", "read_files"]
