"""A plan that somebody edited by hand, as rows of text: from a table, a CSV file or a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rmatch.columns import IntArray, Labels
from rmatch.errors import EditsError, RosterError
from rmatch.roster.issues import IssueLog
from rmatch.roster.small import Small, problems, read_small

REQUIRED = ("mentor_id", "mentee_id")
DECISION = "decision"
REASON = "reason"
SHEET = "Pairs"

EditedPlan: TypeAlias = Small


@dataclass(frozen=True, eq=False)
class Edits:
    """The rows of an edited plan: where each stands in a spreadsheet, whom it pairs, the word of decision, and why."""

    file: str
    row: IntArray
    mentor_id: Labels
    mentee_id: Labels
    decision: Labels
    reason: Labels

    def __len__(self) -> int:
        return len(self.row)


def read_edits(source: EditedPlan, log: IssueLog, encoding: str | None = None) -> Edits:
    """Return the rows of an edited plan: ``mentor_id``, ``mentee_id``, perhaps ``decision`` and ``reason``.

    Args:
        source: A table, or the path of a CSV file, or of a workbook where the name ends in ``.xlsx``. Other columns are
            ignored.
        log: Takes the rows that cannot be read.
        encoding: Python's name of the encoding of a CSV file; UTF-8 where none is given.

    Raises:
        EditsError: The table as a whole cannot be used.
        RosterError: A workbook is given, and what reads it is not installed.
    """
    hint = "Edit the pairs as they were written."
    try:
        table = read_small(
            source, "the edited plan", REQUIRED, log, others=(DECISION, REASON), hint=hint, encoding=encoding, tab=SHEET
        )
    except RosterError as error:
        if error.issues is None:
            raise
        raise EditsError(f"the edited plan cannot be used: {error}", error.issues) from None
    return Edits(table.file, table.rows, *(table.columns[name] for name in (*REQUIRED, DECISION, REASON)))


def refusal(log: IssueLog) -> EditsError:
    """Return the error that names every problem in ``log`` by its row."""
    return EditsError(*problems(log, "the edited plan has", "; nothing was changed"))
