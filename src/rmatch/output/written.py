"""A plan that can be drawn and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from rmatch._util.files import csv_bytes, write_whole
from rmatch.analysis.tabled import TabledResult
from rmatch.output.plot import Plots
from rmatch.output.record_of import record_of
from rmatch.schema.record import MatchingRecord


class WrittenResult(TabledResult):
    """A plan as JSON, CSV, Excel workbook, calendar, report, drawing and Arrow stream.

    Whatever writes a file replaces one that is there, whole or not at all, and raises OutputError where it cannot.
    """

    @property
    def plot(self) -> Plots:
        """Drawings: ``plot.scores()``, ``plot.departments()`` and ``plot.skills()``. Needs the extra ``plot``."""
        return Plots(self)

    def to_record(self) -> MatchingRecord:
        """Return the matching as plain data; of one that was loaded, what was saved."""
        return record_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`to_json` writes, as dicts, lists, texts and numbers."""
        return self.to_record().model_copy(update={"files": {}}).model_dump(mode="json")

    def to_json(self, path: str | Path | None = None, *, files: dict[str, str] | None = None) -> str:
        """Return the matching as JSON text.

        Args:
            path: Where to write it too.
            files: SHA-256 of each file written beside it, by name.

        Raises:
            OutputError: The file cannot be written.
        """
        text = json.dumps(self.to_dict() | {"files": files or {}}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if path is not None:
            write_whole(Path(path), text.encode())
        return text

    def save(self, path: str | Path) -> None:
        """Write the matching as one JSON file, which :func:`rmatch.load` reads back.

        Args:
            path: The file, such as ``plan.json``.

        Raises:
            OutputError: The file cannot be written.
        """
        self.to_json(path)

    def to_csv(self, path: str | Path) -> None:
        """Write the pairs as CSV that Excel opens: UTF-8 with BOM, no cell that starts a formula.

        Args:
            path: The file.

        Raises:
            OutputError: The file cannot be written.
        """
        write_whole(Path(path), csv_bytes(self.pairs))

    def to_excel(self, path: str | Path) -> None:
        """Write an Excel workbook: every table, every text as a text.

        Args:
            path: The file, such as ``plan.xlsx``.

        Raises:
            OutputError: The extra ``excel`` is not installed, a table has more rows than a sheet, or the file cannot be
                written.
        """
        from rmatch.output.workbook import workbook_bytes

        write_whole(Path(path), workbook_bytes(self))

    def to_ics(self, path: str | Path, mentor_id: str | None = None, mentee_id: str | None = None) -> None:
        """Write a calendar file: the term and its meetings or, with both ids, the meetings of one pair.

        A pair meets at the first weekly time that both have; without one, the days to agree on one are marked. It names
        nobody else and no score.

        Args:
            path: The file, such as ``term.ics``.
            mentor_id, mentee_id: The pair; neither for the whole term.

        Raises:
            ProgramError: The program has no ``[term]``.
            RmatchError: The extra ``calendar`` is not installed, one id alone is given, or the two are no pair.
            OutputError: The file cannot be written.
        """
        from rmatch.output.ics import calendar_of

        write_whole(Path(path), calendar_of(self, mentor_id, mentee_id))

    def to_html(self, path: str | Path, view: Literal["owner", "director", "participant", "audit"] = "owner") -> None:
        """Write the report: one HTML file that needs nothing else.

        Args:
            path: The file, such as ``report.html``.
            view: For whose eyes: the owner sees everything; a director no explanations, and no skill that fewer than
                five seniors want; participants a card for each pair, without scores; an audit how declared groups fare.

        Raises:
            RmatchError: The view is unknown, or the plan was loaded without its people.
            OutputError: The file cannot be written.
        """
        from rmatch.output.report import View, report_html

        write_whole(Path(path), report_html(self, View.named(view)))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The pairs as an Arrow stream, for polars, pyarrow, DuckDB and others."""
        return self.pairs.__arrow_c_stream__(requested_schema)
