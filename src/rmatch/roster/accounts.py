"""Law 1 as a table: every row of the input once for each of its roles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rmatch.columns import BoolArray, IntArray, Labels
from rmatch.roster.issues import Places
from rmatch.roster.roles import BOTH, MENTEE, MENTOR, NAMES, NONE
from rmatch.roster.sheet import Unreadable
from rmatch.roster.texts import Texts, labels

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
