"""Who was placed, by declared group: the tables of the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from rmatch.analysis.audit import audit
from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result

_FIGURES = (
    ("people", "People", "{:,.0f}"),
    ("matched", "With a partner", "{:,.0f}"),
    ("matched_rate", "Share", "{:.0%}"),
    ("impact_ratio", "Ratio to the best placed", "{:.2f}"),
    ("p_value", "Fisher’s p", "{:.3f}"),
    ("mean_score", "Mean score", "{:.2f}"),
    ("scoring_rate", "Above the median", "{:.0%}"),
    ("scoring_impact_ratio", "Its ratio", "{:.2f}"),
    ("load", "Pairs per person", "{:.2f}"),
)


@dataclass(frozen=True)
class ParityTable:
    """How the declared groups of one side were placed: a caption, and a line of words for each group."""

    caption: str
    lines: tuple[tuple[str, ...], ...]


class Parity(Section[tuple[ParityTable, ...]]):
    """A table for each side and each column that is audited."""

    title = "By group"
    views = (View.AUDIT,)
    place = 10
    heads: ClassVar = ("Group", *(head for _, head, _ in _FIGURES))

    def data(self, result: Result, view: View) -> tuple[ParityTable, ...] | None:
        """Raises ProgramError where no column is audited."""
        table = audit(result)
        return tuple(
            ParityTable(
                f"{str(side).capitalize()}s by {shortened(str(column).replace('_', ' '))}",
                tuple((shortened(str(line["group"])), *_figures(line)) for _, line in lines.iterrows()),
            )
            for (side, column), lines in table.groupby(["side", "column"], sort=True)
        )


def _figures(line: pd.Series) -> tuple[str, ...]:
    return tuple("" if pd.isna(line[name]) else form.format(line[name]) for name, _, form in _FIGURES)
