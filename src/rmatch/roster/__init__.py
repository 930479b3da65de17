"""From bytes to people: text, sheets, columns, and one table of everything that is wrong with them."""

from rmatch.roster.read import from_frame, from_records, read_csv
from rmatch.roster.roster import Roster

__all__ = ["Roster", "from_frame", "from_records", "read_csv"]
