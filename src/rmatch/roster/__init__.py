"""From bytes to people: text, sheets, columns, and one table of everything that is wrong with them.

The way of a file through these modules:

1. ``read`` opens it by ``source``; ``formats`` tells what it is. ``delimited``, ``excel`` and ``markup`` cut it into a
   ``sheet`` of text, below the row that ``headers`` finds; ``frames`` does so with what is in memory already.
2. ``assemble`` does the rest. ``mapping`` says which header feeds which column; ``rows`` puts all sheets under one
   another, joins the directory, and reads what ``grid`` and ``answers`` know of questions and answers.
3. ``identity`` and ``resolver`` say who is one person, ``reporting`` who reports to whom, ``named_people`` who names
   whom.
4. ``typed`` makes columns: ``lists`` of labels, ``numbers``, times and zones (``weekly``). ``roles`` says who teaches.
5. ``checks`` and ``spellings`` look between the cells. All that is found goes into the log of ``issues``, and what is
   left is a ``roster``.

``small`` reads the tables beside the people: ``edits``, ``rounds``, ``aliases``.
"""

from rmatch.roster.read import from_frame, from_records, read_csv, read_excel, read_files
from rmatch.roster.roster import Roster
from rmatch.roster.sheet import SheetKind

__all__ = ["Roster", "SheetKind", "from_frame", "from_records", "read_csv", "read_excel", "read_files"]
