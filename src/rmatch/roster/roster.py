"""The validated people of a round."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rmatch._util import notebook
from rmatch.columns import BoolArray, IntArray, Labels, Table
from rmatch.roster.issues import IssueLog, Places
from rmatch.roster.roles import BOTH, MENTEE, MENTOR, NAMES, NONE
from rmatch.roster.sheet import Unreadable
from rmatch.roster.texts import Texts, labels
from rmatch.schema.binding import Binding

_WHO, _SHOWN = ("employee_id", "email", "manager_id"), 3
_TOLD = ["file", "row", "reason", "value", "times"]


STATUS = labels(["taking part", "not taking part", "rejected"])


@dataclass(frozen=True, eq=False)
class Accounts:
    """What became of each row: its role, and whether and why it was rejected."""

    places: Places
    ids: Texts
    role: IntArray
    rejected: BoolArray
    reasons: Labels
    unreadable: tuple[tuple[Unreadable, ...], ...]
    """The rows of each file that name nobody."""

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many lines have each status."""
        line, plays = self._lines
        known = np.bincount(self._status(line, plays), minlength=len(STATUS)).tolist()
        known[2] += sum(map(len, self.unreadable))
        return dict(zip(STATUS.tolist(), known, strict=True))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """``file, row, employee_id, role, status, reason``, in the order of files and rows."""
        line, plays = self._lines
        files = labels(self.places.files)
        status = self._status(line, plays)
        reasons = np.where(
            self.rejected[line], self.reasons[line], labels(["", "the role is none"])[(plays == NONE) * 1]
        )
        frames = []
        for k, unreadable in enumerate(self.unreadable):
            here = np.flatnonzero(self.places.sheet[line] == k)
            readable = pd.DataFrame(
                {
                    "file": files[self.places.sheet[line[here]]],
                    "row": self.places.row[line[here]],
                    "employee_id": self.ids.cells[line[here]],
                    "role": labels(NAMES)[plays[here]],
                    "status": STATUS[status[here]],
                    "reason": reasons[here],
                }
            )
            rest = [(files[k], bad.row, "", "", STATUS[2], bad.reason) for bad in unreadable]
            together = pd.concat([readable, pd.DataFrame(rest, columns=readable.columns)]) if rest else readable
            frames.append(together.sort_values("row", kind="stable"))
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def _lines(self) -> tuple[IntArray, IntArray]:
        """The row of each line, and the one role that it plays there."""
        both = np.flatnonzero(self.role == BOTH)
        plays = np.concatenate([np.where(self.role == BOTH, MENTOR, self.role), np.full(len(both), MENTEE)])
        return np.concatenate([np.arange(len(self.role)), both]), plays

    def _status(self, line: IntArray, plays: IntArray) -> IntArray:
        return np.where(self.rejected[line], 2, np.where(plays == NONE, 1, 0))


@dataclass(frozen=True, eq=False, repr=False)
class Roster:
    """The people of a round, read and checked; made by ``read_csv``, ``from_frame`` or ``from_records``.

    Every row of the input stands in ``accounts``, once for each role; what was found wrong or changed
    stands in ``issues``.
    """

    binding: Binding
    """The roles and columns it was read with."""
    _tables: tuple[Table, Table]
    _apart: tuple[Table, Table]
    _log: IssueLog
    _accounts: Accounts
    _notes: tuple[str, ...]

    @property
    def mentors(self) -> pd.DataFrame:
        """The juniors who teach, indexed by ``employee_id``, in the order of the rows."""
        return self._frames[0].copy()

    @property
    def mentees(self) -> pd.DataFrame:
        """The seniors who learn, indexed by ``employee_id``, in the order of the rows."""
        return self._frames[1].copy()

    @property
    def issues(self) -> pd.DataFrame:
        """``file, row, column, value, severity, reason, remedy``; a missing row means the file as a whole.

        An ``error`` rejected the row, a ``warning`` changed a value or treats it as missing, ``info`` only tells.
        """
        return self._issues.copy()

    @property
    def accounts(self) -> pd.DataFrame:
        """``file, row, employee_id, role, status, reason``: each row of the input once for each of its roles.

        The status is ``taking part``, ``not taking part`` or ``rejected``; id and role of a row that cannot
        be read are empty.
        """
        return self._accounts.frame.copy()

    @property
    def withheld_issues(self) -> pd.DataFrame:
        """What is wrong with the cells of withheld columns, in the form of ``issues``: how many cells, never whose.

        ``rmatch check`` shows it. It depends on those cells, so no result holds it.
        """
        return self._log.withheld()

    def tables(self) -> tuple[Table, Table]:
        """The typed columns of the mentors and of the mentees; labels are numbered alike on both sides."""
        return self._tables

    def withheld(self) -> tuple[Table, Table]:
        """The sensitive columns and those for audits, apart from all others and in the same order of people.

        A cell is missing where its owner did not consent to the use that the program declares.
        """
        return self._apart

    def summary(self, *, warnings: bool = True) -> str:
        """Who is here and what was found, in a few lines; the three gravest warnings are left out on demand."""
        mentors, mentees = (len(table.ids) for table in self._tables)
        status = self._accounts.counts
        lines = [
            f"{_people(mentors, 'mentor')} and {_people(mentees, 'mentee')} take part",
            f"not taking part: {status['not taking part']:,}, rejected: {status['rejected']:,}; "
            f"errors: {self._log.count('error'):,}, warnings: {self._log.count('warning'):,}",
        ]
        unread = sorted(set(self.withheld_issues["column"]))
        notes = [f"some cells of {', '.join(unread)} cannot be read; `rmatch check` says why"] if unread else []
        return "\n".join([*lines, *self._notes, *notes, *(self._gravest() if warnings else ())])

    def _gravest(self) -> list[str]:
        """The gravest warnings, alike ones together: who somebody is comes first, then what concerns most rows."""
        some = self._issues[self._issues["severity"] == "warning"]
        kind = ["column", "reason", "remedy"]
        times = some.groupby(kind, dropna=False)["file"].transform("size")
        kinds = some.assign(times=times, other=~some["column"].isin(_WHO)).drop_duplicates(kind)
        kinds = kinds.sort_values(["other", "times"], ascending=[True, False], kind="stable")
        said = []
        for file, row, reason, value, number in kinds.head(_SHOWN)[_TOLD].itertuples(index=False):
            more = f" and {number - 1:,} more" if number > 1 else ""
            where = f"{file}{'' if pd.isna(row) else f', row {row}'}{more}"
            said.append(f"Warning: {where}: {reason}" + f" ({value})" * bool(value))
        left = len(some) - int(kinds["times"].head(_SHOWN).sum())
        return [*said, *[f"{left:,} more warning{'s' * (left > 1)}: `rmatch check`"] * bool(left)]

    @cached_property
    def _frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        frames = [table.frame().fillna({"capacity": 1.0}) for table in self._tables]  # unless a program gives more
        return frames[0], frames[1]

    @cached_property
    def _issues(self) -> pd.DataFrame:
        return self._log.frame()

    def __repr__(self) -> str:
        mentors, mentees = (len(table.ids) for table in self._tables)
        errors, warnings = self._log.count("error"), self._log.count("warning")
        return f"Roster({mentors} mentors, {mentees} mentees, {errors} errors, {warnings} warnings)"

    def _repr_html_(self) -> str:
        issues = self.issues
        shown = issues.head(notebook.MOST_ROWS).astype(object)
        rows = shown.where(shown.notna(), "").itertuples(index=False)
        return notebook.block(
            "Roster", notebook.lines(self.summary()), notebook.table(list(issues.columns), rows, len(issues))
        )


def _people(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"
